"""The past: what the model gives for 2010-24 beside what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from alliance_abm.problems import ConfigError
from alliance_abm.quarters import QUARTERS, Quarter
from alliance_abm.scenario import Scenario
from experiments.pool import Failure, Progress, all_failed, run_tasks
from experiments.runner import replication_tasks
from experiments.scores import FIRST, WINDOWS, Record, Rules, mean_shares, score_rows, shares
from experiments.summaries import interval
from experiments.targets import Target, last_year_of_targets, read_targets

SCORED_UNTIL = "2024Q4"


@dataclass(frozen=True)
class PastRecord:
    """What one run says of the past.

    measures: target id → window → value · volumes [window, buyer, supplier], delivered, windows
    2010-14, 2015-19, 2020-24.
    """

    replication: int
    seed: int
    measures: dict[str, dict[str, float]]
    volumes: np.ndarray


def run_past(scenario: Scenario, replication: int, seed: int) -> PastRecord:
    """Run the model once through the past."""
    from alliance_abm.model import AllianceModel

    model = AllianceModel(scenario, rng=seed).run()
    return PastRecord(replication, seed, model.hindcast_measures(), model.import_volumes())


def past_of(scenario: Scenario) -> Scenario:
    """The scenario ended where the targets end; the past of a run does not depend on its end.

    Raises ConfigError when it ends before the scored windows do.
    """
    if scenario.horizon.end < Quarter.parse(SCORED_UNTIL):
        raise ConfigError(
            f"{scenario.name}: horizon.end: {scenario.horizon.end} is before the past ends; "
            f"allowed for a hindcast: {SCORED_UNTIL} to {Quarter(QUARTERS - 1)}"
        )
    last = Quarter.parse(f"{last_year_of_targets()}Q4")
    return scenario.with_set({"horizon.end": str(Quarter(min(scenario.horizon.end, last)))})


def hindcast(
    scenario: Scenario, replications: int, jobs: int | None = None
) -> list[dict[str, Any]]:
    """Rows of kind target, score and nation; raises RunError when no run succeeds."""
    return hindcast_runs(scenario, replications, jobs)[0]


def hindcast_runs(
    scenario: Scenario,
    replications: int,
    jobs: int | None = None,
    progress: Progress | None = None,
    run_past: Callable[[Scenario, int, int], PastRecord] = run_past,
) -> tuple[list[dict[str, Any]], list[Failure]]:
    """Rows of the hindcast, and the runs that raised."""
    past = past_of(scenario)
    tasks = replication_tasks(scenario.seed, replications)
    found = run_tasks(past, run_past, tasks, jobs, progress)
    records = [one for one in found if not isinstance(one, Failure)]
    failures = [one for one in found if isinstance(one, Failure)]
    if not records:
        raise all_failed(failures)
    return hindcast_rows(past, records), failures


def hindcast_rows(scenario: Scenario, records: Sequence[PastRecord]) -> list[dict[str, Any]]:
    """Target rows, then score rows, then nation rows."""
    targets = [target_row(target, records) for target in read_targets()]
    record = Record.of(scenario.world.nations)
    volumes = np.stack([one.volumes for one in records])
    rules = Rules.of(scenario)
    return targets + score_rows(record, volumes, rules) + nation_rows(record, volumes, rules)


def target_row(target: Target, records: Sequence[PastRecord]) -> dict[str, Any]:
    """One target: median and 90 % interval over runs, and whether the median is in its band.

    `inside` is None for a target without a band or without a value in the model.
    """
    missing = float("nan")
    values = [one.measures.get(target.id, {}).get(target.window, missing) for one in records]
    found = interval(np.array(values, float))
    return {
        "kind": "target",
        "id": target.id,
        "window": target.window,
        "model": found["median"],
        "model_low": found["low"],
        "model_high": found["high"],
        "n": found["n"],
        "target": target.value,
        "target_low": target.low,
        "target_high": target.high,
        "inside": target.inside(found["median"]),
        "use": target.use,
        "unit": target.unit,
    }


def nation_rows(record: Record, volumes: np.ndarray, rules: Rules) -> list[dict[str, Any]]:
    """Supplier shares of every scored buyer in both later windows, its largest suppliers first.

    `model` is the ensemble mean, `naive` the share of 2010-14; None where nothing was imported.
    """
    data = shares(record.volumes)
    found = []
    for window in range(FIRST + 1, len(WINDOWS)):
        model = mean_shares(shares(volumes[:, window]))
        for buyer in np.flatnonzero(record.scored(window, rules.least_volume)):
            shown = np.stack([model[buyer], data[window, buyer], data[FIRST, buyer]])
            for supplier in np.argsort(-data[window, buyer], kind="stable"):
                if np.nan_to_num(shown[:, supplier]).max() > 0:
                    given = [None if np.isnan(one) else float(one) for one in shown[:, supplier]]
                    names = (record.names[buyer], WINDOWS[window], record.names[supplier])
                    found.append(_nation_row(names, given))
    return found


def _nation_row(names: Sequence[str], given: Sequence[float | None]) -> dict[str, Any]:
    keys = ("iso3", "window", "supplier", "model", "data", "naive")
    return {"kind": "nation", **dict(zip(keys, (*names, *given), strict=True))}
