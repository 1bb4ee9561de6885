"""National programmes: what they cost, how they end, and who may begin one."""

from __future__ import annotations

import laws
import numpy as np
import pytest

from alliance_abm import AllianceModel, development, queues
from alliance_abm.industry import enter_order_books
from alliance_abm.layout import (
    CANCELLED,
    DAYS_PER_QUARTER,
    DELIVERED,
    DEVELOP,
    DOMESTIC,
    IN_ADMINISTRATION,
    IN_DEVELOPMENT,
    IN_ORDER_BOOK,
    N_ORDERS,
)
from alliance_abm.scenario import Scenario
from alliance_abm.state import State, ledger

LAND = 1
CHEAP, FAST = 300.0, 4.0  # US$ million, years: many programmes in a run
HIGH_NEED = {"level": 0.85, "place": 0.5, "aspiration": -9.0}
ALMOST = 1e-6


@pytest.fixture(scope="module")
def few(tiny) -> Scenario:
    """Seven nations, three domains, nobody's event."""
    world = {"world.nations": ["USA", "POL", "KOR", "SWE", "IND", "TUR", "BRA"], "events": []}
    world |= {"world.domains": ["combat_aviation", "land", "naval"], "horizon.end": "2024Q4"}
    return tiny.with_set(world)


@pytest.fixture(scope="module")
def model(few) -> AllianceModel:
    """Its start: look at it, work on snapshots of it."""
    return AllianceModel(few, rng=1)


def builders(few: Scenario, seed: int = 1) -> AllianceModel:
    """A world where nobody buys abroad and nations build only what they have developed."""
    model = AllianceModel(few, rng=seed)
    state = model.state
    state.pairs["permitted"] = 0
    state.cells["home_share"], state.cells["home_constant"] = 0.0, 50.0
    state.dom["development_cost"], state.dom["development_years"] = CHEAP, FAST
    state.par["development_least_gain"] = 0.0
    return model


def developed(state: State) -> np.ndarray:
    """Orders for products developed in the run."""
    rows = ledger(state)
    return rows[rows["route"] == DEVELOP]


@pytest.fixture(scope="module")
def built(few) -> AllianceModel:
    """Fifteen years of such a world with every law checked after each quarter: look at it."""
    return laws.watched_run(builders(few))


# Money, orders


def test_money_and_orders_are_conserved_with_programmes(built):
    """With programmes that spend, fail and succeed all laws hold every quarter: what was received
    is in hand, committed, paid (programmes included) or lapsed; an order waits in no list while in
    development, one programme in a cell at a time."""
    rows, nations = developed(built.state), built.state.nations
    for status in (IN_ORDER_BOOK, DELIVERED, CANCELLED):
        assert (rows["status"] == status).any()
    assert len(rows) > 10
    spends = np.unique(rows["buyer"])
    assert (nations["developed"][spends] > 0.0).all()
    assert (nations["developed"] < nations["paid"]).all()
    np.testing.assert_array_equal(np.flatnonzero(nations["developed"]), spends)


def test_a_programme_ends_when_its_money_is_spent_and_not_before(few):
    """Each quarter a programme spends what is due, or what its nation can; it goes on while
    something is left to spend and ends in the quarter in which nothing is."""
    model = builders(few, seed=2)
    ended = 0
    while model.running:
        before = model.snapshot()
        model.step()
        now, spent = model.state, np.zeros(len(model.state.nations))
        for b, d in zip(*np.nonzero(before.cells["programme"] >= 0), strict=True):
            row = before.cells["programme"][b, d]
            left, due = before.cells["programme_left"][b, d], before.cells["programme_rate"][b, d]
            goes_on = now.orders["status"][row] == IN_DEVELOPMENT
            assert goes_on == (now.cells["programme"][b, d] == row)
            rest = now.cells["programme_left"][b, d] if goes_on else 0.0
            assert goes_on == (rest > 0.0)
            assert 0.0 <= left - rest <= min(due, left) * (1.0 + 1e-12)
            spent[b] += left - rest
            ended += not goes_on
        moved = now.nations["developed"] - before.nations["developed"]
        np.testing.assert_allclose(moved, spent, rtol=1e-9, atol=1e-6)
    assert ended > 10


