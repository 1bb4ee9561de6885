"""Coverage: every item of the two source papers, and what answers it here.

Entries stand in `coverage.yaml` by identifier:

    M-31:
      item: The item in one plain sentence.
      abm: Y          # Y answered, P in part, N no question for a simulation, N/P, - an actor
      stands_for: What represents it.                    # not for N
      rooms: [queues]                                    # modules of the model
      parameters: [security.oversight_error]
      levers: [fast_track]
      events: [case_surge]                               # kinds of event
      outcomes: [fms_months_to_contract]
      commands: [compare --lever fast_track]             # what to run for an answer
      why: Why it is no question for a simulation.       # N and N/P only
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from alliance_abm.catalogue import CatalogueError
from alliance_abm.problems import listed, nearest_name
from alliance_abm.yaml_source import Source, read_yaml

FILE = Path(__file__).with_suffix(".yaml")
ANSWERED, IN_PART, NO_QUESTION, PARTLY_NONE, ACTOR = "Y", "P", "N", "N/P", "-"
CLASSES: Mapping[str, str] = MappingProxyType(
    {
        ANSWERED: "the simulation answers it",
        IN_PART: "answered in part, under stated assumptions",
        PARTLY_NONE: "mostly not a question for a simulation; one number can be varied",
        NO_QUESTION: "not a question for a simulation",
        ACTOR: "an actor or institution, not a question",
    }
)
PAPERS: Mapping[str, str] = MappingProxyType(
    {"M": "MITRE, November 2025", "R": "RAND and Naval Postgraduate School, April 2026"}
)
_TEXTS = ("item", "abm", "stands_for", "why")


@dataclass(frozen=True)
class Item:
    """One item of a paper: what stands for it, and what answers it."""

    id: str
    item: str
    abm: str
    stands_for: str = ""
    rooms: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    levers: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    why: str = ""

    @property
    def paper(self) -> str:
        """The paper that it is from, in words."""
        return PAPERS[self.id[0]]


_KEYS = {field.name for field in fields(Item)} - {"id"}


def load_coverage(file: Path = FILE) -> dict[str, Item]:
    """Items by identifier in the order of the file; raises CatalogueError or ConfigError.

    Names in it (levers, rooms, outcomes, commands) are not looked up here: tests do that.
    """
    source = read_yaml(file)
    return {name: _item(name, raw, source) for name, raw in (source.data or {}).items()}


def _item(name: str, raw: Any, source: Source) -> Item:
    where = f"{source.place((name,), at_key=True)}: {name}"
    if not isinstance(raw, dict) or not {"item", "abm"} <= set(raw) <= _KEYS:
        raise CatalogueError(f"{where}: item and abm, and perhaps {listed(sorted(_KEYS))}")
    if name[0] not in PAPERS or raw["abm"] not in CLASSES:
        raise CatalogueError(f"{where}: {listed(PAPERS)} and a class of {listed(CLASSES)}")
    texts = {key: raw[key] for key in _TEXTS if key in raw}
    lists: dict[str, Any] = {key: raw[key] for key in raw if key not in _TEXTS}
    if not all(isinstance(value, str) and value.strip() for value in texts.values()):
        raise CatalogueError(f"{where}: {listed(texts)} must say something")
    if not all(_is_list(value) for value in lists.values()):
        raise CatalogueError(f"{where}: {listed(lists)} are lists of names")
    if (NO_QUESTION in raw["abm"]) != ("why" in raw):
        raise CatalogueError(f"{where}: `why` is for items that are no question, and only for them")
    given: dict[str, Any] = {key: tuple(value) for key, value in lists.items()}
    return Item(name, **texts, **given)


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one for one in value)


@cache
def coverage() -> Mapping[str, Item]:
    """The shipped items by identifier."""
    return MappingProxyType(load_coverage())


def paper_item(value: object) -> str:
    """Validator of an identifier; raises FieldProblems with the nearest one."""
    from alliance_abm.fields import refuse

    known = coverage()
    if isinstance(value, str) and value in known:
        return value
    word = value.upper() if isinstance(value, str) else value
    shown = f"'{value}'" if isinstance(value, str) else str(value)
    allowed = f"an identifier of the {len(known)} items that `alliance-abm coverage` lists"
    refuse(f"{shown} is no item of the papers", allowed, nearest_name(word, known))


def counts() -> dict[str, int]:
    """Number of items by class."""
    found = [item.abm for item in coverage().values()]
    return {name: found.count(name) for name in CLASSES}
