"""Removals as files: rows, the frames of all runs, manifest and figure in a result folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.folders import MANIFEST
from experiments.provenance import provenance
from experiments.resilience import ResilienceResults
from experiments.results import FIGURES, write_table

ROWS, RUNS = "resilience", "resilience_runs"


def write_removals(
    found: ResilienceResults,
    folder: Path,
    command: Sequence[str],
    draw: Callable[[ResilienceResults, Path], Any] | None = None,
) -> None:
    """Write `resilience.parquet` and `.csv`, `resilience_runs.parquet`, manifest and figure."""
    table = pd.DataFrame(found.rows)
    write_table(table, folder / f"{ROWS}.parquet")
    table.to_csv(folder / f"{ROWS}.csv", index=False)
    write_table(found.runs, folder / f"{RUNS}.parquet")
    figures = folder / FIGURES
    figures.mkdir()
    if draw is not None:
        draw(found, figures)
    manifest = {
        "command": list(command),
        "config": found.scenario.resolved(),
        "config_hash": found.scenario.config_hash,
        "at": str(found.removals.at),
        "seeds": found.seeds,
        "failed": len(found.failures),
        **provenance(),
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
