"""Levers, sources and assumptions as they are read: escaped HTML, without numbers of their own."""

from __future__ import annotations

from html import escape

from alliance_abm.coverage import CLASSES, PAPERS, Item, coverage
from alliance_abm.lever_data import GROUPS, LEVERS, Change, Lever
from alliance_abm.outcomes import OUTCOMES
from alliance_abm.parameters import CATALOGUE

GRADES = {"A": "published", "B": "bounded by literature", "C": "assumed, a range to explore"}


def lever_card(lever: Lever) -> str:
    """One lever: what it does, what it costs, how sure that is, and where it is from."""
    rows = [
        ("What it does", lever.text),
        ("What it costs", lever.bill_text),
        ("Size", f"{lever.default:g} {lever.unit}; allowed {lever.low:g} to {lever.high:g}"),
        ("Full effect after", f"{lever.ramp} quarters" if lever.ramp else "at once"),
        ("Papers", ", ".join(lever.papers) or "none: a control"),
        ("Grade", f"{lever.grade}: {GRADES[lever.grade]}"),
        ("Source", lever.source.replace("_", " ")),
        ("Changes", "; ".join(_change(one) for one in lever.changes) or "nothing"),
        ("Bill", "; ".join(_change(one) for one in lever.bill) or "nothing"),
    ]
    shown = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in rows)
    return f"<h2>{escape(lever.name)}</h2><dl>{shown}</dl>"


def _change(change: Change) -> str:
    what = {"set": "set to", "scale": "scaled by", "shift": "moved by"}[change.kind]
    text = CATALOGUE[change.paths[0]].text.rstrip(".")
    return f"{change.parameter} {what} {change.amount:g} for each unit of size ({text})"


def lever_list(text: str = "") -> str:
    """All levers whose name, words or papers hold a text, in their groups."""
    parts = []
    for group, title in GROUPS.items():
        found = [one for one in LEVERS.values() if one.group == group and _holds(one, text)]
        if found:
            cards = "".join(
                f"<details><summary><b>{escape(one.name)}</b> · grade {one.grade} · "
                f"{escape(', '.join(one.papers))}</summary>{lever_card(one)}</details>"
                for one in found
            )
            parts.append(f'<div class="abm-card"><h2>{escape(title)}</h2>{cards}</div>')
    return "".join(parts) or f"<p>No lever holds {escape(repr(text[:60]))}.</p>"


def _holds(lever: Lever, text: str) -> bool:
    words = (lever.id, lever.name, lever.text, lever.bill_text, *lever.papers)
    return text.strip().lower() in " ".join(words).lower()


def coverage_list(text: str = "") -> str:
    """Items of the two papers that hold a text: what stands for each, and what answers it."""
    parts = []
    for letter, paper in PAPERS.items():
        items = [one for one in coverage().values() if one.id[0] == letter and _found(one, text)]
        if items:
            lines = "".join(_item(one) for one in items)
            parts.append(f'<div class="abm-card"><h2>{escape(paper)}</h2>{lines}</div>')
    return "".join(parts)


def _item(item: Item) -> str:
    answers = [
        ("Stands for it", item.stands_for),
        ("Levers", ", ".join(LEVERS[name].name for name in item.levers)),
        ("Outcomes", ", ".join(OUTCOMES[name].name for name in item.outcomes)),
        ("Commands", ", ".join(item.commands)),
        ("Why not", item.why),
    ]
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(told)}</dd>" for name, told in answers if told
    )
    return (
        f"<details><summary><b>{escape(item.id)}</b> {escape(item.item)} · "
        f"{escape(CLASSES.get(item.abm, item.abm))}</summary><dl>{rows}</dl></details>"
    )


def _found(item: Item, text: str) -> bool:
    words = (item.id, item.item, item.stands_for, item.why, *item.levers)
    return text.strip().lower() in " ".join(words).lower()
