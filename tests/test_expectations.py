"""Expectations: what was stated, how it is judged, and the command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from alliance_abm.cli import app
from alliance_abm.datafiles import DOMAINS
from alliance_abm.lever_data import LEVERS
from alliance_abm.outcomes import OUTCOMES
from alliance_abm.scenario import load_scenario
from alliance_abm.worlds import in_world
from experiments import expectations as tried
from experiments.domain_measures import BY_DOMAIN, SINGLE, names
from experiments.expectation_rules import (
    HELD,
    KINDS,
    NOT_HELD,
    UNDECIDED,
    by_band,
    by_sign,
    judge,
    judge_all,
    overall,
)
from experiments.expectations import (
    Expectation,
    Expectations,
    Runs,
    choices,
    expectations,
    load_expectations,
    run_expectations,
)
from experiments.expectations_text import counts_line, page
from experiments.runner import POLICY

STATED = expectations()
ALL = list(STATED.all.values())
RUNS = 8
NOISE = np.linspace(-0.01, 0.01, RUNS)
LEVER = "lever placebo"
TEXT = """stated: 2026-11-22
replications: 2
requests: [2011Q1, 2019Q4]
longest_wait_quarters: 8
readiness: [2014Q1, 2018Q4]
better: {us_share_deliveries: up, gap_years: down}
expectations:
  placebo-does-nothing:
    claim: The placebo changes no wait.
    kind: small
    policies: [lever placebo]
    measure: wait_months
    domains: [combat_aviation]
    band: 0.01
    judged: Within one percent.
  placebo-wins-nothing:
    claim: The placebo wins nothing.
    kind: none_wins
    policies: [lever placebo]
    judged: No headline is better.
  placebo-raises-readiness:
    claim: The placebo raises U.S. readiness.
    kind: sign
    policies: [lever placebo]
    measure: us_readiness
    expected: up
    judged: Above zero.
"""


def by_id(one: Expectation) -> str:
    return one.id


# --- what is stated -----------------------------------------------------------------------------


def test_the_expectations_of_the_specification_are_stated():
    """Seven statements, some of them in two parts that runs can contradict one by one."""
    for part in ("process", "pooling", "trusted", "hybrid", "third-parties", "guarantees"):
        assert any(one.id.startswith(part) for one in ALL)
    assert STATED.all["no-lever-wins-everywhere"].policies == (tried.EVERY,)
    assert set(STATED.better) == {o.id for o in OUTCOMES.values() if o.headline} - {
        "n1_resilience_us"
    }


@pytest.mark.parametrize("one", ALL, ids=by_id)
def test_an_expectation_can_be_judged(one: Expectation):
    """Its policies, worlds, measure and domains exist, and its kind has what it needs."""
    assert one.kind in KINDS
    assert one.claim.endswith(".")
    assert one.judged.endswith((".", "held"))
    assert choices(one)
    for world in one.worlds:
        in_world(load_scenario("tiny"), world)
    assert set(one.domains) | set(one.against) <= set(DOMAINS)
    assert not set(one.domains) & set(one.against)
    if one.kind == "none_wins":
        assert not one.measure
    else:
        assert one.measure in {*BY_DOMAIN, *SINGLE, *OUTCOMES}
        assert bool(one.domains) == (one.measure in BY_DOMAIN)
    needs = {"small": one.band > 0, "interior": one.better in ("up", "down")}
    needs |= dict.fromkeys(("sign", "larger", "worlds"), one.expected in ("up", "down"))
    assert needs.get(one.kind, True)
    assert (len(one.worlds) > 1) == (one.kind == "worlds")
    assert (len(one.policies) > 2) == (one.kind == "interior")
    assert bool(one.against) == (one.kind == "larger")


def test_every_lever_means_all_but_the_control():
    """A new lever is tried too."""
    found = choices(STATED.all["no-lever-wins-everywhere"])
    assert set(found) == {f"lever {name}" for name in LEVERS} - {"lever placebo"}


# --- how it is judged ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "expected", "verdict"),
    [
        (0.1, 0.2, "up", HELD),
        (-0.2, -0.1, "up", NOT_HELD),
        (-0.1, 0.1, "up", UNDECIDED),
        (-0.2, -0.1, "down", HELD),
        (0.1, 0.2, "down", NOT_HELD),
        (0.0, 0.0, "down", UNDECIDED),
        (float("nan"), float("nan"), "up", UNDECIDED),
    ],
)
def test_a_sign_is_judged_by_the_whole_interval(low, high, expected, verdict):
    """An interval that holds zero decides nothing."""
    assert by_sign(low, high, expected) == verdict


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.04, 0.04, HELD),
        (0.0, 0.0, HELD),
        (0.06, 0.2, NOT_HELD),
        (-0.2, -0.06, NOT_HELD),
        (-0.06, 0.0, UNDECIDED),
        (float("nan"), float("nan"), UNDECIDED),
    ],
)
def test_a_small_change_lies_inside_its_band(low, high, verdict):
    """Only an interval inside the band shows that a change is small."""
    assert by_band(low, high, 0.05) == verdict


def test_one_contradiction_is_enough():
    """It held if all figures say so; it did not if any says that."""
    assert overall([HELD, HELD]) == HELD
    assert overall([HELD, UNDECIDED]) == UNDECIDED
    assert overall([UNDECIDED, NOT_HELD, HELD]) == NOT_HELD
    assert overall([]) == UNDECIDED


def runs_of(**worlds: dict[str, dict[str, float]]) -> Runs:
    """Runs whose every policy has a measure's value in each world, with the same noise."""
    values = {
        world: {
            policy: {name: value * (1.0 + 0 * NOISE) + NOISE for name, value in found.items()}
            for policy, found in policies.items()
        }
        for world, policies in worlds.items()
    }
    return Runs(values, RUNS, 1)


