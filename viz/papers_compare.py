"""Figures for papers from a comparison: effects, paths, stages, trade-offs and lost sales."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from alliance_abm.desks import STAGE_IDS, STAGE_NAMES
from viz.bands import bands, with_time
from viz.charts_case_stages import ROUTES, TOTAL, stage_changes
from viz.charts_policy_losses import ALL, BASELINE_NAME, loss_changes
from viz.charts_policy_paths import (
    BEFORE,
    COLOURS,
    MOST_POLICIES,
    PATHS,
    Path,
    differences_by_year,
    of_paths,
)
from viz.charts_tradeoffs import (
    axis_words,
    crosses,
    crosses_legend,
    limits,
    pairs_of,
    write_numbers,
)
from viz.marks import TICK_STEPS
from viz.page import percent_axis
from viz.papers_page import (
    MM,
    TEXT,
    THIN,
    band,
    curves,
    is_wide,
    legend,
    letter,
    line_key,
    name_rows,
    patch_key,
    sheet,
    stacked_bars,
)
from viz.policy_marks import STEPS, dot, dots_axis, dots_legend, scale_for
from viz.policy_view import BASELINE, View, foremost
from viz.policy_words import PER_CENT, Row, fold, unit_words
from viz.theme import CAUSES, INK, LINES, MARKERS, SOFT, STAGES, Style

DOT: Mapping[str, Any] = {
    "size": 4.0, "edge": 0.9, "width": 1.2, "letters": TEXT, "words": False
}  # fmt: skip
CLEAR = "clear: 90 % interval without zero, Holm-adjusted p < 0.1"
PAIRS = (("gap_years", "leak_exposure"), ("us_share_deliveries", "gap_years"))
MOST_BANDS = 1  # policies up to which each one's range of runs is drawn
MOST_TICKS, FEW_TICKS = 5, 3
NAME_MM = 30.0
NAME_LINES = 3
LINE_MM, ROW_MM, BARE_MM = 2.9, 7.0, 5.6  # of a line of text, and of rows
SMALLER = 0.45  # crosses, of their size on a slide


def effects(view: View, width: float) -> Figure:
    """The difference of each headline with its interval: a panel a headline, a row a policy."""
    wide = is_wide(width)
    columns = min(3 if wide else 2, len(view.headlines))
    lines = math.ceil(len(view.headlines) / columns)
    names = _names(view, view.policies, wide)
    figure = sheet(width, lines * (_height(names) + 21) + 12)
    grid = figure.subplots(lines, columns, squeeze=False, sharey=True)
    room = (width - NAME_MM * (1.4 if wide else 1.1)) / columns - 5
    for ax in grid.flat[len(view.headlines) :]:
        ax.set_visible(False)
    for place, (ax, outcome) in enumerate(zip(grid.flat, view.headlines, strict=False)):
        rows = view.rows([outcome])
        _dots(ax, [(view.policies.index(one["policy"]), one) for one in rows], names)
        letter(ax, place, str(rows[0]["name"]), room)
        ax.set_xlabel(fold(unit_words(rows[0]["unit"]), room / MM, TEXT, 3))
    legend(figure, _keys(view.rows(view.headlines)), width)
    return figure


def _names(view: View, policies: Sequence[str], wide: bool) -> list[str]:
    """Titles of policies in lines that stand beside their rows."""
    inches = NAME_MM * (1.3 if wide else 1.0) / MM
    return [fold(view.titles[name], inches, TEXT, NAME_LINES) for name in policies]


def _height(names: Sequence[str]) -> float:
    """Millimetres of the rows of policies, whose names may have several lines."""
    lines = max((name.count("\n") + 1 for name in names), default=1)
    return max(LINE_MM * lines + 1.2, ROW_MM if len(names) < 8 else 0.0) * len(names)


def _dots(
    ax: Axes, rows: Sequence[tuple[int, Row]], names: Sequence[str], scale: float | None = None
) -> None:
    """Differences with intervals on numbered rows; without `scale`, in their unit's."""
    factor = scale_for([row for _, row in rows]) if scale is None else scale
    for place, row in rows:
        dot(ax, place, row, factor, **DOT)
    dots_axis(ax, [row for _, row in rows], factor)
    for line in ax.lines:
        if line.get_zorder() == 1:
            line.set_linewidth(THIN)
    ax.tick_params(axis="x", labelsize=TEXT)
    ax.xaxis.set_major_locator(MaxNLocator(3, steps=STEPS))
    name_rows(ax, names)


