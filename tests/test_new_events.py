"""Losses of suppliers and parts, austerity, cost shocks and surges of demand."""

from __future__ import annotations

from typing import Any

import laws
import numpy as np
import pytest
from tiny_worlds import MIDDLE

from alliance_abm import AllianceModel, events, load_scenario
from alliance_abm.layout import IN_ORDER_BOOK
from alliance_abm.problems import ConfigError
from alliance_abm.state import ledger

LOSS = {"kind": "supplier_loss", "supplier": "FRA", "start": "2012Q1", "end": "2013Q4"}
START, END = 8, 16  # first quarter of the loss, and first after it


def world(tiny, *added: dict[str, Any]) -> AllianceModel:
    """Ten nations and three domains under some events alone."""
    return AllianceModel(tiny.with_set({**MIDDLE, "events": list(added)}), rng=1)


def to(model: AllianceModel, quarter: int) -> AllianceModel:
    """Step until a quarter has begun."""
    while model.state.quarter < quarter:
        model.step()
    return model


def struck(tiny, quarter: int, *added: dict[str, Any]) -> AllianceModel:
    """The world of 2010Q1 as events of some quarter leave it; nothing else has happened."""
    model = world(tiny, *added)
    model.state.quarter = quarter
    events.strike(model.state, model.world, model.script)
    return model


# --- a supplier is lost ------------------------------------------------------------------------


def test_nobody_gets_anything_from_a_lost_supplier_and_it_serves_itself(tiny):
    """While it is lost no unit of it crosses a border and nobody orders from it; its own orders go
    on, and after the loss so do the others."""
    model = laws.watched_run(world(tiny, LOSS))
    fra = model.world.nation_index("FRA")
    given = model.state.flow_pair[:, :, fra]
    abroad = np.delete(given, fra, axis=1).sum(axis=1)
    assert (abroad[START:END] == 0.0).all() and abroad[START - 1] > 0.0
    assert abroad[END : END + 4].sum() > 0.0 and given[START:END, fra].sum() > 0.0
    rows = ledger(model.state)
    sold = rows[(rows["supplier"] == fra) & (rows["buyer"] != fra) & (rows["initial"] == 0)]
    during = (sold["awarded"] >= START) & (sold["awarded"] < END)
    assert not during.any() and (sold["awarded"] >= END).any()


def test_stock_without_support_wears_out_sooner(tiny):
    """After two years abroad there is less of what the lost supplier made, and the less the more
    support counts; its own stock is as large as before."""
    held = {}
    for rate in (0.0, 0.6):
        model = world(tiny, LOSS)
        model.state.par["sustainment_loss_per_year"] = rate
        held[rate] = to(model, START + 1).state.stock
    fra = model.world.nation_index("FRA")
    others = np.arange(len(model.world.nations)) != fra
    had = held[0.0][others][:, :, fra]
    ratio = held[0.6][others][:, :, fra][had > 0.0] / had[had > 0.0]
    np.testing.assert_allclose(ratio, 0.85)
    assert (held[0.6][fra, :, fra] >= 0.85 * held[0.0][fra, :, fra]).all()
    usa = model.world.usa
    assert (held[0.6][usa, :, usa] > 0.85 * held[0.0][usa, :, usa]).all()


def test_parts_of_a_lost_supplier_stop_the_lines_of_others(tiny):
    """Lines with parts from there make less; those without make as much."""
    model = to(world(tiny, LOSS), START + 1)
    fra = model.world.nation_index("FRA")
    state = model.state
    uses = ((state.content_origin == fra) & (state.content_reach > 0.0)).any(axis=1)
    uses &= state.lines["disrupted_until"] <= START
    assert uses.any() and (state.lines["input_factor"][uses] < 1.0).all()


# --- parts are lost ----------------------------------------------------------------------------


def held_back(tiny, **event: Any) -> np.ndarray:
    model = struck(tiny, 8, {"kind": "component_loss", "start": "2012Q1", **event})
    return model.state.content_held


def test_parts_lost_add_up_over_classes(tiny):
    """The parts of the three classes make up all parts of an origin; others are not touched."""
    every = held_back(tiny, origin="USA")
    origins = world(tiny).state.content_origin
    usa = world(tiny).world.usa
    np.testing.assert_allclose(every[origins == usa], 1.0)
    assert (every[origins != usa] == 0.0).all()
    classes = ("engine", "electronics", "energetics")
    parts = [held_back(tiny, origin="USA", classes=[name]) for name in classes]
    np.testing.assert_allclose(sum(parts), every, atol=1e-12)
    assert all((part > 0.0).any() and (part < 1.0).any() for part in parts)
    np.testing.assert_array_equal(held_back(tiny, origin="USA", share=0.25), 0.25 * every)


