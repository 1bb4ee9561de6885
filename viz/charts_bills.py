"""What levers cost: what happens when the bill comes and the benefit does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from alliance_abm.lever_data import LEVERS
from experiments.paired import holm
from viz.page import empty, legend_strip, title
from viz.policy_marks import (
    LABEL_SIZE,
    SIDE_SIZE,
    SMALL_SIZE,
    dot,
    dots_axis,
    dots_legend,
    place_rows,
    scale_for,
    sheet,
)
from viz.policy_view import View, all_zero, records
from viz.policy_words import CLEAR, Row, change_words, cut, fold, is_clear, unit_words

MOST_PANELS, MOST_ROWS, FEW_LEVERS = 5, 8, 4
LABEL_INCHES, PANEL_INCHES, GAP = 4.2, 1.2, 0.07
MONEY = "US$"


def lever_bills(view: View) -> Figure:
    """Differences with the bill alone: a row a lever, a panel a measure."""
    rows = bill_rows(view)
    every, levers = levers_of(rows), foremost_levers(rows)
    outcomes = measures_of([row for row in rows if row["bill"] in levers])
    figure = sheet(
        bills_headline(rows, every),
        f"Each lever once more with its bill alone, the benefit switched off. {view.ground} Mean "
        f"difference to the same run without it{view.interval}; outcomes of {view.years}."
        f" Shown: {_shown(levers, every)}the {len(outcomes)} measures that bills move most.",
    )
    if not outcomes:
        empty(figure.subplots(), "No bill was measured.")
        return figure
    shown = [row for row in rows if row["outcome"] in outcomes and row["bill"] in levers]
    legend_strip(figure, dots_legend(shown, f"clear: {CLEAR}"))
    engine: Any = figure.get_layout_engine()
    engine.set(wspace=GAP)
    axes = figure.subplots(1, len(outcomes), squeeze=False, sharey=True)[0]
    beside = len(levers) > FEW_LEVERS
    for ax, outcome in zip(axes, outcomes, strict=True):
        mine = [row for row in shown if row["outcome"] == outcome]
        for row in mine:
            dot(ax, list(levers).index(row["bill"]), row, scale_for(mine), beside=beside)
        dots_axis(ax, mine, scale_for(mine), beside)
        title(ax, fold(str(mine[0]["name"]), PANEL_INCHES, LABEL_SIZE, 3, "bold"))
        ax.title.set_fontsize(LABEL_SIZE)
        ax.set_xlabel(fold(unit_words(mine[0]["unit"]), PANEL_INCHES, SMALL_SIZE, 3),
                      size=SMALL_SIZE)  # fmt: skip
    place_rows(axes, [_label(name, what, len(levers)) for name, what in levers.items()])
    if len(levers) > FEW_LEVERS:
        axes[0].tick_params(axis="y", labelsize=SIDE_SIZE)
    return figure


def bill_rows(view: View) -> list[Row]:
    """Bills of these policies' levers in this world, each once, with the `bill` to call it by.

    A lever that several policies have at different sizes is called by its policy too.
    """
    table = view.of_world(view.comparison.bills).dropna(subset=["difference"])
    table = table.drop_duplicates(["lever", "outcome", "difference", "low", "high"])
    twice = set(table.loc[table.duplicated(["lever", "outcome"]), "lever"])
    names = [LEVERS[lever].name if lever in LEVERS else lever for lever in table["lever"]]
    titles = [view.titles[policy] for policy in table["policy"]]
    table = table.assign(
        bill=[f"{name}, in: {title}" if lever in twice else name
              for lever, name, title in zip(table["lever"], names, titles, strict=True)]
    )  # fmt: skip
    if "p_holm" not in table:
        table = table.assign(p_holm=holm(table["p"].to_numpy(float)))
    return records(table)


def levers_of(rows: Sequence[Row]) -> dict[str, str]:
    """Bills by name, with what they are in words."""
    return {row["bill"]: row["what"] for row in rows}


def foremost_levers(rows: Sequence[Row]) -> dict[str, str]:
    """At most MOST_ROWS of them: those whose bills move something most, in their order."""
    reach: dict[str, float] = {}
    for row in rows:
        reach[row["bill"]] = max(reach.get(row["bill"], 0.0), _size(row))
    most = sorted(reach, key=lambda lever: -reach[lever])[:MOST_ROWS]
    return {lever: what for lever, what in levers_of(rows).items() if lever in most}


def _shown(levers: dict[str, str], every: dict[str, str]) -> str:
    some = len(levers) < len(every)
    return f"the {len(levers)} of {len(every)} levers, and " if some else ""


def measures_of(rows: Sequence[Row]) -> list[str]:
    """Money first, then the measures that most bills move clearly, then by their size."""
    if not rows:
        return []
    table = pd.DataFrame([dict(row) for row in rows]).assign(
        clear=[is_clear(row) for row in rows], size=[_size(row) for row in rows]
    )
    score = table.groupby("outcome", sort=False).agg({"clear": "sum", "size": "max"})
    money = set(table.loc[table["unit"].str.startswith(MONEY), "outcome"])
    score["money"] = [name in money for name in score.index]
    ordered = score.sort_values(["money", "clear", "size"], ascending=False, kind="stable")
    return list(ordered.index[:MOST_PANELS])


def _size(row: Row) -> float:
    """How far a difference is from zero, in half-widths of its interval."""
    half = (row["high"] - row["low"]) / 2.0
    if row["difference"] == 0.0 or not np.isfinite(half):
        return 0.0
    return abs(row["difference"]) / half if half > 0.0 else float("inf")


def _label(name: str, what: str, levers: int) -> str:
    size = LABEL_SIZE if levers <= FEW_LEVERS else SIDE_SIZE
    lines = 3 if levers <= FEW_LEVERS else 1
    return f"{fold(name, LABEL_INCHES, size, 1)}\n{fold(what, LABEL_INCHES, size, lines)}"


def bills_headline(rows: Sequence[Row], levers: dict[str, str]) -> str:
    """How many bills move something clearly, and the largest of them."""
    if not rows:
        return "No bill was measured"
    if all_zero(rows):
        return "The bills by themselves change exactly nothing"
    clear = [row for row in rows if is_clear(row)]
    if not clear:
        return "No lever's bill, by itself, moves anything clearly"
    most = max(clear, key=_size)
    moved = len({row["bill"] for row in clear})
    name = most["bill"]
    if len(levers) == 1:
        return f"The bill of {cut(name)}, by itself: {change_words(most)}"
    own = "moves something clearly by its" if moved == 1 else "move something clearly by their"
    text = f"{moved} of {len(levers)} levers {own} bill alone"
    return f"{text}; clearest {cut(name)}: {change_words(most)}"
