"""What would have changed a choice, and why the United States lost the sale."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from alliance_abm.causes import CAUSES, FACTORS, NOT_LOST, OTHER, Cause, cause_of_screen
from alliance_abm.datafiles import UNITED_STATES
from alliance_abm.explain_screens import IDS
from alliance_abm.explain_terms import ROUNDING
from alliance_abm.explanation import Change, Lost, Offer, Rival, Screened

LARGEST_CUT = 0.6  # of a price: more is not within reason
RUNNERS_UP = 2


def rivals(chosen: Offer, offers: Iterable[Offer]) -> tuple[Rival, ...]:
    """The best offers of the two nearest other suppliers, and of the United States if it is none.

    Those of the supplier that was chosen are no rivals. The nearest comes first.
    """
    others = [o for o in offers if not (o.chosen or o.deferred or o.supplier == chosen.supplier)]
    best: dict[str, Offer] = {}
    for offer in sorted(others, key=lambda offer: -offer.utility):
        best.setdefault(offer.supplier, offer)
    nearest = list(best.values())
    shown = [o for i, o in enumerate(nearest) if i < RUNNERS_UP or o.supplier == UNITED_STATES]
    return tuple(_rival(chosen, offer) for offer in shown)


def _rival(chosen: Offer, offer: Offer) -> Rival:
    gap = chosen.utility - offer.utility
    return Rival(offer, gap, changes(offer, gap) if gap > ROUNDING else ())


def changes(offer: Offer, gap: float) -> tuple[Change, ...]:
    """Changes of one attribute that would each raise the utility of an offer by `gap`.

    Left out: a price cut of more than LARGEST_CUT, delivery before the request, a chance of
    release or a fit above 1.
    """
    slopes, found = offer.slopes, []
    if slopes.price > 0.0:
        left = math.exp(-gap / slopes.price)
        if left >= 1.0 - LARGEST_CUT:
            found.append(Change("price", offer.price, left * offer.price))
    if slopes.lead > 0.0 and gap / slopes.lead <= offer.lead:
        found.append(Change("lead", offer.lead, offer.lead - gap / slopes.lead))
    if slopes.release > 0.0 and gap / slopes.release <= -math.log(offer.release):
        believed = offer.release * math.exp(gap / slopes.release)
        found.append(Change("release", offer.release, believed))
    if slopes.fit > 0.0 and offer.fit + gap / slopes.fit <= 1.0:
        found.append(Change("fit", offer.fit, offer.fit + gap / slopes.fit))
    return tuple(found)


def lost_sale(
    buyer: str,
    chosen: Sequence[Offer],
    offers: Iterable[Offer],
    screened: Iterable[Screened],
    noted: int = NOT_LOST,
) -> Lost | None:
    """Why the United States lost a sale to the (first) offer chosen.

    None when it won all or part of it, when nothing was bought, and when it is the buyer. The cause
    is what the ledger `noted`; without a note that of the largest disadvantage of its best offer
    among the six, with no offer that of the screen that kept out the one nearest to passing.
    """
    taken = {offer.supplier for offer in chosen}
    if not chosen or chosen[0].deferred or UNITED_STATES in (buyer, *taken):
        return None
    mine = [offer for offer in offers if offer.supplier == UNITED_STATES]
    if not mine:
        kept_out = tuple(one for one in screened if one.supplier == UNITED_STATES)
        screen = CAUSES[noted] if noted != NOT_LOST else _cause_of_screens(kept_out)
        return Lost(screen, None, {}, kept_out)
    best = max(mine, key=lambda offer: offer.utility)
    margins = {cause.id: margin(cause, chosen[0], best) for cause in CAUSES}
    worst = max(FACTORS, key=lambda cause: margins[cause.id])
    behind = margins[worst.id] > ROUNDING
    found = worst if behind else CAUSES[OTHER]
    return Lost(CAUSES[noted] if noted != NOT_LOST else found, best, margins, ())


def margin(cause: Cause, winner: Offer, other: Offer) -> float:
    """Utility by which an offer lies behind the winner for one cause; below 0 it is ahead."""
    return sum(winner.terms[term] - other.terms[term] for term in cause.terms)


def _cause_of_screens(kept_out: Sequence[Screened]) -> Cause:
    if not kept_out:
        return CAUSES[OTHER]
    nearest = min(kept_out, key=lambda one: (len(one.screens), IDS.index(one.screens[0])))
    return cause_of_screen(nearest.screens[0])
