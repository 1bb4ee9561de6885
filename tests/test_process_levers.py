"""Levers of the administrative process: what each mechanism does to the cases, and its bill."""

from __future__ import annotations

import laws
import numpy as np
import pytest
from runs import run

from alliance_abm import AllianceModel, load_scenario, staffing
from alliance_abm.desks import AWARD, DEFINITION, PREPARATION, RELEASE, serve, work_scale
from alliance_abm.layout import (
    DAYS_PER_QUARTER,
    DCS,
    FMS,
    IN_ADMINISTRATION,
    LICENSED,
    N_CASES,
    N_ORDERS,
)
from alliance_abm.levers import LEVERS, LeverUse
from alliance_abm.queues import _calendar_days
from alliance_abm.quotes import _expect_desks, administration_days
from alliance_abm.release import refusing_origin
from alliance_abm.state import State
from alliance_abm.treatment import treat

DESK = 0
CASES = 4000
START = "2013Q1"
MINE = [
    "fms_fast_track", "fms_fast_track_all", "agency_integration", "agency_integration_failing",
    "parallel_reviews", "export_control_reform", "fms_only_list", "notification_thresholds",
    "dcs_endorsed", "dcs_tracked", "cross_functional_workforce", "priority_by_burden",
]  # fmt: skip
BILLS = {  # what the bill alone moves in the tiny world, beside the parameters themselves
    "agency_integration": "desks",
    "agency_integration_failing": "desks",
    "parallel_reviews": "stage_days",
    "export_control_reform": "lines",
    "fms_only_list": "lines",
    "dcs_endorsed": "pairs",
    "dcs_tracked": "orders",
    "cross_functional_workforce": "desks",
}


@pytest.fixture(scope="module")
def model(tiny) -> AllianceModel:
    """A world whose parts are borrowed: look at its state, work on copies of it."""
    return AllianceModel(tiny, rng=1)


def with_lever(scenario, name: str, **use):
    return scenario.with_set({"levers": [{"lever": name, "start": START, **use}]})


def at_once(scenario, name: str, only: str) -> AllianceModel:
    """A run with the benefit or the bill of a lever alone, in full from the second year."""
    size = LEVERS[name].high
    return run(with_lever(scenario, name, only=only, size=size, ramp=0, start="2011Q1"))


def treated(model: AllianceModel, stage: int, route: int = FMS, suspended: bool = False, **set_to):
    """Ledger rows of many cases of one buyer that reach a desk under the parameters given."""
    state = case_rows(model, CASES, route, stage)
    burden = set_to.pop("burden", None)
    for name, value in set_to.items():
        table = state.dom if name in state.dom.dtype.names else state.par
        table[name] = value
    b = int(state.orders["buyer"][0])
    if burden is not None:
        state.nations["burden"][b] = burden
    given = {"p": state.par[0], "w": state.dom[DESK], "suspended": suspended}
    given |= {"key": state.nations["key"][b], "domain": state.cells["key"][b, DESK]}
    for row in range(CASES):
        laws.call(treat, model, state, row=row, **given)
    return state.orders[:CASES]


def case_rows(model: AllianceModel, cases: int, route: int, stage: int) -> State:
    """A state whose ledger starts with so many cases of one buyer at one stage, and no others."""
    state = model.snapshot()
    state.make_room(cases)
    state.orders[:] = 0
    rows = state.orders[:cases]
    rows["status"], rows["route"], rows["stage"] = IN_ADMINISTRATION, route, stage
    rows["buyer"], rows["supplier"] = model.world.nation_index("POL"), model.world.usa
    rows["domain"], rows["address"], rows["leaves_day"] = DESK, np.arange(cases), -1
    state.cases[:cases] = np.arange(cases)
    state.counts[N_CASES] = state.counts[N_ORDERS] = cases
    return state


def test_the_fast_track_takes_its_share_of_the_eligible(model):
    """Of the cases of a domain the stated share saves the stated work, half of them go ahead, and
    a larger share adds cases to those chosen before."""
    few = treated(model, RELEASE, fast_track_eligible=0.3).copy()
    many = treated(model, RELEASE, fast_track_eligible=0.6).copy()
    assert (few["extra"] < 0).mean() == pytest.approx(0.3, abs=0.03)
    assert set(np.round(many["extra"], 9)) == {0.0, -0.3}
    assert (many["priority"] < 0).mean() == pytest.approx(0.3, abs=0.03)
    assert ((many["extra"] < 0) | (few["extra"] == 0)).all()
    assert (many["extra"] < 0)[many["priority"] < 0].all()


