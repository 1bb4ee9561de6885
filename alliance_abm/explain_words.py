"""Words, numbers and paragraphs of explanations."""

from __future__ import annotations

import textwrap

from alliance_abm.datafiles import UNITED_STATES
from alliance_abm.explain_terms import TERMS
from alliance_abm.explanation import Explanation, Offer, Screened

WIDTH = 100
SEEN = 0.005  # what two decimals show
MOST_PLACES = 6
NO_BREAK = "\u00a0"
NAMES = {term.id: term.name for term in TERMS}
ROUTE_WORDS = {  # in a sentence, in a table
    "fms": ("FMS", "FMS"),
    "dcs": ("DCS", "DCS"),
    "hybrid": ("co-operative programme", "co-operative"),
    "pooled": ("pooled FMS", "pooled"),
    "third_party_friendly": ("friendly third party", "third party"),
    "third_party_competitor": ("competitor", "competitor"),
    "domestic": ("own line", "own line"),
    "licensed": ("built under licence", "licence"),
    "develop": ("new national line", "new line"),
    "defer": ("waiting", "waiting"),
}
MILLIONS = 10_000.0  # from here on billions are told


def said(e: Explanation, one: Offer | Screened) -> str:
    """An offer in a sentence: `South Korea (friendly third party)`, `its own line`."""
    if one.supplier == "":
        return "waiting"
    if one.supplier == e.buyer:
        return "its own line" if one.route == "domestic" else f"a {words(one.route)}"
    article = "the " if one.supplier == UNITED_STATES else ""
    return f"{article}{e.names[one.supplier]} ({words(one.route)})"


def words(route: str, short: bool = False) -> str:
    """A route in words."""
    plain = route.replace("_", " ")
    return ROUTE_WORDS.get(route, (plain, plain))[short]


def chance(offer: Offer) -> str:
    """The chance of an offer in per cent."""
    return per_cent(offer.probability)


def per_cent(share: float) -> str:
    """A share in per cent, with two significant digits and whole above 10."""
    value = 100.0 * share
    return f"{value:.0f}{NO_BREAK}%" if value >= 10.0 else f"{value:.2g}{NO_BREAK}%"


def money(value: float) -> str:
    """A sum of money given in million constant 2024 US$.

    >>> money(840.0).replace(NO_BREAK, " "), money(89_423.0).replace(NO_BREAK, " ")
    ('$840 million', '$89 billion')
    """
    if value >= MILLIONS:
        return f"${value / 1000.0:.2g}{NO_BREAK}billion"
    return f"${amount(value)}{NO_BREAK}million"


def lower(name: str) -> str:
    """A name inside a sentence: `Combat aviation` begins small, `ISR and C2` does not."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def amount(value: float) -> str:
    """A volume or a sum of money: whole from 10 on, else with two significant digits."""
    return f"{value:,.0f}" if value >= 10.0 else f"{value:.2g}"


def wrapped(text: str, indent: str = "") -> str:
    """A paragraph in lines of at most WIDTH columns; `indent` before all but the first."""
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def apart(one: float, other: float) -> tuple[str, str]:
    """Two numbers with as many decimals as tell them apart, two at least below 10.

    >>> apart(6.04, 6.0), apart(5913.2, 50.0), apart(0.3496, 0.35)
    (('6.04', '6.00'), ('5,913', '50'), ('0.3496', '0.3500'))
    """
    places = 2 if min(one, other) < 10.0 else 0
    while f"{one:.{places}f}" == f"{other:.{places}f}" and places < MOST_PLACES:
        places += 1
    return f"{one:,.{places}f}", f"{other:,.{places}f}"
