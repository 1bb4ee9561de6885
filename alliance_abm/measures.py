"""Measures of a run over a window of quarters; `outcomes.py` names and defines them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_abm.layout import (
    CANCELLED,
    DCS,
    FMS,
    HYBRID,
    POOLED,
)
from alliance_abm.quarters import Quarter
from alliance_abm.recorder import column, nation_column
from alliance_abm.state import chosen, ledger

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

ROUNDING = 1e-12  # exactly half may come out as a little more
HALF = 0.5 + ROUNDING
DAYS_PER_MONTH = 365.25 / 12.0
QUARTERS_PER_YEAR = 4.0


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0.0 else float("nan")


def _sold(model: AllianceModel, when: slice) -> NDArray[np.float64]:
    registered = model.state.cells["registered"][0] == 1
    return np.asarray(model.state.flow_domain[when][:, :, registered].sum(axis=(0, 2)), float)


def us_share(model: AllianceModel, when: slice) -> float:
    sold = _sold(model, when)
    return _ratio(sold[model.world.usa], sold.sum())


def competitor_share(model: AllianceModel, when: slice) -> float:
    sold = _sold(model, when)
    return _ratio(sold[model.world.competitor].sum(), sold.sum())


def us_share_orders(model: AllianceModel, when: slice) -> float:
    awarded = model.state.flow_awarded[when].sum(axis=0)
    return _ratio(awarded[model.world.usa], awarded.sum())


def supplier_hhi(model: AllianceModel, when: slice) -> float:
    sold = _sold(model, when)
    return _ratio(float((sold**2).sum()), float(sold.sum() ** 2))


def buyer_hhis(model: AllianceModel, when: slice) -> NDArray[np.float64]:
    """Herfindahl of each buyer's imports by supplier; NaN without imports."""
    volume = model.state.flow_pair[when].sum(axis=0).astype(float)
    np.fill_diagonal(volume, 0.0)
    total = volume.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        hhi = (volume**2).sum(axis=1) / total**2
    return np.asarray(hhi[model.world.is_buyer])


def buyer_hhi(model: AllianceModel, when: slice) -> float:
    hhis = buyer_hhis(model, when)
    return float(np.nanmedian(hhis)) if np.isfinite(hhis).any() else float("nan")


def route_share(*routes: int) -> Callable[[AllianceModel, slice], float]:
    def measure(model: AllianceModel, when: slice) -> float:
        volume = model.state.flow_route[when, 0].sum(axis=0)
        return _ratio(volume[list(routes)].sum(), volume.sum())

    return measure


def fms_of_us(model: AllianceModel, when: slice) -> float:
    volume = model.state.flow_route[when, 0].sum(axis=0)
    through_fms = volume[[FMS, POOLED, HYBRID]].sum()
    return _ratio(through_fms, through_fms + volume[DCS])


def allied_share(model: AllianceModel, when: slice) -> float:
    allied = column(model.state, "allied_stock")[when]
    us = column(model.state, "us_stock")[when]
    return float(np.mean(allied / (allied + us)))


def gap_years(model: AllianceModel, when: slice) -> float:
    return float(column(model.state, "gap")[when].sum() / QUARTERS_PER_YEAR)


def unit_cost(model: AllianceModel, when: slice) -> float:
    base = int(Quarter.parse("2025Q1"))
    cost, output = column(model.state, "us_cost"), column(model.state, "us_output")
    if len(cost) < base + 4:
        base = max(min(base, len(cost) - 4), 0)
    start = _ratio(cost[base : base + 4].sum(), output[base : base + 4].sum())
    return 100.0 * _ratio(cost[when].sum(), output[when].sum()) / start


def orders_contracted(model: AllianceModel, when: slice, route: int) -> NDArray[np.void]:
    """Rows of orders awarded in the run and contracted in the window on a route."""
    rows = ledger(model.state)
    inside = (rows["contracted"] >= when.start) & (rows["contracted"] < when.stop)
    return chosen(rows, inside & (rows["route"] == route) & (rows["initial"] == 0))


