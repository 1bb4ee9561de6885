"""Every outcome of the registry is sane, and agrees with a second way of counting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from alliance_abm import OUTCOMES, AllianceModel, load_scenario
from alliance_abm.burdens import buyer_regions
from alliance_abm.desks import STAGE_IDS
from alliance_abm.layout import CANCELLED, DCS, FMS, HYBRID, POOLED
from alliance_abm.measures import median_wait
from alliance_abm.outcomes import measure_all, window
from alliance_abm.procurement import COMPARED
from alliance_abm.recorder import nation_column
from alliance_abm.state import ledger
from alliance_abm.timings import STAGES

SHARE = (0.0, 1.0)
MONTHS = (1.0, 60.0)
YEARS = (0.25, 15.0)
SOURCES = ("united_states", "friendly", "competitor")
CLOCKS = ("deliveries", "orders")
ABROAD = (
    "fms",
    "dcs",
    "hybrid",
    "pooled",
    "third_party_friendly",
    "third_party_competitor",
    "licensed",
)
WAITED = (
    "fms", "dcs", "pooled", "hybrid", "friendly", "competitor", "domestic", "licensed",
    "us_munitions", "tier_one", "tier_two",
    *(f"{who}_{stage}" for who in ("us", "third_party") for stage in STAGES),
)  # fmt: skip
BOUNDS = {
    "us_share_deliveries": (0.1, 0.9),
    "allied_capability_share": (0.1, 0.9),
    "gap_years": (0.05, 8.0),
    "us_unit_cost": (50.0, 200.0),
    "us_share_orders": (0.1, 0.9),
    "competitor_share_deliveries": (0.0, 0.5),
    "supplier_hhi": (0.05, 0.8),
    "buyer_hhi_median": (0.1, 0.9),
    "domestic_share": (0.05, 0.9),
    "licensed_share": (0.001, 0.5),
    "third_party_share": (0.05, 0.9),
    "fms_share_of_us_deliveries": (0.1, 0.9),
    "fms_months_to_contract": MONTHS,
    "dcs_months_to_contract": MONTHS,
    "wait_years_us": YEARS,
    "wait_years_third_party": YEARS,
    "us_backlog_years": (0.1, 15.0),
    "us_utilisation": SHARE,
    "open_cases": (10.0, 2000.0),
    "burden_mean": (0.005, 0.06),
    "burden_rank_correlation": (-1.0, 1.0),
    "burden_concordance": (0.0, 1.0),
    "spending_share_allied": (0.1, 0.9),
    **{f"shift_{region}": SHARE for region in buyer_regions()},
    "sovereignty_development": (0.1, 0.6),
    "sovereignty_production": (0.2, 0.8),
    "sovereignty_sustainment": (0.3, 0.85),
    "sovereignty_employment": (0.3, 0.85),
    "sovereignty_index": (0.2, 0.8),
    "dependence_nominal": (0.3, 0.9),
    "dependence_content": (0.3, 0.95),
    "us_dependence_nominal": (0.1, 0.6),
    "us_dependence_content": (0.1, 0.6),
    "concentration_nominal": (0.05, 0.5),
    "concentration_content": (0.05, 0.5),
    **{f"lost_{cause}": (0.0, 0.9) for cause in COMPARED},
    "lost_decided": (0.0, 0.9),
    "strategy_sovereignty": (0.1, 0.6),
    "strategy_core": (0.1, 0.6),
    "strategy_diversification": (0.1, 0.6),
    "programmes_begun": (5.0, 300.0),
    "programmes_failed": (0.05, 0.8),
    "r_and_d_share": (0.0005, 0.3),
    "competence_mean": (0.2, 0.8),
    "split_share": (0.01, 0.5),
    "n1_resilience": (0.6, 0.99),
    "n1_resilience_us": (0.9, 1.0),
    **{f"source_{source}_orders": SHARE for source in (*SOURCES, "own_industry", "licensed")},
    **{f"source_{source}_deliveries": SHARE for source in SOURCES},
    **{f"route_{route}_{clock}": SHARE for route in ABROAD for clock in CLOCKS},
    **{f"friendly_share_{clock}": (0.1, 0.9) for clock in CLOCKS},
    "competitor_share_orders": (0.0, 0.5),
    **{f"wait_years_{who}": YEARS for who in WAITED},
    "wait_years_search": (0.0, 3.0),
    **{f"fms_months_{stage}": (0.0, 24.0) for stage in STAGE_IDS},
    "slip_quarters_us": (-8.0, 20.0),
    "slip_quarters_third_party": (-8.0, 20.0),
    "case_age_months": (1.0, 60.0),
    "cases_waiting": (0.0, 500.0),
    "cases_a_year": (10.0, 500.0),
    "partners_a_year": (5.0, 38.0),
    "development_spending": (0.0, 20000.0),
    "production_share_allied": (0.2, 0.95),
    "us_hot_lines": (0.3, 1.0),
    "us_surge_ratio": (0.05, 5.0),
    "us_line_hhi": (0.05, 1.0),
    "gap_inequality": (0.01, 0.8),
    "leak_exposure": (0.05, 0.6),
    "incidents": (0.0, 1.5),
    "us_edge": (0.0, 0.6),
    "trusted_members": (2.0, 2.0),
    "suspensions": (0.1, 4.0),
    "policy_cost_us": (0.0, 0.0),
    "policy_cost_partners": (0.0, 0.0),
    "us_allied_share": (0.005, 0.3),
    "us_gap_years": (0.05, 8.0),
    "us_foreign_dependence": (0.02, 0.4),
    "us_price_paid": (0.5, 2.5),
    "foreign_owned_capacity": (0.001, 0.2),
    "interoperability": (0.05, 0.9),
    "innovations": (1.0, 20.0),
    "pools_a_year": (0.0, 20.0),
    "pool_members": (2.0, 15.0),
    "pool_saving": (0.0, 0.18),
    "pool_saving_munitions": (0.0, 0.18),
    "holdout_share": SHARE,
    "programmes_a_year": (0.0, 10.0),
    "dropouts_a_year": (0.0, 10.0),
    "disputes_a_year": (0.0, 10.0),
    "conversions_a_year": (0.0, 20.0),
}
SELDOM = {
    "wait_years_pooled": POOLED,
    "wait_years_hybrid": HYBRID,
    "pool_members": POOLED,
    "pool_saving": POOLED,
    "pool_saving_munitions": POOLED,
}
OF_DOMAIN = {"pool_saving_munitions": "fires_munitions"}


@pytest.fixture(scope="module")
def model() -> AllianceModel:
    """The whole world to 2042: the window is 2031 to 2040."""
    return AllianceModel(load_scenario("baseline", {"horizon.end": "2042Q4"}), rng=1).run()


@pytest.fixture(scope="module")
def found(model) -> dict[str, float]:
    return measure_all(model)


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_outcome_is_finite_and_within_sane_bounds(model, found, name):
    """Each lies where a world like ours could be; none is undefined, unless it is of a route that
    few of the window's orders took, or took to their end."""
    low, high = BOUNDS[name]
    if name in SELDOM and math.isnan(found[name]):
        rows, when = ledger(model.state), window(model)
        mine = (rows["requested"] >= when.start) & (rows["requested"] < when.stop)
        mine &= (rows["route"] == SELDOM[name]) & (rows["initial"] == 0)
        if name in OF_DOMAIN:
            mine &= rows["domain"] == model.world.domain_index(OF_DOMAIN[name])
        delivered = rows["first_delivery"][mine] >= 0
        assert 2 * delivered.sum() < max(len(delivered), 1)
        return
    assert low <= found[name] <= high


