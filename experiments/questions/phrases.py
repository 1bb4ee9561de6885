"""From rows of numbers to phrases: a function for every kind of ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from experiments.compare_words import CLEAR
from experiments.questions import words
from experiments.questions.asks import Ask
from experiments.questions.evidence import LEVEL, Evidence, Row
from experiments.questions.gather import policies_of, policy_of, size_of, size_unit, worlds_of
from experiments.questions.words import number, quoted, side, told
from experiments.runner import POLICY
from experiments.unit_words import counted, listed, scale_of

CHANCE = "an interval without zero may be chance among so many comparisons"
Say = Callable[[Ask, Sequence[Row], Evidence], str]


def say_changes(ask: Ask, rows: Sequence[Row], evidence: Evidence) -> str:
    """Outcomes one by one; what stays as it is, and what is unclear, stand together."""
    many = len(policies_of(ask, evidence)) > 1 or len(worlds_of(ask, evidence)) > 1
    parts = []
    for world in worlds_of(ask, evidence):
        for policy in policies_of(ask, evidence):
            mine = [row for row in rows if (row["policy"], row["world"]) == (policy, world)]
            head = f"with {quoted(evidence.titles[policy])} " if many else ""
            where = f"in the world {world} " if len(worlds_of(ask, evidence)) > 1 else ""
            parts.append(where + head + _grouped(mine))
    return "; ".join(parts)


def _grouped(rows: Sequence[Row]) -> str:
    unclear = [row for row in rows if row["verdict"] == words.UNCLEAR]
    if len(unclear) < 2:
        return listed([told(row) for row in rows])
    rest = [told(row) for row in rows if row["verdict"] != words.UNCLEAR]
    names = listed([f"{quoted(row['name'])} ({words.interval_of(row)})" for row in unclear])
    chance = f" ({CHANCE})" if any(words.among(row) for row in unclear) else ""
    return "; ".join([*([listed(rest)] if rest else []), f"{names} do not clearly change{chance}"])


def say_level(ask: Ask, rows: Sequence[Row], evidence: Evidence) -> str:
    """A level with its interval."""
    return words.level(rows[0])


def say_sizes(ask: Ask, rows: Sequence[Row], evidence: Evidence) -> str:
    """The change by size, and from which size on more adds nothing clear."""

    def at(row: Row) -> str:
        return number(size_of(row["policy"], evidence))

    parts = []
    for outcome in ask.outcomes:
        mine = [row for row in rows if row["outcome"] == outcome]
        said = "; ".join(f"at {at(row)} it {words.change(row)}" for row in mine)
        parts.append(
            f"{quoted(evidence.name(outcome))}, by size: {said}{_knee(mine, at, evidence)}"
        )
    return ". ".join(parts)


def _knee(rows: Sequence[Row], at: Callable[[Row], str], evidence: Evidence) -> str:
    clear = [row for row in rows if row["verdict"] == CLEAR]
    if not clear:
        return "; so no size tried changes it clearly"
    largest = max(clear, key=lambda row: abs(row["difference"]))
    enough = next(row for row in rows if row in clear and not evidence.apart(row, largest))
    if enough is largest:
        return f"; the effect is largest at {at(largest)}, clearly above that of smaller sizes"
    return (
        f"; the effect is largest at {at(largest)}, and {at(enough)} is the smallest size whose "
        "effect is not told apart from it"
    )


def say_steps(ask: Ask, rows: Sequence[Row], evidence: Evidence) -> str:
    """What each further step adds, per unit of size."""
    sizes = [0.0, *(size_of(name, evidence) for name in _by_amount(ask, evidence))]
    said = []
    for low, high, row in zip(sizes, sizes[1:], rows, strict=False):
        per = {key: row[key] / (high - low) for key in ("difference", "low", "high")}
        one = {**row, **per, "draws": 0}
        said.append(f"from {number(low)} to {number(high)} {words.change(one)}")
    unit = size_unit(_by_amount(ask, evidence)[0], evidence)
    return f"per unit of size ({unit}), {quoted(rows[0]['name'])} " + "; ".join(said)


def _by_amount(ask: Ask, evidence: Evidence) -> list[str]:
    return sorted(policies_of(ask, evidence), key=lambda name: size_of(name, evidence))


def say_along(ask: Ask, rows: Sequence[Row], evidence: Evidence) -> str:
    """How a change, or an outcome, depends on a factor's value."""
    said = _level_along if policy_of(ask, evidence) == POLICY else _change_along
    parts = []
    for outcome in ask.outcomes:
        mine = [row for row in rows if row["outcome"] == outcome]
        head = quoted(evidence.name(outcome))
        parts.append(f"{head} is {said(mine, ask.over[0], evidence)}")
    return ". ".join(parts)


def _level_along(rows: Sequence[Row], factor: str, evidence: Evidence) -> str:
    *levels, apart = rows
    first, last = levels[0], levels[-1]
    return (
        f"{words.level(first)} where {evidence.factor_name(factor)} is "
        f"{number(first['at'][factor])} and {words.level(last)} where it is "
        f"{number(last['at'][factor])}: from one to the other it {words.change(apart)}"
    )


