"""Pooled buys and co-operative programmes: how they form, what they cost, how they end."""

from __future__ import annotations

import laws
import numpy as np
import pytest

from alliance_abm import AllianceModel
from alliance_abm.groups import HAPPENINGS
from alliance_abm.joint_offers import HYBRIDS, POOLS, lot_saving, research_cost
from alliance_abm.layout import (
    CANCELLED,
    DELIVERED,
    FMS,
    FOLLOWING,
    FORMING,
    HYBRID,
    IN_RESEARCH,
    POOLED,
)
from alliance_abm.queues import cancel
from alliance_abm.scenario import Scenario
from alliance_abm.state import State, ledger

POOLING = {"agreements.pool_openness": 1, "agreements.hybrid_openness": 0,
           "agreements.hybrid_openness_trusted": 0}  # fmt: skip
TOGETHER = {
    "agreements.pool_openness": 0, "agreements.pool_openness_body": 0,
    "agreements.hybrid_openness": 1, "agreements.hybrid_competence": 0.1,
    "agreements.hybrid_formation_quarters": 2, "agreements.ip_negotiation_quarters": 0,
    "agreements.hybrid_time_part": 0.1, "agreements.hybrid_trust": 0.2,
    "development.development_budget_share": 0.4,
}  # fmt: skip


@pytest.fixture(scope="module")
def europe(tiny) -> Scenario:
    """The United States and six European buyers in two domains for ten years."""
    return tiny.with_set({
        "world.nations": ["USA", "POL", "NLD", "NOR", "DNK", "ITA", "GBR"],
        "world.domains": ["combat_aviation", "fires_munitions"],
        "events": [],
    })  # fmt: skip


def customers(scenario: Scenario, seed: int = 1) -> AllianceModel:
    """A world where everybody buys from the United States through FMS."""
    model = AllianceModel(scenario, rng=seed)
    others = np.arange(len(model.state.nations)) != model.world.usa
    model.state.pairs["permitted"][:, others] = 0
    model.state.cells["home_constant"][others] = -50.0
    model.state.office["dcs_constant"] = model.state.office["defer_constant"] = -50.0
    model.state.nations["local_constant"] = -50.0
    return model


def finished(model: AllianceModel) -> AllianceModel:
    """The run, with the laws of state and quarter checked after every quarter."""
    while model.running:
        before = model.snapshot()
        model.step()
        laws.check_state(model.state)
        laws.check_quarter(before, model)
    return model


def happened(state: State) -> dict[str, int]:
    """What happened in agreements over the run."""
    total = state.flow_agreements.sum(axis=0).tolist()
    return dict(zip(HAPPENINGS, total, strict=True))


@pytest.fixture(scope="module")
def pooling(europe) -> AllianceModel:
    """A run in which every buyer looks for partners, under the laws of every quarter."""
    return finished(customers(europe.with_set(POOLING)))


@pytest.fixture(scope="module")
def together(europe) -> AllianceModel:
    """A run in which every requirement may be developed together, under the same laws."""
    return finished(customers(europe.with_set(TOGETHER)))


def test_pools_form_and_every_pooled_order_has_a_lead_or_leads(pooling):
    """Members of a concluded pool are one leader with the others' volume, and its followers."""
    rows = ledger(pooling.state)
    pooled = rows["route"] == POOLED
    assert happened(pooling.state)["pools_formed"] > 3
    followers = np.flatnonzero(pooled & (rows["lead"] >= 0))
    assert len(followers) > 3
    for row in np.flatnonzero(pooled & (rows["led_volume"] > 0) & (rows["status"] != CANCELLED)):
        mine = followers[rows["lead"][followers] == row]
        assert rows["led_volume"][row] == pytest.approx(rows["volume"][mine].sum(), rel=1e-5)
        assert (rows["volume"][mine] <= rows["volume"][row]).all()
        assert (rows["share"][mine] >= rows["share"][row]).all()
        assert len(set(rows["domain"][mine].tolist()) | {int(rows["domain"][row])}) == 1


