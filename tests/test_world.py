"""The world that is built from the tables: flows, scenarios and values."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest

from alliance_abm.content import CLASSES, class_weights, content_levels
from alliance_abm.datafiles import DOMAINS, data_folder
from alliance_abm.flows import SPACE, WINDOWS, fit_flows
from alliance_abm.paths import PATH_YEARS
from alliance_abm.profiles import COHORT
from alliance_abm.tables import Tables
from alliance_abm.world import World, load_world, nations_table

TABLES = Tables(data_folder())
ENTITY_AXES = {
    "flows": (0, 1),
    "imports": (1, 2),
    "import_mix": (1,),
    "content": (0, 2),
    "content_by_class": (0, 3),
    "content_levels": (),
    "years": (),
    "path_years": (),
    "domain_keys": (),
}
GROUND = np.array([domain != SPACE for domain in DOMAINS])


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


def arrays(world: World) -> dict[str, np.ndarray]:
    """The array fields of a world by name."""
    values = {field.name: getattr(world, field.name) for field in fields(world)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


# --- flows -----------------------------------------------------------------------------------


def test_fitting_recovers_the_margins_of_a_known_cube():
    """From the three two-way sums of a cube, fitting finds a cube with the same sums."""
    steps = np.arange(4 * 5 * 3, dtype=float).reshape(4, 5, 3)
    cube = np.exp(np.sin(steps) * 2.0)
    pairs, mix, exports = cube.sum(axis=2), cube.sum(axis=1), cube.sum(axis=0)
    fitted = fit_flows(pairs, mix, exports, padding=0.0, rounds=500)
    np.testing.assert_allclose(fitted.sum(axis=2), pairs, rtol=1e-9)
    np.testing.assert_allclose(fitted.sum(axis=1), mix, rtol=1e-4)
    np.testing.assert_allclose(fitted.sum(axis=0), exports, rtol=1e-4)


def test_fitted_flows_meet_the_published_tables(world: World):
    """Importer by supplier is exact, importer by domain and the U.S. share by domain are near."""
    flows = world.flows[:, :, GROUND]
    assert (world.flows >= 0).all()
    np.testing.assert_allclose(flows.sum(axis=2), world.imports[0], rtol=1e-9, atol=1e-9)
    published = world.import_mix[0] * world.imports[0].sum(axis=1)[:, None]
    assert np.abs(flows.sum(axis=1) - published[:, GROUND]).sum() < 0.02 * flows.sum()
    assert np.abs(flows.sum(axis=0) - world.exports[:, GROUND]).sum() < 0.03 * flows.sum()


def test_fitted_us_share_by_domain_lies_in_the_published_band(world: World):
    """The fitted cube, never shown the three-way figures, gives the U.S. share by domain."""
    bought = world.flows[world.is_buyer]
    share = bought[:, world.usa].sum(axis=0) / bought.sum(axis=(0, 1))
    seen = 0
    for row in TABLES.rows("calibration_targets"):
        name, _, domain = row["id"].partition(":")
        if name == "us_share_deliveries" and domain and row["window"] == WINDOWS[0]:
            value = share[world.domain_index(domain)]
            assert float(row["low"]) <= value <= float(row["high"]), domain
            seen += 1
    assert seen == 7


def test_space_is_on_top_of_the_published_volumes(world: World):
    """Space imports are the stated share of the importer's volume; nobody buys from itself."""
    space = world.flows[:, :, world.domain_index(SPACE)]
    share = TABLES.rules()["space_import_share"]
    np.testing.assert_allclose(space.sum(axis=1), share * world.imports[0].sum(axis=1))
    assert (np.diag(space)[: world.row] == 0).all()
    allies, sellers = world.us_ally, world.competitor
    assert space[np.ix_(allies, sellers)].sum() == 0


def test_nobody_imports_from_itself(world: World):
    """No nation is its own supplier in flows or imports; the rest of the world may be."""
    for volumes in (world.flows.sum(axis=2), *world.imports):
        assert (np.diag(volumes)[: world.row] == 0).all()


# --- scenarios -------------------------------------------------------------------------------


