"""Why the United States lost a sale: each cause where it is the cause, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import laws
import numpy as np
import pytest

from alliance_abm import AllianceModel, causes
from alliance_abm.layout import DEFER, DOMESTIC, FMS, FRIENDLY
from alliance_abm.losses import cause_of_loss
from alliance_abm.offers import consider
from alliance_abm.quotes import list_sellers, quote_lines
from alliance_abm.searches import describe, look
from alliance_abm.state import State, ledger

LAND = 1
NEED = {"level": 0.5, "place": 0.3, "urgent": 0, "tied": 0, "fms_only": 0, "aspiration": 0.0,
        "volume": 1.0, "money": 1e12, "deferred": 0}  # fmt: skip
Change = Callable[[State, int, int], dict[str, Any] | None]


@pytest.fixture(scope="module")
def model(tiny) -> AllianceModel:
    """The United States, France and Poland at the start; see `even`."""
    return AllianceModel(tiny.with_set({"world.domains": ["combat_aviation", "land"]}), rng=1)


def even(model: AllianceModel) -> State:
    """The start made such that all that a choice weighs is the same for every seller."""
    state = model.snapshot()
    state.par["licence_competence"] = 2.0  # nobody builds under licence
    for name in ("weight_us_supplier", "weight_us_ally", "weight_european_pair", "weight_urgent",
                 "fms_surcharge", "fms_contract_administration", "dcs_effort",
                 "export_degradation"):  # fmt: skip
        state.par[name] = 0.0
    state.dom["weight_lag"] = 0.0
    for name in ("unit_cost", "level", "place", "build_quarters"):
        state.lines[name] = 0.5
    state.lines["backlog_export"] = state.lines["backlog_home"] = 0.0
    state.pairs["permitted"] = 1
    state.pairs["release_granted"], state.pairs["release_refused"] = 100.0, 0.0
    state.pairs["kept"], state.pairs["broken"] = 10.0, 0.0
    state.pairs["exposed"] = 0.0
    state.content_share[:] = state.content_reach[:] = state.content_total[:] = 0.0
    state.pairs["delivered"], state.pairs["affinity"] = 0.0, 0.0
    state.cells["presence"] = state.cells["offer_constant"] = 0.0
    state.nations["sovereignty"] = state.nations["core"] = state.office["dcs_constant"] = 0.0
    return state


def verdict(
    model: AllianceModel, change: Change, winner: int = FRIENDLY, buyer: str = "POL"
) -> tuple[int, bool]:
    """What lost Poland's land order to America when an offer of such a route wins, and whether it
    decided."""
    state, usa = even(model), model.world.usa
    b = model.world.nation_index(buyer)
    need = {**NEED, **(change(state, b, usa) or {})}
    list_sellers(state, model.outside.order)
    quote_lines(state)
    given = {"b": b, "d": LAND, "ask": state.ask[0], "p": state.par[0], **need}
    given["held"] = laws.call(look, model, state, **given)
    laws.call(describe, model, state, **given)
    n = laws.call(consider, model, state, **given)
    won = np.flatnonzero(state.offers["route"][:n] == winner)
    found, decided = laws.call(cause_of_loss, model, state, n=n, winner=int(won[0]), **given)
    return int(found), bool(decided)


def cause(model: AllianceModel, change: Change, winner: int = FRIENDLY, buyer: str = "POL") -> int:
    """That cause alone."""
    return verdict(model, change, winner, buyer)[0]


def american_lines(state: State, usa: int) -> np.ndarray:
    return state.lines["owner"] == usa


def nothing(state: State, b: int, usa: int) -> None:
    """All as it is."""


def dear(state: State, b: int, usa: int) -> None:
    state.lines["unit_cost"][american_lines(state, usa)] *= 1.3


def slow(state: State, b: int, usa: int) -> None:
    state.dom["weight_lag"] = 0.3
    state.lines["build_quarters"][american_lines(state, usa)] = 40.0


def unfit(state: State, b: int, usa: int) -> None:
    state.lines["place"][american_lines(state, usa)] = 0.8


def backward(state: State, b: int, usa: int) -> None:
    state.lines["level"][american_lines(state, usa)] = 0.3


def doubted(state: State, b: int, usa: int) -> None:
    state.pairs["release_refused"][b, usa] = 20.0


def disliked(state: State, b: int, usa: int) -> None:
    state.par["weight_us_supplier"] = -0.5


def concentrated(state: State, b: int, usa: int) -> None:
    state.nations["diversification"][b], state.nations["dependence"][b] = 1.0, 0.9
    state.pairs["exposed"][b, usa] = 0.9


def unreliable(state: State, b: int, usa: int) -> None:
    state.pairs["broken"][b, usa] = 10.0


def estranged(state: State, b: int, usa: int) -> None:
    state.pairs["alignment"][b, usa] = -0.5


TERMS = {
    dear: causes.COST,
    slow: causes.TIMELINE,
    unfit: causes.FIT,
    backward: causes.FIT,
    doubted: causes.EXPORT_CONTROL,
    disliked: causes.STRATEGIC_COMPETITION,
    concentrated: causes.STRATEGIC_COMPETITION,
    unreliable: causes.TRUST,
    estranged: causes.TRUST,
}


@pytest.mark.parametrize("change", TERMS)
def test_the_cause_is_where_america_was_behind(model, change):
    """Between a French and an American offer alike in all but one thing, that thing is the cause:
    price, time, fit, doubt of release, politics and concentration, or trust."""
    assert cause(model, change) == TERMS[change]


@pytest.mark.parametrize("change", [dear, slow, unfit, doubted, estranged])
def test_the_cause_is_the_same_when_the_own_line_wins(model, change):
    """The same against the nation's own line, which it neither doubts nor dislikes."""

    def own_line_builds(state: State, b: int, usa: int) -> None:
        state.cells["home_share"][b, LAND] = 1.0
        state.pairs["kept"] = 0.0001  # reliability counts for sellers abroad alone
        state.pairs["broken"] = 1e6
        change(state, b, usa)

    assert cause(model, own_line_builds, winner=DOMESTIC) == TERMS[change]