def test_a_pool_is_one_case_at_the_desks(europe):
    """Those who follow never wait at a desk: the desks see fewer cases than buyers ask for."""
    many = customers(europe.with_set(POOLING)).run()
    rows = ledger(many.state)
    followers = (rows["route"] == POOLED) & (rows["lead"] >= 0)
    assert followers.sum() > 3
    assert (rows["seen"][followers] == 0).all()
    assert (rows["notified"][followers] == 0).all()


def test_what_a_lot_saves_grows_with_it_up_to_a_ceiling(pooling):
    """Nothing alone, a step with each doubling of one's own lot, never more than the ceiling."""
    p = pooling.state.par[0]
    assert lot_saving(p, 1.0) == 0.0
    assert lot_saving(p, 2.0) == pytest.approx(p["pool_saving_per_doubling"])
    assert lot_saving(p, 1e9) == p["pool_saving_ceiling"]
    rows = ledger(pooling.state)
    saved = rows["share"][rows["route"] == POOLED]
    assert 0.0 < saved.max() <= p["pool_saving_ceiling"] + 1e-6


def test_who_holds_out_buys_alone_through_fms(europe):
    """With everybody holding out no pool forms, and every pooled wish ends as a plain case."""
    model = finished(customers(europe.with_set({**POOLING, "agreements.pool_holdout_hazard": 0.25,
                                     "agreements.pool_infrastructure_europe": 0})))  # fmt: skip
    counts = happened(model.state)
    assert counts["holdouts"] > counts["pools_formed"]
    sure = customers(europe.with_set(POOLING))
    sure.state.par["pool_holdout_hazard"] = 10.0
    sure.run()
    rows = ledger(sure.state)
    assert happened(sure.state)["pools_formed"] == 0
    assert (rows["status"][rows["route"] == POOLED] <= FORMING).all()
    assert (rows["route"] == FMS).sum() > 10


def test_orders_are_counted_by_the_route_they_took(pooling):
    """Whoever went alone counts as FMS from its award on, so that record and ledger agree."""
    state = pooling.state
    rows = ledger(state)
    mine = (rows["initial"] == 0) & pooling.world.is_buyer[rows["buyer"]]
    mine &= state.cells["registered"][0][rows["domain"]] == 1
    assert happened(state)["holdouts"] + happened(state)["pools_alone"] > 3
    for route in (FMS, POOLED):
        chosen = rows[mine & (rows["route"] == route)]
        counted = np.bincount(chosen["awarded"], chosen["volume"], state.quarter)
        np.testing.assert_allclose(state.flow_route[:, 1, route], counted, rtol=1e-4, atol=1e-3)
    assert (state.flow_route >= 0.0).all()


def test_forming_takes_the_time_it_is_said_to_take(pooling):
    """No member of a pool is contracted before the pool could have formed."""
    rows = ledger(pooling.state)
    done = (rows["route"] == POOLED) & (rows["contracted"] >= 0)
    assert done.any()
    assert (rows["contracted"][done] > rows["awarded"][done]).all()
    alone = (rows["route"] == FMS) & (rows["contracted"] >= 0) & (rows["initial"] == 0)
    wait = rows["contracted"] - rows["awarded"]
    assert wait[done].mean() > wait[alone].mean()


def test_a_standing_body_shortens_forming_and_keeps_members(europe):
    """With a full body fewer hold out and more pools form than with none."""
    found = []
    for level in (0, 1):
        setting = {**POOLING, "agreements.pool_infrastructure_europe": level,
                   "agreements.pool_openness_body": 0}  # fmt: skip
        runs = [customers(europe.with_set(setting), seed).run() for seed in range(4)]
        total = [happened(run.state) for run in runs]
        members = sum(one["pool_members"] for one in total)
        found.append((members, sum(one["holdouts"] for one in total) / max(members, 1)))
    assert found[1][0] > found[0][0]
    assert found[1][1] < found[0][1]


