"""Removal: a supplier, or an origin of parts, is gone for everybody but itself.

It stands in the state as bits of each pair, so that copies of the state carry it.  What hangs on
it acts where the mechanism is: nobody considers its products and nothing of it is released
(searches, release), orders with it stay open and undelivered, lines lack its parts (industry),
doubt of it grows (beliefs).  Here stand what holders lose for want of support and which orders
they no longer count on.  No random number is used, and without a removal nothing is touched.
"""

from __future__ import annotations

from alliance_abm.kernels import njit
from alliance_abm.layout import MAX_ORIGINS, N_BOOK, N_CASES, PARTS, PRODUCTS
from alliance_abm.state import State


def take_out(state: State, row: int, bits: int) -> None:
    """Remove what entity `row` sells (PRODUCTS), the parts it makes for others (PARTS), or both."""
    state.pairs["removed"][:, row] |= bits
    state.pairs["removed"][row, row] = 0
    state.office["any_removed"] = 1


def put_back(state: State, row: int) -> None:
    """Undo the removal of an entity."""
    state.pairs["removed"][:, row] = 0
    state.office["any_removed"] = int(state.pairs["removed"].any())
    state.cells["given_up"] = 0.0


def give_up_orders(state: State) -> None:
    """Count anew, by holder and domain, the volume on order that will not come."""
    s = state
    s.cells["given_up"] = 0.0
    _give_up(s.cells, s.pairs, s.orders, s.cases, s.book, s.counts)


@njit(cache=True)
def _give_up(cells, pairs, orders, cases, book, counts):
    for at in range(counts[N_CASES] + counts[N_BOOK]):
        row = cases[at] if at < counts[N_CASES] else book[at - counts[N_CASES]]
        b = orders["buyer"][row]
        if pairs["removed"][b, orders["supplier"][row]] & PRODUCTS:
            left = orders["volume"][row] - orders["delivered"][row]
            cells["given_up"][b, orders["domain"][row]] += left


def lose_support(state: State) -> None:
    """Make unusable a quarter's share of the stock that nobody sustains any more."""
    s = state
    _lose(s.par, s.cells, s.pairs, s.stock, s.content_origin, s.content_share)


@njit(cache=True)
def _lose(par, cells, pairs, stock, content_origin, content_share):
    rate = 0.25 * par[0]["sustainment_loss_per_year"]
    for b in range(cells.shape[0]):
        for d in range(cells.shape[1]):
            for s in range(stock.shape[2]):
                if stock[b, d, s] > 0.0:
                    bare = _unsupported(b, s, cells["line"][s, d], pairs, content_origin,
                                        content_share)  # fmt: skip
                    stock[b, d, s] *= 1.0 - rate * bare


@njit(cache=True, inline="always")
def _unsupported(b, s, line, pairs, content_origin, content_share):
    """Share (0-1) of a product of ``s`` for which ``b`` has no support: all without its maker."""
    if pairs["removed"][b, s] & PRODUCTS:
        return 1.0
    bare = 0.0
    if line >= 0:
        for k in range(MAX_ORIGINS):
            origin = content_origin[line, k]
            if origin < 0:
                break
            if pairs["removed"][b, origin] & PARTS:
                bare += content_share[line, k]
    return min(bare, 1.0)
