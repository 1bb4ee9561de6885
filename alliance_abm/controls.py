"""Controls: null models, each a named set of parameter values, read from `data/controls.yaml`.

A scenario that names controls has their settings over its parameters. An entry reads

    symmetric_beliefs:              # the id
      name: Symmetric beliefs
      text: One plain sentence.
      settings: {beliefs.bad_news_weight: 1}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from alliance_abm.catalogue import CatalogueError
from alliance_abm.datafiles import data_folder
from alliance_abm.fields import as_tuple, one_of
from alliance_abm.parameters import Parameters, flatten
from alliance_abm.problems import FieldProblems, Problem
from alliance_abm.yaml_source import Source, read_yaml

FILE = "controls.yaml"
_KEYS = {"name", "text", "settings"}


@dataclass(frozen=True)
class Control:
    """One null model: parameter paths with the values that switch a mechanism off."""

    id: str
    name: str
    text: str
    settings: Mapping[str, float]

    @property
    def words(self) -> str:
        """The settings in one line: `beliefs.bad_news_weight = 1`."""
        return ", ".join(f"{path} = {value:g}" for path, value in self.settings.items())


def load_controls(folder: Path | None = None) -> dict[str, Control]:
    """Controls by id in the order of the file; raises CatalogueError.

    `folder` holds `controls.yaml`; the shipped one by default.
    """
    source = read_yaml((folder or data_folder()) / FILE)
    return {name: _control(name, raw, source) for name, raw in (source.data or {}).items()}


def _control(name: str, raw: Any, source: Source) -> Control:
    where = f"{source.place((name,), at_key=True)}: {name}"
    if not isinstance(raw, dict) or set(raw) != _KEYS:
        raise CatalogueError(f"{where}: a control has a name, a text and settings")
    if not all(isinstance(raw[key], str) and raw[key].strip() for key in ("name", "text")):
        raise CatalogueError(f"{where}: name and text must say something")
    try:
        settings: dict[str, Any] = {path: value for _, path, value in flatten(raw["settings"])}
        Parameters.of(settings)
    except FieldProblems as error:
        raise CatalogueError(f"{where}: settings: {error.problems[0].text()}") from None
    if not settings:
        raise CatalogueError(f"{where}: settings must set something")
    return Control(name, raw["name"], raw["text"], MappingProxyType(settings))


CONTROLS: Mapping[str, Control] = MappingProxyType(load_controls())


def settings_of(names: Iterable[str]) -> dict[str, float]:
    """Parameter paths with their values under some controls; KeyError for an unknown control."""
    return {path: value for name in names for path, value in CONTROLS[name].settings.items()}


def under_controls(given: object, names: Sequence[str]) -> Parameters:
    """Parameters as given, with the settings of the controls over them.

    Raises FieldProblems naming each override that is refused: one that no parameter allows, or
    one that states another value than a control does.
    """
    values, settings = Parameters.of(given), settings_of(names)
    stated = [] if isinstance(given, Parameters) else flatten(given)
    problems = {
        place: Problem(
            place,
            f"{values[path]:g} contradicts the control {_setter(path, names)}",
            f"{settings[path]:g}, or leaving one of the two out",
        )
        for place, path, _ in stated
        if path in settings and values[path] != settings[path]
    }
    if problems:
        raise FieldProblems(problems.values())
    return values.with_set(settings)


def _setter(path: str, names: Sequence[str]) -> str:
    """The first of the controls that sets a parameter."""
    return next(name for name in names if path in CONTROLS[name].settings)


def _that_agree(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses a control named twice, and two that set a parameter differently."""
    problems = []
    for place, name in enumerate(names):
        earlier = names[:place]
        before = settings_of(earlier)
        for path, value in CONTROLS[name].settings.items():
            if name not in earlier and before.get(path, value) != value:
                reason = f"{name} sets {path} to {value:g}, {_setter(path, earlier)} to "
                problems.append(Problem((place,), f"{reason}{before[path]:g}", "one of the two"))
        if name in earlier:
            problems.append(Problem((place,), f"{name} is named twice", "each control once"))
    if problems:
        raise FieldProblems(problems)
    return names


ControlName = Annotated[str, BeforeValidator(one_of("control", lambda: CONTROLS))]
Controls = Annotated[
    tuple[ControlName, ...], BeforeValidator(as_tuple), AfterValidator(_that_agree)
]
