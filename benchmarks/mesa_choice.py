"""The draw of the Mesa peer: nested logit over offers, and a second source for large needs."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from alliance_abm.layout import COMPETITOR, LICENSED
from benchmarks.mesa_things import Offer, Terms

if TYPE_CHECKING:
    from benchmarks.mesa_nations import Nation


def weigh(offers: list[Offer], exp: list[float], scale: float) -> None:
    """Give offers their nested-logit chances; `exp` are exponentials of utility over `scale`."""
    inside: dict[int, float] = {}
    for offer, weight in zip(offers, exp, strict=True):
        inside[offer.nest] = inside.get(offer.nest, 0.0) + weight
    factor = {nest: total ** (scale - 1.0) for nest, total in inside.items() if total > 0.0}
    for offer, weight in zip(offers, exp, strict=True):
        offer.chance = weight * factor.get(offer.nest, 0.0)


def pick(offers: list[Offer], random: Random) -> Offer:
    """Draw an offer by its chances."""
    return random.choices(offers, [offer.chance for offer in offers])[0]


def from_abroad(offer: Offer) -> bool:
    """Is the product one of another nation?"""
    return offer.route <= COMPETITOR or offer.route == LICENSED


def second_source(buyer: Nation, terms: Terms, offers: list[Offer], first: Offer) -> Offer | None:
    """The offer that shares an award, where halving concentration is worth two smaller lots."""
    model, p = buyer.model, buyer.model.p
    if terms.requirement.volume < p.split_lots * terms.sector.mean_lot or not from_abroad(first):
        return None
    assert first.supplier is not None
    refusal = 1.0 - buyer.beliefs[first.supplier.row].release
    worth = 0.5 * (1.0 + p.coercion_weight * refusal)
    worth *= buyer.diversification * model.diversification_value
    if worth <= 2.0 * buyer.random.random() * model.split_value:
        return None
    limit = terms.affordable / (1.0 + p.split_cost)
    if first.price > limit:
        return None
    others = [
        offer
        for offer in offers
        if offer.supplier is not first.supplier and from_abroad(offer) and offer.price <= limit
    ]
    return pick(others, buyer.random) if any(offer.chance > 0.0 for offer in others) else None
