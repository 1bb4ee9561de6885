"""`python -m benchmarks.screenshots [FOLDER]`: every page as a picture, for documents and eyes.

Two sizes of window, light and dark, with controls and in presentation mode.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alliance_abm.console import say

ROOT = Path(__file__).parent.parent
DEFAULT = ROOT / "docs" / "img" / "app"
SIZES = {"1280": (1280, 720), "1920": (1920, 1080)}
SETTLE_MS = 2500
LONG = 600_000.0  # the Nations page waits for runs of the whole world


@dataclass(frozen=True)
class View:
    """A page: its link, and the buttons that are pressed before the picture is taken."""

    name: str
    query: str
    pressed: tuple[str, ...] = ()
    presentable: bool = True


VIEWS = (
    View("play", ""),
    View("play-sources", "", ("Sources and routes",), False),
    View("play-waiting", "", ("Waiting",), False),
    View("play-tradeoffs", "", ("Trade-offs",), False),
    View("play-shifting", "", ("Burden shifting",), False),
    View("play-lost", "", ("Lost sales",), False),
    View("compare", "page=compare"),
    View("compare-headlines", "page=compare", ("All headlines",), False),
    View("compare-table", "page=compare", ("Table",), False),
    View("nations", "page=nations"),
    View("nations-flows", "page=nations", ("Flows",), False),
    View("nations-network", "page=nations", ("Network",), False),
    View("levers", "page=levers", (), False),
    View("data", "page=data", (), False),
)


def main(words: Sequence[str] | None = None) -> int:
    """Take all pictures, or those whose name holds a text."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screenshots")
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--only", default="", help="views whose name holds this text")
    parser.add_argument("--size", choices=SIZES, help="this size of window only")
    parser.add_argument("--query", default="", help="settings, as they stand in a link")
    options = parser.parse_args(words)
    sys.path.insert(0, str(ROOT / "tests"))
    from app_server import Visit, launched, serving

    options.folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(serving(folder, "--jobs", "2"))
        browser = stack.enter_context(launched())
        visit = Visit(browser, server.address)
        visit.context.set_default_timeout(LONG)
        for view in VIEWS:
            if options.only in view.name:
                for name in pictures(visit, view, options):
                    say(name)
        visit.close()
    return 0


def pictures(visit: Any, view: View, options: Any) -> Iterator[str]:
    """Take the pictures of a view, and name each."""
    sizes = {options.size: SIZES[options.size]} if options.size else SIZES
    for size, (width, height) in sizes.items():
        visit.page.set_viewport_size({"width": width, "height": height})
        for mode in ("", "present") if view.presentable else ("",):
            parts = [view.query, options.query, "present=1" if mode else ""]
            visit.page.goto(visit.address + "/?" + "&".join(one for one in parts if one))
            shown(visit.page, view)
            for button in view.pressed:
                visit.page.get_by_role("button", name=button, exact=True).click()
            visit.page.wait_for_timeout(SETTLE_MS)
            yield taken(visit.page, options.folder, view.name, size, mode)
            if mode == "" and size == "1280" and not view.pressed:
                visit.page.get_by_role("button", name="Light or dark").click()
                visit.page.wait_for_timeout(SETTLE_MS)
                yield taken(visit.page, options.folder, view.name, size, "dark")
                visit.page.get_by_role("button", name="Light or dark").click()
                visit.page.wait_for_timeout(SETTLE_MS / 5)


def shown(page: Any, view: View) -> None:
    """Wait for what the view is about."""
    page.get_by_role("navigation", name="Pages").wait_for()
    drawn = view.query not in ("page=levers", "page=data")
    page.locator(".aa-chart canvas" if drawn else ".abm-card").first.wait_for()


def taken(page: Any, folder: Path, name: str, size: str, mode: str) -> str:
    """One picture in the folder; its file name."""
    file = "-".join(part for part in (name, size, mode) if part) + ".png"
    page.screenshot(path=folder / file)
    return file


if __name__ == "__main__":
    sys.exit(main())
