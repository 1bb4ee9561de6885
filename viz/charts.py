"""The charts: each takes tidy frames and returns a matplotlib Figure."""

from viz.charts_bills import lever_bills
from viz.charts_burden import burden_sharing
from viz.charts_case_stages import case_stages
from viz.charts_controls import control_differences
from viz.charts_dependence import dependence
from viz.charts_effects import policy_differences, policy_matrix
from viz.charts_explain import explained_choice
from viz.charts_interactions import interaction_effects
from viz.charts_leads import order_to_delivery
from viz.charts_losses import lost_sales
from viz.charts_network import alliance_network
from viz.charts_policy_losses import policy_losses
from viz.charts_policy_paths import policy_paths
from viz.charts_portfolios import portfolios
from viz.charts_resilience import resilience_curves
from viz.charts_share import market_share, route_share
from viz.charts_shifting import burden_shifting
from viz.charts_sovereignty import sovereignty_parts
from viz.charts_strategy import strategy_shift
from viz.charts_tiers import tier_waits
from viz.charts_tradeoffs import trade_off
from viz.charts_waiting import waiting_times
from viz.hindcast import hindcast_targets

__all__ = [
    "alliance_network",
    "burden_sharing",
    "burden_shifting",
    "case_stages",
    "control_differences",
    "dependence",
    "explained_choice",
    "hindcast_targets",
    "interaction_effects",
    "lever_bills",
    "lost_sales",
    "market_share",
    "order_to_delivery",
    "policy_differences",
    "policy_losses",
    "policy_matrix",
    "policy_paths",
    "portfolios",
    "resilience_curves",
    "route_share",
    "sovereignty_parts",
    "strategy_shift",
    "tier_waits",
    "trade_off",
    "waiting_times",
]
