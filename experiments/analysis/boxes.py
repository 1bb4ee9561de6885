"""PRIM boxes and CART trees by the EMA Workbench, with what they do and do not reproduce.

Only that part of the workbench is used which versions 2.5 and 3 share; the density threshold of
PRIM, which version 3 has no more, is given where it is wanted and excludes nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.libraries import library, quiet

if TYPE_CHECKING:
    from experiments.batch.designs import Factor

Bools = NDArray[np.bool_]
NO_THRESHOLD = 1e-9
LARGEST_P = 0.05  # of one limit of a box, by the workbench's binomial test
HALVES, HASTE = 10, 0.1  # halves are peeled in larger steps, to be quick
PATIENCE = 0.05
OFTEN = 0.5  # share of halves in which a limit must come up again
LEAST_MASS = 0.05
STREAM = 7  # beside those of experiments.paired


@dataclass(frozen=True)
class Box:
    """A box on PRIM's way: its limits (a row a factor), its measures, all steps."""

    limits: list[dict[str, Any]]
    coverage: float
    density: float
    mass: float
    base: float
    steps: list[dict[str, Any]]

    @property
    def reproduced(self) -> float:
        """Share of halves in which the least often found limit came up again."""
        return float(min((row["reproduced"] for row in self.limits), default=0.0))

    @property
    def is_stable(self) -> bool:
        """Does the box hold more failing points than any, and do its limits come up again?"""
        return self.density > self.base and self.reproduced >= OFTEN


@dataclass(frozen=True)
class Leaf:
    """A leaf of a tree."""

    limits: list[dict[str, Any]]
    coverage: float
    density: float
    mass: float


def chosen_box(
    factors: Sequence[Factor], names: Sequence[str], x: pd.DataFrame, fails: Bools, seed: int
) -> Box | None:
    """The step of PRIM with the best harmonic mean of coverage and density.

    Of the steps whose limits are all told apart from chance; None without such a step. x is
    (points, names), fails (points).
    """
    way = _peeled(x, fails, PATIENCE)
    table, steps_p = way.peeling_trajectory, _p_values(way)
    steps = [
        {"step": step, "coverage": float(row.coverage), "density": float(row.density),
         "mass": float(row.mass), "restricted": int(row.res_dim), "chosen": False}
        for step, row in enumerate(table.itertuples())
    ]  # fmt: skip
    possible = [step for step in range(1, len(steps)) if _is_significant(steps_p[step])]
    if not possible:
        return None
    best = max(possible, key=lambda step: _both(steps[step]))
    steps[best]["chosen"] = True
    chosen = steps[best]
    again = _reproduced(x, fails, chosen, seed)
    known = {factor.name: factor for factor in factors}
    limits = [
        {**_limit(known[name], way.box_lims[best][name], steps_p[best][name]),
         "reproduced": again.get(name, 0.0)}
        for name in names
        if name in steps_p[best]
    ]  # fmt: skip
    inside = _inside(x, limits)
    held = float(fails[inside].sum())
    return Box(
        limits, held / fails.sum(), held / max(inside.sum(), 1), float(inside.mean()),
        float(fails.mean()), steps,
    )  # fmt: skip


def _inside(x: pd.DataFrame, limits: Sequence[Mapping[str, Any]]) -> Bools:
    """Points inside the limits."""
    found = np.ones(len(x), bool)
    for row in limits:
        values = x[row["factor"]].to_numpy(float)
        found &= ~(values < row["low"]) & ~(values > row["high"])  # nan limits nothing
    return found


def _peeled(x: pd.DataFrame, fails: Bools, alpha: float) -> Any:
    prim = library("ema_workbench.analysis.prim", "scenario discovery").Prim
    more = {"threshold": NO_THRESHOLD} if "threshold" in inspect.signature(prim).parameters else {}
    with quiet():
        return prim(x, fails.astype(int), peel_alpha=alpha, **more).find_box()


def _p_values(way: Any) -> Sequence[Mapping[str, Sequence[float]]]:
    """p of the limits of each step, by factor; the two versions of the library name them apart."""
    old: Any = vars(way).get("qp")
    found: Sequence[Mapping[str, Sequence[float]]] = old if old is not None else way.p_values
    return found


def _both(step: Mapping[str, float]) -> float:
    """Harmonic mean of coverage and density."""
    total = step["coverage"] + step["density"]
    return 2.0 * step["coverage"] * step["density"] / total if total else 0.0


def _is_significant(limits: Mapping[str, Sequence[float]]) -> bool:
    """Does every factor of a box have a limit that is told apart from chance?"""
    return bool(limits) and all(_least_p(both) <= LARGEST_P for both in limits.values())


def _least_p(both: Sequence[float]) -> float:
    """The smaller p of the lower and the upper limit; -1 and nan stand for no limit."""
    return min((p for p in both if p >= 0.0), default=1.0)


def _limit(factor: Factor, lims: pd.Series, both: Sequence[float]) -> dict[str, Any]:
    """One factor of a box; a side without a limit, or with one that may be chance, has nan."""
    low, high = (
        float(lims.iloc[side]) if 0.0 <= both[side] <= LARGEST_P else float("nan")
        for side in (0, 1)
    )
    return {"factor": factor.name, "unit": factor.unit, "grade": factor.grade, "low": low,
            "high": high, "range_low": factor.low, "range_high": factor.high,
            "p": _least_p(both)}  # fmt: skip


def _reproduced(
    x: pd.DataFrame, fails: Bools, chosen: Mapping[str, float], seed: int
) -> dict[str, float]:
    """Share of random halves of the points in which each factor is limited again.

    Looked at in the step of the half whose coverage and density are nearest to those chosen.
    """
    rng = np.random.default_rng([STREAM, seed])
    found: dict[str, float] = {}
    for _ in range(HALVES):
        half = rng.choice(len(x), len(x) // 2, replace=False)
        if not fails[half].any():
            continue
        way = _peeled(x.iloc[half].reset_index(drop=True), fails[half], HASTE)
        apart = sum((way.peeling_trajectory[key] - chosen[key]).abs()
                    for key in ("coverage", "density"))  # fmt: skip
        for name in _p_values(way)[int(np.argmin(apart))]:
            found[name] = found.get(name, 0.0) + 1.0 / HALVES
    return found


def tree_leaves(
    factors: Sequence[Factor], names: Sequence[str], x: pd.DataFrame, fails: Bools
) -> Iterator[Leaf]:
    """The leaves of a tree, those that fail most first."""
    cart = library("ema_workbench.analysis.cart", "scenario discovery").CART
    known = {factor.name: factor for factor in factors}
    with quiet():
        tree = cart(x, fails.astype(int), mass_min=LEAST_MASS)
        tree.build_tree()
        boxes, stats = tree.boxes, tree.stats
    first = x.min(), x.max()
    order = sorted(range(len(boxes)), key=lambda place: -float(stats[place]["density"]))
    for place in order:
        limits = []
        for name in names:
            low, high = (float(end) for end in boxes[place][name])
            both = (0.0 if low > first[0][name] else -1.0, 0.0 if high < first[1][name] else -1.0)
            if max(both) >= 0.0:
                limits.append(_limit(known[name], boxes[place][name], both))
        measures = (float(stats[place][key]) for key in ("coverage", "density", "mass"))
        yield Leaf(limits, *measures)
