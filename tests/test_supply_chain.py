"""Supply chains, forecasts, production lots and priority at the lines."""

from __future__ import annotations

import laws
import numpy as np
import pytest
from tiny_worlds import MIDDLE

from alliance_abm import AllianceModel, capacity, competence, industry, supply_chain
from alliance_abm.layout import CLOSED, CONTRACTING, FMS, LICENSED, N_CASES
from alliance_abm.lots import CLOSED_DAYS, MEAN_WAIT_FOR_LOT, wait_for_lot
from alliance_abm.state import State, ledger

HAZARD = {"supply_chain.disruption_hazard": 1.0, "supply_chain.hidden_share": 0.8}
STEADY = {"supply_chain.hidden_renewal_per_year": 0.0, "supply_chain.found_by_disruption": 0.0}


@pytest.fixture
def middle(tiny) -> AllianceModel:
    """Ten nations and three domains in 2010Q1."""
    return AllianceModel(tiny.with_set(MIDDLE), rng=1)


def start(tiny, overrides: dict | None = None) -> AllianceModel:
    return AllianceModel(tiny.with_set({**MIDDLE, **(overrides or {})}), rng=1)


def friends(model: AllianceModel) -> np.ndarray:
    """Lines of the United States and its allies."""
    nations, owners = model.state.nations, model.state.lines["owner"]
    return (nations["united_states"][owners] == 1) | (nations["us_ally"][owners] == 1)


def failures(model: AllianceModel, years: int = 60) -> np.ndarray:
    """Years in which a hidden source of each line fails, by line."""
    count = np.zeros(len(model.state.lines))
    for year in range(years):
        model.state.quarter = 4 * year + 3
        supply_chain.review(model.state)
        count += model.state.lines["disrupted_until"] > model.state.quarter
        model.state.lines["disrupted_until"] = model.state.lines["disrupted_from"] = 0
    return count


def works(state: State) -> np.ndarray:
    return state.lines["status"] != CLOSED


# --- hidden sources ----------------------------------------------------------------------------


def test_a_failed_source_holds_output_back_while_it_lasts(middle):
    """Output falls by the stated loss from the first quarter of a failure to before its end."""
    state = middle.state
    state.lines["disrupted_from"][0], state.lines["disrupted_until"][0] = 2, 4
    loss, seen = state.par["disruption_loss"][0], []
    for quarter in range(6):
        state.quarter = quarter
        industry.produce(state)
        seen.append(state.lines["input_factor"][0])
        assert (state.lines["input_factor"][1:] == 1.0).all()
    assert seen == [1.0, 1.0, 1.0 - loss, 1.0 - loss, 1.0, 1.0]


@pytest.mark.parametrize("path", ["disruption_hazard", "hidden_share"])
def test_without_hidden_sources_or_hazard_nothing_fails(tiny, path):
    """No line is ever held back, and the run is the one in which a failure costs nothing."""
    without = start(tiny, {f"supply_chain.{path}": 0.0}).run()
    assert (without.state.lines["disrupted_until"] == 0).all()
    harmless = start(tiny, {"supply_chain.disruption_loss": 0.0}).run()
    assert (harmless.state.lines["disrupted_until"] > 0).any()
    spared = ("par", "lines")
    assert laws.differences(without.state, harmless.state, spared) == []
    assert "orders" in laws.differences(start(tiny).run().state, harmless.state)


def test_failures_come_as_often_as_hidden_sources_and_hazard_say(tiny):
    """A line fails in a share of the years that is the product of the two; closed ones never."""
    model = start(tiny, {**HAZARD, **STEADY, "supply_chain.disruption_hazard": 0.5})
    count = failures(model)
    open_lines = works(model.state)
    assert (count[~open_lines] == 0).all() and (~open_lines).any()
    assert np.mean(count[open_lines]) / 60 == pytest.approx(0.4, abs=0.04)


def test_assessments_find_sources_of_friends_and_no_others(tiny):
    """Lines of the United States and its allies lose the stated share of hidden sources a year."""
    model = start(tiny, {"supply_chain.assessment_rate": 0.5, **STEADY})
    before = model.state.lines["hidden"].copy()
    supply_chain.review(model.state)
    found, mine = model.state.lines["hidden"] / before, friends(model) & works(model.state)
    np.testing.assert_allclose(found[mine], 0.5)
    assert (found[~mine] == 1.0).all() and mine.any() and (~mine).any()