def months(route: int) -> Callable[[AllianceModel, slice], float]:
    def measure(model: AllianceModel, when: slice) -> float:
        rows = orders_contracted(model, when, route)
        if not len(rows):
            return float("nan")
        return float(np.mean(rows["arrived_day"] - rows["request_day"]) / DAYS_PER_MONTH)

    return measure


def median_wait(awarded: NDArray[np.int64], delivered: NDArray[np.int64], now: int) -> float:
    """Kaplan-Meier median, in years, of the wait from one quarter to another.

    ``delivered`` is -1 where it has not happened by quarter ``now``; NaN when fewer than half
    are seen to end.
    """
    seen = delivered >= 0
    wait = np.where(seen, delivered - awarded, now - awarded)
    return kaplan_meier_median(wait, seen) / QUARTERS_PER_YEAR


def kaplan_meier_median(wait: NDArray[np.int64], seen: NDArray[np.bool_]) -> float:
    """Median of whole numbers of which those not `seen` to end are only known to be larger.

    NaN when fewer than half are seen to end (Kaplan and Meier, 1958).

    >>> kaplan_meier_median(np.array([1, 2, 3, 9]), np.array([True, False, False, False]))
    nan
    >>> kaplan_meier_median(np.array([-3, 2, 2, 9]), np.array([True, True, True, False]))
    2.0
    """
    if not len(wait):
        return float("nan")
    least = int(wait.min())
    width = int(wait.max()) - least + 1
    ended = np.bincount(wait[seen] - least, minlength=width)
    at_risk = np.bincount(wait - least, minlength=width)[::-1].cumsum()[::-1]
    alive = np.cumprod(1.0 - ended / at_risk)
    reached = np.flatnonzero(alive <= HALF)
    return float(reached[0] + least) if len(reached) else float("nan")


def wait(us: bool) -> Callable[[AllianceModel, slice], float]:
    def measure(model: AllianceModel, when: slice) -> float:
        rows = ledger(model.state)
        inside = (rows["requested"] >= when.start) & (rows["requested"] < when.stop)
        abroad = rows["supplier"] != rows["buyer"]
        theirs = model.world.is_buyer[rows["buyer"]]
        alive = rows["status"] != CANCELLED
        wanted = inside & abroad & theirs & alive & (rows["initial"] == 0)
        rows = rows[wanted & ((rows["supplier"] == model.world.usa) == us)]
        if not len(rows):
            return float("nan")
        return median_wait(
            rows["requested"].astype(np.int64),
            rows["first_delivery"].astype(np.int64),
            model.state.quarter,
        )

    return measure


def backlog_years(model: AllianceModel, when: slice) -> float:
    backlog = column(model.state, "us_export_backlog")[when]
    capacity = column(model.state, "us_export_capacity")[when]
    return float(np.mean(backlog / (QUARTERS_PER_YEAR * capacity)))


def mean_of(name: str) -> Callable[[AllianceModel, slice], float]:
    return lambda model, when: float(np.mean(column(model.state, name)[when]))


def a_year(name: str) -> Callable[[AllianceModel, slice], float]:
    """Measure: what a world measure counts in a year of the window."""
    return lambda model, when: QUARTERS_PER_YEAR * float(np.mean(column(model.state, name)[when]))


def mean_burden(model: AllianceModel, when: slice) -> float:
    burden = nation_column(model.state, "burden")[when][:, model.world.is_buyer]
    gdp = model.state.nations["gdp"][model.world.is_buyer]
    return float(np.average(burden.mean(axis=0), weights=gdp))


def burden_rank(model: AllianceModel, when: slice) -> float:
    """Spearman correlation of burden with GDP over the buyers (Olson and Zeckhauser, 1966)."""
    burden = nation_column(model.state, "burden")[when][:, model.world.is_buyer].mean(axis=0)
    gdp = model.state.nations["gdp"][model.world.is_buyer]
    if len(gdp) < 3:
        return float("nan")
    ranks = [np.argsort(np.argsort(values)) for values in (burden, gdp)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
