"""Median and 90 % interval of every outcome, over runs of the config as it is and over draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from alliance_abm.outcome import Outcome
from experiments.analysis.targets import Target, central, columns, has_draws, in_order
from experiments.runner import CENTRAL_DRAW, POLICY
from experiments.summaries import interval

if TYPE_CHECKING:
    from experiments.batch.read import Batch

CENTRAL, DRAWS = "central", "draws"
SUMMARY_COLUMNS = [
    "policy", "world", "over", "outcome", "name", "unit", "clock", "headline", "median", "low",
    "high", "n",
]  # fmt: skip


def summary_table(batch: Batch, outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """A row a policy, world and outcome: columns SUMMARY_COLUMNS.

    `over` is `central` (n runs with the config as it is) or `draws` (means of n points of the
    design). Without a value n is 0 and the figures are None. What was not run has no row.
    """
    rows: list[dict[str, Any]] = []
    for world in batch.worlds:
        for policy in (POLICY, *(one.name for one in batch.policies)):
            rows += _central(batch, policy, world, outcomes)
            if has_draws(batch):
                rows += _draws(batch, policy, world, outcomes)
    return in_order(rows, SUMMARY_COLUMNS)


def _central(
    batch: Batch, policy: str, world: str, outcomes: Sequence[Outcome]
) -> Iterator[dict[str, Any]]:
    values = central(batch, policy, world, outcomes)
    found = [interval(values[:, place]) for place in range(len(outcomes))]
    if any(one["n"] for one in found):
        for outcome, one in zip(outcomes, found, strict=True):
            yield {**_labels(policy, world, CENTRAL, outcome), **one}


def _draws(
    batch: Batch, policy: str, world: str, outcomes: Sequence[Outcome]
) -> Iterator[dict[str, Any]]:
    values = batch.values(policy, world)[CENTRAL_DRAW + 1 :]
    found = [
        interval(Target(policy, world, DRAWS, one, values[:, :, place]).means)
        for one, place in zip(outcomes, columns(batch, outcomes), strict=True)
    ]
    if any(one["n"] for one in found):
        for outcome, one in zip(outcomes, found, strict=True):
            yield {**_labels(policy, world, DRAWS, outcome), **one}


def _labels(policy: str, world: str, over: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "policy": policy, "world": world, "over": over, "outcome": outcome.id,
        "name": outcome.name, "unit": outcome.unit, "clock": outcome.clock,
        "headline": outcome.headline,
    }  # fmt: skip
