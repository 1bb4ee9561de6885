"""The folder of a search, which outlives a kill: each batch of runs is saved whole or not at all.

`manifest.json` (what is searched, and whether it is finished) · `evaluations.parquet` (every run)
and, when the search is finished, `front.parquet` and `front.csv`, `portfolios.csv` (sizes of
levers), `flattery.csv`, `failures.parquet` when a run failed, `summary.md` and `figures/`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from alliance_abm.problems import ConfigError
from alliance_abm.scenario import Scenario
from experiments.folders import MANIFEST, is_result_folder, new_file, new_folder
from experiments.provenance import package_versions, provenance
from experiments.results import FAILURES_FILE, FIGURES, SUMMARY, write_table
from experiments.search.confirm import Result
from experiments.search.report import summary_text
from experiments.search.study import SearchStudy

EVALUATIONS = "evaluations.parquet"
FRONT, FRONT_TEXT = "front.parquet", "front.csv"
SIZES_TEXT, FLATTERY_TEXT = "portfolios.csv", "flattery.csv"
MUST_AGREE = ("study", "config_hash", "budget", "seed", "code_version", "data_hashes")
Draw = Callable[[Result, Path], Any]


def manifest_of(
    study: SearchStudy, scenario: Scenario, budget: int, command: Sequence[str]
) -> dict[str, Any]:
    """What is searched, with what, where and when."""
    return {
        "command": list(command),
        "study": study.model_dump(mode="json"),
        "config": scenario.resolved(),
        "config_hash": scenario.config_hash,
        "seed": scenario.seed,
        "seeds": f"replications 0, 1, … of seed {scenario.seed}; fresh ones from 1000000 on",
        "budget": budget,
        **provenance(),
        "search_packages": package_versions(("pymoo", "scipy")),
        "started": _now(),
        "finished": None,
    }


def begun(out: Path, manifest: dict[str, Any], overwrite: bool) -> Path:
    """A new folder with its manifest, which a search can be continued from; returns its path.

    Raises ConfigError when it may not be written.
    """
    with new_folder(out, overwrite) as folder:
        _write(folder.temporary / MANIFEST, _json(manifest))
        folder.commit()
        return folder.target


def resumed(out: Path, manifest: dict[str, Any]) -> Path:
    """The folder of an interrupted search; raises ConfigError when it is none, or another's."""
    if not is_result_folder(out):
        raise ConfigError(f"--resume {out}: holds no search; allowed: a folder that a search began")
    before = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    asked = json.loads(_json(manifest))
    for key in MUST_AGREE:
        if before.get(key) != asked[key]:
            told = f" ({before.get(key)}, now {asked[key]})" if key in ("budget", "seed") else ""
            raise ConfigError(
                f"--resume {out}: was begun with another {key.replace('_', ' ')}{told}; allowed: "
                "the same study, config, budget, seed and code"
            )
    return out.resolve()


def write_found(found: Result, folder: Path, draw: Draw | None = None) -> None:
    """Write everything but the evaluations into the folder of a search, and close its manifest."""
    with new_file(folder / FRONT, overwrite=True) as file:
        write_table(found.front, file.temporary)
        file.commit()
    for name, table in ((FRONT_TEXT, found.front), (SIZES_TEXT, found.sizes),
                        (FLATTERY_TEXT, found.flattery)):  # fmt: skip
        _write(folder / name, table.to_csv(index=False))
    _failures(found.failures, folder / FAILURES_FILE)
    figures = folder / FIGURES
    shutil.rmtree(figures, ignore_errors=True)
    figures.mkdir()
    if draw is not None:
        draw(found, figures)
    images = [f"{FIGURES}/{path.name}" for path in sorted(figures.glob("*.svg"))]
    _write(folder / SUMMARY, summary_text(found, images))
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest |= {"runs": found.used, "failed": len(found.failures), "finished": _now()}
    _write(folder / MANIFEST, _json(manifest))


def _failures(failures: pd.DataFrame, path: Path) -> None:
    if not len(failures):
        return
    with new_file(path, overwrite=True) as file:
        write_table(failures, file.temporary)
        file.commit()


def _write(path: Path, text: str) -> None:
    with new_file(path, overwrite=True) as file:
        file.temporary.write_text(text, encoding="utf-8")
        file.commit()


def _json(manifest: dict[str, Any]) -> str:
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
