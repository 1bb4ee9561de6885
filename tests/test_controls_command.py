"""The command `controls` and its figure."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import matplotlib
import pandas as pd
import pytest
from figure_texts import beyond_the_edge, collisions
from typer.testing import CliRunner

from alliance_abm import AllianceModel
from alliance_abm.cli import app
from alliance_abm.controls import CONTROLS, Control
from alliance_abm.scenario import load_scenario
from experiments.controls import (
    run_controls,
)
from experiments.controls_text import (
    hindcast_lines,
)
from experiments.folders import is_result_folder
from experiments.runner import replication_seed
from viz import charts
from viz.theme import RC

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


def call(*words: str):
    return CliRunner().invoke(app, list(words))


def test_the_command_prints_and_writes(tmp_path, monkeypatch):
    """Tables on standard output; a folder with rows, outcomes, summary, manifest and figure."""
    monkeypatch.chdir(tmp_path)
    done = call(*TINY, "--out", "r")
    assert done.exit_code == 0, done.stderr
    assert "2 runs each on the same seeds" in " ".join(done.stdout.split())
    assert "Hindcast" not in done.stdout
    assert done.stderr.splitlines()[-1] == "written: r"
    files = sorted(path.relative_to("r").as_posix() for path in Path("r").rglob("*.*"))
    assert files == [
        "controls.csv", "controls.parquet", "figures/controls.png", "figures/controls.svg",
        "manifest.json", "outcomes.parquet", "summary.md",
    ]  # fmt: skip
    assert is_result_folder(Path("r"))
    table = pd.read_parquet("r/controls.parquet")
    assert set(table.columns) == KEYS
    assert len(pd.read_csv("r/controls.csv")) == len(table)
    summary = Path("r/summary.md").read_text(encoding="utf-8")
    assert all(one.text in summary for one in CONTROLS.values())
    assert "](figures/controls.svg)" in summary
    manifest = json.loads(Path("r/manifest.json").read_text(encoding="utf-8"))
    assert manifest["controls"] == list(CONTROLS)
    assert manifest["seeds"] == [replication_seed(1, 0), replication_seed(1, 1)]


def test_the_command_answers_in_json():
    """--json prints one object with the rows of every control."""
    done = call(*TINY, "--json", "--quiet")
    answer = json.loads(done.stdout)
    assert (answer["command"], done.stderr) == ("controls", "")
    assert {row["control"] for row in answer["rows"]} == set(CONTROLS)
    assert all(set(row) == KEYS for row in answer["rows"])


@pytest.mark.usefixtures("in_a_folder")
def test_a_folder_that_exists_is_refused_before_anything_runs(monkeypatch):
    """Exit 2, and what is in the folder stays."""
    Path("r").mkdir()
    Path("r/mine.txt").write_text("mine", encoding="utf-8")
    monkeypatch.setattr(AllianceModel, "run", None)
    for words in ([], ["--overwrite"]):
        done = call(*TINY, "--out", "r", *words)
        assert done.exit_code == 2
        assert "--out r: " in done.stderr
    assert [path.name for path in Path("r").iterdir()] == ["mine.txt"]


@pytest.mark.usefixtures("in_a_folder")
def test_a_run_that_raises_is_named_with_its_control(monkeypatch):
    """The pair is left out, the rest is compared, and the exit code says 3."""
    run = AllianceModel.run

    def sometimes(self: AllianceModel) -> AllianceModel:
        if self.scenario.controls == (SYMMETRIC,) and self.run_seed == replication_seed(1, 1):
            raise ArithmeticError("negative stock")
        return run(self)

    monkeypatch.setattr(AllianceModel, "run", sometimes)
    done = call(*TINY, "--json", "--out", "r")
    assert done.exit_code == 3
    assert f"failed: {SYMMETRIC}, replication 1 (seed {replication_seed(1, 1)})" in done.stderr
    counts = {row["control"]: row["n"] for row in json.loads(done.stdout)["rows"]}
    assert counts == {name: 1 if name == SYMMETRIC else 2 for name in CONTROLS}
    assert SYMMETRIC in Path("r/summary.md").read_text(encoding="utf-8").split("failed")[1]


def test_controls_are_listed_without_a_run(monkeypatch):
    """--list prints id, name, settings and text."""
    monkeypatch.setattr(AllianceModel, "run", None)
    out = " ".join(call("controls", "--list").stdout.split())
    assert all(one.id in out and one.words in out for one in CONTROLS.values())
    (row,) = [
        row
        for row in json.loads(call("controls", "--list", "--json").stdout)["rows"]
        if row["id"] == SYMMETRIC
    ]
    assert row["settings"] == {BAD_NEWS: 1}


@pytest.mark.parametrize("world", ["small_world", "whole_world"])
def test_the_figure_has_a_panel_a_measure_and_no_collisions(world, request):
    """Every control is a row, every measure a panel; N, interval and the note are said."""
    found = request.getfixturevalue(world)
    with matplotlib.rc_context(dict(RC)):
        figure = charts.control_differences(found)
        assert collisions(figure) == []
        assert beyond_the_edge(figure) == []
    measures = {(row["measure"], row["window"]) for row in found.rows}
    assert len(figure.axes) == len(measures)
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == [one.name for one in CONTROLS.values()]
    words = " ".join(" ".join(text.get_text() for text in figure.texts).split())
    for part in (f"N = {found.replications}", "90 %", "Nations are illustrations"):
        assert part in words


def test_large_differences_are_written_beside_their_dots(whole_world):
    """A clear difference is filled and numbered, and the headline names the largest."""
    rows = [dict(row) for row in whole_world.rows]
    for row in rows:
        if row["control"] == "random_choice":
            size = 0.5 * row["baseline"]
            row |= {"value": row["baseline"] + size, "difference": size, "low": size * 0.9,
                    "high": size * 1.1}  # fmt: skip
        else:
            row |= {"value": row["baseline"], "difference": 0.0, "low": 0.0, "high": 0.0}
    found = replace(whole_world, rows=rows)
    with matplotlib.rc_context(dict(RC)):
        figure = charts.control_differences(found)
        assert collisions(figure) == []
    assert all(len(ax.texts) == 1 for ax in figure.axes)
    headline = figure.texts[0].get_text().replace("\n", " ")
    assert headline.startswith("Random choice changes results most")
    assert "the hindcast is worse in 1 of 7 controls, better in none" in headline
    assert {line[-1].split(",")[0] for line in hindcast_lines(rows)} == {
        "WORSE than the baseline",
        "identical",
    }


def test_a_config_with_every_control_has_nothing_to_compare():
    """No control is left: an empty table and a figure that says so, no error."""
    found = run_controls(load_scenario("tiny", {"controls": list(CONTROLS)}), 1, jobs=1)
    assert found.rows == []
    with matplotlib.rc_context(dict(RC)):
        figure = charts.control_differences(found)
    assert "already has every control" in figure.axes[0].texts[0].get_text().replace("\n", " ")
