"""Charts of nations: plain JSON with the ensemble's numbers, N in their words, nothing unclear
called clear, and choices told as the run made them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tiny_worlds

from alliance_abm.model import AllianceModel
from alliance_abm.quarters import Quarter
from alliance_abm.scenario import load_scenario
from experiments.example_run import ExampleRun, example_run
from experiments.nation_ensemble import BASELINE, NationEnsemble
from experiments.nation_records import NationRecord, nation_record
from viz.app.chart import Chart
from viz.app.nation_view import PICTURES, detail, nation_clicked, picture, window_to
from viz.app.options.map import FOCUS, world_map
from viz.app.options.map_layers import CHANGES, MEASURES_SHOWN
from viz.app.options.nation import PATHS, mark_quarter, nation_path, portfolio, strategies
from viz.app.options.nation_changes import supplier_change
from viz.app.options.nation_parts import NO_NAME, Shown
from viz.app.options.network import places_of, supplier_network
from viz.app.options.pipeline import open_needs, under_way
from viz.app.options.sankey import sankey

YEARS = (2013, 2017)
SEEDS = (1, 2, 3, 4)
AT = "2015Q2"
TITLE = "Fast <script>alert(1)</script> & more"


def world() -> Any:
    """A world of ten nations and three domains."""
    return load_scenario("tiny").with_set(tiny_worlds.MIDDLE)


@pytest.fixture(scope="module")
def records() -> list[NationRecord]:
    """Records of four runs."""
    return [nation_record(AllianceModel(world(), rng=seed).run()) for seed in SEEDS]


@pytest.fixture(scope="module")
def ensemble(records) -> NationEnsemble:
    """A baseline, a policy that changes nothing, and one that takes U.S. deliveries away."""
    return NationEnsemble.of(
        {BASELINE: records, "placebo": records, "less": [without_us(one) for one in records]}
    )


def without_us(record: NationRecord) -> NationRecord:
    """The record with every delivery of the United States gone."""
    usa = record.nations.index("USA")
    return replace(record, volumes=record.volumes[record.volumes["supplier"] != usa])


@pytest.fixture(scope="module")
def shown(ensemble) -> Shown:
    """The baseline."""
    return Shown(ensemble, BASELINE, YEARS, titles={"less": TITLE, "placebo": "Placebo"})


@pytest.fixture(scope="module")
def run() -> ExampleRun:
    """One run of the same world."""
    return example_run(world(), 1)


def charts_of(shown: Shown, nation: str) -> Iterator[Chart]:
    """Every chart of a policy and a nation."""
    for measure in MEASURES_SHOWN:
        yield world_map(shown, measure, nation)
    yield sankey(shown)
    yield sankey(shown, nation)
    yield supplier_network(shown)
    yield supplier_network(shown, nation)
    yield portfolio(shown, nation)
    yield strategies(shown, nation)
    for measure in PATHS:
        yield nation_path(shown, nation, measure)


def texts(value: Any) -> Iterator[str]:
    """Every text of an option."""
    if isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("policy", [BASELINE, "placebo", "less"])
@pytest.mark.parametrize("nation", ["POL", "KOR"])
def test_options_are_plain_json_with_words(shown, policy, nation):
    """Every option is JSON without NaN, every chart says N, has a table and an alternative."""
    for chart in charts_of(shown.under(policy), nation):
        text = json.dumps(chart.option, allow_nan=False)
        assert json.loads(text) == chart.option, chart.id
        assert chart.option["animation"] is False
        assert "nan" not in chart.headline.lower()
        assert chart.headline.endswith(".")
        assert chart.alt
        assert len(chart.table)
        assert "\n" not in chart.headline
        if chart.headline.startswith("This is the baseline itself"):
            continue
        assert "N = 4" in chart.headline, chart.id
        assert "N = 4" in chart.note, chart.id


@pytest.mark.parametrize("nation", ["FRA", "POL"])
def test_a_tiny_world_and_a_single_run_have_charts(run_tiny, nation):
    """Three nations and one run are enough; one run is called an example and has no range."""
    ensemble = NationEnsemble.of({BASELINE: [nation_record(run_tiny(1))]})
    shown = Shown(ensemble, BASELINE, (2015, 2019))
    for chart in charts_of(shown, nation):
        json.dumps(chart.option, allow_nan=False)
        if chart.headline.startswith("This is the baseline itself"):
            continue
        assert "one run, an example" in chart.headline, chart.id
        assert "10–90" not in chart.note, chart.id
        bands = [one for one in chart.option["series"] if "areaStyle" in one] if (
            "series" in chart.option) else []  # fmt: skip
        assert bands == []


def test_years_without_anything_say_so(ensemble):
    """A nation that gets nothing has words in place of a chart, and no number."""
    nothing = {BASELINE: [replace(one, volumes=one.volumes[:0]) for one in
                          ensemble.records[BASELINE].values()]}  # fmt: skip
    shown = Shown(NationEnsemble.of(nothing), BASELINE, YEARS)
    for chart in (sankey(shown), sankey(shown, "POL"), supplier_network(shown),
                  portfolio(shown, "POL")):  # fmt: skip
        assert chart.option["title"]["text"] == chart.headline
        assert "N = 4" in chart.headline
    chart = world_map(shown, "share", "POL")
    assert {one["value"] for one in chart.option["series"][0]["data"]} == {None}
    assert "imports nothing" in chart.option["series"][0]["data"][0]["tooltip"]["formatter"]


def test_the_map_colours_by_the_medians_of_runs(shown):
    """A nation's value on the map is the median of its shares over runs, its tooltip says so."""
    chart = world_map(shown, "share")
    share = shown.ensemble.share_of(BASELINE, "USA", YEARS)
    data = {one["name"]: one for one in chart.option["series"][0]["data"]}
    assert set(data) == {shown.names[name] for name in (*shown.buyers, "USA", "RUS")}
    assert "a supplier" in data["Russia"]["tooltip"]["formatter"]
    assert data["Russia"]["value"] is None
    for name in shown.buyers:
        mine = share[:, shown.ensemble.nations.index(name)]
        if np.isfinite(mine).all():
            assert data[shown.names[name]]["value"] == pytest.approx(np.median(mine), abs=1e-4)
            assert "N = 4 runs" in data[shown.names[name]]["tooltip"]["formatter"]
    assert "NaN" not in json.dumps(chart.option)
    labels = {one["name"] for one in chart.option["geo"]["regions"]}
    assert labels == {"United States", "Russia"}


