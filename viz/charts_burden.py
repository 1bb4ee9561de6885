"""Burden sharing: military spending as a share of GDP, over time and against size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from viz.bands import MIDDLE, bands, with_time
from viz.marks import Label, end_labels, headroom, line_and_band, point_labels, time_axis
from viz.page import (
    SIPRI_SPENDING,
    About,
    digits,
    empty,
    legend_strip,
    page,
    percent,
    percent_axis,
    title,
    years_label,
)
from viz.theme import FAINT, INK, SOFT, nation_style

BURDEN, RANK = "burden", "burden_rank_correlation"
LARGEST = 8
LAST_YEARS = 5
HALF_YEAR = 0.5
DECADE = 10.0
NOTABLE = 0.3  # a rank correlation below it is called no relation


def burden_sharing(
    series: pd.DataFrame, outcomes: pd.DataFrame, recorded: pd.DataFrame, about: About
) -> Figure:
    """Burden of the largest buyers over time, and burden against GDP of all buyers.

    Args:
        series: the tidy quarterly series of all runs.
        outcomes: one row per run and outcome, for the rank correlation in the headline.
        recorded: `viz.observed.recorded_burdens`.
        about: the runs.
    """
    recorded = recorded[recorded["year"] < about.end]
    rows = yearly_burdens(series, recorded)
    last_year = int(recorded["year"].max())
    projected = ", then the pledges" if about.end > last_year + 1 else ""
    figure = page(
        burden_headline(rows, outcomes, recorded, about),
        f"Military spending of {about.buyers} allied and partner buyers. To {last_year} the model "
        f"follows the smoothed data{projected}. {about.ensemble}",
        SIPRI_SPENDING,
    )
    _legend(figure, last_year, about)
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1])
    over_time(left, rows, recorded, about)
    labels, others = against_size(right, rows, recorded, about)
    end_labels(left, _ends(rows, largest(recorded)))
    point_labels(right, labels, others, size=10.0)
    return figure


def yearly_burdens(series: pd.DataFrame, recorded: pd.DataFrame) -> pd.DataFrame:
    """Burdens of the recorded nations in the middle of each year."""
    chosen = (series["outcome"] == BURDEN) & series["entity"].isin(recorded["entity"])
    rows = with_time(series[chosen])
    return rows[rows["time"] % 1.0 == HALF_YEAR]


def largest(recorded: pd.DataFrame) -> list[str]:
    """The buyers with the largest GDP in the last year of the data, the largest first."""
    last = recorded[recorded["year"] == recorded["year"].max()]
    return list(last.nlargest(LARGEST, "gdp")["entity"])


def over_time(ax: Axes, rows: pd.DataFrame, recorded: pd.DataFrame, about: About) -> None:
    """Lines and bands of the largest buyers with the data as points."""
    shown = largest(recorded)
    found = bands(rows[rows["entity"].isin(shown)], ["entity", "time"])
    for iso3 in reversed(shown):
        style = nation_style(iso3)
        line_and_band(ax, found[found["entity"] == iso3], style, width=2.2)
        data = recorded[recorded["entity"] == iso3]
        ax.scatter(
            data["year"] + HALF_YEAR, data["burden"], s=22, marker=style.marker,
            facecolor="white", edgecolor=style.colour, linewidth=1.2, zorder=4,
        )  # fmt: skip
    title(ax, f"The {len(shown)} largest by GDP" if len(shown) < about.buyers else "All buyers")
    ax.set_ylabel("burden: military spending / GDP")
    percent_axis(ax.yaxis)
    headroom(ax)
    time_axis(ax, about)


def _ends(rows: pd.DataFrame, shown: list[str]) -> list[tuple[float, str, str]]:
    last = rows[rows["time"] == rows["time"].max()].groupby("entity")["value"].median()
    return [
        (float(last[iso3]), nation_style(iso3).label, nation_style(iso3).colour) for iso3 in shown
    ]


def against_size(
    ax: Axes, rows: pd.DataFrame, recorded: pd.DataFrame, about: About
) -> tuple[list[Label], list[tuple[float, float]]]:
    """Every buyer's burden against its GDP, recorded and at the end of the runs.

    Returns the labels of the points, the most interesting first, and the points without label.
    """
    data = recorded[recorded["year"] == recorded["year"].max()].set_index("entity")
    title(ax, "Burden against size")
    if len(data) < 2:
        empty(ax, "Burden and size are compared when there are two buyers or more.")
        return [], []
    model = end_burdens(rows, about).reindex(data.index)
    shown = set(largest(recorded))
    labels: list[Label] = []
    for iso3, gdp in data["gdp"].items():
        style = nation_style(str(iso3))
        colour = style.colour if iso3 in shown else SOFT
        before, after = float(data.loc[iso3, "burden"]), float(model[iso3])
        ax.plot([gdp, gdp], [before, after], color=FAINT, linewidth=1.0, zorder=2)
        ax.scatter(gdp, before, s=26, color="white", edgecolor=colour, linewidth=1.2, zorder=3)
        ax.scatter(gdp, after, s=36, color=colour, zorder=4)
        labels.append((float(gdp), after, style.label, colour))
    log_axes(ax, int(recorded["year"].max()))
    labels.sort(key=lambda point: (point[3] == SOFT, -point[1]))
    return labels, list(zip(data["gdp"], data["burden"], strict=True))


def log_axes(ax: Axes, year: int) -> None:
    """Logarithmic axes of GDP in a year and of burden, with few ticks."""
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel(f"GDP of {year}, billion 2024 US$ (log scale)")
    ax.set_ylabel("burden (log scale)")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}".replace(",", " ")))
    percent_axis(ax.yaxis)
    ax.margins(0.12)
    for axis in (ax.xaxis, ax.yaxis):
        low, high = axis.get_view_interval()
        wide = high > DECADE * low
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)) if wide else MaxNLocator(4))
        axis.set_minor_locator(NullLocator())


def end_burdens(rows: pd.DataFrame, about: About) -> pd.Series:
    """Median over runs of each buyer's mean burden in the last five years."""
    late = rows[rows["time"] > about.end - LAST_YEARS]
    return late.groupby(["entity", "replication"])["value"].mean().groupby("entity").median()


