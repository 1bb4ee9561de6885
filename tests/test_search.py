"""The search for portfolios: what it finds of a known truth, what luck does, what it costs."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest
from toy_search import TEXT, Toy, study_of, toy_engine, toy_result, truth

from alliance_abm.problems import ConfigError
from alliance_abm.scenario import load_scenario
from experiments.search.evaluations import FRESH
from experiments.search.portfolios import Space
from experiments.search.report import summary_text
from experiments.search.run import engine_of, run_search
from experiments.search.study import SearchStudy, worlds_of
from experiments.search.work import ModelRunner


@pytest.fixture
def study(tmp_path: Path) -> SearchStudy:
    """Three levers, two goals."""
    return study_of(tmp_path)


# --- the search ---------------------------------------------------------------------------------


def test_a_known_front_is_found(study: SearchStudy):
    """Pooled buying alone, at its sizes; never what harms both goals, nor what does nothing."""
    found = toy_result(study, 900)
    levers = found.found["levers"].tolist()
    assert set(levers) == {"pooled_buying=20", "pooled_buying=50", "pooled_buying=80"}
    assert found.found["stays"].all()
    row = found.front[
        (found.front["levers"] == "pooled_buying=80") & (found.front["outcome"] == "gap_years")
    ].iloc[0]
    assert row["low"] < -1.6 < row["high"]
    assert row["clear"]


LUCKY = {"dcs_tracked": 30.0}


def lucky(sizes: dict[str, float], replication: int) -> dict[str, float]:
    """One portfolio is wonderful on the first look's seeds and harms on all others."""
    if sizes == LUCKY:
        gain = -3.0 if replication < 4 else 2.0
        return {"gap_years": gain, "us_unit_cost": gain}
    return truth(sizes, replication)


def test_a_lucky_point_does_not_survive(study: SearchStudy):
    """It tops the first look, is run on further seeds and falls behind."""
    found = toy_result(study, 900, Toy(study, lucky))
    assert "dcs_tracked=30" not in found.found["levers"].tolist()
    assert "pooled_buying=80" in found.found["levers"].tolist()


def test_without_further_seeds_it_would_and_fresh_ones_expose_it(tmp_path: Path):
    """A single look trusts luck; the confirmation says what it was worth, and by how much."""
    text = TEXT.replace("more: 4", "more: 0").replace("most: 12", "most: 4")
    study = study_of(tmp_path, text)
    found = toy_result(study, 900, Toy(study, lucky))
    point = found.found[found.found["levers"] == "dcs_tracked=30"]
    assert len(point) == 1
    assert not point["stays"].item()
    assert point["beaten_by"].item() == "baseline"
    gap = found.flattery.set_index("outcome").loc["gap_years"]
    assert gap["best"] == point["portfolio"].item()
    assert (gap["best_search"], gap["best_fresh"]) == pytest.approx((3.0, -2.0))
    assert gap["low"] > 0.0
    assert "flattered" in summary_text(found)


def test_flattery_is_what_the_search_said_too_much(study: SearchStudy):
    """Of a gain that is larger by 1 on the search's seeds, 1 is flattery."""

    def flattered(sizes: dict[str, float], replication: int) -> dict[str, float]:
        gain = truth(sizes, 0)
        return gain | {"gap_years": gain["gap_years"] - (replication < FRESH)}

    row = toy_result(study, 600, Toy(study, flattered)).flattery.iloc[0]
    assert row["flattery"] == pytest.approx(1.0)
    assert (row["low"], row["high"]) == pytest.approx((1.0, 1.0))


def test_a_front_without_noise_is_not_flattered(study: SearchStudy):
    """Where all seeds agree, the search said the truth."""
    found = toy_result(study, 600, Toy(study, lambda sizes, _: truth(sizes, 0)))
    assert found.flattery["flattery"].abs().max() == pytest.approx(0.0)
    assert "not clearly off" in summary_text(found)


def test_half_of_the_places_are_for_gains_without_a_loss(tmp_path: Path):
    """However small a gain without a price is beside those that have one."""

    def with_free_gain(sizes: dict[str, float], replication: int) -> dict[str, float]:
        gain = truth({"pooled_buying": sizes.get("pooled_buying", 0.0)}, replication)
        gain["gap_years"] -= 0.0001 * sizes.get("dcs_tracked", 0.0)
        return gain

    study = study_of(tmp_path, TEXT.replace("finalists: 6", "finalists: 2"))
    found = toy_result(study, 900, Toy(study, with_free_gain)).found
    assert len(found) == 2
    assert "dcs_tracked=50" in found["levers"].tolist()


@pytest.mark.parametrize("budget", [113, 114, 150, 201, 333, 700])
def test_the_budget_is_kept_to_the_run(study: SearchStudy, budget: int):
    """What is counted is what was run, baselines among it, and never more than allowed."""
    runner = Toy(study)
    engine = toy_engine(study, budget, runner)
    assert engine.least_budget <= 113
    engine.confirm(engine.search(), [])
    assert engine.used == runner.ran <= budget


