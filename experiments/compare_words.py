"""What a comparison says of one policy, in sentences that may be quoted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from alliance_abm.catalogue import GRADES
from alliance_abm.levers import LEVERS, Lever, LeverUse
from alliance_abm.parameters import CATALOGUE
from alliance_abm.policies import PolicyChoice, titled
from experiments.comparison import Comparison
from experiments.controls_text import signed
from experiments.paired import FEWEST, is_clear, least_p
from experiments.summaries import between, two_digits
from experiments.unit_words import listed

CAUTION = (
    "Comparative and exploratory: what follows from stated assumptions, not a forecast. Nations "
    "are illustrations, not assessments of governments."
)
CLOSING = "This compares worlds under stated assumptions; it is not a forecast."
CLEAR = "clear"
FEW = "too few pairs"
NOTHING = ("none", "no pair")
MOST_OTHERS = 5  # outcomes behind the headlines that a paragraph names
GRADE_WORDS = dict(
    zip(GRADES, ("estimated or published", "bounded by literature", "assumed"), strict=True)
)


def verdict(row: Mapping[str, Any] | pd.Series) -> str:
    """`clear`, `unclear`, `none` (exactly zero in every pair), or that pairs are lacking."""
    if row["n"] < FEWEST:
        return FEW if row["n"] else "no pair"
    if row["low"] == row["high"] == row["difference"] == 0.0:
        return "none"
    if is_clear(row):
        return CLEAR
    apart = row["low"] > 0.0 or row["high"] < 0.0
    return FEW if apart and row.get("p", 1.0) <= least_p(int(row["n"])) else "unclear"


def sign_words(share: float) -> str:
    """The share of draws of one sign, as printed."""
    return "–" if pd.isna(share) else f"{100.0 * share:.0f} %"


def settings(use: LeverUse) -> str:
    """A lever with its size, unit and start, as a sentence."""
    lever = LEVERS[use.lever]
    end = f" to {use.end}" if use.end is not None else ""
    return f"`{use.lever}`: {use.amount:g} {lever.unit}, from {use.start}{end}."


def cost_sentence(lever: Lever) -> str:
    """The lever's bill in words."""
    return f"Bill: {lever.bill_text}"


def paragraph(found: Comparison, policy: PolicyChoice) -> str:
    """What may be quoted of a policy: changes by world, cost, runs, grades, and the caution."""
    mine = found.differences[found.differences["policy"] == policy.name]
    starts = sorted({use.start for use in policy.levers})
    sentences = [f"{_what(policy)}, from {starts[0]}."]
    for world in found.worlds:
        sentences.append(_changes(mine[mine["world"] == world], world, found.draws))
    sentences.append(_costs(found, policy))
    where = f"world {found.worlds[0]}" if len(found.worlds) == 1 else (
        f"worlds {', '.join(found.worlds)}"
    )  # fmt: skip
    sentences.append(f"Pairs of runs: {_pairs(mine)} ({where}; {_draws(found)}).")
    sentences.append(grades(policy))
    sentences.append(CLOSING)
    return " ".join(sentence for sentence in sentences if sentence)


def _what(policy: PolicyChoice) -> str:
    """The title of a policy; of one that is named after its levers, these with sizes and units."""
    if policy.title != " + ".join(titled(use) for use in policy.levers):
        return policy.title
    return " + ".join(_sized(LEVERS[use.lever], use.amount) for use in policy.levers)


def _sized(lever: Lever, size: float) -> str:
    """Name, size and unit; the placebo has no unit."""
    return f"{lever.name} ({size:g} {lever.unit})" if lever.changes else lever.name


