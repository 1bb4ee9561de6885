"""Security of technology: who holds U.S. technology, how well it is guarded, and what leaks.

Expected incidents a year with a buyer in a domain rise with the sensitivity of the domain, the
U.S. content of what the buyer holds there, technology shared beyond products, weak protection
and lax oversight; monitoring of what was delivered and screening of investors lower them.
Further nodes (hubs, foreign-owned plants) hold technology too.  Incidents drawn from that lower
the level of U.S. products for years and make the United States cautious, towards the buyer most.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from alliance_abm.draws import INCIDENT, uniform, uniforms
from alliance_abm.kernels import njit
from alliance_abm.layout import DCS, FMS, MAX_ORIGINS
from alliance_abm.quarters import FIRST_YEAR, QUARTERS_A_YEAR
from alliance_abm.recorder import PANEL
from alliance_abm.state import State
from alliance_abm.tiers import expel

if TYPE_CHECKING:
    from alliance_abm.exogenous import Exogenous

_EXPOSURE: Final = PANEL.index("leak_exposure")
_LEAKS: Final = PANEL.index("leaks")
_INCIDENTS: Final = PANEL.index("incidents")
_EDGE: Final = PANEL.index("us_edge")
_BEGUN: Final = PANEL.index("conditions_begun")
_TRUSTED: Final = PANEL.index("trusted")


def begin(state: State) -> None:
    """What the buyers hold at the start, and the hazard of it."""
    p, n = state.par[0], state.nations
    n["us_received"] = p["route_prior_volume"]
    n["us_commercial"] = p["route_prior_volume"] * p["commercial_share_start"]
    assess(state)


def review(state: State, outside: Exogenous) -> None:
    """At the end of a year: expected incidents, incidents, and protection of the next year."""
    s = state
    s.office["incidents"] = 0
    if s.quarter % QUARTERS_A_YEAR != QUARTERS_A_YEAR - 1:
        return
    year = s.quarter // QUARTERS_A_YEAR
    _note_routes(s.par, s.nations, s.flow_nation[year])
    assess(s)
    _fade(s.par, s.cells)
    if year + FIRST_YEAR >= s.par["drawn_from_year"][0]:
        _strike(
            s.seed, s.quarter, s.par, s.dom, s.nations, s.cells, s.office, outside.usa,
            outside.order,
        )  # fmt: skip
    _protect(s.par, s.nations)


def assess(state: State) -> None:
    """Expected incidents a year by holder and domain, and in all."""
    s = state
    _assess(
        s.par, s.dom, s.nations, s.cells, s.lines, s.stock, s.content_origin, s.content_share,
        s.content_total, s.office, np.empty(s.cells.shape[::-1]),
    )  # fmt: skip


def record(state: State) -> None:
    """Write this quarter's figures to the panel."""
    _record(state.quarter, state.nations, state.office, state.panel)


@njit(cache=True)
def _record(quarter, nations, office, panel):
    row = panel[quarter]
    row[_EXPOSURE], row[_LEAKS] = office["leak_exposure"][0], office["leaks"][0]
    row[_INCIDENTS], row[_EDGE] = office["incidents"][0], office["us_edge"][0]
    row[_BEGUN] = office["conditions_begun"][0]
    trusted = 0
    for b in range(len(nations)):
        trusted += nations["trusted"][b]
    row[_TRUSTED] = trusted


@njit(cache=True)
def _note_routes(par, nations, flows):
    """Remember by which route U.S. goods came; ``flows`` (E, routes + 1) is the year's volume."""
    keep = 1.0 - 1.0 / par[0]["route_memory_years"]
    for b in range(len(nations)):
        nations["us_received"][b] *= keep
        nations["us_commercial"][b] *= keep
        nations["us_received"][b] += flows[b, FMS] + flows[b, DCS]
        nations["us_commercial"][b] += flows[b, DCS]


@njit(cache=True, inline="always")
def unmonitored(p, nations, b):
    """Share (0-1) of the hazard that monitoring of what was delivered leaves.

    FMS goods are monitored whole, direct commercial sales as far as they are visible.
    """
    commercial = nations["us_commercial"][b] / max(nations["us_received"][b], 1e-9)
    seen = 1.0 - commercial * (1.0 - p["dcs_visibility"])
    return 1.0 - p["monitoring_effect"] * seen


@njit(cache=True, inline="always")
def hazard(p, sensitivity, technology, protection, left):
    """Expected incidents a year with ``technology`` (1 = a stock wholly U.S.) in one domain.

    ``left`` is the share that monitoring leaves.  Never negative.
    """
    weak = math.pow(max(1.0 - protection, 0.0), p["leak_protection_exponent"])
    lax = (1.0 + p["oversight_error"]) * (1.0 - p["leak_screening"])
    return p["leak_base"] * sensitivity * technology * weak * lax * left


