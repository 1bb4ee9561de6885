"""Controls: null models that a config names, and their comparison with the config."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from alliance_abm import AllianceModel, controls
from alliance_abm.catalogue import CatalogueError
from alliance_abm.cli import app
from alliance_abm.config_files import parse_assignments
from alliance_abm.controls import CONTROLS, Control, load_controls
from alliance_abm.outcomes import OUTCOMES
from alliance_abm.parameters import CATALOGUE
from alliance_abm.problems import ConfigError
from alliance_abm.scenario import Scenario, load_scenario
from experiments.controls import (
    ControlRun,
    compared,
    comparison_rows,
    is_scored,
    run_controls,
)
from experiments.controls_text import (
    HINDCAST_COLUMNS,
    OUTCOME_COLUMNS,
    hindcast_lines,
    outcome_lines,
)
from experiments.hindcast import PastRecord, hindcast_rows
from experiments.runner import replication_seed, run_replications
from viz.charts_controls import control_headline

SYMMETRIC, BAD_NEWS = "symmetric_beliefs", "beliefs.bad_news_weight"
CLASHING = Control("clash", "Clash", "Another.", MappingProxyType({BAD_NEWS: 2}))
TINY = ["controls", "tiny", "--replications", "2", "--jobs", "1"]
KEYS = {
    "kind", "control", "measure", "window", "unit", "baseline", "value", "naive", "difference",
    "low", "high", "n",
}  # fmt: skip


@pytest.fixture
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def clashing(monkeypatch):
    """A control that sets what another sets, to something else."""
    monkeypatch.setattr(controls, "CONTROLS", {**CONTROLS, "clash": CLASHING})


def call(*words: str):
    return CliRunner().invoke(app, list(words))


def message(config: str, *settings: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_scenario(config, parse_assignments(settings))
    return str(caught.value)


@pytest.mark.parametrize("name", CONTROLS)
def test_a_named_control_sets_its_parameters_as_the_model_sees_them(name):
    """Its settings stand over the shipped values in the model's own record; others stay."""
    scenario = load_scenario("tiny", {"controls": [name]})
    settings = CONTROLS[name].settings
    par = AllianceModel(scenario, rng=1).state.par[0]
    assert {path: par[path.partition(".")[2]] for path in settings} == settings
    assert scenario.parameters.overrides() == settings
    assert all(value != CATALOGUE[path].value for path, value in settings.items())


def test_symmetric_beliefs_change_a_run(tiny):
    """A control acts: the same seed gives other results."""
    runs = [AllianceModel(one, rng=1).run() for one in (tiny, tiny.with_control(SYMMETRIC))]
    assert runs[0].outcomes() != runs[1].outcomes()


def test_the_hash_and_the_resolved_form_follow_the_control():
    """A control changes the hash; what is resolved gives the same scenario again."""
    plain = load_scenario("tiny")
    with_it = load_scenario("tiny", parse_assignments([f"controls=[{SYMMETRIC}]"]))
    other = load_scenario("tiny", {BAD_NEWS: 1})
    assert len({one.config_hash for one in (plain, with_it, other)}) == 3
    assert with_it.resolved()["controls"] == [SYMMETRIC]
    assert with_it.resolved()["parameters"] == {BAD_NEWS: 1}
    assert Scenario.model_validate(with_it.resolved()) == with_it
    assert with_it.with_set({"seed": 9}).parameters == with_it.parameters


def test_a_control_can_be_put_in_and_taken_out():
    """Without the control the parameters are the shipped ones again."""
    plain = load_scenario("tiny")
    with_it = plain.with_control(SYMMETRIC)
    assert with_it == plain.with_set({"controls": [SYMMETRIC]})
    assert with_it.with_set({"controls": []}) == plain
    assert load_scenario("tiny", {BAD_NEWS: 6}).with_control(SYMMETRIC) == with_it


def test_an_empty_section_means_no_control(tmp_path):
    """A section whose lines are all commented out names no control."""
    path = tmp_path / "my.yaml"
    path.write_text("seed: 2\ncontrols:\n", encoding="utf-8")
    assert load_scenario(path) == Scenario(name="my", seed=2)


