"""What was waited for, as small tables: days by stage, and life tables from one date to another.

A life table counts, for orders that began in the same year, how many reached the end after so
many quarters and how many were still open when the run ended, so that medians and survival curves
can be taken without the ledger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alliance_abm.desks import STAGE_IDS
from alliance_abm.layout import CANCELLED
from alliance_abm.quarters import FIRST_YEAR, QUARTERS_A_YEAR
from alliance_abm.routes import ROUTES
from alliance_abm.state import ledger

if TYPE_CHECKING:
    import pandas as pd

    from alliance_abm.model import AllianceModel

REQUEST, CONTRACT = "request", "contract"


def stage_frame(model: AllianceModel) -> pd.DataFrame:
    """Days spent in each stage by the buyers' cases that were contracted.

    Columns: route, year (of the contract), stage (an id of STAGE_IDS), orders, days (their sum).
    Orders placed before the start are left out.
    """
    import pandas as pd

    chosen = _placed(model) & (ledger(model.state)["contracted"] >= 0)
    chosen &= model.world.is_buyer[ledger(model.state)["buyer"]]
    rows = ledger(model.state)[chosen]
    frame = pd.DataFrame({"route": _route_ids()[rows["route"]], "year": _year(rows["contracted"])})
    days = model.state.stage_days[: len(chosen)][chosen]
    parts = [
        frame.assign(stage=stage, orders=1, days=days[:, index].astype(np.int64))
        for index, stage in enumerate(STAGE_IDS)
    ]
    tidy = pd.concat(parts, ignore_index=True)
    return tidy.groupby(["route", "year", "stage"], as_index=False)[["orders", "days"]].sum()


def wait_frame(model: AllianceModel) -> pd.DataFrame:
    """Life tables of two waits for a first delivery, over years with a beginning.

    Clock `request`: the buyers' orders by route, from the opening of the requirement, without
    orders that ended without a contract. Clock `contract`: orders of all nations abroad by
    supplier, from the contract, in the years that are on record. Orders placed before the start
    are left out of both.

    Columns: clock, group (route id or supplier iso3), year (of the beginning), quarters (waited),
    delivered (False: still open at the end of the run), orders, volume.
    """
    import pandas as pd

    rows, world = ledger(model.state), model.world
    contracted = rows["contracted"] >= 0
    refused = (rows["status"] == CANCELLED) & ~contracted
    asked = _placed(model) & world.is_buyer[rows["buyer"]] & ~refused
    recorded = _year(rows["contracted"]) <= world.years[-1]
    abroad = rows["supplier"] != rows["buyer"]
    signed = _placed(model) & abroad & contracted & recorded
    suppliers = np.array(world.nations)
    parts = [
        _life_table(REQUEST, _route_ids()[rows["route"]], rows, "requested", asked, model),
        _life_table(CONTRACT, suppliers[rows["supplier"]], rows, "contracted", signed, model),
    ]
    return pd.concat(parts, ignore_index=True)


def _life_table(
    clock: str,
    groups: NDArray[np.str_],
    rows: NDArray[np.void],
    start: str,
    chosen: NDArray[np.bool_],
    model: AllianceModel,
) -> pd.DataFrame:
    import pandas as pd

    mine = rows[chosen]
    began = mine[start].astype(np.int64)
    delivered = mine["first_delivery"] >= 0
    end = np.where(delivered, mine["first_delivery"], model.state.quarter)
    frame = pd.DataFrame(
        {
            "clock": clock,
            "group": groups[chosen],
            "year": _year(began),
            "quarters": end - began,
            "delivered": delivered,
            "orders": 1,
            "volume": mine["volume"],
        }
    )
    keys = ["clock", "group", "year", "quarters", "delivered"]
    return frame.groupby(keys, as_index=False)[["orders", "volume"]].sum()


def _placed(model: AllianceModel) -> NDArray[np.bool_]:
    """Rows of the ledger that were requested in the run."""
    return np.asarray(ledger(model.state)["initial"] == 0)


def _year(quarters: NDArray[np.int64]) -> NDArray[np.int64]:
    return FIRST_YEAR + quarters.astype(np.int64) // QUARTERS_A_YEAR


def _route_ids() -> NDArray[np.str_]:
    return np.array([route.id for route in ROUTES])
