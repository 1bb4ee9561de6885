"""Parameters and names by capability domain, from `domains.csv` and `domain_names.csv`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alliance_abm.datafiles import DOMAINS, data_folder
from alliance_abm.tables import Tables, number


@dataclass(frozen=True, slots=True)
class DomainParameter:
    """One parameter with a value, range, grade and source per domain, in the order of DOMAINS."""

    name: str
    unit: str
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    grades: tuple[str, ...]
    source_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DomainName:
    """How a domain is called in prose and in charts."""

    id: str
    name: str
    short_label: str


def domain_parameters(folder: Path | None = None) -> dict[str, DomainParameter]:
    """Parameters of `domains.csv` by name.

    Raises:
        DataError: when a value is not a number.
        KeyError: when a domain lacks a parameter.
    """
    rows = Tables(folder or data_folder()).rows("domains")
    found = {(row["name"], row["domain"]): row for row in rows}
    parameters = {}
    for name in dict.fromkeys(row["name"] for row in rows):
        own = [found[name, domain] for domain in DOMAINS]
        parameters[name] = DomainParameter(
            name=name,
            unit=own[0]["unit"],
            values=tuple(number(row, "value", "domains") for row in own),
            low=tuple(number(row, "low", "domains") for row in own),
            high=tuple(number(row, "high", "domains") for row in own),
            grades=tuple(row["grade"] for row in own),
            source_keys=tuple(row["source_key"] for row in own),
        )
    return parameters


def domain_labels(folder: Path | None = None) -> dict[str, DomainName]:
    """Names and chart labels by domain."""
    return {
        row["domain"]: DomainName(row["domain"], row["name"], row["short_label"])
        for row in Tables(folder or data_folder()).rows("domain_names")
    }
