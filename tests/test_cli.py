"""The commands: what they print where, what they write, and how they end."""

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

from alliance_abm.cli import app
from alliance_abm.model import AllianceModel
from alliance_abm.outcomes import OUTCOMES
from alliance_abm.parameters import CATALOGUE
from experiments.results import read_results
from experiments.runner import replication_seed

ROOT = Path(__file__).parent.parent
TINY = ["run", "tiny", "--replications", "2", "--jobs", "1", "--no-figures"]
COMMANDS = [
    "run",
    "hindcast",
    "controls",
    "resilience",
    "explain",
    "nations",
    "parameters",
    "outcomes",
    "check",
]
PATIENCE = 300


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def call(*words: str):
    return CliRunner().invoke(app, list(words))


def answer(*words: str) -> dict:
    done = call(*words, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def start(*words: str, **streams) -> subprocess.Popen:
    """The command as its own process."""
    return subprocess.Popen(
        [sys.executable, "-m", "alliance_abm", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=doubles.hear_interrupts,
        **streams,
    )


def failing_runs(monkeypatch, seeds: set[int]) -> None:
    """Let the model raise in the runs with these seeds."""
    run = AllianceModel.run

    def sometimes(self: AllianceModel) -> AllianceModel:
        if self.run_seed in seeds:
            raise ArithmeticError("negative stock")
        return run(self)

    monkeypatch.setattr(AllianceModel, "run", sometimes)


def test_the_front_door_imports_nothing_heavy():
    """Help is quick: numpy, pandas, numba, Mesa and the schema are imported when needed."""
    heavy = ("numpy", "pandas", "numba", "mesa", "pydantic", "pyarrow", "matplotlib", "yaml")
    code = f"import sys, alliance_abm.cli; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("words", [[], *([command] for command in COMMANDS)])
def test_every_command_explains_itself(words):
    """--help says what a command does."""
    done = call(*words, "--help")
    assert done.exit_code == 0
    assert "Usage" in done.stdout


def test_the_module_is_the_command():
    """`python -m alliance_abm` and the version."""
    process = start("--version")
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out.split()[0], err) == (0, "alliance-abm", "")


def test_a_run_prints_a_table_and_writes_a_folder():
    """Results go to standard output, messages to standard error, files to results/NAME."""
    done = call(*TINY)
    assert done.exit_code == 0
    assert "2 runs, seed 1" in done.stdout
    assert "90 % interval" in done.stdout
    assert done.stderr.splitlines() == ["running tiny: 2 runs done", "written: results/tiny"]
    stored = read_results("results/tiny")
    assert set(stored.outcomes["outcome"]) <= set(OUTCOMES)
    assert stored.manifest["seeds"] == [replication_seed(1, 0), replication_seed(1, 1)]
    assert [path.name for path in Path("results").iterdir()] == ["tiny"]


def test_a_run_answers_in_json():
    """--json prints one object; its rows have the keys of the interface and sound intervals."""
    found = answer(*TINY, "--out", "r")
    assert set(found) == {"command", "version", "config_hash", "rows"}
    assert found["command"] == "run"
    assert found["config_hash"] == read_results("r").manifest["config_hash"]
    for row in found["rows"]:
        assert set(row) == {"policy", "world", "outcome", "median", "low", "high", "n"}
        if row["n"]:
            assert row["low"] <= row["median"] <= row["high"]


def test_the_same_seed_gives_the_same_results_and_another_does_not():
    """Results follow from config and seed."""
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        assert call(*TINY, "--seed", seed, "--out", name).exit_code == 0
    a, b, c = (read_results(name).outcomes for name in "abc")
    pd.testing.assert_frame_equal(a, b, check_exact=True)
    assert not a["value"].equals(c["value"])


def test_serial_and_parallel_runs_of_the_model_are_the_same():
    """The model gives the same tables on one process as on two."""
    words = ["run", "tiny", "--replications", "4", "--no-figures"]
    for jobs in ("1", "2"):
        assert call(*words, "--jobs", jobs, "--out", jobs).exit_code == 0
    one, two = read_results("1"), read_results("2")
    pd.testing.assert_frame_equal(one.outcomes, two.outcomes, check_exact=True)
    pd.testing.assert_frame_equal(one.series, two.series, check_exact=True)
    pd.testing.assert_frame_equal(one.orders, two.orders, check_exact=True)


def test_quiet_says_nothing_beside_the_results():
    """--quiet leaves standard error empty."""
    assert call(*TINY, "--quiet").stderr == ""


def test_a_setting_reaches_the_run():
    """--set changes config and parameters, and the manifest keeps them."""
    done = call(*TINY, "--set", "horizon.end=2014Q4", "--set", "budgets.carry_over_cap_quarters=8")
    assert done.exit_code == 0
    config = read_results("results/tiny").manifest["config"]
    assert config["horizon"]["end"] == "2014Q4"
    assert config["parameters"] == {"budgets.carry_over_cap_quarters": 8.0}


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--replications", "0"],
        ["run", "--replications", "many"],
        ["run", "--jobs", "0"],
        ["run", "--seed", "-1"],
        ["run", "--seed", str(2**63)],
        ["run", "--no-such-option"],
        ["run", "tiny", "tiny"],
        ["run", "tiny", "--set", "seed"],
        ["run", "no-such-config"],
        ["no-such-command"],
        ["hindcast", "tiny"],
        ["nations", "no-such-config"],
        ["parameters", "--config", "no-such-config"],
        ["check", "tiny", "--set", "horizon.end=2009Q4"],
    ],
)
def test_a_user_s_mistake_ends_with_2_and_writes_nothing(words, tmp_path):
    """Wrong options and configs give a message, no traceback and no file."""
    done = call(*words)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("out", ["there", "file", "file/inside"])
