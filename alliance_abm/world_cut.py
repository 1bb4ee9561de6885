"""Cutting the nations and domains of one scenario out of the whole world of the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_abm import profiles
from alliance_abm.content import content_levels, level_curves
from alliance_abm.datafiles import DOMAINS, UNITED_STATES
from alliance_abm.domain_data import domain_labels
from alliance_abm.flows import REST
from alliance_abm.paths import DATA_YEARS, PATH_YEARS
from alliance_abm.profiles import NEVER
from alliance_abm.tables import Floats, Tables, number
from alliance_abm.world_base import Base, tiers

REST_NAME = "Rest of the world"
REST_REGION = "rest_of_world"


@dataclass(frozen=True, slots=True)
class Programme:
    """Membership in a co-operative or licensed programme standing at the end of 2014.

    `domain`, `lead` and `member` are indices; `planned_units` is 0 where not known.
    """

    name: str
    domain: int
    lead: int
    member: int
    role: str
    is_development: bool
    planned_units: float


@dataclass(frozen=True, slots=True)
class ChoiceWeight:
    """One estimated weight of supplier choice, orders of 2002-14 unless the sample says more."""

    coefficient: float
    standard_error: float
    grade: str
    source_key: str


class Cut:
    """Cuts the nations and domains of one scenario out of the whole world.

    Nations left out are summed into ROW, always in alphabetical order, so that the sums do not
    depend on the order of the scenario.
    """

    def __init__(self, base: Base, nations: tuple[str, ...], domains: tuple[str, ...]):
        self.base = base
        self.nations = nations
        self.domains = domains
        self.rows = np.array([base.names.index(name) for name in nations])
        self.columns = np.array([DOMAINS.index(domain) for domain in domains])
        self.outside = np.array(
            [i for i, name in enumerate(base.names) if name not in nations] + [len(base.names)]
        )

    def values(self) -> dict[str, Any]:
        """Everything a World holds, by field name."""
        return {
            **self.labels(),
            **self.alliance(),
            **self.yearly(),
            **self.trade(),
            **self.industry(),
            "programmes": self.programmes(),
            "choice_weights": choice_weights(self.base.tables),
            "folder": self.base.tables.folder,
        }

    def with_rest(self, values: NDArray[Any], rest: Any) -> NDArray[Any]:
        """Rows of the scenario's nations, then the row of the rest of the world."""
        last = np.broadcast_to(np.asarray(rest, dtype=values.dtype), values.shape[1:])
        return np.concatenate([values[self.rows], last[None]])

    def fold(self, values: Floats, axis: int) -> Floats:
        """Scenario's entries along `axis`, then the sum of all others."""
        kept = np.take(values, self.rows, axis=axis)
        rest = np.take(values, self.outside, axis=axis).sum(axis=axis, keepdims=True)
        return np.concatenate([kept, rest], axis=axis)

    def labels(self) -> dict[str, Any]:
        """Names, indices and address keys."""
        labels = domain_labels(self.base.tables.folder)
        regions = (*sorted(set(self.base.regions.values())), REST_REGION)
        of = [regions.index(self.base.regions[name]) for name in self.nations]
        nations = (*self.nations, REST)
        return {
            "nations": nations,
            "names": (*(self.base.full_names[name] for name in self.nations), REST_NAME),
            "regions": regions,
            "region": np.array([*of, len(regions) - 1], dtype=np.int8),
            "domains": self.domains,
            "domain_names": tuple(labels[domain].name for domain in self.domains),
            "domain_labels": tuple(labels[domain].short_label for domain in self.domains),
            "nation_keys": np.array([nation_key(name) for name in nations], dtype=np.int64),
            "domain_keys": self.columns.astype(np.int64),
            "usa": nations.index(UNITED_STATES),
            "row": len(self.nations),
            "years": DATA_YEARS.astype(np.int64),
            "path_years": PATH_YEARS.astype(np.int64),
        }

    def alliance(self) -> dict[str, Any]:
        """Who is whose ally, as of 2014, and the years of joining."""
        base, facts = self.base, self.base.alliance
        allies = facts.allies(base.names)

        def flag(group: frozenset[str]) -> NDArray[np.bool_]:
            return np.array([name in group for name in (*self.nations, REST)])

        return {
            "is_buyer": flag(base.buyers),
            "competitor": flag(base.competitors),
            "us_ally": flag(allies),
            "ally_since": self.with_rest(facts.ally_since, NEVER),
            "nato_since": self.with_rest(facts.nato_since, NEVER),
            "tier_one_since": self.with_rest(facts.tier_one_since, NEVER),
            "european": self.with_rest(base.european, False),
            "five_eyes": self.with_rest(facts.five_eyes, False),
            "sosa": self.with_rest(facts.sosa, False),
            "rdp": self.with_rest(facts.rdp, False),
            "tier": self.with_rest(tiers(facts, base.names, UNITED_STATES), 2),
        }

    def yearly(self) -> dict[str, Any]:
        """Arrays by year."""
        paths = self.base.paths
        return {
            "milex": self.with_rest(paths.milex, 0.0),
            "gdp": self.with_rest(paths.gdp, 0.0),
            "equipment_share": self.with_rest(paths.equipment_share, paths.rest_equipment_share),
            "equipment_filled": self.with_rest(paths.equipment_filled, True),
            "gdp_growth": self.with_rest(paths.gdp_growth, paths.rest_gdp_growth),
            "pledge_burden": self.with_rest(paths.pledge_burden, 0.0),
            "tied_grants": self.with_rest(paths.tied_grants, 0.0),
            "threat": self.with_rest(paths.threat, paths.rest_threat)[:, self.columns],
        }

    def trade(self) -> dict[str, Any]:
        """Flows, imports and exports with the nations left out inside ROW."""
        base = self.base
        volumes = self.fold(base.import_volumes, 1)
        totals = volumes.sum(axis=2, keepdims=True)
        mix = np.where(totals > 0, volumes / np.where(totals > 0, totals, 1.0), 0.0)
        return {
            "flows": self.fold(self.fold(base.flows, 0), 1)[:, :, self.columns],
            "imports": self.fold(self.fold(base.imports, 1), 2),
            "import_mix": mix[:, :, self.columns],
            "exports": self.fold(base.exports, 0)[:, self.columns],
        }

    def industry(self) -> dict[str, Any]:
        """Competence and what follows from it."""
        base, rules = self.base, self.base.tables.rules()
        rest = self.rest_competence(rules["rest_of_world_competence"])
        full = self.with_rest(base.competence, rest)
        by_class = self.content(full)
        buyers = np.array([name in base.buyers for name in base.names])
        return {
            "competence": full[:, self.columns],
            "local_production_share": self.with_rest(base.local, 0.0),
            "home_share": profiles.home_shares(base.tables, full)[:, self.columns],
            "lead_years": self.with_rest(base.lead_years, base.pooled_leads)[:, self.columns],
            "content_by_class": by_class,
            "content": by_class.sum(axis=2),
            "content_levels": level_curves(base.tables),
            "strategy": self.with_rest(base.strategy, base.strategy[buyers].mean(axis=0)),
            "core": self.with_rest(base.core, False)[:, self.columns],
            "acquisition_competence": self.with_rest(
                base.acquisition, rules["acquisition_rest_of_world"]
            ),
            "protection": self.with_rest(base.protection, rules["protection_rest_of_world"]),
        }

    def rest_competence(self, beyond: float) -> Floats:
        """Competence of ROW by domain: its members' and the outside world's, by exports."""
        weights = self.base.exports[self.outside]
        levels = np.vstack([self.base.competence, np.full(len(DOMAINS), beyond)])[self.outside]
        total = weights.sum(axis=0)
        mean = (weights * levels).sum(axis=0) / np.where(total > 0, total, 1.0)
        return np.where(total > 0, mean, beyond)

    def content(self, competence: Floats) -> Floats:
        """Foreign content [E owner, D, 3, E origin] as a share of product value, diagonal 0."""
        levels = content_levels(self.base.tables, competence)[:, self.columns]
        owners = np.append(self.rows, len(self.base.names))
        mix = self.fold(self.base.origin_mix[owners], 2)
        value = levels * self.base.class_weights[self.columns]
        shares = value[:, :, :, None] * mix[:, None, :, :]
        shares[-1, :, :, -1] = 0.0
        return shares

    def programmes(self) -> tuple[Programme, ...]:
        """Memberships whose lead, member and domain are all in the scenario."""
        found = []
        for row in self.base.tables.rows("programmes_2014"):
            lead, member, domain = row["lead_iso3"], row["member_iso3"], row["domain"]
            if lead in self.nations and member in self.nations and domain in self.domains:
                units = row["planned_units_2014"]
                found.append(
                    Programme(
                        row["programme"],
                        self.domains.index(domain),
                        self.nations.index(lead),
                        self.nations.index(member),
                        row["role"],
                        is_development(row["role"]),
                        float(units) if units else 0.0,
                    )
                )
        return tuple(found)


def is_development(role: str) -> bool:
    """Whether a programme role shares development, rather than buying or building a design."""
    return "development" in role or "consortium" in role


def nation_key(iso3: str) -> int:
    """Address of a nation that does not depend on the order of nations: its letters in base 26."""
    first, second, third = (ord(letter) - ord("A") for letter in iso3)
    return (first * 26 + second) * 26 + third


def choice_weights(tables: Tables) -> Mapping[tuple[str, str], ChoiceWeight]:
    """Estimated weights by (term, sample)."""
    table = "choice_weights"
    return {
        (row["term"], row["sample"]): ChoiceWeight(
            number(row, "coefficient", table),
            number(row, "standard_error", table),
            row["grade"],
            row["source_key"],
        )
        for row in tables.rows(table)
    }