def waiting(model: AllianceModel, left: float, fails: bool, balance: float = 1e5) -> State:
    """A state in which Korea's programme for 10 units of land equipment has so much to spend."""
    state = model.snapshot()
    state.quarter = 8
    b, row = model.world.nation_index("KOR"), int(state.counts[N_ORDERS])
    state.make_room(1)
    state.counts[N_ORDERS] += 1
    order = state.orders[row : row + 1]
    order["buyer"] = order["supplier"] = b
    order["line"], order["domain"], order["route"] = state.cells["line"][b, LAND], LAND, DEVELOP
    order["volume"], order["price"], order["price_quoted"] = 10.0, 7.0, 7.0
    order["status"], order["awarded"], order["request_day"] = IN_DEVELOPMENT, 3, 300
    order["cost_quoted"] = 1.0
    cells = state.cells[b : b + 1, LAND]
    cells["programme"], cells["programme_left"], cells["programme_rate"] = row, left, 5.0
    cells["programme_fails"], cells["on_order"] = fails, cells["on_order"] + 10.0
    cells["programme_level"] = 0.9
    state.nations["balance"][b] = balance
    state.nations["committed"][b] += 70.0
    return state


def test_a_programme_that_fails_pays_the_order_back(model):
    """When the money of a programme that is to fail is spent, its order is cancelled, all that was
    committed to it is free again, and what was spent on development is gone."""
    state = waiting(model, left=4.0, fails=True)
    before = state.copy()
    development.advance(state)
    b = model.world.nation_index("KOR")
    assert ledger(state)["status"][-1] == CANCELLED
    assert state.cells["programme"][b, LAND] == -1
    assert state.cells["on_order"][b, LAND] == before.cells["on_order"][b, LAND] - 10.0
    moved = {name: state.nations[name][b] - before.nations[name][b]
             for name in ("balance", "committed", "paid", "developed")}  # fmt: skip
    assert moved == pytest.approx({"balance": 66.0, "committed": -70.0, "paid": 4.0,
                                   "developed": 4.0})  # fmt: skip
    laws.check_lists(state)


def test_a_programme_that_succeeds_brings_its_order_to_administration(model):
    """The product is as good as promised, its line has room for the order, and the order is
    negotiated and asked for release like any other from the next quarter on; the days of
    development are those of its first stage."""
    state = waiting(model, left=4.0, fails=False)
    b = model.world.nation_index("KOR")
    line = state.cells["line"][b, LAND]
    state.lines["capacity_home"][line] = 0.0
    development.advance(state)
    spread = state.par["delivery_spread_quarters"][0]
    least = max(10.0 / spread, laws.workshop(state)[b, LAND])
    assert state.lines["capacity_home"][line] == least
    assert state.lines["level"][line] == 0.9
    row = len(ledger(state)) - 1
    order = ledger(state)[row]
    assert order["status"] == IN_ADMINISTRATION
    assert state.stage_days[row].sum() == order["arrived_day"] - 300 == 9 * DAYS_PER_QUARTER - 300
    laws.check_lists(state)
    state.quarter, state.pairs["release_policy"] = 9, 1.0
    while state.quarter < 13:
        queues.advance(state)
        enter_order_books(state)
        state.quarter += 1
    order = ledger(state)[row]
    assert order["status"] == IN_ORDER_BOOK
    assert order["ready"] == order["contracted"] + int(state.lines["build_quarters"][line])
    assert order["price"] == pytest.approx(7.0 * state.lines["unit_cost"][line])
    assert state.stage_days[row].sum() == order["arrived_day"] - 300


