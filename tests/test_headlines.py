"""Headlines say what the frames behind a figure hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from figure_texts import drawn, headline

from alliance_abm.world import load_world
from viz import observed
from viz.bands import median_years, survival
from viz.charts_burden import recorded_rank, yearly_burdens
from viz.charts_leads import lead_bands, lead_headline
from viz.charts_network import last_flows, network_headline
from viz.charts_share import market_share_headline, route_means
from viz.charts_waiting import measured_years, route_medians
from viz.page import digits, percent


@pytest.fixture
def whole(whole_drawn):
    """What the figures of the whole world are drawn from."""
    return whole_drawn


def test_the_headline_on_market_share_is_the_median_share_of_the_window(tiny_drawn):
    """Model and data in the headline are those of deliveries and of the recorded imports."""
    buyers = ["FRA", "POL"]
    rows = tiny_drawn.deliveries[
        (tiny_drawn.deliveries["period"] == "2015-19") & tiny_drawn.deliveries["buyer"].isin(buyers)
    ]
    usa = rows["volume"].where(rows["supplier"] == "USA", 0.0).groupby(rows["replication"]).sum()
    share = (usa / rows.groupby("replication")["volume"].sum()).median()
    imports = tiny_drawn.world.imports[1][tiny_drawn.world.is_buyer].sum(axis=0)
    data = imports[tiny_drawn.world.usa] / imports.sum()
    said = headline(drawn(tiny_drawn, "01_market_share"))
    assert f"in 2015–19 is {percent(share)} in the model and {percent(data)} in" in said


def test_the_headline_on_market_share_names_the_last_years_and_the_last_window(whole):
    """A run beyond the record gives its last years, then the last window beside the data."""
    shares = observed.period_shares(whole.deliveries, whole.world)
    usa = shares[shares["entity"] == "USA"].groupby("period")["value"].median()
    said = market_share_headline(shares, observed.recorded_shares(whole.world), whole.about)
    assert f"is {percent(usa['2041-45'])} in 2041–45" in said
    assert (
        f"for 2020–24 the model gives {percent(usa['2020-24'])}, the data {percent(0.49)}" in said
    )
    rivals = shares[(shares["entity"] == "competitor") & (shares["period"] == "2020-24")]
    assert said.endswith(f"; competitors {percent(rivals['value'].median())}, data {percent(0.1)}")


def test_shares_of_a_period_add_up_and_the_record_is_that_of_the_targets(whole):
    """Sources add to one; recorded levels equal the targets, and carry their bands."""
    shares = observed.period_shares(whole.deliveries, whole.world)
    np.testing.assert_allclose(shares.groupby(["replication", "period"])["value"].sum(), 1.0)
    recorded = observed.recorded_shares(whole.world).set_index(["window", "entity"])
    assert recorded.loc[("2020-24", "USA"), "value"] == pytest.approx(0.491, abs=6e-4)
    assert recorded.loc[("2020-24", "USA"), "low"] == 0.451
    assert recorded.loc[("2015-19", "competitor"), "value"] == pytest.approx(0.18, abs=6e-4)


def test_a_smaller_world_borrows_no_band(tiny_drawn):
    """Bands of the whole world are not drawn beside the shares of a few buyers."""
    assert observed.recorded_shares(tiny_drawn.world)["low"].isna().all()


def test_the_headline_on_routes_is_the_mean_of_the_last_years(tiny_drawn):
    """Each route's figure is the median over runs of its yearly shares of 2015-19."""
    rows = tiny_drawn.series[
        (tiny_drawn.series["outcome"] == "route_share_delivered")
        & tiny_drawn.series["quarter"].isin([f"{year}Q4" for year in range(2015, 2020)])
    ]
    mean = rows[rows["entity"] == "domestic"].groupby("replication")["value"].mean().median()
    assert route_means(tiny_drawn.series, tiny_drawn.about)["domestic"] == pytest.approx(mean)
    assert f"own industry {percent(mean)}" in headline(drawn(tiny_drawn, "02_routes"))


