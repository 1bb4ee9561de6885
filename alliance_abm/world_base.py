"""All nations of the data at once, in alphabetical order: what every scenario is cut from.

Computing the whole world first makes a nation's figures independent of who else is in a
scenario and of the order in which the scenario names them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_abm import content, profiles
from alliance_abm.datafiles import BUYER, DOMAINS, UNITED_STATES
from alliance_abm.flows import OTHERS, REST, Trade, read_trade
from alliance_abm.paths import COMPETITOR, Paths, read_paths
from alliance_abm.profiles import START_YEAR, Alliance
from alliance_abm.tables import Floats, Tables

LOCAL = "imports_flagged_local_production_2000_14_pct"
EXPORTS = "share_world_arms_exports_2010_14_pct"
EUROPE = "europe"


@dataclass(frozen=True, slots=True)
class Base:
    """The whole world on canonical axes: N nations in alphabetical order, then ROW (E = N + 1).

    Trade arrays have the shape [.., E buyer, E supplier, ..]; `origin_mix` [E, 3, E] and
    `class_weights` [D, 3] give foreign content once competence is known. Other arrays are by
    nation without ROW.
    """

    tables: Tables
    names: tuple[str, ...]
    full_names: dict[str, str]
    regions: dict[str, str]
    buyers: frozenset[str]
    competitors: frozenset[str]
    alliance: Alliance
    paths: Paths
    flows: Floats
    exports: Floats
    imports: Floats
    import_volumes: Floats
    competence: Floats
    local: Floats
    core: NDArray[np.bool_]
    strategy: Floats
    lead_years: Floats
    pooled_leads: Floats
    acquisition: Floats
    protection: Floats
    european: NDArray[np.bool_]
    origin_mix: Floats
    class_weights: Floats


def read_base(tables: Tables) -> Base:
    """Build the whole world from the tables of one folder."""
    rows = {row["iso3"]: row for row in tables.rows("nations")}
    names = tuple(sorted(rows))
    competitors = frozenset(name for name in names if rows[name]["role"] == COMPETITOR)
    regions = {name: rows[name]["region"] for name in names}
    alliance = profiles.read_alliance(tables, names)
    allies = alliance.allies(names)
    trade = read_trade(tables, names, DOMAINS, competitors, allies)
    barred = dict.fromkeys(allies, competitors)
    barred |= dict.fromkeys(competitors, allies | alliance.eu)
    paths = read_paths(tables, names, regions, alliance.status, UNITED_STATES, DOMAINS)
    return Base(
        tables=tables,
        names=names,
        full_names={name: rows[name]["name"] for name in names},
        regions=regions,
        buyers=frozenset(name for name in names if rows[name]["role"] == BUYER),
        competitors=competitors,
        alliance=alliance,
        paths=paths,
        import_volumes=trade.mix,
        **on_nations(trade, names),
        **industry(tables, trade, names, paths.milex),
        protection=profiles.protections(tables, alliance, names, UNITED_STATES),
        european=np.array([regions[n] == EUROPE and n not in competitors for n in names]),
        origin_mix=content.origin_mix(tables, trade, names, DOMAINS, barred),
        class_weights=content.class_weights(tables, DOMAINS),
    )


def industry(
    tables: Tables, trade: Trade, names: tuple[str, ...], milex: Floats
) -> dict[str, NDArray[Any]]:
    """Competence and what the rules make of it, by field of Base."""
    competence = profiles.competences(tables, names, DOMAINS)
    local = profiles.nation_numbers(tables, names, LOCAL)
    exported = profiles.nation_numbers(tables, names, EXPORTS)
    concentrated = profiles.concentration(tables, trade, names, UNITED_STATES)
    lead_years, pooled = profiles.leads(tables, names, DOMAINS)
    return {
        "competence": competence,
        "local": local,
        "core": profiles.core_domains(tables, competence),
        "strategy": profiles.strategies(tables, names, competence, local, exported, concentrated),
        "lead_years": lead_years,
        "pooled_leads": pooled,
        "acquisition": profiles.acquisition(tables, milex, competence),
    }


def on_nations(trade: Trade, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Flows, exports and window imports with suppliers outside the data summed into ROW."""
    columns = {name: i for i, name in enumerate((*names, REST))}
    place = np.array([columns.get(s if s != OTHERS else REST, len(names)) for s in trade.suppliers])
    size = len(columns)
    flows = np.zeros((size, size, trade.flows.shape[2]))
    imports = np.zeros((trade.pairs.shape[0], size, size))
    exports = np.zeros((size, trade.exports.shape[1]))
    for source, target in enumerate(place):
        flows[:, target] += trade.flows[:, source]
        imports[:, :, target] += trade.pairs[:, :, source]
        exports[target] += trade.exports[source]
    return {"flows": flows, "exports": exports, "imports": imports}


def tiers(alliance: Alliance, names: tuple[str, ...], usa: str) -> NDArray[np.int8]:
    """Notification tier as of 2014: 1 the 15-day group, 2 others, 0 the United States."""
    values = np.where(alliance.tier_one_since <= START_YEAR, 1, 2).astype(np.int8)
    for i, name in enumerate(names):
        if name == usa:
            values[i] = 0
    return values
