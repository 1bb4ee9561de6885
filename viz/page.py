"""The page that every figure stands on: headline, what it rests on, and where it is from."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FuncFormatter

from alliance_abm.datafiles import DOMAINS
from alliance_abm.quarters import FIRST_YEAR, QUARTERS_A_YEAR
from alliance_abm.scenario import Scenario
from alliance_abm.world import World
from experiments.summaries import two_digits
from viz.bands import BAND
from viz.theme import INK, RC, SLIDE, SOFT

SIPRI_TRANSFERS = (
    "Data: SIPRI Arms Transfers Database, © SIPRI, non-commercial use with credit; "
    "calculations by this project."
)
SIPRI_SPENDING = (
    "Data: SIPRI Military Expenditure Database, © SIPRI, non-commercial use with credit."
)
MODEL_ALONE = "Results of the model alone; its data tables name the source of each input."
CAVEAT = (
    "Comparative and exploratory, not a forecast. "
    "Nations are illustrations, not assessments of governments."
)
HEADLINE_SIZE, SUBTITLE_SIZE, SOURCE_SIZE = 20.0, 12.5, 10.0
MARGIN = 0.025
FILL = 0.97  # of the width, as fonts are drawn a little wider than they are measured
SPACE = "space"  # not in the registers, so not in recorded shares
NO_BREAK = "\u00a0"
LINE = 1.3  # leading
LEGEND_SIZE = 12.0
HANDLE, HANDLE_GAP, COLUMN_GAP = 2.6, 0.8, 1.6  # of a legend, in its letters' size
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
    all_domains: bool

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
        buyers, whole = int(world.is_buyer.sum()), set(DOMAINS) - {SPACE} <= set(world.domains)
        return cls(scenario.name, runs, start, report_from, end, last, buyers, whole)

    @property
    def count(self) -> str:
        """How many runs."""
        return "a single run" if self.runs == 1 else f"N = {self.runs} runs"

    @property
    def runs_of_world(self) -> str:
        """The world and how many runs, to end a sentence with."""
        return f"World '{self.name}', {self.count}"

    @property
    def ensemble(self) -> str:
        """How many runs, and what line and band are."""
        if self.runs == 1:
            return f"{self.runs_of_world}, so without a band."
        low, high = (f"{100 * share:.0f}" for share in BAND)
        return (
            f"{self.runs_of_world}: the line is their median, "
            f"the band holds the {low}–{high} % range of runs."
        )


def page(headline: str, subtitle: str, *sources: str) -> Figure:
    """An empty slide with its texts; axes are laid out between them."""
    figure = Figure(figsize=SLIDE, layout="constrained")
    FigureCanvasAgg(figure)  # so that texts can be measured
    head = wrapped(headline, HEADLINE_SIZE, "bold")
    below = wrapped(subtitle, SUBTITLE_SIZE)
    foot = wrapped(" ".join((*sources, CAVEAT)), SOURCE_SIZE)
    top, bottom = 1.0 - MARGIN, MARGIN
    place: dict[str, Any] = {"linespacing": LINE, "va": "top"}
    figure.text(MARGIN, top, head, size=HEADLINE_SIZE, weight="bold", **place)
    top -= _height(head, HEADLINE_SIZE)
    figure.text(MARGIN, top, below, size=SUBTITLE_SIZE, color=SOFT, **place)
    top -= _height(below, SUBTITLE_SIZE)
    figure.text(MARGIN, bottom, foot, size=SOURCE_SIZE, color=SOFT, **{**place, "va": "bottom"})
    bottom += _height(foot, SOURCE_SIZE)
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(MARGIN, bottom, 1.0 - 2 * MARGIN, top - bottom), w_pad=0.02, h_pad=0.06)
    return figure


def legend_strip(figure: Figure, handles: Sequence[Artist]) -> None:
    """A legend between the texts and the axes, in as many rows as it needs.

    Call it before the axes are made.
    """
    engine: Any = figure.get_layout_engine()
    left, bottom, width, height = engine.get()["rect"]
    gaps = LEGEND_SIZE * (HANDLE + HANDLE_GAP + COLUMN_GAP) / POINTS
    needed = [gaps + text_width(str(handle.get_label()), LEGEND_SIZE) for handle in handles]
    rows = max(math.ceil(sum(needed) / (width * SLIDE[0] * FILL)), 1)
    legend = figure.legend(
        handles=list(handles), loc="upper left", bbox_to_anchor=(left, bottom + height),
        ncols=math.ceil(len(handles) / rows), fontsize=LEGEND_SIZE, handlelength=HANDLE,
        handletextpad=HANDLE_GAP, columnspacing=COLUMN_GAP, borderpad=0.0, borderaxespad=0.0,
    )  # fmt: skip
    legend.set_in_layout(False)
    taken = (rows * LEGEND_SIZE * 1.5 + 8) / POINTS / SLIDE[1]
    engine.set(rect=(left, bottom, width, height - taken))


def legend_column(
    figure: Figure, parts: Sequence[tuple[str, Sequence[Artist]]], width: float
) -> None:
    """Legends with titles, one below the other at the left, `width` inches wide."""
    engine: Any = figure.get_layout_engine()
    left, bottom, across, height = engine.get()["rect"]
    row = LEGEND_SIZE * 1.55 / POINTS / SLIDE[1]
    top = bottom + height - row
    for name, handles in parts:
        legend = figure.legend(
            handles=list(handles), title=name, loc="upper left", bbox_to_anchor=(left, top),
            alignment="left", title_fontproperties={"weight": "bold", "size": LEGEND_SIZE},
            fontsize=LEGEND_SIZE, labelspacing=0.45, borderpad=0.0, borderaxespad=0.0,
        )  # fmt: skip
        legend.set_in_layout(False)
        top -= row * (len(handles) + name.count("\n") + 1.9)
    share = width / SLIDE[0]
    engine.set(rect=(left + share, bottom, across - share, height))


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width of the widest line of a text in inches."""
    font = FontProperties(family=RC["font.sans-serif"], size=size, weight=weight)
    measure = text_to_path.get_text_width_height_descent
    return max(float(measure(line, font, ismath=False)[0]) for line in text.split("\n")) / POINTS


