"""Expectations written down before, tried on the model: denial, content, shocks, programmes.

The studies are described in `expected.yaml`. Each returns a tidy frame; intervals are those of
means over runs, and runs of one study pair by their seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from alliance_abm.datafiles import DOMAINS
from alliance_abm.scenario import Scenario, load_scenario
from experiments.twins import Twin, changes, follow, measures, spread

Study = dict[str, Any]
HIGHER, LOWER = "high", "low"
CALM = "calm"


@cache
def plan() -> Mapping[str, Any]:
    """The studies, as `expected.yaml` has them."""
    text = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def _scenario(study: Study, **more: Any) -> Scenario:
    return load_scenario(study["config"], {**study.get("changes", {}), **more})


def _with(scenario: Scenario, *events: Study) -> Scenario:
    return scenario.with_set({"events": [*scenario.resolved()["events"], *events]})


def twins(runs: int | None = None, variants: tuple[str, ...] | None = None) -> pd.DataFrame:
    """Denied twins against free ones: variant, competence, window, measure, calm, mean, low, high.

    `competence` is a level, or `gap` for how much more changes at the high level than at the low
    one. Means are over the study's nations and runs.
    """
    study = plan()["twins"]
    rows = []
    for name, variant in study["variants"].items():
        if variants is not None and name not in variants:
            continue
        scenario = _scenario(study).with_set(variant.get("changes", {}))
        parts = variant.get("american_parts", True)
        by_level = {
            level: _denied(study, scenario, {level: value}, parts, runs or study["runs"])
            for level, value in study["competence"].items()
        }
        for window in study["windows"]:
            found = {level: pair[window] for level, pair in by_level.items()}
            found["gap"] = (pd.DataFrame(), found[HIGHER][1] - found[LOWER][1])
            for level, (calm, change) in found.items():
                rows.append(_row(calm, change, variant=name, competence=level, window=window))
    return pd.concat(rows, ignore_index=True)


def _denied(
    study: Study, scenario: Scenario, level: Mapping[str, float], parts: bool, runs: int
) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """By window: measures of the free twins, and how those of the denied differ run by run."""
    (value,) = level.values()
    free: list[pd.DataFrame] = []
    struck: list[pd.DataFrame] = []
    for nation in study["nations"]:
        denial = {**study["denial"], "buyer": nation}
        for found, world in ((free, scenario), (struck, _with(scenario, denial))):
            found.append(follow(Twin(world, {nation: value}, parts), [nation], runs))
    calm, hit = pd.concat(free), pd.concat(struck)
    return {name: _pair(calm, hit, years) for name, years in study["windows"].items()}


def _pair(
    calm: pd.DataFrame, hit: pd.DataFrame, years: list[int]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    before, after = measures(calm, *years), measures(hit, *years)
    return before, changes(before, after)


def _row(calm: pd.DataFrame, change: pd.DataFrame, **labels: str) -> pd.DataFrame:
    """Tidy rows of one comparison, one a measure."""
    found = spread(change, plan()["interval"])
    found.insert(0, "calm", calm.mean() if len(calm) else float("nan"))
    found = found.rename_axis("measure").reset_index()
    return found.assign(**labels)


def nations(runs: int | None = None) -> pd.DataFrame:
    """Real nations denied in the whole world: nation, window, measure, calm, mean, low, high."""
    study = plan()["nations"]
    scenario, runs = _scenario(study), runs or study["runs"]
    calm = follow(Twin(scenario), study["nations"], runs)
    rows = []
    for nation in study["nations"]:
        denied = Twin(_with(scenario, {**study["denial"], "buyer": nation}))
        hit = follow(denied, [nation], runs)
        for window, years in study["windows"].items():
            pair = _pair(calm[calm["nation"] == nation], hit, years)
            rows.append(_row(*pair, nation=nation, window=window))
    return pd.concat(rows, ignore_index=True)


def shocks(runs: int | None = None, all_of_them: bool = True) -> pd.DataFrame:
    """One nation's alignment shaken: shock, incumbency, window, measure, calm, mean, low, high.

    The first shock alone, at the shipped weight of incumbency, unless `all_of_them`.

    `incumbency` is `as shipped`, or the weight set in every domain; the constants of the offers
    are inverted anew for each, so that all start from the same flows.
    """
    study = plan()["shock"]
    runs, nation = runs or study["runs"], study["nation"]
    first = next(iter(study["struck"]))
    rows = []
    for weight in ("as shipped", *(study["incumbency"] if all_of_them else ())):
        scenario = _scenario(study)
        if weight != "as shipped":
            paths = {f"choice.weight_incumbency.{domain}": weight for domain in DOMAINS}
            scenario = scenario.with_set(paths)
        kept = [e for e in scenario.resolved()["events"] if e["kind"] not in study["dropped"]]
        quiet = scenario.with_set({"events": kept})
        worlds = (
            {"the baseline's events": scenario} if weight == "as shipped" and all_of_them else {}
        )
        worlds |= {name: _with(quiet, event) for name, event in study["struck"].items()
                   if name == first or (all_of_them and weight == "as shipped")}  # fmt: skip
        calm = follow(Twin(quiet), [nation], runs)
        for name, world in worlds.items():
            hit = follow(Twin(world), [nation], runs)
            for window, years in study["windows"].items():
                pair = _pair(calm, hit, years)
                rows.append(_row(*pair, shock=name, incumbency=str(weight), window=window))
    return pd.concat(rows, ignore_index=True)
