"""Scripted events: the causes a scenario states (a denial, a threat, a shock), never results."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from alliance_abm.content import CLASSES
from alliance_abm.datafiles import UNITED_STATES, programme_members, source_keys
from alliance_abm.fields import (
    Domain,
    Domains,
    FrozenMap,
    Nation,
    Nations,
    Programme,
    Regions,
    Share,
    Shift,
    Strict,
    as_map,
    between,
    every_or,
    no_repeats,
    one_of,
)
from alliance_abm.problems import FieldProblems, Path, Problem, listed, nearest_name
from alliance_abm.quarters import QuarterField


def _known_source(key: str) -> str:
    if key and key not in source_keys():
        known = sorted(source_keys())
        problem = f"'{key}' is no source"
        raise FieldProblems(
            [Problem((), problem, "a key of data/sources.csv", nearest_name(key, known))]
        )
    return key


Text = Annotated[str, StringConstraints(max_length=600)]
Source = Annotated[Text, AfterValidator(_known_source)]
ThreatRise = Annotated[float, Field(ge=-1, le=5), BeforeValidator(between(-1, 5))]
HalfLife = Annotated[float, Field(gt=0, le=100), BeforeValidator(between(0, 100, above=True))]
SurgeFactor = Annotated[float, Field(ge=1, le=20), BeforeValidator(between(1, 20))]
ThreatMap = Annotated[dict[Domain, ThreatRise], BeforeValidator(as_map), AfterValidator(FrozenMap)]
ShiftMap = Annotated[dict[Nation, Shift], BeforeValidator(as_map), AfterValidator(FrozenMap)]

CostRise = Annotated[float, Field(ge=0, le=2), BeforeValidator(between(0, 2))]
DemandRise = Annotated[float, Field(ge=0, le=5), BeforeValidator(between(0, 5))]
DemandMap = Annotated[dict[Domain, DemandRise], BeforeValidator(as_map), AfterValidator(FrozenMap)]
Class = Annotated[str, BeforeValidator(one_of("component class", lambda: CLASSES))]
Classes = Annotated[
    tuple[Class, ...], BeforeValidator(every_or(lambda: CLASSES)), AfterValidator(no_repeats)
]

Two = TypeVar("Two", bound="Event")


class Event(Strict):
    """A cause that starts in a quarter; `source` and `note` say how it is known."""

    start: QuarterField
    source: Source = ""
    note: Text = ""

    def nations(self) -> dict[Path, str]:
        """Nations the event names, by their place in it."""
        found: dict[Path, str] = {}
        for field in ("supplier", "buyer", "member"):
            if hasattr(self, field):
                found[(field,)] = getattr(self, field)
        return found

    def domains_named(self) -> dict[Path, str]:
        """Domains the event names, by their place in it."""
        return {}


class Period(Event):
    """An event in force from `start` to `end`, both included; without `end` it stays."""

    end: QuarterField | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if self.end is not None and self.end < self.start:
            raise FieldProblems(
                [
                    Problem(
                        ("end",),
                        f"{self.end} is before the start {self.start}",
                        f"{self.start} or later",
                    )
                ]
            )
        return self


class Suspension(Period):
    """`supplier` withholds `share` of its deliveries to `buyer` and of new releases."""

    kind: Literal["suspension"]
    supplier: Nation
    buyer: Nation
    share: Share = 1.0

    @model_validator(mode="after")
    def _two(self) -> Suspension:
        return _distinct(self, "supplier", "buyer")


class Embargo(Period):
    """The law of `buyers` forbids to buy from `supplier`; what was ordered before still comes."""

    kind: Literal["embargo"]
    supplier: Nation
    buyers: Nations

    def nations(self) -> dict[Path, str]:
        return super().nations() | {
            ("buyers", index): name for index, name in enumerate(self.buyers)
        }

    @model_validator(mode="after")
    def _others(self) -> Embargo:
        if self.supplier in self.buyers:
            place = ("buyers", self.buyers.index(self.supplier))
            problem = f"'{self.supplier}' is also the supplier"
            raise FieldProblems([Problem(place, problem, "other nations")])
        return self


class SanctionsRisk(Period):
    """Whoever buys from `supplier` risks sanctions: believed `level` from 0 to 1."""

    kind: Literal["sanctions_risk"]
    supplier: Nation
    level: Share


class ProgrammeRemoval(Event):
    """`member` is removed from `programme`."""

    kind: Literal["programme_removal"]
    programme: Programme
    member: Nation

    @model_validator(mode="after")
    def _member(self) -> ProgrammeRemoval:
        members = programme_members()[self.programme]
        if self.member not in members:
            problem = Problem(
                ("member",),
                f"'{self.member}' is not a member of {self.programme}",
                listed(members),
                nearest_name(self.member, members),
            )
            raise FieldProblems([problem])
        return self


class ThreatSurge(Period):
    """Threat rises by the given amounts in the domains of some regions."""

    kind: Literal["threat_surge"]
    regions: Regions
    domains: ThreatMap

    def domains_named(self) -> dict[Path, str]:
        return {("domains", name): name for name in self.domains}


class EndorsedRecipient(Period):
    """`supplier` serves `buyer` before others, as a war recipient it endorses."""

    kind: Literal["endorsed_recipient"]
    supplier: Nation
    buyer: Nation

    @model_validator(mode="after")
    def _two(self) -> EndorsedRecipient:
        return _distinct(self, "supplier", "buyer")


class CapacityDiversion(Period):
    """`supplier` turns `share` of its export capacity to its own forces."""

    kind: Literal["capacity_diversion"]
    supplier: Nation
    share: Share


class CaseSurge(Period):
    """Small cases come to the FMS desks of `domains` at `factor` times the usual rate."""

    kind: Literal["case_surge"]
    domains: Domains
    factor: SurgeFactor

    def domains_named(self) -> dict[Path, str]:
        return {("domains", index): name for index, name in enumerate(self.domains)}


class TrustedPartnership(Period):
    """`members` share sensitive technology with the United States under a standing exemption."""

    kind: Literal["trusted_partnership"]
    members: Nations

    def nations(self) -> dict[Path, str]:
        return super().nations() | {
            ("members", index): name for index, name in enumerate(self.members)
        }

    @model_validator(mode="after")
    def _others(self) -> TrustedPartnership:
        if UNITED_STATES in self.members:
            place = ("members", self.members.index(UNITED_STATES))
            problem = f"'{UNITED_STATES}' is whose partners they are"
            raise FieldProblems([Problem(place, problem, "other nations")])
        return self


class AlignmentShock(Event):
    """Alignment of buyers with `supplier` moves at once, then halves every `half_life_years`.

    `default` is for all other nations, `buyers` for those named; without a half-life it stays.
    """

    kind: Literal["alignment_shock"]
    supplier: Nation
    default: Shift = 0.0
    buyers: ShiftMap = FrozenMap()
    half_life_years: HalfLife | None = None

    def nations(self) -> dict[Path, str]:
        return super().nations() | {("buyers", name): name for name in self.buyers}


class CredibilityShock(Event):
    """Credibility of `supplier` as a guarantor moves by `size` at once, then decays likewise.

    The United States is the only guarantor modelled.
    """

    kind: Literal["credibility_shock"]
    supplier: Nation
    size: Shift
    half_life_years: HalfLife | None = None

    @model_validator(mode="after")
    def _guarantor(self) -> CredibilityShock:
        if self.supplier != UNITED_STATES:
            problem = f"'{self.supplier}' is not a guarantor here"
            raise FieldProblems([Problem(("supplier",), problem, UNITED_STATES)])
        return self


class SupplierLoss(Period):
    """`supplier` is lost to all others: no deliveries, no new orders, no parts, no sustainment."""

    kind: Literal["supplier_loss"]
    supplier: Nation


class ComponentLoss(Period):
    """Lines get `share` less of the parts that `origin` makes, of all classes or those named."""

    kind: Literal["component_loss"]
    origin: Nation
    classes: Classes = CLASSES
    share: Share = 1.0

    def nations(self) -> dict[Path, str]:
        return {("origin",): self.origin}


class Austerity(Period):
    """Military spending of the `spenders` and of the `regions` is cut by the share `cut`.

    A year's budget is cut by the mean over its quarters; that of 2010 is given.
    """

    kind: Literal["austerity"]
    cut: Share
    spenders: Nations | None = None
    regions: Regions | None = None

    def nations(self) -> dict[Path, str]:
        return {("spenders", index): name for index, name in enumerate(self.spenders or ())}

    @model_validator(mode="after")
    def _somebody(self) -> Austerity:
        if self.spenders is None and self.regions is None:
            problem = "neither spenders nor regions are named"
            raise FieldProblems([Problem(("spenders",), problem, "nations, regions or both")])
        return self


class CostShock(Event):
    """Unit cost of the lines of `suppliers` in `domains` rises by `size` at once, then decays.

    Without suppliers or domains it is all of them; without a half-life it stays.
    """

    kind: Literal["cost_shock"]
    size: CostRise
    suppliers: Nations | None = None
    domains: Domains | None = None
    half_life_years: HalfLife | None = None

    def nations(self) -> dict[Path, str]:
        return {("suppliers", index): name for index, name in enumerate(self.suppliers or ())}

    def domains_named(self) -> dict[Path, str]:
        return {("domains", index): name for index, name in enumerate(self.domains or ())}


class DemandSurge(Period):
    """What nations want to hold rises by a share, by domain, worldwide or in the `regions`."""

    kind: Literal["demand_surge"]
    domains: DemandMap
    regions: Regions | None = None

    def domains_named(self) -> dict[Path, str]:
        return {("domains", name): name for name in self.domains}


class TechnologyStep(Event):
    """The products of `supplier` in `domains` gain `size` in technology level, for good."""

    kind: Literal["technology_step"]
    supplier: Nation
    domains: Domains
    size: Share

    def domains_named(self) -> dict[Path, str]:
        return {("domains", index): name for index, name in enumerate(self.domains)}


AnyEvent = Annotated[
    Suspension
    | Embargo
    | SanctionsRisk
    | ProgrammeRemoval
    | ThreatSurge
    | EndorsedRecipient
    | CapacityDiversion
    | CaseSurge
    | TrustedPartnership
    | AlignmentShock
    | CredibilityShock
    | SupplierLoss
    | ComponentLoss
    | Austerity
    | CostShock
    | DemandSurge
    | TechnologyStep,
    Field(discriminator="kind"),
]
EVENTS: dict[str, type[Event]] = {
    "suspension": Suspension,
    "embargo": Embargo,
    "sanctions_risk": SanctionsRisk,
    "programme_removal": ProgrammeRemoval,
    "threat_surge": ThreatSurge,
    "endorsed_recipient": EndorsedRecipient,
    "capacity_diversion": CapacityDiversion,
    "case_surge": CaseSurge,
    "trusted_partnership": TrustedPartnership,
    "alignment_shock": AlignmentShock,
    "credibility_shock": CredibilityShock,
    "supplier_loss": SupplierLoss,
    "component_loss": ComponentLoss,
    "austerity": Austerity,
    "cost_shock": CostShock,
    "demand_surge": DemandSurge,
    "technology_step": TechnologyStep,
}


def _distinct(event: Two, one: str, other: str) -> Two:
    name = getattr(event, one)
    if name == getattr(event, other):
        raise FieldProblems([Problem((other,), f"'{name}' is also the {one}", "another nation")])
    return event
