"""What fresh seeds say of the portfolios that were found, and how the search flattered them.

Everything here but the columns named `search…` rests on seeds that the search never saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alliance_abm.outcomes import OUTCOMES
from alliance_abm.policies import PolicyChoice
from experiments.paired import holm, is_clear, paired
from experiments.runner import POLICY
from experiments.search.duels import Field
from experiments.search.engine import Engine, excess, signed
from experiments.search.evaluations import Evaluations, Floats
from experiments.search.portfolios import Sizes
from experiments.search.study import SearchStudy
from experiments.summaries import HIGH, LOW

FOUND, REFERENCE = "found", "reference"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FRONT_COLUMNS = [
    "portfolio", "kind", "levers", "title", "stays", "dominated_by", "beaten_by", "limits_kept",
    "outcome", "name", "unit", "clock", "goal", "baseline", "difference", "low", "high", "p",
    "p_holm", "clear", "n", "search_difference", "search_n",
]  # fmt: skip
FLATTERY_COLUMNS = [
    "outcome", "name", "unit", "goal", "search", "fresh", "flattery", "low", "high", "portfolios",
    "n_search", "n_fresh", "best", "best_search", "best_fresh",
]  # fmt: skip
RESAMPLES = 9_999


@dataclass(frozen=True)
class Result:
    """What a search found.

    Attributes:
        sizes: size of each lever by letter of the portfolio, 0 for off; (portfolios × levers).
        front: a row a portfolio (found, then references) and outcome, from fresh seeds alone:
            `stays` (keeps the limits, and no portfolio run on these seeds is ahead by means),
            `dominated_by` the one that is, `beaten_by` one that is clearly so, `difference` to
            the baseline with its 90 % interval, `p_holm` over all portfolios and goals (other
            outcomes are a second family), `search_difference` what the search had said.
        flattery: a row a goal: mean gain over what was found by the search's seeds and by fresh
            ones, their difference with its 90 % interval, and the same of the `best` by search.
        failures: portfolio, world, replication, seed, error of runs that failed.
    """

    study: SearchStudy
    front: pd.DataFrame
    sizes: pd.DataFrame
    flattery: pd.DataFrame
    failures: pd.DataFrame
    used: int
    budget: int
    generations: int
    tried: int
    seeds: int

    @property
    def portfolios(self) -> pd.DataFrame:
        """One row a portfolio: the columns that do not depend on the outcome."""
        return self.front.drop_duplicates("portfolio").reset_index(drop=True)

    @property
    def found(self) -> pd.DataFrame:
        """One row a found portfolio."""
        known = self.portfolios
        return known[known["kind"] == FOUND].reset_index(drop=True)

    def rows(self) -> list[dict[str, Any]]:
        """The front as flat rows."""
        records = self.front.to_dict("records")
        return [{str(key): value for key, value in row.items()} for row in records]


def result_of(
    engine: Engine, finalists: Sequence[Sizes], references: Sequence[PolicyChoice]
) -> Result:
    """Run the confirmations of a finished search and judge what it found."""
    study, known = engine.study, engine.known
    choices = [engine.space.choice(one) for one in finalists]
    policies = [*choices, *references]
    searched = {choice.name: engine.counts[one]
                for choice, one in zip(choices, finalists, strict=True)}  # fmt: skip
    front = pd.DataFrame(columns=FRONT_COLUMNS)
    fresh = engine.confirm(finalists, references) if policies else []
    if policies:
        front = _front(study, known, policies, searched, fresh, engine.seed)
    sizes = pd.DataFrame(finalists, columns=list(engine.space.levers), dtype=float)
    sizes.insert(0, "portfolio", list(LETTERS[: len(finalists)]))
    names = [choice.name for choice in choices]
    flattery = _flattery(study, known, names, searched, fresh, engine.seed)
    errors = [
        (portfolio, world, replication, known.seeds[replication], error.partition("\n")[0])
        for (portfolio, replication, world), error in known.errors.items()
    ]
    columns = ["portfolio", "world", "replication", "seed", "error"]
    return Result(
        study, front, sizes, flattery, pd.DataFrame(sorted(errors), columns=columns), engine.used,
        engine.budget, engine.generations, len(engine.counts), engine.level,
    )  # fmt: skip


def _front(
    study: SearchStudy,
    known: Evaluations,
    policies: Sequence[PolicyChoice],
    searched: Mapping[str, int],
    fresh: Sequence[int],
    seed: int,
) -> pd.DataFrame:
    """The table of `Result.front`."""
    letters = [*LETTERS[: len(searched)], *(one.name for one in policies[len(searched) :])]
    standing = _standing(study, known, policies, letters, fresh, seed)
    goals = {one.outcome: one.sign for one in study.objectives}
    before, rows = known.levels(POLICY, fresh), []
    for policy, letter in zip(policies, letters, strict=True):
        seeds = range(searched.get(policy.name, 0))
        kind = FOUND if policy.name in searched else REFERENCE
        ahead = known.apart(policy.name, seeds).mean(axis=0) if len(seeds) else None
        found = paired(before, known.levels(policy.name, fresh), seed)
        for column, (outcome, one) in enumerate(zip(known.outcomes, found, strict=True)):
            record = OUTCOMES[outcome]
            rows.append(
                {
                    "portfolio": letter, "kind": kind, "levers": policy.words,
                    "title": policy.title, **standing[letter], "outcome": outcome,
                    "name": record.name, "unit": record.unit, "clock": record.clock,
                    "goal": goals.get(outcome, 0), "baseline": one.baseline,
                    "difference": one.difference, "low": one.low, "high": one.high, "p": one.p,
                    "n": one.n, "search_n": len(seeds),
                    "search_difference": np.nan if ahead is None else float(ahead[column]),
                }
            )  # fmt: skip
    table = pd.DataFrame(rows, columns=FRONT_COLUMNS)
    for _, family in table.groupby(table["goal"] != 0):
        table.loc[family.index, "p_holm"] = holm(family["p"].to_numpy(float))
    table["p_holm"] = table["p_holm"].astype(float)
    return table.assign(clear=[bool(is_clear(row)) for _, row in table.iterrows()])


def _standing(
    study: SearchStudy,
    known: Evaluations,
    policies: Sequence[PolicyChoice],
    letters: Sequence[str],
    fresh: Sequence[int],
    seed: int,
) -> dict[str, dict[str, Any]]:
    """How each policy stands among all others and the baseline, on the fresh seeds."""
    names = [POLICY, *(one.name for one in policies)]
    called = [POLICY, *letters]
    apart = np.array([signed(study, known, known.apart(name, fresh)) for name in names])
    whole = np.isfinite(apart).all(axis=(1, 2))
    kept = np.array([bool((excess(study, known, name, fresh) <= 0.0).all()) for name in names])
    levers = np.array([0, *(len(one.levers) for one in policies)])
    field = Field(apart, np.full(len(names), len(fresh)), levers, kept & whole)
    ahead, beaten = field.ahead(), field.beaten(seed)
    found = {}
    for place, letter in enumerate(letters, 1):
        leaders = np.flatnonzero(ahead[:, place])
        found[letter] = {
            "stays": bool(kept[place] and whole[place] and not len(leaders)),
            "dominated_by": called[leaders[0]] if len(leaders) else "",
            "beaten_by": called[beaten[place]] if beaten[place] >= 0 else "",
            "limits_kept": bool(kept[place]),
        }
    return found


def _flattery(
    study: SearchStudy,
    known: Evaluations,
    names: Sequence[str],
    searched: Mapping[str, int],
    fresh: Sequence[int],
    seed: int,
) -> pd.DataFrame:
    """The table of `Result.flattery`; empty when nothing was found."""
    if not names:
        return pd.DataFrame(columns=FLATTERY_COLUMNS)
    seeds = range(min(searched[name] for name in names))
    before = np.array([signed(study, known, known.apart(name, seeds)) for name in names])
    after = np.array([signed(study, known, known.apart(name, fresh)) for name in names])
    rows = []
    for place, one in enumerate(study.objectives):
        promised, kept = before[..., place], after[..., place]
        best = int(promised.mean(axis=1).argmax())
        low, high = _apart_interval(promised.mean(axis=0), kept.mean(axis=0), seed)
        record = OUTCOMES[one.outcome]
        rows.append(
            (
                one.outcome, record.name, record.unit, one.sign, promised.mean(), kept.mean(),
                promised.mean() - kept.mean(), low, high, len(names), len(seeds), len(fresh),
                LETTERS[best], promised[best].mean(), kept[best].mean(),
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=FLATTERY_COLUMNS)


def _apart_interval(search: Floats, fresh: Floats, seed: int) -> tuple[float, float]:
    """90 % percentile bootstrap of the difference of two means of independent seeds."""
    from scipy.stats import bootstrap

    if np.ptp(search) == np.ptp(fresh) == 0.0 or not np.isfinite([*search, *fresh]).all():
        apart = float(search.mean() - fresh.mean())
        return apart, apart
    found = bootstrap(
        (search, fresh), lambda one, two, axis: one.mean(axis=axis) - two.mean(axis=axis),
        n_resamples=RESAMPLES, confidence_level=HIGH - LOW, method="percentile",
        rng=np.random.default_rng([seed, len(search), len(fresh)]),
    )  # fmt: skip
    return float(found.confidence_interval.low), float(found.confidence_interval.high)
