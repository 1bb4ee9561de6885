"""Offers: what a buyer can consider for one search, and the utility of each."""

from __future__ import annotations

import math
from typing import Final

from numba import njit

from alliance_abm.layout import (
    COMPETITOR,
    DAYS_PER_QUARTER,
    DCS,
    DEFER,
    DOMESTIC,
    FMS,
    FRIENDLY,
    LICENSED,
)
from alliance_abm.quotes import administration_days
from alliance_abm.release import believed, chance_of_release

NEST_UNITED_STATES: Final = 0
NEST_THIRD_PARTY: Final = 1
NEST_DOMESTIC: Final = 2
NEST_DEFER: Final = 3
NO_LIMIT: Final = 1e9
TINY: Final = 1e-9


@njit(cache=True, inline="always")
def _fit(p, product_place, product_level, heterogeneity, level, place):
    gap = abs(product_place - place)
    distance = 2.0 * min(gap, 1.0 - gap)
    shortfall = max(0.0, level - product_level)
    return 1.0 - heterogeneity * distance - p["level_shortfall_weight"] * shortfall


@njit(cache=True, inline="always")
def _add(n, offers, s, route, nest, line, ln_price, lead, quoted, utility):
    offers["supplier"][n] = s
    offers["route"][n] = route
    offers["nest"][n] = nest
    offers["line"][n] = line
    offers["ln_price"][n] = ln_price
    offers["lead"][n] = lead
    offers["quoted"][n] = quoted
    offers["utility"][n] = utility
    return n + 1


@njit(cache=True)
def look(b, par, nations, pairs, membership, usa, view):
    """Fill ``view`` with what buyer ``b`` believes of each supplier, before domain and route.

    ``fixed`` holds the terms of utility that are the same in every domain.
    """
    p = par[0]
    diversify = (
        p["weight_price"]
        * math.log(1.0 + p["diversification_premium"])
        * nations["diversification"][b]
    )
    total = max(nations["delivered"][b], 1e-9)
    for s in range(len(view)):
        refusal = 1.0 - believed(pairs, b, s)
        share = pairs["delivered"][b, s] / total
        view["refusal"][s], view["share"][s] = (refusal if s != b else 0.0), share
        view["slip"][s] = max(pairs["slip"][b, s], 0.0)
        view["permitted"][s] = pairs["permitted"][b, s]
        view["member"][s] = 0
        for d in range(membership.shape[2]):
            if membership[b, s, d] > 0.0:
                view["member"][s] |= 1 << d
        reliability = pairs["kept"][b, s] / (pairs["kept"][b, s] + pairs["broken"][b, s])
        v = p["weight_reliability"] * reliability
        v += p["weight_alignment"] * pairs["alignment"][b, s] + pairs["affinity"][b, s]
        v += p["weight_european_pair"] * nations["european"][b] * nations["european"][s]
        if nations["competitor"][s] == 1:
            v -= p["weight_competitor_to_us_ally"] * nations["us_ally"][b]
        if s == usa:
            v += p["weight_us_supplier"] + p["weight_us_ally"] * nations["us_ally"][b]
        if pairs["sanctions_risk"][b, s] > 0.0:
            v += p["weight_release"] * math.log(max(1.0 - pairs["sanctions_risk"][b, s], 1e-6))
        rise = share - nations["concentration"][b]
        v -= diversify * rise * (1.0 + p["coercion_weight"] * refusal)
        view["fixed"][s] = v


@njit(cache=True, inline="always")
def _control_value(p, nations, cells, b, d):
    """Utility of full control of a capability: sovereignty, and core in its domains."""
    v = nations["sovereignty"][b] * math.log(1.0 + p["sovereignty_premium"])
    if cells["is_core"][b, d] == 1:
        v += nations["core"][b] * math.log(1.0 + p["core_premium"])
    return v * p["weight_price"]


