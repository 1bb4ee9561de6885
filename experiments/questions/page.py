"""Answers on a page, and the files that an answer adds to the folder of its experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from alliance_abm.coverage import CLASSES
from experiments.compare_words import CAUTION
from experiments.questions.answer import READING, Answer
from experiments.questions.schema import Question
from experiments.results import write_table

TEXT, ANALYSIS, TABLE = "answer.md", "analysis", "answer"


def write_answer(found: Answer, folder: Path) -> None:
    """Write the answer and the table of its numbers (Parquet and CSV) into a folder."""
    (folder / TEXT).write_text(f"# {section(found)}\n{CAUTION}\n", encoding="utf-8")
    (folder / ANALYSIS).mkdir(exist_ok=True)
    table = pd.DataFrame(found.table())
    write_table(table, folder / ANALYSIS / f"{TABLE}.parquet")
    table.to_csv(folder / ANALYSIS / f"{TABLE}.csv", index=False)


def section(found: Answer, picture: str | None = None) -> str:
    """One answer in Markdown, beginning with the text of its heading."""
    parts = [f"{found.question.id}: {found.question.words}\n", f"**{found.short}**\n"]
    parts += [f"- {one}" for one in found.sentences]
    parts.append(f"\n*{found.ground}*\n")
    if picture is not None:
        parts.append(f"![{found.question.id}]({picture})\n")
    for heading, text in found.paragraphs():
        parts.append(f"**{heading}.** {text}\n")
    return "\n".join(parts)


def answers_page(
    asked: Sequence[Question], answers: Mapping[str, Answer], pictures: Mapping[str, str]
) -> str:
    """All questions on one page: answers, and why some have none."""
    parts = []
    for one in asked:
        if one.id in answers:
            text = section(answers[one.id], pictures.get(one.id)).replace(f" {READING}", "")
        else:
            text = f"{one.id}: {one.words}\n\nNot a question for a simulation: {one.item.why}\n"
        head, _, rest = text.partition("\n")
        parts.append(f"## {head}\n*{CLASSES[one.item.abm].capitalize()}.*\n{rest}")
    return "\n".join(parts)
