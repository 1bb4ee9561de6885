"""Exportability by design and common standards: what they change, for whom, and at what price."""

from __future__ import annotations

import math

import laws
import numpy as np
import pytest
from runs import run

from alliance_abm import AllianceModel
from alliance_abm.interoperability import interoperability, working_together
from alliance_abm.layout import DCS, DEFER, DOMESTIC, FMS, FRIENDLY, LICENSED
from alliance_abm.levers import LEVERS
from alliance_abm.scenario import Scenario

OURS = ("exportability_by_design", "common_standards")
AIR, LAND = "combat_aviation", "land"


@pytest.fixture(scope="module")
def world(tiny) -> Scenario:
    """Allies, others and a competitor; nobody's event."""
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
        fork.state.par[name] = value
    return fork


def american(model: AllianceModel, offers: np.ndarray) -> np.ndarray:
    """Which offers are of products that the United States sells."""
    return np.isin(offers["route"], (FMS, DCS, LICENSED)) & (offers["supplier"] == model.world.usa)


def sensitivity(model: AllianceModel, domain: str) -> float:
    return float(model.state.dom["export_sensitivity"][model.world.domain_index(domain)])


# Exportability by design


@pytest.mark.parametrize("domain", [AIR, LAND])
def test_export_degradation_takes_fit_from_u_s_products_abroad(past, domain):
    """In proportion to the sensitivity of the domain; not from anybody else's, nor at home."""
    plain = forked(past, export_degradation=0.0)
    one, other = (laws.offers_of(m, "POL", domain) for m in (past, plain))
    lost = past.state.par["export_degradation"][0] * sensitivity(past, domain)
    mine = american(past, one)
    assert mine.any() and lost > 0.0
    np.testing.assert_allclose((other["fit"] - one["fit"])[mine], lost)
    np.testing.assert_array_equal(other["fit"][~mine], one["fit"][~mine])
    at_home = [laws.offers_of(m, "USA", domain)["fit"] for m in (past, plain)]
    np.testing.assert_array_equal(*at_home)


def test_designed_for_export_u_s_products_are_cheaper_and_not_slower_abroad(past):
    """Less retrofit lowers price and lead of U.S. products for others, by the sensitivity of the
    domain; what retrofit costs at the start is in the prices observed."""
    designed = forked(past, retrofit_quarters=0.0, retrofit_cost_share=0.0)
    p = past.state.par[0]
    for domain in (AIR, LAND):
        one, other = (laws.offers_of(m, "POL", domain) for m in (past, designed))
        mine, sensitive = american(past, one), sensitivity(past, domain)
        cheaper = math.log(1.0 + p["retrofit_cost_share"] * sensitive)
        np.testing.assert_allclose((one["ln_price"] - other["ln_price"])[mine], cheaper)
        np.testing.assert_allclose(other["saved"][mine], p["retrofit_quarters"] * sensitive)
        sooner = (one["lead"] - other["lead"])[mine]
        assert ((sooner >= 0.0) & (sooner <= p["retrofit_quarters"] * sensitive + 1e-9)).all()
        rest = ~mine & (one["route"] != DEFER)
        np.testing.assert_array_equal(one["utility"][rest], other["utility"][rest])


@pytest.mark.parametrize("name", ["retrofit_quarters", "retrofit_cost_share"])
def test_what_is_observed_contains_retrofit(world, name):
    """Another share of it in the observed leads and prices changes no run without a lever."""
    changed = world.with_set({f"exportability.{name}": 0.0})
    spared = ("par", "office")
    one, other = run(world, quarters=6), run(changed, quarters=6)
    assert laws.differences(one.state, other.state, spared) == []


def test_design_for_release_avoids_refusals_of_u_s_products_alone(past):
    """The chance of release believed rises for U.S. products, and for no other."""
    designed = forked(past, release_by_design=0.5)
    one, other = (laws.offers_of(m, "POL", AIR) for m in (past, designed))
    mine = american(past, one)
    assert (other["ln_release"][mine] > one["ln_release"][mine]).all()
    np.testing.assert_array_equal(other["ln_release"][~mine], one["ln_release"][~mine])


def test_fewer_cases_are_refused(world):
    """Where the United States refuses many, designs made for release avoid a good part of it."""
    refused = []
    for share in (0.0, 0.5):
        model = AllianceModel(world, rng=1)
        model.state.par["release_by_design"] = share
        model.state.pairs["release_policy"][:, model.world.usa] = 0.4
        model.state.pairs["release_granted"][:, model.world.usa] = 1e6
        while model.running:
            model.step()
        refused.append(int(model.state.nations["denied"].sum()))
    assert refused[1] < 0.9 * refused[0]
    assert refused[0] > 10


