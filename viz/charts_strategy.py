"""Strategies: what nations pursue, and who changed most."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from viz.bands import bands, with_time
from viz.marks import headroom, line_and_band, rows_axis, time_axis
from viz.page import About, empty, legend_strip, page, percent, percent_axis, title
from viz.spans import period_end
from viz.theme import SOFT, STRATEGIES, nation_style

PREFIX = "strategy_"
MOVERS = 8
STEP = 0.24  # of a row, between the marks of the strategies
START = "Weights at the start: assumed, after RAND's examples and a rule; then the model's."
NOTABLE = 0.02  # a mean weight that moves less is said to stand still
ALIKE = 0.5  # of the largest gain or loss: who moves as much is named beside it
PER_CENT = 100.0
TEXT = {
    "sovereignty": "making at home",
    "core": "own industry in core domains only",
    "diversification": "many suppliers",
}


def strategy_shift(series: pd.DataFrame, nations: pd.DataFrame, about: About) -> Figure:
    """Mean weights of the three strategies over time, and the nations that moved most.

    Args:
        series: the tidy quarterly series of all runs.
        nations: `AllianceModel.sovereignty()` of all runs.
        about: the runs.
    """
    what = ", ".join(f"{STRATEGIES[name].label.lower()} ({text})" for name, text in TEXT.items())
    figure = page(
        strategy_headline(nations),
        f"Every nation gives weights to three strategies, in all 100 %: {what}. Left: mean over "
        f"{about.buyers} buyers, each alike. {about.ensemble}",
        START,
    )
    handles = [
        Line2D([], [], color=look.colour, linestyle=look.line, marker=look.marker, markersize=8,
               label=look.label)
        for look in STRATEGIES.values()
    ]  # fmt: skip
    legend_strip(figure, handles)
    left, right = figure.subplots(1, 2, width_ratios=[1.2, 1])
    over_time(left, series, about)
    changes(right, nations, about)
    return figure


def over_time(ax: Axes, series: pd.DataFrame, about: About) -> None:
    """Lines and bands of the mean weights."""
    rows = with_time(series[series["outcome"].str.startswith(PREFIX)])
    found = bands(rows[rows["entity"] == "world"], ["outcome", "time"])
    for name, look in STRATEGIES.items():
        line_and_band(ax, found[found["outcome"] == PREFIX + name], look)
    title(ax, "Mean weight")
    ax.set_ylabel("weight")
    percent_axis(ax.yaxis)
    headroom(ax)
    time_axis(ax, about)


def weight_changes(nations: pd.DataFrame) -> pd.DataFrame:
    """Change of weights from the end of the first period to that of the last.

    Bands over runs by iso3 and strategy; empty where there is one period alone.
    """
    names = list(dict.fromkeys(nations["period"]))
    tidy = nations.melt(
        ["replication", "iso3", "period"], [PREFIX + name for name in STRATEGIES], "strategy"
    )
    tidy["strategy"] = tidy["strategy"].str.removeprefix(PREFIX)
    wide = tidy.pivot(index=["iso3", "strategy", "replication"], columns="period", values="value")
    if len(names) < 2:
        wide = wide[:0]
    change = (wide[names[-1]] - wide[names[0]]).rename("value").reset_index()
    return bands(change, ["iso3", "strategy"])


def movers(found: pd.DataFrame, count: int = MOVERS) -> list[str]:
    """Nations whose median weights moved most, the first most."""
    moved = found.assign(size=found["median"].abs()).groupby("iso3")["size"].sum()
    moved = moved.sort_index().sort_values(ascending=False, kind="stable")
    return [str(name) for name in moved.index[:count]]


def changes(ax: Axes, nations: pd.DataFrame, about: About) -> None:
    """Change of each weight of the nations that moved most, with its band."""
    found = weight_changes(nations)
    shown = movers(found)
    some = 0 < len(shown) < about.buyers
    title(ax, f"The {len(shown)} that moved most" if some else "By nation")
    if not shown:
        empty(ax, "Weights are compared when a run covers two periods of five years.")
        return
    names = list(dict.fromkeys(nations["period"]))
    for step, (name, look) in zip((-STEP, 0.0, STEP), STRATEGIES.items(), strict=True):
        rows = found[found["strategy"] == name].set_index("iso3").loc[shown]
        places = np.arange(len(shown)) + step
        ax.hlines(places, rows["low"], rows["high"], color=look.colour, linewidth=2.2, zorder=3)
        ax.scatter(rows["median"], places, s=52, color=look.colour, marker=look.marker, zorder=4)
    ax.axvline(0.0, color=SOFT, linewidth=1.2, zorder=1)
    rows_axis(ax, [nation_style(name).label for name in shown])
    first, last = period_end(names[0]), period_end(names[-1])
    ax.set_xlabel(f"change {first}–{last}, percentage points")
    ax.xaxis.set_major_formatter(lambda value, _: signed(PER_CENT * value))


def signed(points: float) -> str:
    """A change in points with its sign.

    >>> signed(5.0), signed(-2.5), signed(0.0)
    ('+5', '−2.5', '0')
    """
    return f"{points:+.3g}".replace("-", "−") if abs(points) > 1e-9 else "0"


def any_clear(found: pd.DataFrame) -> bool:
    """Does some nation's change of a weight have an interval without zero?

    A single run has no interval, and its changes are taken as they are.
    """
    clear = (found["low"] > 0.0) | (found["high"] < 0.0) | (found["n"] == 1)
    return bool(clear.any())


def strategy_headline(nations: pd.DataFrame) -> str:
    """Which strategies gain weight and which lose it, from the first period to the last."""
    columns = [PREFIX + name for name in STRATEGIES]
    means = nations.groupby(["period", "replication"], sort=False)[columns].mean()
    medians = (
        means.groupby("period", sort=False)
        .median()
        .rename(columns=lambda name: name.removeprefix(PREFIX))
    )
    first, last = medians.iloc[0], medians.iloc[-1]
    change = last - first
    parts = [f"{STRATEGIES[name].label.lower()} {percent(last[name])}" for name in STRATEGIES]
    if change.abs().max() < NOTABLE:
        return "Strategies hardly move: mean weights stay at " + ", ".join(parts)
    if not any_clear(weight_changes(nations)):
        return (
            "Strategies hardly move: no nation's change stands out from the spread of runs; mean "
            "weights end at " + ", ".join(parts)
        )
    moves = {
        name: f"{STRATEGIES[name].label.lower()} ({percent(first[name])} → {percent(last[name])})"
        for name in STRATEGIES
    }
    up, down = (
        [moves[name] for name in STRATEGIES if sign * change[name] >= ALIKE * most]
        for sign, most in ((1.0, change.max()), (-1.0, -change.min()))
    )
    return (
        f"From {period_end(medians.index[0])} to {period_end(medians.index[-1])} nations turn from "
        f"{' and '.join(down).replace('(', '(mean weight ', 1)} to {' and '.join(up)}"
    )
