"""What every briefing says whatever was compared: caveats, definitions, and where it is from."""

from __future__ import annotations

import alliance_abm
from alliance_abm.catalogue import GRADES
from alliance_abm.outcomes import OUTCOMES
from alliance_abm.parameters import counts_by_grade
from experiments.compare_again import command_of
from experiments.compare_words import CAUTION, CLOSING, GRADE_WORDS
from experiments.comparison import Comparison
from viz.briefing.parts import Bullets, Cell, Table
from viz.briefing.words import DASH, dates_words, lever_words, plain
from viz.page import SIPRI_SPENDING, SIPRI_TRANSFERS
from viz.policy_words import CLEAR, counted

HINDCAST_VERSION = "0.3.0"  # of docs/hindcast, which the next sentence sums up
HINDCAST = (
    f"Held against the record (hindcast of version {HINDCAST_VERSION}, N = 100 runs), 42 of 57 "
    "targets lie in their bands. Competitors sell too much and the United States too little in "
    "2020–24, mostly in India; single runs are further off than the mean."
)
VOLUME = (
    "Volume is in capability units after SIPRI's trend-indicator value (TIV): it is a volume, not "
    "money, and is never added to dollars. Money is in US$ of 2024."
)
ILLUSTRATIONS = "Nations are illustrations, not assessments of governments."
SOLD = (
    "Foreign Military Sales (FMS) are sales from government to government; direct commercial "
    "sales (DCS) are licensed sales by a company."
)
NATO = (
    'Data: NATO, "Defence Expenditure of NATO Countries", © NATO, used with attribution; latest '
    "years are NATO's estimates."
)
SEEDS = "first 8 bytes of SHA-256 of 'seed/replication', without the last bit"


def caveats(found: Comparison, pairs: int) -> Bullets:
    """What must be said with any of the results."""
    items = [CLOSING, f"{ILLUSTRATIONS} They carry public figures.", _runs(found, pairs)]
    items += [_grades(), HINDCAST, VOLUME]
    if len(found.failures):
        failed = counted(len(found.failures), "run failed and is", "runs failed and are")
        items.insert(3, f"{failed} left out, with its pair.")
    return Bullets(tuple(items))


def _runs(found: Comparison, pairs: int) -> str:
    if pairs <= 1:
        return (
            "N = 1 pair of runs is an example: it has no interval, and its changes may be chance."
        )
    return (
        f"N = {pairs} pairs of runs, on the same seeds with and without a policy. Intervals show "
        "chance between runs, not errors of the model; what is not clear is called unclear."
    )


def _grades() -> str:
    counts = counts_by_grade()
    parts = ", ".join(f"{counts.get(grade, 0)} {GRADE_WORDS[grade]} ({grade})" for grade in GRADES)
    return f"Numbers of the model by grade: {parts}. Assumed ones have stated ranges."


def definitions(view_headlines: list[str]) -> str:
    """What the headlines measure and what clear means, to look up."""
    lines = [f"Clear: {CLEAR}. Intervals are 90 % bootstrap intervals of the mean over pairs."]
    lines += [
        f"{OUTCOMES[name].name} ({OUTCOMES[name].unit}; {OUTCOMES[name].clock}): "
        f"{OUTCOMES[name].definition}"
        for name in view_headlines
        if name in OUTCOMES
    ]
    return "\n".join([*lines, SOLD, CAUTION])


def _levers(found: Comparison) -> str:
    """The policies where no command says them: each lever with its size and start."""
    said = "; ".join(
        f"{plain(one.title or one.name)}: "
        + ", ".join(f"{lever_words(use)} {dates_words((use,))}" for use in one.levers)
        for one in found.policies
    )
    worlds = ", ".join(found.worlds)
    return f"No options say it. World {worlds}; {found.replications} pairs of runs; {said}"


def provenance_table(found: Comparison, command: str | None = None) -> Table:
    """Where the numbers are from and how they are made again, by `command` if it is given."""
    scenario = found.scenario
    command = command or command_of(found) or _levers(found)
    runs = len(found.outcomes.drop_duplicates(["policy", "world", "draw", "replication"]))
    rows = {
        "Made again by": plain(command),
        "Config": f"{plain(scenario.name)}, hash {scenario.config_hash}",
        "Program": f"alliance-abm {alliance_abm.__version__}",
        "Runs": f"{runs} runs, seed {scenario.seed}; each run's seed: {SEEDS}",
        "Run": f"{found.started} to {found.finished}" if found.started else DASH,
        "Arms transfers": SIPRI_TRANSFERS,
        "Military spending": f"{SIPRI_SPENDING} {NATO}",
        "Terms": (
            "Figures from SIPRI's data: credit, and non-commercial use only. Program: Apache "
            "License 2.0. Notices: the file NOTICE."
        ),
    }
    return Table("Provenance", ("What", "Value"),
                 tuple((Cell(name), Cell(text)) for name, text in rows.items()),
                 (0.18, 0.82))  # fmt: skip
