"""One trivial model for every runner: a weighted sum of two inputs; and a busy one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mesa import DataCollector, Model

from experiments.batch.plan import Plan, fingerprint
from experiments.batch.shards import shard
from experiments.batch.work import RunDone, RunFailed, RunId

HASHES = {"config": "", "design": "", "data": "", "code": "", "packages": ""}
OUTCOMES = ("total", "product")


def total(first: float = 0.0, second: float = 0.0) -> dict[str, float]:
    """The trivial model as a function."""
    return {"total": first + 2.0 * second, "product": first * second}


class TrivialModel(Model):
    """The same as a Mesa model of one step."""

    def __init__(self, first: float = 0.0, second: float = 0.0, rng: Any = None) -> None:
        super().__init__(rng=rng)
        self.first, self.second = first, second
        self.datacollector = DataCollector({name: name for name in OUTCOMES})
        self.total = self.product = 0.0

    def step(self) -> None:
        """Compute, and stop."""
        found = total(self.first, self.second)
        self.total, self.product = found["total"], found["product"]
        self.datacollector.collect(self)
        self.running = False


@dataclass(frozen=True)
class TrivialJob:
    """The same as a job of a batch, one run a tree; `busy` seconds of work are added to each."""

    busy: float = 0.0
    outcomes: tuple[str, ...] = OUTCOMES

    def runs(self, tree: int) -> list[RunId]:
        """One run."""
        return [RunId("baseline", "none", tree, 0, tree)]

    def do(self, tree: int, skip: Mapping[int, str]) -> Iterator[RunDone | RunFailed]:
        """Compute."""
        end = time.process_time() + self.busy
        while self.busy and time.process_time() < end:
            pass
        (run,) = self.runs(tree)
        yield RunDone(run, list(total(tree % 97, tree % 89).values()))

    def prepare(self) -> None:
        """There is nothing to load."""


def trivial_plan(runs: int, each: int, busy: float = 0.0) -> Plan:
    """A batch of so many trivial runs, `each` a shard."""
    mark = fingerprint(HASHES)
    shards = tuple(
        shard(number, first, min(first + each, runs), min(first + each, runs) - first, mark)
        for number, first in enumerate(range(0, runs, each))
    )
    return Plan("Trivial", TrivialJob(busy), shards, HASHES)
