"""`python -m benchmarks`: time of a run and of every verb, growth, peer, processes, memory.

--quick     small sizes, a few seconds
--json      one JSON object instead of tables
--only X    some of the sections
--profile   where a run spends its time, instead
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from alliance_abm import load_scenario
from alliance_abm.console import say
from alliance_abm.scenario import Scenario
from benchmarks import batches, growth, peer_ratio, processes, readings, removals, verbs
from benchmarks.readings import Section
from benchmarks.sizes import FULL, QUICK, Sizes
from experiments.pool import cores
from experiments.provenance import git_state, package_versions

Measure = Callable[[Scenario, Sizes], Section]
SECTIONS: dict[str, Measure] = {
    "run": lambda scenario, sizes: verbs.measure_run(until(scenario, sizes.run_end), sizes.repeats),
    "verbs": lambda scenario, sizes: verbs.measure_verbs(
        until(scenario, sizes.run_end), sizes.repeats
    ),
    "growth": growth.measure_growth,
    "verb-growth": growth.measure_verb_growth,
    "peer": lambda scenario, sizes: peer_ratio.measure_peer(
        until(scenario, sizes.peer_end), sizes.peer_repeats
    ),
    "pool": lambda scenario, sizes: processes.measure_pool(
        until(scenario, sizes.run_end), sizes.pool_runs
    ),
    "memory": lambda scenario, sizes: processes.measure_memory(until(scenario, sizes.run_end)),
    "resilience": lambda scenario, sizes: removals.measure_resilience(
        until(scenario, sizes.run_end), sizes.repeats
    ),
    "batches": lambda scenario, sizes: batches.measure_batches(sizes),
    "starts": lambda scenario, sizes: processes.measure_starts(
        sizes.start_repeats, sizes.compile_apart
    ),
}


def until(scenario: Scenario, end: str) -> Scenario:
    """The scenario up to another last quarter."""
    report = min(str(scenario.horizon.report_from), end)
    return scenario.with_set({"horizon.end": end, "horizon.report_from": report})


def machine() -> dict[str, str]:
    """What the figures were measured on, and with."""
    processor = platform.processor() or platform.machine()
    described = Path("/proc/cpuinfo")
    if described.is_file():
        lines = described.read_text(encoding="utf-8").splitlines()
        named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        processor = named[0] if named else processor
    state = git_state(Path(__file__).resolve().parent.parent)
    commit = (state["git_commit"] or "unknown")[:12] + (" (changed)" if state["git_dirty"] else "")
    packages = {name: package_versions().get(name, "?") for name in ("numpy", "numba", "mesa")}
    return {
        "processor": processor,
        "cores": str(cores()),
        "load at the start": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        **packages,
        "commit": commit,
    }


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--quick", action="store_true", help="small sizes, a few seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--profile", action="store_true", help="where a run spends its time")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    given = arguments(words)
    sizes = QUICK if given.quick else FULL
    scenario = load_scenario("baseline")
    if given.profile:
        verbs.print_profile(until(scenario, sizes.run_end), sizes.repeats)
        return
    about = machine()
    if not given.json:
        print("  ".join(f"{key}: {value}" for key, value in about.items()) + "\n", flush=True)
    sections = []
    for name in given.only:
        began = time.perf_counter()
        section = SECTIONS[name](scenario, sizes)
        sections.append(section)
        say(f"{name}: measured in {time.perf_counter() - began:.0f} s")
        if not given.json:
            readings.print_section(section)
    if given.json:
        rows, targets = readings.as_rows(sections), readings.summary(sections, not given.quick)
        answer = {"machine": about, "quick": given.quick, "rows": rows, "targets": targets}
        print(json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=1))
        return
    readings.print_summary(sections, not given.quick)
    if given.quick:
        print("Quick sizes are smaller than what the targets are stated for.")


if __name__ == "__main__":
    main()
