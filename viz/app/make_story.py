"""Renew what ships with the app: the runs of the story, and how the model did against the past.

    python -m viz.app.make_story

Run it whenever numbers change; a test compares what is shipped with fresh runs.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from alliance_abm.console import plain
from alliance_abm.scenario import load_scenario
from experiments.compare_files import write_comparison
from experiments.folders import MANIFEST
from viz.app.ensembles import Engine
from viz.app.settings import Settings
from viz.app.shipped import HINDCAST, STORY

KEPT = (MANIFEST, "differences", "outcomes", "series", "stages", "tiers", "lost")
OF_MACHINE = ("host", "packages", "git_commit", "git_dirty")
HINDCAST_RUNS = 100
ZSTD = 15  # slow to write, quick to read


def make_story() -> None:
    """Run the settings that the page begins with and write the comparison."""
    engine = Engine()
    try:
        results = asyncio.run(engine.run(Settings(), lambda done, total: None, lambda one: None))
    finally:
        engine.close()
    fresh = STORY.with_name("story.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    write_comparison(results.comparison, fresh, ["python", "-m", "viz.app.make_story"])
    for path in fresh.iterdir():
        if path.stem not in KEPT and path.name not in KEPT:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    make_small(fresh)
    shutil.rmtree(STORY, ignore_errors=True)
    fresh.rename(STORY)


def make_small(folder: Path) -> None:
    """Half the digits for series, which are only drawn, and nothing of the machine."""
    path = folder / "series.parquet"
    table = pd.read_parquet(path)
    series = pa.Table.from_pandas(table.astype({"value": "float32"}), preserve_index=False)
    pq.write_table(series, path, compression="zstd", compression_level=ZSTD)
    file = folder / MANIFEST
    manifest = json.loads(file.read_text(encoding="utf-8"))
    kept = {key: value for key, value in manifest.items() if key not in OF_MACHINE}
    file.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def make_hindcast() -> None:
    """Run the hindcast of the baseline and write its targets and scores."""
    from experiments.hindcast import hindcast

    found = hindcast(load_scenario("baseline"), HINDCAST_RUNS)
    rows = [
        {key: plain(value) for key, value in row.items()}
        for row in found
        if row["kind"] != "nation"
    ]
    text = json.dumps({"replications": HINDCAST_RUNS, "rows": rows}, indent=1)
    HINDCAST.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    make_story()
    make_hindcast()
