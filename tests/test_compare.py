"""Policies beside the baseline: forks, pairing, bills and tables."""

from __future__ import annotations

import laws
import numpy as np
import pandas as pd
import pytest
from comparisons import LEVER, START, policy

from alliance_abm import AllianceModel, resilience
from alliance_abm import model as model_room
from alliance_abm.layout import DEVELOP
from alliance_abm.levers import LeverUse
from alliance_abm.outcomes import OUTCOMES
from alliance_abm.policies import choice_of, with_policy
from alliance_abm.problems import ConfigError
from alliance_abm.quarters import Quarter
from alliance_abm.routes import ROUTES
from alliance_abm.state import ledger
from experiments import compare
from experiments.comparison import DIFFERENCE_COLUMNS, Comparison
from experiments.forks import Forks, Which, continued, first_difference, stage_days, tier_days
from experiments.paired import holm
from experiments.pool import RunError, workers_for
from experiments.runner import replication_seed, run_replications

CAP = "budgets.carry_over_cap_quarters"


@pytest.fixture(scope="module")
def plan(plan_of_tiny):
    """The plan of that comparison."""
    return plan_of_tiny


@pytest.fixture(scope="module")
def found(compared_tiny) -> Comparison:
    """Two policies and three replications of the tiny world, with two draws."""
    return compared_tiny


@pytest.mark.parametrize("start", ["2010Q1", "2012Q3", "2019Q4"])
@pytest.mark.parametrize("only", [None, "bill"])
def test_a_policy_continued_from_the_baseline_is_one_run_from_the_start(tiny, start, only):
    """Every bit of the last state is the same, whenever the lever starts."""
    use = LeverUse(lever=LEVER, size=50.0, start=Quarter.parse(start), only=only)
    scenario = with_policy(tiny, choice_of("p", "P", (use,)))
    model = AllianceModel(tiny, rng=7)
    fork = first_difference(tiny, [scenario])
    assert fork == Quarter.parse(start)
    while model.state.quarter < fork:
        model.step()
    fresh = AllianceModel(scenario, rng=7).run()
    assert laws.differences(continued(scenario, model.snapshot(), 7).state, fresh.state) == []


def test_a_policy_after_the_date_of_resilience_keeps_what_was_kept(tiny, monkeypatch):
    """Outcomes that fork from a date before the policy have values, those of a run of its own."""
    for room in (model_room, resilience):
        monkeypatch.setattr(room, "DATE", Quarter.parse("2012Q4"))
    one = policy(LEVER)
    forks = Forks({"baseline": tiny}, {"one": one}, 16, 1)
    _, found = forks(tiny, 0, 5)
    alone = AllianceModel(with_policy(tiny, one), rng=5).run().outcomes()
    assert np.isfinite(found.outcomes["n1_resilience"])
    assert found.outcomes["n1_resilience"] == alone["n1_resilience"]


def test_a_policy_that_never_acts_continues_from_the_end(tiny):
    """Levers of size 0 differ in no quarter; levers of the config count for the fork too."""
    nothing = with_policy(tiny, policy(f"{LEVER}=0"))
    assert first_difference(tiny, [nothing]) == tiny.horizon.quarters
    has = with_policy(tiny, policy(LEVER, Quarter.parse("2012Q1")))
    assert first_difference(has, [with_policy(has, policy("placebo"))]) == Quarter.parse("2012Q1")


def test_the_outcomes_are_those_of_runs_on_their_own(tiny, found):
    """Baseline and policy of a comparison give what separate runs with those seeds give."""
    alone = run_replications(tiny, 3, jobs=1).outcomes
    central = found.outcomes[found.outcomes["draw"] == 0]
    mine = central[central["policy"] == "baseline"].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine.drop(columns="world"), alone.drop(columns="world"))
    name = f"{LEVER}=50"
    model = AllianceModel(with_policy(tiny, found.policies[0]), rng=replication_seed(1, 2)).run()
    rows = central[(central["policy"] == name) & (central["replication"] == 2)]
    assert dict(zip(rows["outcome"], rows["value"], strict=True)) == pytest.approx(
        model.outcomes(), abs=0, rel=0, nan_ok=True
    )
    assert set(rows["seed"]) == {replication_seed(1, 2)}


