"""The start of a run: money, stocks, lines, desks and beliefs of 2010, and the first order books.

``template`` depends on world and parameters alone and is kept; ``begin`` copies it and draws what
depends on the seed.  Nothing dated after 2014 is read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from alliance_abm import competence, inbound, quotes, security, tiers, us_buying
from alliance_abm.capability import loss_rate
from alliance_abm.causes import CAUSES
from alliance_abm.draws import START, uniform
from alliance_abm.exogenous import Exogenous, exogenous
from alliance_abm.first_flows import Flows, flows_at_start
from alliance_abm.groups import HAPPENINGS
from alliance_abm.inversion import invert
from alliance_abm.layout import (
    CELL_DTYPE,
    CLOSED,
    DESK_DTYPE,
    FORMING_DTYPE,
    LINE_DTYPE,
    MAX_BASE,
    MAX_ORIGINS,
    MAX_PROGRAMMES,
    MAX_SERVERS,
    N_COUNTS,
    N_ROUTES,
    N_STAGES,
    NATION_DTYPE,
    OFFICE_DTYPE,
    ORDER_DTYPE,
    PAIR_DTYPE,
    PIPELINE_QUARTERS,
    PROGRAMME_DTYPE,
)
from alliance_abm.layout_search import ASK_DTYPE, NEWS_DTYPE, OFFER_DTYPE, SELLER_DTYPE, VIEW_DTYPE
from alliance_abm.parameters import Parameters
from alliance_abm.recorder import NATION_MEASURES, PANEL
from alliance_abm.scenario import StrategyWeights
from alliance_abm.sizing import size_desks
from alliance_abm.state import State
from alliance_abm.world import World

Floats = NDArray[np.float64]
QUARTERS_PER_YEAR = 4
OFFERS_PER_SUPPLIER = 3
FIRST_LEDGER = 4_000
STYLISED_DOMAIN = "space"
TINY = 1e-6
LINE_FLOWS = tuple(
    f"{flow}_{pool}" for flow in ("capacity", "orders", "backlog") for pool in ("home", "export")
)


def template(
    world: World,
    parameters: Parameters,
    quarters: int,
    strategy: Mapping[str, StrategyWeights] | None = None,
) -> tuple[State, Exogenous, Flows]:
    """The state of 2010Q1 without order books, the outside paths and the flows behind it."""
    flows = flows_at_start(world, parameters)
    outside = exogenous(world, parameters, float(flows.income[world.row]))
    state = _empty(world, parameters, quarters)
    _start_nations(state, world, outside, flows)
    _start_cells(state, world, outside, flows)
    _set_strategy(state, world, strategy or {})
    _start_pairs(state, world, flows)
    _start_lines(state, world, flows)
    size_desks(state, world, flows)
    quotes.list_sellers(state, outside.order)
    us_buying.review(state, outside)
    inbound.begin(state, outside)
    us_buying.begin(state, outside)
    quotes.quote_lines(state)
    competence.dependence(state)
    outside = _with_start(outside, state, world)
    security.begin(state)
    tiers.score(state, outside)
    considered = invert(state, outside, flows.foreign, flows.home, flows.licence_share, flows.seats)
    _prepare_entrants(state, flows, considered)
    return state, outside, flows


def _weights(state: State) -> Floats:
    """Strategy weights as they stand (E, 3)."""
    n = state.nations
    return np.column_stack([n["sovereignty"], n["core"], n["diversification"]])


def _prepare_entrants(state: State, flows: Flows, considered: NDArray[np.bool_]) -> None:
    """Who does not sell, or build for itself, would be as attractive as the middle of who does.

    So would home industry that no choice of the start considers.
    """
    for d in range(state.cells.shape[1]):
        for constant, known in (
            ("offer_constant", flows.seats[:, d] > 0.0),
            ("home_constant", (flows.home[:, d] > 0.0) & considered[:, d]),
        ):
            if known.any():
                middle = np.median(state.cells[constant][known, d])
                state.cells[constant][~known, d] = middle


def _empty(world: World, parameters: Parameters, quarters: int) -> State:
    n, m = len(world.nations), len(world.domains)
    return State(
        seed=0,
        quarter=0,
        par=parameters.as_record(),
        dom=parameters.by_domain(world.domains),
        nations=np.zeros(n, NATION_DTYPE),
        cells=np.zeros((n, m), CELL_DTYPE),
        pairs=np.zeros((n, n), PAIR_DTYPE),
        lines=np.zeros(0, LINE_DTYPE),
        content_origin=np.zeros((0, MAX_ORIGINS), np.int64),
        content_reach=np.zeros((0, MAX_ORIGINS)),
        content_share=np.zeros((0, MAX_ORIGINS)),
        content_total=np.zeros(0),
        content_kept=np.ones((0, MAX_ORIGINS)),
        content_held=np.zeros((0, MAX_ORIGINS)),
        pipeline=np.zeros((0, 2, PIPELINE_QUARTERS)),
        stock=np.zeros((n, m, n)),
        desks=np.zeros(m + 2, DESK_DTYPE),
        server_free=np.zeros((m + 2, MAX_SERVERS), np.int64),
        base_arrival=np.zeros((m + 2, MAX_BASE), np.int64),
        waiting=np.zeros(4096, np.int64),
        office=np.zeros(1, OFFICE_DTYPE),
        orders=np.zeros(FIRST_LEDGER, ORDER_DTYPE),
        stage_days=np.zeros((FIRST_LEDGER, N_STAGES), np.int16),
        sellers=np.zeros((m, n), SELLER_DTYPE),
        n_sellers=np.zeros(m, np.int64),
        ask=np.zeros(1, ASK_DTYPE),
        view=np.zeros(n, VIEW_DTYPE),
        offers=np.zeros(OFFERS_PER_SUPPLIER * n + 8, OFFER_DTYPE),
        done=np.zeros(FIRST_LEDGER, np.int32),
        cases=np.zeros(FIRST_LEDGER, np.int32),
        book=np.zeros(FIRST_LEDGER, np.int32),
        news=np.zeros(FIRST_LEDGER, NEWS_DTYPE),
        forming=_nothing_forming(len(world.regions), m),
        programmes=_no_programmes(),
        counts=np.zeros(N_COUNTS, np.int64),
        flow_pair=np.zeros((quarters, n, n), np.float32),
        flow_domain=np.zeros((quarters, n, m), np.float32),
        flow_route=np.zeros((quarters, 2, N_ROUTES), np.float32),
        flow_awarded=np.zeros((quarters, n), np.float32),
        flow_lost=np.zeros((quarters, len(CAUSES) + 1), np.float32),
        flow_nation=np.zeros((-(-quarters // QUARTERS_PER_YEAR), n, N_ROUTES + 1), np.float32),
        flow_agreements=np.zeros((quarters, len(HAPPENINGS)), np.int32),
        panel=np.zeros((quarters, len(PANEL))),
        nation_panel=np.zeros((quarters, n, len(NATION_MEASURES)), np.float32),
    )


def _nothing_forming(regions: int, domains: int) -> NDArray[np.void]:
    forming = np.zeros((2, regions, domains), FORMING_DTYPE)
    forming["closes"] = -1
    return forming


def _no_programmes() -> NDArray[np.void]:
    programmes = np.zeros(MAX_PROGRAMMES, PROGRAMME_DTYPE)
    programmes["domain"] = -1
    return programmes


def _start_nations(state: State, world: World, outside: Exogenous, flows: Flows) -> None:
    n = state.nations
    n["key"], n["region"], n["tier"] = world.nation_keys, world.region, world.tier
    n["is_buyer"], n["us_ally"] = world.is_buyer, world.us_ally
    n["european"], n["competitor"] = world.european, world.competitor
    n["rdp"] = world.rdp
    n["united_states"][world.usa] = 1
    n["sosa"], n["announced"] = world.sosa, -1
    n["acquisition_competence"], n["protection"] = world.acquisition_competence, world.protection
    n["protection_start"] = world.protection
    n["price"] = flows.price / (1.0 + state.par["mark_up"][0])
    n["price_start"] = n["price"]
    n["sovereignty"], n["core"], n["diversification"] = world.strategy.T
    n["gdp"], n["size"] = outside.gdp[:, 0], 1.0
    n["burden"], n["equipment_share"] = outside.burden[:, 0], outside.equipment_share[:, 0]
    state.office["frontier"] = 1.0
    income = outside.gdp[:, 0] * outside.burden[:, 0] * outside.equipment_share[:, 0]
    n["income"] = n["income_start"] = n["income_smoothed"] = income / QUARTERS_PER_YEAR


def _set_strategy(state: State, world: World, strategy: Mapping[str, StrategyWeights]) -> None:
    """Strategy weights and core domains that the scenario sets, in place of the data's."""
    for iso3, weights in strategy.items():
        row = world.nation_index(iso3)
        state.nations["sovereignty"][row] = weights.sovereignty
        state.nations["core"][row] = weights.core
        state.nations["diversification"][row] = weights.diversification
        if weights.core_domains is not None:
            state.cells["is_core"][row] = [d in weights.core_domains for d in world.domains]


