"""What the world map is coloured by: shares, leading suppliers, changes and measures of nations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.nation_ensemble import band, ratio
from experiments.nation_records import MEASURES
from experiments.paired import holm, is_clear, paired
from viz.app.options.nation_parts import Shown, first_up, many, mix, with_range
from viz.observed import COMPETITOR, FRIENDLY, UNITED_STATES
from viz.page import percent
from viz.policy_view import records
from viz.policy_words import PER_CENT, Row, counted, signed
from viz.theme import BLUE, BROWN, GREEN, ORANGE, PURPLE, SOURCES

SHARE, LEADER, CHANGE = "share", "leader", "change"
PATHS = ("gap", "us_trust", "us_dependence", "competence", "burden")  # of MEASURES
MEASURES_SHOWN = (SHARE, LEADER, CHANGE, *PATHS)
BIG_CHANGE = 0.05  # share of imports
KINDS = (UNITED_STATES, FRIENDLY, COMPETITOR)
UNCHANGED = 2  # place of no clear change among CHANGES
BELOW, ABOVE = -1.0, 9.0  # all values of a layer lie between


@dataclass(frozen=True)
class Step:
    """One colour of the map: what it means, and the values from `low` up to below `high`."""

    label: str
    colour: str
    low: float
    high: float


def _steps(colour: str, inner: Sequence[float], unit: str = "%") -> tuple[Step, ...]:
    """Steps between edges, and one beyond either end; edges in per cent or, without unit, as are.

    >>> [step.label for step in _steps(GREEN, (1.5, 2))]
    ['under 1.5 %', '1.5 to 2 %', 'over 2 %']
    """
    sign = f" {unit}" if unit else ""
    words = [f"under {inner[0]:g}{sign}", *(f"{a:g} to {b:g}{sign}" for a, b in pairwise(inner)),
             f"over {inner[-1]:g}{sign}"]  # fmt: skip
    scale = PER_CENT if unit else 1.0
    edges = (BELOW, *(edge / scale for edge in inner), ABOVE)
    inks = np.linspace(0.12, 1.0, len(words))
    pairs = zip(pairwise(edges), words, inks, strict=True)
    return tuple(Step(word, mix(colour, ink), low, high) for (low, high), word, ink in pairs)


SHARES = _steps(BLUE, (5, 25, 50, 75))
LEVELS = _steps(GREEN, (50, 55, 60, 70))
GAPS = _steps(BROWN, (20, 30, 40, 50))
BURDENS = _steps(BROWN, (1.5, 2, 3, 4))
COMPETENCES = _steps(PURPLE, (0.2, 0.4, 0.6, 0.8), unit="")
LEADERS = tuple(
    Step(SOURCES[name].label, SOURCES[name].colour, place - 0.5, place + 0.5)
    for place, name in enumerate((UNITED_STATES, FRIENDLY, COMPETITOR))
)
CHANGES = (  # of a share, in steps; places 0 to 4 stand for them
    Step("clearly lower, over 5 points", ORANGE, -0.5, 0.5),
    Step("clearly lower", mix(ORANGE, 0.45), 0.5, 1.5),
    Step("no clear change", "#a8a8a8", 1.5, 2.5),
    Step("clearly higher", mix(BLUE, 0.4), 2.5, 3.5),
    Step("clearly higher, over 5 points", BLUE, 3.5, 4.5),
)
PATH_STEPS: Mapping[str, tuple[Step, ...]] = MappingProxyType(
    {"gap": GAPS, "burden": BURDENS, "us_trust": LEVELS, "us_dependence": SHARES,
     "competence": COMPETENCES}
)  # fmt: skip
KIND_SYMBOLS = ("circle", "rect", "diamond")  # by kind of the largest supplier
CHANGE_SYMBOLS = ("triangle", "triangle", "circle", "triangle", "triangle")


@dataclass(frozen=True)
class Layer:
    """What the map is coloured by.

    `places` are the values by which nations find their step (missing: no colour), `tips` the lines
    of their tooltips; `symbols`, one a step, tell steps apart that are no more and less of one
    thing.
    """

    table: pd.DataFrame
    places: Mapping[str, float]
    tips: Mapping[str, Sequence[str]]
    steps: tuple[Step, ...]
    legend: str
    headline: str
    note: str
    symbols: tuple[str, ...] = ()


def layer_of(shown: Shown, measure: str, supplier: str) -> Layer:
    """The layer of a measure. ValueError when there is no such measure."""
    makers: dict[str, Callable[[], Layer]] = {
        SHARE: lambda: share_layer(shown, supplier),
        LEADER: lambda: leader_layer(shown),
        CHANGE: lambda: change_layer(shown, supplier),
    }
    if measure in makers:
        return makers[measure]()
    if measure not in PATHS:
        raise ValueError(f"measure '{measure}'; allowed: {', '.join(MEASURES_SHOWN)}")
    return path_layer(shown, measure)


def share_layer(shown: Shown, supplier: str) -> Layer:
    """Share of a supplier in what nations import."""
    share = shown.ensemble.share_of(shown.policy, supplier, shown.years, shown.clock)
    table = _banded(shown, share[:, shown.rows])
    table = table[table["nation"] != supplier]
    who, known = shown.the(supplier), [row for row in records(table) if row["n"] > 0]
    over = sum(row["median"] > 0.5 for row in known)
    headline = f"{first_up(who)} supplies more than half of the imports of "
    headline += f"{many(over, len(table))} in {shown.when}"
    if known:
        top = max(known, key=lambda row: row["median"])
        headline += f"; {shown.the(top['nation'])} depends on it most, with {with_range(top)}"
    return Layer(
        table,
        {row["nation"]: row["median"] for row in known},
        _tips(table, lambda row: f"{with_range(row)} of what it imports is from {who}"),
        SHARES,
        f"share of imports that come from {who}",
        f"{headline} ({shown.runs}).",
        f"Share of {who} in a nation's {shown.what} across borders, without space: "
        f"median of runs, {shown.spread}.",
    )


def leader_layer(shown: Shown) -> Layer:
    """The kind of the supplier from which a nation imports most in most runs."""
    table = _leaders(shown)
    led = int((table["supplier"] == UNITED_STATES).sum())
    kinds = table["supplier"].map(shown.sources)
    known = table[table["n"] > 0]
    return Layer(
        table,
        {row["nation"]: KINDS.index(shown.sources[row["supplier"]]) for row in records(known)},
        _tips(
            table,
            lambda row: (
                f"largest supplier: {shown.names[row['supplier']]}, {with_range(row)} of imports; "
                f"the largest in {percent(row['runs_led'])} of runs"
            ),
        ),
        LEADERS,
        "kind of the largest supplier of imports",
        f"The United States is the largest supplier of {many(led, len(table))} in {shown.when}, "
        f"China or Russia of {int((kinds == COMPETITOR).sum())} ({shown.runs}).",
        f"Who supplies most of a nation's {shown.what} across borders in most runs, without "
        f"space; its share is the median of runs, {shown.spread}.",
        KIND_SYMBOLS,
    )


def _leaders(shown: Shown) -> pd.DataFrame:
    """nation, supplier (None without imports), runs_led, low, median, high, n."""
    volume = shown.ensemble.pairs(shown.policy, shown.years, shown.clock)[:, shown.rows]
    share = ratio(volume, volume.sum(axis=2, keepdims=True))
    known = np.asarray(volume.sum(axis=2) > 0.0)
    leads, edges = np.nan_to_num(share).argmax(axis=2), band(share)
    rows = []
    for place, buyer in enumerate(shown.buyers):
        seen = leads[known[:, place], place]
        first = int(np.bincount(seen).argmax()) if len(seen) else 0
        found = {edge: float(edges[edge][place, first]) for edge in ("low", "median", "high")}
        who = shown.ensemble.nations[first] if len(seen) else None
        led = float((seen == first).mean()) if len(seen) else np.nan
        rows.append({"nation": buyer, "supplier": who, "runs_led": led, **found, "n": len(seen)})
    return pd.DataFrame(rows)


def change_layer(shown: Shown, supplier: str) -> Layer:
    """Policy minus baseline; a change is clear as everywhere, all buyers being one family."""
    base, who = shown.baseline, shown.the(supplier)
    if base is None:
        nothing = pd.DataFrame({"nation": [one for one in shown.buyers if one != supplier], "n": 0})
        headline = "This is the baseline itself; choose a policy to see what it changes."
        return Layer(nothing, {}, {}, CHANGES, "", headline, "")
    mine, others = shown.ensemble.paired(shown.policy)
    after, before = (
        one.ensemble.share_of(one.policy, supplier, one.years, one.clock)[rows][:, shown.rows]
        for one, rows in ((shown, mine), (base, others))
    )
    found = pd.DataFrame([vars(one) for one in paired(before, after)]).drop(
        columns=["spread", "variance_ratio"]
    )
    table = pd.concat([pd.DataFrame({"nation": shown.buyers}), found], axis=1)
    table = table[(table["nation"] != supplier) & (table["n"] > 0)]
    table = table.assign(p_holm=holm(table["p"].to_numpy(float)))
    clear = [bool(row["n"] > 1) and is_clear(row) for row in records(table)]
    table = table.assign(clear=clear)
    return Layer(
        table,
        {row["nation"]: _step(row) for row in records(table)},
        _tips(table, _change_words),
        CHANGES,
        f"change of the share of {who} in imports",
        f"With {shown.title} the share of {who} in imports {_moved(table)} in {shown.when} "
        f"(N = {counted(len(mine), 'pair', 'pairs')} of runs).",
        "Mean of the differences between runs on the same seeds with its 90 % interval, in "
        f"percentage points of a nation's {shown.what} across borders. Clear: interval without "
        "zero, and p below 0.1 when all nations are counted (Holm).",
        CHANGE_SYMBOLS,
    )


def _step(row: Row) -> float:
    """Place of a change among CHANGES."""
    size = 2 if abs(row["difference"]) > BIG_CHANGE else 1
    return UNCHANGED + (size * float(np.sign(row["difference"])) if row["clear"] else 0.0)


def _moved(table: pd.DataFrame) -> str:
    """For how many the share rises and falls clearly."""
    if (table["low"] == 0.0).all() and (table["high"] == 0.0).all():
        return "stays exactly the same for every buyer"
    rises, falls = (
        int((table["clear"] & (sign * table["difference"] > 0.0)).sum()) for sign in (1, -1)
    )
    if rises + falls:
        return f"clearly rises for {rises} and falls for {falls} of {len(table)} buyers"
    return f"does not change clearly for any of {counted(len(table), 'buyer', 'buyers')}"


def _change_words(row: Row) -> str:
    edges = " to ".join(signed(PER_CENT * row[edge]) for edge in ("low", "high"))
    interval = f" (90 % interval {edges})" if row["n"] > 1 else ", no interval from one pair"
    points = signed(PER_CENT * row["difference"])
    verdict = "clear" if row["clear"] else "not clear"
    return f"from {percent(row['baseline'])} by {points} percentage points{interval}: {verdict}"


def path_layer(shown: Shown, measure: str) -> Layer:
    """A measure of nations, mean over the years."""
    about, share = MEASURES[measure], measure != "competence"
    values = shown.ensemble.yearly(shown.policy, measure, shown.years)
    table = _banded(shown, values[:, shown.rows])
    rows = records(table)
    most, least = (choose(rows, key=lambda row: float(row["median"])) for choose in (max, min))
    high, low = (f"{shown.the(row['nation'])}, {with_range(row, share)}" for row in (most, least))
    return Layer(
        table,
        {row["nation"]: row["median"] for row in rows},
        _tips(table, lambda row: f"{with_range(row, share)}: {about.unit}"),
        PATH_STEPS[measure],
        f"{about.name}: {about.unit}",
        f"{about.name} in {shown.when} is highest for {high}, and lowest for {low} ({shown.runs}).",
        f"{about.name} ({about.unit}), mean over the years: median of runs, {shown.spread}.",
    )


def _banded(shown: Shown, values: NDArray[np.float64]) -> pd.DataFrame:
    """nation, low, median, high, n of the buyers, from (runs, buyers)."""
    return pd.DataFrame({"nation": shown.buyers, **band(values)})


def _tips(table: pd.DataFrame, words: Callable[[Row], str]) -> dict[str, list[str]]:
    """Lines of tooltips by nation: the figure, and of how many runs it is."""
    found = {}
    for row in records(table):
        n = int(row["n"])
        runs = "one run, an example" if n == 1 else f"N = {n} runs"
        found[row["nation"]] = [words(row), runs] if n else ["imports nothing in these years"]
    return found
