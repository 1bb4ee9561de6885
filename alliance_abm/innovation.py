"""Innovations: steps in the level of a nation's products, which last until others catch up.

They arrive by nation and domain, more often where competence is high and threat presses. Joint
hubs make them more frequent among U.S. allies, and bring part of each to the other allies.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from alliance_abm.draws import INNOVATION, uniform
from alliance_abm.kernels import njit
from alliance_abm.state import State

QUARTERS_PER_YEAR: Final = 4


def arrive(state: State) -> None:
    """At the end of a year: innovations arrive, spread among allies, and end.

    Products take the level when they are renewed (`competence.review`).
    """
    s = state
    _arrive(s.quarter, s.seed, s.par, s.dom, s.nations, s.cells, s.office,
            np.zeros(s.cells.shape[1], np.int64))  # fmt: skip


@njit(cache=True)
def _arrive(quarter, seed, par, dom, nations, cells, office, found):
    """``found`` (D,) counts domains in which an ally found something; zeros at first."""
    p = par[0]
    ends = quarter + QUARTERS_PER_YEAR * int(p["innovation_years"])
    for b in range(cells.shape[0]):
        for d in range(cells.shape[1]):
            if cells["innovation_until"][b, d] <= quarter:
                cells["innovation"][b, d] = 0.0
            able = cells["line"][b, d] >= 0 and (
                cells["competence"][b, d] >= p["licence_competence"]
            )
            if not able:
                continue
            rate = p["innovation_rate"] * cells["competence"][b, d] * (1.0 + cells["threat"][b, d])
            rate *= 1.0 + dom["hub_gain"][d] * nations["us_ally"][b]
            key, domain = nations["key"][b], cells["key"][b, d]
            if uniform(seed, INNOVATION, quarter, key, domain, 0) < 1.0 - math.exp(-rate):
                cells["innovation"][b, d] = p["innovation_step"]
                cells["innovation_until"][b, d] = ends
                office["innovations"][0] += nations["is_buyer"][b]
                found[d] += nations["us_ally"][b]
    if p["innovation_adoption"] > 0.0:
        _adopt(p, nations, cells, found, ends)


@njit(cache=True)
def _adopt(p, nations, cells, found, ends):
    """Allies that build in a domain take up part of what one of them found this year."""
    part = p["innovation_adoption"] * p["innovation_step"]
    for b in range(cells.shape[0]):
        for d in range(cells.shape[1]):
            able = cells["line"][b, d] >= 0 and (
                cells["competence"][b, d] >= p["licence_competence"]
            )
            if nations["us_ally"][b] == 0 or found[d] == 0 or not able:
                continue
            if cells["innovation"][b, d] < part:
                cells["innovation"][b, d] = part
                cells["innovation_until"][b, d] = ends
