"""Mesa's own tools work on the model as it is: its collector, `batch_run` and SolaraViz."""

from __future__ import annotations

import inspect
import pickle
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import laws
import mesa
import numpy as np
import pytest

from alliance_abm import AllianceModel, collector, load_scenario
from alliance_abm.datafiles import shipped_configs
from alliance_abm.lines import ProductionLine
from alliance_abm.nations import Nation
from alliance_abm.problems import ConfigError
from alliance_abm.scenario import LARGEST_SEED, Scenario

SERIES_OF = {
    "us_share_deliveries": ("USA", "share_delivered"),
    "competitor_share_deliveries": ("competitor", "share_delivered"),
    "allied_capability_share": ("world", "allied_capability_share"),
    "gap": ("world", "gap"),
    "us_unit_cost": ("world", "us_unit_cost"),
    "open_cases": ("world", "open_cases"),
}
COLUMNS = {"quarter", "burden_mean", *SERIES_OF}
PATIENCE = 120  # seconds to wait for another thread


def final(model: AllianceModel) -> dict[str, object]:
    """The headlines of the last quarter of a run."""
    return model.datacollector.get_model_vars_dataframe().iloc[-1].to_dict()


@pytest.fixture(scope="module")
def short(tiny: Scenario) -> Scenario:
    return tiny.with_set({"horizon.end": "2012Q4", "horizon.report_from": "2011Q1"})


@pytest.mark.parametrize("form", [str, Path], ids=["name", "path"])
def test_a_model_is_made_from_the_name_or_path_of_a_config(tiny_run, form):
    """A config's name or path stands for the scenario that it holds."""
    given = "tiny" if form is str else shipped_configs() / "tiny.yaml"
    assert laws.differences(AllianceModel(given, rng=1).run().state, tiny_run.state) == []


def test_what_is_no_scenario_is_refused():
    """A misspelt name gets the nearest one; a part of a scenario, as `batch_run` makes them of
    one that stands alone, is refused with a sentence that says so."""
    with pytest.raises(ConfigError, match="did you mean 'tiny'"):
        AllianceModel("tinny")
    with pytest.raises(ValueError, match=r"scenario is a list; .*batch_run"):
        AllianceModel(("name", "tiny"))
    with pytest.raises(ValueError, match="scenario is 3; a scenario"):
        AllianceModel(3)


@pytest.mark.parametrize(
    "given", [{"seed": 7}, {"rng": np.int64(7)}, {"rng": "7"}, {"seed": "007"}], ids=str
)
def test_a_seed_in_any_form_is_the_same_seed(tiny, given):
    """`seed` is `rng` by its older name, and a number typed into a text field is that number."""
    assert AllianceModel(tiny, **given).run_seed == 7


WRONG = [True, 1.5, -1, LARGEST_SEED + 1, "", "x", "-1", "9" * 5000, [1], np.arange(2)]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: str(wrong)[:20])
@pytest.mark.parametrize("name", ["rng", "seed"])
def test_a_wrong_seed_is_refused_under_its_name(tiny, name, wrong):
    """What is no whole number in range is refused, naming the argument and the range."""
    with pytest.raises(ValueError, match=rf"^{name} is .*an integer from 0 to {LARGEST_SEED}"):
        AllianceModel(tiny, **{name: wrong})


def test_only_one_seed_may_be_given(tiny):
    """`rng` and `seed` together are refused, even when they agree."""
    with pytest.raises(ValueError, match="rng is 1 and seed is 1; only one may be given"):
        AllianceModel(tiny, rng=1, seed=1)


def test_the_models_scenario_is_the_one_given(tiny, short):
    """`model.scenario` equals the scenario given and no other, also in sets and after pickling;
    as a condition it is false, because newer Mesa takes a true one for a scenario of its own."""
    held = AllianceModel(tiny).scenario
    assert tiny.config_hash  # kept with one of the two
    assert held == tiny and tiny == held and held != short and short != held
    assert {tiny: "found"}[held] == "found"
    assert pickle.loads(pickle.dumps(held)) == tiny
    assert not held and tiny
    assert held.with_set({"seed": 5}) == tiny.with_set({"seed": 5})


