"""The model: a world, its state, and the schedule of a quarter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from numpy.typing import NDArray

from alliance_abm import (
    agreements,
    beliefs,
    budgets,
    capability,
    capacity,
    choice,
    competence,
    conditionality,
    costs,
    development,
    events,
    first_books,
    inbound,
    industry,
    innovation,
    levers,
    queues,
    quotes,
    recorder,
    requirements,
    security,
    staffing,
    strategy,
    supply_chain,
    surge,
    tiers,
    us_buying,
)
from alliance_abm.arguments import scenario_of_run, seed_of_run
from alliance_abm.collector import HeadlineCollector
from alliance_abm.deliveries import delivery_frame
from alliance_abm.enterprise import SecurityCooperationEnterprise
from alliance_abm.events import Script
from alliance_abm.exogenous import Exogenous
from alliance_abm.first_flows import Flows
from alliance_abm.lines import ProductionLine
from alliance_abm.nations import Nation
from alliance_abm.outcomes import measure_all
from alliance_abm.parameters import Parameters
from alliance_abm.past import Measures, hindcast_measures, import_volumes
from alliance_abm.portfolios import portfolio_frame
from alliance_abm.quarters import Quarter
from alliance_abm.recorder import orders_frame
from alliance_abm.resilience import DATE, resilience_frame
from alliance_abm.scenario import Scenario, StrategyWeights
from alliance_abm.script import Event
from alliance_abm.series import series_frame
from alliance_abm.sovereignty import sovereignty_frame
from alliance_abm.start import template
from alliance_abm.state import State
from alliance_abm.waiting import stage_frame, wait_frame
from alliance_abm.world import World, load_world

if TYPE_CHECKING:
    import pandas as pd

QUARTERS_PER_YEAR = 4


class AllianceModel(mesa.Model):
    """Nations that choose suppliers each quarter.

    Args:
        scenario: what to run, or the name or path of its config; default the baseline.
        rng: seed of the run, a non-negative integer; default the scenario's.
        seed: the same under its older name; only one of the two may be given.
    """

    scenario: Any = None  # shadows the property of the same name in newer Mesa

    def __init__(
        self,
        scenario: Scenario | str | Path | None = None,
        rng: int | None = None,
        seed: int | None = None,
    ) -> None:
        chosen = scenario_of_run(scenario)
        self.run_seed = seed_of_run(rng, seed, chosen.seed)
        super().__init__(rng=self.run_seed)
        self.scenario = chosen
        self.world, start, self.outside, self.flows, self.script = _prepared(
            self.scenario.world.nations,
            self.scenario.world.domains,
            self.scenario.parameters,
            self.scenario.horizon.quarters,
            self.scenario.strategy,
            self.scenario.events,
        )
        self.policy = levers.policy_of(
            chosen.levers, chosen.parameters, chosen.world.domains, chosen.horizon.quarters
        )
        self.state = start.copy()
        self.state.seed = self.run_seed
        first_books.fill(self.state, self.flows, self.world.usa)
        strategy.start(self.state, self.outside)
        tiers.begin(self.state, self.outside)
        self._add_agents()
        self.datacollector: mesa.DataCollector = HeadlineCollector(self)
        self.kept: State | None = None
        """A bare copy of the state as 2035Q4 began, from which outcomes on resilience fork."""

    def _add_agents(self) -> None:
        self.nations = {iso3: Nation(self, row) for row, iso3 in enumerate(self.world.nations)}
        self.lines = [ProductionLine(self, row) for row in range(len(self.state.lines))]
        self.enterprise = SecurityCooperationEnterprise(self)

    def step(self) -> None:
        """One quarter. Raises RuntimeError at the end of the horizon."""
        state, outside = self.state, self.outside
        if state.quarter >= self.scenario.horizon.quarters:
            raise RuntimeError(f"the run has ended with {self.scenario.horizon.end}")
        levers.come_into_force(state, self.policy)  # 1 levers
        events.strike(state, self.world, self.script)  # 1 events and threat
        turned = state.quarter in self.script.turns
        conditionality.impose(state, turned)  # 1 conditions that suppliers lay down
        turned = turned or state.quarter in self.policy.turns
        tiers.convene(state, outside, turned)  # 1 the trusted circle
        budgets.receive(state, outside)  # 2 budgets
        surge.transfer(state, outside)  # 2 transfers from U.S. stock
        costs.charge(state, outside)  # 2 what policies cost
        requirements.open_requirements(state)  # 3 requirements
        agreements.form(state, outside)  # 4 agreements form
        quotes.quote(state)  # 5 offers are quoted, all at the start-of-quarter state
        self.offers_stand()
        choice.choose(state, outside)  # 6 nations choose: award, split or defer
        queues.advance(state)  # 7 administrative queues
        development.advance(state)  # 7 national programmes
        agreements.sign_with_lead(state, outside)  # 8 members of a pool sign with its lead
        industry.enter_order_books(state)  # 8 contracts enter order books
        industry.produce(state)  # 9 production and deliveries
        capacity.adapt_lines(state)  # 9 learning, capacity, cold lines
        agreements.progress(state, outside)  # 10 agreements progress
        capability.age(state)  # 11 capability ages and is consumed
        beliefs.update(state, outside)  # 12 beliefs
        security.review(state, outside)  # 13 technology incidents, yearly
        if state.quarter % QUARTERS_PER_YEAR == QUARTERS_PER_YEAR - 1:
            budgets.set_burdens(
                state, outside, self.script.threat_recorded, self.script.cuts
            )  # 14 yearly: burdens of the next year
            innovation.arrive(state)  # 14 yearly: innovations
            competence.review(state, outside)  # 14 yearly: competence, products, who can sell
            inbound.review(state, outside)  # 14 yearly: allied plants in the United States
            us_buying.review(state, outside)  # 14 yearly: who bids
            supply_chain.review(state)  # 14 yearly: hidden sources, disruptions of the next year
            capacity.forecast(state)  # 14 yearly: forecasts of the next year
            requirements.announce(state)  # 14 yearly: needs announced
            competence.dependence(state)  # 14 yearly: what stocks depend on
            strategy.review(state, outside)  # 14 yearly: strategies
            tiers.review(state, outside)  # 14 yearly: tiers
            conditionality.decide(state, outside)  # 14 yearly: conditions of the next year
            staffing.review(state)  # 14 yearly: staffing
        recorder.record(state)  # 15 record
        security.record(state)  # 15 record
        self._advance_clock()

    def offers_stand(self) -> None:
        """The moment before nations choose; a replay looks at it. Changes nothing."""

    def _advance_clock(self) -> None:
        self.state.quarter += 1
        if self.state.quarter == DATE:
            self.kept = self.state.bare_copy()
        self.running = self.state.quarter < self.scenario.horizon.quarters
        if not self.running:
            self.state.reserve(0)

    def run(self) -> AllianceModel:
        """Step until the horizon ends; returns the model."""
        while self.running:
            self.step()
        return self

    def ahead(self, state: State, quarters: int) -> State:
        """Step a state of this run by so many quarters, in place; returns it.

        The model stays as it is: the state is `snapshot()`, or a `fork()`'s, or has been changed.
        """
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.state, twin.kept = state, None
        for _ in range(quarters):
            AllianceModel.step(twin)
        return state

    def fork(self) -> AllianceModel:
        """An independent model, with agents of its own, that continues this run from here."""
        twin = AllianceModel(self.scenario, rng=self.run_seed)
        twin.restore(self.state)
        twin.kept = self.kept
        return twin

    @property
    def quarter(self) -> Quarter:
        """The quarter that the next step simulates."""
        return Quarter(self.state.quarter)

    def nation(self, iso3: str) -> Nation:
        """The nation's agent. Raises ValueError naming the nearest code when it is unknown."""
        return self.nations[self.world.nations[self.world.nation_index(iso3)]]

    def outcomes(self) -> dict[str, float]:
        """Every outcome of the registry for this run."""
        return measure_all(self)

    def series(self) -> pd.DataFrame:
        """Tidy quarterly series: quarter, entity, outcome, value."""
        return series_frame(self)

    def orders(self) -> pd.DataFrame:
        """The ledger of orders, one row each."""
        return orders_frame(self)

    def stages(self) -> pd.DataFrame:
        """Days spent in each stage of administration, by route and year."""
        return stage_frame(self)

    def waits(self) -> pd.DataFrame:
        """Life tables of the wait for a first delivery, by route and by supplier."""
        return wait_frame(self)

    def deliveries(self) -> pd.DataFrame:
        """Volume a year by buyer, supplier and period."""
        return delivery_frame(self)

    def sovereignty(self) -> pd.DataFrame:
        """What each buyer controls, depends on and pursues, by period."""
        return sovereignty_frame(self)

    def portfolios(self) -> pd.DataFrame:
        """Where deliveries come from, by leading strategy of the buyer and period."""
        return portfolio_frame(self)

    def resilience(
        self, suppliers: Sequence[str] | None = None, quarters: int = 20
    ) -> pd.DataFrame:
        """What is left of capability when a supplier is removed now, one row each and holder."""
        return resilience_frame(self, suppliers, quarters=quarters)

    def network(self, period: str | None = None) -> pd.DataFrame:
        """Each nation's ties, dependence and centrality in a period; default the last one."""
        from alliance_abm.network import network_frame

        return network_frame(self, period)

    def hindcast_measures(self) -> Measures:
        """Figures by target id and window that the record of 2010-24 has too."""
        return hindcast_measures(self)

    def import_volumes(self) -> NDArray[np.float64]:
        """Delivered volume a year, (3 windows, buyer, supplier), without space."""
        return import_volumes(self)

    def snapshot(self) -> State:
        """A copy of everything that changes; ``restore`` goes back to it."""
        return self.state.copy()

    def restore(self, snapshot: State) -> None:
        """Continue from a snapshot of this model."""
        self.state = snapshot.copy()
        self.steps = self.state.quarter
        self.running = self.state.quarter < self.scenario.horizon.quarters


@lru_cache(maxsize=8)
def _prepared(
    nations: tuple[str, ...],
    domains: tuple[str, ...],
    parameters: Parameters,
    quarters: int,
    strategy: Mapping[str, StrategyWeights],
    scripted: tuple[Event, ...],
) -> tuple[World, State, Exogenous, Flows, Script]:
    world = load_world(nations, domains)
    state, outside, flows = template(world, parameters, quarters, strategy)
    return world, state, outside, flows, events.script(scripted, world, outside, quarters)
