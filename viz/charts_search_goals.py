"""Every pair of goals of a search: what was found by letter, with the intervals of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from alliance_abm.outcomes import OUTCOMES
from experiments.search.confirm import FOUND, REFERENCE, Result
from viz.charts_search import ground_of
from viz.page import empty, legend_strip
from viz.policy_marks import SMALL_SIZE, STEPS, sheet
from viz.policy_words import Row, fold, is_clear, scale_of, unit_words
from viz.theme import BLUE, FAINT, GREY, SOFT

NAMED_INCHES, TRIANGLE_SIZE, TRIANGLE_TICKS = 1.85, 9.5, 3
LETTER_SIZE, CORNER = 9.0, "#EAF2F8"
WAYS = {1: "higher", -1: "lower"}
MARGIN = 0.12  # of the span of values, beside the outermost
SPOTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        FOUND: {"marker": "o", "color": GREY, "markersize": 4, "markerfacecolor": "white"},
        REFERENCE: {"marker": "x", "color": SOFT, "markersize": 4},
    }
)


def search_tradeoffs(found: Result) -> Figure:
    """Every pair of goals: found portfolios by letter, with the intervals of both."""
    table = found.front[found.front["goal"] != 0]
    outcomes = list(dict.fromkeys(table["outcome"]))
    figure = sheet(
        tradeoffs_headline(found),
        f"{ground_of(found)} Mean differences to the same runs without levers, with 90 % intervals "
        "along both axes; letters are portfolios, as listed beside their levers. Each panel: the "
        "goal at the right end of its row against the one at the top of its column.",
    )
    if not len(found.found):
        empty(figure.subplots(), "Nothing was found, so there is nothing to trade.")
        return figure
    legend_strip(figure, _tradeoffs_legend(found))
    rows: dict[Any, Row] = {(row["portfolio"], row["outcome"]): row for row in found.rows()}
    first = str(found.portfolios["portfolio"].iloc[0])
    size = len(outcomes)
    axes: Any = figure.subplots(size, size, squeeze=False, sharex="col")
    for down, across in np.ndindex(size, size):
        ax = axes[down][across]
        if across < down:
            _tradeoff_panel(ax, rows, found, (outcomes[across], outcomes[down]))
            ax.tick_params(labelbottom=down == size - 1, labelleft=across == 0)
        elif across == down:
            _named_panel(ax, rows[first, outcomes[down]])
        else:
            ax.set_axis_off()
    return figure


def _named_panel(ax: Axes, row: Row) -> None:
    """A goal on the diagonal: that of the row to its left, and of the column under it."""
    name = fold(str(row["name"]), NAMED_INCHES, TRIANGLE_SIZE, 2, "bold")
    words = fold(unit_words(row["unit"]), NAMED_INCHES, TRIANGLE_SIZE, 1)
    ax.set_axis_off()
    place: dict[str, Any] = {"transform": ax.transAxes, "size": TRIANGLE_SIZE, "ha": "left"}
    ax.text(0.03, 0.5, name, va="bottom", weight="bold", linespacing=1.1, **place)
    ax.text(
        0.03, 0.44, f"{words}\nwanted: {WAYS[row['goal']]}", va="top", linespacing=1.15, **place
    )


def _tradeoff_panel(ax: Axes, rows: dict[Any, Row], found: Result, pair: tuple[str, str]) -> None:
    """One pair of goals."""
    for line in (ax.axvline, ax.axhline):
        line(0.0, color=SOFT, linewidth=0.9, zorder=1)
    for _, one in found.portfolios.iterrows():
        points = [rows[one["portfolio"], outcome] for outcome in pair]
        low, middle, high = (
            [row[key] * scale_of(row["unit"]) for row in points]
            for key in ("low", "difference", "high")
        )
        mine = one["kind"] == FOUND
        clear = mine and any(is_clear(row) for row in points)
        if clear and np.isfinite([*low, *high]).all():
            look: dict[str, Any] = {"color": FAINT, "linewidth": 1.0, "zorder": 2}
            ax.plot([low[0], high[0]], [middle[1]] * 2, **look)
            ax.plot([middle[0]] * 2, [low[1], high[1]], **look)
        ax.plot(*middle, **(_letter(one["portfolio"]) if clear else SPOTS[one["kind"]]))
    of_pair = [[row for (_, one), row in rows.items() if one == outcome] for outcome in pair]
    _better_corner(ax, of_pair)
    ax.tick_params(labelsize=SMALL_SIZE - 1.5)
    ax.grid(visible=False)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(TRIANGLE_TICKS, min_n_ticks=2, steps=STEPS))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))


def _better_corner(ax: Axes, of_pair: Sequence[Sequence[Row]]) -> None:
    """Limits that hold zero and every interval; where both goals are better is shaded."""
    edges = []
    for rows in of_pair:
        shown = [row[key] * scale_of(row["unit"]) for row in rows for key in ("low", "high")]
        finite = [0.0, *(value for value in shown if np.isfinite(value))]
        room = MARGIN * (max(finite) - min(finite)) or 1.0
        edges.append((min(finite) - room, max(finite) + room))
    (left, right), (bottom, top) = edges
    ax.set(xlim=edges[0], ylim=edges[1])
    across = (0.0, right) if of_pair[0][0]["goal"] > 0 else (left, 0.0)
    up = (0.0, top) if of_pair[1][0]["goal"] > 0 else (bottom, 0.0)
    ax.fill_between(across, *up, color=CORNER, linewidth=0, zorder=0)


def _tradeoffs_legend(found: Result) -> list[Any]:
    none: dict[str, Any] = {"linestyle": "none"}
    handles: list[Any] = [
        Line2D([], [], label="portfolio, clear in one goal or both", **none, **_letter("A")),
        Line2D([], [], label="clear in neither", **none, **SPOTS[FOUND]),
    ]
    if (found.portfolios["kind"] == REFERENCE).any():
        handles.append(Line2D([], [], label="reference preset", **none, **SPOTS[REFERENCE]))
    return [*handles, Patch(color=CORNER, label="better in both")]


def _letter(name: str) -> dict[str, Any]:
    return {
        "marker": f"${name}$", "color": BLUE, "markersize": LETTER_SIZE, "markeredgewidth": 0.4,
        "zorder": 4,
    }  # fmt: skip


def tradeoffs_headline(found: Result) -> str:
    """The pair of goals that found portfolios most often set against each other."""
    table = found.front[(found.front["goal"] != 0) & (found.front["kind"] == FOUND)]
    if not len(table):
        return "The search found no portfolio that it could tell from the baseline"
    against: dict[tuple[str, str], int] = {}
    for _, mine in table[table["clear"]].groupby("portfolio"):
        ways = {row["outcome"]: row["difference"] * row["goal"] > 0 for _, row in mine.iterrows()}
        for gain in (one for one, way in ways.items() if way):
            for loss in (one for one, way in ways.items() if not way):
                against[gain, loss] = against.get((gain, loss), 0) + 1
    number = table["portfolio"].nunique()
    if not against:
        return f"None of {number} portfolios clearly trades one goal for another"
    (gain, loss), times = max(against.items(), key=lambda item: item[1])
    what, price = (OUTCOMES[one].name for one in (gain, loss))
    verb = "improves" if times == 1 else "improve"
    return f"{times} of {number} portfolios clearly {verb} '{what}' at the price of '{price}'"
