"""The report of a batch: one HTML page with its figures in it, which asks nothing of a network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape

from alliance_abm.catalogue import GRADES
from alliance_abm.parameters import counts_by_grade
from experiments.analysis.analysis import Analysis, analyse
from experiments.analysis.differences import as_comparison
from experiments.analysis.discovery import FOUND
from experiments.analysis.sensitivity import main_index
from experiments.analysis.words import factor_name
from experiments.batch.read import Batch
from experiments.compare_words import CAUTION, GRADE_WORDS, paragraph, verdict
from viz.batch.draw import (
    DIFFERENCES,
    DISCOVERY,
    ROBUSTNESS,
    RUNS,
    SENSITIVITY,
    SUMMARY,
    Page,
    pages,
)
from viz.batch.inline import inline_svg
from viz.batch.words import (
    CLEAR_MEANING,
    INDEX_MEANING,
    change_sentences,
    discovery_sentence,
    discovery_sentences,
    foremost_sentence,
    regret_sentence,
    replication_sentences,
    robust_sentence,
    sensitivity_sentences,
    with_headlines,
)
from viz.briefing.document import page_text, section_text, table_text
from viz.briefing.parts import Briefing, Bullets, Cell, Section, Table
from viz.page import digits
from viz.policy_view import records
from viz.policy_words import counted

MOST_BOXES = 8  # questions that scenario discovery is asked in a report
MOST_PAGES = 3  # figures of one part
MOST_ROWS = 40  # of the table of factors that is not folded
MOST_ASKED = 24  # sentences about where policies fail
MOST_TOLD = 3  # of these that stand in front
STYLE = """
figure.page svg { max-width: 100%; } pre { white-space: pre-wrap; font-size: .8rem; }
.warning { border-left: 6px solid var(--worse); padding: .3rem .8rem; }
"""


def report_text(batch: Batch, found: Analysis | None = None, most: int = MOST_PAGES) -> str:
    """The report as HTML with at most so many figures of a part; equal batches give equal text.

    Without `found` the batch is analysed. Raises ConfigError as `analyse`.
    """
    if found is None:
        found = analyse(batch, most_boxes=MOST_BOXES)
    drawn = list(pages(batch, found, most))
    sections = [
        _in_short(batch, found),
        _what_was_run(batch),
        *(_part(section, drawn, part) for section, part in _results(batch, found)),
        _grades(batch),
        _record(batch),
    ]
    return page_text(_front(batch), sections, STYLE)


def _front(batch: Batch) -> Briefing:
    manifest = batch.manifest
    done = f"{batch.runs_done} of {batch.runs_total} runs" if not batch.complete else (
        counted(batch.runs_done, "run", "runs")
    )  # fmt: skip
    facts = [f"{done}, {len(batch.failures)} failed"]
    if not batch.complete:
        facts.insert(0, "NOT FINISHED: numbers will change.")
    if manifest.get("finished"):
        facts.append(f"Finished {manifest['finished']}")
    facts.append(
        f"Version {manifest.get('code_version', 'unknown')}, config "
        f"{manifest.get('config_hash', batch.scenario.config_hash)}"
    )
    return Briefing(
        batch.title, batch.description.strip(), tuple(facts), CAUTION,
        str(manifest.get("finished") or ""), (),
    )  # fmt: skip


def _in_short(batch: Batch, found: Analysis) -> str:
    """The findings: only what is clear is told as such, what is unclear is counted."""
    section = Section("short", "In short", "", (Bullets(tuple(_findings(batch, found))),))
    beware = [f'<p class="warning">{escape(text)}</p>' for text in found.warnings]
    return section_text(section, beware)


def _findings(batch: Batch, found: Analysis) -> Iterator[str]:
    rows = records(with_headlines(found.differences, found))
    if rows:
        words = [verdict(row) for row in rows]
        clear, none = words.count("clear"), words.count("none")
        yield (
            f"{clear} of {len(rows)} differences of headlines between policies and baseline are "
            f"clear, {none} exactly zero, {len(rows) - clear - none} unclear."
        )
        yield from change_sentences(batch, found)
    table = with_headlines(found.sensitivity, found)
    if len(table):
        main = table[table["index"] == main_index(str(batch.method))]
        clear = int(main["clear"].sum())
        yield (
            f"{clear} of {len(main)} effects of a factor on a headline are clear, "
            f"{len(main) - clear} unclear."
        )
        yield foremost_sentence(batch, found)
    rows = records(found.discovery[found.discovery["status"] == FOUND])
    yield from (discovery_sentence(batch, row) for row in rows[:MOST_TOLD])
    if text := regret_sentence(batch, found):
        yield text
    yield from replication_sentences(found)


def _what_was_run(batch: Batch) -> str:
    scenario, horizon = batch.scenario, batch.scenario.horizon
    policies = [
        f"{one.title} ({', '.join(f'{use.lever} {use.amount:g}' for use in one.levers)})"
        if one.levers
        else one.title
        for one in batch.policies
    ]
    items = [
        f"Config {scenario.name}, {horizon.start} to {horizon.end}, seed {scenario.seed}; worlds: "
        f"{', '.join(batch.worlds)}.",
        f"Policies beside the baseline: {'; '.join(policies) or 'none'}.",
        f"{counted(batch.replications, 'run', 'runs')} of each with the config as it is.",
    ]
    if batch.method is not None:
        method = batch.method.replace("_", " ")
        items.append(
            f"Design: {method}, {counted(len(batch.points) - 1, 'point', 'points')} of "
            f"{counted(len(batch.factors), 'factor', 'factors')}, "
            f"{counted(batch.draw_replications, 'run', 'runs')} each, on the same seeds."
        )
    section = Section("run", "What was run", "", (Bullets(tuple(items)),))
    return section_text(section)


def _results(batch: Batch, found: Analysis) -> Iterator[tuple[Section, str]]:
    """Section and part of the figures that belong to it."""
    yield Section("levels", "The headlines", _why(found, "summary"), ()), SUMMARY
    quotes: tuple[Bullets, ...] = ()
    if len(found.differences):
        comparison = as_comparison(batch, found.differences)
        quotes = (Bullets(tuple(paragraph(comparison, one) for one in comparison.policies)),)
    yield (
        Section("differences", "What policies change", _why(found, "differences"), quotes),
        (DIFFERENCES),
    )
    said = list(sensitivity_sentences(batch, found))
    meaning = f"{INDEX_MEANING[main_index(str(batch.method))]} {CLEAR_MEANING}" if said else ""
    section = _told("sensitivity", "What the results depend on", found, said)
    yield replace(section, ground=meaning or section.ground), SENSITIVITY
    said = list(discovery_sentences(batch, found))
    if len(said) > MOST_ASKED:
        left = len(said) - MOST_ASKED
        said = [*said[:MOST_ASKED], f"{left} more are in the table discovery.csv of `analyse`."]
    yield _told("discovery", "Where policies fail", found, said), DISCOVERY
    said = [robust_sentence(batch, mine) for _, mine in found.stability.groupby("outcome")]
    yield _told("robustness", "What holds over worlds and assumptions", found, said), ROBUSTNESS
    said = list(replication_sentences(found))
    yield _told("replications", "Are there enough runs?", found, said), RUNS


def _told(name: str, headline: str, found: Analysis, said: Sequence[str]) -> Section:
    blocks = (Bullets(tuple(said)),) if said else ()
    return Section(name, headline, _why(found, name), blocks)


def _why(found: Analysis, part: str) -> str:
    return found.notes.get(part, "")


def _part(section: Section, drawn: Sequence[Page], part: str) -> str:
    """A section with the figures of a part."""
    mine = [page for page in drawn if page.part == part]
    return section_text(section, [_picture(page) for page in mine])


def _picture(page: Page) -> str:
    caption = escape(page.caption)
    image = inline_svg(page.draw, page.name, page.caption)
    return f'<figure class="page"><figcaption>{caption}</figcaption>\n{image}\n</figure>'


def _grades(batch: Batch) -> str:
    counts = counts_by_grade()
    every = ", ".join(f"{counts[grade]} {GRADE_WORDS[grade]} ({grade})" for grade in GRADES)
    blocks: list[Bullets | Table] = [Bullets((f"All numbers of the model: {every}.",))]
    folded = []
    if batch.factors:
        rows = tuple(
            (Cell(factor_name(one.name)), Cell(one.name), Cell(one.unit),
             Cell(f"{digits(one.low)} to {digits(one.high)}"),
             Cell(f"{one.grade} ({GRADE_WORDS.get(one.grade, '')})"))
            for one in batch.factors
        )  # fmt: skip
        widths = (0.3, 0.26, 0.18, 0.12, 0.14)
        columns = ("Factor", "Path", "Unit", "Range", "Grade")
        table = Table("What was varied", columns, rows, widths)
        if len(rows) > MOST_ROWS:
            title = f"The {len(rows)} factors that were varied"
            folded = [f"<details><summary>{title}</summary>{table_text(table)}</details>"]
        else:
            blocks.append(table)
    blocks.append(Bullets((
        "Ranges are those of the parameters' own tables unless the experiment gives others; "
        "points are spread evenly over them, which is no statement of how likely they are.",
        "Intervals tell chance between runs and the points that were drawn, not what the model "
        "leaves out.", CAUTION,
    )))  # fmt: skip
    title = "How sure the inputs are, and what to beware of"
    return section_text(Section("grades", title, "", tuple(blocks)), folded)


def _record(batch: Batch) -> str:
    """Manifest and config, folded."""
    text = json.dumps(batch.manifest, indent=1, ensure_ascii=False, default=str)
    return (
        '<section aria-labelledby="record"><h2 id="record">For repeating it</h2>\n'
        "<details><summary>Manifest and config</summary>"
        f"<pre>{escape(text)}</pre></details></section>"
    )
