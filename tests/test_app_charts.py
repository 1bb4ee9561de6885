"""Charts of the app: true to their tables, honest about what is unclear, plain JSON."""

from __future__ import annotations

import ast
import json
import re
import weakref
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from app_views import CASES, QUARTER, cube, drawn, series_of, texts, view_of, whole
from comparison_tables import QUARTERS, made

from alliance_abm.levers import LeverUse
from experiments.comparison import Comparison
from viz.app.chart import Chart, csv_text, file_stem, jsonable
from viz.app.options.cubes import _KEPT, Cube
from viz.app.options.frame import LABEL_LETTERS, MOST_LETTERS, MOST_POLICIES, folded, looks
from viz.app.options.paths import difference_chart, level_chart
from viz.app.options.shares import sources_chart
from viz.app.options.words import ONE_RUN
from viz.app.outcome_charts import FOLLOW, outcome_chart
from viz.policy_view import BASELINE, View
from viz.policy_words import AS_IT_MUST, is_clear

APP = Path(__file__).parent.parent / "viz" / "app"


def test_a_chart_has_the_six_parts_that_every_page_counts_on():
    """Another room of charts makes the same objects: their fields are fixed."""
    names = ["id", "option", "headline", "note", "table", "alt"]
    assert [one.name for one in fields(Chart)] == names


@pytest.mark.parametrize("at", [None, QUARTER])
@pytest.mark.parametrize("case", CASES)
def test_options_are_plain_json_and_small(case, at):
    """No NaN, no infinity, no numpy; at most 64 kB a chart, so that a step is quick."""
    for name, chart in drawn(case, at).items():
        text = json.dumps(chart.option, allow_nan=False)
        assert len(text) < 64_000, name
        assert "nan" not in chart.headline.lower().split(), name


@pytest.mark.parametrize("case", CASES)
def test_every_note_says_how_many_runs(case):
    """N and the world stand under every chart, and that a single run is an example."""
    runs = view_of(case).comparison.replications
    for name, chart in drawn(case).items():
        assert f"N = {runs} run" in chart.note, name
        assert "World 'baseline'" in chart.note
        assert ("an example" in chart.note) == (runs == 1), name
        assert "not assessments of governments" in chart.note


@pytest.mark.parametrize("case", CASES)
def test_what_is_written_stays_short(case):
    """Names above a chart fit 500 pixels, names at the ends of lines the room beside them."""
    for name, chart in drawn(case).items():
        title = chart.option["title"]
        assert max(len(title["text"]), len(title["subtext"])) <= MOST_LETTERS, name
        for one in chart.option["series"]:
            label = one.get("endLabel", {}).get("formatter", "").replace("{m|●} ", "")
            assert label.count("\n") <= 1
            assert all(len(line) <= LABEL_LETTERS for line in label.split("\n")), name
        assert chart.headline and not chart.headline.endswith(".")
        assert chart.alt.count(chart.headline) == 1


@pytest.mark.parametrize("case", [case for case in CASES if case != "hardly a table"])
def test_tables_carry_what_their_numbers_rest_on(case):
    """Unit, N, world, seed and config stand in every row that is taken away."""
    for name, chart in drawn(case).items():
        if chart.table.empty:
            assert "No policy" in chart.option["title"]["subtext"] or name == "routes_orders"
            continue
        needed = {"unit", "n", "world", "seed", "config_hash", "policy", "policy_title"}
        assert needed <= set(chart.table.columns), name
        assert chart.table["config_hash"].nunique() == 1


def test_lines_and_bands_are_the_quantiles_of_the_runs():
    """Median, 10 and 90 % of each quarter are numpy's, for the baseline and a policy."""
    view = view_of("three policies")
    chart = level_chart(view, "us_share_deliveries")
    first = QUARTERS - len(chart.option["xAxis"]["data"])
    assert chart.option["xAxis"]["data"][0] == "2015Q1"
    for policy in (BASELINE, "policy_1"):
        values = cube(view.comparison, policy, "USA", "share_delivered")[:, first:]
        low, middle, high = np.quantile(values, [0.1, 0.5, 0.9], axis=0)
        kept = [series_of(chart, f"{name}:{policy}")["data"] for name in ("low", "median", "width")]
        np.testing.assert_allclose(kept[0], low, rtol=1e-4)
        np.testing.assert_allclose(kept[1], middle, rtol=1e-4)
        np.testing.assert_allclose(kept[2], high - low, rtol=1e-4)
        rows = chart.table[chart.table["policy"] == policy]
        np.testing.assert_allclose(rows["high"], high)
        assert set(rows["n"]) == {12}


