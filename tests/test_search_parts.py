"""The parts of a search: portfolios as numbers, who beats whom, offspring, studies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toy_search import TEXT, message, study_of

from alliance_abm.scenario import load_scenario
from experiments.paired import bootstrap
from experiments.search.duels import Field
from experiments.search.genetic import children, chosen
from experiments.search.portfolios import Space
from experiments.search.study import SearchStudy, load_study, worlds_of


@pytest.fixture
def study(tmp_path: Path) -> SearchStudy:
    """Three levers, two goals."""
    return study_of(tmp_path)


# --- portfolios ---------------------------------------------------------------------------------


def test_a_portfolio_comes_back_from_its_numbers(study: SearchStudy):
    """Numbers decode to the portfolio they were made of, for every portfolio of the space."""
    space = Space.of(study)
    every = space.first(1000, 1)
    assert len(every) == space.size() == 4 * 4 * 4 - 1
    assert all(space.decoded(space.encoded(one)) == one for one in every)


def test_half_of_a_levers_range_is_off_and_the_rest_its_steps(study: SearchStudy):
    """Below one half a lever is off; above, each step has an equal part."""
    space = Space.of(study)
    sizes = [space.decoded(np.array([0.0, x, 0.0]))[1] for x in (0.0, 0.49, 0.51, 0.7, 0.99, 1.0)]
    assert sizes == [0.0, 0.0, 10.0, 30.0, 50.0, 50.0]


def test_of_too_many_levers_the_strongest_stay(tmp_path: Path):
    """No portfolio has more levers than the study allows, and none is the baseline twice."""
    space = Space.of(study_of(tmp_path, TEXT + "most_levers: 2\n"))
    assert space.decoded(np.array([0.6, 0.9, 0.8])) == (0.0, 50.0, 66.7)
    first = space.first(30, 3)
    assert max(sum(size != 0.0 for size in one) for one in first) == 2
    assert len(space.first(1000, 3)) == space.size() == 3 * 3 + 3 * 9
    assert space.nothing not in first
    assert len(set(first)) == len(first)


def test_the_first_generation_tries_each_lever_alone(study: SearchStudy):
    """Near its default size, before anything random."""
    space = Space.of(study)
    assert space.first(3, 1) == [(50.0, 0.0, 0.0), (0.0, 30.0, 0.0), (0.0, 0.0, 33.3)]


# --- who beats whom -----------------------------------------------------------------------------


def field(*points: list[list[float]], levers: tuple[int, ...] = (), **given: object) -> Field:
    """Points of (seeds, goals), nan beyond what was run."""
    longest = max(len(one) for one in points)
    apart = np.full((len(points), longest, len(points[0][0])), np.nan)
    for row, one in enumerate(points):
        apart[row, : len(one)] = one
    counts = np.array([len(one) for one in points])
    numbers = np.array(levers or [1] * len(points))
    feasible = np.array(given.get("feasible", [True] * len(points)))
    return Field(apart, counts, numbers, feasible)


def test_a_portfolio_is_beaten_only_where_the_interval_says_so():
    """Better by a mean that may be chance is ahead; better in every seed beats."""
    good = [[2.0, 1.0]] * 6
    noisy = [[9.0, 1.0], [-5.0, 1.0], [9.0, 1.0], [-5.0, 1.0], [9.0, 1.0], [-4.0, 1.0]]
    worse = [[1.9, 1.0]] * 6
    found = field(good, noisy, worse)
    assert found.ahead()[0].tolist() == [False, False, True]
    assert found.ahead()[1].tolist() == [True, False, True]
    assert found.beaten() == [-1, -1, 0]
    low, high = bootstrap(np.array(noisy) - np.array(good))
    assert low[0] < 0.0 < high[0]


def test_luck_on_the_first_seeds_beats_nobody_once_it_is_over():
    """Means are over all seeds of each, what is clear is clear on those common to both."""
    lucky_once = [[9.0, 9.0]] * 2 + [[0.0, 0.0]] * 10
    short = [[2.0, 2.0]] * 2
    assert field(lucky_once[:2], short).beaten() == [-1, 0]
    assert field(lucky_once, short).beaten() == [-1, -1]
    assert field(lucky_once, short).front().tolist() == [False, True]


def test_of_two_that_give_the_same_the_simpler_stays():
    """A lever that changes nothing is no part of what is found."""
    same = [[1.0, 2.0]] * 4
    assert field(same, same, same, levers=(2, 1, 2)).beaten() == [1, -1, 1]


def test_what_breaks_a_limit_beats_nothing_and_stands_on_no_front():
    """A limit comes before every goal."""
    good, poor = [[2.0, 2.0]] * 4, [[1.0, 1.0]] * 4
    found = field(good, poor, feasible=[False, True])
    assert found.beaten() == [-1, -1]
    assert found.front().tolist() == [False, True]


def test_trading_one_goal_for_another_beats_nothing():
    """Both ends of a trade stay."""
    assert field([[2.0, 1.0]] * 4, [[1.0, 2.0]] * 4).front().tolist() == [True, True]


def test_gains_and_losses_against_the_baseline_are_told_by_intervals():
    """A goal is better or worse where its interval leaves out zero; one seed tells nothing."""
    sure, mixed = [[1.0, 0.0], [1.2, 0.0]] * 3, [[1.0, -1.0], [1.2, -1.2]] * 3
    unsure = [[3.0, 3.0], [-3.0, -2.9]] * 3
    better, worse = field(sure, mixed, unsure, [[5.0, -5.0]]).ways()
    assert better.tolist() == [True, True, False, False]
    assert worse.tolist() == [False, True, False, False]


# --- the genetic part ---------------------------------------------------------------------------


@pytest.mark.parametrize("goals", [2, 3, 5])
def test_survivors_are_the_first_front_spread_over_the_goals(goals: int):
    """Dominated points go first, whatever the units of the goals."""
    rng = np.random.default_rng(goals)
    front = rng.dirichlet(np.ones(goals), 12)
    scores = np.concatenate([front, front - 0.5]) * np.logspace(-6, 3, goals)
    kept = chosen(scores, np.zeros((24, 0)), 12, 1)
    assert kept == list(range(12))
    assert chosen(scores, np.zeros((24, 0)), 12, 1) == kept


def test_what_keeps_the_limits_survives(study: SearchStudy):
    """A worse point that is allowed goes before a better one that is not."""
    scores = np.array([[3.0, 3.0], [1.0, 1.0], [2.0, 2.0]])
    assert chosen(scores, np.array([[5.0], [-1.0], [-2.0]]), 2, 1) == [1, 2]


@pytest.mark.parametrize("goals", [2, 5])
def test_children_are_new_and_follow_the_seed(study: SearchStudy, goals: int):
    """No known portfolio and not the baseline comes back; the same seed gives the same ones."""
    space = Space.of(study)
    parents = space.first(8, 1)
    scores = np.random.default_rng(1).random((8, goals))
    given = (space, parents, scores, np.zeros((8, 0)), 6, set(parents))
    found = children(*given, seed=5)
    assert found == children(*given, seed=5)
    assert len(found) == 6
    assert not {*found} & {*parents, space.nothing}


# --- studies ------------------------------------------------------------------------------------


def test_the_shipped_study_fits_the_baseline():
    """Its levers and references exist and can stand together; its goals are the six headlines."""
    study = load_study()
    worlds_of(study, load_scenario(study.config))
    assert len(study.objectives) == 6
    assert study.kept[:1] == ("us_share_deliveries",)


def test_goals_are_by_default_the_headlines_that_nations_agree_on(tmp_path: Path):
    """The better direction is that of comparisons."""
    study = study_of(tmp_path, TEXT.replace("objectives: [gap_years, us_unit_cost]\n", ""))
    signs = {one.outcome: one.sign for one in study.objectives}
    assert signs == {"gap_years": -1, "n1_resilience": 1, "us_unit_cost": -1, "leak_exposure": -1}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("- placebo", "- plasebo", "levers[2].lever: 'plasebo' is not a lever"),
        ("low: 20, high: 80", "low: 20, high: 90", "90 is out of the range of pooled_buying"),
        ("low: 20, high: 80", "low: 70, high: 60", "70 is above 60"),
        ("gap_years,", "gap_year,", "did you mean 'gap_years'?"),
        ("[gap_years, us_unit_cost]", "[gap_years]", "1 are named; allowed: 2 to 8"),
        ("[gap_years, us", "[gap_years, {outcome: open_cases}, us", "do not agree which way"),
        ("us_unit_cost]", "gap_years]", "gap_years is named twice"),
        ("population: 8", "population: 2", "population: 2 is out of range"),
        ("most: 12", "most: 3", "less than the 4 seeds of the first look"),
        ("steps: 3", "stepz: 3", "did you mean 'steps'?"),
        ("steps: 3", "constraints: [{outcome: gap_years}]", "constraints[0]: is no limit"),
        ("  - placebo", "  - pooled_buying", "pooled_buying is named twice"),
    ],
)
def test_a_mistake_in_a_study_is_said_with_its_place(
    tmp_path: Path, old: str, new: str, words: str
):
    """file:line:column, the field, the value, what is allowed."""
    assert old in TEXT
    said = message(tmp_path, TEXT.replace(old, new, 1))
    assert said.startswith(f"{tmp_path / 'toy.yaml'}:")
    assert words in said
