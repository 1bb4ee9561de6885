"""What moves the headlines: Morris planes, bars of Sobol indices, dots of effects by factor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.analysis.analysis import Analysis
from experiments.analysis.sensitivity import CORRELATION, main_index
from experiments.analysis.words import factor_name
from experiments.batch.read import Batch
from experiments.batch.work import LEVERS_POLICY
from experiments.runner import POLICY
from viz.batch.words import (
    SHARES,
    ground,
    movers,
    policy_title,
    targets_of,
    with_headlines,
)
from viz.page import LINE, legend_strip, title
from viz.policy_marks import (
    LABEL_SIZE,
    SMALL_SIZE,
    STEPS,
    TICKS,
    dot,
    dots_axis,
    key_column,
    numbered,
    place_rows,
    row_labels,
    sheet,
)
from viz.policy_view import records
from viz.policy_words import cut, fold, mid_sentence, scale_of, unit_words
from viz.theme import BLUE, FAINT, GREY, INK, ORANGE, SOFT

MOST_ROWS, FEW_ROWS, MOST_NAMED = 10, 7, 3
PANEL_INCHES, NARROW_INCHES, KEY_INCHES = 1.42, 1.2, 3.4
GAP = 0.07
BAR = 0.36
MOST_TICKS = 3
HIGH = 0.12  # room above and beside the outermost point
LEFT_WORDS = {  # what each index is, under the headline
    "mu_star": "Each point is an assumption: across, the mean size of its effect when it moves "
    "over its whole range; up, how much that effect differs from place to place (curved, or "
    "dependent on others). Filled: more than chance between runs gives, by its 90 % interval.",
    "ST": "Shares of the variance between points, with 90 % bootstrap intervals: of a factor "
    "alone, and with all that it does together with others.",
    CORRELATION: "Rank correlation of each factor with the mean of each point, with 90 % interval; "
    "filled where it leaves out zero.",
    "effect": "Mean difference between the highest and the lowest value of each factor on the "
    "same seeds, with 90 % interval; filled where clear, also when corrected (Holm) for the "
    "number of factors.",
}


def sensitivity(batch: Batch, found: Analysis, key: Mapping[str, Any]) -> Figure:
    """The figure of the batch's method for one policy, world and kind of target."""
    rows = with_headlines(found.sensitivity, found)
    rows = next(mine for one, mine in targets_of(rows) if one == key)
    index = main_index(str(batch.method))
    figure = sheet(
        sensitivity_headline(batch, rows, key), f"{ground(batch, key['world'])} {LEFT_WORDS[index]}"
    )
    if index == "mu_star":
        _planes(figure, rows, found)
    else:
        _panels(figure, batch, rows, index)
    return figure


def sensitivity_headline(batch: Batch, rows: pd.DataFrame, key: Mapping[str, Any]) -> str:
    """Which factor is the first for most headlines."""
    method = str(batch.method)
    firsts = []
    for _, mine in rows.groupby("outcome", sort=False):
        clear = movers(mine, method)
        if len(clear):
            firsts.append((str(clear.iloc[0]["factor"]), str(clear.iloc[0]["name"])))
    what = "the headlines"
    if key["policy"] not in (POLICY, LEVERS_POLICY):
        what = f"what {cut(policy_title(batch, key['policy']), 40)} changes"
    if not firsts:
        return f"No factor clearly moves {what}"
    names = [factor for factor, _ in firsts]
    first = max(dict.fromkeys(names), key=names.count)
    count, total = names.count(first), rows["outcome"].nunique()
    word = factor_name(first)
    outcome = mid_sentence(next(name for factor, name in firsts if factor == first))
    if len(firsts) == 1 and total > 1:
        return f"Of {what}, only {outcome} clearly moves: most with {mid_sentence(word)}"
    if count == 1 and total > 1:
        return f"No factor is first for more than one of {what}; {outcome} moves most with {word}"
    return f"{word[0].upper()}{word[1:]} moves {what} most: first for {count} of {total}"


def chosen_factors(rows: pd.DataFrame, method: str) -> list[str]:
    """At most MOST_ROWS factors: those that stand first for some outcome, best rank on top."""
    main = rows[rows["index"] == main_index(method)]
    best = main.groupby("factor", sort=False)["rank"].agg(["min", "mean"])
    order = best.sort_values(["min", "mean"], kind="stable").index
    return [str(name) for name in order[:MOST_ROWS]]


