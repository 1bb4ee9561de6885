"""The commands `question` and `questions`: answers to the research questions of the papers."""

from __future__ import annotations

import shutil
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alliance_abm.cli_figures import DrawFigures, Drawn
from alliance_abm.cli_folders import result_folder
from alliance_abm.cli_options import Figures, Jobs, Json, NewFolder, Overwrite, Quiet
from alliance_abm.console import (
    PROGRAM_FAILURE,
    SOME_FAILED,
    guarded,
    print_json,
    print_table,
    progress,
    say,
)

if TYPE_CHECKING:
    from experiments.questions.answer import Answer
    from experiments.questions.schema import Question

WIDTH = 100
QuestionName = Annotated[
    str,
    typer.Argument(metavar="QUESTION", help="R-Q1 to R-Q26: an item of the papers.",
                   show_default=False),
]  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    for command in (question, questions):
        app.command()(guarded(command))


def question(
    name: QuestionName,
    replications: Annotated[
        int | None,
        typer.Option(
            "--replications", min=1, help="Runs of each point.", show_default="the question's"
        ),
    ] = None,
    jobs: Jobs = None,
    out: NewFolder = None,
    overwrite: Overwrite = False,
    figures: Figures = True,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run the experiment of a research question and answer it in words, or say why not."""
    from experiments.questions.schema import load_question

    asked = load_question(name)
    if asked.file is None:
        _tell_why_not(asked, as_json)
        return
    drawn = Drawn(figures, _figure)
    with result_folder(out, overwrite) as folder, tempfile.TemporaryDirectory() as made:
        inside = Path(made) / "batch"
        found = _answered(asked, inside, replications, jobs, quiet)

        def fill(path: Path, command: list[str]) -> None:
            from experiments.questions.page import write_answer

            shutil.copytree(inside, path, dirs_exist_ok=True)
            write_answer(found, path)
            (path / "figures").mkdir(exist_ok=True)
            drawn(found, path / "figures")

        folder.write(fill)
    _tell(found, as_json)
    folder.announce(quiet)
    failed = len(found.evidence.batch.failures)
    if failed:
        say(f"{failed} runs failed and are left out")
        raise typer.Exit(SOME_FAILED)
    if drawn.failed:
        raise typer.Exit(PROGRAM_FAILURE)


def _answered(
    asked: Question, folder: Path, replications: int | None, jobs: int | None, quiet: bool
) -> Answer:
    from experiments.questions.run import run_question

    with progress(f"{asked.id}: {asked.status}", quiet) as report:
        return run_question(
            asked, folder, replications, jobs, lambda done: report(done.done, done.total),
            command=["alliance-abm", *sys.argv[1:]],
        )  # fmt: skip


def _figure() -> DrawFigures:
    from viz.questions import draw_answer

    draw: DrawFigures = draw_answer
    return draw


def _tell_why_not(asked: Question, as_json: bool) -> None:
    if as_json:
        row = {"question": asked.id, "what": "no answer", "text": asked.item.why}
        print_json("question", None, [row])
        return
    print(_wrapped(f"{asked.id}: {asked.words}"))
    print(_wrapped(f"Not a question for a simulation: {asked.item.why}"))


def _tell(found: Answer, as_json: bool) -> None:
    if as_json:
        manifest = found.evidence.batch.manifest
        print_json("question", manifest["config_hash"], [found.row(), *found.table()])
        return
    print(_wrapped(f"{found.question.id}: {found.question.words}"))
    typer.secho(f"\n{_wrapped(found.short)}\n", bold=True)
    for one in found.sentences:
        print(_wrapped(one, "- "))
    print(f"\n{_wrapped(found.ground)}")
    for heading, text in found.paragraphs():
        print(f"\n{heading}\n{_wrapped(text)}")


def _wrapped(text: str, mark: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def questions(as_json: Json = False) -> None:
    """List the research questions of the papers, and by what each is answered, or why not."""
    from experiments.questions.schema import questions as every

    rows: list[dict[str, Any]] = [
        {"question": one.id, "text": one.words, "class": one.item.abm, "status": one.status}
        for one in every()
    ]
    if as_json:
        print_json("questions", None, rows)
        return
    answered = sum(one["class"] != "N" for one in rows)
    title = f"{len(rows)} research questions, {answered} with an experiment; `question ID` answers"
    columns = ("question", "what is asked", "class", "answered by, or why not")
    print_table(title, columns, [tuple(row.values()) for row in rows])
