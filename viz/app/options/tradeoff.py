"""Trade-offs: two outcomes against each other, each policy a named point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from viz.app.chart import Chart
from viz.app.options.dots import CROSS_SIZE, clear_look
from viz.app.options.frame import (
    CROSS,
    FONT,
    INK,
    LINE_HEIGHT,
    TOP,
    Option,
    better_note,
    finished,
    frame,
    looks,
    named,
    stamped,
    title_of,
    value_axis,
)
from viz.app.options.paths import unseen
from viz.app.options.words import ONE_RUN, ground, interval_words, size_words
from viz.charts_tradeoffs import pairs_of, trade_off_headline
from viz.marks import Box
from viz.policy_view import View
from viz.policy_words import Row, is_clear, mid_sentence, scale_of, unit_words

NAME = "Trade-off"
SYMBOLS = ("circle", "rect", "diamond", "triangle")
LETTERS = 20
PLOT, NAME_BOX = (430.0, 200.0), (150.0, 30.0)  # pixels
ROOM = 0.22  # of the span, beyond the outermost interval
WORDS = "Crosses: 90 % intervals. Filled: clear in both; hollow: not clear in both."


def trade_off_chart(view: View, across: str, up: str) -> Chart:
    """The differences of two outcomes, each policy a point; runs without levers at zero."""
    pairs = pairs_of(view, view.worlds[0], (across, up))
    ident = f"trade-off-{across}-{up}"
    if not pairs:
        return unseen(ident, NAME, "No policy has both measures.", view)
    first = next(iter(pairs.values()))
    limits = [_limits([pair[side] for pair in pairs.values()]) for side in (0, 1)]
    series: list[Option] = [_origin()]
    sides = label_sides(limits, [_middles(pair) for pair in pairs.values()])
    for place, (policy, pair) in enumerate(pairs.items()):
        series += _point(view, policy, pair, SYMBOLS[place % len(SYMBOLS)], sides[place])
    below, beside = (_axis_words(row) for row in first)
    axes = [value_axis(min=low, max=high, scale=False) for low, high in limits]
    for axis in axes:
        axis["axisLabel"] |= {"formatter": "fmt:signed:", "showMinLabel": False,
                              "showMaxLabel": False, "hideOverlap": True}  # fmt: skip
    axes[0] |= {"name": f"→ {below}", "nameLocation": "middle", "nameGap": 26,
                "nameTextStyle": {"fontSize": FONT, "color": INK}}  # fmt: skip
    option = frame(f"{NAME}: {' and '.join(mid_sentence(row['name']) for row in first)}",
                   f"↑ {beside}", xAxis=axes[0], yAxis=axes[1], series=series)  # fmt: skip
    option["grid"] |= {"bottom": 24, "right": 16, "top": TOP + 4}
    option["tooltip"] |= {"trigger": "item", "formatter": "fmt:words"}
    headline = trade_off_headline(view, {world: pairs_of(view, world, (across, up))
                                         for world in view.worlds})  # fmt: skip
    headline = ONE_RUN if view.pairs == 1 else headline
    return Chart(
        ident, finished(option), headline,
        ground(view, view.pairs, f"{WORDS} Outcomes of {view.years}."),
        stamped(_table(pairs), view), f"Scatter of two differences. {headline}.",
    )  # fmt: skip


def _axis_words(row: Row) -> str:
    unit = unit_words(row["unit"]).split(",")[0]
    return f"change in {mid_sentence(row['name'])}, {unit}{better_note(row['outcome'])}"


def _limits(rows: Sequence[Row]) -> tuple[float, float]:
    """Limits that hold zero and every interval."""
    values = [row[key] * scale_of(row["unit"]) for row in rows
              for key in ("low", "difference", "high")]  # fmt: skip
    finite = [value for value in (0.0, *values) if np.isfinite(value)]
    room = ROOM * (max(finite) - min(finite)) or 1.0
    return min(finite) - room, max(finite) + room


def _origin() -> Option:
    """The runs without levers."""
    lines = [{"xAxis": 0}, {"yAxis": 0}]
    return {
        "type": "scatter", "id": "origin", "name": "Without levers", "silent": True,
        "data": [{"value": [0, 0]}], "symbol": CROSS, "symbolSize": CROSS_SIZE,
        "itemStyle": {"color": INK}, "tooltip": {"show": False},
        "label": {"show": True, "formatter": "Without\nlevers", "position": "left", "distance": 4,
                  "color": INK, "fontSize": FONT, "lineHeight": LINE_HEIGHT, "align": "right"},
        "markLine": {"symbol": "none", "silent": True, "animation": False, "data": lines,
                     "label": {"show": False},
                     "lineStyle": {"type": "solid", "color": INK, "width": 1}},
    }  # fmt: skip


def _middles(pair: tuple[Row, Row]) -> tuple[float, float]:
    x, y = (row["difference"] * scale_of(row["unit"]) for row in pair)
    return float(x), float(y)


def label_sides(
    limits: Sequence[tuple[float, float]], points: Sequence[tuple[float, float]]
) -> list[str]:
    """The side on which each name stands, so that names cover no point and no other name.

    Reckoned for a plot of PLOT pixels; the name of the runs without levers is left of zero.
    """
    spots = [
        [size * (value - low) / (high - low)
         for value, (low, high), size in zip(point, limits, PLOT, strict=True)]
        for point in ((0.0, 0.0), *points)
    ]  # fmt: skip
    taken: list[Box] = [(x - 8, y - 8, x + 8, y + 8) for x, y in spots]
    taken.append((spots[0][0] - 60, spots[0][1] - 14, spots[0][0], spots[0][1] + 14))
    found = []
    for place, (x, y) in enumerate(spots[1:], 1):
        boxes = {side: _box(x, y, side) for side in ("right", "left", "top", "bottom")}
        cost = {side: _cost(box, taken, place) for side, box in boxes.items()}
        side = min(boxes, key=lambda one: cost[one])
        taken.append(boxes[side])
        found.append(side)
    return found


def _box(x: float, y: float, side: str) -> Box:
    wide, tall = NAME_BOX
    left = {"right": x + 9, "left": x - 9 - wide}.get(side, x - wide / 2)
    low = {"top": y + 9, "bottom": y - 9 - tall}.get(side, y - tall / 2)
    return left, low, left + wide, low + tall


def _cost(box: Box, taken: Sequence[Box], mine: int) -> float:
    """How much of a name would cover other things or leave the plot, in pixels."""
    inside = [max(0.0, min(box[2], other[2]) - max(box[0], other[0]))
              * max(0.0, min(box[3], other[3]) - max(box[1], other[1]))
              for place, other in enumerate(taken) if place != mine]  # fmt: skip
    out = max(0.0, -box[0], box[2] - PLOT[0]) + max(0.0, -box[1], box[3] - PLOT[1])
    return sum(inside) + NAME_BOX[0] * out


def _point(view: View, policy: str, pair: tuple[Row, Row], symbol: str, side: str) -> list[Option]:
    """A point with its name and the intervals of both differences."""
    name, colour = title_of(view, policy), looks(view, policy)[0]
    low, x, high = (
        [row[key] * scale_of(row["unit"]) for row in pair] for key in ("low", "difference", "high")
    )
    clear = [is_clear(row) for row in pair]
    words = [name, *(_told(row) for row in pair)]
    cross = [[low[0], x[1]], [high[0], x[1]], [None, None], [x[0], low[1]], [x[0], high[1]]]
    lines = {
        "type": "line", "id": f"cross:{policy}", "name": name, "symbol": "none", "silent": True,
        "data": cross if np.isfinite([*low, *high]).all() else [], "tooltip": {"show": False},
        "lineStyle": {"color": colour, "width": 2, "opacity": 0.7}, "itemStyle": {"color": colour},
    }  # fmt: skip
    return [lines, {
        "type": "scatter", "id": f"point:{policy}", "name": name, "symbol": symbol,
        "symbolSize": 12, "z": 4,
        "data": [{"value": x, "tip": "\n".join(words),
                  "itemStyle": clear_look(colour, all(clear))}],
        "label": {**named(name, colour, LETTERS), "distance": 8, "position": side},
    }]  # fmt: skip


def _told(row: Row) -> str:
    way = "higher" if row["difference"] > 0.0 else "lower"
    clear = "clear" if is_clear(row) else "unclear"
    edges = interval_words(row, row["unit"])
    words = f"{row['name']}: {size_words(row, row['unit'])} {way}"
    return f"{words}, {clear} ({edges})" if edges else f"{words} (one pair of runs)"


def _table(pairs: dict[str, tuple[Row, Row]]) -> pd.DataFrame:
    names = ("policy", "outcome", "name", "unit", "baseline", "difference", "low", "high",
             "p_holm", "n")  # fmt: skip
    rows = [row for pair in pairs.values() for row in pair]
    table = pd.DataFrame([{name: row[name] for name in names} for row in rows])
    return table.assign(clear=[is_clear(row) for row in rows])
