"""Shocks to industry and money: suppliers and parts lost, austerity, costs and demand."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from alliance_abm import removal
from alliance_abm.content import CLASSES
from alliance_abm.layout import PARTS, PRODUCTS
from alliance_abm.script import (
    AlignmentShock,
    Austerity,
    ComponentLoss,
    CostShock,
    CredibilityShock,
    DemandSurge,
    Event,
    SupplierLoss,
)
from alliance_abm.state import State
from alliance_abm.world import World

QUARTERS_PER_YEAR = 4


def clear(state: State) -> None:
    """Take back what losses, cost shocks and surges of demand had set."""
    state.content_held[:] = 0.0
    state.lines["cost_shock"] = 0.0
    state.cells["surge"] = 0.0


def fading(state: State, event: AlignmentShock | CredibilityShock | CostShock) -> float:
    """What is left of a shock, 0-1; it fades by whole years since its start."""
    if event.half_life_years is None:
        return 1.0
    years = (state.quarter - event.start) // QUARTERS_PER_YEAR
    return float(0.5 ** (years / event.half_life_years))


def lose_supplier(state: State, world: World, event: SupplierLoss) -> None:
    """All deliveries, parts and support of a supplier stop, and nobody can order from it.

    What it makes for itself goes on.
    """
    removal.take_out(state, world.nation_index(event.supplier), PRODUCTS | PARTS)


def return_suppliers(state: State, world: World, events: Iterable[Event]) -> None:
    """Bring back the suppliers whose loss ended with the last quarter."""
    for event in events:
        if isinstance(event, SupplierLoss) and event.end == state.quarter - 1:
            removal.put_back(state, world.nation_index(event.supplier))


def lose_components(state: State, world: World, event: ComponentLoss) -> None:
    """Hold back an origin's parts of some classes, as far as a line's parts from there are such."""
    origin = world.nation_index(event.origin)
    owners, domains = state.lines["owner"], state.lines["domain"]
    parts = world.content_by_class[owners, domains][:, :, origin]
    named = parts[:, [CLASSES.index(name) for name in event.classes]].sum(axis=1)
    whole = parts.sum(axis=1)
    of_these = np.divide(named, whole, out=np.zeros_like(whole), where=whole > 0.0)
    held = np.where(state.content_origin == origin, event.share * of_these[:, None], 0.0)
    np.maximum(state.content_held, held, out=state.content_held)


def raise_costs(state: State, world: World, event: CostShock) -> None:
    """Unit cost jumps when a shock begins, and is held up by what is left of it."""
    hit = np.ones(len(state.lines), bool)
    if event.suppliers:
        hit &= np.isin(state.lines["owner"], [world.nation_index(s) for s in event.suppliers])
    if event.domains:
        hit &= np.isin(state.lines["domain"], [world.domain_index(d) for d in event.domains])
    if state.quarter == event.start:
        state.lines["unit_cost"][hit] *= 1.0 + event.size
    state.lines["cost_shock"][hit] += event.size * fading(state, event)


def raise_demand(state: State, world: World, event: DemandSurge) -> None:
    """What nations want to hold rises, everywhere or in some regions."""
    inside = _in_regions(world, event.regions or world.regions)
    for domain, share in event.domains.items():
        state.cells["surge"][inside, world.domain_index(domain)] += share


def cuts_by_year(events: Iterable[Event], world: World, years: int) -> NDArray[np.float64]:
    """Share of each year's spending that austerity cuts, (years, E); several cuts multiply."""
    kept = np.ones((years * QUARTERS_PER_YEAR, len(world.nations)))
    for event in events:
        if not isinstance(event, Austerity):
            continue
        named = [world.nation_index(name) for name in event.spenders or ()]
        hit = _in_regions(world, event.regions or ())
        hit[named] = True
        end = len(kept) if event.end is None else int(event.end) + 1
        kept[int(event.start) : end, hit] *= 1.0 - event.cut
    cuts: NDArray[np.float64] = 1.0 - kept.reshape(years, QUARTERS_PER_YEAR, -1).mean(axis=1)
    return cuts


def _in_regions(world: World, names: Iterable[str]) -> NDArray[np.bool_]:
    known = [world.regions.index(name) for name in names if name in world.regions]
    return np.isin(world.region, known)
