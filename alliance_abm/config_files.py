"""From a config's name to checked data: finding, overriding, and errors with their place."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from alliance_abm.parameters import is_parameter
from alliance_abm.problems import (
    ConfigError,
    FieldProblems,
    Path,
    Problem,
    listed,
    nearest_name,
    shown,
)
from alliance_abm.script import EVENTS
from alliance_abm.shelves import CONFIGS, mapping_of
from alliance_abm.yaml_source import DEEPEST, Source, parse_yaml

Model = TypeVar("Model", bound=BaseModel)
SECTIONS = ("world", "horizon", "controls", "parameters", "strategy", "events", "levers", "outputs")
LONGEST = 120  # characters of a setting that a message repeats


def config_names() -> dict[str, FilePath]:
    """Configs by name: those of ./configs, then the shipped ones."""
    return CONFIGS.names()


def find_config(config: str | FilePath) -> FilePath:
    """The file of a config; raises ConfigError with the nearest name when there is none."""
    return CONFIGS.find(config)


def read_config(
    config: str | FilePath, fields: tuple[str, ...], overrides: Mapping[str, Any]
) -> Source:
    """Data and places of a config with overrides put in; raises ConfigError."""
    path = find_config(config)
    return _config(CONFIGS.read(path, fields), path.stem, overrides, fields)


def parse_config(text: str, name: str, fields: tuple[str, ...]) -> Source:
    """Data and places of a config given as text; raises ConfigError."""
    return _config(mapping_of(parse_yaml(text, name), fields), FilePath(name).stem, {}, fields)


def _config(
    source: Source, name: str, overrides: Mapping[str, Any], fields: tuple[str, ...]
) -> Source:
    source.data.setdefault("name", name)
    for section in SECTIONS:
        if section in source.data and source.data[section] is None:
            del source.data[section]
    _set_all(source, overrides, fields)
    return source


def place_overrides(
    data: dict[str, Any], overrides: Mapping[str, Any], fields: tuple[str, ...]
) -> Source:
    """Plain data with overrides put in, as a source; raises ConfigError."""
    source = Source("scenario", copy.deepcopy(data))
    _set_all(source, overrides, fields)
    return source


def parse_assignment(text: str) -> tuple[str, Any]:
    """`path=value` of the option --set, the value read as YAML; raises ConfigError."""
    path, sign, value = text.partition("=")
    origin = _origin(text)
    if not sign or not path.strip():
        raise ConfigError(f"{origin}: is no assignment; allowed: path=value, such as seed=2")
    if not value.strip():
        raise ConfigError(f"{origin}: {path.strip()}: the value is missing; allowed: path=value")
    return path.strip(), parse_yaml(value, origin, placed=False).data


def parse_assignments(texts: Iterable[str]) -> dict[str, Any]:
    """Values by path of several --set options; raises ConfigError, also for one set twice."""
    found: dict[str, Any] = {}
    for text in texts:
        path, value = parse_assignment(text)
        if path in found:
            raise ConfigError(f"--set {text}: {path} is set twice; allowed: once")
        found[path] = value
    return found


def _set_all(source: Source, overrides: Mapping[str, Any], fields: tuple[str, ...]) -> None:
    for path, value in overrides.items():
        origin = _origin(f"{path}={value if isinstance(value, str | int | float) else '…'}")
        parts = _parts(path, origin)
        if parts[0] == "parameters" and len(parts) > 1:
            _set_parameter(source, path.partition(".")[2], value, origin)
        elif is_parameter(path) or (parts[0] not in fields and len(parts) > 1):
            _set_parameter(source, path, value, origin)
        else:
            source.set(parts, value, origin)


def _origin(setting: str) -> str:
    """How an error names a setting."""
    return f"--set {setting}" if len(setting) <= LONGEST else f"--set {setting[:LONGEST]}…"


def _parts(path: str, origin: str) -> Path:
    """A dotted path in its parts; numbers count entries of a list."""
    words = path.split(".")
    if len(words) > DEEPEST or "" in words:
        raise ConfigError(f"{origin}: {shown(path)} is not a path; allowed: names joined by dots")
    return tuple(int(word) if word.isdecimal() and len(word) < DEEPEST else word for word in words)


def _set_parameter(source: Source, path: str, value: Any, origin: str) -> None:
    """Put one parameter in dotted form, removing what the config says of it in any form."""
    given = source.data.get("parameters")
    if isinstance(given, dict):
        _forget(given, path)
    if given is None or isinstance(given, dict):
        source.set(("parameters", path), value, origin)


def _forget(given: dict[str, Any], path: str) -> None:
    for key in list(given):
        inner = given[key]
        if key == path:
            del given[key]
        elif path.startswith(f"{key}.") and isinstance(inner, dict):
            _forget(inner, path[len(key) + 1 :])


def validated(model: type[Model], source: Source) -> Model:
    """The data of `source` as `model`; raises ConfigError naming every problem with its place."""
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        problems = [
            found
            for one in error.errors(include_url=False)
            for found in _problems(model, one, source)
        ]
    source.raise_all(problems)


def _problems(model: type[BaseModel], error: Any, source: Source) -> list[Problem]:
    path, at_key = _data_path(error["loc"], source.data)
    context = error.get("ctx", {})
    if isinstance(context.get("error"), FieldProblems):
        found = [problem.under(path) for problem in context["error"].problems]
        return [Problem(p.path, p.reason, p.allowed, p.nearest, p.at_key or at_key) for p in found]
    kind, given = error["type"], error["input"]
    if kind == "extra_forbidden":
        known = list(_section(model, error["loc"][:-1]).model_fields)
        near = nearest_name(path[-1], known)
        return [Problem(path, "unknown key", listed(known), near, at_key=True)]
    if kind == "missing":
        return [Problem(path, "is missing", "a value must be given")]
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        tag = context.get("tag")
        reason = f"'{tag}' is no kind of event" if tag else "is missing"
        near = nearest_name(tag, EVENTS)
        return [Problem((*path, "kind"), reason, listed(EVENTS), near)]
    return [Problem(path, *_type_words(kind, given, context), at_key=at_key)]


def _type_words(kind: str, given: object, context: Mapping[str, Any]) -> tuple[str, str]:
    """Reason and what is allowed, for the plain type errors of pydantic."""
    if kind == "literal_error":
        return f"{shown(given)} is not one of them", str(context["expected"]).replace("'", "")
    if kind == "string_too_long":
        return "the text is too long", f"at most {context['max_length']} characters"
    words = {
        "string_type": "text",
        "bool_type": "true or false",
        "dict_type": "a mapping",
        "model_type": "a mapping",
        "model_attributes_type": "a mapping",
        "finite_number": "a finite number",
        "float_type": "a number",
    }
    allowed = words.get(kind, kind.replace("_", " "))
    return f"{shown(given)} is not {allowed}", allowed


def _data_path(loc: tuple[Any, ...], data: Any) -> tuple[Path, bool]:
    """Path in the data of pydantic's location: without the tags of unions, and key or value."""
    path: list[str | int] = []
    at_key = False
    for part in loc:
        if part == "[key]":
            at_key = True
        elif (isinstance(data, dict) and part in data) or isinstance(data, list | tuple):
            path.append(part)
            data = data[part]
        elif part not in EVENTS:
            path.append(part)
            data = None
    return tuple(path), at_key


def _section(model: type[BaseModel], loc: tuple[Any, ...]) -> type[BaseModel]:
    """The section of `model` that pydantic's location leads into."""
    for part in loc:
        if part in EVENTS:
            model = EVENTS[part]
        elif part in model.model_fields:
            model = _model_inside(model.model_fields[part].annotation) or model
    return model


def _model_inside(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inside = (_model_inside(argument) for argument in get_args(annotation))
    return next((model for model in inside if model is not None), None)
