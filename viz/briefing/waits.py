"""Waits in months: the sentences of a briefing on who waits longer or shorter for a contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from alliance_abm.desks import STAGE_IDS, STAGE_NAMES
from alliance_abm.measures import DAYS_PER_MONTH
from viz.briefing.words import ONE_RUN, short
from viz.charts_case_stages import ROUTE_NAME, TOTAL, stages_headline
from viz.charts_tiers import tiers_headline
from viz.page import NO_BREAK, digits
from viz.policy_view import View
from viz.policy_words import Row, is_clear, is_zero, listed, signed
from viz.theme import ROUTES


def months_words(days: float) -> str:
    """A length of time without its sign.

    >>> months_words(-51.0).replace("\u00a0", " ")
    '1.7 months'
    """
    return f"{digits(abs(days) / DAYS_PER_MONTH)}{NO_BREAK}months"


def inside_words(row: Row) -> str:
    """The interval of a change in days, as months in brackets; empty without one.

    >>> inside_words({"low": -57.0, "high": -45.0})
    ' (−1.9 to −1.5)'
    """
    if not np.isfinite([row["low"], row["high"]]).all():
        return ""
    low, high = (signed(row[edge] / DAYS_PER_MONTH) for edge in ("low", "high"))
    return f" ({low} to {high})"


def month_change(row: Row) -> str:
    """A change of a wait in days with its verdict, as months."""
    if is_zero(row):
        return "exactly zero"
    size = f"{signed(row['difference'] / DAYS_PER_MONTH)} months"
    if row["n"] == 1:
        return f"{size}, {ONE_RUN}"
    return f"{'clear' if is_clear(row) else 'unclear'}, {size}{inside_words(row)}"


def stages_sentence(found: Sequence[Row], view: View) -> str:
    """The clearest change in the whole wait, and the stage that most of it comes from."""
    clear = [row for row in found if row["stage"] == TOTAL and is_clear(row)]
    if not clear:
        return stages_headline(found, view)
    most = max(clear, key=lambda row: abs(row["difference"]))
    way = np.sign(most["difference"])
    stages = [row for row in found if row["policy"] == most["policy"] and row["stage"] != TOTAL]
    where = max(stages, key=lambda row: way * row["difference"])
    name = dict(zip(STAGE_IDS, STAGE_NAMES, strict=True))[where["stage"]]
    return (
        f"With {short(view, most['policy'])}, the wait for {ROUTE_NAME} is "
        f"{months_words(most['difference'])} {way_words(most)}, most of it in {name}"
    )


def way_words(row: Row) -> str:
    """Longer or shorter."""
    return "longer" if row["difference"] > 0.0 else "shorter"


def tiers_sentence(rows: Sequence[Row], view: View) -> str:
    """Who waits longer and who shorter under the policy that parts them most."""
    clear = [row for row in rows if is_clear(row)]
    if not clear:
        return tiers_headline(rows, view)
    ends: Mapping[str, list[float]] = {
        name: [0.0, *(row["difference"] for row in clear if row["policy"] == name)]
        for name in view.policies
    }
    policy = max(ends, key=lambda name: float(np.ptp(ends[name])))
    mine = sorted((row for row in clear if row["policy"] == policy), key=lambda r: r["difference"])
    told = [
        f"{months_words(row['difference'])} {way_words(row)} for {tier_name(row)} "
        f"({route_name(row)})"
        for row in (mine[:1] if len(mine) == 1 else [mine[0], mine[-1]])
    ]
    return f"With {short(view, policy)}, the wait for a contract is {listed(told)}"


def tier_name(row: Row) -> str:
    """A tier inside a sentence.

    >>> tier_name({"tier": "first tier"}), tier_name({"tier": "other buyers"})
    ('the first tier', 'other buyers')
    """
    tier = str(row["tier"])
    return f"the {tier}" if tier.endswith("tier") else tier


def route_name(row: Row) -> str:
    """What a route is called."""
    return ROUTES[row["route"]].label if row["route"] in ROUTES else str(row["route"])


def tier_words(row: Row) -> str:
    """One change of a wait by tier and route, for a list."""
    tier = str(row["tier"])
    words = f"{tier[0].upper()}{tier[1:]}, {route_name(row)}"
    inside = inside_words(row)
    return f"{words}: {months_words(row['difference'])} {way_words(row)}{inside}"
