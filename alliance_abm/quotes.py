"""Quotes: prices, leads and days of administration as they stand at the start of a quarter."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from alliance_abm.desks import through_fms, work_scale
from alliance_abm.kernels import njit
from alliance_abm.layout import (
    COLD,
    DAYS_PER_QUARTER,
    DCS,
    DOMESTIC,
    LICENSED,
)
from alliance_abm.lots import MEAN_WAIT_FOR_LOT
from alliance_abm.state import State
from alliance_abm.treatment import ahead_share, days_at_desk, exempt_share, fms_office_days


def quote(state: State) -> None:
    """Every line quotes a price and a lead time at the start-of-quarter state.

    The lead is the longer of build time and backlog over capacity, plus half the delivery
    spread: counting both would count work in progress twice.
    """
    s = state
    _quote_all(
        s.quarter, s.par, s.cells, s.lines, s.sellers, s.n_sellers, s.office, s.desks, s.server_free
    )


def quote_lines(state: State) -> None:
    """Quotes of the lines alone; desks keep the days expected of them."""
    _quote(state.quarter, state.par, state.lines)
    _refresh_sellers(state.cells, state.lines, state.sellers, state.n_sellers)


@njit(cache=True)
def _quote_all(quarter, par, cells, lines, sellers, n_sellers, office, desks, server_free):
    _quote(quarter, par, lines)
    _refresh_sellers(cells, lines, sellers, n_sellers)
    _expect_desks(quarter, par, office, desks, server_free)


def list_sellers(state: State, order: NDArray[np.int64]) -> None:
    """Pack who sells abroad by domain, in ``order`` (rows by address key)."""
    s = state
    _list_sellers(order, s.nations, s.cells, s.lines, s.sellers, s.n_sellers)


@njit(cache=True)
def _list_sellers(order, nations, cells, lines, sellers, n_sellers):
    for d in range(cells.shape[1]):
        k = 0
        for at in range(len(order)):
            s = order[at]
            line = cells["line"][s, d]
            if line < 0 or lines["sells_abroad"][line] == 0:
                continue
            sellers["supplier"][d, k], sellers["line"][d, k] = s, line
            sellers["competitor"][d, k] = nations["competitor"][s]
            sellers["competence"][d, k] = cells["competence"][s, d]
            sellers["place"][d, k] = lines["place"][line]
            sellers["level"][d, k] = lines["level"][line]
            k += 1
        n_sellers[d] = k


@njit(cache=True)
def _refresh_sellers(cells, lines, sellers, n_sellers):
    for d in range(len(n_sellers)):
        for k in range(n_sellers[d]):
            s, line = sellers["supplier"][d, k], sellers["line"][d, k]
            sellers["attraction"][d, k] = cells["offer_constant"][s, d] + cells["presence"][s, d]
            sellers["ln_price"][d, k] = lines["ln_price"][line]
            sellers["lead"][d, k] = lines["lead_export"][line]


@njit(cache=True)
def _quote(quarter, par, lines):
    p = par[0]
    for i in range(len(lines)):
        wait = 0.0
        if lines["status"][i] == COLD:
            wait = p["restart_quarters"]
        elif lines["restarts_at"][i] > quarter:
            wait = float(lines["restarts_at"][i] - quarter)
        premium = p["restart_premium"] if lines["status"][i] == COLD else 0.0
        lines["price"][i] = lines["unit_cost"][i] * (1.0 + p["mark_up"]) * (1.0 + premium)
        lines["ln_price"][i] = math.log(lines["price"][i])
        half = 0.5 * p["delivery_spread_quarters"]
        build = lines["build_quarters"][i] + wait
        home = lines["backlog_home"][i] / max(lines["capacity_home"][i], 1e-9)
        lines["lead_home"][i] = min(max(build, home), p["longest_quote_quarters"]) + half
        capacity = lines["capacity_export"][i] * (1.0 - lines["diverted_share"][i])
        abroad = lines["backlog_export"][i] / max(capacity, 1e-9)
        if abroad > build:
            spare = min(lines["capacity_home"][i], p["home_load_cap"] * capacity)
            capacity += p["home_diversion_share"] * spare
            abroad = max(build, lines["backlog_export"][i] / max(capacity, 1e-9))
        lines["lead_export"][i] = min(max(build, abroad), p["longest_quote_quarters"]) + half


@njit(cache=True)
def _expect_desks(quarter, par, office, desks, server_free):
    """Expected days at each desk for a case that arrives now, given who waits and who is busy.

    Whoever does not go ahead is also overtaken by those who come while it waits.
    """
    today = quarter * DAYS_PER_QUARTER
    for k in range(len(desks)):
        servers = desks["servers"][k]
        work = work_scale(par[0], office, desks, k)
        waiting = desks["waiting"][k] + desks["base_waiting"][k] + desks["waiting_extra"][k]
        all_ahead, some_ahead = waiting * work, desks["waiting_ahead"][k] * work
        for j in range(servers):
            busy = max(0, server_free[k, j] - today)
            all_ahead += busy
            some_ahead += busy
        idle_room = (servers - 1) * work
        wait = max(0.0, all_ahead - idle_room) / servers
        first = max(0.0, some_ahead - idle_room) / servers
        desks["expected_days"][k] = work + wait / max(1.0 - desks["rush"][k], 0.1)
        desks["expected_ahead"][k], desks["expected_work"][k] = work + min(first, wait), work


@njit(cache=True, inline="always")
def congress_days(p, nations, b, value):
    """Expected days of congressional review of a case of ``value`` (US$ million), with holds."""
    first_tier = nations["tier"][b] == 1
    threshold = p["notification_threshold_other"]
    days = p["congress_days_other"] + p["hold_hazard_other"] * p["hold_days"]
    if first_tier:
        threshold = p["notification_threshold_tier_one"]
        days = p["congress_days_tier_one"] + p["hold_hazard_tier_one"] * p["hold_days"]
    return days if value >= threshold else 0.0


@njit(cache=True, inline="always")
def administration_days(p, w, nations, desks, b, d, route, from_us, value, n_domains):
    """Expected days from award to contract by route, from the queues as they stand."""
    unskilled = p["negotiation_without_skill"] - nations["acquisition_competence"][b]
    if through_fms(route):
        experience = nations["fms_experience"][b]
        rework = p["lor_rework"] / (1.0 + experience / p["lor_experience_cases"])
        days = fms_office_days(p, w, nations, desks, b, d, n_domains, rework)
        days += p["programme_of_record_share"] * MEAN_WAIT_FOR_LOT
    elif route == DCS:
        days = p["dcs_negotiation_days"] * unskilled
        days = max(days - w["ambiguity_days"] * p["ambiguity_cut"], 0.0)
    elif route == DOMESTIC:
        days = p["domestic_negotiation_days"]
    else:
        days = p["third_party_negotiation_days"] * unskilled
        if route == LICENSED:
            days += p["licence_negotiation_days"]
    if from_us and not through_fms(route):
        review = days_at_desk(desks, n_domains + 1, ahead_share(p, nations, b, 0.0), 0.0)
        review *= 1.0 - exempt_share(p, w, nations, b)
        days += review + p["dcs_signature_days"] + p["dcs_reporting_days"]
    if from_us:
        days += congress_days(p, nations, b, value)
    return days