def test_without_openness_nothing_is_pooled_or_shared(europe):
    """No agreement and no joint offer where nobody may look for partners."""
    closed = dict.fromkeys(
        ("pool_openness", "pool_openness_body", "hybrid_openness", "hybrid_openness_trusted"), 0
    )
    model = customers(europe.with_set({f"agreements.{k}": v for k, v in closed.items()}))
    rows = ledger(model.run().state)
    assert not np.isin(rows["route"], (POOLED, HYBRID)).any()
    assert model.state.flow_agreements.sum() == 0


def test_programmes_are_researched_paid_and_delivered(together):
    """Programmes begin, members pay for research, learn from it and get their product."""
    counts, state = happened(together.state), together.state
    assert counts["programmes_begun"] >= 2
    assert counts["programmes_done"] >= 1
    rows = ledger(state)
    mine = rows[rows["route"] == HYBRID]
    assert (mine["status"] == DELIVERED).any()
    partners = np.unique(mine["buyer"][mine["status"] >= IN_RESEARCH])
    assert (state.nations["developed"][partners] > 0.0).all()
    assert state.nations["developed"][together.world.usa] > 0.0
    first = mine["contracted"][mine["contracted"] >= 0] - mine["awarded"][mine["contracted"] >= 0]
    assert first.min() >= 3


def test_partners_shares_of_cost_sum_to_one_as_a_programme_begins(europe):
    """Shared by GDP or by volume, the partners' part is shared out whole."""
    for by_benefit in (0, 1):
        setting = {**TOGETHER, "agreements.cost_share_by_benefit": by_benefit}
        model = customers(europe.with_set(setting), 2)
        seen = 0
        while model.running:
            model.step()
            begun = np.flatnonzero(model.state.programmes["began"] == model.state.quarter - 1)
            for place in begun[model.state.programmes["domain"][begun] >= 0]:
                rows = ledger(model.state)
                mine = (rows["status"] == IN_RESEARCH) & (rows["lead"] == place)
                assert rows["share"][mine].sum() == pytest.approx(1.0, rel=1e-5)
                seen += 1
        assert seen > 0


def test_research_costs_more_with_partners_and_less_for_each(together):
    """The total rises with the number of partners, by less than in proportion."""
    p, w = together.state.par[0], together.state.dom[0]
    costs = [research_cost(p, w, n) for n in (2.0, 4.0, 8.0)]
    assert costs[0] < costs[1] < costs[2]
    assert costs[2] / 8 < costs[1] / 4 < costs[0] / 2


def test_partners_that_drop_out_pay_the_penalty(europe):
    """Where everybody leaves at once no programme is done; the penalty is paid, and is no
    research."""
    paid = []
    for penalty in (0.0, 1.0):
        setting = {**TOGETHER, "agreements.withdrawal_penalty": penalty}
        model = customers(europe.with_set(setting))
        model.state.par["dropout_hazard_per_year"] = 4.0
        while happened(model.state)["dropouts"] == 0:
            model.step()
        buyers = model.state.nations[model.world.is_buyer]
        paid.append(buyers["paid"].sum())
        laws.check_state(model.run().state)
        assert happened(model.state)["programmes_done"] == 0
        assert (model.state.nations["developed"][model.world.is_buyer] == 0.0).all()
    assert paid[1] > paid[0] + 1.0


def with_a_pool(europe) -> tuple[AllianceModel, int, np.ndarray]:
    """A world in which a pool of three nations or more is one case: its lead's row, the others'."""
    model = customers(europe.with_set(POOLING))
    while model.running:
        model.step()
        rows = ledger(model.state)
        leads = np.unique(rows["lead"][rows["status"] == FOLLOWING])
        leads = leads[leads >= 0]
        for lead in leads[rows["led_volume"][leads] > 0]:
            mine = np.flatnonzero((rows["status"] == FOLLOWING) & (rows["lead"] == lead))
            if len(mine) > 1 and len({*rows["buyer"][[lead, *mine]].tolist()}) == len(mine) + 1:
                return model, int(lead), mine
    raise AssertionError("no pool of three formed")


