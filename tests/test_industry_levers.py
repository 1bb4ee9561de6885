"""Levers of industry: each acts, each bill acts without the benefit, size 0 does nothing."""

from __future__ import annotations

import laws
import pytest
from tiny_worlds import MIDDLE

from alliance_abm import AllianceModel
from alliance_abm.lever_data import load_levers
from alliance_abm.parameters import CATALOGUE

START = "2011Q1"
CRISES = [  # of partners in both domains, and of the United States itself in one
    {"kind": "threat_surge", "regions": ["europe"], "start": "2012Q1",
     "domains": {"combat_aviation": 1.0, "land": 1.0}},
    {"kind": "threat_surge", "regions": ["north_america"], "start": "2012Q1",
     "domains": {"combat_aviation": 1.0}},
]  # fmt: skip
LEVERS = [
    "supply_chain_assessment",
    "dual_qualification",
    "credible_demand_signals",
    "line_priority_by_burden",
    "us_production_required",
    "stock_transfer_readiness",
    "security_of_supply",
]


def run(tiny, *levers) -> AllianceModel:
    overrides = {**MIDDLE, "events": [*MIDDLE["events"], *CRISES], "levers": list(levers)}
    return AllianceModel(tiny.with_set(overrides), rng=1).run()


@pytest.fixture(scope="module")
def without(tiny) -> AllianceModel:
    return run(tiny)


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_moves_what_happens_and_at_size_0_nothing(tiny, without, name):
    """The benefit alone changes orders or stocks; a lever of size 0 changes not one bit."""
    acting = run(tiny, {"lever": name, "start": START, "only": "benefit"})
    changed = laws.differences(acting.state, without.state)
    assert {"orders", "stock", "lines", "cells"} & set(changed) > set()
    idle = run(tiny, {"lever": name, "start": START, "size": 0})
    assert laws.differences(idle.state, without.state) == []


@pytest.mark.parametrize("name", ["dual_qualification", "credible_demand_signals"])
def test_the_bill_acts_without_the_benefit(tiny, without, name):
    """Split learning makes products dearer; announced needs bind money: orders change."""
    billed = run(tiny, {"lever": name, "start": START, "only": "bill"})
    assert "orders" in laws.differences(billed.state, without.state)


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_stays_inside_the_ranges_at_its_largest(name):
    """Every parameter moved from its shipped value by the largest size is inside its range, so
    that no part of a lever is cut off unsaid."""
    lever = load_levers()[name]
    assert lever.bill
    for change in (*lever.changes, *lever.bill):
        entry = CATALOGUE[change.parameter]
        moved = change.amount * lever.high
        value = entry.value + moved if change.kind == "shift" else entry.value * (1.0 + moved)
        assert entry.low <= value <= entry.high, change.parameter
