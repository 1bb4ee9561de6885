"""A config beside each control: the same seeds, one mechanism switched off at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_abm.controls import CONTROLS
from alliance_abm.quarters import Quarter
from alliance_abm.scenario import Scenario, WorldSelection
from experiments.hindcast import SCORED_UNTIL
from experiments.pool import Failure, Progress, Task, all_failed, run_tasks
from experiments.runner import CENTRAL_DRAW, OUTCOME_COLUMNS, POLICY, replication_seed
from experiments.scores import (
    FIRST,
    WINDOWS,
    Record,
    Rules,
    distance,
    mean_shares,
    naive_score,
    shares,
    weighted,
)
from experiments.summaries import HIGH, interval

TVD = "tvd"
TVD_UNIT = "distance of supplier shares, 0-1"
Row = dict[str, Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ControlRun:
    """What one run leaves: outcomes by id, and volumes [window, buyer, supplier] if scored."""

    policy: str
    replication: int
    seed: int
    outcomes: dict[str, float]
    volumes: Floats | None


@dataclass(frozen=True)
class Variants:
    """The work of a pool: task number → run of a variant; each variant has the same seeds."""

    scenarios: Mapping[str, Scenario]
    replications: int
    scored: bool

    def which(self, number: int) -> tuple[str, int]:
        """Variant and replication of a task."""
        variant, replication = divmod(number, self.replications)
        return list(self.scenarios)[variant], replication

    def tasks(self, seed: int) -> list[Task]:
        """All runs, variant by variant."""
        runs = len(self.scenarios) * self.replications
        return [Task(one, replication_seed(seed, self.which(one)[1])) for one in range(runs)]

    def __call__(self, scenario: Scenario, number: int, seed: int) -> ControlRun:
        """Do one run."""
        from alliance_abm.model import AllianceModel

        policy, replication = self.which(number)
        model = AllianceModel(self.scenarios[policy], rng=seed).run()
        volumes = model.import_volumes() if self.scored else None
        return ControlRun(policy, replication, seed, model.outcomes(), volumes)


@dataclass(frozen=True)
class ControlResults:
    """Runs of a config and of each control: rows to show, and every outcome of every run.

    Rows have kind (`outcome` or `hindcast`), control, measure, window, unit, baseline, value,
    naive, difference, low, high, n. In those of kind `outcome`, `baseline`, `value` and
    `difference` are medians over the n pairs of runs, low to high the 90 % interval of the
    differences. In those of kind `hindcast` they are total-variation distances of ensemble-mean
    supplier shares from the record, with a 90 % jackknife interval.
    """

    scenario: Scenario
    rows: list[Row]
    outcomes: pd.DataFrame
    failures: list[tuple[str, Failure]]
    seeds: list[int]
    replications: int


def compared(scenario: Scenario) -> dict[str, Scenario]:
    """The scenario as it is, and with each control that it does not have; raises ConfigError."""
    others = [name for name in CONTROLS if name not in scenario.controls]
    return {POLICY: scenario, **{name: scenario.with_control(name) for name in others}}


def is_scored(scenario: Scenario) -> bool:
    """Is the scenario the whole world, run through the years that the record has?"""
    whole, mine = WorldSelection(), scenario.world
    same = set(mine.nations) == set(whole.nations) and set(mine.domains) == set(whole.domains)
    return same and scenario.horizon.end >= Quarter.parse(SCORED_UNTIL)


def run_controls(
    scenario: Scenario,
    replications: int | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> ControlResults:
    """Run the scenario and each control `replications` times (default: the scenario's).

    Raises ConfigError when a control contradicts one of the scenario's, RunError when a worker
    process dies or no run of the scenario itself succeeds.
    """
    runs = replications or scenario.replications
    variants = Variants(compared(scenario), runs, is_scored(scenario))
    tasks = variants.tasks(scenario.seed)
    found = run_tasks(scenario, variants, tasks, jobs, progress)
    records = [one for one in found if not isinstance(one, Failure)]
    failures = [_failed(one, variants) for one in found if isinstance(one, Failure)]
    if not any(one.policy == POLICY for one in records):
        raise all_failed([failure for _, failure in failures])
    rows = comparison_rows(scenario, list(variants.scenarios)[1:], records)
    seeds = [task.seed for task in tasks[:runs]]
    return ControlResults(scenario, rows, outcomes_table(scenario, records), failures, seeds, runs)


def _failed(failure: Failure, variants: Variants) -> tuple[str, Failure]:
    """Variant and failure, with the number of its replication."""
    policy, replication = variants.which(failure.replication)
    return policy, Failure(replication, failure.seed, failure.error, failure.traceback)


def outcomes_table(scenario: Scenario, records: Sequence[ControlRun]) -> pd.DataFrame:
    """One row per run and outcome; the policy is the id of the control, or the baseline."""
    rows = [
        (one.policy, scenario.name, CENTRAL_DRAW, one.replication, one.seed, outcome, float(value))
        for one in records
        for outcome, value in one.outcomes.items()
    ]
    return pd.DataFrame(rows, columns=OUTCOME_COLUMNS)


def comparison_rows(
    scenario: Scenario, controls: Sequence[str], records: Sequence[ControlRun]
) -> list[Row]:
    """Rows of each control: its headline outcomes, then its hindcast if the runs are scored."""
    by_run = {
        policy: {one.replication: one for one in records if one.policy == policy}
        for policy in (POLICY, *controls)
    }
    rows: list[Row] = []
    for name in controls:
        both = sorted(set(by_run[POLICY]) & set(by_run[name]))
        pairs = [(by_run[POLICY][one], by_run[name][one]) for one in both]
        rows += [{"control": name, **row} for row in outcome_rows(pairs)]
        if is_scored(scenario):
            rows += [{"control": name, **row} for row in hindcast_rows(scenario, pairs)]
    return rows


def outcome_rows(pairs: Sequence[tuple[ControlRun, ControlRun]]) -> list[Row]:
    """One row a headline outcome of pairs (baseline, control) of runs with the same seed."""
    from alliance_abm.outcomes import OUTCOMES

    rows: list[Row] = []
    for outcome in OUTCOMES.values():
        if not outcome.headline:
            continue
        values = np.array([[one.outcomes[outcome.id] for one in pair] for pair in pairs], float)
        values = values.reshape(-1, 2)
        values = values[np.isfinite(values).all(axis=1)]
        medians = [interval(values[:, column])["median"] for column in (0, 1)]
        found = interval(values[:, 1] - values[:, 0])
        figures = (*medians, None, found["median"], found["low"], found["high"], found["n"])
        rows.append(_row("outcome", outcome.id, None, outcome.unit, figures))
    return rows


def hindcast_rows(scenario: Scenario, pairs: Sequence[tuple[ControlRun, ControlRun]]) -> list[Row]:
    """One row a scored window: distances of baseline, control and naive forecast."""
    record, rules = Record.of(scenario.world.nations), Rules.of(scenario)
    rows: list[Row] = []
    for window in range(FIRST + 1, len(WINDOWS)):
        naive = naive_score(record, FIRST, window, TVD, rules)
        figures: tuple[float | None, ...] = (None, None, naive, None, None, None, 0)
        if pairs:
            stacks = [np.stack([one.volumes[window] for one in side if one.volumes is not None])
                      for side in zip(*pairs, strict=True)]  # fmt: skip
            before, after = (distances(record, stack, window, rules) for stack in stacks)
            apart = after[0] - before[0]
            reach = _jackknife(after[1] - before[1]) * NormalDist().inv_cdf(HIGH)
            figures = (
                before[0], after[0], naive, apart, apart - reach, apart + reach, len(pairs)
            )  # fmt: skip
        rows.append(_row("hindcast", TVD, WINDOWS[window], TVD_UNIT, figures))
    return rows


def distances(record: Record, volumes: Floats, window: int, rules: Rules) -> tuple[float, Floats]:
    """Distance from the record of the mean shares of all runs, and with each run left out.

    volumes: [run, buyer, supplier] of the window. With one run none can be left out.
    """
    mask = record.scored(window, rules.least_volume)
    observed, weights = shares(record.volumes[window])[mask], record.volumes[window][mask].sum(1)
    by_run = shares(volumes)[:, mask]
    left = np.arange(len(by_run))
    without = [by_run[left != one] for one in left] if len(left) > 1 else []
    scores = [weighted(distance(mean_shares(runs), observed), weights) for runs in without]
    whole = float(weighted(distance(mean_shares(by_run), observed), weights))
    return whole, np.array(scores, float)


def _jackknife(values: Floats) -> float:
    """Standard error from the values with each run left out; nan for a single run."""
    runs = len(values)
    return float(np.sqrt((runs - 1) * values.var())) if runs > 1 else float("nan")


def _row(
    kind: str, measure: str, window: str | None, unit: str, figures: Sequence[float | None]
) -> Row:
    keys = ("baseline", "value", "naive", "difference", "low", "high", "n")
    start = {"kind": kind, "measure": measure, "window": window, "unit": unit}
    return {**start, **dict(zip(keys, figures, strict=True))}


def is_clear(row: Row) -> bool:
    """Does the interval of the difference exclude zero? Never with a single pair of runs."""
    return row["n"] > 1 and (row["low"] > 0.0 or row["high"] < 0.0)
