"""Captions of figures for papers: what is shown, runs, years, intervals, units, data, hash."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alliance_abm.scenario import Scenario
from experiments.compare_words import CAUTION, settings
from viz import observed
from viz.bands import BAND
from viz.charts_burden import LAST_YEARS
from viz.charts_policy_paths import MOST_POLICIES
from viz.charts_waiting import FMS_SOURCE, measured_years, window_years
from viz.figures import Drawn
from viz.page import (
    MODEL_ALONE,
    SIPRI_SPENDING,
    SIPRI_TRANSFERS,
    About,
    percent,
    years_label,
)
from viz.papers_run import LEAST, usual_routes
from viz.policy_view import View
from viz.policy_words import CLEAR
from viz.theme import ROUTES

RANGE = "–".join(f"{100 * share:.0f}" for share in BAND) + " %"
SPACELESS = "space left out"


@dataclass(frozen=True)
class Origin:
    """Where the results come from, as their manifest says; `changed` says that data differ now."""

    config_hash: str
    version: str
    commit: str
    changed: bool = False

    @classmethod
    def of(cls, manifest: Mapping[str, Any], scenario: Scenario) -> Origin:
        """What the manifest of a result folder says of its origin."""
        was = str(manifest.get("config_hash", ""))
        version = str(manifest.get("code_version") or "unknown")
        commit = str(manifest.get("git_commit") or "")[:12]
        return cls(was, version, commit, was != scenario.config_hash)

    @property
    def words(self) -> str:
        """Hash, version and commit in a sentence."""
        commit = f", commit {self.commit}" if self.commit else ""
        text = f"Config {self.config_hash}; alliance-abm {self.version}{commit}."
        if self.changed:
            text += " The data tables have changed since: the record shown is today's."
        return text


def seeds_words(scenario: Scenario, runs: int) -> str:
    """The seed of the config, and the replications that it gave."""
    which = "replication 0" if runs == 1 else f"{runs} replications"
    return f"seed {scenario.seed} ({which})"


def years_words(scenario: Scenario) -> str:
    """First and last quarter, and the first one that is reported."""
    horizon = scenario.horizon
    return f"{horizon.start} to {horizon.end}, reported from {horizon.report_from}"


def run_caption(name: str, of: Drawn, scenario: Scenario, origin: Origin) -> str:
    """The caption of a figure of a run."""
    text, sources = RUN_WORDS[name](of)
    if of.about.runs == 1:
        range_ = "One run, an example: no bands."
    else:
        range_ = f"Lines are medians and bands the {RANGE} range over N = {of.about.runs} runs."
    ground = (
        f"World '{scenario.name}', N = {of.about.runs}, {seeds_words(scenario, of.about.runs)}, "
        f"{years_words(scenario)}."
    )
    parts = [text, range_, _shaded(name, of.about), ground, *sources, CAUTION, origin.words]
    return " ".join(part for part in parts if part)


def _shaded(name: str, about: About) -> str:
    """What is shaded and dashed in panels over the years."""
    parts = []
    if about.report_from > about.start:
        years = years_label(about.start, about.report_from - 1)
        parts.append(f"Shaded: spin-up, {years}, not reported.")
    if about.end > about.last_data_year + 1:
        parts.append(f"Dashed line: recorded spending ends ({about.last_data_year}).")
    return " ".join(parts)


def _share(of: Drawn) -> tuple[str, list[str]]:
    domains = "" if of.about.all_domains else ", of all domains and not of this world's alone"
    return (
        f"Market share by source. Volume (capability units) from abroad to {of.about.buyers} "
        f"allied and partner buyers, {SPACELESS}, over four quarters, as a share in percent: "
        f"(a) deliveries, (b) orders. Thick bars in (a): the record over five years{domains}; "
        "hatched: its range.",
        [SIPRI_TRANSFERS],
    )


def _routes(of: Drawn) -> tuple[str, list[str]]:
    shown = usual_routes(of)
    carried = set(of.series.loc[of.series["outcome"] == "route_share_delivered", "entity"])
    rare = [ROUTES[route].label for route in ROUTES if route in carried - set(shown)]
    text = (
        f"Share of volume (capability units) by route, in percent of all deliveries and of all "
        f"orders of {of.about.buyers} allied and partner buyers, own industry included, "
        f"{SPACELESS}, over four quarters. Coloured: deliveries; grey, dotted: orders."
    )
    if rare:
        text += f" Not shown, below {percent(LEAST)} of deliveries on average: {', '.join(rare)}."
    return text, [MODEL_ALONE]


def _burden(of: Drawn) -> tuple[str, list[str]]:
    recorded = observed.recorded_burdens(of.world)
    last = int(recorded.loc[recorded["year"] < of.about.end, "year"].max())
    late = years_label(max(of.about.end - LAST_YEARS, of.about.start), of.about.end - 1)
    return (
        "Burden sharing: military spending as a share of GDP, in percent. (a) The largest buyers "
        f"by GDP; small marks: the record by year. (b) All {of.about.buyers} allied and partner "
        f"buyers by GDP of {last} (billion constant 2024 US$; both axes logarithmic): hollow, "
        f"the record of {last}; filled, the model's median of means of {late}; names where "
        f"there is room. To {last} the model follows the smoothed record, then the pledges.",
        [SIPRI_SPENDING],
    )


def _waiting(of: Drawn) -> tuple[str, list[str]]:
    years, past = measured_years(of.about), window_years(observed.fms_months().window)
    both = bool(len(of.stages)) and of.stages["year"].min() <= past[1] < years[0]
    bars = (
        f"(a, b) Mean months from request to contract by stage of administration, contracts of "
        f"{years_label(*past)} and {years_label(*years)}"
        if both
        else f"(a) Mean months from request to contract by stage of administration, contracts of "
        f"{years_label(*years)}"
    )
    spans = f"; thin lines: {RANGE} range over runs" if of.about.runs > 1 else ""
    mark = " The line above the bars of (a): the record with its range." if both else ""
    open_, over = ("c", "d") if both else ("b", "c")
    return (
        f"Waiting of requests of {of.about.buyers} allied and partner buyers that were not "
        f"refused. {bars}, by route{spans}.{mark} ({open_}) Share of requests of "
        f"{years_label(*years)} without a first delivery, by years since the request. ({over}) "
        "Median years from request to first delivery, by year of the request (Kaplan–Meier: "
        "requests open at the end count as waiting until then). Routes below "
        f"{percent(LEAST)} of deliveries are left out.",
        [FMS_SOURCE] if both else [MODEL_ALONE],
    )


RUN_WORDS: Mapping[str, Callable[[Drawn], tuple[str, list[str]]]] = {
    "market_share": _share,
    "routes": _routes,
    "burden": _burden,
    "waiting": _waiting,
}


def comparison_caption(name: str, view: View, origin: Origin) -> str:
    """The caption of a figure of a comparison."""
    scenario, pairs = view.comparison.scenario, view.pairs
    interval = "One pair of runs, an example: no intervals."
    if pairs > 1:
        interval = "Intervals are 90 % bootstrap intervals of the mean paired difference."
        interval += DOTS.get(name, f" Filled: clear ({CLEAR}); hollow: may be chance.")
    ground = (
        f"{view.ground} Config '{scenario.name}', {seeds_words(scenario, pairs)}, "
        f"{years_words(scenario)}; levers from {view.start:.0f}."
    )
    policies = " ".join(_policy_words(view))
    parts = [COMPARED[name](view), interval, ground, policies, MODEL_ALONE, CAUTION, origin.words]
    return " ".join(part for part in parts if part)


def _policy_words(view: View) -> Sequence[str]:
    """Each policy with its levers, sizes and units."""
    return [
        f"{one.title}: " + " ".join(settings(use) for use in one.levers)
        for one in view.comparison.policies
        if one.name in view.policies
    ]


def _foremost(view: View) -> str:
    few = len(view.policies) > MOST_POLICIES
    return f" The {MOST_POLICIES} of {len(view.policies)} policies that move it most." * few


def _effects(view: View) -> str:
    return (
        f"What policies change: mean difference of each headline to the same run without the "
        f"policy, outcomes of {view.years}, in the unit under each panel."
    )


def _paths(view: View) -> str:
    ranges = "" if view.pairs < 2 else f", with the {RANGE} range of runs without levers"
    if ranges and len(view.policies) == 1:
        ranges += " and with the policy"
    return (
        f"Headlines over time: means over runs by quarter{ranges}; shares of volume over four "
        "quarters, in percent. Panels named 'Difference': mean difference to the same run "
        "without the policy at the end of each year, in percentage points. Dashed line: the "
        f"first lever comes into force.{_foremost(view)}"
    )


def _stages(view: View) -> str:
    return (
        "Stages of a case of Foreign Military Sales (sales from government to government), "
        f"contracts from {view.start:.0f} on. (a) Mean days a case by stage; other panels: "
        f"change in days by stage with each policy.{_foremost(view)}"
    )


def _losses(view: View) -> str:
    return (
        f"Sales lost by the United States, orders from {view.start:.0f} on, by that in which "
        "the best U.S. offer was furthest behind. (a) Mean volume awarded to others, thousand "
        "capability units; other panels: change with each policy, in percent of all volume lost "
        f"without levers.{_foremost(view)}"
    )


def _trade(view: View) -> str:
    return (
        "Trade-offs: each cross is a policy, by the mean difference of two headlines to the same "
        f"run without it, outcomes of {view.years}, with the intervals of both, in the units on "
        "the axes."
    )


DOTS: Mapping[str, str] = {  # what the usual sentence does not fit
    "paths": "",
    "trade_offs": f" Filled: clear in both ({CLEAR}); large and hollow: in one; small: in neither.",
}
COMPARED: Mapping[str, Callable[[View], str]] = {
    "effects": _effects,
    "paths": _paths,
    "stages": _stages,
    "trade_offs": _trade,
    "lost_sales": _losses,
}
