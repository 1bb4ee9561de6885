"""Surge: what the United States hands over from its own stock to a partner in a crisis.

Stock that stands above what the United States keeps for itself goes to partners it is aligned
with, as far as they lack it and can pay; it is no order and passes no queue. In a crisis of its
own the United States keeps all. It then lacks what it gave and opens requirements of its own; the
money of the buyer goes to the United States.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from alliance_abm.kernels import njit
from alliance_abm.state import State

if TYPE_CHECKING:
    from alliance_abm.exogenous import Exogenous


def transfer(state: State, outside: Exogenous) -> None:
    """Hand over a quarter's transfers; nothing where the share of stock for them is zero."""
    if state.par["own_stock_transfer_share"][0] > 0.0:
        s = state
        _transfer(s.par, s.nations, s.cells, s.pairs, s.lines, s.stock, outside.order, outside.usa)


@njit(cache=True, allocates=True)
def _transfer(par, nations, cells, pairs, lines, stock, order, usa):
    """Each domain's stock is shared out in proportion to what the partners lack."""
    p = par[0]
    wanted = np.zeros(len(nations))
    for d in range(cells.shape[1]):
        line, held = cells["line"][usa, d], stock[usa, d, usa]
        kept = p["own_stock_floor"] * cells["target"][usa, d]
        ready = min(0.25 * p["own_stock_transfer_share"] * held, held - kept)
        if line < 0 or ready <= 0.0 or cells["threat"][usa, d] >= p["crisis_threat"]:
            continue
        total = 0.0
        for at in range(len(order)):
            b = order[at]
            wanted[b] = _lacks(p, nations, cells, pairs, lines["price"][line], b, d, usa)
            total += wanted[b]
        if total <= 0.0:
            continue
        part = min(ready / total, 1.0)
        for at in range(len(order)):
            b = order[at]
            if wanted[b] > 0.0:
                _hand_over(nations, cells, stock, b, d, usa, wanted[b] * part, lines["price"][line])


@njit(cache=True, inline="always")
def _lacks(p, nations, cells, pairs, price, b, d, usa):
    """Volume that a partner in a crisis lacks and can pay for; 0 for all others."""
    if nations["is_buyer"][b] == 0 or b == usa or cells["threat"][b, d] < p["crisis_threat"]:
        return 0.0
    near = nations["us_ally"][b] == 1 or pairs["endorsed"][b, usa] == 1
    if not near or pairs["alignment"][b, usa] < p["transfer_alignment"]:
        return 0.0
    gap = max(cells["target"][b, d] - cells["stock"][b, d], 0.0)
    money = nations["balance"][b] + p["forward_commitment_quarters"] * nations["income"][b]
    afforded = max(money, 0.0) / (nations["price"][b] * price)
    return min(gap, afforded) * (1.0 - pairs["suspended"][b, usa])


@njit(cache=True, inline="always")
def _hand_over(nations, cells, stock, b, d, usa, volume, price):
    cost = volume * nations["price"][b] * price
    for nation, amount, money in ((b, volume, cost), (usa, -volume, -cost)):
        stock[nation, d, usa] += amount
        cells["stock"][nation, d] += amount
        cells["transferred"][nation, d] += amount
        nations["balance"][nation] -= money
        nations["paid"][nation] += money
        nations["for_stock"][nation] += money
