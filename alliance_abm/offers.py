"""Offers: what each line quotes at the start of the quarter, and what a buyer can consider."""

from __future__ import annotations

import math

from numba import njit

from alliance_abm.release import believed, believed_with_content
from alliance_abm.state import (
    COLD,
    COMPETITOR,
    DAYS_PER_QUARTER,
    DCS,
    DEFER,
    DOMESTIC,
    FMS,
    FRIENDLY,
    LICENSED,
    State,
)

NEST_UNITED_STATES = 0
NEST_THIRD_PARTY = 1
NEST_DOMESTIC = 2
NEST_DEFER = 3


def quote(state: State) -> None:
    """Every line quotes a price and a lead time at the start-of-quarter state.

    The lead is the longer of build time and backlog over capacity, plus half the delivery
    spread: counting both would count work in progress twice.
    """
    quote_lines(state)
    _expect_desks(state.quarter, state.office, state.desks, state.server_free)


def quote_lines(state: State) -> None:
    """Quotes of the lines alone; desks keep the days expected of them."""
    _quote(state.quarter, state.par, state.dom, state.lines)


@njit(cache=True)
def _quote(quarter, par, dom, lines):
    p = par[0]
    for i in range(len(lines)):
        d = lines["domain"][i]
        wait = 0.0
        if lines["status"][i] == COLD:
            wait = p["restart_quarters"]
        elif lines["restarts_at"][i] > quarter:
            wait = float(lines["restarts_at"][i] - quarter)
        premium = p["restart_premium"] if lines["status"][i] == COLD else 0.0
        lines["price"][i] = lines["unit_cost"][i] * (1.0 + p["mark_up"]) * (1.0 + premium)
        half = 0.5 * p["delivery_spread_quarters"]
        build = lines["build_quarters"][i] + wait
        home = lines["backlog_home"][i] / max(lines["capacity_home"][i], 1e-9)
        lines["lead_home"][i] = max(build, home) + half
        capacity = lines["capacity_export"][i] * (1.0 - lines["diverted_share"][i])
        abroad = lines["backlog_export"][i] / max(capacity, 1e-9)
        if abroad > build:
            spare = min(lines["capacity_home"][i], p["home_load_cap"] * capacity)
            capacity += p["home_diversion_share"] * spare
            abroad = max(build, lines["backlog_export"][i] / max(capacity, 1e-9))
        lines["lead_export"][i] = min(max(build, abroad), p["longest_quote_quarters"]) + half


@njit(cache=True)
def _expect_desks(quarter, office, desks, server_free):
    """Expected days at each desk for a case that arrives now, given who waits and who is busy."""
    today = quarter * DAYS_PER_QUARTER
    for k in range(len(desks)):
        servers = desks["servers"][k]
        work = desks["work_days"][k] / max(office["productivity"][0], 0.1)
        ahead = (desks["waiting"][k] + desks["base_waiting"][k]) * work
        for j in range(servers):
            ahead += max(0, server_free[k, j] - today)
        idle_room = (servers - 1) * work
        desks["expected_days"][k] = work + max(0.0, ahead - idle_room) / servers


@njit(cache=True, inline="always")
def administration_days(p, nations, desks, b, d, route, n_domains):
    """Expected days from award to contract by route, from the queues as they stand."""
    skill = nations["acquisition_competence"][b]
    if route == FMS:
        experience = nations["fms_experience"][b]
        rework = p["lor_rework"] / (1.0 + experience / p["lor_experience_cases"])
        calendar = p["congress_days_tier_one"]
        if nations["tier"][b] != 1:
            calendar = p["congress_days_other"]
        days = p["lor_days"] * (1.0 + rework) + p["acceptance_days"] + p["contract_award_days"]
        overlap = p["review_overlap"]
        reviews = desks["expected_days"][n_domains] * (1.0 - overlap)
        return days + calendar + reviews + desks["expected_days"][d]
    if route == DCS:
        days = p["dcs_negotiation_days"] * (1.5 - skill) + p["dcs_signature_days"]
        return days + desks["expected_days"][n_domains + 1]
    if route == DOMESTIC:
        return p["domestic_negotiation_days"]
    days = p["third_party_negotiation_days"] * (1.5 - skill)
    if route == LICENSED:
        days += p["licence_negotiation_days"]
    return days


@njit(cache=True, inline="always")
def _fit(p, lines, line, heterogeneity, level, place):
    gap = abs(lines["place"][line] - place)
    distance = 2.0 * min(gap, 1.0 - gap)
    shortfall = max(0.0, level - lines["level"][line])
    return 1.0 - heterogeneity * distance - p["level_shortfall_weight"] * shortfall


@njit(cache=True, inline="always")
def _share_of_deliveries(nations, pairs, b, s):
    """Seven-year share of supplier s in b's foreign deliveries, with a pooled prior (0-1)."""
    return pairs["delivered"][b, s] / max(nations["delivered"][b], 1e-9)


