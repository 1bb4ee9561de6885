"""Worlds larger than the data: nations, domains and suppliers copied under new keys.

For the clock alone. Copies keep the figures of what they copy; imports are laid on a chosen
number of suppliers, a few for each buyer and domain, so that every supplier sells in every domain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from alliance_abm import AllianceModel, inversion
from alliance_abm import model as model_room
from alliance_abm.datafiles import DOMAINS
from alliance_abm.parameters import Parameters
from alliance_abm.scenario import Scenario
from alliance_abm.world import World, load_world

SPLIT = (0.6, 0.3, 0.1)  # of a buyer's imports in a domain between its suppliers
STRIDES = (7, 3, 5)  # buyers, domains and places step through the suppliers
STEPS = 8  # of the inversion: nearly balanced offers are enough for the clock

BY_ENTITY = (
    "region",
    "is_buyer",
    "competitor",
    "us_ally",
    "ally_since",
    "nato_since",
    "tier_one_since",
    "european",
    "five_eyes",
    "sosa",
    "rdp",
    "tier",
    "milex",
    "gdp",
    "equipment_share",
    "equipment_filled",
    "gdp_growth",
    "pledge_burden",
    "tied_grants",
    "local_production_share",
    "strategy",
    "acquisition_competence",
    "protection",
)
BY_CELL = ("threat", "exports", "competence", "home_share", "lead_years", "core", "import_mix")


@dataclass(frozen=True)
class WideParameters(Parameters):
    """Parameters whose domains repeat the eight of the data.

    `suppliers` tells worlds apart that differ in nothing else that a prepared world is kept by.
    """

    suppliers: int = 0

    def by_domain(self, domains: tuple[str, ...] | list[str] = DOMAINS) -> np.ndarray:
        """Values by domain; domain i is a copy of domain i modulo 8."""
        return super().by_domain(DOMAINS)[np.arange(len(domains)) % len(DOMAINS)]


@dataclass(frozen=True)
class Rows:
    """Rows of the data that the rows and columns of a wide world copy."""

    nations: NDArray[np.int64]  # the last is the rest of the world
    domains: NDArray[np.int64]


def wide_world(nations: int, domains: int, suppliers: int) -> World:
    """A world of so many nations and domains; `suppliers` of the nations sell in every domain.

    Raises ValueError when it would be smaller than the data, or has more suppliers than nations.
    """
    real = load_world()
    known, size = real.row, len(real.domains)
    if nations < known or domains < size or not 1 < suppliers <= nations:
        raise ValueError(
            f"{nations} nations, {domains} domains, {suppliers} suppliers; at least {known} "
            f"nations, {size} domains, and 2 to {nations} suppliers are needed"
        )
    copied = np.resize(np.flatnonzero(real.is_buyer[:known]), nations - known)
    rows = Rows(np.r_[np.arange(known), copied, real.row], np.arange(domains) % size)
    sellers = _sellers(real, nations, suppliers)
    flows = _flows(real, rows, sellers)
    competence = real.competence[np.ix_(rows.nations, rows.domains)]
    able = np.zeros(len(rows.nations), bool)
    able[sellers] = True
    limit = Parameters.default()["choice.seller_competence"]
    competence = np.where(
        able[:, None], np.maximum(competence, limit), np.minimum(competence, np.nextafter(limit, 0))
    )
    copies = _copies(real, rows)
    copies |= {"flows": flows, "exports": flows.sum(axis=0), "competence": competence}
    return replace(real, **copies, **_names(real, rows), usa=real.usa, row=nations, programmes=())


def _sellers(real: World, nations: int, suppliers: int) -> NDArray[np.int64]:
    """Rows of the suppliers: the largest sellers of the data, then copies."""
    sold = real.flows.sum(axis=(0, 2))[: real.row]
    ranked = np.argsort(-sold, kind="stable")
    return np.r_[ranked, np.arange(real.row, nations)][:suppliers]


def _flows(real: World, rows: Rows, sellers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Imports of the data, laid on a few suppliers for each buyer and domain."""
    n = len(rows.nations)
    imports = real.flows.sum(axis=1)[np.ix_(rows.nations, rows.domains)]
    flows = np.zeros((n, n, len(rows.domains)))
    by_buyer, by_domain, by_place = STRIDES
    buyers, domains = np.indices(imports.shape)
    for place, share in enumerate(SPLIT):
        step = by_buyer * buyers + by_domain * domains + by_place * place
        chosen = sellers[step % len(sellers)]
        chosen = np.where(chosen == buyers, sellers[(step + 1) % len(sellers)], chosen)
        np.add.at(flows, (buyers, chosen, domains), share * imports)
    return flows


