"""Headlines on strategies, sovereignty and lost sales say what the frames hold."""

from __future__ import annotations

import dataclasses

import pandas as pd
from figure_texts import drawn, headline

from viz.charts_losses import loss_headline
from viz.charts_portfolios import portfolio_headline
from viz.charts_shifting import shifting_headline
from viz.charts_sovereignty import shown_nations
from viz.charts_strategy import movers, strategy_headline, weight_changes
from viz.page import digits, percent
from viz.spans import reported_periods, run_means, spans

WEIGHTS = ["strategy_sovereignty", "strategy_core", "strategy_diversification"]


def test_the_headline_on_strategies_is_the_mean_over_buyers(whole_drawn):
    """Weights at the ends of 2014 and 2045, mean over buyers, median over runs."""
    table = whole_drawn.sovereignty
    medians = table.groupby(["period", "replication"])[WEIGHTS].mean().groupby("period").median()
    change = medians.loc["2041-45"] - medians.loc["2010-14"]
    said = headline(drawn(whole_drawn, "07_strategies"))
    for name in (change.idxmax(), change.idxmin()):
        first, last = medians.loc["2010-14", name], medians.loc["2041-45", name]
        assert f"{percent(first)} → {percent(last)}" in said
    assert said.startswith("From 2014 to 2045 nations turn from")


def test_strategies_that_stand_still_are_said_to(tiny_drawn):
    """Without change the headline gives the weights and names no winner."""
    table = tiny_drawn.sovereignty.assign(
        strategy_sovereignty=0.5, strategy_core=0.25, strategy_diversification=0.25
    )
    said = strategy_headline(table)
    assert said.startswith("Strategies hardly move")
    assert f"sovereignty {percent(0.5)}, core domains {percent(0.25)}" in said


def test_those_who_moved_most_are_shown_first(whole_drawn):
    """Nations in the order of the sum of absolute changes of their median weights."""
    table = whole_drawn.sovereignty.set_index(["iso3", "replication", "period"])[WEIGHTS]
    change = table.xs("2041-45", level="period") - table.xs("2010-14", level="period")
    size = change.groupby("iso3").median().abs().sum(axis=1)
    shown = movers(weight_changes(whole_drawn.sovereignty))
    assert len(shown) == 8
    assert [round(size[name], 12) for name in shown] == sorted(
        (round(value, 12) for value in size), reverse=True
    )[:8]


def test_the_headline_on_portfolios_compares_the_groups(whole_drawn):
    """Effective suppliers by group in the last period, and who has most of them."""
    table = whole_drawn.portfolios
    last = table[table["period"] == "2041-45"].drop_duplicates(["strategy", "replication"])
    counts = last.groupby("strategy")["suppliers"].median()
    said = headline(drawn(whole_drawn, "08_portfolios"))
    assert f"as over {digits(counts['diversification'])} equal suppliers" in said
    for name, words in (("core", "core domains"), ("sovereignty", "sovereignty")):
        assert f"{words} {digits(counts[name])}" in said
    swapped = table.assign(suppliers=-table["suppliers"])
    most = counts["diversification"] > counts.drop("diversification").max()
    assert ("do not spread" in portfolio_headline(swapped, whole_drawn.about)) == most


def test_the_headline_on_sovereignty_is_the_mean_of_the_last_years(whole_drawn):
    """The index and its extreme parts are means of five yearly values, median over runs."""
    rows = whole_drawn.series[whole_drawn.series["entity"] == "world"]
    rows = rows[rows["quarter"].isin([f"{year}Q4" for year in range(2041, 2046)])]
    means = rows.groupby(["outcome", "replication"])["value"].mean().groupby("outcome").median()
    said = headline(drawn(whole_drawn, "09_sovereignty"))
    assert f"control {percent(means['sovereignty_index'])} of what is delivered in 2041" in said
    assert f"{percent(means['sovereignty_development'])} of its development" in said


def test_nations_with_the_largest_changes_of_control_are_drawn():
    """From the largest gain to the largest loss; with one period, the largest buyers instead."""
    names = [f"N{number:02}" for number in range(15)]
    change = [0.01 * (number - 7) for number in range(15)]
    medians = pd.DataFrame({"a": 0.5, "b": [0.5 + one for one in change]}, index=names)
    shown = shown_nations(pd.DataFrame(), medians, ["a", "b"])
    assert shown[0] == "N14" and shown[-1] == "N00"
    assert len(shown) == 12 and "N07" not in shown
    volume = pd.DataFrame({"period": "b", "iso3": names, "volume": range(15)})
    assert set(shown_nations(volume, medians[["b"]], ["b"])) == set(names[3:])


def test_the_headline_on_dependence_is_by_stock(whole_drawn):
    """Nominal and content-adjusted shares of the world's stock, of the last five years."""
    means = run_means(whole_drawn.series[whole_drawn.series["entity"] == "world"],
                      whole_drawn.about)  # fmt: skip
    last = means[means["span"] == "2041–45"].groupby("outcome")["value"].median()
    said = headline(drawn(whole_drawn, "10_dependence"))
    assert said.startswith(percent(last["dependence_content"]))
    assert f"{percent(last['dependence_nominal'])} by its sellers" in said
    us = (last["us_dependence_content"], last["us_dependence_nominal"])
    assert said.endswith(f"{percent(us[0])} against {percent(us[1])}")


def test_the_headline_on_lost_sales_names_the_largest_cause(whole_drawn):
    """The largest causes are named first; export control is named wherever it stands."""
    quarters = ["2041Q4", "2042Q4", "2043Q4", "2044Q4", "2045Q4"]
    shares = {"lost_fit": 0.5, "lost_cost": 0.25, "lost_trust": 0.2, "lost_export_control": 0.05}
    rows = pd.DataFrame(
        [
            {"quarter": quarter, "entity": "world", "outcome": name, "value": value,
             "replication": 0}
            for quarter in quarters for name, value in shares.items()
        ]
    )  # fmt: skip
    said = loss_headline(rows, whole_drawn.about)
    assert f"most often behind on functional fit: {percent(0.5)}" in said
    assert said.endswith(f"cost {percent(0.25)}, export control {percent(0.05)}")


def test_the_headline_on_shifting_names_most_and_least(whole_drawn):
    """The regions with the largest and the smallest share at the end, and how many fell."""
    of = whole_drawn
    said = headline(drawn(of, "12_burden_shifting"))
    rows = of.series[of.series["outcome"] == "met_without_us"]
    medians = rows.groupby(["quarter", "entity"])["value"].median().unstack()
    first, last = medians.loc["2014Q4"], medians.loc["2045Q4"]
    assert percent(last.max()) in said and percent(last.min()) in said
    assert f"fallen in {(first - last > 0.01).sum()} of 6 regions" in said
    one = rows[rows["entity"] == "north_america"].assign(time=2045.0)
    assert "Canada" in shifting_headline(one, of.world, of.about)


def test_first_and_last_years_are_apart_or_one(whole_drawn):
    """A run compares its first five reported years with its last, or shows the last alone."""
    about = whole_drawn.about
    assert spans(about) == {"2015–19": (2015.0, 2020.0), "2041–45": (2041.0, 2046.0)}
    short = dataclasses.replace(about, end=2023.0)
    assert list(spans(short)) == ["2018–22"]
    table = pd.DataFrame({"period": ["2010-14", "2015-19", "2020-24", "2041-45"]})
    assert reported_periods(table, about) == ["2015-19", "2041-45"]
    assert reported_periods(table[:1], about) == ["2010-14"]
