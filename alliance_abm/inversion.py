"""Offer constants: the attractions that reproduce the seats of 2010-14.

The choice weights were estimated on supplier choices without prices, nests or home options, so
the constants by supplier and domain, of home industry, of licensed build, of direct commercial
sales and of deferral are inverted: repeated contraction (Berry, 1994) until expected choices
under the conditions of the start match the observed flows.  The United States is the reference.
Where home industry cannot be considered often enough to win what it won, no constant would do:
what it is to win is bounded (decision 0024).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alliance_abm.choice import N_NESTS, weigh_nests
from alliance_abm.exogenous import Exogenous
from alliance_abm.first_choices import considered_at_home, gather
from alliance_abm.kernels import njit
from alliance_abm.layout import (
    DCS,
    DEFER,
    DEVELOP,
    DOMESTIC,
    FMS,
    LICENSED,
    N_ROUTES,
)
from alliance_abm.state import State

Floats = NDArray[np.float64]

STEPS: Final = 60
AFFINITY_STEPS: Final = 25
STEP_SIZE: Final = 0.7
LARGEST_STEP: Final = 2.0
SMALLEST_SHARE: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Start:
    """Choices that the flows of the start stand for, their options, and what they should give."""

    choices: NDArray[np.void]
    options: NDArray[np.void]
    flows: Floats  # (E, E, D)
    total: Floats  # (E, D), imports and home
    home: Floats  # (E, D)
    licensed: Floats  # (E,)
    seats: Floats  # (E, D)


def invert(
    state: State, outside: Exogenous, flows: Floats, home: Floats, licensed: Floats, seats: Floats
) -> NDArray[np.bool_]:
    """Write constants and affinities into ``state``; returns where home industry is considered.

    ``flows`` (E, E, D) and ``home`` (E, D) are yearly volumes at the start, ``licensed`` (E,) the
    share of each buyer's imports built at home under licence, ``seats`` (E, D) the volume each
    supplier is to sell.  The constant of home industry is 0 in cells (E, D) where no choice
    considers it.
    """
    total = flows.sum(axis=1) + home
    choices, options = gather(state, outside, total)
    to_win, considered = _home_to_win(state.par[0], choices, options, total, home)
    start = Start(choices, options, flows, total, to_win, licensed, seats)
    _contract(state, outside, start, AFFINITY_STEPS)
    _set_affinity(state, outside, start)
    _contract(state, outside, start, STEPS)
    state.cells["home_constant"][~considered] = 0.0
    return considered


def _home_to_win(
    p: np.void, choices: NDArray[np.void], options: NDArray[np.void], total: Floats, home: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Home volume (E, D) that choices can give, and where home industry is considered at all.

    Of the choices in which it is considered, home industry wins ``largest_home_part`` at most,
    or what it won of all of them where that is more.
    """
    asked = considered_at_home(choices, options, total.shape)
    share = np.where(total > 0.0, home / np.maximum(total, 1e-9), 0.0)
    most = np.maximum(share, p["largest_home_part"]) * asked
    return np.minimum(home, most), asked > 0.0


def expected(state: State, outside: Exogenous, total: Floats) -> tuple[Floats, ...]:
    """Expected yearly volumes when cells ask for ``total`` (E, D) under the present offers.

    Returns by pair (E, E), by supplier and domain (E, D), from home (E, D), under licence by
    buyer (E,), and by route; deferred volume is in the last alone.
    """
    choices, options = gather(state, outside, total)
    found = _empty(*total.shape)
    nests = np.zeros(N_NESTS)
    _add_up(state.par[0]["nest_parameter"], choices, options, nests, *found)
    return found


def _empty(n: int, m: int) -> tuple[Floats, ...]:
    return np.zeros((n, n)), np.zeros((n, m)), np.zeros((n, m)), np.zeros(n), np.zeros(N_ROUTES)


@njit(cache=True)
def _add_up(
    nest_parameter, choices, options, inside, by_pair, by_seat, by_home, by_licence, routes
):
    """Add expected volumes: nested-logit shares, deferral spread over what is bought."""
    for row in range(len(choices)):
        b, d = choices["buyer"][row], choices["domain"][row]
        first, last = choices["first"][row], choices["last"][row]
        best = -1e300
        for i in range(first, last):
            best = max(best, options["utility"][i])
        inside[:] = 0.0
        for i in range(first, last):
            e = math.exp((options["utility"][i] - best) / nest_parameter)
            options["weight"][i] = e
            inside[options["nest"][i]] += e
        total = weigh_nests(inside, nest_parameter)
        deferred = options["weight"][last - 1] * inside[options["nest"][last - 1]] / total
        bought = choices["volume"][row] / max(1.0 - deferred, 1e-9) / total
        routes[DEFER] += choices["volume"][row] * deferred
        for i in range(first, last - 1):
            volume = bought * options["weight"][i] * inside[options["nest"][i]]
            route, s = options["route"][i], options["supplier"][i]
            routes[route] += volume * (1.0 - deferred)
            if route == DOMESTIC or route == DEVELOP:
                by_home[b, d] += volume
                continue
            by_pair[b, s] += volume
            by_seat[s, d] += volume
            if route == LICENSED:
                by_licence[b] += volume


