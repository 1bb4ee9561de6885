"""Marks of comparisons: dots with intervals, cells with numbers, numbered points with their key."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from viz.marks import Box, overlap
from viz.page import LINE, MODEL_ALONE, NO_BREAK, POINTS, page
from viz.policy_words import Row, fold, is_clear, is_zero, scale_of, signed
from viz.theme import BLUE, FAINT, GREY, INK, SLIDE, SOFT

LABEL_SIZE, SMALL_SIZE, SIDE_SIZE = 11.5, 10.5, 9.5
LABEL_INCHES = 2.75
ROOM, TALL_ROWS, FEW_ROWS = 0.2, 7, 5
SIDE_ROOM = (0.1, 0.8)  # left, and right where numbers stand
STRIPE = "#F6F6F6"
WIDE = 1.22  # of the usual width, for names in one line
EDGE = 0.8  # of a row, above the first and below the last
TICKS, STEPS = 2, (1, 2, 5, 10)
MOST_SHADE = 3.0  # standard deviations at full colour
DARK = 0.55  # luminance under which letters are white
SHADES = matplotlib.colormaps["PuOr_r"]
RADII, ANGLES = (13, 20, 28, 38, 50, 65, 85, 110, 140), 16
Cell = tuple[str, float | None, bool]


def sheet(headline: str, subtitle: str) -> Figure:
    """The page of a figure of a comparison; no number is parted from its per cent sign."""
    return page(headline, subtitle.replace(" %", f"{NO_BREAK}%"), MODEL_ALONE)


def row_labels(names: Sequence[str], inches: float = LABEL_INCHES) -> list[str]:
    """Names of rows, folded: in two lines when there are few rows, else in one that is longer."""
    few = len(names) <= TALL_ROWS
    wide = inches if few else WIDE * inches
    return [fold(name, wide, row_size(len(names)), 2 if few else 1) for name in names]


def row_size(rows: int) -> float:
    """Size of letters of the names of so many rows."""
    return LABEL_SIZE if rows <= TALL_ROWS else SMALL_SIZE


def place_rows(axes: Sequence[Axes], labels: Sequence[str]) -> None:
    """Names of rows from the top down, every second one shaded; few rows stay close together."""
    ax = axes[0]
    spare = max(FEW_ROWS - len(labels), 0) / 2
    size = row_size(len(labels))
    ax.set_yticks(range(len(labels)), list(labels), size=size, linespacing=1.1)
    ax.set_ylim(len(labels) - 1 + EDGE + spare, -EDGE - spare)
    for each in axes:
        each.tick_params(axis="y", length=0)
        for row in range(0, len(labels), 2):
            each.axhspan(row - 0.5, row + 0.5, color=STRIPE, zorder=0, linewidth=0)


def dot(ax: Axes, place: float, row: Row, scale: float, **look: Any) -> None:
    """A difference with its interval: filled when clear, hollow when not, a cross when zero.

    `look` may hold clear, colour, width, marker, size, edge, letters, words (its number), beside.
    """
    edge = look.get("edge", 1.8)
    if not np.isfinite(row["difference"]):
        size = look.get("letters", SMALL_SIZE)
        ax.annotate("–", (0.0, place), ha="center", va="center", color=SOFT, size=size)
        return
    clear = look.get("clear", is_clear(row))
    colour = look.get("colour", BLUE if clear else GREY)
    low, middle, high = (scale * row[key] for key in ("low", "difference", "high"))
    if is_zero(row):
        size = look.get("size", 9) - 2
        ax.plot(0.0, place, marker="x", color=SOFT, markersize=size, markeredgewidth=edge, zorder=3)
        return
    if np.isfinite([low, high]).all():
        ax.plot([low, high], [place] * 2, color=colour, linewidth=look.get("width", 3), zorder=2)
    ax.plot(
        middle, place, marker=look.get("marker", "o"), color=colour, zorder=3,
        markersize=look.get("size", 9), markeredgewidth=edge, linestyle="none",
        markerfacecolor=colour if clear else "white",
    )  # fmt: skip
    if clear and look.get("words", True):
        _number(ax, place, middle, colour, look.get("beside", False))


def _number(ax: Axes, place: float, middle: float, colour: str, beside: bool) -> None:
    """The number of a clear difference: above its dot, or at the right edge of the panel."""
    look: dict[str, Any] = {"color": colour, "weight": "bold", "zorder": 4, "size": SMALL_SIZE}
    if beside:
        ax.annotate(signed(middle), (1.0, place), xycoords=ax.get_yaxis_transform(), ha="right",
                    va="center_baseline", **{**look, "size": SIDE_SIZE})  # fmt: skip
        return
    ax.annotate(
        signed(middle), (middle, place), xytext=(0, 7), textcoords="offset points", ha="center",
        va="bottom", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.3}, **look,
    )  # fmt: skip


def dots_axis(ax: Axes, rows: Sequence[Row], scale: float, beside: bool = False) -> None:
    """An axis of differences that holds zero and every interval, with room for numbers."""
    shown = [scale * row[key] for row in rows for key in ("low", "difference", "high")]
    finite = [value for value in (0.0, *shown) if np.isfinite(value)]
    low, high = min(finite), max(finite)
    room = (SIDE_ROOM[0] if beside else ROOM) * (high - low)
    ax.axvline(0.0, color=INK, linewidth=1.5, zorder=1)
    wide = SIDE_ROOM[1] * (high - low) if beside else room
    ax.set_xlim((low - room, high + wide) if room else (-1.0, 1.0))
    if room:
        ax.xaxis.set_major_locator(MaxNLocator(TICKS, min_n_ticks=TICKS, steps=STEPS))
    else:
        ax.set_xticks([0.0])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))
    ax.tick_params(axis="x", labelsize=SMALL_SIZE)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)


def dots_legend(
    rows: Sequence[Row], clear_words: str, size: float = 9.0, edge: float = 1.8
) -> list[Line2D]:
    """What the dots of `rows` mean, for dots of a size and with edges, both in points."""
    look: dict[str, Any] = {
        "marker": "o", "markersize": size, "markeredgewidth": edge, "linewidth": size / 3
    }  # fmt: skip
    found = []
    if any(is_clear(row) for row in rows):
        found.append(Line2D([], [], color=BLUE, label=clear_words, **look))
    if any(not is_clear(row) and not is_zero(row) for row in rows):
        found.append(Line2D([], [], color=GREY, markerfacecolor="white",
                            label="unclear: may be chance", **look))  # fmt: skip
    if any(is_zero(row) for row in rows):
        found.append(Line2D([], [], color=SOFT, marker="x", linestyle="none", label="exactly zero",
                            markersize=size - 2, markeredgewidth=edge))  # fmt: skip
    return found


def cells(
    ax: Axes, table: Mapping[tuple[int, int], Cell], shape: tuple[int, int], size: float
) -> None:
    """A table of numbers: coloured when clear, hollow and grey when not.

    table: (row, column) → text, shade in -MOST_SHADE..MOST_SHADE or None, clear.
    """
    norm = Normalize(-MOST_SHADE, MOST_SHADE, clip=True)
    for (row, column), (text, shade, clear) in table.items():
        face = SHADES(norm(shade)) if clear and shade is not None else (1.0, 1.0, 1.0, 1.0)
        ax.add_patch(
            Rectangle((column - 0.46, row - 0.44), 0.92, 0.88, facecolor=face,
                      edgecolor=SOFT if clear else FAINT, linewidth=1.0)
        )  # fmt: skip
        light = float(np.dot(face[:3], (0.299, 0.587, 0.114)))
        colour = ("white" if light < DARK else INK) if clear else SOFT
        ax.text(column, row, text, ha="center", va="center", size=size, color=colour,
                weight="bold" if clear else "normal", linespacing=1.05)  # fmt: skip
    rows, columns = shape
    ax.set_xlim(-0.5, columns - 0.5)
    ax.set_ylim(max(rows, FEW_ROWS) - 0.5, -0.5)
    ax.grid(visible=False)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)


def numbered(
    ax: Axes,
    points: Sequence[tuple[float, float, str, str]],
    others: Sequence[Box] = (),
    size: float = LABEL_SIZE,
) -> None:
    """A short text near each point (x, y, text, colour), on a leader where it must stand off.

    No text covers a point, another text, or one of the boxes `others` (in pixels). Call it last.
    """
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()
    canvas: Any = figure.canvas
    pixel = figure.dpi / POINTS
    spots = [ax.transData.transform(point[:2]) for point in points]
    taken: list[Box] = [(x - 6, y - 6, x + 6, y + 6) for x, y in spots]
    taken += list(others)
    frame = ax.get_window_extent()
    for (x, y, name, colour), spot in zip(points, spots, strict=True):
        text = ax.annotate(
            name, (x, y), xytext=(0, 0), textcoords="offset points", size=size,
            color=colour, weight="bold", ha="center", va="center", zorder=6,
        )  # fmt: skip
        box = text.get_window_extent(canvas.get_renderer())
        half = (box.width / 2 + 2, box.height / 2 + 1)
        for across, up in _places(half, pixel):
            mine = (spot[0] + across - half[0], spot[1] + up - half[1],
                    spot[0] + across + half[0], spot[1] + up + half[1])  # fmt: skip
            inside = min(mine[0] - frame.x0, mine[1] - frame.y0) > 0.0
            inside &= min(frame.x1 - mine[2], frame.y1 - mine[3]) > 0.0
            if inside and not any(overlap(mine, other) for other in taken):
                break
        taken.append(mine)
        text.set_position((across / pixel, up / pixel))
        if math.hypot(across, up) > RADII[2] * pixel:
            ax.annotate(
                "", (x, y), xytext=(across / pixel, up / pixel), textcoords="offset points",
                arrowprops={"arrowstyle": "-", "color": FAINT, "shrinkA": 7, "shrinkB": 4},
            )  # fmt: skip


def _places(half: tuple[float, float], pixel: float) -> list[tuple[float, float]]:
    """Offsets of a text's middle in pixels, the nearest first; up and to the right first."""
    turns = [math.pi / 4 + 2 * math.pi * turn / ANGLES for turn in range(ANGLES)]
    return [
        (radius * pixel * math.cos(turn) + math.copysign(half[0] / 2, math.cos(turn)),
         radius * pixel * math.sin(turn))
        for radius in RADII
        for turn in turns
    ]  # fmt: skip


