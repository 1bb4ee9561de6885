"""Made-up batches with a known answer: no model is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import qmc

from alliance_abm.policies import PolicyChoice, policy_of_text
from alliance_abm.scenario import Scenario, load_scenario
from experiments.batch.designs import Factor
from experiments.batch.read import Batch
from experiments.runner import FAILURE_COLUMNS, OUTCOME_COLUMNS

BASELINE = "baseline"
OUTCOMES = ("us_share_deliveries", "gap_years", "leak_exposure")
LEVERS = ("dcs_tracked", "pooled_buying", "fms_fast_track_all=70")
# (policy, world, point or None for the config as it is, replication) → values of the outcomes
Answer = Callable[[str, str, "np.ndarray | None", int], Sequence[float]]


def factors_of(count: int, low: float = 0.0, high: float = 1.0, kind: str = "parameter") -> tuple:
    """Factors with the names of parameters."""
    middle = (low + high) / 2
    return tuple(
        Factor(f"choice.made_up_{place}", kind, low, high, middle, "share", "C", "made up")
        for place in range(count)
    )


@cache
def _scenario() -> Scenario:
    return load_scenario("baseline")


@cache
def policies_of(count: int) -> tuple[PolicyChoice, ...]:
    """So many policies of one lever."""
    return tuple(policy_of_text(name) for name in LEVERS[:count])


def made(
    answer: Answer,
    points: np.ndarray | None = None,
    method: str | None = None,
    factors: tuple | None = None,
    policies: int = 0,
    worlds: Sequence[str] = (BASELINE,),
    runs: int = 4,
    draw_runs: int | None = None,
    outcomes: Sequence[str] = OUTCOMES[:1],
    done: float = 1.0,
    **more: Any,
) -> Batch:
    """A batch whose runs give what `answer` says, of which the share `done` has been done.

    points: (points, factors), draws 1, 2, …; a run whose first value is nan has failed.
    """
    points = np.empty((0, 0)) if points is None else np.asarray(points, float)
    factors = factors_of(points.shape[1]) if factors is None else factors
    each = draw_runs or runs
    rows: list[tuple] = []
    total = 0
    names = [one.name for one in policies_of(policies)]
    for draw in range(len(points) + 1):
        for world in worlds:
            for policy in (BASELINE, *names):
                for run in range(each if draw else runs):
                    total += 1
                    values = answer(policy, world, points[draw - 1] if draw else None, run)
                    if not np.isnan(values[0]):
                        rows += [(policy, world, draw, run, run, name, float(value))
                                 for name, value in zip(outcomes, values, strict=True)]  # fmt: skip
    count = round(done * len(rows) / max(len(outcomes), 1))
    central = np.array([[one.central for one in factors]])
    table = pd.DataFrame(
        np.vstack([central, points]) if factors else None,
        columns=[one.name for one in factors],
        index=pd.RangeIndex(len(points) + 1, name="draw"),
    )
    given = {
        "folder": Path("made-up"),
        "manifest": {"config_hash": "0123", "finished": "2026-01-01", "code_version": "0"},
        "scenario": _scenario(), "title": "A made-up question", "description": "Made up.",
        "method": method, "factors": factors, "points": table, "policies": policies_of(policies),
        "worlds": tuple(worlds), "outcome_ids": tuple(outcomes), "replications": runs,
        "draw_replications": each, "runs_done": count, "runs_total": total,
        "outcomes": pd.DataFrame(rows[: count * len(outcomes)], columns=OUTCOME_COLUMNS),
        "failures": pd.DataFrame(columns=FAILURE_COLUMNS),
    }  # fmt: skip
    return Batch(**{**given, **more})


def chance(*key: object) -> float:
    """A standard normal number that is the same whenever it is asked for."""
    text = repr([np.round(one, 9).tolist() if isinstance(one, np.ndarray) else one for one in key])
    return float(np.random.default_rng(list(text.encode())).standard_normal())


def cube(count: int, factors: int, seed: int = 0) -> np.ndarray:
    """Points spread over the unit cube."""
    return qmc.Halton(factors, rng=seed).random(count)


def with_a_box(worlds: Sequence[str] = (BASELINE,), policies: int = 1, points: int = 120) -> Batch:
    """Policies that lower the gap, but raise it where factor 0 > 0.6 and factor 1 < 0.5.

    Leaks are the same in every run, and the share follows factor 2.
    """

    def answer(policy: str, world: str, point: np.ndarray | None, run: int) -> list[float]:
        acts = policy != BASELINE
        bad = point is not None and point[0] > 0.6 and point[1] < 0.5
        gap = 3.0 + 0.1 * chance("gap", run, world)
        gap += acts * (0.3 if bad else -0.3) * (1.0 + 0.1 * chance(policy, run, point))
        share = 0.4 + 0.01 * chance("share", run)
        share += 0.0 if point is None else 0.1 * point[2] + 0.02 * acts * point[0]
        return [share, gap, 2.0]

    return made(
        answer, cube(points, 4), "latin_hypercube", policies=policies, worlds=worlds, runs=8,
        draw_runs=2, outcomes=OUTCOMES,
    )  # fmt: skip
