"""The tiny world gives the figures on file. `make baseline` renews them; review the difference."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alliance_abm import AllianceModel
from alliance_abm.state import ledger

FILE = Path(__file__).parent / "golden" / "tiny.json"
SEEDS = (1, 2, 3)
DIGITS = 10
SHOWN = 12
RENEW = "if the change is meant: make baseline, then review the diff of tests/golden/tiny.json"
WHOLE_NUMBERS = (
    "buyer", "supplier", "line", "domain", "route", "status", "stage", "tied", "initial",
    "address", "requested", "awarded", "contracted", "promised", "first_delivery", "completed",
    "request_day", "arrived_day", "leaves_day",
)  # fmt: skip
AMOUNTS = ("volume", "delivered", "price_quoted", "price", "cost_quoted")


def rounded(value: float) -> float | None:
    """Ten significant digits; None for what is undefined."""
    return None if math.isnan(value) else float(f"{value:.{DIGITS - 1}e}")


def figures(model: AllianceModel) -> dict[str, Any]:
    """Outcomes, measures of the past, and what identifies the ledger, of one finished run."""
    rows = ledger(model.state)
    days = model.state.stage_days[: len(rows)]
    whole = np.column_stack([*(rows[name] for name in WHOLE_NUMBERS), days]).astype("<i8")
    measures = model.hindcast_measures()
    past = {f"{name} {window}": v for name in measures for window, v in measures[name].items()}
    return {
        "outcomes": {name: rounded(value) for name, value in model.outcomes().items()},
        "past": {name: rounded(float(value)) for name, value in past.items()},
        "nations": {
            field: [rounded(float(v)) for v in model.state.nations[field]]
            for field in ("balance", "committed", "paid", "lapsed", "price", "burden")
        },
        "ledger": {
            "orders": len(rows),
            "whole_numbers": hashlib.sha256(whole.tobytes()).hexdigest(),
            **{name: rounded(float(rows[name].sum())) for name in AMOUNTS},
        },
    }


def flat(content: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of every leaf."""
    pairs = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in pairs:
        here = f"{path}/{key}"
        if isinstance(value, dict | list):
            yield from flat(value, here)
        else:
            yield here, value


def distance(one: Any, other: Any) -> float:
    """Relative difference of two leaves; infinite where they cannot be compared."""
    if one == other:
        return 0.0
    if isinstance(one, float | int) and isinstance(other, float | int):
        return abs(one - other) / max(abs(one), abs(other))
    return math.inf


def report(golden: dict[str, Any], found: dict[str, Any]) -> str:
    """The largest differences, a line each, with how to renew; empty when there are none."""
    before, after = dict(flat(golden)), dict(flat(found))
    gaps = {
        path: distance(before.get(path, "missing"), after.get(path, "missing"))
        for path in {**before, **after}
    }
    worst = sorted((path for path in gaps if gaps[path] > 0.0), key=lambda path: -gaps[path])
    if not worst:
        return ""
    lines = [f"{len(worst)} of {len(gaps)} figures differ; the largest differences:"]
    for path in worst[:SHOWN]:
        was, now = before.get(path, "missing"), after.get(path, "missing")
        lines.append(f"  {path}: {was} -> {now} ({gaps[path]:.1e})")
    return "\n".join([*lines, RENEW])


def test_the_tiny_world_gives_the_figures_on_file(run_tiny, renew):
    """Outcomes, measures of the past, nations' money and the ledger of seeds 1 to 3."""
    found = {str(seed): figures(run_tiny(seed)) for seed in SEEDS}
    if renew:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    golden = json.loads(FILE.read_text(encoding="utf-8"))
    difference = report(golden, found)
    if difference:
        pytest.fail(difference, pytrace=False)


def test_a_difference_is_reported_largest_first():
    """The report names what differs most first, what is missing or new, and the command."""
    golden = {"1": {"a": 1.0, "b": 2.0, "c": [3.0, None], "gone": 1}}
    found = {"1": {"a": 1.1, "b": 2.0, "c": [3.0003, 5.0], "new": "x"}}
    lines = report(golden, found).splitlines()
    assert lines[0].startswith("5 of 6 figures differ")
    assert {line.split(":")[0].strip() for line in lines[1:4]} == {"/1/c/1", "/1/gone", "/1/new"}
    assert lines[4].startswith("  /1/a: 1.0 -> 1.1") and lines[5].startswith("  /1/c/0")
    assert "make baseline" in lines[-1]
    assert report(golden, golden) == ""


def test_the_figures_see_a_change_of_one_order(run_tiny):
    """One day, one cent or one status of one order changes the figures."""
    for field, change in (("arrived_day", 1), ("price", 0.01), ("status", 1)):
        model = run_tiny(1)
        before = figures(model)
        model.state.orders[field][3] += change
        assert report(before, figures(model))
