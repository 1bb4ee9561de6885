"""Security of technology: what is expected to leak, incidents, protection, conditions, costs."""

from __future__ import annotations

import laws
import numpy as np
import pytest
from runs import run, step_to
from test_permuted import assert_same_by_nation
from tiny_worlds import MIDDLE

from alliance_abm import AllianceModel, conditionality, costs, security
from alliance_abm.layout import FMS, FRIENDLY
from alliance_abm.release import chance, set_terms
from alliance_abm.scenario import Scenario

EXACT = {"rtol": 1e-12, "atol": 0.0}
LEAKY = {
    "security.drawn_from_year": 2010,
    "security.leak_base": 0.08,
    "security.oversight_error": 2,
    "security.incident_edge_loss": 0.15,
    "conditionality.conditionality_united_states": 0.3,
    "conditionality.conditionality_third_party": 0.3,
}


@pytest.fixture(scope="module")
def middle(tiny) -> Scenario:
    """Ten nations, three domains, eight years."""
    return tiny.with_set(MIDDLE)


@pytest.fixture(scope="module")
def model(middle) -> AllianceModel:
    """That world after three years: look at it, do not step it."""
    return run(middle, quarters=12)


@pytest.fixture(scope="module")
def leaky(middle) -> AllianceModel:
    """A run with many incidents and suspensions, every law checked: do not step it."""
    return laws.watched_run(AllianceModel(middle.with_set(LEAKY), rng=1))


def hazard(model: AllianceModel, **given: float) -> float:
    """Expected incidents of a middling holder, some of its factors set."""
    factors = {"sensitivity": 0.7, "technology": 0.4, "protection": 0.6, "left": 0.8}
    par = model.state.par.copy()
    for name in [name for name in given if name not in factors]:
        par[name] = given.pop(name)
    return security.hazard(par[0], **(factors | given))


@pytest.mark.parametrize(
    ("factor", "values", "sign"),
    [
        ("sensitivity", (0.0, 0.3, 0.6, 1.0), 1),
        ("technology", (0.0, 0.2, 0.9, 1.4), 1),
        ("protection", (0.0, 0.5, 0.9, 1.0), -1),
        ("left", (0.0, 0.5, 1.0), 1),
        ("leak_base", (0.005, 0.02, 0.08), 1),
        ("leak_screening", (0.0, 0.2, 0.6), -1),
        ("oversight_error", (0.0, 0.5, 2.0), 1),
        ("leak_protection_exponent", (1.0, 2.0, 3.0), -1),
    ],
)
def test_the_hazard_follows_each_factor(model, factor, values, sign):
    """More sensitive, more technology, less protection, monitoring or oversight: more leaks; the
    hazard is never negative."""
    found = [hazard(model, **{factor: value}) for value in values]
    assert (sign * np.diff(found) > 0.0).all()
    assert min(found) >= 0.0


def assessed(model: AllianceModel, **changes: float) -> np.ndarray:
    """Expected incidents (E, D) as things stand, some parameters set."""
    state = model.snapshot()
    for name, value in changes.items():
        state.par[name] = value
    security.assess(state)
    return state.cells["leaks"]


def test_what_is_expected_adds_up(model):
    """The world's figures are the sums over holders, plain and weighted by sensitivity; only
    buyers hold what may leak."""
    state = model.snapshot()
    security.assess(state)
    leaks = state.cells["leaks"]
    np.testing.assert_allclose(state.office["leaks"][0], leaks.sum(), **EXACT)
    weighted = (leaks * state.dom["export_sensitivity"]).sum()
    np.testing.assert_allclose(state.office["leak_exposure"][0], weighted, **EXACT)
    assert (leaks[state.nations["is_buyer"] == 0] == 0.0).all()
    assert (leaks[state.nations["is_buyer"] == 1].sum(axis=1) > 0.0).all()


def test_goods_without_us_content_do_not_leak_us_technology(model):
    """A stock that holds nothing of U.S. origin or with U.S. parts has no hazard; U.S. parts in
    a third party's product count as far as they go."""
    state, world = model.snapshot(), model.world
    pol, swe, usa = (world.nation_index(name) for name in ("POL", "SWE", "USA"))
    state.stock[pol] = 0.0
    state.stock[pol, 0, swe] = 100.0
    line = state.cells["line"][swe, 0]
    part = state.content_share[line][state.content_origin[line] == usa].sum()
    security.assess(state)
    with_parts = state.cells["leaks"][pol, 0]
    assert part > 0.0 and (state.cells["leaks"][pol, 1:] == 0.0).all()
    state.stock[pol, 0] = 0.0
    state.stock[pol, 0, usa] = 7.0
    own = 1.0 - state.content_total[state.cells["line"][usa, 0]]
    security.assess(state)
    np.testing.assert_allclose(with_parts / state.cells["leaks"][pol, 0], part / own, **EXACT)
    state.content_origin[line][state.content_origin[line] == usa] = world.row
    state.stock[pol, 0] = 0.0
    state.stock[pol, 0, swe] = 100.0
    security.assess(state)
    assert state.cells["leaks"][pol, 0] == 0.0


