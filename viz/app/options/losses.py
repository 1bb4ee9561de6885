"""Sales that the United States lost, by cause: without levers and with each policy."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from viz.app.chart import Chart
from viz.app.options.cubes import band
from viz.app.options.frame import (
    LEGEND_HEIGHT,
    TOP,
    Option,
    finished,
    frame,
    legend,
    looks,
    rows_axis,
    shown_policies,
    stamped,
    title_of,
    value_axis,
)
from viz.app.options.paths import unseen
from viz.app.options.words import ONE_RUN, ground, interval_words, left_out, level
from viz.charts_policy_losses import loss_changes, losses_headline
from viz.policy_view import BASELINE, View
from viz.policy_words import PER_CENT, Row, is_clear, is_zero, signed
from viz.theme import CAUSES

NAME = "U.S. sales lost to others, by cause"
UNIT = "per cent of all volume lost without levers"
DRAWN = (
    "Bar: median over runs; thin line: 10–90 % of runs. A cause is where the best U.S. offer "
    "was furthest behind; ordered since the first lever's start."
)
FILL = 0.8  # of a row


def losses_chart(view: View) -> Chart:
    """Bars by cause, the baseline beside up to three policies."""
    table = view.of_world(view.comparison.lost)
    changes, whole = loss_changes(table)
    if not whole > 0.0:
        return unseen("losses", NAME, "No sale was lost in these runs.", view)
    shown = shown_policies(view, ["us_share_orders"])
    policies = [one for one in (BASELINE, *shown) if one in set(table["policy"])]
    rows = loss_rows(table, whole, policies)
    causes = [cause for cause in CAUSES if rows[rows["cause"] == cause]["high"].max() > 0.0]
    height = FILL / len(policies)
    series = [
        _bars(view, policy, rows[rows["policy"] == policy].set_index("cause"), causes, changes,
              whole, (place - (len(policies) - 1) / 2) * height, height)
        for place, policy in enumerate(policies)
    ]  # fmt: skip
    option = frame(NAME, UNIT, xAxis=value_axis(" %", min=0, scale=False),
                   yAxis=rows_axis(len(causes)), series=series)  # fmt: skip
    option["rows"] = [CAUSES[cause][0] for cause in causes]
    option["tooltip"] |= {"trigger": "item", "formatter": "fmt:words"}
    if len(policies) > 1:
        option["grid"]["top"] = TOP + LEGEND_HEIGHT
        option["legend"] = legend([title_of(view, one) for one in policies], itemGap=6)
    runs = int(table["replication"].nunique())
    headline = losses_sentence(view.only(shown), changes, whole, rows, runs)
    return Chart(
        "losses", finished(option), headline, ground(view, runs, DRAWN) + left_out(view, shown),
        stamped(rows, view), f"Bars of {NAME}. {headline}.",
    )  # fmt: skip


def loss_rows(table: pd.DataFrame, whole: float, policies: Sequence[str]) -> pd.DataFrame:
    """Median and band over runs of the volume lost by cause, per cent of `whole`."""
    parts = []
    for policy in policies:
        for cause in CAUSES:
            mine = (table["policy"] == policy) & (table["cause"] == cause)
            values = PER_CENT * table.loc[mine, "volume"].to_numpy(float) / whole
            if len(values):
                figures = {key: float(one[0]) for key, one in band(values[:, None]).items()}
                parts.append({"policy": policy, "cause": cause, "unit": UNIT, **figures})
    return pd.DataFrame(parts).astype({"n": int})


def _bars(
    view: View, policy: str, rows: pd.DataFrame, causes: Sequence[str],
    changes: dict[tuple[str, str], Row], whole: float, step: float, height: float,
) -> Option:  # fmt: skip
    data = []
    for place, cause in enumerate(causes):
        if cause not in rows.index:
            continue
        here = rows[rows.index == cause][["low", "median", "high"]].to_numpy(float)
        low, median, high = here[0].tolist()
        words = f"{title_of(view, policy)}\n{CAUSES[cause][0]}: {_level(low, median, high)}"
        if (row := changes.get((policy, cause))) is not None:
            words += f"\n{_change(row, whole)}"
        data.append({"value": [place + step, median, low, high, 0.86 * height], "tip": words})
    return {
        "type": "custom", "id": f"bars:{policy}", "name": title_of(view, policy), "data": data,
        "renderItem": "fmt:whisker", "encode": {"x": [1, 2, 3], "y": 0},
        "itemStyle": {"color": looks(view, policy)[0]},
    }  # fmt: skip


def _level(low: float, median: float, high: float) -> str:
    share = "share"
    text = level(median, share)
    return text if low == high else f"{text} ({level(low, share)} to {level(high, share)})"


def _change(row: Row, whole: float) -> str:
    """A change in percentage points of all that is lost without levers."""
    if is_zero(row):
        return "change exactly zero"
    parts = {key: row[key] / whole for key in ("low", "difference", "high")}
    edges = interval_words(parts, "share")
    text = f"change {signed(PER_CENT * parts['difference'])} points"
    if not edges:
        return f"{text}, one pair of runs"
    return f"{text}, {'clear' if is_clear(row) else 'unclear'} (90 % interval {edges})"


def losses_sentence(
    view: View, changes: dict[tuple[str, str], Row], whole: float, rows: pd.DataFrame, runs: int
) -> str:
    """What changes of the volume lost; without policies what loses most."""
    if runs < 2 and changes:
        return ONE_RUN
    if changes:
        mine = {key: row for key, row in changes.items() if key[0] in view.policies}
        return losses_headline(mine, whole, view)
    most = rows.nlargest(1, "median").to_dict("records")[0]
    text = "Most sales that the United States loses are lost by "
    text += f"{CAUSES[most['cause']][0].lower()}: {level(most['median'], 'share')}"
    return text + (" (one run, an example)" if runs < 2 else "")