def stated(**more: object) -> Expectation:
    return replace(Expectation("x", "X.", "sign", "So.", (LEVER,)), **more)


@pytest.mark.parametrize(("after", "verdict"), [(2.0, HELD), (0.5, NOT_HELD), (1.0, UNDECIDED)])
def test_a_sign_expectation_follows_the_paired_difference(after: float, verdict: str):
    """Noise that both runs of a pair share does not matter."""
    runs = runs_of(baseline={POLICY: {"gap_years": 1.0}, LEVER: {"gap_years": after}})
    found = judge(stated(measure="gap_years", expected="up"), runs, STATED)
    assert found.verdict == verdict
    assert found.findings[0].difference == pytest.approx(after - 1.0)


@pytest.mark.parametrize(("land", "verdict"), [(0.5, HELD), (2.0, NOT_HELD), (1.0, UNDECIDED)])
def test_domains_are_compared_in_shares_of_their_own_baseline(land: float, verdict: str):
    """A fall by half counts alike from one month or from ten."""
    before = {"wait_months.land": 1.0, "wait_months.naval": 10.0}
    after = {"wait_months.land": land, "wait_months.naval": 10.0}
    one = stated(
        kind="larger", measure="wait_months", domains=("land",), against=("naval",),
        expected="down",
    )  # fmt: skip
    found = judge(one, runs_of(baseline={POLICY: before, LEVER: after}), STATED)
    assert found.verdict == verdict
    assert found.findings[0].difference == pytest.approx(land - 1.0, abs=1e-6)


@pytest.mark.parametrize(("calm", "verdict"), [(0.9, HELD), (0.1, NOT_HELD), (0.5, UNDECIDED)])
def test_the_first_world_is_held_against_each_other_one(calm: float, verdict: str):
    """The change of the gap by half in the first world against that in another."""
    runs = runs_of(
        surge={POLICY: {"gap_years": 1.0}, LEVER: {"gap_years": 0.5}},
        calm={POLICY: {"gap_years": 1.0}, LEVER: {"gap_years": calm}},
    )
    one = stated(kind="worlds", measure="gap_years", worlds=("surge", "calm"), expected="down")
    assert judge(one, runs, STATED).verdict == verdict


SIZES = ("lever placebo=1", "lever placebo=2", "lever placebo=3")


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ((1.0, 2.0, 3.0, 2.0), HELD),
        ((1.0, 2.0, 3.0, 4.0), NOT_HELD),
        ((4.0, 2.0, 3.0, 1.0), NOT_HELD),
        ((1.0, 3.0, 3.0, 3.0), UNDECIDED),
        ((3.0, 3.0, 3.0, 3.0), UNDECIDED),
    ],
)
def test_an_interior_optimum_beats_both_ends(values: tuple[float, ...], verdict: str):
    """The baseline is the smallest size; ties decide nothing."""
    policies = {
        policy: {"gap_years": value} for policy, value in zip((POLICY, *SIZES), values, strict=True)
    }
    one = stated(kind="interior", policies=SIZES, measure="gap_years", better="up")
    assert judge(one, runs_of(baseline=policies), STATED).verdict == verdict


