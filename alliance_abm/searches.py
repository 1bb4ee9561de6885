"""Searches: what a buyer believes of each supplier, and what one requirement asks for."""

from __future__ import annotations

import math
from typing import Final

from alliance_abm.development import (
    chance_of_success,
    development_cost,
    development_quarters,
    level_after,
    may_develop,
)
from alliance_abm.kernels import njit
from alliance_abm.layout import (
    CLOSED,
    DAYS_PER_QUARTER,
    DCS,
    DOMESTIC,
    FMS,
    FRIENDLY,
    LICENSED,
    PARTS,
    PRODUCTS,
)
from alliance_abm.quotes import administration_days
from alliance_abm.release import believed
from alliance_abm.us_buying import barrier

NO_LIMIT: Final = 1e9
TINY: Final = 1e-9


@njit(cache=True)
def look(b, par, nations, pairs, usa, view):
    """Fill ``view`` with what buyer ``b`` believes of each supplier, before domain and route.

    Returns the utility of the concentration that stands: each origin's risk by its share abroad.
    ``fixed`` holds the terms of utility that are the same in every domain; ``risk`` is what a
    product wholly from there would add to concentration, weighed by the belief in coercion.
    """
    p = par[0]
    averse = p["strategy_share"] * p["weight_price"] * nations["diversification"][b]
    averse *= math.log(1.0 + p["diversification_premium"])
    total, abroad = max(nations["delivered"][b], TINY), max(nations["dependence"][b], TINY)
    held = 0.0
    for s in range(len(view)):
        refusal = 1.0 - believed(pairs, b, s)
        view["refusal"][s] = refusal if s != b else 0.0
        view["share"][s] = pairs["delivered"][b, s] / total
        view["slip"][s] = max(pairs["slip"][b, s], 0.0)
        view["permitted"][s] = pairs["permitted"][b, s] * (1 - pairs["embargoed"][b, s])
        gone = pairs["removed"][b, s]
        if gone & PRODUCTS:
            view["permitted"][s] = 0
        if gone & PARTS:
            view["refusal"][s] = 1.0
        view["member"][s] = pairs["member"][b, s]
        threat = 1.0 + p["coercion_weight"] * view["refusal"][s]
        exposed = pairs["exposed"][b, s] / abroad
        view["risk"][s] = averse * threat * exposed
        held += view["risk"][s] * exposed
        reliability = pairs["kept"][b, s] / (pairs["kept"][b, s] + pairs["broken"][b, s])
        trust = p["weight_reliability"] * reliability
        alignment = pairs["alignment"][b, s]
        if s == usa:
            alignment -= nations["resentment"][b]
        trust += p["weight_alignment"] * alignment
        politics = p["weight_european_pair"] * nations["european"][b] * nations["european"][s]
        if nations["competitor"][s] == 1:
            politics -= p["weight_competitor_to_us_ally"] * nations["us_ally"][b]
        if s == usa:
            politics += p["weight_us_supplier"] + p["weight_us_ally"] * nations["us_ally"][b]
        sanctions = 0.0
        if pairs["sanctions_level"][b, s] > 0.0:  # loses its U.S. supplies if they are refused
            loss = pairs["sanctions_level"][b, s] * pairs["delivered"][b, usa] / total
            sanctions = math.log(max(1.0 - loss, 1e-6))
        view["trust"][s], view["politics"][s], view["sanctions"][s] = trust, politics, sanctions
        view["fixed"][s] = trust + politics + p["weight_release"] * sanctions
        view["fixed"][s] += pairs["affinity"][b, s]
        view["ally"][s] = nations["us_ally"][s]
        common = p["common_standards"] * nations["us_ally"][b] * nations["us_ally"][s]
        view["fixed"][s] += p["weight_interop"] * common
        view["barrier"][s] = barrier(p, nations, s) if b == usa else 0.0
    return held


@njit(cache=True, inline="always")
def _control_value(p, nations, cells, b, d):
    """Utility of full control of a capability: sovereignty, and core in its domains."""
    v = nations["sovereignty"][b] * math.log(1.0 + p["sovereignty_premium"])
    if cells["is_core"][b, d] == 1:
        v += nations["core"][b] * math.log(1.0 + p["core_premium"])
    return v * p["weight_price"] * p["strategy_share"]


