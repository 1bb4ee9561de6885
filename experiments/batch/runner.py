"""Running a batch: the shards that are missing, whatever happened before.

`run_batch` makes the folder or goes on in it. Everything that a killed process may leave is
either whole or taken away at the next start.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from alliance_abm.problems import ConfigError
from experiments.batch.crew import Crew
from experiments.batch.plan import Plan, code_hash, fingerprint
from experiments.batch.shards import Shard, ShardDone
from experiments.batch.store import Store, is_batch
from experiments.batch.work import ModelJob
from experiments.folders import new_folder
from experiments.pool import cores
from experiments.provenance import provenance
from experiments.runner import replication_seed

CHANGED = {
    "config": "the config, a preset or a world",
    "design": "the design",
    "data": "the shipped data",
    "code": "the code of the model",
    "packages": "a package that decides results",
}
SEED_RULE = "first 8 bytes of SHA-256 of 'seed/replication', without the last bit"


@dataclass
class Progress:
    """How far a batch is; `began` counts from the start of this session."""

    total: int
    done: int
    failed: int
    shards_total: int
    shards_done: int
    began: float = field(default_factory=time.monotonic)
    here: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Runs a second of this session."""
        return self.here / max(time.monotonic() - self.began, 1e-9)

    @property
    def eta(self) -> float | None:
        """Seconds to go; None before the first shard."""
        return (self.total - self.done) / self.rate if self.here else None


Report = Callable[[Progress], None]


class Workers(Protocol):
    """Who does shards: processes of this machine, or a cluster."""

    notes: list[str]

    def work(self, shards: Iterable[Shard], take: Callable[[ShardDone], None]) -> None:
        """Do all shards; `take` is given each result."""


def run_batch(
    plan: Plan,
    folder: Path,
    jobs: int | None = None,
    report: Report | None = None,
    part: tuple[int, int] = (1, 1),
    resume: bool = False,
    overwrite: bool = False,
    force: bool = False,
    retry: bool = False,
    cluster: str | None = None,
    command: Sequence[str] = (),
) -> Progress:
    """Do what is missing of a plan in a folder, and return how far it is.

    `retry` does shards again in which runs failed.

    `part` (i, n) does every n-th shard only. `cluster` is the address of a Dask scheduler, or
    `local`. Raises ConfigError when the folder is another batch's, or in use, and RunError when
    the disk is full or processes keep dying; what is stored then is whole.
    """
    store = opened(plan, folder, resume or part != (1, 1), overwrite, force, command)
    with store.locked("" if part == (1, 1) else f"{part[0]}/{part[1]}"):
        if part == (1, 1):
            store.clean()
            if retry:
                store.forget_failed()
        progress, missing = standing(plan, store, part)
        tell = report or (lambda progress: None)
        tell(progress)
        if missing:
            plan.job.prepare()
            progress.began = time.monotonic()
            with _workers(plan, jobs, len(missing), cluster) as workers:

                def take(done: ShardDone) -> None:
                    store.add(done)
                    progress.done += done.runs
                    progress.here += done.runs
                    progress.failed += done.failed
                    progress.shards_done += 1
                    progress.notes += workers.notes
                    workers.notes.clear()
                    tell(progress)

                workers.work(missing, take)
        _close(plan, store)
    return progress


def opened(
    plan: Plan,
    folder: Path,
    resume: bool = False,
    overwrite: bool = False,
    force: bool = False,
    command: Sequence[str] = (),
) -> Store:
    """The folder of a plan, made or found; raises ConfigError when it may not be used."""
    store = Store(folder)
    if resume and folder.exists():
        _same(plan, store, force)
        return store
    if is_batch(folder):
        with store.locked():
            pass  # no other process is at work on it
        if not overwrite:
            raise ConfigError(
                f"--out {folder}: holds a batch; allowed: --resume to go on with it, --overwrite "
                "to replace it, or a new folder"
            )
    with new_folder(folder, overwrite) as made:
        inside = Store(made.temporary)
        inside.write_manifest(_manifest(plan, command))
        inside.write_design(design_table(plan))
        (made.temporary / "shards").mkdir()
        try:
            made.commit()
        except (OSError, ConfigError):
            if not (resume and is_batch(folder)):
                raise
            _same(plan, store, force)  # another part of the batch was quicker
    return store


def _same(plan: Plan, store: Store, force: bool) -> None:
    """Refuse to go on in a folder that was made with something else."""
    manifest = store.manifest
    changed = [
        words for key, words in CHANGED.items() if manifest["hashes"].get(key) != plan.hashes[key]
    ]
    if not changed:
        if manifest["shard_ids"] != [one.id for one in plan.shards] and not manifest.get("forced"):
            raise ConfigError(
                f"{store.folder}: execution.runs_a_shard changed since this batch began; allowed: "
                f"what it was begun with, which is {manifest['runs_a_shard']} runs at most"
            )
        return
    what = " and ".join(changed)
    if not force or manifest["shards"] != len(plan.shards):
        raise ConfigError(
            f"{store.folder}: {what} changed since this batch began; allowed: go on with what it "
            "was begun with, start another folder, or --force to mix results"
            + (" (not here: the shards are others)" if force else "")
        )
    forced = {"at": _now(), "changed": changed, "hashes": dict(plan.hashes)}
    manifest["forced"] = [*manifest.get("forced", ()), forced]
    store.write_manifest(manifest)


