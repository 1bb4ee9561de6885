"""Dependence: what stocks owe to others by seller, and by the origin of their components."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from viz.bands import bands
from viz.marks import dumbbell, ring_and_dot, rows_axis
from viz.page import SIPRI_TRANSFERS, About, legend_strip, page, percent, percent_axis, title
from viz.spans import dashed, run_means, spans
from viz.theme import BLUE, INK, nation_style

ALL, US = "dependence", "us_dependence"
KINDS = {ALL: ("all foreign origins", INK), US: ("United States", BLUE)}
COLUMNS = [f"{kind}_{how}" for kind in KINDS for how in ("nominal", "content")]
FEW = 10  # nations fit one panel


def dependence(series: pd.DataFrame, nations: pd.DataFrame, about: About) -> Figure:
    """Share of each buyer's stock from abroad and from the United States, by seller and content.

    Args:
        series: the tidy quarterly series of all runs, for the headline.
        nations: `AllianceModel.sovereignty()` of all runs; the last period is drawn.
        about: the runs.
    """
    period = str(nations["period"].iloc[-1])
    figure = page(
        dependence_headline(series, about),
        f"Share of each buyer's stock that comes from abroad in {dashed(period)}, a nation a row, "
        "the most dependent first: by who sold the product, and by where its components were made. "
        f"{about.runs_of_world}; median"
        + (", the faint bar holds the 10–90 % range of runs." if about.runs > 1 else "."),
        "Foreign content: level assumed, origins from the register.",
        SIPRI_TRANSFERS,
    )
    _legend(figure)
    found = nation_bands(nations, period)
    order = found["median"][f"{ALL}_content"].sort_values(ascending=False, kind="stable").index
    columns = 2 if len(order) > FEW else 1
    grid = figure.subplots(1, columns, sharex=True, squeeze=False)[0]
    for ax, names in zip(grid, np.array_split(np.array(order, object), columns), strict=True):
        one_panel(ax, found, [str(name) for name in names])
    if columns == 2:
        title(grid[0], "The more dependent half")
        title(grid[1], "The less dependent half")
    return figure


def nation_bands(nations: pd.DataFrame, period: str) -> pd.DataFrame:
    """Bands over runs of the four shares by iso3 in a period; columns (low…, share)."""
    tidy = nations[nations["period"] == period].melt(["iso3", "replication"], COLUMNS, "share")
    return bands(tidy, ["iso3", "share"]).pivot(
        index="iso3", columns="share", values=["low", "median", "high"]
    )


def one_panel(ax: Axes, found: pd.DataFrame, names: list[str]) -> None:
    """Rows of nations with both pairs of shares."""
    for place, name in enumerate(names):
        row: Any = found.loc[name]
        for kind, (_, colour) in KINDS.items():
            content = f"{kind}_content"
            values = row["median"][f"{kind}_nominal"], row["median"][content]
            dumbbell(ax, place, values, (row["low"][content], row["high"][content]), colour, 7.0)
    rows_axis(ax, [nation_style(name).label for name in names], size=11.0)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(0.0, 1.02)
    percent_axis(ax.xaxis)
    ax.set_xlabel("share of stock")


def _legend(figure: Figure) -> None:
    handles = [
        Line2D([], [], color=colour, linewidth=3, label=label) for label, colour in KINDS.values()
    ]
    legend_strip(figure, [*handles, *ring_and_dot(["by seller", "by origin of components"])])


def dependence_headline(series: pd.DataFrame, about: About) -> str:
    """How much content adds to dependence on abroad and on the United States."""
    rows = series[series["outcome"].isin(COLUMNS) & (series["entity"] == "world")]
    label = list(spans(about))[-1]
    means = run_means(rows, about)
    medians = means[means["span"] == label].groupby("outcome")["value"].median()
    if medians.isna().any() or medians.empty:
        return "No buyer holds any stock"
    return (
        f"{percent(medians['dependence_content'])} of buyers' stock in {label} is foreign by its "
        f"components, {percent(medians['dependence_nominal'])} by its sellers; the U.S. part is "
        f"{percent(medians['us_dependence_content'])} against "
        f"{percent(medians['us_dependence_nominal'])}"
    )
