"""Indices of sampled designs, by SALib and scipy: Morris, Sobol, RBD-FAST and rank correlation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.batch.designs import Factor, problem_of
from experiments.libraries import library, quiet
from experiments.paired import holm

Floats = NDArray[np.float64]
CONFIDENCE = 0.9
RESAMPLES = 500
FEWEST_POINTS = 10  # that a correlation is told of
FEWEST_TRAJECTORIES = 4
FEWEST_BASES = 8
HARMONICS = 10
MOST_VARIANCES = 12  # factors whose share of variance is told
FOR_VARIANCES = 130  # points that RBD-FAST with so many harmonics needs, doubled for its halves
NOISE_STEP = 2.0 / np.pi**0.5  # mean size of a difference of two means, in standard errors
NULLS, STREAM = 19_999, 9  # draws of noise; beside the streams of experiments.paired


@dataclass(frozen=True)
class Indices:
    """Rows (factor, index, value, low, high, p, clear, n), points used, Morris's noise floor."""

    rows: list[dict[str, Any]]
    points: int
    floor: float = field(default=float("nan"))


def _row(factor: str, index: str, value: float, half: float, least: float, n: int) -> Any:
    """One index with its interval, normal as SALib takes it, and p of being above `least`."""
    spread = half / NormalDist().inv_cdf(0.5 + CONFIDENCE / 2.0)
    p = float(value <= least)
    if spread > 0.0:
        p = min(1.0, 2.0 * NormalDist().cdf((least - value) / spread))
    return {"factor": factor, "index": index, "value": float(value), "low": float(value - half),
            "high": float(value + half), "p": p, "n": n}  # fmt: skip


