"""How much of a text fits where: lines of a width, rows of tables, and pages of a section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from viz.briefing.parts import Block, Bullets, Cell, Section, Table
from viz.page import POINTS, text_width

LEADING = 1.2  # of the size of letters
BODY, HEADLINE, CAPTION = 14.0, 28.0, 16.0
SMALLER = (24.0, 22.0)  # of headlines that need more lines than they may have
PAD = 0.08  # inches inside a cell, at each side
ROW_PAD = 0.1  # inches of a row above and below its text, together
GAP = 0.12  # inches between blocks
MOST_LINES = 3  # of a headline
MOST_NAMED = 5  # lines of a column's name
BULLET = "•"
BULLETS, INDENT = 18.0, 0.25  # size of their letters, and inches before these
LEAST_CHART = 3.2  # inches
KEY_GAP = 0.06  # inches between entries of a key


@dataclass(frozen=True)
class Placed:
    """A block on a page: inches from the top, and its height."""

    block: Block
    top: float
    height: float


@dataclass(frozen=True)
class Page:
    """One page of a section."""

    section: Section
    number: int
    headline: str
    ground: str
    ground_top: float
    size: float
    placed: tuple[Placed, ...]


@lru_cache(maxsize=4096)
def lines(text: str, size: float, inches: float, weight: str = "normal") -> tuple[str, ...]:
    """A text in lines of at most so many inches; a word that is too long is broken."""
    found: list[str] = []
    for part in text.split("\n"):
        line = ""
        for word in part.split(" "):
            longer = f"{line} {word}" if line else word
            if text_width(longer, size, weight) <= inches:
                line = longer
                continue
            found += [line] if line else []
            *whole, line = _broken(word, size, inches, weight)
            found += whole
        found.append(line)
    return tuple(found)


def _broken(word: str, size: float, inches: float, weight: str) -> list[str]:
    """A word in pieces that fit."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width(pieces[-1] + letter, size, weight) > inches:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def at_most(text: str, size: float, inches: float, most: int, weight: str = "normal") -> str:
    """The text, cut with an ellipsis where it would need more lines."""
    found = lines(text, size, inches, weight)
    if len(found) <= most:
        return text
    words = " ".join(found[:most])
    while words and len(lines(f"{words}…", size, inches, weight)) > most:
        words = words[:-1]
    return f"{words.rstrip(' ,;:(')}…"


def height_of(text: str, size: float, inches: float, weight: str = "normal") -> float:
    """Inches that a text needs in height."""
    return len(lines(text, size, inches, weight)) * size * LEADING / POINTS


def row_height(cells: Sequence[Cell], widths: Sequence[float], bold: bool = False) -> float:
    """Inches of a row of a table whose columns are `widths` wide."""
    heights = [
        height_of(cell.text, BODY, width - 2 * PAD, "bold" if bold or is_strong(cell) else "normal")
        for cell, width in zip(cells, widths, strict=True)
    ]
    return max(heights) + ROW_PAD


def is_strong(cell: Cell) -> bool:
    """Is the text of a cell set in bold?"""
    return cell.tone in ("better", "worse")


def head_cells(table: Table, widths: Sequence[float]) -> tuple[Cell, ...]:
    """The names of the columns as cells, cut where they are long."""
    return tuple(
        Cell(at_most(name, BODY, width - 2 * PAD, MOST_NAMED, "bold"))
        for name, width in zip(table.columns, widths, strict=True)
    )


def pages(section: Section, across: float, top: float, bottom: float) -> Iterator[Page]:
    """The section on as many pages as it needs, `across` inches wide, from `top` to `bottom`.

    A table goes on with its columns named again; the headline says so.
    """
    captions = {block.caption for block in section.blocks if isinstance(block, Table)}
    flow = _Flow(section, across, top, bottom)
    for block in section.blocks:
        flow.add(block, len(captions) > 1)
    yield from flow.pages()


