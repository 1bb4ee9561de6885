"""Sales lost to the United States, by cause."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from viz.bands import bands, with_time
from viz.marks import ring_and_dot, rows_axis, time_axis
from viz.page import MODEL_ALONE, About, empty, legend_strip, page, percent, percent_axis, title
from viz.spans import YEAR, run_means, spans
from viz.theme import CAUSES, INK

PREFIX = "lost_"
COLUMNS = [PREFIX + cause for cause in CAUSES]
DECIDED = PREFIX + "decided"
FEW_BUYERS = 10  # with fewer, a year has so few orders that shares jump
PRICES = (
    "Prices of all working lines start alike, and what was dearer in 2010–14 is part of "
    "standing: cost counts changes since then."
)


def lost_sales(series: pd.DataFrame, about: About) -> Figure:
    """Shares by cause of what buyers awarded to others than the United States.

    Args:
        series: the tidy quarterly series of all runs.
        about: the runs.
    """
    world = series[series["entity"] == "world"]
    rows = world[world["outcome"].isin(COLUMNS)]
    figure = page(
        loss_headline(rows, about),
        f"Volume that {about.buyers} buyers awarded to others than the United States, own industry "
        "included, without space, by that in which the best U.S. offer was furthest behind the "
        f"winner's, or that kept it from an offer. {about.runs_of_world}. Left: mean over "
        "runs, four quarters. Right: median"
        + (" and 10–90 % range." if about.runs > 1 else ".")
        + decided_words(world[world["outcome"] == DECIDED], about)
        + few_words(about),
        PRICES,
        MODEL_ALONE,
    )
    if rows["value"].notna().sum() == 0:
        empty(figure.subplots(), "No sale was lost in these runs.")
        return figure
    handles = [
        Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=label)
        for label, colour, hatch in CAUSES.values()
    ]
    legend_strip(figure, [*handles, *ring_and_dot(list(spans(about)))])
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1])
    over_time(left, rows, about)
    by_cause(right, rows, about)
    return figure


def decided_words(rows: pd.DataFrame, about: About) -> str:
    """Which share of the volume lost the cause alone decided in the last years; none without."""
    label = list(spans(about))[-1]
    means = run_means(rows.dropna(subset=["value"]), about)
    share = means.loc[means["span"] == label, "value"].median()
    if not np.isfinite(share):
        return ""
    return (
        f" In {label} the cause named alone decided {percent(share)} of the volume; habit, "
        "standing, control and chance decided the rest."
    )


def few_words(about: About) -> str:
    """A warning where few buyers stand behind the shares."""
    if about.buyers >= FEW_BUYERS:
        return ""
    who = "one buyer" if about.buyers == 1 else f"{about.buyers} buyers"
    return f" Few orders of {who} stand behind the shares, which jump from year to year."


def over_time(ax: Axes, rows: pd.DataFrame, about: About) -> None:
    """Stacked mean shares of four quarters."""
    timed = with_time(rows)
    timed = timed[timed["time"] >= about.start + YEAR]
    means = timed.groupby(["time", "outcome"])["value"].mean().unstack()[COLUMNS].dropna()
    title(ax, "Causes over time")
    if len(means) < 2:
        empty(ax, "Causes are followed when sales were lost in more than a year.")
        return
    shares = means.div(means.sum(axis=1), axis=0)
    areas = ax.stackplot(
        shares.index.to_numpy(float), shares.to_numpy(float).T,
        colors=[colour for _, colour, _ in CAUSES.values()], edgecolor="white", linewidth=0.8,
    )  # fmt: skip
    for area, (_, _, hatch) in zip(areas, CAUSES.values(), strict=True):
        area.set_hatch(hatch)
    ax.set_ylabel("share of volume lost")
    percent_axis(ax.yaxis)
    time_axis(ax, about, words=False)
    ax.set_ylim(0.0, 1.0)


def by_cause(ax: Axes, rows: pd.DataFrame, about: About) -> None:
    """The share of each cause in the first and the last years, with its band."""
    labels = list(spans(about))
    found = bands(run_means(rows, about), ["span", "outcome"]).set_index(["span", "outcome"])
    title(ax, "First and last years" if len(labels) > 1 else "Last years")
    shown = [(label, column) for label in labels for column in COLUMNS]
    for label, column in [key for key in shown if key in found.index]:
        band: Any = found.loc[(label, column)]
        low, median, high = (float(band[edge]) for edge in ("low", "median", "high"))
        last = label == labels[-1]
        step = 0.0 if len(labels) == 1 else 0.17 if last else -0.17
        place, colour = COLUMNS.index(column) + step, CAUSES[column.removeprefix(PREFIX)][1]
        ax.plot([low, high], [place] * 2, color=INK, linewidth=1.6, zorder=3)
        ax.plot(
            median, place, marker="o", markersize=9, color=INK, zorder=4,
            markerfacecolor=colour if last else "white", markeredgewidth=1.4,
        )  # fmt: skip
    rows_axis(ax, [label for label, _, _ in CAUSES.values()])
    ax.set_xlim(0.0, max(float(found["high"].max()) * 1.08, 0.05))
    percent_axis(ax.xaxis)
    ax.set_xlabel("share of volume lost")


def loss_headline(rows: pd.DataFrame, about: About) -> str:
    """The largest causes in the last years."""
    label = list(spans(about))[-1]
    means = run_means(rows.dropna(subset=["value"]), about)
    medians = means[means["span"] == label].groupby("outcome")["value"].median()
    medians = medians[np.isfinite(medians)].sort_values(ascending=False, kind="stable")
    if medians.empty:
        return "The United States lost no sale in a whole year shown"
    names = [CAUSES[str(name).removeprefix(PREFIX)][0].lower() for name in medians.index]
    shares = [percent(share) for share in medians]
    text = f"Where the United States loses a sale it is most often behind on {names[0]}: "
    text += f"{shares[0]} of the volume lost in {label}"
    if len(names) > 1:
        text += f"; {names[1]} {shares[1]}"
    control = PREFIX + "export_control"
    if control in medians.index[2:]:
        text += f", export control {percent(medians[control])}"
    return text
