"""Measures of a run that the record of 2010-24 has figures for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_abm.desks import serve
from alliance_abm.layout import DAYS_PER_QUARTER, DCS, FMS, HYBRID, POOLED
from alliance_abm.measures import (
    DAYS_PER_MONTH,
    QUARTERS_PER_YEAR,
    buyer_hhis,
    orders_contracted,
)
from alliance_abm.state import ledger

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

WINDOWS = {"2010-14": slice(0, 20), "2015-19": slice(20, 40), "2020-24": slice(40, 60)}
SMALLEST_PAIR = 5.0  # volume units: pairs the register's targets count
TOP_SHARE = 0.75
TENTH = 0.1
DELIVERY_COHORT = slice(0, 28)  # orders 2010-16
FMS_WINDOW = slice(20, 60)
SURGE = slice(48, 68)
BEFORE_SURGE = slice(28, 48)
MORE_CASES = 0.2
LONG_QUARTERS = 200

Measures = dict[str, dict[str, float]]


def import_volumes(model: AllianceModel) -> NDArray[np.float64]:
    """Delivered volume a year, (window, buyer, supplier), across borders, without space."""
    volumes = np.stack(
        [model.state.flow_pair[when].sum(axis=0).astype(float) for when in WINDOWS.values()]
    )
    for volume in volumes:
        np.fill_diagonal(volume, 0.0)
    years = (WINDOWS["2010-14"].stop - WINDOWS["2010-14"].start) / QUARTERS_PER_YEAR
    return volumes / years


def hindcast_measures(model: AllianceModel) -> Measures:
    """Figures by target id and window, as `calibration_targets.csv` names them."""
    found: Measures = {}
    for name, when in WINDOWS.items():
        if model.state.quarter >= when.stop:
            for measure, value in _window_measures(model, when).items():
                found.setdefault(measure, {})[name] = value
    _pairs(model, found)
    _leads(model, found)
    _administration(model, found)
    return found


def _window_measures(model: AllianceModel, when: slice) -> dict[str, float]:
    world = model.world
    registered = model.state.cells["registered"][0] == 1
    sold = model.state.flow_domain[when].sum(axis=0).astype(float)
    inside = np.where(registered[None, :], sold, 0.0)
    total = max(inside.sum(), 1e-9)
    hhis = buyer_hhis(model, when)
    volume = model.state.flow_pair[when].sum(axis=0).astype(float)
    np.fill_diagonal(volume, 0.0)
    us_world = volume[:, world.usa].sum() / max(volume.sum(), 1e-9)
    bought = volume[world.is_buyer]
    top = bought.max(axis=1) / np.maximum(bought.sum(axis=1), 1e-9)
    direct = model.state.flow_route[when, 0].sum(axis=0)
    fms = direct[[FMS, POOLED, HYBRID]].sum()
    found = {
        "us_share_deliveries": inside[world.usa].sum() / total,
        "competitor_share_deliveries": inside[world.competitor].sum() / total,
        "supplier_hhi": float(((inside.sum(axis=1) / total) ** 2).sum()),
        "buyer_hhi_median": float(np.nanmedian(hhis)),
        "effective_suppliers_median": float(np.nanmedian(1.0 / hhis)),
        "buyers_top_supplier_over_75pct": float((top > TOP_SHARE).mean()),
        "us_share_world": float(us_world),
        "deal_top10pct_volume_share": _top_tenth(model, when),
        "fms_share_of_us_deliveries": float(fms / max(fms + direct[DCS], 1e-9)),
    }
    for d, domain in enumerate(world.domains):
        if registered[d]:
            found[f"us_share_deliveries:{domain}"] = _share(sold[:, d], world.usa)
            found[f"domain_mix:{domain}"] = float(sold[:, d].sum() / total)
    return found


def _share(volume: NDArray[np.float64], row: int) -> float:
    total = volume.sum()
    return float(volume[row] / total) if total > 0.0 else float("nan")


def _top_tenth(model: AllianceModel, when: slice) -> float:
    """Share of volume in the largest tenth of the deals awarded abroad in the window."""
    rows = ledger(model.state)
    inside = (rows["awarded"] >= when.start) & (rows["awarded"] < when.stop)
    abroad = (rows["supplier"] != rows["buyer"]) & model.world.is_buyer[rows["buyer"]]
    volume = np.sort(rows["volume"][inside & abroad & (rows["initial"] == 0)])[::-1]
    if len(volume) < 1.0 / TENTH:
        return float("nan")
    return float(volume[: int(len(volume) * TENTH)].sum() / volume.sum())


def _pairs(model: AllianceModel, found: Measures) -> None:
    """Pairs that recur from one window to the next, and volume from pairs that are new."""
    volumes = import_volumes(model) * 5.0
    names = list(WINDOWS)
    for before in range(len(names) - 1):
        if model.state.quarter < WINDOWS[names[before + 1]].stop:
            continue
        old = volumes[before][model.world.is_buyer]
        new = volumes[before + 1][model.world.is_buyer]
        was, is_ = old >= SMALLEST_PAIR, new >= SMALLEST_PAIR
        label = f"{names[before]}->{names[before + 1]}"
        if was.any() and new.sum() > 0.0:
            recur = float((was & is_).sum() / was.sum())
            found.setdefault("pair_persistence", {})[label] = recur
            fresh = float(new[old <= 0.0].sum() / new.sum())
            found.setdefault("new_pairs_volume_share", {})[label] = fresh


def _leads(model: AllianceModel, found: Measures) -> None:
    """Volume-weighted median years from contract to first delivery, orders of 2010-16."""
    rows = ledger(model.state)
    now = model.state.quarter
    inside = (rows["contracted"] >= DELIVERY_COHORT.start) & (
        rows["contracted"] < DELIVERY_COHORT.stop
    )
    abroad = inside & (rows["supplier"] != rows["buyer"]) & (rows["initial"] == 0)
    for supplier in ("USA", "KOR", "TUR", "FRA", "DEU", "RUS", "CHN"):
        if supplier not in model.world.nations:
            continue
        mine = rows[abroad & (rows["supplier"] == model.world.nation_index(supplier))]
        if len(mine):
            end = np.where(mine["first_delivery"] >= 0, mine["first_delivery"], now)
            years = (end - mine["contracted"]) / QUARTERS_PER_YEAR
            value = _weighted_median(years, mine["volume"])
            found.setdefault(f"order_to_delivery_years:{supplier}", {})["orders 2010-16"] = value


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, 0.5 * reached[-1])])


def _administration(model: AllianceModel, found: Measures) -> None:
    rows = orders_contracted(model, FMS_WINDOW, FMS)
    if len(rows):
        days = rows["arrived_day"] - rows["request_day"]
        found.setdefault("fms_months_request_to_contract", {})["2015-24"] = float(
            np.mean(days) / DAYS_PER_MONTH
        )
    found["queue_elasticity"] = {"any": queue_elasticity(model)}
    before, surge = _us_wait(model, BEFORE_SURGE), _us_wait(model, SURGE)
    if before > 0.0 and model.state.quarter >= SURGE.stop:
        found.setdefault("surge_wait_ratio", {})["2022-26"] = surge / before


def queue_elasticity(model: AllianceModel) -> float:
    """Per cent more time per per cent more cases at the licensing desk, at its baseline load.

    The desk of this run is worked alone for a long time, with small cases only, at the load it
    is staffed for and with a fifth more; the target's source (GAO-08-89) is about licences.
    """
    before, after = (_days_alone(model, 1.0 + more) for more in (0.0, MORE_CASES))
    return (after / before - 1.0) / MORE_CASES


def _days_alone(model: AllianceModel, scale: float) -> float:
    """Mean days of a small case at the licensing desk under ``scale`` times its cases."""
    state = model.state
    desks, last = state.desks.copy(), len(state.desks) - 1
    work = desks["work_days"][last]
    load = float(state.par["desk_utilisation"][0]) * int(desks["servers"][last])
    for name in ("base_next", "base_days", "base_admitted", "base_served", "base_waiting"):
        desks[name][last] = 0
    desks["base_cases"][last] = scale * load / work * DAYS_PER_QUARTER
    office = state.office.copy()
    office["productivity"] = 1.0
    free = np.zeros_like(state.server_free)
    arrival = np.zeros_like(state.base_arrival)
    nobody = np.zeros_like(state.counts)
    for quarter in range(LONG_QUARTERS):
        serve(
            last, quarter, state.seed, state.par, state.nations, state.cells, office, desks, free,
            arrival, state.waiting, state.orders, state.cases, nobody,
        )  # fmt: skip
    return float(desks["base_days"][last] / max(desks["base_served"][last], 1))


def _us_wait(model: AllianceModel, when: slice) -> float:
    """Mean wait promised for U.S. orders awarded in a window, award to first delivery, quarters."""
    rows = ledger(model.state)
    inside = (rows["awarded"] >= when.start) & (rows["awarded"] < when.stop)
    mine = rows[inside & (rows["supplier"] == model.world.usa) & (rows["initial"] == 0)]
    mine = mine[mine["buyer"] != model.world.usa]
    if not len(mine):
        return float("nan")
    return float(np.mean(mine["promised"] - mine["awarded"]))
