"""Competence: what a nation can develop, build and sustain, and how good its products are.

It stands relative to the frontier.  Work teaches (production at home, licensed and shared work,
research and development) and is forgotten; knowledge beyond that of the start closes part of the
distance to the frontier, knowledge lost opens one.  Bounded to 0-1, and what a nation can do
depends on what it has done.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from alliance_abm import quotes
from alliance_abm.kernels import njit
from alliance_abm.layout import CLOSED, HOT, MAX_ORIGINS, WARM
from alliance_abm.release import believed
from alliance_abm.state import State
from alliance_abm.supply_chain import second_sources

if TYPE_CHECKING:
    from alliance_abm.exogenous import Exogenous


def review(state: State, outside: Exogenous) -> None:
    """At the end of a year: competence, parts replaced, products, who can build or sell.

    A line whose owner has become able opens; one whose product the world would take begins to
    sell abroad, as attractive as the middle seller of its domain.
    """
    s = state
    _learn(s.par, s.cells, s.office)
    _replace_parts(s.par, s.cells, s.pairs, s.lines, s.content_origin, s.content_kept)
    _renew_products(
        s.nations, s.cells, s.lines, s.content_share, s.content_reach, s.content_total,
        s.content_kept, s.par, outside.content_by_class, outside.content_whole,
        outside.content_levels,
    )  # fmt: skip
    _open_lines(s.par, s.cells, s.lines)
    quotes.list_sellers(s, outside.order)


@njit(cache=True, inline="always")
def competence_of(p, start, ratio):
    """Competence (0-1) of a nation that knows ``ratio`` times what it knew at the start."""
    if ratio >= 1.0:
        return start + (1.0 - start) * (1.0 - math.pow(ratio, -p["competence_elasticity"]))
    return start * math.pow(ratio, p["competence_elasticity"])


@njit(cache=True, inline="always")
def knowledge_base(p, cells, b, d):
    """Knowledge that civil industry and research give by themselves, for ever."""
    return (
        p["knowledge_base_share"]
        * cells["mean_lot"][b, d]
        / p["mean_lot_quarters"]
        * 4.0
        / (p["knowledge_decay_per_year"])
    )


@njit(cache=True)
def _learn(par, cells, office):
    p = par[0]
    keep = 1.0 - p["knowledge_decay_per_year"]
    frontier = office["frontier"][0]
    for b in range(cells.shape[0]):
        for d in range(cells.shape[1]):
            base = knowledge_base(p, cells, b, d)
            cells["knowledge"][b, d] = keep * cells["knowledge"][b, d]
            cells["knowledge"][b, d] += cells["work"][b, d] / frontier
            cells["work"][b, d] = 0.0
            known = base + cells["knowledge_start"][b, d]
            if known <= 0.0:
                continue
            ratio = max((base + cells["knowledge"][b, d]) / known, 1e-6)
            start = cells["competence_start"][b, d]
            gained = competence_of(p, start, ratio) - start
            cells["competence"][b, d] = start + p["learning_share"] * gained
    office["frontier"][0] = frontier * (1.0 + p["frontier_growth_per_year"])


@njit(cache=True)
def _replace_parts(par, cells, pairs, lines, content_origin, content_kept):
    """Makers replace parts of origins they have come to doubt, at a pace set by what they can do.

    Doubt is the believed refusal beyond that of the start, less what they tolerate; own parts are
    dearer (``capacity``).
    """
    p = par[0]
    for i in range(len(lines)):
        b, d = lines["owner"][i], lines["domain"][i]
        for k in range(MAX_ORIGINS):
            origin = content_origin[i, k]
            if origin < 0:
                break
            doubt = pairs["release_start"][b, origin] - believed(pairs, b, origin)
            doubt -= p["replacement_tolerance"]
            if doubt > 0.0:
                pace = p["learning_share"] * p["replacement_per_year"] * cells["competence"][b, d]
                content_kept[i, k] *= 1.0 - min(pace * doubt, 1.0)


@njit(cache=True)
def _renew_products(
    nations, cells, lines, content_share, content_reach, content_total, content_kept, par, by_class,
    whole, levels,
):  # fmt: skip
    """Products are as good as their makers, who buy abroad what they cannot make.

    Origins after the last material one have no say, and where parts have a second source each
    origin's say reaches less far.
    """
    veto, least = par[0]["veto_share"], par[0]["material_share"]
    for i in range(len(lines)):
        b, d = lines["owner"][i], lines["domain"][i]
        now = cells["competence"][b, d]
        level = now - cells["edge_lost"][b, d] + cells["innovation"][b, d] + cells["step"][b, d]
        lines["level"][i] = min(max(level, 0.0), 1.0)
        total = 0.0
        for k in range(MAX_ORIGINS):
            content_share[i, k] = 0.0
        for c in range(len(levels)):
            foreign = foreign_level(levels, c, now)
            total += foreign * whole[i, c]
            for k in range(MAX_ORIGINS):
                content_share[i, k] += foreign * by_class[i, k, c]
        alone = 1.0 - second_sources(par[0], nations, b)
        lines["replaced"][i], last = 0.0, -1
        for k in range(MAX_ORIGINS):
            replaced = (1.0 - content_kept[i, k]) * content_share[i, k]
            content_share[i, k] -= replaced
            lines["replaced"][i] += replaced
            if content_share[i, k] >= least and content_share[i, k] > 0.0:
                last = k
        for k in range(MAX_ORIGINS):
            content_reach[i, k] = min(content_share[i, k] / veto, 1.0) if k <= last else 0.0
            content_reach[i, k] *= alone
        content_total[i] = total - lines["replaced"][i]


@njit(cache=True, inline="always")
def foreign_level(levels, c, competence):
    """Foreign share of a component class at a competence (see `content.py`)."""
    rest = math.pow(max(1.0 - competence, 0.0), levels[c, 2])
    return levels[c, 1] + (levels[c, 0] - levels[c, 1]) * rest


@njit(cache=True)
def _open_lines(par, cells, lines):
    """Open lines of the newly able; those whose product the world would take begin to export."""
    p = par[0]
    for i in range(len(lines)):
        b, d = lines["owner"][i], lines["domain"][i]
        competence = cells["competence"][b, d]
        if lines["status"][i] == CLOSED:
            if competence >= p["licence_competence"]:
                open_line(p, cells, lines, i, 0.0)
            continue
        proven = lines["output_home"][i] > 0.0 and lines["status"][i] <= WARM
        if lines["sells_abroad"][i] == 0 and proven and competence >= p["seller_competence"]:
            lines["sells_abroad"][i] = 1
            share = p["first_export_capacity_share"]
            lines["capacity_export"][i] = max(
                lines["capacity_export"][i], share * lines["capacity_home"][i]
            )


@njit(cache=True, inline="always")
def open_line(p, cells, lines, i, flow):
    """Let a line work, with room for ``flow`` a quarter and no less than a workshop."""
    b, d = lines["owner"][i], lines["domain"][i]
    least = p["workshop_share"] * cells["mean_lot"][b, d] / p["mean_lot_quarters"]
    lines["capacity_home"][i] = max(lines["capacity_home"][i], max(flow, least))
    cells["home_share"][b, d] = max(cells["home_share"][b, d], p["workshop_share"])
    if lines["status"][i] == CLOSED:
        lines["status"][i] = HOT


def dependence(state: State) -> None:
    """Recount how far each nation's stock comes from abroad, by seller and by content.

    Parts of origins too small to be listed come from the rest of the world.
    """
    s = state
    _count_origins(
        s.nations, s.cells, s.pairs, s.stock, s.content_origin, s.content_share, s.content_total,
        np.empty(len(s.nations)),
    )  # fmt: skip


@njit(cache=True)
def _count_origins(
    nations, cells, pairs, stock, content_origin, content_share, content_total, nominal
):  # fmt: skip
    n = len(nations)
    for b in range(n):
        total = 0.0
        nominal[:] = 0.0
        for o in range(n):
            pairs["exposed"][b, o] = 0.0
        for d in range(cells.shape[1]):
            total += cells["stock"][b, d]
            for s in range(n):
                held = stock[b, d, s]
                if held <= 0.0:
                    continue
                nominal[s] += held
                line = cells["line"][s, d]
                if line < 0:
                    pairs["exposed"][b, s] += held
                    continue
                rest = content_total[line]
                pairs["exposed"][b, s] += held * (1.0 - rest)
                for k in range(MAX_ORIGINS):
                    origin = content_origin[line, k]
                    if origin < 0:
                        break
                    pairs["exposed"][b, origin] += held * content_share[line, k]
                    rest -= content_share[line, k]
                pairs["exposed"][b, n - 1] += held * rest
        pairs["exposed"][b, b], nominal[b] = 0.0, 0.0
        total = max(total, 1e-9)
        abroad, square, seen, bare = 0.0, 0.0, 0.0, 0.0
        for o in range(n):
            share, plain = pairs["exposed"][b, o] / total, nominal[o] / total
            pairs["exposed"][b, o] = share
            if nations["united_states"][o] == 1:
                nations["us_dependence"][b], nations["nominal_us_dependence"][b] = share, plain
            abroad, square = abroad + share, square + share * share
            seen, bare = seen + plain, bare + plain * plain
        nations["dependence"][b], nations["concentration"][b] = abroad, square
        nations["nominal_dependence"][b], nations["nominal_concentration"][b] = seen, bare
