"""Presets: policies by name, found and checked as configs are."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from alliance_abm.cli import app
from alliance_abm.lever_data import LEVERS
from alliance_abm.levers import LeverUse
from alliance_abm.presets import policies_of, preset, preset_names
from alliance_abm.problems import ConfigError
from alliance_abm.quarters import Quarter

HEAD = "title: Mine\ndescription: My own.\n"
NOT_IN_ALL = {"placebo", "domestic_first", "agency_integration_failing", "fms_fast_track_all"}
EXPECTED = [
    *(f"rand-{number}" for number in range(1, 7)),
    *(f"mitre-{name}" for name in ("align", "sell", "buy", "build", "all")),
    "eo-2025", "order-2026", "all-on", "placebo",
]  # fmt: skip


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with its own presets."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "configs" / "presets"
    folder.mkdir(parents=True)
    return folder


def put(folder: Path, name: str, levers: str, more: str = "") -> None:
    (folder / f"{name}.yaml").write_text(f"{HEAD}{more}levers: {levers}\n", encoding="utf-8")


def message(name: str | Path) -> str:
    with pytest.raises(ConfigError) as caught:
        preset(name)
    return str(caught.value)


def test_the_shipped_presets_are_those_of_the_specification():
    """RAND's options, MITRE's actions, the two orders, all levers, and the control."""
    assert set(EXPECTED) <= set(preset_names())


@pytest.mark.parametrize("name", EXPECTED)
def test_every_shipped_preset_is_valid(name: str):
    """Its levers exist and agree; it has a title, a description and a grade."""
    found = preset(name)
    assert found.name == name
    assert found.levers
    assert found.description
    assert found.grade == max(LEVERS[use.lever].grade for use in found.levers)


def test_all_on_holds_every_lever_but_those_that_contradict():
    """A new lever has to be put into all-on, or into the exceptions here and in its text."""
    assert {use.lever for use in preset("all-on").levers} == set(LEVERS) - NOT_IN_ALL


def test_mitre_all_is_its_four_parts():
    """The thirteen recommendations are those of align, sell, buy and build."""
    parts = [preset(f"mitre-{name}").levers for name in ("align", "sell", "buy", "build")]
    assert set(preset("mitre-all").levers) == {use for part in parts for use in part}


def test_an_own_preset_stands_before_the_shipped_one(own: Path):
    """A name is looked up in ./configs/presets first; a path works too."""
    put(own, "rand-6", "[placebo]")
    put(own, "mine", "[{lever: placebo, size: 3}]", "papers: [M-31]\n")
    assert preset("rand-6").title == "Mine"
    found = preset(own / "mine.yaml")
    assert (found.name, found.papers) == ("mine", ("M-31",))
    assert found.levers == (LeverUse(lever="placebo", size=3.0),)
    assert "mine" in preset_names()


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("levers: [plasebo]", "3:10", "'plasebo' is not a lever; allowed"),
        ("levers: [plasebo]", "3:10", "did you mean 'placebo'?"),
        ("levers: [{lever: placebo, size: 300}]", "3:33", "300 is out of the range of placebo"),
        ("levers: [placebo, placebo]", "3:19", "placebo is named twice"),
        ("levers: placebo", "3:9", "'placebo' is not a list"),
        ("levers: [placebo]\npapers: [M-99]", "4:10", "'M-99' is no item of the papers"),
        ("levers: [placebo]\nlever: x", "4:1", "did you mean 'levers'?"),
        ("papers: [M-31]", "1:1", "levers: is missing"),
    ],
)
def test_a_mistake_is_said_with_its_place(own: Path, text: str, place: str, words: str):
    """file:line:column, the field, the value, what is allowed, the nearest name."""
    (own / "mine.yaml").write_text(f"{HEAD}{text}\n", encoding="utf-8")
    found = message("mine")
    assert found.startswith(f"configs/presets/mine.yaml:{place}: ")
    assert words in found


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rand-66", "--preset: no preset is named 'rand-66'"),
        ("rand-66", "did you mean 'rand-6'?"),
        ("", "--preset: the name is empty"),
        ("placebo+", "--preset: the name is empty"),
        ("gone.yaml", "gone.yaml: no such file"),
        ("rand-1+rand-1", "--preset rand-1+rand-1: rand-1 is named twice; allowed: each preset"),
    ],
)
def test_a_preset_that_is_not_there_is_said(name: str, words: str):
    """The nearest name is given."""
    assert words in message(name)


def test_an_empty_file_is_refused(own: Path):
    """As an empty config is."""
    (own / "mine.yaml").write_text("# nothing\n", encoding="utf-8")
    assert "mine.yaml: is empty; allowed: a mapping with title" in message("mine")


def test_joined_presets_hold_the_levers_of_both_once(own: Path):
    """A lever that two presets have alike counts once."""
    put(own, "one", "[placebo, dcs_tracked]")
    put(own, "two", "[dcs_tracked, parallel_reviews]")
    found = preset("one+two")
    assert found.name == "one+two"
    levers = [use.lever for use in found.levers]
    assert levers == ["placebo", "dcs_tracked", "parallel_reviews"]


def test_presets_that_contradict_each_other_are_refused_with_one_message(
    own: Path, monkeypatch: pytest.MonkeyPatch
):
    """One lever at two sizes, or two levers that set one parameter."""
    put(own, "one", "[placebo]")
    put(own, "two", "[{lever: placebo, size: 1}]")
    put(own, "three", "[dcs_tracked]")
    assert message("one+two") == (
        "--preset one+two: both have placebo, with another size or date; allowed: presets that "
        "agree"
    )
    monkeypatch.setattr(type(LEVERS["placebo"]), "sets", lambda _: frozenset({"policy.placebo"}))
    assert message("one+three") == (
        "--preset one+three: placebo and dcs_tracked both set policy.placebo; allowed: one of the "
        "two"
    )


def test_a_start_holds_for_all_levers_of_a_preset():
    """As the option --start asks."""
    when = Quarter.parse("2031Q1")
    assert {use.start for use in preset("mitre-sell", when).levers} == {when}


def test_options_give_one_policy_each():
    """--lever and --preset are repeatable; two of one name are refused."""
    found = policies_of(["placebo=5", "dcs_tracked"], ["rand-6"])
    assert [one.name for one in found] == ["placebo=5", "dcs_tracked", "rand-6"]
    with pytest.raises(ConfigError, match="policy placebo: is named twice"):
        policies_of(["placebo"], ["placebo"])


def test_the_command_lists_presets_and_says_what_one_holds():
    """A table of all, the levers of one, the nearest name of none."""
    assert "rand-6" in CliRunner().invoke(app, ["presets"]).stdout
    one = CliRunner().invoke(app, ["presets", "rand-6"])
    assert "cross_functional_workforce" in one.stdout
    wrong = CliRunner().invoke(app, ["presets", "rand6"])
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "did you mean 'rand-6'?" in wrong.stderr
