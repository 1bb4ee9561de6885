"""Outcomes on the market and its time: shares by source and route, waits, slip, case load."""

from __future__ import annotations

from alliance_abm.caseload import case_age_months, cases_a_year, partners_a_year
from alliance_abm.desks import STAGE_IDS, STAGE_NAMES
from alliance_abm.layout import COMPETITOR, DCS, DOMESTIC, FMS, FRIENDLY, HYBRID, LICENSED, POOLED
from alliance_abm.measures import mean_of
from alliance_abm.outcome import DELIVERIES, ORDERS, Outcome
from alliance_abm.shares import (
    competitor_share_of,
    friendly_share,
    route_share_abroad,
    source_share,
)
from alliance_abm.timings import (
    STAGES,
    by_route,
    by_tier,
    from_third_parties,
    from_us,
    from_us_in,
    search_years,
    slip_of,
    stage_months,
    wait_of,
)

_SHARE = "share of volume"
_VERBS = {DELIVERIES: "delivered to", ORDERS: "awarded by"}
_SOURCES = {
    "united_states": ("the United States", "bought there directly, licensed build apart"),
    "friendly": ("friendly third parties", "bought there directly, licensed build apart"),
    "competitor": ("competitors", "bought there directly"),
    "own_industry": ("own industry", "from the buyers' own lines, new programmes included"),
    "licensed": ("licensed build", "built at home under a foreign licence"),
}
_ROUTES = {
    "fms": (FMS, "FMS"),
    "dcs": (DCS, "DCS"),
    "hybrid": (HYBRID, "hybrid programmes"),
    "pooled": (POOLED, "pooled FMS"),
    "third_party_friendly": (FRIENDLY, "friendly third parties"),
    "third_party_competitor": (COMPETITOR, "competitors"),
    "licensed": (LICENSED, "licensed build"),
}
_LISTED = {("own_industry", DELIVERIES), ("licensed", DELIVERIES)}  # elsewhere in the registry
_CENSORED = "Kaplan-Meier median, what is open at the end of the run censored."
_WAITED = {
    "fms": ("FMS", by_route(FMS)),
    "dcs": ("DCS", by_route(DCS)),
    "pooled": ("pooled FMS", by_route(POOLED)),
    "hybrid": ("hybrid programmes", by_route(HYBRID)),
    "friendly": ("friendly third parties", by_route(FRIENDLY)),
    "competitor": ("competitors", by_route(COMPETITOR)),
    "domestic": ("national lines", by_route(DOMESTIC)),
    "licensed": ("licensed build", by_route(LICENSED)),
    "us_munitions": ("U.S. fires and munitions", from_us_in("fires_munitions")),
    "tier_one": ("U.S. sales to first-tier buyers", by_tier(1)),
    "tier_two": ("U.S. sales to other buyers", by_tier(2)),
}
_SELLERS = {"us": ("U.S.", from_us), "third_party": ("third-party", from_third_parties)}

MARKET = (
    *(
        Outcome(
            f"source_{source}_{clock}", f"From {name}, {clock}", _SHARE,
            f"Volume {how}, over all volume {_VERBS[clock]} the buyers, that from home included.",
            clock, False, source_share(source, clock),
        )
        for clock in (DELIVERIES, ORDERS)
        for source, (name, how) in _SOURCES.items()
        if (source, clock) not in _LISTED
    ),
    *(
        Outcome(
            f"route_{route}_{clock}", f"Route abroad: {name}, {clock}", _SHARE,
            f"Volume {_VERBS[clock]} the buyers on this route over all that crossed borders, "
            "licensed build included.",
            clock, False, route_share_abroad(code, clock),
        )
        for clock in (DELIVERIES, ORDERS)
        for route, (code, name) in _ROUTES.items()
    ),
    *(
        Outcome(
            f"friendly_share_{clock}", f"Friendly third parties' share, {clock}", _SHARE,
            "Volume of sellers other than the United States and competitors over all cross-border "
            f"volume {_VERBS[clock]} the buyers; licensed build counts with its licensor.",
            clock, False, friendly_share(clock),
        )
        for clock in (DELIVERIES, ORDERS)
    ),
    Outcome(
        "competitor_share_orders", "Competitors' share of orders", _SHARE,
        "Chinese and Russian volume over all cross-border volume awarded by the buyers.",
        ORDERS, False, competitor_share_of(ORDERS),
    ),
    *(
        Outcome(
            f"wait_years_{who}", f"Wait: {name}", "years, median",
            f"From the opening of a requirement to first delivery. {_CENSORED}",
            DELIVERIES, False, wait_of(chooses),
        )
        for who, (name, chooses) in _WAITED.items()
    ),
    *(
        Outcome(
            f"wait_years_{seller}_{stage}", f"Wait by stage, {name}: {stage}", "years, median",
            f"{words}, orders that got so far. {_CENSORED}",
            ORDERS if end == "contracted" else DELIVERIES, False, wait_of(chooses, begin, end),
        )
        for seller, (name, chooses) in _SELLERS.items()
        for stage, (words, begin, end) in STAGES.items()
        ),
    Outcome(
        "wait_years_search", "Wait by stage: search", "years, mean",
        "From the opening of a requirement to the award, what was awarded.",
        ORDERS, False, search_years,
    ),
    *(
        Outcome(
            f"fms_months_{stage}", f"FMS stage: {name}", "months, mean",
            "Time in this stage of the FMS cases contracted in the window.",
            ORDERS, False, stage_months(stage),
        )
        for stage, name in zip(STAGE_IDS, STAGE_NAMES, strict=True)
    ),
    *(
        Outcome(
            f"slip_quarters_{seller}", f"Slip, {name}", "quarters, median",
            f"From the first delivery promised at the award to the actual one; negative when "
            f"early. {_CENSORED}",
            DELIVERIES, False, slip_of(chooses),
        )
        for seller, (name, chooses) in _SELLERS.items()
    ),
    Outcome(
        "case_age_months", "Age of open cases", "months, mean",
        "Time since the request of the buyers' cases with the United States that have no contract "
        "yet, mean over cases at the ends of the years; refused cases apart.",
        ORDERS, False, case_age_months,
    ),
    Outcome(
        "cases_waiting", "Cases waiting at a desk", "cases, mean",
        "Modelled cases that wait for or are at a desk of U.S. security cooperation.",
        ORDERS, False, mean_of("waiting_cases"),
    ),
    Outcome(
        "cases_a_year", "New cases a year", "cases a year",
        "Orders of the buyers with the United States: sales on any route and licences to build.",
        ORDERS, False, cases_a_year,
    ),
    Outcome(
        "partners_a_year", "Partners with a new case", "buyers a year",
        "Buyers that begin at least one case with the United States in a year, mean over years.",
        ORDERS, False, partners_a_year,
    ),
)  # fmt: skip
