"""Explanations: true to the run, whole in their terms, and plain when there is nothing to say."""

from __future__ import annotations

import math
from dataclasses import replace

import laws
import numpy as np
import pytest
from explained_searches import SOME, middling, some_explained, some_searches

from alliance_abm.explain import explain, explain_choices, same_awards
from alliance_abm.explain_screens import IDS, open_screens
from alliance_abm.explain_terms import TERMS, take_away, terms_of
from alliance_abm.explain_text import as_text
from alliance_abm.explain_words import WIDTH, apart
from alliance_abm.explanation import Explanation, Offer
from alliance_abm.layout import DCS, FMS, FRIENDLY, HYBRID, POOLED
from alliance_abm.model import AllianceModel
from alliance_abm.parameters import CATALOGUE
from alliance_abm.quarters import QUARTERS_A_YEAR, Quarter
from alliance_abm.replay import Replay, Search
from alliance_abm.scenario import Scenario, load_scenario
from alliance_abm.state import State, ledger

NO_TERM = {"weight_presence"}  # part of what a supplier's presence has become, so of its standing
TERM_IDS = [term.id for term in TERMS]
NOT_IN_THE_BASELINE = {"interoperability", "support"}  # terms of levers
OF_POLICY = {"foreign_bid_barrier", "origin_weight", "weight_interop", "third_party_support"}


@pytest.fixture
def middle() -> Scenario:
    """A world of ten nations and three domains."""
    return middling()


@pytest.fixture
def searches() -> list[Search]:
    """Every search of some quarters of the middling world."""
    return some_searches()


@pytest.fixture
def explained() -> list[Explanation]:
    """Those searches explained."""
    return some_explained()


def wide(searches: list[Search]) -> Search:
    """A search that considered many offers, a U.S. one, its own line and a third party's."""
    return max(searches, key=lambda search: len(search.decide().offers))


def test_a_replay_changes_nothing(middle):
    """A replay comes to the state of a plain run, before and after the quarter looked at."""
    run, again = AllianceModel(middle, rng=3), Replay(middle, 3, SOME[1])
    again.searches(0)
    while run.state.quarter <= SOME[1]:
        run.step()
    assert laws.differences(run.state, again.state) == []


@pytest.mark.parametrize("quarter", SOME)
def test_every_choice_of_a_quarter_comes_out_as_in_the_run(middle, quarter):
    """For each order of the quarter the replayed choice has its supplier, route, line and price,
    and searches without an order end in deferral."""
    run = Replay(middle, 2, quarter)
    found = [one for row in range(len(run.world.nations)) for one in run.searches(row)]
    assert all(same_awards(search.decide(), search) for search in found)
    rows = ledger(run.state)
    awarded = np.flatnonzero((rows["awarded"] == quarter) & (rows["initial"] == 0))
    assert sorted(order for search in found for order in search.orders) == awarded.tolist()
    assert len(awarded)


def test_the_whole_world_is_replayed_too():
    """All 41 nations and the rest of the world, with grants and every route, in one quarter."""
    run = Replay(load_scenario("baseline"), 1, Quarter.parse("2022Q3"))
    found = [one for row in range(len(run.world.nations)) for one in run.searches(row)]
    assert len(found) > 100
    assert all(same_awards(search.decide(), search) for search in found)


def test_terms_sum_to_utility(explained):
    """The terms of each offer are its utility, to rounding; a price dearer than the reference
    and a lead count against it."""
    offers = [one for each in explained for one in each.offers]
    assert len(offers) > 200
    for one in offers:
        assert sum(one.terms.values()) == pytest.approx(one.utility, abs=1e-9)
        assert list(one.terms) == TERM_IDS
        if not one.deferred:
            assert one.terms["lead"] < 0.0
            assert 0.0 < one.release <= 1.0 + 1e-9
            assert one.fit <= 1.0 + 1e-9


def test_chances_sum_to_one(explained):
    """Offers stand by chance, and their chances sum to 1."""
    for each in explained:
        found = [one.probability for one in each.offers]
        assert not found or sum(found) == pytest.approx(1.0)
        assert found == sorted(found, reverse=True)


