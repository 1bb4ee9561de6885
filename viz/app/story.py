"""The guided story of the first page: faster FMS, told from the runs that are shown.

Every sentence takes its numbers from the results; when they say otherwise, so does the story.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from alliance_abm.measures import DAYS_PER_MONTH
from experiments.comparison import Comparison
from viz.briefing.money import money_rows, whole_words
from viz.briefing.waits import inside_words, months_words, tier_name
from viz.briefing.words import assumed_words, is_passed_through
from viz.charts_case_stages import TOTAL, stage_changes
from viz.charts_tiers import tier_changes
from viz.page import digits
from viz.policy_view import View
from viz.policy_words import Row, change_words, is_clear, is_share, is_zero, listed, scale_of

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
    row = _whole_wait(view, policy)
    if row is None:
        return Step("What moves", "No FMS case was contracted in these runs.", "waiting")
    level = digits(row["baseline"] / DAYS_PER_MONTH)
    text = (
        f"From request to contract an FMS case takes {level} months on average without the "
        f"reform, among cases contracted from {int(view.start)} on. {_wait_sentence(row)}"
    )
    return Step("What moves" if is_clear(row) else "What may move", text, "waiting")


def _whole_wait(view: View, policy: str) -> Row | None:
    """The change of the whole wait, as the chart of stages shows it; None without cases."""
    rows = [row for row in stage_changes(view) if row["stage"] == TOTAL]
    return next((row for row in rows if row["policy"] == policy), None)


def _wait_sentence(row: Row) -> str:
    if is_zero(row):
        return "With it the wait does not change at all."
    inside = inside_words(row)
    if not is_clear(row):
        return f"With it the wait does not change clearly{_months(inside)}."
    size = months_words(row["difference"])
    return f"With it a case takes {size} {'more' if row['difference'] > 0.0 else 'less'}{inside}."


def _months(inside: str) -> str:
    return inside.replace(")", " months)")


def _who_waits(view: View, policy: str) -> Step:
    rows = [row for row in tier_changes(view) if (row["policy"], row["route"]) == (policy, FMS)]
    rows = [row for row in rows if row["tier"] != "United States"]
    ways = {row["difference"] > 0.0 for row in rows if is_clear(row)}
    title = "Who waits"
    if len(ways) == 1:
        title = "Who waits longer" if True in ways else "Who waits less"
    text = "; ".join(_tier(row) for row in rows) or "no tier has cases in both"
    return Step(title, f"FMS by tier of buyer: {text}.", "waiting")


def _tier(row: Row) -> str:
    """One tier's change of the wait.

    >>> row = {"tier": "first tier", "difference": -51.0, "low": -57.0, "high": -45.0}
    >>> _tier({**row, "n": 30, "p_holm": 0.0}).replace("\u00a0", " ")
    'the first tier waits 1.7 months less (−1.9 to −1.5)'
    """
    who = tier_name(row)
    waits = f"{who} wait{'s' if who.endswith('tier') else ''}"
    inside = inside_words(row)
    if is_zero(row):
        return f"{waits} exactly as long as without"
    if not is_clear(row):
        return f"{waits} neither clearly longer nor less{_months(inside)}"
    way = "longer" if row["difference"] > 0.0 else "less"
    return f"{waits} {months_words(row['difference'])} {way}{inside}"


def _market(view: View, policy: str) -> Step:
    rows = [_row(view, policy, name) for name in ("us_share_deliveries", "allied_capability_share")]
    title = "Market and burden" if any(is_clear(row) for row in rows) else "What does not move"
    return Step(title, " ".join(_sentence(row) for row in rows), "market")


def _price(view: View, policy: str) -> Step:
    moved = [row for row in view.rows(view.headlines, view.worlds[0]) if is_clear(row)]
    moved = [row for row in moved if row["policy"] == policy]
    text = " ".join(_priced(view, row) for row in moved)
    if not moved:
        text = "No headline moves clearly for it, neither better nor worse."
    text = " ".join([text, *_money(view, policy)])
    return Step("What it costs", f"{text} Every lever has its bill.", "tradeoff")


def _priced(view: View, row: Row) -> str:
    said = _sentence(row)
    if is_passed_through(row):
        said = f"{said.removesuffix(').')}; {assumed_words(view, row['policy'])})."
    return said


def _money(view: View, policy: str) -> list[str]:
    """What the policy costs in money, by who pays; nothing when it was not measured."""
    rows = money_rows(view, policy)
    parts = [f"{who} {whole_words(row)}" for who, row in rows.items()]
    if all(is_zero(row) for row in rows.values()):
        parts = [f"{listed(list(rows))} US$ 0"] if rows else []
    return [f"In money it costs {'; '.join(parts)}."] if parts else []


def _lesson(view: View, policy: str) -> Step:
    rows = [row for row in view.rows(view.headlines, view.worlds[0]) if row["policy"] == policy]
    clear = sum(is_clear(row) for row in rows)
    wait = _whole_wait(view, policy)
    waits = wait is not None and is_clear(wait) and wait["difference"] < 0.0
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
