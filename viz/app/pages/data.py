"""What the model rests on: caveats, hindcast, parameters with grades, data with their sources."""

from __future__ import annotations

import solara
from solara.alias import rv

from viz.app.assumptions import caveats, hindcast_list, notices, parameter_list, source_list
from viz.app.elements import markup
from viz.app.session import Session


@solara.component
def DataPage(session: Session, place: int) -> None:
    """Caveats first, then how it did against the past, then every number."""
    text, set_text = solara.use_state("")
    markup(solara.use_memo(lambda: caveats() + hindcast_list(), []))
    rv.TextField(
        label="Search parameters and sources", v_model=text, on_v_model=set_text, dense=True,
        outlined=True, hide_details=True, clearable=True,
        attributes={"aria-label": "Search parameters and sources"},
    )  # fmt: skip
    wanted = text or ""
    found = solara.use_memo(lambda: parameter_list(wanted) + source_list(wanted), [wanted])
    markup(found + notices())
