"""Pooled buys: one case for several nations of a region.

A group forms for some quarters, in which members may leave it to buy alone.  A pool then is one
case, led by its largest member, with whom the others sign; each saves by how much larger the lot is
than its own.  Some pools go on as programmes.
"""

from __future__ import annotations

from alliance_abm.desks import AWARD, DEFINITION, RELEASE
from alliance_abm.draws import AGREEMENT, uniform
from alliance_abm.groups import (
    CONVERTED,
    CONVERTING,
    HELD_OUT,
    HOLDING_OUT,
    POOL_ALONE,
    POOL_FORMED,
    POOL_MEMBER,
    commit_to_line,
    enter_administration,
    gather,
    slot_of,
)
from alliance_abm.industry import reprice
from alliance_abm.joint_offers import POOLS, helped, lot_saving
from alliance_abm.kernels import njit
from alliance_abm.layout import (
    CANCELLED,
    CONTRACTING,
    FMS,
    FOLLOWING,
    FORMING,
    N_CASES,
    POOLED,
)
from alliance_abm.queues import drop_cancelled, refused


@njit(cache=True)
def form_pools(
    quarter, seed, par, nations, cells, lines, orders, stage_days, cases, counts, rows, forming,
    flow_route, happened, region_kind,
):  # fmt: skip
    """Members of forming pools stay or leave; pools whose time has come conclude."""
    p = par[0]
    for region in range(forming.shape[1]):
        hazard = p["pool_holdout_hazard"] * helped(p, region_kind[region])
        for d in range(forming.shape[2]):
            closes = forming["closes"][POOLS, region, d]
            if closes < 0:
                continue
            n = gather(FORMING, POOLED, region, d, -1, nations, orders, cases, counts, rows)
            stay = 0
            for k in range(n):
                row = rows[k]
                b = orders["buyer"][row]
                key, slot = nations["key"][b], slot_of(orders, row, HOLDING_OUT)
                u = uniform(seed, AGREEMENT, quarter, key, cells["key"][b, d], slot)
                if u < hazard:
                    _go_alone(quarter, nations, cells, orders, stage_days, row, flow_route)
                    happened[quarter, HELD_OUT] += 1
                else:
                    rows[stay] = row
                    stay += 1
            if quarter >= closes or stay == 0:
                _conclude(
                    quarter, p, nations, cells, lines, orders, stage_days, rows, stay, flow_route,
                    happened,
                )  # fmt: skip
                closes, stay = -1, 0
            forming["closes"][POOLS, region, d] = closes
            forming["members"][POOLS, region, d] = stay


@njit(cache=True, inline="always")
def _go_alone(quarter, nations, cells, orders, stage_days, row, flow_route):
    """A case of its own from now on, at the price of one; it counts as bought that way."""
    b, d, volume = orders["buyer"][row], orders["domain"][row], orders["volume"][row]
    if nations["is_buyer"][b] == 1 and cells["registered"][b, d] == 1:
        booked = flow_route[orders["awarded"][row], 1]
        booked[POOLED] = max(booked[POOLED] - volume, 0.0)
        booked[FMS] += volume
    orders["route"][row] = FMS
    enter_administration(quarter, orders, stage_days, row, DEFINITION)


@njit(cache=True)
def _conclude(quarter, p, nations, cells, lines, orders, stage_days, rows, n, flow_route, happened):
    if n == 0:
        return
    if n == 1:
        _go_alone(quarter, nations, cells, orders, stage_days, rows[0], flow_route)
        happened[quarter, POOL_ALONE] += 1
        return
    lead = _lead(orders, rows, n)
    _price_of_lot(p, nations, orders, rows, n)
    for k in range(n):
        commit_to_line(p, lines, orders, rows[k])
    _hand_to(quarter, orders, stage_days, rows, n, lead, DEFINITION)
    happened[quarter, POOL_FORMED] += 1
    happened[quarter, POOL_MEMBER] += n


@njit(cache=True, inline="always")
def _lead(orders, rows, n):
    """The row of the largest volume, the first of equals."""
    lead = rows[0]
    for k in range(n):
        if orders["volume"][rows[k]] > orders["volume"][lead]:
            lead = rows[k]
    return lead


