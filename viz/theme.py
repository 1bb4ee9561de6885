"""One look for every chart: sizes, and a style for each source, route, nation, stage and region.

Colours are those of seaborn's colour-blind palette; whatever they tell apart also differs in line
style, marker or label.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
import seaborn as sns

from alliance_abm.datafiles import UNITED_STATES, regions
from alliance_abm.world import load_world

SLIDE = (13.33, 7.5)
DPI = 150
INK, SOFT, FAINT, SHADE = "#222222", "#666666", "#BBBBBB", "#EFEFEF"
(
    BLUE, ORANGE, GREEN, RED, PURPLE, BROWN, PINK, GREY, YELLOW, SKY,
) = sns.color_palette("colorblind").as_hex()  # fmt: skip
LINES = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)))
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "h")
NATION_COLOURS = (ORANGE, GREEN, INK, RED, PURPLE, BROWN, SKY, GREY)

RC: Mapping[str, Any] = MappingProxyType(
    {
        **sns.axes_style("ticks"),
        "font.family": ["sans-serif"],
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": 13.0,
        "axes.labelsize": 13.0,
        "axes.titlesize": 13.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": 8.0,
        "axes.edgecolor": SOFT,
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "grid.color": "#E4E4E4",
        "grid.linewidth": 0.8,
        "xtick.labelsize": 12.0,
        "ytick.labelsize": 12.0,
        "xtick.color": SOFT,
        "ytick.color": SOFT,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "legend.frameon": False,
        "legend.fontsize": 12.0,
        "lines.linewidth": 2.4,
        "lines.solid_capstyle": "round",
        "text.color": INK,
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
        "svg.hashsalt": "alliance-abm",
        "svg.fonttype": "path",
    }
)


@dataclass(frozen=True)
class Style:
    """How one thing looks in every chart."""

    label: str
    colour: str
    line: Any
    marker: str


SOURCES: Mapping[str, Style] = MappingProxyType(
    {
        "USA": Style("United States", BLUE, LINES[0], "o"),
        "friendly": Style("Friendly third parties", GREEN, LINES[1], "s"),
        "competitor": Style("Competitors (China, Russia)", RED, LINES[3], "D"),
    }
)
ROUTES: Mapping[str, Style] = MappingProxyType(
    {
        "fms": Style("Foreign Military Sales", BLUE, LINES[0], "o"),
        "dcs": Style("Direct Commercial Sales", SKY, LINES[1], "^"),
        "hybrid": Style("Co-operative with FMS tail", YELLOW, LINES[2], "h"),
        "third_party_friendly": Style("Friendly third parties", GREEN, LINES[1], "s"),
        "third_party_competitor": Style("Competitors", RED, LINES[3], "D"),
        "domestic": Style("Own industry", PURPLE, LINES[0], "v"),
        "licensed": Style("Built under licence", ORANGE, LINES[2], "P"),
        "develop": Style("New national line", BROWN, LINES[2], "X"),
        "defer": Style("Deferred", GREY, LINES[3], "h"),
    }
)
_POOLED = Style("Pooled FMS", PINK, LINES[3], "D")  # drawn by the app, part of FMS elsewhere
STAGES: Mapping[str, tuple[str, str]] = MappingProxyType(  # colour, hatch
    {
        "definition": (GREY, ""),
        "release": (PINK, "///"),
        "preparation": (BROWN, ""),
        "congress": (YELLOW, "..."),
        "acceptance": (PURPLE, "\\\\\\"),
        "award": ("#333333", ""),
    }
)
STRATEGIES: Mapping[str, Style] = MappingProxyType(
    {
        "sovereignty": Style("Sovereignty", PURPLE, LINES[0], "v"),
        "core": Style("Core domains", BROWN, LINES[1], "s"),
        "diversification": Style("Diversification", SKY, LINES[3], "^"),
    }
)
CONTROL: Mapping[str, Style] = MappingProxyType(  # the four parts of sovereignty and their mean
    {
        "employment": Style("Employment", BROWN, LINES[1], "s"),
        "sustainment": Style("Sustainment", ORANGE, LINES[3], "D"),
        "production": Style("Production", SKY, LINES[2], "^"),
        "development": Style("Development", PURPLE, LINES[0], "v"),
        "index": Style("Mean of the four", INK, LINES[0], "o"),
    }
)
PORTFOLIO: Mapping[str, tuple[str, str, str]] = MappingProxyType(  # label, colour, hatch
    {
        "united_states": (SOURCES["USA"].label, SOURCES["USA"].colour, ""),
        "friendly": (SOURCES["friendly"].label, SOURCES["friendly"].colour, "///"),
        "competitor": (SOURCES["competitor"].label, SOURCES["competitor"].colour, "..."),
        "licensed": (ROUTES["licensed"].label, ROUTES["licensed"].colour, "\\\\\\"),
        "own_industry": (ROUTES["domestic"].label, ROUTES["domestic"].colour, ""),
    }
)
CAUSES: Mapping[str, tuple[str, str, str]] = MappingProxyType(  # label, colour, hatch
    {
        "cost": ("Cost", ORANGE, ""),
        "timeline": ("Timeline", PURPLE, "///"),
        "fit": ("Functional fit", SKY, ""),
        "export_control": ("Export control", YELLOW, "..."),
        "strategic_competition": ("Strategic competition", RED, ""),
        "trust": ("Trust", PINK, "\\\\\\"),
        "other": ("None of these", GREY, ""),
    }
)
REGION_COLOURS: Mapping[str, str] = (
    MappingProxyType(  # far from those of sources, drawn beside them
        dict(zip(sorted(regions()), (BROWN, PURPLE, INK, PINK, YELLOW, GREY), strict=True))
    )
)
REGION_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "africa": "Africa",
        "europe": "Europe",
        "indo_pacific": "Indo-Pacific",
        "latin_america": "Latin America",
        "middle_east": "Middle East",
        "north_america": "North America",
    }
)


@cache
def _nation_styles() -> dict[str, Style]:
    """The United States as a source; the eight largest buyers by GDP have a colour each.

    From the ninth on colours return with other lines and markers.
    """
    world = load_world()
    styles = {}
    largest_first = np.argsort(-world.gdp[:, -1], kind="stable")
    buyers_first = sorted(largest_first, key=lambda row: not world.is_buyer[row])
    for place, row in enumerate(buyers_first):
        turn, colour = divmod(place, len(NATION_COLOURS))
        styles[world.nations[row]] = Style(
            world.names[row],
            NATION_COLOURS[colour],
            LINES[(colour + turn) % len(LINES)],
            MARKERS[(colour + turn) % len(MARKERS)],
        )
    return {**styles, UNITED_STATES: SOURCES[UNITED_STATES]}


def nation_style(iso3: str) -> Style:
    """The style of a nation, or of ROW; the same in every scenario. KeyError when unknown."""
    return _nation_styles()[iso3]


def route_style(route: str) -> Style:
    """The style of a route of `routes.csv`, pooled buys among them. KeyError when unknown."""
    return _POOLED if route == "pooled" else ROUTES[route]
