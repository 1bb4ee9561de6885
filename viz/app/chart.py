"""What a chart of the app is: an option of ECharts with the words and the table that go with it.

Options are plain JSON. Two kinds of text in them are replaced in the browser (`chart.vue`):
`fmt:NAME` or `fmt:NAME:ARGUMENT` becomes a function that writes numbers or tooltips, and
`tone:NAME` the colour of text, lines or paper in the light or the dark page.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

DIGITS = 5  # significant, of what is sent to the browser
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for a formula


@dataclass(frozen=True)
class Chart:
    """A chart: its option, the sentence under it, what it rests on, its numbers, its description.

    Attributes:
        id: the same for every state of a chart; zoom and legend last as long as it stays.
        option: of ECharts, JSON without NaN.
        headline: one plain sentence.
        note: world, N, and what line and band are.
        table: what is drawn, tidy, with unit, N, world, seed and config in columns.
        alt: the picture in words, for those who do not see it.
    """

    id: str
    option: dict[str, Any]
    headline: str
    note: str
    table: pd.DataFrame
    alt: str


def jsonable(value: Any) -> Any:
    """The value as plain JSON: five significant digits, None for what is missing or infinite.

    >>> jsonable({"a": np.array([0.1234567, np.nan]), "b": (np.int64(3), float("inf"))})
    {'a': [0.12346, None], 'b': [3, None]}
    """
    if isinstance(value, dict):
        return {str(key): jsonable(one) for key, one in value.items()}
    if isinstance(value, np.ndarray):
        return jsonable(value.tolist())
    if isinstance(value, list | tuple):
        return [jsonable(one) for one in value]
    if isinstance(value, np.generic):
        return jsonable(value.item())
    return _rounded(value) if isinstance(value, float) else value


def _rounded(value: float) -> float | None:
    if not math.isfinite(value):
        return None
    if value == 0.0:
        return 0.0
    return round(value, DIGITS - 1 - math.floor(math.log10(abs(value))))


def csv_text(chart: Chart) -> str:
    """The table as CSV; no text in it is taken for a formula by a spreadsheet."""
    table = chart.table.copy()
    for name in table.select_dtypes(["object", "string", "category"]).columns:
        table[name] = [_harmless(one) for one in table[name]]
    return str(table.to_csv(index=False, lineterminator="\n"))


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def file_stem(chart: Chart) -> str:
    """A file name, without ending, that every system takes.

    >>> file_stem(Chart("shares/USA ..", {}, "", "", pd.DataFrame(), ""))
    'shares-usa'
    """
    return re.sub(r"[^a-z0-9_]+", "-", chart.id.lower()).strip("-") or "chart"
