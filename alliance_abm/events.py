"""Events and threat: scripted causes, applied to the state; what follows is the model's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_abm import removal, shocks
from alliance_abm.exogenous import Exogenous
from alliance_abm.layout import DAYS_PER_QUARTER, IN_ORDER_BOOK, N_BOOK, N_CASES, REFUSED
from alliance_abm.news import tell
from alliance_abm.queues import cancel
from alliance_abm.script import (
    AlignmentShock,
    Austerity,
    CapacityDiversion,
    CaseSurge,
    ComponentLoss,
    CostShock,
    CredibilityShock,
    DemandSurge,
    Embargo,
    EndorsedRecipient,
    Event,
    Period,
    ProgrammeRemoval,
    SanctionsRisk,
    SupplierLoss,
    Suspension,
    TechnologyStep,
    ThreatSurge,
    TrustedPartnership,
)
from alliance_abm.state import State
from alliance_abm.world import World

QUARTERS_PER_YEAR = 4


@dataclass(frozen=True, slots=True)
class Script:
    """The events of a scenario, and what of them can be told before the run."""

    events: tuple[Event, ...]
    threat: NDArray[np.float64]  # (Q, E, D) with surges
    threat_recorded: NDArray[np.float64]  # (E,) mean over domains when the record ends
    cuts: NDArray[np.float64]  # (T, E) share of a year's spending that austerity cuts
    turns: frozenset[int]  # quarters in which what is in force changes
    acts: tuple[tuple[int, int, Event], ...]  # first and last quarter of events told to the state


def script(events: tuple[Event, ...], world: World, outside: Exogenous, quarters: int) -> Script:
    """Threat by quarter and the quarters at which the state has to be told of a change."""
    threat = _threat(outside, quarters)
    turns, acts = set(), []
    for event in events:
        end = event.end if isinstance(event, Period) and event.end is not None else quarters - 1
        if not isinstance(event, ThreatSurge | Austerity):
            acts.append((int(event.start), int(end), event))
        turns |= {int(event.start), int(end) + 1}
        if isinstance(event, ThreatSurge):
            _raise_threat(threat[int(event.start) : int(end) + 1], world, event)
        if isinstance(event, AlignmentShock | CredibilityShock | CostShock):
            turns |= set(range(int(event.start), int(end) + 1, QUARTERS_PER_YEAR))
    threat = np.clip(threat, 0.0, 1.0)
    last = min(outside.recorded_years * QUARTERS_PER_YEAR, quarters) - 1
    cuts = shocks.cuts_by_year(events, world, outside.gdp.shape[1])
    recorded = threat[last].mean(axis=1)
    return Script(events, threat, recorded, cuts, frozenset(turns), tuple(acts))


def strike(state: State, world: World, told: Script) -> None:
    """Set threat, and in turning quarters suspensions, priorities, diversions and shocks.

    Shocks fade by whole years since their start, so that other events do not move them.
    """
    state.cells["threat"] = told.threat[state.quarter]
    if state.quarter in told.turns:
        _turn(state, world, told)
    if state.office["any_removed"][0]:
        removal.give_up_orders(state)


def _turn(state: State, world: World, told: Script) -> None:
    surge = state.desks["surge"].copy()
    _clear(state)
    shocks.return_suppliers(state, world, told.events)
    for start, end, event in told.acts:
        if start <= state.quarter <= end:
            _APPLY[type(event)](state, world, event)
    _hasten(state, surge)


def _threat(outside: Exogenous, quarters: int) -> NDArray[np.float64]:
    """Threat between yearly values, interpolated by quarter, (Q, E, D)."""
    year, part = np.divmod(np.arange(quarters), QUARTERS_PER_YEAR)
    last = outside.threat.shape[2] - 1
    now = outside.threat[:, :, year]
    following = outside.threat[:, :, np.minimum(year + 1, last)]
    return np.ascontiguousarray(
        np.moveaxis(now + (following - now) * (part / QUARTERS_PER_YEAR), 2, 0)
    )


def _clear(state: State) -> None:
    for name in ("suspended", "endorsed", "alignment", "sanctions_level", "embargoed"):
        state.pairs[name] = 0
    state.lines["diverted_share"] = 0.0
    state.desks["surge"] = 1.0
    shocks.clear(state)
    state.office["credibility"] = 1.0
    state.office["any_endorsed"] = 0
    state.nations["treaty"] = 0


def _suspend(state: State, world: World, event: Suspension) -> None:
    pair = world.nation_index(event.buyer), world.nation_index(event.supplier)
    state.pairs["suspended"][pair] = max(state.pairs["suspended"][pair], event.share)


def _embargo(state: State, world: World, event: Embargo) -> None:
    buyers = [world.nation_index(buyer) for buyer in event.buyers]
    state.pairs["embargoed"][buyers, world.nation_index(event.supplier)] = 1


def _risk_sanctions(state: State, world: World, event: SanctionsRisk) -> None:
    column = state.pairs["sanctions_level"][:, world.nation_index(event.supplier)]
    np.maximum(column, event.level, out=column)


def _remove_member(state: State, world: World, event: ProgrammeRemoval) -> None:
    """Expel a member once: its share ends, open orders are cancelled, and it hears of it."""
    if state.quarter != event.start:
        return
    member = world.nation_index(event.member)
    evidence = float(state.par["removal_evidence"][0])
    for programme in world.programmes:
        if programme.name != event.programme or programme.member != member:
            continue
        state.pairs["member"][member, programme.lead] &= ~(1 << programme.domain)
        tell(state.news, state.counts, member, programme.lead, REFUSED, evidence)
        _cancel_open(state, member, programme.lead, programme.domain)


def _cancel_open(state: State, buyer: int, supplier: int, domain: int) -> None:
    """Cancel what buyer has open with supplier in a domain, in administration or order books."""
    for rows, count in ((state.cases, N_CASES), (state.book, N_BOOK)):
        listed = rows[: int(state.counts[count])].copy()
        orders = state.orders
        theirs = (orders["buyer"][listed] == buyer) & (orders["supplier"][listed] == supplier)
        theirs &= orders["domain"][listed] == domain
        for row in listed[theirs]:
            order = state.orders[row]
            if order["status"] == IN_ORDER_BOOK:
                pool = "home" if state.lines["location"][order["line"]] == buyer else "export"
                left = order["volume"] - order["delivered"]
                state.lines[f"backlog_{pool}"][order["line"]] -= left
            cancel(state.orders, state.nations, state.cells, int(row))
        kept = listed[~theirs]
        rows[: len(kept)] = kept
        state.counts[count] = len(kept)


def _raise_threat(threat: NDArray[np.float64], world: World, event: ThreatSurge) -> None:
    inside = np.isin(world.region, [world.regions.index(region) for region in event.regions])
    for domain, rise in event.domains.items():
        threat[:, inside, world.domain_index(domain)] += rise


def _endorse(state: State, world: World, event: EndorsedRecipient) -> None:
    pair = world.nation_index(event.buyer), world.nation_index(event.supplier)
    state.pairs["endorsed"][pair] = 1
    state.office["any_endorsed"] = 1


def _divert(state: State, world: World, event: CapacityDiversion) -> None:
    owned = state.lines["owner"] == world.nation_index(event.supplier)
    share = state.lines["diverted_share"]
    share[owned] = np.maximum(share[owned], event.share)


def _surge_cases(state: State, world: World, event: CaseSurge) -> None:
    for domain in event.domains:
        desk = world.domain_index(domain)
        state.desks["surge"][desk] = max(state.desks["surge"][desk], event.factor)


def _hasten(state: State, before: NDArray[np.float64]) -> None:
    """Bring the next small case of a desk nearer, or put it off, as its rate has changed."""
    desks, today = state.desks, state.quarter * DAYS_PER_QUARTER
    if (desks["surge"] == before).all():
        return
    changed = (desks["surge"] != before) & (desks["base_next"] > today)
    left = (desks["base_next"] - today) * before / desks["surge"]
    desks["base_next"][changed] = (today + left)[changed]


def _trust(state: State, world: World, event: TrustedPartnership) -> None:
    rows = [world.nation_index(member) for member in event.members]
    state.nations["treaty"][rows] = 1


def _shock_alignment(state: State, world: World, event: AlignmentShock) -> None:
    supplier = world.nation_index(event.supplier)
    shock = np.where(world.is_buyer, event.default, 0.0)
    for buyer, size in event.buyers.items():
        shock[world.nation_index(buyer)] = size
    shock[supplier] = 0.0
    state.pairs["alignment"][:, supplier] += shock * shocks.fading(state, event)


def _shock_credibility(state: State, world: World, event: CredibilityShock) -> None:
    state.office["credibility"] += event.size * shocks.fading(state, event)


def _step_technology(state: State, world: World, event: TechnologyStep) -> None:
    """Raise the level of the supplier's products once; none goes beyond the frontier."""
    if state.quarter != event.start:
        return
    owner = world.nation_index(event.supplier)
    for name in event.domains:
        domain = world.domain_index(name)
        cell = state.cells[owner, domain]
        cell["step"] += event.size
        if cell["line"] < 0:
            continue
        line = state.lines[int(cell["line"])]
        line["level"] = min(line["level"] + event.size, 1.0)
        selling = state.sellers["line"][domain] == cell["line"]
        selling &= np.arange(len(selling)) < state.n_sellers[domain]
        state.sellers["level"][domain][selling] = line["level"]


_APPLY: dict[type[Event], Callable[[State, World, Any], None]] = {
    Suspension: _suspend,
    Embargo: _embargo,
    SanctionsRisk: _risk_sanctions,
    ProgrammeRemoval: _remove_member,
    EndorsedRecipient: _endorse,
    CapacityDiversion: _divert,
    CaseSurge: _surge_cases,
    TrustedPartnership: _trust,
    AlignmentShock: _shock_alignment,
    CredibilityShock: _shock_credibility,
    SupplierLoss: shocks.lose_supplier,
    ComponentLoss: shocks.lose_components,
    CostShock: shocks.raise_costs,
    DemandSurge: shocks.raise_demand,
    TechnologyStep: _step_technology,
}
