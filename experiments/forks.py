"""The runs of one seed: a baseline, and every policy from the quarter in which it differs.

Policies change nothing before their levers do, so they continue from a snapshot of the baseline.
A continued run is bit for bit a run from the start, at half the price.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alliance_abm.desks import STAGE_IDS
from alliance_abm.layout import DEVELOP, N_ROUTES
from alliance_abm.levers import policy_of
from alliance_abm.policies import PolicyChoice, with_policy
from alliance_abm.procurement import COMPARED
from alliance_abm.scenario import Scenario
from alliance_abm.state import State, ledger
from experiments.parameter_draws import drawn
from experiments.pool import Task
from experiments.runner import CENTRAL_DRAW, POLICY, replication_seed

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

Floats = NDArray[np.float64]
SERIES = (
    "us_backlog_years", "us_utilisation", "staff", "open_cases", "gap", "share_delivered",
    "share_awarded",
)  # fmt: skip


class Which(NamedTuple):
    """World, parameter draw (0 the central) and replication of a task."""

    world: str
    draw: int
    replication: int


@dataclass(frozen=True)
class ForkRun:
    """What one run leaves; the tables of the central draw only.

    `series` maps (entity, outcome) to values by quarter. `stages` is (routes, stages + 1): days
    summed, then cases. `tiers` is (tiers, routes, 2): days from request to contract, cases.
    `lost` is volume by cause. `detail` is what `Forks.detail` took from the model.
    """

    policy: str
    which: Which
    seed: int
    outcomes: dict[str, float]
    series: dict[tuple[str, str], Floats]
    stages: Floats | None = None
    tiers: Floats | None = None
    lost: Floats | None = None
    detail: Any = None


@dataclass(frozen=True)
class ForkFailure:
    """A run that raised."""

    policy: str
    which: Which
    seed: int
    error: str
    traceback: str


@dataclass(frozen=True)
class Forks:
    """The work of a pool: task number → the runs of all variants of one world, draw and seed.

    Attributes:
        worlds: scenarios without the policies, by name.
        variants: policies by the name of the variant, which is not `baseline`; their levers
            come beside those of the scenario.
        since: first quarter that stages, tiers and lost sales are counted in.
        replications: runs of each variant in each world.
        draws: values by parameter path for draws 1, 2, …
        draw_replications: runs of each variant in each world and draw; the first seeds.
        tabled: variants of which series, stages, tiers and lost sales are kept, the baseline
            among them.
        kept: outcomes of the series that are kept beside the headlines.
        detail: what else to take from the finished models of tabled variants; a function of an
            importable module, its result can be pickled.
    """

    worlds: Mapping[str, Scenario]
    variants: Mapping[str, PolicyChoice]
    since: int
    replications: int
    draws: Sequence[Mapping[str, float]] = ()
    draw_replications: int = 0
    tabled: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset(SERIES)
    detail: Callable[[AllianceModel], Any] | None = None

    @cached_property
    def plan(self) -> tuple[Which, ...]:
        """World, draw and replication of every task, the central draw first."""
        central = [
            Which(world, CENTRAL_DRAW, replication)
            for world in self.worlds
            for replication in range(self.replications)
        ]
        drawn = [
            Which(world, draw, replication)
            for world in self.worlds
            for draw in range(CENTRAL_DRAW + 1, len(self.draws) + 1)
            for replication in range(self.draw_replications)
        ]
        return (*central, *drawn)

    def tasks(self, seed: int) -> list[Task]:
        """All tasks; replication r of every world and draw has the same seed."""
        return [
            Task(number, replication_seed(seed, which.replication))
            for number, which in enumerate(self.plan)
        ]

    def __call__(self, scenario: Scenario, number: int, seed: int) -> list[ForkRun | ForkFailure]:
        """Do the runs of one task: the baseline first, then the variants in their order."""
        which = self.plan[number]
        world = self.worlds[which.world]
        if which.draw != CENTRAL_DRAW:
            world = drawn(world, self.draws[which.draw - 1])
        return list(self._runs(world, which, seed))

    def _runs(self, world: Scenario, which: Which, seed: int) -> Iterator[ForkRun | ForkFailure]:
        from alliance_abm.model import AllianceModel

        scenarios = {name: with_policy(world, one) for name, one in self.variants.items()}
        model = AllianceModel(world, rng=seed)
        fork = first_difference(world, scenarios.values())
        while model.state.quarter < fork:
            model.step()
        snapshot, kept = model.snapshot(), model.kept
        tier = snapshot.nations["tier"].copy()
        model.run()
        yield self._measured(model, POLICY, which, tier)
        for name, scenario in scenarios.items():
            try:
                one = continued(scenario, snapshot, seed, kept)
                yield self._measured(one, name, which, tier)
            except Exception as error:
                words = f"{type(error).__name__}: {error}"
                yield ForkFailure(name, which, seed, words, traceback.format_exc())

    def _measured(
        self, model: AllianceModel, policy: str, which: Which, tier: NDArray[np.int64]
    ) -> ForkRun:
        """What a finished run leaves; `tier` is that of nations when the policies began."""
        outcomes = model.outcomes()
        if which.draw != CENTRAL_DRAW or policy not in self.tabled:
            return ForkRun(policy, which, model.run_seed, outcomes, {})
        return ForkRun(
            policy,
            which,
            model.run_seed,
            outcomes,
            headline_series(model, self.kept),
            stage_days(model, self.since),
            tier_days(model, tier, self.since),
            model.state.flow_lost[self.since :, : len(COMPARED)].sum(axis=0, dtype=float),
            self.detail(model) if self.detail is not None else None,
        )


def first_difference(baseline: Scenario, others: Iterable[Scenario]) -> int:
    """First quarter in which one of the scenarios, alike but for levers, has levers in force.

    The end of the run when none has.
    """
    end = baseline.horizon.quarters
    firsts = [
        policy_of(one.levers, one.parameters, one.world.domains, end).first
        for one in (baseline, *others)
    ]
    return min((first for first in firsts if first is not None), default=end)


def continued(
    scenario: Scenario, snapshot: State, seed: int, kept: State | None = None
) -> AllianceModel:
    """A finished run of the scenario from a snapshot taken before its levers act.

    `kept` is what the run so far kept for outcomes on resilience (`AllianceModel.kept`).
    """
    from alliance_abm.model import AllianceModel

    model = AllianceModel(scenario, rng=seed)
    model.restore(snapshot)
    model.kept = kept
    return model.run()


def headline_series(
    model: AllianceModel, others: Iterable[str] = SERIES
) -> dict[tuple[str, str], Floats]:
    """Quarterly values of the headlines and of some others, by entity and outcome."""
    from alliance_abm.outcomes import OUTCOMES

    kept = {*others, *(one.id for one in OUTCOMES.values() if one.headline)}
    frame = model.series()
    frame = frame[frame["outcome"].isin(kept)]
    groups = frame.groupby(["entity", "outcome"], sort=False)["value"]
    return {(str(key[0]), str(key[1])): part.to_numpy(float) for key, part in groups}


def _contracted(model: AllianceModel, since: int) -> NDArray[np.bool_]:
    """Ledger rows of cases of buyers, placed in the run, that were contracted since a quarter.

    Without national programmes, which are developed before they are contracted.
    """
    rows = ledger(model.state)
    chosen = (rows["initial"] == 0) & (rows["contracted"] >= max(since, 0))
    chosen &= rows["route"] != DEVELOP
    return np.asarray(chosen & model.world.is_buyer[rows["buyer"]])


def stage_days(model: AllianceModel, since: int) -> Floats:
    """Days spent in each stage by cases contracted since a quarter, and their number.

    Shape (routes, stages + 1).
    """
    chosen = _contracted(model, since)
    route = ledger(model.state)["route"][chosen]
    days = model.state.stage_days[: len(chosen)][chosen]
    columns = [days[:, index].astype(float) for index in range(len(STAGE_IDS))]
    columns.append(np.ones(len(route)))
    return np.stack([np.bincount(route, one, N_ROUTES) for one in columns], axis=1)


def tier_days(model: AllianceModel, tier: NDArray[np.int64], since: int) -> Floats:
    """Days from request to contract of the same cases, and their number, by tier and route.

    Shape (tiers, routes, 2), with the tiers that nations had when the policies began.
    """
    rows = ledger(model.state)[_contracted(model, since)]
    tiers = int(tier.max()) + 1
    place = tier[rows["buyer"]].astype(np.int64) * N_ROUTES + rows["route"]
    days = (rows["arrived_day"] - rows["request_day"]).astype(float)
    sums = [np.bincount(place, one, tiers * N_ROUTES) for one in (days, np.ones(len(rows)))]
    return np.stack(sums, axis=1).astype(float).reshape(tiers, N_ROUTES, 2)
