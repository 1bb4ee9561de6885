"""The choice–queue–delivery kernel as a good user of Mesa would write it, in plain Python.

Nations, production lines and desks are agents of AgentSets that loop over their offers, order
books and cases.  The same rules, world and parameters as the model; it is there to be compared
with, not to be used.  Requirements, money, beliefs, strategies, competence, products and staff are
replayed from a run of the model (`replay.py`), so that both kernels have the same work; `faced`
takes them in and is not timed.

Not in the peer: offers to develop a national product (the model's programmes themselves are not
timed either), the cause that lost a sale to the United States, and the record of flows by route
and year.  The model's time has them, so they count against it.  The peer knows no null models.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np

from alliance_abm.layout import (
    DAYS_PER_QUARTER,
    DCS,
    FMS,
    IN_ADMINISTRATION,
    LICENSED,
)
from alliance_abm.queues import PREPARATION, RELEASE
from alliance_abm.state import ledger
from benchmarks.mesa_industry import ProductionLine
from benchmarks.mesa_nations import Nation
from benchmarks.mesa_queues import Desk, proceed
from benchmarks.mesa_things import Belief, Order, Requirement, Sector
from benchmarks.replay import Conditions, Magnitudes, Replay

PLAIN_BELIEFS = ("slip", "alignment", "sanctions_level", "suspended", "exposed")
PEER_VERBS = ("quote", "choose", "advance_cases", "sign_contracts", "produce", "adapt_lines")


def plain_record(record: np.void) -> SimpleNamespace:
    """A structured record as attributes of plain numbers."""
    return SimpleNamespace(**{name: record[name].item() for name in record.dtype.names or ()})


class MesaPeer(mesa.Model):
    """Nations that choose suppliers each quarter, agent by agent."""

    def __init__(self, replay: Replay, rng: int = 1) -> None:
        super().__init__(rng=rng)
        self.replay, self.world, self.start = replay, replay.world, replay.start
        self.quarter = 0
        self.p = plain_record(self.start.par[0])
        self.domains = [plain_record(record) for record in self.start.dom]
        self.orders: list[Order] = []
        self.cases: list[Order] = []
        self.contracts: list[Order] = []
        self.delivered = [0.0] * len(replay.conditions)
        self.fees = 0.0
        self.productivity = 1.0
        self._set_constants()
        self._add_agents()
        self._add_orders()

    def _set_constants(self) -> None:
        p, office = self.p, self.start.office[0]
        self.control = [float(value) for value in self.replay.outside.control]
        self.half_spread = 0.5 * p.delivery_spread_quarters
        self.fms_price = 1.0 + p.fms_surcharge + p.fms_contract_administration
        worth = p.weight_price * p.strategy_share
        self.sovereignty_value = worth * float(np.log1p(p.sovereignty_premium))
        self.core_value = worth * float(np.log1p(p.core_premium))
        self.diversification_value = worth * float(np.log1p(p.diversification_premium))
        self.split_value = p.weight_price * float(np.log1p(p.split_cost))
        self.dcs_constant = float(office["dcs_constant"])
        self.defer_constant = float(office["defer_constant"])
        self.visibility = {
            FMS: p.pipeline_credibility,
            LICENSED: p.pipeline_credibility,
            DCS: p.dcs_visibility,
        }

    def _add_agents(self) -> None:
        start, world = self.start, self.world
        nations = [Nation(self, row) for row in range(len(world.nations))]
        lines = [
            ProductionLine(self, row, nations[int(line["owner"])])
            for row, line in enumerate(start.lines)
        ]
        desks = [Desk(self, row) for row in range(len(start.desks))]
        for nation in nations:
            nation.beliefs = [
                Belief(
                    bool(pair["permitted"]),
                    float(pair["affinity"]),
                    [bool(int(pair["member"]) >> d & 1) for d in range(len(self.domains))],
                )
                for supplier, pair in enumerate(start.pairs[nation.row])
            ]
            nation.sectors = [
                Sector(
                    line=lines[int(cell["line"])] if cell["line"] >= 0 else None,
                    competence=float(cell["competence"]),
                    is_core=bool(cell["is_core"]),
                    home_share=float(cell["home_share"]),
                    home_constant=float(cell["home_constant"]),
                    offer_constant=float(cell["offer_constant"]),
                    mean_lot=float(cell["mean_lot"]),
                )
                for cell in start.cells[nation.row]
            ]
        self.offer_desks, self.release_desk, self.licence_desk = desks[:-2], desks[-2], desks[-1]
        self.united_states = nations[world.usa]
        self.nations = self.agents_by_type[Nation]
        self.lines = self.agents_by_type[ProductionLine]
        self.desks = self.agents_by_type[Desk]
        self.sellers = [
            [line for line in lines if line.sells_abroad and line.domain == d]
            for d in range(len(self.domains))
        ]

    def _add_orders(self) -> None:
        """The cases and order books of the start."""
        start, nations, lines = self.start, list(self.nations), list(self.lines)
        for line in lines:
            line.home.backlog = line.abroad.backlog = 0.0
        for row in ledger(start):
            line = lines[int(row["line"])]
            order = Order(
                buyer=nations[int(row["buyer"])],
                supplier=nations[int(row["supplier"])],
                line=line,
                domain=int(row["domain"]),
                route=int(row["route"]),
                volume=float(row["volume"]),
                price_quoted=float(row["price_quoted"]),
                cost_quoted=float(row["cost_quoted"]),
                price=float(row["price"]),
                tied=bool(row["tied"]),
                initial=True,
                tie=float(row["tie"]),
                promised=int(row["promised"]),
                arrived_day=int(row["arrived_day"]),
                at_home=line.owner.row == row["buyer"],
            )
            self.orders.append(order)
            if row["status"] == IN_ADMINISTRATION:
                self.cases.append(order)
            else:
                order.entry = float(row["entry"])
                line.take(order, int(row["contracted"]))

    def step(self) -> None:
        """One quarter."""
        self.faced(self.replay.conditions[self.quarter])
        self.quote()
        self.choose()
        self.advance_cases()
        self.sign_contracts()
        self.produce()
        self.adapt_lines()
        self.quarter += 1
        self.running = self.quarter < len(self.replay.conditions)

    def run(self) -> MesaPeer:
        """Step until the replayed run ends; returns the model."""
        while self.running:
            self.step()
        return self

    def quote(self) -> None:
        """Lines quote prices and leads, desks the days they expect to need."""
        self.lines.do("quote")
        self.desks.do("expect")

    def choose(self) -> None:
        """Nations choose, each for itself: all see the quotes of the start of the quarter."""
        self.nations.do("choose")

    def advance_cases(self) -> None:
        """Cases pass calendar stages and desks: release first, then offers and licences."""
        end = (self.quarter + 1) * DAYS_PER_QUARTER
        for case in self.cases:
            proceed(case, self, end)
        self.release_desk.serve()
        for desk in self.offer_desks:
            desk.serve()
        self.licence_desk.serve()

    def sign_contracts(self) -> None:
        """What has passed administration enters the order book of its line."""
        for order in self.contracts:
            order.line.sign(order)
        signed = {id(order) for order in self.contracts}
        self.cases = [c for c in self.cases if not c.cancelled and id(c) not in signed]
        self.contracts = []

    def produce(self) -> None:
        """Lines deliver."""
        self.lines.do("produce")

    def adapt_lines(self) -> None:
        """Lines learn, invest and cool."""
        self.lines.do("adapt")

    def desk_of(self, order: Order, stage: int) -> Desk | None:
        """The desk that a case waits for at a stage; None for stages that run by themselves."""
        if order.route == FMS:
            if stage == RELEASE:
                return self.release_desk
            return self.offer_desks[order.domain] if stage == PREPARATION else None
        return self.licence_desk if stage == PREPARATION else None

    def faced(self, now: Conditions) -> None:
        """Take in the requirements, money, beliefs and staff of this quarter."""
        self.productivity = float(now.office["productivity"][0])
        for desk, days in zip(self.desks, now.work_days.tolist(), strict=True):
            desk.work_days = days
        self._face_products(now)
        beliefs = _beliefs(now)
        for nation in self.nations:
            money = now.nations[nation.row]
            nation.price, nation.income = float(money["price"]), float(money["income"])
            nation.balance, nation.grant = float(money["balance"]), float(money["grant"])
            nation.dependence = float(money["dependence"])
            nation.sovereignty, nation.core = float(money["sovereignty"]), float(money["core"])
            nation.diversification = float(money["diversification"])
            for supplier, belief in enumerate(nation.beliefs):
                for name, values in beliefs.items():
                    setattr(belief, name, values[nation.row][supplier])
            self._face_domains(nation, now.cells[nation.row])

    def _face_products(self, now: Conditions) -> None:
        rows = now.lines[["level", "diverted_share", "status", "sells_abroad", "capacity_home",
                          "capacity_export", "replaced"]]  # fmt: skip
        content = zip(now.reach.tolist(), now.share.tolist(), now.foreign.tolist(), strict=True)
        for line, row, (reach, share, foreign) in zip(self.lines, rows, content, strict=True):
            product = plain_record(row)
            product.foreign = foreign
            line.become(product, reach, share)

    def _face_domains(self, nation: Nation, cells: np.ndarray) -> None:
        for d, (sector, cell) in enumerate(zip(nation.sectors, cells, strict=True)):
            sector.competence = float(cell["competence"])
            sector.home_share = float(cell["home_share"])
            sector.presence, sector.threat = float(cell["presence"]), float(cell["threat"])
            sector.home_habit = float(cell["home_delivered"] / max(cell["all_delivered"], 1e-9))
            if cell["open"] == 1 and cell["opened"] == self.quarter:
                nation.requirements.append(
                    Requirement(
                        d,
                        float(cell["volume"]),
                        float(cell["need_level"]),
                        float(cell["need_place"]),
                        bool(cell["urgent"]),
                        float(cell["aspiration"]),
                    )
                )

    def magnitudes(self) -> Magnitudes:
        """Figures of the run, as the replay holds them of the model."""
        rows = np.array(
            [(o.buyer.row, o.supplier.row, o.delivered, o.initial) for o in self.orders],
            [("buyer", "i8"), ("supplier", "i8"), ("delivered", "f8"), ("initial", "i8")],
        )
        book = sum(len(line.book) for line in self.lines)
        return Magnitudes.of(rows, self.world, self.quarter, len(self.cases), book)


def _beliefs(now: Conditions) -> dict[str, list[list[Any]]]:
    """Columns of beliefs by buyer and supplier."""
    x = now.pairs
    held = np.maximum(now.nations["delivered"], 1e-9)[:, None]
    columns = {
        "release": x["release_granted"] / (x["release_granted"] + x["release_refused"]),
        "reliability": x["kept"] / (x["kept"] + x["broken"]),
        "policy": x["release_policy"] * (1.0 - x["suspended"]),
        "share": x["delivered"] / held,
        "endorsed": x["endorsed"] == 1,
        "permitted": (x["permitted"] == 1) & (x["embargoed"] == 0),
        **{name: x[name] for name in PLAIN_BELIEFS},
    }
    return {name: values.tolist() for name, values in columns.items()}
