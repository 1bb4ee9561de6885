"""The quarterly record: world measures and nation measures, and the ledger as a tidy frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from alliance_abm.causes import CAUSES
from alliance_abm.kernels import njit
from alliance_abm.layout import CLOSED, HOT, PIPELINE_QUARTERS
from alliance_abm.routes import ROUTES
from alliance_abm.state import State, ledger

if TYPE_CHECKING:
    import pandas as pd

    from alliance_abm.model import AllianceModel

QUARTERS_PER_YEAR: Final = 4
PANEL = (
    "allied_stock",
    "us_stock",
    "gap",
    "us_cost",
    "us_output",
    "us_export_backlog",
    "us_export_capacity",
    "us_output_share",
    "staff",
    "open_cases",
    "waiting_cases",
    "searches",
    "us_hot_lines",  # share of the U.S. lines that work
    "us_spare",  # what U.S. lines could make beyond this quarter's output within a year
    "leak_exposure",
    "leaks",
    "incidents",
    "us_edge",
    "trusted",
    "conditions_begun",
    "policy_paid_us",
    "policy_paid_partners",
    "us_gap",  # mean over domains
    "plant_capacity",  # of allies in the United States, a quarter
    "innovations",  # of the buyers, so far
)
NATION_PANEL = (
    "burden",
    "stock",
    "target",
    "spending",
    "lapsed",
    "met_without_us",
    "developed",
    "competence",  # mean over domains by target
)
STANDING = (  # fields of a nation as they stand
    "sovereignty",
    "core",
    "diversification",
    "dependence",
    "concentration",
    "nominal_dependence",
    "nominal_concentration",
    "us_dependence",
    "nominal_us_dependence",
    "balance",
    "compliant",
)
NEEDS = ("gap",)  # mean over domains of the share of target not covered
BELIEFS = ("us_trust",)  # reliability that the nation believes of the United States
NATION_MEASURES = (*NATION_PANEL, *STANDING, *NEEDS, *BELIEFS)
SMALLEST = 1e-9


def record(state: State) -> None:
    """Write this quarter's rows."""
    s = state
    _record(
        s.quarter, s.nations, s.cells, s.stock, s.lines, s.pipeline, s.desks, s.office, s.counts,
        s.panel, s.nation_panel,
    )  # fmt: skip
    usa = int(s.nations["united_states"].argmax())
    kept, broken = s.pairs["kept"][:, usa], s.pairs["broken"][:, usa]
    s.nation_panel[s.quarter, :, -1] = kept / np.maximum(kept + broken, SMALLEST)


@njit(cache=True)
def _record(
    quarter, nations, cells, by_origin, lines, pipeline, desks, office, counts, panel,
    nation_panel,
):  # fmt: skip
    allied, us, gap, counted, searches = 0.0, 0.0, 0.0, 0, 0
    us_gap, us_counted, plants = 0.0, 0, 0.0
    usa = 0
    while nations["united_states"][usa] == 0:
        usa += 1
    for b in range(cells.shape[0]):
        stock, target, met, able = 0.0, 0.0, 0.0, 0.0
        short, wanted = 0.0, 0
        for d in range(cells.shape[1]):
            others = cells["stock"][b, d] - by_origin[b, d, usa]
            met += min(cells["target"][b, d], others)
            stock += cells["stock"][b, d]
            target += cells["target"][b, d]
            able += cells["target"][b, d] * cells["competence"][b, d]
            if cells["target"][b, d] > 0.0:
                uncovered = max(0.0, 1.0 - cells["stock"][b, d] / cells["target"][b, d])
                short, wanted = short + uncovered, wanted + 1
                if nations["is_buyer"][b] == 1:
                    gap += uncovered
                    counted += 1
            plants += cells["plant"][b, d] * cells["plant_capacity"][b, d]
            if b == usa and cells["target"][b, d] > 0.0:
                us_gap += max(0.0, 1.0 - cells["stock"][b, d] / cells["target"][b, d])
                us_counted += 1
            if nations["is_buyer"][b] == 1:
                searches += cells["open"][b, d]
        if nations["is_buyer"][b] == 1:
            allied += stock
        elif nations["united_states"][b] == 1:
            us += stock
        nation_panel[quarter, b, 0] = nations["burden_paid"][b]
        nation_panel[quarter, b, 1] = stock
        nation_panel[quarter, b, 2] = target
        nation_panel[quarter, b, 3] = nations["paid"][b]
        nation_panel[quarter, b, 4] = nations["lapsed"][b]
        nation_panel[quarter, b, 5] = met
        nation_panel[quarter, b, 6] = nations["developed"][b]
        nation_panel[quarter, b, 7] = able / max(target, 1e-9)
        nation_panel[quarter, b, 8] = nations["sovereignty"][b]
        nation_panel[quarter, b, 9] = nations["core"][b]
        nation_panel[quarter, b, 10] = nations["diversification"][b]
        nation_panel[quarter, b, 11] = nations["dependence"][b]
        nation_panel[quarter, b, 12] = nations["concentration"][b]
        nation_panel[quarter, b, 13] = nations["nominal_dependence"][b]
        nation_panel[quarter, b, 14] = nations["nominal_concentration"][b]
        nation_panel[quarter, b, 15] = nations["us_dependence"][b]
        nation_panel[quarter, b, 16] = nations["nominal_us_dependence"][b]
        nation_panel[quarter, b, 17] = nations["balance"][b]
        nation_panel[quarter, b, 19] = short / max(wanted, 1)
        nation_panel[quarter, b, 18] = nations["compliant"][b]
    panel[quarter, 0], panel[quarter, 1] = allied, us
    panel[quarter, 2] = gap / max(counted, 1)
    cost, output, backlog, abroad, capacity = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(lines)):
        if nations["united_states"][lines["owner"][i]] == 1:
            made = lines["output_home"][i] + lines["output_export"][i]
            cost += lines["unit_cost"][i] * (made - lines["saved"][i])
            output += made
            backlog += lines["backlog_export"][i]
            abroad += lines["capacity_export"][i]
            capacity += lines["capacity_home"][i] + lines["capacity_export"][i]
    panel[quarter, 3], panel[quarter, 4] = cost, output
    panel[quarter, 5], panel[quarter, 6] = backlog, abroad
    panel[quarter, 7] = output / max(capacity, 1e-9)
    panel[quarter, 8] = office["experts"][0] + office["novices"][0]
    panel[quarter, 9] = counts[1]
    for k in range(len(desks)):
        panel[quarter, 10] += desks["waiting"][k]
    panel[quarter, 11] = searches
    panel[quarter, 22] = us_gap / max(us_counted, 1)
    panel[quarter, 23], panel[quarter, 24] = plants, office["innovations"][0]
    _record_base(quarter, nations, lines, pipeline, panel)


