"""Two-level fractional factorial designs, in which no pair of effects is mixed with another.

A design of k factors has a base of full factorial columns; every further factor is the product of
some of them, or its reverse (its generator). All designs here have resolution V or more: every
main effect and every interaction of two factors is estimated apart from all others. The
generators are those of Box, Hunter and Hunter, *Statistics for Experimenters*, table of
minimum-aberration designs.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

Signs = NDArray[np.int8]
# factors: generators, each the numbers (from 1) of the base factors multiplied
GENERATORS: dict[int, tuple[tuple[int, ...], ...]] = {
    1: (),
    2: (),
    3: (),
    4: (),
    5: ((1, 2, 3, 4),),
    6: ((1, 2, 3, 4, 5),),
    7: ((1, 2, 3, 4, 5, 6),),
    8: ((1, 2, 3, 4), (1, 2, 5, 6)),
    9: ((1, 3, 4, 6, 7), (2, 3, 5, 6, 7)),
    10: ((1, 2, 3, 7), (2, 3, 4, 5), (1, 3, 4, 6)),
    11: ((1, 2, 3, 7), (2, 3, 4, 5), (1, 3, 4, 6), (1, 2, 3, 4, 5, 6, 7)),
}
MOST_FACTORS = max(GENERATORS)


def design(factors: int) -> Signs:
    """Rows of −1 (off) and +1 (on), shape (runs, factors), the first with all factors off.

    Raises ValueError for more factors than there are generators for.
    """
    if factors not in GENERATORS:
        raise ValueError(f"{factors} factors; allowed: 1 to {MOST_FACTORS}")
    base = factors - len(GENERATORS[factors])
    columns = np.array(list(itertools.product((-1, 1), repeat=base)), np.int8)
    extra = [_product(columns, word) for word in GENERATORS[factors]]
    return np.column_stack([columns, *extra]).astype(np.int8)


def _product(columns: Signs, word: tuple[int, ...]) -> Signs:
    """Product of some factors, with the sign that leaves it off where all of them are off."""
    product = columns[:, [one - 1 for one in word]].prod(axis=1)
    return product if len(word) % 2 else -product


def defining_words(factors: int) -> list[frozenset[int]]:
    """Sets of factors (from 1) whose product is constant: the defining relation."""
    base = factors - len(GENERATORS[factors])
    words = [
        frozenset({*word, base + place}) for place, word in enumerate(GENERATORS[factors], start=1)
    ]
    found = []
    for count in range(1, len(words) + 1):
        for chosen in itertools.combinations(words, count):
            product: frozenset[int] = frozenset()
            for word in chosen:
                product ^= word
            found.append(product)
    return found


def resolution(factors: int) -> int | None:
    """Length of the shortest defining word; None for a full factorial."""
    return min((len(word) for word in defining_words(factors)), default=None)


def main_effects(signs: Signs, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean with a factor on less the mean with it off; values (…, runs) give (…, factors)."""
    return values @ signs / (signs.shape[0] / 2.0)


def together(
    signs: Signs, values: NDArray[np.float64], one: int, other: int
) -> NDArray[np.float64]:
    """What two factors do together beyond the sum of what each does without the other.

    That is y(on, on) − y(on, off) − y(off, on) + y(off, off), each the mean over all other
    factors; twice what textbooks call their interaction. values (…, runs) give (…).
    """
    product = signs[:, one].astype(float) * signs[:, other]
    return values @ product / (signs.shape[0] / 4.0)