@njit(cache=True)
def describe(
    ask, b, d, volume, money, level, place, urgent, tied, aspiration, deferred, fms_only, par, dom,
    nations, cells, lines, desks, office, held,
):  # fmt: skip
    """Write into ``ask`` what one search asks for, and what is the same for all its offers.

    ``held`` comes from ``look``.
    Core specialists weigh price, time and fit more outside their core domains.
    """
    p, w = par[0], dom[d]
    ask["buyer"], ask["domain"], ask["level"], ask["place"] = b, d, level, place
    ask["tied"], ask["aspiration"], ask["fms_only"] = tied, aspiration, fms_only
    ask["pools"], ask["hybrids"] = 0, 0
    ask["limit"] = NO_LIMIT
    if urgent == 1:
        ask["limit"] = p["urgent_limit_quarters"] * (1.0 + p["aspiration_relaxation"] * deferred)
    ask["sensitivity"] = w["export_sensitivity"] * p["refusal_sensitivity"]
    pragmatic = 1.0
    if cells["is_core"][b, d] == 0:
        pragmatic += p["strategy_share"] * p["core_pragmatism"] * nations["core"][b]
    ask["price_weight"] = p["weight_price"] * pragmatic
    ask["fit_weight"] = p["weight_fit"] * pragmatic
    ask["lag"] = 0.25 * (w["weight_lag"] + p["weight_urgent"] * cells["threat"][b, d]) * pragmatic
    ask["worth"] = _control_value(p, nations, cells, b, d)
    ask["concentration"] = held
    ask["defer"] = office["defer_constant"][0] - p["impatience"] * deferred
    ask["half"] = 0.5 * p["delivery_spread_quarters"]
    ask["local_constant"] = nations["local_constant"][b]
    worth = volume * nations["price"][b]
    ask["ln_limit"] = math.log(max(money / worth, TINY))
    _expect_administration(ask, p, w, nations, desks, b, d, worth, cells.shape[1])
    ask["us_withheld"] = cells["us_withheld"][b, d]
    if cells["alert_years"][b, d] > 0:
        longer = p["incident_review_days"] / DAYS_PER_QUARTER
        ask["quarters_fms"] += longer
        ask["quarters_dcs"] += longer
        ask["quarters_licensed_us"] += longer
    skill = nations["acquisition_competence"][b]
    ask["ln_fms"] = math.log(1.0 + p["fms_surcharge"] + p["fms_contract_administration"])
    ask["ln_dcs"] = math.log(1.0 + p["dcs_effort"] * (1.0 - skill))
    _describe_products(ask, p, w, nations, cells, office, b, d)
    _describe_own(ask, p, w, nations, cells, lines, office, b, d)


@njit(cache=True, inline="always")
def _describe_products(ask, p, w, nations, cells, office, b, d):
    """What retrofit, integration, design for export and the number of bidders change here."""
    sensitive = w["export_sensitivity"]
    ask["sensitivity_us"] = ask["sensitivity"] * (1.0 - p["release_by_design"])
    ask["degraded"] = p["export_degradation"] * sensitive
    ask["saved"] = (office["integration_start"][0] - p["integration_quarters"]) * (
        nations["us_ally"][b]
    )
    ask["saved_us"] = (office["retrofit_start"][0] - p["retrofit_quarters"]) * sensitive
    before = 1.0 + office["retrofit_cost_start"][0] * sensitive
    ask["ln_retrofit"] = math.log((1.0 + p["retrofit_cost_share"] * sensitive) / before)
    ask["ln_margin"] = ask["ln_home"] = cells["ln_margin"][b, d]
    if nations["united_states"][b] == 1:
        ask["ln_home"] = ask["ln_margin"] + math.log(1.0 + p["exportability_premium"])


@njit(cache=True, inline="always")
def _quarters(p, w, nations, desks, b, d, route, from_us, worth, n_domains):
    return administration_days(p, w, nations, desks, b, d, route, from_us, worth, n_domains) / (
        DAYS_PER_QUARTER
    )


@njit(cache=True, inline="always")
def _expect_administration(ask, p, w, nations, desks, b, d, worth, m):
    ask["quarters_fms"] = _quarters(p, w, nations, desks, b, d, FMS, True, worth, m)
    ask["quarters_dcs"] = _quarters(p, w, nations, desks, b, d, DCS, True, worth, m)
    ask["quarters_third"] = _quarters(p, w, nations, desks, b, d, FRIENDLY, False, worth, m)
    ask["quarters_home"] = _quarters(p, w, nations, desks, b, d, DOMESTIC, False, worth, m)
    ask["quarters_licensed"] = _quarters(p, w, nations, desks, b, d, LICENSED, False, worth, m)
    ask["quarters_licensed_us"] = _quarters(p, w, nations, desks, b, d, LICENSED, True, worth, m)


@njit(cache=True, inline="always")
def _describe_own(ask, p, w, nations, cells, lines, office, b, d):
    """What the buyer's own industry can do: build, build under licence, develop."""
    mine = cells["line"][b, d]
    ask["mine"], ask["licenses"], ask["builds"], ask["develops"] = mine, 0, 0, 0
    if mine < 0:
        return
    competence, is_open = cells["competence"][b, d], lines["status"][mine] != CLOSED
    if is_open and cells["home_share"][b, d] > 0.0:
        ask["builds"] = 1
    if is_open and competence >= p["licence_competence"]:
        ask["licenses"] = 1
        work = lines["experience_home_licence"][mine] / p["licence_learning_quarters"]
        ask["ln_licence"] = math.log(1.0 + p["licence_premium"] / (1.0 + work))
    busy = cells["programme"][b, d] >= 0 or lines["level"][mine] >= ask["level"]
    if not busy and may_develop(p, w, nations, cells, b, d):
        cost = development_cost(w, cells, b, d)
        ask["develop_level"] = level_after(p, nations, cells, office, b, d, cost)
        gained = ask["develop_level"] - lines["level"][mine]
        need = cells["target"][b, d] / w["service_life_years"]
        bill = nations["price"][b] * need * p["development_horizon_years"]
        ask["develops"] = 1 if gained >= p["development_least_gain"] else 0
        ask["develop_cost"] = cost
        ask["ln_develop"] = math.log(1.0 + cost / max(bill, TINY))
        ask["develop_quarters"] = development_quarters(p, w, cells, b, d)
        ask["develop_chance"] = chance_of_success(p, cells, b, d)
