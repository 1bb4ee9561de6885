"""Which portfolio beats which.

The rule: *a* is **ahead** of *b* when, over all seeds that each was run on, no goal's mean gain on
the baseline is worse and one is better; or when every run on common seeds gives the same and *a*
has fewer levers. *a* **beats** *b* when it is ahead and, on the seeds that both were run on, the
90 % interval of the paired difference lies wholly on its side in at least one goal (or every run
gives the same). What is beaten is left out; what is merely behind may still be unlucky and stays.
Being beaten is not for good: whoever was lucky gives back, with further seeds, what it beat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.paired import bootstrap

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
AT_ONCE = 600  # columns that are resampled together


@dataclass(frozen=True)
class Field:
    """Portfolios side by side.

    Attributes:
        apart: (points, seeds, goals) what each is better than the baseline by; seeds are run in
            one order, nan beyond those that a point was run on.
        counts: (points,) seeds run, at least one.
        levers: (points,) number of levers.
        feasible: (points,) are all limits kept?
    """

    apart: Floats
    counts: NDArray[np.int64]
    levers: NDArray[np.int64]
    feasible: Flags

    def means(self) -> Floats:
        """Mean of each point over its own seeds, (points, goals)."""
        pairs = zip(self.apart, self.counts, strict=True)
        return np.array([one[:count].mean(axis=0) for one, count in pairs])

    def ahead(self) -> Flags:
        """(points, points): is the one of the row ahead of the one of the column?"""
        means, points = self.means(), len(self.counts)
        found = np.zeros((points, points), bool)
        for one in range(points):
            found[one] = (means[one] >= means).all(axis=1) & (means[one] > means).any(axis=1)
            alike = (self.apart[one, 0] == self.apart[:, 0]).all(axis=1)
            for other in np.flatnonzero(alike).tolist():
                if other != one and self._same(one, other):
                    found[one, other] = self._simpler(one, other)
        return found & self.feasible[:, None]

    def _same(self, one: int, other: int) -> bool:
        shared = min(self.counts[one], self.counts[other])
        return bool((self.apart[one, :shared] == self.apart[other, :shared]).all())

    def _simpler(self, one: int, other: int) -> bool:
        """Fewer levers; of as many, the one that was tried first."""
        return (self.levers[one], one) < (self.levers[other], other)

    def front(self) -> Flags:
        """(points,) those that keep the limits and that none is ahead of."""
        return self.feasible & ~self.ahead().any(axis=0)

    def beaten(self, seed: int = 0) -> list[int]:
        """By whom each point is beaten, the most superior of those; -1 for none."""
        ahead, means = self.ahead(), self.means()
        width = np.ptp(means, axis=0)
        worth = (means / np.where(width > 0.0, width, 1.0)).sum(axis=1)
        order = {one: (-worth[one], self.levers[one], one) for one in range(len(worth))}
        rivals = {
            loser: sorted(np.flatnonzero(ahead[:, loser]).tolist(), key=order.__getitem__)
            for loser in range(len(worth))
        }
        found = [-1] * len(worth)
        while rivals := {loser: left for loser, left in rivals.items() if left}:
            pairs = [(left.pop(0), loser) for loser, left in rivals.items()]
            for (winner, loser), clear in zip(pairs, self._clear(pairs, seed), strict=True):
                if clear:
                    found[loser] = winner
            rivals = {loser: left for loser, left in rivals.items() if found[loser] < 0}
        return found

    def _clear(self, pairs: list[tuple[int, int]], seed: int) -> list[bool]:
        """Is the first of each pair, which is ahead, clearly better in a goal, or just the same?"""
        leads = []
        for pair in pairs:
            shared = int(min(self.counts[list(pair)]))
            leads.append(self.apart[pair[0], :shared] - self.apart[pair[1], :shared])
        found = zip(pairs, intervals(leads, seed), strict=True)
        return [self._same(*pair) or bool((low > 0.0).any()) for pair, (low, _) in found]

    def ways(self, seed: int = 0) -> tuple[Flags, Flags]:
        """(points,) twice: is some goal clearly better than in the baseline, is some worse?"""
        own = [one[:count] for one, count in zip(self.apart, self.counts, strict=True)]
        found = intervals(own, seed)
        better = [bool((low > 0.0).any()) for low, _ in found]
        return np.array(better), np.array([bool((high < 0.0).any()) for _, high in found])


def intervals(parts: list[Floats], seed: int = 0) -> list[tuple[Floats, Floats]]:
    """90 % bootstrap interval of the column means of each part (seeds, goals).

    A part of a single seed has no interval: minus to plus infinity.
    """
    found: list[tuple[Floats, Floats]] = [
        (np.full(one.shape[1], -np.inf), np.full(one.shape[1], np.inf)) for one in parts
    ]
    for count in sorted({len(one) for one in parts if len(one) > 1}):
        places = [place for place, one in enumerate(parts) if len(one) == count]
        goals = parts[places[0]].shape[1]
        step = max(AT_ONCE // goals, 1)
        for first in range(0, len(places), step):
            some = places[first : first + step]
            edges = bootstrap(np.concatenate([parts[at] for at in some], axis=1), seed)
            low, high = (edge.reshape(len(some), goals) for edge in edges)
            for row, at in enumerate(some):
                found[at] = (low[row], high[row])
    return found
