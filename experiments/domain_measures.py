"""Measures by domain of one run, beside the registry of outcomes: waits and prices of orders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_abm.layout import CANCELLED
from alliance_abm.recorder import nation_column
from alliance_abm.state import ledger

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

MONTHS_A_QUARTER = 3.0
ALL = "wait_months_all"
READINESS = "us_readiness"
BY_DOMAIN = {
    "wait_months": "months from request to first delivery, U.S. orders",
    "price": "US$ million a unit, U.S. orders",
}
SINGLE = {
    ALL: "months from request to first delivery, U.S. orders",
    READINESS: "U.S. stock over target",
}


def key(measure: str, domain: str) -> str:
    """How a measure of one domain is called."""
    return f"{measure}.{domain}"


def measured(
    model: AllianceModel, requests: tuple[int, int], longest: int, readiness: tuple[int, int]
) -> dict[str, float]:
    """Waits and prices of orders that the buyers placed with the United States, and readiness.

    `requests` and `readiness` are first and last quarters, both included; an order that has
    waited `longest` quarters counts as waiting so long. NaN where there are none.
    """
    rows = ledger(model.state)
    first, last = requests
    theirs = model.world.is_buyer[rows["buyer"]] & (rows["supplier"] == model.world.usa)
    asked = (rows["requested"] >= first) & (rows["requested"] <= last)
    rows = rows[theirs & asked & (rows["initial"] == 0) & (rows["status"] != CANCELLED)]
    end = np.where(rows["first_delivery"] >= 0, rows["first_delivery"], model.state.quarter)
    wait = MONTHS_A_QUARTER * np.minimum(end - rows["requested"], longest)
    found = {ALL: _mean(wait, np.ones(len(rows))), READINESS: _readiness(model, readiness)}
    for index, domain in enumerate(model.world.domains):
        mine = rows["domain"] == index
        found[key("wait_months", domain)] = _mean(wait[mine], np.ones(mine.sum()))
        found[key("price", domain)] = _mean(rows["price"][mine], rows["volume"][mine])
    return found


def names(domains: tuple[str, ...]) -> Iterator[str]:
    """Every measure that `measured` gives."""
    yield from SINGLE
    for measure in BY_DOMAIN:
        yield from (key(measure, domain) for domain in domains)


def _mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    total = float(weights.sum())
    return float((values * weights).sum() / total) if total > 0.0 else float("nan")


def _readiness(model: AllianceModel, quarters: tuple[int, int]) -> float:
    when = slice(quarters[0], quarters[1] + 1)
    stock, target = (
        nation_column(model.state, name)[when, model.world.usa] for name in ("stock", "target")
    )
    return float((stock / target).mean()) if len(stock) else float("nan")
