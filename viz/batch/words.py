"""Words that the figures and the report of a batch share: titles, grounds, findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments.analysis.analysis import Analysis
from experiments.analysis.discovery import (
    ALWAYS,
    CHANCE,
    FOUND,
    NEVER,
    NOT_ASKED,
    NOT_FOUND,
    UNMOVED,
)
from experiments.analysis.robustness import METRIC_WORDS
from experiments.analysis.sensitivity import CORRELATION, EFFECT, main_index
from experiments.analysis.targets import DIFFERENCE, LEVEL
from experiments.analysis.words import factor_name, runs_words
from experiments.batch.read import Batch
from experiments.runner import POLICY
from viz.page import digits
from viz.policy_view import records
from viz.policy_words import (
    PER_CENT,
    Row,
    change_words,
    counted,
    is_clear,
    listed,
    mid_sentence,
    scale_of,
    signed,
    unit_words,
)

MOST_MOVERS = 3
MOSTLY = 0.5  # of mu*: from there mu has a sign
STABLE = 0.9  # share of resamples with the same best policy
SHARES = ("S1", "ST")  # of variance
INDEX_NAMES = {
    "mu_star": "mu*", "ST": "ST", "S1": "S1", CORRELATION: "rank correlation", EFFECT: "effect",
}  # fmt: skip
INDEX_MEANING = {
    "mu_star": "mu* is the mean size of an outcome's change when a factor moves over its whole "
    "range, at several settings of the others (Morris).",
    "ST": "ST is the share of the variance between points that a factor has a part in, S1 what it "
    "makes alone (Sobol).",
    CORRELATION: "The rank correlation (Spearman) of a factor with the mean of each point is 1 "
    "when the outcome always rises with it, −1 when it always falls.",
    EFFECT: "An effect is the mean with a factor at its highest value less that at its lowest.",
}
CLEAR_MEANING = (
    "Clear: p below 0.1 when corrected by Holm for the number of factors; all else is unclear."
)
NOTHING_DONE = "doing nothing"


def policy_title(batch: Batch, policy: str) -> str:
    """What a policy is called."""
    if policy == POLICY:
        return "Without policy"
    return next((one.title or one.name for one in batch.policies if one.name == policy), policy)


def ground(batch: Batch, world: str) -> str:
    """World, points and runs of the design, as a sentence."""
    each = counted(batch.draw_replications, "run", "runs")
    points = counted(len(batch.points) - 1, "point", "points")
    method = str(batch.method).replace("_", " ")
    text = f"World '{world}', N = {points} of the design ({method}), {each} each on the same seeds."
    if not batch.complete:
        text += f" Not finished: {batch.runs_done} of {batch.runs_total} runs."
    if len(batch.failures):
        text += f" {counted(len(batch.failures), 'run', 'runs')} failed and are left out."
    return text


def value_words(row: Row) -> str:
    """The value of an index with its interval and unit."""
    in_units = row["index"] in ("mu_star", EFFECT)
    scale = scale_of(row["unit"]) if in_units else 1.0
    value, low, high = (digits(scale * row[key]) for key in ("value", "low", "high"))
    unit = f" {unit_words(row['unit'])}" if in_units else ""
    inside = f", 90 % interval {low} to {high}" if np.isfinite(row["low"]) else ""
    return f"{INDEX_NAMES[row['index']]} {value}{unit}{inside}"


def targets_of(found: pd.DataFrame) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Policy, world and kind with their rows, in the order of the table."""
    keys = ["world", "kind", "policy"]
    for key, rows in found.groupby(keys, sort=False):
        yield dict(zip(keys, key, strict=True)), rows


def movers(rows: pd.DataFrame, method: str) -> pd.DataFrame:
    """Rows of the main index of one target that are clear, the largest first."""
    main = rows[(rows["index"] == main_index(method)) & rows["clear"].astype(bool)]
    return main.sort_values("rank", kind="stable")


def direction(rows: pd.DataFrame, factor: str) -> str:
    """Which way the outcome goes with more of a factor; empty where that is not clear."""
    mine = {row["index"]: row for row in records(rows[rows["factor"] == factor])}
    if "mu" in mine:
        mu, size = mine["mu"]["value"], mine["mu_star"]["value"]
        sign = float(np.sign(mu)) if abs(mu) > MOSTLY * size else 0.0
    else:
        one = mine.get(EFFECT) or mine.get(CORRELATION)
        sign = float(np.sign(one["value"])) if one and one["clear"] else 0.0
    return {1.0: "more of it raises it", -1.0: "more of it lowers it"}.get(sign, "")


