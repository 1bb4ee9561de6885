"""The command `alliance-abm search`: portfolios of levers for many goals."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alliance_abm.cli_figures import DrawFigures, Drawn
from alliance_abm.cli_options import Figures, Jobs, Json, Overwrite, Quiet, Seed, out_option
from alliance_abm.console import (
    INTERRUPTED,
    guarded,
    print_json,
    progress,
    say,
    shown_path,
)

if TYPE_CHECKING:
    from experiments.search.confirm import Result

COMMAND = "search"
StudyName = Annotated[
    str, typer.Argument(metavar="STUDY", help="A path, or a name in configs/searches.")
]
Budget = Annotated[
    int, typer.Option("--budget", min=1, help="Runs of the model at most, with baselines.")
]
OutFolder = Annotated[
    Path | None,
    out_option("results/search-STUDY", "Folder to write, and to resume from."),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Continue the interrupted search in the folder.")
]


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(COMMAND)(search)


@guarded
def search(
    study: StudyName = "headlines",
    budget: Budget = 2000,
    seed: Seed = None,
    jobs: Jobs = None,
    out: OutFolder = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
    figures: Figures = True,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Search for portfolios of levers: many goals, the same seeds, confirmed on fresh ones."""
    from alliance_abm.problems import ConfigError
    from experiments.search.files import EVALUATIONS, begun, manifest_of, resumed, write_found
    from experiments.search.report import print_result
    from experiments.search.run import engine_of, run_search
    from experiments.search.study import load_study, scenario_of

    if resume and overwrite:
        raise ConfigError("--resume and --overwrite: contradict each other; allowed: one of them")
    chosen = load_study(study)
    scenario = scenario_of(chosen, seed)
    target = out or Path("results") / f"search-{Path(study).stem}"
    manifest = manifest_of(chosen, scenario, budget, ["alliance-abm", *sys.argv[1:]])
    engine_of(chosen, scenario, budget)  # refuses what cannot be run before anything is written
    folder = resumed(target, manifest) if resume else begun(target, manifest, overwrite)
    drawn = Drawn(figures, _figures)
    try:
        with progress(f"searching: {chosen.title}", quiet) as report:
            engine = engine_of(chosen, scenario, budget, jobs, report, folder / EVALUATIONS)
            found: Result = run_search(engine)
            report(found.used, found.used)
        write_found(found, folder, drawn)
    except KeyboardInterrupt:
        say(f"interrupted; continue with --resume --out {shown_path(folder)}")
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        print_json(COMMAND, scenario.config_hash, found.rows())
    else:
        print_result(found)
    if not quiet:
        say(f"written: {shown_path(folder)}")
    for row in found.failures.itertuples():
        say(
            f"failed: {row.portfolio}, replication {row.replication} (seed {row.seed}): {row.error}"
        )
    drawn.end(found.failures)


def _figures() -> DrawFigures:
    from viz.search import draw_search

    draw: DrawFigures = draw_search
    return draw
