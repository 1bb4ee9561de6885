"""Where nations that follow different strategies buy."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_abm.deliveries import periods
from alliance_abm.exposure import STRATEGIES
from alliance_abm.layout import (
    COMPETITOR,
    DCS,
    DEVELOP,
    DOMESTIC,
    FMS,
    FRIENDLY,
    HYBRID,
    LICENSED,
    POOLED,
)
from alliance_abm.measures import buyer_hhis
from alliance_abm.sovereignty import yearly_flows, years_of

if TYPE_CHECKING:
    import pandas as pd

    from alliance_abm.model import AllianceModel

PORTFOLIO: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "united_states": (FMS, DCS, HYBRID, POOLED),
        "friendly": (FRIENDLY,),
        "competitor": (COMPETITOR,),
        "own_industry": (DOMESTIC, DEVELOP),
        "licensed": (LICENSED,),
    }
)


def leading_strategies(model: AllianceModel) -> NDArray[np.str_]:
    """The strategy with the largest weight now of each buyer, (buyers,)."""
    nations = model.state.nations[model.world.is_buyer]
    weights = np.column_stack([nations[name] for name in STRATEGIES.values()])
    return np.array(list(STRATEGIES.values()))[weights.argmax(axis=1)]


def portfolio_frame(model: AllianceModel) -> pd.DataFrame:
    """Where deliveries come from, by the leading strategy of the buyers and period of deliveries.

    A buyer is in one group throughout, that of its largest weight now.  Columns: strategy,
    period, nations (how many are in the group), suppliers (mean over them of the effective number
    of foreign suppliers: 1 over the sum of squared shares of imports across borders, without
    space), source (a key of PORTFOLIO) and share (of all volume delivered to the group over the
    years that the period touches; all domains).  Groups without nations or deliveries are left
    out.
    """
    import pandas as pd

    leading = leading_strategies(model)
    flows = yearly_flows(model)[:, model.world.is_buyer]
    found = []
    for name, when in periods(model.state.quarter).items():
        delivered, hhis = flows[years_of(when)].sum(axis=0), buyer_hhis(model, when)
        for strategy in STRATEGIES.values():
            group = leading == strategy
            volume = delivered[group].sum(axis=0)
            volumes = {source: volume[list(routes)].sum() for source, routes in PORTFOLIO.items()}
            total = sum(volumes.values())
            if total <= 0.0:
                continue
            seen = hhis[group & np.isfinite(hhis)]
            suppliers = (1.0 / seen).mean() if len(seen) else np.nan
            head = (strategy, name, int(group.sum()), suppliers)
            found += [(*head, source, part / total) for source, part in volumes.items()]
    columns = ["strategy", "period", "nations", "suppliers", "source", "share"]
    return pd.DataFrame(found, columns=columns)
