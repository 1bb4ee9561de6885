"""Statistics of paired runs, against cases worked by hand and against what they promise."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from experiments.paired import (
    FEWEST,
    bootstrap,
    holm,
    is_clear,
    paired,
    replications_needed,
    sign_flip,
    variance_ratio,
    wanted_half_width,
)

NAN = float("nan")


def column(*values: float) -> np.ndarray:
    return np.array(values, float)[:, None]


def test_what_is_zero_in_every_pair_is_exactly_zero():
    """Difference 0, interval [0, 0] and p = 1, bit for bit, beside a column that varies."""
    rng = np.random.default_rng(1)
    before = rng.normal(0.3, 0.1, (20, 2))
    after = before + np.array([0.0, 1.0]) * rng.normal(0.2, 0.1, (20, 2))
    zero, other = paired(before, after)
    assert (zero.difference, zero.low, zero.high, zero.p) == (0.0, 0.0, 0.0, 1.0)
    assert zero.spread == 0.0
    assert np.isnan(zero.variance_ratio)
    assert other.low > 0.0
    assert other.p < 0.01


def test_what_is_the_same_in_every_pair_has_an_interval_of_that_one_point():
    """Twenty differences of 0.1 have the mean 0.1, not 0.1 and a rounding error."""
    (one,) = paired(np.zeros((20, 1)), np.full((20, 1), 0.1))
    assert (one.difference, one.low, one.high) == (0.1, 0.1, 0.1)


@pytest.mark.parametrize(
    ("apart", "p"),
    [
        ((1, 2, 3), 2 / 8),  # only +++ and --- are as far
        ((1, 2, -3), 1.0),  # the mean is zero
        ((1, 1, 1, -1), 10 / 16),  # sums of 2 and more: all but the six patterns that balance
        ((5,) * 10, 2 / 1024),
    ],
)
def test_the_sign_flip_test_counts_patterns_of_signs(apart, p):
    """p is the share of all patterns of signs whose mean is at least as far from zero."""
    assert sign_flip(column(*apart)) == pytest.approx(p)


def test_the_sampled_sign_flip_test_agrees_with_the_normal_one():
    """With many pairs p is near that of a z-test."""
    rng = np.random.default_rng(3)
    apart = rng.normal(0.25, 1.0, (40, 1))
    z = abs(apart.mean()) / (np.sqrt((apart**2).mean()) / np.sqrt(40))
    assert sign_flip(apart)[0] == pytest.approx(2 * (1 - NormalDist().cdf(z)), abs=0.01)


@pytest.mark.parametrize("n", [6, 12, 30])
def test_no_effect_is_called_one_as_often_as_allowed(n):
    """Where nothing differs but chance, p is below 0.1 in a tenth of 2000 cases."""
    apart = np.random.default_rng(n).normal(0.0, 1.0, (n, 2000))
    assert (sign_flip(apart) < 0.1).mean() == pytest.approx(0.1, abs=0.025)


@pytest.mark.parametrize("n", [6, 12, 30])
def test_intervals_hold_the_truth_about_as_often_as_they_say(n):
    """Of 2000 intervals of 90 %, 82 to 93 % hold the true mean; few pairs are a little narrow."""
    apart = np.random.default_rng(n).normal(0.5, 1.0, (n, 2000))
    low, high = bootstrap(apart)
    inside = ((low <= 0.5) & (high >= 0.5)).mean()
    assert 0.82 <= inside <= 0.93


def test_figures_depend_on_the_seed_and_the_pairs_alone():
    """The same seed gives the same interval, whatever other columns stand beside it."""
    rng = np.random.default_rng(5)
    before, after = rng.normal(0, 1, (2, 16, 3))
    every = paired(before, after, seed=7)
    assert paired(before[:, 1:2], after[:, 1:2], seed=7)[0].p == every[1].p
    assert paired(before, after, seed=7) == every
    assert paired(before, after, seed=8)[0].low != every[0].low


def test_pairs_without_a_value_are_left_out():
    """A run without a value on either side does not count; the others do."""
    before = np.array([[1.0, 1.0], [2.0, NAN], [3.0, 3.0]])
    after = np.array([[2.0, 1.5], [4.0, 9.0], [NAN, 3.7]])
    one, two = paired(before, after)
    assert (one.n, one.baseline, one.difference) == (2, 1.5, 1.5)
    assert (two.n, two.baseline, two.difference) == (2, 2.0, pytest.approx(0.6))


def test_a_single_pair_has_a_difference_but_no_interval():
    """One pair says how it went, not how sure that is; no pair says nothing."""
    (one,) = paired(column(1.0), column(1.5))
    assert (one.n, one.difference) == (1, 0.5)
    assert np.isnan([one.low, one.high, one.p, one.spread]).all()
    assert np.isnan(replications_needed(one))
    (none,) = paired(column(NAN), column(1.0))
    assert none.n == 0
    assert np.isnan(none.difference)


def test_holm_steps_down():
    """The worked example: 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1, never falling."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([0.2]) == pytest.approx([0.2])
    assert len(holm([])) == 0


