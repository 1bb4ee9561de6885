"""The comparison with controls as it is printed and summarised."""

from __future__ import annotations

import math
from collections.abc import Sequence

from alliance_abm.console import print_table
from alliance_abm.controls import CONTROLS
from experiments.controls import ControlResults, Row, is_clear
from experiments.hindcast_text import CONDITION
from experiments.summaries import between, two_digits

Line = tuple[str, ...]
OUTCOME_COLUMNS = (
    "control", "outcome", "baseline", "difference", "90 % interval", "n", "unit", "",
)  # fmt: skip
HINDCAST_COLUMNS = (
    "control", "window", "distance", "baseline", "naive", "difference", "90 % interval", "n", "",
)  # fmt: skip
RIGHT = ("baseline", "difference", "90 % interval", "n", "distance", "naive")
PLACES = 3  # of a distance


def print_controls(found: ControlResults) -> None:
    """Headline outcomes, then hindcast distances where there are any, on standard output."""
    print_table(outcome_title(found), OUTCOME_COLUMNS, outcome_lines(found.rows), RIGHT)
    lines = hindcast_lines(found.rows)
    if lines:
        print_table(hindcast_title(found), HINDCAST_COLUMNS, lines, RIGHT)
        print(CONDITION)


def outcome_title(found: ControlResults) -> str:
    """What the first table shows."""
    return (
        f"Controls of {found.scenario.name}: {_runs(found)} each on the same seeds; "
        "medians over runs, and of the differences between paired runs"
    )


def _runs(found: ControlResults) -> str:
    return "1 run" if found.replications == 1 else f"{found.replications} runs"


def hindcast_title(found: ControlResults) -> str:
    """What the second table shows."""
    return (
        "Hindcast: total-variation distance of supplier shares, mean of "
        f"{_runs(found)}, from the record (0 is best); naive: 2010-14 persists"
    )


def outcome_lines(rows: Sequence[Row]) -> list[Line]:
    """One line per control and headline outcome."""
    from alliance_abm.outcomes import OUTCOMES

    return [
        (
            CONTROLS[row["control"]].name,
            OUTCOMES[row["measure"]].name,
            two_digits(row["baseline"]),
            signed(row["difference"]),
            between(row["low"], row["high"]) if row["n"] > 1 else "–",
            str(row["n"]),
            row["unit"],
            change(row),
        )
        for row in rows
        if row["kind"] == "outcome"
    ]


def hindcast_lines(rows: Sequence[Row]) -> list[Line]:
    """One line per control and scored window."""
    return [
        (
            CONTROLS[row["control"]].name,
            row["window"],
            _distance(row["value"]),
            _distance(row["baseline"]),
            _distance(row["naive"]),
            _distance(row["difference"], "+"),
            _interval(row),
            str(row["n"]),
            verdict(row),
        )
        for row in rows
        if row["kind"] == "hindcast"
    ]


def change(row: Row, up: str = "", down: str = "") -> str:
    """What a difference says: `up` or `down` where its interval excludes zero."""
    if not row["n"]:
        return "no pair of runs"
    if row["low"] == row["high"] == 0.0:
        return "identical"
    if row["n"] == 1:
        return "a single pair of runs"
    if not is_clear(row):
        return "no clear difference"
    return up if row["difference"] > 0.0 else down


def verdict(row: Row) -> str:
    """What a hindcast row says of baseline and naive forecast."""
    words = change(row, "WORSE than the baseline", "BETTER than the baseline")
    beaten = row["n"] and row["value"] > row["naive"]
    return words + (", worse than naive" if beaten else "")


def signed(value: float | None) -> str:
    """A difference with its sign.

    >>> signed(0.0312), signed(-2.0), signed(0.0), signed(None)
    ('+0.031', '-2.0', '0', '–')
    """
    return f"+{two_digits(value)}" if value is not None and value > 0.0 else two_digits(value)


def _distance(value: float | None, sign: str = "") -> str:
    return "–" if value is None or math.isnan(value) else f"{value:{sign}.{PLACES}f}"


def _interval(row: Row) -> str:
    if row["low"] is None or math.isnan(row["low"]):
        return "–"
    return f"{_distance(row['low'], '+')} to {_distance(row['high'], '+')}"


def summary_text(found: ControlResults, images: Sequence[str]) -> str:
    """The readable summary of a result folder: controls, tables, figure, failures."""
    scenario, horizon = found.scenario, found.scenario.horizon
    lines = [
        f"# {scenario.name} beside its controls",
        "",
        f"{_runs(found)} of the config and of each control on the same seeds, "
        f"{horizon.start} to {horizon.end}; seed {scenario.seed}; config {scenario.config_hash}.",
        "Comparative and exploratory: not a forecast. Nations are illustrations, not assessments "
        "of governments. Intervals are 90 %.",
        "",
    ]
    shown = dict.fromkeys(row["control"] for row in found.rows)
    body = [(CONTROLS[name].name, CONTROLS[name].text, CONTROLS[name].words) for name in shown]
    lines += _table("Controls", ("control", "what it does", "settings"), body)
    lines += _table(outcome_title(found), OUTCOME_COLUMNS, outcome_lines(found.rows))
    if past := hindcast_lines(found.rows):
        lines += [*_table(hindcast_title(found), HINDCAST_COLUMNS, past), CONDITION, ""]
    lines += [f"![{name}]({name})" for name in images]
    failed = [
        f"- {policy}, replication {one.replication} (seed {one.seed}): {one.error}"
        for policy, one in found.failures
    ]
    lines += ["", "## Runs that failed", "", *failed] if failed else []
    return "\n".join(lines) + "\n"


def _table(title: str, columns: Sequence[str], lines: Sequence[Line]) -> list[str]:
    head = [columns, ["---"] * len(columns), *lines]
    return [f"## {title}", "", *(f"| {' | '.join(line)} |" for line in head), ""]
