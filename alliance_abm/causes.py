"""Why a sale was lost to the United States: RAND's five factors, trust, and what is left.

A cause is made of terms of utility (`explain_terms.TERMS`), compared between the best U.S. offer
and the offer that won, or of screens (`explain_screens.SCREENS`) that kept every U.S. offer out.
Codes are places in CAUSES.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

COST: Final = 0
TIMELINE: Final = 1
FIT: Final = 2
EXPORT_CONTROL: Final = 3
STRATEGIC_COMPETITION: Final = 4
TRUST: Final = 5
OTHER: Final = 6
NOT_LOST: Final = -1


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: the terms that measure it and the screens that stand for it."""

    id: str
    name: str
    terms: tuple[str, ...]
    screens: tuple[str, ...]


CAUSES: Final = (
    Cause("cost", "cost", ("price",), ("money",)),
    Cause("timeline", "timeline", ("lead",), ("urgent",)),
    Cause("fit", "functional fit", ("fit",), ("aspiration",)),
    Cause("export_control", "export control", ("release",), ("release", "fms_only")),
    Cause(
        "strategic_competition",
        "strategic competition",
        ("ties", "competitor_origin", "diversification"),
        ("origin", "grant"),
    ),
    Cause("trust", "trust", ("reliability", "alignment"), ()),
    Cause(
        "other",
        "none of the six",
        (
            "incumbency",
            "programme",
            "barrier",
            "origin",
            "interoperability",
            "support",
            "control",
            "standing",
        ),
        ("carve_out",),
    ),
)
FACTORS: Final = CAUSES[:OTHER]


def cause_of_screen(screen: str) -> Cause:
    """The cause that a screen stands for. Raises KeyError when there is no such screen."""
    for cause in CAUSES:
        if screen in cause.screens:
            return cause
    raise KeyError(screen)
