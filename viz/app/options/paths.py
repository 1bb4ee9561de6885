"""An outcome over time: its level with each policy, and how far policies part from the baseline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alliance_abm.outcomes import OUTCOMES
from alliance_abm.quarters import Quarter
from experiments.runner import CENTRAL_DRAW
from viz.app.chart import Chart
from viz.app.options.cubes import Cube, Floats, band, changes
from viz.app.options.frame import (
    BAND_OPACITY,
    FAINT,
    INK,
    LABEL_ROOM,
    TOP,
    WITHOUT,
    Option,
    banded,
    better_note,
    finished,
    frame,
    lever_start,
    looks,
    marks,
    nothing,
    shown_policies,
    stamped,
    time_axis,
    title_of,
    value_axis,
)
from viz.app.options.lines import LINES, level_unit, sentence_name, sign_of, values_of
from viz.app.options.words import EXAMPLE, ONE_RUN, ground, left_out, level, moved, spread
from viz.charts_policy_paths import Path
from viz.policy_view import BASELINE, View
from viz.policy_words import Row, is_share, scale_of, unit_words

LINE_AND_BAND = "Line: median; band: 10–90 % of runs."
PARTED = "Line: median of paired differences; band: 10–90 % of them."
WAYS = ("lower", "higher")
ROOM_FOR_QUARTER = 14  # pixels above the plot
NOT_KEPT = "These runs did not keep this series."


def level_chart(view: View, line: str, at: str | None = None) -> Chart:
    """The baseline and up to three policies: median and 10–90 % band by quarter.

    `line` is one of `viz.app.options.lines.LINES`; `at` a quarter to mark, such as 2031Q2.
    """
    path, cube = LINES[line], Cube.of(view)
    shown = shown_policies(view, [path.headline])
    found = _values(cube, view, path, shown)
    name, unit = path.name, level_unit(path.unit)
    if BASELINE not in found:
        return unseen(f"level-{line}", name, NOT_KEPT, view)
    keep = cube.since(int(view.comparison.scenario.horizon.report_from))
    quarters = cube.quarters[keep]
    series, rows = [], []
    for policy, values in found.items():
        figures = band(values[:, keep])
        light = BAND_OPACITY if policy == BASELINE or len(found) < 3 else BAND_OPACITY / 2
        series += banded(policy, title_of(view, policy), figures, *looks(view, policy), light)
        rows.append(_table(policy, path, quarters, figures, unit))
    runs = runs_in(found)
    option = time_option(f"{name}{better_note(path.headline)}", unit, sign_of(path.unit), quarters,
                         series, view, at)  # fmt: skip
    headline = level_headline(view, path, found, cube, at)
    return Chart(
        f"level-{line}", finished(option), headline,
        ground(view, runs, LINE_AND_BAND) + left_out(view, shown), stamped(pd.concat(rows), view),
        f"Line chart of {name}, {unit}, {quarters[0]} to {quarters[-1]}. {headline}.",
    )  # fmt: skip


def difference_chart(view: View, line: str, at: str | None = None) -> Chart:
    """Policies minus baseline on the same seeds: median and 10–90 % band of pairs by quarter."""
    path, cube = LINES[line], Cube.of(view)
    shown = shown_policies(view, [path.headline])
    found = _values(cube, view, path, shown)
    name = f"Change in {sentence_name(path)}"
    unit = f"{unit_words(path.unit)}, against the same run without levers"
    ident = f"difference-{line}"
    if BASELINE not in found or len(found) == 1:
        why = NOT_KEPT if BASELINE not in found else "No policy was run."
        return unseen(ident, name, why, view)
    keep = cube.since(_from(view))
    quarters = cube.quarters[keep]
    series, rows, whole = [_zero(quarters)], [], True
    for policy, values in found.items():
        if policy == BASELINE:
            continue
        figures = band((values - found[BASELINE])[:, keep])
        whole &= bool((np.nan_to_num(np.stack([figures["low"], figures["high"]])) == 0.0).all())
        series += banded(policy, title_of(view, policy), figures, *looks(view, policy))
        rows.append(_table(policy, path, quarters, figures, unit))
    option = time_option(name, unit, "", quarters, series, view, at, signs=True)
    if whole:
        option["yAxis"] |= {"min": -1, "max": 1, "interval": 1}
    headline = moved(view, *_change(view, path, found, cube, at))
    return Chart(
        ident, finished(option), headline,
        ground(view, runs_in(found), PARTED) + left_out(view, shown),
        stamped(pd.concat(rows), view),
        f"Line chart of the {name[0].lower()}{name[1:]}, {unit}. {headline}.",
    )  # fmt: skip


def _values(cube: Cube, view: View, path: Path, shown: Sequence[str]) -> dict[str, Floats]:
    both = {name: values_of(cube, name, path) for name in (BASELINE, *shown)}
    return {name: values for name, values in both.items() if values is not None}


def _from(view: View) -> int:
    """First quarter of differences: a year before the first lever, or that of reporting."""
    report, start = int(view.comparison.scenario.horizon.report_from), lever_start(view)
    return report if start is None else max(report, int(Quarter.parse(start)) - 4)


def _zero(quarters: Sequence[str]) -> Option:
    """The runs without levers: a line at zero."""
    label = {"show": True, "formatter": WITHOUT.replace(" ", "\n", 1), "color": INK,
             "fontSize": 12, "lineHeight": 14}  # fmt: skip
    return {
        "type": "line", "id": "zero", "name": WITHOUT, "data": [0] * len(quarters), "z": 2,
        "symbol": "none", "lineStyle": {"color": INK, "width": 1.6}, "silent": True,
        "itemStyle": {"color": INK}, "tooltip": {"show": False}, "endLabel": label,
        "labelLayout": {"moveOverlap": "shiftY"},
    }  # fmt: skip


def time_option(
    name: str, unit: str, sign: str, quarters: Sequence[str], series: Sequence[Option],
    view: View, at: str | None, signs: bool = False,
) -> Option:  # fmt: skip
    """Lines over quarters with names at their ends, first lever and quarter marked."""
    series = [dict(one) for one in series]
    series[-1] |= marks(quarters, lever_start(view), at)
    option = frame(name, unit, xAxis=time_axis(quarters), yAxis=value_axis(sign), series=series)
    option["grid"] |= {"right": LABEL_ROOM, "top": TOP + ROOM_FOR_QUARTER}
    option["tooltip"] |= {
        "trigger": "axis", "formatter": f"fmt:bands:{'signed' if signs else ''}{sign}",
        "axisPointer": {"lineStyle": {"color": FAINT}},
    }  # fmt: skip
    if signs:
        option["yAxis"]["axisLabel"]["formatter"] = "fmt:signed:"
    option["dataZoom"] = [{"type": "inside", "zoomOnMouseWheel": "shift", "moveOnMouseMove": False,
                           "filterMode": "none"}]  # fmt: skip
    return option


def _table(
    policy: str, path: Path, quarters: Sequence[str], figures: dict[str, Floats], unit: str
) -> pd.DataFrame:
    labels = {"policy": policy, "quarter": list(quarters), "entity": path.entity,
              "outcome": path.outcome, "name": path.name, "unit": unit}  # fmt: skip
    return pd.DataFrame({**labels, **figures})


def runs_in(found: dict[str, Floats]) -> int:
    """Runs of the baseline that have a value in some quarter."""
    return int(np.isfinite(found[BASELINE]).any(axis=1).sum())


def unseen(ident: str, name: str, why: str, view: View) -> Chart:
    """A chart that says why it shows nothing."""
    option = finished(nothing(name, why))
    note = ground(view, view.comparison.replications)
    return Chart(ident, option, why.rstrip("."), note, stamped([], view), f"{name}: {why}")


def level_headline(
    view: View, path: Path, found: dict[str, Floats], cube: Cube, at: str | None
) -> str:
    """The level without levers, and what policies change of it."""
    rows, _, unit, ways, when = _change(view, path, found, cube, at)
    if at is None and path.unit == unit and when == f"in {view.years}":
        values = window_values(view, BASELINE, path.headline)
    else:
        values = found[BASELINE][:, cube.quarters.index(_quarter(cube, at))]
    here = {key: float(one[0]) for key, one in band(values[:, None]).items()}
    words = "" if is_share(path.unit) else f" {unit_words(path.unit)}"
    text = f"{path.name} is {level(here['median'], path.unit)}{words} {when} without levers"
    if here["n"] > 1:
        text += f" ({spread(here['low'], here['high'], path.unit)} in 8 of 10 runs)"
    else:
        text += f", {EXAMPLE}"
    if len(found) == 1:
        return text
    words = moved(view, rows, "it", unit, ways, "")
    return f"{text}: it cannot tell a change" if words == ONE_RUN else f"{text}. {words}"


def window_values(view: View, policy: str, outcome: str) -> Floats:
    """An outcome of each run in the first world, shares in per cent."""
    table = view.of_world(view.comparison.outcomes)
    mine = (table["policy"] == policy) & (table["outcome"] == outcome)
    mine &= table["draw"] == CENTRAL_DRAW
    values = table.loc[mine, "value"].to_numpy(float)
    unit = OUTCOMES[outcome].unit if outcome in OUTCOMES else ""
    return np.asarray(values * scale_of(unit))


def _quarter(cube: Cube, at: str | None) -> str:
    """The quarter looked at, or the last one."""
    return at if at in cube.quarters and at is not None else cube.quarters[-1]


def _change(
    view: View, path: Path, found: dict[str, Floats], cube: Cube, at: str | None
) -> tuple[Sequence[Row], str, str, tuple[str, str], str]:
    """Arguments of `moved`: differences over the reported years, or at the quarter looked at.

    Without `at` those of the table of differences where it has the outcome in the same unit.
    """
    name = f"the {sentence_name(path)}"
    policies = [policy for policy in found if policy != BASELINE]
    known = OUTCOMES[path.headline].unit == path.unit if path.headline in OUTCOMES else False
    if at is None and known and len(window_values(view, BASELINE, path.headline)):
        both = [view.row(policy, view.worlds[0], path.headline) for policy in policies]
        rows = [row for row in both if row is not None]
        return rows, name, path.unit, WAYS, f"in {view.years}"
    quarter = _quarter(cube, at)
    place = cube.quarters.index(quarter)
    scale = scale_of(path.unit)  # back to the unit of the outcome
    before = found[BASELINE][:, place] / scale
    after = [found[policy][:, place] / scale for policy in policies]
    return changes(before, after, policies), name, path.unit, WAYS, f"in {quarter}"
