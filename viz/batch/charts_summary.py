"""Levels of the headlines by policy: medians and 90 % ranges over runs, and over draws."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.analysis.analysis import Analysis
from experiments.analysis.summary import CENTRAL, DRAWS
from experiments.batch.read import Batch
from experiments.runner import POLICY
from viz.batch.words import policy_title, with_headlines
from viz.page import empty, legend_strip, title
from viz.policy_marks import (
    LABEL_SIZE,
    SMALL_SIZE,
    STEPS,
    TICKS,
    place_rows,
    row_labels,
    sheet,
)
from viz.policy_words import PER_CENT, counted, fold, is_share, scale_of, years_of
from viz.theme import BLUE, GREY

PANEL_INCHES, NARROW_INCHES = 1.35, 1.1
LOOKS = {CENTRAL: (BLUE, "o", -0.12), DRAWS: (GREY, "s", 0.2)}
GAP = 0.09


def levels(batch: Batch, found: Analysis, world: str, policies: list[str]) -> Figure:
    """A row a policy, a panel a headline, of one world."""
    rows = with_headlines(found.summary, found)
    rows = rows[(rows["world"] == world) & rows["policy"].isin(policies)]
    runs = counted(batch.replications, "run", "runs")
    drawn = DRAWS in set(rows["over"])
    text = f"World '{world}', N = {runs} of each with the config as it is: median and 90 % range."
    if drawn:
        points = counted(len(batch.points) - 1, "point", "points")
        text += f" Squares: median and 90 % range over the means of {points} of the design."
    figure = sheet(_headline(rows, policies), f"{text} Outcomes of {years_of(batch.scenario)}.")
    if not len(rows):
        empty(figure.subplots(), "No run has a value.")
        return figure
    if drawn:
        legend_strip(figure, _legend())
    outcomes = list(dict.fromkeys(rows["outcome"]))
    engine: Any = figure.get_layout_engine()
    engine.set(wspace=GAP)
    axes = figure.subplots(1, len(outcomes), squeeze=False, sharey=True)[0]
    for ax, outcome in zip(axes, outcomes, strict=True):
        _panel(ax, rows[rows["outcome"] == outcome], policies)
    place_rows(axes, row_labels([policy_title(batch, name) for name in policies]))
    return figure


def _headline(rows: pd.DataFrame, policies: list[str]) -> str:
    mine = rows[(rows["over"] == CENTRAL) & (rows["policy"] == POLICY) & rows["median"].notna()]
    if not len(mine):
        return "Headlines over the points of the design"
    others = len(policies) - (POLICY in policies)
    text = "The headlines without policy"
    return f"{text} and with {counted(others, 'policy', 'policies')}" if others else text


def _legend() -> list[Line2D]:
    return [
        Line2D([], [], color=colour, marker=marker, linewidth=3, label=label)
        for (colour, marker, _), label in zip(
            LOOKS.values(), ("config as it is, over runs", "over the design"), strict=True
        )
    ]


def _panel(ax: Axes, rows: pd.DataFrame, policies: list[str]) -> None:
    first = rows.iloc[0]
    share = is_share(first["unit"])
    scale = scale_of(first["unit"])
    for _, row in rows[rows["n"] > 0].iterrows():
        colour, marker, shift = LOOKS[row["over"]]
        place = policies.index(row["policy"]) + shift
        ends = [scale * row["low"], scale * row["high"]]
        ax.plot(ends, [place] * 2, color=colour, linewidth=3, zorder=2, solid_capstyle="butt")
        ax.plot(scale * row["median"], place, marker=marker, color=colour, markersize=8, zorder=3)
    ax.margins(x=0.15)
    ax.xaxis.set_major_locator(MaxNLocator(TICKS, min_n_ticks=TICKS, steps=STEPS))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))
    ax.tick_params(axis="x", labelsize=SMALL_SIZE)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    title(ax, fold(str(first["name"]), PANEL_INCHES, LABEL_SIZE, 4, "bold"))
    ax.title.set_fontsize(LABEL_SIZE)
    unit = "per cent" if share and scale == PER_CENT else str(first["unit"])
    ax.set_xlabel(f"{fold(unit, NARROW_INCHES, SMALL_SIZE, 3)}\ncounts {first['clock']}",
                  size=SMALL_SIZE, linespacing=1.25)  # fmt: skip
