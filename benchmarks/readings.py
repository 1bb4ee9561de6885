"""What a benchmark found: readings, their tables, and how they stand to the targets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from alliance_abm.console import plain, print_table

DIGITS = 3


@dataclass(frozen=True)
class Reading:
    """One measured figure; `details` are further columns of its table."""

    name: str
    value: float
    unit: str
    details: dict[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """Readings that are shown together, with a sentence on how they were taken."""

    title: str
    how: str
    readings: Sequence[Reading]


@dataclass(frozen=True)
class Target:
    """What a reading is to be: at most `limit`, or at least it."""

    reading: str
    limit: float
    at_least: bool = False

    def met(self, value: float) -> bool:
        """Is the value on the right side of the limit?"""
        return value >= self.limit if self.at_least else value <= self.limit

    def wanted(self, unit: str) -> str:
        """The target in words."""
        return f"{'≥' if self.at_least else '≤'} {self.limit:g} {unit}".strip()


TARGETS = (
    Target("run", 60.0),
    Target("peer ratio", 25.0, at_least=True),
    Target("two-process speed-up", 1.9, at_least=True),
    Target("memory of a run", 5.0),
    Target("exponent: quarters", 1.05),
    Target("exponent: domains", 1.05),
    Target("exponent: nations", 1.05),
    Target("exponent: nations, widened", 1.05),
    Target("exponent: domains, widened", 1.05),
    Target("exponent: suppliers, widened", 0.6),
    Target("largest world", 500.0),
    Target("last step", 5.0),
    Target("import alliance_abm", 1.0),
    Target("alliance-abm --help", 0.5),
)


def summary(sections: Iterable[Section]) -> list[dict[str, Any]]:
    """One row per target: reading, target, measured, verdict."""
    found = {one.name: one for section in sections for one in section.readings}
    rows = []
    for target in TARGETS:
        reading = found.get(target.reading)
        verdict = "not measured"
        if reading is not None and math.isfinite(reading.value):
            verdict = "met" if target.met(reading.value) else "NOT MET"
        rows.append(
            {
                "reading": target.reading,
                "target": target.wanted(reading.unit if reading else ""),
                "measured": reading.value if reading else None,
                "unit": reading.unit if reading else None,
                "verdict": verdict,
            }
        )
    return rows


def as_rows(sections: Iterable[Section]) -> list[dict[str, Any]]:
    """Every reading as one flat row."""
    return [
        {
            "section": section.title,
            "reading": one.name,
            "value": plain(one.value),
            "unit": one.unit,
            **{key: plain(value) for key, value in one.details.items()},
        }
        for section in sections
        for one in section.readings
    ]


def print_section(section: Section) -> None:
    """The table of one section on standard output."""
    extra = list(dict.fromkeys(key for one in section.readings for key in one.details))
    rows = [
        (one.name, shown(one.value), one.unit, *(shown(one.details.get(key)) for key in extra))
        for one in section.readings
    ]
    print_table(section.title, ("reading", "value", "unit", *extra), rows, ("value", *extra))
    print(f"{section.how}\n")


def print_summary(sections: Iterable[Section]) -> None:
    """Targets against what was measured."""
    rows = [
        (row["reading"], row["target"], shown(row["measured"]), row["verdict"])
        for row in summary(sections)
    ]
    print_table("Targets", ("reading", "target", "measured", ""), rows, ("target", "measured"))


def shown(value: float | str | None) -> str:
    """A figure with a few significant digits."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if not math.isfinite(value):
        return "–"
    if value == int(value) or abs(value) >= 10**DIGITS:
        return f"{value:.0f}"
    return f"{value:.{DIGITS}g}"
