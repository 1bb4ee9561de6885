"""What every state keeps, and the harness that tests of kernels share."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
from quarter_laws import LIVE, ON_THE_WAY, ROUNDING, by_buyer, check_quarter, is_home, workshop

from alliance_abm.budgets import money_held
from alliance_abm.choice import probabilities
from alliance_abm.layout import (
    CLOSED,
    DELIVERED,
    DEVELOP,
    IN_DEVELOPMENT,
    IN_ORDER_BOOK,
    LICENSED,
    N_BOOK,
    N_CASES,
    N_NEWS,
    N_ORDERS,
)
from alliance_abm.model import AllianceModel
from alliance_abm.offers import consider
from alliance_abm.quotes import quote_lines
from alliance_abm.searches import describe, look
from alliance_abm.state import State, ledger
from alliance_abm.strategy import WEIGHTS

__all__ = ["check_quarter", "workshop"]


def call(kernel: Callable[..., Any], model: AllianceModel, state: State, **given: Any) -> Any:
    """Call a kernel with arguments taken by name from `given`, the state, or what is outside."""
    values = {item.name: getattr(state, item.name) for item in fields(state)}
    outside = model.outside
    values |= {"control": outside.control, "usa": outside.usa, "ties": outside.ties, **given}
    names = inspect.signature(getattr(kernel, "py_func", kernel)).parameters
    return kernel(*(values[name] for name in names))


def offers_of(model: AllianceModel, buyer: str, domain: str, **need: Any) -> np.ndarray:
    """The offers a buyer considers as things stand, with their probabilities; moves nothing.

    The need is a middling one that is not urgent, unless `need` says otherwise.
    """
    b, d = model.world.nation_index(buyer), model.world.domain_index(domain)
    asked = {"level": 0.6, "place": 0.5, "urgent": 0, "tied": 0, "fms_only": 0, "aspiration": 0.0}
    asked |= {"volume": 1.0, "money": 1e12, "deferred": 0}
    state = model.snapshot()
    quote_lines(state)
    given = {"b": b, "d": d, "ask": state.ask[0], **asked, **need}
    given["held"] = call(look, model, state, **given)
    call(describe, model, state, **given)
    n = call(consider, model, state, **given)
    probabilities(n, state.par[0]["nest_parameter"], state.offers)
    return state.offers[:n].copy()


def share_of(model: AllianceModel, buyer: str, supplier: str, domain: str) -> float:
    """Chance that a buyer's next order in a domain goes to a supplier."""
    offers = offers_of(model, buyer, domain)
    mine = offers["supplier"] == model.world.nation_index(supplier)
    return float(offers["probability"][mine].sum())


def differences(one: State, other: State, spared: tuple[str, ...] = ()) -> list[str]:
    """Names of the fields in which two states are not the same, bit for bit."""
    found = []
    for name in (item.name for item in fields(one)):
        first, second = getattr(one, name), getattr(other, name)
        same = same_bits(first, second) if isinstance(first, np.ndarray) else first == second
        if not same and name not in spared:
            found.append(name)
    return found


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    """Are two arrays the same in shape, type and every bit that has a meaning?"""
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    names = one.dtype.names  # between the fields of a record there may be bytes without meaning
    if names is None:
        return one.tobytes() == other.tobytes()
    return all(one[name].tobytes() == other[name].tobytes() for name in names)


def watched_run(model: AllianceModel) -> AllianceModel:
    """Run to the end of the horizon; after every quarter check every law."""
    check_state(model.state)
    while model.running:
        before = model.snapshot()
        model.step()
        check_state(model.state)
        check_quarter(before, model)
    return model


def check_state(state: State) -> None:
    """Laws that hold at any moment between two quarters."""
    check_finite(state)
    check_money(state)
    check_lists(state)
    check_units(state)
    check_signs(state)
    check_beliefs(state)
    check_time(state)
    check_programmes(state)
    check_industries(state)
    check_strategies(state)
    check_trust(state)


def check_finite(state: State) -> None:
    """No number anywhere is infinite or undefined."""
    for item in fields(state):
        array = getattr(state, item.name)
        if not isinstance(array, np.ndarray):
            continue
        for name in array.dtype.names or (None,):
            column = array if name is None else array[name]
            assert np.isfinite(column).all(), f"{item.name} {name or ''} is not finite"


