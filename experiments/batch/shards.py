"""Shards: ranges of trees whose rows make one file, and how a worker makes that file.

The file is Parquet with one row a run and outcome.  What failed stands in its metadata, so that
rows and failures of a shard are stored together or not at all.  Equal runs give equal bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.batch.work import Job, RunDone, RunFailed, RunId
from experiments.runner import OUTCOME_COLUMNS

OUTCOMES, SERIES, ORDERS = "shards", "series", "orders"  # folders of a batch
METADATA = b"alliance_abm"
_TEXT = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        ("policy", _TEXT), ("world", _TEXT), ("draw", pa.int32()), ("replication", pa.int32()),
        ("seed", pa.int64()), ("outcome", _TEXT), ("value", pa.float64()),
    ]
)  # fmt: skip
assert SCHEMA.names == OUTCOME_COLUMNS
Begin = Callable[[int], None]


@dataclass(frozen=True)
class Shard:
    """Trees `first` to `last` - 1, and what they are hashed to."""

    number: int
    first: int
    last: int
    runs: int
    id: str


@dataclass(frozen=True)
class ShardDone:
    """The files of a shard by folder, and what became of its runs."""

    shard: Shard
    files: dict[str, bytes]
    sums: dict[str, str]
    runs: int
    failed: int
    seconds: float = 0.0


def hashed(content: Any) -> str:
    """SHA-256 of plain data."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def checksum(content: bytes) -> str:
    """16 hex digits of the SHA-256 of a file."""
    return hashlib.sha256(content).hexdigest()[:16]


def shard(number: int, first: int, last: int, runs: int, mark: str) -> Shard:
    """A shard with its id."""
    return Shard(number, first, last, runs, hashed([mark, number, first, last, runs])[:16])


def do_shard(
    job: Job, shard: Shard, skip: Mapping[int, str] | None = None, begin: Begin | None = None
) -> ShardDone:
    """Do the runs of a shard; `skip` maps runs of it (from 0) to the reason not to do them.

    `begin(run)` is told before each run. A run that raises is recorded and costs no other run.
    """
    results = list(_results(job, shard, skip or {}, begin or (lambda run: None)))
    files = _files(job.outcomes, shard, results)
    failed = sum(isinstance(one, RunFailed) for one in results)
    sums = {folder: checksum(content) for folder, content in files.items()}
    return ShardDone(shard, files, sums, len(results), failed)


def _results(
    job: Job, shard: Shard, skip: Mapping[int, str], begin: Begin
) -> Iterable[RunDone | RunFailed]:
    first = 0
    for tree in range(shard.first, shard.last):
        count = len(job.runs(tree))
        mine = {run - first: why for run, why in skip.items() if first <= run < first + count}
        begin(first)
        for place, one in enumerate(job.do(tree, mine), start=1):
            yield one
            if place < count:
                begin(first + place)
        first += count


def _files(
    outcomes: Sequence[str], shard: Shard, results: Sequence[RunDone | RunFailed]
) -> dict[str, bytes]:
    """The files by folder; those of series and orders only where runs kept them."""
    done = [one for one in results if isinstance(one, RunDone)]
    failed = [one for one in results if isinstance(one, RunFailed)]
    found = {}
    for folder in (SERIES, ORDERS):
        frames = [(one.run, getattr(one, folder)) for one in done]
        kept = [_labelled(frame, run) for run, frame in frames if frame is not None]
        if kept:
            table = pa.Table.from_pandas(pd.concat(kept, ignore_index=True), preserve_index=False)
            found[folder] = _bytes(table)
    metadata = {
        "shard": shard.number,
        "id": shard.id,
        "runs": len(results),
        "files": {folder: checksum(content) for folder, content in found.items()},
        "failures": [
            {**one.run._asdict(), "error": one.error, "traceback": one.traceback} for one in failed
        ],
    }
    table = _rows(outcomes, done).replace_schema_metadata({METADATA: json.dumps(metadata)})
    return {**found, OUTCOMES: _bytes(table)}


def _rows(outcomes: Sequence[str], done: Sequence[RunDone]) -> pa.Table:
    """One row a run and outcome."""
    runs, each = len(done), len(outcomes)
    if not runs:
        return SCHEMA.empty_table()
    columns: dict[str, Any] = {
        "policy": _repeated([one.run.policy for one in done], each),
        "world": _repeated([one.run.world for one in done], each),
        "outcome": pa.DictionaryArray.from_arrays(
            np.tile(np.arange(each, dtype=np.int32), runs), list(outcomes)
        ),
        "value": np.array([one.values for one in done], np.float64).ravel(),
    }
    for name in ("draw", "replication", "seed"):
        numbers = np.array([getattr(one.run, name) for one in done], np.int64)
        columns[name] = np.repeat(numbers, each)
    arrays = [pa.array(columns[one.name]).cast(one.type) for one in SCHEMA]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _repeated(names: Sequence[str], each: int) -> pa.DictionaryArray:
    """A name for every row, `each` rows a run."""
    known = list(dict.fromkeys(names))
    place = {name: number for number, name in enumerate(known)}
    codes = np.array([place[name] for name in names], np.int32)
    return pa.DictionaryArray.from_arrays(np.repeat(codes, each), known)


def _labelled(frame: pd.DataFrame, run: RunId) -> pd.DataFrame:
    labels = pd.DataFrame(dict.fromkeys(range(0)), index=frame.index)
    for name, value in run._asdict().items():
        labels[name] = value
    return pd.concat([labels, frame], axis=1)


def _bytes(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
