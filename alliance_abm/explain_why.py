"""Explanations in words: who was screened out, what would have changed it, why a sale was lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from alliance_abm.causes import CAUSES, FACTORS, OTHER
from alliance_abm.datafiles import UNITED_STATES
from alliance_abm.explain_screens import REASONS
from alliance_abm.explain_terms import ROUNDING
from alliance_abm.explain_words import (
    NAMES,
    NO_BREAK,
    SEEN,
    apart,
    money,
    per_cent,
    said,
    words,
    wrapped,
)
from alliance_abm.explanation import Change, Explanation, Lost, Rival, Screened

NAMED = 8  # suppliers of one group that are named
BEST = {"money": ("cheapest", "price", min), "urgent": ("quickest", "lead", min),
        "aspiration": ("best", "fit", max), "release": ("likeliest", "release", max)}  # fmt: skip


def screened_text(e: Explanation, every: bool) -> str:
    if not e.screened:
        return "No offer was kept out by a screen." if e.offers else ""
    groups: dict[tuple[str, ...], list[Screened]] = {}
    for one in e.screened:
        groups.setdefault(one.screens, []).append(one)
    ordered = sorted(groups.items(), key=lambda item: (len(item[0]), -len(item[1])))
    count = len(e.screened)
    lines = [f"{count} {'offer was' if count == 1 else 'offers were'} kept out by screens:"]
    for screens, offers in ordered:
        reason = ", ".join(_reason(e, screen, offers) for screen in screens)
        lines.append(wrapped(f"  {reason}: {_who(e, offers, every)}", "    "))
    return "\n".join(lines)


def _who(e: Explanation, offers: Iterable[Screened], every: bool) -> str:
    """Suppliers with their routes, the United States first."""
    routes: dict[str, list[str]] = {}
    for one in sorted(offers, key=lambda one: one.supplier != UNITED_STATES):
        routes.setdefault(one.supplier, []).append(words(one.route, True))
    named = list(routes) if every else list(routes)[:NAMED]
    text = ", ".join(f"{e.names[supplier]} ({', '.join(routes[supplier])})" for supplier in named)
    left = len(routes) - len(named)
    return f"{text} and {left} other supplier{'s' if left > 1 else ''}" if left else text


def _reason(e: Explanation, screen: str, offers: Sequence[Screened]) -> str:
    """Why a screen kept out some offers, with the nearest of them and what was asked for."""
    text = REASONS[screen]
    if screen not in BEST:
        return text
    word, attribute, choose = BEST[screen]
    nearest = choose(getattr(one, attribute) for one in offers)
    need = e.need
    limit = {"price": need.money, "lead": need.longest_lead, "fit": need.least_fit,
             "release": need.least_release}[attribute]  # fmt: skip
    found, asked = apart(nearest, limit)
    said_so = {
        "price": f"${found}{NO_BREAK}million, there were {asked}",
        "lead": f"{found} years, at most {asked}",
    }
    return f"{text} ({word} {said_so.get(attribute, f'{found}, at least {asked}')})"


def changes_text(e: Explanation) -> str:
    if not e.rivals:
        return ""
    against = said(e, e.chosen[0])
    lines = [wrapped(f"What would have made another offer as attractive as {against}:")]
    lines += [wrapped(f"  {rival_text(e, rival)}", "    ") for rival in e.rivals]
    return "\n".join(lines)


def rival_text(e: Explanation, rival: Rival) -> str:
    """How far a rival lay behind, and each change that would have made it up."""
    who = said(e, rival.offer)
    if rival.gap <= ROUNDING:
        more = f"by {-rival.gap:.2f}" if rival.gap < -SEEN else "or as much so"
        return f"{who}: it was more attractive already ({more}); the draw went against it"
    behind = f"{who}, behind by {rival.gap:.2f}"
    if not rival.changes:
        return f"{behind}: no change of one attribute within reason"
    return f"{behind}: " + ", or ".join(change_text(change) for change in rival.changes)


def change_text(change: Change) -> str:
    """What one attribute would have had to be, in words."""
    before, after = change.before, change.after
    if change.attribute == "price":
        cut = 1.0 - after / before
        return f"a price {per_cent(cut)} lower ({money(after)} instead of {money(before)})"
    if change.attribute == "lead":
        return f"a lead {before - after:.1f} years shorter ({after:.1f} instead of {before:.1f})"
    if change.attribute == "release":
        return f"release believed at {after:.2f} instead of {before:.2f}"
    return f"a fit of {after:.2f} instead of {before:.2f}"


def lost_text(e: Explanation) -> str:
    """Why the United States lost the sale, or that it did not."""
    taken = {offer.supplier for offer in e.chosen if not offer.deferred}
    if e.buyer == UNITED_STATES or not taken:
        return ""
    if e.lost is None:
        return (
            f"{'The sale' if len(taken) == 1 else 'A part of the sale'} went to the United States."
        )
    return wrapped(_without_offer(e, e.lost) if e.lost.offer is None else _against_offer(e, e.lost))


def _without_offer(e: Explanation, lost: Lost) -> str:
    if not lost.screened:
        return "The United States could not win this sale: it sells nothing in this domain."
    kept_out = "; ".join(
        f"{words(one.route)}: {', '.join(REASONS[screen] for screen in one.screens)}"
        for one in lost.screened
    )
    return (
        f"The United States lost this sale by {lost.cause.name}, before any comparison: none of "
        f"its offers passed the screens ({kept_out})."
    )


def _against_offer(e: Explanation, lost: Lost) -> str:
    assert lost.offer is not None
    best, winner, margins = lost.offer, e.chosen[0], lost.margins
    habits = {term: winner.terms[term] - best.terms[term] for term in CAUSES[OTHER].terms}
    habit = max(habits, key=lambda term: habits[term])
    outside, its_best = (
        f"{NAMES[habit]} ({habits[habit]:.2f})",
        f"its best offer, {words(best.route)},",
    )
    by_chance = best.utility >= winner.utility
    worst = margins[lost.cause.id]
    by_cause = (
        f"the United States lost this sale by {lost.cause.name}: {its_best} lay behind by "
        f"{worst:.2f} of utility."
    )
    if lost.cause is CAUSES[OTHER]:
        text = f"The United States was behind in none of the six causes with {its_best}"
        text += f" but in {outside}." if habits[habit] > SEEN else " nor in anything else."
    elif habits[habit] > worst:
        text = f"Of the six causes {by_cause} Outside the six it lost more by {outside}."
    else:
        text = by_cause.replace("the", "The", 1)
    others = [cause for cause in FACTORS if cause is not lost.cause]
    behind = [f"{c.name} ({margins[c.id]:.2f})" for c in others if margins[c.id] >= SEEN]
    ahead = [f"{c.name} ({-margins[c.id]:.2f})" for c in others if margins[c.id] <= -SEEN]
    text += f" Behind also in {', '.join(behind)}." if behind else ""
    text += f" Ahead in {', '.join(ahead)}." if ahead else ""
    if by_chance:
        text += " All in all it was the more attractive one, and the draw went against it."
    return text
