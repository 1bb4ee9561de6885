"""Figures of a comparison: whole, legible, honest, for few and many policies and worlds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

import matplotlib
import numpy as np
import pandas as pd
import pytest
from comparison_tables import HEADLINES, NAMES, made
from figure_texts import beyond_the_edge, collisions, headline
from matplotlib.figure import Figure
from matplotlib.image import imread

from experiments.comparison import Comparison
from experiments.paired import is_clear as is_clear_in_tables
from viz import charts, compare
from viz.charts_bills import bill_rows, foremost_levers, levers_of, measures_of
from viz.charts_case_stages import TOTAL, stage_changes
from viz.charts_effects import effects_headline, matrix_headline
from viz.charts_policy_losses import ALL, loss_changes
from viz.policy_view import BASELINE, View, foremost, paired_changes
from viz.policy_words import fold, is_clear, is_zero
from viz.theme import RC

WHOLE = [
    "01_differences", "02_matrix", "03_gap_and_leaks", "04_share_and_gap", "05_paths",
    "06_stages", "07_lost_sales", "08_bills", "09_waits_by_tier",
]  # fmt: skip
CASES: dict[str, Callable[[], Comparison]] = {
    "one policy": partial(made, 1),
    "six policies": partial(made, 6, draws=5),
    "twelve policies": partial(made, 12, runs=20),
    "three worlds": partial(
        made,
        12,
        ("calm", "surge", "us_credibility_shock"),
        draws=5,
        drop=["stages", "lost", "tiers"],
    ),
    "placebo": partial(made, 1, zero=True),
    "a single pair": partial(made, 3, runs=1),
}


@cache
def drawn(case: str) -> dict[str, Figure]:
    """Every page of a case."""
    with matplotlib.rc_context(dict(RC)):
        return {name: draw() for name, draw in compare.pages(CASES[case]())}


def said(figure: Figure) -> str:
    """All texts of the page itself in one line."""
    words = " ".join(text.get_text() for text in figure.texts)
    return words.replace("\n", " ").replace("\u00a0", " ")


@pytest.mark.parametrize("case", CASES)
def test_texts_neither_collide_nor_leave_the_slide(case):
    """On no page does an upright text cover another or reach over the edge."""
    for name, figure in drawn(case).items():
        assert collisions(figure) == [], name
        assert beyond_the_edge(figure) == [], name


@pytest.mark.parametrize("case", CASES)
def test_every_page_says_runs_world_and_caveat(case):
    """N pairs, the world, and that nothing is forecast, stand on every page."""
    comparison = CASES[case]()
    for name, figure in drawn(case).items():
        words = said(figure)
        assert f"N = {comparison.replications} pair" in words, name
        assert any(f"'{world}'" in words for world in comparison.worlds), name
        assert "Comparative and exploratory, not a forecast." in words
        assert headline(figure) and "nan" not in words, name


@pytest.mark.parametrize("case", CASES)
def test_every_axis_with_numbers_has_a_unit(case):
    """A panel with a scale of numbers says what it counts, along or across."""
    for name, figure in drawn(case).items():
        for ax in figure.axes:
            if ax.get_visible() and ax.axison:
                shared = [
                    other for other in figure.axes if ax.get_shared_x_axes().joined(ax, other)
                ]
                labels = [one.get_xlabel() + one.get_ylabel() for one in (ax, *shared)]
                assert any(labels) or ax.get_xticklabels()[0].get_text(), name


def test_pages_are_those_of_the_tables_by_number():
    """One world gives nine figures; several worlds a page each, and one page for all."""
    assert list(drawn("one policy")) == WHOLE
    names = list(drawn("three worlds"))
    assert [name for name in names if name.startswith("01")] == [
        "01_differences_calm", "01_differences_surge", "01_differences_us_credibility_shock",
    ]  # fmt: skip
    assert {"02_worlds", "03_gap_and_leaks", "04_share_and_gap"} <= set(names)
    assert len(drawn("three worlds")["03_gap_and_leaks"].axes) == 3


def test_many_policies_and_worlds_take_several_pages():
    """Fourteen policies need two pages of rows, four worlds two of panels; choosing figures one."""
    names = [name for name, _ in compare.pages(made(14, ("a", "b", "c", "d"), runs=2))]
    assert {"01_differences_a_1", "01_differences_a_2", "03_gap_and_leaks_d_2", "05_paths_a",
            "03_gap_and_leaks_a_b_c_1", "07_lost_sales_d_2"} <= set(names)  # fmt: skip
    assert len(set(names)) == len(names)


def test_what_was_not_measured_is_left_out():
    """Without leak exposure its figure is missing, without a table its figure; others remain."""
    left = made(2, without=["leak_exposure", "n1_resilience"], drop=["bills", "tiers"])
    with matplotlib.rc_context(dict(RC)):
        pages = {name: draw() for name, draw in compare.pages(left)}
    assert list(pages) == [name for name in WHOLE if name[:2] not in ("03", "08", "09")]
    assert len(pages["01_differences"].axes) == len(HEADLINES) - 2


def test_missing_values_are_told_apart_from_zero():
    """A difference that is nan is a dash in the table, and its panel still stands."""
    holes = made(2)
    where = (holes.differences["outcome"] == "gap_years") & (
        holes.differences["policy"] == "policy_1"
    )
    holes.differences.loc[where, ["difference", "low", "high", "p", "p_holm"]] = np.nan
    with matplotlib.rc_context(dict(RC)):
        pages = {name: draw() for name, draw in compare.pages(holes)}
    texts = [text.get_text() for text in pages["02_matrix"].axes[0].texts]
    assert texts.count("–") == 1
    assert all(collisions(figure) == [] for figure in pages.values())


def test_written_files_are_those_listed(tmp_path):
    """Every page is there as SVG and PNG of a slide's size, and equal tables give equal bytes."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        written = compare.draw_comparison(made(1, runs=3), tmp_path / folder)
        assert sorted(written) == sorted((tmp_path / folder).iterdir())
        assert [path.name for path in written] == [
            f"{name}.{kind}" for name in WHOLE for kind in ("svg", "png")
        ]
    for path in written:
        assert path.read_bytes() == (tmp_path / "one" / path.name).read_bytes()
        if path.suffix == ".png":
            assert imread(path).shape[:2] == (1125, 1999)


