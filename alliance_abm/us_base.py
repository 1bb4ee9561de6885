"""Health of the U.S. industrial base: what works, what could be added, how few lines arm it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from alliance_abm.recorder import column
from alliance_abm.state import ledger

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel


def surge_ratio(model: AllianceModel, when: slice) -> float:
    """Measure: output that could be added within a year over present output, U.S. lines."""
    spare, output = column(model.state, "us_spare")[when], column(model.state, "us_output")[when]
    return float(spare.sum() / output.sum()) if output.sum() > 0.0 else float("nan")


def line_concentration(model: AllianceModel, when: slice) -> float:
    """Measure: Herfindahl of the lines that the United States ordered from, mean over domains.

    By volume awarded in the window; a domain counts by its volume. Wherever the lines stand.
    """
    rows, usa = ledger(model.state), model.world.usa
    mine = (rows["buyer"] == usa) & (rows["awarded"] >= when.start) & (rows["awarded"] < when.stop)
    rows = rows[mine & (rows["initial"] == 0)]
    lines = model.state.lines
    by_line = np.bincount(rows["line"], rows["volume"], len(lines))
    domain = np.bincount(lines["domain"], by_line, len(model.world.domains))
    squares = np.bincount(lines["domain"], by_line**2, len(model.world.domains))
    some = domain > 0.0
    if not some.any():
        return float("nan")
    return float((squares[some] / domain[some]).sum() / domain.sum())