def check_money(state: State) -> None:
    """What was received is in hand, committed, paid or lapsed; the ledger has the commitments."""
    nations, rows = state.nations, ledger(state)
    scale = ROUNDING * np.maximum(nations["received"], 1.0)
    assert (np.abs(money_held(state)) <= scale).all()
    alive = np.isin(rows["status"], LIVE)
    open_money = (rows["volume"] - rows["delivered"]) * rows["price"] * alive
    assert (np.abs(by_buyer(state, open_money) - nations["committed"]) <= scale).all()


def check_lists(state: State) -> None:
    """Every order is in one status and in the one list that belongs to it, books in order; no news
    is left untold."""
    rows = ledger(state)
    cases = state.cases[: state.counts[N_CASES]]
    book = state.book[: state.counts[N_BOOK]]
    assert (rows["status"] != 0).all()
    assert sorted(cases) == np.flatnonzero(np.isin(rows["status"], ON_THE_WAY)).tolist()
    assert sorted(book) == np.flatnonzero(rows["status"] == IN_ORDER_BOOK).tolist()
    assert (np.diff(rows["entry"][book]) >= 0.0).all()
    assert state.counts[N_NEWS] == 0
    beyond = state.orders[state.counts[N_ORDERS] :]
    assert (beyond["status"] == 0).all(), "an order was written beyond the ledger"


def check_units(state: State) -> None:
    """Undelivered volume is what buyers have on order and what lines have in their books."""
    rows, cells, lines = ledger(state), state.cells, state.lines
    left = rows["volume"] - rows["delivered"]
    finished = rows["status"] == DELIVERED
    assert (left[finished] == 0.0).all()
    on_order = np.zeros(cells.shape)
    alive = np.isin(rows["status"], LIVE)
    np.add.at(on_order, (rows["buyer"][alive], rows["domain"][alive]), left[alive])
    scale = ROUNDING * max(float(rows["volume"].sum()), 1.0)
    assert np.abs(on_order - cells["on_order"]).max() <= scale
    booked = rows["status"] == IN_ORDER_BOOK
    for pool in ("home", "export"):
        mine = booked & (is_home(state, rows) == (pool == "home"))
        backlog = np.bincount(rows["line"][mine], left[mine], len(lines))
        assert np.abs(backlog - lines[f"backlog_{pool}"]).max() <= scale
    assert np.abs(state.stock.sum(axis=2) - cells["stock"]).max() <= scale


def check_signs(state: State) -> None:
    """Stocks, capacities, prices and volumes are not negative; backlogs but for rounding."""
    rows, lines = ledger(state), state.lines
    assert (state.stock >= 0.0).all()
    for name in ("capacity_home", "capacity_export", "experience", "orders_home", "orders_export"):
        assert (lines[name] >= 0.0).all(), name
    assert (state.pipeline >= 0.0).all()
    for name in ("buffer", "committed_home", "committed_export", "cost_shock"):
        assert (lines[name] >= 0.0).all(), name
    assert ((lines["hidden"] >= 0.0) & (lines["hidden"] <= 1.0)).all()
    assert (lines["disrupted_until"] >= lines["disrupted_from"]).all()
    assert ((state.content_held >= 0.0) & (state.content_held <= 1.0)).all()
    assert (lines["unit_cost"] > 0.0).all() and (rows["price"] > 0.0).all()
    assert (state.office["experts"] > 0.0).all() and (state.office["novices"] >= 0.0).all()
    scale = ROUNDING * max(float(rows["volume"].sum()), 1.0)
    for name in ("backlog_home", "backlog_export"):
        assert (lines[name] >= -scale).all(), name
    assert (state.cells["on_order"] >= -scale).all()
    assert (rows["volume"] > 0.0).all()
    assert ((rows["delivered"] >= 0.0) & (rows["delivered"] <= rows["volume"])).all()


def check_beliefs(state: State) -> None:
    """Reliability and release are believed with probabilities."""
    pairs = state.pairs
    off = ~np.eye(len(pairs), dtype=bool)
    for good, bad in (("kept", "broken"), ("release_granted", "release_refused")):
        assert (pairs[good] >= 0.0).all() and (pairs[bad] >= 0.0).all()
        known = pairs[good][off] + pairs[bad][off]
        assert (known > 0.0).all(), f"nothing is known of {good}"
        belief = pairs[good][off] / known
        assert ((belief > 0.0) & (belief <= 1.0)).all()


