"""Figures: drawn whole for any world, equal for equal runs, and true to the frames they show."""

from __future__ import annotations

import ast
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from figure_texts import beyond_the_edge, collisions
from matplotlib.figure import Figure
from matplotlib.image import imread

from alliance_abm.scenario import load_scenario
from alliance_abm.world import load_world
from experiments.results import FIGURES as FIGURES_FOLDER
from experiments.results import read_results, write_results
from experiments.runner import run_replications
from viz import charts, figures, observed
from viz.bands import bands, median_years, survival
from viz.charts_burden import recorded_rank, yearly_burdens
from viz.charts_leads import lead_bands, lead_headline
from viz.charts_network import last_flows, network_headline
from viz.charts_share import market_share_headline, route_means
from viz.charts_waiting import measured_years, route_medians
from viz.page import digits, percent, wrapped
from viz.theme import NATION_COLOURS, RC, ROUTES, SOURCES, nation_style

NAMES = [name for name, _ in figures.FIGURES]


@pytest.fixture(scope="module")
def results():
    """Three runs of the tiny world."""
    return run_replications(load_scenario("tiny"), 3, jobs=1)


@pytest.fixture(scope="module")
def tiny(results) -> figures.Drawn:
    """What the figures of the tiny world are drawn from."""
    return figures.Drawn.of(results)


@pytest.fixture(scope="module")
def whole() -> figures.Drawn:
    """What the figures of two runs of the whole world are drawn from."""
    return figures.Drawn.of(run_replications(load_scenario("baseline"), 2, jobs=1))


def drawn(of: figures.Drawn, name: str) -> Figure:
    with matplotlib.rc_context(dict(RC)):
        return dict(figures.FIGURES)[name](of)


def headline(figure: Figure) -> str:
    return figure.texts[0].get_text().replace("\n", " ")


def test_every_figure_is_written_as_svg_and_png(results, tmp_path):
    """The files listed are those in the folder, of the size of a slide and not blank."""
    written = figures.draw_run(results, tmp_path)
    assert written == [tmp_path / f"{name}.{kind}" for name in NAMES for kind in ("svg", "png")]
    assert sorted(written) == sorted(tmp_path.iterdir())
    for path in written:
        assert path.stat().st_size > 10_000
        if path.suffix == ".png":
            pixels = imread(path)
            assert pixels.shape[:2] == (1125, 1999)
            assert pixels.std() > 0.05


def test_equal_runs_give_equal_figures_without_a_date(tiny, tmp_path):
    """Drawn twice, a figure has the same bytes; no date or version of a program is in it."""
    for name, draw in figures.FIGURES:
        for folder in ("one", "two"):
            (tmp_path / folder).mkdir(exist_ok=True)
            figures.write(lambda draw=draw: draw(tiny), tmp_path / folder, name)
        for kind in figures.FORMATS:
            one, two = ((tmp_path / folder / f"{name}.{kind}") for folder in ("one", "two"))
            assert one.read_bytes() == two.read_bytes()
        assert "dc:date" not in (tmp_path / "one" / f"{name}.svg").read_text(encoding="utf-8")


def test_a_figure_that_fails_leaves_nothing(tmp_path, monkeypatch):
    """What cannot be written whole is not there at all, and the older file stays."""
    old = tmp_path / "x.svg"
    old.write_text("old", encoding="utf-8")

    def half(_: Figure, path: Path, **__: object) -> None:
        path.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt

    monkeypatch.setattr(Figure, "savefig", half)
    with pytest.raises(KeyboardInterrupt):
        figures.save(Figure(), old)
    assert old.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [old]


def test_no_room_of_viz_uses_pyplot(root):
    """Pyplot keeps figures in a global state that threads share; only Figure is used."""
    for path in (root / "viz").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import)
                 for alias in node.names}  # fmt: skip
        names |= {f"{node.module}.{alias.name}" for node in ast.walk(tree)
                  if isinstance(node, ast.ImportFrom) for alias in node.names}  # fmt: skip
        assert not [name for name in names if "pyplot" in name], path.name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("world", ["tiny", "whole"])
