"""Draw the figures of a run and write them as SVG and PNG."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from alliance_abm.explanation import Explanation
from alliance_abm.world import World, load_world
from experiments.controls import ControlResults
from experiments.interactions import Interactions
from experiments.resilience import ResilienceResults
from experiments.runner import TABLES, RunResults
from viz import charts, observed
from viz.page import About
from viz.theme import DPI, RC

FORMATS = ("svg", "png")
PLACE_DIGITS = 5


@dataclass(frozen=True)
class Drawn:
    """What the figures of a run are drawn from."""

    series: pd.DataFrame
    outcomes: pd.DataFrame
    stages: pd.DataFrame
    waits: pd.DataFrame
    deliveries: pd.DataFrame
    sovereignty: pd.DataFrame
    portfolios: pd.DataFrame
    world: World
    about: About

    @classmethod
    def of(cls, results: RunResults) -> Drawn:
        """The frames of `results`; ValueError naming the table that is missing."""
        missing = [name for name in TABLES if name not in results.tables]
        if missing:
            raise ValueError(f"the results hold no table '{missing[0]}', which figures need")
        scenario = results.scenario
        world = load_world(scenario.world.nations, scenario.world.domains)
        about = About.of(scenario, world, int(results.series["replication"].nunique()))
        tables = {name: results.tables[name] for name in TABLES}
        return cls(results.series, results.outcomes, **tables, world=world, about=about)


def _market_share(of: Drawn) -> Figure:
    shares = observed.period_shares(of.deliveries, of.world)
    return charts.market_share(of.series, shares, observed.recorded_shares(of.world), of.about)


def _burden(of: Drawn) -> Figure:
    recorded = observed.recorded_burdens(of.world)
    return charts.burden_sharing(of.series, of.outcomes, recorded, of.about)


def _leads(of: Drawn) -> Figure:
    recorded = observed.recorded_fulfilment()
    return charts.order_to_delivery(of.waits, observed.lead_targets(), recorded, of.about)


FIGURES: tuple[tuple[str, Callable[[Drawn], Figure]], ...] = (
    ("01_market_share", _market_share),
    ("02_routes", lambda of: charts.route_share(of.series, of.about)),
    ("03_burden", _burden),
    ("04_waiting", lambda of: charts.waiting_times(
        of.stages, of.waits, observed.fms_months(), of.about)),
    ("05_order_to_delivery", _leads),
    ("06_network", lambda of: charts.alliance_network(of.deliveries, of.world, of.about)),
    ("07_strategies", lambda of: charts.strategy_shift(of.series, of.sovereignty, of.about)),
    ("08_portfolios", lambda of: charts.portfolios(of.portfolios, of.about)),
    ("09_sovereignty", lambda of: charts.sovereignty_parts(of.series, of.sovereignty, of.about)),
    ("10_dependence", lambda of: charts.dependence(of.series, of.sovereignty, of.about)),
    ("11_lost_sales", lambda of: charts.lost_sales(of.series, of.about)),
    ("12_burden_shifting", lambda of: charts.burden_shifting(of.series, of.world, of.about)),
)  # fmt: skip


def draw_run(results: RunResults, folder: Path) -> list[Path]:
    """Draw every figure of `results` into the existing `folder`; returns the files written.

    Raises ValueError when the results lack a table, OSError when the folder cannot be written.
    """
    of = Drawn.of(results)
    written: list[Path] = []
    for name, draw in FIGURES:
        written += write(partial(draw, of), folder, name)
    return written


def draw_hindcast(
    rows: Sequence[dict[str, Any]], folder: Path, name: str = "baseline"
) -> list[Path]:
    """Draw the targets of a hindcast into the existing `folder`; returns the files written."""
    return write(partial(charts.hindcast_targets, rows, name), folder, "hindcast")


def draw_controls(found: ControlResults, folder: Path) -> list[Path]:
    """Draw a config beside its controls into the existing `folder`; returns the files written."""
    return write(partial(charts.control_differences, found), folder, "controls")


def draw_interactions(found: Interactions, folder: Path) -> list[Path]:
    """Draw how levers interact into the existing `folder`; returns the files written."""
    return write(partial(charts.interaction_effects, found), folder, "interactions")


def draw_resilience(found: ResilienceResults, folder: Path) -> list[Path]:
    """Draw what removals leave into the existing `folder`; returns the files written."""
    return write(partial(charts.resilience_curves, found), folder, "resilience")


def draw_explanation(explanation: Explanation, path: Path) -> Path:
    """Draw one explained choice into a file, as SVG or PNG by its name; returns the file."""
    return drawn(partial(charts.explained_choice, explanation), [path])[0]


def write(draw: Callable[[], Figure], folder: Path, name: str) -> list[Path]:
    """Build a figure in the theme and write it in every format."""
    return drawn(draw, [folder / f"{name}.{kind}" for kind in FORMATS])


def drawn(draw: Callable[[], Figure], paths: Sequence[Path]) -> list[Path]:
    """Build a figure in the theme and write it to each of the files."""
    settings: Any = dict(RC)
    with matplotlib.rc_context(settings):
        figure = draw()
        settle(figure)
        return [save(figure, path) for path in paths]


def settle(figure: Figure) -> None:
    """Lay the axes out once, on rounded places: the solver's last digits differ between runs."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for ax in figure.axes:
        left, bottom, width, height = (
            round(edge, PLACE_DIGITS) for edge in ax.get_position().bounds
        )
        ax.set_position((left, bottom, width, height))


def save(figure: Figure, path: Path) -> Path:
    """Write a figure whole or not at all; equal figures give equal files."""
    with tempfile.TemporaryDirectory(prefix=".figure.", dir=path.parent) as there:
        half = Path(there) / path.name
        empty = {"Date": None} if path.suffix == ".svg" else {"Software": None}
        figure.savefig(half, dpi=DPI, metadata=empty)
        half.replace(path)
    return path
