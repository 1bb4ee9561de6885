"""How the time of a run grows with quarters, domains, nations and suppliers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import mean

import numpy as np

from alliance_abm import AllianceModel
from alliance_abm.datafiles import UNITED_STATES
from alliance_abm.quarters import Quarter
from alliance_abm.scenario import Scenario
from alliance_abm.world import load_world
from benchmarks.clock import MILLI, Case, cpu_seconds, fastest, slope, watched
from benchmarks.readings import Reading, Section
from benchmarks.sizes import Sizes
from benchmarks.synthetic import WideRuns
from benchmarks.verbs import SEED, schedule, timed_run


def spread_nations(count: int) -> list[tuple[str, ...]]:
    """Disjoint samples of about `count` nations that together cover the data.

    Nations by size of imports are dealt out in turn, so that each sample has large and small
    ones; the United States is in all.
    """
    world = load_world()
    imports = world.flows.sum(axis=(1, 2))[: world.row]
    ranked = [world.nations[i] for i in np.argsort(-imports, kind="stable")]
    ranked.remove(UNITED_STATES)
    hands = max(1, round(len(ranked) / (count - 1)))
    return [(UNITED_STATES, *ranked[hand::hands]) for hand in range(hands)]


def spread_domains(count: int) -> list[tuple[str, ...]]:
    """Disjoint sets of `count` domains that together cover the data."""
    domains = load_world().domains
    hands = max(1, len(domains) // count)
    return [tuple(domains[hand::hands]) for hand in range(hands)]


def _ends_after(scenario: Scenario, quarters: int) -> Scenario:
    end = str(Quarter(quarters - 1))
    report = min(str(scenario.horizon.report_from), end)
    return scenario.with_set({"horizon.end": end, "horizon.report_from": report})


def _mean_run(scenarios: Sequence[Scenario]) -> Case:
    return lambda: mean(timed_run(scenario) for scenario in scenarios)


def _wide_run(runs: WideRuns) -> Case:
    return lambda: cpu_seconds(runs.model(SEED).run)


def _exponent(
    name: str, sizes: Sequence[int], make: Callable[[int], Case], repeats: int
) -> Reading:
    """Exponent of the seconds by size, taken in turns after a run that is not counted."""
    cases = {str(size): make(size) for size in sizes}
    for case in cases.values():
        case()
    seconds = fastest(cases, repeats)
    at = ", ".join(f"{size}: {seconds[str(size)] * MILLI:.3g} ms" for size in sizes)
    exponent = slope(sizes, [seconds[str(size)] for size in sizes])
    return Reading(f"exponent: {name}", exponent, "", {"run at size": at})


def measure_growth(scenario: Scenario, sizes: Sizes) -> Section:
    """Exponents on sub-worlds of the data, and on widened worlds."""
    bare = scenario.with_set({"events": []})
    short = bare.with_set({"horizon.end": sizes.growth_end, "horizon.report_from": "2010Q1"})

    def of_domains(count: int) -> Case:
        return _mean_run(
            [short.with_set({"world.domains": list(some)}) for some in spread_domains(count)]
        )

    def of_nations(count: int) -> Case:
        return _mean_run(
            [short.with_set({"world.nations": list(some)}) for some in spread_nations(count)]
        )

    def wide(nations: int, domains: int, suppliers: int) -> Case:
        return _wide_run(WideRuns(short, nations, domains, suppliers))

    n, d, s = sizes.fixed_nations, sizes.fixed_domains, sizes.fixed_suppliers
    plans: list[tuple[str, Sequence[int], Callable[[int], Case]]] = [
        ("quarters", sizes.quarters, lambda size: _mean_run([_ends_after(scenario, size)])),
        ("domains", sizes.domain_counts, of_domains),
        ("nations", sizes.nation_counts, of_nations),
        ("nations, widened", sizes.wide_nations, lambda size: wide(size, d, s)),
        ("domains, widened", sizes.wide_domains, lambda size: wide(n, size, s)),
        ("suppliers, widened", sizes.wide_suppliers, lambda size: wide(n, d, size)),
    ]
    readings = [_exponent(name, values, make, sizes.repeats) for name, values, make in plans]
    readings.append(_largest(scenario, sizes))
    how = (
        "Slope of ln CPU time over ln size, run without set-up, least of "
        f"{sizes.repeats} repeats in turns. Domains and nations: sub-worlds of the data that "
        f"together cover it, their mean, without events, to {sizes.growth_end}; fewer nations "
        "are fewer suppliers too. Widened: copies of the data's nations and domains under new "
        f"keys, {n} nations, {d} domains and {s} suppliers where the other size varies."
    )
    return Section("Growth of a run", how, readings)


def measure_verb_growth(scenario: Scenario, sizes: Sizes) -> Section:
    """How each verb grows with the number of nations, the number of suppliers staying."""
    short = scenario.with_set(
        {"events": [], "horizon.end": sizes.growth_end, "horizon.report_from": "2010Q1"}
    )
    counts = (sizes.wide_nations[0], sizes.wide_nations[-1])
    places = schedule()
    taken: list[dict[str, float]] = []
    for nations in counts:
        runs = WideRuns(short, nations, sizes.fixed_domains, sizes.fixed_suppliers)
        found = []
        for _ in range(sizes.repeats):
            model = runs.model(SEED)
            with watched(places) as times:
                model.run()
            found.append(times.seconds())
        taken.append({verb: min(one[verb] for one in found) for verb in places})
    few, many = taken
    readings = [
        Reading(
            verb,
            slope(counts, (few[verb], many[verb])) if min(few[verb], many[verb]) > 0 else math.nan,
            "exponent",
            {f"ms at {n}": one[verb] * MILLI for n, one in zip(counts, taken, strict=True)},
        )
        for verb in places
    ]
    how = (
        f"Widened worlds of {counts[0]} and {counts[1]} nations, {sizes.fixed_suppliers} "
        f"suppliers, to {sizes.growth_end}; least of {sizes.repeats} runs for each verb."
    )
    return Section("Growth of the verbs with nations", how, readings)


def _largest(scenario: Scenario, sizes: Sizes) -> Reading:
    nations, domains, suppliers, end = sizes.largest
    until = scenario.with_set({"horizon.end": end, "horizon.report_from": "2010Q1"})
    runs = WideRuns(until, nations, domains, suppliers)
    seconds = fastest({"run": _wide_run(runs)}, min(sizes.repeats, 2))["run"]
    model: AllianceModel = runs.model(SEED)
    size = f"{nations} × {domains} × {suppliers} × {model.scenario.horizon.quarters}"
    return Reading("largest world", seconds * MILLI, "ms", {"run at size": size})
