"""Staffing of the security-cooperation enterprise: surcharge income pays for people, late."""

from __future__ import annotations

from alliance_abm.kernels import njit
from alliance_abm.state import State

SPIN_UP_QUARTERS = 20
SETTLING_QUARTERS = 8


def review(state: State) -> None:
    """Yearly: novices become expert, some leave, and hiring follows surcharge income.

    Posts that policy adds are filled when they come, beside that growth.
    """
    elapsed = state.quarter + 1
    if elapsed <= SPIN_UP_QUARTERS:
        _size_desks(elapsed, state.par, state.desks)
    _review(state.par, state.office)


@njit(cache=True)
def _size_desks(elapsed, par, desks):
    """In the spin-up, staff the FMS desks and the licensing desk for the cases they have seen.

    One factor for all FMS desks: what they saw together over what was expected of them.
    """
    if elapsed < SETTLING_QUARTERS:
        return
    last = len(desks) - 1
    seen, expected = 0.0, 0.0
    for k in range(last):
        seen += desks["cases_seen"][k]
        expected += desks["cases_expected"][k] * elapsed
    fms = max(seen / max(expected, 1e-9), 0.1)
    licences = max(
        desks["cases_seen"][last] / max(desks["cases_expected"][last] * elapsed, 1e-9), 0.1
    )
    for k in range(last + 1):
        factor = fms if k < last else licences
        share = par[0]["base_case_share"] if k < last else par[0]["licence_base_share"]
        load = share + (1.0 - share) * factor
        desks["work_days"][k] = desks["work_days_start"][k] / load


@njit(cache=True)
def _review(par, office):
    p = par[0]
    years = p["staff_lag_years"]
    office["fee_smoothed"][0] += (office["fee_income"][0] - office["fee_smoothed"][0]) / years
    office["fee_income"][0] = 0.0
    extra = p["staff_added"] * office["staff_start"][0]
    posts = max(0.0, extra - office["posts_added"][0])
    office["posts_added"][0] = extra
    growth = 0.0
    if office["fee_start"][0] > 0.0:
        growth = office["fee_smoothed"][0] / office["fee_start"][0]
    staff = office["experts"][0] + office["novices"][0]
    wanted = office["staff_start"][0] * max(growth, 1.0) if growth > 0.0 else staff
    wanted += extra
    trained = office["novices"][0] / max(p["training_years"], 1.0)
    office["novices"][0] -= trained
    office["experts"][0] += trained
    leaving = p["staff_attrition_per_year"]
    office["experts"][0] *= 1.0 - leaving
    office["novices"][0] *= 1.0 - leaving
    remaining = office["experts"][0] + office["novices"][0]
    ceiling = staff * (1.0 + p["staff_growth_per_year"]) + posts
    hired = max(0.0, min(wanted, ceiling) - remaining)
    office["novices"][0] += hired
    capable = office["experts"][0] + p["novice_productivity"] * office["novices"][0]
    office["productivity"][0] = capable / office["capable_start"][0]
