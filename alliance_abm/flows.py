"""Who buys what from whom, 2010-14: the initial flows, fitted to the published two-way tables.

The register gives importer by supplier, importer by domain and supplier by domain, not the three
together. The cube between them is found by iterative proportional fitting; importer by supplier
is met exactly. The few space deliveries of the register (100 million TIV in five years) are
spread over the other domains of their importer, because space is stylised and added on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alliance_abm.tables import Floats, Tables, cube

REST = "ROW"
OTHERS = "OTH"
WINDOWS = ("2010-14", "2015-19", "2020-24")
YEARS_PER_WINDOW = 5
SPACE = "space"


@dataclass(frozen=True, slots=True)
class Trade:
    """Volumes in million TIV a year on canonical axes.

    `importers` and `suppliers` are names in alphabetical order; the last importer is ROW.
    `pairs` [3 windows, importer, supplier] and `mix` [3, importer, domain] are the published
    tables; `exports` [supplier, domain] those of 2010-14; `flows` [importer, supplier, domain]
    the fitted cube of 2010-14 with stylised space.
    """

    importers: tuple[str, ...]
    suppliers: tuple[str, ...]
    pairs: Floats
    mix: Floats
    exports: Floats
    flows: Floats


def read_trade(
    tables: Tables,
    nations: Sequence[str],
    domains: Sequence[str],
    competitors: frozenset[str],
    us_allies: frozenset[str],
) -> Trade:
    """Published trade tables and the fitted flows for all nations of the data."""
    importers = (*sorted(nations), REST)
    suppliers = supplier_names(tables, nations)
    pairs, mix, exports = published(tables, importers, suppliers, domains)
    rules = tables.rules()
    ground = np.array([domain != SPACE for domain in domains])
    flows = np.zeros((len(importers), len(suppliers), len(domains)))
    flows[:, :, ground] = fit_flows(
        pairs[0],
        mix[0][:, ground],
        exports[:, ground],
        rules["mix_padding"],
        int(rules["fitting_rounds"]),
    )
    space = space_imports(tables, importers, suppliers, pairs[0], competitors, us_allies)
    flows[:, :, ~ground] = space[:, :, None]
    exports[:, ~ground] = space.sum(axis=0)[:, None]
    return Trade(importers, suppliers, pairs, mix, exports, flows)


def supplier_names(tables: Tables, nations: Sequence[str]) -> tuple[str, ...]:
    """All nations and named suppliers in alphabetical order, last the unnamed small ones."""
    named = set(nations)
    for table in ("supplier_shares", "supplier_domain_shares"):
        named |= {row["supplier_iso3"] for row in tables.rows(table)}
    return (*sorted(named - {OTHERS, REST}), OTHERS)


def published(
    tables: Tables, importers: Sequence[str], suppliers: Sequence[str], domains: Sequence[str]
) -> tuple[Floats, Floats, Floats]:
    """The three two-way tables a year: pairs and mix by window, exports of 2010-14."""
    importer = {name: i for i, name in enumerate(importers)}
    supplier = {name: i for i, name in enumerate(suppliers)}
    window = {name: i for i, name in enumerate(WINDOWS)}
    domain = {name: i for i, name in enumerate(domains)}
    first = {WINDOWS[0]: 0}
    asked = {
        "supplier_shares": {
            "window": window,
            "importer_iso3": importer,
            "supplier_iso3": supplier,
        },
        "importer_domain_mix": {"window": window, "importer_iso3": importer, "domain": domain},
        "supplier_domain_shares": {"window": first, "supplier_iso3": supplier, "domain": domain},
    }
    pairs, mix, exports = (
        cube(tables.rows(table), axes, "tiv_millions", table) / YEARS_PER_WINDOW
        for table, axes in asked.items()
    )
    return pairs, mix, exports[0]


def fit_flows(pairs: Floats, mix: Floats, exports: Floats, padding: float, rounds: int) -> Floats:
    """Cube [importer, supplier, domain] with exact importer-supplier sums.

    Args:
        pairs: importer by supplier, the margin that is met exactly.
        mix: importer by domain; rescaled to the importer's total in `pairs`.
        exports: supplier by domain; a supplier's empty cells belong to the last row, the
            suppliers too small to be published there.
        padding: part of each mix and profile taken from the world's.
        rounds: number of fitting rounds.
    """
    totals = pairs.sum(axis=1, keepdims=True)
    world = mix.sum(axis=0) / mix.sum()
    target_mix = padded(mix, world, padding) * totals
    cube_ = padded(mix, world, padding)[:, None, :] * padded(exports, world, padding)[None, :, :]
    cube_ = cube_ * (pairs > 0)[:, :, None]
    listed = exports > 0
    target_exports = exports * (pairs.sum() / exports.sum())
    small = ~listed
    small[-1] = True
    for _ in range(rounds):
        cube_ *= ratio(target_mix, cube_.sum(axis=1))[:, None, :]
        sold = cube_.sum(axis=0)
        factor = np.where(listed, ratio(target_exports, sold), 1.0)
        rest = ratio(target_exports[-1], np.where(small, sold, 0.0).sum(axis=0))
        factor = np.where(small, rest[None, :], factor)
        cube_ *= factor[None, :, :]
        cube_ *= ratio(pairs, cube_.sum(axis=2))[:, :, None]
    return cube_


def padded(rows: Floats, world: Floats, padding: float) -> Floats:
    """Each row as shares, mixed with the world's; an empty row takes the world's."""
    totals = rows.sum(axis=1, keepdims=True)
    own = np.where(totals > 0, rows / np.where(totals > 0, totals, 1.0), world)
    return (1.0 - padding) * own + padding * world


def ratio(target: Floats, value: Floats) -> Floats:
    """target / value, 1 where there is nothing to scale."""
    return np.where(value > 0, target / np.where(value > 0, value, 1.0), 1.0)


def space_imports(
    tables: Tables,
    importers: Sequence[str],
    suppliers: Sequence[str],
    pairs: Floats,
    competitors: frozenset[str],
    us_allies: frozenset[str],
) -> Floats:
    """Stylised space imports [importer, supplier]: a stated share of each import volume.

    Nobody imports from itself, U.S. allies do not buy from competitors, and what is left is
    shared out anew.
    """
    share = {row["supplier_iso3"]: float(row["share"]) for row in tables.rows("space_shares")}
    share[OTHERS] = share.pop(REST)
    out = np.zeros((len(importers), len(suppliers)))
    for i, importer in enumerate(importers):
        barred = {importer} | (competitors if importer in us_allies else frozenset())
        weights = np.array([share.get(s, 0.0) if s not in barred else 0.0 for s in suppliers])
        out[i] = weights / weights.sum()
    return out * pairs.sum(axis=1, keepdims=True) * tables.rules()["space_import_share"]
