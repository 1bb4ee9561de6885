"""Co-operative programmes: a product researched by several nations with the United States.

The cost of research rises with the number of partners, some drop out, disputes stop the work, and
what it teaches is shared; then each partner buys through FMS and works on the product.
"""

from __future__ import annotations

from alliance_abm.budgets import pay
from alliance_abm.desks import RELEASE
from alliance_abm.draws import AGREEMENT, uniform
from alliance_abm.groups import (
    BEGUN,
    DISPUTED,
    DISPUTING,
    DONE,
    DROPPED,
    DROPPING,
    commit_to_line,
    enter_administration,
    gather,
    slot_of,
)
from alliance_abm.joint_offers import HYBRIDS, research_cost, research_quarters
from alliance_abm.kernels import njit
from alliance_abm.layout import FORMING, HYBRID, IN_RESEARCH
from alliance_abm.queues import cancel, drop_cancelled


@njit(cache=True)
def form_programmes(
    quarter, par, dom, nations, cells, lines, orders, cases, counts, rows, forming, programmes,
    happened,
):  # fmt: skip
    """Groups whose time has come begin research, where there is a place for it."""
    p = par[0]
    for d in range(forming.shape[2]):
        closes = forming["closes"][HYBRIDS, 0, d]
        if closes < 0:
            continue
        n = gather(FORMING, HYBRID, -1, d, -1, nations, orders, cases, counts, rows)
        if quarter >= closes or n == 0:
            place = _free_place(programmes)
            if n > 0 and place >= 0:
                _begin(quarter, p, dom[d], nations, orders, rows, n, d, place, programmes)
                happened[quarter, BEGUN] += 1
                closes, n = -1, 0
            elif n == 0:
                closes = -1
        forming["closes"][HYBRIDS, 0, d] = closes
        forming["members"][HYBRIDS, 0, d] = n


@njit(cache=True, inline="always")
def _free_place(programmes):
    for place in range(len(programmes)):
        if programmes["domain"][place] < 0:
            return place
    return -1


@njit(cache=True)
def _begin(quarter, p, w, nations, orders, rows, n, d, place, programmes):
    """Begin the research of a programme and share its cost among the partners."""
    partners = 1.0 + n
    quarters = research_quarters(p, w, partners)
    programmes["domain"][place], programmes["left"][place] = d, quarters
    programmes["rate"][place] = research_cost(p, w, partners) / quarters
    programmes["partners"][place], programmes["began"][place] = n + 1, quarter
    gdp, volume = 0.0, 0.0
    for k in range(n):
        gdp += nations["gdp"][orders["buyer"][rows[k]]]
        volume += orders["volume"][rows[k]]
    for k in range(n):
        row = rows[k]
        share = (1.0 - p["cost_share_by_benefit"]) * nations["gdp"][orders["buyer"][row]] / gdp
        share += p["cost_share_by_benefit"] * orders["volume"][row] / volume
        orders["share"][row], orders["lead"][row] = share, place
        orders["status"][row] = IN_RESEARCH


@njit(cache=True)
def research(
    quarter, seed, par, nations, cells, pairs, lines, orders, stage_days, cases, counts, rows,
    programmes, happened, usa,
):  # fmt: skip
    """A quarter of research in each programme; those with their product go on."""
    p, any_left = par[0], False
    for place in range(len(programmes)):
        d = programmes["domain"][place]
        if d < 0 or programmes["began"][place] == quarter:
            continue
        n = gather(IN_RESEARCH, HYBRID, -1, d, place, nations, orders, cases, counts, rows)
        stay, held = 0, 0.0
        for k in range(n):
            row = rows[k]
            b = orders["buyer"][row]
            key, slot = nations["key"][b], slot_of(orders, row, DROPPING)
            u = uniform(seed, AGREEMENT, quarter, key, cells["key"][b, d], slot)
            hazard = 0.25 * p["dropout_hazard_per_year"]
            hazard *= 1.0 - min(pairs["alignment"][b, usa], 0.0)
            if u < hazard:
                _drop_out(p, nations, cells, orders, programmes, row, b, place)
                happened[quarter, DROPPED] += 1
                any_left = True
            else:
                rows[stay] = row
                stay += 1
                held += float(orders["share"][row])  # 64 bits from here on, compiled or not
        if stay == 0:
            programmes["domain"][place] = -1
            continue
        domain = cells["key"][usa, d]
        key = nations["key"][orders["buyer"][rows[0]]]
        slot = slot_of(orders, rows[0], DISPUTING)
        u = uniform(seed, AGREEMENT, quarter, key, domain, slot)
        if u < 0.25 * p["dispute_hazard_per_year"]:
            programmes["left"][place] += p["dispute_quarters"]
            happened[quarter, DISPUTED] += 1
        _spend(p, nations, cells, orders, programmes, rows, stay, held, d, place, usa)
        if programmes["left"][place] <= 0.0:
            for k in range(stay):
                row = rows[k]
                pairs["member"][orders["buyer"][row], usa] |= 1 << d
                commit_to_line(p, lines, orders, row)
                enter_administration(quarter + 1, orders, stage_days, row, RELEASE)
            programmes["domain"][place] = -1
            happened[quarter, DONE] += 1
    if any_left:
        drop_cancelled(cases, orders, counts)


@njit(cache=True, inline="always")
def _drop_out(p, nations, cells, orders, programmes, row, b, place):
    """Leave a programme: pay the penalty, and get the money of the order back."""
    owed = orders["share"][row] * (1.0 - p["hybrid_us_share"])
    owed *= programmes["rate"][place] * programmes["left"][place] * p["withdrawal_penalty"]
    pay(p, nations, b, owed)  # no research: it develops nothing
    cancel(orders, nations, cells, row)


@njit(cache=True, inline="always")
def _research(p, nations, b, due):
    """Spend on research what is due, as far as money goes; returns what was spent."""
    spent = pay(p, nations, b, due)
    nations["developed"][b] += spent
    return spent


@njit(cache=True, inline="always")
def _spend(p, nations, cells, orders, programmes, rows, n, held, d, place, usa):
    """Pay a quarter of research; each learns from its own part, and from the others' in part."""
    rate = programmes["rate"][place]
    ours = _research(p, nations, usa, rate * p["hybrid_us_share"])
    total = ours
    for k in range(n):
        row = rows[k]
        b = orders["buyer"][row]
        due = rate * (1.0 - p["hybrid_us_share"]) * orders["share"][row] / held
        spent = _research(p, nations, b, due)
        total += spent
        alone = 1.0 - p["shared_work_weight"]  # of the total that follows, its own part is here
        cells["work"][b, d] += alone * _taught(p, nations, b, spent)
    for k in range(n):
        b = orders["buyer"][rows[k]]
        cells["work"][b, d] += p["shared_work_weight"] * _taught(p, nations, b, total)
    cells["work"][usa, d] += _taught(p, nations, usa, ours)
    cells["work"][usa, d] += p["shared_work_weight"] * _taught(p, nations, usa, total - ours)
    programmes["left"][place] -= total / rate


@njit(cache=True, inline="always")
def _taught(p, nations, b, spent):
    return p["research_weight"] * spent / max(nations["price"][b], 1e-9)
