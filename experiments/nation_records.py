"""What one run leaves of each nation: who delivered what to it by which route, and its paths.

A record is small enough to keep for every run of a comparison.  Volumes are without space, as in
`AllianceModel.deliveries()`, and what a nation makes itself is included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_abm.layout import N_ROUTES
from alliance_abm.quarters import FIRST_YEAR, QUARTERS_A_YEAR
from alliance_abm.recorder import nation_column
from alliance_abm.state import chosen, ledger

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

Floats = NDArray[np.float64]
DELIVERIES, ORDERS = "deliveries", "orders"
CLOCKS = (DELIVERIES, ORDERS)  # place in `clock`
VOLUME_DTYPE = np.dtype(
    [
        ("clock", "i1"),
        ("year", "i1"),  # after FIRST_YEAR
        ("buyer", "i1"),
        ("supplier", "i1"),
        ("route", "i1"),
        ("volume", "f4"),  # in that year
    ]
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A path of a nation: its name, what one is of it, and the field of the nation's record."""

    name: str
    unit: str
    field: str


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "sovereignty": Measure("Sovereignty", "weight in what it pursues", "sovereignty"),
        "core": Measure("Core domains", "weight in what it pursues", "core"),
        "diversification": Measure(
            "Diversification", "weight in what it pursues", "diversification"
        ),
        "gap": Measure("Capability gap", "share of the target not covered", "gap"),
        "burden": Measure("Burden", "share of GDP", "burden"),
        "dependence": Measure("Dependence on abroad", "share of stock by content", "dependence"),
        "us_dependence": Measure(
            "Dependence on the United States", "share of stock by content", "us_dependence"
        ),
        "competence": Measure("Competence of own industry", "0 to 1", "competence"),
        "us_trust": Measure(
            "Trust in the United States", "believed share of deliveries as promised", "us_trust"
        ),
    }
)


@dataclass(frozen=True, slots=True)
class NationRecord:
    """Nations in one run.

    `nations` are codes of the entities in their order, the last the rest of the world. `volumes`
    (dtype VOLUME_DTYPE) has one row a clock, year, buyer, supplier and route with any volume;
    `paths` is (quarters, nations, measures) in the order of MEASURES.
    """

    nations: tuple[str, ...]
    quarters: int
    volumes: NDArray[np.void]
    paths: NDArray[np.float32]

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last year that the run touches."""
        return FIRST_YEAR, FIRST_YEAR + (self.quarters - 1) // QUARTERS_A_YEAR


def nation_record(model: AllianceModel) -> NationRecord:
    """What a run of at least one quarter leaves of its nations so far."""
    quarters = model.state.quarter
    columns = [nation_column(model.state, one.field) for one in MEASURES.values()]
    return NationRecord(
        model.world.nations,
        quarters,
        np.concatenate([_sparse(*_delivered(model), 0), _sparse(*_ordered(model), 1)]),
        np.stack(columns, axis=2).astype(np.float32),
    )


def _sparse(keys: NDArray[np.int64], volume: Floats, clock: int) -> NDArray[np.void]:
    """Rows of what is not zero in `volume` (keys, years)."""
    key, year = np.nonzero(volume)
    found = np.zeros(len(key), VOLUME_DTYPE)
    found["clock"], found["year"], found["volume"] = clock, year, volume[key, year]
    for place, name in enumerate(("buyer", "supplier", "route")):
        found[name] = keys[key, place]
    return found


def _rows(model: AllianceModel) -> NDArray[np.void]:
    """Orders of registered domains."""
    rows = ledger(model.state)
    registered = model.state.cells["registered"][0] == 1
    return chosen(rows, registered[rows["domain"]])


def _keyed(
    model: AllianceModel, rows: NDArray[np.void]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Buyer, supplier and route of each kind of order (keys, 3), and the kind of each order."""
    n = len(model.world.nations)
    code = rows["buyer"].astype(np.int64) * n + rows["supplier"]
    kinds, place = np.unique(code * N_ROUTES + rows["route"], return_inverse=True)
    keys = np.stack([kinds // N_ROUTES // n, kinds // N_ROUTES % n, kinds % N_ROUTES], axis=1)
    return keys, place


def _delivered(model: AllianceModel) -> tuple[NDArray[np.int64], Floats]:
    """Delivered volume (keys, years): pairs as recorded, their routes as in the ledger.

    The record of deliveries has no routes. What a buyer gets from a supplier in a year is shared
    out among the routes of the orders between the two, each spread evenly over its deliveries.
    """
    rows = _rows(model)
    rows = chosen(rows, rows["first_delivery"] >= 0)
    keys, place = _keyed(model, rows)
    now = model.state.quarter
    first = rows["first_delivery"].astype(np.int64)
    last = np.where(rows["completed"] >= 0, rows["completed"], now - 1).astype(np.int64)
    rate = rows["delivered"] / (last - first + 1)
    change = np.bincount(place * (now + 1) + first, rate, len(keys) * (now + 1))
    change -= np.bincount(place * (now + 1) + last + 1, rate, len(keys) * (now + 1))
    spread = _by_year(change.reshape(len(keys), now + 1).cumsum(axis=1)[:, :now].T).T
    pairs = _by_year(model.state.flow_pair[:now])
    starts, kinds = _runs_of(keys[:, 0] * len(model.world.nations) + keys[:, 1])
    known = np.repeat(np.add.reduceat(spread, starts, axis=0), kinds, axis=0)
    part = np.divide(spread, known, out=np.zeros_like(spread), where=known > 0.0)
    return keys, part * pairs[:, keys[:, 0], keys[:, 1]].T


def _runs_of(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each run of equal values starts, and how long it is."""
    starts = np.flatnonzero(np.diff(values, prepend=-1))
    return starts, np.diff(starts, append=len(values))


def _by_year(quarterly: NDArray[np.floating]) -> Floats:
    """Sums over years of quarters on the first axis."""
    starts = np.arange(0, len(quarterly), QUARTERS_A_YEAR)
    return np.asarray(np.add.reduceat(quarterly, starts, axis=0, dtype=float))


def _ordered(model: AllianceModel) -> tuple[NDArray[np.int64], Floats]:
    """Volume awarded in the run, (keys, years)."""
    rows = _rows(model)
    rows = chosen(rows, (rows["initial"] == 0) & (rows["awarded"] >= 0))
    keys, place = _keyed(model, rows)
    years = -(-model.state.quarter // QUARTERS_A_YEAR)
    at = place * years + rows["awarded"] // QUARTERS_A_YEAR
    volume = np.bincount(at, rows["volume"], len(keys) * years).astype(float)
    return keys, volume.reshape(len(keys), years)
