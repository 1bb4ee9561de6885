"""Where the shipped tables are, the names they hold, and their hashes."""

from __future__ import annotations

import csv
import hashlib
from functools import cache
from pathlib import Path

DOMAINS: tuple[str, ...] = (
    "combat_aviation",
    "air_missile_defence",
    "fires_munitions",
    "land",
    "naval",
    "isr_c2",
    "uncrewed",
    "space",
)
BUYER = "ally_or_partner"
UNITED_STATES = "USA"
_PACKAGE = Path(__file__).resolve().parent


def data_folder() -> Path:
    """The folder of shipped tables, in a source checkout as in an installed wheel."""
    return _PACKAGE / "data"


def shipped_configs() -> Path:
    """The folder of shipped configs: inside the installed package, else of the checkout."""
    packaged = _PACKAGE / "configs"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "configs"


def rows(name: str, folder: Path | None = None) -> list[dict[str, str]]:
    """Rows of the table `name` (shipped, unless `folder` is given), as text; # lines skipped."""
    with ((folder or data_folder()) / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@cache
def nation_names() -> dict[str, str]:
    """iso3 → name of the nations of the model, in the order of `nations.csv`."""
    return {row["iso3"]: row["name"] for row in rows("nations.csv")}


@cache
def buyer_names() -> frozenset[str]:
    """iso3 codes of the allied and partner buyers."""
    return frozenset(row["iso3"] for row in rows("nations.csv") if row["role"] == BUYER)


@cache
def nation_regions() -> dict[str, str]:
    """iso3 → region."""
    return {row["iso3"]: row["region"] for row in rows("nations.csv")}


@cache
def regions() -> tuple[str, ...]:
    """Regions in order of first mention."""
    return tuple(dict.fromkeys(nation_regions().values()))


@cache
def programme_members() -> dict[str, tuple[str, ...]]:
    """Programme standing at the end of 2014 → iso3 of its members."""
    members: dict[str, list[str]] = {}
    for row in rows("programmes_2014.csv"):
        members.setdefault(row["programme"], []).append(row["member_iso3"])
    return {programme: tuple(names) for programme, names in members.items()}


@cache
def source_keys() -> frozenset[str]:
    """Keys of `sources.csv`."""
    return frozenset(row["source_key"] for row in rows("sources.csv"))


@cache
def data_hashes() -> dict[str, str]:
    """SHA-256 of every shipped table, by its path inside the data folder."""
    folder = data_folder()
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".csv", ".yaml"}
    }
