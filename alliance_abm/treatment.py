"""Treatment: how the administration handles one case, and what a buyer may expect of it.

A case may be on the fast track (less work, perhaps ahead of others), go ahead for its buyer's
burden, need no review at all, or have part of its preparation done twice because reviews
disagreed. Each is an addressed draw of the case, so that a larger share only adds cases to those
treated before. Whoever goes ahead makes others wait; nothing else says by how much.
"""

from __future__ import annotations

from typing import Final

from alliance_abm.desks import AHEAD_CLASS, PREPARATION, RELEASE, SMALL_CASE_CLASS, through_fms
from alliance_abm.draws import TREATMENT, uniform
from alliance_abm.kernels import njit
from alliance_abm.layout import FMS, PART_SLOTS

FAST: Final = 0  # slots of the draws
FAST_AHEAD: Final = 1
BURDEN_AHEAD: Final = 2
EXEMPT: Final = 3
REWORK: Final = 4


@njit(cache=True, inline="always")
def fast_share(p, w, nations, b, route):
    """Chance that a case of buyer ``b`` is on the fast track."""
    eligible = w["fast_track_eligible"]
    if not through_fms(route) or nations["tier"][b] > p["fast_track_tier"]:
        eligible = 0.0
    return eligible


@njit(cache=True, inline="always")
def burden_share(p, nations, b):
    """Chance that a case goes ahead of others because of its buyer's burden."""
    share = p["burden_priority_share"]
    if nations["burden"][b] < p["burden_priority_threshold"]:
        share = 0.0
    return share


@njit(cache=True, inline="always")
def ahead_share(p, nations, b, fast):
    """Chance that a case goes ahead of others, of either cause; ``fast`` from ``fast_share``."""
    others = 1.0 - fast * p["fast_track_priority_share"]
    return 1.0 - others * (1.0 - burden_share(p, nations, b))


@njit(cache=True, inline="always")
def exempt_share(p, w, nations, b):
    """Chance that a licence or a release review of a U.S. product is not needed."""
    share = 0.0
    if w["export_sensitivity"] < p["exempt_sensitivity_ceiling"]:
        share = p["licence_exempt_share"]
    if nations["trusted"][b] == 1 and w["export_sensitivity"] <= p["trusted_sensitivity_ceiling"]:
        share = max(share, p["trusted_exempt_share"])
    return share


@njit(cache=True, inline="always")
def office_share(p):
    """Part that is left of the U.S. offices' time on an FMS case when hand-offs are cut."""
    return 1.0 - p["handoff_share"] * p["handoff_cut"]


@njit(cache=True)
def drawn(share, what, seed, orders, row, key, domain):
    """Whether a case is among the ``share`` treated so."""
    if share <= 0.0:
        return False
    slot = PART_SLOTS * orders["part"][row] + what
    return uniform(seed, TREATMENT, orders["address"][row], key, domain, slot) < share


@njit(cache=True, inline="always")
def time_left(p, w, nations, orders, row, seed, key, domain):
    """Part that is left of an FMS calendar stage of the U.S. offices for one case."""
    fast = fast_share(p, w, nations, orders["buyer"][row], orders["route"][row])
    left = office_share(p)
    if drawn(fast, FAST, seed, orders, row, key, domain):
        left *= 1.0 - p["fast_track_work_cut"]
    return left


@njit(cache=True, inline="always")
def treat(p, w, nations, orders, row, suspended, seed, key, domain):
    """Write a case's class and work when it reaches a desk, and whether it needs no review.

    No exemption holds while deliveries to the buyer are suspended.
    """
    b, route, stage = orders["buyer"][row], orders["route"][row], orders["stage"][row]
    fast = drawn(fast_share(p, w, nations, b, route), FAST, seed, orders, row, key, domain)
    ahead = drawn(burden_share(p, nations, b), BURDEN_AHEAD, seed, orders, row, key, domain)
    extra = 0.0
    if fast:
        extra = -p["fast_track_work_cut"]
        share = p["fast_track_priority_share"]
        ahead = ahead or drawn(share, FAST_AHEAD, seed, orders, row, key, domain)
    offer = through_fms(route) and stage == PREPARATION
    if offer and drawn(p["release_rework"], REWORK, seed, orders, row, key, domain):
        extra += (1.0 + extra) * p["rework_part"]
    orders["priority"][row] = AHEAD_CLASS if ahead else SMALL_CASE_CLASS
    orders["extra"][row] = extra
    fms = through_fms(route)
    review = (fms and stage == RELEASE) or (not fms and stage == PREPARATION)
    share = 0.0 if suspended else exempt_share(p, w, nations, b)
    free = review and drawn(share, EXEMPT, seed, orders, row, key, domain)
    orders["exempt"][row] = 1 if free else 0


@njit(cache=True, inline="always")
def days_at_desk(desks, k, ahead, more):
    """Expected days at desk ``k`` of a case that goes ahead with chance ``ahead``.

    ``more`` is its expected work beyond the usual, as a share.
    """
    days = desks["expected_days"][k] + more * desks["expected_work"][k]
    if ahead > 0.0:
        days -= ahead * (desks["expected_days"][k] - desks["expected_ahead"][k])
    return days


@njit(cache=True, inline="always")
def fms_office_days(p, w, nations, desks, b, d, n_domains, rework):
    """Expected days of an FMS case from its request to the offer, and the part of award left.

    ``rework`` is the share of definition that an unpractised partner adds.
    """
    fast = fast_share(p, w, nations, b, FMS)
    ahead = ahead_share(p, nations, b, fast)
    less = fast * p["fast_track_work_cut"]
    left = office_share(p) * (1.0 - less)
    review = days_at_desk(desks, n_domains, ahead, -less) * (1.0 - exempt_share(p, w, nations, b))
    again = (1.0 - less) * p["release_rework"] * p["rework_part"]
    days = p["lor_days"] * (1.0 + rework) * left + p["acceptance_days"]
    days += p["contract_award_days"] * left
    days += review * (1.0 - p["review_overlap"]) + days_at_desk(desks, d, ahead, again - less)
    return days
