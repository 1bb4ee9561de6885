"""Choice: nested logit over the offers a buyer considers, and the award."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from alliance_abm.draws import CHOICE, TIE, uniform, uniforms
from alliance_abm.layout import (
    DAYS_PER_QUARTER,
    DCS,
    DEFER,
    FMS,
    IN_ADMINISTRATION,
    LICENSED,
    N_CASES,
    N_ORDERS,
)
from alliance_abm.offers import consider, describe, look
from alliance_abm.quotes import administration_days
from alliance_abm.state import State

if TYPE_CHECKING:
    from alliance_abm.exogenous import Exogenous

N_NESTS = 4


def choose(state: State, outside: Exogenous) -> None:
    """Every open requirement meets the offers of this quarter: award or defer."""
    s = state
    s.make_room(s.cells.size)
    _choose(
        s.quarter, s.seed, s.par, s.dom, s.nations, s.cells, s.pairs, s.lines, s.sellers,
        s.n_sellers, s.content_origin, s.content_reach,
        s.content_total, s.membership, s.desks, s.office, outside.control, s.ask, s.view,
        s.offers, s.orders, s.stage_days, s.cases, s.counts, s.flow_route, s.flow_awarded,
        outside.usa,
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


@njit(cache=True)
def probabilities(n, nest_parameter, offers):
    """Write nested-logit probabilities of the first ``n`` offers; returns the inclusive value.

    A nest's inclusive value is lambda ln sum exp(V / lambda) (McFadden, 1978).
    """
    best = offers["utility"][0]
    for i in range(n):
        best = max(best, offers["utility"][i])
    inside = np.zeros(N_NESTS)
    for i in range(n):
        e = math.exp((offers["utility"][i] - best) / nest_parameter)
        offers["probability"][i] = e
        inside[offers["nest"][i]] += e
    total = weigh_nests(inside, nest_parameter)
    for i in range(n):
        offers["probability"][i] *= inside[offers["nest"][i]] / total
    return best + math.log(total)


@njit(cache=True)
def pick(n, first, second, offers):
    """The offer drawn by two uniforms: the nest by the first, the offer in it by the second."""
    mass = 0.0
    chosen_nest, nest_mass = -1, 0.0
    for nest in range(N_NESTS):
        here = 0.0
        for i in range(n):
            if offers["nest"][i] == nest:
                here += offers["probability"][i]
        if here > 0.0:
            chosen_nest, nest_mass = nest, here
            mass += here
            if first < mass:
                break
    reached, chosen = 0.0, n - 1
    for i in range(n):
        if offers["nest"][i] == chosen_nest:
            reached += offers["probability"][i]
            chosen = i
            if second * nest_mass < reached:
                break
    return chosen


@njit(cache=True)
def _choose(
    quarter, seed, par, dom, nations, cells, pairs, lines, sellers, n_sellers, content_origin,
    content_reach, content_total, membership, desks, office,
    control, ask, view, offers, orders, stage_days, cases, counts, flow_route, flow_awarded, usa,
):  # fmt: skip
    p = par[0]
    for b in range(cells.shape[0]):
        looked = False
        for d in range(cells.shape[1]):
            if cells["open"][b, d] == 0:
                continue
            key, domain = nations["key"][b], cells["key"][b, d]
            cost = cells["volume"][b, d] * nations["price"][b]
            tied = 1 if nations["grant"][b] >= cost and b != usa else 0
            spare = nations["balance"][b]
            spare += p["forward_commitment_quarters"] * nations["income"][b]
            money = nations["grant"][b] if tied == 1 else spare
            if money <= 0.0:
                cells["deferred"][b, d] += 1
                continue
            if not looked:
                look(b, par, nations, pairs, membership, usa, view)
                looked = True
            restricted = uniform(seed, CHOICE, quarter, key, domain, 1)
            fms_only = 1 if restricted < dom["fms_only_share"][d] else 0
            describe(
                ask[0], b, d, cells["volume"][b, d], money, cells["need_level"][b, d],
                cells["need_place"][b, d], cells["urgent"][b, d], tied, cells["aspiration"][b, d],
                fms_only, par, dom,
                nations, cells, lines, desks,
            )  # fmt: skip
            n = consider(
                ask[0], par, dom, cells, lines, sellers, n_sellers, content_origin, content_reach,
                content_total, nations, office, control, view,
                offers, usa,
            )  # fmt: skip
            probabilities(n, p["nest_parameter"], offers)
            first, second = uniforms(seed, CHOICE, quarter, key, domain, 0)
            i = pick(n, first, second, offers)
            if offers["route"][i] == DEFER:
                cells["deferred"][b, d] += 1
                cells["aspiration"][b, d] *= 1.0 - p["aspiration_relaxation"]
                continue
            tie = uniform(seed, TIE, quarter, key, domain, 0)
            row = _award(
                quarter, p, nations, cells, lines, desks, offers[i], b, d, tied, tie,
                orders, stage_days, cases, counts,
            )  # fmt: skip
            if nations["is_buyer"][b] == 1 and cells["registered"][b, d] == 1:
                flow_route[quarter, 1, orders["route"][row]] += orders["volume"][row]
                if orders["supplier"][row] != b:
                    flow_awarded[quarter, orders["supplier"][row]] += orders["volume"][row]


@njit(cache=True, inline="always")
def _award(
    quarter, p, nations, cells, lines, desks, offer, b, d, tied, tie,
    orders, stage_days, cases, counts,
):  # fmt: skip
    row = counts[N_ORDERS]
    counts[N_ORDERS] += 1
    route, line = offer["route"], offer["line"]
    volume = cells["volume"][b, d]
    price = nations["price"][b] * math.exp(offer["ln_price"])
    from_us = nations["united_states"][offer["supplier"]] == 1 and offer["supplier"] != b
    worth = volume * nations["price"][b]
    days = administration_days(p, nations, desks, b, d, route, from_us, worth, cells.shape[1])
    orders["buyer"][row], orders["supplier"][row] = b, offer["supplier"]
    orders["line"][row], orders["domain"][row], orders["route"][row] = line, d, route
    orders["status"][row], orders["stage"][row] = IN_ADMINISTRATION, 0
    orders["tied"][row] = tied
    orders["address"][row] = quarter
    orders["requested"][row], orders["awarded"][row] = cells["opened"][b, d], quarter
    orders["contracted"][row], orders["first_delivery"][row] = -1, -1
    orders["completed"][row], orders["leaves_day"][row] = -1, -1
    orders["promised"][row] = quarter + math.ceil(days / DAYS_PER_QUARTER + offer["quoted"])
    day = quarter * DAYS_PER_QUARTER + int(tie * DAYS_PER_QUARTER)
    orders["arrived_day"][row], orders["request_day"][row] = day, day
    orders["tie"][row], orders["volume"][row], orders["delivered"][row] = tie, volume, 0.0
    orders["price_quoted"][row], orders["price"][row] = price, price
    orders["cost_quoted"][row] = lines["unit_cost"][line]
    for k in range(stage_days.shape[1]):
        stage_days[row, k] = 0
    cases[counts[N_CASES]] = row
    counts[N_CASES] += 1
    cost = volume * price
    nations["committed"][b] += cost
    if tied == 1:
        nations["grant"][b] -= cost
    else:
        nations["balance"][b] -= cost
    cells["open"][b, d] = 0
    cells["on_order"][b, d] += volume
    seen = 1.0
    if route == FMS:
        seen = p["pipeline_credibility"]
    elif route == DCS:
        seen = p["dcs_visibility"]
    elif route == LICENSED:
        seen = p["pipeline_credibility"]
    if orders["buyer"][row] == lines["location"][line]:
        lines["arrived_home"][line] += seen * volume
    else:
        lines["arrived_export"][line] += seen * volume
    return row
