"""Figures of answers over sizes and factors: curves with bands, and tables over two factors."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.questions.answer import Answer
from experiments.questions.evidence import LEVEL, Row
from experiments.questions.gather import size_of, size_unit
from experiments.questions.words import number
from viz.page import empty, legend_strip, title
from viz.policy_marks import LABEL_SIZE, MOST_SHADE, SMALL_SIZE, Cell, cells, scale_for
from viz.policy_words import CLEAR, digits, fold, is_clear, is_zero, scale_of, unit_words
from viz.questions_dots import number_axis
from viz.questions_page import answer_page
from viz.theme import BLUE, INK, LINES, MARKERS, ORANGE, SOFT

TITLE = 0.85  # of a panel's width
PAGE_INCHES, AXIS_INCHES = 12.6, 0.85  # across the page, and for the numbers of each panel
MOST_TICKS, NEAR = 6, 0.08  # values that are ticks; of the axis, too near for two
COLOURS = (BLUE, ORANGE, SOFT)
ROOM = 0.06


def curves(found: Answer) -> Figure:
    """Changes, or levels, over sizes of a lever or values of a factor: a panel an outcome."""
    rows = [row for row in found.drawn if np.isfinite(row["difference"]) and not _ends(row, found)]
    what = "Means over runs" if all(row["what"] == LEVEL for row in rows) else (
        "Mean differences to the same runs without the policy"
    )  # fmt: skip
    figure = answer_page(found, f"{what}; bands are 90 % intervals.")
    if not rows:
        empty(figure.subplots(), "No run gave a value of this.")
        return figure
    worlds = list(dict.fromkeys(row["world"] for row in rows))
    legend_strip(figure, _legend(rows, worlds))
    outcomes = [one for one in found.figure.outcomes if any(r["outcome"] == one for r in rows)]
    axes = figure.subplots(1, len(outcomes), squeeze=False)[0]
    inches = PAGE_INCHES / len(outcomes) - AXIS_INCHES
    for ax, outcome in zip(axes, outcomes, strict=True):
        mine = [row for row in rows if row["outcome"] == outcome]
        _curve_panel(ax, mine, worlds, found, inches)
    return figure


def _ends(row: Row, found: Answer) -> bool:
    """Is it the contrast of the ends of a factor, which is told and not drawn?"""
    return found.figure.kind == "along" and row["what"] == "contrast" and "sides" not in row


def _across(row: Row, found: Answer) -> float:
    if found.figure.kind == "sizes":
        return size_of(row["policy"], found.evidence)
    return float(row["at"][found.figure.over[0]])


def _across_words(found: Answer) -> str:
    if found.figure.kind == "sizes":
        return f"size: {size_unit(found.figure.policies[0], found.evidence)}"
    return found.evidence.factor_name(found.figure.over[0])


def _legend(rows: list[Row], worlds: list[str]) -> list[Line2D]:
    look: dict[str, Any] = {"markersize": 9, "markeredgewidth": 1.8}
    found = []
    if len(worlds) > 1:
        found = [
            Line2D([], [], color=COLOURS[place], ls=LINES[place], label=f"World ‘{world}’",
                   marker=MARKERS[place], markersize=8)
            for place, world in enumerate(worlds)
        ]  # fmt: skip
    plain: dict[str, Any] = {"linestyle": "none", "marker": "o", "color": SOFT, **look}
    if any(row["what"] != LEVEL and is_clear(row) for row in rows):
        found.append(Line2D([], [], label=f"clear: {CLEAR}", **plain))
    if any(row["what"] != LEVEL and not is_clear(row) and not is_zero(row) for row in rows):
        found.append(
            Line2D([], [], label="unclear: may be chance", markerfacecolor="white", **plain)
        )
    if any(row["what"] != LEVEL and is_zero(row) for row in rows):
        found.append(Line2D([], [], label="exactly zero", **{**plain, "marker": "x"}))
    return found


def _curve_panel(
    ax: Axes, rows: list[Row], worlds: list[str], found: Answer, inches: float
) -> None:
    scale = scale_for(rows)
    for place, world in enumerate(worlds):
        mine = sorted((r for r in rows if r["world"] == world), key=lambda r: _across(r, found))
        x = np.array([_across(row, found) for row in mine])
        low, middle, high = (
            scale * np.array([row[key] for row in mine]) for key in ("low", "difference", "high")
        )
        look: dict[str, Any] = {"color": COLOURS[place], "zorder": 3}
        ax.fill_between(x, low, high, alpha=0.18, linewidth=0, color=COLOURS[place], zorder=2)
        ax.plot(x, middle, linestyle=LINES[place], **look)
        for at, value, row in zip(x, middle, mine, strict=True):
            if row["what"] != LEVEL and is_zero(row):
                ax.plot(at, value, marker="x", markersize=8, markeredgewidth=1.8, color=SOFT,
                        zorder=4)  # fmt: skip
                continue
            filled = row["what"] == LEVEL or is_clear(row)
            ax.plot(at, value, marker=MARKERS[place], markersize=9, markeredgewidth=1.8,
                    markerfacecolor=COLOURS[place] if filled else "white", **look)  # fmt: skip
    if all(row["what"] != LEVEL for row in rows):
        ax.axhline(0.0, color=INK, linewidth=1.2, zorder=1)
    title(ax, fold(str(rows[0]["name"]), TITLE * inches, LABEL_SIZE, 3, "bold"))
    ax.title.set_fontsize(LABEL_SIZE)
    ax.set_xlabel(fold(_across_words(found), inches, SMALL_SIZE, 3), size=SMALL_SIZE)
    ax.set_ylabel(fold(_unit(rows[0]), 3.5, SMALL_SIZE, 2), size=SMALL_SIZE)
    ax.margins(x=ROOM, y=2 * ROOM)
    _ticks(ax, sorted({_across(row, found) for row in rows}))
    if any(row["high"] != row["low"] or row["difference"] for row in rows):
        number_axis(ax.yaxis)
    else:
        ax.set(ylim=(-1.0, 1.0), yticks=[0.0])
    ax.tick_params(labelsize=SMALL_SIZE)


def _ticks(ax: Axes, values: list[float]) -> None:
    """Ticks at the values that were tried, those that are too near to the last one left out."""
    kept = values[:1]
    for value in values[1:]:
        if value - kept[-1] > NEAR * (values[-1] - values[0]):
            kept.append(value)
    if len(kept) > MOST_TICKS:
        number_axis(ax.xaxis)
    else:
        ax.set_xticks(kept, [number(one) for one in kept])


def _unit(row: Row) -> str:
    unit = unit_words(row["unit"])
    if row["what"] == LEVEL:
        return "percent" if unit == "percentage points" else unit
    return f"change in {unit}"


def surfaces(found: Answer) -> Figure:
    """Numbers over two factors as a table: a panel a world, or an outcome."""
    rows = [row for row in found.drawn if row["n"]]
    figure = answer_page(found, _surface_words(rows))
    if not rows:
        empty(figure.subplots(), "No run gave a value of this.")
        return figure
    keys = list(dict.fromkeys((row["world"], row["outcome"]) for row in rows))
    axes = figure.subplots(1, len(keys), squeeze=False, sharey=True)[0]
    for ax, key in zip(axes, keys, strict=True):
        mine = [row for row in rows if (row["world"], row["outcome"]) == key]
        _table(ax, mine, found)
        head = str(mine[0]["name"])
        ax.set_title(
            head if len(keys) == 1 else f"{head}, world ‘{key[0]}’", size=LABEL_SIZE, pad=30
        )
    name = found.evidence.factor_name(found.figure.over[1])
    axes[0].set_ylabel(fold(name, 4.0, SMALL_SIZE, 2), size=SMALL_SIZE)
    return figure


def _surface_words(rows: list[Row]) -> str:
    if not rows:
        return ""
    unit = unit_words(rows[0]["unit"])
    plain = all(row["what"] == LEVEL for row in rows)
    if plain:
        return f"Means in {unit}."
    return (
        f"Differences in {unit}. Coloured where clear ({CLEAR}), orange above and purple below "
        "zero, stronger the larger; the rest may be chance."
    )


def _table(ax: Axes, rows: list[Row], found: Answer) -> None:
    across, up = found.figure.over
    columns = sorted({row["at"][across] for row in rows})
    lines = sorted({row["at"][up] for row in rows}, reverse=True)
    scale = scale_of(rows[0]["unit"])
    most = max(abs(row["difference"]) for row in rows) or 1.0
    table: dict[tuple[int, int], Cell] = {}
    for row in rows:
        place = (lines.index(row["at"][up]), columns.index(row["at"][across]))
        plain = row["what"] == LEVEL
        clear = plain or is_clear(row)
        shade = None if plain else MOST_SHADE * row["difference"] / most
        table[place] = (digits(scale * row["difference"]), shade, clear)
    cells(ax, table, (len(lines), len(columns)), LABEL_SIZE + 2)
    ax.set_ylim(len(lines) - 0.5, -0.5)
    ax.set_xticks(range(len(columns)), [number(one) for one in columns], size=SMALL_SIZE)
    ax.set_yticks(range(len(lines)), [number(one) for one in lines], size=SMALL_SIZE)
    name = found.evidence.factor_name(across)
    ax.set_xlabel(fold(name, 5.5, SMALL_SIZE, 2), size=SMALL_SIZE)
    ax.xaxis.set_label_position("bottom")
    ax.xaxis.tick_bottom()
    ax.tick_params(length=0)
