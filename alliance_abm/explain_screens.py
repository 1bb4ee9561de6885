"""Which offers a search did not consider, and which screens kept them out.

Every screen is opened, by changing what it reads and not how it works; then each one is closed
again alone. An offer that is missing then fails that screen, whatever else it fails.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from alliance_abm.choice import grant_pays
from alliance_abm.explain_terms import beliefs_of, term_of
from alliance_abm.explanation import Screened
from alliance_abm.layout import DEFER
from alliance_abm.quarters import QUARTERS_A_YEAR
from alliance_abm.replay import Decision, Search
from alliance_abm.routes import ROUTES
from alliance_abm.state import State

PLENTY = 1e15  # US$ million
ANY_FIT = -1e9


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen and what it says of an offer that it keeps out."""

    id: str
    reason: str


SCREENS = (
    Screen("origin", "origin not permitted"),
    Screen("grant", "grant tied to U.S. goods"),
    Screen("aspiration", "fit too low"),
    Screen("release", "release not believed"),
    Screen("urgent", "too slow for an urgent need"),
    Screen("money", "beyond its money"),
    Screen("fms_only", "sold through FMS only"),
    Screen("carve_out", "kept for U.S. industry"),
)
IDS = tuple(screen.id for screen in SCREENS)
REASONS = {screen.id: screen.reason for screen in SCREENS}
Key = tuple[int, int]  # supplier and route


def open_screens(state: State, buyer: int, domain: int, screens: Collection[str]) -> None:
    """Let everything through some screens of one search."""
    cell, nation = state.cells[buyer, domain], state.nations[buyer]
    if "origin" in screens:
        state.pairs["permitted"][buyer] = np.arange(len(state.nations)) != buyer
        state.pairs["embargoed"][buyer] = 0
    if "aspiration" in screens:
        cell["aspiration"] = ANY_FIT
    if "release" in screens:
        state.par["release_screen"] = 0.0
    if "urgent" in screens:
        cell["urgent"] = 0
    if "fms_only" in screens:
        state.dom["fms_only_share"][domain] = 0.0
    if "carve_out" in screens:
        state.dom["carve_out"][domain] = 0.0
    usa = int(np.flatnonzero(state.nations["united_states"])[0])
    cost, money = cell["volume"] * nation["price"], (state.nations, state.cells, state.lines)
    tied = grant_pays(*money, state.par[0], buyer, domain, usa, cost)
    if "grant" in screens:
        nation["grant"] = 0.0
    if "money" in screens:
        nation["grant" if tied and "grant" not in screens else "balance"] = PLENTY


def screened_out(search: Search, decision: Decision) -> tuple[Screened, ...]:
    """Offers that exist but were not considered, with what they came to and all screens failed.

    A grant decides what money there is; money is judged for offers that the grant may pay.
    """
    opened = search.changed(_opening(search, IDS))
    every = opened.decide()
    here = set(decision.pairs())
    missing = [key for key in every.pairs() if key not in here and key[1] != DEFER]
    if not missing:
        return ()
    failed: dict[Key, list[str]] = {key: [] for key in missing}
    for screen in IDS:
        others = set(IDS) - {screen, "grant" if screen == "money" else screen}
        passing = set(search.decide(_opening(search, others)).pairs())
        for key in missing:
            barred = screen == "money" and "grant" in failed[key]
            if key not in passing and not barred:
                failed[key].append(screen)
    return tuple(_screened(opened, every, {key: tuple(failed[key]) for key in missing}))


def _opening(search: Search, screens: Collection[str]) -> Callable[[State], None]:
    return partial(open_screens, buyer=search.buyer, domain=search.domain, screens=screens)


def _screened(
    opened: Search, every: Decision, failed: Mapping[Key, tuple[str, ...]]
) -> Iterator[Screened]:
    fit, release = beliefs_of(
        opened, *(term_of(opened, every, term) for term in ("fit", "release"))
    )
    for i, (offer, key) in enumerate(zip(every.offers, every.pairs(), strict=True)):
        if key in failed:
            yield Screened(
                supplier=opened.world.nations[key[0]],
                route=ROUTES[key[1]].id,
                screens=failed[key],
                price=opened.worth * math.exp(offer["ln_price"]),
                lead=float(offer["lead"]) / QUARTERS_A_YEAR,
                fit=float(fit[i]),
                release=float(release[i]),
            )
