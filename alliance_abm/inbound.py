"""Inbound investment: an ally's maker builds a plant in the United States.

A maker that sells abroad weighs, once a year, the mark-up on the U.S. orders that it would win as
a domestic bidder against the cost of a plant. Screening and building take their time; the open
plant adds to the maker's capacity, and its bids to the United States carry neither evaluation
factor nor preference for origin. Carve-outs stay closed to it: it is foreign-owned. The maker's
line stays one line; the plant is a part of it that stands in the United States. A maker for whom a
plant pays at the orders of 2010-14 has one at the start.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from alliance_abm.draws import START, uniform
from alliance_abm.kernels import njit
from alliance_abm.state import State
from alliance_abm.us_buying import barrier

if TYPE_CHECKING:
    from alliance_abm.exogenous import Exogenous

QUARTERS_PER_YEAR: Final = 4.0
SLOT: Final = 1  # beside the place of the product


def review(state: State, outside: Exogenous) -> None:
    """At the end of a year: plants that are ready open, others are decided on."""
    s = state
    _open_plants(s.quarter, s.cells, s.lines)
    _decide(s.quarter, s.par, s.dom, s.nations, s.cells, s.lines, s.stock, outside.usa)


def begin(state: State, outside: Exogenous) -> None:
    """Plants of the start; their capacity is part of that observed."""
    s = state
    s.cells["plant_opens"] = -1
    _draw_luck(s.nations, s.cells)
    _decide(0, s.par, s.dom, s.nations, s.cells, s.lines, s.stock, outside.usa)
    s.cells["plant"] = s.cells["plant_opens"] >= 0


@njit(cache=True)
def _draw_luck(nations, cells):
    """Once for all runs, as the places of products are."""
    for s in range(cells.shape[0]):
        for d in range(cells.shape[1]):
            u = uniform(0, START, 0, nations["key"][s], cells["key"][s, d], SLOT)
            cells["plant_luck"][s, d] = 2.0 * u - 1.0


@njit(cache=True)
def _open_plants(quarter, cells, lines):
    for i in range(len(lines)):
        s, d = lines["owner"][i], lines["domain"][i]
        opens = cells["plant_opens"][s, d]
        if cells["plant"][s, d] == 0 and 0 <= opens <= quarter:
            cells["plant"][s, d] = 1
            lines["capacity_export"][i] += cells["plant_capacity"][s, d]


@njit(cache=True)
def _decide(quarter, par, dom, nations, cells, lines, stock, usa):
    p = par[0]
    for d in range(cells.shape[1]):
        yearly = cells["all_delivered"][usa, d] * QUARTERS_PER_YEAR / p["habit_quarters"]
        for s in range(cells.shape[0]):
            line = cells["line"][s, d]
            if line < 0 or cells["plant_opens"][s, d] >= 0:
                continue
            able = lines["sells_abroad"][line] == 1 and nations["us_ally"][s] == 1 and s != usa
            if not able or cells["competence"][s, d] < p["seller_competence"]:
                continue
            orders = yearly * _share_at_home(p, dom, nations, cells, stock, s, d, usa)
            value = orders * nations["price"][usa] * p["mark_up"] * p["entry_horizon_years"]
            spread = p["entry_cost_spread"] * cells["plant_luck"][s, d]
            if value > p["entry_cost"] * math.exp(spread):
                wait = p["entry_screening_quarters"] + p["entry_build_quarters"]
                cells["plant_opens"][s, d] = quarter + int(wait)
                made = p["capacity_headroom"] * orders / QUARTERS_PER_YEAR
                cells["plant_capacity"][s, d] = made


@njit(cache=True, inline="always")
def _share_at_home(p, dom, nations, cells, stock, s, d, usa):
    """Share of U.S. orders that a maker expects as a domestic bidder, from what it has of them.

    A maker without sales there expects the share of an entrant, if an ally has its product.
    Outside the carve-outs its odds rise by the utility that barrier and origin take from it.
    """
    contested = 1.0 - dom["carve_out"][d]
    share = stock[usa, d, s] / max(cells["stock"][usa, d], 1e-9) / max(contested, 1e-9)
    share = min(max(share, p["entrant_share"] * cells["fielded"][s, d]), 1.0)
    raised = share * math.exp(barrier(p, nations, s))
    return contested * raised / (1.0 - share + raised)
