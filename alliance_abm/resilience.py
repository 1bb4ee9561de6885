"""Resilience: what is left of capability when a supplier, or an origin of parts, is removed.

The run is forked with the same random numbers, the supplier is removed in one fork, and stocks
are compared quarter by quarter.  Removed is what it sells (nominal: nothing of its make is
delivered or sustained) and, adjusted for content, also the parts it makes of the products of
others, which then are neither made nor sustained.  A removed nation goes on for itself; it is
not counted among those who lose it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_abm.layout import PARTS, PRODUCTS
from alliance_abm.quarters import Quarter
from alliance_abm.recorder import NATION_PANEL
from alliance_abm.removal import take_out
from alliance_abm.state import State

if TYPE_CHECKING:
    import pandas as pd

    from alliance_abm.model import AllianceModel

Floats = NDArray[np.float64]
DATE = Quarter.parse("2035Q4")
YEAR = 4  # quarters
FOLLOWED = 20  # quarters
RECOVERED = 0.95
SUPPLIER, ORIGIN = "supplier", "origin"
CONTENT, NOMINAL = "content", "nominal"
PARTNERS, UNITED_STATES = "partners", "united_states"
BITS = {
    (SUPPLIER, CONTENT): PRODUCTS | PARTS,
    (SUPPLIER, NOMINAL): PRODUCTS,
    (ORIGIN, CONTENT): PARTS,
}
WORST = 3  # holders that are named
KEPT, HOLDER = "kept_", "year_"  # columns by quarter, and by holder after a year
_STOCK = NATION_PANEL.index("stock")


@dataclass(frozen=True, slots=True)
class Removal:
    """Stocks with and without a supplier or origin, by quarter and entity, (quarters, E)."""

    entity: str
    kind: str
    with_it: Floats
    without: Floats

    def kept(self, holders: NDArray[np.bool_]) -> Floats:
        """Share of their capability that some holders together keep, by quarter."""
        whole = self.with_it[:, holders].sum(axis=1)
        left = self.without[:, holders].sum(axis=1)
        return np.divide(left, whole, out=np.full_like(whole, np.nan), where=whole > 0.0)


def stocks(state: State, start: int) -> Floats:
    """Capability by quarter from `start` on and entity, (quarters, E), as recorded."""
    return np.asarray(state.nation_panel[start : state.quarter, :, _STOCK], float)


def future(
    model: AllianceModel, bare: State, quarters: int, row: int = -1, bits: int = 0
) -> Floats:
    """Stocks of the next quarters of a bare copy of a state, as `stocks` gives them.

    With `bits`, entity `row` is removed first. The bare copy stays as it is.
    """
    state = bare.grown(bare.quarter + quarters)
    if bits:
        take_out(state, row, bits)
    return stocks(model.ahead(state, quarters), bare.quarter)


def quarters_left(model: AllianceModel, quarters: int) -> int:
    """How many of `quarters` the horizon leaves; ValueError when none."""
    state = model.state
    left = min(quarters, model.scenario.horizon.quarters - state.quarter)
    if left < 1:
        raise ValueError(
            f"quarters is {quarters}, and the run is at {Quarter(state.quarter)} with its horizon "
            f"ending {model.scenario.horizon.end}; at least one quarter is needed"
        )
    return left


def remove(
    model: AllianceModel, supplier: str, quarters: int = FOLLOWED, kind: str = SUPPLIER
) -> Removal:
    """Remove a supplier, or with kind `origin` the parts it makes, now; the model is not moved.

    `quarters` are followed, or as many as the horizon leaves. ValueError for an unknown name.
    """
    row, quarters = model.world.nation_index(supplier), quarters_left(model, quarters)
    bare = model.state.bare_copy()
    with_it = future(model, bare, quarters)
    without = future(model, bare, quarters, row, BITS[kind, CONTENT])
    return Removal(supplier, kind, with_it, without)


def resilience_frame(
    model: AllianceModel,
    suppliers: Sequence[str] | None = None,
    origins: Sequence[str] = (),
    quarters: int = FOLLOWED,
    nominal: bool = True,
) -> pd.DataFrame:
    """One row a removal and holder: the partners, and the United States.

    Args:
        model: a run that stands where the removal strikes; it is not moved.
        suppliers: iso3 codes; default every nation, unless only origins are given.
        origins: iso3 codes of origins of parts.
        quarters: how long is followed, at most what the horizon leaves.
        nominal: also what goes with the products alone, after a year.

    Columns: kind, entity, holder; kept (after a year), trough, trough_quarter (from 1), recovery
    (quarters until RECOVERED is held for good; as long as is followed when it never is),
    recovered; nominal (kept by seller, missing for origins), worst (partners that keep least);
    kept_1, kept_2, … by quarter; and year_POL, … what each partner keeps after a year.
    ValueError for an unknown name.
    """
    import pandas as pd

    if suppliers is None:
        suppliers = () if origins else model.world.nations[: model.world.row]
    quarters, bare = quarters_left(model, quarters), model.state.bare_copy()
    with_it = future(model, bare, quarters)
    rows: list[dict[str, object]] = []
    for kind, names in ((SUPPLIER, suppliers), (ORIGIN, origins)):
        for name in names:
            row = model.world.nation_index(name)
            without = future(model, bare, quarters, row, BITS[kind, CONTENT])
            found, by_seller = Removal(name, kind, with_it, without), None
            if nominal and kind == SUPPLIER:
                year = with_it[:YEAR]
                without = future(model, bare, len(year), row, BITS[SUPPLIER, NOMINAL])
                by_seller = Removal(name, kind, year, without)
            rows += _rows(model, found, by_seller)
    return pd.DataFrame(rows)


def _rows(
    model: AllianceModel, found: Removal, nominal: Removal | None
) -> Iterator[dict[str, object]]:
    for holder, who in holders(model, found.entity).items():
        if not who.any():
            continue
        curve = found.kept(who)
        yield {
            "kind": found.kind,
            "entity": found.entity,
            "holder": holder,
            **summary(curve),
            "nominal": float(nominal.kept(who)[-1]) if nominal else float("nan"),
            "worst": worst(model, found, who) if holder == PARTNERS else "",
            **{f"{KEPT}{n + 1}": float(value) for n, value in enumerate(curve)},
            **(year_by_holder(model, found, who) if holder == PARTNERS else {}),
        }


def holders(model: AllianceModel, without: str) -> dict[str, NDArray[np.bool_]]:
    """Who loses a supplier, as masks (E,): the partners, and the United States; not itself."""
    world = model.world
    others = np.array(world.nations) != without
    usa = np.arange(len(world.nations)) == world.usa
    return {PARTNERS: world.is_buyer & others, UNITED_STATES: usa & others}


def summary(curve: Floats) -> dict[str, float | bool]:
    """What is kept after a year, the trough, and the time to recover, of a curve by quarter.

    >>> found = summary(np.array([0.97, 0.9, 0.8, 0.85, 0.96, 0.99]))
    >>> found["kept"], found["trough"], found["trough_quarter"], found["recovery"]
    (0.85, 0.8, 3, 4)
    """
    low = np.flatnonzero(curve < RECOVERED)
    recovery = int(low[-1]) + 1 if len(low) else 0
    return {
        "kept": float(curve[min(YEAR, len(curve)) - 1]),
        "trough": float(curve.min()),
        "trough_quarter": int(curve.argmin()) + 1,
        "recovery": recovery,
        "recovered": recovery < len(curve),
    }


def worst(model: AllianceModel, found: Removal, who: NDArray[np.bool_]) -> str:
    """The holders that keep least after a year, with what they keep: `EGY 0.61, POL 0.70`."""
    kept = year_by_holder(model, found, who)
    first = sorted(kept, key=lambda name: kept[name])[:WORST]
    return ", ".join(f"{name.removeprefix(HOLDER)} {kept[name]:.2f}" for name in first)


def year_by_holder(
    model: AllianceModel, found: Removal, who: NDArray[np.bool_]
) -> dict[str, float]:
    """What each of some holders keeps after a year, as columns `year_POL`."""
    at = min(YEAR, len(found.with_it)) - 1
    whole, left = found.with_it[at], found.without[at]
    rows = np.flatnonzero(who & (whole > 0.0))
    return {f"{HOLDER}{model.world.nations[row]}": float(left[row] / whole[row]) for row in rows}


def n1(model: AllianceModel, when: slice) -> float:
    """Measure: capability that the partners keep four quarters after losing the United States."""
    return _kept_from_date(model, model.world.usa, model.world.is_buyer)


def n1_us(model: AllianceModel, when: slice) -> float:
    """Measure: what the United States keeps four quarters after losing its largest origin."""
    if model.kept is None:
        return float("nan")
    origin = largest_origin(model, model.kept)
    usa = np.arange(len(model.world.nations)) == model.world.usa
    return _kept_from_date(model, origin, usa)


def largest_origin(model: AllianceModel, state: State) -> int:
    """The nation from which most of the U.S. stock comes, by content, as last counted."""
    exposed = state.pairs["exposed"][model.world.usa].copy()
    exposed[[model.world.usa, model.world.row]] = -1.0
    return int(exposed.argmax())


def _kept_from_date(model: AllianceModel, row: int, who: NDArray[np.bool_]) -> float:
    """Share kept after a year without `row` from DATE on; NaN in a run that ends sooner."""
    if model.kept is None or model.state.quarter < DATE + YEAR:
        return float("nan")
    others = who & (np.arange(len(who)) != row)
    with_it = model.state.nation_panel[DATE + YEAR - 1, others, _STOCK].sum(dtype=float)
    left = future(model, model.kept, YEAR, row, PRODUCTS | PARTS)[-1, others].sum()
    return float(left / with_it) if with_it > 0.0 else float("nan")
