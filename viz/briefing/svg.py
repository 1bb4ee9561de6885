"""Charts of a briefing as inline SVG, drawn from the same numbers as those of the slides."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from viz.briefing.fit import at_most, lines
from viz.briefing.looks import GRID, HATCH_ANGLES, LABELLED, YEARS, luminance, pale
from viz.briefing.parts import Bars, ChangeChart, Chart, LineChart, StackChart
from viz.page import POINTS
from viz.policy_marks import DARK
from viz.policy_words import signed
from viz.theme import INK, SOFT

WIDTH, SIZE = 900.0, 15.0  # pixels, and size of letters
LEFT, RIGHT, FOOT, TOP = 250.0, 30.0, 56.0, 14.0
YEAR_LEFT, LINE_HEIGHT = 64.0, 400.0
BAR, SPACE = 19.0, 16.0
DASHES = ("", "11 5", "2 4", "9 4 2 4")


def svg_of(chart: Chart, name: str) -> str:
    """The chart as an `svg` element whose text alternative is its text; `name` is unique."""
    if isinstance(chart, LineChart):
        height, parts = LINE_HEIGHT, list(_lines(chart))
    elif isinstance(chart, ChangeChart):
        height = TOP + FOOT + len(chart.categories) * (len(chart.bars) * BAR + SPACE)
        parts = list(_changes(chart, height))
    else:
        height = TOP + FOOT + len(chart.categories) * 3.2 * BAR
        parts = [*_patterns(chart, name), *_stacks(chart, height, name)]
    body = "\n".join(parts)
    return (
        f'<svg viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img" '
        f'aria-label="{escape(chart.text)}" font-size="{SIZE:.0f}">\n{body}\n</svg>'
    )


def _text(x: float, y: float, words: str, anchor: str = "start", **look: str) -> str:
    look = {"fill": INK, **look}
    more = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in look.items())
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(words)}</text>'


def _stroke(x0: float, y0: float, x1: float, y1: float, colour: str, width: float = 1.0) -> str:
    ends = f'x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width:g}"/>'


def _ticks(low: float, high: float) -> list[float]:
    """About six round numbers between two edges."""
    wanted = (high - low) / 6.0
    scale = 10.0 ** np.floor(np.log10(wanted))
    step = scale * next(part for part in (1.0, 2.0, 5.0, 10.0) if part * scale >= wanted)
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [float(step * place) for place in range(first, last + 1)]


def _lines(chart: LineChart) -> Iterator[str]:
    years = [x for line in chart.lines for x, _ in line.points]
    first, last = YEARS * np.floor(min(years) / YEARS), YEARS * np.ceil(max(years) / YEARS)
    low, high = chart.limits
    bottom = LINE_HEIGHT - FOOT

    def x_of(year: float) -> float:
        return YEAR_LEFT + (year - first) / (last - first) * (WIDTH - YEAR_LEFT - RIGHT)

    def y_of(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - TOP)

    for value in _ticks(low, high):
        yield _stroke(YEAR_LEFT, y_of(value), WIDTH - RIGHT, y_of(value), GRID)
        yield _text(YEAR_LEFT - 8, y_of(value) + 5, f"{value:g}", "end")
    for year in np.arange(first, last + 1, YEARS):
        yield _text(x_of(year), bottom + 20, f"{year:.0f}", "middle")
    yield _stroke(YEAR_LEFT, bottom, WIDTH - RIGHT, bottom, SOFT)
    yield _text((YEAR_LEFT + WIDTH) / 2, bottom + 44, chart.x, "middle")
    middle = (TOP + bottom) / 2
    yield _text(16, middle, chart.y, "middle", transform=f"rotate(-90 16 {middle:.0f})")
    for line in chart.lines:
        points = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in line.points if np.isfinite(y))
        yield (
            f'<polyline points="{points}" fill="none" stroke="{line.colour}" '
            f'stroke-width="{1.5 if line.thin else 2.8}"{_dash(line.look)}/>'
        )


def _dash(look: int) -> str:
    dash = DASHES[look % len(DASHES)]
    return f' stroke-dasharray="{dash}"' if dash else ""


def _row_name(name: str, middle: float) -> Iterator[str]:
    """The name of a row at the left of its bars, in at most three lines."""
    inches = (LEFT - 24.0) / POINTS
    found = lines(at_most(name, SIZE, inches, 3), SIZE, inches)
    for place, line in enumerate(found):
        y = middle + 5 + (place - (len(found) - 1) / 2) * SIZE * 1.2
        yield _text(LEFT - 12, y, line, "end")


def _scale(
    low: float, high: float, height: float, words: str, form: str
) -> tuple[list[str], tuple[float, float]]:
    """Grid and numbers of an axis along the bottom; and x = a + b value."""
    slope = (WIDTH - LEFT - RIGHT) / (high - low)
    start = LEFT - slope * low
    bottom = height - FOOT
    parts = []
    for value in _ticks(low, high):
        x = start + slope * value
        parts.append(_stroke(x, TOP, x, bottom, GRID))
        text = signed(value) if form == "signed" else f"{value:g}"
        parts.append(_text(x, bottom + 20, text, "middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, bottom + 44, words, "middle"))
    return parts, (start, slope)


def _changes(chart: ChangeChart, height: float) -> Iterator[str]:
    parts, (start, slope) = _scale(*chart.limits, height, chart.x, "signed")
    yield from parts
    each = len(chart.bars) * BAR + SPACE
    for row, name in enumerate(chart.categories):
        top = TOP + row * each + SPACE / 2
        yield from _row_name(name, top + len(chart.bars) * BAR / 2)
        for place, bars in enumerate(chart.bars):
            yield from _bar(bars, row, top + place * BAR, start, slope)
    yield _stroke(start, TOP, start, height - FOOT, INK, 1.5)


def _bar(bars: Bars, row: int, top: float, start: float, slope: float) -> Iterator[str]:
    value, clear = bars.values[row], bars.clear[row]
    if not np.isfinite(value):
        yield _text(start + 6, top + BAR - 5, "no value", fill=SOFT)
        return
    left, wide = start + slope * min(value, 0.0), slope * abs(value)
    yield (
        f'<rect x="{left:.1f}" y="{top + 2:.1f}" width="{wide:.1f}" height="{BAR - 4:.1f}" '
        f'fill="{bars.colour if clear else "#FFFFFF"}" stroke="{bars.colour}" stroke-width="1.5"/>'
    )
    edges = [value]
    if np.isfinite([bars.low[row], bars.high[row]]).all():
        edges = [bars.low[row], bars.high[row]]
        middle = top + BAR / 2
        ends = [start + slope * edge for edge in edges]
        yield _stroke(ends[0], middle, ends[1], middle, INK, 1.5)
        for end in ends:
            yield _stroke(end, middle - 4, end, middle + 4, INK, 1.5)
    if clear:
        x = start + slope * (max([*edges, 0.0]) if value > 0.0 else min([*edges, 0.0]))
        anchor, step = ("start", 6) if value > 0.0 else ("end", -6)
        yield _text(x + step, top + BAR - 5, f"{signed(value)} %", anchor, font_weight="bold")


def _patterns(chart: StackChart, name: str) -> Iterator[str]:
    yield "<defs>"
    for place, stack in enumerate(chart.stacks):
        if stack.hatch:
            yield pattern(f"{name}-{place}", stack.colour, stack.hatch)
    yield "</defs>"


def pattern(name: str, colour: str, hatch: str) -> str:
    """A pattern of a colour on a paler one."""
    back = f'<rect width="8" height="8" fill="{pale(colour)}"/>'
    mark = f'<circle cx="4" cy="4" r="1.8" fill="{colour}"/>'
    turn = ""
    if hatch in HATCH_ANGLES:
        mark = f'<rect width="3.5" height="8" fill="{colour}"/>'
        turn = f' patternTransform="rotate({HATCH_ANGLES[hatch]})"'
    size = 'width="8" height="8" patternUnits="userSpaceOnUse"'
    return f'<pattern id="{name}" {size}{turn}>{back}{mark}</pattern>'


def fill_of(name: str, place: int, colour: str, hatch: str) -> str:
    """How a part is filled: with its colour or its pattern."""
    return f"url(#{name}-{place})" if hatch else colour


def _stacks(chart: StackChart, height: float, name: str) -> Iterator[str]:
    longest = max(sum(parts) for parts in zip(*(s.values for s in chart.stacks), strict=True))
    parts, (start, slope) = _scale(0.0, longest * 1.03, height, chart.x, "plain")
    yield from parts
    each = 3.2 * BAR
    for row, category in enumerate(chart.categories):
        top, x = TOP + row * each + each * 0.16, start
        yield from _row_name(category, top + each * 0.34)
        for place, stack in enumerate(chart.stacks):
            value = stack.values[row]
            fill = fill_of(name, place, stack.colour, stack.hatch)
            yield (
                f'<rect x="{x:.1f}" y="{top:.1f}" width="{slope * value:.1f}" '
                f'height="{each * 0.68:.1f}" fill="{fill}" stroke="#FFFFFF" stroke-width="0.8"/>'
            )
            if value >= LABELLED * longest:
                middle = (x + slope * value / 2, top + each * 0.34 + 5)
                yield from _inside(*middle, value, stack.colour, bool(stack.hatch))
            x += slope * value


def _inside(x: float, y: float, value: float, colour: str, hatched: bool) -> Iterator[str]:
    """A number inside a bar, on a plain ground where the bar has a pattern."""
    if hatched:
        yield (
            f'<rect x="{x - 15:.1f}" y="{y - 15:.1f}" width="30" height="20" rx="3" '
            'fill="#FFFFFF" fill-opacity="0.8"/>'
        )
    light = luminance(colour) >= DARK or hatched
    fill = INK if light else "#FFFFFF"
    yield _text(x, y, f"{value:.1f}", "middle", fill=fill, font_weight="bold")


def swatch(name: str, place: int, colour: str, hatch: str) -> str:
    """A patch for the key."""
    fill = fill_of(name, place, colour, hatch)
    return (
        '<svg class="swatch" width="34" height="16" aria-hidden="true">'
        f'<rect width="34" height="16" fill="{fill}"/></svg>'
    )


def stroke_swatch(colour: str, look: int, thin: bool) -> str:
    """A line for the key."""
    return (
        '<svg class="swatch" width="34" height="16" aria-hidden="true">'
        f'<line x1="0" y1="8" x2="34" y2="8" stroke="{colour}" '
        f'stroke-width="{1.5 if thin else 2.8}"{_dash(look)}/></svg>'
    )
