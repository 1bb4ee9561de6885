"""Workers on this machine: one process each, one shard at a time.

A worker notes in shared memory which run it is at and since when.  So a run that kills its
process, or never ends, is known by number: its shard is done again without it, and the run is
recorded as failed.  A process that is killed from outside costs no more than doing its shard
again; only a run in which processes died twice is given up.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from typing import Any

from experiments.batch.shards import Shard, ShardDone, do_shard
from experiments.batch.work import Job
from experiments.pool import RunError, end_with_parent, quiet_start

LOOK = 0.25  # seconds between looks at the clocks of workers
STRIKES = 2  # deaths in the same run before it is given up
MOST_DEATHS = 10  # of processes in a row without a finished shard
IDLE = -1.0
PATIENCE = 5.0  # seconds for a process to end

Take = Callable[[ShardDone], None]


@dataclass
class _Worker:
    """A process, the line to it, its clock (run of its shard, since when) and its shard."""

    process: Any
    line: Connection
    clock: Any
    shard: Shard | None = None


@dataclass
class Crew:
    """So many processes that do shards of one job.

    `time_limit` is in seconds a run. `given_up` maps a shard's number to its runs that are not
    done, and why. Use as a context: all processes end with it.
    """

    job: Job
    workers: int
    time_limit: float | None = None
    given_up: dict[int, dict[int, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _crew: list[_Worker] = field(default_factory=list)
    _deaths: Counter[tuple[int, int]] = field(default_factory=Counter)
    _in_a_row: int = 0

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._crew:
            one.process.kill()
        for one in self._crew:
            one.process.join(PATIENCE)
            one.line.close()
        self._crew.clear()

    def work(self, shards: Iterable[Shard], take: Take) -> None:
        """Do all shards, as many at a time as there are workers; `take` is given each result.

        Raises RunError when processes keep dying; what was taken stays.
        """
        queue = deque(shards)
        while queue or any(one.shard is not None for one in self._crew):
            self._fill(queue)
            lines = {one.line: one for one in self._crew}
            ends = {one.process.sentinel: one for one in self._crew}
            ready = wait([*lines, *ends], LOOK if self.time_limit else None)
            for worker in {id(one): one for one in self._ready(ready, lines, ends)}.values():
                self._hear(worker, queue, take)
            self._stop_the_endless(queue)

    @staticmethod
    def _ready(ready: Iterable[Any], lines: Any, ends: Any) -> Iterator[_Worker]:
        for one in ready:
            yield lines[one] if one in lines else ends[one]

    def _fill(self, queue: deque[Shard]) -> None:
        """Have every idle worker begin a shard; start workers while there is work for them."""
        idle = [one for one in self._crew if one.shard is None]
        while queue and (idle or len(self._crew) < self.workers):
            worker = idle.pop() if idle else self._start()
            worker.shard = queue.popleft()
            try:
                worker.line.send((worker.shard, self.given_up.get(worker.shard.number, {})))
            except OSError:
                self._buried(worker, queue)

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        clock = context.RawArray("d", [IDLE, 0.0])
        process = context.Process(target=_serve, args=(theirs, clock), daemon=True)
        with quiet_start():
            process.start()
        theirs.close()
        worker = _Worker(process, ours, clock)
        self._crew.append(worker)
        # Not among the arguments: a large job would fill the pipe of a process that dies meanwhile,
        # whose other end multiprocessing still holds.
        with contextlib.suppress(OSError):  # it has died, and is seen to when its shard is sent
            ours.send(self.job)
        return worker

    def _hear(self, worker: _Worker, queue: deque[Shard], take: Take) -> None:
        """Take what a worker has done, or see that it has died."""
        try:
            if worker.line.poll():
                answer = worker.line.recv()
                if isinstance(answer, str):
                    raise RunError("a shard could not be stored in memory", answer)
                worker.shard, self._in_a_row = None, 0
                take(answer)
                return
        except (EOFError, OSError):
            pass
        if not worker.process.is_alive() or worker.line.closed:
            self._buried(worker, queue)

    def _buried(self, worker: _Worker, queue: deque[Shard]) -> None:
        """A worker is gone; its shard is done again, without a run in which two have died."""
        worker.process.join(PATIENCE)
        code = worker.process.exitcode
        self._dismiss(worker)
        self._in_a_row += 1
        if self._in_a_row > MOST_DEATHS:
            raise RunError(
                f"{self._in_a_row} processes have died without finishing a shard (the last with "
                f"{_ending(code)}); what is finished is stored; try fewer processes with --jobs"
            )
        if worker.shard is None:
            return
        run = int(worker.clock[0])
        where = (worker.shard.number, run)
        self._deaths[where] += 1
        self.notes.append(f"a process died with {_ending(code)} in shard {where[0]}; done again")
        if run >= 0 and self._deaths[where] >= STRIKES:
            self._give_up(
                worker.shard, run, f"{STRIKES} processes died in this run: {_ending(code)}"
            )
        queue.appendleft(worker.shard)

    def _stop_the_endless(self, queue: deque[Shard]) -> None:
        """Stop workers whose run takes longer than the limit, and go on without that run."""
        if self.time_limit is None:
            return
        now = time.monotonic()
        for worker in list(self._crew):
            run, since = int(worker.clock[0]), worker.clock[1]
            if worker.shard is None or run < 0 or now - since <= self.time_limit:
                continue
            worker.process.kill()
            worker.process.join(PATIENCE)
            self._dismiss(worker)
            limit = f"{self.time_limit:g} seconds"
            self._give_up(worker.shard, run, f"TimeLimit: the run took more than {limit}")
            queue.appendleft(worker.shard)

    def _give_up(self, shard: Shard, run: int, why: str) -> None:
        self.given_up.setdefault(shard.number, {})[run] = why

    def _dismiss(self, worker: _Worker) -> None:
        worker.line.close()
        self._crew.remove(worker)


def _ending(code: int | None) -> str:
    """How a process ended, in words."""
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"signal {-code} ({signal.Signals(-code).name})"
    return f"exit code {code}"


def _serve(line: Connection, clock: Any) -> None:
    """A worker: does the shards that it is sent, until the line is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        job: Job = line.recv()
        job.prepare()  # before the clock of a first run
        while True:
            shard, skip = line.recv()
            line.send(_done(job, shard, skip, clock))
            clock[0] = IDLE


def _done(job: Job, shard: Shard, skip: dict[int, str], clock: Any) -> ShardDone | str:
    """What a shard gave, or the traceback of what is wrong with the program itself."""

    def begin(run: int) -> None:
        clock[1] = time.monotonic()  # before the number, which a reader takes first
        clock[0] = float(run)

    began = time.monotonic()
    try:
        found = do_shard(job, shard, skip, begin)
    except Exception:
        return traceback.format_exc()
    clock[0] = IDLE
    return replace(found, seconds=time.monotonic() - began)