def _start_cells(state: State, world: World, outside: Exogenous, flows: Flows) -> None:
    c, p = state.cells, state.par[0]
    imports = flows.foreign.sum(axis=1)
    total = imports + flows.home
    c["key"], c["line"] = world.domain_keys[None, :], -1
    c["registered"] = [domain != STYLISED_DOMAIN for domain in world.domains]
    c["competence"] = c["competence_start"] = world.competence
    c["is_core"], c["programme"] = world.core, -1
    c["home_share"] = np.where(total > 0.0, flows.home / np.maximum(total, 1e-9), 0.0)
    lot = total / QUARTERS_PER_YEAR * p["mean_lot_quarters"]
    c["mean_lot"] = np.where(total > 0.0, np.maximum(lot, p["smallest_mean_lot"]), 0.0)
    c["threat"] = c["threat_start"] = outside.threat[:, :, 0]
    for b in range(c.shape[0]):
        for d in range(c.shape[1]):
            rate = loss_rate(p, state.dom, d, c["threat"][b, d])
            state.stock[b, d] = flows.foreign[b, :, d] / rate
            state.stock[b, d, b] += flows.home[b, d] / rate
    c["stock"] = c["target"] = state.stock.sum(axis=2)
    habit_years = p["habit_quarters"] / QUARTERS_PER_YEAR
    c["home_delivered"] = flows.home * habit_years
    c["all_delivered"] = total * habit_years
    c["world_delivered"] = flows.seats * p["presence_quarters"] / QUARTERS_PER_YEAR
    share = flows.seats / np.maximum(flows.seats.sum(axis=0), 1e-9)
    c["presence"] = p["weight_presence"] * np.log(share + p["presence_floor"])


