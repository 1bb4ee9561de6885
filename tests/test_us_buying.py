"""The United States as buyer: barrier, origin, carve-outs, adoption, plants, and who bids."""

from __future__ import annotations

import math

import laws
import numpy as np
import pytest
from runs import new_orders, run, step_to

from alliance_abm import AllianceModel, inbound, us_buying
from alliance_abm.inversion import expected
from alliance_abm.layout import CANCELLED, DEFER, DOMESTIC, FRIENDLY, LICENSED
from alliance_abm.levers import LEVERS, LeverUse, policy_of
from alliance_abm.recorder import column
from alliance_abm.scenario import Scenario
from alliance_abm.us_buying import barrier

OURS = (
    "open_acquisition", "best_value", "domestic_first", "reverse_integration",
    "support_third_parties", "inbound_investment",
)  # fmt: skip
AIR, LAND = "combat_aviation", "land"


@pytest.fixture(scope="module")
def world(tiny) -> Scenario:
    """Eight nations, with and without memorandum and alliance; nobody's event."""
    names = ["USA", "GBR", "DEU", "KOR", "ZAF", "POL", "SWE", "RUS"]
    return tiny.with_set({"world.nations": names, "world.domains": [AIR, LAND], "events": []})


@pytest.fixture(scope="module")
def past(world) -> AllianceModel:
    """The world after three years: look at it, do not step it."""
    return run(world, quarters=12)


def forked(model: AllianceModel, **parameters: float) -> AllianceModel:
    """A model in the same state with other parameters."""
    fork = AllianceModel(model.scenario, rng=1)
    fork.restore(model.state)
    for name, value in parameters.items():
        table = fork.state.par if name in fork.state.par.dtype.names else fork.state.dom
        table[name] = value
    return fork


def under(model: AllianceModel, lever: str, only: str | None = None) -> AllianceModel:
    """A model in the same state with the parameters of a lever that is fully in force."""
    use = LeverUse(lever=lever, start="2010Q1", ramp=0, only=only)
    scenario = model.scenario
    turns = policy_of((use,), scenario.parameters, scenario.world.domains, 40).turns
    fork = AllianceModel(scenario, rng=1)
    fork.restore(model.state)
    fork.state.par[:], fork.state.dom[:] = turns[max(turns)]
    return fork


def bids(model: AllianceModel, domain: str = AIR, **need: int) -> np.ndarray:
    """Direct foreign bids to the United States, by supplier."""
    offers = laws.offers_of(model, "USA", domain, **need)
    found = offers[offers["route"] == FRIENDLY]
    return found[np.argsort(found["supplier"])]


def row(model: AllianceModel, iso3: str) -> int:
    return model.world.nation_index(iso3)


# Barrier and origin


def test_a_memorandum_waives_part_of_the_barrier(past):
    """Who has one keeps the stated part of the evaluation factor; the others all of it, until the
    waiver is extended, which reaches U.S. allies alone. Origin counts against everybody."""
    p, n = past.state.par[0], past.state.nations
    with_, without = (
        p["weight_price"] * math.log(1.0 + p["foreign_bid_barrier"] * left) + p["origin_weight"]
        for left in (p["rdp_barrier_share"], 1.0)
    )
    found = {name: barrier(p, n, row(past, name)) for name in past.world.nations}
    assert found["DEU"] == found["SWE"] == pytest.approx(with_)
    assert found["KOR"] == found["ZAF"] == pytest.approx(without)
    extended = forked(past, rdp_extension=1.0).state.par[0]
    assert barrier(extended, n, row(past, "KOR")) == pytest.approx(with_)
    assert barrier(extended, n, row(past, "ZAF")) == pytest.approx(without)


def test_the_barrier_weighs_on_direct_foreign_bids_to_the_united_states_alone(past):
    """Without barrier and origin preference each foreign bid is worth what they took from it, but
    for those of plants in the United States; no other offer there moves, and no offer anywhere
    else."""
    free = forked(past, foreign_bid_barrier=0.0, origin_weight=0.0)
    before, after = bids(past), bids(free)
    p, d = past.state.par[0], past.world.domain_index(AIR)
    for one, other in zip(before, after, strict=True):
        s = int(one["supplier"])
        lost = 0.0 if past.state.cells["plant"][s, d] else barrier(p, past.state.nations, s)
        assert other["utility"] - one["utility"] == pytest.approx(lost)
    assert len(before) >= 3
    for buyer in ("USA", "POL", "KOR"):
        one, other = (laws.offers_of(m, buyer, AIR) for m in (past, free))
        if buyer == "USA":
            one, other = (x[np.isin(x["route"], (DOMESTIC, LICENSED, DEFER))] for x in (one, other))
        np.testing.assert_array_equal(one["utility"], other["utility"])


