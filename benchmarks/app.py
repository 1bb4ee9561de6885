"""`python -m benchmarks.app`: how quickly the page answers, in headless Chromium at 1280×720.

Starts the app, opens it as a visitor would, and prints what was measured beside what is wanted.
Nothing here is a test: times depend on the machine, which the table names.

--sessions N   sessions that are opened and closed (50)
--json         one JSON object instead of a table
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alliance_abm.console import print_table, say

TESTS = Path(__file__).parent.parent / "tests"
STEPS = 20
CLICKS = 12
OPENINGS = 5
QUARTER_80 = "2030Q1"  # eighty quarters after the start
BUSY = "/?n=200&seed=77"  # pairs of the whole world: minutes of work
CHART = ".aa-chart canvas"
PREPARED_MS = 600_000.0


@dataclass(frozen=True)
class Measured:
    """One bar: what was found, what is wanted, and in which unit."""

    what: str
    found: float
    wanted: float
    unit: str
    spread: str = ""

    @property
    def within(self) -> bool:
        """Is it no more than wanted?"""
        return self.found <= self.wanted


def main(words: Sequence[str] | None = None) -> int:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.app")
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(words)
    sys.path.insert(0, str(TESTS))
    from app_server import Visit, launched, serving

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(serving(folder, "--visitors", "20"))
        browser = stack.enter_context(launched())
        found = machine(browser.version)
        rows = [opening(lambda: Visit(browser, server.address))]
        visit = Visit(browser, server.address)
        visit.open("/")
        rows += [stepping(visit), *busy(visit)]
        rows.append(abroad(visit))
        visit.close()
        rows.append(sessions(Visit(browser, server.address), server, options.sessions))
    if options.json:
        print(json.dumps({**found, "measured": [vars(row) for row in rows]}, indent=1))
        return 0
    lines = [
        (row.what, f"{row.found:.3g}", f"{row.wanted:g}", row.unit, row.spread,
         "yes" if row.within else "NO")
        for row in rows
    ]  # fmt: skip
    columns = ("measured", "found", "at most", "unit", "range", "within")
    print_table("The page in the browser", columns, lines, (1, 2))
    say(", ".join(f"{key} {value}" for key, value in found.items()))
    return 0


def machine(version: str) -> dict[str, str]:
    """Cores, processor, load and browser."""
    from benchmarks.__main__ import machine as here

    load = subprocess.run(["uptime"], capture_output=True, text=True, check=False).stdout
    return {**here(), "Chromium": version, "load": load.rpartition(":")[2].strip()}


def opening(visit: Callable[[], Any]) -> Measured:
    """Seconds from opening the page to the first chart, each time by a new visitor."""
    seconds = []
    for _ in range(OPENINGS):
        one = visit()
        begun = time.perf_counter()
        one.page.goto(one.address + "/", wait_until="commit")
        one.page.wait_for_selector(CHART)
        seconds.append(time.perf_counter() - begun)
        one.close()
    return _measured("first chart after opening", seconds, 5.0, "s")


def stepping(visit: Any) -> Measured:
    """Milliseconds from a step to the chart that shows it, with 80 quarters of history."""
    visit.page.goto(f"{visit.address}/?page=nations", wait_until="commit")
    visit.page.wait_for_selector(CHART, timeout=PREPARED_MS)  # the server is at rest then
    visit.page.goto(f"{visit.address}/?quarter={QUARTER_80}", wait_until="commit")
    visit.settle()
    visit.button("One quarter on").click()  # the run up to here is done once
    visit.page.get_by_text("2030Q2", exact=True).wait_for()
    visit.page.wait_for_timeout(1500)
    times = [visit.page.evaluate(STEP_TO_CHART) for _ in range(STEPS)]
    return _measured("step to chart, 80 quarters", times, 300.0, "ms")


def busy(visit: Any) -> list[Measured]:
    """Milliseconds from a click to its answer, idle and while an ensemble runs."""
    visit.page.goto(visit.address + "/", wait_until="commit")
    visit.settle()
    idle = _clicks(visit)
    visit.page.goto(visit.address + BUSY, wait_until="commit")
    visit.button("Cancel").wait_for()
    visit.page.get_by_role("region").first.wait_for()
    visit.page.wait_for_timeout(2000)
    times = _clicks(visit)
    visit.button("Cancel").click()
    return [
        _measured("click to answer, idle", idle, 200.0, "ms"),
        _measured("click to answer, ensemble runs", times, 200.0, "ms"),
    ]


def _clicks(visit: Any) -> list[float]:
    names = ("Waiting", "Market share and burden")
    group = visit.page.get_by_role("group", name="Charts")
    group.get_by_role("button", name=names[0]).click()
    visit.page.wait_for_timeout(1500)
    times = []
    for number in range(CLICKS):
        times.append(visit.page.evaluate(CLICK_TO_ANSWER, names[(number + 1) % 2]))
        visit.page.wait_for_timeout(300)
    return times


def abroad(visit: Any) -> Measured:
    """Requests to other hosts on all pages."""
    for name in ("play", "compare", "nations", "levers", "data"):
        visit.page.goto(f"{visit.address}/?page={name}", wait_until="commit")
        visit.page.locator(".abm-main").wait_for()
        visit.page.wait_for_timeout(1500)
    wrong = len(visit.seen.abroad) + len(visit.seen.failed)
    return Measured("requests to other hosts, and answers of 400 and more", wrong, 0, "requests")


def sessions(visit: Any, server: Any, count: int) -> Measured:
    """Megabytes that the server has grown by after pages were opened and left."""
    warm = min(10, count // 2)
    memory = server.memory()
    for number in range(count):
        visit.page.goto(visit.address + "/", wait_until="commit")
        visit.page.wait_for_selector(CHART)
        if number == warm:
            visit.page.goto("about:blank")
            memory = server.memory()
    visit.page.goto("about:blank")
    visit.page.wait_for_timeout(3000)
    grown = server.memory() - memory
    visit.close()
    ends = f"{memory:.0f} to {memory + grown:.0f}"
    return Measured(f"memory after {count} sessions, against {warm}", grown, 60.0, "MB", ends)


def _measured(what: str, values: Sequence[float], wanted: float, unit: str) -> Measured:
    low, high = min(values), max(values)
    spread = f"{low:.3g} to {high:.3g}, N = {len(values)}"
    return Measured(f"{what}, median", statistics.median(values), wanted, unit, spread)


STEP_TO_CHART = """() => new Promise((resolve) => {
  requirejs([`${window.solara.cdn}/echarts@5.4.0/dist/echarts.min.js`], resolve);
}).then((echarts) => new Promise((done) => {
  const quarter = document.querySelector(".abm-scrub .quarter");
  const plot = document.querySelector(".aa-chart-plot");
  const chart = echarts.getInstanceByDom(plot);
  const begun = performance.now();
  const before = quarter.innerText;
  const drawn = () => {
    if (quarter.innerText === before && performance.now() - begun < 5000) return;
    chart.off("rendered", drawn);
    requestAnimationFrame(() => done(performance.now() - begun));
  };
  chart.on("rendered", drawn);
  document.querySelector('[aria-label="One quarter on"]').click();
}))"""
CLICK_TO_ANSWER = """(name) => new Promise((done) => {
  const find = () => [...document.querySelectorAll('[aria-label="Charts"] button')]
    .find((one) => one.innerText.trim() === name);
  const begun = performance.now();
  const look = () => {
    const told = find().getAttribute("aria-pressed") === "true";
    if (told) done(performance.now() - begun); else requestAnimationFrame(look);
  };
  find().click();
  look();
})"""

if __name__ == "__main__":
    sys.exit(main())