def test_serial_and_parallel_comparisons_are_the_same(plan, found):
    """No table depends on the number of processes, bit for bit."""
    two = compare.compare(plan, jobs=2)
    for name in ("differences", "outcomes", "series", "stages", "tiers", "lost", "bills"):
        left, right = getattr(found, name), getattr(two, name)
        assert len(left)
        pd.testing.assert_frame_equal(left, right, check_exact=True)
    assert found.failures.empty
    assert two.failures.empty


def test_the_placebo_changes_exactly_nothing(found):
    """Differences, intervals and draws are zero to the last bit, in every outcome that has a value
    in two pairs of runs, and in two of some draw."""
    rows = found.differences[found.differences["policy"] == "placebo"]
    assert (rows["difference"][rows["n"] > 0] == 0.0).all()
    rows = rows[rows["n"] > 1]
    assert len(rows) > 20
    assert (rows[["difference", "low", "high"]] == 0.0).all(axis=None)
    assert (rows[["p", "p_holm"]] == 1.0).all(axis=None)
    rows = rows[rows["sign_share"].notna()]
    assert len(rows) > 20
    assert (rows[["draws_low", "draws_high"]] == 0.0).all(axis=None)
    assert (rows["sign_share"] == 1.0).all()


def test_the_lever_changes_something(found):
    """So that the zeros of the placebo are no accident of a comparison that sees nothing."""
    rows = found.differences[found.differences["policy"] == f"{LEVER}=50"]
    assert (rows["difference"].fillna(0.0) != 0.0).any()


def test_differences_have_a_row_for_each_policy_world_and_outcome(found):
    """In the order of policies and of the registry, with names, units and clocks."""
    table = found.differences
    assert list(table.columns) == DIFFERENCE_COLUMNS
    assert table["outcome"].tolist() == [*OUTCOMES, *OUTCOMES]
    assert table["headline"].tolist() == 2 * [one.headline for one in OUTCOMES.values()]
    assert (table["n"] <= 3).all()
    row = table[table["outcome"] == "gap_years"].iloc[0]
    central = found.outcomes[found.outcomes["draw"] == 0]
    values = central[central["outcome"] == "gap_years"].pivot(
        index="replication", columns="policy", values="value"
    )
    assert row["baseline"] == pytest.approx(values["baseline"].mean())
    apart = values[f"{LEVER}=50"] - values["baseline"]
    assert row["difference"] == pytest.approx(apart.mean(), abs=1e-15)


def test_headlines_are_one_family_and_the_rest_another(found):
    """Holm's correction runs over policies and headlines of a world, then over the others."""
    for headline in (True, False):
        rows = found.differences[found.differences["headline"] == headline]
        expected = holm(rows["p"].to_numpy(float))
        np.testing.assert_array_equal(rows["p_holm"].to_numpy(float), expected)


def test_a_policy_that_raises_costs_its_own_pair_alone(tiny, monkeypatch):
    """The other policy and the other replications are compared as before."""
    run = AllianceModel.run

    def sometimes(self: AllianceModel) -> AllianceModel:
        is_policy = [use.lever for use in self.scenario.levers] == [LEVER]
        if is_policy and self.run_seed == replication_seed(1, 1):
            raise ArithmeticError("negative stock")
        return run(self)

    monkeypatch.setattr(AllianceModel, "run", sometimes)
    given = [policy(LEVER), policy("placebo")]
    found = compare.compare(compare.planned(tiny, given, (), 3, bills=False), jobs=1)
    (row,) = found.failures.itertuples()
    assert (row.policy, row.replication, row.seed) == (LEVER, 1, replication_seed(1, 1))
    assert "in sometimes" in row.traceback
    counts = found.differences[found.differences["outcome"] == "gap_years"]["n"].tolist()
    assert counts == [2, 3]
    assert compare.failures_text(found.failures) == [
        f"{LEVER} in world baseline, replication 1 (seed {replication_seed(1, 1)}): "
        "ArithmeticError: negative stock"
    ]


