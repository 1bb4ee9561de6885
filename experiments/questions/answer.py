"""The answer to a question from its experiment: words, rows for tables, and what is drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from alliance_abm.outcomes import WINDOW_END, WINDOW_START
from experiments.batch.read import Batch
from experiments.questions.asks import BRACES, Ask, ask_of
from experiments.questions.evidence import Evidence, Row, flat
from experiments.questions.gather import GATHER
from experiments.questions.phrases import SAY, Say
from experiments.questions.schema import Question, QuestionFile
from experiments.questions.short import SHORT
from experiments.unit_words import counted, listed

END = re.compile(r"(?<!U\.S)(?<=\.) (?=[A-Z“])")  # of a sentence, before the next
SENTENCE = re.compile(r"((?<!U\.S)\. )([a-z])")
READING = (
    "In brackets: 90 % intervals over seeds, on the same seeds with and without a policy. Clearly "
    "means an interval without zero and p below 0.1 after Holm's correction for all that is told "
    "here; the rest may be chance."
)


@dataclass(frozen=True)
class Answer:
    """What an experiment says of a question.

    `short` and `text` are the templates filled in, `ground` the runs behind it, `rows` every
    number told or drawn, `drawn` those of the figure, `evidence` the numbers themselves.
    """

    question: Question
    file: QuestionFile
    short: str
    text: str
    ground: str
    rows: list[Row]
    drawn: list[Row]
    evidence: Evidence

    @property
    def figure(self) -> Ask:
        """What the figure shows."""
        return self.file.figure_ask()

    def table(self) -> list[Row]:
        """The rows as flat mappings, for JSON and tables."""
        factors = [one.name for one in self.evidence.batch.factors]
        named = factors if len(factors) <= 12 else []
        return [{"question": self.question.id, **flat(row, named)} for row in self.rows]

    def row(self) -> Row:
        """The answer in words as one flat mapping."""
        return {
            "question": self.question.id,
            "what": "answer",
            "class": self.question.item.abm,
            "short": self.short,
            "text": f"{self.text} {self.ground}",
            "depends": self.file.depends,
            "not_answered": self.file.not_answered,
        }

    @property
    def sentences(self) -> list[str]:
        """The sentences of `text`, each a point of a list."""
        return END.split(self.text)

    def paragraphs(self) -> list[tuple[str, str]]:
        """Headings and texts that follow the answer."""
        return [
            ("What it depends on", self.file.depends),
            ("What a simulation cannot say", self.file.not_answered),
        ]


def answer(batch: Batch, question: Question) -> Answer:
    """The answer that a finished or unfinished batch of the question's experiment gives.

    Raises ValueError for a question that has no file.
    """
    file = question.file
    if file is None:
        raise ValueError(f"{question.id} is {question.status}")
    evidence = Evidence(batch, file)
    templates = (file.short, file.answer)
    asks = {text: ask_of(text) for one in templates for text in BRACES.findall(one)}
    found = {text: GATHER[ask.kind](ask, evidence) for text, ask in asks.items()}
    drawn = GATHER[file.figure.kind](file.figure_ask(), evidence)
    rows = evidence.corrected()

    def filled(template: str, say: Mapping[str, Say]) -> str:
        def said(match: re.Match[str]) -> str:
            ask = asks[match[1]]
            return say[ask.kind](ask, found[match[1]], evidence)

        return _sentences(BRACES.sub(said, template))

    short, text = filled(file.short, SHORT), filled(file.answer, SAY)
    return Answer(question, file, short, text, ground(batch, evidence), rows, drawn, evidence)


def _sentences(text: str) -> str:
    """Sentences begin with a capital, and no full stop stands twice."""
    raised = SENTENCE.sub(lambda match: match[1] + match[2].upper(), text.replace("..", "."))
    return raised[:1].upper() + raised[1:]


def ground(batch: Batch, evidence: Evidence) -> str:
    """The runs behind an answer, in sentences: how many, which seeds, worlds and draws."""
    worlds = "world" if len(batch.worlds) == 1 else "worlds"
    seeds = counted(batch.replications, "seed", "seeds")
    parts = [f"N = {batch.runs_done} runs; {seeds}; {worlds} {listed(batch.worlds)}"]
    if evidence.draws:
        drawn = counted(len(batch.factors), "assumed parameter", "assumed parameters")
        parts.append(
            f"signs over {evidence.draws} draws of {drawn}, {batch.draw_replications} seeds each"
        )
    elif batch.method is not None:
        points = counted(len(batch.points) - 1, "point", "points")
        parts.append(f"{points} of the design, {batch.draw_replications} seeds each")
        parts.append("all other parameters at their central values")
    else:
        parts.append("parameters at their central values")
    failed = len(batch.failures)
    missing = batch.runs_total - batch.runs_done
    if failed:
        parts.append(f"{counted(failed, 'run', 'runs')} failed and are left out")
    elif missing:
        parts.append(f"{counted(missing, 'run is', 'runs are')} still to come")
    return f"{'; '.join(parts)}. Outcomes of {years(batch)}. {READING}"


def years(batch: Batch) -> str:
    """The years that outcomes are taken over."""
    horizon = batch.scenario.horizon
    last = min(horizon.end, WINDOW_END)
    first = WINDOW_START if last >= WINDOW_START else horizon.report_from
    return f"{first.year}–{last.year}"
