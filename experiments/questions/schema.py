"""The file of a research question: what it asks, the experiment, the figure, and the answer.

A file of `configs/questions` is named after the item of the papers and reads

    question: How far could pooled buys cut time and unit cost?
    experiment: {title: …, replications: 12, policies: […], …}  # as in configs/experiments
    measures:                       # optional: outcomes made of two others
      dcs_less_fms: {name: DCS less FMS, of: dcs_months_to_contract, less: fms_months_to_contract}
      members_a_pool: {name: …, of: conversions_a_year, per: pools_a_year, unit: members a pool}
    names: {agreements.pool_holdout_hazard: hold-outs}  # optional: what factors are called
    points: [all weight on alignment, …]                # optional: names of the points of a list
    figure: {kind: sizes, outcomes: […], policies: […]}
    answer: Pooling {changes us_unit_cost of pooled_buying=50}.
    depends: What the answer rests on.
    not_answered: What a simulation cannot say of it.

The words of an answer and the kinds of figures: `experiments.questions.asks`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path as FilePath
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from alliance_abm.config_files import validated
from alliance_abm.coverage import NO_QUESTION, Item, coverage
from alliance_abm.fields import Strict, as_map, as_tuple, text
from alliance_abm.levers import LEVERS
from alliance_abm.outcomes import OUTCOMES
from alliance_abm.problems import (
    ConfigError,
    FieldProblems,
    Path,
    Problem,
    listed,
    nearest_name,
    shown,
)
from alliance_abm.shelves import Shelf
from alliance_abm.yaml_source import Source
from experiments.batch.config import Experiment
from experiments.questions.asks import KINDS, Ask, Known, asks_in, problems_of

SHELF = Shelf("questions", "question", "QUESTION", "R-Q13")
PREFIX = "R-Q"
LEVERS_POLICY = "levers"  # of a design whose factors are levers
ANSWER_LENGTH = 4_000
Names = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
Words = Annotated[str, BeforeValidator(text(1_500))]


class Measure(Strict):
    """An outcome made of two: one less another, or one per another.

    `above` and `below` say what a difference means that is clearly above or below zero.
    """

    name: Annotated[str, BeforeValidator(text(80))]
    of: str
    less: str | None = None
    per: str | None = None
    unit: str | None = None
    above: Annotated[str, BeforeValidator(text(80))] = "clearly above zero"
    below: Annotated[str, BeforeValidator(text(80))] = "clearly below zero"

    @model_validator(mode="after")
    def _of_two(self) -> Measure:
        if (self.less is None) == (self.per is None):
            raise FieldProblems(
                [Problem((), "is not made of two", "less: OUTCOME or per: OUTCOME")]
            )
        for key in ("of", "less", "per"):
            given = getattr(self, key)
            if given is not None and given not in OUTCOMES:
                near = nearest_name(given, OUTCOMES)
                raise FieldProblems(
                    [Problem((key,), f"{shown(given)} is not an outcome", listed(OUTCOMES), near)]
                )
        if self.per is not None and self.unit is None:
            raise FieldProblems([Problem(("unit",), "is missing", "the unit of a ratio")])
        return self

    @property
    def units(self) -> str:
        """Its unit: that of the first outcome unless another is given."""
        return self.unit or OUTCOMES[self.of].unit


class FigureSpec(Strict):
    """The figure of an answer: an ask that is drawn."""

    kind: Literal[
        "changes", "sizes", "along", "rank", "factors", "order", "points", "surface", "frontier"
    ]
    outcomes: Names
    policies: Names = ()
    over: Names = ()
    worlds: Names = ()

    @property
    def ask(self) -> Ask:
        """What is drawn; the policies that are named, else those of the experiment."""
        return Ask(self.kind, self.outcomes, self.policies, self.over, self.worlds)


class QuestionFile(Strict):
    """One file of `configs/questions`."""

    question: Annotated[str, BeforeValidator(text(300))]
    experiment: Experiment
    measures: Annotated[dict[str, Measure], BeforeValidator(as_map)] = Field(default_factory=dict)
    names: Annotated[dict[str, str], BeforeValidator(as_map)] = Field(default_factory=dict)
    points: Names = ()
    figure: FigureSpec
    short: Annotated[str, BeforeValidator(text(ANSWER_LENGTH // 4))]
    answer: Annotated[str, BeforeValidator(text(ANSWER_LENGTH))]
    depends: Words
    not_answered: Words

    @model_validator(mode="after")
    def _names_what_there_is(self) -> QuestionFile:
        known = self.known()
        found = list(self._measured())
        for key, template in (("short", self.short), ("answer", self.answer)):
            for words, ask in asks_in(template):
                for one in problems_of(ask, known):
                    where = f"{{{words}}}: {one.reason}"
                    found.append(Problem((key,), where, one.allowed, one.nearest))
        found += [one.under(("figure",)) for one in problems_of(self.figure_ask(), known)]
        design = self.experiment.design
        if self.points and (design is None or len(self.points) != len(design.points)):
            found.append(Problem(("points",), "do not fit", "a name for each point of the list"))
        if found:
            raise FieldProblems(found)
        return self

    def _measured(self) -> Iterator[Problem]:
        for key, one in self.measures.items():
            for part in ("of", "less", "per"):
                named = getattr(one, part)
                if named is not None and named not in self.experiment.outcomes:
                    reason = f"{named} is not among the outcomes of the experiment"
                    yield Problem(("measures", key, part), reason, listed(self.experiment.outcomes))

    def figure_ask(self) -> Ask:
        """What the figure draws: of no named policies all, where it takes several."""
        ask = self.figure.ask
        several = KINDS[ask.kind].policies[1] > 1
        if ask.policies or not several:
            return ask
        return replace(ask, policies=tuple(one.name for one in self.experiment.choices()))

    def known(self) -> Known:
        """Names that asks may use."""
        experiment = self.experiment
        design = experiment.design
        specs = design.factors if design is not None else ()
        named = [name for point in (design.points if design is not None else ()) for name in point]
        levers = [one.lever for one in specs if one.lever]
        levers += [name for name in named if name in LEVERS]
        factors = [*levers, *named, *_fitting([one.parameter for one in specs if one.parameter])]
        policies = [one.name for one in experiment.choices()]
        return Known(
            (*experiment.outcomes, *self.measures),
            [*policies, *([LEVERS_POLICY] * bool(levers))],
            tuple(dict.fromkeys(factors)),
            experiment.worlds,
        )


def _fitting(patterns: list[str]) -> list[str]:
    """Parameters that fit one of the patterns."""
    from alliance_abm.parameters import CATALOGUE

    return [path for path in CATALOGUE if any(fnmatchcase(path, one) for one in patterns)]


@dataclass(frozen=True)
class Question:
    """A research question of the papers; `file` is None where a simulation has no answer."""

    id: str
    item: Item
    file: QuestionFile | None
    source: Source | None = None

    @property
    def words(self) -> str:
        """The question in words."""
        return self.file.question if self.file is not None else self.item.item

    @property
    def status(self) -> str:
        """By what it is answered, or why not."""
        if self.file is None:
            return f"not a question for a simulation: {self.item.why}"
        return self.file.experiment.title


def question_items() -> dict[str, Item]:
    """The research questions of the papers by identifier, in their order."""
    return {name: item for name, item in coverage().items() if name.startswith(PREFIX)}


def load_question(name: str) -> Question:
    """A question by its identifier; raises ConfigError with the nearest one, or with the place."""
    items = question_items()
    word = name.strip()
    found = next((one for one in items if one.lower() in (word.lower(), f"r-{word.lower()}")), None)
    if found is None:
        problem = Problem(
            (), f"no question is named {shown(name)}", "R-Q1 to R-Q26", nearest_name(name, items)
        )
        raise ConfigError(f"{SHELF.option}: {problem.text()}")
    item = items[found]
    if item.abm == NO_QUESTION:
        return Question(found, item, None)
    return Question(found, item, *load_file(SHELF.find(found)))


def load_file(path: FilePath) -> tuple[QuestionFile, Source]:
    """The file of a question, and the source of its experiment for later errors.

    Raises ConfigError with file, line and column.
    """
    source = SHELF.read(path, QuestionFile.model_fields)
    return validated(QuestionFile, source), _section(source, "experiment")


def _section(source: Source, key: str) -> Source:
    """One section of a file as a source of its own, its places kept."""

    def inside(places: dict[Path, str]) -> dict[Path, str]:
        return {path[1:]: place for path, place in places.items() if path[:1] == (key,)}

    return Source(source.name, source.data[key], inside(source.values), inside(source.keys))


def questions() -> Iterator[Question]:
    """Every research question in the order of the papers."""
    for name in question_items():
        yield load_question(name)
