"""The run that is played: it is the first of the ensemble's pairs, quarter by quarter."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from experiments.runner import POLICY, replication_seed
from viz.app.ensembles import Engine
from viz.app.live import LINES, LiveRun
from viz.app.settings import Settings, reform_of_text

ASKED = Settings("tiny", reforms=(reform_of_text("dcs_tracked=50@2014Q1"),), seed=3, pairs=2)
LAST = 39  # of the tiny world's forty quarters
SERIES = {
    "us_share_deliveries": ("USA", "share_delivered"),
    "allied_capability_share": ("world", "allied_capability_share"),
    "us_unit_cost": ("world", "us_unit_cost"),
}


@pytest.fixture(scope="module")
def recorded():
    """Series of the ensemble's first pair: values by quarter, by policy, entity and outcome."""
    engine = Engine(1)
    try:
        found = asyncio.run(engine.run(ASKED, lambda *_: None, lambda _: None))
    finally:
        engine.close()
    table = found.comparison.series
    return table[table["replication"] == 0]


def test_the_played_run_is_the_first_pair(recorded):
    """Baseline and reform give, in every quarter, the values of the ensemble's first pair."""
    live = LiveRun(ASKED).until(LAST)
    assert live.seed == replication_seed(3, 0)
    assert list(live.lines) == [POLICY, *(one.name for one in ASKED.policies())]
    for policy, lines in live.lines.items():
        assert set(lines) == set(LINES) == set(SERIES)
        for name, (entity, outcome) in SERIES.items():
            rows = recorded[
                (recorded["policy"] == policy)
                & (recorded["entity"] == entity)
                & (recorded["outcome"] == outcome)
            ].sort_values("quarter")
            assert len(rows)
            values = np.asarray(lines[name], float)[-len(rows) :]
            np.testing.assert_allclose(values, rows["value"], rtol=1e-6, equal_nan=True)


def test_steps_add_up_and_nothing_is_run_again():
    """Stepping to a quarter in parts gives what one stride gives; earlier quarters stay."""
    parts = LiveRun(ASKED)
    for quarter in (0, 1, 5, 20):
        parts = parts.until(quarter)
        assert all(len(one[name]) == quarter + 1 for one in parts.lines.values() for name in LINES)
    assert parts.until(20).lines == parts.lines
    assert parts.until(3).lines == parts.lines
    np.testing.assert_equal(dict(LiveRun(ASKED).until(20).lines), dict(parts.lines))


def test_another_seed_is_another_run():
    """The seed of the settings decides the run."""
    other = LiveRun(replace(ASKED, seed=4)).until(20)
    assert other.lines != LiveRun(ASKED).until(20).lines
