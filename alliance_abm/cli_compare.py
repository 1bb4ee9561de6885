"""The command `alliance-abm compare`: policies beside the baseline, on the same seeds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alliance_abm.cli_figures import DrawFigures, Drawn
from alliance_abm.cli_folders import result_folder
from alliance_abm.cli_options import (
    Config,
    Draws,
    Figures,
    Jobs,
    Json,
    Lever,
    Overwrite,
    Preset,
    Quiet,
    Replications,
    Seed,
    Set,
    Start,
    World,
    out_option,
    quarter_of,
    scenario_of,
)
from alliance_abm.console import (
    guarded,
    print_json,
    progress,
    say,
)

if TYPE_CHECKING:
    from experiments.comparison import Comparison

COMMAND = "compare"
HalfWidth = Annotated[
    float | None,
    typer.Option(
        "--half-width",
        metavar="PERCENT",
        help="Wanted half-width of intervals, in percent of the baseline.",
        show_default="a quarter of the difference",
    ),
]
BreakEven = Annotated[
    list[str] | None,
    typer.Option(
        "--break-even",
        metavar="OUTCOME",
        help="Also find each lever's size that leaves this as it is; may be repeated.",
        show_default=False,
    ),
]
OutFolder = Annotated[
    Path | None,
    out_option("results/compare-NAME"),
]


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(COMMAND)(compare)


@guarded
def compare(
    config: Config = "baseline",
    levers: Lever = None,
    presets: Preset = None,
    worlds: World = None,
    start: Start = None,
    seed: Seed = None,
    replications: Replications = None,
    jobs: Jobs = None,
    draws: Draws = 0,
    half_width: HalfWidth = None,
    bills: Annotated[
        bool, typer.Option("--bills/--no-bills", help="Run each lever's bill alone as well.")
    ] = True,
    break_even: BreakEven = None,
    settings: Set = None,
    out: OutFolder = None,
    overwrite: Overwrite = False,
    figures: Figures = True,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare policies with the baseline on the same seeds: differences, intervals, costs."""
    width = _percent(half_width)
    when = quarter_of(start)
    scenario = scenario_of(config, seed, replications, settings)

    from alliance_abm.presets import policies_of
    from experiments.break_even import checked_outcomes, with_break_even
    from experiments.compare import compare as run
    from experiments.compare import failures_text, planned
    from experiments.compare_files import write_comparison
    from experiments.compare_text import json_rows, print_comparison

    even = checked_outcomes(break_even or ())
    policies = policies_of(levers or (), presets or (), when)
    plan = planned(scenario, policies, worlds or (), draws=draws, bills=bills)
    drawn = Drawn(figures, _figures)
    with result_folder(out or Path("results") / f"compare-{scenario.name}", overwrite) as folder:
        with progress(f"comparing in {scenario.name}", quiet) as report:
            found: Comparison = run(plan, jobs, report, width)
        if even:
            with progress("break-even sizes", quiet) as report:
                found = with_break_even(found, plan, even, jobs, report)
        folder.write(lambda path, command: write_comparison(found, path, command, drawn))
    if as_json:
        print_json(COMMAND, scenario.config_hash, json_rows(found))
    else:
        print_comparison(found)
    folder.announce(quiet)
    for text in failures_text(found.failures):
        say(f"failed: {text}")
    drawn.end(found.failures)


def _figures() -> DrawFigures:
    from viz.compare import draw_comparison

    draw: DrawFigures = draw_comparison
    return draw


def _percent(half_width: float | None) -> float | None:
    """--half-width as given; raises ConfigError unless it is a percentage above zero."""
    if half_width is None or 0.0 < half_width <= 100.0:
        return half_width
    from alliance_abm.problems import ConfigError

    raise ConfigError(
        f"--half-width: {half_width:g} is out of range; allowed: a number above 0 to 100 "
        "(percent of the baseline)"
    )
