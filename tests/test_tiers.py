"""Tiers: release policy, the trusted circle, resentment, and the levers of trust."""

from __future__ import annotations

import laws
import numpy as np
import pytest
from runs import run, step_to
from tiny_worlds import MIDDLE

from alliance_abm import AllianceModel, tiers
from alliance_abm.lever_data import load_levers
from alliance_abm.levers import LEVERS
from alliance_abm.release import chance
from alliance_abm.scenario import Scenario
from alliance_abm.searches import look

TRUST = (
    "alignment_criteria", "trusted_partnership", "trusted_scope", "technology_protection",
    "investment_screening", "security_agreement",
)  # fmt: skip
OPEN = {"tiers.alignment_threshold": 0.3, "tiers.trusted_protection": 0}
PARTNERS = {"kind": "trusted_partnership", "members": ["FRA", "POL"], "start": "2012Q3",
            "end": "2014Q1"}  # fmt: skip


@pytest.fixture(scope="module")
def middle(tiny) -> Scenario:
    """Ten nations, three domains, eight years."""
    return tiny.with_set(MIDDLE)


@pytest.fixture(scope="module")
def baseline(middle) -> AllianceModel:
    """A finished run of that world: look at it, do not step it."""
    return run(middle)


def names_of(model: AllianceModel, field: str) -> set[str]:
    """Nations in which a field is not 0."""
    return {model.world.nations[row] for row in np.flatnonzero(model.state.nations[field])}


def with_seats(middle: Scenario, seats: int, **changes: float) -> Scenario:
    """Seats from 2011Q1 on, for whoever is best."""
    use = {"lever": "trusted_partnership", "size": seats, "start": "2011Q1"}
    return middle.with_set({**OPEN, "levers": [use], **changes})


def test_members_are_trusted_after_certification(middle):
    """A seat is given when the lever starts and counts after the quarters of certification."""
    model = AllianceModel(with_seats(middle, 2, **{"tiers.certification_quarters": 5}), rng=1)
    trusted, seated = [], []
    while model.state.quarter < 14:
        model.step()
        trusted.append(len(names_of(model, "trusted")))
        seated.append(len(names_of(model, "seat")))
    assert seated == [0] * 4 + [2] * 10
    assert trusted == [0] * 9 + [2] * 5


def test_the_best_screened_come_first_and_larger_clubs_hold_the_smaller(middle):
    """Members are the best screened buyers; who is in a small club is in a larger one."""
    clubs = []
    for seats in (1, 3, 6):
        model = run(with_seats(middle, seats), quarters=5)
        club = names_of(model, "seat")
        n = model.state.nations
        inside, buyer = n["seat"] > 0, n["is_buyer"] == 1
        assert len(club) == seats
        assert n["screened"][inside].min() >= n["screened"][buyer & ~inside].max()
        clubs.append(club)
    assert clubs[0] < clubs[1] < clubs[2]


def test_nobody_below_the_threshold_gets_a_seat(middle):
    """Seats stay empty when too few buyers pass the criteria or protect technology enough."""
    strict = run(with_seats(middle, 8, **{"tiers.alignment_threshold": 0.55}), quarters=5)
    n = strict.state.nations
    assert 0 < len(names_of(strict, "seat")) < 8
    assert n["screened"][n["seat"] > 0].min() >= 0.55
    weak = run(with_seats(middle, 8, **{"tiers.trusted_protection": 0.6}), quarters=5)
    n = weak.state.nations
    assert n["protection"][n["seat"] > 0].min() >= 0.6


def test_screening_errs_once_for_each_nation(middle):
    """The error of a nation is the same in every year, differs by seed, and scales."""
    errors = {}
    for seed in (1, 2):
        model = AllianceModel(middle, rng=seed)
        found = []
        for quarter in (4, 12):
            step_to(model, quarter)
            n = model.state.nations
            found.append((n["screened"] - n["score"])[n["is_buyer"] == 1])
        np.testing.assert_allclose(*found, atol=1e-12)
        errors[seed] = found[0]
    assert (errors[1] != errors[2]).all()
    exact = run(middle.with_set({"tiers.screening_error": 0}), quarters=4).state.nations
    assert laws.same_bits(exact["screened"], exact["score"])


