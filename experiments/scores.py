"""How well shares were forecast: distance and log score, against the naive forecast.

The scored thing is each buyer's shares of imports by supplier in a window. Buyers are weighted by
what they imported in that window. Suppliers outside the scenario count as one, `ROW`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance_abm.datafiles import BUYER, rows
from alliance_abm.scenario import Scenario
from experiments.summaries import HIGH, LOW

Floats = NDArray[np.float64]
WINDOWS = ("2010-14", "2015-19", "2020-24")
FIRST = 0
REST = "ROW"
UKRAINE = "UKR"
SCORES = {"tvd": "total-variation distance, 0 is best", "log": "mean -ln share, 0 is best"}


@dataclass(frozen=True)
class Rules:
    """How scores are taken, from the parameters of the room `hindcast`."""

    least_volume: float
    floor: float

    @classmethod
    def of(cls, scenario: Scenario) -> Rules:
        """The rules of a scenario."""
        values = scenario.parameters
        return cls(values["hindcast.scored_buyer_volume"], values["hindcast.log_score_floor"])


@dataclass(frozen=True)
class Record:
    """What happened: volumes [window, buyer, supplier] in million TIV over `names`, ROW last."""

    names: tuple[str, ...]
    is_buyer: NDArray[np.bool_]
    volumes: Floats

    @classmethod
    def of(cls, nations: Sequence[str], suppliers: Sequence[str] = ()) -> Record:
        """Imports of `nations` by supplier; suppliers not named are grouped in ROW."""
        names = (*nations, *suppliers, REST)
        index = {name: place for place, name in enumerate(names)}
        volumes = np.zeros((len(WINDOWS), len(names), len(names)))
        for row in rows("supplier_shares.csv"):
            buyer = index.get(row["importer_iso3"])
            if buyer is not None and row["importer_iso3"] != REST:
                supplier = index.get(row["supplier_iso3"], index[REST])
                place = (WINDOWS.index(row["window"]), buyer, supplier)
                volumes[place] += float(row["tiv_millions"])
        roles = {row["iso3"]: row["role"] for row in rows("nations.csv")}
        is_buyer = np.array([roles.get(name) == BUYER for name in names])
        return cls(names, is_buyer, volumes)

    def scored(self, window: int, least: float, without: str | None = None) -> NDArray[np.bool_]:
        """Buyers that imported at least `least` in the window, perhaps without one."""
        enough = self.volumes[window].sum(axis=1) >= least
        others = np.array([name != without for name in self.names])
        return self.is_buyer & enough & others


def shares(volumes: Floats) -> Floats:
    """Shares by supplier (last axis) of volumes [..., buyer, supplier]; nan without imports.

    What a nation makes for itself (the diagonal) is no import.
    """
    foreign = volumes * (1 - np.eye(volumes.shape[-1]))
    total = foreign.sum(axis=-1, keepdims=True)
    return np.divide(foreign, total, out=np.full_like(foreign, np.nan), where=total > 0)


def mean_shares(by_run: Floats) -> Floats:
    """Mean over runs (first axis) of shares, of those runs in which the buyer imported."""
    known = ~np.isnan(by_run).any(axis=-1, keepdims=True)
    count = known.sum(axis=0)
    total = np.where(known, by_run, 0).sum(axis=0)
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def distance(forecast: Floats, observed: Floats) -> Floats:
    """Total-variation distance of shares [..., supplier]; 1 where nothing was forecast."""
    apart = np.abs(np.nan_to_num(forecast) - observed).sum(axis=-1) / 2
    return np.where(np.isnan(forecast).any(axis=-1), 1.0, apart)


def log_loss(forecast: Floats, observed: Floats, floor: float) -> Floats:
    """Mean of -ln forecast share over what was imported; shares under `floor` count as it."""
    raised = np.maximum(np.nan_to_num(forecast), floor)
    raised /= raised.sum(axis=-1, keepdims=True)
    return -(observed * np.log(raised)).sum(axis=-1)


def weighted(losses: Floats, weights: Floats) -> Floats:
    """Mean of losses [..., buyer] by weights [buyer]; nan when there is no buyer."""
    total = weights.sum()
    return (losses * weights).sum(axis=-1) / total if total > 0 else losses.sum(axis=-1) * np.nan


def naive_score(
    record: Record, base: int, window: int, score: str, rules: Rules, without: str | None = None
) -> float:
    """Score of the forecast that the shares of window `base` persist."""
    mask = record.scored(window, rules.least_volume, without)
    forecast = shares(record.volumes[base])[mask]
    observed = shares(record.volumes[window])[mask]
    weights = record.volumes[window][mask].sum(axis=1)
    return float(weighted(_loss(score, rules)(forecast, observed), weights))


def score_rows(record: Record, volumes: Floats, rules: Rules) -> list[dict[str, Any]]:
    """Rows of kind score for delivered `volumes` [run, window, buyer, supplier].

    `tvd` and `log` score the ensemble-mean shares (90 % interval by jackknife over runs);
    `tvd_single_run` and `log_single_run` are the mean of single runs (interval over runs).
    """
    found = []
    for base, window in ((FIRST, 1), (FIRST, 2), (1, 2)):
        for score in SCORES:
            for without in (None, UKRAINE):
                if without is None or without in record.names:
                    found += _pair(record, volumes, rules, base, window, score, without)
    return found


def _pair(
    record: Record,
    volumes: Floats,
    rules: Rules,
    base: int,
    window: int,
    score: str,
    without: str | None,
) -> list[dict[str, Any]]:
    mask = record.scored(window, rules.least_volume, without)
    observed = shares(record.volumes[window])[mask]
    weights = record.volumes[window][mask].sum(axis=1)
    loss = _loss(score, rules)
    by_run = shares(volumes[:, window])[:, mask]
    ensemble = float(weighted(loss(mean_shares(by_run), observed), weights))
    single = weighted(loss(by_run, observed), weights)
    error = jackknife(by_run, observed, weights, loss) * NormalDist().inv_cdf(HIGH)
    low, high = np.quantile(single, [LOW, HIGH])
    common = {
        "kind": "score",
        "window": WINDOWS[window] if base == FIRST else f"{WINDOWS[window]} from {WINDOWS[base]}",
        "naive": naive_score(record, base, window, score, rules, without),
        "without_ukraine": without is not None,
        "buyers": int(mask.sum()),
        "n": len(volumes),
        "unit": SCORES[score],
    }
    return [
        {**common, "score": score, **_figures(ensemble, ensemble - error, ensemble + error)},
        {
            **common,
            "score": f"{score}_single_run",
            **_figures(float(single.mean()), float(low), float(high)),
        },
    ]


def _figures(model: float, low: float, high: float) -> dict[str, float]:
    return {"model": model, "model_low": low, "model_high": high}


def jackknife(
    by_run: Floats, observed: Floats, weights: Floats, loss: Callable[[Floats, Floats], Floats]
) -> float:
    """Standard error of the score of mean shares over the runs, each left out in turn."""
    runs = len(by_run)
    if runs == 1:
        return float("nan")
    left = np.arange(runs)
    found = np.array(
        [weighted(loss(mean_shares(by_run[left != one]), observed), weights) for one in left]
    )
    return float(np.sqrt((runs - 1) * found.var()))


def _loss(score: str, rules: Rules) -> Callable[[Floats, Floats], Floats]:
    if score == "tvd":
        return distance
    return lambda forecast, observed: log_loss(forecast, observed, rules.floor)