def test_commercial_sales_are_monitored_less(model):
    """The hazard rises with the share of direct commercial sales, and falls as they are seen."""
    pol = model.world.nation_index("POL")
    state = model.snapshot()
    found = []
    for share in (0.0, 0.5, 1.0):
        state.nations["us_commercial"][pol] = share * state.nations["us_received"][pol]
        security.assess(state)
        found.append(state.cells["leaks"][pol].sum())
    assert (np.diff(found) > 0.0).all()
    seen, unseen = (assessed(model, dcs_visibility=share)[pol].sum() for share in (0.9, 0.2))
    assert seen < unseen


def test_routes_are_remembered(model):
    """A year of FMS deliveries alone lowers the share of commercial sales that a buyer holds."""
    state, pol = model.snapshot(), model.world.nation_index("POL")
    before = state.nations["us_commercial"] / state.nations["us_received"]
    state.flow_nation[0] = 0.0
    state.flow_nation[0, pol, FMS] = 500.0
    laws.call(security._note_routes, model, state, flows=state.flow_nation[0])
    after = state.nations["us_commercial"] / state.nations["us_received"]
    assert after[pol] < before[pol]
    others = np.arange(len(after)) != pol
    np.testing.assert_allclose(after[others], before[others], **EXACT)


def test_members_and_nodes_add_hazard(model):
    """A trusted member is more exposed in the domains in scope and nowhere else; each further
    node adds the same."""
    state, pol = model.snapshot(), model.world.nation_index("POL")
    security.assess(state)
    before = state.cells["leaks"].copy()
    state.nations["trusted"][pol] = 1
    security.assess(state)
    inside = state.dom["export_sensitivity"] <= state.par["trusted_sensitivity_ceiling"][0]
    assert inside.any() and not inside.all()
    rose = state.cells["leaks"] > before
    assert rose[pol].tolist() == inside.tolist() and rose.sum() == inside.sum()
    none, five, ten = (assessed(model, extra_nodes=n).sum() for n in (0.0, 5.0, 10.0))
    np.testing.assert_allclose(ten - none, 2.0 * (five - none), rtol=1e-9)
    assert five > none


def test_incidents_come_as_often_as_expected(model):
    """Over many seeds the mean number of incidents is what the hazards say."""
    state = model.snapshot()
    state.par["leak_base"], state.par["oversight_error"] = 0.08, 2.0
    security.assess(state)
    rate = state.cells["leaks"].sum(axis=1)
    expected = (1.0 - np.exp(-rate)).sum()
    found = []
    for seed in range(1500):
        copy = state.copy()
        copy.office["incidents"] = 0
        laws.call(security._strike, model, copy, seed=seed, order=model.outside.order)
        found.append(copy.office["incidents"][0])
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - expected) < 4.0 * error


def struck(model: AllianceModel) -> tuple[AllianceModel, int, int]:
    """The model after an incident with Poland in domain 0, as the next quarter would find it."""
    state, pol = model.state, model.world.nation_index("POL")
    state.cells["leaks"] = 0.0
    state.cells["leaks"][pol, 0] = 1e9
    laws.call(security._strike, model, state, order=model.outside.order)
    given = {"par": state.par, "usa": model.world.usa}
    laws.call(set_terms, model, state, **given)
    return model, pol, model.world.usa


def test_an_incident_costs_edge_and_release(middle):
    """After an incident U.S. products are worse and recover; release to the holder in that domain
    falls much, to others a little, elsewhere not; the review is longer."""
    model, pol, usa = struck(run(middle, quarters=15))
    state, swe = model.state, model.world.nation_index("SWE")
    line = state.cells["line"][usa, 0]
    granted = {
        (b, d): chance(state.nations, state.cells, state.pairs, b, d, usa, 1.0)
        for b in (pol, swe)
        for d in (0, 1)
    }
    p = state.par[0]
    assert granted[pol, 0] == pytest.approx(granted[pol, 1] * (1.0 - p["incident_withheld"]))
    other = 1.0 - p["incident_withheld_others"]
    assert granted[swe, 0] == pytest.approx(granted[swe, 1] * other)
    assert state.cells["alert_years"][pol, 0] == p["incident_years"]
    levels = []
    while state.quarter < 32:
        model.step()
        levels.append(state.lines["level"][line] - state.cells["competence"][usa, 0])
    lost = p["incident_edge_loss"] * state.dom["export_sensitivity"][0]
    assert levels[0] == pytest.approx(-lost * (1.0 - p["edge_recovery_per_year"]))
    assert levels[-1] > levels[0]
    assert state.cells["alert_years"][pol, 0] == 0
    assert state.cells["us_withheld"][pol, 0] == 0.0