def test_order_of_nations_permutes_the_world_and_nothing_else(world: World):
    """A scenario that names the nations in another order has bit for bit the same figures."""
    names = world.nations[: world.row]
    order = np.array([*range(world.row - 1, -1, -2), *range(world.row - 2, -1, -2), world.row])
    other = load_world(tuple(names[i] for i in order[:-1]))
    assert other.nations == tuple(world.nations[i] for i in order)
    assert other.nations[other.usa] == "USA"
    for name, values in arrays(world).items():
        for axis in ENTITY_AXES.get(name, (0,)):
            values = np.take(values, order, axis=axis)
        np.testing.assert_array_equal(getattr(other, name), values, err_msg=name)
    place = {old: new for new, old in enumerate(order.tolist())}
    moved = [(p.name, p.domain, place[p.lead], place[p.member]) for p in world.programmes]
    assert moved == [(p.name, p.domain, p.lead, p.member) for p in other.programmes]


SMALL = ("USA", "POL", "KOR")


def test_nations_left_out_join_the_rest_of_the_world(world: World):
    """A smaller scenario keeps the total flow, and the figures of who stays in."""
    small = load_world(SMALL)
    assert small.nations == (*SMALL, "ROW")
    kept = [world.nation_index(name) for name in SMALL]
    np.testing.assert_allclose(small.flows.sum(axis=(0, 1)), world.flows.sum(axis=(0, 1)))
    np.testing.assert_allclose(small.imports.sum(axis=(1, 2)), world.imports.sum(axis=(1, 2)))
    np.testing.assert_allclose(small.exports.sum(axis=0), world.exports.sum(axis=0))
    np.testing.assert_array_equal(small.flows[:3, :3], world.flows[np.ix_(kept, kept)])
    for name in ("milex", "competence", "strategy", "lead_years", "acquisition_competence"):
        np.testing.assert_array_equal(getattr(small, name)[:3], getattr(world, name)[kept])
    np.testing.assert_allclose(small.content.sum(axis=2)[:3], world.content.sum(axis=2)[kept])
    assert (small.competence[-1] > world.competence[-1]).any()
    assert {p.name for p in small.programmes} == {"F-35", "KF-X"}


def test_domains_left_out_are_gone(world: World):
    """A scenario with two domains has their figures, in the order it names them."""
    two = load_world(SMALL, ("land", "combat_aviation"))
    full = load_world(SMALL)
    columns = [DOMAINS.index("land"), DOMAINS.index("combat_aviation")]
    assert two.domain_keys.tolist() == columns
    np.testing.assert_array_equal(two.flows, full.flows[:, :, columns])
    np.testing.assert_array_equal(two.content, full.content[:, columns])
    np.testing.assert_array_equal(two.threat, full.threat[:, columns])
    np.testing.assert_array_equal(two.import_mix, full.import_mix[:, :, columns])


@pytest.mark.parametrize(
    ("nations", "domains", "said"),
    [
        (("POL", "KOR"), None, "must include USA"),
        (("USA", "PLO"), None, "unknown nation 'PLO'; did you mean 'POL'"),
        (("USA", "POL", "POL"), None, "'POL' is named more than once"),
        ((), None, "at least one nation"),
        (("USA", "ROW"), None, "unknown nation 'ROW'"),
        (None, ("lnad",), "unknown domain 'lnad'; did you mean 'land'"),
        (None, (), "at least one domain"),
    ],
)
def test_impossible_scenarios_are_refused(nations, domains, said):
    """Unknown, repeated or missing names are refused with the nearest name."""
    with pytest.raises(ValueError, match=said):
        load_world(nations, domains)


def test_world_cannot_be_changed(world: World):
    """Fields and arrays are read-only, contiguous and finite, also after copying."""
    field = "usa"
    with pytest.raises(FrozenInstanceError):
        setattr(world, field, 0)
    for name, values in arrays(world).items():
        assert values.flags.c_contiguous, name
        assert not values.flags.writeable, name
        assert np.isfinite(values.astype(float)).all(), name
    assert copy.deepcopy(world) is world
    assert pickle.loads(pickle.dumps(world)) is world


# --- values ----------------------------------------------------------------------------------


def test_spending_and_gdp_are_complete(world: World):
    """Every nation has spending and GDP in every year, in constant dollars of 2024."""
    nations = slice(0, world.row)
    assert (world.milex[nations] > 0).all()
    burden = world.milex[nations] / world.gdp[nations]
    assert burden.min() > 0.003
    assert np.median(burden) == pytest.approx(0.018, abs=0.005)
    us = world.milex[world.usa]
    assert us[-1] == pytest.approx(997.3, abs=0.5)
    assert us[0] > 738 / 0.70
    assert (world.milex[world.row] == 0).all()


