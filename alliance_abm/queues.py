"""Administrative queues: FMS cases and DCS licences on their way to a contract.

One mechanism, several stage tables.  Calendar stages run by themselves; desk stages wait for one
of a few servers, first come first served, beside a steady load of small cases.  Time is in
integer days and several stages may pass in a quarter.  Desks 0..D-1 prepare letters of offer by
domain, desk D reviews release and disclosure, desk D+1 licenses direct commercial sales.
"""

from __future__ import annotations

from alliance_abm.desks import (
    ACCEPTANCE,
    AWARD,
    CONGRESS,
    DEFINITION,
    PREPARATION,
    RELEASE,
    desk_of,
    next_stage,
    serve,
    through_fms,
)
from alliance_abm.draws import CASE, LOT_WINDOW, exponential, uniform
from alliance_abm.kernels import njit
from alliance_abm.layout import (
    CANCELLED,
    CONTRACTING,
    DAYS_PER_QUARTER,
    DCS,
    GRANTED,
    HYBRID,
    IN_ADMINISTRATION,
    LICENSED,
    MAX_ORIGINS,
    N_CASES,
    PART_SLOTS,
    REFUSED,
)
from alliance_abm.lots import wait_for_lot
from alliance_abm.news import tell
from alliance_abm.release import refusing_origin
from alliance_abm.state import State
from alliance_abm.treatment import time_left, treat


def advance(state: State) -> None:
    """Move every case through the stages it can pass before the quarter ends."""
    s = state
    _advance(
        s.quarter, s.seed, s.par, s.dom, s.nations, s.cells, s.pairs, s.content_origin,
        s.content_reach, s.office, s.desks, s.server_free, s.base_arrival, s.waiting, s.orders,
        s.stage_days, s.cases, s.counts, s.news,
    )  # fmt: skip


@njit(cache=True)
def _advance(
    quarter, seed, par, dom, nations, cells, pairs, content_origin, content_reach, office, desks,
    server_free, base_arrival, waiting, orders, stage_days, cases, counts, news,
):  # fmt: skip
    """Calendar stages, then the release desk, then preparation and licensing, then the rest."""
    release = cells.shape[1]
    for turn in range(3):
        _pass_calendar(
            quarter, seed, par, dom, nations, cells, pairs, content_origin, content_reach, desks,
            orders, stage_days, cases, counts, news,
        )  # fmt: skip
        for desk in range(len(desks)):
            if (turn == 0 and desk == release) or (turn == 1 and desk != release):
                serve(
                    desk, quarter, seed, par, nations, cells, office, desks, server_free,
                    base_arrival, waiting, orders, cases, counts,
                )  # fmt: skip
    drop_cancelled(cases, orders, counts)


@njit(cache=True)
def decides_release(route, stage, is_us):
    """Whether release is decided when a case leaves this stage."""
    if through_fms(route):
        return stage == RELEASE
    if route == DCS or (route == LICENSED and is_us):
        return stage == PREPARATION
    return stage == DEFINITION


@njit(cache=True, inline="always")
def _calendar_days(p, w, nations, orders, row, stage, seed, key, domain):
    """Integer days of a calendar stage: half fixed, half exponential."""
    route, b = orders["route"][row], orders["buyer"][row]
    unskilled = p["negotiation_without_skill"] - nations["acquisition_competence"][b]
    part = PART_SLOTS * orders["part"][row]
    e = exponential(seed, CASE, orders["address"][row], key, domain, part + 8 + stage)
    spread = p["calendar_fixed_share"] + (1.0 - p["calendar_fixed_share"]) * e
    if stage == DEFINITION:
        if through_fms(route):
            experience = nations["fms_experience"][b]
            rework = p["lor_rework"] / (1.0 + experience / p["lor_experience_cases"])
            left = time_left(p, w, nations, orders, row, seed, key, domain)
            return int(p["lor_days"] * (1.0 + rework) * spread * left)
        if route == DCS:
            days = p["dcs_negotiation_days"] * unskilled
            return int(max(days - w["ambiguity_days"] * p["ambiguity_cut"], 0.0) * spread)
        if orders["supplier"][row] == b:
            return int(p["domestic_negotiation_days"] * spread)
        days = p["third_party_negotiation_days"] * unskilled
        if route == LICENSED:
            days += p["licence_negotiation_days"]
        return int(days * spread)
    if stage == CONGRESS:
        return _congress_days(p, nations, orders, row, seed, key, domain, e)
    if stage == ACCEPTANCE:
        return int(p["acceptance_days"] * spread)
    if through_fms(route):
        left = time_left(p, w, nations, orders, row, seed, key, domain)
        days = int(p["contract_award_days"] * spread * left)
        part = orders["part"][row]
        u = uniform(seed, LOT_WINDOW, orders["address"][row], key, domain, part)
        if u < p["programme_of_record_share"]:
            days += wait_for_lot(orders["arrived_day"][row] + days, p["lot_quarter"])
        return days
    return int(p["dcs_signature_days"] * spread + p["dcs_reporting_days"])


@njit(cache=True, inline="always")
def _congress_days(p, nations, orders, row, seed, key, domain, e):
    b = orders["buyer"][row]
    first_tier = nations["tier"][b] == 1
    value = (orders["volume"][row] + orders["led_volume"][row]) * orders["price"][row]
    threshold = p["notification_threshold_tier_one"]
    if not first_tier:
        threshold = p["notification_threshold_other"]
    if value < threshold:
        return 0
    orders["notified"][row] = 1
    days = p["congress_days_tier_one"] if first_tier else p["congress_days_other"]
    hazard = p["hold_hazard_tier_one"] if first_tier else p["hold_hazard_other"]
    slot = PART_SLOTS * orders["part"][row] + 32
    u = uniform(seed, CASE, orders["address"][row], key, domain, slot)
    if u < hazard:
        days += p["hold_days"] * e
    return int(days)