@njit(cache=True)
def _record_base(quarter, nations, lines, pipeline, panel):
    """How many U.S. lines are hot, and what all of them could add within a year."""
    hot, working, spare = 0, 0, 0.0
    for i in range(len(lines)):
        if nations["united_states"][lines["owner"][i]] == 0 or lines["status"][i] == CLOSED:
            continue
        working += 1
        hot += lines["status"][i] == HOT
        spare += lines["capacity_home"][i] + lines["capacity_export"][i]
        spare -= lines["output_home"][i] + lines["output_export"][i]
        for ahead in range(1, QUARTERS_PER_YEAR + 1):
            slot = (quarter + ahead) % PIPELINE_QUARTERS
            spare += pipeline[i, 0, slot] + pipeline[i, 1, slot]
    panel[quarter, 12], panel[quarter, 13] = hot / max(working, 1), spare


def column(state: State, name: str) -> NDArray[np.float64]:
    """One world measure by quarter."""
    return np.asarray(state.panel[: state.quarter, PANEL.index(name)])


def nation_column(state: State, name: str) -> NDArray[np.float64]:
    """One nation measure by quarter and entity."""
    index = NATION_MEASURES.index(name)
    return np.asarray(state.nation_panel[: state.quarter, :, index], float)


def trailing(values: NDArray[Any], quarters: int = 4) -> NDArray[np.float64]:
    """Sum over the last ``quarters`` quarters along the first axis, shorter at the start."""
    total = np.cumsum(values, axis=0, dtype=float)
    total[quarters:] -= total[:-quarters].copy()
    return total


STATUS_NAMES = (
    "free", "development", "forming", "research", "following", "administration", "contracting",
    "order book", "delivered", "cancelled",
)  # fmt: skip


def orders_frame(model: AllianceModel) -> pd.DataFrame:
    """The ledger: one row per order, quarters as labels (blank where not reached).

    Orders under way at the start carry ``initial`` and quarters before 2010 as numbers below 0.
    Days by stage are columns ``days_*``; ``part`` is 1 for the second order of a split award,
    ``lost_by`` the cause that lost the sale to the United States (blank if it did not).
    """
    import pandas as pd

    from alliance_abm.desks import STAGE_IDS

    rows = ledger(model.state)
    names = np.array(model.world.nations)
    domains = np.array(model.world.domains)
    routes = np.array([route.id for route in ROUTES])
    causes = np.array([*(cause.id for cause in CAUSES), ""])  # code -1 is the last
    frame = pd.DataFrame(
        {
            "order": np.arange(len(rows)),
            "buyer": names[rows["buyer"]],
            "supplier": names[rows["supplier"]],
            "route": routes[rows["route"]],
            "domain": domains[rows["domain"]],
            "volume": rows["volume"],
            "delivered_volume": rows["delivered"],
            "price_quoted": rows["price_quoted"],
            "price": rows["price"],
            "status": np.array(STATUS_NAMES)[rows["status"]],
            "initial": rows["initial"] == 1,
            "tied_grant": rows["tied"] == 1,
            "part": rows["part"].astype(np.int64),
            "lost_by": causes[rows["lost_by"]],
            "cause_decided": rows["decided"] == 1,
        }
    )
    for name in ("requested", "awarded", "contracted", "promised", "first_delivery", "completed"):
        frame[f"{name}_quarter"] = rows[name].astype(np.int64)
    stages = model.state.stage_days[: len(rows)]
    for index, stage in enumerate(STAGE_IDS):
        frame[f"days_{stage}"] = stages[:, index]
    frame["days_administration"] = np.where(
        rows["contracted"] >= 0, rows["arrived_day"] - rows["request_day"], -1
    )
    return frame
