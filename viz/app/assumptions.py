"""What the model rests on, as it is read: caveats, hindcast, parameters, data and their owners."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from functools import cache
from html import escape
from typing import Any

from alliance_abm.datafiles import data_folder
from alliance_abm.parameters import CATALOGUE
from experiments.summaries import between, two_digits
from viz.app.elements import table
from viz.app.shipped import HINDCAST
from viz.app.sources import GRADES

SHOWN = 60
INITIAL = "initial state"
SHARE, LAST_WINDOW = "us_share_deliveries", "2020-24"
CAVEATS = (
    "The model compares causes and policies. It does not forecast, and no named deal is predicted.",
    "Nations carry public figures and are illustrations, not assessments of governments.",
    "Most behavioural parameters are assumptions (grade C) with stated ranges; a result that has "
    "not been tried over them is an example.",
    "Volume is in capability units after SIPRI's trend-indicator value (TIV) and is never added "
    "to dollars; money is in US dollars of 2024.",
    "Bands hold 10 to 90 % of runs. Intervals of changes are 90 % bootstrap intervals of the mean "
    "over pairs of runs on the same seeds; a change is called clear when its interval excludes "
    "zero after correction for the number of comparisons.",
    "Borders on the map are as Natural Earth draws them and take no position on any territory.",
)


def caveats() -> str:
    """What must be said with every result."""
    items = "".join(f"<li>{escape(text)}</li>" for text in CAVEATS)
    return f'<div class="abm-card"><h2>Before you quote a number</h2><ul>{items}</ul></div>'


@cache
def hindcast_rows() -> tuple[Mapping[str, Any], ...]:
    """Targets and scores of this version: rows as `alliance-abm hindcast --json` has them."""
    return tuple(json.loads(HINDCAST.read_text(encoding="utf-8"))["rows"])


@cache
def record_words() -> str:
    """How the first chart's outcome stands against the record, in one sentence."""
    row = next(
        one for one in hindcast_rows()
        if one["kind"] == "target" and one["id"] == SHARE and one["window"] == LAST_WINDOW
    )  # fmt: skip
    model, data = (f"{100.0 * row[key]:.0f} %" for key in ("model", "target"))
    return f"Record of 2020–24: U.S. {data}, model {model}."


def hindcast_list() -> str:
    """Hits and misses against 2010-24, alike."""
    targets = [row for row in hindcast_rows() if _is_target(row) and row["inside"] is not None]
    inside = sum(bool(row["inside"]) for row in targets)
    first = [row for row in targets if row["use"] == INITIAL]
    start = sum(bool(row["inside"]) for row in first)
    lines = [
        (
            str(row["id"]).replace("_", " "),
            str(row["window"]),
            two_digits(row["model"]),
            between(row["model_low"], row["model_high"]),
            between(row["target_low"], row["target_high"]),
            "inside" if row["inside"] else "OUTSIDE",
        )
        for row in sorted(targets, key=lambda row: bool(row["inside"]))
    ]
    columns = ("target", "years", "model", "90 % of runs", "band of the data", "")
    scores = [row for row in hindcast_rows() if row["kind"] == "score" and row["score"] == "tvd"]
    told = "".join(f"<li>{escape(_score(row))}</li>" for row in scores)
    return (
        '<div class="abm-card"><h2>How it did against the past</h2>'
        f"<p>{inside} of {len(targets)} targets lie in their bands: {start} of {len(first)} that "
        f"the model starts from, and {inside - start} of {len(targets) - len(first)} others. "
        f"Those that do not come first.</p><ul>{told}</ul><details><summary>All targets</summary>"
        f"{table(columns, lines, (2, 3, 4))}</details></div>"
    )


def _is_target(row: Mapping[str, Any]) -> bool:
    return bool(row["kind"] == "target")


def _score(row: Mapping[str, Any]) -> str:
    words = ", Ukraine left out" if row.get("without_ukraine") else ""
    window, _, known = str(row["window"]).partition(" from ")
    naive = f"had it stayed as in {known}, which the model does not know" if known else (
        "had everything stayed as in 2010-14"
    )  # fmt: skip
    return (
        f"Supplier shares by nation in {window}{words}: distance {two_digits(row['model'])}, "
        f"against {two_digits(row['naive'])} {naive} (0 is best)"
    )


def parameter_list(text: str) -> str:
    """Parameters whose path or words hold a text, with range, grade and source."""
    found = [one for one in CATALOGUE.values() if _holds(text, one.path, one.text, one.source)]
    counts = ", ".join(
        f"{sum(one.grade == grade for one in found)} of grade {grade} ({words})"
        for grade, words in GRADES.items()
    )
    lines = [
        (one.path, f"{one.value:g}", f"{one.low:g} to {one.high:g}", one.unit, one.grade, one.text,
         one.source.replace("_", " "))
        for one in found[:SHOWN]
    ]  # fmt: skip
    columns = ("parameter", "value", "range", "unit", "grade", "what it is", "source")
    more = "" if len(found) <= SHOWN else f" The first {SHOWN} are shown: search for others."
    return (
        f'<div class="abm-card"><h2>Parameters</h2><p>{len(found)}: {counts}.{more}</p>'
        f"{table(columns, lines, (1, 2))}</div>"
    )


@cache
def _sources() -> tuple[Mapping[str, str], ...]:
    with (data_folder() / "sources.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def source_list(text: str) -> str:
    """Sources whose key, title or owner hold a text."""
    found = [row for row in _sources() if _holds(text, *row.values())]
    lines = [
        (row["title"], row["publisher"], row["year"], row["evidence"], row["note"])
        for row in found[:SHOWN]
    ]
    columns = ("source", "publisher", "year", "evidence", "note")
    more = "" if len(found) <= SHOWN else f" The first {SHOWN} are shown: search for others."
    return (
        f'<div class="abm-card"><h2>Sources of data</h2><p>{len(found)} sources.{more}</p>'
        f"{table(columns, lines)}</div>"
    )


def notices() -> str:
    """Owners of data and what they ask for."""
    text = (data_folder() / "NOTICE.md").read_text(encoding="utf-8")
    parts = [part for part in text.split("\n\n") if part.strip() and not part.startswith("#")]
    told = "".join(f"<p>{escape(part).replace('**', '')}</p>" for part in parts)
    return f'<div class="abm-card"><h2>Credits and terms</h2>{told}</div>'


def _holds(text: str, *words: str) -> bool:
    return text.strip().lower() in " ".join(words).lower()
