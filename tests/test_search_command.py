"""The command `search`: its folder, a kill and what comes after it, and its figures."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import matplotlib
import pandas as pd
import pytest
from figure_texts import beyond_the_edge, collisions, headline
from toy_search import TEXT, Toy, study_of, toy_result
from typer.testing import CliRunner, Result

from alliance_abm.cli import app
from alliance_abm.outcomes import OUTCOMES
from experiments.search.confirm import REFERENCE
from experiments.search.confirm import Result as Found
from viz.charts_search import search_effects, search_levers
from viz.charts_search_goals import search_tradeoffs
from viz.search import draw_search
from viz.theme import RC

ROOT = Path(__file__).parent.parent
STUDY = """title: A search in the tiny world
description: Levers that act in it, with goals turned so that something is found.
config: tiny
start: 2013Q1
levers: [dcs_tracked, parallel_reviews, fms_fast_track_all, placebo]
objectives:
  - {outcome: gap_years, goal: up}
  - {outcome: us_unit_cost, goal: up}
  - {outcome: us_share_deliveries, goal: down}
  - {outcome: fms_months_to_contract, goal: down}
report: [policy_cost_us]
references: [rand-4]
population: 6
replications: 3
more: 1
most: 5
finalists: 4
confirmations: 8
steps: 2
"""
WORDS = ["search", "study.yaml", "--budget", "230", "--jobs", "1", "--quiet"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the study."""
    path = tmp_path_factory.mktemp("search")
    (path / "study.yaml").write_text(STUDY, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def whole(folder: Path) -> Path:
    """A search that nothing interrupted."""
    done = CliRunner().invoke(app, given(folder, "whole"))
    assert done.exit_code == 0, done.stderr
    return folder / "whole"


def given(folder: Path, out: str, *words: str) -> list[str]:
    """The words of the command."""
    named = [str(folder / "study.yaml") if word == "study.yaml" else word for word in WORDS]
    return [*named, "--out", str(folder / out), *words]


def test_the_folder_holds_what_was_found_and_every_run(whole: Path):
    """Tables, manifest, summary and figures; runs are counted and seeds kept apart."""
    names = {path.name for path in whole.iterdir()}
    assert names == {
        "evaluations.parquet", "figures", "flattery.csv", "front.csv", "front.parquet",
        "manifest.json", "portfolios.csv", "summary.md",
    }  # fmt: skip
    manifest = json.loads((whole / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["finished"]
    assert manifest["runs"] <= manifest["budget"] == 230
    runs = pd.read_parquet(whole / "evaluations.parquet")
    seeds = runs.groupby("phase")["seed"].agg(set)
    assert not seeds["search"] & seeds["confirm"]
    front = pd.read_parquet(whole / "front.parquet")
    assert set(front["kind"]) == {"found", "reference"}
    assert front.loc[front["goal"] != 0, "n"].eq(8).all()
    text = (whole / "summary.md").read_text(encoding="utf-8")
    assert "fresh seeds" in text
    assert "01_portfolios.svg" in text
    assert OUTCOMES["policy_cost_us"].name in text


def test_a_killed_search_goes_on_to_the_same_front(folder: Path, whole: Path):
    """SIGKILL after some batches leaves what they ran; --resume ends with the same files."""
    command = [sys.executable, "-m", "alliance_abm", *given(folder, "killed", "--no-figures")]
    path = folder / "killed" / "evaluations.parquet"
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)})
    while not path.exists() and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    manifest = json.loads((path.parent / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["finished"] is None
    assert not (path.parent / "front.parquet").exists()
    assert len(pd.read_parquet(path)) < len(pd.read_parquet(whole / path.name))
    done = CliRunner().invoke(app, given(folder, "killed", "--resume", "--no-figures"))
    assert done.exit_code == 0, done.stderr
    for name in ("front.parquet", "flattery.csv", "portfolios.csv", "evaluations.parquet"):
        assert (path.parent / name).read_bytes() == (whole / name).read_bytes()


def test_json_holds_a_row_a_portfolio_and_outcome(folder: Path, whole: Path):
    """A finished search can be asked again without a run."""
    done = CliRunner().invoke(app, given(folder, "whole", "--resume", "--json", "--no-figures"))
    answer = json.loads(done.stdout)
    assert answer["command"] == "search"
    assert len(answer["rows"]) == len(pd.read_parquet(whole / "front.parquet"))
    assert {"portfolio", "stays", "low", "high", "n", "p_holm"} <= set(answer["rows"][0])


def refused(folder: Path, out: str, *words: str) -> str:
    """The message of a command that is the user's mistake."""
    done: Result = CliRunner().invoke(app, given(folder, out, *words))
    assert done.exit_code == 2
    return done.stderr


def test_mistakes_leave_nothing_behind(folder: Path, whole: Path, tmp_path: Path):
    """A folder that is taken, nothing to resume, another search's folder, too few runs."""
    assert "exists; allowed: a new folder, or --overwrite" in refused(folder, "whole")
    assert "holds no search" in refused(folder, "none", "--resume")
    assert "another budget (230, now 229)" in refused(folder, "whole", "--resume", "--budget=229")
    assert "another config hash" in refused(folder, "whole", "--resume", "--seed", "2")
    assert "runs are too few" in refused(folder, "few", "--budget", "20")
    assert "contradict each other" in refused(folder, "whole", "--resume", "--overwrite")
    assert not (folder / "none").exists()
    assert not (folder / "few").exists()
    other = CliRunner().invoke(app, ["search", "headline", "--out", str(tmp_path / "x")])
    assert other.exit_code == 2
    assert "STUDY: no search is named 'headline'" in other.stderr
    assert not (tmp_path / "x").exists()


# --- figures ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """A made-up search with a reference."""
    folder = tmp_path_factory.mktemp("toy")
    study = study_of(folder, TEXT + "references: [rand-4, rand-6]\n")
    return toy_result(study, 900)


def test_figures_say_what_was_found_without_collisions(found: Found):
    """Headlines follow from the fresh seeds; no text stands on another or beyond the edge."""
    with matplotlib.rc_context(dict(RC)):
        figures = [
            search_effects(found), search_effects(found, REFERENCE), search_tradeoffs(found),
            search_levers(found),
        ]  # fmt: skip
        for figure in figures:
            assert collisions(figure) == []
            assert beyond_the_edge(figure) == []
    number = len(found.found)
    assert f"{number} portfolios, {number} of them non-dominated" in headline(figures[0])
    assert headline(figures[2]) == (
        f"{number} of {number} portfolios clearly improve 'Capability gap' at the price of 'U.S. "
        "unit cost'"
    )
    assert f"Multinational FMS (pooled buys) is in {number}" in headline(figures[3])


def test_where_nothing_was_found_the_figures_say_so(tmp_path: Path):
    """No empty chart: a sentence stands in its place."""
    study = study_of(tmp_path)
    harm = Toy(study, lambda sizes, _: dict.fromkeys(("gap_years", "us_unit_cost"), 1.0))
    nothing = toy_result(study, 600, harm)
    written = draw_search(nothing, tmp_path)
    assert [path.name for path in written if path.suffix == ".svg"] == [
        "01_portfolios.svg", "02_trade_offs.svg", "03_levers.svg"
    ]  # fmt: skip
    assert "no portfolio" in headline(search_effects(nothing))
