"""Who waits longer: the change from request to contract by tier of the buyer and by route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from viz.page import digits, empty, legend_strip, title
from viz.policy_marks import LABEL_SIZE, dot, dots_axis, place_rows, row_labels, sheet
from viz.policy_view import View, paired_changes, records
from viz.policy_words import AS_IT_MUST, CLEAR, Row, days_words, is_clear, is_zero, listed
from viz.theme import BLUE, BROWN, GREEN, ORANGE, PURPLE, ROUTES

MOST_ROUTES = 3
BAND = 0.56  # of a row, over which the tiers stand
LOOKS: Mapping[int, tuple[str, str]] = MappingProxyType(
    dict(enumerate(((BLUE, "o"), (ORANGE, "s"), (GREEN, "D"), (PURPLE, "^"), (BROWN, "v"))))
)


def tier_waits(view: View) -> Figure:
    """Change in days to contract: a panel a route, a row a policy, a mark a tier."""
    rows = tier_changes(view)
    routes = _routes(rows)
    tiers = list(dict.fromkeys(row["tier"] for row in rows))[: len(LOOKS)]
    rows = [row for row in rows if row["route"] in routes and row["tier"] in tiers]
    figure = sheet(
        tiers_headline(rows, view),
        f"Mean days from request to contract of cases contracted from {view.start:.0f} on (counts "
        f"orders), by tier of the buyer. {view.ground} Mean difference to the same run without "
        f"the policy{view.interval}; filled where clear ({CLEAR}), hollow where it may "
        "be chance, a cross where exactly zero.",
    )
    if not rows:
        empty(figure.subplots(), "Nothing was contracted in these runs.")
        return figure
    legend_strip(figure, [_handle(place, tier) for place, tier in enumerate(tiers)])
    axes = figure.subplots(1, len(routes), squeeze=False, sharey=True)[0]
    for ax, route in zip(axes, routes, strict=True):
        mine = [row for row in rows if row["route"] == route]
        for row in mine:
            step = tiers.index(row["tier"]) - (len(tiers) - 1) / 2
            place = view.policies.index(row["policy"]) + step * BAND / max(len(tiers) - 1, 1)
            colour, marker = LOOKS[tiers.index(row["tier"])]
            dot(ax, place, row, 1.0, colour=colour, marker=marker, size=7, width=2, words=False)
        dots_axis(ax, mine, 1.0)
        title(ax, ROUTES[route].label if route in ROUTES else route)
        ax.title.set_fontsize(LABEL_SIZE + 1)
        ax.set_xlabel(f"days, + waits longer\n{_levels(mine, tiers)}", size=LABEL_SIZE)
    place_rows(axes, row_labels([view.titles[name] for name in view.policies]))
    return figure


def tier_changes(view: View) -> list[Row]:
    """Changes of days to contract by policy, tier and route: rows as of `paired_changes`."""
    table = view.of_world(view.comparison.tiers)
    table = table[table["cases"] > 0]
    if table.empty:
        return []
    return records(paired_changes(table, ["tier", "route"], "days"))


def _routes(rows: Sequence[Row]) -> list[str]:
    """Routes through administration, those with the longest waits if there are many."""
    waits: dict[str, float] = {}
    for row in rows:
        waits[row["route"]] = max(waits.get(row["route"], 0.0), row["baseline"])
    most = sorted(waits, key=lambda route: -waits[route])[:MOST_ROUTES]
    return [route for route in ROUTES if route in most]


def _levels(rows: Sequence[Row], tiers: Sequence[str]) -> str:
    """The wait without the policy, by tier."""
    found = {row["tier"]: digits(row["baseline"]) for row in rows}
    return "baseline " + ", ".join(found.get(tier, "–") for tier in tiers)


def _handle(place: int, tier: str) -> Line2D:
    colour, marker = LOOKS[place]
    look: dict[str, Any] = {"marker": marker, "markersize": 7, "markeredgewidth": 1.8}
    return Line2D([], [], color=colour, linewidth=2, label=_name(tier), **look)


def _name(tier: Any) -> str:
    text = str(tier)
    return f"tier {text}" if text.isdigit() else text


def tiers_headline(rows: Sequence[Row], view: View) -> str:
    """Who waits longer and who shorter under the policy that parts them most."""
    if not rows:
        return "Nothing was contracted in these runs"
    if all(is_zero(row) for row in rows):
        placebo = all(view.is_placebo(name) for name in view.policies)
        return f"Waiting by tier: every change is {AS_IT_MUST if placebo else 'exactly zero'}"
    clear = [row for row in rows if is_clear(row)]
    if not clear:
        return "Nobody clearly waits longer or shorter for a contract"
    reach = {name: np.ptp([0.0, *(row["difference"] for row in clear if row["policy"] == name)])
             for name in view.policies}  # fmt: skip
    policy = max(reach, key=lambda name: reach[name])
    mine = [row for row in clear if row["policy"] == policy]
    ends = (min(mine, key=lambda row: row["difference"]), max(mine, key=_difference))
    told = [_told(row) for row in ({id(row): row for row in ends}).values()]
    return f"With {view.short(policy)}, the wait for a contract is {listed(told)}"


def _difference(row: Row) -> float:
    return float(row["difference"])


def _told(row: Row) -> str:
    way = "longer" if row["difference"] > 0.0 else "shorter"
    route = ROUTES[row["route"]].label
    name = _name(row["tier"])
    whom = f"the {name}" if name.endswith("tier") else name
    return f"{days_words(row['difference'])} {way} for {whom} ({route})"
