"""The tidy quarterly series of a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alliance_abm.burdens import buyer_regions, region_buyers
from alliance_abm.exposure import DEPENDENCE, STRATEGIES, plain_mean, stock_weighted
from alliance_abm.procurement import COMPARED, lost_by_quarter
from alliance_abm.quarters import QUARTERS_A_YEAR, quarter_labels
from alliance_abm.recorder import column, nation_column, trailing
from alliance_abm.routes import PARTS, ROUTES
from alliance_abm.sovereignty import world_control

if TYPE_CHECKING:
    import pandas as pd

    from alliance_abm.model import AllianceModel

Series = tuple[str, str, NDArray[Any]]


def series_frame(model: AllianceModel) -> pd.DataFrame:
    """Tidy quarterly series: quarter, entity, outcome, value.

    Headlines, market share, spending, strategies, sovereignty, dependence and lost sales always;
    volumes by supplier, stocks and strategies by nation when the scenario asks for all series.
    Shares and volumes are of the last four quarters, sovereignty of the calendar year so far.
    """
    import pandas as pd

    frames = list(_world_series(model)) + list(_share_series(model))
    frames += list(_strategy_series(model)) + list(_region_series(model))
    if model.scenario.outputs.series == "all":
        frames += list(_nation_series(model))
    quarters = model.state.quarter
    return pd.DataFrame(
        {
            "quarter": np.tile(np.array(quarter_labels(quarters), object), len(frames)),
            "entity": np.repeat(np.array([entity for entity, _, _ in frames], object), quarters),
            "outcome": np.repeat(np.array([name for _, name, _ in frames], object), quarters),
            "value": np.concatenate([np.asarray(values, float) for _, _, values in frames]),
        }
    )


def _world_series(model: AllianceModel) -> Iterator[Series]:
    state = model.state
    allied, us = column(state, "allied_stock"), column(state, "us_stock")
    yield "world", "allied_capability_share", allied / (allied + us)
    yield "world", "gap", column(state, "gap")
    cost = trailing(column(state, "us_cost")) / np.maximum(
        trailing(column(state, "us_output")), 1e-9
    )
    yield "world", "us_unit_cost", cost
    backlog = column(state, "us_export_backlog")
    yield "world", "us_backlog_years", backlog / (4.0 * column(state, "us_export_capacity"))
    yield "world", "us_utilisation", column(state, "us_output_share")
    yield "world", "us_hot_lines", column(state, "us_hot_lines")
    spare = trailing(column(state, "us_spare"))
    yield "world", "us_surge_ratio", spare / np.maximum(trailing(column(state, "us_output")), 1e-9)
    yield "world", "leak_exposure", column(state, "leak_exposure")
    yield "world", "us_edge", column(state, "us_edge")
    yield "world", "staff", column(state, "staff")
    yield "world", "open_cases", column(state, "open_cases")
    burden = nation_column(state, "burden")
    for row in np.flatnonzero(np.arange(len(model.world.nations)) != model.world.row):
        yield model.world.nations[row], "burden", burden[:, row]


def _share_series(model: AllianceModel) -> Iterator[Series]:
    state, world = model.state, model.world
    n = state.quarter
    registered = state.cells["registered"][0] == 1
    delivered = trailing(state.flow_domain[:n][:, :, registered].sum(axis=2))
    awarded = trailing(state.flow_awarded[:n])
    groups = {
        "USA": np.arange(len(world.nations)) == world.usa,
        "competitor": np.asarray(world.competitor),
    }
    groups["friendly"] = ~(groups["USA"] | groups["competitor"])
    for clock, volume in (("delivered", delivered), ("awarded", awarded)):
        total = np.maximum(volume.sum(axis=1), 1e-9)
        for name, rows in groups.items():
            yield name, f"share_{clock}", volume[:, rows].sum(axis=1) / total
    for clock, index in (("delivered", 0), ("awarded", 1)):
        volume = trailing(state.flow_route[:n, index])
        total = np.maximum(volume.sum(axis=1), 1e-9)
        for route_index, route in enumerate(ROUTES):
            if volume[:, route_index].any():
                yield route.id, f"route_share_{clock}", volume[:, route_index] / total


def _strategy_series(model: AllianceModel) -> Iterator[Series]:
    """Of the buyers together: strategies, sovereignty, dependence, and why sales were lost."""
    for name, field in STRATEGIES.items():
        yield "world", name, plain_mean(model, field)
    of_year = np.arange(model.state.quarter) // QUARTERS_A_YEAR
    control = world_control(model)[of_year]
    for place, part in enumerate(PARTS):
        yield "world", f"sovereignty_{part}", control[:, place]
    yield "world", "sovereignty_index", control.mean(axis=1)
    for name, field in DEPENDENCE.items():
        yield "world", name, stock_weighted(model, field)
    lost = lost_by_quarter(model)
    for code, cause in enumerate(COMPARED):
        yield "world", f"lost_{cause}", lost[:, code]
    yield "world", "lost_decided", lost[:, len(COMPARED)]


def _region_series(model: AllianceModel) -> Iterator[Series]:
    """Share of each region's targets met by stock that is not of U.S. origin."""
    met = nation_column(model.state, "met_without_us")
    target = nation_column(model.state, "target")
    for region in buyer_regions():
        buyers = region_buyers(model, region)
        if buyers.any():
            whole = target[:, buyers].sum(axis=1)
            share = met[:, buyers].sum(axis=1) / np.maximum(whole, 1e-9)
            yield region, "met_without_us", share


def _nation_series(model: AllianceModel) -> Iterator[Series]:
    state, world = model.state, model.world
    n = state.quarter
    registered = state.cells["registered"][0] == 1
    delivered = trailing(state.flow_domain[:n][:, :, registered].sum(axis=2))
    for row, name in enumerate(world.nations):
        yield name, "sold", delivered[:, row]
        if world.is_buyer[row]:
            foreign = state.flow_pair[:n, row].sum(axis=1) - state.flow_pair[:n, row, row]
            yield name, "imported", trailing(foreign)
            for outcome, field in STRATEGIES.items():
                yield name, outcome, nation_column(state, field)[:, row]
            for measure in ("stock", "target"):
                yield name, measure, nation_column(state, measure)[:, row]
