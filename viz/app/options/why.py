"""Why this supplier? One choice of one run: the offers, what spoke for each, what kept others out.

A single run is an example, never an answer; every text says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from alliance_abm.datafiles import buyer_names, nation_names
from alliance_abm.explain_text import base_offer, draw_text, headline, shown_offers
from alliance_abm.explain_why import change_text, lost_text, screened_text
from alliance_abm.explain_words import SEEN, chance, money, said, words
from alliance_abm.explanation import Explanation, Offer, Rival
from viz.app.chart import Chart
from viz.app.options.nation_parts import FONT, Option, empty_option, first_up, tip
from viz.charts_explain import COLOURS, PARTS
from viz.observed import COMPETITOR, FRIENDLY, UNITED_STATES
from viz.page import digits
from viz.policy_words import PER_CENT, counted, signed
from viz.theme import ROUTES, SOURCES

SMALL = 12  # letters of legends and names of offers
SHOWN = 6  # offers
RIVALS = 3  # that sentences are made of
PART_NAMES: Mapping[str, str] = MappingProxyType(  # where the model's word is not plain
    {
        "cost": "Cost",
        "timeline": "Timeline",
        "fit": "Functional fit",
        "export_control": "Export control",
        "strategic_competition": "Strategic competition",
        "trust": "Trust",
        "incumbency": "Already in service",
        "programme": "Joint programme",
        "control": "Own control",
        "policy": "U.S. policy",
        "standing": "Standing",
    }
)
DEFINITIONS = (
    "Cost, timeline, functional fit, export control and strategic competition are RAND's five "
    "factors. Standing: presence on the market, home advantage, and what the record of 2010–14 "
    "leaves unexplained. FMS: Foreign Military Sales, government to government; DCS: direct "
    "commercial sales."
)


@dataclass(frozen=True)
class ChoiceWords:
    """A choice in sentences.

    `headline` says who chose what; `need` what was asked for; `draw` what chance had to do with
    it; `changes` what would have changed it; `screened` who was kept out, a line a reason;
    `lost` why the United States lost the sale, empty when it did not.
    """

    headline: str
    need: str
    draw: str
    changes: tuple[str, ...]
    screened: tuple[str, ...]
    lost: str


def choice_words(e: Explanation) -> ChoiceWords:
    """A choice in plain sentences."""
    need = e.need
    urgency = f"urgent, within {need.longest_lead:.1f} years" if need.urgent else "not urgent"
    purse = f"{money(need.money)} in its equipment purse for all domains, a year ahead included"
    purse = purse if need.money > 0.0 else "nothing in its equipment purse"
    grant = ", a grant tied to U.S. goods" if need.grant else ""
    deferred = f", deferred {counted(need.deferrals, 'time', 'times')} before"
    asked = f"Asked for since {need.since}{deferred if need.deferrals else ''}; {urgency}; "
    asked += f"{purse}{grant}; the usual price is {money(need.worth)}."
    return ChoiceWords(
        f"{_whole(headline(e))} {_example(e)}",
        asked,
        draw_text(e) if e.offers else "",
        tuple(_rival_words(e, rival) for rival in e.rivals[:RIVALS]),
        _lines(screened_text(e, every=False)),
        _whole(lost_text(e)),
    )


def _example(e: Explanation) -> str:
    return f"One run, an example (seed {e.seed})."


def _whole(text: str) -> str:
    """A wrapped paragraph as one line."""
    return " ".join(text.split("\n")).replace("  ", " ")


def _lines(text: str) -> tuple[str, ...]:
    """Lines of a list whose lines were wrapped with an indent."""
    return tuple(one.strip() for one in text.replace("\n    ", " ").split("\n") if one.strip())


def _rival_words(e: Explanation, rival: Rival) -> str:
    who = first_up(said(e, rival.offer))
    if rival.gap <= SEEN:
        return f"{who} was at least as attractive already; the draw went against it."
    if not rival.changes:
        return f"{who} lay too far behind: no single change within reason would have made it up."
    ways = ", or ".join(change_text(change) for change in rival.changes)
    return f"{who} would have been as attractive with {ways}."


def choice_terms(e: Explanation) -> Chart:
    """What spoke for and against the likeliest offers beside the one chosen, as stacked bars."""
    base, ident = base_offer(e), f"why_{e.buyer}_{e.quarter}_{e.domain}"
    others = [one for one in shown_offers(e, SHOWN) if not (one.deferred or one is base)]
    title = f"{_whole(headline(e))} {_example(e)}"
    table = e.frame().assign(runs=1, seed=e.seed)
    if base is None or not others:
        text = "No offer passed the screens." if base is None else "No other offer was considered."
        return Chart(
            f"{ident}_empty", empty_option(text), title, _example(e), table, f"{title} {text}"
        )
    note = (
        f"Bars to the right speak for an offer, bars to the left against it, in utility beside "
        f"{said(e, base)}; the diamond is their sum. {draw_text(e)} {DEFINITIONS} {_example(e)}"
    )
    return Chart(ident, _bars(e, base, others), title, note, table, f"Stacked bars. {title}")


def _bars(e: Explanation, base: Offer, others: Sequence[Offer]) -> Option:
    series: list[Option] = []
    for key, _, terms in PARTS:
        values = [sum(one.terms[term] - base.terms[term] for term in terms) for one in others]
        if any(abs(value) >= SEEN for value in values):
            data = [
                {"value": round(value, 3) if abs(value) >= SEEN else None,
                 "tooltip": tip(_offer_name(e, one), [f"{PART_NAMES[key]}: {signed(value)}"])}
                for value, one in zip(values, others, strict=True)
            ]  # fmt: skip
            series.append({"name": PART_NAMES[key], "type": "bar", "stack": "terms", "data": data,
                           "barWidth": "52%", "itemStyle": {"color": COLOURS[key],
                           "borderColor": "#ffffff", "borderWidth": 1}})  # fmt: skip
    sums = [
        {"value": [round(one.utility - base.utility, 3), place],
         "tooltip": tip(_offer_name(e, one), [f"sum: {signed(one.utility - base.utility)}",
                                              *_figures(one)])}
        for place, one in enumerate(others)
    ]  # fmt: skip
    series.append({"name": "Sum", "type": "scatter", "symbol": "diamond", "symbolSize": 17,
                   "data": sums, "z": 6, "itemStyle": {"color": "#222222",
                   "borderColor": "#ffffff", "borderWidth": 2}})  # fmt: skip
    return {
        "animation": False,
        "aria": {"enabled": True, "decal": {"show": True},
                 "label": {"description": _whole(headline(e))}},
        "tooltip": {"trigger": "item", "confine": True, "textStyle": {"fontSize": FONT}},
        "legend": {"top": 0, "left": 0, "right": 0, "itemGap": 8, "itemWidth": 16,
                   "itemHeight": 12, "textStyle": {"fontSize": SMALL}},
        "grid": {"left": 168, "right": 16, "top": 72, "bottom": 44},
        "xAxis": {"type": "value", "name": "◀ against it · utility · for it ▶",
                  "nameLocation": "middle", "nameGap": 28,
                  "nameTextStyle": {"fontSize": FONT},
                  "axisLabel": {"formatter": "fmt:axis:", "fontSize": FONT}},
        "yAxis": {"type": "category", "inverse": True, "axisTick": {"show": False},
                  "data": [f"{_offer_name(e, one)}\n{_short(one)}" for one in others],
                  "axisLabel": {"fontSize": SMALL, "lineHeight": 15, "width": 158,
                                "overflow": "break", "interval": 0}},
        "series": series,
    }  # fmt: skip


def _offer_name(e: Explanation, one: Offer) -> str:
    who = "Own industry" if one.supplier == e.buyer else e.names[one.supplier]
    return f"{who}, {words(one.route, True)}"


def _short(one: Offer) -> str:
    """Chance and whether it was chosen, below the name."""
    return f"chance {chance(one)}{', chosen' if one.chosen else ''}"


def _figures(one: Offer) -> list[str]:
    """Chance, price, lead and the rest of an offer, as lines."""
    lines = [_short(one)]
    if not math.isnan(one.price):
        lines.append(f"price {money(one.price)}, first half in {one.lead:.1f} years")
    if not math.isnan(one.release):
        lines.append(f"chance of release {digits(one.release)}, fit {digits(one.fit)}")
    return lines


def choice_chances(e: Explanation) -> Chart:
    """The chance of each of the likeliest offers, the chosen one marked; waiting included."""
    ident = f"chances_{e.buyer}_{e.quarter}_{e.domain}"
    title = f"{_whole(headline(e))} {_example(e)}"
    table = e.frame().assign(runs=1, seed=e.seed)
    if not e.offers:
        text = "No offer was looked at."
        return Chart(
            f"{ident}_empty", empty_option(text), title, _example(e), table, f"{title} {text}"
        )
    top = shown_offers(e, SHOWN)
    rest = 1.0 - sum(one.probability for one in top)
    names = [("Waiting" if one.deferred else _offer_name(e, one)) for one in top]
    values = [one.probability for one in top]
    colours = [_colour(e, one) for one in top]
    marks = [one.chosen for one in top]
    if len(e.offers) > len(top):
        names.append(f"{counted(len(e.offers) - len(top), 'other offer', 'other offers')}")
        values, colours, marks = [*values, rest], [*colours, COLOURS["standing"]], [*marks, False]
    data = [
        {"value": round(PER_CENT * value, 2),
         "itemStyle": {"color": colour, "borderColor": "#D55E00" if mark else colour,
                       "borderWidth": 3 if mark else 0},
         "label": {"formatter": f"{digits(PER_CENT * value)} %{'  CHOSEN' if mark else ''}",
                   "fontWeight": "bold" if mark else "normal"}}
        for value, colour, mark in zip(values, colours, marks, strict=True)
    ]  # fmt: skip
    option: Option = {
        "animation": False,
        "tooltip": {"show": False},
        "grid": {"left": 210, "right": 110, "top": 8, "bottom": 46},
        "xAxis": {"type": "value", "min": 0, "name": "chance of being chosen",
                  "nameLocation": "middle", "nameGap": 28, "nameTextStyle": {"fontSize": FONT},
                  "splitNumber": 4,
                  "axisLabel": {"formatter": "{value} %", "fontSize": FONT, "hideOverlap": True}},
        "yAxis": {"type": "category", "inverse": True, "data": names,
                  "axisTick": {"show": False}, "axisLabel": {"fontSize": FONT}},
        "series": [{"name": "chance", "type": "bar", "barWidth": "58%", "data": data,
                    "label": {"show": True, "position": "right", "fontSize": FONT}}],
    }  # fmt: skip
    note = f"{counted(len(e.offers), 'choice', 'choices')} open to {e.names[e.buyer]}, waiting " \
           f"included; {counted(len(e.screened), 'offer', 'offers')} kept out. {draw_text(e)} " \
           f"{_example(e)}"  # fmt: skip
    return Chart(ident, option, title, note, table, f"Bars of chances. {title}")


def _colour(e: Explanation, one: Offer) -> str:
    if one.deferred:
        return COLOURS["standing"]
    if one.supplier == e.buyer:
        return ROUTES["domestic"].colour
    rival = one.supplier in set(nation_names()) - buyer_names()
    kind = UNITED_STATES if one.supplier == UNITED_STATES else COMPETITOR if rival else FRIENDLY
    return SOURCES[kind].colour


def screened_table(e: Explanation) -> pd.DataFrame:
    """What was kept out: supplier, route, screens (ids), price, lead, fit and release."""
    found = e.frame()
    if "screened_by" not in found:
        return found
    kept = found[found["screened_by"].notna()]
    columns = ["supplier", "route", "screened_by", "price_musd", "lead_years", "believed_fit",
               "believed_release"]  # fmt: skip
    return kept[columns].reset_index(drop=True)
