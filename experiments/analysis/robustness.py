"""Which policy holds over worlds and draws: regret, satisficing, maximin, deviations, percentiles.

A state is a world with a point of the design; the baseline stands among the policies as doing
nothing.  Values are mean differences to the baseline, turned so that more is better.  Headlines
for which nations would not agree what is better have no ranks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alliance_abm.outcome import Outcome
from experiments.analysis.targets import Floats, columns, in_order, varies_levers
from experiments.directions import BETTER
from experiments.libraries import library
from experiments.runner import CENTRAL_DRAW, POLICY

if TYPE_CHECKING:
    from experiments.batch.read import Batch

FEWEST_STATES = 3
FEWEST_RUNS = 2  # of a state, without which chance is unknown
RESAMPLES, RANKED = 200, 50  # resamples, and those whose ranks are compared
STREAM = 8  # beside those of experiments.paired
TENTH, NINETIETH = 0.1, 0.9
ROBUSTNESS_COLUMNS = [
    "policy", "outcome", "name", "unit", "metric", "value", "low", "high", "rank", "best_share",
    "states",
]  # fmt: skip
STABILITY_COLUMNS = [
    "outcome", "name", "metric", "best", "same_best", "kendall_tau", "states", "policies",
]  # fmt: skip
METRIC_WORDS: Mapping[str, str] = {
    "maximin": "worst case",
    "minimax_regret": "largest regret",
    "satisficing": "share of states better than doing nothing",
    "mean": "mean",
    "mean_variance": "mean less one standard deviation",
    "undesirable_deviations": "mean shortfall below the median",
    "percentile_10": "10th percentile",
    "percentile_90": "90th percentile",
}


def _regret(values: Floats) -> Floats:
    """Largest loss against the best policy of a state."""
    found: Floats = (values.max(axis=0) - values).max(axis=1)
    return found


def _shortfall(values: Floats) -> Floats:
    """Mean distance below the policy's own median, over all states."""
    middle = np.median(values, axis=1, keepdims=True)
    found: Floats = np.maximum(middle - values, 0.0).mean(axis=1)
    return found


# metric → function of (policies, states) giving a value a policy, and whether more is better
METRICS: Mapping[str, tuple[Callable[[Floats], Any], bool]] = {
    "maximin": (lambda values: values.min(axis=1), True),
    "minimax_regret": (_regret, False),
    "satisficing": (lambda values: (values > 0.0).mean(axis=1), True),
    "mean": (lambda values: values.mean(axis=1), True),
    "mean_variance": (lambda values: values.mean(axis=1) - values.std(axis=1, ddof=1), True),
    "undesirable_deviations": (_shortfall, False),
    "percentile_10": (lambda values: np.quantile(values, TENTH, axis=1), True),
    "percentile_90": (lambda values: np.quantile(values, NINETIETH, axis=1), True),
}


@dataclass(frozen=True)
class States:
    """Differences (policies, states, replications), nan where lacking; the baseline is first."""

    policies: tuple[str, ...]
    values: Floats


