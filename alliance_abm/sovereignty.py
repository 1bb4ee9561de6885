"""Sovereignty in its four parts: control of what was delivered to a nation.

A delivery leaves its buyer a degree of control over development, production, sustainment and
employment that depends on its route (`routes.csv`); of what a nation makes itself, foreign content
takes its share away.  The index is the mean of the four parts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_abm.deliveries import periods
from alliance_abm.exposure import DEPENDENCE, STRATEGIES
from alliance_abm.layout import DEVELOP, DOMESTIC, N_ROUTES
from alliance_abm.quarters import QUARTERS_A_YEAR
from alliance_abm.recorder import nation_column
from alliance_abm.routes import PARTS, ROUTES

if TYPE_CHECKING:
    import pandas as pd

    from alliance_abm.model import AllianceModel

Floats = NDArray[np.float64]
CONTROL = np.array([route.control for route in ROUTES])  # (routes, parts)
HOME = [DOMESTIC, DEVELOP]


def yearly_flows(model: AllianceModel) -> Floats:
    """Delivered volume by year, entity and route, last the foreign part of what is home-made.

    (years begun, E, N_ROUTES + 1); all domains.
    """
    years = years_of(slice(0, model.state.quarter)).stop
    return np.asarray(model.state.flow_nation[:years], float)


def controlled(flows: Floats) -> Floats:
    """Volume that its buyers control, (..., 4) in the order of PARTS, of flows (..., routes + 1).

    The foreign part is taken off the national routes in proportion to their volume.
    """
    volume, foreign = flows[..., :N_ROUTES], flows[..., N_ROUTES]
    home = volume[..., HOME].sum(axis=-1)
    taken = np.divide(foreign, home, out=np.zeros_like(home), where=home > 0.0)
    at_home = volume[..., HOME] @ CONTROL[HOME]
    return np.asarray(volume @ CONTROL - at_home * taken[..., None])


def control(flows: Floats) -> Floats:
    """Share of a volume that its buyers control, (..., 4); NaN where nothing was delivered."""
    total = flows[..., :N_ROUTES].sum(axis=-1)[..., None]
    held = controlled(flows)
    return np.divide(held, total, out=np.full_like(held, np.nan), where=total > 0.0)


def world_control(model: AllianceModel) -> Floats:
    """Control over all that is delivered to the buyers by year, (years begun, 4)."""
    return control(yearly_flows(model)[:, model.world.is_buyer].sum(axis=1))


def _window_control(model: AllianceModel, when: slice) -> Floats:
    flows = yearly_flows(model)[years_of(when)][:, model.world.is_buyer]
    return control(flows.sum(axis=(0, 1)))


def part_of(part: str) -> Callable[[AllianceModel, slice], float]:
    """Measure: one of PARTS, over the years that the window touches, all buyers together."""
    place = PARTS.index(part)
    return lambda model, when: float(_window_control(model, when)[place])


def index(model: AllianceModel, when: slice) -> float:
    """Measure: the mean of the four parts."""
    return float(_window_control(model, when).mean())


def years_of(when: slice) -> slice:
    """Years from 2010 that a slice of quarters touches."""
    return slice(when.start // QUARTERS_A_YEAR, -(-when.stop // QUARTERS_A_YEAR))


def sovereignty_frame(model: AllianceModel) -> pd.DataFrame:
    """What each buyer controls, depends on and pursues, one row a buyer and period of deliveries.

    Columns: iso3, period; volume (delivered a year, all domains), the four parts of sovereignty
    and their mean `index` (missing without deliveries), over the years that the period touches;
    the share of stock from abroad, mean over the period, by seller (`dependence_nominal`) and by
    content (`dependence_content`), and the U.S. part of both; and the weights of the strategies
    (`strategy_*`) at the end of the period.
    """
    import pandas as pd

    buyers = model.world.is_buyer
    flows = yearly_flows(model)[:, buyers]
    frames = []
    for name, when in periods(model.state.quarter).items():
        years = years_of(when)
        delivered = flows[years].sum(axis=0)
        parts = control(delivered)
        volume = delivered[:, :N_ROUTES].sum(axis=1) / (years.stop - years.start)
        columns = {"iso3": np.array(model.world.nations)[buyers], "period": name, "volume": volume}
        columns |= {part: parts[:, place] for place, part in enumerate(PARTS)}
        columns["index"] = parts.mean(axis=1)
        for column, field in DEPENDENCE.items():
            columns[column] = nation_column(model.state, field)[when, buyers].mean(axis=0)
        for column, field in STRATEGIES.items():
            columns[column] = nation_column(model.state, field)[when.stop - 1, buyers]
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)