def test_a_placebo_is_exactly_zero_as_it_must_be():
    """The headlines say so; a placebo that moves is called what it is."""
    pages = drawn("placebo")
    for name in WHOLE[:2] + WHOLE[4:7] + WHOLE[8:]:
        assert "exactly zero, as it must be" in headline(pages[name]), name
    moved = made(1)
    levers = made(1, zero=True).policies[0].levers
    object.__setattr__(moved.policies[0], "levers", levers)
    assert "not to be trusted" in effects_headline(View.of(moved))


def test_a_single_pair_claims_nothing():
    """With one pair of runs no difference is clear, and the headline says why."""
    view = View.of(made(3, runs=1))
    assert not any(is_clear(row) for row in view.rows(view.headlines))
    assert effects_headline(view).startswith("A single pair of runs cannot tell")


def test_clear_means_the_same_as_in_the_tables():
    """What figures fill is what the text of a comparison calls clear."""
    view = View.of(made(12, runs=20))
    rows = view.rows(view.headlines)
    assert [is_clear(row) for row in rows] == [is_clear_in_tables(row) for row in rows]
    assert len({is_clear(row) for row in rows}) == 2


def test_a_headline_names_a_clear_difference_and_its_size():
    """The sentence of one policy holds the numbers of its first clear differences."""
    view = View.of(made(1))
    clear = [row for row in view.rows(view.headlines) if is_clear(row)]
    text = effects_headline(view)
    assert NAMES[0] in text and "higher by" in text
    assert f"{len(clear) - 2} other headline" in text
    assert matrix_headline(view).endswith("at the price of another")


def test_stages_add_up_to_the_whole_change():
    """Changes by stage sum to the change from request to contract."""
    rows = stage_changes(View.of(made(4)))
    for policy in {row["policy"] for row in rows}:
        mine = {row["stage"]: row["difference"] for row in rows if row["policy"] == policy}
        assert sum(mine.values()) - mine[TOTAL] == pytest.approx(mine[TOTAL], abs=1e-9)


