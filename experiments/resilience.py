"""Removals of suppliers and origins in many runs: the frames of all, and one row a removal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alliance_abm.problems import ConfigError, FieldProblems, listed, nearest_name
from alliance_abm.quarters import Quarter
from alliance_abm.scenario import Scenario
from experiments.pool import Failure, Progress, all_failed, run_tasks
from experiments.runner import replication_tasks
from experiments.summaries import interval

Row = dict[str, Any]
KEYS = ["kind", "entity", "holder"]
FIGURES = ("kept", "trough", "recovery", "nominal")  # with 90 % intervals
WORST = 3
MANY = 10  # suppliers


@dataclass(frozen=True)
class Removals:
    """What is removed and when; called with a run's scenario and seed, it gives its frame."""

    at: Quarter
    suppliers: tuple[str, ...]
    origins: tuple[str, ...]
    quarters: int

    def __call__(self, scenario: Scenario, replication: int, seed: int) -> pd.DataFrame:
        """The rows of `alliance_abm.resilience.resilience_frame`, with the replication."""
        from alliance_abm.model import AllianceModel
        from alliance_abm.resilience import resilience_frame

        model = AllianceModel(scenario, rng=seed)
        while model.state.quarter < self.at:
            model.step()
        frame = resilience_frame(model, self.suppliers, self.origins, self.quarters)
        frame.insert(0, "replication", replication)
        return frame


@dataclass
class ResilienceResults:
    """The frames of all runs, one row a removal, holder and run, and their summary in `rows`."""

    scenario: Scenario
    removals: Removals
    runs: pd.DataFrame
    rows: list[Row]
    seeds: list[int]
    failures: list[Failure]


def removals_of(
    scenario: Scenario, at: str, suppliers: Sequence[str], origins: Sequence[str], quarters: int
) -> Removals:
    """The removals asked for on the command line; without any, every nation as a supplier.

    Raises ConfigError for an unknown quarter or nation, or a date without a year to follow.
    """
    nations = scenario.world.nations
    for option, names in (("--supplier", suppliers), ("--origin", origins)):
        for name in names:
            if name not in nations:
                near = nearest_name(name, nations)
                hint = f"; did you mean '{near}'?" if near else ""
                allowed = f"allowed: {listed(nations)}"
                raise ConfigError(f"{option}: '{name}' is not in {scenario.name}; {allowed}{hint}")
    try:
        when = Quarter.parse(at)
    except FieldProblems as error:
        raise ConfigError(f"--at: {error.problems[0].text()}") from None
    last = scenario.horizon.end - 3
    if not 0 <= when <= last:
        allowed = f"a quarter to {Quarter(last)}, so that a year follows"
        raise ConfigError(f"--at: {at} is too late for {scenario.name}; allowed: {allowed}")
    chosen = tuple(dict.fromkeys(suppliers))
    if not suppliers and not origins:
        chosen = tuple(nations)
    left = scenario.horizon.end - when + 1
    return Removals(when, chosen, tuple(dict.fromkeys(origins)), min(quarters, left))


def run_removals(
    scenario: Scenario,
    wanted: Removals,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> ResilienceResults:
    """Run to the date on the seeds of every replication, and remove one after the other.

    Raises RunError when every run fails.
    """
    tasks = replication_tasks(scenario.seed, scenario.replications)
    found = run_tasks(scenario, wanted, tasks, jobs, progress)
    failures = [one for one in found if isinstance(one, Failure)]
    frames = [one for one in found if not isinstance(one, Failure)]
    if not frames:
        raise all_failed(failures)
    runs = pd.concat(frames, ignore_index=True)
    seeds = [task.seed for task in tasks]
    return ResilienceResults(scenario, wanted, runs, summary(runs), seeds, failures)


def summary(runs: pd.DataFrame) -> list[Row]:
    """One row a removal and holder: medians and 90 % intervals, the least kept first.

    Keys: kind, entity, holder; kept, trough, recovery, nominal, each with `_low` and `_high`;
    recovered (share of runs), worst (partners that keep least, medians), n.
    """
    rows: list[Row] = []
    for keys, group in runs.groupby(KEYS, sort=False):
        row: Row = dict(zip(KEYS, keys, strict=True))
        for name in FIGURES:
            found = interval(group[name].to_numpy(float))
            row |= {
                name: found["median"],
                f"{name}_low": found["low"],
                f"{name}_high": found["high"],
            }
        row |= {"recovered": float(group["recovered"].mean()), "worst": _worst(group)}
        rows.append(row | {"n": len(group)})
    return sorted(rows, key=lambda row: (row["holder"], row["kind"] != "supplier", row["kept"]))


def _worst(group: pd.DataFrame) -> str:
    by_holder = group.filter(regex="^year_").median().dropna().nsmallest(WORST)
    return ", ".join(f"{str(name)[5:]} {value:.2f}" for name, value in by_holder.items())


def random_and_worst(rows: Sequence[Row], holder: str) -> tuple[float, float] | None:
    """What is kept after losing a supplier at random (mean over them), and the worst of them.

    None with fewer than MANY suppliers, which would not stand for any.
    """
    kept = [row["kept"] for row in rows if row["holder"] == holder and row["kind"] == "supplier"]
    return (float(np.mean(kept)), min(kept)) if len(kept) >= MANY else None
