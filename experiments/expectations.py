"""Expectations of the levers that were stated before any run, and how each turned out.

They stand in `expectations.yaml`, each with a claim, a kind, policies (`lever ID[=SIZE]`,
`preset ID` or `every lever`), worlds, a measure (an outcome, or one of `domain_measures.py`) and
the domains it is taken over. Kinds:

    small      the change lies within a band around zero
    sign       the change has the expected sign
    larger     the change in some domains lies on the expected side of the change in others
    worlds     the change in the first world lies on the expected side of that in each other one
    interior   of policies in order of size, one in between is better than both ends
    none_wins  no policy improves every headline

Each is judged on paired differences with their 90 % interval over seeds: it held, it did not
hold, or the runs leave it undecided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alliance_abm.levers import LEVERS
from alliance_abm.policies import PolicyChoice, policy_of_text, with_policy
from alliance_abm.presets import preset
from alliance_abm.quarters import Quarter
from alliance_abm.scenario import Scenario
from alliance_abm.worlds import BASELINE, in_world
from alliance_abm.yaml_source import read_yaml
from experiments.compare import Plan, run_plan
from experiments.domain_measures import measured
from experiments.forks import ForkFailure, ForkRun, Forks, Which
from experiments.pool import Progress

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

FILE = Path(__file__).with_suffix(".yaml")
EVERY = "every lever"
PLACEBO = "placebo"
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Expectation:
    """One expectation, as `expectations.yaml` has it."""

    id: str
    claim: str
    kind: str
    judged: str
    policies: tuple[str, ...]
    worlds: tuple[str, ...] = (BASELINE,)
    measure: str = ""
    domains: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    expected: str = ""
    better: str = ""
    band: float = 0.0


@dataclass(frozen=True)
class Expectations:
    """All expectations, and what is common to them; quarters are indices."""

    stated: str
    replications: int
    requests: tuple[int, int]
    longest: int
    readiness: tuple[int, int]
    better: Mapping[str, str]
    all: Mapping[str, Expectation]


def load_expectations(file: Path = FILE) -> Expectations:
    """The expectations of a file; raises ConfigError, KeyError or TypeError for a wrong one."""
    data: dict[str, Any] = read_yaml(file).data
    found = {
        name: Expectation(id=name, **{key: _frozen(value) for key, value in raw.items()})
        for name, raw in data["expectations"].items()
    }
    first, last = (int(Quarter.parse(one)) for one in data["requests"])
    start, end = (int(Quarter.parse(one)) for one in data["readiness"])
    return Expectations(
        str(data["stated"]), data["replications"], (first, last), data["longest_wait_quarters"],
        (start, end), MappingProxyType(data["better"]), MappingProxyType(found),
    )  # fmt: skip


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@cache
def expectations() -> Expectations:
    """The shipped expectations."""
    return load_expectations()


def choices(one: Expectation) -> dict[str, PolicyChoice]:
    """Policies of an expectation by the words that name them; raises ConfigError."""
    found: dict[str, PolicyChoice] = {}
    for words in one.policies:
        if words == EVERY:
            found |= {f"lever {name}": policy_of_text(name) for name in LEVERS if name != PLACEBO}
            continue
        kind, _, name = words.partition(" ")
        found[words] = preset(name) if kind == "preset" else policy_of_text(name)
    return found


@dataclass(frozen=True)
class MeasuredForks(Forks):
    """Forks whose runs also have the measures by domain."""

    requests: tuple[int, int] = (0, 0)
    longest: int = 0
    readiness: tuple[int, int] = (0, 0)

    def _measured(
        self, model: AllianceModel, policy: str, which: Which, tier: NDArray[np.int64]
    ) -> ForkRun:
        found = super()._measured(model, policy, which, tier)
        more = measured(model, self.requests, self.longest, self.readiness)
        return replace(found, outcomes={**found.outcomes, **more})


@dataclass(frozen=True)
class Runs:
    """Values of all measures: world → policy → measure → one value a replication."""

    values: Mapping[str, Mapping[str, Mapping[str, Floats]]]
    replications: int
    seed: int
    failures: Sequence[ForkFailure] = ()

    def of(self, world: str, policy: str, measure: str) -> Floats:
        """One value a replication; nan where a run failed or has no such measure."""
        nothing = np.full(self.replications, np.nan)
        return self.values.get(world, {}).get(policy, {}).get(measure, nothing)


def run_expectations(
    scenario: Scenario,
    replications: int | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
    stated: Expectations | None = None,
) -> Runs:
    """Run every policy of the expectations in its worlds, on the same seeds.

    Raises ConfigError when a policy does not fit the scenario, RunError when a worker dies.
    """
    stated = stated or expectations()
    runs = replications or stated.replications
    needed: dict[str, dict[str, PolicyChoice]] = {}
    for one in stated.all.values():
        for world in one.worlds:
            needed.setdefault(world, {}).update(choices(one))
    values: dict[str, dict[str, dict[str, Floats]]] = {}
    failures: list[ForkFailure] = []
    worlds = {name: in_world(scenario, name) for name in needed}
    for name, policies in needed.items():
        for choice in policies.values():
            with_policy(worlds[name], choice)
    for name, policies in needed.items():
        forks = MeasuredForks(
            {name: worlds[name]}, policies, 0, runs, requests=stated.requests,
            longest=stated.longest, readiness=stated.readiness,
        )  # fmt: skip
        found, failed = run_plan(Plan(scenario, (), (), forks), jobs, progress)
        values[name] = _by_policy(found, runs)
        failures += failed
    return Runs(values, runs, scenario.seed, failures)


def _by_policy(found: Sequence[ForkRun], replications: int) -> dict[str, dict[str, Floats]]:
    values: dict[str, dict[str, Floats]] = {}
    for one in found:
        mine = values.setdefault(one.policy, {})
        for measure, value in one.outcomes.items():
            column = mine.setdefault(measure, np.full(replications, np.nan))
            column[one.which.replication] = value
    return values
