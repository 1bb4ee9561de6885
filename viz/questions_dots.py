"""Figures of answers made of dots: changes by item, levels in order, and two outcomes at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.questions.answer import Answer
from experiments.questions.evidence import Row
from viz.charts_tradeoffs import axis_words, crosses, crosses_legend, limits, write_numbers
from viz.page import empty, legend_strip, title
from viz.policy_marks import (
    LABEL_SIZE,
    SMALL_SIZE,
    TALL_ROWS,
    dot,
    dots_axis,
    dots_legend,
    key_column,
    place_rows,
    row_labels,
    scale_for,
)
from viz.policy_words import CLEAR, better_words, fold, is_clear, level_words, unit_words
from viz.questions_page import answer_page
from viz.theme import BLUE

GAP = 0.07  # of a panel's width, between panels
PAGE_INCHES = 9.2  # for all panels
MOST_ROWS = 18
TITLE = 0.88  # of a panel's width
WIDE_INCHES, NARROW_INCHES = 4.0, 1.3  # of a panel
LABELS = 3.4


def dots(found: Answer) -> Figure:
    """Differences with their intervals: a panel an outcome, a row an item."""
    ask = found.figure
    figure = answer_page(found, _shows(found))
    rows = [row for row in found.drawn if np.isfinite(row["difference"])]
    if not rows:
        empty(figure.subplots(), "No run gave a value of this.")
        return figure
    legend_strip(figure, dots_legend(rows, f"clear: {CLEAR}"))
    outcomes = [one for one in ask.outcomes if any(row["outcome"] == one for row in rows)]
    items = _items(rows)[:MOST_ROWS]
    engine: Any = figure.get_layout_engine()
    engine.set(wspace=GAP)
    axes = figure.subplots(1, len(outcomes), squeeze=False, sharey=True)[0]
    for ax, outcome in zip(axes, outcomes, strict=True):
        mine = [row for row in rows if row["outcome"] == outcome and _item(row) in items]
        _panel(ax, mine, items, PAGE_INCHES / len(outcomes) * 0.95)
    place_rows(axes, row_labels([item for item, _ in items], LABELS))
    return figure


def _shows(found: Answer) -> str:
    if found.figure.kind == "factors":
        text = "Each dot: the outcome with one factor at its upper value, less that at its lower"
        net = found.figure.policies
        return f"{text}{', of the change by the policy' if net else ''}, with its 90 % interval."
    if found.figure.kind == "points":
        return "Each dot: the outcome under a rule less that as it is, with its 90 % interval."
    return "Each dot: mean difference to the same runs without the policy, with its 90 % interval."


def _item(row: Row) -> tuple[str, str]:
    return str(row["item"]), str(row["world"])


def _items(rows: list[Row]) -> list[tuple[str, str]]:
    """Items in their order, each once; with the world where there are several."""
    return list(dict.fromkeys(_item(row) for row in rows))


def _panel(ax: Axes, rows: list[Row], items: list[tuple[str, str]], inches: float) -> None:
    scale = scale_for(rows)
    beside = len(items) > TALL_ROWS and inches < WIDE_INCHES
    for row in rows:
        dot(ax, items.index(_item(row)), row, scale, beside=beside, words=inches >= NARROW_INCHES)
    dots_axis(ax, rows, scale, beside)
    if inches >= WIDE_INCHES and ax.get_xlim() != (-1.0, 1.0):
        number_axis(ax.xaxis)
    first = rows[0]
    title(ax, fold(str(first["name"]), TITLE * inches, LABEL_SIZE, 3, "bold"))
    ax.title.set_fontsize(LABEL_SIZE)
    under = [fold(unit_words(first["unit"]), inches, SMALL_SIZE, 2), f"counts {first['clock']}"]
    if len({row["baseline"] for row in rows}) == 1:
        under.append(f"baseline {level_words(first['baseline'], first['unit'])}")
    under.append(better_words(first["outcome"]))
    ax.set_xlabel("\n".join(line for line in under if line), size=SMALL_SIZE, linespacing=1.25)


def levels(found: Answer) -> Figure:
    """Levels of outcomes of one unit, the highest first, with intervals of their means."""
    figure = answer_page(found, "Means over runs with 90 % intervals of the mean.")
    rows = sorted((row for row in found.drawn if row["n"]), key=lambda row: -row["difference"])
    ax = figure.subplots()
    if not rows:
        empty(ax, "No run gave a value of this.")
        return figure
    scale = scale_for(rows)
    for place, row in enumerate(rows):
        dot(ax, place, row, scale, clear=True, words=False, colour=BLUE)
        words = level_words(row["difference"], row["unit"])
        ax.annotate(words, (scale * row["high"], place), xytext=(8, 0), va="center",
                    textcoords="offset points", size=SMALL_SIZE, weight="bold")  # fmt: skip
    place_rows([ax], row_labels([str(row["name"]) for row in rows], LABELS))
    ax.set_xlim(0.0, 1.15 * scale * max(row["high"] for row in rows))
    ax.set_xlabel(unit_words(rows[0]["unit"]))
    ax.grid(axis="x", visible=True)
    return figure


def trade_off(found: Answer) -> Figure:
    """Policies by what they do to two outcomes, with the intervals of both."""
    across, up = found.figure.outcomes
    figure = answer_page(
        found, "Each cross is a policy: mean difference to the same runs without it, with its "
        "90 % interval along both axes.",
    )  # fmt: skip
    pairs = {}
    for policy in dict.fromkeys(row["policy"] for row in found.drawn):
        one, two = (
            next(r for r in found.drawn if (r["policy"], r["outcome"]) == (policy, outcome))
            for outcome in (across, up)
        )
        if np.isfinite([one["difference"], two["difference"]]).all():
            pairs[policy] = (one, two)
    if not pairs:
        empty(figure.subplots(), "No policy has a value of both.")
        return figure
    legend_strip(figure, crosses_legend(list(pairs.values())))
    moved = [name for name, pair in pairs.items() if any(is_clear(row) for row in pair)]
    numbers = {name: str(place) for place, name in enumerate(moved, 1)}
    titles = found.evidence.titles
    resting = [("", titles[name]) for name in pairs if name not in numbers]
    parts = [("Policies", [(numbers[name], titles[name]) for name in moved])] * bool(moved)
    parts += [("Clear in neither", resting)] * bool(resting)
    key_column(figure, parts, LABELS)
    ax = figure.subplots()
    crosses(ax, pairs)
    limits([ax], list(pairs.values()))
    first = next(iter(pairs.values()))
    ax.set_xlabel(fold(axis_words(first[0]), 7.0, 12.0, 2), size=12.0)
    ax.set_ylabel(fold(axis_words(first[1]), 4.0, 12.0, 3), size=12.0)
    write_numbers(ax, pairs, numbers)
    return figure


def number_axis(axis: Any, ticks: int = 5) -> None:
    """Few round ticks with a minus sign that is one."""
    axis.set_major_locator(MaxNLocator(ticks, min_n_ticks=2))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))
