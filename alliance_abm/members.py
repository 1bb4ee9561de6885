"""What the agents of the model have in common: numbers that do not keep a model alive.

Mesa 3.3 counts the agents of each model in a table of the class that is never emptied, so that
every model ever made stays in memory, with seven megabytes of state.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import mesa


class Counters:
    """A running number for each model that is alive."""

    def __init__(self) -> None:
        self._counts: WeakKeyDictionary[mesa.Model, Iterator[int]] = WeakKeyDictionary()

    def __getitem__(self, model: mesa.Model) -> Iterator[int]:
        return self._counts.setdefault(model, itertools.count(1))


class Member(mesa.Agent):
    """An agent of the model."""

    _ids: ClassVar[Any] = Counters()
