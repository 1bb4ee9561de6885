"""The alliance as a network: who delivers to whom, by region."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from alliance_abm.network import alliance_graph, flow_graph
from alliance_abm.world import World
from viz.observed import source_of
from viz.page import NO_BREAK, About, empty, legend_column, page, percent, text_width
from viz.theme import FAINT, INK, REGION_COLOURS, REGION_LABELS, SLIDE, SOURCES

LEAST_SHARE = 0.002  # of all volume: thinner flows are not drawn
GAP = 1.4  # places left free between two regions
FINE = 4001
NAME_SIZE, LONGEST_NAME = 11.0, 12
MOST_AWAY = 0.25  # inches from a nation to its name
LEGEND_WIDTH = 2.7


@dataclass(frozen=True)
class Place:
    """A place on the ring in inches, the direction that points out of it, and its angle."""

    x: float
    y: float
    out: float
    up: float
    angle: float


Places = dict[str, Place]


def alliance_network(deliveries: pd.DataFrame, world: World, about: About) -> Figure:
    """Nations on a ring by region, ties as thin lines, deliveries of the last years as arrows.

    Args:
        deliveries: `AllianceModel.deliveries()` of all runs; the last period is drawn.
        world: the nations.
        about: the runs.
    """
    period, flows = last_flows(deliveries, world)
    year = min(about.last_data_year, int(about.end) - 1)
    ties = alliance_graph(world, year)
    trade = flow_graph(flows, ties.nodes)
    when = f" in {period.replace('-', '–')}" if period else ""
    figure = page(
        network_headline(trade, world),
        f"Volume delivered across borders{when}, without space and the "
        f"rest of the world: mean of {about.count} of world '{about.name}'. Arrows: flows "
        f"of at least {100 * LEAST_SHARE:g}{NO_BREAK}% of the volume shown.",
        "Alliances and programmes: public sources named in the data tables.",
    )
    if trade.number_of_edges() == 0:
        empty(figure.subplots(), "Nothing was delivered between these nations.")
        return figure
    _legend(figure, ties, year)
    ax, wide, high = _canvas(figure)
    names = [_two_lines(node["name"]) for _, node in ties.nodes(data=True)]
    around = max(text_width(name, NAME_SIZE) for name in names) + MOST_AWAY
    places = ring(ties, wide / 2 - around, high / 2 - around)
    _ties(ax, ties, places)
    _flows(ax, trade, places, source_of(world))
    _nations(ax, ties, trade, places)
    return figure


def _canvas(figure: Figure) -> tuple[Axes, float, float]:
    """Axes over the free part of the slide in inches from its middle, and its size."""
    engine: Any = figure.get_layout_engine()
    rect = engine.get()["rect"]
    figure.set_layout_engine("none")
    ax = figure.add_axes(rect)
    wide, high = rect[2] * SLIDE[0], rect[3] * SLIDE[1]
    ax.set_xlim(-wide / 2, wide / 2)
    ax.set_ylim(-high / 2, high / 2)
    ax.set_axis_off()
    return ax, wide, high


def last_flows(deliveries: pd.DataFrame, world: World) -> tuple[str, pd.DataFrame]:
    """The last period and its flows between nations: buyer, supplier, volume, mean over runs."""
    if deliveries.empty:
        return "", pd.DataFrame(columns=["buyer", "supplier", "volume"])
    period = str(deliveries["period"].iloc[-1])
    runs = deliveries["replication"].nunique()
    rest = world.nations[world.row]
    rows = deliveries[
        (deliveries["period"] == period)
        & (deliveries["buyer"] != rest)
        & (deliveries["supplier"] != rest)
    ]
    total = rows.groupby(["buyer", "supplier"], as_index=False)["volume"].sum()
    return period, total.assign(volume=total["volume"] / runs)


def ring(ties: nx.Graph, wide: float, high: float) -> Places:
    """Places on an ellipse with these half axes, evenly spaced, with gaps between regions.

    Within a region nations stand in the order of their names.
    """
    by_region = groups(ties)
    steps = ties.number_of_nodes() + GAP * len(by_region)
    angles = np.linspace(0.0, 2 * np.pi, FINE)
    x, y = wide * np.sin(angles), high * np.cos(angles)
    length = np.r_[0.0, np.cumsum(np.hypot(np.diff(x), np.diff(y)))]
    found, step = {}, GAP / 2
    for names in by_region.values():
        for iso3 in names:
            angle = float(np.interp(step / steps * length[-1], length, angles))
            out, up = math.sin(angle) / wide, math.cos(angle) / high
            size = math.hypot(out, up)
            place = (wide * math.sin(angle), high * math.cos(angle))
            found[iso3] = Place(*place, out / size, up / size, angle)
            step += 1.0
        step += GAP
    return found


def groups(ties: nx.Graph) -> dict[str, list[str]]:
    """Nations by region, both in the order of their names."""
    found: dict[str, list[str]] = {}
    for iso3, node in sorted(ties.nodes(data=True), key=lambda item: item[1]["name"]):
        found.setdefault(node["region"], []).append(iso3)
    return dict(sorted(found.items()))


def _ties(ax: Axes, ties: nx.Graph, places: Places) -> None:
    for one, two, tie in ties.edges(data=True):
        if tie["programmes"]:
            ax.add_patch(_curve(places[one], places[two], color=FAINT, linewidth=0.7, zorder=1))


def _curve(start: Place, end: Place, **look: Any) -> FancyArrowPatch:
    """A curve that bends towards the middle of the ring, the more the nearer its ends are."""
    across = start.x * end.y - start.y * end.x
    apart = abs(math.sin((start.angle - end.angle) / 2))
    bend = math.copysign(0.1 + 0.45 * (1.0 - apart), across)
    return FancyArrowPatch(
        (start.x, start.y), (end.x, end.y), connectionstyle=f"arc3,rad={-bend:.4f}",
        **{"arrowstyle": "-", **look},
    )  # fmt: skip


def _flows(ax: Axes, trade: nx.DiGraph, places: Places, source: dict[str, str]) -> None:
    edges: list[tuple[str, str, float]] = sorted(
        trade.edges(data="volume"), key=lambda edge: edge[2]
    )
    total = sum(volume for *_, volume in edges)
    largest = edges[-1][2]
    for supplier, buyer, volume in edges:
        if volume < LEAST_SHARE * total:
            continue
        width = 0.8 + 6.0 * math.sqrt(volume / largest)
        ax.add_patch(
            _curve(
                places[supplier], places[buyer], arrowstyle="-|>", mutation_scale=7 + 2.0 * width,
                shrinkA=5, shrinkB=8, color=SOURCES[source[supplier]].colour, linewidth=width,
                alpha=0.6, zorder=3,
            )
        )  # fmt: skip


def _nations(ax: Axes, ties: nx.Graph, trade: nx.DiGraph, places: Places) -> None:
    imports = {name: trade.in_degree(name, weight="volume") for name in ties.nodes}
    largest = max(imports.values())
    for iso3, node in ties.nodes(data=True):
        at = places[iso3]
        area = 30 + 270 * imports[iso3] / largest
        ax.scatter(
            at.x, at.y, s=area, color=REGION_COLOURS[node["region"]], marker=marker(node),
            edgecolor=INK, linewidth=0.8, zorder=5, clip_on=False,
        )  # fmt: skip
        turn, left = math.degrees(math.atan2(at.up, at.out)), at.out < 0.0
        away = 0.6 * math.sqrt(area) + 5.0
        ax.annotate(
            _two_lines(node["name"]), (at.x, at.y), xytext=(away * at.out, away * at.up),
            textcoords="offset points", rotation=turn + 180.0 if left else turn,
            rotation_mode="anchor", ha="right" if left else "left", va="center", size=NAME_SIZE,
            linespacing=0.95,
        )  # fmt: skip


def _two_lines(name: str) -> str:
    """A long name broken in the middle."""
    spaces = [place for place, letter in enumerate(name) if letter == " "]
    if len(name) <= LONGEST_NAME or not spaces:
        return name
    middle = min(spaces, key=lambda place: abs(2 * place - len(name)))
    return f"{name[:middle]}\n{name[middle + 1 :]}"


def marker(node: dict[str, Any]) -> str:
    """Shape of a nation: circle NATO, square another U.S. ally, diamond no U.S. ally."""
    if node["nato"] or not (node["buyer"] or node["competitor"]):
        return "o"
    return "s" if node["ally"] else "D"


def _legend(figure: Figure, ties: nx.Graph, year: int) -> None:
    dot: dict[str, Any] = {"linestyle": "none", "markersize": 9, "markeredgecolor": INK}
    flows = [
        Line2D([], [], color=style.colour, linewidth=4, alpha=0.7, label=style.label)
        for style in SOURCES.values()
    ]
    nations = [
        Line2D([], [], marker="o", color=REGION_COLOURS[region], label=REGION_LABELS[region], **dot)
        for region in groups(ties)
    ]
    shapes = [
        Line2D([], [], marker=shape, color="white", label=label, **dot)
        for shape, label in (("o", "NATO"), ("s", "other U.S. ally"), ("D", "no U.S. ally"))
    ]
    shared = [Line2D([], [], color=FAINT, linewidth=1.5, label="shared programme")]
    parts = (
        ("Deliveries from", flows),
        ("Region (size: imports)", nations),
        (f"Alliance in {year}", shapes),
        ("As of 2014", shared),
    )
    legend_column(figure, parts, LEGEND_WIDTH)


def network_headline(trade: nx.DiGraph, world: World) -> str:
    """How much of the volume the largest supplier and the United States deliver."""
    volume: dict[str, float] = {
        name: trade.out_degree(name, weight="volume") for name in trade.nodes
    }
    total = sum(volume.values())
    if total <= 0.0:
        return "Nothing is delivered between these nations"
    home = world.nations[world.usa]
    names = dict(zip(world.nations, world.names, strict=True))
    first = max(volume, key=lambda name: volume[name])
    buyers = [name for name, buys in zip(world.nations, world.is_buyer, strict=True) if buys]
    led = sum(main_supplier(trade, name) == home for name in buyers)
    text = f"The United States is the largest supplier of {led} of {len(buyers)} buyers, with "
    text += f"{percent(volume[home] / total)} of the volume shown"
    if first != home:
        text += f"; the largest supplier is {names[first]} with {percent(volume[first] / total)}"
    return text


def main_supplier(trade: nx.DiGraph, buyer: str) -> str | None:
    """Who delivers most to a buyer; None without deliveries."""
    suppliers = trade.predecessors(buyer)
    return max(suppliers, key=lambda name: trade.edges[name, buyer]["volume"], default=None)
