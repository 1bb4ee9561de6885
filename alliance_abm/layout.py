"""How state is laid out: codes of routes and statuses, and one dtype per kind of thing.

Volumes are capability units (SIPRI's TIV, million); money is constant 2024 million US$; durations
are integer days (administration) or quarters (production).
"""

from typing import Final

import numpy as np

from alliance_abm.layout_trust import (
    TRUST_OF_CELL,
    TRUST_OF_NATION,
    TRUST_OF_OFFICE,
    TRUST_OF_PAIR,
)

FMS: Final = 0
DCS: Final = 1
HYBRID: Final = 2
POOLED: Final = 3
FRIENDLY: Final = 4
COMPETITOR: Final = 5
DOMESTIC: Final = 6
LICENSED: Final = 7
DEVELOP: Final = 8
DEFER: Final = 9
N_ROUTES: Final = 10

FREE: Final = 0
IN_DEVELOPMENT: Final = 1
FORMING: Final = 2  # waits for partners
IN_RESEARCH: Final = 3  # its co-operative programme is being developed
FOLLOWING: Final = 4  # rides on the case of another member of its pool
IN_ADMINISTRATION: Final = 5
CONTRACTING: Final = 6
IN_ORDER_BOOK: Final = 7
DELIVERED: Final = 8
CANCELLED: Final = 9

HOT: Final = 0
WARM: Final = 1
COLD: Final = 2
CLOSED: Final = 3  # never worked: a place where a line could stand

GRANTED: Final = 0  # kinds of news
REFUSED: Final = 1
SLIPPED: Final = 2

PRODUCTS: Final = 1  # bits of what is removed: what a supplier sells
PARTS: Final = 2  # and what it makes of the products of others

N_STAGES: Final = 6
MAX_ORIGINS: Final = 6
MAX_PROGRAMMES: Final = 48  # co-operative programmes in research at one time
PIPELINE_QUARTERS: Final = 16
MAX_SERVERS: Final = 16
MAX_BASE: Final = 256
DAYS_PER_QUARTER: Final = 91
PART_SLOTS: Final = 64  # addresses of draws kept for each part of a split award

NATION_DTYPE: Final = np.dtype(
    [
        ("key", "i8"),
        ("region", "i8"),
        ("tier", "i8"),
        ("trusted", "i8"),  # in the trusted circle: licence-free as far as the policy goes
        ("is_buyer", "i1"),
        ("united_states", "i1"),
        ("us_ally", "i1"),
        ("european", "i1"),
        ("competitor", "i1"),
        ("rdp", "i1"),  # procurement memorandum with the United States
        ("acquisition_competence", "f8"),
        *TRUST_OF_NATION,
        ("protection", "f8"),
        ("price", "f8"),  # $m per volume unit at unit cost 1
        ("price_start", "f8"),
        ("local_constant", "f8"),
        ("sovereignty", "f8"),
        ("core", "f8"),
        ("diversification", "f8"),
        ("payoff_sovereignty", "f8"),  # believed at the start, in utility
        ("payoff_core", "f8"),
        ("payoff_diversification", "f8"),
        ("delivered", "f8"),  # decaying seven-year deliveries from abroad
        ("dependence", "f8"),  # share of the stock that comes from abroad, by content
        ("concentration", "f8"),  # Herfindahl of that share by origin
        ("nominal_dependence", "f8"),  # the same by seller of the product
        ("nominal_concentration", "f8"),
        ("compliant", "f8"),  # share of the stock built to common standards
        ("us_dependence", "f8"),  # the part of dependence on the United States
        ("nominal_us_dependence", "f8"),
        ("gdp", "f8"),
        ("size", "f8"),  # of the economy in volume, 1 at the start
        ("burden", "f8"),  # that income follows from the next quarter on
        ("burden_paid", "f8"),  # that this quarter's income followed
        ("equipment_share", "f8"),
        ("income", "f8"),
        ("income_start", "f8"),
        ("income_smoothed", "f8"),
        ("balance", "f8"),
        ("grant", "f8"),
        ("committed", "f8"),
        ("paid", "f8"),
        ("developed", "f8"),  # of that, for national programmes
        ("received", "f8"),
        ("lapsed", "f8"),
        ("fms_experience", "f8"),
        ("agreements", "i8"),  # pools forming and programmes in research that it is in
        ("denied", "i8"),
        ("sosa", "i1"),  # has a security-of-supply arrangement with the United States
        ("cut", "f8"),  # share by which austerity cuts this year's spending
        ("announced", "i8"),  # domain of the largest need announced for the year, -1 if none
        ("for_stock", "f8"),  # paid for transfers from U.S. stock, less received; part of paid
    ],
    align=True,
)

