"""Constants of home industry at the start: what they reproduce and how far they go."""

from __future__ import annotations

import numpy as np
import pytest

from alliance_abm import load_scenario, load_world
from alliance_abm.first_choices import considered_at_home, gather
from alliance_abm.inversion import expected
from alliance_abm.start import template

LARGEST = "choice.largest_home_part"
CLOSE = 0.01  # of a cell's volume


class Start:
    """The start of the baseline world, in volume a year by nation and domain.

    `total` asked for; `home` observed; `got` expected from home industry; `asked` of the choices
    in which it is considered.
    """

    def __init__(self, settings: dict[str, object]) -> None:
        scenario = load_scenario("baseline").with_set({**settings})
        self.world = load_world(scenario.world.nations, scenario.world.domains)
        self.part = scenario.parameters[LARGEST]
        self.state, outside, flows = template(self.world, scenario.parameters, 4)
        self.home, self.total = flows.home, flows.foreign.sum(axis=1) + flows.home
        self.got = expected(self.state, outside, self.total)[2]
        choices, options = gather(self.state, outside, self.total)
        self.asked = considered_at_home(choices, options, self.total.shape)
        self.share = self.home / np.maximum(self.total, 1e-9)
        self.builds = self.home > 0.0
        self.in_reach = self.home <= np.maximum(self.share, self.part) * self.asked


@pytest.fixture(scope="module")
def start() -> Start:
    return Start({})


def test_home_industry_wins_what_it_won_where_it_is_considered_often_enough(start):
    """In four of five cells with home industry or more its expected share is the observed one."""
    off = np.abs(start.got - start.home) / np.maximum(start.total, 1e-9)
    assert off[start.builds & start.in_reach].max() < CLOSE
    assert start.in_reach[start.builds].mean() > 0.8


def test_elsewhere_it_wins_the_stated_part_of_the_choices_that_consider_it(start):
    """Where the observed share is out of reach, imports and deferral keep a part of each choice:
    no constant runs away to make up for choices without a home offer."""
    out = ~start.in_reach & (start.asked > 0.0)
    assert out.sum() > 5
    most = np.maximum(start.share, start.part) * start.asked
    np.testing.assert_allclose(start.got[out], most[out], rtol=2 * CLOSE)
    assert np.abs(start.state.cells["home_constant"][start.builds]).max() < 20.0


def test_a_smaller_part_lowers_constants_out_of_reach_alone():
    """The parameter acts: at the low end of its range home industry of cells out of reach wins
    less, and no cell wins more."""
    low, high = (Start({LARGEST: part}) for part in (0.8, 0.99))
    assert low.in_reach.sum() < high.in_reach.sum()
    assert (low.got <= high.got + CLOSE * low.total).all()
    out = ~high.in_reach & (high.asked > 0.0) & (high.share < 0.9)
    assert out.any()
    assert (low.got[out] < 0.95 * high.got[out]).all()


def test_home_industry_that_no_choice_considers_is_as_attractive_as_the_middle():
    """Its constant is the median of its domain, as for nations that built nothing."""
    start = Start({"requirements.aspiration": 0.7})
    never = start.builds & (start.asked <= 0.0)
    assert never.sum() > 5
    for b, d in np.argwhere(never):
        known = start.builds[:, d] & (start.asked[:, d] > 0.0)
        constants = start.state.cells["home_constant"][:, d]
        assert constants[b] == np.median(constants[known])
