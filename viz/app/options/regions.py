"""Burden shifting over time: what each region could do without U.S. stock."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.compare_words import FEW, verdict
from viz.app.chart import Chart
from viz.app.options.cubes import Cube, Floats, band, changes, mean_over
from viz.app.options.frame import BAND_OPACITY, Option, adaptive, banded, finished, stamped
from viz.app.options.lines import REGIONS
from viz.app.options.paths import NOT_KEPT, WAYS, time_option, unseen
from viz.app.options.shares import SHARE, per_cent, with_words
from viz.app.options.words import EXAMPLE, counted_pairs, ground, level, moved, quoted
from viz.policy_view import BASELINE, View
from viz.policy_words import PER_CENT, Row, is_clear, is_zero
from viz.theme import REGION_COLOURS, REGION_LABELS

REGION_ROOM = 106  # pixels for names beside the lines


def regions_chart(view: View, only: str | None = None, at: str | None = None) -> Chart:
    """Burden shifting: the share of its need that each region meets without U.S. stock."""
    cube = Cube.of(view)
    policy = only or next(iter(view.policies), BASELINE)
    name, unit = "Need met without U.S. stock", f"per cent of need; {with_words(view, policy)}"
    there = [region for region in REGION_LABELS if cube.get(policy, region, REGIONS) is not None]
    if not there:
        return unseen("regions", name, NOT_KEPT, view)
    keep = cube.since(int(view.comparison.scenario.horizon.report_from))
    quarters = cube.quarters[keep]
    series: list[Option] = []
    rows, runs = [], 0
    for region in there:
        values = per_cent(cube, policy, region, REGIONS)
        figures, colour = band(values[:, keep]), adaptive(REGION_COLOURS[region])
        runs = max(runs, int(np.isfinite(values).any(axis=1).sum()))
        series += banded(region, REGION_LABELS[region], figures, colour, "solid",
                         BAND_OPACITY / 2)  # fmt: skip
        rows.append(pd.DataFrame({"policy": policy, "quarter": list(quarters), "region": region,
                                  "unit": unit, **figures}))  # fmt: skip
        if policy != BASELINE:
            before = band(per_cent(cube, BASELINE, region, REGIONS)[:, keep])["median"]
            series.insert(0, _before(region, before, colour))
    option = time_option(name, unit, " %", quarters, series, view, at)
    option["grid"]["right"] = REGION_ROOM
    headline = _regions_headline(view, cube, there, policy, at)
    drawn = "Line: median; band: 10–90 % of runs. Dotted: without levers."
    return Chart(
        "regions", finished(option), headline, ground(view, runs, drawn),
        stamped(pd.concat(rows), view),
        f"Line chart of {name[0].lower()}{name[1:]} by region. {headline}.",
    )  # fmt: skip


def _before(region: str, values: Floats, colour: str) -> Option:
    return {
        "type": "line", "id": f"before:{region}", "name": REGION_LABELS[region], "data": values,
        "symbol": "none", "silent": True, "tooltip": {"show": False},
        "itemStyle": {"color": colour},
        "lineStyle": {"color": colour, "width": 1.4, "type": [2, 3]},
    }  # fmt: skip


def _regions_headline(
    view: View, cube: Cube, there: Sequence[str], policy: str, at: str | None
) -> str:
    """Which regions could do most and least, and where a policy moves this.

    At a quarter looked at only the levels: one of many quarters is no test.
    """
    quarter, known = cube.looked(at), _of_table(view, there, policy)
    when, words = cube.reported(view), f"In {view.years}"
    if quarter is not None:
        place = cube.quarters.index(quarter)
        when, words = slice(place, place + 1), f"In {quarter}"
    elif known:  # these outcomes are taken where the reported years end
        when = slice(when.stop - 1, when.stop)
        words = f"At the end of {cube.quarters[when.start][:4]}"
    sides = {
        side: {one: mean_over(per_cent(cube, side, one, REGIONS), when) for one in there}
        for side in dict.fromkeys((BASELINE, policy))
    }
    middles = {one: float(np.nanmedian(values)) for one, values in sides[policy].items()}
    best, least = (pick(middles, key=lambda one: middles[one]) for pick in (max, min))
    text = f"{words} {REGION_LABELS[best]} could meet {level(middles[best], SHARE)} of its "
    text += "need without U.S. stock"
    if best != least:
        text += f", {REGION_LABELS[least]} {level(middles[least], SHARE)}"
    runs = int(np.isfinite(sides[policy][best]).sum())
    text += f" ({EXAMPLE if runs == 1 else 'medians of runs'})"
    if policy == BASELINE or quarter is not None or runs == 1:
        return text
    rows = known or changes(
        np.stack(list(sides[BASELINE].values()), axis=1) / PER_CENT,
        [one / PER_CENT for one in sides[policy].values()], [policy] * len(there),
    )  # fmt: skip
    return f"{text}. {_regions_moved(view, rows, there, policy)}"


def _of_table(view: View, there: Sequence[str], policy: str) -> list[Row]:
    """The changes of all regions in the table of differences; none unless it has every one."""
    rows = [view.row(policy, view.worlds[0], f"shift_{region}") for region in there]
    found = [row for row in rows if row is not None]
    return found if len(found) == len(there) else []


def _regions_moved(view: View, rows: Sequence[Row], there: Sequence[str], policy: str) -> str:
    """The largest clear change, or that there is none."""
    clear = max((row for row in rows if is_clear(row)), key=lambda row: abs(row["difference"]),
                default=None)  # fmt: skip
    if clear is not None:
        place = next(place for place, row in enumerate(rows) if row is clear)
        what = f"the share met in {REGION_LABELS[there[place]]}"
        return moved(view, [clear], what, SHARE, WAYS, "")
    if all(is_zero(row) for row in rows):
        return moved(view, rows[:1], "the share met in every region", SHARE, WAYS, "")
    if any(verdict(row) == FEW for row in rows):
        return f"{counted_pairs(rows)} are too few to tell whether a policy moves this"
    return f"In no region does this move clearly with {quoted(view, policy)}"