def _start_pairs(state: State, world: World, flows: Flows) -> None:
    x, p = state.pairs, state.par[0]
    observed = flows.foreign.sum(axis=2)
    market = observed.sum(axis=0) / observed.sum()
    years = p["habit_quarters"] / QUARTERS_PER_YEAR
    x["delivered"] = observed * years + p["habit_prior_volume"] * market[None, :]
    np.fill_diagonal(x["delivered"], 0.0)
    state.nations["delivered"] = x["delivered"].sum(axis=1)
    shares = x["delivered"] / np.maximum(state.nations["delivered"], 1e-9)[:, None]
    state.nations["concentration"] = (shares**2).sum(axis=1)
    policy = np.full(observed.shape, p["release_third_party"])
    policy[:, world.competitor] = p["release_competitor"]
    policy[:, world.usa] = np.where(world.tier == 1, p["release_tier_one"], p["release_other"])
    x["release_policy"] = policy
    x["release_start"] = policy
    state.nations["us_policy"] = policy[:, world.usa]
    x["release_granted"] = p["belief_strength"] * policy
    x["release_refused"] = p["belief_strength"] * (1.0 - policy)
    state.office["public_kept"] = p["belief_strength"] * p["support_kept"]
    broken = p["belief_strength"] * p["bad_news_weight"] * (1.0 - p["support_kept"])
    state.office["public_broken"] = broken
    public = state.office["public_kept"][0] / (state.office["public_kept"][0] + broken)
    x["kept"] = p["belief_strength"] * public
    x["broken"] = p["belief_strength"] * (1.0 - public)
    x["permitted"] = _permitted(world, observed)
    for programme in world.programmes:
        if programme.member != programme.lead:
            x["member"][programme.member, programme.lead] |= 1 << programme.domain


