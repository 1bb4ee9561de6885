"""The table of evaluations: every run of the search, by portfolio and seed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_abm.problems import ConfigError
from experiments.folders import new_file
from experiments.results import write_table
from experiments.runner import POLICY

Floats = NDArray[np.float64]
FRESH = 1_000_000  # replications from here on are seeds that the search never sees
SEARCH, CONFIRM = "search", "confirm"
KEYS = ["phase", "portfolio", "world", "replication", "seed", "error"]
Key = tuple[str, int]  # portfolio, replication


class Measured(NamedTuple):
    """One run: its outcomes by id, empty with the error when it failed."""

    portfolio: str
    world: str
    replication: int
    seed: int
    outcomes: dict[str, float]
    error: str = ""


@dataclass
class Evaluations:
    """All runs; `baseline` is the portfolio without levers.

    Attributes:
        worlds: names of the worlds that each portfolio is run in.
        outcomes: ids of the outcomes that are kept.
        values: (worlds, outcomes) by portfolio and replication; nan where a run failed.
    """

    worlds: tuple[str, ...]
    outcomes: tuple[str, ...]
    values: dict[Key, Floats] = field(default_factory=dict)
    seeds: dict[int, int] = field(default_factory=dict)
    errors: dict[tuple[str, int, str], str] = field(default_factory=dict)

    def add(self, runs: Iterable[Measured]) -> None:
        """Put runs in."""
        for one in runs:
            key = (one.portfolio, one.replication)
            empty = np.full((len(self.worlds), len(self.outcomes)), np.nan)
            values = self.values.setdefault(key, empty)
            self.seeds[one.replication] = one.seed
            if one.error:
                self.errors[(*key, one.world)] = one.error
                continue
            row = [float(one.outcomes[name]) for name in self.outcomes]
            values[self.worlds.index(one.world)] = row

    def levels(self, portfolio: str, replications: Sequence[int]) -> Floats:
        """Outcomes, mean over worlds, (replications, outcomes)."""
        return np.array([self.values[portfolio, one].mean(axis=0) for one in replications])

    def apart(self, portfolio: str, replications: Sequence[int]) -> Floats:
        """Outcomes less those of the baseline on the same seeds, (replications, outcomes)."""
        return self.levels(portfolio, replications) - self.levels(POLICY, replications)

    def table(self) -> pd.DataFrame:
        """One row a run: KEYS, and a column an outcome; the same runs give the same table."""
        rows = [
            (
                SEARCH if replication < FRESH else CONFIRM, portfolio, world, replication,
                self.seeds[replication], self.errors.get((portfolio, replication, world), ""),
                *self.values[portfolio, replication][place],
            )
            for portfolio, replication in sorted(self.values, key=lambda key: (key[1], key[0]))
            for place, world in enumerate(self.worlds)
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=[*KEYS, *self.outcomes])

    def write(self, path: Path) -> None:
        """Write the table whole or not at all, over an earlier one."""
        with new_file(path, overwrite=True) as file:
            write_table(self.table(), file.temporary)
            file.commit()

    def read(self, path: Path) -> None:
        """Put in what an interrupted search has run; raises ConfigError for another's table."""
        try:
            table = pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path}: cannot be read ({error})") from None
        if list(table.columns) != [*KEYS, *self.outcomes]:
            raise ConfigError(f"{path}: holds other outcomes; allowed: the same study")
        for row in table.to_dict("records"):
            measured = {name: float(row[name]) for name in self.outcomes}
            place = (str(row["portfolio"]), str(row["world"]))
            runs = Measured(*place, row["replication"], row["seed"], measured, row["error"])
            self.add([runs])
