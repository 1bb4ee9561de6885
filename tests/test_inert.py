"""What cannot act changes exactly nothing: not one bit of the state."""

from __future__ import annotations

import laws
import pytest

from alliance_abm import AllianceModel
from alliance_abm.parameters import CATALOGUE
from alliance_abm.scenario import Scenario

INERT_EVENTS = {
    "suspension of nothing": {"kind": "suspension", "share": 0.0, "supplier": "FRA",
                              "buyer": "POL", "start": "2011Q1"},
    "suspension of nothing beside a real one": {
        "kind": "suspension", "share": 0.0, "supplier": "USA", "buyer": "POL", "start": "2014Q1"},
    "suspension after the end": {"kind": "suspension", "share": 1.0, "supplier": "USA",
                                 "buyer": "POL", "start": "2020Q1"},
    "no risk of sanctions": {"kind": "sanctions_risk", "supplier": "FRA", "level": 0.0,
                             "start": "2010Q2"},
    "diversion of nothing": {"kind": "capacity_diversion", "supplier": "USA", "share": 0.0,
                             "start": "2010Q2"},
    "surge of as many cases as ever": {"kind": "case_surge", "factor": 1, "start": "2010Q2",
                                       "domains": ["combat_aviation"]},
    "surge after the end": {"kind": "case_surge", "factor": 6, "start": "2020Q1",
                            "domains": ["combat_aviation"]},
    "threat that does not rise": {"kind": "threat_surge", "regions": ["europe"], "start": "2011Q1",
                                  "domains": {"combat_aviation": 0.0}},
    "threat where nobody is": {"kind": "threat_surge", "regions": ["africa"], "start": "2011Q1",
                               "domains": {"combat_aviation": 1.0}},
    "shock of size 0": {"kind": "alignment_shock", "supplier": "USA", "start": "2012Q3",
                        "half_life_years": 2},
    "doubt of size 0": {"kind": "credibility_shock", "supplier": "USA", "size": 0.0,
                        "start": "2012Q3"},
    "removal after the end": {"kind": "programme_removal", "programme": "A400M", "member": "FRA",
                              "start": "2021Q1"},
    "removal from a programme whose lead is absent": {
        "kind": "programme_removal", "programme": "FREMM", "member": "FRA", "start": "2012Q1"},
    "partnership after the end": {"kind": "trusted_partnership", "members": ["POL"],
                                  "start": "2020Q1"},
    "technology step of size 0": {"kind": "technology_step", "supplier": "FRA", "size": 0.0,
                                  "domains": ["combat_aviation"], "start": "2011Q2"},
    "technology step after the end": {"kind": "technology_step", "supplier": "FRA", "size": 0.2,
                                      "domains": ["combat_aviation"], "start": "2020Q1"},
    "endorsement after the end": {"kind": "endorsed_recipient", "supplier": "USA", "buyer": "POL",
                                  "start": "2020Q1"},
}  # fmt: skip


def run(scenario: Scenario) -> AllianceModel:
    return AllianceModel(scenario, rng=1).run()


@pytest.mark.parametrize("name", INERT_EVENTS)
def test_an_event_that_cannot_act_changes_exactly_nothing(tiny, name):
    """Beside the scripted suspension, an event without size, time or object moves no bit."""
    for events in ([], tiny.resolved()["events"]):
        without = run(tiny.with_set({"events": events}))
        with_it = run(tiny.with_set({"events": [*events, INERT_EVENTS[name]]}))
        assert laws.differences(with_it.state, without.state) == []


@pytest.mark.parametrize(
    ("path", "spared"),
    [
        ("domains.service_life_years.naval", ()),
        ("choice.weight_lag.space", ()),
        ("domains.dual_use_share.combat_aviation", ("dom",)),
        ("domains.unit_cost_scale.fires_munitions", ("dom",)),
        ("hindcast.log_score_floor", ("par",)),
        ("release.release_competitor", ("par",)),
        ("choice.weight_competitor_to_us_ally", ("par",)),
    ],
)
def test_a_parameter_that_nothing_reads_here_changes_exactly_nothing(tiny, tiny_run, path, spared):
    """Parameters of absent domains, absent competitors or later mechanisms move no bit."""
    entry = CATALOGUE[path]
    assert entry.value != entry.high
    changed = run(tiny.with_set({path: entry.high}))
    assert laws.differences(changed.state, tiny_run.state, spared) == []


def test_a_parameter_that_is_read_changes_the_run(tiny, tiny_run):
    """The comparison sees a difference where there is one."""
    changed = run(tiny.with_set({"choice.weight_lag.combat_aviation": 0.05}))
    assert "orders" in laws.differences(changed.state, tiny_run.state)


BUSY = [
    {"kind": "sanctions_risk", "supplier": "RUS", "level": 0.4, "start": "2011Q2"},
    {"kind": "alignment_shock", "supplier": "USA", "default": -0.4, "start": "2011Q3",
     "half_life_years": 1},
    {"kind": "suspension", "supplier": "USA", "buyer": "EGY", "start": "2012Q1", "end": "2013Q4"},
    {"kind": "capacity_diversion", "supplier": "RUS", "share": 0.5, "start": "2011Q1"},
    {"kind": "case_surge", "domains": ["land"], "factor": 4, "start": "2011Q3", "end": "2013Q2"},
]  # fmt: skip
BESIDE = [
    {"kind": "sanctions_risk", "supplier": "RUS", "level": 0.0, "start": "2012Q4"},
    {"kind": "alignment_shock", "supplier": "USA", "start": "2012Q2"},
    {"kind": "suspension", "supplier": "USA", "buyer": "EGY", "share": 0.0, "start": "2012Q3"},
    {"kind": "capacity_diversion", "supplier": "RUS", "share": 0.0, "start": "2012Q3",
     "end": "2012Q4"},
    {"kind": "case_surge", "domains": ["land"], "factor": 1, "start": "2012Q2"},
    {"kind": "threat_surge", "regions": ["middle_east"], "domains": {"land": 0.0},
     "start": "2011Q4"},
]  # fmt: skip


@pytest.mark.parametrize("event", BESIDE, ids=lambda event: event["kind"])
def test_an_event_of_size_0_leaves_those_in_force_alone(tiny, event):
    """Beside events of its own kind, begun at other times and still at work, it moves no bit."""
    world = {
        "world.nations": ["USA", "FRA", "EGY", "IND", "RUS", "POL"],
        "world.domains": ["combat_aviation", "land"],
        "horizon.end": "2014Q4",
    }
    without = run(tiny.with_set({**world, "events": BUSY}))
    for events in ([*BUSY, event], [event, *BUSY]):
        with_it = run(tiny.with_set({**world, "events": events}))
        assert laws.differences(with_it.state, without.state) == []
    assert laws.differences(run(tiny.with_set({**world, "events": []})).state, without.state)
