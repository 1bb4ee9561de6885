"""Pairs of levers that help or hinder each other: a row a pair, a panel a headline outcome."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from alliance_abm.levers import LEVERS
from alliance_abm.outcomes import WINDOW_END, WINDOW_START
from experiments.interactions import PAIR, Interactions, pair_name
from experiments.paired import is_clear
from viz.page import MODEL_ALONE, digits, empty, legend_strip, page, percent, title, years_label
from viz.theme import BLUE, GREY, INK

PER_CENT = 100.0
TITLE_WIDTH, UNIT_WIDTH, NAME_WIDTH = 14, 17, 36  # characters of a line
MARGIN = 0.2  # of a panel's width, beside the outermost interval
EDGE = 0.8  # of a row, above the first and below the last
TICKS, STEPS = 2, (1, 2, 5, 10)
GAP = 0.06  # of a panel's width, between panels
TITLE_SIZE, LABEL_SIZE, NAME_SIZE = 12.0, 10.5, 9.5
Row = dict[str, Any]


def interaction_effects(found: Interactions) -> Figure:
    """What each pair of levers does beyond the sum of what each does without the other."""
    rows: list[Row] = [row for row in found.rows() if row["kind"] == PAIR]
    figure = page(interaction_headline(rows), _subtitle(found), MODEL_ALONE)
    if not rows:
        empty(figure.subplots(), "The study names no pair of levers.")
        return figure
    _legend(figure)
    engine: Any = figure.get_layout_engine()
    engine.set(wspace=GAP)
    outcomes = list(dict.fromkeys(row["outcome"] for row in rows))
    names = list(dict.fromkeys(_pair(row) for row in rows))
    axes = figure.subplots(1, len(outcomes), squeeze=False, sharey=True)[0]
    for ax, outcome in zip(axes, outcomes, strict=True):
        _panel(ax, [row for row in rows if row["outcome"] == outcome], names)
    labels = [textwrap.fill(pair_name(*name), NAME_WIDTH, break_on_hyphens=False) for name in names]
    axes[0].set_yticks(range(len(names)), labels, size=NAME_SIZE, linespacing=1.05)
    axes[0].set_ylim(len(names) - 1 + EDGE, -EDGE)
    return figure


def interaction_headline(rows: Sequence[Row]) -> str:
    """The clear interaction that is largest against the outcome's own level."""
    clear = [row for row in rows if row["off"] and is_clear(row)]
    if not clear:
        return "No pair of levers is told apart from two levers that simply add up"
    most = max(clear, key=lambda row: abs(row["effect"] / row["off"]))
    names = f"{LEVERS[most['lever']].name} and {_spoken(LEVERS[most['other']].name)}"
    way = "higher" if most["effect"] > 0 else "lower"
    amount = _amount(most).lstrip("−")
    text = f"{names}: {most['name']} {amount} {way} than their effects add up to"
    others = len({_pair(row) for row in clear}) - 1
    pairs = len({_pair(row) for row in rows})
    return f"{text}; {others or 'none'} of the other {pairs - 1} pairs clear" if pairs > 1 else text


def _spoken(name: str) -> str:
    return name if name[:2].isupper() else name[0].lower() + name[1:]


def _amount(row: Row) -> str:
    value = float(row["effect"])
    return f"{digits(PER_CENT * value)} points" if _is_share(row) else digits(value)


def _pair(row: Row) -> tuple[str, str]:
    return row["lever"], row["other"]


def _subtitle(found: Interactions) -> str:
    last = min(found.scenario.horizon.end, WINDOW_END)
    first = WINDOW_START if last >= WINDOW_START else found.scenario.horizon.report_from
    return (
        f"World '{found.scenario.name}' ({found.study.world}), {found.policies} combinations of "
        f"{len(found.study.levers)} levers on N = {found.replications} seeds: what both levers of "
        "a pair do beyond the sum of what each does without the other, mean over all states of "
        "the other levers, with 90 % interval over seeds; clear: also when corrected for the "
        f"number of pairs. Outcomes of {years_label(first.year, last.year)}; market share is of "
        "deliveries."
    )


def _panel(ax: Axes, rows: Sequence[Row], names: Sequence[tuple[str, str]]) -> None:
    """Dots and intervals of one outcome; hollow where the effect is not clear."""
    scale = PER_CENT if _is_share(rows[0]) else 1.0
    ax.axvline(0.0, color=INK, linewidth=1.5, zorder=1)
    for row in rows:
        _dot(ax, names.index(_pair(row)), row, scale)
    values = [scale * row[key] for row in rows for key in ("low", "effect", "high")]
    finite = [value for value in (0.0, *values) if np.isfinite(value)]
    room = MARGIN * (max(finite) - min(finite)) or 1.0
    ax.set_xlim(min(finite) - room, max(finite) + room)
    ax.xaxis.set_major_locator(MaxNLocator(TICKS, min_n_ticks=TICKS, steps=STEPS))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=LABEL_SIZE)
    ax.set_xlabel(_under(rows[0]), size=LABEL_SIZE, linespacing=1.25)
    title(ax, textwrap.fill(str(rows[0]["name"]), TITLE_WIDTH))
    ax.title.set_fontsize(TITLE_SIZE)


def _dot(ax: Axes, place: int, row: Row, scale: float) -> None:
    clear = is_clear(row)
    colour = BLUE if clear else GREY
    low, middle, high = (scale * row[key] for key in ("low", "effect", "high"))
    if np.isfinite([low, high]).all():
        ax.plot([low, high], [place] * 2, color=colour, linewidth=3, zorder=2)
    ax.plot(
        middle, place, marker="o", color=colour, markersize=9, markeredgewidth=2, zorder=3,
        markerfacecolor=colour if clear else "white",
    )  # fmt: skip
    if clear:
        ax.annotate(
            ("+" if middle > 0.0 else "") + digits(middle), (middle, place), xytext=(0, 8),
            textcoords="offset points", ha="center", va="bottom", color=colour, size=LABEL_SIZE,
            weight="bold", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )  # fmt: skip


def _is_share(row: Row) -> bool:
    return str(row["unit"]).startswith("share")


def _under(row: Row) -> str:
    """The unit of the effects, and the value without any lever."""
    share = _is_share(row)
    unit = "percentage points" if share else str(row["unit"])
    value = percent(row["off"]) if share else digits(row["off"])
    return f"{textwrap.fill(unit, UNIT_WIDTH)}\nwithout any {value}"


def _legend(figure: Figure) -> None:
    dot: dict[str, Any] = {"marker": "o", "markersize": 9, "markeredgewidth": 2, "linewidth": 3}
    handles = [
        Line2D([], [], color=INK, linewidth=1.5, label="the two simply add up"),
        Line2D([], [], color=BLUE, label="clear", **dot),
        Line2D([], [], color=GREY, markerfacecolor="white", label="not told apart", **dot),
    ]
    legend_strip(figure, handles)
