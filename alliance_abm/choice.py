"""Choice: nested logit over the offers a buyer considers, and the award."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from alliance_abm.awards import award
from alliance_abm.causes import NOT_LOST, OTHER
from alliance_abm.draws import CHOICE, SPLIT, uniform, uniforms
from alliance_abm.joint_offers import look_for_partners
from alliance_abm.kernels import njit
from alliance_abm.layout import COMPETITOR, DEFER, LICENSED, PRODUCTS
from alliance_abm.losses import cause_of_loss
from alliance_abm.offers import consider
from alliance_abm.requirements import money_ahead
from alliance_abm.searches import describe, look
from alliance_abm.state import State

if TYPE_CHECKING:
    from alliance_abm.exogenous import Exogenous

N_NESTS: Final = 4
TINY: Final = 1e-9
DECIDED: Final = OTHER + 1  # column of what causes decided


def choose(state: State, outside: Exogenous) -> None:
    """Every open requirement meets the offers of this quarter: award, split or defer."""
    s = state
    s.make_room(2 * s.cells.size)
    _choose(
        s.quarter, s.seed, s.par, s.dom, s.nations, s.cells, s.pairs, s.lines, s.sellers,
        s.n_sellers, s.content_origin, s.content_reach, s.content_share,
        s.content_total, s.desks, s.office, outside.control, s.ask, s.view,
        s.offers, s.orders, s.stage_days, s.cases, s.counts, s.forming, s.flow_route,
        s.flow_awarded, s.flow_lost, outside.region_kind, outside.usa,
        np.empty(s.cells.shape[1], np.int64), np.empty(N_NESTS),
    )  # fmt: skip


@njit(cache=True, inline="always")
def weigh_nests(inside, nest_parameter):
    """Turn sums of exp(V / lambda) by nest into factors for their members; returns the total."""
    total = 0.0
    for nest in range(N_NESTS):
        if inside[nest] > 0.0:
            weight = math.pow(inside[nest], nest_parameter)
            total += weight
            inside[nest] = weight / inside[nest]
    return total


@njit(cache=True, allocates=True)
def probabilities(n, nest_parameter, offers):
    """Write nested-logit probabilities of the first ``n`` offers; returns the inclusive value.

    A nest's inclusive value is lambda ln sum exp(V / lambda) (McFadden, 1978).
    """
    best, total = _spread(n, nest_parameter, offers, np.empty(N_NESTS))
    return best + math.log(total)


@njit(cache=True, inline="always")
def _spread(n, nest_parameter, offers, nests):
    """Write probabilities; returns the best utility and the sum of the nests' weights over it."""
    best = offers["utility"][0]
    for i in range(1, n):
        best = max(best, offers["utility"][i])
    nests[:] = 0.0
    for i in range(n):
        e = math.exp((offers["utility"][i] - best) / nest_parameter)
        offers["probability"][i] = e
        nests[offers["nest"][i]] += e
    total = weigh_nests(nests, nest_parameter)
    for nest in range(N_NESTS):
        nests[nest] /= total
    for i in range(n):
        offers["probability"][i] *= nests[offers["nest"][i]]
    return best, total


@njit(cache=True, allocates=True)
def pick(n, first, second, offers):
    """The offer drawn by two uniforms: the nest by the first, the offer in it by the second."""
    return _pick(n, first, second, offers, np.empty(N_NESTS))


@njit(cache=True, inline="always")
def _pick(n, first, second, offers, masses):
    masses[:] = 0.0
    for i in range(n):
        masses[offers["nest"][i]] += offers["probability"][i]
    mass, chosen_nest = 0.0, -1
    for nest in range(N_NESTS):
        if masses[nest] > 0.0:
            chosen_nest = nest
            mass += masses[nest]
            if first < mass:
                break
    reached, chosen, threshold = 0.0, n - 1, second * masses[chosen_nest]
    for i in range(n):
        if offers["nest"][i] == chosen_nest:
            reached += offers["probability"][i]
            chosen = i
            if threshold < reached:
                break
    return chosen


@njit(cache=True, inline="always")
def _abroad(route):
    return route <= COMPETITOR or route == LICENSED


@njit(cache=True)
def second_source(
    seed, quarter, key, domain, p, nations, cells, ask, view, offers, n, i, b, d, nests
):
    """The offer that shares the award with offer ``i``, or -1 when the buyer does not split it.

    A diversifier splits a large requirement when halving its concentration on one supplier is
    worth more than the cost of two smaller lots and a second type, which differs from case to
    case; the second source is drawn from what else it would buy.
    """
    large = cells["volume"][b, d] >= p["split_lots"] * cells["mean_lot"][b, d]
    if not large or ask["tied"] == 1 or not _abroad(offers["route"][i]):
        return -1
    threat = 1.0 + p["coercion_weight"] * view["refusal"][offers["supplier"][i]]
    worth = 0.5 * threat * nations["diversification"][b] * p["strategy_share"]
    worth *= p["weight_price"] * math.log(1.0 + p["diversification_premium"])
    dearer = math.log(1.0 + p["split_cost"])
    first, second = uniforms(seed, SPLIT, quarter, key, domain, 0)
    which = uniform(seed, SPLIT, quarter, key, domain, 1)
    if worth <= 2.0 * which * p["weight_price"] * dearer:
        return -1
    if offers["ln_price"][i] + dearer > ask["ln_limit"]:
        return -1
    rest = 0.0
    for k in range(n):
        other = offers["supplier"][k] != offers["supplier"][i] and _abroad(offers["route"][k])
        if not other or offers["ln_price"][k] + dearer > ask["ln_limit"]:
            offers["probability"][k] = 0.0
        rest += offers["probability"][k]
    if rest <= 0.0:
        return -1
    return _pick(n, first * rest, second, offers, nests)