CELL_DTYPE: Final = np.dtype(  # what every quarter reads stands first
    [
        ("open", "i1"),
        ("urgent", "i1"),
        ("is_core", "i1"),
        ("registered", "i1"),  # in the registers that shares are compared with; space is not
        ("plant", "i1"),
        ("programme_fails", "i1"),
        ("stock", "f8"),
        ("target", "f8"),
        ("on_order", "f8"),
        ("given_up", "f8"),  # of that, with suppliers that were removed
        ("next_lot", "f8"),
        ("threat", "f8"),
        ("threat_start", "f8"),
        ("surge", "f8"),  # share by which a surge of demand raises the target
        ("target_start", "f8"),
        ("compliant", "f8"),  # stock built to common standards
        ("all_delivered", "f8"),
        ("home_delivered", "f8"),  # decaying seven-year deliveries from home
        ("world_delivered", "f8"),  # decaying ten-year exports
        ("presence", "f8"),  # ln of market presence, as a supplier
        ("work", "f8"),  # this year's work that teaches, in volume made at home
        ("competence", "f8"),
        ("plant_capacity", "f8"),  # a quarter
        ("key", "i8"),
        ("line", "i8"),  # line owned by this nation in this domain, -1 if none
        ("competence_start", "f8"),
        ("knowledge", "f8"),  # decaying sum of it, in years of work at the pace of the frontier
        ("knowledge_start", "f8"),
        ("programme", "i8"),  # ledger row of the national programme under way, -1 if none
        ("programme_left", "f8"),  # money it still needs, or spends before it fails
        ("programme_rate", "f8"),  # most it spends in a quarter
        ("programme_level", "f8"),  # of the product that it is to give
        ("programme_spent", "f8"),  # so far, in what it teaches if it succeeds
        *TRUST_OF_CELL,
        ("home_share", "f8"),
        ("home_constant", "f8"),
        ("offer_constant", "f8"),  # as a supplier in this domain
        ("mean_lot", "f8"),
        ("opened", "i8"),
        ("volume", "f8"),
        ("need_level", "f8"),
        ("need_place", "f8"),
        ("aspiration", "f8"),
        ("deferred", "i8"),
        ("transferred", "f8"),  # volume taken from U.S. stock so far; given, if negative
        ("bidders", "f8"),  # that the buyer can draw on
        ("bidders_start", "f8"),
        ("ln_margin", "f8"),  # change of prices since the start with their number
        ("fielded", "f8"),  # 1 where an ally has this nation's product in service
        ("plant_opens", "i8"),  # quarter in which its plant in the United States opens, -1 if none
        ("plant_luck", "f8"),  # place of its cost in the spread of costs, -1 to 1
        ("innovation", "f8"),  # level that it adds to the product
        ("innovation_until", "i8"),
        ("step", "f8"),  # level that scripted events added
    ],
    align=True,
)

