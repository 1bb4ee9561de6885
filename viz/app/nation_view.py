"""All charts of the Nations page for what is chosen on it, without any widget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from alliance_abm.explanation import Explanation
from alliance_abm.quarters import FIRST_YEAR, Quarter
from experiments.example_run import ExampleRun
from experiments.nation_ensemble import BASELINE, NationEnsemble, Years
from experiments.nation_records import DELIVERIES
from viz.app.chart import Chart
from viz.app.geography import iso3_of
from viz.app.options.map import world_map
from viz.app.options.map_layers import SHARE
from viz.app.options.nation import PATHS, mark_quarter, nation_path, portfolio, strategies
from viz.app.options.nation_parts import NO_NAME, Shown
from viz.app.options.network import supplier_network
from viz.app.options.pipeline import MOST_ROWS, open_needs, under_way
from viz.app.options.sankey import sankey
from viz.app.options.why import ChoiceWords, choice_chances, choice_terms, choice_words

WINDOW = 5  # years that flows are shown over, as long as the windows of the record


@dataclass(frozen=True)
class NationsView:
    """Charts of the page: of the world, and by name of the nation looked at (none: empty)."""

    map: Chart
    sankey: Chart
    network: Chart
    nation: Mapping[str, Chart] = field(default_factory=dict)


@dataclass(frozen=True)
class ExampleView:
    """What one run shows of a nation at a quarter.

    `choices` are the orders that can be explained; `explanation` and what follows are those of
    the order asked for, None without one.
    """

    under_way: Chart
    needs: Chart
    choices: pd.DataFrame
    explanation: Explanation | None = None
    words: ChoiceWords | None = None
    terms: Chart | None = None
    chances: Chart | None = None


def window_to(quarter: str) -> Years:
    """The years that flows are shown over when the scrub bar stands at a quarter.

    >>> window_to("2031Q2"), window_to("2011Q4")
    ((2027, 2031), (2010, 2011))
    """
    last = Quarter.parse(quarter).year
    return max(last - WINDOW + 1, FIRST_YEAR), last


def nation_clicked(click: Mapping[str, Any]) -> str | None:
    """The nation that was clicked on the map, the Sankey or the network; None for anything else.

    Args:
        click: what the chart tells of a click; its `name` is read.
    """
    return iso3_of(str(click.get("name") or "").rstrip(NO_NAME))


def nations_view(
    ensemble: NationEnsemble,
    policy: str = BASELINE,
    years: Years | None = None,
    nation: str | None = None,
    *,
    measure: str = SHARE,
    focus: str = "world",
    at: str | None = None,
    clock: str = DELIVERIES,
    world: str = BASELINE,
    titles: Mapping[str, str] | None = None,
    stamp: Mapping[str, Any] | None = None,
) -> NationsView:
    """Charts for a policy, some years and a nation.

    Args:
        ensemble: records of the runs, by policy.
        policy: one of the ensemble's.
        years: first and last; default the WINDOW that ends at `at`, else the last one.
        nation: iso3 of the nation looked at; default none.
        measure: what the map shows, one of `map_layers.MEASURES_SHOWN`.
        focus: part of the world that the map begins with, a key of `map.FOCUS`.
        at: the quarter of the scrub bar, marked in charts over time.
        clock: `deliveries` or `orders`.
        world: name of the world that was run.
        titles: what policies are called.
        stamp: what every row of a table says of the runs, such as seed and config.

    Raises ValueError for years outside the runs, and KeyError for a policy that was not run.
    """
    last = ensemble.years[1]
    chosen = years or (window_to(at) if at else (max(last - WINDOW + 1, FIRST_YEAR), last))
    shown = Shown(ensemble, policy, chosen, clock, world, dict(titles or {}), dict(stamp or {}))
    return NationsView(
        world_map(shown, measure, nation, focus=focus),
        sankey(shown, nation),
        supplier_network(shown, nation),
        {} if nation is None else nation_charts(shown, nation, at),
    )


def nation_charts(shown: Shown, nation: str, at: str | None = None) -> dict[str, Chart]:
    """Charts of one nation by name: portfolio, strategies and the measures of PATHS."""
    found = {"portfolio": portfolio(shown, nation), "strategies": strategies(shown, nation)}
    found |= {measure: nation_path(shown, nation, measure) for measure in PATHS}
    if at is None:
        return found
    return {name: mark_quarter(chart, at) for name, chart in found.items()}


def example_view(
    run: ExampleRun, nation: str, quarter: str, order: int | None = None, rows: int = MOST_ROWS
) -> ExampleView:
    """What one run shows of a nation, and why it chose an order's supplier.

    At most `rows` orders under way are drawn; a row needs about 30 pixels.

    Raises FieldProblems (a ValueError) for an order that cannot be explained.
    """
    when = Quarter.parse(quarter)
    pipeline, needs = under_way(run, nation, when, rows), open_needs(run, nation, when)
    if order is None:
        return ExampleView(pipeline, needs, run.choices(nation))
    found = run.explain(nation, order)
    return ExampleView(
        pipeline, needs, run.choices(nation), found, choice_words(found), choice_terms(found),
        choice_chances(found),
    )  # fmt: skip
