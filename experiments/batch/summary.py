"""The readable summary of a batch, and how far one is."""

from __future__ import annotations

import time
from typing import Any

from experiments.batch.store import Store, whole
from experiments.results import SUMMARY


def status_row(store: Store) -> dict[str, Any]:
    """How far a batch is: shards, runs, failures, and seconds to go at the pace of late shards."""
    manifest = store.manifest
    ids = {mark: number for number, mark in enumerate(manifest["shard_ids"])}
    files = {n: path for n, (mark, path) in store.files().items() if ids.get(mark) == n}
    done = sum(manifest["shard_runs"][number] for number in files)
    running = store.running()
    times = sorted(path.stat().st_mtime for path in files.values())
    return {
        "shards_done": len(files),
        "shards_total": manifest["shards"],
        "runs_done": done,
        "runs_total": manifest["runs"],
        "runs_failed": len(store.failures()),
        "shards_damaged": sum(not whole(path) for path in files.values()),
        "running": running,
        "eta_s": _eta(times, manifest["shards"], running),
        "title": manifest["title"],
        "started": manifest["started"],
        "finished": manifest["finished"],
    }


def _eta(times: list[float], total: int, running: bool) -> float | None:
    """Seconds to go, from the times at which the last shards were stored."""
    if total == len(times):
        return 0.0
    late = times[-20:]
    if not running or len(late) < 2 or late[-1] <= late[0]:
        return None
    each = (late[-1] - late[0]) / (len(late) - 1)
    return max(0.0, each * (total - len(times)) - (time.time() - late[-1]))


def write_summary(store: Store) -> None:
    """Write what was run and how to read it."""
    manifest = store.manifest
    lines = [
        f"# {manifest['title']}",
        "",
        f"{manifest['runs']} runs in {manifest['shards']} shards, {manifest.get('failed', 0)} "
        f"failed; fingerprint {manifest['fingerprint']}.",
        "Comparative and exploratory: not a forecast.",
        "",
        "One row a run and outcome: `shards/*.parquet`; the points of the design: "
        "`design.parquet`, by `draw`. Runs that failed: `failures.parquet`.",
        "",
        "    import pandas as pd; pd.read_parquet('shards')",
        "    import polars as pl; pl.read_parquet('shards/*.parquet')",
        "    duckdb -c \"select * from 'shards/*.parquet'\"",
    ]
    (store.folder / SUMMARY).write_text("\n".join(lines) + "\n", encoding="utf-8")
