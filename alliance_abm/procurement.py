"""How buyers buy: sales lost to the United States, national programmes, split awards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_abm.causes import CAUSES
from alliance_abm.layout import CANCELLED, DEVELOP, IN_DEVELOPMENT
from alliance_abm.recorder import nation_column, trailing
from alliance_abm.state import chosen, ledger

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

Floats = NDArray[np.float64]
Rows = NDArray[np.void]
Measure = Callable[["AllianceModel", slice], float]
COMPARED: Mapping[str, str] = MappingProxyType(  # what a cause compares
    {
        "cost": "price",
        "timeline": "believed time to delivery",
        "fit": "fit of the product to the need",
        "export_control": "doubt about release, and the risk of sanctions",
        "strategic_competition": "political ties, and concentration on one supplier",
        "trust": "believed reliability, and alignment",
        "other": "none of the other causes, such as habit and control",
    }
)


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0.0 else float("nan")


def lost_share(cause: str) -> Measure:
    """Measure: share by volume of the sales lost to others that this cause lost."""
    code = [one.id for one in CAUSES].index(cause)

    def measure(model: AllianceModel, when: slice) -> float:
        lost = model.state.flow_lost[when, : len(CAUSES)].sum(axis=0, dtype=float)
        return _share(lost[code], lost.sum())

    return measure


def lost_decided(model: AllianceModel, when: slice) -> float:
    """Measure: share by volume of the sales lost in which the cause alone decided."""
    lost = model.state.flow_lost[when].sum(axis=0, dtype=float)
    return _share(lost[len(CAUSES)], lost[: len(CAUSES)].sum())


def lost_by_quarter(model: AllianceModel) -> Floats:
    """Shares of the sales lost in the last four quarters, (Q, causes + 1); NaN without any.

    The first columns are by cause and add to 1, the last is what the cause alone decided.
    """
    lost = trailing(model.state.flow_lost[: model.state.quarter])
    total = lost[:, : len(CAUSES)].sum(axis=1, keepdims=True)
    return np.divide(lost, total, out=np.full_like(lost, np.nan), where=total > 0.0)


def programmes(model: AllianceModel, until: int) -> Rows:
    """Ledger rows of the national programmes that buyers began before quarter `until`."""
    rows = ledger(model.state)
    mine = (rows["route"] == DEVELOP) & model.world.is_buyer[rows["buyer"]]
    return chosen(rows, mine & (rows["awarded"] < until))


def programmes_begun(model: AllianceModel, when: slice) -> float:
    """Measure: national programmes begun from the start of the run to the end of the window."""
    return float(len(programmes(model, when.stop)))


def programmes_failed(model: AllianceModel, when: slice) -> float:
    """Measure: share that failed of the programmes begun by the end of the window and ended.

    Ended by the end of the run; NaN where none has.
    """
    status = programmes(model, when.stop)["status"]
    return _share((status == CANCELLED).sum(), (status != IN_DEVELOPMENT).sum())


def development_share(model: AllianceModel, when: slice) -> float:
    """Measure: what the buyers paid for development over all they paid for equipment."""
    spent = [
        _spent(nation_column(model.state, name)[:, model.world.is_buyer].sum(axis=1), when)
        for name in ("developed", "spending")
    ]
    return _share(*spent)


def _spent(paid: Floats, when: slice) -> float:
    """What was paid in the window, from the sum paid since the start."""
    return float(paid[when.stop - 1] - (paid[when.start - 1] if when.start > 0 else 0.0))


def split_share(model: AllianceModel, when: slice) -> float:
    """Measure: share of the volume awarded abroad in awards split between two suppliers."""
    rows, world = ledger(model.state), model.world
    inside = (rows["awarded"] >= when.start) & (rows["awarded"] < when.stop)
    inside &= world.is_buyer[rows["buyer"]] & (rows["supplier"] != rows["buyer"])
    inside &= (rows["initial"] == 0) & (model.state.cells["registered"][0] == 1)[rows["domain"]]
    rows = chosen(rows, inside)
    award = _award(rows, len(world.nations), len(world.domains))
    halves = np.isin(award, award[rows["part"] == 1])
    return _share(rows["volume"][halves].sum(), rows["volume"].sum())


def _award(rows: Rows, nations: int, domains: int) -> NDArray[np.int64]:
    """A number for each award: one buyer, domain and quarter."""
    place = rows["awarded"].astype(np.int64) * nations + rows["buyer"]
    return np.asarray(place * domains + rows["domain"])
