"""The series that the app follows over time: which rows they are, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from alliance_abm.datafiles import UNITED_STATES
from alliance_abm.exposure import DEPENDENCE, STRATEGIES
from alliance_abm.outcome import DELIVERIES, ORDERS, STOCK
from alliance_abm.outcomes import OUTCOMES
from alliance_abm.procurement import COMPARED
from alliance_abm.routes import PARTS
from viz.app.options.cubes import Cube, Floats
from viz.charts_policy_paths import Path
from viz.policy_words import cut, is_share, mid_sentence, scale_of, unit_words

WORLD = "world"
INDEX = "2025 = 100"
BASE_QUARTER = "2025Q4"  # the four quarters that end here are 100, as in the outcome
CLOCK_WORDS: Mapping[str, str] = MappingProxyType(
    {ORDERS: "counted when ordered", DELIVERIES: "counted when delivered", STOCK: "in service"}
)


def _as_outcome(outcome: str, entity: str = WORLD, series: str = "") -> Path:
    """A series with the name, unit and clock of an outcome of the registry."""
    known = OUTCOMES[outcome]
    return Path(entity, series or outcome, outcome, known.name, known.unit, known.clock)


_FOLLOWED = (
    _as_outcome("us_share_deliveries", UNITED_STATES, "share_delivered"),
    _as_outcome("us_share_orders", UNITED_STATES, "share_awarded"),
    _as_outcome("competitor_share_deliveries", "competitor", "share_delivered"),
    _as_outcome("friendly_share_deliveries", "friendly", "share_delivered"),
    _as_outcome("allied_capability_share"),
    Path(WORLD, "gap", "gap_years", "Capability gap", "share of target", STOCK),
    Path(WORLD, "us_unit_cost", "us_unit_cost", "U.S. unit cost", INDEX, DELIVERIES),
    *(
        _as_outcome(name)
        for name in (
            "leak_exposure", "us_backlog_years", "us_utilisation", "us_hot_lines",
            "us_surge_ratio", "us_edge", "open_cases",
        )
    ),
    Path(WORLD, "staff", "", "Staff for arms sales", "index", STOCK),
    *(_as_outcome(name) for name in (*STRATEGIES, *DEPENDENCE)),
    *(_as_outcome(f"sovereignty_{part}") for part in (*PARTS, "index")),
    *(_as_outcome(f"lost_{cause}") for cause in COMPARED),
)  # fmt: skip
LINES: Mapping[str, Path] = MappingProxyType(
    {one.headline or one.outcome: one for one in _FOLLOWED}
)
REGIONS = "met_without_us"  # by region: burden shifting
ALL_SERIES = frozenset(  # what a comparison should keep for every chart of the app
    {one.outcome for one in _FOLLOWED}
    | {REGIONS, "share_delivered", "share_awarded", "route_share_delivered", "route_share_awarded"}
)


def kept_lines(cube: Cube) -> list[str]:
    """Ids of LINES that a comparison has values of."""
    there = {key[1:] for key in cube.values}
    return [name for name, one in LINES.items() if (one.entity, one.outcome) in there]


def values_of(cube: Cube, policy: str, path: Path) -> Floats | None:
    """Values (runs, quarters) as they are shown: shares in per cent, cost as an index."""
    found = cube.get(policy, path.entity, path.outcome)
    if found is None:
        return None
    if path.unit == INDEX:
        last = len(cube.quarters) - 1
        base = cube.quarters.index(BASE_QUARTER) if BASE_QUARTER in cube.quarters else last
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(100.0 * found / found[:, base : base + 1])
    return np.asarray(found * scale_of(path.unit))


def level_unit(unit: str) -> str:
    """The unit of a level in words.

    >>> level_unit("share of volume"), level_unit("months, mean"), level_unit("2025 = 100")
    ('per cent of volume', 'months', 'index, 2025 = 100')
    """
    if is_share(unit):
        return unit.replace("share", "per cent", 1)
    return f"index, {unit}" if "=" in unit else unit_words(unit)


def sign_of(unit: str) -> str:
    """What stands behind a level."""
    return " %" if is_share(unit) else ""


def sentence_name(path: Path) -> str:
    """The name of a line inside a sentence."""
    return mid_sentence(path.name)


SHORT: Mapping[str, str] = MappingProxyType(  # at most 20 letters
    {
        "allied_capability_share": "Allied capability",
        "n1_resilience": "Kept without U.S.",
        "fms_months_to_contract": "FMS to contract",
        "dcs_months_to_contract": "DCS to contract",
    }
)
MOST_LETTERS = 20


def short_name(outcome: str, name: str) -> str:
    """The name of an outcome in at most twenty letters.

    >>> short_name("gap_years", "Capability gap"), short_name("x", "A name that is far too long")
    ('Capability gap', 'A name that is far…')
    """
    return SHORT.get(outcome) or cut(name, MOST_LETTERS - 1)
