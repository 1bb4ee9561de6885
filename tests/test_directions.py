"""Limits that are known, and the direction in which causes must push."""

from __future__ import annotations

import laws
import numpy as np
import pytest
from runs import new_orders, run, step_to

from alliance_abm import AllianceModel, beliefs
from alliance_abm.capacity import adapt_lines
from alliance_abm.layout import (
    CANCELLED,
    COLD,
    DEVELOP,
    DOMESTIC,
    IN_ADMINISTRATION,
    IN_ORDER_BOOK,
)
from alliance_abm.quotes import quote_lines
from alliance_abm.release import believed
from alliance_abm.scenario import Scenario
from alliance_abm.state import State, ledger

SEEDS = range(1, 9)


@pytest.fixture(scope="module")
def calm(tiny) -> Scenario:
    """The tiny world without its event."""
    return tiny.with_set({"events": []})


# Learning


def lines_that_have_doubled(model: AllianceModel) -> State:
    """All lines at planned output with twice the experience of the start, nothing forgotten."""
    state = model.snapshot()
    state.par["experience_decay_per_year"] = 0.0
    state.par["unit_cost_adjustment"] = 1.0
    lines = state.lines
    rate = state.par["planned_utilisation"][0]
    for pool in ("home", "export"):
        lines[f"output_{pool}"] = rate * lines[f"capacity_{pool}"]
    lines["experience"] = 2.0 * lines["experience_start"]
    lines["experience"] -= lines["output_home"] + lines["output_export"]
    return state


def test_doubled_experience_costs_the_progress_ratio(calm):
    """Without forgetting, at planned output, twice the experience multiplies unit cost by the
    progress ratio of the domain (Wright, 1936)."""
    state = lines_that_have_doubled(AllianceModel(calm, rng=1))
    ratio = state.dom["progress_ratio"][state.lines["domain"]]
    adapt_lines(state)
    np.testing.assert_allclose(state.lines["unit_cost"], ratio, rtol=1e-12)


def test_slow_lines_cost_more_and_forget(calm):
    """At half the planned output unit cost is higher, and a line that stands still forgets."""
    model = AllianceModel(calm, rng=1)
    planned, slow, still = (lines_that_have_doubled(model) for _ in range(3))
    for state, pace in ((slow, 0.5), (still, 0.0)):
        for pool in ("home", "export"):
            lost = (1.0 - pace) * state.lines[f"output_{pool}"]
            state.lines["experience"] += lost
            state.lines[f"output_{pool}"] -= lost
    still.par["experience_decay_per_year"] = 0.2
    before = still.lines["experience"].copy()
    for state in (planned, slow, still):
        adapt_lines(state)
    assert (slow.lines["unit_cost"] > planned.lines["unit_cost"]).all()
    assert (still.lines["unit_cost"] > slow.lines["unit_cost"]).all()
    assert (still.lines["experience"] < before).all()


def test_a_line_without_orders_goes_cold_and_quotes_its_restart(calm):
    """When nobody asks any more every line goes cold after the quarters stated; it then quotes the
    time and the price of a restart."""
    model = AllianceModel(calm.with_set({"horizon.end": "2029Q4"}), rng=1)
    model.state.cells["next_lot"] = 0.0
    p = model.state.par[0]
    while np.isin(ledger(model.state)["status"], (IN_ADMINISTRATION, IN_ORDER_BOOK)).any():
        model.step()
    lines, last = model.state.lines, model.state.quarter
    step_to(model, last + int(p["cold_after_quarters"]) - 2)
    assert (lines["status"] != COLD).any()
    step_to(model, last + int(p["cold_after_quarters"]) + 1)
    assert (lines["status"] == COLD).all()
    quote_lines(model.state)
    asked = lines["unit_cost"] * (1.0 + p["mark_up"]) * (1.0 + p["restart_premium"])
    np.testing.assert_allclose(lines["price"], asked)
    lead = lines["build_quarters"] + p["restart_quarters"] + p["delivery_spread_quarters"] / 2
    np.testing.assert_allclose(lines["lead_home"], lead)


# Autarky, denial


def test_where_imports_are_not_permitted_nations_build_or_wait(calm):
    """Without permitted origins every award goes to the nation's own line, as it stands or with a
    product developed for it, and deliveries from abroad are those of the orders standing at the
    start."""
    model = AllianceModel(calm, rng=1)
    old = ledger(model.state).copy()
    model.state.pairs["permitted"] = 0
    model.run()
    rows, state = new_orders(model.state), model.state
    assert np.isin(rows["route"], (DOMESTIC, DEVELOP)).all() and len(rows) > 5
    abroad = state.flow_pair.sum(axis=0).astype(float)
    np.fill_diagonal(abroad, 0.0)
    delivered = ledger(state)["delivered"][: len(old)] - old["delivered"]
    standing = delivered[old["buyer"] != old["supplier"]].sum()
    assert abroad.sum() == pytest.approx(standing, rel=1e-5) and standing > 0.0


