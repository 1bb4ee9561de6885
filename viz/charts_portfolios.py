"""Portfolios: where nations buy that follow the same strategy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from viz.bands import MIDDLE, bands
from viz.marks import slim
from viz.page import (
    MODEL_ALONE,
    POINTS,
    About,
    digits,
    empty,
    legend_strip,
    page,
    percent,
    percent_axis,
    text_width,
    title,
)
from viz.spans import dashed, reported_periods
from viz.theme import INK, PORTFOLIO, RC, STRATEGIES

KEYS = ["strategy", "period"]
GAP = 0.6  # of a row, between groups
LEAST_WRITTEN = 0.065  # a share below it carries no number
TICK_SIZE = float(RC["ytick.labelsize"])
WORDS = {
    "united_states": "the United States",
    "friendly": "friendly third parties",
    "competitor": "China and Russia",
    "licensed": "licensed build",
    "own_industry": "own industry",
}
Rows = dict[tuple[str, str], float]


def portfolios(table: pd.DataFrame, about: About) -> Figure:
    """Shares of sources in deliveries by leading strategy, first and last years, and their spread.

    Args:
        table: `AllianceModel.portfolios()` of all runs.
        about: the runs.
    """
    figure = page(
        portfolio_headline(table, about),
        f"{about.buyers} allied and partner buyers by the strategy with the largest weight at the "
        "end of a run. Left: share of all volume delivered to the group, mean over runs. Right: "
        "how many foreign suppliers of equal size would be as spread as a nation's imports, mean "
        f"over the group (ring: first years, dot: last ones). {about.runs_of_world}"
        + ("; the line holds the 10–90 % range of runs." if about.runs > 1 else "."),
        MODEL_ALONE,
    )
    rows = table_rows(table, about)
    if not rows:
        empty(figure.subplots(), "Nothing was delivered in these runs.")
        return figure
    handles = [
        Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=label)
        for label, colour, hatch in PORTFOLIO.values()
    ]
    legend_strip(figure, handles)
    left, right = figure.subplots(1, 2, width_ratios=[2.1, 1], sharey=True)
    sources(left, table, rows)
    spread_of_suppliers(right, table, rows)
    group_axis(left, table, rows)
    return figure


def table_rows(table: pd.DataFrame, about: About) -> Rows:
    """Places of the rows by strategy and period, groups apart, from the top down."""
    rows: Rows = {}
    place = 0.0
    for strategy in STRATEGIES:
        mine = table[table["strategy"] == strategy]
        for period in [one for one in reported_periods(table, about) if one in set(mine["period"])]:
            rows[strategy, period] = place
            place += 1.0
        place += GAP if len(mine) else 0.0
    return rows


def sources(ax: Axes, table: pd.DataFrame, rows: Rows) -> None:
    """Stacked bars of the mean shares, numbers in them."""
    means = table.groupby([*KEYS, "source"])["share"].mean().unstack("source")
    places, left = np.array(list(rows.values())), np.zeros(len(rows))
    shown = means.loc[list(rows)]
    for source, (_, colour, hatch) in PORTFOLIO.items():
        share = shown[source].to_numpy(float)
        ax.barh(places, share, left=left, height=0.78, color=colour, hatch=hatch,
                edgecolor="white", linewidth=0.8)  # fmt: skip
        for place, start, size in zip(places, left, share, strict=True):
            if size >= LEAST_WRITTEN:
                ax.text(
                    start + size / 2, place, percent(size), ha="center", va="center", size=11,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2, "alpha": 0.85},
                )  # fmt: skip
        left += share
    title(ax, "Where deliveries come from")
    percent_axis(ax.xaxis)
    ax.set_xlim(0.0, 1.0)
    ax.set_xlabel("share of all volume delivered")


def spread_of_suppliers(ax: Axes, table: pd.DataFrame, rows: Rows) -> None:
    """Effective number of suppliers with its band."""
    found = bands(table, KEYS, "suppliers").set_index(KEYS)
    title(ax, "As how many equal suppliers")
    seen = [key for key in rows if key in found.index]
    if not seen:
        empty(ax, "Nothing was imported.", with_axes=True)
    for strategy, period in seen:
        band: Any = found.loc[(strategy, period)]
        low, median, high = (float(band[edge]) for edge in ("low", "median", "high"))
        colour, place = INK, rows[strategy, period]
        last = period == seen[-1][1]
        ax.plot([low, high], [place] * 2, color=colour, linewidth=3, zorder=3)
        ax.plot(
            median, place, marker="o", markersize=10, color=colour, zorder=4,
            markerfacecolor=colour if last else "white", markeredgewidth=2.2,
        )  # fmt: skip
        ax.annotate(
            digits(median), (median, place), xytext=(0, 8), textcoords="offset points",
            ha="center", va="bottom", size=11, weight="bold",
        )  # fmt: skip
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0.8, max([2.0, *found["high"]]) * 1.1)
    ax.set_xlabel("foreign suppliers")
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)


def group_axis(ax: Axes, table: pd.DataFrame, rows: Rows) -> None:
    """Name periods at the rows, and groups with the number of their nations beside them."""
    ax.set_yticks(list(rows.values()), [dashed(period) for _, period in rows])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    slim(ax, len(rows))
    low, high = min(rows.values()), max(rows.values())
    beside = POINTS * max(text_width(dashed(period), TICK_SIZE) for _, period in rows) + 18.0
    ax.set_ylim(high + 0.7, low - 0.7)
    for strategy in dict.fromkeys(strategy for strategy, _ in rows):
        places = [place for (name, _), place in rows.items() if name == strategy]
        ax.annotate(
            f"{STRATEGIES[strategy].label}\n{group_size(table, strategy)}",
            (0.0, float(np.mean(places))), xycoords=ax.get_yaxis_transform(), xytext=(-beside, 0),
            textcoords="offset points", ha="right", va="center", weight="bold", size=12.5,
        )  # fmt: skip


def group_size(table: pd.DataFrame, strategy: str) -> str:
    """How many nations follow a strategy; about the median where runs differ."""
    runs = table.drop_duplicates(["strategy", "replication"])
    counts = runs.loc[runs["strategy"] == strategy, "nations"]
    same = counts.nunique() == 1 and len(counts) == runs["replication"].nunique()
    count = round(counts.quantile(MIDDLE))
    return f"{'' if same else 'about '}{count} nation{'' if count == 1 else 's'}"


def portfolio_headline(table: pd.DataFrame, about: About) -> str:
    """Whether those who would spread their suppliers have more of them than the others."""
    periods = reported_periods(table, about)
    if not periods:
        return "Nothing was delivered to the buyers"
    last = table[table["period"] == periods[-1]]
    found = bands(last, ["strategy"], "suppliers").set_index("strategy")
    counts = found["median"]
    when = f"in {dashed(periods[-1])}"
    if "diversification" not in counts.index or len(counts) < 2:
        shares = last.groupby("source")["share"].mean()
        name = str(shares.idxmax())
        return (
            f"The largest source {when} is {WORDS[name]} with {percent(shares[name])} of what is "
            "delivered to a group"
        )
    most, others = counts["diversification"], counts.drop("diversification")
    parts = [
        f"{STRATEGIES[str(name)].label.lower()} {digits(others[name])}" for name in others.index
    ]
    sizes = last[last["strategy"].isin(counts.index)].groupby("strategy")["nations"].median()
    says = spread_words(found) if about.runs > 1 and sizes.min() > 1.0 else "import"
    return (
        f"Diversifiers {says} as from {digits(most)} equal suppliers {when}; "
        f"where another strategy leads: {', '.join(parts)}"
    )


def spread_words(found: pd.DataFrame) -> str:
    """Whether the diversifiers' band (rows by strategy) lies apart from all others, in words."""
    mine, others = found.loc["diversification"], found.drop("diversification")
    if mine["low"] > others["high"].max():
        return "spread their imports most:"
    if mine["high"] < others["low"].max():
        return "do not spread their imports most:"
    return "do not clearly spread their imports most:"
