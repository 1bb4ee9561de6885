"""Who supplies: shares by source beside the data, and shares by route."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from viz.bands import bands, with_time
from viz.marks import headroom, level, line_and_band, time_axis
from viz.observed import COMPETITOR, UNITED_STATES
from viz.page import (
    SIPRI_TRANSFERS,
    About,
    empty,
    legend_strip,
    page,
    percent,
    percent_axis,
    title,
    years_label,
)
from viz.theme import INK, ROUTES, SOFT, SOURCES, Style

DELIVERED, AWARDED = "share_delivered", "share_awarded"
LAST_YEARS = 5
YEAR = 1.0
HEADLINE_ROUTES = {
    "domestic": "own industry",
    "licensed": "licensed build",
    "fms": "Foreign Military Sales",
    "dcs": "Direct Commercial Sales",
}
DOTTED: Any = (0, (1, 1))


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
    shown = present_sources(series, recorded)
    recorded = recorded[(recorded["end"] <= about.end) & recorded["entity"].isin(shown)]
    _source_legend(figure, shown, recorded, about)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2.6, 1])
    for ax, outcome, name in ((upper, DELIVERED, "Deliveries"), (lower, AWARDED, "Orders awarded")):
        found = four_quarter_bands(series, outcome, about)
        for entity in shown:
            line_and_band(ax, found[found["entity"] == entity], SOURCES[entity])
        if found.empty:
            empty(ax, f"No {name.lower()} across borders in these runs.", with_axes=True)
        title(ax, name)
        percent_axis(ax.yaxis)
        ax.yaxis.set_major_locator(MaxNLocator(6 if ax is upper else 3))
        ax.set_ylabel("share of volume")
    for row in recorded.itertuples():
        level(upper, row, SOURCES[str(row.entity)].colour)
    for ax in (upper, lower):
        headroom(ax, 0.12 if ax is upper else 0.0)
        time_axis(ax, about, words=ax is upper)
    return figure


def four_quarter_bands(series: pd.DataFrame, outcome: str, about: About) -> pd.DataFrame:
    """Bands by entity and time of a share over four quarters, once four have passed.

    Quarters in which nothing was counted at all are left out.
    """
    rows = with_time(series[series["outcome"] == outcome])
    rows = rows[rows["time"] >= about.start + YEAR]
    counted = rows.groupby(["replication", "quarter"])["value"].transform("sum") > 0.0
    return bands(rows[counted], ["entity", "time"])


def present_sources(series: pd.DataFrame, recorded: pd.DataFrame) -> list[str]:
    """Sources with a share in some run or in the data, in the order of the theme."""
    shares = series[series["outcome"].isin([DELIVERED, AWARDED])]
    found = {*shares.loc[shares["value"] > 0.0, "entity"]}
    found |= {*recorded.loc[recorded["value"] > 0.0, "entity"]}
    return [entity for entity in SOURCES if entity in found]


def _source_legend(figure: Figure, shown: list[str], recorded: pd.DataFrame, about: About) -> None:
    looks = [SOURCES[entity] for entity in shown]
    handles: list[Any] = [
        Line2D([], [], color=look.colour, linestyle=look.line, label=look.label) for look in looks
    ]
    if len(recorded):
        what = "five-year level" if about.all_domains else "all domains"
        handles.append(Line2D([], [], color=INK, linewidth=5, label=f"SIPRI data, {what}"))
    if recorded["low"].notna().any():
        handles.append(
            Patch(facecolor="none", edgecolor=SOFT, hatch="////", linewidth=0, label="its band")
        )
    legend_strip(figure, handles)


def market_share_headline(shares: pd.DataFrame, recorded: pd.DataFrame, about: About) -> str:
    """The U.S. share in the last years and in the last window of the data, model and data."""
    mine = shares[shares["entity"] == UNITED_STATES]
    if mine["value"].notna().sum() == 0:
        return f"Nothing was delivered across borders to the {about.buyers} buyers"
    last = mine["period"].iloc[-1]
    medians = mine.groupby("period")["value"].median()
    data = recorded[recorded["entity"] == UNITED_STATES].set_index("window")["value"]
    data_name = "the data" if about.all_domains else "the data of all domains"
    common = [window for window in data.index if window in medians.index]
    share = f"The U.S. share of what {about.buyers} buyers import"
    if not common:
        return f"{share} is {percent(medians[last])} in {last}".replace("-", "–")
    window = common[-1]
    if window == last:
        text = f"{share} in {window} is {percent(medians[last])} in the model"
        text += f" and {percent(data[window])} in {data_name}"
    else:
        text = f"{share} is {percent(medians[last])} in {last}; for {window} the model gives "
        text += f"{percent(medians[window])}, {data_name} {percent(data[window])}"
    return (text + _competitors(shares, recorded, window)).replace("-", "–")


def _competitors(shares: pd.DataFrame, recorded: pd.DataFrame, window: str) -> str:
    """The competitors' share in a window, model and data; nothing where they have none."""
    chosen = shares[(shares["entity"] == COMPETITOR) & (shares["period"] == window)]
    level_ = recorded[(recorded["entity"] == COMPETITOR) & (recorded["window"] == window)]
    model, data = chosen["value"].median(), level_["value"].sum()
    if not max(model, data) > 0.0:
        return ""
    return f"; competitors {percent(model)}, data {percent(data)}"


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
    _clock_legend(figure)
    columns = min(3, len(shown))
    lines = -(-len(shown) // columns)
    grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
    found = {
        clock: four_quarter_bands(series, f"route_{clock}", about) for clock in (DELIVERED, AWARDED)
    }
    for ax, route in zip(grid.flat, shown, strict=False):
        _one_route(ax, found, route)
    headroom(grid[0, 0])
    for place, ax in enumerate(grid.flat):
        time_axis(ax, about, words=place == 0, narrow=True)
        ax.set_visible(place < len(shown))
        if place + columns >= len(shown):
            ax.xaxis.set_tick_params(labelbottom=True)
        if place % columns == 0:
            ax.set_ylabel("share of volume")
    return figure


def _one_route(ax: Any, found: dict[str, pd.DataFrame], route: str) -> None:
    style = ROUTES[route]
    orders = Style(style.label, SOFT, DOTTED, style.marker)
    for clock, look, width, shade in ((AWARDED, orders, 1.6, 0.12), (DELIVERED, style, 2.6, 0.25)):
        rows = found[clock]
        line_and_band(ax, rows[rows["entity"] == route], look, width, shade)
    title(ax, style.label)
    percent_axis(ax.yaxis)


def _clock_legend(figure: Figure) -> None:
    handles = [
        Line2D([], [], color=INK, linewidth=2.6, label="deliveries (in the route's colour)"),
        Line2D([], [], color=SOFT, linewidth=1.6, linestyle=DOTTED, label="orders awarded (grey)"),
    ]
    legend_strip(figure, handles)


def present_routes(series: pd.DataFrame) -> list[str]:
    """Routes that carried anything in some run, in the order of the theme."""
    carried = set(series.loc[series["outcome"] == f"route_{DELIVERED}", "entity"])
    return [route for route in ROUTES if route in carried]


def route_means(series: pd.DataFrame, about: About) -> pd.Series:
    """Median over runs of each route's mean share of deliveries in the last five years.

    Missing routes of a run count as zero.
    """
    rows = with_time(series[series["outcome"] == f"route_{DELIVERED}"])
    whole_years = (about.end - rows["time"]) % YEAR == 0.0
    rows = rows[(rows["time"] > about.end - LAST_YEARS) & whole_years]
    means = rows.groupby(["entity", "replication"])["value"].mean().unstack(fill_value=0)
    runs = series["replication"].unique()
    return means.reindex(columns=runs, fill_value=0.0).median(axis=1)


def route_headline(series: pd.DataFrame, about: About) -> str:
    """What the routes carry in the last five years."""
    means = route_means(series, about)
    parts = [
        f"{words} {percent(means[route])}"
        for route, words in HEADLINE_ROUTES.items()
        if means.get(route, 0.0) > 0.0
    ]
    if not parts:
        return "No U.S. sale and no own production was delivered"
    first = max(about.end - LAST_YEARS, about.start)
    years = years_label(first, about.end - YEAR)
    return f"Where deliveries of {years} come from: " + ", ".join(parts)
