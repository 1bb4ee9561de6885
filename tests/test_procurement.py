"""Lost sales, national programmes and split awards agree with the ledger."""

from __future__ import annotations

import math

import numpy as np
import pytest

from alliance_abm import AllianceModel, load_scenario
from alliance_abm.causes import CAUSES
from alliance_abm.layout import DEVELOP
from alliance_abm.outcomes import OUTCOMES, measure_all, window
from alliance_abm.procurement import COMPARED, lost_by_quarter
from alliance_abm.state import ledger


@pytest.fixture(scope="module")
def model() -> AllianceModel:
    """A run of the whole world."""
    return AllianceModel(load_scenario("baseline"), rng=2).run()


@pytest.fixture(scope="module")
def found(model) -> dict[str, float]:
    return measure_all(model)


def awarded(model: AllianceModel, when: slice) -> np.ndarray:
    """Ledger rows that buyers awarded in the run and the window, without space."""
    rows = ledger(model.state)
    registered = model.state.cells["registered"][0] == 1
    mine = (rows["awarded"] >= when.start) & (rows["awarded"] < when.stop)
    mine &= (rows["initial"] == 0) & model.world.is_buyer[rows["buyer"]]
    return rows[mine & registered[rows["domain"]]]


def test_every_cause_of_the_record_has_a_name():
    """The codes of the causes are those of the record, each once."""
    assert [cause.id for cause in CAUSES] == list(COMPARED)


def test_lost_sales_are_those_of_the_ledger(model, found):
    """Shares by cause recounted from the orders; they add to one."""
    rows = awarded(model, window(model))
    lost = rows[rows["lost_by"] >= 0]
    for code, cause in enumerate(COMPARED):
        share = lost["volume"][lost["lost_by"] == code].sum() / lost["volume"].sum()
        assert found[f"lost_{cause}"] == pytest.approx(share, abs=1e-4)
    assert sum(found[f"lost_{cause}"] for cause in COMPARED) == pytest.approx(1.0)


def test_what_the_united_states_did_not_win_it_lost(model):
    """An order has a cause of loss exactly when another than the United States got it."""
    rows = awarded(model, slice(0, model.state.quarter))
    theirs = rows["supplier"] != model.world.usa
    assert ((rows["lost_by"] >= 0) == theirs).all()
    volume = model.state.flow_lost[:, : len(CAUSES)].sum(dtype=float)
    assert volume == pytest.approx(rows["volume"][theirs].sum(), rel=1e-4)


def test_causes_over_four_quarters_are_shares(model, run_tiny):
    """Each quarter's shares add to one, or are missing where nothing was lost in a year."""
    for one in (model, run_tiny(3)):
        shares = lost_by_quarter(one)
        total = shares[:, : len(CAUSES)].sum(axis=1)
        lost = [one.state.flow_lost[max(q - 3, 0) : q + 1].sum() > 0.0 for q in range(len(shares))]
        assert (np.isfinite(total) == np.array(lost)).all()
        assert total[np.isfinite(total)] == pytest.approx(1.0, abs=1e-3)


def test_programmes_are_counted_in_the_orders(model, found):
    """Begun by 2040, and failed of those that ended, as the ledger's frame has them."""
    orders = model.orders()
    buyers = np.array(model.world.nations)[model.world.is_buyer]
    mine = orders[(orders["route"] == "develop") & orders["buyer"].isin(buyers)]
    mine = mine[mine["awarded_quarter"] < window(model).stop]
    assert found["programmes_begun"] == len(mine) > 0
    ended = mine[mine["status"] != "development"]
    assert set(ended["status"]) <= {
        "contracting", "order book", "delivered", "cancelled",
    }  # fmt: skip
    failed = (ended["status"] == "cancelled").mean()
    assert found["programmes_failed"] == pytest.approx(failed)


def test_no_programmes_give_no_rate(model):
    """Where none has ended there is no share that failed, and no programme is counted."""
    nothing = slice(0, 0)
    assert OUTCOMES["programmes_begun"].measure(model, nothing) == 0.0
    assert math.isnan(OUTCOMES["programmes_failed"].measure(model, nothing))


def test_development_is_a_part_of_what_is_paid(model):
    """Over the whole run it is what nations have paid for programmes over all they paid."""
    buyers = model.state.nations[model.world.is_buyer]
    share = OUTCOMES["r_and_d_share"].measure(model, slice(0, model.state.quarter))
    assert share == pytest.approx(buyers["developed"].sum() / buyers["paid"].sum())
    assert 0.0 < share < 1.0
    began = {int(row["buyer"]) for row in ledger(model.state) if row["route"] == DEVELOP}
    spent = set(np.flatnonzero(model.state.nations["developed"] > 0.0))
    assert spent <= began


def test_split_awards_are_two_halves_of_one(model, found):
    """A split is two equal orders of one buyer, domain and quarter to different suppliers."""
    rows = awarded(model, window(model))
    abroad = rows[rows["supplier"] != rows["buyer"]]
    halves: dict[tuple[int, int, int], list[np.void]] = {}
    for row in abroad:
        award = (int(row["buyer"]), int(row["domain"]), int(row["awarded"]))
        halves.setdefault(award, []).append(row)
    split = 0.0
    for pair in halves.values():
        if len(pair) == 1:
            assert pair[0]["part"] == 0
            continue
        one, two = pair
        assert {int(one["part"]), int(two["part"])} == {0, 1}
        assert one["supplier"] != two["supplier"]
        assert one["volume"] == two["volume"]
        split += one["volume"] + two["volume"]
    assert found["split_share"] == pytest.approx(split / abroad["volume"].sum())
    assert 0.0 < found["split_share"] < 1.0
