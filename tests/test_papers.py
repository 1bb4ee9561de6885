"""Figures for papers: exact widths, embedded type, vector only, honest captions, equal bytes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import warnings
import zlib
from functools import cache, partial
from pathlib import Path

import matplotlib
import pandas as pd
import pytest
from click.testing import Result
from comparison_tables import made
from figure_texts import beyond_the_edge, collisions, texts
from matplotlib.figure import Figure
from typer.testing import CliRunner

from alliance_abm.cli import app
from alliance_abm.levers import LeverUse
from alliance_abm.policies import choice_of
from alliance_abm.problems import ConfigError
from experiments.compare_files import TABLES as COMPARED
from experiments.compare_files import write_comparison
from experiments.compare_read import read_comparison
from experiments.comparison import Comparison
from experiments.folders import MANIFEST
from experiments.results import write_results
from experiments.run_read import read_run
from experiments.runner import RunResults
from viz.papers import CAPTIONS, COMPARISON_FIGURES, RUN_FIGURES, Paper, papers_of
from viz.papers_captions import Origin
from viz.papers_page import FORMATS, MM, PAPER_RC, WIDTHS, opaque, write_figure

ROOT = Path(__file__).parent.parent
SMALLEST = 6.0
POINTS = 72.0
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
BOX = re.compile(rb"/MediaBox \[ ?0 0 ([0-9.]+) ([0-9.]+) ?\]")
UNITS = {
    "market_share": "capability units", "routes": "percent", "burden": "billion constant 2024 US$",
    "waiting": "months", "effects": "in the unit under each panel", "paths": "percentage points",
    "stages": "days", "trade_offs": "units on the axes", "lost_sales": "capability units",
}  # fmt: skip


Written = dict[str, tuple[Result, Path]]
AGAIN = """
import sys
from test_papers import FORMATS, call
for kind in FORMATS:
    assert call(*sys.argv[1:], "--format", kind, "-o", f"{kind}-2").exit_code == 0
"""


def comparison() -> Comparison:
    """A made-up comparison whose policies can be written and read."""
    found = made(3)
    found.policies = tuple(
        choice_of(one.name, one.title, (LeverUse(lever="dcs_tracked"),)) for one in found.policies
    )
    return found


def call(*words: str):
    return CliRunner().invoke(app, ["figures", *words])


@pytest.fixture(scope="module")
def folders(tiny_results: RunResults, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `run` and `cmp`, as their commands would write them."""
    there = tmp_path_factory.mktemp("stored")
    for name in ("run", "cmp"):
        (there / name).mkdir()
    write_results(tiny_results, there / "run", ["alliance-abm", "run"])
    write_comparison(comparison(), there / "cmp", ["alliance-abm", "compare"])
    return there


@pytest.fixture(scope="module", params=["run", "cmp"])
def stored(request: pytest.FixtureRequest, folders: Path) -> Path:
    """Each of the two folders."""
    return folders / request.param


@cache
def papers(folder: Path) -> list[Paper]:
    """The figures of a stored folder."""
    results = read_run(folder) if folder.name == "run" else read_comparison(folder)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return papers_of(results, Origin.of(manifest, results.scenario))


@cache
def built(folder: Path, width: float) -> list[tuple[str, Figure]]:
    """Every figure, laid out as it is written; drawn once, so tests leave them as they are."""
    found = []
    for paper in papers(folder):
        with matplotlib.rc_context(dict(PAPER_RC)):
            figure = paper.draw(width)
            figure.draw_without_rendering()
        found.append((paper.name, figure))
    return found