def test_the_difference_view_shows_paired_differences():
    """It is the median and the band of policy minus baseline on the same seed, by quarter."""
    view = view_of("three policies")
    chart = difference_chart(view, "us_share_deliveries")
    first = QUARTERS - len(chart.option["xAxis"]["data"])
    both = [cube(view.comparison, one, "USA", "share_delivered") for one in ("policy_1", BASELINE)]
    apart = (both[0] - both[1])[:, first:]
    low, middle, high = np.quantile(apart, [0.1, 0.5, 0.9], axis=0)
    rows = chart.table[chart.table["policy"] == "policy_1"]
    np.testing.assert_allclose(rows["median"], middle, atol=1e-12)
    np.testing.assert_allclose(rows["low"], low, atol=1e-12)
    np.testing.assert_allclose(rows["high"], high, atol=1e-12)
    unpaired = np.median(both[0], axis=0) - np.median(both[1], axis=0)
    assert not np.allclose(rows["median"], unpaired[first:])


def test_a_band_below_zero_is_stacked_whatever_its_sign():
    """Low edges below zero and widths above add up only with `stackStrategy: all`."""
    chart = difference_chart(view_of("three policies"), "us_share_deliveries")
    low = series_of(chart, "low:policy_1")
    assert min(low["data"]) < 0.0 and low["stackStrategy"] == "all"


def moved_by(shift: float, noise: float) -> View:
    """One policy whose U.S. share parts from the baseline by a shift with noise."""
    found = whole(1)
    table = found.series.copy()
    rng = np.random.default_rng(7)
    mine = (table["policy"] == "policy_0") & (table["entity"] == "USA")
    base = table[(table["policy"] == BASELINE) & (table["entity"] == "USA")]
    keys = ["outcome", "replication", "quarter"]
    level = base.set_index(keys)["value"]
    rows = table[mine].set_index(keys).index
    each = pd.Series(rng.normal(0.0, noise, 12)).reindex(table[mine]["replication"]).to_numpy()
    table.loc[mine, "value"] = level.loc[rows].to_numpy() + shift + each
    return View.of(replace(found, series=table, differences=without_share(found)))


def without_share(found: Comparison) -> pd.DataFrame:
    """The table of differences without the U.S. share, so that words rest on the series."""
    return found.differences[found.differences["outcome"] != "us_share_deliveries"]


@pytest.mark.parametrize(
    ("shift", "noise", "said"),
    [
        (0.03, 0.001, "percentage points higher"),
        (-0.03, 0.001, "percentage points lower"),
        (0.0005, 0.02, "does not move clearly"),
        (0.0, 0.0, "exactly zero"),
    ],
)
def test_words_follow_the_data(shift, noise, said):
    """A clear change is said with its way, one within chance is called unclear, none zero."""
    view = moved_by(shift, noise)
    for chart in (level_chart(view, "us_share_deliveries"), sources_chart(view),
                  difference_chart(view, "us_share_deliveries")):  # fmt: skip
        assert said in chart.headline
        assert "in 2031–40" in chart.headline.lower()
        assert ("90 % interval" in chart.headline) == (said != "exactly zero")


@pytest.mark.parametrize("case", CASES)
def test_a_quarter_looked_at_is_no_test(case):
    """There headlines tell levels, or what is drawn: no change is called clear, nor unclear."""
    for name in FOLLOW:
        chart = drawn(case, QUARTER)[name]
        if chart.table.empty:
            continue
        assert "clear" not in chart.headline, name
        assert "90 % interval" not in chart.headline, name
    moves = moved_by(0.03, 0.001)
    assert "clear" not in sources_chart(moves, at=QUARTER).headline
    apart = difference_chart(moves, "us_share_deliveries", QUARTER).headline
    assert "not tested" in apart and "in 8 of 10 pairs" in apart


