"""A result folder of `run` read back as the results that were written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from alliance_abm.config_files import validated
from alliance_abm.problems import ConfigError
from alliance_abm.scenario import Scenario
from alliance_abm.yaml_source import Source
from experiments.folders import MANIFEST, is_result_folder
from experiments.results import ORDERS_FILE
from experiments.runner import (
    FAILURE_COLUMNS,
    OUTCOME_COLUMNS,
    SERIES_COLUMNS,
    TABLES,
    RunResults,
)

RUN, COMPARE = "run", "compare"
OWN_KEYS: Mapping[str, str] = {  # of the manifests of other commands
    "policies": COMPARE,
    "controls": "controls",
    "at": "resilience",
    "figures_of": "figures",
}
LABELS = ["policy", "world", "replication"]
NEEDED: Mapping[str, Sequence[str]] = {
    "outcomes": OUTCOME_COLUMNS,
    "series": SERIES_COLUMNS,
    "stages": [*LABELS, "year", "route", "stage", "days", "orders"],
    "waits": [*LABELS, "group", "year", "clock", "quarters", "delivered", "orders"],
    "deliveries": [*LABELS, "period", "supplier", "buyer", "volume"],
    "sovereignty": LABELS,
    "portfolios": LABELS,
}


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a result folder; raises ConfigError when `folder` is none."""
    if not is_result_folder(folder):
        reason = "holds no results" if folder.is_dir() else "is no folder"
        raise ConfigError(f"{folder}: {reason}; allowed: a folder that run or compare wrote")
    found: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return found


def command_of(manifest: Mapping[str, Any]) -> str:
    """The command whose results a manifest describes; "" when it tells none of those known."""
    for key, command in OWN_KEYS.items():
        if key in manifest:
            return command
    return RUN if {"runs", "failed", "started", "finished"} <= set(manifest) else ""


def check_command(folder: Path, manifest: Mapping[str, Any], wanted: str) -> None:
    """Raise ConfigError unless the manifest is of the command `wanted`."""
    found = command_of(manifest)
    if found != wanted:
        of = f"results of '{found}'" if found else "results of another command"
        raise ConfigError(f"{folder}: holds {of}; allowed: a folder that {wanted} wrote")


def scenario_in(folder: Path, manifest: Mapping[str, Any]) -> Scenario:
    """The scenario of a manifest, checked whole; raises ConfigError."""
    return validated(Scenario, Source(str(folder / MANIFEST), manifest.get("config")))


def field_in(folder: Path, manifest: Mapping[str, Any], name: str, kind: type) -> Any:
    """A field of a manifest; raises ConfigError when it is missing or of another type."""
    value = manifest.get(name)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        reason = "is missing" if value is None else "is damaged"
        words = {int: "a whole number", str: "text", list: "a list"}
        raise ConfigError(f"{folder / MANIFEST}: {name}: {reason}; allowed: {words[kind]}")
    return value


def seeds_in(folder: Path, manifest: Mapping[str, Any]) -> list[int]:
    """The seeds of a manifest; raises ConfigError unless they are whole numbers."""
    seeds: list[int] = field_in(folder, manifest, "seeds", list)
    if not seeds or not all(isinstance(seed, int) for seed in seeds):
        path = folder / MANIFEST
        raise ConfigError(f"{path}: seeds: is damaged; allowed: a list of whole numbers")
    return seeds


def read_table(folder: Path, name: str, columns: Sequence[str] = ()) -> pd.DataFrame:
    """One table of a folder; raises ConfigError when it is missing, unreadable or incomplete."""
    path = folder / f"{name}.parquet"
    if not path.is_file():
        raise ConfigError(f"{path}: the table is missing; allowed: a folder with all its tables")
    try:
        table = pd.read_parquet(path)
    except (OSError, pa.ArrowException) as error:
        why = str(error).splitlines()[0]
        raise ConfigError(f"{path}: the table cannot be read ({why})") from None
    lacking = [column for column in columns if column not in table.columns]
    if lacking:
        raise ConfigError(f"{path}: the column '{lacking[0]}' is missing; the table is damaged")
    return table


def read_run(folder: str | Path) -> RunResults:
    """The results in a folder that `run` wrote, as `run_replications` gave them.

    Raises ConfigError when `folder` holds none, holds those of another command, or when its
    manifest or a table is missing or damaged.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    check_command(folder, manifest, RUN)
    tables = {name: read_table(folder, name, columns) for name, columns in NEEDED.items()}
    failures = pd.DataFrame(columns=FAILURE_COLUMNS)
    if field_in(folder, manifest, "failed", int):
        failures = read_table(folder, "failures", FAILURE_COLUMNS)
    orders = read_table(folder, Path(ORDERS_FILE).stem) if (folder / ORDERS_FILE).exists() else None
    return RunResults(
        scenario=scenario_in(folder, manifest),
        outcomes=tables["outcomes"],
        series=tables["series"],
        orders=orders,
        failures=failures,
        seeds=seeds_in(folder, manifest),
        started=field_in(folder, manifest, "started", str),
        finished=field_in(folder, manifest, "finished", str),
        tables={name: tables[name] for name in TABLES},
    )