def test_inside_a_carve_out_only_the_home_industry_is_asked(past):
    """A requirement kept at home has the U.S. line and deferral on offer, nothing else."""
    offers = laws.offers_of(past, "USA", AIR, fms_only=1)
    assert set(offers["route"]) == {DOMESTIC, DEFER}
    assert len(bids(past)) > 0


@pytest.mark.parametrize(
    "changed",
    [
        {"buying.foreign_bid_barrier": 0.0},
        {"buying.foreign_bid_barrier": 1.0, "buying.rdp_barrier_share": 1.0},
        {"buying.origin_weight": 1.5},
        {"buying.carve_out": 0.0},
        {"buying.us_integration_cost_share": 0.4},
        {"exportability.export_degradation": 0.3},
    ],
    ids=str,
)
def test_the_start_is_the_same_whatever_the_barrier(world, changed):
    """Constants are inverted under the barrier, so expected choices at the start still give the
    U.S. industry its share of 2010-14."""
    shares = []
    for scenario in (world, world.with_set(changed)):
        model = AllianceModel(scenario, rng=1)
        flows, usa = model.flows, model.world.usa
        total = flows.foreign.sum(axis=1) + flows.home
        home = expected(model.state, model.outside, total)[2]
        shares.append(home[usa] / total[usa])
    np.testing.assert_allclose(shares[0], shares[1], atol=0.004)
    assert (shares[0] > 0.9).all()


def us_share(model: AllianceModel) -> float:
    """Chance that an open U.S. requirement stays at home, both domains."""
    return sum(laws.share_of(model, "USA", "USA", domain) for domain in (AIR, LAND)) / 2


@pytest.mark.parametrize("lever", ["open_acquisition", "best_value", "reverse_integration"])
def test_openness_moves_orders_abroad(past, lever):
    """With the lever in force a U.S. requirement goes abroad more often; its bill alone moves no
    choice."""
    assert us_share(under(past, lever)) < us_share(past) - 1e-4
    assert us_share(under(past, lever, "bill")) == us_share(past)


def test_domestic_first_keeps_orders_at_home(past):
    """More of the open requirements stay at home, and more are not open; its bill is resentment."""
    strict = under(past, "domestic_first")
    assert us_share(strict) > us_share(past)
    assert (strict.state.dom["carve_out"] > past.state.dom["carve_out"]).all()
    assert under(past, "domestic_first", "bill").state.par["partner_resentment"][0] > 0.0


# Reverse integration


def test_a_product_that_an_ally_has_in_service_is_adopted_sooner(past):
    """Fielded allied products save integration time where build time sets their lead, integration
    money and part of the barrier; the others, and every other buyer's offers, stand as before."""
    eased = forked(past, reverse_integration=0.5)
    p, d = past.state.par[0], past.world.domain_index(AIR)
    share = p["us_integration_cost_share"]
    cheaper = math.log((1.0 + 0.5 * share) / (1.0 + share))
    fielded = past.state.cells["fielded"][:, d] == 1.0
    assert fielded[row(past, "GBR")] and not fielded[row(past, "ZAF")]
    for one, other in zip(bids(past), bids(eased), strict=True):
        s = int(one["supplier"])
        saved = 0.5 * p["us_integration_quarters"] if fielded[s] else 0.0
        assert other["saved"] == saved
        assert other["ln_price"] - one["ln_price"] == pytest.approx(cheaper if fielded[s] else 0.0)
        assert 0.0 <= one["lead"] - other["lead"] <= saved + 1e-9
        assert other["utility"] > one["utility"] if fielded[s] else True
    poland = [laws.offers_of(m, "POL", AIR)["utility"] for m in (past, eased)]
    np.testing.assert_array_equal(*poland)


