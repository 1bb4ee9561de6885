"""The page: bar, settings, and the five views. Everything of a visitor is made inside `Page`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import solara
import solara.lab

from viz.app.elements import box, button, markup, note
from viz.app.pages.compare import ComparePage
from viz.app.pages.data import DataPage
from viz.app.pages.levers import LeversPage
from viz.app.pages.nations import NationsPage
from viz.app.pages.play import PlayPage
from viz.app.panel import SettingsPanel
from viz.app.session import PAGES, Session, toggle_play, use_ensemble, use_play
from viz.app.takeaway import TakeAway

HERE = Path(__file__).parent
STYLE = (HERE / "data" / "app.css").read_text(encoding="utf-8")
VIEWS = {
    "play": PlayPage,
    "compare": ComparePage,
    "nations": NationsPage,
    "levers": LeversPage,
    "data": DataPage,
}
RUNS_MODEL = ("play", "compare", "nations")
HAVE_SETTINGS = ("play", "compare")


@solara.component_vue(str(HERE / "browser.vue"))
def Browser(link: str = "", event_key_pressed: Any = None) -> None:
    """The address bar, which follows the settings, and the keyboard."""


@solara.component
def Layout(children: list[Any] | None = None) -> Any:
    """No frame but our own."""
    return solara.Div(children=children or [])


@solara.component
def Page() -> None:
    """One visitor's page."""
    router = solara.use_router()
    session = solara.use_memo(lambda: Session(router.search or ""), [])
    use_ensemble(session)
    use_play(session)
    place, set_place = solara.use_state(0)
    page = session.page.value
    solara.Title("alliance-abm")
    solara.Style(STYLE)
    Browser(link=session.link, event_key_pressed=lambda key: pressed(session, key))
    alone = session.presenting.value or page not in HAVE_SETTINGS
    present = " abm-present" if session.presenting.value else ""
    with solara.Div(classes=[f"abm{present}"]):
        Bar(session)
        with solara.Div(classes=["abm-body wide" if alone else "abm-body"]):
            if not alone:
                SettingsPanel(session, place, set_place)
            with solara.Div(classes=["abm-main"]).key("main"):
                Status(session)
                VIEWS[page](session, place)


def pressed(session: Session, key: str) -> None:
    """What the keyboard does outside of fields."""
    if key == "ArrowRight":
        session.go(session.quarter.value + 1)
    elif key == "ArrowLeft":
        session.go(session.quarter.value - 1)
    elif key == " ":
        toggle_play(session)
    elif key == "p":
        session.presenting.value = not session.presenting.value
    elif key == "Escape":
        session.presenting.value = False


@solara.component
def Bar(session: Session) -> None:
    """Name, pages, and what holds for all of them."""
    page = session.page.value

    tabs = [
        button(title, partial(session.page.set, name), cls="on" if name == page else "")
        for name, title in PAGES.items()
    ]
    dark = solara.lab.use_dark_effective()

    def turn() -> None:
        solara.lab.theme.dark = not dark

    def present() -> None:
        session.presenting.value = not session.presenting.value

    box(
        box("alliance-abm", cls="abm-brand"),
        box(*tabs, tag="nav", aria_label="Pages"),
        box(cls="abm-grow"),
        Progress(session),
        TakeAway(session),
        button("", present, "mdi-presentation", "Presentation mode (p)"),
        button("", turn, "mdi-theme-light-dark", "Light or dark"),
        cls="abm-bar",
        tag="header",
    )


@solara.component
def Status(session: Session) -> None:
    """What is out of date, at work, or wrong."""
    messages = session.messages.value
    if messages:
        clear = button("", lambda: session.messages.set([]), "mdi-close", "Dismiss")
        note(" ".join(messages), clear)
    if session.problem.value:
        clear = button("", lambda: session.problem.set(""), "mdi-close", "Dismiss")
        note(session.problem.value, clear, cls="bad")


@solara.component
def Progress(session: Session) -> None:
    """Whether the results are those of the settings, and how far the runs have come."""
    progress = session.progress.value
    if progress is not None:
        done, total = progress
        old = "<b>Results are for previous settings.</b> " if session.stale else ""
        cancel = button("Cancel", lambda: session.held.set(True), "mdi-stop")
        box(markup(f"{old}Running {done} of {total} pairs"), cancel, cls="abm-run", role="status")
    elif session.stale or not session.whole:
        run = button("Run", lambda: session.held.set(False), "mdi-play", "Run these settings")
        old = "Results are for previous settings."
        some = f"Stopped after {session.pairs_done} of {session.settings.value.pairs} pairs."
        words = markup(f"<b>{old if session.stale else some}</b>")
        box(words, run, cls="abm-run", role="status")
    else:
        box(cls="abm-run", role="status")
