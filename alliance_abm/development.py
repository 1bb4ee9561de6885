"""National programmes: a nation develops a better product for its own line, and may fail.

A programme costs money every quarter and ends when what it needs is spent; overruns and failure
are drawn when it begins and known to nobody until they come.  Research teaches in either case,
less where no product comes of it.  The order that it is for waits for the product, which comes at
once with success, and is paid back if the programme fails.
"""

from __future__ import annotations

from alliance_abm.budgets import pay
from alliance_abm.competence import competence_of, knowledge_base, open_line
from alliance_abm.desks import DEFINITION
from alliance_abm.draws import PROGRAMME, exponential, uniforms
from alliance_abm.kernels import njit
from alliance_abm.layout import DAYS_PER_QUARTER, IN_ADMINISTRATION, N_CASES
from alliance_abm.queues import cancel
from alliance_abm.state import State


def advance(state: State) -> None:
    """Spend on the programmes under way; end those that have what they need, or fail."""
    s = state
    _advance(s.quarter, s.par, s.nations, s.cells, s.lines, s.orders, s.stage_days, s.cases,
             s.counts)  # fmt: skip


@njit(cache=True, inline="always")
def development_cost(w, cells, b, d):
    """US$ million a nation expects a better product to cost: less where it knows more already."""
    return w["development_cost"] * (1.0 - cells["competence"][b, d])


@njit(cache=True, inline="always")
def development_quarters(p, w, cells, b, d):
    """Quarters a nation expects development to take."""
    known = p["development_head_start"] * cells["competence"][b, d]
    return 4.0 * w["development_years"] * (1.0 - known)


@njit(cache=True, inline="always")
def chance_of_success(p, cells, b, d):
    """Chance that a programme leads to a product: higher the more a nation can do."""
    rise = p["success_at_full_competence"] - p["success_without_competence"]
    return p["success_without_competence"] + rise * cells["competence"][b, d]


@njit(cache=True, inline="always")
def may_develop(p, w, nations, cells, b, d):
    """Whether a nation believes that it can: competence enough, and money for it year by year."""
    if cells["competence"][b, d] < p["develop_competence"]:
        return False
    if nations["price"][b] <= 0.0 or cells["target"][b, d] <= 0.0:
        return False
    a_quarter = development_cost(w, cells, b, d) / development_quarters(p, w, cells, b, d)
    for other in range(cells.shape[1]):
        if other != d and cells["programme"][b, other] >= 0:
            a_quarter += cells["programme_rate"][b, other]
    return a_quarter <= p["development_budget_share"] * nations["income"][b]


@njit(cache=True, inline="always")
def level_after(p, nations, cells, office, b, d, cost):
    """Technology level a nation expects of its product after ``cost`` is spent on developing it."""
    base = knowledge_base(p, cells, b, d)
    gained = p["research_weight"] * cost / nations["price"][b] / office["frontier"][0]
    known = base + cells["knowledge_start"][b, d]
    if known <= 0.0:
        return cells["competence"][b, d]
    ratio = (base + cells["knowledge"][b, d] + gained) / known
    start = cells["competence_start"][b, d]
    return start + p["learning_share"] * (competence_of(p, start, ratio) - start)


@njit(cache=True)
def begin(quarter, seed, p, w, nations, cells, row, b, d, level):
    """Begin the programme that order ``row`` waits for, to give a product of ``level``."""
    key, domain = nations["key"][b], cells["key"][b, d]
    success, fraction = uniforms(seed, PROGRAMME, quarter, key, domain, 0)
    overrun = p["development_overrun"] * exponential(seed, PROGRAMME, quarter, key, domain, 1)
    cost = development_cost(w, cells, b, d)
    cells["programme"][b, d], cells["programme_spent"][b, d] = row, 0.0
    cells["programme_level"][b, d] = level
    cells["programme_rate"][b, d] = cost / development_quarters(p, w, cells, b, d)
    cells["programme_left"][b, d] = cost * (1.0 + overrun)
    cells["programme_fails"][b, d] = 0
    if success >= chance_of_success(p, cells, b, d):
        cells["programme_fails"][b, d] = 1
        cells["programme_left"][b, d] *= fraction


@njit(cache=True)
def _advance(quarter, par, nations, cells, lines, orders, stage_days, cases, counts):
    p = par[0]
    for b in range(cells.shape[0]):
        for d in range(cells.shape[1]):
            row = cells["programme"][b, d]
            if row < 0 or orders["awarded"][row] == quarter:
                continue
            due = min(cells["programme_rate"][b, d], cells["programme_left"][b, d])
            spent = pay(p, nations, b, due)
            nations["developed"][b] += spent
            cells["programme_left"][b, d] -= spent
            taught = p["research_weight"] * spent / nations["price"][b]
            cells["work"][b, d] += p["failed_research_share"] * taught
            cells["programme_spent"][b, d] += taught
            if cells["programme_left"][b, d] > 0.0:
                continue
            cells["programme"][b, d] = -1
            if cells["programme_fails"][b, d] == 1:
                cancel(orders, nations, cells, row)
                continue
            rest = 1.0 - p["failed_research_share"]
            cells["work"][b, d] += rest * cells["programme_spent"][b, d]
            _hand_over(quarter, p, cells, lines, orders, stage_days, cases, counts, row, b, d)


@njit(cache=True, inline="always")
def _hand_over(quarter, p, cells, lines, orders, stage_days, cases, counts, row, b, d):
    """The product stands: the line opens or grows, and the order comes up for its contract."""
    line = orders["line"][row]
    lines["level"][line] = max(lines["level"][line], cells["programme_level"][b, d])
    flow = orders["volume"][row] / p["delivery_spread_quarters"]
    open_line(p, cells, lines, line, flow)
    day = (quarter + 1) * DAYS_PER_QUARTER
    stage_days[row, DEFINITION] = day - orders["request_day"][row]
    orders["arrived_day"][row] = day
    orders["status"][row] = IN_ADMINISTRATION
    cases[counts[N_CASES]] = row
    counts[N_CASES] += 1
