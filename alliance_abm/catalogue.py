"""The catalogue of numbers: value, unit, range, grade and source, read from `data/parameters`.

One YAML file per room; each entry reads

    service_life_years:             # a leaf name, unique over all rooms
      value: 25                     # a number, or true/false for a switch
      unit: years
      low: 15                       # the range a scenario may set; both ends included
      high: 40
      grade: C                      # A estimated or published, B bounded by literature, C assumed
      source: project_estimate      # a key of data/sources.csv
      leverable: false              # may a lever change it?
      whole: false                  # optional: only whole numbers may be set
      text: What it is.

With `by_domain: {combat_aviation: 25, …}` (all eight domains) in place of `value`, `low` and
`high` are one number for all domains or a mapping of all eight, in the parameter's unit. The
table `data/domains.csv` (domain, name, unit, value, low, high, grade, source_key and, if given,
leverable and text) is the room `domains`.

A path is `room.name`, or `room.name.domain` for a number that differs by domain.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from alliance_abm.datafiles import DOMAINS, data_folder, rows
from alliance_abm.problems import ConfigError, FieldProblems, Problem, shown
from alliance_abm.yaml_source import read_yaml

GRADES = ("A", "B", "C")
DOMAINS_ROOM = "domains"
_REQUIRED = ("unit", "low", "high", "grade", "source", "leverable", "text")
_OPTIONAL = ("value", "by_domain", "whole")


@dataclass(frozen=True)
class Entry:
    """One number of the model. `domain` is None unless it differs by domain."""

    path: str
    room: str
    name: str
    domain: str | None
    value: float
    unit: str
    low: float
    high: float
    grade: str
    source: str
    leverable: bool
    text: str
    switch: bool = False
    whole: bool = False

    @property
    def allowed(self) -> str:
        """What a scenario may set, in words."""
        if self.switch:
            return "true or false"
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.low:g} to {self.high:g} ({self.unit})"

    def checked(self, value: object) -> float:
        """`value` as a float; raises FieldProblems when the entry does not allow it."""
        fits = isinstance(value, bool | np.bool_) if self.switch else _is_number(value)
        if not fits:
            what = "true or false" if self.switch else "a number"
            raise FieldProblems([Problem((), f"{shown(value)} is not {what}", self.allowed)])
        number = float(value)  # type: ignore[arg-type]
        if not math.isfinite(number):
            raise FieldProblems([Problem((), f"{number} is not a finite number", self.allowed)])
        if self.whole and number != int(number):
            raise FieldProblems([Problem((), f"{number:g} is not a whole number", self.allowed)])
        if not self.low <= number <= self.high:
            raise FieldProblems([Problem((), f"{shown(value)} is out of range", self.allowed)])
        return number


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


class CatalogueError(ConfigError):
    """A shipped parameter file is not as described in this module."""


def load_catalogue(folder: Path | None = None) -> dict[str, Entry]:
    """Entries by path, in order of file name and place; raises CatalogueError.

    `folder` holds `parameters/*.yaml` and perhaps `domains.csv`; the shipped one by default.
    """
    folder = folder or data_folder()
    entries: dict[str, Entry] = {}
    homes: dict[str, str] = {}
    for file in sorted((folder / "parameters").glob("*.yaml")):
        source = read_yaml(file)
        for name, raw in (source.data or {}).items():
            where = source.place((name,), at_key=True)
            found = _entries(file.stem, name, raw, where)
            _merge(entries, homes, file.stem, name, found, where)
    if (folder / "domains.csv").exists():
        for name, found in _domain_rows(folder).items():
            _merge(entries, homes, DOMAINS_ROOM, name, found, "domains.csv")
    return entries


def _merge(
    entries: dict[str, Entry],
    homes: dict[str, str],
    room: str,
    name: str,
    found: list[Entry],
    where: str,
) -> None:
    if name in homes:
        raise CatalogueError(f"{where}: {name} is already a parameter of {homes[name]}")
    homes[name] = room
    entries.update({entry.path: entry for entry in found})


def _entries(room: str, name: str, raw: Any, where: str) -> list[Entry]:
    if not isinstance(raw, dict):
        raise CatalogueError(f"{where}: {name}: an entry is a mapping")
    for key in raw:
        if key not in _REQUIRED + _OPTIONAL:
            raise CatalogueError(f"{where}: {name}: unknown key {key}")
    missing = [key for key in _REQUIRED if key not in raw]
    if missing or ("value" in raw) == ("by_domain" in raw):
        lack = ", ".join(missing) or "exactly one of value and by_domain"
        raise CatalogueError(f"{where}: {name}: missing {lack}")
    if "value" in raw:
        return [_entry(room, name, None, raw, raw["value"], raw["low"], raw["high"], where)]
    values = _for_domains(raw["by_domain"], f"{where}: {name}: by_domain")
    low = _for_domains(raw["low"], f"{where}: {name}: low")
    high = _for_domains(raw["high"], f"{where}: {name}: high")
    return [
        _entry(room, name, domain, raw, values[domain], low[domain], high[domain], where)
        for domain in DOMAINS
    ]


def _for_domains(given: Any, where: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        return dict.fromkeys(DOMAINS, given)
    if set(given) != set(DOMAINS):
        raise CatalogueError(f"{where}: needs exactly the domains {', '.join(DOMAINS)}")
    return given


def _entry(
    room: str,
    name: str,
    domain: str | None,
    raw: Mapping[str, Any],
    value: Any,
    low: Any,
    high: Any,
    where: str,
) -> Entry:
    path = f"{room}.{name}" + (f".{domain}" if domain else "")
    if not name.isidentifier():
        raise CatalogueError(f"{where}: {path}: a name has letters, digits and _")
    switch = isinstance(value, bool)
    low, high = (0, 1) if switch else (low, high)
    if raw["grade"] not in GRADES:
        raise CatalogueError(f"{where}: {path}: grade is one of {', '.join(GRADES)}")
    for key in ("unit", "source", "text"):
        if not isinstance(raw[key], str) or not raw[key].strip():
            raise CatalogueError(f"{where}: {path}: {key} must say something")
    for key in ("leverable", "whole"):
        if not isinstance(raw.get(key, False), bool):
            raise CatalogueError(f"{where}: {path}: {key} is true or false")
    if not all(_is_number(bound) and math.isfinite(bound) for bound in (low, high)):
        raise CatalogueError(f"{where}: {path}: low and high are finite numbers")
    bare = Entry(
        path,
        room,
        name,
        domain,
        0.0,
        raw["unit"],
        float(low),
        float(high),
        raw["grade"],
        raw["source"],
        raw["leverable"],
        raw["text"],
        switch,
        raw.get("whole", False),
    )
    try:
        checked = bare.checked(value)
    except FieldProblems as error:
        raise CatalogueError(f"{where}: {path}: {error.problems[0].text()}") from None
    return replace(bare, value=checked)


def _domain_rows(folder: Path) -> dict[str, list[Entry]]:
    found: dict[str, dict[str, Entry]] = {}
    for row in rows("domains.csv", folder):
        where = f"domains.csv: {row['name']}, {row['domain']}"
        raw = {
            "unit": row["unit"],
            "grade": row["grade"],
            "source": row["source_key"],
            "leverable": row.get("leverable") in ("yes", "true"),
            "text": row.get("text") or row["name"].replace("_", " "),
        }
        try:
            value, low, high = (float(row[key]) for key in ("value", "low", "high"))
        except ValueError:
            raise CatalogueError(f"{where}: value, low and high are numbers") from None
        entry = _entry(DOMAINS_ROOM, row["name"], row["domain"], raw, value, low, high, where)
        found.setdefault(row["name"], {})[row["domain"]] = entry
    for name, by_domain in found.items():
        _for_domains(by_domain, f"domains.csv: {name}")
    return {name: [by_domain[domain] for domain in DOMAINS] for name, by_domain in found.items()}
