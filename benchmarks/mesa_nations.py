"""Nations of the Mesa peer: agents that loop over their offers and choose by nested logit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa

from alliance_abm.layout import (
    CLOSED,
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
from benchmarks.mesa_choice import pick, second_source, weigh
from benchmarks.mesa_queues import LICENSED_US, expected_days
from benchmarks.mesa_things import Belief, Offer, Order, Requirement, Sector, Terms

if TYPE_CHECKING:
    from benchmarks.mesa_industry import ProductionLine
    from benchmarks.mesa_peer import MesaPeer

SMALLEST = 1e-6
ROUTES = {FMS: True, DCS: True, FRIENDLY: False, LICENSED: False, LICENSED_US: True,
          DOMESTIC: False}  # fmt: skip


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
        self.dependence = 0.0
        self.standing = 0.0  # utility of the concentration that stands
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
        if self.requirements:
            self.look()
        for requirement in self.requirements:
            tied = self.grant_pays(requirement)
            credit = self.balance + p.forward_commitment_quarters * self.income
            money = self.grant if tied else credit
            if money <= 0.0:
                requirement.deferred += 1
                still_open.append(requirement)
            elif not self.search(self.terms(requirement, money), tied):
                requirement.deferred += 1
                requirement.aspiration *= 1.0 - p.aspiration_relaxation
                still_open.append(requirement)
        self.requirements = still_open

    def grant_pays(self, requirement: Requirement) -> bool:
        """Does a grant pay for U.S. goods, at their price with the fees of FMS?"""
        model, d = self.model, requirement.domain
        line = model.united_states.sectors[d].line
        if self.is_us or line is None:
            return False
        return self.grant >= requirement.volume * self.price * line.price * model.fms_price

    def look(self) -> None:
        """What each origin adds to concentration, and what stands already."""
        p, abroad = self.model.p, max(self.dependence, SMALLEST)
        averse = self.diversification * self.model.diversification_value
        self.standing = 0.0
        for belief in self.beliefs:
            part = belief.exposed / abroad
            belief.risk = averse * (1.0 + p.coercion_weight * (1.0 - belief.release)) * part
            self.standing += belief.risk * part

    def search(self, terms: Terms, tied: bool) -> bool:
        """Choose among offers; False when the requirement is put off."""
        scale = self.model.p.nest_parameter
        offers = self.offers(terms, tied)
        best = max(offer.utility for offer in offers)
        weigh(offers, [math.exp((offer.utility - best) / scale) for offer in offers], scale)
        first = pick(offers, self.random)
        if first.line is None:
            return False
        second = None if tied else second_source(self, terms, offers, first)
        self.award(terms.requirement, first, tied, split=second is not None)
        if second is not None:
            self.award(terms.requirement, second, tied, split=True)
        return True

    def offers(self, terms: Terms, tied: bool) -> list[Offer]:
        """The offers that pass the screens, with their utilities; deferring is the last."""
        model, p, requirement = self.model, self.model.p, terms.requirement
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
        lead = 1.0 + (sum(offer.lead for offer in found) / len(found) if found else 0.0)
        worth = model.defer_constant - p.impatience * requirement.deferred - terms.lag * lead
        found.append(Offer(None, DEFER, NEST_DEFER, None, 0.0, lead, 0.0, worth))
        return found

    def terms(self, requirement: Requirement, money: float) -> Terms:
        """What is the same for all suppliers, worked out once."""
        model, p = self.model, self.model.p
        d, worth = requirement.domain, requirement.volume * self.price
        sector, domain = self.sectors[d], model.domains[d]
        pragmatic = 1.0
        if not sector.is_core:
            pragmatic += p.strategy_share * p.core_pragmatism * self.core
        longer = 1.0 + p.aspiration_relaxation * requirement.deferred
        return Terms(
            requirement,
            sector,
            domain,
            sensitivity=domain.export_sensitivity * p.refusal_sensitivity,
            lag=0.25 * (domain.weight_lag + p.weight_urgent * sector.threat) * pragmatic,
            price_weight=p.weight_price * pragmatic,
            fit_weight=p.weight_fit * pragmatic,
            days={route: expected_days(self, route, d, worth, us) for route, us in ROUTES.items()},
            worth={r: self.strategy(sector, control) for r, control in enumerate(model.control)},
            commercial=self.random.random() >= domain.fms_only_share,
            limit=p.urgent_limit_quarters * longer if requirement.urgent else math.inf,
            affordable=money / worth,
        )

    def believed_release(self, line: ProductionLine, sensitivity: float) -> float:
        """Believed chance to get the product: the seller and every origin of its content agree."""
        chance = 1.0
        if line.owner is not self:
            chance = max(1.0 - (1.0 - self.beliefs[line.owner.row].release) * sensitivity, 0.0)
        for origin, reach, _ in line.content:
            if origin != self.row and origin != line.owner.row:
                refusal = min((1.0 - self.beliefs[origin].release) * sensitivity, 1.0)
                chance *= 1.0 - reach * refusal
        return chance

    def less_concentrated(self, line: ProductionLine) -> float:
        """Utility of what a product's parts do to concentration, against what stands."""
        risk = (1.0 - line.foreign_content) * self.beliefs[line.owner.row].risk
        for origin, _, share in line.content:
            risk += share * self.beliefs[origin].risk
        return self.standing - risk

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
            days = terms.days[FRIENDLY if route == COMPETITOR else route]
            lead = line.lead_export + max(belief.slip, 0.0) + days / DAYS_PER_QUARTER
            if lead > terms.limit or price > terms.affordable:
                continue
            utility += terms.worth[route] - terms.lag * lead - terms.price_weight * math.log(price)
            found.append(Offer(supplier, route, nest, line, price, lead, quoted, utility))

    def add_licensed(
        self, found: list[Offer], terms: Terms, line: ProductionLine, belief: Belief, value: float
    ) -> None:
        """Append a foreign product built here under licence, where its maker is more able."""
        model, p, supplier = self.model, self.model.p, line.owner
        sector = terms.sector
        mine = sector.line
        if mine is None or mine.status == CLOSED or sector.competence < p.licence_competence:
            return
        if supplier.sectors[line.domain].competence <= sector.competence:
            return
        price = line.price * (1.0 + mine.licence_premium)
        lead = mine.lead_home + p.licence_delay_quarters
        quoted = lead - model.half_spread
        days = terms.days[LICENSED_US if supplier.is_us else LICENSED]
        lead += max(belief.slip, 0.0) + days / DAYS_PER_QUARTER
        if lead > terms.limit or price > terms.affordable:
            return
        value += self.local_constant + terms.worth[LICENSED]
        value -= terms.price_weight * math.log(price) + terms.lag * lead
        found.append(Offer(supplier, LICENSED, NEST_DOMESTIC, mine, price, lead, quoted, value))

    def common_utility(
        self, terms: Terms, line: ProductionLine, belief: Belief, release: float, fit: float
    ) -> float:
        """Terms of utility that do not depend on the route."""
        p, supplier, d = self.model.p, line.owner, line.domain
        seller = supplier.sectors[d]
        value = terms.fit_weight * fit + p.weight_release * math.log(max(release, SMALLEST))
        value += p.weight_reliability * belief.reliability + belief.affinity
        value += p.weight_alignment * belief.alignment + seller.offer_constant + seller.presence
        value += terms.domain.weight_incumbency * belief.share
        value += p.weight_programme * belief.programmes[d]
        if self.is_european and supplier.is_european:
            value += p.weight_european_pair
        if supplier.is_competitor and self.is_us_ally:
            value -= p.weight_competitor_to_us_ally
        if belief.sanctions_level > 0.0:
            loss = belief.sanctions_level * self.beliefs[self.model.world.usa].share
            value += p.weight_release * math.log(max(1.0 - loss, SMALLEST))
        return value + self.less_concentrated(line)

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
        if line is None or line.status == CLOSED or sector.home_share <= 0.0:
            return
        release = self.believed_release(line, terms.sensitivity)
        fit = line.fit(requirement, terms.domain)
        if release < p.release_screen or fit < requirement.aspiration:
            return
        lead = line.lead_home + terms.days[DOMESTIC] / DAYS_PER_QUARTER
        if lead > terms.limit or line.price > terms.affordable:
            return
        value = sector.home_constant + terms.fit_weight * fit + self.less_concentrated(line)
        value += p.weight_release * math.log(max(release, SMALLEST)) - terms.lag * lead
        value += terms.domain.weight_incumbency * sector.home_habit
        value += self.strategy(sector, model.control[DOMESTIC] * (1.0 - line.foreign_content))
        value -= terms.price_weight * math.log(line.price)
        quoted = line.lead_home - model.half_spread
        offer = Offer(self, DOMESTIC, NEST_DOMESTIC, line, line.price, lead, quoted, value)
        found.append(offer)

    def award(self, requirement: Requirement, offer: Offer, tied: bool, split: bool) -> None:
        """Place an order: money is committed, a case begins, the line hears of it."""
        model, p = self.model, self.model.p
        assert offer.line is not None and offer.supplier is not None
        tie, d, from_us = self.random.random(), requirement.domain, offer.supplier.is_us
        volume = requirement.volume * (0.5 if split else 1.0)
        days = expected_days(self, offer.route, d, volume * self.price, from_us and not self.is_us)
        price = self.price * offer.price * (1.0 + p.split_cost if split else 1.0)
        order = Order(
            buyer=self,
            supplier=offer.supplier,
            line=offer.line,
            domain=d,
            route=offer.route,
            volume=volume,
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
