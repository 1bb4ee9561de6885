"""All that is told of a batch: every table, what to be wary of, and what had nothing to say."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from alliance_abm.problems import ConfigError
from experiments.analysis.diagnostics import replication_tables
from experiments.analysis.differences import differences_table
from experiments.analysis.discovery import MOST_BOXES, discovered
from experiments.analysis.robustness import FEWEST_STATES, robustness_tables
from experiments.analysis.sensitivity import (
    CHANGED,
    CONSTANT,
    FEW,
    LARGE_NOISE,
    METHODS,
    NOISY,
    sensitivity_tables,
)
from experiments.analysis.summary import summary_table
from experiments.analysis.targets import DIFFERENCE, has_draws, headlines, known_outcomes
from experiments.paired import FEWEST, is_clear, least_p
from experiments.provenance import provenance
from experiments.results import FIGURES, write_table
from experiments.summaries import LOW

if TYPE_CHECKING:
    from experiments.batch.read import Batch

FOLDER = "analysis"
ABOUT = "about.json"
NAMED = 4  # outcomes that a warning names


@dataclass
class Analysis:
    """What a batch says; tables are empty where there is nothing, `notes` says why by table.

    Attributes:
        summary: medians and 90 % intervals (`summary.SUMMARY_COLUMNS`).
        differences: policies minus baseline (`comparison.DIFFERENCE_COLUMNS`).
        replications, convergence: whether there are enough runs (`diagnostics`).
        sensitivity, targets: indices of every factor, and what they rest on (`sensitivity`).
        discovery, limits, steps, leaves: what makes policies fail (`discovery`).
        robustness, stability: policies over worlds and draws (`robustness`).
        warnings: sentences; what a reader must know before quoting a number.
        notes: table → why it is empty.
    """

    summary: pd.DataFrame
    differences: pd.DataFrame
    replications: pd.DataFrame
    convergence: pd.DataFrame
    sensitivity: pd.DataFrame
    targets: pd.DataFrame
    discovery: pd.DataFrame
    limits: pd.DataFrame
    steps: pd.DataFrame
    leaves: pd.DataFrame
    robustness: pd.DataFrame
    stability: pd.DataFrame
    warnings: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: it for name, it in found.items() if isinstance(it, pd.DataFrame)}


def analyse(
    batch: Batch, outcomes: Sequence[str] | None = None, most_boxes: int = MOST_BOXES
) -> Analysis:
    """Every table of a batch, finished or not; of all its outcomes or of those that are named.

    Discovery and robustness look at headlines only, discovery at no more than `most_boxes`
    questions, first at what is clear with the config as it is. Raises ConfigError when the extra
    `analysis` is not installed or no run has been done.
    """
    if not len(batch.outcomes):
        raise ConfigError(
            f"{batch.title}: no run of the batch has been done; allowed: a batch with results"
        )
    known = known_outcomes(batch, outcomes)
    first = [one for one in headlines(batch) if outcomes is None or one.id in outcomes] or known
    differences = differences_table(batch, known)
    replications, convergence = replication_tables(batch, known)
    sensitivity, targets = sensitivity_tables(batch, known)
    found = discovered(batch, first, _clear_keys(differences), most_boxes)
    robustness, stability = robustness_tables(batch, first)
    analysis = Analysis(
        summary_table(batch, known), differences, replications, convergence, sensitivity, targets,
        found.questions, found.limits, found.steps, found.leaves, robustness, stability,
    )  # fmt: skip
    analysis.warnings += _warnings(batch, analysis)
    analysis.notes.update(_notes(batch, analysis))
    return analysis


def _clear_keys(differences: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Policy, world and outcome of what is clear."""
    return [
        (row["policy"], row["world"], row["outcome"])
        for _, row in differences.iterrows()
        if row["n"] >= FEWEST and is_clear(row)
    ]


def _warnings(batch: Batch, found: Analysis) -> Iterator[str]:
    if not batch.complete:
        yield (
            f"The batch is not finished: {batch.runs_done} of {batch.runs_total} runs are done. "
            "Numbers will change."
        )
    if len(batch.failures):
        yield f"{len(batch.failures)} runs failed and are left out; failures.parquet lists them."
    yield from _target_warnings(found.targets)
    yield from _effect_warnings(batch)
    yield from _replication_warnings(found.replications)
    yield from _state_warnings(found)
    shaky = found.discovery[
        (found.discovery["status"] == "not found") & found.discovery["rule"].notna()
    ]
    if len(shaky):
        yield (
            f"{len(shaky)} boxes of scenario discovery do not come up again in half of the points, "
            "and are not told as findings."
        )


def _state_warnings(found: Analysis) -> Iterator[str]:
    """Chance in the states of robustness."""
    rows = found.targets[found.targets["kind"] == DIFFERENCE]
    rows = rows[rows["outcome"].isin(found.robustness["outcome"]) & (rows["verdict"] == NOISY)]
    if len(rows):
        yield (
            f"Robustness: the spread of states holds chance between runs ({_named(rows)}), which "
            "makes worst cases worse and doing nothing look better than it is."
        )


