"""From runs of policies to tables, as `experiments.comparison` describes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alliance_abm.desks import STAGE_IDS
from alliance_abm.levers import LEVERS, LeverUse
from alliance_abm.outcomes import OUTCOMES
from alliance_abm.policies import PolicyChoice
from alliance_abm.procurement import COMPARED
from alliance_abm.quarters import quarter_labels
from alliance_abm.routes import ROUTES
from experiments.comparison import (
    BILL_COLUMNS,
    LOST_COLUMNS,
    STAGE_COLUMNS,
    TIER_COLUMNS,
)
from experiments.difference_rows import difference_rows, difference_table, mean_differences
from experiments.forks import Floats, ForkFailure, ForkRun, Forks
from experiments.paired import holm, is_clear, paired
from experiments.runner import (
    CENTRAL_DRAW,
    FAILURE_COLUMNS,
    OUTCOME_COLUMNS,
    POLICY,
    SERIES_COLUMNS,
)

TIER_NAMES = {0: "United States", 1: "first tier", 2: "other buyers"}
MONEY = "US$"  # in the unit of what is a cost
Key = tuple[str, str, int]  # policy or variant, world, draw


@dataclass(frozen=True)
class Tables:
    """Runs by variant, world and draw, each in the order of replications."""

    policies: tuple[PolicyChoice, ...]
    worlds: tuple[str, ...]
    forks: Forks
    runs: dict[Key, list[ForkRun]]

    @classmethod
    def of(
        cls,
        policies: tuple[PolicyChoice, ...],
        worlds: tuple[str, ...],
        forks: Forks,
        runs: Sequence[ForkRun],
    ) -> Tables:
        """The runs sorted."""
        found: dict[Key, list[ForkRun]] = {}
        for one in runs:
            found.setdefault((one.policy, one.which.world, one.which.draw), []).append(one)
        return cls(policies, worlds, forks, found)

    def values(self, policy: str, world: str, draw: int = CENTRAL_DRAW) -> Floats:
        """Outcomes (replications, outcomes), in order of the registry; nan where a run failed."""
        count = self.forks.replications if draw == CENTRAL_DRAW else self.forks.draw_replications
        found = np.full((count, len(OUTCOMES)), np.nan)
        for one in self.runs.get((policy, world, draw), ()):
            found[one.which.replication] = [one.outcomes[name] for name in OUTCOMES]
        return found

    def differences(self, seed: int, half_width: float | None) -> pd.DataFrame:
        """Policies against the baseline, by world and outcome."""
        rows = [
            row
            for world in self.worlds
            for policy in self.policies
            for row in self._compared(policy, world, seed, half_width)
        ]
        return difference_table(rows)

    def _compared(
        self, policy: PolicyChoice, world: str, seed: int, half_width: float | None
    ) -> Iterator[dict[str, Any]]:
        labels = {"policy": policy.name, "policy_title": policy.title, "world": world}
        before, after = self.values(POLICY, world), self.values(policy.name, world)
        by_draw = mean_differences(self._drawn(POLICY, world), self._drawn(policy.name, world))
        known = tuple(OUTCOMES.values())
        yield from difference_rows(labels, known, before, after, by_draw, seed, half_width)

    def _drawn(self, policy: str, world: str) -> Floats:
        """Outcomes of each draw, (draws, replications, outcomes)."""
        shape = (len(self.forks.draws), self.forks.draw_replications, len(OUTCOMES))
        found = np.full(shape, np.nan)
        for row in range(len(found)):
            found[row] = self.values(policy, world, CENTRAL_DRAW + 1 + row)
        return found

    def bills(self, given: Sequence[tuple[str, LeverUse, str]], seed: int) -> pd.DataFrame:
        """What each lever of a policy does with its bill alone.

        `given` holds policy, lever and variant. All headlines and all costs in money, and other
        outcomes that change clearly.
        """
        parts = [
            self._billed(policy, use, variant, world, seed)
            for world in self.worlds
            for policy, use, variant in given
        ]
        if not parts:
            return pd.DataFrame(columns=BILL_COLUMNS)
        table = pd.concat(parts, ignore_index=True)
        for _, family in table.groupby(["world", "headline"]):
            table.loc[family.index, "p_holm"] = holm(family["p"].to_numpy(float))
        clear = np.array([is_clear(row) for _, row in table.iterrows()])
        kept = (
            table["headline"].to_numpy(bool)
            | table["unit"].str.contains(MONEY, regex=False)
            | clear
        )
        return table[kept].reset_index(drop=True)[BILL_COLUMNS]

    def _billed(
        self, policy: str, use: LeverUse, variant: str, world: str, seed: int
    ) -> pd.DataFrame:
        """Every outcome of one bill alone against the baseline."""
        found = paired(self.values(POLICY, world), self.values(variant, world), seed)
        rows = [
            {
                "policy": policy, "world": world, "lever": use.lever,
                "what": LEVERS[use.lever].bill_text, "outcome": outcome.id, "name": outcome.name,
                "unit": outcome.unit, "headline": outcome.headline, "baseline": one.baseline,
                "difference": one.difference, "low": one.low, "high": one.high, "p": one.p,
                "p_holm": np.nan, "n": one.n,
            }
            for outcome, one in zip(OUTCOMES.values(), found, strict=True)
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def _central(self, policies: Sequence[str]) -> Iterator[tuple[str, str, ForkRun]]:
        for world in self.worlds:
            for policy in policies:
                for one in self.runs.get((policy, world, CENTRAL_DRAW), ()):
                    yield policy, world, one

    def outcomes(self, policies: Sequence[str]) -> pd.DataFrame:
        """One row a run and outcome, all draws."""
        rows = [
            (policy, world, draw, one.which.replication, one.seed, outcome, float(value))
            for (policy, world, draw), runs in self.runs.items()
            if policy in policies
            for one in runs
            for outcome, value in one.outcomes.items()
        ]
        return pd.DataFrame(rows, columns=OUTCOME_COLUMNS)

    def series(self, policies: Sequence[str]) -> pd.DataFrame:
        """Quarterly series of the central draw."""
        parts: list[dict[str, Any]] = []
        for policy, world, one in self._central(policies):
            labels = {"policy": policy, "world": world, "replication": one.which.replication}
            for (entity, outcome), values in one.series.items():
                parts.append({**labels, "entity": entity, "outcome": outcome, "value": values})
        if not parts:
            return pd.DataFrame(columns=SERIES_COLUMNS)
        lengths = [len(part["value"]) for part in parts]
        quarters = np.array(quarter_labels(max(lengths)), object)
        found: dict[str, Any] = {
            name: np.repeat(np.array([part[name] for part in parts]), lengths)
            for name in ("policy", "world", "replication", "entity", "outcome")
        }
        found["quarter"] = np.concatenate([quarters[:length] for length in lengths])
        found["value"] = np.concatenate([part["value"] for part in parts])
        return pd.DataFrame(found)[SERIES_COLUMNS]

    def stages(self, policies: Sequence[str]) -> pd.DataFrame:
        """Mean days in each stage, of routes that pass through administration."""
        rows = []
        for policy, world, one in self._central(policies):
            if one.stages is None:
                continue
            for route, (*days, cases) in zip(ROUTES, one.stages.tolist(), strict=True):
                if not sum(days):
                    continue
                labels = (policy, world, one.which.replication, route.id)
                rows += [
                    (*labels, stage, spent / cases, int(cases))
                    for stage, spent in zip(STAGE_IDS, days, strict=True)
                ]
        return pd.DataFrame(rows, columns=STAGE_COLUMNS)

    def tiers(self, policies: Sequence[str]) -> pd.DataFrame:
        """Mean days from request to contract by tier and route."""
        rows = []
        for policy, world, one in self._central(policies):
            if one.tiers is None:
                continue
            for tier, by_route in enumerate(one.tiers):
                name = TIER_NAMES.get(tier, f"tier {tier}")
                for route, (days, cases) in zip(ROUTES, by_route.tolist(), strict=True):
                    if days:
                        labels = (policy, world, one.which.replication, name, route.id)
                        rows.append((*labels, days / cases, int(cases)))
        return pd.DataFrame(rows, columns=TIER_COLUMNS)

    def lost(self, policies: Sequence[str]) -> pd.DataFrame:
        """Lost U.S. sales by cause; the share is nan when none was lost."""
        rows = []
        for policy, world, one in self._central(policies):
            if one.lost is None:
                continue
            whole = one.lost.sum()
            for cause, volume in zip(COMPARED, one.lost.tolist(), strict=True):
                share = volume / whole if whole > 0.0 else np.nan
                rows.append((policy, world, one.which.replication, cause, volume, share))
        return pd.DataFrame(rows, columns=LOST_COLUMNS)


def failures_table(failed: Sequence[ForkFailure]) -> pd.DataFrame:
    """One row a run that raised; the policy is a variant where the bill alone was run."""
    rows = [
        (one.policy, one.which.world, one.which.draw, one.which.replication, one.seed, one.error,
         one.traceback)
        for one in failed
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=FAILURE_COLUMNS)
