"""What a nation is at the end of 2014: alliance, industry, strategy, know-how. Rules, not outcomes.

Nothing here reads a figure dated after 2014. Arrays have one row per nation of the data, in the
order given, without the rest of the world.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance_abm.flows import OTHERS, YEARS_PER_WINDOW, Trade
from alliance_abm.paths import FIRST_YEAR
from alliance_abm.tables import Floats, Row, Tables, cube, number

NEVER = 9999
START_YEAR = 2014
NATO_BEFORE_2010 = "before 2010"
LONG_AGO = 1949
PERCENT = 100.0
COHORT = "orders_2000_2010"


@dataclass(frozen=True, slots=True)
class Alliance:
    """Alliance facts by nation; years are 9999 where the nation never joined."""

    status: dict[str, str]
    ally_since: NDArray[np.int16]
    tier_one_since: NDArray[np.int16]
    nato_since: NDArray[np.int16]
    five_eyes: NDArray[np.bool_]
    sosa: NDArray[np.bool_]
    rdp: NDArray[np.bool_]  # procurement memorandum with the United States in 2014
    eu: frozenset[str]

    def allies(self, names: Sequence[str]) -> frozenset[str]:
        """Names of the U.S. allies as of 2014, the United States among them."""
        return frozenset(
            name for name, year in zip(names, self.ally_since, strict=True) if year <= START_YEAR
        )


def read_alliance(tables: Tables, names: Sequence[str]) -> Alliance:
    """Alliance facts from `alliance_dates` and `nations`."""
    dates = {row["iso3"]: row for row in tables.rows("alliance_dates")}
    rows = {row["iso3"]: row for row in tables.rows("nations")}
    memoranda = {
        row["iso3"] for row in tables.rows("rdp_memoranda") if row["in_force_2014"] == "yes"
    }
    return Alliance(
        status={name: dates[name]["status"] for name in names},
        ally_since=np.array([int(dates[name]["ally_since"]) for name in names], dtype=np.int16),
        tier_one_since=np.array(
            [int(dates[name]["tier_one_since"]) for name in names], dtype=np.int16
        ),
        nato_since=np.array([nato_year(rows[name]) for name in names], dtype=np.int16),
        five_eyes=np.array([rows[name]["five_eyes"] == "yes" for name in names]),
        sosa=np.array([rows[name]["sosa_partner"] == "yes" for name in names]),
        rdp=np.array([name in memoranda for name in names]),
        eu=frozenset(name for name in names if dates[name]["eu_in_2014"] == "yes"),
    )


def nato_year(row: Row) -> int:
    """Year of joining NATO, 1949 for all members before 2010, 9999 for none."""
    if not row["nato_since"]:
        return NEVER
    return LONG_AGO if row["nato_since"] == NATO_BEFORE_2010 else int(row["nato_since"])


def competences(tables: Tables, names: Sequence[str], domains: Sequence[str]) -> Floats:
    """Competence about 2012 [N, D], 0..1."""
    return cube(
        tables.rows("home_industry"),
        {
            "iso3": {name: i for i, name in enumerate(names)},
            "domain": {domain: i for i, domain in enumerate(domains)},
        },
        "competence_2012",
        "home_industry",
    )


def nation_numbers(tables: Tables, names: Sequence[str], column: str) -> Floats:
    """One percentage column of `nations` as fractions [N]; empty cells are 0."""
    rows = {row["iso3"]: row for row in tables.rows("nations")}
    return np.array(
        [number(rows[n], column, "nations") / PERCENT if rows[n][column] else 0.0 for n in names]
    )


def home_shares(tables: Tables, competence: Floats) -> Floats:
    """Domestic share of procurement, clip(slope * competence - offset, 0, most)."""
    rules = tables.rules()
    line = rules["home_share_slope"] * competence - rules["home_share_offset"]
    return np.clip(line, 0.0, rules["home_share_max"])


def core_domains(tables: Tables, competence: Floats) -> NDArray[np.bool_]:
    """Domains of enough competence, at least as good as the nation's third best one [N, D]."""
    rules = tables.rules()
    last = np.sort(competence, axis=1)[:, -int(rules["core_domains_max"])]
    return (competence >= last[:, None]) & (competence >= rules["core_competence"])


