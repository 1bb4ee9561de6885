"""Offer constants: the attractions that reproduce the seats of 2010-14.

The choice weights were estimated on supplier choices without prices, nests or home options, so
the constants by supplier and domain, of home industry, of licensed build, of direct commercial
sales and of deferral are inverted: repeated contraction (Berry, 1994) until expected choices
under the conditions of the start match the observed flows.  The United States is the reference.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from alliance_abm.choice import probabilities
from alliance_abm.exogenous import Exogenous
from alliance_abm.offers import consider, describe, look
from alliance_abm.state import DCS, DEFER, DOMESTIC, FMS, LICENSED, State

Floats = NDArray[np.float64]

STEPS = 45
AFFINITY_STEPS = 20
STEP_SIZE = 0.7
PLACES = 4
SMALLEST_SHARE = 1e-4
SMALLEST_AFFINITY_FLOW = 10.0  # volume a year below which a buyer keeps no affinity


def invert(
    state: State, outside: Exogenous, flows: Floats, home: Floats, licensed: Floats, seats: Floats
) -> None:
    """Write constants and affinities into ``state``.

    ``flows`` (E, E, D) and ``home`` (E, D) are yearly volumes at the start, ``licensed`` (E,) the
    share of each buyer's imports built at home under licence, ``seats`` (E, D) the volume each
    supplier is to sell.
    """
    _contract(state, outside, flows, home, licensed, seats, AFFINITY_STEPS)
    _set_affinity(state, outside, flows, home)
    _contract(state, outside, flows, home, licensed, seats, STEPS)


def _contract(
    state: State,
    outside: Exogenous,
    flows: Floats,
    home: Floats,
    licensed: Floats,
    seats: Floats,
    steps: int,
) -> None:
    s, p = state, state.par[0]
    imports = flows.sum(axis=1)
    total = imports + home
    for _ in range(steps):
        by_pair, by_seat, by_home, by_licence, routes = expected(state, outside, total)
        us = np.arange(len(seats)) == outside.usa
        change = STEP_SIZE * _ln_ratio(seats, by_seat)
        change[us] = 0.0
        s.cells["offer_constant"] += np.clip(change, -2.0, 2.0)
        home_share = home / np.maximum(total, 1e-9)
        s.cells["home_constant"] += np.clip(
            STEP_SIZE * (_logit(home_share) - _logit(by_home / np.maximum(total, 1e-9))), -2.0, 2.0
        )
        got = by_licence / np.maximum(by_pair.sum(axis=1), 1e-9)
        s.nations["local_constant"] += np.clip(
            STEP_SIZE * (_logit(licensed) - _logit(got)), -2.0, 2.0
        )
        fms, dcs, deferred = routes[FMS], routes[DCS], routes[DEFER]
        wanted = p["fms_share_of_us"]
        s.office["dcs_constant"] += STEP_SIZE * (
            _logit(1.0 - wanted) - _logit(dcs / max(fms + dcs, 1e-9))
        )
        s.office["defer_constant"] += STEP_SIZE * (
            _logit(p["deferral_share"]) - _logit(deferred / max(routes.sum(), 1e-9))
        )


def _logit(share: Floats | float) -> Floats:
    clipped = np.clip(share, SMALLEST_SHARE, 1.0 - SMALLEST_SHARE)
    return np.asarray(np.log(clipped / (1.0 - clipped)))


def _ln_ratio(target: Floats, got: Floats) -> Floats:
    known = (target > 0.0) & (got > 0.0)
    ratio = np.ones_like(target)
    ratio[known] = target[known] / got[known]
    return np.asarray(np.log(ratio))


def _set_affinity(state: State, outside: Exogenous, flows: Floats, home: Floats) -> None:
    """Keep a share of what the constants leave unexplained between pairs, bounded."""
    p = state.par[0]
    observed = flows.sum(axis=2)
    volume = observed.sum(axis=1, keepdims=True)
    got = expected(state, outside, flows.sum(axis=1) + home)[0]
    got *= volume / np.maximum(got.sum(axis=1, keepdims=True), 1e-9)
    prior = p["habit_prior_volume"] / 7.0
    world = observed.sum(axis=0) / observed.sum()
    weight = volume / (volume + prior)
    smooth = weight * observed + (1.0 - weight) * world * volume
    ratio = np.log(np.maximum(smooth, 1e-9) / np.maximum(got, 1e-9))
    affinity = p["affinity_share"] * np.clip(ratio, -p["affinity_cap"], p["affinity_cap"])
    affinity[got <= 0.0] = 0.0
    state.pairs["affinity"] = affinity


def expected(
    state: State, outside: Exogenous, total: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Expected yearly volumes when cells ask for ``total`` (E, D) under the present offers.

    Returns by pair (E, E), by supplier and domain (E, D), from home (E, D), under licence by
    buyer (E,), and by route; deferred volume is in the last alone.
    """
    n, m = total.shape
    out = (np.zeros((n, n)), np.zeros((n, m)), np.zeros((n, m)), np.zeros(n), np.zeros(9))
    s = state
    _expected(
        total, s.par, s.dom, outside.order, s.nations, s.cells, s.pairs, s.lines,
        s.content_origin, s.content_reach, s.content_total, s.membership, s.desks, s.office,
        outside.control, s.ask, s.view, s.offers, outside.usa, outside.tied_share, *out,
    )  # fmt: skip
    return out


@njit(cache=True)
def _expected(
    total, par, dom, order, nations, cells, pairs, lines, content_origin, content_reach,
    content_total, membership, desks, office, control, ask, view, offers, usa, tied_share,
    by_pair, by_seat, by_home, by_licence, routes,
):  # fmt: skip
    p = par[0]
    middle = 0.5 * (p["need_level_low"] + p["need_level_high"])
    for b in range(cells.shape[0]):
        look(b, par, nations, pairs, usa, view)
        for d in range(cells.shape[1]):
            if total[b, d] <= 0.0:
                continue
            restricted = dom["fms_only_share"][d]
            for k in range(3 * PLACES):
                fms_only, tied = k % 3 % 2, k % 3 // 2
                share = (restricted if fms_only == 1 else 1.0 - restricted) / PLACES
                share *= 1.0 - tied_share[b]
                if tied == 1:
                    share = tied_share[b] / PLACES
                if share <= 0.0:
                    continue
                describe(
                    ask[0], b, d, middle, (k // 3 + 0.5) / PLACES, 0, tied, p["aspiration"],
                    fms_only, par, dom, nations, cells, lines, desks,
                )  # fmt: skip
                n = consider(
                    ask[0], par, dom, order, nations, cells, pairs, lines, content_origin,
                    content_reach, content_total, membership, office, control, view, offers, usa,
                )  # fmt: skip
                probabilities(n, p["nest_parameter"], offers)
                kept = 1.0 - offers["probability"][n - 1]
                for i in range(n):
                    route = offers["route"][i]
                    volume = total[b, d] * share * offers["probability"][i]
                    routes[route] += volume
                    if route == DEFER:
                        continue
                    volume /= max(kept, 1e-9)
                    if route == DOMESTIC:
                        by_home[b, d] += volume
                    else:
                        s = offers["supplier"][i]
                        by_pair[b, s] += volume
                        by_seat[s, d] += volume
                        if route == LICENSED:
                            by_licence[b] += volume


def fit_of_start(got: Floats, seats: Floats) -> float:
    """Largest absolute ln ratio of expected to observed seats, over seats that sell."""
    known = (seats > 0.0) & (got > 0.0)
    return float(np.max(np.abs(np.log(got[known] / seats[known])))) if known.any() else math.inf
