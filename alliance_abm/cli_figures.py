"""Figures at the end of a command: what goes wrong there costs no results."""

from __future__ import annotations

from collections.abc import Callable, Sized
from pathlib import Path
from typing import Any

import typer

from alliance_abm.console import PROGRAM_FAILURE, SOME_FAILED, say, write_log

DrawFigures = Callable[[Any, Path], Any]


class Drawn:
    """Draws the figures of some results; `failed` says whether that went wrong.

    `load` gives the function that draws `(results, folder)`, imported when it is needed.
    """

    def __init__(self, wanted: bool, load: Callable[[], DrawFigures]):
        self.wanted, self.load, self.failed = wanted, load, False

    def __call__(self, results: Any, folder: Path) -> None:
        """Draw into the existing `folder`, or say why it failed."""
        if not self.wanted:
            return
        try:
            self.load()(results, folder)
        except Exception as error:
            self.failed = True
            say(f"the figures failed: {type(error).__name__}: {error}\nlog: {write_log()}")

    def end(self, failures: Sized) -> None:
        """End the command with its exit code, when runs or the figures failed."""
        if len(failures):
            raise typer.Exit(SOME_FAILED)
        if self.failed:
            raise typer.Exit(PROGRAM_FAILURE)
