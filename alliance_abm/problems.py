"""What is wrong with an input, said once and plainly."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

Path = tuple[str | int, ...]
SHOWN = 60
LISTED = 20


class ConfigError(Exception):
    """The user's mistake in a configuration or an option.

    The message stands by itself: file:line:column, field, value, what is allowed and the
    nearest name. Several problems are listed one per line, the first one first.
    """


@dataclass(frozen=True)
class Problem:
    """One problem of an input, at a path inside it (relative until it is placed)."""

    path: Path
    reason: str
    allowed: str = ""
    nearest: str | None = None
    at_key: bool = False

    def under(self, prefix: Path) -> Problem:
        """The same problem seen from a mapping that holds this input at `prefix`."""
        return replace(self, path=prefix + self.path)

    def text(self) -> str:
        """Field, value, what is allowed and the nearest name, without the place."""
        field = field_name(self.path)
        parts = [f"{field}: {self.reason}" if field else self.reason]
        if self.allowed:
            parts.append(f"allowed: {self.allowed}")
        if self.nearest:
            parts.append(f"did you mean '{self.nearest}'?")
        return "; ".join(parts)


class FieldProblems(ValueError):
    """Raised inside validators; carries problems whose paths start at the validated field."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.text() for problem in self.problems))


def field_name(path: Path) -> str:
    """A path as written in a config: `events[2].supplier`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def shown(value: object) -> str:
    """A value as it is quoted in a message, short enough to read."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def nearest_name(word: object, names: Iterable[str]) -> str | None:
    """The known name most like `word`, or None when none is near.

    A dotted name is also compared by its last part, so that a leaf finds its path.
    """
    if not isinstance(word, str) or len(word) > SHOWN:
        return None
    spelt: dict[str, str] = {}
    for name in names:
        spelt.setdefault(name.lower(), name)
        spelt.setdefault(name.lower().rsplit(".", 1)[-1], name)
    low = word.lower()
    for attempt in (low, low.rsplit(".", 1)[-1]):
        found = difflib.get_close_matches(attempt, spelt, n=1, cutoff=0.6)
        if found:
            return spelt[found[0]]
    return None


def listed(names: Iterable[str], most: int = 12) -> str:
    """Names for a message: all of them when few, else the first and a count."""
    names = list(names)
    if len(names) <= most:
        return ", ".join(names)
    return ", ".join(names[:most]) + f" … ({len(names)} in all)"
