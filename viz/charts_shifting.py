"""Burden shifting: how much of its need each region would meet without stock from the U.S."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alliance_abm.world import World
from viz.bands import bands, with_time
from viz.marks import headroom, line_and_band, time_axis
from viz.page import MODEL_ALONE, About, empty, page, percent, percent_axis, title
from viz.theme import BLUE, INK, LINES, REGION_LABELS, Style

OUTCOME = "met_without_us"
LOOK = Style("", BLUE, LINES[0], "o")
COLUMNS = 3
ASIDE = 4.0  # years that a number is wide: it stands where the line is not
NOTABLE = 0.01  # a share that moves less is said to stand still


def burden_shifting(series: pd.DataFrame, world: World, about: About) -> Figure:
    """Share of each region's need met by stock that is not of U.S. origin, a panel a region.

    Args:
        series: the tidy quarterly series of all runs.
        world: the nations, for the number of buyers.
        about: the runs.
    """
    rows = with_time(series[series["outcome"] == OUTCOME])
    figure = page(
        shifting_headline(rows, world, about),
        "Need: the capability a nation aims for, by domain. Met without the United States: the "
        "part that stock bought elsewhere or made at home would cover, by seller: U.S. parts in "
        "what others sell are not counted. Numbers: at the start of reporting and at the end. "
        f"{about.ensemble}",
        MODEL_ALONE,
    )
    found = bands(rows, ["entity", "time"])
    shown = [region for region in REGION_LABELS if region in set(found["entity"])]
    if not shown:
        empty(figure.subplots(), "No region has a buyer.")
        return figure
    columns = min(COLUMNS, len(shown))
    lines = -(-len(shown) // columns)
    grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
    for ax, region in zip(grid.flat, shown, strict=False):
        one_region(ax, found[found["entity"] == region], about)
        names = buyers_in(world, region)
        who = names[0] if len(names) == 1 else f"{len(names)} buyers"
        title(ax, f"{REGION_LABELS[region]} ({who})")
    headroom(grid[0, 0], 0.18)
    for place, ax in enumerate(grid.flat):
        time_axis(ax, about, words=place == 0, narrow=True)
        ax.set_visible(place < len(shown))
        ax.xaxis.set_tick_params(labelbottom=place + columns >= len(shown))
        if place % columns == 0:
            ax.set_ylabel("share of need")
    return figure


def one_region(ax: Axes, found: pd.DataFrame, about: About) -> None:
    """Line and band of a region, with the values at the start of reporting and at the end."""
    line_and_band(ax, found, LOOK)
    percent_axis(ax.yaxis)
    seen = found[found["time"] >= about.report_from].set_index("time")["median"]
    times, values = seen.index.to_numpy(float), seen.to_numpy(float)
    for end, side, away in ((0, "left", 1.0), (-1, "right", -1.0)):
        above = np.interp(times[end] + away * ASIDE, times, values) <= values[end]
        ax.annotate(
            percent(values[end]), (times[end], values[end]), xytext=(2 * away, 9 if above else -9),
            textcoords="offset points", ha=side, va="bottom" if above else "top", weight="bold",
            size=12, color=INK, zorder=6,
        )  # fmt: skip


def buyers_in(world: World, region: str) -> list[str]:
    """Names of the buyers of a region."""
    inside = np.array([world.regions[index] == region for index in world.region])
    return [world.names[row] for row in np.flatnonzero(inside & world.is_buyer)]


def who_in(world: World, region: str) -> str:
    """The name of a region, or of its one buyer."""
    names = buyers_in(world, region)
    return names[0] if len(names) == 1 else REGION_LABELS[region]


def shifting_headline(rows: pd.DataFrame, world: World, about: About) -> str:
    """Which region could do most and which least without U.S. stock at the end of the runs.

    Regions of one buyer are named only where no region has several.
    """
    if rows.empty:
        return "No region has a buyer"
    medians = rows.groupby(["time", "entity"])["value"].median().unstack()
    first, last = medians[medians.index >= about.report_from].iloc[[0, -1]].to_numpy()
    names = [who_in(world, str(region)) for region in medians.columns]
    several = [
        place
        for place, region in enumerate(medians.columns)
        if len(buyers_in(world, str(region))) > 1
    ]
    compared = several or range(len(names))
    most = max(compared, key=lambda place: last[place])
    least = min(compared, key=lambda place: last[place])
    text = f"Without U.S. sales {names[most]} could meet {percent(last[most])} of its need at the "
    text += "end of the runs"
    if most == least:
        text += f", {percent(first[most])} when reporting starts"
    else:
        text += f", {names[least]} {percent(last[least])}"
    if len(names) == 1:
        return text
    change = last - first
    fell, grew = int((change < -NOTABLE).sum()), int((change > NOTABLE).sum())
    text += (
        f"; since {about.report_from:.0f} the share has fallen in {fell} of {len(names)} regions"
    )
    return f"{text}, grown in {grew}" if grew else text
