"""The command `alliance-abm brief`: slides or a document of a comparison of policies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alliance_abm.cli_options import (
    Draws,
    Jobs,
    Lever,
    Preset,
    Quiet,
    Replications,
    Seed,
    Set,
    Start,
    World,
    folder_name,
    quarter_of,
    scenario_of,
)
from alliance_abm.console import SOME_FAILED, guarded, progress, say, shown_path

if TYPE_CHECKING:
    from alliance_abm.policies import PolicyChoice
    from alliance_abm.scenario import Scenario
    from experiments.comparison import Comparison

COMMAND = "brief"
OF_RESULTS = "--title, --question, --out, --overwrite and --quiet"
NAMED = 3  # levers that a title names
Source = Annotated[
    str,
    typer.Argument(
        metavar="DIR|CONFIG",
        help="A folder that compare wrote, or a config to run the comparison of.",
    ),
]
OutFile = Annotated[
    Path,
    typer.Option(
        "-o", "--out", metavar="FILE", help="File to write: .pptx or .html.", parser=folder_name
    ),
]
Title = Annotated[
    str | None,
    typer.Option("--title", metavar="TEXT", help="Title.", show_default="what was compared"),
]
Question = Annotated[
    str | None,
    typer.Option(
        "--question", metavar="TEXT", help="The question that it answers.", show_default="general"
    ),
]


@dataclass(frozen=True)
class Wanted:
    """What a briefing runs when it is of a config."""

    levers: list[str] | None
    presets: list[str] | None
    worlds: list[str] | None
    start: str | None
    seed: int | None
    replications: int | None
    jobs: int | None
    draws: int
    settings: list[str] | None

    def given(self) -> list[str]:
        """Names of the options that were given."""
        names = {"levers": "lever", "presets": "preset", "worlds": "world", "settings": "set"}
        nothing: dict[str, Any] = {"draws": 0}
        return [
            f"--{names.get(name, name)}"
            for name, value in vars(self).items()
            if value not in (None, [], nothing.get(name))
        ]


def register(app: typer.Typer) -> None:
    """Add the command to the front door."""
    app.command(COMMAND)(brief)


@guarded
def brief(
    source: Source,
    out: OutFile,
    title: Title = None,
    question: Question = None,
    levers: Lever = None,
    presets: Preset = None,
    worlds: World = None,
    start: Start = None,
    seed: Seed = None,
    replications: Replications = None,
    jobs: Jobs = None,
    draws: Draws = 0,
    settings: Set = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Make slides (.pptx) or a document (.html) of a comparison of policies."""
    wanted = Wanted(levers, presets, worlds, start, seed, replications, jobs, draws, settings)

    from experiments.compare import failures_text
    from experiments.folders import new_file
    from viz.briefing.files import briefing_bytes, checked_format
    from viz.briefing.words import checked_text

    kind = checked_format(out)
    texts = checked_text("--title", title), checked_text("--question", question)
    ready = _read(source, wanted) if _is_folder(source) else None
    plan = _planned(source, wanted) if ready is None else None
    with new_file(out, overwrite) as file:
        found = ready or _run(plan, wanted.jobs, quiet)
        file.temporary.write_bytes(briefing_bytes(found, kind, *texts))
        file.commit()
    if not quiet:
        say(f"written: {shown_path(file.target)}")
    for text in failures_text(found.failures):
        say(f"failed: {text}")
    if ready is None and len(found.failures):
        raise typer.Exit(SOME_FAILED)


def _is_folder(source: str) -> bool:
    """Is it a folder, and no name of a config that a folder happens to share?"""
    from alliance_abm.config_files import config_names
    from experiments.folders import is_result_folder

    folder = Path(source)
    if not source.strip() or "\0" in source or not folder.is_dir():
        return False
    return is_result_folder(folder) or source not in config_names()


def _read(source: str, wanted: Wanted) -> Comparison:
    from alliance_abm.problems import ConfigError
    from experiments.compare_read import read_comparison

    if given := wanted.given():
        raise ConfigError(
            f"{given[0]}: {source} holds results, which are not run again; allowed: {OF_RESULTS}"
        )
    return read_comparison(Path(source))


def _planned(source: str, wanted: Wanted) -> Any:
    """The comparison to run, checked whole; raises ConfigError."""
    from alliance_abm.presets import policies_of
    from experiments.compare import planned

    when = quarter_of(wanted.start)
    scenario = scenario_of(source, wanted.seed, wanted.replications, wanted.settings)
    if wanted.levers or wanted.presets:
        policies = policies_of(wanted.levers or (), wanted.presets or (), when)
    else:
        scenario, policy = _own_levers(scenario, source)
        policies = (_starting(policy, when),)
    return planned(scenario, policies, wanted.worlds or (), draws=wanted.draws)


def _own_levers(scenario: Scenario, source: str) -> tuple[Scenario, PolicyChoice]:
    """The config without its levers, and these as one policy; raises ConfigError without any."""
    from alliance_abm.policies import BASELINE, choice_of, titled
    from alliance_abm.problems import ConfigError

    uses = scenario.levers
    if not uses:
        raise ConfigError(
            f"{COMMAND} {source}: the config has no levers, and no policy is given; allowed: "
            "--lever NAME[=SIZE] or --preset NAME, each as often as wanted, a config with "
            "levers:, or a folder that compare wrote"
        )
    name = scenario.name if scenario.name != BASELINE else "levers"
    title = f"The {len(uses)} levers of {scenario.name}"
    if len(uses) <= NAMED:
        title = " + ".join(titled(use) for use in uses)
    policy = choice_of(name, title, uses, description=scenario.description)
    return scenario.with_set({"levers": []}), policy


def _starting(policy: PolicyChoice, when: Any) -> PolicyChoice:
    from alliance_abm.policies import starting

    return starting(policy, when)


def _run(plan: Any, jobs: int | None, quiet: bool) -> Comparison:
    from experiments.compare import compare

    with progress(f"comparing in {plan.scenario.name}", quiet) as report:
        return compare(plan, jobs, report)
