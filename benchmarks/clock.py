"""CPU time of cases measured in turns, of functions inside a run, and slopes of growth."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

MILLI = 1e3
MICRO = 1e6
Case = Callable[[], float]
Place = tuple[Any, str]  # a module or class, and the name of a function in it


def cpu_seconds(work: Callable[[], Any]) -> float:
    """CPU seconds that `work` takes in this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def in_turns(cases: Mapping[str, Case], repeats: int) -> dict[str, list[float]]:
    """Seconds of every case, `repeats` times each, one after the other so that drift is shared."""
    found: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(repeats):
        for name, case in cases.items():
            found[name].append(case())
    return found


def fastest(cases: Mapping[str, Case], repeats: int) -> dict[str, float]:
    """Least seconds of every case over repeats in turns: what the work itself takes."""
    return {name: min(seconds) for name, seconds in in_turns(cases, repeats).items()}


def slope(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Exponent of growth: the slope of ln seconds over ln size by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


@dataclass
class Spent:
    """Calls of one function and the CPU seconds in it, the clock's own time taken off."""

    calls: int = 0
    gross: float = 0.0

    @property
    def seconds(self) -> float:
        """CPU seconds inside the function."""
        return max(0.0, self.gross - self.calls * clock_cost())


@dataclass
class Times:
    """Time by label, of functions that are watched."""

    spent: dict[str, Spent] = field(default_factory=dict)

    def seconds(self) -> dict[str, float]:
        """CPU seconds by label."""
        return {label: one.seconds for label, one in self.spent.items()}


@contextmanager
def watched(places: Mapping[str, Place]) -> Iterator[Times]:
    """Time the functions at `places` (by label) while inside; afterwards they are as before.

    They must be looked up at each call, as a module's functions and a class's methods are;
    compiled callers are already bound and are not seen.
    """
    times = Times()
    originals = {label: getattr(owner, name) for label, (owner, name) in places.items()}
    try:
        for label, (owner, name) in places.items():
            spent = times.spent[label] = Spent()
            setattr(owner, name, _timed(originals[label], spent))
        yield times
    finally:
        for label, (owner, name) in places.items():
            setattr(owner, name, originals[label])


def _timed(function: Callable[..., Any], spent: Spent) -> Callable[..., Any]:
    now = time.process_time

    def timed(*given: Any, **named: Any) -> Any:
        began = now()
        answer = function(*given, **named)
        spent.gross += now() - began
        spent.calls += 1
        return answer

    return timed


@lru_cache(maxsize=1)
def clock_cost(calls: int = 20_000) -> float:
    """Seconds that the clock adds to what it measures of one call."""
    spent = Spent()
    timed = _timed(lambda: None, spent)
    for _ in range(calls):
        timed()
    return spent.gross / calls
