"""What U.S. security cooperation has to handle: cases a year, partners, age of what is open.

A case is an order with the United States that it must release: a sale on any route, or a licence
to build.  Orders placed before the start are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from alliance_abm.layout import CANCELLED, DAYS_PER_QUARTER
from alliance_abm.measures import DAYS_PER_MONTH, QUARTERS_PER_YEAR
from alliance_abm.state import ledger
from alliance_abm.timings import Asked

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel


def _cases(model: AllianceModel) -> Asked:
    """The buyers' cases with the United States."""
    rows, world = ledger(model.state), model.world
    cases = Asked(rows, np.flatnonzero(rows["supplier"] == world.usa))
    return cases.where((cases["initial"] == 0) & world.is_buyer[cases["buyer"]])


def _begun(model: AllianceModel, when: slice) -> Asked:
    cases = _cases(model)
    awarded = cases["awarded"]
    return cases.where((awarded >= when.start) & (awarded < when.stop))


def cases_a_year(model: AllianceModel, when: slice) -> float:
    """Measure: cases begun a year."""
    return len(_begun(model, when).at) * QUARTERS_PER_YEAR / (when.stop - when.start)


def partners_a_year(model: AllianceModel, when: slice) -> float:
    """Measure: buyers with at least one new case in a year, mean over the years of the window.

    Years are counted from the start of the window; a part of a year at its end is left out.
    """
    cases, year = _begun(model, when), int(QUARTERS_PER_YEAR)
    years = (when.stop - when.start) // year
    if not years:
        return float("nan")
    met = np.zeros((years + 1, len(model.world.nations)), bool)
    met[(cases["awarded"] - when.start) // year, cases["buyer"]] = True
    return float(met[:years].sum() / years)


def case_age_months(model: AllianceModel, when: slice) -> float:
    """Measure: age of the cases not contracted yet, mean over cases and ends of years.

    A case that was refused counts for nothing: when that was is not on record.
    """
    cases = _cases(model)
    cases = cases.where(cases["status"] != CANCELLED)
    awarded, contracted, asked = (
        cases[name].astype(np.int64) for name in ("awarded", "contracted", "request_day")
    )
    contracted[contracted < 0] = model.state.quarter
    days, number = 0, 0
    for end in range(when.stop, when.start, -int(QUARTERS_PER_YEAR)):
        waiting = (awarded < end) & (contracted >= end)
        days += int((end * DAYS_PER_QUARTER - asked[waiting]).sum())
        number += int(waiting.sum())
    return days / number / DAYS_PER_MONTH if number else float("nan")