def test_what_was_found_comes_back_with_new_products(tiny):
    """After the assessments end, hidden sources drift back to the share of the start."""
    model = start(tiny, {"supply_chain.disruption_hazard": 0.0})
    model.state.lines["hidden"] = 0.0
    for _ in range(60):
        supply_chain.review(model.state)
    share = model.state.par["hidden_share"][0]
    np.testing.assert_allclose(model.state.lines["hidden"][works(model.state)], share, rtol=0.01)


def test_stock_bridges_whole_quarters_and_is_used_up(tiny):
    """With two quarters of parts a failure begins two quarters later and ends when it would."""
    overrides = {**HAZARD, "supply_chain.disruption_quarters": 3}
    bare, stocked = start(tiny, overrides), start(tiny, overrides)
    mine = friends(stocked) & works(stocked.state)
    stocked.state.par["contingency_quarters"] = 2.0
    stocked.state.lines["buffer"][mine] = 2.0
    for model in (bare, stocked):
        supply_chain.review(model.state)
    one, other = bare.state.lines, stocked.state.lines
    hit = mine & (one["disrupted_until"] > 0)
    assert hit.any()
    assert (other["disrupted_from"] - one["disrupted_from"])[hit].tolist() == [2] * hit.sum()
    assert (other["disrupted_until"] == one["disrupted_until"]).all()
    assert (other["buffer"][hit] == 0.0).all() and (other["buffer"][mine & ~hit] == 2.0).all()


def test_a_failure_does_not_cut_short_the_one_before(tiny):
    """What still holds output back goes on, and the new failure follows; one that is over is
    replaced."""
    model = start(tiny, {**HAZARD, "supply_chain.disruption_quarters": 3})
    state = model.state
    state.quarter = 7
    state.lines["disrupted_from"], state.lines["disrupted_until"] = 6, 10
    old = works(state) & (np.arange(len(state.lines)) % 2 == 0)
    state.lines["disrupted_from"][old], state.lines["disrupted_until"][old] = 2, 5
    supply_chain.review(state)
    hit = works(state) & ~np.isin(state.lines["disrupted_until"], (5, 10))
    assert (hit & old).any() and (hit & ~old).any()
    lines = state.lines[hit & ~old]
    assert (lines["disrupted_from"] == 6).all() and (lines["disrupted_until"] == 13).all()
    lines = state.lines[hit & old]
    assert (lines["disrupted_from"] >= 8).all()
    assert (lines["disrupted_until"] - lines["disrupted_from"] == 3).all()


def test_stock_is_built_year_by_year_and_makes_products_dearer(tiny):
    """A quarter of output a year up to what is wanted; holding it raises unit cost."""
    model = start(tiny, {"supply_chain.disruption_hazard": 0.0})
    model.state.par["contingency_quarters"] = 1.5
    mine = friends(model) & works(model.state)
    for expected in (1.0, 1.5, 1.5):
        supply_chain.review(model.state)
        assert (model.state.lines["buffer"][mine] == expected).all()
        assert (model.state.lines["buffer"][~mine] == 0.0).all()
    bare = model.snapshot()
    bare.lines["buffer"] = 0.0
    for state in (model.state, bare):
        capacity.adapt_lines(state)
    dearer = model.state.lines["unit_cost"] > bare.lines["unit_cost"]
    assert (dearer == mine).all()


def test_a_second_source_halves_failures_and_reach(tiny):
    """With half the parts of friends from two sources, their failures are some of those without
    and about half as many, and every origin's say reaches half as far; others see no change."""
    overrides = {**HAZARD, **STEADY, "supply_chain.disruption_hazard": 0.5}
    single, dual = start(tiny, overrides), start(tiny, overrides)
    dual.state.par["dual_source_share"] = 0.5
    mine = friends(single) & works(single.state)
    one, two = failures(single), failures(dual)
    assert (one[~mine] == two[~mine]).all() and (two[mine] <= one[mine]).all()
    assert two[mine].sum() / one[mine].sum() == pytest.approx(0.5, abs=0.1)
    for model in (single, dual):
        competence.review(model.state, model.outside)
    reach = single.state.content_reach.copy()
    reach[friends(single)] *= 0.5
    np.testing.assert_array_equal(dual.state.content_reach, reach)


def test_split_learning_makes_the_products_of_friends_dearer(middle):
    """The bill of second sources acts without them."""
    plain = middle.snapshot()
    middle.state.par["split_learning"] = 0.1
    for state in (middle.state, plain):
        capacity.adapt_lines(state)
    dearer = middle.state.lines["unit_cost"] > plain.lines["unit_cost"]
    assert (dearer == (friends(middle) & works(plain))).all()