@pytest.mark.parametrize(
    ("share", "gap", "verdict"),
    [(0.6, 0.5, NOT_HELD), (0.6, 2.0, HELD), (0.5, 1.0, HELD), (0.4, 2.0, HELD)],
)
def test_a_lever_that_wins_everywhere_contradicts(share: float, gap: float, verdict: str):
    """Each headline counts in the direction that is stated as better."""
    better = {"us_share_deliveries": "up", "gap_years": "down"}
    runs = runs_of(
        baseline={
            POLICY: {"us_share_deliveries": 0.5, "gap_years": 1.0},
            LEVER: {"us_share_deliveries": share, "gap_years": gap},
        }
    )
    one = stated(kind="none_wins")
    assert judge(one, runs, replace(STATED, better=better)).verdict == verdict


def test_a_measure_without_values_leaves_it_undecided():
    """Failed runs, or an outcome that a world does not have."""
    runs = Runs({}, RUNS, 1)
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning):
        verdicts = {one.verdict for one in judge_all(runs, small_band())}
    assert verdicts == {UNDECIDED}


def small_band() -> Expectations:
    return replace(STATED, all={"x": stated(measure="gap_years", kind="small", band=0.1)})


# --- runs ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Expectations:
    """Three expectations of the control."""
    file = tmp_path_factory.mktemp("expected") / "mine.yaml"
    file.write_text(TEXT, encoding="utf-8")
    return load_expectations(file)


@pytest.fixture
def shipped(own: Expectations, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command sees the three expectations of the control."""
    monkeypatch.setattr(tried, "expectations", lambda: own)
    yield


@pytest.fixture(scope="module")
def runs(own: Expectations) -> Runs:
    """Their runs in a tiny world that lasts long enough for a lever of 2026."""
    return run_expectations(load_scenario("tiny", {"horizon.end": "2027Q4"}), 2, 1, None, own)


def test_the_control_is_found_to_do_nothing(runs: Runs, own: Expectations):
    """Exactly nothing: small, no sign, no win."""
    found = {one.expectation.id: one for one in judge_all(runs, own)}
    assert found["placebo-does-nothing"].verdict == HELD
    assert found["placebo-wins-nothing"].verdict == HELD
    assert found["placebo-raises-readiness"].verdict == UNDECIDED
    assert found["placebo-raises-readiness"].findings[0].difference == 0.0
    assert counts_line(list(found.values())) == "2 held, 0 did not hold, 1 undecided"


def test_runs_have_every_measure_of_their_domains(runs: Runs):
    """Waits are positive months, bounded by the longest that counts."""
    domains = ("combat_aviation", "fires_munitions")
    for name in names(domains):
        assert np.isfinite(runs.of("baseline", POLICY, name)).all()
    for domain in domains:
        waits = runs.of("baseline", POLICY, f"wait_months.{domain}")
        assert ((waits > 0) & (waits <= 24)).all()


def test_the_page_says_every_claim_and_how_it_turned_out(runs: Runs, own: Expectations):
    """One table; the date on which they were stated."""
    text = page(judge_all(runs, own), own, runs, load_scenario("tiny"))
    assert all(one.claim in text for one in own.all.values())
    assert "2026-11-22" in text
    assert text.count(f"**{HELD}**") == 2


@pytest.mark.usefixtures("shipped")
def test_the_command_prints_rows_and_writes_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A page is written once, and only as a .md file."""
    monkeypatch.chdir(tmp_path)
    words = ["expectations", "tiny", "--set", "horizon.end=2027Q4", "--replications", "2",
             "--jobs", "1", "--quiet"]  # fmt: skip
    done = CliRunner().invoke(app, [*words, "--json", "--out", "page.md"])
    assert done.exit_code == 0
    rows = json.loads(done.stdout)["rows"]
    assert [row["turned_out"] for row in rows] == [HELD, HELD, UNDECIDED]
    assert Path("page.md").read_text(encoding="utf-8").startswith("# How the expectations")
    for out, reason in (("page.md", "exists"), ("page.txt", "is no page"), ("a/b.md", "no folder")):
        refused = CliRunner().invoke(app, [*words, "--out", out])
        assert refused.exit_code == 2
        assert reason in refused.stderr
