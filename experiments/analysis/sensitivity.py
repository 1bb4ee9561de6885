"""Which assumptions, or sizes of levers, move an outcome: indices over the points of a design.

Indices are of the mean over replications of each point, by SALib (Morris, Sobol, RBD-FAST) or, for
one factor at a time, grids and two-level factorials, plain differences with paired intervals.
The noise share says how much of the variance between points is chance between runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alliance_abm.outcome import Outcome
from experiments.analysis.effects import factor_effects
from experiments.analysis.indices import (
    FEWEST_POINTS,
    Indices,
    morris_indices,
    sampled_indices,
    sobol_indices,
)
from experiments.analysis.targets import (
    KEYS,
    Floats,
    Target,
    central_point,
    design_values,
    has_draws,
    in_order,
    targets,
)
from experiments.runner import CENTRAL_DRAW, POLICY

if TYPE_CHECKING:
    from experiments.batch.read import Batch

LARGE_NOISE = 0.2  # of the variance between points
MORRIS, SALTELLI = "morris", "saltelli"
SAMPLED = ("latin_hypercube", "sobol", "list")
CHANGED = ("one_at_a_time", "grid", "fractional_factorial")
METHODS = {
    MORRIS: "Morris screening", SALTELLI: "Sobol indices", "latin_hypercube": "rank correlation",
    "sobol": "rank correlation", "list": "rank correlation",
    "one_at_a_time": "one factor at a time", "grid": "main effects",
    "fractional_factorial": "main effects",
}  # fmt: skip
MAIN_INDEX = {MORRIS: "mu_star", SALTELLI: "ST"}  # what factors are ranked by
CORRELATION, EFFECT = "rank_correlation", "effect"
CONSTANT, NOISY, FEW, DONE = "constant", "noisy", "too few points", "done"
SENSITIVITY_COLUMNS = [
    *KEYS, "method", "factor", "index", "value", "low", "high", "p", "clear", "rank", "n",
]  # fmt: skip
TARGET_COLUMNS = [
    *KEYS, "headline", "method", "points", "left_out", "mean", "spread", "noise_share",
    "noise_share_unpaired", "noise_floor", "verdict",
]  # fmt: skip


@dataclass(frozen=True)
class Noise:
    """Chance between runs, as a share of the variance between point means; nan if unknown.

    `share` takes into account that every point was run on the same seeds, which move all points
    together; `unpaired` does not. `error` is the standard error of a point's mean beside others.
    """

    share: float
    unpaired: float
    error: float


def main_index(method: str) -> str:
    """The index that factors are ranked by."""
    return MAIN_INDEX.get(method, EFFECT if method in CHANGED else CORRELATION)


def sensitivity_tables(
    batch: Batch, outcomes: Sequence[Outcome]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Indices (SENSITIVITY_COLUMNS, a row a factor and index) and what they rest on.

    `low` to `high` is the 90 % interval, `p` that of being zero (for Morris: no more than noise
    alone would give); `clear` is p below 0.1 when corrected by Holm for all factors; `rank` is 1
    for the factor that moves the target most. The second table (TARGET_COLUMNS) has a row a
    target: `verdict` is done, noisy (indices are given, but chance is a large part), constant or
    too few points (no indices). Both are empty without a
    design. Raises ConfigError when the libraries are not installed.
    """
    rows: list[dict[str, Any]] = []
    about: list[dict[str, Any]] = []
    if has_draws(batch) and batch.method in METHODS:
        points = design_values(batch)
        for target in targets(batch, outcomes):
            if np.isfinite(target.values).any():
                found, told = _analysed(batch, target, points)
                rows += found
                about.append(told)
    return in_order(rows, SENSITIVITY_COLUMNS), in_order(about, TARGET_COLUMNS)


