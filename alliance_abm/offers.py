"""Offers: what a buyer can consider for one search, and the utility of each."""

from __future__ import annotations

import math
from typing import Final

from alliance_abm.kernels import njit
from alliance_abm.layout import (
    COMPETITOR,
    DCS,
    DEFER,
    DEVELOP,
    DOMESTIC,
    FMS,
    FRIENDLY,
    HYBRID,
    LICENSED,
    POOLED,
)
from alliance_abm.release import through_content
from alliance_abm.us_buying import as_foreign_bid

NEST_UNITED_STATES: Final = 0
NEST_THIRD_PARTY: Final = 1
NEST_DOMESTIC: Final = 2
NEST_DEFER: Final = 3
TINY: Final = 1e-6

SCREEN_NONE: Final = -1  # what kept the United States out of a search
SCREEN_FIT: Final = 0
SCREEN_RELEASE: Final = 1
SCREEN_ORIGIN: Final = 2
SCREEN_TIME: Final = 3
SCREEN_MONEY: Final = 4


@njit(cache=True, inline="always")
def _fit(p, product_place, product_level, heterogeneity, level, place):
    gap = abs(product_place - place)
    distance = 2.0 * min(gap, 1.0 - gap)
    shortfall = max(0.0, level - product_level)
    return 1.0 - heterogeneity * distance - p["level_shortfall_weight"] * shortfall


@njit(cache=True, inline="always")
def _add(n, offers, s, route, nest, line, ln_price, lead, quoted, fit, ln_release, risk, utility):
    offers["supplier"][n] = s
    offers["route"][n] = route
    offers["nest"][n] = nest
    offers["line"][n] = line
    offers["ln_price"][n] = ln_price
    offers["lead"][n] = lead
    offers["quoted"][n] = quoted
    offers["fit"][n] = fit
    offers["ln_release"][n] = ln_release
    offers["risk"][n] = risk
    offers["saved"][n] = 0.0
    offers["utility"][n] = utility
    return n + 1