@pytest.mark.parametrize(("first", "second"), [(dear, unfit), (doubted, dear), (slow, estranged)])
def test_the_cause_is_where_america_was_furthest_behind(model, first, second):
    """Of two things in which America is behind, the one that weighs more is the cause."""

    def both(state: State, b: int, usa: int) -> None:
        for change in (first, second):
            change(state, b, usa)

    found = []
    for heavy in (first, second):
        weight = {dear: "weight_price", unfit: "weight_fit", doubted: "weight_release",
                  estranged: "weight_alignment"}.get(heavy)  # fmt: skip

        def weighed(state: State, b: int, usa: int, weight: str | None = weight) -> None:
            both(state, b, usa)
            if weight is None:
                state.dom["weight_lag"] *= 100.0
            else:
                state.par[weight] *= 100.0

        found.append(cause(model, weighed))
    assert found == [TERMS[first], TERMS[second]]


def test_what_has_no_name_is_another_cause(model):
    """Where America is behind in none of them (habit, a draw), the cause is none of the six."""
    assert cause(model, nothing) == causes.OTHER


def screened_by_release(state: State, b: int, usa: int) -> None:
    state.pairs["release_refused"][b, usa] = 1e6


def screened_by_origin(state: State, b: int, usa: int) -> None:
    state.pairs["permitted"][b, usa] = 0


def screened_by_fit(state: State, b: int, usa: int) -> dict[str, Any]:
    unfit(state, b, usa)
    return {"aspiration": 0.7}


def screened_by_time(state: State, b: int, usa: int) -> dict[str, Any]:
    state.lines["build_quarters"][american_lines(state, usa)] = 50.0
    return {"urgent": 1}