@njit(cache=True, inline="always")
def _hand_to(quarter, orders, stage_days, rows, n, lead, stage):
    """Let one member's case stand for all."""
    others = 0.0
    for k in range(n):
        row = rows[k]
        if row != lead:
            others += orders["volume"][row]
            orders["status"][row], orders["lead"][row] = FOLLOWING, lead
    enter_administration(quarter, orders, stage_days, lead, stage)
    orders["lead"][lead], orders["led_volume"][lead] = -1, others


@njit(cache=True, inline="always")
def _price_of_lot(p, nations, orders, rows, n):
    """Price the orders of a pool by its lot as it is now; what was saved before is undone."""
    total = 0.0
    for k in range(n):
        total += orders["volume"][rows[k]]
    for k in range(n):
        row = rows[k]
        saving = lot_saving(p, total / orders["volume"][row])
        saved = float(orders["share"][row])  # 64 bits from here on, compiled or not
        price = orders["price_quoted"][row] * (1.0 - saving) / (1.0 - saved)
        orders["share"][row], orders["price_quoted"][row] = saving, price
        reprice(nations, orders, row, orders["buyer"][row], price)


@njit(cache=True, inline="always")
def _take_days(orders, stage_days, row, lead):
    """The days of the case one rides on; what is left of one's own wait is its definition."""
    orders["arrived_day"][row] = max(orders["arrived_day"][lead], orders["request_day"][row])
    left = orders["arrived_day"][row] - orders["request_day"][row]
    for k in range(stage_days.shape[1] - 1, DEFINITION, -1):
        stage_days[row, k] = min(stage_days[lead, k], left)
        left -= stage_days[row, k]
    stage_days[row, DEFINITION] = left


@njit(cache=True)
def follow(
    quarter, seed, par, dom, nations, cells, pairs, content_origin, content_reach, orders,
    stage_days, cases, counts, rows, news, happened, usa,
):  # fmt: skip
    """Members sign when the case of their pool is ready; where it was refused another leads."""
    any_left = False
    for at in range(counts[N_CASES]):
        row = cases[at]
        if orders["status"][row] != FOLLOWING:
            continue
        lead, d = orders["lead"][row], orders["domain"][row]
        if orders["status"][lead] != CANCELLED and orders["status"][lead] < CONTRACTING:
            continue
        n = gather(FOLLOWING, POOLED, -1, d, lead, nations, orders, cases, counts, rows)
        if orders["status"][lead] == CANCELLED:
            _price_of_lot(par[0], nations, orders, rows, n)
            _hand_to(quarter, orders, stage_days, rows, n, _lead(orders, rows, n), RELEASE)
            continue
        any_left = True
        _sign(
            quarter, seed, par[0], dom[d], nations, cells, pairs, content_origin, content_reach,
            orders, stage_days, counts, rows, n, lead, news, happened, usa,
        )  # fmt: skip
    if any_left:
        drop_cancelled(cases, orders, counts)


@njit(cache=True, inline="always")
def _sign(
    quarter, seed, p, w, nations, cells, pairs, content_origin, content_reach, orders, stage_days,
    counts, rows, n, lead, news, happened, usa,
):  # fmt: skip
    """The others of a pool sign with its lead, unless refused; the pool may go on together.

    A pool that has lost members buys a smaller lot, at its price.
    """
    d, leader = orders["domain"][lead], orders["buyer"][lead]
    slot = slot_of(orders, lead, CONVERTING)
    u = uniform(seed, AGREEMENT, quarter, nations["key"][leader], cells["key"][leader, d], slot)
    signed = 0
    for k in range(n):
        row = rows[k]
        b = orders["buyer"][row]
        if refused(
            p, w, nations, cells, pairs, content_origin, content_reach, orders, row, seed,
            nations["key"][b], cells["key"][b, d], counts, news,
        ):  # fmt: skip
            continue
        _take_days(orders, stage_days, row, lead)
        orders["stage"][row], orders["status"][row] = AWARD, CONTRACTING
        if u < p["pool_conversion"]:
            happened[quarter, CONVERTED] += 1
            pairs["member"][b, usa] |= 1 << d
            pairs["member"][leader, usa] |= 1 << d
        rows[signed] = row
        signed += 1
    if signed < n:
        rows[signed] = lead
        _price_of_lot(p, nations, orders, rows, signed + 1)
