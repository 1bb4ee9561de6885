"""The charts of outcomes by name, for menus and for taking all of them away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from alliance_abm.outcome import ORDERS
from viz.app.chart import Chart
from viz.app.options.effects import effects_chart
from viz.app.options.losses import losses_chart
from viz.app.options.paths import difference_chart, level_chart
from viz.app.options.regions import regions_chart
from viz.app.options.shares import routes_chart, sources_chart
from viz.app.options.tradeoff import trade_off_chart
from viz.app.options.waits import stages_chart, tiers_chart
from viz.policy_view import View

Draw = Callable[[View, str | None, str | None], Chart]  # view, policy looked at, quarter
TRADE_OFF = ("leak_exposure", "fms_months_to_contract")

OUTCOME_CHARTS: Mapping[str, tuple[str, Draw]] = MappingProxyType(
    {
        "us_share": ("U.S. market share", lambda view, only, at: level_chart(
            view, "us_share_deliveries", at)),
        "us_share_change": ("Change of the U.S. market share", lambda view, only, at: (
            difference_chart(view, "us_share_deliveries", at))),
        "sources": ("Market share by source", lambda view, only, at: sources_chart(
            view, only=only, at=at)),
        "routes": ("Market share by route", lambda view, only, at: routes_chart(
            view, only=only, at=at)),
        "routes_orders": ("Orders by route", lambda view, only, at: routes_chart(
            view, ORDERS, only, at)),
        "burden_sharing": ("Burden sharing: allied capability", lambda view, only, at: level_chart(
            view, "allied_capability_share", at)),
        "burden_shifting": ("Burden shifting by region", lambda view, only, at: regions_chart(
            view, only, at)),
        "effects": ("All headlines", lambda view, only, at: effects_chart(view)),
        "stages": ("Waiting by stage", lambda view, only, at: stages_chart(view)),
        "tiers": ("Who waits longer", lambda view, only, at: tiers_chart(view)),
        "trade_off": ("Trade-off", lambda view, only, at: trade_off_chart(view, *TRADE_OFF)),
        "losses": ("Sales lost by cause", lambda view, only, at: losses_chart(view)),
    }
)  # fmt: skip

FOLLOW = frozenset(  # those that change with the quarter; the others need be made once
    {"us_share", "us_share_change", "sources", "routes", "routes_orders", "burden_sharing",
     "burden_shifting"}
)  # fmt: skip


def outcome_chart(name: str, view: View, only: str | None = None, at: str | None = None) -> Chart:
    """One chart of OUTCOME_CHARTS; KeyError for an unknown name."""
    return OUTCOME_CHARTS[name][1](view, only, at)
