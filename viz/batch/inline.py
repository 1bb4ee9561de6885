"""A figure as SVG inside a page: no names that clash with other figures', nothing from outside."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from html import escape
from pathlib import Path

from matplotlib.figure import Figure

from viz.figures import drawn

_HEAD = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>\s*", re.DOTALL)
_NAMES = re.compile(r'(\bid="|xlink:href="#|\bhref="#|url\(#)')
_LONG = re.compile(r"-?\d+\.\d{4,}")  # the scales of letters are shorter, and stay exact


def inline_svg(draw: Callable[[], Figure], name: str, alternative: str) -> str:
    """The figure as an `svg` element with a text alternative; `name` is its own in the page."""
    with tempfile.TemporaryDirectory(prefix="figure.") as there:
        path = Path(there) / "figure.svg"
        drawn(draw, [path])
        text = path.read_text(encoding="utf-8")
    text = _METADATA.sub("", _HEAD.sub("", text))
    text = _NAMES.sub(rf"\g<1>{name}-", text)
    text = _LONG.sub(lambda found: f"{float(found[0]):.3f}", text)
    start, end = text.index("<svg"), text.index(">")
    box = re.search(r'viewBox="[^"]*"', text[start:end])
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'{box[0] if box else ""} role="img" aria-label="{escape(alternative)}"'
    )
    return head + text[end:].rstrip()
