"""A briefing as a file: slides or a document, by the ending of its name."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from alliance_abm.problems import ConfigError
from experiments.comparison import Comparison
from experiments.folders import new_file
from viz.briefing.content import briefing_of
from viz.briefing.document import document_text

SLIDES, DOCUMENT = ".pptx", ".html"
PACKAGE = "pptx"


def checked_format(path: Path) -> str:
    """The ending that decides the format; ConfigError for another, or without python-pptx."""
    kind = path.suffix.lower()
    if kind not in (SLIDES, DOCUMENT):
        raise ConfigError(
            f"--out {path}: is no briefing; allowed: a file ending in {SLIDES} or {DOCUMENT}"
        )
    if kind == SLIDES and find_spec(PACKAGE) is None:
        raise ConfigError(
            f"--out {path}: slides need python-pptx, which is not installed; allowed: "
            f"pip install 'alliance-abm[app]', or a file ending in {DOCUMENT}"
        )
    return kind


def briefing_bytes(
    comparison: Comparison, kind: str, title: str | None = None, question: str | None = None
) -> bytes:
    """The content of the file of a briefing; `kind` as `checked_format` gives it."""
    briefing = briefing_of(comparison, title, question)
    if kind == DOCUMENT:
        return document_text(briefing).encode("utf-8")
    from viz.briefing.slides import slides_bytes

    return slides_bytes(briefing)


def write_briefing(
    comparison: Comparison, path: Path, title: str | None = None, question: str | None = None
) -> Path:
    """Write a briefing whole or not at all, replacing a file that is there; returns its path.

    Raises ConfigError when the name ends otherwise, python-pptx is not installed, or the file
    cannot be written.
    """
    kind = checked_format(path)
    with new_file(path, overwrite=True) as file:
        file.temporary.write_bytes(briefing_bytes(comparison, kind, title, question))
        file.commit()
    return file.target
