"""The commands `batch` and `status`: many runs from one config, and how far they are."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alliance_abm.cli_options import Jobs, Json, Overwrite, Quiet, Seed, folder_name
from alliance_abm.console import (
    INTERRUPTED,
    SOME_FAILED,
    guarded,
    print_json,
    say,
    shown_path,
)
from alliance_abm.problems import ConfigError

if TYPE_CHECKING:
    from experiments.batch.plan import Plan
    from experiments.batch.runner import Progress

EVERY = 10.0  # seconds between lines of progress that nobody watches
SHOWN_FAILURES = 10
MINUTE, HOUR = 60, 3600
Experiment = Annotated[
    str,
    typer.Argument(
        metavar="EXPERIMENT",
        help="A path, or a name in ./configs/experiments and then in the shipped ones.",
    ),
]
BatchFolder = Annotated[
    Path, typer.Argument(metavar="DIR", help="The folder of a batch.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    for command in (batch, status):
        app.command()(guarded(command))


def batch(
    experiment: Experiment,
    jobs: Jobs = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder to write.",
            show_default="results/batch-NAME",
            parser=folder_name,
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on in the folder, if it is there.")
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option("--shard", metavar="I/N", help="Do only every N-th shard, from the I-th."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="ADDRESS|local", help="Work on a Dask cluster."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say runs, time and disk; write nothing.")
    ] = False,
    seed: Seed = None,
    replications: Annotated[
        int | None,
        typer.Option(
            "--replications", min=1, help="Runs of each point.", show_default="the experiment's"
        ),
    ] = None,
    overwrite: Overwrite = False,
    force: Annotated[
        bool, typer.Option("--force", help="Resume though code or data changed.")
    ] = False,
    retry: Annotated[
        bool, typer.Option("--retry-failed", help="Resume, and do failed runs again.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run all that an experiment asks for; what is killed can be resumed."""
    part = _part(shard)
    going_on = {"--resume": resume, "--retry-failed": retry, f"--shard {shard}": shard is not None}
    for name in (name for name, given in going_on.items() if given and overwrite):
        raise ConfigError(f"{name}, --overwrite: exclude each other; allowed: one of them")

    from experiments.batch.plan import planned
    from experiments.batch.runner import run_batch

    plan = planned(experiment, seed=seed, replications=replications)
    if dry_run:
        _estimate(plan, jobs, as_json)
        return
    folder = (out or Path("results") / f"batch-{Path(experiment).stem}").absolute()
    command = ["alliance-abm", *sys.argv[1:]]
    try:
        with _shown(plan.title, quiet) as report:
            found = run_batch(
                plan,
                folder,
                jobs,
                report,
                part,
                resume or retry,
                overwrite,
                force,
                retry,
                cluster,
                command,
            )
    except KeyboardInterrupt:
        _interrupted(folder)
        raise typer.Exit(INTERRUPTED) from None
    _tell(folder, plan.title, found, as_json, quiet)
    if found.failed:
        raise typer.Exit(SOME_FAILED)


def _part(text: str | None) -> tuple[int, int]:
    """The part of --shard; raises ConfigError."""
    if text is None:
        return (1, 1)
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text.strip())
    if match and 1 <= int(match[1]) <= int(match[2]):
        return int(match[1]), int(match[2])
    raise ConfigError(f"--shard {text}: is no part; allowed: I/N such as 1/8, with I from 1 to N")


def _estimate(plan: Plan, jobs: int | None, as_json: bool) -> None:
    """Say what a plan will take; measured, not guessed."""
    from experiments.batch.estimate import estimated
    from experiments.pool import cores

    workers = min(jobs or cores(), len(plan.shards))
    found = estimated(plan)
    row = {
        "runs": plan.runs,
        "shards": len(plan.shards),
        "workers": workers,
        "seconds_a_run": found.seconds_a_run,
        "seconds": found.seconds_a_run * plan.runs / workers,
        "disk_bytes": found.disk,
        "measured_runs": found.measured,
        "measured_failed": found.failed,
    }
    if as_json:
        print_json("batch", plan.fingerprint, [row])
        return
    print(f"{plan.title}: {plan.runs} runs in {len(plan.shards)} shards")
    print(
        f"about {_time(row['seconds'])} on {workers} processes, at {1e3 * found.seconds_a_run:.2g} "
        f"ms a run (measured on {found.measured} runs); {_bytes(found.disk)} on disk"
    )
    if found.failed:
        print(f"{found.failed} of the runs measured failed")


