"""How an expectation is judged: figures of paired runs, and a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.domain_measures import BY_DOMAIN, key
from experiments.expectations import Expectation, Expectations, Runs, choices
from experiments.paired import Paired, paired
from experiments.runner import POLICY

HELD, NOT_HELD, UNDECIDED = "held", "did not hold", "undecided"
UP, DOWN = "up", "down"
RELATIVE = "share of the baseline"
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Finding:
    """One figure that an expectation is judged by, and what it says."""

    policy: str
    world: str
    what: str
    unit: str
    difference: float
    low: float
    high: float
    n: int
    verdict: str


@dataclass(frozen=True)
class Judged:
    """An expectation with its findings and verdict."""

    expectation: Expectation
    verdict: str
    findings: tuple[Finding, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Flat rows, one a finding."""
        one = self.expectation
        head = {"id": one.id, "claim": one.claim, "turned_out": self.verdict}
        return [{**head, **vars(finding)} for finding in self.findings]


def judge_all(runs: Runs, stated: Expectations) -> list[Judged]:
    """Every expectation with its verdict, in the order of the file."""
    return [judge(one, runs, stated) for one in stated.all.values()]


def judge(one: Expectation, runs: Runs, stated: Expectations) -> Judged:
    """One expectation: it held if every finding says so, and failed if any says that."""
    if one.kind == "none_wins":
        findings = _none_wins(one, runs, stated.better)
    else:
        findings = tuple(_RULES[one.kind](one, runs))
    return Judged(one, overall(finding.verdict for finding in findings), findings)


def overall(verdicts: Iterable[str]) -> str:
    """One verdict of several."""
    found = set(verdicts)
    if NOT_HELD in found:
        return NOT_HELD
    return HELD if found == {HELD} else UNDECIDED


def by_sign(low: float, high: float, expected: str) -> str:
    """Does an interval lie on the expected side of zero, on the other, or on both?"""
    if expected == DOWN:
        low, high = -high, -low
    return HELD if low > 0.0 else NOT_HELD if high < 0.0 else UNDECIDED


def by_band(low: float, high: float, band: float) -> str:
    """Does an interval lie inside a band around zero, outside, or neither?"""
    if low >= -band and high <= band:
        return HELD
    return NOT_HELD if low > band or high < -band else UNDECIDED


def _relative(runs: Runs, world: str, policy: str, measure: str, domains: Iterable[str]) -> Floats:
    """Change of a measure in shares of the baseline's mean: mean over domains, by replication."""
    columns = []
    for name in [key(measure, domain) for domain in domains] or [measure]:
        before = runs.of(world, POLICY, name)
        columns.append((runs.of(world, policy, name) - before) / abs(np.nanmean(before)))
    return np.mean(columns, axis=0)


def _figures(change: Floats, seed: int) -> Paired:
    (found,) = paired(np.zeros((len(change), 1)), change[:, None], seed)
    return found


def _finding(policy: str, world: str, what: str, unit: str, found: Paired, verdict: str) -> Finding:
    return Finding(
        policy, world, what, unit, found.difference, found.low, found.high, found.n, verdict
    )


def _small(one: Expectation, runs: Runs) -> Iterable[Finding]:
    for policy in choices(one):
        for world in one.worlds:
            found = _figures(_relative(runs, world, policy, one.measure, one.domains), runs.seed)
            verdict = by_band(found.low, found.high, one.band)
            what = _over(one.measure, one.domains)
            yield _finding(policy, world, what, RELATIVE, found, verdict)


def _sign(one: Expectation, runs: Runs) -> Iterable[Finding]:
    for policy in choices(one):
        for world in one.worlds:
            found = _figures(_change(one, runs, world, policy), runs.seed)
            verdict = by_sign(found.low, found.high, one.expected)
            yield _finding(
                policy, world, _over(one.measure, one.domains), _unit(one), found, verdict
            )


