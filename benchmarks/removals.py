"""Time of removing every supplier at one date, in runs, and of what a run's outcomes fork."""

from __future__ import annotations

from alliance_abm import AllianceModel
from alliance_abm.resilience import FOLLOWED, n1, n1_us, resilience_frame
from alliance_abm.scenario import Scenario
from benchmarks.clock import MILLI, cpu_seconds, fastest
from benchmarks.readings import Reading, Section
from benchmarks.verbs import SEED, timed_run

BEFORE_END = 40  # quarters between the removal and the end of the run


def measure_resilience(scenario: Scenario, repeats: int) -> Section:
    """Removals of every nation, followed 20 quarters, against a run of the whole horizon."""
    model = AllianceModel(scenario, rng=SEED)
    while model.state.quarter < max(scenario.horizon.quarters - BEFORE_END, 1):
        model.step()
    done = AllianceModel(scenario, rng=SEED).run()
    when = slice(0, done.state.quarter)
    cases = {
        "run": lambda: timed_run(scenario),
        "all": lambda: cpu_seconds(lambda: resilience_frame(model)),
        "snapshot": lambda: cpu_seconds(model.snapshot),
        "fork": lambda: cpu_seconds(model.fork),
        "outcomes": lambda: cpu_seconds(lambda: (n1(done, when), n1_us(done, when))),
    }
    for case in cases.values():
        case()  # compiles
    found = fastest(cases, repeats)
    return Section(
        "Resilience",
        f"Every nation removed in turn {BEFORE_END} quarters before the end, {FOLLOWED} quarters "
        "followed, four of them once more by seller alone; CPU time, the fastest of repeats.",
        [
            Reading("every supplier removed", found["all"] / found["run"], "runs"),
            Reading("resilience of a run", found["outcomes"] * MILLI, "ms"),
            Reading("snapshot", found["snapshot"] * MILLI, "ms"),
            Reading("fork with agents", found["fork"] * MILLI, "ms"),
        ],
    )
