"""Competence: what work teaches and idleness unlearns, and what a nation can do with it."""

from __future__ import annotations

import laws
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance_abm import AllianceModel, competence
from alliance_abm.capacity import adapt_lines
from alliance_abm.content import class_weights, content_levels
from alliance_abm.datafiles import data_folder
from alliance_abm.layout import CLOSED, COLD, DEVELOP, DOMESTIC, HOT, LICENSED, WARM
from alliance_abm.parameters import CATALOGUE
from alliance_abm.scenario import Scenario
from alliance_abm.state import State
from alliance_abm.tables import Tables

LEARNS = ("knowledge_decay_per_year", "knowledge_base_share", "competence_elasticity",
          "frontier_growth_per_year")  # fmt: skip
NEAR = {"rtol": 0.0, "atol": 1e-9}
MUCH = 1e9


@pytest.fixture(scope="module")
def five(tiny) -> Scenario:
    """Five nations from full competence down to little, and nobody's event."""
    world = {"world.nations": ["USA", "FRA", "POL", "KOR", "EGY"], "events": []}
    return tiny.with_set({**world, "world.domains": ["combat_aviation", "land"]})


@pytest.fixture(scope="module")
def model(five) -> AllianceModel:
    """Its start: work on snapshots of it."""
    return AllianceModel(five, rng=1)


def usual_work(state: State) -> np.ndarray:
    """Work a year that keeps the knowledge of the start, (E, D)."""
    return np.asarray(state.cells["knowledge_start"] * state.par["knowledge_decay_per_year"][0])


def a_year(model: AllianceModel, state: State, work: np.ndarray) -> np.ndarray:
    """A review after a year of such work; returns the competence that follows."""
    state.cells["work"] = work
    competence.review(state, model.outside)
    return state.cells["competence"].copy()


def years(model: AllianceModel, history: list[float], **parameters: float) -> State:
    """The state after years of work, each as a multiple of the usual."""
    state = model.snapshot()
    for name, value in parameters.items():
        state.par[name] = value
    usual = usual_work(state)
    for times in history:
        a_year(model, state, times * usual)
    return state


def between(name: str) -> st.SearchStrategy[float]:
    entry = next(entry for entry in CATALOGUE.values() if entry.path.endswith(f".{name}"))
    return st.floats(entry.low, entry.high)


@settings(
    deadline=None, derandomize=True, database=None, max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    st.lists(st.one_of(st.just(0.0), st.floats(0.0, 3.0), st.floats(0.0, 1e6)), max_size=40),
    st.fixed_dictionaries({**{name: between(name) for name in LEARNS},
                           "learning_share": st.floats(0.0, 1.0)}),
)  # fmt: skip
def test_competence_stays_between_0_and_1(model, history, parameters):
    """Whatever work is done or left, and for any parameters, competence, content and the reach of
    content stay shares."""
    state = years(model, history, **parameters)
    laws.check_industries(state)
    laws.check_finite(state)


@settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.floats(0.0, 1.0), st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_who_knows_more_can_do_more(model, start, one, other):
    """Competence rises with knowledge, is that of the start at the knowledge of the start, and
    never leaves 0 to 1."""
    p = model.state.par[0]
    few, many = (competence.competence_of(p, start, ratio) for ratio in sorted((one, other)))
    assert 0.0 <= few <= many + 1e-15 <= 1.0 + 1e-15
    assert competence.competence_of(p, start, 1.0) == start


def test_more_work_in_every_year_makes_more_able(model):
    """Of two histories, the one with more work each year ends with more competence everywhere but
    at the frontier, where there is no more to learn."""
    few, many = (years(model, [times] * 6).cells for times in (0.8, 1.6))
    below = few["competence_start"] < 1.0
    assert (many["competence"] > few["competence"])[below].all()
    assert (many["competence"] >= few["competence"]).all()


def test_work_as_at_the_start_keeps_competence(model):
    """Where the frontier stands still, the usual work keeps competence, products and content."""
    before = model.snapshot()
    state = years(model, [1.0] * 30, frontier_growth_per_year=0.0)
    np.testing.assert_allclose(state.cells["competence"], before.cells["competence_start"], **NEAR)
    np.testing.assert_allclose(state.lines["level"], before.lines["level"], **NEAR)
    for name in ("content_share", "content_reach", "content_total"):
        np.testing.assert_allclose(getattr(state, name), getattr(before, name), **NEAR)


