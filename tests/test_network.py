"""The alliance graph is a view of the world: its ties follow the data and the year; what is
measured on graphs is what small graphs say."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from alliance_abm import AllianceModel
from alliance_abm.network import (
    alliance_graph,
    centrality,
    dependence,
    flow_graph,
    pagerank,
    programme_members,
)
from alliance_abm.parameters import Parameters
from alliance_abm.ties import alliance_ties, tie_weights
from alliance_abm.world import load_world


@pytest.fixture(scope="module")
def world():
    return load_world()


def test_every_nation_is_a_node_and_the_rest_of_the_world_is_none(world):
    """Nodes are the nations of the world with name, region and status."""
    graph = alliance_graph(world, 2024)
    assert list(graph.nodes) == list(world.nations[: world.row])
    assert graph.nodes["POL"] == {
        "name": "Poland", "region": "europe", "ally": True, "nato": True, "buyer": True,
        "competitor": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("one", "two", "year", "alliance"),
    [
        ("FRA", "POL", 2014, True),
        ("FRA", "FIN", 2014, False),
        ("FRA", "FIN", 2023, True),
        ("USA", "JPN", 2014, True),
        ("DEU", "CAN", 2014, True),
        ("FRA", "SWE", 2014, False),
    ],
)
def test_alliances_hold_from_the_year_they_began(world, one, two, year, alliance):
    """NATO members are allied, and the United States with its allies, once they have joined."""
    assert alliance_graph(world, year).edges[one, two]["alliance"] == alliance


def test_allies_of_the_united_states_are_not_thereby_allied_with_each_other(world):
    """Japan and France are both allies of the United States, and not tied by that."""
    assert not alliance_graph(world, 2014).has_edge("JPN", "FRA")


def test_regions_and_programmes_tie(world):
    """Nations of a region are tied, and members of a programme across regions by its name."""
    graph = alliance_graph(world, 2014)
    assert graph.edges["JPN", "IDN"] == {"alliance": False, "region": True, "programmes": ()}
    assert graph.edges["ITA", "AUS"]["programmes"] == ("F-35",)
    assert not graph.edges["ITA", "AUS"]["region"]
    assert set(graph.edges["IND", "RUS"]["programmes"]) == {"Su-30MKI", "BrahMos"}


def test_programmes_name_members_and_leads(world):
    """The lead of a programme counts as a member."""
    members = programme_members(world)
    assert {"USA", "ITA"} <= members["F-35"]
    assert "FRA" not in members["F-35"]


def test_a_smaller_world_has_the_same_ties_between_those_who_are_in_it(world):
    """Leaving nations out changes no tie between the others."""
    few = load_world(("POL", "FRA", "USA", "JPN"))
    whole = alliance_graph(world, 2014).subgraph(few.nations[: few.row])
    ties = {frozenset(pair[:2]): pair[2] for pair in alliance_graph(few, 2014).edges(data=True)}
    assert ties == {frozenset(pair[:2]): pair[2] for pair in whole.edges(data=True)}


def test_flows_point_from_supplier_to_buyer():
    """Each pair is one edge with its volume; nations that are not asked for are left out."""
    flows = pd.DataFrame(
        {
            "buyer": ["POL", "POL", "ROW", "FRA"],
            "supplier": ["USA", "FRA", "USA", "FRA"],
            "volume": [5.0, 2.0, 9.0, 1.0],
        }
    )
    graph = flow_graph(flows, ["USA", "FRA", "POL"])
    assert sorted(graph.edges(data="volume")) == [("FRA", "POL", 2.0), ("USA", "POL", 5.0)]
    assert "ROW" in flow_graph(flows)


# Ties as arrays

KINDS = ("tie_alliance", "tie_region", "tie_programme")


def kinds(alliance: float, region: float, programme: float) -> Parameters:
    """Parameters with these weights of the three kinds of tie."""
    values = (alliance, region, programme)
    return Parameters.of({f"beliefs.{k}": v for k, v in zip(KINDS, values, strict=True)})


def weights_by_graph(world, parameters: Parameters, year: int) -> np.ndarray:
    """Weights of ties from the networkx graph, rows summing to 1 or 0."""
    graph = alliance_graph(world, year)
    weight = np.zeros((len(world.nations), len(world.nations)))
    for one, two, tie in graph.edges(data=True):
        here, there = world.nations.index(one), world.nations.index(two)
        present = (tie["alliance"], tie["region"], bool(tie["programmes"]))
        weight[here, there] = weight[there, here] = sum(
            parameters[f"beliefs.{kind}"]
            for kind, is_so in zip(KINDS, present, strict=True)
            if is_so
        )
    total = weight.sum(axis=1, keepdims=True)
    return weight / np.where(total > 0.0, total, 1.0)


@pytest.mark.parametrize("year", [2014, 2024])
@pytest.mark.parametrize("given", [(1, 0.5, 1), (2, 0, 0), (0.2, 1, 0), (0.2, 0, 2)])
def test_the_array_of_ties_is_that_of_the_graph(world, year, given):
    """Ties as an array are the ties of the graph, each kind with its weight, rows summing to 1."""
    parameters = kinds(*given)
    found = tie_weights(world, parameters, year)
    np.testing.assert_allclose(found, weights_by_graph(world, parameters, year), atol=1e-15)
    sums = found.sum(axis=1)
    assert np.all(np.isclose(sums, 1.0) | (sums == 0.0)) and (sums > 0.0).sum() > 20
    assert (np.diag(found) == 0.0).all()
    assert not found[world.row].any() and not found[:, world.row].any()


@pytest.mark.parametrize("year", [2014, 2024])
def test_allies_in_the_array_are_those_of_the_graph(world, year):
    """Two nations are allied in the array where the graph ties them by alliance, and only there."""
    edges = alliance_graph(world, year).edges(data="alliance")
    expected = {frozenset(pair[:2]) for pair in edges if pair[2]}
    rows, columns = np.nonzero(alliance_ties(world, year))
    names = np.array(world.nations)
    assert set(map(frozenset, zip(names[rows], names[columns], strict=True))) == expected
    assert len(rows) == 2 * len(expected)


def test_the_order_of_nations_permutes_the_ties(world):
    """The world backwards has the same ties between the same nations."""
    backwards = load_world(world.nations[: world.row][::-1])
    place = [backwards.nations.index(name) for name in world.nations]
    one, other = (tie_weights(w, Parameters.default(), 2014) for w in (world, backwards))
    np.testing.assert_allclose(one, other[np.ix_(place, place)], rtol=1e-12)


def test_a_run_has_the_ties_of_2014_and_the_allies_of_2024(tiny):
    """Finland, which joined NATO in 2023, is an ally whose experience does not yet count as one."""
    few = {"world.nations": ["USA", "FIN", "JPN", "FRA"], "events": []}
    model = AllianceModel(tiny.with_set(few), rng=1)
    usa, fin, jpn, fra = range(4)
    ties, allied = model.outside.ties, model.outside.allied
    assert ties[usa, fin] == 0.0 < ties[fra, fin] < ties[fra, usa]
    assert allied[usa].tolist() == [0, 1, 1, 1, 0]
    assert allied[fin, fra] == 1.0 and allied[jpn, fra] == 0.0


# Measures on graphs


def test_the_centre_of_a_star_is_central():
    """All shortest paths between leaves pass the centre; an isolated node has no centrality."""
    star = nx.star_graph(["hub", "a", "b", "c", "d"])
    found = centrality(star)
    assert found.loc["hub"].tolist() == [1.0, 1.0, 1.0]
    assert found.loc["a"].tolist() == pytest.approx([1 / 4, 0.0, 4 / 7])
    star.add_node("alone")
    assert centrality(star).loc["alone"].tolist() == [0.0, 0.0, 0.0]


def test_the_middle_of_a_path_lies_between():
    """On a path of four the inner nodes lie on two of the three pairs of others."""
    found = centrality(nx.path_graph(["a", "b", "c", "d"]))
    assert found["betweenness"].tolist() == pytest.approx([0.0, 2 / 3, 2 / 3, 0.0])
    assert found["closeness"].tolist() == pytest.approx([3 / 6, 3 / 4, 3 / 4, 3 / 6])


def flows(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["buyer", "supplier", "volume"])


def test_dependence_is_that_of_a_worked_example():
    """Shares 0.75 and 0.25 are a Herfindahl of 0.625 and 1.6 effective suppliers; what a nation
    builds itself and what is not delivered do not count."""
    found = dependence(
        flows(("POL", "USA", 6.0), ("POL", "KOR", 2.0), ("POL", "POL", 50.0), ("KOR", "USA", 2.0),
              ("KOR", "DEU", 0.0))
    )  # fmt: skip
    assert sorted(found.index) == ["KOR", "POL", "USA"]
    pol = found.loc["POL"]
    assert pol["top_supplier"] == "USA"
    numbers = ["top_share", "hhi", "effective_suppliers", "sold_share"]
    assert pol[numbers].tolist() == pytest.approx([0.75, 0.625, 1.6, 0.0])
    assert found.loc["KOR", numbers].tolist() == pytest.approx([1.0, 1.0, 1.0, 0.2])
    assert found.loc["USA", "sold_share"] == pytest.approx(0.8)
    assert found.loc["USA", numbers[:3]].isna().all()
    assert found["pagerank"].sum() == pytest.approx(1.0)
    assert found["pagerank"].idxmax() == "USA"


def test_equal_suppliers_are_named_in_alphabetical_order():
    """Of two suppliers of the same volume the first by name is the top one, however listed."""
    rows = [("POL", "USA", 2.0), ("POL", "KOR", 2.0)]
    for listed in (rows, rows[::-1]):
        assert dependence(flows(*listed)).loc["POL", "top_supplier"] == "KOR"


def test_without_flows_nobody_depends_on_anybody():
    """No flows give an empty table with the same columns."""
    empty, full = dependence(flows()), dependence(flows(("POL", "USA", 1.0)))
    assert len(empty) == 0
    assert list(empty.columns) == list(full.columns)


def test_pagerank_is_that_of_worked_examples():
    """Two that supply each other rank alike; a supplier of two ranks as the equations say."""
    pair = flow_graph(flows(("A", "B", 1.0), ("B", "A", 9.0)))
    assert pagerank(pair) == pytest.approx({"A": 0.5, "B": 0.5})
    rank = pagerank(flow_graph(flows(("A", "S", 1.0), ("B", "S", 4.0))).reverse(), damping=0.5)
    # A = B = 1/6 + S/6 and S = 1/6 + (A + B)/2 + S/6
    assert rank == pytest.approx({"A": 1 / 4, "B": 1 / 4, "S": 1 / 2})
    assert pagerank(nx.DiGraph()) == {}


@pytest.mark.parametrize("seed", range(5))
def test_pagerank_is_what_networkx_computes(seed):
    """On random flows with nations that buy nothing, ranks are those of networkx."""
    pytest.importorskip("scipy", reason="networkx needs it for PageRank")
    scatter = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(12, 0.2, seed=seed, directed=True)
    for _, _, edge in graph.edges(data=True):
        edge["volume"] = scatter.random()
    expected = nx.pagerank(graph, alpha=0.85, weight="volume", tol=1e-12)
    assert pagerank(graph) == pytest.approx(expected, abs=1e-9)


def test_the_network_of_a_run_has_a_row_for_each_nation(tiny_run):
    """One row for each nation, the last period unless another is asked for; shares are those of
    the deliveries, the rest of the world's included."""
    frame, sold = tiny_run.network(), tiny_run.deliveries()
    assert frame["nation"].tolist() == list(tiny_run.world.nations[: tiny_run.world.row])
    assert set(frame["period"]) == {"2015-19"}
    assert set(tiny_run.network("2010-14")["period"]) == {"2010-14"}
    sold = sold[sold["period"] == "2015-19"]
    by_supplier = sold.groupby("supplier")["volume"].sum() / sold["volume"].sum()
    for row in frame.to_dict("records"):
        assert row["sold_share"] == pytest.approx(by_supplier.get(row["nation"], 0.0))
    assert frame.set_index("nation").loc["USA", "degree"] == 1.0


def test_a_period_that_was_not_run_is_refused_with_the_nearest(tiny_run):
    """The message names the value, the nearest period and all there are."""
    with pytest.raises(ValueError, match=r"'2015-20'; did you mean '2015-19'\?; known: 2010-14"):
        tiny_run.network("2015-20")
