"""A briefing as PowerPoint slides: native tables and charts, and definitions in the notes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pptx import Presentation
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from viz.briefing import fit
from viz.briefing.parts import (
    Bars,
    Briefing,
    Bullets,
    Cell,
    ChangeChart,
    Chart,
    Line,
    LineChart,
    Stack,
    Table,
)
from viz.briefing.slide_charts import DASHES, THICK, THIN, add_chart, colour, paint
from viz.page import NO_BREAK
from viz.policy_marks import STRIPE
from viz.theme import BLUE, INK, RED, SLIDE, SOFT

FONT = "Arial"
MARGIN = 0.5
TOP, BOTTOM = 0.35, 6.85
ACROSS = SLIDE[0] - 2 * MARGIN
FOOT_TOP, FOOT = 7.0, 12.0
KEY = 3.5  # inches of the key beside a chart
SWATCH = 0.45
BLANK, TITLE_ONLY = 6, 5  # layouts of python-pptx's own template
TITLE, SUBTITLE, FACTS = 40.0, 22.0, 18.0
TONES = {
    "": INK, "better": BLUE, "worse": RED, "moved": INK, "unclear": SOFT, "zero": SOFT,
}  # fmt: skip
WHITE = "#FFFFFF"


def slides_bytes(briefing: Briefing) -> bytes:
    """The briefing as a PowerPoint file; equal briefings show the same."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(SLIDE[0]), Inches(SLIDE[1])
    _properties(deck, briefing)
    _front(deck, briefing)
    for section in briefing.sections:
        for page in fit.pages(section, ACROSS, TOP, BOTTOM):
            _page(deck, page, briefing)
    file = io.BytesIO()
    deck.save(file)
    return file.getvalue()


def _properties(deck: Any, briefing: Briefing) -> None:
    about = deck.core_properties
    about.title, about.subject = briefing.title[:255], briefing.subtitle[:255]
    about.author, about.comments = "alliance-abm", briefing.caution[:255]
    if briefing.made:
        when = datetime.fromisoformat(briefing.made).astimezone(UTC).replace(tzinfo=None)
        about.created = about.modified = when


def _slide(deck: Any, headline: str, top: float, height: float, size: float) -> Any:
    """A slide with its title in the title's own place holder."""
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    title = slide.shapes.title
    title.left, title.top = Inches(MARGIN), Inches(top)
    title.width, title.height = Inches(ACROSS), Inches(height)
    _write(title.text_frame, headline, size, INK, True)
    return slide


def _front(deck: Any, briefing: Briefing) -> None:
    title = fit.at_most(briefing.title, TITLE, ACROSS, 4, "bold")
    height = fit.height_of(title, TITLE, ACROSS, "bold")
    slide = _slide(deck, title, 1.2, height, TITLE)
    bar = slide.shapes.add_shape(
        MSO_SHAPE.RECTANGLE, Inches(MARGIN), Inches(0.9), Inches(1.2), Inches(0.08)
    )
    paint(bar.fill, BLUE, "")
    bar.line.fill.background()
    y = 1.2 + height + 0.3
    for text, size, tint in (
        (briefing.subtitle, SUBTITLE, INK),
        ("\n".join(briefing.facts), FACTS, SOFT),
        (briefing.caution, FACTS, INK),
    ):
        tall = fit.height_of(text, size, ACROSS)
        _box(slide, text, (MARGIN, y, ACROSS, tall), size, tint)
        y += tall + 0.35
    _notes(slide, f"{briefing.subtitle}\n{briefing.caution}")


def _page(deck: Any, page: fit.Page, briefing: Briefing) -> None:
    tall = fit.height_of(page.headline, page.size, ACROSS, "bold")
    slide = _slide(deck, page.headline, TOP, tall, page.size)
    if page.ground:
        height = fit.height_of(page.ground, fit.BODY, ACROSS)
        _box(slide, page.ground, (MARGIN, page.ground_top, ACROSS, height), fit.BODY, SOFT)
    for one in page.placed:
        if isinstance(one.block, Table):
            _table(slide, one.block, one.top)
        elif isinstance(one.block, Bullets):
            _bullets(slide, one.block, one.top)
        else:
            _chart(slide, one.block, one.top, one.height)
    number = len(deck.slides)
    _box(slide, briefing.caution, (MARGIN, FOOT_TOP, ACROSS - 1.0, 0.3), FOOT, SOFT)
    _box(slide, str(number), (SLIDE[0] - MARGIN - 0.9, FOOT_TOP, 0.9, 0.3), FOOT, SOFT)
    _notes(slide, "\n".join(text for text in (page.ground, page.section.notes) if text))


def _notes(slide: Any, text: str) -> None:
    if text:
        slide.notes_slide.notes_text_frame.text = text


def _write(frame: Any, text: str, size: float, tint: str, bold: bool = False) -> None:
    """Put lines of text into a frame without margins."""
    frame.word_wrap = True
    frame.auto_size = MSO_AUTO_SIZE.NONE
    frame.vertical_anchor = MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    _paragraphs(frame, text, size, tint, bold)


def _paragraphs(frame: Any, text: str, size: float, tint: str, bold: bool) -> None:
    for place, line in enumerate(text.split("\n")):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment = 1
        run = paragraph.add_run()
        run.text = line or NO_BREAK  # an empty line would have the template's size
        font = run.font
        font.name, font.size, font.bold = FONT, Pt(size), bold
        font.color.rgb = colour(tint)


