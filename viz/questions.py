"""The figure of an answer to a research question: one function for each kind of ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from matplotlib.figure import Figure

from experiments.questions.answer import Answer
from viz.figures import write
from viz.questions_curves import curves, surfaces
from viz.questions_dots import dots, levels, trade_off

DRAW: Mapping[str, Callable[[Answer], Figure]] = MappingProxyType(
    {
        "changes": dots,
        "rank": dots,
        "factors": dots,
        "points": dots,
        "order": levels,
        "sizes": curves,
        "along": curves,
        "surface": surfaces,
        "frontier": trade_off,
    }
)


def figure_of(found: Answer) -> Figure:
    """The figure of an answer, on its page."""
    return DRAW[found.figure.kind](found)


def draw_answer(found: Answer, folder: Path) -> list[Path]:
    """Draw it into the existing `folder` as SVG and PNG named after the question."""
    return write(partial(figure_of, found), folder, found.question.id)
