"""Records of nations: totals are the model's, files stay small, ensembles are plain quantiles."""

from __future__ import annotations

import pickle
from dataclasses import replace

import laws
import numpy as np
import pandas as pd
import pytest
import runs
import tiny_worlds

from alliance_abm.deliveries import periods
from alliance_abm.levers import LeverUse
from alliance_abm.model import AllianceModel
from alliance_abm.policies import choice_of
from alliance_abm.quarters import FIRST_YEAR, QUARTERS_A_YEAR
from alliance_abm.recorder import nation_column
from alliance_abm.routes import ROUTES
from alliance_abm.scenario import load_scenario
from experiments.compare import planned
from experiments.forks import ForkRun
from experiments.nation_ensemble import ALL, BASELINE, NationEnsemble, band
from experiments.nation_records import MEASURES, NationRecord, nation_record

YEARS = (2015, 2017)
SEEDS = (1, 2, 3, 4)


@pytest.fixture(scope="module")
def middle_runs() -> list[AllianceModel]:
    """Runs of a world of ten nations and three domains, one of them space."""
    scenario = load_scenario("tiny").with_set(tiny_worlds.MIDDLE)
    return [AllianceModel(scenario, rng=seed).run() for seed in SEEDS]


@pytest.fixture(scope="module")
def ensemble(middle_runs) -> NationEnsemble:
    """Their records as those of the baseline."""
    return NationEnsemble.of({BASELINE: [nation_record(model) for model in middle_runs]})


def delivered(record: NationRecord, first: int, last: int) -> pd.DataFrame:
    """Volume across borders by buyer and supplier in some years after the first."""
    rows = record.volumes[record.volumes["clock"] == 0]
    rows = rows[(rows["year"] >= first) & (rows["year"] < last)]
    names = np.array(record.nations)
    table = pd.DataFrame(
        {
            "buyer": names[rows["buyer"]],
            "supplier": names[rows["supplier"]],
            "volume": rows["volume"].astype(float),
        }
    )
    table = table[table["buyer"] != table["supplier"]]
    return table.groupby(["buyer", "supplier"])["volume"].sum().sort_index()


def test_deliveries_of_a_record_are_those_of_the_model(middle_runs, tiny_run):
    """Pairs of a record sum to `deliveries()` in every period, in a tiny world too."""
    for model in (*middle_runs, tiny_run):
        record, frame = nation_record(model), model.deliveries()
        for name, when in periods(model.state.quarter).items():
            if when.start % QUARTERS_A_YEAR or when.stop % QUARTERS_A_YEAR:
                continue
            first, last = when.start // QUARTERS_A_YEAR, when.stop // QUARTERS_A_YEAR
            rows = frame[frame["period"] == name].set_index(["buyer", "supplier"])["volume"]
            expected = (rows * (last - first)).sort_index()
            found = delivered(record, first, last)
            pd.testing.assert_series_equal(found, expected, check_exact=False, rtol=1e-5)


def test_home_made_volume_and_routes_are_those_of_the_model(middle_runs):
    """What nations make themselves is whole; the routes of deliveries are nearly the record's,
    those of orders exactly."""
    for model in middle_runs:
        record = nation_record(model)
        rows = record.volumes
        assert rows[rows["clock"] == 0]["volume"].sum(dtype=float) == pytest.approx(
            model.state.flow_pair.sum(dtype=float), rel=1e-5
        )
        buys = model.world.is_buyer[rows["buyer"]]
        for clock, most_apart in ((0, 0.03), (1, 1e-5)):
            mine = rows[buys & (rows["clock"] == clock)]
            found = np.bincount(mine["route"], mine["volume"], len(ROUTES))
            expected = model.state.flow_route[:, clock].sum(axis=0, dtype=float)
            assert abs(found - expected).sum() <= most_apart * expected.sum()
            assert found.sum() == pytest.approx(expected.sum(), rel=1e-5)


