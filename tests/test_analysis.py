"""What is told of a batch, on made-up runs with a known answer."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_batches import BASELINE, OUTCOMES, chance, cube, factors_of, made, with_a_box

from alliance_abm.policies import PolicyChoice
from alliance_abm.problems import ConfigError
from experiments import libraries
from experiments.analysis.analysis import Analysis, analyse, write_analysis
from experiments.analysis.diagnostics import half_widths, replication_tables
from experiments.analysis.differences import differences_table
from experiments.analysis.discovery import discovered
from experiments.analysis.robustness import METRICS, robustness_tables
from experiments.analysis.summary import summary_table
from experiments.analysis.targets import known_outcomes
from experiments.analysis.text import json_rows
from experiments.batch.read import Batch
from experiments.batch.work import LEVERS_POLICY
from experiments.comparison import DIFFERENCE_COLUMNS
from experiments.paired import paired


@cache
def boxed() -> tuple[Batch, Analysis]:
    batch = with_a_box()
    return batch, analyse(batch)


def test_differences_are_those_of_compare():
    """Differences of a batch have the columns and numbers of the paired functions."""
    batch, found = boxed()
    assert found.differences.columns.tolist() == DIFFERENCE_COLUMNS
    row = found.differences.iloc[1]
    before, after = (batch.values(name, BASELINE)[0] for name in (BASELINE, row["policy"]))
    one = paired(before, after, batch.scenario.seed)[1]
    assert (row["difference"], row["low"], row["high"]) == (one.difference, one.low, one.high)
    drawn = (batch.values(row["policy"], BASELINE) - batch.values(BASELINE, BASELINE))[1:, :2, 1]
    assert row["sign_share"] == pytest.approx((drawn.mean(axis=1) < 0.0).mean())


def test_the_summary_counts_runs_and_points():
    """Medians are over runs of the config as it is, and over the means of the points."""
    batch, _ = boxed()
    table = summary_table(batch, known_outcomes(batch)).set_index(["policy", "over", "outcome"])
    one = table.loc[(BASELINE, "central", "gap_years")]
    assert one["n"] == 8
    assert one["median"] == np.median(batch.values(BASELINE, BASELINE)[0, :, 1])
    assert table.loc[(BASELINE, "draws", "gap_years"), "n"] == 120


def test_prim_finds_the_box_and_cart_the_rule():
    """The ranges in which the policy fails are found, with full coverage, and come up again."""
    _, found = boxed()
    row = found.discovery[found.discovery["outcome"] == "gap_years"].iloc[0]
    assert row["status"] == "found"
    assert row["coverage"] > 0.95 and row["density"] > 0.95 and row["reproduced"] >= 0.8
    limits = found.limits[found.limits["policy"] == row["policy"]].set_index("factor")
    assert limits.index.tolist() == ["choice.made_up_0", "choice.made_up_1"]
    assert limits.loc["choice.made_up_0", "low"] == pytest.approx(0.6, abs=0.05)
    assert limits.loc["choice.made_up_1", "high"] == pytest.approx(0.5, abs=0.05)
    assert np.isnan(limits.loc["choice.made_up_0", "high"])
    assert re.search(r"made up 0 \(choice\) above 0\.(5|6)\d share and made up 1", row["rule"])
    leaf = found.leaves[found.leaves["policy"] == row["policy"]].iloc[0]
    assert leaf["fails"] and leaf["density"] > 0.95 and "made up 1 (choice) below" in leaf["rule"]


def test_discovery_says_plainly_that_there_is_nothing_to_find():
    """Never, always, nothing changed, chance and too few points are said, without a box."""
    answers = {
        "never fails": lambda acts, point, run: -0.1 * acts,
        "always fails": lambda acts, point, run: 0.1 * acts,
        "changes nothing": lambda acts, point, run: 0.0,
        "mostly chance": lambda acts, point, run: acts * chance(run, point),
    }
    for status, act in answers.items():
        batch = made(
            lambda p, w, point, run, act=act: [3.0 + act(p != BASELINE, point, run)],
            cube(60, 2), "latin_hypercube", policies=1, outcomes=["gap_years"],
        )  # fmt: skip
        found = discovered(batch, known_outcomes(batch))
        assert found.questions["status"].tolist() == [status]
        assert found.limits.empty and found.leaves.empty
    few = with_a_box(points=20, policies=1)
    assert "too few points" in set(discovered(few, known_outcomes(few)).questions["status"])


def test_boxes_of_chance_are_not_told_as_findings():
    """Where failing has nothing to do with the factors, no box is called found."""
    batch = made(
        lambda p, w, point, run: [3.0 + (p != BASELINE) * chance(point)],
        cube(100, 5), "latin_hypercube", policies=1, outcomes=["gap_years"], runs=1,
    )  # fmt: skip
    found = discovered(batch, known_outcomes(batch))
    assert found.questions["status"].tolist() == ["not found"]


def test_robustness_metrics_of_a_known_table():
    """Regret, maximin, satisficing and the others of three states are what one works out."""
    gains = {"dcs_tracked": [1.0, 2.0, -1.0], "pooled_buying": [0.5, 0.5, 0.5]}

    def answer(policy, world, _point, run):
        state = ["baseline", "surge", "calm"].index(world)
        return [5.0 + run - (gains[policy][state] if policy != BASELINE else 0.0)]

    batch = made(answer, policies=2, worlds=("baseline", "surge", "calm"), outcomes=["gap_years"])
    table, stable = robustness_tables(batch, known_outcomes(batch))
    values = table.pivot(index="policy", columns="metric", values="value")
    assert values["maximin"].to_dict() == pytest.approx(
        {BASELINE: 0.0, "dcs_tracked": -1.0, "pooled_buying": 0.5})  # fmt: skip
    assert values["minimax_regret"].to_dict() == pytest.approx(
        {BASELINE: 2.0, "dcs_tracked": 1.5, "pooled_buying": 1.5})  # fmt: skip
    assert values["satisficing"].to_dict() == pytest.approx(
        {BASELINE: 0.0, "dcs_tracked": 2 / 3, "pooled_buying": 1.0})  # fmt: skip
    assert values.loc["dcs_tracked", "mean"] == pytest.approx(2 / 3)
    assert values.loc["dcs_tracked", "undesirable_deviations"] == pytest.approx(2 / 3)
    assert set(stable["metric"]) == set(METRICS)
    best = stable.set_index("metric")
    assert best.loc["maximin", "best"] == "pooled_buying"
    assert best.loc["maximin", "same_best"] > 0.5
    assert table["rank"].between(1, 3).all()


def test_of_equal_policies_none_is_the_best():
    """Policies that do the same share the first rank, and neither is told as best for sure."""
    batch = made(lambda p, w, point, run: [3.0 - (p != BASELINE)], policies=2, runs=2,
                 worlds=(BASELINE, "surge", "calm"), outcomes=["gap_years"])  # fmt: skip
    table, stable = robustness_tables(batch, known_outcomes(batch))
    means = table[table["metric"] == "mean"].set_index("policy")
    assert means["rank"].to_dict() == {BASELINE: 3, "dcs_tracked": 1, "pooled_buying": 1}
    assert stable.set_index("metric").loc["mean", "same_best"] == 0.0
    same = made(lambda p, w, point, run: [3.0], policies=1, outcomes=["gap_years"],
                worlds=(BASELINE, "surge", "calm"))  # fmt: skip
    assert robustness_tables(same, known_outcomes(same))[0].empty


def test_half_widths_shrink_to_what_is_wanted():
    """Half-widths are Student's, and runs needed follow from spread and the wanted width."""
    assert half_widths(np.array([2.0]), [4])[0] == pytest.approx(2.353 * 2.0 / 2.0, rel=1e-3)
    batch = made(lambda p, w, point, run: [1.0 + 0.01 * (run % 2) + (p != BASELINE) * (run % 2)],
                 policies=1, runs=20)  # fmt: skip
    told, curves = replication_tables(batch, known_outcomes(batch))
    rows = told.set_index(["policy", "kind"])
    assert bool(rows.loc[(BASELINE, "level"), "enough"])
    assert not rows.loc[("dcs_tracked", "difference"), "enough"]
    assert rows.loc[("dcs_tracked", "difference"), "needed"] > 20
    one = curves[(curves["policy"] == "dcs_tracked") & (curves["kind"] == "difference")]
    assert one["n"].tolist() == list(range(2, 21))
    assert one["half_width"].iloc[-1] < one["half_width"].iloc[0]


