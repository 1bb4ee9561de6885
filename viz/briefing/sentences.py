"""Headlines of the tables of a briefing: short sentences that can be read aloud."""

from __future__ import annotations

import numpy as np

from viz.briefing.money import cost_sentence, cost_words
from viz.briefing.words import ONE_RUN, short
from viz.charts_bills import MONEY, bill_rows, levers_of
from viz.charts_effects import effects_headline
from viz.charts_tiers import tier_changes
from viz.policy_view import View, all_zero, largest
from viz.policy_words import BETTER, Row, cut, digits, is_clear, mid_sentence

LEVER = 44  # letters of a lever's name
STAGE = "FMS stage"  # how names of parts of a wait begin


def effects_sentence(view: View) -> str:
    """How many changes of headlines are clear, and the clearest of them."""
    rows = [row for row in view.rows(view.headlines) if np.isfinite(row["difference"])]
    if not rows or view.pairs == 1 or all_zero(rows):
        return effects_headline(view)
    clear = [row for row in rows if is_clear(row)]
    many = f"Of {len(rows)} changes in headlines"
    if len(view.policies) == 1:
        many = f"Of {len(rows)} headlines"
    most = largest(rows, view)
    if most is None:
        return f"{many} none is clear: every one may be chance"
    way = "higher" if most["difference"] > 0.0 else "lower"
    what = f"{mid_sentence(most['name'])} is {way}"
    if len(view.policies) > 1:
        what += f" with {short(view, most['policy'])}"
    if len(clear) == 1:
        return f"{many} one is clear: {what}; the others may be chance"
    return f"{many} {len(clear)} are clear, most of all: {what}"


def clear_rows(view: View, policy: str) -> list[Row]:
    """Clear changes of a policy in this world, without costs in money."""
    mine = view.only([policy])
    rows = mine.rows(mine.differences["outcome"].tolist(), view.worlds[0])
    return [row for row in rows if is_clear(row) and MONEY not in row["unit"]]


def way_of(row: Row) -> int:
    """1 where a change is for the better, -1 for the worse, 0 where nations would not agree."""
    return BETTER.get(row["outcome"], 0) * (1 if row["difference"] > 0.0 else -1)


def trade_off_sentence(view: View) -> str:
    """Which policies make something better, at whose price, and what they cost in money."""
    if view.pairs == 1:
        return f"Trade-offs in {ONE_RUN}: a single pair cannot tell better from worse"
    if all_zero(view.rows(view.headlines, view.worlds[0])):
        return "No trade-offs: every headline is exactly as it is without the policies"
    ways = {name: {way_of(row) for row in clear_rows(view, name)} for name in view.policies}
    for row in tier_changes(view):
        if is_clear(row):
            ways[row["policy"]].add(-1 if row["difference"] > 0.0 else 1)
    good = [name for name, found in ways.items() if 1 in found and -1 not in found]
    both = [name for name, found in ways.items() if {1, -1} <= found]
    bad = [name for name, found in ways.items() if -1 in found and 1 not in found]
    if len(view.policies) == 1:
        return _of_one(view, bool(both), bool(good), bool(bad))
    if not (good or both or bad):
        return f"None of {len(view.policies)} policies makes anything clearly better or worse"
    counts = {"make something clearly better and nothing clearly worse, money apart": len(good),
              "make one thing clearly better and another worse": len(both),
              "only make something clearly worse": len(bad)}  # fmt: skip
    parts = [f"{n} {words.replace('make', 'makes') if n == 1 else words}"
             for words, n in counts.items() if n]  # fmt: skip
    return f"Of {len(view.policies)} policies, {'; '.join(parts)}"


def _of_one(view: View, both: bool, good: bool, bad: bool) -> str:
    """The sentence of the trade-offs of a single policy."""
    policy = view.policies[0]
    what = "makes nothing clearly better" + ", and something clearly worse" * bad
    if both:
        what = "makes some things clearly better and others clearly worse"
    elif good:
        what = "makes something clearly better and nothing clearly worse"
    cost = cost_words(view, policy)
    return f"{short(view, policy)} {what}" + (f"; it {cost}" if cost else "")


def bill_sentence(view: View) -> str:
    """How many bills move something clearly by themselves, and which costs most money."""
    rows = bill_rows(view)
    if not rows:
        return cost_sentence(view) or "What the levers are assumed to cost"
    if all_zero(rows):
        return "The bills by themselves change exactly nothing"
    levers = levers_of(rows)
    if view.pairs == 1:
        return f"What the levers are assumed to cost, and what their bills do in {ONE_RUN}"
    clear = [row for row in rows if is_clear(row)]
    moved = len({row["bill"] for row in clear})
    text = f"{moved or 'None'} of {len(levers)} bills, by themselves, clearly change something"
    if len(levers) == 1:
        text = f"The bill, by itself, clearly changes {'something' if moved else 'nothing'}"
    money = [row for row in clear if MONEY in row["unit"] and row["difference"] > 0.0]
    if not money:
        return f"{text}; none costs money clearly" if len(levers) > 1 else text
    most = max(money, key=lambda row: row["difference"])
    unit = most["unit"].replace("US$ ", "").replace(" (2024)", "")
    amount = f"US$ {digits(most['difference'])} {unit}"
    if len(levers) == 1:
        return f"{text}, and costs {amount}"
    return f"{text}; the dearest is {cut(most['bill'], LEVER)}, at {amount}"