def test_a_place_that_is_taken_is_refused_before_the_run(out, tmp_path, monkeypatch):
    """Nothing runs when the results could not be written."""
    Path("there").mkdir()
    Path("file").touch()
    failing_runs(monkeypatch, {replication_seed(1, number) for number in range(2)})
    done = call(*TINY, "--out", out)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"--out {out}: ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "there"]


def test_overwrite_replaces_the_results_of_an_earlier_run():
    """The folder of an earlier run is replaced on request only."""
    assert call(*TINY).exit_code == 0
    assert call(*TINY, "--seed", "2").exit_code == 2
    assert read_results("results/tiny").manifest["config"]["seed"] == 1
    assert call(*TINY, "--seed", "2", "--overwrite").exit_code == 0
    assert read_results("results/tiny").manifest["config"]["seed"] == 2


def test_a_run_that_fails_is_listed_and_ends_with_3(monkeypatch):
    """The other runs are written; the failed one is said with its seed."""
    seed = replication_seed(1, 1)
    failing_runs(monkeypatch, {seed})
    done = call(*TINY)
    assert done.exit_code == 3
    assert f"failed: replication 1 (seed {seed}): ArithmeticError: negative stock" in done.stderr
    stored = read_results("results/tiny")
    assert stored.outcomes["replication"].unique().tolist() == [0]
    assert stored.failures["seed"].tolist() == [seed]


def test_when_every_run_fails_the_program_says_where_the_log_is(monkeypatch, tmp_path):
    """Exit 1, no folder, and a log with the traceback."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "logs"))
    Path("logs").mkdir()
    failing_runs(monkeypatch, {replication_seed(1, number) for number in range(2)})
    done = call(*TINY)
    assert done.exit_code == 1
    (log,) = Path("logs").iterdir()
    assert f"log: {log.resolve()}" in done.stderr
    assert "Traceback" not in done.stderr
    assert "in sometimes" in log.read_text(encoding="utf-8")
    assert not Path("results").exists()


def test_figures_that_fail_cost_no_results(monkeypatch, tmp_path):
    """When drawing goes wrong the tables are kept, and the exit code says 1."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setitem(sys.modules, "viz.figures", None)
    done = call(*[word for word in TINY if word != "--no-figures"])
    assert done.exit_code == 1
    assert "the figures failed" in done.stderr
    assert len(read_results("results/tiny").outcomes) > 0


