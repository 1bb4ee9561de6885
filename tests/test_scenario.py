"""A scenario is read as written, resolved in full, frozen, and hashed by content."""

from __future__ import annotations

import pickle

import pytest
from pydantic import ValidationError

from alliance_abm.datafiles import DOMAINS, nation_names, shipped_configs, source_keys
from alliance_abm.problems import ConfigError
from alliance_abm.quarters import QUARTERS, Quarter
from alliance_abm.scenario import Scenario, load_scenario
from alliance_abm.script import EVENTS

SHIPPED = sorted(path.stem for path in shipped_configs().glob("*.yaml"))

FOR_STUDIES = {
    "supplier_loss",
    "component_loss",
    "austerity",
    "cost_shock",
    "demand_surge",
    "case_surge",
    "technology_step",
}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_config_is_valid_and_bears_its_own_name(name):
    """Each shipped config loads, and its results go to a folder of its name."""
    assert load_scenario(name).name == name


def test_the_baseline_is_the_whole_world_from_2010_to_2045():
    """The default config takes every nation and domain over all quarters."""
    scenario = load_scenario()
    assert scenario.world.nations == tuple(nation_names())
    assert scenario.world.domains == DOMAINS
    assert scenario.horizon.quarters == QUARTERS


def test_the_baseline_scripts_every_kind_of_cause_with_its_source():
    """Each kind that the record knows is used, and every one says where it is known from."""
    events = load_scenario("baseline").events
    assert {event.kind for event in events} == set(EVENTS) - FOR_STUDIES
    assert {event.source for event in events} <= source_keys()
    assert all(event.note for event in events)


def test_a_quarter_is_its_index_and_reads_as_text():
    """2010Q1 is 0; text and index give each other back."""
    assert [Quarter.parse(text) for text in ("2010Q1", "2010Q4", "2045Q4")] == [0, 3, 143]
    assert [str(Quarter(index)) for index in (0, 3, 143)] == ["2010Q1", "2010Q4", "2045Q4"]
    assert all(Quarter.parse(str(Quarter(index))) == index for index in range(QUARTERS))


def test_nations_and_domains_keep_the_order_given(tmp_path):
    """A list of names is the order of rows in the run."""
    path = tmp_path / "w.yaml"
    path.write_text("world: {nations: [POL, USA], domains: [space, land]}\n", encoding="utf-8")
    world = load_scenario(path).world
    assert (world.nations, world.domains) == (("POL", "USA"), ("space", "land"))


def test_the_name_defaults_to_that_of_the_file(tmp_path):
    """A config without a name is called as its file."""
    path = tmp_path / "my-world.yaml"
    path.write_text("seed: 1\n", encoding="utf-8")
    assert load_scenario(path).name == "my-world"


def test_a_scenario_gives_itself_back_from_its_resolved_form():
    """What the manifest stores is enough to build the same scenario again."""
    scenario = load_scenario("baseline", {"budgets.carry_over_cap_quarters": 8, "seed": 5})
    again = Scenario.model_validate(scenario.resolved())
    assert again == scenario
    assert again.config_hash == scenario.config_hash


def test_the_hash_follows_the_content():
    """The same content has the same hash; a seed, a parameter or an event changes it."""
    base = load_scenario("tiny")
    changes = [{"seed": 9}, {"budgets.carry_over_cap_quarters": 8}, {"events.0.share": 0.4}]
    hashes = {load_scenario("tiny", change).config_hash for change in changes}
    assert load_scenario("tiny").config_hash == base.config_hash
    assert len(hashes | {base.config_hash}) == 4


def test_a_scenario_is_hashable_and_survives_pickling():
    """Scenarios can be keys of a cache and travel to worker processes."""
    scenario = load_scenario("baseline")
    copy = pickle.loads(pickle.dumps(scenario))
    assert copy == scenario
    assert hash(copy) == hash(scenario)


def test_a_scenario_cannot_be_changed():
    """Fields and the mappings inside are frozen."""
    scenario = load_scenario("baseline")
    shock = next(event for event in scenario.events if event.kind == "alignment_shock")
    with pytest.raises(ValidationError):
        scenario.seed = 2
    with pytest.raises(TypeError, match="cannot be changed"):
        shock.buyers["CAN"] = 0.0
    with pytest.raises(TypeError, match="cannot be changed"):
        scenario.strategy.update({})


def test_setting_paths_gives_another_scenario_checked_alike():
    """`with_set` leaves the scenario as it is and refuses what a config may not say."""
    scenario = load_scenario("tiny")
    changed = scenario.with_set({"horizon.end": "2018Q4", "budgets.carry_over_cap_quarters": 8})
    assert (str(changed.horizon.end), str(scenario.horizon.end)) == ("2018Q4", "2019Q4")
    assert changed.parameters["budgets.carry_over_cap_quarters"] == 8
    with pytest.raises(ConfigError, match=r"horizon\.end: 2009Q4 is outside"):
        scenario.with_set({"horizon.end": "2009Q4"})


def test_an_event_beyond_the_end_is_no_mistake():
    """Shortening a run leaves its later events without effect."""
    assert load_scenario("baseline", {"horizon.end": "2016Q4"}).events
