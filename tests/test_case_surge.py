"""More small cases than usual, at the desks of some domains."""

from __future__ import annotations

import numpy as np
import pytest
from runs import new_orders, run, step_to

from alliance_abm import AllianceModel, load_scenario
from alliance_abm.desks import PREPARATION
from alliance_abm.layout import FMS, N_ORDERS


def test_a_surge_of_cases_reaches_its_desk_alone():
    """Six times the small cases come to the desk of the domain while it lasts, as many as before
    to the others; the modelled cases of the domain are prepared later."""
    scenario = load_scenario("baseline", {"horizon": {"end": "2016Q4"}, "events": []})
    event = {"kind": "case_surge", "domains": ["combat_aviation"], "factor": 6.0,
             "start": "2012Q1", "end": "2014Q4"}  # fmt: skip
    pair = [run(scenario.with_set({"events": e}), 1, 8) for e in ([], [event])]
    before = [m.state.desks["base_admitted"].copy() for m in pair]
    for m in pair:
        step_to(m, 20)
    plain, surged = (m.state.desks["base_admitted"] - b for m, b in zip(pair, before, strict=True))
    usual = 12 * float(pair[0].state.desks["base_cases"][0])
    assert surged[0] == pytest.approx(6.0 * usual, rel=0.3)
    assert plain[0] == pytest.approx(usual, abs=3.0 * usual**0.5)
    assert (surged[1:] == plain[1:]).all()
    assert pair[1].state.desks["surge"][0] == 6.0
    days = [_days_prepared(step_to(m, 28), 0) for m in pair]
    assert pair[1].state.desks["surge"][0] == 1.0
    assert days[1] > 1.2 * days[0]


def _days_prepared(model: AllianceModel, domain: int) -> float:
    """Mean days in preparation of FMS cases of a domain that were contracted."""
    rows = new_orders(model.state)
    place = np.flatnonzero(model.state.orders["initial"][: model.state.counts[N_ORDERS]] == 0)
    mine = (rows["route"] == FMS) & (rows["domain"] == domain) & (rows["contracted"] >= 9)
    return float(model.state.stage_days[place[mine], PREPARATION].mean())
