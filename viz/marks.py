"""Marks that charts share: bands and lines, periods, and labels that keep apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator

from viz.page import POINTS, About
from viz.theme import INK, SHADE, SOFT, Style

TICK_STEPS = (1, 2, 5, 10)
WIDE_TICKS, NARROW_TICKS = 10, 5
LEAST_FOR_SPIN_UP, LEAST_FOR_PROJECTION = 0.12, 0.45  # of the axis, for the names to fit
FEWEST_BARS = 6


def line_and_band(
    ax: Axes, rows: pd.DataFrame, style: Style, width: float = 2.4, shade: float = 0.18
) -> None:
    """The median of `bands` over `time` as a line, with its band."""
    x = "time"
    ax.fill_between(
        rows[x], rows["low"], rows["high"], color=style.colour, alpha=shade, linewidth=0, zorder=2
    )
    ax.plot(
        rows[x], rows["median"], color=style.colour, linestyle=style.line, linewidth=width, zorder=3
    )


def time_axis(
    ax: Axes, about: About, words: bool = True, narrow: bool = False, line: float = 1.2
) -> None:
    """Years of the run; the spin-up shaded, and a line (in points) where recorded spending ends."""
    span, most = about.end - about.start, NARROW_TICKS if narrow else WIDE_TICKS
    step = next(step for step in TICK_STEPS if span / step <= most)
    ax.set_xlim(about.start, about.end)
    ax.xaxis.set_major_locator(MultipleLocator(step))
    ax.xaxis.set_major_formatter(lambda year, _: f"{year:.0f}")
    ax.axvspan(about.start, about.report_from, color=SHADE, zorder=0, linewidth=0)
    projection = about.last_data_year + 1
    if about.end > projection:
        ax.axvline(projection, color=SOFT, linewidth=line, linestyle=(0, (2, 2)), zorder=1)
    if words and about.report_from - about.start >= span * LEAST_FOR_SPIN_UP:
        _period_name(ax, about.start, "spin-up")
    if words and about.end - projection >= span * LEAST_FOR_PROJECTION:
        _period_name(ax, projection, f"projection from {projection} →")


def _period_name(ax: Axes, year: float, text: str) -> None:
    ax.annotate(
        text, (year, 1.0), xycoords=ax.get_xaxis_transform(), xytext=(4, -3),
        textcoords="offset points", va="top", color=SOFT, size=11, zorder=6,
    )  # fmt: skip


def headroom(ax: Axes, share: float = 0.1) -> None:
    """Start the y axis at zero and leave room at its top for the names of periods."""
    ax.set_ylim(0.0, max(ax.get_ylim()[1], 1e-9) * (1.0 + share))


def slim(ax: Axes, bars: int) -> None:
    """Keep a few horizontal bars from growing fat: leave room as for FEWEST_BARS."""
    spare = max(FEWEST_BARS - bars, 0) / 2
    ax.set_ylim(-0.6 - spare, bars - 0.4 + spare)


def dumbbell(
    ax: Axes,
    place: float,
    values: tuple[float, float],
    band: tuple[float, float],
    colour: str,
    size: float = 8.0,
) -> None:
    """Two values of one thing on a row, joined: the first a ring, the second a dot with a band."""
    before, after = values
    ax.plot(
        band, [place] * 2, color=colour, linewidth=size, alpha=0.2, solid_capstyle="butt", zorder=2
    )
    ax.plot([before, after], [place] * 2, color=colour, linewidth=1.6, zorder=3)
    dot: dict[str, Any] = {"marker": "o", "color": colour, "markersize": size, "linestyle": "none"}
    ax.plot(before, place, markerfacecolor="white", markeredgewidth=1.8, zorder=4, **dot)
    ax.plot(after, place, zorder=5, **dot)


def ring_and_dot(labels: Sequence[str]) -> list[Line2D]:
    """What ring and dot of `dumbbell` stand for, for a legend; one label is the dot's."""
    faces = ("white", INK) if len(labels) > 1 else (INK,)
    return [
        Line2D([], [], color=INK, linestyle="none", marker="o", markersize=8, markeredgewidth=1.8,
               markerfacecolor=face, label=label)
        for label, face in zip(labels, faces, strict=True)
    ]  # fmt: skip


