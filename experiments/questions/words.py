"""Numbers of an answer in words: rising, falling, unclear, exactly unchanged, or without a value.

No word here presupposes a direction; each follows from the row that it tells.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from experiments.compare_words import CLEAR, FEW, NOTHING
from experiments.summaries import between, two_digits
from experiments.unit_words import listed, scale_of, unit_words

Row = Mapping[str, Any]
ONE = " = 1"  # of an index whose start is one
UNCLEAR, NONE = "unclear", NOTHING[0]
MOST = 5  # names in one list


def quoted(name: str) -> str:
    """The name of an outcome inside a sentence."""
    return f"“{name}”"


def digits(value: float) -> str:
    """A number with two significant digits and a minus sign that is one.

    >>> digits(-0.123)
    '−0.12'
    """
    return two_digits(value).replace("-", "−")


def ends(low: float, high: float) -> str:
    """An interval, printed likewise."""
    return between(low, high).replace("-", "−")


def some(names: Sequence[str], most: int = MOST) -> str:
    """Names in a sentence, the first ones where there are many; never `and 1 more`.

    >>> some(["a", "b", "c", "d"], 2), some(["a", "b", "c"], 2)
    ('a, b and 2 more', 'a, b and c')
    """
    if len(names) <= most + 1:
        return listed(names)
    return listed([*names[:most], f"{len(names) - most} more"])


def item(row: Row) -> str:
    """What a row is of: the title of a policy in quotes, the name of a factor or point as it is."""
    return quoted(row["item"]) if row.get("what") == "change" else str(row["item"])


def size_of(row: Row) -> str:
    """The size of a clear difference with its interval and, if there are draws, their signs."""
    scale = scale_of(row["unit"])
    text = f"{digits(abs(scale * row['difference']))} {short_unit(row['unit'])}"
    return f"{text} ({known(row)})"


def known(row: Row) -> str:
    """What stands in the brackets behind a size: its interval and the signs over draws."""
    scale = scale_of(row["unit"])
    low, high = sorted(abs(scale * row[key]) for key in ("low", "high"))
    return f"{'in every run' if low == high else ends(low, high)}{signs(row)}"


def inside(row: Row) -> str:
    """A size with what is known of it, to stand in brackets itself."""
    size, rest = size_of(row).split(" (", 1)
    return f"by {size}, {rest.removesuffix(')')}"


def short_unit(unit: str) -> str:
    """The unit of a difference without what it is weighted by or counted as.

    >>> short_unit("incidents a year, weighted by sensitivity"), short_unit("share of volume")
    ('incidents a year', 'percentage points')
    """
    if unit.endswith(ONE):
        return f"of the {unit.removesuffix(ONE)}"
    return unit_words(unit).split(",")[0]


def signs(row: Row) -> str:
    """In how many draws of the parameters the sign is the same; empty without draws."""
    if not row["draws"] or math.isnan(row["sign_share"]):
        return ""
    return f"; same sign in {round(row['sign_share'] * row['draws'])} of {row['draws']} draws"


def interval_of(row: Row) -> str:
    """The interval of a difference in its unit."""
    scale = scale_of(row["unit"])
    return f"{ends(scale * row['low'], scale * row['high'])} {short_unit(row['unit'])}"


def change(row: Row) -> str:
    """What became of an outcome, as a predicate.

    >>> row = dict(unit="months", difference=-1.2, low=-1.4, high=-0.9, draws=0, verdict="clear")
    >>> change(row)
    'falls by 1.2 months (0.90 to 1.4)'
    """
    match row["verdict"]:
        case word if word == CLEAR:
            return f"{'rises' if row['difference'] > 0.0 else 'falls'} by {size_of(row)}"
        case word if word == UNCLEAR:
            return f"does not clearly change ({interval_of(row)}{among(row)})"
        case word if word == NONE:
            return "stays exactly as it is"
        case word if word == FEW:
            return "cannot be told from so few runs"
    return "has no value in these runs"


def among(row: Row) -> str:
    """Why an interval without zero is not called clear; empty where it holds zero."""
    apart = row["low"] > 0.0 or row["high"] < 0.0
    return "; may be chance among so many comparisons" if apart else ""


def told(row: Row) -> str:
    """An outcome and what became of it."""
    return f"{quoted(row['name'])} {change(row)}"


def side(row: Row) -> str:
    """Higher, lower, or why it is neither, in two or three words."""
    if "sides" in row:
        return _beside_zero(row)
    if row["verdict"] == CLEAR:
        return "clearly higher" if row["difference"] > 0.0 else "clearly lower"
    words = {UNCLEAR: "not clearly changed", NONE: "exactly unchanged", FEW: "from too few runs"}
    return words.get(row["verdict"], "without a value")


def throughout(row: Row) -> str:
    """The side of a row that holds at every value of a factor."""
    return f"{side(row)} at {'any' if row['verdict'] == UNCLEAR else 'every'} value tried"


def _beside_zero(row: Row) -> str:
    """The same of a difference between two outcomes, which no policy changes."""
    if row["verdict"] == CLEAR:
        above, below = row["sides"]
        return str(above if row["difference"] > 0.0 else below)
    return "neither is clear" if row["verdict"] == UNCLEAR else "zero or without a value"


def level(row: Row) -> str:
    """A level with the 90 % interval of its mean.

    >>> level(dict(unit="share of volume", difference=0.41, low=0.4, high=0.43, n=8))
    '41 % (40 to 43)'
    """
    if not row["n"]:
        return "no value in these runs"
    scale = scale_of(row["unit"])
    unit = "%" if scale != 1.0 else unit_of_level(row["unit"])
    text = f"{digits(scale * row['difference'])} {unit}".rstrip()
    if row["low"] == row["high"]:
        return f"{text} in every run"
    return f"{text} ({ends(scale * row['low'], scale * row['high'])})"


def unit_of_level(unit: str) -> str:
    """The unit behind a level; an index has none."""
    return "" if "=" in unit else short_unit(unit)


def runs_of(
    rows: Sequence[Row], at: Callable[[Row], str], words: Callable[[Row], str] = side
) -> str:
    """Sides of consecutive rows, equal ones put together: `clearly lower at 0 to 0.4; …`."""
    parts = []
    for said, found in groupby(rows, words):
        group = list(found)
        first, last = at(group[0]), at(group[-1])
        parts.append(f"{said} at {first}" + (f" to {last}" if len(group) > 1 else ""))
    return "; ".join(parts)


def number(value: float) -> str:
    """A value of a factor as it is printed."""
    return f"{value:g}".replace("-", "−")


def ranks(
    rows: Sequence[Row], tied: Callable[[Row, Row], bool], words: Callable[[Row], str]
) -> str:
    """Rows in their order; those not told apart from the first of their group are said as ties."""
    groups: list[list[Row]] = []
    many = MOST if len(rows) > MOST + 1 else len(rows)
    for row in rows[:many]:
        if groups and tied(groups[-1][0], row):
            groups[-1].append(row)
        else:
            groups.append([row])
    said = []
    for group in groups:
        names = [words(row) for row in group]
        said.append(names[0] if len(names) == 1 else f"{listed(names)}, not told apart")
    said += [f"{len(rows) - many} more"] * (many < len(rows))
    return "; then ".join(said)
