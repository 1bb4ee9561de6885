"""Policies to compare: named sets of levers, from the command line or from a preset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

from alliance_abm.config_files import validated
from alliance_abm.fields import Strict
from alliance_abm.levers import LEVERS, Levers, LeverUse
from alliance_abm.problems import ConfigError, Path, Problem, listed, nearest_name, shown
from alliance_abm.quarters import Quarter
from alliance_abm.yaml_source import Source, scalar

if TYPE_CHECKING:
    from alliance_abm.scenario import Scenario

JOIN = "+"
OPTION = "--lever"
BASELINE = "baseline"


@dataclass(frozen=True)
class PolicyChoice:
    """One policy: the levers that come into force together.

    `papers` are the items of the two papers that it stands for, `grade` the weakest of its
    levers' (A published, B bounded by literature, C assumed).
    """

    name: str
    title: str
    levers: tuple[LeverUse, ...]
    papers: tuple[str, ...] = ()
    grade: str = "A"
    description: str = ""

    @property
    def words(self) -> str:
        """Its levers and sizes, as the option --lever takes them."""
        return JOIN.join(use_words(use) for use in self.levers)


class _Uses(Strict):
    levers: Levers


@dataclass
class _Words(Source):
    """Levers of an option: what is wrong is said of a lever by its name, not by its number."""

    def raise_all(self, problems: list[Problem]) -> NoReturn:
        """Raise one ConfigError naming every problem, one a line."""
        super().raise_all([replace(one, path=self._named(one.path)) for one in problems])

    def _named(self, path: Path) -> Path:
        match path:
            case ("levers", int(place), *rest):
                return (self.data["levers"][place]["lever"], *rest)
        return path


def use_words(use: LeverUse) -> str:
    """A lever with its size, if it is not the default."""
    return use.lever if use.size is None else f"{use.lever}={use.size:g}"


def choice_of(
    name: str,
    title: str,
    uses: tuple[LeverUse, ...],
    papers: Iterable[str] = (),
    description: str = "",
) -> PolicyChoice:
    """A policy whose grade and, unless `papers` are given, papers are those of its levers."""
    grade = max((LEVERS[use.lever].grade for use in uses), default="A")
    found = tuple(papers) or tuple(
        dict.fromkeys(item for use in uses for item in LEVERS[use.lever].papers)
    )
    return PolicyChoice(name, title, uses, found, grade, description)


def policy_of_text(
    text: str, start: Quarter | None = None, origin: str | None = None
) -> PolicyChoice:
    """The policy of `fms_fast_track+workforce=20`: a size belongs to the lever before it.

    `start` is the quarter from which all are in force (default: the levers'). Raises ConfigError,
    which says the option (or `origin`), the lever, the value, what is allowed and the nearest name.
    """
    origin = origin or f"{OPTION} {text}"
    parts = [part.strip() for part in text.split(JOIN)]
    uses = [_given(part, origin, start) for part in parts]
    found = validated(_Uses, _Words(origin, {"levers": uses})).levers
    name = JOIN.join(use_words(use) for use in found)
    title = " + ".join(titled(use) for use in found)
    description = LEVERS[found[0].lever].text if len(found) == 1 else ""
    return choice_of(name, title, found, description=description)


def _given(part: str, origin: str, start: Quarter | None) -> dict[str, Any]:
    """A lever and perhaps its size, as a config would give them."""
    lever, sign, size = (word.strip() for word in part.partition("="))
    if lever not in LEVERS:
        reason = f"{shown(lever)} is not a lever" if lever else "a lever's name is missing"
        raise ConfigError(f"{origin}: {reason}; {known_levers(lever)}")
    use: dict[str, Any] = {"lever": lever}
    if sign:
        if isinstance(number := scalar(size), bool) or not isinstance(number, int | float):
            reason = f"{shown(size)} is not a size" if size else "the size is missing"
            raise ConfigError(
                f"{origin}: {lever}: {reason}; allowed: {LEVERS[lever].allowed}, as in "
                f"{lever}={LEVERS[lever].default:g}"
            )
        use["size"] = number
    return use if start is None else use | {"start": str(start)}


def known_levers(word: str) -> str:
    """What is allowed in place of a lever that does not exist, with the nearest name."""
    near = nearest_name(word.replace("-", "_"), LEVERS)
    return f"allowed: {listed(LEVERS)}" + (f"; did you mean '{near}'?" if near else "")


def titled(use: LeverUse) -> str:
    """The name of a lever with its size, if it is not the default."""
    lever = LEVERS[use.lever]
    return lever.name if use.size is None else f"{lever.name} = {use.size:g}"


def starting(choice: PolicyChoice, start: Quarter | None) -> PolicyChoice:
    """The policy with all its levers in force from another quarter; None changes nothing.

    Raises ConfigError when a lever would end before.
    """
    if start is None:
        return choice
    uses = [use.model_dump(mode="json") | {"start": str(start)} for use in choice.levers]
    source = Source(f"policy {choice.name}", {"levers": uses})
    return replace(choice, levers=validated(_Uses, source).levers)


def all_different(choices: Sequence[PolicyChoice]) -> tuple[PolicyChoice, ...]:
    """The same policies; raises ConfigError when two have one name, or one the baseline's."""
    for place, one in enumerate(choices):
        if one.name == BASELINE:
            raise ConfigError(f"policy {one.name}: the name is taken; allowed: another name")
        if any(one.name == other.name for other in choices[:place]):
            raise ConfigError(f"policy {one.name}: is named twice; allowed: each policy once")
    return tuple(choices)


def with_policy(scenario: Scenario, choice: PolicyChoice) -> Scenario:
    """The scenario with the policy's levers after its own; checked whole, raises ConfigError."""
    from alliance_abm.scenario import Scenario

    data = scenario.resolved()
    data["levers"] = [*data["levers"], *(use.model_dump(mode="json") for use in choice.levers)]
    return validated(Scenario, Source(f"policy {choice.name}", data))
