"""The command `compare`: what it prints, writes, refuses and leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import doubles
import pandas as pd
import pytest
from typer.testing import CliRunner

from alliance_abm import AllianceModel
from alliance_abm.cli import app
from alliance_abm.outcomes import OUTCOMES
from experiments.folders import is_result_folder
from experiments.runner import replication_seed

ROOT = Path(__file__).parent.parent
PATIENCE = 120
LEVER = "dcs_tracked"
START = ["--start", "2014Q1"]
TINY = ["compare", "tiny", "--replications", "2", "--jobs", "1", "--no-figures", *START]
KEYS = {
    "policy", "world", "outcome", "baseline", "difference", "low", "high", "p_holm", "sign_share",
    "n", "replications_needed",
}  # fmt: skip
FILES = [
    "comparison.csv", "differences.parquet", "lost.parquet", "manifest.json", "outcomes.parquet",
    "series.parquet", "stages.parquet", "summary.md", "tiers.parquet",
]  # fmt: skip


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def call(*words: str):
    return CliRunner().invoke(app, list(words))


def test_the_command_prints_and_writes(tmp_path):
    """Tables and a paragraph on standard output; tables, summary and manifest in the folder."""
    done = call(*TINY, "--lever", f"{LEVER}=50", "--lever", "placebo")
    assert done.exit_code == 0, done.stderr
    out = " ".join(done.stdout.split())
    assert "2 pairs of runs on the same seeds, world baseline: headlines" in out
    assert "What it costs: each lever with its bill alone" in out
    assert "it is not a forecast" in out
    assert done.stderr.splitlines()[-1] == "written: results/compare-tiny"
    folder = tmp_path / "results" / "compare-tiny"
    assert sorted(path.name for path in folder.glob("*.*")) == sorted(["bills.parquet", *FILES])
    assert is_result_folder(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in manifest["policies"]] == [f"{LEVER}=50", "placebo"]
    assert manifest["policies"][0]["levers"][0]["start"] == "2014Q1"
    assert manifest["seeds"] == [replication_seed(1, 0), replication_seed(1, 1)]
    assert (manifest["runs"], manifest["failed"], manifest["worlds"]) == (6, 0, ["baseline"])
    differences = pd.read_parquet(folder / "differences.parquet")
    assert len(differences) == 2 * len(OUTCOMES)
    csv = pd.read_csv(folder / "comparison.csv")
    assert len(csv) == len(differences)
    assert set(csv["verdict"]) <= {"clear", "unclear", "none", "too few pairs", "no pair"}


def test_the_summary_can_be_quoted():
    """A paragraph a policy with size, start, runs, world, grades and what it costs."""
    call(*TINY, "--lever", f"{LEVER}=50", "--lever", "placebo", "--draws", "1", "--quiet")
    text = Path("results/compare-tiny/summary.md").read_text(encoding="utf-8")
    short = text.split("## In short")[1].split("\n##")[0]
    quoted = [part for part in short.split("\n\n") if part.strip()]
    assert len(quoted) == 2
    for part in quoted:
        for words in ("from 2014Q1", "In the world baseline it", "Pairs of runs: 2",
                      "1 draw of the assumed parameters", "Grade of the lever",
                      "What it costs:", "not a forecast"):  # fmt: skip
            assert words in part
    assert "changes exactly nothing" in quoted[1]
    assert "(50 percentage points" in quoted[0]
    assert "half-width a quarter of the difference" in text


def test_the_placebo_is_exactly_zero_through_the_whole_command():
    """Also beside another lever and over draws: zero, [0, 0], p = 1, sign kept in every draw."""
    done = call(*TINY, "--lever", "placebo", "--lever", LEVER, "--draws", "2", "--json", "--quiet")
    assert done.stderr == ""
    answer = json.loads(done.stdout)
    assert answer["command"] == "compare"
    rows = answer["rows"]
    assert all(set(row) == KEYS for row in rows)
    assert [row["outcome"] for row in rows] == 2 * list(OUTCOMES)
    mine = [row for row in rows if row["policy"] == "placebo" and row["n"] == 2]
    assert len(mine) > 20
    for row in mine:
        figures = [row[key] for key in ("difference", "low", "high", "p_holm")]
        assert figures == [0, 0, 0, 1]
        assert row["sign_share"] in (1, None)
    table = pd.read_parquet("results/compare-tiny/outcomes.parquet")
    sides = [table[table["policy"] == name] for name in ("baseline", "placebo")]
    values = [side.sort_values(["draw", "replication", "outcome"])["value"] for side in sides]
    assert len(values[0]) == 6 * len(OUTCOMES)
    assert values[0].to_numpy().tobytes() == values[1].to_numpy().tobytes()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "compare: no policy is given; allowed: --lever"),
        (["--lever", "dcs_tracke"], "did you mean 'dcs_tracked'?"),
        (["--lever", f"{LEVER}=500"], "dcs_tracked.size: 500 is out of the range of dcs_tracked"),
        (["--lever", f"{LEVER}=.nan"], "dcs_tracked.size: nan is not a finite number"),
        (["--lever", f"{LEVER}=much"], "'much' is not a size"),
        (["--lever", "placebo", "--lever", "placebo"], "placebo: is named twice"),
        (["--preset", "no-such-preset"], "--preset: no preset is named 'no-such-preset'"),
        (["--lever", "placebo", "--world", "baselin"], "did you mean 'baseline'?"),
        (["--lever", "placebo", "--replications", "0"], "--replications"),
        (["--lever", "placebo", "--draws", "-1"], "--draws"),
        (["--lever", "placebo", "--jobs", "0"], "--jobs"),
        (["--lever", "placebo", "--start", "2026Q1"], "2026Q1 is after the end of the run"),
        (["--lever", "placebo", "--start", "soon"], "--start: 'soon' is not a quarter"),
        (["--lever", "placebo", "--half-width", "0"], "--half-width: 0 is out of range"),
        (["--lever", "placebo", "--half-width", "nan"], "--half-width: nan is out of range"),
        (["--lever", "placebo", "--break-even", "gap_year"], "did you mean 'gap_years'?"),
    ],
)
def test_a_mistake_gets_one_message_and_nothing_is_written(words, message, tmp_path, monkeypatch):
    """Exit 2, no traceback, no run, no folder."""
    monkeypatch.setattr(AllianceModel, "run", None)
    done = call(*TINY, *words)
    assert done.exit_code == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_refused_before_anything_runs(monkeypatch):
    """Exit 2, and what is in the folder stays."""
    Path("r").mkdir()
    Path("r/mine.txt").write_text("mine", encoding="utf-8")
    monkeypatch.setattr(AllianceModel, "run", None)
    for words in ([], ["--overwrite"]):
        done = call(*TINY, "--lever", "placebo", "--out", "r", *words)
        assert done.exit_code == 2
        assert "--out r: " in done.stderr
    assert [path.name for path in Path("r").iterdir()] == ["mine.txt"]


def test_a_run_that_raises_is_named_and_the_rest_compared(monkeypatch):
    """Exit 3; the failure is in the folder and in the summary."""
    run = AllianceModel.run

    def sometimes(self: AllianceModel) -> AllianceModel:
        if self.scenario.levers and self.run_seed == replication_seed(1, 1):
            raise ArithmeticError("negative stock")
        return run(self)

    monkeypatch.setattr(AllianceModel, "run", sometimes)
    done = call(*TINY, "--lever", "placebo", "--json")
    assert done.exit_code == 3
    said = f"failed: placebo in world baseline, replication 1 (seed {replication_seed(1, 1)})"
    assert said in done.stderr
    assert {row["n"] for row in json.loads(done.stdout)["rows"]} <= {0, 1}
    folder = Path("results/compare-tiny")
    assert len(pd.read_parquet(folder / "failures.parquet")) == 1
    assert "negative stock" in (folder / "summary.md").read_text(encoding="utf-8")


def test_figures_that_fail_cost_no_results(monkeypatch):
    """Exit 1, said where the log is, and the tables are there."""
    from viz import compare as drawing

    def fail(comparison, folder):
        raise ArithmeticError("no ink")

    monkeypatch.setattr(drawing, "draw_comparison", fail)
    words = [word for word in TINY if word != "--no-figures"]
    done = call(*words, "--lever", "placebo")
    assert done.exit_code == 1
    assert "the figures failed: ArithmeticError: no ink" in done.stderr
    assert is_result_folder(Path("results/compare-tiny"))


def test_figures_are_drawn_and_named_in_the_summary():
    """Each figure is in the folder as SVG, and the summary shows it."""
    words = [word for word in TINY if word != "--no-figures"]
    done = call(*words, "--lever", f"{LEVER}=50")
    assert done.exit_code == 0, done.stderr
    folder = Path("results/compare-tiny")
    drawn = sorted(path.name for path in (folder / "figures").glob("*.svg"))
    assert drawn
    summary = (folder / "summary.md").read_text(encoding="utf-8")
    assert all(f"](figures/{name})" in summary for name in drawn)


def test_break_even_sizes_are_written():
    """A table of its own, printed and stored; the placebo has none."""
    done = call(*TINY, "--lever", "placebo", "--break-even", "gap_years")
    assert done.exit_code == 0, done.stderr
    assert "no effect at any size" in " ".join(done.stdout.split())
    (row,) = pd.read_parquet("results/compare-tiny/break_even.parquet").itertuples()
    assert (row.policy, row.outcome) == ("placebo", "gap_years")


@pytest.mark.parametrize("moment", ["run", "break-even"])
def test_an_interrupted_comparison_leaves_nothing(moment, monkeypatch, tmp_path):
    """An interruption ends with 130, in the runs or after them; no folder stays."""
    run, runs = AllianceModel.run, []

    def interrupt(self: AllianceModel) -> AllianceModel:
        runs.append(self.run_seed)
        if len(runs) > (1 if moment == "run" else 6):
            raise KeyboardInterrupt
        return run(self)

    monkeypatch.setattr(AllianceModel, "run", interrupt)
    done = call(*TINY, "--lever", "placebo", "--break-even", "gap_years")
    assert done.exit_code == 130
    assert "interrupted" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_interrupt_key_ends_parallel_runs_and_leaves_nothing(tmp_path):
    """Ctrl-C in the middle of work on two processes: exit 130, no folder, no process."""
    words = ["compare", "tiny", "--lever", "placebo", *START, "--replications", "100000"]
    process = subprocess.Popen(
        [sys.executable, "-m", "alliance_abm", *words, "--jobs", "2", "--no-figures"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=doubles.hear_interrupts,
    )
    results = tmp_path / "results"
    end = time.monotonic() + PATIENCE
    while not (results.exists() and list(results.iterdir())):
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert (out, err) == ("", "interrupted; nothing was left behind\n")
    assert list(tmp_path.iterdir()) == []
