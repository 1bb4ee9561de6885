"""The command `alliance-abm resilience`: what is left when a supplier or origin is removed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alliance_abm.cli_folders import result_folder
from alliance_abm.cli_options import (
    Config,
    Jobs,
    Json,
    NewFolder,
    Overwrite,
    Quiet,
    Seed,
    Set,
    scenario_of,
)
from alliance_abm.console import SOME_FAILED, guarded, print_json, progress, say

if TYPE_CHECKING:
    from alliance_abm.scenario import Scenario
    from experiments.resilience import Removals

COMMAND = "resilience"


@guarded
def resilience(
    config: Config = "baseline",
    at: Annotated[
        str, typer.Option("--at", metavar="QUARTER", help="When the removal strikes.")
    ] = "2035Q4",
    supplier: Annotated[
        list[str] | None,
        typer.Option(
            "--supplier", metavar="NATION", help="A supplier to remove; may be repeated.",
            show_default="every nation",
        ),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            "--origin", metavar="NATION", help="An origin of parts to remove; may be repeated.",
            show_default=False,
        ),
    ] = None,
    quarters: Annotated[
        int, typer.Option("--quarters", min=4, help="How long is followed.")
    ] = 20,
    seed: Seed = None,
    replications: Annotated[
        int, typer.Option("--replications", min=1, help="Number of runs.")
    ] = 20,
    jobs: Jobs = None,
    settings: Set = None,
    out: NewFolder = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Remove suppliers, or origins of parts, one at a time: what capability is kept."""
    scenario = scenario_of(config, seed, replications, settings)

    from experiments.resilience import removals_of

    wanted = removals_of(scenario, at, supplier or (), origin or (), quarters)
    _remove(scenario, wanted, jobs, out, overwrite, as_json, quiet)


def _remove(
    scenario: Scenario,
    wanted: Removals,
    jobs: int | None,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    from experiments.resilience import run_removals
    from experiments.resilience_text import print_removals

    def fill(path: Path, command: list[str]) -> None:
        from experiments.resilience_files import write_removals
        from viz.figures import draw_resilience

        write_removals(found, path, command, draw_resilience)

    with result_folder(out, overwrite) as folder:
        with progress(f"removals in {scenario.name}", quiet) as report:
            found = run_removals(scenario, wanted, jobs, report)
        folder.write(fill)
    if as_json:
        print_json(COMMAND, scenario.config_hash, found.rows)
    else:
        print_removals(found)
    folder.announce(quiet)
    for one in found.failures:
        say(f"failed: replication {one.replication} (seed {one.seed}): {one.error}")
    if found.failures:
        raise typer.Exit(SOME_FAILED)
