"""The commands `analyse` and `report`: what a batch says, as tables, figures and one page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alliance_abm.cli_figures import DrawFigures, Drawn
from alliance_abm.cli_options import Figures, Json, Quiet, folder_name
from alliance_abm.console import (
    PROGRAM_FAILURE,
    guarded,
    print_json,
    say,
    shown_path,
)

if TYPE_CHECKING:
    from experiments.analysis.analysis import Analysis
    from experiments.batch.read import Batch

ANALYSE, REPORT = "analyse", "report"
Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="The folder of a batch, finished or not.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    app.command(ANALYSE)(analyse)
    app.command(REPORT)(report)


@guarded
def analyse(
    folder: Folder,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the analysis that is in the folder.")
    ] = False,
    figures: Figures = True,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Differences, sensitivity, discovery and robustness of a batch: tables and figures."""
    from experiments.analysis.analysis import FOLDER, check_new, write_analysis
    from experiments.analysis.analysis import analyse as run
    from experiments.analysis.text import json_rows, print_analysis
    from experiments.batch.read import read_batch

    batch = read_batch(folder)
    check_new(folder / FOLDER, overwrite)
    found = run(batch)
    drawn = Drawn(figures, lambda: _figures(batch))
    target = write_analysis(found, folder, lambda path: drawn(found, path), overwrite)
    if as_json:
        print_json(ANALYSE, batch.scenario.config_hash, json_rows(found))
    else:
        print_analysis(batch, found)
    if not quiet:
        say(f"written: {shown_path(target)}")
        for warning in found.warnings:
            say(f"note: {warning}")
    if drawn.failed:
        raise typer.Exit(PROGRAM_FAILURE)


def _figures(batch: Batch) -> DrawFigures:
    from viz.batch.draw import draw_analysis

    def draw(found: Analysis, path: Path) -> None:
        draw_analysis(batch, found, path)

    return draw


@guarded
def report(
    folder: Folder,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="FILE", help="File to write.", show_default="DIR/report.html",
            parser=folder_name,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there.")
    ] = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Write what a batch says as one HTML page that needs nothing else."""
    from experiments.batch.read import read_batch
    from experiments.folders import new_file
    from viz.batch.report import report_text

    batch = read_batch(folder)
    with new_file(out or folder / "report.html", overwrite) as file:
        file.temporary.write_text(report_text(batch), encoding="utf-8")
        file.commit()
    if not quiet:
        say(f"written: {shown_path(file.target)}")
