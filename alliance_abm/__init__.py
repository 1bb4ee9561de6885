"""Agent-based model of how allied nations choose arms suppliers.

>>> from alliance_abm import AllianceModel, load_scenario
>>> model = AllianceModel(load_scenario("tiny"), rng=1)

Names are imported when first used, so that importing the package is quick.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance_abm.compiled import keep_apart

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel
    from alliance_abm.outcomes import OUTCOMES
    from alliance_abm.scenario import load_scenario
    from alliance_abm.world import load_world

__all__ = ["OUTCOMES", "AllianceModel", "__version__", "load_scenario", "load_world"]

_ROOM = {
    "AllianceModel": "model",
    "OUTCOMES": "outcomes",
    "load_scenario": "scenario",
    "load_world": "world",
}

try:
    __version__ = version("alliance-abm")
except PackageNotFoundError:  # run from a folder of sources that is not installed
    __version__ = "0+unknown"

keep_apart(Path(__file__).parent)


def __getattr__(name: str) -> Any:
    if name not in _ROOM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_ROOM[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
