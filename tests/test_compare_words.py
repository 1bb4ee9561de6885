"""What a comparison says in words: paragraphs, verdicts and tables of clear changes."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from comparison_tables import made

from alliance_abm.outcomes import OUTCOMES
from experiments.compare_text import clear_others, tables
from experiments.compare_words import paragraph, verdict
from experiments.comparison import Comparison

NAN = float("nan")


@pytest.fixture(scope="module")
def found(compared_tiny) -> Comparison:
    """Two policies and three replications of the tiny world, with two draws."""
    return compared_tiny


def rows_of(found: Comparison, **changes: dict[str, float | str]) -> Comparison:
    """The comparison with some figures of the first policy replaced, by outcome."""
    table = found.differences.copy()
    for outcome, figures in changes.items():
        place = (table["policy"] == found.policies[0].name) & (table["outcome"] == outcome)
        for name, value in figures.items():
            table.loc[place, name] = value
    return replace(found, differences=table)


CLEARLY = {"baseline": 4.0, "difference": -0.52, "low": -0.8, "high": -0.2, "p_holm": 0.01, "n": 20}


def test_the_paragraph_tells_clear_changes_from_others(found):
    """Clear headlines with figures, unclear ones by name, then what stands behind them."""
    changed = rows_of(
        found,
        gap_years={**CLEARLY, "sign_share": 0.9},
        us_unit_cost={**CLEARLY, "p_holm": 0.3},
        fms_months_to_contract={**CLEARLY, "sign_share": 1.0},
    )
    text = paragraph(changed, found.policies[0])
    assert (
        "it clearly changes Capability gap by -0.52 (90 % interval -0.80 to -0.20; years at full "
        "gap; baseline 4.0; same sign in 90 % of draws)."
    ) in text
    unclear, behind = text.split("Not clearly different from zero: ")[1].split("Behind", 1)
    assert "U.S. unit cost" in unclear
    assert "Capability gap" not in unclear
    assert "FMS: request to contract by -0.52" in behind
    assert "months, mean, counted in orders" in behind


def test_the_paragraph_names_headlines_without_a_value(found):
    """What has no value in any pair is neither unchanged nor uncertain, and counts no pairs."""
    changed = rows_of(found, n1_resilience={"n": 0, "difference": NAN, "low": NAN, "high": NAN})
    text = paragraph(changed, found.policies[0])
    name = OUTCOMES["n1_resilience"].name
    assert text.count(name) == text.split("Without a value in any pair of runs: ")[1].count(name)
    assert "Pairs of runs: 3 (" in text


def test_other_clear_changes_are_listed_orders_before_deliveries(found):
    """The second table holds what changes clearly and is no headline, by its clock."""
    changed = rows_of(
        found, domestic_share=CLEARLY, fms_months_to_contract=CLEARLY, gap_years=CLEARLY,
        supplier_hhi={**CLEARLY, "low": -0.8, "high": 0.1},
    )  # fmt: skip
    rows = clear_others(changed.differences)
    assert rows["outcome"].tolist() == ["fms_months_to_contract", "domestic_share"]
    titles = [title for title, _, _ in tables(changed)]
    assert any(title.startswith("Other outcomes that change clearly") for title in titles)


@pytest.mark.parametrize(
    ("figures", "word"),
    [
        ({}, "clear"),
        ({"high": 0.1}, "unclear"),
        ({"p_holm": 0.2}, "unclear"),
        ({"difference": 0.0, "low": 0.0, "high": 0.0, "p_holm": 1.0}, "none"),
        ({"n": 1, "low": NAN, "high": NAN, "p_holm": NAN}, "too few pairs"),
        ({"n": 0, "difference": NAN, "low": NAN, "high": NAN}, "no pair"),
    ],
)
def test_the_verdict_is_one_word_by_interval_and_test(figures, word):
    """Clear needs both; exactly zero is none; fewer than two pairs say so."""
    assert verdict({**CLEARLY, **figures}) == word


def test_bills_are_quoted_for_every_world():
    """Worlds in which the bill alone does the same share a sentence; others have their own."""
    two = made(1, ("calm", "surge"), runs=20)
    (one,) = two.policies
    apart = two.bills.assign(low=1.0, high=2.0, difference=1.5, p_holm=0.01, n=20)
    quiet = apart.assign(low=0.0, high=0.0, difference=0.0)
    both = replace(two, bills=quiet)
    assert paragraph(both, one).count("Alone, the bill") == 1
    assert "moves no headline and no cost. " in paragraph(both, one)
    mixed = pd.concat([quiet[quiet["world"] == "calm"], apart[apart["world"] == "surge"]])
    text = paragraph(replace(two, bills=mixed), one)
    assert "Alone, the bill moves no headline and no cost in the world calm." in text
    assert "in the world surge." in text
    assert "Alone, the bill changes" in text
