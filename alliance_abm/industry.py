"""Industry: contracts enter order books, lines deliver, learn, grow, shrink and go cold."""

from __future__ import annotations

from typing import Final

import numpy as np

from alliance_abm.desks import through_fms
from alliance_abm.kernels import njit
from alliance_abm.layout import (
    COLD,
    CONTRACTING,
    DCS,
    DELIVERED,
    DEVELOP,
    HYBRID,
    IN_ORDER_BOOK,
    LICENSED,
    MAX_ORIGINS,
    N_BOOK,
    N_CASES,
    N_DONE,
    N_ROUTES,
    PARTS,
    POOLED,
    PRODUCTS,
    SLIPPED,
    WARM,
)
from alliance_abm.news import tell
from alliance_abm.state import State

QUARTERS_PER_YEAR: Final = 4
REST: Final = 1e-8  # volume units
ROUNDING: Final = 1e-6  # part of an instalment: a rest this small is delivered with the last one


def enter_order_books(state: State) -> None:
    """Contracts signed this quarter take their place in the order book of their line."""
    s = state
    _enter(
        s.quarter, s.par, s.nations, s.cells, s.pairs, s.lines, s.orders, s.cases, s.book,
        s.counts, s.office,
    )  # fmt: skip


def produce(state: State) -> None:
    """Deliver what capacity, build time, inputs and suspensions allow; first in, first out."""
    s = state
    _produce(
        s.quarter, s.par, s.nations, s.cells, s.pairs, s.lines, s.content_origin, s.content_reach,
        s.content_held, s.content_total, s.stock, s.orders, s.book, s.done, s.counts, s.news,
        s.office, s.flow_pair, s.flow_domain, s.flow_route, s.flow_nation,
        np.empty((len(s.lines), 2)),
    )  # fmt: skip


@njit(cache=True)
def _enter(quarter, par, nations, cells, pairs, lines, orders, cases, book, counts, office):
    p = par[0]
    n = 0
    for at in range(counts[N_CASES]):
        row = cases[at]
        if orders["status"][row] != CONTRACTING:
            cases[n] = row
            n += 1
            continue
        line, b, route = orders["line"][row], orders["buyer"][row], orders["route"][row]
        left = orders["volume"][row]
        ratio = lines["unit_cost"][line] / orders["cost_quoted"][row]
        reprice(nations, orders, row, b, orders["price_quoted"][row] * ratio)
        orders["status"][row] = IN_ORDER_BOOK
        orders["contracted"][row] = quarter
        build = lines["build_quarters"][line]
        if route == LICENSED:
            build += p["licence_delay_quarters"]
        if orders["saved"][row] > 0.0:  # by whole quarters, as often as not for a half
            build = max(build - orders["saved"][row] + orders["tie"][row], 1.0)
        orders["ready"][row] = quarter + int(build)
        orders["abroad"][row] = 0 if b == lines["location"][line] else 1
        bonus = p["tier_priority_days"] if nations["tier"][b] == 1 else 0.0
        if nations["united_states"][lines["owner"][line]] == 1:
            bonus += _american_priority(p, nations, lines, line, b)
        orders["entry"][row] = orders["arrived_day"][row] - bonus + orders["tie"][row]
        seen = 0.0
        if through_fms(route) or route == LICENSED:
            seen = p["pipeline_credibility"]
            if through_fms(route):
                nations["fms_experience"][b] += 1.0
                office["fee_income"][0] += left * orders["price"][row]
        elif route == DCS:
            seen = p["dcs_visibility"]
        else:
            seen = 1.0
        if route == DEVELOP:  # no line planned with it before
            seen = 0.0
        if route == POOLED or route == HYBRID:  # lines heard of it when it was agreed
            seen = 1.0
        if orders["initial"][row] == 1:  # awarded before the start: no line has heard of it
            seen = 0.0
        if orders["abroad"][row] == 0:
            lines["backlog_home"][line] += left
            lines["arrived_home"][line] += (1.0 - seen) * left
        else:
            lines["backlog_export"][line] += left
            lines["arrived_export"][line] += (1.0 - seen) * left
        if lines["status"][line] == COLD:
            lines["status"][line] = WARM
            lines["restarts_at"][line] = quarter + int(p["restart_quarters"])
        insert(row, orders, book, counts)
    counts[N_CASES] = n


