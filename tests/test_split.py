"""Split awards: who splits a requirement between two suppliers, and what it costs."""

from __future__ import annotations

import laws
import numpy as np
import pytest
from tiny_worlds import MIDDLE

from alliance_abm import AllianceModel
from alliance_abm.layout import COMPETITOR, FRIENDLY, LICENSED, N_ORDERS
from alliance_abm.scenario import Scenario
from alliance_abm.state import ledger

PURE = {"sovereignty": 0.0, "core": 0.0, "diversification": 1.0}
CORE = {"sovereignty": 0.3, "core": 0.7, "diversification": 0.0}
ALONE = (FRIENDLY, COMPETITOR)


def all_with(weights: dict[str, float]) -> dict[str, object]:
    """Ten nations of one strategy that stays as it is, in five domains."""
    strategies = {f"strategy.{name}": weights for name in MIDDLE["world.nations"]}
    domains = ["combat_aviation", "land", "naval", "fires_munitions", "air_missile_defence"]
    return {**MIDDLE, **strategies, "world.domains": domains, "events": [],
            "horizon.end": "2027Q4", "strategy.adjustment_share": 0.0}  # fmt: skip


@pytest.fixture(scope="module")
def spreading(tiny) -> Scenario:
    """Diversifiers for whom a second type costs little and many requirements are large."""
    return tiny.with_set({**all_with(PURE), "choice.split_lots": 1.0, "choice.split_cost": 0.02,
                          "choice.diversification_premium": 0.25})  # fmt: skip


class Watched:
    """A run with what was asked for and quoted at every award."""

    def __init__(self, scenario: Scenario) -> None:
        self.model = AllianceModel(scenario, rng=1)
        self.asked: list[float] = []  # volume of the requirement, by order
        self.quotes: list[float] = []  # price a unit that its line quoted to this buyer
        while self.model.running:
            self._step()
        new = ledger(self.model.state)["initial"] == 0
        self.rows = ledger(self.model.state)[new]
        self.split = self._split()

    def _step(self) -> None:
        state = self.model.state
        past, price = int(state.counts[N_ORDERS]), state.nations["price"].copy()
        margin = np.exp(state.cells["ln_margin"])
        margin[self.model.world.usa] *= 1.0 + state.par["us_integration_cost_share"][0]
        self.model.step()
        state = self.model.state
        for row in ledger(state)[past:]:
            self.asked.append(state.cells["volume"][row["buyer"], row["domain"]])
            quoted = price[row["buyer"]] * state.lines["price"][row["line"]]
            self.quotes.append(quoted * margin[row["buyer"], row["domain"]])

    def _split(self) -> np.ndarray:
        """Indices of the first and second orders of split awards, (n, 2)."""
        seconds = np.flatnonzero(self.rows["part"] == 1)
        return np.column_stack([seconds - 1, seconds])


@pytest.fixture(scope="module")
def run(spreading) -> Watched:
    """Such a run, watched: look at it."""
    return Watched(spreading)


def test_both_halves_are_of_one_requirement(run):
    """Two orders of one nation, domain and quarter, of equal volume, add up to what was asked;
    an award that is not split is the whole."""
    first, second = (run.rows[run.split[:, part]] for part in (0, 1))
    assert len(first) > 30
    for name in ("buyer", "domain", "awarded", "requested", "address", "volume", "tied"):
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)
    asked = np.array(run.asked)
    np.testing.assert_array_equal(first["volume"] + second["volume"], asked[run.split[:, 0]])
    whole = np.setdiff1d(np.arange(len(run.rows)), run.split)
    np.testing.assert_array_equal(run.rows["volume"][whole], asked[whole])
    place = np.column_stack([run.rows[name][whole] for name in ("buyer", "domain", "awarded")])
    assert len(np.unique(place, axis=0)) == len(whole)


def test_the_halves_go_to_two_suppliers_abroad(run):
    """Never twice to the same supplier, never to the own line, never with tied money."""
    first, second = (run.rows[run.split[:, part]] for part in (0, 1))
    assert (first["supplier"] != second["supplier"]).all()
    for half in (first, second):
        assert (half["supplier"] != half["buyer"]).all()
        assert ((half["route"] == LICENSED) | (half["route"] <= COMPETITOR)).all()
        assert (half["tied"] == 0).all()


def test_the_halves_have_draws_of_their_own(run):
    """Each goes its own way: another moment of request, another time in negotiation."""
    first, second = (run.rows[run.split[:, part]] for part in (0, 1))
    assert (first["tie"] != second["tie"]).all()
    alike = np.isin(first["route"], ALONE) & np.isin(second["route"], ALONE)
    alike &= (first["contracted"] >= 0) & (second["contracted"] >= 0)
    days = [half["arrived_day"] - half["request_day"] for half in (first[alike], second[alike])]
    assert len(days[0]) > 3
    assert (days[0] != days[1]).mean() > 0.8


def test_a_split_award_is_dearer(run):
    """Each half is quoted at the price of its line, with the mark-up that bidders leave and what
    the United States pays for integration, and the cost of splitting above it; a whole order
    without that."""
    cost = run.model.scenario.parameters["choice.split_cost"]
    direct = np.isin(run.rows["route"], ALONE)
    dearer = run.rows["price_quoted"] / np.array(run.quotes)
    halves = np.isin(np.arange(len(run.rows)), run.split)
    assert (halves & direct).sum() > 10
    np.testing.assert_allclose(dearer[halves & direct], 1.0 + cost, rtol=1e-9)
    np.testing.assert_allclose(dearer[~halves & direct], 1.0, rtol=1e-9)


def test_only_large_requirements_are_split(run):
    """What is split is as large as the stated number of mean lots, and not all that is."""
    cells, lots = run.model.state.cells, run.model.scenario.parameters["choice.split_lots"]
    large = np.array(run.asked) >= lots * cells["mean_lot"][run.rows["buyer"], run.rows["domain"]]
    assert large[run.split].all()
    assert not large.all()
    whole = np.setdiff1d(np.flatnonzero(large), run.split)
    assert len(whole) > 5


def test_laws_hold_where_many_awards_are_split(spreading):
    """Money, orders and units are conserved, every quarter."""
    model = laws.watched_run(AllianceModel(spreading.with_set({"horizon.end": "2013Q4"}), rng=2))
    assert (ledger(model.state)["part"] == 1).sum() > 5


@pytest.mark.parametrize(
    "setting", [all_with(CORE), {"choice.strategy_share": 0.0}, {"controls": ["strategy_blind"]}]
)
def test_who_is_no_diversifier_never_splits(spreading, setting):
    """Without a weight of diversification, or where strategy counts for nothing, no award is
    split, at whatever cost and size."""
    cheap = {"choice.split_cost": 0.01, "choice.split_lots": 1.0}
    model = AllianceModel(spreading.with_set({**setting, **cheap}), rng=1)
    model.state.nations["diversification"][model.world.row] = 0.0  # no scenario states it
    rows = ledger(model.run().state)
    assert len(rows) > 300
    assert (rows["part"] == 0).all()


def test_the_dearer_a_second_type_the_fewer_awards_are_split(spreading, run):
    """At seven times the cost of splitting fewer awards are split, yet some are."""
    dear = Watched(spreading.with_set({"choice.split_cost": 0.15}))
    assert 0 < len(dear.split) < 0.7 * len(run.split)
