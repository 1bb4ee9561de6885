"""From contract to first delivery: the model beside the record, by supplier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from alliance_abm.past import DELIVERY_COHORT
from alliance_abm.quarters import QUARTERS_A_YEAR, Quarter
from alliance_abm.waiting import CONTRACT
from experiments.targets import Target
from viz.bands import bands, curve_bands, survival
from viz.marks import line_and_band, slim
from viz.page import (
    SIPRI_TRANSFERS,
    About,
    digits,
    empty,
    legend_strip,
    page,
    percent_axis,
    title,
    years_label,
)
from viz.theme import GREY, INK, LINES, SOFT, SOURCES, Style, nation_style

COHORT = (Quarter(DELIVERY_COHORT.start).year, Quarter(DELIVERY_COHORT.stop - 1).year)
ALL, UNITED_STATES = "ALL", "USA"
ALL_STYLE = Style("All suppliers", SOFT, LINES[1], "s")
SHOWN_YEARS = 8
CALENDAR = 0.5  # a difference of n calendar years is n + 1/2 years at most, on average
HALF_BAR = 0.3
WIDEST = 1.5  # of the largest band: what lies further out is an arrow with its number
EDGES = ("low", "median", "high")


def order_to_delivery(
    waits: pd.DataFrame, targets: Mapping[str, Target], recorded: pd.DataFrame, about: About
) -> Figure:
    """Contract to first delivery by supplier, and the share of orders delivered year by year.

    Args:
        waits: `AllianceModel.waits()` of all runs.
        targets: the record by supplier with its bands, `viz.observed.lead_targets`.
        recorded: `viz.observed.recorded_fulfilment`.
        about: the runs.
    """
    signed = waits[waits["clock"] == CONTRACT]
    cohort = int(recorded["first_year"].min()), int(recorded["last_year"].max())
    found = lead_bands(signed, targets)
    figure = page(
        lead_headline(found, targets),
        f"Orders of all nations from abroad. Left: contracts of {years_label(*COHORT)}, median by "
        f"volume. Right: contracts of {years_label(*cohort)}, every order counts alike; "
        f"data in calendar years, drawn half a year on. {about.ensemble}",
        SIPRI_TRANSFERS,
    )
    _legend(figure)
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.1])
    lead_dots(left, found, targets)
    delivered_shares(right, signed[signed["year"].between(*cohort)], recorded)
    return figure


def weighted_leads(signed: pd.DataFrame) -> pd.DataFrame:
    """Median by volume of years from contract to first delivery, by replication and supplier.

    Orders still open count with the time waited, as in the targets' measure.
    """
    rows = signed[signed["year"].between(*COHORT)].sort_values("quarters", kind="stable")
    keys = [rows["replication"], rows["group"]]
    reached = rows.groupby(["replication", "group"])["volume"].cumsum()
    half = 0.5 * rows["volume"].groupby(keys).transform("sum")
    first = rows[reached >= half].groupby(["replication", "group"])["quarters"].first()
    return (first / QUARTERS_A_YEAR).rename("value").reset_index()


def lead_bands(signed: pd.DataFrame, targets: Mapping[str, Target]) -> pd.DataFrame:
    """Bands over runs of `weighted_leads` for the suppliers of the targets, by supplier."""
    leads = weighted_leads(signed)
    found = bands(leads[leads["group"].isin(list(targets))], ["group"])
    return found.set_index("group")


def lead_dots(ax: Axes, found: pd.DataFrame, targets: Mapping[str, Target]) -> None:
    """One line a supplier: the recorded level with its band, the model's median and band."""
    title(ax, "Contract to first delivery, by supplier")
    shown = [name for name in targets if name in found.index]
    if not shown:
        empty(ax, "No supplier on record sold abroad in these runs.")
        return
    shown.sort(key=lambda name: (targets[name].value, name))
    limit = WIDEST * max(target.high or target.value for target in targets.values())
    for place, name in enumerate(shown):
        target, style = targets[name], nation_style(name)
        low, high = target.low or 0.0, target.high or target.value
        ax.barh(place, high - low, left=low, height=2 * HALF_BAR, color="#DDDDDD", zorder=1)
        ax.plot([target.value] * 2, [place - HALF_BAR, place + HALF_BAR], color=INK, lw=3, zorder=2)
        least, median, most = (float(found[key].to_dict()[name]) for key in EDGES)
        face = style.colour if target.inside(float(median)) else "white"
        ax.plot([least, most], [place] * 2, color=style.colour, linewidth=3, zorder=3)
        far = median > limit
        ax.plot(
            min(median, 0.98 * limit), place, marker=">" if far else "o", markersize=11,
            color=style.colour, zorder=4, markerfacecolor=face, markeredgewidth=2.4,
        )  # fmt: skip
        if far:
            ax.annotate(
                digits(float(median)), (0.98 * limit, place), xytext=(-10, 0), weight="bold",
                textcoords="offset points", ha="right", va="center", color=style.colour,
            )  # fmt: skip
    ax.set_yticks(range(len(shown)), [nation_style(name).label for name in shown])
    ax.set_xlim(0.0, limit)
    ax.set_xlabel("years, median by volume")
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    ax.tick_params(axis="y", length=0)
    slim(ax, len(shown))


