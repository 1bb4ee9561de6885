"""The order in which a scenario lists its nations is irrelevant."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from tiny_worlds import MIDDLE

from alliance_abm import AllianceModel, load_scenario
from alliance_abm.datafiles import nation_names
from alliance_abm.scenario import Scenario
from alliance_abm.state import ledger

WHO = ("buyer", "supplier")
WHOLE_NUMBERS = (
    "domain", "route", "status", "address", "tied", "initial", "requested", "awarded",
    "contracted", "first_delivery", "completed", "request_day", "arrived_day", "part", "lost_by",
)  # fmt: skip
NEAR = {"rtol": 1e-9, "atol": 1e-6}


def run(scenario: Scenario) -> AllianceModel:
    return AllianceModel(scenario, rng=1).run()


@pytest.fixture(scope="module")
def middle(tiny) -> AllianceModel:
    """A finished run of ten nations with events of five kinds: look at it, do not step it."""
    return run(tiny.with_set(MIDDLE))


def ordered_ledger(model: AllianceModel, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers and volumes of all orders, with nations numbered as in `names`, sorted."""
    rows = ledger(model.state)
    number = np.array([names.index(name) for name in model.world.nations])
    columns = [number[rows[name]] for name in WHO] + [rows[name] for name in WHOLE_NUMBERS]
    table = np.column_stack(columns).astype(np.int64)
    place = np.lexsort(table.T[::-1])
    values = np.column_stack([rows["volume"], rows["price"], rows["delivered"]])
    return table[place], values[place]


def assert_near(one: np.ndarray, other: np.ndarray, spared: tuple[str, ...] = ()) -> None:
    """Every field of two record arrays agrees but for rounding."""
    for name in one.dtype.names or ():
        if name not in spared:
            np.testing.assert_allclose(one[name], other[name], err_msg=name, **NEAR)


def assert_same_by_nation(one: AllianceModel, other: AllianceModel) -> None:
    """Two runs agree nation by nation, order by order; sums may round differently."""
    names = list(one.world.nations)
    place = np.array([other.world.nations.index(name) for name in names])
    table, values = ordered_ledger(one, names)
    table_other, values_other = ordered_ledger(other, names)
    np.testing.assert_array_equal(table, table_other)
    np.testing.assert_allclose(values, values_other, **NEAR)
    first, second = one.state, other.state
    assert_near(first.nations, second.nations[place])
    assert_near(first.cells, second.cells[place], spared=("line", "programme"))
    under_way = [state.cells["programme"] >= 0 for state in (first, second)]
    np.testing.assert_array_equal(under_way[0], under_way[1][place])
    assert_near(first.pairs, second.pairs[np.ix_(place, place)])
    assert_same_lines(one, other)
    flows = second.flow_pair[:, place][:, :, place]
    np.testing.assert_allclose(first.flow_pair, flows, rtol=1e-5, atol=1e-5)


def assert_same_lines(one: AllianceModel, other: AllianceModel) -> None:
    """Lines of the same owner and domain agree."""
    names = list(one.world.nations)
    number = np.array([names.index(name) for name in other.world.nations])
    mine, theirs = one.state.lines, other.state.lines
    place = np.lexsort((theirs["domain"], number[theirs["owner"]]))
    order = np.lexsort((mine["domain"], mine["owner"]))
    assert_near(mine[order], theirs[place], spared=("owner", "location"))


@pytest.mark.parametrize("nations", list(permutations(["USA", "FRA", "POL"])))
def test_the_order_of_three_nations_is_irrelevant(tiny, tiny_run, nations):
    """Listing the nations of the tiny world in any order gives every nation the same run."""
    assert_same_by_nation(tiny_run, run(tiny.with_set({"world.nations": list(nations)})))


@pytest.mark.parametrize("turn", [3, -1])
def test_the_order_of_ten_nations_is_irrelevant(tiny, middle, turn):
    """The same in a world of ten nations with events: the same awards, the same figures."""
    nations = MIDDLE["world.nations"]
    other = nations[::-1] if turn < 0 else nations[turn:] + nations[:turn]
    assert len(ledger(middle.state)) > 300
    assert_same_by_nation(middle, run(tiny.with_set({**MIDDLE, "world.nations": other})))


@pytest.mark.slow
def test_the_order_of_all_nations_is_irrelevant():
    """The whole world backwards, to 2045: the same awards, the same figures."""
    scenario = load_scenario("baseline")
    backwards = scenario.with_set({"world.nations": list(nation_names())[::-1]})
    assert_same_by_nation(run(scenario), run(backwards))
