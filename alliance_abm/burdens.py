"""Burden sharing and burden shifting: who pays, who benefits, who would do without U.S. stock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_abm.datafiles import buyer_names, nation_regions, regions
from alliance_abm.recorder import nation_column

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

Floats = NDArray[np.float64]
QUARTERS_PER_YEAR = 4
FEWEST_RANKED = 3  # two are always in one order or the other


def buyer_regions() -> tuple[str, ...]:
    """Regions of the data that have allied or partner buyers."""
    inside = {nation_regions()[iso3] for iso3 in buyer_names()}
    return tuple(region for region in regions() if region in inside)


def burden_concordance(model: AllianceModel, when: slice) -> float:
    """Spearman correlation over buyers of the share of spending with the share of benefits."""
    buyers = model.world.is_buyer
    return rank_correlation(
        spending_shares(model, when)[buyers], benefit_shares(model, when)[buyers]
    )


def spending_shares(model: AllianceModel, when: slice) -> Floats:
    """Each entity's share of the buyers' military spending in the window, (E,); 0 for others."""
    spent = nation_column(model.state, "burden")[when] * gdp_by_quarter(model, when)
    return _shares(spent.sum(axis=0), model)


def benefit_shares(model: AllianceModel, when: slice) -> Floats:
    """Each entity's share of the benefits of defence among the buyers, (E,); 0 for others.

    The mean of its share of GDP, what there is to protect, and its share of capability targets
    weighted by threat (mean over domains), how much it has to fear.
    """
    threat = model.script.threat[when].mean(axis=2)
    exposed = nation_column(model.state, "target")[when] * threat
    wealth = _shares(gdp_by_quarter(model, when).sum(axis=0), model)
    return (wealth + _shares(exposed.sum(axis=0), model)) / 2


def gdp_by_quarter(model: AllianceModel, when: slice) -> Floats:
    """GDP a year, million US$, by quarter of the window and entity, (Q, E)."""
    return model.outside.gdp[:, np.arange(when.start, when.stop) // QUARTERS_PER_YEAR].T


def _shares(values: Floats, model: AllianceModel) -> Floats:
    mine = np.where(model.world.is_buyer, values, 0.0)
    return np.asarray(mine / mine.sum()) if mine.sum() > 0.0 else mine


def rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman correlation, equals sharing their mean rank; NaN for fewer than three or all equal.

    >>> rank_correlation([1.0, 2.0, 30.0], [0.1, 0.2, 0.3]), rank_correlation([1, 2], [1, 2])
    (1.0, nan)
    """
    if len(one) < FEWEST_RANKED:
        return float("nan")
    ranks = np.array([_ranks(np.asarray(values, float)) for values in (one, other)])
    ranks -= ranks.mean(axis=1, keepdims=True)
    spread = float(np.sqrt((ranks**2).sum(axis=1).prod()))
    return float((ranks[0] * ranks[1]).sum() / spread) if spread > 0.0 else float("nan")


def _ranks(values: Floats) -> Floats:
    """Rank of each value, the number below it and half of those equal to it."""
    below = (values[:, None] > values[None, :]).sum(axis=1)
    equal = (values[:, None] == values[None, :]).sum(axis=1)
    return np.asarray(below + equal / 2)


def investment_share(model: AllianceModel, when: slice) -> float:
    """The buyers' share of what they and the United States paid for equipment in the window."""
    paid = nation_column(model.state, "spending")
    spent = paid[when.stop - 1] - (paid[when.start - 1] if when.start > 0 else 0.0)
    allied = float(spent[model.world.is_buyer].sum())
    total = allied + float(spent[model.world.usa])
    return allied / total if total > 0.0 else float("nan")


def region_share(region: str) -> Callable[[AllianceModel, slice], float]:
    """Measure: share of the region's targets met by stock that is not of U.S. origin.

    As the window ends; NaN where the world has no buyers in the region.
    """

    def measure(model: AllianceModel, when: slice) -> float:
        buyers = region_buyers(model, region)
        last = when.stop - 1
        met = nation_column(model.state, "met_without_us")[last, buyers].sum()
        target = nation_column(model.state, "target")[last, buyers].sum()
        return float(met / target) if target > 0.0 else float("nan")

    return measure


def region_buyers(model: AllianceModel, region: str) -> NDArray[np.bool_]:
    """Which entities are buyers of the region, (E,)."""
    world = model.world
    of_region = np.array([world.regions[index] == region for index in world.region])
    return np.asarray(of_region & world.is_buyer)


def met_without_us(
    stock: Floats, target: Floats, usa: int, us_content: Floats | None = None
) -> Floats:
    """Target that each nation meets by stock not of U.S. origin, (E,), in capability units.

    Args:
        stock: by holder, domain and origin, (E, D, E).
        target: by holder and domain, (E, D).
        usa: index of the United States.
        us_content: U.S. share, 0-1, of the value of what each nation makes, (E, D); it counts as
            U.S. stock. Default none.
    """
    others = np.ones(target.shape) if us_content is None else 1.0 - us_content
    others[usa] = 0.0
    held = np.einsum("bdo,od->bd", stock, others)
    return np.asarray(np.minimum(target, held).sum(axis=1))


def development_spending(model: AllianceModel, when: slice) -> float:
    """Measure: what the buyers paid for national and co-operative development, a year."""
    paid = _paid(model, when, "developed")[model.world.is_buyer].sum()
    return float(paid * QUARTERS_PER_YEAR / (when.stop - when.start))


def production_share_allied(model: AllianceModel, when: slice) -> float:
    """Measure: the buyers' share of the volume that they and the United States made."""
    return _allied_part(model, model.state.flow_pair[when].sum(axis=(0, 1), dtype=float))


def _paid(model: AllianceModel, when: slice, name: str) -> Floats:
    paid = nation_column(model.state, name)
    return np.asarray(paid[when.stop - 1] - (paid[when.start - 1] if when.start > 0 else 0.0))


def _allied_part(model: AllianceModel, values: Floats) -> float:
    """The buyers' part of what they and the United States have together; NaN of nothing."""
    allied = float(values[model.world.is_buyer].sum())
    total = allied + float(values[model.world.usa])
    return allied / total if total > 0.0 else float("nan")


def gap_inequality(model: AllianceModel, when: slice) -> float:
    """Measure: Gini coefficient over the buyers of their gap-years in the window."""
    return gini(nation_column(model.state, "gap")[when][:, model.world.is_buyer].sum(axis=0))


def gini(values: Floats) -> float:
    """Gini coefficient: 0 when all are alike, towards 1 when one has everything; NaN of nothing.

    >>> gini(np.array([1.0, 1.0])), gini(np.array([0.0, 0.0, 0.0, 1.0]))
    (0.0, 0.75)
    """
    n, total = len(values), float(values.sum())
    if not total > 0.0:
        return float("nan")
    ranks = 2 * np.arange(1, n + 1) - n - 1
    return float((ranks * np.sort(values)).sum() / (n * total))