def test_where_release_is_always_refused_nothing_arrives_from_abroad(calm):
    """Refused orders are cancelled and paid back; buyers come to believe it and stop asking."""
    model = AllianceModel(calm, rng=1)
    start = AllianceModel(calm, rng=1).state.pairs
    model.state.pairs["release_policy"] = 0.0
    model.run()
    rows = new_orders(model.state)
    abroad = rows[rows["supplier"] != rows["buyer"]]
    assert len(abroad) > 3
    assert np.isin(abroad["status"], (CANCELLED, IN_ADMINISTRATION)).all()
    assert (abroad["delivered"] == 0.0).all()
    for b, s in {(row["buyer"], row["supplier"]) for row in abroad[abroad["status"] == CANCELLED]}:
        assert believed(model.state.pairs, b, s) < believed(start, b, s)
    laws.check_state(model.state)


# Directions


def with_suspension(calm: Scenario, share: float) -> Scenario:
    event = {"kind": "suspension", "supplier": "USA", "buyer": "POL", "share": share,
             "start": "2011Q1", "end": "2014Q4"}  # fmt: skip
    return calm.with_set({"events": [event]})


@pytest.mark.parametrize("seed", SEEDS)
def test_a_suspension_lowers_belief_in_release_and_the_share_of_that_supplier(calm, seed):
    """After four years of suspension Poland believes less in American release than it would have,
    and is less likely to buy there; its ally France believes less too, though not as much less."""
    free, held = (run(with_suspension(calm, share), seed, 20) for share in (0.0, 1.0))
    pol, usa, fra = (free.world.nation_index(name) for name in ("POL", "USA", "FRA"))
    lost, heard = (
        believed(free.state.pairs, b, usa) - believed(held.state.pairs, b, usa) for b in (pol, fra)
    )
    assert lost > heard > 0.02
    asked = [laws.share_of(model, "POL", "USA", "combat_aviation") for model in (free, held)]
    assert asked[1] < asked[0]
    delivered = [model.state.flow_pair[4:20, pol, usa].sum() for model in (free, held)]
    assert delivered[1] == 0.0 < delivered[0]


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_without_spill_over_a_suspension_is_felt_by_its_buyer_alone(calm, seed):
    """Where nations learn from themselves alone, France believes in American release as it would
    have without Poland's suspension."""
    alone = calm.with_set({"beliefs.spill_over_weight": 0.0})
    free, held = (run(with_suspension(alone, share), seed, 20) for share in (0.0, 1.0))
    fra, usa = free.world.nation_index("FRA"), free.world.usa
    untouched = [believed(model.state.pairs, fra, usa) for model in (free, held)]
    assert untouched[1] == pytest.approx(untouched[0], abs=0.05)


def test_a_quarter_of_suspension_is_felt_by_its_buyer_alone(calm):
    """Deliveries withheld for a quarter, with no case decided and no word of it to others, lower
    the buyer's belief in that supplier and no other belief."""
    model = AllianceModel(calm.with_set({"beliefs.spill_over_weight": 0.0}), rng=1)
    state, pol, usa = model.state, model.world.nation_index("POL"), model.world.usa
    off = [(b, s) for b, s in np.ndindex(state.pairs.shape) if b != s]
    before = {pair: believed(state.pairs, *pair) for pair in off}
    state.pairs["suspended"][pol, usa] = 1.0
    beliefs.update(state, model.outside)
    for pair in off:
        now = believed(state.pairs, *pair)
        assert (now < before[pair] - 0.01) if pair == (pol, usa) else now == before[pair]


def test_a_half_suspension_costs_less_belief_than_a_whole_one(calm):
    """Belief in release falls with the share withheld."""
    models = [run(with_suspension(calm, share), 1, 20) for share in (0.0, 0.5, 1.0)]
    pol, usa = models[0].world.nation_index("POL"), models[0].world.usa
    beliefs = [believed(model.state.pairs, pol, usa) for model in models]
    assert beliefs[0] > beliefs[1] > beliefs[2]


def first_years(calm: Scenario, event: dict | None) -> AllianceModel:
    """The tiny world to the end of 2013, with one event or none."""
    return run(calm.with_set({"events": [event] if event else []}), 1, 16)


def delivered_to(model: AllianceModel, buyer: str, supplier: str) -> float:
    """Volume delivered from 2011 on."""
    pair = model.world.nation_index(buyer), model.world.nation_index(supplier)
    return float(model.state.flow_pair[(slice(4, 16), *pair)].sum())


