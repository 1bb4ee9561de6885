"""Made-up comparisons and the charts that the app draws of them, for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
from comparison_tables import made

from experiments.comparison import Comparison
from viz.app.chart import Chart
from viz.app.outcome_charts import FOLLOW, OUTCOME_CHARTS, outcome_chart
from viz.policy_view import BASELINE, View

QUARTER = "2031Q2"


def whole(policies: int = 3, runs: int = 12, **more: Any) -> Comparison:
    """A made-up comparison with the shares of other sources, of routes and of regions too."""
    found = made(policies, runs=runs, **more)
    us = found.series[found.series["outcome"] == "share_delivered"]
    rest = 1.0 - us["value"]
    parts = [
        found.series,
        us.assign(entity="friendly", value=0.75 * rest),
        us.assign(entity="competitor", value=0.25 * rest),
        us.assign(entity="fms", outcome="route_share_delivered", value=0.6 * us["value"]),
        us.assign(entity="pooled", outcome="route_share_delivered", value=0.4 * us["value"]),
        us.assign(entity="domestic", outcome="route_share_delivered", value=rest),
        us.assign(entity="europe", outcome="met_without_us"),
        us.assign(entity="africa", outcome="met_without_us", value=0.5 * us["value"]),
    ]
    return replace(found, series=pd.concat(parts, ignore_index=True))


def without_policies() -> Comparison:
    """Runs of the baseline alone, as while playing."""
    found = whole(1)
    tables = {name: (table := getattr(found, name))[table["policy"] == BASELINE]
              for name in ("series", "outcomes", "stages", "tiers", "lost")}  # fmt: skip
    return replace(found, policies=(), differences=found.differences.iloc[:0], **tables)


CASES: dict[str, Callable[[], Comparison]] = {
    "one policy": partial(whole, 1),
    "three policies": partial(whole, 3),
    "six policies": partial(whole, 6, draws=5),
    "placebo": partial(whole, 1, zero=True),
    "a single pair": partial(whole, 3, runs=1),
    "a few pairs": partial(whole, 2, runs=3),
    "no policy": without_policies,
    "hardly a table": partial(made, 2, drop=["stages", "tiers", "lost", "series"]),
}


@cache
def view_of(case: str) -> View:
    return View.of(CASES[case]())


@cache
def drawn(case: str, at: str | None = None) -> dict[str, Chart]:
    """Every chart of a case."""
    if at is None:
        return {name: outcome_chart(name, view_of(case)) for name in OUTCOME_CHARTS}
    timed = {name: outcome_chart(name, view_of(case), at=at) for name in FOLLOW}
    return {**drawn(case), **timed}


def texts(value: Any) -> Iterator[str]:
    """Every text in an option."""
    if isinstance(value, dict):
        yield from (text for one in value.values() for text in texts(one))
    elif isinstance(value, list):
        yield from (text for one in value for text in texts(one))
    elif isinstance(value, str):
        yield value


def series_of(chart: Chart, ident: str) -> dict[str, Any]:
    return next(one for one in chart.option["series"] if one.get("id") == ident)


def cube(found: Comparison, policy: str, entity: str, outcome: str) -> np.ndarray:
    """Values (runs, quarters) of the table, in per cent."""
    table = found.series
    mine = (table["policy"] == policy) & (table["entity"] == entity)
    rows = table[mine & (table["outcome"] == outcome)]
    return 100.0 * rows.pivot(index="replication", columns="quarter", values="value").to_numpy()
