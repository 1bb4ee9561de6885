"""Commands that list what can be tried: levers, presets, worlds, and the coverage of the papers."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from alliance_abm.cli_options import Json
from alliance_abm.console import guarded, print_json, print_table

WIDTH = 96
Name = typer.Argument(metavar="[NAME]", help="Everything about this one.", show_default=False)


def register(app: typer.Typer) -> None:
    """Add the commands to the front door."""
    for command in (levers, presets, worlds, coverage):
        app.command()(guarded(command))


def levers(name: Annotated[str, Name] = "", as_json: Json = False) -> None:
    """List the levers, or say what one changes, at what cost and why (NAME or NAME=SIZE)."""
    from alliance_abm.listings import lever_rows
    from alliance_abm.policies import policy_of_text

    rows = lever_rows()
    if not name:
        _levers(rows, as_json)
        return
    uses = policy_of_text(name, origin=f"NAME {name}").levers
    chosen = [row for use in uses for row in rows if row["id"] == use.lever]
    if as_json:
        print_json("levers", None, chosen)
        return
    for use, row in zip(uses, chosen, strict=True):
        _lever(use, row)


def _levers(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json("levers", None, rows)
        return
    columns = ("id", "name", "default", "range", "unit", "grade", "papers")
    lines = [
        (row["id"], row["name"], f"{row['default']:g}", f"{row['low']:g} to {row['high']:g}",
         row["unit"], row["grade"], ", ".join(row["papers"]))
        for row in rows
    ]  # fmt: skip
    title = f"{len(rows)} levers; `alliance-abm levers NAME` says what one changes"
    print_table(title, columns, lines, right=("default",))


def _lever(use: Any, row: dict[str, Any]) -> None:
    """Everything about one lever."""
    from alliance_abm.coverage import coverage
    from alliance_abm.listings import lever_effects
    from alliance_abm.parameters import Parameters

    print(f"{row['name']} ({row['id']})\n")
    _say(row["text"])
    _say(f"Bill: {row['bill_text']}")
    size = f"{row['default']:g} by default, {row['low']:g} to {row['high']:g}, or 0"
    _say(f"Size: {size}; {row['unit']}.")
    _say(
        f"In force from {use.start} unless a start is given, in full after {row['ramp']} quarters."
    )
    _say(f"Grade {row['grade']}; source: {', '.join(row['sources'])}.")
    columns = ("part", "parameter", "domains", "before", "after", "unit", "when", "what it is")
    lines = [
        (one["part"], one["parameter"], ", ".join(one["domains"]), f"{one['before']:.4g}",
         f"{one['after']:.4g}", one["unit"], one["when"], one["text"])
        for one in lever_effects(use, Parameters.default())
    ]  # fmt: skip
    title = f"What it changes at size {use.amount:g}, each change by itself"
    print_table(title, columns, lines, right=("before", "after"))
    papers = [(one, coverage()[one].paper, coverage()[one].item) for one in row["papers"]]
    if papers:
        print_table("What it stands for in the papers", ("item", "paper", "text"), papers)


def presets(name: Annotated[str, Name] = "", as_json: Json = False) -> None:
    """List the presets (policies by name), or say what one holds."""
    from alliance_abm.listings import preset_rows

    rows = preset_rows([name] if name else [])
    if as_json:
        print_json("presets", None, rows)
        return
    if name:
        (row,) = rows
        print(f"{row['name']} ({row['id']})\n")
        _say(row["text"])
        _say(f"Grade {row['grade']} (the weakest of its levers).")
        _preset_levers(row["levers"])
        _say(f"Papers: {', '.join(row['papers'])}." if row["papers"] else "")
        return
    columns = ("id", "name", "levers", "papers", "grade")
    lines = [
        (row["id"], row["name"], ", ".join(row["levers"]), ", ".join(row["papers"]), row["grade"])
        for row in rows
    ]
    print_table(f"{len(rows)} presets; each is one policy of `--preset ID`", columns, lines)


def _preset_levers(words: Sequence[str]) -> None:
    from alliance_abm.levers import LEVERS

    columns = ("lever", "name", "size", "unit", "grade", "what it does")
    lines = []
    for word in words:
        name, _, size = word.partition("=")
        one = LEVERS[name]
        lines.append((name, one.name, size or f"{one.default:g}", one.unit, one.grade, one.text))
    print_table(f"{len(lines)} levers", columns, lines, right=("size",))


def worlds(name: Annotated[str, Name] = "", as_json: Json = False) -> None:
    """List the worlds (circumstances to try policies in), or say what happens in one."""
    from alliance_abm.listings import world_rows

    rows = world_rows([name] if name else [])
    if as_json:
        print_json("worlds", None, rows)
        return
    if name:
        (row,) = rows
        print(f"{row['name']} ({row['id']})\n")
        _say(row["text"])
        for line in _happenings(row):
            print(f"- {line}")
        return
    columns = ("id", "name", "what happens", "text")
    lines = [(row["id"], row["name"], "; ".join(_happenings(row)), row["text"]) for row in rows]
    print_table(f"{len(rows)} worlds; `--world ID` tries policies in one", columns, lines)


def _happenings(row: dict[str, Any]) -> list[str]:
    """What a world does to a config, one short text each."""
    lines = []
    if row["events_until"]:
        lines.append(f"the config's own events end with {row['events_until']}")
    for event in row["events"]:
        end = f" to {event['end']}" if event.get("end") else ""
        lines.append(f"{event['kind']} from {event['start']}{end}")
    return [*lines, *(f"{path} = {value:g}" for path, value in row["parameters"].items())]


def coverage(
    items: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ITEM]...", help="Such as M-31 or R-Q13.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """List what the two papers ask for, and what answers it."""
    from alliance_abm.coverage import CLASSES, counts
    from alliance_abm.listings import coverage_rows

    rows = coverage_rows(items or [])
    if as_json:
        print_json("coverage", None, rows)
        return
    columns = ("item", "text", "class", "what represents it", "answered by")
    lines = [
        (row["id"], row["item"], row["abm"], row["stands_for"] or row["why"], _answers(row))
        for row in rows
    ]
    title = "; ".join(f"{number} {name} ({CLASSES[name]})" for name, number in counts().items())
    print_table(f"{sum(counts().values())} items: {title}", columns, lines)


def _answers(row: dict[str, Any]) -> str:
    return "; ".join([*row["outcomes"], *(f"alliance-abm {line}" for line in row["commands"])])


def _say(text: str) -> None:
    if text:
        print(textwrap.fill(text, WIDTH, break_on_hyphens=False))
