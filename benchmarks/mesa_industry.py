"""Production lines of the Mesa peer: agents with an order book that quote, deliver and adapt."""

from __future__ import annotations

import math
from bisect import insort
from operator import attrgetter
from types import SimpleNamespace
from typing import TYPE_CHECKING

import mesa

from alliance_abm.layout import (
    CLOSED,
    COLD,
    FMS,
    HOT,
    LICENSED,
    PIPELINE_QUARTERS,
    WARM,
)
from benchmarks.mesa_things import Order, Requirement

if TYPE_CHECKING:
    from benchmarks.mesa_nations import Nation
    from benchmarks.mesa_peer import MesaPeer

TINY = 1e-9


class Pool:
    """The part of a line that builds for home, or for abroad."""

    __slots__ = ("arrived", "backlog", "capacity", "orders", "output", "pipeline", "room")

    def __init__(self, capacity: float, backlog: float, orders: float) -> None:
        self.capacity = capacity
        self.backlog = backlog
        self.orders = orders  # smoothed credible orders a quarter
        self.arrived = 0.0
        self.output = 0.0
        self.room = 0.0
        self.pipeline = [0.0] * PIPELINE_QUARTERS

    def invest(self, quarter: int, planned: float, p: SimpleNamespace) -> None:
        """Follow credible orders and backlog; what is decided now is ready later."""
        self.orders += (self.arrived - self.orders) / p.order_smoothing_quarters
        self.arrived = 0.0
        slot = quarter % PIPELINE_QUARTERS
        self.capacity += self.pipeline[slot]
        self.pipeline[slot] = 0.0
        coming = sum(self.pipeline)
        desired = max(self.orders * p.capacity_headroom, self.backlog / planned)
        if desired > self.capacity + coming:
            add = desired - self.capacity - coming
            ready = (quarter + int(p.capacity_delay_quarters)) % PIPELINE_QUARTERS
            self.pipeline[ready] += min(add, p.growth_cap_per_quarter * self.capacity)
        elif desired < self.capacity:
            least = self.capacity * (1.0 - p.shrinkage_per_quarter)
            self.capacity = max(desired, least)