@njit(cache=True)
def describe(
    ask, b, d, volume, money, level, place, urgent, tied, aspiration, fms_only, par, dom, nations,
    cells, lines, desks,
):  # fmt: skip
    """Write into ``ask`` what one search asks for, and what is the same for all its offers."""
    p, w, n_domains = par[0], dom[d], cells.shape[1]
    ask["buyer"], ask["domain"], ask["level"], ask["place"] = b, d, level, place
    ask["tied"], ask["aspiration"], ask["fms_only"] = tied, aspiration, fms_only
    ask["limit"] = p["urgent_limit_quarters"] if urgent == 1 else NO_LIMIT
    ask["sensitivity"] = w["export_sensitivity"] * p["refusal_sensitivity"]
    ask["lag"] = 0.25 * (w["weight_lag"] + p["weight_urgent"] * cells["threat"][b, d])
    ask["worth"] = _control_value(p, nations, cells, b, d)
    ask["half"] = 0.5 * p["delivery_spread_quarters"]
    worth = volume * nations["price"][b]
    ask["ln_limit"] = math.log(max(money / worth, TINY))
    for route, us in ((FMS, True), (DCS, True), (FRIENDLY, False), (DOMESTIC, False)):
        days = administration_days(p, nations, desks, b, d, route, us, worth, n_domains)
        quarters = days / DAYS_PER_QUARTER
        if route == FMS:
            ask["quarters_fms"] = quarters
        elif route == DCS:
            ask["quarters_dcs"] = quarters
        elif route == FRIENDLY:
            ask["quarters_third"] = quarters
        else:
            ask["quarters_home"] = quarters
    days = administration_days(p, nations, desks, b, d, LICENSED, False, worth, n_domains)
    ask["quarters_licensed"] = days / DAYS_PER_QUARTER
    days = administration_days(p, nations, desks, b, d, LICENSED, True, worth, n_domains)
    ask["quarters_licensed_us"] = days / DAYS_PER_QUARTER
    skill = nations["acquisition_competence"][b]
    ask["ln_fms"] = math.log(1.0 + p["fms_surcharge"] + p["fms_contract_administration"])
    ask["ln_dcs"] = math.log(1.0 + p["dcs_effort"] * (1.0 - skill))
    mine = cells["line"][b, d]
    ask["mine"] = mine
    ask["licenses"] = 0
    if mine >= 0 and cells["competence"][b, d] >= p["licence_competence"]:
        ask["licenses"] = 1
        work = lines["experience_home_licence"][mine] / p["licence_learning_quarters"]
        ask["ln_licence"] = math.log(1.0 + p["licence_premium"] / (1.0 + work))


@njit(cache=True)
def consider(
    ask, par, dom, cells, lines, sellers, n_sellers, content_origin,
    content_reach, content_total, nations, office, control, view, offers, usa,
):  # fmt: skip
    """Fill ``offers`` with what a buyer can consider; returns their number.

    Screens come first and are not traded off: release believed possible, fit above the
    aspiration, competitor origin permitted, fast enough if urgent.  ``ask`` comes from
    ``describe``, ``view`` from ``look``.
    """
    p, w, b, d = par[0], dom[ask["domain"]], ask["buyer"], ask["domain"]
    local, own = nations["local_constant"][b], cells["competence"][b, d]
    n = 0
    for k in range(n_sellers[d]):
        seller = sellers[d, k]
        s = seller["supplier"]
        if s == b or view["permitted"][s] == 0 or (ask["tied"] == 1 and s != usa):
            continue
        fit = _fit(
            p, seller["place"], seller["level"], w["need_heterogeneity"], ask["level"],
            ask["place"],
        )  # fmt: skip
        if fit < ask["aspiration"]:
            continue
        release = chance_of_release(
            b, s, seller["line"], ask["sensitivity"], view, content_origin, content_reach
        )
        if release < p["release_screen"]:
            continue
        base = view["fixed"][s] + p["weight_fit"] * fit + seller["attraction"]
        base += p["weight_release"] * math.log(max(release, 1e-6))
        base += w["weight_incumbency"] * view["share"][s]
        if (view["member"][s] >> d) & 1:
            base += p["weight_programme"]
        slip = view["slip"][s]
        if s == usa:
            n = _add_united_states(n, ask, seller, slip, base, p, office, control, offers)
        else:
            n = _add_third_party(n, ask, seller, slip, base, p, control, offers)
        if ask["licenses"] == 1 and seller["competence"] > own:
            v = base + local
            n = _add_licensed(n, ask, seller, s == usa, slip, v, p, lines, control, offers)
    if ask["tied"] == 0 and ask["mine"] >= 0 and cells["home_share"][b, d] > 0.0:
        n = _add_home(
            n, ask, p, w, cells, lines, content_origin, content_reach, content_total, control,
            view, offers,
        )  # fmt: skip
    return _add(n, offers, -1, DEFER, NEST_DEFER, -1, 0.0, 0.0, 0.0, office["defer_constant"][0])


