"""The command `alliance-abm figures`: vector figures for papers from a stored result folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alliance_abm.cli_options import Json, Quiet, folder_name
from alliance_abm.console import guarded, print_json, say, shown_path
from alliance_abm.problems import ConfigError, listed, nearest_name, shown

if TYPE_CHECKING:
    from experiments.comparison import Comparison
    from experiments.runner import RunResults
    from viz.papers import Paper

COMMAND = "figures"
DEFAULT = "paper"
OWN = "figures_of"  # the key of a manifest that this command writes


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(COMMAND)(figures)


@guarded
def figures(
    results: Annotated[
        Path, typer.Argument(metavar="DIR", help="A result folder of run or compare.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="Folder to write.",
            show_default="DIR/paper",
            parser=folder_name,
        ),
    ] = None,
    kind: Annotated[str, typer.Option("--format", help="pdf, svg or eps.")] = "pdf",
    width: Annotated[
        str,
        typer.Option(
            "--width", metavar="WIDTH", help="single (88 mm), double (180 mm) or millimetres."
        ),
    ] = "double",
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="NAME", help="This figure alone; may be repeated.", show_default=False
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the figures that are in the folder.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Draw figures for papers from stored results: vector files, captions; nothing is run."""
    from viz.papers_page import FORMATS

    if kind not in FORMATS:
        raise ConfigError(f"--format: {_unknown(kind, FORMATS)}")
    millimetres = width_of(width)

    from experiments.folders import new_folder
    from experiments.run_read import read_manifest
    from viz.papers import draw_papers, papers_of
    from viz.papers_captions import Origin

    manifest = read_manifest(results)
    target = out or results / DEFAULT
    _check_target(target, results)
    found = read_any(results, manifest)
    origin = Origin.of(manifest, found.scenario)
    papers = chosen(papers_of(found, origin), only or (), manifest)
    with new_folder(target, overwrite) as folder:
        files = draw_papers(papers, folder.temporary, millimetres, kind)
        about = _manifest(manifest, papers, millimetres, kind)
        (folder.temporary / "manifest.json").write_text(about, encoding="utf-8")
        folder.commit()
    if as_json:
        rows = [
            {"figure": paper.figure, "file": file.name, "width_mm": millimetres,
             "caption": paper.caption}
            for paper, file in zip(papers, files, strict=False)
        ]  # fmt: skip
        print_json(COMMAND, origin.config_hash, rows)
    else:
        print("\n".join(file.name for file in files))
    if origin.changed and not quiet:
        say("the data tables have changed since these results: the record drawn is today's")
    if not quiet:
        say(f"written: {shown_path(folder.target)}")


def width_of(text: str) -> float:
    """The width in millimetres of --width; raises ConfigError."""
    from viz.papers_page import LEAST_MM, MOST_MM, WIDTHS

    if text in WIDTHS:
        return WIDTHS[text]
    try:
        millimetres = float(text)
    except ValueError:
        raise ConfigError(f"--width: {_unknown(text, (*WIDTHS, 'millimetres'))}") from None
    if not LEAST_MM <= millimetres <= MOST_MM:
        raise ConfigError(
            f"--width: {shown(text)} is out of range; allowed: {LEAST_MM:g} to {MOST_MM:g} "
            "(millimetres), single or double"
        )
    return millimetres


def _unknown(word: str, names: Sequence[str]) -> str:
    near = nearest_name(word, names)
    hint = f"; did you mean '{near}'?" if near else ""
    return f"{shown(word)} is not one of them; allowed: {listed(names)}{hint}"


def read_any(folder: Path, manifest: Mapping[str, Any]) -> RunResults | Comparison:
    """The results of a run or of a comparison; raises ConfigError for those of other commands."""
    from experiments.compare_read import read_comparison
    from experiments.run_read import COMPARE, RUN, command_of, read_run

    command = command_of(manifest)
    if command == COMPARE:
        return read_comparison(folder)
    if command == RUN:
        return read_run(folder)
    of = f"results of '{command}'" if command else "results of another command"
    raise ConfigError(f"{folder}: holds {of}; allowed: a folder that run or compare wrote")


def chosen(
    papers: Sequence[Paper], only: Sequence[str], manifest: Mapping[str, Any]
) -> list[Paper]:
    """The figures of --only, all without it; raises ConfigError for a name that is none of them."""
    from viz.papers import COMPARISON_FIGURES, RUN_FIGURES

    known = list(COMPARISON_FIGURES if "policies" in manifest else RUN_FIGURES)
    there = {paper.figure for paper in papers}
    for name in only:
        if name not in known:
            raise ConfigError(f"--only: {_unknown(name, known)}")
        if name not in there:
            raise ConfigError(
                f"--only: the results hold nothing to draw for '{name}'; allowed: {listed(there)}"
            )
    found = [paper for paper in papers if not only or paper.figure in only]
    if not found:
        raise ConfigError("the results hold nothing to draw; allowed: results with an outcome")
    return found


def _check_target(target: Path, results: Path) -> None:
    """Raise ConfigError where figures would replace results."""
    from experiments.folders import is_result_folder
    from experiments.run_read import read_manifest

    held = is_result_folder(target) and OWN not in read_manifest(target)
    if held or target.resolve() in (results.resolve(), *results.resolve().parents):
        raise ConfigError(
            f"--out {target}: holds results, which figures must not replace; allowed: a new "
            "folder, or one that figures wrote, with --overwrite"
        )


def _manifest(of: Mapping[str, Any], papers: Sequence[Paper], millimetres: float, kind: str) -> str:
    about = {
        "command": ["alliance-abm", *sys.argv[1:]],
        "config_hash": of["config_hash"],
        "seeds": of["seeds"],
        OWN: [f"{paper.name}.{kind}" for paper in papers],
        "width_mm": millimetres,
    }
    return json.dumps(about, indent=2, ensure_ascii=False) + "\n"
