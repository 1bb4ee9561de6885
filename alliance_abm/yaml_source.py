"""YAML in, with the place of every key and value.

Only plain YAML is read: mappings, lists and scalars of the YAML 1.2 core schema, so that `NO`
and `off` stay text. Tags, anchors, aliases and several documents are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, NoReturn

import yaml

from alliance_abm.problems import LISTED, ConfigError, Path, Problem, field_name, shown

MOST_BYTES = 1_000_000
DEEPEST = 16
ROOT: Path = ()
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLACE = re.compile(r":([0-9]+):([0-9]+)$")
_WHOLE = re.compile(r"[-+]?[0-9]{1,30}")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_WORDS |= {"null": None, "Null": None, "NULL": None, "~": None, "": None}


@dataclass
class Source:
    """Plain data with the place of every key and value, by path."""

    name: str
    data: Any = None
    values: dict[Path, str] = field(default_factory=dict)
    keys: dict[Path, str] = field(default_factory=dict)

    def place(self, path: Path, at_key: bool = False) -> str:
        """`file:line:column` of the value (or key) at `path`, or of the nearest one around it."""
        if at_key and path in self.keys:
            return self.keys[path]
        for length in range(len(path), -1, -1):
            if path[:length] in self.values:
                return self.values[path[:length]]
        return self.name

    def raise_all(self, problems: list[Problem]) -> NoReturn:
        """Raise one ConfigError naming every problem, one a line."""
        placed = [(self.place(problem.path, problem.at_key), problem) for problem in problems]
        placed.sort(key=lambda one: _order(one[0]))
        lines = [f"{where}: {problem.text()}" for where, problem in placed]
        if len(lines) > LISTED:
            lines[LISTED:] = [f"… and {len(lines) - LISTED} more"]
        raise ConfigError("\n".join(lines))

    def set(self, path: Path, value: Any, origin: str) -> None:
        """Put `value` at `path` (mappings on the way are made), placed at `origin`.

        Raises ConfigError when the way leads through something that is no mapping or list.
        """
        if not isinstance(self.data, dict):
            self.data = {}
        holder: Any = self.data
        for depth, part in enumerate(path[:-1]):
            holder = self._into(holder, part, path[: depth + 1], origin)
        _check_step(holder, path[-1], path, origin)
        holder[path[-1]] = value
        for old in [known for known in self.values if known[: len(path)] == path]:
            del self.values[old]
        self.values[path] = self.keys[path] = origin

    def _into(self, holder: Any, part: str | int, path: Path, origin: str) -> Any:
        _check_step(holder, part, path, origin)
        if isinstance(holder, dict) and not isinstance(holder.get(part), dict | list):
            holder[part] = {}
            self.values[path] = self.keys[path] = origin
        return holder[part]


def _order(where: str) -> tuple[int, int]:
    """Line and column of a place, to list problems as they stand in the file."""
    match = _PLACE.search(where)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _check_step(holder: Any, part: str | int, path: Path, origin: str) -> None:
    if isinstance(holder, dict) and isinstance(part, str):
        return
    if isinstance(holder, list) and isinstance(part, int) and 0 <= part < len(holder):
        return
    size = f"{len(holder)} entries, counted from 0" if isinstance(holder, list) else "no entries"
    raise ConfigError(
        f"{origin}: {field_name(path)} does not exist: {field_name(path[:-1])} has {size}"
    )


def read_yaml(path: FilePath) -> Source:
    """Data and places of a YAML file; raises ConfigError naming file, line and column."""
    return parse_yaml(_read_text(path), str(path))


def _read_text(path: FilePath) -> str:
    try:
        if path.is_dir():
            raise ConfigError(f"{path}: is a folder; a YAML file is expected")
        if not path.exists():
            raise ConfigError(f"{path}: no such file")
        if not path.is_file():
            raise ConfigError(f"{path}: is not a regular file; a YAML file is expected")
        if (size := path.stat().st_size) > MOST_BYTES:
            raise ConfigError(f"{path}: has {size} bytes; allowed: at most {MOST_BYTES}")
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{path}: cannot be read ({reason})") from None
    if b"\0" in raw:
        raise ConfigError(f"{path}: is not a text file; a YAML file in UTF-8 is expected")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise ConfigError(
            f"{path}:{line}:{column}: is not UTF-8 text (byte "
            f"0x{raw[error.start]:02x}); save the file as UTF-8"
        ) from None


def parse_yaml(text: str, name: str, placed: bool = True) -> Source:
    """Data and places of a YAML text; `placed=False` names places by `name` alone."""
    builder = _Builder(name, placed)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark and placed else name
        why = ", ".join(part for part in (error.context, error.problem) if part)
        raise ConfigError(f"{where}: is not valid YAML: {why}") from None
    except yaml.YAMLError as error:
        why = " ".join(str(error).split())
        raise ConfigError(f"{name}: is not valid YAML: {why}") from None
    return builder.source


def scalar(text: str) -> Any:
    """The value of an unquoted scalar by the core schema: number, true/false, nothing, text."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    if _NOT_FINITE.fullmatch(text):
        return float(text.replace(".", "", 1))
    return text


class _Builder:
    """Builds data and places from the parser's events, without recursion."""

    def __init__(self, name: str, placed: bool):
        self.source = Source(name)
        self.placed = placed
        self.open: list[tuple[Any, Path]] = []
        self.pending: str | None = None
        self.documents = 0

    def take(self, event: yaml.Event) -> None:
        where = self._where(event)
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise ConfigError(f"{where}: a second document starts; allowed: one document")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            sign = "alias *" if isinstance(event, yaml.AliasEvent) else "anchor &"
            name = getattr(event, "anchor", "")
            raise ConfigError(f"{where}: {sign}{name} is refused; write the value out")
        tag = getattr(event, "tag", None)
        if tag:
            raise ConfigError(f"{where}: tag {shown(tag)} is refused; allowed: plain values")
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, where)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._start({} if isinstance(event, yaml.MappingStartEvent) else [], where)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.open.pop()

    def _where(self, event: yaml.Event) -> str:
        mark = event.start_mark
        if not self.placed or mark is None:
            return self.source.name
        return f"{self.source.name}:{mark.line + 1}:{mark.column + 1}"

    def _scalar(self, event: yaml.ScalarEvent, where: str) -> None:
        holder, path = self.open[-1] if self.open else (None, ROOT)
        if isinstance(holder, dict) and self.pending is None:
            if event.value in holder:
                first = self.source.keys[(*path, event.value)]
                raise ConfigError(
                    f"{where}: {field_name((*path, event.value))}: key is given "
                    f"twice (first at {first}); allowed: once"
                )
            self.pending = event.value
            self.source.keys[(*path, event.value)] = where
            holder[event.value] = None
            return
        self._add(scalar(event.value) if event.implicit[0] else event.value, where)

    def _start(self, holder: Any, where: str) -> None:
        if len(self.open) >= DEEPEST:
            raise ConfigError(f"{where}: nested too deeply; allowed: {DEEPEST} levels")
        if self.open and isinstance(self.open[-1][0], dict) and self.pending is None:
            raise ConfigError(f"{where}: a key must be plain text, not a list or mapping")
        self.open.append((holder, self._add(holder, where)))

    def _add(self, value: Any, where: str) -> Path:
        path = ROOT
        if not self.open:
            self.source.data = value
        else:
            holder, outer = self.open[-1]
            if isinstance(holder, dict):
                assert self.pending is not None
                path = (*outer, self.pending)
                holder[self.pending], self.pending = value, None
            else:
                path = (*outer, len(holder))
                holder.append(value)
        self.source.values[path] = where
        return path
