"""Nations over many runs: who supplies whom and how nations move, as medians with their range.

Low and high are the 10 and 90 % quantiles over runs, `n` the runs that have a value.  Changes are
policy minus baseline on the same seeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_abm.layout import N_ROUTES
from alliance_abm.quarters import FIRST_YEAR, quarter_labels
from alliance_abm.routes import ROUTES
from experiments.forks import ForkFailure, ForkRun
from experiments.nation_records import CLOCKS, DELIVERIES, MEASURES, NationRecord
from experiments.runner import CENTRAL_DRAW, POLICY

Floats = NDArray[np.float64]
Years = tuple[int, int]  # the first and the last, both counted
BASELINE = POLICY
EDGES = (0.1, 0.5, 0.9)
BAND = ["low", "median", "high", "n"]
ALL, IMPORTS = "all", "imports"
KEPT = 8  # sums over years that are kept at a time


@dataclass(frozen=True)
class NationEnsemble:
    """Records by policy and replication; without levers the policy is `baseline`."""

    records: Mapping[str, Mapping[int, NationRecord]]
    _volumes: dict[tuple[str, Years, str], Floats] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def of(
        cls, records: Mapping[str, Mapping[int, NationRecord] | Sequence[NationRecord]]
    ) -> NationEnsemble:
        """Records by policy, by replication or in its order.

        Raises ValueError without any record, or when records are of different nations or years.
        """
        found = {
            policy: dict(runs) if isinstance(runs, Mapping) else dict(enumerate(runs))
            for policy, runs in records.items()
        }
        every = [one for runs in found.values() for one in runs.values()]
        if not every:
            raise ValueError("an ensemble needs at least one record")
        if len({(one.nations, one.quarters) for one in every}) > 1:
            raise ValueError("records of one ensemble have the same nations and quarters")
        return cls(found)

    @classmethod
    def of_runs(cls, runs: Iterable[ForkRun | ForkFailure], world: str) -> NationEnsemble:
        """Records that runs of one world carry as their detail, the central draw's."""
        found: dict[str, dict[int, NationRecord]] = {}
        for run in runs:
            wanted = run.which.world == world and run.which.draw == CENTRAL_DRAW
            if wanted and isinstance(run, ForkRun) and isinstance(run.detail, NationRecord):
                found.setdefault(run.policy, {})[run.which.replication] = run.detail
        return cls.of(found)

    @property
    def policies(self) -> tuple[str, ...]:
        """All policies, the baseline among them."""
        return tuple(self.records)

    @property
    def any_record(self) -> NationRecord:
        """Some record, for what all have in common."""
        return next(one for runs in self.records.values() for one in runs.values())

    @property
    def nations(self) -> tuple[str, ...]:
        """Codes of the entities, the last the rest of the world."""
        return self.any_record.nations

    @property
    def years(self) -> Years:
        """The first and the last year of the runs."""
        return self.any_record.years

    def runs(self, policy: str) -> int:
        """How many runs stand behind a policy."""
        return len(self.records[policy])

    def volumes(self, policy: str, years: Years, clock: str = DELIVERIES) -> Floats:
        """Volume a year by run, buyer, supplier and route, (runs, E, E, routes); read-only.

        Raises ValueError for years outside the runs, or none.
        """
        key = (policy, years, clock)
        if key not in self._volumes:
            first, last = self.years
            if not first <= years[0] <= years[1] <= last:
                raise ValueError(f"years {years[0]} to {years[1]}; allowed: {first} to {last}")
            runs = self.records[policy].values()
            found = np.stack([_dense(one, years, CLOCKS.index(clock)) for one in runs])
            found.flags.writeable = False
            for old in list(self._volumes)[: len(self._volumes) - KEPT + 1]:
                self._volumes.pop(old, None)
            self._volumes[key] = found
            return found
        return self._volumes[key]

    def pairs(
        self, policy: str, years: Years, clock: str = DELIVERIES, of: str = IMPORTS
    ) -> Floats:
        """Volume a year by run, buyer and supplier, (runs, E, E).

        Without what nations make themselves, unless `of` is ALL.
        """
        found = self.volumes(policy, years, clock).sum(axis=3)
        if of == IMPORTS:
            own = np.arange(len(self.nations))
            found[:, own, own] = 0.0
        return np.asarray(found)

    def share_of(
        self, policy: str, supplier: str, years: Years, clock: str = DELIVERIES, of: str = IMPORTS
    ) -> Floats:
        """A supplier's share of what each buyer gets, (runs, E); NaN where it gets nothing."""
        volume = self.pairs(policy, years, clock, of)
        return ratio(volume[:, :, self.nations.index(supplier)], volume.sum(axis=2))

    def flows(self, policy: str, years: Years, clock: str = DELIVERIES) -> pd.DataFrame:
        """Volume a year by buyer, supplier and route.

        Columns: buyer, supplier, route, mean, low, median, high, n. Those without any volume in
        any run are left out. Means add up, medians do not.
        """
        volume = self.volumes(policy, years, clock)
        buyer, supplier, route = np.nonzero(volume.any(axis=0))
        names, routes = np.array(self.nations), np.array([one.id for one in ROUTES])
        values = volume[:, buyer, supplier, route]
        head = {"buyer": names[buyer], "supplier": names[supplier], "route": routes[route]}
        return pd.DataFrame({**head, "mean": values.mean(axis=0), **band(values)})

    def shares(
        self,
        policy: str,
        nation: str,
        years: Years,
        clock: str = DELIVERIES,
        of: str = ALL,
    ) -> pd.DataFrame:
        """Shares of suppliers in what a nation gets, the largest first.

        Columns: supplier (the nation itself for its own industry), mean, low, median, high, n.
        Runs in which it gets nothing are not counted.
        """
        volume = self.pairs(policy, years, clock, of)[:, self.nations.index(nation)]
        share = ratio(volume, volume.sum(axis=1, keepdims=True))
        share = share[np.isfinite(share).all(axis=1)]
        supplies = np.flatnonzero(volume.any(axis=0))
        values = share[:, supplies]
        names = np.array(self.nations)[supplies]
        mean = values.mean(axis=0) if len(values) else np.full(len(supplies), np.nan)
        found = pd.DataFrame({"supplier": names, "mean": mean, **band(values)})
        return found.sort_values(["mean", "supplier"], ascending=[False, True], ignore_index=True)

    def path_values(self, policy: str, nation: str, measure: str) -> Floats:
        """A measure of a nation (an id of MEASURES) by run and quarter."""
        row, column = self.nations.index(nation), list(MEASURES).index(measure)
        runs = self.records[policy].values()
        return np.stack([one.paths[:, row, column] for one in runs]).astype(float)

    def paths(self, policy: str, nation: str, measure: str) -> pd.DataFrame:
        """A measure of a nation by quarter: quarter, low, median, high, n."""
        values = self.path_values(policy, nation, measure)
        return pd.DataFrame({"quarter": quarter_labels(values.shape[1]), **band(values)})

    def yearly(self, policy: str, measure: str, years: Years) -> Floats:
        """A measure of all nations, mean over some years, (runs, E)."""
        when = slice(4 * (years[0] - FIRST_YEAR), 4 * (years[1] + 1 - FIRST_YEAR))
        column = list(MEASURES).index(measure)
        runs = self.records[policy].values()
        return np.stack([one.paths[when, :, column].mean(axis=0) for one in runs]).astype(float)

    def paired(self, policy: str) -> tuple[list[int], list[int]]:
        """Places of the runs of the policy and of the baseline that have the same seed."""
        mine, base = list(self.records[policy]), list(self.records[BASELINE])
        both = [one for one in mine if one in self.records[BASELINE]]
        return [mine.index(one) for one in both], [base.index(one) for one in both]


