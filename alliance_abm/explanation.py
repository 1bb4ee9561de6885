"""What an explanation holds: one search, its offers with their terms, and what follows of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alliance_abm.causes import Cause
from alliance_abm.explain_terms import TERMS, Slopes
from alliance_abm.layout import DEFER
from alliance_abm.quarters import Quarter
from alliance_abm.routes import ROUTES

if TYPE_CHECKING:
    import pandas as pd

DEFERRED = ROUTES[DEFER].id


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer that was considered, or the choice to wait (`supplier` is then empty).

    `price` is US$ million for the whole requirement, `lead` believed years to the middle of
    delivery, `fit` at most 1, `release` the believed chance that release and sanctions let it
    through; all four are NaN for waiting. `terms` (by id of TERMS) sum to `utility`. `order` is
    its row in the ledger when it was chosen.
    """

    supplier: str
    route: str
    price: float
    lead: float
    fit: float
    release: float
    terms: Mapping[str, float]
    slopes: Slopes
    utility: float
    probability: float
    order: int | None
    chosen: bool

    @property
    def deferred(self) -> bool:
        """Is this the choice to wait?"""
        return self.route == DEFERRED


@dataclass(frozen=True, slots=True)
class Screened:
    """An offer that was not considered, with the ids of all screens it failed; else as Offer."""

    supplier: str
    route: str
    screens: tuple[str, ...]
    price: float
    lead: float
    fit: float
    release: float


@dataclass(frozen=True, slots=True)
class Need:
    """What was asked for.

    `level` and `threat` are on the scales of the data, `deferrals` how often the search had been
    deferred. Money is US$ million: `worth` is what the volume costs at the reference price, `money`
    what there was to spend, 0 when nothing was left. `least_fit`, `least_release` and
    `longest_lead` (years; infinite unless urgent) are what the screens ask for.
    """

    volume: float
    level: float
    urgent: bool
    threat: float
    since: Quarter
    deferrals: int
    worth: float
    money: float
    grant: bool
    least_fit: float
    least_release: float
    longest_lead: float


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute of an offer (`price`, `lead`, `release`, `fit`) before and after."""

    attribute: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Rival:
    """An offer that was not chosen: by how much utility it lay behind, and what would make it up.

    Each of `changes` does so alone; there are none when `gap` is not above 0.
    """

    offer: Offer
    gap: float
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """Why a sale went past the United States.

    `offer` is its best offer, and `margins` how far that lay behind by cause (below 0: ahead).
    Without an offer, `screened` holds those that were kept out, and `margins` is empty.
    """

    cause: Cause
    offer: Offer | None
    margins: Mapping[str, float]
    screened: tuple[Screened, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One search decided in one quarter: an award, a split one, or a deferral.

    `offers` stand by chance, the largest first, and are empty when there was no money to look at
    any. `rivals` begin with the nearest. `lost` is None unless another got the sale, or half of
    it, that the United States could have had; `causes` are those of the ledger by order. `names`
    are nations' names by code.
    """

    buyer: str
    quarter: Quarter
    domain: str
    domain_name: str
    seed: int
    need: Need
    offers: tuple[Offer, ...]
    screened: tuple[Screened, ...]
    rivals: tuple[Rival, ...]
    lost: Lost | None
    causes: Mapping[int, str]
    orders: tuple[int, ...]
    names: Mapping[str, str]

    @property
    def order(self) -> int | None:
        """Row of the (first) award in the ledger, None when the search was deferred."""
        return self.orders[0] if self.orders else None

    @property
    def chosen(self) -> tuple[Offer, ...]:
        """The offers chosen: two when the award was split, waiting when it was deferred."""
        taken = [offer for offer in self.offers if offer.chosen]
        return tuple(sorted(taken, key=lambda offer: offer.order or 0))

    def frame(self) -> pd.DataFrame:
        """Offers by chance, then those screened out; columns as in `rows`."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """Flat rows, one an offer. What was screened out has chance 0 and no utility or terms."""
        cause = self.lost.cause.id if self.lost else None
        rows = [self._row(offer) for offer in self.offers]
        rows += [self._screened_row(one) for one in self.screened]
        found = [{**row, "offer": place, "lost_by": cause} for place, row in enumerate(rows, 1)]
        for row in found:
            if row["chosen"] and row["order"] in self.orders:
                row["lost_by"] = self.causes.get(row["order"])
        return found

    def _row(self, offer: Offer) -> dict[str, Any]:
        return {
            **self._shared(offer),
            "order": offer.order if offer.order is not None else self.order,
            "chosen": offer.chosen,
            "probability": offer.probability,
            "utility": offer.utility,
            **offer.terms,
        }

    def _screened_row(self, one: Screened) -> dict[str, Any]:
        return {**self._shared(one), "screened_by": ";".join(one.screens)}

    def _shared(self, one: Offer | Screened) -> dict[str, Any]:
        return {
            "order": self.order,
            "offer": 0,
            "supplier": one.supplier or None,
            "route": one.route,
            "chosen": False,
            "probability": 0.0,
            "utility": math.nan,
            **dict.fromkeys((term.id for term in TERMS), math.nan),
            "lost_by": None,
            "screened_by": None,
            "quarter": str(self.quarter),
            "buyer": self.buyer,
            "domain": self.domain,
            "price_musd": one.price,
            "lead_years": one.lead,
            "believed_fit": one.fit,
            "believed_release": one.release,
        }

    def __str__(self) -> str:
        from alliance_abm.explain_text import as_text

        return as_text(self)
