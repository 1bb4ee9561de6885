"""The size of a lever at which a difference vanishes: a few sizes, then bisection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alliance_abm.levers import LEVERS, LeverUse
from alliance_abm.outcomes import OUTCOMES
from alliance_abm.policies import PolicyChoice
from alliance_abm.problems import ConfigError, listed, nearest_name, shown
from experiments.compare import Plan, planned, run_plan
from experiments.compare_tables import Tables
from experiments.comparison import BREAK_EVEN_COLUMNS
from experiments.paired import Paired, paired
from experiments.pool import Progress
from experiments.runner import POLICY

if TYPE_CHECKING:
    from experiments.comparison import Comparison

SIZES = 5  # tried over the range of the lever
BISECTIONS = 4  # of the first interval with a change of sign: a sixteenth of it
NOTHING, NONE = "no effect at any size", "none in range"


def checked_outcomes(names: Iterable[str]) -> tuple[str, ...]:
    """Outcomes to find break-even sizes for; raises ConfigError with the nearest name."""
    found = tuple(dict.fromkeys(names))
    for name in found:
        if name not in OUTCOMES:
            near = nearest_name(name, OUTCOMES)
            raise ConfigError(
                f"--break-even: {shown(name)} is not an outcome; allowed: {listed(OUTCOMES)}"
                + (f"; did you mean '{near}'?" if near else "")
            )
    return found


def break_even(
    plan: Plan,
    outcomes: Sequence[str],
    jobs: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Sizes at which single levers leave an outcome as it is, in each world of the plan.

    A change of sign is searched for over SIZES sizes of the lever's range, with its bill, on the
    plan's seeds, and narrowed by BISECTIONS halvings. `size` is nan when there is none; `note`
    says so. A policy of several levers has no size.
    """
    rows: list[tuple[Any, ...]] = []
    for policy in plan.policies:
        for world in plan.forks.worlds:
            if len(policy.levers) > 1:
                note = "of a single lever only"
                rows += [(policy.name, world, one, np.nan, "", note) for one in outcomes]
                continue
            search = _Search(plan, policy, world, jobs, progress)
            unit = LEVERS[policy.levers[0].lever].unit
            for outcome in outcomes:
                rows.append((policy.name, world, outcome, *search.zero(outcome, unit)))
    return pd.DataFrame(rows, columns=BREAK_EVEN_COLUMNS)


class _Search:
    """Differences of one lever by size, each size run once for all outcomes."""

    def __init__(
        self,
        plan: Plan,
        policy: PolicyChoice,
        world: str,
        jobs: int | None,
        progress: Progress | None,
    ):
        self.plan, self.policy, self.world = plan, policy, world
        self.jobs, self.progress = jobs, progress
        self.known: dict[float, dict[str, Paired]] = {}
        lever = LEVERS[policy.levers[0].lever]
        sizes = np.linspace(lever.low, lever.high, SIZES).tolist()
        self.sizes = [size for size in sizes if size]
        self.run(self.sizes)

    def run(self, sizes: Sequence[float]) -> None:
        """Run the lever at some sizes."""
        (use,) = self.policy.levers
        choices = [
            replace(self.policy, name=f"size {size:g}", levers=(_of_size(use, size),))
            for size in sizes
        ]
        plan = planned(
            self.plan.scenario, choices, [self.world], self.plan.forks.replications,
            bills=False, keep_tables=False,
        )  # fmt: skip
        runs, _ = run_plan(plan, self.jobs, self.progress)
        table = Tables.of(plan.policies, (self.world,), plan.forks, runs)
        before = table.values(POLICY, self.world)
        for size, choice in zip(sizes, choices, strict=True):
            found = paired(before, table.values(choice.name, self.world), self.plan.scenario.seed)
            self.known[size] = dict(zip(OUTCOMES, found, strict=True))

    def zero(self, outcome: str, unit: str) -> tuple[float, str, str]:
        """Size, unit and note."""
        found = [self.known[size][outcome].difference for size in self.sizes]
        if all(one == 0.0 for one in found):
            return float("nan"), unit, NOTHING
        if not np.isfinite(found).all():
            return float("nan"), unit, "not measured at every size"
        span = f"{self.sizes[0]:g} to {self.sizes[-1]:g}"
        for low, high in pairwise(self.sizes):
            ends = [self.known[size][outcome].difference for size in (low, high)]
            if ends[0] * ends[1] < 0.0:
                return self._narrowed(outcome, low, high), unit, _reliable(self.known, outcome)
        sign = "above" if max(found) > 0.0 else "below"
        return float("nan"), unit, f"{NONE}: {sign} zero, or at it, from {span}"

    def _narrowed(self, outcome: str, low: float, high: float) -> float:
        start = self.known[low][outcome].difference
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            if middle not in self.known:
                self.run([middle])
            found = self.known[middle][outcome].difference
            if found == 0.0:
                return middle
            if found * start < 0.0:
                high = middle
            else:
                low = middle
        return 0.5 * (low + high)


def _reliable(known: dict[float, dict[str, Paired]], outcome: str) -> str:
    """Is a difference of each sign clear at some size, or may chance have made the crossing?"""
    above = any(found[outcome].low > 0.0 for found in known.values())
    below = any(found[outcome].high < 0.0 for found in known.values())
    return "changes sign" if above and below else "changes sign, perhaps by chance"


def _of_size(use: LeverUse, size: float) -> LeverUse:
    return LeverUse.model_validate({**use.model_dump(), "size": size})


def with_break_even(
    comparison: Comparison,
    plan: Plan,
    outcomes: Sequence[str],
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """The comparison with its table of break-even sizes; raises as `compare`."""
    return replace(comparison, break_even=break_even(plan, outcomes, jobs, progress))