PAIR_DTYPE: Final = np.dtype(  # buyer x supplier; what every quarter reads stands first
    [
        ("kept", "f8"),
        ("broken", "f8"),
        ("release_granted", "f8"),
        ("release_refused", "f8"),
        ("release_start", "f8"),
        ("slip", "f8"),  # quarters
        ("delivered", "f8"),  # decaying seven-year deliveries
        ("suspended", "f8"),  # share of deliveries and releases held
        ("exposed", "f8"),  # share of the buyer's stock that comes from this origin, by content
        ("alignment", "f8"),  # departure from 2014
        ("affinity", "f8"),
        ("sanctions_level", "f8"),  # believed, for whoever buys there
        ("member", "i8"),  # bit d: the buyer is in a programme of the supplier in domain d
        ("permitted", "i1"),
        ("embargoed", "i1"),  # an embargo of the buyer's own is in force
        ("removed", "i1"),  # bits PRODUCTS and PARTS: what the buyer no longer gets from there
        ("endorsed", "i1"),
        ("release_policy", "f8"),
        *TRUST_OF_PAIR,
    ],
    align=True,
)

LINE_DTYPE: Final = np.dtype(
    [
        ("owner", "i8"),
        ("location", "i8"),
        ("domain", "i8"),
        ("sells_abroad", "i1"),
        ("place", "f8"),  # of the product in the space of needs
        ("level", "f8"),  # technology level of the product
        ("capacity_home", "f8"),
        ("capacity_export", "f8"),
        ("backlog_home", "f8"),
        ("backlog_export", "f8"),
        ("orders_home", "f8"),  # smoothed credible orders a quarter
        ("orders_export", "f8"),
        ("arrived_home", "f8"),
        ("arrived_export", "f8"),
        ("output_home", "f8"),
        ("output_export", "f8"),
        ("experience", "f8"),
        ("experience_start", "f8"),
        ("experience_home_licence", "f8"),
        ("unit_cost", "f8"),
        ("price", "f8"),
        ("ln_price", "f8"),
        ("build_quarters", "f8"),
        ("planned_quarters", "f8"),  # order to first delivery that capacity is planned for
        ("saved", "f8"),  # output of pooled lots this quarter, times what they saved
        ("input_factor", "f8"),
        ("replaced", "f8"),  # share of product value once foreign, of origins it came to doubt
        ("diverted_share", "f8"),
        ("reprioritised", "i1"),  # others were served first this quarter
        ("status", "i8"),
        ("quiet", "i8"),
        ("restarts_at", "i8"),
        ("lead_home", "f8"),
        ("lead_export", "f8"),
        ("hidden", "f8"),  # share of parts that come from single sources nobody knows of
        ("buffer", "f8"),  # contingency stock of parts, quarters of output
        ("disrupted_from", "i8"),  # first quarter in which a disruption holds output back
        ("disrupted_until", "i8"),  # first quarter after it
        ("misjudged", "f8"),  # orders as the forecast has them, over the smoothed ones
        ("pledged_home", "f8"),  # committed orders of the quarter
        ("pledged_export", "f8"),
        ("committed_home", "f8"),  # the same, smoothed, a quarter
        ("committed_export", "f8"),
        ("cost_shock", "f8"),  # share by which a shock raises unit cost
    ],
    align=True,
)

ORDER_DTYPE: Final = np.dtype(  # what production reads every quarter stands first
    [
        ("buyer", "i2"),
        ("supplier", "i2"),
        ("line", "i2"),
        ("ready", "i2"),  # first quarter in which the line can deliver
        ("domain", "i1"),
        ("route", "i1"),
        ("status", "i1"),
        ("abroad", "i1"),  # 1 when it takes export capacity
        ("displaced", "i1"),
        ("initial", "i1"),
        ("stage", "i1"),
        ("part", "i1"),  # 1 for the second order of a split award
        ("first_delivery", "i2"),
        ("promised", "i2"),
        ("priority", "i1"),
        ("tied", "i1"),
        ("notified", "i1"),
        ("seen", "i1"),  # counted by the desk it waits at
        ("volume", "f8"),
        ("delivered", "f8"),
        ("price", "f8"),  # $m per volume unit
        ("entry", "f8"),
        ("arrived_day", "i4"),
        ("leaves_day", "i4"),
        ("lost_by", "i1"),  # cause that lost the sale to the United States, -1 if it did not
        ("exempt", "i1"),  # needs no review at the desk at hand
        ("decided", "i1"),  # without that cause alone the United States would have been as good
        ("request_day", "i4"),
        ("tie", "f8"),
        ("lead", "i4"),  # row of the case it rides on, or number of its programme; -1 if none
        ("share", "f4"),  # saved by pooling, or of the partners' research cost
        ("led_volume", "f4"),  # of the others in the pool whose case this is
        ("address", "i4"),
        ("requested", "i2"),
        ("awarded", "i2"),
        ("contracted", "i2"),
        ("completed", "i2"),
        ("price_quoted", "f8"),
        ("cost_quoted", "f8"),  # line unit cost when quoted
        ("extra", "f8"),  # work at the desk at hand beyond the usual, as a share
        ("saved", "f8"),  # quarters of integration or retrofit, against the start
    ],
    align=True,
)