def test_parts_lost_hold_output_back_until_they_return(tiny):
    """Lines that need U.S. engines make less for a year; who sells the product does not matter."""
    event = {"kind": "component_loss", "origin": "USA", "classes": ["engine"], "start": "2012Q1"}
    model = to(world(tiny, {**event, "end": "2012Q4"}), 9)
    needs = (model.state.content_held * model.state.content_reach).max(axis=1) > 0.0
    calm = model.state.lines["disrupted_until"] <= 8
    assert (model.state.lines["input_factor"][needs & calm] < 1.0).all()
    assert (model.state.lines["input_factor"][~needs & calm] == 1.0).all()
    assert (needs & calm).any() and (~needs & calm).any()
    to(model, 13)
    assert (model.state.content_held == 0.0).all()


# --- austerity ---------------------------------------------------------------------------------


def test_austerity_cuts_the_budgets_of_those_it_names(tiny):
    """Spending and equipment money fall by the cut in its years, by half of it in a year of two
    quarters, and come back; those not named are paid as before and no money is lost."""
    cut = {"kind": "austerity", "spenders": ["KOR"], "regions": ["europe"], "cut": 0.4,
           "start": "2012Q1", "end": "2013Q2"}  # fmt: skip
    plain, model = world(tiny), laws.watched_run(world(tiny, cut))
    plain.run()
    names = model.world.nations
    hit = np.isin(names, ["KOR", "FRA", "POL", "SWE", "UKR", "RUS", "TUR"])
    hit &= np.isin(names, ["KOR"]) | (model.world.region == model.world.regions.index("europe"))
    paid = {}
    for run in (plain, model):
        fresh = AllianceModel(run.scenario, rng=1)
        paid[run] = []
        for year in range(2011, 2015):
            to(fresh, (year - 2010) * 4 + 1)
            n = fresh.state.nations
            paid[run].append(np.stack([n["burden_paid"], n["income"]]))
    ratio = np.array(paid[model]) / np.where(np.array(paid[plain]) > 0.0, paid[plain], 1.0)
    expected = (1.0, 0.6, 0.8, 1.0)
    for year, share in enumerate(expected):
        np.testing.assert_allclose(ratio[year][:, hit], share)
        rest = ~hit & (plain.state.nations["income"] > 0.0)
        np.testing.assert_allclose(ratio[year][1, rest], 1.0)
    assert hit.sum() >= 4 and (~hit).sum() >= 3


def test_cuts_of_one_nation_multiply(tiny):
    """A cut of half beside a cut of a fifth leaves two fifths."""
    half = {"kind": "austerity", "spenders": ["POL"], "cut": 0.5, "start": "2012Q1"}
    model = world(tiny, half, {**half, "cut": 0.2, "end": "2012Q4"})
    pol = model.world.nation_index("POL")
    np.testing.assert_allclose(model.script.cuts[1:4, pol], [0.0, 0.6, 0.5])


# --- costs and demand --------------------------------------------------------------------------


def test_unit_cost_jumps_with_a_shock_and_comes_down_as_it_fades(tiny):
    """French aircraft cost 40 % more at once; what holds them up has halved after two years; other
    lines cost the same."""
    shock = {"kind": "cost_shock", "size": 0.4, "suppliers": ["FRA"],
             "domains": ["combat_aviation"], "start": "2012Q1", "half_life_years": 2}  # fmt: skip
    before, after = struck(tiny, 8), struck(tiny, 8, shock)
    ratio = after.state.lines["unit_cost"] / before.state.lines["unit_cost"]
    line = after.state.cells["line"][after.world.nation_index("FRA"), 0]
    assert ratio[line] == pytest.approx(1.4) and (np.delete(ratio, line) == 1.0).all()
    assert after.state.lines["cost_shock"][line] == 0.4
    later = struck(tiny, 16, shock).state.lines
    assert later["cost_shock"][line] == pytest.approx(0.2)
    assert later["unit_cost"][line] == before.state.lines["unit_cost"][line]
    costs = {}
    for name, added in (("calm", ()), ("shock", (shock,))):
        model = world(tiny, *added)
        costs[name] = [to(model, quarter).state.lines["unit_cost"][line] for quarter in (8, 12, 31)]
    first, second, last = np.array(costs["shock"]) / costs["calm"]
    assert first == 1.0 and 1.2 < second < 1.45 and last < 1.25


