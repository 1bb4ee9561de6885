"""The page that every figure stands on: headline, what it rests on, and where it is from."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from alliance_abm.quarters import FIRST_YEAR, QUARTERS_A_YEAR
from alliance_abm.scenario import Scenario
from alliance_abm.world import World
from experiments.summaries import two_digits
from viz.bands import BAND
from viz.theme import INK, SLIDE, SOFT

SIPRI_TRANSFERS = (
    "Data: SIPRI Arms Transfers Database, © SIPRI, non-commercial use with credit; "
    "calculations by this project."
)
SIPRI_SPENDING = (
    "Data: SIPRI Military Expenditure Database, © SIPRI, non-commercial use with credit."
)
CAVEAT = (
    "Comparative and exploratory, not a forecast. "
    "Nations are illustrations, not assessments of governments."
)
HEADLINE_SIZE, SUBTITLE_SIZE, SOURCE_SIZE = 20.0, 12.5, 10.0
HEADLINE_WIDTH, SUBTITLE_WIDTH, SOURCE_WIDTH = 82, 138, 172
LEFT = 0.025
LINE = 1.3  # leading
POINTS = 72.0


@dataclass(frozen=True)
class About:
    """What a figure must say of the runs it shows; years are decimal."""

    name: str
    runs: int
    start: float
    report_from: float
    end: float
    last_data_year: int
    buyers: int

    @classmethod
    def of(cls, scenario: Scenario, world: World, runs: int) -> About:
        """The facts of `runs` runs of a scenario."""
        horizon = scenario.horizon
        start, report_from = (
            FIRST_YEAR + int(quarter) / QUARTERS_A_YEAR
            for quarter in (horizon.start, horizon.report_from)
        )
        end = FIRST_YEAR + (int(horizon.end) + 1) / QUARTERS_A_YEAR
        last = int(world.years[-1])
        return cls(scenario.name, runs, start, report_from, end, last, int(world.is_buyer.sum()))

    @property
    def ensemble(self) -> str:
        """How many runs, and what line and band are."""
        if self.runs == 1:
            return f"World '{self.name}', a single run, so without a band."
        low, high = (f"{100 * share:.0f}" for share in BAND)
        return (
            f"World '{self.name}', N = {self.runs} runs: the line is their median, "
            f"the band holds the {low}–{high} % range of runs."
        )


def page(headline: str, subtitle: str, *sources: str) -> Figure:
    """An empty slide with its texts; axes are laid out between them."""
    figure = Figure(figsize=SLIDE, layout="constrained")
    head = textwrap.fill(headline, HEADLINE_WIDTH)
    below = textwrap.fill(subtitle, SUBTITLE_WIDTH)
    foot = textwrap.fill(" ".join((*sources, CAVEAT)), SOURCE_WIDTH)
    top = 1.0 - 0.03
    figure.text(LEFT, top, head, size=HEADLINE_SIZE, weight="bold", va="top", linespacing=LINE)
    top -= _height(head, HEADLINE_SIZE) + 0.008
    figure.text(
        LEFT, top, below, size=SUBTITLE_SIZE, color=SOFT, va="top", linespacing=LINE
    )
    top -= _height(below, SUBTITLE_SIZE) + 0.015
    figure.text(LEFT, 0.02, foot, size=SOURCE_SIZE, color=SOFT, va="bottom", linespacing=LINE)
    bottom = 0.02 + _height(foot, SOURCE_SIZE) + 0.015
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(LEFT - 0.01, bottom, 1.0 - 2 * LEFT + 0.01, top - bottom), h_pad=0.08)
    return figure


def _height(text: str, size: float) -> float:
    """Height of a text as a share of the slide."""
    return (text.count("\n") + 1) * size * LINE / POINTS / SLIDE[1]


def empty(ax: Axes, text: str) -> None:
    """Say in a panel why it shows nothing."""
    ax.set_axis_off()
    ax.text(
        0.5, 0.5, textwrap.fill(text, 44), transform=ax.transAxes, ha="center", va="center",
        color=SOFT, size=13, linespacing=LINE,
    )  # fmt: skip


def percent(share: float) -> str:
    """A share in per cent with two significant digits.

    >>> percent(0.4932), percent(0.018), percent(float("nan"))
    ('49 %', '1.8 %', '–')
    """
    text = two_digits(100.0 * share)
    return text if text == "–" else f"{text} %"


def percent_axis(axis: Any) -> None:
    """Tick labels of a share in per cent."""
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))


def title(ax: Axes, text: str, colour: str = INK) -> None:
    """The title of a panel."""
    ax.set_title(text, color=colour)
