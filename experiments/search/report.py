"""A search as it is printed and summarised: what the fresh seeds say, hits and misses alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from alliance_abm.console import print_table
from alliance_abm.levers import LEVERS
from alliance_abm.outcomes import OUTCOMES
from experiments.compare_words import CAUTION
from experiments.controls_text import signed
from experiments.search.confirm import REFERENCE, Result
from experiments.search.portfolios import Space
from experiments.search.study import Limit, SearchStudy
from experiments.summaries import between, two_digits

Row = Mapping[str, Any]
WAYS = {1: "up", -1: "down"}
NOTHING = (
    "Nothing was found: no portfolio that keeps the limits is clearly better than the baseline in "
    "some goal and at the same time on the first front."
)


def print_result(found: Result) -> None:
    """Portfolios, their differences and the flattery, on standard output."""
    for sentence in sentences(found):
        print(sentence)
    if not len(found.front):
        return
    print_table("Portfolios, on fresh seeds", PORTFOLIO_HEAD, portfolio_lines(found))
    head = ("portfolio", *(_head(row) for row in _goal_rows(found)))
    print_table("Differences to the baseline; u: unclear", head, difference_lines(found))
    if len(found.flattery):
        print_table("How the search flattered", FLATTERY_HEAD, flattery_lines(found))
    print(CAUTION)


PORTFOLIO_HEAD = ("portfolio", "levers", "clearly better in", "clearly worse in", "stands")
FLATTERY_HEAD = (
    "goal", "unit", "mean gain, search", "mean gain, fresh", "flattery", "90 % interval",
    "best by search", "said", "fresh",
)  # fmt: skip


def sentences(found: Result) -> list[str]:
    """What can be said of the whole search, in sentences."""
    study, mine = found.study, found.found
    ran = (
        f"{found.used} runs of {found.budget} allowed: {found.tried} portfolios of "
        f"{Space.of(study).size():,} possible ones in {found.generations} generations, the best of "
        f"the first front on {found.seeds} seeds, then N = {study.confirmations} fresh seeds that "
        "the search never saw. It shows what is possible, not what is best."
    )
    if not len(mine):
        return [ran, NOTHING]
    stay, beaten = int(mine["stays"].sum()), int((mine["beaten_by"] != "").sum())
    better = [name for name in mine["portfolio"] if _clear(found, name, 1)]
    pure = [name for name in better if not _clear(found, name, -1)]
    texts = [
        ran,
        f"Portfolios found: {len(mine)}. On fresh seeds {stay} of them stay non-dominated (by "
        f"means, among all that were confirmed and the baseline); clearly beaten: {beaten}.",
        f"Clearly better than the baseline in some goal: {len(better)}; of these without a clear "
        f"loss in another: {len(pure)}" + (f" ({', '.join(pure)})." if pure else "."),
    ]
    return [*texts, *_unsearched(found), _flattered(found)]


def _unsearched(found: Result) -> list[str]:
    """How many references stand as well, though nobody searched for them."""
    known = found.portfolios
    others = known[known["kind"] == REFERENCE]
    if not len(others):
        return []
    stay, goals = int(others["stays"].sum()), len(found.study.objectives)
    return [
        f"With {goals} goals it says little to be non-dominated: {stay} of {len(others)} "
        "references, which nobody searched for, are so too. What counts is what is clear."
    ]


def _flattered(found: Result) -> str:
    """The winner's curse in a sentence."""
    rows = [row for _, row in found.flattery.iterrows()]
    clear = [row for row in rows if row["low"] > 0.0 or row["high"] < 0.0]
    if not clear:
        return (
            "The search's own figures are not clearly off: in no goal does the mean gain of what "
            "was found differ clearly between its seeds and fresh ones."
        )
    told = [
        f"{row['name']} by {signed(row['flattery'])} ({between(row['low'], row['high'])}, "
        f"{row['unit']}; mean gain {two_digits(row['search'])} by search, "
        f"{two_digits(row['fresh'])} on fresh seeds)"
        for row in clear
    ]
    return "The search's own figures flattered what it found (minus: belittled it): " + (
        "; ".join(told) + f"; unclear in the other {len(rows) - len(clear)} goals."
    )


def _goal_rows(found: Result) -> list[Row]:
    """One row a goal, in the order of the table."""
    goals = found.front[found.front["goal"] != 0].drop_duplicates("outcome")
    return [{str(key): value for key, value in row.items()} for _, row in goals.iterrows()]


def _head(row: Row) -> str:
    return f"{row['name']} ({row['unit']}; wanted {WAYS[row['goal']]})"


def _clear(found: Result, portfolio: str, way: int) -> list[str]:
    """Names of the goals in which a portfolio is clearly better (way 1) or worse (-1)."""
    table = found.front
    mine = table[(table["portfolio"] == portfolio) & (table["goal"] != 0) & table["clear"]]
    gains = mine["difference"] * mine["goal"] * way > 0.0
    return mine.loc[gains, "name"].tolist()


def portfolio_lines(found: Result) -> list[tuple[str, ...]]:
    """A line a portfolio: levers, clear gains and losses, and how it stands."""
    return [
        (
            row["portfolio"],
            row["title"],
            ", ".join(_clear(found, row["portfolio"], 1)) or "nothing",
            ", ".join(_clear(found, row["portfolio"], -1)) or "nothing",
            standing(row),
        )
        for _, row in found.portfolios.iterrows()
    ]


