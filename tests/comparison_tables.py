"""Made-up tables of a comparison, for figures: no model is run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance_abm.desks import STAGE_IDS
from alliance_abm.levers import LEVERS, LeverUse
from alliance_abm.scenario import load_scenario
from experiments.comparison import BILL_COLUMNS, DIFFERENCE_COLUMNS, Comparison
from experiments.paired import holm, paired
from viz.theme import CAUSES

HEADLINES = (  # id, name, unit, clock, level, spread over runs
    ("us_share_deliveries", "U.S. market share", "share of volume", "deliveries", 0.44, 0.02),
    ("allied_capability_share", "Allied share of capability", "share of stock", "stock", 0.38,
     0.01),
    ("gap_years", "Capability gap", "years at full gap", "stock", 3.1, 0.12),
    ("n1_resilience", "Capability kept without the United States", "share of capability", "stock",
     0.71, 0.015),
    ("leak_exposure", "Leak exposure", "incidents a year, weighted", "stock", 2.4, 0.2),
    ("us_unit_cost", "U.S. unit cost", "2025 = 100", "deliveries", 97.0, 1.6),
)  # fmt: skip
OTHER = (
    ("fms_months_to_contract", "FMS: request to contract", "months, mean", "orders", 18.0, 0.8),
    ("policy_cost_united_states", "Policy cost: United States", "US$ million a year", "stock",
     0.0, 0.0),
)  # fmt: skip
NAMES = (
    "FMS fast-track by tier and domain", "Parallel export reviews", "Trusted partnership",
    "Multinational FMS with pooled lots", "Exportability by design", "Common standards",
    "Risk-based export-control reform with a shorter list of what only the government may sell",
    "Dual qualification", "Cross-functional workforce", "Commercial sales endorsed",
    "RAND option 3: trusted defense partnership after AUKUS + Indo-Pacific pooling body + "
    "multilateral technology-security agreement + joint supply-chain risk assessment",
    "Joint innovation hubs", "Reverse integration of allied innovation", "Investment screening",
)  # fmt: skip
TIERS, ROUTES = ("first tier", "other buyers"), ("fms", "dcs", "licensed")
QUARTERS = 144


@dataclass(frozen=True)
class MadePolicy:
    """A policy as `alliance_abm.policies.PolicyChoice` has it."""

    name: str
    title: str
    levers: tuple[LeverUse, ...]
    papers: tuple[str, ...] = ()
    grade: str = "C"
    description: str = ""

    @property
    def words(self) -> str:
        """Its levers as the option --lever takes them."""
        return "+".join(use.lever for use in self.levers)


def made(
    policies: int = 3, worlds: Sequence[str] = ("baseline",), runs: int = 12, *,
    zero: bool = False, draws: int = 0, without: Sequence[str] = (), drop: Sequence[str] = (),
) -> Comparison:  # fmt: skip
    """A comparison with `policies` policies, some clear and some not.

    `zero` makes every difference exactly zero, `without` leaves outcomes out, `drop` tables.
    """
    lever = "placebo" if zero else "dcs_tracked"
    chosen = tuple(
        MadePolicy(f"policy_{place}", "Placebo" if zero else NAMES[place % len(NAMES)],
                   (LeverUse(lever=lever),))
        for place in range(policies)
    )  # fmt: skip
    rng = np.random.default_rng(policies + 100 * runs)
    maker = _Maker(chosen, tuple(worlds), runs, 0.0 if zero else 1.0, rng, draws, tuple(without))
    outcomes = maker.outcomes()
    tables = {
        "series": maker.series(), "stages": maker.stages(), "tiers": maker.tiers(),
        "lost": maker.lost(), "bills": maker.bills(),
    }  # fmt: skip
    for name in drop:
        tables[name] = tables[name].iloc[:0]
    return Comparison(
        load_scenario("baseline"), chosen, tuple(worlds), runs, draws, list(range(runs)), "", "",
        maker.differences(outcomes), outcomes, **tables,
    )  # fmt: skip


@dataclass
class _Maker:
    policies: tuple[MadePolicy, ...]
    worlds: tuple[str, ...]
    runs: int
    act: float
    rng: np.random.Generator
    draws: int
    without: tuple[str, ...]

    def sides(self) -> list[tuple[str, str, float]]:
        """Policy, world and strength of its effect: every third policy does next to nothing."""
        names = [one.name for one in self.policies]
        return [
            (name, world, self.act * (place % 3) * (1.0 if place % 2 else -0.6))
            for world in self.worlds
            for place, name in enumerate(["baseline", *names])
        ]

    def noise(self, scale: float, shape: int | tuple[int, ...]) -> np.ndarray:
        return self.act * scale * self.rng.standard_normal(shape)

    def outcomes(self) -> pd.DataFrame:
        rows = []
        for ident, _, _, _, level, spread in (*HEADLINES, *OTHER):
            if ident in self.without:
                continue
            base = {world: level + spread * self.rng.standard_normal(self.runs)
                    for world in self.worlds}  # fmt: skip
            for name, world, strength in self.sides():
                turn = self.rng.uniform(-1.0, 1.0)
                apart = 0.0 if name == "baseline" else strength * spread * turn
                noise = 0.0 if name == "baseline" else self.noise(0.3 * spread, self.runs)
                for run, value in enumerate(base[world] + apart + noise):
                    rows.append((name, world, 0, run, run, ident, value))
        columns = ["policy", "world", "draw", "replication", "seed", "outcome", "value"]
        return pd.DataFrame(rows, columns=columns)

    def differences(self, outcomes: pd.DataFrame) -> pd.DataFrame:
        wide = outcomes.pivot(
            index="replication", columns=["world", "outcome", "policy"], values="value"
        )
        rows = []
        for world in self.worlds:
            for one in self.policies:
                for ident, name, unit, clock, _, _ in (*HEADLINES, *OTHER):
                    if ident in self.without:
                        continue
                    both = [wide[world, ident, side].to_numpy()[:, None]
                            for side in ("baseline", one.name)]  # fmt: skip
                    found = paired(*both)[0]
                    rows.append({
                        "policy": one.name, "policy_title": one.title, "world": world,
                        "outcome": ident, "name": name, "unit": unit, "clock": clock,
                        "headline": ident in [row[0] for row in HEADLINES],
                        "baseline": found.baseline, "difference": found.difference,
                        "low": found.low, "high": found.high, "p": found.p,
                        "sign_share": 0.85 if self.draws else np.nan, "n": found.n,
                    })  # fmt: skip
        table = pd.DataFrame(rows, columns=DIFFERENCE_COLUMNS)
        for _, family in table.groupby(["world", "headline"]):
            table.loc[family.index, "p_holm"] = holm(family["p"].to_numpy(float))
        return table

    def series(self) -> pd.DataFrame:
        lines = (("USA", "share_delivered", 0.44, 0.05), ("world", "gap", 0.3, 0.02),
                 ("world", "allied_capability_share", 0.38, 0.02))  # fmt: skip
        quarters = [f"{2010 + place // 4}Q{place % 4 + 1}" for place in range(QUARTERS)]
        grown = np.maximum(np.arange(QUARTERS) - 64, 0) / 80.0
        parts = []
        for entity, outcome, level, spread in lines:
            walk = spread / 3 * self.rng.standard_normal((self.runs, QUARTERS)).cumsum(axis=1) / 6
            for name, world, strength in self.sides():
                apart = strength * spread * grown * (name != "baseline")
                noise = (
                    (name != "baseline") * (grown > 0) * self.noise(spread / 3, self.runs)[:, None]
                )
                values = level + walk + apart + noise
                for run in range(self.runs):
                    parts.append(pd.DataFrame({
                        "policy": name, "world": world, "replication": run, "quarter": quarters,
                        "entity": entity, "outcome": outcome, "value": values[run],
                    }))  # fmt: skip
        return pd.concat(parts, ignore_index=True)

    def stages(self) -> pd.DataFrame:
        days = dict(zip(STAGE_IDS, (60.0, 95.0, 170.0, 30.0, 85.0, 110.0), strict=True))
        rows = []
        base = {stage: self.rng.normal(level, 4.0, self.runs) for stage, level in days.items()}
        for name, world, strength in self.sides():
            for stage in STAGE_IDS:
                moved = 9.0 * strength * (stage in ("preparation", "release"))
                noise = 0.0 if name == "baseline" else self.noise(3.0, self.runs)
                values = base[stage] + moved * (name != "baseline") + noise
                rows += [(name, world, run, "fms", stage, value, 900)
                         for run, value in enumerate(values)]  # fmt: skip
        columns = ["policy", "world", "replication", "route", "stage", "days", "cases"]
        return pd.DataFrame(rows, columns=columns)

    def tiers(self) -> pd.DataFrame:
        rows = []
        for tier, sign in zip(TIERS, (-1.0, 0.4), strict=True):
            for route, level in zip(ROUTES, (550.0, 210.0, 260.0), strict=True):
                base = self.rng.normal(level, 10.0, self.runs)
                for name, world, strength in self.sides():
                    moved = 12.0 * sign * strength * (name != "baseline")
                    noise = 0.0 if name == "baseline" else self.noise(4.0, self.runs)
                    rows += [(name, world, run, tier, route, value, 300)
                             for run, value in enumerate(base + moved + noise)]  # fmt: skip
        columns = ["policy", "world", "replication", "tier", "route", "days", "cases"]
        return pd.DataFrame(rows, columns=columns)

    def lost(self) -> pd.DataFrame:
        rows = []
        for place, cause in enumerate(CAUSES):
            base = self.rng.normal(4000.0 / (place + 1), 60.0, self.runs)
            for name, world, strength in self.sides():
                moved = 90.0 * strength * (name != "baseline") * (place % 2 - 0.7)
                noise = 0.0 if name == "baseline" else self.noise(40.0, self.runs)
                rows += [(name, world, run, cause, value, np.nan)
                         for run, value in enumerate(base + moved + noise)]  # fmt: skip
        table = pd.DataFrame(
            rows, columns=["policy", "world", "replication", "cause", "volume", "share"]
        )
        whole = table.groupby(["policy", "world", "replication"])["volume"].transform("sum")
        return table.assign(share=table["volume"] / whole)

    def bills(self) -> pd.DataFrame:
        rows = []
        for place, one in enumerate(self.policies):
            for world in self.worlds:
                for ident, name, unit, _, level, spread in (*HEADLINES, *OTHER):
                    if ident in self.without:
                        continue
                    size = (spread or 40.0) * self.act * (place % 3)
                    middle = size * self.rng.uniform(-1.0, 1.0)
                    low, high = middle - 0.3 * size, middle + 0.3 * size
                    p = 1e-4 if low > 0.0 or high < 0.0 else 0.5
                    what = "Others in the queue wait, and more cases are wrongly released; staff."
                    rows.append({
                        "policy": one.name, "world": world, "lever": list(LEVERS)[place],
                        "what": what, "outcome": ident, "name": name, "unit": unit,
                        "headline": ident in [row[0] for row in HEADLINES], "baseline": level,
                        "difference": middle, "low": low, "high": high, "p": p, "p_holm": p,
                        "n": self.runs,
                    })  # fmt: skip
        return pd.DataFrame(rows, columns=BILL_COLUMNS)
