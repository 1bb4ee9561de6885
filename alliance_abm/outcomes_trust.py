"""Outcomes on the security of technology, on trust, and on what policies cost."""

from __future__ import annotations

from alliance_abm.measures import a_year, mean_of
from alliance_abm.outcome import DELIVERIES, STOCK, Outcome

TRUST = (
    Outcome(
        "incidents", "Technology incidents", "incidents a year",
        "Serious incidents drawn with U.S. technology held abroad; none before the year from "
        "which they are drawn.",
        STOCK, False, a_year("incidents"),
    ),
    Outcome(
        "us_edge", "U.S. technology edge", "technology level, 0-1",
        "Level of U.S. products less that of the best competitor's, mean over domains.",
        STOCK, False, mean_of("us_edge"),
    ),
    Outcome(
        "trusted_members", "Members of the trusted circle", "nations, mean",
        "Buyers that the United States trusts under a standing exemption.",
        STOCK, False, mean_of("trusted"),
    ),
    Outcome(
        "suspensions", "Suspensions of deliveries", "suspensions a year",
        "Suspensions by a supplier that begin by chance; scripted ones apart.",
        DELIVERIES, False, a_year("conditions_begun"),
    ),
    Outcome(
        "policy_cost_us", "Cost of policies: United States", "US$ million (2024) a year",
        "What the United States paid from its equipment money for running policies.",
        STOCK, False, a_year("policy_paid_us"),
    ),
    Outcome(
        "policy_cost_partners", "Cost of policies: buyers", "US$ million (2024) a year",
        "What the buyers paid from their equipment money for running policies, all together.",
        STOCK, False, a_year("policy_paid_partners"),
    ),
)  # fmt: skip
