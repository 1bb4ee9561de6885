"""Research questions: files that name what exists, and phrases that follow from the numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from question_batches import (
    COST,
    FRICTION,
    HOLDOUT,
    NOISE,
    answered,
    batch_of,
    design,
    experiment,
    policies_named,
    shifted,
    swept,
    told,
    two,
)

from alliance_abm.coverage import NO_QUESTION, coverage
from alliance_abm.datafiles import shipped_configs
from alliance_abm.problems import ConfigError
from experiments.batch.designs import LEVER
from experiments.questions.answer import READING
from experiments.questions.asks import KINDS, Ask, ask_of
from experiments.questions.evidence import Evidence
from experiments.questions.page import answers_page
from experiments.questions.phrases import SAY
from experiments.questions.run import plan_of
from experiments.questions.schema import load_file, load_question, question_items
from experiments.questions.words import change, level, runs_of

ANSWERED = [name for name, item in question_items().items() if item.abm != NO_QUESTION]
TITLE = (
    "question: How far?\n"
    "experiment: {title: A, description: B, policies: [{lever: pooled_buying}]}\n"
)


def row(**given: Any) -> dict[str, Any]:
    """A row of a fall by 1.2 months that is clear."""
    return {
        "unit": "months, mean", "difference": -1.2, "low": -1.4, "high": -0.9, "n": 12, "draws": 0,
        "sign_share": float("nan"), "verdict": "clear", "name": "Wait", **given,
    }  # fmt: skip


# --- files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ANSWERED)
def test_every_question_of_a_class_with_an_answer_has_a_file_that_can_be_run(name: str) -> None:
    """Its levers, parameters, outcomes, worlds and presets exist, and it is small."""
    question = load_question(name)
    assert question.file is not None
    plan = plan_of(question)
    assert 90 <= plan.runs <= 400
    assert question.file.experiment.papers == (name,)
    assert {"outcomes"} <= question.file.experiment.model_fields_set


def test_no_other_file_lies_among_the_questions() -> None:
    """Files are those of the questions that have an answer, and no more."""
    found = {path.stem for path in (shipped_configs() / "questions").glob("*.yaml")}
    assert found == set(ANSWERED)
    assert len(ANSWERED) == 20


def test_a_question_that_is_none_says_why_not() -> None:
    """It has no file, and its status is the reason that the coverage table gives."""
    for name, item in question_items().items():
        if item.abm == NO_QUESTION:
            question = load_question(name)
            assert question.file is None and item.why in question.status


def test_the_coverage_table_names_the_command_of_every_question() -> None:
    """Whoever looks up a question finds how to have it answered."""
    for name in ANSWERED:
        assert f"question {name}" in coverage()[name].commands


@pytest.mark.parametrize("word", ["r-q13", "Q13", " R-Q13 "])
def test_a_question_is_found_however_it_is_written(word: str) -> None:
    """Case, blanks and the R- before it do not matter."""
    assert load_question(word).id == "R-Q13"


def test_an_unknown_question_is_answered_with_the_nearest() -> None:
    """One message with what is allowed."""
    with pytest.raises(ConfigError, match=r"no question is named 'R-Q33'.*did you mean 'R-Q"):
        load_question("R-Q33")


REFUSED = {
    "{chnges us_unit_cost of pooled_buying}": "'chnges' is no kind of phrase.*'changes'",
    "{changes us_unit_cot of pooled_buying}": "no outcome of the experiment.*'us_unit_cost'",
    "{changes us_unit_cost of pooled}": "no policy of the experiment",
    "{changes us_unit_cost of pooled_buying in surge}": "no world of the experiment",
    "{changes us_unit_cost}": "names 0 times a policy",
    "{}": "the braces are empty",
}


@pytest.mark.parametrize("template", REFUSED)
def test_a_template_with_a_placeholder_that_means_nothing_is_refused(
    template: str, tmp_path: Path
) -> None:
    """The message names file, line, column, the placeholder and what is allowed."""
    path = tmp_path / "R-Q4.yaml"
    rest = "figure: {kind: rank, outcomes: [us_unit_cost]}\ndepends: On.\nnot_answered: Not.\n"
    path.write_text(f"{TITLE}short: It.\nanswer: 'It {template}.'\n{rest}", encoding="utf-8")
    with pytest.raises(ConfigError, match=REFUSED[template]) as caught:
        load_file(path)
    assert f"{path}:4:9: answer: {{" in str(caught.value)


def test_a_figure_of_an_outcome_that_is_not_measured_is_refused(tmp_path: Path) -> None:
    """Its place is told."""
    path = tmp_path / "R-Q4.yaml"
    rest = "figure: {kind: rank, outcomes: [gap_yers]}\ndepends: On.\nnot_answered: Not.\n"
    path.write_text(f"{TITLE}short: It.\nanswer: It is.\n{rest}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r":5:9: figure: 'gap_yers' is no outcome.*'gap_years'"):
        load_file(path)


def test_mistakes_inside_the_experiment_keep_their_place(tmp_path: Path) -> None:
    """An unknown lever is told with the line it stands in."""
    path = tmp_path / "R-Q4.yaml"
    rest = "short: It.\nanswer: It is.\nfigure: {kind: rank, outcomes: [gap_years]}\n"
    text = TITLE.replace("pooled_buying", "pooled_bying") + rest
    path.write_text(f"{text}depends: On.\nnot_answered: Not.\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r":2:\d+: experiment.policies\[0\].*pooled_buying"):
        load_file(path)


# --- words ------------------------------------------------------------------------------------


def test_a_change_is_told_by_its_sign_and_never_presupposed() -> None:
    """Falling, rising, unclear, exactly zero, too few and without a value each have their words."""
    assert change(row()) == "falls by 1.2 months (0.90 to 1.4)"
    assert change(row(difference=1.2, low=0.9, high=1.4)) == "rises by 1.2 months (0.90 to 1.4)"
    unclear = row(difference=0.05, low=-0.1, high=0.2, verdict="unclear")
    assert change(unclear) == "does not clearly change (−0.10 to 0.20 months)"
    assert change(row(verdict="none")) == "stays exactly as it is"
    assert change(row(verdict="no pair", n=0)) == "has no value in these runs"
    assert change(row(verdict="too few pairs", n=1)) == "cannot be told from so few runs"


def test_an_interval_without_zero_that_many_comparisons_make_unclear_says_so() -> None:
    """The reader is told why an interval without zero is not called a change."""
    said = change(row(difference=0.1, low=0.05, high=0.2, verdict="unclear"))
    assert said.startswith("does not clearly change") and "among so many comparisons" in said


def test_signs_over_draws_are_told_where_there_are_draws() -> None:
    """The number of draws with the same sign stands in the brackets."""
    said = change(row(draws=8, sign_share=0.75))
    assert said == "falls by 1.2 months (0.90 to 1.4; same sign in 6 of 8 draws)"


def test_levels_have_units_and_a_constant_has_no_interval() -> None:
    """A share is a percentage, an index has no unit, and what never varies says so."""
    share = row(unit="share of volume", difference=0.41, low=0.4, high=0.43)
    assert level(share) == "41 % (40 to 43)"
    assert level(row(unit="2025 = 100", difference=96.0, low=95.0, high=97.0)) == "96 (95 to 97)"
    assert level(row(difference=3.0, low=3.0, high=3.0)) == "3.0 months in every run"
    assert level(row(n=0)) == "no value in these runs"


def test_values_with_the_same_side_are_put_together() -> None:
    """A change of side is told at the value where it happens."""
    sides = ["clear", "clear", "unclear", "unclear", "none"]
    rows = [row(verdict=one, at=place / 10) for place, one in enumerate(sides)]
    said = runs_of(rows, lambda one: f"{one['at']:g}")
    assert said == "clearly lower at 0 to 0.1; not clearly changed at 0.2 to 0.3; " + (
        "exactly unchanged at 0.4"
    )


# --- answers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("small, said", [(-3.0, "falls by 3.0"), (3.0, "rises by 3.0")])
def test_the_same_template_tells_a_rise_and_a_fall(small: float, said: str) -> None:
    """Only the numbers decide."""
    assert f"“U.S. unit cost” {said} index points" in told(
        "{changes us_unit_cost of small}", two(small, 0.0)
    )


def test_noise_alone_is_not_told_as_a_change() -> None:
    """A mean of zero with its interval is unclear; the same values are exactly unchanged."""
    text = told("{changes us_unit_cost of small}", two(0.0, 0.0))
    assert "does not clearly change" in text
    values = shifted({})
    same = values["baseline", "baseline", 0, COST]
    policies = policies_named(small="pooled_buying=20", large="pooled_buying=80")
    exact = batch_of({**values, ("small", "baseline", 0, COST): same}, policies=policies)
    assert "stays exactly as it is" in told("{changes us_unit_cost of small}", exact)
    assert "has no value in these runs" in told("{changes us_unit_cost of large}", exact)


def test_sizes_tell_the_largest_effect_and_the_smallest_that_is_as_good() -> None:
    """A knee is found where a larger size adds nothing, and not where it does."""
    template = "{sizes us_unit_cost of small large}"
    assert "largest at 80, clearly above" in told(template, two(-1.0, -4.0))
    same = told(template, two(-4.0, -4.0))
    assert "20 is the smallest size whose effect is not told apart" in same or (
        "the effect is largest at 20" in same
    )
    assert "no size tried changes it clearly" in told(template, two(0.0, 0.0))


def test_steps_are_per_unit_of_size() -> None:
    """From 20 to 80 a further fall by 6 is 0.1 a unit."""
    text = told("{steps us_unit_cost of small large}", two(-2.0, -8.0))
    assert "from 0 to 20 falls by 0.10 index points" in text
    assert "from 20 to 80 falls by 0.10 index points" in text


def test_a_ranking_says_ties_as_ties() -> None:
    """What the same seeds do not tell apart has no order; what they do has one."""
    template = "{rank us_unit_cost}"
    apart = told(template, two(-1.0, -4.0))
    assert (
        apart.index("“Large” by 4.0") < apart.index("“Small” by 1.0") and "told apart" not in apart
    )
    assert "not told apart" in told(template, two(-4.0, -4.0))
    both = told(template, two(-1.0, 4.0))
    assert "falls with “Small” by 1.0" in both and "rises with “Large” by 4.0" in both
    assert "is clearly moved by none of 2 tried" in told(template, two(0.0, 0.0))


@pytest.mark.parametrize(
    "amounts, said",
    [
        ([-2.0, -2.0, -2.0], "is clearly lower at every value tried of the friction"),
        ([-2.0, -2.0, 0.0], "clearly lower at 0 to 0.25; not clearly changed at 0.5"),
        (
            [-2.0, 0.0, 2.0],
            "clearly lower at 0; not clearly changed at 0.25; clearly higher at 0.5",
        ),
        ([0.0, 0.0, 0.0], "not clearly changed at any value tried of the friction"),
    ],
)
def test_where_an_effect_ends_is_told_along_a_factor(amounts: list[float], said: str) -> None:
    """It holds at every value, stops, turns, or is nowhere clear."""
    names = {FRICTION: "the friction"}
    template = f"{{along us_unit_cost of small over {FRICTION}}}"
    assert said in told(template, swept(amounts), experiment=design(), names=names)


def test_without_a_policy_levels_at_both_ends_are_compared() -> None:
    """The contrast is that of the last value less the first on the same seeds."""
    batch = swept([0.0, 0.0])
    batch.outcomes.loc[batch.outcomes["draw"] == 1, "value"] += 7.0
    text = told(f"{{along us_unit_cost over {FRICTION}}}", batch, experiment=design())
    assert "from one to the other it rises by 7.0 index points" in text


def test_factors_are_ranked_by_what_they_move() -> None:
    """The largest first; what is not clear stands apart."""
    points = [{FRICTION: 0.0, HOLDOUT: 0.1}, {FRICTION: 1.0, HOLDOUT: 0.1},
              {FRICTION: 0.0, HOLDOUT: 0.2}]  # fmt: skip
    values = {
        ("baseline", "baseline", draw, COST): 100.0 + amount + NOISE * (1 + 0.1 * draw)
        for draw, amount in enumerate((0.0, 5.0, 0.0))
    }
    names = {FRICTION: "friction", HOLDOUT: "hold-outs"}
    batch = batch_of(values, points, "one_at_a_time")
    text = told("{factors us_unit_cost}", batch, experiment=design(), names=names)
    assert "rises with friction by 5.0 index points" in text
    assert "does not clearly change with hold-outs" in text


def test_a_surface_counts_combinations_by_sign() -> None:
    """One lower, one higher and one unclear combination are counted as such."""
    levers = ("trusted_partnership", "trusted_scope")
    points = [dict.fromkeys(levers, 0.0)]
    values = {("baseline", "baseline", 0, COST): 100.0 + 5.0 * NOISE}
    for draw, amount in enumerate((-3.0, 3.0, 0.0), 1):
        points.append({levers[0]: 4.0 * draw, levers[1]: 10.0})
        values["levers", "baseline", draw, COST] = 100 + amount + 5 * NOISE + 0.1 * NOISE[::-1]
    batch = batch_of(values, points, "grid", kind=LEVER)
    given = experiment(policies=[])
    given["design"] = {"method": "grid", "factors": [{"lever": one} for one in levers]}
    figure = {"kind": "surface", "outcomes": [COST], "over": list(levers)}
    text = told(
        "{surface us_unit_cost over trusted_partnership trusted_scope}", batch,
        experiment=given, figure=figure,
    )  # fmt: skip
    assert "of 3 combinations it is clearly higher at 1, clearly lower at 1" in text
    assert "not clearly changed at 1" in text and "members is 8" not in text


def test_the_ground_of_an_answer_names_runs_seeds_worlds_and_draws() -> None:
    """Nothing is said without what it rests on."""
    found = answered("{changes us_unit_cost of small}", two(-3.0, 0.0))
    for part in ("N = 36 runs", "12 seeds", "world baseline", "central values", READING):
        assert part in found.ground


def test_draws_of_parameters_are_told_apart_from_points() -> None:
    """Signs are counted over the draws of a sampled design; a draw that turns is seen."""
    values = {}
    for draw, amount in enumerate((-3.0, -3.0, -3.0, -3.0, 3.0)):
        values["baseline", "baseline", draw, COST] = 100.0 + 5.0 * NOISE
        values["small", "baseline", draw, COST] = 100.0 + amount + 5.1 * NOISE
    points = [{FRICTION: 0.1 * draw, HOLDOUT: 0.1} for draw in range(5)]
    policies = policies_named(small="pooled_buying=20", large="pooled_buying=80")
    batch = batch_of(values, points, "latin_hypercube", policies)
    found = answered("{changes us_unit_cost of small}", batch)
    assert "same sign in 3 of 4 draws" in found.text
    assert "4 draws of 2 assumed parameters" in found.ground


def test_all_that_is_told_is_one_family_of_tests() -> None:
    """The corrected p of one difference grows with what else is asked."""
    alone = answered("{changes us_unit_cost of small}", two(-3.0, -3.0))
    more = answered(
        "{changes us_unit_cost of small} {changes us_unit_cost of large}", two(-3.0, -3.0)
    )
    assert alone.rows[0]["p_holm"] < more.rows[0]["p_holm"]


def test_made_up_measures_are_differences_and_ratios_of_runs() -> None:
    """A ratio without a denominator has no value and is not counted."""
    values = {
        ("baseline", "baseline", 0, "pools_a_year"): np.array([2.0] * 11 + [0.0]),
        ("baseline", "baseline", 0, "conversions_a_year"): np.array([1.0] * 12),
    }
    given = experiment(outcomes=["pools_a_year", "conversions_a_year"])
    measures = {
        "rate": {
            "name": "Rate",
            "of": "conversions_a_year",
            "per": "pools_a_year",
            "unit": "a pool",
        },
        "less": {"name": "Less", "of": "pools_a_year", "less": "conversions_a_year"},
    }
    figure = {"kind": "rank", "outcomes": ["pools_a_year"]}
    found = answered(
        "{level rate} and {level pools_a_year}",
        batch_of(values), experiment=given, measures=measures, figure=figure,
    )  # fmt: skip
    assert found.text.startswith("0.50 a pool in every run")
    assert Evidence(batch_of(values), found.file).level("baseline", "baseline", "rate")["n"] == 11
    assert Evidence(batch_of(values), found.file).level("baseline", "baseline", "less")["n"] == 12


def test_every_kind_has_its_words_and_is_read_back() -> None:
    """No kind of ask is without a phrase, but the kinds are those of the vocabulary."""
    assert set(SAY) == set(KINDS)
    assert ask_of("changes a b of c over d in e") == Ask(
        "changes", ("a", "b"), ("c",), ("d",), ("e",)
    )


def test_the_page_holds_answers_and_reasons() -> None:
    """A question without an answer stands on the page with the reason."""
    found = answered("{changes us_unit_cost of small}", two(-3.0, 0.0))
    text = answers_page([found.question, load_question("R-Q9")], {"R-Q4": found}, {})
    assert "## R-Q4: How far?" in text and "falls by 3.0" in text
    assert "Not a question for a simulation" in text