def wrapped(text: str, size: float, weight: str = "normal") -> str:
    """The text in lines that fit between the margins of the slide."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, weight) <= SLIDE[0] * (1.0 - 2 * MARGIN) * FILL:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def _height(text: str, size: float) -> float:
    """Height of a text and the space after it, as a share of the slide."""
    return ((text.count("\n") + 1) * size * LINE + size / 2) / POINTS / SLIDE[1]


def empty(ax: Axes, text: str, with_axes: bool = False) -> None:
    """Say in a panel why it shows nothing; without its axes unless other panels share them."""
    if not with_axes:
        ax.set_axis_off()
    ax.text(
        0.5, 0.5, textwrap.fill(text, 44), transform=ax.transAxes, ha="center", va="center",
        color=SOFT, size=13, linespacing=LINE,
    )  # fmt: skip


def years_label(first: float, last: float) -> str:
    """Whole years, as periods are written.

    >>> years_label(2041, 2045), years_label(2010, 2010)
    ('2041–45', '2010')
    """
    return f"{first:.0f}–{last % 100:02.0f}" if first < last else f"{first:.0f}"


def percent(share: float) -> str:
    """A share in per cent with two significant digits.

    >>> percent(0.4932) == f"49{NO_BREAK}%", percent(0.018) == f"1.8{NO_BREAK}%"
    (True, True)
    >>> percent(float("nan"))
    '–'
    """
    text = digits(100.0 * share)
    return text if text == "–" else f"{text}{NO_BREAK}%"


def digits(value: float) -> str:
    """A number with two significant digits that no line break parts.

    >>> digits(-0.234)
    '−0.23'
    """
    return two_digits(value).replace(" ", NO_BREAK).replace("-", "−")


def percent_axis(axis: Any) -> None:
    """Tick labels of a share in per cent."""
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))


def title(ax: Axes, text: str, colour: str = INK) -> None:
    """The title of a panel."""
    ax.set_title(text, color=colour)
