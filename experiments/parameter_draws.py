"""Draws of the assumed parameters, for asking whether a result hangs on a guess.

Every parameter of grade C is drawn uniformly over its range, all together in a Latin hypercube;
levers act on top of what was drawn.  What the config, its controls or its world set stays as set,
and switches stay as shipped.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from alliance_abm.catalogue import GRADES
from alliance_abm.controls import settings_of
from alliance_abm.parameters import CATALOGUE
from alliance_abm.scenario import Scenario
from experiments.libraries import library

ASSUMED = GRADES[-1]
STREAM = 3  # beside those of experiments.paired


def settled(scenario: Scenario) -> set[str]:
    """Parameters that a scenario, its controls or its world set."""
    return {*scenario.parameters.overrides(), *settings_of(scenario.controls)}


def drawn_paths(scenario: Scenario) -> tuple[str, ...]:
    """Parameters that are drawn: assumed, with a range, not set by the scenario, no switch."""
    fixed = settled(scenario)
    return tuple(
        path
        for path, entry in CATALOGUE.items()
        if entry.grade == ASSUMED
        and entry.low < entry.high
        and not entry.switch
        and path not in fixed
        and (entry.domain is None or entry.domain in scenario.world.domains)
    )


def parameter_draws(scenario: Scenario, draws: int) -> list[dict[str, float]]:
    """Values by path for draws 1 to `draws`, from the scenario's seed; an empty list for none.

    Raises ConfigError when scipy, which the extra `analysis` brings, is not installed.
    """
    if draws == 0:
        return []
    paths = drawn_paths(scenario)
    rng = np.random.default_rng([STREAM, scenario.seed])
    unit = library("scipy.stats.qmc", "--draws").LatinHypercube(len(paths), rng=rng).random(draws)
    low = np.array([CATALOGUE[path].low for path in paths])
    high = np.array([CATALOGUE[path].high for path in paths])
    values = low + unit * (high - low)
    return [
        {path: _allowed(path, value) for path, value in zip(paths, row, strict=True)}
        for row in values.tolist()
    ]


def drawn(scenario: Scenario, draw: Mapping[str, float]) -> Scenario:
    """The scenario with a draw's values, but for what it sets itself; raises ConfigError."""
    fixed = settled(scenario)
    return scenario.with_set({path: value for path, value in draw.items() if path not in fixed})


def _allowed(path: str, value: float) -> float:
    """A drawn value as a scenario takes it."""
    return float(round(value)) if CATALOGUE[path].whole else value