def standing(
    plan: Plan, store: Store, part: tuple[int, int] = (1, 1)
) -> tuple[Progress, list[Shard]]:
    """How far the batch is, and which shards this process is to do; damaged ones are removed."""
    shards = expected(plan.shards, store.manifest)
    done, damaged = store.finished(shards, remove=True)
    place, parts = part
    missing = [one for one in shards if one.number not in done and one.number % parts == place - 1]
    failed = len(store.failures()) if done else 0
    runs = sum(one.runs for one in shards if one.number in done)
    progress = Progress(plan.runs, runs, failed, len(shards), len(done))
    progress.notes += [f"{name}: is damaged; its runs are done again" for name in damaged]
    progress.notes += [
        f"{name}: is no shard of this batch; take it away, for readers of the folder count it"
        for name in store.foreign(shards)
    ]
    return progress, missing


def expected(shards: Sequence[Shard], manifest: dict[str, Any]) -> Sequence[Shard]:
    """The shards under the ids that the folder began with, which --force keeps."""
    if fingerprint(manifest["hashes"]) == manifest["fingerprint"]:
        ids = manifest["shard_ids"]
        return [
            Shard(one.number, one.first, one.last, one.runs, mark)
            for one, mark in zip(shards, ids, strict=True)
        ]
    return shards


@contextmanager
def _workers(plan: Plan, jobs: int | None, shards: int, cluster: str | None) -> Iterator[Workers]:
    if cluster is not None:
        from experiments.batch.cluster import Cluster

        with Cluster(plan.job, code_hash(), cluster, jobs, plan.time_limit) as found:
            yield found
        return
    with Crew(plan.job, max(1, min(jobs or cores(), shards)), plan.time_limit) as crew:
        yield crew


def _close(plan: Plan, store: Store) -> None:
    """Write what is written once all shards are there."""
    from experiments.batch.summary import write_summary

    if not {one.number for one in plan.shards} <= set(store.files()):
        return
    failures = store.write_failures()
    manifest = store.manifest
    if manifest["finished"] is None:
        manifest |= {"finished": _now(), "failed": len(failures)}
        store.write_manifest(manifest)
    write_summary(store)


def design_table(plan: Plan) -> pd.DataFrame:
    """The points by draw; draw 0 is the config as it is."""
    job = plan.job
    if not isinstance(job, ModelJob):
        return pd.DataFrame({"draw": [0]})
    central = np.array([[one.central for one in job.factors]])
    values = np.vstack([central, job.points])
    table = pd.DataFrame(values, columns=[one.name for one in job.factors])
    table.insert(0, "draw", np.arange(len(table), dtype=np.int32))
    return table


def _manifest(plan: Plan, command: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "command": list(command or sys.argv),
        "title": plan.title,
        "config_hash": plan.fingerprint,
        "fingerprint": plan.fingerprint,
        "hashes": dict(plan.hashes),
        **provenance(),
        "seed_rule": SEED_RULE,
        "seeds": [],
        "runs": plan.runs,
        "shards": len(plan.shards),
        "runs_a_shard": max(one.runs for one in plan.shards),
        "shard_runs": [one.runs for one in plan.shards],
        "shard_ids": [one.id for one in plan.shards],
        "outcomes": list(plan.job.outcomes),
        "started": _now(),
        "finished": None,
        "pid": os.getpid(),
    }
    if plan.scenario is not None and plan.experiment is not None:
        found |= _described(plan)
    return found


def _described(plan: Plan) -> dict[str, Any]:
    """What a reader of the folder needs to know without the files that it came from."""
    assert isinstance(plan.job, ModelJob) and plan.experiment and plan.scenario
    job, experiment = plan.job, plan.experiment
    most = max(block.replications.stop for block in job.blocks)
    return {
        "config": plan.scenario.resolved(),
        "experiment": experiment.resolved(),
        "worlds": {name: one.config_hash for name, one in job.worlds.items()},
        "policies": [
            {
                "name": one.name,
                "title": one.title,
                "description": one.description,
                "papers": list(one.papers),
                "levers": [use.model_dump(mode="json") for use in one.levers],
            }
            for one in job.policies
        ],
        "factors": [asdict(one) for one in job.factors],
        "replications": plan.scenario.replications,
        "draw_replications": (
            (experiment.design.replications if experiment.design else None)
            or plan.scenario.replications
        ),
        "seeds": [replication_seed(job.seed, one) for one in range(min(most, 1_000))],
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
