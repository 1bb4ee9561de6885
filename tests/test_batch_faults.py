"""Nothing is lost and nothing done twice, whatever is killed, filled, damaged or changed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pandas as pd
import psutil
import pytest
from batch_jobs import A_TREE, FakeJob, fake_plan

from alliance_abm.problems import ConfigError
from experiments.batch.crew import MOST_DEATHS
from experiments.batch.read import outcomes_of
from experiments.batch.runner import run_batch
from experiments.batch.store import Store
from experiments.batch.summary import status_row
from experiments.pool import RunError

TESTS = Path(__file__).parent
PATIENCE = 90
MIDDLE = """
title: A middling batch
description: Enough runs to be killed in the middle of them.
config: tiny
replications: 150
start: 2014Q1
policies: [{lever: pooled_buying}]
execution: {runs_a_shard: 10}
"""


def rows(folder: Path) -> pd.DataFrame:
    """All rows of a batch, in a fixed order."""
    table = outcomes_of(Store(folder)).astype({"policy": str, "world": str, "outcome": str})
    keys = ["policy", "world", "draw", "replication", "outcome"]
    assert not table.duplicated(keys).any()
    return table.sort_values(keys).reset_index(drop=True)


def wait_for(condition, what: str) -> None:
    """Wait until a condition holds; fail after a while."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.01)


def wait_for_shards(folder: Path, count: int, process: subprocess.Popen) -> None:
    """Wait until a running batch has stored so many shards."""

    def there() -> bool:
        assert process.poll() is None, process.communicate()[1]
        return stored(folder) >= count

    wait_for(there, f"{count} shards")


def stored(folder: Path) -> int:
    """Number of shards that are stored."""
    return len(list((folder / "shards").glob("*.parquet")))


