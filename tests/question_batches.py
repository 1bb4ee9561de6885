"""Batches made up for tests of answers: values whose means are known, and no run behind them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_abm import load_scenario
from alliance_abm.coverage import Item
from alliance_abm.policies import PolicyChoice, policy_of_text
from alliance_abm.yaml_source import Source
from experiments.batch.designs import LEVER, PARAMETER, Factor
from experiments.batch.read import Batch
from experiments.questions.answer import Answer, answer
from experiments.questions.run import plan_of
from experiments.questions.schema import LEVERS_POLICY, Question, QuestionFile
from experiments.runner import FAILURE_COLUMNS, OUTCOME_COLUMNS, POLICY

SEEDS = 12
COST, FRICTION, HOLDOUT = (
    "us_unit_cost", "agreements.authority_friction", "agreements.pool_holdout_hazard"
)  # fmt: skip
ITEM = Item("R-Q4", "How far?", "Y")
NOISE = np.linspace(-1.0, 1.0, SEEDS)
Floats = NDArray[np.float64]
Key = tuple[str, str, int, str]  # policy, world, draw, outcome


def batch_of(
    values: Mapping[Key, Floats],
    points: Sequence[Mapping[str, float]] = (),
    method: str | None = None,
    policies: Sequence[PolicyChoice] = (),
    worlds: Sequence[str] = ("baseline",),
    kind: str = PARAMETER,
) -> Batch:
    """A batch of given values by policy, world, draw and outcome, one a seed (nan: not run)."""
    rows = [
        (policy, world, draw, seed, seed, outcome, float(value))
        for (policy, world, draw, outcome), found in values.items()
        for seed, value in enumerate(found)
    ]
    outcomes = tuple(dict.fromkeys(key[3] for key in values))
    names = list(points[0]) if points else []
    factors = tuple(Factor(name, kind, 0.0, 1.0, 0.0, "", "C", "") for name in names)
    return Batch(
        Path("none"), {"config_hash": "0" * 16}, load_scenario("tiny"), "A title", "A text", method,
        factors, pd.DataFrame(list(points) or [{}], index=range(max(len(points), 1))),
        tuple(policies), tuple(worlds), outcomes, SEEDS, SEEDS,
        pd.DataFrame(rows, columns=OUTCOME_COLUMNS), pd.DataFrame(columns=FAILURE_COLUMNS),
        len(rows), len(rows),
    )  # fmt: skip


def policies_named(**levers: str) -> list[PolicyChoice]:
    """Policies by name, each of levers as of the option --lever."""
    found = []
    for name, text in levers.items():
        one = policy_of_text(text)
        found.append(PolicyChoice(name, name.capitalize(), one.levers))
    return found


def shifted(by: Mapping[str, float], outcome: str = "us_unit_cost") -> dict[Key, Floats]:
    """The baseline around 100 and each policy so much above it, with noise of its own."""
    found = {(POLICY, "baseline", 0, outcome): 100.0 + 5.0 * NOISE}
    for name, amount in by.items():
        found[name, "baseline", 0, outcome] = 100.0 + amount + 5.0 * NOISE + 0.1 * NOISE[::-1]
    return found


def asked(data: Mapping[str, Any]) -> Question:
    """A question from what its file would hold."""
    whole = {
        "question": "How far?",
        "depends": "On this.",
        "not_answered": "That.",
        **data,
    }
    return Question("R-Q4", ITEM, QuestionFile.model_validate(whole), Source("test"))


def experiment(**given: Any) -> dict[str, Any]:
    """An experiment of two policies of one lever."""
    return {
        "title": "A title",
        "description": "A text.",
        "policies": [
            {"lever": "pooled_buying=20", "name": "small"},
            {"lever": "pooled_buying=80", "name": "large"},
        ],
        "outcomes": ["us_unit_cost"],
        **given,
    }


def told(template: str, batch: Any, **given: Any) -> str:
    """The words of an answer with this template."""
    return answered(template, batch, **given).text


def answered(template: str, batch: Any, **given: Any) -> Answer:
    """The answer with this template; the figure shows changes by the small policy."""
    figure = {"kind": "changes", "outcomes": [COST], "policies": ["small"]}
    words = {"short": "It.", "answer": template}
    whole = {"experiment": experiment(), "figure": figure, **words, **given}
    return answer(batch, asked(whole))


def two(small: float, large: float) -> Any:
    """A batch of two policies that shift the unit cost by these amounts."""
    policies = policies_named(small="pooled_buying=20", large="pooled_buying=80")
    return batch_of(shifted({"small": small, "large": large}), policies=policies)


def swept(amounts: list[float]) -> Any:
    """A batch of the small policy at values of one factor; the first is the centre."""
    values, points = {}, []
    for draw, amount in enumerate(amounts):
        points.append({FRICTION: draw / 4, HOLDOUT: 0.1})
        values["baseline", "baseline", draw, COST] = 100.0 + 5.0 * NOISE
        values["small", "baseline", draw, COST] = 100.0 + amount + 5.0 * NOISE + 0.1 * NOISE[::-1]
    policies = policies_named(small="pooled_buying=20", large="pooled_buying=80")
    return batch_of(values, points, "one_at_a_time", policies)


def design(factor: str = FRICTION) -> dict[str, Any]:
    """An experiment whose design has these factors."""
    factors = [{"parameter": one, "values": [0.0, 0.1]} for one in (factor, HOLDOUT)]
    return experiment(design={"method": "one_at_a_time", "factors": factors})


def pretended(question: Question, sign: float) -> Batch:
    """A shipped question's batch without runs: what differs, differs by this sign.

    The further a policy, point or outcome stands in its list, the more it adds; 0 leaves noise.
    """
    job = plan_of(question).job
    levers = any(one.kind == LEVER for one in job.factors)
    central = {one.name: one.central for one in job.factors}
    points = [dict(zip(central, row, strict=True)) for row in job.points.tolist()]
    names = [POLICY, *([LEVERS_POLICY] if levers else [one.name for one in job.policies])]
    values: dict[Key, Floats] = {}
    for (place, policy), world, draw, (column, outcome) in itertools.product(
        enumerate(names), job.worlds, range(len(points) + 1), enumerate(job.outcomes)
    ):
        amount = sign * (place * (1.0 + draw) + draw + 2.0 * column)
        noise = NOISE + 0.1 * np.roll(NOISE[::-1], place + draw)
        values[policy, world, draw, outcome] = 100.0 + amount + noise
    design = question.file.experiment.design if question.file else None
    return batch_of(
        values, [central, *points], design.method if design else None, job.policies,
        tuple(job.worlds), LEVER if levers else PARAMETER,
    )  # fmt: skip
