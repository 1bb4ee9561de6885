"""The short answer: the same asks in phrases for one sentence, with no direction of their own.

In the template `short` of a file an ask says less than in `answer`:

    changes   one outcome: `rises by … (…)`, a predicate; several: with names, clear ones first
    sizes, rank, factors, points
              with what it clearly falls and rises most, or that nothing tried clearly moves it
    along     `clearly higher at 0 to 0.25; …`, or without a policy what becomes of it to the last
    order     the highest, with those that are not told apart from it
    surface   at how many points it is clearly higher and lower, and where most
    frontier  how many policies clearly lower or raise both, trade one for the other, or move one

`level` and `steps` are as in the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from experiments.compare_words import CLEAR, FEW
from experiments.questions import words
from experiments.questions.asks import Ask
from experiments.questions.evidence import LEVEL, Evidence, Row
from experiments.questions.gather import policies_of, size_of
from experiments.questions.phrases import SAY, Say, point_words, same_way
from experiments.questions.words import number, quoted, side
from experiments.runner import POLICY
from experiments.unit_words import counted, listed

Name = Callable[[Row], str]
MOST_TIED = 3
TOGETHER = {
    words.UNCLEAR: ("does not clearly change", "do not clearly change"),
    words.NONE: ("stays exactly as it is", "stay exactly as they are"),
    FEW: ("cannot be told from so few runs", "cannot be told from so few runs"),
}
WAYS = {  # how many of two outcomes clearly fall and rise with a policy, or with several
    (2, 0): ("clearly lowers both", "clearly lower both"),
    (1, 0): ("lowers one alone", "lower one alone"),
    (1, 1): ("lowers one and raises the other", "lower one and raise the other"),
    (0, 1): ("raises one alone", "raise one alone"),
    (0, 2): ("raises both", "raise both"),
    (0, 0): ("moves neither", "move neither"),
}
WITHOUT = ("has no value in these runs", "have no value in these runs")


def brief(row: Row) -> str:
    """What became of an outcome, as a predicate; what is unclear has no interval here.

    >>> row = dict(unit="months", difference=0.1, low=-0.4, high=0.9, draws=0, verdict="unclear")
    >>> brief(row)
    'does not clearly change'
    """
    return words.change(row) if row["verdict"] == CLEAR else _quiet([row])


def _quiet(rows: Sequence[Row]) -> str:
    """The predicate that rows of one verdict share, none of them clear."""
    return TOGETHER.get(rows[0]["verdict"], WITHOUT)[len(rows) > 1]


def _changes(ask: Ask, rows: Sequence[Row], evidence: Evidence) -> str:
    if len(rows) == 1:
        return brief(rows[0])
    said = [words.told(row) for row in rows if row["verdict"] == CLEAR]
    for verdict in dict.fromkeys(row["verdict"] for row in rows if row["verdict"] != CLEAR):
        same = [row for row in rows if row["verdict"] == verdict]
        said.append(f"{listed([quoted(row['name']) for row in same])} {_quiet(same)}")
    return listed(said)


def _most(rows: Sequence[Row], evidence: Evidence, place: str, name: Name) -> str:
    """With (or at) what an outcome falls and rises most, as a predicate."""
    clear = [row for row in rows if row["verdict"] == CLEAR]
    if all(row["verdict"] == FEW for row in rows):
        return _quiet(rows)
    if not clear:
        still = all(row["verdict"] == words.NONE for row in rows)
        return f"stays exactly as it is {place} each of {len(rows)} tried" if still else (
            f"is clearly moved by none of {len(rows)} tried"
        )  # fmt: skip
    said = []
    for verb, sign in (("falls", -1.0), ("rises", 1.0)):
        group = [row for row in clear if sign * row["difference"] > 0.0]
        group.sort(key=lambda row: -abs(row["difference"]))
        if group:
            most = " most" if len(group) > 1 else ""
            first = f"{verb}{most} {place} {name(group[0])} ({words.inside(group[0])})"
            said.append(first + _tied(group, evidence, place, name))
    return " and ".join(said)


def _tied(group: Sequence[Row], evidence: Evidence, place: str, name: Name) -> str:
    """Those of one sign that are not told apart from the first."""
    tied = [row for row in group[1:] if not evidence.apart(*same_way(group[0], row))]
    if not tied:
        return ""
    return (
        f", not told apart from that {place} {words.some([name(row) for row in tied], MOST_TIED)}"
    )


def _each(
    predicate: Callable[[Sequence[Row]], str], ask: Ask, rows: Sequence[Row], evidence: Evidence
) -> str:
    """The predicate of one outcome, or of several with their names."""
    if len(ask.outcomes) == 1:
        return predicate(rows)
    said = []
    for outcome in ask.outcomes:
        mine = [row for row in rows if row["outcome"] == outcome]
        said.append(f"{quoted(evidence.name(outcome))} {predicate(mine)}")
    return "; ".join(said)


def _rank(ask: Ask, rows: Sequence[Row], evidence: Evidence) -> str:
    return _each(lambda mine: _most(mine, evidence, "with", words.item), ask, rows, evidence)


def _sizes(ask: Ask, rows: Sequence[Row], evidence: Evidence) -> str:
    def at(row: Row) -> str:
        return number(size_of(row["policy"], evidence))

    return _each(lambda mine: _most(mine, evidence, "at", at), ask, rows, evidence)


def _along(ask: Ask, rows: Sequence[Row], evidence: Evidence) -> str:
    return _each(lambda mine: _line(mine, ask.over[0]), ask, rows, evidence)


def _line(rows: Sequence[Row], factor: str) -> str:
    if rows[0]["policy"] == POLICY:
        return brief(rows[-1])
    if len({side(row) for row in rows}) == 1:
        return words.throughout(rows[0])
    return words.runs_of(rows, lambda row: number(row["at"][factor]))


def _order(ask: Ask, rows: Sequence[Row], evidence: Evidence) -> str:
    ordered = sorted((row for row in rows if row["n"]), key=lambda row: -row["difference"])
    first = [row for row in ordered if row is ordered[0] or not evidence.apart(ordered[0], row)]
    return SAY["order"](ask, first, evidence)


def _surface(ask: Ask, rows: Sequence[Row], evidence: Evidence) -> str:
    return _each(lambda mine: _counts(mine, ask, evidence), ask, rows, evidence)


def _counts(rows: Sequence[Row], ask: Ask, evidence: Evidence) -> str:
    there = [row for row in rows if row["n"]]
    if not there or there[0]["what"] == LEVEL:
        return SAY["surface"](ask, rows, evidence)
    of = f"of {counted(len(there), 'combination', 'combinations')}"
    clear = [row for row in there if row["verdict"] == CLEAR]
    if all(row["verdict"] == FEW for row in there):
        return f"not to be told from so few runs at any {of}"
    if not clear:
        return f"neither is clear at any {of}" if "sides" in there[0] else (
            f"clearly changed at none {of}"
        )  # fmt: skip
    said: list[str] = []
    for sign in (-1.0, 1.0):
        group = [row for row in clear if sign * row["difference"] > 0.0]
        if group:
            most = max(group, key=lambda row: abs(row["difference"]))
            where = point_words(most, ask, evidence)
            many = f"{len(group)} {of}" if not said else str(len(group))
            said.append(f"{side(most)} at {many}, most where {where}")
    return "; ".join(said)


def _frontier(ask: Ask, rows: Sequence[Row], evidence: Evidence) -> str:
    policies = policies_of(ask, evidence)
    ways = []
    for policy in policies:
        clear = [row for row in rows if row["policy"] == policy and row["verdict"] == CLEAR]
        falls = sum(row["difference"] < 0.0 for row in clear)
        ways.append((falls, len(clear) - falls))
    none = [] if (2, 0) in ways else ["none clearly lowers both"]
    said = [counted(ways.count(way), *what) for way, what in WAYS.items() if way in ways]
    return f"of {len(policies)} tried, {listed([*none, *said])}"


SHORT: Mapping[str, Say] = MappingProxyType(
    {
        **SAY,
        "changes": _changes,
        "sizes": _sizes,
        "along": _along,
        "rank": _rank,
        "factors": _rank,
        "points": _rank,
        "order": _order,
        "surface": _surface,
        "frontier": _frontier,
    }
)
