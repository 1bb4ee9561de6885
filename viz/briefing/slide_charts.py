"""Native charts of slides, whose numbers can be edited in PowerPoint, and their keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_TICK_LABEL_POSITION,
)
from pptx.enum.dml import MSO_LINE, MSO_PATTERN
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from viz.briefing.fit import BODY, at_most, lines
from viz.briefing.looks import GRID, LABELLED, YEARS, luminance, pale
from viz.briefing.parts import Bars, ChangeChart, Chart, LineChart, Stack, StackChart
from viz.policy_marks import DARK
from viz.theme import INK, SOFT

DASHES = (MSO_LINE.SOLID, MSO_LINE.DASH, MSO_LINE.ROUND_DOT, MSO_LINE.DASH_DOT)
HATCHES = {
    "///": MSO_PATTERN.WIDE_UPWARD_DIAGONAL,
    "\\\\\\": MSO_PATTERN.WIDE_DOWNWARD_DIAGONAL,
    "...": MSO_PATTERN.LARGE_CONFETTI,
}
STEP, MOST_STEPS = 5, 10  # of the upright axis
THICK, THIN = 2.75, 1.5
PLOT = {"x": 0.3, "y": 0.02, "w": 0.67, "h": 0.82}  # of the chart, beside names of bars
NAME = 2.4  # inches of the names of bars
_C = 'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'


def colour(text: str) -> RGBColor:
    """A colour of the theme."""
    return RGBColor.from_string(text.lstrip("#").upper())


def add_chart(slide: Any, chart: Chart, box: tuple[float, float, float, float]) -> None:
    """Draw a chart in a box (left, top, width, height, in inches)."""
    inches = [Inches(edge) for edge in box]
    if isinstance(chart, LineChart):
        frame = slide.shapes.add_chart(
            XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, *inches, _points(chart)
        )
        _lines(frame.chart, chart)
    elif isinstance(chart, ChangeChart):
        data = _categories(chart, chart.bars)
        frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *inches, data)
        _bars(frame.chart, chart)
    else:
        data = _categories(chart, chart.stacks)
        frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_STACKED, *inches, data)
        _stacked(frame.chart, chart)
    frame.chart.has_legend = False
    frame.chart.has_title = False
    frame._element.nvGraphicFramePr.cNvPr.set("descr", chart.text)


def _points(chart: LineChart) -> XyChartData:
    data = XyChartData()
    for line in chart.lines:
        series = data.add_series(line.name)
        for x, y in line.points:
            if np.isfinite(y):
                series.add_data_point(x, y)
    return data


def _categories(
    chart: ChangeChart | StackChart, series: Sequence[Bars] | Sequence[Stack]
) -> CategoryChartData:
    data = CategoryChartData()
    data.categories = _row_names(chart.categories)
    for one in series:
        data.add_series(one.name, [_number(value) for value in one.values])
    return data


def _row_names(names: Sequence[str]) -> list[str]:
    """Names of bars in the lines that they have room for."""
    cut = [at_most(name, BODY, NAME, 3) for name in names]
    return ["\n".join(lines(name, BODY, NAME)) for name in cut]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _lines(drawn: Any, chart: LineChart) -> None:
    for series, line in zip(drawn.plots[0].series, chart.lines, strict=True):
        series.smooth = False
        style = series.format.line
        style.color.rgb = colour(line.colour)
        style.width = Pt(THIN if line.thin else THICK)
        style.dash_style = DASHES[line.look % len(DASHES)]
    years = [x for line in chart.lines for x, _ in line.points]
    across, up = drawn.category_axis, drawn.value_axis
    _axis(across, chart.x, "0")
    _axis(up, chart.y, "0")
    across.has_major_gridlines = False
    across.minimum_scale = YEARS * np.floor(min(years) / YEARS)
    across.maximum_scale = YEARS * np.ceil(max(years) / YEARS)
    across.major_unit = YEARS
    up.minimum_scale, up.maximum_scale = chart.limits
    up.major_unit = STEP if chart.limits[1] - chart.limits[0] <= MOST_STEPS * STEP else 2 * STEP


def _axis(axis: Any, words: str, number_format: str) -> None:
    axis.tick_labels.font.size = Pt(BODY)
    axis.tick_labels.font.color.rgb = colour(INK)
    axis.tick_labels.number_format = number_format
    axis.tick_labels.number_format_is_linked = False
    axis.has_major_gridlines = True
    axis.major_gridlines.format.line.color.rgb = colour(GRID)
    axis.format.line.color.rgb = colour(SOFT)
    axis.has_title = True
    axis.axis_title.text_frame.text = words
    font = axis.axis_title.text_frame.paragraphs[0].runs[0].font
    font.size, font.bold = Pt(BODY), False
    font.color.rgb = colour(INK)


def _rows_axis(drawn: Any) -> None:
    """Categories from the top down, their names at the left edge."""
    axis = drawn.category_axis
    axis.reverse_order = True
    drawn.value_axis.tick_label_position = XL_TICK_LABEL_POSITION.HIGH  # that is, below
    axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    axis.tick_labels.font.size = Pt(BODY)
    axis.tick_labels.font.color.rgb = colour(INK)
    axis.has_major_gridlines = False
    axis.format.line.color.rgb = colour(SOFT)


def _room(drawn: Any) -> None:
    """Keep a part of the chart for the names of the categories."""
    area = drawn._chartSpace.chart.plotArea
    for old in area.findall(qn("c:layout")):
        area.remove(old)
    places = "".join(f'<c:{name} val="{value}"/>' for name, value in PLOT.items())
    area.insert(0, parse_xml(
        f'<c:layout {_C}><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/>'
        f'<c:yMode val="edge"/>{places}</c:manualLayout></c:layout>'
    ))  # fmt: skip


def _bars(drawn: Any, chart: ChangeChart) -> None:
    plot = drawn.plots[0]
    plot.gap_width, plot.overlap = 50, 0
    _rows_axis(drawn)
    _axis(drawn.value_axis, chart.x, "+0.##;−0.##;0")
    _room(drawn)
    drawn.value_axis.minimum_scale, drawn.value_axis.maximum_scale = chart.limits
    for series, bars in zip(plot.series, chart.bars, strict=True):
        series.invert_if_negative = False
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = colour(bars.colour)
        series.format.line.color.rgb = colour(bars.colour)
        for place, (value, clear) in enumerate(zip(bars.values, bars.clear, strict=True)):
            if not np.isfinite(value):
                continue
            point = series.points[place]
            point.format.line.color.rgb = colour(bars.colour)
            point.format.line.width = Pt(1.5)
            point.format.fill.solid()
            point.format.fill.fore_color.rgb = colour(bars.colour if clear else "#FFFFFF")
        if _edges(bars):
            series._element.insert_element_before(
                _error_bars(bars), "c:cat", "c:val", "c:shape", "c:extLst"
            )


def _edges(bars: Bars) -> bool:
    return bool(np.isfinite([bars.low, bars.high]).any())


def _error_bars(bars: Bars) -> Any:
    """The element of intervals as lines, with their lengths as numbers."""
    values = np.array(bars.values)
    plus = _literal(np.array(bars.high) - values)
    minus = _literal(values - np.array(bars.low))
    return parse_xml(
        f'<c:errBars {_C} {_A}><c:errBarType val="both"/><c:errValType val="cust"/>'
        f'<c:noEndCap val="0"/><c:plus>{plus}</c:plus><c:minus>{minus}</c:minus><c:spPr>'
        f'<a:ln w="19050"><a:solidFill><a:srgbClr val="{INK[1:]}"/></a:solidFill></a:ln>'
        "</c:spPr></c:errBars>"
    )


def _literal(lengths: Any) -> str:
    points = "".join(
        f'<c:pt idx="{place}"><c:v>{max(float(length), 0.0)!r}</c:v></c:pt>'
        for place, length in enumerate(lengths)
        if np.isfinite(length)
    )
    count = f'<c:ptCount val="{len(lengths)}"/>'
    return f"<c:numLit><c:formatCode>General</c:formatCode>{count}{points}</c:numLit>"


def _stacked(drawn: Any, chart: StackChart) -> None:
    plot = drawn.plots[0]
    plot.gap_width, plot.overlap = 45, 100
    _rows_axis(drawn)
    _axis(drawn.value_axis, chart.x, "0")
    drawn.value_axis.minimum_scale = 0
    _room(drawn)
    longest = max(sum(parts) for parts in zip(*(s.values for s in chart.stacks), strict=True))
    for series, stack in zip(plot.series, chart.stacks, strict=True):
        paint(series.format.fill, stack.colour, stack.hatch)
        labels = series.data_labels
        labels.show_value = True
        labels.number_format = f'[>={LABELLED * longest:.2f}]0.0;""'
        labels.number_format_is_linked = False
        labels.font.size, labels.font.bold = Pt(BODY), True
        light = luminance(stack.colour) >= DARK or bool(stack.hatch)
        labels.font.color.rgb = colour(INK if light else "#FFFFFF")


def paint(fill: Any, text: str, hatch: str) -> None:
    """Fill with a colour, or with a pattern of it."""
    if hatch not in HATCHES:
        fill.solid()
        fill.fore_color.rgb = colour(text)
        return
    fill.patterned()
    fill.pattern = HATCHES[hatch]
    fill.fore_color.rgb, fill.back_color.rgb = colour(text), colour(pale(text))
