"""The command `explain`: what it prints, draws and refuses."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from alliance_abm.cli import app
from alliance_abm.explain import explain_choices
from alliance_abm.explain_terms import TERMS
from alliance_abm.explanation import Explanation
from alliance_abm.model import AllianceModel
from alliance_abm.quarters import Quarter
from alliance_abm.scenario import load_scenario

TERM_IDS = [term.id for term in TERMS]


def call(*words: str):
    return CliRunner().invoke(app, ["explain", *words])


@pytest.fixture(scope="module")
def decided() -> Explanation:
    """A search of Poland in the tiny world with more than one offer and an order."""
    for quarter in range(8, 40):
        for one in explain_choices(load_scenario("tiny"), "POL", Quarter(quarter)):
            if one.orders and len(one.offers) > 2:
                return one
    raise AssertionError("nothing was bought")


def test_the_command_explains(decided, monkeypatch):
    """What it prints is the explanation; a number of the ledger picks one."""
    words = ("POL", str(decided.quarter), "tiny")
    done = call(*words, "--order", str(decided.order))
    assert done.exit_code == 0, done.stderr
    assert done.stdout.rstrip() == str(decided)
    assert str(decided) in call(*words).stdout
    assert call(*words, "--domain", decided.domain, "--all").exit_code == 0


def test_the_command_answers_in_json(decided):
    """Rows have the keys of the interface, one key a term, and sum to the utility."""
    done = call("POL", str(decided.quarter), "tiny", "--domain", decided.domain, "--json")
    found = json.loads(done.stdout)
    assert found["command"] == "explain"
    keys = ["order", "offer", "supplier", "route", "chosen", "probability", "utility", *TERM_IDS]
    assert [list(row)[: len(keys)] for row in found["rows"]] == [keys] * len(found["rows"])
    for row in found["rows"]:
        assert "lost_by" in row
        if row["utility"] is not None:
            assert sum(row[name] for name in TERM_IDS) == pytest.approx(row["utility"], abs=1e-9)
    assert sum(row["probability"] for row in found["rows"]) == pytest.approx(1.0)
    assert [row["offer"] for row in found["rows"]] == list(range(1, len(found["rows"]) + 1))


def test_another_seed_is_another_run(decided):
    """--seed and --set reach the run that is replayed."""
    words = ("POL", str(decided.quarter), "tiny", "--json")
    plain = json.loads(call(*words).stdout)["rows"]
    other = json.loads(call(*words, "--seed", "12").stdout)["rows"]
    free = json.loads(call(*words, "--set", "choice.weight_price=1").stdout)["rows"]
    assert plain != other and plain != free


def test_nothing_decided_names_the_nearest_searches(decided):
    """A quarter without a decision is answered with the searches nearest to it, and ends well."""
    tiny = load_scenario("tiny")
    run = AllianceModel(tiny)
    idle = None
    while run.running and idle is None:
        found = explain_choices(tiny, "FRA", Quarter(run.state.quarter), "combat_aviation")
        idle = Quarter(run.state.quarter) if not found else None
        run.step()
    assert idle is not None
    words = ("FRA", str(idle), "tiny", "--domain", "combat_aviation")
    done = call(*words)
    assert done.exit_code == 0
    assert f"France decided nothing in combat aviation in {idle}" in done.stdout
    assert "Its nearest searches: 20" in " ".join(done.stdout.split())
    done = call(*words, "--json")
    assert json.loads(done.stdout)["rows"] == []
    assert "decided nothing" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("POLL", "2012Q1"), "NATION: 'POLL' is unknown; allowed: USA, FRA, POL, ROW; did you"),
        (("POL", "2012"), "QUARTER: '2012' is not a quarter"),
        (("POL", "2031Q1"), "QUARTER: 2031Q1 is outside the run; allowed: 2010Q1 to 2019Q4"),
        (("POL", "2012Q1", "--domain", "lnd"), "--domain: 'lnd' is unknown"),
        (("POL", "2012Q1", "--order", "0"), "--order: 0 is no order of POL in 2012Q1"),
        (("POL", "2012Q1", "--set", "x.y=1"), "unknown parameter"),
    ],
)
def test_a_mistake_gets_one_message(words, message):
    """Exit code 2, one message that names the field, nothing on standard output."""
    done = call(*words[:2], "tiny", *words[2:])
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_search_is_drawn_into_a_file(decided, tmp_path):
    """--out writes the figure, refuses another format, a second time, and no offers."""
    words = ("POL", str(decided.quarter), "tiny", "--domain", decided.domain, "--out")
    for name in ("why.svg", "why.png"):
        assert call(*words, str(tmp_path / name)).exit_code == 0
        assert (tmp_path / name).stat().st_size > 10_000
    for name, message in (
        ("why.pdf", "allowed: a file ending in .svg or .png"),
        ("why.svg", "exists; allowed: a new file, or --overwrite"),
        ("none/why.svg", "is no folder"),
    ):
        done = call(*words, str(tmp_path / name))
        assert done.exit_code == 2 and message in done.stderr
    assert call(*words, str(tmp_path / "why.svg"), "--overwrite").exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["why.png", "why.svg"]