def test_terms_do_not_mix(searches):
    """All weights taken away at once leave the standing that is left when each goes alone; but for
    searches with several ways of one U.S. offer, which share its attraction."""
    weights = [name for term in TERMS for name in term.weights]
    for search in searches[::5]:
        decision = search.decide()
        joint = np.isin(decision.offers["route"], (POOLED, HYBRID)).any()
        if len(decision.offers) and not joint:
            left = search.decide(lambda s, d=search.domain: take_away(s, d, weights)).offers
            standing = terms_of(search, decision)["standing"]
            np.testing.assert_allclose(left["utility"], standing, atol=1e-9)


def test_every_weight_of_the_choice_is_in_one_term():
    """A weight or premium added to the choice needs a term here; none is in two."""
    known = {
        entry.name
        for entry in CATALOGUE.values()
        if entry.room == "choice" and entry.name.startswith("weight_")
    }
    premiums = {e.name for e in CATALOGUE.values() if e.name.endswith("_premium")}
    named = [name for term in TERMS for name in term.weights]
    assert known - set(named) == NO_TERM
    assert set(named) - known == (premiums | OF_POLICY) & set(named)
    assert len(named) == len(set(named))


def test_every_term_matters_somewhere(explained):
    """No term is zero for every offer of every search."""
    for name in set(TERM_IDS) - NOT_IN_THE_BASELINE:
        values = [one.terms[name] for each in explained for one in each.offers]
        assert any(abs(value) > 1e-3 for value in values), name


def test_a_weight_that_does_not_exist_is_named(searches):
    """Taking away what is no parameter fails with its name."""
    with pytest.raises(KeyError, match="weight_of_the_moon"):
        take_away(searches[0].state.copy(), 0, ["weight_of_the_moon"])


def harder(screen: str, state: State, buyer: int, domain: int, usa: int) -> None:
    """Make a screen keep out much of what the buyer could consider."""
    cell, nation = state.cells[buyer, domain], state.nations[buyer]
    worth = cell["volume"] * nation["price"]
    if screen == "origin":
        state.pairs["permitted"][buyer] = np.arange(len(state.nations)) == usa
    elif screen == "grant":
        nation["grant"] = 10.0 * worth
    elif screen == "aspiration":
        cell["aspiration"] = 0.8
    elif screen == "release":
        state.par["release_screen"] = 0.97
    elif screen == "urgent":
        cell["urgent"], state.par["urgent_limit_quarters"] = 1, 16.0
    elif screen == "money":
        nation["grant"], nation["income"], nation["balance"] = 0.0, 0.0, 1.2 * worth
    else:
        state.dom["fms_only_share"][domain] = 1.0


@pytest.mark.parametrize("screen", [one for one in IDS if one != "carve_out"])
def test_screened_offers_are_listed_with_the_screen(screen, searches):
    """Whom a screen keeps out is listed with that reason and with figures that bear it out; what
    was considered passes, and the two together are what there is."""
    search = wide(searches)
    usa = search.outside.usa
    hard = search.changed(lambda s: harder(screen, s, search.buyer, search.domain, usa))
    decision = hard.decide()
    hard = replace(hard, awards=decision.awards, orders=tuple(range(len(decision.awards))))
    e = explain(hard)
    failed = [one for one in e.screened if screen in one.screens]
    assert failed
    money, longest = e.need.money, e.need.longest_lead
    bad = {
        "money": lambda one: one.price > money,
        "urgent": lambda one: one.lead > longest,
        "aspiration": lambda one: one.fit < e.need.least_fit,
        "release": lambda one: one.release < e.need.least_release,
        "grant": lambda one: one.supplier != "USA",
        "origin": lambda one: one.supplier not in ("USA", e.buyer),
        "fms_only": lambda one: (one.supplier, one.route) == ("USA", "dcs"),
    }[screen]
    assert all(bad(one) for one in failed)
    risky = [one for one in e.offers if one.route == "develop" or one.supplier == "RUS"]
    plain = [one for one in e.offers if one not in risky]  # no success or sanctions in release
    assert not any(bad(one) for one in plain if not one.deferred)
    opened = hard.changed(lambda s: open_screens(s, hard.buyer, hard.domain, IDS)).decide()
    assert len(opened.offers) == len(e.offers) + len(e.screened)