def _contract(state: State, outside: Exogenous, start: Start, steps: int) -> None:
    s, p = state, state.par[0]
    total = start.total
    reference = np.arange(len(total)) == outside.usa
    wanted_home = _logit(start.home / np.maximum(total, 1e-9))
    wanted_licence = _logit(start.licensed)
    nests = np.zeros(N_NESTS)
    for _ in range(steps):
        found = _empty(*total.shape)
        _add_up(p["nest_parameter"], start.choices, start.options, nests, *found)
        by_pair, by_seat, by_home, by_licence, routes = found
        offer = _step(_ln_ratio(start.seats, by_seat))
        offer[reference] = 0.0
        home = _step(wanted_home - _logit(by_home / np.maximum(total, 1e-9)))
        got = _logit(by_licence / np.maximum(by_pair.sum(axis=1), 1e-9))
        licence = _step(wanted_licence - got)
        dcs = _step(
            _logit(1.0 - p["fms_share_of_us"])
            - _logit(routes[DCS] / max(routes[FMS] + routes[DCS], 1e-9))
        )
        defer = _step(_logit(p["deferral_share"]) - _logit(routes[DEFER] / routes.sum()))
        s.cells["offer_constant"] += offer
        s.cells["home_constant"] += home
        s.nations["local_constant"] += licence
        s.office["dcs_constant"] += dcs
        s.office["defer_constant"] += defer
        _move(start.choices, start.options, offer, home, licence, float(dcs), float(defer))


@njit(cache=True)
def _move(choices, options, offer, home, licence, dcs, defer):
    """Add the change of the constants to the options' utilities."""
    for row in range(len(choices)):
        b, d = choices["buyer"][row], choices["domain"][row]
        for i in range(choices["first"][row], choices["last"][row]):
            route = options["route"][i]
            if route == DEFER:
                options["utility"][i] += defer
            elif route == DOMESTIC or route == DEVELOP:
                options["utility"][i] += home[b, d]
            else:
                options["utility"][i] += offer[options["supplier"][i], d]
                if route == LICENSED:
                    options["utility"][i] += licence[b]
                elif route == DCS:
                    options["utility"][i] += dcs


@njit(cache=True)
def _move_pairs(choices, options, affinity):
    for row in range(len(choices)):
        b = choices["buyer"][row]
        for i in range(choices["first"][row], choices["last"][row]):
            route = options["route"][i]
            if route != DEFER and route != DOMESTIC and route != DEVELOP:
                options["utility"][i] += affinity[b, options["supplier"][i]]


def _step(change: Floats) -> Floats:
    return np.asarray(np.clip(STEP_SIZE * change, -LARGEST_STEP, LARGEST_STEP))


def _logit(share: Floats | float) -> Floats:
    clipped = np.clip(share, SMALLEST_SHARE, 1.0 - SMALLEST_SHARE)
    return np.asarray(np.log(clipped / (1.0 - clipped)))


def _ln_ratio(target: Floats, got: Floats) -> Floats:
    known = (target > 0.0) & (got > 0.0)
    ratio = np.ones_like(target)
    ratio[known] = target[known] / got[known]
    return np.asarray(np.log(ratio))


def _set_affinity(state: State, outside: Exogenous, start: Start) -> None:
    """Keep a share of what the constants leave unexplained between pairs, bounded."""
    p = state.par[0]
    observed = start.flows.sum(axis=2)
    volume = observed.sum(axis=1, keepdims=True)
    found = _empty(*start.home.shape)
    nests = np.zeros(N_NESTS)
    _add_up(p["nest_parameter"], start.choices, start.options, nests, *found)
    got = found[0] * volume / np.maximum(found[0].sum(axis=1, keepdims=True), 1e-9)
    prior = p["habit_prior_volume"] * 4.0 / p["habit_quarters"]
    world = observed.sum(axis=0) / observed.sum()
    weight = volume / (volume + prior)
    smooth = weight * observed + (1.0 - weight) * world * volume
    ratio = np.log(np.maximum(smooth, 1e-9) / np.maximum(got, 1e-9))
    affinity = p["affinity_share"] * np.clip(ratio, -p["affinity_cap"], p["affinity_cap"])
    affinity[got <= 0.0] = 0.0
    state.pairs["affinity"] = affinity
    _move_pairs(start.choices, start.options, affinity)
