"""Options that commands share, and the scenario that they give."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from alliance_abm.quarters import Quarter
    from alliance_abm.scenario import Scenario

Config = Annotated[
    str,
    typer.Argument(
        metavar="CONFIG",
        help="A path, or a name looked up in ./configs and then in the shipped configs.",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        "--seed", min=0, help="Seed of the replications' seeds.", show_default="the config's, 1"
    ),
]
Replications = Annotated[
    int | None,
    typer.Option("--replications", min=1, help="Number of runs.", show_default="the config's"),
]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", min=1, help="Processes.", show_default="all cores worth starting"),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Set a parameter or a field of the config; may be repeated.",
        show_default=False,
    ),
]


def folder_name(text: str) -> Path:
    """The folder or file of an option --out; an empty name is refused."""
    if not text.strip():
        raise typer.BadParameter("the name is empty; allowed: a name to write to")
    return Path(text)


def out_option(shown: str, words: str = "Folder to write.") -> Any:
    """The option --out of a command that writes to a folder `shown` if none is named."""
    return typer.Option("--out", metavar="DIR", help=words, show_default=shown, parser=folder_name)


Out = Annotated[Path | None, out_option("results/NAME")]
NewFolder = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Also write tables and figure to a new folder.",
        parser=folder_name,
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace the results that are in the folder.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and messages.")]
Figures = Annotated[bool, typer.Option("--figures/--no-figures", help="Draw the figures.")]
Lever = Annotated[
    list[str] | None,
    typer.Option(
        "--lever",
        metavar="NAME[=SIZE]",
        help="A lever as one policy, A+B=SIZE several as one; may be repeated.",
        show_default=False,
    ),
]
Preset = Annotated[
    list[str] | None,
    typer.Option(
        "--preset",
        metavar="NAME",
        help="A preset as one policy; may be repeated.",
        show_default=False,
    ),
]
World = Annotated[
    list[str] | None,
    typer.Option(
        "--world", metavar="NAME", help="Compare in this world; may be repeated.",
        show_default="baseline",
    ),
]  # fmt: skip
Draws = Annotated[
    int, typer.Option("--draws", min=0, help="Draws of all assumed (grade C) parameters.")
]
Start = Annotated[
    str | None,
    typer.Option(
        "--start", metavar="QUARTER", help="Start of all levers.", show_default="the levers' own"
    ),
]


def scenario_of(
    config: str,
    seed: int | None = None,
    replications: int | None = None,
    settings: list[str] | None = None,
) -> Scenario:
    """The scenario of a config with the options put in; raises ConfigError."""
    from alliance_abm.config_files import parse_assignments
    from alliance_abm.scenario import load_scenario

    overrides: dict[str, Any] = parse_assignments(settings or [])
    if seed is not None:
        overrides["seed"] = seed
    if replications is not None:
        overrides["replications"] = replications
    return load_scenario(config, overrides)


def quarter_of(text: str | None) -> Quarter | None:
    """The quarter of --start; raises ConfigError."""
    if text is None:
        return None
    from alliance_abm.problems import ConfigError, FieldProblems
    from alliance_abm.quarters import Quarter

    try:
        return Quarter.parse(text)
    except FieldProblems as error:
        raise ConfigError(f"--start: {error.problems[0].text()}") from None