MISTAKES = {
    "unknown": ("controls: [random_choise]\n", "1:12", ("'random_choise' is not a control",
                                                        "did you mean 'random_choice'?")),
    "no name": ("controls: [3]\n", "1:12", ("3 is not a control",)),
    "no list": ("controls: random_choice\n", "1:11", ("'random_choice' is not a list",)),
    "twice": (f"controls: [{SYMMETRIC}, {SYMMETRIC}]\n", "1:31", ("is named twice", "once")),
    "against a parameter": (
        f"controls: [{SYMMETRIC}]\nparameters: {{beliefs: {{bad_news_weight: 2}}}}\n",
        "2:41",
        ("parameters.beliefs.bad_news_weight: 2 contradicts the control symmetric_beliefs",
         "allowed: 1, or leaving one of the two out"),
    ),
    "against a parameter at its shipped value": (
        f"parameters: {{{BAD_NEWS}: 4}}\ncontrols: [{SYMMETRIC}]\n",
        "1:39",
        ("4 contradicts the control symmetric_beliefs",),
    ),
    "unknown beside a parameter": (
        f"parameters: {{{BAD_NEWS}: 99}}\ncontrols: [nothing]\n", "1:39", ("99 is out of range",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.usefixtures("in_a_folder")
def test_a_mistake_is_said_with_its_place(name):
    """One clear message; the commands end with 2 and write nothing."""
    text, place, words = MISTAKES[name]
    Path("my.yaml").write_text(text, encoding="utf-8")
    first = message("my.yaml").split("\n")[0]
    assert first.startswith(f"my.yaml:{place}: ")
    assert [word for word in words if word not in first] == []
    for command in ("run", "controls"):
        done = call(command, "my.yaml")
        assert (done.exit_code, done.stdout) == (2, "")
    assert [path.name for path in Path().iterdir()] == ["my.yaml"]


@pytest.mark.usefixtures("clashing")
def test_controls_that_contradict_each_other_are_refused():
    """Two controls that set a parameter differently are named with their values."""
    assert message("tiny", f"controls=[{SYMMETRIC}, clash]") == (
        f"--set controls=…: controls[1]: clash sets {BAD_NEWS} to 2, {SYMMETRIC} to 1; "
        "allowed: one of the two"
    )


def test_a_parameter_that_a_control_confirms_is_no_contradiction():
    """The same value may be stated twice."""
    scenario = load_scenario("tiny", {"controls": [SYMMETRIC], BAD_NEWS: 1})
    assert scenario == load_scenario("tiny", {"controls": [SYMMETRIC]})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x: {name: X, text: A.}\n", "a name, a text and settings"),
        ("x: {name: X, text: A., settings: {}, more: 1}\n", "a name, a text and settings"),
        ("x: {name: X, text: ' ', settings: {}}\n", "must say something"),
        ("x: {name: X, text: A., settings: {}}\n", "must set something"),
        ("x: {name: X, text: A., settings: {no.such: 1}}\n", "no.such: unknown parameter"),
        (f"x: {{name: X, text: A., settings: {{{BAD_NEWS}: 99}}}}\n", "99 is out of range"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(text, words, tmp_path):
    """A shipped file with a mistake stops the program with file, line and column."""
    (tmp_path / "controls.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"controls\.yaml:1:1: x") as caught:
        load_controls(tmp_path)
    assert words in str(caught.value)


def test_controls_cannot_be_changed():
    """The registry and its settings are read-only."""
    with pytest.raises(TypeError):
        CONTROLS["mine"] = CLASHING
    with pytest.raises(TypeError):
        CONTROLS[SYMMETRIC].settings[BAD_NEWS] = 2


def test_runs_are_paired_by_seed(small_world):
    """Each control has the baseline's seeds; the baseline's runs are those of `run`."""
    table = small_world.outcomes
    assert set(table["policy"]) == {"baseline", *CONTROLS}
    for _, mine in table.groupby("policy"):
        assert sorted(mine["seed"].unique()) == sorted(replication_seed(1, r) for r in (0, 1))
    alone = run_replications(load_scenario("tiny"), 2, jobs=1).outcomes
    mine = table[table["policy"] == "baseline"].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, alone, check_exact=True)


def test_serial_and_parallel_comparisons_are_the_same(small_world):
    """The number of processes changes no row."""
    parallel = run_controls(load_scenario("tiny"), 2, jobs=2)
    assert parallel.rows == small_world.rows
    pd.testing.assert_frame_equal(parallel.outcomes, small_world.outcomes, check_exact=True)


def test_differences_are_those_of_pairs(tiny):
    """Median and interval are of control minus baseline, run by run; a lone run counts not."""
    names = [one.id for one in OUTCOMES.values() if one.headline]
    values = {"baseline": [1.0, 2.0, 9.0, np.nan], SYMMETRIC: [2.0, 1.5, 9.0]}
    records = [
        ControlRun(policy, r, r, dict.fromkeys(names, value), None)
        for policy, given in values.items()
        for r, value in enumerate(given)
    ]
    rows = comparison_rows(tiny, [SYMMETRIC], records)
    assert [row["measure"] for row in rows] == names
    for row in rows:
        assert set(row) == KEYS
        assert (row["baseline"], row["value"], row["difference"], row["n"]) == (2, 2, 0, 3)
        assert (row["low"], row["high"]) == pytest.approx((-0.45, 0.9))


def test_the_hindcast_distance_is_that_of_the_hindcast(whole_world):
    """The baseline's distance and the naive one are the scores that `hindcast` gives."""
    scenario = load_scenario("baseline")
    runs = [AllianceModel(scenario, rng=replication_seed(1, r)).run() for r in range(3)]
    past = [PastRecord(r, r, {}, run.import_volumes()) for r, run in enumerate(runs)]
    scores = {
        row["window"]: row
        for row in hindcast_rows(scenario, past)
        if row["kind"] == "score" and row["score"] == "tvd" and not row["without_ukraine"]
    }
    rows = [row for row in whole_world.rows if row["kind"] == "hindcast"]
    assert {row["window"] for row in rows} == {"2015-19", "2020-24"}
    for row in rows:
        score = scores[row["window"]]
        assert row["baseline"] == pytest.approx(score["model"])
        assert row["naive"] == pytest.approx(score["naive"])
        assert row["difference"] == pytest.approx(row["value"] - row["baseline"])


@pytest.mark.parametrize(
    ("config", "settings", "scored"),
    [
        ("baseline", {}, True),
        ("baseline", {"horizon.end": "2024Q4"}, True),
        ("baseline", {"horizon.end": "2024Q3"}, False),
        ("baseline", {"world.domains": ["land"], "events": []}, False),
        ("tiny", {}, False),
    ],
)
def test_the_hindcast_is_told_of_the_whole_world_alone(config, settings, scored):
    """A part of the world, or a run that ends before 2024Q4, has no hindcast."""
    assert is_scored(load_scenario(config, settings)) is scored


def test_a_control_that_the_config_has_is_part_of_its_baseline():
    """Only the other controls are compared, each on top of it."""
    scenario = load_scenario("tiny", {"controls": [SYMMETRIC]})
    variants = compared(scenario)
    assert set(variants) == {"baseline", *CONTROLS} - {SYMMETRIC}
    assert all(SYMMETRIC in one.controls for one in variants.values())
    assert all(one.parameters[BAD_NEWS] == 1 for one in variants.values())


def test_a_single_pair_of_runs_claims_nothing(whole_world):
    """With one run no interval is printed, and nothing is said of how clear a difference is."""
    found = run_controls(whole_world.scenario, 1, jobs=1)
    outcomes, past = outcome_lines(found.rows), hindcast_lines(found.rows)
    assert {line[OUTCOME_COLUMNS.index("90 % interval")] for line in outcomes} == {"–"}
    assert {line[HINDCAST_COLUMNS.index("90 % interval")] for line in past} == {"–"}
    for words in (line[-1] for line in (*outcomes, *past)):
        assert words.split(",")[0] in ("a single pair of runs", "identical", "no pair of runs")
    assert control_headline(found.rows).startswith("A single run")
