"""The content of a briefing: what a comparison says, section by section."""

from __future__ import annotations

from dataclasses import replace

import alliance_abm
from experiments.compare_words import CAUTION
from experiments.comparison import Comparison
from viz.briefing import shown, tables
from viz.briefing.money import COUNTED, money_table
from viz.briefing.parts import Block, Briefing, Section
from viz.briefing.sentences import bill_sentence, effects_sentence, trade_off_sentence
from viz.briefing.standing import (
    ILLUSTRATIONS,
    SOLD,
    caveats,
    definitions,
    provenance_table,
)
from viz.briefing.waits import stages_sentence, tiers_sentence
from viz.briefing.words import ONE_RUN, assumed_sentences, day_words, plain
from viz.charts_case_stages import stage_changes
from viz.charts_effects import matrix_headline
from viz.charts_tiers import tier_changes
from viz.policy_view import View, foremost
from viz.policy_words import counted

NOT_FORECAST = "Comparative and exploratory, not a forecast."
CLEAR = "Clear: not by chance, with 90 % intervals and correction for many comparisons."
MARKS = "▲ ▼ clear; ◇ unclear, may be chance; = exactly zero."


WAIT = "'Wait': median from requirement to first delivery."
TIERS = "First tier: NATO allies and others whose cases pass with less notice."


def briefing_of(
    comparison: Comparison,
    title: str | None = None,
    question: str | None = None,
    command: str | None = None,
) -> Briefing:
    """The briefing of a comparison; `title` and `question` replace what it would say itself.

    `command` is the command line that gives the same numbers, where the caller knows it.

    Charts and the first table show the policies that move the headlines most, in the first
    world; the others follow in tables.
    """
    whole = View.of(comparison)
    world = replace(whole, worlds=whole.worlds[:1])
    view = world.only(foremost(world, world.headlines, shown.MOST_POLICIES))
    facts = [day_words(comparison.finished), f"alliance-abm {alliance_abm.__version__}",
             _pairs(view)]  # fmt: skip
    sections = [
        _question(whole, plain(question or "")),
        _headlines(view),
        _share(view),
        _changes(view),
        _stages(view),
        _trade_offs(world),
        _bills(world),
        _rests_on(view),
        _caveats(view),
        _provenance(comparison, command),
    ]
    return Briefing(
        plain(title or "") or _title(whole),
        f"A comparison of {_policies(whole)} with a world without, {whole.years}",
        tuple(fact for fact in facts if fact),
        f"{NOT_FORECAST} {ILLUSTRATIONS}",
        comparison.finished,
        tuple(section for section in sections if section is not None),
    )


def _policies(view: View) -> str:
    return counted(len(view.comparison.policies), "policy", "policies")


def _title(view: View) -> str:
    if len(view.policies) == 1:
        return plain(view.titles[view.policies[0]])
    return f"What {len(view.policies)} policies would change in arms supply among allies"


def _pairs(view: View) -> str:
    if view.pairs == 1:
        return f"N = 1 pair of runs: {ONE_RUN}"
    return f"N = {view.pairs} pairs of runs on the same seeds"


def _ground(view: View) -> str:
    """World, number of pairs, and how many of the policies are shown."""
    every = len(view.comparison.policies)
    some = f" Shown: the {len(view.policies)} of {every} policies that move the headlines most."
    return view.ground + (f" {ONE_RUN.capitalize()}." if view.pairs == 1 else "") + (
        some if len(view.policies) < every else ""
    )  # fmt: skip


def _question(view: View, question: str) -> Section:
    if not question:
        what = "this policy" if len(view.policies) == 1 else f"these {len(view.policies)} policies"
        question = f"What would change with {what}, for whom, and at what price?"
    worlds = ", ".join(f"'{name}'" for name in view.comparison.worlds)
    horizon = view.comparison.scenario.horizon
    plural = "s" if len(view.comparison.worlds) > 1 else ""
    ground = (
        f"World{plural} {worlds}; {_pairs(view)}; run from {horizon.start} to {horizon.end}, "
        f"outcomes of {view.years}."
    )
    return Section("question", question, ground, (tables.policy_table(view),),
                   definitions(view.headlines))  # fmt: skip


def _headlines(view: View) -> Section:
    ground = f"{view.ground} {MARKS} {CLEAR} Outcomes of {view.years}."
    ground += assumed_sentences(view)
    found: tuple[Block, ...] = tuple(tables.headline_tables(view)) if view.headlines else ()
    every = replace(view, policies=tuple(one.name for one in view.comparison.policies))
    return Section("headlines", effects_sentence(every), ground, found,
                   definitions(view.headlines))  # fmt: skip