def test_texts_neither_collide_nor_leave_the_slide(name, world, request):
    """No upright text covers another, and none reaches over the edge."""
    figure = drawn(request.getfixturevalue(world), name)
    assert collisions(figure) == []
    assert beyond_the_edge(figure) == []


def test_the_search_for_collisions_finds_them():
    """Two texts in one place, and one beyond the edge, are found."""
    figure = Figure()
    figure.text(0.5, 0.5, "one")
    figure.text(0.5, 0.5, "two")
    figure.text(0.99, 0.1, "far too long for the place")
    assert collisions(figure) == [("one", "two")]
    assert beyond_the_edge(figure) == ["far too long for the place"]


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_says_runs_caveat_and_source(name, tiny):
    """N, that nothing is forecast, that nations are illustrations; SIPRI where its data are."""
    said = " ".join(text.get_text().replace("\n", " ") for text in drawn(tiny, name).texts)
    assert "N = 3 runs" in said
    assert "not a forecast. Nations are illustrations, not assessments of governments." in said
    sipri = name in ("1_market_share", "3_burden", "5_order_to_delivery")
    assert ("© SIPRI, non-commercial use with credit" in said) == sipri


def test_a_single_run_is_called_one():
    """One run has no band, and the figure says so."""
    of = figures.Drawn.of(run_replications(load_scenario("tiny"), 1, jobs=1))
    said = drawn(of, "2_routes").texts[1].get_text().replace("\n", " ")
    assert "a single run, so without a band" in said


def test_the_headline_on_market_share_is_the_median_share_of_the_window(tiny):
    """Model and data in the headline are those of deliveries and of the recorded imports."""
    buyers = ["FRA", "POL"]
    rows = tiny.deliveries[
        (tiny.deliveries["period"] == "2015-19") & tiny.deliveries["buyer"].isin(buyers)
    ]
    usa = rows["volume"].where(rows["supplier"] == "USA", 0.0).groupby(rows["replication"]).sum()
    share = (usa / rows.groupby("replication")["volume"].sum()).median()
    imports = tiny.world.imports[1][tiny.world.is_buyer].sum(axis=0)
    data = imports[tiny.world.usa] / imports.sum()
    said = headline(drawn(tiny, "1_market_share"))
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


def test_shares_of_a_period_add_up_and_the_record_is_that_of_the_targets(whole):
    """Sources add to one; recorded levels equal the targets, and carry their bands."""
    shares = observed.period_shares(whole.deliveries, whole.world)
    np.testing.assert_allclose(shares.groupby(["replication", "period"])["value"].sum(), 1.0)
    recorded = observed.recorded_shares(whole.world).set_index(["window", "entity"])
    assert recorded.loc[("2020-24", "USA"), "value"] == pytest.approx(0.491, abs=6e-4)
    assert recorded.loc[("2020-24", "USA"), "low"] == 0.451
    assert recorded.loc[("2015-19", "competitor"), "value"] == pytest.approx(0.18, abs=6e-4)


def test_a_smaller_world_borrows_no_band(tiny):
    """Bands of the whole world are not drawn beside the shares of a few buyers."""
    assert observed.recorded_shares(tiny.world)["low"].isna().all()


def test_the_headline_on_routes_is_the_mean_of_the_last_years(tiny):
    """Each route's figure is the median over runs of its yearly shares of 2015-19."""
    rows = tiny.series[
        (tiny.series["outcome"] == "route_share_delivered")
        & tiny.series["quarter"].isin([f"{year}Q4" for year in range(2015, 2020)])
    ]
    mean = rows[rows["entity"] == "domestic"].groupby("replication")["value"].mean().median()
    assert route_means(tiny.series, tiny.about)["domestic"] == pytest.approx(mean)
    assert f"Own industry {percent(mean)}" in headline(drawn(tiny, "2_routes"))


def test_the_headline_on_burden_is_the_outcome_and_the_record(whole):
    """The rank correlations are the outcome's median and that of the data of 2024."""
    rank = whole.outcomes[whole.outcomes["outcome"] == "burden_rank_correlation"]["value"].median()
    world = whole.world
    buyers = world.is_buyer
    burden = world.milex[buyers, -1] / world.gdp[buyers, -1]
    data = pd.Series(burden).corr(pd.Series(world.gdp[buyers, -1]), method="spearman")
    assert recorded_rank(observed.recorded_burdens(world)) == pytest.approx(data)
    said = headline(drawn(whole, "3_burden"))
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
    assert f"Foreign Military Sales {digits(found)}" in headline(drawn(whole, "4_waiting"))