@njit(cache=True)
def us_content(lines, cells, content_origin, content_share, content_total, usa, share):
    """Fill ``share`` (D, E): U.S. share of the value of each maker's product."""
    for d in range(cells.shape[1]):
        for s in range(cells.shape[0]):
            line = cells["line"][s, d]
            share[d, s] = 1.0 if s == usa else 0.0
            if line < 0:
                continue
            if s == usa:
                share[d, s] = 1.0 - content_total[line]
            for k in range(MAX_ORIGINS):
                if content_origin[line, k] == usa:
                    share[d, s] = content_share[line, k]


@njit(cache=True)
def _assess(
    par, dom, nations, cells, lines, stock, content_origin, content_share, content_total, office,
    share,
):  # fmt: skip
    p = par[0]
    n, m = cells.shape
    usa = 0
    while nations["united_states"][usa] == 0:
        usa += 1
    us_content(lines, cells, content_origin, content_share, content_total, usa, share)
    expected, exposure = 0.0, 0.0
    for b in range(n):
        if nations["is_buyer"][b] == 0 and b != usa:
            continue
        left = unmonitored(p, nations, b)
        for d in range(m):
            sensitivity = dom["export_sensitivity"][d]
            if b == usa:  # further nodes stand with its partners and plants at home
                held = p["extra_nodes"] * p["node_technology"] / m
                leaks = hazard(p, sensitivity, held, p["node_protection"], 1.0)
            else:
                held, total = 0.0, 0.0
                for s in range(n):
                    held += stock[b, d, s] * share[d, s]
                    total += stock[b, d, s]
                held = held / total if total > 0.0 else 0.0
                if nations["trusted"][b] == 1 and sensitivity <= p["trusted_sensitivity_ceiling"]:
                    held += p["trusted_technology"]
                leaks = hazard(p, sensitivity, held, nations["protection"][b], left)
            cells["leaks"][b, d] = leaks
            expected += leaks
            exposure += leaks * sensitivity
    office["leaks"][0], office["leak_exposure"][0] = expected, exposure
    office["us_edge"][0] = _edge(nations, cells, lines, usa)


@njit(cache=True)
def _edge(nations, cells, lines, usa):
    """Level of U.S. products less the best competitor's, mean over domains."""
    edge, m = 0.0, cells.shape[1]
    for d in range(m):
        best = 0.0
        for s in range(cells.shape[0]):
            if nations["competitor"][s] == 1 and cells["line"][s, d] >= 0:
                best = max(best, lines["level"][cells["line"][s, d]])
        own = cells["line"][usa, d]
        edge += ((lines["level"][own] if own >= 0 else 0.0) - best) / m
    return edge


@njit(cache=True)
def _fade(par, cells):
    """A year of caution passes, and U.S. products recover part of what incidents took."""
    keep = 1.0 - par[0]["edge_recovery_per_year"]
    for b in range(cells.shape[0]):
        for d in range(cells.shape[1]):
            cells["edge_lost"][b, d] *= keep
            cells["alert_years"][b, d] = max(cells["alert_years"][b, d] - 1, 0)


@njit(cache=True)
def _strike(seed, quarter, par, dom, nations, cells, office, usa, order):
    """Draw the year's incidents, at most one with each holder, and what follows from them."""
    p, m = par[0], cells.shape[1]
    for b in order:
        expected = 0.0
        for d in range(m):
            expected += cells["leaks"][b, d]
        if expected <= 0.0:
            continue
        key = nations["key"][b]
        first, second = uniforms(seed, INCIDENT, quarter, key, 0, 0)
        if first >= 1.0 - math.exp(-expected):
            continue
        where, reached = m - 1, 0.0
        for d in range(m):
            reached += cells["leaks"][b, d]
            if second * expected < reached:
                where = d
                break
        office["incidents"][0] += 1
        lost = p["incident_edge_loss"] * dom["export_sensitivity"][where]
        cells["edge_lost"][usa, where] += lost
        years = int(p["incident_years"])
        cells["alert_years"][usa, where] = max(cells["alert_years"][usa, where], years)
        cells["alert_years"][b, where] = max(cells["alert_years"][b, where], years)
        found_out = uniform(seed, INCIDENT, quarter, key, 0, 1) < p["incident_tier_chance"]
        if found_out and nations["trusted"][b] == 1:
            expel(quarter, p, nations, office, b)


@njit(cache=True)
def _protect(par, nations):
    """Protection moves part of the way to what programmes and audits ask for."""
    p = par[0]
    for b in range(len(nations)):
        if nations["is_buyer"][b] == 1:
            asked = nations["protection_start"][b] + p["protection_programme"]
            asked = min(asked, max(p["protection_highest"], nations["protection_start"][b]))
            step = p["protection_adjustment_per_year"]
            nations["protection"][b] += step * (asked - nations["protection"][b])
