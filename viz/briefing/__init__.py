"""Briefings: slides and self-contained documents of a comparison of policies.

`briefing_of` makes the content once; `slides_bytes` and `document_text` give it a format.
"""

from __future__ import annotations

from viz.briefing.content import briefing_of
from viz.briefing.document import document_text
from viz.briefing.files import write_briefing
from viz.briefing.parts import Briefing

__all__ = ["Briefing", "briefing_of", "document_text", "slides_bytes", "write_briefing"]


def slides_bytes(briefing: Briefing) -> bytes:
    """The briefing as a PowerPoint file; ModuleNotFoundError without python-pptx (extra `app`)."""
    from viz.briefing.slides import slides_bytes as made

    return made(briefing)
