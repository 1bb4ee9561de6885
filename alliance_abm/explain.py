"""Why did a nation choose this supplier? Searches of one run, replayed and explained."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from alliance_abm.causes import CAUSES, NOT_LOST
from alliance_abm.explain_changes import lost_sale, rivals
from alliance_abm.explain_screens import screened_out
from alliance_abm.explain_terms import Slopes, beliefs_of, slopes_of, terms_of
from alliance_abm.explanation import DEFERRED, Explanation, Need, Offer
from alliance_abm.problems import FieldProblems, Problem, listed, nearest_name, shown
from alliance_abm.quarters import QUARTERS_A_YEAR, Quarter
from alliance_abm.replay import Decision, Replay, Search
from alliance_abm.routes import ROUTES
from alliance_abm.scenario import Scenario
from alliance_abm.state import ledger

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

SAME = ("supplier", "route", "line", "domain", "volume", "price_quoted")


def explain_choices(
    scenario: Scenario,
    nation: str,
    quarter: Quarter | str,
    domain: str | None = None,
    seed: int | None = None,
) -> list[Explanation]:
    """Every search of a nation that was decided in a quarter, in the order of domains.

    Args:
        scenario: what is run.
        nation: iso3 of the buyer, or ROW.
        quarter: a quarter of the scenario's horizon, such as 2022Q3.
        domain: this one alone; default all.
        seed: of the run; default the scenario's.

    Raises FieldProblems (a ValueError) naming what is unknown, with the nearest name.
    """
    when = Quarter.parse(str(quarter))
    if when > scenario.horizon.end:
        allowed = f"{Quarter(0)} to {scenario.horizon.end}"
        _refuse("quarter", f"{when} is outside the run", allowed)
    replay = Replay(scenario, scenario.seed if seed is None else seed, when)
    world = replay.world
    row = place_of("nation", nation, world.nations, world.names)
    only = None if domain is None else place_of("domain", domain, world.domains, world.domain_names)
    return [explain(search) for search in replay.searches(row) if only in (None, search.domain)]


def explain_order(model: AllianceModel, order: int, buyer: str | None = None) -> Explanation:
    """The choice that led to an order of a run, by its row in the ledger (`model.orders()`).

    Raises FieldProblems (a ValueError): no such order, another nation's than `buyer`'s, one under
    way at the start, or one of a run whose state was changed by hand, which no replay comes to.
    """
    row = ledger(model.state)[order_row(model, order, buyer)]
    replay = Replay(model.scenario, model.run_seed, int(row["awarded"]))
    for search in replay.searches(int(row["buyer"])):
        if int(order) in search.orders:
            same = ledger(replay.state)[int(order)]
            if all(same[name] == row[name] for name in SAME):
                return explain(search)
    reason = f"{order} is not what this scenario with seed {model.run_seed} comes to"
    _refuse("order", reason, "an order of a run whose state was not changed by hand")


def order_row(model: AllianceModel, order: int, buyer: str | None = None) -> int:
    """The order's number, if the run chose it and it is the buyer's; else FieldProblems."""
    rows = ledger(model.state)
    count = len(rows)
    if isinstance(order, bool) or not hasattr(order, "__index__") or not 0 <= order < count:
        _refuse("order", f"{shown(order)} is not in the ledger", f"0 to {count - 1}")
    owner = model.world.nations[int(rows["buyer"][order])]
    if buyer is not None and owner != buyer:
        _refuse("order", f"{order} is an order of {owner}", f"an order of {buyer}")
    if rows["initial"][order] == 1:
        _refuse("order", f"{order} was under way at the start", "an order awarded in the run")
    return int(order)


def place_of(
    field: str, given: str, known: tuple[str, ...], names: Iterable[str] | None = None
) -> int:
    """Place of a code; FieldProblems with the nearest one, which is also found by its name."""
    if given in known:
        return known.index(given)
    codes = dict(zip((*known, *(names or ())), (*known, *known), strict=False))
    near = nearest_name(given, codes)
    reason = f"{shown(given)} is unknown"
    raise FieldProblems([Problem((field,), reason, listed(known), codes[near] if near else None)])


def _refuse(field: str, reason: str, allowed: str) -> NoReturn:
    raise FieldProblems([Problem((field,), reason, allowed)])


def explain(search: Search) -> Explanation:
    """Explain one search. Raises RuntimeError when its replay is not what the run came to."""
    decision = search.decide()
    if not same_awards(decision, search):
        raise RuntimeError(f"orders {search.orders} came out differently in the replay")
    offers, screened = _offers(search, decision), screened_out(search, decision)
    world = search.world
    buyer = world.nations[search.buyer]
    chosen = sorted((o for o in offers if o.chosen), key=lambda offer: offer.order or 0)
    codes: list[int] = decision.awards["lost_by"].tolist()
    noted = dict(zip(search.orders, codes, strict=True))
    lost = [offer for offer in chosen if noted.get(offer.order or 0, NOT_LOST) != NOT_LOST]
    cause = noted[lost[0].order or 0] if lost else NOT_LOST
    return Explanation(
        buyer=buyer,
        quarter=Quarter(search.state.quarter),
        domain=world.domains[search.domain],
        domain_name=world.domain_names[search.domain],
        seed=search.seed,
        need=_need(search, decision),
        offers=tuple(sorted(offers, key=lambda offer: -offer.probability)),
        screened=screened,
        rivals=rivals(chosen[0], offers) if chosen else (),
        lost=lost_sale(buyer, lost[:1] or chosen, offers, screened, cause),
        causes={order: CAUSES[code].id for order, code in noted.items() if code != NOT_LOST},
        orders=search.orders,
        names=dict(zip(world.nations, world.names, strict=True)),
    )


def same_awards(decision: Decision, search: Search) -> bool:
    """Are the awards of the replay those of the run?"""
    names = list(SAME)
    return len(decision.awards) == len(search.awards) and all(
        (decision.awards[name] == search.awards[name]).all() for name in names
    )


def _offers(search: Search, decision: Decision) -> list[Offer]:
    if not len(decision.offers):
        return []
    terms = terms_of(search, decision)
    slopes = slopes_of(search, decision, terms)
    beliefs = beliefs_of(search, terms["fit"], terms["release"])
    awarded = {
        (int(award["supplier"]), int(award["route"])): order
        for award, order in zip(decision.awards, search.orders, strict=True)
    }
    numbers = {name: values.tolist() for name, values in terms.items()}
    believed = zip(*(values.tolist() for values in beliefs), strict=True)
    return [
        _offer(search, offer, {name: values[i] for name, values in numbers.items()}, slopes[i],
               belief, awarded.get(key), not awarded)
        for i, (offer, key, belief) in enumerate(
            zip(decision.offers, decision.pairs(), believed, strict=True))
    ]  # fmt: skip


def _offer(
    search: Search,
    offer: np.void,
    terms: Mapping[str, float],
    slopes: Slopes,
    belief: tuple[float, float],
    order: int | None,
    nothing_bought: bool,
) -> Offer:
    route = ROUTES[int(offer["route"])].id
    waits = route == DEFERRED
    price = search.worth * math.exp(offer["ln_price"])
    attributes = (price, float(offer["lead"]) / QUARTERS_A_YEAR, *belief)
    price, lead, fit, release = (math.nan,) * len(attributes) if waits else attributes
    return Offer(
        supplier="" if waits else search.world.nations[int(offer["supplier"])],
        route=route,
        price=price,
        lead=lead,
        fit=fit,
        release=release,
        terms=terms,
        slopes=slopes,
        utility=float(offer["utility"]),
        probability=float(offer["probability"]),
        order=order,
        chosen=order is not None or (waits and nothing_bought),
    )


def _need(search: Search, decision: Decision) -> Need:
    cell, ask, par = search.cell, decision.ask, search.state.par[0]
    looked, urgent = len(decision.offers) > 0, bool(cell["urgent"])
    return Need(
        volume=float(cell["volume"]),
        level=float(cell["need_level"]),
        urgent=urgent,
        threat=float(cell["threat"]),
        since=Quarter(int(cell["opened"])),
        deferrals=int(cell["deferred"]),
        worth=search.worth,
        money=search.worth * math.exp(ask["ln_limit"]) if looked else 0.0,
        grant=looked and bool(ask["tied"]),
        least_fit=float(cell["aspiration"]),
        least_release=float(par["release_screen"]),
        longest_lead=float(ask["limit"]) / QUARTERS_A_YEAR if urgent and looked else math.inf,
    )
