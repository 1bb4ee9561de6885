"""A whole search, from a study to what the fresh seeds say of it."""

from __future__ import annotations

from pathlib import Path

from alliance_abm.presets import preset
from alliance_abm.quarters import Quarter
from alliance_abm.scenario import Scenario
from experiments.libraries import library
from experiments.pool import Progress
from experiments.search.confirm import Result, result_of
from experiments.search.engine import Engine
from experiments.search.evaluations import Evaluations
from experiments.search.portfolios import Space
from experiments.search.study import SearchStudy, worlds_of
from experiments.search.work import ModelRunner, Runner


def engine_of(
    study: SearchStudy,
    scenario: Scenario,
    budget: int,
    jobs: int | None = None,
    progress: Progress | None = None,
    path: Path | None = None,
    runner: Runner | None = None,
) -> Engine:
    """A search that has been checked and can be run; nothing is run or written yet.

    `path` is where evaluations are saved, and read from if it is there. `runner` takes the place
    of the model. Raises ConfigError when levers, worlds or references do not fit, or the budget is
    too small.
    """
    library("pymoo", "search")
    worlds = worlds_of(study, scenario)
    known = Evaluations(tuple(worlds), study.kept)
    if path is not None and path.exists():
        known.read(path)

    def told(done: int, total: int) -> None:
        if progress is not None:
            progress(min(max(engine.used - total + done, 0), budget - 1), budget)

    def saved() -> None:
        if path is not None:
            known.write(path)

    model = runner or ModelRunner(scenario, worlds, jobs, told)
    engine = Engine(study, Space.of(study), model, known, budget, scenario.seed, saved)
    engine.check_budget()
    return engine


def run_search(engine: Engine) -> Result:
    """Search, then confirm; raises ConfigError, and RunError when the model cannot be run."""
    start = Quarter(engine.study.start)
    finalists = engine.search()
    return result_of(engine, finalists, [preset(name, start) for name in engine.study.references])
