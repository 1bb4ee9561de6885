"""A visitor's own config, checked before anything is changed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import solara

from alliance_abm.problems import ConfigError
from alliance_abm.scenario import scenario_of_text
from viz.app.elements import box, button, escape, markup
from viz.app.session import Session
from viz.app.settings import BASELINE, UPLOADED, Settings

MOST_BYTES = 100_000
LONGEST_NAME = 60
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@solara.component_vue(str(Path(__file__).parent / "upload.vue"))
def _Upload(text: str, most: int, event_file_given: Any = None) -> None:
    """A file button that reads no more than `most` bytes."""


@solara.component
def OwnConfig(session: Session) -> None:
    """Take a config file in place of the shipped baseline, or go back to that."""
    settings = session.settings.value

    def given(file: dict[str, Any]) -> None:
        try:
            session.change(with_config(settings, file))
        except ConfigError as error:
            session.problem.value = str(error)

    def back() -> None:
        session.change(replace(settings, uploaded=None, config=Settings().config))

    if settings.uploaded is None:
        _Upload(text="Use your own config (YAML)…", most=MOST_BYTES, event_file_given=given)
    else:
        box(
            markup(f"Your config: <b>{escape(settings.uploaded.name)}</b>", "grow"),
            button("", back, "mdi-close", "Back to the shipped baseline"),
            cls="abm-lever-head",
        )


def with_config(settings: Settings, file: dict[str, Any]) -> Settings:
    """The settings with a config that was sent: `name`, `size`, `text`; raises ConfigError."""
    name = file_name(file.get("name"))
    text = file.get("text")
    size = int(file.get("size") or 0)
    if size > MOST_BYTES or (isinstance(text, str) and len(text) > MOST_BYTES):
        raise ConfigError(f"{name}: has {size} bytes; allowed: at most {MOST_BYTES}")
    if not isinstance(text, str) or _CONTROL.search(text):
        raise ConfigError(f"{name}: is not a text file; a YAML file in UTF-8 is expected")
    own = scenario_of_text(text, name)
    return replace(settings, uploaded=own, config=UPLOADED, world=BASELINE).fitting()


def file_name(name: object) -> str:
    """The last part of a file name, as a message may show it."""
    words = re.split(r"[/\\]", str(name or "config.yaml"))[-1]
    return re.sub(r"[^\w. -]", "_", words)[:LONGEST_NAME] or "config.yaml"
