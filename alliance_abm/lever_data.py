"""The catalogue of levers, read from `data/levers/*.yaml`.

A lever is data over an untouched baseline: which leverable parameters it changes by how much for
each unit of its size, what it costs (its bill, made of changes too), and which items of the two
papers it stands for. An entry reads

    parallel_reviews:               # the id
      name: Parallel export reviews
      text: One plain sentence.
      bill_text: What it costs, in one plain sentence.
      unit: percent of the release review that runs beside the preparation of the offer
      default: 50                   # size; `low` and `high` are its range, and 0 is always inert
      low: 0
      high: 70
      ramp: 4                       # quarters from the start to the full effect
      papers: [M-32]                # identifiers of requirements
      grade: C                      # A published, B bounded by literature, C assumed
      source: project_estimate      # a key of data/sources.csv
      changes:
        - {parameter: queues.review_overlap, shift: 0.01}
      bill:
        - {parameter: queues.release_rework, shift: 0.002, after: 0, lasts: 8}

A change does one of three things to a parameter: `shift` adds its amount times the size, `scale`
multiplies by 1 + amount times the size, `set` sets it (a lever of size 0 sets nothing). It may
come `after` some quarters, last for `lasts` quarters, have a `ramp` of its own, and name the
`domains` that it holds for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from alliance_abm.catalogue import GRADES, CatalogueError
from alliance_abm.datafiles import DOMAINS, data_folder, source_keys
from alliance_abm.parameters import CATALOGUE, is_parameter
from alliance_abm.yaml_source import read_yaml

KINDS = ("set", "scale", "shift")
GROUPS: Mapping[str, str] = MappingProxyType(  # files of data/levers, and what they are called
    {
        "process": "Sell: cases, reviews, licences and staff",
        "trust": "Align: trusted partners and protected technology",
        "buy": "Buy: the United States buys from allies",
        "design": "Build: design for export, standards, innovation",
        "industry": "Build: supply chains, surge and demand signals",
        "cooperation": "Together: pooled buying and joint programmes",
        "control": "Control: a lever that cannot act",
    }
)
_TEXTS = ("name", "text", "bill_text", "unit", "source")
_NUMBERS = ("default", "low", "high", "ramp")
_KEYS = {*_TEXTS, *_NUMBERS, "papers", "grade", "changes", "bill"}
_CHANGE_KEYS = {"parameter", *KINDS, "after", "lasts", "ramp", "domains"}


@dataclass(frozen=True)
class Change:
    """What a lever does to one parameter; quarters count from the lever's start."""

    parameter: str
    kind: str
    amount: float
    after: int = 0
    lasts: int | None = None
    ramp: int | None = None
    domains: tuple[str, ...] | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of the catalogue: one, or one for each domain that it holds for."""
        if self.parameter in CATALOGUE:
            return (self.parameter,)
        return tuple(f"{self.parameter}.{domain}" for domain in self.domains or DOMAINS)


@dataclass(frozen=True)
class Lever:
    """One lever: what it changes for each unit of size, its bill, range, grade and papers.

    `group` is the name of its file, one of GROUPS.
    """

    id: str
    group: str
    name: str
    text: str
    bill_text: str
    unit: str
    default: float
    low: float
    high: float
    ramp: int
    papers: tuple[str, ...]
    grade: str
    source: str
    changes: tuple[Change, ...]
    bill: tuple[Change, ...]

    @property
    def allowed(self) -> str:
        """Sizes that may be asked for, in words."""
        return f"0, or a number from {self.low:g} to {self.high:g} ({self.unit})"

    def sets(self) -> frozenset[str]:
        """Parameter paths that it sets."""
        changes = (*self.changes, *self.bill)
        return frozenset(path for one in changes if one.kind == "set" for path in one.paths)


def load_levers(folder: Path | None = None) -> dict[str, Lever]:
    """Levers by id, in order of file name and place; raises CatalogueError.

    `folder` holds `levers/*.yaml`; the shipped one by default.
    """
    found: dict[str, Lever] = {}
    for file in sorted(((folder or data_folder()) / "levers").glob("*.yaml")):
        source = read_yaml(file)
        for name, raw in (source.data or {}).items():
            where = f"{source.place((name,), at_key=True)}: {name}"
            if name in found:
                raise CatalogueError(f"{where}: is already a lever")
            found[name] = _lever(name, file.stem, raw, where)
    return found


def _lever(name: str, group: str, raw: Any, where: str) -> Lever:
    if not isinstance(raw, dict) or set(raw) != _KEYS:
        lack = set(_KEYS) ^ set(raw) if isinstance(raw, dict) else _KEYS
        raise CatalogueError(f"{where}: missing or unknown: {', '.join(sorted(lack))}")
    for key in _TEXTS:
        if not isinstance(raw[key], str) or not raw[key].strip():
            raise CatalogueError(f"{where}: {key} must say something")
    numbers = [raw[key] for key in _NUMBERS]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers):
        raise CatalogueError(f"{where}: {', '.join(_NUMBERS)} are numbers")
    if not raw["low"] <= raw["default"] <= raw["high"] or raw["ramp"] < 0:
        raise CatalogueError(f"{where}: low <= default <= high, and a ramp of 0 or more")
    if raw["grade"] not in GRADES or raw["source"] not in source_keys():
        raise CatalogueError(f"{where}: a grade of {', '.join(GRADES)} and a known source")
    if not isinstance(raw["papers"], list) or not isinstance(raw["changes"], list):
        raise CatalogueError(f"{where}: papers and changes are lists")
    return Lever(
        id=name,
        group=group,
        name=raw["name"].strip(),
        text=raw["text"].strip(),
        bill_text=raw["bill_text"].strip(),
        unit=raw["unit"].strip(),
        default=float(raw["default"]),
        low=float(raw["low"]),
        high=float(raw["high"]),
        ramp=int(raw["ramp"]),
        papers=tuple(raw["papers"]),
        grade=raw["grade"],
        source=raw["source"],
        changes=tuple(_change(one, where) for one in raw["changes"]),
        bill=tuple(_change(one, where) for one in raw["bill"] or ()),
    )


def _change(raw: Any, where: str) -> Change:
    if not isinstance(raw, dict) or not set(raw) <= _CHANGE_KEYS or "parameter" not in raw:
        raise CatalogueError(f"{where}: a change names a parameter and {', '.join(KINDS)}")
    kinds = [kind for kind in KINDS if kind in raw]
    path = raw["parameter"]
    if len(kinds) != 1:
        raise CatalogueError(f"{where}: {path}: exactly one of {', '.join(KINDS)}")
    if not isinstance(path, str) or not is_parameter(path):
        raise CatalogueError(f"{where}: {path} is no parameter")
    domains = tuple(raw["domains"]) if "domains" in raw else None
    if domains is not None and (path in CATALOGUE or not set(domains) <= set(DOMAINS)):
        raise CatalogueError(f"{where}: {path}: domains of a parameter that differs by domain")
    change = Change(
        path, kinds[0], float(raw[kinds[0]]), raw.get("after", 0), raw.get("lasts"),
        raw.get("ramp"), domains,
    )  # fmt: skip
    for name in change.paths:
        if not CATALOGUE[name].leverable:
            raise CatalogueError(f"{where}: {name} is not leverable")
    return change


LEVERS: Mapping[str, Lever] = MappingProxyType(load_levers())
