"""What the data say, as tidy frames to draw beside the model."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alliance_abm.datafiles import DOMAINS, nation_names, rows
from alliance_abm.past import WINDOWS
from alliance_abm.quarters import FIRST_YEAR, QUARTERS_A_YEAR
from alliance_abm.world import World
from experiments.targets import Target, read_targets

COMPETITOR, FRIENDLY, UNITED_STATES = "competitor", "friendly", "USA"
SHARE_TARGETS = {
    UNITED_STATES: "us_share_deliveries",
    COMPETITOR: "competitor_share_deliveries",
}
LEAD_TARGET = "order_to_delivery_years:"
FMS_TARGET = "fms_months_request_to_contract"
YEARS_DELIVERED = (
    (1, "cum_share_first_delivery_by_1y"),
    (2, "by_2y"),
    (3, "by_3y"),
    (4, "by_4y"),
    (5, "by_5y"),
    (6, "by_6y"),
)


def source_of(world: World) -> dict[str, str]:
    """Nation to the source it counts as: USA, competitor or friendly."""
    found = dict.fromkeys(world.nations, FRIENDLY)
    for row in np.flatnonzero(world.competitor):
        found[world.nations[row]] = COMPETITOR
    return {**found, world.nations[world.usa]: UNITED_STATES}


def period_shares(deliveries: pd.DataFrame, world: World) -> pd.DataFrame:
    """Shares of what the buyers import, by source: replication, period, entity, value."""
    buyers = [name for name, buys in zip(world.nations, world.is_buyer, strict=True) if buys]
    rows_ = deliveries[deliveries["buyer"].isin(buyers)]
    rows_ = rows_.assign(entity=rows_["supplier"].map(source_of(world)))
    keys = ["replication", "period"]
    volumes = rows_.pivot_table(
        index=keys, columns="entity", values="volume", aggfunc="sum", fill_value=0.0, sort=False
    ).reindex(columns=[UNITED_STATES, FRIENDLY, COMPETITOR], fill_value=0.0)
    shares = volumes.div(volumes.sum(axis=1), axis=0)
    return shares.melt(ignore_index=False).reset_index()


def recorded_shares(world: World) -> pd.DataFrame:
    """Recorded shares by window and source: window, start, end, entity, value, low, high.

    The record is of all domains but space together. Bands are those of the calibration targets;
    they hold for the buyers and domains of the whole world only.
    """
    whole = set(nation_names()) <= set(world.nations) and set(DOMAINS) <= set(world.domains)
    targets = {(target.id, target.window): target for target in read_targets()} if whole else {}
    sources = np.array(list(source_of(world).values()))
    found = []
    for place, (window, when) in enumerate(WINDOWS.items()):
        volume = world.imports[place][world.is_buyer].sum(axis=0)
        for entity in (UNITED_STATES, FRIENDLY, COMPETITOR):
            target = targets.get((SHARE_TARGETS.get(entity, ""), window))
            found.append(
                {
                    "window": window,
                    "start": FIRST_YEAR + when.start / QUARTERS_A_YEAR,
                    "end": FIRST_YEAR + when.stop / QUARTERS_A_YEAR,
                    "entity": entity,
                    "value": volume[sources == entity].sum() / max(volume.sum(), 1e-9),
                    "low": np.nan if target is None else target.low,
                    "high": np.nan if target is None else target.high,
                }
            )
    return pd.DataFrame(found)


def recorded_burdens(world: World) -> pd.DataFrame:
    """Military spending over GDP of the buyers by year: entity, year, burden, gdp (US$ bn)."""
    frames = [
        pd.DataFrame(
            {
                "entity": world.nations[row],
                "year": world.years,
                "burden": world.milex[row] / world.gdp[row],
                "gdp": world.gdp[row],
            }
        )
        for row in np.flatnonzero(world.is_buyer)
    ]
    return pd.concat(frames, ignore_index=True)


def lead_targets() -> dict[str, Target]:
    """Targets of contract to first delivery by supplier."""
    return {
        target.id.removeprefix(LEAD_TARGET): target
        for target in read_targets()
        if target.id.startswith(LEAD_TARGET)
    }


def recorded_fulfilment() -> pd.DataFrame:
    """Share of recorded orders with a first delivery so many years on.

    Columns: supplier (`ALL` is all of them), first_year and last_year of the orders, years, value.
    Orders of all kinds count alike.
    """
    found = [
        {
            "supplier": row["supplier_iso3"],
            "first_year": int(row["order_cohort"].split("-")[0]),
            "last_year": int(row["order_cohort"].split("-")[1]),
            "years": years,
            "value": float(row[column]),
        }
        for row in rows("delivery_lags.csv")
        if row["class"] == "all_platforms"
        for years, column in YEARS_DELIVERED
        if row[column]
    ]
    return pd.DataFrame(found)


def fms_months() -> Target:
    """The recorded months from request to contract of Foreign Military Sales."""
    return next(target for target in read_targets() if target.id == FMS_TARGET)
