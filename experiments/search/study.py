"""Studies of a search: which levers, towards which goals, inside which limits, at what effort.

A file of `configs/searches` reads

    title: Portfolios over the six headlines
    description: What is searched for and why, in plain sentences.
    config: baseline                # optional: the scenario, a config's name or path
    set: {horizon.end: 2040Q4}      # optional, as --set
    worlds: [baseline]              # optional: goals are means over these
    start: 2026Q1                   # optional: quarter from which all levers are in force
    levers:                         # each may be off, or of one of `steps` sizes of its range
      - dcs_tracked
      - {lever: pooled_buying, low: 20, high: 80}
    most_levers: 4                  # optional: of one portfolio
    objectives:                     # optional: headlines with an agreed better direction
      - gap_years                   # lower is better: that is agreed
      - {outcome: us_share_deliveries, goal: up}
    constraints:                    # optional
      - {outcome: policy_cost_us, most: 3000}
    report: [policy_cost_us]        # optional: outcomes told beside the goals
    references: [rand-1]            # optional: presets run on the fresh seeds
    population: 24                  # portfolios of a generation
    replications: 4                 # seeds of the first look
    more: 2                         # further seeds of the first front, each generation …
    most: 16                        # … up to so many
    finalists: 10                   # portfolios to confirm, at most
    confirmations: 24               # fresh seeds
    steps: 4                        # sizes of a lever
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from alliance_abm.config_files import validated
from alliance_abm.fields import FrozenMap, Strict, as_map, as_tuple, one_of, text, whole
from alliance_abm.levers import LEVERS, START
from alliance_abm.outcomes import OUTCOMES
from alliance_abm.policies import with_policy
from alliance_abm.presets import preset
from alliance_abm.problems import FieldProblems, Problem
from alliance_abm.quarters import Quarter, QuarterField
from alliance_abm.scenario import Scenario, load_scenario
from alliance_abm.shelves import Shelf
from alliance_abm.worlds import BASELINE, in_world
from experiments.directions import BETTER

SHELF = Shelf("searches", "search", "STUDY", "headlines")
DEFAULT = "headlines"
MOST_OBJECTIVES, MOST_LEVERS = 8, 60
GOALS = {"up": 1, "down": -1}
OutcomeId = Annotated[str, BeforeValidator(one_of("outcome", lambda: OUTCOMES))]


class Range(Strict):
    """A lever that the search may use, and the range of its size (default: the lever's own)."""

    lever: Annotated[str, BeforeValidator(one_of("lever", lambda: LEVERS))]
    low: float | None = None
    high: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_name(cls, given: Any) -> Any:
        given = {"lever": given} if isinstance(given, str) else given
        if not isinstance(given, dict):
            return given
        whole_ends = {key for key in ("low", "high") if type(given.get(key)) is int}
        return {key: float(value) if key in whole_ends else value for key, value in given.items()}

    @model_validator(mode="after")
    def _in_range(self) -> Range:
        lever, problems = LEVERS[self.lever], []
        for field in ("low", "high"):
            size = getattr(self, field)
            if size is not None and not lever.low <= size <= lever.high:
                reason = f"{size:g} is out of the range of {self.lever}"
                problems.append(Problem((field,), reason, f"{lever.low:g} to {lever.high:g}"))
        low, high = self.ends
        if not problems and low > high:
            problems.append(Problem(("low",), f"{low:g} is above {high:g}", f"at most {high:g}"))
        if problems:
            raise FieldProblems(problems)
        return self

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest size."""
        lever = LEVERS[self.lever]
        low = lever.low if self.low is None else self.low
        return low, lever.high if self.high is None else self.high


class Objective(Strict):
    """An outcome and the way it should go; agreed directions need not be said."""

    outcome: OutcomeId
    goal: Literal["up", "down"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_name(cls, given: Any) -> Any:
        return {"outcome": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _has_a_goal(self) -> Objective:
        if self.goal is None and self.outcome not in BETTER:
            reason = f"nations do not agree which way of {self.outcome} is better"
            raise FieldProblems([Problem(("goal",), reason, "up or down")])
        return self

    @property
    def sign(self) -> int:
        """1 when higher is wanted, -1 when lower is."""
        return GOALS[self.goal] if self.goal else BETTER[self.outcome]


class Limit(Strict):
    """A constraint: the mean of an outcome, in its unit, at most or at least so much."""

    outcome: OutcomeId
    most: float | None = None
    least: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _whole_numbers(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {key: float(value) if type(value) is int else value for key, value in given.items()}

    @model_validator(mode="after")
    def _one_side(self) -> Limit:
        if (self.most is None) == (self.least is None):
            raise FieldProblems([Problem((), "is no limit", "one of most and least")])
        return self

    def excess(self, value: Any) -> Any:
        """By how much a value (or an array of them) breaks the limit; 0 or less keeps it."""
        return value - self.most if self.most is not None else self.least - value


def _agreed() -> tuple[Objective, ...]:
    """The headlines whose better direction every nation would agree on."""
    known = [one.id for one in OUTCOMES.values() if one.headline and one.id in BETTER]
    return tuple(Objective(outcome=name) for name in known)


Names = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]


class SearchStudy(Strict):
    """One file of `configs/searches`."""

    title: Annotated[str, BeforeValidator(text(120))]
    description: Annotated[str, BeforeValidator(text(2000))]
    config: str = "baseline"
    set: Annotated[dict[str, Any], BeforeValidator(as_map)] = FrozenMap()
    seed: Annotated[int, BeforeValidator(whole(0, 2**31 - 1))] | None = None
    worlds: Names = (BASELINE,)
    start: QuarterField = START
    levers: Annotated[tuple[Range, ...], BeforeValidator(as_tuple)]
    most_levers: Annotated[int, BeforeValidator(whole(1, MOST_LEVERS))] = MOST_LEVERS
    objectives: Annotated[tuple[Objective, ...], BeforeValidator(as_tuple)] = Field(
        default_factory=_agreed
    )
    constraints: Annotated[tuple[Limit, ...], BeforeValidator(as_tuple)] = ()
    report: Annotated[tuple[OutcomeId, ...], BeforeValidator(as_tuple)] = ()
    references: Names = ()
    population: Annotated[int, BeforeValidator(whole(4, 1000))] = 24
    replications: Annotated[int, BeforeValidator(whole(2, 100))] = 4
    more: Annotated[int, BeforeValidator(whole(0, 100))] = 2
    most: Annotated[int, BeforeValidator(whole(2, 1000))] = 16
    finalists: Annotated[int, BeforeValidator(whole(1, 26))] = 10
    confirmations: Annotated[int, BeforeValidator(whole(8, 10_000))] = 24
    steps: Annotated[int, BeforeValidator(whole(1, 20))] = 4

    @model_validator(mode="after")
    def _fits_together(self) -> SearchStudy:
        problems = []
        named = {
            "levers": [one.lever for one in self.levers],
            "objectives": [one.outcome for one in self.objectives],
            "worlds": list(self.worlds),
            "references": list(self.references),
        }
        for field, names in named.items():
            for place, name in enumerate(names):
                if name in names[:place]:
                    problems.append(Problem((field, place), f"{name} is named twice", "once"))
        if not 2 <= len(self.levers) <= MOST_LEVERS:
            reason = f"{len(self.levers)} are named"
            problems.append(Problem(("levers",), reason, f"2 to {MOST_LEVERS}"))
        if not 2 <= len(self.objectives) <= MOST_OBJECTIVES:
            reason = f"{len(self.objectives)} are named"
            problems.append(Problem(("objectives",), reason, f"2 to {MOST_OBJECTIVES}"))
        if not self.worlds:
            problems.append(Problem(("worlds",), "the list is empty", "at least one world"))
        if self.most < self.replications:
            reason = f"{self.most} is less than the {self.replications} seeds of the first look"
            problems.append(Problem(("most",), reason, f"{self.replications} or more"))
        if problems:
            raise FieldProblems(problems)
        return self

    @property
    def kept(self) -> tuple[str, ...]:
        """Outcomes that are kept of every run: headlines, goals, limits and what is reported."""
        asked = {*self.report, *(one.outcome for one in self.objectives)}
        asked |= {one.outcome for one in self.constraints}
        return tuple(one.id for one in OUTCOMES.values() if one.headline or one.id in asked)


def load_study(name: str | Path = DEFAULT) -> SearchStudy:
    """A study by path or name; raises ConfigError with file, line and column."""
    return validated(SearchStudy, SHELF.read(SHELF.find(name), SearchStudy.model_fields))


def scenario_of(study: SearchStudy, seed: int | None = None) -> Scenario:
    """The scenario of a study; `seed` goes before the study's, that before the config's.

    Raises ConfigError.
    """
    chosen = study.seed if seed is None else seed
    overrides = dict(study.set) | ({} if chosen is None else {"seed": chosen})
    return load_scenario(study.config, overrides)


def worlds_of(study: SearchStudy, scenario: Scenario) -> dict[str, Scenario]:
    """The scenario in each world; raises ConfigError, also when levers contradict one another."""
    from experiments.search.portfolios import Space

    found = {name: in_world(scenario, name) for name in study.worlds}
    every = Space.of(study).everything()
    for world in found.values():
        with_policy(world, every)
        for name in study.references:
            with_policy(world, preset(name, Quarter(study.start)))
    return found