def fulfilment(signed: pd.DataFrame) -> pd.DataFrame:
    """Bands of the share of orders with a first delivery, by supplier (USA, ALL) and `time`."""
    both = pd.concat([signed.assign(group=ALL), signed[signed["group"] == UNITED_STATES]])
    if both.empty:
        return pd.DataFrame(columns=["group", "time", "low", "median", "high", "n"])
    return curve_bands(1.0 - survival(both, ["group", "replication"]))


def delivered_shares(ax: Axes, signed: pd.DataFrame, recorded: pd.DataFrame) -> None:
    """Curves of the model with the recorded shares as points."""
    title(ax, "Orders with a first delivery")
    found = fulfilment(signed)
    if found.empty:
        empty(ax, "Nothing was sold abroad in these runs.")
        return
    handles: list[Any] = []
    for name, style in ((UNITED_STATES, SOURCES[UNITED_STATES]), (ALL, ALL_STYLE)):
        mine, data = found[found["group"] == name], recorded[recorded["supplier"] == name]
        if mine.empty:
            continue
        line_and_band(ax, mine, style)
        ax.scatter(
            data["years"] + CALENDAR, data["value"], s=70, marker=style.marker, color="white",
            edgecolor=style.colour, linewidth=2.2, zorder=5,
        )  # fmt: skip
        label = f"{style.label}: model, points: data"
        handles.append(
            Line2D([], [], color=style.colour, linestyle=style.line, marker=style.marker,
                   markerfacecolor="white", markersize=8, markeredgewidth=2, label=label)
        )  # fmt: skip
    percent_axis(ax.yaxis)
    ax.set_xlim(0.0, SHOWN_YEARS)
    ax.set_ylim(0.0, 1.02)
    ax.set_xlabel("years since the contract")
    ax.set_ylabel("share of orders")
    ax.legend(handles=handles, loc="lower right")


def _legend(figure: Figure) -> None:
    dot: dict[str, Any] = {
        "linestyle": "-",
        "marker": "o",
        "markersize": 10,
        "color": GREY,
        "linewidth": 3,
    }
    handles = [
        Line2D([], [], color=INK, linestyle="none", marker="|", markersize=16, markeredgewidth=3,
               label="data"),
        Patch(facecolor="#DDDDDD", label="its band"),
        Line2D([], [], label="model inside the band", **dot),
        Line2D([], [], label="model outside", markerfacecolor="white", markeredgewidth=2.4, **dot),
    ]  # fmt: skip
    legend_strip(figure, handles)


def lead_headline(found: pd.DataFrame, targets: Mapping[str, Target]) -> str:
    """How many suppliers are inside their bands, and the U.S. median beside the data."""
    medians: dict[str, float] = dict(zip(found.index, found["median"], strict=True))
    judged = [target.inside(medians[name]) for name, target in targets.items() if name in medians]
    if not judged:
        return "Nobody on record sold abroad in these runs"
    text = f"Contract to first delivery is inside the band of the data for {judged.count(True)} of "
    text += f"{len(judged)} suppliers" if len(judged) > 1 else "1 supplier"
    if UNITED_STATES in medians:
        model, data = medians[UNITED_STATES], targets[UNITED_STATES].value
        text += f"; United States {digits(model)} years, data {digits(data)}"
    return text
