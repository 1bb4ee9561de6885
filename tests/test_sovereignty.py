"""Sovereignty, dependence, strategies and portfolios agree with a second way of counting."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from alliance_abm import AllianceModel, load_scenario
from alliance_abm.exposure import DEPENDENCE, STRATEGIES
from alliance_abm.layout import DEVELOP, DOMESTIC, FMS, LICENSED, N_ROUTES
from alliance_abm.outcomes import OUTCOMES, measure_all, window
from alliance_abm.portfolios import leading_strategies
from alliance_abm.routes import PARTS, ROUTES
from alliance_abm.sovereignty import CONTROL, control, controlled
from alliance_abm.state import ledger


@pytest.fixture(scope="module")
def pair() -> tuple[AllianceModel, np.ndarray]:
    """A run of the whole world, and what of its first orders was delivered before it."""
    model = AllianceModel(load_scenario("baseline"), rng=1)
    before = ledger(model.state)["delivered"].copy()
    return model.run(), before


@pytest.fixture(scope="module")
def model(pair) -> AllianceModel:
    return pair[0]


@pytest.fixture(scope="module")
def found(model) -> dict[str, float]:
    return measure_all(model)


def flow(**routes: float) -> np.ndarray:
    """Volumes by route, and `foreign` of what is made at home."""
    row = np.zeros(N_ROUTES + 1)
    for name, volume in routes.items():
        row[N_ROUTES if name == "foreign" else [r.id for r in ROUTES].index(name)] = volume
    return row


# The record


def test_deliveries_by_nation_are_those_of_the_ledger(pair):
    """Volume by buyer and route over the run is what its orders delivered in it."""
    model, before = pair
    rows = ledger(model.state)
    delivered = rows["delivered"].copy()
    delivered[: len(before)] -= before
    expected = np.zeros((len(model.world.nations), N_ROUTES))
    np.add.at(expected, (rows["buyer"], rows["route"]), delivered)
    volume = model.state.flow_nation.sum(axis=0, dtype=float)[:, :N_ROUTES]
    np.testing.assert_allclose(volume, expected, rtol=1e-4, atol=1e-3)
    assert volume[model.world.is_buyer].sum(axis=1).min() > 0.0


def test_the_foreign_part_is_a_part_of_what_is_made_at_home(model):
    """Foreign content of home-made products lies between nothing and all of them."""
    flows = model.state.flow_nation.astype(float)
    home = flows[..., [DOMESTIC, DEVELOP]].sum(axis=-1)
    assert (flows[..., N_ROUTES] >= 0.0).all()
    assert (flows[..., N_ROUTES] <= home * (1.0 + 1e-5)).all()
    assert flows[..., N_ROUTES].sum() > 0.0


# Sovereignty


def test_control_is_that_of_the_route():
    """One route alone leaves what the routes table says; home content takes its share away."""
    assert control(flow(fms=2.0)) == pytest.approx(CONTROL[FMS])
    assert control(flow(licensed=5.0)) == pytest.approx(CONTROL[LICENSED])
    assert control(flow(domestic=4.0)) == pytest.approx(np.ones(4))
    assert control(flow(domestic=4.0, foreign=1.0)) == pytest.approx(0.75 * np.ones(4))
    both = control(flow(domestic=3.0, develop=1.0, foreign=2.0))
    assert both == pytest.approx(0.5 * (3.0 * CONTROL[DOMESTIC] + CONTROL[DEVELOP]) / 4.0)
    assert np.isnan(control(flow())).all()


def test_foreign_content_leaves_control_of_imports_alone():
    """Taking content off national products changes nothing for what is bought abroad."""
    plain, mixed = flow(fms=2.0, domestic=2.0), flow(fms=2.0, domestic=2.0, foreign=2.0)
    assert controlled(plain) - controlled(mixed) == pytest.approx(2.0 * CONTROL[DOMESTIC])


def test_sovereignty_is_recounted_buyer_by_buyer(model, found):
    """The four parts over 2031-40, counted in loops over buyers, years and routes."""
    held, total = np.zeros(4), 0.0
    for b in np.flatnonzero(model.world.is_buyer):
        volume, foreign = np.zeros(N_ROUTES), 0.0
        for year in range(21, 31):
            volume += model.state.flow_nation[year, b, :N_ROUTES]
            foreign += model.state.flow_nation[year, b, N_ROUTES]
        home = volume[DOMESTIC] + volume[DEVELOP]
        for route in ROUTES:
            index = [one.id for one in ROUTES].index(route.id)
            own = 1.0 - foreign / home if route.id in ("domestic", "develop") and home else 1.0
            held += volume[index] * np.array(route.control) * own
        total += volume.sum()
    for part, share in zip(PARTS, held / total, strict=True):
        assert found[f"sovereignty_{part}"] == pytest.approx(share, abs=2e-3)
    parts = [found[f"sovereignty_{part}"] for part in PARTS]
    assert found["sovereignty_index"] == pytest.approx(np.mean(parts))
    assert parts == sorted(parts), "the routes leave more of employment than of development"


def test_the_frame_of_nations_adds_up_to_the_world(model):
    """The parts by nation, weighted by volume, are the measure over the same years."""
    frame = model.sovereignty()
    assert set(frame["iso3"]) == set(np.array(model.world.nations)[model.world.is_buyer])
    assert list(dict.fromkeys(frame["period"])) == ["2010-14", "2015-19", "2020-24", "2041-45"]
    last = frame[frame["period"] == "2020-24"]
    for part in PARTS:
        mean = np.average(last[part], weights=last["volume"])
        measured = OUTCOMES[f"sovereignty_{part}"].measure(model, slice(40, 60))
        assert mean == pytest.approx(measured, abs=2e-3)
    assert last["index"].to_numpy() == pytest.approx(last[list(PARTS)].mean(axis=1).to_numpy())
    weights = frame[list(STRATEGIES)].sum(axis=1)
    assert weights.to_numpy() == pytest.approx(np.ones(len(frame)))


def test_own_makers_control_more_than_importers(model):
    """Who makes most at home has more control than who buys everything from the United States."""
    frame = model.sovereignty().query("period == '2015-19'").set_index("iso3")
    assert frame.loc["FRA", "index"] > frame.loc["AUS", "index"] > CONTROL[FMS].mean()


# Dependence and strategies


def test_nominal_dependence_is_recounted_from_stocks(model):
    """Shares of stock by seller at the end of the run, from the stock by origin."""
    stock, buyers = model.state.stock, np.flatnonzero(model.world.is_buyer)
    last = slice(model.state.quarter - 1, model.state.quarter)
    by_origin = stock[buyers].sum(axis=1)
    own = by_origin[np.arange(len(buyers)), buyers]
    abroad = by_origin.copy()
    abroad[np.arange(len(buyers)), buyers] = 0.0
    share = abroad / by_origin.sum(axis=1, keepdims=True)
    expected = {
        "dependence_nominal": 1.0 - own.sum() / by_origin.sum(),
        "us_dependence_nominal": by_origin[:, model.world.usa].sum() / by_origin.sum(),
        "concentration_nominal": (share**2).sum(axis=1).mean(),
    }
    for name, value in expected.items():
        assert OUTCOMES[name].measure(model, last) == pytest.approx(value, rel=1e-6)


def test_dependence_by_content_is_recounted_from_stocks(model):
    """The same, each unit taken apart by the content of its maker's line, unlisted parts from the
    rest of the world."""
    s, usa = model.state, model.world.usa
    last = slice(s.quarter - 1, s.quarter)
    buyers = np.flatnonzero(model.world.is_buyer)
    abroad, american, squares = 0.0, 0.0, []
    for b in buyers:
        from_origin = np.zeros(len(s.nations))
        for d, o in zip(*np.nonzero(s.stock[b]), strict=True):
            line, held = s.cells["line"][o, d], s.stock[b, d, o]
            shares = np.zeros(len(s.nations))
            if line >= 0:
                used = s.content_origin[line] >= 0
                np.add.at(shares, s.content_origin[line][used], s.content_share[line][used])
                shares[-1] += s.content_total[line] - s.content_share[line][used].sum()
            from_origin += held * shares
            from_origin[o] += held * (1.0 - shares.sum())
        from_origin[b] = 0.0
        abroad, american = abroad + from_origin.sum(), american + from_origin[usa]
        squares.append(((from_origin / s.stock[b].sum()) ** 2).sum())
    total = s.stock[buyers].sum()
    measured = {name: OUTCOMES[name].measure(model, last) for name in OUTCOMES if "cont" in name}
    assert measured["dependence_content"] == pytest.approx(abroad / total, rel=1e-6)
    assert measured["us_dependence_content"] == pytest.approx(american / total, rel=1e-6)
    assert measured["concentration_content"] == pytest.approx(np.mean(squares), rel=1e-6)


def test_content_adds_to_dependence_on_others(found):
    """Foreign parts of home-made products make all buyers together depend on others more."""
    assert found["dependence_content"] > found["dependence_nominal"]
    assert found["us_dependence_content"] > found["us_dependence_nominal"]
    for how in ("nominal", "content"):
        assert found[f"us_dependence_{how}"] < found[f"dependence_{how}"]


def test_strategy_weights_are_plain_means(model, found):
    """Each nation counts alike, and the three add up to one."""
    assert sum(found[name] for name in STRATEGIES) == pytest.approx(1.0)
    last = slice(model.state.quarter - 1, model.state.quarter)
    nations = model.state.nations[model.world.is_buyer]
    for name, field in STRATEGIES.items():
        assert OUTCOMES[name].measure(model, last) == pytest.approx(nations[field].mean())


def test_competence_is_weighted_by_target(model):
    """The mean over domains by target, then over buyers."""
    cells = model.state.cells[model.world.is_buyer]
    each = (cells["competence"] * cells["target"]).sum(axis=1) / cells["target"].sum(axis=1)
    last = slice(model.state.quarter - 1, model.state.quarter)
    assert OUTCOMES["competence_mean"].measure(model, last) == pytest.approx(each.mean())


# Portfolios


def test_portfolios_are_whole_and_every_buyer_is_in_one(model):
    """Shares of a group add to one; the groups of a period have all buyers."""
    table = model.portfolios()
    np.testing.assert_allclose(table.groupby(["strategy", "period"])["share"].sum(), 1.0)
    heads = table.drop_duplicates(["strategy", "period"])
    assert (heads.groupby("period")["nations"].sum() == model.world.is_buyer.sum()).all()
    assert set(table["strategy"]) == set(STRATEGIES.values())


def test_a_portfolio_is_recounted_from_the_deliveries(model):
    """Of those led by diversification in 2041-45: the U.S. part, and how spread imports are."""
    leading = dict(
        zip(np.flatnonzero(model.world.is_buyer), leading_strategies(model), strict=True)
    )
    weights = {row: model.state.nations[row] for row in leading}
    group = [row for row, name in leading.items() if name == "diversification"]
    for row in group:
        most = max(weights[row][field] for field in STRATEGIES.values())
        assert weights[row]["diversification"] == most
    volume = model.state.flow_nation[31:36, group, :N_ROUTES].sum(axis=(0, 1), dtype=float)
    table = model.portfolios().query("strategy == 'diversification' and period == '2041-45'")
    shares = table.set_index("source")["share"]
    american = [route.nest == "united_states" for route in ROUTES]
    assert shares["united_states"] == pytest.approx(volume[american].sum() / volume.sum())
    own = volume[DOMESTIC] + volume[DEVELOP]
    assert shares["own_industry"] == pytest.approx(own / volume.sum())
    flows = model.deliveries().query("period == '2041-45'")
    counts = []
    for row in group:
        part = flows.loc[flows["buyer"] == model.world.nations[row], "volume"]
        counts.append(part.sum() ** 2 / (part**2).sum())
    assert table["suppliers"].iloc[0] == pytest.approx(np.mean(counts), rel=1e-5)


# Series


def world_series(model: AllianceModel) -> pd.DataFrame:
    rows = model.series()
    return rows[rows["entity"] == "world"].pivot(index="quarter", columns="outcome", values="value")


def test_series_of_the_world_end_where_the_measures_do(model):
    """The last quarter of each series is the measure over the quarter, or the year it is in."""
    table = world_series(model)
    now = model.state.quarter
    year, quarter = slice(now - 4, now), slice(now - 1, now)
    yearly = [f"sovereignty_{part}" for part in (*PARTS, "index")]
    for name in [*yearly, *(one for one in OUTCOMES if one.startswith("lost_"))]:
        assert table[name].iloc[-1] == pytest.approx(OUTCOMES[name].measure(model, year), rel=1e-4)
    for name in (*DEPENDENCE, *STRATEGIES):
        measured = OUTCOMES[name].measure(model, quarter)
        assert table[name].iloc[-1] == pytest.approx(measured)
    assert table["sovereignty_index"].loc["2024Q1"] == table["sovereignty_index"].loc["2024Q4"]


def test_the_share_met_without_us_stock_ends_where_the_measure_does(model):
    """Each region's series is its burden-shifting outcome quarter by quarter."""
    rows = model.series()
    rows = rows[(rows["outcome"] == "met_without_us") & (rows["quarter"] == "2040Q4")]
    for region, value in zip(rows["entity"], rows["value"], strict=True):
        measured = OUTCOMES[f"shift_{region}"].measure(model, window(model))
        assert value == pytest.approx(measured)
    assert len(rows) == sum(name.startswith("shift_") for name in OUTCOMES)


def test_strategies_of_nations_come_with_all_series(model, tiny_run):
    """Headlines carry the world's weights alone; `all` carries each buyer's."""
    names = set(STRATEGIES)
    few, full = model.series(), tiny_run.series()
    assert set(few.loc[few["outcome"].isin(names), "entity"]) == {"world"}
    assert set(full.loc[full["outcome"].isin(names), "entity"]) == {"world", "FRA", "POL"}
    last = full[(full["quarter"] == "2019Q4") & (full["entity"] == "FRA")]
    weight = last.set_index("outcome")["value"]["strategy_core"]
    now = tiny_run.state.nations["core"][tiny_run.nation("FRA").row]
    assert weight == pytest.approx(now, rel=1e-6)
