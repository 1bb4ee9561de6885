"""The command `alliance-abm controls`: list the null models, or run a config beside each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from alliance_abm.cli_folders import result_folder
from alliance_abm.console import SOME_FAILED, print_json, print_table, progress, say

if TYPE_CHECKING:
    from alliance_abm.scenario import Scenario

COMMAND = "controls"


def list_controls(as_json: bool) -> None:
    """Print every control with its text and settings."""
    from alliance_abm.controls import CONTROLS
    from alliance_abm.listings import control_rows

    if as_json:
        print_json(COMMAND, None, control_rows())
        return
    lines = [(one.id, one.name, one.words, one.text) for one in CONTROLS.values()]
    title = f"{len(lines)} controls; a config names them as controls: [{lines[0][0]}]"
    print_table(title, ("id", "name", "settings", "text"), lines)


def compare_controls(
    scenario: Scenario,
    jobs: int | None,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run the scenario and each control on the same seeds, print the rows, perhaps write them.

    Raises ConfigError before anything is run when `out` may not be written, or when a control
    contradicts one that the scenario has.
    """
    from experiments.controls import run_controls
    from experiments.controls_text import print_controls

    def fill(path: Path, command: list[str]) -> None:
        from experiments.controls_files import write_controls
        from viz.figures import draw_controls

        write_controls(found, path, command, draw_controls)

    with result_folder(out, overwrite) as folder:
        with progress(f"{scenario.name} and its controls", quiet) as report:
            found = run_controls(scenario, jobs=jobs, progress=report)
        folder.write(fill)
    if as_json:
        print_json(COMMAND, scenario.config_hash, found.rows)
    else:
        print_controls(found)
    folder.announce(quiet)
    for policy, one in found.failures:
        say(f"failed: {policy}, replication {one.replication} (seed {one.seed}): {one.error}")
    if found.failures:
        raise typer.Exit(SOME_FAILED)
