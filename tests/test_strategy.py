"""Strategy: weights move yearly, part of the way, to what believed payoffs ask for."""

from __future__ import annotations

import laws
import numpy as np
import pytest
from tiny_worlds import MIDDLE

from alliance_abm import AllianceModel, strategy
from alliance_abm.scenario import Scenario
from alliance_abm.state import State

NEAR = {"rtol": 0.0, "atol": 1e-12}
SHORT = {**MIDDLE, "world.domains": ["combat_aviation", "land"], "horizon.end": "2015Q4"}


def weights(state: State) -> np.ndarray:
    """Weights of sovereignty, core and diversification, (E, 3)."""
    return np.column_stack([state.nations[name] for name in strategy.WEIGHTS])


def payoffs_at_start(state: State) -> np.ndarray:
    """Payoffs that later ones are seen against, (E, 3)."""
    return np.column_stack([state.nations[name] for name in strategy.PAYOFFS])


def step_of(state: State) -> float:
    """Part of the way that weights go in a year."""
    p = state.par[0]
    return float(p["adjustment_share"] * (1.0 - 0.5 ** (1.0 / p["strategy_half_life_years"])))


def by_quarter(scenario: Scenario) -> np.ndarray:
    """Weights before the first and after every quarter of a run, (Q + 1, E, 3)."""
    model = AllianceModel(scenario, rng=1)
    found = [weights(model.state)]
    while model.running:
        model.step()
        laws.check_strategies(model.state)
        found.append(weights(model.state))
    return np.array(found)


@pytest.fixture(scope="module")
def middle(tiny) -> Scenario:
    """Ten nations with events that give them reasons to change their minds."""
    return tiny.with_set(SHORT)


@pytest.fixture(scope="module")
def start(middle) -> AllianceModel:
    """Its start: work on snapshots of it."""
    return AllianceModel(middle, rng=1)


@pytest.fixture(scope="module")
def moved(middle) -> np.ndarray:
    """Weights by quarter of its run."""
    return by_quarter(middle)


@pytest.fixture
def payoffs(monkeypatch):
    """Makes nations believe in stated changes of the three payoffs since the start."""

    def believe(*change: float) -> None:
        told = np.array(change)
        monkeypatch.setattr(strategy, "believed_payoffs", lambda s, _: payoffs_at_start(s) + told)

    return believe


def test_weights_are_shares_every_quarter(moved):
    """Weights are never negative and add up to 1; those of most nations do move."""
    assert (moved >= 0.0).all()
    np.testing.assert_allclose(moved.sum(axis=2), 1.0, **NEAR)
    assert (np.abs(moved[-1] - moved[0]).max(axis=1) > 0.002).mean() > 0.5


def test_weights_move_at_the_end_of_a_year_alone(moved):
    """In the first three quarters of a year no weight changes by a bit; in the last one they do."""
    changes = np.abs(np.diff(moved, axis=0)).max(axis=(1, 2))
    last = np.arange(len(changes)) % 4 == 3
    assert (changes[~last] == 0.0).all()
    assert (changes[last] > 0.0).all()


def test_no_weight_jumps(moved, start):
    """In a year no weight goes more than the adjustment share of the way, however far that is."""
    assert np.abs(np.diff(moved, axis=0)).max() <= step_of(start.state) + 1e-12


@pytest.mark.parametrize("change", [(50.0, 0.0, 0.0), (0.0, -900.0, 900.0), (1e5, 1e5, 0.0)])
def test_even_extreme_payoffs_move_weights_a_step(start, payoffs, change):
    """When one approach promises everything, weights go a step towards it and stay shares."""
    payoffs(*change)
    state = start.snapshot()
    before = weights(state)
    strategy.review(state, start.outside)
    laws.check_strategies(state)
    laws.check_finite(state)
    went = weights(state) - before
    assert 0.0 < np.abs(went).max() <= step_of(state) + 1e-12
    best = np.array(change) == max(change)
    assert (went[:, best].sum(axis=1) > 0.0).all()


def test_half_the_way_takes_the_half_life(start, payoffs):
    """Under payoffs that stay as they are, half the way to what they ask for is gone after the
    half-life, three quarters after twice that."""
    payoffs(0.0, 0.0, 60.0)
    state = start.snapshot()
    state.par["strategy_half_life_years"] = 4.0
    missing = [1.0 - weights(state)[:, 2]]
    for _ in range(8):
        strategy.review(state, start.outside)
        missing.append(1.0 - weights(state)[:, 2])
    np.testing.assert_allclose(missing[4], 0.5 * missing[0], rtol=1e-9)
    np.testing.assert_allclose(missing[8], 0.25 * missing[0], rtol=1e-9)


def test_weights_go_to_a_logit_over_the_change_of_payoffs(start, payoffs):
    """In the long run weights are those of the start times e to the change, made shares."""
    change = (0.4, -0.3, 0.1)
    payoffs(*change)
    state = start.snapshot()
    for _ in range(200):
        strategy.review(state, start.outside)
    sharp = state.par["strategy_sharpness"][0]
    asked = start.outside.strategy * np.exp(sharp * np.array(change))
    np.testing.assert_allclose(weights(state), asked / asked.sum(axis=1, keepdims=True), rtol=1e-6)


