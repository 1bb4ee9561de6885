"""Draw the figures of a search and write them as SVG and PNG."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from experiments.search.confirm import FOUND, REFERENCE, Result
from viz.charts_search import search_effects, search_levers
from viz.charts_search_goals import search_tradeoffs
from viz.figures import write


def draw_search(found: Result, folder: Path) -> list[Path]:
    """Draw every figure of `found` into the existing `folder`; returns the files written.

    Without references their figure is left out. Raises OSError when the folder cannot be written.
    """
    pages = {
        "01_portfolios": partial(search_effects, found, FOUND),
        "02_trade_offs": partial(search_tradeoffs, found),
        "03_levers": partial(search_levers, found),
    }
    if (found.portfolios["kind"] == REFERENCE).any():
        pages["04_references"] = partial(search_effects, found, REFERENCE)
    return [path for name, draw in pages.items() for path in write(draw, folder, name)]
