"""Ensembles in the background: a pool of processes that serves all visitors, and ends with us."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import signal
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from alliance_abm.scenario import Scenario
from experiments.compare import Plan, assembled, planned
from experiments.comparison import Comparison
from experiments.forks import ForkFailure, ForkRun, Forks
from experiments.nation_ensemble import NationEnsemble
from experiments.nation_records import nation_record
from experiments.pool import RunError, cores, end_with_parent, quiet_start
from experiments.runner import POLICY
from viz.app.options.lines import ALL_SERIES
from viz.app.settings import Settings

CACHED = 12
LOOK_SECONDS = 0.3
FIRST_SHOWN = 4  # pairs after which results are shown for the first time
Report = Callable[[int, int], None]
Answer = Sequence[ForkRun | ForkFailure]  # of one task


@dataclass(frozen=True)
class Results:
    """What an ensemble gave: a comparison of `pairs` pairs, and of `wanted` when it is whole."""

    settings: Settings
    comparison: Comparison
    nations: NationEnsemble | None
    pairs: int
    wanted: int

    @property
    def whole(self) -> bool:
        """Have all pairs been done?"""
        return self.pairs >= self.wanted

    @property
    def complete(self) -> bool:
        """Is all there, what nations did too?"""
        return self.whole and self.nations is not None


def plan_of(settings: Settings) -> Plan:
    """What the settings ask for, checked whole; raises ConfigError."""
    plan = planned(
        settings.scenario(), settings.policies(), (settings.world,), settings.pairs, bills=False
    )
    return replace(plan, forks=replace(plan.forks, kept=ALL_SERIES, detail=nation_record))


class Engine:
    """Runs plans on spawned processes, one task a replication, and keeps the last results.

    Results are the same numbers as those of `alliance-abm compare`, and never change: visitors
    who ask the same question share them.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or cores()
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()
        self._cached: OrderedDict[Settings, Results] = OrderedDict()
        self._prepared: dict[Settings, Future[Results]] = {}
        self._told: dict[Settings, tuple[int, int]] = {}
        self._closed = False

    def start(self) -> None:
        """Start the processes and have each load the compiled model."""
        pool = self._executor()
        with quiet_start():
            for _ in range(self.workers):
                pool.submit(_nothing)

    def prepare(self, settings: Settings) -> None:
        """Run settings before a visitor asks; who does ask meanwhile waits for the same runs.

        No more is handed to the processes than they have in hand, so that what a visitor asks for
        comes next.
        """
        future: Future[Results] = Future()
        self._prepared[settings] = future

        def note(done: int, total: int) -> None:
            self._told[settings] = (done, total)

        def settle(answer: Callable[[], None]) -> None:
            # Gone from the table first: who asks after the answer begins anew.
            self._prepared.pop(settings, None)
            answer()

        def work() -> None:
            try:
                found = asyncio.run(self._run(settings, note, _untold, True))
            except Exception as error:
                settle(partial(future.set_exception, error))
            except BaseException:
                settle(partial(future.set_exception, RunError("the runs were stopped")))
            else:
                settle(partial(future.set_result, found))

        threading.Thread(target=work, name="prepare", daemon=True).start()

    def known(self, settings: Settings) -> Results | None:
        """The results of settings that were run before."""
        with self._lock:
            found = self._cached.get(settings)
            if found is not None:
                self._cached.move_to_end(settings)
            return found

    def keep(self, results: Results) -> None:
        """Keep whole results for whoever asks the same."""
        with self._lock:
            self._cached[results.settings] = results
            self._cached.move_to_end(results.settings)
            while len(self._cached) > CACHED:
                self._cached.popitem(last=False)

    async def run(
        self, settings: Settings, report: Report, show: Callable[[Results], None]
    ) -> Results:
        """The results of settings; `show` is given those of the first pairs meanwhile.

        Raises ConfigError for settings that contradict themselves and RunError when a process
        dies or every run fails. A cancelled call takes back what has not begun.
        """
        found = self.known(settings)
        if found is not None and found.complete:
            return found
        under_way = self._prepared.get(settings)
        if under_way is not None:
            return await self._awaited(settings, under_way, report)
        return await self._run(settings, report, show)

    async def _awaited(
        self, settings: Settings, under_way: Future[Results], report: Report
    ) -> Results:
        """The results of runs that were begun before somebody asked."""
        waited = asyncio.wrap_future(under_way)
        while not waited.done():
            report(*self._told.get(settings, (0, settings.pairs)))
            await asyncio.wait([waited], timeout=LOOK_SECONDS)
        return await asyncio.shield(waited)

    async def _run(
        self,
        settings: Settings,
        report: Report,
        show: Callable[[Results], None],
        patient: bool = False,
    ) -> Results:
        plan = await asyncio.to_thread(plan_of, settings)
        tasks = plan.forks.tasks(plan.scenario.seed)
        done: list[Answer] = []

        async def take(one: Answer) -> None:
            done.append(one)
            report(len(done), len(tasks))
            if len(done) == FIRST_SHOWN < len(tasks) and not patient:
                show(await asyncio.to_thread(results_of, settings, plan, list(done)))

        size = self.workers if patient else len(tasks)
        for begin in range(0, len(tasks), size):
            await self._answers(plan, tasks[begin : begin + size], take)
        whole = await asyncio.to_thread(results_of, settings, plan, done)
        self.keep(whole)
        return whole

    async def _answers(
        self, plan: Plan, tasks: Sequence[Any], take: Callable[[Answer], Awaitable[None]]
    ) -> None:
        """Do tasks and take what each gave, as it comes; a cancel takes back what has not begun."""
        pool, futures = self._submit(plan, tasks)
        waiting = [_watched(future) for future in futures]
        try:
            for one in asyncio.as_completed(waiting):
                await take(await one)
        except BrokenProcessPool:
            self._discard(pool)
            raise RunError("a process of the model died (killed, or out of memory)") from None
        except BaseException:
            for future in futures:
                future.cancel()
            raise

    def _submit(
        self, plan: Plan, tasks: Sequence[Any]
    ) -> tuple[ProcessPoolExecutor, list[Future[Any]]]:
        """The pool that took the tasks; a new one where a process had died while none ran."""
        pool = self._executor()
        try:
            return pool, _submitted(pool, plan, tasks)
        except BrokenProcessPool:
            self._discard(pool)
        pool = self._executor()
        try:
            return pool, _submitted(pool, plan, tasks)
        except BrokenProcessPool:
            self._discard(pool)
            raise RunError("the processes of the model do not start") from None

    def _executor(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._closed:
                raise RunError("the server is stopping")
            if self._pool is None:
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(self.workers, context, _begin)
            return self._pool

    def _discard(self, broken: ProcessPoolExecutor) -> None:
        """Give up a pool of which a process died; a newer one stays."""
        with self._lock:
            if self._pool is broken:
                self._pool = None
        _end(broken)

    def close(self) -> None:
        """End all processes, those at work too."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            for process in _end(pool):
                process.join(5.0)


def _end(pool: ProcessPoolExecutor) -> list[Any]:
    """End the processes of a pool at once; they are given back to be waited for."""
    mine = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in mine:
        process.terminate()
    return mine


def _submitted(pool: ProcessPoolExecutor, plan: Plan, tasks: Sequence[Any]) -> list[Future[Any]]:
    with quiet_start():
        return [
            pool.submit(_do, plan.forks, plan.scenario, task.replication, task.seed)
            for task in tasks
        ]


def _watched(future: Future[Any]) -> asyncio.Future[Any]:
    """The future for awaiting; its error counts as seen, also when another's came first."""
    waited = asyncio.wrap_future(future)
    waited.add_done_callback(lambda one: one.cancelled() or one.exception())
    return waited


def results_of(settings: Settings, plan: Plan, done: Sequence[Answer]) -> Results:
    """The tables of the runs done so far; raises RunError when no run of the baseline succeeded."""
    runs = [one for task in done for one in task if isinstance(one, ForkRun)]
    failed = [one for task in done for one in task if isinstance(one, ForkFailure)]
    if not any(one.policy == POLICY for one in runs):
        raise RunError(f"every run failed; the first: {failed[0].error if failed else 'unknown'}")
    order = {which: place for place, which in enumerate(plan.forks.plan)}
    runs.sort(key=lambda one: order[one.which])
    comparison = assembled(plan, runs, failed)
    nations = NationEnsemble.of_runs(runs, settings.world)
    return Results(settings, comparison, nations, len(done), len(plan.forks.plan))


def _begin() -> None:
    """A worker ignores the interrupt key, ends with its parent, and loads the model."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    from alliance_abm.model import AllianceModel

    AllianceModel("tiny").run().outcomes()
    gc.collect()
    gc.freeze()  # what is loaded by now stays; collections look at the rest alone


def _untold(*_: Any) -> None:
    """Progress that nobody watches."""


def _nothing() -> None:
    """A task that only has its worker started."""


def _do(forks: Forks, scenario: Scenario, number: int, seed: int) -> Answer:
    try:
        return forks(scenario, number, seed)
    except Exception as error:
        which = forks.plan[number]
        return [ForkFailure(POLICY, which, seed, f"{type(error).__name__}: {error}", "")]
