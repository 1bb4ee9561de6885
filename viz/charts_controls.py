"""What each mechanism does: controls beside the baseline, one panel a measure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from alliance_abm.controls import CONTROLS
from alliance_abm.outcomes import OUTCOMES, WINDOW_END, WINDOW_START
from alliance_abm.scenario import Scenario
from experiments.controls import ControlResults, Row, is_clear
from viz.page import (
    SIPRI_TRANSFERS,
    digits,
    empty,
    legend_strip,
    page,
    percent,
    title,
    years_label,
)
from viz.theme import BLUE, GREY, INK, ORANGE

PER_CENT = 100.0
TITLE_WIDTH, UNIT_WIDTH = 11, 15  # characters of a line over and under a panel
MARGIN = 0.18  # of a panel's width, for the numbers beside its dots
EDGE = 0.8  # of a row, above the first and below the last
TICKS, STEPS = 2, (1, 2, 5, 10)
GAP = 0.07  # of a panel's width, between panels
TITLE_SIZE, LABEL_SIZE = 9.5, 9.0
HINDCAST = "hindcast"
Measure = tuple[str, str, str | None]


def control_differences(found: ControlResults) -> Figure:
    """Difference of every control to the baseline: a row a control, a panel a measure."""
    rows, scenario = found.rows, found.scenario
    most = max((int(row["n"]) for row in rows), default=0)
    figure = page(control_headline(rows), _subtitle(scenario, rows, most), SIPRI_TRANSFERS)
    measures = list(dict.fromkeys(_measure(row) for row in rows))
    names = list(dict.fromkeys(str(row["control"]) for row in rows))
    if not measures:
        empty(figure.subplots(), "The config already has every control.")
        return figure
    _legend(figure, any(row["kind"] == HINDCAST for row in rows))
    engine: Any = figure.get_layout_engine()
    engine.set(wspace=GAP)
    axes = figure.subplots(1, len(measures), squeeze=False, sharey=True)[0]
    for ax, measure in zip(axes, measures, strict=True):
        _panel(ax, [row for row in rows if _measure(row) == measure], names)
    axes[0].set_yticks(range(len(names)), [CONTROLS[name].name for name in names])
    axes[0].set_ylim(len(names) - 1 + EDGE, -EDGE)
    return figure


def _measure(row: Row) -> Measure:
    return row["kind"], row["measure"], row["window"]


def _subtitle(scenario: Scenario, rows: Sequence[Row], runs: int) -> str:
    last = min(scenario.horizon.end, WINDOW_END)
    first = WINDOW_START if last >= WINDOW_START else scenario.horizon.report_from
    text = f"World '{scenario.name}', "
    if runs == 1:
        text += "a single pair of runs on the same seed, so without intervals. "
    else:
        text += (
            f"N = {runs} pairs of runs on the same seeds: median difference to the baseline, and "
            "the range of 90 % of pairs. "
        )
    text += f"Outcomes of {years_label(first.year, last.year)}."
    if any(row["kind"] == HINDCAST for row in rows):
        text += (
            " Hindcast error: total-variation distance of buyers' supplier shares, mean of runs, "
            "from the record (0 is best), with 90 % jackknife interval."
        )
    return text


def _panel(ax: Axes, rows: Sequence[Row], names: Sequence[str]) -> None:
    """Dots and intervals of one measure; hollow where the interval includes zero."""
    first = rows[0]
    scale = PER_CENT if _is_share(first) else 1.0
    ax.axvline(0.0, color=INK, linewidth=1.5, zorder=1)
    if first["naive"] is not None and first["baseline"] is not None:
        naive = first["naive"] - first["baseline"]
        ax.axvline(naive, color=ORANGE, linewidth=2, linestyle=(0, (3, 2)), zorder=1)
    for row in rows:
        if row["difference"] is not None:
            _dot(ax, names.index(row["control"]), row, scale)
    _limits(ax, rows, scale)
    ax.xaxis.set_major_locator(MaxNLocator(TICKS, min_n_ticks=TICKS, steps=STEPS))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=LABEL_SIZE)
    ax.set_xlabel(_under(first), size=LABEL_SIZE, linespacing=1.25)
    title(ax, _over(first))
    ax.title.set_fontsize(TITLE_SIZE)


def _dot(ax: Axes, place: int, row: Row, scale: float) -> None:
    clear = is_clear(row)
    colour = BLUE if clear else GREY
    low, middle, high = (scale * row[key] for key in ("low", "difference", "high"))
    if np.isfinite([low, high]).all():
        ax.plot([low, high], [place] * 2, color=colour, linewidth=3, zorder=2)
    ax.plot(
        middle, place, marker="o", color=colour, markersize=9, markeredgewidth=2, zorder=3,
        markerfacecolor=colour if clear else "white",
    )  # fmt: skip
    if clear:
        sign = "+" if middle > 0.0 else ""
        ax.annotate(
            sign + digits(middle), (middle, place), xytext=(0, 8), textcoords="offset points",
            ha="center", va="bottom", color=colour, size=LABEL_SIZE, weight="bold",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )  # fmt: skip


def _limits(ax: Axes, rows: Sequence[Row], scale: float) -> None:
    """An axis that holds zero, every interval and the naive forecast."""
    shown = [scale * row[key] for row in rows for key in ("low", "difference", "high")
             if row[key] is not None]  # fmt: skip
    shown += [row["naive"] - row["baseline"] for row in rows
              if row["naive"] is not None and row["baseline"] is not None]  # fmt: skip
    finite = [value for value in (0.0, *shown) if np.isfinite(value)]
    low, high = min(finite), max(finite)
    room = MARGIN * (high - low) or 1.0
    ax.set_xlim(low - room, high + room)


def _is_share(row: Row) -> bool:
    return str(row["unit"]).startswith("share")


def _over(row: Row) -> str:
    if row["kind"] == HINDCAST:
        return f"Hindcast\nerror\n{row['window'].replace('-', '–')}"
    return textwrap.fill(OUTCOMES[row["measure"]].name, TITLE_WIDTH)


def _under(row: Row) -> str:
    """The unit of the differences, and the baseline's own value."""
    if row["kind"] == HINDCAST:
        return f"worse →\nbaseline {digits_of(row, 'baseline')}\nnaive {digits_of(row, 'naive')}"
    unit = "percentage points" if _is_share(row) else str(row["unit"])
    return f"{textwrap.fill(unit, UNIT_WIDTH)}\nbaseline {digits_of(row, 'baseline')}"


