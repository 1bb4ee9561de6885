"""Trade-offs: the differences of two headlines against each other, a panel a world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from viz.marks import Box
from viz.page import legend_strip, title
from viz.policy_marks import LABEL_SIZE, ROOM, SMALL_SIZE, STEPS, key_column, numbered, sheet
from viz.policy_view import View, weight
from viz.policy_words import (
    BETTER,
    Row,
    fold,
    is_clear,
    is_zero,
    mid_sentence,
    scale_of,
    unit_words,
)
from viz.theme import BLUE, GREY, INK, SOFT

KEY_INCHES = 3.1
TICKS = 5
LABEL_INCHES, NARROW_INCHES, UP_INCHES = 5.5, 2.2, 3.2
Pair = tuple[Row, Row]
Numbers = dict[str, str]


def trade_off(view: View, across: str, up: str) -> Figure:
    """Policies by the difference of two headlines, with the intervals of both.

    Policies that move neither clearly are small and grey, and named apart.
    """
    pairs = {world: pairs_of(view, world, (across, up)) for world in view.worlds}
    figure = sheet(
        trade_off_headline(view, pairs),
        f"{view.ground} Each cross is a policy: mean difference to the same runs without "
        f"it{view.interval}, along both axes. Outcomes of {view.years}.",
    )
    every = [pair for found in pairs.values() for pair in found.values()]
    legend_strip(figure, crosses_legend(every))
    moved = [
        name
        for name in view.policies
        if any(clear_of(found[name]) for found in pairs.values() if name in found)
    ]
    numbers = {name: str(place) for place, name in enumerate(moved, 1)}
    resting = [("", view.titles[name]) for name in view.policies if name not in numbers]
    parts = [("Policies", [(numbers[name], view.titles[name]) for name in moved])] * bool(moved)
    parts += [("Clear in neither", resting)] * bool(resting)
    key_column(figure, parts, KEY_INCHES)
    axes = figure.subplots(1, len(view.worlds), squeeze=False, sharex=True, sharey=True)[0]
    for ax, world in zip(axes, view.worlds, strict=True):
        crosses(ax, pairs[world])
        if len(view.worlds) > 1:
            title(ax, f"World '{world}'")
    _axes_words(figure, axes, view, (across, up))
    limits(axes, every)
    for ax, world in zip(axes, view.worlds, strict=True):
        write_numbers(ax, pairs[world], numbers)
    return figure


def pairs_of(view: View, world: str, outcomes: tuple[str, str]) -> dict[str, Pair]:
    """The two differences of each policy that has both."""
    found = {}
    for name in view.policies:
        one, two = (view.row(name, world, outcome) for outcome in outcomes)
        if one is not None and two is not None:
            found[name] = (one, two)
    return found


def clear_of(pair: Pair) -> int:
    """How many of the two differences are clear."""
    return sum(is_clear(row) for row in pair)


def crosses(ax: Axes, pairs: dict[str, Pair], scale: float = 1.0) -> None:
    """Points with the intervals of both differences; `scale` makes them smaller."""
    for line in (ax.axvline, ax.axhline):
        line(0.0, color=INK, linewidth=1.2 * scale, zorder=1)
    for pair in pairs.values():
        clear = clear_of(pair)
        colour = BLUE if clear else GREY
        low, middle, high = (
            [row[key] * scale_of(row["unit"]) for row in pair]
            for key in ("low", "difference", "high")
        )
        if np.isfinite([*low, *high]).all():
            wide = scale * (2.0 if clear else 1.0)
            ax.plot([low[0], high[0]], [middle[1]] * 2, color=colour, lw=wide, alpha=0.7, zorder=2)
            ax.plot([middle[0]] * 2, [low[1], high[1]], color=colour, lw=wide, alpha=0.7, zorder=2)
        ax.plot(
            *middle, marker="o", color=colour, markersize=scale * (9 if clear else 5), zorder=3,
            markeredgewidth=1.8 * scale, markerfacecolor=colour if clear == 2 else "white",
        )  # fmt: skip
    ax.grid(axis="both", visible=True)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(TICKS, min_n_ticks=2, steps=STEPS))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))


def limits(axes: Sequence[Axes], pairs: Sequence[Pair]) -> None:
    """Limits that hold zero and every interval, the same in every panel."""
    for place, name in enumerate("xy"):
        rows = [pair[place] for pair in pairs]
        shown = [row[key] * scale_of(row["unit"]) for row in rows for key in
                 ("low", "difference", "high")]  # fmt: skip
        finite = [value for value in (0.0, *shown) if np.isfinite(value)]
        room = ROOM * (max(finite) - min(finite)) or 1.0
        for ax in axes:
            ax.set(**{f"{name}lim": (min(finite) - room, max(finite) + room)})


def write_numbers(
    ax: Axes, pairs: dict[str, Pair], numbers: Numbers, size: float = LABEL_SIZE
) -> None:
    """The number of each policy that moves something, beside its point."""
    shown = [name for name in pairs if name in numbers]
    points = []
    for name in shown:
        x, y = (row["difference"] * scale_of(row["unit"]) for row in pairs[name])
        points.append((x, y, numbers[name], BLUE if clear_of(pairs[name]) else SOFT))
    others: list[Box] = [_box(text.get_window_extent()) for text in ax.texts]
    numbered(ax, points, others, size)


def _box(extent: Any) -> Box:
    return extent.x0, extent.y0, extent.x1, extent.y1


def _axes_words(
    figure: Figure, axes: Sequence[Axes], view: View, outcomes: tuple[str, str]
) -> None:
    first = [view.rows([outcome])[0] for outcome in outcomes]
    inches = LABEL_INCHES if len(axes) == 1 else NARROW_INCHES
    size = 12.0 if len(axes) == 1 else SMALL_SIZE
    for ax in axes:
        ax.set_xlabel(fold(axis_words(first[0]), inches, size, 3), size=size)
    axes[0].set_ylabel(fold(axis_words(first[1]), UP_INCHES, 12.0, 3), size=12.0)


def axis_words(row: Row) -> str:
    """The label of an axis of differences: name, unit, clock, and which way is better."""
    way = BETTER.get(row["outcome"], 0)
    better = {1: ", higher is better", -1: ", lower is better"}.get(way, "")
    return (
        f"Change in {mid_sentence(row['name'])}, {unit_words(row['unit'])} ({row['clock']}{better})"
    )


def crosses_legend(pairs: Sequence[Pair], scale: float = 1.0) -> list[Line2D]:
    """What filled, hollow and small crosses mean."""
    edge, wide = 1.8 * scale, 2 * scale
    look: dict[str, Any] = {
        "marker": "o",
        "color": BLUE,
        "markeredgewidth": edge,
        "linewidth": wide,
    }
    hollow = {**look, "markerfacecolor": "white"}
    small = {**hollow, "color": GREY, "linewidth": scale}
    handles = {
        2: Line2D([], [], label="clear in both", markersize=9 * scale, **look),
        1: Line2D([], [], label="clear in one", markersize=9 * scale, **hollow),
        0: Line2D([], [], label="clear in neither", markersize=5 * scale, **small),
    }
    there = {clear_of(pair) for pair in pairs}
    return [handle for clear, handle in handles.items() if clear in there]


def trade_off_headline(view: View, pairs: dict[str, dict[str, Pair]]) -> str:
    """Which policies move both headlines clearly, and how."""
    world = view.worlds[0]
    found = pairs[world]
    if not found:
        return "No policy has both measures"
    rows = next(iter(found.values()))
    names = " and ".join(mid_sentence(row["name"]) for row in rows)
    where = f" in world '{world}'" if len(view.worlds) > 1 else ""
    if all(is_zero(row) for pair in found.values() for row in pair):
        return f"Differences in {names} are exactly zero{where}"
    both = [name for name, pair in found.items() if clear_of(pair) == 2]
    if not both:
        who = "The policy does not move" if len(found) == 1 else "No policy moves"
        return f"{who} both {names} clearly{where}"
    most = max(both, key=lambda name: min(weight(row, view) for row in found[name]))
    ways = [f"{mid_sentence(row['name'])} is {'higher' if row['difference'] > 0 else 'lower'}"
            for row in found[most]]  # fmt: skip
    told = f"{view.short(most)}{where}: {ways[0]} and {ways[1]}"
    if len(found) == 1:
        return f"With {told}, both clearly"
    if len(both) == 1:
        return f"1 of {len(found)} policies moves both clearly: with {told}"
    return f"{len(both)} of {len(found)} policies move both clearly; most with {told}"