def _box(
    slide: Any, text: str, box: tuple[float, float, float, float], size: float, tint: str,
    bold: bool = False,
) -> None:  # fmt: skip
    shape = slide.shapes.add_textbox(*(Inches(edge) for edge in box))
    _write(shape.text_frame, text, size, tint, bold)


def _bullets(slide: Any, block: Bullets, top: float) -> None:
    y = top
    for item in block.items:
        tall = fit.bullet_height(item, ACROSS)
        _box(slide, fit.BULLET, (MARGIN, y, fit.INDENT, tall), fit.BULLETS, INK)
        left = MARGIN + fit.INDENT
        _box(slide, item, (left, y, ACROSS - fit.INDENT, tall), fit.BULLETS, INK)
        y += tall


def _table(slide: Any, table: Table, top: float) -> None:
    if table.caption:
        tall = fit.CAPTION * fit.LEADING / 72.0 + 0.05
        _box(slide, table.caption, (MARGIN, top, ACROSS, tall), fit.CAPTION, INK, True)
        top += tall
    widths = [share * ACROSS for share in table.widths]
    rows = [fit.head_cells(table, widths), *table.rows]
    heights = [fit.row_height(row, widths, place == 0) for place, row in enumerate(rows)]
    frame = slide.shapes.add_table(
        len(rows), len(widths), Inches(MARGIN), Inches(top), Inches(sum(widths)),
        Inches(sum(heights)),
    )  # fmt: skip
    frame._element.nvGraphicFramePr.cNvPr.set("descr", table.caption or "Table")
    grid = frame.table
    grid.horz_banding = False
    for column, width in enumerate(widths):
        grid.columns[column].width = Inches(width)
    for place, (row, height) in enumerate(zip(rows, heights, strict=True)):
        grid.rows[place].height = Inches(height)
        for column, cell in enumerate(row):
            _cell(grid.cell(place, column), cell, place)


def _cell(drawn: Any, cell: Cell, row: int) -> None:
    drawn.margin_left = drawn.margin_right = Inches(fit.PAD)
    drawn.margin_top = drawn.margin_bottom = Inches(fit.ROW_PAD / 2)
    drawn.vertical_anchor = MSO_ANCHOR.TOP
    drawn.text_frame.word_wrap = True
    drawn.fill.solid()
    drawn.fill.fore_color.rgb = colour(INK if row == 0 else STRIPE if row % 2 else WHITE)
    tint = WHITE if row == 0 else TONES[cell.tone]
    _paragraphs(drawn.text_frame, cell.text, fit.BODY, tint, row == 0 or fit.is_strong(cell))


def _chart(slide: Any, chart: Chart, top: float, height: float) -> None:
    left = SLIDE[0] - MARGIN - KEY
    add_chart(slide, chart, (MARGIN, top, ACROSS - KEY - 0.2, height))
    entries = list(_entries(chart))
    indents = [SWATCH + 0.1 if mark is not None else 0.0 for mark, *_ in entries]
    widths = [KEY - indent for indent in indents]
    texts = fit.key_that_fits([entry[1:] for entry in entries], widths, height)
    y = top
    for (mark, *_), indent, (name, note) in zip(entries, indents, texts, strict=True):
        if isinstance(mark, Line):
            _stroke(slide, left, y + 0.12, mark.colour, mark.look, mark.thin)
        elif mark is not None:
            _patch(slide, left, y, mark.colour, mark.hatch if isinstance(mark, Stack) else "")
        place = y
        for text, tint in ((name, INK if mark is not None else SOFT), (note, SOFT)):
            if text:
                tall = fit.height_of(text, fit.BODY, KEY - indent)
                _box(slide, text, (left + indent, place, KEY - indent, tall), fit.BODY, tint)
                place += tall
        y += fit.entry_height(name, note, KEY - indent)


def _entries(chart: Chart) -> Iterator[tuple[Line | Bars | Stack | None, str, str]]:
    """What a key shows: what is marked, its name and its note."""
    if isinstance(chart, LineChart):
        yield from ((line, line.key, line.note) for line in chart.lines if line.key)
    elif isinstance(chart, ChangeChart):
        yield from ((bars, bars.name, bars.note) for bars in chart.bars)
    else:
        yield from ((stack, stack.name, "") for stack in chart.stacks)
        yield from ((None, *_parted(note)) for note in chart.notes)


def _parted(note: str) -> tuple[str, str]:
    """A note of the key as a name and what is said of it."""
    name, _, rest = note.rpartition(": ")
    return (f"{name}:", rest) if name else (note, "")


def _stroke(slide: Any, left: float, y: float, tint: str, look: int, thin: bool) -> None:
    line = slide.shapes.add_connector(
        MSO_CONNECTOR.STRAIGHT, Inches(left), Inches(y), Inches(left + SWATCH), Inches(y)
    ).line
    line.color.rgb = colour(tint)
    line.width = Pt(THIN if thin else THICK)
    line.dash_style = DASHES[look % len(DASHES)]


def _patch(slide: Any, left: float, y: float, tint: str, hatch: str) -> None:
    shape = slide.shapes.add_shape(
        MSO_SHAPE.RECTANGLE, Inches(left), Inches(y + 0.02), Inches(SWATCH), Inches(0.2)
    )
    paint(shape.fill, tint, hatch)
    shape.line.color.rgb = colour(tint)
    style = shape._element.find(qn("p:style"))
    if style is not None:
        shape._element.remove(style)
