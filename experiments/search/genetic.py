"""The genetic part, by pymoo: NSGA-II up to three goals, NSGA-III above.

Every generation starts afresh from the means of all seeds run so far: no rank, ideal point or
extreme point remembers the luck of an earlier one, and a search continues from its table of runs
alone. What is handed over is divided by its range, for pymoo rounds away differences below 0.001.
"""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.search.portfolios import Sizes, Space

Floats = NDArray[np.float64]
MOST_CROWDED = 3  # goals up to which NSGA-II is used
SPREAD = {"crossover": 15.0, "mutation": 5.0}  # indices of distribution: children near, then far
ATTEMPTS = 20  # times that children are asked for when all are known
PLACE = "place"


def chosen(scores: Floats, excess: Floats, count: int, seed: int) -> list[int]:
    """Rows of the `count` points that survive: best fronts first, then spread over the goals.

    scores: (points, goals), more is better. excess: (points, limits), 0 or less keeps a limit.
    """
    problem, population = _population(np.zeros((len(scores), 1)), scores, excess)
    population.set(PLACE, np.arange(len(scores)))
    algorithm = _algorithm(scores.shape[1], count, None)
    algorithm.setup(problem, seed=seed)
    kept = algorithm.survival.do(
        problem, population, n_survive=count, algorithm=algorithm,
        random_state=np.random.default_rng(seed),
    )  # fmt: skip
    return sorted(int(place) for place in kept.get(PLACE))


def children(
    space: Space,
    parents: Sequence[Sizes],
    scores: Floats,
    excess: Floats,
    count: int,
    known: Container[Sizes],
    seed: int,
) -> list[Sizes]:
    """At most `count` new portfolios from the parents; fewer when the space is nearly used up."""
    numbers = np.array([space.encoded(one) for one in parents])
    problem, population = _population(numbers, scores, excess)
    algorithm = _algorithm(scores.shape[1], len(parents), population)
    algorithm.setup(problem, seed=seed)
    algorithm.tell(infills=algorithm.ask())
    found: dict[Sizes, None] = {}
    for _ in range(ATTEMPTS):
        asked = algorithm.ask()
        if asked is None or len(found) >= count:
            break
        for one in asked.get("X"):
            portfolio = space.decoded(np.asarray(one, float))
            if portfolio != space.nothing and portfolio not in known:
                found.setdefault(portfolio)
    return list(found)[:count]


def _population(numbers: Floats, scores: Floats, excess: Floats) -> tuple[Any, Any]:
    """A problem of pymoo, and the points with their values."""
    from pymoo.core.evaluator import Evaluator
    from pymoo.core.population import Population
    from pymoo.core.problem import Problem
    from pymoo.problems.static import StaticProblem

    values = {"F": -_scaled(scores)}
    if excess.shape[1]:
        values["G"] = _scaled(excess, shift=False)
    problem = Problem(
        n_var=numbers.shape[1], n_obj=scores.shape[1], n_ieq_constr=excess.shape[1],
        xl=0.0, xu=1.0,
    )  # fmt: skip
    population = Population.new(X=numbers)
    Evaluator().eval(StaticProblem(problem, **values), population)
    return problem, population


def _scaled(values: Floats, shift: bool = True) -> Floats:
    """Columns over their range; limits keep their zero."""
    width = np.ptp(values, axis=0)
    start = values.min(axis=0) if shift else 0.0
    return np.asarray((values - start) / np.where(width > 0.0, width, 1.0))


def _algorithm(goals: int, count: int, sampling: Any) -> Any:
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.algorithms.moo.nsga3 import NSGA3
    from pymoo.core.termination import NoTermination
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM
    from pymoo.util.ref_dirs import get_reference_directions

    shared: dict[str, Any] = {
        "pop_size": count,
        "crossover": SBX(eta=SPREAD["crossover"], prob=1.0),
        "mutation": PM(eta=SPREAD["mutation"]),
        "eliminate_duplicates": False,
        "termination": NoTermination(),
    }
    if sampling is not None:
        shared["sampling"] = sampling
    if goals <= MOST_CROWDED:
        return NSGA2(**shared)
    directions = get_reference_directions("das-dennis", goals, n_partitions=_parts(goals, count))
    return NSGA3(directions, **{**shared, "pop_size": max(count, len(directions))})


def _parts(goals: int, count: int) -> int:
    """Parts of each axis that give at most so many directions, at least one."""
    parts = 1
    while math.comb(goals + parts, parts + 1) <= count:
        parts += 1
    return parts
