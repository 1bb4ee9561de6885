"""Reading the data tables: rows as text, numbers with the place of a bad one."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Row = Mapping[str, str]
Floats = NDArray[np.float64]


class DataError(ValueError):
    """A shipped table that is missing or holds a value that cannot be used."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one data folder, each read once.

    `rows("milex")` are the rows of `milex.csv`. `number` reads one cell and raises DataError
    naming file, line and column.
    """

    folder: Path
    _read: dict[str, tuple[Row, ...]] = field(default_factory=dict, repr=False, compare=False)

    def names(self) -> tuple[str, ...]:
        """Names of all tables of the folder, without the ending."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.csv")))

    def rows(self, table: str) -> tuple[Row, ...]:
        """All rows of a table, in file order, as text by column name."""
        if table not in self._read:
            path = self.folder / f"{table}.csv"
            try:
                text = path.read_text(encoding="utf-8")
            except OSError as error:
                raise DataError(f"{path}: the table cannot be read ({error.strerror})") from error
            self._read[table] = tuple(csv.DictReader(text.splitlines()))
        return self._read[table]

    def sources(self, row: Row) -> tuple[str, ...]:
        """Source keys that a row names, in column order."""
        return tuple(
            value
            for column, value in row.items()
            if value and (column == "source_key" or column.endswith("_source"))
        )

    def rules(self) -> dict[str, float]:
        """Coefficients of the rules that build the initial world, by name."""
        table = "world_rules"
        return {row["name"]: number(row, "value", table) for row in self.rows(table)}


def number(row: Row, column: str, table: str) -> float:
    """One cell as a float.

    Raises:
        DataError: naming table, row and column when the cell is not a number.
    """
    try:
        return float(row[column])
    except (KeyError, ValueError) as error:
        first = next(iter(row.values()), "")
        raise DataError(
            f"{table}.csv, row of '{first}', column {column}: {row.get(column)!r} is not a number"
        ) from error


def cube(
    rows: Iterable[Row],
    axes: Mapping[str, Mapping[str, int]],
    column: str,
    table: str,
) -> Floats:
    """Sum one numeric column of `rows` into an array with one axis per name in `axes`.

    `axes` maps a column of the table to {value: index}; rows with a value outside are left out.
    """
    shape = tuple(max(index.values()) + 1 for index in axes.values())
    out = np.zeros(shape)
    for row in rows:
        place = tuple(index.get(row[name], -1) for name, index in axes.items())
        if min(place) >= 0:
            out[place] += number(row, column, table)
    return out


def anchored(points: Mapping[int, float], years: NDArray[np.int64]) -> Floats:
    """Linear interpolation between anchor years, flat outside them."""
    known = sorted(points)
    return np.interp(years, known, [points[year] for year in known])


def grouped(
    rows: Iterable[Row], key: Callable[[Row], Any], column: str, table: str
) -> dict[Any, dict[int, float]]:
    """Anchor points {group: {year: value}} of a table with a `year` column."""
    points: dict[Any, dict[int, float]] = {}
    for row in rows:
        points.setdefault(key(row), {})[int(row["year"])] = number(row, column, table)
    return points