def rows_axis(ax: Axes, names: Sequence[str], size: float | None = None) -> None:
    """Name the rows of a panel from the top down, with a grid along the values."""
    ax.set_yticks(range(len(names)), list(names), size=size)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    slim(ax, len(names))
    ax.invert_yaxis()


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places nearest to those wanted, in the same order, at least `gap` apart inside low..high.

    >>> spread([1.0, 1.1, 5.0], 1.0, 0.0, 10.0)
    [0.55, 1.55, 5.0]
    >>> spread([9.9, 9.8], 1.0, 0.0, 10.0)
    [10.0, 9.0]
    """
    order = np.argsort(wanted, kind="stable")
    count = len(order)
    gap = min(gap, (high - low) / max(count - 1, 1))
    blocks: list[list[float]] = []  # sum of wanted minus offset, size
    for place in order:
        blocks.append([float(wanted[place]), 1.0])
        while len(blocks) > 1:
            (total, size), (below, n) = blocks[-1], blocks[-2]
            if _start(below, n, gap, low, high) + n * gap <= _start(total, size, gap, low, high):
                break
            blocks.pop()
            blocks[-1] = [below + total - size * n * gap, n + size]
    found = [0.0] * count
    taken = iter(order)
    for total, size in blocks:
        start = _start(total, size, gap, low, high)
        for step in range(int(size)):
            found[next(taken)] = round(start + step * gap, 12)
    return found


def _start(total: float, size: float, gap: float, low: float, high: float) -> float:
    """Where a block of labels begins: in the middle of what it wants, inside the limits."""
    return float(np.clip(total / size, low, max(low, high - (size - 1) * gap)))


def end_labels(ax: Axes, ends: Sequence[tuple[float, str, str]], size: float = 12.0) -> None:
    """Names at the right end of lines: (value, text, colour), kept apart. Call it last."""
    ends = [end for end in ends if np.isfinite(end[0])]
    if not ends:
        return
    texts = [
        ax.annotate(
            text, (1.0, value), xycoords=ax.get_yaxis_transform(), xytext=(8, 0),
            textcoords="offset points", va="center", color=colour, size=size, weight="bold",
            annotation_clip=False,
        )
        for value, text, colour in ends
    ]  # fmt: skip
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()
    low, high = ax.get_ylim()
    height = ax.get_window_extent().height * POINTS / figure.dpi
    gap = size * 1.25 / height * (high - low)
    scale = ax.transData.transform
    for text, place in zip(texts, spread([end[0] for end in ends], gap, low, high), strict=True):
        moved = (scale((0, place)) - scale((0, text.xy[1])))[1] * POINTS / figure.dpi
        text.set_position((8, moved))


Label = tuple[float, float, str, str]
Box = tuple[float, float, float, float]


def overlap(one: Box, two: Box) -> bool:
    """Do two boxes (left, bottom, right, top) share an area?

    >>> overlap((0, 0, 2, 2), (1, 1, 3, 3)), overlap((0, 0, 1, 1), (1, 0, 2, 1))
    (True, False)
    """
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


OFFSETS = ((8, 0), (-8, 0), (0, 9), (0, -9), (7, 7), (7, -7), (-7, 7), (-7, -7), (0, 16), (0, -16))


def point_labels(
    ax: Axes,
    points: Sequence[Label],
    others: Sequence[tuple[float, float]] = (),
    size: float = 11.0,
) -> list[str]:
    """Names beside points (x, y, text, colour) where they hit no point, none of `others`, no name.

    The first points come first; a name without room is left out. Returns the names written.
    """
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()
    canvas: Any = figure.canvas
    renderer = canvas.get_renderer()
    frame = ax.get_window_extent()
    spots = [ax.transData.transform(point[:2]) for point in (*points, *others)]
    taken: list[Box] = [(x - 5, y - 5, x + 5, y + 5) for x, y in spots]
    written = []
    for x, y, name, colour in points:
        for across, up in OFFSETS:
            text = ax.annotate(
                name, (x, y), xytext=(across, up), textcoords="offset points", size=size,
                color=colour, weight="bold",
                ha="left" if across > 0 else "right" if across < 0 else "center",
                va="bottom" if up > 0 else "top" if up < 0 else "center",
            )  # fmt: skip
            box = text.get_window_extent(renderer)
            mine = (box.x0 - 1, box.y0 - 1, box.x1 + 1, box.y1 + 1)
            inside = min(mine[0] - frame.x0, mine[1] - frame.y0) > 0.0
            inside &= min(frame.x1 - mine[2], frame.y1 - mine[3]) > 0.0
            if inside and not any(overlap(mine, other) for other in taken):
                taken.append(mine)
                written.append(name)
                break
            text.remove()
    return written


def level(ax: Axes, row: Any, colour: str, wide: float = 6.0) -> None:
    """A recorded level with its band where there is one (`row`: start, end, value, low, high).

    `wide` is the thickness of its line in points.
    """
    years = [row.start, row.end]
    if np.isfinite(row.low) and np.isfinite(row.high):
        ax.fill_between(
            years, row.low, row.high, facecolor="none", edgecolor=colour, hatch="////", alpha=0.45,
            linewidth=0, zorder=1.5,
        )  # fmt: skip
    for shade, width, order in ((INK, wide, 4), (colour, wide / 2, 5)):
        ax.plot(
            years, [row.value] * 2, color=shade, linewidth=width, zorder=order,
            solid_capstyle="butt",
        )  # fmt: skip
