"""Briefings as files: slides that open, hold native charts and fit; documents without requests."""

from __future__ import annotations

import io
from html.parser import HTMLParser

import pytest
from comparison_tables import NAMES, made

from alliance_abm.problems import ConfigError
from viz.briefing import briefing_of, document_text, files, slides_bytes, write_briefing
from viz.briefing.fit import BODY, height_of, lines

pptx = pytest.importorskip("pptx")
EMU = 914_400
CASES = {
    "one": {"policies": 1}, "three": {}, "single": {"runs": 1},
    "zero": {"policies": 1, "zero": True},
    "eight": {"policies": 8, "worlds": ("baseline", "surge"), "draws": 20},
    "long": {"policies": 11},
}  # fmt: skip


@pytest.fixture(scope="module", params=CASES)
def briefing(request):
    return briefing_of(made(**CASES[request.param]))


@pytest.fixture(scope="module")
def deck(briefing):
    return deck_of(briefing)


def deck_of(briefing):
    return pptx.Presentation(io.BytesIO(slides_bytes(briefing)))


def frames(slide):
    """Text frames of a slide with their boxes in inches: top, width, height."""
    for shape in slide.shapes:
        if shape.has_text_frame and shape.text_frame.text:
            yield shape.text_frame, shape.top / EMU, shape.width / EMU, shape.height / EMU


def test_slides_open_again_with_native_tables_and_charts(briefing, deck):
    """Every section has a slide with its headline; charts are charts, tables are tables."""
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert len(titles) >= 1 + len(briefing.sections)
    for one in briefing.sections:
        assert any(title[:30] == one.headline[:30] for title in titles)
    kinds = [shape for slide in deck.slides for shape in slide.shapes]
    assert sum(shape.has_chart for shape in kinds) == 3
    assert sum(shape.has_table for shape in kinds) >= 6
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, rel=0.01)


def test_charts_on_slides_hold_the_numbers_of_the_briefing(briefing, deck):
    """Values of the native charts are those of the content, so that editing starts from them."""
    charts = [s.chart for slide in deck.slides for s in slide.shapes if s.has_chart]
    content = {one.name: one.blocks[0] for one in briefing.sections}
    drawn = [list(series.values) for series in charts[1].plots[0].series]
    assert drawn == [pytest.approx(list(bars.values)) for bars in content["changes"].bars]
    drawn = [list(series.values) for series in charts[2].plots[0].series]
    assert drawn == [pytest.approx(list(stack.values)) for stack in content["stages"].stacks]
    names = [series.name for series in charts[0].plots[0].series]
    assert names == [line.name for line in content["share"].lines]
    drawn = list(charts[0].plots[0].series[0].values)
    assert drawn == pytest.approx([y for _, y in content["share"].lines[0].points])


def test_intervals_are_drawn_wherever_there_are_some():
    """Error bars stand on every series of changes; with a single pair on none."""
    for runs, expected in ((12, 3), (1, 0)):
        deck = deck_of(briefing_of(made(3, runs=runs)))
        charts = [s.chart for slide in deck.slides for s in slide.shapes if s.has_chart]
        assert charts[1]._chartSpace.xml.count("<c:errBars") == expected


def test_every_text_fits_its_box_and_the_slide(deck):
    """By the widths of a wide font: no text is higher than its box, no box leaves the slide."""
    for slide in deck.slides:
        for frame, top, width, height in frames(slide):
            run = frame.paragraphs[0].runs[0].font
            weight = "bold" if run.bold else "normal"
            needed = height_of(frame.text, run.size.pt, width, weight)
            assert needed <= height + 0.06, frame.text
            assert top + height <= 7.5, frame.text
        for shape in slide.shapes:
            assert (shape.top + shape.height) / EMU <= 7.31
            assert (shape.left + shape.width) / EMU <= 13.34


def test_no_interval_of_a_key_is_cut(briefing, deck):
    """What a chart's key says of changes stands on the slide to its last bracket."""
    said = " ".join(frame.text for slide in deck.slides for frame, *_ in frames(slide))
    stages = next(one for one in briefing.sections if one.name == "stages").blocks[0]
    for note in stages.notes:
        assert note.rpartition(": ")[2] in said


def test_letters_are_large_enough(briefing, deck):
    """Headlines have 22 points or more, tables and texts 14, the foot line alone 12."""
    for slide in deck.slides:
        assert slide.shapes.title.text_frame.paragraphs[0].runs[0].font.size.pt in (28, 24, 22, 40)
        sizes = [
            (run.font.size.pt, run.text)
            for frame, *_ in frames(slide)
            for paragraph in frame.paragraphs
            for run in paragraph.runs
        ]
        small = {text for size, text in sizes if size < BODY}
        assert all(text == briefing.caution or text.isdecimal() for text in small)
        for shape in slide.shapes:
            if shape.has_table:
                cells = [cell for row in shape.table.rows for cell in row.cells]
                runs = [run for c in cells for p in c.text_frame.paragraphs for run in p.runs]
                assert {run.font.size.pt for run in runs} == {BODY}


