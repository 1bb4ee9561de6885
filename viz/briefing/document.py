"""A briefing as one self-contained HTML file: no request goes out, and it prints a section a page.

Charts stand on a light ground in dark mode too, so that their colours keep their meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from viz.briefing.parts import (
    Block,
    Briefing,
    Bullets,
    Cell,
    Chart,
    LineChart,
    Section,
    StackChart,
    Table,
)
from viz.briefing.svg import stroke_swatch, svg_of, swatch
from viz.theme import BLUE, INK, SOFT

STYLE = f"""
:root {{ color-scheme: light dark; --ink: {INK}; --soft: #595959; --ground: #ffffff;
  --stripe: #f6f6f6; --line: #d0d0d0; --better: {BLUE}; --worse: #b34700; }}
@media screen and (prefers-color-scheme: dark) {{ :root {{ --ink: #eeeeee; --soft: #b8b8b8;
  --ground: #16181c; --stripe: #20242a; --line: #444a52; --better: #6cb8ee; --worse: #ff9a52; }} }}
* {{ box-sizing: border-box; }}
body {{ margin: 0 auto; max-width: 66rem; padding: 1.5rem; background: var(--ground);
  color: var(--ink); font: 1.05rem/1.45 Arial, "Helvetica Neue", "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere; }}
h1 {{ font-size: 2.4rem; line-height: 1.15; border-top: 6px solid var(--better);
  padding-top: .6rem; }}
h2 {{ font-size: 1.6rem; line-height: 1.2; margin: 0 0 .4rem; }}
header, section {{ padding: 1.4rem 0; }}
section {{ border-top: 1px solid var(--line); }}
.ground, .facts, .note {{ color: var(--soft); }}
.ground {{ margin: 0 0 .9rem; }}
.note {{ display: block; font-size: .92rem; }}
.caution {{ font-weight: bold; }}
table {{ border-collapse: collapse; width: 100%; margin: 0 0 1rem; font-size: .95rem; }}
caption {{ text-align: left; font-weight: bold; padding: .3rem 0; }}
th, td {{ text-align: left; vertical-align: top; padding: .35rem .5rem;
  border-bottom: 1px solid var(--line); white-space: pre-line; }}
thead th {{ background: var(--stripe); border-bottom: 2px solid var(--ink); }}
tbody th {{ font-weight: normal; }}
.better {{ color: var(--better); font-weight: bold; }}
.worse {{ color: var(--worse); font-weight: bold; }}
.unclear, .zero {{ color: var(--soft); }}
.wide {{ overflow-x: auto; }}
figure {{ margin: 0 0 1rem; padding: .8rem; background: #ffffff; color: {INK};
  border: 1px solid var(--line); }}
figure svg {{ display: block; width: 100%; height: auto; }}
figcaption {{ font-weight: bold; margin-bottom: .4rem; }}
figure .note {{ color: {SOFT}; }}
.key {{ display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; list-style: none; padding: 0;
  margin: .6rem 0 0; font-size: .95rem; }}
.key li {{ max-width: 26rem; display: flex; gap: .5rem; align-items: baseline; }}
figure svg.swatch {{ flex: none; width: 34px; height: 16px; }}
details {{ font-size: .92rem; color: var(--soft); white-space: pre-line; }}
summary {{ cursor: pointer; }}
@media print {{
  @page {{ size: A4 landscape; margin: 12mm; }}
  body {{ max-width: none; padding: 0; font-size: 10.5pt; }}
  section {{ break-before: page; border-top: 0; padding: 0; }}
  figure {{ break-inside: avoid; border: 0; padding: 0; }}
  figure > svg {{ max-height: 98mm; }}
  tr {{ break-inside: avoid; }}
  details {{ display: none; }}
  * {{ print-color-adjust: exact; -webkit-print-color-adjust: exact; }}
}}
"""


def document_text(briefing: Briefing) -> str:
    """The briefing as HTML; equal briefings give equal text."""
    return page_text(briefing, [section_text(one) for one in briefing.sections])


def page_text(briefing: Briefing, sections: Sequence[str], style: str = "") -> str:
    """A whole page: the front of a briefing, and sections that are HTML already."""
    body = "\n".join([*_front(briefing), *sections])
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(briefing.title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n<body>\n"
        f"{body}\n</body>\n</html>\n"
    )


def _front(briefing: Briefing) -> Iterator[str]:
    yield "<header>"
    yield f"<h1>{escape(briefing.title)}</h1>"
    yield f"<p>{escape(briefing.subtitle)}</p>"
    yield f'<p class="facts">{"<br>".join(escape(fact) for fact in briefing.facts)}</p>'
    yield f'<p class="caution">{escape(briefing.caution)}</p>'
    yield "</header>"


def section_text(section: Section, pictures: Sequence[str] = ()) -> str:
    """A section as HTML, with pictures that are HTML already after its blocks."""
    name = section.name.replace(" ", "-")
    parts = [
        f'<section aria-labelledby="{name}">',
        f'<h2 id="{name}">{escape(section.headline)}</h2>',
    ]
    if section.ground:
        parts.append(f'<p class="ground">{escape(section.ground)}</p>')
    parts += [_block(block, name) for block in section.blocks]
    parts += pictures
    if section.notes:
        parts.append(f"<details><summary>Definitions</summary>{escape(section.notes)}</details>")
    return "\n".join([*parts, "</section>"])


def _block(block: Block, name: str) -> str:
    if isinstance(block, Table):
        return "\n".join(_table(block))
    if isinstance(block, Bullets):
        items = "\n".join(f"<li>{escape(item)}</li>" for item in block.items)
        return f"<ul>\n{items}\n</ul>"
    return "\n".join(_figure(block, f"{name}-pattern"))


def table_text(table: Table) -> str:
    """A table as HTML."""
    return "".join(_table(table))


def _table(table: Table) -> Iterator[str]:
    yield '<div class="wide"><table>'
    yield f"<caption>{escape(table.caption)}</caption>"
    yield "<colgroup>" + "".join(
        f'<col style="width:{100.0 * share:.0f}%">' for share in table.widths
    ) + "</colgroup>"  # fmt: skip
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.columns)
    yield f"<thead><tr>{heads}</tr></thead>\n<tbody>"
    for place, (first, *others) in enumerate(table.rows):
        head = _row_head(table, place, first)
        yield f"<tr>{head}{''.join(map(_cell, others))}</tr>"
    yield "</tbody></table></div>"


def _row_head(table: Table, place: int, first: Cell) -> str:
    """The name of a row, over all rows below that have none of their own."""
    if not first.text:
        return ""
    rows = 1
    while place + rows < len(table.rows) and not table.rows[place + rows][0].text:
        rows += 1
    span = f' rowspan="{rows}"' if rows > 1 else ""
    return f'<th scope="{"rowgroup" if rows > 1 else "row"}"{span}>{escape(first.text)}</th>'


def _cell(cell: Cell) -> str:
    tone = f' class="{cell.tone}"' if cell.tone else ""
    return f"<td{tone}>{escape(cell.text)}</td>"


def _figure(chart: Chart, name: str) -> Iterator[str]:
    yield "<figure>"
    yield f"<figcaption>{escape(chart.text)}</figcaption>"
    yield svg_of(chart, name)
    yield '<ul class="key">'
    for mark, words, note in _key(chart, name):
        more = f'<span class="note">{escape(note)}</span>' if note else ""
        yield f"<li>{mark}<span>{escape(words)}{more}</span></li>"
    yield "</ul>"
    if isinstance(chart, StackChart):
        yield from (f'<span class="note">{escape(note)}</span>' for note in chart.notes)
    yield "</figure>"


def _key(chart: Chart, name: str) -> Iterator[tuple[str, str, str]]:
    """Mark, words and note of each entry of the key."""
    if isinstance(chart, LineChart):
        for line in chart.lines:
            if line.key:
                yield stroke_swatch(line.colour, line.look, line.thin), line.key, line.note
    elif isinstance(chart, StackChart):
        for place, stack in enumerate(chart.stacks):
            yield swatch(name, place, stack.colour, stack.hatch), stack.name, ""
    else:
        for place, bars in enumerate(chart.bars):
            yield swatch(name, place, bars.colour, ""), bars.name, bars.note