def test_the_fast_track_is_for_its_tiers_and_for_fms_alone(model):
    """A buyer of a lower tier, and a commercial sale, are treated like everybody."""
    none = treated(model, PREPARATION, fast_track_eligible=1.0, fast_track_tier=0)
    assert (none["extra"] == 0).all() and (none["priority"] == 0).all()
    sale = treated(model, PREPARATION, DCS, fast_track_eligible=1.0)
    assert (sale["extra"] == 0).all() and (sale["priority"] == 0).all()


@pytest.mark.parametrize(("burden", "share"), [(0.04, 0.5), (0.035, 0.5), (0.034, 0.0)])
def test_those_who_spend_enough_go_ahead(model, burden, share):
    """From the threshold on, the stated share of a buyer's cases goes ahead; below it none."""
    rows = treated(model, PREPARATION, DCS, burden_priority_share=0.5, burden=burden)
    assert (rows["priority"] < 0).mean() == pytest.approx(share, abs=0.03)
    assert (rows["extra"] == 0).all()


@pytest.mark.parametrize(
    ("route", "stage", "reviewed"),
    [(FMS, RELEASE, True), (FMS, PREPARATION, False), (DCS, PREPARATION, True),
     (LICENSED, PREPARATION, True)],
)  # fmt: skip
def test_the_exempt_need_no_review(model, route, stage, reviewed):
    """The share of release reviews and licences below the ceiling is not needed; never while
    deliveries are suspended, nor in a more sensitive domain."""
    exempt = {"licence_exempt_share": 0.4, "exempt_sensitivity_ceiling": 1.0}
    rows = treated(model, stage, route, **exempt)
    assert rows["exempt"].mean() == pytest.approx(0.4 if reviewed else 0.0, abs=0.03)
    assert not treated(model, stage, route, suspended=True, **exempt)["exempt"].any()
    exempt["exempt_sensitivity_ceiling"] = 0.5
    assert not treated(model, stage, route, **exempt)["exempt"].any()


def test_the_trusted_are_exempt_where_others_are_not(model):
    """A nation of the trusted circle has its own share, whatever the others' ceiling."""
    assert not treated(model, RELEASE)["exempt"].any()
    trusted = AllianceModel(model.scenario, rng=1)
    trusted.state.nations["trusted"] = 1
    assert treated(trusted, RELEASE)["exempt"].mean() == pytest.approx(0.7, abs=0.03)
    assert not treated(trusted, RELEASE, trusted_sensitivity_ceiling=0.3)["exempt"].any()


def test_the_seller_does_not_refuse_the_exempt(model):
    """What needs no review is refused by nobody but the origins of its content."""
    state = model.snapshot()
    b, s = model.world.nation_index("POL"), model.world.usa
    state.pairs["release_policy"][b, s] = 0.0
    given = {"b": b, "d": DESK, "s": s, "line": state.cells["line"][s, DESK]}
    given |= {"sensitivity": 1.0, "u": 0.5}
    assert laws.call(refusing_origin, model, state, exempt=0, **given) == s
    assert laws.call(refusing_origin, model, state, exempt=1, **given) != s


def test_part_of_the_preparation_is_repeated_when_reviews_disagree(model):
    """The stated share of offers takes the repeated part more, reviews and licences none."""
    rows = treated(model, PREPARATION, release_rework=0.2)
    assert (rows["extra"] > 0).mean() == pytest.approx(0.2, abs=0.03)
    assert set(rows["extra"]) == {0.0, 0.5}
    assert (treated(model, RELEASE, release_rework=0.2)["extra"] == 0).all()


def busy_desk(model: AllianceModel, quarters: int, load: float) -> State:
    """Cases of one buyer that reach one desk of one server on days spread over the time."""
    work = 20.0
    cases = int(load * DAYS_PER_QUARTER / work * quarters)
    state = case_rows(model, cases, FMS, PREPARATION)
    rows, scatter = state.orders[:cases], np.random.default_rng(3)
    rows["arrived_day"] = np.sort(scatter.integers(0, quarters * DAYS_PER_QUARTER, cases))
    rows["tie"] = np.arange(cases) / cases
    state.desks["servers"][DESK], state.desks["work_days"][DESK] = 1, work
    state.desks["base_cases"], state.server_free[:] = 0.0, 0
    return state


