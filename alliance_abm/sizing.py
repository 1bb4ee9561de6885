"""Sizing of the desks: servers and work days that carry the flows of the start as stated."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from alliance_abm.first_flows import Flows
from alliance_abm.layout import DAYS_PER_QUARTER, MAX_SERVERS
from alliance_abm.state import State
from alliance_abm.world import World

Floats = NDArray[np.float64]
QUARTERS_PER_YEAR = 4
RELEASE_DESK_KEY = 100
LICENCE_DESK_KEY = 101


def _lot_asked_for(state: State) -> Floats:
    """Mean lot, (E, D), after truncation by the largest lot and by income.

    E[min(X, K)] of a lognormal X of mean m is m N(a - s/2) + K (1 - N(a + s/2)), with
    a = ln(K/m)/s.
    """
    p, n = state.par[0], state.nations
    mean = np.maximum(state.cells["mean_lot"], 1e-9)
    ceiling = p["largest_lot_income_quarters"] * n["income_start"] / n["price"]
    cut = np.minimum(p["lot_cut"] * mean, np.maximum(ceiling, 1e-9)[:, None])
    sigma = p["lot_sigma"]
    normal = np.vectorize(NormalDist().cdf)
    a = np.log(cut / mean) / sigma
    kept = mean * normal(a - sigma / 2.0) + cut * (1.0 - normal(a + sigma / 2.0))
    return np.asarray(kept)


def expected_days(load: float, servers: int, work_days: float) -> float:
    """Mean days at a desk, waiting and work, by Erlang's C formula.

    ``load`` is arrivals a day times work days, below ``servers``.
    """
    term, total = 1.0, 1.0
    for k in range(1, servers):
        term *= load / k
        total += term
    term *= load / servers
    waits = term / (1.0 - load / servers)
    return work_days * (1.0 + waits / (total + waits) / (servers - load))


def size_desks(state: State, world: World, flows: Flows) -> None:
    """Desks sized so that the flows of the start load them as stated."""
    p, m = state.par[0], len(world.domains)
    buyers = np.arange(len(world.nations)) != world.usa
    total = flows.foreign.sum(axis=1) + flows.home
    share = np.where(total > 0.0, flows.foreign[:, world.usa] / np.maximum(total, 1e-9), 0.0)
    direct = 1.0 - flows.licence_share[:, None]
    lots = np.where(total > 0.0, total / QUARTERS_PER_YEAR / _lot_asked_for(state), 0.0)
    sales = (share * direct * lots)[buyers].sum(axis=0)
    licences = (share * (1.0 - direct) * lots)[buyers].sum()
    fms = sales * p["fms_share_of_us"]
    dcs = float((sales * (1.0 - p["fms_share_of_us"])).sum() + licences)
    loads = np.r_[fms, fms.sum(), dcs]
    work = np.r_[np.full(m, p["preparation_work_days"]), p["release_work_days"], np.nan]
    base = np.r_[np.full(m + 1, p["base_case_share"]), p["licence_base_share"]]
    desks = state.desks
    desks["key"] = np.r_[world.domain_keys, RELEASE_DESK_KEY, LICENCE_DESK_KEY]
    desks["base_cases"] = loads * base / (1.0 - base)
    cases = np.maximum(loads + desks["base_cases"], 1e-9) / DAYS_PER_QUARTER
    rho = p["desk_utilisation"]
    servers = np.ones(m + 2)
    servers[:-1] = np.clip(np.round(cases[:-1] * work[:-1] / rho), 1, MAX_SERVERS)
    desks["servers"] = servers
    desks["work_days"] = rho * servers / cases
    desks["work_days"][:-1] = np.minimum(desks["work_days"][:-1], p["longest_work"] * work[:-1])
    desks["work_days_start"], desks["cases_expected"] = desks["work_days"], loads
    desks["expected_ahead"] = desks["expected_work"] = desks["work_days"]
    desks["surge"] = 1.0
    load = cases * desks["work_days"]
    desks["expected_days"] = [
        expected_days(float(a), int(c), float(t))
        for a, c, t in zip(load, desks["servers"], desks["work_days"], strict=True)
    ]
    office = state.office
    novices = p["novice_share_start"]
    office["experts"], office["novices"] = 1.0 - novices, novices
    office["staff_start"] = 1.0
    office["capable_start"] = 1.0 - novices + novices * p["novice_productivity"]
    office["productivity"], office["credibility"] = 1.0, 1.0
    fees = (flows.foreign[:, world.usa].sum(axis=1) * flows.price)[buyers].sum()
    office["fee_start"] = office["fee_smoothed"] = fees * p["fms_share_of_us"]
