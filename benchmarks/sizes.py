"""How much is measured: all of it, or quickly a little of everything."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Sizes and repeats of every measurement."""

    repeats: int
    run_end: str  # last quarter of the run that is timed
    quarters: tuple[int, ...]
    domain_counts: tuple[int, ...]
    nation_counts: tuple[int, ...]
    growth_end: str  # last quarter of worlds that grow in other ways
    wide_nations: tuple[int, ...]
    wide_domains: tuple[int, ...]
    wide_suppliers: tuple[int, ...]
    fixed_nations: int  # of widened worlds where another size varies
    fixed_domains: int
    fixed_suppliers: int
    largest: tuple[int, int, int, str]  # nations, domains, suppliers, last quarter
    peer_end: str
    peer_repeats: int
    pool_runs: int
    start_repeats: int
    compile_apart: bool
    trivial_runs: int
    trivial_peer_runs: int  # of Mesa and EMA Workbench
    busy_runs: int
    resume_shards: int


FULL = Sizes(
    repeats=7,
    run_end="2045Q4",
    quarters=(36, 72, 108, 144),
    domain_counts=(2, 4, 8),
    nation_counts=(10, 20, 41),
    growth_end="2027Q4",
    wide_nations=(41, 82, 123, 200),
    wide_domains=(8, 12),
    wide_suppliers=(10, 20, 40, 60),
    fixed_nations=82,
    fixed_domains=8,
    fixed_suppliers=20,
    largest=(200, 12, 60, "2039Q4"),
    peer_end="2045Q4",
    peer_repeats=3,
    pool_runs=120,
    start_repeats=3,
    compile_apart=True,
    trivial_runs=100_000,
    trivial_peer_runs=20_000,
    busy_runs=4_000,
    resume_shards=2_000,
)

QUICK = Sizes(
    repeats=2,
    run_end="2018Q4",
    quarters=(12, 24, 36),
    domain_counts=(4, 8),
    nation_counts=(20, 41),
    growth_end="2012Q4",
    wide_nations=(41, 82),
    wide_domains=(8, 12),
    wide_suppliers=(10, 40),
    fixed_nations=41,
    fixed_domains=8,
    fixed_suppliers=10,
    largest=(82, 12, 40, "2012Q4"),
    peer_end="2014Q4",
    peer_repeats=1,
    pool_runs=8,
    start_repeats=1,
    compile_apart=False,
    trivial_runs=2_000,
    trivial_peer_runs=500,
    busy_runs=200,
    resume_shards=40,
)