DESK_DTYPE: Final = np.dtype(
    [
        ("key", "i8"),
        ("servers", "i8"),
        ("work_days", "f8"),
        ("base_cases", "f8"),  # small cases a quarter
        ("surge", "f8"),  # times as many, while more than usual come
        ("base_next", "f8"),  # day of the next small case
        ("base_admitted", "i8"),
        ("base_served", "i8"),
        ("base_waiting", "i8"),
        ("base_days", "f8"),  # days in the desk of the small cases served
        ("waiting", "i8"),
        ("waiting_ahead", "i8"),  # of them, those that go ahead of others
        ("waiting_extra", "f8"),  # work of those waiting beyond the usual, in cases
        ("rush", "f8"),  # smoothed share of the servers' time that goes to those ahead
        ("work_days_start", "f8"),
        ("cases_expected", "f8"),  # modelled cases a quarter that the desk was sized for
        ("cases_seen", "f8"),  # modelled cases that have reached the desk
        ("busy_days", "f8"),
        ("expected_days", "f8"),
        ("expected_ahead", "f8"),  # of a case that goes ahead of others
        ("expected_work", "f8"),  # part of both in which the case is worked on
    ]
)

OFFICE_DTYPE: Final = np.dtype(
    [
        ("experts", "f8"),
        ("novices", "f8"),
        ("staff_start", "f8"),
        ("productivity", "f8"),
        ("capable_start", "f8"),
        ("posts_added", "f8"),  # posts that policy has added, in staff of the start
        ("fee_income", "f8"),
        ("fee_smoothed", "f8"),
        ("fee_start", "f8"),
        ("public_kept", "f8"),
        ("public_broken", "f8"),
        ("credibility", "f8"),
        ("frontier", "f8"),  # pace of the technology frontier, 1 at the start
        ("dcs_constant", "f8"),
        ("defer_constant", "f8"),
        ("any_endorsed", "i8"),  # whether any buyer is served before others
        ("any_removed", "i8"),  # whether any supplier or origin of parts was removed
        *TRUST_OF_OFFICE,
        ("integration_start", "f8"),  # quarters that observed leads contain
        ("retrofit_start", "f8"),
        ("retrofit_cost_start", "f8"),
        ("innovations", "f8"),  # of the buyers, so far
    ]
)

FORMING_DTYPE: Final = np.dtype(  # a group that forms in a region and domain
    [
        ("closes", "i8"),  # quarter in which it concludes, -1 if none forms
        ("members", "i8"),  # as the quarter began
    ]
)

PROGRAMME_DTYPE: Final = np.dtype(  # a co-operative programme in research
    [
        ("domain", "i8"),  # -1 if the place is free
        ("left", "f8"),  # quarters of research still to do
        ("rate", "f8"),  # US$ million a quarter, all partners
        ("partners", "i8"),  # as it began, the United States included
        ("began", "i8"),
    ]
)

N_ORDERS: Final = 0
N_CASES: Final = 1
N_BOOK: Final = 2
N_DONE: Final = 3
N_NEWS: Final = 4
N_COUNTS: Final = 5
