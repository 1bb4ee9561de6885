"""Desks: stage tables, and the few servers that cases wait for beside a load of small cases.

Desks 0..D-1 prepare letters of offer by domain, desk D reviews release and disclosure, desk D+1
licenses direct commercial sales.
"""

from __future__ import annotations

from typing import Final

from alliance_abm.draws import BASE_LOAD, CASE, exponential
from alliance_abm.kernels import njit
from alliance_abm.layout import (
    DAYS_PER_QUARTER,
    DCS,
    FMS,
    HYBRID,
    IN_ADMINISTRATION,
    LICENSED,
    MAX_BASE,
    N_CASES,
    PART_SLOTS,
    POOLED,
)

DEFINITION: Final = 0
RELEASE: Final = 1
PREPARATION: Final = 2
CONGRESS: Final = 3
ACCEPTANCE: Final = 4
AWARD: Final = 5
AHEAD_CLASS: Final = -1  # a lower number is served first
SMALL_CASE_CLASS: Final = 0  # that of a modelled case without priority: first come, first served
STAGE_IDS = ("definition", "release", "preparation", "congress", "acceptance", "award")
STAGE_NAMES = (
    "definition or negotiation",
    "release and disclosure",
    "offer preparation or licence",
    "congressional review",
    "offer and acceptance",
    "contract award",
)


@njit(cache=True, inline="always")
def through_fms(route):
    """Whether a route passes through FMS: alone, pooled, or as the tail of a programme."""
    return route == FMS or route == POOLED or route == HYBRID


@njit(cache=True)
def desk_of(route, stage, domain, n_domains):
    """The desk a case waits for at a stage, or -1 for a calendar stage."""
    if through_fms(route) and stage == RELEASE:
        return n_domains
    if through_fms(route) and stage == PREPARATION:
        return domain
    if (route == DCS or route == LICENSED) and stage == PREPARATION:
        return n_domains + 1
    return -1


@njit(cache=True)
def next_stage(route, stage, is_us):
    """The stage after ``stage``; 6 when the case is ready to be contracted."""
    if through_fms(route):
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
def admit_base(desk, end, seed, desks, base_arrival):
    """Let the small cases due before day ``end`` join the desk's queue (Poisson arrivals)."""
    if desks["base_cases"][desk] <= 0.0:
        return
    mean_gap = DAYS_PER_QUARTER / (desks["base_cases"][desk] * desks["surge"][desk])
    while desks["base_next"][desk] < end and desks["base_waiting"][desk] < MAX_BASE:
        at = desks["base_waiting"][desk]
        base_arrival[desk, at] = int(desks["base_next"][desk])
        desks["base_waiting"][desk] = at + 1
        desks["base_admitted"][desk] += 1
        index = desks["base_admitted"][desk]
        gap = exponential(seed, BASE_LOAD, 0, desks["key"][desk], 0, index)
        desks["base_next"][desk] += mean_gap * gap


@njit(cache=True)
def work_scale(p, office, desks, desk):
    """Mean days of work on a case at a desk: staff, hand-offs, and reviews done twice.

    Desks before the last work on FMS cases; the last two review.
    """
    able = office["productivity"][0] * (1.0 - p["specialist_dilution"])
    scale = desks["work_days"][desk] / max(able * (1.0 - p["training_load"]), 0.1)
    if desk < len(desks) - 1:
        scale *= 1.0 - p["handoff_share"] * p["handoff_cut"]
    if desk >= len(desks) - 2:
        scale *= 1.0 + p["duplicated_review"]
    return scale


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
        mine = desk_of(route, stage, orders["domain"][row], n_domains) == desk
        if mine and orders["arrived_day"][row] < end and n < len(waiting):
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
    best, best_class, best_day, best_tie = -1, SMALL_CASE_CLASS, base_day, 2.0
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
def serve(
    desk, quarter, seed, par, nations, cells, office, desks, server_free, base_arrival, waiting,
    orders, cases, counts,
):  # fmt: skip
    """Serve one desk until the quarter ends; what is not started by then keeps its place."""
    end = (quarter + 1) * DAYS_PER_QUARTER
    fixed = par[0]["desk_fixed_share"]
    admit_base(desk, end, seed, desks, base_arrival)
    n = _collect(desk, end, len(desks) - 2, orders, cases, counts, waiting)
    scale = work_scale(par[0], office, desks, desk)
    served, rushed = 0, 0
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
        more = 0.0
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
            slot = PART_SLOTS * orders["part"][row] + 16 + orders["stage"][row]
            e = exponential(seed, CASE, orders["address"][row], key, domain, slot)
            more = orders["extra"][row]
        work = max(1, int(scale * (1.0 + more) * (fixed + (1.0 - fixed) * e) + 0.5))
        server_free[desk, j] = start + work
        desks["busy_days"][desk] += work
        if i < 0:
            desks["base_days"][desk] += start + work
        else:
            rushed += work if orders["priority"][waiting[i]] < SMALL_CASE_CLASS else 0
            orders["leaves_day"][waiting[i]] = start + work
            n -= 1
            waiting[i] = waiting[n]
    left = desks["base_waiting"][desk] - served
    for k in range(left):
        base_arrival[desk, k] = base_arrival[desk, k + served]
    desks["base_waiting"][desk] = left
    desks["waiting"][desk] = n
    _note_waiting(desk, n, rushed, par[0], desks, orders, waiting)


@njit(cache=True, inline="always")
def _note_waiting(desk, n, rushed, p, desks, orders, waiting):
    """What is known of those left waiting, and how much of the servers' time goes to some first."""
    ahead, extra = 0, 0.0
    for i in range(n):
        ahead += 1 if orders["priority"][waiting[i]] < SMALL_CASE_CLASS else 0
        extra += orders["extra"][waiting[i]]
    desks["waiting_ahead"][desk], desks["waiting_extra"][desk] = ahead, extra
    share = rushed / (DAYS_PER_QUARTER * desks["servers"][desk])
    desks["rush"][desk] += (share - desks["rush"][desk]) / p["rush_memory_quarters"]
