"""The guided story of the first page: faster FMS, told from the runs that are shown.

Every sentence takes its numbers from the results; when they say otherwise, so does the story.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance_abm.measures import DAYS_PER_MONTH
from experiments.comparison import Comparison
from viz.policy_view import View, paired_changes
from viz.policy_words import Row, change_words, is_clear, is_share, is_zero, level_words, scale_of

SECONDS_A_STEP = 15.0
FMS = "fms"


@dataclass(frozen=True)
class Step:
    """One step: what is said, the charts beside it, and the year that is shown (None: the end)."""

    title: str
    text: str
    charts: str
    year: int | None = None


def story_of(comparison: Comparison) -> tuple[Step, ...]:
    """The steps of the first policy's story, about 90 seconds at `SECONDS_A_STEP` each."""
    view = View.of(comparison)
    policy = view.policies[0]
    steps: list[Callable[[View, str], Step]] = [
        _question, _moves, _who_waits, _market, _price, _lesson,
    ]  # fmt: skip
    return tuple(step(view, policy) for step in steps)


def _question(view: View, policy: str) -> Step:
    text = (
        f"Foreign Military Sales (FMS) go from government to government and take long. What if "
        f"‘{view.short(policy)}’ came into force in {int(view.start)}? We run the model "
        f"{view.pairs} times without and {view.pairs} times with it, on the same chance events."
    )
    return Step("The question", text, "market", int(view.start))


def _moves(view: View, policy: str) -> Step:
    row = _row(view, policy, "fms_months_to_contract")
    text = (
        f"From request to contract an FMS case takes {level_words(row['baseline'], row['unit'])} "
        f"months on average without the reform. {_sentence(row)}"
    )
    return Step("What moves", text, "waiting")


def _who_waits(view: View, policy: str) -> Step:
    table = view.of_world(view.comparison.tiers)
    changes = paired_changes(table[table["route"] == FMS], ["tier"], "days")
    rows = changes[changes["policy"] == policy]
    told = [_tier(row) for _, row in rows.iterrows() if row["tier"] != "United States"]
    text = "; ".join(told) or "no tier has cases in both"
    return Step("Who waits longer", f"FMS by tier of buyer: {text}.", "waiting")


def _tier(row: pd.Series) -> str:
    months = row["difference"] / DAYS_PER_MONTH
    low, high = row["low"] / DAYS_PER_MONTH, row["high"] / DAYS_PER_MONTH
    whom = f"the {row['tier']}" if "tier" in row["tier"] else row["tier"]
    if not is_clear({str(key): value for key, value in row.items()}):
        return f"{whom} wait neither clearly longer nor shorter ({low:+.1f} to {high:+.1f} months)"
    way = "longer" if months > 0.0 else "shorter"
    return f"{whom} wait {way} by {abs(months):.1f} months ({low:+.1f} to {high:+.1f})"


def _market(view: View, policy: str) -> Step:
    rows = [_row(view, policy, name) for name in ("us_share_deliveries", "allied_capability_share")]
    return Step("What does not", " ".join(_sentence(row) for row in rows), "market")


def _price(view: View, policy: str) -> Step:
    moved = [row for row in view.rows(view.headlines, view.worlds[0]) if is_clear(row)]
    moved = [row for row in moved if row["policy"] == policy]
    text = " ".join(_sentence(row) for row in moved)
    if not moved:
        text = "No headline moves clearly for it, neither better nor worse."
    return Step("What it costs", f"{text} Every lever has its bill.", "tradeoff")


def _lesson(view: View, policy: str) -> Step:
    rows = [row for row in view.rows(view.headlines, view.worlds[0]) if row["policy"] == policy]
    clear = sum(is_clear(row) for row in rows)
    waits = is_clear(_row(view, policy, "fms_months_to_contract"))
    first = (
        "Faster paper is not more capability by itself"
        if waits and clear < len(rows) / 2
        else "What moves is shown above"
    )
    text = (
        f"{first}: {clear} of {len(rows)} headlines move clearly over {view.pairs} pairs of runs. "
        "Now move a lever at the left, or take another reform: the page answers at once."
    )
    return Step("Your turn", text, "market")


def _row(view: View, policy: str, outcome: str) -> Row:
    found = view.row(policy, view.worlds[0], outcome)
    if found is None:
        raise KeyError(f"the results hold no {outcome} of {policy}")
    return found


def _sentence(row: Row) -> str:
    """One change with its interval, or that there is none."""
    unit = str(row["unit"])
    if is_zero(row):
        return f"{row['name']}: no change at all."
    scale = scale_of(unit)
    low, high = (_signed(scale * row[key]) for key in ("low", "high"))
    sign = " points" if is_share(unit) else ""
    if not is_clear(row):
        return f"{row['name']} does not move clearly ({low} to {high}{sign})."
    text = change_words(row)
    return f"{text[0].upper()}{text[1:]} ({low} to {high})."


def _signed(value: float) -> str:
    return f"{value:+.2g}".replace("-", "−") if np.isfinite(value) else "–"