def test_no_chart_calls_clear_what_the_table_of_differences_does_not():
    """The series part widely, the table says chance: every sentence follows the table."""
    found = whole(1)
    series = moved_by(0.03, 0.001).comparison.series
    for p_holm, low in ((0.5, -0.01), (0.01, 0.002)):
        table = found.differences.copy()
        mine = table["outcome"] == "us_share_deliveries"
        wanted = ["difference", "low", "high", "p", "p_holm"]
        table.loc[mine, wanted] = [0.004, low, 0.02, p_holm / 2, p_holm]
        view = View.of(replace(found, series=series, differences=table))
        for chart in (level_chart(view, "us_share_deliveries"), sources_chart(view),
                      difference_chart(view, "us_share_deliveries")):  # fmt: skip
            assert ("does not move clearly" in chart.headline) == (p_holm > 0.1)
            assert f"90 % interval {'−1.0' if low < 0 else '+0.20'} to +2.0" in chart.headline


def test_levers_that_begin_late_are_said_to():
    """A lever after the middle of the reported years leaves headlines next to nothing to show."""
    found = whole(2)
    first, other = (
        replace(one, levers=(LeverUse(lever="dcs_tracked", start=start),))
        for one, start in zip(found.policies, ("2040Q1", "2027Q1"), strict=True)
    )
    both = View.of(replace(found, policies=(first, other)))
    assert "begins in 2040; headlines average 2031–40" in level_chart(both, "gap_years").note
    alone = level_chart(both.only([first.name]), "gap_years").note
    assert "The levers begin in 2040; headlines average 2031–40" in alone
    assert "begin" not in level_chart(both.only([other.name]), "gap_years").note


def test_without_a_quarter_the_change_is_that_of_the_reported_years():
    """Then the words follow the table of differences, not the last quarter."""
    view = view_of("six policies")
    table = view.comparison.differences
    mine = table[table["outcome"] == "us_share_deliveries"]
    clear = [bool(is_clear(row)) for _, row in mine.iterrows()]
    shown = level_chart(view, "us_share_deliveries")
    assert "in 2031–40" in shown.headline
    assert ("does not move clearly" in shown.headline) == (not any(clear[:MOST_POLICIES]))


def test_the_placebo_changes_exactly_nothing():
    """Every chart of changes says that it is zero, as it must be; dots are crosses."""
    charts = drawn("placebo")
    for name in ("us_share_change", "us_share", "burden_sharing", "effects", "stages", "tiers",
                 "losses", "sources"):  # fmt: skip
        assert AS_IT_MUST in charts[name].headline, name
    dots = series_of(charts["effects"], "dots:Placebo")["data"]
    assert dots and all(one["value"][0] == 0.0 and "symbol" in one for one in dots)
    apart = charts["us_share_change"]
    assert (apart.table[["low", "median", "high"]] == 0.0).all(axis=None)
    assert apart.option["yAxis"]["min"] == -1


def test_a_single_pair_has_no_interval():
    """No band and no interval is drawn, and each headline says it is an example."""
    charts = drawn("a single pair")
    for name, chart in charts.items():
        ids = [str(one.get("id")) for one in chart.option["series"]]
        assert not [one for one in ids if one.startswith(("low:", "width:"))], name
        for one in chart.option["series"]:
            if str(one.get("id")).startswith(("interval:", "cross:")):
                assert one["data"] == [], name
    for name in ("us_share_change", "effects", "stages", "tiers", "trade_off", "losses"):
        assert charts[name].headline == ONE_RUN, name
    assert "one run, an example" in charts["us_share"].headline


def test_too_few_pairs_are_said_to_be_too_few():
    """Three pairs cannot tell a change of one sign from chance: that is not `does not move`."""
    found = whole(1, runs=3)
    table = found.series.copy()
    level = table[table["policy"] == BASELINE]["value"].to_numpy()
    table.loc[table["policy"] == "policy_0", "value"] = level * (1.1 + 0.01 * table.loc[
        table["policy"] == BASELINE, "replication"].to_numpy())  # fmt: skip
    said = difference_chart(
        View.of(replace(found, series=table, differences=without_share(found))),
        "us_share_deliveries",
    )
    assert "3 pairs of runs are too few to tell" in said.headline


