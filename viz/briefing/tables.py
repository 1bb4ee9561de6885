"""The tables of a briefing: headlines, trade-offs, bills, and what results depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from alliance_abm.levers import LEVERS
from experiments.compare_words import grades
from viz.briefing.money import money_cells
from viz.briefing.parts import Cell, Table, Tone
from viz.briefing.sentences import STAGE, clear_rows, way_of
from viz.briefing.shown import MOST_POLICIES
from viz.briefing.waits import tier_words
from viz.briefing.words import (
    DASH,
    assumed_words,
    change_cell,
    change_figure,
    dates_words,
    interval_words,
    is_passed_through,
    level_of,
    plain,
    told,
    tone_of,
    uses_words,
    verdict_words,
)
from viz.charts_bills import MONEY, bill_rows, foremost_levers
from viz.charts_tiers import tier_changes
from viz.policy_view import View, all_zero, records, weight
from viz.policy_words import (
    PER_CENT,
    Row,
    counted,
    is_clear,
    is_zero,
    unit_words,
)

MOST_WORLDS = 3  # of a table
MOST_TOLD = 3  # changes in a cell
MOST_LEVERS = 8
WAYS: Mapping[int, tuple[str, Tone]] = {
    1: ("Better", "better"),
    -1: ("Worse", "worse"),
    0: ("Moves", "moved"),
}
WAITS: Mapping[int, tuple[str, Tone]] = {
    -1: ("Shorter waits", "better"),
    1: ("Longer waits", "worse"),
}


def policy_table(view: View) -> Table:
    """What each policy does, with sizes and dates."""
    rows = [
        (Cell(plain(view.titles[one.name])), Cell(uses_words(one.levers)),
         Cell(dates_words(one.levers)))
        for one in view.comparison.policies
    ]  # fmt: skip
    columns = ("Policy", "What it does, and how much of it", "In force")
    return Table("What was compared with a world without these policies", columns, tuple(rows),
                 (0.28, 0.55, 0.17))  # fmt: skip


def headline_tables(view: View) -> list[Table]:
    """The six headlines in one world: the foremost policies first, then the others."""
    world = view.worlds[0]
    if len(view.policies) == 1:
        return [_one_policy(view, world)]
    every = [one.name for one in view.comparison.policies]
    rest = [name for name in every if name not in view.policies]
    groups = [list(view.policies)]
    groups += [rest[at : at + MOST_POLICIES] for at in range(0, len(rest), MOST_POLICIES)]
    whole = replace(view, policies=tuple(every))
    return [_group(whole.only(group), world) for group in groups]


def _one_policy(view: View, world: str) -> Table:
    rows = []
    for row in view.rows(view.headlines, world):
        inside = interval_words(row) or DASH
        rows.append((
            Cell(_measure(row)), Cell(level_of(view, world, row)),
            Cell(change_figure(row), tone_of(row)), Cell(inside),
            Cell(f"{verdict_words(row)}\nN = {row['n']}", tone_of(row)),
        ))  # fmt: skip
    columns = ("Headline, and unit of its change", f"Without{_range(view)}", "Change",
               "90 % interval", "Verdict, pairs of runs")  # fmt: skip
    return Table(f"The headlines in the world '{world}'", columns, tuple(rows),
                 (0.36, 0.18, 0.13, 0.16, 0.17))  # fmt: skip


def _range(view: View) -> str:
    return ",\n80 % of runs" if view.pairs > 1 else ""


def _group(view: View, world: str) -> Table:
    rows = []
    for outcome in view.headlines:
        first = view.rows([outcome], world)[0]
        cells = [change_cell(view.row(name, world, outcome), view.pairs) for name in view.policies]
        rows.append((Cell(_measure(first)), Cell(level_of(view, world, first)), *cells))
    names = [plain(view.titles[name]) for name in view.policies]
    each = 0.645 / MOST_POLICIES
    left = 1.0 - 0.13 - each * len(names)
    return Table(f"The headlines in the world '{world}'",
                 ("Headline, unit", f"Without{_range(view)}", *names),
                 tuple(rows), (left, 0.13, *[each] * len(names)))  # fmt: skip


def _measure(row: Row) -> str:
    return f"{row['name']}\n{unit_words(row['unit'])}"


def trade_off_table(view: View) -> Table:
    """What gets clearly better and worse, what else moves, and who waits.

    Rows of a policy follow each other; the first of them names it.
    """
    waits = tier_changes(view)
    rows: list[tuple[Cell, ...]] = []
    for policy in view.policies:
        name = plain(view.titles[policy])
        parts = _changes(view, policy) + _waits([row for row in waits if row["policy"] == policy])
        if not parts:
            parts = [_nothing(view, policy)]
        parts += money_cells(view, policy)
        rows += [(Cell(name if not place else ""), *part) for place, part in enumerate(parts)]
    columns = ("Policy", "For", "Clear changes, with 90 % intervals")
    return Table("Trade-offs", columns, tuple(rows), (0.22, 0.16, 0.62))


def _nothing(view: View, policy: str) -> tuple[Cell, Cell]:
    """What is said of a policy that changes nothing clearly."""
    mine = view.only([policy])
    if all_zero(mine.rows(mine.headlines, view.worlds[0])):
        return Cell("= zero", "zero"), Cell("Every headline is exactly as without it")
    if view.pairs == 1:
        return Cell("◇ unclear", "unclear"), Cell("One run, an example: all may be chance")
    return Cell("◇ unclear", "unclear"), Cell("Nothing changes clearly")


def _changes(view: View, policy: str) -> list[tuple[Cell, Cell]]:
    """Clear changes of a policy: for the better, for the worse, and others."""
    clear = sorted(clear_rows(view, policy), key=lambda row: _place(row, view))
    found = []
    for way, (words, tone) in WAYS.items():
        texts = [_told(view, row) for row in clear if way_of(row) == way]
        if texts:
            found.append((Cell(words, tone), Cell(_several(texts))))
    return found


def _told(view: View, row: Row) -> str:
    text = told(row)
    if is_passed_through(row):
        text = f"{text.removesuffix(')')}; {assumed_words(view, row['policy'])})"
    return text


def _place(row: Row, view: View) -> tuple[bool, bool, float]:
    """Headlines first, stages of a wait last, else the largest against chance."""
    return not row["headline"], row["name"].startswith(STAGE), -weight(row, view)


def _several(texts: Sequence[str]) -> str:
    left = len(texts) - MOST_TOLD
    more = [f"and {counted(left, 'more change', 'more changes')}"] if left > 0 else []
    return "\n".join([*texts[:MOST_TOLD], *more])


def _waits(rows: Sequence[Row]) -> list[tuple[Cell, Cell]]:
    """Clear changes of waits by tier and route, the largest first."""
    clear = sorted((row for row in rows if is_clear(row)), key=lambda row: -abs(row["difference"]))
    found = []
    for way, (words, tone) in WAITS.items():
        texts = [tier_words(row) for row in clear if (row["difference"] > 0.0) == (way > 0)]
        if texts:
            found.append((Cell(words, tone), Cell(_several(texts))))
    return found


def bill_table(view: View) -> Table:
    """What is assumed with each lever, and what its bill changes by itself where that was run."""
    found = bill_rows(view)
    caption = "What the levers are assumed to cost"
    columns: tuple[str, ...] = ("Lever", "Assumed with the lever (its bill)")
    if not found:
        names = dict.fromkeys(use.lever for one in view.comparison.policies for use in one.levers)
        texts = tuple((Cell(LEVERS[name].name), Cell(LEVERS[name].bill_text))
                      for name in list(names)[:MOST_LEVERS])  # fmt: skip
        return Table(caption, columns, texts, (0.34, 0.66))
    rows = [
        (Cell(name), Cell(what), _billed([row for row in found if row["bill"] == name]))
        for name, what in foremost_levers(found).items()
    ]
    columns = (*columns, "What the bill alone clearly changes, with 90 % intervals")
    return Table(caption, columns, tuple(rows), (0.22, 0.36, 0.42))


def bill_count(view: View) -> str:
    """How many levers the table of bills leaves out; empty for none."""
    every = {use.lever for one in view.comparison.policies for use in one.levers}
    shown = len(bill_table(view).rows)
    return f" Shown: {shown} of {len(every)} levers." if shown < len(every) else ""


def _billed(rows: Sequence[Row]) -> Cell:
    if all(is_zero(row) for row in rows):
        return Cell("exactly nothing", "zero")
    clear = [row for row in rows if is_clear(row)]
    clear.sort(key=lambda row: (MONEY not in row["unit"], not row["headline"]))
    if not clear and any(row["n"] == 1 for row in rows):
        return Cell("one run, an example: cannot be told from chance", "unclear")
    if not clear:
        return Cell("nothing clearly", "unclear")
    return Cell(_several([told(row) for row in clear]), "moved")


def grade_table(view: View) -> Table:
    """Grades of levers and of what they change, and whether draws keep the sign."""
    draws = view.comparison.draws
    rows = []
    for one in view.comparison.policies:
        cells = [Cell(plain(view.titles[one.name])), Cell(grades(one))]
        if draws:
            cells.append(Cell(_signs(view, one.name)))
        rows.append(tuple(cells))
    columns = ["Policy", "How well its levers are known"]
    widths: tuple[float, ...] = (0.4, 0.6)
    if draws:
        columns.append(f"Same sign in {counted(draws, 'draw', 'draws')} of assumed parameters")
        widths = (0.26, 0.36, 0.38)
    return Table("What it rests on", tuple(columns), tuple(rows), widths)


def _signs(view: View, policy: str) -> str:
    """Share of draws with the sign of the central change, of clear headlines, else of all."""
    world = view.worlds[0]
    rows = [row for row in records(view.comparison.differences)
            if (row["policy"], row["world"]) == (policy, world) and row["headline"]
            and np.isfinite(row["sign_share"])]  # fmt: skip
    clear = [row for row in rows if is_clear(row)]
    if clear:
        return "; ".join(f"{row['name']}: {PER_CENT * row['sign_share']:.0f} %"
                         for row in clear)  # fmt: skip
    if not rows:
        return "no draw has a value"
    shares = [PER_CENT * row["sign_share"] for row in rows]
    low, high = f"{min(shares):.0f}", f"{max(shares):.0f}"
    spread = f"{low} %" if low == high else f"{low} to {high} %"
    return f"no headline is clear; {spread} of draws over the headlines"


def world_tables(view: View) -> list[Table]:
    """Each foremost policy in every world that was run; none with a single world."""
    worlds = view.comparison.worlds
    if len(worlds) == 1:
        return []
    whole = replace(view, worlds=worlds)
    return [
        _of_worlds(whole, policy, worlds[at : at + MOST_WORLDS])
        for policy in view.policies
        for at in range(0, len(worlds), MOST_WORLDS)
    ]


def _of_worlds(view: View, policy: str, worlds: Sequence[str]) -> Table:
    rows = []
    for outcome in view.headlines:
        first = view.rows([outcome])[0]
        cells = [change_cell(view.row(policy, world, outcome), view.pairs) for world in worlds]
        rows.append((Cell(_measure(first)), *cells))
    each = 0.72 / max(len(worlds), 2)
    left = 1.0 - each * len(worlds)
    return Table(plain(view.titles[policy]),
                 ("Headline, and unit of its change", *(f"World '{name}'" for name in worlds)),
                 tuple(rows), (left, *[each] * len(worlds)))  # fmt: skip
