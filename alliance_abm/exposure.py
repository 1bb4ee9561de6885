"""What stocks depend on and what nations pursue: means over the buyers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_abm.recorder import nation_column

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

Floats = NDArray[np.float64]
Measure = Callable[["AllianceModel", slice], float]

# outcome or column -> field of a nation
DEPENDENCE: Mapping[str, str] = MappingProxyType(
    {
        "dependence_nominal": "nominal_dependence",
        "dependence_content": "dependence",
        "us_dependence_nominal": "nominal_us_dependence",
        "us_dependence_content": "us_dependence",
    }
)
STRATEGIES: Mapping[str, str] = MappingProxyType(
    {f"strategy_{name}": name for name in ("sovereignty", "core", "diversification")}
)


def stock_weighted(model: AllianceModel, field: str) -> Floats:
    """A nation measure by quarter, mean over the buyers weighted by stock, (Q,); NaN without."""
    buyers = model.world.is_buyer
    stock = nation_column(model.state, "stock")[:, buyers]
    value, total = (nation_column(model.state, field)[:, buyers] * stock).sum(1), stock.sum(1)
    return np.divide(value, total, out=np.full_like(total, np.nan), where=total > 0.0)


def plain_mean(model: AllianceModel, field: str) -> Floats:
    """A nation measure by quarter, mean over the buyers, each counting alike, (Q,)."""
    return np.asarray(nation_column(model.state, field)[:, model.world.is_buyer].mean(axis=1))


def mean_by_stock(field: str) -> Measure:
    """Measure: `stock_weighted`, mean over the window."""
    return lambda model, when: float(stock_weighted(model, field)[when].mean())


def mean_by_nation(field: str) -> Measure:
    """Measure: `plain_mean`, mean over the window."""
    return lambda model, when: float(plain_mean(model, field)[when].mean())
