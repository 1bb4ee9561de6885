"""The commands `check` and `schema`: is a file valid, and what may stand in one."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from alliance_abm.cli_options import Json, Set, scenario_of
from alliance_abm.console import guarded, print_json


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    for command in (check, schema):
        app.command()(guarded(command))


def check(
    config: Annotated[
        str,
        typer.Argument(
            metavar="CONFIG",
            help="A config, or a file of another kind that `schema` knows: a path or a name.",
        ),
    ] = "baseline",
    settings: Set = None,
    as_json: Json = False,
) -> None:
    """Check a file without running it."""
    from alliance_abm.listings import check_row
    from experiments.schemas import check_file, find_file

    kind, path = find_file(config)
    mark = None
    if kind == "config":
        scenario = scenario_of(str(path), settings=settings)
        mark, row = scenario.config_hash, dict(check_row(scenario))
    else:
        row = check_file(kind, path)
    if as_json:
        print_json("check", mark, [{"kind": kind, **row}])
        return
    sizes = [f"{number} {name.replace('_', ' ')}" for name, number in row.items()]
    print(f"{path.stem} is a valid {kind}: {', '.join(sizes)}")


def schema(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND", help="config, experiment, preset, question, search, study or world."
        ),
    ] = "experiment",
) -> None:
    """Print the JSON schema of a kind of file, for editors that complete and check."""
    from experiments.schemas import schema_of

    print(json.dumps(schema_of(kind), indent=1, ensure_ascii=False))
