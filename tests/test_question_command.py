"""The commands `question` and `questions`, from a file to an answer."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from alliance_abm.cli import app
from experiments.batch.read import read_batch

FILE = """\
question: What does a fast track change?
experiment:
  title: A fast track in the tiny world
  description: Three seeds of the tiny world.
  config: tiny
  replications: 3
  start: 2014Q1
  policies: [{lever: fms_fast_track_all=70, name: fast, title: Fast track}]
  design: {method: one_at_a_time, factors: [{parameter: queues.lor_days, values: [150]}]}
  outcomes: [fms_months_to_contract, gap_years]
figure: {kind: changes, outcomes: [fms_months_to_contract], policies: [fast]}
short: The time {changes fms_months_to_contract of fast}.
answer: The fast track {changes fms_months_to_contract gap_years of fast}.
depends: On this.
not_answered: That.
"""


@pytest.fixture
def own_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file for R-Q4 of its own, to work in."""
    folder = tmp_path / "configs" / "questions"
    folder.mkdir(parents=True)
    (folder / "R-Q4.yaml").write_text(FILE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def called(*words: str) -> Result:
    """The command with these words."""
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_question_is_run_and_answered(own_question: Path) -> None:
    """Words on standard output; tables, figure and the batch in the folder, which can be read."""
    done = called("question", "R-Q4", "--jobs", "1", "--out", "answer", "--quiet")
    assert done.exit_code == 0, done.output
    for part in ("What does a fast track change?", "N = 12 runs", "3 seeds", "90 % intervals",
                 "What a simulation cannot say", "“Capability gap”"):  # fmt: skip
        assert part in " ".join(done.stdout.split()), done.stdout
    out = own_question / "answer"
    batch = read_batch(out)
    assert batch.complete and batch.runs_total == 12
    table = pd.read_parquet(out / "analysis" / "answer.parquet")
    assert set(table["outcome"]) == {"fms_months_to_contract", "gap_years"}
    assert table["n"].eq(3).all()
    assert {one.name for one in (out / "figures").iterdir()} == {"R-Q4.svg", "R-Q4.png"}
    assert "fast track" in (out / "answer.md").read_text(encoding="utf-8")
    again = called("question", "R-Q4", "--jobs", "1", "--out", "answer", "--quiet")
    assert again.exit_code == 2 and "exists" in again.stderr


def test_json_has_the_words_and_every_number(own_question: Path) -> None:
    """One object; fewer replications hold for the points of the design too."""
    done = called("question", "r-q4", "--jobs", "1", "--replications", "2", "--json", "--quiet")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    first, *rows = answer["rows"]
    assert answer["command"] == "question" and first["what"] == "answer"
    assert "N = 8 runs" in first["text"] and first["not_answered"] == "That."
    assert {row["outcome"] for row in rows} == {"fms_months_to_contract", "gap_years"}
    assert all(row["n"] == 2 and row["low"] <= row["high"] for row in rows)


def test_what_is_no_question_for_a_simulation_says_why() -> None:
    """Exit 0, the reason, and nothing is run."""
    done = called("question", "R-Q14")
    assert done.exit_code == 0
    assert "Not a question for a simulation: There are no firms in the model" in done.stdout
    row = json.loads(called("question", "R-Q14", "--json").stdout)["rows"][0]
    assert row["what"] == "no answer" and "no firms" in row["text"]


def test_an_unknown_question_is_the_users_mistake() -> None:
    """One message with the nearest name, exit 2."""
    done = called("question", "R-Q27")
    assert done.exit_code == 2
    assert "no question is named 'R-Q27'" in done.stderr and "did you mean 'R-Q" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_file_is_told_with_its_place_and_nothing_is_written(own_question: Path) -> None:
    """A placeholder that means nothing is found before anything is run."""
    path = own_question / "configs" / "questions" / "R-Q4.yaml"
    path.write_text(FILE.replace("of fast}", "of fats}"), encoding="utf-8")
    done = called("question", "R-Q4", "--out", "answer")
    assert done.exit_code == 2
    assert (
        "R-Q4.yaml:13:9: answer: {changes" in done.stderr and "did you mean 'fast'" in done.stderr
    )
    assert not (own_question / "answer").exists()


def test_the_list_has_every_question_with_its_status() -> None:
    """Twenty-six questions: twenty with an experiment, six with a reason."""
    rows = json.loads(called("questions", "--json").stdout)["rows"]
    assert [row["question"] for row in rows] == [f"R-Q{number}" for number in range(1, 27)]
    assert sum(row["class"] == "N" for row in rows) == 6
    assert all("not a question" in row["status"] for row in rows if row["class"] == "N")
    done = called("questions")
    assert done.exit_code == 0 and "26 research questions, 20 with an experiment" in done.stdout
