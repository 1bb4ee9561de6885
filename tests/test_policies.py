"""Policies: from words to levers, and from levers to a scenario."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from alliance_abm.cli import app
from alliance_abm.lever_data import LEVERS
from alliance_abm.levers import LeverUse, values_in_force
from alliance_abm.listings import lever_effects, lever_rows
from alliance_abm.parameters import Parameters
from alliance_abm.policies import all_different, policy_of_text, with_policy
from alliance_abm.problems import ConfigError
from alliance_abm.quarters import QUARTERS, Quarter
from alliance_abm.scenario import Scenario, load_scenario

TRACKED, PARALLEL = "dcs_tracked", "parallel_reviews"
ONE = LEVERS[TRACKED]


def message(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        policy_of_text(text)
    return str(caught.value)


def test_a_size_belongs_to_the_lever_before_it():
    """In A+B=SIZE the size is B's; A has its default; each may have its own."""
    first, second = policy_of_text(f"{PARALLEL}+{TRACKED}=10").levers
    assert (first.lever, first.size, first.amount) == (PARALLEL, None, LEVERS[PARALLEL].default)
    assert (second.lever, second.size) == (TRACKED, 10.0)
    sizes = [use.size for use in policy_of_text(f"{PARALLEL} = 20 + {TRACKED}=10").levers]
    assert sizes == [20.0, 10.0]


def test_a_policy_is_named_titled_and_graded_after_its_levers():
    """Name and title say levers and sizes; papers are theirs; the weakest grade counts."""
    found = policy_of_text(f"placebo+{TRACKED}=10.0")
    assert found.name == f"placebo+{TRACKED}=10"
    assert found.title == f"{LEVERS['placebo'].name} + {ONE.name} = 10"
    assert found.papers == ONE.papers
    assert found.grade == ONE.grade != LEVERS["placebo"].grade
    assert policy_of_text(found.words) == found


def test_a_start_holds_for_every_lever():
    """Without a start the levers' own holds."""
    given = Quarter.parse("2030Q2")
    assert {use.start for use in policy_of_text(f"placebo+{TRACKED}", given).levers} == {given}
    assert policy_of_text("placebo").levers == (LeverUse(lever="placebo"),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a lever's name is missing"),
        ("placebo+", "a lever's name is missing"),
        ("dcs-tracked", "'dcs-tracked' is not a lever"),
        ("dcs-tracked", f"did you mean '{TRACKED}'?"),
        (f"{TRACKED}=", "the size is missing; allowed: 0, or a number from"),
        (f"{TRACKED}=many", "'many' is not a size"),
        (f"{TRACKED}=true", "'true' is not a size"),
        (f"{TRACKED}=.nan", "size"),
        (f"{TRACKED}=999", f"999 is out of the range of {TRACKED}; allowed: 0, or a number"),
        (f"{TRACKED}=-1", "-1 is out of the range"),
        (f"{TRACKED}+{TRACKED}", "is named twice"),
        (f"{TRACKED}=1=2", "'1=2' is not a size"),
    ],
)
def test_a_mistake_says_the_option_the_value_and_what_is_allowed(text: str, words: str):
    """Each message stands by itself and begins with the option as it was typed."""
    found = message(text)
    assert found.startswith(f"--lever {text}: ")
    assert words in found


def test_policies_differ_in_name_and_none_is_the_baseline():
    """One name twice would mix two policies in one table."""
    one = policy_of_text("placebo")
    assert all_different([one]) == (one,)
    with pytest.raises(ConfigError, match="policy placebo: is named twice"):
        all_different([one, one])


def test_a_policy_comes_after_the_levers_of_the_config(tiny: Scenario):
    """The config's levers stay; a lever that it has already is refused, and so is a late start."""
    long = load_scenario("baseline", {"levers": ["placebo"]})
    found = with_policy(long, policy_of_text(TRACKED))
    assert [use.lever for use in found.levers] == ["placebo", TRACKED]
    assert found.parameters == long.parameters
    with pytest.raises(ConfigError, match=r"policy placebo: levers\[1\]: placebo is named twice"):
        with_policy(long, policy_of_text("placebo"))
    with pytest.raises(ConfigError, match="2026Q1 is after the end of the run"):
        with_policy(tiny, policy_of_text("placebo"))


@pytest.mark.parametrize("lever", LEVERS)
def test_what_the_listing_says_of_a_lever_is_what_is_in_force(lever: str):
    """Parameters that only one lasting change acts on have the listed value at the end."""
    one = LEVERS[lever]
    use, parameters = LeverUse(lever=lever), Parameters.default()
    changes = (*one.changes, *one.bill)
    paths = [path for change in changes for path in change.paths]
    alone = {
        path
        for change in changes
        if change.lasts is None
        for path in change.paths
        if paths.count(path) == 1
    }
    listed = {}
    for row in lever_effects(use, parameters):
        names = [f"{row['parameter']}.{domain}" for domain in row["domains"]]
        change = next(one for one in changes if one.parameter == row["parameter"])
        for path in names or change.paths:
            listed[path] = row["after"]
    now = values_in_force((use,), parameters, QUARTERS - 1)
    for path in alone & set(listed):
        assert listed[path] == now.get(path, parameters[path])


def test_every_lever_is_listed_with_range_grade_and_bill():
    """The rows hold what the interface promises."""
    rows = lever_rows()
    assert [row["id"] for row in rows] == list(LEVERS)
    keys = {"id", "name", "changes", "unit", "default", "low", "high", "bill", "sources", "grade"}
    assert all(keys <= set(row) for row in rows)


def test_the_command_shows_one_lever_at_a_size_before_and_after():
    """`levers NAME=SIZE` says before and after of each parameter; an unknown name its nearest."""
    done = CliRunner().invoke(app, ["levers", f"{TRACKED}=10"])
    assert done.exit_code == 0
    assert "at size 10" in done.stdout
    words = done.stdout.split()
    place = words.index("industry.dcs_visibility")
    before = Parameters.default()["industry.dcs_visibility"]
    assert words[place + 1 : place + 3] == [f"{before:.4g}", f"{before + 0.1:.4g}"]
    wrong = CliRunner().invoke(app, ["levers", "dcs-tracked"])
    assert wrong.exit_code == 2
    assert "NAME dcs-tracked: 'dcs-tracked' is not a lever" in wrong.stderr
    assert f"did you mean '{TRACKED}'?" in wrong.stderr
