"""Nations: who depends on whom, what flows where, and one nation looked at closely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import solara

from alliance_abm.datafiles import UNITED_STATES
from alliance_abm.policies import with_policy
from alliance_abm.quarters import Quarter
from alliance_abm.routes import ROUTES
from alliance_abm.world import load_world
from alliance_abm.worlds import in_world
from experiments.example_run import ExampleRun, example_run
from experiments.runner import POLICY, replication_seed
from viz.app.chart_view import ChartView
from viz.app.elements import box, escape, markup, pick, segments
from viz.app.ensembles import Results
from viz.app.nation_view import PICTURES, detail, nation_clicked, picture, window_to
from viz.app.options.nation_parts import Shown
from viz.app.options.pipeline import open_needs, under_way
from viz.app.options.why import choice_chances, choice_terms, choice_words
from viz.app.pages.scrub import Scrub
from viz.app.session import Session
from viz.policy_view import View

DETAILS: Mapping[str, str] = {
    "why": "Why this supplier?",
    "portfolio": "Suppliers",
    "strategy": "Strategy",
    "us_trust": "Trust",
    "gap": "Gap",
    "orders": "Under way",
    "needs": "Open needs",
}
MEASURES: Mapping[str, str] = {
    "share": "U.S. share of imports",
    "leader": "Largest supplier",
    "change": "Change with the reform",
    "us_dependence": "Dependence on the U.S.",
    "us_trust": "Trust in the U.S.",
    "gap": "Capability gap",
    "competence": "Own competence",
    "burden": "Military burden",
}
FOCUS_NAMES = {"world": "World", "europe": "Europe", "middle_east": "Middle East",
               "indo_pacific": "Indo-Pacific"}  # fmt: skip
MAP_ADDRESS = "data/world.geo.json"
MOST_CHOICES = 40
ROWS = 9  # orders under way that have room


@solara.component
def NationsPage(session: Session, place: int) -> None:
    """The map and its kin at the left, the nation at the right."""
    results = session.results.value
    with solara.Div(classes=["abm-page"]):
        if results is None or results.nations is None:
            markup(
                "<p>What nations do is being computed; it appears with the runs.</p>", "abm-card"
            )
        else:
            Nations(session, results, place)


@dataclass(frozen=True)
class Looked:
    """What the page looks at, beside the ensemble: hashable, so that charts are made once."""

    picture: str
    measure: str
    focus: str
    policy: str
    years: tuple[int, int]
    nation: str


@solara.component
def Nations(session: Session, results: Results, place: int) -> None:
    """The page when there are results."""
    kind, set_kind = solara.use_state("map")
    measure, set_measure = solara.use_state("share")
    focus, set_focus = solara.use_state("world")
    reform, set_reform = solara.use_state("reform")
    view = solara.use_memo(lambda: View.of(results.comparison), [results])
    chosen = view.policies[min(place, len(view.policies) - 1)]
    policy = chosen if reform == "reform" else POLICY
    nation = known_nation(results, session.nation.value)
    looked = Looked(kind, measure, focus, policy, window_to(session.at), nation)
    shown = solara.use_memo(lambda: shown_of(results, view, looked), [results, looked])
    alone, set_alone = solara.use_state("nation")
    flows_of = nation if alone == "nation" or kind == "map" else None
    chart = solara.use_memo(
        lambda: picture(shown, kind, flows_of, measure, focus), [results, looked, flows_of]
    )
    with solara.Div(classes=["abm-page"]):
        with solara.Div(classes=["abm-nations"]):
            with solara.Div(classes=["abm-page"]):
                with solara.Div(classes=["abm-row"]):
                    segments(PICTURES, kind, set_kind, "Picture")
                    segments({POLICY: "Without levers", "reform": "With the reform"},
                             reform, set_reform, "Policy")  # fmt: skip
                if kind == "map":
                    with solara.Div(classes=["abm-row"]):
                        pick("Coloured by", _options(MEASURES), measure, set_measure)
                        pick("Part of the world", _options(FOCUS_NAMES), focus, set_focus)
                else:
                    segments({"nation": f"{shown.names[nation]} alone", "all": "All nations"},
                             alone, set_alone, "Whose flows")  # fmt: skip
                with solara.Div(classes=["abm-chart grow"]):
                    ChartView(
                        chart, on_click=lambda event: clicked(session, results, event),
                        world_map=MAP_ADDRESS if kind == "map" else None,
                    )  # fmt: skip
            NationCard(session, results, shown, nation, policy)
        Scrub(session)


def _options(names: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"text": str(title), "value": key} for key, title in names.items()]


def known_nation(results: Results, iso3: str) -> str:
    """The nation, if it is in the world that was run; else the first buyer of it."""
    nations = results.comparison.scenario.world.nations
    if iso3 in nations:
        return iso3
    return next(one for one in nations if one != UNITED_STATES)


def shown_of(results: Results, view: View, looked: Looked) -> Shown:
    """The part of the ensemble that is looked at."""
    assert results.nations is not None
    return Shown(
        results.nations, looked.policy, looked.years, world=results.settings.world,
        titles={**view.titles, POLICY: "without levers"},
        stamp={"seed": results.settings.seed, "config": results.comparison.scenario.config_hash},
    )  # fmt: skip


def clicked(session: Session, results: Results, event: Mapping[str, Any]) -> None:
    """Look at the nation of a region, point or node that was clicked."""
    code = nation_clicked(event)
    if code in results.comparison.scenario.world.nations and code is not None:
        session.nation.value = code


@solara.component
def NationCard(session: Session, results: Results, shown: Shown, nation: str, policy: str) -> None:
    """One nation: its suppliers, strategy, trust, orders, and why it chose."""
    chosen, set_chosen = solara.use_state("why")
    world = load_world(results.comparison.scenario.world.nations)
    names = sorted(
        ({"text": name, "value": code}
         for code, name, buys in zip(world.nations, world.names, world.is_buyer, strict=True)
         if (buys or code == UNITED_STATES) and code != "ROW"),
        key=lambda one: one["text"],
    )  # fmt: skip
    with solara.Div(classes=["abm-card abm-nation"]):
        pick("Nation", names, nation, session.nation.set)
        segments(DETAILS, chosen, set_chosen, "What to see of it")
        if chosen == "why":
            Why(session, results, nation, policy)
        elif chosen in ("orders", "needs"):
            run = run_of(results, policy)
            when = Quarter.parse(session.at)
            orders = chosen == "orders"
            chart = under_way(run, nation, when, ROWS) if orders else open_needs(run, nation, when)
            with solara.Div(classes=["abm-chart grow"]):
                ChartView(chart)
        else:
            with solara.Div(classes=["abm-chart grow"]):
                ChartView(detail(shown, nation, chosen, session.at))


@lru_cache(maxsize=8)
def _scenario(settings: Any, policy: str) -> Any:
    world = in_world(settings.scenario(), settings.world)
    for choice in settings.policies():
        if choice.name == policy:
            return with_policy(world, choice)
    return world


def run_of(results: Results, policy: str) -> ExampleRun:
    """The first run of the ensemble, done again to be looked into."""
    settings = results.settings
    return example_run(_scenario(settings, policy), replication_seed(settings.seed, 0))


@solara.component
def Why(session: Session, results: Results, nation: str, policy: str) -> None:
    """A choice of the nation: what was offered, what spoke for it, what would have changed it."""
    order, set_order = solara.use_state(-1)
    run = solara.use_memo(lambda: run_of(results, policy), [results, policy])
    at = session.quarter.value
    choices = run.choices(nation)
    shown = choices[[int(Quarter.parse(one)) <= at for one in choices["quarter"]]]
    shown = shown.tail(MOST_CHOICES).iloc[::-1]
    if not len(shown):
        markup(f"<p>By {escape(session.at)} nothing was ordered in this run, an example.</p>")
        return
    numbers = [int(one) for one in shown["order"]]
    looked = order if order in numbers else numbers[0]
    options = [{"text": _choice(row), "value": str(row["order"])} for _, row in shown.iterrows()]
    pick("Order", options, str(looked), lambda value: set_order(int(value)))
    Explained(run, nation, looked).key(f"{nation} {policy} {looked}")


def _choice(row: Any) -> str:
    route = next(one.name for one in ROUTES if one.id == row["route"])
    return f"{row['quarter']} · {row['domain_name']} · {row['supplier']}, {route}"


@solara.component
def Explained(run: ExampleRun, nation: str, order: int) -> None:
    """One choice, as bars and in sentences."""
    found = solara.use_memo(lambda: run.explain(nation, order), [order])
    words = solara.use_memo(lambda: choice_words(found), [order])
    chance, set_chance = solara.use_state("terms")
    changes = "".join(f"<li>{escape(text)}</li>" for text in words.changes)
    kept = "".join(f"<li>{escape(text)}</li>" for text in words.screened)
    lost = (
        f"<h3>Why the United States lost it</h3><p>{escape(words.lost)}</p>" if words.lost else ""
    )
    with solara.Div(classes=["abm-page"]):
        markup(f"<p>{escape(words.need)}</p>", "abm-small")
        segments({"terms": "What spoke for it", "chances": "Chances"}, chance, set_chance, "Chart")
        with solara.Div(classes=["abm-chart abm-why"]):
            chart = choice_terms(found) if chance == "terms" else choice_chances(found)
            ChartView(chart)
        box(
            markup(
                (f"<h3>What would have changed it</h3><ul>{changes}</ul>" if changes else "")
                + (lost if found.lost is not None else "")
                + (f"<h3>Kept out before</h3><ul>{kept}</ul>" if kept else "")
                + f"<p class='abm-soft'>{escape(words.draw)}</p>"
            ),
            cls="abm-words",
        )
