"""Charts of sources, routes, regions, waits, headlines and lost sales against their tables."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from app_views import cube, series_of, view_of

from alliance_abm.levers import LeverUse
from alliance_abm.policies import choice_of
from experiments.compare import compare, planned
from experiments.forks import SERIES, Forks
from experiments.paired import is_clear
from viz.app.options.cubes import Cube
from viz.app.options.effects import effects_chart
from viz.app.options.lines import ALL_SERIES, kept_lines
from viz.app.options.losses import losses_chart
from viz.app.options.paths import level_chart
from viz.app.options.regions import regions_chart
from viz.app.options.shares import routes_chart, sources_chart
from viz.app.options.tradeoff import NAME_BOX, PLOT, label_sides
from viz.app.options.waits import stages_chart, tiers_chart
from viz.app.outcome_charts import OUTCOME_CHARTS, outcome_chart
from viz.app.tiles import TILES, tiles
from viz.charts_case_stages import TOTAL, days_a_case
from viz.policy_view import BASELINE, View


@pytest.fixture(scope="module")
def tiny_view(tiny):
    """Two runs of the tiny world with and without a lever, every series of the app kept."""
    fast = choice_of("fast", "FMS fast track", (LeverUse(lever="fms_fast_track", start="2013Q1"),))
    plan = planned(tiny, [fast], replications=2, bills=False)
    plan = replace(plan, forks=replace(plan.forks, kept=ALL_SERIES))
    return View.of(compare(plan, jobs=1))


def test_the_tiny_world_has_every_chart(tiny_view):
    """All charts and tiles can be made of a small world too, and every line was kept."""
    for at in (None, "2014Q2"):
        for name in OUTCOME_CHARTS:
            chart = outcome_chart(name, tiny_view, at=at)
            assert json.dumps(chart.option, allow_nan=False)
            assert "N = 2 runs" in chart.note, name
            assert "did not keep" not in chart.headline, name
        assert [tile.id for tile in tiles(tiny_view, "fast", at)] == list(TILES)
    for line in kept_lines(Cube.of(tiny_view)):
        assert not level_chart(tiny_view, line).table.empty, line
    assert len(kept_lines(Cube.of(tiny_view))) > 30


def test_a_comparison_keeps_more_series_only_when_asked(tiny_view):
    """By default those of SERIES and the headlines; the app asks for causes, regions, routes."""
    assert Forks({}, {}, 0, 1).kept == frozenset(SERIES)
    kept = set(tiny_view.comparison.series["outcome"])
    assert {"lost_cost", "met_without_us", "route_share_awarded"} <= kept
    assert "burden" not in kept


def test_dots_are_filled_only_when_clear():
    """Filled and hollow follow interval and corrected p of the table."""
    view = view_of("three policies")
    chart = effects_chart(view)
    seen = set()
    for policy in view.policies:
        data = series_of(chart, f"dots:{view.titles[policy]}")["data"]
        rows = [row for row in view.rows(chart.table["outcome"].unique()) if
                row["policy"] == policy]  # fmt: skip
        assert len(data) == len(rows) > 0
        order = list(dict.fromkeys(chart.table["outcome"]))
        for row in rows:
            place = order.index(row["outcome"])
            dot = min(data, key=lambda one: abs(one["value"][1] - place))
            filled = dot["itemStyle"]["color"] != "tone:paper"
            assert filled == bool(is_clear(row))
            assert np.isclose(dot["value"][0], 100 * row["difference"] / row["baseline"], rtol=1e-3)
            seen.add(filled)
    assert seen == {True, False}


def test_areas_add_to_the_whole():
    """Means of sources add to 100 per cent, and the dashed edges are those of the baseline."""
    view = view_of("three policies")
    chart = sources_chart(view, only="policy_1")
    areas = [one["data"] for one in chart.option["series"] if one["id"].startswith("area:")]
    np.testing.assert_allclose(np.sum(areas, axis=0), 100.0, rtol=1e-4)
    keep = len(areas[0])
    values = cube(view.comparison, BASELINE, "USA", "share_delivered")[:, -keep:]
    np.testing.assert_allclose(series_of(chart, "edge:0")["data"], values.mean(axis=0), rtol=1e-4)
    table = chart.table[chart.table["part"] == "USA"]
    mine = cube(view.comparison, "policy_1", "USA", "share_delivered")[:, -keep:]
    np.testing.assert_allclose(table["high"], np.quantile(mine, 0.9, axis=0))
    routes = routes_chart(view)
    assert [one["name"] for one in routes.option["series"][:3]] == [
        "Foreign Military Sales", "Pooled FMS", "Own industry",
    ]  # fmt: skip


def test_regions_show_the_baseline_beside_the_policy():
    """Each region has the median of the policy and, dotted, that without levers."""
    view = view_of("three policies")
    chart = regions_chart(view, "policy_1")
    values = cube(view.comparison, BASELINE, "europe", "met_without_us")
    before = series_of(chart, "before:europe")["data"]
    np.testing.assert_allclose(before, np.median(values, axis=0)[-len(before) :], rtol=1e-4)
    assert "exactly zero" not in chart.headline
    for p_holm in (0.01, 0.5):
        rows = view.comparison.differences.query("outcome == 'gap_years'").assign(
            difference=0.03, low=0.01, high=0.05, p=p_holm / 2, p_holm=p_holm)  # fmt: skip
        shifts = [rows.assign(outcome=f"shift_{region}") for region in ("europe", "africa")]
        table = pd.concat([view.comparison.differences, *shifts], ignore_index=True)
        told = View.of(replace(view.comparison, differences=table))
        headline = regions_chart(told, "policy_1").headline
        assert headline.startswith("At the end of 2040")
        assert ("In no region does this move clearly" in headline) == (p_holm > 0.1)
        assert ("90 % interval +1.0 to +5.0" in headline) == (p_holm < 0.1)
    still = regions_chart(view_of("placebo"))
    assert "every region changes by exactly zero, as it must be" in still.headline
    assert {"Europe", "Africa"} <= set(re.findall(r"Europe|Africa", chart.headline))


def test_bars_of_stages_add_to_the_wait():
    """Months in the stages add to the mean wait; what is clear is said so beside the bar."""
    view = view_of("three policies")
    chart = stages_chart(view)
    bars = [one["data"] for one in chart.option["series"] if one["id"].startswith("stage:")]
    table = days_a_case(view)
    whole_wait = table[table["stage"] == TOTAL].groupby("policy")["days"].mean()
    names = [BASELINE, *view.policies]
    np.testing.assert_allclose(
        np.sum(bars, axis=0), whole_wait[names].astype(float) / (365.25 / 12), rtol=1e-3
    )
    labels = [one["label"]["formatter"] for one in series_of(chart, "totals")["data"]]
    assert all(re.search(r"clear|unclear|zero", text) for text in labels[1:])
    assert "to" in labels[0]
    for one in (chart, tiers_chart(view)):
        assert re.search(r"contracted from \d{4} on; the headline number counts 2031–40", one.note)


def test_tiers_stand_beside_each_other():
    """The wait of each tier is a mark of its own in the row of a policy."""
    view = view_of("three policies")
    chart = tiers_chart(view)
    one, other = (series_of(chart, f"dots:{name}") for name in ("First tier", "Other buyers"))
    assert one["symbol"] != other["symbol"]
    rows = {round(point["value"][1]) for point in one["data"]}
    assert rows == {0, 1, 2}
    empty = tiers_chart(view, "licensed")
    assert not empty.table.empty
    assert tiers_chart(view, "domestic").headline == "No case to compare"


def test_lost_sales_are_medians_over_runs():
    """Bars and whiskers are numpy's quantiles, in per cent of all that is lost without levers."""
    view = view_of("three policies")
    table = view.comparison.lost
    base = table[table["policy"] == BASELINE]
    all_lost = base.groupby("replication")["volume"].sum().mean()
    mine = base[base["cause"] == "cost"]["volume"].to_numpy() / all_lost * 100
    bar = series_of(losses_chart(view), f"bars:{BASELINE}")["data"][0]["value"]
    np.testing.assert_allclose(bar[1:4], np.quantile(mine, [0.5, 0.1, 0.9]), rtol=1e-4)


def test_names_of_a_trade_off_cover_neither_points_nor_each_other():
    """Names of points near each other stand on different sides, inside the plot."""
    limits = [(-1.0, 1.0), (-1.0, 1.0)]
    sides = label_sides(limits, [(0.0, 0.02), (0.35, 0.0), (0.9, 0.9)])
    assert sides[2] in ("left", "bottom")
    assert len(set(sides[:2])) == 2
    assert NAME_BOX[0] < PLOT[0] / 2