@njit(cache=True)
def consider(
    ask, par, dom, cells, lines, sellers, n_sellers, content_origin, content_reach, content_share,
    content_total, office, control, view, offers, usa,
):  # fmt: skip
    """Fill ``offers`` with what a buyer can consider; returns their number.

    Screens come first and are not traded off: release believed possible, fit above the
    aspiration, competitor origin permitted, fast enough if urgent, within its money.  ``ask``
    comes from ``describe``, ``view`` from ``look``.
    """
    p, w, b, d = par[0], dom[ask["domain"]], ask["buyer"], ask["domain"]
    own = cells["competence"][b, d]
    kept_home = b == usa and ask["fms_only"] == 1
    margin, integrated, common_loss = ask["ln_margin"], ask["saved"], p["standard_fit_loss"]
    ask["us_screen"] = SCREEN_ORIGIN if view["permitted"][usa] == 0 and b != usa else SCREEN_NONE
    n = 0
    for k in range(0 if kept_home else n_sellers[d]):
        seller = sellers[d, k]
        s = seller["supplier"]
        if s == b or view["permitted"][s] == 0 or (ask["tied"] == 1 and s != usa):
            continue
        fit = _fit(
            p, seller["place"], seller["level"], w["need_heterogeneity"], ask["level"],
            ask["place"],
        )  # fmt: skip
        fit -= common_loss * view["ally"][s]
        if s == usa:
            fit -= ask["degraded"]
        if fit < ask["aspiration"]:
            if s == usa:
                ask["us_screen"] = SCREEN_FIT
            continue
        release, risk = through_content(
            b, s, seller["line"], ask["sensitivity_us"] if s == usa else ask["sensitivity"], view,
            content_origin, content_reach, content_share, content_total,
        )  # fmt: skip
        if s == usa:
            release *= 1.0 - ask["us_withheld"]
        if release < p["release_screen"]:
            if s == usa:
                ask["us_screen"] = SCREEN_RELEASE
            continue
        ln_release = math.log(max(release, TINY))
        base = view["fixed"][s] + ask["fit_weight"] * fit + seller["attraction"]
        base += p["weight_release"] * ln_release - risk + ask["concentration"]
        base += w["weight_incumbency"] * view["share"][s]
        if (view["member"][s] >> d) & 1:
            base += p["weight_programme"]
        slip, first, penalty = view["slip"][s], n, 0.0
        saved, dearer = integrated * view["ally"][s], margin
        if b == usa:
            penalty, dearer, saved = as_foreign_bid(p, cells, view, s, d, dearer, saved)
        if s == usa:
            saved, dearer = saved + ask["saved_us"], dearer + ask["ln_retrofit"]
        lead = seller["lead"]
        if saved != 0.0:
            lead = _sooner(lead, saved, lines["build_quarters"][seller["line"]], ask["half"])
        price = seller["ln_price"] + dearer
        if s == usa:
            n = _add_united_states(
                n, ask, seller, lead, price, slip, fit, ln_release, risk, base, p, office,
                control, offers,
            )  # fmt: skip
        else:
            n = _add_third_party(
                n, ask, seller, lead, price, slip, fit, ln_release, risk, base - penalty, p,
                control, offers,
            )  # fmt: skip
        if ask["licenses"] == 1 and seller["competence"] > own:
            v = base + ask["local_constant"]
            if s == usa:
                v += math.log(1.0 - p["us_production_preference"])
            n = _add_licensed(
                n, ask, seller, s == usa, saved, price, slip, fit, ln_release, risk, v, p, lines,
                control, offers,
            )  # fmt: skip
        if saved != 0.0:
            for i in range(first, n):
                offers["saved"][i] = saved
    if ask["tied"] == 0 and ask["mine"] >= 0:
        n = _add_own(
            n, ask, p, w, cells, lines, content_origin, content_reach, content_share,
            content_total, control, view, offers,
        )  # fmt: skip
    if p["third_party_support"] > 0.0 and b != usa:
        _support_third_parties(n, p, ask, view, offers, usa)
    n = _add_waiting(n, ask, offers)
    if p["utility_share"] < 1.0:
        for i in range(n):
            offers["utility"][i] *= p["utility_share"]
    return n


@njit(cache=True, inline="always")
def _add_waiting(n, ask, offers):
    """Deferring: a quarter is lost, and what is bought then will take as long as what is here."""
    lead = 0.0
    for i in range(n):
        lead += offers["lead"][i]
    lead = lead / n + 1.0 if n > 0 else 1.0
    v = ask["defer"] - ask["lag"] * lead
    return _add(n, offers, -1, DEFER, NEST_DEFER, -1, 0.0, lead, 0.0, 0.0, 0.0, 0.0, v)


@njit(cache=True, inline="always")
def _value(ask, base, ln_price, lead, control):
    """Utility with price, believed lead and control of the capability added."""
    return base - ask["price_weight"] * ln_price - ask["lag"] * lead + ask["worth"] * control


@njit(cache=True, inline="always")
def _sooner(lead, saved, build, half):
    """The quoted lead less what is saved, where build time and not the backlog sets it."""
    if lead > build + half:
        return lead
    return max(build - saved, 1.0) + half


@njit(cache=True, inline="always")
def _support_third_parties(n, p, ask, view, offers, usa):
    """U.S. support of its allies as sellers, where no U.S. offer stands or only slow ones."""
    for i in range(n):
        in_time = offers["lead"][i] <= p["support_slow_quarters"]
        if offers["supplier"][i] == usa and in_time:
            return
    worth = ask["price_weight"] * math.log(1.0 + p["third_party_support"])
    for i in range(n):
        friendly = offers["route"][i] == FRIENDLY or offers["route"][i] == LICENSED
        s = offers["supplier"][i]
        if friendly and s != usa and view["ally"][s] == 1.0:
            offers["utility"][i] += worth


