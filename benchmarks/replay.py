"""One run of the model, kept quarter by quarter, so that a peer can face the same conditions.

Kept at the moment of choice: requirements, money, beliefs, strategies, competence and what
follows from it (who can build and sell, the level and content of products), presence, threat and
staff.  The peer takes these as given and does offers, choice, queues and industry itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from alliance_abm import AllianceModel, choice
from alliance_abm.exogenous import Exogenous
from alliance_abm.layout import N_BOOK, N_CASES
from alliance_abm.scenario import Scenario
from alliance_abm.state import State, ledger
from alliance_abm.world import World
from benchmarks.verbs import SEED


@dataclass(frozen=True)
class Conditions:
    """What nations and lines face in one quarter, as arrays of the model."""

    nations: NDArray[np.void]
    cells: NDArray[np.void]
    pairs: NDArray[np.void]
    office: NDArray[np.void]
    work_days: NDArray[np.float64]  # (desks,)
    lines: NDArray[np.void]
    reach: NDArray[np.float64]  # (lines, origins)
    share: NDArray[np.float64]  # (lines, origins)
    foreign: NDArray[np.float64]  # (lines,)

    @classmethod
    def of(cls, state: State) -> Conditions:
        """A copy of the conditions as they stand."""
        return cls(
            state.nations.copy(),
            state.cells.copy(),
            state.pairs.copy(),
            state.office.copy(),
            state.desks["work_days"].copy(),
            state.lines.copy(),
            state.content_reach.copy(),
            state.content_share.copy(),
            state.content_total.copy(),
        )


@dataclass(frozen=True)
class Magnitudes:
    """Figures of a whole run by which the model and its peer are compared."""

    orders_a_quarter: float
    delivered_a_quarter: float
    us_share: float  # of deliveries across borders to the buyers
    cases_at_the_end: float
    book_at_the_end: float

    @classmethod
    def of(
        cls,
        orders: NDArray[np.void],
        world: World,
        quarters: int,
        cases: int,
        book: int,
    ) -> Magnitudes:
        """Of a ledger with the columns buyer, supplier, delivered and initial."""
        abroad = world.is_buyer[orders["buyer"]] & (orders["supplier"] != orders["buyer"])
        from_us = abroad & (orders["supplier"] == world.usa)
        delivered = orders["delivered"]
        return cls(
            float((orders["initial"] == 0).sum() / quarters),
            float(delivered.sum() / quarters),
            float(delivered[from_us].sum() / max(delivered[abroad].sum(), 1e-9)),
            float(cases),
            float(book),
        )


@dataclass(frozen=True)
class Replay:
    """A run of the model: its start, the conditions of every quarter, and its magnitudes."""

    world: World
    outside: Exogenous
    start: State
    conditions: list[Conditions]
    magnitudes: Magnitudes


def record(scenario: Scenario) -> Replay:
    """Run the model once and keep what a peer needs."""
    model = AllianceModel(scenario, rng=SEED)
    start = model.snapshot()
    kept: list[Conditions] = []
    original = choice.choose

    def choose(state: State, *given: Any) -> Any:
        kept.append(Conditions.of(state))
        return original(state, *given)

    with patch.object(choice, "choose", choose):
        model.run()
    counts = model.state.counts
    magnitudes = Magnitudes.of(
        ledger(model.state), model.world, len(kept), int(counts[N_CASES]), int(counts[N_BOOK])
    )
    return Replay(model.world, model.outside, start, kept, magnitudes)
