"""What a command says: tables and JSON on standard output, everything else on standard error."""

from __future__ import annotations

import functools
import io
import json
import math
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec

import typer

from alliance_abm import __version__

if TYPE_CHECKING:
    from rich.table import Table

Given = ParamSpec("Given")
USER_MISTAKE, PROGRAM_FAILURE, SOME_FAILED, INTERRUPTED = 2, 1, 3, 130
_WIDE = 160  # columns of a table that is not shown on a terminal


def guarded(command: Callable[Given, None]) -> Callable[Given, None]:
    """A command with the exit codes of the documentation, and no traceback for the user."""

    @functools.wraps(command)
    def run(*args: Given.args, **options: Given.kwargs) -> None:
        try:
            command(*args, **options)
            sys.stdout.flush()
        except typer.Exit:
            raise
        except KeyboardInterrupt:
            say("interrupted; nothing was left behind")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except Exception as error:
            raise typer.Exit(_explain(error)) from None

    return run


def _explain(error: Exception) -> int:
    from alliance_abm.problems import ConfigError

    if isinstance(error, ConfigError):
        say(str(error))
        return USER_MISTAKE
    details = getattr(error, "details", "")
    say(f"failed: {type(error).__name__}: {error}\nlog: {write_log(details)}")
    return PROGRAM_FAILURE


def write_log(details: str = "") -> str:
    """Put details and the traceback of the current exception into a file; returns its path."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    handle, path = tempfile.mkstemp(prefix=f"alliance-abm-{stamp}-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        words = [f"alliance-abm {__version__}", " ".join(sys.argv), details, traceback.format_exc()]
        file.write("\n\n".join(words))
    return path


def say(text: str) -> None:
    """A message to the user, on standard error."""
    print(text, file=sys.stderr, flush=True)


def print_json(command: str, config_hash: str | None, rows: Sequence[Mapping[str, Any]]) -> None:
    """The one JSON object of a command; numbers that are none become null."""
    answer = {
        "command": command,
        "version": __version__,
        "config_hash": config_hash,
        "rows": [{key: plain(value) for key, value in row.items()} for row in rows],
    }
    print(json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=1))


def plain(value: Any) -> Any:
    """A value as JSON takes it."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def print_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[str] = ()
) -> None:
    """A table on standard output, the columns in `right` aligned to the right."""
    from rich.console import Console

    table = _table(title, columns, rows, right)
    Console(width=None if sys.stdout.isatty() else _WIDE, markup=False).print(table)


def table_text(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    right: Sequence[str] = (),
    width: int = _WIDE,
) -> str:
    """A table as plain text of at most `width` columns, its lines without spaces at their ends."""
    from rich.console import Console

    page = io.StringIO()
    console = Console(file=page, width=width, markup=False, color_system=None, force_terminal=False)
    console.print(_table(None, columns, rows, right))
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())


def _table(
    title: str | None,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    right: Sequence[str],
) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, title_style="bold")
    for column in columns:
        number = column in right
        justify: Literal["left", "right"] = "right" if number else "left"
        table.add_column(column, justify=justify, no_wrap=number, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    return table


@contextmanager
def progress(title: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A function `(done, total)` that shows progress on standard error.

    A bar on a terminal, one line at the end elsewhere, nothing when `quiet`.
    """
    if quiet:
        yield lambda done, total: None
    elif not sys.stderr.isatty():
        yield lambda done, total: say(f"{title}: {total} runs done") if done == total else None
    else:
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def shown_path(path: Path) -> str:
    """A path as short as it can be said from here."""
    path = path.resolve()
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
