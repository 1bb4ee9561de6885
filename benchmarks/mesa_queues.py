"""Administration of the Mesa peer: cases pass calendar stages and wait at desks with servers."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import mesa

from alliance_abm.layout import (
    DAYS_PER_QUARTER,
    DCS,
    DOMESTIC,
    FMS,
    LICENSED,
)
from alliance_abm.queues import (
    ACCEPTANCE,
    AWARD,
    CONGRESS,
    DEFINITION,
    PREPARATION,
    RELEASE,
)
from benchmarks.mesa_things import Order

if TYPE_CHECKING:
    from benchmarks.mesa_nations import Nation
    from benchmarks.mesa_peer import MesaPeer

FMS_STAGES = (DEFINITION, RELEASE, PREPARATION, CONGRESS, ACCEPTANCE, AWARD)
LICENCE_STAGES = (DEFINITION, PREPARATION, CONGRESS, AWARD)
OTHER_STAGES = (DEFINITION,)
LICENSED_US = -1  # built under licence from the United States


def expected_days(buyer: Nation, route: int, domain: int, worth: float, from_us: bool) -> float:
    """Days expected from award to contract."""
    model, p = buyer.model, buyer.model.p
    unskilled = p.negotiation_without_skill - buyer.skill
    if route == FMS:
        rework = p.lor_rework / (1.0 + buyer.fms_experience / p.lor_experience_cases)
        days = p.lor_days * (1.0 + rework) + p.acceptance_days + p.contract_award_days
        reviews = model.release_desk.expected_days * (1.0 - p.review_overlap)
        days += reviews + model.offer_desks[domain].expected_days
    elif route == DCS:
        days = p.dcs_negotiation_days * unskilled
    elif route == DOMESTIC:
        days = p.domestic_negotiation_days
    else:
        days = p.third_party_negotiation_days * unskilled
        if route in (LICENSED, LICENSED_US):
            days += p.licence_negotiation_days
    if from_us:
        days += congress_days(buyer, worth)
        if route != FMS:
            days += model.licence_desk.expected_days + p.dcs_signature_days
    return float(days)


def congress_days(buyer: Nation, worth: float) -> float:
    """Expected days of congressional review, with holds."""
    p = buyer.model.p
    if buyer.first_tier:
        days = p.congress_days_tier_one + p.hold_hazard_tier_one * p.hold_days
        return float(days) if worth >= p.notification_threshold_tier_one else 0.0
    days = p.congress_days_other + p.hold_hazard_other * p.hold_days
    return float(days) if worth >= p.notification_threshold_other else 0.0


def stages(order: Order) -> tuple[int, ...]:
    """The stages of an order by route."""
    if order.route == FMS:
        return FMS_STAGES
    if order.route == DCS or (order.route == LICENSED and order.supplier.is_us):
        return LICENCE_STAGES
    return OTHER_STAGES


def proceed(order: Order, model: MesaPeer, end: int) -> None:
    """Take a case through all stages that it can pass before day `end`.

    When the last one is passed, it is added to the model's contracts.
    """
    path = stages(order)
    while not order.waits:
        stage = path[order.stage]
        if order.leaves_day is None:
            desk = model.desk_of(order, stage)
            if desk is not None:
                desk.join(order)
                return
            order.leaves_day = order.arrived_day + calendar_days(order, stage, model)
        if order.leaves_day >= end:
            return
        order.arrived_day, order.leaves_day = order.leaves_day, None
        decides = RELEASE if path is FMS_STAGES else PREPARATION
        if stage == decides or path is OTHER_STAGES:
            refusing = refusing_origin(order, model)
            if refusing is not None:
                order.buyer.refuse(order, refusing)
                return
            order.buyer.beliefs[order.supplier.row].granted += 1
        order.stage += 1
        if order.stage == len(path):
            model.contracts.append(order)
            return


def calendar_days(order: Order, stage: int, model: MesaPeer) -> int:
    """Days of a stage that runs by itself: half fixed, half exponential."""
    p, buyer = model.p, order.buyer
    chance = model.random.expovariate(1.0)
    spread = p.calendar_fixed_share + (1.0 - p.calendar_fixed_share) * chance
    unskilled = p.negotiation_without_skill - buyer.skill
    if stage == CONGRESS:
        first = buyer.first_tier
        threshold = p.notification_threshold_tier_one if first else p.notification_threshold_other
        if order.volume * order.price < threshold:
            return 0
        days = p.congress_days_tier_one if first else p.congress_days_other
        hazard = p.hold_hazard_tier_one if first else p.hold_hazard_other
        if model.random.random() < hazard:
            days += p.hold_days * chance
        return int(days)
    if stage == ACCEPTANCE:
        return int(p.acceptance_days * spread)
    if stage == AWARD:
        days = p.contract_award_days if order.route == FMS else p.dcs_signature_days
        return int(days * spread)
    if order.route == FMS:
        rework = p.lor_rework / (1.0 + buyer.fms_experience / p.lor_experience_cases)
        return int(p.lor_days * (1.0 + rework) * spread)
    if order.route == DCS:
        return int(p.dcs_negotiation_days * unskilled * spread)
    if order.supplier is buyer:
        return int(p.domestic_negotiation_days * spread)
    days = p.third_party_negotiation_days * unskilled
    if order.route == LICENSED:
        days += p.licence_negotiation_days
    return int(days * spread)


def refusing_origin(order: Order, model: MesaPeer) -> int | None:
    """Who refuses release: the seller, an origin of content, or nobody."""
    buyer, supplier = order.buyer, order.supplier
    sensitivity = model.domains[order.domain].export_sensitivity * model.p.refusal_sensitivity
    draw = model.random.random()
    kept = 1.0
    if supplier is not buyer:
        kept = max(1.0 - (1.0 - buyer.beliefs[supplier.row].policy) * sensitivity, 0.0)
        if draw >= kept:
            return supplier.row
    line = order.line
    if order.route == LICENSED:
        line = supplier.sectors[order.domain].line or line
    for origin, reach, _ in line.content:
        if origin != buyer.row and origin != supplier.row:
            refusal = min((1.0 - buyer.beliefs[origin].policy) * sensitivity, 1.0)
            kept *= 1.0 - reach * refusal
            if draw >= kept:
                return origin
    return None


class Desk(mesa.Agent):
    """A few servers, a line of cases, and a steady load of small ones; first come, first served."""

    model: MesaPeer

    def __init__(self, model: MesaPeer, row: int) -> None:
        super().__init__(model)
        start = model.start.desks[row]
        self.row = row
        self.work_days = float(start["work_days"])
        self.base_cases = float(start["base_cases"])
        self.base_next = float(start["base_next"])
        self.expected_days = float(start["expected_days"])
        servers = int(start["servers"])
        self.free_days = [int(day) for day in model.start.server_free[row, :servers]]
        heapq.heapify(self.free_days)
        waiting = int(start["base_waiting"])
        self.queue: list[tuple[int, float, int, Order | None]] = [
            (int(day), 2.0, number, None)
            for number, day in enumerate(model.start.base_arrival[row, :waiting])
        ]
        heapq.heapify(self.queue)
        self.joined = waiting

    def join(self, order: Order | None, day: int = 0) -> None:
        """A case, or a small one (None) on some day, joins the queue."""
        self.joined += 1
        if order is None:
            heapq.heappush(self.queue, (day, 2.0, self.joined, None))
        else:
            order.waits = True
            heapq.heappush(self.queue, (order.arrived_day, order.tie, self.joined, order))

    def work(self) -> float:
        """Mean days that a case takes with the staff of today."""
        return self.work_days / max(self.model.productivity, 0.1)

    def expect(self) -> None:
        """Days that a case arriving now would need."""
        today = self.model.quarter * DAYS_PER_QUARTER
        servers = len(self.free_days)
        work = self.work()
        ahead = len(self.queue) * work + sum(max(0, day - today) for day in self.free_days)
        self.expected_days = work + max(0.0, ahead - (servers - 1) * work) / servers

    def serve(self) -> None:
        """Serve until the quarter ends; what is not begun by then keeps its place."""
        model, fixed = self.model, self.model.p.desk_fixed_share
        end = (model.quarter + 1) * DAYS_PER_QUARTER
        if self.base_cases > 0.0:
            while self.base_next < end:
                self.join(None, int(self.base_next))
                gap = DAYS_PER_QUARTER / self.base_cases
                self.base_next += gap * self.random.expovariate(1.0)
        mean = self.work()
        while self.queue:
            start = max(self.queue[0][0], self.free_days[0])
            if start >= end:
                break
            order = heapq.heappop(self.queue)[3]
            chance = self.random.expovariate(1.0)
            done = start + max(1, int(mean * (fixed + (1.0 - fixed) * chance) + 0.5))
            heapq.heapreplace(self.free_days, done)
            if order is not None:
                order.waits, order.leaves_day = False, done
                proceed(order, model, end)
