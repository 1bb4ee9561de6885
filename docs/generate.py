"""Write the generated parts of the documentation from the model's own registries.

A generated part stands between `<!-- generated: NAME -->` and `<!-- end of NAME -->`. Run without
options to renew all of them; with `--check`, only report those that are out of date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from alliance_abm import OUTCOMES
from alliance_abm.controls import CONTROLS
from alliance_abm.coverage import CLASSES, counts
from alliance_abm.datafiles import DOMAINS, rows
from alliance_abm.lever_data import LEVERS, Change
from alliance_abm.listings import change_timing, coverage_rows, preset_rows, world_rows
from alliance_abm.parameters import CATALOGUE, Entry, counts_by_grade
from experiments.expectations import expectations as stated_expectations

ROOT = Path(__file__).parent.parent
PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end of \2 -->)", re.DOTALL)
GRADE = {
    "A": "estimated from data or published",
    "B": "bounded by literature",
    "C": "assumed; swept in every policy result",
}


def table(head: Sequence[str], body: Iterable[Sequence[object]]) -> str:
    """A Markdown table; cells are made text, and their bars escaped."""
    lines = [head, ["---"] * len(head), *body]
    return "".join(
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


def parameters() -> str:
    """Every number that does not differ by domain, one table a room."""
    parts = []
    for room in dict.fromkeys(entry.room for entry in CATALOGUE.values()):
        found = [e for e in CATALOGUE.values() if e.room == room and e.domain is None]
        if found:
            head = ("parameter", "value", "range", "unit", "grade", "source", "what it is")
            parts.append(f"**{room}**\n\n" + table(head, map(_row, found)))
    return "\n" + "\n".join(parts) + "\n"


def _row(entry: Entry) -> tuple[str, ...]:
    return (
        f"`{entry.name}`" + (" ◆" if entry.leverable else ""),
        _value(entry),
        "false or true" if entry.switch else f"{entry.low:g} – {entry.high:g}",
        entry.unit,
        entry.grade,
        entry.source,
        entry.text,
    )


def _value(entry: Entry) -> str:
    return str(bool(entry.value)).lower() if entry.switch else f"{entry.value:g}"


def domain_parameters() -> str:
    """Every number that differs by domain, with its range: a column each."""
    labels = {row["domain"]: row["short_label"] for row in rows("domain_names.csv")}
    names = dict.fromkeys((e.room, e.name) for e in CATALOGUE.values() if e.domain)
    body = []
    for room, name in names:
        found = [CATALOGUE[f"{room}.{name}.{domain}"] for domain in DOMAINS]
        grades = "/".join(sorted({entry.grade for entry in found}))
        sources = ", ".join(dict.fromkeys(entry.source for entry in found))
        values = [f"{_value(entry)} ({entry.low:g}–{entry.high:g})" for entry in found]
        facts = (found[0].unit, grades, sources, found[0].text)
        body.append((f"`{room}.{name}`", *values, *facts))
    labelled = [labels[domain] for domain in DOMAINS]
    head = ("parameter", *labelled, "unit", "grade", "source", "what it is")
    return "\n" + table(head, body) + "\n"


def grades() -> str:
    """How many parameters have which grade."""
    body = [(grade, GRADE[grade], count) for grade, count in counts_by_grade().items()]
    return "\n" + table(("grade", "meaning", "parameters"), body) + "\n"


def outcomes() -> str:
    """Every measure the model records, headlines in bold."""
    body = [
        (f"`{o.id}`", f"**{o.name}**" if o.headline else o.name, o.unit, o.clock, o.definition)
        for o in OUTCOMES.values()
    ]
    return "\n" + table(("outcome", "name", "unit", "clock", "definition"), body) + "\n"


def routes() -> str:
    """The ways to buy, with the four parts of control that each gives the buyer."""
    parts = ("development", "production", "sustainment", "employment")
    body = [
        (
            f"`{row['id']}`",
            row["name"],
            row["nest"].replace("_", " "),
            *(f"{row[p]} ({row[p + '_low']} – {row[p + '_high']})" for p in parts),
        )
        for row in rows("routes.csv")
    ]
    return "\n" + table(("route", "name", "nest", *parts), body) + "\n"


def domains() -> str:
    """The eight domains."""
    body = [(f"`{row['domain']}`", row["name"]) for row in rows("domain_names.csv")]
    return "\n" + table(("domain", "name"), body) + "\n"


def controls() -> str:
    """The null models with the parameters they set."""
    body = [(f"`{one.id}`", one.name, one.text, f"`{one.words}`") for one in CONTROLS.values()]
    return "\n" + table(("control", "name", "what it does", "settings"), body) + "\n"


def levers() -> str:
    """The levers: size, what each unit of it changes, and its bill."""
    body = [
        (
            f"`{one.id}`",
            f"**{one.name}.** {one.text}",
            f"{one.default:g} ({one.low:g}–{one.high:g}) {one.unit}",
            "; ".join(_change(change, one.ramp) for change in one.changes),
            "; ".join(
                [one.bill_text.rstrip("."), *(_change(change, one.ramp) for change in one.bill)]
            ),
            one.grade,
            ", ".join(one.papers),
        )
        for one in LEVERS.values()
    ]
    head = ("lever", "what it does", "size", "changes", "its bill",
            "grade", "papers")  # fmt: skip
    return "\n" + table(head, body) + "\n"


def _change(change: Change, ramp: int) -> str:
    what = {"set": "= {:g}", "scale": "× (1 {:+g} × size)", "shift": "{:+g}"}[change.kind]
    domains = f" ({', '.join(change.domains)})" if change.domains else ""
    amount = what.format(change.amount).replace("-", "−")
    return f"`{change.parameter}` {amount}{domains}, {change_timing(change, ramp)}"


def presets() -> str:
    """The presets with their levers."""
    body = [
        (f"`{row['id']}`", f"**{row['name']}.** {row['text']}",
         ", ".join(f"`{word}`" for word in row["levers"]), ", ".join(row["papers"]))
        for row in preset_rows()
    ]  # fmt: skip
    return "\n" + table(("preset", "what it stands for", "levers", "papers"), body) + "\n"


def worlds() -> str:
    """The worlds that policies are tried in."""
    body = [
        (f"`{row['id']}`", row["name"], row["text"],
         ", ".join(dict.fromkeys(f"`{event['kind']}`" for event in row["events"])))
        for row in world_rows()
    ]  # fmt: skip
    return "\n" + table(("world", "name", "what happens", "events"), body) + "\n"


def coverage() -> str:
    """Every item of the two papers, what represents it, and what answers it."""
    found = counts()
    lines = [f"- **{name}**: {CLASSES[name]}; {number} items" for name, number in found.items()]
    body = [
        (row["id"], row["item"], row["abm"], row["stands_for"], _means(row), _answer(row))
        for row in coverage_rows()
    ]
    head = ("item", "what the paper says", "class", "what represents it", "levers and rooms",
            "answered by")  # fmt: skip
    return "\n" + "\n".join(lines) + "\n\n" + table(head, body) + "\n"


def _means(row: dict[str, Any]) -> str:
    found = [*row["levers"], *row["parameters"], *row["events"]]
    rooms = f"{', '.join(row['rooms'])}" if row["rooms"] else ""
    return "; ".join(part for part in (", ".join(f"`{one}`" for one in found), rooms) if part)


def _answer(row: dict[str, Any]) -> str:
    if row["abm"].startswith("N"):
        reason = f"Not a question for a simulation: {row['why'][0].lower()}{row['why'][1:]}"
        return " ".join([reason, *(f"`alliance-abm {line}`" for line in row["commands"])])
    found = [f"`{one}`" for one in row["outcomes"]]
    return ", ".join([*found, *(f"`alliance-abm {line}`" for line in row["commands"])])


def expectations() -> str:
    """The expectations stated before any run, and how each is judged."""
    stated = stated_expectations()
    body = [
        (f"`{one.id}`", one.claim, ", ".join(f"`{words}`" for words in one.policies),
         ", ".join(one.worlds), one.judged)
        for one in stated.all.values()
    ]  # fmt: skip
    head = ("id", "claim", "policies", "worlds", "how it is judged")
    text = f"Stated on {stated.stated}; {stated.replications} seeds each.\n\n"
    return "\n" + text + table(head, body) + "\n"


PARTS: dict[str, Callable[[], str]] = {
    part.__name__: part
    for part in (
        parameters,
        domain_parameters,
        grades,
        outcomes,
        controls,
        routes,
        domains,
        levers,
        presets,
        worlds,
        coverage,
        expectations,
    )
}


def renewed(text: str) -> str:
    """`text` with its generated parts as they should be; raises KeyError for an unknown part."""
    return PART.sub(lambda match: match[1] + PARTS[match[2]]() + match[3], text)


def documents() -> list[Path]:
    """Every Markdown file of the repository's top level and of docs/."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def stale() -> dict[Path, str]:
    """Documents whose generated parts are out of date, with the text they should have."""
    found = {}
    for path in documents():
        text = path.read_text(encoding="utf-8")
        if (new := renewed(text)) != text:
            found[path] = new
    return found


def main(options: Sequence[str]) -> int:
    """Renew or check; the exit code is 1 when a check finds something out of date."""
    found = stale()
    for path, text in found.items():
        if "--check" not in options:
            path.write_text(text, encoding="utf-8")
        print(
            f"{path.relative_to(ROOT)}: " + ("out of date" if "--check" in options else "renewed")
        )
    return int("--check" in options and bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
