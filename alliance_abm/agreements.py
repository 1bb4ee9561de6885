"""Agreements: pooled buys and co-operative programmes, from forming to contract.

A nation joins by its choice of a joint offer.  A group forms for some quarters, in which members
may leave it to buy alone.  A pool then is one case, led by its largest member, whose lot makes the
price; the others sign with it.  A programme is researched first: its cost rises with the number of
partners, some drop out, disputes stop the work, and what it teaches is shared; then each partner
buys through FMS and works on the product.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from numba import njit

from alliance_abm.capacity import commit
from alliance_abm.desks import AWARD, DEFINITION, RELEASE
from alliance_abm.draws import AGREEMENT, uniform
from alliance_abm.industry import reprice
from alliance_abm.joint_offers import (
    HYBRIDS,
    POOLS,
    helped,
    lot_saving,
    research_cost,
    research_quarters,
)
from alliance_abm.layout import (
    CANCELLED,
    CONTRACTING,
    DAYS_PER_QUARTER,
    FMS,
    FOLLOWING,
    FORMING,
    HYBRID,
    IN_ADMINISTRATION,
    IN_RESEARCH,
    N_CASES,
    POOLED,
)
from alliance_abm.queues import cancel, drop_cancelled, refused
from alliance_abm.state import State

if TYPE_CHECKING:
    from alliance_abm.exogenous import Exogenous

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

HOLDING_OUT: Final = 1  # slots of draws
DROPPING: Final = 2
DISPUTING: Final = 3
CONVERTING: Final = 4
FORMING_SLOTS: Final = 8


def form(state: State, outside: Exogenous) -> None:
    """Members of forming groups stay or leave; groups whose time has come conclude."""
    s = state
    _form_pools(
        s.quarter, s.seed, s.par, s.nations, s.cells, s.lines, s.orders, s.stage_days, s.cases,
        s.counts, s.waiting, s.forming, s.flow_agreements, outside.region_kind,
    )  # fmt: skip
    _form_programmes(
        s.quarter, s.par, s.dom, s.nations, s.cells, s.lines, s.orders, s.cases, s.counts,
        s.waiting, s.forming, s.programmes, s.flow_agreements,
    )  # fmt: skip


def sign_with_lead(state: State, outside: Exogenous) -> None:
    """Members of a pool sign when its case is ready; where it was refused another one leads."""
    s = state
    _follow(
        s.quarter, s.seed, s.par, s.dom, s.nations, s.cells, s.pairs, s.content_origin,
        s.content_reach, s.orders, s.stage_days, s.cases, s.counts, s.waiting, s.news,
        s.flow_agreements, outside.usa,
    )  # fmt: skip


def progress(state: State, outside: Exogenous) -> None:
    """A quarter of research in each co-operative programme; those with their product go on."""
    s = state
    _research(
        s.quarter, s.seed, s.par, s.nations, s.cells, s.pairs, s.lines, s.orders, s.stage_days,
        s.cases, s.counts, s.waiting, s.programmes, s.flow_agreements, outside.usa,
    )  # fmt: skip
    _count(s.nations, s.orders, s.cases, s.counts)


@njit(cache=True)
def _gather(status, route, region, d, lead, nations, orders, cases, counts, rows):
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


@njit(cache=True)
def _form_pools(
    quarter, seed, par, nations, cells, lines, orders, stage_days, cases, counts, rows, forming,
    happened, region_kind,
):  # fmt: skip
    p = par[0]
    for region in range(forming.shape[1]):
        hazard = p["pool_holdout_hazard"] * helped(p, region_kind[region])
        for d in range(forming.shape[2]):
            closes = forming["closes"][POOLS, region, d]
            if closes < 0:
                continue
            n = _gather(FORMING, POOLED, region, d, -1, nations, orders, cases, counts, rows)
            stay = 0
            for k in range(n):
                row = rows[k]
                b = orders["buyer"][row]
                u = uniform(
                    seed, AGREEMENT, quarter, nations["key"][b], cells["key"][b, d], HOLDING_OUT
                )
                if u < hazard:
                    _go_alone(quarter, nations, orders, stage_days, row)
                    happened[quarter, HELD_OUT] += 1
                else:
                    rows[stay] = row
                    stay += 1
            if quarter >= closes or stay == 0:
                _conclude_pool(quarter, p, nations, lines, orders, stage_days, rows, stay, happened)
                closes, stay = -1, 0
            forming["closes"][POOLS, region, d] = closes
            forming["members"][POOLS, region, d] = stay


@njit(cache=True, inline="always")
def _go_alone(quarter, nations, orders, stage_days, row):
    """A case of its own from now on, at the price of one."""
    orders["route"][row] = FMS
    _enter_administration(quarter, orders, stage_days, row, DEFINITION)


@njit(cache=True, inline="always")
def _enter_administration(quarter, orders, stage_days, row, stage):
    day = quarter * DAYS_PER_QUARTER
    stage_days[row, DEFINITION] = max(day - orders["request_day"][row], 0)
    orders["arrived_day"][row] = max(day, orders["request_day"][row])
    orders["leaves_day"][row] = -1
    orders["stage"][row], orders["status"][row] = stage, IN_ADMINISTRATION


@njit(cache=True)
def _conclude_pool(quarter, p, nations, lines, orders, stage_days, rows, n, happened):
    if n == 0:
        return
    if n == 1:
        _go_alone(quarter, nations, orders, stage_days, rows[0])
        happened[quarter, POOL_ALONE] += 1
        return
    lead = _lead(orders, rows, n)
    total = 0.0
    for k in range(n):
        total += orders["volume"][rows[k]]
    saving = lot_saving(p, total / orders["volume"][lead])
    for k in range(n):
        row = rows[k]
        orders["share"][row] = saving
        _save(nations, orders, row, saving)
        _commit(p, lines, orders, row)
    _hand_to(quarter, orders, stage_days, rows, n, lead, DEFINITION)
    happened[quarter, POOL_FORMED] += 1
    happened[quarter, POOL_MEMBER] += n


@njit(cache=True, inline="always")
def _lead(orders, rows, n):
    """The row of the largest volume, the first of equals."""
    lead = rows[0]
    for k in range(n):
        if orders["volume"][rows[k]] > orders["volume"][lead]:
            lead = rows[k]
    return lead


@njit(cache=True, inline="always")
def _hand_to(quarter, orders, stage_days, rows, n, lead, stage):
    """Let one member's case stand for all."""
    others = 0.0
    for k in range(n):
        row = rows[k]
        if row != lead:
            others += orders["volume"][row]
            orders["status"][row], orders["lead"][row] = FOLLOWING, lead
    _enter_administration(quarter, orders, stage_days, lead, stage)
    orders["lead"][lead], orders["led_volume"][lead] = -1, others


