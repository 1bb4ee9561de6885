"""The desks of the administration against queueing theory, and whatever their step."""

from __future__ import annotations

import math

import laws
import numpy as np
import pytest

from alliance_abm import AllianceModel
from alliance_abm.desks import serve
from alliance_abm.layout import DAYS_PER_QUARTER, FMS, IN_ADMINISTRATION, N_CASES, N_ORDERS
from alliance_abm.queues import PREPARATION
from alliance_abm.state import State

DESK = 0
WORK = 10.0  # days: long against the whole days that the desks count in
YEARS = 5000


@pytest.fixture(scope="module")
def model(tiny) -> AllianceModel:
    """A world whose desks are borrowed: look at its state, work on copies of it."""
    return AllianceModel(tiny, rng=1)


def empty_desk(model: AllianceModel, servers: int, load: float, work: float = WORK) -> State:
    """One desk of so many servers at a load below 1, with small cases alone, nobody waiting."""
    state = model.snapshot()
    state.counts[N_CASES] = 0
    state.par["desk_fixed_share"] = 0.0
    state.office["productivity"] = 1.0
    desks = state.desks
    desks["servers"][DESK], desks["work_days"][DESK] = servers, work
    desks["base_cases"][DESK] = load * servers * DAYS_PER_QUARTER / work
    for name in ("base_next", "base_admitted", "base_served", "base_waiting", "base_days"):
        desks[name][DESK] = 0
    desks["busy_days"][DESK] = 0.0
    state.server_free[:] = 0
    return state


def run_desk(model: AllianceModel, state: State, quarters: int, step: int = 1) -> None:
    """Serve the desk for some quarters, `step` of them at a time."""
    for last in range(step - 1, quarters, step):
        laws.call(serve, model, state, desk=DESK, quarter=last)


def mean_days(model: AllianceModel, servers: int, load: float) -> float:
    """Mean days in the desk of a small case, over a long time."""
    state = empty_desk(model, servers, load)
    run_desk(model, state, 4 * YEARS)
    desk = state.desks[DESK]
    assert desk["base_served"] > 20_000
    return float(desk["base_days"] / desk["base_served"])


def erlang(servers: int, load: float) -> float:
    """Mean days in an M/M/c queue with WORK days of work at a load below 1 (Erlang, 1917)."""
    offered = servers * load
    terms = [offered**k / math.factorial(k) for k in range(servers)]
    waits = offered**servers / math.factorial(servers) / (1.0 - load)
    return WORK + waits / (sum(terms) + waits) * WORK / (servers * (1.0 - load))


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (1, 0.714), (3, 0.76), (8, 0.9)])
def test_small_cases_take_as_long_as_queueing_theory_says(model, servers, load):
    """Time in the desk is that of the M/M/c queue, within a twelfth."""
    assert mean_days(model, servers, load) == pytest.approx(erlang(servers, load), rel=1 / 12)


def test_a_fifth_more_cases_double_the_time_of_a_desk_with_one_server(model):
    """From 0.714 of full load, +20 % cases double the time; from 0.5 they add a quarter."""
    assert mean_days(model, 1, 0.857) / mean_days(model, 1, 0.714) == pytest.approx(2.0, rel=0.12)
    assert mean_days(model, 1, 0.6) / mean_days(model, 1, 0.5) == pytest.approx(1.25, rel=0.06)


def test_a_desk_works_its_load(model):
    """Servers are busy for the stated part of the time."""
    state = empty_desk(model, 3, 0.76)
    run_desk(model, state, 4 * YEARS)
    busy = state.desks["busy_days"][DESK] / (3 * 4 * YEARS * DAYS_PER_QUARTER)
    assert busy == pytest.approx(0.76, rel=0.03)


def with_cases(model: AllianceModel, state: State, cases: int, quarters: int) -> State:
    """Cases of the model that reach the desk on days spread over the time, among the small ones."""
    state.make_room(cases)
    rows = state.orders[:cases]
    scatter = np.random.default_rng(7)
    rows["status"], rows["route"], rows["stage"] = IN_ADMINISTRATION, FMS, PREPARATION
    rows["buyer"], rows["domain"], rows["address"] = model.world.row, DESK, np.arange(cases)
    rows["arrived_day"] = scatter.integers(0, quarters * DAYS_PER_QUARTER, cases)
    rows["leaves_day"], rows["tie"] = -1, scatter.random(cases)
    state.cases[:cases] = np.arange(cases)
    state.counts[N_CASES] = state.counts[N_ORDERS] = cases
    return state


