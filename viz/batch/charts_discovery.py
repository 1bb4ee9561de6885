"""Where a policy fails: the box of assumptions, and what was traded for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.analysis.analysis import Analysis
from experiments.analysis.discovery import KEYS
from experiments.analysis.words import factor_name
from experiments.batch.read import Batch
from viz.batch.words import ground, policy_title
from viz.page import digits, legend_strip, percent, percent_axis, title
from viz.policy_marks import LABEL_SIZE, SMALL_SIZE, sheet
from viz.policy_words import PER_CENT, Row, cut, fold, mid_sentence
from viz.theme import BLUE, FAINT, GREY, INK, ORANGE, SHADE, SOFT

NAME_INCHES = 3.2
THICK = 0.34
SPARE, FEW_ROWS = 0.8, 4
LABELLED = (0.02, 0.98)  # of the range: a limit nearer to an end is written inside


def failing_box(batch: Batch, found: Analysis, row: Row) -> Figure:
    """The limits of a box on the ranges of its factors; coverage against density of all steps."""
    limits, steps = (_mine(table, row) for table in (found.limits, found.steps))
    share = row["failing"] / row["points"]
    figure = sheet(
        discovery_headline(batch, row),
        f"{ground(batch, row['world'])} The policy fails where {row['fails_when']}: at "
        f"{row['failing']} of {row['points']} points ({PER_CENT * share:.0f} %). Left: the box of "
        "assumptions in which it fails most (PRIM), on the range that was varied. Right: every "
        "step of the search.",
    )
    legend_strip(figure, _legend())
    axes = figure.subplots(1, 2, width_ratios=(1.5, 1.0))
    _box(axes[0], limits)
    _steps(axes[1], steps, share)
    return figure


def _mine(table: pd.DataFrame, row: Row) -> pd.DataFrame:
    for key in KEYS:
        table = table[table[key] == row[key]]
    return table


def discovery_headline(batch: Batch, row: Row) -> str:
    """How surely the policy fails inside the box."""
    name = cut(policy_title(batch, row["policy"]), 44)
    under = "these assumptions" if row["restricted"] > 1 else "this assumption"
    return (
        f"{name} fails for {mid_sentence(row['name'])} at {percent(row['density'])} of points "
        f"under {under}"
    )


def _legend() -> list[Any]:
    return [
        Patch(facecolor=SHADE, edgecolor=FAINT, label="range that was varied"),
        Patch(facecolor=BLUE, label="inside the box"),
        Line2D([], [], color=ORANGE, marker="D", linestyle="none", label="box shown"),
        Line2D([], [], color=GREY, marker="o", linestyle="none", label="other steps"),
    ]


def _box(ax: Axes, limits: pd.DataFrame) -> None:
    rows = limits.to_dict("records")
    for place, row in enumerate(rows):
        bottom, wide = row["range_low"], row["range_high"] - row["range_low"]
        ends = [
            ((row[key] if np.isfinite(row[key]) else row[f"range_{key}"]) - bottom) / wide
            for key in ("low", "high")
        ]
        ax.barh(place, 1.0, height=THICK, color=SHADE, edgecolor=FAINT, zorder=1)
        ax.barh(place, ends[1] - ends[0], left=ends[0], height=THICK, color=BLUE, zorder=2)
        for key, x in zip(("low", "high"), ends, strict=True):
            if np.isfinite(row[key]):
                ax.annotate(digits(row[key]), (x, place), xytext=(0, -16), color=INK,
                            textcoords="offset points", ha="center", va="top", weight="bold",
                            size=SMALL_SIZE)  # fmt: skip
        for key, x, side in (("range_low", 0.0, "left"), ("range_high", 1.0, "right")):
            ax.annotate(digits(row[key]), (x, place), xytext=(0, 16), textcoords="offset points",
                        ha=side, va="bottom", color=SOFT, size=SMALL_SIZE)  # fmt: skip
    names = [
        fold(f"{factor_name(row['factor'])}, {row['unit']} (came up again: "
             f"{PER_CENT * row['reproduced']:.0f} %)", NAME_INCHES, LABEL_SIZE, 3)
        for row in rows
    ]  # fmt: skip
    ax.set_yticks(range(len(rows)), names, size=LABEL_SIZE)
    spare = max(FEW_ROWS - len(rows), 0) / 2
    ax.set_ylim(len(rows) - 1 + SPARE + spare, -SPARE - spare)
    ax.set_xticks([])
    ax.set_xlim(-0.03, 1.03)
    ax.tick_params(length=0)
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    title(ax, "Ranges inside the box")


def _steps(ax: Axes, steps: pd.DataFrame, share: float) -> None:
    chosen = steps["chosen"].astype(bool)
    ax.plot(steps["coverage"], steps["density"], color=FAINT, linewidth=1.2, zorder=1)
    ax.scatter(steps["coverage"], steps["density"], s=34, color=GREY, zorder=2)
    ax.scatter(steps.loc[chosen, "coverage"], steps.loc[chosen, "density"], s=110, marker="D",
               color=ORANGE, zorder=3)  # fmt: skip
    ax.axhline(share, color=SOFT, linestyle=(0, (2, 2)), linewidth=1.5, zorder=1)
    ax.annotate("all points", (0.0, share), xytext=(4, 3), textcoords="offset points", color=SOFT,
                size=SMALL_SIZE)  # fmt: skip
    ax.set_xlim(0.0, 1.04)
    ax.set_ylim(0.0, 1.04)
    percent_axis(ax.xaxis)
    percent_axis(ax.yaxis)
    ax.set_xlabel("coverage: share of failing points held")
    ax.set_ylabel("density: share of points that fail")
    title(ax, "What is traded")
