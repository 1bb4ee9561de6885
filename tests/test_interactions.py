"""Interactions: the designs, what effects they give back, and the command."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from figure_texts import beyond_the_edge, collisions
from typer.testing import CliRunner

from alliance_abm.cli import app
from alliance_abm.problems import ConfigError
from alliance_abm.scenario import load_scenario
from experiments.factorial import (
    GENERATORS,
    MOST_FACTORS,
    design,
    main_effects,
    resolution,
    together,
)
from experiments.interactions import (
    PAIR,
    Interactions,
    Study,
    effect_rows,
    headlines,
    load_study,
    run_study,
)
from experiments.interactions_text import effect_lines, summary_text
from viz import charts
from viz.charts_interactions import interaction_headline
from viz.theme import RC

SEEDS = 12
STUDY = """title: A small study
description: Two levers and the control.
replications: 2
levers:
  - {lever: dcs_tracked, start: 2013Q1}
  - {lever: placebo, start: 2013Q1}
  - {lever: parallel_reviews, start: 2013Q1}
pairs:
  - {pair: [dcs_tracked, placebo], why: Nothing reads the placebo.}
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A study of three levers, one of them the control."""
    path = tmp_path / "small.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


# --- designs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("factors", GENERATORS)
def test_no_two_effects_of_a_design_are_mixed(factors: int):
    """Columns of all main effects and pairs are orthogonal: the resolution is V or more."""
    signs = design(factors).astype(int)
    pairs = [signs[:, a] * signs[:, b] for a, b in itertools.combinations(range(factors), 2)]
    columns = np.column_stack([np.ones(len(signs), int), signs, *pairs])
    assert (columns.T @ columns == len(signs) * np.eye(columns.shape[1])).all()
    assert (resolution(factors) or 5) >= 5


@pytest.mark.parametrize("factors", GENERATORS)
def test_the_first_policy_of_a_design_has_no_lever(factors: int):
    """It is the baseline, which need not be run twice; no policy stands twice."""
    signs = design(factors)
    assert (signs[0] == -1).all()
    assert len(np.unique(signs, axis=0)) == len(signs)


def test_more_factors_than_generators_are_refused():
    """There is no design that could silently mix effects."""
    with pytest.raises(ValueError, match=f"allowed: 1 to {MOST_FACTORS}"):
        design(MOST_FACTORS + 1)


def test_known_effects_come_back():
    """Of y = 3 a + 2 b + 5 a b with a, b of 0 or 1: main effects at the mean of the other."""
    signs = design(6)
    on = (signs + 1) / 2
    values = 3 * on[:, 0] + 2 * on[:, 1] + 5 * on[:, 0] * on[:, 1]
    assert main_effects(signs, values) == pytest.approx([5.5, 4.5, 0, 0, 0, 0])
    assert together(signs, values, 0, 1) == pytest.approx(5.0)
    assert together(signs, values, 0, 2) == pytest.approx(0.0)


# --- studies ------------------------------------------------------------------------------------


def made_up(study: Study, both: float) -> pd.DataFrame:
    """Effects of runs in which the first pair does `both` beyond the sum of its parts."""
    signs = design(len(study.levers))
    on = (signs + 1) / 2
    names = [use.lever for use in study.levers]
    one, other = (names.index(name) for name in study.pairs[0].pair)
    noise = np.random.default_rng(1).normal(0.0, 0.01, (SEEDS, 1, len(headlines())))
    values = 1.0 + on[:, one] + both * on[:, one] * on[:, other]
    return effect_rows(study, signs, values[None, :, None] + noise, 1)


def test_an_effect_is_clear_only_where_there_is_one(small: Path):
    """The level of a seed cancels out of its effects; what adds up is found to add up."""
    study = load_study(small)
    for both in (0.0, 0.25):
        frame = made_up(study, both)
        pairs = frame[frame["kind"] == PAIR]
        assert pairs["effect"].to_numpy() == pytest.approx(np.full(len(pairs), both))
        assert pairs["n"].eq(SEEDS).all()
        verdicts = {line[-1] for line in effect_lines(frame, PAIR)}
        assert ("clear" in verdicts) == (both > 0)


def test_a_seed_that_lacks_a_run_is_left_out(small: Path):
    """An effect needs every policy of its seed."""
    study = load_study(small)
    signs = design(3)
    values = np.ones((3, len(signs), len(headlines())))
    values[1, 4] = np.nan
    assert effect_rows(study, signs, values, 1)["n"].eq(2).all()


def test_the_shipped_study_names_the_pairs_of_the_specification():
    """Its levers exist, and each pair says why it may not add up."""
    study = load_study()
    assert len(design(len(study.levers))) == 128
    assert {frozenset(one.pair) for one in study.pairs} == {
        frozenset({"pooled_buying", "cross_functional_workforce"}),
        frozenset({"fms_fast_track", "cross_functional_workforce"}),
        frozenset({"trusted_partnership", "technology_protection"}),
        frozenset({"hybrid_programmes", "innovation_compacts"}),
        frozenset({"exportability_by_design", "export_control_reform"}),
        frozenset({"dcs_tracked", "credible_demand_signals"}),
    }


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("placebo, start", "plasebo, start", "'plasebo' is not a lever"),
        ("[dcs_tracked, placebo]", "[dcs_tracked]", "pairs[0].pair: is no pair"),
        ("[dcs_tracked, placebo]", "[placebo, placebo]", "pairs[0].pair: is no pair"),
        ("[dcs_tracked, placebo]", "[dcs_traked, placebo]", "did you mean 'dcs_tracked'?"),
        ("replications: 2", "replications: 0", "replications: 0 is out of range"),
        ("title: A", "titel: A", "did you mean 'title'?"),
    ],
)
def test_a_mistake_in_a_study_is_said_with_its_place(small: Path, old: str, new: str, words: str):
    """file:line:column, the field, the value, what is allowed."""
    small.write_text(STUDY.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_study(small)
    assert str(caught.value).startswith(f"{small}:")
    assert words in str(caught.value)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Interactions:
    """The small study on the tiny world."""
    path = tmp_path_factory.mktemp("study") / "small.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return run_study(load_study(path), load_scenario("tiny"), jobs=1)


def test_the_control_has_no_effect_alone_or_with_another(found: Interactions):
    """Whatever the other levers do, the placebo changes nothing at all."""
    frame = found.effects
    control = frame[(frame["lever"] == "placebo") | (frame["other"] == "placebo")]
    assert len(control) == 2 * len(headlines())
    known = control[control["n"] > 0]
    assert len(known)
    assert known["effect"].abs().max() < 1e-12
    assert found.policies == 8
    assert found.failures == []


def test_a_seed_gives_the_same_numbers_again(found: Interactions, small: Path):
    """The study is reproducible."""
    again = run_study(load_study(small), load_scenario("tiny"), jobs=1)
    pd.testing.assert_frame_equal(again.effects, found.effects)


def test_the_summary_holds_every_effect_and_the_reasons(found: Interactions):
    """Levers, pairs and why these pairs."""
    text = summary_text(found)
    assert text.count("\n| ") == len(found.effects) + 4
    assert "Nothing reads the placebo." in text


def test_the_figure_says_what_its_rows_are_and_has_no_collisions(small: Path):
    """A row a pair, a panel a headline; the headline sentence names a clear pair."""
    study = load_study()
    scenario = load_scenario("baseline")
    for both in (0.0, 0.25):
        effects = made_up(study, both)
        result = Interactions(study, scenario, effects, 128, SEEDS, [])
        with matplotlib.rc_context(dict(RC)):
            figure = charts.interaction_effects(result)
            assert collisions(figure) == []
            assert beyond_the_edge(figure) == []
        assert len(figure.axes) == len(headlines())
        assert len(figure.axes[0].get_yticklabels()) == len(study.pairs)
        headline = figure.texts[0].get_text().replace("\n", " ")
        rows = effects[effects["kind"] == PAIR].to_dict("records")
        assert headline == interaction_headline(rows)
        assert ("add up to" in headline) == (both > 0)


def test_the_command_writes_tables_summary_and_figure(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Rows as JSON on standard output; files in a new folder; a wrong study leaves nothing."""
    monkeypatch.chdir(tmp_path)
    words = ["interactions", "tiny", "--study", str(small), "--jobs", "1", "--json", "--quiet"]
    done = CliRunner().invoke(app, [*words, "--out", "r"])
    assert done.exit_code == 0
    rows = json.loads(done.stdout)["rows"]
    assert {row["kind"] for row in rows} == {"lever", "pair"}
    names = {path.name for path in Path("r").iterdir()}
    assert names == {"effects.parquet", "effects.csv", "manifest.json", "summary.md", "figures"}
    assert {path.suffix for path in Path("r/figures").iterdir()} == {".svg", ".png"}
    wrong = CliRunner().invoke(app, ["interactions", "--study", "interaction", "--out", "s"])
    assert wrong.exit_code == 2
    assert "STUDY: no study is named 'interaction'" in wrong.stderr
    assert not Path("s").exists()
