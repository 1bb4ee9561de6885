"""Headlines on strategies, sovereignty and lost sales say what the frames hold."""

from __future__ import annotations

import dataclasses

import pandas as pd
from figure_texts import drawn, headline

from viz.charts_losses import loss_headline
from viz.charts_portfolios import group_size, portfolio_headline
from viz.charts_shifting import shifting_headline
from viz.charts_sovereignty import shown_nations
from viz.charts_strategy import movers, strategy_headline, weight_changes
from viz.figures import Drawn
from viz.page import digits, percent
from viz.spans import reported_periods, run_means, spans

WEIGHTS = ["strategy_sovereignty", "strategy_core", "strategy_diversification"]


def test_the_headline_on_strategies_is_the_mean_over_buyers(whole_drawn):
    """Weights at the ends of 2014 and 2045, mean over buyers, median over runs."""
    table = whole_drawn.sovereignty
    medians = table.groupby(["period", "replication"])[WEIGHTS].mean().groupby("period").median()
    change = medians.loc["2041-45"] - medians.loc["2010-14"]
    said = headline(drawn(whole_drawn, "07_strategies"))
    if change.abs().max() < 0.02:
        assert said.startswith("Strategies hardly move")
        return
    for name in (change.idxmax(), change.idxmin()):
        first, last = medians.loc["2010-14", name], medians.loc["2041-45", name]
        assert f"{percent(first)} → {percent(last)}" in said
    assert said.startswith("From 2014 to 2045 nations turn from")


def weights(*last: tuple[float, float, float]) -> pd.DataFrame:
    """One nation's weights in two periods, from a third each, a run an entry."""
    rows = [
        {
            "replication": run,
            "iso3": "POL",
            "period": period,
            **dict(zip(WEIGHTS, row, strict=True)),
        }
        for run, end in enumerate(last)
        for period, row in (("2010-14", (0.3, 0.3, 0.4)), ("2015-19", end))
    ]
    return pd.DataFrame(rows)


def test_weights_that_gain_alike_are_both_named():
    """All weights that gain, or lose, at least half as much as the first stand in the headline."""
    both = strategy_headline(weights((0.35, 0.34, 0.31)))
    assert both == (
        f"From 2014 to 2019 nations turn from diversification (mean weight {percent(0.4)} → "
        f"{percent(0.31)}) to sovereignty ({percent(0.3)} → {percent(0.35)}) and core domains "
        f"({percent(0.3)} → {percent(0.34)})"
    )
    one = strategy_headline(weights((0.39, 0.31, 0.3)))
    assert "core domains" not in one


def test_nations_turn_only_when_the_change_is_large_and_clear():
    """A small change, or one whose every interval includes zero, is no turn."""
    small = strategy_headline(weights(*[(0.31, 0.3, 0.39)] * 3))
    assert small.startswith("Strategies hardly move: mean weights stay at")
    unclear = strategy_headline(weights((0.2, 0.2, 0.6), (0.4, 0.34, 0.26), (0.4, 0.34, 0.26)))
    assert unclear.startswith("Strategies hardly move: no nation's change stands out")
    assert f"diversification {percent(0.26)}" in unclear


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
    assert f"as from {digits(counts['diversification'])} equal suppliers" in said
    for name, words in (("core", "core domains"), ("sovereignty", "sovereignty")):
        assert f"{words} {digits(counts[name])}" in said


def groups(nations: int, *suppliers: tuple[float, float]) -> pd.DataFrame:
    """Effective suppliers of core domains and of diversification in 2041-45, a run an entry."""
    return pd.DataFrame(
        [
            {"strategy": name, "replication": run, "period": "2041-45", "nations": nations,
             "suppliers": value, "source": "friendly", "share": 1.0}
            for run, values in enumerate(suppliers)
            for name, value in zip(("core", "diversification"), values, strict=True)
        ]
    )  # fmt: skip


def test_diversifiers_spread_most_only_when_bands_lie_apart(whole_drawn):
    """Bands that overlap, groups of one nation and a single run allow no such claim."""
    about, apart = whole_drawn.about, ((2.0, 3.0), (2.1, 3.1))

    def said(table: pd.DataFrame, runs: int = 2) -> str:
        return portfolio_headline(table, dataclasses.replace(about, runs=runs))

    assert said(groups(5, *apart)).startswith("Diversifiers spread their imports most: as from")
    turned = groups(5, *[(two, one) for one, two in apart])
    assert said(turned).startswith("Diversifiers do not spread")
    overlap = groups(5, (2.0, 3.0), (3.2, 2.9))
    assert said(overlap).startswith("Diversifiers do not clearly spread their imports most")
    assert said(groups(1, *apart)).startswith("Diversifiers import as from")
    assert said(groups(5, apart[0]), 1).startswith("Diversifiers import as from")


def test_sizes_of_groups_that_differ_between_runs_are_about():
    """A number that all runs share is given as it is."""
    table = groups(5, (2.0, 3.0), (2.1, 3.1))
    assert group_size(table, "core") == "5 nations"
    table.loc[0, "nations"] = 7
    assert group_size(table, "core") == "about 6 nations"
    assert group_size(groups(1, (2.0, 3.0)), "core") == "1 nation"
    assert group_size(table[1:], "core") == "about 5 nations"


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


def test_what_the_cause_alone_decided_is_said(whole_drawn, tiny_drawn):
    """The median over runs of the last years' share; small worlds warn of few orders."""

    def said(of: Drawn) -> str:
        return " ".join(t.get_text().replace("\n", " ") for t in drawn(of, "11_lost_sales").texts)

    rows = whole_drawn.series[whole_drawn.series["outcome"] == "lost_decided"]
    rows = rows[rows["quarter"].isin([f"{year}Q4" for year in range(2041, 2046)])]
    share = rows.groupby("replication")["value"].mean().median()
    whole = said(whole_drawn)
    assert f"In 2041–45 the cause named alone decided {percent(share)} of the volume" in whole
    assert "start alike" in whole and "Few orders" not in whole
    assert "Few orders of 2 buyers" in said(tiny_drawn)


def test_the_headline_on_shifting_names_most_and_least(whole_drawn):
    """The regions of several buyers with the largest and the smallest share at the end, and in
    how many of all the share fell; a region of one buyer only where there is no other."""
    of = whole_drawn
    said = headline(drawn(of, "12_burden_shifting"))
    rows = of.series[of.series["outcome"] == "met_without_us"]
    medians = rows.groupby(["quarter", "entity"])["value"].median().unstack()
    first, last = medians.loc["2014Q4"], medians.loc["2045Q4"]
    several = ["europe", "indo_pacific", "middle_east"]
    assert percent(last[several].max()) in said and percent(last[several].min()) in said
    assert not [name for name in ("South Africa", "Brazil", "Canada") if name in said]
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
