"""Outcomes on pooled buys and co-operative programmes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from alliance_abm.groups import HAPPENINGS
from alliance_abm.layout import FORMING, POOLED
from alliance_abm.outcome import ORDERS, Outcome
from alliance_abm.quarters import QUARTERS_A_YEAR
from alliance_abm.state import ledger

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel


def _count(model: AllianceModel, when: slice, *names: str) -> float:
    columns = [HAPPENINGS.index(name) for name in names]
    return float(model.state.flow_agreements[when][:, columns].sum())


def a_year(name: str) -> Callable[[AllianceModel, slice], float]:
    """Measure: how often something happened in agreements, a year."""

    def measure(model: AllianceModel, when: slice) -> float:
        return _count(model, when, name) * QUARTERS_A_YEAR / (when.stop - when.start)

    return measure


def share(part: str, *whole: str) -> Callable[[AllianceModel, slice], float]:
    """Measure: how often one thing happened over how often all of some did; NaN without any."""

    def measure(model: AllianceModel, when: slice) -> float:
        total = _count(model, when, *whole)
        return _count(model, when, part) / total if total > 0.0 else float("nan")

    return measure


def saved_by_pools(domain: str | None = None) -> Callable[[AllianceModel, slice], float]:
    """Measure: what pooled lots save of the price, by volume; NaN where nothing was pooled."""

    def measure(model: AllianceModel, when: slice) -> float:
        rows = ledger(model.state)
        inside = (rows["awarded"] >= when.start) & (rows["awarded"] < when.stop)
        inside &= (rows["route"] == POOLED) & (rows["status"] > FORMING)
        if domain is not None:
            names = model.world.domains
            inside &= rows["domain"] == (names.index(domain) if domain in names else -1)
        volume = float(rows["volume"][inside].sum())
        saved = float((rows["volume"] * rows["share"])[inside].sum())
        return saved / volume if volume > 0.0 else float("nan")

    return measure


AGREEMENTS = (
    Outcome(
        "pools_a_year", "Pooled buys", "pools a year",
        "Pools of two or more buyers that concluded.",
        ORDERS, False, a_year("pools_formed"),
    ),
    Outcome(
        "pool_members", "Members of a pool", "buyers",
        "Buyers that concluded a pool over the pools concluded.",
        ORDERS, False, share("pool_members", "pools_formed"),
    ),
    Outcome(
        "pool_saving", "Saved by pooling", "share of price",
        "Share of the price that pooled lots save, by volume of the orders awarded.",
        ORDERS, False, saved_by_pools(),
    ),
    Outcome(
        "pool_saving_munitions", "Saved by pooling munitions", "share of price",
        "The same in long-range fires and munitions.",
        ORDERS, False, saved_by_pools("fires_munitions"),
    ),
    Outcome(
        "holdout_share", "Hold-outs", "share of those who joined",
        "Buyers that left a forming pool to buy alone over those who left, who found nobody and "
        "who concluded.",
        ORDERS, False, share("holdouts", "holdouts", "pools_alone", "pool_members"),
    ),
    Outcome(
        "programmes_a_year", "Co-operative programmes", "programmes a year",
        "Programmes whose research began.",
        ORDERS, False, a_year("programmes_begun"),
    ),
    Outcome(
        "dropouts_a_year", "Drop-outs", "partners a year",
        "Partners that left a programme in research.",
        ORDERS, False, a_year("dropouts"),
    ),
    Outcome(
        "disputes_a_year", "Disputes", "disputes a year",
        "Disputes that stopped the work of a programme.",
        ORDERS, False, a_year("disputes"),
    ),
    Outcome(
        "conversions_a_year", "Pools that went on as programmes", "members a year",
        "Members of a pool that stayed together as a programme.",
        ORDERS, False, a_year("conversions"),
    ),
)  # fmt: skip
