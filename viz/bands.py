"""Medians and bands over runs, from tidy frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alliance_abm.measures import ROUNDING
from alliance_abm.quarters import QUARTERS_A_YEAR, Quarter

BAND = (0.1, 0.9)
MIDDLE = 0.5


def bands(frame: pd.DataFrame, by: Sequence[str], value: str = "value") -> pd.DataFrame:
    """Median and 10 and 90 % quantiles over runs, for each combination of `by`.

    Columns: those of `by`, then low, median, high, n. Missing values are left out; an infinite
    value (not seen to end) counts as larger than all others, and figures that would be infinite
    are missing.
    """
    values = frame.dropna(subset=[value]).groupby(list(by))[value]
    levels = {"low": BAND[0], "median": MIDDLE, "high": BAND[1]}
    method = "linear" if np.isfinite(frame[value]).all() else "nearest"
    found = pd.DataFrame(
        {name: values.quantile(level, interpolation=method) for name, level in levels.items()}
    )
    found = found.replace(np.inf, np.nan).assign(n=values.count())
    return found.reset_index()


def with_time(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with `time`, the decimal year at which its `quarter` ends.

    >>> with_time(pd.DataFrame({"quarter": ["2010Q1", "2024Q4"]})).time.tolist()
    [2010.25, 2025.0]
    """
    labels = {label: _end(label) for label in frame["quarter"].unique()}
    return frame.assign(time=frame["quarter"].map(labels).astype(float))


def _end(label: str) -> float:
    quarter = Quarter.parse(label)
    return quarter.year + (quarter % QUARTERS_A_YEAR + 1) / QUARTERS_A_YEAR


def survival(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Kaplan–Meier curves of life tables: the share of orders still open after so many quarters.

    Args:
        table: columns of `by`, quarters, delivered, orders (`alliance_abm.waiting`).

    Returns:
        One row per combination of `by`, one column per quarter from 0; missing once all orders
        left were seen no longer.
    """
    counts = table.groupby([*by, "quarters", "delivered"])["orders"].sum().unstack(fill_value=0)
    counts = counts.reindex(columns=[False, True], fill_value=0)
    width = range(int(table["quarters"].max()) + 1 if len(table) else 1)
    both = [counts[name].unstack("quarters", fill_value=0) for name in (True, False)]
    ended, left = (part.reindex(columns=width, fill_value=0) for part in both)
    leaving = (ended + left).to_numpy(float)
    at_risk = leaving[:, ::-1].cumsum(axis=1)[:, ::-1]
    hazard = np.divide(ended, at_risk, out=np.zeros_like(at_risk), where=at_risk > 0.0)
    alive = np.cumprod(1.0 - hazard, axis=1)
    alive[(at_risk == 0.0) & (alive > 0.0)] = np.nan
    return pd.DataFrame(alive, index=ended.index, columns=pd.Index(width, name="quarters"))


def curve_bands(curves: pd.DataFrame) -> pd.DataFrame:
    """Bands over runs of survival curves by group (levels group, replication), with `time`.

    A group's curve ends with the first of its runs that is no longer observed.
    """
    tidy = curves.reset_index().melt(["group", "replication"], var_name="quarters")
    tidy["time"] = tidy["quarters"].astype(float) / QUARTERS_A_YEAR
    found = bands(tidy, ["group", "time"])
    return found[found["n"] == found.groupby("group")["n"].transform("max")]


def median_years(curves: pd.DataFrame) -> pd.Series:
    """Median wait in years of each curve; infinite when fewer than half are seen to end."""
    alive = curves.to_numpy()
    reached = alive <= MIDDLE + ROUNDING
    first = np.where(reached.any(axis=1), reached.argmax(axis=1) / QUARTERS_A_YEAR, np.inf)
    return pd.Series(first, index=curves.index, name="value")
