"""A scenario: which world, how long, which parameters, which scripted causes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from alliance_abm.config_files import parse_config, place_overrides, read_config, validated
from alliance_abm.controls import CONTROLS, Controls, settings_of, under_controls
from alliance_abm.datafiles import DOMAINS, UNITED_STATES, buyer_names, data_hashes, nation_names
from alliance_abm.fields import (
    Domains,
    FrozenMap,
    Nation,
    Nations,
    Share,
    Strict,
    as_map,
    as_tuple,
    refuse,
    whole,
)
from alliance_abm.levers import Levers
from alliance_abm.parameters import Parameters
from alliance_abm.problems import FieldProblems, Path, Problem, listed, nearest_name, shown
from alliance_abm.quarters import QUARTERS, QUARTERS_A_YEAR, Quarter, QuarterField
from alliance_abm.script import AnyEvent

LARGEST_SEED = 2**63 - 1
MOST_REPLICATIONS = 1_000_000
_SUM_TOLERANCE = 1e-6
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
_OVERRIDES = PlainSerializer(lambda found: found.overrides(), return_type=dict)


def _name(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(_NAME, value):
        return value
    refuse(f"{shown(value)} is not a name", "1 to 64 letters, digits, _, . and -")


def _parameters(given: object, info: ValidationInfo) -> Parameters:
    return under_controls(given, info.data.get("controls", ()))


class WorldSelection(Strict):
    """Nations (iso3) and domains of the run, in this order."""

    nations: Nations = tuple(nation_names())
    domains: Domains = DOMAINS

    @model_validator(mode="after")
    def _with_the_united_states(self) -> WorldSelection:
        if UNITED_STATES not in self.nations or not buyer_names() & set(self.nations):
            problem = Problem(
                ("nations",),
                f"{listed(self.nations)} alone are no world",
                f"{UNITED_STATES} and at least one allied or partner nation",
            )
            raise FieldProblems([problem])
        return self


class Horizon(Strict):
    """First and last quarter, both included, and the first one that is reported."""

    start: QuarterField = Quarter(0)
    report_from: QuarterField = Quarter.parse("2015Q1")
    end: QuarterField = Quarter(QUARTERS - 1)

    @model_validator(mode="after")
    def _in_order(self) -> Horizon:
        found = []
        if self.start != 0:
            found.append(
                Problem(
                    ("start",),
                    f"{self.start} has no initial state",
                    f"{Quarter(0)}, where the data start",
                )
            )
        first_end = Quarter(self.start + QUARTERS_A_YEAR)
        if self.end < first_end:
            early = "before the start" if self.end < self.start else "too soon after the start"
            found.append(
                Problem(
                    ("end",),
                    f"{self.end} is {early} {self.start}",
                    f"{first_end} to {Quarter(QUARTERS - 1)}",
                )
            )
        elif not self.start <= self.report_from <= self.end:
            found.append(
                Problem(
                    ("report_from",),
                    f"{self.report_from} is outside the run",
                    f"{self.start} to {self.end}",
                )
            )
        if found:
            raise FieldProblems(found)
        return self

    @property
    def quarters(self) -> int:
        """Number of quarters of the run."""
        return int(self.end) + 1


class StrategyWeights(Strict):
    """Weights of the three approaches, summing to 1; `core_domains: null` leaves the data's."""

    sovereignty: Share
    core: Share
    diversification: Share
    core_domains: Annotated[
        Domains | None, BeforeValidator(lambda given: None if given is None else as_tuple(given))
    ] = None

    @model_validator(mode="after")
    def _sum_to_one(self) -> StrategyWeights:
        total = self.sovereignty + self.core + self.diversification
        if abs(total - 1) > _SUM_TOLERANCE:
            refuse(f"the weights sum to {total:g}", "sovereignty + core + diversification = 1")
        return self


class Outputs(Strict):
    """What a run records: quarterly `headlines` or `all` series; the ledger of orders or not."""

    series: Literal["headlines", "all"] = "headlines"
    orders: bool = False


StrategyMap = Annotated[
    dict[Nation, StrategyWeights], BeforeValidator(as_map), AfterValidator(FrozenMap)
]


