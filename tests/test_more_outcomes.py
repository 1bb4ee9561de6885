"""Outcomes on market, time, case load and strength, each counted a second way."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from alliance_abm import AllianceModel, load_scenario
from alliance_abm.burdens import gini
from alliance_abm.layout import (
    CANCELLED,
    CLOSED,
    COMPETITOR,
    DCS,
    DEVELOP,
    DOMESTIC,
    FMS,
    FRIENDLY,
    HOT,
    HYBRID,
    LICENSED,
    PIPELINE_QUARTERS,
    POOLED,
)
from alliance_abm.measures import kaplan_meier_median
from alliance_abm.outcomes import OUTCOMES, measure_all, window
from alliance_abm.recorder import column, nation_column
from alliance_abm.state import ledger

SOURCES = {
    "united_states": (FMS, DCS, HYBRID, POOLED),
    "friendly": (FRIENDLY,),
    "competitor": (COMPETITOR,),
    "own_industry": (DOMESTIC, DEVELOP),
    "licensed": (LICENSED,),
}
ROUTES = {
    "fms": FMS, "dcs": DCS, "hybrid": HYBRID, "pooled": POOLED, "third_party_friendly": FRIENDLY,
    "third_party_competitor": COMPETITOR, "licensed": LICENSED,
}  # fmt: skip


@pytest.fixture(scope="module")
def model() -> AllianceModel:
    """The whole world to 2024: the window is 2015 to 2024."""
    return AllianceModel(load_scenario("baseline", {"horizon.end": "2024Q4"}), rng=1).run()


@pytest.fixture(scope="module")
def found(model) -> dict[str, float]:
    return measure_all(model)


@pytest.fixture(scope="module")
def rows(model) -> np.ndarray:
    """Orders that buyers placed in the run."""
    every = ledger(model.state)
    return every[(every["initial"] == 0) & model.world.is_buyer[every["buyer"]]]


def test_shares_of_orders_by_source_and_route_are_those_of_the_ledger(model, found, rows):
    """Volume by route recounted by date of award, space left out; each set of shares adds to 1."""
    when = window(model)
    registered = model.state.cells["registered"][0] == 1
    mine = rows[(rows["awarded"] >= when.start) & (rows["awarded"] < when.stop)]
    mine = mine[registered[mine["domain"]]]
    volume = np.bincount(mine["route"], mine["volume"], 9)
    for source, routes in SOURCES.items():
        expected = volume[list(routes)].sum() / volume.sum()
        assert found[f"source_{source}_orders"] == pytest.approx(expected, rel=1e-4)
    abroad = volume[list(ROUTES.values())].sum()
    for name, route in ROUTES.items():
        assert found[f"route_{name}_orders"] == pytest.approx(
            volume[route] / abroad, rel=1e-4, abs=1e-9
        )
    assert sum(found[f"source_{source}_orders"] for source in SOURCES) == pytest.approx(1.0)


@pytest.mark.parametrize("clock", ["orders", "deliveries"])
def test_shares_add_to_one(found, clock):
    """Routes abroad; sellers abroad; sources with those listed elsewhere in the registry."""
    assert sum(found[f"route_{route}_{clock}"] for route in ROUTES) == pytest.approx(1.0)
    sellers = (f"us_share_{clock}", f"friendly_share_{clock}", f"competitor_share_{clock}")
    assert sum(found[name] for name in sellers) == pytest.approx(1.0)
    if clock == "deliveries":
        direct = [f"source_{source}_{clock}" for source in ("united_states", "friendly")]
        names = [*direct, f"source_competitor_{clock}", "domestic_share", "licensed_share"]
        assert sum(found[name] for name in names) == pytest.approx(1.0)


def product_limit(waits: list[int], seen: list[bool]) -> float:
    """Kaplan-Meier median by fractions, one event at a time."""
    alive = Fraction(1)
    for length in sorted({wait for wait, end in zip(waits, seen, strict=True) if end}):
        at_risk = sum(wait >= length for wait in waits)
        ended = sum(end and wait == length for wait, end in zip(waits, seen, strict=True))
        alive *= 1 - Fraction(ended, at_risk)
        if alive <= Fraction(1, 2):
            return float(length)
    return math.nan


@pytest.mark.parametrize("seed", range(20))
def test_medians_are_those_of_the_product_limit(seed):
    """Also with negative waits, many censored, and none seen to end."""
    rng = np.random.default_rng(seed)
    waits = rng.integers(-5, 12, 3 + 4 * seed)
    seen = rng.random(len(waits)) < (0.0 if seed == 0 else 0.25 + 0.03 * seed)
    expected = product_limit(waits.tolist(), seen.tolist())
    assert kaplan_meier_median(waits, seen) == pytest.approx(expected, nan_ok=True)
    assert math.isnan(kaplan_meier_median(waits[:0], seen[:0]))


def test_waits_by_route_tier_and_stage_are_those_of_the_ledger(model, found, rows):
    """Medians recounted order by order; what is open at the end of the run is censored."""
    when, usa, now = window(model), model.world.usa, model.state.quarter
    mine = rows[(rows["requested"] >= when.start) & (rows["requested"] < when.stop)]
    mine = mine[mine["status"] != CANCELLED]
    tier = model.state.nations["tier"][mine["buyer"]]
    abroad = (mine["supplier"] != usa) & (mine["supplier"] != mine["buyer"])
    signed = mine["contracted"] >= 0
    cases = {
        "fms": (mine["route"] == FMS, "requested", "first_delivery"),
        "domestic": (mine["route"] == DOMESTIC, "requested", "first_delivery"),
        "tier_two": ((mine["supplier"] == usa) & (tier == 2), "requested", "first_delivery"),
        "us_administration": (mine["supplier"] == usa, "awarded", "contracted"),
        "third_party_production": (abroad & signed, "contracted", "first_delivery"),
    }
    for name, (chosen, begin, end) in cases.items():
        ends, begins = mine[end][chosen].tolist(), mine[begin][chosen].tolist()
        waits = [(b if b >= 0 else now) - a for a, b in zip(begins, ends, strict=True)]
        expected = product_limit(waits, [b >= 0 for b in ends]) / 4
        assert found[f"wait_years_{name}"] == pytest.approx(expected), name
        assert chosen.sum() > 50 and not all(b >= 0 for b in ends)
    late = [(b if b >= 0 else now) - a
            for a, b in zip(mine["promised"][abroad].tolist(),
                            mine["first_delivery"][abroad].tolist(), strict=True)]  # fmt: skip
    seen = (mine["first_delivery"][abroad] >= 0).tolist()
    assert found["slip_quarters_third_party"] == pytest.approx(product_limit(late, seen))
    search = (mine["awarded"] - mine["requested"]).mean() / 4
    assert found["wait_years_search"] == pytest.approx(search)


def test_fms_stages_add_up_to_the_time_to_contract(found):
    """Months by stage sum to the months from request to contract."""
    stages = ("definition", "release", "preparation", "congress", "acceptance", "award")
    total = sum(found[f"fms_months_{stage}"] for stage in stages)
    assert total == pytest.approx(found["fms_months_to_contract"])


def test_case_load_is_that_of_the_ledger(model, found, rows):
    """New cases, partners with one, and the age of those open, counted one by one."""
    when = window(model)
    mine = rows[rows["supplier"] == model.world.usa]
    begun = mine[(mine["awarded"] >= when.start) & (mine["awarded"] < when.stop)]
    years = (when.stop - when.start) // 4
    assert found["cases_a_year"] == pytest.approx(len(begun) / years)
    partners = [
        len({int(row["buyer"]) for row in begun if (row["awarded"] - when.start) // 4 == year})
        for year in range(years)
    ]
    assert found["partners_a_year"] == pytest.approx(np.mean(partners))
    ages = [
        91 * end - int(row["request_day"])
        for end in range(when.stop, when.start, -4)
        for row in mine[mine["status"] != CANCELLED]
        if row["awarded"] < end and not 0 <= row["contracted"] < end
    ]
    assert found["case_age_months"] == pytest.approx(np.mean(ages) / (365.25 / 12))
    assert found["cases_waiting"] == column(model.state, "waiting_cases")[when].mean()


def test_the_base_is_that_of_the_lines(model):
    """Hot lines and spare capacity of the last quarter, from the lines and what they build."""
    state, usa = model.state, model.world.usa
    lines = state.lines
    mine = (lines["owner"] == usa) & (lines["status"] != CLOSED)
    hot = (lines["status"][mine] == HOT).mean()
    assert column(state, "us_hot_lines")[-1] == pytest.approx(hot)
    last = state.quarter - 1
    slots = [(last + ahead) % PIPELINE_QUARTERS for ahead in range(1, 5)]
    capacity = lines["capacity_home"] + lines["capacity_export"]
    spare = capacity - lines["output_home"] - lines["output_export"]
    spare = spare + state.pipeline[:, :, slots].sum(axis=(1, 2))
    assert column(state, "us_spare")[-1] == pytest.approx(spare[mine].sum())


def test_the_lines_that_arm_the_united_states_are_those_it_ordered_from(model, found):
    """Squared shares by line of its orders, mean over domains by volume."""
    when, usa = window(model), model.world.usa
    rows = ledger(model.state)
    rows = rows[(rows["buyer"] == usa) & (rows["initial"] == 0)]
    rows = rows[(rows["awarded"] >= when.start) & (rows["awarded"] < when.stop)]
    total = parts = 0.0
    for domain in np.unique(rows["domain"]):
        mine = rows[rows["domain"] == domain]
        volumes = np.array(
            [mine["volume"][mine["line"] == line].sum() for line in set(mine["line"])]
        )
        total += volumes.sum()
        parts += volumes.sum() * ((volumes / volumes.sum()) ** 2).sum()
    assert found["us_line_hhi"] == pytest.approx(parts / total)


def test_gaps_by_nation_average_to_the_gap(model, found):
    """The mean over buyers of their gaps is the world's gap; their inequality is a Gini."""
    when, buyers = window(model), model.world.is_buyer
    gaps = nation_column(model.state, "gap")[:, buyers]
    assert gaps.mean(axis=1) == pytest.approx(column(model.state, "gap"), rel=1e-5)
    years = gaps[when].sum(axis=0)
    apart = np.abs(years[:, None] - years[None, :]).mean()
    assert found["gap_inequality"] == pytest.approx(apart / (2 * years.mean()))


