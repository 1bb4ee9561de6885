"""Denial: an origin's refusal reaches the products that need its parts; a member is removed."""

from __future__ import annotations

from dataclasses import replace

import laws
import numpy as np
import pytest
from runs import new_orders, run

from alliance_abm import AllianceModel
from alliance_abm.layout import CANCELLED, DELIVERED, FRIENDLY, IN_ADMINISTRATION, IN_ORDER_BOOK
from alliance_abm.release import believed, refusing_origin
from alliance_abm.scenario import Scenario
from alliance_abm.state import State, ledger


@pytest.fixture(scope="module")
def chain(tiny) -> Scenario:
    """Poland, Korea and Sweden with the United States and France."""
    world = {"world.nations": ["USA", "FRA", "POL", "KOR", "SWE"], "events": []}
    world |= {"world.domains": ["combat_aviation", "land"], "horizon.end": "2029Q4"}
    world |= {"supply_chain.disruption_hazard": 0}  # no source fails but by denial
    return tiny.with_set(world)


def american_part(model: AllianceModel, seller: str, domain: str) -> float:
    """How far American control reaches into a seller's product, 0 to 1."""
    row, d = model.world.nation_index(seller), model.world.domain_index(domain)
    line = model.state.cells["line"][row, d]
    parts = model.state.content_origin[line] == model.world.usa
    return float(model.state.content_reach[line][parts].sum())


def refused_share(chain: Scenario, american_content: bool) -> float:
    """Share of Poland's cases for third-party aircraft that are refused when America refuses it
    everything and nobody else refuses anything, over a few runs."""
    decided = []
    for seed in range(1, 9):
        model = AllianceModel(chain, rng=seed)
        pol, usa = model.world.nation_index("POL"), model.world.usa
        model.state.pairs["release_policy"][pol] = 1.0
        model.state.pairs["release_policy"][pol, usa] = 0.0
        free = (model.state.content_origin != usa) | (not american_content)
        model.state.content_reach[free] = 0.0
        kept = np.where(free[:, :, None], 0.0, model.outside.content_by_class)
        model.outside = replace(model.outside, content_by_class=kept)  # each year's products
        rows = new_orders(model.run().state)
        third = rows[(rows["buyer"] == pol) & (rows["route"] == FRIENDLY) & (rows["domain"] == 0)]
        decided.extend(third["status"][third["status"] != IN_ADMINISTRATION])
    assert len(decided) > 3
    return float(np.mean(np.array(decided) == CANCELLED))


@pytest.mark.parametrize("seller", ["KOR", "SWE"])
def test_who_refuses_a_product_with_foreign_parts(chain, seller):
    """The seller's refusal and that of each origin are as likely as their policies and the reach
    of their parts say."""
    model = AllianceModel(chain, rng=1)
    state, usa = model.state, model.world.usa
    b, s = (model.world.nation_index(name) for name in ("POL", seller))
    state.pairs["release_policy"][b] = 1.0
    state.pairs["release_policy"][b, [s, usa]] = 0.9, 0.6
    line = state.cells["line"][s, 0]
    given = {"b": b, "d": 0, "s": s, "line": line, "sensitivity": 1.0, "exempt": 0}
    drawn = (np.arange(4000) + 0.5) / 4000
    who = [laws.call(refusing_origin, model, state, u=u, **given) for u in drawn]
    reach = state.content_reach[line][state.content_origin[line] == usa].sum()
    assert np.mean(np.equal(who, s)) == pytest.approx(0.1, abs=1e-3)
    assert np.mean(np.equal(who, usa)) == pytest.approx(0.9 * 0.4 * reach, abs=1e-3)
    assert set(who) == {-1, s, usa}


def test_a_denial_by_one_reaches_the_product_of_another(chain):
    """When America refuses Poland everything, other nations' aircraft with American engines and
    electronics are refused too; without that content they are not."""
    model = AllianceModel(chain, rng=1)
    for seller in ("FRA", "KOR", "SWE"):
        assert american_part(model, seller, "combat_aviation") > 0.3
    assert refused_share(chain, american_content=True) > 0.3
    assert refused_share(chain, american_content=False) == 0.0


def test_belief_in_denial_reaches_the_product_of_another(chain):
    """Poland's doubt about American release costs Korean aircraft with American engines buyers'
    favour, and would win it were they free of American content."""
    model = run(chain, 1, 4)
    pol, usa = model.world.nation_index("POL"), model.world.usa
    before = laws.share_of(model, "POL", "KOR", "combat_aviation")
    model.state.pairs["release_refused"][pol, usa] += 4.0
    with_content = laws.share_of(model, "POL", "KOR", "combat_aviation")
    model.state.content_reach[:] = 0.0
    freed = laws.share_of(model, "POL", "KOR", "combat_aviation")
    assert with_content < before < freed


