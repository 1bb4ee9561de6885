"""nations"""

import solara

from viz.app.session import Session


@solara.component
def NationsPage(session: Session, place: int) -> None:
    solara.Text("nations")