@njit(cache=True, inline="always")
def _add(offers, n, s, route, nest, line, price, lead, quoted, release, fit, utility):
    offers["supplier"][n] = s
    offers["route"][n] = route
    offers["nest"][n] = nest
    offers["line"][n] = line
    offers["price"][n] = price
    offers["lead"][n] = lead
    offers["quoted"][n] = quoted
    offers["release"][n] = release
    offers["fit"][n] = fit
    offers["utility"][n] = utility
    return n + 1


@njit(cache=True, inline="always")
def _common_terms(p, w, nations, cells, pairs, membership, b, s, d, release, fit):
    """Terms of utility that do not depend on the route."""
    reliability = pairs["kept"][b, s] / (pairs["kept"][b, s] + pairs["broken"][b, s])
    v = p["weight_fit"] * fit + p["weight_release"] * math.log(max(release, 1e-6))
    v += p["weight_reliability"] * reliability
    v += p["weight_alignment"] * pairs["alignment"][b, s] + pairs["affinity"][b, s]
    v += cells["offer_constant"][s, d] + cells["presence"][s, d]
    v += w["weight_incumbency"] * _share_of_deliveries(nations, pairs, b, s)
    v += p["weight_programme"] * membership[b, s, d]
    v += p["weight_european_pair"] * nations["european"][b] * nations["european"][s]
    if nations["competitor"][s] == 1:
        v -= p["weight_competitor_to_us_ally"] * nations["us_ally"][b]
    if pairs["sanctions_risk"][b, s] > 0.0:
        v += p["weight_release"] * math.log(max(1.0 - pairs["sanctions_risk"][b, s], 1e-6))
    return v


@njit(cache=True, inline="always")
def _strategy_terms(p, nations, cells, pairs, b, d, s, control):
    """Strategy: control content, core domains, and the rise in concentration (utility)."""
    v = nations["sovereignty"][b] * math.log(1.0 + p["sovereignty_premium"]) * control
    if cells["is_core"][b, d] == 1:
        v += nations["core"][b] * math.log(1.0 + p["core_premium"]) * control
    v *= p["weight_price"]
    if s != b:
        rise = _share_of_deliveries(nations, pairs, b, s) - nations["concentration"][b]
        coercion = 1.0 + p["coercion_weight"] * (1.0 - believed(pairs, b, s))
        v -= (
            p["weight_price"]
            * math.log(1.0 + p["diversification_premium"])
            * nations["diversification"][b]
            * rise
            * coercion
        )
    return v


@njit(cache=True)
def consider(
    b, d, volume, level, place, urgent, tied, aspiration, fms_only,
    par, dom, order, nations, cells, pairs, lines, content_origin, content_share,
    membership, desks, office, control, offers, usa,
):  # fmt: skip
    """Fill ``offers`` with what buyer ``b`` can consider in domain ``d``; returns their number.

    Screens come first and are not traded off: release believed possible, fit above the
    aspiration, competitor origin permitted, fast enough if urgent.  ``order`` lists the suppliers
    by address key, so that the row order of nations does not matter.
    """
    p = par[0]
    w = dom[d]
    n_domains = cells.shape[1]
    n = 0
    for at in range(len(order)):
        s = order[at]
        line = cells["line"][s, d]
        if s == b or line < 0 or lines["sells_abroad"][line] == 0:
            continue
        if pairs["permitted"][b, s] == 0 or (tied == 1 and s != usa):
            continue
        release = believed_with_content(
            pairs, content_origin, content_share, b, s, line,
            w["export_sensitivity"] * p["refusal_sensitivity"], p["veto_share"],
        )  # fmt: skip
        fit = _fit(p, lines, line, w["need_heterogeneity"], level, place)
        if release < p["release_screen"] or fit < aspiration:
            continue
        base = _common_terms(
            p, w, nations, cells, pairs, membership, b, s, d, release, fit
        )
        n = _add_foreign(
            n, b, d, s, line, release, fit, base, urgent, fms_only,
            p, w, nations, cells, pairs, lines, desks, office, control, offers, usa, n_domains,
        )  # fmt: skip
    if tied == 0:
        n = _add_home(
            n, b, d, level, place, urgent, p, w, nations, cells, pairs, lines,
            content_origin, content_share, desks, control, offers, n_domains,
        )  # fmt: skip
    return _add(
        offers, n, -1, DEFER, NEST_DEFER, -1, 0.0, 0.0, 0.0, 1.0, 0.0, office["defer_constant"][0]
    )


