"""Why the United States lost a sale: RAND's five factors and trust.

The terms of the best U.S. offer are set against those of the winner; the cause is the group of
terms in which the United States was furthest behind.  Where it had no offer at all, the cause is
the screen that kept it out.
"""

from __future__ import annotations

from alliance_abm.causes import (
    COST,
    EXPORT_CONTROL,
    FIT,
    NOT_LOST,
    OTHER,
    STRATEGIC_COMPETITION,
    TIMELINE,
    TRUST,
)
from alliance_abm.kernels import njit
from alliance_abm.layout import DEFER, DEVELOP, DOMESTIC
from alliance_abm.offers import (
    SCREEN_FIT,
    SCREEN_MONEY,
    SCREEN_NONE,
    SCREEN_ORIGIN,
    SCREEN_RELEASE,
    SCREEN_TIME,
)


@njit(cache=True, inline="always")
def group_term(cause, p, ask, view, offer):
    """The terms of an offer's utility that belong to a cause."""
    own = offer["route"] == DOMESTIC or offer["route"] == DEVELOP
    s = offer["supplier"]
    if cause == COST:
        return -ask["price_weight"] * offer["ln_price"]
    if cause == TIMELINE:
        return -ask["lag"] * offer["lead"]
    if cause == FIT:
        return ask["fit_weight"] * offer["fit"]
    if cause == EXPORT_CONTROL:
        sanctions = 0.0 if own else view["sanctions"][s]
        return p["weight_release"] * (offer["ln_release"] + sanctions)
    if cause == STRATEGIC_COMPETITION:
        return (0.0 if own else view["politics"][s]) - offer["risk"]
    if cause == TRUST and not own:
        return view["trust"][s]
    return 0.0


@njit(cache=True)
def cause_of_loss(p, ask, view, offers, n, winner, b, usa):
    """The cause that lost a sale to the United States, and whether it decided.

    -1 when the United States won or is the buyer.  A cause decides when without it the U.S. offer
    would have been worth as much as the winner's; habit, standing and chance are left then.
    """
    if b == usa or offers["supplier"][winner] == usa or offers["route"][winner] == DEFER:
        return NOT_LOST, False
    best = -1
    for i in range(n):
        mine = offers["supplier"][i] == usa
        if mine and (best < 0 or offers["utility"][i] > offers["utility"][best]):
            best = i
    if best < 0:
        return _cause_of_screen(ask["us_screen"]), ask["us_screen"] != SCREEN_NONE
    cause, behind = OTHER, 0.0
    for k in range(OTHER):
        gap = group_term(k, p, ask, view, offers[winner])
        gap -= group_term(k, p, ask, view, offers[best])
        if gap > behind:
            cause, behind = k, gap
    whole = offers["utility"][winner] - offers["utility"][best]
    return cause, whole > 0.0 and p["utility_share"] * behind >= whole


@njit(cache=True, inline="always")
def _cause_of_screen(screen):
    if screen == SCREEN_FIT:
        return FIT
    if screen == SCREEN_RELEASE:
        return EXPORT_CONTROL
    if screen == SCREEN_ORIGIN:
        return STRATEGIC_COMPETITION
    if screen == SCREEN_TIME:
        return TIMELINE
    return COST if screen == SCREEN_MONEY else OTHER
