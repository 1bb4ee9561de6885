"""An explanation as text for a terminal: who chose what, out of which offers, and why."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Sequence

from alliance_abm.console import table_text
from alliance_abm.explain_why import changes_text, lost_text, screened_text
from alliance_abm.explain_words import (
    NAMES,
    SEEN,
    WIDTH,
    amount,
    chance,
    lower,
    money,
    said,
    words,
    wrapped,
)
from alliance_abm.explanation import Explanation, Offer

TOP = 6
HEAD = 10  # letters of a column's head, so that names of rows keep one line beside TOP columns


def as_text(explanation: Explanation, every: bool = False) -> str:
    """The whole explanation, at most WIDTH columns wide.

    The TOP likeliest offers are shown, or `every` one.
    """
    parts = [
        wrapped(headline(explanation)),
        _need(explanation),
        _offers(explanation, every),
        screened_text(explanation, every),
        changes_text(explanation),
        lost_text(explanation),
    ]
    return "\n\n".join(part for part in parts if part)


def headline(e: Explanation) -> str:
    """One sentence: who chose what, for what, when, and how likely that was."""
    what = f"{lower(e.domain_name)}, {amount(e.need.volume)} units, in {e.quarter}"
    buyer = e.names[e.buyer]
    if not e.offers:
        return f"{buyer} had no money left to look at offers for {what}; the search stays open."
    if not e.chosen:
        return f"{buyer} looked for {what}."
    first = e.chosen[0]
    if first.deferred:
        if len(e.offers) == 1:
            return f"{buyer} deferred its search for {what}: no offer passed its screens."
        return f"{buyer} deferred its search for {what}; the chance of that was {chance(first)}."
    if len(e.chosen) > 1:
        both = " and ".join(f"{said(e, offer)} ({chance(offer)})" for offer in e.chosen)
        return f"{buyer} split its order for {what}, between {both}."
    return f"{buyer} chose {said(e, first)} for {what}; its chance was {chance(first)}."


def _need(e: Explanation) -> str:
    need = e.need
    asked = f"Asked for since {need.since}"
    if need.deferrals:
        asked += f", deferred {need.deferrals} time{'s' if need.deferrals > 1 else ''} before"
    urgency = f"urgent: within {need.longest_lead:.1f} years" if need.urgent else "not urgent"
    purse = f"{money(need.money)} to spend" if need.money > 0.0 else "nothing to spend"
    if need.grant:
        purse += ", a grant tied to U.S. goods"
    lines = [
        f"{asked}; technology level {need.level:.2f}, threat {need.threat:.2f}, {urgency}.",
        f"Money: {purse}; at the reference price the need costs {money(need.worth)}.",
        f"Seed {e.seed}" + "".join(f", order {order}" for order in e.orders) + ".",
    ]
    return "\n".join(wrapped(line, "  ") for line in lines)


def shown_offers(e: Explanation, most: int = TOP) -> list[Offer]:
    """The likeliest offers, those chosen first, with the best U.S. one if its sale was lost."""
    found = [*e.chosen, *(offer for offer in e.offers if not offer.chosen)]
    top = found[:most]
    if e.lost and e.lost.offer and e.lost.offer not in top:
        top[-1:] = [e.lost.offer]
    return top


def base_offer(e: Explanation) -> Offer | None:
    """What terms are compared with: what was chosen, or the likeliest offer when it was to wait."""
    candidates = [offer for offer in (*e.chosen, *e.offers) if not offer.deferred]
    return candidates[0] if candidates else None


def _offers(e: Explanation, every: bool) -> str:
    base = base_offer(e)
    if base is None:
        return ""
    top = shown_offers(e, len(e.offers) if every else TOP)
    count = len(e.offers) - sum(offer.deferred for offer in e.offers)
    intro = f"{count} offer{'s' if count > 1 else ''} passed the screens"
    if len(top) < len(e.offers):
        intro += ", the likeliest are shown (--all shows every one)"
    intro += (
        f". {draw_text(e)} Utility and its terms are differences from {said(e, base)}; standing "
        "is presence on the market and what the record leaves unexplained."
    )
    blocks = [top[start : start + TOP] for start in range(0, len(top), TOP)]
    return "\n\n".join([wrapped(intro), *(_table(e, block, base, top) for block in blocks)])


def draw_text(e: Explanation) -> str:
    """What chance had to do with it."""
    likeliest, taken = e.offers[0], e.chosen
    if not taken or any(offer.probability >= likeliest.probability for offer in taken):
        return "The choice is a draw by these chances."
    return (
        f"The choice is a draw by these chances, and a less likely offer was drawn: a "
        f"{chance(taken[0])} chance came up, {said(e, likeliest)} had {chance(likeliest)}."
    )


def _table(e: Explanation, block: Sequence[Offer], base: Offer, top: Iterable[Offer]) -> str:
    columns = ["", *(_column(e, offer) for offer in block)]
    rows = [
        ["chance", *(chance(offer) for offer in block)],
        ["price, $ million", *(_cell(offer.price, amount) for offer in block)],
        ["lead, years", *(_cell(offer.lead, "{:.1f}".format) for offer in block)],
        ["chance of release", *(_cell(offer.release, "{:.2f}".format) for offer in block)],
        ["fit", *(_cell(offer.fit, "{:.2f}".format) for offer in block)],
        ["utility", *(_difference(o.utility - base.utility, o is base) for o in block)],
    ]
    others = [offer for offer in top if not offer.deferred]
    size = {name: max(abs(o.terms[name] - base.terms[name]) for o in others) for name in NAMES}
    for name in sorted(NAMES, key=lambda name: -size[name]):
        if size[name] >= SEEN:
            cells = (
                "" if o.deferred else _difference(o.terms[name] - base.terms[name], o is base)
                for o in block
            )
            rows.append([f"  {NAMES[name]}", *cells])
    return table_text(columns, rows, right=columns[1:], width=WIDTH).strip("\n")


def _column(e: Explanation, offer: Offer) -> str:
    """The head of an offer's column, in lines of at most HEAD letters."""
    who = "" if offer.deferred else e.names[offer.supplier]
    mark = "CHOSEN " if offer.chosen else ""
    lines = (
        textwrap.wrap(text, HEAD, break_long_words=False)
        for text in (mark, who, words(offer.route, True))
    )
    return "\n".join(line for part in lines for line in part)


def _cell(value: float, form: Callable[[float], str]) -> str:
    return "" if math.isnan(value) else form(value)


def _difference(value: float, is_base: bool) -> str:
    if is_base:
        return "·"
    return f"{value:+.2f}".replace("-", "−") if abs(value) >= SEEN else "0"
