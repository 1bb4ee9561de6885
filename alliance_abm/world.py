"""The world at the start: the data tables as indexed arrays for the nations of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_abm.datafiles import DOMAINS, UNITED_STATES, data_folder
from alliance_abm.problems import nearest_name
from alliance_abm.tables import Floats, Row, Tables
from alliance_abm.world_base import Base, read_base
from alliance_abm.world_cut import ChoiceWeight, Cut, Programme

Bools = NDArray[np.bool_]
Shorts = NDArray[np.int16]
Bytes = NDArray[np.int8]
Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class World:
    """The initial world, read-only. E entities (nations, last ROW), D domains, Y = 2010..2024,
    T = 2010..2045, W = the windows 2010-14, 2015-19, 2020-24.

    Volumes are million TIV a year, money is billion constant 2024 US$, shares are fractions.
    `imports` and `import_mix` of the two later windows are for comparison only. Spending, GDP
    and pledged burden of ROW are 0: it buys by its flows. Space, where present in `flows` and
    `exports`, is stylised and outside `imports` and `import_mix`.

    flows [E buyer, E supplier, D] 2010-14 · imports [W, E buyer, E supplier] · import_mix
    [W, E, D] shares of all eight domains (0 without imports) · exports [E, D] 2010-14 · lead_years
    [E, D] contract to first delivery · content [E owner, D, E origin] share of product value,
    diagonal 0 · content_by_class [E, D, 3, E] · content_levels [3, 3] foreign share of a class at
    competence 0 and 1, exponent · equipment_filled [E, Y] no published figure · pledge_burden
    [E, T] observed to 2024, then the target · us_ally, tier, protection as of 2014;
    ally_since, tier_one_since, nato_since are years, 9999 = never.
    """

    nations: tuple[str, ...]
    names: tuple[str, ...]
    regions: tuple[str, ...]
    region: Bytes
    domains: tuple[str, ...]
    domain_names: tuple[str, ...]
    domain_labels: tuple[str, ...]
    nation_keys: Longs
    domain_keys: Longs
    usa: int
    row: int
    is_buyer: Bools
    competitor: Bools
    us_ally: Bools
    ally_since: Shorts
    nato_since: Shorts
    tier_one_since: Shorts
    european: Bools
    five_eyes: Bools
    sosa: Bools
    rdp: Bools
    tier: Bytes
    years: Longs
    path_years: Longs
    milex: Floats
    gdp: Floats
    equipment_share: Floats
    equipment_filled: Bools
    gdp_growth: Floats
    pledge_burden: Floats
    tied_grants: Floats
    threat: Floats
    flows: Floats
    imports: Floats
    import_mix: Floats
    exports: Floats
    competence: Floats
    local_production_share: Floats
    home_share: Floats
    lead_years: Floats
    content: Floats
    content_by_class: Floats
    content_levels: Floats
    strategy: Floats
    core: Bools
    acquisition_competence: Floats
    protection: Floats
    programmes: tuple[Programme, ...]
    choice_weights: Mapping[tuple[str, str], ChoiceWeight]
    folder: Path

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles are the one cached world, so that its arrays stay read-only."""
        return load_world, (self.nations[: self.row], self.domains, self.folder)

    def nation_index(self, iso3: str) -> int:
        """Row of a nation. Raises ValueError naming the nearest one when it is not here."""
        return position(iso3, self.nations, "nation")

    def domain_index(self, domain: str) -> int:
        """Index of a domain. Raises ValueError naming the nearest one when it is not here."""
        return position(domain, self.domains, "domain")


def position(name: str, known: tuple[str, ...], kind: str) -> int:
    """Index of `name` in `known`, or a ValueError that names the nearest one."""
    try:
        return known.index(name)
    except ValueError:
        pass
    near = nearest_name(name, known)
    hint = f"; did you mean '{near}'?" if near else ""
    raise ValueError(f"unknown {kind} '{name}'{hint}; known: {', '.join(known)}")


def load_world(
    nations: tuple[str, ...] | None = None,
    domains: tuple[str, ...] | None = None,
    folder: Path | None = None,
) -> World:
    """The initial world of a scenario.

    Args:
        nations: iso3 codes in the order wanted; default all of `nations.csv`. ROW is added.
        domains: default all eight, in their usual order.
        folder: data folder; default the shipped tables.

    Raises:
        ValueError: unknown or repeated nation or domain, or no United States.
        DataError: a table that cannot be used.
    """
    folder = Path(folder) if folder is not None else data_folder()
    known = tuple(row["iso3"] for row in base_of(folder).tables.rows("nations"))
    nations = known if nations is None else tuple(nations)
    domains = DOMAINS if domains is None else tuple(domains)
    check_names(nations, known, "nation")
    check_names(domains, DOMAINS, "domain")
    if UNITED_STATES not in nations:
        raise ValueError(f"nations must include {UNITED_STATES}, the United States")
    return _load(nations, domains, folder)


@lru_cache(maxsize=32)
def _load(nations: tuple[str, ...], domains: tuple[str, ...], folder: Path) -> World:
    values = Cut(base_of(folder), nations, domains).values()
    return World(**{field.name: frozen(values[field.name]) for field in fields(World)})


@lru_cache(maxsize=8)
def base_of(folder: Path) -> Base:
    """The whole world of one data folder, built once."""
    return read_base(Tables(folder))


def check_names(names: tuple[str, ...], known: tuple[str, ...], kind: str) -> None:
    """Refuse unknown, repeated or no names with a ValueError."""
    if not names:
        raise ValueError(f"at least one {kind} is needed; known: {', '.join(known)}")
    for name in names:
        position(name, known, kind)
        if names.count(name) > 1:
            raise ValueError(f"{kind} '{name}' is named more than once")


def frozen(value: Any) -> Any:
    """A contiguous read-only copy of an array; other values as they are."""
    if not isinstance(value, np.ndarray):
        return value
    copy = np.ascontiguousarray(value).copy()
    copy.flags.writeable = False
    return copy


def provenance(folder: Path | None = None) -> dict[str, tuple[tuple[Row, tuple[str, ...]], ...]]:
    """Every row of every table with the source keys it names, by table."""
    tables = Tables(folder or data_folder())
    return {
        name: tuple((row, tables.sources(row)) for row in tables.rows(name))
        for name in tables.names()
        if name != "sources"
    }


def nations_table(world: World) -> list[dict[str, Any]]:
    """One flat record per nation of `world`, as the command `nations` lists them."""
    records = []
    for i, iso3 in enumerate(world.nations[: world.row]):
        imported = float(world.imports[0, i].sum())
        records.append(
            {
                "iso3": iso3,
                "name": world.names[i],
                "region": world.regions[world.region[i]],
                "tier": int(world.tier[i]),
                "sovereignty": round(float(world.strategy[i, 0]), 3),
                "core": round(float(world.strategy[i, 1]), 3),
                "diversification": round(float(world.strategy[i, 2]), 3),
                "core_domains": ";".join(
                    d for d, is_core in zip(world.domains, world.core[i], strict=True) if is_core
                ),
                "us_ally_2014": bool(world.us_ally[i]),
                "burden_2024": round(float(world.milex[i, -1] / world.gdp[i, -1]), 4),
                "equipment_share_2024": round(
                    float(world.equipment_share[i, len(world.years) - 1]), 3
                ),
                "equipment_filled": bool(world.equipment_filled[i].all()),
                "imports_2010_14": round(imported, 1),
                "us_share_2010_14": round(float(world.imports[0, i, world.usa]) / imported, 3)
                if imported > 0
                else 0.0,
            }
        )
    return records