def days_of_both(model: AllianceModel, load: float) -> tuple[float, float]:
    """Mean days of the model's cases and of the small ones, half the load each, at one server."""
    quarters = 4 * YEARS
    cases = int(load / 2.0 * DAYS_PER_QUARTER / WORK * quarters)
    state = with_cases(model, empty_desk(model, 1, load / 2.0), cases, quarters)
    rows = state.orders[:cases]
    rows[:] = rows[np.argsort(rows["arrived_day"], kind="stable")]
    last = np.searchsorted(rows["arrived_day"], DAYS_PER_QUARTER * np.arange(1, quarters + 1))
    waiting = np.zeros(0, int)
    for quarter in range(quarters):  # only who is there is listed, so that a quarter is quick
        waiting = np.r_[waiting, np.arange(last[quarter - 1] if quarter else 0, last[quarter])]
        state.cases[: len(waiting)], state.counts[N_CASES] = waiting, len(waiting)
        laws.call(serve, model, state, desk=DESK, quarter=quarter)
        waiting = waiting[rows["leaves_day"][waiting] < 0]
    served, desk = rows[rows["leaves_day"] >= 0], state.desks[DESK]
    days = served["leaves_day"] - served["arrived_day"]
    return float(days.mean()), float(desk["base_days"] / desk["base_served"])


def test_cases_of_the_model_and_small_ones_wait_alike(model):
    """First come, first served: both take as long as theory says for their load together, and
    +20 % double the time of both."""
    before, after = days_of_both(model, 0.714), days_of_both(model, 0.857)
    for few, many in zip(before, after, strict=True):
        assert few == pytest.approx(erlang(1, 0.714), rel=0.06)
        assert many / few == pytest.approx(2.0, rel=0.12)


@pytest.mark.parametrize(("servers", "fixed"), [(1, 0.0), (3, 0.5)])
def test_halving_the_step_changes_nothing(model, servers, fixed):
    """Served four, two or one quarter at a time, every case leaves on the same day."""
    ends = []
    for step in (1, 2, 4):
        state = with_cases(model, empty_desk(model, servers, 0.4, work=30.0), 150, 200)
        state.par["desk_fixed_share"] = fixed
        run_desk(model, state, 240, step)
        ends.append((state.orders["leaves_day"][:150].copy(), state.desks[DESK].copy()))
    for leaves, desk in ends[1:]:
        np.testing.assert_array_equal(leaves, ends[0][0])
        assert desk["base_days"] == ends[0][1]["base_days"]
    assert (ends[0][0] >= 0).all()


def test_one_server_is_never_idle_while_a_case_waits(model):
    """Each case starts when it has come and the one before it has left; work is all there is."""
    state = with_cases(model, empty_desk(model, 1, 0.0, work=20.0), 300, 100)
    run_desk(model, state, 200)
    rows = state.orders[:300]
    rows = rows[np.lexsort((rows["tie"], rows["arrived_day"]))]
    starts = np.maximum(rows["arrived_day"], np.r_[0, rows["leaves_day"][:-1]])
    work = rows["leaves_day"] - starts
    assert (work >= 1).all()
    assert work.sum() == state.desks["busy_days"][DESK]
    assert (starts > rows["arrived_day"]).any(), "some had to wait"


def test_a_higher_class_is_served_before_those_who_wait(model):
    """A case of a higher class (a lower number) overtakes cases that came before it."""
    state = with_cases(model, empty_desk(model, 1, 0.0, work=40.0), 40, 1)
    state.orders["priority"][:40] = 1
    first = int(state.orders["arrived_day"][:40].argmax())
    state.orders["priority"][first] = 0
    run_desk(model, state, 60)
    rows = state.orders[:40]
    overtaken = rows["leaves_day"] > rows["leaves_day"][first]
    assert overtaken.sum() > 30


def test_a_desk_without_cases_stays_as_it_is(model):
    """No arrivals, no work: nothing is served and nobody waits."""
    state = empty_desk(model, 2, 0.0)
    run_desk(model, state, 40)
    assert state.desks["busy_days"][DESK] == 0.0
    assert (state.server_free == 0).all()
