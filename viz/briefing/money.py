"""What policies cost in money: outcomes that every comparison measures."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from viz.briefing.parts import Cell, Table
from viz.briefing.words import DASH, ONE_RUN, plain, short
from viz.page import digits
from viz.policy_view import View
from viz.policy_words import Row, counted, is_clear, is_zero, listed, signed

PAYERS: Mapping[str, str] = MappingProxyType(
    {"policy_cost_us": "the United States", "policy_cost_partners": "the buyers"}
)
UNIT = "million a year"  # US$ of 2024
COUNTED = (
    "Money: what is paid from equipment money for running policies, in US$ of 2024, a mean over "
    "the reported years. What a lever costs in time, staff, trust or risk is no money."
)


def money_rows(view: View, policy: str) -> dict[str, Row]:
    """What a policy costs in this world, by who pays; empty when it was not measured."""
    found = {who: view.row(policy, view.worlds[0], name) for name, who in PAYERS.items()}
    return {who: row for who, row in found.items() if row is not None}


def amount_words(row: Row) -> str:
    """An amount a year, without its interval.

    >>> amount_words({"difference": 120.0, "low": 110.0, "high": 130.0}), amount_words(
    ...     {"difference": 0.0, "low": 0.0, "high": 0.0})
    ('US$ 120 million a year', 'US$ 0')
    """
    return "US$ 0" if is_zero(row) else f"US$ {digits(row['difference'])} {UNIT}"


def whole_words(row: Row) -> str:
    """An amount a year with its interval, or that it is unclear or of one run."""
    text = amount_words(row)
    if row["n"] == 1:
        return f"{text}, {ONE_RUN}"
    if is_zero(row):
        return f"{text}, in every pair of runs"
    inside = ""
    if np.isfinite([row["low"], row["high"]]).all():
        inside = f" ({signed(row['low'])} to {signed(row['high'])})"
    return f"{text}{inside}" + ("" if is_clear(row) else ", unclear")


def cost_words(view: View, policy: str) -> str:
    """What a policy costs, to go on after its name; empty when it was not measured."""
    rows = money_rows(view, policy)
    if not rows:
        return ""
    if all(is_zero(row) for row in rows.values()):
        return f"costs {listed(list(rows))} no money that the model counts"
    paid = {who: row for who, row in rows.items() if not is_zero(row)}
    parts = [f"{who} {amount_words(row)}" for who, row in paid.items()]
    open_ = [] if any(is_clear(row) for row in paid.values()) else ["unclear"]
    if view.pairs == 1:
        open_ = [ONE_RUN]
    return f"costs {listed(parts)}" + "".join(f" ({word})" for word in open_)


def cost_sentence(view: View) -> str:
    """Which policies cost money, and which costs most; empty when it was not measured."""
    if len(view.policies) == 1:
        words = cost_words(view, view.policies[0])
        return f"{short(view, view.policies[0])} {words}" if words else ""
    rows = {name: money_rows(view, name) for name in view.policies}
    if not any(rows.values()):
        return ""
    paid = {name: [row for row in found.values() if not is_zero(row)]
            for name, found in rows.items()}  # fmt: skip
    dear = [name for name, found in paid.items() if any(is_clear(row) for row in found)]
    if not any(paid.values()):
        return f"None of {len(paid)} policies costs money that the model counts"
    if not dear:
        return f"None of {len(paid)} policies clearly costs money"
    most = max(dear, key=lambda name: max(row["difference"] for row in paid[name]))
    many = counted(len(dear), "policy clearly costs", "policies clearly cost")
    return f"{many} money; {short(view, most)} {cost_words(view, most)}"


def money_cells(view: View, policy: str) -> list[tuple[Cell, Cell]]:
    """What a policy costs in money, as a row of the table of trade-offs."""
    rows = money_rows(view, policy)
    if not rows:
        return []
    lines = [f"For {who}: {whole_words(row)}" for who, row in rows.items()]
    return [(Cell("Money", "moved"), Cell("\n".join(lines)))]


def money_table(view: View) -> Table | None:
    """What each policy costs in money, by who pays; None when it was not measured."""
    found = {name: money_rows(view, name) for name in view.policies}
    payers = [who for who in PAYERS.values() if any(who in rows for rows in found.values())]
    if not payers:
        return None
    rows = tuple(
        (Cell(plain(view.titles[name])),
         *(Cell(whole_words(rows[who])) if who in rows else Cell(DASH) for who in payers))
        for name, rows in found.items()
    )  # fmt: skip
    heads = tuple(f"Paid by {who}, with 90 % interval" for who in payers)
    if view.pairs == 1:
        heads = tuple(f"Paid by {who}" for who in payers)
    each = 0.66 / len(payers)
    return Table("What the policies cost in money, US$ of 2024", ("Policy", *heads), rows,
                 (0.34, *[each] * len(payers)))  # fmt: skip
