"""Settings of the app: to and from a link, hostile links, and the command that says the same."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_abm.lever_data import LEVERS
from alliance_abm.presets import preset_names
from alliance_abm.problems import ConfigError
from alliance_abm.worlds import world_names
from viz.app.settings import (
    LARGEST_SEED,
    LONGEST_LINK,
    MOST_PAIRS,
    Reform,
    Settings,
    reform_of_text,
    settings_of_query,
)

PLAIN = sorted(name for name, one in LEVERS.items() if one.low < one.high)


def read(query: str) -> Settings:
    """The settings of a link that has no fault."""
    found, _, messages = settings_of_query(query)
    assert messages == [], query
    return found


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_comes_back_from_its_link(name):
    """A link of a preset restores its levers and its name."""
    asked = Settings(reforms=(Reform.of_preset(name),), seed=7, pairs=10)
    assert read("?" + asked.link) == asked


@st.composite
def reforms(draw: st.DrawFn) -> str:
    """Up to three levers with sizes inside their ranges, some from another year."""
    names = draw(st.lists(st.sampled_from(PLAIN), min_size=1, max_size=3, unique=True))
    words = []
    for name in names:
        lever = LEVERS[name]
        part = draw(st.floats(0.01, 1.0))
        size = f"{lever.low + part * (lever.high - lever.low):.4g}"
        start = draw(st.sampled_from(["", "@2028Q1", "@2031Q3"]))
        words.append(f"{name}={size}{start}")
    return "+".join(words)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(reforms(), min_size=1, max_size=3),
    st.integers(0, LARGEST_SEED),
    st.integers(1, MOST_PAIRS),
    st.sampled_from(["baseline", *world_names()]),
)
def test_any_levers_come_back_from_their_link(texts, seed, pairs, world):
    """Levers, sizes, years, seed, pairs and world are the same after a link was made and read."""
    try:
        asked = Settings(
            "baseline", world, tuple(reform_of_text(one) for one in texts), seed, pairs
        )
        asked.policies()
    except ConfigError:
        return  # levers that exclude each other, or a size below what the lever allows
    assert read(asked.link) == asked
    assert read("?" + asked.link).link == asked.link


def test_some_random_levers_are_allowed():
    """The test above is not about refusals alone: single levers at their default pass."""
    passed = 0
    for name in PLAIN:
        asked = Settings(reforms=(reform_of_text(f"{name}={LEVERS[name].default:g}"),))
        passed += read(asked.link) == asked
    assert passed == len(PLAIN)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("world=../../etc/passwd", "world: "),
        ("config=%2Fetc%2Fpasswd", "config: "),
        ("config=..%2Ftiny", "did you mean 'tiny'"),
        ("config=tiny.yaml", "config: "),
        ("reform=./rand-6.yaml", "reform: "),
        ("reform=<script>alert(1)</script>", "reform: "),
        ("reform=fms_fast_track=inf", "not a number"),
        ("reform=fms_fast_track=9e9", "reform "),
        ("reform=fms_fast_track@soon", "reform "),
        ("reform=rand-6x", "did you mean 'rand-6'"),
        ("seed=abc", "seed: 'abc' is not a whole number"),
        ("seed=", "seed: nothing is given"),
        ("seed=-1", "out of range"),
        (f"seed={LARGEST_SEED + 1}", "out of range"),
        ("seed=" + "9" * 3000, "seed: "),
        ("n=0", "n: 0 is out of range"),
        (f"n={MOST_PAIRS + 1}", "out of range"),
        ("&".join(["reform=rand-1"] * 4), "up to 3"),
        ("x=" + "y" * LONGEST_LINK, "longer than"),
        ("world=%00%ff%fe", "world: "),
    ],
)
def test_a_wrong_part_of_a_link_is_told_and_left(query, words):
    """The message names the part; the settings are those that the page begins with."""
    found, _, messages = settings_of_query("?" + query)
    assert found == Settings()
    assert len(messages) == 1 and words in messages[0]
    assert len(messages[0]) < 2_000


def test_right_parts_beside_a_wrong_one_count():
    """A wrong seed does not take the world with it, and other keys are handed on as text."""
    found, others, messages = settings_of_query("?world=surge&seed=x&page=compare&foo=%3Cb%3E")
    assert (found.world, found.seed) == ("surge", 1)
    assert len(messages) == 1
    assert others == {"page": "compare", "foo": "<b>"}


def test_a_config_that_ends_early_moves_the_levers():
    """The story's levers begin in 2026; in a world that ends in 2019 they begin when it reports."""
    found = read("config=tiny")
    assert str(found.reforms[0].start) == "2012Q1"
    assert found.policies()
    named = read("config=tiny&reform=dcs_tracked=50@2014Q1")
    assert str(named.reforms[0].start) == "2014Q1"


def test_reforms_that_are_alike_are_run_once():
    """The same reform twice is one policy; none at all is a placebo."""
    twice = Settings(reforms=(reform_of_text("rand-6"), reform_of_text("rand-6")))
    assert len(twice.policies()) == 1
    (empty,) = Settings(reforms=()).policies()
    assert [use.lever for use in empty.levers] == ["placebo"]


def test_the_command_names_what_is_set():
    """A preset, plain levers and levers of another year: each as the command takes them."""
    pytest.importorskip("solara")
    from viz.app.takeaway import command_of

    texts = ("rand-6", "fms_fast_track=70", "fms_fast_track=70@2028Q1")
    asked = Settings("baseline", "surge", tuple(reform_of_text(one) for one in texts), 5, 10)
    words = shlex.split(command_of(asked))
    assert words[:5] == ["alliance-abm", "compare", "baseline", "--world", "surge"]
    assert words[5:] == [
        "--preset", "rand-6", "--lever", "fms_fast_track=70", "--preset", "reform-3.yaml",
        "--seed", "5", "--replications", "10",
    ]  # fmt: skip