def test_a_quarter_is_marked_and_an_unknown_one_is_not():
    """The charts over time carry one upright line at the quarter looked at."""
    for name, wanted in ((QUARTER, 1), ("2099Q1", 0)):
        charts = drawn("three policies", name)
        for one in FOLLOW - {"routes_orders"}:
            marked = [mark for series in charts[one].option["series"]
                      for mark in series.get("markLine", {}).get("data", [])]  # fmt: skip
            assert sum(mark.get("xAxis") == name for mark in marked) == wanted, one
    for name in ("stages", "effects"):
        again = outcome_chart(name, view_of("three policies"), at=QUARTER)
        assert again.option == drawn("three policies")[name].option


def test_a_policy_has_one_colour_everywhere():
    """Eight policies differ in colour, and each keeps its own in every chart."""
    view = View.of(made(8))
    assert len({looks(view, one)[0] for one in view.policies}) == 8
    few = view.only(view.policies[2:5])
    line = series_of(level_chart(view_of("three policies"), "us_share_deliveries"),
                     "median:policy_1")  # fmt: skip
    assert line["lineStyle"]["color"] == looks(view_of("three policies"), "policy_1")[0]
    assert [looks(few, one)[1] for one in few.policies] != ["solid"] * 3


def test_each_table_of_series_is_read_anew(monkeypatch):
    """Charts never show the numbers of another table, nor those of one that has gone."""
    first, other = whole(1), whole(1)
    other = replace(other, series=other.series.assign(value=other.series["value"] / 2))
    one, two = (level_chart(View.of(found), "us_share_deliveries").table["median"]
                for found in (first, other))  # fmt: skip
    np.testing.assert_allclose(two, one / 2)
    gone = (weakref.ref(other.series), Cube((), {}))
    monkeypatch.setitem(_KEPT, (id(first.series), "baseline"), gone)
    again = level_chart(View.of(first), "us_share_deliveries").table["median"]
    np.testing.assert_allclose(again, one)


def test_csv_holds_no_formula_and_file_names_are_safe():
    """A title that a spreadsheet would run is text, and no name leaves its folder."""
    table = pd.DataFrame({"policy": ["=1+1", "-x", "plain"], "value": [-1.0, 2.0, 3.0]})
    chart = Chart("../a b/C:levers", {}, "", "", table, "")
    lines = csv_text(chart).splitlines()
    assert lines[1] == "'=1+1,-1.0" and lines[2].startswith("'-x")
    assert re.fullmatch(r"[a-z0-9_-]+", file_stem(chart))


def test_titles_cannot_speak_for_echarts():
    """Braces in a policy's title are not read as a template, and its markup stays text."""
    found = whole(1)
    odd = replace(found.policies[0], title="{b|x} <script>alert(1)</script>")
    view = View.of(replace(found, policies=(odd,)))
    for name in ("us_share", "effects", "trade_off"):
        option = outcome_chart(name, view).option
        assert not [text for text in texts(option) if "{b|x}" in text], name
    vue = (APP / "chart.vue").read_text(encoding="utf-8")
    assert "v-html" not in vue and "innerHTML" not in vue
    assert folded("a" * 60).count("\n") <= 1


def test_every_named_format_and_tone_is_known_to_the_page():
    """What options ask of the browser is defined there."""
    vue = (APP / "chart.vue").read_text(encoding="utf-8")
    known = set(re.findall(r"^    (\w+): \((?:\w*)\) =>", vue, re.MULTILINE))
    tones = set(re.findall(r"(\w+): \"#", vue[vue.index("TONES") : vue.index("dark:")]))
    asked = [text for case in CASES for chart in drawn(case, QUARTER).values()
             for text in texts(chart.option)]  # fmt: skip
    formats = {text.split(":")[1] for text in asked if text.startswith("fmt:")}
    assert formats and formats <= known
    colours = {text.split(":")[1] for text in asked if text.startswith("tone:")}
    assert colours and colours <= tones


def test_what_is_missing_becomes_null():
    """NaN and infinity are no JSON; None is."""
    found = jsonable({"a": [np.float64("nan"), np.inf, 1.23456789], "b": np.bool_(True)})
    assert json.dumps(found, allow_nan=False) == '{"a": [null, null, 1.2346], "b": true}'


def test_charts_do_not_need_the_page():
    """Only the component imports solara: options, tiles and charts work in the core install."""
    others = [APP / name for name in ("chart.py", "tiles.py", "outcome_charts.py")]
    for path in [*APP.glob("options/*.py"), *others]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert "solara" not in ast.unparse(node), path.name