# --- forecasts and commitments -----------------------------------------------------------------


def test_forecasts_err_less_the_more_is_seen_before_contract(middle):
    """The error has mean 1 and the stated spread times what is not seen; without error it is 1."""
    state, logs = middle.state, {}
    for credible in (0.2, 0.8):
        state.par["pipeline_credibility"] = credible
        seen = []
        for year in range(40):
            state.quarter = 4 * year + 3
            capacity.forecast(state)
            seen += [*state.lines["misjudged"][works(state)]]
        logs[credible] = np.log(seen)
        assert np.mean(seen) == pytest.approx(1.0, abs=0.03)
        spread = state.par["forecast_error"][0] * (1.0 - credible)
        assert np.std(logs[credible]) == pytest.approx(spread, rel=0.06)
    np.testing.assert_allclose(logs[0.2] - logs[0.2].mean(), 4.0 * (logs[0.8] - logs[0.8].mean()))
    state.par["forecast_error"] = 0.0
    capacity.forecast(state)
    assert (state.lines["misjudged"] == 1.0).all()


def grown(
    model: AllianceModel,
    committed: float,
    misjudged: float = 1.0,
    orders: float = 20.0,
    capacity_now: float = 10.0,
) -> float:
    """Capacity decided on in one quarter by a line of some capacity and no backlog."""
    pipeline = np.zeros(16)
    model_par = model.state.par[0]
    capacity._grow(0, model_par, capacity_now, orders, committed, misjudged, 0.0, 4.0, pipeline)
    return float(pipeline.sum())


def test_a_line_grows_faster_on_committed_orders(middle):
    """Growth is capped between the two caps by the share of orders that is committed."""
    p = middle.state.par[0]
    assert grown(middle, 0.0) == p["growth_cap_per_quarter"] * 10.0
    assert grown(middle, 20.0) == pytest.approx(p["growth_cap_committed"] * 10.0)
    assert grown(middle, 10.0) == pytest.approx((grown(middle, 0.0) + grown(middle, 20.0)) / 2.0)
    assert grown(middle, 40.0) == grown(middle, 20.0)


def test_committed_orders_are_not_misjudged(middle):
    """A forecast of half the orders takes none of those committed from what is planned."""
    headroom = middle.state.par[0]["capacity_headroom"]
    wanted = {firm: 10.0 + grown(middle, firm, 0.5, orders=9.2) for firm in (0.0, 9.2)}
    assert wanted[9.2] == pytest.approx(9.2 * headroom)
    assert wanted[0.0] == 10.0  # half the orders need no more than there is


def test_what_is_committed_is_smoothed_like_orders(middle):
    """A pledge goes into the memory of the pool that it was made to, and is not counted again."""
    lines, weight = middle.state.lines, 1.0 / middle.state.par["order_smoothing_quarters"][0]
    capacity.commit(lines, 0, 0, 24.0)
    capacity.commit(lines, 0, 1, 12.0)
    capacity.adapt_lines(middle.state)
    assert lines["committed_home"][0] == pytest.approx(24.0 * weight)
    assert lines["committed_export"][0] == pytest.approx(12.0 * weight)
    assert (lines["committed_home"][1:] == 0.0).all()
    capacity.adapt_lines(middle.state)
    assert lines["committed_home"][0] == pytest.approx(24.0 * weight * (1.0 - weight))


def test_bound_money_is_free_for_the_announced_need_alone(tiny):
    """With all money bound, fewer requirements open outside the announced domain, and no order
    is lost from the laws; with none bound the announcement changes nothing."""
    free, bound = start(tiny), start(tiny, {"budgets.commitment_rigidity": 1.0})
    for model in (free, bound):
        laws.watched_run(model)
    requests = [len(ledger(model.state)) for model in (free, bound)]
    assert requests[1] < requests[0]
    muddled = start(tiny)
    while muddled.running:
        muddled.state.nations["announced"] = muddled.state.quarter % 3
        muddled.step()
    assert "orders" not in laws.differences(free.state, muddled.state)


# --- production lots ---------------------------------------------------------------------------