def test_a_backlog_is_not_shortened_by_integration(past):
    """Where the backlog and not the build time sets the quote, nothing is saved in it."""
    d = past.world.domain_index(AIR)
    crowded = [forked(past), forked(past, reverse_integration=0.5)]
    for model in crowded:
        lines = model.state.lines
        lines["backlog_export"][lines["domain"] == d] = 1e3 * lines["capacity_export"].max()
    for one, other in zip(bids(crowded[0]), bids(crowded[1]), strict=True):
        assert one["lead"] == other["lead"]


def test_what_is_saved_is_delivered(world):
    """An order that saves quarters can be delivered as much earlier, by whole quarters and in the
    mean; one that saves none is ready as ever."""
    plain, saving = [], []
    for seed in range(1, 9):
        model = AllianceModel(world, rng=seed)
        model.state.par["integration_quarters"] -= 0.5
        rows = new_orders(step_to(model, 40).state)
        rows = rows[(rows["contracted"] >= 0) & (rows["status"] != CANCELLED)]
        build = model.state.lines["build_quarters"][rows["line"]]
        build += (rows["route"] == LICENSED) * model.state.par["licence_delay_quarters"][0]
        sooner = build - (rows["ready"] - rows["contracted"])
        saves = rows["saved"] > 0.0
        assert (rows["saved"][saves] == 0.5).all()
        plain += sooner[~saves].tolist()
        saving += sooner[saves].tolist()
    assert set(plain) == {0.0}
    assert set(saving) == {0.0, 1.0}
    assert 0.25 < np.mean(saving) < 0.75


# Plants


def test_a_plant_opens_where_expected_orders_pay_for_it(world):
    """Makers of U.S. allies that sell abroad build when the mark-up on the orders they expect is
    worth it; plants open after screening and building, and at no cost too high to pay."""
    shut = run(world.with_set({"buying.entry_cost": 5000.0}), quarters=8)
    assert shut.state.cells["plant"].sum() == 0 == column(shut.state, "plant_capacity")[7]
    model = forked(shut, entry_cost=200.0)
    state = model.state
    inbound.review(state, model.outside)
    planned = state.cells["plant_opens"] >= 0
    assert planned.any() and not state.cells["plant"].any()
    owners = np.flatnonzero(planned.any(axis=1))
    assert state.nations["us_ally"][owners].all() and model.world.usa not in owners
    p = state.par[0]
    wait = int(p["entry_screening_quarters"] + p["entry_build_quarters"])
    assert (state.cells["plant_opens"][planned] == state.quarter + wait).all()
    room = state.lines["capacity_export"].copy()
    state.quarter += wait - 1
    inbound.review(state, model.outside)
    assert not state.cells["plant"].any()
    state.quarter += 1
    inbound.review(state, model.outside)
    assert (state.cells["plant"][planned] == 1).all()
    built = state.cells["plant_capacity"][planned].sum()
    assert (state.lines["capacity_export"] - room).sum() == pytest.approx(built)


def test_a_cheaper_plant_is_never_built_later(world):
    """Every plant that pays at some cost pays at a lower one."""
    model = AllianceModel(world, rng=1)
    before = np.zeros_like(model.state.cells["plant"], bool)
    for cost in (5000.0, 1200.0, 600.0, 200.0):
        state = forked(model, entry_cost=cost).state
        inbound.begin(state, model.outside)
        now = state.cells["plant"] == 1
        assert (now | ~before).all()
        before = now
    assert before.any()


def test_a_plant_bids_like_a_home_industry_outside_carve_outs(past):
    """Its bid carries no barrier; inside a carve-out it is not asked."""
    model = forked(past)
    d, s = model.world.domain_index(LAND), row(model, "KOR")
    model.state.cells["plant"][s, d] = 0
    before = bids(model, LAND)
    model.state.cells["plant"][s, d] = 1
    after = bids(model, LAND)
    mine = before["supplier"] == s
    assert mine.sum() == 1
    gain = after["utility"] - before["utility"]
    lost = barrier(model.state.par[0], model.state.nations, s)
    assert gain[mine] == pytest.approx(lost)
    assert (gain[~mine] == 0.0).all()
    assert DOMESTIC in laws.offers_of(model, "USA", LAND, fms_only=1)["route"]
    assert FRIENDLY not in laws.offers_of(model, "USA", LAND, fms_only=1)["route"]