def _panels(figure: Figure, batch: Batch, rows: pd.DataFrame, index: str) -> None:
    """A row a factor, a panel an outcome."""
    factors = chosen_factors(rows, str(batch.method))
    total = rows["factor"].nunique()
    legend_strip(figure, _legend(index, total - len(factors)))
    outcomes = list(dict.fromkeys(rows["outcome"]))
    engine: Any = figure.get_layout_engine()
    engine.set(wspace=GAP)
    axes = figure.subplots(1, len(outcomes), squeeze=False, sharey=True)[0]
    for ax, outcome in zip(axes, outcomes, strict=True):
        mine = rows[(rows["outcome"] == outcome) & rows["factor"].isin(factors)]
        _bars(ax, mine, factors) if index in SHARES else _dots(ax, mine, factors, index)
        first = mine.iloc[0]
        title(ax, fold(str(first["name"]), PANEL_INCHES, LABEL_SIZE, 4, "bold"))
        ax.title.set_fontsize(LABEL_SIZE)
        ax.set_xlabel(fold(_unit(index, first), NARROW_INCHES, SMALL_SIZE, 3), size=SMALL_SIZE,
                      linespacing=1.25)  # fmt: skip
    names = [factor_name(name) for name in factors]
    place_rows(axes, row_labels([f"{name[0].upper()}{name[1:]}" for name in names]))


def _unit(index: str, row: pd.Series) -> str:
    if index in SHARES:
        return "share of variance"
    return "rank correlation" if index == CORRELATION else unit_words(str(row["unit"]))


def _legend(index: str, left: int) -> list[Any]:
    more = [Line2D([], [], linestyle="none", label=f"{left} more factors not shown")] * (left > 0)
    if index in SHARES:
        return [
            Patch(facecolor=BLUE, label="with interactions (ST)"),
            Patch(facecolor="white", edgecolor=ORANGE, hatch="///", label="by itself (S1)"),
            *more,
        ]
    look: dict[str, Any] = {"marker": "o", "markersize": 9, "markeredgewidth": 1.8, "linewidth": 3}
    return [
        Line2D([], [], color=BLUE, label="clear", **look),
        Line2D([], [], color=GREY, markerfacecolor="white", label="unclear", **look),
        *more,
    ]


def _dots(ax: Axes, rows: pd.DataFrame, factors: Sequence[str], index: str) -> None:
    mine = rows[rows["index"] == index]
    scale = scale_of(str(mine.iloc[0]["unit"])) if index == "effect" else 1.0
    shown = [{**row, "difference": row["value"], "p_holm": np.nan} for row in records(mine)]
    beside = len(factors) > FEW_ROWS
    for row in shown:
        dot(ax, factors.index(row["factor"]), row, scale, clear=bool(row["clear"]), beside=beside)
    dots_axis(ax, shown, scale, beside)
    few_ticks(ax)
    if index == CORRELATION:
        low, high = ax.get_xlim()
        ax.set_xticks([tick for tick in (-1.0, 0.0, 1.0) if low <= tick <= high])


def few_ticks(ax: Axes) -> None:
    """Every second tick of a narrow axis that would have more than MOST_TICKS."""
    low, high = ax.get_xlim()
    shown = [float(tick) for tick in ax.get_xticks() if low <= tick <= high]
    if len(shown) > MOST_TICKS:
        zero = int(np.argmin(np.abs(shown)))
        ax.set_xticks([tick for place, tick in enumerate(shown) if (place - zero) % 2 == 0])


def _bars(ax: Axes, rows: pd.DataFrame, factors: Sequence[str]) -> None:
    looks: dict[str, tuple[float, dict[str, Any]]] = {
        "ST": (-BAR / 2, {"color": BLUE}),
        "S1": (BAR / 2, {"facecolor": "white", "edgecolor": ORANGE, "hatch": "///"}),
    }
    for index, (shift, look) in looks.items():
        for _, row in rows[rows["index"] == index].iterrows():
            place = factors.index(row["factor"]) + shift
            ax.barh(place, row["value"], height=BAR, zorder=2, **look)
            ax.plot([row["low"], row["high"]], [place] * 2, color=INK, linewidth=2.0, zorder=3)
    ax.axvline(0.0, color=INK, linewidth=1.5, zorder=1)
    ax.margins(x=0.08)
    ax.xaxis.set_major_locator(MaxNLocator(TICKS, min_n_ticks=TICKS, steps=STEPS))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))
    ax.tick_params(axis="x", labelsize=SMALL_SIZE)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)


