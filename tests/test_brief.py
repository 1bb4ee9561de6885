"""What a briefing says: its sections, numbers with N and intervals, and what one run may claim."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from comparison_tables import HEADLINES, made

from alliance_abm.problems import ConfigError
from viz.briefing import briefing_of, shown, standing
from viz.briefing.parts import Bullets, ChangeChart, LineChart, Section, StackChart, Table
from viz.briefing.words import change_cell, checked_text, plain
from viz.policy_view import View

ROOT = Path(__file__).parent.parent
SECTIONS = [
    "question", "headlines", "share", "changes", "stages", "trade-offs", "costs", "rests on",
    "caveats", "provenance",
]  # fmt: skip
COUNTED = ("headlines", "share", "changes", "stages", "trade-offs", "costs", "rests on")


def section(found, name: str) -> Section:
    return next(one for one in found.sections if one.name == name)


def texts(found: Section) -> list[str]:
    """Everything that a section says."""
    said = [found.headline, found.ground]
    for block in found.blocks:
        if isinstance(block, Table):
            said += [*block.columns, *(cell.text for row in block.rows for cell in row)]
        elif isinstance(block, Bullets):
            said += block.items
    return said


@pytest.mark.parametrize("policies", [1, 3, 8])
def test_a_briefing_has_every_section_and_each_names_its_runs(policies):
    """Ten sections in their order; all that hold results name N."""
    found = briefing_of(made(policies))
    assert [one.name for one in found.sections] == SECTIONS
    for name in COUNTED:
        assert "N = 12 pairs of runs" in section(found, name).ground
    assert "N = 12 pairs of runs" in " ".join(found.facts)
    assert "not assessments of governments" in found.caution


def test_headlines_carry_interval_and_verdict_for_every_policy():
    """Each headline and policy has a cell with the number, both edges and the verdict, and the
    numbers are those of the table."""
    comparison = made(8)
    blocks = section(briefing_of(comparison), "headlines").blocks
    names = [name for table in blocks for name in table.columns[2:]]
    assert sorted(names) == sorted(one.title for one in comparison.policies)
    cells = [cell for table in blocks for row in table.rows for cell in row[2:]]
    assert len(cells) == 8 * len(HEADLINES)
    for cell in cells:
        assert re.search(
            r"^[▲▼◇] [+−]?[\d.]+, (clear|unclear)(, better|, worse)?\n.+ to .+", cell.text
        )
    view = View.of(comparison)
    row = view.row("policy_1", "baseline", "gap_years")
    assert change_cell(row, 12) in cells


def test_a_change_that_is_not_clear_is_called_unclear():
    """No cell that is marked as moved belongs to a change whose interval holds zero."""
    view = View.of(made(3))
    for row in view.rows(view.headlines):
        cell = change_cell(row, row["n"])
        if row["low"] <= 0.0 <= row["high"]:
            assert "unclear" in cell.text
            assert cell.tone == "unclear"
        assert cell.tone in ("better", "worse", "moved", "unclear")


def test_one_run_is_an_example_and_claims_nothing():
    """With one pair nothing is clear, better or worse, and no interval is given."""
    found = briefing_of(made(3, runs=1))
    assert "one run, an example" in " ".join(found.facts)
    for one in found.sections[:7]:
        said = " ".join(texts(one)[2:])
        assert "clear, " not in said
    for table in section(found, "headlines").blocks:
        for row in table.rows:
            assert all("one run, an example" in cell.text for cell in row[2:])
    chart = section(found, "changes").blocks[0]
    assert not any(flag for bars in chart.bars for flag in bars.clear)
    assert np.isnan([bars.low for bars in chart.bars]).all()
    assert "example" in section(found, "share").headline


def test_a_placebo_is_exactly_zero_in_words():
    """Tables, sentences and charts say zero, not unclear."""
    found = briefing_of(made(1, zero=True))
    assert "exactly zero" in section(found, "headlines").headline
    cells = [row[2] for table in section(found, "headlines").blocks for row in table.rows]
    assert {cell.text for cell in cells} == {"= 0"}
    assert "exactly zero" in section(found, "share").headline
    assert "exactly nothing" in section(found, "costs").headline
    assert "unclear" not in " ".join(texts(section(found, "trade-offs")))


def test_charts_hold_the_numbers_of_the_tables():
    """Medians of the series, changes in per cent of levels, months that add up to the wait."""
    comparison = made(3)
    found = briefing_of(comparison)
    share, change, stage = (
        section(found, name).blocks[0] for name in ("share", "changes", "stages")
    )
    assert isinstance(share, LineChart) and isinstance(change, ChangeChart)
    assert isinstance(stage, StackChart)
    table = comparison.series
    mine = (table["policy"] == "baseline") & (table["entity"] == "USA")
    rows = table[mine & (table["quarter"] == "2045Q4")]
    assert share.lines[0].points[-1] == (2045.0, pytest.approx(100.0 * rows["value"].median()))
    row = View.of(comparison).row("policy_1", "baseline", "gap_years")
    place = change.categories.index("Capability gap")
    assert change.bars[1].values[place] == pytest.approx(100 * row["difference"] / row["baseline"])
    assert change.bars[1].low[place] < change.bars[1].values[place] < change.bars[1].high[place]
    low, high = change.limits
    assert all(low < edge < high for bars in change.bars for edge in (*bars.low, *bars.high))
    days = comparison.stages[comparison.stages["policy"] == "baseline"]
    whole = days.groupby("replication")["days"].sum().mean()
    assert sum(one.values[0] for one in stage.stacks) == pytest.approx(
        whole * 12 / 365.25, rel=1e-3
    )


def test_many_policies_are_not_all_drawn_and_it_is_said():
    """Charts show three of eight, the same three, and say so."""
    found = briefing_of(made(8))
    drawn = [bars.name for bars in section(found, "changes").blocks[0].bars]
    assert len(drawn) == shown.MOST_POLICIES
    for name in ("share", "changes", "stages"):
        assert "3 of 8 policies" in section(found, name).ground
    named = [line.name for line in section(found, "share").blocks[0].lines]
    assert [name for name in named if name in drawn] == drawn


def test_other_worlds_have_tables_and_draws_a_column():
    """Each foremost policy has a table over the worlds; draws are counted."""
    found = section(briefing_of(made(2, worlds=("baseline", "surge"), draws=20)), "rests on")
    assert "20 draws" in found.blocks[0].columns[2]
    assert [table.columns[1:] for table in found.blocks[1:]] == [
        ("World 'baseline'", "World 'surge'")
    ] * 2
    assert "'surge'" in found.ground


def test_what_was_not_measured_is_left_out():
    """Without series and stages there is no chart of them, and no section promises one."""
    found = briefing_of(made(2, drop=("series", "stages", "tiers", "bills", "lost")))
    assert [one.name for one in found.sections] == [
        name for name in SECTIONS if name not in ("share", "stages")
    ]
    costs = section(found, "costs")
    assert "bills alone were not run" in costs.ground
    assert [table.columns for table in costs.blocks] == [
        ("Lever", "Assumed with the lever (its bill)")
    ]


def test_failures_are_named_among_the_caveats():
    """Runs that failed are counted, on the slides with results too."""
    comparison = made(2)
    failures = comparison.outcomes.head(3)
    found = briefing_of(replace(comparison, failures=failures))
    assert "3 runs failed" in " ".join(texts(section(found, "caveats")))
    assert "3 runs failed" in section(found, "headlines").ground


def test_title_and_question_replace_what_it_would_say():
    """In one line, without control characters."""
    found = briefing_of(made(1), title="A\x00 title\n", question="Does\tit pay?")
    assert found.title == "A title"
    assert found.sections[0].headline == "Does it pay?"
    assert plain("a\udc80b") == "a?b"


@pytest.mark.parametrize(("text", "words"), [("  ", "is empty"), ("x" * 121, "121 characters")])
def test_a_title_that_cannot_be_shown_is_refused(text, words):
    """Empty or too long: one message that says what is allowed."""
    with pytest.raises(ConfigError, match=words) as error:
        checked_text("--title", text)
    assert "--title" in str(error.value) and "allowed: 1 to 120" in str(error.value)


def test_the_caveat_on_the_record_says_what_its_document_says():
    """The share of targets inside, and the version, are those of the latest hindcast."""
    latest = sorted((ROOT / "docs" / "hindcast").glob("[0-9]*.md"))[-1]
    assert latest.stem == standing.HINDCAST_VERSION
    inside = re.search(r"(\d+ of \d+)", latest.read_text(encoding="utf-8"))[1]
    assert inside in standing.HINDCAST


def test_provenance_names_the_config_and_the_credits():
    """Hash, seed, and the credits of SIPRI and NATO."""
    comparison = made(1)
    said = " ".join(texts(section(briefing_of(comparison), "provenance")))
    for words in (comparison.scenario.config_hash, "© SIPRI", "© NATO", "non-commercial", "seed 1"):
        assert words in said
