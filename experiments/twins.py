"""Twins: nations alike in all but one thing, followed year by year under the same events.

A twin differs from its like in competence, or in whether the products of the world hold American
parts; tastes, flows, budgets, ties and random numbers are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_abm.layout import CANCELLED, DEVELOP, LICENSED
from alliance_abm.quarters import QUARTERS_A_YEAR, Quarter
from alliance_abm.recorder import nation_column
from alliance_abm.routes import ROUTES
from alliance_abm.scenario import Scenario
from alliance_abm.state import State, ledger
from experiments.runner import replication_seed

if TYPE_CHECKING:
    from alliance_abm.model import AllianceModel

Floats = NDArray[np.float64]
NESTS = {"united_states": "us", "third_party": "third", "domestic": "home"}
SOURCE_OF = np.array([NESTS.get(route.nest, "") for route in ROUTES])  # by route
SOURCES = tuple(NESTS.values())
PANEL = {
    "sovereignty": "sovereignty",
    "core": "core",
    "diversification": "diversification",
    "competence": "competence",
    "stock_us": "nominal_us_dependence",
}
AT_END = (*PANEL, "release", "release_third", "release_home")  # others are sums or means
KEYS = ["nation", "seed"]
TINY = 1e-9


@dataclass(frozen=True)
class Twin:
    """A world to run: a scenario, competences set by nation, with or without American parts.

    `competence` holds for every domain of a nation, from the start on; tastes stay as they are.
    """

    scenario: Scenario
    competence: Mapping[str, float] = field(default_factory=dict)
    american_parts: bool = True

    def model(self, seed: int) -> AllianceModel:
        """The model before its first quarter."""
        from alliance_abm import strategy
        from alliance_abm.model import AllianceModel

        model = AllianceModel(self.scenario, rng=seed)
        for nation, level in self.competence.items():
            row = model.world.nation_index(nation)
            for name in ("competence", "competence_start"):
                model.state.cells[name][row] = level
            model.state.lines["level"][model.state.lines["owner"] == row] = level
        if not self.american_parts:
            _without_parts(model)
        strategy.start(model.state, model.outside)
        return model


def _without_parts(model: AllianceModel) -> None:
    """Take American parts out of every product, for good: their makers make them themselves."""
    state, outside = model.state, model.outside
    parts = state.content_origin == model.world.usa
    state.content_reach[parts], state.content_share[parts] = 0.0, 0.0
    state.content_total = state.content_share.sum(axis=1)
    by_class = np.where(parts[:, :, None], 0.0, outside.content_by_class)
    whole = outside.content_whole - (outside.content_by_class - by_class).sum(axis=1)
    model.outside = replace(outside, content_by_class=by_class, content_whole=whole)


def follow(twin: Twin, nations: Sequence[str], runs: int) -> pd.DataFrame:
    """Run a world `runs` times and follow nations; one row a run, nation and year.

    Columns: seed, nation, year; volume awarded, refused (awarded, and cancelled later) and
    delivered by source (us, third, home: own lines, licensed, developed), and what of the awards
    that stood is licensed, or of a competitor's product; programmes begun and failed; strategy
    weights, competence and the U.S. share of the stock; believed release (0-1) of the United
    States, of a middling product of a friendly third party and of own products; the share of
    their parts that own lines get; stock missing to the target (0-1). Replications have the seeds
    of any other command, so that worlds pair run by run.
    """
    frames = []
    for run in range(runs):
        model = twin.model(replication_seed(twin.scenario.seed, run))
        frames.append(_followed(model, nations).assign(seed=run))
    return pd.concat(frames, ignore_index=True)


def _followed(model: AllianceModel, nations: Sequence[str]) -> pd.DataFrame:
    rows = [model.world.nation_index(nation) for nation in nations]
    seen: list[dict[str, Floats]] = []
    while model.running:
        model.step()
        if model.state.quarter % QUARTERS_A_YEAR == 0:
            seen.append(_beliefs(model.state, rows, model.world.usa))
    found = {name: np.stack([year[name] for year in seen]) for name in seen[0]}
    found |= dict(_states(model.state, rows, len(seen)))
    found |= dict(_volumes(model.state, rows, len(seen)))
    years = Quarter(0).year + np.arange(len(seen))
    index = {"year": np.repeat(years, len(rows)), "nation": np.tile(nations, len(years))}
    return pd.DataFrame(index | {name: values.ravel() for name, values in found.items()})


def _beliefs(state: State, rows: list[int], usa: int) -> dict[str, Floats]:
    lines, pairs = state.lines, state.pairs[rows]
    refusal = pairs["release_refused"] / np.maximum(
        pairs["release_refused"] + pairs["release_granted"], TINY
    )
    refusal[np.arange(len(rows)), rows] = 0.0
    parts = np.where(state.content_origin >= 0, state.content_reach, 0.0)
    through = (1.0 - parts * refusal[:, np.maximum(state.content_origin, 0)]).prod(axis=2)
    third = (lines["sells_abroad"] == 1) & (state.nations["united_states"][lines["owner"]] == 0)
    third &= state.nations["competitor"][lines["owner"]] == 0
    sold = through * (1.0 - refusal[:, lines["owner"]])
    mine = state.cells["line"][rows]
    return {
        "release": 1.0 - refusal[:, usa],
        "release_third": np.array([
            np.median(sold[i, third & (lines["owner"] != row)]) for i, row in enumerate(rows)
        ]),
        "release_home": np.take_along_axis(through, mine, axis=1).mean(axis=1),
        "parts": lines["input_factor"][mine].mean(axis=1),
    }  # fmt: skip


def _states(state: State, rows: list[int], years: int) -> Iterator[tuple[str, Floats]]:
    ends = np.arange(1, years + 1) * QUARTERS_A_YEAR - 1
    for measure, name in PANEL.items():
        yield measure, nation_column(state, name)[ends][:, rows]
    stock, target = (nation_column(state, name)[ends][:, rows] for name in ("stock", "target"))
    yield "gap", np.maximum(0.0, 1.0 - stock / np.maximum(target, TINY))


def _volumes(state: State, rows: list[int], years: int) -> Iterator[tuple[str, Floats]]:
    orders = ledger(state)
    orders = orders[orders["initial"] == 0]
    source, failed = SOURCE_OF[orders["route"]], orders["status"] == CANCELLED
    for name in SOURCES:
        volume = orders["volume"] * (source == name)
        yield f"awarded_{name}", _by_year(orders, volume, rows, years)
        yield f"refused_{name}", _by_year(orders, volume * failed, rows, years)
    parts = {"licensed": orders["route"] == LICENSED,
             "competitor": state.nations["competitor"][orders["supplier"]] == 1}  # fmt: skip
    for name, mine in parts.items():
        volume = orders["volume"] * (mine & ~failed)
        yield f"stood_{name}", _by_year(orders, volume, rows, years)
    develop = orders["route"] == DEVELOP
    yield "begun", _by_year(orders, develop, rows, years)
    yield "failed", _by_year(orders, develop & failed, rows, years)
    flows = state.flow_nation[:years][:, rows, : len(ROUTES)].astype(float)
    for name in SOURCES:
        yield f"delivered_{name}", flows[:, :, name == SOURCE_OF].sum(axis=2)


def _by_year(orders: Any, values: Any, rows: list[int], years: int) -> Floats:
    """Sums by year of award and buyer, (years, nations)."""
    total = np.zeros((years, max(*rows, int(orders["buyer"].max(initial=0)), 0) + 1))
    np.add.at(total, (orders["awarded"] // QUARTERS_A_YEAR, orders["buyer"]), values)
    return total[:, rows]


def measures(found: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Measures of `follow` over the years first to last, one row a nation and run.

    Orders are awards that nobody refused or cancelled later; orders and deliveries become shares
    by source (nan without any). Beliefs, weights, competence and stock are those of the last year.
    """
    inside = found[found["year"].between(first, last)]
    total = inside.groupby(KEYS).sum()
    out = pd.DataFrame(index=total.index)
    for name in SOURCES:
        total[f"stood_{name}"] = total[f"awarded_{name}"] - total[f"refused_{name}"]
        awarded = total[f"awarded_{name}"]
        out[f"refused_{name}"] = (total[f"refused_{name}"] / awarded).where(awarded > 0.0)
    for kind, label in (("stood", "orders"), ("delivered", "deliveries")):
        whole = total[[f"{kind}_{name}" for name in SOURCES]].sum(axis=1)
        for name in (*SOURCES, "licensed", "competitor"):
            if f"{kind}_{name}" in total:
                out[f"{label}_{name}"] = (total[f"{kind}_{name}"] / whole).where(whole > TINY)
    out["orders_own"] = out["orders_home"] - out["orders_licensed"]
    out["volume"] = total[[f"delivered_{name}" for name in SOURCES]].sum(axis=1)
    out[["begun", "failed"]] = total[["begun", "failed"]]
    out[["gap", "parts"]] = inside.groupby(KEYS)[["gap", "parts"]].mean()
    at_end = inside[inside["year"] == last].set_index(KEYS)
    return out.join(at_end[list(AT_END)])


def changes(calm: pd.DataFrame, struck: pd.DataFrame) -> pd.DataFrame:
    """What differs in `struck` run by run, mean over nations: one row a run."""
    return (struck - calm).groupby("seed").mean()


def spread(values: pd.DataFrame, share: float) -> pd.DataFrame:
    """Mean over runs by measure with the interval of the mean that holds `share`, and runs."""
    known = values.notna().sum()
    reach = NormalDist().inv_cdf(0.5 + share / 2) * values.std() / np.sqrt(known)
    mean = values.mean()
    return pd.DataFrame({"mean": mean, "low": mean - reach, "high": mean + reach, "n": known})
