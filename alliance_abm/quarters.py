"""Quarters of the calendar and their index in the model."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator

from alliance_abm.problems import FieldProblems, Problem, shown

FIRST_YEAR = 2010
QUARTERS = 144
QUARTERS_A_YEAR = 4
_SYNTAX = re.compile(r"([0-9]{4})Q([1-4])")


class Quarter(int):
    """A quarter; as an integer it is the model's index (2010Q1 = 0, 2045Q4 = 143).

    >>> Quarter.parse("2015Q1") + 0
    20
    >>> str(Quarter(143))
    '2045Q4'
    """

    @classmethod
    def parse(cls, text: object) -> Quarter:
        """Quarter of a text such as `2010Q1`; raises FieldProblems for anything else."""
        if isinstance(text, Quarter):
            return text
        allowed = f"a quarter from {Quarter(0)} to {Quarter(QUARTERS - 1)}, such as 2025Q1"
        match = _SYNTAX.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            near = _repaired(text)
            reason = f"{shown(text)} is not a quarter"
            raise FieldProblems([Problem((), reason, allowed, near)])
        index = (int(match[1]) - FIRST_YEAR) * QUARTERS_A_YEAR + int(match[2]) - 1
        if not 0 <= index < QUARTERS:
            raise FieldProblems([Problem((), f"{text} is outside the model's years", allowed)])
        return cls(index)

    @property
    def year(self) -> int:
        """Calendar year."""
        return FIRST_YEAR + int(self) // QUARTERS_A_YEAR

    def __str__(self) -> str:
        return f"{self.year}Q{int(self) % QUARTERS_A_YEAR + 1}"

    def __repr__(self) -> str:
        return str(self)


def _repaired(text: object) -> str | None:
    """The quarter a loose spelling means (2010-q1, Q1 2010, 2010), if it means one."""
    words = str(text)
    year = re.search(r"20[0-9]{2}", words)
    if year is None:
        return None
    quarter = re.search(r"[qQ]([1-4])", words)
    return f"{year[0]}Q{quarter[1] if quarter else 1}"


QuarterField = Annotated[
    Quarter,
    PlainValidator(Quarter.parse),
    PlainSerializer(lambda quarter: str(quarter), return_type=str),
]


def quarter_labels(count: int) -> list[str]:
    """Labels of the first `count` quarters: 2010Q1, 2010Q2, …"""
    return [str(Quarter(index)) for index in range(count)]