def mover_sentence(rows: pd.DataFrame, method: str) -> str:
    """The clear factors that move one target most, with intervals; what is unclear is counted."""
    clear = movers(rows, method)
    main = records(rows[rows["index"] == main_index(method)])
    told = []
    for row in records(clear.head(MOST_MOVERS)):
        way = direction(rows, row["factor"])
        told.append(f"{factor_name(row['factor'])} ({value_words(row)}{f'; {way}' * bool(way)})")
    most = "most of all by" if len(clear) > 1 else "by"
    others, unclear = len(clear) - len(told), len(main) - len(clear)
    rest = f" {counted(others, 'more factor is', 'more factors are')} clear." if others else ""
    rest += f" {counted(unclear, 'factor is', 'factors are')} unclear." if unclear else ""
    return f"{main[0]['name']}: moved {most} {listed(told)}.{rest}"


def sensitivity_sentences(batch: Batch, found: Analysis) -> Iterator[str]:
    """A sentence for each headline that some factor clearly moves; the others are named."""
    method = str(batch.method)
    for key, mine in targets_of(with_headlines(found.sensitivity, found)):
        head = target_words(batch, key)
        still = []
        for _, rows in mine.groupby("outcome", sort=False):
            if len(movers(rows, method)):
                yield f"{head}. {mover_sentence(rows, method)}"
            else:
                still.append(str(rows.iloc[0]["name"]))
        if still:
            yield f"{head}. No factor is clear for {listed(still)}."


def target_words(batch: Batch, key: Mapping[str, Any]) -> str:
    """World, and whether levels or the changes of a policy are told."""
    if key["kind"] == LEVEL:
        return f"World '{key['world']}', without policy"
    return f"World '{key['world']}', change with {policy_title(batch, key['policy'])}"


def foremost_sentence(batch: Batch, found: Analysis) -> str:
    """The factors that clearly move most headlines of the first target; empty without any."""
    method = str(batch.method)
    for key, mine in targets_of(with_headlines(found.sensitivity, found)):
        total = mine["outcome"].nunique()
        clear = mine[(mine["index"] == main_index(method)) & mine["clear"].astype(bool)]
        if not len(clear):
            return f"{target_words(batch, key)}: no factor clearly moves a headline."
        counts = clear.groupby("factor", sort=False).agg(
            moved=("outcome", "size"), rank=("rank", "mean")
        )
        order = counts.sort_values(["moved", "rank"], ascending=[False, True], kind="stable")
        told = [
            f"{factor_name(str(name))} (clear for {moved} of {total} headlines)"
            for name, moved in order["moved"].head(MOST_MOVERS).items()
        ]
        return (
            f"{target_words(batch, key)}: what moves the headlines most is {listed(told)}.".replace(
                "U.S..", "U.S."
            )
        )
    return ""


def with_headlines(table: pd.DataFrame, found: Analysis) -> pd.DataFrame:
    """Rows about headlines; all where none of the batch's outcomes is one."""
    known = set(found.summary.loc[found.summary["headline"].astype(bool), "outcome"])
    return table[table["outcome"].isin(known)] if known else table


STATUS_WORDS = {
    NEVER: "it never fails at any point for {}",
    ALWAYS: "it fails at every point for {}",
    UNMOVED: "it changes nothing at any point for {}",
    CHANCE: "the differences at the points are mostly chance between runs for {}",
    NOT_FOUND: "it fails at some points for {}, but no ranges of the assumptions that come up "
    "again in random halves of the points tell where",
    NOT_ASKED: "it fails at some points for {}; where was not asked",
}


def discovery_sentences(batch: Batch, found: Analysis) -> Iterator[str]:
    """Where each policy fails; what has no answer is told by policy and world in one sentence."""
    for (world, policy), rows in found.discovery.groupby(["world", "policy"], sort=False):
        told = records(rows)
        yield from (discovery_sentence(batch, row) for row in told if row["status"] == FOUND)
        parts = []
        for status in dict.fromkeys(row["status"] for row in told if row["status"] != FOUND):
            names = [
                mid_sentence(row["name"])
                + f" ({row['failing']} of {row['points']})" * (status != UNMOVED)
                for row in told
                if row["status"] == status
            ]
            words = STATUS_WORDS.get(status, status + " for {}")
            parts.append(words.format(listed(names)))
        if parts:
            yield f"{policy_title(batch, str(policy))}, world '{world}': {'; '.join(parts)}."


