"""The runner of batches beside those of Mesa and EMA Workbench, on one trivial model."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import psutil

from benchmarks.clock import MILLI
from benchmarks.readings import Reading, Section
from benchmarks.sizes import Sizes
from benchmarks.trivial import TrivialModel, total, trivial_plan
from experiments.batch.runner import Progress, opened, run_batch, standing
from experiments.batch.store import Store

MEGA = 1e6
A_SHARD = 200
BUSY = 0.005  # seconds of work of a run whose pace on two processes is measured
APART = "-c"


def measure_batches(sizes: Sizes) -> Section:
    """Overhead and memory of a run, two processes against one, and the start of a resume."""
    runs, peer = sizes.trivial_runs, sizes.trivial_peer_runs
    readings = [
        *_apart("batch", "batch", runs),
        *_apart("Mesa batch_run", "mesa", peer),
        *_apart("EMA Workbench", "ema", peer),
        _two_processes(sizes.busy_runs),
        _resume(sizes.resume_shards),
    ]
    how = (
        f"A model of one addition: {runs} runs as a batch on one worker, stored in shards of "
        f"{A_SHARD}; {peer} by Mesa's batch_run and EMA Workbench's sequential evaluator, which "
        "store nothing. Each in a process of its own; time of the parent by the clock from run to "
        "run, memory as growth of its resident set. Two processes: runs of "
        f"{BUSY * MILLI:g} ms of work, by the clock, on one and on two workers, from "
        "the first stored shard to the last."
    )
    return Section("Batches", how, readings)


def _apart(name: str, which: str, runs: int) -> list[Reading]:
    """Seconds a run and memory of one runner, in a process of its own."""
    code = f"from benchmarks.batches import alone; alone({which!r}, {runs})"
    words = [sys.executable, "-W", "ignore", APART, code]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=os.environ)
    seconds, growth = (float(word) for word in done.stdout.split()[-2:])
    return [
        Reading(f"{name}: a run", seconds / runs * MILLI, "ms"),
        Reading(f"{name}: memory", growth / MEGA, "MB", {"runs": runs}),
    ]


def alone(which: str, runs: int) -> None:
    """Print seconds and growth of memory of so many runs of one runner."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    work: Callable[[int], object] = {"batch": _batch, "mesa": _mesa, "ema": _ema}[which]
    with contextlib.redirect_stderr(io.StringIO()):
        work(A_SHARD)
        memory = psutil.Process()
        before, began = memory.memory_info().rss, time.perf_counter()
        kept = work(runs)
        seconds, growth = time.perf_counter() - began, memory.memory_info().rss - before
    del kept
    print(seconds, growth)


def _batch(runs: int) -> object:
    with tempfile.TemporaryDirectory() as folder:
        return run_batch(trivial_plan(runs, A_SHARD), Path(folder) / "b", jobs=1)


def _mesa(runs: int) -> object:
    from mesa.batchrunner import batch_run

    grid = {"first": list(range(runs // 10)), "second": list(range(10))}
    return batch_run(TrivialModel, grid, max_steps=1, number_processes=1, display_progress=False)


def _ema(runs: int) -> object:
    from ema_workbench import Model, RealParameter, ScalarOutcome, perform_experiments

    model = Model("trivial", function=total)
    model.uncertainties = [RealParameter("first", 0, 100), RealParameter("second", 0, 100)]
    model.outcomes = [ScalarOutcome("total"), ScalarOutcome("product")]
    return perform_experiments(model, runs)


def _two_processes(runs: int) -> Reading:
    """How many times as fast two workers are as one, from the first stored shard to the last."""
    pace = {}
    with tempfile.TemporaryDirectory() as folder:
        for jobs in (1, 2):
            seen: list[tuple[float, int]] = []

            def note(progress: Progress, seen: list[tuple[float, int]] = seen) -> None:
                if progress.here:
                    seen.append((time.perf_counter(), progress.here))

            plan = trivial_plan(runs, A_SHARD // 4, BUSY)
            run_batch(plan, Path(folder) / str(jobs), jobs=jobs, report=note)
            (began, first), (ended, last) = seen[0], seen[-1]
            pace[jobs] = (last - first) / (ended - began)
    load = {"mean load": os.getloadavg()[0]}
    return Reading("batch: two processes", pace[2] / pace[1], "×", load)


def _resume(shards: int) -> Reading:
    """Seconds until a batch with so many finished shards knows what is missing."""
    plan = trivial_plan(shards * 2, 2)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "b"
        run_batch(plan, folder, jobs=2)
        next((folder / "shards").iterdir()).unlink()
        began = time.perf_counter()
        store: Store = opened(plan, folder, resume=True)
        _, missing = standing(plan, store)
        seconds = time.perf_counter() - began
    assert len(missing) == 1
    return Reading("batch: resume", seconds, "s", {"shards": shards})
