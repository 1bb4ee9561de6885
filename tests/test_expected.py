"""Expectations on denial, content, shocks and programmes that hold whatever the parameters are
within reason; docs/behaviour.md reports all of them, also those that do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from alliance_abm import load_scenario
from experiments import expected, programmes
from experiments import expected_text as text
from experiments.twins import SOURCES, Twin, changes, follow, measures, spread

RUNS = 6
SHIPPED, WITHOUT_PARTS = "as shipped", "no American parts"


@pytest.fixture(scope="module")
def small():
    """Poland in the tiny world, without its event."""
    return load_scenario("tiny").with_set({"events": []})


@pytest.fixture(scope="module")
def twins() -> pd.DataFrame:
    """Denied twins in the world of the study, with American parts and without; by label."""
    found = expected.twins(3 * RUNS, (SHIPPED, WITHOUT_PARTS))
    return found.set_index(["variant", "competence", "window", "measure"]).sort_index()


def test_an_untouched_twin_is_the_plain_run(small):
    """Setting nothing changes nothing: the same runs, figure by figure."""
    twin = Twin(small).model(3).run()
    plain = type(twin)(small, rng=3).run()
    np.testing.assert_array_equal(twin.state.flow_pair, plain.state.flow_pair)
    np.testing.assert_array_equal(twin.state.nation_panel, plain.state.nation_panel)


def test_twins_differ_in_competence_alone(small):
    """What is set is the nation's competence and the level of its products; flows, tastes, money
    and beliefs at the start are those of its like."""
    one, other = (Twin(small, {"POL": level}).model(3).state for level in (0.2, 0.7))
    assert not np.array_equal(one.cells["competence"], other.cells["competence"])
    for name in ("home_constant", "offer_constant", "target", "stock", "knowledge"):
        np.testing.assert_array_equal(one.cells[name], other.cells[name])
    np.testing.assert_array_equal(one.pairs, other.pairs)
    np.testing.assert_array_equal(one.orders, other.orders)


def test_american_parts_stay_out_for_good(small):
    """Without American parts no product has any, at the start or after makers have learnt."""
    model = Twin(small, american_parts=False).model(3)
    model.run()
    parts = model.state.content_origin == model.world.usa
    assert parts.any()
    assert model.state.content_share[parts].sum() == 0.0 == model.state.content_reach[parts].sum()
    whole = model.state.content_share.sum(axis=1)
    assert (model.state.content_total >= whole - 1e-9).all()


def test_shares_add_up_and_pairs_are_of_one_seed(small):
    """Shares of orders and of deliveries sum to one, and a world differs from itself by nothing."""
    found = follow(Twin(small), ["POL", "FRA"], 2)
    rows = measures(found, 2012, 2019)
    for kind in ("orders", "deliveries"):
        whole = rows[[f"{kind}_{name}" for name in SOURCES]].sum(axis=1)
        np.testing.assert_allclose(whole, 1.0)
    same = changes(rows, measures(follow(Twin(small), ["POL", "FRA"], 2), 2012, 2019))
    assert (spread(same.fillna(0.0), 0.9)["mean"] == 0.0).all()


def test_a_verdict_needs_the_whole_interval():
    """An interval on one side of zero decides; one across it does not."""
    assert [text.verdict(*edges) for edges in ((0.1, 0.2), (-0.2, -0.1), (-0.1, 0.2))] == [
        "held", "opposite", "not shown",
    ]  # fmt: skip


@pytest.mark.slow
def test_a_denial_reaches_third_parties_products_through_parts(twins):
    """While America denies a nation everything, third parties' products are refused to it more
    often and believed less likely to come, its own lines lack parts, and it gets less; without
    American parts nothing of that is left."""
    for measure, sign in (("refused_third", 1), ("release_third", -1), ("parts", -1)):
        row = twins.loc[(SHIPPED, "middle", "during", measure)]
        assert min(sign * row["low"], sign * row["high"]) > 0.1
        without = twins.loc[(WITHOUT_PARTS, "middle", "during", measure)]
        assert abs(without["mean"]) < 0.1 * abs(row["mean"]) + 0.05
    lost = [twins.loc[(one, "middle", "during", "volume")] for one in (SHIPPED, WITHOUT_PARTS)]
    assert lost[0]["high"] < lost[1]["low"] < lost[1]["high"] < 0.0


@pytest.mark.slow
def test_without_american_parts_competence_decides_who_builds(twins):
    """After a denial the competent turn to their own industry, gain competence and weight of
    sovereignty, more than the less competent, who turn to third parties."""
    gap = twins.loc[(WITHOUT_PARTS, "gap", "after")]
    assert gap.loc["orders_third", "high"] < 0.0
    assert gap.loc["sovereignty", "low"] > 0.0
    assert gap.loc["competence", "low"] > 0.0
    assert twins.loc[(WITHOUT_PARTS, "low", "after", "orders_third"), "low"] > 0.0
    assert twins.loc[(WITHOUT_PARTS, "high", "after", "orders_home"), "low"] > 0.0


@pytest.mark.slow
def test_a_shift_is_seen_in_orders_first_then_in_deliveries_then_in_the_stock():
    """In the first five years after a lasting shock far less is delivered elsewhere than is
    ordered elsewhere; after twenty years the stock has shifted less than orders did at first."""
    found = expected.shocks(3 * RUNS, all_of_them=False)
    name = next(iter(expected.plan()["shock"]["struck"]))
    rows = found[(found["shock"] == name) & (found["incumbency"] == SHIPPED)]
    by_window = rows.set_index(["window", "measure"])["mean"]
    windows = list(dict.fromkeys(rows["window"]))
    first, last = (
        [by_window[window, measure] for measure in ("orders_us", "deliveries_us", "stock_us")]
        for window in (windows[0], windows[-1])
    )
    assert first[0] < -0.03
    assert abs(first[1]) < 0.4 * abs(first[0]) and abs(first[2]) < 0.4 * abs(first[0])
    assert abs(last[2]) < abs(first[0])


@pytest.mark.slow
def test_national_programmes_are_slow_and_fail_more_where_competence_is_low():
    """From award to first delivery a programme takes longer than any other way; the less
    competent half fails more often and pays more for a unit than abroad."""
    study = expected.plan()["programmes"]
    orders = programmes.orders_of(load_scenario(study["config"]), 3 * RUNS)
    waits = programmes.waits(orders, study["last_award"])
    others = waits.drop(index=programmes.DEVELOPED)
    assert (waits.loc[programmes.DEVELOPED, "median"] > 1.5 * others["median"]).all()
    by_level = programmes.by_competence(orders, study["last_award"], (0.0, 0.5, 1.0))
    assert by_level["failed"].iloc[0] > by_level["failed"].iloc[1] > 0.0
    assert by_level["all_later"].iloc[0] > max(by_level["all_later"].iloc[1], 1.0)