def _permitted(world: World, observed: Floats) -> NDArray[np.bool_]:
    """Origins a buyer may consider.

    NATO members consider a competitor only where they bought from it in 2010-14; competitors
    consider only whom they bought from, and never the United States.
    """
    nato = world.nato_since <= 2014
    bought = observed > 0.0
    permitted = np.ones(observed.shape, bool)
    permitted[np.ix_(nato, world.competitor)] = bought[np.ix_(nato, world.competitor)]
    permitted[world.competitor] = bought[world.competitor]
    permitted[world.competitor, world.usa] = False
    permitted[world.usa, world.competitor] = False
    np.fill_diagonal(permitted, False)
    return permitted


def _start_lines(state: State, world: World, flows: Flows) -> None:
    direct = (flows.foreign - flows.licensed).sum(axis=0)
    p = state.par[0]
    least = p["smallest_direct_share"] * flows.seats
    direct = np.where(flows.seats > 0.0, np.maximum(direct, least), 0.0)
    at_home = flows.home + flows.licensed.sum(axis=1)
    able = world.competence >= state.par["licence_competence"][0]
    able[world.row] = False
    works = (flows.seats > 0.0) | (at_home > 0.0) | able
    exists = np.ones(works.shape, bool)
    exists[world.row] = works[world.row]
    owners, domains = np.nonzero(exists)
    lines = np.zeros(len(owners), LINE_DTYPE)
    lines["owner"] = lines["location"] = owners
    lines["domain"] = domains
    state.cells["line"][owners, domains] = np.arange(len(owners))
    lines["sells_abroad"] = flows.seats[owners, domains] > 0.0
    lines["level"] = world.competence[owners, domains]
    for i in range(len(owners)):
        key, domain = int(world.nation_keys[owners[i]]), int(world.domain_keys[domains[i]])
        lines["place"][i] = uniform(0, START, 0, key, domain, 0)
    p = state.par[0]
    floor = p["smallest_home_line"] * at_home[owners, domains].mean() / QUARTERS_PER_YEAR
    home = np.maximum(at_home[owners, domains] / QUARTERS_PER_YEAR, floor)
    abroad = direct[owners, domains] / QUARTERS_PER_YEAR
    lines["capacity_home"] = p["capacity_headroom"] * home
    lines["capacity_export"] = p["capacity_headroom"] * abroad
    lines["orders_home"], lines["orders_export"] = home, abroad
    decay = p["experience_decay_per_year"] / QUARTERS_PER_YEAR
    lines["experience"] = lines["experience_start"] = (home + abroad) / decay
    lines["unit_cost"] = 1.0
    lead = world.lead_years[owners, domains] * QUARTERS_PER_YEAR
    lines["build_quarters"] = np.maximum(np.round(p["build_share_of_lead"] * lead), 1.0)
    lines["planned_quarters"] = np.maximum(lead, p["shortest_planned_quarters"])
    lines["backlog_home"], lines["backlog_export"] = home * lead, abroad * lead
    lines["input_factor"] = 1.0
    lines["hidden"] = p["hidden_share"]
    lines["misjudged"] = 1.0
    licensed = flows.licensed.sum(axis=1)[owners, domains] / QUARTERS_PER_YEAR
    lines["experience_home_licence"] = np.where(licensed > 0.0, p["licence_work_start"], 0.0)
    _close(state, lines, ~works[owners, domains])
    _start_knowledge(state, flows)
    state.lines = lines
    state.pipeline = np.zeros((len(lines), 2, PIPELINE_QUARTERS))
    _start_content(state, world, owners, domains)


