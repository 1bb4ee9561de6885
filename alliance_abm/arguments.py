"""What a model is made from, in the plain forms that Mesa's tools hand over."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import Any

from alliance_abm.problems import shown
from alliance_abm.scenario import LARGEST_SEED, Scenario, load_scenario

LONGEST_SEED = len(str(LARGEST_SEED))


class ScenarioOfRun(Scenario):
    """A scenario as its model holds it: equal to the one given, and false as a condition.

    Mesa 3.5 keeps `model.scenario` for scenarios of its own: when it is true there, SolaraViz
    refuses any other kind, and its reset makes a new one from defaults. Hence false.
    """

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scenario):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in Scenario.model_fields)

    __hash__ = Scenario.__hash__


def scenario_of_run(given: Scenario | str | Path | None) -> ScenarioOfRun:
    """The scenario meant by a scenario, a config's name or path, or nothing (the baseline).

    Raises ConfigError for a config that is missing or wrong, ValueError for anything else.
    """
    if given is None or isinstance(given, str | Path):
        given = load_scenario("baseline" if given is None else given)
    if not isinstance(given, Scenario):
        raise ValueError(
            f"scenario is {shown(given)}; a scenario, or the name or path of a config, is needed "
            "(batch_run takes scenarios in a list)"
        )
    return ScenarioOfRun.model_construct(given.model_fields_set, **dict(given))


def seed_of_run(rng: Any, seed: Any, default: int) -> int:
    """The seed given as `rng` or `seed`, also as the text of a field to type in, or the default.

    Raises ValueError when both are given, and for anything but a whole number in range.
    """
    if rng is not None and seed is not None:
        raise ValueError(f"rng is {shown(rng)} and seed is {shown(seed)}; only one may be given")
    name, given = ("rng", rng) if seed is None else ("seed", seed)
    if given is None:
        return default
    try:
        number = -1 if isinstance(given, bool) else operator.index(_typed(given))
    except TypeError:
        number = -1
    if not 0 <= number <= LARGEST_SEED:
        allowed = f"an integer from 0 to {LARGEST_SEED}"
        raise ValueError(f"{name} is {shown(given)}; {allowed} is needed")
    return number


def _typed(given: Any) -> Any:
    """A number typed as text as that number; anything else unchanged."""
    if isinstance(given, str) and given.isdecimal() and len(given) <= LONGEST_SEED:
        return int(given)
    return given
