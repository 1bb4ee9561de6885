"""Innovations arrive, spread and end; technology steps are scripted ones."""

from __future__ import annotations

import laws
import numpy as np
import pytest
from runs import run, step_to

from alliance_abm import AllianceModel, innovation
from alliance_abm.problems import ConfigError, FieldProblems
from alliance_abm.scenario import Scenario

LAND, SPACE = "land", "space"


@pytest.fixture(scope="module")
def world(tiny) -> Scenario:
    """Allies, others and a competitor; nobody's event."""
    names = ["USA", "GBR", "DEU", "KOR", "ZAF", "POL", "FRA", "CHN"]
    return tiny.with_set({"world.nations": names, "world.domains": [LAND, SPACE], "events": []})


@pytest.fixture(scope="module")
def start(world) -> AllianceModel:
    """The world at its start: look at it, do not step it."""
    return AllianceModel(world, rng=1)


def arrivals(model: AllianceModel, years: int = 300, **parameters: float) -> np.ndarray:
    """Innovations by nation and domain over many years as things stand, none kept."""
    state = model.snapshot()
    for name, value in parameters.items():
        table = state.par if name in state.par.dtype.names else state.dom
        table[name] = value
    found = np.zeros(state.cells.shape)
    for year in range(years):
        state.quarter = 4 * year + 3
        state.cells["innovation"], state.cells["innovation_until"] = 0.0, 0
        innovation.arrive(state)
        found += state.cells["innovation"] > 0.0
    return found


def test_innovations_are_as_frequent_as_stated(start):
    """About rate x competence x (1 + threat) a year where there is industry enough, none
    elsewhere."""
    found = arrivals(start)
    cells, p = start.state.cells, start.state.par[0]
    able = (cells["line"] >= 0) & (cells["competence"] >= p["licence_competence"])
    rate = p["innovation_rate"] * cells["competence"] * (1.0 + cells["threat"])
    expected = 300 * (1.0 - np.exp(-rate))
    assert (found[~able] == 0).all() and able.any()
    assert np.abs(found - expected)[able].max() < 5.0 * np.sqrt(expected.max())
    assert found[able].sum() == pytest.approx(expected[able].sum(), rel=0.15)


def test_competence_threat_and_rate_bring_more(start):
    """More of each brings at least as many innovations everywhere: the draws are the same."""
    base = arrivals(start)
    for field in ("competence", "threat"):
        more = AllianceModel(start.scenario, rng=1)
        more.state.cells[field] = np.minimum(more.state.cells[field] + 0.3, 1.0)
        found = arrivals(more)
        assert (found >= base).all() and found.sum() > base.sum()
    faster = arrivals(start, innovation_rate=0.1)
    assert (faster >= base).all() and faster.sum() > base.sum()
    assert arrivals(start, innovation_rate=0.0).sum() == 0


def test_hubs_help_allies_in_their_domains(start):
    """A hub in space brings allies more innovations there; nobody else and nothing else moves."""
    state, base = start.snapshot(), arrivals(start)
    gain = np.array([0.0, 0.3])
    found = arrivals(start, hub_gain=gain)
    ally = state.nations["us_ally"] == 1
    assert found[ally, 1].sum() > base[ally, 1].sum()
    np.testing.assert_array_equal(found[~ally], base[~ally])
    np.testing.assert_array_equal(found[:, 0], base[:, 0])


def test_allies_of_a_hub_take_up_part_of_what_one_of_them_finds(start):
    """In the year an ally finds something, every able ally has at least the stated part of the
    step in that domain; others have nothing of it."""
    state = start.snapshot()
    state.par["innovation_adoption"] = 0.4
    ally = state.nations["us_ally"] == 1
    able = (state.cells["line"] >= 0) & (
        state.cells["competence"] >= state.par["licence_competence"][0]
    )
    seen = False
    for year in range(40):
        state.quarter = 4 * year + 3
        state.cells["innovation"], state.cells["innovation_until"] = 0.0, 0
        innovation.arrive(state)
        bonus, step = state.cells["innovation"], state.par["innovation_step"][0]
        for d in range(2):
            finders = (bonus[:, d] == step) & ally
            others = ally & able[:, d] & ~finders
            expected = 0.4 * step if finders.any() else 0.0
            np.testing.assert_allclose(bonus[others, d], expected)
            seen |= finders.any() and others.any()
        assert set(np.unique(bonus[~ally])) <= {0.0, step}
    assert seen


