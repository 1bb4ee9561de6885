"""Waiting for a contract: months in each stage, and who waits longer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alliance_abm.desks import STAGE_IDS, STAGE_NAMES
from alliance_abm.measures import DAYS_PER_MONTH
from experiments.compare_words import FEW, verdict
from experiments.paired import FEWEST
from viz.app.chart import Chart
from viz.app.options.cubes import band
from viz.app.options.dots import KEY, Dot, Kind, dots_option
from viz.app.options.frame import (
    FONT,
    INK,
    PAPER,
    TOP,
    Option,
    adaptive,
    decal,
    finished,
    folded,
    frame,
    lever_start,
    shown_policies,
    stamped,
    title_of,
    value_axis,
)
from viz.app.options.paths import unseen
from viz.app.options.words import (
    ONE_RUN,
    counted_pairs,
    ground,
    left_out,
    moved,
    quoted,
    size_words,
)
from viz.charts_case_stages import ROUTE, ROUTE_NAME, TOTAL, days_a_case, stage_changes
from viz.charts_tiers import LOOKS, tier_changes
from viz.page import digits
from viz.policy_view import BASELINE, View
from viz.policy_words import AS_IT_MUST, Row, is_clear, is_zero, listed, signed
from viz.theme import ROUTES, STAGES

NAMES, NUMBERS = 21, 168  # letters of a policy's name; pixels at the right
STAGES_NAME = "From request to contract, by stage"
STAGES_UNIT = f"months, {ROUTE_NAME}"
SYMBOLS = {"o": "circle", "s": "rect", "D": "diamond", "^": "triangle", "v": "pin"}
WAYS = ("shorter", "longer")


def stages_chart(view: View) -> Chart:
    """Months in each stage of Foreign Military Sales, without levers and with each policy."""
    table = days_a_case(view)
    table = table.assign(months=table["days"].astype(float) / DAYS_PER_MONTH)
    if table.empty:
        return unseen("stages", STAGES_NAME, "No case was contracted in these runs.", view)
    found = stage_changes(view)
    shown = shown_policies(view, ["fms_months_to_contract"])
    policies = [one for one in (BASELINE, *shown) if one in set(table["policy"])]
    means = table.groupby(["policy", "stage"])["months"].mean().unstack()
    totals = {one: table[(table["policy"] == one) & (table["stage"] == TOTAL)]["months"]
              for one in policies}  # fmt: skip
    changed = {row["policy"]: row for row in found if row["stage"] == TOTAL}
    series = [_stage(place, means, policies) for place in range(len(STAGE_IDS))]
    series.append(_totals(policies, totals, changed))
    names = [folded(title_of(view, one), NAMES) for one in policies]
    option = frame(
        STAGES_NAME, STAGES_UNIT, series=series, xAxis=value_axis(scale=False, min=0),
        yAxis={"type": "category", "inverse": True, "data": names, "axisTick": {"show": False},
               "axisLine": {"show": False},
               "axisLabel": {"fontSize": FONT, "color": INK, "lineHeight": 14, "interval": 0}},
    )  # fmt: skip
    option["grid"] |= {"top": TOP + 38, "right": NUMBERS}
    option["tooltip"] |= {"trigger": "axis", "axisPointer": {"type": "shadow"},
                          "formatter": "fmt:stack: months"}  # fmt: skip
    option["legend"] = {
        "data": [_stage_name(one) for one in STAGE_IDS], "left": 0, "top": TOP - 4,
        "itemWidth": 11, "itemHeight": 10, "itemGap": 7,
        "textStyle": {"fontSize": FONT, "color": INK},
    }  # fmt: skip
    runs = int(table["replication"].nunique())
    headline = stages_sentence(view, found, means, policies, runs)
    note = f"{of_cases(view)} Bars: means over runs. In brackets: 10–90 % of runs, or "
    note += "the 90 % interval of a change."
    return Chart(
        "stages", finished(option), headline, ground(view, runs, note) + left_out(view, shown),
        stamped(_stage_rows(table), view), f"Stacked bars of months by stage. {headline}.",
    )  # fmt: skip


def of_cases(view: View) -> str:
    """Which cases are counted, and that the headline number counts others."""
    start = lever_start(view)
    since = f"from {start[:4]} on" if start is not None else "in the whole run"
    return f"Cases contracted {since}; the headline number counts {view.years}."


def _stage_name(stage: str) -> str:
    return {"congress": "Congress"}.get(stage, stage.capitalize())


def _stage(place: int, means: pd.DataFrame, policies: Sequence[str]) -> Option:
    stage = STAGE_IDS[place]
    colour, hatch = STAGES[stage]
    return {
        "type": "bar", "id": f"stage:{stage}", "name": _stage_name(stage), "stack": "stages",
        "data": means[stage].reindex(list(policies)).to_numpy(float), "barMaxWidth": 34,
        "itemStyle": {"color": adaptive(colour), "borderColor": PAPER, "borderWidth": 1,
                      **decal(hatch)},
    }  # fmt: skip


def _totals(
    policies: Sequence[str], totals: dict[str, pd.Series], changed: dict[str, Row]
) -> Option:
    """Invisible bars that carry the whole wait as a number."""
    data = []
    for one in policies:
        values = totals[one].to_numpy(float)
        text = f"{{b|{digits(float(values.mean()))} months}}"
        here = {key: float(part[0]) for key, part in band(values[:, None]).items()}
        if one in changed:
            text += f"\n{_change(changed[one])}"
        elif here["n"] > 1:
            text += f"\n({digits(here['low'])} to {digits(here['high'])})"
        else:
            text += "\none run, an example"
        data.append({"value": 0, "label": {"formatter": text}})
    return {
        "type": "bar", "id": "totals", "name": "totals", "stack": "stages", "data": data,
        "silent": True, "itemStyle": {"color": "transparent"}, "tooltip": {"show": False},
        "label": {"show": True, "position": "right", "fontSize": FONT, "color": INK,
                  "lineHeight": 15, "rich": {"b": {"fontWeight": "bold", "fontSize": FONT}}},
    }  # fmt: skip


def _change(row: Row) -> str:
    """The change of a wait in months with its interval."""
    if is_zero(row):
        return "change exactly zero"
    text = signed(row["difference"] / DAYS_PER_MONTH)
    if not np.isfinite([row["low"], row["high"]]).all():
        return f"{text} (one pair)"
    low, high = (signed(row[key] / DAYS_PER_MONTH) for key in ("low", "high"))
    return f"{text} ({low} to {high}), {'clear' if is_clear(row) else 'unclear'}"


def stages_sentence(
    view: View, found: Sequence[Row], means: pd.DataFrame, policies: Sequence[str], runs: int
) -> str:
    """What changes of the wait; without policies how long it is and where most of it is spent."""
    totals = [_months(row) for row in found if row["stage"] == TOTAL]
    if totals:
        text = moved(view, totals, "the wait from FMS request to contract", "months", WAYS, "")
        clear = sorted(filter(is_clear, totals), key=lambda row: -abs(row["difference"]))
        if len(clear) != 1 or runs < 2:
            return text
        way = np.sign(clear[0]["difference"])
        parts = [row for row in found if row["policy"] == clear[0]["policy"]
                 and row["stage"] != TOTAL]  # fmt: skip
        most = max(parts, key=lambda row: float(way * row["difference"]))["stage"]
        return f"{text}, most of it in {_name_of(most)}"
    one = means.loc[policies[0]]
    longest = max(STAGE_IDS, key=lambda stage: float(one[stage]))
    name = _name_of(longest)
    text = f"FMS cases take {digits(float(one[TOTAL]))} months from request to contract, most of"
    return f"{text} it in {name}" + ("" if runs > 1 else " (one run, an example)")


def _name_of(stage: str) -> str:
    return dict(zip(STAGE_IDS, STAGE_NAMES, strict=True))[stage]


def _months(row: Row) -> Row:
    """A difference in days as one in months."""
    keys = ("baseline", "difference", "low", "high")
    return {**row, **{key: row[key] / DAYS_PER_MONTH for key in keys}}


def _stage_rows(table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (policy, stage), part in table.groupby(["policy", "stage"], sort=False):
        values = part["months"].to_numpy(float)
        figures = {key: float(one[0]) for key, one in band(values[:, None]).items()}
        rows.append({"policy": policy, "route": ROUTE, "stage": stage, "unit": "months",
                     "mean": float(values.mean()), **figures})  # fmt: skip
    return pd.DataFrame(rows).astype({"n": int})


def tiers_chart(view: View, route: str = ROUTE) -> Chart:
    """Change of the wait for a contract by tier of the buyer, on one route."""
    every = tier_changes(view)
    rows = [row for row in every if row["route"] == route]
    label = ROUTES[route].label
    name = "Who waits longer for a contract"
    if not rows:
        why = "No policy was run." if not every and not view.policies else "No case to compare."
        return unseen("tiers", name, why, view)
    shown = shown_policies(view, ["fms_months_to_contract"])
    rows = [row for row in rows if row["policy"] in shown]
    tiers = list(dict.fromkeys(str(row["tier"]) for row in rows))[: len(LOOKS)]
    kinds = [
        Kind(tier.capitalize(), LOOKS[place][0], SYMBOLS[LOOKS[place][1]],
             [_tier_dot(row, shown.index(row["policy"]), view)
              for row in rows if str(row["tier"]) == tier])
        for place, tier in enumerate(tiers)
    ]  # fmt: skip
    names = [folded(title_of(view, one), NAMES) for one in shown]
    option = dots_option(f"{name}: {label}", "months more or less than without levers", names,
                         kinds, "")  # fmt: skip
    runs = max(int(row["n"]) for row in rows)
    headline = tiers_sentence(view, [_months(row) for row in rows])
    note = f"{of_cases(view)} Dot: mean difference of pairs; line: its 90 % interval."
    note += f" {KEY.capitalize()}."
    return Chart(
        "tiers", finished(option), headline,
        ground(view, runs, note) + left_out(view, shown), stamped(_tier_rows(rows), view),
        f"Dot plot of changes in the wait by tier of the buyer. {headline}.",
    )  # fmt: skip


def tiers_sentence(view: View, rows: Sequence[Row]) -> str:
    """Who waits longer and who shorter with the policy that parts them most; rows in months."""
    if max(row["n"] for row in rows) < FEWEST:
        return ONE_RUN
    if all(is_zero(row) for row in rows):
        placebo = all(view.is_placebo(str(row["policy"])) for row in rows)
        return (
            f"The change in waiting is {AS_IT_MUST if placebo else 'exactly zero'} for every tier"
        )
    clear = [row for row in rows if is_clear(row)]
    if not clear and any(verdict(row) == FEW for row in rows):
        return f"{counted_pairs(rows)} are too few to tell who waits longer"
    if not clear:
        return "Nobody clearly waits longer or shorter for a contract"
    reach = {str(row["policy"]): 0.0 for row in clear}
    for row in clear:
        reach[str(row["policy"])] += abs(row["difference"])
    policy = max(reach, key=lambda one: reach[one])
    mine = [row for row in rows if row["policy"] == policy]
    told = listed([_who(row) for row in mine if is_clear(row)])
    rest = [_whom(str(row["tier"])) for row in mine if not is_clear(row)]
    text = f"With {quoted(view, policy)} the wait for a contract is {told}"
    return text + (f"; no clear change for {listed(rest)}" if rest else "")


def _who(row: Row) -> str:
    way = WAYS[int(row["difference"] > 0.0)]
    return f"{size_words(row, 'months')} {way} for {_whom(str(row['tier']))}"


def _whom(tier: str) -> str:
    return f"the {tier}" if tier.endswith("tier") else tier


def _tier_dot(row: Row, place: int, view: View) -> Dot:
    low, middle, high = (_months(row)[key] for key in ("low", "difference", "high"))
    clear = is_clear(row)
    words = f"{title_of(view, row['policy'])}\n{row['tier']}, months: {_change(row)}"
    number = signed(middle) if clear else ""
    return Dot(place, middle, low, high, clear, is_zero(row), words, number)


def _tier_rows(rows: Sequence[Row]) -> pd.DataFrame:
    parts = []
    for row in rows:
        names = ("policy", "tier", "route", "baseline", "difference", "low", "high", "p_holm", "n")
        months = _months(row)
        parts.append({**{key: months[key] for key in names}, "unit": "months",
                      "clear": is_clear(row)})  # fmt: skip
    return pd.DataFrame(parts)