def test_a_scripted_partnership_is_in_force_from_its_start_to_its_end(middle):
    """Its members are trusted in its quarters, without a seat, and not beyond."""
    model = AllianceModel(middle.with_set({"events": [PARTNERS]}), rng=1)
    found = []
    while model.state.quarter < 20:
        model.step()
        found.append(names_of(model, "trusted"))
    assert found == [set()] * 10 + [{"FRA", "POL"}] * 7 + [set()] * 3
    assert not names_of(model, "seat")


def test_the_baseline_trusts_australia_and_britain_from_2024():
    """The exemption of September 2024 is scripted, not decided by the model."""
    from alliance_abm import load_scenario

    event = next(e for e in load_scenario("baseline").events if e.kind == "trusted_partnership")
    assert set(event.members) == {"AUS", "GBR"} and str(event.start) == "2024Q3"
    assert load_scenario("baseline").parameters["tiers.club_seats"] == 0


def test_a_partnership_with_the_united_states_itself_is_refused(middle):
    """The United States is no member of its own circle."""
    from alliance_abm.problems import ConfigError

    with pytest.raises(ConfigError, match="whose partners they are"):
        middle.with_set({"events": [{**PARTNERS, "members": ["USA"]}]})


def test_trust_waives_refusals_in_scope_only(middle):
    """A member's chance of release is that of the trusted in scope; outside it stays as it was,
    and a suspension still holds."""
    model = run(middle.with_set({"events": [PARTNERS]}), quarters=11)
    state, usa = model.state, model.world.usa
    pol = model.world.nation_index("POL")
    inside = state.dom["export_sensitivity"] <= state.par["trusted_sensitivity_ceiling"][0]
    assert inside.any() and not inside.all()
    for d, scope in enumerate(inside):
        granted = chance(state.nations, state.cells, state.pairs, pol, d, usa, 1.0)
        expected = state.par["release_trusted" if scope else "release_tier_one"][0]
        assert granted == pytest.approx(expected)
    state.pairs["suspended"][pol, usa] = 1.0
    assert chance(state.nations, state.cells, state.pairs, pol, 0, usa, 1.0) == 0.0


def test_a_member_that_stays_below_the_threshold_is_barred(middle):
    """A member whose true score is too low keeps its seat through the years of grace, loses it,
    and may come back after the years of the bar."""
    given = {"tiers.grace_years": 1, "tiers.barred_years": 2, "tiers.screening_error": 0.2}
    model = AllianceModel(with_seats(middle, 3, **given), rng=1)
    step_to(model, 5)
    state = model.state
    lost = int(np.flatnonzero(state.nations["seat"])[0])
    state.pairs["alignment"][lost, model.world.usa] = -5.0
    state.par["alignment_threshold"] = 0.5
    state.nations["screened"][lost] = 1.0
    seats = []
    for year in (2, 3):
        state.quarter = 4 * year + 3
        tiers.review(state, model.outside)
        seats.append(int(state.nations["seat"][lost] > 0))
    assert seats == [1, 0]
    assert state.nations["barred_until"][lost] == 4 * 3 + 3 + 1 + 8
    assert state.nations["trusted"][lost] == 0


def test_release_follows_its_parameters(middle, baseline):
    """A lever on the release of one tier reaches its buyers' policy and what is believed without
    experience, from its quarter on; others keep theirs."""
    model = AllianceModel(middle, rng=1)
    step_to(model, 10)
    before = model.state.pairs["release_policy"].copy()
    model.state.par["release_other"] = 0.8
    tiers.review(model.state, model.outside)
    usa, tier = model.world.usa, model.state.nations["tier"]
    now = model.state.pairs["release_policy"]
    assert (now[tier != 1, usa] == 0.8).all()
    same = tier == 1
    assert laws.same_bits(now[same, usa], before[same, usa])
    others = np.arange(len(now)) != usa
    assert laws.same_bits(now[:, others], before[:, others])
    assert (model.state.pairs["release_start"][tier != 1, usa] == 0.8).all()
    never = baseline.state.pairs
    assert laws.same_bits(never["release_policy"][:, usa], before[:, usa])


