"""Fixtures shared by all tests, and the option that renews golden files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import app_server
import pytest

from alliance_abm import AllianceModel, load_scenario
from alliance_abm.scenario import Scenario

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from experiments.compare import Plan
    from experiments.comparison import Comparison
    from experiments.controls import ControlResults
    from experiments.runner import RunResults
    from viz.figures import Drawn

ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew", action="store_true", help="rewrite golden files, then review them")


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def renew(request: pytest.FixtureRequest) -> bool:
    """Were golden files to be rewritten?"""
    return bool(request.config.getoption("--renew"))


@pytest.fixture(scope="session")
def tiny() -> Scenario:
    """The tiny scenario: three nations, two domains."""
    return load_scenario("tiny")


@pytest.fixture(scope="session")
def run_tiny(tiny: Scenario) -> Callable[..., AllianceModel]:
    """A finished run of the tiny scenario by seed, made afresh at each call."""

    def run(seed: int = 1) -> AllianceModel:
        return AllianceModel(tiny, rng=seed).run()

    return run


@pytest.fixture(scope="session")
def tiny_run(run_tiny: Callable[..., AllianceModel]) -> AllianceModel:
    """One finished run of the tiny scenario, shared: look at it, do not step it."""
    return run_tiny()


@pytest.fixture(scope="session")
def plan_of_tiny(tiny: Scenario) -> Plan:
    """Two policies and three replications of the tiny world, with two draws."""
    from comparisons import LEVER, policy

    from experiments.compare import planned

    return planned(tiny, [policy(f"{LEVER}=50"), policy("placebo")], (), 3, draws=2)


@pytest.fixture(scope="session")
def compared_tiny(plan_of_tiny: Plan) -> Comparison:
    """That plan, run in one process."""
    from experiments.compare import compare

    return compare(plan_of_tiny, jobs=1)


@pytest.fixture(scope="session")
def tiny_results(tiny: Scenario) -> RunResults:
    """Three runs of the tiny world, shared."""
    from experiments.runner import run_replications

    return run_replications(tiny, 3, jobs=1)


@pytest.fixture(scope="session")
def tiny_drawn(tiny_results: RunResults) -> Drawn:
    """What the figures of the tiny world are drawn from."""
    from viz.figures import Drawn

    return Drawn.of(tiny_results)


@pytest.fixture(scope="session")
def whole_results() -> RunResults:
    """Two runs of the whole world, shared."""
    from experiments.runner import run_replications

    return run_replications(load_scenario("baseline"), 2, jobs=1)


@pytest.fixture(scope="session")
def whole_drawn(whole_results: RunResults) -> Drawn:
    """What the figures of the whole world are drawn from."""
    from viz.figures import Drawn

    return Drawn.of(whole_results)


@pytest.fixture(scope="session")
def whole_world() -> ControlResults:
    """Three runs of the baseline and of each control."""
    from experiments.controls import run_controls

    return run_controls(load_scenario("baseline"), 3, jobs=1)


@pytest.fixture(scope="session")
def small_world() -> ControlResults:
    """Two runs of the tiny world and of each control."""
    from experiments.controls import run_controls

    return run_controls(load_scenario("tiny"), 2, jobs=1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[app_server.Server]:
    """The app on a port of this machine, one for all tests of a worker."""
    with app_server.serving(tmp_path_factory.mktemp("app"), "--visitors", "200") as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser; it ends with its module, for its event loop would stop others' in the thread."""
    with app_server.launched() as browser:
        yield browser


@pytest.fixture
def visits(chromium: Browser) -> Iterator[Callable[[str], app_server.Visit]]:
    """Opens visits to an address; all are closed at the end."""
    made: list[app_server.Visit] = []

    def visit(address: str) -> app_server.Visit:
        made.append(app_server.Visit(chromium, address))
        return made[-1]

    yield visit
    for one in made:
        one.close()


@pytest.fixture
def visit(server: app_server.Server, visits: Callable[[str], app_server.Visit]) -> app_server.Visit:
    """One visit to the app."""
    return visits(server.address)
