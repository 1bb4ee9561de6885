"""Resilience: forks repeat the future, and a removal takes away what it says and no more."""

from __future__ import annotations

import json

import laws
import matplotlib
import numpy as np
import pandas as pd
import pytest
from figure_texts import beyond_the_edge, collisions
from runs import step_to
from typer.testing import CliRunner

from alliance_abm import AllianceModel, load_scenario
from alliance_abm.cli import app
from alliance_abm.layout import N_BOOK, PARTS, PRODUCTS
from alliance_abm.removal import take_out
from alliance_abm.resilience import (
    CONTENT,
    DATE,
    NOMINAL,
    ORIGIN,
    SUPPLIER,
    YEAR,
    Removal,
    largest_origin,
    n1,
    n1_us,
    remove,
    resilience_frame,
    summary,
)
from alliance_abm.state import BY_ROW, RECORD, State, ledger
from experiments.resilience import removals_of, run_removals
from viz import charts
from viz.theme import RC

AT = 16
CLIENT = {  # Thailand makes little and sells nothing
    "world.nations": ["USA", "POL", "FRA", "THA"],
    "horizon.end": "2017Q4",
    "events": [],
    "supply_chain.disruption_hazard": 0,
}


@pytest.fixture(scope="module")
def model() -> AllianceModel:
    """A small world of four nations after four years; look at it, do not step it. In it no hidden
    source fails."""
    return step_to(AllianceModel(load_scenario("tiny").with_set(CLIENT), rng=1), AT)


@pytest.fixture(scope="module")
def whole() -> AllianceModel:
    """The whole world to the end of 2037."""
    return AllianceModel(load_scenario("baseline", {"horizon.end": "2037Q4"}), rng=1).run()


def without(model: AllianceModel, name: str, bits: int, quarters: int) -> State:
    """The state some quarters after a removal."""
    state = model.snapshot()
    take_out(state, model.world.nation_index(name), bits)
    return model.ahead(state, quarters)


def test_a_fork_goes_on_as_its_parent_does(model):
    """A fork has agents of its own, ends in the very state of the run, and moves it not a bit."""
    before, fork = model.snapshot(), model.fork()
    assert fork.nation("POL") is not model.nation("POL")
    assert fork.nation("POL").model is fork and fork.state.quarter == fork.steps == AT
    fork.run()
    assert laws.differences(model.state, before) == []
    assert laws.differences(fork.state, model.fork().run().state) == []
    whole_run = AllianceModel(model.scenario, rng=1).run()
    assert laws.differences(fork.state, whole_run.state) == []


def test_a_state_stepped_ahead_is_the_future_of_the_run(model):
    """Stepping a copy gives what a fork gives; what grows from a bare copy does, without past."""
    before = model.snapshot()
    future = step_to(model.fork(), AT + 8).state
    assert laws.differences(model.ahead(model.snapshot(), 8), future) == []
    bare = model.state.bare_copy()
    grown = model.ahead(bare.grown(AT + 8), 8)
    numbered = {"news", "waiting", "cells", "counts"}  # by row of the ledger
    assert set(laws.differences(grown, future)) <= {*RECORD, *BY_ROW, *numbered}
    spared = [name for name in future.cells.dtype.names if name != "programme"]  # a row's number
    assert all(np.array_equal(grown.cells[name], future.cells[name]) for name in spared)
    assert np.array_equal(grown.nation_panel[AT:], future.nation_panel[AT : AT + 8])
    made = len(ledger(future)) - len(ledger(model.state))
    assert made > 0 and laws.same_bits(ledger(grown)[-made:], ledger(future)[-made:])
    assert laws.differences(model.state, before) == [] and model.state.quarter == AT


def test_removals_leave_the_run_as_it_is(model):
    """The run from which suppliers were removed goes on as if nobody had asked."""
    before = model.snapshot()
    resilience_frame(model, origins=["USA"], suppliers=["FRA"], quarters=6)
    remove(model, "USA")
    assert laws.differences(model.state, before) == []


