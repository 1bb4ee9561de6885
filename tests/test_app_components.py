"""Components of the page without a browser: what a click, a slider or a field changes."""

from __future__ import annotations

from dataclasses import replace

import ipyvuetify as v
import pytest
import solara
from solara.widgets import HTML

from alliance_abm.lever_data import LEVERS
from alliance_abm.presets import preset
from viz.app.ensembles import Engine
from viz.app.session import Session
from viz.app.settings import reform_of_text
from viz.app.shared import SHARED

LEVER = "fms_fast_track_all"
OTHER = "dcs_tracked"


@pytest.fixture
def engine(monkeypatch):
    """The engine that sessions ask; it has no process and has run nothing."""
    found = Engine(1)
    monkeypatch.setattr(SHARED, "engine", found)
    return found


@pytest.fixture
def session(engine):
    """A visitor who has set nothing."""
    return Session("")


@pytest.fixture
def render():
    """Render components; all are closed at the end."""
    open_now = []

    def render(component, *given):
        _, found = solara.render(component(*given), handle_error=False)
        open_now.append(found)
        return found

    yield render
    for one in open_now:
        one.close()


@pytest.fixture
def panel(render, session):
    """The settings at the left."""
    from viz.app.panel import SettingsPanel

    return render(SettingsPanel, session, 0, lambda place: None)


def named(found, kind, label):
    """The widget of a kind with an accessible name."""
    every = found.find(kind).widgets
    (one,) = [one for one in every if (one.attributes or {}).get("aria-label") == label]
    return one


def names(found, kind):
    """The accessible names of all widgets of a kind."""
    return [(one.attributes or {}).get("aria-label") for one in found.find(kind).widgets]


def test_a_preset_is_chosen(panel, session):
    """Choosing a preset sets its levers, and shows one slider for each."""
    named(panel, v.Select, "Reform").v_model = "rand-6"
    (reform,) = session.settings.value.reforms
    assert (reform.preset, reform.uses) == ("rand-6", preset("rand-6").levers)
    expected = [LEVERS[use.lever].name for use in reform.uses]
    assert names(panel, v.Slider) == expected
    assert session.stale


def test_a_slider_sets_the_size(panel, session):
    """A slider moves one lever, which makes the preset a choice of one's own."""
    named(panel, v.Select, "Reform").v_model = "rand-6"
    use = session.settings.value.reforms[0].uses[0]
    lever = LEVERS[use.lever]
    size = lever.high if use.amount != lever.high else lever.low
    named(panel, v.Slider, lever.name).v_model = size
    (reform,) = session.settings.value.reforms
    assert reform.amount(use.lever) == size
    assert reform.preset is None
    assert named(panel, v.Select, "Reform").v_model == "own"


def test_a_lever_is_added_and_removed(panel, session):
    """Added with its default size; a lever that is taken is no longer offered; removed by its X."""
    field = named(panel, v.Autocomplete, "Add a lever")
    offered = [one["value"] for one in field.items if "value" in one]
    assert OTHER in offered and LEVER not in offered
    field.v_model = OTHER
    (reform,) = session.settings.value.reforms
    assert [use.lever for use in reform.uses] == [LEVER, OTHER]
    assert reform.amount(OTHER) == LEVERS[OTHER].default
    again = named(panel, v.Autocomplete, "Add a lever")
    assert OTHER not in [one.get("value") for one in again.items]
    named(panel, v.Btn, f"Remove {LEVERS[OTHER].name}").click()
    assert [use.lever for use in session.settings.value.reforms[0].uses] == [LEVER]


def test_all_levers_can_go(panel, session):
    """Without levers the page still stands, and the model compares with a placebo."""
    named(panel, v.Btn, f"Remove {LEVERS[LEVER].name}").click()
    assert session.settings.value.reforms[0].uses == ()
    assert names(panel, v.Slider) == []
    assert len(session.settings.value.policies()) == 1


@pytest.mark.parametrize("text", ["abc", "", "1.5", "-3", "9" * 25])
def test_a_wrong_seed_is_told_in_its_field(panel, session, text):
    """The field shows the message, the settings stay; the next right seed clears it."""
    before = session.settings.value
    named(panel, v.TextField, "Seed").v_model = text
    field = named(panel, v.TextField, "Seed")
    assert field.error and "whole number from 0 to" in field.error_messages[0]
    assert field.v_model == text
    assert session.settings.value is before
    field.v_model = "12"
    assert session.settings.value.seed == 12
    assert not named(panel, v.TextField, "Seed").error


def test_a_world_and_a_year_are_chosen(panel, session):
    """World, number of runs and the year in force reach the settings."""
    named(panel, v.Select, "World").v_model = "surge"
    named(panel, v.Select, "How many runs").v_model = "60"
    named(panel, v.Select, "In force from").v_model = "2030Q1"
    settings = session.settings.value
    assert (settings.world, settings.pairs) == ("surge", 60)
    assert str(settings.reforms[0].start) == "2030Q1"


def test_a_refused_change_is_told_and_not_made(engine):
    """A lever that begins after the end of the world is refused, with the message at hand."""
    session = Session("?config=tiny")
    before = session.settings.value
    late = reform_of_text("dcs_tracked=50@2030Q1")
    message = session.change(before.with_reform(0, late))
    assert "2030Q1" in message and session.problem.value == message
    assert session.settings.value is before
    assert session.edit(seed=4) == "" == session.problem.value


def test_the_bar_says_where_runs_stand(render, session):
    """Running, with a way to cancel; out of date or stopped, with a way to run."""
    from viz.app.main import Progress

    session.progress.value = (3, 30)
    found = render(Progress, session)
    assert "Running 3 of 30 pairs" in text_of(found)
    named(found, v.Btn, "Cancel").click()
    assert session.held.value
    session.progress.value = None
    assert "previous settings" in text_of(found)
    named(found, v.Btn, "Run these settings").click()
    assert not session.held.value


def test_a_stopped_ensemble_is_not_taken_for_a_whole_one(render, engine):
    """Results of some of the pairs say so, and can be gone on with; whole ones say nothing."""
    from viz.app.main import Progress
    from viz.app.shipped import story_results

    engine.keep(story_results())
    session = Session("")
    found = render(Progress, session)
    assert (text_of(found), names(found, v.Btn)) == ("", [])
    session.results.value = replace(story_results(), pairs=4)
    assert "Stopped after 4 of 30 pairs" in text_of(found)
    assert names(found, v.Btn) == ["Run these settings"]


def text_of(found):
    """The text of all pieces of HTML."""
    return " ".join(one.unsafe_innerHTML for one in found.find(HTML).widgets)


def test_the_story_goes_step_by_step(render, engine):
    """Next and Back turn the steps, each shows its charts; the ends have no further way."""
    from viz.app.pages.play import Story
    from viz.app.shipped import story_results
    from viz.app.story import story_of

    results = story_results()
    engine.keep(results)
    session = Session("")
    steps = story_of(results.comparison)
    shown: list[str] = []
    found = render(Story, session, results, shown.append)
    assert named(found, v.Btn, "Back").disabled
    for number in range(1, len(steps)):
        named(found, v.Btn, "Next").click()
        assert session.step.value == number
        assert shown[-1] == steps[number].charts
    assert named(found, v.Btn, "Next").disabled
    named(found, v.Btn, "Back").click()
    assert session.step.value == len(steps) - 2
    assert not session.telling.value
