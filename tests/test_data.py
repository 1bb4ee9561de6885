"""The tables: sources, grades, sums, and nothing dated after 2014 in the initial state."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from changed_data import rewritten

from alliance_abm.content import CLASSES, class_weights
from alliance_abm.datafiles import DOMAINS, data_folder
from alliance_abm.domain_data import domain_labels, domain_parameters
from alliance_abm.flows import WINDOWS
from alliance_abm.paths import PATH_YEARS, PUBLISHED_EQUIPMENT
from alliance_abm.profiles import COHORT, START_YEAR
from alliance_abm.routes import NESTS, ROUTES
from alliance_abm.tables import DataError, Tables
from alliance_abm.world import World, load_world, provenance

TABLES = Tables(data_folder())
GRADED = [name for name in TABLES.names() if name != "sources" and "grade" in TABLES.rows(name)[0]]


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.fixture
def own_folder(tmp_path: Path) -> Path:
    """A copy of the data that a test may change."""
    return Path(shutil.copytree(data_folder(), tmp_path / "data"))


# --- the tables ------------------------------------------------------------------------------


def test_every_row_names_known_sources():
    """Every row of every table names at least one source, and all of them are in sources.csv."""
    known = {row["source_key"] for row in TABLES.rows("sources")}
    for table, rows in provenance().items():
        for row, keys in rows:
            assert keys, f"{table}: {row} names no source"
            assert set(keys) <= known, f"{table}: {set(keys) - known} not in sources.csv"


def test_source_keys_are_unique_and_say_how_the_figure_is_known():
    """A source key stands for one source, with a title and the kind of evidence."""
    rows = TABLES.rows("sources")
    assert len({row["source_key"] for row in rows}) == len(rows)
    assert {row["evidence"] for row in rows} == {"read", "computed", "recalled"}
    assert all(row["title"] for row in rows)


def test_recalled_figures_are_not_graded_a():
    """A figure from memory is graded B at best."""
    recalled = {r["source_key"] for r in TABLES.rows("sources") if r["evidence"] == "recalled"}
    for table in GRADED:
        for row in TABLES.rows(table):
            if row.get("source_key") in recalled:
                assert row["grade"] in {"B", "C"}, (table, row)


@pytest.mark.parametrize("table", GRADED)
def test_grades_and_ranges_hold(table: str):
    """Grades are A, B or C, and a value lies inside its range."""
    columns = ("value", "share", "share_of_product_value", "real_growth", "years")
    for row in TABLES.rows(table):
        assert row["grade"] in {"A", "B", "C"}
        if "low" in row:
            column = next(name for name in columns if name in row)
            assert float(row["low"]) <= float(row[column]) <= float(row["high"]), row


@pytest.mark.parametrize(
    ("table", "group", "column", "total", "allowance"),
    [
        ("supplier_shares", ("importer_iso3", "window"), "share_percent", 100, 0.2),
        (
            "supplier_domain_shares",
            ("domain", "window"),
            "share_of_world_exports_in_domain_percent",
            100,
            0.2,
        ),
        ("importer_domain_mix", ("importer_iso3", "window"), "share_of_imports_percent", 100, 0.2),
        ("space_shares", (), "share", 1, 1e-9),
    ],
)
def test_shares_sum(table, group, column, total, allowance):
    """Published shares sum to the whole within rounding."""
    sums: dict[tuple[str, ...], float] = defaultdict(float)
    for row in TABLES.rows(table):
        sums[tuple(row[name] for name in group)] += float(row[column])
    for key, value in sums.items():
        assert value == pytest.approx(total, abs=allowance), (table, key)


def test_engine_rows_list_nearly_all_suppliers(world: World):
    """Small engine suppliers are not listed; what they leave comes from the rest of the world."""
    sums: dict[str, float] = defaultdict(float)
    for row in TABLES.rows("engine_supplier_shares"):
        sums[row["producer_iso3"]] += float(row["share_of_imported_engines_percent"])
    assert all(97 <= value <= 100.2 for value in sums.values())
    engines = world.content_by_class[world.nation_index("SAU"), 0, CLASSES.index("engine")]
    unlisted = engines[world.row] / engines.sum()
    assert unlisted == pytest.approx(1 - sums["SAU"] / 100, abs=0.002)


def test_component_weights_leave_room_for_the_rest_of_the_product():
    """Component classes make up less than the whole product in every domain."""
    weights = class_weights(TABLES, DOMAINS)
    assert (weights > 0).all()
    assert (weights.sum(axis=1) < 1).all()


def test_import_tables_agree():
    """An importer's total is the same by supplier and by domain in every window."""
    totals: dict[str, dict[tuple[str, str], float]] = {}
    for table in ("supplier_shares", "importer_domain_mix"):
        sums = totals.setdefault(table, defaultdict(float))
        for row in TABLES.rows(table):
            sums[row["importer_iso3"], row["window"]] += float(row["tiv_millions"])
    first, second = totals.values()
    assert first.keys() == second.keys()
    for key, value in first.items():
        assert value == pytest.approx(second[key], abs=1.0), key


