"""Rows of the listing commands."""

from __future__ import annotations

from typing import Any

from alliance_abm.controls import CONTROLS
from alliance_abm.parameters import CATALOGUE, counts_by_grade
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
