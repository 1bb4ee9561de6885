"""Libraries that an extra brings, loaded when they are needed."""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alliance_abm.problems import ConfigError

ANALYSIS, CLUSTER = "analysis", "cluster"  # extras


def library(name: str, what_for: str, extra: str = ANALYSIS) -> Any:
    """A module of an extra, without what it says while it is loaded.

    Raises ConfigError, one clear message, when it is not installed.
    """
    try:
        with quiet():
            return importlib.import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise ConfigError(
            f"{what_for}: needs {package}, which is not installed; allowed: after "
            f"pip install 'alliance-abm[{extra}]'"
        ) from None


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings and no messages below errors of a library inside."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
