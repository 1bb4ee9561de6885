"""One nation: who supplies it, what it pursues, what it lacks, and how far it trusts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd

from experiments.nation_ensemble import BASELINE
from experiments.nation_records import MEASURES
from viz.app.chart import Chart
from viz.app.options.nation_changes import supplier_change
from viz.app.options.nation_parts import (
    BASE_COLOUR,
    FONT,
    MENU,
    Option,
    Shown,
    band_lines,
    empty_option,
    first_up,
    in_quarters,
    tip,
    with_range,
)
from viz.page import digits, percent
from viz.policy_view import records
from viz.policy_words import PER_CENT, is_clear, mid_sentence, signed
from viz.theme import BLUE, BROWN, INK, LINES, PURPLE, ROUTES, STRATEGIES, Style

MOST_SUPPLIERS = 9
CLEAR = "rgba(0,0,0,0)"
FAMILY = (
    "Clear: 90 % interval without zero, and p below 0.1 when the suppliers of all nations are "
    "counted (Holm). "
)
ROW_HALF = 0.2  # of a row: how far baseline and policy stand from its middle
BASELINE_STYLE = Style("Baseline", BASE_COLOUR, LINES[1], "s")
STRATEGY_KEYS = ("sovereignty", "core", "diversification")
PATHS: Mapping[str, tuple[str, bool]] = MappingProxyType(  # colour, is a share
    {
        "us_dependence": (BLUE, True),
        "dependence": (INK, True),
        "gap": (BROWN, True),
        "us_trust": (PURPLE, True),
        "burden": (BROWN, True),
        "competence": (PURPLE, False),
    }
)


def portfolio(shown: Shown, nation: str) -> Chart:
    """Shares of suppliers in what a nation receives, own industry included, beside the baseline.

    Dots are medians, bars the 10–90 % range of runs; the baseline's are hollow squares.
    """
    table = _portfolio_table(shown, nation)
    ident, name = f"portfolio_{nation}", shown.names[nation]
    mine = table[table["policy"] == shown.policy]
    if not len(mine) or not (mine["n"] > 0).any():
        text = f"{first_up(shown.the(nation))} receives nothing in {shown.when} ({shown.runs})."
        return Chart(f"{ident}_empty", empty_option(text), text, shown.ground, table, text)
    order = list(mine["supplier"])[:MOST_SUPPLIERS]
    top = records(mine)[0]
    who = "its own industry" if top["supplier"] == nation else shown.the(top["supplier"])
    headline = f"{first_up(shown.the(nation))} receives most from {who} in {shown.when}: "
    headline += (
        f"{with_range(top)} of all volume{_beside(shown, nation, table, top)} ({shown.runs})."
    )
    note = (
        f"Share of a supplier in all {shown.what} to {shown.the(nation)}, without space: median of "
        f"runs; bars: 10–90 % range. {FAMILY if shown.baseline is not None else ''}{shown.ground}"
    )
    if shown.n == 1:
        note = f"Share of a supplier in all {shown.what}, without space. {shown.ground}"
    option = _rows_option(shown, nation, table, order)
    alt = f"Dots and bars by supplier of {name}. {headline}"
    return Chart(ident, option, headline, note, table, alt)


def _portfolio_table(shown: Shown, nation: str) -> pd.DataFrame:
    """policy, supplier, mean, low, median, high, n; the policy's first."""
    parts = []
    for one in (shown, shown.baseline):
        if one is not None:
            found = one.ensemble.shares(one.policy, nation, one.years, one.clock)
            parts.append(found.assign(policy=one.policy))
    found = pd.concat(parts, ignore_index=True).assign(nation=nation)
    return shown.stamped(found, "share of all volume")


def _beside(shown: Shown, nation: str, table: pd.DataFrame, row: Any) -> str:
    """Whether the share of the same supplier differs clearly from the baseline's."""
    base = shown.baseline
    before = table[(table["policy"] == BASELINE) & (table["supplier"] == row["supplier"])]
    if base is None or not len(before):
        return ""
    found = supplier_change(shown, nation, str(row["supplier"]))
    if found["low"] == found["high"] == 0.0:
        return ", exactly as in the baseline"
    level = percent(before["median"].iloc[0])
    if not is_clear(found):
        return f", not clearly different from the baseline's {level}"
    way = "higher" if found["difference"] > 0.0 else "lower"
    size = signed(PER_CENT * found["difference"])
    edges = " to ".join(signed(PER_CENT * found[edge]) for edge in ("low", "high"))
    by = f"on average {size} percentage points, 90 % interval {edges}"
    return f", clearly {way} than the baseline's {level} ({by})"


