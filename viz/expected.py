"""Expectations in one figure: who turns where after a denial, and how late a shift is seen."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from experiments.expected import HIGHER, LOWER, plan
from viz.page import SIPRI_TRANSFERS, digits, legend_strip, page, title, years_label
from viz.theme import BROWN, INK, LINES, ORANGE, ROUTES, SOFT, SOURCES, Style

THIRD = SOURCES["friendly"]
SOURCE_LOOKS = {
    "orders_us": SOURCES["USA"],
    "orders_third": Style("Third parties", THIRD.colour, THIRD.line, THIRD.marker),
    "orders_home": ROUTES["domestic"],
}
CLOCK_LOOKS = {
    "orders_us": Style("U.S. share of orders", BROWN, LINES[0], "^"),
    "deliveries_us": Style("U.S. share of deliveries", INK, LINES[1], "s"),
    "stock_us": Style("U.S. share of the stock", ORANGE, LINES[2], "D"),
}
APART = 0.16  # of the place between two levels
WINDOW = "after"
PER_CENT = 100.0


def expectations(twins: pd.DataFrame, shocks: pd.DataFrame) -> Figure:
    """Changes of shares of orders after a denial by competence, and of a shaken nation's shares.

    Args:
        twins: `experiments.expected.twins`.
        shocks: `experiments.expected.shocks`.
    """
    study, shaken = plan()["twins"], plan()["shock"]
    denial, years = study["denial"], study["windows"][WINDOW]
    variants = list(dict.fromkeys(twins["variant"]))
    figure = page(
        expectations_headline(twins),
        f"Change of shares, mean with {100 * plan()['interval']:.0f} % interval of the mean over "
        f"paired runs. Left and middle: orders of {years_label(*years)} after a full U.S. "
        f"suspension from {denial['start']} to {denial['end']}, nations alike but for competence, "
        f"N = {study['runs']} runs of {len(study['nations'])} nations. Right: {shaken['nation']}, "
        f"a lasting shock to its alignment in 2025, N = {shaken['runs']} runs.",
        SIPRI_TRANSFERS,
    )
    looks = [*SOURCE_LOOKS.values(), *CLOCK_LOOKS.values()]
    handles: list[Any] = [
        Line2D([], [], color=look.colour, marker=look.marker, linestyle="none", markersize=9,
               label=look.label)
        for look in looks
    ]  # fmt: skip
    legend_strip(figure, handles)
    axes = figure.subplots(1, 3, width_ratios=[1, 1, 1.15])
    axes[1].sharey(axes[0])
    axes[0].set_ylabel("percentage points")
    for ax, variant in zip(axes, (variants[0], variants[-1]), strict=False):
        rows = twins[(twins["variant"] == variant) & (twins["window"] == WINDOW)]
        _points(ax, rows, "competence", list(study["competence"]), SOURCE_LOOKS)
        title(ax, f"Denied: {variant}")
        ax.set_xlabel("competence")
    first = shocks.iloc[0:0] if shocks.empty else _lasting(shocks)
    _points(axes[2], first, "window", list(shaken["windows"]), CLOCK_LOOKS)
    axes[2].set_xticks(range(len(shaken["windows"])), [
        name.removeprefix("years ").replace("-", "–") for name in shaken["windows"]
    ])  # fmt: skip
    title(axes[2], "Intended and realised")
    axes[2].set_xlabel("years after the shock")
    return figure


def expectations_headline(twins: pd.DataFrame) -> str:
    """What own industry gains by competence, as shipped and in the last variant."""
    rows = twins[(twins["window"] == WINDOW) & (twins["measure"] == "orders_home")]
    gained = rows.set_index(["variant", "competence"])["mean"] * PER_CENT
    variants = list(dict.fromkeys(twins["variant"]))
    first, last = (
        [digits(float(gained[variant, level])) for level in (LOWER, HIGHER)]
        for variant in (variants[0], variants[-1])
    )
    return (
        f"Denied nations turn to their own industry by {first[0]} points where competence is low "
        f"and {first[1]} where it is high; with {variants[-1]} by {last[0]} and {last[1]}"
    )


def _lasting(shocks: pd.DataFrame) -> pd.DataFrame:
    name = next(iter(plan()["shock"]["struck"]))
    shipped = shocks["incumbency"] == shocks["incumbency"].iloc[0]
    return shocks[(shocks["shock"] == name) & shipped]


def _points(
    ax: Axes, rows: pd.DataFrame, key: str, places: list[str], looks: dict[str, Style]
) -> None:
    """A point with its interval a measure and place, side by side."""
    middle = (len(looks) - 1) / 2
    for number, (measure, look) in enumerate(looks.items()):
        mine = rows[rows["measure"] == measure].set_index(key).reindex(places)
        x = [place + (number - middle) * APART for place in range(len(places))]
        ax.vlines(x, mine["low"], mine["high"], color=look.colour, linewidth=2.4, zorder=2)
        ax.plot(x, mine["mean"], look.marker, color=look.colour, markersize=8, zorder=3)
    ax.axhline(0.0, color=SOFT, linewidth=1.4, zorder=1)
    ax.set_xticks(range(len(places)), places)
    ax.set_xlim(-0.5, len(places) - 0.5)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: digits(PER_CENT * share)))
