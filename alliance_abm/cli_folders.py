"""The folder that a command may leave: there whole or not at all, and named at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alliance_abm.console import say, shown_path

if TYPE_CHECKING:
    from experiments.folders import FolderInMaking

Fill = Callable[[Path, list[str]], object]


class ResultFolder:
    """The folder of --out, or nothing where none is wanted."""

    def __init__(self, folder: FolderInMaking | None):
        self._folder = folder

    def write(self, fill: Fill) -> None:
        """Let ``fill(folder, command)`` write, and put the folder in its place."""
        if self._folder is not None:
            fill(self._folder.temporary, ["alliance-abm", *sys.argv[1:]])
            self._folder.commit()

    def announce(self, quiet: bool) -> None:
        """Say where it is."""
        if self._folder is not None and not quiet:
            say(f"written: {shown_path(self._folder.target)}")


@contextmanager
def result_folder(out: Path | None, overwrite: bool) -> Iterator[ResultFolder]:
    """The folder ``out`` to write in the end; without `write` nothing is left of it.

    Raises ConfigError, before anything is run, when it may not be written.
    """
    if out is None:
        yield ResultFolder(None)
        return
    from experiments.folders import new_folder

    with new_folder(out, overwrite) as folder:
        yield ResultFolder(folder)