@pytest.mark.parametrize("runs", [1, 2])
def test_a_batch_without_design_or_policies_is_told_about(runs: int):
    """One run of the baseline gives a summary, and a note for every table that is empty."""
    found = analyse(made(lambda p, w, point, run: [float(run)], runs=runs))
    assert found.summary["n"].tolist() == [runs]
    assert set(found.notes) == {"differences", "sensitivity", "discovery", "robustness"}
    assert all(table.empty for name, table in found.tables().items()
               if name in ("differences", "sensitivity", "limits", "stability"))  # fmt: skip


def test_no_run_at_all_is_the_users_mistake():
    """A batch of which nothing was done is refused with a message."""
    with pytest.raises(ConfigError, match="no run of the batch has been done"):
        analyse(made(lambda p, w, point, run: [1.0], done=0.0))


def test_an_unfinished_batch_is_analysed_and_says_so():
    """With half of the runs done there are tables, and a warning."""
    batch = made(lambda p, w, point, run: [0.0 if point is None else point[0] + chance(run, point)],
                 cube(60, 2), "latin_hypercube", done=0.5)  # fmt: skip
    found = analyse(batch)
    assert found.warnings[0].startswith("The batch is not finished")
    assert found.targets["left_out"][0] >= 29 and len(found.sensitivity)


