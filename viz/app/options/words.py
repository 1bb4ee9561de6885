"""Sentences under the charts: what moves, what does not, and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alliance_abm.quarters import Quarter
from experiments.compare_words import FEW, verdict
from experiments.paired import FEWEST
from viz.app.options.cubes import reported_quarters
from viz.app.options.frame import title_of
from viz.app.options.lines import sign_of
from viz.page import digits
from viz.policy_view import View
from viz.policy_words import (
    AS_IT_MUST,
    Row,
    counted,
    cut,
    is_clear,
    is_zero,
    listed,
    scale_of,
    signed,
    unit_words,
)

EXAMPLE = "one run, an example"
ONE_RUN = "One run, an example: it cannot tell a difference from chance"
ILLUSTRATION = "Illustrations, not assessments of governments."
INSIDE, NAMED = 34, 2  # letters of a title inside a sentence; policies named in one


def level(value: float, unit: str) -> str:
    """A level with its sign: `34 %`, `15`; the value is in the unit that is shown."""
    return f"{digits(value)}{sign_of(unit)}"


def spread(low: float, high: float, unit: str) -> str:
    """A band: `31 to 38 %`."""
    return f"{digits(low)} to {level(high, unit)}"


def quoted(view: View, policy: str) -> str:
    """The title of a policy inside a sentence."""
    name = title_of(view, policy)
    first = name.split(":")[0]
    return f"“{first if len(name) > INSIDE and first != name else cut(name, INSIDE)}”"


def size_words(row: Row, unit: str) -> str:
    """The size of a difference in its unit, with its interval: `0.6 percentage points (…)`.

    `row` is in the unit of the outcome.
    """
    return f"{digits(abs(row['difference']) * scale_of(unit))} {unit_words(unit)}"


def interval_words(row: Row, unit: str) -> str:
    """The 90 % interval of a difference; empty for a single pair."""
    edges = [row["low"] * scale_of(unit), row["high"] * scale_of(unit)]
    if not np.isfinite(edges).all():
        return ""
    return f"{signed(edges[0])} to {signed(edges[1])}"


def moved(
    view: View,
    rows: Sequence[Row],
    what: str,
    unit: str,
    ways: tuple[str, str],
    when: str,
    whom: str = "",
) -> str:
    """A sentence on the differences of some policies in one thing.

    `what` is the thing with its article, `ways` the words for less and more, `whom` a word for
    the one policy where the sentence before has named it.
    """
    text = " ".join(_moved(view, rows, what, unit, ways, when, whom).split())
    return text.replace(" ;", ";")


def _moved(
    view: View,
    rows: Sequence[Row],
    what: str,
    unit: str,
    ways: tuple[str, str],
    when: str,
    whom: str,
) -> str:
    rows = [row for row in rows if np.isfinite(row["difference"])]
    if not rows:
        return f"{_first(what)} was not measured with a policy {when}"
    if all(is_zero(row) for row in rows) and rows[0]["n"] >= 1:
        placebo = all(view.is_placebo(str(row["policy"])) for row in rows)
        return f"{_first(what)} changes {when} by {AS_IT_MUST if placebo else 'exactly zero'}"
    if max(row["n"] for row in rows) < FEWEST:
        return ONE_RUN
    clear = sorted((row for row in rows if is_clear(row)), key=lambda row: -abs(row["difference"]))
    rest = len(rows) - len(clear)
    if not clear and all(verdict(row) == FEW for row in rows):
        return f"{counted_pairs(rows)} are too few to tell whether {what} changes {when}"
    if not clear:
        return _none_clear(view, rows, what, unit, when, whom)
    told = listed([_told(view, row, unit, ways, whom) for row in clear[:NAMED]])
    text = f"{_first(what)} is {told} {when}"
    if len(clear) > NAMED:
        text += f"; it moves clearly with {counted(len(clear) - NAMED, 'other', 'others')}"
    if rest:
        text += f"; no clear change with the other{f' {rest}' * (rest > 1)}"
    return text


def _told(view: View, row: Row, unit: str, ways: tuple[str, str], whom: str) -> str:
    way = ways[int(row["difference"] > 0.0)]
    whom = whom or quoted(view, str(row["policy"]))
    return f"{size_words(row, unit)} {way}{_interval(row, unit)} with {whom}"


def _interval(row: Row, unit: str) -> str:
    edges = interval_words(row, unit)
    return f" (90 % interval {edges})" if edges else ""


def _none_clear(view: View, rows: Sequence[Row], what: str, unit: str, when: str, whom: str) -> str:
    if len(rows) == 1:
        whom = whom or quoted(view, rows[0]["policy"])
        size = f"{signed(rows[0]['difference'] * scale_of(unit))} {unit_words(unit)}"
        edges = interval_words(rows[0], unit)
        size += f", 90 % interval {edges}" if edges else ""
        return f"{_first(what)} does not move clearly with {whom} {when} ({size})"
    return f"{_first(what)} does not move clearly with any of the {len(rows)} policies {when}"


def _first(text: str) -> str:
    return text[0].upper() + text[1:]


def counted_pairs(rows: Sequence[Row]) -> str:
    """How many pairs of runs there are, at the beginning of a sentence."""
    return counted(max(int(row["n"]) for row in rows), "pair of runs", "pairs of runs")


def ground(view: View, runs: int, drawn: str = "") -> str:
    """World, number of runs, and what is drawn; `drawn` names line and band of several runs."""
    where, late = f"World '{view.worlds[0]}'", late_start(view)
    if runs <= 1:
        return f"{where}, N = {runs} run, an example: without a band.{late} {ILLUSTRATION}"
    pairs = ", same seeds" if view.policies else ""
    failed = len(view.comparison.failures)
    lost = f" {counted(failed, 'run', 'runs')} failed and are left out." if failed else ""
    drawn = f" {drawn}" if drawn else ""
    return f"{where}, N = {runs} runs{pairs}.{drawn}{late}{lost} {ILLUSTRATION}"


def late_start(view: View) -> str:
    """That levers begin after the middle of the reported years; empty when none does."""
    first, end = reported_quarters(view.comparison.scenario)
    chosen = [one for one in view.comparison.policies if one.name in view.policies and one.levers]
    starts = {one.name: min(int(use.start) for use in one.levers) for one in chosen}
    late = {name: start for name, start in starts.items() if start > (first + end) / 2}
    if not late:
        return ""
    if len(late) == len(starts):
        begin = f"the levers begin in {Quarter(min(late.values())).year}"
    else:
        begin = listed([f"{quoted(view, name)} begins in {Quarter(start).year}"
                        for name, start in late.items()])  # fmt: skip
    return f" {_first(begin)}; headlines average {view.years}."


def left_out(view: View, shown: Sequence[str]) -> str:
    """That some policies are not drawn."""
    left = len(view.policies) - len(shown)
    return f" {counted(left, 'policy is', 'policies are')} not drawn." if left > 0 else ""
