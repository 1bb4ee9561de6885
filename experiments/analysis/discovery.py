"""Under which assumptions a lever fails: boxes (PRIM) and trees (CART) over the points of a design.

A policy fails at a point when its mean difference of a headline is zero or on the bad side.  Where
nations would not agree what is bad, it fails when the difference has lost the sign that it has
over most points.  Only what fails at some points and holds at others can be asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_abm.outcome import Outcome
from experiments.analysis.boxes import Box, chosen_box, tree_leaves
from experiments.analysis.sensitivity import noise_of
from experiments.analysis.targets import (
    Floats,
    Target,
    design_values,
    differences,
    has_draws,
    in_order,
)
from experiments.analysis.words import limit_words
from experiments.directions import BETTER
from experiments.libraries import library

if TYPE_CHECKING:
    from experiments.batch.read import Batch

FEWEST_POINTS = 40
FEWEST_OF_A_KIND = 8  # points that fail, and points that hold
MOST_FACTORS = 8  # that boxes are looked for in: those that go most with failing
FOUND, NOT_FOUND, NEVER, ALWAYS = "found", "not found", "never fails", "always fails"
FEW, ALMOST_NEVER, ALMOST_ALWAYS = "too few points", "hardly ever fails", "nearly always fails"
UNMOVED, NOT_ASKED, CHANCE = "changes nothing", "not looked for", "mostly chance"
MOSTLY = 0.5  # noise share from which the sign at a point says little
MOST_BOXES = 40
KEYS = ["policy", "world", "outcome"]
DISCOVERY_COLUMNS = [
    *KEYS, "name", "unit", "fails_when", "points", "failing", "status", "coverage", "density",
    "mass", "restricted", "reproduced", "rule",
]  # fmt: skip
LIMIT_COLUMNS = [
    *KEYS, "factor", "unit", "grade", "low", "high", "range_low", "range_high", "p", "reproduced",
]  # fmt: skip
STEP_COLUMNS = [*KEYS, "step", "coverage", "density", "mass", "restricted", "chosen"]
TREE_COLUMNS = [*KEYS, "leaf", "fails", "coverage", "density", "mass", "rule"]


@dataclass
class Discovery:
    """Tables of one row a question, a limit of a box, a step of peeling, a leaf of a tree.

    In `questions`, coverage is the share of the failing points that the box holds, density the
    share of its points that fail, mass its share of all points, `reproduced` the share of random
    halves of the points in which its least often found limit came up again.
    """

    questions: pd.DataFrame
    limits: pd.DataFrame
    steps: pd.DataFrame
    leaves: pd.DataFrame


def discovered(
    batch: Batch, outcomes: Sequence[Outcome], first: Sequence[tuple[str, str, str]] = (),
    most: int = MOST_BOXES,
) -> Discovery:  # fmt: skip
    """What makes each policy fail, by world and outcome; empty without policies or a design.

    Boxes are looked for in at most so many questions: those of `first` (policy, world, outcome),
    then those whose failing and holding points are most even.

    Raises ConfigError when the libraries are not installed.
    """
    questions: list[dict[str, Any]] = []
    limits: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    leaves: list[dict[str, Any]] = []
    if has_draws(batch):
        points = design_values(batch)
        asked = list(_questions(batch, outcomes))
        chosen = _chosen(asked, set(first), most)
        for place, target in enumerate(asked):
            told, box = _asked(batch, target, points, place in chosen)
            labels = {key: told[key] for key in KEYS}
            questions.append(told)
            if box is not None:
                limits += [{**labels, **row} for row in box.limits]
                steps += [{**labels, **row} for row in box.steps]
                leaves += [{**labels, **row} for row in _leaves(batch, target, points)]
    return Discovery(
        in_order(questions, DISCOVERY_COLUMNS), in_order(limits, LIMIT_COLUMNS),
        in_order(steps, STEP_COLUMNS), in_order(leaves, TREE_COLUMNS),
    )  # fmt: skip


def _questions(batch: Batch, outcomes: Sequence[Outcome]) -> Iterator[Target]:
    for world in batch.worlds:
        for policy in batch.policies:
            for target in differences(batch, policy.name, world, outcomes):
                if np.isfinite(target.means).any():
                    yield target


def failing(target: Target) -> tuple[NDArray[np.bool_], NDArray[np.bool_], str]:
    """Points with a value, which of these fail, and what failing means."""
    means = target.means
    known = np.isfinite(means)
    way = BETTER.get(target.outcome.id, 0)
    if way:
        words = f"it is not {'higher' if way > 0 else 'lower'} than without the policy"
        return known, way * means[known] <= 0.0, words
    middle = float(np.median(means[known]))
    sign = 1.0 if middle > 0.0 or (middle == 0.0 and means[known].sum() > 0.0) else -1.0
    words = f"it is not {'higher' if sign > 0 else 'lower'}, as it is at most points"
    return known, sign * means[known] <= 0.0, words


def _chosen(asked: Sequence[Target], first: set[tuple[str, str, str]], most: int) -> set[int]:
    """Places of the questions that boxes are looked for in."""
    ranks = []
    for place, target in enumerate(asked):
        known, fails, _ = failing(target)
        if _status(target, known, fails) is None:
            is_first = (target.policy, target.world, target.outcome.id) in first
            ranks.append((not is_first, abs(float(fails.mean()) - 0.5), place))
    return {place for _, _, place in sorted(ranks)[:most]}


def _asked(
    batch: Batch, target: Target, points: Floats, is_chosen: bool
) -> tuple[dict[str, Any], Box | None]:
    known, fails, words = failing(target)
    told: dict[str, Any] = {
        **{key: target.labels()[key] for key in (*KEYS, "name", "unit")}, "fails_when": words,
        "points": int(known.sum()), "failing": int(fails.sum()),
    }  # fmt: skip
    status = _status(target, known, fails)
    if status is not None or not is_chosen:
        return {**told, "status": status or NOT_ASKED}, None
    names, x = _screened(batch, points[known], fails)
    box = chosen_box(batch.factors, names, x, fails, batch.scenario.seed)
    if box is None or not box.limits:
        return {**told, "status": NOT_FOUND}, None
    told |= {key: getattr(box, key) for key in ("coverage", "density", "mass")}
    told |= {"restricted": len(box.limits), "reproduced": box.reproduced}
    told["rule"] = " and ".join(limit_words(batch.factors, row) for row in box.limits)
    return {**told, "status": FOUND if box.is_stable else NOT_FOUND}, box


def _status(target: Target, known: NDArray[np.bool_], fails: NDArray[np.bool_]) -> str | None:
    """Why there is nothing to look for; None when there is."""
    means = target.means[known]
    if not means.any():
        return UNMOVED
    if len(fails) < FEWEST_POINTS:
        return FEW
    if fails.all() or not fails.any():
        return ALWAYS if fails.all() else NEVER
    if min(fails.sum(), (~fails).sum()) < FEWEST_OF_A_KIND:
        return ALMOST_NEVER if fails.sum() < FEWEST_OF_A_KIND else ALMOST_ALWAYS
    return CHANCE if noise_of(target.values).share > MOSTLY else None


def _screened(
    batch: Batch, points: Floats, fails: NDArray[np.bool_]
) -> tuple[list[str], pd.DataFrame]:
    """The factors that go most with failing, and the points in these."""
    names = [factor.name for factor in batch.factors]
    moved = [place for place in range(len(names)) if np.ptp(points[:, place]) > 0.0]
    if len(moved) > MOST_FACTORS:
        stats = library("scipy.stats", "scenario discovery")
        sizes = {
            place: abs(float(stats.spearmanr(points[:, place], fails).statistic))
            for place in moved
        }  # fmt: skip
        moved = sorted(sorted(moved, key=lambda place: -sizes[place])[:MOST_FACTORS])
    chosen = [names[place] for place in moved]
    return chosen, pd.DataFrame(points[:, moved], columns=chosen)


def _leaves(batch: Batch, target: Target, points: Floats) -> Iterator[dict[str, Any]]:
    """The leaves of a tree that tells failing points from others, each with its rule."""
    known, fails, _ = failing(target)
    names, x = _screened(batch, points[known], fails)
    for place, leaf in enumerate(tree_leaves(batch.factors, names, x, fails), 1):
        rule = " and ".join(limit_words(batch.factors, row) for row in leaf.limits)
        yield {
            "leaf": place, "fails": leaf.density > 0.5, "coverage": leaf.coverage,
            "density": leaf.density, "mass": leaf.mass, "rule": rule or "always",
        }  # fmt: skip