def test_work_that_grows_with_the_frontier_keeps_competence(model):
    """Where the frontier moves, work has to grow as fast: then competence stays, and with the
    usual work alone it falls."""
    growth = 0.03
    keeps = years(model, [(1.0 + growth) ** t for t in range(30)], frontier_growth_per_year=growth)
    falls = years(model, [1.0] * 30, frontier_growth_per_year=growth)
    start = model.state.cells["competence_start"]
    np.testing.assert_allclose(keeps.cells["competence"], start, **NEAR)
    assert (falls.cells["competence"] < start - 0.005).all()


def test_without_work_competence_falls_every_year(model):
    """Idle nations forget, year after year; what civil industry teaches stays with them."""
    state, idle = model.snapshot(), np.zeros(model.state.cells.shape)
    level = state.cells["competence_start"].copy()
    for _ in range(40):
        now = a_year(model, state, idle)
        assert (now < level).all()
        level = now
    assert (level > 0.0).all()


def test_competence_depends_on_the_path(model):
    """The same work in all and the same work in the last years, but done early or late: who worked
    lately can do more."""
    early, late = (years(model, [*history, 1.0, 1.0, 1.0]).cells for history in (
        [4.0, 4.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 4.0, 4.0]
    ))  # fmt: skip
    below = early["competence_start"] < 1.0
    assert (late["competence"] > early["competence"] + 0.001)[below].all()


def test_without_learning_nothing_that_work_teaches_acts(five):
    """With a learning share of 0 competence stays at its start to the last bit, whatever is made,
    products and their content stay, and how fast one would learn changes exactly nothing."""
    still = five.with_control("no_learning").with_set({"innovation.innovation_rate": 0.0})
    start = AllianceModel(still, rng=1).state
    runs = [
        AllianceModel(still.with_set({"competence.competence_elasticity": value}), rng=1).run()
        for value in (0.05, 0.4)
    ]
    assert laws.differences(runs[0].state, runs[1].state, ("par",)) == []
    state = runs[0].state
    assert (state.cells["knowledge"] != start.cells["knowledge"]).all()
    np.testing.assert_array_equal(state.cells["competence"], start.cells["competence_start"])
    np.testing.assert_array_equal(state.lines["level"], start.lines["level"])
    for name in ("content_share", "content_reach", "content_total"):
        np.testing.assert_allclose(getattr(state, name), getattr(start, name), **NEAR)


# Content


def test_foreign_content_follows_competence_as_the_data_say(model):
    """The foreign part of a product is that of its component classes at its maker's competence, by
    the same curve that gave it at the start; its parts by origin add up to it."""
    state = years(model, [3.0] * 8)
    nations = state.lines["owner"] != model.world.row
    mine = state.lines[nations]
    tables = Tables(data_folder())
    able = content_levels(tables, state.cells["competence"])
    whole = (able * class_weights(tables, model.world.domains)).sum(axis=2)
    expected = whole[mine["owner"], mine["domain"]]
    np.testing.assert_allclose(state.content_total[nations], expected, rtol=1e-9)
    listed = state.content_share.sum(axis=1)  # six entities: every origin has its place
    np.testing.assert_allclose(listed, state.content_total, rtol=1e-9)


def test_who_learns_needs_less_from_abroad_and_who_forgets_more(model):
    """Content from every origin, and how far its say reaches, falls as competence rises and rises
    as it falls."""
    before, learnt, forgot = model.state, years(model, [3.0] * 8), years(model, [0.0] * 8)
    below = before.lines["level"] < 1.0
    assert (learnt.content_total < before.content_total)[below].all()
    assert (forgot.content_total > before.content_total).all()
    parts = (before.content_origin >= 0) & below[:, None]
    assert (learnt.content_share < before.content_share)[parts].all()
    assert (forgot.content_reach >= before.content_reach).all()
    assert (learnt.content_reach <= before.content_reach)[below].all()


# Parts replaced


