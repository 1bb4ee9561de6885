"""Figures and report of a batch: legible, honest, whole, and asking nothing of a network."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from figure_texts import beyond_the_edge, collisions, headline
from made_batches import BASELINE, OUTCOMES, chance, cube, factors_of, made, with_a_box
from matplotlib.figure import Figure
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample
from typer.testing import CliRunner

from alliance_abm.cli import app
from experiments.analysis.analysis import Analysis, analyse
from experiments.batch import read
from experiments.batch.read import Batch
from viz.batch.draw import pages
from viz.batch.report import report_text
from viz.batch.words import regret_sentence
from viz.theme import RC

ALL = (
    "us_share_deliveries", "allied_capability_share", "gap_years", "n1_resilience",
    "us_unit_cost", "leak_exposure",
)  # fmt: skip


def unit(count: int) -> dict:
    return {"num_vars": count, "names": [f"x{n}" for n in range(count)], "bounds": [[0, 1]] * count}


def six(_policy: str, _world: str, point: np.ndarray | None, run: int) -> list[float]:
    """Six headlines that depend on the factors in different ways."""
    x = np.full(12, 0.5) if point is None else np.concatenate([point, np.zeros(12)])
    noise = [0.01 * chance(name, run, point) for name in ALL]
    means = [x[0], x[1] ** 2, 3 + x[2] * x[3], 2 * x[0] - x[4], 90 + 10 * x[5], 1.0]
    return [mean + by_chance for mean, by_chance in zip(means, noise, strict=True)]


def screened() -> Batch:
    points = morris_sample.sample(unit(12), 6, num_levels=4, seed=1)
    return made(six, points, "morris", runs=3, outcomes=ALL)


def shared() -> Batch:
    points = sobol_sample.sample(unit(3), 16, calc_second_order=False, seed=1)
    return made(six, points, "saltelli", runs=2, outcomes=ALL)


def stepped() -> Batch:
    points = np.array([np.where(np.arange(12) == n, 1.0, 0.5) for n in range(12)])
    return made(six, points, "one_at_a_time", runs=8, outcomes=ALL)


CASES: dict[str, Callable[[], Batch]] = {
    "box": partial(with_a_box, policies=2),
    "morris": screened,
    "sobol": shared,
    "one at a time": stepped,
    "one run": lambda: made(lambda p, w, point, run: [0.4], runs=1),
}
PARTS = {
    "box": {"levels", "differences", "replications", "sensitivity", "discovery", "robustness"},
    "morris": {"levels", "replications", "sensitivity"},
    "sobol": {"levels", "replications", "sensitivity"},
    "one at a time": {"levels", "replications", "sensitivity"},
    "one run": {"levels"},
}


@cache
def analysed(case: str) -> tuple[Batch, Analysis]:
    batch = CASES[case]()
    return batch, analyse(batch, most_boxes=1)


@cache
def drawn(case: str) -> dict[str, Figure]:
    """A figure of each part; of what only varies factors the one about these."""
    parts = PARTS[case] if case in ("box", "one run") else {"sensitivity"}
    with matplotlib.rc_context(dict(RC)):
        found = pages(*analysed(case), 1)
        return {page.name: page.draw() for page in found if page.part in parts}


@cache
def report(case: str) -> str:
    return report_text(*analysed(case), 1)


@pytest.mark.parametrize("case", CASES)
def test_figures_have_no_collisions_and_stay_on_the_page(case: str):
    """No two texts overlap, none leaves the page, and every part with numbers has a figure."""
    batch, found = analysed(case)
    assert {page.part for page in pages(batch, found)} == PARTS[case]
    for name, figure in drawn(case).items():
        with matplotlib.rc_context(dict(RC)):
            assert collisions(figure) == [], name
            assert beyond_the_edge(figure) == [], name
        assert headline(figure)
        assert re.search(r"N = \d+", " ".join(text.get_text() for text in figure.texts)), name


def test_headlines_say_what_is_found():
    """Titles name the factor that moves most, and how surely the policy fails in the box."""
    said = {name.split("_")[2]: headline(figure) for name, figure in drawn("box").items()}
    assert re.search(r"fails for capability gap at (9\d|100).% of points", said["fails"])
    first = next(headline(one) for name, one in drawn("morris").items() if "sensitivity" in name)
    assert first == "Made up 0 (choice) moves the headlines most: first for 2 of 6"


class Reader(HTMLParser):
    """What a page asks for, its headings and its names."""

    def __init__(self, text: str):
        super().__init__()
        self.asked: list[str] = []
        self.headings: list[str] = []
        self.names: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append(tag)
        self.names += [given["id"]] if given.get("id") else []
        for key in ("src", "href", "xlink:href", "srcset", "data", "action"):
            if given.get(key) and not given[key].startswith(("#", "data:image/png;base64,")):
                self.asked.append(given[key])


@pytest.mark.parametrize("case", ["box", "one run"])
def test_the_report_is_one_page_that_asks_for_nothing(case: str):
    """No source, link, style sheet or script from anywhere; one heading; no name twice."""
    page = Reader(report(case))
    assert page.asked == []
    assert not {"script", "link", "iframe", "img", "object"} & set(page.tags)
    assert "http" not in report(case).replace("http://www.w3.org/", "")
    assert page.tags.count("h1") == 1
    assert len(page.names) == len(set(page.names))
    assert not re.search(r"url\((?!#)|@import", report(case))
    assert page.tags.count("svg") == page.tags.count("figure") >= 1
    assert len(report(case)) < 5e6


def test_the_report_tells_findings_with_intervals_and_counts_what_is_unclear():
    """Clear changes stand with interval and N, unclear ones are counted, boxes are in words."""
    text = report("box")
    assert re.search(r"2 of 6 differences of headlines .* are clear, 4 exactly zero, 0 unc", text)
    assert re.search(r"capability gap is lower by 0.30.years at full gap \(90 % interval", text)
    assert "above all where made up 0 (choice) above" in text
    assert re.search(r"what moves the headlines most is made up 2 \(choice\)", text)
    assert "All numbers of the model:" in text and "C (assumed)" in text
    assert "the same at every point of the design" in text


def test_the_report_of_a_batch_without_findings_says_why():
    """Without design and policies each section says that there is nothing, and why."""
    text = report("one run")
    assert "The batch compares no policies." in text
    assert "The batch has no design" in text
    assert "clearly" not in text.partition("What was run")[0]


def test_titles_are_escaped_and_an_unfinished_batch_says_so():
    """Markup in a title stays text; the first fact of an unfinished batch is that it is one."""
    batch = made(lambda p, w, point, run: [0.4 + 0.01 * run], runs=6, done=0.5,
                 title="<script>alert(1)</script> & more")  # fmt: skip
    text = report_text(batch, most=0)
    assert "<script" not in text and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in text
    assert "NOT FINISHED" in text.partition("</header>")[0]
    assert "3 of 6 runs" in text


def test_the_smallest_regret_is_named_where_it_is_settled():
    """With the best the same in every resample it is named, and nothing is called unsettled."""
    batch = made(lambda p, w, point, run: [3.0 + run - (p != BASELINE)], policies=1, runs=3,
                 worlds=(BASELINE, "surge", "calm"), outcomes=["gap_years"])  # fmt: skip
    said = regret_sentence(batch, analyse(batch))
    assert said == (
        "By largest regret over 3 states the best is Commercial sales reported and tracked for "
        "capability gap."
    )


def test_failed_runs_are_counted():
    """The front and every figure say how many runs failed."""
    batch = made(lambda p, w, point, run: [0.4 if run else np.nan], runs=4)
    row = (BASELINE, BASELINE, 0, 0, 0, "ValueError: no", "")
    failures = pd.DataFrame([row], columns=batch.failures.columns)
    text = report_text(replace(batch, failures=failures), most=0)
    assert "1 failed" in text.partition("</header>")[0]
    assert "1 runs failed" in text or "1 run failed" in text


def test_equal_batches_have_equal_reports():
    """Nothing in a report depends on when it is written."""
    batch, found = analysed("one run")
    assert report_text(batch, found, 1) == report("one run")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose batch is made up."""
    batch, _ = analysed("one at a time")
    made_up = tmp_path / "batch"
    made_up.mkdir()
    monkeypatch.setattr(read, "read_batch", lambda folder: replace(batch, folder=Path(folder)))
    return made_up


