"""The expectations as Markdown: tables of the studies, and what they say of each expectation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from experiments.expected import HIGHER, LOWER, plan
from experiments.summaries import two_digits

WORDS = {
    "orders_us": "orders: U.S.",
    "orders_third": "orders: third parties",
    "orders_home": "orders: own industry",
    "orders_licensed": "of it built under licence",
    "orders_competitor": "orders: products of competitors, licensed ones too",
    "deliveries_us": "deliveries: U.S.",
    "deliveries_third": "deliveries: third parties",
    "deliveries_home": "deliveries: own industry",
    "stock_us": "stock: U.S.",
    "sovereignty": "weight of sovereignty",
    "core": "weight of core",
    "diversification": "weight of diversification",
    "competence": "competence",
    "begun": "programmes begun",
    "refused_third": "third-party volume refused or cancelled",
    "release": "believed release: U.S.",
    "release_third": "believed release: third parties' products",
    "release_home": "believed release: own products",
    "parts": "parts that own lines get",
    "volume": "volume delivered (TIV, million)",
}
CONTENT = ("refused_third", "release_third", "release_home", "parts", "volume")
NATION = ("orders_us", "orders_third", "orders_home", "orders_licensed", "orders_competitor",
          "deliveries_us", "sovereignty", "competence", "begun")  # fmt: skip
SHOCK = ("orders_us", "deliveries_us", "stock_us")
CANADA = ("orders_us", "orders_third", "orders_home", "orders_licensed", "deliveries_us",
          "stock_us", "sovereignty", "diversification")  # fmt: skip
LABELS = ["variant", "competence", "window", "measure"]


@dataclass(frozen=True)
class Claim:
    """A sentence, and the sign that a change should have for it to hold."""

    text: str
    measure: str
    level: str
    window: str
    sign: int


CLAIMS = (
    Claim("own industry gains more of the orders where competence is high, during", "orders_home",
          "gap", "during", 1),
    Claim("third parties gain more of the orders where competence is low, during", "orders_third",
          "gap", "during", -1),
    Claim("own industry so, after", "orders_home", "gap", "after", 1),
    Claim("own design so (without licences), after", "orders_own", "gap", "after", 1),
    Claim("third parties so, after", "orders_third", "gap", "after", -1),
    Claim("sovereignty gains more weight where competence is high", "sovereignty", "gap",
          "after", 1),
    Claim("the competent nation becomes more competent", "competence", HIGHER, "after", 1),
    Claim("the competent nation begins more programmes", "begun", HIGHER, "after", 1),
    Claim("the less competent nation buys more from third parties, after", "orders_third", LOWER,
          "after", 1),
)  # fmt: skip


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *body]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def figure(mean: float, low: float, high: float) -> str:
    """A change with its interval.

    >>> figure(0.0312, 0.012, 0.05)
    '+0.031 (0.012 to 0.050)'
    """
    sign = "+" if mean > 0 else ""
    return f"{sign}{two_digits(mean)} ({two_digits(low)} to {two_digits(high)})".replace("-", "−")


def _cells(rows: pd.DataFrame, keys: Sequence[str]) -> dict[tuple[str, ...], str]:
    figures = zip(rows["mean"], rows["low"], rows["high"], strict=True)
    names = rows[list(keys)].itertuples(index=False, name=None)
    return {tuple(name): figure(*map(float, edges))
            for name, edges in zip(names, figures, strict=True)}  # fmt: skip


def claims(twins: pd.DataFrame) -> str:
    """Each claim on the denial of twins, as shipped and in the variants: figure and verdict."""
    by_key = twins.set_index(LABELS)
    variants = list(dict.fromkeys(twins["variant"]))
    body = []
    for claim in CLAIMS:
        cells = []
        for variant in variants:
            key: Any = (variant, claim.level, claim.window, claim.measure)
            row: Any = by_key.loc[key]
            said = verdict(claim.sign * row["low"], claim.sign * row["high"])
            cells.append(f"{figure(row['mean'], row['low'], row['high'])} **{said}**")
        body.append([claim.text, *cells])
    return table(["expected", *variants], body)


def verdict(one: float, other: float) -> str:
    """Does an interval of a change, turned so that more is expected, show what is expected?

    >>> verdict(0.1, 0.3), verdict(0.3, 0.1), verdict(-0.1, 0.2), verdict(-0.2, -0.1)
    ('held', 'held', 'not shown', 'opposite')
    """
    low, high = sorted((one, other))
    if low > 0:
        return "held"
    return "opposite" if high < 0 else "not shown"


def content(twins: pd.DataFrame) -> str:
    """What a denial does through parts, at the middle competence, during it."""
    level = list(plan()["twins"]["competence"])[1]
    rows = twins[(twins["competence"] == level) & (twins["window"] == "during")]
    variants = list(dict.fromkeys(twins["variant"]))
    cells = _cells(rows, ["measure", "variant"])
    body = [[WORDS[measure], *(cells[measure, one] for one in variants)] for measure in CONTENT]
    return table(["change of", *variants], body)


def nations(found: pd.DataFrame) -> str:
    """Real nations denied: change after the denial, with levels before the arrow left out."""
    rows = found[found["window"] == "after"]
    names = list(dict.fromkeys(rows["nation"]))
    cells = _cells(rows, ["measure", "nation"])
    body = [[WORDS[measure], *(cells[measure, one] for one in names)] for measure in NATION]
    return table(["change of", *names], body)


def shocks(found: pd.DataFrame) -> str:
    """Intended shift (orders) beside the realised ones, by window, shock and incumbency."""
    windows = list(dict.fromkeys(found["window"]))
    cells = _cells(found, ["shock", "incumbency", "measure", "window"])
    struck = list(plan()["shock"]["struck"])
    shown = found[found["shock"].isin([struck[0], struck[-1]])]
    pairs = shown[["shock", "incumbency"]].drop_duplicates().itertuples(index=False, name=None)
    body = [
        [f"{shock}, {weight}", WORDS[measure],
         *(cells[shock, weight, measure, window] for window in windows)]
        for shock, weight in pairs for measure in SHOCK
    ]  # fmt: skip
    return table(["shock, weight of incumbency", "change of", *windows], body)


def canada(found: pd.DataFrame) -> str:
    """What the events of the baseline make the shaken nation do."""
    rows = found[(found["shock"] == "the baseline's events")]
    windows = list(dict.fromkeys(rows["window"]))
    cells = _cells(rows, ["measure", "window"])
    body = [[WORDS[measure], *(cells[measure, one] for one in windows)] for measure in CANADA]
    return table(["change of", *windows], body)


def waits(found: pd.DataFrame) -> str:
    """Years from award to first delivery by way of getting a product."""
    body = [
        [str(way), str(int(row["n"])), two_digits(row["median"]),
         f"{two_digits(row['low'])} to {two_digits(row['high'])}", two_digits(row["failed"])]
        for way, row in found.iterrows()
    ]  # fmt: skip
    return table(["way", "orders", "years, median", "middle half", "failed or refused"], body)


def by_competence(found: pd.DataFrame) -> str:
    """Programmes by competence at their award."""
    names = ("n", "failed", "median", "first_lot", "all_later", "spent")
    rows: Any = found.iterrows()
    head = ["competence", "programmes", "failed", "years to first delivery, median",
            "unit of the first order", "unit of all orders since",
            "development of all programmes over what came of them"]  # fmt: skip
    body = [
        [f"{interval.left:.2f} to {interval.right:.2f}",
         *(str(int(row[name])) if name == "n" else two_digits(row[name]) for name in names)]
        for interval, row in rows
    ]  # fmt: skip
    return table(head, body)
