"""What an experiment asks for is what is run: every run once, as the model by itself runs it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from alliance_abm import AllianceModel, load_scenario
from alliance_abm.policies import with_policy
from alliance_abm.presets import policies_of
from alliance_abm.problems import ConfigError
from alliance_abm.worlds import in_world
from alliance_abm.yaml_source import parse_yaml
from experiments.batch.config import SHELF, experiment_of
from experiments.batch.designs import LEVER
from experiments.batch.plan import planned
from experiments.batch.read import read_batch
from experiments.batch.runner import run_batch
from experiments.batch.work import ModelJob
from experiments.runner import replication_seed

HEAD = "title: A try\ndescription: To see.\nconfig: tiny\nstart: 2014Q1\nreplications: 3\n"
BUYING, GROWTH = "choice.weight_price", "industry.growth_cap_per_quarter"


def plan_of(text: str):
    """The plan of an experiment on the tiny config."""
    source = parse_yaml(HEAD + text, "try.yaml")
    return planned(experiment_of(source), source)


def all_runs(plan) -> list:
    """Every run of every shard."""
    job = plan.job
    trees = [tree for one in plan.shards for tree in range(one.first, one.last)]
    return [run for tree in trees for run in job.runs(tree)]


PLANS = {
    "worlds": ("worlds: [baseline, calm]\n", 6),
    "policies": ("policies: [{lever: pooled_buying}, {preset: rand-6}]\n", 9),
    "pairs": (
        "portfolios: pairs\n"
        "policies: [{lever: pooled_buying}, {lever: dcs_tracked}, {preset: rand-6}]\n", 21,
    ),
    "all": (
        "portfolios: all\n"
        "policies: [{lever: pooled_buying}, {lever: dcs_tracked}, {preset: rand-6}]\n", 24,
    ),
    "draws": (
        "policies: [{lever: pooled_buying}]\nworlds: [baseline, calm]\n"
        "design: {method: latin_hypercube, factors: assumed, samples: 5, replications: 2}\n",
        2 * (3 * 2 + 5 * 2 * 2),
    ),
    "levers": (
        "design: {method: grid, factors: [{lever: pooled_buying, values: [0, 20, 40]}, "
        "{lever: dcs_tracked, values: [0, 50]}], replications: 2}\n", 3 + 6 * 2,
    ),
    "many levers": (
        "design: {method: latin_hypercube, factors: [pooled_buying], samples: 70}\n", 3 + 70 * 3,
    ),
    "levers and parameters": (
        "design: {method: list, points: [{pooled_buying: 20, choice.weight_price: 3}, "
        "{pooled_buying: 0}], replications: 4}\n", 3 + 2 * 2 * 4,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANS)
def test_every_run_is_planned_once(name):
    """No run is missing or there twice; seeds are those of the replication, for every policy."""
    text, count = PLANS[name]
    plan = plan_of(text)
    runs = all_runs(plan)
    assert plan.runs == len(runs) == count == sum(one.runs for one in plan.shards)
    assert max(Counter(runs).values()) == 1
    assert all(one.seed == replication_seed(1, one.replication) for one in runs)
    for one in runs:  # every policy has the baseline that it is paired with
        levers = isinstance(plan.job, ModelJob) and all(f.kind == LEVER for f in plan.job.factors)
        draw = 0 if one.policy == "levers" and levers else one.draw
        assert one._replace(policy="baseline", draw=draw) in set(runs)


def test_rows_are_those_of_the_model_itself(tmp_path):
    """A run of a batch, continued from a shared past, is bit for bit a run from the start."""
    plan = plan_of(
        "policies: [{lever: pooled_buying=60}]\nworlds: [baseline, calm]\noutcomes: all\n"
        "design: {method: list, points: [{choice.weight_price: 3.5}], replications: 1}\n"
    )
    run_batch(plan, tmp_path / "b", jobs=1)
    batch = read_batch(tmp_path / "b")
    assert batch.complete and not len(batch.failures)
    tiny = load_scenario("tiny", {"replications": 3})
    (policy,) = plan.job.policies
    for world in ("baseline", "calm"):
        for draw, scenario in enumerate((tiny, tiny.with_set({BUYING: 3.5}))):
            base = in_world(scenario, world)
            for name, one in (("baseline", base), (policy.name, with_policy(base, policy))):
                expected = AllianceModel(one, rng=replication_seed(1, 0)).run().outcomes()
                found = batch.values(name, world)[draw, 0]
                np.testing.assert_array_equal(found, list(expected.values()))


def test_levers_as_factors_are_policies(tmp_path):
    """A lever at a size of the design gives the rows of a policy with that size; 0 is off."""
    points = "points: [{pooled_buying: 60}, {pooled_buying: 0}]"
    plan = plan_of(f"design: {{method: list, {points}, replications: 2}}\n")
    run_batch(plan, tmp_path / "levers", jobs=1)
    other = plan_of("policies: [{lever: pooled_buying=60}]\n")
    run_batch(other, tmp_path / "policies", jobs=1)
    levers, policies = read_batch(tmp_path / "levers"), read_batch(tmp_path / "policies")
    (policy,) = policies.policies
    sized = policies.values(policy.name, "baseline")[0, :2]
    np.testing.assert_array_equal(levers.values("levers", "baseline")[1, :2], sized)
    off = levers.baseline("baseline", "levers")
    np.testing.assert_array_equal(levers.values("levers", "baseline")[2, :2], off[2, :2])
    np.testing.assert_array_equal(off[0], off[2])


def test_presets_count_by_what_they_hold(tmp_path, monkeypatch):
    """A preset of the same name with other levers is another batch."""
    monkeypatch.chdir(tmp_path)
    before = plan_of("policies: [{preset: rand-6}]\n").fingerprint
    (policy,) = policies_of(presets=["rand-6"])
    folder = tmp_path / "configs" / "presets"
    folder.mkdir(parents=True)
    (folder / "rand-6.yaml").write_text(
        "title: Mine\ndescription: Mine.\nlevers: [pooled_buying]\n", encoding="utf-8"
    )
    assert policy.levers and plan_of("policies: [{preset: rand-6}]\n").fingerprint != before


def test_grouping_runs_changes_no_row(tmp_path):
    """Shards of one tree and one shard of all give the same rows."""
    text = f"design: {{method: grid, factors: [{BUYING}, {GROWTH}], levels: 2}}\n"
    tables = []
    for size in (1, 1000):
        plan = plan_of(text + f"execution: {{runs_a_shard: {size}}}\n")
        folder = tmp_path / str(size)
        run_batch(plan, folder, jobs=1)
        tables.append(read_batch(folder).values("baseline", "baseline"))
    assert len(list((tmp_path / "1000" / "shards").iterdir())) == 2
    np.testing.assert_array_equal(*tables)


def test_series_and_orders_are_stored_on_request(tmp_path):
    """Rows carry the run that they are of; a lost file of them has the shard done again."""
    import pandas as pd

    plan = plan_of("keep: {series: true, orders: true}\npolicies: [{lever: pooled_buying}]\n")
    run_batch(plan, tmp_path / "b", jobs=1)
    for folder in ("series", "orders"):
        table = pd.concat(pd.read_parquet(one) for one in (tmp_path / "b" / folder).iterdir())
        keys = ["policy", "world", "draw", "replication", "seed"]
        assert list(table.columns[:5]) == keys
        assert len(table[keys].drop_duplicates()) == plan.runs
    lost = next((tmp_path / "b" / "series").iterdir())
    lost.unlink()
    again = run_batch(plan, tmp_path / "b", jobs=1, resume=True)
    assert again.here > 0 and lost.exists()


MISTAKES = {
    "unknown parameter": (
        "design: {method: grid, factors: [choice.weight_prise]}\n",
        "try.yaml:6:34: design.factors[0].parameter: 'choice.weight_prise' is not a parameter; "
        "allowed: a path of the 491 parameters, or a pattern with *; did you mean "
        "'choice.weight_price'?",
    ),
    "out of range": (
        "design: {method: sobol, samples: 4, "
        "factors: [{parameter: choice.weight_price, high: 9}]}\n",
        "try.yaml:6:86: design.factors[0].high: 9 is out of range; allowed: a number from 1 to 4",
    ),
    "no power of two": (
        "design: {method: saltelli, samples: 100, factors: assumed}\n",
        "try.yaml:6:37: design.samples: 100 is not a power of two; allowed: 2, 4, 8 … such as 64",
    ),
    "a switch without a range": (
        "design: {method: latin_hypercube, samples: 2, factors: [{lever: pooled_buying, "
        "values: [5, 6]}]}\n",
        "pooled_buying has a list of values, and latin_hypercube needs a range",
    ),
    "by domain": (
        "design: {method: grid, factors: [choice.weight_lag]}\n",
        "choice.weight_lag differs by domain; allowed: choice.weight_lag.* for all domains",
    ),
    "too many points": (
        "design: {method: grid, factors: ['choice.*']}\n",
        "points; allowed: at most 1000000; fewer factors, levels or samples",
    ),
    "a setting": (
        "set: {horizon.end: 2077Q1}\n",
        "try.yaml:6:20: horizon.end: 2077Q1 is outside the model's years; allowed: a quarter",
    ),
    "policies and levers": (
        "policies: [{lever: pooled_buying}]\n"
        "design: {method: grid, factors: [pooled_buying]}\n",
        "try.yaml:7:9: design: policies are given, and levers are factors; allowed: policies, or "
        "levers as factors",
    ),
    "a policy after the end": (
        "policies: [{lever: pooled_buying}]\nset: {horizon.end: 2013Q4}\n",
        "start: 2014Q1 is after the end of the run",
    ),
    "a config": ("worlds: [surge, surge]\n", "try.yaml:6:9: worlds: surge is named twice"),
    "too many": ("replications: 9999999\n", "a whole number from 1 to 1000000"),
    "an outcome": ("outcomes: [gap_yeers]\n", "did you mean 'gap_years'?"),
    "set twice": (
        "set: {seed: 3}\n", "try.yaml:6:7: set.seed: is not set here; allowed: seed, replications",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_told_with_their_place(name):
    """File, line, column, field, value and what is allowed, before anything runs."""
    text, said = MISTAKES[name]
    head = HEAD.replace("replications: 3\n", "") if name == "too many" else HEAD
    source = parse_yaml(head + text, "try.yaml")
    with pytest.raises(ConfigError) as error:
        planned(experiment_of(source), source)
    assert said in str(error.value)


def test_a_world_keeps_what_it_sets(tmp_path, monkeypatch):
    """A factor that a world sets is refused by name; in a draw of all, the world's value stays."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "configs" / "worlds"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(
        f"title: Mine\ndescription: Mine.\nparameters: {{{BUYING}: 3}}\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError, match=f"{BUYING} is set by the world mine"):
        plan_of(f"worlds: [mine]\ndesign: {{method: grid, factors: [{BUYING}]}}\n")
    plan = plan_of("worlds: [mine]\ndesign: {method: sobol, factors: assumed, samples: 2}\n")
    assert plan.job.scenario("mine", 1).parameters[BUYING] == 3
    moved = plan.job.scenario("mine", 1).parameters["choice.weight_fit"]
    assert moved != plan.scenario.parameters["choice.weight_fit"]


def test_shipped_experiments_can_be_planned():
    """Every shipped experiment is valid, and small enough to be tried."""
    names = SHELF.names()
    assert {"sensitivity", "first-sweep", "levers-in-doubt", "tiny"} <= set(names)
    for path in names.values():
        assert 0 < planned(path).runs <= 3000
    assert planned("sensitivity").runs == 2036
    assert Path(names["tiny"]).name == "tiny.yaml"
