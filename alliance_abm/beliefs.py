"""Beliefs: each buyer's reliability, release and lead-time experience of each supplier.

Reliability estimates a rate, the share of deliveries as promised, so that volume alone does not
raise it; release is what was granted and refused; slip is lateness against what was quoted.
Experience fades: reliability towards the record of all suppliers together, release and slip
towards where they started.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from alliance_abm.draws import SUPPORT, uniform
from alliance_abm.kernels import njit
from alliance_abm.layout import DCS, GRANTED, LICENSED, N_DONE, N_NEWS, REFUSED
from alliance_abm.state import State

if TYPE_CHECKING:
    from alliance_abm.exogenous import Exogenous


def update(state: State, outside: Exogenous) -> None:
    """Take in what happened this quarter to oneself and to one's ties; let old experience fade."""
    s = state
    _update(
        s.seed, s.par, s.nations, s.cells, s.pairs, s.orders, s.done, s.news, s.counts, s.office,
        outside.ties,
    )  # fmt: skip


@njit(cache=True)
def _update(seed, par, nations, cells, pairs, orders, done, news, counts, office, ties):
    _see_deliveries(seed, par, nations, cells, pairs, orders, done, counts, office, ties)
    _hear_news(par, pairs, news, counts, ties)
    _feel_suspensions(par, pairs, ties)
    _fade(par, nations, pairs, office)
    _remember_flows(par, nations, cells, pairs)


@njit(cache=True, inline="always")
def _believe(belief, b, s, size, ties, p):
    """Add evidence of supplier ``s`` to buyer ``b``'s belief, and part of it to those tied to it.

    ``ties`` (E, E) holds, row by row, the weight of each other nation's experience; rows sum to 1.
    """
    size *= p["experience_share"]
    belief[b, s] += size
    if p["spill_over_weight"] > 0.0:
        for j in range(len(ties)):
            if j != s:
                belief[j, s] += p["spill_over_weight"] * ties[j, b] * size


@njit(cache=True)
def _see_deliveries(seed, par, nations, cells, pairs, orders, done, counts, office, ties):
    p = par[0]
    for at in range(counts[N_DONE]):
        row = done[at]
        b, s = orders["buyer"][row], orders["supplier"][row]
        if b == s or orders["initial"][row] == 1:
            continue
        support = p["support_kept"]
        if orders["route"][row] == DCS or orders["route"][row] == LICENSED:
            support -= p["support_without_package"] * (1.0 - nations["acquisition_competence"][b])
        d, part = orders["domain"][row], orders["part"][row]
        key, domain = nations["key"][b], cells["key"][b, d]
        u = uniform(seed, SUPPORT, orders["address"][row], key, domain, part)
        dearer = orders["price"][row] > orders["price_quoted"][row] * (1.0 + p["price_tolerance"])
        pushed = orders["displaced"][row] > p["displacement_tolerance_quarters"]
        if u < support and not dearer and not pushed:
            _believe(pairs["kept"], b, s, 1.0, ties, p)
            office["public_kept"][0] += 1.0
        else:
            _believe(pairs["broken"], b, s, p["bad_news_weight"], ties, p)
            office["public_broken"][0] += p["bad_news_weight"]


@njit(cache=True)
def _hear_news(par, pairs, news, counts, ties):
    """Release granted or refused, and lateness against what was quoted."""
    p = par[0]
    for at in range(counts[N_NEWS]):
        b, s, size = news["buyer"][at], news["supplier"][at], news["size"][at]
        if news["kind"][at] == GRANTED:
            _believe(pairs["release_granted"], b, s, size, ties, p)
        elif news["kind"][at] == REFUSED:
            _believe(pairs["release_refused"], b, s, size, ties, p)
        else:
            weight = p["experience_share"] * p["slip_weight"]
            pairs["slip"][b, s] += weight * (size - pairs["slip"][b, s])
            if p["spill_over_weight"] > 0.0:
                weight *= p["spill_over_weight"]
                for j in range(len(ties)):
                    if j != s:
                        pairs["slip"][j, s] += weight * ties[j, b] * (size - pairs["slip"][j, s])
    counts[N_NEWS] = 0


@njit(cache=True)
def _feel_suspensions(par, pairs, ties):
    p = par[0]
    for b in range(len(ties)):
        for s in range(len(ties)):
            if pairs["suspended"][b, s] > 0.0:
                size = pairs["suspended"][b, s] * p["suspension_evidence_per_quarter"]
                _believe(pairs["release_refused"], b, s, size, ties, p)
            elif pairs["removed"][b, s] != 0:
                size = p["suspension_evidence_per_quarter"]
                _believe(pairs["release_refused"], b, s, size, ties, p)


@njit(cache=True)
def _fade(par, nations, pairs, office):
    p = par[0]
    keep = 1.0 - p["belief_forgetting_per_quarter"]
    public = office["public_kept"][0] / (office["public_kept"][0] + office["public_broken"][0])
    office["public_kept"][0] *= keep
    office["public_broken"][0] *= keep
    strength = p["belief_strength"]
    if p["experience_share"] == 0.0:
        return
    for b in range(len(nations)):
        for s in range(len(nations)):
            if b == s:
                continue
            kept, broken = pairs["kept"][b, s], pairs["broken"][b, s]
            pairs["kept"][b, s] = strength * public + keep * (kept - strength * public)
            rest = strength * (1.0 - public)
            pairs["broken"][b, s] = rest + keep * (broken - rest)
            start = strength * pairs["release_start"][b, s]
            granted, refused = pairs["release_granted"][b, s], pairs["release_refused"][b, s]
            pairs["release_granted"][b, s] = start + keep * (granted - start)
            start = strength - start
            pairs["release_refused"][b, s] = start + keep * (refused - start)
            pairs["slip"][b, s] *= keep


@njit(cache=True)
def _remember_flows(par, nations, cells, pairs):
    """Let deliveries fade from habit (seven years) and from market presence (ten years)."""
    p = par[0]
    seven = 1.0 - 1.0 / p["habit_quarters"]
    ten = 1.0 - 1.0 / p["presence_quarters"]
    n = len(nations)
    for b in range(n):
        for d in range(cells.shape[1]):
            cells["world_delivered"][b, d] *= ten
            cells["home_delivered"][b, d] *= seven
            cells["all_delivered"][b, d] *= seven
        total = 0.0
        for s in range(n):
            pairs["delivered"][b, s] *= seven
            total += pairs["delivered"][b, s]
        nations["delivered"][b] = total
    for d in range(cells.shape[1]):
        world = 0.0
        for s in range(n):
            world += cells["world_delivered"][s, d]
        for s in range(n):
            share = cells["world_delivered"][s, d] / max(world, 1e-9)
            cells["presence"][s, d] = p["weight_presence"] * math.log(share + p["presence_floor"])
