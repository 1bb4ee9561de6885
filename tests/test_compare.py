"""Policies beside the baseline: forks, pairing, parameter draws, tables and break-even sizes."""

from __future__ import annotations

from dataclasses import replace

import laws
import numpy as np
import pandas as pd
import pytest

from alliance_abm import AllianceModel
from alliance_abm.layout import DEVELOP
from alliance_abm.levers import LeverUse
from alliance_abm.outcomes import OUTCOMES
from alliance_abm.parameters import CATALOGUE
from alliance_abm.policies import choice_of, policy_of_text, with_policy
from alliance_abm.problems import ConfigError
from alliance_abm.quarters import Quarter
from alliance_abm.routes import ROUTES
from alliance_abm.state import ledger
from experiments import break_even, compare, compare_tables
from experiments.compare_text import clear_others, tables
from experiments.compare_words import paragraph, verdict
from experiments.comparison import DIFFERENCE_COLUMNS, Comparison
from experiments.forks import Forks, Which, continued, first_difference, stage_days, tier_days
from experiments.paired import Paired, holm
from experiments.parameter_draws import drawn, drawn_paths, parameter_draws
from experiments.pool import RunError, workers_for
from experiments.runner import replication_seed, run_replications

NAN = float("nan")
START = Quarter.parse("2014Q1")
LEVER = "dcs_tracked"
CAP = "budgets.carry_over_cap_quarters"


def policy(text: str, start: Quarter = START):
    return policy_of_text(text, start)


@pytest.fixture(scope="module")
def plan(tiny):
    """Two policies and three replications of the tiny world, with two draws."""
    return compare.planned(tiny, [policy(f"{LEVER}=50"), policy("placebo")], (), 3, draws=2)


@pytest.fixture(scope="module")
def found(plan) -> Comparison:
    """That plan, run in one process."""
    return compare.compare(plan, jobs=1)


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


def test_draws_are_means_over_their_replications(found, plan):
    """The range over draws comes from the mean difference of each draw."""
    assert plan.forks.draw_replications == 3
    rows = found.outcomes[found.outcomes["outcome"] == "us_unit_cost"]
    values = rows.pivot(index=["draw", "replication"], columns="policy", values="value")
    apart = (values[f"{LEVER}=50"] - values["baseline"]).groupby("draw").mean()
    row = found.differences[found.differences["outcome"] == "us_unit_cost"].iloc[0]
    assert row["draws_low"] == pytest.approx(np.quantile(apart.loc[1:], 0.05), abs=1e-15)
    assert row["draws_high"] == pytest.approx(np.quantile(apart.loc[1:], 0.95), abs=1e-15)
    same = np.sign(apart.loc[1:]) == np.sign(row["difference"])
    assert row["sign_share"] == same.mean()


@pytest.mark.parametrize(
    ("by_draw", "central", "share"),
    [((1, 2, -1, 0), 0.5, 0.5), ((-1, -2), -3.0, 1.0), ((0, 0, 1), 0.0, 2 / 3), ((), 1.0, None)],
)
def test_the_sign_share_counts_draws_like_the_central_one(by_draw, central, share):
    """A draw without a change has not the sign of a change."""
    found = compare_tables.sign_share(np.array(by_draw, float), central)
    assert np.isnan(found) if share is None else found == share


def test_draws_fill_the_ranges_of_the_assumed_parameters(tiny):
    """One draw falls into each tenth of a range; others than grade C are left alone."""
    scenario = tiny.with_set({CAP: 5})
    draws = parameter_draws(scenario, 10)
    assert draws == parameter_draws(scenario, 10)
    assert CAP not in draws[0]
    assert tuple(draws[0]) == drawn_paths(scenario)
    for path in draws[0]:
        entry = CATALOGUE[path]
        assert entry.grade == "C"
        values = np.array([draw[path] for draw in draws])
        if entry.whole:
            assert (values == values.round()).all()
            continue
        tenths = np.floor(10 * (values - entry.low) / (entry.high - entry.low))
        assert sorted(tenths) == list(range(10))
    assert parameter_draws(scenario.with_set({"seed": 2}), 10) != draws


def test_levers_act_on_top_of_a_draw(tiny, plan):
    """The drawn world has the drawn values, and what the scenario sets stays."""
    scenario = drawn(tiny.with_set({CAP: 5}), plan.forks.draws[0])
    assert scenario.parameters[CAP] == 5
    path = "industry.dcs_visibility"
    assert scenario.parameters[path] == plan.forks.draws[0][path]


def test_a_draw_that_is_no_world_costs_no_other(tiny):
    """It is listed with its number; differences and draws of the rest stand."""
    plan = compare.planned(tiny, [policy("placebo")], (), 1, draws=2)
    bad = {**plan.forks.draws[0], CAP: -1.0}
    broken = replace(plan, forks=replace(plan.forks, draws=[bad, plan.forks.draws[1]]))
    found = compare.compare(broken, jobs=1)
    (row,) = found.failures.itertuples()
    assert (row.policy, row.draw, row.replication) == ("baseline", 1, 0)
    assert CAP in row.error
    assert set(found.outcomes["draw"]) == {0, 2}
    assert (found.differences["sign_share"].dropna() == 1.0).all()


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


