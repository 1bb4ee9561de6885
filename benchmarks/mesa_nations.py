"""Nations of the Mesa peer: agents that loop over their offers and choose by nested logit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa

from alliance_abm.layout import (
    COMPETITOR,
    DAYS_PER_QUARTER,
    DCS,
    DEFER,
    DOMESTIC,
    FMS,
    FRIENDLY,
    LICENSED,
)
from alliance_abm.offers import (
    NEST_DEFER,
    NEST_DOMESTIC,
    NEST_THIRD_PARTY,
    NEST_UNITED_STATES,
)
from benchmarks.mesa_things import Belief, Offer, Order, Requirement, Sector, Terms

if TYPE_CHECKING:
    from benchmarks.mesa_industry import ProductionLine
    from benchmarks.mesa_peer import MesaPeer

SMALLEST = 1e-6
ROUTES = (FMS, DCS, FRIENDLY, COMPETITOR, LICENSED, DOMESTIC)


class Nation(mesa.Agent):
    """A buyer, and the owner of production lines."""

    model: MesaPeer

    def __init__(self, model: MesaPeer, row: int) -> None:
        super().__init__(model)
        start = model.start.nations[row]
        self.row = row
        self.is_us = row == model.world.usa
        self.is_competitor = bool(start["competitor"])
        self.is_us_ally = bool(start["us_ally"])
        self.is_european = bool(start["european"])
        self.first_tier = start["tier"] == 1
        self.skill = float(start["acquisition_competence"])
        self.sovereignty = float(start["sovereignty"])
        self.core = float(start["core"])
        self.diversification = float(start["diversification"])
        self.local_constant = float(start["local_constant"])
        self.fms_experience = float(start["fms_experience"])
        self.concentration = 0.0
        self.price = 0.0
        self.balance = 0.0
        self.grant = 0.0
        self.income = 0.0
        self.committed = 0.0
        self.paid = 0.0
        self.sectors: list[Sector] = []
        self.beliefs: list[Belief] = []
        self.requirements: list[Requirement] = []

    def choose(self) -> None:
        """Meet every open requirement that can be paid with an offer, or put it off."""
        p = self.model.p
        still_open = []
        for requirement in self.requirements:
            cost = requirement.volume * self.price
            tied = self.grant >= cost and not self.is_us
            credit = self.balance + p.forward_commitment_quarters * self.income
            if not tied and credit < cost:
                still_open.append(requirement)
                continue
            offer = self.pick(self.offers(requirement, tied))
            if offer.line is None:
                requirement.aspiration *= 1.0 - p.aspiration_relaxation
                still_open.append(requirement)
            else:
                self.award(requirement, offer, tied)
        self.requirements = still_open

    def offers(self, requirement: Requirement, tied: bool) -> list[Offer]:
        """The offers that pass the screens, with their utilities; deferring is the last."""
        model, p = self.model, self.model.p
        terms = self.terms(requirement)
        found: list[Offer] = []
        for line in model.sellers[requirement.domain]:
            supplier = line.owner
            if supplier is self or (tied and not supplier.is_us):
                continue
            belief = self.beliefs[supplier.row]
            if not belief.permitted:
                continue
            release = self.believed_release(line, terms.sensitivity)
            fit = line.fit(requirement, terms.domain)
            if release >= p.release_screen and fit >= requirement.aspiration:
                value = self.common_utility(terms, line, belief, release, fit)
                self.add_direct(found, terms, line, belief, value)
                self.add_licensed(found, terms, line, belief, value)
        if not tied:
            self.add_home(found, terms)
        found.append(Offer(None, DEFER, NEST_DEFER, None, 0.0, 0.0, model.defer_constant))
        return found

    def terms(self, requirement: Requirement) -> Terms:
        """What is the same for all suppliers, worked out once."""
        model, p = self.model, self.model.p
        d = requirement.domain
        sector, domain = self.sectors[d], model.domains[d]
        return Terms(
            requirement,
            sector,
            domain,
            sensitivity=domain.export_sensitivity * p.refusal_sensitivity,
            lag=0.25 * (domain.weight_lag + p.weight_urgent * sector.threat),
            days={route: self.administration_days(route, d) for route in ROUTES},
            worth={route: self.strategy(sector, model.control[route]) for route in ROUTES},
            commercial=self.random.random() >= domain.fms_only_share,
        )

    def believed_release(self, line: ProductionLine, sensitivity: float) -> float:
        """Believed chance to get the product: the seller and every origin of its content agree."""
        chance = 1.0
        if line.owner is not self:
            chance = max(1.0 - (1.0 - self.beliefs[line.owner.row].release) * sensitivity, 0.0)
        for origin, reach in line.content:
            if origin != self.row and origin != line.owner.row:
                refusal = min((1.0 - self.beliefs[origin].release) * sensitivity, 1.0)
                chance *= 1.0 - reach * refusal
        return chance

    def add_direct(
        self, found: list[Offer], terms: Terms, line: ProductionLine, belief: Belief, value: float
    ) -> None:
        """Append what one foreign line sells directly, by one route or, from the U.S., two."""
        model, p, supplier = self.model, self.model.p, line.owner
        if supplier.is_us:
            value += p.weight_us_supplier + p.weight_us_ally * self.is_us_ally
            routes = [(FMS, NEST_UNITED_STATES, model.fms_price, value)]
            if terms.commercial:
                effort = 1.0 + p.dcs_effort * (1.0 - self.skill)
                routes.append((DCS, NEST_UNITED_STATES, effort, value + model.dcs_constant))
        else:
            route = COMPETITOR if supplier.is_competitor else FRIENDLY
            routes = [(route, NEST_THIRD_PARTY, 1.0, value)]
        quoted = line.lead_export - model.half_spread
        for route, nest, markup, utility in routes:
            price = line.price * markup
            lead = line.lead_export + max(belief.slip, 0.0) + terms.days[route] / DAYS_PER_QUARTER
            if terms.requirement.urgent and lead > p.urgent_limit_quarters:
                continue
            utility += terms.worth[route] - terms.lag * lead - p.weight_price * math.log(price)
            found.append(Offer(supplier, route, nest, line, price, quoted, utility))

    def add_licensed(
        self, found: list[Offer], terms: Terms, line: ProductionLine, belief: Belief, value: float
    ) -> None:
        """Append a foreign product built here under licence, where its maker is more able."""
        model, p, supplier = self.model, self.model.p, line.owner
        sector = terms.sector
        mine = sector.line
        if mine is None or sector.competence < p.licence_competence:
            return
        if supplier.sectors[line.domain].competence <= sector.competence:
            return
        price = line.price * (1.0 + mine.licence_premium)
        lead = mine.lead_home + p.licence_delay_quarters
        quoted = lead - model.half_spread
        lead += max(belief.slip, 0.0) + terms.days[LICENSED] / DAYS_PER_QUARTER
        if terms.requirement.urgent and lead > p.urgent_limit_quarters:
            return
        value += self.local_constant + terms.worth[LICENSED]
        value -= p.weight_price * math.log(price) + terms.lag * lead
        found.append(Offer(supplier, LICENSED, NEST_DOMESTIC, mine, price, quoted, value))

    def common_utility(
        self, terms: Terms, line: ProductionLine, belief: Belief, release: float, fit: float
    ) -> float:
        """Terms of utility that do not depend on the route."""
        model, p = self.model, self.model.p
        supplier, d = line.owner, line.domain
        seller = supplier.sectors[d]
        value = p.weight_fit * fit + p.weight_release * math.log(max(release, SMALLEST))
        value += p.weight_reliability * belief.reliability + belief.affinity
        value += p.weight_alignment * belief.alignment + seller.offer_constant + seller.presence
        value += terms.domain.weight_incumbency * belief.share
        value += p.weight_programme * belief.programmes[d]
        if self.is_european and supplier.is_european:
            value += p.weight_european_pair
        if supplier.is_competitor and self.is_us_ally:
            value -= p.weight_competitor_to_us_ally
        if belief.sanctions_risk > 0.0:
            value += p.weight_release * math.log(max(1.0 - belief.sanctions_risk, SMALLEST))
        coercion = 1.0 + p.coercion_weight * (1.0 - belief.release)
        rise = belief.share - self.concentration
        return value - model.diversification_value * self.diversification * rise * coercion

    def strategy(self, sector: Sector, control: float) -> float:
        """What control over a system is worth to this nation."""
        value = self.sovereignty * self.model.sovereignty_value
        if sector.is_core:
            value += self.core * self.model.core_value
        return value * control

    def add_home(self, found: list[Offer], terms: Terms) -> None:
        """Append what the nation's own line offers, if home industry sells in this domain."""
        model, p, sector, requirement = self.model, self.model.p, terms.sector, terms.requirement
        line = sector.line
        if line is None or sector.home_share <= 0.0:
            return
        release = self.believed_release(line, terms.sensitivity)
        if release < p.release_screen:
            return
        lead = line.lead_home + terms.days[DOMESTIC] / DAYS_PER_QUARTER
        if requirement.urgent and lead > p.urgent_limit_quarters:
            return
        value = sector.home_constant + p.weight_fit * line.fit(requirement, terms.domain)
        value += p.weight_release * math.log(max(release, SMALLEST)) - terms.lag * lead
        value += terms.domain.weight_incumbency * sector.home_habit
        value += self.strategy(sector, model.control[DOMESTIC] * (1.0 - line.foreign_content))
        value -= p.weight_price * math.log(line.price)
        quoted = line.lead_home - model.half_spread
        found.append(Offer(self, DOMESTIC, NEST_DOMESTIC, line, line.price, quoted, value))

    def administration_days(self, route: int, domain: int) -> float:
        """Days expected from award to contract."""
        model, p = self.model, self.model.p
        if route == FMS:
            rework = p.lor_rework / (1.0 + self.fms_experience / p.lor_experience_cases)
            congress = p.congress_days_tier_one if self.first_tier else p.congress_days_other
            days = p.lor_days * (1.0 + rework) + p.acceptance_days + p.contract_award_days
            reviews = model.release_desk.expected_days * (1.0 - p.review_overlap)
            return days + congress + reviews + model.offer_desks[domain].expected_days
        if route == DCS:
            days = p.dcs_negotiation_days * (1.5 - self.skill) + p.dcs_signature_days
            return days + model.licence_desk.expected_days
        if route == DOMESTIC:
            return p.domestic_negotiation_days
        days = p.third_party_negotiation_days * (1.5 - self.skill)
        return days + p.licence_negotiation_days if route == LICENSED else days

    def pick(self, offers: list[Offer]) -> Offer:
        """Draw an offer by nested logit."""
        scale = self.model.p.nest_parameter
        best = max(offer.utility for offer in offers)
        weights = [math.exp((offer.utility - best) / scale) for offer in offers]
        inside: dict[int, float] = {}
        for offer, weight in zip(offers, weights, strict=True):
            inside[offer.nest] = inside.get(offer.nest, 0.0) + weight
        factor = {nest: total ** (scale - 1.0) for nest, total in inside.items() if total > 0.0}
        chances = [w * factor.get(o.nest, 0.0) for o, w in zip(offers, weights, strict=True)]
        return self.random.choices(offers, chances)[0]

    def award(self, requirement: Requirement, offer: Offer, tied: bool) -> None:
        """Place an order: money is committed, a case begins, the line hears of it."""
        model = self.model
        assert offer.line is not None and offer.supplier is not None
        tie = self.random.random()
        days = self.administration_days(offer.route, requirement.domain)
        price = self.price * offer.price
        order = Order(
            buyer=self,
            supplier=offer.supplier,
            line=offer.line,
            domain=requirement.domain,
            route=offer.route,
            volume=requirement.volume,
            price_quoted=price,
            cost_quoted=offer.line.unit_cost,
            price=price,
            tied=tied,
            initial=False,
            tie=tie,
            promised=model.quarter + math.ceil(days / DAYS_PER_QUARTER + offer.quoted),
            arrived_day=int((model.quarter + tie) * DAYS_PER_QUARTER),
            at_home=offer.line.owner is self,
        )
        self.pay(order, order.volume * price)
        self.sectors[order.domain].on_order += order.volume
        model.orders.append(order)
        model.cases.append(order)
        order.line.hear_of(order, model.visibility.get(order.route, 1.0))

    def pay(self, order: Order, money: float) -> None:
        """Commit money to an order; a negative amount comes back."""
        self.committed += money
        if order.tied:
            self.grant -= money
        else:
            self.balance -= money

    def refuse(self, order: Order, origin: int) -> None:
        """An order is refused by the holder of some content: it is cancelled and refunded."""
        self.beliefs[origin].refused += 1
        order.cancelled = True
        self.pay(order, -order.volume * order.price)
        self.sectors[order.domain].on_order -= order.volume
