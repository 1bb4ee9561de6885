"""Who supplies over time: shares by source and by route, stacked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from alliance_abm.outcome import DELIVERIES, ORDERS
from alliance_abm.routes import ROUTES as ROUTE_TABLE
from viz.app.chart import Chart
from viz.app.options.cubes import Cube, Floats, band, changes, mean_over
from viz.app.options.frame import (
    FONT,
    INK,
    PAPER,
    Option,
    finished,
    frame,
    lever_start,
    marks,
    stamped,
    time_axis,
    title_of,
    value_axis,
)
from viz.app.options.lines import LINES
from viz.app.options.paths import NOT_KEPT, WAYS, unseen
from viz.app.options.words import EXAMPLE, ground, level, moved
from viz.policy_view import BASELINE, View
from viz.policy_words import PER_CENT, Row, listed, mid_sentence
from viz.theme import SOURCES, Style, route_style

CLOCKS: Mapping[str, tuple[str, str]] = {
    DELIVERIES: ("delivered", "delivered"), ORDERS: ("awarded", "ordered"),
}  # fmt: skip
MEANS = "Areas: means over four quarters; 10–90 % of runs when pointed at."
DASHED = "Dashed: without levers."
OUTCOME_OF: Mapping[tuple[str, str], str] = {
    (path.outcome, path.entity): path.headline for path in LINES.values() if path.headline
}  # of a series and its entity: where the table of differences has the verdict
UNIT = "per cent of what is {} from abroad"
OF_ALL = "per cent of what is {}"
SHARE = "share of volume"
ROUTE_ROOM, SOURCE_ROOM = 188, 150  # pixels for names at the right
LARGEST = 2
LEAST = 0.5  # per cent: what is never more is not drawn


def sources_chart(
    view: View, clock: str = DELIVERIES, only: str | None = None, at: str | None = None
) -> Chart:
    """Market shares of the United States, friendly third parties and competitors, stacked.

    `only` is the policy whose areas are drawn, beside the edges without levers; by default the
    first, or the baseline when there is none.
    """
    word, verb = CLOCKS[clock]
    return _stacked(view, f"share_{word}", SOURCES, "Market share by source", UNIT.format(verb),
                    f"sources-{clock}", only, at)  # fmt: skip


def routes_chart(
    view: View, clock: str = DELIVERIES, only: str | None = None, at: str | None = None
) -> Chart:
    """Shares of the routes by which buyers are supplied, stacked."""
    word, verb = CLOCKS[clock]
    names = {route.id: route_style(route.id) for route in ROUTE_TABLE}
    return _stacked(view, f"route_share_{word}", names, "Market share by route",
                    OF_ALL.format(verb), f"routes-{clock}", only, at, ROUTE_ROOM)  # fmt: skip


def _stacked(
    view: View, outcome: str, styles: Mapping[str, Style], name: str, unit: str, ident: str,
    only: str | None, at: str | None, legend: int = 0,
) -> Chart:  # fmt: skip
    cube = Cube.of(view)
    policy = only or next(iter(view.policies), BASELINE)
    there = [key for key in styles if cube.get(BASELINE, key, outcome) is not None
             or cube.get(policy, key, outcome) is not None]  # fmt: skip
    if not there:
        return unseen(ident, name, NOT_KEPT, view)
    keep = cube.since(int(view.comparison.scenario.horizon.report_from))
    quarters = cube.quarters[keep]
    found = {side: {key: per_cent(cube, side, key, outcome) for key in there}
             for side in dict.fromkeys((BASELINE, policy))}  # fmt: skip
    there = [key for key in there if _seen(found, key, keep)] or there
    bands = {key: band(found[policy][key][:, keep]) for key in there}
    means = {side: {key: np.nanmean(one[:, keep], axis=0) for key, one in of.items()}
             for side, of in found.items()}  # fmt: skip
    series = [_area(key, styles[key], means[policy][key]) for key in there]
    if policy != BASELINE:
        series += _edges([means[BASELINE][key] for key in there])
    series[0] |= marks(quarters, lever_start(view), at)
    option = frame(name, f"{unit}; {with_words(view, policy)}", xAxis=time_axis(quarters),
                   yAxis=value_axis(" %", min=0, max=100, interval=25), series=series)  # fmt: skip
    option["bands"] = {
        f"area:{key}": [np.asarray(one[edge]) for edge in ("low", "high")]
        for key, one in bands.items()
    }
    option["tooltip"] |= {"trigger": "axis", "formatter": "fmt:bands: %"}
    option["grid"]["top"] += 14
    _name_areas(option, there, styles, legend)
    headline = _stack_headline(view, cube, found, there, styles, policy, outcome, at)
    runs = int(np.isfinite(found[policy][there[0]]).any(axis=1).sum())
    drawn = MEANS + (f" {DASHED}" if policy != BASELINE else "")
    return Chart(
        ident, finished(option), headline, ground(view, runs, drawn),
        stamped(_rows(policy, quarters, bands, means[policy], styles, unit), view),
        f"Stacked areas of {name[0].lower()}{name[1:]}, {quarters[0]} to {quarters[-1]}. "
        f"{headline}.",
    )  # fmt: skip


def _seen(found: Mapping[str, Mapping[str, Floats]], key: str, keep: slice) -> bool:
    """Is a part ever large enough to be drawn?"""
    return any(np.nanmean(of[key][:, keep], axis=0).max() >= LEAST for of in found.values())


def with_words(view: View, policy: str) -> str:
    """The policy that is drawn."""
    return "without levers" if policy == BASELINE else f"with {title_of(view, policy)}"


def per_cent(cube: Cube, policy: str, key: str, outcome: str) -> Floats:
    """Per cent by run and quarter; a part that never was is zero where others are known."""
    found = cube.get(policy, key, outcome)
    if found is None:
        like = next(one for (side, _, name), one in cube.values.items()
                    if side == policy and name == outcome)  # fmt: skip
        found = np.where(np.isfinite(like), 0.0, np.nan)
    return PER_CENT * found


def _area(key: str, style: Style, values: Floats) -> Option:
    return {
        "type": "line", "id": f"area:{key}", "name": style.label, "data": values,
        "stack": "areas", "symbol": "none", "triggerLineEvent": True, "areaStyle": {"opacity": 0.8},
        "lineStyle": {"color": PAPER, "width": 1}, "itemStyle": {"color": style.colour},
        "emphasis": {"disabled": True},
    }  # fmt: skip


def _edges(values: Sequence[Floats]) -> list[Option]:
    """Upper edges of stacked areas, as dashed lines."""
    return [
        {
            "type": "line", "id": f"edge:{place}", "name": "without levers", "symbol": "none",
            "data": edge, "silent": True, "tooltip": {"show": False}, "z": 5,
            "itemStyle": {"color": INK},
            "lineStyle": {"color": INK, "width": 1.6, "type": [5, 4]},
        }
        for place, edge in enumerate(np.cumsum(np.stack(values), axis=0))
        if edge.min() < PER_CENT - LEAST
    ]  # fmt: skip


def _name_areas(
    option: Option, there: Sequence[str], styles: Mapping[str, Style], legend: int
) -> None:
    """Names beside the areas, or a legend in their order where there are many."""
    option["grid"]["right"] = legend or SOURCE_ROOM
    names = [styles[key].label for key in reversed(there)]
    if not legend:
        heights = np.array([one["data"][-1] for one in option["series"][: len(there)]])
        middles = np.cumsum(heights) - heights / 2
        option["series"].append(_names(there, styles, middles, len(option["xAxis"]["data"])))
        return
    option["legend"] = {
        "orient": "vertical", "right": 0, "top": "middle", "data": names, "icon": "roundRect",
        "itemWidth": 16, "itemHeight": 10, "itemGap": 7, "type": "scroll", "pageIconSize": 10,
        "textStyle": {"fontSize": FONT, "color": INK},
    }  # fmt: skip


def _names(
    there: Sequence[str], styles: Mapping[str, Style], middles: Floats, quarters: int
) -> Option:
    """The names of areas at the right edge, in the middle of each."""
    data = [
        {"value": [quarters - 1, middle],
         "label": {"formatter": styles[key].label.replace(" (", "\n(").replace("Friendly ",
                   "Friendly\n"), "color": INK}}
        for key, middle in zip(there, middles, strict=True)
    ]  # fmt: skip
    return {
        "type": "scatter", "id": "names", "name": "names", "data": data, "symbolSize": 0.1,
        "silent": True, "tooltip": {"show": False}, "clip": False, "z": 6,
        "label": {"show": True, "position": "right", "distance": 6, "fontSize": FONT,
                  "lineHeight": 14},
        "labelLayout": {"moveOverlap": "shiftY"},
    }  # fmt: skip


def _stack_headline(
    view: View, cube: Cube, found: Mapping[str, Mapping[str, Floats]], there: Sequence[str],
    styles: Mapping[str, Style], policy: str, outcome: str, at: str | None,
) -> str:  # fmt: skip
    """The largest parts over the reported years, and how the first one differs from the baseline.

    At a quarter looked at only the levels: one of many quarters is no test.
    """
    quarter = cube.looked(at)
    when = cube.reported(view)
    if quarter is not None:
        when = slice(cube.quarters.index(quarter), cube.quarters.index(quarter) + 1)
    means = {side: {key: mean_over(one, when) for key, one in of.items()}
             for side, of in found.items()}  # fmt: skip
    levels = {key: float(np.nanmean(means[policy][key])) for key in there}
    most = sorted(levels, key=lambda key: -levels[key])[:LARGEST]
    by = "from" if styles is SOURCES else "through"
    parts = [f"{level(levels[key], SHARE)} {by} {_the(styles[key].label)}" for key in most]
    runs = np.isfinite(means[policy][there[0]]).sum()
    parts[0] = parts[0].replace(f" {by} ", f" come {by} ", 1)
    text = f"In {quarter or view.years} {listed(parts)}"
    text += f" ({EXAMPLE if runs == 1 else 'means of runs'})"
    if policy == BASELINE or quarter is not None or runs == 1:
        return text
    row = _first_change(view, means, there, policy, outcome)
    what = f"the share of {_the(styles[there[0]].label)}"
    return f"{text}. {moved(view, [row], what, SHARE, WAYS, '')}"


def _first_change(
    view: View, means: Mapping[str, Mapping[str, Floats]], there: Sequence[str], policy: str,
    outcome: str,
) -> Row:  # fmt: skip
    """The change of the first part: that of the table of differences where it has it.

    Else that of the means over the reported years, all parts being one family.
    """
    known = view.row(policy, view.worlds[0], OUTCOME_OF.get((outcome, there[0]), ""))
    if known is not None:
        return known
    before = np.stack([means[BASELINE][key] for key in there], axis=1) / PER_CENT
    after = [means[policy][key] / PER_CENT for key in there]
    return changes(before, after, [policy] * len(there))[0]


def _the(label: str) -> str:
    """A source or route inside a sentence.

    >>> _the("United States"), _the("Own industry"), _the("Foreign Military Sales")
    ('the United States', 'own industry', 'Foreign Military Sales')
    """
    if label == SOURCES["USA"].label:
        return f"the {label}"
    return label if label.istitle() else mid_sentence(label)


def _rows(
    policy: str, quarters: Sequence[str], bands: Mapping[str, Mapping[str, Floats]],
    means: Mapping[str, Floats], styles: Mapping[str, Style], unit: str,
) -> pd.DataFrame:  # fmt: skip
    parts = [
        pd.DataFrame({"policy": policy, "quarter": list(quarters), "part": key,
                      "name": styles[key].label, "unit": unit, "mean": means[key], **one})
        for key, one in bands.items()
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)
