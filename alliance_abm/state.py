"""All that changes during a run, as arrays in fixed nation, domain and line order.

Rows: E entities (the nations of the scenario, then the rest of the world), D domains, L lines,
and a ledger with one row per order.  Kernels receive the arrays they work on; copying them all
forks the run.  Volumes are capability units (SIPRI's TIV, million); money is constant 2024
million US$; durations are integer days (administration) or quarters (production).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_abm.layout import FOLLOWING, N_BOOK, N_CASES, N_DONE, N_NEWS, N_ORDERS

RECORD = (
    "flow_pair", "flow_domain", "flow_route", "flow_awarded", "flow_lost", "flow_nation",
    "flow_agreements", "panel", "nation_panel",
)  # fmt: skip
BY_ROW = {  # arrays as long as the ledger, and the count of their rows in use
    "orders": N_ORDERS, "stage_days": N_ORDERS, "done": N_DONE, "cases": N_CASES, "book": N_BOOK,
    "news": N_NEWS,
}  # fmt: skip
ROOM = 4  # ledger rows for each nation and domain before the ledger has to grow
QUARTERS_PER_YEAR = 4


@dataclass(slots=True)
class State:
    """The arrays of one run. ``copy`` gives an independent fork."""

    seed: int
    quarter: int
    par: NDArray[np.void]  # (1,)
    dom: NDArray[np.void]  # (D,)
    nations: NDArray[np.void]  # (E,)
    cells: NDArray[np.void]  # (E, D)
    pairs: NDArray[np.void]  # (E, E) buyer x supplier
    lines: NDArray[np.void]  # (L,)
    content_origin: NDArray[np.int64]  # (L, MAX_ORIGINS), -1 = none
    content_reach: NDArray[np.float64]  # (L, MAX_ORIGINS) how far each origin's say reaches
    content_share: NDArray[np.float64]  # (L, MAX_ORIGINS) share of product value
    content_total: NDArray[np.float64]  # (L,) foreign share of product value
    content_kept: NDArray[np.float64]  # (L, MAX_ORIGINS) part of an origin's share not replaced
    content_held: NDArray[np.float64]  # (L, MAX_ORIGINS) part of it that is lost to everybody
    pipeline: NDArray[np.float64]  # (L, 2, PIPELINE_QUARTERS) capacity under construction
    stock: NDArray[np.float64]  # (E, D, E) by origin
    desks: NDArray[np.void]  # (D + 2,)
    server_free: NDArray[np.int64]  # (D + 2, MAX_SERVERS) day a server is free
    base_arrival: NDArray[np.int64]  # (D + 2, MAX_BASE)
    waiting: NDArray[np.int64]  # scratch: rows waiting at the desk at hand
    office: NDArray[np.void]  # (1,)
    orders: NDArray[np.void]  # ledger
    stage_days: NDArray[np.int16]  # (rows, N_STAGES) days spent in each stage
    sellers: NDArray[np.void]  # (D, E) by address key
    n_sellers: NDArray[np.int64]  # (D,)
    ask: NDArray[np.void]  # (1,) scratch: the search at hand
    view: NDArray[np.void]  # (E,) scratch: beliefs of the buyer at hand
    offers: NDArray[np.void]  # scratch: the offers of the choice at hand
    done: NDArray[np.int32]  # scratch: rows completed this quarter
    news: NDArray[np.void]  # scratch: what beliefs hear of this quarter
    cases: NDArray[np.int32]  # rows in administration
    book: NDArray[np.int32]  # rows in order books, by entry
    forming: NDArray[np.void]  # (2, regions, D) pools by region, programmes in region 0
    programmes: NDArray[np.void]  # (MAX_PROGRAMMES,)
    counts: NDArray[np.int64]
    flow_pair: NDArray[np.float32]  # (Q, E, E) delivered, registered domains, home included
    flow_domain: NDArray[np.float32]  # (Q, E suppliers, D) delivered across borders to buyers
    flow_route: NDArray[np.float32]  # (Q, 2, N_ROUTES) registered, delivered / awarded, buyers
    flow_awarded: NDArray[np.float32]  # (Q, E suppliers) registered, awarded abroad by buyers
    flow_lost: NDArray[np.float32]  # (Q, causes + decided) registered, not awarded to the U.S.
    flow_nation: NDArray[np.float32]  # (years, E, routes + foreign part of home-made)
    flow_agreements: NDArray[np.int32]  # (Q, kinds of happening in agreements)
    panel: NDArray[np.float64]  # (Q, world measures)
    nation_panel: NDArray[np.float32]  # (Q, E, nation measures)

    def copy(self) -> State:
        """A deep copy that shares nothing with this state."""
        values: dict[str, Any] = {item.name: getattr(self, item.name) for item in fields(self)}
        for name, value in values.items():
            if isinstance(value, np.ndarray):
                values[name] = copied(value)
        return State(**values)

    def bare_copy(self) -> State:
        """A small copy of what the future hangs on: open orders alone, and no record of the past.

        Rows of the ledger get new numbers. ``grown`` makes of it a state that can be stepped.
        """
        live = self._live_rows()
        values: dict[str, Any] = {item.name: getattr(self, item.name) for item in fields(self)}
        for name, value in values.items():
            if name in RECORD or name in ("news", "done"):
                values[name] = np.zeros((0, *value.shape[1:]), value.dtype)
            elif name in ("orders", "stage_days"):
                values[name] = chosen(value, live)
            elif isinstance(value, np.ndarray):
                values[name] = copied(value)
        for name, count in (("cases", N_CASES), ("book", N_BOOK)):
            values[name] = np.searchsorted(live, values[name][: self.counts[count]]).astype(
                np.int32
            )
        orders = values["orders"]
        follows = orders["status"] == FOLLOWING
        orders["lead"][follows] = np.searchsorted(live, orders["lead"][follows])
        programme = values["cells"]["programme"]
        begun = programme >= 0
        programme[begun] = np.searchsorted(live, programme[begun])
        values["counts"][N_ORDERS] = len(live)
        return State(**values)

    def _live_rows(self) -> NDArray[np.int64]:
        """Rows of the ledger that can still change, in order."""
        programme = self.cells["programme"]
        listed = (self.cases[: self.counts[N_CASES]], self.book[: self.counts[N_BOOK]])
        following = self.orders["status"][listed[0]] == FOLLOWING
        leads = self.orders["lead"][listed[0][following]]
        rows = np.concatenate((*listed, leads, programme[programme >= 0]))
        return np.unique(rows.astype(np.int64))

    def grown(self, quarters: int) -> State:
        """A copy of a bare copy that can be stepped until `quarters` have passed since the start.

        Its record is zero until now.
        """
        values: dict[str, Any] = {item.name: getattr(self, item.name) for item in fields(self)}
        rows = len(self.orders) + ROOM * self.cells.size
        length = dict.fromkeys(RECORD, quarters) | dict.fromkeys(BY_ROW, rows)
        length["flow_nation"] = -(-quarters // QUARTERS_PER_YEAR)
        for name, value in values.items():
            if name in length:
                values[name] = np.zeros((length[name], *value.shape[1:]), value.dtype)
                as_bytes(values[name])[: len(value)] = as_bytes(value)
            elif isinstance(value, np.ndarray):
                values[name] = copied(value)
        return State(**values)

    def make_room(self, rows: int) -> None:
        """Grow the ledger so that ``rows`` further orders fit."""
        need = int(self.counts[N_ORDERS]) + rows
        if need > len(self.orders):
            self._resize(need + len(self.orders) // 2)

    def reserve(self, rows: int) -> None:
        """Make the ledger as long as its orders and ``rows`` more; untouched rows cost nothing."""
        self._resize(int(self.counts[N_ORDERS]) + rows)

    def _resize(self, rows: int) -> None:
        """Give the ledger ``rows`` rows, those in use kept."""
        for name, count in BY_ROW.items():
            kept = min(int(self.counts[count]), rows)
            if rows <= len(getattr(self, name)) and self._cut(name, rows):
                rest = getattr(self, name)[kept:]
                rest[:] = np.zeros((), rest.dtype)
                continue
            old = getattr(self, name)
            new = np.zeros((rows, *old.shape[1:]), old.dtype)
            as_bytes(new)[:kept] = as_bytes(old)[:kept]
            setattr(self, name, new)

    def _cut(self, name: str, rows: int) -> bool:
        """Shorten an array where it lies; False when it is not its own or somebody looks at it."""
        try:
            getattr(self, name).resize((rows, *getattr(self, name).shape[1:]))
        except ValueError:
            return False
        return True


def ledger(state: State) -> NDArray[np.void]:
    """The ledger's rows in use."""
    rows: NDArray[np.void] = state.orders[: int(state.counts[N_ORDERS])]
    return rows


def chosen(rows: NDArray[np.void], which: NDArray[Any]) -> NDArray[np.void]:
    """Copies of some rows of a ledger, by a mask or by their numbers."""
    found: NDArray[np.void] = as_bytes(rows)[which].view(rows.dtype)
    return found


def as_bytes(array: NDArray[Any]) -> NDArray[Any]:
    """The same memory with records as plain bytes, which numpy copies much faster than fields."""
    return array.view(f"V{array.dtype.itemsize}") if array.dtype.names else array


def copied(array: NDArray[Any]) -> NDArray[Any]:
    """A copy, with records copied as plain bytes."""
    return as_bytes(array).copy().view(array.dtype)