@pytest.fixture(scope="module")
def written(stored: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """What the command answered, and the folder it wrote, by format; one column wide."""
    there = tmp_path_factory.mktemp("written")
    words = [str(stored), "--width", "single", "--format"]
    return {kind: (call(*words, kind, "-o", str(there / kind)), there / kind) for kind in FORMATS}


def inflated(path: Path) -> bytes:
    """A PDF with its compressed streams written out."""
    data = path.read_bytes()
    parts = [data]
    for found in STREAM.finditer(data):
        try:
            parts.append(zlib.decompress(found[1]))
        except zlib.error:
            continue
    return b"\n".join(parts)


def test_a_run_reads_back_as_it_was_written(folders, tiny_results):
    """Scenario, seeds and all tables come back equal."""
    found = read_run(folders / "run")
    assert found.scenario == tiny_results.scenario
    assert (found.seeds, found.started) == (tiny_results.seeds, tiny_results.started)
    pd.testing.assert_frame_equal(found.series, tiny_results.series)
    for name, table in tiny_results.tables.items():
        pd.testing.assert_frame_equal(found.tables[name], table)


def test_a_comparison_reads_back_as_it_was_written(folders):
    """Policies with their levers, worlds, and all tables come back equal."""
    found, wanted = read_comparison(folders / "cmp"), comparison()
    assert found.policies == wanted.policies
    assert (found.worlds, found.replications, found.seeds) == (
        wanted.worlds, wanted.replications, wanted.seeds,
    )  # fmt: skip
    for name in COMPARED:
        one, two = getattr(found, name), getattr(wanted, name)
        assert len(one) == len(two), name
        if len(two):
            pd.testing.assert_frame_equal(one, two)


def test_every_figure_is_there(folders):
    """Each figure of the registry is drawn, in order."""
    assert [paper.name for paper in papers(folders / "run")] == list(RUN_FIGURES)
    assert [paper.name for paper in papers(folders / "cmp")] == list(COMPARISON_FIGURES)


@pytest.mark.parametrize("width", ["single", "double", "120"])
def test_widths_are_exact(folders, tmp_path, width):
    """The page of a PDF and of an SVG is as wide as was asked for, to a thousandth of a point."""
    wanted = WIDTHS.get(width) or float(width)
    for kind in ("pdf", "svg"):
        out = tmp_path / kind
        words = [str(folders / "cmp"), "-o", str(out), "--width", width, "--format", kind]
        assert call(*words, "--only", "effects").exit_code == 0
        data = (out / f"effects.{kind}").read_bytes()
        found = BOX.search(data) if kind == "pdf" else re.search(rb'width="([0-9.]+)pt"', data)
        assert found
        assert float(found[1]) == pytest.approx(wanted / MM * POINTS, abs=1e-3)


def test_type_is_embedded_and_nothing_is_a_raster(stored, written):
    """Every font of a PDF is TrueType with its file inside; no format holds a raster image."""
    found = {kind: sorted(folder.glob(f"*.{kind}")) for kind, (_, folder) in written.items()}
    assert {len(paths) for paths in found.values()} == {len(papers(stored))}
    for path in found["pdf"]:
        data = inflated(path)
        fonts = re.findall(rb"/Subtype /(Type3|TrueType|CIDFontType2|Type1)\b", data)
        assert fonts and set(fonts) <= {b"TrueType", b"CIDFontType2"}, path.name
        assert data.count(b"/FontFile2") >= data.count(b"/Type /FontDescriptor") > 0
        assert b"/Subtype /Image" not in data, path.name
    for path in found["svg"]:
        assert b"<image" not in path.read_bytes(), path.name
    for path in found["eps"]:
        data = path.read_bytes()
        assert b"/FontType 42" in data or b"/FontType42" in data or b"/sfnts" in data, path.name
        assert not re.search(rb"\b(color)?image\b", data), path.name


@pytest.mark.parametrize("width", WIDTHS.values())
def test_type_can_be_read_and_covers_nothing(stored, width):
    """No text is below 6 pt, lies on another, or reaches over the edge."""
    for name, figure in built(stored, width):
        shown = texts(figure)
        assert shown
        assert min(text.get_fontsize() for text in shown) >= SMALLEST, name
        assert collisions(figure) == [], name
        assert beyond_the_edge(figure) == [], name


def test_panels_have_letters_and_axes_have_names(stored):
    """Panels count from (a); each has a label at an axis, and there is no headline."""
    for name, figure in built(stored, WIDTHS["double"]):
        shown = [ax for ax in figure.axes if ax.get_visible()]
        heads = sorted(ax.get_title(loc="left")[:3] for ax in shown)
        assert heads == [f"({chr(97 + place)})" for place in range(len(shown))], name
        assert any(ax.get_xlabel() for ax in shown), name
        assert figure.texts == [] and figure.get_suptitle() == "", name


def test_captions_say_what_is_shown(stored):
    """Each caption holds N, seed, years, world, interval, unit, credit, hash and the caution."""
    manifest = json.loads((stored / MANIFEST).read_text(encoding="utf-8"))
    runs = 3 if stored.name == "run" else 12
    for paper in papers(stored):
        text = paper.caption
        assert re.search(rf"N = {runs}\b", text), paper.name
        assert UNITS[paper.figure] in text, paper.name
        assert "seed 1" in text and "reported from" in text and "orld '" in text, paper.name
        assert ("10–90 %" if stored.name == "run" else "90 % bootstrap") in text, paper.name
        assert re.search("SIPRI|Strategic and International|model alone", text), paper.name
        assert manifest["config_hash"] in text and "not a forecast" in text, paper.name
        assert "nan" not in text.split(), paper.name


def test_a_caption_says_that_data_have_changed(folders, tiny_results):
    """Results of other data tables get their own hash and a warning."""
    manifest = json.loads((folders / "run" / MANIFEST).read_text(encoding="utf-8"))
    same = Origin.of(manifest, tiny_results.scenario)
    other = Origin.of({**manifest, "config_hash": "0123"}, tiny_results.scenario)
    assert "changed since" not in same.words
    assert "Config 0123" in other.words and "changed since" in other.words


def test_equal_results_give_equal_files(folders, tmp_path):
    """Another process with another hash seed writes the same bytes, figures and captions."""
    words = [str(folders / "cmp"), "--only", "paths"]
    for kind in FORMATS:
        assert call(*words, "--format", kind, "-o", str(tmp_path / f"{kind}-1")).exit_code == 0
    path = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    subprocess.run(
        [sys.executable, "-c", AGAIN, *words], env={**os.environ, **path, "PYTHONHASHSEED": "7"},
        check=True, capture_output=True, cwd=tmp_path,
    )  # fmt: skip
    for kind in FORMATS:
        for name in (f"paths.{kind}", CAPTIONS):
            one, two = (tmp_path / f"{kind}-{number}" / name for number in "12")
            assert one.read_bytes() == two.read_bytes(), name


def test_eps_has_no_transparency(folders, tmp_path):
    """What is let through in a PDF is mixed with white for EPS, which cannot."""
    name = papers(folders / "run")[0].name
    with matplotlib.rc_context(dict(PAPER_RC)):
        figure = papers(folders / "run")[0].draw(WIDTHS["single"])
    assert [one for one in figure.findobj() if one.get_alpha() is not None], name
    opaque(figure)
    assert [one for one in figure.findobj() if one.get_alpha() is not None] == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_figure(partial(papers(folders / "run")[0].draw, 88.0), tmp_path / "x.eps")


def test_the_command_writes_figures_and_captions(stored, written):
    """The files printed are those in the folder, in every format."""
    for done, folder in written.values():
        assert done.exit_code == 0, done.stderr
        names = done.stdout.split()
        assert names[-1] == CAPTIONS and len(names) == 1 + len(papers(stored))
        assert sorted([*names, MANIFEST]) == sorted(path.name for path in folder.iterdir())


def test_results_are_left_as_they_were_and_figures_too(stored, tmp_path):
    """Drawing changes no file of the results; figures are replaced only with --overwrite."""
    before = {path: path.stat().st_mtime_ns for path in stored.rglob("*")}
    only = [str(stored), "--only", papers(stored)[0].figure, "-o", str(tmp_path / "p")]
    assert call(*only).exit_code == 0
    kept = {path: path.read_bytes() for path in (tmp_path / "p").iterdir()}
    assert call(*only).exit_code == 2
    assert kept == {path: path.read_bytes() for path in (tmp_path / "p").iterdir()}
    assert call(*only, "--overwrite").exit_code == 0
    assert before == {path: path.stat().st_mtime_ns for path in stored.rglob("*")}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--width", "doubel"], "--width: 'doubel' is not one of them; allowed: single, double"),
        (["--width", "20"], "--width: '20' is out of range; allowed: 80 to 300"),
        (["--width", "nan"], "--width: 'nan' is out of range"),
        (["--format", "png"], "--format: 'png' is not one of them; allowed: pdf, svg, eps"),
        (["--only", "stage"], "--only: 'stage' is not one of them"),
        (["--only", "stage"], "did you mean 'stages'?"),
    ],
)
def test_wrong_options_are_named(folders, tmp_path, words, said):
    """The option, its value, what is allowed and the nearest name, exit 2, and nothing written."""
    done = call(str(folders / "cmp"), "-o", str(tmp_path / "p"), *words)
    assert done.exit_code == 2
    assert said in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "p").exists()


