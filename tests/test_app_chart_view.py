"""The component that shows a chart: what it hands to the browser, and what comes back."""

from __future__ import annotations

import pandas as pd
import pytest

from viz.app.chart import Chart, csv_text

solara = pytest.importorskip("solara")
ipyvuetify = pytest.importorskip("ipyvuetify")
CHART = Chart(
    "level-x", {"series": []}, "A sentence", "N = 2 runs", pd.DataFrame({"n": [2]}), "A picture"
)


@pytest.fixture
def shown():
    """A page with the chart, its plot, and what was clicked."""
    from viz.app.chart_view import ChartView

    clicked: list[dict] = []
    _, context = solara.render(ChartView(CHART, on_click=clicked.append), handle_error=False)
    plot = context.find(ipyvuetify.VuetifyTemplate).widget
    yield plot, clicked, context
    context.close()


def test_the_browser_gets_option_words_and_names(shown):
    """Option, headline, note, description and a safe file name."""
    plot, _, _ = shown
    assert plot.spec == CHART.option and plot.chart_name == "level-x"
    assert (plot.headline_text, plot.note_text, plot.alt_text) == (
        "A sentence", "N = 2 runs", "A picture",
    )  # fmt: skip
    assert plot.file_name == "level-x" and plot.clickable


def test_a_click_reaches_the_page(shown):
    """What was clicked in the browser is handed on as it is."""
    plot, clicked, _ = shown
    plot.vue_chart_clicked({"name": "Poland", "value": 3})
    assert clicked == [{"name": "Poland", "value": 3}]


def test_numbers_are_sent_once_for_each_wish(shown):
    """The CSV goes to the browser when it is asked for, and again when asked again."""
    plot, _, _ = shown
    assert plot.csv_sent == {"text": "", "count": 0}
    for count in (1, 2):
        plot.vue_csv_wanted(None)
        assert plot.csv_sent == {"text": csv_text(CHART), "count": count}
