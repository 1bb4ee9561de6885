"""Two processes against one, the memory of a run, and how long commands take to start."""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path

import numpy as np

import alliance_abm
from alliance_abm import AllianceModel
from alliance_abm.scenario import Scenario
from alliance_abm.state import State
from benchmarks.clock import MILLI
from benchmarks.readings import Reading, Section
from benchmarks.verbs import SEED
from experiments.pool import Failure, RunError, run_tasks
from experiments.runner import RunRecord, replication_tasks, run_one

MEGA = 1e6
QUARTER = 0.25
FIRST_RUN = """
import json, time
begun = time.process_time()
from alliance_abm import AllianceModel, load_scenario
scenario = load_scenario("baseline")
loaded = time.process_time()
model = AllianceModel(scenario, rng=1)
made = time.process_time()
model.run()
print(json.dumps([loaded - begun, made - loaded, time.process_time() - made]))
"""


@dataclass(frozen=True)
class Stint:
    """One replication in a worker: its process, when it began and ended, CPU seconds, result."""

    worker: int
    began: float
    ended: float
    cpu: float
    record: RunRecord


def stint(scenario: Scenario, replication: int, seed: int) -> Stint:
    """Do one replication as `experiments` does, and say when and where."""
    began, cpu = time.monotonic(), time.process_time()
    record = run_one(scenario, replication, seed)
    spent = time.process_time() - cpu
    return Stint(os.getpid(), began, time.monotonic(), spent, record)


@dataclass(frozen=True)
class Cycle:
    """From the end of one run to the end of the next in the same worker, in seconds."""

    wall: float
    needed: float  # CPU of the run, and the wait before it for work to come


def cycles(stints: Sequence[Stint]) -> list[Cycle]:
    """Cycles while every worker was at work, which leaves out its start and its first run."""
    by_worker: dict[int, list[Stint]] = {}
    for one in sorted(stints, key=lambda stint: stint.ended):
        by_worker.setdefault(one.worker, []).append(one)
    begin = max(runs[0].ended for runs in by_worker.values())
    end = min(runs[-1].ended for runs in by_worker.values())
    return [
        Cycle(later.ended - earlier.ended, later.cpu + later.began - earlier.ended)
        for runs in by_worker.values()
        for earlier, later in pairwise(runs)
        if begin <= earlier.ended and later.ended <= end
    ]


def undisturbed(seconds: Sequence[float]) -> float:
    """Lower quartile: what it takes when little else runs; nan of none."""
    return float(np.quantile(seconds, QUARTER)) if seconds else math.nan


def speed_up(alone: Sequence[Stint], pooled: Sequence[Stint]) -> float:
    """Runs of several workers in the time of one, from what their runs needed.

    Time in which other programs had the cores does not count. nan when a worker did too little
    to tell.
    """
    workers = len({one.worker for one in pooled})
    if workers < 2:
        return math.nan
    return workers * _needed(alone) / _needed(pooled)


def _needed(stints: Sequence[Stint]) -> float:
    return undisturbed([one.needed for one in cycles(stints)])


def _wall(stints: Sequence[Stint]) -> float:
    return undisturbed([one.wall for one in cycles(stints)])


def replicate(scenario: Scenario, runs: int, jobs: int) -> list[Stint]:
    """Replications through the pool of `experiments`. Raises RunError when one fails."""
    found = run_tasks(scenario, stint, replication_tasks(scenario.seed, runs), jobs)
    for one in found:
        if isinstance(one, Failure):
            raise RunError(one.traceback)
    own = os.getpid()
    return [one for one in found if jobs == 1 or one.worker != own]


