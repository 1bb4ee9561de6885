"""The series table of a comparison as arrays, kept so that a step of the scrub bar is quick."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_abm.outcomes import WINDOW_END, WINDOW_START
from alliance_abm.quarters import Quarter
from alliance_abm.scenario import Scenario
from experiments.paired import holm, paired
from viz.bands import BAND, MIDDLE
from viz.policy_view import FIGURES, View
from viz.policy_words import Row

Floats = NDArray[np.float64]
Key = tuple[str, str, str]  # policy, entity, outcome
_KEPT: dict[tuple[int, str], tuple[weakref.ref[pd.DataFrame], Cube]] = {}
MOST_KEPT = 8


@dataclass(frozen=True)
class Cube:
    """Values of one world: arrays (replications, quarters) by policy, entity and outcome.

    nan where a run has no value.
    """

    quarters: tuple[str, ...]
    values: dict[Key, Floats]

    @classmethod
    def of(cls, view: View) -> Cube:
        """The series in the first world of a view; kept as long as their table lives."""
        table, world = view.comparison.series, view.worlds[0]
        place = (id(table), world)
        kept = _KEPT.get(place)
        if kept is not None and kept[0]() is table:
            return kept[1]
        cube = _cube(table[table["world"] == world])
        while len(_KEPT) >= MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)), None)
        _KEPT[place] = (weakref.ref(table), cube)
        return cube

    def get(self, policy: str, entity: str, outcome: str) -> Floats | None:
        """Values by run and quarter; None when they were not kept."""
        return self.values.get((policy, entity, outcome))

    def entities(self, outcome: str) -> list[str]:
        """Entities that an outcome was kept of, in the order of the table."""
        return list(dict.fromkeys(key[1] for key in self.values if key[2] == outcome))

    def looked(self, at: str | None) -> str | None:
        """The quarter looked at; None when none is, or when these runs do not have it."""
        return at if at in self.quarters else None

    def reported(self, view: View) -> slice:
        """The quarters that outcomes are taken over; the last one when none would be left."""
        first, end = reported_quarters(view.comparison.scenario)
        labels = [int(Quarter.parse(label)) for label in self.quarters]
        inside = [place for place, one in enumerate(labels) if first <= one < end]
        return slice(inside[0], inside[-1] + 1) if inside else slice(len(labels) - 1, len(labels))

    def since(self, first: int) -> slice:
        """The quarters from one on; all of them when none would be left."""
        labels = [int(Quarter.parse(label)) for label in self.quarters]
        start = next((place for place, quarter in enumerate(labels) if quarter >= first), 0)
        return slice(start, len(labels))


def reported_quarters(scenario: Scenario) -> tuple[int, int]:
    """The first quarter that outcomes are taken over, and the one after the last."""
    last = min(scenario.horizon.end, WINDOW_END)
    first = WINDOW_START if last >= WINDOW_START else scenario.horizon.report_from
    return int(first), int(last) + 1


def _cube(table: pd.DataFrame) -> Cube:
    if table.empty:
        return Cube((), {})
    quarters, labels = pd.factorize(table["quarter"], sort=True)
    runs, replications = pd.factorize(table["replication"], sort=True)
    values = table["value"].to_numpy(float)
    found: dict[Key, Floats] = {}
    names = [table[name].astype(str).to_numpy() for name in ("policy", "entity", "outcome")]
    codes, keys = pd.MultiIndex.from_arrays(names).factorize()
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    for (policy, entity, outcome), rows in zip(keys, parts, strict=True):
        one = np.full((len(replications), len(labels)), np.nan)
        one[runs[rows], quarters[rows]] = values[rows]
        found[policy, entity, outcome] = one
    return Cube(tuple(str(label) for label in labels), found)


def band(values: Floats) -> dict[str, Floats]:
    """Low (10 %), median and high (90 %) over runs of (runs, …), and `n` runs with a value."""
    levels = (BAND[0], MIDDLE, BAND[1])
    counted = np.isfinite(values).sum(axis=0)
    found = np.full((3, *values.shape[1:]), np.nan)
    some = counted > 0
    if some.any():
        inside = values[:, some]
        whole = bool((counted[some] == len(values)).all())
        found[:, some] = (np.quantile if whole else np.nanquantile)(inside, levels, axis=0)
    return {"low": found[0], "median": found[1], "high": found[2], "n": counted}


def mean_over(values: Floats, when: slice) -> Floats:
    """Mean of each run over some quarters, (runs,); nan for a run without a value in them."""
    inside = values[:, when]
    counted = np.isfinite(inside).sum(axis=1)
    return np.asarray(np.divide(
        np.nansum(inside, axis=1), counted, out=np.full(len(inside), np.nan), where=counted > 0
    ))  # fmt: skip


def changes(before: Floats, after: Sequence[Floats], policies: Sequence[str]) -> list[Row]:
    """Paired difference of each policy, (runs,) each; `p_holm` over all that are given.

    `before` is (runs,), or (runs, policies) where each has its own. Rows as of
    `viz.policy_view.paired_changes`, without keys.
    """
    if not policies:
        return []
    other = np.stack(list(after), axis=1)
    wide = before if before.ndim > 1 else before[:, None]
    found = paired(np.broadcast_to(wide, other.shape), other)
    corrected = holm([one.p for one in found])
    return [
        {"policy": policy, **{key: getattr(one, key) for key in FIGURES}, "p_holm": float(p)}
        for policy, one, p in zip(policies, found, corrected, strict=True)
    ]
