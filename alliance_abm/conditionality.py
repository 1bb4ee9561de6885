"""Conditionality: suppliers that suspend deliveries to a buyer for a while, drawn by chance.

Any supplier may do so, the less the closer the two are, and only where the buyer's stock depends
on it.  What holds is the larger of such a suspension and a scripted one; beliefs hear of both
in the same way.  Before the first year drawn, scripted events stand for what happened.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from alliance_abm.draws import CONDITION, uniform, uniforms
from alliance_abm.kernels import njit
from alliance_abm.quarters import FIRST_YEAR, QUARTERS_A_YEAR
from alliance_abm.state import State

if TYPE_CHECKING:
    from alliance_abm.exogenous import Exogenous


def decide(state: State, outside: Exogenous) -> None:
    """At the end of a year, draw the suspensions that begin in the next one."""
    s = state
    if s.quarter // QUARTERS_A_YEAR + 1 + FIRST_YEAR < s.par["drawn_from_year"][0]:
        return
    _decide(s.seed, s.quarter, s.par, s.nations, s.pairs, s.office, outside.allied)


def impose(state: State, turned: bool) -> None:
    """Hold what drawn suspensions hold, beside the script; let those that are over go.

    ``turned`` says that the script has just been written anew.
    """
    state.office["conditions_begun"] = 0
    if state.office["conditions"][0] > 0:
        _impose(state.quarter, state.pairs, state.office, turned)


@njit(cache=True, inline="always")
def base_hazard(p, nations, s):
    """Suspensions a pair-year by a supplier from a buyer that is not close to it at all."""
    if nations["united_states"][s] == 1:
        return p["conditionality_united_states"]
    if nations["competitor"][s] == 1:
        return p["conditionality_competitor"]
    return p["conditionality_third_party"]


@njit(cache=True, inline="always")
def closeness(p, nations, pairs, allied, b, s):
    """How close buyer and supplier are (0-1): allied or not, moved by alignment."""
    level = p["closeness_ally"] if allied[b, s] > 0.0 else p["closeness_other"]
    level += pairs["alignment"][b, s]
    if nations["united_states"][s] == 1:
        level -= nations["resentment"][b]
    return min(max(level, 0.0), 1.0)


@njit(cache=True)
def _decide(seed, quarter, par, nations, pairs, office, allied):
    p = par[0]
    for b in range(len(nations)):
        if nations["is_buyer"][b] == 0:
            continue
        for s in range(len(nations) - 1):  # the last row is the rest of the world
            bound = pairs["exposed"][b, s] >= p["conditionality_least_exposure"]
            if s == b or not bound or pairs["condition_until"][b, s] > quarter:
                continue
            rate = base_hazard(p, nations, s) * (1.0 - closeness(p, nations, pairs, allied, b, s))
            if rate <= 0.0:
                continue
            one, other = nations["key"][b], nations["key"][s]
            strikes, length = uniforms(seed, CONDITION, quarter, one, other, 0)
            if strikes >= 1.0 - math.exp(-rate):
                continue
            start = int(4.0 * uniform(seed, CONDITION, quarter, one, other, 1))
            begins = quarter + 1 + start
            lasts = 1 + int(-math.log(length) * p["conditionality_quarters"])
            pairs["condition"][b, s] = p["conditionality_share"]
            pairs["condition_from"][b, s], pairs["condition_until"][b, s] = begins, begins + lasts
            office["conditions"][0] += 1


@njit(cache=True)
def _impose(quarter, pairs, office, turned):
    for b in range(len(pairs)):
        for s in range(len(pairs)):
            if pairs["condition"][b, s] == 0.0 or quarter < pairs["condition_from"][b, s]:
                continue
            begins = quarter == pairs["condition_from"][b, s]
            if turned or begins:
                pairs["scripted"][b, s] = pairs["suspended"][b, s]
            if quarter >= pairs["condition_until"][b, s]:
                pairs["suspended"][b, s] = pairs["scripted"][b, s]
                pairs["condition"][b, s] = 0.0
                office["conditions"][0] -= 1
                continue
            if begins:
                office["conditions_begun"][0] += 1
            held = max(pairs["scripted"][b, s], pairs["condition"][b, s])
            pairs["suspended"][b, s] = held