def test_criteria_replace_the_tier_by_degrees(middle):
    """Release moves from the rule of the tier to that of the screening by the share given."""
    model = AllianceModel(middle, rng=1)
    step_to(model, 4)
    state, usa = model.state, model.world.usa
    p = state.par[0]
    statute = state.pairs["release_policy"][:, usa].copy()
    worthy = state.nations["screened"] >= p["alignment_threshold"]
    buyers = state.nations["is_buyer"] == 1
    assert (worthy & buyers).any() and (~worthy & buyers).any()
    judged = np.where(worthy, p["release_tier_one"], p["release_excluded"])
    for share in (0.5, 1.0):
        state.par["criteria_share"] = share
        tiers.convene(state, model.outside, True)
        expected = np.where(buyers, statute + share * (judged - statute), statute)
        np.testing.assert_allclose(state.pairs["release_policy"][:, usa], expected, rtol=1e-12)


def test_resentment_is_felt_towards_the_united_states_alone(middle):
    """All buyers lose what partners resent; formal allies outside the circle also what outsiders
    resent; trust in other suppliers does not move."""
    model = run(middle.with_set({"events": [PARTNERS]}), quarters=11)
    state, usa = model.state, model.world.usa
    n, rows = state.nations, range(len(state.nations))
    state.par["partner_resentment"], state.par["outsider_resentment"] = 0.1, 0.3
    before = {}
    for b in rows:
        laws.call(look, model, state, b=b)
        before[b] = state.view["trust"].copy()
    tiers.convene(state, model.outside, True)
    for b in rows:
        laws.call(look, model, state, b=b)
        felt = before[b] - state.view["trust"]
        buyer, outside = n["is_buyer"][b] == 1, n["us_ally"][b] == 1 and n["treaty"][b] == 0
        expected = (0.1 + 0.3 * outside) * buyer * state.par["weight_alignment"][0]
        assert felt[usa] == pytest.approx(expected)
        assert (np.delete(felt, usa) == 0.0).all()


def test_the_file_of_trust_holds_its_levers():
    """Each lever of this room has a bill, and names what it answers."""
    assert set(TRUST) <= set(LEVERS) == set(load_levers())
    assert all(LEVERS[name].bill and LEVERS[name].papers for name in TRUST)


def test_levers_of_size_0_change_exactly_nothing(middle, baseline):
    """All levers of trust at size 0, in force from 2011 on, move not one bit."""
    uses = [{"lever": name, "size": 0, "start": "2011Q1"} for name in TRUST]
    assert laws.differences(run(middle.with_set({"levers": uses})).state, baseline.state) == []


@pytest.mark.parametrize("only", ["benefit", "bill"])
@pytest.mark.parametrize("name", TRUST)
def test_benefit_and_bill_each_move_the_world(middle, name, only):
    """Each lever's benefit and its bill, by itself, changes the run where there is something to
    change: members, suspensions and a buyer of weak protection."""
    world = middle.with_set(
        {"events": [PARTNERS | {"end": None}, *MIDDLE["events"]],
         "security.drawn_from_year": 2010, "conditionality.conditionality_third_party": 0.3,
         "conditionality.conditionality_united_states": 0.3,
         **({} if name == "alignment_criteria" else OPEN)}
    )  # fmt: skip
    use = {"lever": name, "start": "2012Q1", "only": only}
    moved = laws.differences(run(world.with_set({"levers": [use]})).state, run(world).state)
    assert set(moved) & {"nations", "cells", "pairs", "orders"}


def test_a_lever_of_seats_that_ends_gives_them_back(middle):
    """After the last quarter of the lever nobody but scripted members is trusted."""
    use = {"lever": "trusted_partnership", "size": 3, "start": "2011Q1", "end": "2013Q4"}
    model = AllianceModel(middle.with_set({**OPEN, "levers": [use]}), rng=1)
    step_to(model, 16)
    assert len(names_of(model, "trusted")) == 3
    step_to(model, 18)
    assert not names_of(model, "trusted") and not names_of(model, "seat")
