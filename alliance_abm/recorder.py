"""The quarterly panel of headline measures."""

from __future__ import annotations

import numpy as np
from numba import njit

from alliance_abm.state import State

PANEL = (
    "allied_stock",
    "us_stock",
    "gap",
    "us_unit_cost",
    "us_unit_volume",
    "orders_opened",
    "us_backlog",
    "us_capacity",
    "staff",
    "productivity",
    "cases_waiting",
    "orders_open",
)


def record(state: State) -> None:
    """Write this quarter's row of the panel."""
    _record(
        state.quarter, state.nations, state.cells, state.lines, state.desks, state.office,
        state.counts, state.panel,
    )  # fmt: skip


@njit(cache=True)
def _record(quarter, nations, cells, lines, desks, office, counts, panel):
    allied, us, gap, cells_counted = 0.0, 0.0, 0.0, 0
    for b in range(cells.shape[0]):
        for d in range(cells.shape[1]):
            if nations["is_buyer"][b] == 1:
                allied += cells["stock"][b, d]
                if cells["target"][b, d] > 0.0:
                    gap += max(0.0, 1.0 - cells["stock"][b, d] / cells["target"][b, d])
                    cells_counted += 1
            elif nations["united_states"][b] == 1:
                us += cells["stock"][b, d]
    cost, volume, backlog, capacity = 0.0, 0.0, 0.0, 0.0
    for i in range(len(lines)):
        if nations["united_states"][lines["owner"][i]] == 1:
            output = lines["output_home"][i] + lines["output_export"][i]
            cost += lines["unit_cost"][i] * output
            volume += output
            backlog += lines["backlog_export"][i]
            capacity += lines["capacity_export"][i]
    waiting = 0.0
    for k in range(len(desks)):
        waiting += desks["waiting"][k]
    panel[quarter, 0] = allied
    panel[quarter, 1] = us
    panel[quarter, 2] = gap / max(cells_counted, 1)
    panel[quarter, 3] = cost
    panel[quarter, 4] = volume
    panel[quarter, 5] = 0.0
    panel[quarter, 6] = backlog
    panel[quarter, 7] = capacity
    panel[quarter, 8] = office["experts"][0] + office["novices"][0]
    panel[quarter, 9] = office["productivity"][0]
    panel[quarter, 10] = waiting
    panel[quarter, 11] = counts[1]


def column(state: State, name: str) -> np.ndarray:
    """One measure of the panel by quarter."""
    return np.asarray(state.panel[:, PANEL.index(name)])