def standing(row: Row | pd.Series) -> str:
    """How a portfolio stands on fresh seeds."""
    if not row["limits_kept"]:
        return "breaks a limit"
    if row["beaten_by"]:
        return f"beaten by {row['beaten_by']}"
    if row["dominated_by"]:
        return f"behind {row['dominated_by']} by means, not clearly"
    return "non-dominated" if row["stays"] else "a run failed"


def difference_lines(found: Result) -> list[tuple[str, ...]]:
    """A line a portfolio: difference and interval in each goal."""
    table = found.front[found.front["goal"] != 0]
    return [
        (str(name), *(_cell(row) for _, row in mine.iterrows()))
        for name, mine in table.groupby("portfolio", sort=False)
    ]


def _cell(row: pd.Series) -> str:
    mark = "" if row["clear"] or row["low"] == row["high"] else " u"
    return f"{signed(row['difference'])} ({between(row['low'], row['high'])}){mark}"


def flattery_lines(found: Result) -> list[tuple[str, ...]]:
    """A line a goal; gains are in the wanted direction."""
    return [
        (
            row["name"], row["unit"], two_digits(row["search"]), two_digits(row["fresh"]),
            signed(row["flattery"]), between(row["low"], row["high"]), row["best"],
            two_digits(row["best_search"]), two_digits(row["best_fresh"]),
        )
        for _, row in found.flattery.iterrows()
    ]  # fmt: skip


def summary_text(found: Result, images: Sequence[str] = ()) -> str:
    """The search as a Markdown page."""
    study = found.study
    parts = [f"# {study.title}", study.description, *sentences(found), CAUTION]
    parts += [f"![{image}]({image})" for image in images]
    if len(found.front):
        parts += ["## Portfolios, on fresh seeds", _table(PORTFOLIO_HEAD, portfolio_lines(found))]
        head = ("portfolio", *(_head(row) for row in _goal_rows(found)))
        parts += [
            f"## Differences to the baseline, N = {study.confirmations} pairs",
            "Mean of the paired differences with its 90 % interval; u: unclear, the interval holds "
            "zero or the Holm-adjusted p, over all portfolios and goals, is 0.1 or more.",
            _table(head, difference_lines(found)),
        ]
        parts += _reported(found)
    if len(found.flattery):
        parts += ["## How the search flattered what it found", _flattery_words(found)]
        parts += [_table(FLATTERY_HEAD, flattery_lines(found))]
    parts += ["## How it was searched", method_words(study)]
    if len(found.failures):
        failed = [
            f"- {row.portfolio} in {row.world}, replication {row.replication} "
            f"(seed {row.seed}): {row.error}"
            for row in found.failures.itertuples()
        ]
        parts += ["## Runs that failed", "\n".join(failed)]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _reported(found: Result) -> list[str]:
    """Outcomes that are no goals, beside them."""
    table = found.front[found.front["goal"] == 0]
    if not len(table):
        return []
    firsts = table.drop_duplicates("outcome")
    head = ("portfolio", *(f"{row['name']} ({row['unit']})" for _, row in firsts.iterrows()))
    lines = [
        (str(name), *(_cell(row) for _, row in mine.iterrows()))
        for name, mine in table.groupby("portfolio", sort=False)
    ]
    return ["## What is no goal", _table(head, lines)]


def _flattery_words(found: Result) -> str:
    row = found.flattery.iloc[0]
    return (
        "Gains in the wanted direction, mean over all portfolios that were found "
        f"({row['portfolios']}): by the {row['n_search']} seeds of the search and by the "
        f"{row['n_fresh']} fresh ones. Flattery is their difference with its 90 % bootstrap "
        "interval; `best by search` is the portfolio with the largest gain as the search saw it."
    )


def method_words(study: SearchStudy) -> str:
    """Rule, levers, goals and limits."""
    goals = [f"{OUTCOMES[one.outcome].name} {WAYS[one.sign]}" for one in study.objectives]
    levers = [f"{LEVERS[one.lever].name} ({one.ends[0]:g} to {one.ends[1]:g} "
              f"{LEVERS[one.lever].unit})" for one in study.levers]  # fmt: skip
    lines = [
        f"- Goals: {', '.join(goals)}; means over {', '.join(study.worlds)}, as paired "
        "differences to the baseline on the same seeds.",
        f"- Limits: {', '.join(limit_words(one) for one in study.constraints) or 'none'}.",
        f"- Levers, each off or of {study.steps} sizes from {study.start}, at most "
        f"{min(study.most_levers, len(study.levers))} together: {'; '.join(levers)}.",
        f"- First look on {study.replications} seeds; each generation as many of the first "
        f"front as a generation holds, spread over the goals, are run on {study.more} further "
        f"seeds, the same for all, up to {study.most}.",
        "- A portfolio is left out while another beats it: no goal's mean gain of the other is "
        "worse and, in at least one goal, the 90 % interval of the paired difference on common "
        "seeds lies on the other's side; of two that give the same in every run, the one with "
        "fewer levers stays.",
        f"- At most {study.finalists} are confirmed: of the first front, run on all seeds, clearly "
        "better than the baseline in some goal (90 % interval); half of the places are for those "
        "clearly worse in none, if there are so many.",
    ]
    return "\n".join(lines)


def limit_words(one: Limit) -> str:
    """A limit with its unit."""
    record = OUTCOMES[one.outcome]
    bound = f"at most {one.most:g}" if one.most is not None else f"at least {one.least:g}"
    return f"{record.name} {bound} ({record.unit})"


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    body = [head, ("---",) * len(head), *lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in body)
