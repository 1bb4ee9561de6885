"""A search whose truth is known: made-up outcomes of three levers, with noise by seed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from alliance_abm.policies import PolicyChoice
from alliance_abm.problems import ConfigError
from alliance_abm.scenario import load_scenario
from experiments.search.confirm import Result
from experiments.search.engine import Engine
from experiments.search.evaluations import Measured
from experiments.search.run import engine_of, run_search
from experiments.search.study import SearchStudy, load_study
from experiments.search.work import Wanted

TEXT = """title: A made-up search
description: One lever trades two goals, one harms both, one does nothing.
config: tiny
start: 2013Q1
levers:
  - {lever: pooled_buying, low: 20, high: 80}
  - {lever: dcs_tracked, low: 10, high: 50}
  - placebo
objectives: [gap_years, us_unit_cost]
population: 8
replications: 4
more: 4
most: 12
finalists: 6
confirmations: 10
steps: 3
"""
Effect = Callable[[dict[str, float], int], dict[str, float]]


def study_of(folder: Path, text: str = TEXT) -> SearchStudy:
    """A study read from a file."""
    path = folder / "toy.yaml"
    path.write_text(text, encoding="utf-8")
    return load_study(path)


def message(folder: Path, text: str) -> str:
    """What is said of a wrong study."""
    try:
        study_of(folder, text)
    except ConfigError as error:
        return str(error)
    return ""


def truth(sizes: dict[str, float], replication: int) -> dict[str, float]:
    """Pooled buying narrows the gap and costs; tracked sales harm both; the placebo nothing."""
    pooled, tracked = sizes.get("pooled_buying", 0.0), sizes.get("dcs_tracked", 0.0)
    noise = float(np.random.default_rng([replication, int(pooled), int(tracked)]).normal())
    gain = {"gap_years": -0.02 * pooled + 0.02 * tracked, "us_unit_cost": 0.1 * (pooled + tracked)}
    if pooled or tracked:
        gain["gap_years"] += 0.01 * noise
    return gain


class Toy:
    """A runner that makes outcomes up; `ran` counts its runs, baselines among them."""

    def __init__(self, study: SearchStudy, effect: Effect = truth, stop_after: int | None = None):
        self.study, self.effect, self.ran = study, effect, 0
        self.batches, self.stop_after = 0, stop_after

    def __call__(self, wanted: Wanted) -> list[Measured]:
        """Each seed has a level of its own; in the second world effects are twice as large."""
        self.batches += 1
        if self.stop_after is not None and self.batches > self.stop_after:
            raise KeyboardInterrupt
        found = []
        for (replication, policies), world in product(wanted.items(), self.study.worlds):
            times = 1 + self.study.worlds.index(world)
            found.append(self._run("baseline", world, replication, {}))
            for one in policies:
                gain = self.effect(_sizes(one), replication)
                more = {name: times * value for name, value in gain.items()}
                found.append(self._run(one.name, world, replication, more))
        self.ran += len(found)
        return found

    def _run(self, name: str, world: str, replication: int, gain: dict[str, float]) -> Measured:
        level = 10.0 + float(np.random.default_rng(replication).normal())
        outcomes = {one: level + gain.get(one, 0.0) for one in self.study.kept}
        return Measured(name, world, replication, 7 * replication, outcomes)


def _sizes(policy: PolicyChoice) -> dict[str, float]:
    return {use.lever: use.amount for use in policy.levers}


def toy_engine(study: SearchStudy, budget: int = 600, runner: Any = None, **given: Any) -> Engine:
    """A search that runs made-up outcomes."""
    return engine_of(study, load_scenario("tiny"), budget, runner=runner or Toy(study), **given)


def toy_result(study: SearchStudy, budget: int = 600, runner: Any = None) -> Result:
    """A finished made-up search."""
    return run_search(toy_engine(study, budget, runner))
