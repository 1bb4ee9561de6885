"""Resilience: what the partners keep when a supplier, or an origin of parts, is removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from alliance_abm.quarters import QUARTERS_A_YEAR
from alliance_abm.resilience import KEPT, PARTNERS, RECOVERED
from alliance_abm.world import load_world
from experiments.resilience import ResilienceResults, Row, random_and_worst
from viz.bands import BAND, bands
from viz.marks import line_and_band, rows_axis, spread
from viz.page import MODEL_ALONE, empty, legend_strip, page, percent, percent_axis, title
from viz.theme import BLUE, GREY, INK, LINES, MARKERS, NATION_COLOURS, SOFT, SOURCES, Style

CURVES, MOST_ROWS = 5, 18
ROW_SIZE = 10.5
ROOM = 0.42  # of the years shown, for the names at the ends of the lines
SMALLEST = 1e-9
GAP = 0.042  # of the first panel's height, between those names
Key = tuple[str, str]


def resilience_curves(found: ResilienceResults) -> Figure:
    """Capability kept by quarter for the worst removals, and after a year for all of them."""
    rows = [row for row in found.rows if row["holder"] == PARTNERS and row["kept"] is not None]
    rows.sort(key=lambda row: float(row["kept"]))
    names = nation_names(found)
    figure = page(resilience_headline(rows, names, found), _subtitle(found), MODEL_ALONE)
    if not rows:
        empty(figure.subplots(), "No partner is left that could lose a supplier.")
        return figure
    legend_strip(figure, _legend(rows))
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1.0))
    _curves(left, found.runs[found.runs["holder"] == PARTNERS], rows[:CURVES], names)
    _dots(right, rows, names)
    return figure


def nation_names(found: ResilienceResults) -> dict[str, str]:
    """Names by code."""
    world = load_world(found.scenario.world.nations, found.scenario.world.domains)
    return dict(zip(world.nations, world.names, strict=True))


def label(row: Row, names: dict[str, str]) -> str:
    """What is removed, in words."""
    return names[row["entity"]] + (" (parts)" if row["kind"] == "origin" else "")


def _subtitle(found: ResilienceResults) -> str:
    runs = int(found.runs["replication"].nunique())
    low, high = (f"{100 * share:.0f}" for share in BAND)
    text = (
        f"Partners' capability relative to the same run without the removal in "
        f"{found.removals.at}: nothing from there is delivered, built in or sustained. "
        "The removed nation itself is not counted. "
        f"World '{found.scenario.name}', "
    )
    if runs == 1:
        return f"{text}a single run, so without bands."
    return (
        f"{text}N = {runs} runs: medians; bands hold the {low}–{high} % range of runs, bars 90 %."
    )


def _legend(rows: Sequence[Row]) -> list[Line2D]:
    dot: dict[str, Any] = {"marker": "o", "linestyle": "none", "markersize": 8}
    handles = [Line2D([], [], color=INK, label="kept after a year", **dot)]
    if any(row["nominal"] is not None for row in rows):
        handles.append(
            Line2D([], [], color=INK, markerfacecolor="white", markeredgewidth=1.8, **dot,
                   label="by seller alone: its parts in others' products stay")
        )  # fmt: skip
    handles.append(
        Line2D([], [], color=SOFT, linewidth=1.4, linestyle=LINES[1],
               label=f"{percent(RECOVERED)}: counts as recovered")
    )  # fmt: skip
    return handles


def _style(place: int, row: Row) -> Style:
    """The United States as elsewhere, others by their place among the worst."""
    if row["entity"] == "USA":
        line = LINES[0] if row["kind"] == "supplier" else LINES[2]
        return Style("", SOURCES["USA"].colour, line, "o")
    colours = [colour for colour in NATION_COLOURS if colour != BLUE]
    return Style("", colours[place % len(colours)], LINES[place % len(LINES)],
                 MARKERS[place % len(MARKERS)])  # fmt: skip


def _curves(ax: Axes, runs: pd.DataFrame, rows: Sequence[Row], names: dict[str, str]) -> None:
    ends, styles = [], []
    for place, row in enumerate(rows):
        style = _style(place, row)
        found = curve_bands(runs, row)
        line_and_band(ax, found, style)
        ends.append(float(found["median"].iloc[-1]))
        styles.append(style)
    last = float(found["time"].iloc[-1])
    ax.plot([0.0, last], [RECOVERED] * 2, color=SOFT, linewidth=1.4, linestyle=LINES[1], zorder=1)
    ax.set_xlim(0.0, last * (1.0 + ROOM))
    ax.set_xticks(np.arange(0.0, last + SMALLEST, 1.0))
    low, high = ax.get_ylim()
    ax.set_ylim(low, max(high, 1.0))
    percent_axis(ax.yaxis)
    gap = GAP * (max(high, 1.0) - low)
    for row, style, end, y in zip(rows, styles, ends, spread(ends, gap, low, high), strict=True):
        ax.annotate(
            f"{label(row, names)} {percent(end)}", (last, end), (last * 1.03, y), va="center",
            color=style.colour, size=ROW_SIZE, weight="bold",
        )  # fmt: skip
    ax.set_xlabel("years after the removal")
    title(ax, f"Capability kept, the {len(rows)} that cost most" if len(rows) > 1
          else "Capability kept")  # fmt: skip


def curve_bands(runs: pd.DataFrame, row: Row) -> pd.DataFrame:
    """Bands over runs of what is kept, by `time` in years from the removal, which keeps all."""
    mine = runs[(runs["kind"] == row["kind"]) & (runs["entity"] == row["entity"])]
    values = mine.filter(regex=f"^{KEPT}").dropna(axis="columns", how="all")
    values.insert(0, f"{KEPT}0", 1.0)
    tidy = values.melt(var_name="time")
    tidy["time"] = tidy["time"].str.removeprefix(KEPT).astype(float) / QUARTERS_A_YEAR
    return bands(tidy, ["time"])


def _dots(ax: Axes, rows: Sequence[Row], names: dict[str, str]) -> None:
    """What is kept after a year: dot and 90 % interval, ring by seller alone."""
    shown = rows[:MOST_ROWS]
    for place, row in enumerate(shown):
        colour = _style(place, row).colour if place < CURVES else GREY
        if row["n"] > 1:
            ax.plot([row["kept_low"], row["kept_high"]], [place] * 2, color=colour, linewidth=5,
                    alpha=0.35, solid_capstyle="butt", zorder=2)  # fmt: skip
        ax.plot(row["kept"], place, marker="o", color=colour, markersize=8, zorder=4)
        if row["nominal"] is not None:
            ax.plot(row["nominal"], place, marker="o", color=colour, markersize=7,
                    markerfacecolor="white", markeredgewidth=1.8, zorder=3)  # fmt: skip
    ax.axvline(1.0, color=INK, linewidth=1.2, zorder=1)
    rows_axis(ax, [label(row, names) for row in shown], ROW_SIZE)
    percent_axis(ax.xaxis)
    ax.margins(x=0.06)
    rest = rows[len(shown) :]
    if rest:
        ax.set_xlabel(f"the other {len(rest)} cost less")
    title(ax, "Kept after a year")


def resilience_headline(
    rows: Sequence[Row], names: dict[str, str], found: ResilienceResults
) -> str:
    """The removal that costs most after a year and at the end, against one at random."""
    if not rows:
        return "No partner could lose a supplier"
    worst = rows[0]
    ends = found.runs[
        (found.runs["holder"] == PARTNERS)
        & (found.runs["kind"] == worst["kind"])
        & (found.runs["entity"] == worst["entity"])
    ].filter(regex=f"^{KEPT}").dropna(axis="columns", how="all")  # fmt: skip
    years = len(ends.columns) / QUARTERS_A_YEAR
    text = f"Without {_the(label(worst, names))} the partners keep {percent(worst['kept'])} of "
    text += f"their capability after a year and {percent(float(np.median(ends.iloc[:, -1])))} "
    text += f"after {years:g} years"
    compared = random_and_worst(rows, PARTNERS)
    if compared is None:
        return text
    return f"{text}; without a supplier at random {percent(compared[0])} after a year"


def _the(name: str) -> str:
    return f"the {name}" if name.startswith("United") else name