@njit(cache=True, inline="always")
def _american_priority(p, nations, lines, line, b):
    """Days of head start at a U.S. line: security of supply in a crisis, and burden."""
    days = 0.0
    if lines["reprioritised"][line] == 1 and nations["sosa"][b] == 1:
        days += p["sosa_priority_days"]
    if nations["burden"][b] >= p["burden_line_threshold"]:
        days += p["burden_line_priority_days"]
    return days


@njit(cache=True, inline="always")
def reprice(nations, orders, row, b, price):
    """Sign at the price of the day: the buyer pays or gets back the change since the quote.

    Where a grant does not reach for a dearer price, the buyer's own money pays the rest.
    """
    change = orders["volume"][row] * (price - orders["price"][row])
    orders["price"][row] = price
    nations["committed"][b] += change
    if orders["tied"][row] == 1:
        granted = min(change, max(nations["grant"][b], 0.0))
        nations["grant"][b] -= granted
        change -= granted
    nations["balance"][b] -= change


@njit(cache=True, inline="always")
def insert(row, orders, book, counts):
    """Put an order into the book behind all that entered before it."""
    at = counts[N_BOOK]
    while at > 0 and orders["entry"][book[at - 1]] > orders["entry"][row]:
        book[at] = book[at - 1]
        at -= 1
    book[at] = row
    counts[N_BOOK] += 1


@njit(cache=True)
def _set_inputs(quarter, par, pairs, lines, content_origin, content_reach, content_held):
    """Foreign content held back or lost gates output, and so do hidden sources that fail."""
    loss = par[0]["disruption_loss"]
    for i in range(len(lines)):
        factor = 1.0
        for k in range(MAX_ORIGINS):
            origin = content_origin[i, k]
            if origin < 0 or content_reach[i, k] <= 0.0:
                break
            held = max(pairs["suspended"][lines["owner"][i], origin], content_held[i, k])
            if pairs["removed"][lines["owner"][i], origin] & PARTS:
                held = 1.0
            factor *= 1.0 - content_reach[i, k] * held
        if lines["disrupted_from"][i] <= quarter < lines["disrupted_until"][i]:
            factor *= 1.0 - loss
        lines["input_factor"][i] = factor


@njit(cache=True)
def _room(quarter, p, cells, lines, room):
    """Output that each line's home and export pools can give this quarter."""
    for i in range(len(lines)):
        lines["reprioritised"][i] = 0
        home, abroad = lines["capacity_home"][i], lines["capacity_export"][i]
        abroad *= 1.0 - lines["diverted_share"][i]
        if cells["threat"][lines["owner"][i], lines["domain"][i]] >= p["crisis_threat"]:
            moved = p["war_reserve_share"] * abroad
            home, abroad = home + moved, abroad - moved
            lines["reprioritised"][i] = 1
        if lines["backlog_export"][i] > lines["build_quarters"][i] * abroad:
            spare = p["home_diversion_share"] * min(home, p["home_load_cap"] * abroad)
            home, abroad = home - spare, abroad + spare
        if quarter < lines["restarts_at"][i] or lines["status"][i] == COLD:
            home, abroad = 0.0, 0.0
        room[i, 0] = home * lines["input_factor"][i]
        room[i, 1] = abroad * lines["input_factor"][i]
        lines["output_home"][i], lines["output_export"][i], lines["saved"][i] = 0.0, 0.0, 0.0