def test_figures_never_replace_results(folders, tmp_path):
    """A folder of results, or one around it, is refused even with --overwrite."""
    for out in (folders / "cmp", folders / "run", folders):
        done = call(str(folders / "run"), "-o", str(out), "--overwrite")
        assert done.exit_code == 2 and "must not replace" in done.stderr
    assert (folders / "run" / "series.parquet").exists()


DAMAGE = {  # what is harmed, and what is said of a run and of a comparison
    "no manifest": (lambda at: (at / MANIFEST).unlink(), "holds no results", "holds no results"),
    "no series": (lambda at: (at / "series.parquet").unlink(),
                  "series.parquet: the table is missing", "series.parquet: is missing"),
    "a damaged table": (lambda at: (at / "series.parquet").write_bytes(b"PAR1"),
                        "series.parquet: the table cannot be read",
                        "series.parquet: cannot be read"),
    "another table": (
        lambda at: pd.DataFrame({"a": [1]}).to_parquet(at / "outcomes.parquet"),
        "outcomes.parquet: the column 'policy' is missing",
        "outcomes.parquet: column policy is missing",
    ),
    "a seed in words": (lambda at: _manifest(at, seeds=["x"]),
                        "seeds: is damaged", "seeds: is damaged"),
    "no beginning": (lambda at: _manifest(at, started=None),
                     "started: is missing", "started: is missing"),
    "a damaged config": (lambda at: _manifest(at, config={"horizn": {}}), "horizn", "horizn"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGE)
def test_damaged_folders_get_one_message(stored, tmp_path, case):
    """A folder that cannot be read is one ConfigError that names the file; nothing is written."""
    harm, of_run, of_comparison = DAMAGE[case]
    shutil.copytree(stored, tmp_path / stored.name)
    harm(tmp_path / stored.name)
    done = call(str(tmp_path / stored.name), "-o", str(tmp_path / "p"))
    assert done.exit_code == 2, done.stderr
    assert "Traceback" not in done.stderr and not (tmp_path / "p").exists()
    assert len(done.stderr.splitlines()) == 1
    assert (of_run if stored.name == "run" else of_comparison) in done.stderr


def _manifest(folder: Path, **changed: object) -> None:
    path = folder / MANIFEST
    text = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**text, **changed}), encoding="utf-8")


def test_each_reader_refuses_the_other_command(folders, tmp_path):
    """A run is no comparison, a comparison no run, and an empty folder is neither."""
    for reader, folder, none in (
        (read_run, "cmp", "is no folder"), (read_comparison, "run", "does not exist")
    ):  # fmt: skip
        with pytest.raises(ConfigError, match="holds results of"):
            reader(folders / folder)
        with pytest.raises(ConfigError, match="holds no results"):
            reader(tmp_path)
        with pytest.raises(ConfigError, match=none):
            reader(tmp_path / "none")
