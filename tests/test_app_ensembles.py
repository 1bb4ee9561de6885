"""Ensembles of the app: the command's numbers, whatever happens to the processes meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import time
from dataclasses import replace

import pandas as pd
import psutil
import pytest
from typer.testing import CliRunner

from alliance_abm.cli import app
from alliance_abm.console import plain
from experiments.compare_text import json_rows
from experiments.pool import RunError
from viz.app import ensembles
from viz.app.ensembles import CACHED, FIRST_SHOWN, Engine, Results
from viz.app.settings import Settings, reform_of_text

TEXTS = ("dcs_tracked=50@2014Q1", "fms_fast_track=70@2015Q1+agency_integration@2015Q1")
ASKED = Settings("tiny", reforms=tuple(reform_of_text(one) for one in TEXTS), seed=3, pairs=6)
LONG = replace(ASKED, pairs=120)
PATIENCE = 30  # seconds
TABLES = ("differences", "outcomes", "series", "stages", "tiers", "lost")


@pytest.fixture(scope="module")
def engine():
    """An engine on two processes, for all tests."""
    found = Engine(2)
    found.start()
    yield found
    found.close()


def ignored(*_: object) -> None:
    """What nobody watches."""


def run(engine: Engine, settings: Settings, report=None, show=None) -> Results:
    """The results, waited for."""
    return asyncio.run(engine.run(settings, report or ignored, show or ignored))


@pytest.fixture(scope="module")
def found(engine):
    """The results of ASKED, what was reported, and what was shown meanwhile."""
    reports, shown = [], []
    results = run(engine, ASKED, lambda *one: reports.append(one), shown.append)
    return results, reports, shown


def test_the_command_gives_the_same_numbers(found, tmp_path, monkeypatch):
    """The command that the page offers, with the presets it offers, prints equal rows."""
    pytest.importorskip("solara")
    from viz.app.takeaway import command_of, preset_text

    found_rows = json_rows(found[0].comparison)
    monkeypatch.chdir(tmp_path)
    for number, reform in enumerate(ASKED.reforms, 1):
        text = preset_text(reform, f"Reform {number}")
        (tmp_path / f"reform-{number}.yaml").write_text(text, encoding="utf-8")
    words = shlex.split(command_of(ASKED))[1:]
    done = CliRunner().invoke(app, [*words, "--json", "--quiet", "--no-figures", "--jobs", "1"])
    assert done.exit_code == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    own = [{key: plain(value) for key, value in row.items()} for row in found_rows]
    assert len({row["policy"] for row in rows}) == len(ASKED.reforms)
    assert len(own) == len(rows) > 50
    for mine, told in zip(own, rows, strict=True):
        assert {**mine, "policy": told["policy"]} == told


def test_progress_and_first_results_come_meanwhile(found):
    """Every pair is reported; those of the first pairs are shown before all are done."""
    results, reports, shown = found
    assert reports == [(done, ASKED.pairs) for done in range(1, ASKED.pairs + 1)]
    (first,) = shown
    assert (first.pairs, first.wanted, first.whole) == (FIRST_SHOWN, ASKED.pairs, False)
    assert (results.pairs, results.whole, results.complete) == (ASKED.pairs, True, True)
    assert set(first.comparison.differences["n"]) <= {0, *range(FIRST_SHOWN + 1)}


def test_one_process_gives_what_two_give(found):
    """All tables are equal, in every value and in the order of their rows."""
    results, _, _ = found
    alone = Engine(1)
    try:
        again = run(alone, ASKED)
    finally:
        alone.close()
    for name in TABLES:
        one, other = (getattr(each.comparison, name) for each in (results, again))
        assert len(one)
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_the_same_question_is_answered_from_memory(engine, found):
    """A second visitor who asks the same gets the same object, without a run."""
    reports: list[tuple[int, int]] = []
    assert run(engine, ASKED, lambda *one: reports.append(one)) is found[0]
    assert reports == []


def test_memory_of_results_is_bounded(found):
    """Of many questions the last ones are kept, and one that was asked for again stays."""
    keeper = Engine(1)
    kept = [replace(found[0], settings=replace(ASKED, seed=seed)) for seed in range(CACHED + 3)]
    for one in kept:
        keeper.keep(one)
        keeper.known(kept[0].settings)
    there = [one for one in kept if keeper.known(one.settings) is not None]
    assert len(there) == CACHED
    assert there[0] is kept[0] and there[-1] is kept[-1]
    keeper.close()


def test_cancelling_takes_back_what_has_not_begun(engine, monkeypatch):
    """After a cancel most runs were never begun, and another question is answered."""
    futures = []
    submit = engine._submit

    def watched(plan, tasks):
        pool, submitted = submit(plan, tasks)
        futures.extend(submitted)
        return pool, submitted

    monkeypatch.setattr(engine, "_submit", watched)

    async def cancelled() -> None:
        begun = asyncio.Event()
        work = asyncio.create_task(engine.run(LONG, lambda *_: begun.set(), lambda _: None))
        await begun.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    asyncio.run(cancelled())
    taken_back = sum(one.cancelled() for one in futures)
    assert len(futures) == LONG.pairs
    assert taken_back > LONG.pairs / 2
    assert engine.known(LONG) is None
    monkeypatch.undo()
    assert run(engine, replace(ASKED, seed=9, pairs=1)).whole


def test_a_killed_process_is_told_and_replaced(engine):
    """When a process dies the question fails in words, and the next one is answered."""

    def kill(done: int, total: int) -> None:
        if done == 1:
            os.kill(next(iter(engine._pool._processes)), signal.SIGKILL)

    with pytest.raises(RunError, match="a process of the model died"):
        run(engine, LONG, kill)
    assert run(engine, replace(ASKED, seed=10, pairs=1)).whole


def test_after_a_death_none_of_the_old_processes_stays(engine):
    """The others of a pool of which one died are ended, for nobody would use them."""
    run(engine, replace(ASKED, seed=12, pairs=2))
    before = list(engine._pool._processes.values())

    def kill(done: int, total: int) -> None:
        if done == 1:
            os.kill(before[0].pid, signal.SIGKILL)

    with pytest.raises(RunError):
        run(engine, LONG, kill)
    until = time.monotonic() + 20.0
    while any(psutil.pid_exists(one.pid) for one in before) and time.monotonic() < until:
        time.sleep(0.1)
    assert [one.pid for one in before if psutil.pid_exists(one.pid)] == []


def test_a_death_while_nothing_runs_is_not_noticed(engine):
    """When a process was killed in between, the next question is answered by new ones."""
    run(engine, replace(ASKED, seed=13, pairs=2))
    pool = engine._pool
    for one in list(pool._processes.values()):
        os.kill(one.pid, signal.SIGKILL)
        one.join(10.0)
    pool._executor_manager_thread.join(10.0)
    assert run(engine, replace(ASKED, seed=14, pairs=2)).whole
    assert engine._pool is not pool


def test_every_run_failing_is_told(engine, monkeypatch):
    """When no run of the baseline succeeds, the message holds the first error."""
    monkeypatch.setattr(ensembles, "_do", _fails)
    with pytest.raises(RunError, match=r"every run failed; the first: ValueError: no such"):
        run(engine, replace(ASKED, seed=11, pairs=2))


def _fails(forks, scenario, number, seed):
    from experiments.forks import ForkFailure
    from experiments.runner import POLICY

    return [ForkFailure(POLICY, forks.plan[number], seed, "ValueError: no such", "")]


def test_a_closed_engine_leaves_no_process():
    """Closing ends the processes, also in the midst of runs, and nothing is begun after it."""
    engine = Engine(2)
    engine.start()

    async def closed() -> list:
        begun = asyncio.Event()
        work = asyncio.create_task(engine.run(LONG, lambda *_: begun.set(), lambda _: None))
        await begun.wait()
        processes = list(engine._pool._processes.values())
        await asyncio.to_thread(engine.close)
        with pytest.raises((RunError, asyncio.CancelledError)):
            await work
        return processes

    processes = asyncio.run(closed())
    assert len(processes) == 2
    end = time.monotonic() + PATIENCE
    while any(one.is_alive() for one in processes):  # another thread may be reaping them just now
        assert time.monotonic() < end
        time.sleep(0.05)
    with pytest.raises(RunError, match="stopping"):
        run(engine, ASKED)


def test_what_is_prepared_waits_for_visitors(engine):
    """Runs that nobody asked for yet go on behind a visitor's, and serve who asks for them."""
    wanted = replace(ASKED, seed=20, pairs=60)
    engine.prepare(wanted)
    assert run(engine, replace(ASKED, seed=21, pairs=2)).whole
    assert engine.known(wanted) is None
    found = run(engine, wanted)
    assert found.complete and found is engine.known(wanted)


def test_a_failure_while_preparing_is_told_to_who_asks(engine, monkeypatch):
    """Who waits for prepared runs gets the message; asked again, they are run again."""
    wanted = replace(ASKED, seed=22, pairs=4)
    monkeypatch.setattr(ensembles, "_do", _fails)
    engine.prepare(wanted)
    with pytest.raises(RunError, match="every run failed"):
        run(engine, wanted)
    monkeypatch.undo()
    assert run(engine, wanted).complete
