"""Offer constants: the attractions that reproduce the seats of 2010-14.

The choice weights were estimated on supplier choices without prices, nests or home options, so
the constants by supplier and domain, of home industry, of licensed build, of direct commercial
sales and of deferral are inverted: repeated contraction (Berry, 1994) until expected choices
under the conditions of the start match the observed flows.  The United States is the reference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alliance_abm.choice import N_NESTS, weigh_nests
from alliance_abm.exogenous import Exogenous
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
from alliance_abm.offers import consider
from alliance_abm.quotes import quote_lines
from alliance_abm.searches import describe, look
from alliance_abm.state import State

Floats = NDArray[np.float64]

STEPS: Final = 60
AFFINITY_STEPS: Final = 25
STEP_SIZE: Final = 0.7
LARGEST_STEP: Final = 2.0
PLACES: Final = 3
CASES: Final = 3  # free choice, free without DCS, tied to U.S. goods
SMALLEST_SHARE: Final = 1e-4
ENOUGH: Final = 1e12  # money does not bind at the start

CHOICE_DTYPE: Final = np.dtype(
    [
        ("buyer", "i4"),
        ("domain", "i4"),
        ("first", "i4"),
        ("last", "i4"),
        ("volume", "f8"),  # a year
    ]
)
OPTION_DTYPE: Final = np.dtype(
    [("supplier", "i2"), ("route", "i1"), ("nest", "i1"), ("utility", "f8"), ("weight", "f8")]
)


@dataclass(frozen=True, slots=True)
class Start:
    """Choices that the flows of the start stand for, their options, and what they should give."""

    choices: NDArray[np.void]
    options: NDArray[np.void]
    flows: Floats  # (E, E, D)
    home: Floats  # (E, D)
    licensed: Floats  # (E,)
    seats: Floats  # (E, D)


def invert(
    state: State, outside: Exogenous, flows: Floats, home: Floats, licensed: Floats, seats: Floats
) -> None:
    """Write constants and affinities into ``state``.

    ``flows`` (E, E, D) and ``home`` (E, D) are yearly volumes at the start, ``licensed`` (E,) the
    share of each buyer's imports built at home under licence, ``seats`` (E, D) the volume each
    supplier is to sell.
    """
    choices, options = _gather(state, outside, flows.sum(axis=1) + home)
    start = Start(choices, options, flows, home, licensed, seats)
    _contract(state, outside, start, AFFINITY_STEPS)
    _set_affinity(state, outside, start)
    _contract(state, outside, start, STEPS)


def expected(state: State, outside: Exogenous, total: Floats) -> tuple[Floats, ...]:
    """Expected yearly volumes when cells ask for ``total`` (E, D) under the present offers.

    Returns by pair (E, E), by supplier and domain (E, D), from home (E, D), under licence by
    buyer (E,), and by route; deferred volume is in the last alone.
    """
    choices, options = _gather(state, outside, total)
    found = _empty(*total.shape)
    nests = np.zeros(N_NESTS)
    _add_up(state.par[0]["nest_parameter"], choices, options, nests, *found)
    return found


def _empty(n: int, m: int) -> tuple[Floats, ...]:
    return np.zeros((n, n)), np.zeros((n, m)), np.zeros((n, m)), np.zeros(n), np.zeros(N_ROUTES)


def _gather(
    state: State, outside: Exogenous, total: Floats
) -> tuple[NDArray[np.void], NDArray[np.void]]:
    s = state
    quote_lines(s)
    most = total.size * CASES * PLACES
    choices = np.zeros(most, CHOICE_DTYPE)
    options = np.zeros(most * len(s.offers), OPTION_DTYPE)
    counts = np.zeros(2, np.int64)
    _list_options(
        total, s.par, s.dom, s.nations, s.cells, s.pairs, s.lines, s.sellers, s.n_sellers,
        s.content_origin, s.content_reach, s.content_share, s.content_total,
        s.desks, s.office, outside.control, s.ask, s.view, s.offers, outside.usa,
        outside.tied_share, choices, options, counts,
    )  # fmt: skip
    return choices[: counts[0]], options[: counts[1]].copy()


@njit(cache=True)
def _list_options(
    total, par, dom, nations, cells, pairs, lines, sellers, n_sellers, content_origin,
    content_reach, content_share, content_total, desks, office,
    control, ask, view, offers, usa, tied_share, choices, options, counts,
):  # fmt: skip
    p = par[0]
    span = p["need_level_high"] - p["need_level_low"]
    for b in range(cells.shape[0]):
        held = look(b, par, nations, pairs, usa, view)
        for d in range(cells.shape[1]):
            restricted = dom["carve_out"][d] if b == usa else dom["fms_only_share"][d]
            for k in range(CASES * PLACES):
                fms_only, tied = k % CASES % 2, k % CASES // 2
                share = (restricted if fms_only == 1 else 1.0 - restricted) / PLACES
                share *= 1.0 - tied_share[b]
                if tied == 1:
                    share = tied_share[b] / PLACES
                if share * total[b, d] <= 0.0:
                    continue
                place = k // CASES
                level = p["need_level_low"] + span * ((place + 1) % PLACES + 0.5) / PLACES
                describe(
                    ask[0], b, d, cells["mean_lot"][b, d], ENOUGH, level,
                    (place + 0.5) / PLACES, 0, tied, p["aspiration"], 0,
                    fms_only, par, dom, nations, cells, lines, desks, office, held,
                )  # fmt: skip
                n = consider(
                    ask[0], par, dom, cells, lines, sellers, n_sellers, content_origin,
                    content_reach, content_share, content_total, office,
                    control, view, offers, usa,
                )  # fmt: skip
                _note(b, d, n, total[b, d] * share, offers, choices, options, counts)


@njit(cache=True)
def _note(b, d, n, volume, offers, choices, options, counts):
    row, first = counts[0], counts[1]
    choices["buyer"][row], choices["domain"][row] = b, d
    choices["first"][row], choices["last"][row] = first, first + n
    choices["volume"][row] = volume
    for i in range(n):
        options["supplier"][first + i] = offers["supplier"][i]
        options["route"][first + i] = offers["route"][i]
        options["nest"][first + i] = offers["nest"][i]
        options["utility"][first + i] = offers["utility"][i]
    counts[0] += 1
    counts[1] += n


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
    total = start.flows.sum(axis=1) + start.home
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
