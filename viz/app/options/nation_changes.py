"""How the shares of suppliers differ from the baseline, all suppliers of all buyers one family."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments.nation_ensemble import ALL, ratio
from experiments.paired import FEWEST, holm, paired, sign_flip
from viz.app.options.nation_parts import Shown
from viz.policy_words import Row

Floats = NDArray[np.float64]


def supplier_change(shown: Shown, nation: str, supplier: str) -> Row:
    """Policy minus baseline of a supplier's share in all that a nation receives.

    Keys: n, baseline, difference, low, high, p, p_holm. Which supplier is looked at is known only
    after the runs, so `p_holm` counts every supplier of every buyer. The baseline must be there.
    """
    before, after = _shares(shown)
    nations = shown.ensemble.nations
    at = nations.index(nation), nations.index(supplier)
    found = paired(before[:, at[0], at[1], None], after[:, at[0], at[1], None])[0]
    rows = sorted({*shown.rows, at[0]})
    every = _p_values(before[:, rows], after[:, rows])
    corrected = holm(every.ravel()).reshape(every.shape)
    return {**vars(found), "p_holm": float(corrected[rows.index(at[0]), at[1]])}


def _shares(shown: Shown) -> tuple[Floats, Floats]:
    """Shares by pair of runs, buyer and supplier, (pairs, E, E), of the baseline and the policy."""
    base = shown.baseline
    assert base is not None
    mine, others = shown.ensemble.paired(shown.policy)
    after, before = (
        one.ensemble.pairs(one.policy, one.years, one.clock, ALL)[rows]
        for one, rows in ((shown, mine), (base, others))
    )
    was, now = (ratio(one, one.sum(axis=2, keepdims=True)) for one in (before, after))
    return was, now


def _p_values(before: Floats, after: Floats) -> Floats:
    """p of each share by sign flips, (buyers, suppliers); nan where there are too few pairs.

    1 for one that is the same in every pair, such as that of who never supplies: no test.
    """
    found = np.full(before.shape[1:], np.nan)
    known = np.isfinite(before[:, :, 0]) & np.isfinite(after[:, :, 0])
    for mask in np.unique(known, axis=1).T:
        if mask.sum() < FEWEST:
            continue
        buyers = np.flatnonzero((known == mask[:, None]).all(axis=0))
        apart = (after - before)[np.ix_(mask, buyers)]
        some = (apart != 0.0).any(axis=0)
        here = np.ones(some.shape)
        here[some] = sign_flip(apart[:, some])
        found[buyers] = here
    return found