def _planes(figure: Figure, rows: pd.DataFrame, found: Analysis) -> None:
    """mu* across and sigma up, a panel an outcome; the first factors are numbered."""
    outcomes = list(dict.fromkeys(rows["outcome"]))
    main = rows[rows["index"] == "mu_star"]
    named = main[(main["rank"] <= MOST_NAMED) & main["clear"].astype(bool)]
    factors = list(dict.fromkeys(named.sort_values("rank", kind="stable")["factor"]))
    numbers = {name: str(place) for place, name in enumerate(factors, 1)}
    legend_strip(figure, _plane_legend())
    key = [(number, factor_name(name)) for name, number in numbers.items()]
    key = key or [("", "No factor stands out from chance")]
    key_column(figure, [("First three of each outcome", key)], KEY_INCHES)
    lines = 1 if len(outcomes) <= 3 else 2
    across = -(-len(outcomes) // lines)
    axes = figure.subplots(lines, across, squeeze=False).ravel()
    for ax in axes[len(outcomes) :]:
        ax.set_axis_off()
    for ax, outcome in zip(axes, outcomes, strict=False):
        _plane(ax, rows[rows["outcome"] == outcome])
    for ax, outcome in zip(axes, outcomes, strict=False):
        _write_numbers(ax, rows[rows["outcome"] == outcome], numbers)


def _plane_legend() -> list[Line2D]:
    return [
        Line2D([], [], color=BLUE, marker="o", linewidth=3, label="clear, 90 % interval of mu*"),
        Line2D([], [], color=GREY, marker="o", markerfacecolor="white", linestyle="none",
               label="not told from chance"),
        Line2D([], [], color=SOFT, linestyle=(0, (2, 2)), linewidth=1.5,
               label="as uneven as it is large"),
    ]  # fmt: skip


def _plane(ax: Axes, rows: pd.DataFrame) -> None:
    points = _points(rows)
    for one in points.values():
        clear = bool(one["clear"])
        colour = BLUE if clear else GREY
        if clear:
            ax.plot([one["low"], one["high"]], [one["sigma"]] * 2, color=colour, linewidth=2,
                    alpha=0.5, zorder=2)  # fmt: skip
        ax.plot(one["mu_star"], one["sigma"], marker="o", color=colour, markersize=7, zorder=3,
                markerfacecolor=colour if clear else "white", linestyle="none")  # fmt: skip
    right = max(max(one["mu_star"], one["high"]) for one in points.values())
    top = max(one["sigma"] for one in points.values())
    ax.plot([0.0, right], [0.0, right], color=SOFT, linestyle=(0, (2, 2)), linewidth=1.5, zorder=1)
    ax.set_xlim(-HIGH / 3 * right, (1.0 + HIGH) * right or 1.0)
    ax.set_ylim(-HIGH / 2 * top, (1.0 + 2 * HIGH) * top or 1.0)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(3, steps=STEPS))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))
    ax.tick_params(labelsize=SMALL_SIZE)
    ax.grid(axis="both", visible=True, color=FAINT, alpha=0.5)
    first = rows.iloc[0]
    title(ax, fold(str(first["name"]), 2.6, LABEL_SIZE, 2, "bold"))
    ax.title.set_fontsize(LABEL_SIZE)
    unit = fold(unit_words(str(first["unit"])), 2.0, SMALL_SIZE, 2)
    ax.set_xlabel(f"mu*, {unit}", size=SMALL_SIZE, linespacing=LINE - 0.1)
    ax.set_ylabel("sigma", size=SMALL_SIZE)


def _points(rows: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """The row of mu* of each factor, with mu* and sigma, all in the unit that is shown."""
    scale = scale_of(str(rows.iloc[0]["unit"]))
    found: dict[str, dict[str, Any]] = {}
    for row in records(rows):
        one = found.setdefault(row["factor"], {"rank": row["rank"]})
        one[row["index"]] = scale * row["value"]
        if row["index"] == "mu_star":
            one |= {"clear": row["clear"], "low": scale * row["low"], "high": scale * row["high"]}
    return found


def _write_numbers(ax: Axes, rows: pd.DataFrame, numbers: Mapping[str, str]) -> None:
    points = _points(rows)
    shown = [
        (points[name]["mu_star"], points[name]["sigma"], number, INK)
        for name, number in numbers.items()
        if points[name]["rank"] <= MOST_NAMED and points[name]["clear"]
    ]
    if shown:
        numbered(ax, shown)