def discovery_sentence(batch: Batch, row: Row) -> str:
    """What makes one policy fail, for a question with an answer."""
    head = f"{policy_title(batch, row['policy'])}, world '{row['world']}'"
    share = f"{PER_CENT * row['failing'] / row['points']:.0f} %"
    return (
        f"{head}, {mid_sentence(row['name'])}: fails ({row['fails_when']}) at {row['failing']} of "
        f"{row['points']} points ({share}), above all where {row['rule']}: "
        f"{PER_CENT * row['density']:.0f} % of the points there "
        f"fail, which are {PER_CENT * row['coverage']:.0f} % of all that fail; the ranges came up "
        f"again in {PER_CENT * row['reproduced']:.0f} % of random halves of the points."
    )


def robust_sentence(batch: Batch, rows: pd.DataFrame) -> str:
    """Which policy holds best by each metric for one headline; rows of the table of stability."""
    name = rows.iloc[0]["name"]
    by_policy: dict[str, list[str]] = {}
    shaky = 0
    for _, row in rows.iterrows():
        if row["same_best"] >= STABLE:
            by_policy.setdefault(row["best"], []).append(METRIC_WORDS[row["metric"]])
        else:
            shaky += 1
    told = [
        f"{_or_nothing(batch, policy)} by {listed(metrics)}"
        for policy, metrics in by_policy.items()
    ]
    states = int(rows.iloc[0]["states"])
    text = f"{name} over {states} states: best is {listed(told)}" if told else (
        f"{name} over {states} states: no policy is best in {PER_CENT * STABLE:.0f} % of resamples"
    )  # fmt: skip
    if shaky and told:
        text += f"; by {counted(shaky, 'other metric', 'other metrics')} the best is not settled"
    return f"{text}.".replace("U.S..", "U.S.")


def regret_sentence(batch: Batch, found: Analysis) -> str:
    """Which policies have the smallest largest regret, and where that is settled."""
    rows = records(found.stability[found.stability["metric"] == "minimax_regret"])
    if not rows:
        return ""
    settled = [
        f"{_or_nothing(batch, row['best'])} for {mid_sentence(row['name'])}"
        for row in rows
        if row["same_best"] >= STABLE
    ]
    still = [mid_sentence(row["name"]) for row in rows if row["same_best"] < STABLE]
    text = f"By largest regret over {int(rows[0]['states'])} states the best is "
    text += listed(settled) if settled else "settled for no headline"
    if still and settled:
        text += f"; not settled for {listed(still)}"
    return f"{text}.".replace("U.S..", "U.S.")


def change_sentences(batch: Batch, found: Analysis) -> Iterator[str]:
    """A sentence for each policy that clearly changes a headline, with intervals and worlds."""
    rows = records(with_headlines(found.differences, found))
    for policy in dict.fromkeys(row["policy"] for row in rows):
        told = [
            f"{change_words(row)} (90 % interval {_ends(row)}, N = {row['n']}, world "
            f"'{row['world']}')"
            for row in rows
            if row["policy"] == policy and is_clear(row)
        ]
        if told:
            yield f"{policy_title(batch, policy)}: {listed(told)}."


def _ends(row: Row) -> str:
    scale = scale_of(row["unit"])
    return f"{signed(scale * row['low'])} to {signed(scale * row['high'])}"


def _or_nothing(batch: Batch, policy: str) -> str:
    return NOTHING_DONE if policy == POLICY else policy_title(batch, policy)


def replication_sentences(found: Analysis) -> Iterator[str]:
    """Whether there are enough runs, for levels and for differences of headlines."""
    rows = with_headlines(found.replications, found)
    wanted = {LEVEL: "5 % of the mean", DIFFERENCE: "a quarter of the difference"}
    for kind, words in ((LEVEL, "levels"), (DIFFERENCE, "differences")):
        mine = rows[rows["kind"] == kind]
        if not len(mine):
            continue
        enough = int(mine["enough"].sum())
        text = (
            f"{enough} of {len(mine)} {words} have runs enough for a half-width of {wanted[kind]}"
        )
        lacking = mine[~mine["enough"].astype(bool)]
        needed = lacking["needed"].dropna()
        if len(needed):
            least, most = (runs_words(float(one)) for one in (needed.min(), needed.max()))
            text += f"; the others would need {least}{f' to {most}' * (most != least)} runs"
        yield f"{text}."
