"""The past is scored as described, against the data and the naive forecast."""

from __future__ import annotations

import doubles
import numpy as np
import pytest

from alliance_abm.datafiles import rows
from alliance_abm.problems import ConfigError
from alliance_abm.scenario import load_scenario
from experiments.hindcast import PastRecord, hindcast_rows, hindcast_runs, past_of, target_row
from experiments.hindcast_text import nation_lines, print_hindcast, tally
from experiments.pool import RunError
from experiments.scores import (
    FIRST,
    UKRAINE,
    WINDOWS,
    Record,
    Rules,
    distance,
    log_loss,
    mean_shares,
    naive_score,
    score_rows,
    shares,
    weighted,
)
from experiments.targets import NAIVE, Target, last_year_of_targets, read_targets

GROUPED = 0.002  # suppliers under 0.5 % of a buyer's imports are grouped in the shipped table


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("baseline")


@pytest.fixture(scope="module")
def record(scenario):
    return Record.of(scenario.world.nations)


def spread(record: Record, runs: int, size: float = 1.0) -> np.ndarray:
    """Volumes of several runs, scattered around what happened."""
    scatter = np.random.default_rng(3).lognormal(0, size, (runs, *record.volumes.shape))
    return record.volumes * scatter


def published() -> dict[str, tuple[float, float]]:
    """Published naive scores by window: with Ukraine and without."""
    naive = [row for row in rows("calibration_targets.csv") if row["id"] == NAIVE]
    return {row["window"]: (float(row["value"]), float(row["note"].split()[-1])) for row in naive}


@pytest.mark.parametrize("window", ["2015-19", "2020-24", "2020-24 from 2015-19"])
def test_the_naive_score_is_the_published_one(window, scenario):
    """With every supplier apart, persistence scores what the table of targets says."""
    nations = scenario.world.nations
    suppliers = {row["supplier_iso3"] for row in rows("supplier_shares.csv")} - set(nations)
    record = Record.of(nations, sorted(suppliers - {"ROW"}))
    base = 1 if "from" in window else FIRST
    place = WINDOWS.index(window[:7])
    rules = Rules.of(scenario)
    found = [naive_score(record, base, place, "tvd", rules, out) for out in (None, UKRAINE)]
    assert found == pytest.approx(published()[window], abs=GROUPED)


def test_the_data_are_their_own_best_forecast(record, scenario):
    """A model that delivers what happened has distance 0 and beats every other log score."""
    found = score_rows(record, np.stack([record.volumes] * 2), Rules.of(scenario))
    by_score = {(r["window"], r["score"], r["without_ukraine"]): r for r in found}
    for (window, score, _), row in by_score.items():
        assert row["model"] < row["naive"]
        if score.startswith("tvd"):
            assert row["model"] == pytest.approx(0), window


def test_the_ensemble_scores_better_than_its_runs(record, scenario):
    """Distance of mean shares is at most the mean distance of single runs; both are rows."""
    found = {
        (row["window"], row["score"], row["without_ukraine"]): row
        for row in score_rows(record, spread(record, 8), Rules.of(scenario))
    }
    for window in ("2015-19", "2020-24", "2020-24 from 2015-19"):
        for without in (False, True):
            ensemble = found[window, "tvd", without]
            single = found[window, "tvd_single_run", without]
            assert 0 < ensemble["model"] < single["model"]
            assert ensemble["model_low"] < ensemble["model"] < ensemble["model_high"]


def test_one_run_has_no_interval_of_its_ensemble(record, scenario):
    """With a single run the spread of the ensemble score is not known."""
    row = score_rows(record, spread(record, 1), Rules.of(scenario))[0]
    assert np.isnan(row["model_low"])
    assert np.isfinite(row["model"])


def test_more_runs_narrow_the_interval_of_the_ensemble(record, scenario):
    """The jackknife interval shrinks as runs are added."""
    few, many = (score_rows(record, spread(record, n), Rules.of(scenario))[0] for n in (5, 60))
    widths = [row["model_high"] - row["model_low"] for row in (few, many)]
    assert widths[1] < widths[0]


def test_a_wrong_forecast_is_as_far_as_can_be():
    """Distance runs from 0 (equal) to 1 (nothing in common, or nothing forecast)."""
    observed = np.array([[1.0, 0, 0]] * 3)
    forecast = np.array([[1.0, 0, 0], [0, 0.5, 0.5], [np.nan] * 3])
    assert distance(forecast, observed).tolist() == [0, 1, 1]


def test_the_log_score_is_floored():
    """A supplier that was not forecast costs -ln of the floor, not infinity."""
    observed = np.array([[1.0, 0.0]])
    loss = log_loss(np.array([[0.0, 1.0]]), observed, 0.01)
    assert loss == pytest.approx(-np.log(0.01 / 1.01))
    assert log_loss(np.array([[np.nan, np.nan]]), observed, 0.01) == pytest.approx(np.log(2))


def test_what_a_nation_makes_itself_is_no_import():
    """The diagonal does not count in shares."""
    found = shares(np.array([[5.0, 1, 3], [0, 0, 0], [1, 1, 0]]))
    assert found[0].tolist() == [0, 0.25, 0.75]
    assert np.isnan(found[1]).all()


def test_runs_without_imports_do_not_dilute_the_mean():
    """Mean shares are taken over the runs in which the buyer imported."""
    by_run = np.array([[[0.2, 0.8]], [[np.nan, np.nan]]])
    assert mean_shares(by_run).tolist() == [[0.2, 0.8]]
    assert np.isnan(mean_shares(by_run[1:])).all()


