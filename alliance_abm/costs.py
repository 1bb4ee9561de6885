"""Costs: what running a policy takes from equipment money each quarter.

The United States pays its part from its own money; the buyers pay theirs together, each in
proportion to its equipment income.  Nobody pays more than it holds and may commit ahead, so a
policy that is too dear goes unpaid in part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_abm.budgets import pay
from alliance_abm.kernels import njit
from alliance_abm.recorder import PANEL
from alliance_abm.state import State

if TYPE_CHECKING:
    from alliance_abm.exogenous import Exogenous

_UNITED_STATES = PANEL.index("policy_paid_us")
_PARTNERS = PANEL.index("policy_paid_partners")


def charge(state: State, outside: Exogenous) -> None:
    """Pay a quarter of the yearly cost of policies; record what was paid."""
    par = state.par
    if par["policy_cost_united_states"][0] == 0.0 and par["policy_cost_partners"][0] == 0.0:
        return
    own, theirs = _charge(state.par, state.nations, outside.usa)
    state.panel[state.quarter, _UNITED_STATES] = own
    state.panel[state.quarter, _PARTNERS] = theirs


@njit(cache=True)
def _charge(par, nations, usa):
    """Take the money; returns what the United States and the buyers paid (US$ million)."""
    p = par[0]
    own = _take(p, nations, usa, 0.25 * p["policy_cost_united_states"])
    income = 0.0
    for b in range(len(nations)):
        if nations["is_buyer"][b] == 1:
            income += nations["income"][b]
    theirs = 0.0
    if income > 0.0:
        for b in range(len(nations)):
            if nations["is_buyer"][b] == 1:
                share = nations["income"][b] / income
                theirs += _take(p, nations, b, 0.25 * p["policy_cost_partners"] * share)
    return own, theirs


@njit(cache=True, inline="always")
def _take(p, nations, b, due):
    spent = pay(p, nations, b, due)
    nations["policy_paid"][b] += spent
    return spent
