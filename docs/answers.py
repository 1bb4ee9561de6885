"""Run every research question of the papers, and rewrite `docs/answers.md` with its figures.

`--replications N` sets the runs of every point (default: those of the questions' files). With
`--keep DIR` the experiments stay there, and those that are there are gone on with.
"""

from __future__ import annotations

import argparse
import io
import re
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PIL import Image

from experiments.questions.answer import Answer
from experiments.questions.page import answers_page
from experiments.questions.run import run_question
from experiments.questions.schema import Question, questions
from viz.figures import drawn
from viz.questions import figure_of

ROOT = Path(__file__).parent
PAGE, PICTURES = ROOT / "answers.md", Path("img") / "answers"
WIDEST, COLOURS = 1_000, 64  # pixels and colours of a picture in the documents
PART = re.compile(r"(<!-- answered -->\n).*?(<!-- end of answers -->)", re.DOTALL)


def main() -> None:
    """Rewrite the page and its figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--replications", type=int, default=None)
    options.add_argument("--keep", type=Path, default=None, metavar="DIR")
    given = options.parse_args()
    asked = list(questions())
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        answers = {one.id: answered(one, folder, given.replications) for one in asked if one.file}
    write_page(asked, answers)


def answered(question: Question, folder: Path, replications: int | None) -> Answer:
    """The answer from the question's experiment in a folder of this one."""
    print(question.id, flush=True)
    return run_question(question, folder / question.id, replications, resume=True)


def write_page(asked: Sequence[Question], answers: dict[str, Answer]) -> None:
    """Put answers and figures into the documents."""
    (ROOT / PICTURES).mkdir(parents=True, exist_ok=True)
    pictures = {name: (PICTURES / f"{name}.png").as_posix() for name in answers}
    for name, found in answers.items():
        drawn(partial(figure_of, found), [ROOT / pictures[name]])
        make_small(ROOT / pictures[name])
    body = answers_page(asked, answers, pictures)
    old = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(
        PART.sub(lambda match: f"{match[1]}\n{body}\n{match[2]}", old), encoding="utf-8"
    )


def make_small(path: Path) -> None:
    """Write a picture again, no wider than WIDEST and with no more than COLOURS colours."""
    with Image.open(path) as whole:
        picture = whole.convert("RGB")
    height = round(picture.height * WIDEST / picture.width)
    if picture.width > WIDEST:
        picture = picture.resize((WIDEST, height), Image.Resampling.LANCZOS)
    few = picture.quantize(
        COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE
    )  # fmt: skip
    made = io.BytesIO()
    few.save(made, "PNG", optimize=True)
    path.write_bytes(made.getvalue())


if __name__ == "__main__":
    main()