def test_too_small_a_budget_is_refused_before_any_run(study: SearchStudy):
    """The message says how many runs would do."""
    runner = Toy(study)
    with pytest.raises(ConfigError, match=r"--budget: 50 runs are too few .* allowed: \d+ or more"):
        toy_engine(study, 50, runner)
    assert runner.ran == 0


def test_a_limit_is_kept(tmp_path: Path):
    """What costs more than allowed is not found, however good it is."""
    study = study_of(tmp_path, TEXT + "constraints: [{outcome: us_unit_cost, most: 16}]\n")
    found = toy_result(study, 900)
    assert set(found.found["levers"]) == {"pooled_buying=20", "pooled_buying=50"}
    assert found.found["limits_kept"].all()


def test_goals_are_means_over_the_worlds_of_a_study(tmp_path: Path):
    """Each portfolio is run in every world, each of these runs counts, and none speaks alone."""
    study = study_of(tmp_path, TEXT + "worlds: [baseline, surge]\n")
    runner = Toy(study, lambda sizes, _: truth(sizes, 0))
    found = toy_result(study, 900, runner)
    rows = found.front[found.front["levers"] == "pooled_buying=80"].set_index("outcome")
    assert rows.loc["us_unit_cost", "difference"] == pytest.approx(1.5 * 8.0)
    assert rows.loc["us_unit_cost", "n"] == 10
    assert found.used == runner.ran <= 900


def test_the_same_seed_gives_the_same_result(study: SearchStudy):
    """Twice the same runs, and the same tables."""
    first, second = toy_result(study), toy_result(study)
    pd.testing.assert_frame_equal(first.front, second.front)
    pd.testing.assert_frame_equal(first.flattery, second.flattery)
    assert first.used == second.used


def test_an_interrupted_search_goes_on_to_the_same_result(study: SearchStudy, tmp_path: Path):
    """Whenever it ends, what it has run is not run again, and the result is the same."""
    whole = Toy(study)
    expected = toy_result(study, 600, whole)
    for batches in (1, 3, whole.batches - 1):
        path = tmp_path / f"{batches}.parquet"
        first = Toy(study, stop_after=batches)
        with pytest.raises(KeyboardInterrupt):
            run_search(toy_engine(study, 600, first, path=path))
        rest = Toy(study)
        found = run_search(toy_engine(study, 600, rest, path=path))
        pd.testing.assert_frame_equal(found.front, expected.front)
        assert found.used == expected.used
        assert first.ran + rest.ran == whole.ran


def test_a_run_that_fails_costs_its_portfolio_alone(study: SearchStudy):
    """It is listed, and the portfolio is no finalist."""

    class Failing(Toy):
        def __call__(self, wanted):
            return [
                one._replace(outcomes={}, error="ValueError: no") if "=80" in one.portfolio else one
                for one in super().__call__(wanted)
            ]

    found = toy_result(study, 900, Failing(study))
    assert set(found.found["levers"]) == {"pooled_buying=20", "pooled_buying=50"}
    assert len(found.failures)
    assert found.failures["error"].eq("ValueError: no").all()


def test_nothing_is_found_where_there_is_nothing(study: SearchStudy):
    """Where levers only harm, the search says so and shows no portfolio."""
    harm = Toy(study, lambda sizes, _: dict.fromkeys(("gap_years", "us_unit_cost"), 1.0))
    found = toy_result(study, 600, harm)
    assert not len(found.found)
    assert "Nothing was found" in summary_text(found)


# --- the model ----------------------------------------------------------------------------------


def test_serial_and_parallel_batches_are_the_same(study: SearchStudy):
    """Portfolios of a seed come from one snapshot; the number of processes is not in the result."""
    scenario = load_scenario("tiny")
    space, worlds = Space.of(study), worlds_of(study, scenario)
    policies = [space.choice(one) for one in space.first(3, 1)]
    wanted = {0: policies, 1: policies[:1], 2: policies, 3: policies}
    serial = ModelRunner(scenario, worlds, 1)(wanted)
    assert [one.portfolio for one in serial[:6]] == [
        "baseline", *(one.name for one in policies), "baseline", policies[0].name
    ]  # fmt: skip
    parallel = ModelRunner(scenario, worlds, 2)(wanted)
    assert [str(one) for one in parallel] == [str(one) for one in serial]


def test_a_goal_without_a_value_is_refused(tmp_path: Path):
    """Resilience is not known in a world that ends too soon."""
    study = study_of(tmp_path, TEXT.replace("us_unit_cost]", "n1_resilience]"))
    engine = engine_of(study, load_scenario("tiny"), 500, jobs=1)
    with pytest.raises(ConfigError, match=r"objectives\[1\]: Kept without .* has no value"):
        engine.search()


def test_without_pymoo_the_message_says_what_to_install(
    study: SearchStudy, monkeypatch: pytest.MonkeyPatch
):
    """One message, before any run."""
    monkeypatch.setitem(sys.modules, "pymoo", None)
    with pytest.raises(
        ConfigError, match=r"needs pymoo, which is not installed; allowed: after pip"
    ):
        toy_engine(study)