def test_the_headline_on_burden_is_the_outcome_and_the_record(whole):
    """The rank correlations are the outcome's median and that of the data of 2024."""
    rank = whole.outcomes[whole.outcomes["outcome"] == "burden_rank_correlation"]["value"].median()
    world = whole.world
    buyers = world.is_buyer
    burden = world.milex[buyers, -1] / world.gdp[buyers, -1]
    data = pd.Series(burden).corr(pd.Series(world.gdp[buyers, -1]), method="spearman")
    assert recorded_rank(observed.recorded_burdens(world)) == pytest.approx(data)
    said = headline(drawn(whole, "03_burden"))
    assert f"{digits(rank)} in the model, {digits(data)} in the data of 2024" in said


def test_the_headline_on_waiting_is_the_median_over_runs(whole):
    """The years by route are the median over runs of the Kaplan-Meier medians of 2031-40."""
    assert measured_years(whole.about) == (2031, 2040)
    asked = whole.waits[whole.waits["clock"] == "request"]
    rows = asked[asked["year"].between(2031, 2040) & (asked["group"] == "fms")]
    medians = [
        median_years(survival(run.assign(all=1), ["all"])).iloc[0]
        for _, run in rows.groupby("replication")
    ]
    found = route_medians(asked, (2031, 2040))["fms"]
    assert min(medians) <= found <= max(medians)
    assert f"Foreign Military Sales {digits(found)}" in headline(drawn(whole, "04_waiting"))


def test_the_headline_on_leads_counts_what_is_inside(whole):
    """The suppliers counted are those whose median over runs is in the band of the record."""
    targets = observed.lead_targets()
    found = lead_bands(whole.waits[whole.waits["clock"] == "contract"], targets)
    inside = sum(bool(targets[name].inside(found.loc[name, "median"])) for name in targets)
    said = lead_headline(found, targets)
    assert f"for {inside} of 7 suppliers" in said
    assert f"United States {digits(found.loc['USA', 'median'])} years, data 4.0" in said


def test_the_headline_on_the_network_counts_buyers_and_volume(tiny_drawn):
    """The U.S. share is its part of the mean volume between the nations of the world."""
    period, flows = last_flows(tiny_drawn.deliveries, tiny_drawn.world)
    assert period == "2015-19"
    share = flows.loc[flows["supplier"] == "USA", "volume"].sum() / flows["volume"].sum()
    assert f"{percent(share)} of the volume shown" in headline(drawn(tiny_drawn, "06_network"))
    rows = tiny_drawn.deliveries[(tiny_drawn.deliveries["period"] == period)]
    rows = rows[~rows["buyer"].eq("ROW") & ~rows["supplier"].eq("ROW")]
    assert flows["volume"].sum() == pytest.approx(rows["volume"].sum() / 3)
    assert "0 of 1" in network_headline(charts_graph(), load_world(("USA", "FRA")))


def charts_graph():
    """France delivers to the United States alone."""
    from alliance_abm.network import flow_graph

    flows = pd.DataFrame({"buyer": ["USA"], "supplier": ["FRA"], "volume": [1.0]})
    return flow_graph(flows, ["USA", "FRA"])


def test_burdens_are_drawn_beside_the_data_of_the_same_year(whole):
    """The model's burden lies nearest to the mean of its year's data and the two years before."""
    recorded = observed.recorded_burdens(whole.world)
    rows = yearly_burdens(whole.series, recorded)
    model = rows.groupby(["entity", "time"])["value"].median().unstack("entity")
    data = recorded.pivot(index="year", columns="entity", values="burden")
    data = data.rolling(3, min_periods=1).mean()
    model.index = model.index.astype(int)
    apart = {
        shift: float(
            (model.shift(shift).loc[2012:2022] - data.loc[2012:2022]).abs().mean().median()
        )
        for shift in (-1, 0, 1)
    }
    assert min(apart, key=lambda shift: apart[shift]) == 0
