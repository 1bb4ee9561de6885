"""What a visitor has set: world, reforms, seed and number of runs; to and from a link."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

from pydantic import ValidationError

from alliance_abm.config_files import config_names
from alliance_abm.levers import LEVERS, LeverUse
from alliance_abm.policies import JOIN, PolicyChoice, choice_of, titled, with_policy
from alliance_abm.presets import Preset, preset, preset_names
from alliance_abm.problems import ConfigError, FieldProblems, listed, nearest_name, shown
from alliance_abm.quarters import Quarter
from alliance_abm.scenario import Scenario, load_scenario
from alliance_abm.worlds import BASELINE, in_world, world_names

MOST_REFORMS = 3
PAIRS = (10, 30, 60, 100)
MOST_PAIRS = 200
LARGEST_SEED = 2**53  # a browser holds no larger whole number exactly
LONGEST_LINK = 4_000
STORY = "fms_fast_track_all"
EMPTY = "placebo"  # stands for a reform without levers: it cannot act
UPLOADED = "uploaded"
_JOINS = re.compile(r"[+,\s]+")  # an unescaped + arrives as a space
_USE = re.compile(r"([a-z0-9_]+)(?:=([^@]*))?(?:@(.+))?")


@dataclass(frozen=True)
class Reform:
    """Levers that come into force together; `preset` names the file they are of, unchanged."""

    uses: tuple[LeverUse, ...]
    preset: str | None = None

    @classmethod
    def of_preset(cls, name: str) -> Reform:
        """A shipped preset; raises ConfigError with the nearest name, also for a path."""
        if name not in preset_names():
            raise ConfigError(_unknown("reform", name, preset_names()))
        return cls(preset(name).levers, name)

    @property
    def text(self) -> str:
        """What stands in a link."""
        return self.preset or JOIN.join(_words(use) for use in self.uses)

    def amount(self, lever: str) -> float | None:
        """The size in force; None when the reform lacks the lever."""
        return next((use.amount for use in self.uses if use.lever == lever), None)

    def with_size(self, lever: str, size: float) -> Reform:
        """The same with a lever at another size, added when it is new."""
        if self.amount(lever) == size:
            return self
        whole = LeverUse.model_validate({"lever": lever, "size": size})
        if self.amount(lever) is None:
            return Reform((*self.uses, whole))
        return Reform(
            tuple(
                use.model_copy(update={"size": size}) if use.lever == lever else use
                for use in self.uses
            )
        )

    def without(self, lever: str) -> Reform:
        """The same without a lever."""
        return Reform(tuple(use for use in self.uses if use.lever != lever))

    def starting(self, quarter: Quarter) -> Reform:
        """The same with all levers in force from a quarter."""
        return Reform(tuple(use.model_copy(update={"start": quarter}) for use in self.uses))

    @property
    def start(self) -> Quarter:
        """When the first lever comes into force."""
        return min((use.start for use in self.uses), default=LeverUse(lever=EMPTY).start)

    @property
    def choice(self) -> PolicyChoice:
        """The policy as the model takes it."""
        if self.preset is not None:
            return preset(self.preset)
        plain = all(use.start == LeverUse(lever=use.lever).start for use in self.uses)
        name = JOIN.join(_words(use) for use in self.uses)
        title = " + ".join(titled(use) for use in self.uses)
        return choice_of(name if plain else name.replace("@", " from "), title, self.uses)


def _nothing(start: Quarter) -> PolicyChoice:
    """The policy of no lever: a placebo, for the model compares policies only."""
    return choice_of("no levers", "No lever set", (LeverUse(lever=EMPTY, start=start),))


def _words(use: LeverUse) -> str:
    size = "" if use.size is None else f"={use.size:g}"
    start = "" if use.start == LeverUse(lever=use.lever).start else f"@{use.start}"
    return f"{use.lever}{size}{start}"


def reform_of_text(text: str) -> Reform:
    """The reform of `rand-6` or `fms_fast_track=70@2028Q1+agency_integration`.

    Raises ConfigError.
    """
    if not text.strip():
        return Reform(())
    if text in preset_names():
        return Reform.of_preset(text)
    uses = []
    for part in _JOINS.split(text.strip()):
        found = _USE.fullmatch(part)
        if found is None or found[1] not in LEVERS:
            raise ConfigError(_unknown("reform", part, [*preset_names(), *LEVERS]))
        uses.append(_use(found))
    checked = Preset.model_validate
    try:
        read = checked({"title": "reform", "description": "reform", "levers": uses})
    except ValidationError as error:
        raise ConfigError(f"reform {text}: {first_problem(error)}") from None
    return Reform(read.levers)


def _use(found: re.Match[str]) -> dict[str, Any]:
    use: dict[str, Any] = {"lever": found[1]}
    if found[2] is not None:
        use["size"] = number(f"size of {found[1]}", found[2])
    if found[3] is not None:
        use["start"] = found[3]
    return use


def first_problem(error: ValidationError) -> str:
    """The first thing that a validation found, in words."""
    one = error.errors(include_url=False)[0]
    inner = one.get("ctx", {}).get("error")
    return inner.problems[0].text() if isinstance(inner, FieldProblems) else str(one["msg"])


def number(what: str, text: str) -> float:
    """A finite number as it was typed; raises ConfigError."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        raise ConfigError(f"{what}: {shown(text)} is not a number; allowed: a number such as 50")
    return value