def test_what_is_not_in_the_model_is_plain(shown):
    """A country that the model does not have is named so, and no region can be selected."""
    option = world_map(shown, "share").option
    assert option["series"][0]["selectedMode"] is False
    assert option["geo"]["selectedMode"] is False
    assert option["series"][0]["tooltip"]["formatter"] == "{b}: not in the model"
    assert option["visualMap"]["outOfRange"]["color"] == option["geo"]["itemStyle"]["areaColor"]


def test_clicks_find_their_nation(shown):
    """Names of regions, of nodes of the Sankey and of the network lead to codes, others do not."""
    nodes = sankey(shown).option["series"][0]["data"]
    buyers = {nation_clicked({"name": one["name"]}) for one in nodes if one["depth"] == 2}
    assert buyers == set(shown.buyers)
    points = supplier_network(shown).option["series"][0]["data"]
    assert {nation_clicked(one) for one in points} == set(shown.ensemble.nations[:-1])
    for name in ("Peru", "United States to South Korea", "Foreign Military Sales", "", None):
        assert nation_clicked({"name": name}) is None


def test_tables_say_what_they_are_about(shown, run):
    """Every table that is taken away names policy, world, unit and runs, and the stamp given."""
    marked = replace(shown, stamp={"seed": 7, "config": "abc"})
    for chart in charts_of(marked, "POL"):
        rows = chart.table
        assert set(rows["world"]) == {BASELINE}
        assert set(rows["runs"]) == {4}
        assert set(rows["seed"]) == {7}
        assert set(rows["config"]) == {"abc"}
        assert BASELINE in set(rows["policy"])
        assert "unit" in rows
    quarter = Quarter.parse(AT)
    for chart in (under_way(run, "KOR", quarter), open_needs(run, "IND", quarter)):
        assert {"seed", "config", "unit", "at"} <= set(chart.table)


def test_an_empty_chart_is_another_chart(shown):
    """What shows nothing has an id of its own, so that nothing of it stays when there is more."""
    nothing = [replace(one, volumes=one.volumes[:0]) for one in
               shown.ensemble.records[BASELINE].values()]  # fmt: skip
    empty = replace(shown, ensemble=NationEnsemble.of({BASELINE: nothing}))
    assert sankey(empty).id == "sankey_empty"
    assert sankey(shown).id == "sankey"
    assert "zoom" not in world_map(shown, "share").option["geo"]
    near = world_map(shown, "share", focus="europe")
    assert near.option["geo"]["zoom"] > 1.0
    assert near.id != world_map(shown, "share").id


