"""Many runs are as one after the other, whatever the number of processes, and fail plainly."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import doubles
import pandas as pd
import pytest

from alliance_abm.scenario import load_scenario
from experiments.pool import RUNS_A_WORKER, RunError, cores, workers_for
from experiments.runner import replication_seed, run_replications

TESTS = Path(__file__).parent
PATIENCE = 60
SCRIPT = """
import doubles
from alliance_abm.scenario import load_scenario
from experiments.runner import run_replications
print("once")
results = run_replications(load_scenario("tiny"), 6, jobs=2, run_one=doubles.{double})
print(len(results.outcomes))
"""


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("tiny", {"seed": 11})


def start(script: str, folder: Path) -> subprocess.Popen:
    """A script file of its own, without a main guard, running in `folder`."""
    path = folder / "script.py"
    path.write_text(script, encoding="utf-8")
    here = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    return subprocess.Popen(
        [sys.executable, str(path)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": here},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=doubles.hear_interrupts,
    )


def wait_for(condition, what: str) -> None:
    """Wait until a condition holds; fail after a minute."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Does the process run (a zombie does not)?"""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_serial_and_parallel_runs_are_the_same_bit_for_bit(scenario):
    """Tables do not depend on the number of processes."""
    one = run_replications(scenario, 7, jobs=1, run_one=doubles.steady)
    two = run_replications(scenario, 7, jobs=2, run_one=doubles.steady)
    for name in ("outcomes", "series", "orders", "failures"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name), check_exact=True)


def test_more_replications_keep_the_earlier_ones(scenario):
    """Seeds follow from the scenario's seed and the number of the replication alone."""
    few = run_replications(scenario, 2, jobs=1, run_one=doubles.steady)
    more = run_replications(scenario, 4, jobs=1, run_one=doubles.steady)
    assert more.seeds[:2] == few.seeds
    assert len(set(more.seeds)) == 4
    other = load_scenario("tiny", {"seed": 12})
    assert set(run_replications(other, 4, jobs=1, run_one=doubles.steady).seeds).isdisjoint(
        more.seeds
    )


def test_the_rule_of_the_seeds_is_fixed():
    """The rule written in every manifest gives these numbers, on every machine."""
    assert replication_seed(1, 0) == 894_933_081_445_914_327
    assert all(0 <= replication_seed(1, number) < 2**63 for number in range(100))


def test_every_row_bears_its_seed_and_place(scenario):
    """Each outcome row says policy, world, draw, replication and seed."""
    results = run_replications(scenario, 3, jobs=1, run_one=doubles.steady)
    columns = ["policy", "world", "draw", "replication", "seed", "outcome", "value"]
    assert list(results.outcomes.columns) == columns
    assert list(results.series.columns) == [
        "policy", "world", "replication", "quarter", "entity", "outcome", "value",
    ]  # fmt: skip
    rows = results.outcomes[results.outcomes["outcome"] == "share"]
    assert rows["seed"].tolist() == results.seeds
    assert (rows["value"] == rows["seed"] / 2**63).all()


@pytest.mark.parametrize("jobs", [1, 2])
def test_progress_is_told_after_each_run(scenario, jobs):
    """The report counts from nothing to all, also with several processes."""
    told = []

    def report(done: int, total: int) -> None:
        told.append((done, total))

    run_replications(scenario, 4, jobs=jobs, progress=report, run_one=doubles.steady)
    assert told == [(done, 4) for done in range(5)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_that_raises_costs_no_other(scenario, jobs):
    """The failed run is recorded with its seed and traceback; the others stand."""
    results = run_replications(scenario, 4, jobs=jobs, run_one=doubles.raising)
    assert results.outcomes["replication"].unique().tolist() == [0, 2, 3]
    (failure,) = results.failures.itertuples()
    assert (failure.replication, failure.seed) == (doubles.RAISES, results.seeds[doubles.RAISES])
    assert failure.error == "ValueError: no such quarter"
    assert "in raising" in failure.traceback


def test_when_every_run_fails_there_is_no_result(scenario):
    """The first traceback is said."""
    with pytest.raises(RunError, match="run 0 is wrong"):
        run_replications(scenario, 2, jobs=1, run_one=doubles.always_raising)


def test_a_worker_that_dies_is_said_and_no_worker_stays(scenario):
    """Instead of waiting for ever, the run stops with a message."""
    with pytest.raises(RunError, match="a worker process died"):
        run_replications(scenario, 8, jobs=2, run_one=doubles.dying)
    assert multiprocessing.active_children() == []


def test_a_script_without_a_main_guard_runs_once(tmp_path):
    """Workers do not run the caller's script again."""
    process = start(SCRIPT.format(double="steady"), tmp_path)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out.split(), err) == (0, ["once", "12"], "")


def test_a_function_of_the_script_itself_is_refused_plainly(tmp_path):
    """A run's function that workers could not import is refused before they start."""
    script = SCRIPT.replace("print(", "def own(*run): return doubles.steady(*run)\nprint(", 1)
    process = start(script.format(double="x").replace("doubles.x", "own"), tmp_path)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert "must be in an importable module" in err.splitlines()[-1]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_their_parent(sign, tmp_path):
    """The interrupt key and a killed parent leave no process behind."""
    pids = tmp_path / "pids"
    pids.mkdir()
    process = start(SCRIPT.format(double="endless"), tmp_path)
    wait_for(lambda: len(list(pids.iterdir())) == 2, "two workers at work")
    if sign == signal.SIGINT:
        os.killpg(process.pid, sign)
    else:
        process.kill()
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    workers = [int(path.name) for path in pids.iterdir()]
    wait_for(lambda: not any(alive(pid) for pid in workers), "workers to end")
    if sign == signal.SIGINT:
        assert err.count("Traceback") == 1
        assert err.rstrip().endswith("KeyboardInterrupt")


def test_processes_are_started_when_they_are_worth_it():
    """Without --jobs, a few runs stay in one process and many use all cores."""
    assert workers_for(RUNS_A_WORKER - 1, None) == 1
    assert workers_for(1000 * RUNS_A_WORKER, None) == min(cores(), 1000)
    assert workers_for(3, 8) == 3
    assert workers_for(100, 2) == 2