@njit(cache=True, inline="always")
def _value(p, ask, base, ln_price, lead, control):
    """Utility with price, believed lead and control of the capability added."""
    return base - p["weight_price"] * ln_price - ask["lag"] * lead + ask["worth"] * control


@njit(cache=True, inline="always")
def _add_united_states(n, ask, seller, slip, base, p, office, control, offers):
    s, line = seller["supplier"], seller["line"]
    quoted = seller["lead"] - ask["half"]
    lead = seller["lead"] + slip + ask["quarters_fms"]
    asked = seller["ln_price"] + ask["ln_fms"]
    if lead <= ask["limit"] and asked <= ask["ln_limit"]:
        v = _value(p, ask, base, asked, lead, control[FMS])
        n = _add(n, offers, s, FMS, NEST_UNITED_STATES, line, asked, lead, quoted, v)
    lead = seller["lead"] + slip + ask["quarters_dcs"]
    asked = seller["ln_price"] + ask["ln_dcs"]
    if lead <= ask["limit"] and asked <= ask["ln_limit"] and ask["fms_only"] == 0:
        v = _value(p, ask, base, asked, lead, control[DCS]) + office["dcs_constant"][0]
        n = _add(n, offers, s, DCS, NEST_UNITED_STATES, line, asked, lead, quoted, v)
    return n


@njit(cache=True, inline="always")
def _add_third_party(n, ask, seller, slip, base, p, control, offers):
    lead = seller["lead"] + slip + ask["quarters_third"]
    if lead <= ask["limit"] and seller["ln_price"] <= ask["ln_limit"]:
        route = COMPETITOR if seller["competitor"] == 1 else FRIENDLY
        quoted, asked = seller["lead"] - ask["half"], seller["ln_price"]
        v = _value(p, ask, base, asked, lead, control[route])
        s, line = seller["supplier"], seller["line"]
        n = _add(n, offers, s, route, NEST_THIRD_PARTY, line, asked, lead, quoted, v)
    return n


@njit(cache=True, inline="always")
def _add_licensed(n, ask, seller, from_us, slip, base, p, lines, control, offers):
    """Built on the buyer's own line at the licensor's price plus the local-build premium."""
    mine = ask["mine"]
    quoted = lines["lead_home"][mine] - ask["half"] + p["licence_delay_quarters"]
    days = ask["quarters_licensed_us"] if from_us else ask["quarters_licensed"]
    lead = quoted + ask["half"] + slip + days
    asked = seller["ln_price"] + ask["ln_licence"]
    if lead <= ask["limit"] and asked <= ask["ln_limit"]:
        v = _value(p, ask, base, asked, lead, control[LICENSED])
        s = seller["supplier"]
        n = _add(n, offers, s, LICENSED, NEST_DOMESTIC, mine, asked, lead, quoted, v)
    return n


@njit(cache=True, inline="always")
def _add_home(
    n, ask, p, w, cells, lines, content_origin, content_reach, content_total, control, view, offers
):
    b, d, mine = ask["buyer"], ask["domain"], ask["mine"]
    release = chance_of_release(b, b, mine, ask["sensitivity"], view, content_origin, content_reach)
    quoted = lines["lead_home"][mine] - ask["half"]
    lead = lines["lead_home"][mine] + ask["quarters_home"]
    in_time = lead <= ask["limit"] and lines["ln_price"][mine] <= ask["ln_limit"]
    if release >= p["release_screen"] and in_time:
        fit = _fit(
            p, lines["place"][mine], lines["level"][mine], w["need_heterogeneity"], ask["level"],
            ask["place"],
        )  # fmt: skip
        habit = cells["home_delivered"][b, d] / max(cells["all_delivered"][b, d], 1e-9)
        base = cells["home_constant"][b, d] + p["weight_fit"] * fit
        base += p["weight_release"] * math.log(max(release, 1e-6))
        base += w["weight_incumbency"] * habit
        own = control[DOMESTIC] * (1.0 - content_total[mine])
        asked = lines["ln_price"][mine]
        v = _value(p, ask, base, asked, lead, own)
        n = _add(n, offers, b, DOMESTIC, NEST_DOMESTIC, mine, asked, lead, quoted, v)
    return n