def key_column(
    figure: Figure, parts: Sequence[tuple[str, Sequence[tuple[str, str]]]], width: float
) -> None:
    """Keys with titles at the left, `width` inches wide: (mark, name) a line, folded.

    Call it before the axes are made.
    """
    engine: Any = figure.get_layout_engine()
    left, bottom, across, height = engine.get()["rect"]
    names = [(part, entry) for part, (_, entries) in enumerate(parts) for entry in entries]
    lines = 3 if len(names) <= TALL_ROWS else 2 if len(names) <= 2 * TALL_ROWS else 1
    step = SMALL_SIZE * LINE / POINTS / SLIDE[1]
    place: dict[str, Any] = {"va": "top", "size": SMALL_SIZE, "linespacing": 1.15}
    top, indent = bottom + height - step, 0.32 / SLIDE[0]
    for part, (heading, _) in enumerate(parts):
        figure.text(left, top, heading, weight="bold", **place)
        top -= step * 1.2
        for mark, name in (entry for number, entry in names if number == part):
            text = fold(name, width - 0.55, SMALL_SIZE, lines)
            figure.text(left, top, mark, weight="bold", color=INK if mark else SOFT, **place)
            figure.text(left + indent, top, text, color=INK if mark else SOFT, **place)
            top -= step * (text.count("\n") + 1.25)
        top -= step * 0.6
    share = width / SLIDE[0]
    engine.set(rect=(left + share, bottom, across - share, height))


def scale_for(rows: Sequence[Row]) -> float:
    """The scale of the unit that rows of one outcome share."""
    return scale_of(str(rows[0]["unit"])) if rows else 1.0
