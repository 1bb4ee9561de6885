"""Coverage of the two papers: every identifier once, and every name in it exists."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from alliance_abm.catalogue import CatalogueError
from alliance_abm.cli import app
from alliance_abm.coverage import (
    ACTOR,
    ANSWERED,
    CLASSES,
    IN_PART,
    NO_QUESTION,
    PARTLY_NONE,
    Item,
    counts,
    coverage,
    load_coverage,
)
from alliance_abm.lever_data import LEVERS
from alliance_abm.outcomes import OUTCOMES
from alliance_abm.parameters import is_parameter
from alliance_abm.policies import policy_of_text
from alliance_abm.presets import preset
from alliance_abm.scenario import Scenario
from alliance_abm.script import EVENTS
from alliance_abm.worlds import in_world

ROOT = Path(__file__).parent.parent
MITRE = [*range(1, 25), *range(30, 37), *range(40, 44), 50, 51]
RAND = [*range(1, 16), 20, 21, 22, *range(25, 30), 30, 31, 35, 36, 40, 41, 45, *range(50, 54), 60,
        61]  # fmt: skip
QUESTIONS = range(1, 27)
COMMANDS = {command.name or command.callback.__name__ for command in app.registered_commands}
ITEMS = list(coverage().values())


def by_id(item: Item) -> str:
    return item.id


def test_every_identifier_of_the_papers_stands_once_and_no_other():
    """The identifiers are those of the requirements, which stay stable."""
    wanted = [f"M-{n:02}" for n in MITRE] + [f"R-{n:02}" for n in RAND]
    wanted += [f"R-Q{n}" for n in QUESTIONS]
    assert sorted(coverage()) == sorted(wanted)


def test_the_classes_count_every_item():
    """Each item has one class, and none of the classes is empty."""
    assert sum(counts().values()) == len(ITEMS)
    assert all(counts()[name] > 0 for name in CLASSES)


@pytest.mark.parametrize("item", ITEMS, ids=by_id)
def test_every_name_of_an_item_exists(item: Item):
    """Levers, outcomes, parameters, rooms and kinds of event are those of the model."""
    assert [name for name in item.levers if name not in LEVERS] == []
    assert [name for name in item.outcomes if name not in OUTCOMES] == []
    assert [path for path in item.parameters if not is_parameter(path)] == []
    assert [kind for kind in item.events if kind not in EVENTS] == []
    package = ROOT / "alliance_abm"
    assert [room for room in item.rooms if not (package / f"{room}.py").is_file()] == []


@pytest.mark.parametrize("item", ITEMS, ids=by_id)
def test_every_command_of_an_item_could_be_typed(item: Item, tiny: Scenario):
    """The command is registered; its levers, presets, worlds and outcomes exist."""
    reads = {
        "--lever": policy_of_text,
        "--preset": preset,
        "--world": lambda name: in_world(tiny, name),
        "--break-even": OUTCOMES.__getitem__,
    }
    for line in item.commands:
        command, *words = line.split()
        assert command in COMMANDS
        for place, word in enumerate(words):
            if word.startswith("--"):
                reads[word](words[place + 1])


@pytest.mark.parametrize("item", ITEMS, ids=by_id)
def test_every_class_says_what_it_has_to(item: Item):
    """Answered items have something that represents them and an answer; others say why not."""
    if item.abm in (ANSWERED, IN_PART):
        assert item.stands_for
        assert item.rooms or item.levers
        assert item.outcomes
        assert item.commands
    elif item.abm == PARTLY_NONE:
        assert item.stands_for
        assert item.commands
        assert item.why
    elif item.abm == NO_QUESTION:
        assert item.why
        assert not item.outcomes
        assert not item.commands
    else:
        assert item.abm == ACTOR
        assert item.stands_for


@pytest.mark.parametrize("lever", LEVERS)
def test_an_item_that_a_lever_stands_for_names_the_lever(lever: str):
    """A lever's items are known, and each of them names it."""
    missing = [item for item in LEVERS[lever].papers if lever not in coverage()[item].levers]
    assert missing == []


def test_every_lever_stands_for_an_item_but_the_placebo():
    """No lever is outside the two papers, the control apart."""
    named = {lever for item in ITEMS for lever in item.levers}
    assert set(LEVERS) - named == {"placebo"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("M-01: {item: x}\n", "abm"),
        ("M-01: {item: x, abm: Y, lever: [a]}\n", "levers"),
        ("X-01: {item: x, abm: Y}\n", "M, R"),
        ("M-01: {item: x, abm: Z}\n", "Y, P"),
        ("M-01: {item: x, abm: Y, levers: a}\n", "lists of names"),
        ("M-01: {item: '', abm: Y}\n", "must say something"),
        ("M-01: {item: x, abm: N}\n", "`why`"),
        ("M-01: {item: x, abm: Y, why: y}\n", "`why`"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(text: str, words: str, tmp_path: Path):
    """A mistake in the file is named with line and column."""
    file = tmp_path / "coverage.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"coverage\.yaml:1:1: ") as caught:
        load_coverage(file)
    assert words in str(caught.value)


def test_the_command_lists_items_and_answers_an_unknown_one():
    """An item comes with its levers; an unknown one with the nearest, exit code 2."""
    done = CliRunner().invoke(app, ["coverage", "R-Q14", "--json"])
    assert done.exit_code == 0
    assert '"abm": "N"' in done.stdout
    done = CliRunner().invoke(app, ["coverage", "R-Q41"])
    assert done.exit_code == 2
    assert "did you mean 'R-Q" in done.stderr
    assert "Traceback" not in done.stderr
