"""The folder of a batch: manifest, design, finished shards, and a lock.

A shard's file is named by its number, its id and its own checksum, written beside and renamed, so
that a file that is there and fits its name is whole.  Nothing else says what is done: a batch is
resumed by doing the shards that have no such file.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from alliance_abm.problems import ConfigError
from experiments.batch.shards import METADATA, OUTCOMES, Shard, ShardDone, checksum
from experiments.folders import MANIFEST, is_result_folder
from experiments.pool import RunError
from experiments.results import FAILURES_FILE, write_table
from experiments.runner import FAILURE_COLUMNS

DESIGN = "design.parquet"
LOCK = ".lock"
_TEMPORARY = ".new-"
_PATIENCE = 0.5  # seconds to wait for a lock
_NAME = re.compile(r"(\d+)-([0-9a-f]{16})-([0-9a-f]{16})\.parquet")


@dataclass(frozen=True)
class Store:
    """The folder of a batch."""

    folder: Path

    @property
    def manifest(self) -> dict[str, Any]:
        """What the folder was made with; raises ConfigError when it holds no batch."""
        if not is_batch(self.folder):
            if (self.folder / MANIFEST).exists() and (self.folder / OUTCOMES).exists():
                raise ConfigError(
                    f"{self.folder / MANIFEST}: is damaged, or of another program; allowed: the "
                    "manifest that `batch` wrote"
                )
            raise ConfigError(f"{self.folder}: holds no batch; allowed: a folder of `batch`")
        found: dict[str, Any] = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
        return found

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Put a manifest in the place of the last one."""
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        self._write(self.folder / MANIFEST, text.encode())

    def write_design(self, points: pd.DataFrame) -> None:
        """Store the points of the design, one row a draw."""
        path = self.folder / f"{_TEMPORARY}{DESIGN}"
        with _disk(self.folder):
            write_table(points, path)
            path.replace(self.folder / DESIGN)

    def files(self) -> dict[int, tuple[str, Path]]:
        """Ids and files of the shards that are there, by number; contents are not looked at."""
        found = {}
        for path in sorted((self.folder / OUTCOMES).glob("*.parquet")):
            match = _NAME.fullmatch(path.name)
            if match:
                found[int(match[1])] = (match[2], path)
        return found

    def finished(self, shards: Sequence[Shard], remove: bool = False) -> tuple[set[int], list[str]]:
        """Numbers of the shards whose files are whole, and names of files that are not.

        With `remove` damaged files are taken away, so that their shards are done again.
        """
        done: set[int] = set()
        damaged: list[str] = []
        wanted = {one.number: one.id for one in shards}
        for number, (mark, path) in self.files().items():
            if number not in wanted:
                continue
            if wanted[number] == mark and whole(path) and self._companions(path):
                done.add(number)
                continue
            damaged.append(path.name)
            if remove:
                path.unlink(missing_ok=True)
        return done, damaged

    def foreign(self, shards: Sequence[Shard]) -> list[str]:
        """Names of Parquet files among the shards that are none of them."""
        known = {one.number for one in shards}
        own = {path.name for number, (_, path) in self.files().items() if number in known}
        return sorted(
            path.name for path in (self.folder / OUTCOMES).glob("*.parquet") if path.name not in own
        )

    def forget_failed(self) -> None:
        """Take away the shards in which runs failed, so that they are done again."""
        for _, path in self.files().values():
            if _failures(path):
                path.unlink(missing_ok=True)

    def _companions(self, path: Path) -> bool:
        """Are the files of series and orders there, and whole?"""
        if not any((self.folder / one).exists() for one in ("series", "orders")):
            return True
        stem = path.stem.rpartition("-")[0]
        return all(
            whole(self.folder / folder / f"{stem}-{mark}.parquet")
            for folder, mark in facts(path)["files"].items()
        )

    def add(self, done: ShardDone) -> None:
        """Store the files of a shard, that of its outcomes last."""
        for folder, content in done.files.items():
            name = f"{done.shard.number:06d}-{done.shard.id}-{done.sums[folder]}.parquet"
            path = self.folder / folder / name
            with _disk(self.folder):
                path.parent.mkdir(exist_ok=True)
            self._write(path, content)

    def _write(self, path: Path, content: bytes) -> None:
        with _disk(self.folder):
            handle, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).chmod(0o644)
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    def clean(self) -> None:
        """Take away what a killed process left half written."""
        for path in self.folder.rglob(f"{_TEMPORARY}*"):
            path.unlink(missing_ok=True)

    def failures(self) -> pd.DataFrame:
        """The runs that failed, of all shards that are there."""
        rows = [row for _, path in self.files().values() for row in _failures(path)]
        return pd.DataFrame(rows, columns=FAILURE_COLUMNS)

    def write_failures(self) -> pd.DataFrame:
        """Store the failures as one table, where there are any."""
        found = self.failures()
        path = self.folder / FAILURES_FILE
        if len(found):
            with _disk(self.folder):
                write_table(found, path)
        else:
            path.unlink(missing_ok=True)
        return found

    @contextmanager
    def locked(self, part: str = "") -> Iterator[None]:
        """Hold the folder: as a whole, or with `part` beside other parts.

        Raises ConfigError when another process holds it. The lock ends with its process.
        """
        with contextlib.ExitStack() as held:
            held.enter_context(_held(self.folder / LOCK, self.folder, shared=bool(part)))
            if part:
                name = self.folder / f"{LOCK}-{part.replace('/', '-of-')}"
                held.enter_context(_held(name, self.folder, shared=False))
            yield

    def running(self) -> bool:
        """Is a process at work on the folder?"""
        try:
            with self.locked():
                return False
        except ConfigError:
            return True


def is_batch(folder: Path) -> bool:
    """Does the folder hold the manifest of a batch?"""
    if not is_result_folder(folder):
        return False
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return "shards" in manifest and "hashes" in manifest


def whole(path: Path) -> bool:
    """Is a file there, and has it the checksum of its name?"""
    try:
        return checksum(path.read_bytes()) == path.stem.rpartition("-")[2]
    except OSError:
        return False


def _failures(path: Path) -> list[dict[str, Any]]:
    """Failed runs of a shard's file; none of a file that is damaged."""
    try:
        found: list[dict[str, Any]] = facts(path)["failures"]
    except (OSError, pa.ArrowInvalid, KeyError, ValueError):
        return []
    return found


def facts(path: Path) -> dict[str, Any]:
    """What the metadata of a shard's file say: id, runs, files and failures."""
    metadata = pq.read_schema(path).metadata or {}
    found: dict[str, Any] = json.loads(metadata[METADATA])
    return found


@contextmanager
def _held(path: Path, folder: Path, shared: bool) -> Iterator[None]:
    how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
    end = time.monotonic() + _PATIENCE
    with path.open("a+b") as file:
        while True:
            try:
                fcntl.flock(file, how)
                break
            except BlockingIOError:
                if time.monotonic() < end:  # perhaps `status` is looking
                    time.sleep(_PATIENCE / 5)
                    continue
                raise ConfigError(
                    f"{folder}: another process is at work on this batch; allowed: wait until it "
                    "has ended, or another folder"
                ) from None
        yield


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    """Says plainly that a file could not be written."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise RunError(
            f"{folder}: cannot be written ({why}); what is stored is whole: free some space and "
            "go on with --resume"
        ) from None
