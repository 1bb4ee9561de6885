"""Figures for papers from a run: who supplies, by which route, who carries, how long it takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from alliance_abm.desks import STAGE_IDS, STAGE_NAMES
from alliance_abm.waiting import REQUEST
from experiments.targets import Target
from viz import observed
from viz.bands import BAND as RANGE
from viz.bands import bands, curve_bands, survival, with_time
from viz.charts_burden import LAST_YEARS, end_burdens, largest, log_axes, yearly_burdens
from viz.charts_share import (
    AWARDED,
    DELIVERED,
    DOTTED,
    four_quarter_bands,
    present_routes,
    present_sources,
)
from viz.charts_waiting import (
    SHOWN_YEARS,
    measured_years,
    run_months,
    window_years,
    yearly_medians,
)
from viz.figures import Drawn
from viz.marks import end_labels, headroom, level, point_labels, time_axis
from viz.page import percent_axis, years_label
from viz.papers_page import (
    BAND,
    LINE,
    MARK_SIZE,
    SMALL,
    TEXT,
    band,
    curves,
    is_wide,
    legend,
    letter,
    line_key,
    nothing,
    patch_key,
    sheet,
    stacked_bars,
)
from viz.policy_words import fold
from viz.theme import FAINT, INK, ROUTES, SOFT, SOURCES, STAGES, Style, nation_style

RING: dict[str, Any] = {"linestyle": "none", "color": INK, "markersize": MARK_SIZE + 0.5}
YEARS_APART = (2, 5)  # the first marker of a yearly line, and years from one to the next
LEVEL = 3.2
FAINT_SHADE = 0.07
LEAST = 0.01  # of deliveries; a route that carries less is named in the caption alone
RECORD_AT = -0.72  # of a row, above the first
Years = tuple[int, int]


def market_share(of: Drawn, width: float) -> Figure:
    """Shares of deliveries and of orders by source, with recorded shares beside deliveries."""
    recorded = observed.recorded_shares(of.world)
    shown = {name: SOURCES[name] for name in present_sources(of.series, recorded)}
    recorded = recorded[(recorded["end"] <= of.about.end) & recorded["entity"].isin(list(shown))]
    wide = is_wide(width)
    figure = sheet(width, 72 if wide else 116)
    axes = figure.subplots(*((1, 2) if wide else (2, 1)), sharex=True, sharey=True)
    parts = ((DELIVERED, "Deliveries from abroad"), (AWARDED, "Orders awarded abroad"))
    for place, (ax, (outcome, name)) in enumerate(zip(axes, parts, strict=True)):
        curves(ax, four_quarter_bands(of.series, outcome, of.about), shown)
        letter(ax, place, name, width / (2 if wide else 1) - 15)
        percent_axis(ax.yaxis)
        _years(ax, of, place == 1 or wide)
    for row in recorded.itertuples():
        level(axes[0], row, SOURCES[str(row.entity)].colour, LEVEL)
    headroom(axes[0], 0.02)
    for ax in axes[:1] if wide else axes:
        ax.set_ylabel("share of volume")
    keys: list[Any] = [line_key(style) for style in shown.values()]
    if len(recorded):
        keys.append(Line2D([], [], color=INK, linewidth=LEVEL, label="recorded, five years"))
    if recorded["low"].notna().any():
        keys.append(Patch(facecolor="none", edgecolor=SOFT, hatch="////", linewidth=0,
                          label="range of the record"))  # fmt: skip
    legend(figure, keys, width)
    return figure


def routes(of: Drawn, width: float) -> Figure:
    """Shares of deliveries and of orders, a panel a route."""
    shown = usual_routes(of)
    columns = 3 if is_wide(width) else 2
    lines = max(-(-len(shown) // columns), 1)
    figure = sheet(width, 38 * lines + 14)
    grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
    found = {
        clock: four_quarter_bands(of.series, f"route_{clock}", of.about)
        for clock in (DELIVERED, AWARDED)
    }
    for ax in grid.flat[len(shown) :]:
        ax.set_visible(False)
    for place, (ax, route) in enumerate(zip(grid.flat, shown, strict=False)):
        style = ROUTES[route]
        orders = Style(style.label, SOFT, DOTTED, "")
        for clock, look in ((AWARDED, orders), (DELIVERED, style)):
            rows = found[clock]
            rows = rows[rows["entity"] == route]
            band(ax, rows, look.colour, FAINT_SHADE if look is orders else BAND)
            ax.plot(rows["time"], rows["median"], color=look.colour, lw=LINE,
                    ls=DOTTED if look is orders else "-", zorder=3)  # fmt: skip
        letter(ax, place, style.label, width / columns - 14)
        percent_axis(ax.yaxis)
        last = place + columns >= len(shown)
        _years(ax, of, last)
        ax.xaxis.set_tick_params(labelbottom=last)
        if place % columns == 0:
            ax.set_ylabel("share of volume")
    headroom(grid[0, 0], 0.02)
    legend(figure, [
        Line2D([], [], color=INK, label="deliveries (in the route's colour)"),
        Line2D([], [], color=SOFT, linestyle=DOTTED, label="orders (grey)"),
    ], width)  # fmt: skip
    return figure


def usual_routes(of: Drawn) -> list[str]:
    """Routes with a part of LEAST in deliveries, on the mean over the reported quarters."""
    carried = of.series[of.series["outcome"] == f"route_{DELIVERED}"]
    late = with_time(carried)
    late = late[late["time"] > of.about.report_from]
    count = late[["replication", "quarter"]].drop_duplicates().shape[0]
    means = late.groupby("entity")["value"].sum() / max(count, 1)
    return [route for route in present_routes(of.series) if means.get(route, 0.0) >= LEAST]


def burden(of: Drawn, width: float) -> Figure:
    """Burden of the largest buyers over time, and of all buyers against their size."""
    recorded = observed.recorded_burdens(of.world)
    recorded = recorded[recorded["year"] < of.about.end]
    last = int(recorded["year"].max())
    rows = yearly_burdens(of.series, recorded)
    shown = {iso3: nation_style(iso3) for iso3 in largest(recorded)}
    wide = is_wide(width)
    figure = sheet(width, 84 if wide else 150)
    left, right = figure.subplots(*((1, 2) if wide else (2, 1)))
    inches = width / (2 if wide else 1) - 20
    curves(left, bands(rows, ["entity", "time"]), shown, every=YEARS_APART)
    data = recorded[recorded["entity"].isin(list(shown))]
    sns.scatterplot(
        data.assign(time=data["year"] + 0.5), x="time", y="burden", hue="entity", style="entity",
        palette={iso3: style.colour for iso3, style in shown.items()},
        markers={iso3: style.marker for iso3, style in shown.items()},
        s=5, linewidth=0, alpha=0.55, legend=False, zorder=2.8, ax=left,
    )  # fmt: skip
    letter(left, 0, "Largest buyers by GDP", inches)
    left.set_ylabel("military spending / GDP")
    percent_axis(left.yaxis)
    headroom(left, 0.02)
    _years(left, of, True)
    letter(right, 1, "All buyers, by size", inches)
    points, others = _against_size(right, of, shown, last)
    first = max(of.about.end - LAST_YEARS, of.about.start)
    dot = {**RING, "marker": "o"}
    named = [] if wide else [line_key(style) for style in shown.values()]
    legend(figure, [
        *named,
        Line2D([], [], color=INK, label="model"),
        Line2D([], [], **{**dot, "markersize": 2.2}, alpha=0.55, label="record, each year"),
        Line2D([], [], **dot, markerfacecolor="white", markeredgewidth=0.7,
               label=f"record, {last}"),
        Line2D([], [], **dot, label=f"model, mean of {years_label(first, of.about.end - 1)}"),
    ], width)  # fmt: skip
    ends = rows[rows["time"] == rows["time"].max()].groupby("entity")["value"].median()
    if wide:
        end_labels(left, [(float(ends[iso3]), style.label, style.colour)
                          for iso3, style in shown.items()], SMALL)  # fmt: skip
    point_labels(right, points, others, SMALL)
    return figure


def _against_size(ax: Axes, of: Drawn, shown: dict[str, Style], last: int) -> Any:
    """Points of all buyers, joined from the record to the model; labels and the other points."""
    recorded = observed.recorded_burdens(of.world)
    data = recorded[recorded["year"] == last].set_index("entity")
    if len(data) < 2:
        nothing(ax, "Burden and size are compared when there are two buyers or more.")
        return [], []
    model = end_burdens(yearly_burdens(of.series, recorded), of.about).reindex(data.index)
    colours = [shown[iso3].colour if iso3 in shown else SOFT for iso3 in data.index]
    ax.vlines(data["gdp"], data["burden"], model, color=FAINT, linewidth=0.5, zorder=2)
    ax.scatter(data["gdp"], data["burden"], s=9, color="white", edgecolor=colours, linewidth=0.7,
               zorder=3)  # fmt: skip
    ax.scatter(data["gdp"], model, s=12, color=colours, linewidth=0, zorder=4)
    log_axes(ax, last)
    ax.set_xlabel(f"GDP of {last}, billion 2024 US$ (log)")
    ax.set_ylabel("military spending / GDP (log)")
    points = [
        (float(gdp), float(after), nation_style(str(iso3)).label, colour)
        for iso3, gdp, after, colour in zip(data.index, data["gdp"], model, colours, strict=True)
    ]
    points.sort(key=lambda point: (point[3] == SOFT, -point[1]))
    return points, list(zip(data["gdp"], data["burden"], strict=True))


def waiting(of: Drawn, width: float) -> Figure:
    """Months by stage of administration, requests still open, and the median wait over time."""
    target = observed.fms_months()
    years, past = measured_years(of.about), window_years(target.window)
    asked = of.waits[of.waits["clock"] == REQUEST]
    both = bool(len(of.stages)) and of.stages["year"].min() <= past[1] < years[0]
    wide = is_wide(width)
    ways = {route: ROUTES[route] for route in usual_routes(of)}
    bars = (len(ways) * 6.2 + 16) * (2 if both else 1)
    figure = sheet(width, max(bars, 100) + 26 if wide else bars + 125)
    names = [*(["past"] if both else []), "late", "open", "time"]
    mosaic: list[Any] = (
        [["past", "open"], ["late", "time"]] if both else [["late", "open"], ["late", "time"]]
    )
    axes = figure.subplot_mosaic(
        mosaic if wide else [[name] for name in names],
        height_ratios=None
        if wide
        else [1.0 if name in ("past", "late") else 0.8 for name in names],
    )
    inches = width / (2 if wide else 1) - (30 if wide else 32)
    parts: list[tuple[str, Years, Target | None]] = [("late", years, None)]
    if both:
        parts.insert(0, ("past", past, target))
        axes["late"].sharex(axes["past"])
    top = 1e-9
    for place, (name, when, record) in enumerate(parts):
        letter(axes[name], place, f"Request to contract, {years_label(*when)}", inches)
        top = max(top, _months(axes[name], of, list(ways), when, record))
    axes["late"].set_xlim(0.0, 1.05 * top)
    letter(axes["open"], len(parts), f"Requests of {years_label(*years)}", inches)
    _open(axes["open"], of, ways, years)
    letter(axes["time"], len(parts) + 1, "Median wait", inches)
    curves(axes["time"], yearly_medians(asked), ways, "group", every=YEARS_APART)
    headroom(axes["time"], 0.02)
    _years(axes["time"], of, True)
    axes["time"].set(xlabel="year of the request", ylabel="years to first delivery")
    axes["time"].yaxis.set_major_locator(MaxNLocator(4, integer=True))
    legend(figure, _waiting_keys(of, ways, both), width)
    return figure


def _waiting_keys(of: Drawn, ways: dict[str, Style], both: bool) -> list[Any]:
    spent = of.stages.groupby("stage")["days"].sum()
    keys: list[Any] = [
        patch_key(name, *STAGES[stage])
        for stage, name in zip(STAGE_IDS, STAGE_NAMES, strict=True)
        if spent.get(stage, 0) > 0
    ]
    if both:
        keys.append(Line2D([], [], color=INK, lw=0.9, marker="|", markersize=6,
                           markeredgewidth=1.6, label="record with range"))  # fmt: skip
    return keys + [line_key(style) for style in ways.values()]


def _months(ax: Axes, of: Drawn, ways: list[str], years: Years, record: Target | None) -> float:
    """Bars of months by stage, a route a row; returns how far the marks reach."""
    runs = run_months(of.stages, years)
    table = runs.groupby("route").mean()
    shown = [route for route in ways if route in table.index]
    if not shown:
        nothing(ax, f"Nothing was contracted in {years_label(*years)}.")
        return 0.0
    labels = [fold(ROUTES[route].label, 1.05, TEXT, 2) for route in shown]
    stacked_bars(ax, table.loc[shown], {stage: STAGES[stage] for stage in STAGE_IDS}, labels)
    totals = runs.sum(axis=1).groupby("route").quantile(np.array(RANGE)).unstack().loc[shown]
    top = float(totals.to_numpy().max())
    for place, (low, high) in enumerate(totals.to_numpy()) if of.about.runs > 1 else ():
        for colour, more in (("white", 1.4), (INK, 0.0)):
            ax.plot([low, high], [place] * 2, color=colour, lw=0.9 + more, zorder=4, marker="|",
                    markersize=3 + more, markeredgewidth=0.7 + more)  # fmt: skip
    if record and shown[0] == "fms":
        low = record.value if record.low is None else record.low
        high = record.value if record.high is None else record.high
        ax.plot([low, high], [RECORD_AT] * 2, color=INK, lw=0.9, zorder=5)
        ax.plot(record.value, RECORD_AT, color=INK, marker="|", markersize=6, markeredgewidth=1.6,
                zorder=5)  # fmt: skip
        ax.set_ylim(top=RECORD_AT - 0.5)
        top = max(top, high)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.set_xlabel("months, mean over runs")
    return top


def _open(ax: Axes, of: Drawn, ways: dict[str, Style], years: Years) -> None:
    rows = of.waits[(of.waits["clock"] == REQUEST) & of.waits["year"].between(*years)]
    ax.set(xlabel="years since the request", ylabel="share not delivered")
    if rows.empty:
        nothing(ax, f"Nothing was requested in {years_label(*years)}.")
        return
    found = curve_bands(survival(rows, ["group", "replication"]))
    curves(ax, found, ways, "group", every=(4, 4))
    ax.axhline(0.5, color=SOFT, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
    ax.set(xlim=(0.0, SHOWN_YEARS), ylim=(0.0, 1.02))
    ax.set(xlabel="years since the request", ylabel="share not delivered")
    percent_axis(ax.yaxis)


def _years(ax: Axes, of: Drawn, named: bool) -> None:
    """The years of the run, without words: the caption says what is shaded and dashed."""
    time_axis(ax, of.about, words=False, narrow=True, line=0.7)
    ax.set_xlabel("year" if named else "")
