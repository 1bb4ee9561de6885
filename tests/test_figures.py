"""Figures: drawn whole for any world, equal for equal runs, and legible."""

from __future__ import annotations

import ast
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from figure_texts import beyond_the_edge, collisions, drawn
from matplotlib.figure import Figure
from matplotlib.image import imread

from alliance_abm.scenario import load_scenario
from experiments.results import FIGURES as FIGURES_FOLDER
from experiments.results import read_results, write_results
from experiments.runner import TABLES, run_replications
from viz import figures
from viz.theme import (
    CAUSES,
    CONTROL,
    NATION_COLOURS,
    PORTFOLIO,
    REGION_COLOURS,
    ROUTES,
    SOURCES,
    STRATEGIES,
    nation_style,
)

NAMES = [name for name, _ in figures.FIGURES]


def test_every_figure_is_written_as_svg_and_png(tiny_results, tmp_path):
    """The files listed are those in the folder, of the size of a slide and not blank."""
    written = figures.draw_run(tiny_results, tmp_path)
    assert written == [tmp_path / f"{name}.{kind}" for name in NAMES for kind in ("svg", "png")]
    assert sorted(written) == sorted(tmp_path.iterdir())
    for path in written:
        assert path.stat().st_size > 10_000
        if path.suffix == ".png":
            pixels = imread(path)
            assert pixels.shape[:2] == (1125, 1999)
            assert pixels.std() > 0.05


def test_equal_runs_give_equal_figures_without_a_date(tiny_drawn, tmp_path):
    """Drawn twice, a figure has the same bytes; no date or version of a program is in it."""
    for name, draw in figures.FIGURES:
        for folder in ("one", "two"):
            (tmp_path / folder).mkdir(exist_ok=True)
            figures.write(lambda draw=draw: draw(tiny_drawn), tmp_path / folder, name)
        for kind in figures.FORMATS:
            one, two = ((tmp_path / folder / f"{name}.{kind}") for folder in ("one", "two"))
            assert one.read_bytes() == two.read_bytes()
        assert "dc:date" not in (tmp_path / "one" / f"{name}.svg").read_text(encoding="utf-8")


def test_a_figure_that_fails_leaves_nothing(tmp_path, monkeypatch):
    """What cannot be written whole is not there at all, and the older file stays."""
    old = tmp_path / "x.svg"
    old.write_text("old", encoding="utf-8")

    def half(_: Figure, path: Path, **__: object) -> None:
        path.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt

    monkeypatch.setattr(Figure, "savefig", half)
    with pytest.raises(KeyboardInterrupt):
        figures.save(Figure(), old)
    assert old.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [old]


def test_no_room_of_viz_uses_pyplot(root):
    """Pyplot keeps figures in a global state that threads share; only Figure is used."""
    for path in (root / "viz").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import)
                 for alias in node.names}  # fmt: skip
        names |= {f"{node.module}.{alias.name}" for node in ast.walk(tree)
                  if isinstance(node, ast.ImportFrom) for alias in node.names}  # fmt: skip
        assert not [name for name in names if "pyplot" in name], path.name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("world", ["tiny_drawn", "whole_drawn"])
def test_texts_neither_collide_nor_leave_the_slide(name, world, request):
    """No upright text covers another, and none reaches over the edge."""
    figure = drawn(request.getfixturevalue(world), name)
    assert collisions(figure) == []
    assert beyond_the_edge(figure) == []


def test_the_search_for_collisions_finds_them():
    """Two texts in one place, and one beyond the edge, are found."""
    figure = Figure()
    figure.text(0.5, 0.5, "one")
    figure.text(0.5, 0.5, "two")
    figure.text(0.99, 0.1, "far too long for the place")
    assert collisions(figure) == [("one", "two")]
    assert beyond_the_edge(figure) == ["far too long for the place"]


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_says_runs_caveat_and_source(name, tiny_drawn):
    """N, that nothing is forecast, that nations are illustrations; SIPRI where its data are."""
    said = " ".join(text.get_text().replace("\n", " ") for text in drawn(tiny_drawn, name).texts)
    assert "N = 3 runs" in said
    assert "not a forecast. Nations are illustrations, not assessments of governments." in said
    sipri = name in ("01_market_share", "03_burden", "05_order_to_delivery", "10_dependence")
    assert ("© SIPRI, non-commercial use with credit" in said) == sipri


