"""What a search found: differences on fresh seeds, and which levers are in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from alliance_abm.levers import LEVERS
from experiments.search.confirm import FOUND, REFERENCE, Result
from experiments.search.report import NOTHING, standing
from viz.page import digits, empty, legend_strip, title
from viz.policy_marks import (
    LABEL_SIZE,
    SMALL_SIZE,
    dot,
    dots_axis,
    dots_legend,
    place_rows,
    sheet,
)
from viz.policy_words import CLEAR, Row, counted, fold, scale_of, unit_words
from viz.theme import BLUE, FAINT, GREY, INK

GAP = 0.07  # of a panel's width, between panels
NAME_INCHES, NAME_SIZE, NAME_LINES = 4.1, 8.5, 2
HEAD_INCHES = 1.15
NUMBER_ROOM = 0.7  # of the span of values, more at the right of a panel for its numbers
WANTED = {1: "wanted: higher →", -1: "← wanted: lower"}
SHADE_LOW, SHADE_SPAN = 0.12, 0.6  # of the colour, at the smallest and up to the largest size


def search_effects(found: Result, kind: str = FOUND) -> Figure:
    """Difference of each portfolio to the baseline on fresh seeds: a panel a goal.

    `kind` is FOUND for what was found, REFERENCE for what was run beside it.
    """
    rows = [row for row in found.rows() if row["goal"] and row["kind"] == kind]
    figure = sheet(effects_headline(found, kind), _effects_subtitle(found, kind))
    if not rows:
        empty(figure.subplots(), NOTHING)
        return figure
    legend_strip(figure, [*dots_legend(rows, f"clear: {CLEAR}"), *_said_legend(kind)])
    engine: Any = figure.get_layout_engine()
    engine.set(wspace=GAP)
    order = portfolio_order(found, kind)
    outcomes = list(dict.fromkeys(row["outcome"] for row in rows))
    axes = figure.subplots(1, len(outcomes), squeeze=False, sharey=True)[0]
    for ax, outcome in zip(axes, outcomes, strict=True):
        _effects_panel(ax, [row for row in rows if row["outcome"] == outcome], order)
    place_rows(axes, _names(found, order))
    axes[0].tick_params(axis="y", labelsize=NAME_SIZE)
    return figure


def portfolio_order(found: Result, kind: str = FOUND) -> list[str]:
    """Portfolios as they stand in figures: those that stay first."""
    mine = found.portfolios[found.portfolios["kind"] == kind]
    ranked = mine.sort_values("stays", ascending=False, kind="stable") if kind == FOUND else mine
    return [str(name) for name in ranked["portfolio"]]


def _names(found: Result, order: Sequence[str]) -> list[str]:
    """Names of rows: the letter, the levers, and what is wrong with it."""
    rows = {row["portfolio"]: row for _, row in found.portfolios.iterrows()}
    names = []
    for name in order:
        row = rows[name]
        text = f"{name}: {row['title']}" if row["kind"] == FOUND else str(row["title"])
        words = standing(row)
        if row["kind"] == FOUND and not row["stays"]:
            text = f"({words.split(' by means')[0]}) {text}"
        names.append(fold(text, NAME_INCHES, NAME_SIZE, NAME_LINES))
    return names


def _effects_panel(ax: Axes, rows: Sequence[Row], order: Sequence[str]) -> None:
    """Dots, intervals and what the search had said, in one goal."""
    first = rows[0]
    scale = scale_of(first["unit"])
    for row in rows:
        place = order.index(row["portfolio"])
        dot(ax, place, row, scale, beside=True)
        if np.isfinite(row["search_difference"]):
            ax.plot(scale * row["search_difference"], place, marker="|", markersize=13, color=INK,
                    markeredgewidth=1.4, zorder=4)  # fmt: skip
    dots_axis(ax, rows, scale, beside=True)
    low, high = ax.get_xlim()
    ax.set_xlim(low, high + NUMBER_ROOM * (high - low) / 2)
    title(ax, fold(str(first["name"]), HEAD_INCHES, LABEL_SIZE, 4, "bold"))
    ax.title.set_fontsize(LABEL_SIZE)
    under = (fold(unit_words(first["unit"]), HEAD_INCHES, SMALL_SIZE, 3), WANTED[first["goal"]])
    ax.set_xlabel("\n".join(under), size=SMALL_SIZE, linespacing=1.25)


def _said_legend(kind: str) -> list[Line2D]:
    if kind == REFERENCE:
        return []
    return [Line2D([], [], color=INK, marker="|", markersize=13, linestyle="none",
                   markeredgewidth=1.4, label="what the search had said")]  # fmt: skip


def ground_of(found: Result) -> str:
    worlds = ", ".join(f"'{world}'" for world in found.study.worlds)
    return (
        f"World {worlds}, N = {found.study.confirmations} pairs of runs on fresh seeds that the "
        "search never saw."
    )


def _effects_subtitle(found: Result, kind: str) -> str:
    what = {
        FOUND: f"Portfolios found among {counted(found.tried, 'tried', 'tried')} in "
        f"{digits(found.used)} runs",
        REFERENCE: "Presets on the same seeds as what was found",
    }[kind]
    sizes = " The number behind a lever is its size." if kind == FOUND else ""
    return (
        f"{ground_of(found)} {what}: mean difference to the same runs without levers, with its "
        f"90 % interval.{sizes}"
    )


def effects_headline(found: Result, kind: str = FOUND) -> str:
    """How many stay, and how many better something without a clear loss."""
    mine = found.portfolios[found.portfolios["kind"] == kind]
    names = [str(name) for name in mine["portfolio"]]
    if not names:
        return "The search found no portfolio that it could tell from the baseline"
    ways = {name: _ways(found, name) for name in names}
    pure = [name for name in names if 1 in ways[name] and -1 not in ways[name]]
    mixed = [name for name in names if {1, -1} <= ways[name]]
    some = counted(len(names), "portfolio", "portfolios") if kind == FOUND else counted(
        len(names), "reference", "references"
    )  # fmt: skip
    stay = f", {int(mine['stays'].sum())} of them non-dominated on fresh seeds" * (kind == FOUND)
    gain = f"{len(pure) or 'none'} with a clear gain and no clear loss"
    rest = f", {len(mixed)} with gains and losses" if mixed else ""
    return f"{some}{stay}: {gain}{rest}"


def _ways(found: Result, portfolio: str) -> set[int]:
    """1 if some goal is clearly better, -1 if some is clearly worse."""
    rows = [row for row in found.rows() if row["portfolio"] == portfolio and row["goal"]]
    return {int(np.sign(row["difference"] * row["goal"])) for row in rows if row["clear"]}


def search_levers(found: Result) -> Figure:
    """Levers by portfolio: which are in, and at what size."""
    order = portfolio_order(found)
    figure = sheet(
        levers_headline(found),
        f"{ground_of(found)} Size of each lever in its own unit, darker the nearer to the largest "
        "that the search could choose; columns in grey did not stay non-dominated. "
        f"{_lever_words(found)}",
    )
    sizes = found.sizes.set_index("portfolio").reindex(order)
    used = sizes.loc[:, (sizes > 0.0).any() | (sizes < 0.0).any()]
    if not len(order):
        empty(figure.subplots(), "Nothing was found, so there are no levers to show.")
        return figure
    staying = [name for name in order if name in _staying(found)]
    counts = (used.loc[staying] != 0.0).sum()
    ranked = counts.sort_values(ascending=False, kind="stable").index.tolist()
    ax = figure.subplots()
    largest = {one.lever: max(map(abs, one.ends)) for one in found.study.levers}
    for row, lever in enumerate(ranked):
        for column, name in enumerate(order):
            _lever_cell(ax, row, column, float(used.loc[name, lever]), largest[lever],
                        name in staying)  # fmt: skip
        ax.text(len(order) + 0.1, row, f"{counts[lever]} of {len(staying)}", va="center",
                size=LABEL_SIZE, weight="bold")  # fmt: skip
    _lever_axes(ax, ranked, order)
    return figure


def _staying(found: Result) -> set[str]:
    return set(found.found.loc[found.found["stays"].astype(bool), "portfolio"])


def _lever_cell(ax: Axes, row: int, column: int, size: float, largest: float, stays: bool) -> None:
    """One lever in one portfolio."""
    colour, alpha = BLUE if stays else GREY, SHADE_LOW + SHADE_SPAN * abs(size) / largest
    face = colour if size else "white"
    ax.fill_between([column - 0.46, column + 0.46], row - 0.44, row + 0.44, color=face,
                    alpha=alpha if size else 1.0, linewidth=0)  # fmt: skip
    ax.text(column, row, digits(size) if size else "·", ha="center", va="center",
            size=LABEL_SIZE, color=INK if size else FAINT)  # fmt: skip


def _lever_axes(ax: Axes, levers: Sequence[str], order: Sequence[str]) -> None:
    names = [f"{LEVERS[lever].name}\n{fold(LEVERS[lever].unit, 3.6, NAME_SIZE, 1)}"
             for lever in levers]  # fmt: skip
    ax.set_yticks(range(len(levers)), names, size=NAME_SIZE)
    ax.set_xticks([*range(len(order)), len(order) + 0.35], [*order, "in surviving"])
    ax.set_xlim(-0.5, len(order) + 1.0)
    ax.set_ylim(max(len(levers), 5) - 0.5, -0.5)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.tick_params(axis="x", labelsize=LABEL_SIZE)
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _lever_words(found: Result) -> str:
    unused = [LEVERS[name].name for name in found.sizes.columns[1:]
              if not (found.sizes[name] != 0.0).any()]  # fmt: skip
    return f"In none of them: {', '.join(unused)}." if unused else ""


def levers_headline(found: Result) -> str:
    """The levers that most surviving portfolios share."""
    staying = found.sizes[found.sizes["portfolio"].isin(_staying(found))]
    if not len(staying):
        return "No portfolio stayed non-dominated on fresh seeds"
    counts = (staying.drop(columns="portfolio") != 0.0).sum()
    counts = counts.sort_values(ascending=False, kind="stable")
    told = [f"{LEVERS[str(name)].name} is in {count}" for name, count in counts[:2].items()]
    return f"Of {len(staying)} surviving portfolios, {' and '.join(told)}"