def test_payoffs_as_at_the_start_move_nothing(start, payoffs):
    """Who sees the payoffs of the start, or all of them better by as much, keeps its strategy."""
    state = start.snapshot()
    before = weights(state)
    strategy.start(state, start.outside)
    strategy.review(state, start.outside)
    np.testing.assert_allclose(weights(state), before, **NEAR)
    payoffs(3.0, 3.0, 3.0)
    strategy.review(state, start.outside)
    np.testing.assert_allclose(weights(state), before, **NEAR)


@pytest.mark.parametrize(
    "without", [{"strategy.adjustment_share": 0}, {"controls": ["fixed_strategies"]}]
)
def test_without_adjustment_strategies_stay(middle, moved, without):
    """With an adjustment share of 0 weights are those of the start all run."""
    still = by_quarter(middle.with_set(without))
    np.testing.assert_allclose(still, np.broadcast_to(moved[0], still.shape), **NEAR)


def test_an_approach_nobody_holds_is_never_taken_up(middle, start, payoffs):
    """A weight of 0 stays exactly 0, whatever its payoff."""
    given = {"strategy.POL": {"sovereignty": 0.0, "core": 0.4, "diversification": 0.6}}
    pol = start.world.nation_index("POL")
    found = by_quarter(middle.with_set(given))[:, pol]
    assert (found[:, 0] == 0.0).all()
    assert (found[:, 1] != 0.4).any()
    model = AllianceModel(middle.with_set(given), rng=1)
    payoffs(80.0, 0.0, 0.0)
    strategy.review(model.state, model.outside)
    assert weights(model.state)[pol, 0] == 0.0


def test_a_scenario_may_set_strategies(middle, moved, start):
    """Weights and core domains that a scenario states are those of the start, of that nation
    alone; those of others are the data's."""
    stated = {"sovereignty": 0.2, "core": 0.7, "diversification": 0.1, "core_domains": ["land"]}
    model = AllianceModel(middle.with_set({"strategy.SWE": stated}), rng=1)
    swe = model.world.nation_index("SWE")
    np.testing.assert_allclose(weights(model.state)[swe], [0.2, 0.7, 0.1], **NEAR)
    assert model.state.cells["is_core"][swe].tolist() == [0, 1]
    others = np.arange(len(model.state.nations)) != swe
    np.testing.assert_array_equal(weights(model.state)[others], moved[0][others])
    spared = start.state.cells["is_core"][others]
    np.testing.assert_array_equal(model.state.cells["is_core"][others], spared)


def test_the_order_of_nations_does_not_move_strategies(middle, moved):
    """Listing the nations backwards gives every nation the same weights in every quarter."""
    backwards = SHORT["world.nations"][::-1]
    other = by_quarter(middle.with_set({"world.nations": backwards}))
    nations = len(backwards)
    np.testing.assert_allclose(other[:, :nations][:, ::-1], moved[:, :nations], rtol=0, atol=1e-9)


# What payoffs follow


def change_of_payoffs(start: AllianceModel, nation: str, change) -> np.ndarray:
    """How a nation sees its three payoffs change with a change of the state."""
    state, b = start.snapshot(), start.world.nation_index(nation)
    change(state, b, start.world.usa)
    after = strategy.believed_payoffs(state, start.outside)
    return np.asarray(after[b] - strategy.believed_payoffs(start.state, start.outside)[b])


def doubt(state: State, b: int, s: int) -> None:
    state.pairs["release_refused"][b, s] += 20.0


def discord(state: State, b: int, s: int) -> None:
    state.pairs["alignment"][b, s] = -1.0


@pytest.mark.parametrize("change", [doubt, discord])
def test_doubt_about_the_main_supplier_speaks_for_spreading(start, change):
    """A nation that buys mostly from the United States and comes to doubt its release, or falls
    out with it, sees less in every approach, and least lost by spreading its purchases."""
    state, usa, b = start.state, start.world.usa, start.world.nation_index("KOR")
    assert state.pairs["delivered"][b, usa] > 0.5 * state.nations["delivered"][b]
    found = change_of_payoffs(start, "KOR", change)
    assert (found <= 0.0).all()
    assert found[2] > found[1]


def test_dear_home_lines_speak_against_making_at_home(start):
    """When what its own lines make becomes dearer, sovereignty is worth less to a nation, and
    buying from many is worth what it was."""

    def dearer(state: State, b: int, s: int) -> None:
        state.lines["ln_price"][state.lines["owner"] == b] += 0.3

    found = change_of_payoffs(start, "SWE", dearer)
    assert found[0] < -0.01
    assert found[2] == 0.0


def test_sovereignty_is_worth_trying_only_with_competence_and_money(start):
    """Without competence for a line or for development, or money for it, making at home is no
    way to meet need: sovereignty promises no more than buying as now."""

    def unable(state: State, b: int, s: int) -> None:
        state.nations["income"][b] = 1e-3
        state.par["need_level_low"] = state.cells["competence"][b].max()  # above all it makes

    state, b = start.snapshot(), start.world.nation_index("EGY")
    unable(state, b, start.world.usa)
    state.cells["is_core"][b] = 0
    found = strategy.believed_payoffs(state, start.outside)[b]
    assert found[0] == pytest.approx(found[1], abs=1e-9)
    able = strategy.believed_payoffs(start.state, start.outside)[b]
    assert able[0] > able[1] + 0.01