def test_an_offer_that_fails_two_screens_is_told_both(searches):
    """Neither screen alone would have let it through, and both are named."""
    search = wide(searches)

    def change(state: State) -> None:
        for screen in ("aspiration", "release"):
            harder(screen, state, search.buyer, search.domain, search.outside.usa)

    hard = search.changed(change)
    decision = hard.decide()
    hard = replace(hard, awards=decision.awards, orders=tuple(range(len(decision.awards))))
    assert ("aspiration", "release") in [one.screens for one in explain(hard).screened]


def test_without_money_nothing_is_looked_at(searches):
    """A search with no money has no offers, all are beyond its money, and it says so."""
    search = wide(searches)

    def ruin(state: State) -> None:
        for name in ("grant", "income"):
            state.nations[name][search.buyer] = 0.0
        state.nations["balance"][search.buyer] = -1.0

    poor = replace(search.changed(ruin), awards=search.awards[:0], orders=())
    e = explain(poor)
    assert e.offers == () and e.chosen == () and e.rivals == () and e.lost is None
    assert all("money" in one.screens for one in e.screened)
    assert "had no money left" in str(e)
    assert "nothing to spend" in str(e)


def test_a_change_said_to_suffice_does(searches):
    """With the price or the lead put where the explanation says, the kernel gives the rival the
    utility of the offer that was chosen."""
    tried = set()
    for search in searches:
        e = explain(search) if len(tried) < 2 and len(search.decide().offers) > 4 else None
        for rival in e.rivals if e else ():
            if rival.offer.route not in ("third_party_friendly", "fms", "dcs"):
                continue
            for change in rival.changes:
                if change.attribute in ("price", "lead"):
                    tried.add(change.attribute)
                    assert utility_after(search, rival.offer, change) == pytest.approx(
                        e.chosen[0].utility, abs=1e-6
                    )
    assert tried == {"price", "lead"}


def utility_after(search: Search, rival: Offer, change) -> float:
    """Utility of a rival when its seller quotes another price or lead."""
    s = search.world.nations.index(rival.supplier)

    def quote(state: State) -> None:
        mine = state.sellers["supplier"][search.domain] == s
        if change.attribute == "price":
            state.sellers["ln_price"][search.domain][mine] += math.log(change.after / change.before)
        else:
            years = change.after - change.before
            state.sellers["lead"][search.domain][mine] += years * QUARTERS_A_YEAR

    found = search.decide(quote)
    i = [(supplier, route) for supplier, route in found.pairs()].index(
        (s, {"fms": FMS, "dcs": DCS, "third_party_friendly": FRIENDLY}[rival.route])
    )
    return float(found.offers["utility"][i])


def test_texts_fit_the_terminal_and_name_what_was_chosen(explained):
    """No line is wider than 100 columns; headline, chance and order are there."""
    for each in explained:
        for every in (False, True):
            text = as_text(each, every)
            assert max(len(line) for line in text.splitlines()) <= WIDTH
            if any(not one.deferred for one in each.offers):
                assert "\n  chance of release " in text
        assert each.names[each.buyer] in text.splitlines()[0]
        assert str(each.quarter) in " ".join(text.splitlines()[:2])
        assert all(f"order {order}" in text for order in each.orders)
        assert ("deferred its search" in text) == (not each.orders and bool(each.offers))
        if each.lost and each.lost.offer:
            assert " ".join(text.split()).count("the United States lost this sale") <= 1


def test_a_less_likely_offer_is_said_to_be_one(explained):
    """The text says when the draw fell on an offer that was not the likeliest, and only then."""
    seen = set()
    for each in explained:
        if base := [one for one in each.offers if not one.deferred]:
            best = each.offers[0].probability
            unlikely = all(one.probability < best for one in each.chosen)
            assert ("a less likely offer was drawn" in " ".join(str(each).split())) == unlikely
            seen.add((unlikely, bool(base)))
    assert len(seen) == 2


