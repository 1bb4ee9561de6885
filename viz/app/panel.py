"""The settings at the left: world, reform, its levers with their bills, seed and number of runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import solara
from solara.alias import rv

from alliance_abm.lever_data import GROUPS, LEVERS
from alliance_abm.presets import preset, preset_names
from alliance_abm.problems import ConfigError
from alliance_abm.quarters import Quarter
from alliance_abm.worlds import BASELINE, world_file, world_names
from viz.app.elements import box, button, escape, markup, pick
from viz.app.session import Session
from viz.app.settings import (
    LARGEST_SEED,
    MOST_REFORMS,
    PAIRS,
    STORY,
    Reform,
    reform_of_text,
    whole,
)
from viz.app.sources import lever_card
from viz.app.upload import OwnConfig

CUSTOM = "own"
STEPS = 20.0
SAME = 1e-6
FIRST_YEAR, LAST_YEAR = 2026, 2040  # offered starts


@solara.component
def SettingsPanel(session: Session, place: int, on_place: Callable[[int], None]) -> None:
    """What is asked; `place` is the reform that is edited."""
    settings = session.settings.value
    place = min(place, max(len(settings.reforms) - 1, 0))
    with solara.Div(classes=["abm-side"]):
        pick("World", world_options(settings.uploaded is not None), settings.world,
             lambda name: session.edit(world=name))  # fmt: skip
        if len(settings.reforms) > 1 or session.page.value == "compare":
            ReformTabs(session, place, on_place)
        reform = settings.reforms[place] if settings.reforms else Reform(())
        ReformPicker(session, place, reform)
        for use in reform.uses:
            LeverControl(session, place, reform, use.lever).key(f"{place} {use.lever}")
        AddLever(session, place, reform)
        if reform.uses:
            StartYear(session, place, reform)
        RunSettings(session)
        OwnConfig(session)


def world_options(uploaded: bool) -> list[dict[str, str]]:
    """Worlds to choose from, the baseline first."""
    own = "Your config" if uploaded else "Baseline"
    named = [{"text": world_file(name).title, "value": name} for name in world_names()]
    return [{"text": own, "value": BASELINE}, *named]


@solara.component
def ReformTabs(session: Session, place: int, on_place: Callable[[int], None]) -> None:
    """Which of up to three reforms is edited, and one more or less."""
    reforms = session.settings.value.reforms

    def add() -> None:
        taken = {reform.text for reform in reforms}
        free = [name for name in ("rand-6", "mitre-sell", "rand-4") if name not in taken]
        session.change(session.settings.value.with_reform(len(reforms), Reform.of_preset(free[0])))
        on_place(len(reforms))

    def remove() -> None:
        session.change(session.settings.value.without_reform(place))
        on_place(max(place - 1, 0))

    chosen = [
        solara.Button(
            f"Reform {number + 1}", on_click=partial(on_place, number), small=True,
            text=True, outlined=number == place,
            attributes={"aria-pressed": "true" if number == place else "false"},
        )
        for number in range(len(reforms))
    ]  # fmt: skip
    more = button("", add, "mdi-plus", "Add a reform", disabled=len(reforms) >= MOST_REFORMS)
    less = button("", remove, "mdi-minus", "Remove this reform", disabled=len(reforms) < 2)
    box(*chosen, more, less, cls="abm-segments", role="group", aria_label="Reforms compared")


@solara.component
def ReformPicker(session: Session, place: int, reform: Reform) -> None:
    """A preset to begin with."""
    options = [{"text": "Faster FMS (the story)", "value": STORY}]
    options += [{"text": preset(name).title, "value": name} for name in preset_names()]
    story = reform.preset is None and reform.text == reform_of_text(STORY).text
    chosen = STORY if story else reform.preset or CUSTOM
    if chosen == CUSTOM:
        options.append({"text": "Own choice of levers", "value": CUSTOM})

    def choose(name: str) -> None:
        if name != CUSTOM:
            session.change(session.settings.value.with_reform(place, reform_of_text(name)))

    pick("Reform", options, chosen, choose)


@solara.component
def LeverControl(session: Session, place: int, reform: Reform, name: str) -> None:
    """One lever: its size against the baseline, and what it costs one click away."""
    lever = LEVERS[name]
    size = reform.amount(name) or 0.0
    shown, set_shown = solara.use_state(False)
    low = min(0.0, lever.low)
    step = _step(lever.high - low)

    def change(value: float) -> None:
        if abs(value - snapped(size, low, step)) < SAME * step:
            return  # the slider shows a size between its steps at the nearest one
        session.change(session.settings.value.with_reform(place, reform.with_size(name, value)))

    def remove() -> None:
        session.change(session.settings.value.with_reform(place, reform.without(name)))

    box(
        box(
            markup(escape(lever.name), tag="span"),
            button("", lambda: set_shown(True), "mdi-information-outline",
                   f"{lever.name}: bill and source"),
            button("", remove, "mdi-close", f"Remove {lever.name}"),
            cls="abm-lever-head",
        ),
        rv.Slider(
            v_model=size, on_v_model=change, min=low, max=lever.high, step=step, dense=True,
            hide_details=True, height=24, attributes={"aria-label": lever.name},
        ),
        markup(f"<span>{size:g} {escape(lever.unit)}</span><span>baseline 0</span>", "abm-label"),
        cls="abm-lever",
    )  # fmt: skip
    with rv.Dialog(v_model=shown, on_v_model=set_shown, max_width=640), rv.Card():
        markup(lever_card(lever), "abm-dialog")
        with rv.CardActions():
            rv.Spacer()
            button("Close", lambda: set_shown(False))


def snapped(size: float, low: float, step: float) -> float:
    """Where a slider stands for a size: on the nearest step.

    >>> snapped(33.0, 0.0, 5.0), snapped(65.0, 0.0, 10.0), snapped(50.0, 0.0, 5.0)
    (35.0, 70.0, 50.0)
    """
    return low + math.floor((size - low) / step + 0.5) * step


def _step(span: float) -> float:
    """A round step of about a twentieth of a span."""
    for step in (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 50.0, 100.0):
        if span / step <= STEPS * 1.5:
            return step
    return span / STEPS


@solara.component
def AddLever(session: Session, place: int, reform: Reform) -> None:
    """All other levers, grouped as in the papers."""
    taken = {use.lever for use in reform.uses}
    items: list[dict[str, Any]] = []
    for group, title in GROUPS.items():
        free = [one for one in LEVERS.values() if one.group == group and one.id not in taken]
        if free:
            items.append({"header": title})
            items += [{"text": one.name, "value": one.id} for one in free]

    def add(name: str | None) -> None:
        if name:
            wanted = reform.with_size(name, LEVERS[name].default)
            session.change(session.settings.value.with_reform(place, wanted))

    rv.Autocomplete(
        label="Add a lever", items=items, v_model=None, on_v_model=add, dense=True, outlined=True,
        hide_details=True, menu_props={"maxHeight": 460}, attributes={"aria-label": "Add a lever"},
    ).key(f"add {reform.text}")  # fmt: skip


@solara.component
def StartYear(session: Session, place: int, reform: Reform) -> None:
    """From which year the levers are in force."""
    starts = {use.start for use in reform.uses}
    horizon = session.settings.value.scenario().horizon
    first = FIRST_YEAR if horizon.end.year > FIRST_YEAR else horizon.report_from.year
    years = [str(year) for year in range(first, min(LAST_YEAR, horizon.end.year) + 1)]
    chosen = str(reform.start)
    options = [{"text": year, "value": f"{year}Q1"} for year in years]
    if len(starts) > 1 or chosen not in {one["value"] for one in options}:
        options.append({"text": f"from {reform.start}", "value": chosen})

    def choose(text: str) -> None:
        wanted = reform.starting(Quarter.parse(text))
        session.change(session.settings.value.with_reform(place, wanted))

    pick("In force from", options, chosen, choose)


@solara.component
def RunSettings(session: Session) -> None:
    """Seed and number of pairs of runs."""
    settings = session.settings.value
    text, set_text = solara.use_state(str(settings.seed))
    wrong, set_wrong = solara.use_state("")
    solara.use_effect(lambda: set_text(str(settings.seed)), [settings.seed])

    def typed(value: str) -> None:
        set_text(value)
        try:
            seed = whole("Seed", value, 0, LARGEST_SEED)
        except ConfigError as error:
            set_wrong(str(error))
            return
        set_wrong("")
        session.edit(seed=seed)

    pairs = [{"text": f"{count} pairs of runs", "value": str(count)} for count in _pairs(settings)]
    pick("How many runs", pairs, str(settings.pairs), lambda n: session.edit(pairs=int(n)))
    rv.TextField(
        label="Seed", v_model=text, on_v_model=typed, dense=True, outlined=True,
        hide_details="auto", error=bool(wrong), error_messages=[wrong] if wrong else [],
        attributes={"aria-label": "Seed", "inputmode": "numeric"},
    )  # fmt: skip


def _pairs(settings: Any) -> list[int]:
    return sorted({*PAIRS, settings.pairs})
