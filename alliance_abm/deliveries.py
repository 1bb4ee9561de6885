"""Who delivered how much to whom, by period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from alliance_abm.past import WINDOWS
from alliance_abm.quarters import QUARTERS_A_YEAR, Quarter

if TYPE_CHECKING:
    import pandas as pd

    from alliance_abm.model import AllianceModel

LAST_YEARS = 5  # as long as the windows of the record


def periods(quarters: int) -> dict[str, slice]:
    """The windows of the record that a run of `quarters` covers, and its last five years.

    >>> list(periods(144)), list(periods(40)), list(periods(6))
    (['2010-14', '2015-19', '2020-24', '2041-45'], ['2010-14', '2015-19'], ['2010Q1-2011Q2'])
    """
    found = {name: when for name, when in WINDOWS.items() if when.stop <= quarters}
    last = slice(max(quarters - LAST_YEARS * QUARTERS_A_YEAR, 0), quarters)
    return {**found, _label(last): last} if last not in found.values() else found


def _label(when: slice) -> str:
    start, end = Quarter(when.start), Quarter(when.stop - 1)
    if when.start % QUARTERS_A_YEAR or when.stop % QUARTERS_A_YEAR:
        return f"{start}-{end}"
    return f"{start.year}-{end.year % 100:02d}" if start.year < end.year else f"{start.year}"


def delivery_frame(model: AllianceModel) -> pd.DataFrame:
    """Deliveries across borders, without space, by period in order of time.

    Columns: period, buyer, supplier, volume (million TIV a year). Pairs without any are left out.
    """
    import pandas as pd

    names = np.array(model.world.nations)
    parts = []
    for name, when in periods(model.state.quarter).items():
        volume = model.state.flow_pair[when].sum(axis=0, dtype=float)
        np.fill_diagonal(volume, 0.0)
        years = (when.stop - when.start) / QUARTERS_A_YEAR
        buyer, supplier = np.nonzero(volume)
        values = volume[buyer, supplier] / years
        columns = {"buyer": names[buyer], "supplier": names[supplier], "volume": values}
        parts.append(pd.DataFrame({"period": name, **columns}))
    return pd.concat(parts, ignore_index=True)