def test_paths_are_those_of_the_record_and_trust_is_the_belief(middle_runs):
    """Every measure is the run's column; trust at the end is the belief that choices go by."""
    model = middle_runs[0]
    record = nation_record(model)
    for place, about in enumerate(MEASURES.values()):
        expected = nation_column(model.state, about.field)
        np.testing.assert_allclose(record.paths[:, :, place], expected, rtol=1e-6)
    pairs, usa = model.state.pairs, model.world.usa
    believed = pairs["kept"][:, usa] / (pairs["kept"][:, usa] + pairs["broken"][:, usa])
    others = np.arange(len(believed)) != usa
    trust = record.paths[-1, :, list(MEASURES).index("us_trust")]
    np.testing.assert_allclose(trust[others], believed[others], rtol=1e-6)
    assert np.ptp(trust[others]) > 0.0


def test_a_record_changes_nothing_and_stays_small(run_tiny):
    """Looking at a run leaves its state as it was; a record survives its pickle unchanged."""
    model = run_tiny(3)
    before = model.snapshot()
    record = nation_record(model)
    assert laws.differences(model.state, before) == []
    packed = pickle.dumps(record)
    again = pickle.loads(packed)
    assert len(packed) < 40_000
    assert again.nations == record.nations
    np.testing.assert_array_equal(again.volumes, record.volumes)
    np.testing.assert_array_equal(again.paths, record.paths)


