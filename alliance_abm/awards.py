"""Awards: what a chosen offer puts into the ledger, the budget and the forecast of its line."""

from __future__ import annotations

import math

from alliance_abm.desks import through_fms
from alliance_abm.development import begin
from alliance_abm.draws import TIE, uniform
from alliance_abm.joint_offers import HYBRIDS, POOLS, forming_quarters, hybrid_price
from alliance_abm.kernels import njit
from alliance_abm.layout import (
    DAYS_PER_QUARTER,
    DCS,
    DEVELOP,
    FORMING,
    HYBRID,
    IN_ADMINISTRATION,
    IN_DEVELOPMENT,
    LICENSED,
    N_CASES,
    N_ORDERS,
    POOLED,
)
from alliance_abm.quotes import administration_days


@njit(cache=True, inline="always")
def award(
    quarter, seed, p, w, nations, cells, lines, desks, offer, volume, dearer, part, cause, decided,
    level, b, d, tied, key, domain, orders, stage_days, cases, counts, forming, region_kind,
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
    if route == HYBRID:  # so is what is developed together
        fees = 1.0 + p["fms_surcharge"] + p["fms_contract_administration"]
        price = nations["price"][b] * lines["price"][line] * fees * hybrid_price(p, 1.0)
    from_us = nations["united_states"][offer["supplier"]] == 1 and offer["supplier"] != b
    worth = volume * nations["price"][b]
    days = administration_days(p, w, nations, desks, b, d, route, from_us, worth, cells.shape[1])
    tie = uniform(seed, TIE, quarter, key, domain, part)
    orders["buyer"][row], orders["supplier"][row] = b, offer["supplier"]
    orders["line"][row], orders["domain"][row], orders["route"][row] = line, d, route
    orders["stage"][row], orders["part"][row] = 0, part
    orders["lost_by"][row], orders["decided"][row] = cause, decided
    orders["tied"][row] = tied
    orders["address"][row], orders["lead"][row] = quarter, -1
    orders["share"][row] = 0.0
    orders["requested"][row], orders["awarded"][row] = cells["opened"][b, d], quarter
    orders["contracted"][row], orders["first_delivery"][row] = -1, -1
    orders["completed"][row], orders["leaves_day"][row] = -1, -1
    orders["promised"][row] = quarter + math.ceil(days / DAYS_PER_QUARTER + offer["quoted"])
    day = quarter * DAYS_PER_QUARTER + int(tie * DAYS_PER_QUARTER)
    orders["arrived_day"][row], orders["request_day"][row] = day, day
    orders["tie"][row], orders["volume"][row], orders["delivered"][row] = tie, volume, 0.0
    orders["price_quoted"][row], orders["price"][row] = price, price
    orders["cost_quoted"][row] = lines["unit_cost"][line]
    orders["saved"][row] = offer["saved"]
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
    if route == POOLED or route == HYBRID:
        orders["status"][row] = FORMING
        _join(quarter, p, nations, forming, region_kind, route, b, d)
    cases[counts[N_CASES]] = row
    counts[N_CASES] += 1
    _forecast(p, lines, line, route, b, volume)
    return row


@njit(cache=True, inline="always")
def _join(quarter, p, nations, forming, region_kind, route, b, d):
    """Join the group that forms, or begin one; who joins in a quarter sees the group of before."""
    region = nations["region"][b] if route == POOLED else 0
    kind = POOLS if route == POOLED else HYBRIDS
    if forming["closes"][kind, region, d] < 0:
        needed = forming_quarters(p, kind, region_kind[region])
        forming["closes"][kind, region, d] = quarter + needed


@njit(cache=True, inline="always")
def _forecast(p, lines, line, route, b, volume):
    """What the line plans with before the contract."""
    seen = 1.0
    if through_fms(route) or route == LICENSED:
        seen = p["pipeline_credibility"]
    elif route == DCS:
        seen = p["dcs_visibility"]
    if b == lines["location"][line]:
        lines["arrived_home"][line] += seen * volume
    else:
        lines["arrived_export"][line] += seen * volume