def screened_by_money(state: State, b: int, usa: int) -> dict[str, Any]:
    state.lines["unit_cost"][american_lines(state, usa)] = 50.0
    return {"money": 2.0 * float(state.nations["price"][b])}


def not_on_the_market(state: State, b: int, usa: int) -> None:
    state.lines["sells_abroad"][american_lines(state, usa)] = 0


SCREENS = {
    screened_by_release: causes.EXPORT_CONTROL,
    screened_by_origin: causes.STRATEGIC_COMPETITION,
    screened_by_fit: causes.FIT,
    screened_by_time: causes.TIMELINE,
    screened_by_money: causes.COST,
    not_on_the_market: causes.OTHER,
}


@pytest.mark.parametrize("change", SCREENS)
def test_where_america_was_screened_out_the_screen_is_the_cause(model, change):
    """Release thought impossible is export control, an origin that is not permitted competition, a
    product below the aspiration fit, one too late for an urgent need time, one beyond the money
    cost; a domain where America sells nothing is none of these."""
    assert cause(model, change) == SCREENS[change]


def less_used(state: State, b: int, usa: int) -> None:
    """A habit of buying in France that is worth more than anything else here."""
    dear(state, b, usa)
    state.pairs["delivered"][b], state.nations["delivered"][b] = 0.0, 1.0
    state.pairs["delivered"][b, 1 if usa == 0 else 0] = 1.0


def used(state: State, b: int, usa: int) -> None:
    """A habit of buying in America that is worth a little less than its price costs."""
    dear(state, b, usa)
    state.pairs["delivered"][b], state.nations["delivered"][b] = 0.0, 1.0
    state.pairs["delivered"][b, usa] = 0.01


def test_a_cause_decides_when_without_it_america_would_have_been_as_good(model):
    """Where price is against America and habit a little for it, price decides, and not where habit
    alone would have lost the sale; screens decide, absence from the market does not."""
    assert verdict(model, used) == (causes.COST, True)
    assert verdict(model, less_used) == (causes.COST, False)
    assert verdict(model, screened_by_release) == (causes.EXPORT_CONTROL, True)
    assert verdict(model, not_on_the_market) == (causes.OTHER, False)


def test_a_sale_that_is_not_lost_has_no_cause(model):
    """America's own orders, orders it wins, and searches put off are no lost sales."""
    assert cause(model, dear, winner=FMS) == causes.NOT_LOST
    assert cause(model, dear, winner=DEFER) == causes.NOT_LOST
    assert cause(model, dear, buyer="USA") == causes.NOT_LOST


def test_every_award_of_a_run_has_its_cause(tiny_run):
    """Orders of 2010, American orders and sales that America won have none; all others have one of
    seven, and runs show several."""
    rows, usa = ledger(tiny_run.state), tiny_run.world.usa
    kept = (rows["initial"] == 1) | (rows["buyer"] == usa) | (rows["supplier"] == usa)
    assert (rows["lost_by"][kept] == causes.NOT_LOST).all()
    lost = rows["lost_by"][~kept]
    assert ((lost >= 0) & (lost < len(causes.CAUSES))).all()
    assert len(np.unique(lost)) >= 3


def test_the_record_adds_up_the_ledger(tiny_run):
    """Volume lost by quarter and cause, and what of it was decided by its cause, is that of the
    buyers' awards in the ledger."""
    state = tiny_run.state
    rows = ledger(state)
    buyers = tiny_run.world.is_buyer[rows["buyer"]]
    registered = state.cells["registered"][0][rows["domain"]] == 1
    rows = rows[(rows["lost_by"] >= 0) & buyers & registered]
    expected = np.zeros(state.flow_lost.shape)
    np.add.at(expected, (rows["awarded"], rows["lost_by"]), rows["volume"])
    np.add.at(expected, (rows["awarded"], -1), rows["volume"] * rows["decided"])
    assert expected.sum() > 0.0
    np.testing.assert_allclose(state.flow_lost, expected, rtol=1e-5, atol=1e-4)
