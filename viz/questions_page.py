"""What the figures of answers share: the page with its finding as headline, and its words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from experiments.questions.answer import Answer, years
from experiments.questions.evidence import LEVEL, Row
from experiments.questions.phrases import SAY, same_way
from experiments.questions.words import number, quoted, runs_of, short_unit, side, throughout, told
from experiments.unit_words import listed, mid_sentence, scale_of
from viz.policy_marks import sheet
from viz.policy_words import cut, digits, is_clear, is_zero

MOST_ITEM = 44  # letters of a name in a headline
MOST_TIED = 3  # factors that a headline names


def answer_page(found: Answer, shows: str) -> Figure:
    """The page of an answer; `shows` says what is drawn."""
    return sheet(
        headline(found), f"{found.question.id}: {found.question.words} {ground(found)} {shows}"
    )


def ground(found: Answer) -> str:
    """Worlds, seeds and years of what is drawn."""
    batch, rows = found.evidence.batch, found.drawn
    worlds = list(dict.fromkeys(row["world"] for row in rows))
    where = f"World{'s' if len(worlds) > 1 else ''} {listed([f'‘{one}’' for one in worlds])}"
    counts = sorted({row["n"] for row in rows})
    seeds = "no runs" if not counts else (
        f"N = {counts[-1]} seeds" if len(counts) == 1 else f"N = {counts[0]} to {counts[-1]} seeds"
    )  # fmt: skip
    paired = "" if all(row["what"] == LEVEL for row in rows) else ", paired"
    return f"{where}, {seeds}{paired}. Outcomes of {years(batch)}."


def headline(found: Answer) -> str:
    """What the figure shows, in a sentence that follows from its rows."""
    first = [row for row in found.drawn if row["outcome"] == found.figure.outcomes[0]]
    if not any(row["n"] for row in found.drawn):
        return "There is no value of what was asked in these runs"
    match found.figure.kind:
        case "surface" | "order" as kind:
            text = SAY[kind](found.figure, found.drawn, found.evidence).split(";")[0]
        case "frontier":
            text = _both(found)
        case "sizes":
            world = first[0]["world"]
            last = [row for row in first if row["world"] == world][-1]
            text = f"with {quoted(cut(last['item'], MOST_ITEM))}, {_short(last)}"
        case "along":
            text = _along(found, first)
        case "factors":
            text = _factors(found, first)
        case _:
            text = _clearest(first)
    return text[:1].upper() + text[1:]


def _short(row: Row) -> str:
    """An outcome and what became of it, without the signs over draws."""
    return told({**row, "draws": 0})


def _along(found: Answer, rows: Sequence[Row]) -> str:
    factor = found.figure.over[0]
    name = cut(found.evidence.factor_name(factor), MOST_ITEM)
    *points, last = rows
    if points and points[0]["what"] == LEVEL:
        return f"from the lowest to the highest value of {name}, {_short(last)}"
    if len({side(row) for row in rows}) == 1:
        return f"{quoted(last['name'])} is {throughout(last)} of {name}"
    values = runs_of(rows, lambda row: number(row["at"][factor]))
    return f"{quoted(last['name'])} is {values} of {name}"


def _factors(found: Answer, rows: Sequence[Row]) -> str:
    """The factor that moves most, or those that tie, and how many move it clearly."""
    clear = [row for row in rows if is_clear(row) and not is_zero(row)]
    name = quoted(rows[0]["name"])
    if not clear:
        return f"none of {len(rows)} factors clearly moves {name}"
    tied = [row for row in clear if not found.evidence.apart(*same_way(clear[0], row))]
    if len(tied) > MOST_TIED:
        most = f"{len(tied)} factors move {name} most and are not told apart"
    else:
        most = f"{name} moves most with {listed([cut(row['item'], MOST_ITEM) for row in tied])}"
    verb = "moves" if len(clear) == 1 else "move"
    return f"{most}; {len(clear)} of {len(rows)} factors {verb} it clearly"


def _clearest(rows: Sequence[Row]) -> str:
    """With what the first outcome changes most, both ways, or that nothing clearly changes it."""
    tested = [row for row in rows if np.isfinite(row["difference"])]
    if tested and all(is_zero(row) for row in tested):
        return f"{quoted(tested[0]['name'])} stays exactly as it is, whatever is tried"
    clear = [row for row in tested if is_clear(row) and not is_zero(row)]
    if not clear:
        return f"{quoted(rows[0]['name'])} is clearly moved by none of {len(rows)} tried"
    falls = [row for row in clear if row["difference"] < 0.0]
    rises = [row for row in clear if row["difference"] > 0.0]
    said = [_most(way, rows) for way, rows in (("falls", falls), ("rises", rises)) if rows]
    return f"{quoted(clear[0]['name'])} {' and '.join(said)}"


def _most(way: str, rows: Sequence[Row]) -> str:
    """What changes an outcome most in one way, and by how much."""
    row = max(rows, key=lambda one: abs(one["difference"]))
    size = digits(abs(scale_of(row["unit"]) * row["difference"]))
    most = "" if len(rows) == 1 else " most"
    return f"{way}{most} with {_name(row)} (by {size} {short_unit(row['unit'])})"


def _name(row: Row) -> str:
    return quoted(cut(row["item"], MOST_ITEM))


def _both(found: Answer) -> str:
    """How many policies clearly move both outcomes, and which ways."""
    across, up = found.figure.outcomes
    by_policy: dict[str, dict[str, Row]] = {}
    for row in found.drawn:
        by_policy.setdefault(row["policy"], {})[row["outcome"]] = row
    both = [pair for pair in by_policy.values() if all(is_clear(pair[one]) for one in (across, up))]
    names = [mid_sentence(found.evidence.name(one)) for one in (across, up)]
    if not both:
        return f"None of {len(by_policy)} policies clearly moves both {names[0]} and {names[1]}"
    ways: dict[str, int] = {}
    for pair in both:
        sides = ["higher" if pair[one]["difference"] > 0.0 else "lower" for one in (across, up)]
        said = f"with {sides[0]} {names[0]} and {sides[1]} {names[1]}"
        ways[said] = ways.get(said, 0) + 1
    told = listed([f"{number} {said}" for said, number in ways.items()])
    return f"Of {len(by_policy)} policies {len(both)} clearly move both: {told}"
