"""Write the generated parts of the documentation from the model's own registries.

A generated part stands between `<!-- generated: NAME -->` and `<!-- end of NAME -->`. Run without
options to renew all of them; with `--check`, only report those that are out of date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from alliance_abm import OUTCOMES
from alliance_abm.controls import CONTROLS
from alliance_abm.datafiles import DOMAINS, rows
from alliance_abm.parameters import CATALOGUE, Entry, counts_by_grade

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


PARTS: dict[str, Callable[[], str]] = {
    part.__name__: part
    for part in (parameters, domain_parameters, grades, outcomes, controls, routes, domains)
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
