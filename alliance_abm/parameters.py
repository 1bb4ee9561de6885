"""The values of one scenario: the catalogue's, with overrides, as kernels take them.

Every number stands in `data/parameters/*.yaml` and `data/domains.csv`; `catalogue.py` says how an
entry reads. A path is `room.name`, or `room.name.domain` for a number that differs by domain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from alliance_abm.catalogue import GRADES, Entry, load_catalogue
from alliance_abm.datafiles import DOMAINS
from alliance_abm.problems import FieldProblems, Path, Problem, listed, nearest_name, shown

__all__ = [
    "CATALOGUE",
    "DOMAIN_DTYPE",
    "PARAMETER_DTYPE",
    "Entry",
    "Parameters",
    "counts_by_grade",
    "flatten",
    "is_parameter",
]

CATALOGUE: Mapping[str, Entry] = MappingProxyType(load_catalogue())
PARAMETER_DTYPE = np.dtype([(e.name, np.float64) for e in CATALOGUE.values() if e.domain is None])
DOMAIN_DTYPE = np.dtype(
    [(e.name, np.float64) for e in CATALOGUE.values() if e.domain == DOMAINS[0]]
)
_INDEX = {path: index for index, path in enumerate(CATALOGUE)}
_BY_DOMAIN = {f"{e.room}.{e.name}" for e in CATALOGUE.values() if e.domain is not None}
_DEEPEST = 3  # room, name, domain


def is_parameter(path: str) -> bool:
    """Is `path` a parameter, or the mapping of one that differs by domain?"""
    return path in CATALOGUE or path in _BY_DOMAIN


Override = tuple[Path, str, object]


def flatten(given: object) -> list[Override]:
    """(place in `given`, parameter path, value) of dotted or nested overrides.

    A single number for a parameter that differs by domain sets all eight. Raises FieldProblems
    for what is no parameter, and for one that is set twice.
    """
    if not isinstance(given, Mapping):
        allowed = "parameter paths with their values"
        raise FieldProblems([Problem((), f"{shown(given)} is not a mapping", allowed)])
    found: list[Override] = []
    problems: list[Problem] = []
    _walk(given, (), found, problems)
    seen: set[str] = set()
    for place, path, _ in found:
        if path in seen:
            problems.append(Problem(place, f"{path} is set twice", "once"))
        seen.add(path)
    if problems:
        raise FieldProblems(problems)
    return found


def _walk(
    given: Mapping[str, Any], place: Path, found: list[Override], problems: list[Problem]
) -> None:
    for key, value in given.items():
        here = (*place, key)
        path = ".".join(str(part) for part in here)
        if path in CATALOGUE:
            found.append((here, path, value))
        elif path in _BY_DOMAIN and not isinstance(value, Mapping):
            found.extend((here, f"{path}.{domain}", value) for domain in DOMAINS)
        elif isinstance(value, Mapping) and len(here) < _DEEPEST:
            _walk(value, here, found, problems)
        else:
            problems.append(_unknown(path, here))


def _unknown(path: str, place: Path = ()) -> Problem:
    parent = path.rpartition(".")[0]
    if parent in _BY_DOMAIN:
        return Problem(
            place,
            "unknown domain",
            listed(DOMAINS),
            nearest_name(path.rpartition(".")[2], DOMAINS),
            at_key=True,
        )
    names = [*CATALOGUE, *_BY_DOMAIN]
    return Problem(
        place,
        "unknown parameter",
        f"a path of the {len(CATALOGUE)} parameters (alliance-abm parameters lists them)",
        nearest_name(path, names),
        at_key=True,
    )


@dataclass(frozen=True)
class Parameters:
    """All values of the model after overrides, in the order of CATALOGUE; hashable.

    `parameters["budgets.carry_over_cap_quarters"]` is one value.
    """

    values: tuple[float, ...]

    @classmethod
    def default(cls) -> Parameters:
        """The shipped values."""
        return cls(tuple(entry.value for entry in CATALOGUE.values()))

    @classmethod
    def of(cls, overrides: object) -> Parameters:
        """Shipped values with dotted or nested overrides; raises FieldProblems naming each."""
        if isinstance(overrides, Parameters):
            return overrides
        return cls.default().with_set(overrides)

    def with_set(self, overrides: object) -> Parameters:
        """These values with others set; raises FieldProblems naming each that is refused."""
        values = list(self.values)
        problems: dict[Path, Problem] = {}
        for place, path, value in flatten(overrides):
            try:
                values[_INDEX[path]] = CATALOGUE[path].checked(value)
            except FieldProblems as error:
                problems.setdefault(place, error.problems[0].under(place))
        if problems:
            raise FieldProblems(problems.values())
        return Parameters(tuple(values))

    def __getitem__(self, path: str) -> float:
        return self.values[_INDEX[path]]

    def __iter__(self) -> Iterator[str]:
        return iter(CATALOGUE)

    def items(self) -> Iterator[tuple[str, float]]:
        """(path, value) in the order of CATALOGUE."""
        return zip(CATALOGUE, self.values, strict=True)

    def overrides(self) -> dict[str, float]:
        """What differs from the shipped values, by path."""
        return {path: value for path, value in self.items() if value != CATALOGUE[path].value}

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of all paths and values."""
        text = "\n".join(f"{path}={value!r}" for path, value in self.items())
        return hashlib.sha256(text.encode()).hexdigest()

    def as_record(self) -> np.ndarray:
        """Values that do not differ by domain: shape (1,), dtype PARAMETER_DTYPE."""
        record = np.zeros(1, PARAMETER_DTYPE)
        for path, entry in CATALOGUE.items():
            if entry.domain is None:
                record[entry.name] = self[path]
        return record

    def by_domain(self, domains: tuple[str, ...] | list[str] = DOMAINS) -> np.ndarray:
        """Values that differ by domain: shape (len(domains),), dtype DOMAIN_DTYPE."""
        table = np.zeros(len(domains), DOMAIN_DTYPE)
        place = {domain: index for index, domain in enumerate(domains)}
        for path, entry in CATALOGUE.items():
            if entry.domain in place:
                table[entry.name][place[entry.domain]] = self[path]
        return table


def counts_by_grade() -> dict[str, int]:
    """Number of parameters (names, not domains) by grade; the weakest grade of a name counts."""
    grades: dict[str, str] = {}
    for entry in CATALOGUE.values():
        grades[entry.name] = max(entry.grade, grades.get(entry.name, GRADES[0]))
    return {grade: sum(1 for found in grades.values() if found == grade) for grade in GRADES}
