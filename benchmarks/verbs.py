"""Time of a run, of every verb of its schedule, and of what the verbs call."""

from __future__ import annotations

import ast
import cProfile
import inspect
import math
import pstats
import sys
import textwrap
from collections.abc import Callable, Mapping
from statistics import median
from types import ModuleType

from alliance_abm import AllianceModel
from alliance_abm.console import print_table
from alliance_abm.scenario import Scenario
from benchmarks.clock import MICRO, MILLI, Place, Times, cpu_seconds, fastest, in_turns, watched
from benchmarks.readings import Reading, Section, shown

SEED = 1
KERNEL_VERBS = (
    "quotes.quote", "choice.choose", "queues.advance", "industry.enter_order_books",
    "industry.produce", "capacity.adapt_lines",
)  # fmt: skip


def schedule() -> dict[str, Place]:
    """The functions of rooms that `AllianceModel.step` calls, in its order, as `room.verb`."""
    step = AllianceModel.step
    tree = ast.parse(textwrap.dedent(inspect.getsource(step)))
    calls = [
        node.func
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
    ]
    found: dict[str, Place] = {}
    for call in sorted(calls, key=lambda node: node.lineno):
        name = ast.unparse(call.value)
        room = step.__globals__.get(name)
        if isinstance(room, ModuleType):
            found[f"{name}.{call.attr}"] = (room, call.attr)
    return found


def kernel_schedule() -> dict[str, Place]:
    """The verbs of offers, choice, queues and industry."""
    return {verb: place for verb, place in schedule().items() if verb in KERNEL_VERBS}


def kernels() -> dict[str, Place]:
    """Compiled functions of the loaded rooms, as `room._kernel`, where they are defined."""
    from numba.core.dispatcher import Dispatcher

    rooms = [room for name, room in sys.modules.items() if name.startswith("alliance_abm.")]
    return {
        f"{room.__name__.rpartition('.')[2]}.{name}": (room, name)
        for room in rooms
        for name, thing in vars(room).items()
        if isinstance(thing, Dispatcher) and thing.py_func.__module__ == room.__name__
    }


def timed_run(scenario: Scenario) -> float:
    """CPU seconds of one run, set-up not counted."""
    return cpu_seconds(AllianceModel(scenario, rng=SEED).run)


def watched_run(scenario: Scenario, places: Mapping[str, Place]) -> tuple[float, Times]:
    """CPU seconds of one run, and of the functions at `places` in it."""
    model = AllianceModel(scenario, rng=SEED)
    with watched(places) as times:
        seconds = cpu_seconds(model.run)
    return seconds, times


def measure_run(scenario: Scenario, repeats: int) -> Section:
    """Set-up, run and outcomes of one default run, and the step of its last quarter."""
    first = AllianceModel(scenario, rng=SEED).run()
    last = first.scenario.horizon.quarters - 1
    early = AllianceModel(scenario, rng=SEED)
    while early.state.quarter < last:
        early.step()
    before = early.snapshot()

    def last_step() -> float:
        early.restore(before)
        return cpu_seconds(early.step)

    cases = {
        "run": lambda: timed_run(scenario),
        "set-up": lambda: cpu_seconds(lambda: AllianceModel(scenario, rng=SEED)),
        "outcomes": lambda: cpu_seconds(first.outcomes),
        "series": lambda: cpu_seconds(first.series),
        "last step": last_step,
    }
    found = in_turns(cases, repeats)
    readings = [
        Reading(name, min(times) * MILLI, "ms", {"median": median(times) * MILLI})
        for name, times in found.items()
    ]
    how = (
        f"CPU time of one process, least of {repeats} repeats in turns: {scenario.name}, "
        f"{len(first.world.nations) - 1} nations and the rest of the world, "
        f"{len(first.world.domains)} domains, {last + 1} quarters. Set-up is of a world that was "
        f"prepared before."
    )
    return Section("A run", how, readings)


def measure_verbs(scenario: Scenario, repeats: int) -> Section:
    """Time of every verb of the schedule, per run, per quarter and as a share."""
    places = schedule()
    quarters = scenario.horizon.quarters
    runs: list[Times] = []

    def watched_whole() -> float:
        seconds, times = watched_run(scenario, places)
        runs.append(times)
        return seconds

    plain = fastest({"run": lambda: timed_run(scenario), "watched": watched_whole}, repeats)["run"]
    per_verb = {verb: min(times.seconds()[verb] for times in runs) for verb in places}
    whole = sum(per_verb.values())
    rows = {**per_verb, "all verbs": whole, "a run, not watched": plain}
    readings = [
        Reading(name, seconds * MILLI, "ms a run", _shares(seconds, whole, quarters))
        for name, seconds in rows.items()
    ]
    how = (
        f"Least of {repeats} runs for each verb; the clock's own time is taken off. The verbs are "
        "read from AllianceModel.step. Runs that are not watched were timed in turns with them."
    )
    return Section("Verbs of the schedule", how, readings)


def _shares(seconds: float, whole: float, quarters: int) -> dict[str, float | str]:
    return {
        "µs a quarter": round(seconds / quarters * MICRO, 1),
        "share": f"{seconds / max(whole, math.ulp(1.0)):.1%}",
    }


def print_profile(scenario: Scenario, repeats: int, shown_rows: int = 25) -> None:
    """Where a run spends its time: compiled kernels, then interpreted functions."""
    AllianceModel(scenario, rng=SEED).run()
    places = kernels()
    runs = [watched_run(scenario, places) for _ in range(repeats)]
    calls = {label: spent.calls for label, spent in runs[0][1].spent.items()}
    least = {label: min(times.seconds()[label] for _, times in runs) for label in places}
    whole = min(seconds for seconds, _ in runs)
    ranked = sorted((label for label in places if calls[label]), key=least.__getitem__)[::-1]
    rows = [
        (
            label,
            shown(least[label] * MILLI),
            calls[label],
            shown(least[label] / calls[label] * MICRO),
            f"{least[label] / whole:.1%}",
        )
        for label in ranked[:shown_rows]
    ]
    print_table(
        "Compiled kernels, as the interpreter calls them",
        ("kernel", "ms a run", "calls", "µs a call", "share of the run"),
        rows,
        ("ms a run", "calls", "µs a call", "share of the run"),
    )
    _print_interpreted(lambda: AllianceModel(scenario, rng=SEED).run(), shown_rows)


def _print_interpreted(work: Callable[[], object], rows: int) -> None:
    profile = cProfile.Profile()
    profile.runcall(work)
    print("Interpreted functions (cProfile adds its own time to each call)")
    pstats.Stats(profile).strip_dirs().sort_stats("tottime").print_stats(rows)