@njit(cache=True, inline="always")
def _add_united_states(
    n, ask, seller, built, price, slip, fit, ln_release, risk, base, p, office, control, offers
):
    s, line = seller["supplier"], seller["line"]
    quoted = built - ask["half"]
    lead = built + slip + ask["quarters_fms"]
    asked = price + ask["ln_fms"]
    first = n
    in_time, affordable = lead <= ask["limit"], asked <= ask["ln_limit"]
    if in_time and affordable:
        v = _value(ask, base, asked, lead, control[FMS])
        n = _add(n, offers, s, FMS, NEST_UNITED_STATES, line, asked, lead, quoted, fit, ln_release,
                 risk, v)  # fmt: skip
    n = _add_joint(
        n, ask, seller, built, price, slip, fit, ln_release, risk, base, p, control, offers
    )
    if n - first > 1:
        _share_attraction(first, n, p["nest_parameter"], offers)
    lead = built + slip + ask["quarters_dcs"]
    asked = price + ask["ln_dcs"]
    in_time = in_time or lead <= ask["limit"]
    if lead <= ask["limit"] and asked <= ask["ln_limit"] and ask["fms_only"] == 0:
        v = _value(ask, base, asked, lead, control[DCS]) + office["dcs_constant"][0]
        n = _add(n, offers, s, DCS, NEST_UNITED_STATES, line, asked, lead, quoted, fit, ln_release,
                 risk, v)  # fmt: skip
    if n == first:
        ask["us_screen"] = SCREEN_MONEY if in_time else SCREEN_TIME
    return n


@njit(cache=True, inline="always")
def _share_attraction(first, n, nest_parameter, offers):
    """Ways of one offer are together worth what the best of them is worth alone."""
    best = offers["utility"][first]
    for i in range(first, n):
        best = max(best, offers["utility"][i])
    total = 0.0
    for i in range(first, n):
        total += math.exp((offers["utility"][i] - best) / nest_parameter)
    for i in range(first, n):
        offers["utility"][i] -= nest_parameter * math.log(total)


@njit(cache=True, inline="always")
def _add_joint(n, ask, seller, built, alone, slip, fit, ln_release, risk, base, p, control, offers):
    """A pooled buy with others, and a product developed together, where the buyer looks for it."""
    s, line = seller["supplier"], seller["line"]
    lead, asked = built + slip + ask["quarters_fms"], alone + ask["ln_fms"]
    if ask["pools"] == 1:
        lost, later = ask["pool_fit_loss"], lead + ask["pool_quarters"]
        price = asked + ask["ln_pool"]
        fits = fit - lost >= ask["aspiration"]
        if fits and later <= ask["limit"] and price <= ask["ln_limit"]:
            quoted = built - ask["half"] + ask["pool_quarters"]
            v = _value(ask, base - ask["fit_weight"] * lost, price, later, control[POOLED])
            n = _add(n, offers, s, POOLED, NEST_UNITED_STATES, line, price, later, quoted,
                     fit - lost, ln_release, risk, v)  # fmt: skip
    if ask["hybrids"] == 1:
        later = lead + ask["hybrid_quarters"] + p["authority_friction"] * ask["quarters_fms"]
        price = asked + ask["ln_hybrid"]
        if later <= ask["limit"] and price <= ask["ln_limit"]:
            quoted = built - ask["half"] + ask["hybrid_quarters"]
            v = base + ask["fit_weight"] * ask["hybrid_voice"]
            v = _value(ask, v, price, later, control[HYBRID])
            n = _add(n, offers, s, HYBRID, NEST_UNITED_STATES, line, price, later, quoted,
                     fit + ask["hybrid_voice"], ln_release, risk, v)  # fmt: skip
    return n


@njit(cache=True, inline="always")
def _add_third_party(
    n, ask, seller, built, asked, slip, fit, ln_release, risk, base, p, control, offers
):
    lead = built + slip + ask["quarters_third"]
    if lead <= ask["limit"] and asked <= ask["ln_limit"]:
        route = COMPETITOR if seller["competitor"] == 1 else FRIENDLY
        quoted = built - ask["half"]
        v = _value(ask, base, asked, lead, control[route])
        s, line = seller["supplier"], seller["line"]
        n = _add(n, offers, s, route, NEST_THIRD_PARTY, line, asked, lead, quoted, fit, ln_release,
                 risk, v)  # fmt: skip
    return n