def _rows_option(shown: Shown, nation: str, table: pd.DataFrame, order: Sequence[str]) -> Option:
    """Rows of suppliers with dots and whiskers on an axis of per cent."""
    series: list[Option] = [_row_names(shown, nation, order)]
    both = shown.baseline is not None
    sides = ((shown.policy, -ROW_HALF), (BASELINE, ROW_HALF)) if both else ((shown.policy, 0.0),)
    for policy, offset in sides:
        rows = table[table["policy"] == policy].set_index("supplier")
        name = "Baseline" if policy == BASELINE and both else first_up(shown.under(policy).title)
        series += _dots(shown, nation, rows, order, name, offset, policy == BASELINE and both)
    return {
        "animation": False,
        "tooltip": {"trigger": "item", "confine": True, "textStyle": {"fontSize": FONT}},
        "legend": {"show": both, "top": 0, "right": MENU, "textStyle": {"fontSize": FONT},
                   "data": [one["name"] for one in series if one["type"] == "scatter"][1:],
                   "selectedMode": False},
        "grid": {"left": 165, "right": 70, "top": 34 if both else 12, "bottom": 46},
        "xAxis": {"type": "value", "min": 0, "max": _end(table, order),
                  "axisLabel": {"formatter": "{value} %", "fontSize": FONT, "hideOverlap": True},
                  "axisLine": {"onZero": False}, "axisTick": {"show": False},
                  "name": "share of all volume received", "nameLocation": "middle",
                  "nameGap": 28, "nameTextStyle": {"fontSize": FONT}},
        "yAxis": {"type": "value", "inverse": True, "min": -0.6, "max": len(order) - 0.4,
                  "show": False},
        "series": series,
    }  # fmt: skip


def _end(table: pd.DataFrame, order: Sequence[str]) -> int:
    """End of the axis, in per cent, that holds every range shown."""
    rows = table[table["supplier"].isin(list(order))]
    return min(10 * math.ceil(10.0 * float(rows["high"].max()) + 0.2), 100)


def _row_names(shown: Shown, nation: str, order: Sequence[str]) -> Option:
    """The suppliers' names at the left of their rows."""
    data = [
        {"value": [0, place],
         "label": {"formatter": "Own industry" if one == nation else shown.names[one]}}
        for place, one in enumerate(order)
    ]  # fmt: skip
    return {
        "name": "names", "type": "scatter", "data": data, "silent": True, "symbolSize": 1,
        "clip": False, "itemStyle": {"color": CLEAR}, "tooltip": {"show": False},
        "label": {"show": True, "position": "left", "distance": 10, "fontSize": FONT},
    }  # fmt: skip


def _dots(
    shown: Shown, nation: str, rows: pd.DataFrame, order: Sequence[str], name: str,
    offset: float, hollow: bool,
) -> list[Option]:  # fmt: skip
    """Medians of one policy as dots, their ranges as lines, the figure written beside."""
    points, lines = [], []
    for place, one in enumerate(order):
        if one not in rows.index or not rows.loc[one]["n"]:
            continue
        row = {str(key): value for key, value in rows.loc[one].items()}
        style = ROUTES["domestic"] if one == nation else shown.style(one)
        at = round(place + offset, 2)
        middle, low, high = (round(PER_CENT * float(row[edge]), 2) for edge in
                             ("median", "low", "high"))  # fmt: skip
        label = "Own industry" if one == nation else shown.names[one]
        note = tip(f"{label}, {name}", [with_range(row), f"N = {int(row['n'])} runs"])
        points.append({"value": [middle, at], "tooltip": note,
                       "itemStyle": {"color": CLEAR if hollow else style.colour,
                                     "borderColor": style.colour, "borderWidth": 2}})  # fmt: skip
        if row["n"] > 1:
            lines.append({"coords": [[low, at], [high, at]],
                          "lineStyle": {"color": style.colour, "width": 2 if hollow else 4,
                                        "opacity": 0.5}})  # fmt: skip
    dots: Option = {
        "name": name, "type": "scatter", "data": points, "z": 5,
        "symbol": "rect" if hollow else "circle", "symbolSize": 10 if hollow else 13,
        "itemStyle": {"color": CLEAR if hollow else BASE_COLOUR, "borderColor": BASE_COLOUR,
                      "borderWidth": 2},
    }  # fmt: skip
    return [dots, {"name": f"{name}, range", "type": "lines", "coordinateSystem": "cartesian2d",
                   "silent": True, "data": lines, "z": 3}]  # fmt: skip