def test_the_gini_coefficient_of_known_sets():
    """None is 0, one of n with all is 1 - 1/n, a line tends to 1/3; of nothing it is unknown."""
    assert gini(np.full(7, 3.0)) == pytest.approx(0.0)
    assert gini(np.eye(1, 10)[0]) == pytest.approx(0.9)
    assert gini(np.arange(1.0, 2001.0)) == pytest.approx(1 / 3, abs=1e-3)
    assert math.isnan(gini(np.zeros(4)))


def test_shares_of_making_and_developing(model, found):
    """The buyers' part of volume by seller, and of what was paid for development."""
    when, world = window(model), model.world
    made = model.state.flow_pair[when].sum(axis=(0, 1)).astype(float)
    allied = made[world.is_buyer].sum()
    expected = allied / (allied + made[world.usa])
    assert found["production_share_allied"] == pytest.approx(expected, rel=1e-5)
    paid = nation_column(model.state, "developed")
    spent = paid[when.stop - 1] - paid[when.start - 1]
    a_year = spent[world.is_buyer].sum() * 4 / (when.stop - when.start)
    assert found["development_spending"] == pytest.approx(a_year)


def test_names_are_not_given_twice():
    """No two outcomes have the same name or definition with the same unit."""
    names = [outcome.name for outcome in OUTCOMES.values()]
    assert len(set(names)) == len(names)
