"""The registry of outcomes: each measure once, with name, unit and definition.

Recording, listing and charts follow from it.  Averages are taken over 2031Q1-2040Q4, or over the
reported part of a run that ends before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_abm.quarters import Quarter
from alliance_abm.recorder import column, nation_column
from alliance_abm.state import (
    CANCELLED,
    COMPETITOR,
    DCS,
    DOMESTIC,
    FMS,
    FRIENDLY,
    LICENSED,
    ledger,
)

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

WINDOW_START = Quarter.parse("2031Q1")
WINDOW_END = Quarter.parse("2040Q4")
DAYS_PER_MONTH = 365.25 / 12.0
QUARTERS_PER_YEAR = 4.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One measure of a run. ``clock`` says what is counted: orders, deliveries, or a stock."""

    id: str
    name: str
    unit: str
    definition: str
    clock: str
    headline: bool
    measure: Callable[[AllianceModel, slice], float]


def window(model: AllianceModel) -> slice:
    """The quarters averaged over."""
    end = min(int(WINDOW_END) + 1, model.state.quarter)
    start = int(WINDOW_START)
    if end <= start:
        start = min(int(model.scenario.horizon.report_from), max(end - 1, 0))
    return slice(start, end)


def measure_all(model: AllianceModel) -> dict[str, float]:
    """Every outcome of a run; NaN where nothing of the kind happened."""
    when = window(model)
    return {outcome.id: float(outcome.measure(model, when)) for outcome in OUTCOMES.values()}


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0.0 else float("nan")


def _sold(model: AllianceModel, when: slice) -> NDArray[np.float64]:
    registered = model.state.cells["registered"][0] == 1
    return np.asarray(model.state.flow_domain[when][:, :, registered].sum(axis=(0, 2)), float)


def _us_share(model: AllianceModel, when: slice) -> float:
    sold = _sold(model, when)
    return _ratio(sold[model.world.usa], sold.sum())


def _competitor_share(model: AllianceModel, when: slice) -> float:
    sold = _sold(model, when)
    return _ratio(sold[model.world.competitor].sum(), sold.sum())


def _us_share_orders(model: AllianceModel, when: slice) -> float:
    awarded = model.state.flow_awarded[when].sum(axis=0)
    return _ratio(awarded[model.world.usa], awarded.sum())


def _supplier_hhi(model: AllianceModel, when: slice) -> float:
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


def _buyer_hhi(model: AllianceModel, when: slice) -> float:
    return float(np.nanmedian(buyer_hhis(model, when)))


def _route_share(*routes: int) -> Callable[[AllianceModel, slice], float]:
    def measure(model: AllianceModel, when: slice) -> float:
        volume = model.state.flow_route[when, 0].sum(axis=0)
        return _ratio(volume[list(routes)].sum(), volume.sum())

    return measure


def _fms_of_us(model: AllianceModel, when: slice) -> float:
    volume = model.state.flow_route[when, 0].sum(axis=0)
    return _ratio(volume[FMS], volume[FMS] + volume[DCS])


def _allied_share(model: AllianceModel, when: slice) -> float:
    allied = column(model.state, "allied_stock")[when]
    us = column(model.state, "us_stock")[when]
    return float(np.mean(allied / (allied + us)))


def _gap_years(model: AllianceModel, when: slice) -> float:
    return float(column(model.state, "gap")[when].sum() / QUARTERS_PER_YEAR)


def _unit_cost(model: AllianceModel, when: slice) -> float:
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
    chosen: NDArray[np.void] = rows[inside & (rows["route"] == route) & (rows["initial"] == 0)]
    return chosen


def _months(route: int) -> Callable[[AllianceModel, slice], float]:
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
    alive = 1.0
    for length in np.unique(wait[seen]):
        at_risk = (wait >= length).sum()
        alive *= 1.0 - (seen & (wait == length)).sum() / at_risk
        if alive <= 0.5:
            return float(length) / QUARTERS_PER_YEAR
    return float("nan")


def _wait(us: bool) -> Callable[[AllianceModel, slice], float]:
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


def _backlog_years(model: AllianceModel, when: slice) -> float:
    backlog = column(model.state, "us_export_backlog")[when]
    capacity = column(model.state, "us_export_capacity")[when]
    return float(np.mean(backlog / (QUARTERS_PER_YEAR * capacity)))


def _mean_of(name: str) -> Callable[[AllianceModel, slice], float]:
    return lambda model, when: float(np.mean(column(model.state, name)[when]))


def _mean_burden(model: AllianceModel, when: slice) -> float:
    burden = nation_column(model.state, "burden")[when][:, model.world.is_buyer]
    gdp = model.state.nations["gdp"][model.world.is_buyer]
    return float(np.average(burden.mean(axis=0), weights=gdp))