def whole(what: str, text: str, low: int, high: int) -> int:
    """A whole number as it was typed, within bounds; raises ConfigError."""
    allowed = f"a whole number from {low} to {high}"
    words = str(text).strip()
    if not words:
        raise ConfigError(f"{what}: nothing is given; allowed: {allowed}")
    if not re.fullmatch(r"[+-]?[0-9]{1,40}", words):
        raise ConfigError(f"{what}: {shown(words)} is not a whole number; allowed: {allowed}")
    if not low <= int(words) <= high:
        raise ConfigError(f"{what}: {shown(int(words))} is out of range; allowed: {allowed}")
    return int(words)


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = nearest_name(name, names)
    hint = f"; did you mean '{near}'?" if near else ""
    return f"{what}: {shown(name[:60])} is unknown; allowed: {listed(names)}{hint}"


@dataclass(frozen=True)
class Settings:
    """A complete question to the model.

    `uploaded` is a config that the visitor gave, under the name in `config`; a link cannot hold
    it. `pairs` is the number of replications of the baseline and of each reform.
    """

    config: str = BASELINE
    world: str = BASELINE
    reforms: tuple[Reform, ...] = field(default_factory=lambda: (reform_of_text(STORY),))
    seed: int = 1
    pairs: int = 30
    uploaded: Scenario | None = None

    def scenario(self) -> Scenario:
        """The scenario of the baseline in its world; raises ConfigError."""
        given = {"seed": self.seed, "replications": self.pairs}
        if self.uploaded is not None:
            base = self.uploaded.with_set(given)
        else:
            base = load_scenario(self.config, given)
        return base

    def policies(self) -> tuple[PolicyChoice, ...]:
        """The reforms as policies, those that are alike once, checked in the world.

        Raises ConfigError when levers contradict each other, the config's, or its horizon.
        """
        world = in_world(self.scenario(), self.world)
        found: dict[str, PolicyChoice] = {}
        for reform in self.reforms or (Reform(()),):
            choice = reform.choice if reform.uses else _nothing(world.horizon.start)
            with_policy(world, choice)
            found.setdefault(choice.name, choice)
        return tuple(found.values())

    def with_reform(self, place: int, reform: Reform) -> Settings:
        """The same with another reform in a place, or one more."""
        reforms = list(self.reforms)
        reforms[place : place + 1] = [reform]
        return replace(self, reforms=tuple(reforms[:MOST_REFORMS]))

    def without_reform(self, place: int) -> Settings:
        """The same with one reform less."""
        return replace(self, reforms=self.reforms[:place] + self.reforms[place + 1 :])

    def fitting(self) -> Settings:
        """The same with reforms that begin inside the run, for a config that ends early."""
        horizon = self.scenario().horizon
        reforms = tuple(
            one if one.start <= horizon.end else one.starting(horizon.report_from)
            for one in self.reforms
        )
        return replace(self, reforms=reforms)

    @property
    def query(self) -> dict[str, Any]:
        """The settings as parameters of a link, without what is as at first."""
        first = Settings()
        found: dict[str, Any] = {}
        if self.uploaded is None and self.config != first.config:
            found["config"] = self.config
        if self.world != first.world:
            found["world"] = self.world
        if self.reforms != first.reforms:
            found["reform"] = [reform.text for reform in self.reforms]
        if self.seed != first.seed:
            found["seed"] = self.seed
        if self.pairs != first.pairs:
            found["n"] = self.pairs
        return found

    @property
    def link(self) -> str:
        """The query of a link that restores the settings."""
        return urlencode(self.query, doseq=True)


def settings_of_query(query: str) -> tuple[Settings, dict[str, str], list[str]]:
    """Settings of a link, what else it says, and a message for each part that was refused.

    Only names of shipped files and levers are taken, never a path; what is refused stays as at
    first.
    """
    if len(query) > LONGEST_LINK:
        return (
            Settings(),
            {},
            [f"The link is longer than {LONGEST_LINK} characters and is not read."],
        )
    given = parse_qs(query.lstrip("?"), keep_blank_values=True, max_num_fields=None)
    settings, messages = Settings(), []
    for key, read in _READERS.items():
        if key in given:
            try:
                settings = read(settings, given.pop(key))
            except ConfigError as error:
                messages.append(f"In the link, {error}")
    try:
        settings.policies()
    except ConfigError as error:
        messages.append(f"In the link, {error}")
        settings = replace(settings, reforms=(Reform(()),))
    others = {key: values[-1] for key, values in given.items()}
    return settings, others, messages


def _config(settings: Settings, values: Sequence[str]) -> Settings:
    named = _named("config", values[-1], config_names())
    return replace(settings, config=named).fitting()


def _world(settings: Settings, values: Sequence[str]) -> Settings:
    return replace(settings, world=_named("world", values[-1], (BASELINE, *world_names())))


def _reforms(settings: Settings, values: Sequence[str]) -> Settings:
    if len(values) > MOST_REFORMS:
        raise ConfigError(f"reform: {len(values)} are given; allowed: up to {MOST_REFORMS}")
    return replace(settings, reforms=tuple(reform_of_text(text) for text in values))


def _seed(settings: Settings, values: Sequence[str]) -> Settings:
    return replace(settings, seed=whole("seed", values[-1], 0, LARGEST_SEED))


def _pairs(settings: Settings, values: Sequence[str]) -> Settings:
    return replace(settings, pairs=whole("n", values[-1], 1, MOST_PAIRS))


def _named(what: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    if name not in names:
        raise ConfigError(_unknown(what, name, names))
    return name


_READERS: Mapping[str, Any] = {
    "config": _config,
    "world": _world,
    "reform": _reforms,
    "seed": _seed,
    "n": _pairs,
}