def test_holm_leaves_out_what_has_no_p():
    """A difference without a test does not make the others harder to see."""
    found = holm([0.01, NAN, 0.04])
    assert found[[0, 2]] == pytest.approx([0.02, 0.04])
    assert np.isnan(found[1])


def test_holm_keeps_the_order_of_its_members():
    """Corrected values follow their tests, are no smaller, and do not change their order."""
    p = np.random.default_rng(2).uniform(0, 0.2, 50)
    corrected = holm(p)
    assert (corrected >= p).all()
    assert (np.diff(corrected[np.argsort(p)]) >= 0).all()
    mixed = np.random.default_rng(4).permutation(50)
    assert holm(p[mixed]).tolist() == corrected[mixed].tolist()


def test_the_wanted_half_width_is_what_is_documented():
    """A quarter of the difference; else as asked, in percent of the baseline."""
    (large,) = paired(column(100, 100), column(110, 130))
    (small,) = paired(column(100, 100), column(100.5, 101.5))
    assert wanted_half_width(large) == 5.0
    assert wanted_half_width(small) == 0.25
    assert wanted_half_width(large, 3.0) == 3.0


def test_needed_replications_follow_from_spread_and_half_width():
    """(1.645 sd / half-width) squared, rounded up: sd 2 and half-width 1 need 11 pairs."""
    (one,) = paired(column(100, 100, 100), column(98, 100, 102))
    assert one.spread == pytest.approx(2.0)
    assert replications_needed(one, 1.0) == 11
    assert replications_needed(one, 0.5) == 44
    (same,) = paired(column(1, 2, 3), column(2, 3, 4))
    assert replications_needed(same) == FEWEST


def test_the_variance_ratio_says_what_pairing_saves():
    """Baseline and policy that move together: unpaired variance 2 x 1 over that of 0.5."""
    before, after = column(0, 1, 2), column(0.5, 1, 2.5)
    unpaired, together = before.var(ddof=1) + after.var(ddof=1), (after - before).var(ddof=1)
    assert variance_ratio(before, after)[0] == pytest.approx(unpaired / together)
    assert unpaired / together > 10


@pytest.mark.parametrize(
    ("low", "high", "p_holm", "clear"),
    [
        (0.1, 0.2, 0.01, True),
        (-0.2, -0.1, 0.09, True),
        (-0.1, 0.2, 0.01, False),
        (0.1, 0.2, 0.2, False),
        (0.1, 0.2, NAN, False),
        (0.0, 0.0, 1.0, False),
    ],
)
def test_a_change_is_clear_by_interval_and_corrected_test(low, high, p_holm, clear):
    """Both must agree."""
    assert is_clear({"low": low, "high": high, "p_holm": p_holm}) is clear
