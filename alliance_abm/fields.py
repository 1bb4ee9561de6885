"""Field types of the config schema: each refuses with what is allowed and the nearest name."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from alliance_abm.datafiles import DOMAINS, nation_names, programme_members, regions
from alliance_abm.problems import FieldProblems, Problem, listed, nearest_name, shown


class Strict(BaseModel):
    """Base of every config section: frozen, unknown keys forbidden, no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class FrozenMap(dict[str, Any]):
    """A mapping that cannot be changed and can be hashed."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("a scenario cannot be changed; make another with load_scenario")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(sorted(self.items())))

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenMap, (dict(self),)


def refuse(reason: str, allowed: str = "", nearest: str | None = None) -> NoReturn:
    """Raise the one problem of a field."""
    raise FieldProblems([Problem((), reason, allowed, nearest)])


def between(low: float, high: float, above: bool = False) -> Callable[[object], float]:
    """Validator of a finite number in [low, high], or in (low, high] if `above`."""
    start = f"above {low:g}" if above else f"from {low:g}"
    allowed = f"a number {start} to {high:g}"

    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            refuse(f"{shown(value)} is not a number", allowed)
        if not math.isfinite(value):
            refuse(f"{value} is not a finite number", allowed)
        if not low <= value <= high or (above and value == low):
            refuse(f"{shown(value)} is out of range", allowed)
        return float(value)

    return check


def whole(low: int, high: int) -> Callable[[object], int]:
    """Validator of a whole number in [low, high]."""
    allowed = f"a whole number from {low} to {high}"

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            refuse(f"{shown(value)} is not a whole number", allowed)
        if not low <= value <= high:
            refuse(f"{shown(value)} is out of range", allowed)
        return value

    return check


def text(longest: int) -> Callable[[object], str]:
    """Validator of a text that says something, in one line or several."""
    allowed = f"a text of 1 to {longest} characters"

    def check(value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            refuse(f"{shown(value)} is not a text", allowed)
        if len(value) > longest:
            refuse(f"the text has {len(value)} characters", allowed)
        return " ".join(value.split())

    return check


def one_of(kind: str, names: Callable[[], Iterable[str]]) -> Callable[[object], str]:
    """Validator of a known name."""

    def check(value: object) -> str:
        known = list(names())
        if isinstance(value, str) and value in known:
            return value
        near = nearest_name(value, known)
        article = "an" if kind[0] in "aeiou" else "a"
        refuse(f"{shown(value)} is not {article} {kind}", listed(known), near)

    return check


def _nation(value: object) -> str:
    """Validator of an iso3 code; a country's name is answered with its code."""
    names = nation_names()
    if isinstance(value, str) and value in names:
        return value
    codes = {name: iso3 for iso3, name in names.items()}
    near = nearest_name(value, [*names, *codes])
    refuse(
        f"{shown(value)} is not a nation of the model",
        listed(names),
        codes.get(near, near) if near else None,
    )


def every_or(known: Callable[[], Iterable[str]]) -> Callable[[object], object]:
    """Turns `all` into every known name and a list into a tuple."""

    def spread(value: object) -> object:
        if value == "all":
            return tuple(known())
        return as_tuple(value)

    return spread


def as_tuple(value: object) -> object:
    """A list as a tuple; anything else is refused."""
    if isinstance(value, list | tuple):
        return tuple(value)
    refuse(f"{shown(value)} is not a list", "a list such as [a, b]")


def no_repeats(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses a list that names something twice, or nothing."""
    if not names:
        refuse("the list is empty", "at least one name")
    repeated = [name for index, name in enumerate(names) if name in names[:index]]
    if repeated:
        refuse(f"{repeated[0]} is named twice", "each name once")
    return names


def as_map(value: object) -> object:
    """A mapping as it is; anything else is refused."""
    if isinstance(value, Mapping):
        return dict(value)
    refuse(f"{shown(value)} is not a mapping", "names with their values, such as {a: 1}")


Share = Annotated[float, Field(ge=0, le=1), BeforeValidator(between(0, 1))]
Shift = Annotated[float, Field(ge=-1, le=1), BeforeValidator(between(-1, 1))]
Nation = Annotated[str, BeforeValidator(_nation)]
Domain = Annotated[str, BeforeValidator(one_of("domain", lambda: DOMAINS))]
Region = Annotated[str, BeforeValidator(one_of("region", regions))]
Programme = Annotated[str, BeforeValidator(one_of("programme", programme_members))]
Nations = Annotated[
    tuple[Nation, ...], BeforeValidator(every_or(nation_names)), AfterValidator(no_repeats)
]
Domains = Annotated[
    tuple[Domain, ...], BeforeValidator(every_or(lambda: DOMAINS)), AfterValidator(no_repeats)
]
Regions = Annotated[
    tuple[Region, ...], BeforeValidator(every_or(regions)), AfterValidator(no_repeats)
]