class ProductionLine(mesa.Agent):
    """A line of one nation in one domain."""

    model: MesaPeer

    def __init__(self, model: MesaPeer, row: int, owner: Nation) -> None:
        super().__init__(model)
        start = model.start.lines[row]
        self.row = row
        self.owner = owner
        self.domain = int(start["domain"])
        self.sells_abroad = bool(start["sells_abroad"])
        self.place, self.level = float(start["place"]), float(start["level"])
        self.home, self.abroad = (
            Pool(
                float(start[f"capacity_{pool}"]),
                float(start[f"backlog_{pool}"]),
                float(start[f"orders_{pool}"]),
            )
            for pool in ("home", "export")
        )
        self.unit_cost = float(start["unit_cost"])
        self.experience = float(start["experience"])
        self.experience_start = float(start["experience_start"])
        self.licence_experience = float(start["experience_home_licence"])
        self.build_quarters = float(start["build_quarters"])
        self.planned_quarters = float(start["planned_quarters"])
        self.status, self.quiet = int(start["status"]), int(start["quiet"])
        self.restarts_at = int(start["restarts_at"])
        progress = model.domains[self.domain].progress_ratio
        self.slope = -model.p.learning_share * math.log(progress) / math.log(2.0)
        self.diverted = self.replaced = 0.0
        self.price = self.lead_home = self.lead_export = 0.0
        self.licence_premium = 0.0
        self.book: list[Order] = []
        origins = model.start.content_origin[row].tolist()
        self.origins = [origin for origin in origins if origin >= 0]
        self.content: list[tuple[int, float, float]] = []  # origin, reach, share
        self.foreign_content = 0.0

    def become(self, now: SimpleNamespace, reach: list[float], share: list[float]) -> None:
        """Take over what competence has made of the product, and an opening in its time."""
        self.level, self.diverted, self.replaced = now.level, now.diverted_share, now.replaced
        self.content = list(zip(self.origins, reach, share, strict=False))
        self.foreign_content = now.foreign
        if self.status == CLOSED and now.status != CLOSED:
            self.status, self.home.capacity = HOT, now.capacity_home
        if now.sells_abroad and not self.sells_abroad:
            self.abroad.capacity = max(self.abroad.capacity, now.capacity_export)
            self.sells_abroad = True
            self.model.sellers[self.domain].append(self)

    def quote(self) -> None:
        """Price and lead times at the start of the quarter."""
        model, p = self.model, self.model.p
        wait = max(0, self.restarts_at - model.quarter)
        premium = 0.0
        if self.status == COLD:
            wait, premium = p.restart_quarters, p.restart_premium
        self.price = self.unit_cost * (1.0 + p.mark_up) * (1.0 + premium)
        home, abroad = self.home, self.abroad
        build = self.build_quarters + wait
        load = home.backlog / max(home.capacity, TINY)
        self.lead_home = min(max(build, load), p.longest_quote_quarters) + model.half_spread
        capacity = abroad.capacity * (1.0 - self.diverted)
        load = abroad.backlog / max(capacity, TINY)
        if load > build:
            spare = min(home.capacity, p.home_load_cap * capacity)
            capacity += p.home_diversion_share * spare
            load = max(build, abroad.backlog / max(capacity, TINY))
        lead = min(max(build, load), p.longest_quote_quarters)
        self.lead_export = lead + model.half_spread
        learned = 1.0 + self.licence_experience / p.licence_learning_quarters
        self.licence_premium = p.licence_premium / learned

    def fit(self, requirement: Requirement, domain: SimpleNamespace) -> float:
        """How well the product fits a need (1 is best)."""
        gap = abs(self.place - requirement.place)
        distance = 2.0 * min(gap, 1.0 - gap)
        shortfall = max(0.0, requirement.level - self.level)
        weight = self.model.p.level_shortfall_weight
        return 1.0 - domain.need_heterogeneity * distance - weight * shortfall

    def hear_of(self, order: Order, share: float) -> None:
        """Count a share of an order as demand that is credible."""
        pool = self.home if order.at_home else self.abroad
        pool.arrived += share * order.volume

    def sign(self, order: Order) -> None:
        """A contract enters the order book, at the price of the day."""
        model, p = self.model, self.model.p
        price = order.price_quoted * self.unit_cost / order.cost_quoted
        order.buyer.pay(order, order.volume * (price - order.price))
        order.price = price
        if order.route == FMS:
            order.buyer.fms_experience += 1.0
            model.fees += order.volume * price
        ahead = p.tier_priority_days if order.buyer.first_tier else 0.0
        order.entry = order.arrived_day - ahead + order.tie
        self.hear_of(order, 1.0 - model.visibility.get(order.route, 1.0))
        self.take(order, model.quarter)
        if self.status == COLD:
            self.status = WARM
            self.restarts_at = model.quarter + int(p.restart_quarters)

    def take(self, order: Order, contracted: float) -> None:
        """Put an order into the book, in the order of entry."""
        order.ready = contracted + self.build_quarters
        if order.route == LICENSED:
            order.ready += self.model.p.licence_delay_quarters
        (self.home if order.at_home else self.abroad).backlog += order.volume
        insort(self.book, order, key=attrgetter("entry"))

    def plan(self) -> bool:
        """Set what home and export pools can give this quarter; True when U.S. need comes first."""
        model, p = self.model, self.model.p
        factor = 1.0
        for origin, reach, _ in self.content:
            factor *= 1.0 - reach * self.owner.beliefs[origin].suspended
        home, abroad = self.home.capacity, self.abroad.capacity * (1.0 - self.diverted)
        crisis = self.owner.sectors[self.domain].threat >= p.crisis_threat
        if crisis:
            moved = p.war_reserve_share * abroad
            home, abroad = home + moved, abroad - moved
        if self.abroad.backlog > self.build_quarters * abroad:
            spare = p.home_diversion_share * min(home, p.home_load_cap * abroad)
            home, abroad = home - spare, abroad + spare
        if model.quarter < self.restarts_at or self.status == COLD:
            home = abroad = 0.0
        self.home.room, self.abroad.room = home * factor, abroad * factor
        self.home.output = self.abroad.output = 0.0
        return crisis

    def produce(self) -> None:
        """Deliver what capacity and build time allow: endorsed buyers first, then by entry."""
        reprioritised = self.plan()
        quarter, spread = self.model.quarter, self.model.p.delivery_spread_quarters
        row = self.owner.row
        due = [order for order in self.book if order.ready <= quarter]
        due.sort(key=lambda order: not order.buyer.beliefs[row].endorsed)
        finished = False
        for order in due:
            belief = order.buyer.beliefs[order.supplier.row]
            pool = self.home if order.at_home else self.abroad
            wanted = order.volume / spread * (1.0 - belief.suspended)
            left = order.volume - order.delivered
            amount = min(wanted, left, pool.room)
            reprioritised = reprioritised or (belief.endorsed and amount > 0.0)
            if amount < wanted and amount < left and reprioritised:
                order.displaced += 1
            if amount > 0.0:
                pool.room -= amount
                self.deliver(order, pool, amount, left)
                finished = finished or amount >= left
        if finished:
            self.book = [order for order in self.book if order.delivered < order.volume]

    def deliver(self, order: Order, pool: Pool, amount: float, left: float) -> None:
        """Hand over an amount of an order."""
        model, p, buyer = self.model, self.model.p, order.buyer
        order.delivered = order.volume if amount >= left else order.delivered + amount
        belief = buyer.beliefs[order.supplier.row]
        if order.first_delivery is None:
            order.first_delivery = model.quarter
            if not order.initial and order.supplier is not buyer:
                late = model.quarter - order.promised
                late = max(min(late, p.slip_cap_quarters), -p.slip_cap_quarters)
                belief.slip += p.slip_weight * (late - belief.slip)
        buyer.committed -= amount * order.price
        buyer.paid += amount * order.price
        sector = buyer.sectors[order.domain]
        sector.on_order -= amount
        sector.stock += amount
        pool.backlog -= amount
        pool.output += amount
        belief.delivered += amount
        model.delivered[model.quarter] += amount
        if order.route == LICENSED:
            self.licence_experience += 1.0

    def adapt(self) -> None:
        """Learn and forget, invest or shrink, and go cold without work."""
        p = self.model.p
        if self.status == CLOSED:
            return
        output = self.home.output + self.abroad.output
        capacity = self.home.capacity + self.abroad.capacity
        rate = output / max(capacity, TINY)
        decay = 0.25 * p.experience_decay_per_year
        if rate < p.sustaining_rate:
            decay *= p.slow_line_forgetting
        self.experience += output - decay * self.experience
        gained = max(self.experience / self.experience_start, p.experience_floor)
        target = gained**-self.slope
        target *= (max(rate, p.rate_floor) / p.planned_utilisation) ** -p.rate_elasticity
        target *= 1.0 + p.replacement_premium * self.replaced
        self.unit_cost += p.unit_cost_adjustment * (target - self.unit_cost)
        self.licence_experience *= 1.0 - decay
        for pool in (self.home, self.abroad):
            pool.invest(self.model.quarter, self.planned_quarters, p)
        self.cool(output)

    def cool(self, output: float) -> None:
        """Without work a line turns warm, then cold."""
        p = self.model.p
        capacity = self.home.capacity + self.abroad.capacity
        if output >= p.sustaining_rate * capacity or self.home.backlog + self.abroad.backlog > 0.0:
            self.quiet = 0
            if output > 0.0:
                self.status = HOT
            return
        self.quiet += 1
        if self.quiet >= p.cold_after_quarters:
            self.status = COLD
        elif self.quiet >= p.warm_after_quarters:
            self.status = WARM
