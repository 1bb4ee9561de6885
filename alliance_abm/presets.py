"""Presets: policies by name, each a file of `configs/presets`.

A file reads

    title: RAND option 6: a cross-functional workforce
    description: What it stands for, in plain sentences.
    papers: [R-45, R-Q22]           # items of the two papers
    levers:                         # as in a config
      - workforce
      - {lever: dcs_tracked, size: 30}

A name is looked up in ./configs/presets first, then in the shipped presets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path as FilePath
from typing import Annotated

from pydantic import BeforeValidator

from alliance_abm.config_files import validated
from alliance_abm.coverage import paper_item
from alliance_abm.fields import Strict, as_tuple, text
from alliance_abm.levers import LEVERS, Levers, LeverUse
from alliance_abm.policies import (
    JOIN,
    PolicyChoice,
    all_different,
    choice_of,
    policy_of_text,
    starting,
)
from alliance_abm.problems import ConfigError
from alliance_abm.quarters import Quarter
from alliance_abm.shelves import SUFFIXES, Shelf

SHELF = Shelf("presets", "preset", "--preset", "rand-6")
Items = Annotated[
    tuple[Annotated[str, BeforeValidator(paper_item)], ...], BeforeValidator(as_tuple)
]


class Preset(Strict):
    """One file: a title, a description, items of the papers, and levers."""

    title: Annotated[str, BeforeValidator(text(120))]
    description: Annotated[str, BeforeValidator(text(2000))]
    papers: Items = ()
    levers: Levers


def preset_names() -> dict[str, FilePath]:
    """Presets by name, in alphabetical order: those of ./configs/presets, then the shipped."""
    return SHELF.names()


def preset(name: str | FilePath, start: Quarter | None = None) -> PolicyChoice:
    """The policy of a preset, or of several joined as `rand-4+rand-6`.

    `start` is the quarter from which all levers are in force (default: what the file says).
    Raises ConfigError with file, line and column, or the nearest name; also when two presets
    contradict each other.
    """
    whole = isinstance(name, FilePath) or name.endswith(SUFFIXES)
    words = [name] if whole else [word.strip() for word in str(name).split(JOIN)]
    twice = next((word for at, word in enumerate(words) if word and word in words[:at]), None)
    if twice is not None:
        reason = f"{twice} is named twice; allowed: each preset once"
        raise ConfigError(f"{SHELF.option} {name}: {reason}")
    found = [_read(word) for word in words]
    return starting(found[0] if len(found) == 1 else combined(found), start)


def _read(name: str | FilePath) -> PolicyChoice:
    path = SHELF.find(name)
    read = validated(Preset, SHELF.read(path, Preset.model_fields))
    return choice_of(path.stem, read.title, read.levers, read.papers, read.description)


def combined(choices: Sequence[PolicyChoice]) -> PolicyChoice:
    """One policy of several; a lever that two have alike counts once.

    Raises ConfigError when two have a lever with other sizes or dates, or set one parameter.
    """
    uses: dict[str, tuple[LeverUse, PolicyChoice]] = {}
    for choice in choices:
        for use in choice.levers:
            for other, owner in uses.values():
                _agree(use, choice, other, owner)
            uses.setdefault(use.lever, (use, choice))
    papers = dict.fromkeys(item for choice in choices for item in choice.papers)
    return choice_of(
        JOIN.join(choice.name for choice in choices),
        " + ".join(choice.title for choice in choices),
        tuple(use for use, _ in uses.values()),
        papers,
        " ".join(choice.description for choice in choices),
    )


def _agree(use: LeverUse, choice: PolicyChoice, other: LeverUse, owner: PolicyChoice) -> None:
    where = f"{SHELF.option} {owner.name}{JOIN}{choice.name}"
    if use.lever == other.lever:
        if use != other:
            reason = f"both have {use.lever}, with another size or date"
            raise ConfigError(f"{where}: {reason}; allowed: presets that agree")
        return
    both = LEVERS[use.lever].sets() & LEVERS[other.lever].sets()
    if both and use.amount and other.amount:
        reason = f"{other.lever} and {use.lever} both set {min(both)}"
        raise ConfigError(f"{where}: {reason}; allowed: one of the two")


def policies_of(
    levers: Iterable[str] = (), presets: Iterable[str] = (), start: Quarter | None = None
) -> tuple[PolicyChoice, ...]:
    """Policies of the options --lever and --preset, each one policy; raises ConfigError."""
    found = [policy_of_text(words, start) for words in levers]
    found += [preset(name, start) for name in presets]
    return all_different(found)
