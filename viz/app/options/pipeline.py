"""What a nation waits for in one example run: orders under way, and needs not yet ordered."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from alliance_abm.explain_words import amount, lower, words
from alliance_abm.quarters import FIRST_YEAR, QUARTERS, QUARTERS_A_YEAR, Quarter
from experiments.example_run import ExampleRun
from viz.app.chart import Chart
from viz.app.options.nation_parts import (
    BASE_COLOUR,
    FONT,
    MENU,
    Option,
    empty_option,
    first_up,
    in_quarters,
    tip,
)
from viz.observed import source_of
from viz.policy_view import records
from viz.policy_words import counted
from viz.theme import INK, ROUTES, SOURCES

MOST_ROWS = 12
NEVER = "not in this run"
QUOTED, ARRIVED = "First delivery as quoted", "First delivery as it came"


def under_way(run: ExampleRun, nation: str, quarter: Quarter, most: int = MOST_ROWS) -> Chart:
    """Orders under way at the end of a quarter: the `most` largest, from order to delivery."""
    table = _stamped(run, nation, quarter, run.under_way(nation, quarter))
    name, ident = _name(run, nation), f"under_way_{nation}"
    example = f"One run, an example (seed {run.seed})."
    if not len(table):
        text = f"{first_up(name)} has no orders under way in {quarter}. {example}"
        return Chart(f"{ident}_empty", empty_option(text), text, example, table, text)
    late = table[
        (table["first"] != "") & (table["quoted"] != "") & (table["first"] <= str(quarter))
    ]
    delayed = int((late["first"] > late["quoted"]).sum())
    volume = table["volume"].sum()
    headline = (
        f"{first_up(name)} waits for {counted(len(table), 'order', 'orders')} of "
        f"{amount(volume)} capability units in {quarter}"
    )
    if len(late):
        headline += f"; of the {len(late)} that have begun to arrive, {delayed} came late"
    note = (
        f"The {min(most, len(table))} largest orders. Line: from the order to its first "
        "delivery; hollow diamond: first delivery as quoted; dot: as it came (none: not by the "
        f"end of the run). The table has every order. {example}"
    )
    rows = table.sort_values("volume", ascending=False, kind="stable").head(most)
    alt = f"Lines over time, one an order. {headline}. {example}"
    option = _timeline(run, nation, rows, quarter)
    return Chart(ident, option, f"{headline}. {example}", note, table, alt)


def open_needs(run: ExampleRun, nation: str, quarter: Quarter) -> Chart:
    """What a nation has asked for and not ordered at the end of a quarter, as bars of volume."""
    table = _stamped(run, nation, quarter, run.needs(nation, quarter))
    name, ident = _name(run, nation), f"needs_{nation}"
    example = f"One run, an example (seed {run.seed})."
    if not len(table):
        text = f"{first_up(name)} has no open requirement in {quarter}. {example}"
        return Chart(f"{ident}_empty", empty_option(text), text, example, table, text)
    longest = table.loc[table["since"].idxmin()]
    headline = (
        f"{first_up(name)} has {counted(len(table), 'open requirement', 'open requirements')} in "
        f"{quarter}; the longest waits since {longest['since']} "
        f"({lower(str(longest['domain_name']))}). {example}"
    )
    data = [
        {"value": round(float(row["volume"]), 2),
         "label": {"formatter": f"{amount(row['volume'])}, since {row['since']}, ordered "
                                f"{row['met'] or NEVER}"}}
        for row in records(table)
    ]  # fmt: skip
    option: Option = {
        "animation": False,
        "grid": {"left": 190, "right": 260, "top": 8, "bottom": 46},
        "xAxis": {"type": "value", "name": "capability units asked for", "nameLocation": "middle",
                  "nameGap": 28, "nameTextStyle": {"fontSize": FONT},
                  "axisLabel": {"fontSize": FONT}},
        "yAxis": {"type": "category", "inverse": True, "data": list(table["domain_name"]),
                  "axisTick": {"show": False}, "axisLabel": {"fontSize": FONT}},
        "series": [{"name": "asked for", "type": "bar", "barMaxWidth": 34, "data": data,
                    "itemStyle": {"color": BASE_COLOUR},
                    "label": {"show": True, "position": "right", "fontSize": FONT}}],
    }  # fmt: skip
    note = f"What is asked for at the end of {quarter} and not yet ordered. {example}"
    return Chart(ident, option, headline, note, table, f"Bars by domain. {headline}")


def _stamped(run: ExampleRun, nation: str, quarter: Quarter, table: pd.DataFrame) -> pd.DataFrame:
    """The table with what its rows are about in columns."""
    return table.assign(
        nation=nation, at=str(quarter), unit="capability units", runs=1, seed=run.seed,
        config=run.model.scenario.config_hash,
    )  # fmt: skip


def _name(run: ExampleRun, nation: str) -> str:
    world = run.model.world
    return world.names[world.nation_index(nation)]


def _timeline(run: ExampleRun, nation: str, rows: pd.DataFrame, quarter: Quarter) -> Option:
    """Rows of orders over quarters."""
    names = dict(zip(run.model.world.nations, run.model.world.names, strict=True))
    kinds = source_of(run.model.world)
    left = min([int(quarter), *(_at(label) for label in rows["awarded"])])
    left -= left % QUARTERS_A_YEAR
    ends = [_at(label) for column in ("first", "quoted") for label in rows[column] if label]
    axis = in_quarters([str(Quarter(at)) for at in range(left, _last(run, quarter, ends) + 1)], 2)
    lines, firsts, quotes, heads = [], [], [], []
    for place, row in enumerate(records(rows)):
        own = row["supplier"] == nation
        colour = ROUTES["domestic"].colour if own else SOURCES[kinds[row["supplier"]]].colour
        who = "own industry" if own else names[row["supplier"]]
        came = row["first"] or axis["data"][-1]
        lines.append({"coords": [[row["awarded"] or axis["data"][0], place], [came, place]],
                      "lineStyle": {"color": colour, "width": 5,
                                    "type": "solid" if row["first"] else "dashed"}})  # fmt: skip
        note = tip(f"{row['domain_name']}, {who}", [
            f"{amount(row['volume'])} capability units, {words(row['route'])}",
            f"ordered {row['awarded'] or 'before the run'}, quoted for {row['quoted'] or '–'}",
            f"first delivery {row['first'] or NEVER}",
            f"one run, seed {run.seed}; order {row['order']}",
        ])  # fmt: skip
        if row["first"]:
            firsts.append({"value": [came, place], "tooltip": note, "itemStyle": {"color": colour}})
        if row["quoted"] in axis["data"]:
            quotes.append({"value": [row["quoted"], place], "tooltip": note})
        how = "" if own else f", {words(row['route'], True)}"
        heads.append(f"{row['domain_name']}\n{who}{how}: {amount(row['volume'])} units")
    return {
        "animation": False,
        "tooltip": {"trigger": "item", "confine": True, "textStyle": {"fontSize": FONT}},
        "legend": {"top": 0, "right": MENU, "data": [QUOTED, ARRIVED],
                   "textStyle": {"fontSize": FONT}, "selectedMode": False},
        "grid": {"left": 275, "right": 30, "top": 44, "bottom": 30},
        "xAxis": {**axis, "axisLine": {"onZero": False}},
        "yAxis": {"type": "value", "inverse": True, "show": False, "min": -0.6,
                  "max": len(rows) - 0.4},
        "series": _marks(heads, lines, firsts, quotes, str(quarter), axis["data"][0]),
    }  # fmt: skip


def _at(label: str) -> int:
    """Place of a quarter, also of one after the calendar's end, for which some are quoted.

    Of what was ordered before the run it is the run's beginning.
    """
    if not label:
        return 0
    year, _, part = label.partition("Q")
    return (int(year) - FIRST_YEAR) * QUARTERS_A_YEAR + int(part) - 1


def _last(run: ExampleRun, quarter: Quarter, ends: Sequence[int]) -> int:
    """The last quarter of the axis: within the calendar of the model."""
    return min(max([*ends, int(quarter) + 1, run.model.state.quarter * (not ends)]), QUARTERS - 1)


def _marks(
    heads: Sequence[str], lines: Sequence[Option], firsts: Sequence[Option],
    quotes: Sequence[Option], now: str, left: str,
) -> list[Option]:  # fmt: skip
    named = [
        {"value": [left, place], "label": {"formatter": head}} for place, head in enumerate(heads)
    ]
    mark = {
        "silent": True, "symbol": "none", "data": [{"xAxis": now}],
        "lineStyle": {"color": BASE_COLOUR, "type": "solid", "width": 2},
        "label": {"formatter": now, "fontSize": FONT, "fontWeight": "bold",
                  "position": "start"},
    }  # fmt: skip
    return [
        {"name": "orders", "type": "scatter", "data": named, "symbolSize": 1, "silent": True,
         "clip": False, "itemStyle": {"color": "rgba(0,0,0,0)"},
         "label": {"show": True, "position": "left", "distance": 10, "fontSize": FONT,
                   "align": "right", "lineHeight": 16}},
        {"name": "under way", "type": "lines", "coordinateSystem": "cartesian2d", "data": lines,
         "silent": True, "lineStyle": {"opacity": 0.55}, "z": 3},
        {"name": ARRIVED, "type": "scatter", "data": firsts, "symbolSize": 13, "z": 5,
         "itemStyle": {"color": BASE_COLOUR}, "markLine": mark},
        {"name": QUOTED, "type": "scatter", "data": quotes,
         "symbol": "diamond", "symbolSize": 14, "z": 6,
         "itemStyle": {"color": "rgba(255,255,255,0.9)", "borderColor": INK, "borderWidth": 2}},
    ]  # fmt: skip
