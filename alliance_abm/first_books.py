"""The first order books: what was under way at the start, drawn for one seed.

Each flow, times its lead and administration, is spread over a few orders whose ages are uniform;
those not yet contracted are the pipeline of cases.  Without them deliveries would stop in 2011.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alliance_abm.causes import NOT_LOST
from alliance_abm.desks import ACCEPTANCE, AWARD, DEFINITION, PREPARATION, RELEASE
from alliance_abm.draws import START, uniform, uniforms
from alliance_abm.first_flows import Flows
from alliance_abm.kernels import njit
from alliance_abm.layout import (
    CLOSED,
    COMPETITOR,
    DAYS_PER_QUARTER,
    DCS,
    DOMESTIC,
    FMS,
    FRIENDLY,
    IN_ADMINISTRATION,
    IN_ORDER_BOOK,
    LICENSED,
    N_BOOK,
    N_CASES,
    N_ORDERS,
)
from alliance_abm.quotes import administration_days
from alliance_abm.requirements import lot_size
from alliance_abm.state import State

MOST_ORDERS = 6
ROWS_PER_SEARCH = 0.4  # of one order per cell and quarter: the ledger's first length
FIRST_ADDRESS = 1_000_000
KINDS = 3  # direct, licensed, home


def fill(state: State, flows: Flows, usa: int) -> None:
    """Write the first cases, order books and targets into ``state`` for its seed."""
    quarterly = np.stack([flows.foreign - flows.licensed, flows.licensed]) * 0.25
    s = state
    s.make_room(int((quarterly > 0.0).sum() + (flows.home > 0.0).sum()) * MOST_ORDERS)
    s.lines["backlog_home"], s.lines["backlog_export"] = 0.0, 0.0
    _fill(
        s.seed, s.par, s.dom, s.nations, s.cells, s.lines, s.desks, s.orders, s.stage_days, s.cases,
        s.book, s.counts, quarterly, flows.home * 0.25, usa,
    )  # fmt: skip
    book: NDArray[np.int32] = s.book[: int(s.counts[N_BOOK])]
    book[:] = book[np.argsort(s.orders["entry"][book], kind="stable")]
    s.reserve(int(s.cells.size * len(s.panel) * ROWS_PER_SEARCH))
    _set_targets(s.seed, s.par, s.nations, s.cells)


@njit(cache=True)
def _fill(
    seed, par, dom, nations, cells, lines, desks, orders, stage_days, cases, book, counts,
    quarterly, home, usa,
):  # fmt: skip
    p = par[0]
    n = len(nations)
    smallest = p["smallest_first_order_lots"]
    for b in range(n):
        for d in range(cells.shape[1]):
            mean = cells["mean_lot"][b, d]
            for s in range(n):
                for kind in range(KINDS):
                    if (kind == 2) != (s == b):
                        continue
                    flow = home[b, d] if kind == 2 else quarterly[kind, b, s, d]
                    line = cells["line"][s, d] if kind == 0 else cells["line"][b, d]
                    if flow <= 0.0 or line < 0 or lines["status"][line] == CLOSED:
                        continue
                    route = _route(seed, p, nations, cells, b, d, s, kind, usa)
                    days = administration_days(
                        p, dom[d], nations, desks, b, d, route, s == usa and s != b,
                        mean * nations["price"][b], cells.shape[1],
                    )  # fmt: skip
                    lead = lines["build_quarters"][line] / p["build_share_of_lead"]
                    if route == LICENSED:
                        lead += p["licence_delay_quarters"]
                    span = lead + p["delivery_spread_quarters"] + days / DAYS_PER_QUARTER
                    volume = flow * span
                    if volume < smallest * mean:
                        continue
                    count = int(min(max(volume / mean, 1.0), float(MOST_ORDERS)))
                    for k in range(count):
                        _place(
                            seed, p, nations, cells, lines, desks, orders, cases, book, counts,
                            b, s, d, line, route, kind, k, count, volume, lead, days,
                        )  # fmt: skip


@njit(cache=True)
def _route(seed, p, nations, cells, b, d, s, kind, usa):
    if kind == 2:
        return DOMESTIC
    if kind == 1:
        return LICENSED
    if s == usa:
        slot = FIRST_ADDRESS + nations["key"][s]
        u = uniform(seed, START, 0, nations["key"][b], cells["key"][b, d], slot)
        return FMS if u < p["fms_share_of_us"] else DCS
    return COMPETITOR if nations["competitor"][s] == 1 else FRIENDLY


@njit(cache=True)
def _stage_at(p, desks, route, domain, elapsed):
    """Stage a case has reached after ``elapsed`` days at expected pace, and days spent in it."""
    if route != FMS and route != DCS:
        return DEFINITION, elapsed
    n_domains = len(desks) - 2
    fms = route == FMS
    passed = p["lor_days"] if fms else p["dcs_negotiation_days"]
    if elapsed < passed:
        return DEFINITION, elapsed
    if fms:
        days = desks["expected_days"][n_domains]
        if elapsed < passed + days:
            return RELEASE, elapsed - passed
        passed += days
    days = desks["expected_days"][domain] if fms else desks["expected_days"][n_domains + 1]
    if elapsed < passed + days:
        return PREPARATION, elapsed - passed
    passed += days + p["congress_days_tier_one"]
    if fms:
        if elapsed < passed + p["acceptance_days"]:
            return ACCEPTANCE, max(elapsed - passed, 0.0)
        passed += p["acceptance_days"]
    return AWARD, max(elapsed - passed, 0.0)


@njit(cache=True)
def _place(
    seed, p, nations, cells, lines, desks, orders, cases, book, counts,
    b, s, d, line, route, kind, k, count, volume, lead, days,
):  # fmt: skip
    row = counts[N_ORDERS]
    counts[N_ORDERS] += 1
    address = FIRST_ADDRESS + (nations["key"][s] * KINDS + kind) * 8 + k
    age, tie = uniforms(seed, START, address, nations["key"][b], cells["key"][b, d], 0)
    spread = p["delivery_spread_quarters"]
    age = (k + age) / count * (lead + spread + days / DAYS_PER_QUARTER)
    quarters = age - days / DAYS_PER_QUARTER  # since contract; negative = still a case
    orders["buyer"][row], orders["supplier"][row], orders["line"][row] = b, s, line
    orders["domain"][row], orders["route"][row] = d, route
    orders["address"][row], orders["initial"][row] = address, 1
    orders["lost_by"][row] = NOT_LOST
    orders["first_delivery"][row], orders["completed"][row] = -1, -1
    orders["contracted"][row], orders["leaves_day"][row] = -1, -1
    orders["requested"][row] = orders["awarded"][row] = -int(age) - 1
    orders["promised"][row] = int(lead - quarters)
    price = nations["price"][b] * lines["price"][line]
    orders["price_quoted"][row] = orders["price"][row] = price
    orders["cost_quoted"][row] = lines["unit_cost"][line]
    orders["volume"][row] = volume / count
    done = min(max((quarters - lead) / spread, 0.0), 1.0)
    left = (1.0 - done) * volume / count
    orders["delivered"][row] = orders["volume"][row] - left
    if done > 0.0:
        orders["first_delivery"][row] = -1 - int(quarters - lead)
    orders["tie"][row] = tie
    day = int(-quarters * DAYS_PER_QUARTER)
    orders["request_day"][row] = -int(age * DAYS_PER_QUARTER)
    nations["committed"][b] += left * price
    nations["received"][b] += left * price
    cells["on_order"][b, d] += left
    if quarters >= 0.0:
        orders["status"][row] = IN_ORDER_BOOK
        orders["contracted"][row] = -int(quarters) - 1
        build = lines["build_quarters"][line]
        if route == LICENSED:
            build += p["licence_delay_quarters"]
        orders["ready"][row] = int(build - quarters)
        orders["abroad"][row] = 0 if b == lines["location"][line] else 1
        orders["entry"][row] = day + tie
        if b == lines["location"][line]:
            lines["backlog_home"][line] += left
        else:
            lines["backlog_export"][line] += left
        book[counts[N_BOOK]] = row
        counts[N_BOOK] += 1
        return
    orders["status"][row] = IN_ADMINISTRATION
    elapsed = age * DAYS_PER_QUARTER
    stage, inside = _stage_at(p, desks, route, d, elapsed)
    orders["stage"][row] = stage
    orders["arrived_day"][row] = -int(inside)
    cases[counts[N_CASES]] = row
    counts[N_CASES] += 1


@njit(cache=True)
def _set_targets(seed, par, nations, cells):
    """Targets: stock and orders at hand plus part of the first lot that will be asked for."""
    p = par[0]
    for b in range(cells.shape[0]):
        for d in range(cells.shape[1]):
            mean = cells["mean_lot"][b, d]
            if mean <= 0.0:
                continue
            key, domain = nations["key"][b], cells["key"][b, d]
            first = lot_size(seed, -1, key, domain, mean, p["lot_sigma"], p["lot_cut"])
            cells["next_lot"][b, d] = first
            expected = cells["on_order"][b, d] * (1.0 - p["order_discount"])
            u = uniform(seed, START, 1, key, domain, 1)
            cells["target_start"][b, d] = cells["stock"][b, d] + expected + u * first
            cells["target"][b, d] = cells["target_start"][b, d]