def _copies(real: World, rows: Rows) -> dict[str, Any]:
    n = len(rows.nations)
    by_entity = {
        name: _taken(getattr(real, name), rows.nations, real.row, n - 1) for name in BY_ENTITY
    }
    by_cell: dict[str, Any] = {}
    for name in BY_CELL:
        array = getattr(real, name)
        if name == "import_mix":
            by_cell[name] = array[:, rows.nations][:, :, rows.domains]
        else:
            by_cell[name] = array[rows.nations][:, rows.domains]
    known = np.r_[np.arange(real.row), n - 1]
    content = np.zeros((n, len(rows.domains), n))
    content[:, :, known] = real.content[rows.nations][:, rows.domains]
    by_class = np.zeros((n, len(rows.domains), real.content_by_class.shape[2], n))
    by_class[..., known] = real.content_by_class[rows.nations][:, rows.domains]
    imports = np.zeros((real.imports.shape[0], n, n))
    return by_entity | by_cell | {
        "content": content, "content_by_class": by_class, "imports": imports,
    }  # fmt: skip


def _taken(array: NDArray[Any], rows: NDArray[np.int64], last: int, new_last: int) -> NDArray[Any]:
    """Rows of an array by entity; one that leaves the rest of the world out still does."""
    return array[rows] if len(array) > last else array[rows[:new_last]]


def _names(real: World, rows: Rows) -> dict[str, Any]:
    """New names and address keys for copies; the first of each keeps its own."""
    known, size = real.row, len(real.domains)
    places = [(int(row), at) for at, row in enumerate(rows.nations[:-1])][known:]
    extra = [(int(row), at) for at, row in enumerate(rows.domains)][size:]

    def lengthened(names: tuple[str, ...], copies: list[tuple[int, int]]) -> list[str]:
        return [f"{names[row]} {at}" for row, at in copies]

    found: dict[str, Any] = {
        name: (*getattr(real, name)[:known], *lengthened(getattr(real, name), places), rest)
        for name, rest in (("nations", real.nations[known]), ("names", real.names[known]))
    }
    for name in ("domains", "domain_names", "domain_labels"):
        found[name] = (*getattr(real, name), *lengthened(getattr(real, name), extra))
    nation_keys, domain_keys = real.nation_keys, real.domain_keys
    new_nations = nation_keys.max() + 1 + np.arange(len(places))
    new_domains = domain_keys.max() + 1 + np.arange(len(extra))
    found["nation_keys"] = np.r_[nation_keys[:known], new_nations, nation_keys[known]]
    found["domain_keys"] = np.r_[domain_keys, new_domains]
    return found


class WideRuns:
    """Fresh models of one wide world, made as any model is, from another world."""

    def __init__(self, scenario: Scenario, nations: int, domains: int, suppliers: int) -> None:
        self.world = wide_world(nations, domains, suppliers)
        names = {"nations": self.world.nations[:-1], "domains": self.world.domains}
        self.scenario = scenario.model_copy(
            update={
                "world": scenario.world.model_copy(update=names),
                "parameters": WideParameters(scenario.parameters.values, suppliers),
            }
        )

    def model(self, seed: int) -> AllianceModel:
        """A model of the wide world at its start."""
        with (
            patch.object(model_room, "load_world", return_value=self.world),
            patch.multiple(inversion, STEPS=STEPS, AFFINITY_STEPS=STEPS),
        ):
            return AllianceModel(self.scenario, rng=seed)
