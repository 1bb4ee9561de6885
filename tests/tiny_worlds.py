"""Worlds for tests: one of middling size, and small random ones for hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from alliance_abm.datafiles import DOMAINS, nation_names, programme_members, regions
from alliance_abm.parameters import CATALOGUE
from alliance_abm.quarters import Quarter
from alliance_abm.scenario import Scenario, load_scenario

FIRST_END, LAST_END = Quarter.parse("2011Q1"), Quarter.parse("2015Q4")
OTHERS = sorted(set(nation_names()) - {"USA"})
BUYERS = [name for name in OTHERS if name not in ("CHN", "RUS")]
SHARES = st.floats(0.0, 1.0)
SHIFTS = st.floats(-1.0, 1.0)
MIDDLE = {
    "world.nations": ["USA", "FRA", "POL", "KOR", "TUR", "RUS", "EGY", "SWE", "IND", "UKR"],
    "world.domains": ["combat_aviation", "land", "space"],
    "horizon.end": "2017Q4",
    "events": [
        {"kind": "suspension", "supplier": "USA", "buyer": "EGY", "start": "2012Q1"},
        {"kind": "endorsed_recipient", "supplier": "USA", "buyer": "UKR", "start": "2014Q1"},
        {"kind": "sanctions_risk", "supplier": "RUS", "level": 0.4, "start": "2013Q1"},
        {"kind": "programme_removal", "programme": "F-35", "member": "TUR", "start": "2014Q3"},
        {"kind": "alignment_shock", "supplier": "USA", "default": -0.3, "start": "2013Q2",
         "half_life_years": 3},
    ],
}  # fmt: skip


@st.composite
def small_scenarios(draw: st.DrawFn) -> Scenario:
    """The United States and one to five others, one to three domains, five quarters to six years.

    Up to six parameters lie anywhere in their range; up to three events of any kind strike.
    """
    others = draw(st.lists(st.sampled_from(OTHERS), max_size=4))
    nations = list(dict.fromkeys(["USA", draw(st.sampled_from(BUYERS)), *others]))
    domains = draw(st.lists(st.sampled_from(DOMAINS), min_size=1, max_size=3, unique=True))
    end = draw(st.integers(FIRST_END, LAST_END))
    paths = draw(st.lists(st.sampled_from(list(CATALOGUE)), max_size=6, unique=True))
    return load_scenario("tiny").with_set(
        {
            "world.nations": draw(st.permutations(nations)),
            "world.domains": domains,
            "horizon.end": str(Quarter(end)),
            "horizon.report_from": "2010Q1",
            "events": draw(st.lists(events(nations, domains), max_size=3)),
            **{path: draw(parameter_values(path)) for path in paths},
        }
    )


def parameter_values(path: str) -> st.SearchStrategy[Any]:
    """Values that a scenario may give to a parameter."""
    entry = CATALOGUE[path]
    if entry.switch:
        return st.booleans()
    if entry.whole:
        return st.integers(int(entry.low), int(entry.high))
    return st.floats(entry.low, entry.high)


@st.composite
def events(draw: st.DrawFn, nations: list[str], domains: list[str]) -> dict[str, Any]:
    """One event of any kind that this world allows, with its own times."""
    start = draw(st.integers(0, LAST_END))
    end = draw(st.none() | st.integers(start, LAST_END))
    supplier, buyer = draw(st.permutations(nations))[:2]
    period = {"start": str(Quarter(start)), "end": None if end is None else str(Quarter(end))}
    two = {"supplier": supplier, "buyer": buyer}
    shock = {"supplier": supplier, "start": period["start"]}
    fade = draw(st.none() | st.floats(0.5, 20.0))
    rises = st.dictionaries(st.sampled_from(domains), st.floats(-1.0, 5.0), max_size=2)
    buyers = st.dictionaries(st.sampled_from(nations), SHIFTS, max_size=2)
    others = [name for name in nations if name != "USA"]
    partners = st.lists(st.sampled_from(others), min_size=1, max_size=2, unique=True)
    kinds: list[dict[str, Any]] = [
        {"kind": "suspension", "share": draw(SHARES), **two, **period},
        {"kind": "endorsed_recipient", **two, **period},
        {"kind": "embargo", "supplier": supplier, "buyers": [buyer], **period},
        {"kind": "sanctions_risk", "supplier": supplier, "level": draw(SHARES), **period},
        {"kind": "trusted_partnership", "members": draw(partners), **period},
        {"kind": "capacity_diversion", "supplier": supplier, "share": draw(SHARES), **period},
        {
            "kind": "case_surge",
            "domains": [draw(st.sampled_from(domains))],
            "factor": draw(st.floats(1.0, 20.0)),
            **period,
        },
        {
            "kind": "threat_surge",
            "regions": [draw(st.sampled_from(regions()))],
            "domains": draw(rises),
            **period,
        },
        {"kind": "alignment_shock", "default": draw(SHIFTS), "buyers": draw(buyers),
         "half_life_years": fade, **shock},
        {"kind": "credibility_shock", "size": draw(SHIFTS), "half_life_years": fade, **shock,
         "supplier": "USA"},
        {"kind": "supplier_loss", "supplier": supplier, **period},
        {"kind": "component_loss", "origin": supplier, "share": draw(SHARES), **period},
        {"kind": "austerity", "spenders": [buyer], "cut": draw(SHARES), **period},
        {"kind": "cost_shock", "size": draw(st.floats(0.0, 2.0)), "suppliers": [supplier],
         "half_life_years": fade, "start": period["start"]},
        {"kind": "demand_surge", "domains": {domains[0]: draw(st.floats(0.0, 5.0))}, **period},
        {"kind": "technology_step", "supplier": supplier, "domains": domains[:1],
         "size": draw(SHARES), "start": period["start"]},
    ]  # fmt: skip
    for programme, members in programme_members().items():
        kinds += [
            {"kind": "programme_removal", "programme": programme, "member": member,
             "start": period["start"]}
            for member in members
            if member in nations
        ]  # fmt: skip
    return draw(st.sampled_from(kinds))
