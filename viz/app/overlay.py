"""What moves over a chart that stays: the quarter shown, and one run over the bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alliance_abm.quarters import quarter_labels
from experiments.runner import POLICY
from viz.app.chart import Chart, jsonable
from viz.app.live import Lines
from viz.app.options.frame import finished, marks
from viz.app.options.lines import LINES
from viz.policy_words import scale_of

CHARTS: Mapping[str, str] = {  # id of a chart: its series in a live run
    "level-us_share_deliveries": "us_share_deliveries",
    "level-allied_capability_share": "allied_capability_share",
    "level-us_unit_cost": "us_unit_cost",
}


def with_run(chart: Chart, lines: Lines) -> Chart:
    """The chart with the recorded quarters of a run as thin dotted lines, where it has that series.

    `lines` are those of `LiveRun`: by policy and series, a value for each quarter done.
    """
    series = CHARTS.get(chart.id)
    if series is None or not lines:
        return chart
    quarters = chart.option["xAxis"]["data"]
    scale = scale_of(LINES[series].unit)
    done = max(len(one[series]) for one in lines.values())
    labels = quarter_labels(done)
    first = labels.index(quarters[0]) if quarters[0] in labels else done
    added = [
        _line(name, [scale * value for value in one[series][first : first + len(quarters)]])
        for name, one in lines.items()
    ]
    option = {**chart.option, "series": [*chart.option["series"], *added]}
    return replace(chart, option=option)


def marked(chart: Chart, at: str | None) -> Chart:
    """The chart with a quarter marked, and nothing drawn anew: for the ticks of a playing page."""
    axis = chart.option.get("xAxis", {})
    if at is None or not isinstance(axis, dict) or at not in axis.get("data", ()):
        return chart
    *others, last = chart.option["series"]
    before = last.get("markLine", {}).get("data", [])
    mark = finished(marks(axis["data"], None, at))["markLine"]
    option = {**chart.option, "series": [*others, {**last, "markLine": {
        **mark, "data": [*before, *mark["data"]]}}]}  # fmt: skip
    return replace(chart, option=option)


def _line(policy: str, values: list[float]) -> dict[str, Any]:
    tone = "tone:ink" if policy == POLICY else "#0173b2"
    return {
        "id": f"run:{policy}", "name": f"one run: {policy}", "type": "line",
        "data": jsonable(values), "showSymbol": False, "silent": True, "z": 5,
        "lineStyle": {"width": 1.3, "type": "dotted", "color": tone},
        "tooltip": {"show": False},
    }  # fmt: skip
