"""The world map: every nation of the model is on it, nothing crosses its edge, and it is small."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from alliance_abm.datafiles import nation_names
from viz.app.geography import MAP_FILE, area, iso3_of, places, small_nations, world_features
from viz.app.make_map import EAST, WEST, clipped, unwrapped, world_map

SQUARE = [(0.0, 0.0), (2.0, 0.0), (2.0, 1.0), (0.0, 1.0), (0.0, 0.0)]


def rings():
    """Every ring of the map."""
    for feature in world_features():
        for polygon in feature["geometry"]["coordinates"]:
            yield from polygon


def inside(lon: float, lat: float, ring: list[list[float]]) -> bool:
    """Is a point inside a ring?"""
    found = False
    for (x0, y0), (x1, y1) in pairwise(ring):
        if (y0 > lat) != (y1 > lat) and lon < x0 + (lat - y0) / (y1 - y0) * (x1 - x0):
            found = not found
    return found


def test_every_nation_of_the_model_has_a_shape_and_a_point():
    """The map and the points have the nations of the model, each once, under the model's names."""
    drawn = [one["properties"]["iso3"] for one in world_features() if one["properties"]["iso3"]]
    assert sorted(drawn) == sorted(nation_names())
    assert set(places()) == set(nation_names())
    for feature in world_features():
        iso3 = feature["properties"]["iso3"]
        if iso3:
            assert feature["properties"]["name"] == nation_names()[iso3]
            assert iso3_of(feature["properties"]["name"]) == iso3
    names = [one["properties"]["name"] for one in world_features()]
    assert len(set(names)) == len(names)


def test_points_lie_in_their_nations():
    """A nation's point is inside its shape, or within a degree of a small or coastal one."""
    shapes = {one["properties"]["iso3"]: one["geometry"] for one in world_features()}
    for iso3, place in places().items():
        near = [
            min((x - place.lon) ** 2 + (y - place.lat) ** 2 for x, y in polygon[0]) ** 0.5
            for polygon in shapes[iso3]["coordinates"]
        ]
        within = any(
            inside(place.lon, place.lat, polygon[0]) for polygon in shapes[iso3]["coordinates"]
        )
        assert within or min(near) < 1.0, iso3


def test_small_states_are_points_too():
    """Singapore and Qatar are too small to see as shapes, Poland and Norway are not."""
    assert {"SGP", "QAT"} <= small_nations()
    assert not {"POL", "NOR", "USA"} & small_nations()


def test_no_ring_crosses_the_edge_of_the_map():
    """Rings are closed, have an area, and lie in the window without jumps across it."""
    for ring in rings():
        assert ring[0] == ring[-1]
        assert len(ring) >= 4
        assert area(ring) > 0.0
        assert all(WEST <= x <= EAST and -90.0 < y < 90.0 for x, y in ring)
        steps = [abs(b[0] - a[0]) for a, b in pairwise(ring)]
        assert max(steps) < 30.0


def test_the_map_is_small_plain_json():
    """The file is below 200 kB and holds no numbers that JSON does not know; no Antarctica."""
    assert MAP_FILE.stat().st_size < 200_000
    text = MAP_FILE.read_text(encoding="utf-8")
    assert "NaN" not in text
    assert "Infinity" not in text
    names = {one["properties"]["name"] for one in world_features()}
    assert "Antarctica" not in names
    assert len(names) > 190


def test_rings_are_unwrapped_and_clipped():
    """A ring over 180 degrees goes on beyond it, and what lies beyond the window is cut off."""
    assert unwrapped([(-179.0, 0.0), (179.0, 1.0)]) == [(-179.0, 0.0), (-181.0, 1.0)]
    beyond = [(x + 189.0, y) for x, y in SQUARE]
    assert max(x for x, _ in clipped(beyond)) == EAST
    assert area(clipped(beyond)) == pytest.approx(1.0)
    assert clipped([(x + 200.0, y) for x, y in SQUARE]) == []


def test_topology_is_decoded(tmp_path):
    """Arcs are summed from steps, scaled, joined, and turned where they run backwards; shapes of
    the fine file are taken only where the coarse one lacks the state."""
    topology = {
        "transform": {"scale": [0.5, 1.0], "translate": [10.0, 20.0]},
        "arcs": [[[0, 0], [4, 0], [0, 2]], [[0, 0], [0, 2], [4, 0]]],
        "objects": {"countries": {"geometries": [
            {"type": "Polygon", "id": "616", "properties": {"name": "x"}, "arcs": [[0, -2]]},
            {"type": "Polygon", "id": "010", "properties": {"name": "Ice"}, "arcs": [[0, -2]]},
        ]}},
    }  # fmt: skip
    for scale in ("110m", "50m"):
        (tmp_path / f"countries-{scale}.json").write_text(json.dumps(topology), encoding="utf-8")
    found = world_map(tmp_path)["features"]
    assert [one["properties"] for one in found] == [{"name": "Poland", "iso3": "POL"}]
    ring = found[0]["geometry"]["coordinates"][0][0]
    assert set(ring) == {(10.0, 20.0), (12.0, 20.0), (12.0, 22.0), (10.0, 22.0)}
    assert area(ring) == pytest.approx(4.0)
