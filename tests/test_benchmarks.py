"""The benchmark runs and its Mesa peer does the model's work. No time is tested."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from alliance_abm import load_scenario
from alliance_abm.model import AllianceModel
from benchmarks import __main__ as bench
from benchmarks import clock, readings, verbs
from benchmarks.mesa_peer import MesaPeer
from benchmarks.processes import Stint, speed_up
from benchmarks.replay import Replay, record
from benchmarks.sizes import QUICK
from benchmarks.synthetic import WideRuns, wide_world
from experiments.runner import RunRecord

TINY = replace(
    QUICK,
    repeats=1,
    run_end="2012Q4",
    quarters=(8, 12),
    growth_end="2011Q4",
    wide_nations=(41, 50),
    wide_suppliers=(10, 20),
    largest=(50, 9, 20, "2011Q4"),
    peer_end="2011Q4",
    pool_runs=4,
)


@pytest.fixture(scope="module")
def replay() -> Replay:
    """Fifteen years of the baseline."""
    return record(bench.until(load_scenario("baseline"), "2024Q4"))


@pytest.fixture(scope="module")
def peer(replay: Replay) -> MesaPeer:
    """The Mesa peer, facing the same fifteen years."""
    return MesaPeer(replay).run()


def test_the_peer_does_as_much_as_the_model(replay, peer):
    """Orders, deliveries, U.S. share, open cases and order books of the peer are close to the
    model's: the ratio of their times compares equal work."""
    model, other = replay.magnitudes, peer.magnitudes()
    assert other.orders_a_quarter == pytest.approx(model.orders_a_quarter, rel=0.1)
    assert other.delivered_a_quarter == pytest.approx(model.delivered_a_quarter, rel=0.1)
    assert other.us_share == pytest.approx(model.us_share, abs=0.08)
    assert other.cases_at_the_end == pytest.approx(model.cases_at_the_end, rel=0.4)
    assert other.book_at_the_end == pytest.approx(model.book_at_the_end, rel=0.25)


def test_the_peer_delivers_what_was_ordered(peer):
    """In the peer no order is delivered beyond its volume, and what its lines still owe is what
    its order books hold."""
    assert all(0.0 <= order.delivered <= order.volume for order in peer.orders)
    for line in peer.lines:
        owed = sum(order.volume - order.delivered for order in line.book)
        assert owed == pytest.approx(line.home.backlog + line.abroad.backlog, abs=1e-6)


def test_the_schedule_is_read_from_the_model():
    """Every verb of the model's step is found, in its order, where the step looks it up."""
    places = verbs.schedule()
    assert list(verbs.kernel_schedule()) == list(verbs.KERNEL_VERBS)
    assert next(iter(places)) == "levers.come_into_force"
    assert list(places)[-2:] == ["recorder.record", "security.record"]
    assert all(callable(getattr(room, name)) for room, name in places.values())


def test_watching_counts_calls_and_leaves_no_trace(tiny):
    """A watched run calls each quarterly verb once a quarter; afterwards the rooms are as before
    and the run has come to the same."""
    places = verbs.schedule()
    before = {verb: getattr(*place) for verb, place in places.items()}
    model = AllianceModel(tiny, rng=verbs.SEED)
    with clock.watched(places) as times:
        model.run()
    assert times.spent["choice.choose"].calls == tiny.horizon.quarters
    assert {verb: getattr(*place) for verb, place in places.items()} == before
    assert model.outcomes() == pytest.approx(
        AllianceModel(tiny, rng=verbs.SEED).run().outcomes(), nan_ok=True
    )


def test_the_slope_of_a_power_is_its_exponent():
    """Seconds that grow with the square of the size have slope 2."""
    assert clock.slope((2, 4, 8), (4.0, 16.0, 64.0)) == pytest.approx(2.0)


