"""Production lots: when in the year the United States contracts for its programmes of record.

A foreign order of the same product joins the next lot; one that misses it waits for the year's
next. The lot is let during one quarter of the year.
"""

from __future__ import annotations

from typing import Final

from alliance_abm.kernels import njit
from alliance_abm.layout import DAYS_PER_QUARTER

DAYS_PER_YEAR: Final = 4 * DAYS_PER_QUARTER
CLOSED_DAYS: Final = DAYS_PER_YEAR - DAYS_PER_QUARTER
MEAN_WAIT_FOR_LOT: Final = 0.5 * CLOSED_DAYS * CLOSED_DAYS / DAYS_PER_YEAR


@njit(cache=True)
def wait_for_lot(day, lot_quarter):
    """Days from ``day`` to the quarter of the year in which lots are let (0 = the first)."""
    since = (day - int(lot_quarter) * DAYS_PER_QUARTER) % DAYS_PER_YEAR
    return 0 if since < DAYS_PER_QUARTER else DAYS_PER_YEAR - since
