"""Who supplies whom over time: shares by source and by route, and what regions could do alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from alliance_abm.outcome import DELIVERIES, ORDERS
from alliance_abm.routes import ROUTES as ROUTE_TABLE
from viz.app.chart import Chart
from viz.app.options.cubes import Cube, Floats, band, changes
from viz.app.options.frame import (
    BAND_OPACITY,
    FONT,
    INK,
    PAPER,
    Option,
    adaptive,
    banded,
    finished,
    frame,
    lever_start,
    marks,
    stamped,
    time_axis,
    title_of,
    value_axis,
)
from viz.app.options.lines import REGIONS
from viz.app.options.paths import NOT_KEPT, WAYS, time_option, unseen
from viz.app.options.words import EXAMPLE, ground, level, moved, quoted
from viz.policy_view import BASELINE, View
from viz.policy_words import PER_CENT, Row, is_clear, is_zero, listed, mid_sentence
from viz.theme import REGION_COLOURS, REGION_LABELS, SOURCES, Style, route_style

CLOCKS: Mapping[str, tuple[str, str]] = {
    DELIVERIES: ("delivered", "delivered"), ORDERS: ("awarded", "ordered"),
}  # fmt: skip
MEANS = "Areas: means over runs, four quarters each; bands of 10–90 % of runs when pointed at."
DASHED = "Dashed: edges of the areas without levers."
UNIT = "per cent of what is {} from abroad"
OF_ALL = "per cent of what is {}"
SHARE = "share of volume"
ROUTE_ROOM, REGION_ROOM = 188, 106
NAMED_AREA = 12.0  # per cent at the end, from which an area has its name in it
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
    found = {side: {key: _per_cent(cube, side, key, outcome) for key in there}
             for side in dict.fromkeys((BASELINE, policy))}  # fmt: skip
    there = [key for key in there if _seen(found, key, keep)] or there
    bands = {key: band(found[policy][key][:, keep]) for key in there}
    means = {side: {key: np.nanmean(one[:, keep], axis=0) for key, one in of.items()}
             for side, of in found.items()}  # fmt: skip
    series = [_area(key, styles[key], means[policy][key], not legend) for key in there]
    if policy != BASELINE:
        series += _edges([means[BASELINE][key] for key in there])
    series[0] |= marks(quarters, lever_start(view), at)
    option = frame(name, f"{unit}; {_with(view, policy)}", xAxis=time_axis(quarters),
                   yAxis=value_axis(" %", min=0, max=100, interval=25), series=series)  # fmt: skip
    option["bands"] = {
        f"area:{key}": [np.asarray(one[edge]) for edge in ("low", "high")]
        for key, one in bands.items()
    }
    option["tooltip"] |= {"trigger": "axis", "formatter": "fmt:bands: %"}
    option["grid"]["top"] += 14
    _name_areas(option, there, styles, legend)
    headline = _stack_headline(view, cube, found, there, styles, policy, at)
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


def _with(view: View, policy: str) -> str:
    """The policy that is drawn."""
    return "without levers" if policy == BASELINE else f"with {title_of(view, policy)}"


def _per_cent(cube: Cube, policy: str, key: str, outcome: str) -> Floats:
    """Per cent by run and quarter; a part that never was is zero where others are known."""
    found = cube.get(policy, key, outcome)
    if found is None:
        like = next(one for (side, _, name), one in cube.values.items()
                    if side == policy and name == outcome)  # fmt: skip
        found = np.where(np.isfinite(like), 0.0, np.nan)
    return PER_CENT * found


def _area(key: str, style: Style, values: Floats, named: bool) -> Option:
    last = float(values[-1])
    label = {"show": named and last >= NAMED_AREA, "formatter": style.label}
    return {
        "type": "line", "id": f"area:{key}", "name": style.label, "data": values,
        "stack": "areas", "symbol": "none", "triggerLineEvent": True, "areaStyle": {"opacity": 0.8},
        "lineStyle": {"color": PAPER, "width": 1}, "itemStyle": {"color": style.colour},
        "emphasis": {"disabled": True}, "endLabel": {**label, "color": INK, "fontSize": FONT},
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
    option["grid"]["right"] = legend or 150
    names = [styles[key].label for key in reversed(there)]
    if not legend:
        for one in option["series"]:
            if one["id"].startswith("area:"):
                one["endLabel"]["show"] = False
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
    styles: Mapping[str, Style], policy: str, at: str | None,
) -> str:  # fmt: skip
    """The largest parts at a quarter, and how the largest one differs from the baseline."""
    quarter = at if at in cube.quarters and at is not None else cube.quarters[-1]
    place = cube.quarters.index(quarter)
    ends = {key: float(np.nanmean(found[policy][key][:, place])) for key in there}
    most = sorted(ends, key=lambda key: -ends[key])[:LARGEST]
    by = "from" if styles is SOURCES else "through"
    parts = [f"{level(ends[key], SHARE)} {by} {_the(styles[key].label)}" for key in most]
    runs = np.isfinite(found[policy][there[0]][:, place]).sum()
    parts[0] = parts[0].replace(f" {by} ", f" come {by} ", 1)
    text = f"In {quarter} {listed(parts)} ({EXAMPLE if runs == 1 else 'means of runs'})"
    if policy == BASELINE:
        return text
    key = there[0]
    before, after = (found[side][key][:, place] / PER_CENT for side in (BASELINE, policy))
    rows = changes(before, [after], [policy])
    what = f"the share of {_the(styles[key].label)}"
    return text if runs == 1 else f"{text}. {moved(view, rows, what, SHARE, WAYS, '')}"


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


def regions_chart(view: View, only: str | None = None, at: str | None = None) -> Chart:
    """Burden shifting: the share of its need that each region meets without U.S. stock."""
    cube = Cube.of(view)
    policy = only or next(iter(view.policies), BASELINE)
    name, unit = "Need met without U.S. stock", f"per cent of need; {_with(view, policy)}"
    there = [region for region in REGION_LABELS if cube.get(policy, region, REGIONS) is not None]
    if not there:
        return unseen("regions", name, NOT_KEPT, view)
    keep = cube.since(int(view.comparison.scenario.horizon.report_from))
    quarters = cube.quarters[keep]
    series: list[Option] = []
    rows, runs = [], 0
    for region in there:
        values = _per_cent(cube, policy, region, REGIONS)
        figures, colour = band(values[:, keep]), adaptive(REGION_COLOURS[region])
        runs = max(runs, int(np.isfinite(values).any(axis=1).sum()))
        series += banded(region, REGION_LABELS[region], figures, colour, "solid",
                         BAND_OPACITY / 2)  # fmt: skip
        rows.append(pd.DataFrame({"policy": policy, "quarter": list(quarters), "region": region,
                                  "unit": unit, **figures}))  # fmt: skip
        if policy != BASELINE:
            before = band(_per_cent(cube, BASELINE, region, REGIONS)[:, keep])["median"]
            series.insert(0, _before(region, before, colour))
    option = time_option(name, unit, " %", quarters, series, view, at)
    option["grid"]["right"] = REGION_ROOM
    headline = _regions_headline(view, cube, there, policy, at)
    drawn = "Line: median over runs; band: 10–90 % of runs. Dotted: without levers."
    return Chart(
        "regions", finished(option), headline, ground(view, runs, drawn),
        stamped(pd.concat(rows), view),
        f"Line chart of {name[0].lower()}{name[1:]} by region. {headline}.",
    )  # fmt: skip


def _before(region: str, values: Floats, colour: str) -> Option:
    return {
        "type": "line", "id": f"before:{region}", "name": REGION_LABELS[region], "data": values,
        "symbol": "none", "silent": True, "tooltip": {"show": False},
        "itemStyle": {"color": colour},
        "lineStyle": {"color": colour, "width": 1.4, "type": [2, 3]},
    }  # fmt: skip


def _regions_headline(
    view: View, cube: Cube, there: Sequence[str], policy: str, at: str | None
) -> str:
    """Which regions could do most and least, and where a policy moves this."""
    quarter = at if at in cube.quarters and at is not None else cube.quarters[-1]
    place = cube.quarters.index(quarter)
    sides = {
        side: {one: _per_cent(cube, side, one, REGIONS)[:, place] for one in there}
        for side in dict.fromkeys((BASELINE, policy))
    }
    middles = {one: float(np.nanmedian(values)) for one, values in sides[policy].items()}
    best, least = (pick(middles, key=lambda one: middles[one]) for pick in (max, min))
    text = f"In {quarter} {REGION_LABELS[best]} could meet {level(middles[best], SHARE)} of its "
    text += "need without U.S. stock"
    if best != least:
        text += f", {REGION_LABELS[least]} {level(middles[least], SHARE)}"
    text += " (medians of runs)"
    if policy == BASELINE:
        one = len(sides[policy][best]) == 1
        return text.replace("medians of runs", EXAMPLE) if one else text
    rows = changes(
        np.stack(list(sides[BASELINE].values()), axis=1) / PER_CENT,
        [one / PER_CENT for one in sides[policy].values()], [policy] * len(there),
    )  # fmt: skip
    clear = max((row for row in rows if is_clear(row)), key=lambda row: abs(row["difference"]),
                default=None)  # fmt: skip
    row = clear or rows[there.index(best)]
    region = REGION_LABELS[there[rows.index(row)]] if clear else "any region"
    what = f"the share met in {region}" if not _all_zero(rows) else "the share met in every region"
    if row["n"] == 1:
        return text.replace("medians of runs", EXAMPLE)
    return f"{text}. {moved(view, [row], what, SHARE, WAYS, '', quoted(view, policy))}"


def _all_zero(rows: Sequence[Row]) -> bool:
    return all(is_zero(row) for row in rows)
