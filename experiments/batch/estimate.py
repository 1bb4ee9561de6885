"""What a batch will take, told from a few of its runs: time and disk."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from experiments.batch.plan import Plan
from experiments.batch.shards import do_shard
from experiments.batch.work import RunDone, RunFailed, RunId

LONGEST = 3.0  # seconds of measuring
LOOKS = 5  # shards that are looked at, at most


@dataclass(frozen=True)
class Estimate:
    """Seconds of one run on one core, bytes on disk, and the runs that were measured."""

    seconds_a_run: float
    disk: int
    measured: int
    failed: int


def estimated(plan: Plan) -> Estimate:
    """Time and disk of a plan, from the first trees of some shards, the last shard first."""
    plan.job.prepare()
    for _ in plan.job.do(plan.shards[0].first, {}):
        pass  # what is loaded with the first run counts once, not for every run
    done: list[RunDone | RunFailed] = []
    began = time.monotonic()
    for shard in plan.shards[:: -max(1, len(plan.shards) // LOOKS)]:
        done += plan.job.do(shard.first, {})
        if time.monotonic() - began > LONGEST:
            break
    seconds = (time.monotonic() - began) / len(done)
    good = [one for one in done if isinstance(one, RunDone)]
    return Estimate(seconds, _disk(plan, good), len(done), len(done) - len(good))


def _disk(plan: Plan, done: list[RunDone]) -> int:
    """Bytes of all shards, from one of each size that is filled with the runs measured."""
    if not done:
        return 0
    sizes = {}
    for runs in {one.runs for one in plan.shards}:
        shard = replace(plan.shards[0], first=0, last=1, runs=runs)
        found = do_shard(_Repeated(plan.job.outcomes, done, runs), shard)
        sizes[runs] = sum(len(content) for content in found.files.values())
    return sum(sizes[one.runs] for one in plan.shards)


@dataclass(frozen=True)
class _Repeated:
    """A job whose runs are those that were measured, again and again."""

    outcomes: tuple[str, ...]
    done: list[RunDone]
    count: int

    def runs(self, tree: int) -> list[RunId]:
        """The runs."""
        return [one.run for one in itertools.islice(itertools.cycle(self.done), self.count)]

    def do(self, tree: int, skip: Mapping[int, str]) -> Iterator[RunDone | RunFailed]:
        """Values that differ in all digits, as those of real runs do."""
        for number, one in enumerate(itertools.islice(itertools.cycle(self.done), self.count)):
            values = [value * (1.0 + number * 1e-9) for value in one.values]
            yield replace(one, values=values)

    def prepare(self) -> None:
        """There is nothing to load."""
