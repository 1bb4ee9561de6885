"""Portfolios as tuples of sizes, and as the real numbers that crossover and mutation work on.

A lever is one number in [0, 1]: below 0.5 it is off, above it is one of the steps of its range.
So the operators for real numbers, which the genetic algorithms come with, can switch a lever as
easily as resize it, and equal portfolios are equal tuples that are never run twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance_abm.levers import LEVERS, LeverUse
from alliance_abm.policies import JOIN, PolicyChoice, choice_of
from alliance_abm.quarters import Quarter
from experiments.search.study import Range, SearchStudy

Floats = NDArray[np.float64]
Sizes = tuple[float, ...]  # by lever of the study; 0 is off
ON = 0.5  # from here on a lever is on
DIGITS = 3
STREAM = 11  # beside those of experiments.paired


@dataclass(frozen=True)
class Space:
    """The portfolios that a study may choose: levers, their sizes without 0, and how many."""

    levers: tuple[str, ...]
    sizes: tuple[Sizes, ...]
    most: int
    start: Quarter

    @classmethod
    def of(cls, study: SearchStudy) -> Space:
        """That of a study."""
        sizes = tuple(steps_of(one, study.steps) for one in study.levers)
        names = tuple(one.lever for one in study.levers)
        return cls(names, sizes, min(study.most_levers, len(names)), Quarter(study.start))

    @property
    def nothing(self) -> Sizes:
        """The portfolio without a lever: the baseline."""
        return (0.0,) * len(self.levers)

    def decoded(self, numbers: Floats) -> Sizes:
        """The portfolio of numbers in [0, 1]; of too many levers those with the largest stay."""
        order = np.argsort(-numbers, kind="stable")
        kept = {int(place) for place in order[: self.most] if numbers[place] >= ON}
        return tuple(
            sizes[min(int((number - ON) / (1.0 - ON) * len(sizes)), len(sizes) - 1)]
            if place in kept
            else 0.0
            for place, (number, sizes) in enumerate(zip(numbers, self.sizes, strict=True))
        )

    def encoded(self, portfolio: Sizes) -> Floats:
        """Numbers in the middle of what decodes to the portfolio, shape (levers,)."""
        found = np.full(len(self.levers), ON / 2.0)
        for place, (size, sizes) in enumerate(zip(portfolio, self.sizes, strict=True)):
            if size:
                found[place] = ON + (1.0 - ON) * (sizes.index(size) + 0.5) / len(sizes)
        return found

    def first(self, count: int, seed: int) -> list[Sizes]:
        """The first generation: each lever alone near its default size, then random portfolios.

        At least one a lever; fewer than `count` only where the space has no more.
        """
        found = dict.fromkeys(self._alone(place) for place in range(len(self.levers)))
        rng = np.random.default_rng([STREAM, seed])
        for _ in range(20 * count):
            if len(found) >= count:
                break
            on = rng.permutation(len(self.levers))[: rng.integers(1, self.most + 1)]
            sizes = list(self.nothing)
            for place in on.tolist():
                sizes[place] = self.sizes[place][rng.integers(len(self.sizes[place]))]
            found.setdefault(tuple(sizes))
        return list(found)

    def _alone(self, place: int) -> Sizes:
        default = LEVERS[self.levers[place]].default
        size = min(self.sizes[place], key=lambda one: abs(one - default))
        return tuple(size if other == place else 0.0 for other in range(len(self.levers)))

    def size(self) -> int:
        """How many portfolios there are, without the baseline."""
        ways = [1] + [0] * self.most  # by number of levers that are on
        for sizes in self.sizes:
            for on in range(self.most, 0, -1):
                ways[on] += ways[on - 1] * len(sizes)
        return sum(ways) - 1

    def name(self, portfolio: Sizes) -> str:
        """The portfolio as the option --lever takes it."""
        pairs = zip(self.levers, portfolio, strict=True)
        return JOIN.join(f"{lever}={size:g}" for lever, size in pairs if size)

    def choice(self, portfolio: Sizes) -> PolicyChoice:
        """The portfolio as a policy."""
        uses = tuple(
            LeverUse(lever=lever, size=size, start=self.start)
            for lever, size in zip(self.levers, portfolio, strict=True)
            if size
        )
        title = " + ".join(f"{LEVERS[use.lever].name} {use.amount:g}" for use in uses)
        return choice_of(self.name(portfolio), title, uses)

    def everything(self) -> PolicyChoice:
        """All levers at their largest size, to see that they can stand together."""
        return self.choice(tuple(sizes[-1] for sizes in self.sizes))


def steps_of(one: Range, steps: int) -> Sizes:
    """Sizes of a lever, even over its range and without 0, which is off."""
    low, high = one.ends
    if low == 0.0:
        low = high / steps
    found = np.linspace(low, high, steps) if steps > 1 else np.array([high])
    return tuple(dict.fromkeys(float(f"{size:.{DIGITS}g}") for size in found if size != 0.0))