def with_clear(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with `clear`: p below 1 − CONFIDENCE, corrected by Holm for all factors."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["index"], []).append(row)
    for family in found.values():
        for row, p in zip(family, holm([row["p"] for row in family]), strict=True):
            row["clear"] = bool(p < 1.0 - CONFIDENCE)
    return rows


def morris_indices(
    factors: Sequence[Factor], points: Floats, means: Floats, error: float, seed: int
) -> Indices | None:
    """mu* with its interval, mu and sigma: change over a factor's whole range.

    Trajectories with a point without a value are left out. `p` of mu* is that of noise alone
    giving as much, from the standard `error` of a point's mean; nan where that is unknown.
    """
    unit = _unit(factors, points)
    size = len(factors) + 1
    kept = _whole_blocks(means, size)
    if len(kept) < FEWEST_TRAJECTORIES * size:
        return None
    morris = library("SALib.analyze.morris", "Morris screening")
    step = _step(unit, size)
    with quiet():
        found: Mapping[str, Any] = morris.analyze(
            problem_of(factors), points[kept], means[kept], num_resamples=RESAMPLES,
            conf_level=CONFIDENCE, num_levels=_levels(step), seed=seed + 1,
        )  # fmt: skip
    floor = NOISE_STEP * error / step
    n = len(kept) // size
    nulls = _nulls(n, seed)
    rows = []
    for place, factor in enumerate(factors):
        values = {key: float(found[key][place]) for key in ("mu_star", "mu", "sigma")}
        half = float(found["mu_star_conf"][place])
        least = floor if np.isfinite(floor) else 0.0
        first = _row(factor.name, "mu_star", values["mu_star"], half, least, n)
        if not np.isfinite(floor):
            first["p"] = np.nan
        elif floor > 0.0:
            at_least = np.count_nonzero(nulls >= values["mu_star"] / (error * 2.0**0.5 / step))
            first["p"] = float((at_least + 1) / (NULLS + 1))
        rows.append(first)
        for key in ("mu", "sigma"):
            bare = {"value": values[key], "low": np.nan, "high": np.nan, "index": key}
            rows.append({**first, **bare})
    return Indices(with_clear(rows), len(kept), floor)


def _unit(factors: Sequence[Factor], points: Floats) -> Floats:
    """Points in shares of the factors' ranges."""
    low = np.array([factor.low for factor in factors])
    high = np.array([factor.high for factor in factors])
    found: Floats = (points - low) / (high - low)
    return found


def _nulls(n: int, seed: int) -> Floats:
    """Means of n sizes of standard normal numbers: what mu* of noise alone may be."""
    rng = np.random.default_rng([STREAM, seed, n])
    found: Floats = np.abs(rng.standard_normal((NULLS, n))).mean(axis=1)
    return found


def _step(unit: Floats, size: int) -> float:
    """The step of the trajectories, as a share of a range."""
    moved = np.abs(np.diff(unit, axis=0)).max(axis=1)
    inside = np.arange(1, len(unit)) % size != 0
    moved = moved[inside & (moved > 0.0)]
    return float(np.median(moved)) if len(moved) else 1.0


def _levels(step: float) -> int:
    """Levels of the grid whose step is levels / (2 (levels − 1)).

    >>> _levels(2 / 3), _levels(1.0), _levels(4 / 7)
    (4, 2, 8)
    """
    return max(2, round(2.0 * step / max(2.0 * step - 1.0, 1e-6)))


def _whole_blocks(means: Floats, size: int) -> NDArray[np.intp]:
    """Rows of those blocks of `size` points in which every point has a value."""
    blocks = len(means) // size
    whole = np.isfinite(means[: blocks * size].reshape(blocks, size)).all(axis=1)
    rows = np.arange(blocks * size).reshape(blocks, size)[whole]
    return rows.ravel()


def sobol_indices(
    factors: Sequence[Factor], points: Floats, means: Floats, noise: float, seed: int
) -> Indices | None:
    """First-order and total indices with bootstrap intervals, and rank correlations for signs.

    A factor that does nothing has as total index the share of `noise` in the variance between
    points: `p` of ST is that of being no more than this, and nan where the noise is unknown.
    """
    size = saltelli_block(points, len(factors))
    kept = _whole_blocks(means, size)
    if len(kept) < FEWEST_BASES * size or np.ptp(means[kept]) == 0.0:
        return None
    sobol = library("SALib.analyze.sobol", "Sobol indices")
    n, second = len(kept) // size, size > len(factors) + 2
    with quiet():
        found: Mapping[str, Any] = sobol.analyze(
            problem_of(factors), means[kept], calc_second_order=second,
            num_resamples=RESAMPLES, conf_level=CONFIDENCE, seed=seed + 1,
        )  # fmt: skip
    rows = []
    for place, factor in enumerate(factors):
        for key, least in (("S1", 0.0), ("ST", noise)):
            value, half = found[key][place], float(found[f"{key}_conf"][place])
            row = _row(factor.name, key, value, half, least if np.isfinite(least) else 0.0, n)
            rows.append(row if np.isfinite(noise) else {**row, "p": np.nan})
    rows += _correlations(factors, points[kept], means[kept])
    return Indices(with_clear(rows), len(kept))


def saltelli_block(points: Floats, factors: int) -> int:
    """Points of one base sample: 2 k + 2 with second order, else k + 2.

    Told from the points: each row of a block between its first (A) and last (B) differs from A in
    one factor, which it has from B.
    """
    short = factors + 2
    if len(points) % short == 0:
        blocks = points.reshape(-1, short, factors)
        mixed = blocks[:, 1:-1]
        places = np.arange(factors)
        if np.array_equal(mixed[:, places, places], blocks[:, -1]):
            return short
    return 2 * factors + 2


def sampled_indices(
    factors: Sequence[Factor], points: Floats, means: Floats, seed: int
) -> Indices | None:
    """Rank correlations, and with enough points first-order indices by RBD-FAST."""
    known = np.isfinite(means)
    if known.sum() < FEWEST_POINTS:
        return None
    x, y = points[known], means[known]
    rows = _correlations(factors, x, y)
    if len(y) >= FOR_VARIANCES:
        rows += _first_order(factors, x, y, seed)
    return Indices(with_clear(rows), len(y))


def _first_order(
    factors: Sequence[Factor], x: Floats, y: Floats, seed: int
) -> list[dict[str, Any]]:
    """First-order indices of the factors that have the largest, with intervals."""
    fast = library("SALib.analyze.rbd_fast", "first-order indices")

    def analyzed(places: Sequence[int], resamples: int) -> Mapping[str, Any]:
        with quiet():
            found: Mapping[str, Any] = fast.analyze(
                problem_of([factors[place] for place in places]), x[:, places], y, M=HARMONICS,
                num_resamples=resamples, conf_level=CONFIDENCE, seed=seed + 1,
            )  # fmt: skip
        return found

    every = list(range(len(factors)))
    sizes = analyzed(every, 2)["S1"]
    foremost = sorted(sorted(every, key=lambda place: -sizes[place])[:MOST_VARIANCES])
    found = analyzed(foremost, RESAMPLES // 5)
    return [
        _row(factors[place].name, "S1", found["S1"][at], float(found["S1_conf"][at]), 0.0, len(y))
        for at, place in enumerate(foremost)
    ]


def _correlations(factors: Sequence[Factor], x: Floats, y: Floats) -> list[dict[str, Any]]:
    """Spearman's rank correlation of each factor, with Fisher's interval."""
    stats = library("scipy.stats", "rank correlations")
    ranks = stats.rankdata(x, axis=0)
    target = stats.rankdata(y)
    rows = []
    for place, factor in enumerate(factors):
        value, low, high, p = np.nan, np.nan, np.nan, np.nan
        if np.ptp(ranks[:, place]) > 0.0 and np.ptp(target) > 0.0:
            found = stats.pearsonr(ranks[:, place], target)
            value, p = float(found.statistic), float(found.pvalue)
            low, high = (float(end) for end in found.confidence_interval(CONFIDENCE))
        rows.append({"factor": factor.name, "index": "rank_correlation", "value": value,
                     "low": low, "high": high, "p": p, "n": len(y)})  # fmt: skip
    return rows
