"""Numbers of one question's experiment: levels, changes by policies, and contrasts of points.

A row is a mapping with the keys of a comparison's differences (`difference`, `low`, `high`, `n`,
`p`, `p_holm`, `sign_share`, …) and besides `what` (CHANGE, CONTRAST or LEVEL), `item` (what stands
on the axis), `at` (value of each factor that is named) and `draws`. Intervals are 90 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_abm.levers import LEVERS
from alliance_abm.outcomes import OUTCOMES
from alliance_abm.parameters import CATALOGUE
from experiments.batch.designs import LEVER
from experiments.batch.read import Batch
from experiments.compare_words import verdict
from experiments.difference_rows import sign_share
from experiments.paired import FEWEST, Paired, holm, paired
from experiments.questions.schema import LEVERS_POLICY, QuestionFile
from experiments.runner import CENTRAL_DRAW, POLICY

Floats = NDArray[np.float64]
Row = Mapping[str, Any]
Made = dict[str, Any]
CHANGE, CONTRAST, LEVEL = "change", "contrast", "level"
SAMPLED = ("latin_hypercube", "sobol")  # designs whose points are draws of parameters
KEYS = (
    "what", "policy", "world", "outcome", "name", "unit", "item", "baseline", "difference", "low",
    "high", "p_holm", "sign_share", "draws", "n", "verdict",
)  # fmt: skip


class Evidence:
    """The batch of a question with its made-up measures, asked for one row at a time.

    All rows that were asked for are one family for Holm's correction: `corrected` sets `p_holm`
    and `verdict`, so ask for everything first.
    """

    def __init__(self, batch: Batch, file: QuestionFile):
        self.batch, self.file = batch, file
        self._rows: dict[tuple[Any, ...], Made] = {}
        self._values: dict[tuple[str, str], Floats] = {}
        self._before: dict[tuple[str, str], Floats] = {}
        self.seed = batch.scenario.seed

    @cached_property
    def titles(self) -> dict[str, str]:
        """What each policy is called."""
        found = {one.name: one.title or one.name for one in self.batch.policies}
        return {POLICY: "no policy", LEVERS_POLICY: "the levers", **found}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Outcomes of the batch, then the measures."""
        return (*self.batch.outcome_ids, *self.file.measures)

    @property
    def draws(self) -> int:
        """Points that are draws of parameters: 0 unless the design samples parameters alone."""
        levers = any(one.kind == LEVER for one in self.batch.factors)
        return len(self.batch.points) - 1 if self.batch.method in SAMPLED and not levers else 0

    def name(self, outcome: str) -> str:
        """The name of an outcome or measure."""
        measure = self.file.measures.get(outcome)
        return measure.name if measure is not None else OUTCOMES[outcome].name

    def unit(self, outcome: str) -> str:
        """Its unit."""
        measure = self.file.measures.get(outcome)
        return measure.units if measure is not None else OUTCOMES[outcome].unit

    def factor_name(self, factor: str) -> str:
        """What a factor is called: as the file says, else a lever's name or a parameter's text."""
        if factor in self.file.names:
            return self.file.names[factor]
        return LEVERS[factor].name if factor in LEVERS else CATALOGUE[factor].text.rstrip(".")

    def values(self, policy: str, world: str) -> Floats:
        """Runs of a policy (draws + 1, replications, columns)."""
        key = (policy, world)
        if key not in self._values:
            self._values[key] = self._with_measures(self.batch.values(policy, world))
        return self._values[key]

    def before(self, policy: str, world: str) -> Floats:
        """The baseline beside a policy, in the shape of `values`."""
        key = (policy, world)
        if key not in self._before:
            found = self._with_measures(self.batch.baseline(world, policy))
            self._before[key] = np.broadcast_to(found, self.values(policy, world).shape)
        return self._before[key]

    def _with_measures(self, values: Floats) -> Floats:
        ids = list(self.batch.outcome_ids)
        made = []
        for one in self.file.measures.values():
            first = values[..., ids.index(one.of)]
            if one.less is not None:
                made.append(first - values[..., ids.index(one.less)])
            else:
                second = values[..., ids.index(str(one.per))]
                never = np.full_like(first, np.nan)
                made.append(np.divide(first, second, out=never, where=second > 0.0))
        return np.concatenate([values, *(one[..., None] for one in made)], axis=-1)

    def change(self, policy: str, world: str, outcome: str, draw: int = CENTRAL_DRAW) -> Row:
        """What a policy changes of an outcome, at one point of the design."""
        column = self.columns.index(outcome)
        before = self.before(policy, world)[..., column]
        after = self.values(policy, world)[..., column]
        one = self._paired(before[draw], after[draw])
        share, draws = float("nan"), 0
        if self.draws and draw == CENTRAL_DRAW:
            apart = _means(after[1:] - before[1:])
            apart = apart[np.isfinite(apart)]
            share, draws = sign_share(apart, one.difference), len(apart)
        row = self._row(CHANGE, policy, world, outcome, draw, one)
        row.update(sign_share=share, draws=draws, item=self.titles.get(policy, policy))
        return self._kept(("change", policy, world, outcome, draw), row, (after - before)[draw])

    def level(self, policy: str, world: str, outcome: str, draw: int = CENTRAL_DRAW) -> Row:
        """The mean of an outcome over runs; a difference of two is tested against zero."""
        values = self.values(policy, world)[draw, :, self.columns.index(outcome)]
        one = self._paired(np.zeros_like(values), values)
        measure = self.file.measures.get(outcome)
        what = CONTRAST if measure is not None and measure.less is not None else LEVEL
        row = self._row(what, policy, world, outcome, draw, one)
        row["item"] = self.name(outcome)
        if measure is not None and what == CONTRAST:
            row["sides"] = (measure.above, measure.below)
        return self._kept(("level", policy, world, outcome, draw), row, values)

    def contrast(
        self, policy: str, world: str, outcome: str, ends: tuple[int, int], item: str = ""
    ) -> Row:
        """The outcome at the second point less that at the first; of a policy's change, if any."""
        first, second = ends
        column = self.columns.index(outcome)
        net = policy not in (POLICY, LEVERS_POLICY)
        values = self.values(policy, world)[..., column]
        if net:
            values = values - self.before(policy, world)[..., column]
        one = self._paired(values[first], values[second])
        row = self._row(CONTRAST, policy, world, outcome, second, one) | {"item": item}
        key = ("contrast", policy, world, outcome, first, second)
        return self._kept(key, row, values[second] - values[first])

    def beside_centre(self, policy: str, world: str, outcome: str, draw: int) -> Row:
        """The outcome with a policy at a point less that with it at the centre."""
        values = self.values(policy, world)[..., self.columns.index(outcome)]
        one = self._paired(values[CENTRAL_DRAW], values[draw])
        row = self._row(CONTRAST, policy, world, outcome, draw, one)
        row["item"] = self.point_name(draw)
        key = ("point", policy, world, outcome, draw)
        return self._kept(key, row, values[draw] - values[CENTRAL_DRAW])

    def apart(self, first: Row, second: Row) -> bool:
        """Do two rows of one outcome differ on the same seeds, by the 90 % interval?"""
        one = self._paired(first["pairs"], second["pairs"])
        return one.n >= FEWEST and bool(one.low > 0.0 or one.high < 0.0)

    def step(self, first: Row, second: Row) -> Row:
        """The change of the second row less that of the first, of one outcome."""
        one = self._paired(first["pairs"], second["pairs"])
        row = self._row(CONTRAST, second["policy"], second["world"], second["outcome"], 0, one)
        key = ("step", first["policy"], second["policy"], second["world"], second["outcome"])
        return self._kept(key, row, second["pairs"] - first["pairs"])

    def _paired(self, before: Floats, after: Floats) -> Paired:
        return paired(before[:, None], after[:, None], self.seed)[0]

    def _row(
        self, what: str, policy: str, world: str, outcome: str, draw: int, one: Paired
    ) -> Made:
        measure = self.file.measures.get(outcome)
        clock = OUTCOMES[outcome if measure is None else measure.of].clock
        return {
            "what": what, "policy": policy, "world": world, "outcome": outcome,
            "name": self.name(outcome), "unit": self.unit(outcome), "clock": clock, "item": "",
            "at": self.at(draw), "draw": draw, "baseline": one.baseline,
            "difference": one.difference, "low": one.low, "high": one.high, "p": one.p,
            "p_holm": float("nan"), "sign_share": float("nan"), "draws": 0, "n": one.n,
            "verdict": "", "headline": outcome in OUTCOMES and OUTCOMES[outcome].headline,
        }  # fmt: skip

    def _kept(self, key: tuple[Any, ...], row: Made, pairs: Floats) -> Row:
        """The row of a key, the same object however often it is asked for.

        `pairs` is what it is the mean of, a value a seed (nan where a run lacks).
        """
        return self._rows.setdefault(key, {**row, "pairs": pairs})

    def at(self, draw: int) -> Mapping[str, float]:
        """Values of the factors at a point; nothing for an experiment without a design."""
        names, points = self._points
        return dict(zip(names, points[draw].tolist(), strict=True)) if names else {}

    @cached_property
    def _points(self) -> tuple[list[str], Floats]:
        """Names of the factors, and the points (draws + 1, factors)."""
        table = self.batch.points
        return [str(name) for name in table.columns], table.to_numpy(float)

    def point_name(self, draw: int) -> str:
        """What a point of a list is called."""
        if draw == CENTRAL_DRAW:
            return "as it is"
        return self.file.points[draw - 1] if self.file.points else f"point {draw}"

    def line(self, factor: str) -> list[int]:
        """Points that differ from the centre in one factor alone, by its value.

        The centre is one of them, unless levers are factors: there it is the baseline itself.
        """
        names, points = self._points
        column = names.index(factor)
        others = [place for place in range(len(names)) if place != column]
        close = np.isclose(points[:, others], points[CENTRAL_DRAW, others])
        same = np.asarray(close.all(axis=1))
        if any(one.kind == LEVER for one in self.batch.factors):
            same[CENTRAL_DRAW] = False
        there: dict[float, int] = {}
        for draw in np.flatnonzero(same).tolist():
            there.setdefault(float(points[draw, column]), draw)
        return [there[value] for value in sorted(there)]

    def corrected(self) -> list[Row]:
        """Every row that was asked for, with its corrected p and its verdict."""
        rows: list[Made] = list(self._rows.values())
        tested = [row for row in rows if row["what"] != LEVEL]
        for row, value in zip(tested, holm([row["p"] for row in tested]), strict=True):
            row["p_holm"] = float(value)
        for row in rows:
            row["verdict"] = verdict(row) if row["what"] != LEVEL else ""
        return list(rows)


def flat(row: Row, factors: Sequence[str]) -> Row:
    """A row as JSON and tables take it: the keys of KEYS, and the factors that it names."""
    there = {name: row["at"][name] for name in factors if name in row["at"]}
    return {**{key: row[key] for key in KEYS}, **there}


def _means(values: Floats) -> Floats:
    """Means over the last axis of what is finite; nan where nothing is."""
    there = np.isfinite(values)
    count = there.sum(axis=-1)
    total = np.where(there, values, 0.0).sum(axis=-1)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
