"""The command line that repeats a comparison, where one can say it."""

from __future__ import annotations

import shlex
from typing import Any

from alliance_abm.policies import PolicyChoice, policy_of_text
from alliance_abm.presets import preset
from alliance_abm.problems import ConfigError
from alliance_abm.quarters import Quarter
from alliance_abm.scenario import Scenario, load_scenario
from experiments.comparison import Comparison

COMMAND = ("alliance-abm", "compare")


def command_of(found: Comparison) -> str | None:
    """A command line whose comparison has the same numbers; None when none can say it.

    It needs the config of that name to be found, and policies that --lever and --preset give.
    """
    config = _config_words(found.scenario)
    policies = _policy_words(found.policies)
    if config is None or policies is None:
        return None
    words = [*COMMAND, found.scenario.name, *policies]
    if found.worlds != ("baseline",):
        words += [word for world in found.worlds for word in ("--world", world)]
    words += [*config, "--replications", str(found.replications)]
    if found.draws:
        words += ["--draws", str(found.draws)]
    return shlex.join(words)


def _config_words(wanted: Scenario) -> list[str] | None:
    """Options that make the config of that name the scenario; None if there are none."""
    overrides: dict[str, Any] = {"seed": wanted.seed, "replications": wanted.replications}
    try:
        plain = load_scenario(wanted.name, overrides)
    except ConfigError:
        return None
    before, after = plain.parameters.overrides(), wanted.parameters.overrides()
    changed = {path: value for path, value in after.items() if before.get(path) != value}
    if plain.config_hash != wanted.config_hash:
        try:
            plain = plain.with_set({f"parameters.{path}": value for path, value in changed.items()})
        except ConfigError:
            return None
    if plain.config_hash != wanted.config_hash:
        return None
    words = ["--seed", str(wanted.seed)]
    return words + [
        word for path, value in changed.items() for word in ("--set", f"{path}={value}")
    ]


def _policy_words(policies: tuple[PolicyChoice, ...]) -> list[str] | None:
    """The options --lever, --preset and --start of policies; None if these cannot say them."""
    starts = {use.start for one in policies for use in one.levers}
    for start in (None, *(starts if len(starts) == 1 else ())):
        words: list[str] = []
        for one in policies:
            found = _one_policy(one, start)
            if found is None:
                break
            words += found
        else:
            return words if start is None else [*words, "--start", str(start)]
    return None


def _one_policy(wanted: PolicyChoice, start: Quarter | None) -> list[str] | None:
    """The option of one policy: of the preset of its name, else of its levers."""
    if wanted.name != wanted.words:
        try:
            if preset(wanted.name, start).levers == wanted.levers:
                return ["--preset", wanted.name]
        except ConfigError:
            pass
    text = "+".join(
        use.lever if use.size is None else f"{use.lever}={_exact(use.size)}"
        for use in wanted.levers
    )
    try:
        same = policy_of_text(text, start).levers == wanted.levers
    except ConfigError:
        return None
    return ["--lever", text] if same else None


def _exact(size: float) -> str:
    """A size in as few digits as say it exactly."""
    return f"{size:g}" if float(f"{size:g}") == size else repr(size)
