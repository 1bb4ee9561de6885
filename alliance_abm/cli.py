"""The front door: the command `alliance-abm`. Everything heavy is imported when it is needed."""

from __future__ import annotations

import io
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from alliance_abm import (
    __version__,
    cli_analysis,
    cli_app,
    cli_batch,
    cli_brief,
    cli_catalogue,
    cli_check,
    cli_paper,
    cli_questions,
    cli_search,
    cli_studies,
)
from alliance_abm.cli_compare import register
from alliance_abm.cli_figures import DrawFigures, Drawn
from alliance_abm.cli_folders import result_folder
from alliance_abm.cli_options import (
    Config,
    Figures,
    Jobs,
    Json,
    NewFolder,
    Out,
    Overwrite,
    Quiet,
    Replications,
    Seed,
    Set,
    folder_name,
    scenario_of,
)
from alliance_abm.cli_resilience import resilience
from alliance_abm.console import (
    SOME_FAILED,
    guarded,
    print_json,
    print_table,
    progress,
    say,
)

if TYPE_CHECKING:
    from experiments.runner import RunResults

app = typer.Typer(
    name="alliance-abm",
    help="How allied nations choose arms suppliers: runs, policies, hindcast, listings.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> NoReturn:
    """Run the command line; a request to end counts as an interruption."""
    signal.signal(signal.SIGTERM, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()
    sys.exit(0)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _version(wanted: bool) -> None:
    if wanted:
        print(f"alliance-abm {__version__}")
        raise typer.Exit()


@app.callback()
def front(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """How allied nations choose arms suppliers: runs, policies, hindcast, listings."""


@app.command()
@guarded
def run(
    config: Config = "baseline",
    seed: Seed = None,
    replications: Replications = None,
    jobs: Jobs = None,
    settings: Set = None,
    out: Out = None,
    overwrite: Overwrite = False,
    figures: Figures = True,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a config and write its results to a folder."""
    scenario = scenario_of(config, seed, replications, settings)

    from experiments.results import write_results
    from experiments.runner import run_replications

    with result_folder(out or Path("results") / scenario.name, overwrite) as folder:
        with progress(f"running {scenario.name}", quiet) as report:
            results = run_replications(scenario, jobs=jobs, progress=report)
        drawn = Drawn(figures, _run_figures)
        folder.write(lambda path, command: write_results(results, path, command, drawn))
    _print_run(results, as_json)
    folder.announce(quiet)
    for failure in results.failures.itertuples():
        say(f"failed: replication {failure.replication} (seed {failure.seed}): {failure.error}")
    drawn.end(results.failures)


def _run_figures() -> DrawFigures:
    from viz.figures import draw_run

    return draw_run


def _print_run(results: RunResults, as_json: bool) -> None:
    from alliance_abm.outcomes import OUTCOMES
    from experiments.summaries import between, summary_rows, two_digits

    scenario = results.scenario
    rows = summary_rows(results.outcomes)
    if as_json:
        print_json("run", scenario.config_hash, rows)
        return
    lines = []
    for row in rows:
        known = OUTCOMES.get(row["outcome"])
        name, unit = (known.name, known.unit) if known else (row["outcome"], "")
        figures = (two_digits(row["median"]), between(row["low"], row["high"]))
        lines.append((name, *figures, row["n"], unit))
    title = f"{scenario.name}: {len(results.seeds)} runs, seed {scenario.seed}"
    columns = ("outcome", "median", "90 % interval", "n", "unit")
    print_table(title, columns, lines, right=("median", "90 % interval", "n"))


register(app)
cli_brief.register(app)


@app.command()
@guarded
def hindcast(
    config: Config = "baseline",
    seed: Seed = None,
    replications: Annotated[
        int, typer.Option("--replications", min=1, help="Number of runs.")
    ] = 100,
    jobs: Jobs = None,
    settings: Set = None,
    out: NewFolder = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare the model's past with what happened: targets, and each nation's suppliers."""
    scenario = scenario_of(config, seed, replications, settings)

    from experiments.hindcast import hindcast_runs
    from experiments.hindcast_text import print_hindcast

    def fill(path: Path, command: list[str]) -> None:
        from experiments.hindcast_files import write_hindcast
        from viz.figures import draw_hindcast

        write_hindcast(rows, scenario, replications, path, command, draw_hindcast)

    with result_folder(out, overwrite) as folder:
        with progress(f"hindcast of {scenario.name}", quiet) as report:
            rows, failures = hindcast_runs(scenario, replications, jobs, report)
        folder.write(fill)
    if as_json:
        print_json("hindcast", scenario.config_hash, rows)
    else:
        print_hindcast(rows, scenario, replications)
    folder.announce(quiet)
    for failure in failures:
        say(f"failed: replication {failure.replication} (seed {failure.seed}): {failure.error}")
    if failures:
        raise typer.Exit(SOME_FAILED)


@app.command()
@guarded
def controls(
    config: Config = "baseline",
    listing: Annotated[
        bool, typer.Option("--list", help="List the controls, run nothing.")
    ] = False,
    seed: Seed = None,
    replications: Annotated[
        int, typer.Option("--replications", min=1, help="Number of runs of each.")
    ] = 20,
    jobs: Jobs = None,
    settings: Set = None,
    out: NewFolder = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare a config with each control: one mechanism switched off, on the same seeds."""
    from alliance_abm.cli_controls import compare_controls, list_controls

    if listing:
        list_controls(as_json)
    else:
        scenario = scenario_of(config, seed, replications, settings)
        compare_controls(scenario, jobs, out, overwrite, as_json, quiet)


app.command()(resilience)


@app.command()
@guarded
def explain(
    nation: Annotated[str, typer.Argument(metavar="NATION", help="The buyer's code, as in POL.")],
    quarter: Annotated[str, typer.Argument(metavar="QUARTER", help="Such as 2022Q3.")],
    config: Config = "baseline",
    domain: Annotated[
        str | None, typer.Option("--domain", help="This one alone.", show_default="all decided on")
    ] = None,
    order: Annotated[
        int | None,
        typer.Option("--order", help="A row of the run's ledger.", show_default="all decided on"),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, help="Seed of the run.", show_default="the config's, 1"),
    ] = None,
    settings: Set = None,
    every: Annotated[bool, typer.Option("--all", help="Show every offer.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Also draw one search: .svg or .png.", parser=folder_name
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace that file.")] = False,
    as_json: Json = False,
) -> None:
    """Why a nation chose as it did: the offers, their terms, the screens, what lost the sale."""
    scenario = scenario_of(config, seed, settings=settings)

    from alliance_abm.explain_command import answer, explanations, figure_file, nothing_decided

    found = explanations(scenario, nation, quarter, domain, order)
    if out is not None:
        from viz.figures import draw_explanation

        target = figure_file(out, found, overwrite)
        draw_explanation(found[0], target)
    if as_json:
        print_json("explain", scenario.config_hash, [row for one in found for row in one.rows()])
    elif found:
        print(answer(found, every))
    if not found:
        text = nothing_decided(scenario, nation, quarter, domain)
        say(text) if as_json else print(text)


@app.command()
@guarded
def nations(config: Config = "baseline", settings: Set = None, as_json: Json = False) -> None:
    """List the nations of a config with tier and strategy weights at the start."""
    scenario = scenario_of(config, settings=settings)

    from alliance_abm.listings import nation_rows

    rows = nation_rows(scenario)
    if as_json:
        print_json("nations", scenario.config_hash, rows)
        return
    right = ("tier", "sovereignty", "core", "diversification")
    columns = ("iso3", "name", "region", *right, "core_domains")
    title = f"{len(rows)} nations of {scenario.name}; tier and strategy as of 2014"
    print_table(title, columns, [[row[column] for column in columns] for row in rows], right)


@app.command()
@guarded
def parameters(
    text: Annotated[
        str,
        typer.Argument(metavar="[TEXT]", help="Only paths that contain this.", show_default=False),
    ] = "",
    config: Annotated[
        str, typer.Option("--config", metavar="CONFIG", help="Values of this config.")
    ] = "baseline",
    settings: Set = None,
    as_json: Json = False,
) -> None:
    """List every number of the model with unit, range, grade and source."""
    scenario = scenario_of(config, settings=settings)

    from alliance_abm.listings import grade_line, parameter_rows

    rows = parameter_rows(scenario, text)
    if as_json:
        print_json("parameters", scenario.config_hash, rows)
        return
    columns = ("path", "value", "low", "high", "unit", "grade", "source", "leverable")
    lines = [[_cell(row[column]) for column in columns] for row in rows]
    print_table(grade_line(), columns, lines, right=("value", "low", "high"))


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:g}" if isinstance(value, float) else str(value)


@app.command()
@guarded
def outcomes(as_json: Json = False) -> None:
    """List what is measured: unit, definition and clock."""
    from alliance_abm.listings import outcome_rows

    rows = outcome_rows()
    if as_json:
        print_json("outcomes", None, rows)
        return
    columns = ("id", "name", "unit", "clock", "definition")
    lines = [[row[column] for column in columns] for row in rows]
    print_table(f"{len(rows)} outcomes", columns, lines)


cli_paper.register(app)
cli_catalogue.register(app)
cli_app.register(app)
cli_studies.register(app)
cli_batch.register(app)
cli_check.register(app)
cli_search.register(app)
cli_analysis.register(app)
cli_questions.register(app)
