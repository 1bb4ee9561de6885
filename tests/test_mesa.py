"""The model is a Mesa model: agents, agent sets, DataCollector and batch_run work as expected."""

from __future__ import annotations

import gc
import inspect
import warnings
import weakref

import laws
import mesa
import numpy as np
import pytest

from alliance_abm import AllianceModel, load_scenario
from alliance_abm.enterprise import SecurityCooperationEnterprise
from alliance_abm.lines import ProductionLine
from alliance_abm.nations import Nation
from alliance_abm.recorder import column
from alliance_abm.scenario import LARGEST_SEED, Scenario


def share_of_the_united_states(model: AllianceModel) -> float:
    """American volume of all that has crossed borders to the buyers so far."""
    sold = model.state.flow_domain.sum(axis=(0, 2))
    return float(sold[model.world.usa] / max(sold.sum(), 1e-9))


REPORTERS = {
    "quarter": lambda model: str(model.quarter),
    "us_share": share_of_the_united_states,
    "gap": lambda model: column(model.state, "gap")[-1],
}


class Collected(AllianceModel):
    """The model with a collector of its own, as `batch_run` asks for one."""

    def __init__(self, scenario=None, rng=None):
        super().__init__(scenario, rng=rng)
        self.datacollector = mesa.DataCollector(model_reporters=REPORTERS)

    def step(self) -> None:
        super().step()
        self.datacollector.collect(self)


def test_agents_are_mesa_agents_of_three_kinds(tiny):
    """Every nation with the rest of the world, every line and the enterprise is an agent."""
    model = AllianceModel(tiny, rng=1)
    assert isinstance(model, mesa.Model)
    assert all(isinstance(agent, mesa.Agent) for agent in model.agents)
    counts = {kind: len(agents) for kind, agents in model.agents_by_type.items()}
    assert counts == {
        Nation: len(tiny.world.nations) + 1,
        ProductionLine: len(model.state.lines),
        SecurityCooperationEnterprise: 1,
    }
    assert len(model.agents) == sum(counts.values())
    assert len({agent.unique_id for agent in model.agents}) == len(model.agents)


def test_agent_sets_answer_questions(tiny_run):
    """`select`, `get` and `agg` of Mesa read the state through the agents."""
    nations = tiny_run.agents_by_type[Nation]
    rich = nations.select(lambda nation: nation.balance > 0)
    assert 0 < len(rich) <= len(nations)
    assert nations.get("iso3") == list(tiny_run.world.nations)
    lines = tiny_run.agents_by_type[ProductionLine]
    assert lines.agg("capacity", sum) == pytest.approx(
        tiny_run.state.lines["capacity_home"].sum() + tiny_run.state.lines["capacity_export"].sum()
    )
    assert lines.agg("backlog", min) >= -1e-9


def test_agents_see_the_state_after_a_restore(tiny):
    """Agents are views: after going back to a snapshot they show the snapshot's figures."""
    model = AllianceModel(tiny, rng=1)
    start = model.snapshot()
    before = model.nation("POL").balance
    for _ in range(6):
        model.step()
    assert model.nation("POL").balance != before
    model.restore(start)
    assert model.nation("POL").balance == before


def test_steps_count_quarters_and_running_ends(tiny):
    """`model.steps` is the number of quarters done; `running` turns false at the horizon."""
    model = AllianceModel(tiny, rng=1)
    assert (model.steps, model.running, str(model.quarter)) == (0, True, "2010Q1")
    model.step()
    assert (model.steps, model.running, str(model.quarter)) == (1, True, "2010Q2")
    model.run()
    assert (model.steps, model.running) == (tiny.horizon.quarters, False)


def test_a_data_collector_records_headlines(tiny, tiny_run):
    """DataCollector with model and agent-type reporters gives a row a quarter, and collecting
    changes nothing."""
    model = Collected(tiny, rng=1)
    model.datacollector = mesa.DataCollector(
        model_reporters=REPORTERS, agenttype_reporters={Nation: {"burden": "burden"}}
    )
    model.run()
    table = model.datacollector.get_model_vars_dataframe()
    assert len(table) == tiny.horizon.quarters
    assert table["us_share"].between(0.0, 1.0).all()
    assert table["us_share"].iloc[-1] == share_of_the_united_states(tiny_run)
    np.testing.assert_array_equal(table["gap"], column(tiny_run.state, "gap"))
    burdens = model.datacollector.get_agenttype_vars_dataframe(Nation)
    assert len(burdens) == tiny.horizon.quarters * len(model.world.nations)


def batch(**asked) -> list[dict]:
    """The rows of a batch run, without bar and without Mesa's notes on its next version."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return mesa.batch_run(Collected, max_steps=1000, display_progress=False, **asked)


@pytest.fixture(scope="module")
def short(tiny) -> Scenario:
    return tiny.with_set({"horizon.end": "2012Q4", "horizon.report_from": "2011Q1"})


def test_batch_run_runs_every_scenario(short):
    """`mesa.batch_run` gives for each scenario and its seed what the run gives alone."""
    rows = batch(parameters={"scenario": [short, short.with_set({"seed": 2})]})
    finals = {row["scenario"].seed: row["us_share"] for row in rows}
    assert sorted(finals) == [1, 2] and finals[1] != finals[2]
    assert finals[2] == share_of_the_united_states(AllianceModel(short, rng=2).run())
    assert {row["quarter"] for row in rows} == {"2013Q1"}, "only the end is collected"


def test_batch_run_hands_over_its_seeds(short):
    """Seeds given to `batch_run` (older Mesa: as a parameter) are the seeds of the runs."""
    own = "rng" in inspect.signature(mesa.batch_run).parameters
    asked = {"scenario": [short]} if own else {"scenario": [short], "rng": [1, 2]}
    rows = batch(parameters=asked, **({"rng": [1, 2]} if own else {}))
    alone = [share_of_the_united_states(AllianceModel(short, rng=seed).run()) for seed in (1, 2)]
    assert [row["us_share"] for row in rows] == alone


@pytest.mark.parametrize("rng", [-1, LARGEST_SEED + 1])
def test_a_seed_out_of_range_is_refused(tiny, rng):
    """A negative or too large seed is refused with the range that is allowed."""
    with pytest.raises(ValueError, match=str(LARGEST_SEED)):
        AllianceModel(tiny, rng=rng)


def test_without_a_seed_the_scenario_gives_it():
    """The scenario's seed is used when no seed is given, and the baseline when no scenario is."""
    tiny = load_scenario("tiny", {"seed": 7})
    assert AllianceModel(tiny).state.seed == 7
    assert AllianceModel().scenario.name == "baseline"


def test_mesas_own_generators_move_nothing(tiny, tiny_run):
    """Drawing from Mesa's generators during a run changes no figure: no mechanism uses them."""
    model = AllianceModel(tiny, rng=1)
    while model.running:
        model.random.random()
        model.rng.normal(size=3)
        model.agents.shuffle(inplace=True)
        model.step()
    assert laws.differences(model.state, tiny_run.state) == []


def test_a_model_that_nobody_holds_is_forgotten():
    """Runs one after the other need no more memory than one: no table keeps their models."""
    ended = [weakref.ref(AllianceModel("tiny", rng=seed).run()) for seed in (1, 2)]
    gc.collect()
    assert [one() for one in ended] == [None, None]