def test_who_misses_the_lot_waits_for_the_next():
    """In the quarter of the lot nobody waits; a day later it is three quarters to the next."""
    assert [wait_for_lot(day, 0) for day in (0, 90, 91, 363, 364)] == [0, 0, CLOSED_DAYS, 1, 0]
    assert wait_for_lot(0, 1) == 91 and wait_for_lot(-273, 1) == 0
    year = [wait_for_lot(day, 2) for day in range(364)]
    assert np.mean(year) == pytest.approx(MEAN_WAIT_FOR_LOT, abs=0.5)


def test_programmes_of_record_are_contracted_in_the_quarter_of_the_lot(tiny):
    """All FMS contracts fall into it if all are such programmes; if none are, all year round."""
    when = {}
    for share in (0.0, 0.9):
        rows = ledger(start(tiny, {"queues.programme_of_record_share": share}).run().state)
        rows = rows[(rows["route"] == FMS) & (rows["initial"] == 0) & (rows["contracted"] >= 0)]
        when[share] = np.bincount(rows["contracted"] % 4, minlength=4) / len(rows)
    assert when[0.9][1] > 0.8 and 0.1 < when[0.0][1] < 0.45


# --- priority and production at the lines ------------------------------------------------------


def entry_of(tiny, route_owner: str, buyer: str, **par: float) -> float:
    """Head start in days that a buyer's contract gets at a line of some owner."""
    model = start(tiny)
    state = model.state
    for name, value in par.items():
        state.par[name] = value
    line = state.cells["line"][model.world.nation_index(route_owner), 0]
    state.lines["reprioritised"][line] = 1
    rows = ledger(state)
    row = int(np.flatnonzero(state.cases[: state.counts[N_CASES]] >= 0)[0])
    row = int(state.cases[row])
    rows["line"][row], rows["buyer"][row] = line, model.world.nation_index(buyer)
    rows["status"][row] = CONTRACTING
    industry.enter_order_books(state)
    return float(rows["arrived_day"][row] + rows["tie"][row] - rows["entry"][row])


def test_burden_gives_a_head_start_at_american_lines_alone(tiny):
    """A buyer at the threshold gains the stated days at a U.S. line, one below it none."""
    par = {"burden_line_priority_days": 100.0, "sosa_priority_days": 0.0, "tier_priority_days": 0.0}
    assert entry_of(tiny, "USA", "POL", **par, burden_line_threshold=0.01) == pytest.approx(100.0)
    assert entry_of(tiny, "USA", "POL", **par, burden_line_threshold=0.06) == 0.0
    assert entry_of(tiny, "FRA", "POL", **par, burden_line_threshold=0.01) == 0.0


def test_security_of_supply_partners_rank_higher_in_a_crisis(tiny):
    """Sweden has an arrangement and Egypt has none."""
    par = {"sosa_priority_days": 60.0, "tier_priority_days": 0.0}
    assert entry_of(tiny, "USA", "SWE", **par) == pytest.approx(60.0)
    assert entry_of(tiny, "USA", "EGY", **par) == 0.0
    assert entry_of(tiny, "FRA", "SWE", **par) == 0.0


def test_licences_not_offered_lose_their_weight(middle):
    """Half the U.S. licences withheld halve their odds against other licences; the rest stays."""
    before = laws.offers_of(middle, "KOR", "combat_aviation")
    middle.state.par["us_production_preference"] = 0.5
    after = laws.offers_of(middle, "KOR", "combat_aviation")
    american = (before["route"] == LICENSED) & (before["supplier"] == middle.world.usa)
    assert american.any() and (after["utility"] == before["utility"])[~american].all()
    np.testing.assert_allclose(np.exp(after["utility"] - before["utility"])[american], 0.5)
    assert (after["probability"] < before["probability"])[american].all()


@pytest.mark.parametrize(("dearer", "own"), [(0.5, 0.0), (2.0, 0.5), (-1.0, 0.0)])
def test_a_grant_pays_a_dearer_price_as_far_as_it_reaches(middle, dearer, own):
    """The rest is paid from the buyer's own money; what gets cheaper goes back to the grant."""
    nations, orders = middle.state.nations, middle.state.orders
    orders["volume"][0], orders["price"][0], orders["tied"][0] = 10.0, 5.0, 1
    nations["grant"][2] = 15.0
    before = nations[2].copy()
    industry.reprice(nations, orders, 0, 2, 5.0 + dearer)
    assert nations["balance"][2] == pytest.approx(before["balance"] - 10.0 * own)
    assert nations["grant"][2] == pytest.approx(15.0 - 10.0 * (dearer - own))
    assert nations["committed"][2] == pytest.approx(before["committed"] + 10.0 * dearer)