def test_a_split_award_names_both(explained):
    """Two offers chosen are both named with their chances, and marked in the table, in which the
    likelier comes first whatever its number."""
    one = next(e for e in explained if e.orders and len(e.offers) > 3)
    second = next(o for o in one.offers if not o.chosen and not o.deferred)
    both = tuple(
        replace(o, chosen=True, order=one.orders[0] + 1) if o is second else o for o in one.offers
    )
    split = replace(one, offers=both, orders=(one.orders[0], one.orders[0] + 1))
    assert [o.order for o in split.chosen] == list(split.orders)
    assert "split its order" in str(split)
    assert str(split).count("CHOSEN") == 2
    marked = [row for row in split.rows() if row["chosen"]]
    assert sorted(row["order"] for row in marked) == sorted(split.orders)
    assert marked[0]["probability"] >= marked[1]["probability"]


def test_numbers_are_told_apart():
    """A limit and what just missed it do not read the same."""
    assert apart(6.0, 6.0) == ("6.000000", "6.000000")
    assert apart(6.004, 6.0) == ("6.004", "6.000")


def test_a_nation_explains_its_orders(middle):
    """By the number in the ledger: the explanation has its supplier, route, domain and volume, also
    of either half of a split award, and of a pooled buy that became one alone."""
    model = AllianceModel(middle, rng=5).run()
    orders = model.orders()
    own = orders[(orders["buyer"] == "POL") & ~orders["initial"]]
    for row in own.iloc[:: max(len(own) // 4, 1)].itertuples():
        e = model.nation("POL").explain(row.order)
        (chosen,) = (one for one in e.chosen if one.order == row.order)
        route = "fms" if chosen.route == "pooled" and row.route == "fms" else chosen.route
        assert (chosen.supplier, route, e.domain) == (row.supplier, row.route, row.domain)
        assert e.order == min(e.orders) and int(e.quarter) == row.awarded_quarter
        assert e.need.volume == row.volume * len(e.chosen)
        found = {one.domain: one for one in model.nation("POL").choices(str(e.quarter))}
        assert found[row.domain].rows() == e.rows() or math.isnan(e.need.money)
    frame = e.frame()
    assert frame["probability"].sum() == pytest.approx(1.0)
    assert set(TERM_IDS) <= set(frame.columns)


def test_an_order_that_cannot_be_explained_says_why(middle):
    """None such, another nation's, one of the start, and one of a run changed by hand."""
    model = AllianceModel(middle, rng=5).run()
    orders = model.orders()
    poland = model.nation("POL")
    mine = orders[(orders["buyer"] == "POL") & ~orders["initial"]]["order"].iloc[-1]
    theirs = orders[(orders["buyer"] == "FRA") & ~orders["initial"]]["order"].iloc[0]
    first = orders[(orders["buyer"] == "POL") & orders["initial"]]["order"].iloc[0]
    for number, message in (
        (len(orders), f"not in the ledger; allowed: 0 to {len(orders) - 1}"),
        (-1, "not in the ledger"),
        ("7", "not in the ledger"),
        (theirs, "is an order of FRA; allowed: an order of POL"),
        (first, "was under way at the start"),
    ):
        with pytest.raises(ValueError, match=message):
            poland.explain(number)
    model.state.orders["volume"][mine] *= 2.0
    with pytest.raises(ValueError, match="not what this scenario with seed 5 comes to"):
        poland.explain(mine)


def test_choices_include_deferrals_and_name_mistakes(middle):
    """Every search decided on is there; unknown names are answered with the nearest."""
    run = Replay(middle, 1, SOME[1])
    row = run.world.nation_index("POL")
    found = explain_choices(middle, "POL", SOME[1], seed=1)
    assert [one.domain for one in found] == [
        run.world.domains[search.domain] for search in run.searches(row)
    ]
    for nation, quarter, domain, message in (
        ("POLL", "2012Q1", None, "did you mean 'POL'"),
        ("Poland", "2012Q1", None, "did you mean 'POL'"),
        ("POL", "2012", None, "did you mean '2012Q1'"),
        ("POL", "2030Q1", None, "outside the run; allowed: 2010Q1 to 2017Q4"),
        ("POL", "2012Q1", "lend", "did you mean 'land'"),
    ):
        with pytest.raises(ValueError, match=message):
            explain_choices(middle, nation, quarter, domain)
