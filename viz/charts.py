"""The charts: each takes tidy frames and returns a matplotlib Figure."""

from viz.charts_burden import burden_sharing
from viz.charts_controls import control_differences
from viz.charts_explain import explained_choice
from viz.charts_leads import order_to_delivery
from viz.charts_network import alliance_network
from viz.charts_share import market_share, route_share
from viz.charts_waiting import waiting_times
from viz.hindcast import hindcast_targets

__all__ = [
    "alliance_network",
    "burden_sharing",
    "control_differences",
    "explained_choice",
    "hindcast_targets",
    "market_share",
    "order_to_delivery",
    "route_share",
    "waiting_times",
]
