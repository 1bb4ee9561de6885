"""What an outcome is: one measure of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

DELIVERIES, ORDERS, STOCK = "deliveries", "orders", "stock"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One measure of a run. ``clock`` says what is counted: orders, deliveries, or a stock."""

    id: str
    name: str
    unit: str
    definition: str
    clock: str
    headline: bool
    measure: Callable[[AllianceModel, slice], float]