def test_a_quarter_of_caution_is_expected_by_the_buyer(middle):
    """A buyer under caution expects the longer review in what it is offered by the United States,
    and nothing else changes."""
    model = run(middle, quarters=15)
    before = laws.offers_of(model, "POL", "combat_aviation")
    pol = model.world.nation_index("POL")
    model.state.cells["alert_years"][pol, 0] = 2
    after = laws.offers_of(model, "POL", "combat_aviation")
    longer = after["lead"] - before["lead"]
    fms, third = after["route"] == FMS, after["route"] == FRIENDLY
    days = model.state.par["incident_review_days"][0] / 91
    assert fms.any() and third.any()
    np.testing.assert_allclose(longer[fms], days, rtol=1e-9)
    assert (longer[third] == 0.0).all()


def test_a_run_full_of_incidents_keeps_the_laws(leaky):
    """With hazards at their highest incidents and suspensions happen and every law holds."""
    panel = leaky.state.panel
    incidents = panel[:, security._INCIDENTS]
    assert incidents.sum() > 0 and panel[:, security._BEGUN].sum() > 3
    assert (incidents[np.arange(len(incidents)) % 4 != 3] == 0).all()
    assert leaky.state.cells["edge_lost"][leaky.world.usa].max() > 0.0


def test_nothing_is_drawn_before_its_year(middle, leaky):
    """Before the year from which incidents and suspensions are drawn, hazards move no order."""
    calm = run(middle.with_set({**LEAKY, "security.drawn_from_year": 2045}))
    plain = run(middle)
    spared = ("par", "cells", "office", "panel")
    assert laws.differences(calm.state, plain.state, spared) == []
    assert "orders" in laws.differences(leaky.state, plain.state)


def test_what_is_held_is_the_larger_of_script_and_condition(middle):
    """In every quarter deliveries held are those of the script or those drawn, whichever is more;
    when conditions end the script holds alone."""
    drawn = AllianceModel(middle.with_set(LEAKY), rng=3)
    script = AllianceModel(middle, rng=3)
    ended = 0
    while drawn.running:
        drawn.step()
        script.step()
        pairs = drawn.state.pairs
        now = drawn.state.quarter - 1
        on = (pairs["condition"] > 0.0) & (pairs["condition_from"] <= now)
        held = np.maximum(script.state.pairs["suspended"], np.where(on, pairs["condition"], 0.0))
        np.testing.assert_array_equal(pairs["suspended"], held)
        ended += ((pairs["condition_until"] == now) & (pairs["condition_until"] > 0)).sum()
    assert ended > 2


def test_the_closer_two_nations_are_the_fewer_suspensions(model):
    """Closeness is larger for allies, follows alignment, and stays a share."""
    state, world = model.snapshot(), model.world
    pol, ind, usa = (world.nation_index(name) for name in ("POL", "IND", "USA"))
    given = {"p": state.par[0], "allied": model.outside.allied, "s": usa}

    def close(b: int) -> float:
        return laws.call(conditionality.closeness, model, state, b=b, **given)

    state.pairs["alignment"] = 0.0
    ally, other = close(pol), close(ind)
    assert ally > other
    state.pairs["alignment"][pol, usa] = -0.4
    assert close(pol) == pytest.approx(ally - 0.4)
    state.pairs["alignment"][pol, usa] = -2.0
    assert close(pol) == 0.0
    state.pairs["alignment"][pol, usa] = 2.0
    assert close(pol) == 1.0


def test_only_who_holds_something_can_withhold_it(model):
    """No supplier whose content a buyer does not depend on suspends anything."""
    state = model.snapshot()
    for name in LEAKY:
        if name.startswith("conditionality"):
            state.par[name.partition(".")[2]] = 0.3
    state.pairs["exposed"] = 0.0
    given = {"allied": model.outside.allied}
    laws.call(conditionality._decide, model, state, **given)
    assert state.office["conditions"][0] == 0
    state.pairs["exposed"] = 0.5
    laws.call(conditionality._decide, model, state, **given)
    assert state.office["conditions"][0] > 0


