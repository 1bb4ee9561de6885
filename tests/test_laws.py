"""The model's laws hold after every quarter, in the shipped worlds and in random small ones."""

from __future__ import annotations

from itertools import pairwise

import laws
import numpy as np
import pytest
import tiny_worlds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance_abm import AllianceModel, load_scenario
from alliance_abm.capability import age
from alliance_abm.choice import pick, probabilities
from alliance_abm.datafiles import regions
from alliance_abm.layout import CANCELLED, DEFER, DELIVERED, IN_ADMINISTRATION, IN_ORDER_BOOK
from alliance_abm.parameters import CATALOGUE
from alliance_abm.state import ledger


@pytest.fixture(scope="module")
def baseline_run() -> AllianceModel:
    """The baseline to 2045 with every law checked after each quarter."""
    return laws.watched_run(AllianceModel(load_scenario("baseline"), rng=1))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_tiny_world_keeps_every_law(tiny, seed):
    """Money, orders and units are conserved, nothing is negative, every quarter of ten years."""
    model = laws.watched_run(AllianceModel(tiny, rng=seed))
    assert model.state.quarter == tiny.horizon.quarters


def test_the_whole_world_keeps_every_law(baseline_run):
    """Money, orders and units are conserved in the baseline, every quarter to 2045."""
    rows = ledger(baseline_run.state)
    for status in (IN_ADMINISTRATION, IN_ORDER_BOOK, DELIVERED, CANCELLED):
        assert (rows["status"] == status).sum() > 100, "the run exercises every status"
    assert (rows["tied"] == 1).any() and (rows["initial"] == 1).any()
    assert len(np.unique(rows["route"])) >= 6


@settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(tiny_worlds.small_scenarios(), st.integers(0, 2**63 - 1))
def test_random_small_worlds_keep_every_law(scenario, seed):
    """Any nations, domains, parameters in their range and events: laws hold, nothing fails."""
    laws.watched_run(AllianceModel(scenario, rng=seed))


@pytest.mark.parametrize("end", ["low", "high"])
def test_every_parameter_may_be_at_either_end_of_its_range(tiny, end):
    """One parameter after another at its lowest or highest: the tiny world keeps the laws."""
    short = tiny.with_set({"horizon.end": "2012Q4", "horizon.report_from": "2011Q1"})
    mine = [entry for entry in CATALOGUE.values() if entry.domain in (None, *tiny.world.domains)]
    for entry in mine:
        if not entry.switch:
            changed = short.with_set({entry.path: getattr(entry, end)})
            laws.check_state(AllianceModel(changed, rng=1).run().state)
    together = {entry.path: getattr(entry, end) for entry in mine if not entry.switch}
    laws.watched_run(AllianceModel(short.with_set(together), rng=1))


def test_nobody_is_asked_to_import_from_itself(baseline_run, tiny_run):
    """Flows of the start, the rest of the world's too, lead from one entity to another; what each
    supplier is to sell is what others buy, or the least seat."""
    for model in (baseline_run, tiny_run):
        flows = model.flows
        assert (np.einsum("iid->id", flows.foreign) == 0.0).all()
        bought = flows.foreign.sum(axis=0)
        least = model.scenario.parameters["choice.smallest_seat_share"] * bought.sum(axis=0)
        expected = np.where(bought >= least, bought, flows.seats)
        np.testing.assert_allclose(flows.seats, expected)
        assert (bought > least).any(axis=0).all()


def test_chances_of_offers_sum_to_one(baseline_run):
    """For every buyer and domain the chances of its offers sum to 1, deferral the last of them."""
    world = baseline_run.world
    for buyer in world.nations:
        for domain in world.domains:
            offers = laws.offers_of(baseline_run, buyer, domain)
            chances = offers["probability"]
            assert chances.sum() == pytest.approx(1.0, abs=1e-12)
            assert ((chances >= 0.0) & (chances <= 1.0)).all()
            assert (offers["route"] == DEFER).tolist() == [False] * (len(offers) - 1) + [True]
            assert (world.nation_index(buyer) != offers["supplier"])[offers["route"] < 5].all()


