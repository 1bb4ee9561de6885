"""From asks to rows of numbers: a function for every kind of ask."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from alliance_abm.levers import LEVERS
from experiments.batch.designs import LEVER
from experiments.questions.asks import Ask
from experiments.questions.evidence import Evidence, Row
from experiments.questions.schema import LEVERS_POLICY
from experiments.runner import POLICY


def worlds_of(ask: Ask, evidence: Evidence) -> tuple[str, ...]:
    """Worlds of an ask: those named, else the first of the experiment."""
    return ask.worlds or evidence.batch.worlds[:1]


def policies_of(ask: Ask, evidence: Evidence) -> tuple[str, ...]:
    """Policies of an ask: those named, else all."""
    return ask.policies or tuple(one.name for one in evidence.batch.policies)


def policy_of(ask: Ask, evidence: Evidence) -> str:
    """The one policy of an ask: the one named, else that of a design of levers, or none."""
    if ask.policies:
        return ask.policies[0]
    levers = any(one.kind == LEVER for one in evidence.batch.factors)
    return LEVERS_POLICY if levers else POLICY


def _each(ask: Ask, evidence: Evidence) -> Iterator[tuple[str, str]]:
    for world in worlds_of(ask, evidence):
        for outcome in ask.outcomes:
            yield world, outcome


def _changes(ask: Ask, evidence: Evidence) -> list[Row]:
    return [
        evidence.change(policy, world, outcome)
        for world, outcome in _each(ask, evidence)
        for policy in policies_of(ask, evidence)
    ]


def _level(ask: Ask, evidence: Evidence) -> list[Row]:
    policy = ask.policies[0] if ask.policies else POLICY
    return [evidence.level(policy, *pair) for pair in _each(ask, evidence)]


def _sizes(ask: Ask, evidence: Evidence) -> list[Row]:
    return sorted(_changes(ask, evidence), key=lambda row: size_of(row["policy"], evidence))


def size_of(policy: str, evidence: Evidence) -> float:
    """The size of the one lever that tells policies of a curve apart (that of its first lever)."""
    found = next(one for one in evidence.batch.policies if one.name == policy)
    return found.levers[-1].amount


def size_unit(policy: str, evidence: Evidence) -> str:
    """The unit of that size."""
    found = next(one for one in evidence.batch.policies if one.name == policy)
    return LEVERS[found.levers[-1].lever].unit


def _steps(ask: Ask, evidence: Evidence) -> list[Row]:
    rows = _sizes(ask, evidence)
    steps = [evidence.step(one, two) for one, two in itertools.pairwise(rows)]
    return [rows[0], *steps]


def _at_point(policy: str, world: str, outcome: str, draw: int, evidence: Evidence) -> Row:
    """The change by a policy at a point, or the level where there is none."""
    if policy == POLICY:
        return evidence.level(policy, world, outcome, draw)
    return evidence.change(policy, world, outcome, draw)


def _along(ask: Ask, evidence: Evidence) -> list[Row]:
    policy, line = policy_of(ask, evidence), evidence.line(ask.over[0])
    rows = []
    for world, outcome in _each(ask, evidence):
        rows += [_at_point(policy, world, outcome, draw, evidence) for draw in line]
        if policy == POLICY:
            rows.append(evidence.contrast(policy, world, outcome, (line[0], line[-1])))
    return rows


def _factors(ask: Ask, evidence: Evidence) -> list[Row]:
    policy = policy_of(ask, evidence)
    rows = []
    for world, outcome in _each(ask, evidence):
        for factor in ask.over or tuple(one.name for one in evidence.batch.factors):
            line = evidence.line(factor)
            ends, name = (line[0], line[-1]), evidence.factor_name(factor)
            rows.append(evidence.contrast(policy, world, outcome, ends, name))
    return _by_size(rows)


def _points(ask: Ask, evidence: Evidence) -> list[Row]:
    policy = policy_of(ask, evidence)
    draws = range(1, len(evidence.batch.points))
    return [
        evidence.beside_centre(policy, world, outcome, draw)
        for world, outcome in _each(ask, evidence)
        for draw in draws
    ]


def _surface(ask: Ask, evidence: Evidence) -> list[Row]:
    policy = policy_of(ask, evidence)
    draws = range(1, len(evidence.batch.points))
    return [
        _at_point(policy, world, outcome, draw, evidence)
        for world, outcome in _each(ask, evidence)
        for draw in draws
    ]


GATHER: Mapping[str, Callable[[Ask, Evidence], list[Row]]] = MappingProxyType(
    {
        "changes": _changes,
        "level": _level,
        "sizes": _sizes,
        "steps": _steps,
        "along": _along,
        "rank": lambda ask, evidence: _by_size(_changes(ask, evidence)),
        "factors": _factors,
        "order": _level,
        "points": _points,
        "surface": _surface,
        "frontier": _changes,
    }
)


def _by_size(rows: Sequence[Row]) -> list[Row]:
    """The largest difference first; outcomes stay apart, what has no value comes last."""

    def key(row: Row) -> tuple[bool, float]:
        return (not np.isfinite(row["difference"]), -abs(row["difference"]))

    outcomes = list(dict.fromkeys((row["world"], row["outcome"]) for row in rows))
    return [
        row
        for pair in outcomes
        for row in sorted((r for r in rows if (r["world"], r["outcome"]) == pair), key=key)
    ]