def test_equipment_shares_mark_what_is_not_published(world: World):
    """Published shares stand unmarked; all else is marked and follows the stated rule."""
    poland = world.nation_index("POL")
    published = [2014 - 2010, 2019 - 2010, 2023 - 2010, 2024 - 2010]
    assert np.flatnonzero(~world.equipment_filled[poland]).tolist() == published
    np.testing.assert_allclose(
        world.equipment_share[poland, published], [0.1884, 0.2336, 0.4473, 0.5113]
    )
    middle = world.equipment_share[poland, 2016 - 2010]
    assert middle == pytest.approx(0.1884 + (0.2336 - 0.1884) * 2 / 5)
    assert world.equipment_filled[world.nation_index("JPN")].all()
    assert ((world.equipment_share > 0) & (world.equipment_share < 1)).all()


def test_pledges_start_from_2024_and_move_towards_the_level(world: World):
    """Burdens follow the data to 2024; NATO members then rise, or stay when above the level."""
    nations = slice(0, world.row)
    np.testing.assert_allclose(
        world.pledge_burden[nations, :15], world.milex[nations] / world.gdp[nations]
    )
    level = 0.035
    for name in ("DEU", "ESP", "POL"):
        path = world.pledge_burden[world.nation_index(name), 14:]
        assert (np.diff(path) >= 0).all()
        assert path[-1] <= max(level, path[0])
    ukraine = world.pledge_burden[world.nation_index("UKR"), 14:]
    assert (np.diff(ukraine) <= 0).all()
    after = PATH_YEARS > 2035
    assert (np.ptp(world.pledge_burden[:, after], axis=1) < 1e-12).all()


def test_threat_steps_up_where_and_when_it_did(world: World):
    """Europe steps up in 2022, the Indo-Pacific rises, the Middle East is high throughout."""

    def of(iso3: str, domain: str) -> np.ndarray:
        return world.threat[world.nation_index(iso3), world.domain_index(domain)]

    assert ((world.threat >= 0) & (world.threat <= 1)).all()
    poland = of("POL", "air_missile_defence")
    steps = np.diff(poland)
    assert PATH_YEARS[1:][steps.argmax()] == 2022
    assert poland[-1] > poland[PATH_YEARS == 2021][0]
    assert (np.diff(of("JPN", "naval")) >= 0).all()
    assert of("SAU", "land").min() > of("POL", "land")[PATH_YEARS <= 2021].max()
    np.testing.assert_allclose(
        world.threat[world.row].mean(),
        np.mean([of(n, d).mean() for n in ("ZAF", "POL", "JPN", "BRA", "SAU", "USA")
                 for d in DOMAINS]),
    )  # fmt: skip


def test_strategies_are_weights(world: World):
    """Weights lie on the simplex; the coded nations have the coded weights."""
    np.testing.assert_allclose(world.strategy.sum(axis=1), 1.0)
    assert (world.strategy >= 0.05 - 1e-12).all()
    np.testing.assert_allclose(world.strategy[world.nation_index("BRA")], [0.7, 0.2, 0.1])
    np.testing.assert_allclose(world.strategy[world.nation_index("THA")], [0.05, 0.4, 0.55])


def test_core_domains_are_the_best_ones(world: World):
    """Core domains are competent ones among the nation's best three; some nations have none."""
    assert (world.competence[world.core] >= TABLES.rules()["core_competence"]).all()
    for i in range(world.row):
        inside, outside = world.competence[i][world.core[i]], world.competence[i][~world.core[i]]
        if len(inside) and len(outside):
            assert inside.min() > outside.max()
    assert not world.core[world.nation_index("QAT")].any()
    assert world.core[world.nation_index("FRA"), world.domain_index("combat_aviation")]


def test_leads_are_shrunk_to_the_domain(world: World):
    """A supplier unknown in the cohort takes the pooled lead; a known one lies between."""
    korea, usa = world.nation_index("KOR"), world.usa
    np.testing.assert_allclose(world.lead_years[korea], world.lead_years[world.row])
    naval = world.domain_index("naval")
    own = next(
        float(row["volume_weighted_mean_years"])
        for row in TABLES.rows("delivery_lags_by_domain")
        if (row["supplier_iso3"], row["domain"], row["cohort"]) == ("USA", "naval", COHORT)
    )
    pooled = world.lead_years[world.row, naval]
    assert min(own, pooled) < world.lead_years[usa, naval] < max(own, pooled)
    assert ((world.lead_years > 0.5) & (world.lead_years < 7)).all()