def test_removing_nobody_changes_no_bit(model):
    """A removal of nothing (no bits), with all that then runs, ends in the same state."""
    state = model.snapshot()
    take_out(state, model.world.usa, 0)
    future = model.ahead(model.snapshot(), 10)
    found = model.ahead(state, 10)
    assert laws.differences(found, future) == ["office"]
    assert found.office["any_removed"][0] == 1


def test_without_a_supplier_that_nobody_buys_from_partners_keep_all(model):
    """Removing a nation that sells nothing and makes no parts moves no stock of the others."""
    state, row = model.state, model.world.nation_index("THA")
    lines = state.lines["owner"] == row
    assert not state.lines["sells_abroad"][lines].any()
    assert state.stock[:, :, row][np.arange(len(state.nations)) != row].sum() == 0.0
    found = remove(model, "THA", 4)
    others = model.world.is_buyer & (np.arange(len(state.nations)) != row)
    assert np.array_equal(found.without[:, others], found.with_it[:, others])


def test_without_the_united_states_partners_lose_capability(model):
    """More each quarter of the first year, more by content than by seller, less by parts alone."""
    buyers = model.world.is_buyer
    whole = remove(model, "USA", 8)
    parts = remove(model, "USA", 8, kind=ORIGIN)
    kept = whole.kept(buyers)
    assert (np.diff(kept[:YEAR]) < 0.0).all() and kept[0] < 1.0
    assert (parts.kept(buyers) > kept).all() and (parts.kept(buyers) < 1.0).all()
    frame = resilience_frame(model, ["USA"], quarters=8)
    assert frame["kept"][0] == kept[YEAR - 1] < frame["nominal"][0] < 1.0
    assert frame["holder"].tolist() == ["partners"]


def test_the_loss_adjusted_for_content_is_at_least_the_nominal_one(whole):
    """In the whole world, for every supplier that matters, both to the partners."""
    state = whole.kept
    at_date = AllianceModel(whole.scenario, rng=1)
    at_date.restore(state.grown(whole.scenario.horizon.quarters))
    frame = resilience_frame(at_date, ["USA", "RUS", "FRA", "DEU", "CHN", "GBR", "ISR"], quarters=4)
    theirs = frame[frame["holder"] == "partners"]
    assert (theirs["kept"] <= theirs["nominal"]).all()
    assert (theirs["kept"] < 1.0).all()
    assert theirs.set_index("entity")["kept"].idxmin() == "USA"


def test_nothing_comes_from_a_removed_supplier(model):
    """No delivery from it to others and no award; orders with it stay open; it serves itself."""
    usa, start = model.world.usa, len(ledger(model.state))
    after = without(model, "USA", PRODUCTS | PARTS, 8)
    theirs = np.arange(len(after.nations)) != usa
    assert after.flow_pair[AT : AT + 8, theirs, usa].sum() == 0.0
    assert after.flow_pair[AT : AT + 8, usa, usa].sum() > 0.0
    rows = ledger(after)
    assert not ((rows["supplier"] == usa) & (rows["buyer"] != usa))[start:].any()
    book = after.book[: after.counts[N_BOOK]]
    waiting = book[(rows["supplier"][book] == usa) & (rows["buyer"][book] != usa)]
    assert len(waiting) > 0 and (rows["delivered"][waiting] < rows["volume"][waiting]).all()
    assert (after.cells["given_up"] <= after.cells["on_order"] + 1e-6).all()
    assert after.cells["given_up"][theirs].sum() > 0.0
    assert after.cells["given_up"][usa].sum() == 0.0
    laws.check_state(after)


def test_lines_lack_the_parts_of_a_removed_origin(model):
    """A line that uses its parts gives what the reach of the others leaves; the origin's own do."""
    usa = model.world.usa
    after = without(model, "USA", PARTS, 1)
    lines, owner = after.lines, after.lines["owner"]
    reach = np.where(after.content_origin == usa, after.content_reach, 0.0).sum(axis=1)
    mine = (owner != usa) & (reach > 0.0)
    assert mine.any()
    assert lines["input_factor"][mine] == pytest.approx(1.0 - reach[mine])
    assert (lines["input_factor"][owner == usa] == 1.0).all()