def _keys(rows: Sequence[Row]) -> list[Line2D]:
    return dots_legend(rows, CLEAR, DOT["size"], DOT["edge"])


def policy_styles(view: View, shown: Sequence[str]) -> dict[str, Style]:
    """A style for the runs without levers, and one for each policy shown."""
    looks = {BASELINE: Style(BASELINE_NAME, INK, LINES[0], MARKERS[0])}
    for place, name in enumerate(shown):
        line, marker = LINES[(place + 1) % len(LINES)], MARKERS[place + 1]
        looks[name] = Style(view.titles[name], COLOURS[place], line, marker)
    return looks


def paths(view: View, width: float) -> Figure:
    """Headlines over time without levers and with policies, and how far they part."""
    shown = foremost(view, [path.headline for path in PATHS], MOST_POLICIES)
    table = with_time(view.of_world(view.comparison.series))
    table = of_paths(table[table["time"] >= view.start - BEFORE])
    apart = differences_by_year(table, shown)
    parts = [path for path in PATHS if path.headline in set(table["path"])]
    looks, wide = policy_styles(view, shown), is_wide(width)
    figure = sheet(width, 98 if wide else 48 * len(parts) + 18)
    shape = (2, len(parts)) if wide else (len(parts), 2)
    grid = figure.subplots(*shape, squeeze=False, sharex=True)
    room = width / shape[1] - 13
    for place, path in enumerate(parts):
        upper, lower = (grid[0][place], grid[1][place]) if wide else grid[place]
        later = place + len(parts) if wide else 2 * place + 1
        _levels(upper, path, table[table["path"] == path.headline], looks)
        letter(upper, place if wide else 2 * place, path.name, room)
        _parting(lower, apart[apart["path"] == path.headline], looks)
        letter(lower, later, "Difference", room)
    for ax in grid.flat:
        _years(ax, table, view.start, MOST_TICKS if wide else FEW_TICKS)
    for ax in grid[-1]:
        ax.set_xlabel("year")
    short = {name: fold(look.label, (width - 14) / MM, TEXT, 1) for name, look in looks.items()}
    keys = [line_key(Style(short[name], look.colour, look.line, look.marker))
            for name, look in looks.items()]  # fmt: skip
    legend(figure, keys, width)
    return figure


def _levels(ax: Axes, path: Path, rows: pd.DataFrame, looks: Mapping[str, Style]) -> None:
    """Means over runs, with the range of runs of the baseline and of a single policy."""
    found = bands(rows[rows["policy"].isin(list(looks))], ["policy", "time"])
    means = rows.groupby(["policy", "time"])["value"].mean().rename("mean").reset_index()
    found = found.merge(means, on=["policy", "time"]).assign(median=lambda frame: frame["mean"])
    with_bands = list(looks)[: 1 + MOST_BANDS] if len(looks) <= 1 + MOST_BANDS else [BASELINE]
    if rows["replication"].nunique() > 1:
        for name in with_bands:
            band(ax, found[found["policy"] == name], looks[name].colour, 0.13)
    curves(ax, found, looks, "policy", bands=False, every=(6, 16))
    percent_axis(ax.yaxis)
    ax.yaxis.set_major_locator(MaxNLocator(4))
    ax.set_ylabel(path.unit)


def _parting(ax: Axes, apart: pd.DataFrame, looks: Mapping[str, Style]) -> None:
    """Mean paired differences at the ends of years with their intervals."""
    ax.axhline(0.0, color=INK, linewidth=THIN, zorder=1)
    rows = apart.rename(columns={"difference": "median"})
    rows[["low", "median", "high"]] *= PER_CENT
    names = {name: look for name, look in looks.items() if name != BASELINE}
    curves(ax, rows, names, "policy", every=(1, 4))
    ax.set_ylabel("percentage points")
    if rows["median"].any():
        ax.yaxis.set_major_locator(MaxNLocator(4))
    else:
        ax.set(ylim=(-1.0, 1.0), yticks=[0.0])
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))