def test_content_is_level_times_weight_shared_over_origins(world: World):
    """Content by class sums over origins to level times weight; nobody is foreign to itself."""
    expected = content_levels(TABLES, world.competence) * class_weights(TABLES, DOMAINS)
    np.testing.assert_allclose(
        world.content_by_class.sum(axis=3)[: world.row], expected[: world.row]
    )
    np.testing.assert_allclose(world.content, world.content_by_class.sum(axis=2))
    owners = np.arange(world.row + 1)
    assert (world.content[owners, :, owners] == 0).all()
    assert (world.content.sum(axis=2) < 1).all()


def test_content_falls_with_competence():
    """More competence means less foreign content in every class, from zero to frontier."""
    levels = content_levels(TABLES, np.linspace(0, 1, 11)[None])
    assert (np.diff(levels[0], axis=0) < 0).all()
    assert levels.shape == (1, 11, len(CLASSES))


def test_content_follows_the_engine_register_and_the_embargoes(world: World):
    """Sweden's and Korea's aircraft carry U.S. engines; China's products nothing American."""
    engines = world.content_by_class[:, 0, CLASSES.index("engine")]
    for name in ("SWE", "KOR"):
        assert engines[world.nation_index(name)].argmax() == world.usa
    china = world.content[world.nation_index("CHN")]
    assert china[:, world.usa].sum() == 0
    electronics = world.content_by_class[:, :, CLASSES.index("electronics")]
    assert electronics[np.ix_(world.us_ally, range(8), world.competitor)].sum() == 0


def test_qualities_are_ordered_by_the_stated_rules(world: World):
    """Protection follows the alliance; acquisition competence is highest in the United States."""

    def at(name: str) -> float:
        return float(world.protection[world.nation_index(name)])

    assert at("USA") > at("GBR") > at("JPN") > at("SWE") > at("EGY") > at("IND") > at("CHN")
    assert world.acquisition_competence.argmax() == world.usa
    assert ((world.acquisition_competence >= 0) & (world.acquisition_competence <= 1)).all()
    assert world.home_share.max() <= TABLES.rules()["home_share_max"]
    assert (world.home_share[world.nation_index("QAT")] == 0).all()


def test_tied_grants_are_deflated_and_continue(world: World):
    """Grants are in constant dollars; those in force at the end go on, wartime ones stop."""
    israel = world.tied_grants[world.nation_index("ISR")]
    assert israel[0] == pytest.approx(3.1 / 0.6951)
    assert (israel[PATH_YEARS >= 2024] == 3.8).all()
    ukraine = world.tied_grants[world.nation_index("UKR")]
    assert ukraine[PATH_YEARS == 2022] > 15
    assert (ukraine[PATH_YEARS > 2024] == 0).all()


def test_choice_weights_are_the_published_estimates(world: World):
    """Estimated weights are found by term and sample, with their errors."""
    weight = world.choice_weights["incumbency_share", "all"]
    assert (weight.coefficient, weight.standard_error, weight.grade) == (2.3, 0.18, "A")
    assert world.choice_weights["delivery_lag_years", "aircraft"].coefficient == -0.44


def test_programmes_name_their_kind(world: World):
    """Sharing development is told from buying and from building under licence."""
    kind = {
        (p.name, world.nations[p.member]): p.is_development
        for p in world.programmes
    }  # fmt: skip
    assert kind["F-35", "TUR"] and kind["ESSM", "NOR"]
    assert not kind["F-35", "JPN"] and not kind["Scorpene", "IND"]
    assert all(world.domains[p.domain] in DOMAINS for p in world.programmes)


def test_nations_table_lists_every_nation(world: World):
    """The listing has one flat row per nation, without the rest of the world."""
    rows = nations_table(world)
    assert [row["iso3"] for row in rows] == list(world.nations[: world.row])
    poland = next(row for row in rows if row["iso3"] == "POL")
    assert poland["region"] == "europe"
    assert poland["burden_2024"] == pytest.approx(0.0415, abs=0.0005)
    assert poland["us_share_2010_14"] == pytest.approx(0.08, abs=0.01)
    assert poland["sovereignty"] + poland["core"] + poland["diversification"] == pytest.approx(
        1, abs=0.002
    )
    assert poland["core_domains"] == "land"
    assert not poland["equipment_filled"]
