"""Choices that the flows of the start stand for, and what each could choose from.

A cell asks for its yearly volume in a few cases (free, free without direct commercial sales, tied
to U.S. goods) and in each for a few requirements, spread over places and technology levels.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from alliance_abm.exogenous import Exogenous
from alliance_abm.kernels import njit
from alliance_abm.layout import DEVELOP, DOMESTIC
from alliance_abm.offers import consider
from alliance_abm.quotes import quote_lines
from alliance_abm.searches import describe, look
from alliance_abm.state import State

Floats = NDArray[np.float64]

PLACES: Final = 9  # requirements a case stands for: as many places, levels in another order
LEVEL_STRIDE: Final = 4  # no divisor in common with PLACES
CASES: Final = 3  # free choice, free without DCS, tied to U.S. goods
ENOUGH: Final = 1e12  # money does not bind at the start

CHOICE_DTYPE: Final = np.dtype(
    [
        ("buyer", "i4"),
        ("domain", "i4"),
        ("first", "i4"),
        ("last", "i4"),
        ("volume", "f8"),  # a year
    ]
)
OPTION_DTYPE: Final = np.dtype(
    [("supplier", "i2"), ("route", "i1"), ("nest", "i1"), ("utility", "f8"), ("weight", "f8")]
)


def gather(
    state: State, outside: Exogenous, total: Floats
) -> tuple[NDArray[np.void], NDArray[np.void]]:
    """Choices of cells that ask for ``total`` (E, D) a year as offers stand, and their options.

    ``first`` and ``last`` of a choice are its rows among the options; the last is deferral.
    """
    s = state
    quote_lines(s)
    most = total.size * CASES * PLACES
    choices = np.zeros(most, CHOICE_DTYPE)
    options = np.zeros(most * len(s.offers), OPTION_DTYPE)
    counts = np.zeros(2, np.int64)
    _list_options(
        total, s.par, s.dom, s.nations, s.cells, s.pairs, s.lines, s.sellers, s.n_sellers,
        s.content_origin, s.content_reach, s.content_share, s.content_total,
        s.desks, s.office, outside.control, s.ask, s.view, s.offers, outside.usa,
        outside.tied_share, choices, options, counts,
    )  # fmt: skip
    return choices[: counts[0]], options[: counts[1]].copy()


@njit(cache=True)
def _list_options(
    total, par, dom, nations, cells, pairs, lines, sellers, n_sellers, content_origin,
    content_reach, content_share, content_total, desks, office,
    control, ask, view, offers, usa, tied_share, choices, options, counts,
):  # fmt: skip
    p = par[0]
    span = p["need_level_high"] - p["need_level_low"]
    for b in range(cells.shape[0]):
        held = look(b, par, nations, pairs, usa, view)
        for d in range(cells.shape[1]):
            restricted = dom["carve_out"][d] if b == usa else dom["fms_only_share"][d]
            for k in range(CASES * PLACES):
                fms_only, tied = k % CASES % 2, k % CASES // 2
                share = (restricted if fms_only == 1 else 1.0 - restricted) / PLACES
                share *= 1.0 - tied_share[b]
                if tied == 1:
                    share = tied_share[b] / PLACES
                if share * total[b, d] <= 0.0:
                    continue
                place = k // CASES
                rung = (place + 1) * LEVEL_STRIDE % PLACES
                level = p["need_level_low"] + span * (rung + 0.5) / PLACES
                describe(
                    ask[0], b, d, cells["mean_lot"][b, d], ENOUGH, level,
                    (place + 0.5) / PLACES, 0, tied, p["aspiration"], 0,
                    fms_only, par, dom, nations, cells, lines, desks, office, held,
                )  # fmt: skip
                n = consider(
                    ask[0], par, dom, cells, lines, sellers, n_sellers, content_origin,
                    content_reach, content_share, content_total, office,
                    control, view, offers, usa,
                )  # fmt: skip
                _note(b, d, n, total[b, d] * share, offers, choices, options, counts)


def considered_at_home(
    choices: NDArray[np.void], options: NDArray[np.void], shape: tuple[int, ...]
) -> Floats:
    """Volume a year (E, D), ``shape``, of the choices with an offer of home industry."""
    volume = np.zeros(shape)
    _add_considered(choices, options, volume)
    return volume


@njit(cache=True)
def _add_considered(choices, options, volume):
    for row in range(len(choices)):
        for i in range(choices["first"][row], choices["last"][row]):
            if options["route"][i] == DOMESTIC or options["route"][i] == DEVELOP:
                volume[choices["buyer"][row], choices["domain"][row]] += choices["volume"][row]
                break


@njit(cache=True)
def _note(b, d, n, volume, offers, choices, options, counts):
    row, first = counts[0], counts[1]
    choices["buyer"][row], choices["domain"][row] = b, d
    choices["first"][row], choices["last"][row] = first, first + n
    choices["volume"][row] = volume
    for i in range(n):
        options["supplier"][first + i] = offers["supplier"][i]
        options["route"][first + i] = offers["route"][i]
        options["nest"][first + i] = offers["nest"][i]
        options["utility"][first + i] = offers["utility"][i]
    counts[0] += 1
    counts[1] += n