def _time(seconds: float) -> str:
    if seconds < 2 * MINUTE:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < 2 * HOUR else f"{seconds / HOUR:.1f} h"


def _bytes(size: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"


@contextmanager
def _shown(title: str, quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """Progress with rate and time to go: a bar on a terminal, now and then a line elsewhere."""
    if quiet:
        yield lambda progress: None
    elif not sys.stderr.isatty():
        yield _Lines().tell
    else:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"))
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(title, total=None, said="loading the model")

            def tell(found: Any) -> None:
                for note in found.notes:
                    bar.console.print(note, markup=False)
                found.notes.clear()
                bar.update(task, completed=found.done, total=found.total, said=_words(found))

            yield tell


class _Lines:
    """Progress as lines that a program can read."""

    def __init__(self) -> None:
        self.last = float("-inf")

    def tell(self, found: Progress) -> None:
        """A line at the start, every EVERY seconds and at the end; notes at once."""
        for note in found.notes:
            say(f"note: {note}")
        found.notes.clear()
        now = time.monotonic()
        if now - self.last < EVERY and found.done < found.total:
            return
        self.last = now
        eta = "" if found.eta is None else f" eta_s={found.eta:.0f}"
        say(
            f"progress runs_done={found.done} runs_total={found.total} runs_failed={found.failed} "
            f"shards_done={found.shards_done} shards_total={found.shards_total} "
            f"rate={found.rate:.3g}{eta}"
        )


def _words(found: Progress) -> str:
    failed = f", {found.failed} failed" if found.failed else ""
    if found.eta is None:
        return f"{found.done} of {found.total} runs{failed}"
    pace = f"{found.rate:.3g} a second, {_time(found.eta)} to go"
    return f"{found.done} of {found.total} runs{failed}, {pace}"


def _interrupted(folder: Path) -> None:
    """Say what is stored, and how to go on."""
    from experiments.batch.store import Store, is_batch

    if not is_batch(folder):
        say("interrupted; nothing was left behind")
        return
    store = Store(folder)
    done, total = len(store.files()), store.manifest["shards"]
    say(
        f"interrupted; {done} of {total} shards are stored in {shown_path(folder)}: the same "
        "command with --resume goes on"
    )


def _tell(folder: Path, title: str, found: Progress, as_json: bool, quiet: bool) -> None:
    from experiments.batch.store import Store
    from experiments.batch.summary import status_row

    store = Store(folder)
    if as_json:
        row = status_row(store)
        print_json("batch", store.manifest["fingerprint"], [row])
    else:
        print(f"{title}: {found.done} of {found.total} runs done, {found.failed} failed")
    if not quiet:
        say(f"written: {shown_path(folder)}")
    if found.failed:
        _failures(store)


def _failures(store: Any) -> None:
    rows = store.failures()
    for _, row in rows.head(SHOWN_FAILURES).iterrows():
        where = f"{row['policy']} in {row['world']}, draw {row['draw']}"
        run = f"replication {row['replication']} (seed {row['seed']})"
        say(f"failed: {where}, {run}: {row['error']}")
    if len(rows) > SHOWN_FAILURES:
        say(f"… and {len(rows) - SHOWN_FAILURES} more in failures.parquet")


def status(folder: BatchFolder, as_json: Json = False) -> None:
    """Say how far a batch is."""
    from experiments.batch.store import Store
    from experiments.batch.summary import status_row

    store = Store(folder)
    row = status_row(store)
    if as_json:
        print_json("status", store.manifest["fingerprint"], [row])
        return
    state = "running" if row["running"] else "not running"
    if row["runs_done"] == row["runs_total"]:
        state = "finished"
    print(f"{row['title']}: {state}")
    print(
        f"{row['runs_done']} of {row['runs_total']} runs done, {row['runs_failed']} failed; "
        f"{row['shards_done']} of {row['shards_total']} shards stored"
    )
    if row["shards_damaged"]:
        print(f"{row['shards_damaged']} shards are damaged; --resume does them again")
    if row["eta_s"]:
        print(f"about {_time(row['eta_s'])} to go")
    if state == "not running":
        print("go on with: the same command and --resume")
