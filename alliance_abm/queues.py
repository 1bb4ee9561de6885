"""Administrative queues: FMS cases and DCS licences on their way to a contract.

One mechanism, several stage tables.  Calendar stages run by themselves; desk stages wait for one
of a few servers, first come first served, beside a steady load of small cases.  Time is in
integer days and several stages may pass in a quarter.  Desks 0..D-1 prepare letters of offer by
domain, desk D reviews release and disclosure, desk D+1 licenses direct commercial sales.
"""

from __future__ import annotations

from numba import njit

from alliance_abm.draws import BASE_LOAD, CASE, exponential, uniform
from alliance_abm.release import refusing_origin
from alliance_abm.state import (
    CANCELLED,
    CONTRACTING,
    DAYS_PER_QUARTER,
    DCS,
    FMS,
    IN_ADMINISTRATION,
    LICENSED,
    MAX_BASE,
    N_CASES,
    State,
)

DEFINITION, RELEASE, PREPARATION, CONGRESS, ACCEPTANCE, AWARD = 0, 1, 2, 3, 4, 5
STAGE_IDS = ("definition", "release", "preparation", "congress", "acceptance", "award")
STAGE_NAMES = (
    "definition or negotiation",
    "release and disclosure",
    "offer preparation or licence",
    "congressional review",
    "offer and acceptance",
    "contract award",
)


def advance(state: State) -> None:
    """Move every case through the stages it can pass before the quarter ends."""
    s = state
    _advance(
        s.quarter, s.seed, s.par, s.dom, s.nations, s.cells, s.pairs, s.content_origin,
        s.content_reach, s.office, s.desks, s.server_free, s.base_arrival, s.waiting, s.orders,
        s.stage_days, s.cases, s.counts,
    )  # fmt: skip


@njit(cache=True)
def _advance(
    quarter, seed, par, dom, nations, cells, pairs, content_origin, content_reach, office, desks,
    server_free, base_arrival, waiting, orders, stage_days, cases, counts,
):  # fmt: skip
    """Calendar stages, then the release desk, then preparation and licensing, then the rest."""
    release = cells.shape[1]
    for turn in range(3):
        _pass_calendar(
            quarter, seed, par, dom, nations, cells, pairs, content_origin, content_reach, desks,
            orders, stage_days, cases, counts,
        )  # fmt: skip
        for desk in range(len(desks)):
            if (turn == 0 and desk == release) or (turn == 1 and desk != release):
                _serve(
                    desk, quarter, seed, par, nations, cells, office, desks, server_free,
                    base_arrival, waiting, orders, cases, counts,
                )  # fmt: skip
    _leave(cases, orders, counts)


@njit(cache=True)
def desk_of(route, stage, domain, n_domains):
    """The desk a case waits for at a stage, or -1 for a calendar stage."""
    if route == FMS and stage == RELEASE:
        return n_domains
    if route == FMS and stage == PREPARATION:
        return domain
    if (route == DCS or route == LICENSED) and stage == PREPARATION:
        return n_domains + 1
    return -1


@njit(cache=True)
def next_stage(route, stage, is_us):
    """The stage after ``stage``; 6 when the case is ready to be contracted."""
    if route == FMS:
        return stage + 1
    if route == DCS or (route == LICENSED and is_us):
        if stage == DEFINITION:
            return PREPARATION
        if stage == PREPARATION:
            return CONGRESS
        if stage == CONGRESS:
            return AWARD
    return AWARD + 1


@njit(cache=True)
def decides_release(route, stage, is_us):
    """Whether release is decided when a case leaves this stage."""
    if route == FMS:
        return stage == RELEASE
    if route == DCS or (route == LICENSED and is_us):
        return stage == PREPARATION
    return stage == DEFINITION


@njit(cache=True)
def _calendar_days(p, nations, orders, row, stage, seed, key, domain):
    """Integer days of a calendar stage: half fixed, half exponential."""
    route, b = orders["route"][row], orders["buyer"][row]
    skill = nations["acquisition_competence"][b]
    e = exponential(seed, CASE, orders["address"][row], key, domain, 8 + stage)
    spread = 0.5 + 0.5 * e
    if stage == DEFINITION:
        if route == FMS:
            experience = nations["fms_experience"][b]
            rework = p["lor_rework"] / (1.0 + experience / p["lor_experience_cases"])
            return int(p["lor_days"] * (1.0 + rework) * spread)
        if route == DCS:
            return int(p["dcs_negotiation_days"] * (1.5 - skill) * spread)
        if orders["supplier"][row] == b:
            return int(p["domestic_negotiation_days"] * spread)
        days = p["third_party_negotiation_days"] * (1.5 - skill)
        if route == LICENSED:
            days += p["licence_negotiation_days"]
        return int(days * spread)
    if stage == CONGRESS:
        return _congress_days(p, nations, orders, row, seed, key, domain, e)
    if stage == ACCEPTANCE:
        return int(p["acceptance_days"] * spread)
    if route == FMS:
        return int(p["contract_award_days"] * spread)
    return int(p["dcs_signature_days"] * spread)