def _larger(one: Expectation, runs: Runs) -> Iterable[Finding]:
    for policy in choices(one):
        for world in one.worlds:
            sides = [_relative(runs, world, policy, one.measure, domains)
                     for domains in (one.domains, one.against)]  # fmt: skip
            found = _figures(sides[0] - sides[1], runs.seed)
            verdict = by_sign(found.low, found.high, one.expected)
            what = f"{_over(one.measure, one.domains)} less {_over('that', one.against)}"
            yield _finding(policy, world, what, RELATIVE, found, verdict)


def _worlds(one: Expectation, runs: Runs) -> Iterable[Finding]:
    first, *others = one.worlds
    for policy in choices(one):
        for world in others:
            apart = _change(one, runs, first, policy) - _change(one, runs, world, policy)
            found = _figures(apart, runs.seed)
            verdict = by_sign(found.low, found.high, one.expected)
            what = f"{one.measure} in {first} less that in {world}"
            yield _finding(policy, first, what, _unit(one), found, verdict)


def _interior(one: Expectation, runs: Runs) -> Iterable[Finding]:
    """The best size against the smallest (none) and the largest."""
    (world,) = one.worlds
    sizes = [POLICY, *choices(one)]
    sign = 1.0 if one.better == UP else -1.0
    values = [runs.of(world, size, one.measure) for size in sizes]
    best = int(np.argmax([sign * np.nanmean(column) for column in values]))
    inside = 0 < best < len(sizes) - 1
    for end in (0, len(sizes) - 1):
        found = _figures(values[best] - values[end], runs.seed)
        verdict = by_sign(found.low, found.high, one.better) if inside else UNDECIDED
        what = f"{one.measure} at the best size less that under {sizes[end]}"
        if not inside:
            within = [_figures(values[best] - column, runs.seed) for column in values[1:-1]]
            clear = all(by_sign(x.low, x.high, one.better) == HELD for x in within)
            verdict = NOT_HELD if clear else UNDECIDED
        yield _finding(sizes[best], world, what, _unit(one), found, verdict)


def _none_wins(one: Expectation, runs: Runs, better: Mapping[str, str]) -> tuple[Finding, ...]:
    """For each policy the number of headlines that it improves in the mean, and clearly."""
    (world,) = one.worlds
    findings = []
    for policy in choices(one):
        figures = {
            name: _figures(runs.of(world, policy, name) - runs.of(world, POLICY, name), runs.seed)
            for name in better
        }
        known = [name for name in better if figures[name].n]
        wins = [name for name in known if _improves(figures[name].difference, better[name])]
        clear = [
            name for name in known
            if by_sign(figures[name].low, figures[name].high, better[name]) == HELD
        ]  # fmt: skip
        all_six = len(wins) == len(better)
        verdict = HELD if not all_six else NOT_HELD if len(clear) == len(better) else UNDECIDED
        what = f"headlines improved in the mean, of {len(known)} ({len(clear)} clearly)"
        n = min((figures[name].n for name in known), default=0)
        count = float(len(wins))
        findings.append(Finding(policy, world, what, "number", count, count, count, n, verdict))
    return tuple(findings)


def _improves(difference: float, better: str) -> bool:
    return difference > 0.0 if better == UP else difference < 0.0


def _change(one: Expectation, runs: Runs, world: str, policy: str) -> Floats:
    """Change of a measure by replication: in its unit, or relative where it is by domain."""
    if one.measure in BY_DOMAIN:
        return _relative(runs, world, policy, one.measure, one.domains)
    return runs.of(world, policy, one.measure) - runs.of(world, POLICY, one.measure)


def _unit(one: Expectation) -> str:
    from alliance_abm.outcomes import OUTCOMES
    from experiments.domain_measures import SINGLE

    if one.measure in BY_DOMAIN:
        return RELATIVE
    return SINGLE[one.measure] if one.measure in SINGLE else OUTCOMES[one.measure].unit


def _over(measure: str, domains: tuple[str, ...]) -> str:
    return f"{measure} in {', '.join(domains)}" if domains else measure


_RULES: Mapping[str, Callable[[Expectation, Runs], Iterable[Finding]]] = {
    "small": _small,
    "sign": _sign,
    "larger": _larger,
    "worlds": _worlds,
    "interior": _interior,
}
KINDS = (*_RULES, "none_wins")