def test_what_is_not_sustained_is_lost_at_the_stated_rate(model):
    """One quarter: of U.S. products the whole rate, of others their U.S. content's part of it."""
    rate = model.state.par["sustainment_loss_per_year"][0] / 4
    usa, pol, fra = (model.world.nation_index(name) for name in ("USA", "POL", "FRA"))
    d = 0
    plain = model.ahead(model.snapshot(), 1).stock[:, d]
    found = without(model, "USA", PARTS, 1).stock[:, d]
    after = model.snapshot()
    line = after.cells["line"][fra, d]
    share = after.content_share[line][after.content_origin[line] == usa].sum()
    assert share > 0.0
    delivered_less = plain[pol, fra] - found[pol, fra]
    held = after.stock[pol, d, fra]
    assert delivered_less >= rate * share * held * 0.9 > 0.0
    none = model.snapshot()
    none.par["sustainment_loss_per_year"] = 0.0
    take_out(none, usa, PRODUCTS)
    some = model.snapshot()
    take_out(some, usa, PRODUCTS)
    unused, lost = model.ahead(none, 1).stock[pol, d, usa], model.ahead(some, 1).stock[pol, d, usa]
    assert lost == pytest.approx(unused * (1.0 - rate)) and unused > 0.0


def test_partners_order_again_what_a_removed_supplier_will_not_deliver(model):
    """Without the United States the partners order more from others than with it."""
    usa, start = model.world.usa, len(ledger(model.state))

    def from_others(state: State) -> float:
        rows = ledger(state)[start:]
        mine = model.world.is_buyer[rows["buyer"]] & (rows["supplier"] != usa)
        return float(rows["volume"][mine].sum())

    usual = from_others(model.ahead(model.snapshot(), 12))
    assert from_others(without(model, "USA", PRODUCTS | PARTS, 12)) > usual


def test_a_curve_is_summed_up(model):
    """Kept after a year, trough and recovery of curves that recover, never fall, never recover."""
    assert summary(np.full(20, 0.99)) == {
        "kept": 0.99, "trough": 0.99, "trough_quarter": 1, "recovery": 0, "recovered": True,
    }  # fmt: skip
    falling = summary(np.linspace(0.94, 0.5, 20))
    assert falling["recovery"] == 20 and falling["recovered"] is False
    assert falling["trough_quarter"] == 20 and falling["trough"] == 0.5
    relapse = summary(np.array([0.9, 0.96, 0.9, 0.97, 0.98]))
    assert relapse["recovery"] == 3 and relapse["recovered"] is True
    two = Removal("X", SUPPLIER, np.array([[2.0, 2.0, 9.0]]), np.array([[1.0, 2.0, 0.0]]))
    assert two.kept(np.array([True, True, False])) == pytest.approx([0.75])


def test_outcomes_fork_where_the_run_passed_2035(whole):
    """The two outcomes are what a removal in 2035Q4 leaves after a year, and move nothing."""
    before = whole.snapshot()
    found, found_us = n1(whole, slice(0, 1)), n1_us(whole, slice(0, 1))
    assert laws.differences(whole.state, before) == []
    at_date = step_to(AllianceModel(whole.scenario, rng=1), DATE)
    by_hand = remove(at_date, "USA", YEAR).kept(whole.world.is_buyer)[-1]
    assert found == pytest.approx(by_hand, rel=1e-6) and 0.5 < found < 0.99
    origin = whole.world.nations[largest_origin(whole, at_date.state)]
    usa = np.arange(len(whole.world.nations)) == whole.world.usa
    assert found_us == pytest.approx(remove(at_date, origin, YEAR).kept(usa)[-1], rel=1e-6)
    assert found < found_us <= 1.0


def test_a_run_that_ends_before_has_no_such_outcome(tiny_run):
    """A year must follow 2035Q4; before, the outcomes are not known."""
    assert tiny_run.kept is None
    assert np.isnan(n1(tiny_run, slice(0, 1))) and np.isnan(n1_us(tiny_run, slice(0, 1)))


