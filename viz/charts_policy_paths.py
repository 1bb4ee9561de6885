"""Paths over time: the runs without levers and with each policy, and how far they part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from experiments.paired import holm
from viz.bands import bands, with_time
from viz.marks import TICK_STEPS
from viz.page import empty, legend_strip, percent_axis, title
from viz.policy_marks import LABEL_SIZE, SMALL_SIZE, sheet
from viz.policy_view import BASELINE, View, foremost, paired_changes, records
from viz.policy_words import AS_IT_MUST, PER_CENT, fold, is_clear, mid_sentence, signed
from viz.theme import BLUE, FAINT, GREEN, INK, LINES, ORANGE, PURPLE, SOFT

MOST_POLICIES = 4
COLOURS = (BLUE, ORANGE, GREEN, PURPLE)
BEFORE = 4.0  # years shown before the first lever
MOST_TICKS = 6
NAME_INCHES = {1: 6.0, 2: 3.0, 3: 3.0, 4: 3.0}


@dataclass(frozen=True)
class Path:
    """A line of the series table and the headline that it belongs to."""

    entity: str
    outcome: str
    headline: str
    name: str
    unit: str
    clock: str


PATHS = (
    Path("USA", "share_delivered", "us_share_deliveries", "U.S. market share",
         "share of volume", "deliveries"),
    Path("world", "gap", "gap_years", "Capability gap", "share of target", "stock"),
    Path("world", "allied_capability_share", "allied_capability_share",
         "Allied share of capability", "share of stock", "stock"),
)  # fmt: skip
_LOOKS: Mapping[int, tuple[str, Any]] = MappingProxyType(
    {place: (colour, LINES[place % len(LINES)]) for place, colour in enumerate(COLOURS)}
)


def policy_paths(view: View) -> Figure:
    """Means over runs by quarter, above; mean paired differences at the end of years, below."""
    shown = foremost(view, [path.headline for path in PATHS], MOST_POLICIES)
    table = with_time(view.of_world(view.comparison.series))
    table = of_paths(table[table["time"] >= view.start - BEFORE])
    parts = [path for path in PATHS if path.headline in set(table["path"])]
    apart = differences_by_year(table, shown)
    figure = sheet(
        paths_headline(view, apart, shown),
        f"{view.ground} Above: means over runs (shares of volume over four quarters), with "
        "the 10–90 % range of runs without the policies. Below: mean difference to the same run "
        "without the policy"
        + (" and the 90 % interval of that mean," if view.pairs > 1 else ",")
        + " at the end of each year."
        + _others(view, shown),
    )
    if not parts:
        empty(figure.subplots(), "No quarter was recorded.")
        return figure
    legend_strip(figure, _legend(view, shown))
    axes = figure.subplots(2, len(parts), squeeze=False, sharex=True, height_ratios=[1, 1])
    for column, path in enumerate(parts):
        rows = table[table["path"] == path.headline]
        _levels(axes[0][column], path, rows, view, shown)
        _apart(axes[1][column], rows, apart[apart["path"] == path.headline], view, shown)
    for ax in axes.flat:
        _time(ax, table, view.start)
    for ax in axes[1]:
        ax.set_ylabel("percentage points", size=SMALL_SIZE)
    return figure


def of_paths(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of PATHS that were recorded without levers too, with the id of the `path`."""
    parts = []
    for path in PATHS:
        mine = (table["entity"] == path.entity) & (table["outcome"] == path.outcome)
        rows = table[mine].dropna(subset=["value"])
        if (rows["policy"] == BASELINE).any():
            parts.append(rows.assign(path=path.headline))
    return pd.concat(parts) if parts else table.iloc[:0].assign(path=None)


def differences_by_year(table: pd.DataFrame, shown: Sequence[str]) -> pd.DataFrame:
    """Mean paired difference by policy, path and end of year: rows of `paired_changes`."""
    mine = table["policy"].isin([*shown, BASELINE]) & (table["time"] % 1.0 == 0.0)
    return paired_changes(table[mine], ["path", "time"], "value")


def _others(view: View, shown: list[str]) -> str:
    left = len(view.policies) - len(shown)
    return (
        f" The {len(shown)} policies that move these most are named, {left} grey." if left else ""
    )


def _legend(view: View, shown: list[str]) -> list[Line2D]:
    handles = [Line2D([], [], color=INK, linewidth=2.4, label="without levers")]
    for place, name in enumerate(shown):
        colour, line = _LOOKS[place]
        label = fold(view.titles[name], NAME_INCHES[len(shown)], 12.0, 1)
        handles.append(Line2D([], [], color=colour, linestyle=line, label=label))
    if len(shown) < len(view.policies):
        handles.append(Line2D([], [], color=FAINT, linewidth=1.2, label="other policies"))
    return handles


