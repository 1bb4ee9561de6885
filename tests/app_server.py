"""The app as a process of its own, a browser that looks at it, and a relay that can be cut.

Fixtures of `conftest.py` are made from these; nothing here knows what the pages hold beyond the
names that a visitor reads.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).parent.parent
HOST = "127.0.0.1"
PATIENCE = 120.0  # seconds: kernels may have to be compiled, on a machine that does other things
TINY = "/?config=tiny&n=4"
MARK = "ALLIANCE_ABM_TEST_SERVER"  # in the environment of a server and of all its children
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOST}",
)  # fmt: skip


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


@dataclass
class Server:
    """A running server: its process, its address, and the mark that its children inherit."""

    process: subprocess.Popen[str]
    port: int
    mark: str
    log: Path

    @property
    def address(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    def family(self) -> list[psutil.Process]:
        """The processes that carry the mark, orphans too."""
        return [one for one in psutil.process_iter() if _marked(one, self.mark)]

    def memory(self) -> float:
        """Megabytes that the server itself holds."""
        return psutil.Process(self.process.pid).memory_info().rss / 1e6

    def get(self, path: str, **headers: str) -> tuple[int, Mapping[str, str], str]:
        """Status, headers and text of an answer; headers are given with _ for -."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        asked = urllib.request.Request(self.address + path, headers=named)
        try:
            with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
                return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode("utf-8", "replace")

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to end, and wait; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(PATIENCE)

    def left(self, seconds: float = 20.0) -> list[str]:
        """What still runs after so long, as command lines."""
        until = time.monotonic() + seconds
        while (left := self.family()) and time.monotonic() < until:
            time.sleep(0.1)
        return [" ".join(one.cmdline()) for one in left]


def _marked(process: psutil.Process, mark: str) -> bool:
    try:
        zombie = process.status() == psutil.STATUS_ZOMBIE
        return not zombie and process.environ().get(MARK) == mark
    except (psutil.Error, OSError):
        return False


def start(folder: Path, *words: str, port: int | None = None) -> Server:
    """Start `alliance-abm app` on a free port with one process for runs, and wait for its pages."""
    port = port or free_port()
    mark = f"{os.getpid()}-{port}-{time.monotonic_ns()}"
    log = folder / f"server-{port}.log"
    command = [sys.executable, "-m", "alliance_abm", "app", "--port", str(port)]
    command += [*words] if "--jobs" in words else ["--jobs", "1", *words]
    environment = {**os.environ, MARK: mark, "PYTHONPATH": str(ROOT)}
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=file,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
    server = Server(process, port, mark, log)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if _ready(server):
            return server
        time.sleep(0.2)
    stop(server)
    raise AssertionError(f"the server did not start: {log.read_text(encoding='utf-8')}")


def _ready(server: Server) -> bool:
    try:
        return server.get("/readyz")[0] == 200
    except OSError:
        return False


def stop(server: Server) -> None:
    """End a server, by force where asking does not help."""
    try:
        server.end()
    except subprocess.TimeoutExpired:
        server.end(signal.SIGKILL)
    for one in server.family():
        one.kill()


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[Server]:
    """A server of one's own; ends by SIGTERM with exit code 0 and leaves no process."""
    server = start(folder, *words)
    try:
        yield server
        code = server.end()
        assert code == 0, server.log.read_text(encoding="utf-8")
        assert server.left() == []
    finally:
        stop(server)


def chromium_path() -> str | None:
    """The browser of this machine."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless browser that knows no other host than this machine; skips without one."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = chromium_path()
    if path is None:
        pytest.skip("no chromium found: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Seen:
    """What went wrong, or would have gone elsewhere, while pages of a context were open."""

    home: str
    abroad: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def found(self) -> dict[str, list[str]]:
        """What there is of each; nothing of a page that is as it should be."""
        kinds = ("abroad", "failed", "errors", "dialogs")
        return {kind: getattr(self, kind) for kind in kinds if getattr(self, kind)}

    def watch(self, context: BrowserContext) -> None:
        """Note requests, answers, errors and dialogs of all pages of a context."""
        context.on("request", lambda one: self._asked(one.url))
        context.on("response", self._answered)
        context.on("console", self._told)
        context.on("weberror", lambda one: self.errors.append(str(one.error)))
        context.on("page", self._opened)

    def _opened(self, page: Page) -> None:
        page.on("websocket", lambda one: self._asked(one.url))
        page.on("dialog", self._asked_visitor)

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.home:
            self.abroad.append(url)

    def _answered(self, answer: Any) -> None:
        if answer.status >= 400:
            self.failed.append(f"{answer.status} {answer.url}")

    def _told(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _asked_visitor(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


class Visit:
    """One visitor: a context of its own with one page, and what a visitor does there."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.address = address
        self.seen = Seen(urlsplit(address).netloc)
        self.context = browser.new_context(viewport={"width": 1280, "height": 720})
        self.context.set_default_timeout(PATIENCE * 1000 / 2)
        self.seen.watch(self.context)
        self.page: Page = self.context.new_page()

    def open(self, path: str = TINY, settled: bool = True) -> Page:
        """Open a page and wait for its results (or only for its settings)."""
        self.page.goto(self.address + path, wait_until="commit")
        self.page.get_by_role("navigation", name="Pages").wait_for()
        if settled:
            self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the results are those of the settings."""
        self.page.get_by_role("region").first.wait_for()
        self.page.wait_for_function(IDLE)

    def changed(self, before: list[str]) -> None:
        """Wait until the headlines are other ones, and the results those of the settings."""
        self.page.wait_for_function(OTHER, arg=before)
        self.settle()

    def close(self) -> None:
        """Leave the page, so that the server hears of it, and close the context."""
        if not self.page.is_closed():
            self.page.goto("about:blank")
            self.context.close()

    @property
    def state(self) -> str:
        """What the bar says of the runs."""
        return self.page.get_by_role("banner").get_by_role("status").inner_text()

    @property
    def told(self) -> str:
        """Messages above the page."""
        return "\n".join(self.page.locator(".abm-note").all_inner_texts())

    def tiles(self) -> list[str]:
        """The headlines as they are read to those who do not see them."""
        found = self.page.get_by_role("region").all()
        return [str(one.get_attribute("aria-label")) for one in found]

    def button(self, name: str) -> Any:
        """The button of that very name; of those in bar and page, that of the page."""
        return self.page.get_by_role("button", name=name, exact=True).last

    def choose(self, label: str, option: str) -> None:
        """Take an option of a list."""
        self.page.get_by_role("button", name=label).first.click()
        self.page.get_by_role("option", name=option).click()

    def type_seed(self, text: str) -> None:
        """Write into the field of the seed."""
        self.page.get_by_role("textbox", name="Seed").fill(text)


IDLE = """() => {
  const bar = document.querySelector("header [role=status]");
  return bar && !bar.innerText.includes("pairs") && !bar.innerText.includes("previous");
}"""
OTHER = """(before) => {
  const here = [...document.querySelectorAll("section[aria-label]")].map((one) => one.ariaLabel);
  return here.length === before.length && here.some((one, place) => one !== before[place]);
}"""
