"""Policies minus baseline on the same seeds, as `compare` tells them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alliance_abm.catalogue import GRADES
from alliance_abm.outcome import Outcome
from experiments.analysis.targets import columns, varies_levers
from experiments.comparison import Comparison
from experiments.difference_rows import difference_rows, difference_table, mean_differences
from experiments.runner import CENTRAL_DRAW, SERIES_COLUMNS

if TYPE_CHECKING:
    from experiments.batch.read import Batch

SPREAD = ("latin_hypercube", "sobol")  # methods that fill the ranges evenly


def differences_table(
    batch: Batch, outcomes: Sequence[Outcome], half_width: float | None = None
) -> pd.DataFrame:
    """A row a policy, world and outcome with the columns and meanings of `compare`.

    Differences are those of the config as it is; `sign_share` and `draws_low` to `draws_high`
    are over the points of a design of parameters. A policy that was not run there has no row.
    """
    places = columns(batch, outcomes)
    rows: list[dict[str, Any]] = []
    for world in batch.worlds:
        for policy in batch.policies:
            after = batch.values(policy.name, world)[:, :, places]
            before = batch.baseline(world, policy.name)[:, :, places]
            if not np.isfinite(after[CENTRAL_DRAW]).any():
                continue
            drawn = slice(0, 0) if varies_levers(batch) else slice(CENTRAL_DRAW + 1, None)
            by_draw = mean_differences(before[drawn], after[drawn])
            labels = {"policy": policy.name, "policy_title": policy.title, "world": world}
            rows += difference_rows(
                labels, outcomes, before[CENTRAL_DRAW], after[CENTRAL_DRAW], by_draw,
                batch.scenario.seed, half_width,
            )  # fmt: skip
    return difference_table(rows)


def _draw_words(batch: Batch) -> str:
    """What the points of the design are, in words that follow a number of draws."""
    assumed = all(one.grade == GRADES[-1] for one in batch.factors)
    if batch.method in SPREAD and assumed:
        return f"of {len(batch.factors)} assumed parameters"
    return f"(the points of the design: {str(batch.method).replace('_', ' ')})"


def as_comparison(batch: Batch, differences: pd.DataFrame) -> Comparison:
    """The central runs of a batch as a comparison, which sentences and figures are made of.

    Policies and worlds are those that `differences` holds; there are no series and no bills.
    """
    worlds = tuple(name for name in batch.worlds if name in set(differences["world"]))
    found = Comparison(
        scenario=batch.scenario,
        policies=tuple(one for one in batch.policies if one.name in set(differences["policy"])),
        worlds=worlds,
        replications=batch.replications,
        draws=int(differences["sign_share"].notna().any()) * (len(batch.points) - 1),
        seeds=[],
        started=str(batch.manifest.get("started", "")),
        finished=str(batch.manifest.get("finished") or ""),
        differences=differences,
        outcomes=batch.outcomes[batch.outcomes["draw"] == CENTRAL_DRAW],
        series=pd.DataFrame(columns=SERIES_COLUMNS),
        failures=batch.failures,
    )
    found.draw_words = _draw_words(batch)
    return found