def serve_all(model: AllianceModel, state: State, quarters: int) -> np.ndarray:
    """Serve the desk; returns the days expected of each case at the quarter of its arrival, of
    those that go ahead and of the others."""
    rows = state.orders[: state.counts[N_ORDERS]]
    quarter_of = rows["arrived_day"] // DAYS_PER_QUARTER
    expected = np.zeros((len(rows), 2))
    last = np.searchsorted(quarter_of, np.arange(quarters), side="right")
    waiting = np.zeros(0, int)
    for quarter in range(quarters):
        laws.call(_expect_desks, model, state, quarter=quarter)
        desk = state.desks[DESK]
        expected[quarter_of == quarter] = desk["expected_ahead"], desk["expected_days"]
        new = np.arange(last[quarter - 1] if quarter else 0, last[quarter])
        waiting = np.r_[waiting, new]
        state.cases[: len(waiting)], state.counts[N_CASES] = waiting, len(waiting)
        laws.call(serve, model, state, desk=DESK, quarter=quarter)
        waiting = waiting[rows["leaves_day"][waiting] < 0]
    return expected


def test_whoever_goes_ahead_makes_the_others_wait(model):
    """With a third of the cases ahead the work and the cases served stay what they are; those
    ahead take less time and the others more."""
    quarters, days = 2000, []
    for ahead in (False, True):
        state = busy_desk(model, quarters, 0.8)
        rows = state.orders[: state.counts[N_ORDERS]]
        third = rows["address"] % 3 == 0
        rows["priority"] = np.where(third & ahead, -1, 0)
        serve_all(model, state, quarters + 40)
        assert (rows["leaves_day"] > rows["arrived_day"]).all(), "a case was lost"
        time = rows["leaves_day"] - rows["arrived_day"]
        days.append((time[third].mean(), time[~third].mean(), state.desks["busy_days"][DESK]))
    assert days[1][0] < 0.75 * days[0][0]
    assert days[1][1] > 1.1 * days[0][1]
    assert days[1][2] == days[0][2]


def test_less_work_on_some_cases_shortens_the_queue_of_all(model):
    """A third of the cases take 30 % less work: their work falls by that, all wait less."""
    quarters, found = 2000, []
    for extra in (0.0, -0.3):
        state = busy_desk(model, quarters, 0.8)
        rows = state.orders[: state.counts[N_ORDERS]]
        third = rows["address"] % 3 == 0
        rows["extra"] = np.where(third, extra, 0.0)
        serve_all(model, state, quarters + 40)
        time = rows["leaves_day"] - rows["arrived_day"]
        found.append((state.desks["busy_days"][DESK], time[~third].mean()))
    assert found[1][0] / found[0][0] == pytest.approx(0.9, abs=0.01)
    assert found[1][1] < 0.9 * found[0][1]


def test_expected_days_at_a_desk_are_the_realised_ones_on_average(model):
    """Of those ahead, of those overtaken, and with more or less work, within a tenth."""
    quarters = 6000
    state = busy_desk(model, quarters, 0.75)
    rows = state.orders[: state.counts[N_ORDERS]]
    third = rows["address"] % 3 == 0
    rows["priority"] = np.where(third, -1, 0)
    rows["extra"] = np.where(rows["address"] % 2 == 0, -0.2, 0.2)
    expected = serve_all(model, state, quarters + 40)
    time = rows["leaves_day"] - rows["arrived_day"]
    assert time[third].mean() == pytest.approx(expected[third, 0].mean(), rel=0.1)
    assert time[~third].mean() == pytest.approx(expected[~third, 1].mean(), rel=0.1)
    assert expected[:, 1].mean() > 1.3 * expected[:, 0].mean()


@pytest.mark.parametrize(
    "set_to",
    [
        {},
        {"handoff_cut": 0.5, "lor_rework": 0.2},
        {"fast_track_eligible": 0.6, "fast_track_work_cut": 0.4},
        {"ambiguity_cut": 1.0, "dcs_reporting_days": 20.0},
        {"dcs_negotiation_days": 120.0, "ambiguity_cut": 1.0},
    ],
)
@pytest.mark.parametrize("route", [FMS, DCS])
def test_expected_calendar_days_are_the_realised_ones_on_average(model, route, set_to):
    """Definition or negotiation, acceptance, and award or signature, within two percent, of cases
    that come to each stage on any day of the year: some awards wait for the yearly lot."""
    state = case_rows(model, CASES, route, DEFINITION)
    state.orders["arrived_day"][:CASES] = np.arange(CASES) % (4 * DAYS_PER_QUARTER)
    for name, value in set_to.items():
        table = state.dom if name in state.dom.dtype.names else state.par
        table[name] = value
    b = int(state.orders["buyer"][0])
    for name in ("expected_days", "expected_ahead", "expected_work"):
        state.desks[name] = 0.0
    given = {"p": state.par[0], "w": state.dom[DESK], "b": b, "d": DESK, "route": route}
    given |= {"from_us": True, "value": 0.0, "n_domains": len(state.dom)}
    expected = laws.call(administration_days, model, state, **given)
    address = {"key": state.nations["key"][b], "domain": state.cells["key"][b, DESK]}
    stages = (DEFINITION, 4, AWARD) if route == FMS else (DEFINITION, AWARD)
    days = [
        laws.call(_calendar_days, model, state, row=row, stage=stage, **given, **address)
        for stage in stages
        for row in range(CASES)
    ]
    assert sum(days) / CASES + 0.5 * len(stages) == pytest.approx(expected, rel=0.02)


