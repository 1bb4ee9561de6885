"""One choice explained: what speaks for and against each offer beside the one that was chosen."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from alliance_abm.causes import CAUSES, OTHER
from alliance_abm.explain_text import base_offer, draw_text, headline, shown_offers
from alliance_abm.explain_words import NO_BREAK, chance, money, said, words
from alliance_abm.explanation import Explanation, Offer
from viz.marks import slim
from viz.page import SIPRI_TRANSFERS, legend_strip, page
from viz.theme import BLUE, BROWN, GREEN, GREY, INK, ORANGE, PINK, PURPLE, RED, SKY, SOFT, YELLOW

COLOURS = {
    "cost": ORANGE,
    "timeline": BLUE,
    "fit": GREEN,
    "export_control": RED,
    "strategic_competition": BROWN,
    "trust": PURPLE,
    "incumbency": SKY,
    "programme": PINK,
    "control": YELLOW,
    "policy": INK,
    "standing": GREY,
}
POLICY = ("barrier", "origin", "interoperability", "support")  # of the United States
PARTS = tuple(
    [(cause.id, cause.name, cause.terms) for cause in CAUSES[:OTHER]]
    + [(term, term, (term,)) for term in CAUSES[OTHER].terms if term not in POLICY]
    + [("policy", "U.S. policy", POLICY)]
)
LIGHT = (YELLOW, SKY, PINK)
LABELLED = 0.05  # of the axis: narrower parts carry no number
BAR = 0.62
SIDE = 0.3  # of the axis, for the numbers at its right
NARROW = 22  # letters of an offer's name


def explained_choice(explanation: Explanation) -> Figure:
    """Terms of the likeliest offers against the one chosen, summed to causes, as stacked bars.

    ValueError when there is no offer to compare with another.
    """
    base = base_offer(explanation)
    others = [o for o in shown_offers(explanation) if not (o.deferred or o is base)]
    if base is None:
        raise ValueError("no offer passed the screens")
    figure = page(
        headline(explanation),
        f"Bars: what speaks for an offer (right) and against it (left), in utility beside "
        f"{said(explanation, base)}; the diamond is their sum. Six causes, then what is none of "
        f"them: incumbency, programme membership, control of the capability, U.S. policy, standing "
        f"(grey: presence on the market, home advantage and what the record of 2010–14 leaves "
        f"unexplained). {draw_text(explanation)} One run, "
        f"seed {explanation.seed}.",
        SIPRI_TRANSFERS,
    )
    shown = [part for part in PARTS if any(_part(o, base, part[2]) for o in others)]
    handles = [Patch(facecolor=COLOURS[key], label=name) for key, name, _ in shown]
    total = Line2D([], [], linestyle="none", marker="D", markersize=9, color=INK, label="sum")
    legend_strip(figure, [*handles, total])
    ax = figure.subplots()
    _bars(ax, explanation, others, base)
    return figure


def _part(offer: Offer, base: Offer, terms: Sequence[str]) -> float:
    return sum(offer.terms[term] - base.terms[term] for term in terms)


def _bars(ax: Axes, e: Explanation, others: Sequence[Offer], base: Offer) -> None:
    parts = [[(key, _part(o, base, terms)) for key, _, terms in PARTS] for o in others]
    ends = [sum(v for _, v in row if v > 0.0) for row in parts]
    starts = [sum(v for _, v in row if v < 0.0) for row in parts]
    low, high = min([0.0, *starts]), max([0.0, *ends])
    span = max(high - low, 1e-9)
    for place, (offer, row) in enumerate(zip(others, parts, strict=True)):
        reach = {True: 0.0, False: 0.0}
        for key, value in sorted(row, key=lambda item: -abs(item[1])):
            left = reach[value > 0.0]
            ax.barh(place, value, BAR, left=left, color=COLOURS[key], edgecolor="white", zorder=2)
            if abs(value) >= LABELLED * span:
                ink = INK if COLOURS[key] in LIGHT else "white"
                ax.text(left + value / 2, place, f"{abs(value):.1f}", ha="center", va="center",
                        color=ink, size=11.0, zorder=4)  # fmt: skip
            reach[value > 0.0] += value
        ax.plot(offer.utility - base.utility, place + BAR / 2, "D", color=INK,
                markeredgecolor="white", markersize=10, zorder=5)  # fmt: skip
        ax.text(high + 0.03 * span, place, _figures(offer), va="center", size=11.0, color=SOFT,
                bbox={"facecolor": "white", "linewidth": 0.0, "pad": 2.0})  # fmt: skip
    ax.axvline(0.0, color=INK, linewidth=1.5, zorder=3)
    names = [
        textwrap.fill(f"{e.names[o.supplier]}, {words(o.route, True)}", NARROW) for o in others
    ]
    ax.set_yticks(range(len(others)), names)
    ax.set_xlim(low - 0.03 * span, high + SIDE * span)
    slim(ax, len(others))
    ax.invert_yaxis()
    ax.set_xlabel(f"utility beside {said(e, base)} ({_figures(base).replace(chr(10), ', ')})")
    ax.grid(axis="x", visible=True)
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)


def _figures(offer: Offer) -> str:
    """Chance, price and lead of an offer in two lines."""
    price = "" if math.isnan(offer.price) else f"{money(offer.price)}, "
    lead = f"{offer.lead:.1f}{NO_BREAK}years"
    mark = ", chosen" if offer.chosen else ""
    return f"chance {chance(offer)}{mark}\n{price}{lead}"