def test_the_headline_on_leads_counts_what_is_inside(whole):
    """The suppliers counted are those whose median over runs is in the band of the record."""
    targets = observed.lead_targets()
    found = lead_bands(whole.waits[whole.waits["clock"] == "contract"], targets)
    inside = sum(bool(targets[name].inside(found.loc[name, "median"])) for name in targets)
    said = lead_headline(found, targets)
    assert f"for {inside} of 7 suppliers" in said
    assert f"United States {digits(found.loc['USA', 'median'])} years, data 4.0" in said


def test_the_headline_on_the_network_counts_buyers_and_volume(tiny):
    """The U.S. share is its part of the mean volume between the nations of the world."""
    period, flows = last_flows(tiny.deliveries, tiny.world)
    assert period == "2015-19"
    share = flows.loc[flows["supplier"] == "USA", "volume"].sum() / flows["volume"].sum()
    assert f"{percent(share)} of the volume shown" in headline(drawn(tiny, "6_network"))
    rows = tiny.deliveries[(tiny.deliveries["period"] == period)]
    rows = rows[~rows["buyer"].eq("ROW") & ~rows["supplier"].eq("ROW")]
    assert flows["volume"].sum() == pytest.approx(rows["volume"].sum() / 3)
    assert "0 of 1" in network_headline(charts_graph(), load_world(("USA", "FRA")))


def charts_graph():
    """France delivers to the United States alone."""
    from alliance_abm.network import flow_graph

    flows = pd.DataFrame({"buyer": ["USA"], "supplier": ["FRA"], "volume": [1.0]})
    return flow_graph(flows, ["USA", "FRA"])


@pytest.mark.parametrize(
    "changes",
    [
        {"horizon": {"report_from": "2010Q3", "end": "2011Q2"}},
        {"world": {"nations": ["USA", "POL"]}, "events": []},
        {"world": {"domains": ["space"]}, "events": []},
        {"horizon": {"end": "2027Q2"}},
    ],
    ids=["six quarters", "one buyer", "space alone", "an odd end"],
)
def test_small_and_short_worlds_draw_too(changes, tmp_path):
    """Where a panel has nothing to show, it says so; nothing fails or collides."""
    of = figures.Drawn.of(run_replications(load_scenario("tiny", changes), 2, jobs=1))
    for name in NAMES:
        figure = drawn(of, name)
        assert collisions(figure) == []
        assert beyond_the_edge(figure) == []


