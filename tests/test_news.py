"""Word of what happened: when it is believed, by whom, and how far it spreads."""

from __future__ import annotations

import laws
import numpy as np
import pytest
from tiny_worlds import MIDDLE

from alliance_abm import AllianceModel, beliefs
from alliance_abm.layout import (
    DELIVERED,
    FMS,
    GRANTED,
    N_DONE,
    N_NEWS,
    N_ORDERS,
    REFUSED,
    SLIPPED,
)
from alliance_abm.news import tell
from alliance_abm.scenario import Scenario
from alliance_abm.state import State, ledger

BELIEFS = ("kept", "broken", "release_granted", "release_refused", "slip")
WEIGHT = "beliefs.spill_over_weight"
EXACT = {"rtol": 1e-13, "atol": 1e-13}


@pytest.fixture(scope="module")
def middle(tiny) -> Scenario:
    """Ten nations with suspensions, a removal and shocks, to 2015."""
    return tiny.with_set({**MIDDLE, "horizon.end": "2015Q4"})


@pytest.fixture(scope="module")
def model(middle) -> AllianceModel:
    """Its start: work on snapshots of it."""
    return AllianceModel(middle, rng=1)


def calm(model: AllianceModel) -> State:
    """The start where nothing fades: what changes is what was heard."""
    state = model.snapshot()
    state.par["belief_forgetting_per_quarter"] = 0.0
    return state


def pair(model: AllianceModel) -> tuple[int, int]:
    """France, which has allies and strangers, as buyer, and Korea as supplier."""
    return model.world.nation_index("FRA"), model.world.nation_index("KOR")


def heard(model: AllianceModel, state: State) -> dict[str, np.ndarray]:
    """Changes of every belief when the quarter's news are believed."""
    before = state.pairs.copy()
    beliefs.update(state, model.outside)
    assert state.counts[N_NEWS] == 0
    return {name: state.pairs[name] - before[name] for name in BELIEFS}


def expected(model: AllianceModel, b: int, s: int, size: float, weight: float) -> np.ndarray:
    """Evidence of one thing that happened to a buyer, as everyone takes it in."""
    change = np.zeros(model.state.pairs.shape)
    change[:, s] = weight * model.outside.ties[:, b] * size
    change[b, s], change[s, s] = size, 0.0
    return change


@pytest.mark.parametrize("weight", [0.0, 0.2, 0.5])
@pytest.mark.parametrize(
    ("kind", "name"), [(GRANTED, "release_granted"), (REFUSED, "release_refused")]
)
def test_release_granted_or_refused_spreads_by_ties(model, kind, name, weight):
    """The buyer takes in the whole evidence, each other nation the spill-over weight times its tie
    with the buyer times that, the supplier and strangers nothing; no other belief moves."""
    (b, s), state = pair(model), calm(model)
    state.par["spill_over_weight"] = weight
    tell(state.news, state.counts, b, s, kind, 0.7)
    found = heard(model, state)
    np.testing.assert_allclose(found.pop(name), expected(model, b, s, 0.7, weight), **EXACT)
    strangers = model.outside.ties[:, b] == 0.0
    assert strangers.any() and not strangers.all()
    assert all((other == 0.0).all() for other in found.values())


@pytest.mark.parametrize("weight", [0.0, 0.3])
def test_lateness_spreads_by_ties(model, weight):
    """A delivery 6 quarters late moves the buyer's slip by the slip weight of the way, and others'
    by the spill-over weight times their tie of that."""
    (b, s), state = pair(model), calm(model)
    state.par["spill_over_weight"] = weight
    state.pairs["slip"][:, s] = 2.0
    tell(state.news, state.counts, b, s, SLIPPED, 6.0)
    found = heard(model, state)
    share = state.par["slip_weight"][0] * (6.0 - 2.0)
    np.testing.assert_allclose(found["slip"], expected(model, b, s, share, weight), **EXACT)


@pytest.mark.parametrize("weight", [0.0, 0.3])
def test_a_suspension_is_heard_of_by_ties(model, weight):
    """A quarter under suspension is evidence against release, in part for the buyer's ties."""
    (b, s), state = pair(model), calm(model)
    state.par["spill_over_weight"] = weight
    state.pairs["suspended"] = 0.0
    state.pairs["suspended"][b, s] = 0.5
    size = 0.5 * state.par["suspension_evidence_per_quarter"][0]
    found = heard(model, state)["release_refused"]
    np.testing.assert_allclose(found, expected(model, b, s, size, weight), **EXACT)


