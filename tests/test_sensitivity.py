"""Indices of sensitivity: known answers are found, and chance is not called clear."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_batches import OUTCOMES, chance, cube, factors_of, made
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample

from experiments.analysis.analysis import analyse
from experiments.analysis.indices import morris_indices, saltelli_block
from experiments.analysis.sensitivity import noise_of, sensitivity_tables
from experiments.analysis.targets import known_outcomes
from experiments.batch.read import Batch
from experiments.factorial import design


def unit(count: int) -> dict:
    """A SALib problem on the unit cube."""
    return {"num_vars": count, "names": [f"x{n}" for n in range(count)], "bounds": [[0, 1]] * count}


def indices(batch: Batch) -> pd.DataFrame:
    """Values by factor and index of a batch with a single target."""
    found, _ = sensitivity_tables(batch, known_outcomes(batch))
    return found.pivot(index="factor", columns="index", values="value")


STUDIES = 9  # of which one in ten may call chance clear


@pytest.mark.parametrize("method", ["saltelli", "morris"])
@pytest.mark.parametrize("runs", [1, 4])
def test_factors_that_do_nothing_are_not_clear(method, runs):
    """Beside one factor that acts and chance between runs, four that do nothing are unclear; of
    single runs nothing is clear, for chance is unknown."""
    sample = sobol_sample if method == "saltelli" else morris_sample
    more = {"calc_second_order": False} if method == "saltelli" else {}
    points = sample.sample(unit(5), 32, seed=1, **more)
    wrong = 0
    for seed in range(STUDIES):
        rng = np.random.default_rng(seed)

        def one_acts(_policy, _world, point, _run, rng=rng):
            return [0.0 if point is None else point[0] + 0.1 * rng.standard_normal()]

        batch = made(one_acts, points, method, factors_of(5, 0.0, 1.0), runs=runs)
        table, _ = sensitivity_tables(batch, known_outcomes(batch))
        main = table[table["index"] == ("ST" if method == "saltelli" else "mu_star")]
        clear = main.set_index("factor")["clear"].sort_index().tolist()
        assert clear[0] == (runs > 1)
        wrong += any(clear[1:])
    assert wrong <= (0 if runs == 1 else STUDIES // 3)


def test_sobol_indices_of_ishigami_are_those_known():
    """S1 and ST of the Ishigami function are within 0.1 of the exact ones, inside intervals."""
    points = np.pi * (2.0 * sobol_sample.sample(unit(3), 512, calc_second_order=False, seed=1) - 1)

    def ishigami(_policy, _world, point, _run):
        if point is None:
            return [0.0]
        x, y, z = point
        return [np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)]

    batch = made(ishigami, points, "saltelli", factors_of(3, -np.pi, np.pi), runs=2)
    found = indices(batch)
    assert np.allclose(found["S1"], [0.314, 0.442, 0.0], atol=0.1)
    assert np.allclose(found["ST"], [0.558, 0.442, 0.244], atol=0.1)
    table, about = sensitivity_tables(batch, known_outcomes(batch))
    exact = {"S1": [0.314, 0.442, 0.0], "ST": [0.558, 0.442, 0.244]}
    for index, values in exact.items():
        rows = table[table["index"] == index]
        assert (rows["low"] < values).all() and (values < rows["high"]).all()
    first = table[(table["index"] == "ST") & (table["rank"] == 1)]
    assert first["factor"].tolist() == ["choice.made_up_0"]
    clear = table[table["index"] == "S1"].set_index("factor")["clear"]
    assert clear.tolist() == [True, True, False]
    assert about["verdict"].tolist() == ["done"]


def test_a_block_of_a_saltelli_sample_is_told_from_its_points():
    """With and without second order the points of a base sample are counted right."""
    for second, size in ((False, 5), (True, 8)):
        points = sobol_sample.sample(unit(3), 8, calc_second_order=second, seed=1)
        assert saltelli_block(points, 3) == size


def test_morris_finds_the_slopes_of_a_plane():
    """mu* and mu are the slopes over the whole range, sigma is nothing."""
    points = 10.0 * morris_sample.sample(unit(4), 8, num_levels=4, seed=1)

    def plane(_policy, _world, point, run):
        return [run + (0.0 if point is None else 0.3 * point[0] - 0.2 * point[1] + 0.05 * point[2])]

    batch = made(plane, points, "morris", factors_of(4, 0.0, 10.0))
    found = indices(batch)
    assert np.allclose(found["mu_star"], [3.0, 2.0, 0.5, 0.0])
    assert np.allclose(found["mu"], [3.0, -2.0, 0.5, 0.0])
    assert np.allclose(found["sigma"], 0.0)
    table, _ = sensitivity_tables(batch, known_outcomes(batch))
    main = table[table["index"] == "mu_star"].sort_values("rank")
    assert main["factor"].tolist()[:3] == [f"choice.made_up_{n}" for n in range(3)]
    assert main["clear"].tolist() == [True, True, True, False]


def test_morris_seldom_calls_clear_what_is_chance_between_runs():
    """Of noise alone a factor is clear in few of many targets; an effect above it is in all."""
    points = morris_sample.sample(unit(6), 10, num_levels=4, seed=1)
    false = missed = 0
    for seed in range(60):
        noise = np.random.default_rng(seed).standard_normal((len(points), 3))
        for slope in (0.0, 4.0):
            values = noise + slope * points[:, :1]
            error = noise_of(values).error
            found = morris_indices(factors_of(6), points, values.mean(axis=1), error, 1)
            clear = [row["clear"] for row in found.rows if row["index"] == "mu_star"]
            false += any(clear[1:]) and not slope
            missed += bool(slope) and not clear[0]
    assert false <= 0.25 * 60
    assert missed == 0


def test_outcomes_that_are_chance_alone_are_told_as_noisy():
    """Where runs differ by chance alone, the noise share is near one, and a warning says so."""
    batch = made(lambda p, w, point, run: [chance(run, point)], cube(200, 2), "latin_hypercube",
                 runs=3)  # fmt: skip
    found = analyse(batch)
    assert found.targets["noise_share"][0] == pytest.approx(1.0, abs=0.15)
    assert found.targets["verdict"].tolist() == ["noisy"]
    assert any("Chance between runs is more than 20 %" in text for text in found.warnings)


def test_trajectories_with_a_failed_point_are_left_out():
    """A failed point costs its own trajectory, no other, and the slopes stay exact."""
    points = morris_sample.sample(unit(2), 8, num_levels=4, seed=1)
    bad = points[4]

    def plane(_policy, _world, point, _run):
        if point is not None and point is not bad and (point == bad).all():
            return [np.nan]
        return [0.0 if point is None else point @ [3.0, 1.0]]

    batch = made(plane, points, "morris", runs=1)
    failed = int((points == bad).all(axis=1).sum())
    table, about = sensitivity_tables(batch, known_outcomes(batch))
    assert failed >= 1
    assert 3 <= about["left_out"][0] <= 3 * failed
    mu = table[table["index"] == "mu_star"]["value"]
    assert np.allclose(mu, [3.0, 1.0])


def test_the_noise_share_is_that_of_made_up_noise():
    """Independent noise of a known variance beside a known signal gives the known share."""
    rng = np.random.default_rng(1)
    points, runs = 4_000, 5
    signal, noise = 1.0, 2.0
    values = signal * rng.standard_normal((points, 1)) + noise * rng.standard_normal((points, runs))
    known = (noise**2 / runs) / (signal**2 + noise**2 / runs)
    found = noise_of(values)
    assert found.share == pytest.approx(known, rel=0.05)
    assert found.unpaired == pytest.approx(known, rel=0.05)


def test_what_a_seed_does_at_every_point_is_no_noise():
    """An effect of the seed that all points share counts as unpaired noise only."""
    signal = np.linspace(0.0, 1.0, 50)[:, None]
    found = noise_of(signal + np.array([0.0, 1.0, 5.0]))
    assert found.share == pytest.approx(0.0, abs=1e-12)
    assert found.unpaired > 0.9


def test_constant_outputs_have_no_indices_and_a_warning():
    """A measure that is the same at every point is named in a warning and has no row."""
    batch = made(lambda p, w, point, run: [2.0, 0.0 if point is None else point[0]],
                 cube(30, 2), "latin_hypercube", outcomes=OUTCOMES[:2])  # fmt: skip
    found = analyse(batch)
    assert set(found.sensitivity["outcome"]) == {OUTCOMES[1]}
    assert found.targets["verdict"].tolist() == ["constant", "done"]
    assert any("the same at every point" in text and "market share" in text
               for text in found.warnings)  # fmt: skip


def test_rank_correlations_and_shares_of_variance_of_a_sum():
    """Of 4 x + y the rank correlations are about 0.97 and 0.24, the shares 16/17 and 1/17."""
    batch = made(lambda p, w, point, run: [0.0 if point is None else point @ [4.0, 1.0, 0.0]],
                 cube(400, 3), "latin_hypercube", runs=1)  # fmt: skip
    found = indices(batch)
    assert np.allclose(found["rank_correlation"], [0.97, 0.24, 0.0], atol=0.08)
    assert np.allclose(found["S1"], [16 / 17, 1 / 17, 0.0], atol=0.08)


@pytest.mark.parametrize("method", ["one_at_a_time", "grid", "fractional_factorial"])
def test_effects_of_step_designs_are_exact_and_paired(method: str):
    """Highest less lowest of each factor is exact, though seeds differ by much more."""
    middle = np.full(3, 0.5)
    points = {
        "one_at_a_time": [np.where(np.arange(3) == n, end, middle)
                          for n in range(3) for end in (0.0, 1.0)],
        "grid": [[a, b, c] for a in (0.0, 0.5, 1.0) for b in (0.0, 1.0) for c in (0.0, 1.0)],
        "fractional_factorial": (design(3) + 1) / 2,
    }[method]  # fmt: skip

    def answer(_policy, _world, point, run):
        return [100.0 * run + (middle if point is None else point) @ [2.0, -1.0, 0.0]]

    table, _ = sensitivity_tables(
        batch := made(answer, np.array(points, float), method, runs=6), known_outcomes(batch)
    )
    assert np.allclose(table["value"], [2.0, -1.0, 0.0])
    assert np.allclose(table["low"], table["value"]) and np.allclose(table["high"], table["value"])
    assert table["clear"].tolist() == [True, True, False]
