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
from alliance_abm.start import template
from alliance_abm.world import World, load_world

SPLIT = (0.6, 0.3, 0.1)  # of a buyer's imports in a domain between its suppliers
STRIDES = (7, 3, 5)  # buyers, domains and places step through the suppliers
STEPS = 8  # of the inversion: nearly balanced offers are enough for the clock

BY_ENTITY = (
    "region is_buyer competitor us_ally ally_since nato_since tier_one_since european five_eyes "
    "tier milex gdp equipment_share equipment_filled gdp_growth pledge_burden tied_grants "
    "local_production_share strategy acquisition_competence protection"
).split()
BY_CELL = ("threat", "exports", "competence", "home_share", "lead_years", "core", "import_mix")


class WideParameters(Parameters):
    """Parameters whose domains repeat the eight of the data."""

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
    n, known = len(rows.nations) - 1, real.row
    copies = range(known, n)
    rest = real.nations[real.row]
    keys = real.nation_keys
    size = len(real.domains)
    extra = range(size, len(rows.domains))
    return {
        "nations": (*real.nations[:known], *(f"{real.nations[rows.nations[i]]}{i}" for i in copies), rest),
        "names": (*real.names[:known], *(f"{real.names[rows.nations[i]]} {i}" for i in copies), real.names[known]),
        "nation_keys": np.r_[keys[:known], keys.max() + 1 + np.arange(len(copies)), keys[known]],
        "domains": (*real.domains, *(f"{real.domains[rows.domains[i]]}_{i}" for i in extra)),
        "domain_names": (*real.domain_names, *(f"{real.domain_names[rows.domains[i]]} {i}" for i in extra)),
        "domain_labels": (*real.domain_labels, *(f"{real.domain_labels[rows.domains[i]]} {i}" for i in extra)),
        "domain_keys": np.r_[real.domain_keys, real.domain_keys.max() + 1 + np.arange(len(extra))],
    }


class WideRuns:
    """Fresh models of one wide world; the world is prepared once."""

    def __init__(self, scenario: Scenario, nations: int, domains: int, suppliers: int) -> None:
        self.scenario = scenario
        world = wide_world(nations, domains, suppliers)
        with patch.multiple(inversion, STEPS=STEPS, AFFINITY_STEPS=STEPS):
            made = template(world, WideParameters.default(), scenario.horizon.quarters)
        self._prepared = (world, *made)

    def model(self, seed: int) -> AllianceModel:
        """A model of the wide world at its start."""
        with patch.object(model_room, "_prepared", return_value=self._prepared):
            return AllianceModel(self.scenario, rng=seed)