def test_an_innovation_raises_the_product_and_ends(world):
    """Products stand at competence and innovation together, never beyond the frontier; after its
    years an innovation is gone."""
    model = AllianceModel(world, rng=2)
    years = int(model.state.par["innovation_years"][0])
    while model.running:
        before = model.state.cells["innovation_until"].copy()
        model.step()
        cells, lines = model.state.cells, model.state.lines
        assert (lines["level"] <= 1.0).all()
        quarter = model.state.quarter - 1
        if quarter % 4 == 3:
            here = lines["owner"], lines["domain"]
            level = np.minimum(cells["competence"][here] + cells["innovation"][here], 1.0)
            np.testing.assert_allclose(lines["level"], level)
            fresh = cells["innovation_until"] > before
            assert (cells["innovation_until"][fresh] == quarter + 4 * years).all()
            assert (cells["innovation"][cells["innovation_until"] <= quarter] == 0.0).all()
    assert model.state.office["innovations"][0] > 0.0


def test_the_order_of_nations_is_irrelevant(world):
    """The same nations innovate in the same years, however they are listed."""
    names = list(world.world.nations)
    found = []
    for order in (names, names[::-1]):
        model = run(world.with_set({"world.nations": order}), quarters=24)
        place = [model.world.nation_index(name) for name in names]
        found.append(model.state.cells["innovation"][place])
    np.testing.assert_array_equal(*found)
    assert found[0].sum() > 0.0


def test_the_lever_of_size_0_changes_exactly_nothing(world):
    """Not one bit."""
    nothing = {"levers": [{"lever": "innovation_hubs", "size": 0, "start": "2010Q1"}]}
    states = [run(world.with_set(given), quarters=12).state for given in ({}, nothing)]
    assert laws.differences(*states) == []


def step(size: float = 0.2, start: str = "2012Q2") -> dict:
    return {"kind": "technology_step", "supplier": "CHN", "domains": [LAND], "size": size,
            "start": start}  # fmt: skip


def test_a_technology_step_raises_the_product_at_once_and_for_good(world):
    """From its quarter on, in its domain, by its size up to the frontier; what the supplier sells
    has the new level in the same quarter."""
    plain = AllianceModel(world, rng=1)
    struck = AllianceModel(world.with_set({"events": [step()]}), rng=1)
    when = 9
    for model in (plain, struck):
        step_to(model, when)
    assert laws.differences(plain.state, struck.state) == []
    for model in (plain, struck):
        step_to(model, when + 1)
    s, d = plain.world.nation_index("CHN"), 0
    line = int(plain.state.cells["line"][s, d])
    levels = [model.state.lines["level"] for model in (plain, struck)]
    assert levels[1][line] == pytest.approx(min(levels[0][line] + 0.2, 1.0)) != levels[0][line]
    np.testing.assert_array_equal(np.delete(levels[0], line), np.delete(levels[1], line))
    selling = struck.state.sellers["line"][d][: struck.state.n_sellers[d]] == line
    assert (struck.state.sellers["level"][d][: len(selling)][selling] == levels[1][line]).all()
    for model in (plain, struck):
        step_to(model, 40)
    gained = struck.state.lines["level"][line] - plain.state.lines["level"][line]
    assert gained > 0.0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"supplier": "CHINA"}, "CHN"),
        ({"domains": ["lend"]}, "land"),
        ({"domains": []}, "at least one"),
        ({"size": 1.5}, "1.5"),
        ({"domains": ["naval"]}, "naval"),
    ],
)
def test_a_wrong_step_is_named(world, wrong, message):
    """Field, value and what is allowed."""
    with pytest.raises((FieldProblems, ConfigError), match=message):
        world.with_set({"events": [{**step(), **wrong}]})
