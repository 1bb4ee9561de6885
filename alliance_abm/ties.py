"""Ties between nations as arrays: who is allied with whom, and whose experience counts.

They follow the same rules as the graph of `network.py`, made straight from the world's arrays so
that a run needs no graph.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alliance_abm.parameters import Parameters
from alliance_abm.world import World

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def alliance_ties(world: World, year: int) -> Bools:
    """Who is allied with whom in `year`, (E, E): NATO, and the United States with its allies."""
    nato = world.nato_since <= year
    usa = np.arange(len(world.nations)) == world.usa
    pact = np.outer(usa, world.ally_since <= year)
    return _between_nations(world, np.outer(nato, nato) | pact | pact.T)


def region_ties(world: World) -> Bools:
    """Who is of one region, (E, E)."""
    return _between_nations(world, world.region[:, None] == world.region[None, :])


def programme_ties(world: World) -> Bools:
    """Who shares a programme standing at the end of 2014, as member or lead, (E, E)."""
    names = list(dict.fromkeys(programme.name for programme in world.programmes))
    takes_part = np.zeros((len(world.nations), len(names)), np.int64)
    for programme in world.programmes:
        takes_part[[programme.lead, programme.member], names.index(programme.name)] = 1
    return _between_nations(world, takes_part @ takes_part.T > 0)


def tie_weights(world: World, parameters: Parameters, year: int) -> Floats:
    """Weight of each nation's experience for each nation in `year`, (E, E).

    The weights of the kinds of tie that two nations have add up; rows sum to 1, or to 0 where
    there is no tie. The rest of the world has none.
    """
    weight = (
        parameters["beliefs.tie_alliance"] * alliance_ties(world, year)
        + parameters["beliefs.tie_region"] * region_ties(world)
        + parameters["beliefs.tie_programme"] * programme_ties(world)
    )
    total = weight.sum(axis=1, keepdims=True)
    return np.asarray(weight / np.where(total > 0.0, total, 1.0))


def _between_nations(world: World, tied: Bools) -> Bools:
    """The ties without those of a nation with itself and of the rest of the world."""
    tied[world.row, :] = tied[:, world.row] = False
    np.fill_diagonal(tied, False)
    return tied
