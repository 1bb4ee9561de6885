"""Worlds: circumstances to try policies in, each a file of `configs/worlds`.

A file reads

    title: Surge
    description: What happens, in plain sentences.
    events_until: 2025Q4            # optional: the config's own events end with this quarter;
                                    # what has no end, such as a law, and shocks that fade stay
    parameters: {budgets.carry_over_cap_quarters: 8}   # optional
    events:                         # as in a config
      - {kind: threat_surge, …}

A name is looked up in ./configs/worlds first, then in the shipped worlds. A world has no levers.
"""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainValidator, model_validator

from alliance_abm.config_files import validated
from alliance_abm.fields import FrozenMap, Strict, as_tuple, text
from alliance_abm.parameters import Parameters, flatten
from alliance_abm.problems import FieldProblems, Problem
from alliance_abm.quarters import QuarterField
from alliance_abm.scenario import Scenario
from alliance_abm.script import AnyEvent, Event
from alliance_abm.shelves import Shelf
from alliance_abm.yaml_source import Source

BASELINE = "baseline"
SHELF = Shelf("worlds", "world", "--world", "surge", (BASELINE,))


def _checked(given: object) -> dict[str, Any]:
    """Parameter values by path; raises FieldProblems naming each that no parameter allows."""
    Parameters.of(given)
    return {path: value for _, path, value in flatten(given)}


class WorldFile(Strict):
    """One file: what happens beside, or instead of, a config's own events."""

    title: Annotated[str, BeforeValidator(text(120))]
    description: Annotated[str, BeforeValidator(text(2000))]
    events_until: QuarterField | None = None
    parameters: Annotated[dict[str, Any], PlainValidator(_checked)] = FrozenMap()
    events: Annotated[tuple[AnyEvent, ...], BeforeValidator(as_tuple)] = ()

    @model_validator(mode="after")
    def _says_something(self) -> WorldFile:
        if not (self.events or self.parameters or self.events_until):
            problem = "the world changes nothing"
            allowed = "events, parameters or events_until; the baseline has a name already"
            raise FieldProblems([Problem((), problem, allowed)])
        return self


def world_names() -> dict[str, FilePath]:
    """Worlds by name, in alphabetical order, without the baseline."""
    return SHELF.names()


def world_file(name: str | FilePath) -> WorldFile:
    """What a world says; raises ConfigError with file, line and column, or the nearest name."""
    return validated(WorldFile, SHELF.read(SHELF.find(name), WorldFile.model_fields))


def in_world(scenario: Scenario, name: str | FilePath) -> Scenario:
    """The scenario in a world; `baseline` leaves it as it is. Raises ConfigError.

    Its parameters hold unless the scenario sets them itself. Its events come after the
    scenario's; in a small world they are cut to its nations and domains, and an event that has
    none of them left is dropped.
    """
    if name == BASELINE:
        return scenario
    read, data = world_file(name), scenario.resolved()
    own = data["parameters"]
    data["parameters"] = {**{p: v for p, v in read.parameters.items() if p not in own}, **own}
    before = [_until(event, read) for event in data["events"]]
    after = [_inside(event, scenario) for event in read.events]
    data["events"] = [event for event in (*before, *after) if event is not None]
    return validated(Scenario, Source(f"{SHELF.option} {name}", data))


def _until(event: dict[str, Any], read: WorldFile) -> dict[str, Any] | None:
    """An event of the config as a world leaves it: gone if later, cut if its end is later."""
    last = read.events_until
    if last is None:
        return event
    if type(last).parse(event["start"]) > last:
        return None
    ends = event.get("end")
    if ends is None or type(last).parse(ends) <= last:
        return event
    return event | {"end": str(last)}


def _inside(event: Event, scenario: Scenario) -> dict[str, Any] | None:
    """An event without nations and domains that the scenario lacks; None if it needs one."""
    data = event.model_dump(mode="json")
    known = {*scenario.world.nations, *scenario.world.domains}
    named = {**event.nations(), **event.domains_named()}
    outside = {path: name for path, name in named.items() if name not in known}
    if any(len(path) == 1 for path in outside):
        return None
    for field in {str(path[0]) for path in outside}:
        gone = {path[1] for path in outside if path[0] == field}
        data[field] = _without(data[field], gone)
        optional = not type(event).model_fields[field].is_required()
        if not data[field] and not (optional and isinstance(data[field], dict)):
            return None  # an emptied list would mean all
    return data


def _without(names: Any, gone: set[Any]) -> Any:
    if isinstance(names, dict):
        return {name: value for name, value in names.items() if name not in gone}
    return [name for place, name in enumerate(names) if place not in gone]
