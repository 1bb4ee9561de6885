"""Break-even sizes: where a difference changes sign."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from comparisons import LEVER, policy

from alliance_abm.outcomes import OUTCOMES
from alliance_abm.problems import ConfigError
from experiments import break_even, compare
from experiments.paired import Paired


def search(monkeypatch, differences) -> pd.DataFrame:
    """Break-even sizes of the lever (0 to 50) when its difference is a function of its size."""

    def run(self, sizes):
        for size in sizes:
            value = differences(size)
            one = Paired(20, 1.0, value, value - 0.5, value + 0.5, 0.01, 1.0, 2.0)
            self.known[size] = dict.fromkeys(OUTCOMES, one)

    monkeypatch.setattr(break_even._Search, "run", run)
    plan = compare.planned(load_tiny(), [policy(LEVER)], (), 1)
    return break_even.break_even(plan, ["gap_years"])


def load_tiny():
    from alliance_abm.scenario import load_scenario

    return load_scenario("tiny")


def test_break_even_finds_where_the_sign_changes(monkeypatch):
    """A difference that falls through zero at size 30 is found to a sixteenth of the step."""
    (row,) = search(monkeypatch, lambda size: 30.0 - size).itertuples()
    assert row.size == pytest.approx(30.0, abs=12.5 / 16)
    assert row.note == "changes sign"


@pytest.mark.parametrize(
    ("differences", "note"),
    [
        (lambda size: 0.1 * size, "none in range: above zero"),
        (lambda size: -1.0, "none in range: below zero"),
        (lambda size: 0.0, "no effect at any size"),
        (lambda size: float("nan"), "not measured at every size"),
    ],
)
def test_break_even_says_when_there_is_none(monkeypatch, differences, note):
    """No size is made up."""
    (row,) = search(monkeypatch, differences).itertuples()
    assert np.isnan(row.size)
    assert row.note.startswith(note)


def test_break_even_admits_that_a_crossing_may_be_chance(monkeypatch):
    """Differences that are never clear may cross zero by chance."""
    (row,) = search(monkeypatch, lambda size: 0.01 * (20.0 - size)).itertuples()
    assert row.note == "changes sign, perhaps by chance"


def test_break_even_is_of_single_levers(tiny):
    """A policy of two levers has no size, and the model is really run for the other."""
    given = [policy(f"{LEVER}+placebo"), policy("placebo")]
    plan = compare.planned(tiny, given, (), 1)
    table = break_even.break_even(plan, ["gap_years"], jobs=1)
    assert table["note"].tolist() == ["of a single lever only", "no effect at any size"]
    with pytest.raises(ConfigError, match="did you mean 'gap_years'"):
        break_even.checked_outcomes(["gap_year"])
