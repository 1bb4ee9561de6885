"""Transfers from U.S. stock in a crisis."""

from __future__ import annotations

import laws
import numpy as np
import pytest
from tiny_worlds import MIDDLE

from alliance_abm import AllianceModel, surge
from alliance_abm.budgets import money_held


@pytest.fixture
def crisis(tiny) -> AllianceModel:
    """Poland and India lack aircraft under high threat, France under none; money is plenty."""
    model = AllianceModel(tiny.with_set(MIDDLE), rng=1)
    state = model.state
    state.par["own_stock_transfer_share"] = 0.2
    state.par["own_stock_floor"] = 0.3
    state.cells["threat"] = 0.0
    for name, threat in (("POL", 1.0), ("IND", 1.0), ("FRA", 0.5)):
        row = model.world.nation_index(name)
        state.cells["threat"][row, 0] = threat
        state.cells["target"][row, 0] = state.cells["stock"][row, 0] + 50.0
        state.nations["balance"][row] += 1e6
        state.nations["received"][row] += 1e6
    return model


def handed(model: AllianceModel) -> dict[str, float]:
    """Volume of aircraft that each nation got."""
    surge.transfer(model.state, model.outside)
    got = model.state.cells["transferred"][:, 0]
    return {name: float(got[i]) for i, name in enumerate(model.world.nations) if got[i]}


def test_an_ally_in_a_crisis_gets_what_it_lacks_and_pays(crisis):
    """Poland gets its gap from U.S. stock at the price of the day; nobody else gets anything."""
    before = crisis.snapshot()
    got = handed(crisis)
    state, pol, usa = crisis.state, crisis.world.nation_index("POL"), crisis.world.usa
    assert set(got) == {"POL", "USA"} and got["POL"] == pytest.approx(50.0)
    assert got["USA"] == -got["POL"]
    moved = state.stock - before.stock
    assert moved[pol, 0, usa] == pytest.approx(50.0) == pytest.approx(-moved[usa, 0, usa])
    np.testing.assert_allclose(state.stock.sum(axis=2), state.cells["stock"], rtol=1e-12)
    paid = state.nations["paid"] - before.nations["paid"]
    line = state.cells["line"][usa, 0]
    price = state.lines["price"][line] * state.nations["price"][pol]
    assert paid[pol] == pytest.approx(50.0 * price) == pytest.approx(-paid[usa])
    np.testing.assert_allclose(money_held(state), money_held(before), atol=1e-6)


@pytest.mark.parametrize(
    ("field", "value"), [("suspended", 1.0), ("alignment", -0.9)], ids=["suspended", "estranged"]
)
def test_who_is_suspended_or_estranged_gets_nothing(crisis, field, value):
    """The United States hands nothing to an ally that it cut off or that it fell out with."""
    crisis.state.pairs[field][crisis.world.nation_index("POL"), crisis.world.usa] = value
    assert handed(crisis) == {}


def test_in_a_crisis_of_its_own_the_united_states_keeps_all(crisis):
    """Under high threat to itself in the domain it hands nothing over."""
    crisis.state.cells["threat"][crisis.world.usa, 0] = 1.0
    assert handed(crisis) == {}


def test_stock_is_shared_in_proportion_and_a_floor_is_kept(crisis):
    """When partners lack more than a quarter's transfers, each gets the same part of its gap, and
    U.S. stock at its floor goes to nobody."""
    state, usa = crisis.state, crisis.world.usa
    state.nations["us_ally"][crisis.world.nation_index("IND")] = 1
    state.par["own_stock_transfer_share"] = 0.4
    ready = 0.1 * state.stock[usa, 0, usa]
    for name, gap in (("POL", 3.0 * ready), ("IND", ready)):
        row = crisis.world.nation_index(name)
        state.cells["target"][row, 0] = state.cells["stock"][row, 0] + gap
        state.nations["balance"][row] = 1e9
    got = handed(crisis)
    assert got["POL"] == pytest.approx(3.0 * got["IND"])
    assert got["POL"] + got["IND"] == pytest.approx(ready)
    state.par["own_stock_floor"] = 1.0
    state.cells["target"][usa, 0] = state.cells["stock"][usa, 0]
    assert handed(crisis) == got


def test_a_buyer_gets_no_more_than_it_can_pay(crisis):
    """Without money and income nothing is handed over."""
    pol = crisis.world.nation_index("POL")
    crisis.state.nations["balance"][pol] = crisis.state.nations["income"][pol] = 0.0
    assert handed(crisis) == {}


def test_transfers_keep_every_law(tiny):
    """A run in which much is transferred conserves units and money in every quarter."""
    events = [
        *MIDDLE["events"],
        {"kind": "threat_surge", "regions": ["europe"], "start": "2012Q1",
         "domains": {"combat_aviation": 1.0, "land": 1.0}},
    ]  # fmt: skip
    overrides = {"events": events, "surge.own_stock_transfer_share": 0.4}
    model = laws.watched_run(AllianceModel(tiny.with_set({**MIDDLE, **overrides}), rng=1))
    assert (model.state.cells["transferred"] > 0.0).any()
    assert model.state.nations["for_stock"][model.world.usa] < 0.0


def test_without_a_share_for_transfers_nothing_moves(tiny):
    """At share 0 threat and floor of transfers change not one bit."""
    one = AllianceModel(tiny.with_set(MIDDLE), rng=1).run()
    other = AllianceModel(tiny.with_set({**MIDDLE, "surge.own_stock_floor": 0.3}), rng=1).run()
    assert laws.differences(one.state, other.state, ("par",)) == []