@pytest.mark.parametrize(("support", "name"), [(1.0, "kept"), (0.0, "broken")])
def test_kept_and_broken_promises_spread_by_ties(model, support, name):
    """A completed delivery as promised counts once, one that is not the bad-news weight, in part
    for others; nothing else is learnt of it."""
    (b, s), state = pair(model), calm(model)
    state.par["support_kept"], state.par["spill_over_weight"] = support, 0.4
    row = int(state.counts[N_ORDERS])
    state.make_room(1)
    state.counts[N_ORDERS] += 1
    state.orders["buyer"][row], state.orders["supplier"][row] = b, s
    state.orders["route"][row], state.orders["status"][row] = FMS, DELIVERED
    state.done[0], state.counts[N_DONE] = row, 1
    size = 1.0 if name == "kept" else state.par["bad_news_weight"][0]
    found = heard(model, state)
    np.testing.assert_allclose(found.pop(name), expected(model, b, s, size, 0.4), **EXACT)
    assert all((other == 0.0).all() for other in found.values())


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_experience_that_does_not_count_is_not_passed_on(model, weight):
    """With an experience share of 0 news moves no belief of anyone."""
    (b, s), state = pair(model), calm(model)
    state.par["experience_share"], state.par["spill_over_weight"] = 0.0, weight
    for kind in (GRANTED, REFUSED, SLIPPED):
        tell(state.news, state.counts, b, s, kind, 3.0)
    state.pairs["suspended"][b, s] = 1.0
    assert all((change == 0.0).all() for change in heard(model, state).values())


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_without_experience_beliefs_stay_as_they_start(middle, weight):
    """Under fixed beliefs reliability, release and slip keep every bit of their start, through
    deliveries, refusals, suspensions and a removal, with and without spill-over."""
    model = AllianceModel(middle.with_set({"beliefs.experience_share": 0, WEIGHT: weight}), rng=1)
    start = model.state.pairs.copy()
    while model.running:
        model.step()
        for name in BELIEFS:
            assert laws.same_bits(model.state.pairs[name], start[name]), name
    assert (model.state.nations["denied"] > 0).any()
    assert (ledger(model.state)["status"] == DELIVERED).any()


def test_news_is_believed_at_the_end_of_the_quarter(middle, monkeypatch):
    """What happens in a quarter moves no belief before beliefs are updated, and then none is left
    untold: all nations choose by what was known before."""
    model, seen = AllianceModel(middle, rng=1), []
    original = beliefs.update

    def update(state, outside):
        told = int(state.counts[N_NEWS])
        same = [laws.same_bits(state.pairs[name], before[name]) for name in BELIEFS]
        seen.append((told, all(same)))
        original(state, outside)

    monkeypatch.setattr(beliefs, "update", update)
    while model.running:
        before = model.state.pairs.copy()
        model.step()
    told, same = zip(*seen, strict=True)
    assert all(same)
    assert sum(told) > 50


# Reliability is a rate


def after_years(model: AllianceModel, kept: float, volumes: dict[int, float]) -> State:
    """Beliefs after 25 years in which France got so many deliveries a quarter from suppliers, a
    share of them as promised; the record of all suppliers is as reliable."""
    state, b = model.snapshot(), model.world.nation_index("FRA")
    p = state.par[0]
    worse = (1.0 - kept) * p["bad_news_weight"]
    state.office["public_kept"], state.office["public_broken"] = kept, worse
    for _ in range(100):
        for s, volume in volumes.items():
            for name, share in (("kept", kept), ("broken", worse)):
                size = share * volume
                beliefs._believe(state.pairs[name], b, s, size, model.outside.ties, p)
        beliefs.update(state, model.outside)
    return state


def reliability(state: State, b: int, s: int) -> float:
    return float(state.pairs["kept"][b, s] / (state.pairs["kept"] + state.pairs["broken"])[b, s])


@pytest.mark.parametrize("kept", [0.6, 0.92, 1.0])
def test_reliability_is_a_rate_whatever_the_volume(model, kept):
    """Suppliers that keep the same share of their promises are believed equally reliable, whether
    they deliver much or little, by the buyer and by those who only hear of it."""
    names = ("KOR", "SWE", "RUS")
    suppliers = [model.world.nation_index(name) for name in names]
    state = after_years(model, kept, dict(zip(suppliers, (0.5, 5.0, 500.0), strict=True)))
    worse = (1.0 - kept) * model.state.par["bad_news_weight"][0]
    rate = kept / (kept + worse)
    for nation in ("FRA", "POL", "SWE"):
        b = model.world.nation_index(nation)
        for s in set(suppliers) - {b}:
            assert reliability(state, b, s) == pytest.approx(rate, abs=0.02)
