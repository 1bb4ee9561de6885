"""A comparison of policies as files: tables, a readable table, summary, manifest and figures."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.compare import failures_text
from experiments.compare_text import summary_text
from experiments.compare_words import verdict
from experiments.comparison import Comparison
from experiments.folders import MANIFEST
from experiments.provenance import provenance
from experiments.results import FIGURES, SUMMARY, write_table

TABLES = (
    "differences", "outcomes", "series", "stages", "tiers", "lost", "bills", "break_even",
    "failures",
)  # fmt: skip
OPTIONAL = ("bills", "break_even", "failures")
READABLE = "comparison.csv"
_NOT_READ = ["p", "policy_title", "variance_ratio"]
_SIGNIFICANT = 3


def write_comparison(
    found: Comparison,
    folder: Path,
    command: Sequence[str],
    draw: Callable[[Comparison, Path], Any] | None = None,
) -> None:
    """Write all files into the existing empty `folder`.

    One Parquet file a table (bills, break-even sizes and failures only where there are any), and
    the differences rounded as `comparison.csv`. `draw(found, folder / "figures")` draws.
    """
    for name, table in kept_tables(found).items():
        write_table(table, folder / f"{name}.parquet")
    readable(found.differences).to_csv(folder / READABLE, index=False)
    figures = folder / FIGURES
    figures.mkdir()
    if draw is not None:
        draw(found, figures)
    found.figures = sorted(path.name for path in figures.iterdir())
    images = [f"{FIGURES}/{name}" for name in found.figures if name.endswith(".svg")]
    text = summary_text(found, images, failures_text(found.failures))
    (folder / SUMMARY).write_text(text, encoding="utf-8")
    text = json.dumps(manifest(found, command), indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def kept_tables(found: Comparison) -> dict[str, pd.DataFrame]:
    """The tables that are written, by name."""
    tables = {name: getattr(found, name) for name in TABLES}
    return {name: table for name, table in tables.items() if len(table) or name not in OPTIONAL}


def readable(differences: pd.DataFrame) -> pd.DataFrame:
    """The differences with a verdict and numbers of three digits."""
    table = differences.drop(columns=_NOT_READ)
    for name in table.select_dtypes("float").columns:
        table[name] = table[name].map(_rounded)
    words = [verdict(row) for _, row in differences.iterrows()]
    return table.assign(verdict=words)


def _rounded(value: float) -> float:
    if value == 0.0 or not math.isfinite(value):
        return value
    return round(value, _SIGNIFICANT - 1 - math.floor(math.log10(abs(value))))


def manifest(found: Comparison, command: Sequence[str]) -> dict[str, Any]:
    """What was run, with what, where and when."""
    scenario = found.scenario
    return {
        "command": list(command),
        "config": scenario.resolved(),
        "config_hash": scenario.config_hash,
        "policies": [
            {
                "name": one.name,
                "title": one.title,
                "papers": list(one.papers),
                "description": one.description,
                "levers": [use.model_dump(mode="json") for use in one.levers],
            }
            for one in found.policies
        ],
        "worlds": list(found.worlds),
        "draws": found.draws,
        "half_width": found.half_width,
        "tables": {name: len(table) for name, table in kept_tables(found).items()},
        **provenance(),
        "seeds": found.seeds,
        "seed_rule": "first 8 bytes of SHA-256 of 'seed/replication', without the last bit",
        "runs": len(found.outcomes.drop_duplicates(_RUN)),
        "failed": len(found.failures),
        "started": found.started,
        "finished": found.finished,
    }


_RUN = ["policy", "world", "draw", "replication"]
