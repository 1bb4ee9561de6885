"""What would have changed a choice, and what lost a sale to the United States."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alliance_abm import causes
from alliance_abm.explain_changes import changes, lost_sale, rivals
from alliance_abm.explain_screens import IDS
from alliance_abm.explain_terms import TERMS, Slopes
from alliance_abm.explanation import Offer, Screened

TERM_IDS = [term.id for term in TERMS]


def offer(supplier: str = "KOR", route: str = "third_party_friendly", **given) -> Offer:
    """An offer with every term 0 but those given."""
    terms = {name: given.pop(name, 0.0) for name in TERM_IDS}
    common = {
        "price": 100.0, "lead": 4.0, "fit": 0.5, "release": 0.8, "terms": terms,
        "slopes": Slopes(2.0, 0.3, 1.0, 3.0), "utility": sum(terms.values()), "probability": 0.2,
        "order": None, "chosen": False,
    }  # fmt: skip
    return Offer(supplier, route, **{**common, **given})


def test_changes_stay_within_reason():
    """No price cut above 60 %, no delivery before the request, no chance or fit above 1."""
    assert {c.attribute for c in changes(offer(), 0.1)} == {"price", "lead", "release", "fit"}
    assert changes(offer(), 5.0) == ()
    assert changes(offer(), 1e6) == ()
    assert {c.attribute for c in changes(replace(offer(), lead=0.1, fit=1.0), 0.3)} == {
        "price",
        "release",
    }
    without = replace(offer(), slopes=Slopes(0.0, 0.0, 0.0, 0.0))
    assert changes(without, 0.1) == ()


def test_rivals_are_other_suppliers_and_always_the_united_states():
    """The two nearest other suppliers with their best offer each, then the United States."""
    mine = offer("FRA", standing=1.0, chosen=True)
    others = [
        offer("FRA", "licensed", standing=0.9), offer("KOR", standing=0.2),
        offer("KOR", "licensed", standing=0.5), offer("SWE", standing=0.4),
        offer("ISR", standing=0.3), offer("USA", "fms", standing=-1.0),
        offer("USA", "dcs", standing=-0.5), offer("", "defer", standing=2.0),
    ]  # fmt: skip
    found = rivals(mine, [mine, *others])
    assert [(r.offer.supplier, r.offer.route) for r in found] == [
        ("KOR", "licensed"), ("SWE", "third_party_friendly"), ("USA", "dcs"),
    ]  # fmt: skip
    assert [r.gap for r in found] == pytest.approx([0.5, 0.6, 1.5])


@pytest.mark.parametrize(
    ("term", "cause"),
    [(term, cause.id) for cause in causes.FACTORS for term in cause.terms],
)
def test_a_sale_is_lost_by_the_largest_of_the_six(term, cause):
    """The factor in which the best U.S. offer is furthest behind is the cause, however much habit
    counted."""
    winner = offer(chosen=True, **{term: 0.5}, standing=3.0)
    lesser = offer("USA", "dcs", **{term: -9.0})
    lost = lost_sale("POL", [winner], [winner, lesser, offer("USA", "fms")], ())
    assert lost is not None and lost.cause.id == cause
    assert lost.offer is not None and lost.offer.route == "fms"
    assert lost.margins[cause] == pytest.approx(0.5)


def test_a_sale_lost_by_none_of_the_six():
    """Ahead or level in all six, the United States lost by something else."""
    winner, best = offer(chosen=True, incumbency=1.0), offer("USA", "fms", price=50.0, fit=0.1)
    lost = lost_sale("POL", [winner], [winner, best], ())
    assert lost is not None and lost.cause is causes.CAUSES[causes.OTHER]


@pytest.mark.parametrize(
    ("screens", "cause"),
    [
        ((("release",), ("aspiration", "release")), "export_control"),
        ((("urgent", "money"), ("fms_only", "urgent", "money")), "timeline"),
        ((("money",),), "cost"),
        ((("aspiration",),), "fit"),
        ((("origin",),), "strategic_competition"),
        ((), "other"),
    ],
)
def test_without_an_offer_the_screen_is_the_cause(screens, cause):
    """When no U.S. offer was considered, the screen of the one nearest to passing counts."""
    kept_out = [Screened("USA", "fms", one, 1.0, 1.0, 0.5, 0.5) for one in screens]
    kept_out.append(Screened("CHN", "third_party_competitor", ("origin",), 1.0, 1.0, 0.5, 0.5))
    winner = offer(chosen=True)
    lost = lost_sale("POL", [winner], [winner], kept_out)
    assert lost is not None and lost.offer is None and lost.cause.id == cause


def test_no_sale_is_lost_that_was_not_there():
    """Not when it deferred, nor when the United States won all or a part, or was the buyer."""
    us, other = offer("USA", "fms", chosen=True), offer(chosen=True)
    wait = offer("", "defer", chosen=True)
    assert lost_sale("POL", [wait], [wait, us], ()) is None
    assert lost_sale("POL", [us], [us, other], ()) is None
    assert lost_sale("POL", [other, us], [us, other], ()) is None
    assert lost_sale("USA", [other], [us, other], ()) is None


def test_every_term_and_screen_has_one_cause():
    """Terms and screens are each in one cause, so that nothing is counted twice."""
    terms = [term for cause in causes.CAUSES for term in cause.terms]
    assert sorted(terms) == sorted(TERM_IDS)
    assert {causes.cause_of_screen(screen).id for screen in IDS} <= {c.id for c in causes.CAUSES}
    assert [causes.CAUSES[code].id for code in (causes.COST, causes.TRUST, causes.OTHER)] == [
        "cost", "trust", "other",
    ]  # fmt: skip
    with pytest.raises(KeyError):
        causes.cause_of_screen("moon")