def test_arcs_lead_to_the_nation_looked_at(shown):
    """Arcs come from the largest suppliers of a nation and end in it; none without a nation."""
    plain = world_map(shown, "share").option["series"]
    assert [one["type"] for one in plain] == ["map", "scatter"]
    arcs = next(one for one in world_map(shown, "share", "KOR").option["series"]
                if one["type"] == "lines")  # fmt: skip
    found = shown.ensemble.shares(BASELINE, "KOR", YEARS, of="imports")
    first = found[found["supplier"] != "ROW"].iloc[0]
    assert arcs["data"][0]["name"] == f"{shown.names[first['supplier']]} to South Korea"
    assert arcs["data"][0]["value"] == pytest.approx(first["median"], abs=1e-4)
    assert len({tuple(one["coords"][1]) for one in arcs["data"]}) == 1


def test_changes_are_clear_only_when_they_are(shown):
    """A policy that changes nothing is exactly the same everywhere; one that takes all U.S. sales
    away is told by its size, and with four pairs is not called clear."""
    placebo = world_map(shown.under("placebo"), "change")
    assert "stays exactly the same" in placebo.headline
    values = {one["value"] for one in placebo.option["series"][0]["data"]}
    assert values == {2.0, None}  # None: who is no buyer
    less = world_map(shown.under("less"), "change")
    table = less.table.set_index("nation")
    at = shown.ensemble.nations.index("KOR")
    before, after = (
        shown.ensemble.share_of(policy, "USA", YEARS)[:, at] for policy in (BASELINE, "less")
    )
    both = np.isfinite(before) & np.isfinite(after)
    assert table.loc["KOR", "difference"] == pytest.approx(-before[both].mean())
    assert table.loc["KOR", "n"] == both.sum() >= 2
    clear = table["clear"]
    assert not clear.any()  # no p below 0.1 among ten nations with four pairs
    assert "does not change clearly" in less.headline
    assert "not clear" in less.option["series"][0]["data"][0]["tooltip"]["formatter"]


def test_many_pairs_make_a_change_clear(records):
    """With enough pairs a loss of all U.S. sales is clear; colour and triangle are a fall's."""
    many = {place: records[place % 4] for place in range(12)}
    fewer = {place: without_us(one) for place, one in many.items()}
    shown = Shown(NationEnsemble.of({BASELINE: many, "less": fewer}), "less", YEARS)
    chart = world_map(shown, "change")
    table = chart.table.set_index("nation")
    assert table.loc["KOR", "clear"]
    assert "clearly rises for 0 and falls for" in chart.headline
    point = next(one for one in chart.option["series"][1]["data"] if one["name"] == "South Korea")
    assert (point["symbol"], point["symbolRotate"]) == ("triangle", 180)
    assert CHANGES[int(point["value"][2])].label == "clearly lower, over 5 points"


def test_the_first_supplier_is_tested_among_all(records):
    """Who supplies most is known after the runs: p counts the suppliers of all buyers; what is
    clear is told with its mean paired difference and interval."""
    few = NationEnsemble.of({BASELINE: records, "less": [without_us(one) for one in records]})
    for nation in ("KOR", "POL", "FRA"):
        headline = portfolio(Shown(few, "less", YEARS), nation).headline
        assert "clearly higher" not in headline  # four pairs have no p below 0.1
        assert "clearly lower" not in headline
    many = {place: records[place % 4] for place in range(16)}
    fewer = {place: without_us(one) for place, one in many.items()}
    shown = Shown(NationEnsemble.of({BASELINE: many, "less": fewer}), "less", YEARS)
    found = supplier_change(shown, "KOR", "USA")
    share = shown.ensemble.share_of(BASELINE, "USA", YEARS, of="all")
    at = shown.ensemble.nations.index("KOR")
    assert found["difference"] == pytest.approx(-np.nanmean(share[:, at]))
    assert found["p_holm"] > 10 * found["p"]
    told = [portfolio(shown, nation).headline for nation in ("KOR", "POL", "FRA")]
    assert all("90 % interval" in one for one in told if "clearly higher" in one)
    assert any("clearly higher" in one for one in told)


def test_names_are_escaped_in_tooltips(shown):
    """A policy's title stays text where a browser would read it as HTML."""
    less = shown.under("less")
    for chart in (portfolio(less, "KOR"), world_map(less, "change", "KOR")):
        tips = [text for text in texts(chart.option["series"]) if "<b>" in text]
        assert tips
        assert not [text for text in tips if "<script" in text]