def test_pooled_buys_are_cases_of_foreign_military_sales():
    """Cases that a policy moves into a pool stay in the mean wait, by their number."""
    whole = made(1)
    table = whole.stages[whole.stages["route"] == "fms"]
    pooled = table[table["policy"] != BASELINE].assign(route="pooled")
    pooled = pooled.assign(days=pooled["days"] + 10.0, cases=pooled["cases"] * 3)
    found = stage_changes(View.of(replace(whole, stages=pd.concat([table, pooled]))))
    before = stage_changes(View.of(whole))
    for one, other in zip(found, before, strict=True):
        more = 7.5 * (len(found) - 1 if one["stage"] == TOTAL else 1)
        assert one["difference"] - other["difference"] == pytest.approx(more)


def test_losses_by_cause_add_up_to_all():
    """Changes in volume by cause sum to the change of all."""
    table = made(3).lost
    changes, whole = loss_changes(table)
    base = table[table["policy"] == BASELINE]
    assert whole == pytest.approx(base.groupby("replication")["volume"].sum().mean())
    for policy in ("policy_0", "policy_2"):
        parts = {cause: row["difference"] for (name, cause), row in changes.items()
                 if name == policy}  # fmt: skip
        assert sum(parts.values()) - parts[ALL] == pytest.approx(parts[ALL])


def test_changes_are_paired_by_seed():
    """A run without its partner is left out, and a constant shift has no width."""
    table = made(1, zero=True, runs=5).tiers
    shifted = table["policy"] != BASELINE
    table.loc[shifted, "days"] += 2.0
    table = table[~(shifted & (table["replication"] == 4))]
    found = paired_changes(table, ["tier", "route"], "days")
    assert (found["n"] == 4).all()
    assert np.allclose(found[["difference", "low", "high"]], 2.0)
    assert not any(is_zero(row) for row in found.to_dict("records"))


def test_those_that_move_most_are_chosen():
    """Among many policies the chosen ones move more than those left out, in the order given."""
    view = View.of(made(12, runs=20))
    outcomes = ["us_share_deliveries"]
    chosen = foremost(view, outcomes, 4)
    size = {row["policy"]: (is_clear(row), abs(row["difference"])) for row in view.rows(outcomes)}
    assert chosen == [name for name in view.policies if name in chosen]
    assert min(size[name] for name in chosen) >= max(
        size[name] for name in view.policies if name not in chosen
    )


def test_a_bill_is_shown_once_unless_policies_size_it_differently():
    """One lever in two policies is one row; with different bills it is one row a policy."""
    two = made(2)
    two.bills["lever"] = "dcs_tracked"
    for name in ("difference", "low", "high"):
        two.bills[name] = 1.0
    assert len(levers_of(bill_rows(View.of(two)))) == 1
    two.bills.loc[two.bills["policy"] == "policy_1", "difference"] = 2.0
    assert len(levers_of(bill_rows(View.of(two)))) == 2


def test_money_comes_first_among_what_bills_move():
    """Measures in dollars stand before all others, and a bill without spread counts as certain."""
    rows = bill_rows(View.of(made(6)))
    assert measures_of(rows)[0] == "policy_cost_united_states"
    sure = [{**row, "low": row["difference"], "high": row["difference"]} for row in rows]
    assert len(foremost_levers(sure)) == 6


def test_numbers_of_a_trade_off_all_have_a_key():
    """Every policy stands in the key of a trade-off, numbered when it moves one of the two."""
    with matplotlib.rc_context(dict(RC)):
        figure = charts.trade_off(View.of(made(12, runs=20)), "gap_years", "leak_exposure")
    numbers = {text.get_text() for text in figure.axes[0].texts} - {""}
    keys = [text.get_text() for text in figure.texts]
    assert numbers and numbers <= set(keys)
    assert sum(fold(name, 2.55, 10.5, 2) in keys for name in NAMES[:12]) == 12


def test_long_names_wrap_and_end_in_an_ellipsis():
    """A name is folded to its width; what has no room ends in an ellipsis."""
    assert fold("short", 2.0, 11.0) == "short"
    lines = fold(NAMES[10], 2.5, 11.0, 2).split("\n")
    assert len(lines) == 2 and lines[1].endswith("…")
