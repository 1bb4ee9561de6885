"""Capacity: learning and forgetting, investment and shrinkage, cold lines."""

from __future__ import annotations

import math

import numpy as np

from alliance_abm.draws import FORECAST, normal
from alliance_abm.kernels import njit
from alliance_abm.layout import (
    CLOSED,
    COLD,
    HOT,
    PIPELINE_QUARTERS,
    WARM,
)
from alliance_abm.state import State
from alliance_abm.supply_chain import parts_premium


def forecast(state: State) -> None:
    """At the end of a year: what each line makes of its orders in the next one.

    The error is lognormal of mean 1, and smaller the more of the demand is seen before contract.
    """
    s = state
    _forecast(s.quarter, s.seed, s.par, s.nations, s.cells, s.lines)


def adapt_lines(state: State) -> None:
    """Learning and forgetting, capacity investment and shrinkage, cold lines."""
    s = state
    _adapt(s.quarter, s.par, s.dom, s.nations, s.lines, s.pipeline, np.empty(len(s.dom)))


@njit(cache=True)
def _adapt(quarter, par, dom, nations, lines, pipeline, slopes):
    _learn(par, dom, nations, lines, slopes)
    _invest(quarter, par, lines, pipeline)
    _cool(par, lines)


@njit(cache=True)
def _learn(par, dom, nations, lines, slopes):
    """Unit cost follows experience, which decays; slow lines and replaced parts make it dearer."""
    p = par[0]
    for d in range(len(dom)):
        slopes[d] = -p["learning_share"] * math.log(dom["progress_ratio"][d]) / math.log(2.0)
    for i in range(len(lines)):
        if lines["status"][i] == CLOSED:
            continue
        output = lines["output_home"][i] + lines["output_export"][i]
        capacity = lines["capacity_home"][i] + lines["capacity_export"][i]
        rate = output / max(capacity, 1e-9)
        decay = p["experience_decay_per_year"] * 0.25
        if rate < p["sustaining_rate"]:
            decay *= p["slow_line_forgetting"]
        lines["experience"][i] += output - decay * lines["experience"][i]
        slope = slopes[lines["domain"][i]]
        gained = max(lines["experience"][i] / lines["experience_start"][i], p["experience_floor"])
        pace = max(rate, p["rate_floor"]) / p["planned_utilisation"]
        target = math.exp(-slope * math.log(gained) - p["rate_elasticity"] * math.log(pace))
        target *= 1.0 + p["replacement_premium"] * lines["replaced"][i]
        target *= 1.0 + parts_premium(p, nations, lines, i)
        target *= 1.0 + lines["cost_shock"][i]
        step = p["unit_cost_adjustment"]
        lines["unit_cost"][i] += step * (target - lines["unit_cost"][i])
        lines["experience_home_licence"][i] *= 1.0 - decay


@njit(cache=True)
def _forecast(quarter, seed, par, nations, cells, lines):
    p = par[0]
    spread = p["forecast_error"] * (1.0 - p["pipeline_credibility"])
    for i in range(len(lines)):
        if lines["status"][i] == CLOSED:
            continue
        owner = lines["owner"][i]
        key, domain = nations["key"][owner], cells["key"][owner, lines["domain"][i]]
        place = nations["key"][lines["location"][i]]
        z = normal(seed, FORECAST, quarter, key, domain, place)
        lines["misjudged"][i] = math.exp(spread * z - 0.5 * spread * spread)


@njit(cache=True, inline="always")
def commit(lines, line, pool, volume):
    """Tell a line that ``volume`` of what it plans with is committed: multi-year, pooled, pledged.

    ``pool`` is 0 for its home capacity, 1 for exports. It says nothing of how far the line plans
    with the volume at all; that is `arrived_home` and `arrived_export`.
    """
    if pool == 0:
        lines["pledged_home"][line] += volume
    else:
        lines["pledged_export"][line] += volume


@njit(cache=True)
def _grow(quarter, p, capacity, orders, committed, misjudged, backlog, planned, pipeline):
    """Capacity after this quarter's completed investment, and next investment decided.

    Wanted is what smoothed credible orders need, or what works the backlog off in the lead time
    that was planned, whichever is more. Orders are misjudged but for those committed, and on
    committed orders a line grows faster.
    """
    firm = min(committed, orders)
    cap = p["growth_cap_per_quarter"]
    if firm > 0.0:
        cap += (max(p["growth_cap_committed"], cap) - cap) * firm / orders
    orders = firm + (orders - firm) * misjudged
    slot = quarter % PIPELINE_QUARTERS
    capacity += pipeline[slot]
    pipeline[slot] = 0.0
    coming = 0.0
    for k in range(PIPELINE_QUARTERS):
        coming += pipeline[k]
    desired = max(orders * p["capacity_headroom"], backlog / planned)
    if desired > capacity + coming:
        add = min(desired - capacity - coming, cap * capacity)
        ready = (quarter + int(p["capacity_delay_quarters"])) % PIPELINE_QUARTERS
        pipeline[ready] += add
    elif desired < capacity:
        capacity = max(desired, capacity * (1.0 - p["shrinkage_per_quarter"]))
    return capacity


@njit(cache=True)
def _invest(quarter, par, lines, pipeline):
    p = par[0]
    weight = 1.0 / p["order_smoothing_quarters"]
    for i in range(len(lines)):
        planned = lines["planned_quarters"][i]
        home = lines["arrived_home"][i] - lines["orders_home"][i]
        abroad = lines["arrived_export"][i] - lines["orders_export"][i]
        lines["orders_home"][i] += weight * home
        lines["orders_export"][i] += weight * abroad
        lines["arrived_home"][i], lines["arrived_export"][i] = 0.0, 0.0
        home = lines["pledged_home"][i] - lines["committed_home"][i]
        abroad = lines["pledged_export"][i] - lines["committed_export"][i]
        lines["committed_home"][i] += weight * home
        lines["committed_export"][i] += weight * abroad
        lines["pledged_home"][i], lines["pledged_export"][i] = 0.0, 0.0
        lines["capacity_home"][i] = _grow(
            quarter, p, lines["capacity_home"][i], lines["orders_home"][i],
            lines["committed_home"][i], lines["misjudged"][i],
            lines["backlog_home"][i], planned, pipeline[i, 0],
        )  # fmt: skip
        lines["capacity_export"][i] = _grow(
            quarter, p, lines["capacity_export"][i], lines["orders_export"][i],
            lines["committed_export"][i], lines["misjudged"][i],
            lines["backlog_export"][i], planned, pipeline[i, 1],
        )  # fmt: skip


@njit(cache=True)
def _cool(par, lines):
    """A line below its sustaining rate turns warm, then cold; orders warm it up again."""
    p = par[0]
    for i in range(len(lines)):
        output = lines["output_home"][i] + lines["output_export"][i]
        capacity = lines["capacity_home"][i] + lines["capacity_export"][i]
        waiting = lines["backlog_home"][i] + lines["backlog_export"][i]
        if lines["status"][i] == CLOSED:
            continue
        if output >= p["sustaining_rate"] * capacity or waiting > 0.0:
            lines["quiet"][i] = 0
            if output > 0.0:
                lines["status"][i] = HOT
            continue
        lines["quiet"][i] += 1
        if lines["quiet"][i] >= p["cold_after_quarters"]:
            lines["status"][i] = COLD
        elif lines["quiet"][i] >= p["warm_after_quarters"]:
            lines["status"][i] = WARM
