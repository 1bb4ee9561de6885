"""The app at its limits: many sessions, too many visitors, a prefix, and an end amid its work."""

from __future__ import annotations

import signal
import time

import pytest
from app_server import TINY, serving, start, stop
from relay import relaying

pytestmark = pytest.mark.browser

SESSIONS = 20
WARM = 10  # sessions after which libraries and caches are loaded
ROOM = 5  # visitors at a time: far fewer than sessions, so that those that ended must be gone
MOST_MEGABYTES = 60.0
MOST_THREADS = 8
LONG = "/?config=tiny&n=200"


def threads(server) -> int:
    """Threads of the server."""
    import psutil

    return int(psutil.Process(server.process.pid).num_threads())


def test_sessions_that_end_leave_nothing(tmp_path, visits):
    """Fifty pages opened and left one after another: places, memory and threads come back."""
    with serving(tmp_path, "--visitors", str(ROOM)) as server:
        visit = visits(server.address)
        page = visit.page
        page.goto(server.address + "/?page=nations", wait_until="commit")
        page.get_by_text("Why this supplier?").wait_for(timeout=240_000)  # its runs are all there
        for number in range(SESSIONS):
            page.goto(server.address + TINY, wait_until="commit")
            page.get_by_role("region").first.wait_for()
            if number == WARM:
                page.goto("about:blank")
                memory, alive = server.memory(), threads(server)
        page.goto("about:blank")
        time.sleep(2.0)
        assert visit.seen.found() == {}
        assert server.memory() - memory < MOST_MEGABYTES
        assert threads(server) - alive < MOST_THREADS


def test_a_visitor_too_many_reads_why(tmp_path, visits):
    """With one place taken the next visitor gets words, and the place when it is free."""
    with serving(tmp_path, "--visitors", "1") as server:
        first, second = visits(server.address), visits(server.address)
        first.open()
        second.page.goto(server.address + TINY)
        assert second.page.get_by_role("heading", name="All places are taken").count()
        assert "room for one visitor at a time" in second.page.locator("body").inner_text()
        assert first.button("Play").count()
        first.type_seed("2")
        first.page.wait_for_url("**seed=2**")
        first.close()
        second.open()
        assert second.tiles()


def test_a_prefix_behind_a_proxy(tmp_path, visits):
    """Behind a proxy that strips a prefix all pages, scripts and links stay under it."""
    with (
        serving(tmp_path, "--root-path", "/arms") as server,
        relaying(server.port, "/arms") as relay,
    ):
        visit = visits(relay.address)
        page = visit.open()
        visit.button("Compare").click()
        page.get_by_role("group", name="What is compared").wait_for()
        assert page.url.startswith(relay.address + "/?")
        page.get_by_role("navigation", name="Pages").get_by_role("button", name="Nations").click()
        page.wait_for_url("**page=nations**")
        page.wait_for_timeout(1500)
        page.reload()
        page.get_by_role("navigation", name="Pages").wait_for()
        assert visit.seen.found() == {}
        visit.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_an_end_amid_an_ensemble(tmp_path, visits, how):
    """Stopped or killed while runs are under way and a page is open, no process stays."""
    server = start(tmp_path, "--jobs", "2")
    try:
        visit = visits(server.address)
        visit.open(LONG, settled=False)
        visit.button("Cancel").wait_for()
        assert len(server.family()) >= 3
        begun = time.monotonic()
        server.end(how)
        assert server.left() == []
        assert time.monotonic() - begun < 30.0
        assert "Traceback" not in server.log.read_text(encoding="utf-8")
    finally:
        stop(server)
