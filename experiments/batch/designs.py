"""From factors and a method to the points of a design.

A point gives every factor a value.  `list` takes the points as written, `grid` crosses all values,
`one_at_a_time` moves one factor through its values with the others as shipped, and
`fractional_factorial` has every factor at its ends so that no pair of effects is mixed with
another (`experiments.factorial`).  `latin_hypercube` and `sobol` fill the ranges evenly
(scipy.stats.qmc); `morris` and `saltelli` make the samples that SALib's indices need.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_abm.datafiles import DOMAINS
from alliance_abm.levers import LEVERS
from alliance_abm.parameters import CATALOGUE, is_parameter
from alliance_abm.problems import FieldProblems, Problem, listed, nearest_name
from alliance_abm.scenario import Scenario
from experiments import factorial
from experiments.batch.config import ASSUMED, MOST_POINTS, DesignSpec, FactorSpec
from experiments.libraries import library, quiet
from experiments.parameter_draws import drawn_paths, settled

PARAMETER, LEVER = "parameter", "lever"
QMC = {"latin_hypercube": "LatinHypercube", "sobol": "Sobol"}  # methods by their names there
SALIB = {"saltelli": "sobol", "morris": "morris"}
GRID_LEVELS, MORRIS_LEVELS = 3, 4
MOST_VALUES = 20_000_000  # points times factors, held by every process
MOST_TOLD = 10**15
STREAM = 4  # beside those of experiments.paired and parameter_draws
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Factor:
    """What a design varies: a parameter, or the size of a lever.

    `low` and `high` are the ends of the range that is varied, `central` the value of the config
    (0 for a lever: off), `values` those of a grid if they are given.
    """

    name: str
    kind: str
    low: float
    high: float
    central: float
    unit: str
    grade: str
    text: str
    whole: bool = False
    switch: bool = False
    values: tuple[float, ...] = ()


def factors_of(spec: DesignSpec, scenario: Scenario) -> tuple[Factor, ...]:
    """The factors of a design, each once.

    Raises FieldProblems for unknown names, values that are not allowed, and a range of nothing.
    """
    if spec.method == "list":
        return _listed(spec.points, scenario)
    found: dict[str, Factor] = {}
    problems: list[Problem] = []
    for place, one in enumerate(spec.factors):
        where = ("factors", place)
        try:
            for factor in _expanded(one, spec.method, scenario):
                if factor.name in found:
                    raise FieldProblems([Problem((), f"{factor.name} is named twice", "once")])
                found[factor.name] = factor
        except FieldProblems as error:
            problems += [problem.under(where) for problem in error.problems]
    problems += _unfit(spec, found.values())
    if problems:
        raise FieldProblems(problems)
    return tuple(found.values())


def _listed(points: Sequence[Mapping[str, float]], scenario: Scenario) -> tuple[Factor, ...]:
    """The factors that a list of points names, with the values that it gives them."""
    found: dict[str, list[float]] = {}
    problems: list[Problem] = []
    for place, point in enumerate(points):
        for name, value in point.items():
            try:
                _listed_factor(name, (value,), scenario)
            except FieldProblems as error:
                where, first = ("points", place, name), error.problems[0]
                problems.append(Problem(where, first.reason, first.allowed, first.nearest))
            found.setdefault(name, []).append(value)
    if problems:
        raise FieldProblems(problems)
    return tuple(
        _listed_factor(name, tuple(dict.fromkeys(values)), scenario)
        for name, values in found.items()
    )


def _listed_factor(name: str, values: tuple[float, ...], scenario: Scenario) -> Factor:
    if name in LEVERS:
        return _lever(FactorSpec(lever=name, values=values))
    return _parameter(FactorSpec(parameter=name, values=values), scenario)


def _unfit(spec: DesignSpec, factors: Any) -> list[Problem]:
    """What is wrong with the factors as a whole."""
    known = list(factors)
    problems = []
    if spec.method == "fractional_factorial" and len(known) > factorial.MOST_FACTORS:
        reason = f"{len(known)} factors"
        allowed = f"at most {factorial.MOST_FACTORS} for {spec.method}"
        problems.append(Problem(("factors",), reason, allowed))
    for factor in known:
        sampled = spec.samples is not None
        if sampled and (factor.values or factor.switch):
            what = "a list of values" if factor.values else "true or false alone"
            reason = f"{factor.name} has {what}, and {spec.method} needs a range"
            problems.append(Problem(("factors",), reason, "low and high"))
    return problems


def _expanded(spec: FactorSpec, method: str, scenario: Scenario) -> list[Factor]:
    if spec.lever is not None:
        lever = LEVERS.get(spec.lever)
        if method == "fractional_factorial" and lever is not None and spec.high is None:
            spec = spec.model_copy(update={"high": lever.default})
        return [_lever(spec)]
    name = spec.parameter or ""
    if name == ASSUMED:
        return [_parameter(FactorSpec(parameter=path), scenario) for path in drawn_paths(scenario)]
    if "*" in name:
        paths = [path for path in drawable(scenario) if fnmatchcase(path, name)]
        if not paths:
            allowed = "a pattern that fits parameters with a range"
            raise FieldProblems([Problem((PARAMETER,), f"'{name}' fits no parameter", allowed)])
        return [_parameter(spec.model_copy(update={"parameter": path}), scenario) for path in paths]
    return [_parameter(spec, scenario)]


def drawable(scenario: Scenario) -> list[str]:
    """Parameters with a range that matter in the scenario and that it does not set."""
    fixed = settled(scenario)
    return [
        path
        for path, entry in CATALOGUE.items()
        if entry.low < entry.high
        and not entry.switch
        and path not in fixed
        and (entry.domain is None or entry.domain in scenario.world.domains)
    ]


def _parameter(spec: FactorSpec, scenario: Scenario) -> Factor:
    path = spec.parameter or ""
    entry = CATALOGUE.get(path)
    if is_parameter(path) and entry is None:
        allowed = f"{path}.* for all domains, each by itself, or {path}.{DOMAINS[0]} and others"
        raise FieldProblems([Problem((PARAMETER,), f"{path} differs by domain", allowed)])
    if entry is None:
        near = nearest_name(path, CATALOGUE)
        allowed = f"a path of the {len(CATALOGUE)} parameters, or a pattern with *"
        raise FieldProblems([Problem((PARAMETER,), f"'{path}' is not a parameter", allowed, near)])
    checked = _checked_switch if entry.switch else entry.checked
    values, low, high = _ranged(spec, entry.low, entry.high, checked)
    return Factor(
        path, PARAMETER, low, high, scenario.parameters[path], entry.unit, entry.grade,
        entry.text, entry.whole, entry.switch, values,
    )  # fmt: skip


def _checked_switch(value: float) -> float:
    if value not in (0.0, 1.0):
        raise FieldProblems([Problem((), f"{value} is not true or false", "true or false")])
    return 1.0 if value else 0.0


def _lever(spec: FactorSpec) -> Factor:
    lever = LEVERS.get(spec.lever or "")
    if lever is None:
        near = nearest_name(spec.lever, LEVERS)
        reason = f"'{spec.lever}' is not a lever"
        raise FieldProblems([Problem((LEVER,), reason, listed(LEVERS), near)])

    def checked(value: float) -> float:
        if value and not lever.low <= value <= lever.high:
            raise FieldProblems([Problem((), f"{value:g} is out of range", lever.allowed)])
        return float(value)

    values, low, high = _ranged(spec, lever.low, lever.high, checked)
    return Factor(
        lever.id, LEVER, low, high, 0.0, lever.unit, lever.grade, lever.text, values=values
    )


def _ranged(
    spec: FactorSpec, low: float, high: float, checked: Callable[[float], float]
) -> tuple[tuple[float, ...], float, float]:
    """Values, low and high of a factor, checked; the given ones before the factor's own."""
    problems: list[Problem] = []

    def check(value: float, *where: str | int) -> float:
        try:
            return checked(int(value) if value.is_integer() else value)
        except FieldProblems as error:
            problems.extend(problem.under(where) for problem in error.problems)
            return value

    values = tuple(check(one, "values", at) for at, one in enumerate(spec.values or ()))
    ends = (
        check(low if spec.low is None else spec.low, "low"),
        check(high if spec.high is None else spec.high, "high"),
    )
    if values:
        ends = (min(values), max(values))
    elif ends[0] >= ends[1] and not problems:
        reason = f"the range {ends[0]:g} to {ends[1]:g} is empty"
        problems.append(Problem((), reason, "low below high"))
    if problems:
        raise FieldProblems(problems)
    return values, *ends