def test_domain_tables_cover_all_domains():
    """Names, labels and every parameter exist for each of the eight domains."""
    assert tuple(domain_labels()) == DOMAINS
    assert len({label.short_label for label in domain_labels().values()}) == len(DOMAINS)
    for parameter in domain_parameters().values():
        assert len(parameter.values) == len(DOMAINS)
    assert domain_parameters()["service_life_years"].values == (25, 20, 12, 25, 30, 18, 10, 12)


def test_routes_have_nests_and_control_inside_its_range():
    """Ten routes in known nests; each part of control is 0..1 and within its range."""
    assert [route.id for route in ROUTES] == [
        "fms",
        "dcs",
        "hybrid",
        "pooled",
        "third_party_friendly",
        "third_party_competitor",
        "domestic",
        "licensed",
        "develop",
        "defer",
    ]
    for route in ROUTES:
        assert route.nest in NESTS
        triples = zip(route.control_low, route.control, route.control_high, strict=True)
        assert all(0 <= low <= value <= high <= 1 for low, value, high in triples)


# --- nothing dated after 2014 in the initial state -------------------------------------------


def blank_later_knowledge(folder: Path) -> None:
    """Change or remove everything in `folder` that is dated after 2014."""

    def inverted(column: str, is_later: Callable[[dict[str, str]], bool]):
        def change(row: dict[str, str]) -> None:
            if is_later(row) and row[column]:
                row[column] = str(1.0 / (1.0 + float(row[column])))

        return change

    def window(row: dict[str, str]) -> bool:
        return row["window"] in WINDOWS[1:]

    def year(row: dict[str, str]) -> bool:
        return int(row["year"]) > START_YEAR

    for table in ("supplier_shares", "supplier_domain_shares", "importer_domain_mix"):
        rewritten(folder, table, inverted("tiv_millions", window))
    for table, column in {
        "milex": "milex_usd_bn",
        "deflator": "price_level_2024_is_1",
        "threat": "threat",
        "equipment_shares_by_region": "share",
        "gdp_growth": "real_growth",
    }.items():
        rewritten(folder, table, inverted(column, year))
    rewritten(folder, "pledges", inverted("level", lambda row: True))
    amount = "us_tied_grant_usd_bn_per_year"
    rewritten(
        folder, "tied_grants", inverted(amount, lambda row: int(row["from_year"]) > START_YEAR)
    )
    lag = "volume_weighted_mean_years"
    rewritten(folder, "delivery_lags_by_domain", inverted(lag, lambda row: row["cohort"] != COHORT))
    for table in ("delivery_lags", "order_fulfilment", "calibration_targets", "process_facts"):
        (folder / f"{table}.csv").unlink()
    rewritten(folder, "nations", blank_nation)
    rewritten(folder, "alliance_dates", blank_alliance)


def blank_nation(row: dict[str, str]) -> None:
    """Remove what `nations` says of the time after 2014."""
    later = [column for year, column in PUBLISHED_EQUIPMENT.items() if year > START_YEAR]
    later += [name for name in row if name.startswith(("domestic_", "sosa", "itar", "rdp"))]
    later += ["us_alliance_status", "congressional_notification_tier", "strategy_label"]
    for column in later:
        row[column] = ""
    if row["nato_since"].isdigit() and int(row["nato_since"]) > START_YEAR:
        row["nato_since"] = ""