def test_the_frame_has_a_row_for_every_nation_and_holder(model):
    """Every nation is removed by default; partners and the United States are the holders."""
    frame = model.resilience(quarters=5)
    expected = [("USA", "partners")]
    expected += [(name, who) for name in ("POL", "FRA", "THA")
                 for who in ("partners", "united_states")]  # fmt: skip
    assert list(zip(frame["entity"], frame["holder"], strict=True)) == expected
    assert {"kept_1", "kept_5", "year_POL"} < set(frame) and "kept_6" not in frame
    assert frame.loc[frame["entity"] == "POL", "year_POL"].isna().all()
    with pytest.raises(ValueError, match="did you mean 'POL'"):
        resilience_frame(model, ["POLL"])
    with pytest.raises(ValueError, match="at least one quarter"):
        resilience_frame(AllianceModel(model.scenario, rng=1).run())


def test_what_counts_is_stated_for_both_ways(model):
    """By seller alone parts stay; by content both go."""
    from alliance_abm.resilience import BITS

    assert BITS[SUPPLIER, NOMINAL] == PRODUCTS and BITS[SUPPLIER, CONTENT] == PRODUCTS | PARTS
    assert BITS[ORIGIN, CONTENT] == PARTS


@pytest.fixture(scope="module")
def removed():
    """Two runs of the tiny world with removals in 2014."""
    scenario = load_scenario("tiny", {"replications": 2})
    return run_removals(scenario, removals_of(scenario, "2014Q1", ["FRA", "USA"], ["USA"], 12), 1)


def test_the_summary_is_over_runs(removed):
    """Medians and intervals of the runs, the least kept first; a column for what is hit most."""
    assert removed.failures == [] and removed.runs["replication"].nunique() == 2
    rows = [row for row in removed.rows if row["holder"] == "partners"]
    assert [(row["kind"], row["entity"]) for row in rows][-1] == ("origin", "USA")
    assert rows[0]["kept"] <= rows[1]["kept"]
    for row in rows:
        mine = removed.runs.query("kind == @row['kind'] and entity == @row['entity']")
        mine = mine[mine["holder"] == "partners"]["kept"]
        assert row["kept"] == pytest.approx(mine.median()) and row["n"] == 2
        assert row["kept_low"] <= row["kept"] <= row["kept_high"]
        assert row["worst"]


def test_the_figure_is_whole(removed):
    """No text of the figure lies over another or beyond the edge."""
    with matplotlib.rc_context(dict(RC)):
        figure = charts.resilience_curves(removed)
    assert collisions(figure) == [] and beyond_the_edge(figure) == []


def test_the_command_prints_and_writes(tmp_path, monkeypatch):
    """Tables on standard output, rows as JSON, and a folder with rows, runs and figure."""
    monkeypatch.chdir(tmp_path)
    words = ["resilience", "tiny", "--at", "2014Q1", "--replications", "2", "--jobs", "1"]
    done = CliRunner().invoke(app, [*words, "--supplier", "USA", "--out", "r"])
    assert done.exit_code == 0, done.stderr
    assert "USA" in done.stdout and "hit most" in done.stdout
    assert {path.name for path in (tmp_path / "r").rglob("*.*")} == {
        "manifest.json", "resilience.parquet", "resilience.csv", "resilience_runs.parquet",
        "resilience.png", "resilience.svg",
    }  # fmt: skip
    assert len(pd.read_parquet("r/resilience.parquet")) == 1
    done = CliRunner().invoke(app, [*words, "--origin", "USA", "--json", "--quiet"])
    answer = json.loads(done.stdout)
    assert answer["command"] == "resilience" and answer["rows"][0]["kind"] == "origin"
    assert {"kept", "kept_low", "kept_high", "trough", "recovery", "n"} < set(answer["rows"][0])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--at", "2014Q9"], "--at: '2014Q9' is not a quarter"),
        (["--at", "2044Q1"], "--at: 2044Q1 is too late for tiny; allowed: a quarter to"),
        (["--supplier", "PLO"], "--supplier: 'PLO' is not in tiny; allowed: USA, FRA, POL; did"),
        (["--origin", "XXX"], "--origin: 'XXX' is not in tiny; allowed"),
    ],
)
def test_mistakes_get_one_message(words, expected):
    """A wrong quarter or nation is named with what is allowed; exit code 2."""
    done = CliRunner().invoke(app, ["resilience", "tiny", *words])
    assert done.exit_code == 2 and expected in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