def test_sankey_keeps_what_flows(shown):
    """What enters a node leaves it, to rounding and what is too thin to draw; labels are shares
    of numpy's medians; a name on both sides is two nodes."""
    option = sankey(shown).option["series"][0]
    nodes = {one["name"]: one for one in option["data"]}
    assert len(nodes) == len(option["data"])
    for link in option["links"]:
        assert {link["source"], link["target"]} <= set(nodes)
        assert nodes[link["source"]]["depth"] + 1 == nodes[link["target"]]["depth"]
    total = sum(link["value"] for link in option["links"] if nodes[link["source"]]["depth"] == 0)
    for name, node in nodes.items():
        if node["depth"] == 1:
            into = sum(link["value"] for link in option["links"] if link["target"] == name)
            out = sum(link["value"] for link in option["links"] if link["source"] == name)
            assert into == pytest.approx(out, abs=0.02 * total)
    volume = shown.ensemble.pairs(BASELINE, YEARS)[:, shown.rows]
    share = volume[:, :, shown.ensemble.nations.index("USA")].sum(axis=1) / volume.sum(axis=(1, 2))
    median = 100.0 * np.median(share)
    assert f"{median:.0f}" in nodes["United States"]["label"]["formatter"]
    assert any(name.endswith(NO_NAME) for name in nodes)


def test_sankey_of_a_nation_has_its_own_industry(shown):
    """For one nation own industry is a supplier, and its share is the portfolio's."""
    chart = sankey(shown, "FRA")
    names = [one["name"] for one in chart.option["series"][0]["data"]]
    assert "Own industry" in names
    found = shown.ensemble.shares(BASELINE, "FRA", YEARS).set_index("supplier")
    mine = chart.table[chart.table["supplier"] == "FRA"]["mean"].sum()
    assert mine / chart.table["mean"].sum() == pytest.approx(found.loc["FRA", "mean"], abs=0.05)


def test_the_network_stands_still(shown):
    """Places do not hang on policy, years or process, all nations have one, none overlap."""
    one = places_of(shown.ensemble.nations[:-1])
    places_of.cache_clear()
    again = places_of(shown.ensemble.nations[:-1])
    assert one == again
    assert set(one) == set(shown.ensemble.nations[:-1])
    points = np.array(list(one.values()))
    apart = np.abs(points[:, None] - points[None, :]).max(axis=2) + 9.0 * np.eye(len(points))
    assert apart.min() > 0.05
    nodes = supplier_network(shown).option["series"][0]["data"]
    later = supplier_network(replace(shown, years=(2010, 2011))).option["series"][0]["data"]
    assert [(n["x"], n["y"]) for n in nodes] == [(n["x"], n["y"]) for n in later]
    assert len({node["symbol"] for node in nodes}) == 3


def test_lines_over_time_are_the_paths(shown):
    """Median lines are the ensemble's, bands stack from low to high, the mark stands at its
    quarter, and the strategies' weights add up to all."""
    chart = mark_quarter(strategies(shown, "POL"), AT)
    found = shown.ensemble.paths(BASELINE, "POL", "core")
    line = next(one for one in chart.option["series"] if one["name"] == "Core domains")
    np.testing.assert_allclose(line["data"], 100.0 * found["median"], atol=1e-3)
    low, band = (
        next(
            one["data"] for one in chart.option["series"] if one["name"] == f"Core domains, {part}"
        )
        for part in ("low", "range")
    )
    np.testing.assert_allclose(np.add(low, band), 100.0 * found["high"], atol=1e-3)
    assert chart.option["series"][-1]["markLine"]["data"] == [{"xAxis": AT}]
    assert "markLine" not in mark_quarter(portfolio(shown, "POL"), AT).option["series"][-1]
    first = chart.table[chart.table["quarter"] == "2010Q1"]["median"].sum()
    assert first == pytest.approx(1.0, abs=1e-5)


def test_every_picture_and_detail_of_the_page_is_drawn(ensemble):
    """All charts of a quarter and a nation, over the five years that end there."""
    shown = Shown(ensemble, "placebo", window_to(AT), titles={"placebo": "Placebo"})
    for kind in PICTURES:
        assert "2011–15" in picture(shown, kind, "KOR").headline
    assert "exactly as in the baseline" in detail(shown, "KOR", "portfolio", AT).headline
    for name in ("strategy", *PATHS):
        last = detail(shown, "KOR", name, AT).option["series"][-1]
        assert last["markLine"]["data"] == [{"xAxis": AT}]
    for focus in FOCUS:
        json.dumps(picture(shown, "map", None, focus=focus).option, allow_nan=False)
    with pytest.raises(ValueError, match="allowed: share"):
        picture(shown, "map", None, "beauty")


def test_pure_charts_load_no_page():
    """Charts, map and views come without Solara, which a core install lacks."""
    check = "import sys, viz.app.nation_view; print('solara' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
