"""The command `explain`: what is asked for, and what to say when nothing was decided."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alliance_abm.explain import explain_choices, place_of
from alliance_abm.explain_text import as_text
from alliance_abm.explain_words import WIDTH, lower, wrapped
from alliance_abm.explanation import Explanation
from alliance_abm.model import AllianceModel
from alliance_abm.problems import ConfigError, FieldProblems, Problem, listed
from alliance_abm.quarters import Quarter
from alliance_abm.scenario import Scenario
from alliance_abm.state import ledger

FORMATS = (".svg", ".png")
NEAREST = 6


def explanations(
    scenario: Scenario, nation: str, quarter: str, domain: str | None, order: int | None
) -> list[Explanation]:
    """The searches asked for; raises ConfigError naming what is unknown."""
    try:
        found = explain_choices(scenario, nation, quarter, domain)
    except FieldProblems as error:
        raise ConfigError(_in_place(error)) from None
    if order is None:
        return found
    mine = [one for one in found if order in one.orders]
    if not mine:
        orders = [str(number) for one in found for number in one.orders]
        here = f"{nation} in {quarter}" + (f", {domain}" if domain else "")
        allowed = listed(orders) if orders else "none: nothing was ordered"
        raise ConfigError(f"--order: {order} is no order of {here}; allowed: {allowed}")
    return mine


def _in_place(error: FieldProblems) -> str:
    """The message with the field as it is written on the command line; a quarter has no field."""
    texts = []
    for problem in error.problems:
        field = str(problem.path[0]) if problem.path else "quarter"
        place = "--domain" if field == "domain" else field.upper()
        texts.append(f"{place}: {Problem((), *_rest(problem)).text()}")
    return "\n".join(texts)


def _rest(problem: Problem) -> tuple[str, str, str | None]:
    return problem.reason, problem.allowed, problem.nearest


def figure_file(path: Path, found: Sequence[Explanation], overwrite: bool) -> Path:
    """The file to draw the one search into; raises ConfigError when it cannot be."""
    if path.suffix.lower() not in FORMATS:
        raise ConfigError(f"--out: '{path}' is no figure; allowed: a file ending in .svg or .png")
    if path.exists() and not overwrite:
        raise ConfigError(f"--out: '{path}' exists; allowed: a new file, or --overwrite")
    if not path.parent.is_dir():
        raise ConfigError(f"--out: '{path.parent}' is no folder; allowed: a file in a folder")
    drawable = [one.domain for one in found if len(one.offers) > 1]
    if len(found) != 1 or not drawable:
        allowed = f"--domain with one of {listed(drawable)}" if drawable else "a search with offers"
        raise ConfigError(f"--out: a figure shows one search with its offers; allowed: {allowed}")
    return path


def answer(found: Sequence[Explanation], every: bool) -> str:
    """All explanations as text."""
    return f"\n\n{'═' * WIDTH}\n\n".join(as_text(one, every) for one in found)


def nothing_decided(scenario: Scenario, nation: str, quarter: str, domain: str | None) -> str:
    """That a nation decided nothing, with its nearest searches."""
    model = AllianceModel(scenario).run()
    world, when = model.world, Quarter.parse(quarter)
    row = place_of("nation", nation, world.nations)
    names = dict(zip(world.domains, world.domain_names, strict=True))
    found = [one for one in searches(model, row) if domain in (None, one[1])]
    found.sort(key=lambda one: (abs(one[0] - when), one[0]))
    by_quarter: dict[Quarter, list[str]] = {}
    for at, name in found[:NEAREST]:
        by_quarter.setdefault(at, []).append(name)
    near = "; ".join(
        str(at) if domain else f"{at} {', '.join(by_quarter[at])}" for at in sorted(by_quarter)
    )
    where = f" in {lower(names[domain])}" if domain else ""
    text = f"{world.names[row]} decided nothing{where} in {when} (seed {scenario.seed})."
    return wrapped(f"{text} Its nearest searches: {near}." if near else f"{text} Nor ever else.")


def searches(model: AllianceModel, buyer: int) -> list[tuple[Quarter, str]]:
    """Quarter and domain of every decision on a search of a buyer (row), from its ledger.

    A search is decided on in each quarter from its request to its award, or to the end of the run.
    """
    domains = model.world.domains
    rows = ledger(model.state)
    mine = rows[(rows["buyer"] == buyer) & (rows["initial"] == 0)]
    spans = [(int(o["requested"]), int(o["awarded"]), int(o["domain"])) for o in mine]
    for domain, cell in enumerate(model.state.cells[buyer]):
        if cell["open"] == 1:
            spans.append((int(cell["opened"]), model.state.quarter - 1, domain))
    found = {(at, domain) for first, last, domain in spans for at in range(first, last + 1)}
    return [(Quarter(at), domains[domain]) for at, domain in sorted(found)]