def test_a_programme_waits_for_money(model):
    """A nation that has committed all it may spends nothing: its programme goes on later."""
    state = waiting(model, left=4.0, fails=False)
    b = model.world.nation_index("KOR")
    ahead = state.par["forward_commitment_quarters"][0] * state.nations["income"][b]
    for balance, spent in ((-ahead - 1.0, 0.0), (-ahead, 0.0), (3.0 - ahead, 3.0)):
        state = waiting(model, left=4.0, fails=False, balance=balance)
        development.advance(state)
        assert state.nations["developed"][b] == pytest.approx(spent, abs=1e-9)
        assert state.cells["programme_left"][b, LAND] == pytest.approx(4.0 - spent, abs=1e-9)
        assert ledger(state)["status"][-1] == IN_DEVELOPMENT


@pytest.mark.parametrize("fails", [False, True])
def test_research_teaches_more_when_a_product_comes_of_it(model, fails):
    """What is spent adds to the year's work as much as the volume it would have bought when the
    programme succeeds, and a part of it when it fails."""
    state = waiting(model, left=4.0, fails=fails)
    b = model.world.nation_index("KOR")
    before = state.cells["work"][b, LAND]
    development.advance(state)
    worth = state.par["research_weight"][0] * 4.0 / state.nations["price"][b]
    worth *= state.par["failed_research_share"][0] if fails else 1.0
    assert state.cells["work"][b, LAND] - before == pytest.approx(worth)


# Chances