@njit(cache=True)
def _congress_days(p, nations, orders, row, seed, key, domain, e):
    b = orders["buyer"][row]
    first_tier = nations["tier"][b] == 1
    value = orders["volume"][row] * orders["price"][row]
    threshold = p["notification_threshold_tier_one"]
    if not first_tier:
        threshold = p["notification_threshold_other"]
    if value < threshold:
        return 0
    orders["notified"][row] = 1
    days = p["congress_days_tier_one"] if first_tier else p["congress_days_other"]
    hazard = p["hold_hazard_tier_one"] if first_tier else p["hold_hazard_other"]
    u = uniform(seed, CASE, orders["address"][row], key, domain, 32)
    if u < hazard:
        days += p["hold_days"] * e
    return int(days)


@njit(cache=True)
def _pass_calendar(
    quarter, seed, par, dom, nations, cells, pairs, content_origin, content_reach,
    desks, orders, stage_days, cases, counts,
):  # fmt: skip
    p = par[0]
    end = (quarter + 1) * DAYS_PER_QUARTER
    n_domains = cells.shape[1]
    for at in range(counts[N_CASES]):
        row = cases[at]
        b, d = orders["buyer"][row], orders["domain"][row]
        is_us = nations["united_states"][orders["supplier"][row]] == 1
        key, domain = nations["key"][b], cells["key"][b, d]
        while orders["status"][row] == IN_ADMINISTRATION:
            stage = orders["stage"][row]
            if orders["leaves_day"][row] < 0:
                desk = desk_of(orders["route"][row], stage, d, n_domains)
                if desk >= 0:
                    desks["cases_seen"][desk] += 1.0 if orders["seen"][row] == 0 else 0.0
                    orders["seen"][row] = 1
                    break
                days = _calendar_days(p, nations, orders, row, stage, seed, key, domain)
                orders["leaves_day"][row] = orders["arrived_day"][row] + days
            if orders["leaves_day"][row] >= end:
                break
            _leave_stage(
                p, dom[d], nations, cells, pairs, content_origin, content_reach, orders,
                stage_days, row, stage, is_us, seed, key, domain,
            )  # fmt: skip


@njit(cache=True)
def _leave_stage(
    p, w, nations, cells, pairs, content_origin, content_reach, orders, stage_days, row, stage,
    is_us, seed, key, domain,
):  # fmt: skip
    left = orders["leaves_day"][row]
    stage_days[row, stage] = left - orders["arrived_day"][row]
    orders["arrived_day"][row], orders["leaves_day"][row] = left, -1
    orders["seen"][row] = 0
    if decides_release(orders["route"][row], stage, is_us):
        b, s = orders["buyer"][row], orders["supplier"][row]
        u = uniform(seed, CASE, orders["address"][row], key, domain, 33)
        sensitivity = w["export_sensitivity"] * p["refusal_sensitivity"]
        refusing = refusing_origin(
            pairs, content_origin, content_reach, b, s, orders["line"][row], sensitivity, u
        )  # fmt: skip
        if refusing >= 0:
            pairs["release_refused"][b, refusing] += p["case_evidence"] / max(sensitivity, 1.0)
            nations["denied"][b] += 1
            cancel(orders, nations, cells, row)
            return
        if s != b:
            pairs["release_granted"][b, s] += p["case_evidence"]
    following = next_stage(orders["route"][row], stage, is_us)
    orders["stage"][row] = following
    if following > AWARD:
        orders["stage"][row] = AWARD
        orders["status"][row] = CONTRACTING


@njit(cache=True)
def cancel(orders, nations, cells, row):
    """Cancel what is undelivered of an order and return its money."""
    b, d = orders["buyer"][row], orders["domain"][row]
    left = orders["volume"][row] - orders["delivered"][row]
    refund = left * orders["price"][row]
    nations["committed"][b] -= refund
    if orders["tied"][row] == 1:
        nations["grant"][b] += refund
    else:
        nations["balance"][b] += refund
    cells["on_order"][b, d] -= left
    orders["status"][row] = CANCELLED


