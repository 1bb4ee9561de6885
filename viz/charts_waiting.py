"""Waiting: months in administration by stage, and years from request to first delivery by route."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from alliance_abm.desks import STAGE_IDS, STAGE_NAMES
from alliance_abm.measures import DAYS_PER_MONTH
from alliance_abm.outcomes import WINDOW_END, WINDOW_START
from alliance_abm.waiting import REQUEST
from experiments.targets import Target
from viz.bands import BAND, bands, curve_bands, median_years, survival
from viz.marks import headroom, line_and_band, slim, time_axis
from viz.page import About, digits, empty, legend_strip, page, percent_axis, title, years_label
from viz.theme import INK, ROUTES, SOFT, STAGES

SHOWN_YEARS = 8
FMS_SOURCE = (
    "Months of Foreign Military Sales: Center for Strategic and International Studies (2024)."
)
WAYS = {
    "fms": "Foreign Military Sales",
    "dcs": "Direct Commercial Sales",
    "third_party_friendly": "friendly third parties",
    "domestic": "own industry",
}
Years = tuple[int, int]


def waiting_times(
    stages: pd.DataFrame, waits: pd.DataFrame, recorded: Target, about: About
) -> Figure:
    """Months by stage of administration, and years from request to first delivery, by route.

    Args:
        stages: `AllianceModel.stages()` of all runs.
        waits: `AllianceModel.waits()` of all runs.
        recorded: months from request to contract of Foreign Military Sales, with window and band.
        about: the runs.
    """
    years, past = measured_years(about), window_years(recorded.window)
    asked = waits[waits["clock"] == REQUEST]
    both = bool(len(stages)) and stages["year"].min() <= past[1] < years[0]
    figure = page(
        waiting_headline(asked, years),
        f"Requests of {about.buyers} allied and partner buyers that were not refused; those "
        f"open at the end of a run count as waiting until then (Kaplan–Meier). "
        f"{about.ensemble}",
        *([FMS_SOURCE] if both else []),
    )
    if stages.empty or asked.empty:
        empty(figure.subplots(), "Nothing was contracted in these runs.")
        return figure
    _stage_legend(figure, stages, both)
    first = "past" if both else "late"
    axes = figure.subplot_mosaic([[first, "open"], ["late", "time"]], width_ratios=[1, 1.15])
    months_by_stage(axes["late"], stages, years)
    if both:
        months_by_stage(axes["past"], stages, past, recorded)
        axes["late"].sharex(axes["past"])
    open_requests(axes["open"], asked, years)
    medians_over_time(axes["time"], asked, about)
    return figure


def window_years(window: str) -> Years:
    """First and last year of a window.

    >>> window_years("2015-24")
    (2015, 2024)
    """
    first, last = window.split("-")
    return int(first), int(first[: -len(last)] + last)


def measured_years(about: About) -> Years:
    """First and last year averaged over: those of the outcomes, or the reported part before."""
    last = min(WINDOW_END.year, int(about.end) - 1)
    if last >= WINDOW_START.year:
        return WINDOW_START.year, last
    return min(int(np.ceil(about.report_from)), last), last


def run_months(stages: pd.DataFrame, years: Years) -> pd.DataFrame:
    """Mean months by route and replication (rows) and stage (columns), contracts of `years`."""
    rows = stages[stages["year"].between(*years)]
    sums = rows.groupby(["route", "replication", "stage"])[["days", "orders"]].sum()
    months = (sums["days"] / sums["orders"] / DAYS_PER_MONTH).unstack(fill_value=0)
    return months.reindex(columns=list(STAGE_IDS), fill_value=0.0)


def months_by_stage(
    ax: Axes, stages: pd.DataFrame, years: Years, recorded: Target | None = None
) -> None:
    """Stacked bars of mean months by stage, one bar a route, with the total and its band."""
    title(ax, f"Request to contract, {years_label(*years)}")
    runs = run_months(stages, years)
    table = runs.groupby("route").mean()
    shown = [route for route in ROUTES if route in table.index]
    if not shown:
        empty(ax, f"Nothing was contracted in {years_label(*years)}.")
        return
    places = np.arange(len(shown))[::-1]
    left = np.zeros(len(shown))
    for stage in STAGE_IDS:
        months = table.loc[shown, stage].to_numpy(float)
        colour, hatch = STAGES[stage]
        ax.barh(places, months, left=left, height=0.62, color=colour, hatch=hatch,
                edgecolor="white", linewidth=0.8)  # fmt: skip
        left += months
    totals = runs.sum(axis=1).groupby("route").quantile(np.array(BAND)).unstack().loc[shown]
    many = runs.index.get_level_values("replication").nunique() > 1
    ends = left.copy()
    if recorded and shown[0] == "fms":
        ends[0] = max(left[0], _mark_recorded(ax, recorded, places[0]))
    for place, end, total, (low, high) in zip(places, ends, left, totals.to_numpy(), strict=True):
        band = f" ({digits(low)}–{digits(high)})" if many else ""
        ax.annotate(
            digits(total) + band, (end, place), xytext=(5, 0), textcoords="offset points",
            va="center", weight="bold", size=11,
        )  # fmt: skip
    ax.set_yticks(places, [ROUTES[route].label for route in shown])
    ax.set_xlabel("mean months (10–90 % of runs)" if many else "mean months")
    ax.set_xlim(0.0, max(ends.max(), 1e-9) * 1.42)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    ax.tick_params(axis="y", length=0)
    slim(ax, len(shown))


def _mark_recorded(ax: Axes, recorded: Target, place: float) -> float:
    """Draw the recorded level and its band; returns where the marks end."""
    low = recorded.value if recorded.low is None else recorded.low
    high = recorded.value if recorded.high is None else recorded.high
    for colour, extra in (("white", 2.5), (INK, 0.0)):
        ax.plot([low, high], [place] * 2, color=colour, linewidth=1.6 + extra, zorder=5)
        ax.plot(
            [recorded.value] * 2, [place - 0.42, place + 0.42], color=colour,
            linewidth=3.5 + extra, zorder=5, solid_capstyle="butt",
        )  # fmt: skip
    return high


def _stage_legend(figure: Figure, stages: pd.DataFrame, with_data: bool) -> None:
    spent = stages.groupby("stage")["days"].sum()
    handles: list[Any] = [
        Patch(facecolor=STAGES[stage][0], hatch=STAGES[stage][1], edgecolor="white", label=name)
        for stage, name in zip(STAGE_IDS, STAGE_NAMES, strict=True)
        if spent.get(stage, 0) > 0
    ]
    if with_data:
        handles.append(
            Line2D([], [], color=INK, linewidth=1.6, marker="|", markersize=14,
                   markeredgewidth=3.5, label="data with band")
        )  # fmt: skip
    legend_strip(figure, handles)


def open_requests(ax: Axes, asked: pd.DataFrame, years: Years) -> None:
    """The share of requests without a first delivery, by years since the request."""
    rows = asked[asked["year"].between(*years)]
    title(ax, f"Waiting for a first delivery, requests of {years_label(*years)}")
    if rows.empty:
        empty(ax, f"Nothing was requested in {years_label(*years)}.")
        return
    found = curve_bands(survival(rows, ["group", "replication"]))
    handles = []
    for route, style in ROUTES.items():
        mine = found[found["group"] == route]
        if len(mine):
            line_and_band(ax, mine, style, shade=0.12)
            handles.append(Line2D([], [], color=style.colour, ls=style.line, label=style.label))
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=2.8)
    percent_axis(ax.yaxis)
    ax.set_ylabel("share waiting")
    ax.set_xlabel("years since the request")
    ax.set_xlim(0.0, SHOWN_YEARS)
    ax.set_ylim(0.0, 1.02)
    ax.axhline(0.5, color=SOFT, linewidth=1.0, linestyle=(0, (2, 2)))


def yearly_medians(asked: pd.DataFrame) -> pd.DataFrame:
    """Median wait in years by route and year of the request: bands over runs, with `time`."""
    curves = survival(asked, ["group", "year", "replication"])
    found = bands(median_years(curves).reset_index(), ["group", "year"])
    return found.dropna(subset=["median"]).assign(time=lambda frame: frame["year"] + 0.5)


def medians_over_time(ax: Axes, asked: pd.DataFrame, about: About) -> None:
    """Median years from request to first delivery by year of the request."""
    found = yearly_medians(asked)
    for route, style in ROUTES.items():
        line_and_band(ax, found[found["group"] == route], style, width=2.0, shade=0.10)
    title(ax, "Median wait, by year of the request")
    if found.empty:
        empty(ax, "In no year was half of the requests seen to be delivered.")
        return
    ax.set_ylabel("years")
    headroom(ax)
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    time_axis(ax, about, narrow=True)


def route_medians(asked: pd.DataFrame, years: Years) -> pd.Series:
    """Median wait in years by route for requests of `years`: the median over runs."""
    rows = asked[asked["year"].between(*years)]
    if rows.empty:
        return pd.Series(dtype=float)
    found = bands(median_years(survival(rows, ["group", "replication"])).reset_index(), ["group"])
    return found.set_index("group")["median"]


def waiting_headline(asked: pd.DataFrame, years: Years) -> str:
    """The median wait of Foreign Military Sales beside the other routes."""
    medians = route_medians(asked, years).dropna() if len(asked) else pd.Series(dtype=float)
    if not set(medians.index) & set(WAYS):
        return "No request was seen to be delivered in the years shown"
    parts = [f"{way} {digits(medians[name])}" for name, way in WAYS.items() if name in medians]
    return f"Median years to a first delivery, {years_label(*years)}: {', '.join(parts)}"