def measure_pool(scenario: Scenario, runs: int) -> Section:
    """Speed-up of two processes over one, start and compilation not counted."""
    stint(scenario, 0, SEED)
    before = replicate(scenario, max(3, runs // 4), 1)
    pooled = replicate(scenario, runs, 2)
    after = replicate(scenario, max(3, runs // 4), 1)
    alone = [*before, *after]
    load = os.getloadavg()[0]
    readings = [
        Reading(name, needed * MILLI, "ms", {"by the clock": wall * MILLI})
        for name, needed, wall in (
            ("a run, one process", _needed(alone), _wall(alone)),
            ("a run, each of two", _needed(pooled), _wall(pooled)),
        )
    ]
    by_the_clock = 2.0 * _wall(alone) / _wall(pooled)
    readings.append(
        Reading(
            "two-process speed-up", speed_up(alone, pooled), "×", {"by the clock": by_the_clock}
        )
    )
    how = (
        f"{runs} replications with outcomes and series through experiments.pool while both "
        "workers were at work, and one process before and after; lower quartiles of CPU time and "
        "the wait for work, from run to run. By the clock it takes two idle cores: the machine's "
        f"mean load over the last minute was {load:.1f}, of which this benchmark is up to 2."
    )
    return Section("Two processes", how, readings)


def state_bytes(state: State) -> int:
    """Bytes of the arrays of a state."""
    values = (getattr(state, item.name) for item in fields(state))
    return sum(value.nbytes for value in values if isinstance(value, np.ndarray))


def measure_memory(scenario: Scenario) -> Section:
    """Memory that a run takes beyond the prepared world."""
    AllianceModel(scenario, rng=SEED).run()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    model = AllianceModel(scenario, rng=SEED).run()
    kept, peak = (value - before for value in tracemalloc.get_traced_memory())
    tracemalloc.stop()
    state = model.state
    arrays = {
        item.name: getattr(state, item.name).nbytes
        for item in fields(state)
        if isinstance(getattr(state, item.name), np.ndarray)
    }
    largest = sorted(arrays, key=arrays.__getitem__)[:-4:-1]
    readings = [
        Reading("memory of a run", kept / MEGA, "MB"),
        Reading("at its peak", peak / MEGA, "MB"),
        Reading("arrays of the state", state_bytes(state) / MEGA, "MB"),
        *(Reading(f"state.{name}", arrays[name] / MEGA, "MB") for name in largest),
    ]
    how = "tracemalloc, from before the model is made to the end of its run; a second run."
    return Section("Memory", how, readings)


def measure_starts(repeats: int, compile_apart: bool) -> Section:
    """CPU and wall time of starting Python, the package and the command, and of a first run."""
    commands = {
        "python alone": ["-c", "pass"],
        "import alliance_abm": ["-c", "import alliance_abm"],
        "import the model": ["-c", "from alliance_abm import AllianceModel"],
        "alliance-abm --help": ["-m", "alliance_abm", "--help"],
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(repeats):
        for name, words in commands.items():
            taken[name].append(_started(words))
    readings = []
    for name, times in taken.items():
        wall, cpu = min(times)
        readings.append(Reading(name, wall, "s", {"CPU s": cpu}))
    if compile_apart:
        readings += _first_runs()
    how = (
        f"Wall time of a fresh process, least of {repeats} in turns. First runs are CPU time of "
        "import, set-up and run in a fresh process, with no compiled kernels on disk and with them."
    )
    return Section("Starting", how, readings)


def _started(words: Sequence[str]) -> tuple[float, float]:
    """Wall and CPU seconds of a Python process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    _python(words, dict(os.environ))
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, spent


def _python(words: Sequence[str], environment: dict[str, str]) -> str:
    root = Path(alliance_abm.__file__).resolve().parent.parent
    paths = [str(root), *environment.get("PYTHONPATH", "").split(os.pathsep)]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout


def _first_runs() -> list[Reading]:
    """The first run of a process without and with compiled kernels on disk."""
    readings = []
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"NUMBA_CACHE_DIR": folder}
        for name in ("first run, nothing compiled", "first run, compiled before"):
            parts = json.loads(_python(["-c", FIRST_RUN], dict(environment)))
            details = dict(zip(("import", "set-up", "run"), parts, strict=True))
            readings.append(Reading(name, sum(parts), "s CPU", details))
    return readings