def test_results_without_a_table_are_refused_by_its_name(results, tmp_path):
    """Figures of results that hold no waits are refused, and nothing is drawn."""
    tables = {name: table for name, table in results.tables.items() if name != "waits"}
    broken = type(results)(**{**vars(results), "tables": tables})
    with pytest.raises(ValueError, match="no table 'waits'"):
        figures.draw_run(broken, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_figures_and_their_tables_are_part_of_a_result_folder(results, tmp_path):
    """The summary shows the figures, and the small tables read back as they were."""
    write_results(results, tmp_path, ["run"], figures.draw_run)
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"({FIGURES_FOLDER}/{name}.svg)" in summary
    stored = read_results(tmp_path)
    assert set(stored.tables) == {"stages", "waits", "deliveries"}
    for name, table in stored.tables.items():
        pd.testing.assert_frame_equal(table, results.tables[name])


def test_what_is_told_apart_differs_in_more_than_colour():
    """Sources, and routes, differ pairwise in colour and in line or marker; so do large buyers."""
    for styles in (SOURCES, ROUTES):
        looks = list(styles.values())
        assert len({look.colour for look in looks}) == len(looks)
        assert len({(str(look.line), look.marker) for look in looks}) == len(looks)
    largest = ("JPN", "DEU", "IND", "GBR", "FRA", "ITA", "CAN", "BRA")
    assert {nation_style(name).colour for name in largest} == set(NATION_COLOURS)
    assert nation_style("USA") == SOURCES["USA"]


def test_bands_are_quantiles_over_runs():
    """Median and 10 and 90 % quantiles; what is not seen to end counts as longest."""
    frame = pd.DataFrame({"x": 0, "value": [float(v) for v in range(11)]})
    assert bands(frame, ["x"]).loc[0, ["low", "median", "high", "n"]].tolist() == [1, 5, 9, 11]
    frame["value"] = [1.0, 2.0, np.inf, np.inf, np.inf, np.nan, 1.0, 1.0, 1.0, 1.0, 1.0]
    row = bands(frame, ["x"]).iloc[0]
    assert (row["median"], row["n"]) == (1.0, 10)
    assert np.isnan(row["high"])


def test_a_survival_curve_is_kaplan_and_meiers():
    """Two of four delivered after one quarter, one open since then, the last after three."""
    table = pd.DataFrame(
        {
            "group": "a",
            "quarters": [1, 1, 3],
            "delivered": [True, False, True],
            "orders": [2, 1, 1],
        }
    )
    curve = survival(table, ["group"])
    assert curve.loc["a"].tolist() == [1.0, 0.5, 0.5, 0.0]
    assert median_years(curve)["a"] == 0.25
    open_only = table.assign(delivered=False)
    assert survival(open_only, ["group"]).loc["a"].tolist() == [1.0, 1.0, 1.0, 1.0]
    assert median_years(survival(open_only, ["group"]))["a"] == np.inf


def test_a_wrapped_text_keeps_its_words():
    """Lines are broken at spaces alone, never inside a number with its unit."""
    text = " ".join([f"{number}\u00a0%" for number in range(60)])
    lines = wrapped(text, 20.0, "bold").split("\n")
    assert len(lines) > 1
    assert " ".join(lines) == text


def target(model: float, low: float | None = 1.0, high: float | None = 3.0, **more: object) -> dict:
    inside = (low is None or model >= low) and (high is None or model <= high)
    row = {
        "kind": "target", "id": "us_share_deliveries", "window": "2015-19", "model": model,
        "model_low": model - 0.1, "model_high": model + 0.1, "n": 5, "target": 2.0,
        "target_low": low, "target_high": high, "inside": inside, "use": "calibrate", "unit": "",
    }  # fmt: skip
    return {**row, **more}


def test_the_hindcast_shows_hits_and_misses_alike(tmp_path):
    """Inside means within one half band; what has no band or value is left out and counted."""
    rows = [
        target(2.5),
        target(3.2),
        target(9.0, high=None, id="supplier_hhi"),
        target(2.0, use="initial state", window="2010-14"),
        target(2.0, None, None, inside=None),
        {"kind": "score", "window": "2015-19"},
    ]
    with matplotlib.rc_context(dict(RC)):
        figure = charts.hindcast_targets(rows)
    assert headline(figure).startswith("2 of 3 targets after the start are inside their bands, 1")
    assert headline(figure).endswith("of the initial state 1 of 1")
    assert "1 target without a band or a value is left out" in figure.texts[1].get_text().replace(
        "\n", " "
    )
    assert collisions(figure) == []
    written = figures.draw_hindcast(rows, tmp_path)
    assert [path.name for path in written] == ["hindcast.svg", "hindcast.png"]


def test_the_distance_to_a_band_agrees_with_the_verdict():
    """A target is inside exactly when it is drawn inside the band, one-sided bands too."""
    from viz.hindcast import standardised

    rows = [target(value, low, high) for value in (0.5, 1.0, 1.5, 2.0, 3.0, 3.5)
            for low, high in ((1.0, 3.0), (1.9, 3.0), (None, 3.0), (1.0, None))]  # fmt: skip
    found = standardised(rows)
    assert ((found["model"].abs() <= 1.0 + 1e-12) == found["inside"]).all()


def test_a_hindcast_without_targets_says_so():
    """No target to judge is no error."""
    with matplotlib.rc_context(dict(RC)):
        figure = charts.hindcast_targets([{"kind": "score"}])
    assert "No target" in figure.axes[0].texts[0].get_text()


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
