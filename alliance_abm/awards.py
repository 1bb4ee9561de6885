"""Awards: what a chosen offer puts into the ledger, the budget and the forecast of its line."""

from __future__ import annotations

import math

from numba import njit

from alliance_abm.development import begin
from alliance_abm.draws import TIE, uniform
from alliance_abm.layout import (
    DAYS_PER_QUARTER,
    DCS,
    DEVELOP,
    FMS,
    IN_ADMINISTRATION,
    IN_DEVELOPMENT,
    LICENSED,
    N_CASES,
    N_ORDERS,
)
from alliance_abm.quotes import administration_days


@njit(cache=True, inline="always")
def award(
    quarter, seed, p, w, nations, cells, lines, desks, offer, volume, dearer, part, cause, decided,
    level, b, d, tied, key, domain, orders, stage_days, cases, counts,
):  # fmt: skip
    """Write an order of ``volume`` at ``dearer`` above the offer's price; returns its row.

    ``part`` is 1 for the second order of a split award; ``level`` is that of a product to be
    developed.
    """
    row = counts[N_ORDERS]
    counts[N_ORDERS] += 1
    route, line = offer["route"], offer["line"]
    price = nations["price"][b] * math.exp(offer["ln_price"]) * (1.0 + dearer)
    if route == DEVELOP:  # development is paid as it goes, not with the product
        price = nations["price"][b] * lines["price"][line]
    from_us = nations["united_states"][offer["supplier"]] == 1 and offer["supplier"] != b
    worth = volume * nations["price"][b]
    days = administration_days(p, nations, desks, b, d, route, from_us, worth, cells.shape[1])
    tie = uniform(seed, TIE, quarter, key, domain, part)
    orders["buyer"][row], orders["supplier"][row] = b, offer["supplier"]
    orders["line"][row], orders["domain"][row], orders["route"][row] = line, d, route
    orders["stage"][row], orders["part"][row] = 0, part
    orders["lost_by"][row], orders["decided"][row] = cause, decided
    orders["tied"][row] = tied
    orders["address"][row] = quarter
    orders["requested"][row], orders["awarded"][row] = cells["opened"][b, d], quarter
    orders["contracted"][row], orders["first_delivery"][row] = -1, -1
    orders["completed"][row], orders["leaves_day"][row] = -1, -1
    orders["promised"][row] = quarter + math.ceil(days / DAYS_PER_QUARTER + offer["quoted"])
    day = quarter * DAYS_PER_QUARTER + int(tie * DAYS_PER_QUARTER)
    orders["arrived_day"][row], orders["request_day"][row] = day, day
    orders["tie"][row], orders["volume"][row], orders["delivered"][row] = tie, volume, 0.0
    orders["price_quoted"][row], orders["price"][row] = price, price
    orders["cost_quoted"][row] = lines["unit_cost"][line]
    for k in range(stage_days.shape[1]):
        stage_days[row, k] = 0
    cost = volume * price
    nations["committed"][b] += cost
    if tied == 1:
        nations["grant"][b] -= cost
    else:
        nations["balance"][b] -= cost
    cells["on_order"][b, d] += volume
    if route == DEVELOP:
        orders["status"][row] = IN_DEVELOPMENT
        begin(quarter, seed, p, w, nations, cells, row, b, d, level)
        return row
    orders["status"][row] = IN_ADMINISTRATION
    cases[counts[N_CASES]] = row
    counts[N_CASES] += 1
    _forecast(p, lines, line, route, b, volume)
    return row


@njit(cache=True, inline="always")
def _forecast(p, lines, line, route, b, volume):
    """What the line plans with before the contract."""
    seen = 1.0
    if route == FMS or route == LICENSED:
        seen = p["pipeline_credibility"]
    elif route == DCS:
        seen = p["dcs_visibility"]
    if b == lines["location"][line]:
        lines["arrived_home"][line] += seen * volume
    else:
        lines["arrived_export"][line] += seen * volume
