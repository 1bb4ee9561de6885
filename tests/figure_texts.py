"""What is written on a figure, and where, for tests that look for collisions."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text

from viz import figures
from viz.theme import RC

SLACK = 2.0  # pixels that two boxes may share: they are a little larger than the letters


def drawn(of: figures.Drawn, name: str) -> Figure:
    """A figure of `viz.figures.FIGURES` in the theme."""
    with matplotlib.rc_context(dict(RC)):
        return dict(figures.FIGURES)[name](of)


def headline(figure: Figure) -> str:
    """The headline in one line."""
    return figure.texts[0].get_text().replace("\n", " ")


def texts(figure: Figure) -> list[Text]:
    """Every text that is drawn: not those of hidden axes, nor ticks outside the view."""
    figure.draw_without_rendering()
    axes = [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    hidden = {id(text) for axis in axes for text in undrawn(axis)}
    return [
        text
        for text in figure.findobj(Text)
        if text.get_text().strip()
        and text.get_visible()
        and id(text) not in hidden
        and (text.axes is None or text.axes.get_visible())
    ]


def undrawn(axis: Axis) -> Iterator[Text]:
    """Labels of an axis that are not drawn."""
    shown = axis.axes.axison
    low, high = sorted(axis.get_view_interval())
    edge = 1e-9 * (high - low)
    for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
        if not shown or not low - edge <= tick.get_loc() <= high + edge:
            yield tick.label1
        yield tick.label2
    yield axis.get_offset_text()
    if not shown:
        yield axis.label


def collisions(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of upright texts whose boxes overlap."""
    upright = [text for text in texts(figure) if text.get_rotation() % 90.0 == 0.0]
    boxes = [(text.get_text(), text.get_window_extent()) for text in upright]
    found = []
    for place, (one, box) in enumerate(boxes):
        for other, its in boxes[place + 1 :]:
            across = min(box.x1, its.x1) - max(box.x0, its.x0)
            up = min(box.y1, its.y1) - max(box.y0, its.y0)
            if across > SLACK and up > SLACK:
                found.append((one, other))
    return found


def beyond_the_edge(figure: Figure) -> list[str]:
    """Texts that reach over the edge of the figure."""
    width, height = figure.get_size_inches() * figure.dpi
    found = []
    for text in texts(figure):
        box = text.get_window_extent()
        if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height:
            found.append(text.get_text())
    return found
