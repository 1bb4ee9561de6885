"""How long buyers wait, by route, tier and stage, and how late deliveries are.

All are Kaplan-Meier medians: what is still open at the end of the run counts as waiting longer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alliance_abm.desks import STAGE_IDS
from alliance_abm.layout import CANCELLED, FMS
from alliance_abm.measures import DAYS_PER_MONTH, QUARTERS_PER_YEAR, kaplan_meier_median
from alliance_abm.state import ledger

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

Bools = NDArray[np.bool_]
Measure = Callable[["AllianceModel", slice], float]
Chooses = Callable[["AllianceModel", "Asked"], Bools]
# id -> (words, field where it begins, field where it ends)
STAGES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "administration": ("From award to contract", "awarded", "contracted"),
        "production": ("From contract to first delivery", "contracted", "first_delivery"),
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Some rows of a ledger, `at` their numbers; columns are taken as they are needed."""

    rows: NDArray[np.void]
    at: NDArray[np.int64]

    def __getitem__(self, field: str) -> NDArray[Any]:
        """A column of these rows."""
        return np.asarray(self.rows[field][self.at])

    def where(self, chosen: Bools) -> Asked:
        """Those of these rows that are chosen."""
        return Asked(self.rows, self.at[chosen])


def asked(model: AllianceModel, when: slice) -> Asked:
    """What buyers requested in the window, without what was refused or cancelled."""
    rows = ledger(model.state)
    requested = rows["requested"]
    found = Asked(rows, np.flatnonzero((requested >= when.start) & (requested < when.stop)))
    found = found.where(model.world.is_buyer[found["buyer"]])
    return found.where((found["initial"] == 0) & (found["status"] != CANCELLED))


def by_route(route: int) -> Chooses:
    """Orders on a route."""
    return lambda model, orders: orders["route"] == route


def by_tier(tier: int) -> Chooses:
    """Orders with the United States from buyers of a tier, as it is at the end of the run."""

    def chooses(model: AllianceModel, orders: Asked) -> Bools:
        theirs = model.state.nations["tier"][orders["buyer"]] == tier
        return np.asarray(from_us(model, orders) & theirs)

    return chooses


def from_us(model: AllianceModel, orders: Asked) -> Bools:
    """Orders with the United States."""
    return np.asarray(orders["supplier"] == model.world.usa)


def from_us_in(domain: str) -> Chooses:
    """Orders with the United States in a domain; none where the world lacks it."""

    def chooses(model: AllianceModel, orders: Asked) -> Bools:
        names = model.world.domains
        place = names.index(domain) if domain in names else -1
        return np.asarray(from_us(model, orders) & (orders["domain"] == place))

    return chooses


def from_third_parties(model: AllianceModel, orders: Asked) -> Bools:
    """Orders with other foreign suppliers."""
    supplier = orders["supplier"]
    return np.asarray((supplier != orders["buyer"]) & (supplier != model.world.usa))


def wait_of(chooses: Chooses, begin: str = "requested", end: str = "first_delivery") -> Measure:
    """Measure: median years from one date of an order to another."""

    def measure(model: AllianceModel, when: slice) -> float:
        orders = asked(model, when)
        orders = orders.where(chooses(model, orders))
        orders = orders.where(orders[begin] >= 0)
        return _median_span(orders, begin, end, model.state.quarter) / QUARTERS_PER_YEAR

    return measure


def search_years(model: AllianceModel, when: slice) -> float:
    """Measure: mean years from the opening of a requirement to its award."""
    orders = asked(model, when)
    spent = orders["awarded"] - orders["requested"]
    return float(spent.mean() / QUARTERS_PER_YEAR) if len(spent) else float("nan")


def slip_of(chooses: Chooses) -> Measure:
    """Measure: median quarters from the promised to the actual first delivery."""

    def measure(model: AllianceModel, when: slice) -> float:
        orders = asked(model, when)
        orders = orders.where(chooses(model, orders))
        return _median_span(orders, "promised", "first_delivery", model.state.quarter)

    return measure


def _median_span(orders: Asked, begin: str, end: str, now: int) -> float:
    """Median quarters from one date to another; what has not come by now is censored then."""
    until = orders[end].astype(np.int64)
    seen = until >= 0
    return kaplan_meier_median(np.where(seen, until, now) - orders[begin], seen)


def stage_months(stage: str) -> Measure:
    """Measure: mean months in a stage of the FMS cases contracted in the window."""
    place = STAGE_IDS.index(stage)

    def measure(model: AllianceModel, when: slice) -> float:
        rows = ledger(model.state)
        mine = (rows["contracted"] >= when.start) & (rows["contracted"] < when.stop)
        mine &= (rows["route"] == FMS) & (rows["initial"] == 0)
        days = model.state.stage_days[: len(rows), place][mine]
        return float(days.mean() / DAYS_PER_MONTH) if len(days) else float("nan")

    return measure
