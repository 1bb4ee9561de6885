"""The hindcast as it is printed: hits and misses equally plain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from alliance_abm.console import print_table
from alliance_abm.scenario import Scenario
from experiments.summaries import between, two_digits

CONDITION = (
    "Conditional on actual military spending to 2024 and on the scripted causes of the config; "
    "targets used to calibrate are not evidence for the model."
)
KNOWS_MORE = "2020-24 from 2015-19: this naive forecast knows 2015-19, the model does not."
VERDICT = {True: "inside", False: "OUTSIDE", None: "–"}
LARGEST = 4
Row = dict[str, Any]


def print_hindcast(rows: Sequence[Row], scenario: Scenario, replications: int) -> None:
    """Targets, scores and nations on standard output."""
    by_kind = {
        kind: [row for row in rows if row["kind"] == kind] for kind in ("target", "score", "nation")
    }
    title = f"Targets: {scenario.name}, {replications} runs, medians and 90 % intervals over runs"
    columns: tuple[str, ...]
    columns = ("target", "window", "model", "model interval", "data", "band", "", "use")
    right: tuple[str, ...] = ("model", "model interval", "data", "band")
    print_table(title, columns, [_target_line(row) for row in by_kind["target"]], right)
    for line in tally(by_kind["target"]):
        print(line)
    print()
    title = "Scores of each buyer's supplier shares (0 is best); naive: earlier shares persist"
    columns = ("window", "score", "Ukraine", "model", "interval", "naive", "")
    right = ("model", "interval", "naive")
    print_table(title, columns, [_score_line(row) for row in by_kind["score"]], right)
    print(f"{KNOWS_MORE}\n")
    title = "Nations: distance to the data, and shares of the largest suppliers, data → model"
    columns = ("buyer", "window", "model", "naive", "suppliers")
    print_table(title, columns, nation_lines(by_kind["nation"]), ("model", "naive"))
    print(CONDITION)


def _target_line(row: Row) -> tuple[object, ...]:
    return (
        row["id"],
        row["window"],
        two_digits(row["model"]),
        between(row["model_low"], row["model_high"]),
        two_digits(row["target"]),
        between(row["target_low"], row["target_high"]),
        VERDICT[row["inside"]],
        row["use"],
    )


def tally(targets: Sequence[Row]) -> list[str]:
    """Counts of hits and misses by use, and of targets that cannot be judged."""
    lines = []
    for use in dict.fromkeys(row["use"] for row in targets):
        verdicts = [row["inside"] for row in targets if row["use"] == use]
        hits, misses = verdicts.count(True), verdicts.count(False)
        line = f"{use}: {hits} inside, {misses} outside"
        rest = verdicts.count(None)
        lines.append(line + (f", {rest} without a band or a value" if rest else ""))
    return lines


def _score_line(row: Row) -> tuple[object, ...]:
    verdict = "better than naive" if row["model"] < row["naive"] else "WORSE than naive"
    return (
        row["window"],
        row["score"].replace("_", " "),
        "without" if row["without_ukraine"] else "with",
        f"{row['model']:.3f}",
        "–"
        if math.isnan(row["model_low"])
        else f"{row['model_low']:.3f} to {row['model_high']:.3f}",
        f"{row['naive']:.3f}",
        verdict,
    )


def nation_lines(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """One line per buyer and window."""
    lines: list[tuple[str, ...]] = []
    for (iso3, window), group in groupby(rows, key=lambda row: (row["iso3"], row["window"])):
        shown = list(group)
        largest = [
            f"{row['supplier']} {_percent(row['data'])} → {_percent(row['model'])}"
            for row in shown[:LARGEST]
        ]
        lines.append(
            (iso3, window, _distance(shown, "model"), _distance(shown, "naive"), ", ".join(largest))
        )
    return lines


def _distance(rows: Sequence[Row], forecast: str) -> str:
    if any(row[forecast] is None for row in rows):
        return "–"
    return f"{sum(abs(row[forecast] - row['data']) for row in rows) / 2:.2f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"
