"""Draws of the assumed parameters: what they fill, and what a comparison makes of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from comparisons import LEVER, policy

from alliance_abm.parameters import CATALOGUE
from experiments import compare
from experiments.difference_rows import sign_share
from experiments.parameter_draws import drawn, drawn_paths, parameter_draws

CAP = "budgets.carry_over_cap_quarters"


def test_draws_are_means_over_their_replications(compared_tiny, plan_of_tiny):
    """The range over draws comes from the mean difference of each draw."""
    found = compared_tiny
    assert plan_of_tiny.forks.draw_replications == 3
    rows = found.outcomes[found.outcomes["outcome"] == "us_unit_cost"]
    values = rows.pivot(index=["draw", "replication"], columns="policy", values="value")
    apart = (values[f"{LEVER}=50"] - values["baseline"]).groupby("draw").mean()
    row = found.differences[found.differences["outcome"] == "us_unit_cost"].iloc[0]
    assert row["draws_low"] == pytest.approx(np.quantile(apart.loc[1:], 0.05), abs=1e-15)
    assert row["draws_high"] == pytest.approx(np.quantile(apart.loc[1:], 0.95), abs=1e-15)
    same = np.sign(apart.loc[1:]) == np.sign(row["difference"])
    assert row["sign_share"] == same.mean()


@pytest.mark.parametrize(
    ("by_draw", "central", "share"),
    [((1, 2, -1, 0), 0.5, 0.5), ((-1, -2), -3.0, 1.0), ((0, 0, 1), 0.0, 2 / 3), ((), 1.0, None)],
)
def test_the_sign_share_counts_draws_like_the_central_one(by_draw, central, share):
    """A draw without a change has not the sign of a change."""
    found = sign_share(np.array(by_draw, float), central)
    assert np.isnan(found) if share is None else found == share


def test_draws_fill_the_ranges_of_the_assumed_parameters(tiny):
    """One draw falls into each tenth of a range; others than grade C are left alone."""
    scenario = tiny.with_set({CAP: 5})
    draws = parameter_draws(scenario, 10)
    assert draws == parameter_draws(scenario, 10)
    assert CAP not in draws[0]
    assert tuple(draws[0]) == drawn_paths(scenario)
    for path in draws[0]:
        entry = CATALOGUE[path]
        assert entry.grade == "C"
        values = np.array([draw[path] for draw in draws])
        if entry.whole:
            assert (values == values.round()).all()
            continue
        tenths = np.floor(10 * (values - entry.low) / (entry.high - entry.low))
        assert sorted(tenths) == list(range(10))
    assert parameter_draws(scenario.with_set({"seed": 2}), 10) != draws


def test_levers_act_on_top_of_a_draw(tiny, plan_of_tiny):
    """The drawn world has the drawn values, and what the scenario sets stays."""
    draw = plan_of_tiny.forks.draws[0]
    scenario = drawn(tiny.with_set({CAP: 5}), draw)
    assert scenario.parameters[CAP] == 5
    path = "industry.dcs_visibility"
    assert scenario.parameters[path] == draw[path]


def test_a_draw_that_is_no_world_costs_no_other(tiny):
    """It is listed with its number; differences and draws of the rest stand."""
    plan = compare.planned(tiny, [policy("placebo")], (), 1, draws=2)
    bad = {**plan.forks.draws[0], CAP: -1.0}
    broken = replace(plan, forks=replace(plan.forks, draws=[bad, plan.forks.draws[1]]))
    found = compare.compare(broken, jobs=1)
    (row,) = found.failures.itertuples()
    assert (row.policy, row.draw, row.replication) == ("baseline", 1, 0)
    assert CAP in row.error
    assert set(found.outcomes["draw"]) == {0, 2}
    assert (found.differences["sign_share"].dropna() == 1.0).all()