def _legend(figure: Figure, last_year: int, about: About) -> None:
    first = max(about.end - LAST_YEARS, about.start)
    dot: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 7, "color": INK}
    handles = [
        Line2D([], [], markerfacecolor="white", label=f"data (right: {last_year})", **dot),
        Line2D([], [], color=INK, linewidth=2.2, label="model"),
        Line2D([], [], label=f"model, mean of {years_label(first, about.end - 1)}", **dot),
    ]
    legend_strip(figure, handles)


def recorded_rank(recorded: pd.DataFrame) -> float:
    """Spearman correlation of burden with GDP over buyers in the last year; NaN below three."""
    last = recorded[recorded["year"] == recorded["year"].max()]
    if len(last) < 3:
        return float("nan")
    return float(last["burden"].rank().corr(last["gdp"].rank()))


def burden_headline(
    rows: pd.DataFrame, outcomes: pd.DataFrame, recorded: pd.DataFrame, about: About
) -> str:
    """Whether the large carry more, or, with few buyers, what the largest one carries."""
    last_year = int(recorded["year"].max())
    now = recorded_rank(recorded)
    then = float(outcomes.loc[outcomes["outcome"] == RANK, "value"].quantile(MIDDLE))
    if np.isfinite(now) and np.isfinite(then):
        if abs(then) < NOTABLE:
            says = "The size of an economy says little about its burden"
        else:
            says = f"{'Larger' if then > 0 else 'Smaller'} economies carry the larger burden"
        return (
            f"{says}: rank correlation {digits(then)} in the model, {digits(now)} in the data "
            f"of {last_year}"
        )
    one = largest(recorded)[0]
    end = rows[(rows["entity"] == one) & (rows["time"] == rows["time"].max())]["value"].median()
    data = recorded[(recorded["entity"] == one) & (recorded["year"] == last_year)]["burden"]
    return (
        f"{nation_style(one).label} spends {percent(end)} of GDP on defence at the end of the "
        f"runs; {percent(data.iloc[0])} in the data of {last_year}"
    )
