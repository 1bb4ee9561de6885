"""Agreements: pooled buys and co-operative programmes, from forming to contract.

A nation joins by its choice of a joint offer.  What a group then does stands in `pools` and
`joint_programmes`; here stand the moments of a quarter at which it does so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_abm.joint_programmes import form_programmes, research
from alliance_abm.kernels import njit
from alliance_abm.layout import FORMING, IN_RESEARCH, N_CASES
from alliance_abm.pools import follow, form_pools
from alliance_abm.state import State

if TYPE_CHECKING:
    from alliance_abm.exogenous import Exogenous


def form(state: State, outside: Exogenous) -> None:
    """Members of forming groups stay or leave; groups whose time has come conclude."""
    s = state
    form_pools(
        s.quarter, s.seed, s.par, s.nations, s.cells, s.lines, s.orders, s.stage_days, s.cases,
        s.counts, s.waiting, s.forming, s.flow_route, s.flow_agreements, outside.region_kind,
    )  # fmt: skip
    form_programmes(
        s.quarter, s.par, s.dom, s.nations, s.cells, s.lines, s.orders, s.cases, s.counts,
        s.waiting, s.forming, s.programmes, s.flow_agreements,
    )  # fmt: skip


def sign_with_lead(state: State, outside: Exogenous) -> None:
    """Members of a pool sign when its case is ready; where it was refused another one leads."""
    s = state
    follow(
        s.quarter, s.seed, s.par, s.dom, s.nations, s.cells, s.pairs, s.content_origin,
        s.content_reach, s.orders, s.stage_days, s.cases, s.counts, s.waiting, s.news,
        s.flow_agreements, outside.usa,
    )  # fmt: skip


def progress(state: State, outside: Exogenous) -> None:
    """A quarter of research in each co-operative programme; those with their product go on."""
    s = state
    research(
        s.quarter, s.seed, s.par, s.nations, s.cells, s.pairs, s.lines, s.orders, s.stage_days,
        s.cases, s.counts, s.waiting, s.programmes, s.flow_agreements, outside.usa,
    )  # fmt: skip


@njit(cache=True)
def _count(nations, orders, cases, counts):
    """How many agreements each nation is in that are not signed yet."""
    for b in range(len(nations)):
        nations["agreements"][b] = 0
    for at in range(counts[N_CASES]):
        row = cases[at]
        if orders["status"][row] == FORMING or orders["status"][row] == IN_RESEARCH:
            nations["agreements"][orders["buyer"][row]] += 1
