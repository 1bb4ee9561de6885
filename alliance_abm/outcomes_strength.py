"""Outcomes on strength: resilience, who carries development and production, the U.S. base."""

from __future__ import annotations

from alliance_abm import resilience
from alliance_abm.burdens import (
    development_spending,
    gap_inequality,
    production_share_allied,
)
from alliance_abm.measures import mean_of
from alliance_abm.outcome import DELIVERIES, ORDERS, STOCK, Outcome
from alliance_abm.us_base import line_concentration, surge_ratio

_WITHOUT = (
    "relative to the same run without that; nothing it makes is delivered, released, built in or "
    "sustained. Not known in runs that end sooner."
)

RESILIENCE = (
    Outcome(
        "n1_resilience", "Kept without the U.S.", "share of stock",
        "Capability that the buyers keep four quarters after the United States is removed as a "
        f"supplier in {resilience.DATE}, {_WITHOUT}",
        STOCK, True, resilience.n1,
    ),
    Outcome(
        "n1_resilience_us", "U.S. kept without its largest origin", "share of stock",
        "Capability that the United States keeps four quarters after the nation from which most "
        f"of its stock comes, by content, is removed in {resilience.DATE}, {_WITHOUT}",
        STOCK, False, resilience.n1_us,
    ),
)  # fmt: skip

STRENGTH = (
    Outcome(
        "development_spending", "Allied development spending", "US$ million (2024) a year",
        "What the buyers paid for national and co-operative programmes. What the United States "
        "spends on its own development is not in the model.",
        DELIVERIES, False, development_spending,
    ),
    Outcome(
        "production_share_allied", "Allied share of production", "share of volume",
        "Volume delivered by sellers among the buyers, at home and abroad, over theirs and that of "
        "the United States; licensed build counts with its licensor, space is not counted.",
        DELIVERIES, False, production_share_allied,
    ),
    Outcome(
        "us_hot_lines", "Hot U.S. lines", "share of lines",
        "U.S. lines at or above their sustaining rate over all that are open, mean.",
        STOCK, False, mean_of("us_hot_lines"),
    ),
    Outcome(
        "us_surge_ratio", "U.S. surge ratio", "share of output",
        "What U.S. lines could make beyond their output within a year, from idle capacity and "
        "from capacity that is ready by then, over that output.",
        STOCK, False, surge_ratio,
    ),
    Outcome(
        "us_line_hhi", "Concentration of lines that arm the U.S.", "Herfindahl, 0-1",
        "Sum over lines of their squared share of what the United States ordered in a domain, "
        "mean over domains by volume.",
        ORDERS, False, line_concentration,
    ),
    Outcome(
        "gap_inequality", "Inequality of gaps", "Gini, 0-1",
        "Gini coefficient over the buyers of their gap-years, each the mean over its domains.",
        STOCK, False, gap_inequality,
    ),
)  # fmt: skip