def test_a_suspended_origin_stops_the_lines_that_need_its_parts(chain):
    """While America holds deliveries to Korea, Korean lines with American content put out less; in
    the end Korea has replaced the parts, dearer ones, and they run again."""
    event = {"kind": "suspension", "supplier": "USA", "buyer": "KOR", "start": "2011Q1"}
    denied = chain.with_set({"events": [event]})
    free, held, late = run(chain, 1, 16), run(denied, 1, 16), run(denied)
    kor = free.world.nation_index("KOR")
    mine = (held.state.lines["owner"] == kor) & (held.state.lines["domain"] == 0)
    assert (held.state.lines["input_factor"][mine] < 0.5).all()
    assert (free.state.lines["input_factor"] == 1.0).all()
    made = []
    for model in (free, held):
        rows = ledger(model.state)
        made.append(rows["delivered"][mine[rows["line"]]].sum())
    assert made[1] < 0.8 * made[0]
    assert (late.state.lines["input_factor"][mine] > 0.8).all()
    assert (late.state.lines["replaced"][mine] > 0.05).all()


def test_an_embargo_ends_awards_and_not_deliveries(chain):
    """While Poland's own law forbids to buy from America it awards nothing there; what it ordered
    before still comes; others buy on, and so does Poland when the embargo is over."""
    event = {"kind": "embargo", "supplier": "USA", "buyers": ["POL"], "start": "2014Q1",
             "end": "2019Q4"}  # fmt: skip
    awards = {"POL": np.zeros(2, int), "KOR": np.zeros(2, int)}
    delivered = 0.0
    for seed in range(1, 6):
        model = run(chain.with_set({"events": [event]}), seed)
        usa, pol = model.world.usa, model.world.nation_index("POL")
        rows = new_orders(model.state)
        rows = rows[rows["supplier"] == usa]
        during = (rows["awarded"] >= 16) & (rows["awarded"] < 40)
        for name, counted in awards.items():
            mine = rows["buyer"] == model.world.nation_index(name)
            counted += [(mine & during).sum(), (mine & ~during).sum()]
        delivered += model.state.flow_pair[16:24, pol, usa].sum()
    assert awards["POL"][0] == 0 < awards["POL"][1]
    assert awards["KOR"][0] > 0
    assert delivered > 0.0


@pytest.fixture(scope="module")
def removal(tiny) -> Scenario:
    """Turkey is removed from the F-35 programme in 2012Q3."""
    event = {"kind": "programme_removal", "programme": "F-35", "member": "TUR", "start": "2012Q3"}
    world = {"world.nations": ["USA", "TUR", "FRA", "DEU"], "events": [event]}
    return tiny.with_set({**world, "world.domains": ["combat_aviation", "land"]})


def hit_by_removal(model: AllianceModel, state: State) -> np.ndarray:
    """Open orders of Turkey for American aircraft: rows of the ledger."""
    rows = ledger(state)
    hit = (rows["buyer"] == model.world.nation_index("TUR")) & (rows["domain"] == 0)
    hit &= (rows["supplier"] == model.world.usa) & (rows["status"] != DELIVERED)
    return np.flatnonzero(hit & (rows["status"] != CANCELLED))


def test_removal_cancels_open_orders_and_pays_them_back(removal):
    """What Turkey has open for American aircraft is cancelled in that quarter, all its money comes
    back, and lines lose the backlog; orders in other domains and of others stay."""
    model = run(removal, 2, 10)
    before = model.snapshot()
    hit = hit_by_removal(model, before)
    assert (before.orders["status"][hit] == IN_ORDER_BOOK).any()
    model.step()
    tur, usa = model.world.nation_index("TUR"), model.world.usa
    rows = ledger(model.state)
    assert (rows["status"][hit] == CANCELLED).all()
    others = np.setdiff1d(np.flatnonzero(before.orders["status"] == IN_ORDER_BOOK), hit)
    assert (rows["status"][others] != CANCELLED).all()
    laws.check_state(model.state)
    laws.check_quarter(before, model)
    assert [int(state.pairs["member"][tur, usa]) & 1 for state in (before, model.state)] == [1, 0]
    trust = [believed(state.pairs, tur, usa) for state in (before, model.state)]
    assert trust[1] < trust[0] - 0.1


def test_a_removed_member_buys_less_from_the_lead(removal):
    """Turkey's chance of buying American aircraft is lower than without the removal."""
    stayed, removed = run(removal.with_set({"events": []}), 2, 12), run(removal, 2, 12)
    chances = [laws.share_of(model, "TUR", "USA", "combat_aviation") for model in (stayed, removed)]
    assert chances[1] < chances[0]
