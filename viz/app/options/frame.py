"""Pieces of options that all charts share: text, axes, bands, marks of time, labels."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from alliance_abm.quarters import Quarter
from viz.app.chart import jsonable
from viz.charts_policy_paths import COLOURS
from viz.policy_view import BASELINE, View, foremost
from viz.policy_words import BETTER, cut
from viz.theme import BROWN, GREY, LINES, PINK, SKY, STAGES
from viz.theme import INK as BLACK

Option = dict[str, Any]
Floats = Any
FONT, NAME_FONT = 12, 13
INK, SOFT, FAINT, PAPER = "tone:ink", "tone:soft", "tone:faint", "tone:paper"
MOST_POLICIES = 3  # beside the baseline
WITHOUT = "Without levers"
POLICY_COLOURS = (*COLOURS, BROWN, SKY, PINK, GREY)
LABEL_LETTERS, LABEL_ROOM = 17, 140  # of a name beside the end of a line, and its pixels
LINE_HEIGHT = 14
BAND_OPACITY = 0.16
MOST_TICKS = 7
LEGEND_LETTERS, LEGEND_HEIGHT = (18, 14), 34  # few names, and from four on
NEARLY_BLACK = (BLACK, STAGES["award"][0])
NEAR = 40  # quarters after the first lever, over which two words would collide
MOST_LETTERS = 72  # of a name or unit above a chart
TOP = 46  # pixels for name and unit
CROSS = "path://M2 0L5 3L8 0L10 2L7 5L10 8L8 10L5 7L2 10L0 8L3 5L0 2Z"
_DECALS: Mapping[str, Option] = MappingProxyType(
    {
        "///": {"symbol": "rect", "dashArrayX": [1, 0], "dashArrayY": [1.5, 5], "rotation": -0.8},
        "\\\\\\": {"symbol": "rect", "dashArrayX": [1, 0], "dashArrayY": [1.5, 5], "rotation": 0.8},
        "...": {"symbol": "circle", "symbolSize": 0.45, "dashArrayX": [[0, 6], [3, 6]],
                "dashArrayY": [5, 0]},
    }
)  # fmt: skip


def frame(name: str, unit: str, **parts: Any) -> Option:
    """An option with its name and unit at the top left."""
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "textStyle": {"fontSize": FONT, "color": INK},
        "title": {
            "text": cut(name, MOST_LETTERS), "subtext": cut(unit, MOST_LETTERS),
            "left": -4, "top": -3, "itemGap": 2,
            "textStyle": {"fontSize": NAME_FONT, "color": INK, "fontWeight": "bold",
                          "lineHeight": 18},
            "subtextStyle": {"fontSize": FONT, "color": SOFT, "lineHeight": 16},
        },
        "grid": {"left": 4, "right": 22, "top": TOP, "bottom": 4, "containLabel": True},
        "tooltip": {"confine": True, "textStyle": {"fontSize": FONT}},
        **parts,
    }  # fmt: skip


def nothing(name: str, why: str) -> Option:
    """An option that says why there is nothing to see."""
    return frame(name, why, xAxis=[], yAxis=[], series=[])


def time_axis(quarters: Sequence[str]) -> Option:
    """A category axis of quarters, years written at their first quarter."""
    years = int(quarters[-1][:4]) - int(quarters[0][:4]) + 1
    step = next((one for one in (1, 2, 5, 10) if years / one <= MOST_TICKS), 20)
    labels = {"formatter": "fmt:year", "interval": f"fmt:years:{step}", "fontSize": FONT,
              "color": SOFT}  # fmt: skip
    return {
        "type": "category", "data": list(quarters), "boundaryGap": False,
        "axisLabel": labels, "axisTick": {"interval": f"fmt:years:{step}"},
        "axisLine": {"onZero": False, "lineStyle": {"color": FAINT}},
    }  # fmt: skip


def value_axis(sign: str = "", **more: Any) -> Option:
    """An axis of numbers, with few lines; `sign` stands behind each number."""
    return {
        "type": "value", "splitNumber": 4, "scale": True,
        "axisLabel": {"formatter": f"fmt:axis:{sign}", "fontSize": FONT, "color": SOFT},
        "axisTick": {"show": False}, "axisLine": {"show": False},
        "splitLine": {"lineStyle": {"color": FAINT, "opacity": 0.5}}, **more,
    }  # fmt: skip


def dash(line: Any, width: float = 2.4) -> Any:
    """A line style of matplotlib as ECharts has it, dashes in pixels."""
    return "solid" if line == "-" else [round(width * one, 1) for one in line[1]]


def decal(hatch: str) -> Option:
    """A hatch of matplotlib as a pattern over a bar, for `itemStyle`."""
    found = _DECALS.get(hatch)
    return {"decal": {**found, "color": "rgba(255,255,255,0.6)"}} if found else {}


def adaptive(colour: str) -> str:
    """A colour of the theme, nearly black ones turned about on a dark page."""
    return INK if colour in NEARLY_BLACK else colour


def looks(view: View, policy: str) -> tuple[str, Any]:
    """Colour and line of a policy, the same in every chart; of the runs without levers."""
    if policy == BASELINE:
        return INK, "solid"  # nearly black on paper, nearly white on a dark page
    place = view.policies.index(policy)
    return POLICY_COLOURS[place % len(POLICY_COLOURS)], dash(LINES[(place + 1) % len(LINES)])


def shown_policies(view: View, outcomes: Sequence[str], most: int = MOST_POLICIES) -> list[str]:
    """The policies of a chart: all, or those that move some outcomes most."""
    if not len(view.differences):
        return list(view.policies)[:most]
    return foremost(view, outcomes, most)


def title_of(view: View, policy: str) -> str:
    """What a policy is called, without the braces that ECharts would read as its own."""
    name = WITHOUT if policy == BASELINE else view.titles[policy]
    return name.replace("{", "(").replace("}", ")")


def folded(name: str, letters: int = LABEL_LETTERS, lines: int = 2) -> str:
    """A name in at most so many lines of so many letters.

    >>> folded("RAND option 6: a cross-functional workforce")
    'RAND option 6: a\\ncross-functional…'
    """
    found = textwrap.wrap(name, letters, break_on_hyphens=False, max_lines=lines, placeholder="…")
    return "\n".join(found)


def named(name: str, colour: str, letters: int = LABEL_LETTERS) -> Option:
    """A label with a name in two lines, behind a dot in the colour of what it names."""
    return {
        "show": True, "formatter": f"{{m|●}} {folded(name, letters)}", "color": INK,
        "fontSize": FONT, "lineHeight": LINE_HEIGHT,
        "rich": {"m": {"color": colour, "fontSize": FONT}},
    }  # fmt: skip


def legend(names: Sequence[str], **more: Any) -> Option:
    """A legend under the name of a chart, entries in two lines."""
    return {
        "data": list(names), "left": 0, "top": TOP - 6, "itemWidth": 14, "itemHeight": 10,
        "itemGap": 10, "formatter": f"fmt:fold:{LEGEND_LETTERS[len(names) > 3]}", "type": "scroll",
        "pageIconSize": 10,
        "textStyle": {"fontSize": FONT, "color": INK, "lineHeight": LINE_HEIGHT}, **more,
    }  # fmt: skip


def rows_axis(rows: int) -> Option:
    """An axis of named rows from the top down; their names are `rows` of the option."""
    return {
        "type": "value", "min": -0.5, "max": rows - 0.5, "inverse": True, "interval": 0.5,
        "axisLabel": {"formatter": "fmt:rows", "fontSize": FONT, "color": INK,
                      "lineHeight": LINE_HEIGHT},
        "axisTick": {"show": False}, "axisLine": {"show": False}, "splitLine": {"show": False},
    }  # fmt: skip


def banded(
    ident: str,
    name: str,
    found: Mapping[str, Floats],
    colour: str,
    line: Any,
    opacity: float = BAND_OPACITY,
) -> list[Option]:
    """A median with its band, as three series that one entry of a legend switches together."""
    flat = {"type": "line", "name": name, "symbol": "none", "stack": f"band:{ident}", "z": 1,
            "stackStrategy": "all", "silent": True, "lineStyle": {"opacity": 0},
            "tooltip": {"show": False}, "itemStyle": {"color": colour}}  # fmt: skip
    width = np.asarray(found["high"], float) - np.asarray(found["low"], float)
    middle = {
        "type": "line", "id": f"median:{ident}", "name": name, "data": found["median"], "z": 3,
        "symbol": "circle", "symbolSize": 7, "showSymbol": False, "triggerLineEvent": True,
        "itemStyle": {"color": colour}, "lineStyle": {"color": colour, "width": 2.4, "type": line},
        "endLabel": {**named(name, colour), "distance": 6},
        "labelLayout": {"moveOverlap": "shiftY"},
    }  # fmt: skip
    if not (width > 0.0).any():
        return [middle]
    return [
        {**flat, "id": f"low:{ident}", "data": found["low"]},
        {**flat, "id": f"width:{ident}", "data": width,
         "areaStyle": {"color": colour, "opacity": opacity}},
        middle,
    ]  # fmt: skip


def marks(quarters: Sequence[str], starts: str | None, at: str | None) -> Option:
    """Upright lines: where the first lever comes into force, and the quarter looked at."""
    data = []
    words = {"fontSize": FONT, "rotate": 0}
    if starts is not None and starts in quarters:
        near = (
            at is not None
            and at in quarters
            and 0 <= quarters.index(at) - quarters.index(starts) < NEAR
        )
        data.append({
            "xAxis": starts, "lineStyle": {"type": [3, 3], "color": SOFT, "width": 1.4},
            "label": {"formatter": f"levers from {starts[:4]}", "position": "insideStartTop",
                      "show": not near or quarters.index(starts) > NEAR, "color": SOFT,
                      "align": "right" if near else "left", "padding": [2, 4],
                      "backgroundColor": PAPER, **words},
        })  # fmt: skip
    if at is not None and at in quarters:
        data.append({
            "xAxis": at, "lineStyle": {"type": "solid", "color": INK, "width": 1.4},
            "label": {"formatter": at, "position": "end", "color": INK, "distance": 2,
                      "fontWeight": "bold", **words},
        })  # fmt: skip
    return {"markLine": {"symbol": "none", "silent": True, "animation": False, "data": data}}


def lever_start(view: View) -> str | None:
    """The quarter in which the first lever comes into force; None without levers."""
    starts = [int(use.start) for one in view.comparison.policies for use in one.levers]
    return str(Quarter(min(starts))) if starts else None


def better_note(outcome: str) -> str:
    """Which way is better, to end a unit with."""
    way = BETTER.get(outcome, 0)
    return {1: " (higher is better)", -1: " (lower is better)"}.get(way, "")


def finished(option: Option) -> Option:
    """The option as plain JSON."""
    found = jsonable(option)
    assert isinstance(found, dict)
    return found


def stamped(rows: Sequence[Mapping[str, Any]] | pd.DataFrame, view: View) -> pd.DataFrame:
    """A table of a chart with what its numbers rest on: world, seed, config, version.

    Policies stand with their titles too.
    """
    from alliance_abm import __version__

    table = rows.copy() if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
    if "policy" in table:
        titles = {BASELINE: WITHOUT, **view.titles}
        place = 1 + list(table.columns).index("policy")
        table.insert(place, "policy_title", table["policy"].map(titles))
    scenario = view.comparison.scenario
    return table.assign(
        world=view.worlds[0], seed=scenario.seed, config=scenario.name,
        config_hash=scenario.config_hash, version=__version__,
    )  # fmt: skip
