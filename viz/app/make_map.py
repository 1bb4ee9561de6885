"""Makes the world map of the page from the npm package world-atlas; run by hand, not by users.

    python -m viz.app.make_map FOLDER_OF_WORLD_ATLAS

World-atlas 2.0.2 (ISC) is Natural Earth 4.1 (public domain) as TopoJSON.  Shapes are those of
1:110 million, small sovereign states those of 1:50 million.  The map's window runs from 170° west
to 190° east, so that no land of the model's nations is cut at the edge.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from viz.app.geography import MAP_FILE, area, places

WEST, EAST, TURN = -170.0, 190.0, 360.0
ANTARCTICA = "010"
COARSE, FINE = 1, 2  # decimals of a degree
SLIVER = 0.05  # square degrees: what clipping leaves below it is dropped
SMALL_STATES = (  # sovereign states that the coarse map leaves out, ISO numeric
    "020", "028", "048", "052", "132", "174", "212", "296", "308", "336", "438", "462", "470",
    "480", "492", "520", "583", "584", "585", "659", "662", "670", "674", "678", "690", "702",
    "776", "882",
)  # fmt: skip

Point = tuple[float, float]
Ring = list[Point]
Topology = Mapping[str, Any]


def world_map(folder: Path) -> dict[str, Any]:
    """The map as GeoJSON: `name` and, for the model's nations, `iso3` of each shape.

    Args:
        folder: of the package world-atlas, with its two files of countries.
    """
    coarse, fine = (_read(folder / f"countries-{scale}.json") for scale in ("110m", "50m"))
    codes = {place.iso_numeric: place for place in places().values()}
    found = []
    for topology, decimals, wanted in ((coarse, COARSE, None), (fine, FINE, SMALL_STATES)):
        for shape in topology["objects"]["countries"]["geometries"]:
            code = shape.get("id", "")
            if code == ANTARCTICA or (wanted is not None and code not in wanted):
                continue
            polygons = list(_polygons(topology, shape, decimals))
            if polygons:
                place = codes.get(code)
                name = place.name if place else shape["properties"]["name"]
                found.append(_feature(name, place.iso3 if place else "", polygons))
    return {"type": "FeatureCollection", "features": found}


def _read(path: Path) -> Topology:
    found: Topology = json.loads(path.read_text(encoding="utf-8"))
    return found


def _feature(name: str, iso3: str, polygons: list[list[Ring]]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"name": name, "iso3": iso3},
        "geometry": {"type": "MultiPolygon", "coordinates": polygons},
    }


def _polygons(topology: Topology, shape: Mapping[str, Any], decimals: int) -> Iterator[list[Ring]]:
    """Polygons of a shape inside the window, outer ring first; a polygon over the edge is two."""
    arcs = shape["arcs"]
    for polygon in [arcs] if shape["type"] == "Polygon" else arcs:
        rings = [unwrapped(_ring(topology, ring)) for ring in polygon]
        for shift in (-TURN, 0.0, TURN):
            moved = [_tidy(clipped(_shifted(ring, shift)), decimals) for ring in rings]
            if moved[0]:
                yield [ring for ring in moved if ring]


def _ring(topology: Topology, arcs: Iterable[int]) -> Ring:
    """The points of a ring; an arc's number is turned inside out where it runs backwards."""
    points: Ring = []
    for number in arcs:
        arc = _arc(topology, number if number >= 0 else ~number)
        points += (arc if number >= 0 else arc[::-1])[1 if points else 0 :]
    return points


def _arc(topology: Topology, number: int) -> Ring:
    (along, up), (left, low) = topology["transform"]["scale"], topology["transform"]["translate"]
    x = y = 0
    points = []
    for step_x, step_y in topology["arcs"][number]:
        x, y = x + step_x, y + step_y
        points.append((x * along + left, y * up + low))
    return points


def unwrapped(ring: Ring) -> Ring:
    """The ring without jumps of a whole turn, so that it may leave -180…180.

    >>> unwrapped([(179.0, 0.0), (-179.0, 1.0), (178.0, 2.0)])
    [(179.0, 0.0), (181.0, 1.0), (178.0, 2.0)]
    """
    found = ring[:1]
    for x, y in ring[1:]:
        while x - found[-1][0] > TURN / 2:
            x -= TURN
        while x - found[-1][0] < -TURN / 2:
            x += TURN
        found.append((x, y))
    return found


def _shifted(ring: Ring, by: float) -> Ring:
    return [(x + by, y) for x, y in ring]


def clipped(ring: Ring) -> Ring:
    """The part of a closed ring inside the window (Sutherland and Hodgman, 1974).

    >>> sorted(clipped([(180.0, 0.0), (200.0, 0.0), (200.0, 2.0), (180.0, 2.0), (180.0, 0.0)]))
    [(180.0, 0.0), (180.0, 2.0), (190.0, 0.0), (190.0, 2.0)]
    """
    for edge, sign in ((WEST, 1.0), (EAST, -1.0)):
        kept: Ring = []
        for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], *ring[:1]], strict=True):
            inside, next_inside = sign * (x0 - edge) >= 0.0, sign * (x1 - edge) >= 0.0
            if inside:
                kept.append((x0, y0))
            if inside != next_inside:
                kept.append((edge, y0 + (y1 - y0) * (edge - x0) / (x1 - x0)))
        ring = [point for place, point in enumerate(kept) if point != kept[place - 1]]
    return ring


def _tidy(ring: Ring, decimals: int) -> Ring:
    """The closed ring, rounded and without repeated points; empty when nothing is left."""
    points = [(round(x, decimals), round(y, decimals)) for x, y in ring]
    points = [point for place, point in enumerate(points) if point != points[place - 1]]
    least = SLIVER if decimals == COARSE else 0.0
    return [*points, points[0]] if len(points) > 2 and area(points) > least else []


def main(folder: str) -> None:
    """Write the map beside the other data of the page."""
    text = json.dumps(world_map(Path(folder)), separators=(",", ":"), ensure_ascii=False)
    MAP_FILE.write_text(text + "\n", encoding="utf-8")
    print(f"{MAP_FILE.name}: {len(text) / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1])