def test_the_commands_write_tables_and_report(folder: Path):
    """`analyse` prints, `--json` gives flat rows, and neither writes over what is there."""
    runner = CliRunner()
    done = runner.invoke(app, ["analyse", str(folder), "--no-figures"])
    assert done.exit_code == 0, done.stderr
    assert "what clearly moves the headlines" in done.stdout
    assert "written:" in done.stderr
    again = runner.invoke(app, ["analyse", str(folder), "--no-figures"])
    assert again.exit_code == 2 and "allowed: --overwrite" in again.stderr
    words = ["analyse", str(folder), "--no-figures", "--overwrite", "--json", "--quiet"]
    told = runner.invoke(app, words)
    assert told.exit_code == 0 and told.stderr == ""
    rows = json.loads(told.stdout)["rows"]
    assert {"summary", "sensitivity", "targets", "replications"} <= {row["part"] for row in rows}
    written = runner.invoke(app, ["report", str(folder), "--quiet"])
    assert (written.exit_code, written.output) == (0, "")
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    taken = runner.invoke(app, ["report", str(folder)])
    assert taken.exit_code == 2 and "--overwrite" in taken.stderr


def test_what_is_no_batch_is_refused(tmp_path: Path):
    """A folder that holds no batch is the user's mistake, and nothing is written."""
    for command in ("analyse", "report"):
        done = CliRunner().invoke(app, [command, str(tmp_path)])
        assert done.exit_code == 2 and "holds no batch" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_many_factors_and_outcomes_without_headlines_are_shown():
    """Outcomes that are no headlines stand in for them where a batch has no others."""
    batch = made(
        lambda p, w, point, run: [1.0 if point is None else point[0]], cube(40, 15),
        "latin_hypercube", factors_of(15), outcomes=["fms_months_to_contract"],
    )  # fmt: skip
    found = analyse(batch)
    assert not set(OUTCOMES) & set(found.sensitivity["outcome"])
    names = [page.name for page in pages(batch, found)]
    assert any("sensitivity" in name for name in names)
