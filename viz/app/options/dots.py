"""Dots with intervals in rows: clear filled, unclear hollow, exactly zero a cross."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from viz.app.options.frame import (
    CROSS,
    FONT,
    INK,
    LEGEND_HEIGHT,
    PAPER,
    SOFT,
    TOP,
    Option,
    frame,
    legend,
    rows_axis,
    value_axis,
)

SIZE = 11
CROSS_SIZE = 12
SPAN = 0.56  # of a row, over which the dots of its policies stand
KEY = "filled: clear; hollow: unclear, may be chance; cross: exactly zero"


@dataclass(frozen=True)
class Dot:
    """A difference in a row: middle, interval (nan without), verdict, words for the tooltip."""

    row: int
    middle: float
    low: float
    high: float
    clear: bool
    zero: bool
    words: str
    number: str = ""


@dataclass(frozen=True)
class Kind:
    """Dots of one sort: a policy, or a tier of buyers."""

    name: str
    colour: str
    symbol: str
    dots: Sequence[Dot]


def dots_option(
    name: str, unit: str, labels: Sequence[str], kinds: Sequence[Kind], sign: str, right: int = 22
) -> Option:
    """Rows of dots; `labels` name the rows from the top, `sign` stands behind numbers below."""
    series: list[Option] = []
    for place, kind in enumerate(kinds):
        step = (place - (len(kinds) - 1) / 2) * SPAN / max(len(kinds) - 1, 1)
        series += [_intervals(kind, step), _dots(kind, step)]
    if not series:
        series = [{"type": "scatter", "data": []}]
    series[0]["markLine"] = {
        "symbol": "none", "silent": True, "animation": False, "label": {"show": False},
        "data": [{"xAxis": 0}], "lineStyle": {"type": "solid", "color": INK, "width": 1.4},
    }  # fmt: skip
    across = value_axis(sign)
    across["axisLabel"] |= {"formatter": f"fmt:signed:{sign}", "hideOverlap": True}
    whole = [value for kind in kinds for dot in kind.dots
             for value in (dot.low, dot.middle, dot.high) if np.isfinite(value)]  # fmt: skip
    if not any(whole):
        across |= {"min": -1, "max": 1, "interval": 1}
    option = frame(name, unit, xAxis=across, yAxis=rows_axis(len(labels)), series=series)
    option["rows"] = list(labels)
    option["tooltip"] |= {"trigger": "item", "formatter": "fmt:words"}
    option["grid"] |= {"right": right}
    if len(kinds) > 1:
        option["grid"]["top"] = TOP + LEGEND_HEIGHT
        option["legend"] = legend([kind.name for kind in kinds])
    return option


def _intervals(kind: Kind, step: float) -> Option:
    """Lines from low to high, parted by gaps."""
    data: list[list[float | None]] = []
    for dot in kind.dots:
        if np.isfinite([dot.low, dot.high]).all():
            data += [[dot.low, dot.row + step], [dot.high, dot.row + step], [None, None]]
    return {
        "type": "line", "id": f"interval:{kind.name}", "name": kind.name, "data": data,
        "symbol": "none", "silent": True, "tooltip": {"show": False}, "z": 2,
        "lineStyle": {"color": kind.colour, "width": 2.6, "opacity": 0.75},
        "itemStyle": {"color": kind.colour},
    }  # fmt: skip


def _dots(kind: Kind, step: float) -> Option:
    data = []
    for dot in kind.dots:
        if not np.isfinite(dot.middle):
            continue
        look = clear_look(kind.colour, dot.clear)
        one: Option = {"value": [dot.middle, dot.row + step], "itemStyle": look, "tip": dot.words}
        if dot.zero:
            one |= {"symbol": CROSS, "itemStyle": {"color": SOFT}}
        if dot.number:
            one["label"] = {"show": True, "formatter": dot.number}
        data.append(one)
    return {
        "type": "scatter", "id": f"dots:{kind.name}", "name": kind.name, "data": data, "z": 4,
        "symbol": kind.symbol, "symbolSize": SIZE, "itemStyle": {"color": kind.colour},
        "label": {"position": "top", "distance": 3, "fontSize": FONT, "fontWeight": "bold",
                  "color": INK},
        "labelLayout": {"hideOverlap": True},
    }  # fmt: skip


def clear_look(colour: str, clear: bool) -> Option:
    """Filled when clear, hollow when not."""
    return {"color": colour if clear else PAPER, "borderColor": colour, "borderWidth": 2}