@njit(cache=True)
def _produce(
    quarter, par, nations, cells, pairs, lines, content_origin, content_reach, content_held,
    content_total, stock, orders, book, done, counts, news, office, flow_pair, flow_domain,
    flow_route, flow_nation, room,
):  # fmt: skip
    p = par[0]
    _set_inputs(quarter, par, pairs, lines, content_origin, content_reach, content_held)
    _room(quarter, p, cells, lines, room)
    any_endorsed = office["any_endorsed"][0] == 1
    kept, finished = 0, 0
    for endorsed in range(1 if any_endorsed else 0, -1, -1):
        for at in range(counts[N_BOOK]):
            row = book[at]
            line, pool = orders["line"][row], orders["abroad"][row]
            waits = quarter < orders["ready"][row]
            if waits or (room[line, pool] <= 0.0 and lines["reprioritised"][line] == 0):
                if endorsed == 0:
                    book[kept] = row
                    kept += 1
                continue
            b, s = orders["buyer"][row], orders["supplier"][row]
            if not any_endorsed or pairs["endorsed"][b, s] == endorsed:
                wanted = orders["volume"][row] / p["delivery_spread_quarters"]
                wanted *= 1.0 - pairs["suspended"][b, s]
                if pairs["removed"][b, s] & PRODUCTS:
                    wanted = 0.0
                left = orders["volume"][row] - orders["delivered"][row]
                if left < wanted * (1.0 + ROUNDING):
                    wanted = left
                amount = min(wanted, room[line, pool])
                if endorsed == 1 and amount > 0.0:
                    lines["reprioritised"][line] = 1
                if amount < wanted and lines["reprioritised"][line] == 1:
                    orders["displaced"][row] = min(orders["displaced"][row] + 1, 100)
                if amount > 0.0:
                    room[line, pool] -= amount
                    _deliver(
                        quarter, p, nations, cells, pairs, lines, content_total, stock,
                        orders, counts, news, row, b, s, line, pool, amount, left, flow_pair,
                        flow_domain, flow_route, flow_nation,
                    )  # fmt: skip
            if endorsed == 0:
                if orders["status"][row] == IN_ORDER_BOOK:
                    book[kept] = row
                    kept += 1
                else:
                    done[finished] = row
                    finished += 1
    counts[N_BOOK], counts[N_DONE] = kept, finished
    for i in range(len(lines)):  # a rounding rest is no backlog
        if lines["backlog_home"][i] < REST:
            lines["backlog_home"][i] = 0.0
        if lines["backlog_export"][i] < REST:
            lines["backlog_export"][i] = 0.0


@njit(cache=True, inline="always")
def _deliver(
    quarter, p, nations, cells, pairs, lines, content_total, stock, orders, counts,
    news, row, b, s, line, pool, amount, left, flow_pair, flow_domain, flow_route, flow_nation,
):  # fmt: skip
    d = orders["domain"][row]
    if amount >= left:
        orders["delivered"][row] = orders["volume"][row]
        orders["status"][row] = DELIVERED
        orders["completed"][row] = quarter
    else:
        orders["delivered"][row] += amount
    if orders["first_delivery"][row] < 0:
        orders["first_delivery"][row] = quarter
        if orders["initial"][row] == 0:
            slip = quarter - orders["promised"][row]
            if s != b:
                change = max(min(float(slip), p["slip_cap_quarters"]), -p["slip_cap_quarters"])
                tell(news, counts, b, s, SLIPPED, change)
    nations["committed"][b] -= amount * orders["price"][row]
    nations["paid"][b] += amount * orders["price"][row]
    cells["on_order"][b, d] -= amount
    both_allied = nations["us_ally"][b] * nations["us_ally"][s]
    cells["compliant"][b, d] += amount * p["common_standards"] * both_allied
    cells["all_delivered"][b, d] += amount
    stock[b, d, s] += amount
    if pool == 0:
        lines["backlog_home"][line] -= amount
        lines["output_home"][line] += amount
    else:
        lines["backlog_export"][line] -= amount
        lines["output_export"][line] += amount
    if orders["route"][row] == POOLED:
        lines["saved"][line] += amount * orders["share"][row]
    registered = cells["registered"][b, d] == 1
    if registered:
        flow_pair[quarter, b, s] += amount
    if s == b:
        cells["home_delivered"][b, d] += amount
    else:
        pairs["delivered"][b, s] += amount
        cells["world_delivered"][s, d] += amount
        if nations["is_buyer"][b] == 1:
            flow_domain[quarter, s, d] += amount
    route, owner, year = orders["route"][row], lines["owner"][line], quarter // QUARTERS_PER_YEAR
    if route == LICENSED:
        lines["experience_home_licence"][line] += 1.0
        cells["work"][owner, d] += p["licence_work_weight"] * amount
    elif route == HYBRID:
        cells["work"][owner, d] += (1.0 - p["hybrid_work_share"]) * amount
        cells["work"][b, d] += p["hybrid_work_share"] * amount
    else:
        cells["work"][owner, d] += amount
        if s != b and (pairs["member"][b, s] >> d) & 1:
            cells["work"][b, d] += p["shared_work_weight"] * amount
    if nations["is_buyer"][b] == 1 and registered:
        flow_route[quarter, 0, route] += amount
    flow_nation[year, b, route] += amount
    if s == b:
        flow_nation[year, b, N_ROUTES] += amount * content_total[line]
