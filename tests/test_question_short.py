"""Short answers: one sentence for every question, whose direction follows from the numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from question_batches import COST, FRICTION, answered, design, pretended, swept, two

from alliance_abm.coverage import NO_QUESTION
from experiments import paired as resampling
from experiments.batch.read import Batch
from experiments.questions.answer import END, answer
from experiments.questions.asks import BRACES, KINDS
from experiments.questions.page import answers_page
from experiments.questions.schema import load_question, question_items
from experiments.questions.short import SHORT

ANSWERED = [name for name, item in question_items().items() if item.abm != NO_QUESTION]
DIRECTION = re.compile(
    r"\b(rise|fall|higher|lower|raise|quicker|longer|cut|shorten|lengthen|better|worse)"
)
DOCS = Path(__file__).parents[1] / "docs"
PICTURE = re.compile(r"!\[(R-Q\d+)\]\((img/answers/[^)]+)\)")


def short(template: str, batch: Any, **given: Any) -> str:
    """The short answer that this template gives."""
    return answered("It.", batch, short=template, **given).short


def risen() -> Batch:
    """Without a policy, the unit cost is 1 higher at the second of two points."""
    batch = swept([0.0, 0.0])
    batch.outcomes.loc[batch.outcomes["draw"] == 1, "value"] += 1.0
    return batch


# --- files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ANSWERED)
def test_every_file_has_one_short_sentence_without_a_direction_of_its_own(name: str) -> None:
    """It asks for numbers, and no word outside the braces says how they come out."""
    file = load_question(name).file
    assert file is not None
    assert BRACES.search(file.short) and file.short.endswith(".")
    plain = BRACES.sub("it", file.short)
    assert len(END.split(plain)) == 1 and len(plain.split()) <= 45
    assert not DIRECTION.search(plain), plain


@pytest.mark.parametrize("name", ANSWERED)
def test_the_sentence_follows_the_sign_of_the_numbers(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every difference turned round it says something else; with noise alone, no direction."""
    monkeypatch.setattr(resampling, "BLOCKS", 1)
    whole = load_question(name)
    assert whole.file is not None
    question = replace(whole, file=whole.file.model_copy(update={"answer": "It."}))
    up, down, noise = (answer(pretended(question, sign), question).short for sign in (1, -1, 0))
    assert len({up, down, noise}) == 3, up
    assert DIRECTION.search(up) and DIRECTION.search(down), (up, down)
    assert not DIRECTION.search(noise.replace("none clearly lowers both", "")), noise
    assert all("{" not in said and len(END.split(said)) == 1 for said in (up, down, noise))


# --- phrases ----------------------------------------------------------------------------------


def test_every_kind_has_its_short_words() -> None:
    """No kind of ask is without a phrase for one sentence."""
    assert set(SHORT) == set(KINDS)


@pytest.mark.parametrize(
    "amount, said",
    [(-3.0, "It falls by 3.0 index points ("), (3.0, "It rises by 3.0 index points ("),
     (0.0, "It does not clearly change.")],
)  # fmt: skip
def test_one_change_is_a_predicate(amount: float, said: str) -> None:
    """The name is the template's; what is unclear has no number."""
    text = short("It {changes us_unit_cost of small}.", two(amount, 0.0))
    assert text.startswith(said) and "“" not in text


def test_the_largest_change_each_way_is_named_with_its_interval() -> None:
    """Of two that fall the larger one; of one each way both; of none that nothing is clear."""
    template = "Cost {rank us_unit_cost}."
    falls = short(template, two(-1.0, -4.0))
    assert falls.startswith("Cost falls most with “Large” (by 4.0 index points, ")
    assert "Small" not in falls and "told apart" not in falls
    both = short(template, two(-1.0, 4.0))
    assert "falls with “Small” (by 1.0" in both and "rises with “Large” (by 4.0" in both
    assert short(template, two(0.0, 0.0)) == "Cost is clearly moved by none of 2 tried."
    tied = short(template, two(-4.0, -4.0))
    assert "not told apart from that with" in tied


def test_too_few_runs_are_not_told_as_no_change() -> None:
    """Three pairs cannot be clear, however large the difference."""
    batch = two(-4.0, -4.0)
    few = batch.outcomes[batch.outcomes["replication"] < 3]
    said = short("Cost {rank us_unit_cost}.", replace(batch, outcomes=few))
    assert said == "Cost cannot be told from so few runs."


def test_the_size_with_the_largest_effect_is_told() -> None:
    """By the size of the lever, not by the title of the policy."""
    text = short("Cost {sizes us_unit_cost of small large}.", two(-1.0, -4.0))
    assert text.startswith("Cost falls most at 80 (by 4.0 index points")


def test_along_a_factor_it_is_told_where_an_effect_ends() -> None:
    """At every value, up to a value, or at none."""
    template = f"It is {{along us_unit_cost of small over {FRICTION}}}."

    def said(*amounts: float) -> str:
        return short(template, swept(list(amounts)), experiment=design())

    assert said(-2.0, -2.0) == "It is clearly lower at every value tried."
    assert said(0.0, 0.0) == "It is not clearly changed at any value tried."
    assert "It rises by 1.0 index points (" in short(
        f"It {{along us_unit_cost over {FRICTION}}}.", risen(), experiment=design()
    )
    assert said(-2.0, 2.0) == "It is clearly lower at 0; clearly higher at 0.25."


# --- what a reader sees -----------------------------------------------------------------------


def test_a_page_has_the_sentence_in_bold_then_points_and_the_runs_in_italics() -> None:
    """A minus sign is one, and the sentences of the answer are a list."""
    template = "{changes us_unit_cost of small}. Then {changes us_unit_cost of large}."
    sentence = "Cost {changes us_unit_cost of small}."
    found = answered(template, two(-3.0, 0.0), short=sentence)
    lines = answers_page([found.question], {"R-Q4": found}, {}).splitlines()
    assert f"**{found.short}**" in lines and found.short.startswith("Cost falls by 3.0")
    points = [line for line in lines if line.startswith("- ")]
    assert len(points) == 2 and points[1].startswith("- Then “U.S. unit cost” does not")
    assert "−0." in points[1] and "-0." not in points[1]
    assert any(line.startswith("*N = 36 runs") and line.endswith("*") for line in lines)
    assert found.row()["short"] == found.short
    assert COST in {row["outcome"] for row in found.table()}


def test_the_pictures_of_the_documents_exist_and_are_small() -> None:
    """One for every answer, no wider than a page needs, and together below a megabyte."""
    named = dict(PICTURE.findall((DOCS / "answers.md").read_text(encoding="utf-8")))
    assert list(named) == ANSWERED
    files = [DOCS / one for one in named.values()]
    assert set(files) == set((DOCS / "img" / "answers").iterdir())
    sizes = [one.stat().st_size for one in files]
    assert max(sizes) <= 60_000 and sum(sizes) <= 1_000_000
    for one in files:
        with Image.open(one) as picture:
            assert picture.format == "PNG" and 800 <= picture.width <= 1_400
            assert len(picture.getcolors() or []) <= 64
