"""The terms of utility of every offer of a search, by taking weights away from the kernel.

Utility is linear in each weight, and no screen reads one, so the difference that a weight makes is
its term; no formula is written a second time. What no weight accounts for is the offer's standing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from alliance_abm.quarters import QUARTERS_A_YEAR
from alliance_abm.replay import Decision, Search
from alliance_abm.state import State
from alliance_abm.tables import Floats

ROUNDING = 1e-9
CLEAR_PRICE = 1e-3  # of ln price: below it a slope would be rounding


@dataclass(frozen=True, slots=True)
class Term:
    """One term: the parameters that make it, of which those `within` belong to other terms."""

    id: str
    name: str
    weights: tuple[str, ...]
    within: tuple[str, ...] = ()


TERMS = (
    Term("fit", "functional fit", ("weight_fit",)),
    Term("price", "price", ("weight_price",), ("control", "diversification", "barrier", "support")),
    Term("lead", "lead time", ("weight_lag", "weight_urgent")),
    Term("release", "release", ("weight_release",)),
    Term("reliability", "reliability", ("weight_reliability",)),
    Term("alignment", "alignment", ("weight_alignment",)),
    Term("incumbency", "incumbency", ("weight_incumbency",)),
    Term("ties", "ties", ("weight_us_supplier", "weight_us_ally", "weight_european_pair")),
    Term("competitor_origin", "competitor origin", ("weight_competitor_to_us_ally",)),
    Term("programme", "programme", ("weight_programme",)),
    Term("barrier", "foreign-bid barrier", ("foreign_bid_barrier",)),
    Term("origin", "U.S. origin preferred", ("origin_weight",)),
    Term("interoperability", "interoperability", ("weight_interop",)),
    Term("support", "U.S. support", ("third_party_support",)),
    Term("control", "control", ("sovereignty_premium", "core_premium")),
    Term("diversification", "diversification", ("diversification_premium",)),
    Term("standing", "standing", ()),
)  # fmt: skip
PERFECT_FIT = ("need_heterogeneity", "level_shortfall_weight")


@dataclass(frozen=True, slots=True)
class Slopes:
    """Utility per unit: lost with ln price and with a year of lead, gained with fit, ln release."""

    price: float
    lead: float
    fit: float
    release: float


def take_away(state: State, domain: int, weights: Iterable[str]) -> None:
    """Set parameters to zero, for one domain where they differ by domain.

    Raises KeyError naming a parameter that does not exist.
    """
    for name in weights:
        if name in (state.par.dtype.names or ()):
            state.par[name] = 0.0
        elif name in (state.dom.dtype.names or ()):
            state.dom[name][domain] = 0.0
        else:
            raise KeyError(name)


def without(search: Search, decision: Decision, weights: Iterable[str]) -> Floats:
    """Utilities of the decision's offers with some weights at zero, in their order."""
    found = search.decide(partial(take_away, domain=search.domain, weights=tuple(weights)))
    if found.pairs() != decision.pairs():
        raise RuntimeError(f"other offers are considered without {', '.join(weights)}")
    return np.asarray(found.offers["utility"], float)


def terms_of(search: Search, decision: Decision) -> dict[str, Floats]:
    """Terms by id, each (offers,); together they are the utilities."""
    utility = np.asarray(decision.offers["utility"], float)
    found: dict[str, Floats] = {}
    for term in sorted(TERMS, key=lambda one: len(one.within)):
        if term.weights:
            found[term.id] = utility - without(search, decision, term.weights)
            for other in term.within:
                found[term.id] -= found[other]
    found["standing"] = utility - sum(found.values())
    return {term.id: np.where(abs(found[term.id]) < ROUNDING, 0.0, found[term.id])
            for term in TERMS}  # fmt: skip


def term_of(search: Search, decision: Decision, term: str) -> Floats:
    """One term of the decision's offers, which has no other terms within."""
    weights = next(one.weights for one in TERMS if one.id == term)
    return np.asarray(decision.offers["utility"] - without(search, decision, weights), float)


def beliefs_of(search: Search, fit: Floats, release: Floats) -> tuple[Floats, Floats]:
    """Fit and believed chance of release (with sanctions) from their terms; NaN without weight."""
    weight, slope = float(search.state.par["weight_release"][0]), fit_slope(search)
    nothing = np.full(len(fit), np.nan)
    return (
        fit / slope if slope > 0.0 else nothing,
        np.exp(release / weight) if weight > 0.0 else nothing,
    )


def slopes_of(
    search: Search, decision: Decision, terms: Mapping[str, Floats]
) -> tuple[Slopes, ...]:
    """What the utility of each offer gains with each attribute, from the kernel itself.

    Price and fit weigh the same for all offers of a search. Fit is 1 for all of them when needs do
    not differ and no level falls short.
    """
    offers = decision.offers
    clear = np.abs(offers["ln_price"]) > CLEAR_PRICE
    price = 0.0
    if clear.any():
        price = float(np.median(-terms["price"][clear] / offers["ln_price"][clear]))
    years = offers["lead"] / QUARTERS_A_YEAR
    lead = -terms["lead"] / np.maximum(years, ROUNDING)
    fit, release = fit_slope(search), float(search.state.par["weight_release"][0])
    return tuple(Slopes(price, float(slope), fit, release) for slope in lead)


def fit_slope(search: Search) -> float:
    """Utility of a perfect fit."""
    with_fit, without_it = (
        search.decide(partial(take_away, domain=search.domain, weights=weights)).offers["utility"]
        for weights in (PERFECT_FIT, (*PERFECT_FIT, "weight_fit"))
    )
    return float((with_fit - without_it).max(initial=0.0))