def _close(state: State, lines: NDArray[np.void], closed: NDArray[np.bool_]) -> None:
    """Places where a line could stand: no capacity, and all learning before it."""
    p, cells = state.par[0], state.cells[lines["owner"], lines["domain"]]
    lines["status"][closed] = CLOSED
    for name in LINE_FLOWS:
        lines[name][closed] = 0.0
    decay = p["experience_decay_per_year"] / QUARTERS_PER_YEAR
    full = np.maximum(cells["mean_lot"] / p["mean_lot_quarters"], TINY) / decay
    lines["experience_start"][closed] = full[closed]
    lines["experience"][closed] = p["experience_floor"] * full[closed]
    slope = -np.log(state.dom["progress_ratio"]) / np.log(2.0) * p["learning_share"]
    lines["unit_cost"][closed] = p["experience_floor"] ** -slope[lines["domain"][closed]]


def _start_knowledge(state: State, flows: Flows) -> None:
    """Knowledge as the work of 2010-14 would hold it for ever."""
    p, c = state.par[0], state.cells
    work = flows.home + flows.seats + p["licence_work_weight"] * flows.licensed.sum(axis=1)
    direct = flows.foreign - flows.licensed
    member = (state.pairs["member"][:, :, None] >> np.arange(c.shape[1])) & 1
    work += p["shared_work_weight"] * (member * direct).sum(axis=1)
    c["knowledge"] = c["knowledge_start"] = work / p["knowledge_decay_per_year"]


def _start_content(
    state: State, world: World, owners: NDArray[np.int64], domains: NDArray[np.int64]
) -> None:
    """The largest foreign origins of each line's product, by share of product value."""
    share = world.content[owners, domains]
    top = np.argsort(-share, axis=1, kind="stable")[:, :MAX_ORIGINS]
    if top.shape[1] < MAX_ORIGINS:
        top = np.pad(top, ((0, 0), (0, MAX_ORIGINS - top.shape[1])), constant_values=-1)
    values = np.where(top >= 0, np.take_along_axis(share, np.maximum(top, 0), axis=1), 0.0)
    state.content_origin = np.where(values > 0.0, top, -1).astype(np.int64)
    state.content_share = values
    state.content_kept = np.ones_like(values)
    state.content_held = np.zeros_like(values)
    material = (values >= state.par["material_share"][0]) & (values > 0.0)
    reach = np.minimum(values / state.par["veto_share"][0], 1.0)
    state.content_reach = np.where(material, reach, 0.0)
    state.content_total = share.sum(axis=1)


def _with_start(outside: Exogenous, state: State, world: World) -> Exogenous:
    """What the start gives for good: strategy weights, and whence a class's foreign part comes.

    How large that part is follows competence.
    """
    owners, domains = state.lines["owner"], state.lines["domain"]
    top, bottom, exponent = world.content_levels.T
    rest = (1.0 - state.lines["level"][:, None]) ** exponent
    foreign = bottom + (top - bottom) * rest
    by_class = world.content_by_class[owners, domains]
    by_class = np.divide(
        by_class, foreign[:, :, None], out=np.zeros_like(by_class), where=foreign[:, :, None] > 0.0
    )
    origin = np.maximum(state.content_origin, 0)
    listed = np.take_along_axis(by_class, origin[:, None, :], axis=2)
    listed = np.where(state.content_origin[:, None, :] >= 0, listed, 0.0)
    return replace(
        outside,
        strategy=_weights(state),
        content_by_class=np.ascontiguousarray(listed.transpose(0, 2, 1)),
        content_whole=np.ascontiguousarray(by_class.sum(axis=2)),
        content_levels=world.content_levels,
    )