def with_doubt(model: AllianceModel, nation: str, doubt: float) -> State:
    """A state where a nation's belief in American release is so far below that of the start."""
    state, usa = model.snapshot(), model.world.usa
    b = model.world.nation_index(nation)
    start = state.pairs["release_start"][b, usa]
    state.pairs["release_granted"][b, usa] = start - doubt
    state.pairs["release_refused"][b, usa] = 1.0 - start + doubt
    return state


def american(model: AllianceModel, state: State, nation: str) -> np.ndarray:
    """American parts in a nation's lines, as places in the arrays of content."""
    mine = state.lines["owner"] == model.world.nation_index(nation)
    return mine[:, None] & (state.content_origin == model.world.usa)


@pytest.mark.parametrize("beyond", [-1e-6, 0.2])
def test_makers_replace_parts_of_origins_they_doubt(model, beyond):
    """Each year a maker replaces, of the parts of an origin it doubts more than it tolerates, what
    its pace and its competence allow, and no parts of others; less doubt moves nothing."""
    p = model.state.par[0]
    state = with_doubt(model, "KOR", p["replacement_tolerance"] + beyond)
    state.par["frontier_growth_per_year"] = 0.0
    a_year(model, state, usual_work(state))
    doubted = american(model, state, "KOR")
    assert doubted.sum() == 2
    able = state.lines["level"][doubted.any(axis=1)]
    pace = p["replacement_per_year"] * able * max(beyond, 0.0)
    np.testing.assert_allclose(state.content_kept[doubted], 1.0 - pace)
    assert (state.content_kept[~doubted] == 1.0).all()


def test_replaced_parts_are_no_longer_foreign_and_cost_more(model):
    """Years of doubt take the doubted parts out of the product and nothing else; the line that
    makes them itself comes to cost their premium more."""
    doubtful, calm = with_doubt(model, "KOR", 0.6), model.snapshot()
    for state in (doubtful, calm):
        state.par["frontier_growth_per_year"] = 0.0
        for _ in range(5):
            a_year(model, state, usual_work(state))
    parts = american(model, calm, "KOR")
    fall = calm.content_share - doubtful.content_share
    assert (fall[parts] > 0.1 * calm.content_share[parts]).all()
    np.testing.assert_allclose(fall[~parts], 0.0, atol=1e-12)
    replaced = doubtful.lines["replaced"]
    np.testing.assert_allclose(fall.sum(axis=1), replaced, atol=1e-12)
    np.testing.assert_allclose(calm.content_total - doubtful.content_total, replaced, atol=1e-12)
    for state in (doubtful, calm):
        state.par["unit_cost_adjustment"] = 1.0
        adapt_lines(state)
    premium = doubtful.par["replacement_premium"][0]
    ratio = doubtful.lines["unit_cost"] / calm.lines["unit_cost"]
    np.testing.assert_allclose(ratio, 1.0 + premium * replaced)


# Lines that open, and lines that begin to export


def at_rest_with(model: AllianceModel, nation: str, domain: str, able: float) -> State:
    """The start with another competence of one nation in one domain that its work will keep."""
    state = model.snapshot()
    state.par["frontier_growth_per_year"] = 0.0
    b, d = model.world.nation_index(nation), model.world.domain_index(domain)
    state.cells["competence_start"][b, d] = able
    return state


def close(state: State, line: int) -> None:
    """Make a line one that never worked."""
    state.lines["status"][line] = CLOSED
    for name in ("capacity", "orders", "backlog", "arrived", "output"):
        for pool in ("home", "export"):
            state.lines[f"{name}_{pool}"][line] = 0.0
    state.lines["sells_abroad"][line] = 0


def test_a_nation_that_never_built_has_a_line_without_capacity(tiny):
    """Too little competence for licensed work means no line at work: no capacity, no output and no
    order in its book, quarter after quarter, and no offer from it to anyone."""
    world = {"world.nations": ["USA", "FRA", "QAT", "PHL", "NZL"], "events": []}
    model = AllianceModel(tiny.with_set({**world, "horizon.end": "2013Q4"}), rng=1)
    shut = np.flatnonzero(model.state.lines["status"] == CLOSED)
    assert len(shut) >= 2
    laws.watched_run(model)
    state, world = model.state, model.world
    still = state.lines["status"][shut] == CLOSED
    assert still.any()
    for line in state.lines[shut[still]]:
        owner, domain = world.nations[line["owner"]], world.domains[line["domain"]]
        able = state.cells["competence"][line["owner"], line["domain"]]
        assert able < state.par["licence_competence"][0]
        own = laws.offers_of(model, owner, domain)["route"]
        assert not np.isin(own, (DOMESTIC, LICENSED)).any()
        for buyer in set(world.nations[: world.row]) - {owner}:
            offers = laws.offers_of(model, buyer, domain)
            assert (offers["supplier"] != line["owner"]).all()