def _change_along(rows: Sequence[Row], factor: str, evidence: Evidence) -> str:
    name = evidence.factor_name(factor)
    first, last = (number(rows[end]["at"][factor]) for end in (0, -1))
    ends = f"at {first} it {words.change(rows[0])}, at {last} it {words.change(rows[-1])}"
    if len({side(row) for row in rows}) > 1:
        values = words.runs_of(rows, lambda row: number(row["at"][factor]))
        return f"{values} of {name}; {ends}"
    if rows[0]["verdict"] == CLEAR:
        return f"{words.throughout(rows[0])} of {name}; {ends}"
    widest = max(rows, key=_width)
    known = f"; widest interval {words.interval_of(widest)}" if _width(widest) > 0.0 else ""
    return f"{words.throughout(rows[0])} of {name} ({first} to {last}{known})"


def say_rank(ask: Ask, rows: Sequence[Row], evidence: Evidence) -> str:
    """With what an outcome clearly falls and rises, the largest first, and with what not."""
    parts = []
    for world in worlds_of(ask, evidence):
        for outcome in ask.outcomes:
            mine = [row for row in rows if (row["world"], row["outcome"]) == (world, outcome)]
            parts.append(f"{quoted(evidence.name(outcome))} {_rank(mine, evidence)}")
    return ". ".join(parts)


def _rank(rows: Sequence[Row], evidence: Evidence) -> str:
    clear = [row for row in rows if row["verdict"] == CLEAR]
    rest = [row for row in rows if row["verdict"] != CLEAR]
    if not clear:
        widest = max(rest, key=_width)
        known = f" (widest interval {words.interval_of(widest)})" if widest["n"] > 1 else ""
        return f"is clearly moved by none of {len(rest)} tried{known}"
    said = []
    for verb, sign in (("falls", -1.0), ("rises", 1.0)):
        group = [row for row in clear if sign * row["difference"] > 0.0]
        if group:
            group.sort(key=lambda row: -abs(row["difference"]))
            ranked = words.ranks(group, lambda one, two: not evidence.apart(one, two), _ranked)
            said.append(f"{verb} with {ranked}")
    if rest:
        said.append(f"does not clearly change with {words.some([words.item(row) for row in rest])}")
    return ". It ".join(said)


def _width(row: Row) -> float:
    width = row["high"] - row["low"]
    return float(width) if np.isfinite(width) else -1.0


def same_way(one: Row, two: Row) -> tuple[Row, Row]:
    """Two rows as sizes, whatever their signs."""
    flip = [np.sign(row["difference"]) * row["pairs"] for row in (one, two)]
    return {**one, "pairs": flip[0]}, {**two, "pairs": flip[1]}


def _ranked(row: Row) -> str:
    return f"{words.item(row)} by {words.size_of(row)}"


def say_order(ask: Ask, rows: Sequence[Row], evidence: Evidence) -> str:
    """Outcomes by their levels, the highest first."""
    there = [row for row in rows if row["n"]]
    if not there:
        return "none of them has a value in these runs"
    ordered = sorted(there, key=lambda row: -row["difference"])
    return words.ranks(
        ordered,
        lambda one, two: not evidence.apart(one, two),
        lambda row: f"{quoted(row['name'])} with {words.level(row)}",
    )


def say_surface(ask: Ask, rows: Sequence[Row], evidence: Evidence) -> str:
    """At how many points of the grid something is higher, lower or unclear, and the extremes."""
    parts = []
    for outcome in ask.outcomes:
        mine = [row for row in rows if row["outcome"] == outcome and row["n"]]
        if not mine:
            parts.append(f"{quoted(evidence.name(outcome))} has no value in these runs")
            continue
        sides = [side(row) for row in mine]
        counts = [f"{said} at {sides.count(said)}" for said in dict.fromkeys(sorted(sides))]
        many = counted(len(mine), "combination", "combinations")
        verb = "," if "sides" in mine[0] else " it is"
        tested = f"of {many}{verb} {listed(counts)}; "
        least, most = (pick(mine, key=lambda row: row["difference"]) for pick in (min, max))
        ends = " and ".join(
            f"{_value(row)} where {point_words(row, ask, evidence)}" for row in (least, most)
        )
        plain = mine[0]["what"] == LEVEL
        head = quoted(evidence.name(outcome))
        parts.append(f"{head}: {'' if plain else tested}between {ends}")
    return ". ".join(parts)


def _value(row: Row) -> str:
    if row["what"] == LEVEL:
        return words.level(row)
    scale = scale_of(row["unit"])
    return f"{words.digits(scale * row['difference'])} ({words.interval_of(row)})"


def point_words(row: Row, ask: Ask, evidence: Evidence) -> str:
    """Where on the grid a row stands."""
    return " and ".join(
        f"{evidence.factor_name(factor)} is {number(row['at'][factor])}" for factor in ask.over
    )


def say_frontier(ask: Ask, rows: Sequence[Row], evidence: Evidence) -> str:
    """Policies by what they clearly do to both outcomes."""
    across, up = ask.outcomes
    said: dict[str, list[str]] = {}
    for policy in policies_of(ask, evidence):
        pair = [next(r for r in rows if (r["policy"], r["outcome"]) == (policy, outcome))
                for outcome in (across, up)]  # fmt: skip
        kind = " and ".join(f"{quoted(row['name'])} is {side(row)}" for row in pair)
        said.setdefault(kind, []).append(evidence.titles[policy])
    each = [f"with {words.some(names)}, {kind}" for kind, names in said.items()]
    return ". ".join(each)


SAY: Mapping[str, Say] = MappingProxyType(
    {
        "changes": say_changes,
        "level": say_level,
        "sizes": say_sizes,
        "steps": say_steps,
        "along": say_along,
        "rank": say_rank,
        "factors": say_rank,
        "order": say_order,
        "points": say_rank,
        "surface": say_surface,
        "frontier": say_frontier,
    }
)
