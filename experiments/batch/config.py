"""The config of a batch: what is varied, over which policies, worlds and replications.

A file of `configs/experiments` reads

    title: Which assumptions move the headlines
    description: What it is for, in plain sentences.
    papers: [R-Q13]                 # optional: items of the two papers
    config: baseline                # the base scenario: a name or a path
    set: {horizon.end: 2040Q4}      # optional: settings of it, as of --set
    seed: 1                         # optional, as are replications; default the config's
    replications: 8
    worlds: [baseline, surge]
    policies:                       # each beside the baseline, on the same seeds
      - preset: rand-1
      - lever: fms_fast_track_all=70
      - {name: both, levers: [{lever: dcs_tracked, size: 50}, pooled_buying]}
    portfolios: single              # or pairs, or all: how the policies are combined
    design: {method: morris, factors: assumed, samples: 8}
    outcomes: headlines             # or all, or a list
    keep: {series: true, orders: false}
    execution: {runs_a_shard: 200, time_limit: 60}

A name is looked up in ./configs/experiments first, then in the shipped experiments.
"""

from __future__ import annotations

import math
import re
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from alliance_abm.config_files import validated
from alliance_abm.fields import (
    Strict,
    as_map,
    as_tuple,
    between,
    no_repeats,
    one_of,
    refuse,
    text,
    whole,
)
from alliance_abm.levers import Levers
from alliance_abm.policies import (
    JOIN,
    OPTION,
    PolicyChoice,
    all_different,
    choice_of,
    policy_of_text,
    starting,
    titled,
)
from alliance_abm.presets import Items, preset
from alliance_abm.problems import ConfigError, FieldProblems, Path, Problem, nearest_name, shown
from alliance_abm.quarters import QuarterField
from alliance_abm.scenario import LARGEST_SEED, MOST_REPLICATIONS
from alliance_abm.shelves import Shelf
from alliance_abm.worlds import BASELINE
from alliance_abm.yaml_source import Source

SHELF = Shelf("experiments", "experiment", "EXPERIMENT", "sensitivity")
HEADLINES, ALL = "headlines", "all"
ASSUMED = "assumed"
MOST_POINTS = 1_000_000
MOST_LEVELS = 1_000
_SETTING = re.compile(r"--set ([^=]+)=.*?: ")
LONGEST_RUN = 86_400.0  # seconds
Method = Literal[
    "list", "grid", "one_at_a_time", "latin_hypercube", "sobol", "saltelli", "morris",
    "fractional_factorial",
]  # fmt: skip
Count = Annotated[int, Field(ge=1), BeforeValidator(whole(1, MOST_POINTS))]
Replications = Annotated[int, Field(ge=1), BeforeValidator(whole(1, MOST_REPLICATIONS))]


def _number(value: object) -> float:
    """A finite number; true and false, which switches take, as 1 and 0."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        refuse(f"{shown(value)} is not a number", "a finite number (true or false for a switch)")
    return float(value)


def _numbers(value: object) -> object:
    found = as_tuple(value)
    if not found:
        refuse("the list is empty", "at least one value")
    return found


Number = Annotated[float, BeforeValidator(_number)]


def _factor(given: object) -> object:
    """A factor given by its name alone: a parameter's path or pattern, or a lever."""
    if not isinstance(given, str):
        return given
    named = "." in given or "*" in given or given == ASSUMED
    return {"parameter" if named else "lever": given}


class FactorSpec(Strict):
    """What is varied: a parameter (or all that fit a pattern), or the size of a lever."""

    parameter: str | None = None
    lever: str | None = None
    low: Number | None = None
    high: Number | None = None
    values: Annotated[tuple[Number, ...], BeforeValidator(_numbers)] | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> FactorSpec:
        if (self.parameter is None) == (self.lever is None):
            refuse("a factor is one parameter or one lever", "parameter: PATH, or lever: NAME")
        if self.values is not None and (self.low is not None or self.high is not None):
            refuse("both values and a range are given", "values, or low and high")
        if self.values is not None and len(dict.fromkeys(self.values)) < len(self.values):
            raise FieldProblems([Problem(("values",), "a value is given twice", "each once")])
        return self


def _factors(given: object) -> object:
    if isinstance(given, str):
        if given != ASSUMED:
            reason = f"{shown(given)} is not a list"
            refuse(
                reason, f"a list of factors, or the word {ASSUMED}", nearest_name(given, [ASSUMED])
            )
        given = [given]
    found = as_tuple(given)
    return tuple(_factor(one) for one in found) if isinstance(found, tuple) else found


def _points(given: object) -> object:
    found = as_tuple(given)
    for place, point in enumerate(found if isinstance(found, tuple) else ()):
        if not isinstance(point, dict) or not point:
            problem = Problem((place,), f"{shown(point)} is no point", "factors with their values")
            raise FieldProblems([problem])
    return found


