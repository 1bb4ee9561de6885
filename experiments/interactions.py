"""Which levers help or hinder each other: one fractional factorial on the same seeds.

A study is a file of `configs/studies` with title, description, world, replications, levers (as
in a config) and the pairs that are of interest, each with the reason stated before the runs. All
policies of a seed continue from one snapshot, so that effects are differences within a seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, model_validator

from alliance_abm.config_files import validated
from alliance_abm.fields import Strict, as_tuple, text, whole
from alliance_abm.levers import LEVERS, Levers
from alliance_abm.policies import PolicyChoice, choice_of, with_policy
from alliance_abm.problems import FieldProblems, Problem, listed, nearest_name
from alliance_abm.scenario import MOST_REPLICATIONS, Scenario
from alliance_abm.shelves import Shelf
from alliance_abm.worlds import BASELINE, in_world
from experiments.compare import Plan, run_plan
from experiments.factorial import MOST_FACTORS, Signs, design, main_effects, together
from experiments.forks import ForkFailure, ForkRun, Forks
from experiments.paired import Paired, holm, paired
from experiments.pool import Progress
from experiments.runner import POLICY

SHELF = Shelf("studies", "study", "STUDY", "interactions")
DEFAULT = "interactions"
LEVER, PAIR = "lever", "pair"
COLUMNS = [
    "kind", "lever", "other", "why", "outcome", "name", "unit", "off", "effect", "low", "high",
    "p", "p_holm", "n",
]  # fmt: skip
Floats = NDArray[np.float64]


class Pair(Strict):
    """Two levers whose effects may not add up, and why."""

    pair: Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
    why: Annotated[str, BeforeValidator(text(300))]


class Study(Strict):
    """One file of `configs/studies`."""

    title: Annotated[str, BeforeValidator(text(120))]
    description: Annotated[str, BeforeValidator(text(2000))]
    world: str = BASELINE
    replications: Annotated[int, Field(ge=1), BeforeValidator(whole(1, MOST_REPLICATIONS))] = 20
    levers: Levers
    pairs: Annotated[tuple[Pair, ...], BeforeValidator(as_tuple)] = ()

    @model_validator(mode="after")
    def _can_be_designed(self) -> Study:
        problems = []
        if not 2 <= len(self.levers) <= MOST_FACTORS:
            reason = f"{len(self.levers)} levers are named"
            problems.append(Problem(("levers",), reason, f"2 to {MOST_FACTORS}"))
        names = [use.lever for use in self.levers]
        for place, one in enumerate(self.pairs):
            where = ("pairs", place, "pair")
            if len(set(one.pair)) != 2 or len(one.pair) != 2:
                problems.append(Problem(where, "is no pair", "two levers of the study"))
                continue
            for other in (name for name in one.pair if name not in names):
                near = nearest_name(other, names)
                reason = f"'{other}' is not a lever of the study"
                problems.append(Problem(where, reason, listed(names), near))
        if problems:
            raise FieldProblems(problems)
        return self


@dataclass(frozen=True)
class Interactions:
    """What a study found; `effects` has a row a lever or pair and outcome.

    `off` is the mean without any of the levers. `effect` of a lever: mean with it less mean
    without it, over all states of the others. `effect` of a pair: what both do beyond the sum of
    what each does without the other. `low` to `high` is the 90 % interval over seeds, `p_holm`
    corrects for all pairs (or all levers) of an outcome. Where a seed lacks a run, it is left out.
    """

    study: Study
    scenario: Scenario
    effects: pd.DataFrame
    policies: int
    replications: int
    failures: list[ForkFailure]

    def rows(self) -> list[dict[str, Any]]:
        """The effects as flat rows."""
        records = self.effects.to_dict("records")
        return [{str(key): value for key, value in row.items()} for row in records]


def load_study(name: str | Path = DEFAULT) -> Study:
    """A study by path or name; raises ConfigError with file, line and column."""
    return validated(Study, SHELF.read(SHELF.find(name), Study.model_fields))


def run_study(
    study: Study,
    scenario: Scenario,
    replications: int | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Interactions:
    """Run all policies of a study on `replications` seeds (default: the study's).

    Raises ConfigError when a lever does not fit the scenario or its world, RunError when a
    worker process dies or no run succeeds.
    """
    runs = replications or study.replications
    signs = design(len(study.levers))
    world = in_world(scenario, study.world)
    with_policy(world, choice_of("every lever", study.title, study.levers))
    variants = {f"policy {row}": _corner(study, signs[row]) for row in range(1, len(signs))}
    forks = Forks({study.world: world}, variants, 0, runs)
    found, failed = run_plan(Plan(world, (), (), forks), jobs, progress)
    effects = effect_rows(study, signs, _outcomes(found, len(signs), runs), scenario.seed)
    return Interactions(study, scenario, effects, len(signs), runs, failed)


def _corner(study: Study, row: NDArray[np.int8]) -> PolicyChoice:
    """The policy of a row of the design: the levers that are on."""
    uses = tuple(use for use, sign in zip(study.levers, row, strict=True) if sign > 0)
    return choice_of("corner", study.title, uses)


def _outcomes(found: Sequence[ForkRun], policies: int, replications: int) -> Floats:
    """Headlines by replication, policy (row of the design) and outcome; nan where a run lacks."""
    names = headlines()
    values = np.full((replications, policies, len(names)), np.nan)
    for one in found:
        row = 0 if one.policy == POLICY else int(one.policy.removeprefix("policy "))
        values[one.which.replication, row] = [one.outcomes[name] for name in names]
    return values


def headlines() -> list[str]:
    """Ids of the headline outcomes."""
    from alliance_abm.outcomes import OUTCOMES

    return [one.id for one in OUTCOMES.values() if one.headline]


def effect_rows(study: Study, signs: Signs, values: Floats, seed: int) -> pd.DataFrame:
    """The table of effects; values are by replication, policy and headline."""
    by_outcome = values.transpose(2, 0, 1)  # (outcome, replication, policy)
    off = values[:, 0].T
    names = [use.lever for use in study.levers]
    rows: list[dict[str, Any]] = []
    singles = main_effects(signs, by_outcome)
    for place, lever in enumerate(names):
        rows += _rows(LEVER, lever, "", "", off, singles[..., place], seed)
    for one in study.pairs:
        first, second = (names.index(lever) for lever in one.pair)
        apart = together(signs, by_outcome, first, second)
        rows += _rows(PAIR, one.pair[0], one.pair[1], one.why, off, apart, seed)
    frame = pd.DataFrame(rows, columns=COLUMNS)
    families = frame.groupby(["kind", "outcome"], sort=False)["p"]
    frame["p_holm"] = families.transform(lambda p: holm(p.to_numpy(float)))
    return frame


def _rows(
    kind: str, lever: str, other: str, why: str, off: Floats, effect: Floats, seed: int
) -> list[dict[str, Any]]:
    """A row a headline; off and effect are by outcome and replication."""
    from alliance_abm.outcomes import OUTCOMES

    figures: list[Paired] = paired(off.T, off.T + effect.T, seed)
    rows = []
    for outcome, one in zip(headlines(), figures, strict=True):
        known = OUTCOMES[outcome]
        rows.append(
            {
                "kind": kind, "lever": lever, "other": other, "why": why, "outcome": outcome,
                "name": known.name, "unit": known.unit, "off": one.baseline,
                "effect": one.difference, "low": one.low, "high": one.high, "p": one.p,
                "n": one.n,
            }
        )  # fmt: skip
    return rows


def pair_name(lever: str, other: str) -> str:
    """A lever, or a pair, in words."""
    return f"{LEVERS[lever].name} × {LEVERS[other].name}" if other else LEVERS[lever].name
