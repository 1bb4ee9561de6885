"""Worlds: circumstances put on a scenario, found and checked as configs are."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from alliance_abm.cli import app
from alliance_abm.problems import ConfigError
from alliance_abm.quarters import Quarter
from alliance_abm.scenario import Scenario, load_scenario
from alliance_abm.worlds import BASELINE, in_world, world_file, world_names

EXPECTED = ("calm", "surge", "credibility-shock", "austerity", "competitor-push")
HEAD = "title: Mine\ndescription: My own.\n"
PARAMETER = "budgets.carry_over_cap_quarters"
LAST_SHARED = Quarter.parse("2025Q4")


@pytest.fixture(scope="module")
def whole() -> Scenario:
    return load_scenario("baseline")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with its own worlds."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "configs" / "worlds"
    folder.mkdir(parents=True)
    return folder


def put(folder: Path, text: str, name: str = "mine") -> None:
    (folder / f"{name}.yaml").write_text(HEAD + text + "\n", encoding="utf-8")


def test_the_worlds_of_the_specification_are_shipped():
    """The baseline needs no file."""
    assert set(EXPECTED) <= set(world_names())
    assert BASELINE not in world_names()


def test_the_baseline_is_the_scenario_itself(whole: Scenario):
    """Nothing is copied or changed."""
    assert in_world(whole, BASELINE) is whole


@pytest.mark.parametrize("name", [*world_names()])
def test_a_shipped_world_shares_the_past_and_changes_the_future(name: str, whole: Scenario):
    """It is valid, differs, has no levers, and its own events start after 2025."""
    found = in_world(whole, name)
    assert found != whole
    assert found.levers == whole.levers
    assert all(event.start > LAST_SHARED for event in world_file(name).events)
    assert found.config_hash != whole.config_hash


@pytest.mark.parametrize("name", [*world_names()])
def test_a_shipped_world_fits_a_small_world(name: str, tiny: Scenario):
    """Its events are cut to the nations and domains that there are."""
    found = in_world(tiny, name)
    assert found.world == tiny.world
    assert found.events[: len(tiny.events)] == tiny.events


def test_calm_ends_periods_with_2025_and_keeps_laws_and_shocks(whole: Scenario):
    """Periods with an end are cut, open ones and what came before stay."""
    found = in_world(whole, "calm").events
    assert len(found) == len(whole.events)
    for before, after in zip(whole.events, found, strict=True):
        end = getattr(before, "end", None)
        wanted = LAST_SHARED if end is not None and end > LAST_SHARED else end
        assert getattr(after, "end", None) == wanted
        assert after.start == before.start
    assert found != whole.events


def test_a_later_event_of_the_config_is_dropped(own: Path, whole: Scenario):
    """What would start after `events_until` does not happen."""
    put(own, "events_until: 2013Q4")
    assert [event.kind for event in in_world(whole, "mine").events] == ["suspension"]


def test_parameters_hold_unless_the_scenario_sets_them(own: Path):
    """A config's own value wins over the world's."""
    put(own, f"parameters: {{{PARAMETER}: 8}}")
    assert in_world(load_scenario("tiny"), "mine").parameters[PARAMETER] == 8
    mine = load_scenario("tiny", {PARAMETER: 6})
    assert in_world(mine, "mine").parameters[PARAMETER] == 6


def test_an_event_without_any_of_its_nations_or_domains_is_dropped(own: Path, tiny: Scenario):
    """One that has some of them left stays with these."""
    put(
        own,
        "events:\n"
        "  - {kind: suspension, supplier: USA, buyer: EGY, start: 2027Q1}\n"
        "  - {kind: embargo, supplier: USA, buyers: [POL, CZE], start: 2027Q1}\n"
        "  - {kind: embargo, supplier: USA, buyers: [CZE], start: 2027Q1}\n"
        "  - {kind: threat_surge, regions: all, domains: {land: 1}, start: 2027Q1}\n"
        "  - {kind: alignment_shock, supplier: USA, default: -.1, buyers: {EGY: -1}, "
        "start: 2027Q1}",
    )
    added = in_world(tiny, "mine").events[len(tiny.events) :]
    assert [event.kind for event in added] == ["embargo", "alignment_shock"]
    assert (added[0].buyers, added[1].buyers) == (("POL",), {})


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("events: [{kind: austerty, start: 2027Q1}]", "3:17", "is no kind of event"),
        ("events: [{kind: sanctions_risk, supplier: RUS, start: 2027Q1, level: 2}]", "3:70",
         "2 is out of range"),
        ("parameters: {budgets.carry_over: 8}", "3:14", "unknown parameter"),
        (f"parameters: {{{PARAMETER}: 99}}", "3:47", "99 is out of range"),
        ("events_until: 2025", "3:15", "2025 is not a quarter"),
        ("levers: [placebo]", "3:1", "levers: unknown key"),
        ("events: []", "1:1", "the world changes nothing"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_with_its_place(own: Path, text: str, place: str, words: str):
    """file:line:column, the field, the value, and what is allowed."""
    put(own, text)
    with pytest.raises(ConfigError) as caught:
        world_file("mine")
    first = str(caught.value).split("\n")[0]
    assert first.startswith(f"configs/worlds/mine.yaml:{place}: ")
    assert words in first


def test_the_command_lists_worlds_and_answers_an_unknown_one():
    """A table of all, the events of one, the nearest name of none."""
    listed = CliRunner().invoke(app, ["worlds"]).stdout
    assert all(name in listed for name in (BASELINE, *EXPECTED))
    one = CliRunner().invoke(app, ["worlds", "surge"])
    assert "threat_surge from 2030Q1 to 2034Q4" in one.stdout
    wrong = CliRunner().invoke(app, ["worlds", "sruge"])
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "did you mean 'surge'?" in wrong.stderr
