"""Supply chains: single sources that nobody knows of, and what is done about them.

Known foreign content stands in `content.py`. Beside it a share of each line's parts comes from
single sources that are not known; once in a while one of them fails and holds output back for
some quarters (`industry._set_inputs`). A failure reveals sources, and so do joint assessments;
what is found is covered. New products bring new ones. Contingency stock bridges failures, and a
second qualified source halves or quarters their number. Both make parts dearer.
"""

from __future__ import annotations

from alliance_abm.draws import DISRUPTION, uniforms
from alliance_abm.kernels import njit
from alliance_abm.layout import CLOSED
from alliance_abm.state import State


def review(state: State) -> None:
    """At the end of a year: sources found, stock built, and failures of the next year."""
    s = state
    _review(s.quarter, s.seed, s.par, s.nations, s.cells, s.lines)


@njit(cache=True, inline="always")
def together(nations, owner):
    """Is the owner of a line the United States or its ally? Policies on parts reach only them."""
    return nations["united_states"][owner] == 1 or nations["us_ally"][owner] == 1


@njit(cache=True, inline="always")
def second_sources(p, nations, owner):
    """Share of the parts of an owner's lines that have a second qualified source."""
    return p["dual_source_share"] if together(nations, owner) else 0.0


@njit(cache=True, inline="always")
def parts_premium(p, nations, lines, i):
    """Share by which a line's unit cost rises with contingency stock and split learning."""
    premium = p["stock_carrying_cost"] * lines["buffer"][i]
    if together(nations, lines["owner"][i]):
        premium += p["split_learning"]
    return premium


@njit(cache=True)
def _review(quarter, seed, par, nations, cells, lines):
    p = par[0]
    for i in range(len(lines)):
        if lines["status"][i] == CLOSED:
            continue
        owner = lines["owner"][i]
        hidden = lines["hidden"][i]
        hidden += p["hidden_renewal_per_year"] * (p["hidden_share"] - hidden)
        stock = 0.0
        if together(nations, owner):
            hidden *= 1.0 - p["assessment_rate"]
            stock = p["contingency_quarters"]
        lines["hidden"][i] = hidden
        step = p["contingency_build_per_year"]
        lines["buffer"][i] += min(max(stock - lines["buffer"][i], -step), step)
        _fail(quarter, seed, p, nations, cells, lines, i)


@njit(cache=True, inline="always")
def _fail(quarter, seed, p, nations, cells, lines, i):
    """Whether a hidden source of a line fails in the coming year, and when.

    Whole quarters of stock bridge the first quarters of the failure and are used up.  Where a
    failure still holds output back, the new one does so after it.
    """
    owner = lines["owner"][i]
    key, domain = nations["key"][owner], cells["key"][owner, lines["domain"][i]]
    place = nations["key"][lines["location"][i]]
    strikes, when = uniforms(seed, DISRUPTION, quarter, key, domain, place)
    hazard = p["disruption_hazard"] * lines["hidden"][i]
    hazard *= 1.0 - second_sources(p, nations, owner)
    if strikes >= hazard:
        return
    start, length = quarter + 1 + int(4.0 * when), int(p["disruption_quarters"])
    bridged = min(int(lines["buffer"][i]), length)
    lines["buffer"][i] -= bridged
    if lines["disrupted_until"][i] > quarter + 1:
        lines["disrupted_until"][i] += length - bridged
    else:
        lines["disrupted_from"][i] = start + bridged
        lines["disrupted_until"][i] = start + length
    lines["hidden"][i] *= 1.0 - p["found_by_disruption"]
