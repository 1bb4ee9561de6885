"""The hindcast at a glance: every target, the data's band, and where the model falls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from alliance_abm.datafiles import nation_names
from alliance_abm.domain_data import domain_labels
from alliance_abm.past import WINDOWS
from viz.page import SIPRI_TRANSFERS, empty, legend_strip, page
from viz.theme import BLUE, INK, RED, SOFT

Row = dict[str, Any]
EDGE = 4.0  # half bands: what lies further out is drawn at the edge
COLUMNS = 2
MARKERS = ("o", "s", "D")
OTHER = "P"
INITIAL = "initial state"


def hindcast_targets(rows: Sequence[Row], name: str = "baseline") -> Figure:
    """Dots and bands of the targets, all on one scale: distance from the data in half bands.

    Args:
        rows: rows of `experiments.hindcast` (those of kind `target` are used).
        name: the world's name.
    """
    targets = standardised(rows)
    all_targets = [row for row in rows if row["kind"] == "target"]
    runs = max((int(row["n"]) for row in all_targets), default=0)
    figure = page(
        hindcast_headline(targets),
        f"World '{name}', N = {runs} runs: median and 90 % interval over runs. Distance from the "
        "data in half widths of its band, so that the band reaches from −1 to 1; "
        f"{_left_out(len(all_targets) - len(targets))} "
        "Conditional on actual spending and scripted causes; targets used to calibrate are no "
        "evidence.",
        SIPRI_TRANSFERS,
        "Others: sources named in the table of targets.",
    )
    if targets.empty:
        empty(figure.subplots(), "No target has both a band and a value in the model.")
        return figure
    windows = list(dict.fromkeys(targets["window"]))
    looks = window_markers(windows)
    _legend(figure, looks)
    names = list(dict.fromkeys(targets["id"]))
    share = -(-len(names) // COLUMNS)
    parts = [names[start : start + share] for start in range(0, len(names), share)]
    axes = figure.subplots(1, len(parts), squeeze=False)[0]
    for ax, part in zip(axes, parts, strict=True):
        _dots(ax, targets[targets["id"].isin(part)], part, looks)
        ax.set_ylim(share - 0.5, -0.5)
    return figure


def _left_out(count: int) -> str:
    if count == 1:
        return "1 target without a band or a value is left out."
    return f"{count or 'no'} targets without a band or a value are left out."


def standardised(rows: Sequence[Row]) -> pd.DataFrame:
    """Targets with a band and a value: id, window, inside, and model, low, high in half bands."""
    found = []
    for row in rows:
        if row["kind"] != "target" or row["inside"] is None:
            continue
        figures = (row["model"], row["model_low"], row["model_high"])
        model, low, high = (_half_bands(row, value) for value in figures)
        keys = {name: row[name] for name in ("id", "window", "use", "inside")}
        found.append({**keys, "model": model, "low": low, "high": high})
    columns = ["id", "window", "use", "inside", "model", "low", "high"]
    return pd.DataFrame(found, columns=columns)


def _half_bands(row: Row, value: float) -> float:
    """Distance from the data over the width of the band on that side."""
    edge = row["target_high"] if value > row["target"] else row["target_low"]
    other = row["target_low"] if value > row["target"] else row["target_high"]
    if edge is None:  # nothing is too far out on this side
        edge = 2.0 * row["target"] - other
        return float(np.clip((value - row["target"]) / abs(edge - row["target"]), -1.0, 1.0))
    width = abs(edge - row["target"])
    if width == 0.0:
        return 0.0 if value == row["target"] else float(np.copysign(EDGE, value - row["target"]))
    return float((value - row["target"]) / width)


def window_markers(windows: Sequence[str]) -> dict[str, str]:
    """A marker for each of the three windows of the record; all others share one."""
    by_time = dict(zip(WINDOWS, MARKERS, strict=True))
    return {window: by_time.get(window, OTHER) for window in windows}


def _dots(ax: Axes, targets: pd.DataFrame, names: Sequence[str], looks: dict[str, str]) -> None:
    ax.axvspan(-1.0, 1.0, color="#DDDDDD", zorder=0, linewidth=0)
    ax.axvline(0.0, color=INK, linewidth=1.5, zorder=1)
    for place, name in enumerate(names):
        mine = targets[targets["id"] == name]
        offsets = (np.arange(len(mine)) - (len(mine) - 1) / 2) * 0.26
        for offset, row in zip(offsets, mine.itertuples(), strict=True):
            colour = BLUE if row.inside else RED
            y = place + offset
            low, middle, high = np.clip([row.low, row.model, row.high], -EDGE, EDGE)
            ax.plot([low, high], [y, y], color=colour, linewidth=1.4, alpha=0.8, zorder=2)
            ax.plot(
                middle, y, marker=looks[str(row.window)], color=colour, markersize=6, zorder=3,
                markerfacecolor=colour if row.inside else "white", markeredgewidth=1.6,
            )  # fmt: skip
    ax.set_xlim(-EDGE - 0.2, EDGE + 0.2)
    ax.set_yticks(range(len(names)), [readable(name) for name in names], size=10.5)
    ax.set_xlabel("distance from the data, half bands")
    ax.grid(axis="y", visible=True)
    ax.tick_params(axis="y", length=0)


def readable(name: str) -> str:
    """The id of a target in words.

    >>> readable("us_share_deliveries:isr_c2"), readable("order_to_delivery_years:KOR")
    ('U.S. share: ISR and C2', 'order to delivery: South Korea')
    """
    names = {**nation_names(), **{key: one.short_label for key, one in domain_labels().items()}}
    words = {
        "us_share_deliveries": "U.S. share",
        "competitor_share_deliveries": "competitors' share",
        "supplier_hhi": "supplier concentration",
        "buyer_hhi_median": "buyer concentration",
        "effective_suppliers_median": "effective suppliers",
        "buyers_top_supplier_over_75pct": "buyers over 75 % from one",
        "deal_top10pct_volume_share": "volume in largest tenth",
        "domain_mix": "share of imports",
        "pair_persistence": "pairs that recur",
        "new_pairs_volume_share": "volume of new pairs",
        "order_to_delivery_years": "order to delivery",
        "fms_months_request_to_contract": "FMS request to contract",
        "fms_share_of_us_deliveries": "FMS share of U.S. sales",
        "surge_wait_ratio": "wait in the surge",
    }
    start, _, rest = name.partition(":")
    text = words.get(start, start.replace("_", " "))
    return f"{text}: {names.get(rest, rest)}" if rest else text


def _legend(figure: Figure, looks: dict[str, str]) -> None:
    dot: dict[str, Any] = {"linestyle": "none", "markersize": 8}
    handles: list[Any] = [
        Line2D([], [], marker="o", color=BLUE, label="inside the band", **dot),
        Line2D([], [], marker="o", color=RED, markerfacecolor="white", markeredgewidth=1.6,
               label="OUTSIDE", **dot),
        Patch(facecolor="#DDDDDD", label="band of the data"),
    ]  # fmt: skip
    shown = dict(sorted((shape, window) for window, shape in looks.items()))
    for shape in (*MARKERS, OTHER):
        if shape in shown:
            label = "other windows" if shape == OTHER else shown[shape].replace("-", "–")
            handles.append(Line2D([], [], marker=shape, color=SOFT, label=label, **dot))
    legend_strip(figure, handles)


def hindcast_headline(targets: pd.DataFrame) -> str:
    """How many targets are inside their bands, those of the initial state apart."""
    first = targets["use"] == INITIAL
    later, start = (targets.loc[chosen, "inside"].astype(bool) for chosen in (~first, first))
    text = f"{later.sum()} of {len(later)} targets after the start are inside their bands, "
    text += f"{(~later).sum()} outside"
    return f"{text}; of the initial state {start.sum()} of {len(start)}" if len(start) else text
