"""What one `compare` gives: the tables that the text, the files and the figures are made of.

Policies are compared with the baseline on the same seeds in the same world.  Differences are
policy minus baseline.  Outcomes stand in the order of the registry, policies and worlds in the
order in which they were asked for; `baseline` is the policy of the runs without levers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from alliance_abm.policies import PolicyChoice
    from alliance_abm.scenario import Scenario

DIFFERENCE_COLUMNS = [
    "policy", "policy_title", "world", "outcome", "name", "unit", "clock", "headline",
    "baseline", "difference", "low", "high", "p", "p_holm", "sign_share", "n",
    "replications_needed", "variance_ratio", "draws_low", "draws_high",
]  # fmt: skip
STAGE_COLUMNS = ["policy", "world", "replication", "route", "stage", "days", "cases"]
TIER_COLUMNS = ["policy", "world", "replication", "tier", "route", "days", "cases"]
LOST_COLUMNS = ["policy", "world", "replication", "cause", "volume", "share"]
BILL_COLUMNS = [
    "policy", "world", "lever", "what", "outcome", "name", "unit", "headline", "baseline",
    "difference", "low", "high", "p", "p_holm", "n",
]  # fmt: skip
BREAK_EVEN_COLUMNS = ["policy", "world", "outcome", "size", "unit", "note"]


def _empty(columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=columns)


@dataclass
class Comparison:
    """Policies beside the baseline: one table each of what changed.

    Attributes:
        differences: one row a policy, world and outcome: `baseline` the mean without levers,
            `difference` the mean of the paired differences with its 90 % bootstrap interval
            `low` to `high`, `p` and `p_holm` (Holm over policies and headlines of a world; what
            is no headline makes a second family), `sign_share` the share of parameter draws with
            the sign of the central difference and `draws_low` to `draws_high` their 90 % range
            (nan without draws), `n` pairs, `replications_needed` for the wanted half-width,
            `variance_ratio` of unpaired to paired runs.
        outcomes: policy, world, draw, replication, seed, outcome, value; draw 0 is the central.
        series: policy, world, replication, quarter, entity, outcome, value.
        stages: mean days in a stage of administration (`days`, over `cases`) of what was
            contracted since the first lever's start, by route and stage; without draws.
        tiers: mean days from request to contract of the same cases, by tier and route.
        lost: volume awarded to others than the United States by the cause that lost it, and its
            `share` of all such volume, since the first lever's start.
        bills: a lever's difference with its bill alone, and `what` it costs in words; headlines,
            costs in money, and other outcomes that change clearly.
        break_even: sizes at which a headline's difference is zero.
        failures: policy, world, draw, replication, seed, error, traceback.
    """

    scenario: Scenario
    policies: tuple[PolicyChoice, ...]
    worlds: tuple[str, ...]
    replications: int
    draws: int
    seeds: list[int]
    started: str
    finished: str
    differences: pd.DataFrame
    outcomes: pd.DataFrame
    series: pd.DataFrame
    stages: pd.DataFrame = field(default_factory=lambda: _empty(STAGE_COLUMNS))
    tiers: pd.DataFrame = field(default_factory=lambda: _empty(TIER_COLUMNS))
    lost: pd.DataFrame = field(default_factory=lambda: _empty(LOST_COLUMNS))
    bills: pd.DataFrame = field(default_factory=lambda: _empty(BILL_COLUMNS))
    break_even: pd.DataFrame = field(default_factory=lambda: _empty(BREAK_EVEN_COLUMNS))
    failures: pd.DataFrame = field(default_factory=lambda: _empty([]))
    figures: list[str] = field(default_factory=list)
    draw_words: str = field(default="of the assumed parameters", init=False)
    half_width: float | None = None  # wanted, in percent of the baseline
