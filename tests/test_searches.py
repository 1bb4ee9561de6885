"""Searches: what putting off costs, what strategy weighs, and what stocks depend on."""

from __future__ import annotations

import laws
import numpy as np
import pytest

from alliance_abm import AllianceModel, competence
from alliance_abm.choice import N_NESTS
from alliance_abm.layout import DEFER, DEVELOP, DOMESTIC
from alliance_abm.scenario import Scenario
from alliance_abm.state import State, ledger


@pytest.fixture(scope="module")
def five(tiny) -> Scenario:
    """Five nations, two domains, nobody's event."""
    world = {"world.nations": ["USA", "FRA", "POL", "KOR", "SWE"], "events": []}
    return tiny.with_set({**world, "world.domains": ["combat_aviation", "land"]})


@pytest.fixture(scope="module")
def past(five) -> AllianceModel:
    """The world after three years: look at it, do not step it."""
    model = AllianceModel(five, rng=1)
    while model.state.quarter < 12:
        model.step()
    return model


def forked(model: AllianceModel) -> AllianceModel:
    """A model in the same state that may be changed."""
    fork = AllianceModel(model.scenario, rng=1)
    fork.restore(model.state)
    return fork


def deferral(offers: np.ndarray) -> np.void:
    """The offer to put a search off."""
    return offers[offers["route"] == DEFER][0]


# Putting off


def test_each_deferral_makes_the_next_less_attractive(past):
    """The utility of putting off falls by the impatience each time, and with it its chance; other
    offers are worth what they were."""
    found = [laws.offers_of(past, "POL", "land", deferred=times) for times in range(5)]
    worth = [float(deferral(offers)["utility"]) for offers in found]
    impatience = past.state.par["impatience"][0]
    assert impatience > 0.0
    np.testing.assert_allclose(np.diff(worth), -impatience)
    assert (np.diff([float(deferral(offers)["probability"]) for offers in found]) < 0.0).all()
    for offers in found:
        np.testing.assert_array_equal(offers["utility"][:-1], found[0]["utility"][:-1])


def nothing_on_offer(five: Scenario) -> AllianceModel:
    """A world in which every search has to be put off."""
    model = AllianceModel(five, rng=1)
    model.state.pairs["permitted"], model.state.cells["home_share"] = 0, 0.0
    model.state.par["develop_competence"] = 2.0
    return model


def test_a_search_in_vain_relaxes_the_aspiration(five):
    """While nothing is on offer a requirement stays open; every quarter it counts one more deferral
    and its aspiration falls by the stated share."""
    model = nothing_on_offer(five)
    p, seen = model.state.par[0], 0
    while model.state.quarter < 12:
        before = model.state.cells.copy()
        model.step()
        cells = model.state.cells
        asked = cells["open"] == 1
        again = asked & (before["open"] == 1)
        first = asked & (before["open"] == 0)
        assert (cells["open"] >= before["open"]).all()
        assert (cells["deferred"][again] == before["deferred"][again] + 1).all()
        assert (cells["deferred"][first] == 1).all()
        keep = 1.0 - p["aspiration_relaxation"]
        np.testing.assert_allclose(cells["aspiration"][again], before["aspiration"][again] * keep)
        np.testing.assert_allclose(cells["aspiration"][first], p["aspiration"] * keep)
        seen += again.sum()
    assert seen > 20
    assert (ledger(model.state)["initial"] == 1).all()


def test_without_money_a_search_waits_with_its_aspiration(five):
    """A nation that has nothing to commit counts the deferral, but has not looked at offers: its
    aspiration stays."""
    model = AllianceModel(five, rng=1)
    pol = model.world.nation_index("POL")
    while not model.state.cells["open"][pol].any() or model.state.quarter < 4:
        model.state.nations["balance"][pol] = 1.0
        model.state.pairs["permitted"][pol], model.state.cells["home_share"][pol] = 0, 0.0
        model.step()
    d = int(np.flatnonzero(model.state.cells["open"][pol])[0])
    before = model.state.cells[pol, d].copy()
    model.state.nations["balance"][pol] = -1e9
    model.state.nations["grant"][pol] = -1e9
    model.step()
    after = model.state.cells[pol, d]
    assert after["deferred"] == before["deferred"] + 1
    assert after["aspiration"] == before["aspiration"]


def test_an_urgent_search_in_vain_comes_to_accept_a_longer_lead(past):
    """The longest lead that an urgent need allows grows with each deferral; every offer within it
    is considered, none beyond."""
    model = forked(past)
    leads = np.sort(laws.offers_of(past, "POL", "land")["lead"][:-1])
    p = model.state.par[0]
    p["urgent_limit_quarters"] = leads[0] * 1.01
    counted = []
    for times in range(12):
        offers = laws.offers_of(model, "POL", "land", urgent=1, deferred=times)
        limit = p["urgent_limit_quarters"] * (1.0 + p["aspiration_relaxation"] * times)
        np.testing.assert_allclose(np.sort(offers["lead"][:-1]), leads[leads <= limit])
        counted.append(len(offers))
    assert counted[0] < counted[-1]


