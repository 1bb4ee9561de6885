"""Capability: stocks age, are consumed, and sum to what a nation can use."""

from __future__ import annotations

from numba import njit

from alliance_abm.layout import MAX_ORIGINS
from alliance_abm.state import State


def age(state: State) -> None:
    """Retire and consume stock; consumption of munitions rises with threat."""
    s = state
    _age(s.par, s.dom, s.cells, s.stock)
    if s.nations["lost"].any():
        _go_without_support(s.par, s.nations, s.cells, s.stock, s.content_origin, s.content_reach)


@njit(cache=True)
def _age(par, dom, cells, stock):
    p = par[0]
    for b in range(cells.shape[0]):
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


@njit(cache=True)
def _go_without_support(par, nations, cells, stock, content_origin, content_reach):
    """What a lost supplier made, or made parts of, wears out sooner in other nations' hands."""
    loss = 0.25 * par[0]["unsupported_loss_per_year"]
    for o in range(stock.shape[2]):
        for d in range(cells.shape[1]):
            for b in range(cells.shape[0]):
                if stock[b, d, o] > 0.0:
                    gone = unsupported(nations, cells, content_origin, content_reach, b, d, o)
                    stock[b, d, o] *= 1.0 - loss * gone
    for b in range(cells.shape[0]):
        for d in range(cells.shape[1]):
            total = 0.0
            for o in range(stock.shape[2]):
                total += stock[b, d, o]
            cells["stock"][b, d] = total


@njit(cache=True)
def unsupported(nations, cells, content_origin, content_reach, b, d, o):
    """Share of the sustainment of ``o``'s products that ``b`` has lost (0-1)."""
    if nations["lost"][o] == 1 and o != b:
        return 1.0
    kept, line = 1.0, cells["line"][o, d]
    if line < 0:
        return 0.0
    for k in range(MAX_ORIGINS):
        origin = content_origin[line, k]
        if origin < 0 or content_reach[line, k] <= 0.0:
            break
        if nations["lost"][origin] == 1 and origin != b:
            kept *= 1.0 - content_reach[line, k]
    return 1.0 - kept


@njit(cache=True)
def loss_rate(p, dom, d, threat):
    """Share of a stock that retires or is consumed in a year, at a threat level (0-1)."""
    used = dom["consumed_share_per_year"][d] * (1.0 + p["consumption_threat_response"] * threat)
    return 1.0 / dom["service_life_years"][d] + used
