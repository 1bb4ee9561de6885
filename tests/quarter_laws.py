"""Laws of the quarter between two states: what moved in one place moved in the others."""

from __future__ import annotations

import numpy as np

from alliance_abm.capability import loss_rate
from alliance_abm.causes import CAUSES, NOT_LOST
from alliance_abm.layout import (
    CANCELLED,
    CONTRACTING,
    DELIVERED,
    FMS,
    FOLLOWING,
    FORMING,
    IN_ADMINISTRATION,
    IN_DEVELOPMENT,
    IN_ORDER_BOOK,
    IN_RESEARCH,
    N_ROUTES,
    PARTS,
    POOLED,
    PRODUCTS,
)
from alliance_abm.model import AllianceModel
from alliance_abm.state import State, ledger

ON_THE_WAY = (FORMING, IN_RESEARCH, FOLLOWING, IN_ADMINISTRATION)  # to a contract
LIVE = (IN_DEVELOPMENT, *ON_THE_WAY, CONTRACTING, IN_ORDER_BOOK)
ROUNDING = 1e-9
SINGLE = 1e-5  # flows are recorded in single precision
IDENTITY = ("buyer", "supplier", "line", "domain", "address", "requested", "awarded",
            "volume", "tied", "initial", "tie", "request_day", "promised")  # fmt: skip


