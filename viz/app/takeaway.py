"""What a visitor takes away: link, config, command, and the briefing."""

from __future__ import annotations

import io
import shlex
from collections.abc import Callable

import solara
from solara.alias import rv

from alliance_abm.policies import JOIN, use_words
from viz.app.elements import box, button, escape, markup
from viz.app.ensembles import Results
from viz.app.session import Session
from viz.app.settings import Reform, Settings
from viz.policy_words import counted, cut

STALE = "Results are for previous settings: run them, or take these."
LONGEST_TITLE = 118  # letters of a preset's title, with room for what a cut adds
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def command_of(settings: Settings) -> str:
    """The command that gives the same numbers; presets of one's own are named as their files."""
    own = settings.uploaded
    config = f"{own.name}.yaml" if own is not None else settings.config
    words = ["alliance-abm", "compare", config, "--world", settings.world]
    for number, reform in enumerate(settings.reforms or (Reform(()),), 1):
        if reform.preset is not None:
            words += ["--preset", reform.preset]
        elif not reform.uses:
            words += ["--lever", "placebo"]
        elif is_plain(reform):
            words += ["--lever", JOIN.join(use_words(use) for use in reform.uses)]
        else:
            words += ["--preset", f"reform-{number}.yaml"]
    words += ["--seed", str(settings.seed), "--replications", str(settings.pairs)]
    return shlex.join(words)


def is_plain(reform: Reform) -> bool:
    """Can the option --lever say it?"""
    return all(JOIN not in word and "@" not in word for word in reform.text.split(JOIN))


def preset_text(reform: Reform, title: str) -> str:
    """The reform as a preset file, which --preset takes."""
    import yaml

    uses = []
    for use in reform.uses:
        data = use.model_dump(mode="json", exclude_none=True)
        uses.append(data)
    whole = {"title": cut(title, LONGEST_TITLE), "description": "Set in the app.", "levers": uses}
    return str(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True))


def config_text(settings: Settings, place: int = 0) -> str:
    """The scenario of a reform in its world as a config, which `alliance-abm run` takes."""
    import yaml

    from alliance_abm.policies import with_policy
    from alliance_abm.worlds import in_world

    world = in_world(settings.scenario(), settings.world)
    whole = with_policy(world, settings.policies()[place]).resolved()
    return str(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True))


def briefing_bytes(results: Results, kind: str) -> bytes:
    """The briefing of what is shown, as pptx or html."""
    from viz.briefing.content import briefing_of

    briefing = briefing_of(results.comparison, command=command_of(results.settings))
    if kind == "pptx":
        from viz.briefing.slides import slides_bytes

        return slides_bytes(briefing)
    from viz.briefing.document import document_text

    return document_text(briefing).encode("utf-8")


@solara.component
def TakeAway(session: Session) -> None:
    """The menu at the right of the bar."""
    shown, set_shown = solara.use_state(False)
    with solara.Div():
        button("Take away", lambda: set_shown(True), "mdi-download")
        with rv.Dialog(v_model=shown, on_v_model=set_shown, max_width=760), rv.Card():
            if shown:
                TakeAwayCard(session)
            with rv.CardActions():
                rv.Spacer()
                button("Close", lambda: set_shown(False))


@solara.component
def TakeAwayCard(session: Session) -> None:
    """Briefing, config, command and link of what is shown."""
    results = session.results.value
    with solara.Div(classes=["abm-dialog"]):
        if results is None or not results.whole:
            markup("<p>Results are still being computed; the briefing follows when they are.</p>")
            return
        settings = results.settings
        if session.stale:
            markup(f"<p><b>{escape(STALE)}</b></p>")
        pairs = counted(results.pairs, "pair", "pairs")
        ground = f"{pairs} of runs, world '{settings.world}', seed {settings.seed}"
        markup(f"<h2>Briefing</h2><p class='abm-soft'>{escape(ground)}.</p>")
        box(
            download("PowerPoint", "alliance-abm-briefing.pptx", PPTX,
                     lambda: briefing_bytes(results, "pptx")),
            download("One HTML page", "alliance-abm-briefing.html", "text/html",
                     lambda: briefing_bytes(results, "html")),
            cls="abm-segments",
        )  # fmt: skip
        Reproduce(session, settings)


@solara.component
def Reproduce(session: Session, settings: Settings) -> None:
    """How the same numbers come about on the command line."""
    link = session.link
    markup(
        "<h2>The same numbers on the command line</h2>"
        f"<pre style='white-space:pre-wrap;font-size:13px'>{escape(command_of(settings))}</pre>"
    )
    files = [
        download(f"Reform {number} as a preset", f"reform-{number}.yaml", "text/yaml",
                 _text(preset_text, reform, reform.choice.title))
        for number, reform in enumerate(settings.reforms, 1)
        if reform.uses
    ]  # fmt: skip
    files.append(
        download("Config of reform 1", "reform-1-config.yaml", "text/yaml",
                 lambda: config_text(settings).encode("utf-8"))
    )  # fmt: skip
    box(*files, cls="abm-segments")
    markup(
        "<h2>Link to this view</h2><p>The address bar holds it"
        + (": <code>?" + escape(link) + "</code>" if link else " as it is")
        + ". An uploaded config is not part of it.</p>"
    )


def _text(write: Callable[[Reform, str], str], reform: Reform, title: str) -> Callable[[], bytes]:
    return lambda: write(reform, title).encode("utf-8")


def download(label: str, name: str, kind: str, make: Callable[[], bytes]) -> solara.Element:
    """A button that makes a file when it is pressed."""
    return solara.FileDownload(
        lambda: io.BytesIO(make()),
        filename=name,
        mime_type=kind,
        children=[solara.Button(label, icon_name="mdi-download", small=True, outlined=True)],
    )
