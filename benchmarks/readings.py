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
    unit: str = ""
    at_least: bool = False

    def met(self, value: float) -> bool:
        """Is the value on the right side of the limit?"""
        return value >= self.limit if self.at_least else value <= self.limit

    @property
    def wanted(self) -> str:
        """The target in words."""
        return f"{'≥' if self.at_least else '≤'} {self.limit:g} {self.unit}".strip()


TARGETS = (
    Target("run", 60.0, "ms"),
    Target("peer ratio", 25.0, "×", at_least=True),
    Target("two-process speed-up", 1.9, "×", at_least=True),
    Target("every supplier removed", 10.0, "runs"),
    Target("resilience of a run", 15.0, "ms"),
    Target("memory of a run", 5.0, "MB"),
    Target("exponent: quarters", 1.05),
    Target("exponent: domains", 1.05),
    Target("exponent: nations", 1.05),
    Target("exponent: domains, widened", 1.05),
    Target("exponent: nations, widened", 1.05),
    Target("exponent: suppliers, widened", 0.6),
    Target("largest world", 500.0, "ms"),
    Target("last step", 5.0, "ms"),
    Target("batch: a run", 0.2, "ms"),
    Target("batch: memory", 50.0, "MB"),
    Target("batch: two processes", 1.9, "×", at_least=True),
    Target("batch: resume", 2.0, "s"),
    Target("import alliance_abm", 1.0, "s"),
    Target("import the model", 1.0, "s"),
    Target("alliance-abm --help", 0.5, "s"),
)


def summary(sections: Iterable[Section], judged: bool = True) -> list[dict[str, Any]]:
    """One row per target: reading, target, measured, verdict.

    Without `judged` no verdict is given: the sizes were not those that targets are stated for.
    """
    found = {one.name: one.value for section in sections for one in section.readings}
    rows = []
    for target in TARGETS:
        value = found.get(target.reading, math.nan)
        verdict = "met" if target.met(value) else "NOT MET"
        if not math.isfinite(value):
            verdict = "not measured"
        elif not judged:
            verdict = "not judged"
        rows.append(
            {
                "reading": target.reading,
                "target": target.wanted,
                "measured": plain(value),
                "unit": target.unit,
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


def print_summary(sections: Iterable[Section], judged: bool = True) -> None:
    """Targets against what was measured."""
    rows = [
        (row["reading"], row["target"], shown(row["measured"]), row["unit"], row["verdict"])
        for row in summary(sections, judged)
    ]
    columns = ("reading", "target", "measured", "unit", "")
    print_table("Targets", columns, rows, ("target", "measured"))


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
