"""Medians and 90 % intervals of many runs, and how numbers are printed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

LOW, MIDDLE, HIGH = 0.05, 0.5, 0.95
DIGITS = 2
NOTHING = 1e-12  # in whatever unit
RELATIVE_NOTHING = 1e-9  # of the other end of an interval


def summary_rows(outcomes: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows `policy, world, outcome, median, low, high, n`; intervals are 90 % over runs.

    Outcomes stand in the order of the registry. A run without a value (no such event in it) is
    not counted in `n`; without any value the figures are None.
    """
    order = _registry_order()
    rows = []
    for (policy, world, outcome), group in outcomes.groupby(
        ["policy", "world", "outcome"], sort=False
    ):
        values = group["value"].to_numpy(float)
        row = {"policy": policy, "world": world, "outcome": outcome, **interval(values)}
        rows.append(row)
    rows.sort(key=lambda row: order.get(row["outcome"], len(order)))
    return rows


def interval(values: np.ndarray) -> dict[str, Any]:
    """`median, low, high, n` of the finite values."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return {"median": None, "low": None, "high": None, "n": 0}
    low, middle, high = np.quantile(finite, [LOW, MIDDLE, HIGH])
    return {"median": float(middle), "low": float(low), "high": float(high), "n": len(finite)}


def _registry_order() -> dict[str, int]:
    from alliance_abm.outcomes import OUTCOMES

    return {outcome: index for index, outcome in enumerate(OUTCOMES)}


def two_digits(value: float | None) -> str:
    """A number with two significant digits and no exponent; what only rounding left is 0.

    >>> [two_digits(x) for x in (0.4312, 18.23, 1234.0, -0.00512, 0.0, -2.1e-22, None)]
    ['0.43', '18', '1 200', '-0.0051', '0', '0', '–']
    """
    if value is None or not math.isfinite(value):
        return "–"
    if abs(value) < NOTHING:
        return "0"
    places = DIGITS - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    if rounded != 0:
        places = DIGITS - 1 - math.floor(math.log10(abs(rounded)))
    return f"{rounded:,.{max(0, places)}f}".replace(",", " ")


def between(low: float | None, high: float | None) -> str:
    """An interval as printed; an end that is nothing beside the other is 0.

    >>> between(0.391, 0.467), between(3, None), between(None, None), between(-2e-11, 0.3)
    ('0.39 to 0.47', '3.0 or more', '–', '0 to 0.30')
    """
    low, high = (None if end is None or math.isnan(end) else end for end in (low, high))
    if low is None and high is None:
        return "–"
    if high is None:
        return f"{two_digits(low)} or more"
    if low is not None:
        least = RELATIVE_NOTHING * max(abs(low), abs(high))
        low, high = (0.0 if abs(end) < least else end for end in (low, high))
    return f"{two_digits(low)} to {two_digits(high)}"
