"""The charts of a briefing, as the numbers that they show and the sentence over each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from alliance_abm.desks import STAGE_IDS, STAGE_NAMES
from alliance_abm.measures import DAYS_PER_MONTH
from viz.bands import bands, with_time
from viz.briefing.parts import Bars, ChangeChart, Line, LineChart, Stack, StackChart
from viz.briefing.waits import month_change
from viz.briefing.words import ONE_RUN, plain, short
from viz.charts_case_stages import TOTAL, stage_changes
from viz.charts_policy_paths import COLOURS, PATHS, of_paths
from viz.page import digits, percent
from viz.policy_view import BASELINE, View
from viz.policy_words import PER_CENT, Row, is_clear, is_zero, listed, mid_sentence, signed
from viz.theme import INK, SOFT, STAGES

MOST_POLICIES = 3  # of a chart
US_SHARE = PATHS[0]
FIRST_YEAR = 2015
WITHOUT = "Without policies"
EDGE_LOOK, START_LOOK = 2, 3  # dotted, dashes and dots
STEP = 5.0  # per cent
ROOM, TICKS = 0.12, 8
MOST_NOTED = 2  # changes of a policy in the key


def colour_of(place: int) -> str:
    """Colour of a policy by its place among those that charts show."""
    return COLOURS[place]


def share_rows(view: View) -> pd.DataFrame:
    """U.S. share of deliveries at the end of each year (column `year`), by policy and run."""
    table = of_paths(with_time(view.of_world(view.comparison.series)))
    table = table[(table["path"] == US_SHARE.headline) & (table["time"] % 1.0 == 0.0)]
    table = table.assign(year=table["time"] - 1.0)
    first = min(FIRST_YEAR, view.start - 1.0)
    return table[table["year"] >= first]


def share_chart(view: View) -> LineChart | None:
    """Market share of the United States: medians, and the range of runs without policies."""
    rows = share_rows(view)
    if rows.empty:
        return None
    found = bands(rows, ["policy", "year"])
    base = found[found["policy"] == BASELINE]
    lines = [_line(WITHOUT, base, "median", INK, 0, note=_range_note(view, base))]
    if view.pairs > 1:
        lines += [_line(f"{WITHOUT}: 10 % of runs {way}", base, edge, INK, EDGE_LOOK, True)
                  for edge, way in (("low", "below"), ("high", "above"))]  # fmt: skip
        lines[1] = replace(lines[1], key=f"{WITHOUT}: 80 % of runs between")
    notes = {row["policy"]: _points(row) for row in share_changes(view)}
    for place, policy in enumerate(view.policies):
        mine = found[(found["policy"] == policy) & (found["year"] >= view.start - 1.0)]
        if len(mine):
            look = (colour_of(place), place + 1)
            note = f"{view.years}: {notes[policy]}" if policy in notes else ""
            lines.append(_line(plain(view.titles[policy]), mine, "median", *look, note=note))
    limits = _limits([y for line in lines for _, y in line.points])
    turn = view.start - 0.5  # a year's value stands at its number
    edge_points = tuple((turn, y) for y in limits)
    words = f"Policies start in {view.start:.0f}"
    lines.append(Line(words, edge_points, SOFT, START_LOOK, True, words))
    text = "U.S. share of volume delivered across borders, by year, per cent"
    return LineChart(text, "Year", "Per cent of volume", limits, tuple(lines))


def _line(
    name: str,
    rows: pd.DataFrame,
    column: str,
    colour: str,
    look: int,
    thin: bool = False,
    note: str = "",
) -> Line:
    pairs = zip(rows["year"].tolist(), (PER_CENT * rows[column]).tolist(), strict=True)
    return Line(name, tuple(pairs), colour, look, thin, "" if thin else name, note)


def _range_note(view: View, base: pd.DataFrame) -> str:
    """The last year without policies; with its range unless there is one run."""
    last = base.iloc[-1]
    text = f"{last['year']:.0f}: {percent(last['median'])}"
    if view.pairs == 1:
        return f"{text}, {ONE_RUN}"
    return f"{text}, 80 % of runs {percent(last['low'])} to {percent(last['high'])}"


def _limits(values: Sequence[float]) -> tuple[float, float]:
    """Limits in whole steps around values."""
    low, high = STEP * np.floor(min(values) / STEP), STEP * np.ceil(max(values) / STEP)
    return float(max(low - STEP * (low == high), 0.0)), float(high + STEP * (low == high))


def share_headline(view: View) -> str:
    """Where the U.S. share goes without policies, and which of the policies move it."""
    rows = share_rows(view)
    if rows.empty:
        return "No quarter was recorded"
    base = bands(rows[rows["policy"] == BASELINE], ["year"])
    first, last = base.iloc[0], base.iloc[-1]
    start = base[base["year"] < view.start]
    first = start.iloc[-1] if len(start) else first
    text = f"Without policies the U.S. market share goes from {percent(first['median'])}"
    text += f" ({first['year']:.0f}) to {percent(last['median'])} ({last['year']:.0f})"
    if view.pairs == 1:
        return f"{text} in {ONE_RUN}"
    return f"{text}; {_movers(view, share_changes(view))}"


def share_changes(view: View) -> list[Row]:
    """Change of the U.S. share over the reported years by policy, of the table of differences."""
    found = [view.row(policy, view.worlds[0], US_SHARE.headline) for policy in view.policies]
    return [row for row in found if row is not None]


def _points(row: Row) -> str:
    if is_zero(row):
        return "exactly zero"
    size, low, high = (signed(PER_CENT * row[key]) for key in ("difference", "low", "high"))
    if row["n"] == 1:
        return f"{size} points, {ONE_RUN}"
    return f"{'clear' if is_clear(row) else 'unclear'}, {size} points ({low} to {high})"


def _movers(view: View, changes: Sequence[Row]) -> str:
    """Which policies move the U.S. share over the reported years."""
    one = len(view.policies) == 1
    if not changes:
        return f"its change over {view.years} has no value"
    if all(is_zero(row) for row in changes):
        return "the policy changes it by exactly zero" if one else "all changes are exactly zero"
    clear = [row for row in changes if is_clear(row)]
    if not clear:
        who = "the policy does not move" if one else "no policy moves"
        return f"{who} it clearly over {view.years}"
    most = max(clear, key=lambda row: abs(row["difference"]))
    size = f"{signed(PER_CENT * most['difference'])} points over {view.years}"
    if one:
        return f"the policy moves it by {size}"
    left = len(view.policies) - len(clear)
    rest = "" if not left else f"; {left} of {len(view.policies)} do not move it clearly"
    return f"{size} with {short(view, most['policy'])}{rest}"


def change_rows(view: View) -> list[Row]:
    """Headlines whose level without policies is above zero, of these policies in this world."""
    return [row for row in view.rows(view.headlines, view.worlds[0])
            if np.isfinite(row["difference"]) and row["baseline"] > 0.0]  # fmt: skip


def change_chart(view: View) -> ChangeChart | None:
    """Changes of the headlines in per cent of their levels without policies."""
    rows = change_rows(view)
    if not rows:
        return None
    names = {row["outcome"]: row["name"] for row in rows}
    by_key = {(row["policy"], row["outcome"]): row for row in rows}
    bars = []
    for place, policy in enumerate(view.policies):
        mine = [by_key.get((policy, outcome)) for outcome in names]
        parts = [
            tuple(_of_level(row, key) for row in mine) for key in ("difference", "low", "high")
        ]
        clear = tuple(row is not None and is_clear(row) for row in mine)
        values, low, high = parts
        name = plain(view.titles[policy])
        bars.append(Bars(name, colour_of(place), values, low, high, clear, _clear_note(mine)))
    text = "Change of each headline in per cent of its level without policies"
    edges = [value for one in bars for part in (one.values, one.low, one.high) for value in part]
    return ChangeChart(text, "Per cent of the level without policies", tuple(names.values()),
                       _around_zero(edges), tuple(bars))  # fmt: skip


def _around_zero(values: Sequence[float]) -> tuple[float, float]:
    """Limits that hold zero and all values, with room for a number at the ends, in round steps."""
    finite = [0.0, *(value for value in values if np.isfinite(value))]
    low, high = min(finite), max(finite)
    if low == high:
        return -1.0, 1.0
    room = ROOM * (high - low)
    wanted = (high - low + 2.0 * room) / TICKS
    scale = 10.0 ** np.floor(np.log10(wanted))
    step = scale * next(part for part in (1.0, 2.0, 5.0, 10.0) if part * scale >= wanted)
    low, high = low - room * (low < 0.0), high + room * (high > 0.0)
    return float(step * np.floor(low / step)), float(step * np.ceil(high / step))


def _clear_note(rows: Sequence[Row | None]) -> str:
    """The clear changes of one policy in per cent of their levels, with intervals."""
    clear = [row for row in rows if row is not None and is_clear(row)]
    clear.sort(key=lambda row: -abs(_of_level(row, "difference")))
    parts = []
    for row in clear[:MOST_NOTED]:
        size, low, high = (signed(_of_level(row, key)) for key in ("difference", "low", "high"))
        parts.append(f"{row['name']} {size} % ({low} to {high})")
    left = len(clear) - len(parts)
    more = [f"{left} more clear"] if left > 0 else []
    return "; ".join([*parts, *more]) or "none clear"


def _of_level(row: Row | None, key: str) -> float:
    return float("nan") if row is None else PER_CENT * row[key] / row["baseline"]


def changes_headline(view: View) -> str:
    """The largest clear change in per cent of its level, and which headlines do not move."""
    rows = change_rows(view)
    if not rows:
        return "No headline was measured"
    if view.pairs == 1:
        return f"Changes in {ONE_RUN}: a single pair cannot tell a change from chance"
    if all(is_zero(row) for row in rows):
        return "Every headline is exactly as it is without the policies"
    clear = [row for row in rows if is_clear(row)]
    if not clear:
        return "No headline moves clearly: every change may be chance"
    most = max(clear, key=lambda row: abs(_of_level(row, "difference")))
    way = "above" if most["difference"] > 0.0 else "below"
    size = percent(abs(most["difference"] / most["baseline"]))
    text = f"{most['name']} moves most: {size} {way} its level"
    if len(view.policies) > 1:
        text += f" with {short(view, most['policy'])}"
    moved = {row["outcome"] for row in clear}
    resting = [
        mid_sentence(name)
        for outcome, name in {row["outcome"]: row["name"] for row in rows}.items()
        if outcome not in moved
    ]
    if not resting:
        return f"{text}; every headline moves clearly"
    if len(resting) > 2:
        return f"{text}; {len(resting)} of {len(view.headlines)} headlines do not move clearly"
    return f"{text}; {listed(resting)} {'does' if len(resting) == 1 else 'do'} not move clearly"


def stage_chart(view: View) -> StackChart | None:
    """Months in each stage from request to contract of Foreign Military Sales."""
    rows = stage_changes(view)
    if not rows:
        return None
    by_key = {(row["policy"], row["stage"]): row for row in rows}
    there = [name for name in view.policies if (name, TOTAL) in by_key]
    most = max(there, key=lambda name: by_key[name, TOTAL]["n"])
    columns = [[by_key[most, stage]["baseline"] for stage in (*STAGE_IDS, TOTAL)]]
    columns += [
        [by_key[name, stage]["baseline"] + by_key[name, stage]["difference"]
         for stage in (*STAGE_IDS, TOTAL)]
        for name in there
    ]  # fmt: skip
    months = np.array(columns) / DAYS_PER_MONTH
    names = [WITHOUT, *(plain(view.titles[name]) for name in there)]
    categories = [f"{name}: {digits(whole)} months" for name, whole in
                  zip(names, months[:, -1], strict=True)]  # fmt: skip
    stacks = [
        Stack(name, *STAGES[stage], tuple(months[:, place].tolist()))
        for place, (stage, name) in enumerate(zip(STAGE_IDS, STAGE_NAMES, strict=True))
    ]
    text = "Months from request to contract, by stage, Foreign Military Sales"
    notes = [f"{short(view, name)}: {month_change(by_key[name, TOTAL])}" for name in there]
    across = "Months, means over runs" if view.pairs > 1 else "Months"
    return StackChart(text, across, tuple(categories), tuple(stacks),
                      tuple(notes))  # fmt: skip
