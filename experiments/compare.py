"""Policies beside the baseline: the same seeds, in one or more worlds, over parameter draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from alliance_abm.levers import LEVERS, LeverUse
from alliance_abm.policies import PolicyChoice, all_different, choice_of, with_policy
from alliance_abm.problems import ConfigError
from alliance_abm.scenario import Scenario
from alliance_abm.worlds import in_world
from experiments import compare_tables as tables
from experiments.comparison import Comparison
from experiments.forks import ForkFailure, ForkRun, Forks
from experiments.parameter_draws import parameter_draws
from experiments.pool import Failure, Progress, all_failed, run_tasks
from experiments.runner import CENTRAL_DRAW, POLICY

BASELINE_WORLD = "baseline"
DRAW_REPLICATIONS = 4  # of each draw; its mean has to show a sign, not an interval


@dataclass(frozen=True)
class Bill:
    """The bill of one lever of a policy, run by itself as a variant."""

    policy: str
    use: LeverUse
    variant: str


@dataclass(frozen=True)
class Plan:
    """A comparison that has been checked and can be run."""

    scenario: Scenario
    policies: tuple[PolicyChoice, ...]
    bills: tuple[Bill, ...]
    forks: Forks

    @property
    def runs_a_task(self) -> int:
        """Runs of the model in one task of the pool."""
        return 1 + len(self.forks.variants)


def planned(
    scenario: Scenario,
    policies: Sequence[PolicyChoice],
    worlds: Sequence[str] = (),
    replications: int | None = None,
    draws: int = 0,
    bills: bool = True,
    keep_tables: bool = True,
) -> Plan:
    """What a comparison will run, checked whole.

    Raises ConfigError for no policy, a name given twice, an unknown world, or levers that
    contradict the scenario's or start after its end.
    """
    if not policies:
        raise ConfigError(
            "compare: no policy is given; allowed: --lever NAME[=SIZE] or --preset NAME, each as "
            "often as wanted (alliance-abm levers and presets list them)"
        )
    policies = all_different(policies)
    found = {name: in_world(scenario, name) for name in _worlds(worlds)}
    charged = _bills(policies) if bills else ()
    variants = {one.name: one for one in policies}
    variants |= {one.variant: choice_of(one.variant, one.variant, (one.use,)) for one in charged}
    for world in found.values():
        for policy in policies:
            with_policy(world, policy)
    runs = replications or scenario.replications
    drawn = parameter_draws(scenario, draws)
    since = min(int(use.start) for one in policies for use in one.levers)
    tabled = frozenset((POLICY, *(one.name for one in policies)) if keep_tables else ())
    forks = Forks(found, variants, since, runs, drawn, min(runs, DRAW_REPLICATIONS), tabled)
    return Plan(scenario, policies, charged, forks)


def _worlds(names: Sequence[str]) -> tuple[str, ...]:
    names = tuple(names) or (BASELINE_WORLD,)
    for place, name in enumerate(names):
        if name in names[:place]:
            raise ConfigError(f"--world: {name} is named twice; allowed: each world once")
    return names


def _bills(policies: Sequence[PolicyChoice]) -> tuple[Bill, ...]:
    """Each lever of each policy with its bill alone; one variant for what is the same."""
    variants: dict[LeverUse, str] = {}
    found = []
    for policy in policies:
        for use in policy.levers:
            if use.only is None and LEVERS[use.lever].bill:
                alone = LeverUse.model_validate({**use.model_dump(), "only": "bill"})
                variant = variants.setdefault(alone, f"bill {len(variants) + 1}: {use.lever}")
                found.append(Bill(policy.name, alone, variant))
    return tuple(found)


def compare(
    plan: Plan,
    jobs: int | None = None,
    progress: Progress | None = None,
    half_width: float | None = None,
) -> Comparison:
    """Run a plan on `jobs` processes; serial equals parallel.

    `half_width` is wanted of the intervals, in percent of the baseline. A run that raises is
    listed in `failures` and its pair left out. Raises RunError when a worker process dies or no
    run of the baseline succeeds; KeyboardInterrupt ends all.
    """
    started = _now()
    runs, failed = run_plan(plan, jobs, progress)
    return assembled(plan, runs, failed, started, half_width)


def assembled(
    plan: Plan,
    runs: Sequence[ForkRun],
    failed: Sequence[ForkFailure] = (),
    started: str = "",
    half_width: float | None = None,
) -> Comparison:
    """The tables of a plan's runs, which may be the first of them only."""
    frames = tables.Tables.of(plan.policies, tuple(plan.forks.worlds), plan.forks, runs)
    seed = plan.scenario.seed
    shown = (POLICY, *(one.name for one in plan.policies))
    return Comparison(
        scenario=plan.scenario,
        policies=plan.policies,
        worlds=tuple(plan.forks.worlds),
        replications=plan.forks.replications,
        draws=len(plan.forks.draws),
        seeds=[task.seed for task in plan.forks.tasks(seed)[: plan.forks.replications]],
        started=started or _now(),
        finished=_now(),
        differences=frames.differences(seed, half_width),
        outcomes=frames.outcomes(shown),
        series=frames.series(shown),
        stages=frames.stages(shown),
        tiers=frames.tiers(shown),
        lost=frames.lost(shown),
        bills=frames.bills([(one.policy, one.use, one.variant) for one in plan.bills], seed),
        failures=tables.failures_table(failed),
        half_width=half_width,
    )


def run_plan(
    plan: Plan, jobs: int | None = None, progress: Progress | None = None
) -> tuple[list[ForkRun], list[ForkFailure]]:
    """All runs of a plan and what failed, in the order of its tasks; raises as `compare`."""
    forks, each = plan.forks, plan.runs_a_task
    report = None
    if progress is not None:
        told = progress

        def report(done: int, total: int) -> None:
            told(done * each, total * each)

    tasks = forks.tasks(plan.scenario.seed)
    found = run_tasks(plan.scenario, forks, tasks, jobs, report, each)
    runs: list[ForkRun] = []
    failed: list[ForkFailure] = []
    for one in found:
        if isinstance(one, Failure):
            which = forks.plan[one.replication]
            failed.append(ForkFailure(POLICY, which, one.seed, one.error, one.traceback))
            continue
        runs += [run for run in one if isinstance(run, ForkRun)]
        failed += [run for run in one if isinstance(run, ForkFailure)]
    if not any(one.policy == POLICY and one.which.draw == CENTRAL_DRAW for one in runs):
        raise all_failed([Failure(0, one.seed, one.error, one.traceback) for one in failed])
    return runs, failed


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def failures_text(failures: pd.DataFrame) -> list[str]:
    """One line a run that failed."""
    lines = []
    for _, row in failures.iterrows():
        drawn = f", draw {row['draw']}" if row["draw"] else ""
        place = f"{row['policy']} in world {row['world']}, replication {row['replication']}{drawn}"
        lines.append(f"{place} (seed {row['seed']}): {row['error']}")
    return lines
