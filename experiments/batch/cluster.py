"""Workers of a Dask cluster: the same shards, done wherever the scheduler sends them.

Dask starts processes, spreads the work and does it again when a worker is lost.  What is added
here is that a shard which kills its workers is taken apart, tree by tree, until the tree is known
that does it; this one is recorded as failed and the rest of the shard is done.
"""

from __future__ import annotations

import contextlib
import logging
import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any

from alliance_abm.problems import ConfigError
from experiments.batch.plan import code_hash
from experiments.batch.shards import Shard, ShardDone, do_shard
from experiments.batch.work import Job
from experiments.libraries import CLUSTER, library
from experiments.pool import RunError, cores

LOCAL = "local"
IN_HAND = 3  # shards a worker, so that none waits for the next
ATTEMPTS = 2  # times that a lost worker's shard is tried before it is taken apart
CONNECT = 30  # seconds to reach a scheduler
Take = Callable[[ShardDone], None]


@dataclass
class Cluster:
    """A Dask client for a job; `address` is a scheduler's, or `local` for processes here.

    Workers refuse to work when their code is not that of the hash `code`.
    """

    job: Job
    code: str
    address: str
    jobs: int | None = None
    time_limit: float | None = None
    notes: list[str] = field(default_factory=list)
    client: Any = None
    _local: Any = None
    _job: bytes = b""

    def __enter__(self) -> Cluster:
        """Connect; raises ConfigError when Dask or the scheduler is missing."""
        dask = library("dask", "--cluster", CLUSTER)
        distributed = library("distributed", "--cluster", CLUSTER)
        if self.time_limit is not None:
            self.notes.append("the time limit of a run is not watched on a cluster")
        dask.config.set({"distributed.scheduler.allowed-failures": ATTEMPTS - 1})
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        if self.address == LOCAL:
            self._local = distributed.LocalCluster(
                n_workers=self.jobs or cores(),
                threads_per_worker=1,
                dashboard_address=None,
                host="127.0.0.1",
                silence_logs=logging.CRITICAL,
            )
        try:
            self.client = distributed.Client(self._local or self.address, timeout=CONNECT)
        except (OSError, ValueError, TimeoutError) as error:
            raise ConfigError(
                f"--cluster {self.address}: no scheduler answers ({error}); allowed: local, or an "
                "address such as tcp://host:8786"
            ) from None
        # Not scattered: what is scattered is lost with the workers that hold it.
        self._job = pickle.dumps(self.job)
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self.client, self._local):
            if one is not None:
                with contextlib.suppress(Exception):
                    one.close()

    def work(self, shards: Iterable[Shard], take: Take) -> None:
        """Do all shards; `take` is given each result as it comes.

        Raises RunError when the scheduler is lost; what was taken stays.
        """
        from distributed import as_completed

        queue = deque(shards)
        hand = as_completed()
        size = max(1, len(self.client.scheduler_info()["workers"])) * IN_HAND
        under_way: dict[str, Shard] = {}

        def feed() -> None:
            while queue and len(under_way) < size:
                shard = queue.popleft()
                future = self._submit(shard, {})
                under_way[future.key] = shard
                hand.add(future)

        feed()
        while under_way:
            future = next(hand)
            take(self._result(future, under_way.pop(future.key)))
            feed()

    def _submit(self, shard: Shard, skip: dict[int, str]) -> Any:
        return self.client.submit(timed, self._job, self.code, shard, skip, pure=False)

    def _result(self, future: Any, shard: Shard) -> ShardDone:
        from distributed import CancelledError, KilledWorker

        try:
            found: ShardDone = future.result()
            return found
        except KilledWorker:
            return self._taken_apart(shard)
        except (CancelledError, OSError) as error:
            raise RunError(f"the cluster was lost ({error}); what is finished is stored") from None

    def _taken_apart(self, shard: Shard) -> ShardDone:
        """The shard without the trees in which workers die."""
        from distributed import KilledWorker

        self.notes.append(f"workers died in shard {shard.number}; its trees are tried one by one")
        skip: dict[int, str] = {}
        first = 0
        for tree in range(shard.first, shard.last):
            count = len(self.job.runs(tree))
            alone = replace(shard, first=tree, last=tree + 1, runs=count)
            try:
                self._submit(alone, {}).result()
            except KilledWorker:
                why = (
                    f"ProcessDied: {ATTEMPTS} workers of the cluster ended in this run or beside it"
                )
                skip |= dict.fromkeys(range(first, first + count), why)
            first += count
        done: ShardDone = self._submit(shard, skip).result()
        return done


def timed(job: bytes, code: str, shard: Shard, skip: dict[int, str]) -> ShardDone:
    """A shard of a pickled job, with the seconds that it took; raises RunError for other code."""
    if _code() != code:
        raise RunError("a worker of the cluster has other code than this machine; install the same")
    began = time.monotonic()
    return replace(do_shard(_loaded(job), shard, skip), seconds=time.monotonic() - began)


@cache
def _code() -> str:
    """The hash of this machine's code, told once in each worker."""
    return code_hash()


@lru_cache(maxsize=1)
def _loaded(job: bytes) -> Job:
    """The job, loaded once in each worker."""
    found: Job = pickle.loads(job)
    return found
