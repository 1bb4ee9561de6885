"""Rows of the listing commands."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from alliance_abm.controls import CONTROLS
from alliance_abm.datafiles import DOMAINS
from alliance_abm.lever_data import Change
from alliance_abm.levers import LeverUse
from alliance_abm.parameters import CATALOGUE, Parameters, counts_by_grade
from alliance_abm.policies import JOIN
from alliance_abm.problems import ConfigError, FieldProblems
from alliance_abm.scenario import Scenario


def nation_rows(scenario: Scenario) -> list[dict[str, Any]]:
    """Nations of the scenario with tier and strategy weights at the start."""
    from alliance_abm.world import load_world, nations_table

    rows = nations_table(load_world(scenario.world.nations, scenario.world.domains))
    for row in rows:
        given = scenario.strategy.get(row["iso3"])
        if given is not None:
            row["sovereignty"], row["core"] = given.sovereignty, given.core
            row["diversification"] = given.diversification
            if given.core_domains is not None:
                row["core_domains"] = ";".join(given.core_domains)
    return rows


def parameter_rows(scenario: Scenario, text: str = "") -> list[dict[str, Any]]:
    """Parameters whose path contains `text`, with the scenario's values."""
    return [
        {
            "path": path,
            "value": bool(value) if (entry := CATALOGUE[path]).switch else value,
            "unit": entry.unit,
            "low": entry.low,
            "high": entry.high,
            "grade": entry.grade,
            "source": entry.source,
            "leverable": entry.leverable,
            "text": entry.text,
        }
        for path, value in scenario.parameters.items()
        if text.lower() in path
    ]


def grade_line() -> str:
    """How many parameters have which grade."""
    counts = counts_by_grade()
    words = {"A": "estimated or published", "B": "bounded by literature", "C": "assumed"}
    graded = " · ".join(f"{count} {grade} ({words[grade]})" for grade, count in counts.items())
    return f"{sum(counts.values())} parameters: {graded}; one that differs by domain counts once"


def outcome_rows() -> list[dict[str, Any]]:
    """What is measured."""
    from alliance_abm.outcomes import OUTCOMES

    keys = ("id", "name", "unit", "definition", "clock")
    return [
        {**{key: getattr(record, key) for key in keys}, "headline": record.headline}
        for record in OUTCOMES.values()
    ]


def control_rows() -> list[dict[str, Any]]:
    """Null models with the parameters they set."""
    return [
        {"id": one.id, "name": one.name, "text": one.text, "settings": dict(one.settings)}
        for one in CONTROLS.values()
    ]


def check_row(scenario: Scenario) -> dict[str, int]:
    """Size of a valid scenario, by names that read after a number."""
    return {
        "nations": len(scenario.world.nations),
        "domains": len(scenario.world.domains),
        "quarters": scenario.horizon.quarters,
        "events": len(scenario.events),
        "parameters_set": len(scenario.parameters.overrides()),
        "replications": scenario.replications,
    }


def lever_rows() -> list[dict[str, Any]]:
    """Levers with range, grade, and what each unit of size changes."""
    from alliance_abm.levers import LEVERS

    keys = ("id", "name", "unit", "default", "low", "high", "ramp", "grade")
    return [
        {
            **{key: getattr(one, key) for key in keys},
            "text": one.text,
            "changes": [_change_row(change) for change in one.changes],
            "bill": [_change_row(change) for change in one.bill],
            "bill_text": one.bill_text,
            "papers": list(one.papers),
            "sources": [one.source],
        }
        for one in LEVERS.values()
    ]


def _change_row(change: Change) -> dict[str, Any]:
    return {
        "parameter": change.parameter,
        change.kind: change.amount,
        **{
            key: _listed(value)
            for key in ("after", "lasts", "ramp", "domains")
            if (value := getattr(change, key))
        },
    }


def lever_effects(use: LeverUse, parameters: Parameters) -> list[dict[str, Any]]:
    """What a lever makes of each parameter at full effect, each change by itself.

    Rows have part (benefit or bill), parameter, domains (none if all alike), before, after,
    unit, when, text. A value stays inside the range of the catalogue.
    """
    from alliance_abm.levers import LEVERS, full_effect

    lever = LEVERS[use.lever]
    rows = []
    for part, changes in (("benefit", lever.changes), ("bill", lever.bill)):
        for change in changes:
            found: dict[tuple[float, float], list[str]] = {}
            for path in change.paths:
                before = parameters[path]
                after = full_effect(change, path, before, use.amount)
                found.setdefault((before, after), []).append(path)
            for (before, after), paths in found.items():
                entry = CATALOGUE[paths[0]]
                every = change.parameter in CATALOGUE or len(paths) == len(DOMAINS)
                rows.append(
                    {
                        "part": part,
                        "parameter": change.parameter,
                        "domains": [] if every else [path.rpartition(".")[2] for path in paths],
                        "before": before,
                        "after": after,
                        "unit": entry.unit,
                        "when": change_timing(change, lever.ramp),
                        "text": entry.text,
                    }
                )
    return rows


def change_timing(change: Change, ramp: int) -> str:
    """When a change holds, in words."""
    words = [f"after {change.after} quarters"] if change.after else ["from the start"]
    ramp = ramp if change.ramp is None else change.ramp
    words += [f"in full after {ramp}"] if ramp > 1 else []
    words += [f"for {change.lasts} quarters"] if change.lasts is not None else ["for good"]
    return ", ".join(words)


def preset_rows(names: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Presets with their levers; all of them unless some are named. Raises ConfigError."""
    from alliance_abm.presets import preset, preset_names

    return [
        {
            "id": choice.name,
            "name": choice.title,
            "levers": choice.words.split(JOIN),
            "papers": list(choice.papers),
            "grade": choice.grade,
            "text": choice.description,
        }
        for choice in map(preset, names or preset_names())
    ]


def world_rows(names: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Worlds with their events; all of them unless some are named. Raises ConfigError."""
    from alliance_abm.worlds import BASELINE, world_file, world_names

    rows: list[dict[str, Any]] = []
    for name in names or (BASELINE, *world_names()):
        if name == BASELINE:
            text = "The config as it is."
            rows.append({"id": name, "name": "Baseline", "events": [], "parameters": {},
                         "events_until": None, "text": text})  # fmt: skip
            continue
        found = world_file(name)
        rows.append(
            {
                "id": Path(name).stem,
                "name": found.title,
                "events": [event.model_dump(mode="json") for event in found.events],
                "parameters": dict(found.parameters),
                "events_until": str(found.events_until) if found.events_until else None,
                "text": found.description,
            }
        )
    return rows


def coverage_rows(names: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Items of the papers with what answers them; all, or those named. Raises ConfigError."""
    from alliance_abm.coverage import coverage, paper_item

    try:
        wanted = [paper_item(name) for name in names]
    except FieldProblems as error:
        raise ConfigError(f"ITEM: {error}") from None
    chosen = [one for one in coverage().values() if not wanted or one.id in wanted]
    return [{key: _listed(value) for key, value in vars(one).items()} for one in chosen]


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
