"""What policies change: a panel a headline, and all of it as one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from viz.page import empty, legend_strip, title
from viz.policy_marks import (
    LABEL_SIZE,
    MOST_SHADE,
    SHADES,
    SMALL_SIZE,
    TALL_ROWS,
    Cell,
    cells,
    dot,
    dots_axis,
    dots_legend,
    place_rows,
    row_labels,
    row_size,
    scale_for,
    sheet,
)
from viz.policy_view import View, all_zero, largest
from viz.policy_words import (
    AS_IT_MUST,
    BETTER,
    CLEAR,
    PER_CENT,
    Row,
    better_words,
    change_words,
    counted,
    fold,
    is_clear,
    is_zero,
    level_words,
    listed,
    scale_of,
    signed,
    unit_words,
)

GAP = 0.07  # of a panel's width, between panels
PANEL_INCHES, NARROW_INCHES, HEAD_INCHES = 1.42, 1.15, 1.25
CELL_SIZE, TINY_SIZE, UPRIGHT_INCHES = 10.0, 8.5, 1.35
MOST_TOLD = 2


def policy_differences(view: View) -> Figure:
    """Difference of every policy to the baseline in one world: a panel a headline."""
    rows = view.rows(view.headlines)
    figure = sheet(effects_headline(view), f"{view.ground} {_measure_words(view)}")
    if not rows:
        empty(figure.subplots(), "No headline was measured.")
        return figure
    legend_strip(figure, dots_legend(rows, f"clear: {CLEAR}"))
    engine: Any = figure.get_layout_engine()
    engine.set(wspace=GAP)
    axes = figure.subplots(1, len(view.headlines), squeeze=False, sharey=True)[0]
    for ax, outcome in zip(axes, view.headlines, strict=True):
        outcome_panel(ax, view.rows([outcome]), view)
    place_rows(axes, row_labels([view.titles[name] for name in view.policies]))
    return figure


def _measure_words(view: View) -> str:
    interval = " with its 90 % bootstrap interval" if view.pairs > 1 else ""
    return (
        f"Mean difference to the same run without the policy{interval}. Outcomes of {view.years}, "
        "counted at the clock named under each panel; 'better' is marked only where every nation "
        "would agree."
    )


def outcome_panel(ax: Axes, rows: Sequence[Row], view: View) -> None:
    """Dots and intervals of one outcome, a row a policy."""
    scale = scale_for(rows)
    beside = len(view.policies) > TALL_ROWS
    for row in rows:
        dot(ax, view.policies.index(row["policy"]), row, scale, beside=beside)
    dots_axis(ax, rows, scale, beside)
    first = rows[0]
    inches = NARROW_INCHES if beside else PANEL_INCHES
    title(ax, fold(str(first["name"]), inches, LABEL_SIZE, 4, "bold"))
    ax.title.set_fontsize(LABEL_SIZE)
    under = [
        fold(unit_words(first["unit"]), inches, SMALL_SIZE, 3),
        f"counts {first['clock']}",
        f"baseline {level_words(first['baseline'], first['unit'])}",
        better_words(first["outcome"]),
    ]
    ax.set_xlabel("\n".join(line for line in under if line), size=SMALL_SIZE, linespacing=1.25)


def effects_headline(view: View) -> str:
    """What the policies of a world change, in a sentence."""
    rows = [row for row in view.rows(view.headlines) if np.isfinite(row["difference"])]
    if not rows:
        return "No headline was measured"
    if view.pairs == 1:
        return "A single pair of runs cannot tell a difference from chance"
    if len(view.policies) == 1:
        return _one_policy(view, rows)
    moved = {row["policy"] for row in rows if is_clear(row)}
    most = largest(rows, view)
    if most is None:
        return f"None of {len(view.policies)} policies moves a headline clearly"
    text = f"{len(moved)} of {len(view.policies)} policies move a headline clearly"
    if len(moved) == 1:
        text = f"1 of {len(view.policies)} policies moves a headline clearly"
    return f"{text}; most of all with {view.short(most['policy'])}: {change_words(most)}"


def _one_policy(view: View, rows: Sequence[Row]) -> str:
    name = view.short(view.policies[0])
    if all_zero(rows):
        if view.is_placebo(view.policies[0]):
            return f"{name}: every difference is {AS_IT_MUST}"
        return f"With {name}, every headline is exactly as without it"
    clear = [row for row in rows if is_clear(row)]
    if view.is_placebo(view.policies[0]):
        return f"{name}: differences are not zero, so the comparison is not to be trusted"
    if not clear:
        return f"With {name}, no headline moves clearly"
    told = listed([change_words(row) for row in clear[:MOST_TOLD]])
    left = len(clear) - MOST_TOLD
    rest = "nothing else moves clearly"
    if left > 0:
        rest = f"{counted(left, 'other headline moves', 'other headlines move')} clearly"
    return f"With {name}, {told}; {rest}"


def policy_matrix(view: View) -> Figure:
    """Policies by headlines as a table of numbers, in one world or a panel a world.

    With several worlds only the clear numbers are written.
    """
    many = len(view.worlds) > 1
    draws = bool(view.differences["sign_share"].notna().any()) and not many
    figure = sheet(
        matrix_headline(view),
        f"{view.ground} Mean differences in the unit over each column, outcomes of "
        f"{view.years}. Coloured where clear ({CLEAR}), by the difference in standard deviations "
        "over runs without the policy; "
        + ("a dot where it may be chance." if many else "grey where it may be chance.")
        + (" In brackets: share of parameter draws with the same sign." if draws else ""),
    )
    if not view.headlines:
        empty(figure.subplots(), "No headline was measured.")
        return figure
    axes = figure.subplots(1, len(view.worlds), squeeze=False, sharey=True)[0]
    for ax, world in zip(axes, view.worlds, strict=True):
        _matrix_panel(ax, view, world)
    labels = row_labels([view.titles[name] for name in view.policies])
    axes[0].set_yticks(range(len(labels)), labels, size=row_size(len(labels)), linespacing=1.1)
    if any(is_clear(row) for row in view.rows(view.headlines)):
        shades = ScalarMappable(Normalize(-MOST_SHADE, MOST_SHADE), SHADES)
        bar = figure.colorbar(shades, ax=list(axes), fraction=0.02, pad=0.015, aspect=30)
        bar.set_label("clear differences, standard deviations", size=SMALL_SIZE)
        bar.ax.tick_params(labelsize=SMALL_SIZE)
    return figure


def _matrix_panel(ax: Axes, view: View, world: str) -> None:
    many = len(view.worlds) > 1
    found: dict[tuple[int, int], Cell] = {}
    for column, outcome in enumerate(view.headlines):
        spread = view.spread(outcome, world)
        for place, policy in enumerate(view.policies):
            row = view.row(policy, world, outcome)
            found[place, column] = ("–", None, False) if row is None else _cell(row, spread, many)
    cells(ax, found, (len(view.policies), len(view.headlines)), TINY_SIZE if many else CELL_SIZE)
    heads = [_head(view, outcome, many) for outcome in view.headlines]
    look: dict[str, Any] = {"size": SMALL_SIZE, "linespacing": 1.2}
    if many:
        look = {"size": TINY_SIZE, "rotation": 90, "va": "bottom", "linespacing": 1.1}
    ax.set_xticks(range(len(heads)), heads, **look)
    if many:
        title(ax, fold(f"World '{world}'", PANEL_INCHES * 2, LABEL_SIZE, 1, "bold"))
        ax.title.set_fontsize(LABEL_SIZE)


def _cell(row: Row, spread: float, many: bool) -> Cell:
    text = signed(row["difference"] * scale_of(row["unit"]))
    clear = is_clear(row)
    if many and not clear and not is_zero(row):
        text = "·"
    elif np.isfinite(row["sign_share"]) and not is_zero(row) and not many:
        text += f" ({PER_CENT * row['sign_share']:.0f} %)"
    shade = row["difference"] / spread if np.isfinite(spread) and spread > 0.0 else None
    return text, shade, clear


def _head(view: View, outcome: str, many: bool) -> str:
    """Name, unit and better direction of a headline, over its column; short with many worlds."""
    row = view.rows([outcome])[0]
    unit = unit_words(row["unit"])
    if many:
        name = fold(row["name"], UPRIGHT_INCHES, TINY_SIZE, 2)
        return f"{name}\n{fold(unit, UPRIGHT_INCHES, TINY_SIZE, 1)}"
    way = {1: "(higher is better)", -1: "(lower is better)"}.get(BETTER.get(outcome, 0), "")
    name, under = (fold(text, HEAD_INCHES, SMALL_SIZE, 3) for text in (row["name"], unit))
    return "\n".join(line for line in (name, under, way) if line)


def matrix_headline(view: View) -> str:
    """Whether effects agree between worlds, or which policies better one thing for another."""
    rows = [row for row in view.rows(view.headlines) if np.isfinite(row["difference"])]
    if rows and all_zero(rows):
        placebo = all(view.is_placebo(name) for name in view.policies)
        return f"Every difference is {AS_IT_MUST if placebo else 'exactly zero'}"
    clear = [row for row in rows if is_clear(row)]
    if not clear:
        return "No difference to the runs without a policy is clear"
    if len(view.worlds) > 1:
        return _worlds_headline(view, clear)
    ways: dict[str, set[bool]] = {name: set() for name in view.policies}
    for row in clear:
        if row["outcome"] in BETTER:
            ways[row["policy"]].add((row["difference"] > 0.0) == (BETTER[row["outcome"]] > 0))
    counts = [sum(way == wanted for way in ways.values()) for wanted in ({True}, {True, False})]
    if len(view.policies) == 1:
        both, good = counts[1] == 1, counts[0] == 1
        name = view.short(view.policies[0])
        if both:
            return f"{name} improves one headline at the price of another"
        return f"{name} improves {'something and worsens nothing' if good else 'nothing'} clearly"
    text = f"{counts[0] or 'None'} of {len(view.policies)} policies "
    text += "improves a headline" if counts[0] < 2 else "improve a headline"
    text += " without clearly worsening another"
    if counts[1]:
        text += f"; {counts[1]} {'improve' if counts[1] > 1 else 'improves'} one at another's price"
    return text


def _worlds_headline(view: View, clear: Sequence[Row]) -> str:
    seen: dict[tuple[str, str], list[bool]] = {}
    for row in clear:
        seen.setdefault((row["policy"], row["outcome"]), []).append(row["difference"] > 0.0)
    same = sum(len(ways) == len(view.worlds) and len(set(ways)) == 1 for ways in seen.values())
    turned = sum(len(set(ways)) == 2 for ways in seen.values())
    text = f"Of {counted(len(seen), 'effect', 'effects')} clear in some world, "
    text += f"{same or 'none'} {'is' if same == 1 else 'are'} clear with the same sign in all "
    text += str(len(view.worlds))
    return text + (f"; {turned} change sign" if turned > 1 else "; 1 changes sign" * turned)
