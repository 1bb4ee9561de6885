"""One visitor's state: what is set, what was run, where the page stands. Shared with nobody."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import solara
from solara.lab import use_task

from alliance_abm.console import write_log
from alliance_abm.problems import ConfigError
from alliance_abm.quarters import Quarter
from experiments.pool import RunError
from viz.app.ensembles import Results
from viz.app.live import LiveRun
from viz.app.settings import Settings, settings_of_query
from viz.app.shared import SHARED

PAGES: Mapping[str, str] = {
    "play": "Play",
    "compare": "Compare",
    "nations": "Nations",
    "levers": "Levers and sources",
    "data": "Data and assumptions",
}
DEBOUNCE_SECONDS = 0.35
TICK_SECONDS = 0.12
REPORT_SECONDS = 0.15
START_YEAR = 2026  # where the scrub bar stands at first


class Session:
    """Reactive state of one visitor.

    `settings` is what the form says, `results` what was last run; they differ while something is
    edited but not run. `quarter` is the last quarter that is shown.
    """

    def __init__(self, query: str = "") -> None:
        settings, others, messages = settings_of_query(query)
        self.settings = solara.reactive(settings)
        self.results = solara.reactive(SHARED.running().known(settings))
        self.messages = solara.reactive(messages)
        self.problem = solara.reactive("")
        self.progress = solara.reactive(cast(tuple[int, int] | None, None))
        self.held = solara.reactive(False)  # cancelled: waits for the visitor
        page = others.get("page", "play")
        self.page = solara.reactive(page if page in PAGES else "play")
        self.quarter = solara.reactive(_quarter(others.get("quarter"), self.quarters - 1))
        self.playing = solara.reactive(False)
        self.live: solara.Reactive[LiveRun | None] = solara.reactive(cast(LiveRun | None, None))
        self.nation = solara.reactive(others.get("nation", "POL")[:3].upper())
        self.presenting = solara.reactive(others.get("present") == "1")
        self.step = solara.reactive(0)  # of the story
        self.telling = solara.reactive(False)

    @property
    def quarters(self) -> int:
        """Quarters of the horizon that is shown."""
        found = self.results.value
        if found is not None:
            return int(found.comparison.scenario.horizon.quarters)
        return int(self.settings.value.scenario().horizon.quarters)

    @property
    def at(self) -> str:
        """The label of the quarter shown last."""
        return str(Quarter(min(self.quarter.value, self.quarters - 1)))

    @property
    def stale(self) -> bool:
        """Are the results those of other settings than the form's?"""
        found = self.results.value
        return found is None or found.settings != self.settings.value

    @property
    def pairs_done(self) -> int:
        """Pairs of runs that the results hold."""
        found = self.results.value
        return 0 if found is None else found.pairs

    @property
    def whole(self) -> bool:
        """Are there results of all pairs that were asked for?"""
        found = self.results.value
        return found is not None and found.whole

    @property
    def link(self) -> str:
        """The query of a link that restores the view."""
        from urllib.parse import urlencode

        found: dict[str, Any] = dict(self.settings.value.query)
        if self.page.value != "play":
            found["page"] = self.page.value
        if self.page.value == "nations" and self.nation.value != "POL":
            found["nation"] = self.nation.value
        if self.quarter.value != self.quarters - 1:
            found["quarter"] = self.at
        if self.presenting.value:
            found["present"] = 1
        return urlencode(found, doseq=True)

    def change(self, settings: Settings) -> str:
        """Set something else, if it is allowed; returns the message otherwise."""
        try:
            settings.policies()
        except ConfigError as error:
            self.problem.value = str(error)
            return str(error)
        self.problem.value = ""
        self.held.value = False
        self.settings.value = settings
        return ""

    def edit(self, **fields: Any) -> str:
        """Set some fields of the settings."""
        return self.change(replace(self.settings.value, **fields))

    def stop_playing(self) -> None:
        """Hold the scrub bar where it stands."""
        self.playing.value = False
        self.telling.value = False

    def reset(self) -> None:
        """Back to the first quarter, without a run."""
        self.stop_playing()
        self.live.value = None
        self.quarter.value = 0

    def go(self, quarter: int) -> None:
        """Show another quarter."""
        self.quarter.value = max(0, min(quarter, self.quarters - 1))


def _quarter(text: str | None, last: int) -> int:
    from alliance_abm.problems import FieldProblems

    try:
        return min(int(Quarter.parse(text)), last) if text else last
    except (FieldProblems, ValueError):
        return last


def use_ensemble(session: Session) -> Any:
    """Run what is set, in the background; cancel what is no longer asked for."""
    settings, held = session.settings.value, session.held.value

    async def work() -> None:
        found = session.results.value
        if held or (found is not None and found.settings == settings and found.complete):
            return
        told = 0.0

        def report(done: int, total: int) -> None:
            nonlocal told
            if time.monotonic() - told >= REPORT_SECONDS:
                told = time.monotonic()
                session.progress.value = (done, total)

        def show(results: Results) -> None:
            if results.whole or session.stale:
                session.results.value = results

        engine = SHARED.running()
        try:
            if engine.known(settings) is None:
                session.progress.value = (0, settings.pairs)
                await asyncio.sleep(DEBOUNCE_SECONDS)
            show(await engine.run(settings, report, show))
            session.problem.value = ""
        except (ConfigError, RunError) as error:
            session.problem.value = str(error)
            session.held.value = True
        finally:
            session.progress.value = None

    task = use_task(work, dependencies=[settings, held], raise_error=False)

    def tell() -> None:
        if task.error and task.exception is not None:
            log = write_log("".join(traceback.format_exception(task.exception)))
            session.problem.value = f"The runs failed: {task.exception} (log: {Path(log).name})"
            session.held.value = True

    solara.use_effect(tell, [task.error])
    return task


def use_play(session: Session) -> Any:
    """While playing, let one run of the model go on, a quarter a tick."""
    playing = session.playing.value

    async def work() -> None:
        while playing:
            began = time.monotonic()
            if session.quarter.value >= session.quarters - 1:
                session.playing.value = False
                return
            step_live(session)
            await asyncio.sleep(max(0.01, TICK_SECONDS - (time.monotonic() - began)))

    return use_task(work, dependencies=[playing], raise_error=False)


def step_live(session: Session) -> None:
    """One quarter more of the run that is shown, begun when there is none."""
    settings = session.settings.value
    live = session.live.value
    if live is None or live.settings != settings:
        live = LiveRun(settings)
    session.go(session.quarter.value + 1)
    session.live.value = live.until(session.quarter.value)


def toggle_play(session: Session) -> None:
    """Play, from the start when at the end, or hold."""
    if session.playing.value:
        session.stop_playing()
        return
    if session.quarter.value >= session.quarters - 1:
        session.reset()
        step_live(session)
    session.playing.value = True
