"""Compare: up to three reforms on the same axes, and how far each parts from the baseline."""

from __future__ import annotations

from collections.abc import Mapping

import solara

from experiments.compare_text import clear_others
from experiments.compare_words import verdict
from viz.app.chart import Chart
from viz.app.chart_view import ChartView
from viz.app.elements import markup, pick, segments, table
from viz.app.ensembles import Results
from viz.app.options.lines import LINES
from viz.app.options.paths import difference_chart, level_chart
from viz.app.outcome_charts import outcome_chart
from viz.app.session import Session
from viz.policy_view import View
from viz.policy_words import level_words, scale_of, signed, unit_words

VIEWS: Mapping[str, str] = {
    "paths": "Over time",
    "effects": "All headlines",
    "waiting": "Waiting",
    "lost": "Lost sales",
    "table": "Table",
}
PAIRS: Mapping[str, tuple[str, ...]] = {
    "effects": ("effects", "trade_off"),
    "waiting": ("stages", "tiers"),
    "lost": ("losses",),
}


@solara.component
def ComparePage(session: Session, place: int) -> None:
    """The reforms of the panel beside the baseline."""
    results = session.results.value
    with solara.Div(classes=["abm-page"]):
        if results is None:
            markup("<p>The first runs are under way.</p>", "abm-card")
        else:
            Comparing(session, results)


@solara.component
def Comparing(session: Session, results: Results) -> None:
    """The page when there are results."""
    shown, set_shown = solara.use_state("paths")
    line, set_line = solara.use_state("us_share_deliveries")
    view = solara.use_memo(lambda: View.of(results.comparison), [results])
    charts = solara.use_memo(lambda: _charts(view, shown, line), [view, shown, line])
    with solara.Div(classes=["abm-page"]):
        with solara.Div(classes=["abm-row"]):
            segments(VIEWS, shown, set_shown, "What is compared")
            if shown == "paths":
                options = [{"text": one.name, "value": key} for key, one in LINES.items()]
                pick("Outcome", options, line, set_line)
        if shown == "table":
            markup(differences_table(view), "abm-card abm-scroll")
        else:
            with solara.Div(classes=["abm-charts two"]):
                for chart in charts:
                    with solara.Div(classes=["abm-chart"]):
                        ChartView(chart)


def _charts(view: View, shown: str, line: str) -> tuple[Chart, ...]:
    if shown == "paths":
        return level_chart(view, line), difference_chart(view, line)
    return tuple(outcome_chart(name, view) for name in PAIRS.get(shown, ()))


def differences_table(view: View) -> str:
    """Headlines, then what else changes clearly: one row a reform and outcome."""
    rows = view.differences
    columns = ("reform", "outcome", "baseline", "change", "90 % interval", "N", "verdict", "unit")
    lines = []
    for part in (rows[rows["headline"].astype(bool)], clear_others(rows)):
        for _, row in part.iterrows():
            scale = scale_of(row["unit"])
            low, high = scale * row["low"], scale * row["high"]
            lines.append(
                (
                    view.short(row["policy"]),
                    row["name"],
                    level_words(row["baseline"], row["unit"]),
                    signed(scale * row["difference"]),
                    f"{signed(low)} to {signed(high)}" if row["n"] > 1 else "–",
                    str(row["n"]),
                    verdict(row),
                    unit_words(row["unit"]),
                )
            )
    return table(columns, lines, (2, 3, 4, 5))