@njit(cache=True, inline="always")
def _save(nations, orders, row, saving):
    b = orders["buyer"][row]
    orders["price_quoted"][row] *= 1.0 - saving
    reprice(nations, orders, row, b, orders["price_quoted"][row])


@njit(cache=True, inline="always")
def _commit(p, lines, orders, row):
    """Lines hear of what was agreed in full, and take a part of it for a lasting commitment."""
    line, volume = orders["line"][row], orders["volume"][row]
    lines["arrived_export"][line] += (1.0 - p["pipeline_credibility"]) * volume
    commit(lines, line, 1, p["compact_commitment"] * volume)


@njit(cache=True, inline="always")
def _take_days(orders, stage_days, row, lead):
    """The days of the case one rides on; what is left of one's own wait is its definition."""
    orders["arrived_day"][row] = max(orders["arrived_day"][lead], orders["request_day"][row])
    left = orders["arrived_day"][row] - orders["request_day"][row]
    for k in range(stage_days.shape[1] - 1, DEFINITION, -1):
        stage_days[row, k] = min(stage_days[lead, k], left)
        left -= stage_days[row, k]
    stage_days[row, DEFINITION] = left


@njit(cache=True)
def _follow(
    quarter, seed, par, dom, nations, cells, pairs, content_origin, content_reach, orders,
    stage_days, cases, counts, rows, news, happened, usa,
):  # fmt: skip
    p, any_left = par[0], False
    for at in range(counts[N_CASES]):
        row = cases[at]
        if orders["status"][row] != FOLLOWING:
            continue
        lead, b, d = orders["lead"][row], orders["buyer"][row], orders["domain"][row]
        if orders["status"][lead] == CANCELLED:
            n = _gather(FOLLOWING, POOLED, -1, d, lead, nations, orders, cases, counts, rows)
            _hand_to(quarter, orders, stage_days, rows, n, _lead(orders, rows, n), RELEASE)
        elif orders["status"][lead] >= CONTRACTING:
            key, domain = nations["key"][b], cells["key"][b, d]
            any_left = True
            if refused(
                p, dom[d], nations, cells, pairs, content_origin, content_reach, orders, row, seed,
                key, domain, counts, news,
            ):  # fmt: skip
                continue
            _take_days(orders, stage_days, row, lead)
            orders["stage"][row], orders["status"][row] = AWARD, CONTRACTING
            u = uniform(
                seed, AGREEMENT, quarter, nations["key"][orders["buyer"][lead]], domain, CONVERTING
            )
            if u < p["pool_conversion"]:
                happened[quarter, CONVERTED] += 1
                pairs["member"][b, usa] |= 1 << d
                pairs["member"][orders["buyer"][lead], usa] |= 1 << d
    if any_left:
        drop_cancelled(cases, orders, counts)


