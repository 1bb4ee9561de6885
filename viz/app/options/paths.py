"""An outcome over time: its level with each policy, and how far policies part from the baseline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alliance_abm.outcomes import OUTCOMES
from alliance_abm.quarters import Quarter
from experiments.paired import FEWEST
from experiments.runner import CENTRAL_DRAW
from viz.app.chart import Chart
from viz.app.options.cubes import Cube, Floats, band, changes, mean_over
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
from viz.app.options.words import (
    EXAMPLE,
    ONE_RUN,
    ground,
    left_out,
    level,
    moved,
    quoted,
    spread,
)
from viz.charts_policy_paths import Path
from viz.policy_view import BASELINE, View
from viz.policy_words import AS_IT_MUST, Row, is_share, listed, scale_of, signed, unit_words

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
    quarter = cube.looked(at)
    if quarter is None:
        headline = moved(view, *_change(view, path, found, cube))
    else:
        headline = _apart_words(view, path, found, cube.quarters.index(quarter), quarter)
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
    """The level without levers, and what policies change of it.

    At a quarter looked at the level with each policy: one of many quarters is no test.
    """
    quarter = cube.looked(at)
    if quarter is not None:
        return _levels_words(view, path, found, cube.quarters.index(quarter), quarter)
    rows, _, unit, ways, when = _change(view, path, found, cube)
    if _in_table(view, path, list(found)):
        values = window_values(view, BASELINE, path.headline)
    else:
        values = mean_over(found[BASELINE], cube.reported(view))
    text = f"{path.name} is {_with_band(values, path.unit, f' {when} without levers')}"
    if np.isfinite(values).sum() <= 1:
        text += f", {EXAMPLE}"
    if len(found) == 1:
        return text
    words = moved(view, rows, "it", unit, ways, "")
    return f"{text}: it cannot tell a change" if words == ONE_RUN else f"{text}. {words}"


def _with_band(values: Floats, unit: str, after: str) -> str:
    """A median with its unit, words after it, and the range of runs when there are several."""
    here = {key: float(one[0]) for key, one in band(values[:, None]).items()}
    words = "" if is_share(unit) else f" {unit_words(unit)}"
    text = f"{level(here['median'], unit)}{words}{after}"
    if here["n"] > 1:
        text += f" ({spread(here['low'], here['high'], unit)} in 8 of 10 runs)"
    return text


def _levels_words(
    view: View, path: Path, found: dict[str, Floats], place: int, quarter: str
) -> str:
    """The levels at a quarter, nothing tested."""
    parts = [
        _with_band(values[:, place], path.unit,
                   " without levers" if policy == BASELINE else f" with {quoted(view, policy)}")
        for policy, values in found.items()
    ]  # fmt: skip
    one = np.isfinite(found[BASELINE][:, place]).sum() <= 1
    return f"In {quarter} {sentence_name(path)} is {listed(parts)}" + (f", {EXAMPLE}" * bool(one))


def _apart_words(view: View, path: Path, found: dict[str, Floats], place: int, quarter: str) -> str:
    """The paired differences at a quarter as they are drawn, nothing tested."""
    name, parts, most = sentence_name(path), [], 0
    apart = {policy: (values - found[BASELINE])[:, place] for policy, values in found.items()
             if policy != BASELINE}  # fmt: skip
    for policy, values in apart.items():
        here = {key: float(one[0]) for key, one in band(values[:, None]).items()}
        most = max(most, int(here["n"]))
        edges = f"{signed(here['low'])} to {signed(here['high'])} in 8 of 10 pairs"
        parts.append(f"{signed(here['median'])} {unit_words(path.unit)} ({edges}) with "
                     f"{quoted(view, policy)}")  # fmt: skip
    if most < FEWEST:
        return ONE_RUN
    if all((values[np.isfinite(values)] == 0.0).all() for values in apart.values()):
        placebo = all(view.is_placebo(policy) for policy in apart)
        zero = AS_IT_MUST if placebo else "exactly zero"
        return f"In {quarter} the change in {name} is {zero}"
    return f"In {quarter}, one quarter and not tested, the change in {name} is {listed(parts)}"


def window_values(view: View, policy: str, outcome: str) -> Floats:
    """An outcome of each run in the first world, shares in per cent."""
    table = view.of_world(view.comparison.outcomes)
    mine = (table["policy"] == policy) & (table["outcome"] == outcome)
    mine &= table["draw"] == CENTRAL_DRAW
    values = table.loc[mine, "value"].to_numpy(float)
    unit = OUTCOMES[outcome].unit if outcome in OUTCOMES else ""
    return np.asarray(values * scale_of(unit))


def _in_table(view: View, path: Path, policies: Sequence[str]) -> bool:
    """Does the table of differences have the outcome in the unit shown, for every policy?"""
    known = path.headline in OUTCOMES and OUTCOMES[path.headline].unit == path.unit
    return (
        known
        and len(window_values(view, BASELINE, path.headline)) > 0
        and all(view.row(policy, view.worlds[0], path.headline) is not None
                for policy in policies if policy != BASELINE)
    )  # fmt: skip


def _change(
    view: View, path: Path, found: dict[str, Floats], cube: Cube
) -> tuple[Sequence[Row], str, str, tuple[str, str], str]:
    """Arguments of `moved`: differences over the reported years.

    Those of the table of differences where it has the outcome in the same unit, else those of
    the means over these years, all policies shown being one family.
    """
    name, when = f"the {sentence_name(path)}", f"in {view.years}"
    policies = [policy for policy in found if policy != BASELINE]
    if _in_table(view, path, policies):
        both = [view.row(policy, view.worlds[0], path.headline) for policy in policies]
        rows = [row for row in both if row is not None]
        return rows, name, path.unit, WAYS, when
    years, scale = cube.reported(view), scale_of(path.unit)  # back to the unit of the outcome
    before, *after = (mean_over(found[one], years) / scale for one in (BASELINE, *policies))
    return changes(before, after, policies), name, path.unit, WAYS, when
