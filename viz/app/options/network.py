"""The alliance as a network: who supplies whom, and who is tied to whom."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from alliance_abm.network import alliance_graph
from alliance_abm.world import load_world
from experiments.nation_ensemble import band, ratio
from viz.app.chart import Chart
from viz.app.options.nation_parts import (
    BASE_COLOUR,
    FONT,
    REST,
    UNITS,
    Option,
    Shown,
    empty_option,
    first_up,
    line_type,
    tip,
    with_range,
)
from viz.charts_network import marker
from viz.page import digits
from viz.policy_view import records
from viz.theme import REGION_COLOURS, REGION_LABELS

LEAST_FLOW = 0.004  # of all volume: thinner flows are not drawn
SMALLEST, LARGEST = 12.0, 52.0  # pixels of a nation
WIDE = 1.75  # width of the picture over its height
SPRING, WEAK, ROUNDS = 2.2, 0.3, 300  # of the layout
DRAWN_IN = 0.5  # power of the distance from the middle
NAME_ROOM = (0.2, 0.17)  # room of a name, of half the picture
SYMBOLS: Mapping[str, tuple[str, str]] = MappingProxyType(  # marker: symbol, words
    {"o": ("circle", "NATO"), "s": ("rect", "other U.S. ally"), "D": ("diamond", "no U.S. ally")}
)


def supplier_network(shown: Shown, nation: str | None = None) -> Chart:
    """Nations at fixed places, sized by what they buy and sell abroad; arrows are deliveries.

    Args:
        shown: the ensemble, the policy and the years.
        nation: iso3 of the nation whose flows are drawn strongly; default all alike.
    """
    volume = shown.ensemble.pairs(shown.policy, shown.years, shown.clock)
    rest = shown.ensemble.nations.index(REST)
    volume[:, rest], volume[:, :, rest] = 0.0, 0.0
    table = _table(shown, volume)
    ident = "network" if nation is None else f"network_{nation}"
    if not volume.any():
        text = f"No {shown.what} between these nations in {shown.when} ({shown.runs})."
        return Chart(f"{ident}_empty", empty_option(text), text, shown.ground, table, text)
    headline = _headline(shown, volume, nation)
    note = (
        f"Arrows: {shown.what} across borders, without space and the rest of the world, mean of "
        f"runs, from {100 * LEAST_FLOW:g} % of the volume on; size of a nation: what it buys and "
        "sells; shape: circle NATO, square other U.S. ally, diamond no U.S. ally. Lines: solid "
        "blue from the United States, dashed green from friendly nations, dash-dotted orange from "
        "China and Russia. Places are fixed: nations of one region, or with programmes in common, "
        f"stand near. {shown.ground}"
    )
    alt = f"Network of nations and arms deliveries. {headline}"
    return Chart(ident, _option(shown, volume.mean(axis=0), table, nation), headline, note, table,
                 alt)  # fmt: skip


def _table(shown: Shown, volume: np.ndarray) -> pd.DataFrame:
    """supplier, buyer, mean, low, median, high, n of flows, the largest first."""
    buyer, supplier = np.nonzero(volume.any(axis=0))
    names = np.array(shown.ensemble.nations)
    values = volume[:, buyer, supplier]
    head = {"supplier": names[supplier], "buyer": names[buyer], "mean": values.mean(axis=0)}
    found = pd.DataFrame({**head, **band(values)})
    found = found.sort_values("mean", ascending=False, kind="stable", ignore_index=True)
    return shown.stamped(found, UNITS)


def _headline(shown: Shown, volume: np.ndarray, nation: str | None) -> str:
    names = shown.ensemble.nations
    if nation is None:
        share = ratio(volume.sum(axis=1), volume.sum(axis=(1, 2))[:, None])
        text = "delivers most"
        whole = "of the volume shown"
    else:
        mine = volume[:, names.index(nation)]
        share = ratio(mine, mine.sum(axis=1, keepdims=True))
        text = f"delivers most to {shown.the(nation)}"
        whole = "of its imports"
    edges = band(share)
    if not np.isfinite(edges["median"]).any():
        return f"{first_up(shown.the(str(nation)))} imports nothing in {shown.when} ({shown.runs})."
    first = int(np.nanargmax(edges["median"]))
    row = {edge: edges[edge][first] for edge in ("low", "median", "high", "n")}
    who = first_up(shown.the(names[first]))
    return f"{who} {text} in {shown.when}: {with_range(row)} {whole} ({shown.runs})."


@lru_cache(maxsize=64)
def ties_of(nations: tuple[str, ...], year: int) -> nx.Graph:
    """The alliance in a year; not to be changed."""
    return alliance_graph(load_world(nations), year)


@lru_cache(maxsize=16)
def places_of(nations: tuple[str, ...]) -> Mapping[str, tuple[float, float]]:
    """Fixed places of these nations between -1 and 1, by their last known ties and region alone.

    The same for every policy and year of deliveries, so that nothing jumps on a scrub bar.
    """
    world = load_world(nations)
    ties = ties_of(nations, int(world.years[-1]))
    near: nx.Graph[str] = nx.Graph()
    near.add_nodes_from(sorted(ties.nodes))
    for one, two, tie in ties.edges(data=True):
        near.add_edge(one, two, weight=4.0 * tie["region"] + len(tie["programmes"]) + WEAK)
    home = world.nations[world.usa]
    near.add_weighted_edges_from((home, name, WEAK) for name in near if not near.degree(name))
    found = nx.spring_layout(near, k=SPRING / math.sqrt(len(near)), iterations=ROUNDS, seed=1)
    return _apart({name: (float(x), float(y)) for name, (x, y) in found.items()})


def _apart(places: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """The places drawn in, and pushed apart until no two names overlap."""
    names = list(places)
    at = np.array([places[name] for name in names])
    at = at - at.mean(axis=0)
    far = np.maximum(np.hypot(at[:, 0], at[:, 1]), 1e-9)[:, None]
    at = at / far * (far / far.max()) ** DRAWN_IN
    least = np.array(NAME_ROOM)
    for _ in range(ROUNDS):
        gap = (at[:, None] - at[None, :]) / least
        size = np.hypot(gap[..., 0], gap[..., 1])
        np.fill_diagonal(size, np.inf)
        push = np.where(size < 1.0, 1.0 - size, 0.0)[..., None] * gap
        at = at + 0.25 * push.sum(axis=1) * least
    at = at - (at.max(axis=0) + at.min(axis=0)) / 2.0
    at = at / np.maximum(np.abs(at).max(axis=0), 1e-9)
    return {name: (round(float(x), 4), round(float(y), 4)) for name, (x, y) in
            zip(names, at, strict=True)}  # fmt: skip


def _option(shown: Shown, mean: np.ndarray, table: pd.DataFrame, nation: str | None) -> Option:
    year = min(shown.years[1], int(shown.base.years[-1]))
    ties = ties_of(shown.ensemble.nations[:-1], year)
    regions = sorted({node["region"] for _, node in ties.nodes(data=True)})
    places = places_of(shown.ensemble.nations[:-1])
    names = shown.ensemble.nations
    sells, buys = mean.sum(axis=0), mean.sum(axis=1)
    largest = max(float((sells + buys).max()), 1e-9)
    nodes = [
        _node(shown, name, ties.nodes[name], places[name], regions,
              (float(buys[names.index(name)]), float(sells[names.index(name)])), largest, nation)
        for name in ties.nodes
    ]  # fmt: skip
    return {
        "animation": False,
        "tooltip": {"trigger": "item", "confine": True, "textStyle": {"fontSize": FONT}},
        "legend": {"data": [REGION_LABELS[one] for one in regions], "left": 8, "top": 6,
                   "orient": "vertical", "selectedMode": False, "textStyle": {"fontSize": FONT}},
        "series": [
            {
                "name": "nations", "type": "graph", "layout": "none", "roam": True,
                "categories": [
                    {"name": REGION_LABELS[one], "itemStyle": {"color": REGION_COLOURS[one]}}
                    for one in regions
                ],
                "data": nodes, "links": _links(shown, table, nation),
                "edgeSymbol": ["none", "arrow"], "edgeSymbolSize": 8,
                "label": {"show": True, "position": "bottom", "fontSize": FONT, "distance": 2},
                "labelLayout": {"hideOverlap": False},
                "emphasis": {"focus": "adjacency"}, "selectedMode": False,
            }
        ],
    }  # fmt: skip


def _node(
    shown: Shown, name: str, about: dict[str, Any], place: tuple[float, float],
    regions: list[str], traded: tuple[float, float], largest: float, nation: str | None,
) -> Option:  # fmt: skip
    symbol, words = SYMBOLS[marker(about)]
    size = SMALLEST + (LARGEST - SMALLEST) * math.sqrt(sum(traded) / largest)
    looked_at = name == nation
    return {
        "id": name, "name": shown.names[name], "category": regions.index(about["region"]),
        "x": round(WIDE * 400 * place[0], 1), "y": round(-400 * place[1], 1),
        "symbol": symbol, "symbolSize": round(size, 1), "value": round(sum(traded), 1),
        "itemStyle": {"borderColor": "#D55E00" if looked_at else BASE_COLOUR,
                      "borderWidth": 4 if looked_at else 1.5},
        "tooltip": tip(shown.names[name], [
            f"{REGION_LABELS[about['region']]}; {words}",
            f"buys {digits(traded[0])}, sells {digits(traded[1])} {UNITS}",
            f"mean, {shown.runs}",
        ]),
    }  # fmt: skip


def _links(shown: Shown, table: pd.DataFrame, nation: str | None) -> list[Option]:
    least, largest = LEAST_FLOW * table["mean"].sum(), float(table["mean"].max())
    found = []
    for row in records(table):
        mine = nation is not None and nation in (row["buyer"], row["supplier"])
        if row["mean"] < least and not (mine and row["mean"] > least / 10):
            continue
        style = shown.style(str(row["supplier"]))
        faint = nation is not None and not mine
        found.append(
            {
                "source": row["supplier"], "target": row["buyer"],
                "value": round(float(row["mean"]), 1),
                "lineStyle": {"color": style.colour, "type": line_type(style.line),
                              "width": round(0.8 + 8.0 * math.sqrt(row["mean"] / largest), 2),
                              "curveness": 0.18, "opacity": 0.08 if faint else 0.6},
                "tooltip": tip(
                    f"{shown.names[row['supplier']]} to {shown.names[row['buyer']]}",
                    [f"{with_range(row, share=False)} {UNITS}", shown.runs],
                ),
            }
        )  # fmt: skip
    return found