@njit(cache=True)
def _form_programmes(
    quarter, par, dom, nations, cells, lines, orders, cases, counts, rows, forming, programmes,
    happened,
):  # fmt: skip
    p = par[0]
    for d in range(forming.shape[2]):
        closes = forming["closes"][HYBRIDS, 0, d]
        if closes < 0:
            continue
        n = _gather(FORMING, HYBRID, -1, d, -1, nations, orders, cases, counts, rows)
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
def _research(
    quarter, seed, par, nations, cells, pairs, lines, orders, stage_days, cases, counts, rows,
    programmes, happened, usa,
):  # fmt: skip
    p, any_left = par[0], False
    for place in range(len(programmes)):
        d = programmes["domain"][place]
        if d < 0 or programmes["began"][place] == quarter:
            continue
        n = _gather(IN_RESEARCH, HYBRID, -1, d, place, nations, orders, cases, counts, rows)
        stay, held = 0, 0.0
        for k in range(n):
            row = rows[k]
            b = orders["buyer"][row]
            u = uniform(seed, AGREEMENT, quarter, nations["key"][b], cells["key"][b, d], DROPPING)
            hazard = 0.25 * p["dropout_hazard_per_year"]
            hazard *= 1.0 - min(pairs["alignment"][b, usa], 0.0)
            if u < hazard:
                _drop_out(p, nations, cells, orders, programmes, row, b, place)
                happened[quarter, DROPPED] += 1
                any_left = True
            else:
                rows[stay] = row
                stay += 1
                held += orders["share"][row]
        if stay == 0:
            programmes["domain"][place] = -1
            continue
        domain = cells["key"][usa, d]
        key = nations["key"][orders["buyer"][rows[0]]]
        u = uniform(seed, AGREEMENT, quarter, key, domain, DISPUTING)
        if u < 0.25 * p["dispute_hazard_per_year"]:
            programmes["left"][place] += p["dispute_quarters"]
            happened[quarter, DISPUTED] += 1
        _spend(p, nations, cells, orders, programmes, rows, stay, held, d, place, usa)
        if programmes["left"][place] <= 0.0:
            for k in range(stay):
                row = rows[k]
                pairs["member"][orders["buyer"][row], usa] |= 1 << d
                _commit(p, lines, orders, row)
                _enter_administration(quarter + 1, orders, stage_days, row, RELEASE)
            programmes["domain"][place] = -1
            happened[quarter, DONE] += 1
    if any_left:
        drop_cancelled(cases, orders, counts)


@njit(cache=True, inline="always")
def _drop_out(p, nations, cells, orders, programmes, row, b, place):
    """Leave a programme: pay the penalty, and get the money of the order back."""
    owed = orders["share"][row] * (1.0 - p["hybrid_us_share"])
    owed *= programmes["rate"][place] * programmes["left"][place] * p["withdrawal_penalty"]
    _pay(p, nations, b, owed)
    cancel(orders, nations, cells, row)


@njit(cache=True, inline="always")
def _pay(p, nations, b, due):
    """Spend on research what is due, as far as money goes; returns what was spent."""
    ahead = p["forward_commitment_quarters"] * nations["income"][b]
    spent = min(due, max(nations["balance"][b] + ahead, 0.0))
    nations["balance"][b] -= spent
    nations["paid"][b] += spent
    nations["developed"][b] += spent
    return spent


@njit(cache=True, inline="always")
def _spend(p, nations, cells, orders, programmes, rows, n, held, d, place, usa):
    """Pay a quarter of research; each learns from its own part, and from the others' in part."""
    rate = programmes["rate"][place]
    ours = _pay(p, nations, usa, rate * p["hybrid_us_share"])
    total = ours
    for k in range(n):
        row = rows[k]
        b = orders["buyer"][row]
        due = rate * (1.0 - p["hybrid_us_share"]) * orders["share"][row] / held
        spent = _pay(p, nations, b, due)
        total += spent
        cells["work"][b, d] += _taught(p, nations, b, spent)
    for k in range(n):
        b = orders["buyer"][rows[k]]
        cells["work"][b, d] += p["shared_work_weight"] * _taught(p, nations, b, total)
    cells["work"][usa, d] += _taught(p, nations, usa, ours)
    cells["work"][usa, d] += p["shared_work_weight"] * _taught(p, nations, usa, total - ours)
    programmes["left"][place] -= total / rate


@njit(cache=True, inline="always")
def _taught(p, nations, b, spent):
    return p["research_weight"] * spent / max(nations["price"][b], 1e-9)


@njit(cache=True)
def _count(nations, orders, cases, counts):
    """How many agreements each nation is in that are not signed yet."""
    for b in range(len(nations)):
        nations["agreements"][b] = 0
    for at in range(counts[N_CASES]):
        row = cases[at]
        if orders["status"][row] == FORMING or orders["status"][row] == IN_RESEARCH:
            nations["agreements"][orders["buyer"][row]] += 1