def _share(view: View) -> Section | None:
    chart = shown.share_chart(view)
    if chart is None:
        return None
    band = "; changes are paired, with 90 % intervals" if view.pairs > 1 else ""
    ground = f"{_ground(view)} Lines: {'medians' if view.pairs > 1 else 'the run'}{band}."
    notes = (
        "Share of the United States in the volume delivered across borders to the allied and "
        "partner buyers, in each calendar year. The changes are those of the table of headlines: "
        f"means over {view.years} with and without each policy, on the same seeds."
    )
    return Section("share", shown.share_headline(view), ground, (chart,), notes)


def _changes(view: View) -> Section | None:
    chart = shown.change_chart(view)
    if chart is None:
        return None
    lines = "Filled: clear; hollow: unclear, may be chance."
    if view.pairs > 1:
        lines += " Lines: 90 % intervals."
    ground = f"{_ground(view)} {lines}{assumed_sentences(view)}"
    return Section("changes", shown.changes_headline(view), ground, (chart,),
                   definitions(view.headlines))  # fmt: skip


def _stages(view: View) -> Section | None:
    chart = shown.stage_chart(view)
    if chart is None:
        return None
    ground = f"{_ground(view)} {_two_means(view)}"
    ground += " Changes of the whole wait, with 90 % intervals." if view.pairs > 1 else ""
    headline = stages_sentence(stage_changes(view), view)
    if view.pairs == 1:
        headline = f"The wait for Foreign Military Sales in {ONE_RUN}"
    notes = f"{SOLD} Counted by orders."
    return Section("stages", headline, ground, (chart,), notes)


def _trade_offs(view: View) -> Section:
    rows = tier_changes(view)
    notes = f"{tiers_sentence(rows, view)}. {CLEAR} {SOLD} {COUNTED}"
    ground = (
        f"{view.ground} Only clear changes are named; better and worse only where every nation "
        f"would agree. {_two_means(view)} {WAIT} {TIERS}"
    )
    return Section(
        "trade-offs", trade_off_sentence(view), ground, (tables.trade_off_table(view),), notes
    )


def _two_means(view: View) -> str:
    """Which cases the two means of waiting are of, where both can be read."""
    return (
        f"Waits by stage and by tier: mean over cases contracted since the levers began "
        f"({view.start:.0f}); 'FMS: request to contract': mean over {view.years}."
    )


def _bills(view: View) -> Section:
    how = "Each lever was run once more with its bill alone."
    if not len(view.comparison.bills):
        how = "The bills alone were not run."
    ground = f"{view.ground} {how}{tables.bill_count(view)}"
    money = money_table(view)
    found = (*((money,) if money is not None else ()), tables.bill_table(view))
    notes = (
        "The bill of a lever is what it is assumed to cost: money, time, staff, trust, or risk. "
        f"{COUNTED}"
    )
    return Section("costs", bill_sentence(view), ground, found, notes)


def _rests_on(view: View) -> Section:
    comparison = view.comparison
    found: list[Block] = [tables.grade_table(view), *tables.world_tables(view)]
    if len(comparison.worlds) > 1:
        headline = matrix_headline(replace(view, worlds=comparison.worlds))
    elif comparison.draws:
        headline = "What the results rest on: grades of levers, and draws of what is assumed"
    else:
        headline = "What the results rest on: what the levers do is assumed (grade C)"
        if min(one.grade for one in comparison.policies) < "C":
            headline = "What the results rest on: the grade of each lever"
    untested = (
        "Assumed parameters stand at their central values: how far the results hang on them was "
        "not tested here."
    )
    draws = untested
    if comparison.draws:
        draws = f"Assumed parameters were drawn {comparison.draws} times over their ranges."
    where = _ground(replace(view, worlds=comparison.worlds))
    alone = "" if len(comparison.worlds) > 1 else f" One world alone: '{view.worlds[0]}'."
    ground = f"{where}{alone} {draws}"
    return Section("rests on", headline, ground, tuple(found), CAUTION)


def _caveats(view: View) -> Section:
    headline = "What to keep in mind: this compares assumptions, it does not forecast"
    return Section("caveats", headline, "", (caveats(view.comparison, view.pairs),))


def _provenance(comparison: Comparison, command: str | None) -> Section:
    headline = "Where the numbers are from, and how to make them again"
    return Section("provenance", headline, "", (provenance_table(comparison, command),))
