"""JSON schemas of the files that users write, for editors that complete and check them.

They are those of the pydantic models, with the names that may stand in each place, and the short
forms that a file may use.  A file that its schema takes may still contradict itself:
`alliance-abm check` says so.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from alliance_abm.datafiles import DOMAINS, nation_names, regions
from alliance_abm.levers import LEVERS
from alliance_abm.problems import ConfigError, listed, nearest_name
from alliance_abm.shelves import Shelf
from alliance_abm.yaml_source import Source, read_yaml

Schema = dict[str, Any]
QUARTER = {"type": "string", "pattern": "^[0-9]{4}Q[1-4]$", "examples": ["2026Q1"]}
DIALECT = "https://json-schema.org/draft/2020-12/schema"
COMMON = {"title", "description"}  # keys that tell no kind from another


def _names(known: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(known)}


def _list(of: Schema, *words: str) -> Schema:
    """A list, or one of some words in its place."""
    found = {"type": "array", "items": of}
    return {"anyOf": [{"enum": list(words)}, found]} if words else found


def _quarters() -> dict[tuple[str, str], Schema]:
    places = [
        ("Horizon", ("start", "report_from", "end")),
        ("LeverUse", ("start", "end")),
        ("Experiment", ("start",)),
        ("SearchStudy", ("start",)),
        ("WorldFile", ("events_until",)),
    ]
    return {(model, name): QUARTER for model, names in places for name in names}


@cache
def _places() -> Mapping[tuple[str, str], Schema]:
    """What the models do not say of their fields, by model and field."""
    from alliance_abm.coverage import coverage
    from alliance_abm.outcomes import OUTCOMES
    from alliance_abm.parameters import CATALOGUE
    from alliance_abm.presets import preset_names
    from alliance_abm.worlds import BASELINE
    from alliance_abm.worlds import SHELF as WORLDS

    nation, domain = _names(nation_names()), _names(DOMAINS)
    lever = _names(LEVERS)
    levers = _list({"anyOf": [lever, {"$ref": "#/$defs/LeverUse"}]})
    outcome = _names(OUTCOMES)
    world = _names([BASELINE, *WORLDS.names()])
    number = {"type": ["number", "boolean"]}
    path = {"type": "string", "examples": list(CATALOGUE)[:3]}
    factor = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/FactorSpec"}]}
    papers = _list(_names(coverage()))
    return {
        **_quarters(),
        ("WorldSelection", "nations"): _list(nation, "all"),
        ("WorldSelection", "domains"): _list(domain, "all"),
        ("Scenario", "levers"): levers,
        ("Scenario", "parameters"): {"type": "object"},
        ("Preset", "levers"): levers,
        ("Preset", "papers"): papers,
        ("Range", "lever"): lever,
        ("Objective", "outcome"): outcome,
        ("Limit", "outcome"): outcome,
        ("SearchStudy", "levers"): _list({"anyOf": [lever, {"$ref": "#/$defs/Range"}]}),
        ("SearchStudy", "objectives"): _list({"anyOf": [outcome, {"$ref": "#/$defs/Objective"}]}),
        ("SearchStudy", "report"): _list(outcome),
        ("SearchStudy", "worlds"): _list(world),
        ("SearchStudy", "references"): _list(_names(preset_names())),
        ("Study", "levers"): levers,
        ("Study", "world"): world,
        ("PolicySpec", "levers"): levers,
        ("PolicySpec", "preset"): {"type": "string", "examples": list(preset_names())},
        ("PolicySpec", "lever"): {"type": "string", "examples": list(LEVERS)},
        ("LeverUse", "lever"): lever,
        ("FactorSpec", "lever"): lever,
        ("FactorSpec", "parameter"): path,
        ("FactorSpec", "values"): _list(number),
        ("DesignSpec", "factors"): _list(factor, "assumed"),
        ("DesignSpec", "points"): _list({"type": "object", "additionalProperties": number}),
        ("Experiment", "papers"): papers,
        ("Experiment", "worlds"): _list(world),
        ("Experiment", "outcomes"): _list(_names(OUTCOMES), "headlines", "all"),
    } | {(event, "regions"): _list(_names(regions()), "all") for event in ("ThreatSurge",)}


def _kinds() -> dict[str, tuple[type[BaseModel], Shelf]]:
    from alliance_abm import presets, worlds
    from alliance_abm.scenario import Scenario
    from alliance_abm.shelves import CONFIGS
    from experiments import interactions
    from experiments.batch import config
    from experiments.questions import schema as asked
    from experiments.search import study as searches

    return {
        "config": (Scenario, CONFIGS),
        "experiment": (config.Experiment, config.SHELF),
        "preset": (presets.Preset, presets.SHELF),
        "question": (asked.QuestionFile, asked.SHELF),
        "search": (searches.SearchStudy, searches.SHELF),
        "study": (interactions.Study, interactions.SHELF),
        "world": (worlds.WorldFile, worlds.SHELF),
    }


def kinds() -> dict[str, Shelf]:
    """Kinds of files, and where each is looked up by name."""
    return {name: shelf for name, (_, shelf) in _kinds().items()}


def schema_of(kind: str) -> Schema:
    """The JSON schema of a kind of file; raises ConfigError for an unknown kind."""
    known = _kinds()
    if kind not in known:
        near = nearest_name(kind, known)
        hint = f"; did you mean '{near}'?" if near else ""
        raise ConfigError(f"KIND {kind}: is no kind of file; allowed: {listed(known)}{hint}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # defaults that have no JSON form are left out
        found = known[kind][0].model_json_schema()
    for model in (found, *found.get("$defs", {}).values()):
        for name, schema in model.get("properties", {}).items():
            extra = _places().get((model["title"], name))
            if extra is not None:
                kept = {key: schema[key] for key in ("title", "default") if key in schema}
                model["properties"][name] = kept | extra
    return {"$schema": DIALECT, "title": f"alliance-abm {kind}"} | found


def kind_of(source: Source) -> str:
    """What kind of file a source looks like by its keys; `config` when nothing tells."""
    keys = set(source.data) if isinstance(source.data, dict) else set()
    best, most = "experiment" if "title" in keys else "config", 0
    for name, (model, _) in _kinds().items():
        fields = set(model.model_fields)
        shared = len((keys - COMMON) & fields)
        if shared > most and ("title" in keys) == ("title" in fields):
            best, most = name, shared
    return best


def find_file(name: str) -> tuple[str, Path]:
    """Kind and file of a path or a name of any kind, configs first; raises ConfigError."""
    found = kinds()
    for kind, shelf in found.items():
        if name in shelf.names():
            return kind, shelf.names()[name]
    path = found["config"].find(name)  # an error names the configs
    return kind_of(read_yaml(path)), path


def check_file(kind: str, path: Path) -> dict[str, Any]:
    """Check a file whole, and say what it holds; raises ConfigError with file, line and column."""
    from alliance_abm.presets import preset
    from alliance_abm.scenario import load_scenario
    from alliance_abm.worlds import in_world
    from experiments.batch.plan import planned
    from experiments.interactions import load_study
    from experiments.questions.schema import load_file
    from experiments.search import study as searches

    if kind == "experiment":
        plan = planned(path)
        return {"runs": plan.runs, "shards": len(plan.shards)}
    if kind == "question":
        file, source = load_file(path)
        plan = planned(file.experiment, source)
        return {"runs": plan.runs, "shards": len(plan.shards)}
    if kind == "search":
        study = searches.load_study(path)
        searches.worlds_of(study, searches.scenario_of(study))
        return {"levers": len(study.levers), "objectives": len(study.objectives)}
    if kind == "preset":
        return {"levers": len(preset(path).levers)}
    if kind == "world":
        return {"events": len(in_world(load_scenario(), path).events)}
    if kind == "study":
        return {"levers": len(load_study(path).levers)}
    from alliance_abm.listings import check_row

    return dict(check_row(load_scenario(path)))