def test_a_shock_of_costs_without_names_hits_every_line(tiny):
    """All suppliers and domains are meant when none is named."""
    lines = struck(tiny, 8, {"kind": "cost_shock", "size": 0.1, "start": "2012Q1"}).state.lines
    assert (lines["cost_shock"] == 0.1).all()


def test_demand_surges_where_and_while_it_is_said(tiny):
    """Targets double in the domain for the time of the surge, in one region or worldwide."""
    surge = {"kind": "demand_surge", "domains": {"land": 1.0}, "start": "2012Q1", "end": "2013Q4"}
    land, usa = MIDDLE["world.domains"].index("land"), 0
    plain, model = to(world(tiny), 9), to(world(tiny, surge), 9)
    ratio = model.state.cells["target"] / plain.state.cells["target"]
    np.testing.assert_allclose(ratio[:, land], 2.0)
    assert (np.delete(ratio, land, axis=1) == 1.0).all()
    local = struck(tiny, 8, {**surge, "regions": ["europe"]}).state.cells["surge"][:, land]
    assert local[usa] == 0.0 and local[model.world.nation_index("FRA")] == 1.0
    assert (to(model, 17).state.cells["surge"] == 0.0).all()


def test_a_surge_fills_the_order_books(tiny):
    """Half as much again wanted everywhere means more in the books after three years."""
    surge = {"kind": "demand_surge", "start": "2012Q1",
             "domains": dict.fromkeys(MIDDLE["world.domains"], 0.5)}  # fmt: skip
    volumes = []
    for added in ((), (surge,)):
        rows = ledger(to(world(tiny, *added), 20).state)
        rows = rows[rows["status"] == IN_ORDER_BOOK]
        volumes.append(float((rows["volume"] - rows["delivered"]).sum()))
    assert volumes[1] > 1.1 * volumes[0]


# --- what cannot act, and what is refused ------------------------------------------------------

INERT = {
    "loss after the end": {**LOSS, "start": "2021Q1", "end": None},
    "no share of parts": {"kind": "component_loss", "origin": "USA", "share": 0.0,
                          "start": "2012Q1"},
    "cut of nothing": {"kind": "austerity", "spenders": ["FRA"], "cut": 0.0, "start": "2012Q1"},
    "shock of size 0": {"kind": "cost_shock", "size": 0.0, "start": "2012Q1",
                        "half_life_years": 1},
    "surge of nothing": {"kind": "demand_surge", "domains": {"fires_munitions": 0.0},
                         "start": "2012Q1"},
}  # fmt: skip


@pytest.mark.parametrize("name", INERT)
def test_an_event_that_cannot_act_changes_exactly_nothing(tiny, tiny_run, name):
    """Without size or time it moves no bit, beside the scripted suspension."""
    scenario = tiny.with_set({"events": [*tiny.resolved()["events"], INERT[name]]})
    assert laws.differences(AllianceModel(scenario, rng=1).run().state, tiny_run.state) == []


WRONG = {
    "a supplier outside the world": (
        {**LOSS, "supplier": "GBR"}, "events[0].supplier: 'GBR' is not in world.nations"),
    "an unknown class": (
        {"kind": "component_loss", "origin": "FRA", "classes": ["engines"], "start": "2012Q1"},
        "'engines' is not a component class"),
    "an origin outside the world": (
        {"kind": "component_loss", "origin": "GBR", "start": "2012Q1"},
        "events[0].origin: 'GBR' is not in world.nations"),
    "nobody to save": (
        {"kind": "austerity", "cut": 0.1, "start": "2012Q1"},
        "neither spenders nor regions are named"),
    "a cut above all": (
        {"kind": "austerity", "spenders": ["FRA"], "cut": 1.5, "start": "2012Q1"},
        "1.5 is out of range"),
    "an unknown region": (
        {"kind": "austerity", "regions": ["asia"], "cut": 0.1, "start": "2012Q1"},
        "'asia' is not a region"),
    "a domain outside the world": (
        {"kind": "cost_shock", "size": 0.1, "domains": ["naval"], "start": "2012Q1"},
        "'naval' is not in world.domains"),
    "a cost that falls": (
        {"kind": "cost_shock", "size": -0.1, "start": "2012Q1"}, "-0.1 is out of range"),
    "demand of no domain": (
        {"kind": "demand_surge", "domains": {"sea": 0.5}, "start": "2012Q1"},
        "'sea' is not a domain"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_event_is_refused_in_words(name):
    """The message names the field, the value and what is allowed."""
    event, words = WRONG[name]
    with pytest.raises(ConfigError) as error:
        load_scenario("tiny", {"events": [event]})
    assert words in str(error.value)
    assert "is not a list" not in str(error.value) and "tuple" not in str(error.value)