# Bidders and mark-up


def test_fewer_bidders_raise_prices_for_the_buyer_that_lost_them(past):
    """Without a bidder the buyer pays a higher mark-up on every offer, home ones too; others pay as
    before, and with elasticity 0 nobody does."""
    model, poor = forked(past), forked(past, bidder_elasticity=0.0)
    b, d = row(past, "POL"), past.world.domain_index(AIR)
    before = laws.offers_of(past, "POL", AIR)
    for one in (model, poor):
        one.state.pairs["permitted"][b, row(past, "DEU")] = 0
        us_buying.review(one.state, one.outside)
    change = model.state.cells["ln_margin"] - past.state.cells["ln_margin"]
    assert change[b, d] > 0.0
    assert (np.delete(change, b, axis=0) == 0.0).all()
    assert (poor.state.cells["ln_margin"] == 0.0).all()
    after = {(o["supplier"], o["route"]): o for o in laws.offers_of(model, "POL", AIR)}
    for one in before[before["route"] != DEFER]:
        key = (one["supplier"], one["route"])
        if key in after:
            dearer = after[key]["ln_price"] - one["ln_price"]
            assert dearer == pytest.approx(change[b, d])


def test_at_the_start_no_price_depends_on_the_number_of_bidders(world):
    """Mark-ups move with changes alone: at the start every margin is exactly as given."""
    assert (AllianceModel(world, rng=1).state.cells["ln_margin"] == 0.0).all()


def test_an_open_market_has_more_bidders(past):
    """With barrier and carve-outs down, more bid to the United States and its margin falls."""
    free = forked(past, foreign_bid_barrier=0.0, origin_weight=0.0, carve_out=0.0)
    us_buying.review(free.state, free.outside)
    usa = past.world.usa
    assert (free.state.cells["bidders"][usa] > past.state.cells["bidders"][usa]).all()
    assert (free.state.cells["ln_margin"][usa] < past.state.cells["ln_margin"][usa]).all()


# Third parties


def test_support_reaches_allied_sellers_where_the_united_states_is_slow_or_absent(past):
    """Their direct and licensed offers gain what the support is worth, and no other; where a U.S.
    offer comes in time, none does."""
    slow = {"third_party_support": 0.2, "support_slow_quarters": 0.0}
    helped, fast = forked(past, **slow), forked(past, third_party_support=0.2,
                                                support_slow_quarters=1e3)  # fmt: skip
    before, after = (laws.offers_of(m, "POL", AIR) for m in (past, helped))
    allied = past.state.nations["us_ally"][before["supplier"]] == 1
    abroad = np.isin(before["route"], (FRIENDLY, LICENSED)) & (before["supplier"] != past.world.usa)
    gain = after["utility"] - before["utility"]
    assert (gain[abroad & allied] > 0.0).all() and (abroad & allied).any()
    assert (gain[~(abroad & allied)] == 0.0).all()
    np.testing.assert_array_equal(laws.offers_of(fast, "POL", AIR)["utility"], before["utility"])
    at_home = [laws.offers_of(m, "USA", AIR)["utility"] for m in (past, helped)]
    np.testing.assert_array_equal(*at_home)


# Levers


@pytest.mark.parametrize("lever", OURS)
def test_a_lever_of_size_0_changes_exactly_nothing(world, past, lever):
    """Not one bit."""
    nothing = world.with_set({"levers": [{"lever": lever, "size": 0, "start": "2010Q1"}]})
    assert laws.differences(run(nothing, quarters=12).state, past.state) == []


@pytest.mark.parametrize("lever", OURS)
@pytest.mark.parametrize("only", ["benefit", "bill"])
def test_benefit_and_bill_each_change_something_alone(world, past, lever, only):
    """Each side changes parameters that the other leaves alone; the benefit moves the run."""
    use = {"lever": lever, "start": "2010Q1", "ramp": 0, "only": only,
           "size": LEVERS[lever].high}  # fmt: skip
    model = run(world.with_set({"levers": [use]}), quarters=12)
    found = laws.differences(model.state, past.state, spared=("dom",))
    assert "par" in found
    if only == "benefit":
        assert len(found) > 1
