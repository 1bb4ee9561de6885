"""Yearly paths of each nation: spending, GDP, equipment, growth, pledges, grants, threat.

Arrays here have one row per nation of the data, in the order given, without the rest of the world.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance_abm.tables import DataError, Floats, Row, Tables, anchored, cube, grouped, number

FIRST_YEAR = 2010
LAST_DATA_YEAR = 2024
LAST_YEAR = 2045
DATA_YEARS = np.arange(FIRST_YEAR, LAST_DATA_YEAR + 1)
PATH_YEARS = np.arange(FIRST_YEAR, LAST_YEAR + 1)
PUBLISHED_EQUIPMENT = {
    2014: "equipment_share_2014_pct",
    2019: "equipment_share_2019_pct",
    2023: "equipment_share_2023e_pct",
    2024: "equipment_share_2024e_pct",
}
COMPETITOR = "competitor"
UNITED_STATES_GROUP = "united_states"
NATO = "nato"
REST_GROUP = "rest_of_world"
PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class Paths:
    """Yearly arrays: Y = 2010..2024, T = 2010..2045, D domains.

    milex, gdp [N, Y] billion constant 2024 US$; equipment_share [N, T] fraction of spending with
    equipment_filled [N, Y] where no figure is published; gdp_growth [N, T] a year;
    pledge_burden [N, T] fraction of GDP (observed to 2024); tied_grants [N, T] billion constant
    2024 US$; threat [N, D, T] 0..1; rest_* are the rows of the rest of the world.
    """

    milex: Floats
    gdp: Floats
    equipment_share: Floats
    equipment_filled: NDArray[np.bool_]
    gdp_growth: Floats
    pledge_burden: Floats
    tied_grants: Floats
    threat: Floats
    rest_equipment_share: Floats
    rest_gdp_growth: Floats
    rest_threat: Floats


def read_paths(
    tables: Tables,
    names: Sequence[str],
    regions: Mapping[str, str],
    status: Mapping[str, str],
    usa: str,
    domains: Sequence[str],
) -> Paths:
    """All yearly paths; `status` is the alliance status by nation, `regions` its region."""
    index = {name: i for i, name in enumerate(names)}
    price = price_level(tables)
    milex = (
        cube(
            tables.rows("milex"),
            {"iso3": index, "year": {str(year): i for i, year in enumerate(DATA_YEARS)}},
            "milex_usd_bn",
            "milex",
        )
        / price[: len(DATA_YEARS)]
    )
    gdp = milex / burdens(tables, names)
    equipment, filled, rest_equipment = equipment_shares(tables, names, regions, status)
    growth, rest_growth = growth_paths(tables, names, regions, gdp)
    threat, rest_threat = threat_paths(tables, names, regions, domains)
    return Paths(
        milex,
        gdp,
        equipment,
        filled,
        growth,
        pledge_paths(tables, names, regions, status, usa, milex / gdp),
        tied_grants(tables, index, price),
        threat,
        rest_equipment,
        rest_growth,
        rest_threat,
    )


def price_level(tables: Tables) -> Floats:
    """U.S. price level by year 2010..2045, 2024 = 1; constant prices afterwards."""
    points = {
        int(row["year"]): number(row, "price_level_2024_is_1", "deflator")
        for row in tables.rows("deflator")
    }
    return anchored(points, PATH_YEARS)


def burdens(tables: Tables, names: Sequence[str]) -> Floats:
    """Spending as a fraction of GDP [N, Y].

    Years without a published share (UAE, Qatar, Viet Nam) are interpolated between published
    ones and held flat outside.
    """
    points: dict[str, dict[int, float]] = {name: {} for name in names}
    for row in tables.rows("milex"):
        if row["milex_share_gdp_percent"] and row["iso3"] in points:
            share = number(row, "milex_share_gdp_percent", "milex") / PERCENT
            points[row["iso3"]][int(row["year"])] = share
    missing = [name for name in names if not points[name]]
    if missing:
        raise DataError(f"milex.csv: no share of GDP for {', '.join(missing)}")
    return np.array([anchored(points[name], DATA_YEARS) for name in names])


def equipment_group(region: str, status: str) -> str:
    """Which rows of `equipment_shares_by_region` stand in for a nation without own figures."""
    return COMPETITOR if status == COMPETITOR else region


def equipment_shares(
    tables: Tables, names: Sequence[str], regions: Mapping[str, str], status: Mapping[str, str]
) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Equipment share of spending [N, T], where it is not a published figure [N, Y], and ROW's."""
    table = "equipment_shares_by_region"
    stand_in = grouped(tables.rows(table), lambda row: row["group"], "share", table)
    rows = {row["iso3"]: row for row in tables.rows("nations")}
    shares = np.zeros((len(names), len(PATH_YEARS)))
    filled = np.ones((len(names), len(DATA_YEARS)), dtype=np.bool_)
    for i, name in enumerate(names):
        own = {
            year: number(rows[name], column, "nations") / PERCENT
            for year, column in PUBLISHED_EQUIPMENT.items()
            if rows[name][column]
        }
        for year in own:
            filled[i, year - FIRST_YEAR] = False
        group = equipment_group(regions[name], status[name])
        shares[i] = anchored(own or stand_in[group], PATH_YEARS)
    return shares, filled, anchored(stand_in[REST_GROUP], PATH_YEARS)


