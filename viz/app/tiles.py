"""The headlines as tiles: a number with its unit and band, and its change against the baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.compare_words import verdict
from experiments.runner import CENTRAL_DRAW
from viz.app.options.cubes import Cube, Floats, band, changes
from viz.app.options.lines import LINES, level_unit, short_name, values_of
from viz.app.options.words import interval_words, level, spread
from viz.policy_view import BASELINE, View
from viz.policy_words import BETTER, Row, is_clear, is_share, is_zero, scale_of, signed, unit_words

TILES = (
    "us_share_deliveries", "allied_capability_share", "gap_years", "n1_resilience",
    "us_unit_cost", "leak_exposure",
)  # fmt: skip
UP, DOWN, LEVEL = "▲", "▼", "■"
ONE = "one run, an example"
VERDICTS = {"none": "exactly zero", "no pair": "not measured"}  # else as in the tables
UNITS = {
    "share of volume": "of deliveries", "share of stock": "of capability",
    "share of target": "of target missing", "years at full gap": "years at full gap",
    "incidents a year, weighted by sensitivity": "incidents/year",
}  # fmt: skip
CHANGED = {"years at full gap": "years", "incidents a year": "incidents"}  # short, beside a change
MISSING = "–"


@dataclass(frozen=True)
class Tile:
    """One headline as it stands on the screen; texts are ready to be shown.

    Attributes:
        label: at most 20 letters.
        value: the median over runs, with the policy where one is given.
        unit: in words.
        band: 10–90 % of runs; empty for one run.
        change: policy minus baseline with sign and unit; empty without a policy.
        interval: its 90 % interval; empty for one pair.
        verdict: clear, unclear, exactly zero, too few pairs, one run (an example), not measured;
            empty without a policy.
        arrow: ▲, ▼ or ■ by the sign of a clear change; empty when it is not clear.
        better: 1 for a clear change to the better, -1 to the worse, 0 where neither is known.
        when: the years or the quarter of the value.
        n: runs.
    """

    id: str
    label: str
    value: str
    unit: str
    band: str
    change: str
    interval: str
    verdict: str
    arrow: str
    better: int
    when: str
    n: int


def tiles(view: View, policy: str | None = None, at: str | None = None) -> list[Tile]:
    """The six headlines, of the reported years or of a quarter such as 2031Q2.

    `policy` is compared with the baseline; without one the tiles show the baseline alone. A
    headline that is no value of a quarter keeps that of the reported years, and says so in `when`.
    """
    cube = Cube.of(view)
    if at is None or at not in cube.quarters:
        return [_of_years(view, outcome, policy) for outcome in TILES]
    found = _at(view, cube, policy, at)
    return [found.get(one) or _of_years(view, one, policy) for one in TILES]


def _of_years(view: View, outcome: str, policy: str | None) -> Tile:
    """The outcome of the reported years."""
    from alliance_abm.outcomes import OUTCOMES

    known = OUTCOMES[outcome]
    values = _outcome(view, outcome, policy or BASELINE) * scale_of(known.unit)
    row = view.row(policy, view.worlds[0], outcome) if policy else None
    return _tile(outcome, known.name, known.unit, values, policy, row, f"in {view.years}")


def _outcome(view: View, outcome: str, policy: str) -> Floats:
    table = view.of_world(view.comparison.outcomes)
    mine = (table["policy"] == policy) & (table["outcome"] == outcome)
    mine &= table["draw"] == CENTRAL_DRAW
    return np.asarray(table.loc[mine, "value"].to_numpy(float))


def _at(view: View, cube: Cube, policy: str | None, at: str) -> dict[str, Tile]:
    """The headlines that are series, at a quarter; their changes are one family of tests."""
    place = cube.quarters.index(at)
    paths = {one: LINES[one] for one in TILES if one in LINES}
    sides: dict[str, tuple[Floats, Floats]] = {}
    for one, path in paths.items():
        before, after = (values_of(cube, name, path) for name in (BASELINE, policy or BASELINE))
        if before is not None and after is not None:
            sides[one] = before[:, place], after[:, place]
    rows: dict[str, Row] = {}
    if policy is not None and sides:
        scales = np.array([scale_of(paths[one].unit) for one in sides])
        both = [np.stack(side, axis=1) / scales for side in zip(*sides.values(), strict=True)]
        found = changes(both[0], list(both[1].T), [policy] * len(sides))
        rows = dict(zip(sides, found, strict=True))
    return {
        one: _tile(one, paths[one].name, paths[one].unit, after, policy, rows.get(one), f"in {at}")
        for one, (_, after) in sides.items()
    }


def _tile(
    outcome: str, name: str, unit: str, values: Floats, policy: str | None, row: Row | None,
    when: str,
) -> Tile:  # fmt: skip
    here = {key: float(one[0]) for key, one in band(values[:, None]).items()}
    n = int(here["n"])
    shown = level(here["median"], unit) if n else MISSING
    word = _verdict(row) if policy is not None else (ONE if n == 1 else "")
    clear = row is not None and is_clear(row)
    return Tile(
        id=outcome,
        label=short_name(outcome, name),
        value=shown,
        unit=UNITS.get(unit, level_unit(unit)),
        band=spread(here["low"], here["high"], unit) if n > 1 else "",
        change=_change(row, unit) if row is not None else "",
        interval=interval_words(row, unit) if row is not None and not is_zero(row) else "",
        verdict=word,
        arrow=_arrow(row) if row is not None else "",
        better=_better(outcome, row) if clear and row is not None else 0,
        when=when,
        n=n,
    )


def _verdict(row: Row | None) -> str:
    if row is None:
        return VERDICTS["no pair"]
    if is_zero(row) and row["n"]:
        return VERDICTS["none"]
    return ONE if row["n"] == 1 else VERDICTS.get(found := verdict(row), found)


def _change(row: Row, unit: str) -> str:
    if is_zero(row):
        return "0"
    words = "points" if is_share(unit) or "=" in unit else unit_words(unit).split(",")[0]
    words = CHANGED.get(words, words)
    return f"{signed(row['difference'] * scale_of(unit))} {words}"


def _arrow(row: Row) -> str:
    if is_zero(row):
        return LEVEL
    if not is_clear(row):
        return ""
    return UP if row["difference"] > 0.0 else DOWN


def _better(outcome: str, row: Row) -> int:
    return BETTER.get(outcome, 0) * int(np.sign(row["difference"]))


def tile_sentence(tile: Tile) -> str:
    """A tile read aloud, for its accessible name.

    >>> tile_sentence(Tile("x", "U.S. market share", "34 %", "of volume delivered", "31 to 38 %",
    ...     "+0.6 points", "+0.2 to +1.1", "clear", "▲", 0, "in 2031–40", 16))
    'U.S. market share: 34 % of volume delivered in 2031–40, 31 to 38 % in 8 of 10 runs, N = 16; \
change against the baseline +0.6 points (+0.2 to +1.1), clear'
    """
    text = f"{tile.label}: {tile.value} {tile.unit} {tile.when}"
    if tile.band:
        text += f", {tile.band} in 8 of 10 runs, N = {tile.n}"
    if tile.change:
        inside = f" ({tile.interval})" if tile.interval else ""
        text += f"; change against the baseline {tile.change}{inside}"
    return f"{text}, {tile.verdict}" if tile.verdict else text