def test_the_bill_of_design_for_export_is_paid_at_home(past):
    """The premium raises what the United States pays for its own products, and nothing else."""
    billed = forked(past, exportability_premium=0.05)
    one, other = (laws.offers_of(m, "USA", AIR) for m in (past, billed))
    own = one["route"] == DOMESTIC
    np.testing.assert_allclose((other["ln_price"] - one["ln_price"])[own], math.log(1.05))
    np.testing.assert_array_equal(other["utility"][~own & (one["route"] != DEFER)],
                                  one["utility"][~own & (one["route"] != DEFER)])  # fmt: skip
    abroad = [laws.offers_of(m, "POL", AIR)["utility"] for m in (past, billed)]
    np.testing.assert_array_equal(*abroad)


# Common standards


def test_common_standards_attract_allies_to_allies_alone(past):
    """Offers among U.S. allies gain the weight of interoperability; those to or from others do
    not, nor do home products."""
    joined = forked(past, common_standards=0.6)
    ally = past.state.nations["us_ally"] == 1
    worth = 0.6 * past.state.par["weight_interop"][0]
    for buyer in ("POL", "KOR", "ZAF", "SWE"):
        one, other = (laws.offers_of(m, buyer, AIR) for m in (past, joined))
        gain = other["utility"] - one["utility"]
        abroad = np.isin(one["route"], (FMS, DCS, FRIENDLY, LICENSED))
        both = abroad & ally[one["supplier"]] & ally[past.world.nation_index(buyer)]
        np.testing.assert_allclose(gain[both], worth)
        assert (gain[~both] == 0.0).all()
    assert both.sum() == 0  # Sweden was no ally then


def test_quicker_integration_saves_time_between_allies(past):
    """A quarter less of integration is saved by offers among allies, and by nobody else."""
    quicker = forked(past, integration_quarters=past.state.par["integration_quarters"][0] - 1.0)
    ally = past.state.nations["us_ally"] == 1
    for buyer, saved in (("POL", 1.0), ("ZAF", 0.0)):
        offers = laws.offers_of(quicker, buyer, AIR)
        abroad = np.isin(offers["route"], (FMS, DCS, FRIENDLY, LICENSED))
        from_ally = abroad & ally[offers["supplier"]]
        assert (offers["saved"][from_ally] == saved).all() and from_ally.any()
        assert (offers["saved"][~from_ally] == 0.0).all()


def test_common_configurations_fit_less_well(past):
    """Every product of an ally loses the fit, its own line for an ally too; others lose none."""
    joined = forked(past, standard_fit_loss=0.05)
    ally = past.state.nations["us_ally"] == 1
    for buyer in ("POL", "SWE", "USA"):
        one, other = (laws.offers_of(m, buyer, AIR) for m in (past, joined))
        bought = one["route"] != DEFER
        lost = np.where(ally[one["supplier"]], 0.05, 0.0)[bought]
        np.testing.assert_allclose((one["fit"] - other["fit"])[bought], lost, atol=1e-12)


def test_stock_comes_to_meet_common_standards(world):
    """What allies buy from allies meets them once they are in force, so that the share of stock
    that does rises from nothing and never passes the share of new equipment; others have none."""
    model = run(world.with_set({"standards.common_standards": 0.8}), quarters=24)
    ally = (model.state.nations["us_ally"] == 1) & (np.arange(9) != model.world.row)
    share = model.state.nations["compliant"]
    assert ((share > 0.0) & (share <= 0.8))[ally].any()
    assert (share[ally] <= 0.8).all()
    assert (share[~ally] == 0.0).all()


def test_interoperability_rises_with_what_is_built_to_common_standards(world):
    """More equipment works together, and none did by standards before."""
    found = []
    for share in (0.0, 0.8):
        model = run(world.with_set({"standards.common_standards": share}), quarters=32)
        found.append(interoperability(model, slice(16, 32)))
        assert 0.0 <= found[-1] <= 1.0
    assert found[1] > found[0]


def test_what_works_together():
    """One supplier: all does. Different suppliers: what both built to common standards. It is the
    same seen from either side."""
    shares = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
    together = working_together(shares, np.array([0.0, 0.4, 0.7]))
    np.testing.assert_allclose(together, together.T)
    assert together[0, 1] == 1.0 and together[0, 2] == 0.0
    assert together[1, 2] == pytest.approx(0.4)


# Levers


@pytest.mark.parametrize("lever", OURS)
def test_a_lever_of_size_0_changes_exactly_nothing(world, past, lever):
    """Not one bit."""
    nothing = world.with_set({"levers": [{"lever": lever, "size": 0, "start": "2010Q1"}]})
    assert laws.differences(run(nothing, quarters=12).state, past.state) == []


@pytest.mark.parametrize("lever", OURS)
@pytest.mark.parametrize("only", ["benefit", "bill"])
def test_benefit_and_bill_each_move_the_run_alone(world, past, lever, only):
    """Orders come out differently with either side alone."""
    use = {"lever": lever, "start": "2010Q1", "only": only, "size": LEVERS[lever].high, "ramp": 0}
    model = run(world.with_set({"levers": [use]}), quarters=16)
    base = run(world, quarters=16)
    assert "orders" in laws.differences(model.state, base.state)
