"""Reading the folder of a batch, finished or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from alliance_abm.config_files import validated
from alliance_abm.levers import LeverUse
from alliance_abm.policies import PolicyChoice, choice_of
from alliance_abm.problems import ConfigError
from alliance_abm.scenario import Scenario
from alliance_abm.yaml_source import Source
from experiments.batch.designs import LEVER, Factor, Floats
from experiments.batch.shards import OUTCOMES, SCHEMA
from experiments.batch.store import DESIGN, Store
from experiments.batch.work import LEVERS_POLICY
from experiments.folders import MANIFEST
from experiments.runner import CENTRAL_DRAW, POLICY


@dataclass(frozen=True)
class Batch:
    """A batch that was read.

    Attributes:
        points: values of the factors by draw; draw 0 is the config as it is.
        policies: those beside the baseline; of a design that varies levers the one `levers`.
        outcomes: policy, world, draw, replication, seed, outcome, value.
        failures: policy, world, draw, replication, seed, error, traceback.
        runs_done, runs_total: counts of runs, those that failed among them.
    """

    folder: Path
    manifest: dict[str, Any]
    scenario: Scenario
    title: str
    description: str
    method: str | None
    factors: tuple[Factor, ...]
    points: pd.DataFrame
    policies: tuple[PolicyChoice, ...]
    worlds: tuple[str, ...]
    outcome_ids: tuple[str, ...]
    replications: int
    draw_replications: int
    outcomes: pd.DataFrame
    failures: pd.DataFrame
    runs_done: int
    runs_total: int

    @property
    def complete(self) -> bool:
        """Have all runs been done?"""
        return self.runs_done == self.runs_total

    @property
    def draws(self) -> int:
        """Points of the design, without the central draw."""
        return len(self.points) - 1

    @cached_property
    def _values(self) -> dict[tuple[str, str], Floats]:
        """Values by policy and world, each (draws + 1, replications, outcomes)."""
        shape = (
            len(self.points),
            max(self.replications, self.draw_replications),
            len(self.outcome_ids),
        )
        place = {name: column for column, name in enumerate(self.outcome_ids)}
        found = {}
        for key, rows in self.outcomes.groupby(["policy", "world"], observed=True):
            column = rows["outcome"].map(place).to_numpy(int)
            values = np.full(shape, np.nan)
            values[rows["draw"].to_numpy(), rows["replication"].to_numpy(), column] = rows["value"]
            found[str(key[0]), str(key[1])] = values
        return found

    def values(self, policy: str, world: str) -> Floats:
        """Outcomes (draws + 1, replications, outcomes); nan where not run, or failed."""
        found = self._values.get((policy, world))
        if found is None:
            most = max(self.replications, self.draw_replications)
            return np.full((len(self.points), most, len(self.outcome_ids)), np.nan)
        return found

    def baseline(self, world: str, policy: str = POLICY) -> Floats:
        """Outcomes of the runs that a policy's are paired with, in the shape of its values."""
        found = self.values(POLICY, world)
        if policy == LEVERS_POLICY and all(one.kind == LEVER for one in self.factors):
            return np.broadcast_to(found[CENTRAL_DRAW], found.shape)
        return found


def read_batch(folder: str | Path) -> Batch:
    """The batch in a folder, as far as it is; raises ConfigError when there is none."""
    store = Store(Path(folder))
    manifest = store.manifest
    if "experiment" not in manifest:
        raise ConfigError(f"{folder}: holds no runs of the model; allowed: a folder of `batch`")
    source = Source(str(store.folder / MANIFEST), manifest["config"])
    experiment = manifest["experiment"]
    names = {name: number for number, name in enumerate(manifest["shard_ids"])}
    done = {number for number, (mark, _) in store.files().items() if names.get(mark) == number}
    return Batch(
        store.folder,
        manifest,
        validated(Scenario, source),
        experiment["title"],
        experiment["description"],
        (experiment.get("design") or {}).get("method"),
        tuple(Factor(**{**one, "values": tuple(one["values"])}) for one in manifest["factors"]),
        pd.read_parquet(store.folder / DESIGN).set_index("draw"),
        _policies(manifest),
        tuple(manifest["worlds"]),
        tuple(manifest["outcomes"]),
        manifest["replications"],
        manifest["draw_replications"],
        outcomes_of(store, names),
        store.failures(),
        sum(manifest["shard_runs"][number] for number in done),
        manifest["runs"],
    )


def _policies(manifest: dict[str, Any]) -> tuple[PolicyChoice, ...]:
    found = [
        choice_of(
            one["name"],
            one["title"],
            tuple(LeverUse.model_validate(use) for use in one["levers"]),
            one["papers"],
            one["description"],
        )
        for one in manifest["policies"]
    ]
    if any(one["kind"] == LEVER for one in manifest["factors"]):
        found.append(PolicyChoice(LEVERS_POLICY, "Levers at the sizes of the draw", ()))
    return tuple(found)


def outcomes_of(store: Store, known: Mapping[str, int] | None = None) -> pd.DataFrame:
    """Rows of all shards that are there, in their order; labels are categories.

    With `known` ids, of these alone.
    """
    files = [str(path) for mark, path in store.files().values() if known is None or mark in known]
    if not files:
        table = SCHEMA.empty_table()
    else:
        try:
            table = ds.dataset(files, schema=SCHEMA, format="parquet").to_table()
        except (OSError, pa.ArrowInvalid) as error:
            raise ConfigError(
                f"{store.folder / OUTCOMES}: a shard cannot be read ({error}); allowed: --resume, "
                "which does damaged shards again"
            ) from None
    return table.unify_dictionaries().to_pandas()