def test_protection_moves_to_what_programmes_ask(model):
    """Each year protection of the buyers goes part of the way to its start plus the programme,
    no higher than the highest; without a programme it keeps every bit."""
    state = model.snapshot()
    start = state.nations["protection_start"].copy()
    laws.call(security._protect, model, state)
    assert laws.same_bits(state.nations["protection"], start)
    state.par["protection_programme"] = 0.2
    buyers = state.nations["is_buyer"] == 1
    for _ in range(30):
        laws.call(security._protect, model, state)
    asked = np.minimum(start + 0.2, state.par["protection_highest"][0])
    np.testing.assert_allclose(state.nations["protection"][buyers], asked[buyers], rtol=1e-6)
    assert laws.same_bits(state.nations["protection"][~buyers], start[~buyers])


def test_too_little_protection_closes_sensitive_domains(model):
    """Buyers below the protection required are refused in sensitive domains, and know it."""
    state, world = model.snapshot(), model.world
    state.par["protection_required"] = 0.5
    laws.call(set_terms, model, state)
    sensitive = state.dom["export_sensitivity"] >= state.par["exclusion_sensitivity"][0]
    weak = (state.nations["protection"] < 0.5) & (state.nations["is_buyer"] == 1)
    assert weak.any() and not weak.all() and sensitive.any() and not sensitive.all()
    expected = weak[:, None] & sensitive[None, :]
    assert (state.cells["us_withheld"] == expected).all()
    twin = AllianceModel(model.scenario, rng=1)
    twin.restore(state)
    offers = laws.offers_of(twin, "IND", "combat_aviation")
    assert (offers["supplier"] != world.usa).all()
    assert (laws.offers_of(model, "IND", "combat_aviation")["supplier"] == world.usa).any()


def test_policies_are_paid_by_income(model):
    """The United States pays its quarter, the buyers theirs in proportion to income; what is
    paid leaves the balance."""
    state = model.snapshot()
    state.nations["balance"] = 1e9
    before = state.copy()
    state.par["policy_cost_united_states"], state.par["policy_cost_partners"] = 400.0, 800.0
    costs.charge(state, model.outside)
    paid = state.nations["policy_paid"] - before.nations["policy_paid"]
    buyers = state.nations["is_buyer"] == 1
    assert paid[model.world.usa] == pytest.approx(100.0)
    assert paid[buyers].sum() == pytest.approx(200.0)
    share = state.nations["income"][buyers] / state.nations["income"][buyers].sum()
    np.testing.assert_allclose(paid[buyers], 200.0 * share, rtol=1e-9)
    np.testing.assert_allclose(before.nations["balance"] - state.nations["balance"], paid, 1e-6)


def test_nobody_pays_more_than_it_may_commit(model):
    """A policy that is too dear takes what a nation holds and may commit ahead, and no more."""
    state = model.snapshot()
    state.par["policy_cost_united_states"] = state.par["policy_cost_partners"] = 10_000.0
    for _ in range(1000):
        costs.charge(state, model.outside)
    ahead = state.par["forward_commitment_quarters"][0] * state.nations["income"]
    assert (state.nations["balance"] + ahead >= -1e-6).all()
    assert state.nations["policy_paid"][state.nations["is_buyer"] == 0].sum() > 0.0


def test_costs_keep_money(tiny):
    """Through a whole run with costly policies the laws of money hold."""
    dear = {"costs.policy_cost_united_states": 5000, "costs.policy_cost_partners": 2000}
    model = laws.watched_run(AllianceModel(tiny.with_set(dear), rng=1))
    recorded = model.state.panel[:, costs._UNITED_STATES].sum()
    paid = model.state.nations["policy_paid"][model.world.usa]
    assert recorded == pytest.approx(paid) and paid > 0.0


def test_order_is_irrelevant_to_incidents_and_seats(middle):
    """Listing the nations backwards gives the same incidents, suspensions, members and orders."""
    full = {
        **LEAKY, "tiers.club_seats": 3, "tiers.alignment_threshold": 0.3,
        "tiers.outsider_resentment": 0.2, "costs.policy_cost_partners": 300,
    }  # fmt: skip
    names = MIDDLE["world.nations"]
    one = run(middle.with_set(full))
    other = run(middle.with_set({**full, "world.nations": names[::-1]}))
    assert one.state.nations["seat"].any()
    assert_same_by_nation(one, other)


def test_steps_of_a_fork_repeat(middle):
    """A snapshot taken among incidents and suspensions repeats the future."""
    model = AllianceModel(middle.with_set(LEAKY), rng=2)
    step_to(model, 15)
    kept = model.snapshot()
    step_to(model, 24)
    first = model.snapshot()
    model.restore(kept)
    step_to(model, 24)
    assert laws.differences(first, model.state) == []