def test_every_outcome_has_a_bound_and_a_description():
    """The registry and the bounds of this test name the same outcomes; each says what it is."""
    assert set(BOUNDS) == set(OUTCOMES)
    for name, outcome in OUTCOMES.items():
        assert outcome.id == name
        assert outcome.name and outcome.unit and outcome.definition.endswith(".")
        assert outcome.clock in {"deliveries", "orders", "stock"}
    assert any(outcome.headline for outcome in OUTCOMES.values())


@pytest.mark.parametrize(
    ("end", "expected"),
    [("2045Q4", (84, 124)), ("2034Q4", (84, 100)), ("2031Q1", (84, 85)), ("2020Q4", (20, 44))],
)
def test_the_window_is_2031_to_2040_or_the_reported_part(end, expected):
    """Averages are over 2031Q1-2040Q4, cut at the end, or over what is reported before."""
    model = AllianceModel(load_scenario("baseline", {"horizon.end": end}), rng=1)
    model.state.quarter = model.scenario.horizon.quarters
    when = window(model)
    assert (when.start, when.stop) == expected


def test_shares_of_deliveries_are_those_of_the_flows(model, found):
    """Market shares and concentration recounted from the record by pair and nation."""
    world, when = model.world, window(model)
    volume = model.state.flow_pair[when].sum(axis=0).astype(float)[world.is_buyer]
    rows = np.flatnonzero(world.is_buyer)
    home = volume[np.arange(len(rows)), rows].sum()
    volume[np.arange(len(rows)), rows] = 0.0
    total = volume.sum()
    shares = volume.sum(axis=0) / total
    assert found["us_share_deliveries"] == pytest.approx(shares[world.usa], rel=1e-4)
    competitors = shares[world.competitor].sum()
    assert found["competitor_share_deliveries"] == pytest.approx(competitors, rel=1e-4)
    assert found["supplier_hhi"] == pytest.approx((shares**2).sum(), rel=1e-4)
    assert found["domestic_share"] == pytest.approx(home / (home + total), rel=1e-4)
    assert (volume.sum(axis=1) > 0.0).all()
    own = volume / volume.sum(axis=1, keepdims=True)
    median = np.median((own**2).sum(axis=1))
    assert found["buyer_hhi_median"] == pytest.approx(median, rel=1e-4)


