"""Levers in force: which values the leverable parameters have in which quarter.

Levers change parameters and nothing else.  At any time those that set a parameter come first,
then all scales, then all shifts, each in the order of lever names, so that the order in which a
scenario lists them is irrelevant; a parameter stays inside the range of the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from alliance_abm.fields import Strict, as_tuple, one_of, refuse, whole
from alliance_abm.lever_data import LEVERS, Change, Lever
from alliance_abm.parameters import CATALOGUE, Parameters
from alliance_abm.problems import FieldProblems, Problem, shown
from alliance_abm.quarters import Quarter, QuarterField

if TYPE_CHECKING:
    from alliance_abm.state import State

__all__ = [
    "LEVERS",
    "Lever",
    "LeverUse",
    "Levers",
    "Policy",
    "come_into_force",
    "full_effect",
    "policy_of",
]

START = Quarter.parse("2026Q1")
LONGEST_RAMP = 80
_KINDS = {"set": 0, "scale": 1, "shift": 2}  # in the order in which they act


def _as_use(value: object) -> object:
    return {"lever": value} if isinstance(value, str) else value


class LeverUse(Strict):
    """A lever in a scenario: its size (default: the lever's), start, ramp and end.

    It is in force from `start` to `end`, both included; without `end` it stays. `only` leaves
    the benefit or the bill alone.
    """

    lever: Annotated[str, BeforeValidator(one_of("lever", lambda: LEVERS))]
    size: float | None = None
    start: QuarterField = START
    ramp: Annotated[int, Field(ge=0), BeforeValidator(whole(0, LONGEST_RAMP))] | None = None
    end: QuarterField | None = None
    only: Literal["benefit", "bill"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _whole_size(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("size"), int):
            if isinstance(given["size"], bool):
                problem = f"{shown(given['size'])} is not a number"
                raise FieldProblems([Problem(("size",), problem, "a number")])
            return given | {"size": float(given["size"])}
        return given

    @model_validator(mode="after")
    def _in_range(self) -> LeverUse:
        lever, problems = LEVERS[self.lever], []
        if self.size not in (None, 0) and not lever.low <= float(self.size or 0) <= lever.high:
            text = f"{self.size:g} is out of the range of {self.lever}"
            problems.append(Problem(("size",), text, lever.allowed))
        if self.end is not None and self.end < self.start:
            text = f"{self.end} is before the start {self.start}"
            problems.append(Problem(("end",), text, f"{self.start} or later"))
        if problems:
            raise FieldProblems(problems)
        return self

    @property
    def amount(self) -> float:
        """The size in force."""
        return LEVERS[self.lever].default if self.size is None else self.size

    def changes(self) -> tuple[Change, ...]:
        """What it does: benefit and bill, or one of them."""
        lever = LEVERS[self.lever]
        if self.only == "benefit":
            return lever.changes
        return lever.bill if self.only == "bill" else (*lever.changes, *lever.bill)

    def part_in_force(self, change: Change, quarter: int) -> float:
        """How far a change has come in a quarter, 0 to 1."""
        since = quarter - int(self.start) - change.after
        if since < 0 or (self.end is not None and quarter > self.end):
            return 0.0
        if change.lasts is not None and since >= change.lasts:
            return 0.0
        ramp = LEVERS[self.lever].ramp if self.ramp is None else self.ramp
        if change.ramp is not None and self.ramp is None:
            ramp = change.ramp
        return min((since + 1) / ramp, 1.0) if ramp else 1.0


def _agreeing(uses: tuple[LeverUse, ...]) -> tuple[LeverUse, ...]:
    """Refuses a lever named twice, and two that set the same parameter."""
    for place, use in enumerate(uses):
        for before in uses[:place]:
            if use.lever == before.lever:
                problem = f"{use.lever} is named twice"
                raise FieldProblems([Problem((place,), problem, "each lever once")])
            both = LEVERS[use.lever].sets() & LEVERS[before.lever].sets()
            if both and use.amount and before.amount:
                problem = f"{use.lever} and {before.lever} both set {min(both)}"
                raise FieldProblems([Problem((place,), problem, "one of the two")])
    return uses


def _list_of(given: object) -> object:
    found = as_tuple(given)
    if isinstance(found, tuple):
        return tuple(_as_use(one) for one in found)
    refuse(f"{shown(given)} is not a list", "a list of levers")


Levers = Annotated[tuple[LeverUse, ...], BeforeValidator(_list_of), AfterValidator(_agreeing)]


@dataclass(frozen=True, slots=True)
class Policy:
    """Parameter records from some quarters on: `turns` maps a quarter to what holds from it."""

    turns: Mapping[int, tuple[NDArray[np.void], NDArray[np.void]]]

    @property
    def first(self) -> int | None:
        """The first quarter in which anything differs from the baseline; None if none does."""
        return min(self.turns, default=None)


def come_into_force(state: State, policy: Policy) -> None:
    """Write the parameters that levers change in this quarter; no quarter else writes any."""
    if state.quarter in policy.turns:
        par, dom = policy.turns[state.quarter]
        state.par[:], state.dom[:] = par, dom


@lru_cache(maxsize=512)
def policy_of(
    uses: tuple[LeverUse, ...], parameters: Parameters, domains: tuple[str, ...], quarters: int
) -> Policy:
    """The policy that levers make of a scenario's parameters."""
    turns: dict[int, tuple[NDArray[np.void], NDArray[np.void]]] = {}
    before: dict[str, float] = {}
    for quarter in range(quarters):
        now = values_in_force(uses, parameters, quarter)
        if now != before:
            turns[quarter] = _records(now, parameters, domains)
            before = now
    return Policy(turns)


def values_in_force(
    uses: Iterable[LeverUse], parameters: Parameters, quarter: int
) -> dict[str, float]:
    """Parameter paths that differ from the scenario's in a quarter, with their values."""
    found: dict[str, float] = {}
    for kind, path, amount in sorted(_effects(uses, quarter), key=lambda effect: effect[0]):
        found[path] = _changed(kind[0], found.get(path, parameters[path]), amount)
    found = {path: _within(path, value) for path, value in found.items()}
    return {path: value for path, value in found.items() if value != parameters[path]}


def full_effect(change: Change, path: str, value: float, size: float) -> float:
    """What a change alone makes of a parameter's value once it is in force in full."""
    if size == 0.0:
        return value
    amount = change.amount if change.kind == "set" else change.amount * size
    return _within(path, _changed(_KINDS[change.kind], value, amount))


def _changed(kind: int, value: float, amount: float) -> float:
    if kind == 0:
        return amount
    return value * (1.0 + amount) if kind == 1 else value + amount


def _within(path: str, value: float) -> float:
    """The value inside the range of the catalogue, rounded where only whole numbers count."""
    entry = CATALOGUE[path]
    value = min(max(value, entry.low), entry.high)
    return float(round(value)) if entry.whole else value


def _effects(
    uses: Iterable[LeverUse], quarter: int
) -> Iterator[tuple[tuple[int, str, int], str, float]]:
    """((set, scale or shift; lever; place), path, amount) of all that is in force."""
    for use in uses:
        for place, change in enumerate(use.changes()):
            part = use.part_in_force(change, quarter)
            if part == 0.0 or use.amount == 0.0:
                continue
            amount = change.amount
            if change.kind != "set":
                of_bill = any(change is one for one in LEVERS[use.lever].bill)
                amount *= part * (max(use.amount, 0.0) if of_bill else use.amount)
            for path in change.paths:
                yield (_KINDS[change.kind], use.lever, place), path, amount


def _records(
    values: Mapping[str, float], parameters: Parameters, domains: tuple[str, ...]
) -> tuple[NDArray[np.void], NDArray[np.void]]:
    par, dom = parameters.as_record(), parameters.by_domain(domains)
    for path, value in values.items():
        entry = CATALOGUE[path]
        if entry.domain is None:
            par[entry.name] = value
        elif entry.domain in domains:
            dom[entry.name][domains.index(entry.domain)] = value
    return par, dom
