"""National programmes beside buying: how long, how dear, how often in vain, by competence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alliance_abm.layout import CANCELLED, DEVELOP, LICENSED
from alliance_abm.quarters import QUARTERS_A_YEAR, Quarter
from alliance_abm.scenario import Scenario
from alliance_abm.state import ledger
from experiments.runner import replication_seed
from experiments.twins import SOURCE_OF

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

DEVELOPED, LICENCE, HOME = "developed", "licensed", "home"
CELL = ["seed", "nation", "domain"]
FIELDS = ("buyer", "domain", "route", "awarded", "first_delivery", "volume", "price", "delivered",
          "status", "initial")  # fmt: skip


def orders_of(scenario: Scenario, runs: int) -> pd.DataFrame:
    """Orders of the buyers in `runs` runs, one row each, with what their programmes cost.

    Columns beside those of the ledger: seed, nation, way (developed, home, licensed, third, us),
    years from award to first delivery (nan if none), failed, and for programmes `development`
    (million US$ in all, overrun and failure included) and the nation's competence at the award.
    """
    from alliance_abm.model import AllianceModel

    frames = []
    for run in range(runs):
        model = AllianceModel(scenario, rng=replication_seed(scenario.seed, run))
        frames.append(_orders(model).assign(seed=run))
    return pd.concat(frames, ignore_index=True)


def _orders(model: AllianceModel) -> pd.DataFrame:
    cost, competence = _begun(model)
    rows = ledger(model.state)
    frame = pd.DataFrame({name: rows[name] for name in FIELDS})
    frame["way"] = SOURCE_OF[rows["route"]]
    frame.loc[frame["route"] == LICENSED, "way"] = LICENCE
    frame.loc[frame["route"] == DEVELOP, "way"] = DEVELOPED
    frame["development"] = pd.Series(cost, dtype=float).reindex(frame.index)
    frame["competence"] = pd.Series(competence, dtype=float).reindex(frame.index)
    frame["failed"] = frame["status"] == CANCELLED
    waited = (frame["first_delivery"] - frame["awarded"]) / QUARTERS_A_YEAR
    frame["years"] = waited.where(frame["first_delivery"] >= 0)
    frame["nation"] = np.array(model.world.nations)[frame["buyer"]]
    return frame[(frame["initial"] == 0) & model.world.is_buyer[frame["buyer"]]]


def _begun(model: AllianceModel) -> tuple[dict[int, float], dict[int, float]]:
    """Run a model to its end; cost and competence by ledger row of each programme."""
    cost: dict[int, float] = {}
    competence: dict[int, float] = {}
    while model.running:
        model.step()
        cells = model.state.cells
        for b, d in np.argwhere(cells["programme"] >= 0):
            row = int(cells["programme"][b, d])
            if row not in cost:
                cost[row] = float(cells["programme_left"][b, d])
                competence[row] = float(cells["competence"][b, d])
    return cost, competence


def waits(orders: pd.DataFrame, last_award: str) -> pd.DataFrame:
    """By way: orders, share failed or refused, quartiles of years to first delivery.

    Orders awarded to `last_award`, in the domains in which the nation began a programme by then.
    """
    early = orders[orders["awarded"] <= Quarter.parse(last_award)]
    cells = early[early["way"] == DEVELOPED][CELL].drop_duplicates()
    return _summary(early.merge(cells, on=CELL).groupby("way"))


def by_competence(orders: pd.DataFrame, last_award: str, edges: Sequence[float]) -> pd.DataFrame:
    """Programmes by competence at their award, with their cost beside buying abroad.

    `first_lot` and `all_later` are the price of a unit, development added, over the mean price
    that the nation pays abroad in the domain: development spread over the order that it was for,
    and over all units from its own line since the first delivery. Medians over programmes that
    delivered. `spent` is development of all programmes, failed ones too, over the units that came
    of them, in mean prices abroad.
    """
    found = _priced(orders, last_award)
    found["competence"] = pd.cut(found["competence"], list(edges), include_lowest=True)
    groups = found.groupby("competence", observed=True)
    table = _summary(groups).join(groups[["first_lot", "all_later"]].median())
    spent = groups["development"].sum() / groups["worth"].sum()
    return table.assign(spent=spent, programmes=groups.size())


def _summary(groups: Any) -> pd.DataFrame:
    years: pd.DataFrame = groups["years"].quantile([0.25, 0.5, 0.75]).unstack()
    years.columns = ["low", "median", "high"]
    return years.assign(n=groups.size(), failed=groups["failed"].mean())


def _priced(orders: pd.DataFrame, last_award: str) -> pd.DataFrame:
    begun = orders[(orders["way"] == DEVELOPED) & (orders["awarded"] <= Quarter.parse(last_award))]
    stood = orders[~orders["failed"]]
    abroad = stood[stood["way"].isin(["us", "third"])]
    paid = (abroad["price"] * abroad["volume"]).groupby([abroad["nation"], abroad["domain"]]).sum()
    units = abroad.groupby(["nation", "domain"])["volume"].sum()
    begun = begun.join((paid / units).rename("abroad"), on=["nation", "domain"])
    own = stood[stood["way"].isin([HOME, DEVELOPED])].groupby(CELL)
    later = []
    order: Any
    for order in begun.itertuples():
        key = (order.seed, order.nation, order.domain)
        if not order.first_delivery >= 0 or key not in own.groups:
            later.append(0.0)
            continue
        mine = own.get_group(key)
        later.append(float(mine.loc[mine["first_delivery"] >= order.first_delivery,
                                    "delivered"].sum()))  # fmt: skip
    begun = begun.assign(later=later, worth=np.array(later) * begun["abroad"])
    arrived = begun["first_delivery"] >= 0
    for name, over in (("first_lot", begun["volume"]), ("all_later", begun["later"])):
        each = (begun["price"] + begun["development"] / over) / begun["abroad"]
        begun[name] = each.where(arrived)
    return begun
