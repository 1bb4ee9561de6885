"""What the agents of the Mesa peer hold and pass around: plain dataclasses."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.mesa_industry import ProductionLine
    from benchmarks.mesa_nations import Nation


@dataclass(slots=True)
class Requirement:
    """What a nation asks for in one domain; `place` is its place in the space of needs."""

    domain: int
    volume: float
    level: float
    place: float
    urgent: bool
    aspiration: float
    deferred: int = 0


@dataclass(slots=True)
class Belief:
    """What a nation knows and believes of one supplier."""

    permitted: bool
    affinity: float
    programmes: list[bool]  # by domain
    release: float = 1.0
    reliability: float = 1.0
    policy: float = 1.0  # the supplier's chance of release, as it is
    slip: float = 0.0
    share: float = 0.0  # of deliveries from abroad
    exposed: float = 0.0  # share of the stock that comes from there, by content
    risk: float = 0.0  # utility lost to what comes from there, for concentration
    alignment: float = 0.0
    sanctions_level: float = 0.0
    suspended: float = 0.0
    endorsed: bool = False
    granted: int = 0
    refused: int = 0
    delivered: float = 0.0


@dataclass(slots=True)
class Sector:
    """A nation in one domain."""

    line: ProductionLine | None
    competence: float
    is_core: bool
    home_share: float
    home_constant: float
    offer_constant: float
    mean_lot: float
    presence: float = 0.0
    home_habit: float = 0.0
    threat: float = 0.0
    on_order: float = 0.0
    stock: float = 0.0


@dataclass(slots=True)
class Terms:
    """What all offers for one requirement have in common."""

    requirement: Requirement
    sector: Sector
    domain: SimpleNamespace
    sensitivity: float
    lag: float  # utility lost a quarter of lead
    price_weight: float
    fit_weight: float
    days: dict[int, float]  # expected in administration, by route
    worth: dict[int, float]  # utility of control, by route
    commercial: bool  # may U.S. industry sell directly?
    limit: float  # longest lead in quarters
    affordable: float  # highest price, as an offer states it


@dataclass(slots=True)
class Offer:
    """One way to meet a requirement."""

    supplier: Nation | None
    route: int
    nest: int
    line: ProductionLine | None
    price: float
    lead: float
    quoted: float
    utility: float
    chance: float = 0.0


@dataclass(slots=True)
class Order:
    """An award, on its way through administration and the order book."""

    buyer: Nation
    supplier: Nation
    line: ProductionLine
    domain: int
    route: int
    volume: float
    price_quoted: float
    cost_quoted: float
    price: float
    tied: bool
    initial: bool
    tie: float
    promised: int
    stage: int = 0
    arrived_day: int = 0
    leaves_day: int | None = None
    waits: bool = False
    cancelled: bool = False
    entry: float = 0.0
    ready: float = 0.0  # first quarter in which it can be delivered
    at_home: bool = False
    delivered: float = 0.0
    first_delivery: int | None = None
    displaced: int = 0