def search(monkeypatch, differences) -> pd.DataFrame:
    """Break-even sizes of the lever (0 to 50) when its difference is a function of its size."""

    def run(self, sizes):
        for size in sizes:
            value = differences(size)
            one = Paired(20, 1.0, value, value - 0.5, value + 0.5, 0.01, 1.0, 2.0)
            self.known[size] = dict.fromkeys(OUTCOMES, one)

    monkeypatch.setattr(break_even._Search, "run", run)
    plan = compare.planned(load_tiny(), [policy(LEVER)], (), 1)
    return break_even.break_even(plan, ["gap_years"])


def load_tiny():
    from alliance_abm.scenario import load_scenario

    return load_scenario("tiny")


def test_break_even_finds_where_the_sign_changes(monkeypatch):
    """A difference that falls through zero at size 30 is found to a sixteenth of the step."""
    (row,) = search(monkeypatch, lambda size: 30.0 - size).itertuples()
    assert row.size == pytest.approx(30.0, abs=12.5 / 16)
    assert row.note == "changes sign"


@pytest.mark.parametrize(
    ("differences", "note"),
    [
        (lambda size: 0.1 * size, "none in range: above zero"),
        (lambda size: -1.0, "none in range: below zero"),
        (lambda size: 0.0, "no effect at any size"),
        (lambda size: float("nan"), "not measured at every size"),
    ],
)
def test_break_even_says_when_there_is_none(monkeypatch, differences, note):
    """No size is made up."""
    (row,) = search(monkeypatch, differences).itertuples()
    assert np.isnan(row.size)
    assert row.note.startswith(note)


def test_break_even_admits_that_a_crossing_may_be_chance(monkeypatch):
    """Differences that are never clear may cross zero by chance."""
    (row,) = search(monkeypatch, lambda size: 0.01 * (20.0 - size)).itertuples()
    assert row.note == "changes sign, perhaps by chance"


def test_break_even_is_of_single_levers(tiny):
    """A policy of two levers has no size, and the model is really run for the other."""
    given = [policy(f"{LEVER}+placebo"), policy("placebo")]
    plan = compare.planned(tiny, given, (), 1)
    table = break_even.break_even(plan, ["gap_years"], jobs=1)
    assert table["note"].tolist() == ["of a single lever only", "no effect at any size"]
    with pytest.raises(ConfigError, match="did you mean 'gap_years'"):
        break_even.checked_outcomes(["gap_year"])


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


def rows_of(found: Comparison, **changes: dict[str, float | str]) -> Comparison:
    """The comparison with some figures of the first policy replaced, by outcome."""
    table = found.differences.copy()
    for outcome, figures in changes.items():
        place = (table["policy"] == found.policies[0].name) & (table["outcome"] == outcome)
        for name, value in figures.items():
            table.loc[place, name] = value
    return replace(found, differences=table)


CLEARLY = {"baseline": 4.0, "difference": -0.52, "low": -0.8, "high": -0.2, "p_holm": 0.01, "n": 20}


def test_the_paragraph_tells_clear_changes_from_others(found):
    """Clear headlines with figures, unclear ones by name, then what stands behind them."""
    changed = rows_of(
        found,
        gap_years={**CLEARLY, "sign_share": 0.9},
        us_unit_cost={**CLEARLY, "p_holm": 0.3},
        fms_months_to_contract={**CLEARLY, "sign_share": 1.0},
    )
    text = paragraph(changed, found.policies[0])
    assert (
        "it clearly changes Capability gap by -0.52 (90 % interval -0.80 to -0.20; years at full "
        "gap; baseline 4.0; same sign in 90 % of draws)."
    ) in text
    unclear, behind = text.split("Not clearly different from zero: ")[1].split("Behind", 1)
    assert "U.S. unit cost" in unclear
    assert "Capability gap" not in unclear
    assert "FMS: request to contract by -0.52" in behind
    assert "months, mean, counted in orders" in behind


def test_the_paragraph_names_headlines_without_a_value(found):
    """What has no value in any pair is neither unchanged nor uncertain, and counts no pairs."""
    changed = rows_of(found, n1_resilience={"n": 0, "difference": NAN, "low": NAN, "high": NAN})
    text = paragraph(changed, found.policies[0])
    name = OUTCOMES["n1_resilience"].name
    assert text.count(name) == text.split("Without a value in any pair of runs: ")[1].count(name)
    assert "Pairs of runs: 3 (" in text


def test_other_clear_changes_are_listed_orders_before_deliveries(found):
    """The second table holds what changes clearly and is no headline, by its clock."""
    changed = rows_of(
        found, domestic_share=CLEARLY, fms_months_to_contract=CLEARLY, gap_years=CLEARLY,
        supplier_hhi={**CLEARLY, "low": -0.8, "high": 0.1},
    )  # fmt: skip
    rows = clear_others(changed.differences)
    assert rows["outcome"].tolist() == ["fms_months_to_contract", "domestic_share"]
    titles = [title for title, _, _ in tables(changed)]
    assert any(title.startswith("Other outcomes that change clearly") for title in titles)


@pytest.mark.parametrize(
    ("figures", "word"),
    [
        ({}, "clear"),
        ({"high": 0.1}, "unclear"),
        ({"p_holm": 0.2}, "unclear"),
        ({"difference": 0.0, "low": 0.0, "high": 0.0, "p_holm": 1.0}, "none"),
        ({"n": 1, "low": NAN, "high": NAN, "p_holm": NAN}, "too few pairs"),
        ({"n": 0, "difference": NAN, "low": NAN, "high": NAN}, "no pair"),
    ],
)
def test_the_verdict_is_one_word_by_interval_and_test(figures, word):
    """Clear needs both; exactly zero is none; fewer than two pairs say so."""
    assert verdict({**CLEARLY, **figures}) == word
