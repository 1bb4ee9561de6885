"""The alliance as a graph: who is tied to whom, and who delivers to whom.

Graphs are views made on demand from the world or from a table of flows; nothing is kept here.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import TYPE_CHECKING

import networkx as nx

from alliance_abm.world import World

if TYPE_CHECKING:
    import pandas as pd


def alliance_graph(world: World, year: int) -> nx.Graph:
    """Nations of `world` (without the rest of the world) and their ties in `year`.

    Nodes are iso3 codes with `name`, `region`, `ally` (of the United States by treaty or status),
    `nato`, `buyer` and `competitor`. Two nations are tied when they are both in NATO or one is
    the United States and the other its ally (`alliance`), when they are of one region (`region`),
    or when they are members of the same co-operative or licensed programme standing at the end of
    2014 (`programmes`, a tuple of names).
    """
    graph: nx.Graph[str] = nx.Graph(year=year)
    for i, iso3 in enumerate(world.nations[: world.row]):
        graph.add_node(
            iso3,
            name=world.names[i],
            region=world.regions[world.region[i]],
            ally=bool(world.ally_since[i] <= year),
            nato=bool(world.nato_since[i] <= year),
            buyer=bool(world.is_buyer[i]),
            competitor=bool(world.competitor[i]),
        )
    members = programme_members(world)
    home = world.nations[world.usa]
    for one, two in combinations(graph.nodes, 2):
        here, there = graph.nodes[one], graph.nodes[two]
        nato = here["nato"] and there["nato"]
        pact = (one == home and there["ally"]) or (two == home and here["ally"])
        shared = tuple(name for name, names in members.items() if {one, two} <= names)
        same = here["region"] == there["region"]
        if nato or pact or same or shared:
            graph.add_edge(one, two, alliance=nato or pact, region=same, programmes=shared)
    return graph


def programme_members(world: World) -> dict[str, frozenset[str]]:
    """Programme to the iso3 codes of its members and lead, in the order of the data."""
    found: dict[str, set[str]] = {}
    for programme in world.programmes:
        names = found.setdefault(programme.name, set())
        names |= {world.nations[programme.lead], world.nations[programme.member]}
    return {name: frozenset(names) for name, names in found.items()}


def flow_graph(flows: pd.DataFrame, nodes: Iterable[str] = ()) -> nx.DiGraph:
    """Deliveries from supplier to buyer as edges with `volume`.

    Args:
        flows: columns buyer, supplier, volume; pairs occur once.
        nodes: nations to keep; default all that occur.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    kept = set(nodes) or set(flows["buyer"]) | set(flows["supplier"])
    graph.add_nodes_from(sorted(kept))
    columns = (flows[name].tolist() for name in ("supplier", "buyer", "volume"))
    for supplier, buyer, volume in zip(*columns, strict=True):
        if {supplier, buyer} <= kept and supplier != buyer:
            graph.add_edge(supplier, buyer, volume=volume)
    return graph