def test_when_no_baseline_succeeds_there_is_no_result(tiny, monkeypatch):
    """The first error is said."""

    def never(self: AllianceModel) -> AllianceModel:
        raise ArithmeticError("negative stock")

    monkeypatch.setattr(AllianceModel, "run", never)
    with pytest.raises(RunError, match="negative stock"):
        compare.compare(compare.planned(tiny, [policy("placebo")], (), 2), jobs=1)


def test_bills_are_run_alone_on_the_same_seeds(tiny, found, plan):
    """Each lever's bill is a variant of its own; one that has none is not run."""
    assert [(one.policy, one.use.lever, one.use.only) for one in plan.bills] == [
        (f"{LEVER}=50", LEVER, "bill")
    ]
    assert set(found.bills["lever"]) == {LEVER}
    assert found.bills["what"].str.len().min() > 10
    use = LeverUse(lever=LEVER, size=50.0, start=START, only="bill")
    scenario = with_policy(tiny, choice_of("b", "B", (use,)))
    apart = [
        AllianceModel(scenario, rng=seed).run().outcomes()["us_unit_cost"]
        - AllianceModel(tiny, rng=seed).run().outcomes()["us_unit_cost"]
        for seed in found.seeds
    ]
    row = found.bills[found.bills["outcome"] == "us_unit_cost"].iloc[0]
    assert row["difference"] == pytest.approx(np.mean(apart), abs=1e-12)


def test_equal_bills_of_two_policies_are_run_once(tiny):
    """A lever in two policies has one bill; in another size it has another."""
    both = [policy(LEVER), policy(f"{LEVER}+placebo"), policy(f"{LEVER}=10")]
    plan = compare.planned(tiny, both, (), 1)
    assert len(plan.bills) == 3
    assert len({one.variant for one in plan.bills}) == 2
    assert plan.runs_a_task == 1 + 3 + 2
    assert compare.planned(tiny, both, (), 1, bills=False).runs_a_task == 4


def test_stages_and_tiers_are_those_of_the_ledger(tiny):
    """Mean days of the buyers' cases contracted since a quarter, programmes apart."""
    model = AllianceModel(tiny, rng=1).run()
    frame = model.orders()
    buyers = [model.world.nations[row] for row in np.flatnonzero(model.world.is_buyer)]
    chosen = frame["buyer"].isin(buyers) & ~frame["initial"] & (frame["contracted_quarter"] >= 16)
    chosen &= frame["route"] != ROUTES[DEVELOP].id
    cases = frame[chosen].groupby("route")
    stages, tier = stage_days(model, 16), model.state.nations["tier"].copy()
    tiers = tier_days(model, tier, 16)
    for place, route in enumerate(ROUTES):
        if route.id not in cases.groups:
            assert stages[place].sum() == tiers[:, place].sum() == 0.0
            continue
        rows = cases.get_group(route.id)
        assert stages[place, -1] == tiers[:, place, 1].sum() == len(rows)
        assert stages[place, 1] == rows["days_release"].sum()
        assert tiers[:, place, 0].sum() == rows["days_administration"].sum()
    assert len(frame[chosen]) > 5


def test_lost_sales_are_shares_by_cause(found):
    """Seven causes a run; their shares of the volume lost add to one."""
    for _, rows in found.lost.groupby(["policy", "replication"]):
        assert len(rows) == 7
        assert rows["share"].sum() == pytest.approx(1.0)
        assert rows["volume"].sum() > 0.0


