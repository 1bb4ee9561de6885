"""Draw the figures of a comparison of policies and write them as SVG and PNG."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from experiments.comparison import Comparison
from viz import charts
from viz.figures import write
from viz.policy_view import View

MOST_POLICIES, MOST_WORLDS = 12, 3  # of a page
PAIRS = {
    "03_gap_and_leaks": ("gap_years", "leak_exposure"),
    "04_share_and_gap": ("us_share_deliveries", "gap_years"),
}
Page = tuple[str, Callable[[], Figure]]
OF_A_WORLD: tuple[tuple[str, str, Callable[[View], Figure]], ...] = (  # name, table, chart
    ("05_paths", "series", charts.policy_paths),
    ("06_stages", "stages", charts.case_stages),
    ("07_lost_sales", "lost", charts.policy_losses),
    ("08_bills", "bills", charts.lever_bills),
    ("09_waits_by_tier", "tiers", charts.tier_waits),
)
CHOSEN = ("series", "stages", "bills")  # whose charts choose what moves most


def draw_comparison(comparison: Comparison, folder: Path) -> list[Path]:
    """Draw every figure of `comparison` into the existing `folder`; returns the files written.

    A figure whose table is empty, or whose headlines were not measured, is left out. With many
    policies or worlds a figure has several pages. Raises OSError when the folder cannot be written.
    """
    written: list[Path] = []
    for name, draw in pages(comparison):
        written += write(draw, folder, name)
    return written


def pages(comparison: Comparison) -> Iterator[Page]:
    """Name and drawing of every page, in order."""
    view = View.of(comparison)
    if view.differences.empty:
        return
    yield from _by_world("01_differences", view, charts.policy_differences)
    yield from _by_world("02_matrix", view, charts.policy_matrix)
    if len(view.worlds) > 1:
        yield from _by_worlds("02_worlds", view, charts.policy_matrix)
    for name, pair in PAIRS.items():
        if all(view.rows([outcome]) for outcome in pair):
            draw = partial(_trade_off, pair=pair)
            yield from _by_worlds(name, view, draw)
    for name, table, chart in OF_A_WORLD:
        if len(getattr(comparison, table)):
            yield from _by_world(name, view, chart, paged=table not in CHOSEN)


def _trade_off(view: View, pair: tuple[str, str]) -> Figure:
    return charts.trade_off(view, *pair)


def _by_world(
    name: str, view: View, chart: Callable[[View], Figure], paged: bool = True
) -> Iterator[Page]:
    """A page a world and, if `paged`, MOST_POLICIES policies."""
    for world in view.worlds:
        of = f"{name}_{world}" if len(view.worlds) > 1 else name
        there = replace(view, worlds=(world,))
        yield from _by_policies(of, there, chart) if paged else [(of, partial(chart, there))]


def _by_worlds(name: str, view: View, chart: Callable[[View], Figure]) -> Iterator[Page]:
    """A page for MOST_WORLDS worlds and MOST_POLICIES policies."""
    for first in range(0, len(view.worlds), MOST_WORLDS):
        worlds = view.worlds[first : first + MOST_WORLDS]
        of = f"{name}_{'_'.join(worlds)}" if len(view.worlds) > MOST_WORLDS else name
        yield from _by_policies(of, replace(view, worlds=worlds), chart)


def _by_policies(name: str, view: View, chart: Callable[[View], Figure]) -> Iterator[Page]:
    for first in range(0, len(view.policies), MOST_POLICIES):
        policies = view.policies[first : first + MOST_POLICIES]
        number = f"_{first // MOST_POLICIES + 1}" if len(view.policies) > MOST_POLICIES else ""
        yield name + number, partial(chart, view.only(policies))
