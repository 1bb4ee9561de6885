"""Foreign content: which part of a product comes from which other nation, by component class.

Level: a class is foreign to the degree its owner lacks competence in the domain,
`level_at_one + (level_at_zero - level_at_one) * (1 - competence) ** exponent` (grade C).
Composition: engines from the imported engines of 2000-14, electronics from the world's exports of
ISR and C2, energetics from those of fires and munitions, 2010-14.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from alliance_abm.flows import REST, Trade
from alliance_abm.tables import Floats, Tables, cube, number

CLASSES = ("engine", "electronics", "energetics")
PERCENT = 100.0
EXPORTS_STAND_FOR = {"electronics": "isr_c2", "energetics": "fires_munitions"}


def content_levels(tables: Tables, competence: Floats) -> Floats:
    """Foreign share of each class [owner, domain, 3] from competence [owner, domain]."""
    levels = np.zeros((*competence.shape, len(CLASSES)))
    for k, (top, bottom, exponent) in enumerate(level_curves(tables)):
        levels[:, :, k] = bottom + (top - bottom) * (1.0 - competence) ** exponent
    return levels


def level_curves(tables: Tables) -> Floats:
    """By class [3, 3]: foreign share at no competence, at full competence, exponent."""
    names = ("level_at_zero", "level_at_one", "exponent")
    axes = {
        "component_class": {name: i for i, name in enumerate(CLASSES)},
        "coefficient": {name: i for i, name in enumerate(names)},
    }
    return cube(tables.rows("foreign_content"), axes, "value", "foreign_content")


def class_weights(tables: Tables, domains: Sequence[str]) -> Floats:
    """Share of product value [domain, 3] of the three component classes."""
    return cube(
        tables.rows("component_weights"),
        {
            "domain": {domain: i for i, domain in enumerate(domains)},
            "component_class": {name: i for i, name in enumerate(CLASSES)},
        },
        "share_of_product_value",
        "component_weights",
    )


def origin_mix(
    tables: Tables,
    trade: Trade,
    names: Sequence[str],
    domains: Sequence[str],
    barred: Mapping[str, frozenset[str]],
) -> Floats:
    """Composition of foreign content [owner, 3, origin], each row summing to 1.

    Owners and origins are `names` and last the rest of the world. `barred` are the origins that
    an owner does not use unless its own register rows show them; nobody is its own origin.
    """
    axis = {name: i for i, name in enumerate((*names, REST))}
    mix = np.zeros((len(axis), len(CLASSES), len(axis)))
    mix[:, 0] = engine_mix(tables, axis, barred)
    for name, like in EXPORTS_STAND_FOR.items():
        k, domain = CLASSES.index(name), list(domains).index(like)
        sold = np.zeros(len(axis))
        for supplier, volume in zip(trade.suppliers, trade.exports[:, domain], strict=True):
            sold[axis.get(supplier, axis[REST])] += volume
        for owner, i in axis.items():
            mix[i, k] = without(sold, axis, barred.get(owner, frozenset()) | {owner})
    return mix


def engine_mix(
    tables: Tables, axis: Mapping[str, int], barred: Mapping[str, frozenset[str]]
) -> Floats:
    """Suppliers of imported engines [owner, origin]; without own rows the pooled world mix.

    What the listed suppliers leave of an owner's imports comes from the rest of the world.
    """
    table, rest = "engine_supplier_shares", axis[REST]
    volumes = np.zeros((len(axis), len(axis)))
    listed = np.zeros(len(axis))
    for row in tables.rows(table):
        owner = axis.get(row["producer_iso3"], rest)
        origin = axis.get(row["engine_supplier_iso3"], rest)
        volumes[owner, origin] += number(row, "tiv_millions", table)
        listed[owner] += number(row, "share_of_imported_engines_percent", table) / PERCENT
    whole = volumes.sum(axis=1) / np.where(listed > 0, np.minimum(listed, 1.0), 1.0)
    volumes[:, rest] += whole - volumes.sum(axis=1)
    pooled = volumes.sum(axis=0)
    for name, i in axis.items():
        own = volumes[i].sum() > 0 and name != REST
        barred_here: frozenset[str] = frozenset() if own else barred.get(name, frozenset())
        volumes[i] = without(volumes[i] if own else pooled, axis, barred_here | {name})
    return volumes


def without(volumes: Floats, axis: Mapping[str, int], left_out: frozenset[str]) -> Floats:
    """Shares of `volumes` after leaving some origins out."""
    kept = volumes.copy()
    for name in sorted(left_out):
        kept[axis[name]] = 0.0
    return kept / kept.sum()
