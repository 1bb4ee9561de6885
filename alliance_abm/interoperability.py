"""Interoperability: how far what a buyer fields works with what its allies field.

For a buyer and an ally, equipment works together where it has one origin: the overlap of their
deliveries of the window by supplier, the sum of the smaller of the two shares. Of the rest that
part works together that both have built to common standards, the smaller of the two shares of
stock. Allies count by their tie (`ties.py`), buyers by their volume; domains are taken together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_abm.recorder import nation_column

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

Floats = NDArray[np.float64]


def interoperability(model: AllianceModel, when: slice) -> float:
    """Measure: share, 0 to 1; NaN where no buyer with a tie received anything."""
    volume = model.state.flow_pair[when].sum(axis=0, dtype=float)
    total = volume.sum(axis=1)
    fielded = total > 0.0
    ties = model.outside.ties * model.outside.allied * fielded[None, :]
    weight = np.where(model.world.is_buyer & (ties.sum(axis=1) > 0.0), total, 0.0)
    if weight.sum() <= 0.0:
        return float("nan")
    together = working_together(
        volume / np.maximum(total, 1e-9)[:, None],
        nation_column(model.state, "compliant")[when].mean(axis=0),
    )
    of_nation = (ties * together).sum(axis=1) / np.maximum(ties.sum(axis=1), 1e-9)
    return float(np.average(of_nation, weights=weight))


def working_together(shares: Floats, compliant: Floats) -> Floats:
    """Part of two nations' equipment that works together, (E, E).

    `shares` (E, E) are those of each nation's deliveries by supplier, `compliant` (E,) the share of
    its stock built to common standards.
    """
    overlap = np.array([np.minimum(shares, one).sum(axis=1) for one in shares])
    both = np.minimum(compliant[:, None], compliant[None, :])
    return np.asarray(overlap + (1.0 - overlap) * both)
