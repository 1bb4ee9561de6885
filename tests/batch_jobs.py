"""Jobs without a model, for batches whose runs raise, kill their process, or never end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from experiments.batch.plan import Plan, fingerprint
from experiments.batch.shards import shard
from experiments.batch.work import RunDone, RunFailed, RunId
from experiments.runner import replication_seed

HASHES = {"config": "c", "design": "d", "data": "a", "code": "o", "packages": "p"}
A_TREE = 2  # runs


@dataclass(frozen=True)
class FakeJob:
    """Two runs a tree. Trees raise, kill their process or never end as told.

    `log` is a file to which a line is added for each run that is begun.
    """

    raising: frozenset[int] = frozenset()
    killing: frozenset[int] = frozenset()
    endless: frozenset[int] = frozenset()
    delay: float = 0.0
    loading: float = 0.0  # seconds of a worker before its first run
    log: str | None = None
    outcomes: tuple[str, ...] = ("first", "second")

    def runs(self, tree: int) -> list[RunId]:
        """A baseline and a policy."""
        seed = replication_seed(1, tree)
        return [RunId(name, "somewhere", 0, tree, seed) for name in ("baseline", "policy")]

    def do(self, tree: int, skip: Mapping[int, str]) -> Iterator[RunDone | RunFailed]:
        """Numbers that say which run they are of; what is told happens in the second run."""
        for place, run in enumerate(self.runs(tree)):
            if place in skip:
                yield RunFailed(run, skip[place])
                continue
            if self.log is not None:
                with Path(self.log).open("a", encoding="utf-8") as file:
                    file.write(f"{tree} {place}\n")
            time.sleep(self.delay)
            if place and tree in self.killing:
                os.kill(os.getpid(), signal.SIGKILL)
            while place and tree in self.endless:
                time.sleep(60)
            if place and tree in self.raising:
                yield RunFailed(run, "ValueError: told to", "a traceback")
                continue
            yield RunDone(run, [float(tree), float(place)])

    def prepare(self) -> None:
        """Load, which takes its time."""
        time.sleep(self.loading)


def fake_plan(
    job: FakeJob, trees: int, each: int = 2, limit: float | None = None, **changed: str
) -> Plan:
    """A plan of so many trees, `each` a shard."""
    hashes = HASHES | changed
    shards = [
        shard(number, first, min(first + each, trees), (min(first + each, trees) - first) * A_TREE,
              fingerprint(hashes))
        for number, first in enumerate(range(0, trees, each))
    ]  # fmt: skip
    return Plan("A batch", job, tuple(shards), hashes, limit)