def growth_paths(
    tables: Tables, names: Sequence[str], regions: Mapping[str, str], gdp: Floats
) -> tuple[Floats, Floats]:
    """Real growth a year [N, T]: that of the data to 2024 (2010: 0), then by region; and ROW's."""
    table = "gdp_growth"
    points = grouped(tables.rows(table), lambda row: row["group"], "real_growth", table)
    growth = np.array([anchored(points[regions[name]], PATH_YEARS) for name in names])
    growth[:, 0] = 0.0
    growth[:, 1 : len(DATA_YEARS)] = gdp[:, 1:] / gdp[:, :-1] - 1.0
    return growth, anchored(points[REST_GROUP], PATH_YEARS)


def pledge_group(name: str, region: str, status: str, usa: str) -> str:
    """Which row of `pledges` a nation follows."""
    if name == usa:
        return UNITED_STATES_GROUP
    if status in (NATO, COMPETITOR):
        return status
    return region


def pledge_paths(
    tables: Tables,
    names: Sequence[str],
    regions: Mapping[str, str],
    status: Mapping[str, str],
    usa: str,
    burden: Floats,
) -> Floats:
    """Burden [N, T]: observed to 2024, then the path towards the pledged or regional level.

    From its burden of 2024 a nation closes `rise_share` of the distance up to the level, or
    `fall_share` of the distance down to it, in equal steps until `by_year`, and stays there.
    """
    rows = {row["group"]: row for row in tables.rows("pledges")}
    paths = np.zeros((len(names), len(PATH_YEARS)))
    for i, name in enumerate(names):
        row = rows[pledge_group(name, regions[name], status[name], usa)]
        paths[i] = pledge_path(row, burden[i])
    return paths


def pledge_path(row: Row, burden: Floats) -> Floats:
    """One nation's burden by year, see `pledge_paths`."""
    last = float(burden[-1])
    distance = number(row, "level", "pledges") - last
    share = number(row, "rise_share" if distance > 0 else "fall_share", "pledges")
    span = int(row["by_year"]) - LAST_DATA_YEAR
    way = np.clip((PATH_YEARS - LAST_DATA_YEAR) / span, 0.0, 1.0)
    path = last + way * distance * share
    path[: len(burden)] = burden
    return path


def tied_grants(tables: Tables, index: Mapping[str, int], price: Floats) -> Floats:
    """U.S. grants that buy U.S. goods [N, T], constant 2024 US$ bn a year.

    Grants in force at the end of the table continue at a stated share of their real level.
    """
    rows = [row for row in tables.rows("tied_grants") if row["buyer_iso3"] in index]
    end = max(int(row["to_year"]) for row in tables.rows("tied_grants"))
    continued = tables.rules()["tied_grant_continuation"]
    out = np.zeros((len(index), len(PATH_YEARS)))
    for row in rows:
        amount = number(row, "us_tied_grant_usd_bn_per_year", "tied_grants")
        first, last = int(row["from_year"]), int(row["to_year"])
        during = (first <= PATH_YEARS) & (last >= PATH_YEARS)
        out[index[row["buyer_iso3"]]] += during * amount / price
        if last == end:
            out[index[row["buyer_iso3"]]] += (last < PATH_YEARS) * amount * continued
    return out


def threat_paths(
    tables: Tables, names: Sequence[str], regions: Mapping[str, str], domains: Sequence[str]
) -> tuple[Floats, Floats]:
    """Threat level [N, D, T] of each nation's region, and the mean of the regions [D, T]."""
    points = grouped(
        tables.rows("threat"), lambda row: (row["region"], row["domain"]), "threat", "threat"
    )
    known = sorted({region for region, _ in points})
    by_region = np.array(
        [[anchored(points[region, domain], PATH_YEARS) for domain in domains] for region in known]
    )
    place = {region: i for i, region in enumerate(known)}
    return by_region[[place[regions[name]] for name in names]], by_region.mean(axis=0)