def _years(ax: Axes, table: pd.DataFrame, start: float, most: int) -> None:
    first, last = float(table["time"].min()), float(table["time"].max())
    step = next((step for step in TICK_STEPS if (last - first) / step <= most), 20)
    ax.set_xlim(first, last)
    ax.xaxis.set_major_locator(MultipleLocator(step))
    ax.xaxis.set_major_formatter(lambda year, _: f"{year:.0f}")
    ax.axvline(start, color=SOFT, linewidth=0.7, linestyle=(0, (2, 2)), zorder=1)


def _parted(
    names: Sequence[str], view: View, width: float, rows: int
) -> tuple[Figure, Axes, list[Axes]]:
    """A sheet with a panel across its width and under it one a policy; these share their axes."""
    columns = min(3 if is_wide(width) else 2, max(len(names), 1))
    lines = math.ceil(len(names) / columns)
    bars = _height([BASELINE_NAME, *_names(view, names, is_wide(width))])
    heights = [bars + 16, *[BARE_MM * rows + 18] * lines]
    figure = sheet(width, sum(heights) + (16 if is_wide(width) else 26))
    grid = figure.add_gridspec(1 + lines, columns, height_ratios=heights)
    top = figure.add_subplot(grid[0, :])
    below: list[Axes] = []
    for place in range(len(names)):
        share = below[0] if below else None
        ax = figure.add_subplot(grid[1 + place // columns, place % columns], sharex=share,
                                sharey=share)  # fmt: skip
        ax.yaxis.set_tick_params(labelleft=place % columns == 0)
        below.append(ax)
    room = (width - NAME_MM) / columns - 4
    for place, (ax, name) in enumerate(zip(below, names, strict=True), 1):
        letter(ax, place, view.titles[name], room, 4)
    return figure, top, below


def stages(view: View, width: float) -> Figure:
    """Mean days of a case by stage, without levers and with policies, and the changes."""
    found = stage_changes(view)
    totals = {row["policy"]: abs(row["difference"]) for row in found if row["stage"] == TOTAL}
    most = sorted(totals, key=lambda name: -totals[name])[:MOST_POLICIES]
    shown = [name for name in view.policies if name in most]
    mine = [row for row in found if row["policy"] in shown]
    figure, top, below = _parted(shown, view, width, len(STAGE_IDS) + 1)
    base = {row["stage"]: row["baseline"] for row in mine}
    means = {name: {row["stage"]: row["baseline"] + row["difference"] for row in mine
                    if row["policy"] == name} for name in shown}  # fmt: skip
    table = pd.DataFrame([base, *(means[name] for name in shown)], index=[BASELINE, *shown])
    there = [stage for stage in STAGE_IDS if table[stage].max() > 0.0]
    names = dict(zip(STAGE_IDS, STAGE_NAMES, strict=True))
    stacked_bars(top, table[there], {stage: STAGES[stage] for stage in there},
                 [BASELINE_NAME, *_names(view, shown, is_wide(width))])  # fmt: skip
    letter(top, 0, "Request to contract, Foreign Military Sales", width - NAME_MM)
    top.set_xlabel("days a case, mean over runs")
    order = [*there, TOTAL]
    labels = [fold(names.get(stage, "all stages"), NAME_MM / MM, TEXT, 2) for stage in order]
    _changes(below, shown, [(order.index(row["stage"]), row) for row in mine
                            if row["stage"] in order], labels, 1.0, "change, days")  # fmt: skip
    keys = [patch_key(names[stage], *STAGES[stage]) for stage in there]
    legend(figure, [*keys, *_keys(mine)], width)
    return figure


def _changes(
    axes: Sequence[Axes], shown: Sequence[str], rows: Sequence[tuple[int, Row]],
    labels: Sequence[str], scale: float, unit: str,
) -> None:  # fmt: skip
    """Changes by row in the panel of each policy, all on the same axes."""
    for ax, name in zip(axes, shown, strict=True):
        _dots(ax, [(place, row) for place, row in rows if row["policy"] == name], labels, scale)
        ax.set_xlabel(unit)
    for ax in axes[:1]:
        dots_axis(ax, [row for _, row in rows], scale)
        ax.lines[-1].remove()
        ax.xaxis.set_major_locator(MaxNLocator(3, steps=STEPS))
        ax.tick_params(axis="x", labelsize=TEXT)


def lost_sales(view: View, width: float) -> Figure:
    """Volume lost by cause, without levers and with policies, and the changes."""
    table = view.of_world(view.comparison.lost)
    changes, whole = loss_changes(table)
    reach = {name: abs(row["difference"]) for (name, cause), row in changes.items() if cause == ALL}
    most = sorted(reach, key=lambda name: -reach[name])[:MOST_POLICIES]
    shown = [name for name in view.policies if name in most]
    there = set(table.loc[table["volume"] > 0.0, "cause"])
    causes = [cause for cause in CAUSES if cause in there]
    figure, top, below = _parted(shown, view, width, len(causes) + 1)
    means = table.groupby(["policy", "cause"])["volume"].mean().unstack(fill_value=0)
    bars = means.reindex([BASELINE, *shown]).fillna(0.0)[causes] / 1000.0
    looks = {cause: (CAUSES[cause][1], CAUSES[cause][2]) for cause in causes}
    stacked_bars(top, bars, looks, [BASELINE_NAME, *_names(view, shown, is_wide(width))])
    letter(top, 0, "Awarded to others than the United States", width - NAME_MM)
    unit = "volume, thousand capability units, mean over runs"
    top.set_xlabel(fold(unit, (width - NAME_MM - 10) / MM, TEXT, 2))
    order = [*causes, ALL]
    labels = [CAUSES[cause][0] if cause in CAUSES else "All causes" for cause in order]
    rows = [(order.index(cause), row) for (name, cause), row in changes.items()
            if name in shown and cause in order]  # fmt: skip
    _changes(below, shown, rows, labels, PER_CENT / max(whole, 1e-9), "change, % of all lost")
    keys = [patch_key(CAUSES[cause][0], *looks[cause]) for cause in causes]
    legend(figure, [*keys, *_keys([row for _, row in rows])], width)
    return figure


def trade_offs(view: View, width: float) -> Figure:
    """Differences of two headlines against each other, a panel a pair of headlines."""
    pairs = [pair for pair in PAIRS if all(view.rows([outcome]) for outcome in pair)]
    wide = is_wide(width)
    lines = 1 if wide else len(pairs)
    figure = sheet(width, 66 * lines + 5 * math.ceil(len(view.policies) / (2 if wide else 1)) + 6)
    axes = list(figure.subplots(lines, len(pairs) if wide else 1, squeeze=False).flat)
    numbers = {name: str(place) for place, name in enumerate(view.policies, 1)}
    every = []
    for place, (ax, pair) in enumerate(zip(axes, pairs, strict=True)):
        found = pairs_of(view, view.worlds[0], pair)
        crosses(ax, found, SMALLER)
        limits([ax], list(found.values()))
        rows = [view.rows([outcome])[0] for outcome in pair]
        room = width / (len(pairs) if wide else 1) - 20
        letter(ax, place, " and ".join(str(row["name"]) for row in rows), room)
        ax.set_xlabel(fold(axis_words(rows[0]), room / MM, TEXT, 2))
        ax.set_ylabel(fold(axis_words(rows[1]), 48 / MM, TEXT, 3))
        every += list(found.values())
    titles = [
        Line2D([], [], ls="none", marker=f"${number}$", color=INK, markersize=5, mew=0,
               label=fold(view.titles[name], (width / (2 if wide else 1) - 14) / MM, TEXT, 1))
        for name, number in numbers.items()
    ]  # fmt: skip
    legend(figure, [*titles, *crosses_legend(every, SMALLER)], width)
    for ax, pair in zip(axes, pairs, strict=True):
        write_numbers(ax, pairs_of(view, view.worlds[0], pair), numbers, TEXT)
    return figure


def has_trade_off(view: View) -> bool:
    """Was a pair of headlines measured that `trade_offs` shows?"""
    return any(all(view.rows([outcome]) for outcome in pair) for pair in PAIRS)


def has_stages(view: View) -> bool:
    """Was a case of Foreign Military Sales contracted?"""
    table = view.of_world(view.comparison.stages)
    return bool((table["route"].isin(ROUTES) & (table["cases"] > 0)).any())


def has_losses(view: View) -> bool:
    """Was a sale lost without levers?"""
    return loss_changes(view.of_world(view.comparison.lost))[1] > 0.0


def has_paths(view: View) -> bool:
    """Was a path of a headline recorded?"""
    return len(of_paths(view.of_world(view.comparison.series))) > 0