def _changes(rows: pd.DataFrame, world: str, draws: int) -> str:
    """What clearly changes in one world, headlines first, and which headlines do not."""
    found = [(verdict(row), row) for _, row in rows.iterrows()]
    where = f"In the world {world} it"
    if all(word in NOTHING or _single_zero(row) for word, row in found):
        return f"{where} changes exactly nothing: every outcome is the same in every pair of runs."
    headlines = [(word, row) for word, row in found if row["headline"]]
    clear = [_change(row, draws) for word, row in headlines if word == CLEAR]
    zero = [row["name"] for word, row in headlines if word == "none"]
    open_ones = [row["name"] for word, row in headlines if word == "unclear"]
    few = [row["name"] for word, row in headlines if word == FEW]
    unknown = [row["name"] for word, row in headlines if word == "no pair"]
    text = f"{where} clearly changes {listed(clear) if clear else 'no headline'}."
    if open_ones:
        text += f" Not clearly different from zero: {listed(open_ones)}."
    if few:
        text += f" Too few pairs to tell: {listed(few)}."
    if zero:
        text += f" Exactly unchanged: {listed(zero)}."
    if unknown:
        text += f" Without a value in any pair of runs: {listed(unknown)}."
    others = [_change(row, draws) for word, row in found if word == CLEAR and not row["headline"]]
    if others:
        more = f"; and {len(others) - MOST_OTHERS} more" if len(others) > MOST_OTHERS else ""
        text += f" Behind the headlines it clearly changes {listed(others[:MOST_OTHERS])}{more}."
    return text.replace("U.S..", "U.S.")


def _single_zero(row: pd.Series) -> bool:
    """Is there one pair alone, with no difference at all?"""
    return bool(row["n"] == 1 and row["difference"] == 0.0)


def _change(row: pd.Series, draws: int) -> str:
    """One clear change: name, difference, interval, unit, baseline, and how it stands draws."""
    counted = "" if row["clock"] == "stock" else f", counted in {row['clock']}"
    inside = f"90 % interval {between(row['low'], row['high'])}; {row['unit']}{counted}"
    inside += f"; baseline {two_digits(row['baseline'])}"
    if draws:
        inside += f"; same sign in {sign_words(row['sign_share'])} of draws"
    return f"{row['name']} by {signed(row['difference'])} ({inside})"


def _costs(found: Comparison, policy: PolicyChoice) -> str:
    """What the levers cost: the bills in words, and what they do alone in each world."""
    texts = [LEVERS[use.lever].bill_text for use in policy.levers]
    words = "What it costs: " + " ".join(texts)
    rows = found.bills[found.bills["policy"] == policy.name]
    if not len(rows):
        return words
    said: dict[str, list[str]] = {}  # what the bill does → worlds
    for world in found.worlds:
        inside = rows[rows["world"] == world]
        if len(inside):
            said.setdefault(_bill_alone(inside), []).append(world)
    if len(found.worlds) == 1 or list(said.values()) == [list(found.worlds)]:
        return " ".join([words, *(f"Alone, the bill {what}." for what in said)])
    parts = [f"Alone, the bill {what} in {_worlds(names)}." for what, names in said.items()]
    return " ".join([words, *parts])


def _bill_alone(rows: pd.DataFrame) -> str:
    """What the bill does alone in one world, as a predicate."""
    if (rows[["difference", "low", "high"]] == 0.0).all(axis=None):
        return "moves no headline and no cost"
    moved = rows[[is_clear(row) for _, row in rows.iterrows()]]
    if not len(moved):
        return "changes nothing clearly"
    parts = [
        f"{row['name']} by {signed(row['difference'])} ({row['unit']})"
        for _, row in moved.iterrows()
    ]
    return f"changes {listed(list(dict.fromkeys(parts)))}"


def _worlds(names: list[str]) -> str:
    return f"the world{'s' if len(names) > 1 else ''} {listed(names)}"


def _pairs(rows: pd.DataFrame) -> str:
    """Pairs behind the headlines that have a value; 0 where none has."""
    counts = rows[rows["headline"].astype(bool)]["n"]
    counts = counts[counts > 0] if counts.any() else counts
    low, high = int(counts.min()), int(counts.max())
    return str(low) if low == high else f"{low} to {high}"


def _draws(found: Comparison) -> str:
    if not found.draws:
        return "assumed parameters at their central values"
    draws = "1 draw" if found.draws == 1 else f"{found.draws} draws"
    return f"{draws} {found.draw_words}"


def grades(policy: PolicyChoice) -> str:
    """Grade of the levers, and the weakest of the parameters that they change."""
    paths = [path for use in policy.levers for change in use.changes() for path in change.paths]
    text = f"Grade of the lever: {policy.grade} ({GRADE_WORDS[policy.grade]})"
    if len(policy.levers) > 1:
        text = f"Weakest grade of its levers: {policy.grade} ({GRADE_WORDS[policy.grade]})"
    if not paths:
        return f"{text}."
    weakest = max(CATALOGUE[path].grade for path in paths)
    return f"{text}; of the parameters it changes: {weakest} ({GRADE_WORDS[weakest]})."
