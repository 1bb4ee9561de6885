"""Removals as they are printed and summarised."""

from __future__ import annotations

from collections.abc import Sequence

from alliance_abm.console import print_table
from alliance_abm.resilience import PARTNERS, UNITED_STATES
from experiments.resilience import ResilienceResults, Row, random_and_worst
from experiments.summaries import two_digits

Line = tuple[str, ...]
TITLES = {PARTNERS: "partners", UNITED_STATES: "the United States"}
COLUMNS = (
    "removed", "kept after a year", "by seller alone", "trough", "back to 95 % (quarters)",
    "recovered", "hit most",
)  # fmt: skip
RIGHT = COLUMNS[1:-1]
PLACES = 3
NOTE = (
    "Capability relative to the same run without the removal; 90 % intervals over runs. The "
    "removed nation goes on for itself and is not counted. By seller alone: its parts in the "
    "products of others stay. Comparative and exploratory, not a forecast."
)


def print_removals(found: ResilienceResults) -> None:
    """A table for the partners and one for the United States, on standard output."""
    for holder in TITLES:
        lines = removal_lines(found.rows, holder, found.removals.quarters)
        if lines:
            print_table(removal_title(found, holder), COLUMNS, lines, RIGHT)
            if text := contrast(found.rows, holder):
                print(text)
    print(NOTE)


def removal_title(found: ResilienceResults, holder: str) -> str:
    """What a table shows."""
    runs = int(found.runs["replication"].nunique())
    count = "1 run" if runs == 1 else f"{runs} runs"
    return (
        f"{found.scenario.name}: what {TITLES[holder]} keep{'s' * (holder != PARTNERS)} when a "
        f"supplier is removed in {found.removals.at}; {found.removals.quarters} quarters "
        f"followed; {count}"
    )


def removal_lines(rows: Sequence[Row], holder: str, quarters: int) -> list[Line]:
    """One line a removal, the least kept first."""
    return [
        (
            row["entity"] + (" (parts)" if row["kind"] == "origin" else ""),
            _with_range(row, "kept"),
            _with_range(row, "nominal"),
            _with_range(row, "trough"),
            _recovery(row, quarters),
            f"{100 * row['recovered']:.0f} %",
            row["worst"],
        )
        for row in rows
        if row["holder"] == holder
    ]


def contrast(rows: Sequence[Row], holder: str) -> str:
    """Losing any supplier against losing the one that matters most; empty for a few suppliers."""
    found = random_and_worst(rows, holder)
    if found is None:
        return ""
    return (
        f"A supplier at random leaves {found[0]:.{PLACES}f}, the one that matters most "
        f"{found[1]:.{PLACES}f} (after a year, medians)."
    )


def _with_range(row: Row, name: str) -> str:
    if row[name] is None:
        return "–"
    text = f"{row[name]:.{PLACES}f}"
    if row["n"] == 1:
        return text
    return f"{text} ({row[f'{name}_low']:.{PLACES}f} to {row[f'{name}_high']:.{PLACES}f})"


def _recovery(row: Row, quarters: int) -> str:
    """Median quarters until the share held to count as recovered is kept, as long as is followed.

    >>> _recovery({"recovery": 20.0, "recovery_low": 7.0, "recovery_high": 20.0, "n": 5}, 20)
    '20 or more (7 to 20 or more)'
    """

    def said(value: float) -> str:
        if value == 0.0:
            return "never below"
        return f"{quarters} or more" if value >= quarters else two_digits(value).removesuffix(".0")

    text = said(row["recovery"])
    if row["n"] == 1 or row["recovery_low"] == row["recovery_high"]:
        return text
    return f"{text} ({said(row['recovery_low'])} to {said(row['recovery_high'])})"