def test_putting_off_does_not_escape_the_wait(past):
    """Deferring costs a quarter more than the mean lead of what is on offer, at the weight of time:
    where time weighs more, it is worth as much less."""
    model, d = forked(past), 1
    offers = laws.offers_of(past, "POL", "land")
    model.state.dom["weight_lag"][d] += 1.0
    slower = laws.offers_of(model, "POL", "land")
    lead = offers["lead"][:-1].mean() + 1.0
    b, p = past.world.nation_index("POL"), past.state.par[0]
    pragmatic = 1.0
    if past.state.cells["is_core"][b, d] == 0:
        pragmatic += p["core_pragmatism"] * past.state.nations["core"][b]
    fall = deferral(offers)["utility"] - deferral(slower)["utility"]
    assert fall == pytest.approx(0.25 * pragmatic * lead)


# Controls


@pytest.mark.parametrize("nest_parameter", [0.5, 0.7, 1.0])
def test_random_choice_draws_alike_within_a_nest(past, nest_parameter):
    """Where utility counts for nothing every offer of a nest that passes the screens is as likely;
    nests are likely by the number of their offers to the power of the nest parameter."""
    model = forked(past)
    model.state.par["utility_share"], model.state.par["nest_parameter"] = 0.0, nest_parameter
    for buyer in ("POL", "KOR", "SWE"):
        offers = laws.offers_of(model, buyer, "combat_aviation")
        size = np.bincount(offers["nest"], minlength=N_NESTS).astype(float)
        weight = np.where(size > 0.0, size**nest_parameter, 0.0)
        expected = weight / weight.sum() / np.maximum(size, 1.0)
        np.testing.assert_allclose(offers["probability"], expected[offers["nest"]], rtol=1e-12)
        assert size.max() > 2


def test_random_choice_keeps_the_screens(past):
    """The same offers are considered whether utility counts or not."""
    model = forked(past)
    model.state.par["utility_share"] = 0.0
    for aspiration in (0.0, 0.6, 0.9):
        with_it, without = (
            laws.offers_of(one, "POL", "land", aspiration=aspiration) for one in (past, model)
        )
        for name in ("supplier", "route", "ln_price", "lead"):
            np.testing.assert_array_equal(with_it[name], without[name])


# What strategy weighs


def with_weights(past: AllianceModel, nation: str, *weights: float) -> AllianceModel:
    """The state with other strategy weights of one nation."""
    model, b = forked(past), past.world.nation_index(nation)
    for name, weight in zip(("sovereignty", "core", "diversification"), weights, strict=True):
        model.state.nations[name][b] = weight
    return model