def robustness_tables(
    batch: Batch, outcomes: Sequence[Outcome]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Metrics of every policy and headline, and how stable their ranks are.

    Robustness (ROBUSTNESS_COLUMNS): `value` in the unit of the outcome, turned so that more of a
    difference is better (shares for satisficing); `low` to `high` its 90 % interval over
    resampled states and replications; `rank` 1 is best; `best_share` the share of resamples in
    which the policy alone is best. Stability (STABILITY_COLUMNS): the best policy, the
    share of resamples with the same best, and the mean Kendall tau between ranks. Empty with
    fewer than two policies (doing nothing is one), FEWEST_STATES states or FEWEST_RUNS runs of
    each; a headline that no policy changes in any state is left out.
    """
    rows: list[dict[str, Any]] = []
    stable: list[dict[str, Any]] = []
    known = [one for one in outcomes if BETTER.get(one.id)]
    for outcome, place in zip(known, columns(batch, known), strict=True):
        states = _states(batch, place, BETTER[outcome.id])
        if states is not None:
            found, told = _ranked(states, outcome, batch.scenario.seed)
            rows += found
            stable += told
    return in_order(rows, ROBUSTNESS_COLUMNS), in_order(stable, STABILITY_COLUMNS)


def _states(batch: Batch, place: int, way: int) -> States | None:
    """Differences of one outcome in every state in which all policies have a value."""
    if varies_levers(batch) or not batch.policies:
        return None
    names = [one.name for one in batch.policies]
    parts = []
    for world in batch.worlds:
        apart = np.stack(
            [
                (batch.values(name, world) - batch.baseline(world, name))[:, :, place]
                for name in names
            ]
        )  # fmt: skip
        parts.append(apart if apart.shape[1] == 1 else apart[:, CENTRAL_DRAW + 1 :])
    values = way * np.concatenate(parts, axis=1)
    whole = np.isfinite(values).any(axis=2).all(axis=0)
    values = values[:, whole]
    if np.isfinite(values).sum(axis=2).max(initial=0) < FEWEST_RUNS:
        return None
    if values.shape[1] < FEWEST_STATES or not np.nan_to_num(values).any():
        return None
    return States((POLICY, *names), np.concatenate([np.zeros_like(values[:1]), values]))


def _means(values: Floats, weights: Floats | None = None) -> Floats:
    """Means over replications, weighted if wanted; nan replications do not count."""
    known = np.isfinite(values)
    counted = known * (1.0 if weights is None else weights)
    total = (np.where(known, values, 0.0) * counted).sum(axis=-1)
    count = counted.sum(axis=-1)
    plain = np.where(known, values, 0.0).sum(axis=-1) / np.maximum(known.sum(axis=-1), 1)
    return np.divide(total, count, out=plain, where=count > 0.0)


def _ranked(
    states: States, outcome: Outcome, seed: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of one outcome in both tables."""
    stats = library("scipy.stats", "robustness")
    means = _means(states.values)
    again = list(_resampled(states, seed))
    rows, stable = [], []
    labels = {"outcome": outcome.id, "name": outcome.name}
    count = means.shape[1]
    for metric, (measure, more) in METRICS.items():
        scores = np.asarray(measure(means), float)
        ranks = _ranks(scores, more)
        others = np.array([measure(one) for one in again], float)
        low, high = np.quantile(others, [0.05, 0.95], axis=0)
        best = others == (others.max(axis=1) if more else others.min(axis=1))[:, None]
        best &= best.sum(axis=1, keepdims=True) == 1  # of equals none is the best
        first = int(np.flatnonzero(ranks == ranks.min())[0])
        taus = [stats.kendalltau(scores, one).statistic for one in others[:RANKED]]
        taus = [one for one in taus if np.isfinite(one)]
        rows += [
            {**labels, "policy": policy, "unit": outcome.unit, "metric": metric,
             "value": scores[place], "low": low[place], "high": high[place],
             "rank": int(ranks[place]), "best_share": float(best[:, place].mean()),
             "states": count}
            for place, policy in enumerate(states.policies)
        ]  # fmt: skip
        stable.append({
            **labels, "metric": metric, "best": states.policies[first],
            "same_best": float(best[:, first].mean()), "states": count,
            "kendall_tau": float(np.mean(taus)) if taus else float("nan"),
            "policies": len(states.policies),
        })  # fmt: skip
    return rows, stable


def _ranks(scores: Floats, more: bool) -> Floats:
    """Rank of each policy, 1 the best; equals share the smallest."""
    turned = -scores if more else scores
    found: Floats = np.array([(turned < one).sum() + 1 for one in turned], float)
    return found


def _resampled(states: States, seed: int) -> Any:
    """Mean differences over resampled states and replications, (policies, states) each."""
    rng = np.random.default_rng([STREAM, seed])
    _, count, runs = states.values.shape
    for _ in range(RESAMPLES):
        chosen = rng.integers(count, size=count)
        weights = rng.multinomial(runs, np.full(runs, 1.0 / runs)).astype(float)
        yield _means(states.values[:, chosen], weights)
