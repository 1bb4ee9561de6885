"""A chart on the page: picture, headline, note, and a menu to take it away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara
import solara.lab

from viz.app.chart import Chart, csv_text, file_stem

OnClick = Callable[[dict[str, Any]], None]


@solara.component_vue("chart.vue")
def _Plot(
    spec: dict[str, Any],
    chart_name: str = "",
    headline_text: str = "",
    note_text: str = "",
    alt_text: str = "",
    file_name: str = "chart",
    tall: str = "100%",
    dark_page: bool = False,
    bare: bool = False,
    clickable: bool = False,
    map_source: Any = None,
    csv_sent: Any = None,
    event_chart_clicked: Any = None,
    event_csv_wanted: Any = None,
) -> None:
    """The component of `chart.vue`; its names are none of a widget's own."""


@solara.component
def ChartView(
    chart: Chart,
    height: str = "100%",
    on_click: OnClick | None = None,
    dark: bool | None = None,
    world_map: Any = None,
    bare: bool = False,
) -> None:
    """Show a chart with its headline, its note and a menu (CSV, PNG, SVG).

    Args:
        chart: what to show; zoom and legend stay from one state to the next of the same `id`.
        height: of all of it, as CSS.
        on_click: called with name, value, data, seriesType, dataType and seriesId.
        dark: colours of the dark page; by default those of the theme.
        world_map: GeoJSON, or its address, registered as the map `world`.
        bare: the picture alone, for pages that write the words themselves.
    """
    of_theme = solara.lab.use_dark_effective()
    sent, set_sent = solara.use_state(("", 0))  # CSV, and how often it was asked for

    def send_csv(_: Any = None) -> None:
        set_sent((csv_text(chart), sent[1] + 1))

    _Plot(
        spec=chart.option,
        chart_name=chart.id,
        headline_text=chart.headline,
        note_text=chart.note,
        alt_text=chart.alt,
        file_name=file_stem(chart),
        tall=height,
        dark_page=of_theme if dark is None else dark,
        bare=bare,
        clickable=on_click is not None,
        map_source=world_map,
        csv_sent={"text": sent[0], "count": sent[1]},
        event_chart_clicked=on_click,
        event_csv_wanted=send_csv,
    )
