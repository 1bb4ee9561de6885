"""The headline tiles on the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import solara

from viz.app.tiles import Tile, tile_sentence

WAYS = {1: ("better", "good"), -1: ("worse", "bad"), 0: ("", "")}


@solara.component
def TilesView(shown: Sequence[Tile]) -> None:
    """Six headlines beside one another, each with N, band, change and verdict."""
    tiles = "".join(_tile(tile) for tile in shown)
    solara.HTML(tag="div", unsafe_innerHTML=tiles + _legend(shown), classes=["abm-tiles"])


def _tile(tile: Tile) -> str:
    way, colour = WAYS[tile.better]
    clear = " clear" if tile.verdict == "clear" else ""
    verdict = f"{escape(tile.verdict)}, {way}" if way else escape(tile.verdict)
    change = f"{tile.arrow} <b>{escape(tile.change)}</b>" if tile.change else "&nbsp;"
    interval = f"90 %: {escape(tile.interval)}" if tile.interval else "&nbsp;"
    sentence = escape(tile_sentence(tile))
    return (
        f'<section class="abm-tile{clear}" aria-label="{sentence}" title="{sentence}">'
        f'<div class="name">{escape(tile.label)}</div>'
        f'<div class="value">{escape(tile.value)} <small>{escape(tile.unit)}</small></div>'
        f'<div class="change {colour}">{change}</div>'
        f'<div class="band {colour}">{interval}</div>'
        f'<div class="band {colour}">{verdict}</div></section>'
    )


def _legend(shown: Sequence[Tile]) -> str:
    """What the numbers of all tiles are, once."""
    times = ", ".join(dict.fromkeys(tile.when for tile in shown))
    runs = max((tile.n for tile in shown), default=0)
    if runs < 2:
        return f'<div class="abm-legend">One run, an example: {escape(times)}.</div>'
    return (
        f'<div class="abm-legend">N = {runs} pairs of runs, {escape(times)}: median with the '
        "reform; below it the mean change against the baseline and its 90 % interval. "
        "Point at a number for its band over runs.</div>"
    )