def points_of(spec: DesignSpec, factors: Sequence[Factor], seed: int) -> Floats:
    """The points of a design, shape (points, factors), from the seed alone.

    Raises FieldProblems when there are more than MOST_POINTS, and ConfigError when the extra
    `analysis` is missing that brings scipy and SALib.
    """
    count = _count(spec, factors)
    if count * len(factors) > MOST_VALUES and count <= MOST_POINTS:
        allowed = f"at most {MOST_VALUES:.0e} points times factors"
        reason = f"{count} points of {len(factors)} factors"
        raise FieldProblems([Problem((), reason, allowed)])
    if count > MOST_POINTS:
        allowed = f"at most {MOST_POINTS}; fewer factors, levels or samples"
        raise FieldProblems([Problem((), f"the design has {_number(count)} points", allowed)])
    if spec.method == "list":
        rows = [[point.get(one.name, one.central) for one in factors] for point in spec.points]
        return np.array(rows, float)
    if spec.method == "grid":
        return np.array(list(itertools.product(*(_values(one, spec) for one in factors))), float)
    if spec.method == "one_at_a_time":
        return _one_at_a_time(spec, factors)
    low = np.array([one.low for one in factors])
    high = np.array([one.high for one in factors])
    if spec.method == "fractional_factorial":
        low = np.array([0.0 if one.kind == LEVER else one.low for one in factors])  # off
        return np.where(factorial.design(len(factors)) > 0, high, low)
    unit = _unit_points(spec, len(factors), seed)
    return np.asarray(low + unit * (high - low), float)