def check_time(state: State) -> None:
    """Days spent in the stages add up, and nothing is delivered before it can be built.

    Orders under way at the start have no record of the stages they passed before.
    """
    rows, new = ledger(state), ledger(state)["initial"] == 0
    stages = state.stage_days[: len(rows)]
    assert (stages >= 0).all()
    signed = new & (rows["contracted"] >= 0)
    spent = rows["arrived_day"] - rows["request_day"]
    assert (stages.sum(axis=1)[signed] == spent[signed]).all()
    started = new & (rows["first_delivery"] >= 0)
    build = state.lines["build_quarters"][rows["line"]]
    build = build + (rows["route"] == LICENSED) * state.par["licence_delay_quarters"][0]
    build = np.maximum(build - rows["saved"], 1.0)  # integration and retrofit, against the start
    assert (rows["first_delivery"] >= rows["contracted"] + np.floor(build))[started].all()


def check_programmes(state: State) -> None:
    """Each order that waits for development has one programme, of its buyer and domain, with
    money still to spend; no other order is in development."""
    rows, cells = ledger(state), state.cells
    buyer, domain = np.nonzero(cells["programme"] >= 0)
    mine = cells["programme"][buyer, domain]
    assert sorted(mine) == np.flatnonzero(rows["status"] == IN_DEVELOPMENT).tolist()
    assert (rows["buyer"][mine] == buyer).all() and (rows["domain"][mine] == domain).all()
    assert (rows["route"][mine] == DEVELOP).all()
    assert (cells["programme_left"][buyer, domain] > 0.0).all()
    assert (cells["programme_rate"][buyer, domain] > 0.0).all()


def check_industries(state: State) -> None:
    """Competence, dependence and the reach of content are shares; products are as good as their
    makers; a line that never worked has no capacity, no orders, no buyers and no customers."""
    cells, lines, nations = state.cells, state.lines, state.nations
    for name in ("competence", "competence_start", "home_share"):
        assert ((cells[name] >= 0.0) & (cells[name] <= 1.0 + ROUNDING)).all(), name
    assert (cells["knowledge"] >= 0.0).all() and (cells["work"] >= 0.0).all()
    own = cells[lines["owner"], lines["domain"]]
    assert (lines["level"] >= own["competence"] - own["edge_lost"] - ROUNDING).all()
    assert (lines["level"] <= 1.0).all()
    assert (cells["line"][lines["owner"], lines["domain"]] == np.arange(len(lines))).all()
    assert ((state.content_reach >= 0.0) & (state.content_reach <= 1.0)).all()
    assert (state.content_share >= 0.0).all()
    assert (state.content_share.sum(axis=1) <= state.content_total + ROUNDING).all()
    assert (state.content_total <= 1.0 + ROUNDING).all()
    assert ((state.content_kept >= 0.0) & (state.content_kept <= 1.0)).all()
    assert (lines["replaced"] >= 0.0).all()
    assert (lines["replaced"] + state.content_total <= 1.0 + ROUNDING).all()
    for name in ("dependence", "concentration"):
        both = (nations[name], nations[f"nominal_{name}"])
        assert all(((x >= 0.0) & (x <= 1.0 + ROUNDING)).all() for x in both), name
    shut = lines["status"] == CLOSED
    for name in ("capacity", "backlog", "orders", "arrived", "output"):
        for pool in ("home", "export"):
            assert (lines[f"{name}_{pool}"][shut] == 0.0).all(), f"{name}_{pool}"
    assert (lines["sells_abroad"][shut] == 0).all()


def check_strategies(state: State) -> None:
    """Strategy weights are shares that add up to 1."""
    weights = np.column_stack([state.nations[name] for name in WEIGHTS])
    assert (weights >= 0.0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=ROUNDING)


def check_trust(state: State) -> None:
    """Seats are counted and never with a scripted member; hazards are not negative; what is waived
    or withheld is a share; a suspension holds no less than what was drawn for it."""
    nations, cells, pairs, office = state.nations, state.cells, state.pairs, state.office
    assert office["seats_taken"][0] == (nations["seat"] > 0).sum()
    assert (nations["is_buyer"][nations["seat"] > 0] == 1).all()
    assert (nations["treaty"][nations["seat"] > 0] == 0).all()
    assert (cells["leaks"] >= 0.0).all() and (cells["edge_lost"] >= 0.0).all()
    assert office["leaks"][0] >= office["leak_exposure"][0] - ROUNDING
    for name in ("us_relief", "us_withheld"):
        assert ((cells[name] >= 0.0) & (cells[name] <= 1.0)).all(), name
    assert office["conditions"][0] == (pairs["condition"] > 0.0).sum()
    past = state.quarter - 1
    held = (pairs["condition"] > 0.0) & (pairs["condition_from"] <= past)
    assert (pairs["suspended"] >= pairs["condition"])[held].all()
    assert ((nations["protection"] >= 0.0) & (nations["protection"] <= 1.0)).all()
