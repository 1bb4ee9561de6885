"""Are there enough runs? Half-widths against the wanted one, and variation, as runs are added."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from experiments.analysis.analysis import Analysis
from experiments.analysis.diagnostics import LEVEL_PERCENT
from experiments.analysis.targets import DIFFERENCE, LEVEL, SAME
from experiments.batch.read import Batch
from experiments.runner import POLICY
from viz.batch.words import policy_title, with_headlines
from viz.page import legend_strip, title
from viz.policy_marks import LABEL_SIZE, SMALL_SIZE, sheet
from viz.policy_words import PER_CENT, counted, cut, fold
from viz.theme import FAINT, INK, LINES, NATION_COLOURS, RED, SOFT

MOST_LINES = 5  # policies with a colour of their own
PANEL_INCHES = 1.6
GAP, MORE = 0.12, 1.05
LEAST, MOST = 0.01, 100.0  # half-widths shown, in wanted ones


def replications(batch: Batch, found: Analysis, world: str) -> Figure:
    """Two panels a headline: half-width over the wanted one, and variation of the baseline."""
    rows = with_headlines(found.convergence, found)
    rows = rows[rows["world"] == world]
    levels = rows[(rows["kind"] == LEVEL) & (rows["policy"] == POLICY)]
    apart = rows[rows["kind"] == DIFFERENCE]
    told = with_headlines(found.replications, found)
    told = told[told["world"] == world]
    runs = counted(batch.replications, "run", "runs")
    figure = sheet(
        replications_headline(told),
        f"World '{world}', N = {runs} of each with the config as it is. Above: half-width of the "
        "90 % interval of the mean of the first n runs, in multiples of the wanted half-width "
        f"(levels: {LEVEL_PERCENT:g} % of the mean; differences: a quarter of the difference). "
        "Below: standard deviation over the mean of the first n runs without policy.",
    )
    policies = list(dict.fromkeys(apart["policy"]))
    looks = {
        name: (NATION_COLOURS[place], LINES[place % len(LINES)])
        for place, name in enumerate(policies[:MOST_LINES])
    }
    legend_strip(figure, _legend(batch, looks, len(policies)))
    outcomes = list(dict.fromkeys(levels["outcome"]))
    engine: Any = figure.get_layout_engine()
    engine.set(wspace=GAP)
    axes = figure.subplots(2, len(outcomes), squeeze=False, sharex=True, sharey="row")
    for place, outcome in enumerate(outcomes):
        wanted = told[told["outcome"] == outcome].set_index(["policy", "kind"])["wanted"]
        mine = [frame[frame["outcome"] == outcome] for frame in (levels, apart)]
        _widths(axes[0, place], mine[0], mine[1], wanted, looks)
        _variation(axes[1, place], mine[0])
        title(axes[0, place], fold(str(mine[0].iloc[0]["name"]), PANEL_INCHES, LABEL_SIZE, 3,
                                   "bold"))  # fmt: skip
        axes[0, place].title.set_fontsize(LABEL_SIZE)
        axes[1, place].set_xlabel("runs", size=SMALL_SIZE)
    axes[1, 0].set_ylim(0.0, MORE * max(PER_CENT * levels["variation"].max(), SAME) or 1.0)
    axes[0, 0].set_ylabel("half-width / wanted", size=SMALL_SIZE)
    axes[1, 0].set_ylabel("variation, %", size=SMALL_SIZE)
    return figure


def replications_headline(told: pd.DataFrame) -> str:
    """How many numbers have enough runs."""
    words = []
    for kind, name in ((LEVEL, "levels"), (DIFFERENCE, "differences")):
        mine = told[told["kind"] == kind]
        if len(mine):
            words.append(f"{int(mine['enough'].sum())} of {len(mine)} {name}")
    return f"Runs are enough for {' and '.join(words)} of the headlines"


def _legend(batch: Batch, looks: dict[str, Any], total: int) -> list[Line2D]:
    handles = [
        Line2D([], [], color=RED, linewidth=1.5, label="wanted"),
        Line2D([], [], color=INK, label="level without policy"),
    ]
    handles += [
        Line2D([], [], color=colour, linestyle=line, label=cut(policy_title(batch, name), 40))
        for name, (colour, line) in looks.items()
    ]
    if total > len(looks):
        handles.append(Line2D([], [], color=FAINT, label=f"{total - len(looks)} more"))
    return handles


def _widths(
    ax: Axes, levels: pd.DataFrame, apart: pd.DataFrame, wanted: pd.Series, looks: dict[str, Any]
) -> None:
    """Half-widths in wanted ones; what does not vary has no line."""
    ax.axhline(1.0, color=RED, linewidth=1.5, zorder=1)
    _line(ax, levels, float(wanted[POLICY, LEVEL]), INK, LINES[0])
    for policy, rows in apart.groupby("policy", sort=False, observed=True):
        colour, line = looks.get(str(policy), (FAINT, LINES[0]))
        _line(ax, rows, float(wanted[policy, DIFFERENCE]), colour, line)
    if not ax.lines[1:]:
        ax.text(0.5, 0.6, "the same in\nevery run", transform=ax.transAxes, ha="center",
                color=SOFT, size=SMALL_SIZE)  # fmt: skip
    ax.set_yscale("log")
    ax.set_ylim(LEAST, MOST)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.tick_params(labelsize=SMALL_SIZE)


def _line(ax: Axes, rows: pd.DataFrame, wanted: float, colour: str, line: Any) -> None:
    if wanted > SAME and (rows["half_width"] > 0.0).any():
        ratio = np.clip(rows["half_width"].to_numpy(float) / wanted, LEAST, MOST)
        ax.plot(rows["n"], ratio, color=colour, linestyle=line, linewidth=2.0, zorder=2)


def _variation(ax: Axes, rows: pd.DataFrame) -> None:
    ax.plot(rows["n"], PER_CENT * rows["variation"], color=INK, linewidth=2.0)
    ax.xaxis.set_major_locator(MaxNLocator(3, integer=True, min_n_ticks=1))
    ax.tick_params(labelsize=SMALL_SIZE)
