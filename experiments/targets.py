"""The world-level targets of the past."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alliance_abm.datafiles import rows

NAIVE = "naive_persistence_tvd"
_LAST = re.compile(r"(\d{2})$")
_CENTURY = "20"


@dataclass(frozen=True)
class Target:
    """One observed figure with its band; low or high may be None (one-sided, or no band)."""

    id: str
    window: str
    value: float
    low: float | None
    high: float | None
    unit: str
    use: str

    def inside(self, model: float | None) -> bool | None:
        """Is the model's value in the band? None without a band or a value."""
        if model is None or (self.low is None and self.high is None):
            return None
        above = self.low is None or model >= self.low
        return above and (self.high is None or model <= self.high)


def read_targets() -> list[Target]:
    """Targets of `calibration_targets.csv`, without the naive scores to beat."""
    return [_target(row) for row in rows("calibration_targets.csv") if row["id"] != NAIVE]


def last_year_of_targets() -> int:
    """The last year that a target's window names (`2022-26` → 2026)."""
    ends = [_LAST.search(target.window) for target in read_targets()]
    return max(int(_CENTURY + end[1]) for end in ends if end)


def _target(row: dict[str, str]) -> Target:
    low, high = (float(row[key]) if row[key] else None for key in ("low", "high"))
    return Target(row["id"], row["window"], float(row["value"]), low, high, row["unit"], row["use"])