def test_levers_alone_are_compared_with_the_baseline_as_it_is():
    """A design of lever sizes has effects on differences, none on levels, no central policy."""
    batch = made(lambda p, w, point, run: [1.0 + run], np.array([[0.0], [1.0]]), "one_at_a_time",
                 factors_of(1, kind="lever"))  # fmt: skip
    rows = [(LEVERS_POLICY, BASELINE, draw, run, run, OUTCOMES[0], 1.0 + run + 2.0 * draw)
            for draw in (1, 2) for run in range(4)]  # fmt: skip
    table = pd.concat([batch.outcomes, pd.DataFrame(rows, columns=batch.outcomes.columns)])
    policy = PolicyChoice(LEVERS_POLICY, "Levers at the sizes of the draw", ())
    batch = replace(batch, outcomes=table, policies=(policy,))
    found = analyse(batch)
    assert found.differences.empty and "Levers are varied" in found.notes["differences"]
    assert set(found.sensitivity["kind"]) == {"difference"}
    assert found.sensitivity["value"].tolist() == [2.0]


def test_files_are_written_whole_and_never_over_another_folder(tmp_path: Path):
    """Every table is there as Parquet and CSV; a second time needs to be asked for."""
    _, found = boxed()
    write_analysis(found, tmp_path, lambda folder: (folder / "one.svg").write_text("<svg/>"))
    for name, table in found.tables().items():
        assert len(pd.read_parquet(tmp_path / "analysis" / f"{name}.parquet")) == len(table)
        assert (tmp_path / "analysis" / f"{name}.csv").exists()
    assert (tmp_path / "figures" / "one.svg").exists()
    about = json.loads((tmp_path / "analysis" / "about.json").read_text())
    assert about["warnings"] == found.warnings
    with pytest.raises(ConfigError, match="exists; allowed: --overwrite"):
        write_analysis(found, tmp_path)
    write_analysis(found, tmp_path, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["analysis", "figures"]


def test_json_rows_are_flat():
    """Every row names its part, and nothing in it is nested."""
    _, found = boxed()
    rows = json_rows(found)
    assert {"summary", "differences", "sensitivity", "discovery", "robustness"} <= {
        row["part"] for row in rows
    }
    assert not any(isinstance(value, list | dict) for row in rows for value in row.values())


def test_a_missing_library_is_told_in_one_message(monkeypatch: pytest.MonkeyPatch):
    """Without SALib the message names it and the extra that brings it."""
    monkeypatch.setitem(sys.modules, "SALib.analyze.morris", None)
    with pytest.raises(ConfigError, match=r"needs SALib.*alliance-abm\[analysis\]"):
        libraries.library("SALib.analyze.morris", "Morris screening")


def test_equal_batches_have_equal_tables():
    """Nothing depends on what was drawn before."""
    first, again = (analyse(with_a_box(policies=1)).tables() for _ in range(2))
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, again[name])


def test_differences_of_a_policy_that_failed_everywhere_are_left_out():
    """A policy without any run has no rows, and costs nothing else."""
    batch = made(lambda p, w, point, run: [np.nan if p == "dcs_tracked" else float(run)],
                 policies=2)  # fmt: skip
    assert set(differences_table(batch, known_outcomes(batch))["policy"]) == {"pooled_buying"}