def strategies(shown: Shown, nation: str) -> Chart:
    """Weights of the three strategies of a nation by quarter, with bands."""
    tables = {key: shown.ensemble.paths(shown.policy, nation, key) for key in STRATEGY_KEYS}
    series: list[Option] = []
    for key, found in tables.items():
        lines = band_lines(STRATEGIES[key].label, found, STRATEGIES[key], PER_CENT)
        series += [*lines[:-1], {**lines[-1], **_end_label()}]
    labels = list(tables["core"]["quarter"])
    first, last = ({key: records(found)[at] for key, found in tables.items()} for at in (0, -1))
    leads = max(last, key=lambda key: last[key]["median"])
    led = max(first, key=lambda key: first[key]["median"])
    pursues = f"{first_up(shown.the(nation))} pursues {_strategy(leads)} most in {labels[-1]}: "
    headline = f"{pursues}weight {with_range(last[leads])}"
    if led != leads:
        headline += f"; at the start it was {_strategy(led)}"
    table = pd.concat([found.assign(measure=key) for key, found in tables.items()])
    table = shown.stamped(table.assign(nation=nation), MEASURES["core"].unit, of_years=False)
    note = (
        "Weights of three strategies that each nation mixes: to make at home (sovereignty), to "
        "keep core domains at home, to spread suppliers (diversification). "
        f"Median and 10–90 % range of runs. {_all_years(shown)}"
    )
    if shown.n == 1:
        note = note.replace("Median and 10–90 % range of runs. ", "")
    alt = f"Three lines over time. {headline}"
    headline = f"{headline} ({shown.runs})."
    option = _lines_option(series, labels, [STRATEGIES[key].label for key in STRATEGY_KEYS], 140)
    return Chart(f"strategies_{nation}", option, headline, note, table, alt)


def _strategy(key: str) -> str:
    return {"core": "control of its core domains"}.get(key, STRATEGIES[key].label.lower())


def nation_path(shown: Shown, nation: str, measure: str) -> Chart:
    """A measure of a nation by quarter (a key of PATHS), with its band, beside the baseline."""
    colour, share = PATHS[measure]
    about = MEASURES[measure]
    scale = PER_CENT if share else 1.0
    style = Style(first_up(shown.title), colour, LINES[0], "o")
    table = shown.ensemble.paths(shown.policy, nation, measure)
    series = []
    tables = [table.assign(policy=shown.policy)]
    if shown.baseline is not None:
        before = shown.ensemble.paths(BASELINE, nation, measure)
        tables.append(before.assign(policy=BASELINE))
        series += band_lines("Baseline", before, BASELINE_STYLE, scale, 2.0)
    series += band_lines(style.label, table, style, scale)
    labels = list(table["quarter"])
    option = _lines_option(series, labels, [], 24)
    option["legend"] = {
        "show": shown.baseline is not None, "top": 0, "right": MENU,
        "textStyle": {"fontSize": FONT}, "data": [style.label, "Baseline"],
    }  # fmt: skip
    if shown.baseline is not None:
        option["grid"]["top"] = 50  # the mark's label stands between legend and lines
    if not share:
        option["yAxis"]["axisLabel"]["formatter"] = "{value}"
    start, last = (records(table)[at] for at in (0, -1))
    written = percent(start["median"]) if share else digits(start["median"])
    headline = (
        f"{shown.names[nation]}: {mid_sentence(about.name)} goes from {written} in {labels[0]} to "
        f"{with_range(last, share)} in {labels[-1]} ({shown.runs})."
    )
    note = f"{about.name}: {about.unit}. Median and 10–90 % range of runs. {_all_years(shown)}"
    if shown.n == 1:
        note = f"{about.name}: {about.unit}. {_all_years(shown)}"
    whole = pd.concat(tables).assign(nation=nation, measure=measure)
    whole = shown.stamped(whole, about.unit, of_years=False)
    alt = f"A line over time with its band. {headline}"
    return Chart(f"{measure}_{nation}", option, headline, note, whole, alt)


def _all_years(shown: Shown) -> str:
    return f"World '{shown.world}', {shown.title}; {shown.runs}."


def _end_label() -> Option:
    return {
        "endLabel": {"show": True, "formatter": "{a}", "fontSize": FONT},
        "labelLayout": {"moveOverlap": "shiftY"},
    }


def _lines_option(
    series: Sequence[Option], labels: Sequence[str], names: Sequence[str], right: int
) -> Option:
    return {
        "animation": False,
        "tooltip": {"trigger": "axis", "confine": True, "textStyle": {"fontSize": FONT}},
        "legend": {"show": False, "data": list(names)},
        "grid": {"left": 56, "right": right, "top": 30, "bottom": 32},
        "xAxis": in_quarters(labels),
        "yAxis": {"type": "value", "min": 0, "axisLabel": {"formatter": "{value} %",
                                                            "fontSize": FONT}},
        "series": list(series),
    }  # fmt: skip


def mark_quarter(chart: Chart, quarter: str) -> Chart:
    """The same lines over time with a mark at a quarter; charts without a time axis as they are."""
    axis = chart.option.get("xAxis", {})
    if axis.get("type") != "category" or quarter not in axis.get("data", []):
        return chart
    mark = {"silent": True, "symbol": "none", "data": [{"xAxis": quarter}],
            "lineStyle": {"color": BASE_COLOUR, "type": "solid", "width": 2},
            "label": {"formatter": quarter, "fontSize": FONT}}  # fmt: skip
    last = {**chart.option["series"][-1], "markLine": mark}
    option = {**chart.option, "series": [*chart.option["series"][:-1], last]}
    return Chart(chart.id, option, chart.headline, chart.note, chart.table, chart.alt)
