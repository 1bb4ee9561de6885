"""Release: may this buyer have this product, and does it believe so?

A product carries foreign content, so the policy of every origin of a material part of it
reaches the buyer, whoever sells it.
"""

from __future__ import annotations

from numba import njit

from alliance_abm.layout import MAX_ORIGINS, PARTS, PRODUCTS


@njit(cache=True, inline="always")
def believed(pairs, b, s):
    """The buyer's belief that supplier ``s`` will release, before sensitivity (0-1)."""
    granted = pairs["release_granted"][b, s]
    return granted / (granted + pairs["release_refused"][b, s])


@njit(cache=True, inline="always")
def policy(pairs, b, s):
    """Supplier ``s``'s policy towards ``b``: the chance of release, before sensitivity (0-1)."""
    return pairs["release_policy"][b, s] * (1.0 - pairs["suspended"][b, s])


@njit(cache=True, inline="always")
def at_sensitivity(release, sensitivity):
    """Chance of release in a domain; refusals scale with its sensitivity (1 = average)."""
    return max(1.0 - (1.0 - release) * sensitivity, 0.0)


@njit(cache=True, inline="always")
def through_content(
    b, s, line, sensitivity, view, content_origin, content_reach, content_share, content_total
):
    """Believed chance that ``b`` gets the product of ``line`` sold by ``s``, and its risk.

    The chance (0-1) is the seller's own refusal, and that of each origin as far as its control
    reaches.  The risk is what each part adds to the concentration on its origin, in utility. A
    product has no content of its owner, and a buyer neither refuses itself nor depends on itself.
    """
    chance = 1.0
    risk = (1.0 - content_total[line]) * view["risk"][s]
    if s != b:
        chance = max(1.0 - view["refusal"][s] * sensitivity, 0.0)
    for k in range(MAX_ORIGINS):
        origin = content_origin[line, k]
        if origin < 0 or content_reach[line, k] <= 0.0:
            break
        refusal = min(view["refusal"][origin] * sensitivity, 1.0)
        chance *= 1.0 - content_reach[line, k] * refusal
        risk += content_share[line, k] * view["risk"][origin]
    return chance, risk


@njit(cache=True)
def refusing_origin(pairs, content_origin, content_reach, b, s, line, sensitivity, u, exempt=0):
    """Who refuses, walking the seller first and then the origins of content; -1 if nobody.

    ``u`` is one uniform number: the refusals are laid end to end, so that one draw decides.
    An ``exempt`` case (1) is not the seller's to refuse.
    """
    if pairs["removed"][b, s] & PRODUCTS:
        return s
    kept = 1.0
    if s != b and exempt == 0:
        granted = at_sensitivity(policy(pairs, b, s), sensitivity)
        if u >= granted:
            return s
        kept = granted
    for k in range(MAX_ORIGINS):
        origin = content_origin[line, k]
        if origin < 0 or content_reach[line, k] <= 0.0:
            break
        if origin == b or origin == s:
            continue
        refusal = 1.0 - at_sensitivity(policy(pairs, b, origin), sensitivity)
        if pairs["removed"][b, origin] & PARTS:
            refusal = 1.0
        kept *= 1.0 - content_reach[line, k] * refusal
        if u >= kept:
            return origin
    return -1
