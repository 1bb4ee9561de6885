"""Replications of one scenario: seeds, runs, and their tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from alliance_abm.scenario import Scenario
from experiments.pool import Failure, Progress, Task, all_failed, run_tasks

POLICY = "baseline"
CENTRAL_DRAW = 0
OUTCOME_COLUMNS = ["policy", "world", "draw", "replication", "seed", "outcome", "value"]
SERIES_COLUMNS = ["policy", "world", "replication", "quarter", "entity", "outcome", "value"]
TABLES = ("stages", "waits", "deliveries", "sovereignty", "portfolios")
FAILURE_COLUMNS = ["policy", "world", "draw", "replication", "seed", "error", "traceback"]


@dataclass(frozen=True)
class RunRecord:
    """What one run leaves: outcomes by id, the tidy quarterly series, perhaps the ledger.

    `tables` are the small tables of TABLES by name.
    """

    replication: int
    seed: int
    outcomes: dict[str, float]
    series: pd.DataFrame
    orders: pd.DataFrame | None = None
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)


@dataclass
class RunResults:
    """Tables of many runs, one row per run and outcome, as a result folder holds them."""

    scenario: Scenario
    outcomes: pd.DataFrame
    series: pd.DataFrame
    orders: pd.DataFrame | None
    failures: pd.DataFrame
    seeds: list[int]
    started: str
    finished: str
    figures: list[str] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)


def replication_seed(seed: int, replication: int) -> int:
    """Seed of a replication, below 2**63: from the first 8 bytes of SHA-256 of `seed/replication`.

    The rule holds for every policy, so that runs pair; more replications keep the earlier ones.

    >>> replication_seed(1, 0) == replication_seed(1, 0) != replication_seed(1, 1)
    True
    """
    digest = hashlib.sha256(f"{seed}/{replication}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def replication_tasks(seed: int, replications: int) -> list[Task]:
    """The runs of replications 0, 1, … with their seeds."""
    return [Task(number, replication_seed(seed, number)) for number in range(replications)]


def run_one(scenario: Scenario, replication: int, seed: int) -> RunRecord:
    """Run the model once and keep what the scenario's outputs ask for."""
    from alliance_abm.model import AllianceModel

    model = AllianceModel(scenario, rng=seed).run()
    orders = model.orders() if scenario.outputs.orders else None
    tables = {name: getattr(model, name)() for name in TABLES}
    return RunRecord(replication, seed, model.outcomes(), model.series(), orders, tables)


def run_replications(
    scenario: Scenario,
    replications: int | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
    run_one: Callable[[Scenario, int, int], RunRecord] = run_one,
) -> RunResults:
    """Run `replications` (default: the scenario's) on `jobs` processes; serial equals parallel.

    `progress(done, total)` is told after each run. A run that raises is listed in `failures`.
    Raises RunError when a worker process dies or every run fails; KeyboardInterrupt ends all.
    """
    tasks = replication_tasks(scenario.seed, replications or scenario.replications)
    started = _now()
    found = run_tasks(scenario, run_one, tasks, jobs, progress)
    records = [one for one in found if not isinstance(one, Failure)]
    failures = [one for one in found if isinstance(one, Failure)]
    if not records:
        raise all_failed(failures)
    return RunResults(
        scenario,
        outcomes_table(scenario, records),
        series_table(scenario, records),
        orders_table(scenario, records),
        failures_table(scenario, failures),
        [task.seed for task in tasks],
        started,
        _now(),
        tables=small_tables(scenario, records),
    )


def outcomes_table(scenario: Scenario, records: Sequence[RunRecord]) -> pd.DataFrame:
    """One row per run and outcome."""
    rows = [
        (POLICY, scenario.name, CENTRAL_DRAW, one.replication, one.seed, outcome, float(value))
        for one in records
        for outcome, value in one.outcomes.items()
    ]
    return pd.DataFrame(rows, columns=OUTCOME_COLUMNS)


def series_table(scenario: Scenario, records: Sequence[RunRecord]) -> pd.DataFrame:
    """Quarterly series of all runs."""
    frames = [_labelled(one.series, scenario, replication=one.replication) for one in records]
    return pd.concat(frames, ignore_index=True)[SERIES_COLUMNS]


def orders_table(scenario: Scenario, records: Sequence[RunRecord]) -> pd.DataFrame | None:
    """Ledgers of all runs, or None when none was asked for."""
    frames = [
        _labelled(one.orders, scenario, replication=one.replication, seed=one.seed)
        for one in records
        if one.orders is not None
    ]
    return pd.concat(frames, ignore_index=True) if frames else None


def small_tables(scenario: Scenario, records: Sequence[RunRecord]) -> dict[str, pd.DataFrame]:
    """The small tables of all runs, by name."""
    found = {}
    for name in dict.fromkeys(name for one in records for name in one.tables):
        frames = [
            _labelled(one.tables[name], scenario, replication=one.replication)
            for one in records
            if name in one.tables
        ]
        found[name] = pd.concat(frames, ignore_index=True)
    return found


def failures_table(scenario: Scenario, failures: Sequence[Failure]) -> pd.DataFrame:
    """One row per run that raised."""
    rows = [
        (POLICY, scenario.name, CENTRAL_DRAW, one.replication, one.seed, one.error, one.traceback)
        for one in failures
    ]
    return pd.DataFrame(rows, columns=FAILURE_COLUMNS)


def _labelled(frame: pd.DataFrame, scenario: Scenario, **labels: Any) -> pd.DataFrame:
    frame = frame.copy()
    for place, (name, value) in enumerate(
        {"policy": POLICY, "world": scenario.name, **labels}.items()
    ):
        frame.insert(place, name, value)
    return frame


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
