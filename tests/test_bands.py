"""Bands over runs, survival curves and broken lines are what they are said to be."""

from __future__ import annotations

import numpy as np
import pandas as pd

from viz.bands import bands, median_years, survival
from viz.page import wrapped


def test_bands_are_quantiles_over_runs():
    """Median and 10 and 90 % quantiles; what is not seen to end counts as longest."""
    frame = pd.DataFrame({"x": 0, "value": [float(v) for v in range(11)]})
    assert bands(frame, ["x"]).loc[0, ["low", "median", "high", "n"]].tolist() == [1, 5, 9, 11]
    frame["value"] = [1.0, 2.0, np.inf, np.inf, np.inf, np.nan, 1.0, 1.0, 1.0, 1.0, 1.0]
    row = bands(frame, ["x"]).iloc[0]
    assert (row["median"], row["n"]) == (1.0, 10)
    assert np.isnan(row["high"])


def test_a_survival_curve_is_kaplan_and_meiers():
    """Two of four delivered after one quarter, one open since then, the last after three."""
    table = pd.DataFrame(
        {
            "group": "a",
            "quarters": [1, 1, 3],
            "delivered": [True, False, True],
            "orders": [2, 1, 1],
        }
    )
    curve = survival(table, ["group"])
    assert curve.loc["a"].tolist() == [1.0, 0.5, 0.5, 0.0]
    assert median_years(curve)["a"] == 0.25
    open_only = table.assign(delivered=False)
    assert survival(open_only, ["group"]).loc["a"].tolist() == [1.0, 1.0, 1.0, 1.0]
    assert median_years(survival(open_only, ["group"]))["a"] == np.inf


def test_a_wrapped_text_keeps_its_words():
    """Lines are broken at spaces alone, never inside a number with its unit."""
    text = " ".join([f"{number}\u00a0%" for number in range(60)])
    lines = wrapped(text, 20.0, "bold").split("\n")
    assert len(lines) > 1
    assert " ".join(lines) == text
