"""The search itself: a race of portfolios on common seeds that stops at its budget.

Each generation what stands out on the first front (by means) is run on further seeds, the same for
all, so that a point that was lucky on its first seeds falls back before it becomes a parent or a
finalist; what another portfolio beats (`duels`) is left out while it is beaten. New portfolios get
a first look on the first seeds. The runs that confirm the finalists are set aside from the start.

Everything follows from the study, the seed and the values of runs: with the runs that an
interrupted search has left, the same steps are taken again without running them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from alliance_abm.outcomes import OUTCOMES
from alliance_abm.policies import PolicyChoice
from alliance_abm.problems import ConfigError
from experiments.runner import POLICY
from experiments.search.duels import Field
from experiments.search.evaluations import FRESH, Evaluations, Floats
from experiments.search.genetic import children, chosen
from experiments.search.portfolios import Sizes, Space
from experiments.search.study import SearchStudy
from experiments.search.work import Runner

FEWEST = 4  # new portfolios that make a generation
STREAM = 1000  # generations have seeds of their own
CHUNK = 8  # fresh seeds that are run before they are saved


@dataclass
class Engine:
    """The state of a search; `saved` is told after each batch that was really run.

    Attributes:
        counts: seeds run by portfolio, in the order in which portfolios came.
        beaten: portfolios that another beats as things stand.
        used: runs of the model so far, those of baselines among them.
    """

    study: SearchStudy
    space: Space
    runner: Runner
    known: Evaluations
    budget: int
    seed: int
    saved: Callable[[], None] = lambda: None
    counts: dict[Sizes, int] = field(default_factory=dict)
    beaten: set[Sizes] = field(default_factory=set)
    used: int = 0
    generations: int = 0
    level: int = 0

    @property
    def reserve(self) -> int:
        """Runs set aside for the finalists, the references and their baselines."""
        others = 1 + self.study.finalists + len(self.study.references)
        return len(self.known.worlds) * self.study.confirmations * others

    @property
    def first_size(self) -> int:
        """Portfolios of the first generation."""
        return max(self.study.population, len(self.space.levers))

    @property
    def least_budget(self) -> int:
        """Runs of the smallest search: the first generation, and the runs that confirm."""
        return self.reserve + self._price(self.first_size, self.study.replications)

    @property
    def _seen(self) -> int:
        """Seeds that the baseline was run on."""
        return max(self.counts.values())

    def _price(self, portfolios: int, seeds: int) -> int:
        """Runs of so many portfolios on so many seeds, with the baselines."""
        return len(self.known.worlds) * seeds * (1 + portfolios)

    @property
    def left(self) -> int:
        """Runs that the search may still use."""
        return self.budget - self.reserve - self.used

    def check_budget(self) -> None:
        """Raise ConfigError when the budget is too small for the study."""
        if self.budget < self.least_budget:
            raise ConfigError(
                f"--budget: {self.budget} runs are too few for this study; allowed: "
                f"{self.least_budget} or more ({self.reserve} confirm what is found)"
            )

    def search(self) -> list[Sizes]:
        """Spend the budget but the reserve; the finalists, in the order in which they came.

        Raises ConfigError when the budget is too small or a goal has no value in the scenario.
        """
        self.check_budget()
        self.level = self.study.replications
        self._look(self.space.first(self.first_size, self.seed))
        self._goals_have_values()
        while True:
            self.generations += 1
            reached = self.study.replications + self.generations * self.study.more
            self.level = max(self.study.replications, min(reached, self.study.most))
            self._raise(self._spread(self._front(), self.study.population))
            found = self._newcomers()
            if not found:
                break
            self._look(found)
        while self._raise(self._short_list(self._front())):
            pass
        return self._finalists()

    def confirm(self, finalists: Sequence[Sizes], references: Sequence[PolicyChoice]) -> list[int]:
        """Run finalists and references on seeds never seen; their replications."""
        policies = [*(self.space.choice(one) for one in finalists), *references]
        fresh = [FRESH + number for number in range(self.study.confirmations)]
        for first in range(0, len(fresh), CHUNK):
            self._run(dict.fromkeys(fresh[first : first + CHUNK], policies))
        return fresh

    def _run(self, wanted: dict[int, list[PolicyChoice]]) -> None:
        """Run what is not known yet; all of it counts."""
        self.used += sum(self._price(len(policies), 1) for policies in wanted.values())
        missing = {
            replication: lacking
            for replication, policies in wanted.items()
            if (lacking := [one for one in policies
                            if (one.name, replication) not in self.known.values])
        }  # fmt: skip
        if missing:
            self.known.add(self.runner(missing))
            self.saved()

    def _look(self, portfolios: Sequence[Sizes]) -> None:
        """The first look at new portfolios."""
        policies = [self.space.choice(one) for one in portfolios]
        self._run(dict.fromkeys(range(self.study.replications), policies))
        self.counts |= dict.fromkeys(portfolios, self.study.replications)
        self._judge()

    def _raise(self, names: Sequence[Sizes]) -> bool:
        """Run portfolios on the seeds that they lack; False when none lacks any.

        With many goals nearly everything is on the first front: not all of it can be run.
        """
        lacking = [one for one in names if self.counts[one] < self.level]
        while lacking and self._dues(lacking) > self.left:
            lacking.pop()
        if not lacking:
            return False
        first = min(self.counts[one] for one in lacking)
        self._run({
            number: [self.space.choice(one) for one in lacking if self.counts[one] <= number]
            for number in range(first, self.level)
        })  # fmt: skip
        self.counts |= dict.fromkeys(lacking, self.level)
        self._judge()
        return True

    def _dues(self, lacking: Sequence[Sizes]) -> int:
        """Runs that bring portfolios to the level."""
        missing = [self.level - self.counts[one] for one in lacking]
        return len(self.known.worlds) * (max(missing) + sum(missing))

    def _newcomers(self) -> list[Sizes]:
        """New portfolios, as many as can be looked at, half of them on all seeds."""
        study, rise = self.study, self.level - self.study.replications
        worlds = len(self.known.worlds)
        free = self.left // worlds - study.replications - rise
        count = min(study.population, int(free / (study.replications + rise / 2.0)))
        names = [one for one in self._running() if one != self.space.nothing]
        if len(names) < FEWEST:
            names = [one for one in self.counts if self._whole(one)]
        if count < FEWEST or len(names) < 2:
            return []
        seed = STREAM * self.seed + self.generations
        parents = self._spread(names, study.population)
        found = children(self.space, parents, *self._values(parents), count, self.counts, seed)
        return found if len(found) >= FEWEST else []

    def _finalists(self) -> list[Sizes]:
        """The short list of what was run on all seeds."""
        front = self._front()
        most = max((self.counts[one] for one in front), default=0)
        return self._short_list([one for one in front if self.counts[one] == most])

    def _short_list(self, names: list[Sizes]) -> list[Sizes]:
        """At most `finalists`, each clearly better than the baseline in some goal.

        Half of the places are for those that are clearly worse in none, the rest is spread over
        the goals.
        """
        if not names:
            return []
        rows = list(zip(names, *self.field(names).ways(self.seed), strict=True))
        pure = [one for one, gain, loss in rows if gain and not loss]
        most = self.study.finalists
        first = self._spread(pure, -(-most // 2))
        rest = [one for one, gain, _ in rows if gain and one not in first]
        kept = {*first, *self._spread(rest, most - len(first))}
        return [one for one in names if one in kept]

    def _front(self) -> list[Sizes]:
        """Portfolios that no other, nor the baseline, is ahead of."""
        names = self._running()
        front = zip(names, self.field(names).front(), strict=True)
        return [one for one, first in front if first and one != self.space.nothing]

    def _spread(self, names: list[Sizes], most: int) -> list[Sizes]:
        """At most so many, spread over the goals."""
        if len(names) <= most or not most:
            return names[:most]
        seed = STREAM * self.seed + self.generations
        return [names[row] for row in chosen(*self._values(names), most, seed)]

    def _running(self) -> list[Sizes]:
        """The baseline and the portfolios that are still in the race."""
        whole = [one for one in self.counts if one not in self.beaten and self._whole(one)]
        return [self.space.nothing, *whole]

    def _whole(self, portfolio: Sizes) -> bool:
        """Did every run succeed and give every goal a value?"""
        return bool(np.isfinite(self._apart(portfolio)).all())

    def _judge(self) -> None:
        """Find out who is beaten as things stand."""
        self.beaten = set()
        names = self._running()
        winners = self.field(names).beaten(self.seed)
        self.beaten = {one for one, winner in zip(names, winners, strict=True)
                       if winner >= 0 and one != self.space.nothing}  # fmt: skip

    def field(self, names: Sequence[Sizes]) -> Field:
        """Portfolios side by side; the baseline, if named, is zero on all seeds."""
        counts = np.array([self.counts.get(one, self._seen) for one in names])
        apart = np.full((len(names), int(counts.max()), len(self.study.objectives)), np.nan)
        for row, one in enumerate(names):
            apart[row, : counts[row]] = self._apart(one) if any(one) else 0.0
        levers = np.array([sum(size != 0.0 for size in one) for one in names])
        feasible = np.array([bool((self._excess(one) <= 0.0).all()) for one in names])
        return Field(apart, counts, levers, feasible)

    def _apart(self, portfolio: Sizes) -> Floats:
        """What a portfolio is better than the baseline by, (seeds, goals)."""
        seeds = range(self.counts[portfolio])
        found = self.known.apart(self.space.name(portfolio), seeds)
        return signed(self.study, self.known, found)

    def _excess(self, portfolio: Sizes) -> Floats:
        """By how much a portfolio breaks each limit, (limits,)."""
        seeds = range(self.counts.get(portfolio, self._seen))
        name = self.space.name(portfolio) if any(portfolio) else POLICY
        return excess(self.study, self.known, name, seeds)

    def _values(self, names: Sequence[Sizes]) -> tuple[Floats, Floats]:
        """Scores (points, goals) and excesses (points, limits) over all seeds of each."""
        scores = np.array([self._apart(one).mean(axis=0) for one in names])
        return scores, np.array([self._excess(one) for one in names])

    def _goals_have_values(self) -> None:
        levels = self.known.levels(POLICY, range(self.study.replications))
        for place, one in enumerate(self.study.objectives):
            if not np.isfinite(levels[:, self.known.outcomes.index(one.outcome)]).all():
                raise ConfigError(
                    f"objectives[{place}]: {OUTCOMES[one.outcome].name} ({one.outcome}) has no "
                    "value in this scenario; allowed: outcomes that it measures"
                )


def signed(study: SearchStudy, known: Evaluations, apart: Floats) -> Floats:
    """Differences of the kept outcomes as gains in the goals, (seeds, goals)."""
    columns = [known.outcomes.index(one.outcome) for one in study.objectives]
    return np.asarray(apart[:, columns] * np.array([one.sign for one in study.objectives]))


def excess(study: SearchStudy, known: Evaluations, name: str, seeds: Sequence[int]) -> Floats:
    """By how much a portfolio's means break each limit, (limits,)."""
    levels = known.levels(name, seeds).mean(axis=0)
    columns = [known.outcomes.index(one.outcome) for one in study.constraints]
    pairs = zip(study.constraints, columns, strict=True)
    return np.array([float(one.excess(levels[column])) for one, column in pairs])
