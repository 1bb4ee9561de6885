"""Measures of the United States as buyer, of allied plants there, and of innovations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alliance_abm.recorder import column, nation_column
from alliance_abm.state import ledger

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

QUARTERS_PER_YEAR = 4.0


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0.0 else float("nan")


def us_allied_share(model: AllianceModel, when: slice) -> float:
    """Measure: share of the volume delivered to the United States that its allies made."""
    usa = model.world.usa
    volume = model.state.flow_pair[when, usa].sum(axis=0, dtype=float)
    allied = model.world.us_ally.copy()
    allied[usa] = False
    return _ratio(volume[allied].sum(), volume.sum())


def us_gap_years(model: AllianceModel, when: slice) -> float:
    """Measure: sum over the window of the share of U.S. targets not covered by stock, in years."""
    return float(column(model.state, "us_gap")[when].sum() / QUARTERS_PER_YEAR)


def us_foreign_dependence(model: AllianceModel, when: slice) -> float:
    """Measure: share of the U.S. stock that comes from abroad by content, mean over the window."""
    return float(nation_column(model.state, "dependence")[when, model.world.usa].mean())


def us_price_paid(model: AllianceModel, when: slice) -> float:
    """Measure: price of U.S. awards in the window, by volume; the reference price of 2010 = 1."""
    rows = ledger(model.state)
    inside = (rows["awarded"] >= when.start) & (rows["awarded"] < when.stop)
    rows = rows[inside & (rows["buyer"] == model.world.usa) & (rows["initial"] == 0)]
    reference = float(model.state.nations["price_start"][model.world.usa])
    money = float((rows["volume"] * rows["price_quoted"]).sum())
    return _ratio(money, float(rows["volume"].sum()) * reference)


def foreign_owned_share(model: AllianceModel, when: slice) -> float:
    """Measure: allied plants' part of the capacity in the United States, mean over the window."""
    plants = column(model.state, "plant_capacity")[when]
    output, used = (column(model.state, name)[when] for name in ("us_output", "us_output_share"))
    lines = output.sum() / used.mean() if used.mean() > 0.0 else 0.0
    return _ratio(plants.sum(), plants.sum() + lines)


def innovations_a_year(model: AllianceModel, when: slice) -> float:
    """Measure: innovations that arrived in the buyers' industries, a year."""
    counted = column(model.state, "innovations")
    before = counted[when.start - 1] if when.start > 0 else 0.0
    return float(counted[when.stop - 1] - before) * QUARTERS_PER_YEAR / (when.stop - when.start)
