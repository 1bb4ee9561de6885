"""Words and numbers of differences between policies: units, verdicts, and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from alliance_abm.measures import DAYS_PER_MONTH
from alliance_abm.outcomes import WINDOW_END, WINDOW_START
from alliance_abm.scenario import Scenario
from experiments.directions import BETTER
from experiments.paired import is_clear as clear_pairs
from experiments.summaries import LOW
from experiments.unit_words import (
    PER_CENT,
    counted,
    is_share,
    listed,
    mid_sentence,
    scale_of,
    unit_words,
)
from viz.page import digits, percent, text_width, years_label

__all__ = [
    "AS_IT_MUST",
    "BETTER",
    "CLEAR",
    "LARGEST_P",
    "MARKED_MONTHS",
    "PER_CENT",
    "PLACEBO",
    "Row",
    "better_words",
    "change_words",
    "counted",
    "cut",
    "days_words",
    "fold",
    "is_clear",
    "is_share",
    "is_zero",
    "level_words",
    "listed",
    "mid_sentence",
    "scale_of",
    "signed",
    "unit_words",
    "years_of",
]

Row = Mapping[str, Any]
LARGEST_P = 2.0 * LOW  # that of a 90 % interval
CLEAR = f"90 % interval without zero, Holm-adjusted p < {LARGEST_P:g}"
PLACEBO = "placebo"
AS_IT_MUST = "exactly zero, as it must be"
MARKED_MONTHS = 2.0  # from here on a wait is told in months


def is_clear(row: Row) -> bool:
    """Is a difference clear, by its interval and its corrected p? Never with a single pair."""
    return bool(row["n"] > 1) and clear_pairs(row)


def is_zero(row: Row) -> bool:
    """Is the difference exactly zero in every pair of runs?"""
    edges = (row["low"], row["high"])
    return row["difference"] == 0.0 and all(edge == 0.0 or np.isnan(edge) for edge in edges)


def level_words(value: float, unit: str) -> str:
    """A value of an outcome as it is printed: shares in per cent, others as they are."""
    return percent(value) if is_share(unit) else digits(value)


def signed(value: float) -> str:
    """Two significant digits with a sign.

    >>> signed(0.234), signed(-12.4), signed(0.0)
    ('+0.23', '−12', '0')
    """
    return ("+" if value > 0.0 else "") + digits(value)


def days_words(days: float) -> str:
    """A length of time, in months when it is long.

    >>> days_words(12.0).replace("\u00a0", " "), days_words(-91.3).replace("\u00a0", " ")
    ('12 days', '3.0 months')
    """
    months = abs(days) / DAYS_PER_MONTH
    many = months >= MARKED_MONTHS
    return f"{digits(months if many else abs(days))}\u00a0{'months' if many else 'days'}"


def change_words(row: Row) -> str:
    """One difference in a sentence.

    >>> row = {"name": "Capability gap", "unit": "years", "difference": -0.12}
    >>> change_words(row).replace("\u00a0", " ")
    'capability gap is lower by 0.12 years'
    """
    size = digits(abs(row["difference"]) * scale_of(row["unit"]))
    way = "higher" if row["difference"] > 0.0 else "lower"
    return f"{mid_sentence(row['name'])} is {way} by {size}\u00a0{unit_words(row['unit'])}"


def better_words(outcome: str) -> str:
    """Which way is better; empty where that is not defined."""
    way = BETTER.get(outcome, 0)
    return "" if not way else "higher is better →" if way > 0 else "← lower is better"


def cut(name: str, most: int = 52) -> str:
    """A name short enough for a headline.

    >>> cut("Pooling body + multilateral agreement", 20)
    'Pooling body…'
    """
    if len(name) <= most:
        return name
    return name[:most].rsplit(" ", 1)[0].rstrip(" ,;:+(") + "…"


def fold(text: str, inches: float, size: float, lines: int = 2, weight: str = "normal") -> str:
    """The text in at most so many lines of a width; what does not fit ends in an ellipsis."""
    found: list[str] = []
    for word in text.split():
        longer = f"{found[-1]} {word}" if found else word
        if found and text_width(longer, size, weight) <= inches:
            found[-1] = longer
        else:
            found.append(word)
    whole = len(found) <= lines
    shown = [_cut(line, inches, size, weight) for line in found[:lines]]
    if not whole:
        shown[-1] = _cut(shown[-1].rstrip(" ,;+…") + "…", inches, size, weight)
    return "\n".join(shown)


def _cut(line: str, inches: float, size: float, weight: str) -> str:
    while text_width(line, size, weight) > inches and len(line) > 2:
        line = line.rstrip("…")[:-1] + "…"
    return line


def years_of(scenario: Scenario) -> str:
    """The years that outcomes are taken over."""
    last = min(scenario.horizon.end, WINDOW_END)
    first = WINDOW_START if last >= WINDOW_START else scenario.horizon.report_from
    return years_label(first.year, last.year)
