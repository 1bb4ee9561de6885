"""A comparison of policies as it is printed, summarised and quoted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from alliance_abm.console import print_table
from alliance_abm.levers import LEVERS
from experiments.compare_words import (
    CAUTION,
    CLEAR,
    cost_sentence,
    paragraph,
    settings,
    sign_words,
    verdict,
)
from experiments.comparison import Comparison
from experiments.controls_text import signed
from experiments.summaries import between, two_digits

Line = tuple[str, ...]
COLUMNS = (
    "policy", "outcome", "clock", "baseline", "difference", "90 % interval", "same sign", "n",
    "needed", "verdict", "unit",
)  # fmt: skip
COST_COLUMNS = (
    "policy",
    "lever",
    "outcome",
    "baseline",
    "bill alone",
    "90 % interval",
    "n",
    "verdict",
    "unit",
)
EVEN_COLUMNS = ("policy", "world", "outcome", "size", "unit", "note")
RIGHT = (
    "baseline", "difference", "90 % interval", "same sign", "n", "needed", "bill alone", "size",
)  # fmt: skip
JSON_KEYS = (
    "policy", "world", "outcome", "baseline", "difference", "low", "high", "p_holm", "sign_share",
    "n", "replications_needed",
)  # fmt: skip
CLOCKS = ("orders", "deliveries", "stock")


def json_rows(found: Comparison) -> list[dict[str, Any]]:
    """Rows of the interface: every policy, world and outcome."""
    table = found.differences
    columns = [table[name].tolist() for name in JSON_KEYS]
    return [dict(zip(JSON_KEYS, values, strict=True)) for values in zip(*columns, strict=True)]


def print_comparison(found: Comparison) -> None:
    """Headlines, other clear changes, what it costs, break-even sizes, one paragraph a policy."""
    for title, columns, lines in tables(found):
        print_table(title, columns, lines, RIGHT)
    for policy in found.policies:
        print(f"{paragraph(found, policy)}\n")


def tables(found: Comparison) -> Iterator[tuple[str, Sequence[str], list[Line]]]:
    """Title, columns and lines of every table."""
    for world in found.worlds:
        rows = found.differences[found.differences["world"] == world]
        yield f"{_title(found)}, world {world}: headlines", COLUMNS, _lines(rows[rows["headline"]])
        others = clear_others(rows)
        if len(others):
            yield f"Other outcomes that change clearly, world {world}", COLUMNS, _lines(others)
        bills = found.bills[found.bills["world"] == world]
        if len(bills):
            title = f"What it costs: each lever with its bill alone, world {world}"
            yield title, COST_COLUMNS, _bill_lines(bills)
    if len(found.break_even):
        title = "Break-even: the size at which the difference is zero, bill included"
        yield title, EVEN_COLUMNS, _even_lines(found.break_even)


def _title(found: Comparison) -> str:
    runs = "1 pair" if found.replications == 1 else f"{found.replications} pairs"
    return f"{found.scenario.name}: {runs} of runs on the same seeds"


def clear_others(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that are no headlines and change clearly: orders, then deliveries, then stocks."""
    chosen = rows[~rows["headline"].astype(bool)]
    chosen = chosen[[verdict(row) == CLEAR for _, row in chosen.iterrows()]]
    places = chosen["clock"].map({clock: place for place, clock in enumerate(CLOCKS)})
    return chosen.assign(place=places).sort_values("place", kind="stable").drop(columns="place")


def _lines(rows: pd.DataFrame) -> list[Line]:
    return [
        (
            row["policy"],
            row["name"],
            row["clock"],
            two_digits(row["baseline"]),
            signed(row["difference"]),
            between(row["low"], row["high"]) if row["n"] > 1 else "–",
            sign_words(row["sign_share"]),
            str(row["n"]),
            _count(row["replications_needed"]),
            verdict(row),
            row["unit"],
        )
        for _, row in rows.iterrows()
    ]


def _bill_lines(rows: pd.DataFrame) -> list[Line]:
    return [
        (
            row["policy"],
            "" if row["policy"].partition("=")[0] == row["lever"] else row["lever"],
            row["name"],
            two_digits(row["baseline"]),
            signed(row["difference"]),
            between(row["low"], row["high"]) if row["n"] > 1 else "–",
            str(row["n"]),
            verdict(row),
            row["unit"],
        )
        for _, row in rows.iterrows()
    ]


def _even_lines(rows: pd.DataFrame) -> list[Line]:
    return [
        (row["policy"], row["world"], row["outcome"], two_digits(row["size"]), row["unit"],
         row["note"])
        for _, row in rows.iterrows()
    ]  # fmt: skip


def _count(value: float) -> str:
    return "–" if pd.isna(value) else f"{int(value):,}".replace(",", " ")


def summary_text(found: Comparison, images: Sequence[str], failures: Sequence[str]) -> str:
    """The readable summary of a result folder."""
    scenario, horizon = found.scenario, found.scenario.horizon
    lines = [
        f"# {scenario.name}: {', '.join(one.name for one in found.policies)}",
        "",
        f"{found.replications} runs of the baseline and of each policy on the same seeds, "
        f"{horizon.start} to {horizon.end}; worlds: {', '.join(found.worlds)}; seed "
        f"{scenario.seed}; config {scenario.config_hash}. {_draws(found)}",
        CAUTION,
        "",
        "Differences are policy minus baseline, means over pairs of runs, with 90 % bootstrap "
        "intervals. A change is *clear* when its interval excludes zero and its p-value, "
        "corrected by Holm over policies and headlines (other outcomes: over policies and those), "
        "is below 0.1; *none* means exactly zero in every pair. *Same sign*: share of draws of "
        "the assumed parameters in which the difference has the same sign. *Needed*: pairs for an "
        f"interval of half-width {_wanted(found)}. {_saved(found)}",
        "",
        "## In short",
        "",
    ]
    for policy in found.policies:
        lines += [paragraph(found, policy), ""]
    for title, columns, body in tables(found):
        lines += [*_table(title, columns, body), ""]
    lines += ["## Levers", ""]
    for policy in found.policies:
        lines += [f"**{policy.title}** (`{policy.name}`), grade {policy.grade}.", ""]
        for use in policy.levers:
            lever = LEVERS[use.lever]
            lines += [f"- {settings(use)} {lever.text} {cost_sentence(lever)}"]
        lines += [""]
    lines += [f"![{name}]({name})\n" for name in images]
    if failures:
        lines += ["## Runs that failed", "", *(f"- {text}" for text in failures), ""]
    return "\n".join(lines).rstrip() + "\n"


def _draws(found: Comparison) -> str:
    if not found.draws:
        return "The assumed parameters (grade C) stand at their central values."
    draws = "1 draw" if found.draws == 1 else f"{found.draws} draws"
    return f"Also {draws} of all assumed parameters (grade C) over their ranges."


def _wanted(found: Comparison) -> str:
    if found.half_width is not None:
        return f"{found.half_width:g} % of the baseline"
    return "a quarter of the difference"


def _saved(found: Comparison) -> str:
    """What pairing by seed saves, over the headlines."""
    ratios = found.differences[found.differences["headline"]]["variance_ratio"].dropna()
    if not len(ratios):
        return ""
    return (
        f"Pairing by seed is worth {two_digits(float(ratios.median()))} times as many unpaired "
        "runs (median over headlines)."
    )


def _table(title: str, columns: Sequence[str], lines: Sequence[Line]) -> list[str]:
    head = [columns, ["---"] * len(columns), *lines]
    return [f"## {title}", "", *(f"| {' | '.join(line)} |" for line in head)]
