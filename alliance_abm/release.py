"""Release: may this buyer have this product, and does it believe so?

A product carries foreign content, so the policy of every origin of a material part of it
reaches the buyer, whoever sells it.
"""

from __future__ import annotations

from alliance_abm.kernels import njit
from alliance_abm.layout import MAX_ORIGINS, PARTS, PRODUCTS


@njit(cache=True, inline="always")
def believed(pairs, b, s):
    """The buyer's belief that supplier ``s`` will release, before sensitivity (0-1)."""
    granted = pairs["release_granted"][b, s]
    return granted / (granted + pairs["release_refused"][b, s])


@njit(cache=True, inline="always")
def at_sensitivity(release, sensitivity):
    """Chance of release in a domain; refusals scale with its sensitivity (1 = average)."""
    return max(1.0 - (1.0 - release) * sensitivity, 0.0)


@njit(cache=True, inline="always")
def chance(nations, cells, pairs, b, d, s, sensitivity):
    """Chance (0-1) that supplier ``s`` releases to ``b`` in a domain, by its policy as it stands.

    The United States waives part of its refusals for whom it trusts, and withholds part of what
    it would release where technology is not safe.
    """
    release, withheld = pairs["release_policy"][b, s], 0.0
    if nations["united_states"][s] == 1:
        release += (1.0 - release) * cells["us_relief"][b, d]
        withheld = cells["us_withheld"][b, d]
    release *= 1.0 - pairs["suspended"][b, s]
    return at_sensitivity(release, sensitivity) * (1.0 - withheld)


@njit(cache=True, inline="always")
def through_content(
    b, s, line, sensitivity, view, content_origin, content_reach, content_share, content_total
):
    """Believed chance that ``b`` gets the product of ``line`` sold by ``s``, and its risk.

    The chance (0-1) is the seller's own refusal, and that of each origin as far as its control
    reaches.  The risk is what each part adds to the concentration on its origin, in utility. A
    product has no content of its owner, and a buyer neither refuses itself nor depends on itself.
    """
    granted = 1.0
    risk = (1.0 - content_total[line]) * view["risk"][s]
    if s != b:
        granted = max(1.0 - view["refusal"][s] * sensitivity, 0.0)
    for k in range(MAX_ORIGINS):
        origin = content_origin[line, k]
        if origin < 0 or content_reach[line, k] <= 0.0:
            break
        refusal = min(view["refusal"][origin] * sensitivity, 1.0)
        granted *= 1.0 - content_reach[line, k] * refusal
        risk += content_share[line, k] * view["risk"][origin]
    return granted, risk


@njit(cache=True)
def refusing_origin(
    nations, cells, pairs, content_origin, content_reach, b, d, s, line, sensitivity, u, exempt=0
):
    """Who refuses, walking the seller first and then the origins of content; -1 if nobody.

    ``u`` is one uniform number: the refusals are laid end to end, so that one draw decides.
    An ``exempt`` case (1) is the seller's to refuse only where technology is not safe.
    """
    if pairs["removed"][b, s] & PRODUCTS:
        return s
    kept = 1.0
    if s != b:
        granted = 1.0 - cells["us_withheld"][b, d]
        if exempt == 0:
            granted = chance(nations, cells, pairs, b, d, s, sensitivity)
        if u >= granted:
            return s
        kept = granted
    for k in range(MAX_ORIGINS):
        origin = content_origin[line, k]
        if origin < 0 or content_reach[line, k] <= 0.0:
            break
        if origin == b or origin == s:
            continue
        refusal = 1.0 - chance(nations, cells, pairs, b, d, origin, sensitivity)
        if pairs["removed"][b, origin] & PARTS:
            refusal = 1.0
        kept *= 1.0 - content_reach[line, k] * refusal
        if u >= kept:
            return origin
    return -1


@njit(cache=True, inline="always")
def us_policy(p, nations, b):
    """U.S. policy towards ``b`` (0-1): by tier, and as far as criteria count by its screening."""
    rule = p["release_tier_one"] if nations["tier"][b] == 1 else p["release_other"]
    if p["criteria_share"] > 0.0 and nations["is_buyer"][b] == 1:
        worthy = nations["screened"][b] >= p["alignment_threshold"]
        judged = p["release_tier_one"] if worthy else p["release_excluded"]
        rule += p["criteria_share"] * (judged - rule)
    return rule


@njit(cache=True)
def set_policy(par, nations, pairs, usa):
    """Let U.S. policy follow its parameters; what is believed without experience follows it.

    A policy that has not changed is left as it stands.
    """
    for b in range(len(nations)):
        rule = us_policy(par[0], nations, b)
        if rule != nations["us_policy"][b]:
            nations["us_policy"][b] = rule
            pairs["release_policy"][b, usa] = rule
            pairs["release_start"][b, usa] = rule


@njit(cache=True)
def set_terms(par, dom, nations, cells, pairs, usa):
    """Refusals waived for the trusted, and what is withheld where technology is not safe."""
    p = par[0]
    for b in range(len(nations)):
        excluded = (
            nations["is_buyer"][b] == 1 and nations["protection"][b] < (p["protection_required"])
        )
        refusal = 1.0 - pairs["release_policy"][b, usa]
        for d in range(cells.shape[1]):
            sensitivity = dom["export_sensitivity"][d]
            relief, withheld = 0.0, 0.0
            if nations["trusted"][b] == 1 and sensitivity <= p["trusted_sensitivity_ceiling"]:
                relief = max(1.0 - (1.0 - p["release_trusted"]) / max(refusal, 1e-9), 0.0)
            if nations["is_buyer"][b] == 1 and cells["alert_years"][usa, d] > 0:
                withheld = p["incident_withheld_others"]
            if cells["alert_years"][b, d] > 0 and b != usa:
                withheld = max(withheld, p["incident_withheld"])
            if excluded and sensitivity >= p["exclusion_sensitivity"]:
                withheld = 1.0
            cells["us_relief"][b, d], cells["us_withheld"][b, d] = relief, withheld
