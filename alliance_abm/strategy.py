"""Strategy: nations revise how far they pursue sovereignty, core specialisation, diversification.

Once a year each nation weighs what the three approaches would give it as it sees things: price,
time and fit of what each would buy where, the loss to denial of the portfolio it would hold, its
political standing with those suppliers, and the work it would do at home.  Its weights move part
of the way to a logit over the payoffs' change since the start, where the weights of the start
stand for all that is not modelled.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_abm.development import (
    chance_of_success,
    development_cost,
    development_quarters,
    level_after,
    may_develop,
)
from alliance_abm.kernels import njit
from alliance_abm.layout import CLOSED
from alliance_abm.release import believed
from alliance_abm.state import State

if TYPE_CHECKING:
    from alliance_abm.exogenous import Exogenous

PAYOFFS = ("payoff_sovereignty", "payoff_core", "payoff_diversification")
WEIGHTS = ("sovereignty", "core", "diversification")


def start(state: State, outside: Exogenous) -> None:
    """Keep the payoffs of the start, against which later ones are seen."""
    payoffs = believed_payoffs(state, outside)
    for index, name in enumerate(PAYOFFS):
        state.nations[name] = payoffs[:, index]


def review(state: State, outside: Exogenous) -> None:
    """At the end of a year: strategy weights move part of the way to what payoffs ask for."""
    payoffs = believed_payoffs(state, outside)
    _compare(state.par, state.nations, payoffs)
    _move_weights(state.par, state.nations, outside.strategy, np.exp(payoffs))


@njit(cache=True)
def _compare(par, nations, payoffs):
    """Turn payoffs into what the logit asks for: their change, less that of the best."""
    sharpness = par[0]["strategy_sharpness"]
    for b in range(len(nations)):
        payoffs[b, 0] -= nations["payoff_sovereignty"][b]
        payoffs[b, 1] -= nations["payoff_core"][b]
        payoffs[b, 2] -= nations["payoff_diversification"][b]
        best = max(max(payoffs[b, 0], payoffs[b, 1]), payoffs[b, 2])
        for k in range(3):
            payoffs[b, k] = sharpness * (payoffs[b, k] - best)


@njit(cache=True)
def _move_weights(par, nations, at_start, odds):
    """Move the weights towards those of the start times their odds, and let them sum to 1."""
    p = par[0]
    step = p["adjustment_share"] * (1.0 - math.pow(0.5, 1.0 / p["strategy_half_life_years"]))
    for b in range(len(nations)):
        sovereignty, core = at_start[b, 0] * odds[b, 0], at_start[b, 1] * odds[b, 1]
        spread = at_start[b, 2] * odds[b, 2]
        total = sovereignty + core + spread
        sovereignty = _towards(nations["sovereignty"][b], sovereignty / total, step)
        core = _towards(nations["core"][b], core / total, step)
        spread = _towards(nations["diversification"][b], spread / total, step)
        total = sovereignty + core + spread
        nations["sovereignty"][b], nations["core"][b] = sovereignty / total, core / total
        nations["diversification"][b] = spread / total


@njit(cache=True, inline="always")
def _towards(weight, wanted, step):
    return weight + step * (wanted - weight)


def believed_payoffs(state: State, outside: Exogenous) -> NDArray[np.float64]:
    """Payoffs (E, 3) of sovereignty, core and diversification, in utility of one requirement."""
    s = state
    payoffs = np.zeros((len(s.nations), len(WEIGHTS)))
    _believe(
        s.par, s.dom, s.nations, s.cells, s.pairs, s.lines, s.sellers, s.n_sellers,
        s.content_origin, s.content_share, s.content_total, s.office, payoffs,
    )  # fmt: skip
    return payoffs


@njit(cache=True, allocates=True)
def _believe(
    par, dom, nations, cells, pairs, lines, sellers, n_sellers, content_origin, content_share,
    content_total, office, payoffs,
):  # fmt: skip
    """Add to ``payoffs`` what each approach would give, by the mix of suppliers that it needs."""
    n = len(nations)
    mixes, content, origins = np.zeros((2, n, n)), np.zeros((n, n)), np.zeros((2, n, n))
    _mix_suppliers(nations, cells, pairs, mixes, np.zeros(n))
    _average_content(lines, content_origin, content_share, content_total, content, np.zeros(n))
    _see_through(mixes, content, origins)
    _weigh(
        par, dom, nations, cells, pairs, lines, sellers, n_sellers, content_origin, content_share,
        content_total, mixes, origins, payoffs, office, np.empty((3, n)), np.empty(3), np.empty(n),
        np.empty(n),
    )  # fmt: skip


@njit(cache=True)
def _see_through(mixes, content, origins):
    n = len(content)
    for k in range(len(mixes)):
        for b in range(n):
            for s in range(n):
                share = mixes[k, b, s]
                if share == 0.0:
                    continue
                for o in range(n):
                    origins[k, b, o] += share * content[s, o]


@njit(cache=True)
def _average_content(lines, content_origin, content_share, content_total, content, made):
    """What a unit bought from each supplier depends on, (E supplier, E origin), rows sum to 1."""
    for i in range(len(lines)):
        volume = lines["capacity_export"][i]
        s = lines["owner"][i]
        made[s] += volume
        content[s, s] += volume * (1.0 - content_total[i])
        rest = content_total[i]
        for k in range(content_origin.shape[1]):
            if content_origin[i, k] < 0:
                break
            content[s, content_origin[i, k]] += volume * content_share[i, k]
            rest -= content_share[i, k]
        content[s, len(content) - 1] += volume * rest
    for s in range(len(content)):
        if made[s] <= 0.0:
            content[s, s] = 1.0
            continue
        for o in range(len(content)):
            content[s, o] /= made[s]


@njit(cache=True)
def _mix_suppliers(nations, cells, pairs, mixes, place):
    """Shares of suppliers a nation buys from now, and those of an even-handed diversifier.

    The diversifier takes permitted suppliers by the square root of their place in the market.
    """
    n = len(nations)
    for s in range(n):
        for d in range(cells.shape[1]):
            place[s] += cells["world_delivered"][s, d]
    for b in range(n):
        total = 0.0
        for s in range(n):
            mixes[0, b, s] = pairs["delivered"][b, s] / max(nations["delivered"][b], 1e-9)
            allowed = pairs["permitted"][b, s] == 1 and pairs["embargoed"][b, s] == 0
            if s != b and allowed:
                mixes[1, b, s] = math.sqrt(max(place[s], 0.0))
                total += mixes[1, b, s]
        for s in range(n):
            mixes[1, b, s] /= max(total, 1e-9)


@njit(cache=True)
def _weigh(
    par, dom, nations, cells, pairs, lines, sellers, n_sellers, content_origin, content_share,
    content_total, mixes, origins, payoffs, office, exposure, bought, trust, slip,
):  # fmt: skip
    p = par[0]
    n, m = cells.shape
    for b in range(n):
        exposure[:] = 0.0
        bought[:] = 0.0
        bought[2] = 1.0
        need, gap = 0.0, 0.0
        for d in range(m):
            need += cells["target"][b, d]
            gap += max(cells["target"][b, d] - cells["stock"][b, d], 0.0)
        if need <= 0.0:
            continue
        haste = 1.0 + p["gap_urgency"] * gap / need
        for s in range(n):
            known = max(pairs["kept"][b, s] + pairs["broken"][b, s], 1e-9)
            trust[s] = p["weight_reliability"] * pairs["kept"][b, s] / known
            slip[s] = max(pairs["slip"][b, s], 0.0)
        second_type = p["weight_price"] * math.log(1.0 + p["split_cost"])
        for d in range(m):
            part = cells["target"][b, d] / need
            if part <= 0.0:
                continue
            now, spread = _abroad(p, dom[d], sellers, n_sellers, mixes, trust, slip, b, d, haste)
            home, made = _at_home(
                p, dom[d], nations, cells, lines, office, content_total, b, d, haste, now,
                p["sovereignty_premium"],
            )  # fmt: skip
            payoffs[b, 0] += part * home
            bought[0] += part * (1.0 - made)
            core, at_core = now, 0.0
            if cells["is_core"][b, d] == 1:
                core, at_core = _at_home(
                    p, dom[d], nations, cells, lines, office, content_total, b, d, haste, now,
                    p["core_premium"],
                )  # fmt: skip
            payoffs[b, 1] += part * core
            bought[1] += part * (1.0 - at_core)
            payoffs[b, 2] += part * (spread - second_type)
            _add_content(exposure, part * made, part * at_core, cells, lines, content_origin,
                         content_share, b, d)  # fmt: skip
        for o in range(n):
            if o == b:
                continue
            refusal = p["coercion_loss_weight"] * (1.0 - believed(pairs, b, o))
            alignment = pairs["alignment"][b, o]
            if nations["united_states"][o] == 1:
                alignment -= nations["resentment"][b]
            standing = p["weight_alignment"] * alignment
            for k in range(3):
                on = exposure[k, o] + bought[k] * origins[0 if k < 2 else 1, b, o]
                payoffs[b, k] += on * (standing - refusal * on)


@njit(cache=True, inline="always")
def _unmet(p, level):
    """Share of needs, which lie evenly between lowest and highest, above a level."""
    span = max(p["need_level_high"] - p["need_level_low"], 1e-9)
    return min(max((p["need_level_high"] - level) / span, 0.0), 1.0)


@njit(cache=True, inline="always")
def _weight_of_shortfall(p):
    """Utility lost on average when every need is unmet: half the range of needs."""
    span = p["need_level_high"] - p["need_level_low"]
    return 0.5 * p["weight_fit"] * p["level_shortfall_weight"] * span


@njit(cache=True, inline="always")
def _at_home(
    p, w, nations, cells, lines, office, content_total, b, d, haste, abroad, premium
):  # fmt: skip
    """Payoff of meeting need in a domain at home as far as that pays, and how far it does.

    What its products are good enough for a nation makes, and for what they are not it develops
    better ones if it has the competence and the money.  Control, less foreign content, is worth
    the premium of a pure type; the payoff is the inclusive value of making and buying
    (McFadden, 1978).
    """
    line, competence = cells["line"][b, d], cells["competence"][b, d]
    if line < 0:
        return abroad, 0.0
    unmet = 1.0 if lines["status"][line] == CLOSED else _unmet(p, competence)
    lag = 0.25 * w["weight_lag"] * haste
    worth = p["industry_benefit"] * competence
    worth += p["weight_price"] * math.log(1.0 + premium) * (1.0 - content_total[line])
    payoff, made = 0.0, 0.0
    if unmet < 1.0:
        old = worth - p["weight_price"] * lines["ln_price"][line] - lag * lines["lead_home"][line]
        chance = 1.0 / (1.0 + math.exp(abroad - old))
        payoff += (1.0 - unmet) * (abroad - math.log(1.0 - chance))
        made += (1.0 - unmet) * chance
    if unmet <= 0.0:
        return payoff, made
    if not may_develop(p, w, nations, cells, b, d):
        return payoff + unmet * abroad, made
    cost = development_cost(w, cells, b, d)
    yearly = nations["price"][b] * cells["target"][b, d] / w["service_life_years"] * unmet
    dearer = math.log(1.0 + cost / max(yearly * p["development_horizon_years"], 1e-9))
    lead = lines["build_quarters"][line] + development_quarters(p, w, cells, b, d)
    short = _unmet(p, level_after(p, nations, cells, office, b, d, cost))
    new = worth - p["weight_price"] * (lines["ln_price"][line] + dearer) - lag * lead
    new += p["weight_release"] * math.log(chance_of_success(p, cells, b, d))
    new -= _weight_of_shortfall(p) * short * short
    chance = 1.0 / (1.0 + math.exp(abroad - new))
    return payoff + unmet * (abroad - math.log(1.0 - chance)), made + unmet * chance


@njit(cache=True, inline="always")
def _abroad(p, w, sellers, n_sellers, mixes, trust, slip, b, d, haste):
    """Payoffs of buying all need in a domain from each of the two mixes of suppliers."""
    lag, short = 0.25 * w["weight_lag"] * haste, _weight_of_shortfall(p)
    bought, spread, now, even = 0.0, 0.0, 0.0, 0.0
    for k in range(n_sellers[d]):
        s = sellers["supplier"][d, k]
        if s == b:
            continue
        missing = _unmet(p, sellers["level"][d, k])
        v = trust[s] - short * missing * missing - p["weight_price"] * sellers["ln_price"][d, k]
        v -= lag * (sellers["lead"][d, k] + slip[s])
        bought += mixes[0, b, s]
        spread += mixes[1, b, s]
        now += mixes[0, b, s] * v
        even += mixes[1, b, s] * v
    return now / bought if bought > 0.0 else 0.0, even / spread if spread > 0.0 else 0.0


@njit(cache=True, inline="always")
def _add_content(exposure, made, at_core, cells, lines, content_origin, content_share, b, d):
    """What the products depend on that sovereignty and core would make at home in a domain."""
    line = cells["line"][b, d]
    if line < 0:
        return
    for k in range(content_origin.shape[1]):
        origin = content_origin[line, k]
        if origin < 0:
            break
        exposure[0, origin] += made * content_share[line, k]
        exposure[1, origin] += at_core * content_share[line, k]