def _number(count: int) -> str:
    return f"{count:.3g}" if count < MOST_TOLD else f"more than {MOST_TOLD:.0e}"


def _count(spec: DesignSpec, factors: Sequence[Factor]) -> int:
    """Number of points, told without making them."""
    samples, size = spec.samples or 0, len(factors)
    if spec.method == "grid":
        return math.prod(len(_values(one, spec)) for one in factors)
    if spec.method == "one_at_a_time":
        return sum(len(_moved(one, spec)) for one in factors)
    if spec.method == "list":
        return len(spec.points)
    if spec.method == "fractional_factorial":
        return len(factorial.design(size))
    return samples * {"morris": size + 1, "saltelli": size + 2}.get(spec.method, 1)


def _values(factor: Factor, spec: DesignSpec, levels: int = GRID_LEVELS) -> tuple[float, ...]:
    """Values of a factor on a grid: those given, or so many at even distances."""
    if factor.values:
        return factor.values
    if factor.switch:
        return (0.0, 1.0)
    found = np.linspace(factor.low, factor.high, spec.levels or levels)
    return tuple(dict.fromkeys(np.round(found) if factor.whole else found))


def _moved(factor: Factor, spec: DesignSpec) -> list[float]:
    return [one for one in _values(factor, spec, 2) if one != factor.central]


def _one_at_a_time(spec: DesignSpec, factors: Sequence[Factor]) -> Floats:
    centre = np.array([one.central for one in factors])
    rows = []
    for column, factor in enumerate(factors):
        for value in _moved(factor, spec):
            rows.append(centre.copy())
            rows[-1][column] = value
    return np.array(rows, float).reshape(len(rows), len(factors))


def problem_of(factors: Sequence[Factor]) -> dict[str, Any]:
    """The factors as SALib takes them."""
    return {
        "num_vars": len(factors),
        "names": [one.name for one in factors],
        "bounds": [[one.low, one.high] for one in factors],
    }


def _unit_points(spec: DesignSpec, size: int, seed: int) -> Floats:
    """Points of a sampled design in the unit cube."""
    samples = spec.samples or 1
    stream = np.random.SeedSequence([STREAM, seed])
    unit = {"num_vars": size, "names": [str(one) for one in range(size)], "bounds": [[0, 1]] * size}
    number = int(stream.generate_state(1)[0])
    with quiet():
        if spec.method in QMC:
            qmc = library("scipy.stats.qmc", f"design.method {spec.method}")
            engine = getattr(qmc, QMC[spec.method])
            return np.asarray(engine(size, rng=np.random.default_rng(stream)).random(samples))
        sampler = library(f"SALib.sample.{SALIB[spec.method]}", f"design.method {spec.method}")
        if spec.method == "saltelli":
            return np.asarray(sampler.sample(unit, samples, calc_second_order=False, seed=number))
        levels = spec.levels or MORRIS_LEVELS
        return np.asarray(sampler.sample(unit, samples, num_levels=levels, seed=number))
