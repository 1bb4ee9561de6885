"""The runs of a batch: all portfolios of a seed continue from one snapshot of its baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

from alliance_abm.policies import PolicyChoice
from alliance_abm.scenario import Scenario
from experiments.forks import ForkFailure, ForkRun, Forks, Which
from experiments.pool import Failure, Progress, all_failed, run_tasks
from experiments.runner import CENTRAL_DRAW
from experiments.search.evaluations import Measured

Wanted = Mapping[int, Sequence[PolicyChoice]]  # by replication
Runner = Callable[[Wanted], list[Measured]]


@dataclass(frozen=True)
class SeedForks(Forks):
    """Forks whose tasks are given seeds, each with variants of its own.

    `chosen` names the variants by replication.
    """

    chosen: tuple[tuple[int, tuple[str, ...]], ...] = ()

    @cached_property
    def plan(self) -> tuple[Which, ...]:
        """Seed by seed, world by world."""
        return tuple(
            Which(world, CENTRAL_DRAW, replication)
            for (replication, _), world in product(self.chosen, self.worlds)
        )

    def __call__(self, scenario: Scenario, number: int, seed: int) -> list[ForkRun | ForkFailure]:
        """Do the runs of one task: the baseline first, then the variants of its seed."""
        which = self.plan[number]
        names = dict(self.chosen)[which.replication]
        part = replace(self, variants={name: self.variants[name] for name in names})
        return list(part._runs(self.worlds[which.world], which, seed))


@dataclass
class ModelRunner:
    """Runs portfolios with the model on `jobs` processes; serial equals parallel.

    `progress(done, total)` is told of the runs of a batch.
    """

    scenario: Scenario
    worlds: Mapping[str, Scenario]
    jobs: int | None = None
    progress: Progress | None = None

    def __call__(self, wanted: Wanted) -> list[Measured]:
        """All runs of a batch, the baseline of each seed and world among them.

        Raises RunError when a worker process dies or a baseline fails, without which nothing can
        be compared.
        """
        variants = {one.name: one for chosen in wanted.values() for one in chosen}
        chosen = tuple((seed, tuple(one.name for one in ones)) for seed, ones in wanted.items())
        forks = SeedForks(self.worlds, variants, 0, len(chosen), chosen=chosen)
        tasks = forks.tasks(self.scenario.seed)
        each = max(1 + len(names) for _, names in chosen)
        found = run_tasks(self.scenario, forks, tasks, self.jobs, self._report(each), each)
        failed = [one for one in found if isinstance(one, Failure)]
        if failed:
            raise all_failed(failed)
        return [_measured(one) for runs in found for one in runs]

    def _report(self, each: int) -> Progress | None:
        told = self.progress
        return None if told is None else lambda done, total: told(done * each, total * each)


def _measured(one: ForkRun | ForkFailure) -> Measured:
    place = (one.policy, one.which.world, one.which.replication, one.seed)
    if isinstance(one, ForkFailure):
        return Measured(*place, {}, f"{one.error}\n{one.traceback}")
    return Measured(*place, one.outcomes)
