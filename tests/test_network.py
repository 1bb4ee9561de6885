"""The alliance graph is a view of the world: its ties follow the data and the year."""

from __future__ import annotations

import pandas as pd
import pytest

from alliance_abm.network import alliance_graph, flow_graph, programme_members
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
