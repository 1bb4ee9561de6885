"""Beliefs: each buyer's reliability, release and lead-time experience of each supplier.

Reliability estimates a rate, the share of deliveries as promised, so that volume alone does not
raise it; release is what was granted and refused; slip is lateness against what was quoted.
Experience fades: reliability towards the record of all suppliers together, release and slip
towards where they started.
"""

from __future__ import annotations

import math

from numba import njit

from alliance_abm.draws import SUPPORT, uniform
from alliance_abm.layout import DCS, LICENSED, N_DONE
from alliance_abm.state import State


def update(state: State) -> None:
    """Take in the deliveries completed and the suspensions felt this quarter; let old ones fade."""
    s = state
    _see_deliveries(
        s.seed, s.par, s.nations, s.cells, s.pairs, s.orders, s.done, s.counts, s.office
    )
    _fade(s.par, s.nations, s.pairs, s.office)
    _remember_flows(s.par, s.nations, s.cells, s.pairs)


@njit(cache=True)
def _see_deliveries(seed, par, nations, cells, pairs, orders, done, counts, office):
    p = par[0]
    for at in range(counts[N_DONE]):
        row = done[at]
        b, s = orders["buyer"][row], orders["supplier"][row]
        if b == s or orders["initial"][row] == 1:
            continue
        support = p["support_kept"]
        if orders["route"][row] == DCS or orders["route"][row] == LICENSED:
            support -= p["support_without_package"] * (1.0 - nations["acquisition_competence"][b])
        d = orders["domain"][row]
        u = uniform(seed, SUPPORT, orders["address"][row], nations["key"][b], cells["key"][b, d], 0)
        dearer = orders["price"][row] > orders["price_quoted"][row] * (1.0 + p["price_tolerance"])
        pushed = orders["displaced"][row] > p["displacement_tolerance_quarters"]
        if u < support and not dearer and not pushed:
            pairs["kept"][b, s] += 1.0
            office["public_kept"][0] += 1.0
        else:
            pairs["broken"][b, s] += p["bad_news_weight"]
            office["public_broken"][0] += p["bad_news_weight"]


@njit(cache=True)
def _fade(par, nations, pairs, office):
    p = par[0]
    keep = 1.0 - p["belief_forgetting_per_quarter"]
    public = office["public_kept"][0] / (office["public_kept"][0] + office["public_broken"][0])
    office["public_kept"][0] *= keep
    office["public_broken"][0] *= keep
    strength = p["belief_strength"]
    for b in range(len(nations)):
        for s in range(len(nations)):
            if b == s:
                continue
            kept, broken = pairs["kept"][b, s], pairs["broken"][b, s]
            pairs["kept"][b, s] = strength * public + keep * (kept - strength * public)
            rest = strength * (1.0 - public)
            pairs["broken"][b, s] = rest + keep * (broken - rest)
            start = strength * pairs["release_start"][b, s]
            granted = pairs["release_granted"][b, s]
            pairs["release_granted"][b, s] = start + keep * (granted - start)
            start = strength - start
            refused = pairs["release_refused"][b, s]
            refused += pairs["suspended"][b, s] * p["suspension_evidence_per_quarter"]
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
        total, square = 0.0, 0.0
        for s in range(n):
            pairs["delivered"][b, s] *= seven
            total += pairs["delivered"][b, s]
            square += pairs["delivered"][b, s] * pairs["delivered"][b, s]
        nations["delivered"][b] = total
        nations["concentration"][b] = square / max(total * total, 1e-9)
    for d in range(cells.shape[1]):
        world = 0.0
        for s in range(n):
            world += cells["world_delivered"][s, d]
        for s in range(n):
            share = cells["world_delivered"][s, d] / max(world, 1e-9)
            cells["presence"][s, d] = p["weight_presence"] * math.log(share + p["presence_floor"])
