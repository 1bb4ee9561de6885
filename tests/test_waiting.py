"""The small tables of a run say what its ledger and its flows say."""

from __future__ import annotations

import numpy as np
import pytest

from alliance_abm import AllianceModel, load_scenario
from alliance_abm.desks import STAGE_IDS
from alliance_abm.measures import median_wait
from alliance_abm.past import WINDOWS
from alliance_abm.waiting import CONTRACT, REQUEST
from viz.bands import median_years, survival
from viz.charts_leads import weighted_leads


@pytest.fixture(scope="module")
def past():
    """A run of the whole world through the past."""
    return AllianceModel(load_scenario("baseline", {"horizon": {"end": "2026Q4"}}), rng=3).run()


@pytest.fixture(scope="module")
def asked(past):
    """The buyers' orders requested in the run, without those that ended without a contract."""
    orders = past.orders()
    buyers = np.array(past.world.nations)[past.world.is_buyer]
    placed = ~orders["initial"] & orders["buyer"].isin(buyers)
    refused = (orders["status"] == "cancelled") & (orders["contracted_quarter"] < 0)
    return orders[placed & ~refused]


def test_stage_days_are_those_of_the_contracts_in_the_ledger(past):
    """Days and orders by route, year and stage add up to those of the buyers' contracts."""
    orders = past.orders()
    buyers = np.array(past.world.nations)[past.world.is_buyer]
    placed = ~orders["initial"] & orders["buyer"].isin(buyers)
    signed = orders[placed & (orders["contracted_quarter"] >= 0)]
    stages = past.stages()
    for stage in STAGE_IDS:
        rows = stages[stages["stage"] == stage]
        assert rows["days"].sum() == signed[f"days_{stage}"].sum()
        assert rows["orders"].sum() == len(signed)
    fms = stages[(stages["route"] == "fms") & (stages["year"] == 2015)]
    first = signed[(signed["route"] == "fms") & (signed["contracted_quarter"] // 4 == 5)]
    assert fms["days"].sum() == first["days_administration"].sum()


def test_a_life_table_counts_every_order_once(past, asked):
    """Delivered and open orders by route are those of the ledger."""
    table = past.waits()
    table = table[table["clock"] == REQUEST]
    counted = table.groupby(["group", "delivered"])["orders"].sum().to_dict()
    seen = asked["first_delivery_quarter"] >= 0
    assert counted == asked.groupby(["route", seen])["order"].count().to_dict()
    assert table["volume"].sum() == pytest.approx(asked["volume"].sum())


def test_the_median_of_a_life_table_is_that_of_the_orders(past, asked):
    """Kaplan-Meier by life table equals the measure of the outcomes on the same orders; where fewer
    than half are seen to be delivered there is none."""
    table = past.waits()
    found = median_years(survival(table[table["clock"] == REQUEST], ["group"]))
    for route, orders in asked.groupby("route"):
        wait = median_wait(
            orders["requested_quarter"].to_numpy(),
            orders["first_delivery_quarter"].to_numpy(),
            past.state.quarter,
        )
        assert found[route] == (np.inf if np.isnan(wait) else wait)


def test_order_to_delivery_is_the_measure_of_the_targets(past):
    """The medians drawn by supplier equal those that the hindcast compares with the record."""
    table = past.waits().assign(replication=0)
    leads = weighted_leads(table[table["clock"] == CONTRACT]).set_index("group")["value"]
    measures = past.hindcast_measures()
    named = [key for key in measures if key.startswith("order_to_delivery_years:")]
    assert named
    for key in named:
        assert leads[key.split(":")[1]] == measures[key]["orders 2010-16"]


def test_deliveries_by_period_are_those_of_the_windows(past):
    """Volume a year by pair equals the imports that the hindcast scores, window by window."""
    table = past.deliveries()
    imports = past.import_volumes()
    names = list(past.world.nations)
    for place, window in enumerate(WINDOWS):
        matrix = np.zeros_like(imports[place])
        for row in table[table["period"] == window].itertuples():
            matrix[names.index(row.buyer), names.index(row.supplier)] = row.volume
        np.testing.assert_allclose(matrix, imports[place], rtol=1e-6)
    assert list(table["period"].unique()) == [*WINDOWS, "2022-26"]
