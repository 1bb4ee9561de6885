"""Shares of the buyers' market by source and by route, on either clock; space is not counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_abm.layout import COMPETITOR, DCS, FMS, FRIENDLY, HYBRID, LICENSED, POOLED
from alliance_abm.portfolios import PORTFOLIO

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

Measure = Callable[["AllianceModel", slice], float]
CLOCKS = {"deliveries": 0, "orders": 1}  # place in `flow_route`
ACROSS_BORDERS = (FMS, DCS, HYBRID, POOLED, FRIENDLY, COMPETITOR, LICENSED)


def _volume(model: AllianceModel, when: slice, clock: str) -> NDArray[np.float64]:
    """Volume by route in the window, (routes,)."""
    return np.asarray(model.state.flow_route[when, CLOCKS[clock]].sum(axis=0, dtype=float))


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0.0 else float("nan")


def source_share(source: str, clock: str) -> Measure:
    """Measure: share of a source (a key of PORTFOLIO) in all volume, that from home included."""
    routes = list(PORTFOLIO[source])

    def measure(model: AllianceModel, when: slice) -> float:
        volume = _volume(model, when, clock)
        return _share(volume[routes].sum(), volume.sum())

    return measure


def route_share_abroad(route: int, clock: str) -> Measure:
    """Measure: share of a route in the volume bought abroad, licensed build included."""

    def measure(model: AllianceModel, when: slice) -> float:
        volume = _volume(model, when, clock)
        return _share(volume[route], volume[list(ACROSS_BORDERS)].sum())

    return measure


def friendly_share(clock: str) -> Measure:
    """Measure: share of sellers that are neither the United States nor competitors, abroad."""
    return lambda model, when: _group_share(model, when, clock, _friendly(model))


def competitor_share_of(clock: str) -> Measure:
    """Measure: share of China and Russia in the volume bought abroad."""
    return lambda model, when: _group_share(model, when, clock, np.asarray(model.world.competitor))


def _friendly(model: AllianceModel) -> NDArray[np.bool_]:
    usa = np.arange(len(model.world.nations)) == model.world.usa
    return np.asarray(~(usa | model.world.competitor))


def _group_share(model: AllianceModel, when: slice, clock: str, group: NDArray[np.bool_]) -> float:
    """Share of some sellers, licensors among them."""
    state = model.state
    if clock == "orders":
        sold = state.flow_awarded[when].sum(axis=0, dtype=float)
    else:
        registered = state.cells["registered"][0] == 1
        sold = state.flow_domain[when].sum(axis=0, dtype=float)[:, registered].sum(axis=1)
    return _share(sold[group].sum(), sold.sum())
