"""Tiers: whom the United States trusts, on what terms, and what the others make of it.

Each buyer has a score: formal standing and alignment, less what it holds of competitors' arms;
protection of technology; capability; threats it shares with the United States.  The score as
screened errs by a number drawn once for each nation.  Members of the trusted circle are those of
a scripted partnership and, while there are further seats, the best screened buyers above the
threshold, once certified.  Members whose true score or protection stays too low lose their seat,
and an incident may suspend the status.  What membership gives is release in domains that are not
too sensitive, and technology beyond products, which is what it risks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from alliance_abm.draws import SCREENING, normal
from alliance_abm.kernels import njit
from alliance_abm.release import set_policy, set_terms
from alliance_abm.state import State

if TYPE_CHECKING:
    from alliance_abm.exogenous import Exogenous

RESENTMENTS: Final = ("partner_resentment", "outsider_resentment", "exclusion_resentment")


def convene(state: State, outside: Exogenous, turned: bool) -> None:
    """Each quarter: seats, certification, terms of release and resentment, where any changes.

    ``turned`` says that scripted events or levers changed something this quarter.
    """
    s = state
    busy = s.par["club_seats"][0] > 0.0 or s.office["seats_taken"][0] > 0
    if turned or busy:
        _fill_seats(s.quarter, s.par, s.nations, s.office)
        _certify(s.quarter, s.par, s.nations)
        _resent(s.par, s.nations)
        set_policy(s.par, s.nations, s.pairs, outside.usa)
        set_terms(s.par, s.dom, s.nations, s.cells, s.pairs, outside.usa)


def review(state: State, outside: Exogenous) -> None:
    """At the end of a year: scores, members who lose their seat, terms of the next year."""
    s = state
    score(state, outside)
    _lose_seats(s.quarter, s.par, s.nations, s.office)
    _certify(s.quarter, s.par, s.nations)
    _resent(s.par, s.nations)
    set_policy(s.par, s.nations, s.pairs, outside.usa)
    set_terms(s.par, s.dom, s.nations, s.cells, s.pairs, outside.usa)


def begin(state: State, outside: Exogenous) -> None:
    """What the screening of each buyer errs by, drawn once a run, and the first scores."""
    _misread(state.seed, state.nations)
    score(state, outside)


def score(state: State, outside: Exogenous) -> None:
    """Score every buyer, and what the screening makes of it."""
    _score(state.par, state.nations, state.cells, state.pairs, outside.usa)


@njit(cache=True)
def _misread(seed, nations):
    for b in range(len(nations)):
        if nations["is_buyer"][b] == 1:
            nations["misread"][b] = normal(seed, SCREENING, 0, nations["key"][b], 0, 0)


@njit(cache=True)
def _score(par, nations, cells, pairs, usa):
    p, m = par[0], cells.shape[1]
    weights = p["score_alignment"] + p["score_protection"]
    weights = max(weights + p["score_capability"] + p["score_threat"], 1e-9)
    for b in range(len(nations)):
        if nations["is_buyer"][b] == 0:
            continue
        capability, threat = 0.0, 0.0
        for d in range(m):
            capability += cells["competence"][b, d] / m
            threat += min(cells["threat"][b, d], cells["threat"][usa, d]) / m
        value = p["score_alignment"] * aligned(p, nations, pairs, b, usa)
        value += p["score_protection"] * nations["protection"][b]
        value += p["score_capability"] * capability + p["score_threat"] * threat
        nations["score"][b] = value / weights
        error = p["screening_error"] * nations["misread"][b]
        nations["screened"][b] = nations["score"][b] + error


@njit(cache=True, inline="always")
def aligned(p, nations, pairs, b, usa):
    """Alignment of a buyer with the United States, 0-1."""
    level = p["standing_partner"]
    if nations["tier"][b] == 1:
        level = p["standing_tier_one"]
    elif nations["us_ally"][b] == 1:
        level = p["standing_ally"]
    level += pairs["alignment"][b, usa] - nations["resentment"][b]
    for s in range(len(nations)):
        if nations["competitor"][s] == 1:
            level -= p["competitor_arms_penalty"] * pairs["exposed"][b, s]
    return min(max(level, 0.0), 1.0)


@njit(cache=True, inline="always")
def eligible(quarter, p, nations, b):
    """Whether a buyer, as screened, may have a seat."""
    if nations["is_buyer"][b] == 0 or quarter < nations["barred_until"][b]:
        return False
    worthy = nations["screened"][b] >= p["alignment_threshold"]
    return worthy and nations["protection"][b] >= p["trusted_protection"]


@njit(cache=True)
def _fill_seats(quarter, par, nations, office):
    """Give free seats to the best screened buyers; take the lowest when there are too many."""
    p = par[0]
    taken = 0
    for b in range(len(nations)):
        if nations["treaty"][b] == 1:
            nations["seat"][b] = 0
        taken += 1 if nations["seat"][b] > 0 else 0
    seats = int(p["club_seats"])
    while taken != seats:
        adds, found = taken < seats, -1
        for b in range(len(nations)):
            fits = nations["seat"][b] > 0
            if adds:
                fits = not fits and nations["treaty"][b] == 0 and eligible(quarter, p, nations, b)
            if fits and (found < 0 or _before(nations, b, found) == adds):
                found = b
        if found < 0:
            break
        nations["seat"][found] = quarter + 1 if adds else 0
        nations["years_below"][found] = 0
        taken += 1 if adds else -1
    office["seats_taken"][0] = taken


@njit(cache=True, inline="always")
def _before(nations, one, other):
    """Whether one nation is screened as better than another; keys decide between equals."""
    if nations["screened"][one] != nations["screened"][other]:
        return nations["screened"][one] > nations["screened"][other]
    return nations["key"][one] < nations["key"][other]


@njit(cache=True)
def _certify(quarter, par, nations):
    """Who is trusted this quarter: certified or by treaty, and not barred."""
    p = par[0]
    for b in range(len(nations)):
        ready = nations["seat"][b] - 1 + p["certification_quarters"]
        certified = nations["seat"][b] > 0 and quarter >= ready
        member = certified or nations["treaty"][b] == 1
        nations["trusted"][b] = 1 if member and quarter >= nations["barred_until"][b] else 0


@njit(cache=True)
def _lose_seats(quarter, par, nations, office):
    """Members whose true score or protection stays too low lose seat or status for some years."""
    p = par[0]
    for b in range(len(nations)):
        if nations["seat"][b] == 0 and nations["treaty"][b] == 0:
            continue
        low = nations["score"][b] < p["alignment_threshold"]
        low = low or nations["protection"][b] < p["trusted_protection"]
        nations["years_below"][b] = nations["years_below"][b] + 1 if low else 0
        if nations["years_below"][b] > p["grace_years"]:
            expel(quarter, p, nations, office, b)


@njit(cache=True, inline="always")
def expel(quarter, p, nations, office, b):
    """Take a member's seat, and bar it for some years."""
    if nations["seat"][b] > 0:
        nations["seat"][b] = 0
        office["seats_taken"][0] -= 1
    nations["years_below"][b] = 0
    nations["barred_until"][b] = quarter + 1 + int(4.0 * p["barred_years"])


@njit(cache=True)
def _resent(par, nations):
    """Alignment with the United States that each buyer loses to policies that offend it."""
    p = par[0]
    for b in range(len(nations)):
        nations["resentment"][b] = 0.0
        if nations["is_buyer"][b] == 0:
            continue
        lost = p["partner_resentment"]
        inside = nations["treaty"][b] == 1 or nations["seat"][b] > 0
        if nations["us_ally"][b] == 1 and not inside:
            lost += p["outsider_resentment"]
        if nations["screened"][b] < p["alignment_threshold"]:
            lost += p["exclusion_resentment"]
        nations["resentment"][b] = lost


def members(state: State) -> np.ndarray:
    """Rows of the entities that are trusted now."""
    return np.flatnonzero(state.nations["trusted"] == 1)
