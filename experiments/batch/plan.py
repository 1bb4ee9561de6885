"""From an experiment to numbered runs in shards, checked whole before the first one.

A shard is a range of trees whose results make one file.  Its id is a hash of everything that
decides its rows: scenarios, policies, design, seeds, data and code.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

import alliance_abm
from alliance_abm.controls import settings_of
from alliance_abm.datafiles import data_hashes
from alliance_abm.policies import PolicyChoice, all_different, choice_of, with_policy
from alliance_abm.presets import combined
from alliance_abm.problems import ConfigError, FieldProblems, Problem
from alliance_abm.scenario import Scenario, load_scenario
from alliance_abm.worlds import in_world
from alliance_abm.yaml_source import Source
from experiments.batch.config import Experiment, field_error, load_experiment
from experiments.batch.designs import LEVER, Factor, Floats, factors_of, points_of
from experiments.batch.shards import Shard, hashed, shard
from experiments.batch.work import LEVERS_POLICY, Block, Job, ModelJob, Variant
from experiments.provenance import package_versions

VARIANTS_A_TREE = 32
RUNS_A_SHARD, LEDGERS_A_SHARD = 200, 20
FEWEST_SHARDS = 20  # of a small batch, so that little is lost and all cores have work
MOST_POLICIES = 1_000
MOST_RUNS = 10_000_000
DECIDING = ("numpy", "numba", "mesa", "scipy", "SALib")  # packages that may change a row


@dataclass(frozen=True)
class Plan:
    """A batch that has been checked and can be run.

    `job` does the runs; `shards` are all of them in order. `hashes` says apart what of config,
    design, code and data a folder was made with.
    """

    title: str
    job: Job
    shards: tuple[Shard, ...]
    hashes: Mapping[str, str]
    time_limit: float | None = None
    experiment: Experiment | None = None
    scenario: Scenario | None = None

    @cached_property
    def runs(self) -> int:
        """Number of runs."""
        return sum(one.runs for one in self.shards)

    @cached_property
    def fingerprint(self) -> str:
        """One hash of all that decides the results."""
        return fingerprint(self.hashes)


def fingerprint(hashes: Mapping[str, str]) -> str:
    """16 hex digits of a hash of hashes."""
    return hashed(dict(sorted(hashes.items())))[:16]


def planned(
    experiment: Experiment | str | Path,
    source: Source | None = None,
    seed: int | None = None,
    replications: int | None = None,
) -> Plan:
    """What an experiment will run, checked whole; raises ConfigError with file, line and column.

    `experiment` may be a name or a path. `seed` and `replications` stand in for those of the
    experiment.
    """
    if not isinstance(experiment, Experiment):
        experiment, source = load_experiment(experiment)
    source = source or Source("experiment")
    own = {"seed": seed, "replications": replications}
    experiment = experiment.model_copy(update={k: v for k, v in own.items() if v is not None})
    scenario = _scenario(experiment, source)
    worlds = {name: in_world(scenario, name) for name in experiment.worlds}
    policies = _policies(experiment, worlds, source)
    factors, points = _design(experiment, scenario, source)
    job = ModelJob(
        worlds, policies, factors, points,
        tuple(_blocks(experiment, scenario, len(worlds), len(policies), factors, points)),
        experiment.outcomes, scenario.seed, _own(worlds, scenario), experiment.start,
        experiment.keep.series, experiment.keep.orders,
    )  # fmt: skip
    _check_worlds(experiment, job, source)
    hashes = _hashes(job, scenario)
    shards = tuple(_shards(job, experiment, fingerprint(hashes)))
    plan = Plan(
        experiment.title, job, shards, hashes, experiment.execution.time_limit, experiment, scenario
    )
    if plan.runs > MOST_RUNS:
        raise ConfigError(f"{source.name}: asks for {plan.runs} runs; allowed: at most {MOST_RUNS}")
    return plan


def _scenario(experiment: Experiment, source: Source) -> Scenario:
    overrides = dict(experiment.set)
    if experiment.seed is not None:
        overrides["seed"] = experiment.seed
    if experiment.replications is not None:
        overrides["replications"] = experiment.replications
    try:
        return load_scenario(_config(experiment.config, source), overrides)
    except ConfigError as error:
        given = any(f"--set {path}" in str(error) for path in experiment.set)
        raise field_error(source, ("set",) if given else ("config",), error) from None


def _config(name: str, source: Source) -> str:
    """A config's name or path; a path may be told from the folder of the experiment."""
    beside = Path(source.name).parent / name
    is_path = name.endswith((".yaml", ".yml")) and not Path(name).is_absolute()
    return str(beside) if is_path and not Path(name).exists() and beside.exists() else name


def _policies(
    experiment: Experiment, worlds: Mapping[str, Scenario], source: Source
) -> tuple[PolicyChoice, ...]:
    """The policies, alone or combined; each must fit every world."""
    try:
        found = all_different(tuple(_portfolios(experiment)))
        for world in worlds.values():
            for policy in found:
                with_policy(world, policy)
        if any(one.name == LEVERS_POLICY for one in found):
            raise ConfigError(f"{LEVERS_POLICY}: the name is taken; allowed: another name")
    except ConfigError as error:
        raise field_error(source, ("policies",), error) from None
    return found


def _portfolios(experiment: Experiment) -> Iterator[PolicyChoice]:
    choices = experiment.choices()
    most = {"single": 1, "pairs": 2, "all": len(choices)}[experiment.portfolios]
    if experiment.portfolios == "all" and 2 ** len(choices) > MOST_POLICIES:
        raise ConfigError(
            f"portfolios: all of {len(choices)} policies are {2 ** len(choices) - 1}; allowed: "
            f"at most {MOST_POLICIES}, or pairs"
        )
    for size in range(1, most + 1):
        for chosen in itertools.combinations(choices, size):
            one = chosen[0] if size == 1 else combined(chosen)
            yield choice_of(one.name, one.title, one.levers, one.papers, one.description)


