"""What comes from outside the model: yearly paths of money and threat, and fixed indices."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from alliance_abm.joint_offers import EUROPE, INDO_PACIFIC
from alliance_abm.parameters import Parameters
from alliance_abm.routes import ROUTES
from alliance_abm.ties import alliance_ties, tie_weights
from alliance_abm.world import World

Floats = NDArray[np.float64]
MILLION_PER_BILLION = 1000.0
SPIN_UP_YEARS = 5
REGION_KINDS = {"europe": EUROPE, "indo_pacific": INDO_PACIFIC}


def _nothing() -> Floats:
    return np.zeros((0, 0))


@dataclass(frozen=True, slots=True)
class Exogenous:
    """Yearly arrays over E entities, D domains and T years from 2010; money in US$ million."""

    gdp: Floats  # (E, T) at market exchange rates, mean of the last years while recorded
    size: Floats  # (E, T) of the economy in volume, by stated regional growth, 1 at the start
    burden: Floats  # (E, T) spending over GDP while recorded
    equipment_share: Floats  # (E, T)
    pledge: Floats  # (E, T) burden aimed at
    grants: Floats  # (E, T) a year, tied to U.S. goods
    tied_share: Floats  # (E,) of all equipment money at the start
    threat: Floats  # (E, D, T) 0-1
    recorded_years: int
    order: NDArray[np.int64]  # rows by address key
    control: Floats  # (routes,) mean of the four parts of control
    ties: Floats  # (E, E) weight of another's experience at the end of 2014; rows sum to 1 or 0
    allied: Floats  # (E, E) 1 where two nations are allied when the record ends
    usa: int
    row: int
    region_kind: NDArray[np.int64]  # (regions,) by the body that helps to pool a buy
    strategy: Floats = field(default_factory=_nothing)  # (E, 3) weights at the start
    content_by_class: Floats = field(
        default_factory=_nothing
    )  # (L, MAX_ORIGINS, 3) product value per foreign part
    content_whole: Floats = field(default_factory=_nothing)  # (L, 3) the same of all origins
    content_levels: Floats = field(
        default_factory=_nothing
    )  # (3, 3) foreign level at competence 0, at 1, exponent


def trailing_mean(series: Floats, width: int) -> Floats:
    """Mean over the last ``width`` years, shorter at the start; series is (E, Y)."""
    years = series.shape[1]
    columns = [series[:, max(0, y - width + 1) : y + 1].mean(axis=1) for y in range(years)]
    return np.stack(columns, axis=1)


def recorded_burden(world: World, width: int) -> Floats:
    """Spending over GDP, both averaged over the last years; the last year as recorded.

    Only the past is averaged, so that no spending is seen before it happened.
    """
    gdp = np.where(world.gdp > 0.0, world.gdp, 1.0)
    burden = trailing_mean(world.milex, width) / trailing_mean(gdp, width)
    burden[:, -1] = world.milex[:, -1] / gdp[:, -1]
    return burden


def exogenous(world: World, parameters: Parameters, row_income: float) -> Exogenous:
    """Paths for ``world``; ``row_income`` is the rest of the world's yearly money at the start."""
    n, total = len(world.nations), len(world.path_years)
    recorded = len(world.years)
    width = int(parameters["budgets.spending_smoothing_years"])
    gdp = np.zeros((n, total))
    gdp[:, :recorded] = world.gdp * MILLION_PER_BILLION
    growth = world.gdp_growth.copy()
    growth[world.row] = parameters["budgets.rest_of_world_growth"]
    gdp[world.row, :recorded] = row_income * np.cumprod(
        np.r_[1.0, np.full(recorded - 1, 1.0 + growth[world.row, 0])]
    )
    for year in range(recorded, total):
        gdp[:, year] = gdp[:, year - 1] * (1.0 + growth[:, year])
    real = growth.copy()
    real[:, 1:recorded] = growth[:, recorded][:, None]
    size = np.cumprod(1.0 + np.c_[np.zeros(n), real[:, 1:]], axis=1)
    burden = np.ones((n, total))
    inside = np.arange(n) != world.row
    burden[inside, :recorded] = recorded_burden(world, width)[inside]
    burden[inside, recorded:] = burden[inside, recorded - 1][:, None]
    gdp[inside, :recorded] = trailing_mean(gdp[inside, :recorded], width)
    gdp[inside, recorded - 1] = world.gdp[inside, -1] * MILLION_PER_BILLION
    equipment = world.equipment_share.copy()
    pledge = world.pledge_burden.copy()
    equipment[world.row], pledge[world.row] = 1.0, 1.0
    grants = world.tied_grants * MILLION_PER_BILLION * parameters["budgets.grant_equipment_share"]
    own = (gdp * burden * equipment)[:, :SPIN_UP_YEARS].mean(axis=1)
    given = grants[:, :SPIN_UP_YEARS].mean(axis=1)
    return Exogenous(
        gdp=gdp,
        size=size,
        burden=burden,
        equipment_share=equipment,
        pledge=pledge,
        grants=grants,
        tied_share=given / (own + given),
        threat=world.threat.copy(),
        recorded_years=recorded,
        order=np.argsort(world.nation_keys, kind="stable").astype(np.int64),
        control=np.array([np.mean(route.control) for route in ROUTES]),
        ties=tie_weights(world, parameters, int(world.years[SPIN_UP_YEARS - 1])),
        allied=alliance_ties(world, int(world.years[-1])).astype(np.float64),
        usa=world.usa,
        row=world.row,
        region_kind=np.array([REGION_KINDS.get(name, len(REGION_KINDS)) for name in world.regions]),
    )
