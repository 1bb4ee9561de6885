"""Money: equipment spending arrives, carries over, is committed, paid or lapses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from alliance_abm.state import State

if TYPE_CHECKING:
    from alliance_abm.exogenous import Exogenous


def receive(state: State, outside: Exogenous) -> None:
    """Pay in a quarter's equipment money and tied grants; let what exceeds the cap lapse."""
    year = state.quarter // 4
    _receive(state.par, state.nations, outside.grants[:, year])


def set_burdens(state: State, outside: Exogenous, threat_recorded: NDArray[np.float64]) -> None:
    """At the end of a year, next year's spending: from the record, or a burden on its way.

    While the record lasts the burden is recorded spending over GDP, both averaged over the last
    years.  Afterwards it moves a share of the way each year to the pledged burden, raised by
    threat above its level when the record ended (``threat_recorded``, (E,)) and, for U.S. allies,
    lowered by what the United States credibly spends more than then (joint products).  A volume
    unit costs more each year as equipment generations follow one another.
    """
    year = state.quarter // 4 + 1
    if year >= outside.gdp.shape[1]:
        return
    _set_burdens(
        year,
        state.par,
        state.nations,
        state.cells,
        outside.gdp[:, year],
        outside.size[:, year],
        outside.burden[:, year],
        outside.equipment_share[:, year],
        outside.pledge[:, year],
        threat_recorded,
        state.office,
        _guarantor(outside, year),
        year < outside.recorded_years,
    )


def _guarantor(outside: Exogenous, year: int) -> float:
    """The burden the United States plans for a year over the one it had when the record ended."""
    row, last = outside.usa, outside.recorded_years - 1
    return float(outside.pledge[row, year] / outside.burden[row, last])


@njit(cache=True)
def _receive(par, nations, grants):
    p = par[0]
    for b in range(len(nations)):
        income = nations["income"][b]
        nations["burden_paid"][b] = nations["burden"][b]
        nations["balance"][b] += income
        nations["grant"][b] += grants[b] * 0.25
        nations["received"][b] += income + grants[b] * 0.25
        cap = p["carry_over_cap_quarters"] * income
        excess = nations["balance"][b] - cap
        if excess > 0.0:
            nations["balance"][b] = cap
            nations["lapsed"][b] += excess
        weight = 1.0 / p["income_smoothing_quarters"]
        nations["income_smoothed"][b] += weight * (income - nations["income_smoothed"][b])


@njit(cache=True)
def _set_burdens(
    year, par, nations, cells, gdp, size, burden, equipment, pledge, threat_before, office,
    guarantor, recorded,
):  # fmt: skip
    p = par[0]
    for b in range(len(nations)):
        nations["gdp"][b], nations["size"][b] = gdp[b], size[b]
        nations["equipment_share"][b] = equipment[b]
        if recorded:
            nations["burden"][b] = burden[b]
        else:
            threat = 0.0
            for d in range(cells.shape[1]):
                threat += cells["threat"][b, d] / cells.shape[1]
            rise = 1.0 + p["burden_threat_response"] * (threat - threat_before[b])
            target = pledge[b] * max(rise, 0.0)
            if nations["us_ally"][b] == 1 and nations["united_states"][b] == 0:
                spill = office["credibility"][0] * guarantor - 1.0
                target *= max(1.0 - p["burden_spill_in_response"] * spill, 0.0)
            step = p["burden_adjustment_per_year"]
            nations["burden"][b] += step * (target - nations["burden"][b])
        nations["price"][b] *= 1.0 + p["cost_escalation_per_year"]
        nations["income"][b] = 0.25 * gdp[b] * nations["burden"][b] * equipment[b]


def money_held(state: State) -> np.ndarray:
    """Per entity, money received less what is in hand, committed, paid or lapsed (law: zero)."""
    n = state.nations
    return np.asarray(
        n["received"] - n["balance"] - n["grant"] - n["committed"] - n["paid"] - n["lapsed"]
    )
