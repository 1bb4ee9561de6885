"""What is analysed over the points of a design: levels of the baseline, and differences to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_abm.outcome import Outcome
from alliance_abm.outcomes import OUTCOMES
from experiments.runner import CENTRAL_DRAW, POLICY

if TYPE_CHECKING:
    from experiments.batch.read import Batch

Floats = NDArray[np.float64]
LEVEL, DIFFERENCE = "level", "difference"
LEVER = "lever"
KEYS = ["policy", "world", "kind", "outcome", "name", "unit"]
SAME = 1e-12  # relative: two values that differ by rounding alone


@dataclass(frozen=True)
class Target:
    """One measure at every point of a design.

    `values` is (points, replications), nan where a run is lacking; row 0 is draw 1.
    """

    policy: str
    world: str
    kind: str
    outcome: Outcome
    values: Floats

    @property
    def means(self) -> Floats:
        """Mean of each point over its replications; nan without any."""
        known = np.isfinite(self.values)
        total = np.where(known, self.values, 0.0).sum(axis=1)
        count = known.sum(axis=1)
        return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)

    @property
    def is_constant(self) -> bool:
        """Is the mean of every point the same, but for rounding?"""
        means = self.means[np.isfinite(self.means)]
        scale = np.abs(means).max(initial=0.0)
        return bool(len(means) == 0 or np.ptp(means) <= SAME * max(scale, SAME))

    def labels(self) -> dict[str, Any]:
        """The columns KEYS of a row about this target."""
        return {
            "policy": self.policy, "world": self.world, "kind": self.kind,
            "outcome": self.outcome.id, "name": self.outcome.name, "unit": self.outcome.unit,
        }  # fmt: skip


def known_outcomes(batch: Batch, wanted: Sequence[str] | None = None) -> list[Outcome]:
    """The batch's outcomes in its order; of these the `wanted` only."""
    return [
        OUTCOMES[name]
        for name in batch.outcome_ids
        if name in OUTCOMES and (wanted is None or name in wanted)
    ]


def headlines(batch: Batch) -> list[Outcome]:
    """The headlines that were measured; all outcomes where none is a headline."""
    found = known_outcomes(batch)
    return [one for one in found if one.headline] or found


def columns(batch: Batch, outcomes: Sequence[Outcome]) -> list[int]:
    """Places of outcomes in the arrays of a batch."""
    return [batch.outcome_ids.index(one.id) for one in outcomes]


def central(batch: Batch, policy: str, world: str, outcomes: Sequence[Outcome]) -> Floats:
    """Values of the central draw, (replications, outcomes)."""
    values: Floats = batch.values(policy, world)[CENTRAL_DRAW]
    return values[:, columns(batch, outcomes)]


def has_draws(batch: Batch) -> bool:
    """Was there a design, and so are there points beside the central one?"""
    return len(batch.points) > 1


def varies_levers(batch: Batch) -> bool:
    """Does the design vary sizes of levers?"""
    return any(factor.kind == LEVER for factor in batch.factors)


def varies_levers_alone(batch: Batch) -> bool:
    """Does the design vary sizes of levers and nothing else?"""
    return bool(batch.factors) and all(factor.kind == LEVER for factor in batch.factors)


def targets(batch: Batch, outcomes: Sequence[Outcome]) -> Iterator[Target]:
    """Levels of the baseline where parameters vary, and differences of every policy to it."""
    if not has_draws(batch):
        return
    places = columns(batch, outcomes)
    for world in batch.worlds:
        if not varies_levers_alone(batch):
            found = batch.values(POLICY, world)[CENTRAL_DRAW + 1 :]
            yield from _each(POLICY, world, LEVEL, outcomes, found[:, :, places])
        for policy in batch.policies:
            yield from differences(batch, policy.name, world, outcomes)


def differences(
    batch: Batch, policy: str, world: str, outcomes: Sequence[Outcome]
) -> Iterator[Target]:
    """Differences of one policy to the baseline at every point of the design."""
    places = columns(batch, outcomes)
    apart = batch.values(policy, world) - batch.baseline(world, policy)
    yield from _each(policy, world, DIFFERENCE, outcomes, apart[CENTRAL_DRAW + 1 :][:, :, places])


def _each(
    policy: str, world: str, kind: str, outcomes: Sequence[Outcome], values: Floats
) -> Iterator[Target]:
    for place, outcome in enumerate(outcomes):
        yield Target(policy, world, kind, outcome, values[:, :, place])


def design_values(batch: Batch) -> Floats:
    """The points of the design without the central one, (points, factors)."""
    names = [factor.name for factor in batch.factors]
    return batch.points.loc[batch.points.index != CENTRAL_DRAW, names].to_numpy(float)


def central_point(batch: Batch) -> Floats:
    """The factors of the config as it is."""
    names = [factor.name for factor in batch.factors]
    found: Floats = batch.points.loc[batch.points.index == CENTRAL_DRAW, names].to_numpy(float)[0]
    return found


def in_order(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> pd.DataFrame:
    """Rows as a table with these columns, which are there without any row too."""
    return pd.DataFrame(rows, columns=list(names))
