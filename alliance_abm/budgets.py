"""Money: equipment spending arrives, carries over, is committed, paid or lapses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_abm.kernels import njit
from alliance_abm.state import State

if TYPE_CHECKING:
    from alliance_abm.exogenous import Exogenous


def receive(state: State, outside: Exogenous) -> None:
    """Pay in a quarter's equipment money and tied grants; let what exceeds the cap lapse."""
    year = state.quarter // 4
    _receive(state.par, state.nations, outside.grants[:, year])


def set_burdens(
    state: State,
    outside: Exogenous,
    threat_recorded: NDArray[np.float64],
    cuts: NDArray[np.float64] | None = None,
) -> None:
    """At the end of a year, next year's spending: from the record, or a burden on its way.

    While the record lasts the burden is recorded spending over GDP, both averaged over the last
    years.  Afterwards it moves a share of the way each year to the pledged burden, raised by
    threat above its level when the record ended (``threat_recorded``, (E,)) and lowered by what
    allies spend more than then, the United States as far as it is credible (joint products).  A
    volume unit costs more each year as equipment generations follow one another.  Austerity
    cuts what is spent by ``cuts`` (years, E) and leaves the burden that would be paid without it.
    """
    year = state.quarter // 4 + 1
    if year >= outside.gdp.shape[1]:
        return
    last = outside.recorded_years - 1
    _set_burdens(
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
        outside.allied,
        outside.gdp[:, last],
        outside.burden[:, last],
        year < outside.recorded_years,
        np.zeros(len(state.nations)) if cuts is None else cuts[year],
        np.empty(len(state.nations)),
        np.empty(len(state.nations)),
    )


@njit(cache=True, inline="always")
def pay(p, nations, b, due):
    """Pay what is due at once, as far as money held and to be committed goes; returns it."""
    ahead = p["forward_commitment_quarters"] * nations["income"][b]
    spent = min(due, max(nations["balance"][b] + ahead, 0.0))
    nations["balance"][b] -= spent
    nations["paid"][b] += spent
    return spent


@njit(cache=True)
def _receive(par, nations, grants):
    p = par[0]
    for b in range(len(nations)):
        income = nations["income"][b]
        nations["burden_paid"][b] = nations["burden"][b] * (1.0 - nations["cut"][b])
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
    par, nations, cells, gdp, size, burden, equipment, pledge, threat_before, office, allied,
    gdp_before, burden_before, recorded, cut, spent, growth,
):  # fmt: skip
    p = par[0]
    for b in range(len(nations)):
        spent[b] = nations["gdp"][b] * nations["burden"][b] * (1.0 - nations["cut"][b])
        growth[b] = nations["gdp"][b] / gdp_before[b]
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
            target *= _spill_factor(
                p, nations, office, allied, spent, gdp_before, burden_before, growth[b], b
            )
            step = p["burden_adjustment_per_year"]
            nations["burden"][b] += step * (target - nations["burden"][b])
        nations["price"][b] *= 1.0 + p["cost_escalation_per_year"]
        nations["cut"][b] = cut[b]
        nations["income"][b] = 0.25 * gdp[b] * nations["burden"][b] * equipment[b] * (1.0 - cut[b])


@njit(cache=True)
def _spill_factor(p, nations, office, allied, spent, gdp_before, burden_before, growth, b):
    """What allies' spending does to a nation's target burden: 1 when it is as the record ended.

    Spill-in S is what allies spent, the United States times its credibility; what they spent when
    the record ended has grown with the nation's own economy since.  The elasticity of
    the target to S is publicness x S / (S + own spending); summed up from S when the record ended
    that is ((S + own) / (S before + own)) ** -publicness.
    """
    now, before = 0.0, 0.0
    for ally in range(len(nations)):
        if allied[b, ally] > 0.0:
            credible = 1.0
            if nations["united_states"][ally] == 1:
                credible = max(office["credibility"][0], 0.0)
            now += credible * spent[ally]
            before += gdp_before[ally] * burden_before[ally] * growth
    if now + spent[b] <= 0.0 or before + spent[b] <= 0.0:
        return 1.0
    ratio = (now + spent[b]) / (before + spent[b])
    return math.exp(-p["burden_spill_in_response"] * math.log(ratio))


def money_held(state: State) -> np.ndarray:
    """Per entity, money received less what is in hand, committed, paid or lapsed (law: zero)."""
    n = state.nations
    return np.asarray(
        n["received"] - n["balance"] - n["grant"] - n["committed"] - n["paid"] - n["lapsed"]
    )