class _Flow:
    def __init__(self, section: Section, across: float, top: float, bottom: float):
        self.section, self.across, self.bottom, self.top = section, across, bottom, top
        self.done: list[list[Placed]] = []
        self.placed: list[Placed] = []
        self.y = self._start()

    def _headline(self) -> tuple[str, float]:
        """The headline and its size: smaller letters first, and only then a cut."""
        more = f" ({len(self.done) + 1})" if self.done else ""
        text = self.section.headline
        for size in (HEADLINE, *SMALLER):
            if len(lines(text + more, size, self.across, "bold")) <= MOST_LINES:
                return text + more, size
        least = SMALLER[-1]
        while True:
            found = at_most(text, least, self.across, MOST_LINES, "bold") + more
            if len(lines(found, least, self.across, "bold")) <= MOST_LINES or not text:
                return found, least
            text = text[:-4]

    def _ground_top(self) -> float:
        return self.top + height_of(*self._headline(), self.across, "bold") + 0.05

    def _start(self) -> float:
        y = self._ground_top()
        if self.section.ground:
            y += height_of(self.section.ground, BODY, self.across)
        return y + GAP

    def _turn(self) -> None:
        self.done.append(self.placed)
        self.placed = []
        self.y = self._start()

    def _put(self, block: Block, height: float) -> None:
        self.placed.append(Placed(block, self.y, height))
        self.y += height + GAP

    def add(self, block: Block, captioned: bool) -> None:
        """Put a block on the pages."""
        if isinstance(block, Table):
            self._table(block, captioned)
        elif isinstance(block, Bullets):
            self._bullets(block)
        else:
            if self.placed or self.bottom - self.y < LEAST_CHART:
                self._turn()
            self._put(block, self.bottom - self.y)

    def _table(self, table: Table, captioned: bool) -> None:
        widths = [share * self.across for share in table.widths]
        head = row_height(head_cells(table, widths), widths, True)
        head += CAPTION * LEADING / POINTS + 0.05 if captioned else 0.0
        caption = table.caption if captioned else ""
        rows = list(table.rows)
        whole = head + sum(row_height(row, widths) for row in rows)
        if self.placed and self.y + whole > self.bottom:
            self._turn()
        while rows:
            room = self.bottom - self.y - head
            if self.placed and room < row_height(rows[0], widths):
                self._turn()
                continue
            rows[0] = _cut(rows[0], widths, room)
            heights = [row_height(row, widths) for row in rows]
            many = max(sum(sum(heights[: n + 1]) <= room for n in range(len(rows))), 1)
            part = replace(table, caption=caption, rows=tuple(rows[:many]))
            self._put(part, head + sum(heights[:many]))
            rows = _carried(rows, many)
            if rows:
                self._turn()

    def _bullets(self, block: Bullets) -> None:
        items: list[str] = []
        height = 0.0
        for item in block.items:
            more = bullet_height(item, self.across)
            if self.y + height + more > self.bottom and (items or self.placed):
                if items:
                    self._put(Bullets(tuple(items)), height)
                self._turn()
                items, height = [], 0.0
            items.append(item)
            height += more
        if items:
            self._put(Bullets(tuple(items)), height)

    def pages(self) -> Iterator[Page]:
        """All pages."""
        parts = [*self.done, self.placed]
        self.done = []
        for number, placed in enumerate(parts, 1):
            (headline, size), top = self._headline(), self._ground_top()
            self.done.append(placed)
            ground = self.section.ground
            yield Page(self.section, number, headline, ground, top, size, tuple(placed))


def _carried(rows: list[tuple[Cell, ...]], many: int) -> list[tuple[Cell, ...]]:
    """The rows after the first `many`; the first names what it belongs to again."""
    rest = rows[many:]
    if rest and not rest[0][0].text:
        name = next(row[0].text for row in reversed(rows[:many]) if row[0].text)
        rest[0] = (Cell(name), *rest[0][1:])
    return rest


def bullet_height(item: str, inches: float) -> float:
    """Inches of one bullet with the space after it."""
    return height_of(item, BULLETS, inches - INDENT) + GAP


def key_that_fits(
    entries: Sequence[tuple[str, str]], widths: Sequence[float], height: float
) -> list[tuple[str, str]]:
    """Names and notes of a key, cut until all stand in `height` inches; `widths` are in inches.

    Notes get as many lines as there is room for, names two, or one before notes have fewer.
    """
    most = max(int(height * POINTS / BODY / LEADING), 2)
    found: list[tuple[str, str]] = []
    for names, notes in [*((2, count) for count in range(most, 1, -1)), (1, 2), (2, 1), (1, 1)]:
        found = [
            (at_most(name, BODY, wide, names), at_most(note, BODY, wide, notes) if note else "")
            for (name, note), wide in zip(entries, widths, strict=True)
        ]
        taken = [entry_height(*entry, wide) for entry, wide in zip(found, widths, strict=True)]
        if sum(taken) <= height:
            break
    return found


def entry_height(name: str, note: str, inches: float) -> float:
    """Inches of an entry of a key with the space after it."""
    return sum(height_of(text, BODY, inches) for text in (name, note) if text) + KEY_GAP


def _cut(row: tuple[Cell, ...], widths: Sequence[float], room: float) -> tuple[Cell, ...]:
    """The row, its texts cut so that it is at most `room` inches high."""
    if row_height(row, widths) <= room:
        return row
    most = max(int((room - ROW_PAD) * POINTS / BODY / LEADING), 1)
    return tuple(
        replace(cell, text=at_most(cell.text, BODY, width - 2 * PAD, most,
                                   "bold" if is_strong(cell) else "normal"))
        for cell, width in zip(row, widths, strict=True)
    )  # fmt: skip
