"""Differences between paired runs: mean, interval, test, and how many runs would be enough.

All functions take differences as columns (pairs, measures) and give one figure a column.  What
is exactly zero in every pair stays exactly zero: interval [0, 0] and p = 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.summaries import HIGH, LOW

Floats = NDArray[np.float64]

BLOCK, BLOCKS = 1_000, 10  # resamples drawn at a time, so that a thousand pairs fit in memory
RESAMPLES = BLOCK * BLOCKS
FLIPS = 19_999  # enough that a family of a thousand tests can still be told apart
MOST_EXACT = 13  # pairs up to which every pattern of signs is tried
STREAMS = {"bootstrap": 1, "flips": 2}
SAME = 1e-12  # two sums that differ by rounding alone
QUARTER_OF_THE_EFFECT, PERCENT = 0.25, 0.01
FEWEST = 2  # pairs that have an interval


@dataclass(frozen=True)
class Paired:
    """Figures of one difference between n pairs of runs; nan where there are too few."""

    n: int
    baseline: float
    difference: float
    low: float
    high: float
    p: float
    spread: float
    variance_ratio: float


def paired(baseline: Floats, policy: Floats, seed: int = 0) -> list[Paired]:
    """Figures of each column of two (pairs, measures) arrays.

    A pair without a value on either side is not counted. The interval is a 90 % percentile
    bootstrap of the mean, p the two-sided sign-flip test; both depend on `seed` and n alone.
    """
    finite = np.isfinite(baseline) & np.isfinite(policy)
    found: list[Paired | None] = [None] * finite.shape[1]
    for mask in np.unique(finite, axis=1).T:
        columns = np.flatnonzero((finite == mask[:, None]).all(axis=0))
        rows = np.flatnonzero(mask)
        pair = (baseline[np.ix_(rows, columns)], policy[np.ix_(rows, columns)])
        for column, one in zip(columns, _figures(*pair, seed), strict=True):
            found[column] = one
    return [one for one in found if one is not None]


def _figures(baseline: Floats, policy: Floats, seed: int) -> list[Paired]:
    n, measures = baseline.shape
    apart = policy - baseline
    nothing = np.full(measures, np.nan)
    level, mean = (_mean(baseline), _mean(apart)) if n else (nothing, nothing)
    low, high, p, spread, ratio = nothing, nothing, nothing, nothing, nothing
    if n >= FEWEST:
        low, high = bootstrap(apart, seed)
        p = sign_flip(apart, seed)
        spread = apart.std(axis=0, ddof=1)
        ratio = variance_ratio(baseline, policy)
    columns = (level, mean, low, high, p, spread, ratio)
    return [Paired(n, *(float(one[column]) for one in columns)) for column in range(measures)]


def _mean(values: Floats) -> Floats:
    """Means of columns; exact for a column of equal values."""
    same = (values == values[0]).all(axis=0)
    return np.where(same, values[0], values.mean(axis=0))


def bootstrap(apart: Floats, seed: int = 0) -> tuple[Floats, Floats]:
    """90 % percentile interval of the mean of each column, from RESAMPLES resamples.

    Each resample draws one pair fewer than there are, which makes its variance that of the mean
    without bias; else intervals of few pairs are too narrow. Of equal differences both ends are
    that difference.
    """
    n = len(apart)
    rng = np.random.default_rng([STREAMS["bootstrap"], seed, n])
    centre, each = _mean(apart), np.full(n, 1.0 / n)
    blocks = [rng.multinomial(n - 1, each, BLOCK) @ (apart - centre) for _ in range(BLOCKS)]
    means = np.concatenate(blocks) / (n - 1)
    low, high = np.quantile(means, [LOW, HIGH], axis=0)
    same = (apart == apart[0]).all(axis=0)
    return np.where(same, centre, centre + low), np.where(same, centre, centre + high)


def sign_flip(apart: Floats, seed: int = 0) -> Floats:
    """Two-sided p of each column: how often a mean is as far from zero with signs at random.

    Every pattern of signs is tried for up to MOST_EXACT pairs, else FLIPS patterns at random,
    with the observed one among them; differences that all have one sign are as far as any
    pattern goes, so their p is exact. Columns of zeros have p = 1.
    """
    n = len(apart)
    scale = np.abs(apart).sum(axis=0)
    observed = np.abs(apart.sum(axis=0)) - SAME * scale
    if n <= MOST_EXACT:
        codes = np.arange(2**n)[:, None] >> np.arange(n)
        return np.asarray((np.abs((1.0 - 2.0 * (codes & 1)) @ apart) >= observed).mean(axis=0))
    rng = np.random.default_rng([STREAMS["flips"], seed, n])
    as_far = np.ones(apart.shape[1])
    for size in (*(BLOCK for _ in range(FLIPS // BLOCK)), FLIPS % BLOCK):
        signs = 1.0 - 2.0 * rng.integers(0, 2, (size, n))
        as_far += (np.abs(signs @ apart) >= observed).sum(axis=0)
    one_sign = (apart > 0.0).all(axis=0) | (apart < 0.0).all(axis=0)
    return np.asarray(np.where(one_sign, least_p(n), as_far / (FLIPS + 1)))


def least_p(n: int) -> float:
    """The smallest two-sided p that n pairs can have."""
    return 2.0 ** (1 - n)


def variance_ratio(baseline: Floats, policy: Floats) -> Floats:
    """Variance of the difference of means of unpaired runs over that of the same pairs.

    How many times as many unpaired runs would be needed; nan where paired differences do not
    vary at all.
    """
    unpaired = baseline.var(axis=0, ddof=1) + policy.var(axis=0, ddof=1)
    together = (policy - baseline).var(axis=0, ddof=1)
    never = np.full_like(unpaired, np.nan)
    return np.divide(unpaired, together, out=never, where=together > 0.0)


def holm(p: Sequence[float] | Floats) -> Floats:
    """Holm's step-down correction of a family of p-values.

    What cannot be tested is no member of the family: nan, and 1, which exact zeros have.

    >>> holm([0.01, 0.04, 0.03, float("nan")]).tolist()
    [0.03, 0.06, 0.06, nan]
    """
    values = np.asarray(p, float)
    corrected = np.full(values.shape, np.nan)
    corrected[values == 1.0] = 1.0
    known = np.flatnonzero(np.isfinite(values) & (values != 1.0))
    order = known[np.argsort(values[known], kind="stable")]
    steps = len(known) - np.arange(len(known))
    corrected[order] = np.minimum(np.maximum.accumulate(values[order] * steps), 1.0)
    return corrected


def wanted_half_width(one: Paired, percent: float | None = None) -> float:
    """Half-width that an interval should have: `percent` of the baseline.

    By default a quarter of the difference.
    """
    if percent is not None:
        return PERCENT * percent * abs(one.baseline)
    return QUARTER_OF_THE_EFFECT * abs(one.difference)


def replications_needed(one: Paired, percent: float | None = None) -> float:
    """Pairs for the wanted half-width, by the normal approximation; at least FEWEST.

    nan when it cannot be told: fewer than two pairs, or a wanted half-width of zero.
    """
    wanted = wanted_half_width(one, percent)
    if one.spread == 0.0:
        return float(FEWEST) if one.difference != 0.0 or percent is not None else float("nan")
    if not wanted > 0.0 or not np.isfinite(one.spread):
        return float("nan")
    needed = (NormalDist().inv_cdf(HIGH) * one.spread / wanted) ** 2
    return float(max(FEWEST, np.ceil(needed)))


def is_clear(row: Any, level: float = 2.0 * LOW) -> bool:
    """Does the interval exclude zero, and the corrected p stay below `level`?

    A difference that is the same in every pair is certain, whatever the number of tests.
    """
    if row["low"] == row["high"] != 0.0:
        return True
    return bool((row["low"] > 0.0 or row["high"] < 0.0) and row["p_holm"] < level)
