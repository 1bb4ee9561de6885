"""From the wait without a policy to the wait with it, by stage of administration."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from alliance_abm.desks import STAGE_IDS, STAGE_NAMES
from viz.page import NO_BREAK, empty, legend_strip
from viz.policy_marks import LABEL_SIZE, SMALL_SIZE, sheet
from viz.policy_view import View, paired_changes, records
from viz.policy_words import AS_IT_MUST, Row, days_words, fold, is_clear, is_zero, signed
from viz.theme import GREY, INK, PURPLE, SKY, SOFT

ROUTE, ROUTE_NAME = "fms", "Foreign Military Sales"
ROUTES = (ROUTE, "pooled")
MOST_PANELS, COLUMNS = 6, 3
TOTAL = "total"
WITHOUT, WITH = "without the policy", "with the policy"
HALF = 0.34
CUT = 0.3  # of the wait: smaller changes are drawn on an axis that does not start at zero
ROOM = 0.45  # of the span of changes, on both sides, for numbers
PANEL_INCHES = {1: 8.0, 2: 4.8, 3: 3.1}


def case_stages(view: View) -> Figure:
    """Bars from the mean wait without the policy over changes by stage to that with it."""
    found = stage_changes(view)
    shown = _most_moved(found, view)
    figure = sheet(
        stages_headline(found, view),
        f"Days from request to contract of cases of {ROUTE_NAME}, pooled buys among them, "
        f"contracted from {view.start:.0f} on (counts orders). {view.ground} Means over "
        "runs; changes are paired, in grey where they may be chance; a torn bar does not "
        "begin at zero."
        + (" In each title: the whole change with its 90 % interval." if view.pairs > 1 else "")
        + (f" The {len(shown)} of {len(view.policies)} policies that change the wait most."
           if len(shown) < len(view.policies) else ""),
    )  # fmt: skip
    if not shown:
        empty(figure.subplots(), f"No case of {ROUTE_NAME} was contracted in these runs.")
        return figure
    handles = [Patch(color=GREY, label="whole wait"), Patch(color=SKY, label="shorter"),
               Patch(color=PURPLE, label="longer")]  # fmt: skip
    legend_strip(figure, handles)
    across = min(len(shown), COLUMNS)
    down = math.ceil(len(shown) / across)
    axes = figure.subplots(down, across, squeeze=False, sharey=True)
    for ax in axes.flat[len(shown) :]:
        ax.set_visible(False)
    for ax, name in zip(axes.flat, shown, strict=False):
        _waterfall(ax, [row for row in found if row["policy"] == name], view, PANEL_INCHES[across])
    for ax in axes.flat[max(len(shown) - across, 0) : len(shown)]:
        ax.set_xlabel("days")
    return figure


def stage_changes(view: View) -> list[Row]:
    """Changes of days a case by policy and stage, and in total: rows as of `paired_changes`."""
    tidy = days_a_case(view)
    if tidy.empty:
        return []
    both = [paired_changes(tidy[(tidy["stage"] == TOTAL) == whole], ["stage"], "days")
            for whole in (False, True)]  # fmt: skip
    found = pd.concat(both, ignore_index=True)
    order = pd.Categorical(found["stage"], [*STAGE_IDS, TOTAL], ordered=True)
    return records(found.assign(stage=order).sort_values("stage", kind="stable"))


def days_a_case(view: View) -> pd.DataFrame:
    """Days of a case in each stage, and in total, by run: policy, replication, stage, days.

    A pooled buy is one FMS case for several nations; those who left a pool are cases too.
    """
    table = view.of_world(view.comparison.stages)
    table = table[table["route"].isin(ROUTES) & (table["cases"] > 0)]
    keys = ["policy", "replication"]
    if table.empty:
        return pd.DataFrame(columns=[*keys, "stage", "days"])
    of_route = table.groupby([*keys, "route"])["cases"].max()
    cases = of_route.groupby(level=keys).sum().rename("all_cases")
    table = table.join(cases, on=keys)
    table = table.assign(a_case=table["days"] * table["cases"] / table["all_cases"])
    wide = table.pivot_table(index=keys, columns="stage", values="a_case", aggfunc="sum")
    wide = wide.reindex(columns=list(STAGE_IDS)).fillna(0.0).assign(**{TOTAL: lambda t: t.sum(1)})
    return wide.reset_index().melt(keys, var_name="stage", value_name="days")


def _totals(found: Sequence[Row]) -> dict[str, Row]:
    return {row["policy"]: row for row in found if row["stage"] == TOTAL}


def _most_moved(found: Sequence[Row], view: View) -> list[str]:
    totals = _totals(found)
    there = [name for name in view.policies if name in totals]
    moved = sorted(there, key=lambda name: -abs(totals[name]["difference"]))[:MOST_PANELS]
    return [name for name in there if name in moved]


def _waterfall(ax: Axes, rows: Sequence[Row], view: View, inches: float) -> None:
    total = next(row for row in rows if row["stage"] == TOTAL)
    stages = [row for row in rows if row["stage"] != TOTAL]
    changes = np.array([row["difference"] for row in stages])
    ends = total["baseline"] + np.cumsum(changes)
    starts = ends - changes
    after = total["baseline"] + total["difference"]
    floor = _axis(ax, [total["baseline"], after, *ends], total["baseline"])
    last = len(stages) + 1
    for place, value in ((0, total["baseline"]), (last, after)):
        ax.barh(place, value - floor, left=floor, height=2 * HALF, color=GREY)
        _number(ax, value, place, f"{value:.0f}", INK)
        if floor:
            _torn(ax, floor, place)
    for place, (row, start, end) in enumerate(zip(stages, starts, ends, strict=True), 1):
        colour = SKY if row["difference"] < 0.0 else PURPLE
        ax.barh(place, end - start, left=start, height=2 * HALF, color=colour)
        ax.plot([start] * 2, [place - 1 - HALF, place + HALF], color=SOFT, linewidth=0.8, zorder=1)
        _number(ax, max(start, end), place, signed(row["difference"]),
                INK if is_clear(row) else SOFT)  # fmt: skip
    ax.plot([after] * 2, [last - 1 - HALF, last + HALF], color=SOFT, linewidth=0.8, zorder=1)
    names = dict(zip(STAGE_IDS, STAGE_NAMES, strict=True))
    labels = [WITHOUT, *(names[row["stage"]] for row in stages), WITH]
    ax.set_yticks(range(last + 1), labels, size=SMALL_SIZE)
    ax.set_ylim(last + 0.6, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    name = fold(view.titles[total["policy"]], inches, LABEL_SIZE, 2, "bold")
    ax.set_title(f"{name}\n{_change(total)}", size=LABEL_SIZE)


def _change(total: Row) -> str:
    if is_zero(total):
        return "exactly zero"
    text = f"{signed(total['difference'])} days"
    if np.isfinite(total["low"]):
        text += f" ({signed(total['low'])} to {signed(total['high'])})"
    return text


def _number(ax: Axes, x: float, place: float, text: str, colour: str) -> None:
    ax.annotate(text, (x, place), xytext=(4, 0), textcoords="offset points", va="center",
                size=SMALL_SIZE, color=colour)  # fmt: skip


def _axis(ax: Axes, levels: Sequence[float], before: float) -> float:
    """Set the axis; returns where bars begin: zero, or further on when changes are small."""
    low, high = min(levels), max(levels)
    span = high - low
    cut = 0.0 < span < CUT * before
    floor = max(low - ROOM * span, 0.0) if cut else 0.0
    ax.set_xlim(floor, high + (ROOM * span if cut else 0.15 * high) or 1.0)
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    ax.tick_params(axis="x", labelsize=SMALL_SIZE)
    return floor


def _torn(ax: Axes, floor: float, place: float) -> None:
    """A bar whose beginning is not shown."""
    low, high = ax.get_xlim()
    for step in (0.03, 0.05):
        x = floor + step * (high - low)
        lean = 0.008 * (high - low)
        ax.plot([x - lean, x + lean], [place + HALF, place - HALF], color="white", linewidth=2)


def stages_headline(found: Sequence[Row], view: View) -> str:
    """The clearest change in the whole wait, and the stage that most of it comes from."""
    totals = _totals(found)
    if not totals:
        return f"No case of {ROUTE_NAME} was contracted in these runs"
    if all(is_zero(row) for row in found):
        placebo = all(view.is_placebo(name) for name in view.policies)
        how = AS_IT_MUST if placebo else "exactly zero"
        return f"{ROUTE_NAME}: the change in waiting is {how}"
    clear = [row for row in totals.values() if is_clear(row)]
    if not clear:
        who = view.short(view.policies[0]) if len(view.policies) == 1 else "No policy"
        verb = "does not change" if len(view.policies) == 1 else "changes"
        return f"{who} {verb} the wait for {ROUTE_NAME} clearly"
    most = max(clear, key=lambda row: abs(row["difference"]))
    way = np.sign(most["difference"])
    stages = [row for row in found if row["policy"] == most["policy"] and row["stage"] != TOTAL]
    where = max(stages, key=lambda row: way * row["difference"])
    name = dict(zip(STAGE_IDS, STAGE_NAMES, strict=True))[where["stage"]]
    text = f"With {view.short(most['policy'])}, the wait for {ROUTE_NAME} is "
    text += f"{days_words(most['difference'])} {'longer' if way > 0 else 'shorter'}"
    return f"{text},{NO_BREAK}most of it in {name}".replace(f",{NO_BREAK}", ", ")