@njit(cache=True, inline="always")
def _add_foreign(
    n, b, d, s, line, release, fit, base, urgent, fms_only,
    p, w, nations, cells, pairs, lines, desks, office, control, offers, usa, n_domains,
):  # fmt: skip
    threat = cells["threat"][b, d]
    lag = w["weight_lag"] + p["weight_urgent"] * threat
    slip = max(pairs["slip"][b, s], 0.0)
    price = lines["price"][line]
    lead_line = lines["lead_export"][line] + slip
    if s == usa:
        first, last, nest = FMS, DCS, NEST_UNITED_STATES
    elif nations["competitor"][s] == 1:
        first, last, nest = COMPETITOR, COMPETITOR, NEST_THIRD_PARTY
    else:
        first, last, nest = FRIENDLY, FRIENDLY, NEST_THIRD_PARTY
    for route in range(first, last + 1):
        if route == DCS and fms_only == 1:
            continue
        asked, extra = price, 0.0
        if route == FMS:
            asked *= 1.0 + p["fms_surcharge"] + p["fms_contract_administration"]
        elif route == DCS:
            asked *= 1.0 + p["dcs_effort"] * (1.0 - nations["acquisition_competence"][b])
            extra = office["dcs_constant"][0]
        if s == usa:
            extra += p["weight_us_supplier"] + p["weight_us_ally"] * nations["us_ally"][b]
        days = administration_days(p, nations, desks, b, d, route, n_domains)
        lead = lead_line + days / DAYS_PER_QUARTER
        if urgent == 1 and lead > p["urgent_limit_quarters"]:
            continue
        v = base + extra - p["weight_price"] * math.log(asked) - lag * 0.25 * lead
        v += _strategy_terms(p, nations, cells, pairs, b, d, s, control[route])
        quoted = lines["lead_export"][line] - 0.5 * p["delivery_spread_quarters"]
        n = _add(offers, n, s, route, nest, line, asked, lead, quoted, release, fit, v)
    mine = cells["line"][b, d]
    if mine < 0 or cells["competence"][b, d] < p["licence_competence"]:
        return n
    if cells["competence"][s, d] <= cells["competence"][b, d]:
        return n
    continuous = lines["experience_home_licence"][mine]
    premium = p["licence_premium"] / (1.0 + continuous / p["licence_learning_quarters"])
    asked = price * (1.0 + premium)
    days = administration_days(p, nations, desks, b, d, LICENSED, n_domains)
    quoted = lines["lead_home"][mine] - 0.5 * p["delivery_spread_quarters"]
    quoted += p["licence_delay_quarters"]
    lead = quoted + 0.5 * p["delivery_spread_quarters"] + slip + days / DAYS_PER_QUARTER
    if urgent == 1 and lead > p["urgent_limit_quarters"]:
        return n
    v = base + nations["local_constant"][b] - p["weight_price"] * math.log(asked)
    v -= lag * 0.25 * lead
    v += _strategy_terms(p, nations, cells, pairs, b, d, s, control[LICENSED])
    return _add(
        offers, n, s, LICENSED, NEST_DOMESTIC, mine, asked, lead, quoted, release, fit, v
    )


@njit(cache=True, inline="always")
def _add_home(
    n, b, d, level, place, urgent, p, w, nations, cells, pairs, lines,
    content_origin, content_share, desks, control, offers, n_domains,
):  # fmt: skip
    line = cells["line"][b, d]
    if line < 0 or cells["home_share"][b, d] <= 0.0:
        return n
    release = believed_with_content(
        pairs, content_origin, content_share, b, b, line, w["export_sensitivity"] * p["refusal_sensitivity"], p["veto_share"]
    )
    if release < p["release_screen"]:
        return n
    fit = _fit(p, lines, line, w["need_heterogeneity"], level, place)
    quoted = lines["lead_home"][line] - 0.5 * p["delivery_spread_quarters"]
    days = administration_days(p, nations, desks, b, d, DOMESTIC, n_domains)
    lead = lines["lead_home"][line] + days / DAYS_PER_QUARTER
    if urgent == 1 and lead > p["urgent_limit_quarters"]:
        return n
    habit = cells["home_delivered"][b, d] / max(cells["all_delivered"][b, d], 1e-9)
    foreign = 0.0
    for k in range(content_origin.shape[1]):
        if content_origin[line, k] < 0:
            break
        foreign += content_share[line, k]
    v = cells["home_constant"][b, d] + p["weight_fit"] * fit
    v += p["weight_release"] * math.log(max(release, 1e-6)) + w["weight_incumbency"] * habit
    v -= p["weight_price"] * math.log(lines["price"][line])
    v -= (w["weight_lag"] + p["weight_urgent"] * cells["threat"][b, d]) * 0.25 * lead
    v += _strategy_terms(
        p, nations, cells, pairs, b, d, b, control[DOMESTIC] * (1.0 - foreign)
    )
    return _add(
        offers, n, b, DOMESTIC, NEST_DOMESTIC, line, lines["price"][line], lead, quoted,
        release, fit, v,
    )  # fmt: skip
