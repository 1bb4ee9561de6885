"""Replays: a run's state at the moment of a choice, and that choice made again.

Numbers are addressed, so the same scenario and seed come to the same moment and the same draws.
The schedule and the choice are not written a second time here: the model itself is stepped, and
the choice's own verb decides on a copy in which only the search at hand is open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from alliance_abm import choice
from alliance_abm.exogenous import Exogenous
from alliance_abm.layout import N_ORDERS
from alliance_abm.model import AllianceModel
from alliance_abm.scenario import Scenario
from alliance_abm.state import State, ledger
from alliance_abm.world import World

EMPTY = -1


class Replay(AllianceModel):
    """A run that keeps its state at the moment before the nations choose in one quarter."""

    def __init__(self, scenario: Scenario, seed: int, quarter: int):
        super().__init__(scenario, rng=seed)
        self.wanted = quarter
        self.moment: State | None = None

    def offers_stand(self) -> None:
        """Keep a copy of the state when the quarter is the one wanted."""
        if self.state.quarter == self.wanted:
            self.moment = self.snapshot()

    def searches(self, buyer: int) -> list[Search]:
        """Every search of a buyer (row) that is open in the quarter wanted, in order of domains.

        Steps the run up to and over that quarter. Raises ValueError when it lies outside.
        """
        if not 0 <= self.wanted < self.scenario.horizon.quarters:
            raise ValueError(f"quarter {self.wanted} lies outside the run")
        while self.state.quarter <= self.wanted:
            self.step()
        assert self.moment is not None
        open_domains = np.flatnonzero(self.moment.cells["open"][buyer] == 1)
        return [self._search(self.moment, buyer, int(domain)) for domain in open_domains]

    def _search(self, moment: State, buyer: int, domain: int) -> Search:
        rows = ledger(self.state)
        mine = (rows["buyer"] == buyer) & (rows["domain"] == domain)
        mine &= (rows["awarded"] == self.wanted) & (rows["initial"] == 0)
        orders = tuple(int(row) for row in np.flatnonzero(mine))
        state = before(moment, self.outside, buyer, domain)
        return Search(
            self.world, self.outside, state, buyer, domain, self.run_seed, orders, rows[mine]
        )


def before(moment: State, outside: Exogenous, buyer: int, domain: int) -> State:
    """The state that one search meets: the buyer's earlier searches have spent their money."""
    state = moment.copy()
    wanted = state.cells["open"][buyer].copy()
    order = np.zeros(state.cells.shape[1], np.int64)
    choice.widest_gap_first(buyer, state.cells, order)
    earlier = order[: int(np.flatnonzero(order == domain)[0])]
    state.cells["open"][:] = 0
    state.cells["open"][buyer, earlier] = wanted[earlier]
    choice.choose(state, outside)
    state.cells["open"][:] = 0
    state.cells["open"][buyer, domain] = 1
    return state


@dataclass(frozen=True, slots=True)
class Decision:
    """What a search came to.

    `offers` (dtype OFFER_DTYPE) is empty when there was no money to look at any; `ask` is what was
    asked for (dtype ASK_DTYPE, one record); `awards` are the rows of the ledger written.
    """

    offers: NDArray[np.void]
    ask: np.void
    awards: NDArray[np.void]

    def pairs(self) -> list[tuple[int, int]]:
        """(supplier, route) of each offer; no two are the same."""
        return [(int(offer["supplier"]), int(offer["route"])) for offer in self.offers]


@dataclass(frozen=True, slots=True)
class Search:
    """One search at the moment it is decided.

    `orders` are the numbers of its rows in the run's ledger and `awards` those rows at the end of
    the quarter; both are empty when the search was deferred.
    """

    world: World
    outside: Exogenous
    state: State
    buyer: int
    domain: int
    seed: int
    orders: tuple[int, ...]
    awards: NDArray[np.void]

    @property
    def cell(self) -> np.void:
        """The buyer's row in the domain (dtype CELL_DTYPE)."""
        found: np.void = self.state.cells[self.buyer, self.domain]
        return found

    @property
    def worth(self) -> float:
        """What the volume costs at the reference price, US$ million."""
        return float(self.cell["volume"] * self.state.nations["price"][self.buyer])

    def changed(self, change: Callable[[State], None]) -> Search:
        """This search with its state changed."""
        state = self.state.copy()
        change(state)
        return replace(self, state=state)

    def decide(self, change: Callable[[State], None] | None = None) -> Decision:
        """Decide on a copy of the state, after `change` to that copy."""
        state = self.state.copy()
        if change is not None:
            change(state)
        state.offers["route"] = EMPTY
        past = int(state.counts[N_ORDERS])
        choice.choose(state, self.outside)
        n = int((state.offers["route"] != EMPTY).sum())
        if n > 0:
            choice.probabilities(n, state.par[0]["nest_parameter"], state.offers)
        return Decision(state.offers[:n].copy(), state.ask[0].copy(), ledger(state)[past:].copy())