def leads(tables: Tables, names: Sequence[str], domains: Sequence[str]) -> tuple[Floats, Floats]:
    """Years from contract to first delivery [N, D] and the pooled ones [D].

    Volume-weighted mean of orders placed 2000-10, each supplier shrunk towards its domain's
    deal-weighted mean with the weight of `lead_prior_deals`; a domain without deals takes its
    row of `lead_priors`.
    """
    axis = {domain: i for i, domain in enumerate(domains)}
    index = {name: i for i, name in enumerate(names)}
    deals = np.zeros((len(names) + 1, len(domains)))
    years = np.zeros_like(deals)
    table = "delivery_lags_by_domain"
    for row in tables.rows(table):
        if row["cohort"] != COHORT or row["domain"] not in axis:
            continue
        place = index.get(row["supplier_iso3"], len(names)), axis[row["domain"]]
        count = number(row, "n_deals", table)
        deals[place] += count
        years[place] += count * number(row, "volume_weighted_mean_years", table)
    prior = cube(tables.rows("lead_priors"), {"domain": axis}, "years", "lead_priors")
    total = deals.sum(axis=0)
    pooled = np.where(total > 0, years.sum(axis=0) / np.where(total > 0, total, 1.0), prior)
    weight = tables.rules()["lead_prior_deals"]
    own = (years[:-1] + weight * pooled) / (deals[:-1] + weight)
    return own, pooled


def acquisition(tables: Tables, milex: Floats, competence: Floats) -> Floats:
    """Acquisition competence [N]: base + weight * spending rank 2010-14 + weight * industry."""
    rules = tables.rules()
    mean = milex[:, : START_YEAR - FIRST_YEAR + 1].mean(axis=1)
    rank = (mean[:, None] > mean[None, :]).sum(axis=1) / (len(mean) - 1)
    value = (
        rules["acquisition_base"]
        + rules["acquisition_spending"] * rank
        + rules["acquisition_industry"] * competence.mean(axis=1)
    )
    return np.clip(value, 0.0, 1.0)


def protections(tables: Tables, alliance: Alliance, names: Sequence[str], usa: str) -> Floats:
    """Technology-protection quality [N] by alliance as of 2014."""
    rules = tables.rules()
    kinds = [protection_kind(alliance, i, name, usa) for i, name in enumerate(names)]
    return np.array([rules[f"protection_{kind}"] for kind in kinds])


def protection_kind(alliance: Alliance, i: int, name: str, usa: str) -> str:
    """Which protection rule holds for nation `i`: the first that applies."""
    claims = {
        "united_states": name == usa,
        "competitor": alliance.status[name] == "competitor",
        "five_eyes": alliance.five_eyes[i],
        "tier_one": alliance.tier_one_since[i] <= START_YEAR,
        "eu": name in alliance.eu,
        "ally": alliance.ally_since[i] <= START_YEAR,
        "partner": True,
    }
    return next(kind for kind, holds in claims.items() if holds)


def concentration(tables: Tables, trade: Trade, names: Sequence[str], usa: str) -> Floats:
    """Herfindahl index of suppliers and U.S. share, imports 2010-14 [N, 2].

    Importers under `scored_import_volume` in the window take the world's.
    """
    known = np.array([name != OTHERS for name in trade.suppliers])
    rows = {name: i for i, name in enumerate(trade.importers)}
    least = tables.rules()["scored_import_volume"]
    world = trade.pairs[0].sum(axis=0)
    out = np.zeros((len(names), 2))
    for i, name in enumerate(names):
        volumes = trade.pairs[0, rows[name]]
        volumes = volumes if volumes.sum() * YEARS_PER_WINDOW >= least else world
        shares = volumes / volumes.sum()
        out[i] = (shares[known] ** 2).sum(), shares[trade.suppliers.index(usa)]
    return out


def strategies(
    tables: Tables,
    names: Sequence[str],
    competence: Floats,
    local: Floats,
    exports: Floats,
    concentrated: Floats,
) -> Floats:
    """Initial weights (sovereignty, core, diversification) [N, 3], rows sum to 1.

    The coded rows of `strategy` stand. The others follow the rule: sovereignty = mean competence
    scaled by local production or export capability; core = reliance on the U.S. and
    specialisation; diversification = spread of suppliers outside the U.S.
    """
    weights = rule_strategies(tables, competence, local, exports, concentrated)
    coded = {row["iso3"]: row for row in tables.rows("strategy")}
    for i, name in enumerate(names):
        if name in coded:
            weights[i] = [
                number(coded[name], column, "strategy")
                for column in ("sovereignty", "core", "diversification")
            ]
    return weights


def rule_strategies(
    tables: Tables, competence: Floats, local: Floats, exports: Floats, concentrated: Floats
) -> Floats:
    """The rule of `strategies` for every nation, also for the coded ones."""
    rules = tables.rules()
    mean = competence.mean(axis=1)
    best = np.sort(competence, axis=1)[:, -int(rules["core_domains_max"]) :].mean(axis=1)
    made = np.maximum(local, np.clip(exports / rules["export_share_full"], 0.0, 1.0))
    weight = rules["strategy_local_weight"]
    hhi, us_share = concentrated[:, 0], concentrated[:, 1]
    raw = np.column_stack(
        [
            mean * (1.0 - weight + weight * made),
            rules["strategy_us_weight"] * us_share + best - mean,
            (1.0 - hhi) * (1.0 - us_share),
        ]
    )
    shares = raw / raw.sum(axis=1, keepdims=True)
    floor = rules["strategy_floor"]
    return floor + (1.0 - 3.0 * floor) * shares