def _burden_rank(model: AllianceModel, when: slice) -> float:
    """Spearman correlation of burden with GDP over the buyers (Olson and Zeckhauser, 1966)."""
    burden = nation_column(model.state, "burden")[when][:, model.world.is_buyer].mean(axis=0)
    gdp = model.state.nations["gdp"][model.world.is_buyer]
    if len(gdp) < 3:
        return float("nan")
    ranks = [np.argsort(np.argsort(values)) for values in (burden, gdp)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


_DELIVERIES, _ORDERS, _STOCK = "deliveries", "orders", "stock"
_SHARE = "share of volume"

_ALL = (
    Outcome(
        "us_share_deliveries", "U.S. market share", _SHARE,
        "U.S. volume over all cross-border volume delivered to the allied and partner buyers.",
        _DELIVERIES, True, _us_share,
    ),
    Outcome(
        "allied_capability_share", "Allied share of capability", "share of stock",
        "The buyers' capability stock over theirs and that of the United States, mean.",
        _STOCK, True, _allied_share,
    ),
    Outcome(
        "gap_years", "Capability gap", "years at full gap",
        "Sum over quarters of the share of target not covered by stock, mean over buyer and "
        "domain, in years.",
        _STOCK, True, _gap_years,
    ),
    Outcome(
        "us_unit_cost", "U.S. unit cost", "2025 = 100",
        "Unit cost of U.S. lines weighted by output, from learning and the rate of production; "
        "without the growth in cost from one generation to the next.",
        _DELIVERIES, True, _unit_cost,
    ),
    Outcome(
        "us_share_orders", "U.S. share of orders", _SHARE,
        "U.S. volume over all cross-border volume awarded by the buyers.",
        _ORDERS, False, _us_share_orders,
    ),
    Outcome(
        "competitor_share_deliveries", "Competitors' market share", _SHARE,
        "Chinese and Russian volume over all cross-border volume delivered to the buyers.",
        _DELIVERIES, False, _competitor_share,
    ),
    Outcome(
        "supplier_hhi", "Concentration of suppliers", "Herfindahl, 0-1",
        "Sum of squared supplier shares of cross-border deliveries to the buyers.",
        _DELIVERIES, False, _supplier_hhi,
    ),
    Outcome(
        "buyer_hhi_median", "Concentration of a buyer's imports", "Herfindahl, 0-1",
        "Median over buyers of the sum of squared supplier shares of their imports.",
        _DELIVERIES, False, _buyer_hhi,
    ),
    Outcome(
        "domestic_share", "Own industry's share", _SHARE,
        "Volume from the buyers' own lines over all volume delivered to them.",
        _DELIVERIES, False, _route_share(DOMESTIC),
    ),
    Outcome(
        "licensed_share", "Licensed build", _SHARE,
        "Volume built at home under a foreign licence over all volume delivered to the buyers.",
        _DELIVERIES, False, _route_share(LICENSED),
    ),
    Outcome(
        "third_party_share", "Third parties' share", _SHARE,
        "Volume bought directly from third parties, friendly or competitor, over all volume "
        "delivered to the buyers.",
        _DELIVERIES, False, _route_share(FRIENDLY, COMPETITOR),
    ),
    Outcome(
        "fms_share_of_us_deliveries", "FMS share of U.S. sales", _SHARE,
        "FMS volume over FMS and DCS volume delivered to the buyers; licensed build apart.",
        _DELIVERIES, False, _fms_of_us,
    ),
    Outcome(
        "fms_months_to_contract", "FMS: request to contract", "months, mean",
        "From letter of request to contract, FMS cases contracted in the window.",
        _ORDERS, False, _months(FMS),
    ),
    Outcome(
        "dcs_months_to_contract", "DCS: request to contract", "months, mean",
        "From the start of negotiation to contract, direct commercial sales.",
        _ORDERS, False, _months(DCS),
    ),
    Outcome(
        "wait_years_us", "U.S. wait", "years, median",
        "From the opening of a requirement to first delivery, U.S. supplier; Kaplan-Meier "
        "median, open orders censored at the end of the run.",
        _DELIVERIES, False, _wait(True),
    ),
    Outcome(
        "wait_years_third_party", "Third-party wait", "years, median",
        "The same for all other foreign suppliers.",
        _DELIVERIES, False, _wait(False),
    ),
    Outcome(
        "us_backlog_years", "U.S. export backlog", "years of capacity",
        "Volume contracted abroad and undelivered over the yearly export capacity of U.S. lines.",
        _STOCK, False, _backlog_years,
    ),
    Outcome(
        "us_utilisation", "Use of U.S. lines", "share of capacity",
        "Output of U.S. lines over their capacity, mean.",
        _DELIVERIES, False, _mean_of("us_output_share"),
    ),
    Outcome(
        "open_cases", "Cases in administration", "cases, mean",
        "FMS cases, DCS licences and other contracts in negotiation, all buyers.",
        _ORDERS, False, _mean_of("open_cases"),
    ),
    Outcome(
        "burden_mean", "Burden of the buyers", "share of GDP",
        "Military spending over GDP, mean over buyers weighted by GDP.",
        _STOCK, False, _mean_burden,
    ),
    Outcome(
        "burden_rank_correlation", "Burden and size", "rank correlation",
        "Spearman correlation of burden with GDP over buyers; positive when the large carry more.",
        _STOCK, False, _burden_rank,
    ),
)  # fmt: skip

OUTCOMES: Mapping[str, Outcome] = MappingProxyType({outcome.id: outcome for outcome in _ALL})
