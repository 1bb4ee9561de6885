"""Words and numbers of a briefing: one change as a cell, levels with their range, policies."""

from __future__ import annotations

import unicodedata
from datetime import datetime

import numpy as np

from alliance_abm.levers import LEVERS, LeverUse
from alliance_abm.problems import ConfigError
from experiments.compare_words import CLEAR, FEW, verdict
from viz.bands import bands
from viz.briefing.parts import Cell, Tone
from viz.page import NO_BREAK
from viz.policy_view import BASELINE, View
from viz.policy_words import (
    BETTER,
    PLACEBO,
    Row,
    counted,
    cut,
    is_clear,
    level_words,
    scale_of,
    signed,
    unit_words,
)

ARROWS = {1.0: "▲", -1.0: "▼", 0.0: "="}
OPEN = "◇"
SHORT = 96  # letters of a policy's title in a sentence that is read aloud
ONE_RUN = "one run, an example"
DASH = "–"
MOST_LEVERS = 4  # of a policy, named one by one
LONGEST = {"--title": 120, "--question": 200}  # letters


def plain(text: str) -> str:
    """A text in one line without control characters or broken letters."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    seen = (" " if unicodedata.category(one)[0] == "C" else one for one in whole)
    return " ".join("".join(seen).split())


def checked_text(option: str, text: str | None) -> str | None:
    """The text of --title or --question; raises ConfigError when it is empty or too long."""
    if text is None:
        return None
    found, most = plain(text), LONGEST[option]
    if not found:
        raise ConfigError(f"{option}: the text is empty; allowed: 1 to {most} characters")
    if len(found) > most:
        raise ConfigError(
            f"{option}: the text has {len(found)} characters; allowed: 1 to {most} characters"
        )
    return found


def short(view: View, policy: str) -> str:
    """The title of a policy in a sentence."""
    return cut(plain(view.titles[policy]), SHORT)


def verdict_words(row: Row) -> str:
    """The verdict as it is printed.

    >>> verdict_words({"n": 1, "outcome": "gap_years", "difference": 1.0})
    'one run, an example'
    """
    word = verdict(row)
    if word == FEW:
        return ONE_RUN if row["n"] == 1 else "too few pairs to tell"
    if word == "none":
        return "exactly zero"
    if word == CLEAR and (way := BETTER.get(row["outcome"], 0)):
        return "clear, better" if (row["difference"] > 0.0) == (way > 0) else "clear, worse"
    return "no value in any pair" if word == "no pair" else word


def tone_of(row: Row) -> Tone:
    """How a change is coloured."""
    words = verdict_words(row)
    if words == "exactly zero":
        return "zero"
    if not is_clear(row):
        return "unclear"
    if words == "clear, better":
        return "better"
    return "worse" if words == "clear, worse" else "moved"


def change_figure(row: Row) -> str:
    """The change with its mark: an arrow where clear, a lozenge where not, or exactly zero."""
    if not np.isfinite(row["difference"]):
        return DASH
    size = signed(row["difference"] * scale_of(row["unit"]))
    if verdict_words(row) == "exactly zero":
        return f"{ARROWS[0.0]} 0"
    mark = ARROWS[float(np.sign(row["difference"]))] if is_clear(row) else OPEN
    return f"{mark} {size}"


def interval_words(row: Row) -> str:
    """The 90 % interval in the unit of the change; empty without one."""
    if not np.isfinite([row["low"], row["high"]]).all():
        return ""
    low, high = (signed(row[edge] * scale_of(row["unit"])) for edge in ("low", "high"))
    return f"{low} to {high}"


def change_cell(row: Row | None, pairs: int) -> Cell:
    """A change with its interval and verdict in one cell; N where it differs from `pairs`."""
    if row is None:
        return Cell("no value in any pair", "unclear")
    first = f"{change_figure(row)}, {verdict_words(row)}"
    under = interval_words(row)
    if row["n"] != pairs:
        under = f"{under} (N = {row['n']})".strip()
    return Cell(f"{first}\n{under}" if under else first, tone_of(row))


PASSED_THROUGH = 0.05  # of a change: an interval that is narrower says nothing of its cause
MONTHS_A_YEAR = 12.0
WAIT = "wait_years"  # how ids of waits in years begin


def is_passed_through(row: Row) -> bool:
    """Is a clear headline so narrow that it can only be what a lever assumes?

    >>> row = {"n": 30, "headline": True, "difference": 1.0, "p_holm": 0.0}
    >>> [is_passed_through({**row, "low": 1.0 - x, "high": 1.0 + x}) for x in (0.01, 0.1)]
    [True, False]
    """
    narrow = row["high"] - row["low"] < PASSED_THROUGH * abs(row["difference"])
    return bool(row["headline"] and narrow and is_clear(row))


def assumed_words(view: View, policy: str) -> str:
    """What is said of a headline that is what a lever assumes."""
    grade = next(one.grade for one in view.comparison.policies if one.name == policy)
    return (
        f"follows from what the lever assumes, grade {grade}; the interval does not show that "
        "uncertainty"
    )


def assumed_sentences(view: View) -> str:
    """Which headlines are what levers assume; begins with a space, empty for none."""
    world = view.worlds[0]
    found: dict[tuple[str, str], list[str]] = {}
    for row in view.rows(view.headlines, world):
        if is_passed_through(row):
            key = (row["name"], assumed_words(view, row["policy"]))
            found.setdefault(key, []).append(short(view, row["policy"]))
    many = len(view.policies) > 1
    return "".join(
        f" {name}{' with ' + counted_names(names) if many else ''} {words}."
        for (name, words), names in found.items()
    )


def counted_names(names: list[str]) -> str:
    """The name, or how many there are."""
    return names[0] if len(names) == 1 else f"{len(names)} policies"


def in_months(row: Row) -> Row:
    """A wait that is measured in years, in months; any other row as it is."""
    unit = str(row["unit"])
    if not (str(row.get("outcome", "")).startswith(WAIT) and unit.startswith("years")):
        return row
    keys = ("baseline", "difference", "low", "high")
    scaled = {key: MONTHS_A_YEAR * row[key] for key in keys if key in row}
    return {**row, **scaled, "unit": unit.replace("years", "months", 1)}


def told(row: Row) -> str:
    """One change with its unit and interval, for a list.

    >>> row = {"name": "Cases", "unit": "cases, mean", "difference": -3.2, "low": -4, "high": -2}
    >>> told(row).replace("\u00a0", " ")
    'Cases: −3.2 cases (−4.0 to −2.0)'
    """
    row = in_months(row)
    size = signed(row["difference"] * scale_of(row["unit"]))
    text = f"{row['name']}: {size}{NO_BREAK}{unit_words(row['unit'])}"
    inside = interval_words(row)
    return f"{text} ({inside})" if inside else text


def level_of(view: View, world: str, row: Row) -> str:
    """An outcome without policies: its mean over runs, and where 80 % of the runs lie."""
    mean = level_words(row["baseline"], row["unit"])
    table = view.comparison.outcomes
    mine = (table["policy"] == BASELINE) & (table["world"] == world) & (table["draw"] == 0)
    found = bands(table[mine & (table["outcome"] == row["outcome"])], ["outcome"])
    if found.empty or int(found["n"].iloc[0]) < 2:
        return mean
    low, high = (level_words(float(found[edge].iloc[0]), row["unit"]) for edge in ("low", "high"))
    return f"{mean}\n{low} to {high}"


def lever_words(use: LeverUse) -> str:
    """A lever with its size in words."""
    lever = LEVERS[use.lever]
    size = f" ({use.amount:g} {lever.unit})"
    return lever.name + (size if use.lever != PLACEBO else "")


def dates_words(uses: tuple[LeverUse, ...]) -> str:
    """When levers are in force.

    >>> dates_words((LeverUse(lever="placebo"),))
    'from 2026Q1'
    """
    parts = [f"from {use.start}" + (f" to {use.end}" if use.end else "") for use in uses]
    return "; ".join(dict.fromkeys(parts))


def uses_words(uses: tuple[LeverUse, ...]) -> str:
    """What a policy does: the sentence of its one lever, or its levers with sizes."""
    if len(uses) == 1:
        lever = LEVERS[uses[0].lever]
        size = f" Size: {uses[0].amount:g} {lever.unit}."
        return lever.text + (size if uses[0].lever != PLACEBO else "")
    named = [lever_words(use) for use in uses[:MOST_LEVERS]]
    left = len(uses) - len(named)
    return "; ".join(named) + (f"; and {counted(left, 'more lever', 'more levers')}" * bool(left))


def day_words(stamp: str) -> str:
    """The day of a time in ISO 8601, as one writes it; empty for none.

    >>> day_words("2026-11-22T03:33:53+00:00"), day_words("")
    ('22 November 2026', '')
    """
    try:
        day = datetime.fromisoformat(stamp)
    except ValueError:
        return ""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
