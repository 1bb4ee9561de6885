"""What the Nations page shows for what is chosen on it, without any widget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alliance_abm.quarters import FIRST_YEAR, Quarter
from experiments.nation_ensemble import Years
from viz.app.chart import Chart
from viz.app.geography import iso3_of
from viz.app.options.map import world_map
from viz.app.options.map_layers import SHARE
from viz.app.options.nation import mark_quarter, nation_path, portfolio, strategies
from viz.app.options.nation_parts import NO_NAME, Shown
from viz.app.options.network import supplier_network
from viz.app.options.sankey import sankey

WINDOW = 5  # years that flows are shown over, as long as the windows of the record
PICTURES: Mapping[str, str] = {"map": "Map", "flows": "Flows", "network": "Network"}
PORTFOLIO, STRATEGY = "portfolio", "strategy"


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


def picture(
    shown: Shown, kind: str, nation: str | None, measure: str = SHARE, focus: str = "world"
) -> Chart:
    """One of PICTURES; `measure` and `focus` are the map's. KeyError for another kind."""
    draw = {
        "map": lambda: world_map(shown, measure, nation, focus=focus),
        "flows": lambda: sankey(shown, nation),
        "network": lambda: supplier_network(shown, nation),
    }
    return draw[kind]()


def detail(shown: Shown, nation: str, name: str, at: str | None = None) -> Chart:
    """A chart of one nation: `portfolio`, `strategy` or a measure, with a quarter marked."""
    if name == PORTFOLIO:
        return portfolio(shown, nation)
    found = strategies(shown, nation) if name == STRATEGY else nation_path(shown, nation, name)
    return found if at is None else mark_quarter(found, at)
