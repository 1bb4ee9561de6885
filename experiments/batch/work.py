"""The runs of a batch by number, and how a worker does some of them.

A tree is the runs of one world, draw and replication that share a past: a baseline and the
variants that continue from it when their levers begin.  Trees are numbered, not listed, so that
a million of them take no memory.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_abm.levers import LeverUse
from alliance_abm.policies import PolicyChoice, choice_of, with_policy
from alliance_abm.quarters import Quarter
from alliance_abm.scenario import Scenario
from experiments.batch.designs import LEVER, Factor
from experiments.forks import continued, first_difference
from experiments.runner import CENTRAL_DRAW, POLICY, replication_seed

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

LEVERS_POLICY = "levers"  # of a design that varies levers
Floats = NDArray[np.float64]


class RunId(NamedTuple):
    """Which run: what a row of the results begins with."""

    policy: str
    world: str
    draw: int
    replication: int
    seed: int


@dataclass(frozen=True)
class RunFailed:
    """A run that raised, was stopped, or killed its process."""

    run: RunId
    error: str
    traceback: str = ""


@dataclass(frozen=True)
class RunDone:
    """What a run leaves: values of the outcomes in their order; series and orders if kept."""

    run: RunId
    values: Sequence[float]
    series: pd.DataFrame | None = None
    orders: pd.DataFrame | None = None


class Job(Protocol):
    """What a worker can be asked to do; pickled once for each worker."""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Ids of what is measured."""

    def runs(self, tree: int) -> list[RunId]:
        """The runs of a tree, in the order in which they are done."""

    def do(self, tree: int, skip: Mapping[int, str]) -> Iterator[RunDone | RunFailed]:
        """Do the runs of a tree one by one, but for those to skip (place in the tree: why)."""

    def prepare(self) -> None:
        """Load and compile what runs need."""


class Variant(NamedTuple):
    """A policy (its place, or -1 for the levers of a draw), and the draw that it is a row of."""

    policy: int
    draw: int | None  # None: the draw of its tree


@dataclass(frozen=True)
class Block:
    """Trees with the same variants: draws × worlds × chunks of variants × replications."""

    draws: range
    worlds: int
    chunks: tuple[tuple[Variant, ...], ...]
    replications: range

    @property
    def trees(self) -> int:
        """Number of trees."""
        return len(self.draws) * self.worlds * len(self.chunks) * len(self.replications)

    def runs(self, first: int, last: int) -> int:
        """Number of runs of trees `first` to `last` - 1."""
        return sum(self.size(self.place(tree)[2]) for tree in range(first, last))

    def size(self, chunk: int) -> int:
        """Runs of a tree of a chunk; the baseline is recorded with the first chunk."""
        return len(self.chunks[chunk]) + (chunk == 0)

    @property
    def largest(self) -> int:
        """Runs of the largest tree."""
        return max(self.size(chunk) for chunk in range(len(self.chunks)))

    def place(self, tree: int) -> tuple[int, int, int, int]:
        """Draw, world, chunk and replication of a tree; replications run fastest."""
        tree, replication = divmod(tree, len(self.replications))
        tree, chunk = divmod(tree, len(self.chunks))
        draw, world = divmod(tree, self.worlds)
        return self.draws[draw], world, chunk, self.replications[replication]


