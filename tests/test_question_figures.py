"""Figures of answers: each kind says what it shows, with nothing on top of anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from figure_texts import beyond_the_edge, collisions, headline
from matplotlib.figure import Figure
from question_batches import (
    COST,
    FRICTION,
    HOLDOUT,
    NOISE,
    answered,
    batch_of,
    design,
    experiment,
    policies_named,
    shifted,
    swept,
    two,
)

from experiments.batch.designs import LEVER
from experiments.questions.answer import Answer
from experiments.questions.asks import KINDS
from viz.questions import DRAW, draw_answer, figure_of
from viz.theme import RC

SIZES = ["small", "large"]


@pytest.fixture(autouse=True)
def theme() -> Iterator[None]:
    """Every figure is drawn in the theme."""
    with matplotlib.rc_context(dict(RC)):
        yield


def of_two(kind: str, small: float = -3.0, large: float = 3.0) -> Answer:
    """An answer about two policies with a figure of a kind."""
    figure = {"kind": kind, "outcomes": [COST], "policies": SIZES}
    return answered("It.", two(small, large), figure=figure)


def trade_off(small: float = -3.0) -> Answer:
    """Two policies by two outcomes."""
    values = {**shifted({"small": small, "large": 3.0}),
              **shifted({"small": small, "large": 3.0}, "gap_years")}  # fmt: skip
    policies = policies_named(small="pooled_buying=20", large="pooled_buying=80")
    figure = {"kind": "frontier", "outcomes": [COST, "gap_years"]}
    given = experiment(outcomes=[COST, "gap_years"])
    return answered("It.", batch_of(values, policies=policies), experiment=given, figure=figure)


def along(amounts: list[float], policy: bool = True) -> Answer:
    """One policy, or none, along a factor."""
    figure = {"kind": "along", "outcomes": [COST], "over": [FRICTION]}
    figure |= {"policies": ["small"]} if policy else {}
    names = {FRICTION: "friction"}
    return answered("It.", swept(amounts), experiment=design(), figure=figure, names=names)


def factors() -> Answer:
    """Two factors, of which one moves the outcome."""
    points = [{FRICTION: 0.0, HOLDOUT: 0.1}, {FRICTION: 1.0, HOLDOUT: 0.1},
              {FRICTION: 0.0, HOLDOUT: 0.2}]  # fmt: skip
    values = {
        ("baseline", "baseline", draw, COST): 100.0 + amount + NOISE * (1 + 0.1 * draw)
        for draw, amount in enumerate((0.0, 5.0, 0.0))
    }
    names = {FRICTION: "friction", HOLDOUT: "hold-outs"}
    figure = {"kind": "factors", "outcomes": [COST]}
    batch = batch_of(values, points, "one_at_a_time")
    return answered("It.", batch, experiment=design(), figure=figure, names=names)


def rules() -> Answer:
    """Two points of a list, by name."""
    points = [{FRICTION: 0.0}, {FRICTION: 0.5}, {FRICTION: 1.0}]
    values = {
        ("baseline", "baseline", draw, COST): 100.0 + amount + NOISE * (1 + 0.1 * draw)
        for draw, amount in enumerate((0.0, -4.0, 0.0))
    }
    given = experiment(design={"method": "list", "points": points[1:]})
    figure = {"kind": "points", "outcomes": [COST]}
    return answered(
        "It.", batch_of(values, points, "list"), experiment=given, figure=figure,
        points=["half", "whole"],
    )  # fmt: skip


def surface() -> Answer:
    """Four combinations of two levers."""
    levers = ("trusted_partnership", "trusted_scope")
    points = [dict.fromkeys(levers, 0.0)]
    values = {("baseline", "baseline", 0, COST): 100.0 + 5.0 * NOISE}
    for draw, amount in enumerate((-3.0, 3.0, 0.0, 8.0), 1):
        points.append({levers[0]: 4.0 * (draw % 2), levers[1]: 10.0 * (draw > 2)})
        values["levers", "baseline", draw, COST] = 100 + amount + 5 * NOISE + 0.1 * NOISE[::-1]
    given = experiment(policies=[])
    given["design"] = {"method": "grid", "factors": [{"lever": one} for one in levers]}
    figure = {"kind": "surface", "outcomes": [COST], "over": list(levers)}
    batch = batch_of(values, points, "grid", kind=LEVER)
    return answered("It.", batch, experiment=given, figure=figure)


def order() -> Answer:
    """Two outcomes of one unit by their levels."""
    stages = ["fms_months_release", "fms_months_award"]
    values = {("baseline", "baseline", 0, one): (2.0 + place) + 0.1 * NOISE
              for place, one in enumerate(stages)}  # fmt: skip
    figure = {"kind": "order", "outcomes": stages}
    given = experiment(outcomes=stages)
    return answered("It.", batch_of(values), experiment=given, figure=figure)


MADE: dict[str, tuple[Callable[[], Answer], str]] = {
    "changes": (lambda: of_two("changes"), "falls with “Small” (by 3.0 index points) and rises"),
    "rank": (lambda: of_two("rank", -1.0, -3.0), "falls most with “Large” (by 3.0 index points)"),
    "sizes": (lambda: of_two("sizes"), "With “Large”, “U.S. unit cost” rises by 3.0 index points"),
    "along": (lambda: along([-2.0, -2.0, 0.0]), "clearly lower at 0 to 0.25; not clearly changed"),
    "factors": (factors, "moves most with friction; 1 of 2 factors moves it clearly"),
    "points": (rules, "“U.S. unit cost” falls with “half” (by 4.0 index points)"),
    "order": (order, "“FMS stage: contract award” with 3.0 months"),
    "surface": (surface, "of 4 combinations it is clearly higher at 2, clearly lower at 1"),
    "frontier": (trade_off, "Of 2 policies 2 clearly move both: 1 with lower"),
}


def test_every_kind_that_a_file_may_name_can_be_drawn() -> None:
    """Only levels and steps are words alone."""
    assert set(MADE) == set(DRAW) == set(KINDS) - {"level", "steps"}


@pytest.mark.parametrize("kind", MADE)
def test_a_figure_says_its_finding_and_nothing_overlaps(kind: str) -> None:
    """The headline follows from the rows; the runs behind it are named under it."""
    make, said = MADE[kind]
    figure = figure_of(make())
    whole = headline(figure)
    assert said in whole, whole
    assert "N = 12 seeds" in figure.texts[1].get_text().replace("\n", " ")
    assert collisions(figure) == [] and beyond_the_edge(figure) == []


def test_a_headline_does_not_presuppose_a_change() -> None:
    """Without a clear difference it says so."""
    assert "clearly moved by none of 2 tried" in headline(figure_of(of_two("changes", 0.0, 0.0)))
    assert "not clearly changed at any value" in headline(figure_of(along([0.0, 0.0])))


def test_along_a_factor_without_a_policy_levels_are_drawn() -> None:
    """The contrast of the ends is told in the headline and is no point of the curve."""
    figure = figure_of(along([0.0, 0.0, 0.0], policy=False))
    assert headline(figure).startswith("From the lowest to the highest value of friction")
    assert _points(figure) == 3


def _points(figure: Figure) -> int:
    return sum(line.get_marker() == "o" for line in figure.axes[0].lines)


def test_a_figure_without_values_says_why() -> None:
    """No empty chart is drawn."""
    values = {("baseline", "baseline", 0, COST): np.full(12, np.nan)}
    policies = policies_named(small="pooled_buying=20", large="pooled_buying=80")
    figure = {"kind": "sizes", "outcomes": [COST], "policies": SIZES}
    found = figure_of(answered("It.", batch_of(values, policies=policies), figure=figure))
    assert "no value" in headline(found)
    assert any("No run gave a value" in text.get_text() for text in found.axes[0].texts)


def test_figures_are_written_as_svg_and_png(tmp_path: Path) -> None:
    """Both files are named after the question."""
    files = draw_answer(of_two("changes"), tmp_path)
    assert [one.name for one in files] == ["R-Q4.svg", "R-Q4.png"]
    assert all(one.stat().st_size > 5_000 for one in files)
