"""Commands that run fixed studies of the levers: expectations and interactions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alliance_abm.cli_folders import result_folder
from alliance_abm.cli_options import (
    Config,
    Figures,
    Jobs,
    Json,
    NewFolder,
    Overwrite,
    Quiet,
    Replications,
    Seed,
    Set,
    folder_name,
    scenario_of,
)
from alliance_abm.console import (
    SOME_FAILED,
    guarded,
    print_json,
    progress,
    say,
    shown_path,
)
from alliance_abm.problems import ConfigError

Page = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FILE", help="Also write a page: a new .md file.", parser=folder_name
    ),
]
StudyName = Annotated[
    str, typer.Option("--study", metavar="STUDY", help="A path, or a name in configs/studies.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    for command in (expectations, interactions):
        app.command()(guarded(command))


def expectations(
    config: Config = "baseline",
    seed: Seed = None,
    replications: Annotated[
        int | None,
        typer.Option("--replications", min=1, help="Number of seeds.", show_default="as stated"),
    ] = None,
    jobs: Jobs = None,
    settings: Set = None,
    out: Page = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace that file.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Try the expectations that were stated before any run: held, did not hold, undecided."""
    scenario = scenario_of(config, seed, settings=settings)
    if out is not None:
        _writable(out, overwrite)

    from experiments import expectations as tried
    from experiments.expectation_rules import judge_all
    from experiments.expectations_text import page, print_expectations

    stated = tried.expectations()
    with progress(f"expectations in {scenario.name}", quiet) as report:
        runs = tried.run_expectations(scenario, replications, jobs, report)
    found = judge_all(runs, stated)
    if out is not None:
        out.write_text(page(found, stated, runs, scenario), encoding="utf-8")
    if as_json:
        rows = [row for one in found for row in one.rows()]
        print_json("expectations", scenario.config_hash, rows)
    else:
        print_expectations(found, stated)
    if out is not None and not quiet:
        say(f"written: {shown_path(out)}")
    _end(runs.failures)


def interactions(
    config: Config = "baseline",
    study: StudyName = "interactions",
    seed: Seed = None,
    replications: Replications = None,
    jobs: Jobs = None,
    settings: Set = None,
    out: NewFolder = None,
    overwrite: Overwrite = False,
    figures: Figures = True,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find levers that help or hinder each other: a fractional factorial on the same seeds."""
    from experiments.interactions import load_study, run_study
    from experiments.interactions_text import print_interactions, write_interactions

    chosen = load_study(study)
    scenario = scenario_of(config, seed, settings=settings)

    def fill(path: Path, command: list[str]) -> None:
        from viz.figures import draw_interactions

        write_interactions(found, path, command, draw_interactions if figures else None)

    with result_folder(out, overwrite) as folder:
        with progress(f"{chosen.title} in {scenario.name}", quiet) as report:
            found = run_study(chosen, scenario, replications, jobs, report)
        folder.write(fill)
    if as_json:
        print_json("interactions", scenario.config_hash, found.rows())
    else:
        print_interactions(found)
    folder.announce(quiet)
    _end(found.failures)


def _writable(out: Path, overwrite: bool) -> None:
    """Refuses a page that may not be written; raises ConfigError."""
    if out.suffix != ".md":
        raise ConfigError(f"--out {out}: is no page; allowed: a file that ends in .md")
    if not out.parent.is_dir():
        raise ConfigError(f"--out {out}: there is no folder {out.parent}; allowed: an existing one")
    if out.exists() and not overwrite:
        raise ConfigError(f"--out {out}: exists; allowed: another name, or --overwrite")


def _end(failures: object) -> None:
    """Name the runs that failed, and say so with the exit code."""
    found = list(failures) if isinstance(failures, list | tuple) else []
    for one in found:
        where = f"{one.policy} in {one.which.world}, replication {one.which.replication}"
        say(f"failed: {where} (seed {one.seed}): {one.error}")
    if found:
        raise typer.Exit(SOME_FAILED)