@njit(cache=True, inline="always")
def _under_two_authorities(p, orders, row, stage, seed, key, domain, days):
    """Days of a calendar stage of a co-operative case, which may be held once more."""
    days = int(days * (1.0 + p["authority_friction"]))
    if stage == CONGRESS and orders["notified"][row] == 1:
        slot = PART_SLOTS * orders["part"][row] + 34
        if uniform(seed, CASE, orders["address"][row], key, domain, slot) < p["hybrid_hold_hazard"]:
            days += int(p["hold_days"])
    return days


@njit(cache=True)
def _pass_calendar(
    quarter, seed, par, dom, nations, cells, pairs, content_origin, content_reach,
    desks, orders, stage_days, cases, counts, news,
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
                days = 0
                if desk < 0:
                    days = _calendar_days(p, dom[d], nations, orders, row, stage, seed, key, domain)
                    if stage == DEFINITION and is_us and cells["alert_years"][b, d] > 0:
                        days += int(p["incident_review_days"])
                    if orders["route"][row] == HYBRID:
                        days = _under_two_authorities(
                            p, orders, row, stage, seed, key, domain, days
                        )
                elif _waits(p, dom[d], nations, pairs, desks, desk, orders, row, seed, key, domain):
                    break
                orders["leaves_day"][row] = orders["arrived_day"][row] + days
            if orders["leaves_day"][row] >= end:
                break
            _leave_stage(
                p, dom[d], nations, cells, pairs, content_origin, content_reach, orders,
                stage_days, row, stage, is_us, seed, key, domain, counts, news,
            )  # fmt: skip


@njit(cache=True)
def refused(
    p, w, nations, cells, pairs, content_origin, content_reach, orders, row, seed, key, domain,
    counts, news,
):  # fmt: skip
    """Decide on the release of a case, tell its buyer, and cancel it when somebody refuses."""
    b, s = orders["buyer"][row], orders["supplier"][row]
    slot = PART_SLOTS * orders["part"][row] + 33
    u = uniform(seed, CASE, orders["address"][row], key, domain, slot)
    sensitivity = w["export_sensitivity"] * p["refusal_sensitivity"]
    if nations["united_states"][s] == 1:
        sensitivity *= 1.0 - p["release_by_design"]
    line = orders["line"][row]
    if orders["route"][row] == LICENSED:
        line = cells["line"][s, orders["domain"][row]]
    refusing = refusing_origin(
        nations, cells, pairs, content_origin, content_reach, b, orders["domain"][row], s, line,
        sensitivity, u, orders["exempt"][row],
    )  # fmt: skip
    _tell_grants(
        p["case_evidence"], content_origin, content_reach, b, s, line, refusing, news, counts
    )
    if refusing < 0:
        return False
    tell(news, counts, b, refusing, REFUSED, p["case_evidence"] / max(sensitivity, 1.0))
    nations["denied"][b] += 1
    cancel(orders, nations, cells, row)
    return True


@njit(cache=True, inline="always")
def _waits(p, w, nations, pairs, desks, desk, orders, row, seed, key, domain):
    """Whether a case waits at a desk; when it reaches the desk, how it is treated there."""
    if orders["seen"][row] == 0:
        orders["seen"][row] = 1
        suspended = pairs["suspended"][orders["buyer"][row], orders["supplier"][row]] > 0.0
        treat(p, w, nations, orders, row, suspended, seed, key, domain)
        desks["cases_seen"][desk] += 1.0 if orders["exempt"][row] == 0 else 0.0
    return orders["exempt"][row] == 0


@njit(cache=True, inline="always")
def _leave_stage(
    p, w, nations, cells, pairs, content_origin, content_reach, orders, stage_days, row, stage,
    is_us, seed, key, domain, counts, news,
):  # fmt: skip
    left = orders["leaves_day"][row]
    stage_days[row, stage] += left - orders["arrived_day"][row]
    orders["arrived_day"][row], orders["leaves_day"][row] = left, -1
    if through_fms(orders["route"][row]) and stage == RELEASE:
        shared = int(p["review_overlap"] * stage_days[row, stage])
        orders["arrived_day"][row] -= shared
        stage_days[row, stage] -= shared
    orders["seen"][row] = 0
    if decides_release(orders["route"][row], stage, is_us) and refused(
        p, w, nations, cells, pairs, content_origin, content_reach, orders, row, seed, key,
        domain, counts, news,
    ):  # fmt: skip
        return
    orders["exempt"][row] = 0
    following = next_stage(orders["route"][row], stage, is_us)
    orders["stage"][row] = following
    if following > AWARD:
        orders["stage"][row] = AWARD
        orders["status"][row] = CONTRACTING


@njit(cache=True, inline="always")
def _tell_grants(size, content_origin, content_reach, b, s, line, refusing, news, counts):
    """Who was asked before somebody refused has granted, each origin as far as its say reaches."""
    if s != b and refusing != s:
        tell(news, counts, b, s, GRANTED, size)
    if refusing == s:
        return
    for k in range(MAX_ORIGINS):
        origin = content_origin[line, k]
        if origin < 0 or content_reach[line, k] <= 0.0 or origin == refusing:
            break
        if origin != b and origin != s:
            tell(news, counts, b, origin, GRANTED, size * content_reach[line, k])


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
def drop_cancelled(cases, orders, counts):
    """Drop from the list of cases what was refused; what is ready waits for its contract."""
    n = 0
    for at in range(counts[N_CASES]):
        row = cases[at]
        if orders["status"][row] != CANCELLED:
            cases[n] = row
            n += 1
    counts[N_CASES] = n
