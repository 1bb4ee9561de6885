"""What policies change: all headlines as dots with intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.compare_words import FEW, verdict
from experiments.paired import FEWEST
from viz.app.chart import Chart
from viz.app.options.dots import KEY, Dot, Kind, dots_option
from viz.app.options.frame import (
    FONT,
    INK,
    Option,
    finished,
    looks,
    shown_policies,
    stamped,
    title_of,
)
from viz.app.options.lines import short_name
from viz.app.options.paths import unseen
from viz.app.options.words import (
    ONE_RUN,
    counted_pairs,
    ground,
    interval_words,
    left_out,
    quoted,
    size_words,
)
from viz.page import NO_BREAK
from viz.policy_view import View, weight
from viz.policy_words import (
    AS_IT_MUST,
    CLEAR,
    PER_CENT,
    Row,
    change_words,
    counted,
    is_clear,
    is_zero,
    scale_of,
    signed,
    unit_words,
)

MORE = ("fms_months_to_contract",)  # beside the headlines
MOST_TOLD, MOST = 2, 5  # clear changes in the sentence, and with a number beside the dot
SYMBOLS = ("circle", "rect", "diamond", "triangle")
NUMBERS = 178  # pixels for numbers at the right, with one policy
NAME, UNIT = "Change of the headlines", "per cent of the level without levers"
INTERVAL = f"Dot: mean difference of pairs; line: its 90 % interval. {KEY.capitalize()} ({CLEAR})."
SHORT_UNITS = {"percentage points": "points", "years at full gap": "years"}


def effects_chart(view: View, more: Sequence[str] = MORE) -> Chart:
    """Each headline a row: paired differences in per cent of its level, with intervals."""
    world = view.worlds[0]
    outcomes = [*view.headlines, *(one for one in more if one not in view.headlines)]
    rows = [row for row in view.rows(outcomes, world) if np.isfinite(row["difference"])]
    if not rows:
        return unseen("effects", NAME, "No policy was run.", view)
    there = [one for one in outcomes if any(row["outcome"] == one for row in rows)]
    shown = shown_policies(view, outcomes)
    alone = len(shown) == 1
    written = not alone and sum(is_clear(row) for row in rows if row["policy"] in shown) <= MOST
    kinds = [
        Kind(title_of(view, policy), looks(view, policy)[0], SYMBOLS[place],
             [_dot(row, there.index(row["outcome"]), view, written)
              for row in rows if row["policy"] == policy])
        for place, policy in enumerate(shown)
    ]  # fmt: skip
    names = {row["outcome"]: short_name(row["outcome"], str(row["name"])) for row in rows}
    option = dots_option(NAME, UNIT, [names[one] for one in there], kinds, " %",
                         NUMBERS if alone else 34)  # fmt: skip
    if alone:
        option["series"].append(_column(rows, there))
    headline = effects_sentence(view.only(shown), rows)
    return Chart(
        "effects", finished(option), headline,
        ground(view, view.pairs, f"{INTERVAL} Outcomes of {view.years}.") + left_out(view, shown),
        stamped(_table(rows), view), f"Dot plot of changes of {len(there)} outcomes. {headline}.",
    )  # fmt: skip


def _dot(row: Row, place: int, view: View, written: bool) -> Dot:
    """A difference in per cent of the level without levers."""
    unit = PER_CENT / row["baseline"] if row["baseline"] else float("nan")
    low, high = sorted((unit * row["low"], unit * row["high"]))
    clear, number = is_clear(row), ""
    if clear and written:
        number = f"{signed(unit * row['difference'])} %"
    words = f"{title_of(view, row['policy'])}\n{row['name']}: {_number(row)}\n{_verdict(row)}"
    middle = 0.0 if is_zero(row) else unit * row["difference"]
    return Dot(place, middle, low, high, clear, is_zero(row), words, number)


def _number(row: Row) -> str:
    unit = unit_words(row["unit"])
    return f"{signed(row['difference'] * scale_of(row['unit']))} {SHORT_UNITS.get(unit, unit)}"


def _verdict(row: Row) -> str:
    if row["n"] < 2:
        return "one pair of runs, an example"
    if is_zero(row):
        return f"exactly zero in all {row['n']} pairs of runs"
    inside = f"90 % interval {interval_words(row, row['unit'])}, N = {row['n']} pairs"
    return f"{'clear' if is_clear(row) else 'unclear, may be chance'}: {inside}"


def _column(rows: Sequence[Row], there: Sequence[str]) -> Option:
    """Numbers at the right edge: difference and interval in the outcome's own unit."""
    data = []
    for row in rows:
        unit = str(row["unit"]).split(",")[0]
        edges = interval_words(row, row["unit"])
        text = f"{{b|{_number({**row, 'unit': unit})}}}"
        if is_zero(row):
            text = "{b|exactly zero}"
        elif edges:
            text += f"\n{edges}"
        data.append({"value": [1, there.index(row["outcome"])], "label": {"formatter": text}})
    return {
        "type": "scatter", "id": "numbers", "data": data, "symbolSize": 0.1, "silent": True,
        "coordinateSystem": "cartesian2d", "xAxisIndex": 0, "tooltip": {"show": False},
        "label": {"show": True, "position": "right", "fontSize": FONT, "color": INK,
                  "lineHeight": 15, "rich": {"b": {"fontWeight": "bold", "fontSize": FONT}}},
    }  # fmt: skip


def effects_sentence(view: View, rows: Sequence[Row]) -> str:
    """The clear changes, the largest against chance first, and that nothing else moves clearly."""
    mine = [row for row in rows if row["policy"] in view.policies]
    if view.pairs < FEWEST:
        return ONE_RUN
    if all(is_zero(row) for row in mine):
        placebo = all(view.is_placebo(policy) for policy in view.policies)
        return f"Every change is {AS_IT_MUST if placebo else 'exactly zero'}"
    clear = sorted(filter(is_clear, mine), key=lambda row: -weight(row, view))
    if not clear and any(verdict(row) == FEW for row in mine):
        return f"{counted_pairs(mine)} are too few to tell which headlines move"
    if not clear:
        whom = "the policy" if len(view.policies) == 1 else f"any of the {len(view.policies)}"
        return f"No headline moves clearly with {whom}{' policies' * (len(view.policies) > 1)}"
    alone = len(view.policies) == 1
    told = [_told(row, "" if alone else f" with {quoted(view, row['policy'])}")
            for row in clear[:MOST_TOLD]]  # fmt: skip
    left = len(clear) - len(told)
    text = f"With {quoted(view, view.policies[0])}, " if alone else ""
    text += "; ".join((told[0] if alone else told[0][0].upper() + told[0][1:], *told[1:]))
    if left:
        return f"{text}; {counted(left, 'other change is', 'other changes are')} clear"
    return f"{text}; nothing else moves clearly"


def _told(row: Row, whom: str) -> str:
    if row["outcome"] in MORE:
        way = "sooner" if row["difference"] < 0.0 else "later"
        return f"FMS cases reach contract {size_words(row, row['unit'])} {way}{whom}"
    unit = str(row["unit"]).split(",")[0]
    return f"{change_words({**row, 'unit': unit})}{whom}".replace(NO_BREAK, " ")


def _table(rows: Sequence[Row]) -> pd.DataFrame:
    names = ("policy", "outcome", "name", "unit", "baseline", "difference", "low", "high",
             "p_holm", "n")  # fmt: skip
    table = pd.DataFrame([{name: row[name] for name in names} for row in rows])
    return table.assign(clear=[is_clear(row) for row in rows])