def digits_of(row: Row, key: str) -> str:
    """A value of a row as it is printed: shares in per cent, others as they are."""
    value = float("nan") if row[key] is None else float(row[key])
    return percent(value) if _is_share(row) else digits(value)


def _legend(figure: Figure, with_naive: bool) -> None:
    dot: dict[str, Any] = {"marker": "o", "markersize": 9, "markeredgewidth": 2, "linewidth": 3}
    handles = [
        Line2D([], [], color=INK, linewidth=1.5, label="baseline"),
        Line2D([], [], color=BLUE, label="clear difference", **dot),
        Line2D([], [], color=GREY, markerfacecolor="white", label="interval includes zero", **dot),
    ]
    if with_naive:
        handles.append(Line2D([], [], color=ORANGE, linewidth=2, linestyle=(0, (3, 2)),
                              label="naive forecast: 2010–14 persists"))  # fmt: skip
    legend_strip(figure, handles)


def control_headline(rows: Sequence[Row]) -> str:
    """The largest clear change, against the baseline's own value, and what the hindcast says."""
    if max((row["n"] for row in rows), default=0) == 1:
        return "A single run of each control cannot tell a difference from chance"
    moved = [row for row in rows if row["kind"] != HINDCAST and is_clear(row) and row["baseline"]]
    if moved:
        most = max(moved, key=lambda row: abs(row["difference"] / row["baseline"]))
        control, outcome = CONTROLS[most["control"]].name, OUTCOMES[most["measure"]].name
        text = f"{control} changes results most: {outcome} {digits_of(most, 'baseline')} → "
        text += digits_of(most, "value")
    else:
        text = "No control moves a headline outcome beyond the spread of runs"
    past = [row for row in rows if row["kind"] == HINDCAST]
    if not past:
        return text
    clear = [row for row in past if is_clear(row)]
    worse, better = (
        {row["control"] for row in clear if (row["difference"] > 0.0) == up} for up in (True, False)
    )
    if not worse | better:
        return f"{text}; none changes the hindcast clearly"
    count = f"{len(worse) or 'none'} of {len({row['control'] for row in past})} controls"
    return f"{text}; the hindcast is worse in {count}, better in {len(better) or 'none'}"
