"""The routes a requirement can take and the control each leaves to the buyer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alliance_abm.datafiles import data_folder
from alliance_abm.tables import Row, Tables, number

PARTS = ("development", "production", "sustainment", "employment")
NESTS = ("united_states", "third_party", "domestic", "defer")


@dataclass(frozen=True, slots=True)
class Route:
    """One route. `control` holds the four parts of sovereignty, 0..1, in the order of PARTS.

    Control of the domestic routes is before foreign content is taken off.
    """

    id: str
    name: str
    nest: str
    control: tuple[float, ...]
    control_low: tuple[float, ...]
    control_high: tuple[float, ...]
    note: str
    grade: str
    source_key: str


def read_routes(folder: Path | None = None) -> tuple[Route, ...]:
    """Routes of `routes.csv`, in its order."""
    return tuple(
        Route(
            id=row["id"],
            name=row["name"],
            nest=row["nest"],
            control=four(row, ""),
            control_low=four(row, "_low"),
            control_high=four(row, "_high"),
            note=row["note"],
            grade=row["grade"],
            source_key=row["source_key"],
        )
        for row in Tables(folder or data_folder()).rows("routes")
    )


def four(row: Row, suffix: str) -> tuple[float, ...]:
    """The four parts of control of one route, in the order of PARTS."""
    return tuple(number(row, part + suffix, "routes") for part in PARTS)


ROUTES = read_routes()
