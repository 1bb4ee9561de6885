"""Volumes and money of 2010-14: imports, licensed build, home procurement, prices paid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance_abm.exogenous import MILLION_PER_BILLION, SPIN_UP_YEARS
from alliance_abm.parameters import Parameters
from alliance_abm.world import World

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Flows:
    """Yearly volumes at the start, all of 2010-14."""

    foreign: Floats  # (E, E, D) buyer, supplier, domain
    licensed: Floats  # (E, E, D) the part of it built at home under licence
    home: Floats  # (E, D)
    seats: Floats  # (E, D) sales abroad each supplier is to start with
    price: Floats  # (E,) US$ million per volume unit paid
    income: Floats  # (E,) US$ million a year of the first year
    licence_share: Floats  # (E,)


def flows_at_start(world: World, p: Parameters) -> Flows:
    """Imports, licensed build, home procurement and money per volume unit of each buyer."""
    foreign = world.flows.copy()
    foreign[world.row, world.row] = 0.0  # nobody buys from itself, the rest of the world neither
    imports = foreign.sum(axis=(1, 2))
    equipment = world.milex[:, :SPIN_UP_YEARS].mean(axis=1) * world.equipment_share[
        :, :SPIN_UP_YEARS
    ].mean(axis=1)
    equipment *= MILLION_PER_BILLION
    grants = world.tied_grants[:, :SPIN_UP_YEARS].mean(axis=1) * MILLION_PER_BILLION
    grants *= p["budgets.grant_equipment_share"]
    mix = foreign.sum(axis=(0, 1)) / foreign.sum()
    own = foreign.sum(axis=1) / np.maximum(imports, 1e-9)[:, None]
    weight = p["choice.home_mix_own_share"]
    blend = (1.0 - weight) * mix + weight * own
    home_money = (blend * world.home_share).sum(axis=1)
    price = _prices(world, p, equipment * (1.0 - home_money) + grants, imports)
    wanted = blend * world.home_share
    wanted /= np.maximum(wanted.sum(axis=1, keepdims=True), 1e-9)
    home = (equipment * home_money / price)[:, None] * wanted
    home[world.row] = 0.0
    able = world.competence >= p["offers.licence_competence"]
    better = world.competence[None, :, :] > world.competence[:, None, :]
    share = np.minimum(world.local_production_share, p["choice.largest_licence_share"])
    licensed = foreign * (able[:, None, :] & better) * share[:, None, None]
    licensed[world.row] = 0.0
    seats = foreign.sum(axis=0)
    smallest = p["choice.smallest_seat_share"] * seats.sum(axis=0)
    able_seller = world.competence >= p["choice.seller_competence"]
    seats = np.where(seats < smallest, np.where(able_seller, smallest, 0.0), seats)
    income = equipment.copy()
    income[world.row] = price[world.row] * imports[world.row]
    licence_share = licensed.sum(axis=(1, 2)) / np.maximum(imports, 1e-9)
    return Flows(foreign, licensed, home, seats, price, income, licence_share)


def _prices(world: World, p: Parameters, money: Floats, imports: Floats) -> Floats:
    """Money per volume unit: each buyer's own figure, its logarithm shrunk to the pooled one."""
    own = money / np.maximum(imports, 1e-9)
    volume = imports * SPIN_UP_YEARS
    weight = volume / (volume + p["budgets.price_shrinkage_volume"])
    pooled = np.log(p["budgets.price_pooled"])
    logs = weight * np.log(np.maximum(own, 1e-3)) + (1.0 - weight) * pooled
    logs[world.row] = pooled
    return np.clip(np.exp(logs), p["budgets.price_lowest"], p["budgets.price_highest"])
