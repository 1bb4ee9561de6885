"""A study of interactions as it is printed, summarised and written."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from alliance_abm.console import print_table
from experiments.folders import MANIFEST
from experiments.interactions import LEVER, PAIR, Interactions, pair_name
from experiments.paired import is_clear
from experiments.provenance import provenance
from experiments.results import FIGURES, SUMMARY, write_table
from experiments.summaries import between, two_digits

TABLE, AS_TEXT = "effects.parquet", "effects.csv"
COLUMNS = ("levers", "outcome", "without any", "effect", "90 % interval", "n", "unit", "")
RIGHT = ("without any", "effect", "90 % interval", "n")
TITLES = {
    PAIR: "Pairs: what both do beyond the sum of what each does without the other",
    LEVER: "Levers: outcome with the lever less without it, over all states of the others",
}
CAUTION = (
    "Comparative, not a forecast; sizes of most levers are assumed. An interval that holds zero "
    "does not say that levers add up, only that these runs cannot tell."
)


def print_interactions(found: Interactions) -> None:
    """Pairs first, then single levers, on standard output."""
    for kind in (PAIR, LEVER):
        lines = effect_lines(found.effects, kind)
        if lines:
            print_table(TITLES[kind], COLUMNS, lines, RIGHT)
    print(f"{_about(found)} {CAUTION}")


def effect_lines(effects: pd.DataFrame, kind: str) -> list[tuple[str, ...]]:
    """One line a lever or pair and headline."""
    rows: list[Any] = [row for row in effects.to_dict("records") if row["kind"] == kind]
    return [
        (
            pair_name(row["lever"], row["other"]),
            str(row["name"]),
            two_digits(row["off"]),
            two_digits(row["effect"]),
            between(row["low"], row["high"]),
            str(row["n"]),
            str(row["unit"]),
            verdict(row),
        )
        for row in rows
    ]


def verdict(row: Any) -> str:
    """Is the effect told apart from zero, also when corrected for the number of effects?"""
    if row["effect"] == row["low"] == row["high"] == 0.0:
        return "exactly none"
    return "clear" if is_clear(row) else ""


def _about(found: Interactions) -> str:
    return (
        f"{found.policies} policies of {len(found.study.levers)} levers, each on "
        f"{found.replications} seeds, in {found.scenario.name} (world: {found.study.world})."
    )


def summary_text(found: Interactions, images: Sequence[str] = ()) -> str:
    """The study as a Markdown page."""
    parts = [f"# {found.study.title}", found.study.description, f"{_about(found)} {CAUTION}"]
    parts += [f"![{found.study.title}]({image})" for image in images]
    for kind in (PAIR, LEVER):
        lines = effect_lines(found.effects, kind)
        if lines:
            parts.append(f"## {TITLES[kind]}")
            body = [COLUMNS, ("---",) * len(COLUMNS), *lines]
            parts.append("\n".join("| " + " | ".join(line) + " |" for line in body))
    reasons = [f"- {pair_name(*one.pair)}: {one.why}" for one in found.study.pairs]
    if reasons:
        parts += ["## Why these pairs", "\n".join(reasons)]
    return "\n\n".join(parts) + "\n"


def write_interactions(
    found: Interactions,
    folder: Path,
    command: Sequence[str],
    draw: Callable[[Interactions, Path], Any] | None = None,
) -> None:
    """Write effects, summary, manifest and the figure into the existing empty `folder`."""
    write_table(found.effects, folder / TABLE)
    found.effects.to_csv(folder / AS_TEXT, index=False)
    figures = folder / FIGURES
    figures.mkdir()
    if draw is not None:
        draw(found, figures)
    images = [f"{FIGURES}/{path.name}" for path in sorted(figures.glob("*.svg"))]
    (folder / SUMMARY).write_text(summary_text(found, images), encoding="utf-8")
    manifest = {
        "command": list(command),
        "study": found.study.model_dump(mode="json"),
        "config": found.scenario.resolved(),
        "config_hash": found.scenario.config_hash,
        "replications": found.replications,
        "failed": len(found.failures),
        **provenance(),
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
