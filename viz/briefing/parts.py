"""What a briefing is made of: sections of texts, tables and charts, without any format.

Slides and document draw the same parts.  A chart holds the numbers that it shows, in the unit
that its axis names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Tone = Literal["", "better", "worse", "moved", "unclear", "zero"]


@dataclass(frozen=True)
class Cell:
    """A cell of a table; lines are parted by line ends, `tone` is said in its text too."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Table:
    """A table whose first column names its rows; `widths` are shares of the whole."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True)
class Bullets:
    """Sentences, one below the other."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A line of points (x, y).

    `look` is a place in the styles of lines, `thin` is for edges; the key shows what has a `key`,
    and under it the `note`.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    colour: str
    look: int
    thin: bool = False
    key: str = ""
    note: str = ""


@dataclass(frozen=True)
class LineChart:
    """Lines over years; `limits` are those of the upright axis."""

    text: str
    x: str
    y: str
    limits: tuple[float, float]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Bars:
    """One series of bars: a value, its interval and whether it is clear, for each category.

    Values are nan where nothing was measured; edges are nan without an interval. The key
    shows the `note` under the name.
    """

    name: str
    colour: str
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    clear: tuple[bool, ...]
    note: str = ""


@dataclass(frozen=True)
class ChangeChart:
    """Bars with intervals to both sides of zero, the first category on top.

    `limits` are those of the axis.
    """

    text: str
    x: str
    categories: tuple[str, ...]
    limits: tuple[float, float]
    bars: tuple[Bars, ...]


@dataclass(frozen=True)
class Stack:
    """One part of stacked bars, for each category."""

    name: str
    colour: str
    hatch: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class StackChart:
    """Bars of stacked parts, the first category on top; `notes` stand under the key."""

    text: str
    x: str
    categories: tuple[str, ...]
    stacks: tuple[Stack, ...]
    notes: tuple[str, ...] = ()


Chart: TypeAlias = LineChart | ChangeChart | StackChart
Block: TypeAlias = Table | Bullets | Chart


@dataclass(frozen=True)
class Section:
    """One subject: a headline to read aloud, what it rests on, blocks, and notes to look up."""

    name: str
    headline: str
    ground: str
    blocks: tuple[Block, ...]
    notes: str = ""


@dataclass(frozen=True)
class Briefing:
    """A briefing before it has a format.

    Attributes:
        title, subtitle: of the first page.
        facts: lines of the first page: date, version, number of runs.
        caution: one line that every page carries.
        made: when the runs ended, in ISO 8601; empty when unknown.
        sections: in the order in which they are told.
    """

    title: str
    subtitle: str
    facts: tuple[str, ...]
    caution: str
    made: str
    sections: tuple[Section, ...]
