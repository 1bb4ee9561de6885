"""Differences of policies to the baseline as rows, for whatever made the runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.comparison import DIFFERENCE_COLUMNS
from experiments.paired import holm, paired, replications_needed
from experiments.summaries import HIGH, LOW

if TYPE_CHECKING:
    from alliance_abm.outcome import Outcome

Floats = NDArray[np.float64]


def difference_rows(
    labels: dict[str, Any],
    outcomes: Sequence[Outcome],
    before: Floats,
    after: Floats,
    by_draw: Floats,
    seed: int,
    half_width: float | None,
) -> Iterator[dict[str, Any]]:
    """One row an outcome, with the columns of DIFFERENCE_COLUMNS; `p_holm` is still nan.

    `labels` are policy, policy_title and world; before and after (pairs, outcomes) are runs on
    the same seeds, by_draw (draws, outcomes) the mean differences of parameter draws.
    """
    found = paired(before, after, seed)
    for column, outcome in enumerate(outcomes):
        one = found[column]
        drawn = by_draw[:, column]
        drawn = drawn[np.isfinite(drawn)]
        low, high = np.quantile(drawn, [LOW, HIGH]) if len(drawn) else (np.nan, np.nan)
        yield {
            **labels, "outcome": outcome.id, "name": outcome.name, "unit": outcome.unit,
            "clock": outcome.clock, "headline": outcome.headline, "baseline": one.baseline,
            "difference": one.difference, "low": one.low, "high": one.high, "p": one.p,
            "p_holm": np.nan, "sign_share": sign_share(drawn, one.difference), "n": one.n,
            "replications_needed": replications_needed(one, half_width),
            "variance_ratio": one.variance_ratio, "draws_low": low, "draws_high": high,
        }  # fmt: skip


def difference_table(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The rows as a table, p corrected by Holm over policies and headlines (others) of a world."""
    table = pd.DataFrame(rows, columns=DIFFERENCE_COLUMNS)
    for _, family in table.groupby(["world", "headline"]):
        table.loc[family.index, "p_holm"] = holm(family["p"].to_numpy(float))
    return table


def mean_differences(before: Floats, after: Floats) -> Floats:
    """Mean difference of each draw, (draws, outcomes), nan where no pair of it has a value.

    before and after: (draws, pairs, outcomes).
    """
    apart = after - before
    known = np.isfinite(apart)
    counted = known.sum(axis=1)
    total = np.where(known, apart, 0.0).sum(axis=1)
    return np.divide(total, counted, out=np.full(total.shape, np.nan), where=counted > 0)


def sign_share(by_draw: Floats, central: float) -> float:
    """Share of draws whose difference has the sign of the central one; nan without draws."""
    if not len(by_draw) or not np.isfinite(central):
        return float("nan")
    return float((np.sign(by_draw) == np.sign(central)).mean())