def test_the_collector_holds_the_headlines_of_every_quarter(tiny_run):
    """Without anything collected there is a row a quarter, and its figures are those of the
    series; the burden is weighted by the GDP of the year."""
    assert isinstance(tiny_run.datacollector, mesa.DataCollector)
    table = tiny_run.datacollector.get_model_vars_dataframe()
    assert set(table) == COLUMNS == set(tiny_run.datacollector.model_vars)
    series = tiny_run.series().set_index(["entity", "outcome"]).sort_index(kind="stable")
    for name, key in SERIES_OF.items():
        np.testing.assert_allclose(table[name], series.loc[key, "value"], err_msg=name)
    assert table["quarter"].tolist() == series.loc[("world", "gap"), "quarter"].tolist()
    buyers = np.flatnonzero(tiny_run.world.is_buyer)
    for quarter in (0, 17, len(table) - 1):
        burdens = [series.loc[(tiny_run.world.nations[b], "burden"), "value"] for b in buyers]
        weights = tiny_run.outside.gdp[buyers, quarter // 4]
        mean = np.average([burden.iloc[quarter] for burden in burdens], weights=weights)
        assert table["burden_mean"].iloc[quarter] == pytest.approx(mean)


def test_rows_come_with_the_quarters(short):
    """Before the first step the table has its columns and no row, then a row a step; collecting
    as well adds none, and past rows never change."""
    model = AllianceModel(short)
    table = model.datacollector.get_model_vars_dataframe()
    assert set(table) == COLUMNS and len(table) == 0
    tables = []
    while model.running:
        model.step()
        model.datacollector.collect(model)
        tables.append(model.datacollector.get_model_vars_dataframe())
        assert len(tables[-1]) == model.steps
    for table in tables:
        assert table.equals(tables[-1].iloc[: len(table)])


def test_a_run_computes_no_headline(short, monkeypatch):
    """A run by itself computes nothing for the collector."""
    monkeypatch.delattr(collector, "headlines")
    model = AllianceModel(short).run()
    with pytest.raises(NameError):
        model.datacollector.get_model_vars_dataframe()


def test_going_back_goes_back_to_the_rows(tiny):
    """After a restore the collector shows the history of the snapshot, then that of the new
    course, and never a row of the course that was left."""
    model = AllianceModel(tiny, rng=1)
    for _ in range(6):
        model.step()
    start, before = model.snapshot(), model.datacollector.get_model_vars_dataframe()
    model.state.nations["balance"] *= 3.0
    first = final(model.run())
    model.restore(start)
    assert model.datacollector.get_model_vars_dataframe().equals(before)
    assert final(model.run()) == final(AllianceModel(tiny, rng=1).run()) != first


def test_the_reporters_serve_in_a_collector_of_ones_own(short):
    """The headlines' reporters beside one's own reporter give the same figures step by step, and
    None before the first step."""
    model = AllianceModel(short)
    own = {**model.datacollector.model_reporters, "steps": lambda model: model.steps}
    standard, model.datacollector = model.datacollector, mesa.DataCollector(model_reporters=own)
    model.datacollector.collect(model)
    while model.running:
        model.step()
        model.datacollector.collect(model)
    table = model.datacollector.get_model_vars_dataframe()
    assert table.pop("steps").tolist() == list(range(short.horizon.quarters + 1))
    assert table.iloc[0].isna().all()
    assert table.iloc[1:].to_dict("list") == standard.get_model_vars_dataframe().to_dict("list")


def test_nations_are_there_when_asked_for(short):
    """The frame for Nation has what collecting the burden paid and the balance at each step gives;
    a type without a record gets Mesa's warning, and agents in general Mesa's refusal."""
    model = AllianceModel(short)
    reporters = {
        "burden": lambda nation: float(model.state.nations["burden_paid"][nation.row]),
        "balance": "balance",
    }
    collected = mesa.DataCollector(agenttype_reporters={Nation: reporters})
    while model.running:
        model.step()
        collected.collect(model)
    asked = model.datacollector.get_agenttype_vars_dataframe(Nation)
    expected = collected.get_agenttype_vars_dataframe(Nation)
    assert asked.index.names == expected.index.names
    assert asked.index.tolist() == expected.index.tolist()
    assert list(asked.columns) == list(expected.columns)
    np.testing.assert_allclose(asked, expected, rtol=1e-6)  # kept in single precision
    with pytest.warns(UserWarning, match="No agent-type reporters"):
        assert model.datacollector.get_agenttype_vars_dataframe(ProductionLine).empty
    with pytest.raises(UserWarning, match="No agent reporters"):
        model.datacollector.get_agent_vars_dataframe()


def batch(**asked) -> list[dict]:
    """The rows of a batch run, without bar and without Mesa's notes on its next version."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return mesa.batch_run(AllianceModel, display_progress=False, **asked)


@pytest.mark.parametrize("processes", [1, 2])
def test_batch_run_gives_what_the_runs_give_alone(run_tiny, processes):
    """`mesa.batch_run` over a config's name and seeds, in one process or two, gives a row a run
    with the headlines of its end, equal to those of the run alone."""
    rows = batch(parameters={"scenario": ["tiny"], "rng": [1, 2, 3]}, number_processes=processes)
    assert sorted(row["rng"] for row in rows) == [1, 2, 3]
    for row in rows:
        assert row["scenario"] == "tiny"
        alone = final(run_tiny(row["rng"]))
        assert {name: row[name] for name in COLUMNS} == alone


def test_batch_run_hands_over_seeds_of_its_own():
    """Seeds that `batch_run` takes itself, as newer Mesa's does, are the seeds of the runs; older
    Mesa's takes them as a parameter alone and says so."""
    if "rng" not in inspect.signature(mesa.batch_run).parameters:
        with pytest.raises(TypeError, match="rng"):
            batch(parameters={"scenario": "tiny"}, rng=[1, 2])
        return
    given = batch(parameters={"scenario": "tiny"}, rng=[1, 2])
    asked = batch(parameters={"scenario": "tiny", "rng": [1, 2]})
    assert [row["gap"] for row in given] == [row["gap"] for row in asked]


def test_batch_run_collects_by_period(tiny_run):
    """With a period `batch_run` gives the rows of those quarters, each a row of the table."""
    rows = batch(parameters={"scenario": "tiny", "rng": 1}, data_collection_period=8)
    table = tiny_run.datacollector.get_model_vars_dataframe().set_index("quarter")
    assert [row["quarter"] for row in rows][:3] == ["2010Q1", "2012Q1", "2014Q1"]
    for row in rows:
        assert table.loc[row["quarter"]].to_dict().items() <= row.items()


class Page:
    """A SolaraViz of a model, rendered without a browser, with its buttons."""

    def __init__(self, model: AllianceModel, model_params: dict[str, object]) -> None:
        import ipyvuetify
        import solara
        from mesa.visualization import SolaraViz, make_plot_component

        self.lengths: list[int] = []  # points in the plot, at each drawing
        plot = make_plot_component(
            "us_share_deliveries",
            post_process=lambda axes: self.lengths.append(len(axes.lines[0].get_ydata())),
        )
        more = make_plot_component(["gap", "burden_mean"], page=1)
        self.model = solara.reactive(model)
        page = SolaraViz(
            self.model, components=[plot, more], model_params=model_params, play_interval=1
        )
        _, self.tree = solara.render(solara.AppLayout(children=[page]), handle_error=False)
        self.kind = ipyvuetify.Btn

    def button(self, label: str):
        return next(b for b in self.tree.find(self.kind).widgets if label in b.children)


@pytest.fixture
def page():
    """Renders a page; closes what was rendered at the end."""
    pytest.importorskip("solara")
    pytest.importorskip("altair")
    opened: list[Page] = []

    def show(*args) -> Page:
        opened.append(Page(*args))
        return opened[-1]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield show
        for one in opened:
            one.tree.close()


def until(done: Callable[[], bool]) -> None:
    """Wait until another thread has done something."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


FIXED = {"rng": 3}
TYPED = {"seed": {"type": "InputText", "value": "3", "label": "Seed"}}


@pytest.mark.parametrize("seed", [FIXED, TYPED], ids=["fixed", "typed"])
def test_solara_viz_steps_plays_and_resets(page, short, seed):
    """In a plain SolaraViz Step adds a quarter to the plot, play runs to the end and stops, and
    Reset makes a fresh model of the same scenario and seed."""
    shown = page(AllianceModel(short, rng=3), {"scenario": short, **seed})
    assert shown.lengths[-1] == 0
    shown.button("Step").click()
    assert (shown.model.value.steps, shown.lengths[-1]) == (1, 1)
    others = set(threading.enumerate())
    shown.button("▶").click()
    ended = shown.model.value
    until(lambda: not ended.running and others.issuperset(threading.enumerate()))
    assert shown.lengths[-1] == short.horizon.quarters and shown.button("Step").disabled
    assert final(ended) == final(AllianceModel(short, rng=3).run())
    shown.button("Reset").click()
    fresh = shown.model.value
    assert fresh is not ended and (fresh.steps, fresh.scenario, fresh.run_seed) == (0, short, 3)
    shown.button("Step").click()
    assert (fresh.steps, shown.lengths[-1]) == (1, 1)


def test_solara_viz_resets_to_the_scenario_chosen(page, short):
    """A choice of configs is a choice of scenarios: Reset takes the one that is chosen."""
    choice = {"type": "Select", "value": "tiny", "values": ["tiny", "baseline"]}
    shown = page(AllianceModel(short), {"scenario": choice})
    shown.button("Reset").click()
    assert shown.model.value.scenario == load_scenario("tiny")
