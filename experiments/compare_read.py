"""A comparison of policies read back from the folder that `compare` wrote.

The folder is checked whole: its manifest, the version and the data that it was made with, and
every table with its columns.  What is read equals what was written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

import alliance_abm
from alliance_abm.config_files import validated
from alliance_abm.fields import Strict
from alliance_abm.levers import Levers
from alliance_abm.policies import PolicyChoice, choice_of
from alliance_abm.problems import ConfigError, nearest_name
from alliance_abm.scenario import Scenario
from alliance_abm.yaml_source import Source
from experiments.compare_files import OPTIONAL, TABLES
from experiments.comparison import (
    BILL_COLUMNS,
    BREAK_EVEN_COLUMNS,
    DIFFERENCE_COLUMNS,
    LOST_COLUMNS,
    STAGE_COLUMNS,
    TIER_COLUMNS,
    Comparison,
)
from experiments.folders import MANIFEST, is_result_folder
from experiments.results import FIGURES
from experiments.runner import FAILURE_COLUMNS, OUTCOME_COLUMNS, SERIES_COLUMNS

COLUMNS: Mapping[str, list[str]] = {
    "differences": DIFFERENCE_COLUMNS,
    "outcomes": OUTCOME_COLUMNS,
    "series": SERIES_COLUMNS,
    "stages": STAGE_COLUMNS,
    "tiers": TIER_COLUMNS,
    "lost": LOST_COLUMNS,
    "bills": BILL_COLUMNS,
    "break_even": BREAK_EVEN_COLUMNS,
    "failures": FAILURE_COLUMNS,
}
ALLOWED = "allowed: a folder that `alliance-abm compare` wrote"
AGAIN = "run the comparison again"
_KEYS: Mapping[str, type] = {
    "config": dict, "config_hash": str, "policies": list, "worlds": list, "draws": int,
    "seeds": list, "started": str, "finished": str, "code_version": str,
}  # fmt: skip


class _Uses(Strict):
    levers: Levers


def read_comparison(folder: Path) -> Comparison:
    """The comparison in a result folder of `compare`.

    Raises ConfigError, one clear message, when `folder` is none, was written by another command,
    by another version of the program or with other data, or lacks a table or holds a damaged one.
    """
    manifest = _manifest(folder)
    scenario = _scenario(manifest, folder)
    tables = {name: _table(name, manifest, folder) for name in TABLES}
    figures = folder / FIGURES
    return Comparison(
        scenario=scenario,
        policies=tuple(_policy(one, folder) for one in manifest["policies"]),
        worlds=tuple(str(world) for world in manifest["worlds"]),
        replications=len(manifest["seeds"]),
        draws=manifest["draws"],
        seeds=list(manifest["seeds"]),
        started=manifest["started"],
        finished=manifest["finished"],
        figures=sorted(path.name for path in figures.iterdir()) if figures.is_dir() else [],
        half_width=manifest.get("half_width"),
        **tables,
    )


def _manifest(folder: Path) -> dict[str, Any]:
    """The manifest, known to be one of `compare` and of this version."""
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise ConfigError(f"{folder}: {what}; {ALLOWED}")
    if not is_result_folder(folder):
        raise ConfigError(f"{folder}: holds no results; {ALLOWED}")
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not {"policies", "worlds", "draws"} <= set(manifest):
        words = manifest["command"]
        named = isinstance(words, list) and len(words) > 1
        by = f"`{' '.join(map(str, words[:2]))}`" if named else "another command"
        raise ConfigError(f"{folder}: holds results of {by}; {ALLOWED}")
    for key, kind in _KEYS.items():
        if not isinstance(manifest.get(key), kind):
            raise ConfigError(f"{folder / MANIFEST}: {key}: is missing or damaged; {ALLOWED}")
    if not all(manifest[key] for key in ("policies", "worlds")):
        raise ConfigError(f"{folder / MANIFEST}: names no policy or no world; {ALLOWED}")
    if not manifest["seeds"] or not all(type(seed) is int for seed in manifest["seeds"]):
        raise ConfigError(
            f"{folder / MANIFEST}: seeds: is damaged; allowed: a list of whole numbers; {AGAIN}"
        )
    if manifest["code_version"] != alliance_abm.__version__:
        raise ConfigError(
            f"{folder}: was written by version {manifest['code_version']}; allowed: results of "
            f"version {alliance_abm.__version__}: {AGAIN}"
        )
    return manifest


def _scenario(manifest: Mapping[str, Any], folder: Path) -> Scenario:
    """The scenario, with the configuration and data that the results were made with."""
    place = str(folder / MANIFEST)
    scenario = validated(Scenario, Source(place, manifest["config"]))
    if scenario.config_hash != manifest["config_hash"]:
        raise ConfigError(
            f"{folder}: was written with another configuration or other data "
            f"({manifest['config_hash']}, here {scenario.config_hash}); {AGAIN}"
        )
    return scenario


def _policy(given: Any, folder: Path) -> PolicyChoice:
    place = str(folder / MANIFEST)
    if not isinstance(given, dict) or not {"name", "title", "levers"} <= set(given):
        raise ConfigError(f"{place}: a policy is damaged; {ALLOWED}")
    uses = validated(_Uses, Source(place, {"levers": given["levers"]})).levers
    if not uses:
        raise ConfigError(f"{place}: policy {given['name']}: has no levers; {ALLOWED}")
    papers = tuple(str(item) for item in given.get("papers", ()))
    name, title = str(given["name"]), str(given["title"])
    return choice_of(name, title, uses, papers, str(given.get("description", "")))


def _table(name: str, manifest: Mapping[str, Any], folder: Path) -> pd.DataFrame:
    """One table with the columns and, where the manifest tells, the rows it was written with."""
    path = folder / f"{name}.parquet"
    told = manifest.get("tables")
    rows = told.get(name) if isinstance(told, dict) else None
    if not path.exists():
        if name in OPTIONAL and rows is None:
            return pd.DataFrame(columns=COLUMNS[name])
        raise ConfigError(f"{path}: is missing; {AGAIN}")
    try:
        table = pd.read_parquet(path)
    except (OSError, pa.ArrowException) as error:
        why = str(error).split("\n")[0]
        raise ConfigError(f"{path}: cannot be read ({why}); {AGAIN}") from None
    missing = [column for column in COLUMNS[name] if column not in table.columns]
    if missing:
        near = nearest_name(missing[0], map(str, table.columns))
        hint = f" (there is '{near}')" if near else ""
        raise ConfigError(f"{path}: column {missing[0]} is missing{hint}; {AGAIN}")
    if rows is not None and rows != len(table):
        raise ConfigError(f"{path}: has {len(table)} rows, {rows} were written; {AGAIN}")
    return table
