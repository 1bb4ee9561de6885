"""The United States as buyer, and with whom any buyer can bargain.

A foreign bid for a U.S. requirement carries an evaluation factor, waived in part for nations with
a procurement memorandum, and a preference for U.S. origin; both move the choice, and no money is
paid for them. Requirements inside the carve-outs are met at home alone. A foreign product that
comes into U.S. service has to be integrated, which takes time and money; one that an ally has in
service already, or that is made in the United States, is spared part of this.

Whoever buys, mark-ups fall with the number of bidders that the buyer can draw on.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from alliance_abm.kernels import njit
from alliance_abm.layout import CLOSED
from alliance_abm.state import State

if TYPE_CHECKING:
    from alliance_abm.exogenous import Exogenous


def begin(state: State, outside: Exogenous) -> None:
    """What observed leads, prices and mark-ups contain; later changes are against it."""
    for name in ("integration", "retrofit"):
        state.office[f"{name}_start"] = state.par[f"{name}_quarters"]
    state.office["retrofit_cost_start"] = state.par["retrofit_cost_share"]
    review(state, outside)
    state.cells["bidders_start"] = state.cells["bidders"]


def review(state: State, outside: Exogenous) -> None:
    """At the end of a year: which products are in an ally's service, and how many bid."""
    s = state
    _list_fielded(s.par, s.nations, s.cells, s.stock, outside.usa)
    _count_bidders(
        s.par, s.dom, s.nations, s.cells, s.pairs, s.lines, s.sellers, s.n_sellers, outside.usa,
        np.empty(len(s.nations), np.bool_),
    )  # fmt: skip


@njit(cache=True, inline="always")
def barrier(p, nations, s):
    """Utility that a bid of ``s`` loses in a U.S. choice: evaluation factor and origin."""
    left = p["rdp_barrier_share"]
    if nations["rdp"][s] == 0:
        left = 1.0 - p["rdp_extension"] * nations["us_ally"][s] * (1.0 - left)
    factor = math.log(1.0 + p["foreign_bid_barrier"] * left)
    return p["weight_price"] * factor + p["origin_weight"]


@njit(cache=True, inline="always")
def as_foreign_bid(p, cells, view, s, d, dearer, saved):
    """Utility lost, ln price added and quarters saved by a bid of ``s`` to the United States."""
    spared = p["reverse_integration"] * cells["fielded"][s, d]
    penalty = view["barrier"][s] * (1.0 - spared)
    if cells["plant"][s, d] == 1:
        penalty = 0.0
    dearer += math.log(1.0 + p["us_integration_cost_share"] * (1.0 - spared))
    return penalty, dearer, saved + p["us_integration_quarters"] * spared


@njit(cache=True)
def _list_fielded(par, nations, cells, stock, usa):
    """Products of U.S. allies that some ally, perhaps the maker's own forces, holds enough of."""
    least = par[0]["fielded_share"]
    for s in range(cells.shape[0]):
        for d in range(cells.shape[1]):
            cells["fielded"][s, d] = 0.0
            if nations["us_ally"][s] == 0 or s == usa or cells["line"][s, d] < 0:
                continue
            for b in range(cells.shape[0]):
                target = cells["target"][b, d]
                enough = target > 0.0 and stock[b, d, s] >= least * target
                if enough and nations["us_ally"][b] == 1 and b != usa:
                    cells["fielded"][s, d] = 1.0
                    break


@njit(cache=True)
def _count_bidders(par, dom, nations, cells, pairs, lines, sellers, n_sellers, usa, asked):
    """Bidders by buyer and domain, a foreign one in a U.S. choice as far as it has a chance.

    Prices move with the mark-up, which falls with their number relative to the start.
    """
    p = par[0]
    for b in range(cells.shape[0]):
        for s in range(cells.shape[0]):
            asked[s] = s != b and pairs["permitted"][b, s] == 1 and pairs["embargoed"][b, s] == 0
        for d in range(cells.shape[1]):
            count, mine = 0.0, cells["line"][b, d]
            if mine >= 0 and lines["status"][mine] != CLOSED and cells["home_share"][b, d] > 0.0:
                count = 1.0
            for k in range(n_sellers[d]):
                s = sellers["supplier"][d, k]
                if not asked[s]:
                    continue
                chance = 1.0
                if b == usa:
                    lost = 0.0 if cells["plant"][s, d] == 1 else barrier(p, nations, s)
                    lost *= 1.0 - p["reverse_integration"] * cells["fielded"][s, d]
                    chance = (1.0 - dom["carve_out"][d]) * math.exp(-lost)
                count += chance
            cells["bidders"][b, d] = count
            cells["ln_margin"][b, d] = 0.0
            if count > 0.0 and cells["bidders_start"][b, d] > 0.0:
                ratio = count / cells["bidders_start"][b, d]
                mark_up = p["mark_up"] * math.pow(ratio, -p["bidder_elasticity"])
                cells["ln_margin"][b, d] = math.log((1.0 + mark_up) / (1.0 + p["mark_up"]))