@njit(cache=True)
def admit_base(desk, end, seed, desks, base_arrival):
    """Let the small cases due before day ``end`` join the desk's queue (Poisson arrivals)."""
    if desks["base_cases"][desk] <= 0.0:
        return
    mean_gap = DAYS_PER_QUARTER / desks["base_cases"][desk]
    while desks["base_next"][desk] < end and desks["base_waiting"][desk] < MAX_BASE:
        at = desks["base_waiting"][desk]
        base_arrival[desk, at] = int(desks["base_next"][desk])
        desks["base_waiting"][desk] = at + 1
        desks["base_admitted"][desk] += 1
        index = desks["base_admitted"][desk]
        gap = exponential(seed, BASE_LOAD, 0, desks["key"][desk], 0, index)
        desks["base_next"][desk] += mean_gap * gap


@njit(cache=True)
def _first_free(desk, desks, server_free):
    best = 0
    for j in range(desks["servers"][desk]):
        if server_free[desk, j] < server_free[desk, best]:
            best = j
    return best


@njit(cache=True)
def _collect(desk, end, n_domains, orders, cases, counts, waiting):
    """Rows of the modelled cases that reach this desk before day ``end``; returns their number."""
    n = 0
    for at in range(counts[N_CASES]):
        row = cases[at]
        if orders["status"][row] != IN_ADMINISTRATION or orders["leaves_day"][row] >= 0:
            continue
        route, stage = orders["route"][row], orders["stage"][row]
        if desk_of(route, stage, orders["domain"][row], n_domains) == desk:
            if orders["arrived_day"][row] < end and n < len(waiting):
                waiting[n] = row
                n += 1
    return n


@njit(cache=True)
def _next_case(n, waiting, orders, free_day, base_day):
    """Index in ``waiting`` of the case served next, or -1 for the first small case.

    Among those who have arrived when the server is free, the highest class, then the earliest.
    """
    first = base_day
    for i in range(n):
        first = min(first, orders["arrived_day"][waiting[i]])
    moment = max(first, free_day)
    best, best_class, best_day, best_tie = -1, 1, base_day, 2.0
    if base_day > moment:
        best_class = 127
    for i in range(n):
        row = waiting[i]
        day, tie, rank = orders["arrived_day"][row], orders["tie"][row], orders["priority"][row]
        if day > moment:
            continue
        ahead = rank < best_class or (
            rank == best_class and (day < best_day or (day == best_day and tie < best_tie))
        )
        if ahead:
            best, best_class, best_day, best_tie = i, rank, day, tie
    return best


@njit(cache=True)
def _serve(
    desk, quarter, seed, par, nations, cells, office, desks, server_free, base_arrival, waiting,
    orders, cases, counts,
):  # fmt: skip
    """Serve one desk until the quarter ends; what is not started by then keeps its place."""
    end = (quarter + 1) * DAYS_PER_QUARTER
    fixed = par[0]["desk_fixed_share"]
    admit_base(desk, end, seed, desks, base_arrival)
    n = _collect(desk, end, len(desks) - 2, orders, cases, counts, waiting)
    scale = desks["work_days"][desk] / max(office["productivity"][0], 0.1)
    served = 0
    while True:
        j = _first_free(desk, desks, server_free)
        base_day = end
        if served < desks["base_waiting"][desk]:
            base_day = base_arrival[desk, served]
        i = _next_case(n, waiting, orders, server_free[desk, j], base_day)
        day = base_day if i < 0 else orders["arrived_day"][waiting[i]]
        start = max(day, server_free[desk, j])
        if start >= end:
            break
        if i < 0:
            index = desks["base_served"][desk]
            e = exponential(seed, BASE_LOAD, 1, desks["key"][desk], 0, index)
            desks["base_served"][desk] += 1
            desks["base_days"][desk] -= base_day
            served += 1
        else:
            row = waiting[i]
            key = nations["key"][orders["buyer"][row]]
            domain = cells["key"][0, orders["domain"][row]]
            slot = 16 + orders["stage"][row]
            e = exponential(seed, CASE, orders["address"][row], key, domain, slot)
        work = max(1, int(scale * (fixed + (1.0 - fixed) * e) + 0.5))
        server_free[desk, j] = start + work
        desks["busy_days"][desk] += work
        if i < 0:
            desks["base_days"][desk] += start + work
        else:
            orders["leaves_day"][waiting[i]] = start + work
            n -= 1
            waiting[i] = waiting[n]
    left = desks["base_waiting"][desk] - served
    for k in range(left):
        base_arrival[desk, k] = base_arrival[desk, k + served]
    desks["base_waiting"][desk] = left
    desks["waiting"][desk] = n


@njit(cache=True)
def _leave(cases, orders, counts):
    """Drop from the list of cases what was refused; what is ready waits for its contract."""
    n = 0
    for at in range(counts[N_CASES]):
        row = cases[at]
        if orders["status"][row] != CANCELLED:
            cases[n] = row
            n += 1
    counts[N_CASES] = n