def command(*words: str, before: tuple[str, ...] = (), **options) -> subprocess.Popen:
    """The command line as a process of its own."""
    return subprocess.Popen(
        [*before, sys.executable, "-m", "alliance_abm", *words],
        env={**os.environ, "PYTHONPATH": str(TESTS.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


@pytest.fixture(scope="module")
def experiment(tmp_path_factory) -> Path:
    """An experiment of 300 runs of the tiny world."""
    path = tmp_path_factory.mktemp("experiment") / "middling.yaml"
    path.write_text(MIDDLE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def undisturbed(experiment, tmp_path_factory) -> Path:
    """Its folder, when nothing happens to it."""
    folder = tmp_path_factory.mktemp("undisturbed") / "batch"
    process = command("batch", str(experiment), "--jobs", "2", "--out", str(folder))
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    assert len(rows(folder)) == 300 * 6
    return folder


def test_a_run_that_raises_costs_no_other(tmp_path):
    """It is recorded with seed and traceback, and every other run has its rows, once."""
    found = run_batch(fake_plan(FakeJob(raising=frozenset({1, 4})), 6), tmp_path / "b", jobs=2)
    assert (found.done, found.failed) == (6 * A_TREE, 2)
    failures = pd.read_parquet(tmp_path / "b" / "failures.parquet")
    assert failures["replication"].tolist() == [1, 4]
    assert set(failures["policy"]) == {"policy"} and (failures["traceback"] == "a traceback").all()
    assert len(rows(tmp_path / "b")) == (6 * A_TREE - 2) * 2


def test_a_run_that_kills_its_process_is_given_up(tmp_path):
    """After two processes died in it; the rest of its shard is done, and so are all others."""
    log = tmp_path / "log"
    plan = fake_plan(FakeJob(killing=frozenset({2}), log=str(log)), 5, each=3)
    found = run_batch(plan, tmp_path / "b", jobs=2)
    assert (found.done, found.failed) == (10, 1)
    (failure,) = Store(tmp_path / "b").failures().to_dict("records")
    assert failure["replication"] == 2 and "SIGKILL" in failure["error"]
    assert len(rows(tmp_path / "b")) == 9 * 2
    assert Counter(log.read_text().split("\n"))["2 1"] == 2


def test_a_run_that_never_ends_is_stopped(tmp_path):
    """It is recorded as over the limit; other runs, longer in all than the limit, are done."""
    plan = fake_plan(FakeJob(endless=frozenset({3}), delay=0.1), 12, each=6, limit=1.0)
    found = run_batch(plan, tmp_path / "b", jobs=2)
    assert (found.done, found.failed) == (24, 1)
    (failure,) = Store(tmp_path / "b").failures().to_dict("records")
    assert failure["replication"] == 3 and "more than 1 seconds" in failure["error"]


def test_a_worker_killed_while_it_starts_is_replaced(tmp_path):
    """Also when its job is larger than a pipe takes before the process reads."""
    plan = fake_plan(FakeJob(outcomes=("first", "x" * 500_000)), 4)
    killed = threading.Event()
    before = set(psutil.Process().children())

    def workers() -> list[psutil.Process]:
        new = set(psutil.Process().children()) - before
        return [child for child in new if "spawn_main" in " ".join(child.cmdline())]

    def kill_the_first() -> None:
        wait_for(workers, "a worker")
        workers()[0].kill()
        killed.set()

    killer = threading.Thread(target=kill_the_first)
    killer.start()
    found = run_batch(plan, tmp_path / "b", jobs=1)
    killer.join()
    assert killed.is_set() and (found.done, found.failed) == (8, 0)


def test_the_limit_is_that_of_a_run_and_not_of_a_start(tmp_path):
    """Loading the model takes longer than the limit, and no run does."""
    plan = fake_plan(FakeJob(loading=1.5), 6, limit=1.0)
    assert run_batch(plan, tmp_path / "b", jobs=2).failed == 0


def test_failed_runs_are_done_again_when_asked(tmp_path):
    """A plain resume leaves them; with retry their shards are done anew, and no others."""
    run_batch(fake_plan(FakeJob(delay=0.2), 4, limit=0.1), tmp_path / "b", jobs=2)
    failed = len(Store(tmp_path / "b").failures())
    plan = fake_plan(FakeJob(), 4)
    assert failed and run_batch(plan, tmp_path / "b", jobs=1, resume=True).here == 0
    found = run_batch(plan, tmp_path / "b", jobs=1, resume=True, retry=True)
    assert found.here > 0 and found.failed == 0
    assert len(rows(tmp_path / "b")) == 4 * A_TREE * 2


def test_another_grouping_of_runs_is_refused(tmp_path):
    """Shards of another size are other shards; the message says the size."""
    run_batch(fake_plan(FakeJob(), 6, each=2), tmp_path / "b", jobs=1)
    with pytest.raises(ConfigError, match=r"execution\.runs_a_shard changed.*4 runs at most"):
        run_batch(fake_plan(FakeJob(), 6, each=3), tmp_path / "b", jobs=1, resume=True)


def test_files_that_are_no_shards_are_told_about(tmp_path):
    """A copy of a shard is named at resume; damage is told by the status, which does not fail."""
    folder = tmp_path / "b"
    run_batch(fake_plan(FakeJob(), 4), folder, jobs=1)
    first, second = sorted((folder / "shards").iterdir())
    shutil.copy(first, folder / "shards" / "copy.parquet")
    second.write_bytes(second.read_bytes()[:50])
    row = status_row(Store(folder))
    assert (row["shards_damaged"], row["runs_failed"]) == (1, 0)
    found = run_batch(fake_plan(FakeJob(), 4), folder, jobs=1, resume=True)
    assert any("copy.parquet: is no shard" in note for note in found.notes)
    assert len(rows(folder)) == 4 * A_TREE * 2


def test_processes_that_always_die_end_the_batch(tmp_path):
    """A machine on which nothing can be done is told about, not tried for ever."""
    plan = fake_plan(FakeJob(killing=frozenset(range(100))), 100, each=100)
    with pytest.raises(RunError, match=f"{MOST_DEATHS + 1} processes have died"):
        run_batch(plan, tmp_path / "b", jobs=1)


def test_workers_killed_from_outside_lose_nothing(experiment, undisturbed, tmp_path):
    """Workers that are killed again and again are replaced; rows are the same."""
    folder = tmp_path / "batch"
    process = command("batch", str(experiment), "--jobs", "2", "--out", str(folder))
    for count in (2, 6):
        wait_for_shards(folder, count, process)
        for child in psutil.Process(process.pid).children():
            if "spawn_main" in " ".join(child.cmdline()):
                child.kill()
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    assert "process died with signal 9" in said
    pd.testing.assert_frame_equal(rows(folder), rows(undisturbed))


def test_a_killed_batch_is_resumed(experiment, undisturbed, tmp_path):
    """Killed twice on the way: the rest is done, no finished shard again, rows are the same."""
    folder = tmp_path / "batch"
    words = ("batch", str(experiment), "--jobs", "2", "--out", str(folder), "--resume")
    for count in (3, 12):
        process = command(*words)
        wait_for_shards(folder, count, process)
        workers = psutil.Process(process.pid).children()
        process.kill()
        process.communicate(timeout=PATIENCE)
        gone, alive = psutil.wait_procs(workers, timeout=PATIENCE)
        assert gone and not alive
        kept = {path.name: path.stat().st_mtime_ns for path in (folder / "shards").glob("*-*")}
        assert count <= len(kept) < 30
    process = command(*words)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    after = {path.name: path.stat().st_mtime_ns for path in (folder / "shards").glob("*-*")}
    assert kept.items() <= after.items() and len(after) == 30
    pd.testing.assert_frame_equal(rows(folder), rows(undisturbed))
    assert not list(folder.rglob(".new-*"))


def test_an_interrupt_leaves_a_folder_to_resume(experiment, undisturbed, tmp_path):
    """Ctrl-C ends all processes with code 130, says how to go on, and so it does."""
    folder = tmp_path / "batch"
    words = ("batch", str(experiment), "--jobs", "2", "--out", str(folder))
    process = command(*words)
    wait_for_shards(folder, 3, process)
    workers = psutil.Process(process.pid).children()
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "--resume goes on" in said and "Traceback" not in said
    assert not psutil.wait_procs(workers, timeout=PATIENCE)[1]
    process = command(*words, "--resume", "--quiet")
    _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said) == (0, "")
    pd.testing.assert_frame_equal(rows(folder), rows(undisturbed))


def test_damaged_shards_are_done_again(experiment, undisturbed, tmp_path):
    """A file that is cut short, or has one bit turned, is seen at resume and replaced."""
    folder = tmp_path / "batch"
    shutil.copytree(undisturbed, folder)
    first, second, third = sorted((folder / "shards").glob("*.parquet"))[:3]
    first.write_bytes(first.read_bytes()[:-10])
    content = bytearray(second.read_bytes())
    content[len(content) // 2] ^= 1
    second.write_bytes(content)
    third.unlink()
    process = command("batch", str(experiment), "--out", str(folder), "--resume")
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    assert f"{first.name}: is damaged" in said and f"{second.name}: is damaged" in said
    names = sorted(path.name for path in (undisturbed / "shards").iterdir())
    assert sorted(path.name for path in (folder / "shards").iterdir()) == names
    pd.testing.assert_frame_equal(rows(folder), rows(undisturbed))


def test_a_full_disk_stops_the_batch_and_no_more(experiment, undisturbed, tmp_path):
    """What is stored stays whole and is resumed where there is room; one message says why."""
    folder = tmp_path / "small" / "batch"
    folder.parent.mkdir()
    store = tmp_path / "kept"
    script = (
        f"mount -t tmpfs -o size=96k tmpfs {folder.parent} && "
        f"{{ {sys.executable} -m alliance_abm batch {experiment} --jobs 2 --out {folder}; "
        f"code=$?; cp -a {folder} {store}; exit $code; }}"
    )
    process = subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-c", script],
        env={**os.environ, "PYTHONPATH": str(TESTS.parent)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert process.returncode == 1, process.stderr
    assert "No space left on device" in process.stderr and "--resume" in process.stderr
    assert "Traceback" not in process.stderr
    assert 0 < stored(store) < 30
    again = command("batch", str(experiment), "--out", str(store), "--resume")
    _, said = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0, said
    assert "damaged" not in said
    pd.testing.assert_frame_equal(rows(store), rows(undisturbed))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"config": "x"}, "the config, a preset or a world changed"),
        ({"code": "x", "data": "y"}, "the shipped data and the code of the model changed"),
        ({"packages": "x"}, "a package that decides results changed"),
    ],
)
def test_what_changed_is_not_mixed(tmp_path, changed, words):
    """A folder begun with another config, code or data is refused, unless forced."""
    run_batch(fake_plan(FakeJob(), 2), tmp_path / "b", jobs=1)
    shutil.rmtree(tmp_path / "b" / "shards")
    (tmp_path / "b" / "shards").mkdir()
    plan = fake_plan(FakeJob(), 2, **changed)
    with pytest.raises(ConfigError, match=words):
        run_batch(plan, tmp_path / "b", jobs=1, resume=True)
    assert stored(tmp_path / "b") == 0
    found = run_batch(plan, tmp_path / "b", jobs=1, resume=True, force=True)
    assert found.done == 4 and Store(tmp_path / "b").manifest["forced"][0]["changed"]
    assert run_batch(plan, tmp_path / "b", resume=True, force=True).here == 0


def test_a_changed_config_is_refused_by_the_command(experiment, undisturbed, tmp_path):
    """The command says which folder, what changed and what is allowed, and touches nothing."""
    other = tmp_path / "other.yaml"
    other.write_text(MIDDLE.replace("pooled_buying", "pooled_buying=60"), encoding="utf-8")
    before = sorted((path, path.stat().st_mtime_ns) for path in undisturbed.rglob("*.parquet"))
    process = command("batch", str(other), "--out", str(undisturbed), "--resume")
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "the config, a preset or a world changed" in said and "Traceback" not in said
    after = sorted((path, path.stat().st_mtime_ns) for path in undisturbed.rglob("*.parquet"))
    assert before == after


def test_a_second_process_is_refused(tmp_path, experiment):
    """Of two processes on one folder the second ends at once; the first goes on unharmed."""
    folder = tmp_path / "batch"
    first = command(
        "batch", str(experiment), "--jobs", "1", "--out", str(folder), "--replications", "9999"
    )
    wait_for_shards(folder, 1, first)
    for option in ("--resume", "--overwrite"):
        second = command(
            "batch", str(experiment), "--out", str(folder), option, "--replications", "9999"
        )
        _, said = second.communicate(timeout=PATIENCE)
        assert second.returncode == 2 and "another process is at work" in said
    wait_for_shards(folder, stored(folder) + 1, first)
    first.terminate()
    assert "--resume goes on" in first.communicate(timeout=PATIENCE)[1]
    assert first.returncode == 130


def test_parts_make_the_whole(experiment, undisturbed, tmp_path):
    """Processes with --shard 1/2 and 2/2 share a folder and give the rows of one process."""
    folder = tmp_path / "batch"
    parts = [
        command("batch", str(experiment), "--jobs", "1", "--out", str(folder), "--shard", part)
        for part in ("1/2", "2/2")
    ]
    for part in parts:
        _, said = part.communicate(timeout=PATIENCE)
        assert part.returncode == 0, said
    pd.testing.assert_frame_equal(rows(folder), rows(undisturbed))
    assert Store(folder).manifest["finished"]
