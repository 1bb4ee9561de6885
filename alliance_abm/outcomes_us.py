"""Outcomes on the United States as a buyer, on shared standards and on innovation."""

from __future__ import annotations

from alliance_abm.interoperability import interoperability
from alliance_abm.outcome import DELIVERIES, ORDERS, STOCK, Outcome
from alliance_abm.us_measures import (
    foreign_owned_share,
    innovations_a_year,
    us_allied_share,
    us_foreign_dependence,
    us_gap_years,
    us_price_paid,
)

SHARE = "share of volume"

ACQUISITION = (
    Outcome(
        "us_allied_share", "Allied share of U.S. acquisitions", SHARE,
        "Volume made by U.S. allies over all volume delivered to the United States.",
        DELIVERIES, False, us_allied_share,
    ),
    Outcome(
        "us_gap_years", "U.S. capability gap", "years at full gap",
        "Sum over quarters of the share of U.S. target not covered by U.S. stock, mean over "
        "domains, in years.",
        STOCK, False, us_gap_years,
    ),
    Outcome(
        "us_foreign_dependence", "U.S. dependence on others", "share of stock",
        "Share of the U.S. stock that comes from abroad by content, mean.",
        STOCK, False, us_foreign_dependence,
    ),
    Outcome(
        "us_price_paid", "Price the United States pays", "reference price of 2010 = 1",
        "Price of U.S. awards by volume, with integration and design for export.",
        ORDERS, False, us_price_paid,
    ),
    Outcome(
        "foreign_owned_capacity", "Foreign-owned capacity in the United States",
        "share of capacity", "Capacity of allied plants in the United States over that and the "
        "capacity of U.S. lines.",
        STOCK, False, foreign_owned_share,
    ),
    Outcome(
        "interoperability", "Interoperability", "share of equipment",
        "Overlap by supplier of what a buyer and its allies received in the window, and of the "
        "rest what both built to common standards; mean over allies by tie and buyers by volume.",
        DELIVERIES, False, interoperability,
    ),
    Outcome(
        "innovations", "Innovations", "a year",
        "Innovations that arrived in the buyers' industries.",
        STOCK, False, innovations_a_year,
    ),
)  # fmt: skip
