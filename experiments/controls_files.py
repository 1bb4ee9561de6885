"""The comparison with controls as files: tables, summary, manifest and figure."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.controls import ControlResults
from experiments.controls_text import summary_text
from experiments.folders import MANIFEST
from experiments.provenance import provenance
from experiments.results import FIGURES, OUTCOMES_FILE, SUMMARY, write_table

TABLE, AS_TEXT = "controls.parquet", "controls.csv"


def write_controls(
    found: ControlResults,
    folder: Path,
    command: Sequence[str],
    draw: Callable[[ControlResults, Path], Any] | None = None,
) -> None:
    """Write the comparison into the existing empty `folder`.

    `controls.parquet` and `controls.csv` hold the rows, `outcomes.parquet` every outcome of every
    run (its policy is the control). `draw(found, folder / "figures")` draws the figure.
    """
    table = pd.DataFrame(found.rows)
    write_table(table, folder / TABLE)
    table.to_csv(folder / AS_TEXT, index=False)
    write_table(found.outcomes, folder / OUTCOMES_FILE)
    figures = folder / FIGURES
    figures.mkdir()
    if draw is not None:
        draw(found, figures)
    images = [f"{FIGURES}/{path.name}" for path in sorted(figures.glob("*.svg"))]
    (folder / SUMMARY).write_text(summary_text(found, images), encoding="utf-8")
    text = json.dumps(manifest(found, command), indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def manifest(found: ControlResults, command: Sequence[str]) -> dict[str, Any]:
    """What was run, with what and where."""
    scenario = found.scenario
    return {
        "command": list(command),
        "config": scenario.resolved(),
        "config_hash": scenario.config_hash,
        "controls": list(dict.fromkeys(row["control"] for row in found.rows)),
        "seeds": found.seeds,
        "failed": len(found.failures),
        **provenance(),
    }
