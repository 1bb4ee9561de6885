"""Figures of a journal's column width: sizes of type, panel letters, legends, vector files.

No headline and no source stands in the picture: the caption beside it says what it shows.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import Collection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from viz.figures import settle
from viz.page import POINTS, text_width
from viz.policy_words import fold
from viz.theme import RC, SOFT, Style

MM = 25.4  # in an inch
WIDTHS: Mapping[str, float] = MappingProxyType({"single": 88.0, "double": 180.0})
LEAST_MM, MOST_MM = 80.0, 300.0
FORMATS = ("pdf", "svg", "eps")
WIDE_MM = 140.0  # from here on panels stand side by side
TALLEST_MM = 240.0
TEXT, TITLE, SMALL = 7.0, 7.5, 6.5
SLACK = 1.03  # letters are drawn a little wider than they are measured
LINE, THIN, BAND, EDGE = 1.1, 0.6, 0.18, 0.35
MARK_SIZE = 3.0
MARK_EVERY = (10, 20)  # the first marker of a line, and points from one to the next
HANDLE, HANDLE_GAP, GAP = 2.6, 0.6, 1.4  # of a legend, in its letters' size

PAPER_RC: Mapping[str, Any] = MappingProxyType(
    {
        **RC,
        "font.size": TEXT,
        "axes.labelsize": TEXT,
        "axes.titlesize": TITLE,
        "axes.titlepad": 3.5,
        "axes.labelpad": 2.0,
        "axes.linewidth": THIN,
        "grid.linewidth": 0.4,
        "xtick.labelsize": TEXT,
        "ytick.labelsize": TEXT,
        "xtick.major.size": 2.0,
        "ytick.major.size": 2.0,
        "xtick.major.width": THIN,
        "ytick.major.width": THIN,
        "xtick.major.pad": 2.0,
        "ytick.major.pad": 2.0,
        "legend.fontsize": TEXT,
        "text.hinting": "no_hinting",
        "lines.linewidth": LINE,
        "patch.linewidth": 0.4,
        "hatch.linewidth": 0.4,
        "pdf.fonttype": 42,
        "ps.fonttype": 42,
    }
)


def is_wide(width: float) -> bool:
    """Is there room for panels side by side in so many millimetres?"""
    return width >= WIDE_MM


def sheet(width: float, height: float) -> Figure:
    """An empty figure of so many millimetres."""
    size = (width / MM, min(height, TALLEST_MM) / MM)
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)  # so that texts can be measured
    engine: Any = figure.get_layout_engine()
    engine.set(w_pad=0.04, h_pad=0.03, wspace=0.02, hspace=0.03)
    return figure


def letter(ax: Axes, place: int, text: str, millimetres: float, lines: int = 3) -> None:
    """The letter of a panel and what it shows, in lines that fit above it."""
    words = fold(
        f"({string.ascii_lowercase[place]}) {text}", millimetres / MM, TITLE, lines, "bold"
    )
    ax.set_title(words, linespacing=1.15)


def legend(figure: Figure, handles: Sequence[Artist], width: float) -> None:
    """A legend under the panels, in as many columns as fit; it takes its own room."""
    if not handles:
        return
    em = TEXT / POINTS * MM
    widths = [
        text_width(str(handle.get_label()), TEXT) * MM * SLACK + em * (HANDLE + HANDLE_GAP)
        for handle in handles
    ]
    figure.legend(
        handles=list(handles), loc="outside lower left", handlelength=HANDLE, borderpad=0.1,
        ncols=_columns(widths, width - 2.0, em * GAP), columnspacing=GAP, labelspacing=0.35,
        handletextpad=HANDLE_GAP, borderaxespad=0.2,
    )  # fmt: skip


def _columns(widths: Sequence[float], room: float, gap: float) -> int:
    """The most columns, filled from the top down, that fit side by side; at least one."""
    for columns in range(len(widths), 1, -1):
        rows, more = divmod(len(widths), columns)
        ends = np.cumsum([rows + (place < more) for place in range(columns)])
        parts = np.split(np.array(widths), ends[:-1])
        if sum(part.max() for part in parts) + gap * (columns - 1) <= room:
            return columns
    return 1


def line_key(style: Style, **look: Any) -> Line2D:
    """The entry of a line with its marker."""
    given = {"markersize": MARK_SIZE, "markeredgecolor": "white", "markeredgewidth": 0.4, **look}
    return Line2D([], [], color=style.colour, ls=style.line, marker=style.marker,
                  label=style.label, **given)  # fmt: skip


def patch_key(label: str, colour: str, hatch: str = "") -> Patch:
    """The entry of a bar."""
    return Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=label)


def band(ax: Axes, rows: pd.DataFrame, colour: str, shade: float = BAND) -> None:
    """A band `low` to `high` over `time`, with thin edges: another one over it hides nothing."""
    ax.fill_between(
        rows["time"], rows["low"], rows["high"], color=colour, alpha=shade, lw=0, zorder=2
    )
    for edge in ("low", "high"):
        ax.plot(rows["time"], rows[edge], color=colour, lw=EDGE, alpha=0.6, zorder=2.5)


def curves(
    ax: Axes,
    found: pd.DataFrame,
    styles: Mapping[str, Style],
    by: str = "entity",
    bands: bool = True,
    every: tuple[int, int] = MARK_EVERY,
) -> None:
    """Lines of `median` over `time` in the styles of the theme, each with its band.

    found: columns `by`, time, median, low, high; rows of what has no style are left out.
    """
    rows = found[found[by].isin(list(styles))].dropna(subset=["median"])
    shown = [name for name in styles if name in set(rows[by])]
    if not shown:
        return
    for name in shown if bands else ():
        band(ax, rows[rows[by] == name], styles[name].colour)
    sns.lineplot(
        rows, x="time", y="median", hue=by, style=by, hue_order=shown, style_order=shown,
        palette={name: styles[name].colour for name in shown},
        dashes={name: _dashes(styles[name].line) for name in shown},
        markers={name: styles[name].marker for name in shown},
        markevery=every, markersize=MARK_SIZE, markeredgewidth=0.4, linewidth=LINE,
        estimator=None, errorbar=None, legend=False, zorder=3, ax=ax,
    )  # fmt: skip
    ax.set(xlabel="", ylabel="")


def _dashes(line: Any) -> Any:
    """A line style as seaborn takes it."""
    return "" if line == "-" else line[1]


def stacked_bars(
    ax: Axes, table: pd.DataFrame, looks: Mapping[str, tuple[str, str]], labels: Sequence[str]
) -> pd.Series:
    """Horizontal bars from the top down, one a row of `table`, stacked by its columns.

    looks: colour and hatch by column, in the order of the stack. Returns where the bars end.
    """
    left = pd.Series(0.0, index=table.index)
    for name, (colour, hatch) in looks.items():
        ax.barh(range(len(table)), table[name], left=left, height=0.64, color=colour,
                hatch=hatch, edgecolor="white", linewidth=0.4)  # fmt: skip
        left = left + table[name]
    name_rows(ax, labels)
    ax.set_xlim(0.0, 1.04 * max(float(left.max()), 1e-9))
    return left


def name_rows(ax: Axes, labels: Sequence[str]) -> None:
    """Names of rows from the top down, with a grid along the values."""
    ax.set_yticks(range(len(labels)), list(labels), linespacing=1.05)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)


def nothing(ax: Axes, text: str) -> None:
    """Say in a panel why it shows nothing."""
    ax.text(0.5, 0.5, fold(text, 1.5, TEXT, 4), transform=ax.transAxes, ha="center", va="center",
            color=SOFT)  # fmt: skip


def write_figure(draw: Callable[[], Figure], path: Path) -> Path:
    """Build a figure at its size and write it as its suffix says; equal figures, equal bytes."""
    settings: Any = dict(PAPER_RC)
    kind = path.suffix.removeprefix(".")
    with matplotlib.rc_context(settings):
        figure = draw()
        settle(figure)
        if kind == "eps":
            opaque(figure)
        figure.savefig(path, metadata=_EMPTY[kind])
    if kind == "eps":
        _without_date(path)
    return path


_EMPTY: Mapping[str, Any] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
    "eps": {"Creator": "alliance-abm"},
}


def opaque(figure: Figure) -> None:
    """Mix colours that are let through with white: EPS knows no transparency."""
    for artist in figure.findobj(lambda one: one.get_alpha() is not None):
        share = float(artist.get_alpha() or 0.0)
        if isinstance(artist, Collection):
            for kind in ("facecolor", "edgecolor"):
                colours = getattr(artist, f"get_{kind}")()
                artist.set_alpha(None)
                getattr(artist, f"set_{kind}")([_mixed(one, share) for one in colours])
        elif isinstance(artist, Line2D):
            artist.set_alpha(None)
            artist.set_color(_mixed(artist.get_color(), share))
        elif isinstance(artist, Patch):
            face, edge = artist.get_facecolor(), artist.get_edgecolor()
            artist.set_alpha(None)
            artist.set(facecolor=_mixed(face, share), edgecolor=_mixed(edge, share))


def _mixed(colour: Any, share: float) -> Any:
    if len(colour) == 4 and not isinstance(colour, str) and colour[3] == 0.0:
        return "none"
    return tuple(1.0 - share * (1.0 - part) for part in to_rgb(colour))


def _without_date(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if not line.startswith(b"%%CreationDate:")))
