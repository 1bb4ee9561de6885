"""Staffing of the security-cooperation enterprise: surcharge income pays for people, late."""

from __future__ import annotations

from numba import njit

from alliance_abm.state import State


def review(state: State) -> None:
    """Yearly: novices become expert, some leave, and hiring follows surcharge income."""
    _review(state.par, state.office)


@njit(cache=True)
def _review(par, office):
    p = par[0]
    years = p["staff_lag_years"]
    office["fee_smoothed"][0] += (office["fee_income"][0] - office["fee_smoothed"][0]) / years
    office["fee_income"][0] = 0.0
    growth = 0.0
    if office["fee_start"][0] > 0.0:
        growth = office["fee_smoothed"][0] / office["fee_start"][0]
    staff = office["experts"][0] + office["novices"][0]
    wanted = office["staff_start"][0] * max(growth, 1.0) if growth > 0.0 else staff
    trained = office["novices"][0] / p["training_years"]
    office["novices"][0] -= trained
    office["experts"][0] += trained
    leaving = p["staff_attrition_per_year"]
    office["experts"][0] *= 1.0 - leaving
    office["novices"][0] *= 1.0 - leaving
    remaining = office["experts"][0] + office["novices"][0]
    ceiling = staff * (1.0 + p["staff_growth_per_year"])
    hired = max(0.0, min(wanted, ceiling) - remaining)
    office["novices"][0] += hired
    capable = office["experts"][0] + p["novice_productivity"] * office["novices"][0]
    office["productivity"][0] = capable / office["capable_start"][0]
