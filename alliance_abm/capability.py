"""Capability: stocks age, are consumed, and sum to what a nation can use."""

from __future__ import annotations

from alliance_abm import removal
from alliance_abm.kernels import njit
from alliance_abm.state import State


def age(state: State) -> None:
    """Retire and consume stock; consumption of munitions rises with threat."""
    if state.office["any_removed"][0]:
        removal.lose_support(state)
    _age(state.par, state.dom, state.nations, state.cells, state.stock)


@njit(cache=True)
def _age(par, dom, nations, cells, stock):
    p = par[0]
    for b in range(cells.shape[0]):
        held, compliant = 0.0, 0.0
        for d in range(cells.shape[1]):
            used = dom["consumed_share_per_year"][d] * (
                1.0 + p["consumption_threat_response"] * cells["threat"][b, d]
            )
            kept = max(1.0 - 0.25 * (1.0 / dom["service_life_years"][d] + used), 0.0)
            total = 0.0
            for origin in range(stock.shape[2]):
                stock[b, d, origin] *= kept
            for origin in range(stock.shape[2]):
                total += stock[b, d, origin]
            cells["stock"][b, d] = total
            cells["compliant"][b, d] *= kept
            held, compliant = held + total, compliant + cells["compliant"][b, d]
        nations["compliant"][b] = compliant / max(held, 1e-9)


@njit(cache=True)
def loss_rate(p, dom, d, threat):
    """Share of a stock that retires or is consumed in a year, at a threat level (0-1)."""
    used = dom["consumed_share_per_year"][d] * (1.0 + p["consumption_threat_response"] * threat)
    return 1.0 / dom["service_life_years"][d] + used