class DesignSpec(Strict):
    """How the factors are varied; see `experiments.batch.designs` for what each method makes."""

    method: Method
    factors: Annotated[tuple[FactorSpec, ...], BeforeValidator(_factors)] = ()
    samples: Count | None = None
    levels: Annotated[int, Field(ge=2), BeforeValidator(whole(2, MOST_LEVELS))] | None = None
    replications: Replications | None = None
    points: Annotated[tuple[dict[str, Number], ...], BeforeValidator(_points)] = ()

    @model_validator(mode="after")
    def _fits_the_method(self) -> DesignSpec:
        sampled = self.method in ("latin_hypercube", "sobol", "saltelli", "morris")
        problems = []
        if sampled and self.samples is None:
            problems.append(Problem(("samples",), "is missing", f"a number for {self.method}"))
        if not sampled and self.samples is not None:
            problems.append(Problem(("samples",), f"{self.method} takes none", "leave it out"))
        if (self.method == "list") != bool(self.points):
            allowed = "method: list with its points; no points for the other methods"
            problems.append(Problem(("points",), f"do not fit {self.method}", allowed))
        if self.method != "list" and not self.factors:
            problems.append(Problem(("factors",), "is missing", "at least one factor"))
        if self.levels is not None and self.method not in ("grid", "one_at_a_time", "morris"):
            problems.append(Problem(("levels",), f"{self.method} takes none", "leave it out"))
        if self.method == "morris" and (self.levels or 4) % 2:
            problems.append(Problem(("levels",), f"{self.levels} is odd", "an even number"))
        if self.method in ("sobol", "saltelli") and self.samples and not _power(self.samples):
            near = 1 << max(1, round(self.samples).bit_length() - 1)
            reason = f"{self.samples} is not a power of two"
            problems.append(
                Problem(("samples",), reason, f"2, 4, 8 … such as {near} or {2 * near}")
            )
        if problems:
            raise FieldProblems(problems)
        return self


def _power(number: int) -> bool:
    return number > 1 and number & (number - 1) == 0


class PolicySpec(Strict):
    """One policy: a preset, levers as of the option --lever, or a name with its levers."""

    preset: str | None = None
    lever: str | None = None
    name: Annotated[str, BeforeValidator(text(64))] | None = None
    title: Annotated[str, BeforeValidator(text(120))] | None = None
    levers: Levers | None = None

    @model_validator(mode="after")
    def _one_form(self) -> PolicySpec:
        given = [self.preset is not None, self.lever is not None, self.levers is not None]
        if sum(given) != 1:
            allowed = "preset: NAME, or lever: NAME[=SIZE], or levers: a list with a name"
            refuse("says not exactly one thing", allowed)
        if self.levers is not None and self.name is None:
            raise FieldProblems([Problem(("name",), "is missing", "a name for these levers")])
        if self.levers == ():
            raise FieldProblems([Problem(("levers",), "the list is empty", "at least one lever")])
        key = "preset" if self.preset is not None else "lever"
        try:
            self.choice()
        except ConfigError as error:
            raise FieldProblems([Problem((key,), _reason(str(error)))]) from None
        return self

    def choice(self) -> PolicyChoice:
        """The policy; raises ConfigError for an unknown name or size."""
        if self.preset is not None:
            found = preset(self.preset)
        elif self.lever is not None:
            found = policy_of_text(self.lever)
        else:
            uses = self.levers or ()
            found = choice_of(self.name or "", JOIN.join(titled(use) for use in uses), uses)
        names = {"name": self.name or found.name, "title": self.title or found.title}
        return choice_of(
            names["name"], names["title"], found.levers, found.papers, found.description
        )


def _reason(message: str) -> str:
    """What is wrong, without the option that an error of the command line names."""
    for option in (OPTION, "--preset"):
        if message.startswith(option):
            return message.partition(": ")[2]
    return message


def _policy(given: object) -> object:
    if isinstance(given, str):
        refuse(f"{shown(given)} is no policy", "{preset: NAME} or {lever: NAME[=SIZE]}")
    return given


def named_outcomes(word: str) -> tuple[str, ...]:
    """Ids of the headlines, or of all outcomes, in the order of the registry."""
    from alliance_abm.outcomes import OUTCOMES

    return tuple(one.id for one in OUTCOMES.values() if one.headline or word == ALL)