def _target_warnings(targets: pd.DataFrame) -> Iterator[str]:
    words: Mapping[str, str] = {
        CONSTANT: "{} the same at every point of the design, so no factor can be said to move "
        "{}: {}.",
        FEW: "{} too few points with a value for indices ({}): {}.",
    }
    for verdict, text in words.items():
        rows = targets[targets["verdict"] == verdict]
        if len(rows):
            head = "1 measure is" if len(rows) == 1 else f"{len(rows)} measures are"
            if verdict == FEW:
                head = head.replace(" is", " has").replace(" are", " have")
            what = ("it" if len(rows) == 1 else "them") if verdict == CONSTANT else "none is given"
            yield text.format(head, what, _named(rows))
    noisy = targets[targets["verdict"] == NOISY]
    if len(noisy):
        most = noisy["noise_share"].max()
        yield (
            f"Chance between runs is more than {100 * LARGE_NOISE:.0f} % of the variance between "
            f"points for {_named(noisy)} (up to {100 * most:.0f} %): indices of these are "
            "blurred; more replications a point would sharpen them."
        )


def _effect_warnings(batch: Batch) -> Iterator[str]:
    """Too few runs for chance to be known, or for any effect of step designs to be clear."""
    runs, factors = batch.draw_replications, len(batch.factors)
    if runs == 1 and batch.method in METHODS:
        yield (
            "With one run a point, chance between runs is not known: what is called clear may "
            "hold for this seed alone."
        )
    largest = 2.0 * LOW
    if batch.method in CHANGED and least_p(runs) * factors >= largest:
        enough = next(n for n in range(runs, 64) if least_p(n) * factors < largest)
        yield (
            f"With {runs} runs a point no effect of {factors} factors can be clear, unless it is "
            f"the same in every run: {enough} would be needed."
        )


def _replication_warnings(rows: pd.DataFrame) -> Iterator[str]:
    mine = rows[(rows["kind"] == DIFFERENCE) & rows["headline"].astype(bool)]
    lacking = mine[~mine["enough"].astype(bool)]
    if len(lacking):
        yield (
            f"{len(lacking)} of {len(mine)} differences of headlines have too few replications "
            "for a half-width of a quarter of the difference."
        )


def _named(rows: pd.DataFrame) -> str:
    told = zip(rows["kind"], rows["name"], strict=True)
    changes = "changes of "
    names = [changes * (kind == DIFFERENCE) + str(name) for kind, name in dict.fromkeys(told)]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _notes(batch: Batch, found: Analysis) -> Iterator[tuple[str, str]]:
    design = "The batch has no design: only the config as it is was run."
    policies = "The batch compares no policies."
    if found.differences.empty:
        alone = "Levers are varied by the design, so there is no policy at the config as it is."
        yield "differences", alone if batch.policies else policies
    if found.sensitivity.empty:
        method = f"No indices are known for the method {batch.method}."
        told = "No measure varies between points, or too few points have a value."
        yield (
            "sensitivity",
            design if not has_draws(batch) else (told if batch.method in METHODS else method),
        )
    if found.discovery.empty:
        why = design if not has_draws(batch) else policies
        yield "discovery", f"{why} So there is nothing that could fail."
    if found.robustness.empty:
        why = policies
        if batch.policies:
            why = (
                f"Fewer than {FEWEST_STATES} worlds or points of a design of assumptions have a "
                "value, each was run once, or the policies change no headline that has a "
                "direction which every nation would call better."
            )
        yield "robustness", why


def write_analysis(
    analysis: Analysis,
    folder: Path,
    draw: Callable[[Path], Any] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write tables (Parquet and CSV) into `folder/analysis` and figures into `folder/figures`.

    `draw(folder)` draws the figures. All is written beside and moved in the end. Raises
    ConfigError when there is an analysis and `overwrite` is not given, or it cannot be written.
    """
    target = folder / FOLDER
    check_new(target, overwrite)
    try:
        with tempfile.TemporaryDirectory(prefix=".analysis.", dir=folder) as there:
            made, figures = Path(there) / FOLDER, Path(there) / FIGURES
            made.mkdir()
            figures.mkdir()
            for name, table in analysis.tables().items():
                write_table(table, made / f"{name}.parquet")
                table.to_csv(made / f"{name}.csv", index=False)
            (made / ABOUT).write_text(_about(analysis), encoding="utf-8")
            if draw is not None:
                draw(figures)
            if target.exists():
                shutil.rmtree(target)
            made.rename(target)
            (folder / FIGURES).mkdir(exist_ok=True)
            for figure in sorted(figures.iterdir()):
                figure.replace(folder / FIGURES / figure.name)
    except OSError as error:
        why = error.strerror or str(error)
        raise ConfigError(f"{folder}: cannot be written ({why})") from None
    return target


def check_new(target: Path, overwrite: bool) -> None:
    """Raise ConfigError unless an analysis may be put at `target`."""
    if target.exists() and not overwrite:
        raise ConfigError(f"{target}: exists; allowed: --overwrite to replace it")
    if target.exists() and not (target.is_dir() and (target / ABOUT).exists()):
        raise ConfigError(f"{target}: holds no analysis of this program; allowed: move it away")


def _about(analysis: Analysis) -> str:
    told = {
        "warnings": analysis.warnings, "notes": analysis.notes,
        "tables": {name: len(table) for name, table in analysis.tables().items()},
        **provenance(),
    }  # fmt: skip
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"