class Scenario(Strict):
    """One world with its parameters and scripted causes, checked whole; frozen and hashable."""

    name: Annotated[str, BeforeValidator(_name)] = "scenario"
    description: Annotated[str, StringConstraints(max_length=4000)] = ""
    world: WorldSelection = WorldSelection()
    horizon: Horizon = Horizon()
    seed: Annotated[int, Field(ge=0), BeforeValidator(whole(0, LARGEST_SEED))] = 1
    replications: Annotated[int, Field(ge=1), BeforeValidator(whole(1, MOST_REPLICATIONS))] = 20
    controls: Controls = ()  # before the parameters, which they set
    parameters: Annotated[Parameters, PlainValidator(_parameters), _OVERRIDES] = Field(
        default_factory=Parameters.default, validate_default=True
    )
    strategy: StrategyMap = FrozenMap()
    events: Annotated[tuple[AnyEvent, ...], BeforeValidator(as_tuple)] = ()
    levers: Levers = ()
    outputs: Outputs = Outputs()

    @model_validator(mode="after")
    def _inside_the_world(self) -> Scenario:
        problems = []
        for path, nation in self._named_nations().items():
            if nation not in self.world.nations:
                problems.append(_outside(path, nation, self.world.nations, "world.nations"))
        for path, domain in self._named_domains().items():
            if domain not in self.world.domains:
                problems.append(_outside(path, domain, self.world.domains, "world.domains"))
        for index, use in enumerate(self.levers):
            if use.start > self.horizon.end:
                text = f"{use.start} is after the end of the run"
                allowed = f"{self.horizon.start} to {self.horizon.end}"
                problems.append(Problem(("levers", index, "start"), text, allowed))
        if problems:
            raise FieldProblems(problems)
        return self

    def _named_nations(self) -> dict[Path, str]:
        found: dict[Path, str] = {("strategy", name): name for name in self.strategy}
        for index, event in enumerate(self.events):
            found |= {("events", index, *path): name for path, name in event.nations().items()}
        return found

    def _named_domains(self) -> dict[Path, str]:
        found: dict[Path, str] = {}
        for nation, weights in self.strategy.items():
            for index, domain in enumerate(weights.core_domains or ()):
                found["strategy", nation, "core_domains", index] = domain
        for index, event in enumerate(self.events):
            named = event.domains_named().items()
            found |= {("events", index, *path): name for path, name in named}
        return found

    def resolved(self) -> dict[str, Any]:
        """The scenario as plain data, defaults filled in; parameters as what differs.

        Settings of the controls are among the parameters.
        """
        return self.model_dump(mode="json")

    @cached_property
    def config_hash(self) -> str:
        """16 hex digits: hash of the resolved scenario, all parameter values and the data."""
        content = {
            "scenario": self.resolved(),
            "parameters": self.parameters.content_hash,
            "data": data_hashes(),
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def with_set(self, overrides: Mapping[str, Any]) -> Scenario:
        """This scenario with some paths set, checked whole; raises ConfigError.

        Where it sets `controls`, the settings of earlier ones go back to the shipped values.
        """
        data = self.resolved()
        data["parameters"] = _without(data["parameters"], settings_of(self.controls))
        source = place_overrides(data, overrides, tuple(Scenario.model_fields))
        return validated(Scenario, source)

    def with_control(self, name: str) -> Scenario:
        """This scenario with one more control, whose settings replace what it says of them.

        Raises ConfigError when an earlier control contradicts it, KeyError when it is unknown.
        """
        kept = _without(self.parameters.overrides(), CONTROLS[name].settings)
        return self.with_set({"controls": [*self.controls, name], "parameters": kept})


def _without(values: Mapping[str, float], settings: Mapping[str, float]) -> dict[str, float]:
    return {path: value for path, value in values.items() if path not in settings}


def _outside(path: Path, name: str, known: tuple[str, ...], where: str) -> Problem:
    return Problem(path, f"'{name}' is not in {where}", listed(known), nearest_name(name, known))


def load_scenario(
    config: str | FilePath = "baseline", overrides: Mapping[str, Any] | None = None
) -> Scenario:
    """Scenario of a config: a path, or a name found in ./configs, then in the shipped configs.

    `overrides` maps paths (`seed`, `horizon.end`, `budgets.carry_over_cap_quarters`) to values,
    as `--set` does. Raises ConfigError, which names the file, line and column (or `--set`), the
    field, the value, what is allowed and the nearest name.
    """
    source = read_config(config, tuple(Scenario.model_fields), overrides or {})
    return validated(Scenario, source)


def scenario_of_text(text: str, name: str) -> Scenario:
    """Scenario of a config that is given as text; errors call it `name`. Raises ConfigError."""
    return validated(Scenario, parse_config(text, name, tuple(Scenario.model_fields)))
