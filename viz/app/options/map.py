"""The world map: who depends on whom, and what a policy changes."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from experiments.nation_ensemble import IMPORTS
from viz.app.chart import Chart
from viz.app.geography import DISCLAIMER, MAP_NAME, places, small_nations
from viz.app.options.map_layers import SHARE, UNCHANGED, Layer, layer_of
from viz.app.options.nation_parts import (
    BASE_COLOUR,
    FONT,
    Option,
    Shown,
    first_up,
    line_type,
    tip,
    with_range,
)
from viz.observed import UNITED_STATES
from viz.policy_view import records

ARCS = 6  # suppliers of the nation looked at that get an arc
LEAST_ARC = 0.01  # share below which there is no arc
SMALL_SIZE = 13  # pixels of a point
LEGEND_LETTERS = 34  # a line of the legend's title
LEGEND_ROW, LEGEND_GAP = 24, 10  # pixels
GLYPHS = {"circle": "●", "rect": "■", "diamond": "◆", "triangle": "▲"}
NOWHERE = "rgba(136,136,136,0.22)"
FOCUS: Mapping[str, tuple[tuple[float, float], float]] = MappingProxyType(  # centre, zoom
    {"world": ((10.0, 12.0), 1.0), "europe": ((14.0, 52.0), 4.6),
     "middle_east": ((44.0, 28.0), 4.2), "indo_pacific": ((118.0, 10.0), 2.1)}
)  # fmt: skip


def world_map(
    shown: Shown,
    measure: str = SHARE,
    nation: str | None = None,
    supplier: str = UNITED_STATES,
    focus: str = "world",
) -> Chart:
    """Nations by a measure of MEASURES_SHOWN; arcs lead to a nation from its suppliers.

    Args:
        shown: the ensemble, the policy and the years.
        measure: `share` (of `supplier` in what a nation imports), `leader` (the kind of its
            largest supplier), `change` (of the share, policy minus baseline), or one of PATHS.
        nation: iso3 of the nation looked at.
        supplier: for `share` and `change`.
        focus: the part of the world to begin with, a key of FOCUS.
    """
    layer = layer_of(shown, measure, supplier)
    option = _option(shown, layer, focus)
    if nation is not None and nation in places():
        arcs = _arcs(shown, nation)
        option["series"] += [arcs, _ring(nation)]
    note = f"{layer.note} {shown.ground} {DISCLAIMER}"
    table = shown.stamped(layer.table, layer.legend)
    alt = f"World map. {layer.headline} Colours: {layer.legend}."
    ident = f"map_{measure}" if focus == "world" else f"map_{measure}_{focus}"
    return Chart(ident, option, layer.headline, note, table, alt)


def _option(shown: Shown, layer: Layer, focus: str) -> Option:
    data, points = [], []
    for nation in layer.table["nation"]:
        place = places()[str(nation)]
        value = round(float(layer.places[nation]), 4) if nation in layer.places else None
        note = tip(place.name, layer.tips.get(nation, ["nothing to compare with"]))
        data.append({"name": place.name, "value": value, "tooltip": note})
        if value is not None and (layer.symbols or place.iso3 in small_nations()):
            point = {"name": place.name, "value": [place.lon, place.lat, value], "tooltip": note}
            points.append(point | _symbol(layer, place.iso3, value))
    for other in _uncoloured(shown, layer):
        note = tip(shown.names[other], ["a supplier; not among the buyers shown"])
        data.append({"name": shown.names[other], "value": None, "tooltip": note})
    return {
        "animation": False,
        "tooltip": {"trigger": "item", "confine": True, "textStyle": {"fontSize": FONT}},
        "title": _legend_title(layer),
        "visualMap": _legend(layer),
        "geo": _ground(shown, _uncoloured(shown, layer), focus),
        "series": [
            {"name": layer.legend, "type": "map", "geoIndex": 0, "selectedMode": False,
             "data": data, "tooltip": {"formatter": "{b}: not in the model"}},
            {"name": "points", "type": "scatter", "coordinateSystem": "geo",
             "symbolSize": SMALL_SIZE, "data": points, "z": 5,
             "itemStyle": {"borderColor": "#333333", "borderWidth": 1, "opacity": 1}},
        ],
    }  # fmt: skip


def _symbol(layer: Layer, iso3: str, value: float) -> Option:
    """How a point looks where steps are kinds: a shape for each, triangles up and down."""
    if not layer.symbols:
        return {}
    symbol = layer.symbols[round(value)]
    falls = symbol == "triangle" and value < UNCHANGED
    small = iso3 in small_nations()
    size = SMALL_SIZE if small or symbol == "triangle" else SMALL_SIZE - 4
    return {"symbol": symbol, "symbolSize": size, "symbolRotate": 180 if falls else 0}


def _legend(layer: Layer) -> Option:
    """Steps in words; where they are kinds, with the shape of their points."""
    pieces: list[Option] = [
        {"gte": step.low, "lt": step.high, "label": step.label, "color": step.colour}
        for step in layer.steps
    ]
    for place, symbol in enumerate(layer.symbols):
        falls = symbol == "triangle" and place < UNCHANGED
        pieces[place]["label"] += f" {'▼' if falls else GLYPHS[symbol]}"
    return {
        "type": "piecewise", "show": bool(layer.legend), "seriesIndex": [0, 1], "pieces": pieces,
        "outOfRange": {"color": NOWHERE}, "left": 8, "bottom": 8, "itemWidth": 22,
        "itemHeight": LEGEND_ROW - LEGEND_GAP, "itemGap": LEGEND_GAP, "itemSymbol": "rect",
        "textStyle": {"fontSize": FONT}, "hoverLink": False, "selectedMode": False,
        "showLabel": True, "align": "left",
    }  # fmt: skip


def _legend_title(layer: Layer) -> Option:
    """What the colours mean, above their steps."""
    return {
        "text": textwrap.fill(first_up(layer.legend), LEGEND_LETTERS), "left": 4,
        "bottom": 8 + LEGEND_ROW * len(layer.steps),
        "textStyle": {"fontSize": FONT, "fontWeight": "bold", "lineHeight": 17},
    }  # fmt: skip


def _uncoloured(shown: Shown, layer: Layer) -> list[str]:
    """Nations of the model that the layer is not about, such as the supplier looked at."""
    mine = set(layer.table["nation"])
    return [name for name in shown.base.nations if name in places() and name not in mine]


def _ground(shown: Shown, uncoloured: Sequence[str], focus: str) -> Option:
    """The map itself, plain grey; nations of the model without a colour have a name."""
    centre, zoom = FOCUS[focus]
    regions = []
    for iso3 in uncoloured:
        colour = shown.style(iso3).colour
        regions.append(
            {
                "name": shown.names[iso3],
                "label": {"show": True, "formatter": shown.names[iso3], "fontSize": FONT - 1,
                          "color": "#ffffff", "backgroundColor": colour, "padding": [2, 4]},
            }
        )  # fmt: skip
    return {
        "map": MAP_NAME, "roam": True, "selectedMode": False, "left": 4, "right": 4, "top": 4,
        "bottom": 4, "boundingCoords": [[-170, 80], [190, -56]], "regions": regions,
        **({"center": list(centre), "zoom": zoom} if zoom > 1.0 else {}),
        "itemStyle": {"areaColor": NOWHERE, "borderColor": BASE_COLOUR, "borderWidth": 0.5},
        "emphasis": {"label": {"show": False}, "itemStyle": {"areaColor": None, "borderWidth": 2}},
        "tooltip": {"show": True, "formatter": "{b}: not in the model"},
        "scaleLimit": {"min": 1, "max": 12},
    }  # fmt: skip


def _arcs(shown: Shown, nation: str) -> Option:
    """Arcs to a nation from those who supply most of what it imports."""
    found = shown.ensemble.shares(shown.policy, nation, shown.years, shown.clock, IMPORTS)
    found = found[found["supplier"].isin(list(places())) & (found["median"] >= LEAST_ARC)]
    here, data = places()[nation], []
    for row in records(found.head(ARCS)):
        there, style = places()[row["supplier"]], shown.style(row["supplier"])
        data.append(
            {
                "name": f"{there.name} to {here.name}",
                "coords": [[there.lon, there.lat], [here.lon, here.lat]],
                "value": round(float(row["median"]), 4),
                "lineStyle": {"color": style.colour, "type": line_type(style.line),
                              "width": round(1.5 + 9.0 * float(row["median"]), 2)},
                "tooltip": tip(f"{there.name} to {here.name}",
                               [f"{with_range(row)} of imports", f"N = {int(row['n'])} runs"]),
            }
        )  # fmt: skip
    return {
        "name": f"suppliers of {shown.names[nation]}", "type": "lines", "coordinateSystem": "geo",
        "symbol": ["none", "arrow"], "symbolSize": 12, "data": data, "z": 6,
        "lineStyle": {"curveness": 0.25, "opacity": 0.85},
    }  # fmt: skip


def _ring(nation: str) -> Option:
    """A ring round the nation looked at, with its name."""
    place = places()[nation]
    return {
        "name": "nation looked at", "type": "scatter", "coordinateSystem": "geo", "silent": True,
        "symbol": "circle", "symbolSize": 22, "z": 7,
        "data": [{"name": place.name, "value": [place.lon, place.lat]}],
        "itemStyle": {"color": "rgba(0,0,0,0)", "borderColor": "#D55E00", "borderWidth": 3},
        "label": {"show": True, "formatter": place.name, "position": "top", "fontSize": FONT,
                  "fontWeight": "bold", "backgroundColor": "rgba(255,255,255,0.85)",
                  "color": "#222222", "padding": [2, 5], "distance": 10},
    }  # fmt: skip