@pytest.mark.parametrize(("above", "opens"), [(-1e-6, False), (1e-6, True)])
def test_a_line_opens_when_its_owner_has_become_able(model, above, opens):
    """At the competence for licensed work a line opens, hot, with the capacity of a workshop, and
    its owner may build and build under licence; a little below nothing happens."""
    limit = model.state.par["licence_competence"][0]
    state = at_rest_with(model, "EGY", "land", limit + above)
    b, d = model.world.nation_index("EGY"), model.world.domain_index("land")
    line = state.cells["line"][b, d]
    close(state, line)
    a_year(model, state, usual_work(state))
    mine = state.lines[line]
    assert (mine["status"] == HOT) == opens
    assert mine["capacity_home"] == (laws.workshop(state)[b, d] if opens else 0.0)
    assert mine["capacity_export"] == 0.0
    model_there = AllianceModel(model.scenario, rng=1)
    model_there.state = state
    routes = laws.offers_of(model_there, "EGY", "land", level=0.2)["route"]
    assert (DOMESTIC in routes) == (LICENSED in routes) == opens


@pytest.mark.parametrize(
    ("above", "output", "status", "begins"),
    [(1e-6, 1.0, HOT, True), (1e-6, 1.0, WARM, True), (-1e-6, 1.0, HOT, False),
     (1e-6, 0.0, HOT, False), (1e-6, 1.0, COLD, False)],
)  # fmt: skip
def test_a_proven_line_of_an_able_owner_begins_to_export(model, above, output, status, begins):
    """A line that builds for its owner and is good enough for the world begins to sell abroad with
    a little capacity for it, and others can buy there; not below the competence, not before its
    product is proven at home, not from a cold line."""
    limit = model.state.par["seller_competence"][0]
    state = at_rest_with(model, "EGY", "land", limit + above)
    b, d = model.world.nation_index("EGY"), model.world.domain_index("land")
    line = state.cells["line"][b, d]
    assert state.lines["sells_abroad"][line] == 0
    state.lines["output_home"][line], state.lines["status"][line] = output, status
    a_year(model, state, usual_work(state))
    mine = state.lines[line]
    assert mine["sells_abroad"] == begins
    least = state.par["first_export_capacity_share"][0] * mine["capacity_home"]
    assert mine["capacity_export"] == (least if begins else 0.0)
    sellers = state.sellers["supplier"][d, : state.n_sellers[d]]
    assert (b in sellers) == begins
    there = AllianceModel(model.scenario, rng=1)
    there.state = state
    offers = laws.offers_of(there, "FRA", "land", level=0.2)
    assert (b in offers["supplier"]) == begins


def test_a_nation_may_learn_its_way_to_a_line_and_lose_its_edge(model):
    """Work opens a closed line in time, and who stops working is no longer able to develop."""
    b, d = model.world.nation_index("EGY"), model.world.domain_index("combat_aviation")
    state = at_rest_with(model, "EGY", "combat_aviation", 0.15)
    line = state.cells["line"][b, d]
    close(state, line)
    opened = []
    for _ in range(15):
        a_year(model, state, 5.0 * usual_work(state))
        opened.append(state.lines["status"][line] == HOT)
    assert not opened[0] and opened[-1] and sorted(opened) == opened
    there = AllianceModel(model.scenario, rng=1)
    for work, able in ((1.0, True), (0.0, False)):
        there.state = at_rest_with(model, "EGY", "land", 0.27)
        there.state.nations["income"] = MUCH
        for _ in range(10):
            a_year(model, there.state, work * usual_work(there.state))
        need = {"level": 0.6, "place": 0.9, "aspiration": -1.0}
        assert (DEVELOP in laws.offers_of(there, "EGY", "land", **need)["route"]) == able
