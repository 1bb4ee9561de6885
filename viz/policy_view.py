"""The tables of a comparison as its figures show them: one page of policies in some worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from alliance_abm.quarters import FIRST_YEAR, QUARTERS_A_YEAR
from experiments.comparison import Comparison
from experiments.paired import holm, paired
from experiments.runner import CENTRAL_DRAW, POLICY
from viz.policy_words import PLACEBO, Row, counted, cut, is_clear, is_zero, years_of

BASELINE = POLICY
FIGURES = ("baseline", "difference", "low", "high", "p", "n")


@dataclass(frozen=True)
class View:
    """A comparison in the worlds, and with the policies, of one figure."""

    comparison: Comparison
    worlds: tuple[str, ...]
    policies: tuple[str, ...]

    @classmethod
    def of(cls, comparison: Comparison) -> View:
        """All worlds and all policies that were run."""
        policies = tuple(one.name for one in comparison.policies)
        return cls(comparison, comparison.worlds, policies)

    def only(self, policies: Sequence[str]) -> View:
        """The same with fewer policies."""
        return replace(self, policies=tuple(policies))

    @cached_property
    def titles(self) -> dict[str, str]:
        """What each policy is called."""
        return {one.name: one.title or one.name for one in self.comparison.policies}

    def short(self, policy: str) -> str:
        """The title of a policy, cut for a headline."""
        return cut(self.titles[policy])

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Differences of these policies in these worlds."""
        table = self.comparison.differences
        mine = table["policy"].isin(self.policies) & table["world"].isin(self.worlds)
        return table[mine]

    @cached_property
    def headlines(self) -> list[str]:
        """Ids of the headlines, in the order of the registry."""
        table = self.differences
        return list(dict.fromkeys(table.loc[table["headline"].astype(bool), "outcome"]))

    def rows(self, outcomes: Sequence[str], world: str | None = None) -> list[Row]:
        """Rows of some outcomes, in one world or all."""
        table = self.differences[self.differences["outcome"].isin(list(outcomes))]
        if world is not None:
            table = table[table["world"] == world]
        return records(table)

    def row(self, policy: str, world: str, outcome: str) -> Row | None:
        """One difference; None when it was not measured."""
        found = self._by_key.get((policy, world, outcome))
        return found if found is not None and np.isfinite(found["difference"]) else None

    @cached_property
    def _by_key(self) -> dict[tuple[str, str, str], Row]:
        rows = records(self.differences)
        return {(row["policy"], row["world"], row["outcome"]): row for row in rows}

    def is_placebo(self, policy: str) -> bool:
        """Does the policy consist of the lever that cannot act?"""
        found = next(one for one in self.comparison.policies if one.name == policy)
        return {use.lever for use in found.levers} == {PLACEBO}

    @property
    def start(self) -> float:
        """The decimal year in which the first lever comes into force."""
        starts = [int(use.start) for one in self.comparison.policies for use in one.levers]
        return FIRST_YEAR + min(starts, default=0) / QUARTERS_A_YEAR

    def spread(self, outcome: str, world: str) -> float:
        """Standard deviation over runs without levers; nan for a single run."""
        table = self.comparison.outcomes
        mine = (table["policy"] == BASELINE) & (table["world"] == world)
        mine &= (table["outcome"] == outcome) & (table["draw"] == CENTRAL_DRAW)
        return float(table.loc[mine, "value"].std(ddof=1))

    @property
    def pairs(self) -> int:
        """How many pairs of runs stand behind a difference, at most."""
        return int(self.differences["n"].max()) if len(self.differences) else 0

    @property
    def ground(self) -> str:
        """World and number of pairs of runs, as a sentence."""
        if len(self.worlds) > 1:
            where = "Worlds " + ", ".join(f"'{world}'" for world in self.worlds)
        else:
            where = f"World '{self.worlds[0]}'"
        if self.pairs == 1:
            text = f"{where}, N = 1 pair of runs on the same seed, so without intervals."
        else:
            each = " in each" if len(self.worlds) > 1 else ""
            text = f"{where}, N = {self.pairs} pairs of runs on the same seeds{each}."
        failed = len(self.comparison.failures)
        return text + (f" {counted(failed, 'run', 'runs')} failed and are left out." * bool(failed))

    @property
    def interval(self) -> str:
        """What a mean difference is shown with; nothing for a single pair of runs."""
        return " with its 90 % interval" if self.pairs > 1 else ""

    @property
    def years(self) -> str:
        """The years that outcomes are taken over."""
        return years_of(self.comparison.scenario)

    def of_world(self, table: pd.DataFrame) -> pd.DataFrame:
        """Rows of a table in the (first) world, of these policies and without levers."""
        names = [*self.policies, BASELINE]
        return table[(table["world"] == self.worlds[0]) & table["policy"].isin(names)]


def records(table: pd.DataFrame) -> list[Row]:
    """Rows of a table as mappings."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def paired_changes(table: pd.DataFrame, keys: Sequence[str], value: str) -> pd.DataFrame:
    """Policy minus baseline on the same seeds, by policy and keys, for the rows of one world.

    Columns: policy, keys, baseline (mean), difference (mean), low, high, p, p_holm (all rows are
    one family), n. Seeds that lack one of the two are left out.
    """
    names = list(keys)
    wide = table.pivot_table(index="replication", columns=["policy", *names], values=value)
    rows: list[dict[str, Any]] = []
    policies = [name for name in dict.fromkeys(table["policy"]) if name != BASELINE]
    for policy in policies if BASELINE in set(table["policy"]) else []:
        after, before = wide[policy], wide[BASELINE]
        shared = [column for column in after.columns if column in before.columns]
        pairs = paired(before[shared].to_numpy(float), after[shared].to_numpy(float))
        for column, one in zip(shared, pairs, strict=True):
            labels = dict(zip(names, column if len(names) > 1 else (column,), strict=True))
            rows.append({"policy": policy, **labels, **{key: getattr(one, key) for key in FIGURES}})
    found = pd.DataFrame(rows, columns=["policy", *names, *FIGURES])
    found = found[found["n"] > 0].reset_index(drop=True)
    return found.assign(p_holm=holm(found["p"].to_numpy(float)))


def largest(rows: Sequence[Row], view: View) -> Row | None:
    """The clear difference that is largest against chance, or against its level; None without."""
    moved = [row for row in rows if is_clear(row)]
    return max(moved, key=lambda row: weight(row, view), default=None)


def weight(row: Row, view: View) -> float:
    """Size of a difference in standard deviations over runs, or as a share of its level."""
    spread = view.spread(row["outcome"], row["world"])
    unit = spread if np.isfinite(spread) and spread > 0.0 else abs(row["baseline"])
    return abs(row["difference"]) / unit if unit > 0.0 else 0.0


def foremost(view: View, outcomes: Sequence[str], most: int) -> list[str]:
    """At most so many policies: those that move the outcomes most, in the order asked for."""
    if len(view.policies) <= most:
        return list(view.policies)
    rows = [row for row in view.rows(outcomes, view.worlds[0]) if np.isfinite(row["difference"])]
    reach = dict.fromkeys(view.policies, (False, 0.0))
    for row in rows:
        found = is_clear(row), weight(row, view)
        reach[row["policy"]] = max(reach[row["policy"]], found)
    chosen = sorted(view.policies, key=lambda name: reach[name], reverse=True)[:most]
    return [name for name in view.policies if name in chosen]


def all_zero(rows: Sequence[Row]) -> bool:
    """Are there differences, and all exactly zero?"""
    return bool(rows) and all(is_zero(row) for row in rows)
