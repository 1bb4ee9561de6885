"""The figures of a batch, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from experiments.analysis.analysis import Analysis
from experiments.analysis.differences import as_comparison
from experiments.analysis.discovery import FOUND
from experiments.batch.read import Batch
from experiments.runner import POLICY
from viz import compare
from viz.batch.charts_discovery import failing_box
from viz.batch.charts_replications import replications
from viz.batch.charts_robustness import robustness
from viz.batch.charts_sensitivity import sensitivity
from viz.batch.charts_summary import levels
from viz.batch.words import policy_title, targets_of, with_headlines
from viz.figures import write

MOST_PAGES = 12  # of one part
MOST_POLICIES = 11  # of a page, beside the baseline
SUMMARY, DIFFERENCES, RUNS = "levels", "differences", "replications"
SENSITIVITY, DISCOVERY, ROBUSTNESS = "sensitivity", "discovery", "robustness"


@dataclass(frozen=True)
class Page:
    """One figure: its part, the name of its file, what it shows, and how it is drawn."""

    part: str
    name: str
    caption: str
    draw: Callable[[], Figure]


def pages(batch: Batch, found: Analysis, most: int = MOST_PAGES) -> Iterator[Page]:
    """All pages, at most so many of a part; a part without numbers has none."""
    for part in (_levels, _differences, _replications, _sensitivity, _discovery, _robustness):
        yield from list(part(batch, found))[:most]


def draw_analysis(batch: Batch, found: Analysis, folder: Path) -> list[Path]:
    """Draw every figure into the existing `folder`; returns the files written.

    Raises OSError when the folder cannot be written.
    """
    written: list[Path] = []
    for page in pages(batch, found):
        written += write(page.draw, folder, page.name)
    return written


def _name(part: str, *marks: str) -> str:
    """The name of a file: its part and marks, with nothing but letters, digits and dashes."""
    words = "_".join(marks)
    plain = "".join(letter if letter.isalnum() else "-" for letter in words.replace("_", "-"))
    return f"{part}_{plain}" if plain else part


def _levels(batch: Batch, found: Analysis) -> Iterator[Page]:
    others = [one.name for one in batch.policies]
    groups = [others[at : at + MOST_POLICIES] for at in range(0, len(others), MOST_POLICIES)]
    rows = with_headlines(found.summary, found)
    for world in batch.worlds:
        known = set(rows.loc[(rows["world"] == world) & (rows["n"] > 0), "policy"])
        for place, group in enumerate(groups or [[]], 1):
            shown = [name for name in (POLICY, *group) if name in known]
            if shown:
                marks = (world, str(place)) if len(groups) > 1 else (world,)
                yield Page(
                    SUMMARY, _name("batch_1_levels", *marks),
                    f"Medians and 90 % ranges of the headlines in the world '{world}'.",
                    partial(levels, batch, found, world, shown),
                )  # fmt: skip


def _differences(batch: Batch, found: Analysis) -> Iterator[Page]:
    if found.differences.empty or not found.differences["headline"].any():
        return
    comparison = as_comparison(batch, found.differences)
    for name, draw in compare.pages(comparison):
        yield Page(
            DIFFERENCES, _name("batch_2", name), "Policies minus baseline, same seeds.", draw
        )


def _replications(batch: Batch, found: Analysis) -> Iterator[Page]:
    rows = with_headlines(found.convergence, found)
    for world in batch.worlds:
        if (rows.loc[rows["policy"] == POLICY, "world"] == world).any():
            yield Page(
                RUNS, _name("batch_3_replications", world),
                f"Whether there are enough runs, in the world '{world}'.",
                partial(replications, batch, found, world),
            )  # fmt: skip


def _sensitivity(batch: Batch, found: Analysis) -> Iterator[Page]:
    for key, _ in targets_of(with_headlines(found.sensitivity, found)):
        what = "levels" if key["kind"] == "level" else policy_title(batch, key["policy"])
        yield Page(
            SENSITIVITY, _name("batch_4_sensitivity", key["world"], key["kind"], key["policy"]),
            f"What moves the headlines in the world '{key['world']}': {what}.",
            partial(sensitivity, batch, found, key),
        )  # fmt: skip


def _discovery(batch: Batch, found: Analysis) -> Iterator[Page]:
    rows = found.discovery[found.discovery["status"] == FOUND]
    for row in rows.to_dict("records"):
        title = policy_title(batch, row["policy"])
        told = {str(key): value for key, value in row.items()}
        yield Page(
            DISCOVERY, _name("batch_5_fails", row["policy"], row["world"], row["outcome"]),
            f"Where {title} fails for {row['name']}, in the world '{row['world']}'.",
            partial(failing_box, batch, found, told),
        )  # fmt: skip


def _robustness(batch: Batch, found: Analysis) -> Iterator[Page]:
    for outcome, rows in found.robustness.groupby("outcome", sort=False):
        yield Page(
            ROBUSTNESS, _name("batch_6_robustness", str(outcome)),
            f"Which policy holds best for {rows.iloc[0]['name']}, by eight metrics.",
            partial(robustness, batch, found, str(outcome)),
        )  # fmt: skip