def check_quarter(before: State, model: AllianceModel) -> None:
    """Laws of the quarter between two states: what moved in one place moved in the others."""
    state, rows, old = model.state, ledger(model.state), ledger(before)
    quarter, past = before.quarter, len(old)
    for name in IDENTITY:
        assert (rows[name][:past] == old[name]).all(), f"an order changed its {name}"
    alone = (old["route"] == POOLED) & (rows["route"][:past] == FMS)
    assert ((rows["route"][:past] == old["route"]) | alone).all(), "an order changed its route"
    forward = rows["status"][:past] >= old["status"]
    ended = np.isin(old["status"], (DELIVERED, CANCELLED))
    assert forward.all() and (rows["status"][:past] == old["status"])[ended].all()
    assert (rows["awarded"][past:] == quarter).all()
    amount = rows["delivered"].copy()
    amount[:past] -= old["delivered"]
    assert (amount >= 0.0).all()
    check_flows(state, quarter, rows, amount, past)
    check_nation_flows(before, state, rows, amount)
    check_lines(before, state, rows, amount)
    check_stock(before, state, rows, amount)
    check_losses(state, quarter, rows, past)
    check_transfers(before, state)
    names = ("received", "paid", "developed", "for_stock", "policy_paid")
    moved = {name: state.nations[name] - before.nations[name] for name in names}
    income = before.nations["income"] + model.outside.grants[:, quarter // 4] / 4.0
    scale = ROUNDING * state.nations["received"].max()
    np.testing.assert_allclose(moved["received"], income, rtol=1e-6, atol=scale)
    assert (moved["developed"] >= 0.0).all() and (moved["policy_paid"] >= 0.0).all()
    paid = by_buyer(state, amount * rows["price"])
    paid += moved["developed"] + moved["for_stock"] + moved["policy_paid"]
    np.testing.assert_allclose(moved["paid"], paid, rtol=1e-6, atol=scale)


def check_flows(
    state: State, quarter: int, rows: np.ndarray, amount: np.ndarray, past: int
) -> None:
    """The record of flows is what the ledger says was delivered and awarded."""
    n, m = state.cells.shape
    buyers, registered = state.nations["is_buyer"] == 1, state.cells["registered"][0] == 1
    counted, theirs = registered[rows["domain"]], buyers[rows["buyer"]]
    abroad = rows["buyer"] != rows["supplier"]
    pair = _table((n, n), (rows["buyer"], rows["supplier"]), amount * counted)
    sold = _table((n, m), (rows["supplier"], rows["domain"]), amount * theirs * abroad)
    routes = _table((N_ROUTES,), (rows["route"],), amount * theirs * counted)
    new = np.arange(len(rows)) >= past
    asked = rows["volume"] * new * theirs * counted
    for record, expected in (
        (state.flow_pair[quarter], pair),
        (state.flow_domain[quarter], sold),
        (state.flow_route[quarter, 0], routes),
        (state.flow_route[quarter, 1], _table((N_ROUTES,), (rows["route"],), asked)),
        (state.flow_awarded[quarter], _table((n,), (rows["supplier"],), asked * abroad)),
    ):
        np.testing.assert_allclose(record, expected, rtol=SINGLE, atol=SINGLE)


def check_nation_flows(before: State, state: State, rows: np.ndarray, amount: np.ndarray) -> None:
    """The yearly record by nation: what it took by route, and foreign parts of what it made."""
    year, n = before.quarter // 4, len(state.nations)
    moved = state.flow_nation[year].astype(float) - before.flow_nation[year]
    taken = _table((n, N_ROUTES), (rows["buyer"], rows["route"]), amount)
    own = amount * (rows["buyer"] == rows["supplier"])
    foreign = by_buyer(state, own * before.content_total[rows["line"]])
    size = SINGLE * max(float(state.flow_nation[year].max()), 1.0)
    expected = np.column_stack([taken, foreign])
    np.testing.assert_allclose(moved, expected, rtol=SINGLE, atol=size)


def check_losses(state: State, quarter: int, rows: np.ndarray, past: int) -> None:
    """Every award has one cause that lost it to the United States, or none where that buys or
    wins; the record adds up what the buyers awarded elsewhere, and what of it the cause decided."""
    new = rows[past:]
    american = state.nations["united_states"] == 1
    kept = american[new["buyer"]] | american[new["supplier"]]
    assert (new["lost_by"][kept] == NOT_LOST).all() and (new["decided"][kept] == 0).all()
    assert ((new["lost_by"] >= 0) & (new["lost_by"] < len(CAUSES)))[~kept].all()
    counted = (state.nations["is_buyer"] == 1)[new["buyer"]]
    counted &= (state.cells["registered"][0] == 1)[new["domain"]] & ~kept
    new = new[counted]
    lost = _table((len(CAUSES) + 1,), (new["lost_by"],), new["volume"])
    lost[-1] = (new["volume"] * new["decided"]).sum()
    np.testing.assert_allclose(state.flow_lost[quarter], lost, rtol=SINGLE, atol=SINGLE)


def check_lines(before: State, state: State, rows: np.ndarray, amount: np.ndarray) -> None:
    """Lines put out what is delivered from them, and no more than their capacity, which has room
    for what a programme handed over this quarter."""
    home = is_home(state, rows)
    lines = state.lines
    for pool in ("home", "export"):
        mine = amount * (home == (pool == "home"))
        made = np.bincount(rows["line"], mine, len(lines))
        np.testing.assert_allclose(lines[f"output_{pool}"], made, rtol=ROUNDING, atol=ROUNDING)
    output = lines["output_home"] + lines["output_export"]
    at_home = before.lines["capacity_home"].copy()
    for row in rows[: len(ledger(before))][ledger(before)["status"] == IN_DEVELOPMENT]:
        if row["status"] == IN_ADMINISTRATION:
            least = row["volume"] / state.par["delivery_spread_quarters"][0]
            least = max(least, workshop(state)[row["buyer"], row["domain"]])
            at_home[row["line"]] = max(at_home[row["line"]], least)
    capacity = at_home + before.lines["capacity_export"]
    assert (output <= capacity * (1.0 + ROUNDING)).all()


def check_stock(before: State, state: State, rows: np.ndarray, amount: np.ndarray) -> None:
    """Stock changes by delivery, transfer from U.S. stock, ageing and want of support alone."""
    p, stock = state.par[0], before.stock.copy()
    american = int(np.argmax(state.nations["united_states"]))
    stock[:, :, american] += state.cells["transferred"] - before.cells["transferred"]
    np.add.at(stock, (rows["buyer"], rows["domain"], rows["supplier"]), amount)
    for b, d in np.ndindex(*state.cells.shape):
        loss = loss_rate(p, state.dom, d, state.cells["threat"][b, d])
        stock[b, d] *= max(1.0 - 0.25 * loss, 0.0)
        stock[b, d] *= 1.0 - 0.25 * p["sustainment_loss_per_year"] * without_support(
            before, state, b, d
        )
    np.testing.assert_allclose(state.stock, stock, rtol=ROUNDING, atol=ROUNDING * stock.max())


def without_support(before: State, state: State, b: int, d: int) -> np.ndarray:
    """Share of the support of each maker's products that a nation has lost (E,)."""
    removed = state.pairs["removed"][b]
    gone = ((removed & PRODUCTS) > 0).astype(float)
    for maker, line in enumerate(state.cells["line"][:, d]):
        if line >= 0 and gone[maker] == 0.0:
            origins = state.content_origin[line]
            theirs = (origins >= 0) & ((removed[origins] & PARTS) > 0)
            gone[maker] = min(before.content_share[line][theirs].sum(), 1.0)
    return gone


def check_transfers(before: State, state: State) -> None:
    """What the United States hands over of its stock is what the others get, and so is the money;
    others only receive."""
    others = state.nations["united_states"] == 0
    for item, name in (("cells", "transferred"), ("nations", "for_stock")):
        moved = getattr(state, item)[name] - getattr(before, item)[name]
        scale = ROUNDING * max(float(np.abs(getattr(state, item)[name]).max()), 1.0)
        np.testing.assert_allclose(moved.sum(axis=0), 0.0, atol=scale)
        assert (moved[others] >= 0.0).all()


def workshop(state: State) -> np.ndarray:
    """Least home capacity of a line that opens, by owner and domain."""
    p = state.par[0]
    return np.asarray(p["workshop_share"] * state.cells["mean_lot"] / p["mean_lot_quarters"])


def is_home(state: State, rows: np.ndarray) -> np.ndarray:
    """Which orders are built where their buyer is."""
    return np.asarray(state.lines["location"][rows["line"]] == rows["buyer"])


def by_buyer(state: State, values: np.ndarray) -> np.ndarray:
    return np.bincount(ledger(state)["buyer"], values, len(state.nations))


def _table(shape: tuple[int, ...], index: tuple[np.ndarray, ...], values: np.ndarray) -> np.ndarray:
    total = np.zeros(shape)
    np.add.at(total, index, values)
    return total
