"""The registry of outcomes: each measure once, with name, unit and definition.

Recording, listing and charts follow from it.  Averages are taken over 2031Q1-2040Q4, or over the
reported part of a run that ends before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from alliance_abm.burdens import (
    burden_concordance,
    buyer_regions,
    investment_share,
    region_share,
)
from alliance_abm.exposure import DEPENDENCE, STRATEGIES, mean_by_nation, mean_by_stock
from alliance_abm.layout import (
    COMPETITOR,
    DCS,
    DEVELOP,
    DOMESTIC,
    FMS,
    FRIENDLY,
    LICENSED,
)
from alliance_abm.measures import (
    allied_share,
    backlog_years,
    burden_rank,
    buyer_hhi,
    competitor_share,
    fms_of_us,
    gap_years,
    mean_burden,
    mean_of,
    months,
    route_share,
    supplier_hhi,
    unit_cost,
    us_share,
    us_share_orders,
    wait,
)
from alliance_abm.outcome import DELIVERIES, ORDERS, STOCK, Outcome
from alliance_abm.outcomes_agreements import AGREEMENTS
from alliance_abm.outcomes_market import MARKET
from alliance_abm.outcomes_strength import RESILIENCE, STRENGTH
from alliance_abm.outcomes_trust import TRUST
from alliance_abm.outcomes_us import ACQUISITION
from alliance_abm.procurement import (
    COMPARED,
    development_share,
    lost_decided,
    lost_share,
    programmes_begun,
    programmes_failed,
    split_share,
)
from alliance_abm.quarters import Quarter
from alliance_abm.routes import PARTS
from alliance_abm.sovereignty import index, part_of

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

WINDOW_START = Quarter.parse("2031Q1")
WINDOW_END = Quarter.parse("2040Q4")


def window(model: AllianceModel) -> slice:
    """The quarters averaged over."""
    end = min(int(WINDOW_END) + 1, model.state.quarter)
    start = int(WINDOW_START)
    if end <= start:
        start = min(int(model.scenario.horizon.report_from), max(end - 1, 0))
    return slice(start, end)


def measure_all(model: AllianceModel) -> dict[str, float]:
    """Every outcome of a run; NaN where nothing of the kind happened."""
    return measured(model, OUTCOMES)


def measured(model: AllianceModel, ids: Iterable[str]) -> dict[str, float]:
    """Some outcomes of a run by id; NaN where nothing of the kind happened."""
    when = window(model)
    return {one: float(OUTCOMES[one].measure(model, when)) for one in ids}


_DELIVERIES, _ORDERS, _STOCK = DELIVERIES, ORDERS, STOCK
_SHARE = "share of volume"
_DEPENDENCE = {
    "dependence_nominal": "Foreign dependence by seller",
    "dependence_content": "Foreign dependence by content",
    "us_dependence_nominal": "U.S. dependence by seller",
    "us_dependence_content": "U.S. dependence by content",
}

_ALL = (
    Outcome(
        "us_share_deliveries", "U.S. market share", _SHARE,
        "U.S. volume over all cross-border volume delivered to the allied and partner buyers.",
        _DELIVERIES, True, us_share,
    ),
    Outcome(
        "allied_capability_share", "Allied share of capability", "share of stock",
        "The buyers' capability stock over theirs and that of the United States, mean.",
        _STOCK, True, allied_share,
    ),
    Outcome(
        "gap_years", "Capability gap", "years at full gap",
        "Sum over quarters of the share of target not covered by stock, mean over buyer and "
        "domain, in years.",
        _STOCK, True, gap_years,
    ),
    *RESILIENCE,
    Outcome(
        "us_unit_cost", "U.S. unit cost", "2025 = 100",
        "Unit cost of U.S. lines weighted by output, from learning and the rate of production; "
        "without the growth in cost from one generation to the next.",
        _DELIVERIES, True, unit_cost,
    ),
    Outcome(
        "leak_exposure", "Exposure to leaks", "incidents a year, weighted by sensitivity",
        "Expected, not drawn, incidents a year with U.S. technology held by the buyers and at "
        "further nodes, each weighted by the export sensitivity of its domain; mean. Its level is "
        "assumed: one serious incident in about four years.",
        _STOCK, True, mean_of("leak_exposure"),
    ),
    Outcome(
        "us_share_orders", "U.S. share of orders", _SHARE,
        "U.S. volume over all cross-border volume awarded by the buyers.",
        _ORDERS, False, us_share_orders,
    ),
    Outcome(
        "competitor_share_deliveries", "Competitors' market share", _SHARE,
        "Chinese and Russian volume over all cross-border volume delivered to the buyers.",
        _DELIVERIES, False, competitor_share,
    ),
    Outcome(
        "supplier_hhi", "Concentration of suppliers", "Herfindahl, 0-1",
        "Sum of squared supplier shares of cross-border deliveries to the buyers.",
        _DELIVERIES, False, supplier_hhi,
    ),
    Outcome(
        "buyer_hhi_median", "Concentration of a buyer's imports", "Herfindahl, 0-1",
        "Median over buyers of the sum of squared supplier shares of their imports.",
        _DELIVERIES, False, buyer_hhi,
    ),
    Outcome(
        "domestic_share", "Own industry's share", _SHARE,
        "Volume from the buyers' own lines over all volume delivered to them.",
        _DELIVERIES, False, route_share(DOMESTIC, DEVELOP),
    ),
    Outcome(
        "licensed_share", "Licensed build", _SHARE,
        "Volume built at home under a foreign licence over all volume delivered to the buyers.",
        _DELIVERIES, False, route_share(LICENSED),
    ),
    Outcome(
        "third_party_share", "Third parties' share", _SHARE,
        "Volume bought directly from third parties, friendly or competitor, over all volume "
        "delivered to the buyers.",
        _DELIVERIES, False, route_share(FRIENDLY, COMPETITOR),
    ),
    Outcome(
        "fms_share_of_us_deliveries", "FMS share of U.S. sales", _SHARE,
        "FMS volume over FMS and DCS volume delivered to the buyers; licensed build apart.",
        _DELIVERIES, False, fms_of_us,
    ),
    Outcome(
        "fms_months_to_contract", "FMS: request to contract", "months, mean",
        "From letter of request to contract, FMS cases contracted in the window.",
        _ORDERS, False, months(FMS),
    ),
    Outcome(
        "dcs_months_to_contract", "DCS: request to contract", "months, mean",
        "From the start of negotiation to contract, direct commercial sales.",
        _ORDERS, False, months(DCS),
    ),
    Outcome(
        "wait_years_us", "U.S. wait", "years, median",
        "From the opening of a requirement to first delivery, U.S. supplier; Kaplan-Meier "
        "median, open orders censored at the end of the run.",
        _DELIVERIES, False, wait(True),
    ),
    Outcome(
        "wait_years_third_party", "Third-party wait", "years, median",
        "The same for all other foreign suppliers.",
        _DELIVERIES, False, wait(False),
    ),
    Outcome(
        "us_backlog_years", "U.S. export backlog", "years of capacity",
        "Volume contracted abroad and undelivered over the yearly export capacity of U.S. lines.",
        _STOCK, False, backlog_years,
    ),
    Outcome(
        "us_utilisation", "Use of U.S. lines", "share of capacity",
        "Output of U.S. lines over their capacity, mean.",
        _DELIVERIES, False, mean_of("us_output_share"),
    ),
    Outcome(
        "open_cases", "Cases in administration", "cases, mean",
        "FMS cases, DCS licences and other contracts in negotiation, all buyers.",
        _ORDERS, False, mean_of("open_cases"),
    ),
    Outcome(
        "burden_mean", "Burden of the buyers", "share of GDP",
        "Military spending over GDP, mean over buyers weighted by GDP.",
        _STOCK, False, mean_burden,
    ),
    Outcome(
        "burden_rank_correlation", "Burden and size", "rank correlation",
        "Spearman correlation of burden with GDP over buyers; positive when the large carry more.",
        _STOCK, False, burden_rank,
    ),
    Outcome(
        "burden_concordance", "Burdens and benefits", "rank correlation",
        "Spearman correlation over buyers of the share of military spending with the share of "
        "benefits, the mean of the shares of GDP and of threat-weighted capability targets.",
        _STOCK, False, burden_concordance,
    ),
    Outcome(
        "spending_share_allied", "Allied share of equipment spending", "share of money paid",
        "What the buyers paid for equipment over what they and the United States paid.",
        _DELIVERIES, False, investment_share,
    ),
    *(
        Outcome(
            f"shift_{region}", f"Met without U.S. stock: {region}", "share of target",
            "Sum over the region's buyers and domains of the smaller of target and stock not of "
            "U.S. origin, over the sum of targets, at the end of the window.",
            _STOCK, False, region_share(region),
        )
        for region in buyer_regions()
    ),
    *(
        Outcome(
            f"sovereignty_{part}", f"Sovereignty: {part}", _SHARE,
            f"Delivered volume times the control of {part} that its route leaves the buyer, of "
            "national routes without the foreign content, over all volume delivered to the "
            "buyers; so the mean over buyers by volume, in the years the window touches.",
            _DELIVERIES, False, part_of(part),
        )
        for part in PARTS
    ),
    Outcome(
        "sovereignty_index", "Sovereignty", _SHARE,
        "Mean of its four parts: control of development, production, sustainment, employment.",
        _DELIVERIES, False, index,
    ),
    *(
        Outcome(
            name, _DEPENDENCE[name], "share of stock",
            "Share of the buyers' stock that comes from "
            + ("the United States" if name.startswith("us") else "abroad")
            + (", by seller; " if name.endswith("nominal")
               else ", by content: each component counts where it was made; ")
            + "mean over buyers weighted by stock, counted once a year.",
            _STOCK, False, mean_by_stock(field),
        )
        for name, field in DEPENDENCE.items()
    ),
    *(
        Outcome(
            f"concentration_{kind}", f"Concentration of origins, {words}", "Herfindahl, 0-1",
            "Sum over foreign origins of the squared share of a buyer's stock, by "
            f"{'seller' if kind == 'nominal' else 'content'}; mean over buyers, each alike.",
            _STOCK, False, mean_by_nation(field),
        )
        for kind, words, field in (
            ("nominal", "by seller", "nominal_concentration"),
            ("content", "by content", "concentration"),
        )
    ),
    *(
        Outcome(
            f"lost_{cause}", f"Lost U.S. sales: {cause.replace('_', ' ')}", _SHARE,
            f"Share of the volume awarded by the buyers to others than the United States in which "
            f"the best U.S. offer was furthest behind, or screened out, by: {text}.",
            _ORDERS, False, lost_share(cause),
        )
        for cause, text in COMPARED.items()
    ),
    Outcome(
        "lost_decided", "Lost U.S. sales: decided by the cause", _SHARE,
        "Share of that volume in which the U.S. offer would have been worth as much as the "
        "winner's without the cause named; habit, standing, control and chance decided the rest.",
        _ORDERS, False, lost_decided,
    ),
    *(
        Outcome(
            name, f"Strategy: {field}", "weight, 0-1",
            f"Weight of {field} among the three strategies, which sum to 1; mean over buyers, "
            "each alike.",
            _STOCK, False, mean_by_nation(field),
        )
        for name, field in STRATEGIES.items()
    ),
    Outcome(
        "programmes_begun", "National programmes", "programmes",
        "National programmes that buyers began from the start of the run to the end of the window.",
        _ORDERS, False, programmes_begun,
    ),
    Outcome(
        "programmes_failed", "Programmes that failed", "share of programmes",
        "Share that failed of these programmes, of those that had ended when the run did.",
        _ORDERS, False, programmes_failed,
    ),
    Outcome(
        "r_and_d_share", "Development spending", "share of money paid",
        "What the buyers paid for national programmes over all they paid for equipment.",
        _DELIVERIES, False, development_share,
    ),
    Outcome(
        "competence_mean", "Competence", "0-1, 1 = the frontier",
        "What the buyers can develop, build and sustain: mean over domains by target and over "
        "buyers, each alike.",
        _STOCK, False, mean_by_nation("competence"),
    ),
    Outcome(
        "split_share", "Split awards", _SHARE,
        "Share of the volume the buyers awarded abroad in awards split between two suppliers.",
        _ORDERS, False, split_share,
    ),
    *MARKET,
    *STRENGTH,
    *TRUST,
    *ACQUISITION,
    *AGREEMENTS,
)  # fmt: skip

OUTCOMES: Mapping[str, Outcome] = MappingProxyType({outcome.id: outcome for outcome in _ALL})
