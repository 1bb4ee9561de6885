"""Running the experiment of a question and answering from what it left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from experiments.batch.plan import Plan, planned
from experiments.batch.read import read_batch
from experiments.batch.runner import Report, run_batch
from experiments.questions.answer import Answer, answer
from experiments.questions.schema import Question


def plan_of(question: Question, replications: int | None = None) -> Plan:
    """The runs of a question, checked; `replications` stand in for all that its file names.

    Raises ConfigError with file, line and column, ValueError for a question without a file.
    """
    if question.file is None:
        raise ValueError(f"{question.id} has no experiment")
    experiment = question.file.experiment
    if replications is not None:
        design = experiment.design
        if design is not None:
            design = design.model_copy(update={"replications": replications})
        given = {"replications": replications, "design": design}
        experiment = experiment.model_copy(update=given)
    return planned(experiment, question.source)


def run_question(
    question: Question,
    folder: Path,
    replications: int | None = None,
    jobs: int | None = None,
    report: Report | None = None,
    command: Sequence[str] = (),
    resume: bool = False,
) -> Answer:
    """Run a question's experiment into a folder (or go on there, if `resume`) and answer it.

    Raises ConfigError for a folder that may not be used, RunError when processes keep dying.
    """
    plan = plan_of(question, replications)
    run_batch(plan, folder, jobs, report, resume=resume, command=command)
    return answer(read_batch(folder), question)