def _design(
    experiment: Experiment, scenario: Scenario, source: Source
) -> tuple[tuple[Factor, ...], Floats]:
    if experiment.design is None:
        return (), np.zeros((0, 0))  # draws, factors
    try:
        factors = factors_of(experiment.design, scenario)
        return factors, points_of(experiment.design, factors, scenario.seed)
    except FieldProblems as error:
        source.raise_all([problem.under(("design",)) for problem in error.problems])
    except ConfigError as error:
        raise field_error(source, ("design",), error) from None


def _own(worlds: Mapping[str, Scenario], scenario: Scenario) -> dict[str, frozenset[str]]:
    """Parameters that no design moves: those of controls, and what each world sets itself."""
    controlled = settings_of(scenario.controls)
    base = scenario.parameters
    return {
        name: frozenset(
            {*controlled, *(p for p, value in world.parameters.items() if value != base[p])}
        )
        for name, world in worlds.items()
    }


def _check_worlds(experiment: Experiment, job: ModelJob, source: Source) -> None:
    """A factor that is named must vary in every world, and every corner must be a scenario."""
    specs = experiment.design.factors if experiment.design else ()
    named = {one.parameter for one in specs if one.parameter is not None}
    for world, own in job.own.items():
        for path in sorted(own & named):
            reason = f"{path} is set by the world {world} or a control"
            source.raise_all([Problem(("design", "factors"), reason, "another factor or world")])
    draws = {0, 1, len(job.points)} if len(job.points) else {0}
    try:
        for world in job.worlds:
            for draw in sorted(draws):
                job.scenario(world, draw)
                if draw and any(one.kind == LEVER for one in job.factors):
                    job.variant(world, 0, Variant(-1, draw))
    except ConfigError as error:
        raise field_error(source, ("design",), error) from None


def _blocks(
    experiment: Experiment, scenario: Scenario, worlds: int, policies: int,
    factors: Sequence[Factor], points: Floats,
) -> Iterator[Block]:  # fmt: skip
    """The trees: central draw first, then those of the design."""
    runs = scenario.replications
    each = (experiment.design.replications if experiment.design else None) or runs
    chosen = _chunks([Variant(one, None) for one in range(policies)])
    draws = range(1, len(points) + 1)
    levers = any(one.kind == LEVER for one in factors)
    if levers and all(one.kind == LEVER for one in factors):
        rows = _chunks([Variant(-1, draw) for draw in draws])
        yield Block(range(1), worlds, rows, range(each))
        if runs > each:
            yield Block(range(1), worlds, ((),), range(each, runs))
        return
    yield Block(range(1), worlds, chosen, range(runs))
    if len(points):
        own = ((Variant(-1, None),),) if levers else chosen
        yield Block(draws, worlds, own, range(each))


def _chunks(variants: Sequence[Variant]) -> tuple[tuple[Variant, ...], ...]:
    """Variants in groups that share a past; one empty group for none."""
    starts = range(0, len(variants), VARIANTS_A_TREE)
    return tuple(tuple(variants[at : at + VARIANTS_A_TREE]) for at in starts) or ((),)


def _hashes(job: ModelJob, scenario: Scenario) -> dict[str, str]:
    """Hashes of what decides the rows, apart for a message that says what changed."""
    config = {
        "worlds": {name: one.config_hash for name, one in job.worlds.items()},
        "policies": [
            [one.name, [use.model_dump(mode="json") for use in one.levers]] for one in job.policies
        ],
        "blocks": [repr(one) for one in job.blocks],
        "outcomes": job.outcomes,
        "seed": scenario.seed,
        "start": None if job.start is None else str(job.start),
        "keep": [job.series, job.orders],
    }
    design = [
        [asdict(one) for one in job.factors],
        hashlib.sha256(job.points.tobytes()).hexdigest(),
    ]
    return {
        "config": hashed(config)[:16],
        "design": hashed(design)[:16],
        "data": hashed(data_hashes())[:16],
        "code": code_hash(),
        "packages": hashed({key: package_versions(DECIDING).get(key) for key in DECIDING})[:16],
    }


def code_hash() -> str:
    """Hash of the source that decides results: the model, forks, and how a batch does its runs."""
    model = Path(alliance_abm.__file__).parent
    here = Path(__file__).parent
    files = [one for one in sorted(model.glob("*.py")) if not one.name.startswith("cli")]
    files += [here / "designs.py", here / "work.py", here / "shards.py", here.parent / "forks.py"]
    digest = hashlib.sha256()
    for one in files:
        digest.update(one.name.encode() + b"\0" + one.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _shards(job: ModelJob, experiment: Experiment, mark: str) -> Iterator[Shard]:
    """Ranges of trees of about so many runs, none over the end of a block."""
    default = LEDGERS_A_SHARD if job.orders else RUNS_A_SHARD
    total = sum(block.runs(0, block.trees) for block in job.blocks)
    wanted = experiment.execution.runs_a_shard or min(default, max(1, total // FEWEST_SHARDS))
    number = offset = 0
    for block in job.blocks:
        size = max(1, wanted // block.largest)
        for first in range(0, block.trees, size):
            last = min(first + size, block.trees)
            runs = block.runs(first, last)
            yield shard(number, offset + first, offset + last, runs, mark)
            number += 1
        offset += block.trees
