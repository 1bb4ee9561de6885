"""What an answer or a figure asks of an experiment: one small vocabulary for both.

In a template an ask stands in braces:

    {KIND OUTCOME … [of POLICY …] [over FACTOR …] [in WORLD …]}

    changes   what policies change of outcomes, one phrase each (several policies: one after other)
    level     what an outcome is, without or with a policy
    sizes     how a change depends on the size of a lever: policies that differ in it alone
    steps     what each further step of size adds
    along     how an outcome, or the change by a policy, depends on one factor of the design
    rank      policies in the order of what they change of an outcome, ties said as ties
    factors   factors in the order of what they move of an outcome from low to high
    order     outcomes of one unit in the order of their levels
    points    points of a list in the order of an outcome, beside the config as it is
    surface   the sign of a change over two factors
    frontier  policies that no other beats in both of two outcomes

What each says in the one sentence of a short answer: `experiments.questions.short`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from alliance_abm.problems import Problem, listed, nearest_name, shown
from experiments.runner import POLICY

MANY = 99
OF, OVER, IN = "of", "over", "in"
BRACES = re.compile(r"\{([^{}]*)\}")
Few = tuple[int, int]


@dataclass(frozen=True)
class Takes:
    """How many outcomes, policies and factors a kind takes: least and most."""

    outcomes: Few
    policies: Few = (0, 0)
    over: Few = (0, 0)


KINDS: Mapping[str, Takes] = MappingProxyType(
    {
        "changes": Takes((1, MANY), (1, MANY)),
        "level": Takes((1, 1), (0, 1)),
        "sizes": Takes((1, MANY), (2, MANY)),
        "steps": Takes((1, 1), (2, MANY)),
        "along": Takes((1, MANY), (0, 1), (1, 1)),
        "rank": Takes((1, MANY), (0, MANY)),
        "factors": Takes((1, MANY), (0, 1), (0, MANY)),
        "order": Takes((2, MANY), (0, 1)),
        "points": Takes((1, MANY), (0, 1)),
        "surface": Takes((1, MANY), (0, 1), (2, 2)),
        "frontier": Takes((2, 2), (0, MANY)),
    }
)


@dataclass(frozen=True)
class Ask:
    """One thing asked of an experiment; nothing named means all there are, or the baseline."""

    kind: str
    outcomes: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    worlds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """Names that an ask of one experiment may use."""

    outcomes: Collection[str]
    policies: Collection[str]
    factors: Collection[str]
    worlds: Collection[str]


def asks_in(template: str) -> Iterator[tuple[str, Ask]]:
    """Every ask of a template, with its text between the braces."""
    for match in BRACES.finditer(template):
        yield match[1], ask_of(match[1])


def ask_of(text: str) -> Ask:
    """The ask that a text between braces stands for; names are not looked up."""
    kind, *words = text.split() or [""]
    parts: dict[str, list[str]] = {"": [], OF: [], OVER: [], IN: []}
    place = ""
    for word in words:
        if word in (OF, OVER, IN):
            place = word
        else:
            parts[place].append(word)
    return Ask(kind, *(tuple(parts[name]) for name in ("", OF, OVER, IN)))


def problems_of(ask: Ask, known: Known) -> Iterator[Problem]:
    """What is wrong with an ask: its kind, how much it names, and names that do not exist."""
    takes = KINDS.get(ask.kind)
    if takes is None:
        reason = f"{shown(ask.kind)} is no kind of phrase" if ask.kind else "the braces are empty"
        yield Problem((), reason, listed(KINDS), nearest_name(ask.kind, KINDS))
        return
    sides: tuple[tuple[str, tuple[str, ...], Few, Collection[str]], ...] = (
        ("outcome", ask.outcomes, takes.outcomes, known.outcomes),
        ("policy", ask.policies, takes.policies, {POLICY, *known.policies}),
        ("factor", ask.over, takes.over, known.factors),
        ("world", ask.worlds, (0, MANY), known.worlds),
    )
    for what, names, (least, most), there in sides:
        if not least <= len(names) <= most:
            some = f"at least {least}" if most == MANY else f"{least} to {most}"
            some = str(least) if least == most else some
            yield Problem((), f"{ask.kind} names {len(names)} times a {what}", some)
        for name in names:
            if name not in there:
                near = nearest_name(name, there)
                reason = f"{shown(name)} is no {what} of the experiment"
                yield Problem((), reason, listed(there) or f"no {what}", near)
