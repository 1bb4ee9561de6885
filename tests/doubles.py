"""Stand-ins for one run of the model, for tests of the runner (workers import them by name)."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pandas as pd

from alliance_abm.scenario import Scenario
from experiments.runner import RunRecord

RAISES, DIES = 1, 2


def steady(scenario: Scenario, replication: int, seed: int) -> RunRecord:
    """A run whose figures follow from its seed alone."""
    value = seed / 2**63
    quarters = [str(scenario.horizon.start), str(scenario.horizon.end)]
    series = pd.DataFrame(
        {"quarter": quarters, "entity": "USA", "outcome": "share", "value": [value, value**2]}
    )
    orders = pd.DataFrame({"buyer": ["POL"], "volume": [10 * value]})
    return RunRecord(
        replication, seed, {"share": value, "count": float(replication)}, series, orders
    )


def raising(scenario: Scenario, replication: int, seed: int) -> RunRecord:
    """One run of several raises."""
    if replication == RAISES:
        raise ValueError("no such quarter")
    return steady(scenario, replication, seed)


def always_raising(scenario: Scenario, replication: int, seed: int) -> RunRecord:
    """Every run raises."""
    raise ValueError(f"run {replication} is wrong")


def dying(scenario: Scenario, replication: int, seed: int) -> RunRecord:
    """One run takes its worker down, as the system does when memory runs out."""
    if replication == DIES:
        os.kill(os.getpid(), signal.SIGKILL)
    return steady(scenario, replication, seed)


def endless(scenario: Scenario, replication: int, seed: int) -> RunRecord:
    """Runs after the first never end; each leaves the number of its process in ./pids."""
    if replication == 0:
        return steady(scenario, replication, seed)
    (Path("pids") / str(os.getpid())).touch()
    time.sleep(3600)
    return steady(scenario, replication, seed)


def hear_interrupts() -> None:
    """Let the interrupt key reach a process also where the suite itself runs without it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
