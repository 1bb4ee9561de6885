"""Changing a copy of the data, for tests."""

from __future__ import annotations

import copy
import csv
from collections.abc import Callable
from pathlib import Path


def rewritten(folder: Path, table: str, change: Callable[[dict[str, str]], None]) -> None:
    """Rewrite a table of `folder` after `change` was applied to each of its rows."""
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    before = copy.deepcopy(rows)
    for row in rows:
        change(row)
    assert rows != before, f"nothing was changed in {table}"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
