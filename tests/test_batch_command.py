"""`batch` and `status` on the command line: what they say, and how they end."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from alliance_abm.cli import app

KEYS = {"shards_done", "shards_total", "runs_done", "runs_failed", "eta_s"}
TINY = ["batch", "tiny", "--jobs", "1"]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def call(*words: str):
    return CliRunner().invoke(app, list(words))


def test_a_batch_from_config_to_status(tmp_path):
    """It is run, told how far it is, refused a second time, and resumed with nothing to do."""
    done = call(*TINY)
    assert done.exit_code == 0, done.stderr
    assert "60 of 60 runs done, 0 failed" in done.stdout
    lines = done.stderr.splitlines()
    assert lines[0].startswith("progress runs_done=0 runs_total=60 runs_failed=0 shards_done=0")
    assert lines[-1] == "written: results/batch-tiny"
    status = json.loads(call("status", "results/batch-tiny", "--json").stdout)
    (row,) = status["rows"]
    assert status["command"] == "status" and set(row) >= KEYS
    assert (row["runs_done"], row["runs_failed"], row["eta_s"]) == (60, 0, 0)
    again = call(*TINY)
    assert again.exit_code == 2 and "--resume to go on with it" in again.stderr
    assert call(*TINY, "--resume", "--quiet").exit_code == 0


def test_a_dry_run_writes_nothing(tmp_path):
    """Runs, shards, time and disk are told, measured, as text and as JSON."""
    said = call(*TINY, "--dry-run").stdout
    assert "60 runs in 30 shards" in said and "on disk" in said
    row = json.loads(call(*TINY, "--dry-run", "--json").stdout)["rows"][0]
    assert row["runs"] == 60 and row["seconds_a_run"] > 0 and row["disk_bytes"] > 10_000
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["batch", "tinny"], "did you mean 'tiny'?"),
        (["batch", "baseline"], "no experiment is named 'baseline'"),
        (["batch", "tiny", "--shard", "3/2"], "--shard 3/2: is no part; allowed: I/N such as 1/8"),
        (["batch", "tiny", "--shard", "x"], "--shard x: is no part"),
        (["batch", "tiny", "--resume", "--overwrite"], "exclude each other"),
        (["status", "nowhere"], "nowhere: holds no batch"),
        (["status", "."], "holds no batch; allowed: a folder of `batch`"),
    ],
)
def test_mistakes_are_told(words, said, tmp_path):
    """One message, exit code 2, nothing written."""
    done = call(*words)
    assert done.exit_code == 2
    assert said in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    """Neither --resume nor --overwrite touches a folder that no batch wrote."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work", encoding="utf-8")
    for option in ("--resume", "--overwrite"):
        assert call(*TINY, "--out", "mine", option).exit_code == 2
    assert (folder / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_runs_that_fail_end_with_code_3(tmp_path, monkeypatch):
    """The rest is stored; the first failures are named with policy, draw and seed."""
    from alliance_abm.model import AllianceModel

    run = AllianceModel.run

    def sometimes(self: AllianceModel) -> AllianceModel:
        if self.scenario.parameters["choice.weight_price"] == 4:
            raise ZeroDivisionError("told to")
        return run(self)

    monkeypatch.setattr(AllianceModel, "run", sometimes)
    monkeypatch.setattr("experiments.batch.runner.Crew", _InProcess)
    done = call(*TINY)
    assert done.exit_code == 3, done.stderr
    assert "60 of 60 runs done, 16 failed" in done.stdout
    assert done.stderr.count("ZeroDivisionError: told to") == 10
    assert call("status", "results/batch-tiny").stdout.count("16 failed") == 1


class _InProcess:
    """A crew that does the shards itself, so that a test can change the model."""

    def __init__(self, job, workers, time_limit=None):
        self.job, self.notes = job, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def work(self, shards, take):
        from experiments.batch.shards import do_shard

        for shard in shards:
            take(do_shard(self.job, shard))