def test_shares_of_orders_are_those_of_the_ledger(model, found):
    """The American share of orders recounted from the ledger by date of award."""
    rows, world, when = ledger(model.state), model.world, window(model)
    registered = model.state.cells["registered"][0] == 1
    mine = (rows["awarded"] >= when.start) & (rows["awarded"] < when.stop)
    mine &= world.is_buyer[rows["buyer"]] & registered[rows["domain"]]
    mine &= rows["supplier"] != rows["buyer"]
    volume = np.bincount(rows["supplier"][mine], rows["volume"][mine], len(world.nations))
    share = volume[world.usa] / volume.sum()
    assert found["us_share_orders"] == pytest.approx(share, rel=1e-4)


def test_months_to_contract_are_the_days_of_the_stages(model, found):
    """Days by stage add up to the time from request to contract that is reported."""
    rows, when = ledger(model.state), window(model)
    days = model.state.stage_days[: len(rows)].sum(axis=1)
    for name, route in (("fms_months_to_contract", FMS), ("dcs_months_to_contract", DCS)):
        mine = (rows["contracted"] >= when.start) & (rows["contracted"] < when.stop)
        mine &= (rows["route"] == route) & (rows["initial"] == 0)
        assert found[name] == pytest.approx(days[mine].mean() / 30.4375, rel=1e-9)


def test_capability_and_burden_are_those_of_the_nations(model, found):
    """The allied share of capability and the mean burden recounted nation by nation."""
    world, when = model.world, window(model)
    stock = nation_column(model.state, "stock")[when]
    allied = stock[:, world.is_buyer].sum(axis=1)
    share = (allied / (allied + stock[:, world.usa])).mean()
    assert found["allied_capability_share"] == pytest.approx(share, rel=1e-6)
    burden = nation_column(model.state, "burden")[when][:, world.is_buyer]
    assert burden.min() < found["burden_mean"] < burden.max()


# Waits


def product_limit(ends: Sequence[tuple[float, bool]]) -> float:
    """Median by the product-limit estimate, in exact fractions, of (length, seen to end)."""
    alive = Fraction(1)
    for length in sorted({length for length, seen in ends if seen}):
        at_risk = sum(other >= length for other, _ in ends)
        died = sum(other == length and seen for other, seen in ends)
        alive *= 1 - Fraction(died, at_risk)
        if alive <= Fraction(1, 2):
            return length / 4.0
    return math.nan


def waits(ends: Sequence[tuple[int, bool]], now: int = 100) -> float:
    """`median_wait` of orders that waited so long and were or were not seen to be delivered."""
    awarded = [now - length for length, _ in ends]
    delivered = [now if seen else -1 for _, seen in ends]
    return median_wait(np.array(awarded), np.array(delivered), now)


def test_the_median_wait_is_that_of_a_worked_example():
    """Ten orders, four still open: survivors fall 0.9, 0.7875, 0.675, 0.54, 0.405, so the median
    is the fifth delivery, at 10 quarters."""
    ends = [(2, True), (3, False), (4, True), (6, True), (6, False), (7, True), (10, True),
            (11, False), (12, True), (15, False)]  # fmt: skip
    assert waits(ends) == 10 / 4
    assert waits([(length, True) for length, _ in ends]) == 6 / 4, "without censoring"


def test_a_wait_that_most_have_not_ended_has_no_median():
    """Fewer than half seen to end gives no number rather than a wrong one."""
    assert math.isnan(waits([(3, True), (5, False), (6, False)]))
    assert math.isnan(waits([(3, False)]))


@pytest.mark.parametrize("count", range(2, 41, 2))
def test_exactly_half_ended_is_the_median(count):
    """When survivors reach exactly one half the median is that delivery, whatever the rounding."""
    ends = [(length, length <= count // 2) for length in range(1, count + 1)]
    assert waits(ends) == product_limit(ends) == count / 8


@pytest.mark.parametrize("seed", range(20))
def test_the_median_wait_is_the_product_limit_estimate(seed):
    """Random waits with ties and censoring give what exact fractions give."""
    scatter = np.random.default_rng(seed)
    lengths = scatter.integers(1, 30, 50)
    seen = scatter.random(50) < 0.7
    ends = list(zip(lengths.tolist(), seen.tolist(), strict=True))
    assert waits(ends) == pytest.approx(product_limit(ends), nan_ok=True)


def test_waits_leave_out_what_was_cancelled(model, found):
    """The American wait is the estimate over orders not cancelled, open ones censored."""
    rows, world, when = ledger(model.state), model.world, window(model)
    mine = (rows["requested"] >= when.start) & (rows["requested"] < when.stop)
    mine &= world.is_buyer[rows["buyer"]] & (rows["supplier"] == world.usa)
    mine &= (rows["status"] != CANCELLED) & (rows["initial"] == 0)
    now = model.state.quarter
    ends = [
        (int(first - asked) if first >= 0 else int(now - asked), bool(first >= 0))
        for asked, first in zip(rows["requested"][mine], rows["first_delivery"][mine], strict=True)
    ]
    assert len(ends) > 50
    assert found["wait_years_us"] == product_limit(ends)