def test_offers_are_drawn_as_often_as_their_chances_say(baseline_run):
    """Two uniforms over a grid pick each offer in proportion to its chance, nest by nest."""
    offers = laws.offers_of(baseline_run, "POL", "land")
    assert len(offers) > 5
    grid = (np.arange(400) + 0.5) / 400
    drawn = [pick(len(offers), first, second, offers) for first in grid for second in grid]
    often = np.bincount(drawn, minlength=len(offers)) / len(drawn)
    np.testing.assert_allclose(often, offers["probability"], atol=2.0 / 400)


def test_the_smallest_and_largest_draws_pick_an_offer(baseline_run):
    """Uniforms at either end of (0, 1) pick an offer that is possible."""
    offers = laws.offers_of(baseline_run, "POL", "land")
    for first in (1e-300, 1.0 - 2.0**-53):
        for second in (1e-300, 1.0 - 2.0**-53):
            assert offers["probability"][pick(len(offers), first, second, offers)] > 0.0


@pytest.mark.parametrize("shift", [-5000.0, 5000.0])
def test_chances_depend_on_differences_of_utility_alone(baseline_run, shift):
    """A constant added to every utility, however large, changes no chance; one option that is
    worth far less than the others has none."""
    offers = laws.offers_of(baseline_run, "POL", "land")
    before = offers["probability"].copy()
    offers["utility"] += shift
    probabilities(len(offers), baseline_run.state.par[0]["nest_parameter"], offers)
    np.testing.assert_allclose(offers["probability"], before, rtol=1e-8)
    offers["utility"][0] -= 5000.0
    probabilities(len(offers), baseline_run.state.par[0]["nest_parameter"], offers)
    assert offers["probability"][0] == 0.0
    assert offers["probability"].sum() == pytest.approx(1.0)


@pytest.mark.parametrize("rise", [5.0, -1.0])
def test_stock_ages_down_to_nothing_at_most(tiny, rise):
    """However far threat rises or falls, a quarter takes no more than there is and adds nothing."""
    surge = {"kind": "threat_surge", "regions": sorted(regions()), "start": "2010Q1",
             "domains": {"fires_munitions": rise}}  # fmt: skip
    hungry = {
        "capability.consumption_threat_response": 3.0,
        "domains.consumed_share_per_year.fires_munitions": 0.15,
        "domains.service_life_years.fires_munitions": 8.0,
    }
    model = laws.watched_run(AllianceModel(tiny.with_set({"events": [surge] * 4, **hungry}), rng=1))
    assert (model.state.cells["threat"] >= 0.0).all()
    before = model.state.stock.copy()
    age(model.state)
    assert ((model.state.stock >= 0.0) & (model.state.stock <= before)).all()


@pytest.mark.parametrize("spread", [3, 6, 7, 10])
def test_instalments_make_up_the_order_without_a_rest(tiny, spread):
    """Where capacity is ample an order is delivered in as many quarters as its spread says."""
    overrides = {"events": [], "offers.delivery_spread_quarters": spread}
    model = AllianceModel(tiny.with_set(overrides), rng=1)
    for pool in ("capacity_home", "capacity_export"):
        model.state.lines[pool] = 1e9
    rows = ledger(model.run().state)
    rows = rows[(rows["status"] == DELIVERED) & (rows["initial"] == 0)]
    assert len(rows) > 5
    assert (rows["completed"] - rows["first_delivery"] + 1 == spread).all()


def test_lines_without_orders_are_without_backlog(baseline_run):
    """A line whose book is empty has a backlog of exactly nothing, so that it may go cold."""
    state = baseline_run.state
    rows = ledger(state)
    booked = np.bincount(rows["line"][rows["status"] == IN_ORDER_BOOK], minlength=len(state.lines))
    idle = booked == 0
    assert idle.sum() > 3
    backlog = state.lines["backlog_home"][idle] + state.lines["backlog_export"][idle]
    assert (backlog == 0.0).all()


def test_a_run_ends_at_its_horizon(tiny_run):
    """A step beyond the end is refused with a clear message and changes nothing."""
    before = tiny_run.snapshot()
    with pytest.raises(RuntimeError, match="2019Q4"):
        tiny_run.step()
    assert laws.differences(before, tiny_run.state) == []


def test_seeds_and_only_seeds_make_runs_differ(run_tiny):
    """One seed gives one run, another seed another."""
    ledgers = [ledger(run_tiny(seed).state) for seed in (1, 1, 2, 3)]
    assert ledgers[0].tobytes() == ledgers[1].tobytes()
    for one, other in pairwise(ledgers[1:]):
        assert one.tobytes() != other.tobytes()