def _levels(ax: Axes, path: Path, rows: pd.DataFrame, view: View, shown: list[str]) -> None:
    base = rows[rows["policy"] == BASELINE]
    band = bands(base, ["time"])
    if base["replication"].nunique() > 1:
        ax.fill_between(band["time"], band["low"], band["high"], color=INK, alpha=0.12, lw=0)
    means = rows.groupby(["policy", "time"])["value"].mean()
    for name, colour, line, width in _styles(view, shown):
        if name in means.index.get_level_values(0):
            path_of = means.loc[name]
            ax.plot(path_of.index, path_of, color=colour, linestyle=line, linewidth=width)
    mean = means.loc[BASELINE]
    ax.plot(mean.index, mean, color=INK, linewidth=2.4, zorder=2.5)
    percent_axis(ax.yaxis)
    ax.yaxis.set_major_locator(MaxNLocator(5))
    title(ax, f"{path.name} ({path.clock})")
    ax.title.set_fontsize(LABEL_SIZE)
    ax.set_ylabel(path.unit, size=SMALL_SIZE)


def _apart(ax: Axes, rows: pd.DataFrame, apart: pd.DataFrame, view: View, shown: list[str]) -> None:
    ax.axhline(0.0, color=INK, linewidth=1.5, zorder=1)
    means = rows.groupby(["policy", "time"])["value"].mean()
    for name, colour, line, width in _styles(view, shown):
        mine = apart[apart["policy"] == name]
        if name in shown:
            ax.fill_between(mine["time"], PER_CENT * mine["low"], PER_CENT * mine["high"],
                            color=colour, alpha=0.15, linewidth=0)  # fmt: skip
            x, middle = mine["time"], PER_CENT * mine["difference"]
        elif name in means.index.get_level_values(0):
            between = PER_CENT * (means.loc[name] - means.loc[BASELINE])
            x, middle = between.index.to_series(), between
        else:
            continue
        ax.plot(x, middle, color=colour, linestyle=line, linewidth=width)
    if not apart["difference"].any():
        ax.set_ylim(-1.0, 1.0)
        ax.set_yticks([0.0])
    else:
        ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))


def _styles(view: View, shown: list[str]) -> list[tuple[str, str, Any, float]]:
    """Policy, colour, line and width; those without a name come first, under the others."""
    rest = [(name, FAINT, "-", 1.2) for name in view.policies if name not in shown]
    return [*rest, *((name, *_LOOKS[place], 2.2) for place, name in enumerate(shown))]


def _time(ax: Axes, table: pd.DataFrame, start: float) -> None:
    first, last = float(table["time"].min()), float(table["time"].max())
    step = next((step for step in TICK_STEPS if (last - first) / step <= MOST_TICKS), 20)
    ax.set_xlim(first, last)
    ax.xaxis.set_major_locator(MultipleLocator(step))
    ax.xaxis.set_major_formatter(lambda year, _: f"{year:.0f}")
    ax.axvline(start, color=SOFT, linewidth=1.4, linestyle=(0, (2, 2)), zorder=1)
    place = ax.get_subplotspec()
    if place is not None and place.is_last_row():
        ax.annotate(
            f"levers from {start:.0f} →", (start, 0.0), xycoords=ax.get_xaxis_transform(),
            xytext=(4, 4), textcoords="offset points", va="bottom", color=SOFT, size=SMALL_SIZE,
        )  # fmt: skip


def paths_headline(view: View, apart: pd.DataFrame, shown: Sequence[str]) -> str:
    """How far the policy that moves most has parted from the baseline in the last year."""
    if apart.empty:
        return "No policy was followed over time"
    last = apart[apart["time"] == apart["time"].max()]
    year = str(int(apart["time"].max()) - 1)
    if not apart["difference"].any():
        placebo = all(view.is_placebo(name) for name in shown)
        return f"In {year} nothing has parted: {AS_IT_MUST if placebo else 'exactly zero'}"
    last = last.assign(p_holm=holm(last["p"].to_numpy(float)))
    clear = [row for row in records(last) if is_clear(row)]
    if not clear:
        return f"By {year} no path has clearly parted from the runs without levers"
    most = max(clear, key=lambda row: abs(row["difference"]) / (abs(row["baseline"]) or 1.0))
    name = next(path.name for path in PATHS if path.headline == most["path"])
    size = f"{signed(PER_CENT * most['difference'])} percentage points"
    whom = view.short(most["policy"])
    return f"By the end of {year} {mid_sentence(name)} has moved by {size} with {whom}"