def test_diverted_capacity_slows_exports(calm):
    """While a supplier turns its export capacity to its own war, its customers get less."""
    war = {"kind": "capacity_diversion", "supplier": "USA", "share": 0.9, "start": "2010Q3"}
    free, held = first_years(calm, None), first_years(calm, war)
    for buyer in ("POL", "ROW"):
        assert delivered_to(held, buyer, "USA") < delivered_to(free, buyer, "USA")
    lines = held.state.lines["owner"] == held.world.usa
    longer = held.state.lines["lead_export"] > free.state.lines["lead_export"]
    assert longer[lines].all()


def test_an_endorsed_recipient_is_served_before_others(calm):
    """Where capacity is short, the recipient that a supplier endorses gets more, others less."""
    short = calm.with_set({"industry.home_diversion_share": 0.0})
    war = {"kind": "capacity_diversion", "supplier": "USA", "share": 0.8, "start": "2010Q2"}
    endorsed = {"kind": "endorsed_recipient", "supplier": "USA", "buyer": "POL", "start": "2010Q2"}
    held = run(short.with_set({"events": [war]}), 1, 16)
    served = run(short.with_set({"events": [war, endorsed]}), 1, 16)
    assert delivered_to(served, "POL", "USA") > delivered_to(held, "POL", "USA")
    assert delivered_to(served, "ROW", "USA") < delivered_to(held, "ROW", "USA")


def test_threat_opens_requirements_and_raises_burdens(calm):
    """A surge of threat in a region makes its nations want more; after the record it raises the
    burden they aim at, and lowers that of the United States, whose allies spend more."""
    surge = {"kind": "threat_surge", "regions": ["europe"], "start": "2010Q2",
             "domains": {"combat_aviation": 0.5, "fires_munitions": 0.5}}  # fmt: skip
    long = calm.with_set({"horizon.end": "2029Q4"})
    asked = np.zeros(2)
    for seed in SEEDS:
        free, war = run(long, seed), run(long.with_set({"events": [surge]}), seed)
        pol, usa = free.world.nation_index("POL"), free.world.usa
        wanted = [model.state.cells["target"] for model in (free, war)]
        assert (wanted[1][pol] > wanted[0][pol]).all()
        assert (wanted[1][usa] < wanted[0][usa]).all()
        assert war.state.nations["burden"][pol] > free.state.nations["burden"][pol]
        for index, model in enumerate((free, war)):
            rows = new_orders(model.state)
            asked[index] += rows["volume"][rows["buyer"] == pol].sum()
    assert asked[1] > asked[0]


def probe(calm: Scenario, change) -> tuple[float, float]:
    """Poland's chance of buying American aircraft, before and after a change of the state."""
    model = run(calm, 1, 8)
    before = laws.share_of(model, "POL", "USA", "combat_aviation")
    change(model.state, model.world.nation_index("POL"), model.world.usa)
    return before, laws.share_of(model, "POL", "USA", "combat_aviation")


def more_habit(state: State, b: int, s: int) -> None:
    state.pairs["delivered"][b, s] *= 2.0
    state.nations["delivered"][b] = state.pairs["delivered"][b].sum()


def broken_promises(state: State, b: int, s: int) -> None:
    state.pairs["broken"][b, s] += 10.0


def kept_promises(state: State, b: int, s: int) -> None:
    state.pairs["kept"][b, s] += 10.0


def refusals(state: State, b: int, s: int) -> None:
    state.pairs["release_refused"][b, s] += 2.0


def lateness(state: State, b: int, s: int) -> None:
    state.pairs["slip"][b, s] = 12.0


def alignment(state: State, b: int, s: int) -> None:
    state.pairs["alignment"][b, s] = -0.5


def sanctions(state: State, b: int, s: int) -> None:
    state.pairs["sanctions_level"][b, s] = 0.9


def dearer_lines(state: State, b: int, s: int) -> None:
    state.lines["unit_cost"][state.lines["owner"] == s] *= 1.5


def longer_queues(state: State, b: int, s: int) -> None:
    state.desks["expected_days"] += 1000.0


def fuller_books(state: State, b: int, s: int) -> None:
    state.lines["backlog_export"][state.lines["owner"] == s] *= 4.0


def presence(state: State, b: int, s: int) -> None:
    state.cells["presence"][s] += 0.5


@pytest.mark.parametrize("change", [more_habit, kept_promises, presence])
def test_what_draws_a_buyer(calm, change):
    """Habit, kept promises and presence raise the chance that the supplier is chosen."""
    before, after = probe(calm, change)
    assert after > before


@pytest.mark.parametrize(
    "change",
    [broken_promises, refusals, lateness, alignment, sanctions, dearer_lines, longer_queues,
     fuller_books],
)  # fmt: skip
def test_what_repels_a_buyer(calm, change):
    """Broken promises, refusals, lateness, discord, risk, price and queues lower the chance."""
    before, after = probe(calm, change)
    assert after < before
