"""Many runs on several processes, as if one after the other.

Workers are spawned (never forked), do not import the caller's script, ignore the interrupt key and
end with their parent. A run that raises is a `Failure` in its place; a worker that dies is a
`RunError`.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from alliance_abm.scenario import Scenario

RUNS_A_WORKER = 16
Work = Callable[[Scenario, int, int], Any]
Progress = Callable[[int, int], None]


class RunError(Exception):
    """The program's failure while running: what happened, in one message; `details` for a log."""

    def __init__(self, message: str, details: str = ""):
        self.details = details
        super().__init__(message)


@dataclass(frozen=True)
class Failure:
    """A run that raised."""

    replication: int
    seed: int
    error: str
    traceback: str


def all_failed(failures: Sequence[Failure]) -> RunError:
    """The error of a batch in which no run succeeded."""
    first = failures[0]
    return RunError(
        f"every run failed; the first (seed {first.seed}): {first.error.splitlines()[0]}",
        first.traceback,
    )


@dataclass(frozen=True)
class Task:
    """One run to do."""

    replication: int
    seed: int


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def workers_for(tasks: int, jobs: int | None, runs_a_task: int = 1) -> int:
    """Number of processes: `jobs`, or all cores that are worth starting for so many runs."""
    wanted = jobs if jobs is not None else min(cores(), tasks * runs_a_task // RUNS_A_WORKER)
    return max(1, min(wanted, tasks))


def run_tasks(
    scenario: Scenario,
    work: Work,
    tasks: Sequence[Task],
    jobs: int | None = None,
    progress: Progress | None = None,
    runs_a_task: int = 1,
) -> list[Any]:
    """`work(scenario, replication, seed)` for every task, in the order of `tasks`.

    `work` is a function of an importable module; it does `runs_a_task` runs of the model, which
    says how many processes are worth starting. A task that raises gives a Failure in its place.
    Raises RunError when a worker process dies; KeyboardInterrupt ends all workers.
    """
    report = progress or (lambda done, total: None)
    workers = workers_for(len(tasks), jobs, runs_a_task)
    report(0, len(tasks))
    if workers == 1:
        found = []
        for task in tasks:
            found.append(attempt(scenario, work, task))
            report(len(found), len(tasks))
        return found
    if getattr(work, "__module__", "__main__") == "__main__":
        raise RunError(
            "the function that does a run must be in an importable module, not in the script "
            "itself; or use jobs=1"
        )
    # The first run is done here: it compiles what is not yet compiled, once for all workers.
    first = attempt(scenario, work, tasks[0])
    report(1, len(tasks))
    rest = _run_in_pool(
        scenario, work, tasks[1:], workers, lambda done: report(1 + done, len(tasks))
    )
    return [first, *rest]


def attempt(scenario: Scenario, work: Work, task: Task) -> Any:
    """The result of one run, or a Failure."""
    try:
        return work(scenario, task.replication, task.seed)
    except Exception as error:
        words = f"{type(error).__name__}: {error}"
        return Failure(task.replication, task.seed, words, traceback.format_exc())


def _run_in_pool(
    scenario: Scenario,
    work: Work,
    tasks: Sequence[Task],
    workers: int,
    report: Callable[[int], None],
) -> list[Any]:
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(workers, context, _start_worker, (scenario, work))
    done = 0
    futures: dict[Future[Any], int] = {}
    try:
        with quiet_start():
            for index, task in enumerate(tasks):
                futures[executor.submit(_do, task)] = index
        results: list[Any] = [None] * len(tasks)
        for future in as_completed(futures):
            results[futures[future]] = future.result()
            done += 1
            report(done)
        executor.shutdown()
        return results
    except BrokenProcessPool:
        _end_workers(executor, others)
        raise RunError(
            f"a worker process died after {done + 1} of {len(tasks) + 1} runs (killed, or out of "
            "memory); try fewer processes with --jobs"
        ) from None
    except BaseException:
        _end_workers(executor, others)
        raise


def _end_workers(executor: ProcessPoolExecutor, others: set[Any]) -> None:
    """Stop the workers now and wait until they have ended."""
    mine = [child for child in multiprocessing.active_children() if child not in others]
    for child in mine:
        child.terminate()
    executor.shutdown(wait=True, cancel_futures=True)
    for child in mine:
        child.join()


@contextmanager
def quiet_start() -> Iterator[None]:
    """Processes started inside do not import the caller's script and ignore the interrupt key."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    masks = hasattr(signal, "pthread_sigmask")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masks else set()
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


_worker: dict[str, Any] = {}


def _start_worker(scenario: Scenario, work: Work) -> None:
    _worker["scenario"], _worker["work"] = scenario, work
    end_with_parent()


def end_with_parent() -> None:
    """Have this worker end when its parent is gone, so that no orphan waits for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


def _do(task: Task) -> Any:
    return attempt(_worker["scenario"], _worker["work"], task)
