"""All levers with their bills and sources, and which item of the papers each stands for."""

from __future__ import annotations

import solara
from solara.alias import rv

from viz.app.elements import markup
from viz.app.session import Session
from viz.app.sources import coverage_list, lever_list


@solara.component
def LeversPage(session: Session, place: int) -> None:
    """Levers in their groups, then the items of the papers; a field narrows both."""
    text, set_text = solara.use_state("")
    rv.TextField(
        label="Search levers, words, or items such as R-Q12", v_model=text, on_v_model=set_text,
        dense=True, outlined=True, hide_details=True, clearable=True,
        attributes={"aria-label": "Search levers"},
    )  # fmt: skip
    wanted = text or ""
    markup(solara.use_memo(lambda: lever_list(wanted) + coverage_list(wanted), [wanted]))
