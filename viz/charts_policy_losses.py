"""Sales lost to the United States, by cause: without levers and with each policy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from viz.page import NO_BREAK, digits, empty, legend_strip, percent, title
from viz.policy_marks import SMALL_SIZE, Cell, cells, row_labels, row_size, sheet
from viz.policy_view import BASELINE, View, paired_changes, records
from viz.policy_words import AS_IT_MUST, CLEAR, PER_CENT, Row, fold, is_clear, is_zero
from viz.theme import CAUSES

ALL = "all"
HEAD_INCHES, HEAD_SIZE, HALF = 0.66, 9.0, 0.32
BASELINE_NAME = "Without levers"
SHORT = {"strategic_competition": "Strategic compet."}


def policy_losses(view: View) -> Figure:
    """Volume lost by cause as stacked bars, and its change by cause as a table."""
    table = view.of_world(view.comparison.lost)
    changes, whole = loss_changes(table)
    figure = sheet(
        losses_headline(changes, whole, view),
        f"Volume that buyers awarded to others than the United States from {view.start:.0f} on "
        "(counts orders), by that in which the best U.S. offer was furthest behind. "
        f"{view.ground} Means over runs. Right: change in percent of all volume lost without "
        f"levers; bold where clear ({CLEAR}), grey where it may be chance.",
    )
    if not whole > 0.0:
        empty(figure.subplots(), "No sale was lost in these runs.")
        return figure
    there = set(table.loc[table["volume"] > 0.0, "cause"])
    causes = [cause for cause in CAUSES if cause in there]
    legend_strip(
        figure,
        [Patch(facecolor=CAUSES[cause][1], hatch=CAUSES[cause][2], edgecolor="white",
               label=CAUSES[cause][0]) for cause in causes],
    )  # fmt: skip
    left, right = figure.subplots(1, 2, width_ratios=[1, 2.0])
    _bars(left, table, causes, view)
    _changes(right, changes, whole, causes, view)
    return figure


def loss_changes(table: pd.DataFrame) -> tuple[dict[tuple[str, str], Row], float]:
    """Change in volume by (policy, cause), `all` causes too, and the mean lost without levers."""
    if table.empty:
        return {}, 0.0
    totals = table.groupby(["policy", "replication"])["volume"].sum().reset_index()
    whole = float(totals.loc[totals["policy"] == BASELINE, "volume"].mean())
    both = [paired_changes(table, ["cause"], "volume"),
            paired_changes(totals.assign(cause=ALL), ["cause"], "volume")]  # fmt: skip
    rows = records(pd.concat(both, ignore_index=True))
    return {(row["policy"], row["cause"]): row for row in rows}, whole


def _bars(ax: Axes, table: pd.DataFrame, causes: list[str], view: View) -> None:
    means = table.groupby(["policy", "cause"])["volume"].mean().unstack(fill_value=0)
    names = [BASELINE, *view.policies]
    means = means.reindex(names)
    left = np.zeros(len(names))
    for cause in causes:
        _, colour, hatch = CAUSES[cause]
        volumes = means[cause].fillna(0.0).to_numpy(float)
        ax.barh(range(len(names)), volumes, left=left, height=2 * HALF, color=colour, hatch=hatch,
                edgecolor="white", linewidth=0.8)  # fmt: skip
        left += volumes
    for place, total in enumerate(left):
        ax.annotate(_thousands(total), (total, place), xytext=(4, 0), va="center", weight="bold",
                    textcoords="offset points", size=SMALL_SIZE)  # fmt: skip
    labels = row_labels([BASELINE_NAME, *(view.titles[name] for name in view.policies)])
    ax.set_yticks(range(len(names)), labels, size=row_size(len(names)), linespacing=1.1)
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0.0, 1.4 * max(left.max(), 1e-9))
    ax.xaxis.set_major_locator(MaxNLocator(3))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda volume, _: _thousands(volume)))
    ax.set_xlabel("volume lost, capability units")
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    title(ax, "Volume lost, by cause")


def _changes(
    ax: Axes, changes: dict[tuple[str, str], Row], whole: float, causes: list[str], view: View
) -> None:
    found: dict[tuple[int, int], Cell] = {}
    for place, policy in enumerate(view.policies, 1):
        for column, cause in enumerate([*causes, ALL]):
            row = changes.get((policy, cause))
            text = "–" if row is None else _hundredths(PER_CENT * row["difference"] / whole)
            found[place, column] = (text, None, row is not None and is_clear(row))
    for column, cause in enumerate([*causes, ALL]):
        row = next((changes[key] for key in changes if key[1] == cause), None)
        text = "–" if row is None else digits(PER_CENT * row["baseline"] / whole)
        found[0, column] = (text, None, False)
    shape = (len(view.policies) + 1, len(causes) + 1)
    cells(ax, found, shape, row_size(shape[0]))
    ax.set_yticks([])
    names = [fold(SHORT.get(cause, CAUSES[cause][0]), HEAD_INCHES, HEAD_SIZE, 3)
             for cause in causes]  # fmt: skip
    heads: dict[str, Any] = {"size": HEAD_SIZE, "linespacing": 1.15}
    ax.set_xticks(range(len(causes) + 1), [*names, "All"], **heads)
    ax.xaxis.set_label_position("bottom")
    ax.set_xlabel("first row: share of cause, %; below: change, % of all volume lost",
                  size=SMALL_SIZE)  # fmt: skip
    title(ax, "Change with each policy")
    left = ax.figure.axes[0]
    left.set_ylim(ax.get_ylim())


def _thousands(volume: float) -> str:
    return f"{volume:,.0f}".replace(",", NO_BREAK)


def _hundredths(value: float) -> str:
    """A change in per cent, so that a column can be read downwards.

    >>> [_hundredths(value) for value in (0.3, -1.234, 0.0001, 0.0)]
    ['+0.30', '−1.23', '~0', '0']
    """
    if value == 0.0:
        return "0"
    text = f"{value:+.2f}".replace("-", "−")
    return text if text[1:] != "0.00" else "~0"


def losses_headline(changes: dict[tuple[str, str], Row], whole: float, view: View) -> str:
    """The clearest change of what is lost, and the cause that most of it comes from."""
    totals = {policy: row for (policy, cause), row in changes.items() if cause == ALL}
    if not totals or not whole > 0.0:
        return "The United States lost no sale in these runs"
    if all(is_zero(row) for row in changes.values()):
        placebo = all(view.is_placebo(name) for name in view.policies)
        return f"Sales lost, by cause: every change is {AS_IT_MUST if placebo else 'exactly zero'}"
    clear = [row for row in totals.values() if is_clear(row)]
    if not clear:
        who = view.short(view.policies[0]) if len(view.policies) == 1 else "No policy"
        verb = "does not change" if len(view.policies) == 1 else "changes"
        return f"{who} {verb} the volume lost to others clearly"
    most = max(clear, key=lambda row: abs(row["difference"]))
    policy, way = most["policy"], np.sign(most["difference"])
    parts = [row for (name, cause), row in changes.items()
             if name == policy and cause not in (ALL, "other")]  # fmt: skip
    cause = max(parts, key=lambda row: way * row["difference"])["cause"]
    text = f"With {view.short(policy)}, the United States loses "
    text += f"{percent(abs(most['difference']) / whole)} {'more' if way > 0 else 'less'} volume"
    return f"{text} to others, most of it in sales lost by {CAUSES[cause][0].lower()}"
