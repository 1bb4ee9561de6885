"""Policies over worlds and draws: a table of ranks, a column a metric, and how settled they are."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from experiments.analysis.analysis import Analysis
from experiments.analysis.robustness import METRIC_WORDS
from experiments.batch.read import Batch
from experiments.runner import POLICY
from viz.batch.words import NOTHING_DONE, STABLE, policy_title
from viz.page import digits
from viz.policy_marks import SMALL_SIZE, Cell, cells, row_labels, row_size, sheet
from viz.policy_words import PER_CENT, counted, cut, fold, mid_sentence, scale_of, unit_words

HEAD_INCHES, CELL_SIZE = 1.15, 10.0
FIRST, MAYBE = 2.0, 0.9  # shades of a first rank that is settled, and of one that is not
MOST_ROWS = 12


def robustness(batch: Batch, found: Analysis, outcome: str) -> Figure:
    """Ranks of all policies for one headline."""
    rows = found.robustness[found.robustness["outcome"] == outcome]
    told = found.stability[found.stability["outcome"] == outcome].set_index("metric")
    first = rows.iloc[0]
    figure = sheet(
        robustness_headline(batch, told),
        f"{first['name']}, N = {int(first['states'])} states: "
        f"{counted(len(batch.worlds), 'world', 'worlds')}"
        + (f" with {len(batch.points) - 1} points of the design each" * (len(batch.points) > 1))
        + ". In each cell the rank (1 is best) over the value: change against doing nothing in "
        f"{_unit(first)}, turned so that more is better; shares for satisficing; less is better "
        "for regret and shortfall (doing nothing differs from itself by nothing). Coloured: the "
        "best, dark where it stays so in "
        f"{PER_CENT * STABLE:.0f} % of resampled states and runs.",
    )
    ax = figure.subplots()
    policies = _shown(rows)
    metrics = list(dict.fromkeys(rows["metric"]))
    wide = rows.set_index(["policy", "metric"])
    table: dict[tuple[int, int], Cell] = {}
    for line, policy in enumerate(policies):
        for column, metric in enumerate(metrics):
            table[line, column] = _cell(metric, wide.loc[(policy, metric)])
    last = len(policies)
    for column, metric in enumerate(metrics):
        one = told.loc[metric]
        text = f"{PER_CENT * one['same_best']:.0f} %\ntau {digits(one['kendall_tau'])}"
        table[last, column] = (text, None, False)
    cells(ax, table, (last + 1, len(metrics)), CELL_SIZE)
    names = [_name(batch, name) for name in policies]
    labels = row_labels([*names, "Same best in resamples, and agreement of ranks (Kendall)"])
    ax.set_yticks(range(last + 1), labels, size=row_size(last + 1))
    heads = [fold(METRIC_WORDS[name], HEAD_INCHES, SMALL_SIZE, 4) for name in metrics]
    ax.set_xticks(range(len(metrics)), heads, size=SMALL_SIZE)
    return figure


def _unit(row: pd.Series) -> str:
    return unit_words(str(row["unit"]))


def _name(batch: Batch, policy: str) -> str:
    return NOTHING_DONE.capitalize() if policy == POLICY else policy_title(batch, policy)


def _shown(rows: pd.DataFrame) -> list[str]:
    """Policies by their mean rank, the best first, at most MOST_ROWS."""
    order = rows.groupby("policy", sort=False)["rank"].mean().sort_values(kind="stable")
    return [str(name) for name in order.index[:MOST_ROWS]]


def _cell(metric: str, row: pd.Series) -> Cell:
    is_share = metric == "satisficing"
    value = digits((PER_CENT if is_share else scale_of(str(row["unit"]))) * row["value"])
    value += " %" * is_share
    is_first = row["rank"] == 1
    shade = (FIRST if row["best_share"] >= STABLE else MAYBE) if is_first else None
    return f"{int(row['rank'])}\n({value})", shade, is_first


def robustness_headline(batch: Batch, told: pd.DataFrame) -> str:
    """Who is best by most metrics, and whether that is settled."""
    outcome = mid_sentence(str(told.iloc[0]["name"]))
    counts = told["best"].value_counts(sort=False)
    best = str(counts.idxmax())
    name = cut(_name(batch, best), 44)
    settled = int((told[told["best"] == best]["same_best"] >= STABLE).sum())
    return (
        f"For {outcome}, {mid_sentence(name)} is best by {counts.max()} of {len(told)} metrics, "
        f"{settled or 'none'} of them settled"
    )
