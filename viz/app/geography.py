"""Where nations are: the world map that the page draws, and a point in each nation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from alliance_abm.datafiles import nation_names, rows

DATA = Path(__file__).parent / "data"
MAP_FILE = DATA / "world.geo.json"
MAP_NAME = "world"  # under which the page registers the map
POINT_AREA = 5.0  # square degrees: a smaller nation is drawn as a point too
DISCLAIMER = (
    "Borders as Natural Earth draws them (de facto); no position on any territory. "
    "Nations are illustrations, not assessments of governments."
)


@dataclass(frozen=True, slots=True)
class Place:
    """A nation of the model on the map; degrees east and north."""

    iso3: str
    name: str
    iso_numeric: str
    lon: float
    lat: float


@cache
def places() -> dict[str, Place]:
    """iso3 → place of every nation of the model."""
    names = nation_names()
    return {
        row["iso3"]: Place(
            row["iso3"],
            names[row["iso3"]],
            row["iso_numeric"],
            float(row["lon"]),
            float(row["lat"]),
        )
        for row in rows("places.csv", DATA)
    }


@cache
def map_text() -> str:
    """The map as GeoJSON text, for ECharts to register under MAP_NAME."""
    return MAP_FILE.read_text(encoding="utf-8")


@cache
def world_features() -> tuple[dict[str, Any], ...]:
    """The shapes of the map."""
    return tuple(json.loads(map_text())["features"])


@cache
def small_nations() -> frozenset[str]:
    """iso3 of the model's nations whose shape on the map is too small to see."""
    found = dict.fromkeys(places(), 0.0)
    for feature in world_features():
        if feature["properties"]["iso3"]:
            rings = (polygon[0] for polygon in feature["geometry"]["coordinates"])
            found[feature["properties"]["iso3"]] += sum(area(ring) for ring in rings)
    return frozenset(name for name, size in found.items() if size < POINT_AREA)


def area(ring: Sequence[Sequence[float]]) -> float:
    """Area of a ring in square degrees.

    >>> area([(0.0, 0.0), (2.0, 0.0), (2.0, 1.0), (0.0, 1.0)])
    2.0
    """
    pairs = zip(ring, [*ring[1:], *ring[:1]], strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2.0


def iso3_of(name: str) -> str | None:
    """The code of a nation by the name that the map shows; None for others.

    >>> iso3_of("Poland"), iso3_of("Peru")
    ('POL', None)
    """
    return _by_name().get(name)


@cache
def _by_name() -> dict[str, str]:
    return {place.name: iso3 for iso3, place in places().items()}
