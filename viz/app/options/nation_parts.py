"""What charts of nations share: what is shown, names and colours, bands, tooltips."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from alliance_abm.world import World, load_world
from experiments.nation_ensemble import BASELINE, NationEnsemble, Years
from experiments.nation_records import DELIVERIES
from viz.observed import FRIENDLY, UNITED_STATES, source_of
from viz.page import NO_BREAK, digits, percent, years_label
from viz.policy_words import PER_CENT, counted
from viz.theme import SOURCES, Style

Option = dict[str, Any]
REST = "ROW"
FONT = 13
MENU = 36  # pixels left free at the right for the menu of a chart
BASE_COLOUR = "#888888"  # seen on light and on dark
BAND_OPACITY = 0.18
NO_NAME = "\u200b"  # makes the same name twice in one chart two names
LINE_TYPES = {"-": "solid"}
DASH = 3.0  # pixels of one unit of matplotlib's dashes
UNITS = "capability units a year"
STANDING = "Nations are illustrations, not assessments of governments."


@dataclass(frozen=True)
class Shown:
    """What of an ensemble a chart shows: a policy, some years, deliveries or orders.

    `titles` are what policies are called; `world` is the name of the world that was run; `stamp`
    is what else every row of a table says of the runs, such as seed and config.
    """

    ensemble: NationEnsemble
    policy: str
    years: Years
    clock: str = DELIVERIES
    world: str = BASELINE
    titles: Mapping[str, str] = field(default_factory=dict)
    stamp: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def base(self) -> World:
        """The nations with their names."""
        return load_world(self.ensemble.nations[:-1])

    @cached_property
    def names(self) -> dict[str, str]:
        """Names by code, the rest of the world among them."""
        names = dict(zip(self.base.nations, self.base.names, strict=True))
        return {**names, REST: "Rest of the world"}

    @cached_property
    def sources(self) -> dict[str, str]:
        """Nation to the source it counts as: USA, competitor or friendly."""
        return source_of(self.base)

    @cached_property
    def buyers(self) -> tuple[str, ...]:
        """Codes of the allied and partner buyers, without the rest of the world."""
        base = self.base
        pairs = zip(base.nations, base.is_buyer, strict=True)
        return tuple(name for name, buys in pairs if buys and name != REST)

    @property
    def rows(self) -> list[int]:
        """Places of the buyers."""
        return [self.ensemble.nations.index(name) for name in self.buyers]

    @property
    def n(self) -> int:
        """How many runs."""
        return self.ensemble.runs(self.policy)

    @property
    def runs(self) -> str:
        """How many runs, in a sentence."""
        return "one run, an example" if self.n == 1 else f"N = {self.n} runs"

    @property
    def spread(self) -> str:
        """What low and high are, to end a sentence with; for one run that there are none."""
        return "no range from one run" if self.n == 1 else "10–90 % range of runs in brackets"

    @property
    def title(self) -> str:
        """What the policy is called."""
        plain = "without new policies" if self.policy == BASELINE else self.policy
        return self.titles.get(self.policy, plain)

    @property
    def when(self) -> str:
        """The years, as written."""
        return years_label(*self.years)

    @property
    def what(self) -> str:
        """What is counted, in a sentence."""
        return "deliveries" if self.clock == DELIVERIES else "orders placed"

    @property
    def ground(self) -> str:
        """World, policy, years and number of runs, as a sentence."""
        return f"World '{self.world}', {self.title}, {self.when}; {self.runs}."

    def under(self, policy: str) -> Shown:
        """The same of another policy."""
        return replace(self, policy=policy)

    @cached_property
    def baseline(self) -> Shown | None:
        """The same without levers; None when that is what is shown, or was not run."""
        same = self.policy == BASELINE or BASELINE not in self.ensemble.records
        return None if same else self.under(BASELINE)

    def stamped(self, table: pd.DataFrame, unit: str, of_years: bool = True) -> pd.DataFrame:
        """The table with what its rows are about in columns, for those who take it away."""
        about: dict[str, Any] = {"policy": self.policy} if "policy" not in table else {}
        about |= {"world": self.world, "unit": unit, "runs": self.n}
        if of_years:
            about |= {"first_year": self.years[0], "last_year": self.years[1], "clock": self.clock}
        return table.assign(**about, **self.stamp)

    def style(self, supplier: str) -> Style:
        """The style of the source that a supplier counts as."""
        return SOURCES[self.sources.get(supplier, FRIENDLY)]

    def the(self, code: str) -> str:
        """A name inside a sentence."""
        article = code in (UNITED_STATES, "GBR", "NLD", "PHL", "ARE", REST)
        return f"the {self.names[code]}" if article else self.names[code]


def first_up(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def range_words(low: float, high: float, runs: int, share: bool = True) -> str:
    """A range in brackets; empty for a single run or where nothing is known.

    >>> range_words(0.41, 0.46, 12).replace(chr(160), " "), range_words(0.4, 0.4, 1)
    ('(41–46 %)', '')
    >>> range_words(0.4, 0.4, 12)
    '(in all runs)'
    """
    if runs < 2 or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    scale, unit = (PER_CENT, f"{NO_BREAK}%") if share else (1.0, "")
    edges = [digits(scale * edge) for edge in (low, high)]
    return "(in all runs)" if edges[0] == edges[1] else f"({edges[0]}–{edges[1]}{unit})"


def with_range(row: Mapping[str, Any], share: bool = True, middle: str = "median") -> str:
    """A figure with its range in brackets: `43 % (41–46 %)`."""
    written = percent(row[middle]) if share else digits(row[middle])
    return f"{written} {range_words(row['low'], row['high'], int(row['n']), share)}".strip()


def tip(title: str, lines: Sequence[str]) -> Option:
    """A tooltip of its own: a title and lines, all escaped."""
    text = "<br>".join([f"<b>{html.escape(title)}</b>", *(html.escape(line) for line in lines)])
    return {"formatter": text}


def mix(colour: str, share: float, ground: str = "#FFFFFF") -> str:
    """A colour with so much of it left on a ground.

    >>> mix("#000000", 0.5), mix("#0173b2", 1.0)
    ('#808080', '#0173b2')
    """
    top, below = ([int(one[at : at + 2], 16) for at in (1, 3, 5)] for one in (colour, ground))
    parts = [round(share * a + (1.0 - share) * b) for a, b in zip(top, below, strict=True)]
    return "#" + "".join(f"{part:02x}" for part in parts)


def line_type(line: Any) -> str | list[float]:
    """A line style of the theme as ECharts has it."""
    return LINE_TYPES.get(line) or [DASH * part for part in line[1]]


def clean(values: Sequence[float] | np.ndarray, places: int = 4) -> list[float | None]:
    """Numbers that JSON can hold: rounded, None for what is not finite."""
    return [round(float(one), places) if math.isfinite(one) else None for one in values]


def band_lines(
    name: str, found: pd.DataFrame, style: Style, scale: float = 1.0, width: float = 3.0
) -> list[Option]:
    """A median line over its band (columns low, median, high) as three series."""
    low, middle, high = (found[edge].to_numpy(float) * scale for edge in ("low", "median", "high"))
    quiet: Option = {
        "type": "line", "stack": f"band {name}", "silent": True, "symbol": "none",
        "lineStyle": {"opacity": 0}, "tooltip": {"show": False}, "stackStrategy": "all",
        "itemStyle": {"color": style.colour},
    }  # fmt: skip
    line: Option = {
        "name": name, "type": "line", "data": clean(middle), "symbol": "none",
        "lineStyle": {"color": style.colour, "width": width, "type": line_type(style.line)},
        "itemStyle": {"color": style.colour}, "z": 4,
    }  # fmt: skip
    if (found["n"] <= 1).all():
        return [line]
    area = {"areaStyle": {"color": style.colour, "opacity": BAND_OPACITY}}
    return [
        {**quiet, "name": f"{name}, low", "data": clean(low)},
        {**quiet, "name": f"{name}, range", "data": clean(high - low), **area},
        line,
    ]


def in_quarters(labels: Sequence[str], years: int = 5) -> Option:
    """An axis of quarters that names one in so many years."""
    return {
        "type": "category", "data": list(labels), "boundaryGap": False,
        "axisLabel": {"fontSize": FONT, "interval": 4 * years - 1, "hideOverlap": True},
        "axisTick": {"interval": 4 * years - 1},
    }  # fmt: skip


def empty_option(text: str) -> Option:
    """A chart that says why it shows nothing."""
    return {
        "animation": False,
        "title": {
            "text": text, "left": "center", "top": "middle",
            "textStyle": {"fontSize": FONT + 1, "fontWeight": "normal", "color": BASE_COLOUR},
        },
    }  # fmt: skip


def many(number: int, of: int) -> str:
    """How many of the buyers, in words."""
    return f"{number} of {counted(of, 'buyer', 'buyers')}"
