"""One run looked at closely: orders under way, open needs, and choices told as they were made."""

from __future__ import annotations

import json
from typing import Any

import pytest
import tiny_worlds

from alliance_abm.explain_why import change_text
from alliance_abm.quarters import Quarter
from alliance_abm.scenario import load_scenario
from experiments.example_run import ExampleRun, example_run
from viz.app.options.pipeline import open_needs, under_way
from viz.app.options.why import choice_chances, choice_terms, choice_words, screened_table

AT = "2015Q2"


@pytest.fixture(scope="module")
def run() -> ExampleRun:
    """One run of a world of ten nations and three domains."""
    return example_run(load_scenario("tiny").with_set(tiny_worlds.MIDDLE), 1)


def test_orders_under_way_are_the_ledgers(run):
    """Orders under way are those placed and not complete, with the ledger's quarters."""
    quarter = Quarter.parse(AT)
    found = run.under_way("KOR", quarter)
    frame = run.model.orders()
    mine = frame[(frame["buyer"] == "KOR") & (frame["status"] != "cancelled")]
    mine = mine[mine["awarded_quarter"] <= quarter]
    open_ = mine[(mine["completed_quarter"] < 0) | (mine["completed_quarter"] > quarter)]
    assert sorted(found["order"]) == sorted(open_["order"])
    assert len(found) > 3
    began = open_[open_["first_delivery_quarter"] >= 0].set_index("order")
    labels = found.set_index("order")["first"]
    assert {str(Quarter(q)) for q in began["first_delivery_quarter"]} == set(labels) - {""}
    chart = under_way(run, "KOR", quarter)
    json.dumps(chart.option, allow_nan=False)
    assert f"{len(found)} orders" in chart.headline
    assert "One run, an example (seed 1)" in chart.headline


def test_open_needs_are_requests_without_an_order(run):
    """What is asked for is requested by then and ordered later or never, at every quarter."""
    seen = 0
    for nation in ("KOR", "IND", "POL"):
        for quarter in range(run.model.state.quarter):
            found = run.needs(nation, Quarter(quarter))
            seen += len(found)
            assert (found["since"] <= str(Quarter(quarter))).all()
            later = found[found["met"] != ""]
            assert (later["met"] > str(Quarter(quarter))).all()
            json.dumps(open_needs(run, nation, Quarter(quarter)).option, allow_nan=False)
    assert seen > 3
    last = run.needs("IND", Quarter(run.model.state.quarter - 1))
    cells = run.model.state.cells[run.model.world.nation_index("IND")]
    assert len(last) == int((cells["open"] == 1).sum())


def test_choices_can_be_picked_and_explained(run):
    """Every listed choice is an order of the run; its explanation is the model's own."""
    choices = run.choices("KOR")
    frame = run.model.orders().set_index("order")
    rows = frame.loc[choices["order"]]
    assert (rows["supplier"].to_numpy() == choices["supplier"].to_numpy()).all()
    assert not rows["initial"].any()
    assert choices["quarter"].is_monotonic_increasing
    order = int(choices["order"].iloc[len(choices) // 2])
    listed, own = run.explain("KOR", order), run.model.nation("KOR").explain(order)
    assert repr(listed) == repr(own)  # offers without a price hold nan, which equals nothing
    with pytest.raises(ValueError, match="order"):
        run.explain("POL", order)


@pytest.fixture(scope="module")
def explained(run) -> Any:
    """A choice among many offers, of which one would have won had something been otherwise."""
    found = [run.explain("KOR", int(order)) for order in run.choices("KOR")["order"].iloc[::4]]
    return max(
        (one for one in found if any(rival.changes for rival in one.rivals)),
        key=lambda one: len(one.offers),
    )


def test_bars_of_a_choice_are_the_terms_of_utility(explained):
    """Bars of an offer add up to its utility beside the chosen one, which the diamond marks."""
    option = choice_terms(explained).option
    json.dumps(option, allow_nan=False)
    sums = next(one for one in option["series"] if one["name"] == "Sum")["data"]
    for place, point in enumerate(sums):
        bars = [one["data"][place]["value"] for one in option["series"] if one["type"] == "bar"]
        total = sum(value for value in bars if value is not None)
        assert total == pytest.approx(point["value"][0], abs=0.03)
        assert point["value"][1] == place
    names = {one["name"] for one in option["series"]}
    assert names & {"Cost", "Timeline", "Functional fit"}
    assert option["yAxis"]["data"][0].count("chance") == 1


def test_chances_of_a_choice_are_all(explained):
    """Chances add up to 100 per cent, those that are not named together, and one is marked."""
    data = choice_chances(explained).option["series"][0]["data"]
    assert sum(one["value"] for one in data) == pytest.approx(100.0, abs=0.1)
    assert sum("CHOSEN" in one["label"]["formatter"] for one in data) == len(explained.chosen)


def test_a_choice_is_told_in_sentences(explained):
    """Sentences name the seed, what would have changed it as explained, and who was kept out."""
    told = choice_words(explained)
    assert told.headline.endswith("One run, an example (seed 1).")
    assert explained.names["KOR"] in told.headline
    for text in (told.headline, told.need, told.draw, told.lost, *told.changes, *told.screened):
        assert "\n" not in text
        assert "  " not in text
    rival = next(one for one in explained.rivals if one.changes)
    assert any(change_text(rival.changes[0]) in text for text in told.changes) or (
        explained.rivals.index(rival) >= 3
    )
    assert len(screened_table(explained)) == len(explained.screened)


def test_an_explanation_is_made_once(run):
    """A choice that was explained is kept, so that the page shows it again at once."""
    order = int(run.choices("IND")["order"].iloc[-1])
    assert run.explain("IND", order) is run.explain("IND", order)