@njit(cache=True, inline="always")
def grant_pays(nations, cells, lines, p, b, d, usa, cost):
    """Whether a grant tied to U.S. goods pays for them, at the U.S. price with the FMS fees."""
    line = cells["line"][usa, d]
    if b == usa or line < 0:
        return False
    fees = 1.0 + p["fms_surcharge"] + p["fms_contract_administration"]
    return nations["grant"][b] >= cost * lines["price"][line] * fees


@njit(cache=True)
def widest_gap_first(b, cells, order):
    """Write the domains into ``order``, the least covered first: so money meets needs."""
    for d in range(cells.shape[1]):
        gap = 1.0 - cells["stock"][b, d] / max(cells["target"][b, d], TINY)
        at = d
        while at > 0:
            other = order[at - 1]
            if 1.0 - cells["stock"][b, other] / max(cells["target"][b, other], TINY) >= gap:
                break
            order[at] = other
            at -= 1
        order[at] = d


@njit(cache=True)
def _choose(
    quarter, seed, par, dom, nations, cells, pairs, lines, sellers, n_sellers, content_origin,
    content_reach, content_share, content_total, desks, office,
    control, ask, view, offers, orders, stage_days, cases, counts, forming, flow_route,
    flow_awarded, flow_lost, region_kind, usa, order, nests,
):  # fmt: skip
    p = par[0]
    for b in range(cells.shape[0]):
        looked, held = False, 0.0
        widest_gap_first(b, cells, order)
        for d in order:
            if cells["open"][b, d] == 0:
                continue
            key, domain = nations["key"][b], cells["key"][b, d]
            cost = cells["volume"][b, d] * nations["price"][b]
            sells = pairs["removed"][b, usa] & PRODUCTS == 0
            tied = 1 if sells and grant_pays(nations, cells, lines, p, b, d, usa, cost) else 0
            spare = nations["balance"][b] + money_ahead(p, nations, b)
            money = nations["grant"][b] if tied == 1 else spare
            if money <= 0.0:
                cells["deferred"][b, d] += 1
                continue
            if not looked:
                held = look(b, par, nations, pairs, usa, view)
                looked = True
            restricted = uniform(seed, CHOICE, quarter, key, domain, 1)
            share = dom["carve_out"][d] if b == usa else dom["fms_only_share"][d]
            fms_only = 1 if restricted < share else 0  # of the U.S. itself: bought at home only
            describe(
                ask[0], b, d, cells["volume"][b, d], money, cells["need_level"][b, d],
                cells["need_place"][b, d], cells["urgent"][b, d], tied, cells["aspiration"][b, d],
                cells["deferred"][b, d], fms_only, par, dom, nations, cells, lines, desks,
                office, held,
            )  # fmt: skip
            look_for_partners(
                ask[0], quarter, seed, p, dom[d], nations, cells, pairs, forming, region_kind, b, d,
                usa,
            )  # fmt: skip
            n = consider(
                ask[0], par, dom, cells, lines, sellers, n_sellers, content_origin, content_reach,
                content_share, content_total, office, control, view, offers, usa,
            )  # fmt: skip
            _spread(n, p["nest_parameter"], offers, nests)
            first, second = uniforms(seed, CHOICE, quarter, key, domain, 0)
            i = _pick(n, first, second, offers, nests)
            if offers["route"][i] == DEFER:
                cells["deferred"][b, d] += 1
                cells["aspiration"][b, d] *= 1.0 - p["aspiration_relaxation"]
                continue
            j = second_source(
                seed, quarter, key, domain, p, nations, cells, ask[0], view, offers, n, i, b, d,
                nests,
            )  # fmt: skip
            for part in range(1 if j < 0 else 2):
                at = i if part == 0 else j
                cause, decided = cause_of_loss(p, ask[0], view, offers, n, at, b, usa)
                volume = cells["volume"][b, d] * (1.0 if j < 0 else 0.5)
                row = award(
                    quarter, seed, p, dom[d], nations, cells, lines, desks, offers[at], volume,
                    0.0 if j < 0 else p["split_cost"], part, cause, decided,
                    ask[0]["develop_level"], b, d, tied, key, domain, orders, stage_days, cases,
                    counts, forming, region_kind,
                )  # fmt: skip
                if nations["is_buyer"][b] == 1 and cells["registered"][b, d] == 1:
                    flow_route[quarter, 1, orders["route"][row]] += volume
                    if orders["supplier"][row] != b:
                        flow_awarded[quarter, orders["supplier"][row]] += volume
                    if cause != NOT_LOST:
                        flow_lost[quarter, cause] += volume
                        flow_lost[quarter, DECIDED] += volume * decided
            cells["open"][b, d] = 0
