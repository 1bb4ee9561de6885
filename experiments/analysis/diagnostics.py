"""Are there enough replications? Half-widths as runs are added, and how many would be needed.

Half-widths are those of a 90 % interval of the mean by Student's t, in the unit of the outcome.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alliance_abm.outcome import Outcome
from experiments.analysis.targets import (
    DIFFERENCE,
    KEYS,
    LEVEL,
    SAME,
    Floats,
    columns,
    in_order,
)
from experiments.libraries import library
from experiments.paired import FEWEST, Paired, replications_needed
from experiments.runner import CENTRAL_DRAW, POLICY
from experiments.summaries import HIGH

if TYPE_CHECKING:
    from experiments.batch.read import Batch

LEVEL_PERCENT = 5.0  # of the mean: half-width wanted of a level
MOST_STEPS = 40  # numbers of runs that a curve is told at
REPLICATION_COLUMNS = [
    *KEYS, "headline", "n", "mean", "half_width", "wanted", "needed", "enough",
]  # fmt: skip
CONVERGENCE_COLUMNS = [*KEYS, "n", "mean", "half_width", "variation"]


def replication_tables(
    batch: Batch, outcomes: Sequence[Outcome], percent: float | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Which outcomes have enough replications, and the curves of the headlines among them.

    Replications (columns REPLICATION_COLUMNS): the half-width that n runs give, the one wanted
    (levels: LEVEL_PERCENT of the mean; differences: a quarter of the difference; or `percent` of
    the mean or the baseline) and the runs `needed` for it, nan where it cannot be told. What is
    the same in every run has enough. Convergence: the same over the first n runs, and `variation`,
    the standard deviation of the first n runs over their mean.
    """
    rows: list[dict[str, Any]] = []
    curves: list[dict[str, Any]] = []
    for labels, outcome, values, baseline in _measures(batch, outcomes):
        rows.append({**labels, **_enough(values, baseline, labels["kind"], percent)})
        if outcome.headline:
            curves += [{**labels, **step} for step in _curve(values)]
    return in_order(rows, REPLICATION_COLUMNS), in_order(curves, CONVERGENCE_COLUMNS)


def _measures(
    batch: Batch, outcomes: Sequence[Outcome]
) -> Iterator[tuple[dict[str, Any], Outcome, Floats, float]]:
    """Labels, outcome, finite values by replication, and the baseline's mean, of central runs."""
    places = columns(batch, outcomes)
    for world in batch.worlds:
        base = batch.values(POLICY, world)[CENTRAL_DRAW][:, places]
        arrays = [(POLICY, LEVEL, base)]
        for policy in batch.policies:
            after = batch.values(policy.name, world)[CENTRAL_DRAW][:, places]
            before = batch.baseline(world, policy.name)[CENTRAL_DRAW][:, places]
            arrays += [(policy.name, LEVEL, after), (policy.name, DIFFERENCE, after - before)]
        for policy_name, kind, found in arrays:
            for place, outcome in enumerate(outcomes):
                values = found[np.isfinite(found[:, place]), place]
                if len(values):
                    labels = {
                        "policy": policy_name, "world": world, "kind": kind,
                        "outcome": outcome.id, "name": outcome.name, "unit": outcome.unit,
                        "headline": outcome.headline,
                    }  # fmt: skip
                    yield labels, outcome, values, _mean(base[:, place])


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _enough(values: Floats, baseline: float, kind: str, percent: float | None) -> dict[str, Any]:
    n, mean = len(values), float(values.mean())
    spread = float(values.std(ddof=1)) if n >= FEWEST else float("nan")
    if spread <= SAME * max(abs(mean), SAME):
        spread = 0.0
    level = LEVEL_PERCENT if percent is None and kind == LEVEL else percent
    against = mean if kind == LEVEL else baseline
    nothing = float("nan")
    one = Paired(n, against, mean, nothing, nothing, nothing, spread, nothing)
    needed = replications_needed(one, level)
    wanted = 0.25 * abs(mean) if level is None else 0.01 * level * abs(against)
    return {
        "n": n, "mean": mean, "half_width": float(half_widths(np.array([spread]), [n])[0]),
        "wanted": wanted, "needed": needed, "enough": bool(spread == 0.0 or n >= needed),
    }  # fmt: skip


def _curve(values: Floats) -> Iterator[dict[str, Any]]:
    """Mean, half-width and variation of the first n runs."""
    if len(values) < FEWEST:
        return
    last = len(values)
    counts = np.unique(np.linspace(FEWEST, last, min(MOST_STEPS, last - 1)).round().astype(int))
    means = np.array([values[:n].mean() for n in counts])
    spreads = np.array([values[:n].std(ddof=1) for n in counts])
    widths = half_widths(spreads, counts)
    never = np.full(len(counts), np.nan)
    variation = np.divide(spreads, np.abs(means), out=never, where=np.abs(means) > SAME)
    for place, n in enumerate(counts):
        yield {
            "n": int(n), "mean": float(means[place]), "half_width": float(widths[place]),
            "variation": float(variation[place]),
        }  # fmt: skip


def half_widths(spreads: Floats, counts: Sequence[int] | Any) -> Floats:
    """Half-width of the 90 % interval of a mean, of each spread over so many runs; nan for one."""
    stats = library("scipy.stats", "analyse")
    n = np.asarray(counts, float)
    quantile = np.full(len(n), np.nan)
    many = n >= FEWEST
    quantile[many] = stats.t.ppf(HIGH, n[many] - 1.0)
    found: Floats = quantile * spreads / np.sqrt(n)
    return found