def _analysed(
    batch: Batch, target: Target, points: Floats
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    method = str(batch.method)
    noise = noise_of(target.values)
    means = target.means
    known = means[np.isfinite(means)]
    told = {
        **target.labels(), "headline": target.outcome.headline, "method": method,
        "points": len(known), "left_out": len(means) - len(known), "mean": float(known.mean()),
        "spread": float(known.std(ddof=1)) if len(known) > 1 else float("nan"),
        "noise_share": noise.share, "noise_share_unpaired": noise.unpaired,
        "noise_floor": float("nan"),
    }  # fmt: skip
    if target.is_constant:
        return [], {**told, "verdict": CONSTANT if len(known) > 1 else FEW}
    if method in SAMPLED and len(known) < len(batch.factors) and target.policy != POLICY:
        return [], {**told, "verdict": FEW}  # nothing small shows among so many factors
    found = _indices(batch, target, points, noise)
    if found is None:
        return [], {**told, "verdict": FEW}
    told |= {"points": found.points, "left_out": len(means) - found.points}
    told |= {"noise_floor": found.floor}
    told["verdict"] = NOISY if noise.share > LARGE_NOISE else DONE
    labels = {**target.labels(), "method": method}
    return ranked([{**labels, **row} for row in found.rows], main_index(method)), told


def _indices(batch: Batch, target: Target, points: Floats, noise: Noise) -> Indices | None:
    """The indices of the batch's method; None with too few points."""
    means, seed = target.means, batch.scenario.seed
    if batch.method == MORRIS:
        return morris_indices(batch.factors, points, means, noise.error, seed)
    if batch.method == SALTELLI:
        return sobol_indices(batch.factors, points, means, noise.share, seed)
    if batch.method in CHANGED:
        start = central_point(batch)
        return factor_effects(
            str(batch.method), batch.factors, start, points,
            _with_central(batch, target), seed,
        )  # fmt: skip
    return sampled_indices(batch.factors, points, means, seed)


def _with_central(batch: Batch, target: Target) -> Floats:
    """Values of the central draw on top of those of the points, (points + 1, replications)."""
    place = batch.outcome_ids.index(target.outcome.id)
    values = batch.values(target.policy, target.world)[CENTRAL_DRAW, :, place]
    if target.kind == "difference":
        values = values - batch.baseline(target.world, target.policy)[CENTRAL_DRAW, :, place]
        if not np.isfinite(values).any():  # levers of size zero: the baseline itself
            values = np.zeros_like(values)
    found: Floats = np.vstack([values, target.values])
    return found


def ranked(rows: list[dict[str, Any]], index: str) -> list[dict[str, Any]]:
    """The rows with the rank of their factor by the size of `index`."""
    main = [(abs(row["value"]), row["factor"]) for row in rows if row["index"] == index]
    known = sorted((one for one in main if np.isfinite(one[0])), key=lambda one: -one[0])
    places = {factor: place for place, (_, factor) in enumerate(known, 1)}
    last = len(places) + 1
    return [{**row, "rank": places.get(row["factor"], last)} for row in rows]


def noise_of(values: Floats) -> Noise:
    """Noise of the point means of values (points, replications), from points that are complete."""
    nothing = Noise(float("nan"), float("nan"), float("nan"))
    kept = np.isfinite(values).any(axis=0)
    whole = values[:, kept]
    whole = whole[np.isfinite(whole).all(axis=1)]
    points, runs = whole.shape
    if points < FEWEST_POINTS or runs < 2:
        return nothing
    between = whole.mean(axis=1).var(ddof=1)
    within = whole.var(axis=1, ddof=1).mean() / runs
    rest = whole - whole.mean(axis=1, keepdims=True) - whole.mean(axis=0) + whole.mean()
    paired = (rest**2).sum() / ((points - 1) * (runs - 1)) / runs
    if between <= 0.0:
        return nothing
    return Noise(
        min(float(paired / between), 1.0), min(float(within / between), 1.0), float(paired**0.5)
    )