@pytest.mark.parametrize("quarters", [1, 6])
def test_a_run_under_way_has_a_record(tiny, quarters):
    """A record of the first quarters holds what was delivered in them."""
    model = runs.run(tiny, quarters=quarters)
    record = nation_record(model)
    assert record.years == (2010, 2010 + (quarters - 1) // 4)
    rows = record.volumes[record.volumes["clock"] == 0]
    assert rows["volume"].sum(dtype=float) == pytest.approx(
        model.state.flow_pair[:quarters].sum(dtype=float), rel=1e-5
    )
    whole = NationEnsemble.of({BASELINE: [record]})
    volume = whole.volumes(BASELINE, record.years).sum()
    assert volume * quarters / 4 == pytest.approx(rows["volume"].sum(dtype=float), rel=1e-5)


def test_comparisons_keep_the_detail_of_tabled_runs(tiny):
    """A detail is made of every tabled run of the central draw and of no other, and the ensemble
    pairs runs by their seeds."""
    policy = choice_of("fast", "Fast", (LeverUse(lever="fms_fast_track"),))
    late = tiny.with_set({"horizon.end": "2030Q4"})
    plan = planned(late, [policy], replications=2, bills=False)
    forks = replace(plan.forks, detail=nation_record)
    found = [one for task in forks.tasks(5) for one in forks(late, task.replication, task.seed)]
    assert all(isinstance(one, ForkRun) for one in found)
    assert all(isinstance(one.detail, NationRecord) for one in found)
    plain = plan.forks(late, 0, forks.tasks(5)[0].seed)
    assert [one.detail for one in plain] == [None, None]
    for one, other in zip(plain, found[:2], strict=True):
        assert one.outcomes == pytest.approx(other.outcomes, rel=0.0, abs=0.0, nan_ok=True)
    ensemble = NationEnsemble.of_runs(found, "baseline")
    assert ensemble.policies == (BASELINE, "fast")
    assert ensemble.paired("fast") == ([0, 1], [0, 1])
    fewer = NationEnsemble.of_runs(found[1:], "baseline")
    assert fewer.paired("fast") == ([1], [0])
    alone = replace(forks, tabled=frozenset({BASELINE}))
    kinds = [one.detail is None for one in alone(late, 0, forks.tasks(5)[0].seed)]
    assert kinds == [False, True]


def test_flows_are_quantiles_over_runs(ensemble, middle_runs):
    """Median, 10 and 90 % of a flow are numpy's over the runs; means add up to the whole."""
    table = ensemble.flows(BASELINE, YEARS)
    first, last = (year - FIRST_YEAR for year in (YEARS[0], YEARS[1] + 1))
    row = table.sort_values("median").iloc[-1]
    per_run = []
    for model in middle_runs:
        record = nation_record(model)
        rows = record.volumes[record.volumes["clock"] == 0]
        rows = rows[(rows["year"] >= first) & (rows["year"] < last)]
        names, routes = np.array(record.nations), np.array([route.id for route in ROUTES])
        same = (names[rows["buyer"]] == row["buyer"]) & (names[rows["supplier"]] == row["supplier"])
        same &= routes[rows["route"]] == row["route"]
        per_run.append(rows["volume"][same].sum(dtype=float) / 3)
    expected = np.quantile(per_run, [0.1, 0.5, 0.9])
    np.testing.assert_allclose(row[["low", "median", "high"]].to_numpy(float), expected, rtol=1e-6)
    assert row["n"] == len(SEEDS)
    quarters = slice(4 * first, 4 * last)
    volume = np.mean([m.state.flow_pair[quarters].sum(dtype=float) / 3 for m in middle_runs])
    assert table["mean"].sum() == pytest.approx(volume, rel=1e-5)


def test_shares_of_a_nation_add_up(ensemble):
    """Mean shares of all suppliers are one in all, own industry included; of imports without."""
    every = ensemble.shares(BASELINE, "KOR", YEARS)
    abroad = ensemble.shares(BASELINE, "KOR", YEARS, of="imports")
    assert every["mean"].sum() == pytest.approx(1.0)
    assert abroad["mean"].sum() == pytest.approx(1.0)
    assert "KOR" in set(every["supplier"])
    assert "KOR" not in set(abroad["supplier"])
    assert every["mean"].is_monotonic_decreasing
    share = ensemble.share_of(BASELINE, "USA", YEARS, of=ALL)[:, ensemble.nations.index("KOR")]
    row = every.set_index("supplier").loc["USA"]
    assert row["median"] == pytest.approx(np.median(share))


def test_paths_are_quantiles_over_runs(ensemble, middle_runs):
    """A path's band is numpy's quantiles of the runs' columns."""
    found = ensemble.paths(BASELINE, "POL", "us_dependence")
    row = middle_runs[0].world.nation_index("POL")
    columns = np.stack([nation_column(m.state, "us_dependence")[:, row] for m in middle_runs])
    for edge, level in (("low", 0.1), ("median", 0.5), ("high", 0.9)):
        np.testing.assert_allclose(found[edge], np.quantile(columns, level, axis=0), atol=1e-6)
    assert (found["n"] == len(SEEDS)).all()
    assert found["quarter"].iloc[0] == "2010Q1"


def test_bands_leave_out_what_is_missing():
    """A value missing in some runs is not counted; in all of them, its figures are missing."""
    values = np.array([[1.0, np.nan, np.nan], [3.0, 2.0, np.nan]])
    found = band(values)
    assert found["n"].tolist() == [2, 1, 0]
    np.testing.assert_allclose(found["median"], [2.0, 2.0, np.nan])
    np.testing.assert_allclose(found["low"], [1.2, 2.0, np.nan])


def test_mistakes_are_refused(ensemble, run_tiny):
    """Years outside the runs, no record, and records of different worlds have one message."""
    with pytest.raises(ValueError, match="allowed: 2010 to 2017"):
        ensemble.flows(BASELINE, (2016, 2018))
    with pytest.raises(ValueError, match="years 2017 to 2016"):
        ensemble.flows(BASELINE, (2017, 2016))
    with pytest.raises(ValueError, match="at least one record"):
        NationEnsemble.of({BASELINE: []})
    with pytest.raises(ValueError, match="same nations"):
        NationEnsemble.of({BASELINE: [*ensemble.records[BASELINE].values(),
                                      nation_record(run_tiny(1))]})  # fmt: skip