def test_buyers_weigh_by_what_they_imported():
    """The score is a mean weighted by imports of the scored window."""
    assert weighted(np.array([0.0, 1.0]), np.array([1.0, 3.0])) == 0.75
    assert np.isnan(weighted(np.zeros(0), np.zeros(0)))


def test_suppliers_outside_the_world_count_as_one():
    """In a small world all other suppliers are the rest of the world; no volume is lost."""
    small = Record.of(("USA", "FRA", "POL"))
    assert small.names == ("USA", "FRA", "POL", "ROW")
    total = sum(
        float(row["tiv_millions"])
        for row in rows("supplier_shares.csv")
        if row["importer_iso3"] == "POL" and row["window"] == WINDOWS[0]
    )
    assert small.volumes[0, 2].sum() == pytest.approx(total)
    assert small.is_buyer.tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("low", "high", "model", "inside"),
    [
        (0.3, 0.5, 0.3, True),
        (0.3, 0.5, 0.5, True),
        (0.3, 0.5, 0.51, False),
        (0.3, None, 9.0, True),
        (0.3, None, 0.2, False),
        (None, None, 0.4, None),
        (0.3, 0.5, None, None),
    ],
)
def test_a_value_is_inside_its_band_with_both_ends(low, high, model, inside):
    """A band may be open above; without a band or a value there is no verdict."""
    assert Target("x", "any", 0.4, low, high, "", "calibrate").inside(model) is inside


def test_a_target_takes_median_and_interval_over_runs():
    """The model's value is the median over the runs that have one."""
    target = Target("x", "2015-19", 0.4, 0.3, 0.5, "share", "calibrate")
    values = [0.2, 0.45, 0.9, float("nan")]
    records = [PastRecord(r, r, {"x": {"2015-19": v}}, np.zeros(0)) for r, v in enumerate(values)]
    row = target_row(target, records)
    assert (row["model"], row["n"], row["inside"]) == (0.45, 3, True)
    absent = target_row(Target("y", "any", 1, 0, 2, "", ""), records)
    assert (absent["model"], absent["n"], absent["inside"]) == (None, 0, None)


def test_the_targets_are_all_listed_but_the_scores_to_beat():
    """Every row of the table becomes a target row."""
    table = rows("calibration_targets.csv")
    assert len(read_targets()) == sum(row["id"] != NAIVE for row in table)
    assert last_year_of_targets() == 2026


def test_the_past_ends_where_the_targets_do(scenario):
    """A hindcast runs no further than the last target, and needs the scored windows."""
    assert str(past_of(scenario).horizon.end) == "2026Q4"
    short = scenario.with_set({"horizon.end": "2024Q4"})
    assert past_of(short) == short
    with pytest.raises(ConfigError, match=r"2024Q3 is before the past ends.*2024Q4 to 2045Q4"):
        past_of(scenario.with_set({"horizon.end": "2024Q3"}))


def test_nation_rows_hold_whole_shares(record, scenario):
    """Data and model shares of each buyer and window add up to one."""
    volumes = spread(record, 3)
    records = [PastRecord(r, r, {}, volumes[r]) for r in range(3)]
    found = [row for row in hindcast_rows(scenario, records) if row["kind"] == "nation"]
    for iso3, window in {(row["iso3"], row["window"]) for row in found}:
        mine = [row for row in found if (row["iso3"], row["window"]) == (iso3, window)]
        assert sum(row["data"] for row in mine) == pytest.approx(1)
        assert sum(row["model"] for row in mine) == pytest.approx(1)
        assert mine[0]["data"] == max(row["data"] for row in mine)


def test_misses_are_printed_as_plainly_as_hits(record, scenario, capsys):
    """Every target is printed with its verdict, and the condition is said."""
    measures = {"us_share_deliveries": {"2015-19": 0.44, "2020-24": 0.9}}
    records = [PastRecord(r, r, measures, v) for r, v in enumerate(spread(record, 2, 3.0))]
    found = hindcast_rows(scenario, records)
    print_hindcast(found, scenario, 2)
    out = capsys.readouterr().out
    verdicts = [line.split() for line in out.splitlines() if line.split()[:1] == [
        "us_share_deliveries"
    ]]  # fmt: skip
    assert ["inside" in words for words in verdicts] == [False, True, False]
    assert ["OUTSIDE" in words for words in verdicts] == [False, False, True]
    assert "calibrate: 1 inside, 1 outside" in " ".join(out.split())
    assert "Conditional on actual military spending" in " ".join(out.split())
    assert "WORSE than naive" in out


def test_counts_are_kept_apart_by_use():
    """What was used to calibrate does not count with what was not."""
    targets = [{"use": use, "inside": inside} for use, inside in
               [("calibrate", True), ("report", None), ("calibrate", False)]]  # fmt: skip
    assert tally(targets) == [
        "calibrate: 1 inside, 1 outside",
        "report: 0 inside, 0 outside, 1 without a band or a value",
    ]


def test_a_nation_s_line_gives_its_distances():
    """Distances of model and naive forecast stand beside the largest suppliers."""
    keys = ("iso3", "window", "supplier", "model", "data", "naive")
    lines = [("POL", "2015-19", "USA", 0.5, 0.7, 0.2), ("POL", "2015-19", "KOR", 0.5, 0.3, 0.8)]
    found = nation_lines([dict(zip(keys, line, strict=True)) for line in lines])
    assert found == [("POL", "2015-19", "0.20", "0.50", "USA 70 % → 50 %, KOR 30 % → 50 %")]


def test_a_hindcast_whose_runs_all_fail_is_an_error(scenario):
    """There are no rows without a run."""
    with pytest.raises(RunError, match="every run failed"):
        hindcast_runs(scenario, 2, jobs=1, run_past=doubles.always_raising)
