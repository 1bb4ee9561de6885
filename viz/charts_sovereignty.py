"""Sovereignty in its four parts: over time, and whose control changed most."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from viz.bands import bands
from viz.marks import (
    dumbbell,
    end_labels,
    headroom,
    line_and_band,
    ring_and_dot,
    rows_axis,
    time_axis,
)
from viz.page import About, empty, legend_strip, page, percent, percent_axis, title
from viz.spans import YEAR, dashed, reported_periods, run_means, spans, yearly
from viz.theme import CONTROL, INK, nation_style

PREFIX = "sovereignty_"
INDEX = "index"
MOVERS = 12


def sovereignty_parts(series: pd.DataFrame, nations: pd.DataFrame, about: About) -> Figure:
    """The four parts of sovereignty over time, and the nations whose index changed most.

    Args:
        series: the tidy quarterly series of all runs.
        nations: `AllianceModel.sovereignty()` of all runs.
        about: the runs.
    """
    figure = page(
        sovereignty_headline(series, about),
        "Control of development, production, sustainment (upkeep) and employment (free use) that "
        "each way of buying leaves the buyer, less the foreign content of what it makes itself. "
        f"Left: {about.buyers} buyers together, by year. {about.ensemble}",
        "Control by way of buying: assumed by this project.",
    )
    _legend(figure, [dashed(name) for name in reported_periods(nations, about)])
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1])
    ends = over_time(left, series, about)
    index_changes(right, nations, about)
    end_labels(left, ends)
    return figure


def _legend(figure: Figure, periods: list[str]) -> None:
    handles = [
        Line2D([], [], color=look.colour, linestyle=look.line, label=look.label)
        for look in CONTROL.values()
    ]
    legend_strip(figure, [*handles, *ring_and_dot(periods)])


def over_time(ax: Axes, series: pd.DataFrame, about: About) -> list[tuple[float, str, str]]:
    """Lines and bands by year; returns what is to be written at their ends."""
    title(ax, "Control of what was delivered")
    chosen = series[series["outcome"].str.startswith(PREFIX) & (series["entity"] == "world")]
    rows = yearly(chosen, about).dropna(subset=["value"])
    rows = rows.assign(time=rows["time"] - YEAR / 2)
    found = bands(rows, ["outcome", "time"])
    if found["time"].nunique() < 2:
        empty(ax, "Control is followed when something was delivered in two whole years.")
        return []
    ends = []
    for part, look in CONTROL.items():
        mine = found[found["outcome"] == PREFIX + part]
        line_and_band(ax, mine, look, width=3.2 if part == INDEX else 2.4)
        last = float(mine["median"].iloc[-1])
        ends.append((last, percent(last), look.colour))
    ax.set_ylabel("share of volume")
    percent_axis(ax.yaxis)
    headroom(ax)
    time_axis(ax, about)
    return ends


def shown_nations(nations: pd.DataFrame, medians: pd.DataFrame, names: list[str]) -> list[str]:
    """Nations whose index changed most between two periods, from gain to loss.

    With one period, those with the largest deliveries, from the highest index down.
    """
    change = medians[names[-1]] - medians[names[0]]
    size, order = change.abs(), change
    if len(names) == 1:
        volume = nations[nations["period"] == names[0]].groupby("iso3")["volume"].median()
        size, order = volume.reindex(medians.index), medians[names[0]]
    most = size.sort_values(ascending=False, kind="stable").index[:MOVERS]
    return [str(name) for name in order[most].sort_values(ascending=False, kind="stable").index]


def index_changes(ax: Axes, nations: pd.DataFrame, about: About) -> None:
    """The index of the nations that changed most, in the first and in the last years."""
    found = bands(nations, ["period", "iso3"], INDEX).set_index(["period", "iso3"])
    names = reported_periods(nations, about)
    medians = found["median"].unstack("period").reindex(columns=names).dropna()
    shown = shown_nations(nations, medians, names)
    which = "that changed most" if len(names) > 1 else "with the largest deliveries"
    some = 0 < len(shown) < about.buyers
    title(ax, f"The {len(shown)} {which}" if some else "By nation")
    if not shown:
        empty(ax, "No nation had deliveries in the years shown.")
        return
    for place, name in enumerate(shown):
        row: Any = medians.loc[name]
        band: Any = found.loc[(names[-1], name)]
        dumbbell(ax, place, (row[names[0]], row[names[-1]]), (band["low"], band["high"]), INK)
    rows_axis(ax, [nation_style(name).label for name in shown])
    percent_axis(ax.xaxis)
    text = "mean of the four parts"
    ax.set_xlabel(f"{text}, median and 10–90 %" if about.runs > 1 else text)


def sovereignty_headline(series: pd.DataFrame, about: About) -> str:
    """How much buyers control in the last years, most and least, and whether that changed."""
    chosen = series[series["outcome"].str.startswith(PREFIX) & (series["entity"] == "world")]
    means = run_means(chosen, about).dropna(subset=["value"])
    if means.empty:
        return "Nothing was delivered in a whole year of these runs"
    medians = means.groupby(["span", "outcome"], sort=False)["value"].median().unstack("outcome")
    medians = medians.rename(columns=lambda name: name.removeprefix(PREFIX))
    labels = [label for label in spans(about) if label in medians.index]
    last: Any = medians.loc[labels[-1]]
    first: Any = medians.loc[labels[0]]
    parts = last.drop(INDEX)
    least, most = str(parts.idxmin()), str(parts.idxmax())
    text = f"Buyers control {percent(last[INDEX])} of what is delivered in {labels[-1]}"
    if len(labels) > 1:
        text += f" ({percent(first[INDEX])} in {labels[0]})"
    return f"{text}: {percent(last[least])} of its {least}, {percent(last[most])} of its {most}"