@njit(cache=True, inline="always")
def _add_licensed(
    n, ask, seller, from_us, saved, price, slip, fit, ln_release, risk, base, p, lines, control,
    offers,
):  # fmt: skip
    """Built on the buyer's own line at the licensor's price plus the local-build premium."""
    mine = ask["mine"]
    built = lines["lead_home"][mine]
    if saved != 0.0:
        built = _sooner(built, saved, lines["build_quarters"][mine], ask["half"])
    quoted = built - ask["half"] + p["licence_delay_quarters"]
    days = ask["quarters_licensed_us"] if from_us else ask["quarters_licensed"]
    lead = quoted + ask["half"] + slip + days
    asked = price + ask["ln_licence"]
    if lead <= ask["limit"] and asked <= ask["ln_limit"]:
        v = _value(ask, base, asked, lead, control[LICENSED])
        n = _add(n, offers, seller["supplier"], LICENSED, NEST_DOMESTIC, mine, asked, lead, quoted,
                 fit, ln_release, risk, v)  # fmt: skip
    return n


@njit(cache=True, inline="always")
def _add_own(
    n, ask, p, w, cells, lines, content_origin, content_reach, content_share, content_total,
    control, view, offers,
):  # fmt: skip
    """The national line as it stands, and a programme that gives it a better product."""
    b, d, mine = ask["buyer"], ask["domain"], ask["mine"]
    release, risk = through_content(
        b, b, mine, ask["sensitivity"], view, content_origin, content_reach, content_share,
        content_total,
    )  # fmt: skip
    if release < p["release_screen"]:
        return n
    ln_release = math.log(max(release, TINY))
    habit = cells["home_delivered"][b, d] / max(cells["all_delivered"][b, d], TINY)
    base = cells["home_constant"][b, d] + w["weight_incumbency"] * habit
    base += p["weight_release"] * ln_release - risk + ask["concentration"]
    place, quoted = lines["place"][mine], lines["lead_home"][mine] - ask["half"]
    lead = lines["lead_home"][mine] + ask["quarters_home"]
    asked, own = lines["ln_price"][mine] + ask["ln_home"], 1.0 - content_total[mine]
    loss = p["standard_fit_loss"] * view["ally"][b]
    if ask["builds"] == 1 and lead <= ask["limit"] and asked <= ask["ln_limit"]:
        fit = _fit(
            p, place, lines["level"][mine], w["need_heterogeneity"], ask["level"], ask["place"]
        )
        fit -= loss
        if fit >= ask["aspiration"]:
            v = _value(ask, base + ask["fit_weight"] * fit, asked, lead, control[DOMESTIC] * own)
            n = _add(n, offers, b, DOMESTIC, NEST_DOMESTIC, mine, asked, lead, quoted, fit,
                     ln_release, risk, v)  # fmt: skip
    quoted = lines["build_quarters"][mine] + ask["develop_quarters"]
    lead, asked = quoted + ask["half"] + ask["quarters_home"], asked + ask["ln_develop"]
    if ask["develops"] == 1 and lead <= ask["limit"] and asked <= ask["ln_limit"]:
        fit = _fit(
            p, place, ask["develop_level"], w["need_heterogeneity"], ask["level"], ask["place"]
        )
        fit -= loss
        if fit >= ask["aspiration"]:
            chance = math.log(ask["develop_chance"])
            v = _value(ask, base + ask["fit_weight"] * fit, asked, lead, control[DEVELOP] * own)
            v += p["weight_release"] * chance
            n = _add(n, offers, b, DEVELOP, NEST_DOMESTIC, mine, asked, lead, quoted, fit,
                     ln_release + chance, risk, v)  # fmt: skip
    return n
