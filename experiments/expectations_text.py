"""Expectations and how they turned out, as printed and as a page of the documentation."""

from __future__ import annotations

from collections.abc import Sequence

from alliance_abm.console import print_table
from alliance_abm.scenario import Scenario
from experiments.expectation_rules import HELD, NOT_HELD, UNDECIDED, Finding, Judged
from experiments.expectations import Expectations, Runs
from experiments.summaries import between, two_digits

COLUMNS = ("expectation", "turned out", "policy", "world", "figure", "90 % interval", "n", "what")
RIGHT = ("figure", "90 % interval", "n")
MOST = 6  # findings of one expectation that are shown
EXTREME = 3  # else those with the largest figures
CAUTION = (
    "Intervals are 90 % over pairs of runs on the same seeds, with parameters at their central "
    "values; most of these are assumed. Comparative, not a forecast. Expectations were stated "
    "before any run and none is enforced."
)


def shown_findings(one: Judged) -> Sequence[Finding]:
    """All findings of an expectation, or those with the largest figures if there are many."""
    if len(one.findings) <= MOST:
        return one.findings
    return sorted(one.findings, key=lambda finding: -finding.difference)[:EXTREME]


def counts_line(found: Sequence[Judged]) -> str:
    """How many held, did not hold, or are undecided."""
    verdicts = [one.verdict for one in found]
    return ", ".join(f"{verdicts.count(name)} {name}" for name in (HELD, NOT_HELD, UNDECIDED))


def print_expectations(found: Sequence[Judged], stated: Expectations) -> None:
    """Every expectation with its figures, on standard output."""
    lines = []
    for one in found:
        for place, finding in enumerate(shown_findings(one)):
            head = (one.expectation.claim, one.verdict) if place == 0 else ("", "")
            lines.append((*head, finding.policy, finding.world, *_cells(finding)))
    title = f"{len(found)} expectations of {stated.stated}: {counts_line(found)}"
    print_table(title, COLUMNS, lines, RIGHT)
    print(CAUTION)


def _cells(finding: Finding) -> tuple[str, ...]:
    return (
        two_digits(finding.difference),
        between(finding.low, finding.high),
        str(finding.n),
        f"{finding.what} ({finding.unit})",
    )


def page(found: Sequence[Judged], stated: Expectations, runs: Runs, scenario: Scenario) -> str:
    """The results as a Markdown page."""
    head = ("expectation", "turned out", "policy", "world", "figure", "90 % interval", "n", "what")
    parts = [
        "# How the expectations turned out",
        "Written by `alliance-abm expectations --out FILE`; the claims, as they were stated "
        f"before the runs on {stated.stated}, are those of [expectations](expectations.md).",
        f"{counts_line(found)}; {runs.replications} seeds of `{scenario.name}` "
        f"(config hash `{scenario.config_hash}`). {CAUTION}",
    ]
    rows = [head, ("---",) * len(head)]
    for one in found:
        for place, finding in enumerate(shown_findings(one)):
            claim = (one.expectation.claim, f"**{one.verdict}**") if place == 0 else ("", "")
            rows.append((*claim, f"`{finding.policy}`", finding.world, *_cells(finding)))
    parts.append("\n".join("| " + " | ".join(row) + " |" for row in rows))
    if runs.failures:
        parts.append(f"{len(runs.failures)} runs failed and were left out with their pairs.")
    return "\n\n".join(parts) + "\n"