def _outcomes(given: object) -> object:
    from alliance_abm.outcomes import OUTCOMES

    if isinstance(given, str):
        if given not in (HEADLINES, ALL):
            allowed = f"{HEADLINES}, {ALL} or a list of outcomes"
            refuse(f"{shown(given)} is not a list", allowed, nearest_name(given, (HEADLINES, ALL)))
        return named_outcomes(given)
    found = as_tuple(given)
    check = one_of("outcome", lambda: OUTCOMES)
    problems: list[Problem] = []
    for place, one in enumerate(found if isinstance(found, tuple) else ()):
        try:
            check(one)
        except FieldProblems as error:
            problems += [problem.under((place,)) for problem in error.problems]
    if problems:
        raise FieldProblems(problems)
    return no_repeats(found) if isinstance(found, tuple) else found


class Keep(Strict):
    """What is stored beside the outcomes of each run."""

    series: bool = False
    orders: bool = False


class Execution(Strict):
    """How runs are grouped and bounded; nothing here changes a result."""

    runs_a_shard: Annotated[int, Field(ge=1), BeforeValidator(whole(1, 100_000))] | None = None
    time_limit: (
        Annotated[float, Field(gt=0), BeforeValidator(between(0.0, LONGEST_RUN, above=True))] | None
    ) = None


def _settings(given: object) -> object:
    found = as_map(given)
    for key in found if isinstance(found, dict) else ():
        if key.partition(".")[0] in ("seed", "replications", "levers", "outputs"):
            allowed = "seed, replications, policies and keep of the experiment"
            raise FieldProblems([Problem((key,), "is not set here", allowed, at_key=True)])
    return found


def _world(value: object) -> str:
    from alliance_abm.worlds import SHELF as WORLDS

    return one_of("world", lambda: [BASELINE, *WORLDS.names()])(value)


World = Annotated[str, BeforeValidator(_world)]


class Experiment(Strict):
    """One file of `configs/experiments`, or the experiment of a research question."""

    title: Annotated[str, BeforeValidator(text(120))]
    description: Annotated[str, BeforeValidator(text(4000))]
    papers: Items = ()
    config: Annotated[str, BeforeValidator(text(4000))] = BASELINE
    set: Annotated[dict[str, Any], BeforeValidator(_settings)] = Field(default_factory=dict)
    seed: Annotated[int, Field(ge=0), BeforeValidator(whole(0, LARGEST_SEED))] | None = None
    replications: Replications | None = None
    worlds: Annotated[tuple[World, ...], BeforeValidator(as_tuple), AfterValidator(no_repeats)] = (
        BASELINE,
    )
    policies: Annotated[
        tuple[Annotated[PolicySpec, BeforeValidator(_policy)], ...], BeforeValidator(as_tuple)
    ] = ()
    portfolios: Literal["single", "pairs", "all"] = "single"
    start: QuarterField | None = None
    design: DesignSpec | None = None
    outcomes: Annotated[tuple[str, ...], BeforeValidator(_outcomes)] = Field(
        default_factory=lambda: named_outcomes(HEADLINES)
    )
    keep: Keep = Keep()
    execution: Execution = Execution()

    @model_validator(mode="after")
    def _consistent(self) -> Experiment:
        if self.policies and self.design is not None and self._levers_vary():
            reason = "policies are given, and levers are factors"
            raise FieldProblems([Problem(("design",), reason, "policies, or levers as factors")])
        try:
            all_different(self.choices())
        except ConfigError as error:
            raise FieldProblems([Problem(("policies",), str(error))]) from None
        return self

    def _levers_vary(self) -> bool:
        return self.design is not None and any(one.lever for one in self.design.factors)

    def choices(self) -> tuple[PolicyChoice, ...]:
        """The policies as given, before they are combined; raises ConfigError."""
        return tuple(starting(one.choice(), self.start) for one in self.policies)

    def resolved(self) -> dict[str, Any]:
        """The experiment as plain data, as a file would give it."""
        return self.model_dump(mode="json", exclude_none=True)


SECTIONS = ("set", "policies", "design", "keep", "execution")


def load_experiment(name: str | FilePath) -> tuple[Experiment, Source]:
    """An experiment by path or name, and its source for later errors; raises ConfigError."""
    source = SHELF.read(SHELF.find(name), Experiment.model_fields)
    return experiment_of(source), source


def experiment_of(source: Source) -> Experiment:
    """The experiment in checked data; raises ConfigError naming every problem with its place."""
    for section in SECTIONS:
        if section in source.data and source.data[section] is None:
            del source.data[section]
    return validated(Experiment, source)


def field_error(source: Source, path: Path, error: ConfigError) -> ConfigError:
    """An error of what a field names, with the place of the field in the file."""
    lines = []
    for line in str(error).splitlines():
        setting = _SETTING.match(line)
        where = ("set", setting[1]) if setting else path
        said = line[setting.end() :] if setting else line
        lines.append(line if line.startswith("…") else f"{source.place(where)}: {said}")
    return ConfigError("\n".join(lines))