def test_a_table_that_goes_on_names_its_columns_and_policy_again():
    """Continued tables repeat the head, and no page begins with a row without a name."""
    deck = deck_of(briefing_of(made(8)))
    tables = [s.table for slide in deck.slides for s in slide.shapes if s.has_table]
    trade = [table for table in tables if table.cell(0, 1).text == "For"]
    assert len(trade) > 1
    assert all(table.cell(1, 0).text.strip() for table in trade)


def test_notes_hold_the_definitions():
    """The notes of the headlines' slide say what each measures and what clear means."""
    deck = deck_of(briefing_of(made(1)))
    said = " ".join(slide.notes_slide.notes_text_frame.text for slide in deck.slides
                    if slide.has_notes_slide)  # fmt: skip
    assert "U.S. volume over all cross-border volume" in said
    assert "Foreign Military Sales (FMS) are sales from government to government" in said


class Read(HTMLParser):
    """What a document asks for, its elements and its words."""

    def __init__(self):
        super().__init__()
        self.links, self.tags, self.ids, self.words = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [value for key, value in attrs if key in ("src", "href", "srcset", "data")]

    def handle_data(self, data):
        self.words.append(data)


def read(text: str) -> Read:
    found = Read()
    found.feed(text)
    return found


def test_a_document_asks_nobody_for_anything(briefing):
    """No element has an address, no style imports, no script runs; ids are unique."""
    text = document_text(briefing)
    found = read(text)
    assert found.links == []
    assert "script" not in found.tags
    assert "@import" not in text and "url(h" not in text
    assert len(found.ids) == len(set(found.ids))
    assert found.tags.count("h1") == 1
    assert found.tags.count("h2") == len(briefing.sections)
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')


def test_a_document_shows_all_that_the_briefing_says(briefing):
    """Headlines, cells and caution are in it, word for word."""
    said = "".join(read(document_text(briefing)).words)
    for one in briefing.sections:
        assert one.headline in said
        for block in one.blocks:
            for row in getattr(block, "rows", ()):
                assert all(cell.text in said for cell in row)
    assert briefing.caution in said


def test_titles_stay_text():
    """Markup in a title or question is shown, not obeyed."""
    wicked = "<script>alert('x')</script> & \"<b>\""
    found = read(document_text(briefing_of(made(1), title=wicked, question=wicked)))
    assert "script" not in found.tags and "b" not in found.tags
    assert "".join(found.words).count(wicked) == 3


def test_equal_comparisons_give_equal_documents():
    """The same tables give the same text."""
    assert document_text(briefing_of(made(3))) == document_text(briefing_of(made(3)))


@pytest.mark.parametrize("kind", ["pptx", "html"])
def test_a_briefing_is_written_whole(kind, tmp_path):
    """The file holds the briefing, and nothing is left beside it."""
    path = tmp_path / "new" / f"brief.{kind}"
    assert write_briefing(made(1), path) == path
    assert path.read_bytes()[:4] == {"pptx": b"PK\x03\x04", "html": b"<!DO"}[kind]
    assert list(path.parent.iterdir()) == [path]


def test_a_briefing_that_fails_leaves_nothing(tmp_path, monkeypatch):
    """Not even a folder that was made for it."""

    def fail(*_):
        raise ArithmeticError("no ink")

    monkeypatch.setattr(files, "document_text", fail)
    with pytest.raises(ArithmeticError):
        write_briefing(made(1), tmp_path / "new" / "brief.html")
    assert list(tmp_path.iterdir()) == []


def test_without_python_pptx_it_is_said_once(tmp_path, monkeypatch):
    """Slides are refused with the command that installs what they need; documents are not."""
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'alliance-abm\[app\]'"):
        write_briefing(made(1), tmp_path / "brief.pptx")
    write_briefing(made(1), tmp_path / "brief.html")


def test_lines_break_words_that_are_too_long():
    """A word wider than its box is broken, and every line fits."""
    found = lines("x" * 200 + " " + NAMES[6], BODY, 2.0)
    assert "".join(found).replace(" ", "") == "x" * 200 + NAMES[6].replace(" ", "")
    assert all(height_of(line, BODY, 2.0) == height_of("x", BODY, 2.0) for line in found)
