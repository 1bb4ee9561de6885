"""Searches of a middling world, and their explanations, made once a process for all tests."""

from __future__ import annotations

from functools import cache

import tiny_worlds

from alliance_abm.explain import explain
from alliance_abm.explanation import Explanation
from alliance_abm.quarters import Quarter
from alliance_abm.replay import Replay, Search
from alliance_abm.scenario import Scenario, load_scenario

SOME = [Quarter.parse(text) for text in ("2011Q2", "2012Q3", "2013Q1", "2014Q4", "2017Q2")]


@cache
def middling() -> Scenario:
    """A world of ten nations and three domains."""
    return load_scenario("tiny").with_set(tiny_worlds.MIDDLE)


@cache
def some_searches() -> list[Search]:
    """Every search of some quarters of the middling world."""
    found = []
    for quarter in SOME:
        run = Replay(middling(), 1, quarter)
        found += [one for row in range(len(run.world.nations)) for one in run.searches(row)]
    return found


@cache
def some_explained() -> list[Explanation]:
    """Those searches explained."""
    return [explain(search) for search in some_searches()]
