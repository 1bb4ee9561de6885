"""Effects of factors that are changed step by step: highest value less lowest, with intervals.

All points were run on the same seeds, so that an effect is a mean of differences within seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments.analysis.indices import Indices
from experiments.factorial import main_effects
from experiments.paired import holm, is_clear, paired

if TYPE_CHECKING:
    from experiments.batch.designs import Factor

Floats = NDArray[np.float64]
ONE_AT_A_TIME, FACTORIAL = "one_at_a_time", "fractional_factorial"


def factor_effects(
    method: str,
    factors: Sequence[Factor],
    start: Floats,
    points: Floats,
    values: Floats,
    seed: int,
) -> Indices | None:
    """The effect of each factor from its lowest to its highest value, with a paired interval.

    start: the factors as shipped; points (points, factors); values (points + 1, replications),
    the first row of the start. `clear` is corrected by Holm for the number of factors. None when
    no factor has a run on both sides.
    """
    if method == ONE_AT_A_TIME:
        effects = _one_at_a_time(start, points, values)
    elif method == FACTORIAL:
        effects = _two_levels(factors, points, values[1:])
    else:
        effects = _over_all_others(points, values[1:])
    effects = effects[np.isfinite(effects).any(axis=1)]
    if not len(effects):
        return None
    figures = paired(np.zeros_like(effects), effects, seed)
    corrected = holm([one.p for one in figures])
    rows: list[dict[str, Any]] = []
    for factor, one, p_holm in zip(factors, figures, corrected, strict=True):
        told = {"low": one.low, "high": one.high, "p_holm": p_holm}
        clear = one.n > 1 and is_clear(told)
        rows.append({"factor": factor.name, "index": "effect", "value": one.difference,
                     "low": one.low, "high": one.high, "p": one.p, "clear": clear,
                     "n": one.n})  # fmt: skip
    used = int(np.isfinite(values[1:]).any(axis=1).sum())
    return Indices(rows, used)


def _one_at_a_time(start: Floats, points: Floats, values: Floats) -> Floats:
    """(replications, factors): highest less lowest value of a factor, all others as shipped."""
    found = np.full((values.shape[1], len(start)), np.nan)
    moved = points != start
    for place in range(len(start)):
        mine = np.flatnonzero(moved[:, place] & (moved.sum(axis=1) == 1))
        rows = np.concatenate([[0], mine + 1])
        levels = np.concatenate([[start[place]], points[mine, place]])
        if len(rows) > 1:
            found[:, place] = values[rows[levels.argmax()]] - values[rows[levels.argmin()]]
    return found


def _two_levels(factors: Sequence[Factor], points: Floats, values: Floats) -> Floats:
    """(replications, factors): main effects of a two-level design."""
    middle = (points.max(axis=0) + points.min(axis=0)) / 2.0
    signs = np.where(points > middle, 1, -1).astype(np.int8)
    effects: Floats = main_effects(signs, values.T)
    return effects


def _over_all_others(points: Floats, values: Floats) -> Floats:
    """(replications, factors): mean at the highest less mean at the lowest value of a factor."""
    found = np.full((values.shape[1], points.shape[1]), np.nan)
    for place in range(points.shape[1]):
        levels = points[:, place]
        if np.ptp(levels) > 0.0:
            top, bottom = levels == levels.max(), levels == levels.min()
            found[:, place] = values[top].mean(axis=0) - values[bottom].mean(axis=0)
    return found
