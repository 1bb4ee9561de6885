"""The briefing of the story that ships with the app: its sentences agree with each other."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from test_brief import section, texts

from alliance_abm.levers import LeverUse
from alliance_abm.policies import choice_of
from viz.app.shipped import story_results
from viz.app.story import story_of
from viz.briefing import briefing_of, fit
from viz.briefing.money import PAYERS, amount_words, cost_sentence, whole_words
from viz.briefing.parts import LineChart, Section
from viz.policy_view import View
from viz.policy_words import is_clear, mid_sentence


@pytest.fixture(scope="module")
def comparison():
    return story_results().comparison


@pytest.fixture(scope="module")
def briefing(comparison):
    return briefing_of(comparison)


def paid(comparison, million: float):
    """The same comparison with a policy that the United States pays for."""
    table = comparison.differences.copy()
    mine = table["outcome"] == "policy_cost_us"
    table.loc[mine, ["difference", "low", "high", "p", "p_holm"]] = (
        million, 0.9 * million, 1.1 * million, 1e-8, 1e-6,
    )  # fmt: skip
    return replace(comparison, differences=table)


def test_no_headline_of_a_slide_moves_what_the_table_calls_unclear(comparison, briefing):
    """The U.S. share is unclear in the table, so it is in the title over its chart and the key."""
    view = View.of(comparison)
    unclear = [row for row in view.rows(view.headlines) if not is_clear(row)]
    assert "us_share_deliveries" in [row["outcome"] for row in unclear]
    share = section(briefing, "share")
    assert f"does not move it clearly over {view.years}" in share.headline
    chart = share.blocks[0]
    assert isinstance(chart, LineChart)
    notes = [line.note for line in chart.lines if line.name == view.titles[view.policies[0]]]
    assert notes[0].startswith(f"{view.years}: unclear, +0.23 points")
    for one in briefing.sections:
        for row in unclear:
            named = f"{mid_sentence(row['name'])} is "
            assert named not in one.headline and "moves it by" not in one.headline


def test_money_is_on_the_trade_offs_and_the_costs(comparison, briefing):
    """Who pays what, also without a run of the bills; and no sentence calls money worse."""
    for name in ("trade-offs", "costs"):
        said = " ".join(texts(section(briefing, name)))
        assert "US$ 0" in said and "no money that the model counts" in said
        assert "but money" not in said and "not run alone" not in said
    found = briefing_of(paid(comparison, 120.0))
    for name in ("trade-offs", "costs"):
        assert "costs the United States US$ 120 million a year" in section(found, name).headline
        assert "US$ 120 million a year (+110 to +130)" in " ".join(texts(section(found, name)))
    assert "US$ 120 million a year" in story_of(paid(comparison, 120.0))[4].text


def test_what_costs_money_is_told_for_several_policies(comparison):
    """The dearest is named; without a measured cost nothing is said."""
    view = View.of(paid(comparison, 50.0))
    both = replace(view, policies=view.policies * 2)
    assert "costs the United States US$ 50 million a year" in cost_sentence(both)
    table = comparison.differences
    bare = table[~table["outcome"].isin(list(PAYERS))]
    assert cost_sentence(View.of(replace(comparison, differences=bare))) == ""


def test_an_amount_that_may_be_chance_says_so():
    """Unclear and single amounts are called so."""
    row = {"difference": 5.0, "low": -1.0, "high": 11.0, "p": 0.4, "p_holm": 0.4, "n": 30}
    assert whole_words(row).endswith("(−1.0 to +11), unclear")
    assert whole_words({**row, "n": 1}) == f"{amount_words(row)}, one run, an example"


def test_bills_are_called_assumed(briefing):
    """The words of a bill stand under a head that says whose they are."""
    found = section(briefing, "costs").blocks[-1]
    assert found.columns == ("Lever", "Assumed with the lever (its bill)")


def test_waits_are_in_months_and_the_two_means_are_told_apart(briefing):
    """Neither days nor years of waiting; both measures say which cases they are of."""
    for name in ("stages", "trade-offs"):
        one = section(briefing, name)
        assert not re.search(r"\d[\s\u00a0]days", " ".join([*texts(one), one.notes]))
        assert not re.search(r"\d[\s\u00a0]years", " ".join(texts(one)))
        assert "levers began (2026)" in one.ground and "mean over 2031–40" in one.ground
    assert "0.99\u00a0months shorter" in section(briefing, "stages").headline
    assert any("−0.99 months (−1.1 to −0.86)" in note
               for note in section(briefing, "stages").blocks[0].notes)  # fmt: skip


def test_what_a_lever_assumes_is_not_sold_as_found(comparison, briefing):
    """The leaks, whose interval has hardly a width, are marked on slides and in the story."""
    words = "follows from what the lever assumes, grade C"
    for name in ("headlines", "changes", "trade-offs"):
        assert words in " ".join(texts(section(briefing, name)))
    assert words in story_of(comparison)[4].text
    table = comparison.differences.copy()
    table.loc[table["outcome"] == "leak_exposure", "high"] *= 1.5
    wide = replace(comparison, differences=table)
    assert words not in " ".join(texts(section(briefing_of(wide), "headlines")))
    assert words not in story_of(wide)[4].text


def test_the_story_takes_its_waits_from_the_charts_beside_it(comparison):
    """Months of the whole wait, and tiers titled by what happens to them."""
    moves, waits = story_of(comparison)[1:3]
    assert "0.99\u00a0months less (−1.1 to −0.86)" in moves.text
    assert waits.title == "Who waits less"
    assert "the first tier waits 1.7\u00a0months less (−1.9 to −1.5)" in waits.text
    assert "-" not in waits.text


def test_provenance_has_the_command_it_is_given_or_the_levers(comparison):
    """The caller's command stands as it is; where none can say it, levers, sizes and starts."""

    def how(found):
        return section(found, "provenance").blocks[0].rows[0][1].text

    assert how(briefing_of(comparison, command="alliance-abm compare mine.yaml")) == (
        "alliance-abm compare mine.yaml"
    )
    uses = (LeverUse(lever="fms_fast_track_all", size=70.0, start="2028Q1"),
            LeverUse(lever="agency_integration"))  # fmt: skip
    odd = replace(comparison, policies=(choice_of("fms_fast_track_all", "Odd", uses),))
    said = how(briefing_of(odd))
    for words in ("No options say it", "70", "from 2028Q1", "from 2026Q1", "30 pairs"):
        assert words in said


def test_a_long_headline_gets_smaller_letters_before_it_is_cut():
    """Three lines at 28 points, else smaller; an ellipsis only where nothing else helps."""
    text = "With a fast track for cases of the first tier + one agency for exports, " * 3
    page = next(fit.pages(Section("x", text.strip(), "", ()), 12.33, 0.35, 6.85))
    assert page.size < fit.HEADLINE and page.headline == text.strip()
    cut = next(fit.pages(Section("x", text * 4, "", ()), 12.33, 0.35, 6.85))
    assert cut.size == fit.SMALLER[-1] and cut.headline.endswith("…")


def test_the_app_gives_the_briefing_its_own_command():
    """What the card shows is what the briefing says; an uploaded config has its own name."""
    from alliance_abm.scenario import load_scenario
    from viz.app import takeaway
    from viz.app.settings import Settings

    made = takeaway.briefing_bytes(story_results(), "html").decode("utf-8")
    assert takeaway.command_of(Settings()) in made
    own = load_scenario("tiny").model_copy(update={"name": "my own"})
    asked = Settings("my own", uploaded=own)
    assert takeaway.command_of(asked).startswith("alliance-abm compare 'my own.yaml' --world")