def test_the_series_are_the_headlines_of_each_run(found, plan):
    """Baseline and policies, central draw, as the model's own series; no nation's figures."""
    assert set(found.series["policy"]) == {"baseline", f"{LEVER}=50", "placebo"}
    assert set(found.series["replication"]) == {0, 1, 2}
    assert not set(found.series["entity"]) & {"FRA", "POL"}
    model = AllianceModel(plan.scenario, rng=found.seeds[1]).run().series()
    for outcome in ("gap", "share_delivered"):
        mine = found.series[found.series["outcome"] == outcome]
        mine = mine[(mine["policy"] == "placebo") & (mine["replication"] == 1)]
        own = model[model["outcome"] == outcome]
        assert mine["quarter"].tolist() == own["quarter"].tolist()
        np.testing.assert_array_equal(mine["value"], own["value"])


def test_each_world_has_its_own_baseline(tiny, tmp_path, monkeypatch):
    """Policies are compared with the baseline of their world, on the same seeds."""
    folder = tmp_path / "configs" / "worlds"
    folder.mkdir(parents=True)
    text = f"title: Poor\ndescription: Less is carried over.\nparameters: {{{CAP}: 4}}\n"
    (folder / "poor.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    plan = compare.planned(tiny, [policy("placebo")], ("baseline", "poor"), 2)
    assert plan.forks.plan == tuple(
        Which(world, 0, number) for world in ("baseline", "poor") for number in (0, 1)
    )
    found = compare.compare(plan, jobs=1)
    rows = found.differences[found.differences["outcome"] == "gap_years"]
    assert rows["world"].tolist() == ["baseline", "poor"]
    assert rows["baseline"].nunique() == 2
    assert (rows["difference"] == 0.0).all()
    poor = AllianceModel(tiny.with_set({CAP: 4}), rng=found.seeds[0]).run().outcomes()
    first = found.outcomes[(found.outcomes["world"] == "poor")].iloc[0]
    assert first["value"] == poor[first["outcome"]]


@pytest.mark.parametrize(
    ("given", "worlds", "words"),
    [
        ((), (), "no policy is given"),
        (("placebo", "placebo"), (), "placebo: is named twice"),
        (("placebo",), ("surge", "surge"), "--world: surge is named twice"),
        (("placebo",), ("basline",), "did you mean 'baseline'?"),
    ],
)
def test_what_cannot_be_compared_is_refused(tiny, given, worlds, words):
    """One message, before anything runs."""
    with pytest.raises(ConfigError, match="allowed") as error:
        compare.planned(tiny, [policy(text) for text in given], worlds, 1)
    assert words in str(error.value)


def test_levers_that_contradict_the_configs_are_refused(tiny):
    """The message names the policy and the lever."""
    has = with_policy(tiny, policy("placebo"))
    with pytest.raises(ConfigError, match=r"policy placebo: .*placebo is named twice"):
        compare.planned(has, [policy("placebo")], (), 1)
    late = [policy("placebo", Quarter.parse("2026Q1"))]
    with pytest.raises(ConfigError, match="2026Q1 is after the end of the run"):
        compare.planned(tiny, late, (), 1)


def test_large_tasks_are_worth_processes_earlier():
    """What counts is the number of runs, not of tasks; never more processes than tasks."""
    assert workers_for(4, None, 1) == 1
    assert workers_for(64, None, 16) == workers_for(1024, None)
    assert workers_for(3, 8, 100) == 3


def test_forks_keep_no_ledger(tiny):
    """What a task returns is small: tables of routes and causes, and a few series."""
    forks = Forks(
        {"baseline": tiny}, {"placebo": policy("placebo"), "bill": policy(LEVER)}, 16, 1,
        tabled=frozenset(["baseline", "placebo"]),
    )  # fmt: skip
    one, _, bill = forks(tiny, 0, 5)
    assert (bill.series, bill.stages, bill.tiers, bill.lost) == ({}, None, None, None)
    assert ledger(AllianceModel(tiny, rng=5).run().state).nbytes > 5 * sum(
        part.nbytes for part in (one.stages, one.tiers, one.lost)
    )
    assert len(one.series) < 20