def blank_alliance(row: dict[str, str]) -> None:
    """Forget alliances that came after 2014."""
    for column in ("ally_since", "tier_one_since"):
        if int(row[column]) > START_YEAR:
            row[column] = "9999"
            row["status"] = "partner" if row["status"] == "nato" else row["status"]


def test_later_knowledge_does_not_reach_the_initial_state(world: World, own_folder: Path):
    """Blanking all that is dated after 2014 leaves every initial state and weight as it is."""
    blank_later_knowledge(own_folder)
    blind = load_world(folder=own_folder)
    for name in (
        "flows",
        "exports",
        "competence",
        "home_share",
        "lead_years",
        "content",
        "content_by_class",
        "local_production_share",
        "strategy",
        "core",
        "acquisition_competence",
        "protection",
        "us_ally",
        "tier",
        "european",
        "five_eyes",
        "rdp",
    ):
        np.testing.assert_array_equal(getattr(blind, name), getattr(world, name), err_msg=name)
    for name in ("imports", "import_mix"):
        np.testing.assert_array_equal(getattr(blind, name)[0], getattr(world, name)[0])
    early = PATH_YEARS <= START_YEAR
    for name in ("threat", "equipment_share", "tied_grants"):
        np.testing.assert_array_equal(
            getattr(blind, name)[..., early], getattr(world, name)[..., early], err_msg=name
        )
    np.testing.assert_array_equal(blind.milex[:, early[:15]], world.milex[:, early[:15]])
    assert blind.programmes == world.programmes
    assert blind.choice_weights == world.choice_weights
    assert not np.array_equal(blind.imports[1:], world.imports[1:])


def test_alliances_are_dated(world: World):
    """Nations that became allies after 2014 are not allies at the start."""
    since = dict(zip(world.nations, world.ally_since.tolist(), strict=True))
    allies = dict(zip(world.nations, world.us_ally.tolist(), strict=True))
    for name, year in {"QAT": 2022, "BRA": 2019, "FIN": 2023, "SWE": 2024}.items():
        assert (since[name], allies[name]) == (year, False)
    assert all(allies[name] for name in ("POL", "JPN", "ISR", "PAK", "USA"))
    assert not any(allies[name] for name in ("IND", "SAU", "CHN", "RUS", "ROW"))
    np.testing.assert_array_equal(world.us_ally, world.ally_since <= START_YEAR)
    assert world.tier[world.nation_index("SWE")] == 2
    assert world.tier_one_since[world.nation_index("SWE")] == 2024


def test_alliance_dates_agree_with_the_nations_table(world: World):
    """Status, NATO years and today's notification group are the same in both tables."""
    dates = {row["iso3"]: row for row in TABLES.rows("alliance_dates")}
    for row in TABLES.rows("nations"):
        dated = dates[row["iso3"]]
        if row["us_alliance_status"] != "self":
            assert dated["status"] == row["us_alliance_status"], row["iso3"]
        if row["nato_since"].isdigit():
            assert dated["ally_since"] == row["nato_since"]
        if row["congressional_notification_tier"]:
            first = row["congressional_notification_tier"].startswith("NATO+5")
            assert (dated["tier_one_since"] != "9999") == first, row["iso3"]


def test_damaged_tables_are_named(own_folder: Path):
    """A missing table or a word in place of a number is reported with its place."""

    def spoil(row: dict[str, str]) -> None:
        if row["iso3"] == "POL" and row["domain"] == "land":
            row["competence_2012"] = "much"

    rewritten(own_folder, "home_industry", spoil)
    with pytest.raises(DataError, match=r"home_industry\.csv.*'POL'.*competence_2012.*'much'"):
        load_world(folder=own_folder)


def test_missing_table_is_named(own_folder: Path):
    """A folder without one of the tables is refused, naming the file."""
    (own_folder / "milex.csv").unlink()
    with pytest.raises(DataError, match=r"milex\.csv: the table cannot be read"):
        load_world(folder=own_folder)