def test_a_single_run_is_called_one():
    """One run has no band, and the figure says so."""
    of = figures.Drawn.of(run_replications(load_scenario("tiny"), 1, jobs=1))
    said = drawn(of, "02_routes").texts[1].get_text().replace("\n", " ")
    assert "a single run, so without a band" in said


@pytest.mark.parametrize(
    "changes",
    [
        {"horizon": {"report_from": "2010Q3", "end": "2011Q2"}},
        {"world": {"nations": ["USA", "POL"]}, "events": []},
        {"world": {"domains": ["space"]}, "events": []},
        {"horizon": {"end": "2027Q2"}},
    ],
    ids=["six quarters", "one buyer", "space alone", "an odd end"],
)
def test_small_and_short_worlds_draw_too(changes, tmp_path):
    """Where a panel has nothing to show, it says so; nothing fails or collides."""
    of = figures.Drawn.of(run_replications(load_scenario("tiny", changes), 2, jobs=1))
    for name in NAMES:
        figure = drawn(of, name)
        assert collisions(figure) == []
        assert beyond_the_edge(figure) == []


def test_results_without_a_table_are_refused_by_its_name(tiny_results, tmp_path):
    """Figures of results that hold no waits are refused, and nothing is drawn."""
    tables = {name: table for name, table in tiny_results.tables.items() if name != "waits"}
    broken = type(tiny_results)(**{**vars(tiny_results), "tables": tables})
    with pytest.raises(ValueError, match="no table 'waits'"):
        figures.draw_run(broken, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_figures_and_their_tables_are_part_of_a_result_folder(tiny_results, tmp_path):
    """The summary shows the figures, and the small tables read back as they were."""
    write_results(tiny_results, tmp_path, ["run"], figures.draw_run)
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"({FIGURES_FOLDER}/{name}.svg)" in summary
    stored = read_results(tmp_path)
    assert set(stored.tables) == set(TABLES)
    for name, table in stored.tables.items():
        pd.testing.assert_frame_equal(table, tiny_results.tables[name])


def test_what_is_told_apart_differs_in_more_than_colour():
    """Sources, and routes, differ pairwise in colour and in line or marker; so do large buyers."""
    for styles in (SOURCES, ROUTES):
        looks = list(styles.values())
        assert len({look.colour for look in looks}) == len(looks)
        assert len({(str(look.line), look.marker) for look in looks}) == len(looks)
    largest = ("JPN", "DEU", "IND", "GBR", "FRA", "ITA", "CAN", "BRA")
    assert {nation_style(name).colour for name in largest} == set(NATION_COLOURS)
    assert nation_style("USA") == SOURCES["USA"]


@pytest.mark.parametrize("looks", [PORTFOLIO, CAUSES], ids=["portfolio", "causes"])
def test_parts_of_a_whole_differ_from_their_neighbours(looks):
    """Areas that are stacked have different colours, and neighbours different hatches."""
    parts = list(looks.values())
    assert len({colour for _, colour, _ in parts}) == len({label for label, _, _ in parts})
    assert all(one[2] != two[2] for one, two in pairwise(parts))


def test_a_colour_means_one_thing_in_a_figure():
    """Regions, drawn beside sources, have none of their colours; all regions differ."""
    sources = {look.colour for look in SOURCES.values()}
    assert not sources & set(REGION_COLOURS.values())
    assert len(set(REGION_COLOURS.values())) == len(REGION_COLOURS)
    for looks in (STRATEGIES, CONTROL):
        assert len({look.colour for look in looks.values()}) == len(looks)
