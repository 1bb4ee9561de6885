"""An analysis as it is printed: the headlines' tables, and flat rows for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from alliance_abm.console import print_table
from experiments.analysis.analysis import Analysis
from experiments.analysis.discovery import ALWAYS, FOUND, NEVER
from experiments.analysis.robustness import METRIC_WORDS
from experiments.analysis.sensitivity import main_index
from experiments.analysis.summary import CENTRAL
from experiments.analysis.words import factor_name, runs_words
from experiments.compare_words import CAUTION, sign_words, verdict
from experiments.controls_text import signed
from experiments.summaries import between, two_digits

if TYPE_CHECKING:
    from experiments.batch.read import Batch

Line = tuple[str, ...]
MOST_FACTORS, MOST_LACKING = 3, 12
NUMBERS = (
    "median", "90 % interval", "n", "baseline", "difference", "same sign", "needed", "value",
    "half-width", "wanted", "failing", "coverage", "density", "came up again", "rank", "share",
)  # fmt: skip
JSON_PARTS = ("summary", "differences", "replications", "sensitivity", "targets", "discovery",
              "limits", "robustness", "stability")  # fmt: skip


def json_rows(found: Analysis) -> list[dict[str, Any]]:
    """Rows of the tables, flat; `part` names the table. Steps, leaves and curves are left out."""
    tables = found.tables()
    rows: list[dict[str, Any]] = []
    for part in JSON_PARTS:
        for row in tables[part].to_dict("records"):
            rows.append({"part": part, **{str(key): _plain(value) for key, value in row.items()}})
    rows += [{"part": "warning", "text": text} for text in found.warnings]
    rows += [{"part": "note", "table": name, "text": text} for name, text in found.notes.items()]
    return rows


def _plain(value: Any) -> Any:
    """A value as JSON takes it."""
    return value.item() if hasattr(value, "item") else value


def print_analysis(batch: Batch, found: Analysis) -> None:
    """The headlines of every table, and why a table is empty."""
    for title, columns, lines in tables(batch, found):
        print_table(title, columns, lines, NUMBERS)
    if len(found.sensitivity) and not found.sensitivity["clear"].any():
        print("No factor clearly moves an outcome.")
    for name, text in found.notes.items():
        print(f"No {name}: {text}")
    print(CAUTION)


def tables(batch: Batch, found: Analysis) -> Iterator[tuple[str, Sequence[str], list[Line]]]:
    """Title, columns and lines of every table that has lines."""
    for title, columns, lines in (
        _summary(found), _differences(found), _sensitivity(batch, found), _discovery(found),
        _robustness(found), _replications(found),
    ):  # fmt: skip
        if lines:
            yield f"{batch.title}: {title}", columns, lines


def _headlines(table: pd.DataFrame, found: Analysis) -> list[dict[str, Any]]:
    known = set(found.summary.loc[found.summary["headline"].astype(bool), "outcome"])
    mine = table[table["outcome"].isin(known)] if known else table
    return [{str(key): value for key, value in row.items()} for row in mine.to_dict("records")]


def _summary(found: Analysis) -> tuple[str, Sequence[str], list[Line]]:
    rows = [row for row in _headlines(found.summary, found) if row["over"] == CENTRAL]
    lines: list[Line] = [
        (row["policy"], row["world"], row["name"], two_digits(row["median"]),
         between(row["low"], row["high"]), str(row["n"]), row["unit"])
        for row in rows
    ]  # fmt: skip
    columns = ("policy", "world", "outcome", "median", "90 % interval", "n", "unit")
    return "headlines with the config as it is", columns, lines


def _differences(found: Analysis) -> tuple[str, Sequence[str], list[Line]]:
    lines: list[Line] = [
        (row["policy"], row["world"], row["name"], two_digits(row["baseline"]),
         signed(row["difference"]), between(row["low"], row["high"]) if row["n"] > 1 else "–",
         sign_words(row["sign_share"]), str(row["n"]), verdict(row), row["unit"])
        for row in _headlines(found.differences, found)
    ]  # fmt: skip
    columns = ("policy", "world", "outcome", "baseline", "difference", "90 % interval",
               "same sign", "n", "verdict", "unit")  # fmt: skip
    return "policies minus baseline on the same seeds", columns, lines


def _sensitivity(batch: Batch, found: Analysis) -> tuple[str, Sequence[str], list[Line]]:
    index = main_index(str(batch.method))
    rows = [row for row in _headlines(found.sensitivity, found) if row["index"] == index]
    clear = [row for row in rows if row["clear"] and row["rank"] <= MOST_FACTORS]
    lines: list[Line] = [
        (row["policy"], row["world"], row["kind"], row["name"], str(row["rank"]),
         factor_name(row["factor"]), two_digits(row["value"]), between(row["low"], row["high"]),
         str(row["n"]))
        for row in sorted(clear, key=lambda row: _place(row, rows))
    ]  # fmt: skip
    columns = ("policy", "world", "kind", "outcome", "rank", "factor", "value", "90 % interval",
               "n")  # fmt: skip
    unclear = sum(not row["clear"] for row in rows)
    title = f"what clearly moves the headlines ({index}, the first {MOST_FACTORS} of each"
    return f"{title}; {unclear} of {len(rows)} are unclear)", columns, lines


def _place(row: dict[str, Any], rows: list[dict[str, Any]]) -> tuple[int, int]:
    """Targets in the order of the table, factors by rank."""
    keys = ("world", "kind", "policy", "outcome")
    order = list(dict.fromkeys(tuple(one[key] for key in keys) for one in rows))
    return order.index(tuple(row[key] for key in keys)), row["rank"]


def _discovery(found: Analysis) -> tuple[str, Sequence[str], list[Line]]:
    rows = _headlines(found.discovery, found)
    told = [row for row in rows if row["status"] in (FOUND, NEVER, ALWAYS)]
    lines: list[Line] = [
        (row["policy"], row["world"], row["name"], f"{row['failing']} of {row['points']}",
         row["status"], _percent(row["coverage"]), _percent(row["density"]),
         _percent(row["reproduced"]), row["rule"] if isinstance(row["rule"], str) else "")
        for row in told
    ]  # fmt: skip
    columns = ("policy", "world", "outcome", "failing", "status", "coverage", "density",
               "came up again", "where it fails")  # fmt: skip
    left = len(rows) - len(told)
    return f"where policies fail ({left} questions without an answer)", columns, lines


def _percent(value: float) -> str:
    return "–" if pd.isna(value) else f"{100.0 * value:.0f} %"


def _robustness(found: Analysis) -> tuple[str, Sequence[str], list[Line]]:
    lines: list[Line] = [
        (row["name"], METRIC_WORDS[row["metric"]], row["best"], _percent(row["same_best"]),
         two_digits(row["kendall_tau"]), str(row["states"]))
        for row in found.stability.to_dict("records")
    ]  # fmt: skip
    columns = ("outcome", "metric", "best", "share", "agreement of ranks", "n")
    return "the best policy over worlds and points, and its share of resamples", columns, lines


def _replications(found: Analysis) -> tuple[str, Sequence[str], list[Line]]:
    lines: list[Line] = [
        (row["policy"], row["world"], row["kind"], row["name"], str(row["n"]),
         two_digits(row["half_width"]), two_digits(row["wanted"]),
         runs_words(row["needed"]), row["unit"])
        for row in _headlines(found.replications, found)
        if not row["enough"]
    ]  # fmt: skip
    lines, total = lines[:MOST_LACKING], len(lines)
    columns = ("policy", "world", "kind", "outcome", "n", "half-width", "wanted", "needed", "unit")
    title = f"{total} numbers of headlines with too few runs for the wanted half-width"
    return title + (f", the first {MOST_LACKING}" * (total > MOST_LACKING)), columns, lines
