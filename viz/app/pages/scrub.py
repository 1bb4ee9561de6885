"""The scrub bar: play, step, back to the start, and any quarter that was recorded."""

from __future__ import annotations

from typing import Any

import solara
from solara.alias import rv

from alliance_abm.quarters import Quarter
from viz.app.elements import box, button, escape, markup
from viz.app.session import Session, step_live, toggle_play


@solara.component
def Scrub(session: Session) -> None:
    """Play, step, back to the start, and any quarter that was recorded."""
    last = session.quarters - 1
    playing = session.playing.value
    icon = "mdi-pause" if playing else "mdi-play"

    def step() -> None:
        session.stop_playing()
        step_live(session)

    def scrub(value: Any) -> None:
        session.stop_playing()
        session.go(int(value))

    years = [str(Quarter(0).year), str(Quarter(last).year)]
    live = session.live.value
    ground = "Dotted: one of the runs, an example." if live is not None else ""
    box(
        button("", lambda: toggle_play(session), icon, "Pause" if playing else "Play"),
        button("", step, "mdi-skip-next", "One quarter on"),
        button("", session.reset, "mdi-skip-backward", "Back to the start"),
        markup(escape(session.at), "quarter"),
        markup(years[0], "abm-small abm-soft"),
        rv.Slider(
            v_model=min(session.quarter.value, last), on_v_model=scrub, min=0, max=last, step=1,
            hide_details=True, dense=True, height=28,
            attributes={"aria-label": "Quarter shown"},
        ),
        markup(years[1], "abm-small abm-soft"),
        markup(escape(ground), "abm-small abm-soft"),
        cls="abm-scrub",
    )  # fmt: skip