def _dense(record: NationRecord, years: Years, clock: int) -> Floats:
    rows = record.volumes
    first, last = years[0] - FIRST_YEAR, years[1] - FIRST_YEAR
    rows = rows[(rows["clock"] == clock) & (rows["year"] >= first) & (rows["year"] <= last)]
    n = len(record.nations)
    at = (rows["buyer"].astype(np.int64) * n + rows["supplier"]) * N_ROUTES + rows["route"]
    volume = np.bincount(at, rows["volume"], n * n * N_ROUTES).reshape(n, n, N_ROUTES)
    covered = min(record.quarters - 4 * first, 4 * (last + 1 - first)) / 4
    return np.asarray(volume / covered)


def ratio(part: Floats, whole: Floats) -> Floats:
    """part / whole, NaN where whole is 0."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0.0)


def band(values: Floats) -> dict[str, Any]:
    """Low, median, high and n over the first axis; NaN where no run has a value."""
    known = np.isfinite(values)
    n = known.sum(axis=0)
    edges = np.full((len(EDGES), *values.shape[1:]), np.nan)
    whole, part = n == len(values), (n > 0) & (n < len(values))
    if len(values) and whole.any():  # much quicker than looking for missing values
        edges[:, whole] = np.quantile(values[:, whole], EDGES, axis=0)
    if part.any():
        edges[:, part] = np.nanquantile(values[:, part], EDGES, axis=0)
    return {**dict(zip(BAND[:3], edges, strict=True)), "n": n}