def test_wide_worlds_have_the_sizes_asked_for():
    """A wide world has that many nations, domains and suppliers; each supplier sells in every
    domain, keys and names are unique, and buyers import what their originals do."""
    real, world = wide_world(41, 8, 20), wide_world(60, 11, 20)
    assert (len(world.nations), len(world.domains)) == (61, 11)
    sells = (world.flows.sum(axis=0) > 0.0).sum(axis=1)
    assert (sells == 11).sum() == 20
    assert set(sells) == {0, 11}
    for names in (world.nations, world.domains, world.nation_keys, world.domain_keys):
        assert len(set(names)) == len(names)
    np.testing.assert_allclose(
        world.flows.sum(axis=1)[:41, :8], real.flows.sum(axis=1)[:41], atol=1e-9
    )


@pytest.mark.parametrize("size", [(40, 8, 10), (41, 7, 10), (41, 8, 42)])
def test_wide_worlds_are_not_smaller_than_the_data(size):
    """Fewer nations or domains than the data, or more suppliers than nations, are refused."""
    with pytest.raises(ValueError, match="suppliers"):
        wide_world(*size)


def test_wide_worlds_run():
    """A run of a wide world awards orders by nations that are copies, in domains that are."""
    scenario = load_scenario("baseline", {"events": [], "horizon.end": "2015Q4"})
    model = WideRuns(scenario, 50, 9, 12).model(1).run()
    rows = model.state.orders[: int(model.state.counts[0])]
    assert (rows["buyer"][rows["initial"] == 0] >= 42).any()
    assert (rows["domain"][rows["initial"] == 0] == 8).any()


def test_speed_up_compares_what_runs_needed():
    """Two workers whose runs need 1.25 s each, against 1 s alone, are a speed-up of 1.6, however
    late one starts and whoever else had the cores; one worker is none."""
    nothing = RunRecord(0, 0, {}, None)

    def runs(worker: int, begin: float, cpu: float, wall: float) -> list[Stint]:
        times = [begin + (wall + 0.25) * number for number in range(10)]
        return [Stint(worker, at, at + wall, cpu, nothing) for at in times]

    alone = runs(1, 0.0, 0.75, 0.75)
    pooled = runs(2, 0.0, 1.0, 1.0) + runs(3, 6.0, 1.0, 1.0)
    assert speed_up(alone, pooled) == pytest.approx(1.6)
    delayed = runs(2, 0.0, 1.0, 2.0) + runs(3, 6.0, 1.0, 3.0)
    assert speed_up(alone, delayed) == pytest.approx(1.6)
    assert math.isnan(speed_up(alone, runs(2, 0.0, 1.0, 1.0)))


def test_the_summary_says_what_was_missed():
    """A reading on the wrong side of its target is not met; one not taken is not measured."""
    section = readings.Section(
        "", "", [readings.Reading("run", 61.0, "ms"), readings.Reading("peer ratio", 25.0, "×")]
    )
    verdicts = {row["reading"]: row["verdict"] for row in readings.summary([section])}
    assert verdicts["run"] == "NOT MET"
    assert verdicts["peer ratio"] == "met"
    assert verdicts["last step"] == "not measured"


def test_every_section_prints_its_rows(monkeypatch, capsys):
    """The benchmark measures all sections and prints one JSON object with a row per reading and
    per target; of so few runs a pool may leave the second worker none."""
    monkeypatch.setattr(bench, "QUICK", TINY)
    bench.main(["--quick", "--json"])
    answer = json.loads(capsys.readouterr().out)
    measured = {row["reading"] for row in answer["rows"]}
    assert {target.reading for target in readings.TARGETS} <= measured
    assert set(verbs.schedule()) <= measured
    verdicts = {row["reading"]: row["verdict"] for row in answer["targets"]}
    verdicts.pop("two-process speed-up")
    assert set(verdicts.values()) == {"not judged"}


def test_tables_and_profile_are_printed(monkeypatch, capsys):
    """Without --json there are tables and the targets; --profile ranks kernels and functions."""
    monkeypatch.setattr(bench, "QUICK", TINY)
    bench.main(["--quick", "--only", "run", "memory"])
    said = capsys.readouterr().out
    assert "A run" in said
    assert "Targets" in said
    bench.main(["--quick", "--profile"])
    said = capsys.readouterr().out
    assert "choice._choose" in said
    assert "Interpreted functions" in said