def test_hand_offs_are_part_of_the_work_of_fms_desks(model):
    """Cutting half of the hand-offs saves that part at FMS desks and nothing at licensing; reviews
    done twice add to release and licensing alone."""
    state = model.snapshot()
    p, last = state.par[0], len(state.desks) - 1

    def scales() -> list[float]:
        return [laws.call(work_scale, model, state, p=p, desk=desk) for desk in (0, last - 1, last)]

    before = scales()
    p["handoff_cut"] = 0.5
    share = 1.0 - 0.5 * p["handoff_share"]
    assert scales() == pytest.approx([before[0] * share, before[1] * share, before[2]])
    p["handoff_cut"], p["duplicated_review"] = 0.0, 0.2
    assert scales() == pytest.approx([before[0], before[1] * 1.2, before[2] * 1.2])


def test_training_and_dilution_take_work_from_all_desks(model):
    """Work takes as much longer as time is lost."""
    state = model.snapshot()
    before = laws.call(work_scale, model, state, p=state.par[0], desk=0)
    state.par["training_load"], state.par["specialist_dilution"] = 0.1, 0.05
    after = laws.call(work_scale, model, state, p=state.par[0], desk=0)
    assert after == pytest.approx(before / 0.9 / 0.95)


def test_added_staff_comes_as_novices_and_stays(model):
    """Posts are filled once and by novices, so that work follows staff with a lag; without them
    the staff goes back to what income pays for."""
    state = model.snapshot()
    state.quarter = 100
    fees = float(state.office["fee_start"][0])
    found = []
    for year in range(16):
        state.par["staff_added"] = 0.3 if year < 8 else 0.0
        state.office["fee_income"] = fees
        staffing.review(state)
        office = state.office[0]
        found.append((office["experts"] + office["novices"], office["productivity"]))
    staff, work = np.array(found).T
    assert staff[0] == pytest.approx(1.3, abs=0.06) and work[0] < staff[0] - 0.1
    assert staff[1:8] == pytest.approx(1.3, abs=0.02)
    assert work[7] > work[0] + 0.1
    assert staff[15] == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("name", MINE)
def test_no_case_is_lost_under_a_lever(tiny, name):
    """Orders, units, money and days add up in every quarter."""
    done = laws.watched_run(AllianceModel(with_lever(tiny, name, ramp=0), rng=2))
    assert done.state.quarter == tiny.horizon.quarters


def test_no_case_is_lost_when_all_are_in_force(tiny):
    """The same with all of them, and a surge of cases."""
    levers = [{"lever": name, "start": START} for name in MINE]
    surge = {"kind": "case_surge", "domains": ["combat_aviation"], "factor": 6, "start": START}
    laws.watched_run(AllianceModel(tiny.with_set({"levers": levers, "events": [surge]}), rng=2))


@pytest.mark.parametrize("name", MINE)
def test_a_lever_of_size_0_moves_no_bit(tiny, tiny_run, name):
    """At size 0 the run is the plain one."""
    same = run(with_lever(tiny, name, size=0))
    assert laws.differences(same.state, tiny_run.state) == []


@pytest.fixture(scope="module")
def wider():
    """The whole world for seven years, so that every mechanism meets cases; and its plain run."""
    scenario = load_scenario("baseline", {"horizon": {"end": "2016Q4"}, "events": []})
    return scenario, run(scenario)


@pytest.mark.parametrize("name", BILLS)
def test_a_bill_moves_its_state_without_the_benefit(wider, name):
    """With the benefit switched off the bill is still paid."""
    scenario, plain = wider
    billed = at_once(scenario, name, "bill")
    assert BILLS[name] in laws.differences(billed.state, plain.state)


@pytest.mark.parametrize("name", [name for name in MINE if LEVERS[name].changes])
def test_a_benefit_alone_moves_orders_or_lines(wider, name):
    """No lever is without effect, its bill apart."""
    scenario, plain = wider
    moved = at_once(scenario, name, "benefit")
    assert {"orders", "lines"} & set(laws.differences(moved.state, plain.state))


def test_every_lever_has_a_bill_and_papers():
    """Each moves a parameter at its default when only the bill is paid."""
    for name in MINE:
        lever = LEVERS[name]
        assert lever.bill and lever.papers and lever.low == 0.0
        assert LeverUse(lever=name, only="bill").changes() == lever.bill