def begun(model: AllianceModel, times: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Many beginnings of one programme: whether it fails, its money over that expected, chance."""
    state = model.snapshot()
    b = model.world.nation_index("POL")
    p, w = state.par[0], state.dom[LAND]
    cost = development.development_cost(w, state.cells, b, LAND)
    fails, money = np.zeros(times, bool), np.zeros(times)
    for quarter in range(times):
        laws.call(
            development.begin,
            model,
            state,
            quarter=quarter,
            p=p,
            w=w,
            row=0,
            b=b,
            d=LAND,
            level=0.9,
        )
        fails[quarter] = state.cells["programme_fails"][b, LAND] == 1
        money[quarter] = state.cells["programme_left"][b, LAND] / cost
    return fails, money, development.chance_of_success(p, state.cells, b, LAND)


def test_success_and_overrun_are_as_frequent_as_stated(model):
    """Over many programmes the share of successes is the chance at that competence; the mean
    overrun of those is the parameter, none costs less than expected; failures end anywhere in what
    they would have spent."""
    fails, money, chance = begun(model, 6000)
    assert 0.4 < chance < 0.9
    assert 1.0 - fails.mean() == pytest.approx(chance, abs=3.0 * 0.5 / np.sqrt(6000))
    overrun = model.state.par["development_overrun"][0]
    assert (money[~fails] >= 1.0).all()
    assert money[~fails].mean() - 1.0 == pytest.approx(overrun, rel=0.06)
    assert money[fails].mean() == pytest.approx(0.5 * (1.0 + overrun), rel=0.08)
    assert np.quantile(money[fails], 0.1) < 0.2


def test_the_able_develop_cheaper_faster_and_more_surely(model):
    """Cost and time fall with competence, the chance of success rises between its two ends."""
    state = model.snapshot()
    p, w, cells = state.par[0], state.dom[LAND], state.cells
    found = []
    for able in (0.0, 0.3, 0.7, 1.0):
        cells["competence"][2, LAND] = able
        found.append((
            development.development_cost(w, cells, 2, LAND),
            development.development_quarters(p, w, cells, 2, LAND),
            -development.chance_of_success(p, cells, 2, LAND),
        ))  # fmt: skip
    assert (np.diff(np.array(found), axis=0) < 0.0).all()
    first, last = found[0], found[-1]
    assert first[0] == w["development_cost"] and last[0] == 0.0
    assert first[1] == pytest.approx(4.0 * w["development_years"])
    assert -first[2] == p["success_without_competence"]
    assert -last[2] == pytest.approx(p["success_at_full_competence"])


# Who may begin


def korea(model: AllianceModel, able: float = 0.5, share: float = 0.5) -> AllianceModel:
    """Korea at some competence, where development a quarter costs so much of what it may."""
    there = AllianceModel(model.scenario, rng=1)
    state, b = there.state, there.world.nation_index("KOR")
    state.cells["competence"][b, LAND] = able
    state.lines["level"][state.cells["line"][b, LAND]] = able
    p, w = state.par[0], state.dom[LAND]
    a_quarter = development.development_cost(w, state.cells, b, LAND)
    a_quarter /= development.development_quarters(p, w, state.cells, b, LAND)
    state.nations["income"][b] = a_quarter / (share * p["development_budget_share"])
    return there


def routes(model: AllianceModel, **need: float) -> list[int]:
    offers = laws.offers_of(model, "KOR", "land", **{**HIGH_NEED, **need})
    return [int(route) for route in offers["route"]]


def test_one_programme_at_a_time(model):
    """A nation that may develop is offered a programme once, and none while one is under way."""
    there = korea(model)
    assert routes(there).count(DEVELOP) == 1
    there.state.cells["programme"][there.world.nation_index("KOR"), LAND] = 0
    assert DEVELOP not in routes(there)


def test_nobody_develops_what_its_line_can_make(model):
    """A need within the level of the own product asks for no better one."""
    there = korea(model, able=0.5)
    assert DEVELOP in routes(there, level=0.5 + ALMOST)
    assert DEVELOP not in routes(there, level=0.5)


@pytest.mark.parametrize(("above", "may"), [(-ALMOST, False), (ALMOST, True)])
def test_a_programme_needs_competence(model, above, may):
    """Below the competence for development no programme is considered."""
    limit = model.state.par["develop_competence"][0]
    assert (DEVELOP in routes(korea(model, able=limit + above))) == may


@pytest.mark.parametrize(("share", "may"), [(1.0 - ALMOST, True), (1.0 + ALMOST, False)])
def test_a_programme_needs_money(model, share, may):
    """A programme whose quarters would cost more than the stated share of income is none."""
    assert (DEVELOP in routes(korea(model, share=share))) == may


def test_no_programme_of_a_run_was_begun_without_competence(few):
    """In a run, whoever awards itself a programme was able to when it did."""
    model = builders(few, seed=3)
    limit, begun_by = model.state.par["develop_competence"][0], 0
    while model.running:
        able = model.state.cells["competence"].copy()
        past = int(model.state.counts[N_ORDERS])
        model.step()
        rows = ledger(model.state)[past:]
        rows = rows[rows["route"] == DEVELOP]
        assert (able[rows["buyer"], rows["domain"]] >= limit).all()
        begun_by += len(rows)
    assert begun_by > 5


# Slow and dear


def test_a_programme_is_slower_and_dearer_than_the_line_as_it_stands(model):
    """Beside the product at hand the one to be developed comes later, at a higher price in the
    eyes of who chooses, better and less surely."""
    there = korea(model)
    offers = laws.offers_of(there, "KOR", "land", **HIGH_NEED)
    old, new = (offers[offers["route"] == route][0] for route in (DOMESTIC, DEVELOP))
    assert new["lead"] > old["lead"] + 4.0 and new["ln_price"] > old["ln_price"]
    assert new["fit"] > old["fit"] and new["ln_release"] < old["ln_release"]


def test_a_programme_takes_years_to_its_first_delivery(few, built):
    """From award to first delivery an order that waits for development takes longer than one from
    a line that has its product, and costs its nation money beside its price."""
    plain = AllianceModel(few, rng=1).run()
    waits = []
    for run, route in ((built, DEVELOP), (plain, DOMESTIC)):
        rows = ledger(run.state)
        served = (rows["first_delivery"] >= 0) & (rows["initial"] == 0)
        rows = rows[served & (rows["domain"] == LAND) & (rows["route"] == route)]
        assert len(rows) > 0
        waits.append(np.median(rows["first_delivery"] - rows["awarded"]))
    assert waits[0] > waits[1] + 4.0
