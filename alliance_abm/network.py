"""The alliance as a graph: who is tied to whom, who delivers to whom, and who depends on whom.

Graphs are views made on demand from the world or from a table of flows; nothing is kept here.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from alliance_abm.deliveries import periods
from alliance_abm.quarters import Quarter
from alliance_abm.world import World, position

if TYPE_CHECKING:
    import pandas as pd

    from alliance_abm.model import AllianceModel

DAMPING = 0.85  # PageRank's usual share of steps that follow an edge (Brin and Page, 1998)


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


def network_frame(model: AllianceModel, period: str | None = None) -> pd.DataFrame:
    """Place of each nation in the alliance and in the flows of a period, one row each.

    Columns: period, nation, region, those of `centrality` (ties in the last year of the period)
    and those of `dependence` (deliveries across borders, without space; the rest of the world
    buys and sells too, but has no row).

    Args:
        model: a run of at least one quarter.
        period: as in `model.deliveries()`, such as '2020-24'; default the last one.

    Raises:
        ValueError: a period that the run does not cover, naming the nearest one.
    """
    known = periods(model.state.quarter)
    names = tuple(known)
    chosen = names[-1] if period is None else names[position(period, names, "period")]
    flows = model.deliveries()
    graph = alliance_graph(model.world, Quarter(known[chosen].stop - 1).year)
    frame = centrality(graph).join(dependence(flows[flows["period"] == chosen]))
    frame["sold_share"] = frame["sold_share"].fillna(0.0)
    frame.insert(0, "region", [graph.nodes[iso3]["region"] for iso3 in frame.index])
    frame.insert(0, "period", chosen)
    return frame.rename_axis("nation").reset_index()


def centrality(graph: nx.Graph) -> pd.DataFrame:
    """Centrality of each node, by node: degree, betweenness and closeness, all from 0 to 1.

    Degree is the share of the others that a node is tied to, betweenness the share of the
    shortest paths between others that pass it, closeness the inverse of the mean distance to
    whom it reaches, times the share of the others that it reaches.
    """
    import pandas as pd

    return pd.DataFrame(
        {
            "degree": nx.degree_centrality(graph),
            "betweenness": nx.betweenness_centrality(graph),
            "closeness": nx.closeness_centrality(graph),
        },
        index=list(graph.nodes),
    )


def dependence(flows: pd.DataFrame) -> pd.DataFrame:
    """Who depends on whom, by nation that buys or sells; flows to itself do not count.

    Of a buyer: `top_supplier` and its `top_share` of what the buyer imports, `hhi` (the sum of
    squared shares) and `effective_suppliers` (1 / hhi); missing where nothing is imported. Of a
    supplier: `sold_share` of all volume, and `pagerank`, high where many depend on it who are
    themselves depended on.

    Args:
        flows: columns buyer, supplier, volume; pairs occur once.
    """
    import pandas as pd

    flows = flows[(flows["volume"] > 0.0) & (flows["buyer"] != flows["supplier"])]
    flows = flows.sort_values(["volume", "supplier"], ascending=[False, True])
    share = flows["volume"] / flows.groupby("buyer")["volume"].transform("sum")
    top = flows.assign(share=share).drop_duplicates("buyer").set_index("buyer")
    hhi = (share**2).groupby(flows["buyer"]).sum()
    frame = pd.DataFrame(
        {
            "top_supplier": top["supplier"],
            "top_share": top["share"],
            "hhi": hhi,
            "effective_suppliers": 1.0 / hhi,
            "sold_share": flows.groupby("supplier")["volume"].sum() / flows["volume"].sum(),
            "pagerank": pd.Series(pagerank(flow_graph(flows).reverse()), dtype=float),
        }
    )
    return frame.fillna({"sold_share": 0.0})


def pagerank(graph: nx.DiGraph, damping: float = DAMPING) -> dict[str, float]:
    """Rank of each node, in all 1: how often a walk along the edges, by `volume`, is there.

    With chance 1 - `damping`, and where no edge leads on, the walk goes on from any node.
    """
    names = list(graph.nodes)
    if not names:
        return {}
    weight = nx.to_numpy_array(graph, nodelist=names, weight="volume")
    out = weight.sum(axis=1, keepdims=True)
    step = np.where(out > 0.0, weight / np.where(out > 0.0, out, 1.0), 1.0 / len(names))
    start = np.full(len(names), (1.0 - damping) / len(names))
    rank = np.linalg.solve(np.eye(len(names)) - damping * step.T, start)
    return dict(zip(names, rank.tolist(), strict=True))
