"""Figures for papers from a stored result folder: vector files and their captions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from experiments.comparison import Comparison
from experiments.runner import RunResults
from viz import papers_compare, papers_run
from viz.compare import MOST_POLICIES
from viz.figures import Drawn
from viz.papers_captions import Origin, comparison_caption, run_caption
from viz.papers_page import write_figure
from viz.policy_view import View

CAPTIONS = "captions.md"
RUN_FIGURES: dict[str, Callable[[Drawn, float], Figure]] = {
    "market_share": papers_run.market_share,
    "routes": papers_run.routes,
    "burden": papers_run.burden,
    "waiting": papers_run.waiting,
}
COMPARISON_FIGURES: dict[
    str, tuple[Callable[[View, float], Figure], Callable[[View], bool]]
] = {  # drawing, and whether there is something to draw
    "effects": (papers_compare.effects, lambda view: bool(view.headlines)),
    "paths": (papers_compare.paths, papers_compare.has_paths),
    "stages": (papers_compare.stages, papers_compare.has_stages),
    "trade_offs": (papers_compare.trade_offs, papers_compare.has_trade_off),
    "lost_sales": (papers_compare.lost_sales, papers_compare.has_losses),
}
PAGED = ("effects", "trade_offs")  # the others choose the policies that move most


@dataclass(frozen=True)
class Paper:
    """One figure that can be drawn: the figure it is of, its file's name, and its caption."""

    figure: str
    name: str
    caption: str
    draw: Callable[[float], Figure]


def papers_of(results: RunResults | Comparison, origin: Origin) -> list[Paper]:
    """The figures that the results give, in order; those without data are left out."""
    if isinstance(results, Comparison):
        return list(_of_comparison(results, origin))
    of = Drawn.of(results)
    return [
        Paper(name, name, run_caption(name, of, results.scenario, origin), partial(draw, of))
        for name, draw in RUN_FIGURES.items()
    ]


def _of_comparison(comparison: Comparison, origin: Origin) -> Iterator[Paper]:
    whole = View.of(comparison)
    for figure, (draw, has) in COMPARISON_FIGURES.items():
        for world in whole.worlds:
            suffix = f"_{world}" if len(whole.worlds) > 1 else ""
            there = replace(whole, worlds=(world,))
            for number, view in _pages(there, figure in PAGED):
                if has(view):
                    caption = comparison_caption(figure, view, origin)
                    name = f"{figure}{suffix}{number}"
                    yield Paper(figure, name, caption, partial(draw, view))


def _pages(view: View, paged: bool) -> Iterator[tuple[str, View]]:
    """The view in pages of MOST_POLICIES policies, if paged, with what to add to the name."""
    policies = view.policies
    if not paged or len(policies) <= MOST_POLICIES:
        yield "", view
        return
    for first in range(0, len(policies), MOST_POLICIES):
        page = policies[first : first + MOST_POLICIES]
        yield f"_{first // MOST_POLICIES + 1}", view.only(page)


def draw_papers(papers: Sequence[Paper], folder: Path, width: float, kind: str) -> list[Path]:
    """Write figures `width` millimetres wide as `kind` (pdf, svg or eps), and `captions.md`.

    `folder` exists. Returns the files written, the captions last; equal results, equal bytes.
    """
    files = [
        write_figure(partial(paper.draw, width), folder / f"{paper.name}.{kind}")
        for paper in papers
    ]
    lines = ["# Captions", ""]
    for number, (paper, file) in enumerate(zip(papers, files, strict=True), 1):
        lines += [f"## {file.name}", "", f"**Figure {number}.** {paper.caption}", ""]
    path = folder / CAPTIONS
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    return [*files, path]
