"""Requirements: targets move, gaps open, a lot is asked for."""

from __future__ import annotations

import math

from alliance_abm.draws import LOT, PLACE, REQUIREMENT, normal, uniform, uniforms
from alliance_abm.kernels import njit
from alliance_abm.state import State


def open_requirements(state: State) -> None:
    """Open a requirement wherever a gap exceeds the next lot and money allows.

    At most one requirement opens per nation, domain and quarter; all that is random about it is
    addressed by that triple.
    """
    _open(state.quarter, state.seed, state.par, state.nations, state.cells)


def announce(state: State) -> None:
    """At the end of a year, each nation announces in which domain its need is the largest."""
    _announce(state.nations, state.cells)


@njit(cache=True)
def _announce(nations, cells):
    for b in range(cells.shape[0]):
        nations["announced"][b], largest = -1, 0.0
        for d in range(cells.shape[1]):
            need = cells["target"][b, d] - cells["stock"][b, d] - cells["on_order"][b, d]
            if need > largest:
                nations["announced"][b], largest = d, need


@njit(cache=True)
def lot_size(seed, quarter, nation_key, domain_key, mean, sigma, cut):
    """A lognormal lot of the given mean (before truncation at ``cut`` means)."""
    z = normal(seed, LOT, quarter, nation_key, domain_key, 0)
    return min(mean * math.exp(sigma * z - 0.5 * sigma * sigma), cut * mean)


@njit(cache=True)
def _move_targets(par, nations, cells):
    p = par[0]
    for b in range(cells.shape[0]):
        growth = nations["size"][b]
        effort = nations["income_smoothed"][b] / nations["income_start"][b] / growth
        afforded = growth * nations["price_start"][b] / nations["price"][b]
        scale = math.pow(afforded, p["target_gdp_elasticity"])
        scale *= math.pow(max(effort, 0.01), p["target_effort_elasticity"])
        for d in range(cells.shape[1]):
            threat = cells["threat"][b, d] - cells["threat_start"][b, d]
            response = max(1.0 + p["target_threat_response"] * threat, 0.1)
            response *= 1.0 + cells["surge"][b, d]
            cells["target"][b, d] = cells["target_start"][b, d] * scale * response


@njit(cache=True, inline="always")
def money_ahead(p, nations, b):
    """US$ million of income to come that a nation may commit; agreements bind a part of it."""
    ahead = p["forward_commitment_quarters"] * nations["income"][b]
    if nations["agreements"][b] > 0:
        ahead *= 1.0 - p["compact_rigidity"]
    return ahead


@njit(cache=True)
def _open(quarter, seed, par, nations, cells):
    _move_targets(par, nations, cells)
    p = par[0]
    for b in range(cells.shape[0]):
        money = nations["balance"][b] + money_ahead(p, nations, b)
        money += nations["grant"][b]
        bound = p["commitment_rigidity"] * max(money, 0.0)
        ceiling = p["largest_lot_income_quarters"] * nations["income"][b]
        ceiling = max(ceiling, nations["grant"][b])
        key = nations["key"][b]
        for d in range(cells.shape[1]):
            if cells["open"][b, d] == 1 or cells["next_lot"][b, d] <= 0.0:
                continue
            coming = cells["on_order"][b, d] - cells["given_up"][b, d]
            expected = coming * (1.0 - p["order_discount"])
            gap = cells["target"][b, d] - cells["stock"][b, d] - expected
            lot = min(cells["next_lot"][b, d], ceiling / nations["price"][b])
            free = money if d == nations["announced"][b] else money - bound
            if gap < lot or free < lot * nations["price"][b]:
                continue
            _describe(quarter, seed, p, nations, cells, b, d, lot, key)


@njit(cache=True)
def _describe(quarter, seed, p, nations, cells, b, d, lot, key):
    domain = cells["key"][b, d]
    level, patience = uniforms(seed, REQUIREMENT, quarter, key, domain, 0)
    cells["open"][b, d] = 1
    cells["opened"][b, d] = quarter
    cells["volume"][b, d] = lot
    cells["need_level"][b, d] = p["need_level_low"] + level * (
        p["need_level_high"] - p["need_level_low"]
    )
    cells["need_place"][b, d] = uniform(seed, PLACE, quarter, key, domain, 0)
    cells["urgent"][b, d] = 1 if patience < p["urgent_share"] * cells["threat"][b, d] else 0
    cells["aspiration"][b, d] = p["aspiration"]
    cells["deferred"][b, d] = 0
    grown = cells["mean_lot"][b, d] * cells["target"][b, d] / cells["target_start"][b, d]
    cells["next_lot"][b, d] = lot_size(
        seed, quarter, key, domain, grown, p["lot_sigma"], p["lot_cut"]
    )
