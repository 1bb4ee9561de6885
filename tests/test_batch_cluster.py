"""A Dask cluster does the same shards, and losing workers loses no rows."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psutil
import pytest
from batch_jobs import FakeJob, fake_plan

from alliance_abm.problems import ConfigError
from experiments.batch.runner import run_batch
from experiments.batch.store import Store


def names(folder) -> list[str]:
    """The files of shards, whose names hold their checksums."""
    return sorted(path.name for path in (folder / "shards").iterdir())


def nannied() -> Iterator[psutil.Process]:
    """The worker processes of a LocalCluster of this process."""
    for child in psutil.Process().children(recursive=True):
        with_name = " ".join(child.cmdline())
        if "spawn_main" in with_name and child.name().startswith("python"):
            yield child


def test_a_killed_worker_of_a_cluster_loses_nothing(tmp_path):
    """Of two workers one is killed amid its shards; files are those of processes here."""
    plan = fake_plan(FakeJob(delay=0.02), 60, each=3)
    run_batch(plan, tmp_path / "here", jobs=2)
    killed = []

    def kill_one(progress) -> None:
        if progress.shards_done == 4 and not killed:
            victim = next(nannied())
            victim.kill()
            killed.append(victim)

    found = run_batch(plan, tmp_path / "there", jobs=2, cluster="local", report=kill_one)
    assert killed and not killed[0].is_running()
    assert (found.done, found.failed) == (120, 0)
    assert names(tmp_path / "there") == names(tmp_path / "here")


def test_a_run_that_kills_workers_of_a_cluster_is_given_up(tmp_path):
    """Its shard is taken apart; the tree with the run is recorded as failed, the rest is done."""
    plan = fake_plan(FakeJob(killing=frozenset({4})), 9, each=3)
    found = run_batch(plan, tmp_path / "b", jobs=2, cluster="local")
    assert found.done == 18
    failures = Store(tmp_path / "b").failures()
    assert set(failures["replication"]) == {4}
    assert failures["error"].str.contains("workers of the cluster ended").all()


def test_a_scheduler_that_does_not_answer_is_told_about(tmp_path, monkeypatch):
    """One message with the address and what is allowed; no thread is left waiting."""
    monkeypatch.setattr("experiments.batch.cluster.CONNECT", 1)
    plan = fake_plan(FakeJob(), 2)
    with pytest.raises(ConfigError, match=r"--cluster tcp://127\.0\.0\.1:9: no scheduler answers"):
        run_batch(plan, tmp_path / "b", cluster="tcp://127.0.0.1:9")
    assert Store(tmp_path / "b").running() is False
    time.sleep(0)
    assert threading.active_count() < 20
