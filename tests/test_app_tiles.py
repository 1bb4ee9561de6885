"""Tiles of the headlines: short, with unit, band, change and an honest verdict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from comparison_tables import made

from alliance_abm.outcomes import OUTCOMES
from experiments.paired import holm
from viz.app.options.cubes import changes
from viz.app.options.lines import SHORT, short_name
from viz.app.tiles import ONE, TILES, UNITS, Tile, tile_sentence, tiles
from viz.policy_view import BASELINE, View
from viz.policy_words import BETTER, is_clear, signed

QUARTER = "2031Q2"


def by_id(found: list[Tile]) -> dict[str, Tile]:
    return {tile.id: tile for tile in found}


def test_the_tiles_are_the_headlines_of_the_registry():
    """Six, each with a label of at most twenty letters and a unit in words."""
    assert set(TILES) == {one.id for one in OUTCOMES.values() if one.headline}
    for tile in tiles(View.of(made(1)), "policy_0"):
        assert 0 < len(tile.label) <= 20
        assert tile.unit in UNITS.values() or tile.unit == "index, 2025 = 100"
    assert all(len(short_name(name, OUTCOMES[name].name)) <= 20 for name in OUTCOMES)
    assert set(SHORT) <= set(OUTCOMES)


def test_values_and_bands_are_those_of_the_runs():
    """Median and 10–90 % over the runs of the policy, of the baseline without one."""
    view = View.of(made(3))
    table = view.comparison.outcomes
    for policy in (None, "policy_1"):
        mine = (table["policy"] == (policy or BASELINE)) & (table["outcome"] == "gap_years")
        low, middle, high = np.quantile(table.loc[mine, "value"], [0.1, 0.5, 0.9])
        tile = by_id(tiles(view, policy))["gap_years"]
        assert tile.value == f"{middle:.1f}" and tile.n == 12
        assert tile.band == f"{low:.1f} to {high:.1f}"
        assert tile.when == "in 2031–40"


@pytest.mark.parametrize("policy", ["policy_0", "policy_1", "policy_2"])
def test_changes_and_verdicts_are_those_of_the_table(policy):
    """Arrow and better only where the difference is clear, and only where better is defined."""
    view = View.of(made(3))
    for tile in tiles(view, policy):
        row = view.row(policy, "baseline", tile.id)
        assert row is not None
        scale = 100.0 if row["unit"].startswith("share") else 1.0
        assert tile.change.startswith(signed(scale * row["difference"]))
        assert tile.interval.startswith(signed(scale * row["low"]))
        clear = is_clear(row)
        assert tile.verdict == ("clear" if clear else "unclear")
        assert tile.arrow == (("▲" if row["difference"] > 0 else "▼") if clear else "")
        way = BETTER.get(tile.id, 0) * np.sign(row["difference"])
        assert tile.better == (way if clear else 0)
    assert {tile.verdict for name in view.policies for tile in tiles(view, name)} == {
        "clear", "unclear",
    }  # fmt: skip


def test_the_placebo_is_exactly_zero():
    """No change, no interval, a level mark."""
    for at in (None, QUARTER):
        for tile in tiles(View.of(made(1, zero=True)), "policy_0", at):
            assert (tile.change, tile.interval, tile.arrow) == ("0", "", "■")
            assert tile.verdict == "exactly zero" and tile.better == 0


def test_one_run_is_called_an_example():
    """Without band and interval, with or without a policy."""
    view = View.of(made(2, runs=1))
    for policy in (None, "policy_1"):
        for tile in tiles(view, policy, QUARTER):
            assert (tile.band, tile.interval, tile.arrow, tile.n) == ("", "", "", 1)
            assert tile.verdict == ONE


def test_a_few_pairs_are_not_called_one_run():
    """Four pairs of one sign cannot be told from chance: too few pairs, with their band."""
    verdicts = {tile.verdict for name in ("policy_0", "policy_1")
                for tile in tiles(View.of(made(2, runs=4)), name)}  # fmt: skip
    assert "too few pairs" in verdicts and ONE not in verdicts


def test_a_quarter_shows_what_was_recorded_then():
    """Headlines that are series take the quarter's value, the others keep the years and say so."""
    view = View.of(made(3))
    table = view.comparison.series
    mine = (table["policy"] == "policy_1") & (table["outcome"] == "share_delivered")
    values = table.loc[mine & (table["quarter"] == QUARTER), "value"]
    found = by_id(tiles(view, "policy_1", QUARTER))
    assert found["us_share_deliveries"].value == f"{100 * values.median():.0f} %"
    assert found["us_share_deliveries"].when == f"in {QUARTER}"
    assert found["gap_years"].unit == "of target missing"
    assert found["n1_resilience"].when == "in 2031–40"
    assert by_id(tiles(view, "policy_1", "2099Q1"))["us_share_deliveries"].when == "in 2031–40"


def test_unit_cost_at_a_quarter_is_an_index():
    """Cost is 100 in the four quarters to the end of 2025, in each run, as in the outcome."""
    found = made(1)
    gap = found.series[found.series["outcome"] == "gap"]
    rows = gap.assign(outcome="us_unit_cost", value=3.0 * gap["replication"] + 2.0)
    doubled = rows["value"].where(rows["quarter"] <= "2025Q4", 2.0 * rows["value"])
    table = pd.concat([found.series, rows.assign(value=doubled)], ignore_index=True)
    view = View.of(replace(found, series=table))
    assert by_id(tiles(view, None, "2025Q4"))["us_unit_cost"].value == "100"
    assert by_id(tiles(view, None, QUARTER))["us_unit_cost"].value == "200"


def test_changes_of_a_quarter_are_one_family(monkeypatch):
    """Tiles looked at together are tested together: a p that alone is small may be unclear."""
    rng = np.random.default_rng(3)
    before = rng.normal(0.0, 1.0, (12, 5))
    after = list((before + rng.normal(0.3, 0.8, (12, 5))).T)
    rows = changes(before, after, ["policy_1"] * 5)
    found = [row["p_holm"] for row in rows]
    np.testing.assert_allclose(found, holm([row["p"] for row in rows]))
    assert any(row["p"] < 0.1 < row["p_holm"] for row in rows)
    families = []
    monkeypatch.setattr(
        "viz.app.tiles.changes", lambda *sides: families.append(len(sides[1])) or changes(*sides)
    )
    tiles(View.of(made(3)), "policy_1", QUARTER)
    assert families == [3]


def test_what_was_not_measured_is_said():
    """A headline without a value is a dash, not a number."""
    tile = by_id(tiles(View.of(made(1, without=["leak_exposure"])), "policy_0"))["leak_exposure"]
    assert (tile.value, tile.verdict, tile.n) == ("–", "not measured", 0)


def test_a_tile_is_read_aloud_whole():
    """The sentence for a screen reader holds label, value, unit, band, N, change and verdict."""
    for tile in tiles(View.of(made(2)), "policy_1"):
        said = tile_sentence(tile)
        for part in (tile.label, tile.value, tile.unit, tile.band, f"N = {tile.n}", tile.change,
                     tile.interval, tile.verdict):  # fmt: skip
            assert part in said
