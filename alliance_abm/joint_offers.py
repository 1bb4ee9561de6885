"""Joint offers: what pooling a buy, or developing together, would give one search."""

from __future__ import annotations

import math
from typing import Final

from alliance_abm.draws import AGREEMENT, uniforms
from alliance_abm.kernels import njit

POOLS: Final = 0
HYBRIDS: Final = 1
EUROPE: Final = 0  # kinds of region, by the body that helps to pool
INDO_PACIFIC: Final = 1
LOOKING: Final = 0  # slot of draws
TINY: Final = 1e-9


@njit(cache=True, inline="always")
def infrastructure(p, kind):
    """How far a standing body for pooled buys exists in a kind of region (0-1)."""
    if kind == EUROPE:
        return p["pool_infrastructure_europe"]
    if kind == INDO_PACIFIC:
        return p["pool_infrastructure_indo_pacific"]
    return p["pool_infrastructure_other"]


@njit(cache=True, inline="always")
def helped(p, kind):
    """Part of the forming time and of the hold-outs that is left in a kind of region."""
    return 1.0 - p["pool_infrastructure_effect"] * infrastructure(p, kind)


@njit(cache=True, inline="always")
def forming_quarters(p, kind, of_region):
    """Quarters that a group needs to form: a pool by region, a programme anywhere."""
    if kind == POOLS:
        return math.ceil(p["pool_formation_quarters"] * helped(p, of_region))
    return math.ceil(p["hybrid_formation_quarters"] + p["ip_negotiation_quarters"])


@njit(cache=True, inline="always")
def lot_saving(p, lots):
    """Share of price saved by a lot ``lots`` times as large as one's own."""
    saving = p["pool_saving_per_doubling"] * math.log(max(lots, 1.0)) / math.log(2.0)
    return min(saving, p["pool_saving_ceiling"])


@njit(cache=True, inline="always")
def research_cost(p, w, partners):
    """US$ million of developing a product with ``partners``, the United States among them."""
    whole = w["development_cost"] * p["hybrid_cost_part"]
    return whole * math.pow(partners, p["partner_cost_exponent"])


@njit(cache=True, inline="always")
def research_quarters(p, w, partners):
    """Quarters of developing a product with ``partners``, the United States among them."""
    alone = 4.0 * w["development_years"] * p["hybrid_time_part"]
    return max(alone * math.pow(partners, p["partner_time_exponent"]), 1.0)


@njit(cache=True)
def look_for_partners(
    ask, quarter, seed, p, w, nations, cells, pairs, forming, region_kind, b, d, usa
):
    """Write into ``ask`` whether a buyer looks for partners, and what it expects of them."""
    ask["pools"], ask["hybrids"] = 0, 0
    open_to = p["hybrid_openness"] + p["hybrid_openness_trusted"] * nations["trusted"][b]
    kind = region_kind[nations["region"][b]]
    pools_open = p["pool_openness"] + p["pool_openness_body"] * infrastructure(p, kind)
    closed = pools_open <= 0.0 and open_to <= 0.0
    if closed or nations["is_buyer"][b] == 0 or ask["tied"] == 1:
        return
    key, domain = nations["key"][b], cells["key"][b, d]
    pool, hybrid = uniforms(seed, AGREEMENT, quarter, key, domain, LOOKING)
    if pool < pools_open:
        _expect_pool(ask, quarter, p, w, nations, forming, region_kind, b, d)
    if hybrid < open_to:
        _expect_programme(ask, quarter, p, w, nations, cells, pairs, forming, b, d, usa)


@njit(cache=True, inline="always")
def _remaining(quarter, group, needed):
    return group["closes"] - quarter if group["closes"] >= 0 else needed


@njit(cache=True, inline="always")
def _expect_pool(ask, quarter, p, w, nations, forming, region_kind, b, d):
    region = nations["region"][b]
    group = forming[POOLS, region, d]
    needed = forming_quarters(p, POOLS, region_kind[region])
    others = float(group["members"]) if group["members"] > 0 else p["pool_expected_partners"]
    ask["pools"] = 1
    ask["pool_quarters"] = _remaining(quarter, group, needed)
    ask["pool_fit_loss"] = p["pool_fit_loss"] * w["need_heterogeneity"]
    ask["ln_pool"] = math.log(1.0 - lot_saving(p, 1.0 + others))


@njit(cache=True, inline="always")
def _expect_programme(ask, quarter, p, w, nations, cells, pairs, forming, b, d, usa):
    known = pairs["kept"][b, usa] + pairs["broken"][b, usa]
    if cells["competence"][b, d] < p["hybrid_competence"]:
        return
    if pairs["kept"][b, usa] < p["hybrid_trust"] * known:
        return
    group = forming[HYBRIDS, 0, d]
    others = 1.0 + group["members"]
    cost = research_cost(p, w, 1.0 + others) * (1.0 - p["hybrid_us_share"]) / others
    quarters = research_quarters(p, w, 1.0 + others)
    if cost / quarters > p["development_budget_share"] * nations["income"][b]:
        return
    bill = nations["price"][b] * cells["target"][b, d] / w["service_life_years"]
    bill *= p["development_horizon_years"]
    needed = forming_quarters(p, HYBRIDS, 0)
    ask["hybrids"] = 1
    ask["hybrid_quarters"] = _remaining(quarter, group, needed) + quarters
    ask["hybrid_voice"] = p["hybrid_voice"] * w["need_heterogeneity"]
    ask["ln_hybrid"] = math.log(hybrid_price(p, others) + cost / max(bill, TINY))


@njit(cache=True, inline="always")
def hybrid_price(p, partners):
    """Price of a co-operative product over that of one bought alone, research apart."""
    return (1.0 + p["juste_retour_premium"]) * (1.0 - lot_saving(p, partners))
