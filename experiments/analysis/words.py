"""What an analysis says, in words: factors, limits, findings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from alliance_abm.levers import LEVERS
from experiments.summaries import two_digits

MOST_RUNS = 100_000  # beyond these nobody would ask for an exact number

if TYPE_CHECKING:
    from experiments.batch.designs import Factor


def factor_name(name: str) -> str:
    """A factor as people read it: a lever by its name, a parameter by its path in words.

    >>> factor_name("agreements.pool_infrastructure_other")
    'pool infrastructure other (agreements)'
    """
    if name in LEVERS:
        return LEVERS[name].name
    room, _, rest = name.partition(".")
    return f"{rest.replace('_', ' ').replace('.', ', ')} ({room})" if rest else name


def limit_words(factors: Sequence[Factor], limit: Mapping[str, Any]) -> str:
    """One limit of a box: factor, limits, unit."""
    factor = next(one for one in factors if one.name == limit["factor"])
    low, high = limit["low"], limit["high"]
    ends = (two_digits(low), two_digits(high))
    if math.isnan(high):
        inside = f"above {ends[0]}"
    elif math.isnan(low):
        inside = f"below {ends[1]}"
    else:
        inside = f"between {ends[0]} and {ends[1]}"
    return f"{factor_name(factor.name)} {inside}{f' {factor.unit}' if factor.unit else ''}"


def runs_words(needed: float) -> str:
    """How many runs are needed, as printed.

    >>> runs_words(41.0), runs_words(2.2e7), runs_words(float("nan"))
    ('41', 'more than 100 000', '–')
    """
    if math.isnan(needed):
        return "–"
    return f"{int(needed):,}".replace(",", " ") if needed <= MOST_RUNS else "more than 100 000"