@dataclass(frozen=True)
class ModelJob:
    """Runs of the model.

    Attributes:
        worlds: scenarios by name, without policies.
        policies: policies beside the baseline.
        factors: what the design varies.
        points: values of the factors, shape (draws, factors); row 0 is draw 1.
        blocks: the trees.
        outcomes: ids of what is measured.
        own: parameters that a world sets itself, by world; a design leaves them as they are.
        start: quarter in which the levers of a draw begin.
        series, orders: are these kept?
    """

    worlds: Mapping[str, Scenario]
    policies: tuple[PolicyChoice, ...]
    factors: tuple[Factor, ...]
    points: Floats
    blocks: tuple[Block, ...]
    outcomes: tuple[str, ...]
    seed: int
    own: Mapping[str, frozenset[str]] = field(default_factory=dict)
    start: Quarter | None = None
    series: bool = False
    orders: bool = False
    _made: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_made": {}}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the worlds, in order."""
        return tuple(self.worlds)

    def _tree(self, tree: int) -> tuple[Block, tuple[int, int, int, int]]:
        for block in self.blocks:
            if tree < block.trees:
                return block, block.place(tree)
            tree -= block.trees
        raise IndexError(tree)

    def runs(self, tree: int) -> list[RunId]:
        """The runs of a tree, the baseline first."""
        block, (draw, world, chunk, replication) = self._tree(tree)
        seed, name = replication_seed(self.seed, replication), self.names[world]
        found = [RunId(POLICY, name, draw, replication, seed)] if chunk == 0 else []
        for policy, own in block.chunks[chunk]:
            label = LEVERS_POLICY if policy < 0 else self.policies[policy].name
            found.append(RunId(label, name, draw if own is None else own, replication, seed))
        return found

    def prepare(self) -> None:
        """Have the kernels compiled by a short run."""
        from alliance_abm.model import AllianceModel

        AllianceModel("tiny").run().outcomes()

    def do(self, tree: int, skip: Mapping[int, str]) -> Iterator[RunDone | RunFailed]:
        """Do the runs of a tree; where the shared past fails, all of them fail."""
        runs = self.runs(tree)
        block, (draw, world, chunk, _) = self._tree(tree)
        offset = len(runs) - len(block.chunks[chunk])
        if offset and 0 in skip:
            yield from (RunFailed(one, skip[0]) for one in runs)
            return
        try:
            base = self.scenario(self.names[world], draw)
            variants = [self.variant(self.names[world], draw, one) for one in block.chunks[chunk]]
            model, fork = self._past(base, variants, runs[0].seed)
            if offset:
                yield self._measured(runs[0], model.run())
        except Exception as error:
            yield from (_failed(one, error) for one in runs)
            return
        for place, scenario in enumerate(variants, start=offset):
            if place in skip:
                yield RunFailed(runs[place], skip[place])
                continue
            try:
                yield self._measured(runs[place], continued(scenario, *fork))
            except Exception as error:
                yield _failed(runs[place], error)

    def _past(self, base: Scenario, variants: Sequence[Scenario], seed: int) -> Any:
        """The model as far as its variants share it, and what they continue from."""
        from alliance_abm.model import AllianceModel

        model = AllianceModel(base, rng=seed)
        if not variants:
            return model, None
        end = first_difference(base, variants)
        while model.state.quarter < end:
            model.step()
        return model, (model.snapshot(), seed, model.kept)

    def scenario(self, world: str, draw: int) -> Scenario:
        """A world with the parameters of a draw; the last one is kept."""
        if self._made.get("which") != (world, draw):
            self._made.clear()
            self._made["which"] = (world, draw)
            self._made["base"] = self._drawn(world, draw)
        return self._made["base"]

    def _drawn(self, world: str, draw: int) -> Scenario:
        scenario, own = self.worlds[world], self.own.get(world, frozenset())
        if draw == CENTRAL_DRAW:
            return scenario
        row = self.points[draw - 1]
        values = {
            one.name: _allowed(one, value)
            for one, value in zip(self.factors, row.tolist(), strict=True)
            if one.kind != LEVER and one.name not in own
        }
        return scenario.with_set(values) if values else scenario

    def variant(self, world: str, draw: int, which: Variant) -> Scenario:
        """A world with the parameters of a draw and the levers of a variant."""
        if which not in self._made:
            choice = (
                self.policies[which.policy]
                if which.policy >= 0
                else self._levers(draw if which.draw is None else which.draw)
            )
            self._made[which] = with_policy(self.scenario(world, draw), choice)
        return self._made[which]

    def _levers(self, draw: int) -> PolicyChoice:
        """The levers of a draw at their sizes."""
        uses = []
        for one, size in zip(self.factors, self.points[draw - 1].tolist(), strict=True):
            if one.kind == LEVER and size:
                use: dict[str, Any] = {"lever": one.name, "size": size}
                start = {} if self.start is None else {"start": str(self.start)}
                uses.append(LeverUse.model_validate(use | start))
        return choice_of(LEVERS_POLICY, LEVERS_POLICY, tuple(uses))

    def _measured(self, run: RunId, model: AllianceModel) -> RunDone:
        """What a finished run leaves."""
        from alliance_abm.outcomes import measured

        return RunDone(
            run,
            list(measured(model, self.outcomes).values()),
            model.series() if self.series else None,
            model.orders() if self.orders else None,
        )


def _allowed(factor: Factor, value: float) -> float | bool:
    """A value of a design as a scenario takes it."""
    if factor.switch:
        return bool(value)
    return float(round(value)) if factor.whole else value


def _failed(run: RunId, error: Exception) -> RunFailed:
    return RunFailed(run, f"{type(error).__name__}: {error}", traceback.format_exc())
