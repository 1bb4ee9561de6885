"""Runs repeat: from snapshots, beside other models, as plain Python, on several processes."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import laws
import numpy as np
import pandas as pd
import pytest
from tiny_worlds import MIDDLE

from alliance_abm import AllianceModel
from alliance_abm.groups import HAPPENINGS
from alliance_abm.layout import DEVELOP, IN_DEVELOPMENT
from alliance_abm.state import State, ledger
from experiments.runner import run_replications

HERE = Path(__file__).parent
SPREADS = {"sovereignty": 0.5, "core": 0.0, "diversification": 0.5}
SCENARIOS = {
    "tiny": {},
    "middle": {**MIDDLE, "horizon.end": "2011Q4", "horizon.report_from": "2010Q1", "events": []},
    "lively": {  # with split awards, and with programmes of which some end
        "world.nations": ["USA", "POL", "IND", "SWE", "KOR"],
        "world.domains": ["uncrewed", "land"],
        "horizon.end": "2016Q4", "horizon.report_from": "2010Q1", "events": [],
        "choice.utility_share": 0.3, "choice.split_lots": 1.0, "choice.split_cost": 0.01,
        "domains.development_cost.uncrewed": 300, "domains.development_years.uncrewed": 2,
        "development.develop_competence": 0.1, "development.development_budget_share": 0.4,
        "development.development_least_gain": 0,
        **{f"strategy.{name}": SPREADS for name in ("POL", "IND", "SWE", "KOR")},
    },
    "joint": {  # with pooled buys and co-operative programmes, and who leaves them
        "world.nations": ["USA", "POL", "NLD", "NOR", "DNK", "ITA", "GBR", "DEU", "GRC"],
        "world.domains": ["combat_aviation", "fires_munitions", "uncrewed"],
        "horizon.end": "2023Q4", "horizon.report_from": "2010Q1", "events": [],
        "agreements.pool_openness": 1, "agreements.pool_holdout_hazard": 0.15,
        "agreements.hybrid_openness": 1, "agreements.hybrid_competence": 0.1,
        "agreements.pool_infrastructure_europe": 0, "agreements.pool_conversion": 0.5,
        "agreements.hybrid_formation_quarters": 2, "agreements.ip_negotiation_quarters": 0,
        "agreements.hybrid_time_part": 0.1, "agreements.hybrid_trust": 0.2,
        "agreements.dropout_hazard_per_year": 0.2, "agreements.dispute_hazard_per_year": 0.3,
        "development.development_budget_share": 0.4, "choice.utility_share": 0.3,
    },
}  # fmt: skip


@pytest.mark.parametrize("quarter", [0, 1, 7, 20, 39])
def test_a_fork_repeats_the_future(tiny, tiny_run, quarter):
    """From a snapshot of any quarter the run goes on exactly as it did, twice over."""
    model = AllianceModel(tiny, rng=1)
    while model.state.quarter < quarter:
        model.step()
    snapshot = model.snapshot()
    for _ in range(2):
        assert laws.differences(model.run().state, tiny_run.state) == []
        model.restore(snapshot)
        assert model.state.quarter == quarter and model.running


def test_a_snapshot_shares_nothing_with_the_run(tiny):
    """No array of a snapshot, or of a model restored from it, is the run's own memory."""
    model = AllianceModel(tiny, rng=1)
    model.step()
    snapshot, child = model.snapshot(), AllianceModel(tiny, rng=1)
    child.restore(snapshot)
    for name in State.__slots__:
        arrays = [getattr(state, name) for state in (model.state, snapshot, child.state)]
        if isinstance(arrays[0], np.ndarray):
            assert not any(np.shares_memory(*pair) for pair in combinations(arrays, 2))


def test_a_fork_leaves_its_parent_alone(tiny, tiny_run):
    """What happens in a fork (a removed supplier) moves neither the parent nor a twin fork."""
    parent = AllianceModel(tiny, rng=1)
    while parent.state.quarter < 16:
        parent.step()
    snapshot = parent.snapshot()
    kept = snapshot.copy()
    child, twin = AllianceModel(tiny, rng=5), AllianceModel(tiny, rng=9)
    child.restore(snapshot)
    twin.restore(snapshot)
    usa = child.world.usa
    child.state.pairs["permitted"][:, usa] = 0
    child.state.lines["capacity_export"][child.state.lines["owner"] == usa] = 0.0
    assert "orders" in laws.differences(child.run().state, tiny_run.state)
    assert laws.differences(snapshot, kept) == []
    assert laws.differences(twin.run().state, tiny_run.state) == []
    assert laws.differences(parent.run().state, tiny_run.state) == []


def test_two_models_of_one_scenario_share_nothing_that_changes(tiny, tiny_run):
    """Models step in turn as they would alone, although worlds and first states are kept."""
    one, two = AllianceModel(tiny, rng=1), AllianceModel(tiny, rng=2)
    while one.running:
        two.step()
        one.step()
    assert laws.differences(one.state, tiny_run.state) == []


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> dict[str, dict]:
    """The last states of runs without compilation, with the addresses drawn."""
    folder = tmp_path_factory.mktemp("uncompiled")
    done = subprocess.run(
        [sys.executable, str(HERE / "uncompiled.py"), str(folder)],
        input=json.dumps(SCENARIOS),
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(HERE.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name: pickle.loads((folder / f"{name}.pickle").read_bytes()) for name in SCENARIOS}


@pytest.mark.parametrize("name", SCENARIOS)
def test_compiled_code_gives_what_plain_python_gives(name, plain, tiny):
    """Compiled kernels and the same code as plain Python end in the same state, bit for bit."""
    compiled = AllianceModel(tiny.with_set(SCENARIOS[name]), rng=1).run()
    rows = ledger(compiled.state)
    assert len(rows) > 50
    if name == "lively":
        assert (rows["part"] == 1).any()
        assert set(rows["status"][rows["route"] == DEVELOP]) > {IN_DEVELOPMENT}
    if name == "joint":
        happened = dict(zip(HAPPENINGS, compiled.state.flow_agreements.sum(axis=0), strict=True))
        drawn = ("holdouts", "dropouts", "disputes", "conversions")
        assert all(happened[kind] > 0 for kind in drawn)
    assert laws.differences(compiled.state, plain[name]["state"]) == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_address_is_drawn_twice(name, plain):
    """Every random number of a run has an address of its own, so that no two go together."""
    addresses = plain[name]["addresses"]
    assert len(addresses) > 500
    assert addresses.most_common(1)[0][1] == 1


def test_serial_and_parallel_replications_are_the_same(tiny):
    """Outcomes, series and ledgers do not depend on the number of processes, bit for bit."""
    one, two = (run_replications(tiny, 4, jobs=jobs) for jobs in (1, 2))
    assert one.failures.empty
    for name in ("outcomes", "series", "orders"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name), check_exact=True)
