"""Result folders: tables as Parquet, a manifest, figures and a summary."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from alliance_abm.problems import ConfigError
from experiments.folders import MANIFEST, is_result_folder
from experiments.provenance import provenance
from experiments.runner import TABLES, RunResults
from experiments.summaries import between, summary_rows, two_digits

OUTCOMES_FILE = "outcomes.parquet"
SERIES_FILE = "series.parquet"
ORDERS_FILE = "orders.parquet"
FAILURES_FILE = "failures.parquet"
FIGURES = "figures"
SUMMARY = "summary.md"
DrawFigures = Callable[[RunResults, Path], Any]


@dataclass(frozen=True)
class StoredResults:
    """A result folder that was read; `orders` and `failures` are None when not there.

    `tables` are those of `experiments.runner.TABLES` that are there, by name.
    """

    folder: Path
    manifest: dict[str, Any]
    outcomes: pd.DataFrame
    series: pd.DataFrame
    orders: pd.DataFrame | None
    failures: pd.DataFrame | None
    tables: dict[str, pd.DataFrame]


def write_results(
    results: RunResults, folder: Path, command: Sequence[str], draw: DrawFigures | None = None
) -> None:
    """Write all files of a result folder into the existing empty `folder`.

    `draw(results, folder / "figures")` draws the figures; without it there are none.
    """
    write_table(results.outcomes, folder / OUTCOMES_FILE)
    write_table(results.series, folder / SERIES_FILE)
    if results.orders is not None:
        write_table(results.orders, folder / ORDERS_FILE)
    if len(results.failures):
        write_table(results.failures, folder / FAILURES_FILE)
    for name, table in results.tables.items():
        write_table(table, folder / f"{name}.parquet")
    figures = folder / FIGURES
    figures.mkdir()
    if draw is not None:
        draw(results, figures)
    results.figures = sorted(path.name for path in figures.iterdir())
    (folder / SUMMARY).write_text(summary_text(results), encoding="utf-8")
    text = json.dumps(manifest(results, command), indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def write_table(table: pd.DataFrame, path: Path) -> None:
    """One table as Parquet; equal tables give equal files."""
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), path, compression="zstd")


def manifest(results: RunResults, command: Sequence[str]) -> dict[str, Any]:
    """What was run, with what, where and when."""
    scenario = results.scenario
    return {
        "command": list(command),
        "config": scenario.resolved(),
        "config_hash": scenario.config_hash,
        **provenance(),
        "seeds": results.seeds,
        "seed_rule": "first 8 bytes of SHA-256 of 'seed/replication', without the last bit",
        "runs": len(results.seeds),
        "failed": len(results.failures),
        "started": results.started,
        "finished": results.finished,
    }


def read_results(folder: str | Path) -> StoredResults:
    """A result folder as tables; raises ConfigError when `folder` is none."""
    folder = Path(folder)
    if not is_result_folder(folder):
        raise ConfigError(f"{folder}: holds no results; allowed: a folder that a run wrote")
    try:
        return StoredResults(
            folder,
            json.loads((folder / MANIFEST).read_text(encoding="utf-8")),
            pd.read_parquet(folder / OUTCOMES_FILE),
            pd.read_parquet(folder / SERIES_FILE),
            _optional(folder / ORDERS_FILE),
            _optional(folder / FAILURES_FILE),
            {
                name: pd.read_parquet(path)
                for name in TABLES
                if (path := folder / f"{name}.parquet").exists()
            },
        )
    except (OSError, pa.ArrowInvalid) as error:
        raise ConfigError(f"{folder}: the results cannot be read ({error})") from None


def _optional(path: Path) -> pd.DataFrame | None:
    return pd.read_parquet(path) if path.exists() else None


def summary_text(results: RunResults) -> str:
    """The readable summary: outcomes with unit, median and interval, figures, failures."""
    from alliance_abm.outcomes import OUTCOMES

    scenario, horizon = results.scenario, results.scenario.horizon
    lines = [
        f"# {scenario.name}",
        "",
        *([scenario.description.strip(), ""] if scenario.description.strip() else []),
        f"{len(results.seeds)} runs, {horizon.start} to {horizon.end}, reported from "
        f"{horizon.report_from}; seed {scenario.seed}; config {scenario.config_hash}.",
        "Comparative and exploratory: not a forecast. Intervals are 90 % over runs.",
        "",
        "| outcome | unit | median | 90 % interval | n |",
        "|---|---|---|---|---|",
    ]
    for row in summary_rows(results.outcomes):
        record = OUTCOMES.get(row["outcome"])
        name = f"{record.name} (`{record.id}`)" if record else row["outcome"]
        lines.append(
            f"| {name} | {record.unit if record else ''} | {two_digits(row['median'])} | "
            f"{between(row['low'], row['high'])} | {row['n']} |"
        )
    lines += _figure_lines(results) + _failure_lines(results)
    return "\n".join(lines) + "\n"


def _figure_lines(results: RunResults) -> list[str]:
    images = [name for name in results.figures if name.endswith(".svg")]
    if not images:
        return []
    return ["", "## Figures", "", *(f"![{name}]({FIGURES}/{name})" for name in images)]


def _failure_lines(results: RunResults) -> list[str]:
    if not len(results.failures):
        return []
    rows = results.failures.itertuples()
    failed = [f"- replication {row.replication} (seed {row.seed}): {row.error}" for row in rows]
    return ["", "## Runs that failed", "", *failed]
