"""Play: six headlines and two charts, baseline beside reform, over the years."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import solara
from solara.lab import use_task

from alliance_abm.quarters import QUARTERS_A_YEAR, Quarter
from viz.app.assumptions import record_words
from viz.app.chart import Chart
from viz.app.chart_view import ChartView
from viz.app.elements import box, button, escape, markup, segments
from viz.app.ensembles import Results
from viz.app.outcome_charts import outcome_chart
from viz.app.overlay import marked, with_run
from viz.app.pages.scrub import Scrub
from viz.app.session import Session
from viz.app.settings import STORY, reform_of_text
from viz.app.story import SECONDS_A_STEP, Step, story_of
from viz.app.tiles import tiles
from viz.app.tiles_view import TilesView
from viz.policy_view import View

VIEWS: Mapping[str, tuple[str, tuple[str, str]]] = {  # title, and the two charts
    "market": ("Market share and burden", ("us_share", "burden_sharing")),
    "sources": ("Sources and routes", ("sources", "routes")),
    "waiting": ("Waiting", ("stages", "tiers")),
    "tradeoff": ("Trade-offs", ("effects", "trade_off")),
    "shifting": ("Burden shifting", ("burden_shifting", "us_share_change")),
    "lost": ("Lost sales", ("losses", "effects")),
}


@solara.component
def PlayPage(session: Session, place: int) -> None:
    """The first page: tiles, charts, scrub bar, and the story."""
    results = session.results.value
    with solara.Div(classes=["abm-page"]):
        if results is None:
            markup("<p>The first runs are under way.</p>", "abm-card")
        else:
            Playground(session, results, place)


@solara.component
def Playground(session: Session, results: Results, place: int) -> None:
    """The page when there are results."""
    shown, set_shown = solara.use_state("market")
    view = solara.use_memo(lambda: View.of(results.comparison), [results])
    policy = view.policies[min(place, len(view.policies) - 1)]
    at = session.at if session.quarter.value < session.quarters - 1 else None
    still = None if session.playing.value else at
    charts = solara.use_memo(
        lambda: charts_of(view, policy, shown, still), [view, policy, shown, still]
    )
    numbers = solara.use_memo(lambda: tiles(view, policy, still), [view, policy, still])
    lines = session.live.value.lines if session.live.value is not None else {}
    with solara.Div(classes=["abm-page"]):
        if session.telling.value or (is_story(results) and not session.presenting.value):
            Story(session, results, set_shown)
        TilesView(numbers)
        if not session.presenting.value:
            titles = {key: title for key, (title, _) in VIEWS.items()}
            with solara.Div(classes=["abm-row"]):
                segments(titles, shown, set_shown, "Charts")
                markup(escape(record_words()), "abm-small abm-soft")
        with solara.Div(classes=["abm-charts"]):
            for chart in charts:
                with solara.Div(classes=["abm-chart"]):
                    ChartView(with_run(chart if still else marked(chart, at), lines))
        Scrub(session)


def is_story(results: Results) -> bool:
    """Are these the runs of the story, or at least of its reform?"""
    return bool(results.settings.reforms) and (
        results.settings.reforms[0].text == reform_of_text(STORY).text
    )


def charts_of(view: View, policy: str, shown: str, at: str | None) -> tuple[Chart, ...]:
    """The two charts of a choice, those over time with the quarter marked."""
    names = VIEWS[shown][1]
    return tuple(outcome_chart(name, view, policy, at) for name in names)


@solara.component
def Story(session: Session, results: Results, show: Any) -> None:
    """The guided story: a sentence at a time, by itself or by hand."""
    steps = solara.use_memo(lambda: story_of(results.comparison), [results])
    place = min(session.step.value, len(steps) - 1)
    telling = session.telling.value

    def turn(to: int) -> None:
        session.step.value = max(0, min(to, len(steps) - 1))
        tell(session, steps[session.step.value], show)

    async def go_on() -> None:
        while telling and session.step.value < len(steps) - 1:
            await asyncio.sleep(SECONDS_A_STEP)
            turn(session.step.value + 1)
        session.telling.value = False

    use_task(go_on, dependencies=[telling], raise_error=False)

    def toggle() -> None:
        if not telling:
            turn(0 if place == len(steps) - 1 else place)
        session.telling.value = not telling

    step = steps[place]
    words = "Pause" if telling else "Tell me in 90 seconds" if place == 0 else "Go on"
    box(
        box(
            button(words, toggle, "mdi-pause" if telling else "mdi-play", primary=not telling),
        ),
        markup(f"<b>{escape(step.title)}.</b> {escape(step.text)}", "text"),
        box(
            button("", lambda: turn(place - 1), "mdi-chevron-left", "Back", disabled=place == 0),
            markup(f"{place + 1} of {len(steps)}", "abm-small abm-soft", "span"),
            button("", lambda: turn(place + 1), "mdi-chevron-right", "Next",
                   disabled=place == len(steps) - 1),
            cls="abm-segments",
        ),
        cls="abm-story",
    )  # fmt: skip


def tell(session: Session, step: Step, show: Any) -> None:
    """Show what a step speaks of."""
    show(step.charts)
    last = session.quarters - 1
    session.go(last if step.year is None else (step.year - Quarter(0).year) * QUARTERS_A_YEAR)
