"""Burdens after the record: allies' spending is a joint product; who pays, gains and depends."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_worlds import MIDDLE

from alliance_abm import AllianceModel, budgets, events
from alliance_abm.burdens import (
    benefit_shares,
    burden_concordance,
    buyer_regions,
    investment_share,
    met_without_us,
    rank_correlation,
    region_buyers,
    region_share,
    spending_shares,
)
from alliance_abm.exogenous import Exogenous
from alliance_abm.recorder import NATION_PANEL, nation_column
from alliance_abm.scenario import Scenario
from alliance_abm.state import State

NATIONS = ["USA", "DEU", "POL", "DNK", "JPN", "IND"]  # by size of economy, but for the last two
USA, DEU, POL, DNK, JPN, IND, ROW = range(7)
GDP = np.array([10000.0, 2000.0, 500.0, 100.0, 1000.0, 3000.0, 1.0])
PUBLICNESS, THREAT = "burden_spill_in_response", "burden_threat_response"


@dataclass
class Club:
    """Nations when the record ends, with economies that do not grow and pledges that stay."""

    state: State
    outside: Exogenous
    threat: np.ndarray

    def year(self) -> np.ndarray:
        """Burdens of the next year."""
        budgets.set_burdens(self.state, self.outside, self.threat)
        self.state.quarter += 4
        return self.state.nations["burden"].copy()

    def years(self, count: int) -> np.ndarray:
        """Burdens of the next years, (years, nations)."""
        return np.array([self.year() for _ in range(count)])


@pytest.fixture(scope="module")
def few(tiny) -> AllianceModel:
    """A world of six nations to copy: NATO, Japan that only the United States protects, India."""
    return AllianceModel(tiny.with_set({"world.nations": NATIONS, "events": []}), rng=1)


@pytest.fixture
def club(few):
    """Makes a club from burdens, pledges and parameters; default all at 2 % as pledged."""

    def make(burden=0.02, pledge=0.02, credibility=1.0, **parameters: float) -> Club:
        state, years = few.snapshot(), few.outside.gdp.shape[1]
        flat = np.ones((len(GDP), years))
        outside = replace(
            few.outside,
            gdp=GDP[:, None] * flat,
            size=flat,
            burden=np.broadcast_to(burden, GDP.shape)[:, None] * flat,
            pledge=np.broadcast_to(pledge, GDP.shape)[:, None] * flat,
        )
        state.quarter = 4 * outside.recorded_years - 1
        state.nations["gdp"], state.nations["burden"] = GDP, burden
        state.office["credibility"] = credibility
        for name, value in parameters.items():
            state.par[name] = value
        return Club(state, outside, state.cells["threat"].mean(axis=1))

    return make


# Spill-in


def test_at_rest_nothing_moves(club):
    """With spending, threat and credibility as the record ended, burdens at their pledge stay."""
    np.testing.assert_allclose(club(**{PUBLICNESS: 1.0}).years(10), 0.02, rtol=1e-12)


def test_below_its_pledge_a_nation_closes_a_share_of_the_gap(club):
    """In the first year the burden moves a stated share of the way to the pledge."""
    pledge = np.array([0.02, 0.03, 0.04, 0.01, 0.02, 0.02, 0.02])
    one = club(pledge=pledge, burden_adjustment_per_year=0.2)
    np.testing.assert_allclose(one.year(), 0.02 + 0.2 * (pledge - 0.02), rtol=1e-12)


def test_doubt_about_the_guarantor_raises_its_allies_burdens_alone(club):
    """The less credible the United States, the more its allies spend, down to no credibility at
    all; its own burden and those of nations without allies do not move."""
    found = np.array([club(credibility=c).year() for c in (1.5, 1.0, 0.8, 0.4, 0.1, 0.0)])
    assert (np.diff(found[:, [DEU, POL, DNK, JPN]], axis=0) > 0.0).all()
    np.testing.assert_allclose(found[:, [USA, IND, ROW]], 0.02, rtol=1e-12)


def test_who_has_no_other_ally_feels_the_doubt_most(club):
    """Japan, as large as a European ally, raises its burden more: the others still have NATO."""
    found = club(credibility=0.5).year()
    assert found[JPN] > found[[DEU, POL, DNK]].max()


@pytest.mark.parametrize("publicness", [0.0, 0.3, 1.0])
def test_the_response_to_allies_has_the_elasticity_stated(club, publicness):
    """When allies spend a little more, the target falls by publicness x spill-in over spill-in
    and own spending: nearly all of it for small members, least for the large one."""
    rise = 1e-6
    fall = {}
    for nation in (USA, DEU, POL, DNK, JPN, IND):
        one = club(**{PUBLICNESS: publicness, "burden_adjustment_per_year": 1.0})
        others = np.arange(len(GDP)) != nation
        one.state.nations["burden"][others] *= 1.0 + rise
        fall[nation] = -math.log(one.year()[nation] / 0.02) / math.log1p(rise)
        spill = float(one.outside.allied[nation] @ GDP)
        share = spill / (spill + GDP[nation])
        assert fall[nation] == pytest.approx(publicness * share, abs=1e-6)
    if publicness > 0.0:
        assert fall[DNK] > fall[POL] > fall[DEU] > fall[USA] > fall[IND]


def test_purely_private_benefits_have_no_spill_in(club):
    """With publicness 0 neither allies nor credibility change any burden, not by one bit."""
    pledge = np.linspace(0.01, 0.04, len(GDP))
    alone = club(pledge=pledge, **{PUBLICNESS: 0.0})
    alone.outside = replace(alone.outside, allied=np.zeros_like(alone.outside.allied))
    paths = [alone.years(10)]
    paths += [club(pledge=pledge, credibility=c, **{PUBLICNESS: 0.0}).years(10) for c in (0, 1)]
    assert paths[0].tobytes() == paths[1].tobytes() == paths[2].tobytes()


@pytest.mark.parametrize("cause", ["pledge", "threat"])
def test_a_pure_public_good_lets_the_small_exploit_the_great(club, cause):
    """When all of NATO want more of a pure public good, the larger a member, the higher its burden
    in the end (Olson and Zeckhauser, 1966); of a private good all carry alike."""
    nato = [DNK, POL, DEU, USA]
    burden = {}
    for publicness in (0.0, 1.0):
        one = club(pledge=0.03 if cause == "pledge" else 0.02, **{PUBLICNESS: publicness})
        if cause == "threat":
            one.state.par[THREAT] = 1.0
            one.threat -= 0.5
        burden[publicness] = one.years(20)[-1][nato]
    assert rank_correlation(burden[1.0], GDP[nato]) == pytest.approx(1.0)
    assert burden[1.0][-1] - burden[1.0][0] > 0.002
    np.testing.assert_allclose(burden[0.0], 0.03, rtol=2e-3)
    assert (burden[1.0] < burden[0.0]).all()


SHARES = st.floats(0.0, 1.0)
BURDENS = st.lists(st.floats(0.0, 0.4), min_size=len(GDP), max_size=len(GDP)).map(np.array)


@settings(deadline=None, derandomize=True, database=None, max_examples=200)
@given(st.data())
def test_burdens_move_a_share_of_the_way_to_a_target_that_is_never_negative(few, data):
    """Whatever was spent, pledged, threatened and doubted: no burden jumps, overshoots its target
    or falls below nothing, and the target is the one that the formula gives."""
    before, now, pledge = (data.draw(BURDENS) for _ in range(3))
    threat = np.array(data.draw(st.lists(SHARES, min_size=len(GDP), max_size=len(GDP))))
    credibility = data.draw(st.floats(-2.0, 3.0))
    state = few.snapshot()
    p, n = state.par, state.nations
    p[PUBLICNESS], p[THREAT] = data.draw(SHARES), data.draw(SHARES)
    p["burden_adjustment_per_year"] = data.draw(st.floats(0.15, 0.35))
    state.quarter, state.office["credibility"] = 59, credibility
    n["gdp"], n["burden"] = GDP, now
    flat = np.ones((len(GDP), few.outside.gdp.shape[1]))
    outside = replace(
        few.outside, gdp=GDP[:, None] * flat, burden=before[:, None] * flat,
        pledge=pledge[:, None] * flat,
    )  # fmt: skip
    budgets.set_burdens(state, outside, threat)
    weight = np.where(np.arange(len(GDP)) == USA, max(credibility, 0.0), 1.0)
    spill, spill_before = outside.allied @ (weight * GDP * now), outside.allied @ (GDP * before)
    own = GDP * now
    defined = (spill + own > 0.0) & (spill_before + own > 0.0)
    ratio = np.where(defined, spill + own, 1.0) / np.where(defined, spill_before + own, 1.0)
    rise = 1.0 + p[THREAT] * (state.cells["threat"].mean(axis=1) - threat)
    target = pledge * np.maximum(rise, 0.0) * ratio ** -p[PUBLICNESS]
    step = p["burden_adjustment_per_year"]
    np.testing.assert_allclose(n["burden"], now + step * (target - now), rtol=1e-9, atol=1e-15)
    assert (n["burden"] >= 0.0).all()
    gap = np.abs(target - now)
    assert (np.abs(n["burden"] - now) <= step * gap * (1.0 + 1e-9) + 1e-15).all()


def burden_path(scenario: Scenario) -> tuple[AllianceModel, np.ndarray]:
    """Burdens of the first quarter of each year, of a run in which only time and events pass."""
    model = AllianceModel(scenario, rng=1)
    state, path = model.state, []
    while state.quarter < scenario.horizon.quarters:
        events.strike(state, model.world, model.script)
        if state.quarter % 4 == 0:
            path.append(state.nations["burden"].copy())
        if state.quarter % 4 == 3:
            budgets.set_burdens(state, model.outside, model.script.threat_recorded)
        state.quarter += 1
    return model, np.array(path)


def test_while_the_record_lasts_burdens_are_the_record(tiny):
    """To 2024 neither allies nor doubt move a burden; the year after they do."""
    doubt = {"kind": "credibility_shock", "supplier": "USA", "size": -0.5, "start": "2020Q1"}
    long = tiny.with_set({"horizon.end": "2027Q4"})
    model, calm = burden_path(long.with_set({"events": []}))
    _, shaken = burden_path(long.with_set({"events": [doubt]}))
    recorded = model.outside.recorded_years
    np.testing.assert_array_equal(shaken[:recorded], model.outside.burden[:, :recorded].T)
    np.testing.assert_array_equal(calm[:recorded], shaken[:recorded])
    pol, fra = (model.world.nation_index(name) for name in ("POL", "FRA"))
    assert (shaken[recorded:, [pol, fra]] > calm[recorded:, [pol, fra]]).all()


def test_the_order_of_nations_moves_no_burden(tiny):
    """Ten nations listed backwards have the same burdens to 2045."""
    long = {**MIDDLE, "horizon.end": "2045Q4"}
    one, path = burden_path(tiny.with_set(long))
    names = MIDDLE["world.nations"]
    other, backwards = burden_path(tiny.with_set({**long, "world.nations": names[::-1]}))
    place = [other.world.nations.index(name) for name in one.world.nations]
    np.testing.assert_allclose(path, backwards[:, place], rtol=1e-12)


# Measures


@pytest.fixture(scope="module")
def middle(tiny) -> AllianceModel:
    """A finished run of ten nations: look at it, do not step it."""
    return AllianceModel(tiny.with_set(MIDDLE), rng=1).run()


@pytest.fixture
def blank(few) -> AllianceModel:
    """Six nations, two years of an empty record, to write figures into."""
    model = AllianceModel(few.scenario, rng=1)
    model.state.quarter = 8
    return model


def write(model: AllianceModel, name: str, values: np.ndarray) -> None:
    """Set a nation measure of the first eight quarters."""
    model.state.nation_panel[:8, :, NATION_PANEL.index(name)] = values


def test_shares_of_burdens_and_benefits_are_those_of_a_worked_example(blank):
    """Spending is burden times GDP; benefits are the mean of the shares of GDP and of targets
    times threat; the United States and the rest of the world are left out."""
    buyers = blank.world.is_buyer
    assert buyers.tolist() == [False, True, True, True, True, True, False]
    gdp = np.array([99.0, 10.0, 20.0, 30.0, 20.0, 20.0, 99.0])
    blank.outside = replace(blank.outside, gdp=np.repeat(gdp[:, None], 36, axis=1))
    threat = np.zeros_like(blank.script.threat)
    threat[:, DEU], threat[:, POL] = 0.2, 0.6
    blank.script = replace(blank.script, threat=threat)
    write(blank, "burden", np.array([9.0, 0.04, 0.02, 0.02, 0.01, 0.01, 9.0]))
    write(blank, "target", np.array([9.0, 3.0, 1.0, 7.0, 7.0, 7.0, 9.0]))
    when = slice(0, 8)
    assert spending_shares(blank, when) == pytest.approx(
        np.array([0.0, 0.4, 0.4, 0.6, 0.2, 0.2, 0.0]) / 1.8
    )
    assert benefit_shares(blank, when) == pytest.approx([0, 0.3, 0.35, 0.15, 0.1, 0.1, 0])
    expected = rank_correlation([0.4, 0.4, 0.6, 0.2, 0.2], [0.3, 0.35, 0.15, 0.1, 0.1])
    assert burden_concordance(blank, when) == pytest.approx(expected)


@pytest.mark.parametrize(("sign", "expected"), [(1.0, 1.0), (-1.0, -1.0)])
def test_concordance_is_one_when_those_who_gain_pay(blank, sign, expected):
    """Burdens in the order of benefits concord, in the opposite order they discord."""
    gdp = blank.outside.gdp[:, :2].repeat(4, axis=1).T
    write(blank, "target", 1.0)
    benefit = benefit_shares(blank, slice(0, 8))
    write(blank, "burden", (1.0 + sign * benefit) / gdp)
    assert burden_concordance(blank, slice(0, 8)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 99], 1.0),
        ([1, 2, 3, 4], [4, 3, 2, 1], -1.0),
        ([1, 2, 2, 4], [1, 2, 3, 4], 4.5 / math.sqrt(4.5 * 5.0)),
        ([5, 5, 5], [1, 2, 3], math.nan),
        ([1, 2], [1, 2], math.nan),
    ],
)
def test_rank_correlation_is_that_of_worked_examples(one, other, expected):
    """Only the order counts; equals share their mean rank; two, or all equal, give no number."""
    assert rank_correlation(one, other) == pytest.approx(expected, nan_ok=True)


def test_the_share_of_investment_is_of_what_was_paid_in_the_window(blank):
    """Payments before the window do not count, nor do those of competitors and others."""
    paid = np.zeros((8, len(GDP)))
    paid[:, USA], paid[:, POL], paid[:, ROW] = 100.0, 900.0, 500.0
    paid[4:, USA], paid[4:, POL], paid[4:, DNK] = 130.0, 915.0, 5.0
    write(blank, "spending", paid)
    assert investment_share(blank, slice(4, 8)) == pytest.approx(20.0 / 50.0)
    assert investment_share(blank, slice(0, 4)) == pytest.approx(900.0 / 1000.0)
    assert math.isnan(investment_share(blank, slice(5, 8)))


def test_targets_are_met_by_stock_of_other_origin_up_to_the_target():
    """More than the target in one domain makes up for nothing in another; U.S. content of what
    others make counts as U.S. stock."""
    stock = np.zeros((3, 2, 3))  # two holders and the United States, two domains, three origins
    stock[0, 0] = [4.0, 0.0, 10.0]
    stock[0, 1] = [20.0, 5.0, 0.0]
    target = np.array([[10.0, 10.0], [1.0, 1.0], [0.0, 0.0]])
    assert met_without_us(stock, target, usa=2).tolist() == [14.0, 0.0, 0.0]
    content = np.array([[0.5, 0.9], [0.0, 0.2], [0.0, 0.0]])
    assert met_without_us(stock, target, 2, content).tolist() == [2.0 + 6.0, 0.0, 0.0]


def test_a_regions_share_is_that_of_its_stocks_when_the_window_ends(middle):
    """Recounted from stock by origin at the end of the run, the share of each region is the one
    recorded; U.S. stock does not count, and competitors of the region do not either."""
    state, world = middle.state, middle.world
    met = met_without_us(state.stock, state.cells["target"], world.usa)
    target = state.cells["target"].sum(axis=1)
    names = {
        "europe": ["FRA", "POL", "TUR", "SWE", "UKR"],
        "indo_pacific": ["KOR", "IND"],
        "middle_east": ["EGY"],
    }
    for region, buyers in names.items():
        rows = [world.nation_index(name) for name in buyers]
        assert np.flatnonzero(region_buyers(middle, region)).tolist() == sorted(rows)
        share = region_share(region)(middle, slice(20, state.quarter))
        assert share == pytest.approx(met[rows].sum() / target[rows].sum())
        assert 0.0 < share < nation_column(state, "stock")[-1, rows].sum() / target[rows].sum()
    early = region_share("europe")(middle, slice(0, 8))
    assert early != region_share("europe")(middle, slice(0, state.quarter))


def test_a_region_without_buyers_has_no_share(middle):
    """Where the scenario has no buyers there is no number; the registry knows the regions."""
    assert math.isnan(region_share("africa")(middle, slice(0, 8)))
    assert set(buyer_regions()) == {
        "europe", "indo_pacific", "middle_east", "latin_america", "north_america", "africa",
    }  # fmt: skip
