"""Who supplies: shares by source beside the data, and shares by route."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from viz.bands import bands, with_time
from viz.marks import end_labels, headroom, level, line_and_band, time_axis
from viz.observed import UNITED_STATES
from viz.page import SIPRI_TRANSFERS, About, empty, page, percent, percent_axis, title
from viz.theme import INK, ROUTES, SOFT, SOURCES, Style

DELIVERED, AWARDED = "share_delivered", "share_awarded"
LAST_YEARS = 5


def market_share(
    series: pd.DataFrame, shares: pd.DataFrame, recorded: pd.DataFrame, about: About
) -> Figure:
    """Market share of cross-border deliveries by source, with the data; orders below.

    Args:
        series: the tidy quarterly series of all runs.
        shares: `viz.observed.period_shares` of the runs, for the headline.
        recorded: `viz.observed.recorded_shares`.
        about: the runs.
    """
    figure = page(
        market_share_headline(shares, recorded, about),
        f"Share of the volume from abroad to {about.buyers} allied and partner buyers, without "
        f"space, over four quarters. {about.ensemble}",
        SIPRI_TRANSFERS,
    )
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2.6, 1])
    for ax, outcome in ((upper, DELIVERED), (lower, AWARDED)):
        found = bands(with_time(series[series["outcome"] == outcome]), ["entity", "time"])
        for entity, style in SOURCES.items():
            line_and_band(ax, found[found["entity"] == entity], style)
        percent_axis(ax.yaxis)
    for row in recorded[recorded["end"] <= about.end].itertuples():
        level(upper, float(row.start), float(row.end), row, SOURCES[str(row.entity)].colour)  # type: ignore[arg-type]
    title(upper, "Deliveries")
    title(lower, "Orders awarded")
    upper.set_ylabel("share of volume delivered")
    lower.set_ylabel("share ordered")
    for ax in (upper, lower):
        headroom(ax, 0.12)
        time_axis(ax, about, words=ax is upper)
    _legend(upper, recorded)
    return figure


def _legend(ax: Any, recorded: pd.DataFrame) -> None:
    handles: list[Any] = [
        Line2D([], [], color=style.colour, linestyle=style.line, label=f"{style.label}")
        for style in SOURCES.values()
    ]
    handles.append(Line2D([], [], color=INK, linewidth=5, label="SIPRI data, five-year level"))
    if recorded["low"].notna().any():
        handles.append(
            Patch(facecolor="none", edgecolor=SOFT, hatch="////", linewidth=0, label="its band")
        )
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.14, 1.0), ncols=5,
              borderaxespad=0.2, handlelength=2.6, columnspacing=1.4)  # fmt: skip


def market_share_headline(shares: pd.DataFrame, recorded: pd.DataFrame, about: About) -> str:
    """The U.S. share in the last years and in the last window of the data, model and data."""
    mine = shares[shares["entity"] == UNITED_STATES]
    if mine.empty:
        return f"Nothing was delivered across borders to the {about.buyers} buyers"
    last = mine["period"].iloc[-1]
    medians = mine.groupby("period")["value"].median()
    data = recorded[recorded["entity"] == UNITED_STATES].set_index("window")["value"]
    common = [window for window in data.index if window in medians.index]
    says = f"The U.S. share of what {about.buyers} buyers import is {percent(medians[last])} in {last}"
    if not common:
        return says
    window = common[-1]
    if window == last:
        return f"{says} in the model and {percent(data[window])} in the data"
    return (
        f"{says}; for {window} the model gives {percent(medians[window])} "
        f"and the data {percent(data[window])}"
    )


def route_share(series: pd.DataFrame, about: About) -> Figure:
    """Share of each route in all deliveries and in all orders, one panel a route."""
    shown = present_routes(series)
    figure = page(
        route_headline(series, about),
        f"Share of all volume, own industry included, to {about.buyers} allied and partner buyers, "
        f"without space, over four quarters. {about.ensemble}",
    )
    if not shown:
        empty(figure.subplots(), "No route carried anything in these runs.")
        return figure
    columns = min(3, len(shown))
    grid = figure.subplots(
        -(-len(shown) // columns), columns, sharex=True, sharey=True, squeeze=False
    )
    found = {
        clock: bands(with_time(series[series["outcome"] == f"route_{clock}"]), ["entity", "time"])
        for clock in (DELIVERED, AWARDED)
    }
    for place, ax in enumerate(grid.flat):
        if place >= len(shown):
            ax.set_visible(False)
            continue
        _one_route(ax, found, shown[place])
        headroom(ax, 0.0)
        time_axis(ax, about, words=place == 0)
        if place % columns == 0:
            ax.set_ylabel("share of volume")
    _clock_legend(figure)
    return figure


def _one_route(ax: Any, found: dict[str, pd.DataFrame], route: str) -> None:
    style = ROUTES[route]
    orders = Style(style.label, SOFT, (0, (1, 1)), style.marker)
    for clock, look, width in ((AWARDED, orders, 1.6), (DELIVERED, style, 2.6)):
        rows = found[clock]
        line_and_band(ax, rows[rows["entity"] == route], look, width=width)
    title(ax, style.label)
    percent_axis(ax.yaxis)


def _clock_legend(figure: Figure) -> None:
    handles = [
        Line2D([], [], color=INK, linewidth=2.6, label="deliveries (coloured line and band)"),
        Line2D([], [], color=SOFT, linewidth=1.6, linestyle=(0, (1, 1)),
               label="orders awarded (dotted grey line, grey band)"),
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside lower center", ncols=2, handlelength=3)


def present_routes(series: pd.DataFrame) -> list[str]:
    """Routes that carried anything in some run, in the order of the theme."""
    carried = set(series.loc[series["outcome"] == f"route_{DELIVERED}", "entity"])
    return [route for route in ROUTES if route in carried]


def route_means(series: pd.DataFrame, about: About) -> pd.Series:
    """Median over runs of each route's mean share of deliveries in the last five years.

    Missing routes of a run count as zero.
    """
    rows = with_time(series[series["outcome"] == f"route_{DELIVERED}"])
    rows = rows[(rows["time"] > about.end - LAST_YEARS) & (rows["time"] % 1.0 == about.end % 1.0)]
    runs = series["replication"].unique()
    means = rows.groupby(["entity", "replication"])["value"].mean().unstack(fill_value=0.0)
    return means.reindex(columns=runs, fill_value=0.0).median(axis=1)


def route_headline(series: pd.DataFrame, about: About) -> str:
    """What the routes carry in the last five years."""
    means = route_means(series, about)
    words = (
        ("domestic", "own industry"),
        ("fms", "Foreign Military Sales"),
        ("dcs", "Direct Commercial Sales"),
        ("licensed", "licensed build"),
    )
    parts = [f"{name} {percent(means[route])}" for route, name in words if route in means]
    if not parts:
        return "Nothing was delivered on any route"
    years = f"{max(about.end - LAST_YEARS, about.start):.0f}–{(about.end - 1) % 100:02.0f}"
    text = f"Of what is delivered in {years}, " + ", ".join(parts) + " – the rest comes directly "
    return text + "from third parties"


__all__ = ["end_labels", "market_share", "route_share"]
