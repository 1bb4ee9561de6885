"""The hindcast as files: rows, manifest and figure in a result folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from alliance_abm.scenario import Scenario
from experiments.folders import MANIFEST
from experiments.provenance import provenance
from experiments.results import FIGURES, write_table
from experiments.runner import replication_seed

ROWS = ("target", "score", "nation")


def write_hindcast(
    rows: Sequence[dict[str, Any]],
    scenario: Scenario,
    replications: int,
    folder: Path,
    command: Sequence[str],
    draw: Callable[[Sequence[dict[str, Any]], Path, str], Any] | None = None,
) -> None:
    """Write `hindcast_<kind>.parquet`, `manifest.json` and the figure into the empty `folder`."""
    for kind in ROWS:
        found = pd.DataFrame([row for row in rows if row["kind"] == kind])
        write_table(found, folder / f"hindcast_{kind}.parquet")
    figures = folder / FIGURES
    figures.mkdir()
    if draw is not None:
        draw(rows, figures, scenario.name)
    manifest = {
        "command": list(command),
        "config": scenario.resolved(),
        "config_hash": scenario.config_hash,
        "seeds": [replication_seed(scenario.seed, one) for one in range(replications)],
        **provenance(),
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
