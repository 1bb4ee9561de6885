"""Groups of nations that agree to buy together: what pools and programmes share.

A group is the orders of one route and domain, in a region or behind a lead, that are in one
status.  What happens to groups is counted by quarter.
"""

from __future__ import annotations

from typing import Final

from alliance_abm.capacity import commit
from alliance_abm.desks import DEFINITION
from alliance_abm.kernels import njit
from alliance_abm.layout import DAYS_PER_QUARTER, IN_ADMINISTRATION, N_CASES

HAPPENINGS: Final = (  # what is counted, by quarter
    "pools_formed", "pools_alone", "pool_members", "holdouts", "programmes_begun",
    "programmes_done", "dropouts", "disputes", "conversions",
)  # fmt: skip
POOL_FORMED: Final = 0
POOL_ALONE: Final = 1
POOL_MEMBER: Final = 2
HELD_OUT: Final = 3
BEGUN: Final = 4
DONE: Final = 5
DROPPED: Final = 6
DISPUTED: Final = 7
CONVERTED: Final = 8

HOLDING_OUT: Final = 1  # kinds of draws; 0 is the search for partners
DROPPING: Final = 2
DISPUTING: Final = 3
CONVERTING: Final = 4
KINDS: Final = 8  # addresses of draws kept for each order


@njit(cache=True, inline="always")
def slot_of(orders, row, kind):
    """Slot of a draw about one order: a nation may have several in one group."""
    return KINDS * (2 * orders["address"][row] + orders["part"][row]) + kind


@njit(cache=True)
def gather(status, route, region, d, lead, nations, orders, cases, counts, rows):
    """Rows of a group in the order of nation, quarter and part; returns their number.

    Those of any region, or with any lead, where ``region`` or ``lead`` is -1.
    """
    n = 0
    for at in range(counts[N_CASES]):
        row = cases[at]
        if orders["status"][row] != status or orders["route"][row] != route:
            continue
        b = orders["buyer"][row]
        if orders["domain"][row] != d or (region >= 0 and nations["region"][b] != region):
            continue
        if (lead >= 0 and orders["lead"][row] != lead) or n == len(rows):
            continue
        k = n
        while k > 0 and _before(nations, orders, row, rows[k - 1]):
            rows[k] = rows[k - 1]
            k -= 1
        rows[k] = row
        n += 1
    return n


@njit(cache=True, inline="always")
def _before(nations, orders, one, other):
    first, second = nations["key"][orders["buyer"][one]], nations["key"][orders["buyer"][other]]
    if first != second:
        return first < second
    if orders["address"][one] != orders["address"][other]:
        return orders["address"][one] < orders["address"][other]
    return orders["part"][one] < orders["part"][other]


@njit(cache=True, inline="always")
def enter_administration(quarter, orders, stage_days, row, stage):
    """Let an order wait at a stage from this quarter on; the wait before it is definition."""
    day = quarter * DAYS_PER_QUARTER
    stage_days[row, DEFINITION] = max(day - orders["request_day"][row], 0)
    orders["arrived_day"][row] = max(day, orders["request_day"][row])
    orders["leaves_day"][row] = -1
    orders["stage"][row], orders["status"][row] = stage, IN_ADMINISTRATION


@njit(cache=True, inline="always")
def commit_to_line(p, lines, orders, row):
    """Lines hear of what was agreed in full, and take a part of it for a lasting commitment."""
    line, volume = orders["line"][row], orders["volume"][row]
    lines["arrived_export"][line] += (1.0 - p["pipeline_credibility"]) * volume
    commit(lines, line, 1, p["compact_commitment"] * volume)