def test_an_interrupted_run_leaves_nothing(monkeypatch, tmp_path):
    """An interruption ends with 130; neither folder nor parent stays."""

    def interrupt(self: AllianceModel) -> AllianceModel:
        raise KeyboardInterrupt

    monkeypatch.setattr(AllianceModel, "run", interrupt)
    done = call(*TINY)
    assert done.exit_code == 130
    assert "interrupted" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_the_interrupt_key_ends_all_and_leaves_nothing(sign, tmp_path):
    """Ctrl-C, or a request to end, in the middle of parallel runs: exit 130, nothing left."""
    process = start(
        "run", "tiny", "--replications", "1000000", "--jobs", "2", "--no-figures", cwd=tmp_path
    )
    results = tmp_path / "results"
    end = time.monotonic() + PATIENCE
    while not (results.exists() and list(results.iterdir())):
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.05)
    time.sleep(1)
    if sign == signal.SIGINT:
        os.killpg(process.pid, sign)
    else:
        process.send_signal(sign)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert out == ""
    assert err == "interrupted; nothing was left behind\n"
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_stops_reading_is_no_failure():
    """Output cut short, as by `head`, ends quietly."""
    command = f"{sys.executable} -m alliance_abm parameters --json | head -n 1"
    done = subprocess.run(
        ["bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}}"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["{", "0"]
    assert done.stderr == ""


def test_the_hindcast_answers_with_targets_scores_and_nations():
    """Its rows have the keys of the interface."""
    keys = {
        "target": "id window model model_low model_high target target_low target_high inside",
        "score": "window score model model_low model_high naive without_ukraine",
        "nation": "iso3 window supplier model data",
    }
    rows = answer("hindcast", "--replications", "2", "--jobs", "1")["rows"]
    assert {row["kind"] for row in rows} == set(keys)
    for row in rows:
        assert set(keys[row["kind"]].split()) <= set(row)
    known = {row["window"] for row in rows if row.get("id") == "us_share_deliveries"}
    assert known == {"2010-14", "2015-19", "2020-24"}
    shares = [row for row in rows if row.get("id") == "us_share_deliveries"]
    assert all(0 < row["model"] < 1 for row in shares)


def test_the_hindcast_prints_its_condition():
    """The printed hindcast says what it depends on."""
    done = call("hindcast", "--replications", "1", "--jobs", "1")
    assert done.exit_code == 0
    assert "Conditional on actual military spending" in " ".join(done.stdout.split())


def test_nations_are_listed_with_tier_and_strategy():
    """One row per nation; weights sum to one, those of a config replacing the data's."""
    rows = answer("nations", "tiny")["rows"]
    assert [row["iso3"] for row in rows] == ["USA", "FRA", "POL"]
    for row in rows:
        assert {"name", "region", "tier"} <= set(row)
        total = row["sovereignty"] + row["core"] + row["diversification"]
        assert total == pytest.approx(1, abs=0.01)
    weights = "strategy.POL={sovereignty: .1, core: .2, diversification: .7}"
    changed = answer("nations", "tiny", "--set", weights)["rows"]
    assert (changed[2]["sovereignty"], changed[2]["diversification"]) == (0.1, 0.7)
    assert changed[:2] == rows[:2]
    assert "Poland" in call("nations", "tiny").stdout


def test_parameters_are_listed_with_the_values_of_the_config():
    """Every parameter with unit, range, grade and source; a text narrows the list."""
    rows = answer("parameters")["rows"]
    assert [row["path"] for row in rows] == list(CATALOGUE)
    keys = {"path", "value", "unit", "low", "high", "grade", "source", "leverable"}
    assert all(keys <= set(row) for row in rows)
    path = "budgets.carry_over_cap_quarters"
    (row,) = answer("parameters", "carry_over", "--set", f"{path}=8")["rows"]
    assert (row["path"], row["value"]) == (path, 8)
    assert "estimated or published" in call("parameters", "carry_over").stdout


def test_outcomes_are_listed_with_unit_definition_and_clock():
    """The registry as it is."""
    rows = answer("outcomes")["rows"]
    assert [row["id"] for row in rows] == list(OUTCOMES)
    assert all({"name", "unit", "definition", "clock"} <= set(row) for row in rows)
    assert rows[0]["id"] in call("outcomes").stdout


def test_a_config_can_be_checked_without_a_run(tmp_path):
    """`check` says the size of a valid config and writes nothing."""
    done = call("check", "tiny")
    said = "tiny is a valid config: 3 nations, 2 domains, 40 quarters, 1 events"
    assert done.stdout.startswith(said)
    (row,) = answer("check", "baseline")["rows"]
    assert (row["nations"], row["domains"], row["quarters"]) == (41, 8, 144)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_name_of_a_folder_is_refused():
    """`--out ""` is no name, not the folder one stands in."""
    for words in (("run", "tiny"), ("hindcast",), ("controls",), ("resilience",)):
        done = call(*words, "--out", "")
        assert done.exit_code == 2
        assert "the name is empty" in done.stderr


def test_an_interruption_of_code_made_from_text_ends_like_any_other(tmp_path):
    """Python would end by the signal itself (-2) after such a one, although it was caught."""
    code = """
import sys
from alliance_abm import __main__, cli

def interrupted():
    try:
        exec("raise KeyboardInterrupt")
    except KeyboardInterrupt:
        sys.exit(130)

cli.main = interrupted
__main__.main()
"""
    (tmp_path / "interrupted.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "interrupted"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        check=False,
    )
    assert done.returncode == 130