def term(offers: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Differences of utility between the same offers, deferral left out."""
    np.testing.assert_array_equal(offers["route"], others["route"])
    return np.asarray(offers["utility"] - others["utility"])[:-1]


def test_sovereignty_pays_for_control(past):
    """A sovereignty seeker gives every offer, beside one without a strategy, its part of control
    times the premium of a pure type; own products count as far as they are one's own."""
    plain = laws.offers_of(with_weights(past, "SWE", 0.0, 0.0, 0.0), "SWE", "land", level=0.99)
    keen = laws.offers_of(with_weights(past, "SWE", 1.0, 0.0, 0.0), "SWE", "land", level=0.99)
    p = past.state.par[0]
    worth = p["weight_price"] * np.log1p(p["sovereignty_premium"])
    control = past.outside.control[plain["route"][:-1]].copy()
    own = np.isin(plain["route"][:-1], (DOMESTIC, DEVELOP))
    line = past.state.cells["line"][past.world.nation_index("SWE"), 1]
    control[own] *= 1.0 - past.state.content_total[line]
    assert own.any()
    np.testing.assert_allclose(term(keen, plain), worth * control, atol=1e-12)


def test_core_specialists_are_pragmatic_outside_their_core(past):
    """In its core a specialist pays for control; outside it weighs price, time and fit more by the
    stated share of its weight, and control not at all."""
    one, pure = (with_weights(past, "SWE", 0.0, weight, 0.0) for weight in (0.0, 1.0))
    b, p, w = past.world.nation_index("SWE"), past.state.par[0], past.state.dom[1]
    for model in (one, pure):
        model.state.cells["is_core"][b] = 0, 0
    plain = laws.offers_of(one, "SWE", "land")
    offers = laws.offers_of(pure, "SWE", "land")
    lag = 0.25 * (w["weight_lag"] + p["weight_urgent"] * past.state.cells["threat"][b, 1])
    weighed = p["weight_fit"] * plain["fit"] - p["weight_price"] * plain["ln_price"]
    weighed -= lag * plain["lead"]
    expected = p["core_pragmatism"] * weighed[:-1]
    np.testing.assert_allclose(term(offers, plain), expected, atol=1e-12)
    pure.state.cells["is_core"][b] = one.state.cells["is_core"][b] = 0, 1
    plain, offers = (laws.offers_of(model, "SWE", "land") for model in (one, pure))
    abroad = plain["supplier"][:-1] != b
    worth = p["weight_price"] * np.log1p(p["core_premium"])
    control = past.outside.control[plain["route"][:-1]]
    np.testing.assert_allclose(term(offers, plain)[abroad], (worth * control)[abroad], atol=1e-12)


def test_diversifiers_turn_from_what_they_depend_on(past):
    """A pure diversifier gives up, for what comes wholly from its only origin, the premium against
    an origin it holds nothing of, weighed up by the belief in coercion; who has no such weight
    sees no risk at all."""
    model, b = with_weights(past, "POL", 0.0, 0.0, 1.0), past.world.nation_index("POL")
    fra, kor = (past.world.nation_index(name) for name in ("FRA", "KOR"))
    state, p = model.state, model.state.par[0]
    state.pairs["exposed"][b], state.nations["dependence"][b] = 0.0, 0.6
    state.pairs["exposed"][b, fra] = 0.6
    state.content_share[:] = state.content_total[:] = 0.0
    state.pairs["release_granted"][b, fra], state.pairs["release_refused"][b, fra] = 8.0, 2.0
    offers = laws.offers_of(model, "POL", "combat_aviation")
    risk = {s: offers["risk"][offers["supplier"] == s] for s in (fra, kor)}
    premium = p["weight_price"] * np.log1p(p["diversification_premium"])
    np.testing.assert_allclose(risk[fra], premium * (1.0 + p["coercion_weight"] * 0.2))
    assert (risk[kor] == 0.0).all() and len(risk[kor])
    blind = with_weights(past, "POL", 0.5, 0.5, 0.0)
    assert (laws.offers_of(blind, "POL", "combat_aviation")["risk"] == 0.0).all()


def test_foreign_parts_count_for_concentration(past):
    """Who depends on the United States sees risk in a Swedish product with American parts, as far
    as its parts go; the product of a free maker is without."""
    model, b = with_weights(past, "POL", 0.0, 0.0, 1.0), past.world.nation_index("POL")
    state, usa, swe = model.state, past.world.usa, past.world.nation_index("SWE")
    state.pairs["exposed"][b], state.nations["dependence"][b] = 0.0, 0.5
    state.pairs["exposed"][b, usa] = 0.5
    offers = laws.offers_of(model, "POL", "combat_aviation")
    risk = {s: float(offers["risk"][offers["supplier"] == s][0]) for s in (usa, swe)}
    line = state.cells["line"][swe, 0]
    part = state.content_share[line][state.content_origin[line] == usa].sum()
    assert 0.0 < part < 1.0
    whole = 1.0 - state.content_total[state.cells["line"][usa, 0]]
    assert risk[swe] == pytest.approx(part * risk[usa] / whole)


# Dependence


def recounted(model: AllianceModel, state: State) -> dict[str, np.ndarray]:
    """Dependence and concentration by nation, by content and by seller, counted from stocks."""
    n = len(state.nations)
    by_seller, by_origin = np.zeros((n, n)), np.zeros((n, n))
    for b, d, s in np.argwhere(state.stock > 0.0):
        held, line = state.stock[b, d, s], state.cells["line"][s, d]
        by_seller[b, s] += held
        parts = dict.fromkeys(range(n), 0.0)
        if line >= 0:
            for origin, share in zip(
                state.content_origin[line], state.content_share[line], strict=True
            ):
                if origin >= 0:
                    parts[int(origin)] += share
        parts[int(s)] += 1.0 - sum(parts.values())
        for origin, share in parts.items():
            by_origin[b, origin] += held * share
    found = {}
    total = np.maximum(state.cells["stock"].sum(axis=1), 1e-9)[:, None]
    for name, held in (("", by_origin), ("nominal_", by_seller)):
        share = held / total
        np.fill_diagonal(share, 0.0)
        found[f"{name}dependence"] = share.sum(axis=1)
        found[f"{name}concentration"] = (share**2).sum(axis=1)
        found[f"{name}us_dependence"] = share[:, model.world.usa]
    return found


def test_dependence_is_counted_from_stocks_and_their_content(past):
    """Share of the stock that comes from abroad, its concentration and the American part of it, by
    seller and by the origin of content, recounted from stocks, lines and content."""
    state = past.snapshot()
    competence.dependence(state)
    for name, expected in recounted(past, state).items():
        np.testing.assert_allclose(state.nations[name], expected, atol=1e-9, err_msg=name)
    buyers = past.world.is_buyer
    assert (state.nations["us_dependence"] > state.nations["nominal_us_dependence"])[buyers].any()


def test_dependence_is_recounted_at_the_end_of_each_year(five):
    """It stays through a year and is that of the stocks when the year ends."""
    model = AllianceModel(five, rng=1)
    while model.state.quarter < 8:
        before = model.state.nations["concentration"].copy()
        model.step()
        now = model.state.nations["concentration"]
        if model.state.quarter % 4:
            assert laws.same_bits(now, before)
        else:
            np.testing.assert_allclose(now, recounted(model, model.state)["concentration"])