def check_price_of_lot(model: AllianceModel, members: np.ndarray) -> None:
    """Each member saves what the lot of these members saves it."""
    rows = ledger(model.state)[members]
    p, total = model.state.par[0], rows["volume"].sum()
    wanted = [lot_saving(p, total / own) for own in rows["volume"]]
    np.testing.assert_allclose(rows["share"], wanted, rtol=1e-5)


def test_a_pool_that_shrinks_pays_the_price_of_the_smaller_lot(europe):
    """When a member is refused as it signs, the others and the lead save less than before, and
    the change is paid."""
    model, lead, mine = with_a_pool(europe)
    before = ledger(model.state)[[lead, *mine]].copy()
    check_price_of_lot(model, np.array([lead, *mine]))
    loser = before["buyer"][1]
    while (ledger(model.state)["status"][mine] == FOLLOWING).all():
        model.state.pairs["release_policy"] = 1.0
        model.state.pairs["release_policy"][loser, model.world.usa] = 0.0
        model.step()
        laws.check_state(model.state)
    rows = ledger(model.state)
    assert rows["status"][mine[0]] == CANCELLED
    left = np.array([lead, *mine[rows["status"][mine] != CANCELLED]])
    assert len(left) > 1
    check_price_of_lot(model, left)
    kept = np.isin([lead, *mine], left)
    less = rows["share"][left] < before["share"][kept]
    at_ceiling = before["share"][kept] >= model.state.par["pool_saving_ceiling"][0] - 1e-6
    assert less.any() and (less | at_ceiling).all()
    assert (rows["price_quoted"][left] > before["price_quoted"][kept])[less].all()


def test_a_refused_lead_hands_the_case_to_another_member(europe):
    """When the leader's release is refused its pool goes on, led by the largest that is left, at
    the price of what is left."""
    model, lead, followers = with_a_pool(europe)
    cancel(model.state.orders, model.state.nations, model.state.cells, lead)
    model.step()
    laws.check_state(model.state)
    rows = ledger(model.state)
    left = followers[rows["status"][followers] != CANCELLED]
    new = left[rows["lead"][left] == -1]
    assert len(new) == 1
    assert rows["volume"][new[0]] == rows["volume"][left].max()
    others = np.setdiff1d(left, new)
    assert (rows["lead"][others] == new[0]).all()
    check_price_of_lot(model, left)


@pytest.mark.parametrize("setting", [POOLING, TOGETHER], ids=["pools", "programmes"])
def test_the_order_of_nations_is_irrelevant_to_agreements(europe, setting):
    """The same agreements form whichever way the nations are listed."""
    found = []
    for nations in (europe.world.nations, europe.world.nations[::-1]):
        model = customers(europe.with_set({**setting, "world.nations": nations}), 3).run()
        rows = ledger(model.state)
        names = np.array([*model.world.nations])
        joint = np.isin(rows["route"], (POOLED, HYBRID))
        found.append(sorted(zip(names[rows["buyer"][joint]].tolist(),
                                rows["awarded"][joint].tolist(),
                                rows["domain"][joint].tolist(),
                                rows["contracted"][joint].tolist(), strict=True)))  # fmt: skip
    assert found[0] == found[1]
    assert found[0]


def test_a_fork_repeats_the_agreements(europe):
    """What forms and what is researched is part of the state that a fork copies."""
    model = customers(europe.with_set(POOLING | {"agreements.hybrid_openness": 0.5}))
    while model.state.quarter < 12:
        model.step()
    assert (model.state.forming["closes"][[POOLS, HYBRIDS]] >= 0).any()
    kept = model.snapshot()
    model.run()
    end = model.snapshot()
    model.restore(kept)
    model.run()
    assert laws.differences(model.state, end) == []
