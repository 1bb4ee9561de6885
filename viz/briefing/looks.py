"""What charts of slides and of documents look alike in: patterns, pale colours, numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

LABELLED = 0.07  # of the longest bar: shorter parts carry no number
YEARS = 5  # between two numbers of an axis
GRID = "#E4E4E4"
PALE = 0.6
HATCH_ANGLES: Mapping[str, int] = {"///": 45, "\\\\\\": -45}  # dots otherwise


def luminance(text: str) -> float:
    """Brightness of a colour, 0 to 1.

    >>> luminance("#FFFFFF"), luminance("#000000")
    (1.0, 0.0)
    """
    parts = [int(text[place : place + 2], 16) / 255.0 for place in (1, 3, 5)]
    return round(float(np.dot(parts, (0.299, 0.587, 0.114))), 6)


def pale(text: str) -> str:
    """A colour mixed with white.

    >>> pale("#000000")
    '#999999'
    """
    parts = [int(text[place : place + 2], 16) for place in (1, 3, 5)]
    return "#" + "".join(f"{round(part + PALE * (255 - part)):02X}" for part in parts)
